//! Frames over a connected socket of this host, in the clear. Whom it joins has been proven before (`tls::leave`).
//!
//! A long frame is read straight into its own memory and written straight out of it. A farewell is the announcement of a frame
//! longer than any may be, so a peer that has ended is told from one that has crashed.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use crate::frame::{FrameReader, PREFIX_BYTES};
use crate::link::Ending;
use crate::outbox::Outbox;
use crate::socket::{Got, Socket};
use crate::wait::wait_fds;
use crate::{Link, LinkError};

/// Bytes put together for one write, and read at a time between frames.
const RECORD_BYTES: usize = 64 * 1024;
/// Most bytes of one write or read of a long frame.
const CHUNK_BYTES: usize = 1 << 20;
/// Reads of one call, so that one busy peer does not starve the others.
const READS_MAX: usize = 32;
/// In place of a length: nothing follows.
const FAREWELL: [u8; PREFIX_BYTES] = [0xff; PREFIX_BYTES];

/// A link in the clear to a peer of the same user on this host.
pub(crate) struct PlainLink {
    socket: Socket,
    outbox: Outbox,
    frames: FrameReader,
    incoming: Box<[u8]>,
    ending: Ending,
}

impl PlainLink {
    /// Frames up to a bound, which is below 4 GiB.
    pub(crate) fn new(socket: Socket, frame_bytes_max: u32) -> Self {
        let frame_bytes_max = frame_bytes_max.min(u32::MAX - 1);
        Self {
            socket,
            outbox: Outbox::new(frame_bytes_max),
            frames: FrameReader::new(frame_bytes_max),
            incoming: vec![0; RECORD_BYTES].into(),
            ending: Ending::NONE,
        }
    }

    /// Reads until a frame is whole or the socket is empty.
    fn receive(&mut self) -> Result<(), LinkError> {
        for _ in 0..READS_MAX {
            if self.frames.has_frame() {
                return Ok(());
            }
            self.frames.fault().map_err(|fault| match fault {
                LinkError::Oversize { bytes, .. } if bytes == u64::from(u32::MAX) => LinkError::Closed,
                other => other,
            })?;
            let missing = self.frames.missing();
            let got = if missing >= RECORD_BYTES {
                let space = self.frames.space();
                let room = space.len().min(CHUNK_BYTES);
                let got = self.socket.read(&mut space[..room])?;
                if let Got::Bytes(bytes) = got {
                    self.frames.filled(bytes);
                }
                got
            } else {
                let got = self.socket.read(&mut self.incoming)?;
                if let Got::Bytes(bytes) = got {
                    self.frames.push(&self.incoming[..bytes]);
                }
                got
            };
            match got {
                Got::Bytes(_) => {}
                Got::Nothing => return Ok(()),
                Got::End => return Err(LinkError::Truncated),
            }
        }
        Ok(())
    }
}

impl Link for PlainLink {
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.send_vec(frame.to_vec())
    }

    fn send_vec(&mut self, frame: Vec<u8>) -> Result<(), LinkError> {
        self.outbox.push(frame)?;
        self.flush()
    }

    fn try_recv(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        if !self.ending.is_known()
            && let Err(why) = self.receive()
        {
            self.ending.set(why);
        }
        self.ending.after(self.frames.pop())
    }

    fn has_pending(&self) -> bool {
        !self.outbox.is_empty()
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        while !self.outbox.is_empty() {
            match self.socket.write(self.outbox.piece(RECORD_BYTES, CHUNK_BYTES))? {
                0 => return Ok(()),
                bytes => self.outbox.advance(bytes, |frame| self.frames.recycle(frame)),
            }
        }
        Ok(())
    }

    fn close(&mut self) {
        if self.flush().is_ok() && self.outbox.is_empty() {
            let _ = self.socket.write(&FAREWELL);
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
