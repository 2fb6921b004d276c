//! A TCP connection and an identity in, a link to a proven peer out: TLS 1.3, both sides authenticated by pinned keys.
//!
//! Only TLS 1.3 with AES-128-GCM or ChaCha20-Poly1305, Ed25519 certificates, no resumption, no early data. Before the peer
//! is proven it can make this side hold at most 32 KiB and wait at most the handshake limit.
//! Source: RFC 8446; rustls with its unbuffered interface, so that bulk data moves in large chunks.

mod channel;
mod leave;
mod link;
mod verify;

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::PollFd;
use rustls::client::{Resumption, UnbufferedClientConnection};
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{cipher_suite, default_provider};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::server::{NoServerSessionStorage, UnbufferedServerConnection};
use rustls::{ClientConfig, ServerConfig};

use self::channel::{Channel, Conn};
pub(crate) use self::leave::BEGIN;
use self::leave::{Leaving, carries};
use self::link::TlsLink;
pub(crate) use self::verify::spki_of;
use self::verify::{FixedTime, Pinned};
use crate::link::{Around, left_to_inner};
use crate::socket::Socket;
use crate::wait::wait_fds;
use crate::{Fingerprint, Identity, Link, LinkError, LinkKind};

/// Bounds of a TLS link.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most bytes of one frame.
    pub frame_bytes_max: u32,
    /// Most milliseconds from TCP connection to proven peer.
    pub handshake_ms: u64,
    /// The time, in seconds since 1970, at which certificates must be valid.
    pub now_unix_s: u64,
}

impl Options {
    /// Frames up to 1 GiB, handshakes up to 5 s.
    #[must_use]
    pub const fn at(now_unix_s: u64) -> Self {
        Self { frame_bytes_max: 1 << 30, handshake_ms: 5000, now_unix_s }
    }
}

/// A connection whose peer is not proven yet.
pub struct Handshake {
    socket: Socket,
    channel: Channel,
    pinned: Arc<Pinned>,
    options: Options,
    deadline: Instant,
    dialled: bool,
    /// Whom this side expects, and by which kind of link.
    expected: Vec<(Fingerprint, LinkKind)>,
    /// On the way out of TLS, for links in the clear.
    leaving: Option<Leaving>,
}

/// A link to a peer that has proven its key.
pub struct ProvenLink {
    peer: Fingerprint,
    kind: LinkKind,
    link: Box<dyn Link>,
}

impl Handshake {
    /// Begins as the side that dialled and expects one key, over an encrypted link.
    ///
    /// # Errors
    /// If the socket or the identity cannot be used.
    pub fn dialled(
        stream: impl Into<OwnedFd>,
        identity: &Identity,
        expected: Fingerprint,
        options: Options,
    ) -> Result<Self, LinkError> {
        Self::dialled_over(stream, identity, expected, LinkKind::Tls, options)
    }

    /// As [`Handshake::dialled`], over a link of some kind.
    ///
    /// # Errors
    /// If the socket or the identity cannot be used, or the socket cannot carry such a link.
    pub fn dialled_over(
        stream: impl Into<OwnedFd>,
        identity: &Identity,
        expected: Fingerprint,
        kind: LinkKind,
        options: Options,
    ) -> Result<Self, LinkError> {
        let pinned = Arc::new(Pinned::new(vec![expected], options.now_unix_s));
        let time = Arc::new(FixedTime(options.now_unix_s));
        let verifier: Arc<Pinned> = Arc::clone(&pinned);
        let mut config = ClientConfig::builder_with_details(provider(), time)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| channel::error_of(&error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_auth_cert(vec![identity.certificate()], PrivateKeyDer::Pkcs8(identity.key()))
            .map_err(|error| channel::error_of(&error))?;
        config.resumption = Resumption::disabled();
        config.enable_sni = false;
        config.alpn_protocols = vec![kind.protocol().to_vec()];
        let name = ServerName::try_from("stoffel").map_err(|_| LinkError::Foreign("name"))?;
        let conn =
            UnbufferedClientConnection::new(Arc::new(config), name).map_err(|error| channel::error_of(&error))?;
        Self::begin(stream.into(), Conn::Client(conn), pinned, vec![(expected, kind)], options)
    }

    /// Begins as the side that listened and accepts any of some keys, over encrypted links.
    ///
    /// # Errors
    /// If the socket or the identity cannot be used.
    pub fn accepted(
        stream: impl Into<OwnedFd>,
        identity: &Identity,
        allowed: &[Fingerprint],
        options: Options,
    ) -> Result<Self, LinkError> {
        let allowed: Vec<_> = allowed.iter().map(|key| (*key, LinkKind::Tls)).collect();
        Self::accepted_over(stream, identity, &allowed, options)
    }

    /// As [`Handshake::accepted`], each key over a link of its kind.
    ///
    /// # Errors
    /// If the socket or the identity cannot be used.
    pub fn accepted_over(
        stream: impl Into<OwnedFd>,
        identity: &Identity,
        allowed: &[(Fingerprint, LinkKind)],
        options: Options,
    ) -> Result<Self, LinkError> {
        let keys = allowed.iter().map(|(key, _)| *key).collect();
        let pinned = Arc::new(Pinned::new(keys, options.now_unix_s));
        let time = Arc::new(FixedTime(options.now_unix_s));
        let verifier: Arc<Pinned> = Arc::clone(&pinned);
        let mut config = ServerConfig::builder_with_details(provider(), time)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| channel::error_of(&error))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![identity.certificate()], PrivateKeyDer::Pkcs8(identity.key()))
            .map_err(|error| channel::error_of(&error))?;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.max_early_data_size = 0;
        let wanted = |kind: &LinkKind| *kind == LinkKind::Tls || allowed.iter().any(|(_, one)| one == kind);
        config.alpn_protocols = LinkKind::ALL.into_iter().filter(wanted).map(|kind| kind.protocol().to_vec()).collect();
        let conn = UnbufferedServerConnection::new(Arc::new(config)).map_err(|error| channel::error_of(&error))?;
        Self::begin(stream.into(), Conn::Server(conn), pinned, allowed.to_vec(), options)
    }

    fn begin(
        stream: OwnedFd,
        conn: Conn,
        pinned: Arc<Pinned>,
        expected: Vec<(Fingerprint, LinkKind)>,
        options: Options,
    ) -> Result<Self, LinkError> {
        let socket = Socket::new(stream)?;
        let dialled = matches!(conn, Conn::Client(_));
        if let (true, [(_, kind)]) = (dialled, &expected[..]) {
            carries(&socket, *kind)?;
        }
        let channel = Channel::new(conn, options.frame_bytes_max);
        let deadline = Instant::now() + Duration::from_millis(options.handshake_ms);
        Ok(Self { socket, channel, pinned, options, deadline, dialled, expected, leaving: None })
    }

    /// Moves on as far as possible without waiting: `Ok(true)` once the peer is proven and the link is of its kind.
    ///
    /// # Errors
    /// If the peer is another, its certificate is not valid, it breaks the protocol, means another kind of link, closes, or is too
    /// slow.
    pub fn advance(&mut self) -> Result<bool, LinkError> {
        let outcome = match &mut self.leaving {
            Some(leaving) => leaving.advance(&mut self.channel, &self.socket),
            None => match self.channel.handshake(&self.socket) {
                Ok(true) => self.leave(),
                other => other,
            },
        };
        match outcome {
            Err(LinkError::Tls(text)) => Err(self.pinned.take_fault().unwrap_or(LinkError::Tls(text))),
            Ok(false) if Instant::now() >= self.deadline => Err(LinkError::Timeout { ms: self.options.handshake_ms }),
            other => other,
        }
    }

    /// The peer is proven: whether it means the kind of link that this side expects of it, and what that needs.
    fn leave(&mut self) -> Result<bool, LinkError> {
        let (peer, expected) = self.proven()?;
        let found = LinkKind::ALL.into_iter().find(|kind| Some(kind.protocol()) == self.channel.protocol());
        match found {
            Some(found) if found == expected => {}
            Some(found) => return Err(LinkError::Kind { found, expected }),
            None => {
                return Err(LinkError::WrongPeer { found: peer.to_string(), expected: "one of this protocol".into() });
            }
        }
        if expected == LinkKind::Tls {
            return Ok(true);
        }
        carries(&self.socket, expected)?;
        let leaving = Leaving::new(expected, self.dialled, self.options.frame_bytes_max)?;
        self.leaving.insert(leaving).advance(&mut self.channel, &self.socket)
    }

    /// The proven key and the kind of link that is expected of it.
    fn proven(&self) -> Result<(Fingerprint, LinkKind), LinkError> {
        let peer = self.pinned.proven().filter(|_| self.channel.is_ready());
        let entry = peer.and_then(|peer| self.expected.iter().find(|(key, _)| *key == peer));
        entry.copied().ok_or_else(|| LinkError::Tls("handshake is not complete".to_owned()))
    }

    /// Waits for the peer to be proven, at most until the handshake limit.
    ///
    /// # Errors
    /// As [`Handshake::advance`].
    pub fn finish(mut self) -> Result<ProvenLink, LinkError> {
        while !self.advance()? {
            let mut fds = [self.poll_fd()];
            wait_fds(&mut fds, self.deadline)?;
        }
        self.into_link()
    }

    /// The link, after [`Handshake::advance`] gave `true`.
    ///
    /// # Errors
    /// If the handshake is not complete.
    pub fn into_link(self) -> Result<ProvenLink, LinkError> {
        let (peer, kind) = self.proven()?;
        let link = match self.leaving {
            Some(leaving) => leaving.into_link(self.socket)?,
            None if kind == LinkKind::Tls => {
                Box::new(TlsLink::new(self.socket, self.channel, self.options.frame_bytes_max))
            }
            None => return Err(LinkError::Tls("handshake is not complete".to_owned())),
        };
        Ok(ProvenLink { peer, kind, link })
    }

    pub(crate) fn poll_fd(&self) -> PollFd<'_> {
        let leaving = self.leaving.as_ref().is_some_and(Leaving::has_outgoing);
        self.socket.poll_fd(self.channel.has_outgoing() || leaving)
    }
}

impl ProvenLink {
    /// The key that the peer has proven.
    #[must_use]
    pub const fn peer(&self) -> Fingerprint {
        self.peer
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> LinkKind {
        self.kind
    }

    /// The link alone.
    #[must_use]
    pub fn into_inner(self) -> Box<dyn Link> {
        self.link
    }
}

impl Around for ProvenLink {
    type Inner = Box<dyn Link>;

    fn inner(&self) -> &Box<dyn Link> {
        &self.link
    }

    fn inner_mut(&mut self) -> &mut Box<dyn Link> {
        &mut self.link
    }
}

impl Link for ProvenLink {
    left_to_inner!(send send_vec try_recv has_pending flush close fd wait doze polls_writes due);
}

fn provider() -> Arc<CryptoProvider> {
    let suites = vec![cipher_suite::TLS13_AES_128_GCM_SHA256, cipher_suite::TLS13_CHACHA20_POLY1305_SHA256];
    Arc::new(CryptoProvider { cipher_suites: suites, ..default_provider() })
}
