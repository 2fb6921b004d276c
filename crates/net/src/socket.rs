//! A connected stream socket in, bytes in and out of it without ever waiting.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, Shutdown, recv, send, shutdown, sockopt};

use crate::LinkError;

/// Buffer asked for on both sides of a Unix socket, in bytes. TCP sizes its own: a fixed size would end its tuning.
const UNIX_BUFFER_BYTES: usize = 4 << 20;

/// A non-blocking stream socket, TCP or Unix.
#[derive(Debug)]
pub(crate) struct Socket {
    fd: OwnedFd,
}

/// What a read gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Got {
    /// So many bytes.
    Bytes(usize),
    /// Nothing is there now.
    Nothing,
    /// Nothing will come any more.
    End,
}

impl Socket {
    /// Takes a connected socket over: it no longer blocks, and sends small frames at once.
    pub(crate) fn new(fd: OwnedFd) -> Result<Self, LinkError> {
        rustix::io::ioctl_fionbio(&fd, true)?;
        if sockopt::socket_domain(&fd)? == AddressFamily::UNIX {
            // A system that gives less has said so by its limits; frames then go in smaller pieces.
            let _ = sockopt::set_socket_send_buffer_size(&fd, UNIX_BUFFER_BYTES);
            let _ = sockopt::set_socket_recv_buffer_size(&fd, UNIX_BUFFER_BYTES);
        } else {
            sockopt::set_tcp_nodelay(&fd, true)?;
        }
        Ok(Self { fd })
    }

    /// Takes what is there, as far as it fits.
    pub(crate) fn read(&self, into: &mut [u8]) -> Result<Got, LinkError> {
        match recv(&self.fd, into, RecvFlags::DONTWAIT) {
            Ok((0, _)) => Ok(Got::End),
            Ok((bytes, _)) => Ok(Got::Bytes(bytes)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(Got::Nothing),
            Err(error) => Err(lost(error)),
        }
    }

    /// Hands over as much as the system takes; 0 if it takes nothing now.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<usize, LinkError> {
        loop {
            match send(&self.fd, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(taken) => return Ok(taken),
                Err(Errno::AGAIN) => return Ok(0),
                Err(Errno::INTR) => {}
                Err(error) => return Err(lost(error)),
            }
        }
    }

    /// Nothing more is sent; what is under way arrives.
    pub(crate) fn end_sending(&self) {
        // A peer that is gone needs no telling.
        let _ = shutdown(&self.fd, Shutdown::Write);
    }

    /// What to poll for.
    pub(crate) fn poll_fd(&self, writes: bool) -> PollFd<'_> {
        let write = if writes { PollFlags::OUT } else { PollFlags::empty() };
        PollFd::new(&self.fd, PollFlags::IN | write)
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// A connection that was reset is a lost peer, whatever the system calls it.
pub(crate) fn lost(error: Errno) -> LinkError {
    match error {
        Errno::CONNRESET | Errno::PIPE | Errno::CONNABORTED => LinkError::Truncated,
        other => LinkError::Io(other.into()),
    }
}
