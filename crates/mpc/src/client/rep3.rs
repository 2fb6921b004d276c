//! Replicated sharing by a client: two seeds and one correction of the length of the data.
//!
//! x = x_0 + x_1 + x_2, in the ring of each column; x_0 and x_1 are expanded from seeds, x_2 is the rest. Party i holds
//! (x_i, x_{i+1}), so each component is given to two parties, who compare its hash. Results come back as additive shares of
//! exactly the bits of their type. Source: PROTOCOLS A.1.

use stoffel_value::{FixTy, ScalarTy, to_i128};
use zeroize::Zeroize;

use crate::rep3::open::{client_bits_len, client_len};
use crate::words::cut;
use crate::{Abort, AbortReason, PartyIdx};

const SEED: usize = 32;

/// Bits of the ring in which a format is shared (PROTOCOLS A.12).
pub(crate) const fn lane_bits(ty: ScalarTy) -> u32 {
    match ty {
        ScalarTy::Bool => 1,
        ScalarTy::Int(_) | ScalarTy::Float => 64,
        ScalarTy::Fix(fix) => {
            if is_narrow(fix) {
                64
            } else {
                128
            }
        }
    }
}

const fn is_narrow(fix: FixTy) -> bool {
    fix.k() + fix.f() <= 62
}

/// Bytes of one column: lanes of whole bytes, single bits packed.
fn column_bytes(bits: u32, len: u32) -> u64 {
    (u64::from(bits) * u64::from(len)).div_ceil(8)
}

/// Bytes of one column of a result: exactly the bits of the format, bools in words of 64.
fn result_bytes(ty: ScalarTy, len: u32) -> usize {
    match ty {
        ScalarTy::Bool => client_bits_len(len as usize, 1),
        _ => client_len(len as usize, ty.bits()),
    }
}

fn total_bytes(layout: impl Iterator<Item = (ScalarTy, u32)>) -> u64 {
    layout.map(|(ty, len)| column_bytes(lane_bits(ty), len)).sum()
}

/// Expands a seed to the bytes of all columns.
fn expand(seed: &[u8], bytes: usize) -> Vec<u8> {
    let mut hash = blake3::Hasher::new_derive_key("stoffel 2 rep3 client component");
    hash.update(seed);
    let mut out = vec![0; bytes];
    hash.finalize_xof().fill(&mut out);
    out
}

pub(super) fn share(columns: &[(ScalarTy, Vec<u64>)], public: &[u8], mut seed: [u8; 32]) -> Vec<Vec<u8>> {
    let layout = || columns.iter().map(|(ty, words)| (*ty, words.len() as u32));
    let seeds = [0u8, 1].map(|component| {
        let mut hash = blake3::Hasher::new_keyed(&seed);
        hash.update(&[component]);
        hash.update(public);
        *hash.finalize().as_bytes()
    });
    seed.zeroize();
    let bytes = total_bytes(layout()) as usize;
    let (mut first, mut second) = (expand(&seeds[0], bytes), expand(&seeds[1], bytes));
    let mut rest = Vec::with_capacity(bytes);
    let mut at = 0;
    for (ty, words) in columns {
        let bits = lane_bits(*ty);
        let len = column_bytes(bits, words.len() as u32) as usize;
        let (a, b) = (&first[at..at + len], &second[at..at + len]);
        match bits {
            1 => {
                let mut packed = vec![0u8; len];
                for (lane, word) in words.iter().enumerate() {
                    packed[lane / 8] |= ((*word & 1) as u8) << (lane % 8);
                }
                rest.extend(packed.iter().zip(a).zip(b).map(|((x, a), b)| x ^ a ^ b));
                packed.zeroize();
            }
            64 => {
                for (lane, word) in words.iter().enumerate() {
                    let [a, b] = [a, b].map(|s| read(&s[lane * 8..], 8) as u64);
                    rest.extend_from_slice(&word.wrapping_sub(a).wrapping_sub(b).to_le_bytes());
                }
            }
            _ => {
                for (lane, word) in words.iter().enumerate() {
                    let [a, b] = [a, b].map(|s| read(&s[lane * 16..], 16));
                    let value = to_i128(*ty, *word) as u128;
                    rest.extend_from_slice(&value.wrapping_sub(a).wrapping_sub(b).to_le_bytes());
                }
            }
        }
        at += len;
    }
    first.zeroize();
    second.zeroize();
    vec![[&seeds[0][..], &seeds[1]].concat(), [&seeds[1][..], &rest].concat(), [&rest[..], &seeds[0]].concat()]
}

fn read(bytes: &[u8], len: usize) -> u128 {
    bytes[..len].iter().rev().fold(0, |word, byte| word << 8 | u128::from(*byte))
}

/// One party's two components of a client's input, expanded to lanes.
pub(crate) struct Components {
    /// x_i and x_{i+1} as the bytes of all columns, in order.
    bytes: [Vec<u8>; 2],
    layout: Vec<(ScalarTy, u32)>,
    /// Hashes of what was given for x_i and x_{i+1}, with layout and public part.
    pub(crate) hashes: [[u8; 32]; 2],
}

impl Drop for Components {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl Components {
    /// Reads a payload; `None` if its length is not the layout's.
    pub(crate) fn read(
        me: PartyIdx,
        client: u32,
        public: &[u8],
        layout: &[(ScalarTy, u32)],
        payload: &[u8],
    ) -> Option<Self> {
        let data = usize::try_from(total_bytes(layout.iter().copied())).ok()?;
        let sizes = match me.0 {
            0 => [SEED, SEED],
            1 => [SEED, data],
            _ => [data, SEED],
        };
        if payload.len() != sizes[0].checked_add(sizes[1])? {
            return None;
        }
        let (own, next) = payload.split_at(sizes[0]);
        let component = |index: u8, bytes: &[u8]| if index == 2 { bytes.to_vec() } else { expand(bytes, data) };
        let hash = |index: u8, bytes: &[u8]| {
            let mut hash = blake3::Hasher::new_derive_key("stoffel 2 rep3 client comparison");
            hash.update(&client.to_le_bytes());
            hash.update(&[index]);
            hash.update(&(layout.len() as u64).to_le_bytes());
            for (ty, len) in layout {
                hash.update(&crate::words::code(*ty));
                hash.update(&len.to_le_bytes());
            }
            hash.update(&(public.len() as u64).to_le_bytes());
            hash.update(public);
            hash.update(bytes);
            *hash.finalize().as_bytes()
        };
        let (i, j) = (me.0, (me.0 + 1) % 3);
        Some(Self {
            bytes: [component(i, own), component(j, next)],
            layout: layout.to_vec(),
            hashes: [hash(i, own), hash(j, next)],
        })
    }

    /// Columns in order: format, lanes, and the bytes of x_i and x_{i+1}.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (ScalarTy, u32, [&[u8]; 2])> {
        let mut at = 0;
        self.layout.iter().map(move |(ty, len)| {
            let bytes = column_bytes(lane_bits(*ty), *len) as usize;
            let range = at..at + bytes;
            at += bytes;
            (*ty, *len, [&self.bytes[0][range.clone()], &self.bytes[1][range]])
        })
    }
}

pub(super) fn reconstruct(layout: &[(ScalarTy, u32)], payloads: &[Vec<u8>]) -> Result<Vec<Vec<u64>>, Abort> {
    let malformed = |party: usize| Abort {
        culprit: Some(PartyIdx(party as u8)),
        reason: AbortReason::Malformed("length of a client's result"),
    };
    let bytes: usize = layout.iter().map(|(ty, len)| result_bytes(*ty, *len)).sum();
    if payloads.len() != 3 {
        return Err(malformed(payloads.len().min(2)));
    }
    for (party, payload) in payloads.iter().enumerate() {
        if payload.len() != bytes {
            return Err(malformed(party));
        }
    }
    let mut at = 0;
    let mut columns = Vec::with_capacity(layout.len());
    for (ty, len) in layout {
        let bits = ty.bits();
        let shares: [&[u8]; 3] = std::array::from_fn(|party| &payloads[party][at..]);
        at += result_bytes(*ty, *len);
        let lane = |lane: u32| {
            let parts = shares.map(|share| field(share, u64::from(lane) * u64::from(bits), bits));
            let word =
                if bits == 1 { parts[0] ^ parts[1] ^ parts[2] } else { parts.into_iter().fold(0, u64::wrapping_add) };
            cut(*ty, word)
        };
        columns.push((0..*len).map(lane).collect());
    }
    Ok(columns)
}

/// Bits [first, first + width) of a byte string, for widths to 64.
fn field(bytes: &[u8], first: u64, width: u32) -> u64 {
    let start = (first / 8) as usize;
    let window = read(&bytes[start..], (bytes.len() - start).min(9));
    let word = (window >> (first % 8)) as u64;
    if width == 64 { word } else { word & ((1 << width) - 1) }
}
