//! Frames through memory that two processes of one user share: a ring of words each way, a Unix socket to wake who sleeps.
//!
//! A frame is a word with its length and as many words as its bytes fill. Positions count words and only grow; the writer
//! publishes its own with release order and the reader takes it with acquire order, so words are there before they are told of.
//! Nothing that the peer writes is trusted: positions are checked, lengths are bounded, every word is read once.
//! A side that is about to sleep says so in the memory and looks once more; a side that moves a position looks for that and
//! rings. The socket tells the end: its end of file is the peer's exit.
//! Not here: how memory is mapped (`map`), the only `unsafe` of this crate.

mod map;

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicU64, fence};
use std::time::Instant;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, fstat, ftruncate, memfd_create};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

use self::map::Map;
use crate::frame::FrameReader;
use crate::link::Ending;
use crate::outbox::Outbox;
use crate::socket::{Got, Socket, lost};
use crate::tls::BEGIN;
use crate::wait::wait_fds;
use crate::{Link, LinkError};

/// Words of one ring: small enough to stay in a core's cache while it is filled and emptied.
const RING_WORDS: usize = 1 << 17;
/// Words between two control words, so that the sides do not share cache lines.
const APART: usize = 16;
/// Control words of one side, then of the other, then the two rings.
const SIDE_WORDS: usize = 3 * APART;
const TOTAL_WORDS: usize = 2 * SIDE_WORDS + 2 * RING_WORDS;
/// Control words of a side: words written to its ring, words read from the peer's, what it sleeps for.
const WRITTEN: usize = 0;
const READ: usize = APART;
const SLEEPS: usize = 2 * APART;
/// What a side sleeps for.
const AWAKE: u64 = 0;
const FOR_NEWS: u64 = 1;
const FOR_ROOM_TOO: u64 = 2;
/// In place of a length: nothing follows.
const FAREWELL: u64 = u64::MAX;
/// The memory cannot shrink under a reader, nor grow.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW);

/// Shared memory of the right size.
pub(crate) struct Memory(Map);

impl Memory {
    /// New memory, passed through the socket with the byte that begins.
    pub(crate) fn make_and_pass(socket: &Socket) -> Result<Self, LinkError> {
        let fd = memfd_create("stoffel link", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&fd, (TOTAL_WORDS * 8) as u64)?;
        fcntl_add_seals(&fd, SEALS | SealFlags::SEAL)?;
        let fds = [fd.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !control.push(SendAncillaryMessage::ScmRights(&fds)) {
            return Err(LinkError::Shared("it cannot be passed"));
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        match sendmsg(socket, &[IoSlice::new(&[BEGIN])], &mut control, flags).map_err(lost)? {
            1 => Ok(Self(Map::new(&fd, TOTAL_WORDS)?)),
            _ => Err(LinkError::Truncated),
        }
    }

    /// The memory that the peer has made, once it has come.
    pub(crate) fn receive(socket: &Socket) -> Result<Option<Self>, LinkError> {
        let mut byte = [0];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut into = [IoSliceMut::new(&mut byte)];
        let got = recvmsg(socket, &mut into, &mut control, RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC);
        match got {
            Err(Errno::AGAIN | Errno::INTR) => return Ok(None),
            Err(error) => return Err(lost(error)),
            Ok(message) if message.bytes != 1 || byte != [BEGIN] => return Err(LinkError::Truncated),
            Ok(_) => {}
        }
        let passed = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
            _ => None,
        });
        let fd: OwnedFd = passed.ok_or(LinkError::Shared("the peer has passed none"))?;
        if fstat(&fd)?.st_size != (TOTAL_WORDS * 8) as i64 || !fcntl_get_seals(&fd)?.contains(SEALS) {
            return Err(LinkError::Shared("the peer's is of another size, or can change its size"));
        }
        Ok(Some(Self(Map::new(&fd, TOTAL_WORDS)?)))
    }
}

/// A link through shared memory.
pub(crate) struct ShmLink {
    socket: Socket,
    memory: Memory,
    /// 0 for the side that dialled.
    side: usize,
    outbox: Outbox,
    /// Words of the first waiting frame that are in the ring, its length included.
    begun: usize,
    written: u64,
    read: u64,
    frames: FrameReader,
    /// Words of the frame at hand that are still to come.
    words_due: usize,
    /// This side has been about to sleep, so the socket may hold news.
    dozed: bool,
    closed: bool,
    ended: bool,
    ending: Ending,
}

impl ShmLink {
    pub(crate) fn new(socket: Socket, memory: Memory, dialled: bool, frame_bytes_max: u32) -> Self {
        Self {
            socket,
            memory,
            side: usize::from(!dialled),
            outbox: Outbox::new(frame_bytes_max),
            begun: 0,
            written: 0,
            read: 0,
            frames: FrameReader::new(frame_bytes_max),
            words_due: 0,
            dozed: false,
            closed: false,
            ended: false,
            ending: Ending::NONE,
        }
    }

    /// A control word of this side.
    fn own(&self, what: usize) -> &AtomicU64 {
        &self.memory.0.words()[self.side * SIDE_WORDS + what]
    }

    /// A control word of the peer.
    fn peers(&self, what: usize) -> &AtomicU64 {
        &self.memory.0.words()[(1 - self.side) * SIDE_WORDS + what]
    }

    /// The ring into which a side writes.
    fn ring(memory: &Memory, side: usize) -> &[AtomicU64] {
        let first = 2 * SIDE_WORDS + side * RING_WORDS;
        &memory.0.words()[first..first + RING_WORDS]
    }

    /// Wakes the peer if it sleeps for what has just changed.
    fn ring_bell(&self, is_news: bool) {
        // With the fence in `doze`: either this side sees that the peer sleeps, or the peer sees what has changed.
        fence(SeqCst);
        let sleeps = self.peers(SLEEPS).load(Relaxed);
        if sleeps == FOR_ROOM_TOO || (sleeps == FOR_NEWS && is_news) {
            self.peers(SLEEPS).store(AWAKE, Relaxed);
            // A full socket rings already; a closed one has nobody to wake.
            let _ = self.socket.write(&[1]);
        }
    }

    /// Words that the ring takes now.
    fn room(&self) -> Result<usize, LinkError> {
        let waiting = self.written.wrapping_sub(self.peers(READ).load(Acquire));
        if waiting > RING_WORDS as u64 {
            return Err(LinkError::Shared("the peer has read what was not written"));
        }
        Ok(RING_WORDS - waiting as usize)
    }

    /// Words that wait to be read.
    fn waiting(&self) -> Result<usize, LinkError> {
        let waiting = self.peers(WRITTEN).load(Acquire).wrapping_sub(self.read);
        if waiting > RING_WORDS as u64 {
            return Err(LinkError::Shared("the peer has written over what was not read"));
        }
        Ok(waiting as usize)
    }

    /// Copies what waits into the ring as far as there is room.
    fn fill(&mut self) -> Result<(), LinkError> {
        let mut room = self.room()?;
        let before = self.written;
        while room > 0 {
            let Some(frame) = self.outbox.front() else { break };
            let ring = Self::ring(&self.memory, self.side);
            if self.begun == 0 {
                ring[self.written as usize % RING_WORDS].store(frame.len() as u64, Relaxed);
                (self.written, self.begun, room) = (self.written + 1, 1, room - 1);
            }
            let rest = &frame[(self.begun - 1) * 8..];
            let words = rest.len().div_ceil(8).min(room);
            let first = self.written as usize % RING_WORDS;
            let ahead = words.min(RING_WORDS - first);
            store(&ring[first..first + ahead], rest);
            store(&ring[..words - ahead], rest.get(ahead * 8..).unwrap_or_default());
            let is_whole = rest.len() <= words * 8;
            self.written += words as u64;
            self.begun += words;
            room -= words;
            // Told early, so that the peer reads while this side writes.
            self.own(WRITTEN).store(self.written, Release);
            if is_whole {
                self.begun = 0;
                if let Some(frame) = self.outbox.pop() {
                    self.frames.recycle(frame);
                }
            }
        }
        if self.written != before {
            self.ring_bell(true);
        }
        Ok(())
    }

    /// Copies what has come out of the ring, until a frame is whole.
    fn drain(&mut self) -> Result<(), LinkError> {
        let mut waiting = self.waiting()?;
        let before = self.read;
        while waiting > 0 && !self.frames.has_frame() && !self.ended {
            let ring = Self::ring(&self.memory, 1 - self.side);
            if self.words_due == 0 {
                let len = ring[self.read as usize % RING_WORDS].load(Relaxed);
                (self.read, waiting) = (self.read + 1, waiting - 1);
                if len == FAREWELL {
                    self.ended = true;
                    break;
                }
                self.frames.begin(u32::try_from(len).unwrap_or(u32::MAX));
                self.frames.fault()?;
                self.words_due = self.frames.missing().div_ceil(8);
                continue;
            }
            let first = self.read as usize % RING_WORDS;
            let space = self.frames.space();
            // Room is made in multiples of a word, except at the end of a frame.
            let words = space.len().div_ceil(8).min(waiting).min(RING_WORDS - first);
            let bytes = space.len().min(words * 8);
            load(&ring[first..first + words], &mut space[..bytes]);
            self.frames.filled(bytes);
            (self.read, waiting, self.words_due) = (self.read + words as u64, waiting - words, self.words_due - words);
        }
        if self.read != before {
            self.own(READ).store(self.read, Release);
            self.ring_bell(false);
        }
        Ok(())
    }

    fn receive(&mut self) -> Result<(), LinkError> {
        self.drain()?;
        if self.frames.has_frame() {
            return Ok(());
        }
        if self.ended {
            return Err(LinkError::Closed);
        }
        if self.dozed {
            self.dozed = false;
            self.own(SLEEPS).store(AWAKE, Relaxed);
            let mut bells = [0; 64];
            if self.socket.read(&mut bells)? == Got::End {
                // What was written before the end is there now.
                self.drain()?;
                if !self.frames.has_frame() && self.waiting()? == 0 {
                    return Err(if self.ended { LinkError::Closed } else { LinkError::Truncated });
                }
                self.dozed = true;
            }
        }
        Ok(())
    }
}

/// Words of bytes into the ring; the last one is filled with zeros.
fn store(ring: &[AtomicU64], bytes: &[u8]) {
    let (words, rest) = bytes.as_chunks::<8>();
    for (to, word) in ring.iter().zip(words) {
        to.store(u64::from_le_bytes(*word), Relaxed);
    }
    if ring.len() > words.len() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        ring[words.len()].store(u64::from_le_bytes(last), Relaxed);
    }
}

/// Bytes of words out of the ring.
fn load(ring: &[AtomicU64], bytes: &mut [u8]) {
    let (words, rest) = bytes.as_chunks_mut::<8>();
    let whole = words.len();
    for (word, from) in words.iter_mut().zip(ring) {
        *word = from.load(Relaxed).to_le_bytes();
    }
    if let Some(from) = ring.get(whole) {
        let last = from.load(Relaxed).to_le_bytes();
        let len = rest.len();
        rest.copy_from_slice(&last[..len]);
    }
}

impl Link for ShmLink {
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.send_vec(frame.to_vec())
    }

    fn send_vec(&mut self, frame: Vec<u8>) -> Result<(), LinkError> {
        self.outbox.push(frame)?;
        self.fill()
    }

    fn try_recv(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        if !self.ending.is_known()
            && let Err(why) = self.receive()
        {
            self.ending.set(why);
        }
        self.ending.after(self.frames.pop())
    }

    fn has_pending(&self) -> bool {
        !self.outbox.is_empty()
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        if self.outbox.is_empty() { Ok(()) } else { self.fill() }
    }

    fn close(&mut self) {
        if self.flush().is_ok() && self.outbox.is_empty() && !self.closed && self.room().is_ok_and(|room| room > 0) {
            Self::ring(&self.memory, self.side)[self.written as usize % RING_WORDS].store(FAREWELL, Relaxed);
            self.written += 1;
            self.own(WRITTEN).store(self.written, Release);
            self.closed = true;
        }
        self.socket.end_sending();
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.socket.as_fd())
    }

    fn wait(&mut self, deadline: Instant) {
        if !self.doze() {
            let mut fds = [self.socket.poll_fd(false)];
            let _ = wait_fds(&mut fds, deadline);
        }
    }

    fn doze(&mut self) -> bool {
        self.dozed = true;
        let wish = if self.has_pending() { FOR_ROOM_TOO } else { FOR_NEWS };
        self.own(SLEEPS).store(wish, Relaxed);
        fence(SeqCst);
        // A peer that breaks the rules is news, too.
        let news = self.waiting().is_ok_and(|waiting| waiting == 0);
        let room = wish == FOR_ROOM_TOO && self.room().map_or(true, |room| room > 0);
        !news || room || self.frames.has_frame()
    }

    fn polls_writes(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    /// A link and the words of the peer's end.
    fn link() -> (ShmLink, Memory, Socket) {
        let (a, b) = UnixStream::pair().unwrap();
        let (a, b) = (Socket::new(a.into()).unwrap(), Socket::new(b.into()).unwrap());
        let memory = Memory::make_and_pass(&a).unwrap();
        let theirs = Memory::receive(&b).unwrap().unwrap();
        (ShmLink::new(a, memory, true, 1 << 20), theirs, b)
    }

    #[test]
    fn positions_that_cannot_be_are_refused() {
        let (mut link, theirs, _socket) = link();
        theirs.0.words()[SIDE_WORDS + WRITTEN].store(RING_WORDS as u64 + 1, Release);
        assert!(matches!(link.try_recv(), Err(LinkError::Shared(_))));
        let (mut link, theirs, _socket) = self::link();
        theirs.0.words()[SIDE_WORDS + READ].store(1, Release);
        assert!(matches!(link.send(b"frame"), Err(LinkError::Shared(_))));
    }

    #[test]
    fn memory_of_another_size_or_that_can_shrink_is_refused() {
        for (words, seals) in [(TOTAL_WORDS - 1, SEALS), (TOTAL_WORDS, SealFlags::GROW)] {
            let (a, b) = UnixStream::pair().unwrap();
            let (a, b) = (Socket::new(a.into()).unwrap(), Socket::new(b.into()).unwrap());
            let fd = memfd_create("other", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).unwrap();
            ftruncate(&fd, (words * 8) as u64).unwrap();
            fcntl_add_seals(&fd, seals).unwrap();
            let fds = [fd.as_fd()];
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
            sendmsg(&a, &[IoSlice::new(&[BEGIN])], &mut control, SendFlags::empty()).unwrap();
            assert!(matches!(Memory::receive(&b), Err(LinkError::Shared(_))));
        }
        let (a, b) = UnixStream::pair().unwrap();
        let (a, b) = (Socket::new(a.into()).unwrap(), Socket::new(b.into()).unwrap());
        assert!(matches!(Memory::receive(&b), Ok(None)));
        a.write(&[BEGIN]).unwrap();
        assert!(matches!(Memory::receive(&b), Err(LinkError::Shared(_))), "nothing was passed");
    }
}
