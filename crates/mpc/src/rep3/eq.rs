//! Shared ring elements in, shared answers to "is it zero" out.
//!
//! x = s + t is 0 modulo 2^w exactly if the low w bits of s and of −t agree: P1 inputs s, the others know −t. Source: PROTOCOLS A.3.

use stoffel_crypto::Ring;

use super::{carry, linear, logic};
use crate::exec::Cx;
use crate::{Abort, BitPlanes, Cost, ShareVec, pool};

/// Whether the low `width` bits of each element are all zero.
///
/// Cost: 1 + ⌈log2 `width`⌉ rounds; per lane `width` bits from P1 and `width` − 1 bits from each party: 64 bits: 7 rounds, 253 bits.
/// Security: semi-honest, n = 3, t = 1.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If `width` is 0 or exceeds the ring.
pub async fn eqz<R: Ring>(cx: &Cx, x: &ShareVec<R>, width: u32, rotation: u8) -> Result<BitPlanes, Abort> {
    assert!(width >= 1 && width <= R::BITS, "an element has bits");
    let mut known = carry::summand(cx, x, R::ZERO, rotation);
    if cx.role(rotation) != 0 {
        known.iter_mut().for_each(|t| *t = t.neg());
    }
    let split = carry::Split::begin(cx, &known, width as usize, Vec::new(), rotation).await?;
    pool::give(known);
    let equal = linear::not(cx.me(), &split.into_sum());
    logic::all_planes(cx, &equal).await
}

/// What [`eqz`] costs.
#[must_use]
pub fn plan(lanes: usize, width: u32, rotation: u8) -> Cost {
    carry::split_plan(lanes, width as usize, 0, rotation) + logic::all_planes_plan(lanes, width as usize)
}
