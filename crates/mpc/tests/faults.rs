//! Frames that are late, lost, damaged or exchanged: every party ends, and the receiver names the sender.

use stoffel_mpc::exec::Cx;
use stoffel_mpc::frame::HEADER_LEN;
use stoffel_mpc::rep3::{ltz, share};
use stoffel_mpc::sim::{Fault, Mischief, Sim};
use stoffel_mpc::{Abort, AbortReason, PartyIdx, ShareVec};

const VALUES: [u64; 3] = [5, u64::MAX, 1 << 63];

/// Frames per link of a comparison and its opening: the ring in rounds 2 to 8, the split in rounds 1 and 2, the opening in round 9.
const FRAMES: [[u64; 3]; 3] = [[0, 1, 8], [7, 0, 2], [1, 7, 0]];

fn compare(sim: &mut Sim) -> [Result<Vec<u64>, Abort>; 3] {
    let (prg, op) = sim.dealer();
    let shares: [ShareVec<u64>; 3] = share::deal(prg, op, &VALUES);
    sim.run_each(|cx: Cx, i| {
        let x = shares[i].clone();
        async move {
            let signs = ltz::ltz(&cx, &x, 64, ltz::Circuit::Tree, 0).await?;
            stoffel_mpc::rep3::open::bits_to_all(&cx, &signs).await
        }
    })
}

fn every_frame(mischief: impl Fn(u64) -> Mischief, check: impl Fn(Fault, [Result<Vec<u64>, Abort>; 3])) {
    for (from, row) in FRAMES.iter().enumerate() {
        for (to, frames) in row.iter().enumerate() {
            for nth in 0..*frames {
                let party = |i: usize| PartyIdx(i as u8);
                let fault = Fault { from: party(from), to: party(to), nth, mischief: mischief(nth) };
                check(fault, compare(&mut Sim::new(40 + nth).with_fault(fault)));
            }
        }
    }
}

fn receiver_names_sender(fault: Fault, outcome: &[Result<Vec<u64>, Abort>; 3]) {
    let abort = outcome[usize::from(fault.to.0)].as_ref().expect_err("the receiver ends with an abort");
    assert_eq!(abort.culprit, Some(fault.from), "{fault:?}");
}

#[test]
fn frames_are_where_the_schedule_puts_them() {
    let mut sim = Sim::new(1);
    assert!(compare(&mut sim).iter().all(Result::is_ok));
    assert_eq!(sim.meters().map(|meter| meter.sent.map(|to| to.frames)), FRAMES);
    assert!(sim.meters().iter().flat_map(|m| m.sent).all(|to| to.header_bytes == to.frames * HEADER_LEN as u64));
}

#[test]
fn late_frames_change_nothing() {
    every_frame(
        |nth| Mischief::Delay(1 + nth as u32),
        |_, outcome| assert!(outcome.iter().all(|signs| signs.as_ref().is_ok_and(|s| s == &[0b110]))),
    );
}

#[test]
fn a_lost_frame_ends_its_receiver_who_names_the_sender() {
    every_frame(
        |_| Mischief::Drop,
        |fault, outcome| {
            receiver_names_sender(fault, &outcome);
            // If later frames follow, the first of them shows the gap; else nobody waits for ever.
            let last = fault.nth + 1 == FRAMES[usize::from(fault.from.0)][usize::from(fault.to.0)];
            let reason = &outcome[usize::from(fault.to.0)].as_ref().unwrap_err().reason;
            assert!(*reason == AbortReason::Silent || !last, "{fault:?}: {reason}");
        },
    );
}

#[test]
fn damaged_headers_cut_frames_and_exchanged_frames_are_blamed_on_the_sender() {
    for at in 0..HEADER_LEN {
        every_frame(|_| Mischief::Corrupt(at), |fault, outcome| receiver_names_sender(fault, &outcome));
    }
    for bytes in [1, 8, 9, 1000] {
        every_frame(|_| Mischief::Truncate(bytes), |fault, outcome| receiver_names_sender(fault, &outcome));
    }
    every_frame(|_| Mischief::Swap, |fault, outcome| receiver_names_sender(fault, &outcome));
}

#[test]
fn a_party_on_another_schedule_is_found_at_the_first_frame() {
    let mut sim = Sim::new(2);
    for party in 0..3 {
        sim.party(party).at_site(17);
        sim.party(party).absorb(if party == 2 { 99 } else { 98 });
    }
    let zeros = ShareVec::<u64>::zeros(1);
    let outcome = sim.run_each(|cx, _| {
        let x = zeros.clone();
        async move { stoffel_mpc::rep3::mul::mul(&cx, &x, &x).await }
    });
    // P1 hears from P2, who is with it; P2 hears from P3; P3 hears from P1.
    assert!(outcome[0].is_ok());
    for (party, culprit) in [(1, 2), (2, 0)] {
        let abort = outcome[party].as_ref().err().unwrap();
        assert_eq!(*abort, Abort { culprit: Some(PartyIdx(culprit)), reason: AbortReason::Diverged { site: 17 } });
    }
}

#[test]
fn a_frame_that_is_not_due_is_refused() {
    let mut sim = Sim::new(3);
    let abort = sim.party(0).deliver(PartyIdx(1), vec![0; HEADER_LEN]).unwrap_err();
    assert_eq!(abort.culprit, Some(PartyIdx(1)));
    assert_eq!(sim.party(0).poll_round(), Err(abort));
}
