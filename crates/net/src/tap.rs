//! A link in, the same link out, with every frame shown to a callback below encryption.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use crate::{Link, LinkError};

/// Which way a frame went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Sent to the peer.
    Out,
    /// Received from the peer.
    In,
}

/// Shows the plaintext frames of a link: transcripts for tests and measurements.
pub struct Tap<L, F> {
    link: L,
    show: F,
}

impl<L: Link, F: FnMut(Direction, &[u8]) + Send> Tap<L, F> {
    /// Wraps a link.
    pub const fn new(link: L, show: F) -> Self {
        Self { link, show }
    }
}

impl<L: Link, F: FnMut(Direction, &[u8]) + Send> Link for Tap<L, F> {
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        (self.show)(Direction::Out, frame);
        self.link.send(frame)
    }

    fn send_vec(&mut self, frame: Vec<u8>) -> Result<(), LinkError> {
        (self.show)(Direction::Out, &frame);
        self.link.send_vec(frame)
    }

    fn try_recv(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        let frame = self.link.try_recv()?;
        if let Some(frame) = &frame {
            (self.show)(Direction::In, frame);
        }
        Ok(frame)
    }

    fn has_pending(&self) -> bool {
        self.link.has_pending()
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        self.link.flush()
    }

    fn close(&mut self) {
        self.link.close();
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.link.fd()
    }

    fn wait(&mut self, deadline: Instant) {
        self.link.wait(deadline);
    }

    fn doze(&mut self) -> bool {
        self.link.doze()
    }

    fn polls_writes(&self) -> bool {
        self.link.polls_writes()
    }

    fn due(&self) -> Option<Instant> {
        self.link.due()
    }
}
