//! Links to all peers in, their latency and bandwidth out: measured by all parties at once before anything else is said.
//!
//! A party says on each link that it is there and begins once all others are. It sends small frames that the peer returns, then a
//! long one, and says when it has all figures; it answers until every peer has said so. The best of several tries counts: what
//! lies above it is the machine's own noise. Schedules are chosen by the worst of what all parties measure, rounded (`Offer`).
//! Nothing secret exists yet.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use stoffel_mpc::PartyIdx;
use stoffel_net::{Link, wait_any};

use crate::abort::SessionError;
use crate::driver::why;
use crate::party::kind;

/// Small frames sent to each peer, one after the other.
const PINGS: u8 = 5;
/// No more of them are sent once they have taken this long.
const PINGS_ENOUGH: Duration = Duration::from_millis(100);
/// Bytes of the long frame, at most, and how often it is sent.
const LONG_BYTES: u64 = 256 * 1024;
const LONGS: u8 = 3;
/// No more long frames once they have taken this long.
const LONGS_ENOUGH: Duration = Duration::from_millis(50);
/// Longest sleep between two looks at the wish to stop.
const SLICE: Duration = Duration::from_millis(50);

/// First byte of a frame here.
const THERE: u8 = 1;
const PING: u8 = 2;
const ECHO: u8 = 3;
const KNOWN: u8 = 4;

/// What one party has found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Measured {
    /// One way to the farthest peer, in microseconds.
    pub(crate) latency_us: u32,
    /// Of the slowest link, in mebibytes a second.
    pub(crate) bandwidth_mib_s: u32,
}

/// One peer.
struct Peer {
    index: PartyIdx,
    heard: Instant,
    there: bool,
    known: bool,
    sent: Option<Instant>,
    pings: u8,
    longs: u8,
    spent: Duration,
    round_trip: Duration,
    long: Duration,
    done: bool,
}

/// Measures the links; entries without link are this party's own.
///
/// # Errors
/// If a peer is lost, gives up, says something else or nothing for the timeout, or the run is cancelled.
pub(crate) fn measure(
    links: &mut [Option<Box<dyn Link>>],
    frame_bytes_max: u64,
    timeout: Duration,
    cancel: &AtomicBool,
) -> Result<Measured, SessionError> {
    let long_bytes = LONG_BYTES.min(frame_bytes_max / 2).max(64) as usize;
    let present = (0u8..).zip(&*links).filter(|(_, link)| link.is_some());
    let mut peers: Vec<Peer> = present.map(|(index, _)| Peer::new(PartyIdx(index))).collect();
    let mut links: Vec<&mut Box<dyn Link>> = links.iter_mut().flatten().collect();
    for (peer, link) in peers.iter().zip(&mut links) {
        link.send(&[THERE]).map_err(|error| lost(peer.index, &error))?;
    }
    let (mut since, mut all_there) = (Instant::now(), false);
    loop {
        let mut moved = false;
        if !all_there && peers.iter().all(|peer| peer.there) {
            (since, all_there) = (Instant::now(), true);
        }
        for (peer, link) in peers.iter_mut().zip(&mut links) {
            moved |= peer.turn(link, all_there, long_bytes)?;
        }
        if peers.iter().all(Peer::is_over) && !links.iter().any(|link| link.has_pending()) {
            break;
        }
        if cancel.load(Ordering::Relaxed) {
            return Err(SessionError::Interrupted);
        }
        let now = Instant::now();
        // While somebody is missing, nobody else owes anything.
        let owes = |peer: &&Peer| if all_there { !peer.is_over() } else { !peer.there };
        if let Some(silent) = peers.iter().filter(owes).find(|peer| now >= peer.heard.max(since) + timeout) {
            let what = format!("sent nothing for {} ms", timeout.as_millis());
            return Err(SessionError::Lost { peer: silent.index, what });
        }
        if !moved {
            // A peer whose links are all over may already say hello: only links that are not over are listened to.
            let open = peers.iter().zip(&mut links).filter(|(peer, link)| !peer.is_over() || link.has_pending());
            let mut open: Vec<&mut dyn Link> = open.map(|(_, link)| &mut ***link as _).collect();
            wait_any(&mut open, now + SLICE.min(timeout))
                .map_err(|error| SessionError::Setup(format!("cannot wait for links: {error}")))?;
        }
    }
    let latency = peers.iter().map(|peer| peer.round_trip / 2).max().unwrap_or_default();
    let bandwidth = peers.iter().map(|peer| peer.bandwidth_mib_s(long_bytes)).fold(f64::INFINITY, f64::min);
    Ok(Measured {
        latency_us: latency.as_micros().min(u128::from(u32::MAX)) as u32,
        bandwidth_mib_s: bandwidth.clamp(1.0, f64::from(u32::MAX)) as u32,
    })
}

impl Peer {
    fn new(index: PartyIdx) -> Self {
        Self {
            index,
            heard: Instant::now(),
            there: false,
            known: false,
            sent: None,
            pings: 0,
            longs: 0,
            spent: Duration::ZERO,
            round_trip: Duration::MAX,
            long: Duration::MAX,
            done: false,
        }
    }

    /// Both sides have all figures of this link: what comes next is no longer meant for here.
    const fn is_over(&self) -> bool {
        self.done && self.known
    }

    /// Listens, answers and asks on; whether anything happened.
    fn turn(&mut self, link: &mut Box<dyn Link>, all_there: bool, long_bytes: usize) -> Result<bool, SessionError> {
        let index = self.index;
        let failed = |error| lost(index, &error);
        link.flush().map_err(failed)?;
        let mut moved = false;
        while !self.is_over() {
            let Some(frame) = link.try_recv().map_err(failed)? else { break };
            moved = true;
            self.heard = Instant::now();
            if let [body @ .., kind::GIVE_UP] = &frame[..]
                && !body.is_empty()
            {
                return Err(SessionError::from_give_up(index, body.to_vec()));
            }
            match frame.first() {
                Some(&THERE) if !self.there && frame.len() == 1 => self.there = true,
                Some(&PING) if frame.len() <= long_bytes => link.send(&[ECHO]).map_err(failed)?,
                Some(&ECHO) if frame.len() == 1 => self.answered()?,
                Some(&KNOWN) if self.there && frame.len() == 1 => self.known = true,
                _ => return Err(SessionError::Malformed { peer: index, what: "answer while links are measured" }),
            }
        }
        if all_there && self.sent.is_none() && !self.done {
            moved = true;
            self.sent = Some(Instant::now());
            if self.asks_short() {
                link.send(&[PING]).map_err(failed)?;
            } else if self.asks_long() {
                let mut frame = vec![0; long_bytes];
                frame[0] = PING;
                link.send_vec(frame).map_err(failed)?;
            } else {
                self.sent = None;
                self.done = true;
                link.send(&[KNOWN]).map_err(failed)?;
            }
        }
        Ok(moved)
    }

    fn asks_short(&self) -> bool {
        self.pings == 0 || (self.longs == 0 && self.pings < PINGS && self.spent < PINGS_ENOUGH)
    }

    fn asks_long(&self) -> bool {
        self.longs == 0 || (self.longs < LONGS && self.spent < LONGS_ENOUGH)
    }

    /// What was sent last has come back.
    fn answered(&mut self) -> Result<(), SessionError> {
        let unasked = SessionError::Malformed { peer: self.index, what: "answer while links are measured" };
        let took = self.sent.take().ok_or(unasked)?.elapsed();
        if self.asks_short() {
            self.pings += 1;
            self.spent += took;
            self.round_trip = self.round_trip.min(took);
            if !self.asks_short() {
                self.spent = Duration::ZERO;
            }
        } else {
            self.longs += 1;
            self.spent += took;
            self.long = self.long.min(took);
        }
        Ok(())
    }

    fn bandwidth_mib_s(&self, long_bytes: usize) -> f64 {
        let took = self.long.saturating_sub(self.round_trip).max(Duration::from_micros(1));
        long_bytes as f64 / f64::from(1 << 20) / took.as_secs_f64()
    }
}

fn lost(peer: PartyIdx, error: &stoffel_net::LinkError) -> SessionError {
    SessionError::Lost { peer, what: why(error) }
}

#[cfg(test)]
mod tests {
    use std::thread::scope;

    use stoffel_net::memory::{self, Limits};
    use stoffel_net::{Profile, Shaped};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn measured(profile: impl Fn(usize, usize) -> Profile + Sync) -> Vec<Result<Measured, SessionError>> {
        let never = AtomicBool::new(false);
        let rows: Vec<Vec<Option<Box<dyn Link>>>> = (0..)
            .zip(memory::mesh(3, Limits::default()))
            .map(|(me, row)| {
                let shape = |(peer, link): (usize, Option<memory::MemoryLink>)| {
                    Some(Box::new(Shaped::new(link?, profile(me, peer), 0)) as Box<dyn Link>)
                };
                (0..).zip(row).map(shape).collect()
            })
            .collect();
        scope(|scope| {
            let never = &never;
            let parties: Vec<_> = rows
                .into_iter()
                .map(|mut row| scope.spawn(move || measure(&mut row, 1 << 20, PATIENCE, never)))
                .collect();
            parties.into_iter().map(|party| party.join().unwrap()).collect()
        })
    }

    #[test]
    fn the_slowest_link_of_each_party_counts() {
        // Between parties 0 and 2 there is a bad line.
        let bad = Profile { latency_us: 8000.0, bandwidth_mbit_s: 80.0, ..Profile::LAN };
        let good = Profile { bandwidth_mbit_s: 1e6, ..Profile::LAN };
        let all = measured(|from, to| if from + to == 2 && from != to { bad } else { good });
        let all: Vec<Measured> = all.into_iter().map(Result::unwrap).collect();
        for party in [0, 2] {
            assert!((8000..16_000).contains(&all[party].latency_us), "{all:?}");
            assert!((3..=10).contains(&all[party].bandwidth_mib_s), "{all:?}");
        }
        assert!(all[1].latency_us >= 100, "{all:?}");
    }

    #[test]
    fn a_peer_that_says_something_else_or_leaves_is_named() {
        for nonsense in [Some(&[9][..]), Some(&[ECHO]), Some(&[KNOWN]), Some(&[]), None] {
            let (mine, mut theirs) = memory::pair(Limits::default());
            let mut links: Vec<Option<Box<dyn Link>>> = vec![None, Some(Box::new(mine))];
            match nonsense {
                Some(frame) => theirs.send(frame).unwrap(),
                None => theirs.close(),
            }
            let error = measure(&mut links, 1 << 20, PATIENCE, &AtomicBool::new(false)).unwrap_err();
            assert_eq!(error.culprit(), Some(PartyIdx(1)), "{error}");
        }
    }
}
