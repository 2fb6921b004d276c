//! The header of a frame: fields in, 28 bytes out, and back.
//!
//! Lengths and order of everything behind the header follow from the schedule, which both sides compute; the header only
//! proves that they agree on it.

use crate::AbortReason;

/// Bytes of a header.
pub const HEADER_LEN: usize = 28;

/// What precedes the payload of a frame. All integers little endian, in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Tag of the session, a hash of its descriptor.
    pub session: u64,
    /// Flush within the session.
    pub epoch: u32,
    /// Round within the session.
    pub round: u32,
    /// Payload bytes that follow.
    pub len: u32,
    /// Digest of the schedule up to this round.
    pub digest: u64,
}

impl Header {
    /// The wire form.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let mut out = [0; HEADER_LEN];
        out[0..8].copy_from_slice(&self.session.to_le_bytes());
        out[8..12].copy_from_slice(&self.epoch.to_le_bytes());
        out[12..16].copy_from_slice(&self.round.to_le_bytes());
        out[16..20].copy_from_slice(&self.len.to_le_bytes());
        out[20..28].copy_from_slice(&self.digest.to_le_bytes());
        out
    }

    /// Splits a frame into header and payload.
    ///
    /// # Errors
    /// [`AbortReason::Malformed`] if the frame is shorter than a header or its length field is not that of the payload.
    pub fn decode(frame: &[u8]) -> Result<(Self, &[u8]), AbortReason> {
        let Some((head, payload)) = frame.split_at_checked(HEADER_LEN) else {
            return Err(AbortReason::Malformed("shorter than a header"));
        };
        let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        let header = Self { session: long(0), epoch: word(8), round: word(12), len: word(16), digest: long(20) };
        if header.len as usize != payload.len() {
            return Err(AbortReason::Malformed("length field and payload differ"));
        }
        Ok((header, payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_round_trip_and_bad_lengths_are_refused() {
        let header = Header { session: u64::MAX - 1, epoch: 2, round: 3, len: 2, digest: 5 << 40 };
        let mut frame = header.encode().to_vec();
        frame.extend([7, 8]);
        assert_eq!(Header::decode(&frame), Ok((header, &[7, 8][..])));
        frame.pop();
        assert!(Header::decode(&frame).is_err());
        assert!(Header::decode(&frame[..27]).is_err());
        assert!(Header::decode(&[]).is_err());
    }
}
