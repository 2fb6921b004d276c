//! A link of one machine in, a link that behaves like one of a given network out, in real time.
//!
//! Both ends are wrapped. The sender works out when a frame would arrive ([`Way`]) and says so behind the frame; the receiver holds
//! it until then. So a frame is on its way while either side computes, as on a real network. Both ends read one clock: this
//! serves trials on one machine, not links between machines.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::link::{Around, Ending, left_to_inner};
use crate::profile::{Profile, Way};
use crate::{Link, LinkError};

/// Bytes of the time behind a frame.
const STAMP_BYTES: usize = 8;

/// A link with the delays of a network.
pub struct Shaped<L> {
    link: L,
    way: Way,
    /// Frames that have come and their times, in order.
    held: VecDeque<(u64, Vec<u8>)>,
    ending: Ending,
}

impl<L: Link> Shaped<L> {
    /// Wraps one end; the other must be wrapped, too. `seed` decides jitter and losses of what this end sends.
    pub const fn new(link: L, profile: Profile, seed: u64) -> Self {
        Self { link, way: Way::new(profile, seed), held: VecDeque::new(), ending: Ending::NONE }
    }

    /// Takes what has come from the transport.
    fn collect(&mut self) {
        while !self.ending.is_known() {
            match self.link.try_recv() {
                Ok(None) => return,
                Ok(Some(mut frame)) => match frame.split_last_chunk::<STAMP_BYTES>() {
                    Some((body, stamp)) => {
                        let (len, arrives) = (body.len(), u64::from_le_bytes(*stamp));
                        frame.truncate(len);
                        self.held.push_back((arrives, frame));
                    }
                    None => self.ending.set(LinkError::Closed),
                },
                Err(error) => self.ending.set(error),
            }
        }
    }
}

/// Nanoseconds since 1970: one clock for all processes of the machine.
fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

impl<L: Link> Around for Shaped<L> {
    type Inner = L;

    fn inner(&self) -> &L {
        &self.link
    }

    fn inner_mut(&mut self) -> &mut L {
        &mut self.link
    }
}

impl<L: Link> Link for Shaped<L> {
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.send_vec(frame.to_vec())
    }

    fn send_vec(&mut self, mut frame: Vec<u8>) -> Result<(), LinkError> {
        let arrives = self.way.arrival_ns(now_ns(), frame.len() as u64);
        frame.extend_from_slice(&arrives.to_le_bytes());
        self.link.send_vec(frame)
    }

    fn try_recv(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        self.collect();
        match self.held.front() {
            Some((arrives, _)) if *arrives <= now_ns() => Ok(self.held.pop_front().map(|(_, frame)| frame)),
            Some(_) => Ok(None),
            None => self.ending.after(None),
        }
    }

    left_to_inner!(has_pending flush close fd doze polls_writes);

    fn wait(&mut self, deadline: Instant) {
        let deadline = self.due().map_or(deadline, |due| due.min(deadline));
        self.link.wait(deadline);
    }

    fn due(&self) -> Option<Instant> {
        if self.held.is_empty() && self.ending.is_known() {
            return Some(Instant::now());
        }
        let (arrives, _) = self.held.front()?;
        Some(Instant::now() + Duration::from_nanos(arrives.saturating_sub(now_ns())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Limits, pair};

    #[test]
    fn frames_arrive_whole_in_order_and_not_before_their_time() {
        let (a, b) = pair(Limits::default());
        let profile = Profile { latency_us: 2000.0, jitter_us: 500.0, ..Profile::LAN };
        let (mut a, mut b) = (Shaped::new(a, profile, 1), Shaped::new(b, profile, 2));
        let start = Instant::now();
        a.send(b"one").unwrap();
        a.send(&[7; 100_000]).unwrap();
        a.close();
        let mut got = Vec::new();
        let error = loop {
            match b.try_recv() {
                Ok(Some(frame)) => got.push((start.elapsed(), frame)),
                Ok(None) => b.wait(start + Duration::from_secs(20)),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, LinkError::Closed));
        assert_eq!(got.iter().map(|(_, frame)| frame.len()).collect::<Vec<_>>(), [3, 100_000]);
        assert!(got[0].0 >= Duration::from_micros(1990) && got[1].0 >= Duration::from_micros(2790));
    }
}
