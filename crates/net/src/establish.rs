//! Keys and addresses of peers in, one proven link to each out.
//!
//! Dialling and listening go on at once, so the order in which processes start does not matter. Strangers that connect are
//! turned away and remembered for the message if somebody is missing at the end; at most a few unproven connections are
//! held at a time.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, getpeername, socket_with, sockopt};

use crate::tls::{Handshake, Options, ProvenLink};
use crate::wait::{poll_fd_of, wait_fds};
use crate::{Address, Fingerprint, Identity, Link, LinkError, LinkKind, Listener};

/// Pause before an address is dialled again.
const RETRY: Duration = Duration::from_millis(50);
/// Longest wait between looks at the stop flag.
const SLICE: Duration = Duration::from_millis(100);
/// Unproven incoming connections beyond the number of missing peers.
const STRANGERS_MAX: usize = 16;
/// Refusals that are remembered.
const REFUSALS_MAX: usize = 8;

/// How to reach a peer.
#[derive(Clone, Debug)]
pub enum Dial {
    /// This side dials.
    To(Address),
    /// The peer dials; this side listens.
    Awaited,
}

impl From<SocketAddr> for Dial {
    fn from(address: SocketAddr) -> Self {
        Self::To(address.into())
    }
}

/// Whom to meet and how long to try.
pub struct Peers<'a> {
    /// Address and key of each peer. Keys differ.
    pub peers: &'a [(Dial, Fingerprint)],
    /// Where peers that dial arrive.
    pub listener: Option<&'a Listener>,
    /// When to give up.
    pub deadline: Instant,
    /// Asked regularly: whether to give up at once.
    pub stop: &'a dyn Fn() -> bool,
}

/// A peer that could not be met, and which.
#[derive(Debug, thiserror::Error)]
#[error("{error}{}", refused_text(.refused))]
pub struct EstablishError {
    /// Index of the peer, if one is to blame.
    pub peer: Option<usize>,
    /// What is wrong.
    pub error: Box<LinkError>,
    /// Connections that were turned away meanwhile, and why.
    pub refused: Vec<String>,
}

fn refused_text(refused: &[String]) -> String {
    if refused.is_empty() { String::new() } else { format!("; turned away meanwhile: {}", refused.join("; ")) }
}

/// Opens a proven link to every peer; links are in the order of the peers.
///
/// # Errors
/// If a peer that is dialled proves another key, or a peer is missing at the deadline.
pub fn establish(identity: &Identity, peers: &Peers<'_>, options: Options) -> Result<Vec<ProvenLink>, EstablishError> {
    let started = Instant::now();
    let mut meeting = Meeting::new(identity, peers.peers, peers.listener, options);
    loop {
        meeting.advance()?;
        let Some(missing) = (0..peers.peers.len()).find(|&peer| !meeting.is_met(peer)) else { break };
        let stopped = (peers.stop)();
        if stopped || Instant::now() >= peers.deadline {
            let error = LinkError::Timeout { ms: started.elapsed().as_millis() as u64 };
            return Err(meeting.failed((!stopped).then_some(missing), error));
        }
        meeting.wait(&mut [], peers.deadline.min(Instant::now() + SLICE))?;
    }
    Ok((0..peers.peers.len()).filter_map(|peer| meeting.take(peer)).collect())
}

/// Peers on their way. Drive it with [`Meeting::advance`] and [`Meeting::wait`]; links can be taken as they come.
pub struct Meeting<'a> {
    identity: &'a Identity,
    listener: Option<&'a Listener>,
    options: Options,
    seats: Vec<Seat>,
    lobby: Vec<Handshake>,
    refused: Vec<String>,
}

struct Seat {
    dial: Dial,
    key: Fingerprint,
    kind: LinkKind,
    phase: Phase,
}

enum Phase {
    /// Waits for the peer to dial.
    Awaited,
    /// Dials at this time.
    Later(Instant),
    /// The connection is on its way.
    Connecting(OwnedFd),
    /// TLS is on its way.
    Shaking(Box<Handshake>),
    /// Proven.
    Met(Box<ProvenLink>),
    /// Proven and handed over.
    Taken,
}

impl Phase {
    fn start(dial: &Dial) -> Self {
        match dial {
            Dial::Awaited => Self::Awaited,
            Dial::To(_) => Self::Later(Instant::now()),
        }
    }
}

impl Seat {
    /// Moves a dialled connection on. Errors are final; a peer that is not there yet is dialled again.
    fn advance(&mut self, identity: &Identity, options: Options) -> Result<(), LinkError> {
        loop {
            let retry = Phase::Later(Instant::now() + RETRY);
            let next = match &mut self.phase {
                Phase::Awaited | Phase::Met(_) | Phase::Taken => return Ok(()),
                Phase::Later(when) if Instant::now() < *when => return Ok(()),
                Phase::Later(_) => match &self.dial {
                    Dial::Awaited => return Ok(()),
                    Dial::To(address) => dial(address).map_or(retry, Phase::Connecting),
                },
                Phase::Connecting(stream) => match is_connected(stream) {
                    Err(_) => retry,
                    Ok(false) => return Ok(()),
                    Ok(true) => {
                        let stream = stream.try_clone()?;
                        let shake = Handshake::dialled_over(stream, identity, self.key, self.kind, options)?;
                        Phase::Shaking(Box::new(shake))
                    }
                },
                Phase::Shaking(shake) => match shake.advance() {
                    Ok(false) => return Ok(()),
                    // A peer that is starting or has its lobby full cuts the line; ask again until the deadline.
                    Err(LinkError::Truncated | LinkError::Closed | LinkError::Timeout { .. }) => retry,
                    Err(error) => return Err(error),
                    Ok(true) => {
                        let Phase::Shaking(shake) = std::mem::replace(&mut self.phase, retry) else { return Ok(()) };
                        Phase::Met(Box::new(shake.into_link()?))
                    }
                },
            };
            self.phase = next;
        }
    }
}

impl<'a> Meeting<'a> {
    /// Begins to meet peers, whose keys differ; those who dial arrive at the listener.
    #[must_use]
    pub fn new(
        identity: &'a Identity,
        peers: &[(Dial, Fingerprint)],
        listener: Option<&'a Listener>,
        options: Options,
    ) -> Self {
        let seat = |(dial, key): &(Dial, Fingerprint)| Seat {
            dial: dial.clone(),
            key: *key,
            kind: LinkKind::Tls,
            phase: Phase::start(dial),
        };
        let seats = peers.iter().map(seat).collect();
        Self { identity, listener, options, seats, lobby: Vec::new(), refused: Vec::new() }
    }

    /// Joins the first `n` peers by links of another kind than TLS; the handshake refuses a peer that means another.
    #[must_use]
    pub fn over(mut self, kind: LinkKind, n: usize) -> Self {
        self.seats.iter_mut().take(n).for_each(|seat| seat.kind = kind);
        self
    }

    /// Moves on as far as possible without waiting.
    ///
    /// # Errors
    /// If a peer that is dialled proves another key, or the system fails.
    pub fn advance(&mut self) -> Result<(), EstablishError> {
        for index in 0..self.seats.len() {
            let moved = self.seats[index].advance(self.identity, self.options);
            moved.map_err(|error| self.failed(Some(index), error))?;
        }
        let served = self.listener.map_or(Ok(()), |listener| self.serve(listener));
        served.map_err(|error| self.failed(None, error))
    }

    /// Whether a peer has been met.
    #[must_use]
    pub fn is_met(&self, peer: usize) -> bool {
        matches!(self.seats[peer].phase, Phase::Met(_) | Phase::Taken)
    }

    /// The link to a peer that has been met, once.
    pub fn take(&mut self, peer: usize) -> Option<ProvenLink> {
        match std::mem::replace(&mut self.seats[peer].phase, Phase::Taken) {
            Phase::Met(link) => Some(*link),
            other => {
                self.seats[peer].phase = other;
                None
            }
        }
    }

    /// Whether nobody from the given seat on is missing any more.
    #[must_use]
    pub fn is_over(&self, first: usize) -> bool {
        (first..self.seats.len()).all(|peer| self.is_met(peer))
    }

    /// Connections that were turned away so far, and why.
    #[must_use]
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// Blames a peer, with what has been turned away so far.
    #[must_use]
    pub fn failed(&self, peer: Option<usize>, error: LinkError) -> EstablishError {
        EstablishError { peer, error: Box::new(error), refused: self.refused.clone() }
    }

    /// Waits for news of the meeting or of other links, a dial that is due, or the deadline.
    ///
    /// # Errors
    /// If polling fails.
    pub fn wait(&self, links: &mut [&mut dyn Link], deadline: Instant) -> Result<(), EstablishError> {
        let mut until = links.iter().filter_map(|link| link.due()).fold(deadline, Instant::min);
        if links.iter_mut().fold(false, |news, link| news | link.doze()) {
            return Ok(());
        }
        let mut fds: Vec<PollFd<'_>> = links.iter().filter_map(|link| poll_fd_of(&**link)).collect();
        for seat in &self.seats {
            match &seat.phase {
                Phase::Later(when) => until = until.min(*when),
                Phase::Connecting(stream) => fds.push(PollFd::new(stream, PollFlags::OUT)),
                Phase::Shaking(shake) => fds.push(shake.poll_fd()),
                Phase::Awaited | Phase::Met(_) | Phase::Taken => {}
            }
        }
        let has_room = self.lobby.len() < self.room();
        if let Some(listener) = self.listener.filter(|_| has_room) {
            fds.push(PollFd::from_borrowed_fd(listener.fd(), PollFlags::IN));
        }
        fds.extend(self.lobby.iter().map(Handshake::poll_fd));
        wait_fds(&mut fds, until).map_err(|error| self.failed(None, error))
    }

    /// How many unproven connections are held: none when nobody is awaited.
    fn room(&self) -> usize {
        let awaited = self.seats.iter().filter(|seat| matches!(seat.phase, Phase::Awaited)).count();
        if awaited == 0 { 0 } else { awaited + STRANGERS_MAX }
    }

    /// Lets strangers in as far as there is room, and seats those who prove that they are awaited.
    fn serve(&mut self, listener: &Listener) -> Result<(), LinkError> {
        let waits = self.seats.iter().filter(|seat| matches!(seat.phase, Phase::Awaited));
        let awaited: Vec<(Fingerprint, LinkKind)> = waits.map(|seat| (seat.key, seat.kind)).collect();
        while self.lobby.len() < self.room() {
            let Some(stream) = listener.try_accept()? else { break };
            match Handshake::accepted_over(stream, self.identity, &awaited, self.options) {
                Ok(shake) => self.lobby.push(shake),
                Err(error) => self.note(&error),
            }
        }
        for mut shake in std::mem::take(&mut self.lobby) {
            match shake.advance() {
                Ok(false) => self.lobby.push(shake),
                Ok(true) => self.seat(shake.into_link()?),
                Err(error) => self.note(&error),
            }
        }
        Ok(())
    }

    /// The first connection of a key keeps the seat.
    fn seat(&mut self, link: ProvenLink) {
        let free = |seat: &&mut Seat| seat.key == link.peer() && matches!(seat.phase, Phase::Awaited);
        if let Some(seat) = self.seats.iter_mut().find(free) {
            seat.phase = Phase::Met(Box::new(link));
        }
    }

    fn note(&mut self, error: &LinkError) {
        if self.refused.len() < REFUSALS_MAX {
            self.refused.push(error.to_string());
        }
    }
}

/// Begins a connection without waiting for it.
fn dial(address: &Address) -> Result<OwnedFd, Errno> {
    let family = match address {
        Address::Tcp(SocketAddr::V4(_)) => AddressFamily::INET,
        Address::Tcp(SocketAddr::V6(_)) => AddressFamily::INET6,
        Address::Unix(_) => AddressFamily::UNIX,
    };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, None)?;
    let begun = match address {
        Address::Tcp(address) => connect(&socket, address),
        Address::Unix(path) => connect(&socket, &SocketAddrUnix::new(path.as_path())?),
    };
    match begun {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
        Err(error) => Err(error),
    }
}

/// Whether a connection that was begun stands.
fn is_connected(socket: &OwnedFd) -> Result<bool, Errno> {
    sockopt::socket_error(socket)??;
    match getpeername(socket) {
        Ok(_) => Ok(true),
        Err(Errno::NOTCONN) => Ok(false),
        Err(error) => Err(error),
    }
}
