//! One operation on words in, the words of its result out.

use stoffel_value::{ScalarOp, ScalarTy, TrapCode, binary, compare, convert, from_i128, to_i128, unary};

use super::View;
use crate::words::{DotSum, round_shift};

/// Evaluates lane by lane; under a false guard a lane that would trap is 0.
pub(super) fn eval(op: ScalarOp, views: [View<'_>; 3], guarded: bool) -> Result<Vec<u64>, TrapCode> {
    let settle = |lane: Result<u64, TrapCode>| if guarded { lane } else { Ok(lane.unwrap_or(0)) };
    let [a, b, c] = views;
    let each = |f: &dyn Fn(usize) -> Result<u64, TrapCode>| match lanes(views) {
        None => settle(f(0)).map(|word| vec![word]),
        Some(len) => (0..len).map(|lane| settle(f(lane))).collect(),
    };
    match op {
        ScalarOp::Binary(op, ty) => each(&|lane| binary(op, ty, a.at(lane), b.at(lane))),
        ScalarOp::Compare(op, ta, tb) => each(&|lane| compare(op, ta, a.at(lane), tb, b.at(lane)).map(u64::from)),
        ScalarOp::Unary(op, ty) => each(&|lane| unary(op, ty, a.at(lane))),
        ScalarOp::Select(_) => each(&|lane| Ok(if a.at(lane) & 1 == 1 { b.at(lane) } else { c.at(lane) })),
        ScalarOp::Convert(from, to) => each(&|lane| convert(from, to, a.at(lane))),
        ScalarOp::Sum(ty) => settle(sum(ty, a)).map(|word| vec![word]),
        ScalarOp::Dot(ty) => settle(dot(ty, a, b)).map(|word| vec![word]),
        ScalarOp::Any => Ok(vec![u64::from(words(&a).contains(&1))]),
        ScalarOp::All => Ok(vec![u64::from(words(&a).iter().all(|word| *word == 1))]),
    }
}

/// Number of lanes of the result; `None` for a scalar.
fn lanes(views: [View<'_>; 3]) -> Option<usize> {
    views.iter().find_map(|view| match view {
        View::One(_) => None,
        View::Many(words) => Some(words.len()),
    })
}

fn words<'a>(view: &'a View<'_>) -> &'a [u64] {
    match view {
        View::One(word) => std::slice::from_ref(word),
        View::Many(words) => words,
    }
}

fn sum(ty: ScalarTy, a: View<'_>) -> Result<u64, TrapCode> {
    let total = words(&a).iter().map(|word| to_i128(ty, *word)).sum();
    from_i128(ty, total).ok_or(TrapCode::OutOfRange)
}

fn dot(ty: ScalarTy, a: View<'_>, b: View<'_>) -> Result<u64, TrapCode> {
    let len = lanes([a, b, View::One(0)]).unwrap_or(1);
    let mut sum = DotSum::default();
    for lane in 0..len {
        sum.add(to_i128(ty, a.at(lane)) * to_i128(ty, b.at(lane)));
    }
    let fraction = if let ScalarTy::Fix(fix) = ty { fix.f() } else { 0 };
    let total = sum.total().map(|total| round_shift(total, fraction));
    total.and_then(|total| from_i128(ty, total)).ok_or(TrapCode::OutOfRange)
}
