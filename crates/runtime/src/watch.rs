//! Signs of life of the peers in, whom to blame for silence out.
//!
//! Every party tells every other, several times within the session's timeout, how far it knows each party to be and on whom it
//! waits. So a peer that computes for long, or that waits on somebody else, is told from one that is gone: a party blames a peer
//! only if it hears nothing of it, or it says that it waits on nobody and yet does not move, or nobody moves at all.
//! Not here: clocks; the time is an argument.

use std::time::{Duration, Instant};

use stoffel_mpc::PartyIdx;

use crate::abort::SessionError;
use crate::wire::{Malformed, Reader};

/// Signs of life within one timeout.
const SIGNS: u32 = 4;
/// Longest pause between two signs.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// One sign of life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Alive {
    /// Progress of every party as far as the sender knows: numbers that grow while the party works.
    progress: Vec<u64>,
    /// Whether the sender waits for a frame of each party.
    waits_on: Vec<bool>,
}

impl Alive {
    fn to_bytes(&self) -> Vec<u8> {
        let mut out: Vec<u8> = self.progress.iter().flat_map(|one| one.to_le_bytes()).collect();
        out.extend(self.waits_on.iter().map(|one| u8::from(*one)));
        out
    }

    fn from_bytes(bytes: &[u8], n: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let progress = (0..n).map(|_| reader.u64()).collect::<Result<_, _>>()?;
        let waits_on = (0..n).map(|_| reader.u8().map(|one| one != 0)).collect::<Result<_, _>>()?;
        reader.end()?;
        Ok(Self { progress, waits_on })
    }
}

/// What is known of the peers' progress.
pub(crate) struct Watch {
    me: usize,
    timeout: Duration,
    peers: Vec<Peer>,
    progress: Vec<u64>,
    /// When anybody but this party was last seen to move.
    moved: Instant,
    /// When the next sign is due.
    due: Instant,
}

struct Peer {
    heard: Instant,
    moved: Instant,
    waits: bool,
}

impl Watch {
    /// Begins with everybody just heard.
    pub(crate) fn new(me: PartyIdx, n: usize, timeout: Duration, now: Instant) -> Self {
        let peers = (0..n).map(|_| Peer { heard: now, moved: now, waits: false }).collect();
        Self { me: usize::from(me.0), timeout, peers, progress: vec![0; n], moved: now, due: now }
    }

    /// This party has moved on.
    pub(crate) fn worked(&mut self) {
        self.progress[self.me] += 1;
    }

    /// A frame of the protocol came from a peer.
    pub(crate) fn heard(&mut self, peer: usize, now: Instant) {
        let one = &mut self.peers[peer];
        (one.heard, one.moved, one.waits) = (now, now, false);
        self.moved = now;
    }

    /// A sign of life came from a peer.
    pub(crate) fn sign(&mut self, peer: usize, bytes: &[u8], now: Instant) -> Result<(), Malformed> {
        let alive = Alive::from_bytes(bytes, self.peers.len())?;
        for (index, (known, told)) in self.progress.iter_mut().zip(&alive.progress).enumerate() {
            if index != self.me && told > known {
                *known = *told;
                self.peers[index].moved = now;
                self.moved = now;
            }
        }
        self.peers[peer].heard = now;
        self.peers[peer].waits = alive.waits_on.contains(&true);
        Ok(())
    }

    /// The sign to send to every peer, if one is due.
    pub(crate) fn sign_due(&mut self, awaited: &[PartyIdx], now: Instant) -> Option<Vec<u8>> {
        if now < self.due {
            return None;
        }
        self.due = now + (self.timeout / SIGNS).min(PAUSE_MAX);
        let mut waits_on = vec![false; self.peers.len()];
        awaited.iter().for_each(|peer| waits_on[usize::from(peer.0)] = true);
        Some(Alive { progress: self.progress.clone(), waits_on }.to_bytes())
    }

    /// When to look again at the latest.
    pub(crate) fn next_look(&self) -> Instant {
        self.due
    }

    /// Whom to blame among those that are awaited, if somebody.
    pub(crate) fn verdict(&self, awaited: &[PartyIdx], now: Instant) -> Result<(), SessionError> {
        let lost = |peer: PartyIdx, what: String| Err(SessionError::Lost { peer, what });
        let ms = self.timeout.as_millis();
        for &peer in awaited {
            let one = &self.peers[usize::from(peer.0)];
            if now.saturating_duration_since(one.heard) > self.timeout {
                return lost(peer, format!("sent nothing for {ms} ms"));
            }
            if !one.waits && now.saturating_duration_since(one.moved) > self.timeout {
                return lost(peer, format!("waits on nobody and has not moved for {ms} ms"));
            }
        }
        match awaited.first() {
            Some(&peer) if now.saturating_duration_since(self.moved) > 2 * self.timeout => {
                lost(peer, format!("has not sent what is due, and no party has moved for {} ms", 2 * ms))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(1000);

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn two(now: Instant) -> (Watch, Watch) {
        (Watch::new(PartyIdx(0), 3, TIMEOUT, now), Watch::new(PartyIdx(1), 3, TIMEOUT, now))
    }

    #[test]
    fn a_silent_peer_is_blamed_after_the_timeout() {
        let start = Instant::now();
        let (watch, _) = two(start);
        assert!(watch.verdict(&[PartyIdx(1)], start + TIMEOUT).is_ok());
        let blamed = watch.verdict(&[PartyIdx(1)], start + TIMEOUT + ms(1)).unwrap_err();
        assert_eq!(blamed.culprit(), Some(PartyIdx(1)));
        assert!(watch.verdict(&[], start + 10 * TIMEOUT).is_ok());
    }

    #[test]
    fn a_peer_that_computes_for_long_is_not_blamed() {
        let start = Instant::now();
        let (mut watch, mut busy) = two(start);
        for step in 1..40 {
            let now = start + step * ms(250);
            busy.worked();
            let sign = busy.sign_due(&[], now).unwrap();
            watch.sign(1, &sign, now).unwrap();
            assert!(watch.verdict(&[PartyIdx(1)], now).is_ok());
        }
    }

    #[test]
    fn a_peer_that_waits_on_another_is_not_blamed_but_a_stuck_one_is() {
        let start = Instant::now();
        let (mut watch, mut other) = two(start);
        for step in 1..=6 {
            let now = start + step * ms(250);
            let sign = other.sign_due(&[PartyIdx(2)], now).unwrap();
            watch.sign(1, &sign, now).unwrap();
            assert!(watch.verdict(&[PartyIdx(1)], now).is_ok());
        }
        let now = start + ms(1750);
        let sign = other.sign_due(&[], now).unwrap();
        watch.sign(1, &sign, now).unwrap();
        assert!(watch.verdict(&[PartyIdx(1)], now).unwrap_err().to_string().contains("waits on nobody"));
    }

    #[test]
    fn a_circle_of_waiting_ends() {
        let start = Instant::now();
        let (mut watch, mut other) = two(start);
        let mut ended = None;
        for step in 1..20 {
            let now = start + step * ms(250);
            let sign = other.sign_due(&[PartyIdx(0)], now).unwrap();
            watch.sign(1, &sign, now).unwrap();
            let sign = watch.sign_due(&[PartyIdx(1)], now).unwrap();
            other.sign(0, &sign, now).unwrap();
            if watch.verdict(&[PartyIdx(1)], now).is_err() {
                ended = Some(step);
                break;
            }
        }
        assert_eq!(ended, Some(9));
    }

    #[test]
    fn signs_of_another_length_are_refused() {
        let now = Instant::now();
        let (mut watch, _) = two(now);
        assert!(watch.sign(1, &[0; 26], now).is_err());
        assert!(watch.sign(1, &[0; 27], now).is_ok());
    }
}
