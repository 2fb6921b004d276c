//! Shared ring elements in, shared signs and orders out.
//!
//! msb(x) = msb(s) ⊕ msb(t) ⊕ carry of the bits below, over the two-way split. Comparing by the sign of a difference is right only
//! if the difference fits; `less` takes three signs and is right for every pair.
//! Source: PROTOCOLS A.3, A.12.

use stoffel_crypto::Ring;

pub use super::carry::Circuit;
use super::{carry, linear, logic};
use crate::exec::Cx;
use crate::{Abort, BitPlanes, Cost, ShareVec, pool};

/// Bit `width` − 1 of every element: x < 0 for values of at most `width` bits, two's complement.
///
/// Cost: by a tree 3 + ⌈log2 ⌈(`width` − 1)/2⌉⌉ rounds; for 64 bits 8 rounds and 485 bits in all per lane, 183 from P1, 151 from P2 and P3
/// each. By a ripple `width` rounds; for 64 bits 252 bits in all per lane, 126 from P1, 63 from P2 and P3 each.
/// Security: semi-honest, n = 3, t = 1.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If `width` is 0 or exceeds the ring.
pub async fn ltz<R: Ring>(
    cx: &Cx,
    x: &ShareVec<R>,
    width: u32,
    circuit: Circuit,
    rotation: u8,
) -> Result<BitPlanes, Abort> {
    signs(cx, carry::summand(cx, x, R::ZERO, rotation), width, circuit, rotation).await
}

/// The signs of x = s + t, of which this party knows a summand.
async fn signs<R: Ring>(
    cx: &Cx,
    known: Vec<R>,
    width: u32,
    circuit: Circuit,
    rotation: u8,
) -> Result<BitPlanes, Abort> {
    assert!(width >= 1 && width <= R::BITS, "a sign is a bit of the ring");
    let width = width as usize;
    let (split, carry) = carry::carry(cx, known, width, width - 1, circuit, rotation).await?;
    Ok(linear::xor(&split.sum(width - 1), &carry))
}

/// What [`ltz`] costs.
#[must_use]
pub fn plan(lanes: usize, width: u32, circuit: Circuit, rotation: u8) -> Cost {
    carry::plan(lanes, width as usize, width as usize - 1, circuit, rotation)
}

/// Which values [`less`] compares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Such whose difference is a number of so many bits, two's complement.
    Within(u32),
    /// All of the ring, two's complement.
    Signed,
    /// All of the ring, in [0, 2^k).
    Unsigned,
}

/// x < y for all pairs of elements.
///
/// Cost: that of [`ltz`] of the difference; at full range of three lanes per pair, then 1 round and one bit per party.
/// Security: semi-honest, n = 3, t = 1.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If lengths differ, or the difference has more bits than the ring.
pub async fn less<R: Ring>(
    cx: &Cx,
    x: &ShareVec<R>,
    y: &ShareVec<R>,
    order: Order,
    circuit: Circuit,
    rotation: u8,
) -> Result<BitPlanes, Abort> {
    assert_eq!(x.len(), y.len(), "operands of one batch have one length");
    let len = x.len();
    let role = cx.role(rotation);
    if let Order::Within(width) = order {
        let mut known = pool::take(len);
        differences(role, x, y, &mut known);
        return signs(cx, known, width, circuit, rotation).await;
    }
    // x, y and x − y, one after the other.
    let mut known = pool::take::<R>(3 * len);
    let (own, difference) = known.split_at_mut(2 * len);
    for (known, x) in own.chunks_mut(len.max(1)).zip([x, y]) {
        match role {
            0 => known.iter_mut().zip(x.a()).zip(x.b()).for_each(|((known, x1), x2)| *known = x1.add(*x2)),
            1 => known.copy_from_slice(x.b()),
            _ => known.copy_from_slice(x.a()),
        }
    }
    let (x, y) = own.split_at(len);
    difference.iter_mut().zip(x).zip(y).for_each(|((known, x), y)| *known = x.sub(*y));
    let signs = signs(cx, known, R::BITS, circuit, rotation).await?;
    let [mx, my, md] = [0, 1, 2].map(|i| signs.slice_lanes(i * len, len));
    // Equal signs: the difference decides; else the negative one is less (signed), or the one without the top bit (unsigned).
    let decisive = if order == Order::Signed { &mx } else { &my };
    let correction = logic::and(cx, &linear::xor(&mx, &my), &linear::xor(decisive, &md)).await?;
    Ok(linear::xor(&md, &correction))
}

/// The summand of x − y that a role knows.
fn differences<R: Ring>(role: u8, x: &ShareVec<R>, y: &ShareVec<R>, known: &mut [R]) {
    let one = |known: &mut [R], x: &[R], y: &[R]| {
        known.iter_mut().zip(x).zip(y).for_each(|((known, x), y)| *known = x.sub(*y));
    };
    match role {
        0 => {
            for (((known, x1), x2), (y1, y2)) in known.iter_mut().zip(x.a()).zip(x.b()).zip(y.a().iter().zip(y.b())) {
                *known = x1.add(*x2).sub(y1.add(*y2));
            }
        }
        1 => one(known, x.b(), y.b()),
        _ => one(known, x.a(), y.a()),
    }
}

/// What [`less`] costs.
#[must_use]
pub fn less_plan<R: Ring>(lanes: usize, order: Order, circuit: Circuit, rotation: u8) -> Cost {
    match order {
        Order::Within(width) => plan(lanes, width, circuit, rotation),
        Order::Signed | Order::Unsigned => plan(3 * lanes, R::BITS, circuit, rotation) + logic::plan(lanes, 1),
    }
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
    let g = logic::and(cx, &linear::not(cx.me(), x), y).await?;
    let mut p = carry::Plane::all(linear::not(cx.me(), &linear::xor(x, y)));
    p.remove(0);
    carry::merged(cx, x.lanes(), carry::Plane::all(g), p).await
}

/// What [`less_bits`] costs.
#[must_use]
pub fn less_bits_plan(lanes: usize, planes: usize) -> Cost {
    logic::plan(lanes, planes) + carry::levels_plan(lanes, planes)
}
