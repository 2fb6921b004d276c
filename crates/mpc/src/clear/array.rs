//! One operation on arrays of words in, the words of its result out.

use stoffel_value::{ScalarTy, TrapCode, from_i128, to_i128};

use super::View;
use crate::ArrayOp;
use crate::words::{DotSum, round_shift};

/// Evaluates lane by lane; under a false guard a lane that would trap is 0.
pub(super) fn eval(op: ArrayOp<'_>, views: [View<'_>; 2], guarded: bool) -> Result<Vec<u64>, TrapCode> {
    let settle = |lane: Option<u64>| match lane {
        Some(word) => Ok(word),
        None if guarded => Err(TrapCode::OutOfRange),
        None => Ok(0),
    };
    let [a, b] = views;
    match op {
        ArrayOp::Pick(_, places) => Ok(places.iter().map(|place| a.at(*place as usize)).collect()),
        ArrayOp::SumAxis(ty, axes) => {
            let [outer, n, inner] = axes.map(|len| len as usize);
            let total = |at: usize| {
                let first = at / inner * n * inner + at % inner;
                (0..n).map(|k| to_i128(ty, a.at(first + k * inner))).sum::<i128>()
            };
            (0..outer * inner).map(|at| settle(from_i128(ty, total(at)))).collect()
        }
        ArrayOp::CumSum(ty, axes) => {
            let [outer, n, inner] = axes.map(|len| len as usize);
            let mut sums = vec![0i128; outer * n * inner];
            for at in 0..sums.len() {
                let before = if at / inner % n == 0 { 0 } else { sums[at - inner] };
                sums[at] = before + to_i128(ty, a.at(at));
            }
            sums.into_iter().map(|sum| settle(from_i128(ty, sum))).collect()
        }
        ArrayOp::MatMul(ty, axes) => {
            let [batch, m, k, n] = axes.map(|len| len as usize);
            let element = |at: usize| {
                let (matrix, i, j) = (at / (m * n), at / n % m, at % n);
                let mut sum = DotSum::default();
                for t in 0..k {
                    let (x, y) = (a.at((matrix * m + i) * k + t), b.at((matrix * k + t) * n + j));
                    sum.add(to_i128(ty, x) * to_i128(ty, y));
                }
                let fraction = if let ScalarTy::Fix(fix) = ty { fix.f() } else { 0 };
                sum.total().and_then(|total| from_i128(ty, round_shift(total, fraction)))
            };
            (0..batch * m * n).map(|at| settle(element(at))).collect()
        }
    }
}
