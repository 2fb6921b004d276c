//! A TLS connection whose both ends are proven in, the same connection in the clear out, if both ends are one user's on one host.
//!
//! In lockstep, so that no byte in the clear is ever taken for a record or the other way round:
//! the dialler sends its host tag under TLS; the listener compares it and answers with its own; the dialler compares that and
//! sends one byte in the clear, for shared memory together with the memory; then both may send.
//! Invariant: a side that sees another tag, or anything between these messages, ends the connection.
//! Source: the keys are proven by RFC 8446; the tags say under them that nothing leaves this host and user.

use rustix::net::{AddressFamily, getpeername, sockopt};

use super::channel::Channel;
use crate::host::{HostTag, host_tag};
use crate::outbox::Outbox;
use crate::plain::PlainLink;
use crate::shm::{self, ShmLink};
use crate::socket::{Got, Socket};
use crate::{Link, LinkError, LinkKind};

/// The byte with which the dialler begins to speak in the clear.
pub(crate) const BEGIN: u8 = 0xc1;

/// One end of the way out of TLS.
pub(super) struct Leaving {
    kind: LinkKind,
    dialled: bool,
    frame_bytes_max: u32,
    tag: HostTag,
    outbox: Outbox,
    stage: Stage,
}

enum Stage {
    /// Waits for the peer's tag.
    Tag,
    /// The listener has sent its tag; waits for the first byte in the clear.
    Begin,
    /// Over; shared memory that was made or received, if that is the kind.
    Done(Option<shm::Memory>),
}

impl Leaving {
    /// Begins; the dialler speaks first.
    pub(super) fn new(kind: LinkKind, dialled: bool, frame_bytes_max: u32) -> Result<Self, LinkError> {
        let tag = host_tag()?;
        let mut outbox = Outbox::new(frame_bytes_max.max(tag.len() as u32));
        if dialled {
            outbox.push(tag.to_vec())?;
        }
        Ok(Self { kind, dialled, frame_bytes_max, tag, outbox, stage: Stage::Tag })
    }

    /// Moves on without waiting; `true` once both may speak in the clear.
    pub(super) fn advance(&mut self, channel: &mut Channel, socket: &Socket) -> Result<bool, LinkError> {
        loop {
            channel.transmit(socket, &mut self.outbox)?;
            match &mut self.stage {
                Stage::Done(_) => return Ok(true),
                Stage::Begin => match begun(socket, self.kind)? {
                    None => return Ok(false),
                    Some(memory) => self.stage = Stage::Done(memory),
                },
                Stage::Tag => {
                    let Some(tag) = channel.pop_frame() else {
                        channel.receive(socket)?;
                        match channel.has_frame() {
                            true => continue,
                            false => return Ok(false),
                        }
                    };
                    if tag != self.tag {
                        return Err(LinkError::Elsewhere("the peer is on another host or of another user"));
                    }
                    if !channel.is_quiet() {
                        return Err(LinkError::Elsewhere("the peer speaks out of turn"));
                    }
                    if self.dialled {
                        self.stage = Stage::Done(begin(socket, self.kind)?);
                    } else {
                        self.outbox.push(self.tag.to_vec())?;
                        self.stage = Stage::Begin;
                    }
                }
            }
        }
    }

    /// Whether something waits to be sent.
    pub(super) fn has_outgoing(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// The link, once it is over.
    pub(super) fn into_link(self, socket: Socket) -> Result<Box<dyn Link>, LinkError> {
        match self.stage {
            Stage::Done(None) => Ok(Box::new(PlainLink::new(socket, self.frame_bytes_max))),
            Stage::Done(Some(memory)) => Ok(Box::new(ShmLink::new(socket, memory, self.dialled, self.frame_bytes_max))),
            Stage::Tag | Stage::Begin => Err(LinkError::Tls("handshake is not complete".to_owned())),
        }
    }
}

/// Whether a socket can carry a kind of link: those in the clear never leave the host.
pub(super) fn carries(socket: &Socket, kind: LinkKind) -> Result<(), LinkError> {
    let domain = sockopt::socket_domain(socket)?;
    match kind {
        LinkKind::Tls => Ok(()),
        LinkKind::Unix | LinkKind::Shm if domain == AddressFamily::UNIX => Ok(()),
        LinkKind::Unix | LinkKind::Shm => {
            Err(LinkError::Elsewhere("this peer is reached by TCP, not by a Unix socket"))
        }
        LinkKind::Tcp => {
            let peer = getpeername(socket)?.and_then(|peer| std::net::SocketAddr::try_from(peer).ok());
            match peer {
                Some(peer) if peer.ip().is_loopback() => Ok(()),
                _ => Err(LinkError::Elsewhere("the peer's address is not on loopback")),
            }
        }
    }
}

/// The dialler's first byte in the clear.
fn begin(socket: &Socket, kind: LinkKind) -> Result<Option<shm::Memory>, LinkError> {
    if kind == LinkKind::Shm {
        return shm::Memory::make_and_pass(socket).map(Some);
    }
    match socket.write(&[BEGIN])? {
        1 => Ok(None),
        _ => Err(LinkError::Truncated),
    }
}

/// What the listener finds of it: nothing yet, or it has come.
fn begun(socket: &Socket, kind: LinkKind) -> Result<Option<Option<shm::Memory>>, LinkError> {
    if kind == LinkKind::Shm {
        return Ok(shm::Memory::receive(socket)?.map(Some));
    }
    let mut byte = [0];
    match socket.read(&mut byte)? {
        Got::Nothing => Ok(None),
        Got::Bytes(_) if byte == [BEGIN] => Ok(Some(None)),
        Got::Bytes(_) | Got::End => Err(LinkError::Truncated),
    }
}
