//! A link in, the same link out, with every frame shown to a callback below encryption.

use crate::link::{Around, left_to_inner};
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

impl<L: Link, F> Around for Tap<L, F> {
    type Inner = L;

    fn inner(&self) -> &L {
        &self.link
    }

    fn inner_mut(&mut self) -> &mut L {
        &mut self.link
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

    left_to_inner!(has_pending flush close fd wait doze polls_writes due);
}
