//! IEEE binary64 in and out, with division by zero trapped and one form of NaN.

use crate::{BinOp, TrapCode};

/// The canonical word of a float: NaN has one form, whatever the processor made.
pub(super) fn word(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

pub(super) fn binary(op: BinOp, a: f64, b_word: u64) -> Result<f64, TrapCode> {
    let b = f64::from_bits(b_word);
    match op {
        BinOp::Add => Ok(a + b),
        BinOp::Sub => Ok(a - b),
        BinOp::Mul => Ok(a * b),
        BinOp::Div => Ok(a / nonzero(b)?),
        BinOp::FloorDiv => Ok(floor_div(a, nonzero(b)?)),
        BinOp::Rem => Ok(a % nonzero(b)?),
        BinOp::Mod => Ok(floor_mod(a, nonzero(b)?)),
        BinOp::Pow => power(a, b),
        BinOp::PowInt => power_int(a, b_word as i64),
        BinOp::Min => ordered(a, b).map(|()| if b < a { b } else { a }),
        BinOp::Max => ordered(a, b).map(|()| if b > a { b } else { a }),
        _ => Err(TrapCode::DynamicType),
    }
}

fn nonzero(b: f64) -> Result<f64, TrapCode> {
    if b == 0.0 { Err(TrapCode::DivisionByZero) } else { Ok(b) }
}

fn ordered(a: f64, b: f64) -> Result<(), TrapCode> {
    if a.is_nan() || b.is_nan() { Err(TrapCode::Domain) } else { Ok(()) }
}

fn floor_mod(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest == 0.0 {
        0.0f64.copysign(b)
    } else if (rest < 0.0) != (b < 0.0) {
        rest + b
    } else {
        rest
    }
}

/// Floor of the exact quotient, not of the rounded one: `1.0 // 0.1` is 9.
fn floor_div(a: f64, b: f64) -> f64 {
    let rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0.0f64.copysign(a / b);
    }
    let floor = libm::floor(quotient);
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

fn power(a: f64, b: f64) -> Result<f64, TrapCode> {
    if a == 0.0 && b < 0.0 {
        return Err(TrapCode::DivisionByZero);
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && libm::trunc(b) != b {
        return Err(TrapCode::Domain);
    }
    Ok(libm::pow(a, b))
}

fn power_int(a: f64, n: i64) -> Result<f64, TrapCode> {
    // The exponent's parity is taken before it is rounded to a float.
    let size = power(a.abs(), n as f64)?;
    Ok(if a.is_sign_negative() && n & 1 == 1 { -size } else { size })
}
