//! Names of link kinds and addresses in text in, checked ones out.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// How two parties are joined once each has proven its key. Every kind begins with the same TLS 1.3 handshake.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum LinkKind {
    /// TCP or a Unix socket, encrypted by TLS 1.3: the only kind between hosts or users.
    #[default]
    Tls,
    /// TCP over loopback, in the clear.
    Tcp,
    /// A Unix socket, in the clear.
    Unix,
    /// Shared memory, in the clear; a Unix socket beside it wakes who sleeps.
    Shm,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Tls, Self::Tcp, Self::Unix, Self::Shm];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Tcp => "tcp",
            Self::Unix => "unix",
            Self::Shm => "shm",
        }
    }

    /// Whether what is sent can be read by whoever sees the wire: the kernel and its administrator, for links within one host.
    #[must_use]
    pub const fn is_clear(self) -> bool {
        !matches!(self, Self::Tls)
    }

    /// Whether it needs a Unix socket.
    #[must_use]
    pub const fn is_unix(self) -> bool {
        matches!(self, Self::Unix | Self::Shm)
    }

    /// The application protocol of the handshake (RFC 7301): sides that mean different kinds do not meet.
    pub(crate) const fn protocol(self) -> &'static [u8] {
        match self {
            Self::Tls => b"stoffel/2",
            Self::Tcp => b"stoffel/2 tcp",
            Self::Unix => b"stoffel/2 unix",
            Self::Shm => b"stoffel/2 shm",
        }
    }
}

impl fmt::Display for LinkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No kind of link has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("unknown kind of link `{0}`; known: tls, tcp, unix, shm")]
pub struct LinkKindError(pub String);

impl FromStr for LinkKind {
    type Err = LinkKindError;

    fn from_str(name: &str) -> Result<Self, LinkKindError> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| LinkKindError(name.to_owned()))
    }
}

/// Where a party listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Address {
    /// A TCP port.
    Tcp(SocketAddr),
    /// A Unix socket at a path.
    Unix(PathBuf),
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_refused() {
        for kind in LinkKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(kind.is_clear(), kind != LinkKind::Tls);
        }
        assert_eq!("TLS".parse::<LinkKind>(), Err(LinkKindError("TLS".to_owned())));
        assert_eq!(LinkKind::default(), LinkKind::Tls);
    }

    #[test]
    fn protocols_differ() {
        for a in LinkKind::ALL {
            assert_eq!(LinkKind::ALL.into_iter().filter(|b| a.protocol() == b.protocol()).count(), 1);
        }
    }
}
