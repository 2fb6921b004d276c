//! A TCP connection and an identity in, a link to a proven peer out: TLS 1.3, both sides authenticated by pinned keys.
//!
//! Only TLS 1.3 with AES-128-GCM or ChaCha20-Poly1305, Ed25519 certificates, no resumption, no early data. Before the peer
//! is proven it can make this side hold at most 32 KiB and wait at most the handshake limit.
//! Source: RFC 8446; rustls with its unbuffered interface, so that bulk data moves in large chunks.

mod channel;
mod link;
mod verify;

use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustls::client::{Resumption, UnbufferedClientConnection};
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{cipher_suite, default_provider};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::server::{NoServerSessionStorage, UnbufferedServerConnection};
use rustls::{ClientConfig, ServerConfig};

use self::channel::{Channel, Conn};
pub use self::link::TlsLink;
pub(crate) use self::verify::spki_of;
use self::verify::{FixedTime, Pinned};
use crate::wait::wait_fds;
use crate::{Fingerprint, Identity, LinkError};

/// The application protocol that both sides must speak.
const ALPN: &[u8] = b"stoffel/2";

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
    stream: TcpStream,
    channel: Channel,
    pinned: Arc<Pinned>,
    options: Options,
    deadline: Instant,
}

impl Handshake {
    /// Begins as the side that dialled and expects one key.
    ///
    /// # Errors
    /// If the socket or the identity cannot be used.
    pub fn dialled(
        stream: TcpStream,
        identity: &Identity,
        expected: Fingerprint,
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
        config.alpn_protocols = vec![ALPN.to_vec()];
        let name = ServerName::try_from("stoffel").map_err(|_| LinkError::Foreign("name"))?;
        let conn =
            UnbufferedClientConnection::new(Arc::new(config), name).map_err(|error| channel::error_of(&error))?;
        Self::begin(stream, Conn::Client(conn), pinned, options)
    }

    /// Begins as the side that listened and accepts any of some keys.
    ///
    /// # Errors
    /// If the socket or the identity cannot be used.
    pub fn accepted(
        stream: TcpStream,
        identity: &Identity,
        allowed: &[Fingerprint],
        options: Options,
    ) -> Result<Self, LinkError> {
        let pinned = Arc::new(Pinned::new(allowed.to_vec(), options.now_unix_s));
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
        config.alpn_protocols = vec![ALPN.to_vec()];
        let conn = UnbufferedServerConnection::new(Arc::new(config)).map_err(|error| channel::error_of(&error))?;
        Self::begin(stream, Conn::Server(conn), pinned, options)
    }

    fn begin(stream: TcpStream, conn: Conn, pinned: Arc<Pinned>, options: Options) -> Result<Self, LinkError> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let channel = Channel::new(conn, options.frame_bytes_max);
        let deadline = Instant::now() + Duration::from_millis(options.handshake_ms);
        Ok(Self { stream, channel, pinned, options, deadline })
    }

    /// Moves on as far as possible without waiting: `Ok(true)` once the peer is proven.
    ///
    /// # Errors
    /// If the peer is another, its certificate is not valid, it breaks the protocol, closes, or is too slow.
    pub fn advance(&mut self) -> Result<bool, LinkError> {
        let outcome = self.channel.handshake(&self.stream);
        match outcome {
            Err(LinkError::Tls(text)) => Err(self.pinned.take_fault().unwrap_or(LinkError::Tls(text))),
            Ok(false) if Instant::now() >= self.deadline => Err(LinkError::Timeout { ms: self.options.handshake_ms }),
            other => other,
        }
    }

    /// Waits for the peer to be proven, at most until the handshake limit.
    ///
    /// # Errors
    /// As [`Handshake::advance`].
    pub fn finish(mut self) -> Result<TlsLink, LinkError> {
        while !self.advance()? {
            let mut fds = [self.poll_fd()];
            wait_fds(&mut fds, self.deadline, Duration::ZERO)?;
        }
        self.into_link()
    }

    /// The link, after [`Handshake::advance`] gave `true`.
    ///
    /// # Errors
    /// If the handshake is not complete.
    pub fn into_link(self) -> Result<TlsLink, LinkError> {
        let peer = self.pinned.proven().filter(|_| self.channel.is_ready());
        let peer = peer.ok_or_else(|| LinkError::Tls("handshake is not complete".to_owned()))?;
        Ok(TlsLink::new(self.stream, self.channel, peer, self.options.frame_bytes_max))
    }

    pub(crate) fn poll_fd(&self) -> PollFd<'_> {
        let write = if self.channel.has_outgoing() { PollFlags::OUT } else { PollFlags::empty() };
        PollFd::new(&self.stream, PollFlags::IN | write)
    }
}

fn provider() -> Arc<CryptoProvider> {
    let suites = vec![cipher_suite::TLS13_AES_128_GCM_SHA256, cipher_suite::TLS13_CHACHA20_POLY1305_SHA256];
    Arc::new(CryptoProvider { cipher_suites: suites, ..default_provider() })
}
