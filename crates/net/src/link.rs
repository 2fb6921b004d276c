//! One authenticated, ordered, bounded connection to a peer, driven by the thread that uses it.

use std::time::Instant;

use crate::{Address, LinkKind};

/// A connection that moves whole frames both ways without blocking.
pub trait Link: Send {
    /// Queues a frame and writes what the transport takes now.
    ///
    /// # Errors
    /// If the frame exceeds the bound of this link or the connection is gone.
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError>;
    /// As [`Link::send`], with the frame's memory: what the transport does not take now waits there, uncopied, and what comes later is
    /// read into it.
    ///
    /// # Errors
    /// As [`Link::send`].
    fn send_vec(&mut self, frame: Vec<u8>) -> Result<(), LinkError> {
        self.send(&frame)
    }
    /// The next whole frame, if one has arrived.
    ///
    /// # Errors
    /// If the peer announces a frame above the bound, closes, or breaks the transport's rules.
    fn try_recv(&mut self) -> Result<Option<Vec<u8>>, LinkError>;
    /// Whether bytes of [`Link::send`] still wait for the transport.
    fn has_pending(&self) -> bool;
    /// Writes more of what waits.
    ///
    /// # Errors
    /// If the connection is gone.
    fn flush(&mut self) -> Result<(), LinkError>;
    /// Tells the peer that nothing more comes.
    fn close(&mut self);
    /// The descriptor to poll for readiness; `None` for links of one process, which wake by [`Link::wait`].
    fn fd(&self) -> Option<std::os::fd::BorrowedFd<'_>>;
    /// Blocks until this link may have news or the deadline passes; only for links without descriptor.
    fn wait(&mut self, deadline: Instant);
    /// Announces that this side is about to sleep on the descriptor; `true` if there may be news already, so that it must not. To be
    /// called before every such sleep.
    fn doze(&mut self) -> bool {
        false
    }
    /// Whether a sleep on the descriptor also ends when it can be written to.
    fn polls_writes(&self) -> bool {
        self.has_pending()
    }
    /// When the link has news by itself, without any on its descriptor: links that delay frames.
    fn due(&self) -> Option<Instant> {
        None
    }
}

/// Methods that a link leaves to the one it wraps.
macro_rules! left_to_inner {
    ($($method:ident)*) => { $(left_to_inner!(@ $method);)* };
    (@ send) => {
        fn send(&mut self, frame: &[u8]) -> Result<(), $crate::LinkError> {
            self.inner_mut().send(frame)
        }
    };
    (@ send_vec) => {
        fn send_vec(&mut self, frame: Vec<u8>) -> Result<(), $crate::LinkError> {
            self.inner_mut().send_vec(frame)
        }
    };
    (@ try_recv) => {
        fn try_recv(&mut self) -> Result<Option<Vec<u8>>, $crate::LinkError> {
            self.inner_mut().try_recv()
        }
    };
    (@ has_pending) => {
        fn has_pending(&self) -> bool {
            self.inner().has_pending()
        }
    };
    (@ flush) => {
        fn flush(&mut self) -> Result<(), $crate::LinkError> {
            self.inner_mut().flush()
        }
    };
    (@ close) => {
        fn close(&mut self) {
            self.inner_mut().close();
        }
    };
    (@ fd) => {
        fn fd(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
            self.inner().fd()
        }
    };
    (@ wait) => {
        fn wait(&mut self, deadline: std::time::Instant) {
            self.inner_mut().wait(deadline);
        }
    };
    (@ doze) => {
        fn doze(&mut self) -> bool {
            self.inner_mut().doze()
        }
    };
    (@ polls_writes) => {
        fn polls_writes(&self) -> bool {
            self.inner().polls_writes()
        }
    };
    (@ due) => {
        fn due(&self) -> Option<std::time::Instant> {
            self.inner().due()
        }
    };
}
pub(crate) use left_to_inner;

/// A link around another, for [`left_to_inner`].
pub(crate) trait Around {
    /// What it wraps.
    type Inner: Link + ?Sized;
    /// To look at.
    fn inner(&self) -> &Self::Inner;
    /// To use.
    fn inner_mut(&mut self) -> &mut Self::Inner;
}

impl<L: Link + ?Sized> Around for Box<L> {
    type Inner = L;

    fn inner(&self) -> &L {
        self
    }

    fn inner_mut(&mut self) -> &mut L {
        self
    }
}

impl<L: Link + ?Sized> Link for Box<L> {
    left_to_inner!(send send_vec try_recv has_pending flush close fd wait doze polls_writes due);
}

/// Why a link ended: told once, after the frames that came before; from then on it is closed.
#[derive(Debug)]
pub(crate) struct Ending(Option<LinkError>);

impl Ending {
    /// Of a link that goes on.
    pub(crate) const NONE: Self = Self(None);

    /// Whether the link has ended.
    pub(crate) const fn is_known(&self) -> bool {
        self.0.is_some()
    }

    /// Notes why.
    pub(crate) fn set(&mut self, why: LinkError) {
        self.0 = Some(why);
    }

    /// The frame, or why there will be none.
    ///
    /// # Errors
    /// If there is no frame and the link has ended.
    pub(crate) fn after(&mut self, frame: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, LinkError> {
        match (frame, &mut self.0) {
            (None, Some(why)) => Err(std::mem::replace(why, LinkError::Closed)),
            (frame, _) => Ok(frame),
        }
    }
}

/// Why a link failed.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The peer is gone, in good order.
    #[error("connection closed by peer")]
    Closed,
    /// The connection ended without the peer's farewell: it crashed, was killed, or somebody cut the line.
    #[error("connection lost")]
    Truncated,
    /// A frame above the agreed bound was announced or offered.
    #[error("frame of {bytes} bytes exceeds the bound of {bound}")]
    Oversize {
        /// Announced size in bytes.
        bytes: u64,
        /// Bound in bytes.
        bound: u64,
    },
    /// More is queued for the peer than the link may hold.
    #[error("{bytes} bytes wait for a peer that does not read, bound {bound}")]
    Full {
        /// Bytes that would wait.
        bytes: u64,
        /// Bound in bytes.
        bound: u64,
    },
    /// The peer did not prove the identity that was asked for.
    #[error("peer key {found} is not the expected {expected}")]
    WrongPeer {
        /// Fingerprint presented.
        found: String,
        /// Fingerprint pinned.
        expected: String,
    },
    /// The peer's certificate is not valid at this time.
    #[error("certificate of peer key {peer} is {state} (valid from {from} to {to}); renew it or check both clocks")]
    Validity {
        /// Fingerprint presented.
        peer: String,
        /// `expired` or `not valid yet`.
        state: &'static str,
        /// Start of validity.
        from: String,
        /// End of validity.
        to: String,
    },
    /// The peer's certificate is none that this system makes.
    #[error("foreign certificate: {0}")]
    Foreign(&'static str),
    /// The peer closed the channel with an alert: it did not accept this side.
    #[error("peer refused this side's certificate or messages: {0}")]
    Refused(String),
    /// The peer has proven its key, and means another kind of link.
    #[error("peer wants a link of kind {found}, this side one of kind {expected}: both descriptors must say the same")]
    Kind {
        /// What the peer wants.
        found: LinkKind,
        /// What this side wants.
        expected: LinkKind,
    },
    /// A link in the clear was asked for, between places where it would be unsafe.
    #[error("a link in the clear joins processes of one user on one host only, and {0}; use link = \"tls\"")]
    Elsewhere(&'static str),
    /// TLS failed.
    #[error("secure channel: {0}")]
    Tls(String),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}{}", in_use_hint(.source))]
    Bind {
        /// The address asked for.
        address: Address,
        /// What the system answered.
        source: std::io::Error,
    },
    /// The transport failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A peer in shared memory broke the rules of the ring.
    #[error("shared memory: {0}")]
    Shared(&'static str),
    /// Nothing arrived in time.
    #[error("no answer within {ms} ms")]
    Timeout {
        /// The deadline in milliseconds.
        ms: u64,
    },
}

impl From<rustix::io::Errno> for LinkError {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Io(error.into())
    }
}

fn in_use_hint(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::AddrInUse => "; another process listens there, choose another port or end it",
        _ => "",
    }
}
