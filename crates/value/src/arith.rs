//! Two canonical words of a format in, the result of one operation of the table out (LANGUAGE §7).
//!
//! Exact where the language says exact; every result is canonical and the same on every machine (NaN has one form,
//! powers of floats come from libm). Not here: comparisons and conversions between formats.

mod fix;
mod float;
mod int;
mod math;

use crate::{BinOp, FixTy, IntTy, ScalarTy, TrapCode, UnOp, from_i128, to_i128};

pub(crate) use fix::div_round;
pub use math::math;

/// Whether the language defines the operation on two public scalars of the format.
#[must_use]
pub const fn binary_defined(op: BinOp, ty: ScalarTy) -> bool {
    use BinOp::*;
    match ty {
        ScalarTy::Int(_) => true,
        ScalarTy::Bool => matches!(op, And | Or | Xor | Min | Max),
        ScalarTy::Fix(_) | ScalarTy::Float => {
            matches!(op, Add | Sub | Mul | Div | FloorDiv | Rem | Mod | Pow | PowInt | Min | Max)
        }
    }
}

/// Whether the language defines the operation on a public scalar of the format.
#[must_use]
pub const fn unary_defined(op: UnOp, ty: ScalarTy) -> bool {
    match (op, ty) {
        (UnOp::Not, ScalarTy::Bool | ScalarTy::Int(_)) => true,
        (UnOp::Neg | UnOp::Abs, ScalarTy::Int(t)) => t.is_signed(),
        (UnOp::Neg | UnOp::Abs, ScalarTy::Fix(_) | ScalarTy::Float) => true,
        _ => false,
    }
}

/// Format of the right operand of a public operation whose left operand has format `ty`.
#[must_use]
pub const fn right_operand(op: BinOp, ty: ScalarTy) -> ScalarTy {
    match op {
        BinOp::Shl | BinOp::Shr | BinOp::PowInt => ScalarTy::I64,
        _ => ty,
    }
}

/// `a op b` in the format `ty`; the right operand of `Shl`, `Shr` and `PowInt` is an `int64` word.
///
/// # Errors
/// `R0101` outside the format, `R0102` zero divisor, `R0103` shift amount, `R0105` negative exponent of an integer,
/// `R0107` NaN in `Min`/`Max` and powers without real value, `R0402` where [`binary_defined`] is false.
#[inline]
pub fn binary(op: BinOp, ty: ScalarTy, a: u64, b: u64) -> Result<u64, TrapCode> {
    match ty {
        ScalarTy::Int(t) => int::binary(op, t, a, b),
        ScalarTy::Fix(t) => fix::binary(op, t, a, b),
        ScalarTy::Float => float::binary(op, f64::from_bits(a), b).map(float::word),
        ScalarTy::Bool => match op {
            BinOp::And | BinOp::Min => Ok(a & b),
            BinOp::Or | BinOp::Max => Ok(a | b),
            BinOp::Xor => Ok(a ^ b),
            _ => Err(TrapCode::DynamicType),
        },
    }
}

/// `op a` in the format `ty`.
///
/// # Errors
/// `R0101` outside the format, `R0402` where [`unary_defined`] is false.
pub fn unary(op: UnOp, ty: ScalarTy, a: u64) -> Result<u64, TrapCode> {
    if !unary_defined(op, ty) {
        return Err(TrapCode::DynamicType);
    }
    let checked = |value: i128| from_i128(ty, value).ok_or(TrapCode::OutOfRange);
    match (op, ty) {
        (UnOp::Not, ScalarTy::Int(t)) => Ok(crate::wrap(t, !to_i128(ty, a))),
        (UnOp::Not, _) => Ok(a ^ 1),
        (UnOp::Neg, ScalarTy::Float) => Ok(float::word(-f64::from_bits(a))),
        (UnOp::Abs, ScalarTy::Float) => Ok(float::word(f64::from_bits(a).abs())),
        (UnOp::Neg, _) => checked(-to_i128(ty, a)),
        (UnOp::Abs, _) => checked(to_i128(ty, a).abs()),
    }
}

fn checked_int(ty: IntTy, value: i128) -> Result<u64, TrapCode> {
    from_i128(ScalarTy::Int(ty), value).ok_or(TrapCode::OutOfRange)
}

fn checked_fix(ty: FixTy, value: i128) -> Result<u64, TrapCode> {
    from_i128(ScalarTy::Fix(ty), value).ok_or(TrapCode::OutOfRange)
}
