//! Share components in, masked message out: the inner loops of replicated sharing, masks generated in cache.
//!
//! A party P_i holds (x_i, x_{i+1}) as two slices. The zero sharing α_i = F(k_i) − F(k_{i−1}) is drawn from [`Masks`] in tiles of
//! at most 4 KiB that never leave the first-level cache; a message is copied to its frame while its tile is still there. Loops are plain; `dispatch` compiles them once per instruction set.
//! Not here: sending, lengths of frames. Source: Araki et al., CCS 2016.

use std::ops::Range;

use zeroize::Zeroize;

mod matrix;

pub use matrix::add_matrix_product;

use crate::dispatch::{Kernel, run};
use crate::{Addr, Prg, Ring};

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

/// Elements of a tile, or fewer if they are wide.
const TILE: usize = 512;
/// Elements of a small batch.
const SMALL: usize = 16;

/// z_i = x_i·(y_i + y_{i+1}) + x_{i+1}·y_i + α_i, element-wise: the message of a multiplication. Each tile is shown to `each` while it is
/// in the first-level cache; all tiles but the last have a multiple of 64 elements.
///
/// # Panics
/// If lengths differ.
pub fn mul<R: Ring>(masks: Masks<'_>, x: [&[R]; 2], y: [&[R]; 2], z: &mut [R], mut each: impl FnMut(&[R])) {
    check([x[0].len(), x[1].len(), y[0].len(), y[1].len()], z.len());
    tiles(masks, z.len(), |range, next, prev| {
        let z = &mut z[range.clone()];
        run(Masked { x: x.map(|s| &s[range.clone()]), y: y.map(|s| &s[range.clone()]), next, prev, z });
        each(z);
    });
}

/// Components of packed bits; `None` are zeros.
pub type Parts<'a> = [Option<&'a [u64]>; 2];

/// A conjunction of packed bits beside what is added to its operand and to its result: (x ∧ (y ⊕ w)) ⊕ plus.
#[derive(Clone, Copy)]
pub struct Gate<'a> {
    /// The first operand.
    pub x: Parts<'a>,
    /// The second operand.
    pub y: Parts<'a>,
    /// Added to the second operand.
    pub w: Parts<'a>,
    /// Added to the result, but not to the message.
    pub plus: Parts<'a>,
}

impl<'a> Gate<'a> {
    /// x ∧ y.
    #[must_use]
    pub fn and(x: [&'a [u64]; 2], y: [&'a [u64]; 2]) -> Self {
        Self { x: x.map(Some), y: y.map(Some), w: [None; 2], plus: [None; 2] }
    }
}

/// [`mul`] over GF(2), on words of 64 packed bits: the message x_i ∧ (y_i ⊕ y_{i+1}) ⊕ x_{i+1} ∧ y_i ⊕ α_i is shown to `each` tile by tile;
/// `z` is it plus the gate's summand.
///
/// # Panics
/// If lengths differ.
pub fn and(masks: Masks<'_>, gate: Gate<'_>, z: &mut [u64], mut each: impl FnMut(&[u64])) {
    let Gate { x, y, w, plus } = gate;
    for part in [x, y, w, plus].iter().flatten().flatten() {
        assert_eq!(part.len(), z.len(), "operands of one batch have one length");
    }
    let is_plain = w.iter().chain(&plus).all(Option::is_none);
    word_tiles(masks, z.len(), |range, next, prev| {
        let z = &mut z[range.clone()];
        if is_plain {
            let [x, y] = [x, y].map(|parts| cut(parts, &range));
            run(Conjunction { x, y, next, prev, z });
        } else {
            let [x, y, w, plus] = [x, y, w, plus].map(|parts| cut(parts, &range));
            run(Choice { x, y, w, plus: plus[0], next, prev, z });
        }
        each(next);
    });
}

/// A tile of components.
fn cut<'a>(parts: Parts<'a>, range: &Range<usize>) -> [&'a [u64]; 2] {
    static ZEROS: [u64; TILE] = [0; TILE];
    parts.map(|part| part.map_or(&ZEROS[..range.len()], |part| &part[range.clone()]))
}

/// Adds this party's summand x_i·(y_i + y_{i+1}) + x_{i+1}·y_i of each product to `z`; what masks it is the caller's.
///
/// # Panics
/// If lengths differ.
pub fn add_products<R: Ring>(x: [&[R]; 2], y: [&[R]; 2], z: &mut [R]) {
    check([x[0].len(), x[1].len(), y[0].len(), y[1].len()], z.len());
    run(Product { x, y, z });
}

/// This party's summand x_i·(y_i + y_{i+1}) + x_{i+1}·y_i of each product, over whatever is in `z`; what masks it is the caller's.
///
/// # Panics
/// If lengths differ.
pub fn products<R: Ring>(x: [&[R]; 2], y: [&[R]; 2], z: &mut [R]) {
    check([x[0].len(), x[1].len(), y[0].len(), y[1].len()], z.len());
    z.fill(R::ZERO);
    run(Product { x, y, z });
}

/// Joins every element of `z` with that of a stream, from the first on, whose width is `width`.
pub fn with_stream<R: Ring>(prg: &Prg, addr: Addr, width: u32, z: &mut [R], join: impl Fn(R, R) -> R) {
    let mut stream = [R::ZERO; TILE];
    for (t, z) in z.chunks_mut(TILE).enumerate() {
        let stream = &mut stream[..z.len()];
        prg.fill_width(addr, width, (t * TILE) as u64, stream);
        z.iter_mut().zip(stream).for_each(|(z, mask)| *z = join(*z, *mask));
    }
    stream.zeroize();
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

/// A product and both masks: the message.
struct Masked<'a, R> {
    x: [&'a [R]; 2],
    y: [&'a [R]; 2],
    next: &'a [R],
    prev: &'a [R],
    z: &'a mut [R],
}

impl<R: Ring> Kernel for Masked<'_, R> {
    #[inline(always)]
    fn run(self) {
        let ([x0, x1], [y0, y1], z) = (self.x, self.y, self.z);
        let n = z.len();
        let (x0, x1, y0, y1, next, prev) = (&x0[..n], &x1[..n], &y0[..n], &y1[..n], &self.next[..n], &self.prev[..n]);
        for i in 0..n {
            z[i] = x0[i].mul(y0[i].add(y1[i])).add(x1[i].mul(y0[i])).add(next[i].sub(prev[i]));
        }
    }
}

/// `next` holds a mask and takes the message; `z` takes it too.
struct Conjunction<'a> {
    x: [&'a [u64]; 2],
    y: [&'a [u64]; 2],
    next: &'a mut [u64],
    prev: &'a [u64],
    z: &'a mut [u64],
}

impl Kernel for Conjunction<'_> {
    #[inline(always)]
    fn run(self) {
        let ([x0, x1], [y0, y1], z) = (self.x, self.y, self.z);
        let n = z.len();
        let (x0, x1, y0, y1, prev) = (&x0[..n], &x1[..n], &y0[..n], &y1[..n], &self.prev[..n]);
        let next = &mut self.next[..n];
        for i in 0..n {
            let message = (x0[i] & (y0[i] ^ y1[i])) ^ (x1[i] & y0[i]) ^ next[i] ^ prev[i];
            next[i] = message;
            z[i] = message;
        }
    }
}

/// As [`Conjunction`] for a whole [`Gate`].
struct Choice<'a> {
    x: [&'a [u64]; 2],
    y: [&'a [u64]; 2],
    w: [&'a [u64]; 2],
    plus: &'a [u64],
    next: &'a mut [u64],
    prev: &'a [u64],
    z: &'a mut [u64],
}

impl Kernel for Choice<'_> {
    #[inline(always)]
    fn run(self) {
        let ([x0, x1], [y0, y1], [w0, w1], z) = (self.x, self.y, self.w, self.z);
        let n = z.len();
        let (x0, x1, y0, y1, w0, w1) = (&x0[..n], &x1[..n], &y0[..n], &y1[..n], &w0[..n], &w1[..n]);
        let (plus, prev) = (&self.plus[..n], &self.prev[..n]);
        let next = &mut self.next[..n];
        for i in 0..n {
            let y = y0[i] ^ w0[i];
            let message = (x0[i] & (y ^ y1[i] ^ w1[i])) ^ (x1[i] & y) ^ next[i] ^ prev[i];
            next[i] = message;
            z[i] = message ^ plus[i];
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
    tiles(masks, z.len(), |range, next: &[R], prev: &[R]| {
        for ((sum, next), prev) in z[range].iter_mut().zip(next).zip(prev) {
            *sum = sum.add(next.sub(*prev));
        }
    });
}

/// Adds the GF(2) zero sharing to packed bits.
pub fn xor_zero_sharing(masks: Masks<'_>, z: &mut [u64]) {
    word_tiles(masks, z.len(), |range, next, prev| {
        for ((sum, next), prev) in z[range].iter_mut().zip(&*next).zip(prev) {
            *sum ^= *next ^ prev;
        }
    });
}

fn check(lengths: [usize; 4], n: usize) {
    assert!(lengths.iter().all(|len| *len == n), "operands of one batch have one length");
}

/// Both masks of `len` elements, tile by tile in the first-level cache.
fn tiles<R: Ring>(masks: Masks<'_>, len: usize, each: impl FnMut(Range<usize>, &[R], &[R])) {
    // What a program multiplies one by one should not pay for the buffers of a tile.
    if len <= SMALL { tiles_of::<R, SMALL>(masks, len, each) } else { tiles_of::<R, TILE>(masks, len, each) }
}

fn tiles_of<R: Ring, const N: usize>(masks: Masks<'_>, len: usize, mut each: impl FnMut(Range<usize>, &[R], &[R])) {
    let (mut next, mut prev) = ([R::ZERO; N], [R::ZERO; N]);
    let most = (4096 / size_of::<R>()).min(N);
    for start in (0..len).step_by(most) {
        let count = most.min(len - start);
        masks.next.fill(masks.addr, masks.first + start as u64, &mut next[..count]);
        masks.prev.fill(masks.addr, masks.first + start as u64, &mut prev[..count]);
        each(start..start + count, &next[..count], &prev[..count]);
    }
    next.zeroize();
    prev.zeroize();
}

/// As [`tiles`], for packed bits.
fn word_tiles(masks: Masks<'_>, len: usize, each: impl FnMut(Range<usize>, &mut [u64], &[u64])) {
    if len <= SMALL { word_tiles_of::<SMALL>(masks, len, each) } else { word_tiles_of::<TILE>(masks, len, each) }
}

fn word_tiles_of<const N: usize>(masks: Masks<'_>, len: usize, mut each: impl FnMut(Range<usize>, &mut [u64], &[u64])) {
    let (mut next, mut prev) = ([0; N], [0; N]);
    for start in (0..len).step_by(N) {
        let count = N.min(len - start);
        masks.next.fill_words(masks.addr, masks.first + start as u64, &mut next[..count]);
        masks.prev.fill_words(masks.addr, masks.first + start as u64, &mut prev[..count]);
        each(start..start + count, &mut next[..count], &prev[..count]);
    }
    next.zeroize();
    prev.zeroize();
}

#[cfg(test)]
mod tests;
