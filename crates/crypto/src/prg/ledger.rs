//! Draws in, a panic on the first bit drawn twice: the detector of reused masks.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Addr;

/// First bit and the bit after the last.
type Range = (u128, u128);

/// What was drawn in one party, by key, stream and bit range.
#[derive(Default)]
pub struct Ledger {
    ranges: Mutex<HashMap<(u32, Addr), Vec<Range>>>,
}

impl Ledger {
    /// Records bits [start, start + len) of a stream.
    ///
    /// # Panics
    /// If any of them was recorded before: a mask would be used twice.
    pub fn record(&self, key: u32, addr: Addr, start: u128, len: u128) {
        let mut all = self.ranges.lock().unwrap_or_else(PoisonError::into_inner);
        let ranges = all.entry((key, addr)).or_default();
        let end = start + len;
        assert!(
            ranges.iter().all(|&(from, to)| end <= from || to <= start),
            "bits {start}..{end} of {addr:?} under key {key} are drawn twice"
        );
        match ranges.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => ranges.push((start, end)),
        }
    }
}
