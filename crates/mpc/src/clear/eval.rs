//! One operation on words in, the words of its result out.

use stoffel_value::{BinOp, ScalarOp, ScalarTy, TrapCode, binary, compare, convert, from_i128, to_i128, unary};

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
    if guarded {
        bools_fit(op, views)?;
    }
    match op {
        ScalarOp::Binary(BinOp::Add, ScalarTy::Bool) => each(&|lane| Ok(a.at(lane).wrapping_add(b.at(lane)))),
        ScalarOp::Binary(BinOp::Sub, ScalarTy::Bool) => each(&|lane| Ok(a.at(lane).wrapping_sub(b.at(lane)))),
        ScalarOp::Binary(BinOp::Mul, ScalarTy::Bool) => each(&|lane| Ok(a.at(lane).wrapping_mul(b.at(lane)))),
        ScalarOp::Binary(op, ty) => each(&|lane| binary(op, ty, a.at(lane), b.at(lane))),
        ScalarOp::Compare(op, ta, tb) => each(&|lane| compare(op, ta, a.at(lane), tb, b.at(lane)).map(u64::from)),
        ScalarOp::Unary(op, ty) => each(&|lane| unary(op, ty, a.at(lane))),
        ScalarOp::Select(_) => each(&|lane| Ok(if a.at(lane) & 1 == 1 { b.at(lane) } else { c.at(lane) })),
        ScalarOp::Convert(from, to) => each(&|lane| convert(from, to, a.at(lane))),
        ScalarOp::Sum(ty) => settle(sum(ty, a)).map(|word| vec![word]),
        ScalarOp::Dot(ty) => settle(dot(ty, a, b)).map(|word| vec![word]),
        ScalarOp::OneHot(ty) => one_hot(to_i128(ty, a.at(0)), b.at(0), c.at(0), guarded),
        ScalarOp::Pick(_) => {
            let marked = words(&a).iter().zip(words(&b)).filter(|(mark, _)| **mark & 1 == 1);
            Ok(vec![marked.fold(0, |sum, (_, word)| sum ^ word)])
        }
        ScalarOp::Any => Ok(vec![u64::from(words(&a).contains(&1))]),
        ScalarOp::All => Ok(vec![u64::from(words(&a).iter().all(|word| *word == 1))]),
    }
}

/// Arithmetic may take bools out of 0 and 1; nothing else may use them then (LANGUAGE §10.8).
fn bools_fit(op: ScalarOp, [a, b, _]: [View<'_>; 3]) -> Result<(), TrapCode> {
    let used: &[View<'_>] = match op {
        ScalarOp::Binary(BinOp::Add | BinOp::Sub | BinOp::Mul, ScalarTy::Bool) => &[],
        ScalarOp::Binary(_, ScalarTy::Bool) | ScalarOp::Compare(_, ScalarTy::Bool, _) => &[a, b],
        ScalarOp::Unary(_, ScalarTy::Bool) | ScalarOp::Convert(ScalarTy::Bool, _) | ScalarOp::Select(_) => &[a],
        ScalarOp::Any | ScalarOp::All | ScalarOp::Pick(_) => &[a],
        ScalarOp::OneHot(_) => &[b],
        _ => &[],
    };
    let fit = used.iter().flat_map(|view| words(view)).all(|word| *word <= 1);
    if fit { Ok(()) } else { Err(TrapCode::SecretBool) }
}

/// `n` bools of which that at `index` is `holds`.
fn one_hot(index: i128, holds: u64, n: u64, guarded: bool) -> Result<Vec<u64>, TrapCode> {
    let mut marks = vec![0; n as usize];
    match usize::try_from(index).ok().and_then(|at| marks.get_mut(at)) {
        Some(mark) => *mark = holds & 1,
        None if guarded && holds & 1 == 1 => return Err(TrapCode::Index),
        None => {}
    }
    Ok(marks)
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
