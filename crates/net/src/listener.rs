//! An address in, incoming connections out.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use crate::{Address, LinkError};

/// Listens on one address. The path of a Unix socket is removed when dropped.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    address: Address,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Binds a TCP port; port 0 lets the system choose.
    ///
    /// # Errors
    /// [`LinkError::Bind`] with the address, for example if the port is in use.
    pub fn bind(address: SocketAddr) -> Result<Self, LinkError> {
        let failed = |source| LinkError::Bind { address: address.into(), source };
        let socket = TcpListener::bind(address).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?.into();
        Ok(Self { socket: Socket::Tcp(socket), address })
    }

    /// Binds either kind of address.
    ///
    /// # Errors
    /// As [`Listener::bind`]; a path that exists is in use, whoever made it.
    pub fn bind_at(address: &Address) -> Result<Self, LinkError> {
        match address {
            Address::Tcp(address) => Self::bind(*address),
            Address::Unix(path) => Self::bind_unix(path),
        }
    }

    fn bind_unix(path: &Path) -> Result<Self, LinkError> {
        let failed = |source| LinkError::Bind { address: Address::Unix(path.to_owned()), source };
        let socket = UnixListener::bind(path).map_err(failed)?;
        let listener = Self { socket: Socket::Unix(socket), address: Address::Unix(path.to_owned()) };
        if let Socket::Unix(socket) = &listener.socket {
            socket.set_nonblocking(true).map_err(failed)?;
        }
        Ok(listener)
    }

    /// The address, with the port that the system chose.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// The TCP address, if it is one.
    #[must_use]
    pub const fn tcp_address(&self) -> Option<SocketAddr> {
        match &self.address {
            Address::Tcp(address) => Some(*address),
            Address::Unix(_) => None,
        }
    }

    /// The next connection, if one has arrived.
    ///
    /// # Errors
    /// If the socket fails.
    pub fn try_accept(&self) -> Result<Option<OwnedFd>, LinkError> {
        let accepted = match &self.socket {
            Socket::Tcp(socket) => socket.accept().map(|(stream, _)| stream.into()),
            Socket::Unix(socket) => socket.accept().map(|(stream, _)| stream.into()),
        };
        match accepted {
            Ok(stream) => Ok(Some(stream)),
            // A connection that was gone before it was taken is no failure of the listener.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::ConnectionAborted
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(LinkError::Io(error)),
        }
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Socket::Tcp(socket) => socket.as_fd(),
            Socket::Unix(socket) => socket.as_fd(),
        }
    }

    /// The path to remove in the end.
    fn path(&self) -> Option<&PathBuf> {
        match &self.address {
            Address::Tcp(_) => None,
            Address::Unix(path) => Some(path),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(path) = self.path() {
            // Somebody else may have cleaned up; there is nothing to do about a path that stays.
            let _ = std::fs::remove_file(path);
        }
    }
}
