//! Integer words in, integer words out: checked, floored, wrapping, bitwise.

use super::checked_int;
use crate::{BinOp, IntTy, ScalarTy, TrapCode, to_i128, wrap};

#[inline]
pub(super) fn binary(op: BinOp, ty: IntTy, a_word: u64, b_word: u64) -> Result<u64, TrapCode> {
    let a = to_i128(ScalarTy::Int(ty), a_word);
    let b = to_i128(ScalarTy::Int(ty), b_word);
    match op {
        BinOp::Add => checked_int(ty, a + b),
        BinOp::Sub => checked_int(ty, a - b),
        // Only unsigned 64-bit products can leave 128 bits; they are out of range anyway.
        BinOp::Mul => a.checked_mul(b).ok_or(TrapCode::OutOfRange).and_then(|product| checked_int(ty, product)),
        BinOp::Div => checked_int(ty, a / divisor(b)?),
        BinOp::FloorDiv => checked_int(ty, floor_div(a, divisor(b)?)),
        BinOp::Rem => checked_int(ty, a % divisor(b)?),
        BinOp::Mod => checked_int(ty, floor_mod(a, divisor(b)?)),
        BinOp::Pow => power(ty, a, b),
        BinOp::PowInt => power(ty, a, i128::from(b_word as i64)),
        BinOp::AddWrap => Ok(wrap(ty, a + b)),
        BinOp::SubWrap => Ok(wrap(ty, a - b)),
        BinOp::MulWrap => Ok(wrap(ty, a.wrapping_mul(b))),
        BinOp::And => Ok(a_word & b_word),
        BinOp::Or => Ok(a_word | b_word),
        BinOp::Xor => Ok(a_word ^ b_word),
        BinOp::Shl => Ok(wrap(ty, ((a as u64) << amount(ty, b_word)?) as i128)),
        BinOp::Shr => Ok((a >> amount(ty, b_word)?) as u64),
        BinOp::Min => Ok(if a <= b { a_word } else { b_word }),
        BinOp::Max => Ok(if a >= b { a_word } else { b_word }),
    }
}

fn divisor(b: i128) -> Result<i128, TrapCode> {
    if b == 0 { Err(TrapCode::DivisionByZero) } else { Ok(b) }
}

fn amount(ty: IntTy, word: u64) -> Result<u32, TrapCode> {
    if word < u64::from(ty.bits()) { Ok(word as u32) } else { Err(TrapCode::ShiftAmount) }
}

pub(super) fn floor_div(a: i128, b: i128) -> i128 {
    let quotient = a / b;
    if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
}

pub(super) fn floor_mod(a: i128, b: i128) -> i128 {
    let rest = a % b;
    if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
}

fn power(ty: IntTy, base: i128, exponent: i128) -> Result<u64, TrapCode> {
    if exponent < 0 {
        return Err(TrapCode::NegativeExponent);
    }
    let value = match base {
        0 => i128::from(exponent == 0),
        1 => 1,
        -1 => 1 - 2 * (exponent & 1),
        // |base| ≥ 2: from the 64th power on, no format holds the result.
        _ => u32::try_from(exponent)
            .ok()
            .filter(|&small| small <= 64)
            .and_then(|small| base.checked_pow(small))
            .ok_or(TrapCode::OutOfRange)?,
    };
    checked_int(ty, value)
}
