//! A word of one format in, the word of another or a truth value out (LANGUAGE §6.4, §7).

use std::cmp::Ordering;

use crate::arith::div_round;
use crate::{CmpOp, ScalarTy, TrapCode, from_i128, to_i128};

/// The explicit conversion `to(word)`.
///
/// # Errors
/// `R0106` if the format does not hold the value (rounded toward zero for integers, to the nearest grid point for
/// fixed); `R0107` for NaN to bool.
pub fn convert(from: ScalarTy, to: ScalarTy, word: u64) -> Result<u64, TrapCode> {
    if from == to {
        return Ok(word);
    }
    let checked = |value: Option<i128>| value.and_then(|value| from_i128(to, value)).ok_or(TrapCode::Conversion);
    match (from, to) {
        (ScalarTy::Float, ScalarTy::Bool) => compare(CmpOp::Ne, from, word, from, 0).map(u64::from),
        (_, ScalarTy::Bool) => Ok(u64::from(word != 0)),
        (ScalarTy::Float, ScalarTy::Int(_)) => checked(whole(libm::trunc(f64::from_bits(word)))),
        // Scaling by a power of two is exact, so only the rounding to the grid rounds.
        (ScalarTy::Float, ScalarTy::Fix(t)) => {
            checked(whole((f64::from_bits(word) * power_of_two(t.f() as i32)).round_ties_even()))
        }
        (ScalarTy::Float, ScalarTy::Float) => Ok(word),
        (ScalarTy::Fix(s), ScalarTy::Float) => Ok((word as i64 as f64 * power_of_two(-(s.f() as i32))).to_bits()),
        (_, ScalarTy::Float) => Ok((to_i128(from, word) as f64).to_bits()),
        (ScalarTy::Fix(s), ScalarTy::Int(_)) => checked(Some(to_i128(from, word) / (1i128 << s.f()))),
        (ScalarTy::Fix(s), ScalarTy::Fix(t)) => checked(Some(div_round(to_i128(from, word) << t.f(), 1i128 << s.f()))),
        (_, ScalarTy::Fix(t)) => checked(Some(to_i128(from, word) << t.f())),
        (_, ScalarTy::Int(_)) => checked(Some(to_i128(from, word))),
    }
}

/// Whether `a op b`, by exact value; formats may differ.
///
/// A float beside another format is compared after converting the other to float64.
///
/// # Errors
/// `R0107` if an operand is NaN.
pub fn compare(op: CmpOp, ty_a: ScalarTy, a: u64, ty_b: ScalarTy, b: u64) -> Result<bool, TrapCode> {
    let order = match (ty_a, ty_b) {
        (ScalarTy::Float, _) | (_, ScalarTy::Float) => {
            let a = f64::from_bits(convert(ty_a, ScalarTy::Float, a)?);
            let b = f64::from_bits(convert(ty_b, ScalarTy::Float, b)?);
            a.partial_cmp(&b).ok_or(TrapCode::Domain)?
        }
        // Both on the finer grid; 64 bits shifted by at most 63 fit.
        _ => {
            let (grid_a, grid_b) = (fraction_bits(ty_a), fraction_bits(ty_b));
            let grid = grid_a.max(grid_b);
            (to_i128(ty_a, a) << (grid - grid_a)).cmp(&(to_i128(ty_b, b) << (grid - grid_b)))
        }
    };
    Ok(op.holds(order))
}

impl CmpOp {
    /// Whether operands in this order satisfy the comparison.
    #[must_use]
    pub const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
        }
    }
}

const fn fraction_bits(ty: ScalarTy) -> u32 {
    match ty {
        ScalarTy::Fix(t) => t.f(),
        _ => 0,
    }
}

/// A float without fraction as an integer, if it is finite and below 2^100.
fn whole(value: f64) -> Option<i128> {
    (value.abs() < power_of_two(100)).then_some(value as i128)
}

/// 2^exponent, exactly; |exponent| ≤ 1000.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}
