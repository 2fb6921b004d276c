//! Share components in, masked message out: the inner loops of replicated sharing, masks generated in cache.
//!
//! A party P_i holds (x_i, x_{i+1}) as two slices. The zero sharing α_i = F(k_i) − F(k_{i−1}) is drawn from [`Masks`] in tiles of
//! at most 4 KiB that never leave the first-level cache. Loops are plain; `dispatch` compiles them once per instruction set.
//! Not here: sending, lengths of frames. Source: Araki et al., CCS 2016.

use zeroize::Zeroize;

use crate::{Addr, Prg, Ring};

mod dispatch;

use dispatch::{Kernel, run};

/// Both generators of a party, and where in their streams a batch draws.
#[derive(Clone, Copy)]
pub struct Masks<'a> {
    /// F(k_i, ·), common with the next party.
    pub next: &'a Prg,
    /// F(k_{i−1}, ·), common with the previous party.
    pub prev: &'a Prg,
    /// The stream, the same for both keys.
    pub addr: Addr,
    /// Element of the stream (word, for packed bits) at which the batch begins.
    pub first: u64,
}

const TILE: usize = 512;

/// z_i = x_i·(y_i + y_{i+1}) + x_{i+1}·y_i + α_i, element-wise: the message of a multiplication.
///
/// # Panics
/// If lengths differ.
pub fn mul<R: Ring>(masks: Masks<'_>, x: [&[R]; 2], y: [&[R]; 2], z: &mut [R]) {
    check([x[0].len(), x[1].len(), y[0].len(), y[1].len()], z.len());
    masked(masks, z, |range, z| {
        run(Product { x: x.map(|s| &s[range.clone()]), y: y.map(|s| &s[range.clone()]), z });
    });
}

/// [`mul`] over GF(2), on words of 64 packed bits: x_i ∧ (y_i ⊕ y_{i+1}) ⊕ x_{i+1} ∧ y_i ⊕ α_i.
///
/// # Panics
/// If lengths differ.
pub fn and(masks: Masks<'_>, x: [&[u64]; 2], y: [&[u64]; 2], z: &mut [u64]) {
    check([x[0].len(), x[1].len(), y[0].len(), y[1].len()], z.len());
    masked_words(masks, z, |range, z| {
        run(Conjunction { x: x.map(|s| &s[range.clone()]), y: y.map(|s| &s[range.clone()]), z });
    });
}

/// Adds this party's summand x_i·(y_i + y_{i+1}) + x_{i+1}·y_i of each product to `z`; what masks it is the caller's.
///
/// # Panics
/// If lengths differ.
pub fn add_products<R: Ring>(x: [&[R]; 2], y: [&[R]; 2], z: &mut [R]) {
    check([x[0].len(), x[1].len(), y[0].len(), y[1].len()], z.len());
    run(Product { x, y, z });
}

/// This party's summand of an inner product: Σ x_i·(y_i + y_{i+1}) + x_{i+1}·y_i, unmasked.
///
/// # Panics
/// If lengths differ.
#[must_use]
pub fn dot<R: Ring>(x: [&[R]; 2], y: [&[R]; 2]) -> R {
    check([x[1].len(), y[0].len(), y[1].len(), x[0].len()], x[0].len());
    let mut sum = R::ZERO;
    run(Dot { x, y, sum: &mut sum });
    sum
}

struct Product<'a, R> {
    x: [&'a [R]; 2],
    y: [&'a [R]; 2],
    z: &'a mut [R],
}

impl<R: Ring> Kernel for Product<'_, R> {
    #[inline(always)]
    fn run(self) {
        let ([x0, x1], [y0, y1], z) = (self.x, self.y, self.z);
        let n = z.len();
        let (x0, x1, y0, y1) = (&x0[..n], &x1[..n], &y0[..n], &y1[..n]);
        for i in 0..n {
            z[i] = z[i].add(x0[i].mul(y0[i].add(y1[i])).add(x1[i].mul(y0[i])));
        }
    }
}

struct Conjunction<'a> {
    x: [&'a [u64]; 2],
    y: [&'a [u64]; 2],
    z: &'a mut [u64],
}

impl Kernel for Conjunction<'_> {
    #[inline(always)]
    fn run(self) {
        let ([x0, x1], [y0, y1], z) = (self.x, self.y, self.z);
        let n = z.len();
        let (x0, x1, y0, y1) = (&x0[..n], &x1[..n], &y0[..n], &y1[..n]);
        for i in 0..n {
            z[i] ^= (x0[i] & (y0[i] ^ y1[i])) ^ (x1[i] & y0[i]);
        }
    }
}

struct Dot<'a, R> {
    x: [&'a [R]; 2],
    y: [&'a [R]; 2],
    sum: &'a mut R,
}

impl<R: Ring> Kernel for Dot<'_, R> {
    #[inline(always)]
    fn run(self) {
        let ([x0, x1], [y0, y1]) = (self.x, self.y);
        let n = x0.len();
        let (x1, y0, y1) = (&x1[..n], &y0[..n], &y1[..n]);
        let mut total = R::ZERO;
        for i in 0..n {
            total = total.add(x0[i].mul(y0[i].add(y1[i])).add(x1[i].mul(y0[i])));
        }
        *self.sum = total;
    }
}

/// Adds the zero sharing α_i to `z`, element-wise.
pub fn add_zero_sharing<R: Ring>(masks: Masks<'_>, z: &mut [R]) {
    let mut plain = z.to_vec();
    masked(masks, z, |range, tile| {
        for (sum, own) in tile.iter_mut().zip(&plain[range]) {
            *sum = sum.add(*own);
        }
    });
    plain.zeroize();
}

/// Adds the GF(2) zero sharing to packed bits.
pub fn xor_zero_sharing(masks: Masks<'_>, z: &mut [u64]) {
    let mut plain = z.to_vec();
    masked_words(masks, z, |range, tile| {
        for (sum, own) in tile.iter_mut().zip(&plain[range]) {
            *sum ^= own;
        }
    });
    plain.zeroize();
}

fn check(lengths: [usize; 4], n: usize) {
    assert!(lengths.iter().all(|len| *len == n), "operands of one batch have one length");
}

/// Overwrites `z` with α tile by tile and hands each tile to `add` while it is hot.
fn masked<R: Ring>(masks: Masks<'_>, z: &mut [R], mut add: impl FnMut(std::ops::Range<usize>, &mut [R])) {
    let mut prev = [R::ZERO; TILE];
    let len = (4096 / size_of::<R>()).min(TILE);
    for (t, tile) in z.chunks_mut(len).enumerate() {
        let start = t * len;
        let prev = &mut prev[..tile.len()];
        masks.next.fill(masks.addr, masks.first + start as u64, tile);
        masks.prev.fill(masks.addr, masks.first + start as u64, prev);
        for (mask, minus) in tile.iter_mut().zip(&*prev) {
            *mask = mask.sub(*minus);
        }
        add(start..start + tile.len(), tile);
    }
    prev.zeroize();
}

fn masked_words(masks: Masks<'_>, z: &mut [u64], mut add: impl FnMut(std::ops::Range<usize>, &mut [u64])) {
    let mut prev = [0; TILE];
    for (t, tile) in z.chunks_mut(TILE).enumerate() {
        let start = t * TILE;
        let prev = &mut prev[..tile.len()];
        masks.next.fill_words(masks.addr, masks.first + start as u64, tile);
        masks.prev.fill_words(masks.addr, masks.first + start as u64, prev);
        for (mask, other) in tile.iter_mut().zip(&*prev) {
            *mask ^= other;
        }
        add(start..start + tile.len(), tile);
    }
    prev.zeroize();
}

#[cfg(test)]
mod tests;
