//! Sessions over networks of any kind: simulated ones, in which nothing waits, and shaped ones, in which frames do.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use stoffel_bytecode::{Program, verify};
use stoffel_mpc::{Backend, PartyIdx};
use stoffel_net::{Fault, Faulty, Link, Profile, Shaped, Way};
use stoffel_runtime::Network;
use stoffel_runtime::local::{Counted, Local, LocalOutcome};
use stoffel_value::{ScalarTy, Value};
use stoffel_vm::Limits;

const LOOP: &str = include_str!("programs/loop.txt");

/// A session that opens `n` values one after the other.
fn local(n: u64) -> Local {
    Local {
        program: Arc::new(verify(Program::from_text(LOOP).unwrap()).unwrap()),
        backend: Backend::Rep3,
        n_parties: 3,
        threshold: 1,
        public: vec![(0, Value::Scalar(ScalarTy::I64, n))],
        clients: Vec::new(),
        output_clients: None,
        offers: Vec::new(),
        limits: Limits::default(),
        timeout: Duration::from_millis(500),
        timed: false,
        storage: None,
        storage_programs: Vec::new(),
    }
}

fn simulated(n: u64, profile: impl Fn(PartyIdx, PartyIdx) -> Profile, seed: u64) -> LocalOutcome {
    let mut way =
        |from: PartyIdx, to: PartyIdx| Ok(Way::new(profile(from, to), seed + u64::from(from.0) * 3 + u64::from(to.0)));
    local(n).run_simulated(&mut way, Counted::Network, &mut |_| {}).unwrap()
}

#[test]
fn a_simulated_session_takes_its_rounds_and_waits_for_nobody() {
    let started = Instant::now();
    let profile = Profile { bandwidth_mbit_s: 1e6, ..Profile::WAN };
    let plain = Profile { jitter_us: 0.0, loss: 0.0, ..profile };
    let ran = simulated(200, |_, _| plain, 0);
    // Hellos, the rounds of the engine, the final frames: one latency each.
    let latencies = (ran.outcome.stats.rounds + 2) as f64;
    let expected = latencies * plain.latency_us * 1e-6;
    assert!((ran.elapsed.as_secs_f64() / expected - 1.0).abs() < 0.01, "{:?} for {expected} s", ran.elapsed);
    assert!(started.elapsed() < ran.elapsed, "nothing sleeps");
    assert_eq!(ran.outcome.results, local(200).run_in_one_thread(&mut |_| {}).unwrap().outcome.results);
}

#[test]
fn jitter_and_loss_come_from_the_seed() {
    let lossy = Profile { loss: 0.02, ..Profile::WAN };
    let time = |seed| simulated(100, |_, _| lossy, seed).elapsed;
    assert_eq!(time(1), time(1));
    assert_ne!(time(1), time(2));
    assert!(time(1) > simulated(100, |_, _| Profile { loss: 0.0, ..lossy }, 1).elapsed);
}

#[test]
fn one_slow_party_slows_everybody_and_changes_nothing_else() {
    let slow = Profile { latency_us: 90_000.0, bandwidth_mbit_s: 0.05, ..Profile::LAN };
    let line = |from: PartyIdx, _: PartyIdx| if from.0 == 0 { slow } else { Profile::LAN };
    let (even, uneven) = (simulated(50, |_, _| Profile::LAN, 0), simulated(50, line, 0));
    assert_eq!(even.outcome.results, uneven.outcome.results);
    assert_eq!(even.outcome.printed, uneven.outcome.printed);
    assert_eq!((even.outcome.stats.rounds, even.bytes_sent), (uneven.outcome.stats.rounds, uneven.bytes_sent));
    assert!(uneven.elapsed.as_secs_f64() > 50.0 * slow.latency_us * 1e-6 / 3.0, "{:?}", uneven.elapsed);
}

/// Threads over shaped links, with a fault in what party 1 sends.
fn shaped(profile: Profile, fault: Option<Fault>) -> Result<LocalOutcome, stoffel_runtime::SessionError> {
    let mut wrap = |from: PartyIdx, to: PartyIdx, link| -> Box<dyn Link> {
        let link = Shaped::new(link, profile, u64::from(from.0 * 3 + to.0));
        match fault {
            Some(fault) if from == PartyIdx(1) => Box::new(Faulty::new(link, fault)),
            _ => Box::new(link),
        }
    };
    local(20).run_in_threads_over(&mut wrap, &mut |_| {})
}

#[test]
fn a_shaped_session_really_waits_and_gives_the_same() {
    let network = Network { jitter_us: 200, ..Network::named("lan").unwrap() };
    let ran = shaped(network.profile().unwrap(), None).unwrap();
    assert_eq!(ran.outcome.results, local(20).run_in_one_thread(&mut |_| {}).unwrap().outcome.results);
    assert!(ran.elapsed >= Duration::from_micros(100 * (ran.outcome.stats.rounds + 2)));
}

#[test]
fn faults_on_a_shaped_network_end_the_session() {
    for fault in [Fault::Flip { frame: 7, bit: 70 }, Fault::Silence(7), Fault::Close(7), Fault::Repeat(7)] {
        assert!(shaped(Profile::LAN, Some(fault)).is_err(), "{fault:?} went unnoticed");
    }
}
