//! Columns of words in, one payload per party out; payloads of all parties in, columns out.
//!
//! A client is trusted by nobody but itself: what it says twice, the parties compare before they compute. The layout of a
//! payload follows from the formats and lengths of the columns alone; payloads carry no headers.

mod rep3;

use stoffel_value::ScalarTy;

use crate::words::cut;
use crate::{Abort, AbortReason, Backend};

pub(crate) use rep3::{Components, lane_bits};

/// Shares a client's secret input among the parties of a backend.
///
/// `public` is what of the input every party learns (shapes, public fields); it enters the comparison among parties.
/// `seed` is fresh randomness of the client's system, new for every attempt.
///
/// Cost: rep3: the data to two parties, seeds of 32 bytes elsewhere.
#[must_use]
pub fn share(backend: Backend, columns: &[(ScalarTy, Vec<u64>)], public: &[u8], seed: [u8; 32]) -> Vec<Vec<u8>> {
    match backend {
        Backend::Clear => vec![write_words(columns)],
        Backend::Rep3 => rep3::share(columns, public, seed),
    }
}

/// Puts a result together from the payloads of all parties, in party order; `layout` gives format and length of each column
/// in the order in which the program sent them.
///
/// # Errors
/// [`AbortReason::Malformed`] if a payload has another length, with the party as culprit.
pub fn reconstruct(backend: Backend, layout: &[(ScalarTy, u32)], payloads: &[Vec<u8>]) -> Result<Vec<Vec<u64>>, Abort> {
    match backend {
        Backend::Clear => payloads
            .first()
            .and_then(|payload| read_words(layout, payload))
            .ok_or(Abort { culprit: None, reason: AbortReason::Malformed("length of a client's result") }),
        Backend::Rep3 => rep3::reconstruct(layout, payloads),
    }
}

/// Words of all columns, little endian.
pub(crate) fn write_words(columns: &[(ScalarTy, Vec<u64>)]) -> Vec<u8> {
    columns.iter().flat_map(|(_, words)| words).flat_map(|word| word.to_le_bytes()).collect()
}

/// Reads [`write_words`], cut to the formats; `None` if lengths do not agree.
pub(crate) fn read_words(layout: &[(ScalarTy, u32)], payload: &[u8]) -> Option<Vec<Vec<u64>>> {
    let lanes: u64 = layout.iter().map(|(_, len)| u64::from(*len)).sum();
    if payload.len() as u64 != lanes * 8 {
        return None;
    }
    let mut words =
        payload.chunks_exact(8).map(|word| word.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
    Some(
        layout
            .iter()
            .map(|(ty, len)| words.by_ref().take(*len as usize).map(|word| cut(*ty, word)).collect())
            .collect(),
    )
}

#[cfg(test)]
mod tests;
