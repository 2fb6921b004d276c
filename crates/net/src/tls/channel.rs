//! Ciphertext from a socket in, frames out; plaintext in, ciphertext to a socket out. Never waits.
//!
//! Invariants: ciphertext that waits for the socket is at most one chunk, so memory for sending is bounded by the plaintext
//! that waits in the link; nothing is read while a whole frame waits to be taken. Plaintext is encrypted from where it lies,
//! in full records, and both buffers stay: nothing is allocated or cleared per chunk.

use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus};
use rustls::{AlertDescription, Error};

use crate::LinkError;
use crate::frame::FrameReader;
use crate::outbox::Outbox;
use crate::socket::{Got, Socket};

/// Plaintext of a full record.
const PLAIN_BYTES: usize = 1 << 14;
/// Plaintext encrypted at a time: with its ciphertext it stays in a core's second-level cache.
const CHUNK_BYTES: usize = 128 * 1024;
/// Ciphertext held before the peer is proven; one record and a half.
const SHY_BYTES: usize = 32 * 1024;
/// Ciphertext read at a time afterwards.
const BULK_BYTES: usize = 256 * 1024;
/// Largest record with its header (RFC 8446 §5.2).
const RECORD_BYTES: usize = 5 + (1 << 14) + 256;
/// Reads of one call, so that one busy peer does not starve the others.
const READS_MAX: usize = 32;

pub(super) enum Conn {
    Client(UnbufferedClientConnection),
    Server(UnbufferedServerConnection),
}

/// One side of a TLS connection.
pub(super) struct Channel {
    conn: Conn,
    incoming: Vec<u8>,
    start: usize,
    end: usize,
    outgoing: Outgoing,
    frames: FrameReader,
    ready: bool,
    peer_closed: bool,
}

/// Ciphertext on its way to the socket; the buffer stays as large as it once was, so that it is not cleared again and again.
#[derive(Default)]
struct Outgoing {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

/// What the connection wants next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Again,
    NeedsInput,
    Traffic,
    PeerClosed,
    Closed,
}

/// What to do when the connection can send.
enum Job<'a> {
    Nothing,
    Encrypt(&'a [u8]),
    Farewell,
}

impl Channel {
    pub(super) fn new(conn: Conn, frame_bytes_max: u32) -> Self {
        Self {
            conn,
            incoming: vec![0; SHY_BYTES],
            start: 0,
            end: 0,
            outgoing: Outgoing::default(),
            frames: FrameReader::new(frame_bytes_max),
            ready: false,
            peer_closed: false,
        }
    }

    /// Whether both sides are proven.
    pub(super) const fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether ciphertext waits for the socket.
    pub(super) fn has_outgoing(&self) -> bool {
        self.outgoing.start < self.outgoing.end
    }

    /// The next whole frame.
    pub(super) fn pop_frame(&mut self) -> Option<Vec<u8>> {
        self.frames.pop()
    }

    /// Whether a whole frame waits.
    pub(super) fn has_frame(&self) -> bool {
        self.frames.has_frame()
    }

    /// The application protocol agreed on.
    pub(super) fn protocol(&self) -> Option<&[u8]> {
        match &self.conn {
            Conn::Client(conn) => conn.alpn_protocol(),
            Conn::Server(conn) => conn.alpn_protocol(),
        }
    }

    /// Whether everything that has come was taken and everything to be sent is sent.
    pub(super) fn is_quiet(&self) -> bool {
        self.start == self.end && !self.has_outgoing() && !self.frames.is_within()
    }

    /// Exchanges handshake messages as far as possible; `true` once complete.
    pub(super) fn handshake(&mut self, socket: &Socket) -> Result<bool, LinkError> {
        loop {
            self.process_or_alert(socket)?;
            self.write(socket)?;
            if self.ready {
                return Ok(true);
            }
            if !self.read(socket)? {
                return Ok(false);
            }
        }
    }

    /// Reads and decrypts until a frame is whole or the socket is empty.
    pub(super) fn receive(&mut self, socket: &Socket) -> Result<(), LinkError> {
        for _ in 0..READS_MAX {
            self.process_or_alert(socket)?;
            if self.has_outgoing() {
                self.write(socket)?;
            }
            if self.frames.has_frame() {
                return Ok(());
            }
            self.frames.fault()?;
            if self.peer_closed {
                return Err(LinkError::Closed);
            }
            if !self.read(socket)? {
                return Ok(());
            }
        }
        self.process_or_alert(socket)
    }

    /// Encrypts and writes what waits, as far as the socket takes it.
    pub(super) fn transmit(&mut self, socket: &Socket, outbox: &mut Outbox) -> Result<(), LinkError> {
        loop {
            self.write(socket)?;
            if self.has_outgoing() || outbox.is_empty() {
                return Ok(());
            }
            let piece = outbox.piece(PLAIN_BYTES, CHUNK_BYTES);
            self.process(&Job::Encrypt(piece))?;
            let bytes = piece.len();
            outbox.advance(bytes, |frame| self.frames.recycle(frame));
        }
    }

    /// Says farewell; best effort.
    pub(super) fn farewell(&mut self, socket: &Socket) -> Result<(), LinkError> {
        self.process(&Job::Farewell)?;
        self.write(socket)
    }

    fn process_or_alert(&mut self, socket: &Socket) -> Result<(), LinkError> {
        let outcome = self.process(&Job::Nothing);
        if matches!(outcome, Err(LinkError::Tls(_))) {
            // The alert that tells the peer why is queued inside, perhaps behind messages of this side's flight; it is a courtesy
            // and may fail. Once all is taken out the connection must not be driven again.
            while self.wants_write() && matches!(self.step(&Job::Nothing), Ok(Step::Again)) {}
            let _ = self.write(socket);
        }
        outcome
    }

    fn wants_write(&self) -> bool {
        match &self.conn {
            Conn::Client(conn) => conn.wants_write(),
            Conn::Server(conn) => conn.wants_write(),
        }
    }

    /// Runs the connection until it needs input or has done the job.
    fn process(&mut self, job: &Job<'_>) -> Result<(), LinkError> {
        loop {
            match self.step(job)? {
                Step::Again => {}
                Step::PeerClosed => self.peer_closed = true,
                Step::NeedsInput | Step::Closed => return Ok(()),
                Step::Traffic => {
                    if !self.ready {
                        self.ready = true;
                        self.incoming.resize(BULK_BYTES, 0);
                    }
                    return Ok(());
                }
            }
        }
    }

    fn step(&mut self, job: &Job<'_>) -> Result<Step, LinkError> {
        let input = &mut self.incoming[self.start..self.end];
        let (out, frames) = (&mut self.outgoing, &mut self.frames);
        let (used, step) = match &mut self.conn {
            Conn::Client(conn) => advance(conn.process_tls_records(input), job, out, frames),
            Conn::Server(conn) => advance(conn.process_tls_records(input), job, out, frames),
        };
        self.start += used;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        step
    }

    /// Takes what the socket has; `false` if nothing.
    fn read(&mut self, socket: &Socket) -> Result<bool, LinkError> {
        if self.incoming.len() - self.end < RECORD_BYTES.min(self.incoming.len() / 2) && self.start > 0 {
            self.incoming.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.incoming.len() {
            return Err(LinkError::Tls("peer sends more than a handshake holds".to_owned()));
        }
        match socket.read(&mut self.incoming[self.end..])? {
            Got::End => Err(if self.peer_closed { LinkError::Closed } else { LinkError::Truncated }),
            Got::Nothing => Ok(false),
            Got::Bytes(bytes) => {
                self.end += bytes;
                Ok(true)
            }
        }
    }

    /// Writes ciphertext until the socket is full or nothing waits.
    fn write(&mut self, socket: &Socket) -> Result<(), LinkError> {
        let out = &mut self.outgoing;
        while out.start < out.end {
            match socket.write(&out.buffer[out.start..out.end])? {
                0 => return Ok(()),
                bytes => out.start += bytes,
            }
        }
        (out.start, out.end) = (0, 0);
        Ok(())
    }
}

/// One state of the connection: bytes of input used, and what comes next.
fn advance<Data>(
    status: UnbufferedStatus<'_, '_, Data>,
    job: &Job<'_>,
    outgoing: &mut Outgoing,
    frames: &mut FrameReader,
) -> (usize, Result<Step, LinkError>) {
    let mut used = status.discard;
    let step = match status.state {
        Err(error) => Err(error_of(&error)),
        Ok(ConnectionState::ReadTraffic(mut traffic)) => loop {
            match traffic.next_record() {
                None => break Ok(Step::Again),
                Some(Err(error)) => break Err(error_of(&error)),
                Some(Ok(record)) => {
                    // A frame that is refused is reported to who asks for frames; the handshake may still be under way here.
                    used += record.discard;
                    frames.push(record.payload);
                }
            }
        },
        Ok(ConnectionState::EncodeTlsData(mut message)) => outgoing
            .append(512, |space| match message.encode(space) {
                Ok(bytes) => Ok(bytes),
                Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size })) => Err(Some(required_size)),
                Err(_) => Err(None),
            })
            .map(|()| Step::Again),
        Ok(ConnectionState::TransmitTlsData(sent)) => {
            // Everything goes through one ordered buffer, so it counts as sent.
            sent.done();
            Ok(Step::Again)
        }
        Ok(ConnectionState::BlockedHandshake) => Ok(Step::NeedsInput),
        Ok(ConnectionState::PeerClosed) => Ok(Step::PeerClosed),
        Ok(ConnectionState::Closed) => Ok(Step::Closed),
        Ok(ConnectionState::WriteTraffic(mut traffic)) => {
            let space = |error| match error {
                EncryptError::InsufficientSize(InsufficientSizeError { required_size }) => Some(required_size),
                EncryptError::EncryptExhausted => None,
            };
            let done = match job {
                Job::Nothing => Ok(()),
                Job::Encrypt(plaintext) => {
                    let overhead = 22 * (plaintext.len() / (1 << 14) + 1);
                    outgoing.append(plaintext.len() + overhead, |out| traffic.encrypt(plaintext, out).map_err(space))
                }
                Job::Farewell => outgoing.append(64, |out| traffic.queue_close_notify(out).map_err(space)),
            };
            done.map(|()| Step::Traffic)
        }
        Ok(_) => Err(LinkError::Tls("peer sent early data".to_owned())),
    };
    (used, step)
}

impl Outgoing {
    /// Lets `fill` write behind what is there, with as much space as it asks for.
    fn append(
        &mut self,
        guess: usize,
        mut fill: impl FnMut(&mut [u8]) -> Result<usize, Option<usize>>,
    ) -> Result<(), LinkError> {
        let mut space = guess;
        loop {
            if self.buffer.len() < self.end + space {
                self.buffer.resize(self.end + space, 0);
            }
            match fill(&mut self.buffer[self.end..]) {
                Ok(bytes) => {
                    self.end += bytes;
                    return Ok(());
                }
                Err(Some(needed)) if needed > space => space = needed,
                Err(_) => return Err(LinkError::Tls("this connection cannot encrypt more".to_owned())),
            }
        }
    }
}

pub(super) fn error_of(error: &Error) -> LinkError {
    use AlertDescription as Alert;
    match error {
        Error::AlertReceived(alert) => match alert {
            Alert::CertificateExpired => {
                LinkError::Refused("this side's certificate is expired, or a clock is wrong".to_owned())
            }
            Alert::NoApplicationProtocol => {
                LinkError::Refused("it means another kind of link, or speaks another protocol".to_owned())
            }
            Alert::AccessDenied => LinkError::Refused("this side's key is not one that it expects".to_owned()),
            other => LinkError::Refused(format!("alert {other:?}")),
        },
        other => LinkError::Tls(other.to_string()),
    }
}
