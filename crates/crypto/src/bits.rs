//! Elements in, packed bits out, and back: wire segments of any width, and bit planes.
//!
//! A segment of n elements of w bits is ⌈n·w/8⌉ bytes: element i is bits [i·w, (i+1)·w), bit j of a segment is bit j mod 8
//! of byte j/8. The same rule reads generator streams, so that a mask and the message that it covers have one layout.
//! Planes: plane j holds bit j of all lanes, 64 lanes to a word.

use zeroize::Zeroize;

use crate::{Ring, dispatch};

/// Bytes of a segment of `count` elements of `width` bits.
#[must_use]
pub const fn packed_len(count: usize, width: u32) -> usize {
    (count as u128 * width as u128).div_ceil(8) as usize
}

/// Words that hold one plane of `lanes` bits.
#[must_use]
pub const fn words_of(lanes: usize) -> usize {
    lanes.div_ceil(64)
}

/// Appends the low `width` bits of each element to `out`, as one segment.
///
/// # Panics
/// If `width` exceeds the ring.
pub fn pack<R: Ring>(elements: &[R], width: u32, out: &mut Vec<u8>) {
    assert!(width <= R::BITS, "a segment is no wider than its ring");
    if width == R::BITS
        && let Some(bytes) = R::as_bytes(elements)
    {
        out.extend_from_slice(bytes);
        return;
    }
    out.reserve(packed_len(elements.len(), width));
    match width {
        8 => return pack_as::<R, u8>(elements, out),
        16 => return pack_as::<R, u16>(elements, out),
        32 => return pack_as::<R, u32>(elements, out),
        64 => return pack_as::<R, u64>(elements, out),
        1..=NARROW => return pack_narrow(elements, width, out),
        _ => {}
    }
    let mut writer = BitWriter { out, pending: 0, held: 0 };
    for element in elements {
        let word = element.low(width).to_u128();
        writer.push(word as u64, width.min(64));
        writer.push((word >> 64) as u64, width.saturating_sub(64));
    }
    writer.finish();
}

/// Reads `out.len()` elements of `width` bits that start at bit `skip` (below 8) of `bytes`.
///
/// # Panics
/// If `bytes` is too short.
pub fn unpack<R: Ring>(bytes: &[u8], skip: u32, width: u32, out: &mut [R]) {
    assert!(bytes.len() * 8 >= skip as usize + out.len() * width as usize, "a segment holds all its elements");
    if skip == 0
        && width == R::BITS
        && let Some(target) = R::as_bytes_mut(out)
    {
        let len = target.len();
        target.copy_from_slice(&bytes[..len]);
        return;
    }
    match (skip, width) {
        (0, 8) => return unpack_as::<R, u8>(bytes, out),
        (0, 16) => return unpack_as::<R, u16>(bytes, out),
        (0, 32) => return unpack_as::<R, u32>(bytes, out),
        (0, 64) => return unpack_as::<R, u64>(bytes, out),
        _ => {}
    }
    let done = if (1..=NARROW).contains(&width) { unpack_narrow(bytes, skip, width, out) } else { 0 };
    for (i, element) in out.iter_mut().enumerate().skip(done) {
        let first = skip as usize + i * width as usize;
        let low = field(bytes, first, width.min(64));
        let high = field(bytes, first + 64, width.saturating_sub(64));
        *element = R::from_u128(u128::from(low) | u128::from(high) << 64);
    }
}

/// Elements that a tile of conversions holds.
const TILE: usize = 256;

/// Packs residues modulo the machine word `W`, tile by tile, so that the loop has no lengths in it.
fn pack_as<R: Ring, W: Ring>(elements: &[R], out: &mut Vec<u8>) {
    let mut tile = [W::ZERO; TILE];
    for chunk in elements.chunks(TILE) {
        for (word, element) in tile.iter_mut().zip(chunk) {
            *word = W::from_u128(element.to_u128());
        }
        match W::as_bytes(&tile[..chunk.len()]) {
            Some(bytes) => out.extend_from_slice(bytes),
            None => {
                for element in chunk {
                    out.extend_from_slice(&element.to_u128().to_le_bytes()[..W::BITS as usize / 8]);
                }
            }
        }
    }
    tile.zeroize();
}

/// Reads what [`pack_as`] wrote.
fn unpack_as<R: Ring, W: Ring>(bytes: &[u8], out: &mut [R]) {
    let len = W::BITS as usize / 8;
    let mut tile = [W::ZERO; TILE];
    for (chunk, bytes) in out.chunks_mut(TILE).zip(bytes.chunks(TILE * len)) {
        if let Some(target) = W::as_bytes_mut(&mut tile[..chunk.len()]) {
            target.copy_from_slice(&bytes[..target.len()]);
        } else {
            for (word, bytes) in tile.iter_mut().zip(bytes.chunks(len)) {
                *word = W::from_u128(bytes.iter().rev().fold(0, |word, byte| word << 8 | u128::from(*byte)));
            }
        }
        for (element, word) in chunk.iter_mut().zip(&tile) {
            *element = R::from_u128(word.to_u128());
        }
    }
    tile.zeroize();
}

/// Most bits of an element that a word holds from any bit of its first byte on.
const NARROW: u32 = 57;

/// Packs elements of at most [`NARROW`] bits: eight of them are `width` whole bytes.
fn pack_narrow<R: Ring>(elements: &[R], width: u32, out: &mut Vec<u8>) {
    let mask = (1u64 << width) - 1;
    let start = out.len();
    let len = packed_len(elements.len(), width);
    // A word is written at a time, the last one beyond the end.
    out.resize(start + len.next_multiple_of(8), 0);
    let mut words = out[start..].as_chunks_mut::<8>().0.iter_mut();
    let (mut pending, mut held) = (0u64, 0);
    for element in elements {
        let word = element.to_u128() as u64 & mask;
        pending |= word << held;
        held += width;
        if held >= 64 {
            if let Some(target) = words.next() {
                *target = pending.to_le_bytes();
            }
            held -= 64;
            pending = if held == 0 { 0 } else { word >> (width - held) };
        }
    }
    if let Some(target) = words.next() {
        *target = pending.to_le_bytes();
    }
    out.truncate(start + len);
}

/// Reads elements of at most [`NARROW`] bits, but for the last few; how many.
fn unpack_narrow<R: Ring>(bytes: &[u8], skip: u32, width: u32, out: &mut [R]) -> usize {
    let mask = (1u64 << width) - 1;
    // Elements whose word lies within the bytes.
    let Some(last) = bytes.len().checked_sub(8) else { return 0 };
    let count = out.len().min((last * 8 + 7 - skip as usize) / width as usize + 1);
    let mut at = skip as usize;
    for element in &mut out[..count] {
        let Some(word) = bytes[at / 8..].first_chunk() else { unreachable!("the word of an element was counted") };
        *element = R::from_u128(u128::from(u64::from_le_bytes(*word) >> (at % 8) & mask));
        at += width as usize;
    }
    count
}

/// Bits [first, first + width) of `bytes`, for widths to 64.
fn field(bytes: &[u8], first: usize, width: u32) -> u64 {
    if width == 0 {
        return 0;
    }
    let start = first / 8;
    let mut window = [0; 16];
    let len = (bytes.len() - start).min(16);
    window[..len].copy_from_slice(&bytes[start..start + len]);
    let word = (u128::from_le_bytes(window) >> (first % 8)) as u64;
    if width == 64 { word } else { word & ((1 << width) - 1) }
}

struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    pending: u128,
    held: u32,
}

impl BitWriter<'_> {
    fn push(&mut self, word: u64, width: u32) {
        self.pending |= u128::from(word) << self.held;
        self.held += width;
        if self.held >= 64 {
            self.out.extend_from_slice(&(self.pending as u64).to_le_bytes());
            self.pending >>= 64;
            self.held -= 64;
        }
    }

    fn finish(self) {
        let bytes = self.held.div_ceil(8) as usize;
        self.out.extend_from_slice(&self.pending.to_le_bytes()[..bytes]);
    }
}

/// Transposes a 64×64 bit matrix in place: bit c of row r and bit r of row c change places.
///
/// Source: Warren, Hacker's Delight, §7-3, mirrored to little-endian bit order.
pub fn transpose64(rows: &mut [u64; 64]) {
    let mut width = 32;
    let mut mask = 0x0000_0000_ffff_ffff_u64;
    while width != 0 {
        let mut row = 0;
        while row < 64 {
            for r in row..row + width {
                let swap = ((rows[r] >> width) ^ rows[r + width]) & mask;
                rows[r] ^= swap << width;
                rows[r + width] ^= swap;
            }
            row += 2 * width;
        }
        width /= 2;
        mask ^= mask << width;
    }
}

/// Bits [0, planes) of every element, plane-major: `planes` planes of [`words_of`] words. Lanes beyond the last are zero.
#[must_use]
pub fn to_planes<R: Ring>(elements: &[R], planes: u32) -> Vec<u64> {
    let mut out = vec![0; words_of(elements.len()) * planes as usize];
    to_planes_into(elements, planes, &mut out);
    out
}

/// As [`to_planes`], over whatever is in `out`.
///
/// # Panics
/// If `out` has another length.
pub fn to_planes_into<R: Ring>(elements: &[R], planes: u32, out: &mut [u64]) {
    let words = words_of(elements.len());
    assert_eq!(out.len(), words * planes as usize, "whole planes");
    if planes <= FEW {
        return to_few_planes(elements, planes, out);
    }
    let mut blocks = [[0; ABREAST]; 64];
    for (w, chunk) in elements.chunks(64 * ABREAST).enumerate() {
        let first = w * ABREAST;
        let count = words_of(chunk.len());
        for base in (0..planes).step_by(64) {
            let top = planes.min(base + 64);
            if count == 1 {
                let mut block = [0; 64];
                for (row, element) in block.iter_mut().zip(chunk) {
                    *row = element.shr(base).to_u128() as u64;
                }
                transpose64(&mut block);
                for plane in base..top {
                    out[plane as usize * words + first] = block[(plane - base) as usize];
                }
                block.zeroize();
                continue;
            }
            gather(chunk, base, &mut blocks);
            transpose_abreast(&mut blocks);
            for plane in base..top {
                let at = plane as usize * words + first;
                out[at..at + count].copy_from_slice(&blocks[(plane - base) as usize][..count]);
            }
        }
    }
    blocks.as_flattened_mut().zeroize();
}

/// So many planes are collected bit by bit faster than by transposing all of them.
const FEW: u32 = 4;

fn to_few_planes<R: Ring>(elements: &[R], planes: u32, out: &mut [u64]) {
    let words = words_of(elements.len());
    let mut low = [0u8; 64];
    for (w, chunk) in elements.chunks(64).enumerate() {
        low[chunk.len()..].fill(0);
        for (low, element) in low.iter_mut().zip(chunk) {
            *low = element.to_u128() as u8;
        }
        for plane in 0..planes as usize {
            let bits = low.iter().enumerate().map(|(lane, low)| u64::from(low >> plane & 1) << lane);
            out[plane * words + w] = bits.fold(0, |word, bit| word | bit);
        }
    }
    low.zeroize();
}

/// Matrices that are transposed side by side: their words of one plane fill a cache line, which planes far apart would otherwise
/// share a set of the cache for, word by word.
const ABREAST: usize = 8;

/// Row r of matrix b: bits from `base` on of element 64·b + r.
fn gather<R: Ring>(chunk: &[R], base: u32, blocks: &mut [[u64; ABREAST]; 64]) {
    for (b, of_block) in chunk.chunks(64).enumerate() {
        for (row, element) in blocks.iter_mut().zip(of_block) {
            row[b] = element.shr(base).to_u128() as u64;
        }
        blocks[of_block.len()..].iter_mut().for_each(|row| row[b] = 0);
    }
}

/// As [`transpose64`] of every matrix.
fn transpose_abreast(rows: &mut [[u64; ABREAST]; 64]) {
    dispatch::run(Transpose { rows });
}

struct Transpose<'a> {
    rows: &'a mut [[u64; ABREAST]; 64],
}

impl dispatch::Kernel for Transpose<'_> {
    #[inline(always)]
    fn run(self) {
        let rows = self.rows;
        let mut width = 32;
        let mut mask = 0x0000_0000_ffff_ffff_u64;
        while width != 0 {
            let mut row = 0;
            while row < 64 {
                let (upper, lower) = rows[row..row + 2 * width].split_at_mut(width);
                let mut r = 0;
                while r < width {
                    let mut b = 0;
                    while b < ABREAST {
                        let swap = ((upper[r][b] >> width) ^ lower[r][b]) & mask;
                        upper[r][b] ^= swap << width;
                        lower[r][b] ^= swap;
                        b += 1;
                    }
                    r += 1;
                }
                row += 2 * width;
            }
            width /= 2;
            mask ^= mask << width;
        }
    }
}

/// The elements whose bits are the given planes; bits above the planes are zero.
///
/// # Panics
/// If `planes` is not a whole number of planes of `lanes` lanes.
#[must_use]
pub fn from_planes<R: Ring>(planes: &[u64], lanes: usize) -> Vec<R> {
    let mut out = vec![R::ZERO; lanes];
    from_planes_into(planes, &mut out);
    out
}

/// As [`from_planes`], over whatever is in `out`.
///
/// # Panics
/// If `planes` is not a whole number of planes of as many lanes.
pub fn from_planes_into<R: Ring>(planes: &[u64], out: &mut [R]) {
    let words = words_of(out.len());
    if words == 0 {
        return;
    }
    assert!(planes.len().is_multiple_of(words), "whole planes");
    let count = planes.len() / words;
    if count == 1 {
        return from_plane(planes, out);
    }
    out.fill(R::ZERO);
    let mut blocks = [[0; ABREAST]; 64];
    for (w, chunk) in out.chunks_mut(64 * ABREAST).enumerate() {
        let first = w * ABREAST;
        let abreast = words_of(chunk.len());
        for base in (0..count).step_by(64) {
            let held = count.min(base + 64) - base;
            for (row, plane) in blocks[..held].iter_mut().zip(base..) {
                row[..abreast].copy_from_slice(&planes[plane * words + first..][..abreast]);
            }
            blocks[held..].as_flattened_mut().fill(0);
            transpose_abreast(&mut blocks);
            for (b, of_block) in chunk.chunks_mut(64).enumerate() {
                for (element, row) in of_block.iter_mut().zip(&blocks) {
                    *element = element.add(R::from_u128(u128::from(row[b])).shl(base as u32));
                }
            }
        }
    }
    blocks.as_flattened_mut().zeroize();
}

/// Bits as 0 and 1 of a ring.
fn from_plane<R: Ring>(plane: &[u64], out: &mut [R]) {
    for (word, chunk) in plane.iter().zip(out.chunks_mut(64)) {
        for (lane, element) in chunk.iter_mut().enumerate() {
            *element = R::from_u128(u128::from(word >> lane & 1));
        }
    }
}

/// Copies `len` bits of `from`, starting at bit `start`, to the words of `to`; bits beyond are zero.
///
/// # Panics
/// If either slice is too short.
pub fn copy_bits(from: &[u64], start: usize, len: usize, to: &mut [u64]) {
    assert!(from.len() * 64 >= start + len && to.len() >= words_of(len), "bits within their words");
    let (first, shift) = (start / 64, start % 64);
    for (w, word) in to.iter_mut().take(words_of(len)).enumerate() {
        let low = from[first + w] >> shift;
        let high = if shift == 0 { 0 } else { from.get(first + w + 1).map_or(0, |next| next << (64 - shift)) };
        *word = low | high;
    }
    if !len.is_multiple_of(64) {
        to[len / 64] &= (1 << (len % 64)) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ZSmall;

    fn words(n: usize) -> Vec<u64> {
        (0..n as u64).map(|i| i.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17)).collect()
    }

    #[test]
    fn packing_round_trips_at_every_width_and_length() {
        for len in [0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 257] {
            let source: Vec<u128> = words(len)
                .iter()
                .zip(words(len + 1).iter().skip(1))
                .map(|(a, b)| u128::from(*a) << 64 | u128::from(*b))
                .collect();
            for width in 0..=128 {
                let mut bytes = Vec::new();
                pack(&source, width, &mut bytes);
                assert_eq!(bytes.len(), packed_len(len, width));
                let mut back = vec![0u128; len];
                unpack(&bytes, 0, width, &mut back);
                let cut: Vec<u128> = source.iter().map(|x| x.low(width)).collect();
                assert!(back == cut, "width {width}, length {len}");
            }
        }
    }

    #[test]
    fn element_i_is_bits_iw_to_iw_plus_w() {
        let mut bytes = Vec::new();
        let elements: Vec<ZSmall<3>> = (0..5).map(ZSmall::from_u128).collect();
        pack(&elements, 3, &mut bytes);
        assert_eq!(bytes, [0b1000_1000, 0b0100_0110]);
        let mut tail = [ZSmall::<3>::ZERO; 2];
        unpack(&bytes[1..], 1, 3, &mut tail);
        assert!(tail == [ZSmall::from_u128(3), ZSmall::from_u128(4)]);
    }

    #[test]
    fn transposing_moves_every_bit_to_its_mirror() {
        let original: [u64; 64] = words(64).try_into().unwrap();
        let mut matrix = original;
        transpose64(&mut matrix);
        for (r, row) in original.iter().enumerate() {
            for (c, column) in matrix.iter().enumerate() {
                assert_eq!(row >> c & 1, column >> r & 1);
            }
        }
    }

    #[test]
    fn planes_round_trip() {
        for len in [0, 1, 63, 64, 65, 130, 511, 512, 513, 1100] {
            let narrow = words(len);
            assert_eq!(from_planes::<u64>(&to_planes(&narrow, 64), len), narrow);
            let wide: Vec<u128> = narrow.iter().map(|x| u128::from(*x) << 40 | 5).collect();
            assert_eq!(from_planes::<u128>(&to_planes(&wide, 128), len), wide);
            let cut: Vec<u64> = narrow.iter().map(|x| x & 0x1ff).collect();
            assert_eq!(from_planes::<u64>(&to_planes(&narrow, 9), len), cut);
        }
    }

    #[test]
    fn bits_are_copied_from_any_offset() {
        let source = words(5);
        let bit = |words: &[u64], i: usize| words[i / 64] >> (i % 64) & 1;
        for start in [0, 1, 63, 64, 100] {
            for len in [0, 1, 63, 64, 65, 200] {
                let mut target = vec![u64::MAX; words_of(len)];
                copy_bits(&source, start, len, &mut target);
                for i in 0..target.len() * 64 {
                    assert_eq!(bit(&target, i), if i < len { bit(&source, start + i) } else { 0 });
                }
            }
        }
    }
}
