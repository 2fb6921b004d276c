//! All generator outputs by address: lane l of a batch runs with assignment l of every random bit.
//!
//! A batch of 2^V lanes enumerates V random bits at once. Every (key, address) that a step draws from is a stream of bits per lane, in
//! which element s of width w is bits [s·w, (s+1)·w); a second draw of the same address gives the same bits. The first bits of an
//! assignment are the components of the dealt sharings.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use stoffel_crypto::{Addr, Source};

/// The streams that a step draws from, each with its bits per lane.
pub(crate) type Streams = BTreeMap<(u8, Addr), u32>;

/// A mask that a mutated protocol gets wrong, at all parties alike, so that results stay right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mutation {
    /// The mask is zero.
    Drop(u8, Addr),
    /// The mask at the first address is the one at the second.
    Duplicate(u8, Addr, Addr),
}

/// Values of all random bits for `lanes` lanes.
pub(crate) struct Tape {
    lanes: usize,
    dealt_bits: u32,
    mutation: Option<Mutation>,
    /// First bit of the assignment of every known stream, and all streams drawn from.
    first_bit: BTreeMap<(u8, Addr), u32>,
    drawn: Mutex<Streams>,
}

impl Tape {
    /// A tape whose lowest `dealt_bits` bits are those of dealt sharings, then those of the streams.
    pub(crate) fn new(lanes: usize, dealt_bits: u32, streams: &Streams, mutation: Option<Mutation>) -> Arc<Self> {
        assert!(lanes.is_multiple_of(64), "whole words of lanes");
        let mut next = dealt_bits;
        let first_bit = streams
            .iter()
            .map(|(stream, bits)| {
                let first = next;
                next += bits;
                (*stream, first)
            })
            .collect();
        Arc::new(Self { lanes, dealt_bits, mutation, first_bit, drawn: Mutex::default() })
    }

    /// Streams drawn from so far.
    pub(crate) fn streams(&self) -> Streams {
        self.drawn.lock().unwrap().clone()
    }

    /// Bits of all streams drawn from, and of the dealt sharings.
    pub(crate) fn bits(&self) -> u32 {
        self.dealt_bits + self.drawn.lock().unwrap().values().sum::<u32>()
    }

    /// First bit of a stream in the assignment.
    pub(crate) fn first_bit(&self, stream: (u8, Addr)) -> u32 {
        self.first_bit.get(&stream).copied().unwrap_or(0)
    }

    /// The three pair keys' sources.
    pub(crate) fn sources(self: &Arc<Self>) -> [Arc<dyn Source>; 3] {
        [0, 1, 2].map(|key| Arc::new(Key { tape: Arc::clone(self), key }) as Arc<dyn Source>)
    }
}

struct Key {
    tape: Arc<Tape>,
    key: u8,
}

impl Source for Key {
    fn elements(&self, addr: Addr, width: u32, first: u64, count: usize) -> Vec<u128> {
        let tape = &*self.tape;
        let addr = match tape.mutation {
            Some(Mutation::Drop(key, dropped)) if (key, dropped) == (self.key, addr) => return vec![0; count],
            Some(Mutation::Duplicate(key, from, to)) if (key, from) == (self.key, addr) => to,
            _ => addr,
        };
        let lanes = tape.lanes as u64;
        let last_slot = (first + count as u64 - 1) / lanes;
        let mut drawn = tape.drawn.lock().unwrap();
        let bits = drawn.entry((self.key, addr)).or_default();
        *bits = (*bits).max((last_slot as u32 + 1) * width);
        drop(drawn);
        let base = tape.first_bit((self.key, addr));
        let mask = (1u128 << width) - 1;
        (first..first + count as u64)
            .map(|i| u128::from(i % lanes).checked_shr(base + (i / lanes) as u32 * width).unwrap_or(0) & mask)
            .collect()
    }
}
