//! Lengths in, buffers with left-over content out; buffers that are no longer needed in again.
//!
//! A vector of a million shares that is allocated, zeroed, filled, wiped and unmapped again costs several times what its products cost.
//! Long buffers therefore stay with the thread that used them and are handed out again as they are: a caller of [`take`]
//! overwrites every element. Short ones are not worth it and are allocated zeroed and wiped.
//! Invariant: a pooled buffer is wiped before its memory leaves this thread: when the pool is full, when a [`Lease`] of an engine
//! ends, and when the thread ends.

use std::any::Any;
use std::cell::RefCell;

use stoffel_crypto::Ring;
use zeroize::Zeroize;

/// Buffers of fewer bytes are not kept.
const LEAST_BYTES: usize = 4 * 1024;
/// Bytes that one thread keeps.
const MOST_BYTES: usize = 1 << 30;
/// Buffers of a size that are looked at for one of the right length.
const LOOKED_AT: usize = 8;

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

#[derive(Default)]
struct Pool {
    half: Shelf<u32>,
    narrow: Shelf<u64>,
    wide: Shelf<u128>,
    bytes: Shelf<u8>,
    /// Bytes on all shelves.
    held: usize,
}

impl Pool {
    /// The shelf of a type; none for the rings that only tests use.
    fn shelf<T: 'static>(&mut self) -> Option<(&mut Shelf<T>, &mut usize)> {
        let Self { half, narrow, wide, bytes, held } = self;
        let shelves: [&mut dyn Any; 4] = [half, narrow, wide, bytes];
        shelves.into_iter().find_map(|shelf| shelf.downcast_mut()).map(|shelf| (shelf, held))
    }
}

/// Buffers by the size class of their capacity.
struct Shelf<T> {
    classes: Vec<Vec<Vec<T>>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { classes: Vec::new() }
    }
}

/// Four classes to a power of two; a buffer of class c holds any length whose class is c or less.
const fn class_of_len(len: usize) -> usize {
    let (class, size) = class_of_capacity(len);
    if size < len { class + 1 } else { class }
}

/// The greatest class that a capacity serves, and the size of that class.
const fn class_of_capacity(capacity: usize) -> (usize, usize) {
    if capacity < 4 {
        return (0, 0);
    }
    let exponent = capacity.ilog2() as usize;
    let quarter = capacity >> (exponent - 2);
    (4 * exponent + quarter - 4, quarter << (exponent - 2))
}

/// A buffer of `len` elements, whatever they are; every one must be overwritten.
pub(crate) fn take<R: Ring>(len: usize) -> Vec<R> {
    if len * size_of::<R>() < LEAST_BYTES {
        return vec![R::ZERO; len];
    }
    let mut buffer = find(len).unwrap_or_else(|| vec![R::ZERO; size_of_class(len)]);
    buffer.resize(len, R::ZERO);
    buffer
}

/// An empty buffer for at least `len` bytes.
pub(crate) fn take_bytes(len: usize) -> Vec<u8> {
    if len < LEAST_BYTES {
        return Vec::with_capacity(len);
    }
    let mut buffer = find(len).unwrap_or_else(|| Vec::with_capacity(size_of_class(len)));
    buffer.clear();
    buffer
}

/// Elements of a new buffer: so many that its memory serves every length of the class later.
fn size_of_class(len: usize) -> usize {
    let class = class_of_len(len);
    (class % 4 + 4) << (class / 4 - 2)
}

/// A buffer of the class, one that is long enough without growing if there is one.
fn find<R: Ring>(len: usize) -> Option<Vec<R>> {
    POOL.with_borrow_mut(|pool| {
        let (shelf, held) = pool.shelf::<R>()?;
        let class = shelf.classes.get_mut(class_of_len(len))?;
        let newest = class.len().saturating_sub(LOOKED_AT);
        let fitting = (newest..class.len()).rev().find(|at| class[*at].len() >= len);
        let buffer = class.swap_remove(fitting.or(class.len().checked_sub(1))?);
        *held -= buffer.capacity() * size_of::<R>();
        Some(buffer)
    })
}

/// A copy of a slice.
pub(crate) fn copied<R: Ring>(from: &[R]) -> Vec<R> {
    let mut out = take(from.len());
    out.copy_from_slice(from);
    out
}

/// Every element of a slice, changed.
pub(crate) fn map<R: Ring, S: Ring>(x: &[R], f: impl Fn(R) -> S) -> Vec<S> {
    let mut out = take(x.len());
    out.iter_mut().zip(x).for_each(|(out, x)| *out = f(*x));
    out
}

/// Every pair of elements of two slices, joined.
pub(crate) fn zip<R: Ring>(x: &[R], y: &[R], f: impl Fn(R, R) -> R) -> Vec<R> {
    let mut out = take(x.len().min(y.len()));
    out.iter_mut().zip(x).zip(y).for_each(|((out, x), y)| *out = f(*x, *y));
    out
}

/// Takes a buffer back that held shares; short ones are wiped here.
pub(crate) fn give<R: Ring>(mut buffer: Vec<R>) {
    let bytes = buffer.capacity() * size_of::<R>();
    if bytes == 0 {
        return;
    }
    if bytes >= LEAST_BYTES {
        // A thread that ends has dropped its pool already.
        let left = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.held + bytes > MOST_BYTES {
                return Some(std::mem::take(&mut buffer));
            }
            let Some((shelf, held)) = pool.shelf::<R>() else { return Some(std::mem::take(&mut buffer)) };
            let (class, _) = class_of_capacity(buffer.capacity());
            if shelf.classes.len() <= class {
                shelf.classes.resize_with(class + 1, Vec::new);
            }
            shelf.classes[class].push(std::mem::take(&mut buffer));
            *held += bytes;
            None
        });
        match left {
            Ok(None) => return,
            Ok(Some(unkept)) => buffer = unkept,
            Err(_) => {}
        }
    }
    overwrite(&mut buffer);
}

/// Wipes all memory of a buffer; what is beyond the length is wiped in one piece, elements one by one, so the length is set to 0 first.
fn overwrite<T: Zeroize + Copy>(buffer: &mut Vec<T>) {
    buffer.clear();
    buffer.zeroize();
}

/// Whoever holds one uses the pool; when it is dropped, everything that this thread keeps is wiped and freed.
pub(crate) struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        wipe();
    }
}

/// Wipes and frees everything that this thread keeps.
fn wipe() {
    // A thread that ends has done it already.
    let _ = POOL.try_with(|pool| drop(pool.take()));
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.half.wipe();
        self.narrow.wipe();
        self.wide.wipe();
        self.bytes.wipe();
    }
}

impl<T: Zeroize + Copy> Shelf<T> {
    fn wipe(&mut self) {
        self.classes.iter_mut().flatten().for_each(overwrite);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_every_length_that_it_is_taken_for() {
        for len in 4..5000 {
            let class = class_of_len(len);
            let (exponent, quarter) = (class / 4, class % 4 + 4);
            let size = quarter << (exponent - 2);
            assert!(size >= len && size <= len + len / 4, "{len} in a buffer of {size}");
            assert_eq!(class_of_capacity(size), (class, size));
        }
    }

    #[test]
    fn long_buffers_come_back_and_short_ones_are_zero() {
        wipe();
        let mut long = take::<u64>(3000);
        assert!(long.iter().all(|word| *word == 0));
        long.fill(7);
        let place = long.as_ptr();
        give(long);
        let again = take::<u64>(2900);
        assert_eq!((again.as_ptr(), again.len(), again[2899]), (place, 2900, 7));
        give(again);
        assert!(take::<u64>(10).iter().all(|word| *word == 0));
        wipe();
        assert!(take::<u64>(3000).iter().all(|word| *word == 0));
    }
}
