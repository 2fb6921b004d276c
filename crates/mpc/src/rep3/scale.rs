//! Shared bits of a number in, the bits of the power of two that brings it to full length out.
//!
//! From the top plane on, "nothing was set so far" is a prefix conjunction; the leading bit is where it changes. For a signed number
//! the planes are compared with the sign: ⌊log2⌋ of −1 − b, which normalises −b as well, if a negative number always has a leading
//! bit in the lowest plane. The sign therefore is one more, last element of the prefix network.
//! Source: normalisation of Catrina and Saxena (FC 2010) on Sklansky's network.

use super::{a2b, linear, logic};
use crate::exec::Cx;
use crate::{Abort, BitPlanes, Cost};

/// One-hot bits of v = 2^(L − len): |b|·v is in [2^(L−1), 2^L], and v = 0 for b = 0. L is the number of planes, less the sign.
///
/// Cost: ⌈log2 k⌉ rounds for k planes; [`gates`] bits per lane and party: 64 planes: 6 rounds, 192 bits.
/// Security: semi-honest, n = 3, t = 1; conjunctions only.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If there is no plane beside the sign.
pub async fn scale(cx: &Cx, bits: &BitPlanes, signed: bool) -> Result<BitPlanes, Abort> {
    let planes = bits.planes();
    assert!(planes > usize::from(signed), "a number has a plane");
    let len = planes - usize::from(signed);
    let mut found = bits.select_planes((0..len).rev());
    if signed {
        let sign = bits.slice_planes(len, 1);
        found = linear::xor(&found, &sign.select_planes(std::iter::repeat_n(0, len)));
        found.extend_planes(&sign);
    }
    let none = prefix_and(cx, linear::not(cx.me(), &found)).await?;
    // none_i: nothing in elements 0…i. The leading bit is element i where none_{i−1} holds and none_i does not.
    let last = none.planes() - 1;
    let after = none.select_planes((0..len - 1).chain([last]));
    let first = linear::not(cx.me(), &after.slice_planes(0, 1));
    let mut out = first;
    out.extend_planes(&linear::xor(&after.slice_planes(0, len - 1), &after.slice_planes(1, len - 1)));
    Ok(out)
}

/// What [`scale`] costs for numbers of `planes` planes: the sign takes the place of the plane that it is not.
#[must_use]
pub fn plan(lanes: usize, planes: usize) -> Cost {
    a2b::levels(planes).fold(Cost::ZERO, |cost, pairs| cost + logic::plan(lanes, pairs.len()))
}

/// Conjunctions of [`scale`] per lane.
#[must_use]
pub fn gates(planes: usize) -> usize {
    a2b::levels(planes).map(|pairs| pairs.len()).sum()
}

/// Plane i becomes the conjunction of planes 0…i.
async fn prefix_and(cx: &Cx, mut x: BitPlanes) -> Result<BitPlanes, Abort> {
    let words = x.words();
    for pairs in a2b::levels(x.planes()) {
        let own = x.select_planes(pairs.iter().map(|&(i, _)| i));
        let before = x.select_planes(pairs.iter().map(|&(_, partner)| partner));
        let both = logic::and(cx, &own, &before).await?;
        for (part, product) in x.parts_mut().into_iter().zip(both.parts()) {
            for (row, &(i, _)) in pairs.iter().enumerate() {
                part[i * words..(i + 1) * words].copy_from_slice(&product[row * words..(row + 1) * words]);
            }
        }
    }
    Ok(x)
}
