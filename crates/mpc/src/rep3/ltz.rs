//! Shared ring elements in, shared signs and orders out.
//!
//! msb(x) = msb(s) ⊕ msb(t) ⊕ carry of the bits below, over the two-way split. Comparing by the sign of a difference is right only
//! if the difference fits; `less` takes three signs and is right for every pair.
//! Source: PROTOCOLS A.3, A.12.

use stoffel_crypto::Ring;

use super::{carry, linear, logic};
use crate::exec::Cx;
use crate::{Abort, BitPlanes, Cost, ShareVec};

/// Bit `width` − 1 of every element: x < 0 for values of at most `width` bits, two's complement.
///
/// Cost: 3 + ⌈log2 ⌈(`width` − 1)/2⌉⌉ rounds; for 64 bits 8 rounds and 485 bits in all per lane, 183 from P1, 151 from P2 and P3 each.
/// Security: semi-honest, n = 3, t = 1.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If `width` is 0 or exceeds the ring.
pub async fn ltz<R: Ring>(cx: &Cx, x: &ShareVec<R>, width: u32, rotation: u8) -> Result<BitPlanes, Abort> {
    assert!(width >= 1 && width <= R::BITS, "a sign is a bit of the ring");
    let width = width as usize;
    let known = carry::summand(cx, x, R::ZERO, rotation);
    let (split, carry) = carry::carry(cx, &known, width, width - 1, rotation).await?;
    let top = |bits: &BitPlanes| bits.slice_planes(width - 1, 1);
    Ok(linear::xor(&linear::xor(&top(&split.s), &top(&split.t)), &carry))
}

/// What [`ltz`] costs.
#[must_use]
pub fn plan(lanes: usize, width: u32, rotation: u8) -> Cost {
    carry::plan(lanes, width as usize, width as usize - 1, rotation)
}

/// How [`less`] reads its operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Both are two's complement.
    Signed,
    /// Both are in [0, 2^k).
    Unsigned,
}

/// x < y for all pairs of full-range elements.
///
/// Cost: [`ltz`] of three lanes per pair, then 1 round and one bit per party.
/// Security: semi-honest, n = 3, t = 1.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If lengths differ.
pub async fn less<R: Ring>(
    cx: &Cx,
    x: &ShareVec<R>,
    y: &ShareVec<R>,
    order: Order,
    rotation: u8,
) -> Result<BitPlanes, Abort> {
    let len = x.len();
    let signs = ltz(cx, &ShareVec::concat([x, y, &linear::sub(x, y)]), R::BITS, rotation).await?;
    let [mx, my, md] = [0, 1, 2].map(|i| signs.slice_lanes(i * len, len));
    // Equal signs: the difference decides; else the negative one is less (signed), or the one without the top bit (unsigned).
    let decisive = match order {
        Order::Signed => &mx,
        Order::Unsigned => &my,
    };
    let correction = logic::and(cx, &linear::xor(&mx, &my), &linear::xor(decisive, &md)).await?;
    Ok(linear::xor(&md, &correction))
}

/// What [`less`] costs.
#[must_use]
pub fn less_plan<R: Ring>(lanes: usize, rotation: u8) -> Cost {
    plan(3 * lanes, R::BITS, rotation) + logic::plan(lanes, 1)
}

/// x < y for unsigned numbers given by their bits, plane j = bit j.
///
/// Cost: 1 + ⌈log2 k⌉ rounds for k planes; 64 planes: 7 rounds, 3·184 bits in all per lane.
/// Security: semi-honest, n = 3, t = 1; conjunctions only.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If shapes differ or there is no plane.
pub async fn less_bits(cx: &Cx, x: &BitPlanes, y: &BitPlanes) -> Result<BitPlanes, Abort> {
    let mut g = logic::and(cx, &linear::not(cx.me(), x), y).await?;
    let mut p = linear::not(cx.me(), &linear::xor(x, y)).slice_planes(1, x.planes() - 1);
    while g.planes() > 1 {
        (g, p) = carry::level(cx, &g, &p).await?;
    }
    Ok(g)
}

/// What [`less_bits`] costs.
#[must_use]
pub fn less_bits_plan(lanes: usize, planes: usize) -> Cost {
    logic::plan(lanes, planes) + carry::levels_plan(lanes, planes)
}
