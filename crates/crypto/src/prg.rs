//! The counter-addressed generator: a key and an address in, the pseudorandom words at that address out.
//!
//! AES-128 in counter mode. An address (operation u64, purpose u8) selects a stream of 2^56 blocks; element i of width w
//! is bits [i·w, (i+1)·w) of its stream, so tiles, lanes and SIMD widths only slice it. The counter block is the big-endian
//! operation, purpose and 56-bit block number. Back-ends are chosen at run time and give the same bits.
//! Invariant: two draws under one key never share a bit; [`Ledger`] finds violations in tests.
//! Not here: where keys come from. Source: NIST SP 800-38A §6.5, FIPS 197.

use std::cell::Cell;
use std::sync::Arc;

use zeroize::Zeroize;

use crate::Ring;
use crate::bits::{packed_len, unpack};

mod ledger;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use ledger::Ledger;

/// A stream under one key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Addr {
    /// Number of the operation, unique in the session.
    pub op: u64,
    /// Which of the operation's masks.
    pub purpose: u8,
}

impl Addr {
    /// The counter of block `block`.
    ///
    /// # Panics
    /// If the stream of 2^56 blocks is exhausted.
    fn counter(self, block: u64) -> u128 {
        assert!(block < 1 << 56, "a stream has 2^56 blocks");
        u128::from(self.op) << 64 | u128::from(self.purpose) << 56 | u128::from(block)
    }
}

/// Replaces the cipher in tests that enumerate generator outputs by address.
pub trait Source: Send + Sync {
    /// Elements `first` … `first + count − 1` of width `width` of the stream at `addr`.
    fn elements(&self, addr: Addr, width: u32, first: u64, count: usize) -> Vec<u128>;
}

/// How counter blocks are encrypted. All give the same bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Backend {
    /// The `aes` crate, constant time on every machine.
    Portable,
    /// AES instructions, eight blocks at a time.
    AesNi,
    /// AES instructions on 512-bit registers, sixteen blocks at a time.
    Vaes512,
}

impl Backend {
    /// Back-ends of this machine, fastest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut found = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if x86::has_vaes512() {
                found.push(Self::Vaes512);
            }
            if x86::has_aes() {
                found.push(Self::AesNi);
            }
        }
        found.push(Self::Portable);
        found
    }
}

enum Cipher {
    Portable(portable::Aes),
    #[cfg(target_arch = "x86_64")]
    X86(x86::Aes),
    Injected(Arc<dyn Source>),
}

/// A generator under one key. Prints nothing; its round keys are wiped on drop.
pub struct Prg {
    cipher: Cipher,
    drawn: Cell<u64>,
    ledger: Option<(Arc<Ledger>, u32)>,
}

impl Prg {
    /// The generator of a key, on the fastest back-end of this machine.
    #[must_use]
    pub fn new(key: [u8; 16]) -> Self {
        Self::with_backend(key, Backend::available()[0])
    }

    /// The generator of a key on one back-end.
    ///
    /// # Panics
    /// If this machine lacks the back-end.
    #[must_use]
    pub fn with_backend(mut key: [u8; 16], backend: Backend) -> Self {
        let cipher = match backend {
            Backend::Portable => Cipher::Portable(portable::Aes::new(&key)),
            #[cfg(target_arch = "x86_64")]
            Backend::AesNi => Cipher::X86(x86::Aes::narrow(&key)),
            #[cfg(target_arch = "x86_64")]
            Backend::Vaes512 => Cipher::X86(x86::Aes::wide(&key)),
            #[cfg(not(target_arch = "x86_64"))]
            Backend::AesNi | Backend::Vaes512 => panic!("this machine has only the portable back-end"),
        };
        key.zeroize();
        Self { cipher, drawn: Cell::new(0), ledger: None }
    }

    /// A generator whose outputs a test chooses.
    #[must_use]
    pub fn injected(source: Arc<dyn Source>) -> Self {
        Self { cipher: Cipher::Injected(source), drawn: Cell::new(0), ledger: None }
    }

    /// Records every draw in `ledger` as key `key`; a bit that is drawn twice panics.
    #[must_use]
    pub fn recorded(mut self, ledger: Arc<Ledger>, key: u32) -> Self {
        self.ledger = Some((ledger, key));
        self
    }

    /// Bytes drawn so far; a draw counts ⌈elements·width/8⌉.
    #[must_use]
    pub fn drawn(&self) -> u64 {
        self.drawn.get()
    }

    /// Ring elements `first`, `first + 1`, … of a stream, each of the ring's width.
    pub fn fill<R: Ring>(&self, addr: Addr, first: u64, out: &mut [R]) {
        self.fill_width(addr, R::BITS, first, out);
    }

    /// Elements of `width` bits, from number `first` of a stream on.
    ///
    /// # Panics
    /// If the width exceeds the ring.
    pub fn fill_width<R: Ring>(&self, addr: Addr, width: u32, first: u64, out: &mut [R]) {
        assert!(width <= R::BITS, "a draw is no wider than its ring");
        if out.is_empty() || width == 0 {
            out.fill(R::ZERO);
            return;
        }
        self.note(addr, width, first, out.len());
        if let Cipher::Injected(source) = &self.cipher {
            let out_len = out.len();
            for (element, word) in out.iter_mut().zip(source.elements(addr, width, first, out_len)) {
                *element = R::from_u128(word);
            }
            return;
        }
        let start = u128::from(first) * u128::from(width);
        if width == R::BITS
            && start.is_multiple_of(8)
            && let Some(bytes) = R::as_bytes_mut(out)
        {
            self.keystream(addr, (start / 8) as u64, bytes);
            return;
        }
        // Words, because they are wiped faster than bytes.
        let mut stream = [0u64; 512 + 4];
        let tile = (4096 * 8 / width as usize).max(1);
        let mut used = 0;
        for (t, chunk) in out.chunks_mut(tile).enumerate() {
            let start = start + (t * tile) as u128 * u128::from(width);
            let skip = (start % 8) as u32;
            let len = packed_len(1, skip + chunk.len() as u32 * width);
            used = used.max(len.div_ceil(8));
            let bytes = &mut bytemuck::cast_slice_mut::<u64, u8>(&mut stream)[..len];
            self.keystream(addr, (start / 8) as u64, bytes);
            unpack(bytes, skip, width, chunk);
        }
        stream[..used].zeroize();
    }

    /// Packed single bits: word w holds elements 64·w … 64·w + 63 of width 1.
    pub fn fill_words(&self, addr: Addr, first: u64, out: &mut [u64]) {
        if out.is_empty() {
            return;
        }
        self.note(addr, 64, first, out.len());
        if let Cipher::Injected(source) = &self.cipher {
            let bits = source.elements(addr, 1, first * 64, out.len() * 64);
            for (word, bits) in out.iter_mut().zip(bits.chunks(64)) {
                *word = bits.iter().rev().fold(0, |word, bit| word << 1 | (*bit as u64 & 1));
            }
            return;
        }
        if let Some(bytes) = u64::as_bytes_mut(out) {
            self.keystream(addr, first * 8, bytes);
            return;
        }
        for (w, word) in out.iter_mut().enumerate() {
            let mut bytes = [0; 8];
            self.keystream(addr, (first + w as u64) * 8, &mut bytes);
            *word = u64::from_le_bytes(bytes);
        }
    }

    /// Bytes `first`, `first + 1`, … of a stream.
    pub fn fill_bytes(&self, addr: Addr, first: u64, out: &mut [u8]) {
        self.fill(addr, first, out);
    }

    fn note(&self, addr: Addr, width: u32, first: u64, count: usize) {
        self.drawn.set(self.drawn.get() + packed_len(count, width) as u64);
        if let Some((ledger, key)) = &self.ledger {
            let start = u128::from(first) * u128::from(width);
            ledger.record(*key, addr, start, count as u128 * u128::from(width));
        }
    }

    /// Bytes from offset `start` of a stream: whole blocks straight to `out`, the ragged ends through a block.
    fn keystream(&self, addr: Addr, start: u64, out: &mut [u8]) {
        let mut block = start / 16;
        let mut rest = out;
        let skip = (start % 16) as usize;
        if skip != 0 {
            let mut edge = [0; 16];
            self.blocks(addr.counter(block), &mut edge);
            let len = rest.len().min(16 - skip);
            let (head, tail) = rest.split_at_mut(len);
            head.copy_from_slice(&edge[skip..skip + len]);
            edge.zeroize();
            rest = tail;
            block += 1;
        }
        let whole = rest.len() / 16;
        let (body, tail) = rest.split_at_mut(whole * 16);
        if whole > 0 {
            let _ = addr.counter(block + whole as u64 - 1);
            self.blocks(addr.counter(block), body);
        }
        if !tail.is_empty() {
            let mut edge = [0; 16];
            self.blocks(addr.counter(block + whole as u64), &mut edge);
            tail.copy_from_slice(&edge[..tail.len()]);
            edge.zeroize();
        }
    }

    /// Encrypts consecutive counters into whole blocks.
    fn blocks(&self, counter: u128, out: &mut [u8]) {
        match &self.cipher {
            Cipher::Portable(aes) => aes.blocks(counter, out),
            #[cfg(target_arch = "x86_64")]
            Cipher::X86(aes) => aes.blocks(counter, out),
            Cipher::Injected(_) => unreachable!("an injected source is asked for elements"),
        }
    }
}

#[cfg(test)]
mod tests;
