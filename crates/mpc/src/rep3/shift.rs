//! Shared bits and shared amounts in, the bits moved by those amounts out: a barrel of selections.
//!
//! Stage i moves by 2^i where bit i of the amount is set. Beside the stages a tree finds whether the amount is in range; where it
//! is not, the result is 0.

use super::{linear, logic};
use crate::exec::{Cx, join};
use crate::{Abort, BitPlanes, Cost};

/// Where bits go, and what comes after them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shift {
    /// To higher planes, zeros below.
    Up,
    /// To lower planes, zeros above.
    Down,
    /// To lower planes, copies of the top plane above.
    DownSigned,
}

/// Every lane of `x` moved by its lane of `amount`, a number of as many planes; 0 where that is the number of planes or more.
///
/// Cost: 1 + ⌈log2 N⌉ rounds, or 1 + ⌈log2 (N − ⌈log2 N⌉)⌉ if that is more; per lane and party N·(1 + ⌈log2 N⌉) + N − ⌈log2 N⌉ − 1 bits:
/// 64 bits: 7 rounds, 505 bits.
/// Security: semi-honest, n = 3, t = 1; conjunctions only.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If the shapes differ or the number of planes is not a power of two from 2 on.
pub async fn by_secret(cx: &Cx, x: &BitPlanes, amount: &BitPlanes, shift: Shift) -> Result<BitPlanes, Abort> {
    let n = x.planes();
    assert!(n >= 2 && n.is_power_of_two() && amount.planes() == n, "widths are powers of two");
    let stages = n.ilog2() as usize;
    let moved = async {
        let mut moved = x.clone();
        for stage in 0..stages {
            let there = translate(&moved, 1 << stage, shift);
            let bit = amount.select_planes(std::iter::repeat_n(stage, n));
            let taken = logic::and(cx, &bit, &linear::xor(&moved, &there)).await?;
            moved = linear::xor(&moved, &taken);
        }
        Ok(moved)
    };
    let high = linear::not(cx.me(), &amount.slice_planes(stages, n - stages));
    let (moved, within) = join(moved, logic::all_planes(cx, &high)).await?;
    logic::and(cx, &within.select_planes(std::iter::repeat_n(0, n)), &moved).await
}

/// What [`by_secret`] costs.
#[must_use]
pub fn plan(lanes: usize, planes: usize) -> Cost {
    let stages = planes.ilog2() as usize;
    let moved = (0..stages).fold(Cost::ZERO, |cost, _| cost + logic::plan(lanes, planes));
    moved.beside(logic::all_planes_plan(lanes, planes - stages)) + logic::plan(lanes, planes)
}

/// Planes moved by a public amount below their number.
fn translate(x: &BitPlanes, by: usize, shift: Shift) -> BitPlanes {
    let n = x.planes();
    match shift {
        Shift::Up => {
            let mut out = BitPlanes::zeros(x.lanes(), by);
            out.extend_planes(&x.slice_planes(0, n - by));
            out
        }
        Shift::Down => {
            let mut out = x.slice_planes(by, n - by);
            out.extend_planes(&BitPlanes::zeros(x.lanes(), by));
            out
        }
        Shift::DownSigned => x.select_planes((by..n).chain(std::iter::repeat_n(n - 1, by))),
    }
}
