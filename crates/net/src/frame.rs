//! A stream of bytes in, whole frames out; a frame is a 32-bit little-endian length and so many bytes.
//!
//! Invariant: an announced length above the bound is refused before anything is allocated for it, and memory grows with
//! the bytes that have arrived, not with the bytes that were announced.

use std::collections::VecDeque;

use crate::LinkError;

/// Bytes of a length prefix.
pub(crate) const PREFIX_BYTES: usize = 4;
/// Most memory that an announcement alone can claim.
const EAGER_BYTES: usize = 64 * 1024;
/// Buffers kept for later frames, and the sizes for which that is worth it.
const SPARE_MAX: usize = 4;
const SPARE_BYTES: std::ops::RangeInclusive<usize> = 16 * 1024..=128 << 20;

/// Cuts a stream into frames.
#[derive(Debug)]
pub(crate) struct FrameReader {
    bound: u32,
    prefix: [u8; PREFIX_BYTES],
    prefix_len: usize,
    /// Room made so far for the frame at hand, and how much of it has come.
    body: Vec<u8>,
    filled: usize,
    body_len: usize,
    ready: VecDeque<Vec<u8>>,
    spare: Vec<Vec<u8>>,
    /// An announcement above the bound; nothing after it is a frame.
    refused: Option<u32>,
}

impl FrameReader {
    /// A reader that refuses frames above `bound` bytes.
    pub(crate) fn new(bound: u32) -> Self {
        Self {
            bound,
            prefix: [0; 4],
            prefix_len: 0,
            body: Vec::new(),
            filled: 0,
            body_len: 0,
            ready: VecDeque::new(),
            spare: Vec::new(),
            refused: None,
        }
    }

    /// Takes the next bytes of the stream. After an announcement above the bound nothing is a frame; see [`Self::fault`].
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.refused.is_none() {
            if self.prefix_len < PREFIX_BYTES {
                let take = bytes.len().min(PREFIX_BYTES - self.prefix_len);
                self.prefix[self.prefix_len..self.prefix_len + take].copy_from_slice(&bytes[..take]);
                self.prefix_len += take;
                bytes = &bytes[take..];
                if self.prefix_len < PREFIX_BYTES {
                    return;
                }
                self.begin(u32::from_le_bytes(self.prefix));
                continue;
            }
            let space = self.space();
            let take = bytes.len().min(space.len());
            space[..take].copy_from_slice(&bytes[..take]);
            bytes = &bytes[take..];
            self.filled(take);
        }
    }

    /// Begins the frame of an announced length.
    pub(crate) fn begin(&mut self, len: u32) {
        if len > self.bound {
            self.refused = Some(len);
            return;
        }
        self.prefix_len = PREFIX_BYTES;
        self.body_len = len as usize;
        self.body = self.spare.pop().unwrap_or_default();
        // Less than the whole is a multiple of a word, for readers that copy words.
        let kept = if self.body.len() >= self.body_len { self.body_len } else { self.body.len() / 8 * 8 };
        self.body.truncate(kept);
        self.filled(0);
    }

    /// Bytes of the frame at hand that have not come.
    pub(crate) const fn missing(&self) -> usize {
        if self.prefix_len < PREFIX_BYTES { 0 } else { self.body_len - self.filled }
    }

    /// Room for bytes of the frame at hand; at least one if any is missing.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        if self.filled == self.body.len() && self.missing() > 0 {
            let room = self.body_len.min(EAGER_BYTES.max(2 * self.filled));
            self.body.resize(room, 0);
        }
        &mut self.body[self.filled..]
    }

    /// So many bytes were written into [`Self::space`].
    pub(crate) fn filled(&mut self, bytes: usize) {
        self.filled += bytes;
        if self.filled == self.body_len {
            self.ready.push_back(std::mem::take(&mut self.body));
            (self.prefix_len, self.filled) = (0, 0);
        }
    }

    /// Keeps the memory of a frame that was sent for those to come.
    pub(crate) fn recycle(&mut self, frame: Vec<u8>) {
        if self.spare.len() < SPARE_MAX && SPARE_BYTES.contains(&frame.len()) {
            self.spare.push(frame);
        }
    }

    /// Why no frame follows those that are whole.
    ///
    /// # Errors
    /// [`LinkError::Oversize`] if a frame above the bound was announced.
    pub(crate) fn fault(&self) -> Result<(), LinkError> {
        match self.refused {
            None => Ok(()),
            Some(len) => Err(LinkError::Oversize { bytes: u64::from(len), bound: u64::from(self.bound) }),
        }
    }

    /// The next whole frame.
    pub(crate) fn pop(&mut self) -> Option<Vec<u8>> {
        self.ready.pop_front()
    }

    /// Whether anything but whole frames that were taken has come.
    pub(crate) fn is_within(&self) -> bool {
        self.prefix_len > 0 || !self.ready.is_empty() || self.refused.is_some()
    }

    /// Whether a whole frame waits.
    pub(crate) fn has_frame(&self) -> bool {
        !self.ready.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stream(frames: &[Vec<u8>]) -> Vec<u8> {
        frames.iter().flat_map(|frame| [&(frame.len() as u32).to_le_bytes(), &frame[..]].concat()).collect()
    }

    proptest! {
        #[test]
        fn frames_come_out_whole_however_the_stream_is_cut(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20),
            cut in 1usize..17,
        ) {
            let mut reader = FrameReader::new(64);
            for piece in stream(&frames).chunks(cut) {
                reader.push(piece);
            }
            let out: Vec<_> = std::iter::from_fn(|| reader.pop()).collect();
            prop_assert_eq!(out, frames);
        }

        #[test]
        fn any_bytes_are_cut_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut reader = FrameReader::new(1000);
            reader.push(&bytes);
            while reader.pop().is_some() {}
        }
    }

    #[test]
    fn an_announcement_claims_no_memory_of_its_size() {
        let mut reader = FrameReader::new(u32::MAX);
        reader.push(&u32::MAX.to_le_bytes());
        reader.push(&[1]);
        assert!(reader.body.capacity() <= EAGER_BYTES && reader.fault().is_ok());
        let mut strict = FrameReader::new(10);
        strict.push(&[1, 0, 0, 0, 9, 11, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert!(matches!(strict.fault(), Err(LinkError::Oversize { bytes: 11, bound: 10 })));
        strict.push(&[0; 20]);
        assert_eq!(strict.pop(), Some(vec![9]));
        assert_eq!(strict.pop(), None, "nothing after it is a frame");
    }
}
