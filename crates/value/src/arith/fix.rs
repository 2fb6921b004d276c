//! Grid integers in, grid integers out: exact sums, products and quotients rounded to nearest, ties to even.
//!
//! Every intermediate fits 128 bits: |m| ≤ 2^63 and f ≤ 63, so products and shifted dividends stay below 2^127.

use super::{checked_fix, int};
use crate::{BinOp, FixTy, ScalarTy, TrapCode, convert};

pub(super) fn binary(op: BinOp, ty: FixTy, a_word: u64, b_word: u64) -> Result<u64, TrapCode> {
    let a = i128::from(a_word as i64);
    let b = i128::from(b_word as i64);
    match op {
        BinOp::Add => checked_fix(ty, a + b),
        BinOp::Sub => checked_fix(ty, a - b),
        BinOp::Mul => multiply(ty, a, b),
        BinOp::Div => divide(ty, a, b),
        BinOp::FloorDiv => checked_fix(ty, int::floor_div(a, nonzero(b)?) << ty.f()),
        BinOp::Rem => checked_fix(ty, a % nonzero(b)?),
        BinOp::Mod => checked_fix(ty, int::floor_mod(a, nonzero(b)?)),
        BinOp::PowInt => power(ty, a, b_word as i64),
        BinOp::Pow => power_fix(ty, a_word, b_word),
        BinOp::Min => Ok(if a <= b { a_word } else { b_word }),
        BinOp::Max => Ok(if a >= b { a_word } else { b_word }),
        _ => Err(TrapCode::DynamicType),
    }
}

fn nonzero(b: i128) -> Result<i128, TrapCode> {
    if b == 0 { Err(TrapCode::DivisionByZero) } else { Ok(b) }
}

fn multiply(ty: FixTy, a: i128, b: i128) -> Result<u64, TrapCode> {
    checked_fix(ty, shift_round(a * b, ty.f()))
}

fn divide(ty: FixTy, a: i128, b: i128) -> Result<u64, TrapCode> {
    checked_fix(ty, div_round(a << ty.f(), nonzero(b)?))
}

/// `x ** n`, left to right over the bits of n, each product rounded; negative n: the reciprocal of the power.
fn power(ty: FixTy, base: i128, exponent: i64) -> Result<u64, TrapCode> {
    let one = 1i128 << ty.f();
    let size = exponent.unsigned_abs();
    if size == 0 {
        return checked_fix(ty, one);
    }
    if exponent < 0 {
        nonzero(base)?;
    }
    let mut result = base;
    for bit in (0..63 - size.leading_zeros()).rev() {
        result = grid(multiply(ty, result, result)?);
        if size >> bit & 1 == 1 {
            result = grid(multiply(ty, result, base)?);
        }
    }
    if exponent < 0 { divide(ty, one, result) } else { checked_fix(ty, result) }
}

/// `x ** y` with a fixed exponent: the integer rule for a whole y, else the power of the float64 values, rounded.
fn power_fix(ty: FixTy, a_word: u64, b_word: u64) -> Result<u64, TrapCode> {
    let exponent = b_word as i64;
    if exponent as u64 & ((1u64 << ty.f()) - 1) == 0 {
        return power(ty, i128::from(a_word as i64), exponent >> ty.f());
    }
    let real = |word| convert(ScalarTy::Fix(ty), ScalarTy::Float, word).map(f64::from_bits);
    let (base, exponent) = (real(a_word)?, real(b_word)?);
    if base < 0.0 {
        return Err(TrapCode::Domain);
    }
    if base == 0.0 && exponent < 0.0 {
        return Err(TrapCode::DivisionByZero);
    }
    let result = libm::pow(base, exponent);
    convert(ScalarTy::Float, ScalarTy::Fix(ty), result.to_bits()).map_err(|_| TrapCode::OutOfRange)
}

fn grid(word: u64) -> i128 {
    i128::from(word as i64)
}

/// `value / 2^bits`, to nearest, ties to even.
fn shift_round(value: i128, bits: u32) -> i128 {
    if bits == 0 {
        return value;
    }
    let floor = value >> bits;
    let rest = value - (floor << bits);
    let half = 1i128 << (bits - 1);
    floor + i128::from(rest > half || (rest == half && floor & 1 == 1))
}

/// `a / b` for b ≠ 0, to nearest, ties to even; |b| ≤ 2^126.
pub(crate) fn div_round(a: i128, b: i128) -> i128 {
    let floor = int::floor_div(a, b);
    let rest = (a - floor * b).abs();
    let twice = 2 * rest;
    floor + i128::from(twice > b.abs() || (twice == b.abs() && floor & 1 == 1))
}
