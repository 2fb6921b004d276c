//! Sharings over a smaller ring in, sharings of the same signed values over a larger ring out.
//!
//! c + r = x' + wrap·2^k over the integers, so y = c + r − wrap·2^k − offset in Z/2^K, and the wrap bit is needed modulo 2^(K−k) only.
//! Source: PROTOCOLS A.12.

use stoffel_crypto::{Addr, Ring};

use super::carry::Circuit;
use super::wrap::{self, Side};
use super::{b2a, carry, input, purpose};
use crate::exec::{Cx, join};
use crate::{Abort, Cost, ShareVec, pool};

/// The same values over `S`, for |x| < 2^(k−2).
///
/// Cost: 2 rounds; K + 3·(K − k) bits in all per element: Z/2^64 to Z/2^128: 320 bits.
/// Security: semi-honest, n = 3, t = 1.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If `S` is not larger than `R`, or `R` has fewer than 2 bits.
pub async fn lift<R: Ring, S: Ring>(cx: &Cx, x: &ShareVec<R>, rotation: u8) -> Result<ShareVec<S>, Abort> {
    let width = widening::<R, S>();
    let offset = R::BITS - 2;
    let known = carry::summand(cx, x, R::power_of_two(offset), rotation);
    let top = pool::map(&known, |c| u64::from(c.bit(R::BITS - 1)));
    let side = if cx.role(rotation) == 0 { Side::Knower { word: widen(&known), top } } else { Side::Other(top) };
    let (c, wrap) = wrap::or_wrap(cx, side, width, rotation).await?;
    Ok(finish(cx, c, &known, &wrap, S::power_of_two(offset), rotation))
}

/// What [`lift`] costs.
#[must_use]
pub fn plan<R: Ring, S: Ring>(len: usize, rotation: u8) -> Cost {
    wrap::plan::<S>(len, widening::<R, S>(), rotation)
}

/// How [`full`] reads an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Range {
    /// Two's complement.
    Signed,
    /// In [0, 2^k).
    Unsigned,
}

/// The same values over `S`, for every x.
///
/// Cost: the carry out of all k bits, then a bit modulo 2^(K−k), beside an input of K bits: Z/2^64 to Z/2^128: 10 rounds.
/// Security: semi-honest, n = 3, t = 1.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If `S` is not larger than `R`.
pub async fn full<R: Ring, S: Ring>(
    cx: &Cx,
    x: &ShareVec<R>,
    range: Range,
    rotation: u8,
) -> Result<ShareVec<S>, Abort> {
    let width = widening::<R, S>();
    let bits = R::BITS as usize;
    let offset = match range {
        Range::Signed => R::power_of_two(R::BITS - 1),
        Range::Unsigned => R::ZERO,
    };
    let known = carry::summand(cx, x, offset, rotation);
    let word = widen::<R, S>(&known);
    let addr = Addr { op: cx.next_op(), purpose: purpose::WRAP_C };
    let knower = (cx.role(rotation) == 0).then_some(word.as_slice());
    let carried = async {
        let (_, carry) = carry::carry(cx, pool::copied(&known), bits, bits, Circuit::Tree, rotation).await?;
        b2a::modulo::<S>(cx, &carry, width, rotation).await
    };
    let (c, wrap) = join(input::masked(cx, addr, rotation, knower, x.len(), S::BITS), carried).await?;
    Ok(finish(cx, c, &known, &wrap, S::from_u128(offset.to_u128()), rotation))
}

/// What [`full`] costs.
#[must_use]
pub fn full_plan<R: Ring, S: Ring>(len: usize, rotation: u8) -> Cost {
    let bits = R::BITS as usize;
    let carried =
        carry::plan(len, bits, bits, Circuit::Tree, rotation) + b2a::modulo_plan(len, widening::<R, S>(), rotation);
    input::masked_plan(len, S::BITS, rotation).beside(carried)
}

fn widening<R: Ring, S: Ring>() -> u32 {
    assert!(S::BITS > R::BITS && R::BITS >= 2, "a lift goes to a larger ring");
    S::BITS - R::BITS
}

fn widen<R: Ring, S: Ring>(words: &[R]) -> Vec<S> {
    pool::map(words, |word| S::from_u128(word.to_u128()))
}

/// c + r − wrap·2^k − offset.
fn finish<R: Ring, S: Ring, W: Ring>(
    cx: &Cx,
    mut c: ShareVec<S>,
    known: &[R],
    wrap: &ShareVec<W>,
    offset: S,
    rotation: u8,
) -> ShareVec<S> {
    let role = usize::from(cx.role(rotation));
    let up = |wrap: &W| S::from_u128(wrap.to_u128()).shl(R::BITS);
    for (which, (part, wrap)) in c.parts_mut().into_iter().zip(wrap.parts()).enumerate() {
        let summed = part.iter_mut().zip(wrap);
        // Of the components (x_1, x_2, x_3) the first takes the offset and the third r, which P2 and P3 know.
        match (role + which) % 3 {
            0 => summed.for_each(|(c, wrap)| *c = c.sub(offset).sub(up(wrap))),
            1 => summed.for_each(|(c, wrap)| *c = c.sub(up(wrap))),
            _ => summed.zip(known).for_each(|((c, wrap), r)| {
                *c = c.add(S::from_u128(r.to_u128())).sub(up(wrap));
            }),
        }
    }
    c
}
