//! What a session has cost so far: rounds and bytes, whole, by instruction and by operation.

use std::collections::BTreeMap;

/// Figures of one party. Sizes in bytes.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Stats {
    /// Communication rounds: frames sent, then waited for.
    pub rounds: u64,
    /// Frames sent.
    pub frames: u64,
    /// Protocol messages sent, without headers and padding.
    pub payload_bytes: u64,
    /// Frame headers sent.
    pub header_bytes: u64,
    /// Bytes that round messages up to whole bytes or words.
    pub padding_bytes: u64,
    /// Operations executed (dead ones are not).
    pub nodes: u64,
    /// Scalars of those operations.
    pub lanes: u64,
    /// Times that the pending graph was executed.
    pub flushes: u64,
    /// Cost by instruction offset.
    pub by_site: BTreeMap<u32, Share>,
    /// Cost by name of the operation.
    pub by_op: BTreeMap<&'static str, Share>,
    /// What has left the engine, in the order of its execution; equal neighbours are one entry.
    pub openings: Vec<Opening>,
}

/// Scalars that were opened, to all parties or to a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opening {
    /// Row of the disclosure list.
    pub row: u32,
    /// The client that got it; all parties if absent.
    pub client: Option<u32>,
    /// Bits shown of each scalar.
    pub bits: u32,
    /// Scalars.
    pub lanes: u64,
}

/// What one line or one operation contributes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Share {
    /// Operations executed.
    pub nodes: u64,
    /// Scalars of those.
    pub lanes: u64,
    /// Rounds in which one of them took part (rounds are shared, so these do not add up).
    pub rounds: u64,
    /// Messages sent for them, in bytes; a batch is divided by scalars.
    pub bytes: u64,
}

impl Stats {
    /// Books an opening of `lanes` scalars.
    pub(crate) fn opened(&mut self, next: Opening) {
        match self.openings.last_mut() {
            Some(last) if (last.row, last.client, last.bits) == (next.row, next.client, next.bits) => {
                last.lanes += next.lanes;
            }
            _ => self.openings.push(next),
        }
    }

    /// All bytes handed to links.
    #[must_use]
    pub const fn bytes_sent(&self) -> u64 {
        self.payload_bytes + self.header_bytes + self.padding_bytes
    }
}
