//! Steps in, rounds and frames out: joins, waits, spawning within a round, idleness and aborts.

use super::*;
use crate::ShareVec;
use crate::rep3::{mul, open};
use crate::sim::Sim;

async fn ping(cx: Cx, byte: u8) -> Result<u8, Abort> {
    cx.send_bytes(Peer::Next, &[byte]);
    let due = cx.expect_bytes(Peer::Prev, 1);
    cx.end_round().await?;
    Ok(cx.recv_bytes(due)[0])
}

#[test]
fn joined_steps_share_their_rounds_and_frames() {
    let mut sim = Sim::new(1);
    let out = sim
        .run(|cx, i| async move {
            let long = async {
                let first = ping(cx.clone(), i as u8).await?;
                ping(cx.clone(), first + 10).await
            };
            let (long, short) = join(long, join_all(vec![ping(cx.clone(), 50), ping(cx.clone(), 51)])).await?;
            Ok((long, short))
        })
        .unwrap();
    assert_eq!(out, [(11, vec![50, 51]), (12, vec![50, 51]), (10, vec![50, 51])]);
    let meter = sim.meters()[0];
    assert_eq!((meter.rounds, meter.sent[1].frames, meter.sent[1].payload_bits), (2, 2, 32));
    assert_eq!(meter.sent[2], crate::Traffic::default());
}

#[test]
fn a_step_that_waits_for_an_earlier_one_sends_in_the_round_in_which_it_ends() {
    let mut sim = Sim::new(2);
    let x = ShareVec::<u64>::zeros(1);
    let results: Vec<Handle<Vec<u64>>> = (0..3)
        .map(|i| {
            let party = sim.party(i);
            let (cx, x) = (party.cx(), x.clone());
            let product = party.spawn(async move { mul::mul(&cx, &x, &x).await });
            let cx = party.cx();
            party.spawn(async move { open::to_all(&cx, &product.await, 64).await })
        })
        .collect();
    assert!(sim.drive().iter().all(Result::is_ok));
    assert!(results.iter().all(|opened| opened.take() == Some(vec![0])));
    // Two rounds, though the second step was spawned beside the first.
    assert!(sim.meters().iter().all(|meter| meter.rounds == 2));
}

#[test]
fn steps_spawned_between_sweeps_of_a_round_join_it() {
    let mut sim = Sim::new(3);
    for i in 0..3 {
        let party = sim.party(i);
        let cx = party.cx();
        drop(party.spawn(ping(cx.clone(), 1)));
        party.sweep().unwrap();
        drop(party.spawn(ping(cx, 2)));
        party.sweep().unwrap();
    }
    assert!(sim.drive().iter().all(Result::is_ok));
    assert!(sim.meters().iter().all(|meter| (meter.rounds, meter.sent.iter().map(|to| to.frames).sum()) == (1, 1)));
}

#[test]
fn an_executor_without_steps_is_idle_and_sends_nothing() {
    let mut executor = Executor::new(PartyIdx(1), 7);
    assert_eq!(executor.poll_round(), Ok(Progress::Idle));
    assert!(executor.take_frame(PartyIdx(0)).is_none() && !executor.awaits(PartyIdx(2)));
    assert_eq!(executor.meter(), Meter::default());
}

#[test]
fn an_abort_of_a_step_ends_the_executor() {
    let mut executor = Executor::new(PartyIdx(1), 7);
    let abort = Abort { culprit: None, reason: AbortReason::Limit("test") };
    let failing = abort.clone();
    let handle = executor.spawn::<()>(async move { Err(failing) });
    assert_eq!(executor.poll_round(), Err(abort.clone()));
    assert_eq!(executor.poll_round(), Err(abort));
    assert!(!handle.is_ready());
}
