//! Hashes of a dict's keys in, the row of a key out; rows are in order of insertion.
//!
//! An open table of row numbers with linear probing, at most half full, beside one hash per row: growing and removing need
//! no key. A lookup is constant in the number of keys on average, a removal linear in it, as that of a list element is. Hashes are the
//! same in every run and on every machine, but nothing that a program can see depends on them.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use stoffel_value::{CmpOp, ScalarTy, TrapCode, compare};

/// The index of a dict.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// Leaves of a key: the first columns of the dict.
    leaves: usize,
    /// By row.
    hashes: Vec<u64>,
    /// Row + 1, or 0; as many as a power of two.
    slots: Vec<u32>,
    /// How often the key set has changed.
    changes: u64,
}

/// Bytes that the index of a row is accounted with: its hash, and two to four slots.
pub(crate) const ROW_BYTES: usize = 24;

const SLOTS_MIN: usize = 8;

impl Keys {
    /// The index of an empty dict whose keys have this many leaves.
    pub(crate) const fn new(leaves: usize) -> Self {
        Self { leaves, hashes: Vec::new(), slots: Vec::new(), changes: 0 }
    }

    /// Leaves of a key: the first columns of the dict.
    pub(crate) const fn leaves(&self) -> usize {
        self.leaves
    }

    /// How often the key set has changed.
    pub(crate) const fn changes(&self) -> u64 {
        self.changes
    }

    /// The row of a hash for which `is_key` holds.
    pub(crate) fn find(&self, hash: u64, mut is_key: impl FnMut(usize) -> bool) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let mut at = self.start(hash);
        loop {
            let row = (self.slots[at] as usize).checked_sub(1)?;
            if self.hashes[row] == hash && is_key(row) {
                return Some(row);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Adds a key as the last row.
    pub(crate) fn push(&mut self, hash: u64) {
        self.hashes.push(hash);
        self.changes += 1;
        if 2 * self.hashes.len() > self.slots.len() {
            self.rebuild();
        } else {
            self.enter(self.hashes.len() - 1);
        }
    }

    /// Takes a row out; the rows after it move up.
    pub(crate) fn remove(&mut self, row: usize) {
        self.hashes.remove(row);
        self.changes += 1;
        self.rebuild();
    }

    /// Takes all rows out.
    pub(crate) fn clear(&mut self) {
        self.changes += u64::from(!self.hashes.is_empty());
        self.hashes.clear();
        self.rebuild();
    }

    fn rebuild(&mut self) {
        let slots = (4 * self.hashes.len()).next_power_of_two().max(SLOTS_MIN);
        self.slots.clear();
        self.slots.resize(slots, 0);
        self.slots.shrink_to_fit();
        (0..self.hashes.len()).for_each(|row| self.enter(row));
    }

    fn enter(&mut self, row: usize) {
        let mut at = self.start(self.hashes[row]);
        while self.slots[at] != 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        // A dict has fewer rows than 2^32, as a list has elements.
        self.slots[at] = row as u32 + 1;
    }

    const fn start(&self, hash: u64) -> usize {
        hash as usize & (self.slots.len() - 1)
    }
}

/// The hash of one key, leaf by leaf.
#[derive(Default)]
pub(crate) struct KeyHash(DefaultHasher);

impl KeyHash {
    /// A word of a format; equal values give equal hashes.
    ///
    /// # Errors
    /// `R0107` for a NaN, which equals nothing.
    pub(crate) fn word(&mut self, format: ScalarTy, word: u64) -> Result<(), TrapCode> {
        compare(CmpOp::Eq, format, word, format, word)?;
        let zero = format == ScalarTy::Float && f64::from_bits(word) == 0.0;
        self.0.write_u64(if zero { 0 } else { word });
        Ok(())
    }

    /// A string.
    pub(crate) fn text(&mut self, text: &str) {
        text.hash(&mut self.0);
    }

    /// The hash.
    pub(crate) fn finish(&self) -> u64 {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys with few hashes, so that many collide.
    fn hash(key: u64) -> u64 {
        key % 7
    }

    #[test]
    fn rows_follow_insertions_and_removals() {
        let (mut keys, mut model) = (Keys::new(1), Vec::<u64>::new());
        let mut seed = 1u64;
        for _ in 0..2000 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let key = seed >> 33 & 63;
            let found = keys.find(hash(key), |row| model[row] == key);
            assert_eq!(found, model.iter().position(|one| *one == key));
            match found {
                Some(row) if seed >> 40 & 1 == 0 => {
                    keys.remove(row);
                    model.remove(row);
                }
                Some(_) => {}
                None => {
                    keys.push(hash(key));
                    model.push(key);
                }
            }
        }
        let before = keys.changes();
        keys.clear();
        assert_eq!(keys.changes(), before + 1);
        assert_eq!(keys.find(0, |_| true), None);
    }

    #[test]
    fn equal_floats_have_one_hash_and_nan_has_none() {
        let of = |value: f64| {
            let mut hash = KeyHash::default();
            hash.word(ScalarTy::Float, value.to_bits()).map(|()| hash.finish())
        };
        assert_eq!(of(0.0), of(-0.0));
        assert_ne!(of(1.0), of(2.0));
        assert_eq!(of(f64::NAN), Err(TrapCode::Domain));
    }
}
