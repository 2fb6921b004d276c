//! Frames to send in, pieces of the stream out: what the transport does not take waits here, bounded and uncopied.

use std::collections::VecDeque;

use crate::LinkError;
use crate::frame::PREFIX_BYTES;

/// Frames that wait for the transport.
#[derive(Debug)]
pub(crate) struct Outbox {
    frames: VecDeque<Vec<u8>>,
    /// Bytes of the first frame and its prefix that are gone.
    sent: usize,
    /// Bytes of all frames, without prefixes.
    waiting: u64,
    frame_bytes_max: u64,
    /// Pieces too small to be sent by themselves, put together.
    scratch: Vec<u8>,
}

impl Outbox {
    /// An empty one, for frames up to a bound.
    pub(crate) const fn new(frame_bytes_max: u32) -> Self {
        let frame_bytes_max = frame_bytes_max as u64;
        Self { frames: VecDeque::new(), sent: 0, waiting: 0, frame_bytes_max, scratch: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Queues a frame. At most the frame that is being read and the one after it wait.
    pub(crate) fn push(&mut self, frame: Vec<u8>) -> Result<(), LinkError> {
        let bytes = frame.len() as u64;
        if bytes > self.frame_bytes_max {
            return Err(LinkError::Oversize { bytes, bound: self.frame_bytes_max });
        }
        let (waiting, bound) = (self.waiting + bytes, 2 * (self.frame_bytes_max + PREFIX_BYTES as u64));
        if waiting > bound {
            return Err(LinkError::Full { bytes: waiting, bound });
        }
        self.waiting = waiting;
        self.frames.push_back(frame);
        Ok(())
    }

    /// The next piece of the stream of prefixes and frames: `record` bytes put together from what is small or begins, else a run of
    /// at most `most` bytes of a frame, in whole records. Empty if nothing waits. [`Outbox::advance`] moves on.
    pub(crate) fn piece(&mut self, record: usize, most: usize) -> &[u8] {
        let Some(front) = self.frames.front() else { return &[] };
        if let Some(at) = self.sent.checked_sub(PREFIX_BYTES)
            && front.len() - at >= record
        {
            let whole = (front.len() - at).min(most) / record * record;
            return &front[at..at + whole];
        }
        self.scratch.clear();
        let mut skip = self.sent;
        for frame in &self.frames {
            let prefix = (frame.len() as u32).to_le_bytes();
            for part in [&prefix[..], frame] {
                let skipped = skip.min(part.len());
                skip -= skipped;
                let room = record - self.scratch.len();
                let part = &part[skipped..];
                self.scratch.extend_from_slice(&part[..part.len().min(room)]);
            }
            if self.scratch.len() == record {
                break;
            }
        }
        &self.scratch
    }

    /// So many bytes of the stream are gone; gives frames back that are gone altogether.
    pub(crate) fn advance(&mut self, bytes: usize, mut done: impl FnMut(Vec<u8>)) {
        self.sent += bytes;
        while let Some(front) = self.frames.front()
            && self.sent >= PREFIX_BYTES + front.len()
        {
            self.sent -= PREFIX_BYTES + front.len();
            self.waiting -= front.len() as u64;
            if let Some(frame) = self.frames.pop_front() {
                done(frame);
            }
        }
    }

    /// The first frame that waits.
    pub(crate) fn front(&self) -> Option<&[u8]> {
        self.frames.front().map(Vec::as_slice)
    }

    /// Takes the first frame out: it is gone.
    pub(crate) fn pop(&mut self) -> Option<Vec<u8>> {
        let frame = self.frames.pop_front()?;
        self.waiting -= frame.len() as u64;
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_put_together_are_the_stream(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 0..12),
            takes in prop::collection::vec(1usize..50, 1..9),
        ) {
            let mut outbox = Outbox::new(1000);
            let mut expected = Vec::new();
            for frame in &frames {
                expected.extend((frame.len() as u32).to_le_bytes());
                expected.extend(frame);
                outbox.push(frame.clone()).unwrap();
            }
            let (mut stream, mut back) = (Vec::new(), Vec::new());
            for take in takes.iter().cycle() {
                let piece = outbox.piece(16, 48);
                prop_assert!(piece.len() <= 48);
                let taken = piece.len().min(*take);
                stream.extend_from_slice(&piece[..taken]);
                outbox.advance(taken, |frame| back.push(frame));
                if outbox.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(stream, expected);
            prop_assert_eq!(back, frames);
        }
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut outbox = Outbox::new(10);
        assert!(matches!(outbox.push(vec![0; 11]), Err(LinkError::Oversize { bytes: 11, bound: 10 })));
        outbox.push(vec![0; 10]).unwrap();
        outbox.push(vec![0; 10]).unwrap();
        assert!(matches!(outbox.push(vec![0; 10]), Err(LinkError::Full { .. })));
        assert_eq!(outbox.pop().map(|frame| frame.len()), Some(10));
        outbox.push(vec![0; 10]).unwrap();
    }
}
