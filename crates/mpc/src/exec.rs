//! Protocol steps in, frames out; frames in, results out: the lockstep executor.
//!
//! A step is a straight-line `async fn` over [`Cx`] whose only suspension point is [`Cx::end_round`]. The executor polls all live
//! steps in the order of spawning; one sweep is one communication round, and what the steps send concatenates into one frame
//! per peer. Every step declares what it will receive before it suspends, so both sides know every length and a
//! peer that owes nothing sends no frame.
//! Invariants: all parties spawn the same steps in the same order; no clock, thread or socket.
//! Not here: what to spawn (the engine), links (`net`).

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::frame::{HEADER_LEN, Header};
use crate::{Abort, AbortReason, Meter, PartyIdx, Progress};

mod cx;
mod digest;
mod join;

pub use cx::{Cx, Due, Keys, Peer};
pub use digest::Digest;
pub use join::{join, join_all};

type Step = Pin<Box<dyn Future<Output = Result<(), Abort>>>>;

/// Runs one party's steps in lockstep with its peers'.
pub struct Executor {
    cx: Cx,
    session: u64,
    epoch: u32,
    steps: Vec<Option<Step>>,
    /// Steps before this index were polled in the current round.
    swept: usize,
    ready: [VecDeque<Vec<u8>>; 2],
    arrived: [bool; 2],
    digest: Digest,
    /// The digest in the frames of the closed round.
    closed_digest: u64,
    /// First program site absorbed since the last round was closed, and since a frame was last checked.
    site: Option<u32>,
    closed_site: Option<u32>,
    failed: Option<Abort>,
}

/// The result of a spawned step, once it has ended. Also a future, so that later steps can wait for earlier ones.
pub struct Handle<T> {
    slot: Rc<RefCell<Option<T>>>,
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self { slot: Rc::clone(&self.slot) }
    }
}

impl<T> Handle<T> {
    /// Moves the result out, if the step has ended and nobody took it.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.slot.borrow_mut().take()
    }

    /// Whether a result waits.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.slot.borrow().is_some()
    }
}

impl<T> Future for Handle<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        self.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl Executor {
    /// An executor of party `me` of three; `session` tags every frame. Generators come by [`Cx::install`].
    #[must_use]
    pub fn new(me: PartyIdx, session: u64) -> Self {
        Self {
            cx: Cx::new(me),
            session,
            epoch: 0,
            steps: Vec::new(),
            swept: 0,
            ready: Default::default(),
            arrived: [false; 2],
            digest: Digest::new(session),
            closed_digest: 0,
            site: None,
            closed_site: None,
            failed: None,
        }
    }

    /// The context that steps of this executor run in.
    #[must_use]
    pub fn cx(&self) -> Cx {
        self.cx.clone()
    }

    /// Adds a step behind all others. It is first polled in the current round if the round has not been closed.
    pub fn spawn<T: 'static>(&mut self, step: impl Future<Output = Result<T, Abort>> + 'static) -> Handle<T> {
        let handle = Handle { slot: Rc::new(RefCell::new(None)) };
        let slot = Rc::clone(&handle.slot);
        self.steps.push(Some(Box::pin(async move {
            let result = step.await?;
            *slot.borrow_mut() = Some(result);
            Ok(())
        })));
        handle
    }

    /// Absorbs a word of the schedule: operations, operands, lengths, public values. The same at every party.
    pub fn absorb(&mut self, word: u64) {
        self.digest.absorb(word);
    }

    /// Names the program site that is being absorbed; a divergence is reported at the first site after the last good frame.
    pub fn at_site(&mut self, site: u32) {
        self.site.get_or_insert(site);
    }

    /// Begins the next flush.
    pub fn next_epoch(&mut self) {
        self.epoch += 1;
    }

    /// Polls once, in order, every step that was not polled in this round. May be called again after spawning more.
    ///
    /// Does nothing while a due frame is missing.
    ///
    /// # Errors
    /// The first abort of a step.
    pub fn sweep(&mut self) -> Result<(), Abort> {
        if let Some(abort) = &self.failed {
            return Err(abort.clone());
        }
        if Peer::BOTH.into_iter().any(|peer| self.awaits_peer(peer)) {
            return Ok(());
        }
        let mut context = Context::from_waker(Waker::noop());
        while self.swept < self.steps.len() {
            if let Some(step) = &mut self.steps[self.swept] {
                match step.as_mut().poll(&mut context) {
                    Poll::Pending => {}
                    Poll::Ready(Ok(())) => self.steps[self.swept] = None,
                    Poll::Ready(Err(abort)) => {
                        self.failed = Some(abort.clone());
                        return Err(abort);
                    }
                }
            }
            self.swept += 1;
        }
        Ok(())
    }

    /// Ends the round: what was sent since the last one becomes one frame per peer.
    ///
    /// Gives [`Progress::Idle`] if no step is left, [`Progress::Round`] if steps wait for the next round. Does nothing
    /// while a due frame is missing.
    ///
    /// # Errors
    /// [`AbortReason::Limit`] if a frame exceeds 4 GiB.
    ///
    /// # Panics
    /// If all live steps wait for results that nobody will give.
    pub fn close_round(&mut self) -> Result<Progress, Abort> {
        if let Some(abort) = &self.failed {
            return Err(abort.clone());
        }
        if Peer::BOTH.into_iter().any(|peer| self.awaits_peer(peer)) {
            return Ok(Progress::Round);
        }
        self.steps.retain(Option::is_some);
        self.swept = 0;
        if self.steps.is_empty() {
            assert!(!self.cx.has_unsent(), "a step ends its round before it ends itself");
            return Ok(Progress::Idle);
        }
        assert!(self.cx.round_is_ending(), "a step waits for something other than the end of the round");
        self.digest.absorb(self.cx.ops_begun());
        let digest = self.digest.value();
        self.closed_digest = digest;
        self.closed_site = self.closed_site.or(self.site.take());
        let round = self.cx.round();
        for peer in Peer::BOTH {
            let Some(mut frame) = self.cx.take_outgoing(peer) else { continue };
            let Ok(len) = u32::try_from(frame.len() - HEADER_LEN) else {
                return Err(Abort { culprit: None, reason: AbortReason::Limit("bytes of one frame") });
            };
            let header = Header { session: self.session, epoch: self.epoch, round, len, digest };
            frame[..HEADER_LEN].copy_from_slice(&header.encode());
            self.ready[peer as usize].push_back(frame);
        }
        self.cx.next_round();
        self.arrived = [false; 2];
        Ok(Progress::Round)
    }

    /// One whole round: [`Executor::sweep`], then [`Executor::close_round`].
    ///
    /// # Errors
    /// As both.
    pub fn poll_round(&mut self) -> Result<Progress, Abort> {
        self.sweep()?;
        self.close_round()
    }

    /// The next frame for a peer.
    pub fn take_frame(&mut self, to: PartyIdx) -> Option<Vec<u8>> {
        let peer = self.cx.peer(to)?;
        self.ready[peer as usize].pop_front()
    }

    /// Whether a frame of this party is due before the next sweep.
    #[must_use]
    pub fn awaits(&self, from: PartyIdx) -> bool {
        self.cx.peer(from).is_some_and(|peer| self.awaits_peer(peer))
    }

    fn awaits_peer(&self, peer: Peer) -> bool {
        self.cx.due(peer) > 0 && !self.arrived[peer as usize]
    }

    /// Hands in the due frame of a peer.
    ///
    /// # Errors
    /// An [`Abort`] that names the peer if no frame is due, or its header or length is not what the schedule gives.
    pub fn deliver(&mut self, from: PartyIdx, frame: Vec<u8>) -> Result<(), Abort> {
        let result = self.check(from, frame).map_err(|reason| Abort { culprit: Some(from), reason });
        if let Err(abort) = &result {
            self.failed = Some(abort.clone());
        }
        result
    }

    fn check(&mut self, from: PartyIdx, frame: Vec<u8>) -> Result<(), AbortReason> {
        let peer = self.cx.peer(from).ok_or(AbortReason::Malformed("sender is no peer"))?;
        let (header, payload) = Header::decode(&frame)?;
        if !self.awaits_peer(peer) {
            return Err(AbortReason::Malformed("no frame is due"));
        }
        if header.session != self.session {
            return Err(AbortReason::Malformed("frame of another session"));
        }
        // The round was counted on when it was closed.
        if (header.epoch, header.round) != (self.epoch, self.cx.round() - 1) {
            return Err(AbortReason::Malformed("frame of another round"));
        }
        if header.digest != self.closed_digest {
            return Err(AbortReason::Diverged { site: self.closed_site.unwrap_or(0) });
        }
        if payload.len() != self.cx.due(peer) {
            return Err(AbortReason::Malformed("payload of another length"));
        }
        self.cx.set_incoming(peer, frame);
        self.arrived[peer as usize] = true;
        self.closed_site = None;
        Ok(())
    }

    /// What was sent so far. Rounds are those of the executor, one per closed sweep with live steps.
    #[must_use]
    pub fn meter(&self) -> Meter {
        self.cx.meter()
    }
}

#[cfg(test)]
mod tests;
