//! One party's share of bits over GF(2): plane-major, 64 lanes to a word.

use stoffel_crypto::bits::{copy_bits, words_of};

use crate::pool;

/// What P_i holds of x = x_1 ⊕ x_2 ⊕ x_3 for a matrix of bits: plane j holds bit j of all lanes.
///
/// Bits of the last word beyond the lanes are arbitrary and mean nothing. Secret: no `Debug`; on drop its memory is wiped or stays in
/// this thread's pool.
#[derive(PartialEq, Eq)]
pub struct BitPlanes {
    a: Vec<u64>,
    b: Vec<u64>,
    lanes: usize,
    planes: usize,
}

impl BitPlanes {
    /// A share of components x_i and x_{i+1}.
    ///
    /// # Panics
    /// If a component is not `planes` planes of [`words_of`]`(lanes)` words.
    #[must_use]
    pub fn new(a: Vec<u64>, b: Vec<u64>, lanes: usize, planes: usize) -> Self {
        assert!(a.len() == words_of(lanes) * planes && b.len() == a.len(), "components are whole planes");
        Self { a, b, lanes, planes }
    }

    /// The trivial sharing of zeros.
    #[must_use]
    pub fn zeros(lanes: usize, planes: usize) -> Self {
        let words = words_of(lanes) * planes;
        Self { a: vec![0; words], b: vec![0; words], lanes, planes }
    }

    /// Lanes of each plane.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Planes, bits of each lane.
    #[must_use]
    pub fn planes(&self) -> usize {
        self.planes
    }

    /// Words of one plane.
    #[must_use]
    pub fn words(&self) -> usize {
        words_of(self.lanes)
    }

    /// Component x_i.
    #[must_use]
    pub fn a(&self) -> &[u64] {
        &self.a
    }

    /// Component x_{i+1}.
    #[must_use]
    pub fn b(&self) -> &[u64] {
        &self.b
    }

    /// Both components.
    #[must_use]
    pub fn parts(&self) -> [&[u64]; 2] {
        [&self.a, &self.b]
    }

    /// Both components of plane `j`.
    #[must_use]
    pub fn plane(&self, j: usize) -> [&[u64]; 2] {
        let words = self.words();
        [&self.a, &self.b].map(|part| &part[j * words..(j + 1) * words])
    }

    /// Both components, for writing.
    #[must_use]
    pub fn parts_mut(&mut self) -> [&mut [u64]; 2] {
        [&mut self.a, &mut self.b]
    }

    /// Planes `start .. start + count`.
    #[must_use]
    pub fn slice_planes(&self, start: usize, count: usize) -> Self {
        let range = start * self.words()..(start + count) * self.words();
        let [a, b] = [&self.a, &self.b].map(|part| pool::copied(&part[range.clone()]));
        Self { a, b, lanes: self.lanes, planes: count }
    }

    /// The planes numbered by `indices`, in that order.
    #[must_use]
    pub fn select_planes(&self, indices: impl IntoIterator<Item = usize>) -> Self {
        let indices: Vec<usize> = indices.into_iter().collect();
        let words = self.words();
        let [a, b] = [&self.a, &self.b].map(|part| {
            let mut out = pool::take(words * indices.len());
            for (row, j) in indices.iter().enumerate() {
                out[row * words..(row + 1) * words].copy_from_slice(&part[j * words..(j + 1) * words]);
            }
            out
        });
        Self { a, b, lanes: self.lanes, planes: indices.len() }
    }

    /// Appends the planes of another share of as many lanes.
    ///
    /// # Panics
    /// If lanes differ.
    pub fn extend_planes(&mut self, other: &Self) {
        assert_eq!(self.lanes, other.lanes, "planes of one matrix have the same lanes");
        self.a.extend_from_slice(&other.a);
        self.b.extend_from_slice(&other.b);
        self.planes += other.planes;
    }

    /// Lanes `start .. start + len` of every plane.
    #[must_use]
    pub fn slice_lanes(&self, start: usize, len: usize) -> Self {
        let mut out = Self::zeros(len, self.planes);
        let (from, to) = (self.words(), words_of(len));
        if to == 0 {
            return out;
        }
        for j in 0..self.planes {
            copy_bits(&self.a[j * from..(j + 1) * from], start, len, &mut out.a[j * to..(j + 1) * to]);
            copy_bits(&self.b[j * from..(j + 1) * from], start, len, &mut out.b[j * to..(j + 1) * to]);
        }
        out
    }

    /// The lanes at `indices`, in that order.
    #[must_use]
    pub fn gather(&self, indices: impl IntoIterator<Item = usize, IntoIter: ExactSizeIterator + Clone>) -> Self {
        let indices = indices.into_iter();
        let mut out = Self::zeros(indices.len(), self.planes);
        let (from, to) = (self.words(), out.words());
        for j in 0..self.planes {
            for (i, lane) in indices.clone().enumerate() {
                let at = j * from + lane / 64;
                out.a[j * to + i / 64] |= (self.a[at] >> (lane % 64) & 1) << (i % 64);
                out.b[j * to + i / 64] |= (self.b[at] >> (lane % 64) & 1) << (i % 64);
            }
        }
        out
    }

    /// The lanes of several shares of as many planes, one after the other.
    ///
    /// # Panics
    /// If planes differ.
    #[must_use]
    pub fn concat_lanes(parts: &[&Self]) -> Self {
        let planes = parts.first().map_or(0, |part| part.planes);
        let mut out = Self::zeros(parts.iter().map(|part| part.lanes).sum(), planes);
        let to = out.words();
        let mut at = 0;
        for part in parts {
            assert_eq!(part.planes, planes, "lanes of one matrix have the same planes");
            let from = part.words();
            for j in 0..planes {
                append_bits(&part.a[j * from..(j + 1) * from], part.lanes, &mut out.a[j * to..(j + 1) * to], at);
                append_bits(&part.b[j * from..(j + 1) * from], part.lanes, &mut out.b[j * to..(j + 1) * to], at);
            }
            at += part.lanes;
        }
        out
    }

    /// The exclusive or of all lanes of every plane: one lane.
    #[must_use]
    pub fn parity(&self) -> Self {
        let (words, last) = (self.words(), self.lanes % 64);
        let mask = if last == 0 { u64::MAX } else { (1 << last) - 1 };
        let sum = |part: &[u64]| {
            let planes = 0..self.planes;
            let of = |j: usize| {
                let plane = &part[j * words..(j + 1) * words];
                let all = plane
                    .iter()
                    .enumerate()
                    .fold(0, |sum, (w, word)| sum ^ if w + 1 == words { word & mask } else { *word });
                u64::from(all.count_ones() & 1)
            };
            planes.map(of).collect()
        };
        Self { a: sum(&self.a), b: sum(&self.b), lanes: 1, planes: self.planes }
    }

    /// `lanes` copies of lane 0.
    #[must_use]
    pub fn broadcast(&self, lanes: usize) -> Self {
        let spread = |words: &[u64]| {
            (0..self.planes)
                .flat_map(|j| std::iter::repeat_n((words[j * self.words()] & 1).wrapping_neg(), words_of(lanes)))
                .collect()
        };
        Self { a: spread(&self.a), b: spread(&self.b), lanes, planes: self.planes }
    }
}

/// Ors `len` bits of `from` into the zeroed bits of `to` from bit `at` on.
fn append_bits(from: &[u64], len: usize, to: &mut [u64], at: usize) {
    for (w, word) in from.iter().take(words_of(len)).enumerate() {
        let kept = len - 64 * w;
        let word = if kept < 64 { word & ((1 << kept) - 1) } else { *word };
        let (target, shift) = ((at + 64 * w) / 64, at % 64);
        to[target] |= word << shift;
        if shift != 0 && word >> (64 - shift) != 0 {
            to[target + 1] |= word >> (64 - shift);
        }
    }
}

impl Clone for BitPlanes {
    fn clone(&self) -> Self {
        self.slice_planes(0, self.planes)
    }
}

impl Drop for BitPlanes {
    fn drop(&mut self) {
        pool::give(std::mem::take(&mut self.a));
        pool::give(std::mem::take(&mut self.b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lane l of plane j is bit j of `l·l + 3·l` in a, and its complement in b.
    fn sample(lanes: usize) -> BitPlanes {
        let mut out = BitPlanes::zeros(lanes, 3);
        for lane in 0..lanes {
            for plane in 0..3 {
                let bit = (lane * lane + 3 * lane) as u64 >> plane & 1;
                out.a[plane * words_of(lanes) + lane / 64] |= bit << (lane % 64);
                out.b[plane * words_of(lanes) + lane / 64] |= (bit ^ 1) << (lane % 64);
            }
        }
        out
    }

    fn lane(x: &BitPlanes, lane: usize) -> [u64; 2] {
        x.parts().map(|part| (0..x.planes()).map(|j| (part[j * x.words() + lane / 64] >> (lane % 64) & 1) << j).sum())
    }

    #[test]
    fn lanes_move_unchanged() {
        for len in [1, 63, 64, 65, 200] {
            let x = sample(len);
            let parts = [x.slice_lanes(0, len / 3), x.slice_lanes(len / 3, len - len / 3)];
            let whole = BitPlanes::concat_lanes(&[&parts[0], &parts[1]]);
            let reversed = x.gather((0..len).rev());
            let broadcast = x.slice_lanes(len - 1, 1).broadcast(70);
            for l in 0..len {
                assert_eq!(lane(&whole, l), lane(&x, l));
                assert_eq!(lane(&reversed, l), lane(&x, len - 1 - l));
            }
            assert!((0..70).all(|l| lane(&broadcast, l) == lane(&x, len - 1)));
        }
    }

    #[test]
    fn planes_move_unchanged() {
        let x = sample(70);
        let mut back = x.select_planes([2, 0]);
        back.extend_planes(&x.slice_planes(1, 1));
        for l in 0..70 {
            let expected = lane(&x, l).map(|bits| bits >> 2 & 1 | (bits & 1) << 1 | (bits >> 1 & 1) << 2);
            assert_eq!(lane(&back, l), expected);
        }
    }
}
