//! Words in, mathematical integers out, and back with a range check.
//!
//! A word is canonical when it is the extension that its format prescribes; every function of this crate gives canonical words.

use crate::{IntTy, ScalarTy};

/// The integer that a canonical word of an integer, fixed (its grid integer) or bool format stands for.
///
/// `Float` words are read as their bits.
#[must_use]
pub const fn to_i128(ty: ScalarTy, word: u64) -> i128 {
    match ty {
        ScalarTy::Int(t) if !t.is_signed() => word as i128,
        ScalarTy::Int(_) | ScalarTy::Fix(_) => word as i64 as i128,
        ScalarTy::Bool | ScalarTy::Float => word as i128,
    }
}

/// The canonical word of an integer (fixed: grid integer) if the format holds it.
#[must_use]
pub const fn from_i128(ty: ScalarTy, value: i128) -> Option<u64> {
    let (min, max) = range(ty);
    if value >= min && value <= max { Some(value as u64) } else { None }
}

/// Least and greatest integer (fixed: grid integer) of a format; `Float`: of its bits.
#[must_use]
pub const fn range(ty: ScalarTy) -> (i128, i128) {
    match ty {
        ScalarTy::Bool => (0, 1),
        ScalarTy::Int(t) => (t.min(), t.max()),
        ScalarTy::Fix(t) => (t.min(), t.max()),
        ScalarTy::Float => (0, u64::MAX as i128),
    }
}

/// The value modulo 2^N as a canonical word of the integer format.
#[must_use]
pub const fn wrap(ty: IntTy, value: i128) -> u64 {
    let unused = 64 - ty.bits();
    let top = (value as u64) << unused;
    if ty.is_signed() { ((top as i64) >> unused) as u64 } else { top >> unused }
}

/// Whether a word is canonical in its format. Untrusted constants are checked with this.
#[must_use]
pub const fn is_canonical(ty: ScalarTy, word: u64) -> bool {
    match ty {
        ScalarTy::Float => !f64::from_bits(word).is_nan() || word == f64::NAN.to_bits(),
        _ => from_i128(ty, to_i128(ty, word)).is_some(),
    }
}
