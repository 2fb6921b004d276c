//! A seed and a program of steps in, all three parties' results out: the party simulator, one thread, frames in memory.
//!
//! Everything is deterministic in the seed. Faults delay, drop, corrupt, cut or swap chosen frames; a party that waits for a frame
//! that nobody will send ends with an abort naming the silent peer, so nothing hangs.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;

use stoffel_crypto::{Addr, Ledger, Prg, Source};

use crate::exec::{Cx, Executor, Handle, Keys};
use crate::frame::HEADER_LEN;
use crate::{Abort, AbortReason, Cost, Meter, PartyIdx, Progress};

/// What happens to a frame on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mischief {
    /// It arrives after that many idle turns of the whole network.
    Delay(u32),
    /// It never arrives.
    Drop,
    /// The byte at this offset (modulo the length) is inverted.
    Corrupt(usize),
    /// It loses that many bytes at its end.
    Truncate(usize),
    /// It changes places with the next frame of the same link.
    Swap,
}

/// One fault: frame number `nth` from `from` to `to`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Sender.
    pub from: PartyIdx,
    /// Receiver.
    pub to: PartyIdx,
    /// Number of the frame on this link, from 0.
    pub nth: u64,
    /// What happens to it.
    pub mischief: Mischief,
}

/// Frames under way on one link, with the idle turns that each still waits.
type Wire = VecDeque<(u32, Vec<u8>)>;

/// Three parties in one thread.
pub struct Sim {
    parties: [Executor; 3],
    /// `links[from][to]`.
    links: [[Wire; 3]; 3],
    sent: [[u64; 3]; 3],
    /// Payloads of every link, one after the other.
    transcript: [[Vec<u8>; 3]; 3],
    faults: Vec<Fault>,
    dealer: Prg,
    deals: u64,
}

impl Sim {
    /// Three parties whose pairwise generators come from `seed`; every draw is checked for reuse.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let key = |j: u8| {
            let mut key = [j; 16];
            key[..8].copy_from_slice(&seed.to_le_bytes());
            key
        };
        let ledgers: [Arc<Ledger>; 3] = Default::default();
        Self::with_keys(
            |party, pair| Prg::new(key(pair + 1)).recorded(Arc::clone(&ledgers[party as usize]), u32::from(pair)),
            key(9),
        )
    }

    /// Three parties whose pairwise generators a test chooses: pair j is known to parties j and j + 1.
    #[must_use]
    pub fn injected(sources: &[Arc<dyn Source>; 3]) -> Self {
        Self::with_keys(|_, pair| Prg::injected(Arc::clone(&sources[pair as usize])), [7; 16])
    }

    /// Three parties with generators from `keys(party, pair)`.
    fn with_keys(keys: impl Fn(u8, u8) -> Prg, dealer: [u8; 16]) -> Self {
        let parties = [0, 1, 2].map(|i| {
            let executor = Executor::new(PartyIdx(i), 0x5eed);
            executor.cx().install(Keys { next: keys(i, i), prev: keys(i, (i + 2) % 3) });
            executor
        });
        Self {
            parties,
            links: Default::default(),
            sent: [[0; 3]; 3],
            transcript: Default::default(),
            faults: Vec::new(),
            dealer: Prg::new(dealer),
            deals: 0,
        }
    }

    /// Three parties that have no generators yet, for tests of setup.
    #[must_use]
    pub fn without_keys() -> Self {
        let mut sim = Self::new(0);
        sim.parties = [0, 1, 2].map(|i| Executor::new(PartyIdx(i), 0x5eed));
        sim
    }

    /// Adds a fault.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// The generator of dealt inputs and a fresh operation number for it.
    pub fn dealer(&mut self) -> (&Prg, u64) {
        self.deals += 1;
        (&self.dealer, self.deals)
    }

    /// `len` test words that depend on the seed.
    pub fn noise(&mut self, len: usize) -> Vec<u64> {
        self.deals += 1;
        let mut out = vec![0; len];
        self.dealer.fill(Addr { op: self.deals, purpose: 0 }, 0, &mut out);
        out
    }

    /// A party's executor.
    pub fn party(&mut self, party: usize) -> &mut Executor {
        &mut self.parties[party]
    }

    /// Runs one step at all parties; `step(cx, party)` makes each party's.
    ///
    /// # Errors
    /// The abort of the lowest-numbered party that ends with one.
    pub fn run<T: 'static, F>(&mut self, step: impl Fn(Cx, usize) -> F) -> Result<[T; 3], Abort>
    where
        F: Future<Output = Result<T, Abort>> + 'static,
    {
        let [a, b, c] = self.run_each(step);
        Ok([a?, b?, c?])
    }

    /// As [`Sim::run`], with every party's own outcome.
    ///
    /// # Panics
    /// If an executor is idle although its step has not ended.
    pub fn run_each<T: 'static, F>(&mut self, step: impl Fn(Cx, usize) -> F) -> [Result<T, Abort>; 3]
    where
        F: Future<Output = Result<T, Abort>> + 'static,
    {
        let handles: [Handle<T>; 3] = [0, 1, 2].map(|i| {
            let cx = self.parties[i].cx();
            self.parties[i].spawn(step(cx, i))
        });
        let outcome = self.drive();
        let mut handles = handles.into_iter();
        outcome.map(|outcome| {
            let handle = handles.next();
            outcome.map(|()| handle.and_then(|h| h.take()).expect("an idle executor has ended its steps"))
        })
    }

    /// Moves frames until every party is idle or has aborted.
    pub fn drive(&mut self) -> [Result<(), Abort>; 3] {
        let mut ended: [Option<Result<(), Abort>>; 3] = [None, None, None];
        loop {
            let mut moved = false;
            for (i, end) in ended.iter_mut().enumerate() {
                if end.is_none() {
                    moved |= self.turn(i, end);
                }
            }
            if let [Some(_), Some(_), Some(_)] = ended {
                return ended.map(|end| end.unwrap_or(Ok(())));
            }
            if !moved && !self.wait() {
                for i in 0..3 {
                    if ended[i].is_none() {
                        ended[i] = Some(Err(self.blame(i, &ended)));
                    }
                }
            }
        }
    }

    /// Lets a party go as far as it can; whether anything moved.
    fn turn(&mut self, i: usize, end: &mut Option<Result<(), Abort>>) -> bool {
        let mut moved = false;
        loop {
            for from in [(i + 1) % 3, (i + 2) % 3] {
                let peer = PartyIdx(from as u8);
                if self.parties[i].awaits(peer)
                    && self.links[from][i].front().is_some_and(|(idle, _)| *idle == 0)
                    && let Some((_, frame)) = self.links[from][i].pop_front()
                {
                    moved = true;
                    if let Err(abort) = self.parties[i].deliver(peer, frame) {
                        *end = Some(Err(abort));
                        return true;
                    }
                }
            }
            if [(i + 1) % 3, (i + 2) % 3].into_iter().any(|from| self.parties[i].awaits(PartyIdx(from as u8))) {
                return moved;
            }
            moved = true;
            let progress = self.parties[i].poll_round();
            self.collect(i);
            match progress {
                Ok(Progress::Round) => {}
                Ok(Progress::Idle) => {
                    *end = Some(Ok(()));
                    return true;
                }
                Err(abort) => {
                    *end = Some(Err(abort));
                    return true;
                }
            }
        }
    }

    /// Puts a party's outgoing frames on their links, faults applied.
    fn collect(&mut self, from: usize) {
        for to in [(from + 1) % 3, (from + 2) % 3] {
            while let Some(mut frame) = self.parties[from].take_frame(PartyIdx(to as u8)) {
                let nth = self.sent[from][to];
                self.sent[from][to] += 1;
                self.transcript[from][to].extend_from_slice(&frame[HEADER_LEN..]);
                let hit =
                    |n| self.faults.iter().find(move |f| (f.from.0 as usize, f.to.0 as usize, f.nth) == (from, to, n));
                let mut delay = 0;
                match hit(nth).map(|fault| fault.mischief) {
                    Some(Mischief::Drop) => continue,
                    Some(Mischief::Delay(turns)) => delay = turns,
                    Some(Mischief::Corrupt(at)) => {
                        let at = at % frame.len();
                        frame[at] ^= 0xff;
                    }
                    Some(Mischief::Truncate(bytes)) => frame.truncate(frame.len().saturating_sub(bytes)),
                    Some(Mischief::Swap) => delay = u32::MAX,
                    None => {}
                }
                let swapped = nth > 0 && hit(nth - 1).is_some_and(|fault| fault.mischief == Mischief::Swap);
                if swapped && let Some((_, earlier)) = self.links[from][to].pop_back() {
                    self.links[from][to].push_back((0, frame));
                    self.links[from][to].push_back((0, earlier));
                } else {
                    self.links[from][to].push_back((delay, frame));
                }
            }
        }
    }

    /// One idle turn of the network; whether any frame is nearer its receiver.
    fn wait(&mut self) -> bool {
        let mut any = false;
        for (idle, _) in self.links.iter_mut().flatten().flatten() {
            if *idle > 0 && *idle < u32::MAX {
                *idle -= 1;
                any = true;
            }
        }
        any
    }

    /// Whom a starved party blames: an awaited peer that waits for nobody, or has ended, before one that waits itself.
    fn blame(&self, i: usize, ended: &[Option<Result<(), Abort>>; 3]) -> Abort {
        let awaits = |i: usize, from: usize| self.parties[i].awaits(PartyIdx(from as u8));
        let waits = |p: usize| ended[p].is_none() && (0..3).any(|from| from != p && from != i && awaits(p, from));
        let awaited: Vec<usize> = (0..3).filter(|from| *from != i && awaits(i, *from)).collect();
        let culprit = awaited.iter().find(|p| !waits(**p)).or(awaited.first());
        Abort { culprit: culprit.map(|p| PartyIdx(*p as u8)), reason: AbortReason::Silent }
    }

    /// All payloads sent from one party to another so far, without headers: what the receiver's view holds.
    #[must_use]
    pub fn transcript(&self, from: usize, to: usize) -> &[u8] {
        &self.transcript[from][to]
    }

    /// Every party's counters so far.
    #[must_use]
    pub fn meters(&self) -> [Meter; 3] {
        [0, 1, 2].map(|i| self.parties[i].meter())
    }

    /// What was measured so far, in the form of a plan.
    ///
    /// # Panics
    /// If the parties have counted different rounds.
    #[must_use]
    pub fn measured(&self) -> Cost {
        let meters = self.meters();
        assert!(meters.iter().all(|meter| meter.rounds == meters[0].rounds), "all parties count the same rounds");
        let mut cost = Cost::rounds(meters[0].rounds);
        for (from, meter) in meters.iter().enumerate() {
            for (to, traffic) in meter.sent.iter().enumerate() {
                cost.bits[from][to] = traffic.payload_bits;
                cost.padding[from][to] = traffic.padding_bits;
            }
            let cx = self.parties[from].cx();
            cost.prg_bytes += cx.keys().next.drawn() + cx.keys().prev.drawn();
        }
        cost
    }
}
