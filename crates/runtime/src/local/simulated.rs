//! All parties in this thread and a network in, the outcome and how long it would have taken out.
//!
//! Every party has a clock of its own: computing moves it by the time that it takes here, or not at all; a frame that arrives later
//! than its receiver's clock moves that clock. Nothing sleeps, and without computing everything is a function of the program,
//! its inputs and the seeds of the ways.

use std::time::{Duration, Instant};

use stoffel_mpc::PartyIdx;
use stoffel_net::Way;

use super::{Local, LocalOutcome, News, tell};
use crate::abort::SessionError;
use crate::party::{Party, Step};

/// What a simulated run counts as time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    /// The network alone: the same in every run.
    Network,
    /// The network, and what each party computes on this machine as if it had it for itself.
    NetworkAndComputing,
}

impl Local {
    /// Runs all parties in this thread; [`LocalOutcome::elapsed`] is in simulated time. `way` gives each way of each link.
    ///
    /// # Errors
    /// Whatever ends the session at any party.
    pub fn run_simulated(
        &self,
        way: &mut dyn FnMut(PartyIdx, PartyIdx) -> Result<Way, SessionError>,
        counted: Counted,
        news: &mut dyn FnMut(News<'_>),
    ) -> Result<LocalOutcome, SessionError> {
        let mut parties = self.parties_here()?;
        let everyone = || (0..self.n_parties).map(PartyIdx);
        let mut ways = Vec::new();
        for from in everyone() {
            ways.push(everyone().map(|to| way(from, to)).collect::<Result<Vec<_>, _>>()?);
        }
        let mut clocks = vec![0u64; parties.len()];
        let mut steps = 0u64;
        loop {
            let (mut done, mut working) = (true, false);
            // When the first party loses patience, and which.
            let mut patience: Option<(u64, usize)> = None;
            for (index, party) in parties.iter_mut().enumerate() {
                let started = Instant::now();
                let step = party.step()?;
                if counted == Counted::NetworkAndComputing {
                    clocks[index] += started.elapsed().as_nanos() as u64;
                }
                done &= step == Step::Done;
                working |= step == Step::Working;
                if let Step::WaitingForMessage(_, timeout_ms) = step {
                    let until = clocks[index].saturating_add(timeout_ms.saturating_mul(1_000_000));
                    patience = Some(patience.map_or((until, index), |one| one.min((until, index))));
                }
                tell(party, &mut steps, news);
            }
            if done {
                break;
            }
            if !exchange(&mut parties, &mut ways, &mut clocks)? && !working {
                let Some((until, index)) = patience else {
                    return Err(SessionError::Setup("the parties wait for each other".to_owned()));
                };
                clocks[index] = clocks[index].max(until);
                parties[index].expire();
            }
        }
        let elapsed = Duration::from_nanos(clocks.iter().copied().max().unwrap_or(0));
        self.finish(parties.into_iter().map(Party::into_outcome).collect(), elapsed)
    }
}

/// Moves all frames, each at its time; whether there were any.
fn exchange(parties: &mut [Party], ways: &mut [Vec<Way>], clocks: &mut [u64]) -> Result<bool, SessionError> {
    let mut arrivals = clocks.to_vec();
    let mut moved = false;
    for from in 0..parties.len() {
        for to in 0..parties.len() {
            while let Some(frame) = parties[from].take_frame(PartyIdx(to as u8)) {
                let arrives = ways[from][to].arrival_ns(clocks[from], frame.len() as u64);
                arrivals[to] = arrivals[to].max(arrives);
                parties[to].deliver(PartyIdx(from as u8), frame)?;
                moved = true;
            }
        }
    }
    for ((party, clock), arrives) in parties.iter_mut().zip(clocks).zip(arrivals) {
        party.waited(arrives - *clock);
        *clock = arrives;
    }
    Ok(moved)
}
