//! One party's share of a vector over Z/2^k: two component arrays.

use stoffel_crypto::Ring;

use crate::pool;

/// What P_i holds of x = x_1 + x_2 + x_3: components x_i and x_{i+1}, each one contiguous array.
///
/// Secret: it has no `Debug`; on drop its memory is wiped or stays in this thread's pool. Both components have the same length.
#[derive(PartialEq, Eq)]
pub struct ShareVec<R: Ring> {
    a: Vec<R>,
    b: Vec<R>,
}

impl<R: Ring> ShareVec<R> {
    /// A share of components x_i and x_{i+1}.
    ///
    /// # Panics
    /// If their lengths differ.
    #[must_use]
    pub fn new(a: Vec<R>, b: Vec<R>) -> Self {
        assert_eq!(a.len(), b.len(), "both components of a share have one length");
        Self { a, b }
    }

    /// The trivial sharing of `len` zeros.
    #[must_use]
    pub fn zeros(len: usize) -> Self {
        Self { a: vec![R::ZERO; len], b: vec![R::ZERO; len] }
    }

    /// Elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.a.len()
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.a.is_empty()
    }

    /// Component x_i.
    #[must_use]
    pub fn a(&self) -> &[R] {
        &self.a
    }

    /// Component x_{i+1}.
    #[must_use]
    pub fn b(&self) -> &[R] {
        &self.b
    }

    /// Both components.
    #[must_use]
    pub fn parts(&self) -> [&[R]; 2] {
        [&self.a, &self.b]
    }

    /// Both components, for writing.
    #[must_use]
    pub fn parts_mut(&mut self) -> [&mut [R]; 2] {
        [&mut self.a, &mut self.b]
    }

    /// Elements `start .. start + len`.
    #[must_use]
    pub fn slice(&self, start: usize, len: usize) -> Self {
        Self { a: pool::copied(&self.a[start..start + len]), b: pool::copied(&self.b[start..start + len]) }
    }

    /// Appends the elements of another share.
    pub fn extend(&mut self, other: &Self) {
        self.a.extend_from_slice(&other.a);
        self.b.extend_from_slice(&other.b);
    }

    /// Appends one element of another share.
    pub fn push_lane(&mut self, other: &Self, lane: usize) {
        self.a.push(other.a[lane]);
        self.b.push(other.b[lane]);
    }

    /// The elements at `lanes`, in that order.
    #[must_use]
    pub fn gather(&self, lanes: impl Iterator<Item = usize> + Clone) -> Self {
        let len = lanes.clone().count();
        let (mut a, mut b) = (pool::take(len), pool::take(len));
        a.iter_mut().zip(lanes.clone()).for_each(|(out, lane)| *out = self.a[lane]);
        b.iter_mut().zip(lanes).for_each(|(out, lane)| *out = self.b[lane]);
        Self { a, b }
    }

    /// `times` copies of every element, in place: `x0 x0 … x1 x1 …`.
    #[must_use]
    pub fn repeat_each(&self, times: usize) -> Self {
        self.gather((0..self.len()).flat_map(|i| std::iter::repeat_n(i, times)))
    }

    /// The concatenation of several shares.
    #[must_use]
    pub fn concat<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut out = Self { a: Vec::new(), b: Vec::new() };
        for part in parts {
            out.extend(part);
        }
        out
    }
}

impl<R: Ring> Clone for ShareVec<R> {
    fn clone(&self) -> Self {
        self.slice(0, self.len())
    }
}

impl<R: Ring> Drop for ShareVec<R> {
    fn drop(&mut self) {
        pool::give(std::mem::take(&mut self.a));
        pool::give(std::mem::take(&mut self.b));
    }
}
