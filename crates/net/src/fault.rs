//! A link in, the same link out with one planned fault in what it sends.

use crate::link::{Around, left_to_inner};
use crate::{Link, LinkError};

/// What goes wrong, counted in frames sent from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The frame is not sent; later ones are.
    Drop(u64),
    /// One bit of the frame is flipped (`bit` modulo its length).
    Flip {
        /// The frame.
        frame: u64,
        /// Bit position.
        bit: usize,
    },
    /// The frame is sent twice.
    Repeat(u64),
    /// From this frame on nothing is sent, without farewell.
    Silence(u64),
    /// The link is closed in place of this frame.
    Close(u64),
}

/// A link with a fault, for tests of what peers do about it.
pub struct Faulty<L> {
    link: L,
    fault: Fault,
    sent: u64,
}

impl<L: Link> Faulty<L> {
    /// Wraps a link.
    pub const fn new(link: L, fault: Fault) -> Self {
        Self { link, fault, sent: 0 }
    }
}

impl<L: Link> Around for Faulty<L> {
    type Inner = L;

    fn inner(&self) -> &L {
        &self.link
    }

    fn inner_mut(&mut self) -> &mut L {
        &mut self.link
    }
}

impl<L: Link> Link for Faulty<L> {
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        let number = self.sent;
        self.sent += 1;
        match self.fault {
            Fault::Drop(at) if at == number => Ok(()),
            Fault::Silence(at) if number >= at => Ok(()),
            Fault::Flip { frame: at, bit } if at == number && !frame.is_empty() => {
                let mut changed = frame.to_vec();
                let bit = bit % (8 * changed.len());
                changed[bit / 8] ^= 1 << (bit % 8);
                self.link.send(&changed)
            }
            Fault::Repeat(at) if at == number => {
                self.link.send(frame)?;
                self.link.send(frame)
            }
            Fault::Close(at) if number >= at => {
                self.link.close();
                Ok(())
            }
            _ => self.link.send(frame),
        }
    }

    left_to_inner!(try_recv has_pending flush close fd wait doze polls_writes due);
}
