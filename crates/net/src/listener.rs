//! An address in, incoming connections out.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use crate::LinkError;

/// Listens on one address.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds; port 0 lets the system choose.
    ///
    /// # Errors
    /// [`LinkError::Bind`] with the address, for example if the port is in use.
    pub fn bind(address: SocketAddr) -> Result<Self, LinkError> {
        let failed = |source| LinkError::Bind { address, source };
        let socket = TcpListener::bind(address).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address })
    }

    /// The address with the port that the system chose.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connection, if one has arrived.
    ///
    /// # Errors
    /// If the socket fails.
    pub fn try_accept(&self) -> Result<Option<TcpStream>, LinkError> {
        match self.socket.accept() {
            Ok((stream, _)) => Ok(Some(stream)),
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
        self.socket.as_fd()
    }
}
