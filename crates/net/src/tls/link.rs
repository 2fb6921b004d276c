//! Frames over one proven TLS connection.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use super::channel::Channel;
use crate::link::Ending;
use crate::outbox::Outbox;
use crate::socket::Socket;
use crate::wait::wait_fds;
use crate::{Link, LinkError};

/// An encrypted link to a proven peer.
pub(super) struct TlsLink {
    socket: Socket,
    channel: Channel,
    outbox: Outbox,
    ending: Ending,
}

impl TlsLink {
    pub(super) const fn new(socket: Socket, channel: Channel, frame_bytes_max: u32) -> Self {
        Self { socket, channel, outbox: Outbox::new(frame_bytes_max), ending: Ending::NONE }
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
        let mut frame = self.channel.pop_frame();
        if frame.is_none() && !self.ending.is_known() {
            if let Err(why) = self.channel.receive(&self.socket) {
                self.ending.set(why);
            }
            frame = self.channel.pop_frame();
        }
        self.ending.after(frame)
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
