//! Shared ring elements in, their bits as shared planes out.
//!
//! The two-way split gives the bits of s and t; a Sklansky adder gives every carry. Its fan-out costs nothing on packed bits, so it
//! is preferred to Kogge-Stone at equal depth. Source: Sklansky 1960; PROTOCOLS A.2, A.4.

use stoffel_crypto::Ring;

use super::{carry, linear, logic};
use crate::exec::Cx;
use crate::{Abort, BitPlanes, Cost, ShareVec, pool};

/// The low `width` bits of every element, plane j = bit j.
///
/// Cost: 2 + ⌈log2(`width` − 1)⌉ rounds; per lane `width` + 2·(`width` − 1) bits for the split and [`sklansky_ands`] gates; 64 bits: 8 rounds.
/// Security: semi-honest, n = 3, t = 1.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If `width` is 0 or exceeds the ring.
pub async fn a2b<R: Ring>(cx: &Cx, x: &ShareVec<R>, width: u32, rotation: u8) -> Result<BitPlanes, Abort> {
    assert!(width >= 1 && width <= R::BITS, "an element has bits");
    let width = width as usize;
    let known = carry::summand(cx, x, R::ZERO, rotation);
    let split = carry::Split::begin(cx, &known, width, (0..width - 1).collect(), rotation).await?;
    pool::give(known);
    if width == 1 {
        return Ok(split.into_sum());
    }
    let g = split.products(cx).await?;
    let sum = split.into_sum();
    let carries = prefix_carries(cx, g, sum.slice_planes(0, width - 1)).await?;
    Ok(add_carries(&sum, &carries))
}

/// What [`a2b`] costs.
#[must_use]
pub fn plan(lanes: usize, width: u32, rotation: u8) -> Cost {
    let width = width as usize;
    carry::split_plan(lanes, width, width - 1, rotation) + prefix_plan(lanes, width - 1)
}

/// The sum of two shared numbers of as many bits, modulo 2^planes.
///
/// Cost: 1 + ⌈log2(planes − 1)⌉ rounds; planes − 1 + [`sklansky_ands`] gates per lane.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If shapes differ.
pub async fn add_bits(cx: &Cx, x: &BitPlanes, y: &BitPlanes) -> Result<BitPlanes, Abort> {
    let sum = linear::xor(x, y);
    if x.planes() <= 1 {
        return Ok(sum);
    }
    let below = x.planes() - 1;
    let g = logic::and(cx, &x.slice_planes(0, below), &y.slice_planes(0, below)).await?;
    let carries = prefix_carries(cx, g, sum.slice_planes(0, below)).await?;
    Ok(add_carries(&sum, &carries))
}

/// What [`add_bits`] costs.
#[must_use]
pub fn add_bits_plan(lanes: usize, planes: usize) -> Cost {
    if planes <= 1 {
        return Cost::ZERO;
    }
    logic::plan(lanes, planes - 1) + prefix_plan(lanes, planes - 1)
}

/// Bit 0 of the sum is its own; bit j + 1 takes the carry out of bits 0…j.
fn add_carries(sum: &BitPlanes, carries: &BitPlanes) -> BitPlanes {
    let mut out = sum.slice_planes(0, 1);
    out.extend_planes(&linear::xor(&sum.slice_planes(1, carries.planes()), carries));
    out
}

/// Pairs (node, partner below) of each level of a Sklansky network over `n` nodes.
pub(super) fn levels(n: usize) -> impl Iterator<Item = Vec<(usize, usize)>> {
    (0..usize::BITS)
        .take_while(move |d| 1 << d < n)
        .map(move |d| (0..n).filter(|i| i >> d & 1 == 1).map(|i| (i, (i >> d << d) - 1)).collect())
}

/// A node keeps its p only if nothing below it is missing from its span.
fn keeps_p(partner: usize, level: usize) -> bool {
    partner >> level != 0
}

/// Carry out of bits 0…j for every j.
async fn prefix_carries(cx: &Cx, g: BitPlanes, p: BitPlanes) -> Result<BitPlanes, Abort> {
    let n = g.planes();
    let words = g.words();
    let (mut g, mut p) = (g, p);
    for (d, pairs) in levels(n).enumerate() {
        let with_p: Vec<_> = pairs.iter().copied().filter(|&(_, partner)| keeps_p(partner, d)).collect();
        let mut x = p.select_planes(pairs.iter().map(|&(i, _)| i));
        x.extend_planes(&p.select_planes(with_p.iter().map(|&(i, _)| i)));
        let mut y = g.select_planes(pairs.iter().map(|&(_, partner)| partner));
        y.extend_planes(&p.select_planes(with_p.iter().map(|&(_, partner)| partner)));
        let products = logic::and(cx, &x, &y).await?;
        for (part, product) in g.parts_mut().into_iter().zip(products.parts()) {
            for (row, &(i, _)) in pairs.iter().enumerate() {
                for w in 0..words {
                    part[i * words + w] ^= product[row * words + w];
                }
            }
        }
        for (part, product) in p.parts_mut().into_iter().zip(products.parts()) {
            for (row, &(i, _)) in with_p.iter().enumerate() {
                let from = (pairs.len() + row) * words;
                part[i * words..(i + 1) * words].copy_from_slice(&product[from..from + words]);
            }
        }
    }
    Ok(g)
}

/// AND gates of the prefix network over `n` bits.
#[must_use]
pub fn sklansky_ands(n: usize) -> usize {
    levels(n)
        .enumerate()
        .map(|(d, pairs)| pairs.len() + pairs.iter().filter(|&&(_, partner)| keeps_p(partner, d)).count())
        .sum()
}

fn prefix_plan(lanes: usize, n: usize) -> Cost {
    levels(n)
        .enumerate()
        .map(|(d, pairs)| pairs.len() + pairs.iter().filter(|&&(_, partner)| keeps_p(partner, d)).count())
        .fold(Cost::ZERO, |cost, gates| cost + logic::plan(lanes, gates))
}
