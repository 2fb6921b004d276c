//! Frames over one proven TLS connection.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use super::channel::Channel;
use crate::outbox::Outbox;
use crate::socket::Socket;
use crate::wait::wait_fds;
use crate::{Link, LinkError};

/// An encrypted link to a proven peer.
pub(super) struct TlsLink {
    socket: Socket,
    channel: Channel,
    outbox: Outbox,
    /// What broke the link; reported after the frames that came before.
    fault: Option<LinkError>,
}

impl TlsLink {
    pub(super) const fn new(socket: Socket, channel: Channel, frame_bytes_max: u32) -> Self {
        Self { socket, channel, outbox: Outbox::new(frame_bytes_max), fault: None }
    }
}

impl Link for TlsLink {
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.send_vec(frame.to_vec())
    }

    fn send_vec(&mut self, frame: Vec<u8>) -> Result<(), LinkError> {
        self.outbox.push(frame)?;
        self.flush()
    }

    fn try_recv(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        if let Some(frame) = self.channel.pop_frame() {
            return Ok(Some(frame));
        }
        if let Some(fault) = self.fault.take() {
            self.fault = Some(LinkError::Closed);
            return Err(fault);
        }
        if let Err(fault) = self.channel.receive(&self.socket) {
            self.fault = Some(fault);
            return match self.channel.pop_frame() {
                Some(frame) => Ok(Some(frame)),
                None => self.try_recv(),
            };
        }
        Ok(self.channel.pop_frame())
    }

    fn has_pending(&self) -> bool {
        self.channel.has_outgoing() || !self.outbox.is_empty()
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        self.channel.transmit(&self.socket, &mut self.outbox)
    }

    fn close(&mut self) {
        // Half a frame followed by a farewell would look like good order; without it the peer sees a lost connection.
        if self.flush().is_ok() && self.outbox.is_empty() {
            let _ = self.channel.farewell(&self.socket);
        }
        self.socket.end_sending();
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.socket.as_fd())
    }

    fn wait(&mut self, deadline: Instant) {
        let mut fds = [self.socket.poll_fd(self.has_pending())];
        let _ = wait_fds(&mut fds, deadline);
    }
}
