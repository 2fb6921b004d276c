//! What an operation costs: planned by `plan` functions, measured at the frames.

use std::ops::{Add, AddAssign};

use stoffel_crypto::Ring;
use stoffel_crypto::bits::words_of;

/// Planned or measured cost of steps, over all parties of a session of three.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Cost {
    /// Communication rounds, one after the other.
    pub rounds: u32,
    /// Payload bits from each party to each, without padding and headers.
    pub bits: [[u64; 3]; 3],
    /// Bits that fill payload segments to whole bytes, and planes to whole words.
    pub padding: [[u64; 3]; 3],
    /// Generator bytes, all parties together.
    pub prg_bytes: u64,
}

impl Cost {
    /// Free, local.
    pub const ZERO: Self = Self { rounds: 0, bits: [[0; 3]; 3], padding: [[0; 3]; 3], prg_bytes: 0 };

    /// A cost of `rounds` in which nothing is sent.
    #[must_use]
    pub const fn rounds(rounds: u32) -> Self {
        Self { rounds, ..Self::ZERO }
    }

    /// Adds a segment of `count` elements of `width` bits.
    #[must_use]
    pub fn elements(mut self, from: usize, to: usize, count: usize, width: u32) -> Self {
        let bits = count as u64 * u64::from(width);
        self.bits[from % 3][to % 3] += bits;
        self.padding[from % 3][to % 3] += bits.next_multiple_of(8) - bits;
        self
    }

    /// Adds a segment of packed bits.
    #[must_use]
    pub fn planes(mut self, from: usize, to: usize, lanes: usize, planes: usize) -> Self {
        self.bits[from % 3][to % 3] += (lanes * planes) as u64;
        self.padding[from % 3][to % 3] += ((words_of(lanes) * 64 - lanes) * planes) as u64;
        self
    }

    /// Adds one segment from every party to its previous one.
    #[must_use]
    pub fn ring_of_elements<R: Ring>(self, count: usize) -> Self {
        (0..3).fold(self, |cost, i| cost.elements(i, i + 2, count, R::BITS))
    }

    /// Adds one segment of packed bits from every party to its previous one.
    #[must_use]
    pub fn ring_of_planes(self, lanes: usize, planes: usize) -> Self {
        (0..3).fold(self, |cost, i| cost.planes(i, i + 2, lanes, planes))
    }

    /// Adds generator bytes.
    #[must_use]
    pub fn prg(mut self, bytes: usize) -> Self {
        self.prg_bytes += bytes as u64;
        self
    }

    /// This and `other` side by side: rounds overlap, the rest adds up.
    #[must_use]
    pub fn beside(self, other: Self) -> Self {
        let rounds = self.rounds.max(other.rounds);
        Self { rounds, ..self + other }
    }

    /// Payload bits of all parties.
    #[must_use]
    pub fn total_bits(&self) -> u64 {
        self.bits.iter().flatten().sum()
    }

    /// Payload bits that `party` sends.
    #[must_use]
    pub fn sent_by(&self, party: usize) -> u64 {
        self.bits[party].iter().sum()
    }
}

impl Add for Cost {
    type Output = Self;

    /// One after the other.
    fn add(mut self, other: Self) -> Self {
        self.rounds += other.rounds;
        self.prg_bytes += other.prg_bytes;
        for from in 0..3 {
            for to in 0..3 {
                self.bits[from][to] += other.bits[from][to];
                self.padding[from][to] += other.padding[from][to];
            }
        }
        self
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What one party sent to one peer.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Traffic {
    /// Payload bits without padding.
    pub payload_bits: u64,
    /// Bits that fill segments to whole bytes and words.
    pub padding_bits: u64,
    /// Bytes of frame headers.
    pub header_bytes: u64,
    /// Frames.
    pub frames: u64,
}

/// What one party did so far.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Meter {
    /// Sent to each party, by index; the own entry stays zero.
    pub sent: [Traffic; 3],
    /// Communication rounds ended.
    pub rounds: u32,
}
