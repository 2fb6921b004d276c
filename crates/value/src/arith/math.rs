//! A `float64` in; square root, exponential, logarithms and circular functions of it out, the same bits on every machine.
//!
//! The values are those of the libm crate (a port of musl's, in Rust, without the processor's own instructions), within one unit in the
//! last place. Outside a function's domain there is no value (R0107).

use super::float::word;
use crate::{MathOp, TrapCode};

/// `op(a)` on a canonical word of `float64`.
///
/// # Errors
/// `R0107` for a root or logarithm of a negative number, a logarithm of 0, a circular function of an infinity, and NaN.
pub fn math(op: MathOp, a: u64) -> Result<u64, TrapCode> {
    let a = f64::from_bits(a);
    let defined = match op {
        MathOp::Sqrt => a >= 0.0,
        MathOp::Log | MathOp::Log2 => a > 0.0,
        MathOp::Sin | MathOp::Cos | MathOp::Tan => a.is_finite(),
        MathOp::Exp | MathOp::Atan | MathOp::Tanh => !a.is_nan(),
    };
    if !defined {
        return Err(TrapCode::Domain);
    }
    Ok(word(match op {
        MathOp::Sqrt => libm::sqrt(a),
        MathOp::Exp => libm::exp(a),
        MathOp::Log => libm::log(a),
        MathOp::Log2 => libm::log2(a),
        MathOp::Sin => libm::sin(a),
        MathOp::Cos => libm::cos(a),
        MathOp::Tan => libm::tan(a),
        MathOp::Atan => libm::atan(a),
        MathOp::Tanh => libm::tanh(a),
    }))
}
