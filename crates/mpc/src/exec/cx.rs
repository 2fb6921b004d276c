//! What a step sees: the party, its generators, the frames of the round.

use std::cell::{Cell, OnceCell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use stoffel_crypto::bits::{pack, packed_len, unpack, words_of};
use stoffel_crypto::kernel::Masks;
use stoffel_crypto::{Addr, Prg, Ring};

use crate::frame::HEADER_LEN;
use crate::{Abort, Meter, PartyIdx, pool};

/// One of the two other parties, seen from this one: P_{i+1} or P_{i−1}.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Peer {
    /// P_{i+1}, which holds component x_{i+1} too.
    Next = 0,
    /// P_{i−1}, which holds component x_i too.
    Prev = 1,
}

impl Peer {
    pub(super) const BOTH: [Self; 2] = [Self::Next, Self::Prev];
}

/// The generators of P_i: k_i, common with the next party, and k_{i−1}, common with the previous one.
pub struct Keys {
    /// F(k_i, ·).
    pub next: Prg,
    /// F(k_{i−1}, ·).
    pub prev: Prg,
}

/// A segment that will be read after the end of the round.
#[derive(Clone, Copy)]
pub struct Due {
    from: Peer,
    start: usize,
    len: usize,
    round: u32,
}

/// The session as a step sees it; clones are the same session.
#[derive(Clone)]
pub struct Cx(Rc<Inner>);

struct Inner {
    me: PartyIdx,
    keys: OnceCell<Keys>,
    ops: Cell<u64>,
    round: Cell<u32>,
    /// Steps that ended the current round.
    ending: Cell<usize>,
    outgoing: [RefCell<Vec<u8>>; 2],
    /// Whole frames, header first.
    incoming: [RefCell<Vec<u8>>; 2],
    /// Bytes declared by the steps of the current round, and those of the closed one.
    declared: [Cell<usize>; 2],
    due: [Cell<usize>; 2],
    meter: RefCell<Meter>,
}

impl Cx {
    pub(super) fn new(me: PartyIdx) -> Self {
        assert!(me.0 < 3, "replicated sharing has three parties");
        Self(Rc::new(Inner {
            me,
            keys: OnceCell::new(),
            ops: Cell::new(0),
            round: Cell::new(0),
            ending: Cell::new(0),
            outgoing: Default::default(),
            incoming: Default::default(),
            declared: Default::default(),
            due: Default::default(),
            meter: RefCell::default(),
        }))
    }

    /// This party.
    #[must_use]
    pub fn me(&self) -> PartyIdx {
        self.0.me
    }

    /// Which of P1, P2, P3 (0, 1, 2) this party plays if party `rotation` plays P1.
    #[must_use]
    pub fn role(&self, rotation: u8) -> u8 {
        (self.0.me.0 + 3 - rotation % 3) % 3
    }

    /// The peer's index in the session.
    #[must_use]
    pub fn party(&self, peer: Peer) -> PartyIdx {
        PartyIdx((self.0.me.0 + 1 + peer as u8) % 3)
    }

    /// The peer of that index; none for this party itself or an index out of range.
    #[must_use]
    pub fn peer(&self, party: PartyIdx) -> Option<Peer> {
        Peer::BOTH.into_iter().find(|peer| self.party(*peer) == party)
    }

    /// Gives the session its generators; once, before any step that draws.
    ///
    /// # Panics
    /// If it has some already: streams would be drawn again from other keys.
    pub fn install(&self, keys: Keys) {
        assert!(self.0.keys.set(keys).is_ok(), "a session draws from one pair of keys");
    }

    /// The generators.
    ///
    /// # Panics
    /// If setup has not ended.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        self.0.keys.get().expect("setup comes before every step that draws")
    }

    /// A fresh operation number, the same at every party because steps are polled in the same order.
    #[must_use]
    pub fn next_op(&self) -> u64 {
        let op = self.0.ops.get();
        self.0.ops.set(op + 1);
        op
    }

    /// Both generators at the start of a stream, for the zero sharing of a kernel.
    #[must_use]
    pub fn masks(&self, op: u64, purpose: u8) -> Masks<'_> {
        let keys = self.keys();
        Masks { next: &keys.next, prev: &keys.prev, addr: Addr { op, purpose }, first: 0 }
    }

    /// Appends elements' low `width` bits to this round's frame for a peer.
    pub fn send<R: Ring>(&self, to: Peer, elements: &[R], width: u32) {
        self.send_pieces(to, elements.len(), width, |piece| piece(elements));
    }

    /// As [`Cx::send`] of `count` elements that `produce` hands over piece by piece; every piece but the last has a multiple of 8 elements.
    pub fn send_pieces<R: Ring>(&self, to: Peer, count: usize, width: u32, produce: impl FnOnce(&mut dyn FnMut(&[R]))) {
        self.append(to, packed_len(count, width), count as u64 * u64::from(width), |out| {
            produce(&mut |piece| pack(piece, width, out));
        });
    }

    /// Appends packed bits of `lanes` lanes, plane-major, to this round's frame for a peer.
    pub fn send_planes(&self, to: Peer, words: &[u64], lanes: usize) {
        let planes = if lanes == 0 { 0 } else { words.len() / words_of(lanes) };
        self.send_plane_pieces(to, lanes, planes, |piece| piece(words));
    }

    /// As [`Cx::send_planes`] of words that `produce` hands over piece by piece.
    pub fn send_plane_pieces(
        &self,
        to: Peer,
        lanes: usize,
        planes: usize,
        produce: impl FnOnce(&mut dyn FnMut(&[u64])),
    ) {
        self.append(to, words_of(lanes) * planes * 8, (lanes * planes) as u64, |out| {
            produce(&mut |piece| pack(piece, 64, out));
        });
    }

    /// Appends bytes to this round's frame for a peer.
    pub fn send_bytes(&self, to: Peer, bytes: &[u8]) {
        self.append(to, bytes.len(), bytes.len() as u64 * 8, |out| out.extend_from_slice(bytes));
    }

    fn append(&self, to: Peer, bytes: usize, payload_bits: u64, write: impl FnOnce(&mut Vec<u8>)) {
        let mut out = self.0.outgoing[to as usize].borrow_mut();
        if out.is_empty() {
            reserve(&mut out, HEADER_LEN + bytes);
            out.resize(HEADER_LEN, 0);
        } else {
            reserve(&mut out, bytes);
        }
        let before = out.len();
        write(&mut out);
        assert_eq!(out.len() - before, bytes, "a segment has the length that it announced");
        let mut meter = self.0.meter.borrow_mut();
        let traffic = &mut meter.sent[self.party(to).0 as usize];
        traffic.payload_bits += payload_bits;
        traffic.padding_bits += bytes as u64 * 8 - payload_bits;
    }

    /// Declares that this round's frame of a peer brings `count` elements of `width` bits next.
    pub fn expect(&self, from: Peer, count: usize, width: u32) -> Due {
        self.expect_bytes(from, packed_len(count, width))
    }

    /// Declares packed bits: `planes` planes of `lanes` lanes.
    pub fn expect_planes(&self, from: Peer, lanes: usize, planes: usize) -> Due {
        self.expect_bytes(from, words_of(lanes) * planes * 8)
    }

    /// Declares bytes.
    pub fn expect_bytes(&self, from: Peer, len: usize) -> Due {
        let declared = &self.0.declared[from as usize];
        let start = declared.get();
        declared.set(start + len);
        Due { from, start, len, round: self.0.round.get() }
    }

    /// Waits for the end of the round and for what is due in it: the only suspension point of a step.
    pub fn end_round(&self) -> EndRound {
        EndRound { cx: self.clone(), closed: None }
    }

    /// Elements that were due in the round that has just ended.
    ///
    /// # Panics
    /// If read in another round than the one after.
    #[must_use]
    pub fn recv<R: Ring>(&self, due: Due, count: usize, width: u32) -> Vec<R> {
        let mut out = pool::take(count);
        self.with(due, |bytes| unpack(bytes, 0, width, &mut out));
        out
    }

    /// Packed words that were due in the round that has just ended.
    ///
    /// # Panics
    /// If read in another round than the one after.
    #[must_use]
    pub fn recv_words(&self, due: Due) -> Vec<u64> {
        let mut out = pool::take(due.len / 8);
        self.with(due, |bytes| unpack(bytes, 0, 64, &mut out));
        out
    }

    /// Bytes that were due in the round that has just ended.
    ///
    /// # Panics
    /// If read in another round than the one after.
    #[must_use]
    pub fn recv_bytes(&self, due: Due) -> Vec<u8> {
        self.with(due, <[u8]>::to_vec)
    }

    /// Reads the bytes that were due in the round that has just ended, where they are.
    ///
    /// # Panics
    /// If read in another round than the one after.
    pub fn with<T>(&self, due: Due, read: impl FnOnce(&[u8]) -> T) -> T {
        assert_eq!(due.round + 1, self.0.round.get(), "what is due is read right after the end of its round");
        let incoming = self.0.incoming[due.from as usize].borrow();
        if due.len == 0 {
            return read(&[]);
        }
        read(&incoming[HEADER_LEN + due.start..][..due.len])
    }

    pub(super) fn round(&self) -> u32 {
        self.0.round.get()
    }

    pub(super) fn ops_begun(&self) -> u64 {
        self.0.ops.get()
    }

    pub(super) fn round_is_ending(&self) -> bool {
        self.0.ending.get() > 0
    }

    pub(super) fn has_unsent(&self) -> bool {
        Peer::BOTH
            .into_iter()
            .any(|p| !self.0.outgoing[p as usize].borrow().is_empty() || self.0.declared[p as usize].get() > 0)
    }

    pub(super) fn due(&self, peer: Peer) -> usize {
        self.0.due[peer as usize].get()
    }

    /// Moves on to the next round: what was declared is due now.
    pub(super) fn next_round(&self) {
        for peer in Peer::BOTH {
            self.0.due[peer as usize].set(self.0.declared[peer as usize].take());
            pool::give(self.0.incoming[peer as usize].take());
        }
        self.0.ending.set(0);
        self.0.round.set(self.0.round.get() + 1);
        self.0.meter.borrow_mut().rounds += 1;
    }

    pub(super) fn take_outgoing(&self, peer: Peer) -> Option<Vec<u8>> {
        let frame = self.0.outgoing[peer as usize].take();
        if frame.len() <= HEADER_LEN {
            return None;
        }
        let mut meter = self.0.meter.borrow_mut();
        let traffic = &mut meter.sent[self.party(peer).0 as usize];
        traffic.frames += 1;
        traffic.header_bytes += HEADER_LEN as u64;
        Some(frame)
    }

    pub(super) fn set_incoming(&self, peer: Peer, frame: Vec<u8>) {
        pool::give(self.0.incoming[peer as usize].replace(frame));
    }

    pub(super) fn meter(&self) -> Meter {
        *self.0.meter.borrow()
    }
}

/// Makes room for more bytes of a frame, in memory that was used before if there is some.
fn reserve(out: &mut Vec<u8>, more: usize) {
    if out.capacity() - out.len() < more {
        let mut larger = pool::take_bytes((out.len() + more).max(2 * out.len()));
        larger.extend_from_slice(out);
        pool::give(std::mem::replace(out, larger));
    }
}

/// See [`Cx::end_round`].
pub struct EndRound {
    cx: Cx,
    closed: Option<u32>,
}

impl Future for EndRound {
    type Output = Result<(), Abort>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let round = self.cx.0.round.get();
        match self.closed {
            Some(closed) if closed < round => Poll::Ready(Ok(())),
            _ => {
                self.closed = Some(round);
                self.cx.0.ending.set(self.cx.0.ending.get() + 1);
                Poll::Pending
            }
        }
    }
}
