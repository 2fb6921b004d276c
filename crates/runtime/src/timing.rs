//! When a party begins and ends which kind of work in, how long each source line and each operation took and was waited for out.
//!
//! On only if it is asked for: it reads a clock and the engine's books at every round. The machine is looked at after short slices
//! of fuel, and a slice's time goes to the place where it ended; the time of a poll of the engine goes to the operations that
//! it began, by their scalars, or else to those under way, as does the time until the frames of the round are in.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use stoffel_mpc::{Share, Stats};

/// Backward jumps and calls of a slice of the machine while time is measured: some 50 µs of work.
pub(crate) const SLICE_FUEL: u64 = 10_000;

/// Time of one line or operation, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Spent {
    /// This party computed.
    pub computing_ns: u64,
    /// It waited for frames of its peers.
    pub waiting_ns: u64,
}

/// Where the time of one party went. Sites are instruction offsets.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Times {
    /// Time of secret operations by instruction.
    pub sites: Vec<(u32, Spent)>,
    /// Time of secret operations by name.
    pub operations: Vec<(String, Spent)>,
    /// Time of the machine by place: the calls, outermost first, then the instruction.
    pub places: Vec<(Vec<u32>, u64)>,
    /// Everything together: the machine computes in the open.
    pub interpreting_ns: u64,
    /// The engine computes on shares.
    pub engine: Spent,
    /// Latency class that the parties agreed on, in microseconds.
    pub latency_us: u32,
    /// Bandwidth class that the parties agreed on, in mebibytes a second.
    pub bandwidth_mib_s: u32,
}

/// Who shares in a span of time, and with what weight.
type Weights<K> = Vec<(K, u64)>;

/// A running measurement.
pub(crate) struct Timing {
    /// The end of what has been booked.
    mark: Instant,
    /// Waiting is told by [`Timing::waited`] and not measured: the time until a party goes on is another party's in this thread.
    told: bool,
    paused: bool,
    booked: Stats,
    sites: BTreeMap<u32, Spent>,
    operations: BTreeMap<&'static str, Spent>,
    places: BTreeMap<Vec<u32>, u64>,
    flying: (Weights<u32>, Weights<&'static str>),
    interpreting_ns: u64,
    engine: Spent,
}

impl Timing {
    pub(crate) fn new(told: bool) -> Self {
        Self {
            mark: Instant::now(),
            told,
            paused: false,
            booked: Stats::default(),
            sites: BTreeMap::new(),
            operations: BTreeMap::new(),
            places: BTreeMap::new(),
            flying: Default::default(),
            interpreting_ns: 0,
            engine: Spent::default(),
        }
    }

    /// The party goes on.
    pub(crate) fn resume(&mut self) {
        let ns = self.lap();
        if std::mem::take(&mut self.paused) && !self.told {
            self.waited(ns);
        }
    }

    /// The party waits for its peers.
    pub(crate) const fn pause(&mut self) {
        self.paused = true;
    }

    /// It has waited for the operations under way.
    pub(crate) fn waited(&mut self, ns: u64) {
        self.engine.waiting_ns += ns;
        let (sites, operations) = &self.flying;
        spread(sites, ns, |site, part| self.sites.entry(site).or_default().waiting_ns += part);
        spread(operations, ns, |name, part| self.operations.entry(name).or_default().waiting_ns += part);
    }

    /// Nothing is under way any more: what is waited for from now on is the end of the session.
    pub(crate) fn settled(&mut self) {
        self.flying = Default::default();
    }

    /// The machine has run and stands at a place; calls are innermost first.
    pub(crate) fn interpreted(&mut self, site: u32, calls: &[u32]) {
        let ns = self.lap();
        self.interpreting_ns += ns;
        let place = calls.iter().rev().copied().chain([site]).collect();
        *self.places.entry(place).or_default() += ns;
    }

    /// The engine has run; `stats` are its books after that.
    pub(crate) fn computed(&mut self, stats: Stats) {
        let ns = self.lap();
        self.engine.computing_ns += ns;
        let sites = begun(&stats.by_site, &self.booked.by_site);
        let operations = begun(&stats.by_op, &self.booked.by_op);
        self.booked = stats;
        let (on_sites, on_operations) = (weights(&sites, &self.flying.0), weights(&operations, &self.flying.1));
        spread(&on_sites, ns, |site, part| self.sites.entry(site).or_default().computing_ns += part);
        spread(&on_operations, ns, |name, part| self.operations.entry(name).or_default().computing_ns += part);
        // What is local ends at once; only what sends is waited for.
        if sites.iter().any(|(_, share)| share.bytes > 0) {
            self.flying = (sending(&sites), sending(&operations));
        }
    }

    pub(crate) fn times(&self, latency_us: u32, bandwidth_mib_s: u32) -> Times {
        Times {
            sites: self.sites.iter().map(|(site, spent)| (*site, *spent)).collect(),
            operations: self.operations.iter().map(|(name, spent)| ((*name).to_owned(), *spent)).collect(),
            places: self.places.iter().map(|(place, ns)| (place.clone(), *ns)).collect(),
            interpreting_ns: self.interpreting_ns,
            engine: self.engine,
            latency_us,
            bandwidth_mib_s,
        }
    }

    /// Nanoseconds since the last call.
    fn lap(&mut self) -> u64 {
        let now = Instant::now();
        let ns = now.duration_since(self.mark).as_nanos() as u64;
        self.mark = now;
        ns
    }
}

/// What was added to the books of each key.
fn begun<K: Ord + Copy>(now: &BTreeMap<K, Share>, before: &BTreeMap<K, Share>) -> Vec<(K, Share)> {
    let added = |(key, share): (&K, &Share)| {
        let old = before.get(key).copied().unwrap_or_default();
        let lanes = share.lanes - old.lanes + (share.nodes - old.nodes);
        (lanes > 0).then_some((*key, Share { lanes, bytes: share.bytes - old.bytes, ..Share::default() }))
    };
    now.iter().filter_map(added).collect()
}

/// Scalars of what has begun, or else what is under way.
fn weights<K: Copy>(begun: &[(K, Share)], flying: &[(K, u64)]) -> Vec<(K, u64)> {
    if begun.is_empty() { flying.to_vec() } else { begun.iter().map(|(key, share)| (*key, share.lanes)).collect() }
}

fn sending<K: Copy>(begun: &[(K, Share)]) -> Vec<(K, u64)> {
    begun.iter().filter(|(_, share)| share.bytes > 0).map(|(key, share)| (*key, share.bytes)).collect()
}

/// Divides a time by weights; nothing is lost.
fn spread<K: Copy>(weights: &[(K, u64)], ns: u64, mut book: impl FnMut(K, u64)) {
    let total: u64 = weights.iter().map(|(_, weight)| weight).sum();
    let mut rest = ns;
    for (at, (key, weight)) in weights.iter().enumerate() {
        let share = (u128::from(ns) * u128::from(*weight) / u128::from(total.max(1))) as u64;
        let part = if at + 1 == weights.len() { rest } else { share.min(rest) };
        rest -= part;
        book(*key, part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(sites: &[(u32, u64, u64)]) -> Stats {
        let share = |&(site, lanes, bytes): &(u32, u64, u64)| (site, Share { nodes: 1, lanes, rounds: 1, bytes });
        Stats { by_site: sites.iter().map(share).collect(), ..Stats::default() }
    }

    #[test]
    fn waiting_goes_to_what_was_sent_last_and_nothing_is_lost() {
        let mut timing = Timing::new(true);
        timing.computed(stats(&[(1, 99, 0), (2, 30, 300), (3, 10, 100)]));
        timing.waited(1000);
        timing.computed(stats(&[(1, 200, 0), (2, 30, 300), (3, 10, 100)]));
        timing.waited(7);
        let times = timing.times(64, 1024);
        let waiting: Vec<_> = times.sites.iter().map(|(site, spent)| (*site, spent.waiting_ns)).collect();
        assert_eq!(waiting, [(1, 0), (2, 755), (3, 252)]);
        assert_eq!(times.engine.waiting_ns, 1007);
        let computing: u64 = times.sites.iter().map(|(_, spent)| spent.computing_ns).sum();
        assert_eq!(computing, times.engine.computing_ns);
    }

    #[test]
    fn places_are_told_outermost_first() {
        let mut timing = Timing::new(true);
        timing.interpreted(7, &[5, 3]);
        let times = timing.times(1, 1);
        assert_eq!(times.places.iter().map(|(place, _)| place.clone()).collect::<Vec<_>>(), [[3, 5, 7]]);
        assert_eq!(times.places[0].1, times.interpreting_ns);
    }
}
