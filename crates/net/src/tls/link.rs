//! Frames over one proven TLS connection.

use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::channel::{CHUNK_BYTES, Channel};
use crate::frame::PREFIX_BYTES;
use crate::wait::wait_fds;
use crate::{Fingerprint, Link, LinkError};

/// A link to a proven peer.
pub struct TlsLink {
    stream: TcpStream,
    channel: Channel,
    peer: Fingerprint,
    frame_bytes_max: u32,
    /// Plaintext that the socket did not take yet.
    pending: Vec<u8>,
    taken: usize,
    /// What broke the link; reported after the frames that came before.
    fault: Option<LinkError>,
}

impl TlsLink {
    pub(super) const fn new(stream: TcpStream, channel: Channel, peer: Fingerprint, frame_bytes_max: u32) -> Self {
        Self { stream, channel, peer, frame_bytes_max, pending: Vec::new(), taken: 0, fault: None }
    }

    /// The key that the peer has proven.
    #[must_use]
    pub const fn peer(&self) -> Fingerprint {
        self.peer
    }

    /// Writes bytes of the stream, or keeps what the socket does not take.
    fn write(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        let taken = if self.pending.is_empty() { self.channel.transmit(&self.stream, bytes)? } else { 0 };
        self.pending.extend_from_slice(&bytes[taken..]);
        Ok(())
    }

    /// Most plaintext that may wait: the frame that is being read and the one after it.
    fn pending_bound(&self) -> u64 {
        2 * (u64::from(self.frame_bytes_max) + PREFIX_BYTES as u64)
    }
}

impl Link for TlsLink {
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        let bytes = frame.len() as u64;
        if bytes > u64::from(self.frame_bytes_max) {
            return Err(LinkError::Oversize { bytes, bound: u64::from(self.frame_bytes_max) });
        }
        let waiting = (self.pending.len() - self.taken) as u64 + bytes;
        if waiting > self.pending_bound() {
            return Err(LinkError::Full { bytes: waiting, bound: self.pending_bound() });
        }
        // Prefix and first bytes share a record: small frames are one record, one write.
        let head = frame.len().min(CHUNK_BYTES - PREFIX_BYTES);
        let mut first = Vec::with_capacity(PREFIX_BYTES + head);
        first.extend_from_slice(&(frame.len() as u32).to_le_bytes());
        first.extend_from_slice(&frame[..head]);
        self.write(&first)?;
        self.write(&frame[head..])
    }

    fn try_recv(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        if let Some(frame) = self.channel.pop_frame() {
            return Ok(Some(frame));
        }
        if let Some(fault) = self.fault.take() {
            self.fault = Some(LinkError::Closed);
            return Err(fault);
        }
        if let Err(fault) = self.channel.receive(&self.stream) {
            self.fault = Some(fault);
            return match self.channel.pop_frame() {
                Some(frame) => Ok(Some(frame)),
                None => self.try_recv(),
            };
        }
        Ok(self.channel.pop_frame())
    }

    fn has_pending(&self) -> bool {
        self.channel.has_outgoing() || !self.pending.is_empty()
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        self.taken += self.channel.transmit(&self.stream, &self.pending[self.taken..])?;
        if self.taken == self.pending.len() {
            self.pending.clear();
            self.pending.shrink_to(CHUNK_BYTES);
            self.taken = 0;
        }
        Ok(())
    }

    fn close(&mut self) {
        // Half a frame followed by a farewell would look like good order; without it the peer sees a lost connection.
        if self.flush().is_ok() && self.pending.is_empty() {
            let _ = self.channel.farewell(&self.stream);
        }
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.stream.as_fd())
    }

    fn wait(&mut self, deadline: Instant) {
        let write = if self.has_pending() { PollFlags::OUT } else { PollFlags::empty() };
        let mut fds = [PollFd::new(&self.stream, PollFlags::IN | write)];
        let _ = wait_fds(&mut fds, deadline, Duration::ZERO);
    }
}
