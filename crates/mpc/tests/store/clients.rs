//! Inputs that clients share and results that only they can read.

use stoffel_mpc::{AbortReason, Backend, Engine, client};
use stoffel_value::{BinOp, FixTy, IntTy, ScalarOp, ScalarTy};

use crate::harness::{Parties, SITE, vector};

const BYTE: ScalarTy = ScalarTy::Int(IntTy::U8);

#[test]
fn results_come_back_in_the_order_in_which_they_were_sent() {
    let mut parties = Parties::new(1);
    let fix = ScalarTy::Fix(FixTy::FIX32);
    let columns = [
        (BYTE, vec![200, 5, 7]),
        (ScalarTy::Bool, vec![1, 0, 1]),
        (fix, vec![(-3i64 << 15) as u64, 9]),
        (ScalarTy::FIX64, vec![(-1i64) as u64]),
    ];
    let x = parties.input(4, &columns, 1);
    let sum = parties.op(ScalarOp::Binary(BinOp::AddWrap, BYTE), &[vector(x[0], 3), vector(x[0], 3)]);
    parties.all(|engine| {
        engine.send_to_client(4, BYTE, sum, 0, 3, 0, SITE);
        engine.send_to_client(4, ScalarTy::Bool, x[1], 1, 2, 0, SITE);
        engine.send_to_client(5, fix, x[2], 0, 2, 1, SITE);
        engine.send_to_client(4, ScalarTy::FIX64, x[3], 0, 1, 0, SITE);
        engine.send_to_client(4, BYTE, x[0], 1, 0, 0, SITE);
        engine.force_all();
    });
    parties.run_as_planned();
    let payloads = |parties: &mut Parties, client| -> Vec<Vec<u8>> {
        parties.engines.iter_mut().map(|engine| engine.take_client_output(client)).collect()
    };
    let layout = [(BYTE, 3), (ScalarTy::Bool, 2), (ScalarTy::FIX64, 1), (BYTE, 0)];
    let own = payloads(&mut parties, 4);
    let got = client::reconstruct(Backend::Rep3, &layout, &own).expect("whole");
    assert_eq!(got, [vec![144, 10, 14], vec![0, 1], vec![(-1i64) as u64], vec![]]);
    let other = payloads(&mut parties, 5);
    let got = client::reconstruct(Backend::Rep3, &[(fix, 2)], &other).expect("whole");
    assert_eq!(got, [vec![(-3i64 << 15) as u64, 9]]);
    // Sending to clients takes no round among parties: keys and inputs only.
    assert_eq!(parties.rounds, 1);
}

#[test]
fn taking_one_clients_results_leaves_queued_ones_of_others_alone() {
    let mut parties = Parties::new(2);
    let x = parties.input(0, &[(BYTE, vec![9, 8])], 1)[0];
    parties.all(|engine| {
        engine.send_to_client(0, BYTE, x, 0, 1, 0, SITE);
        engine.force_all();
    });
    parties.run().expect("honest parties");
    parties.all(|engine| engine.send_to_client(1, BYTE, x, 1, 1, 0, SITE));
    let first: Vec<_> = parties.engines.iter_mut().map(|engine| engine.take_client_output(0)).collect();
    parties.all(Engine::force_all);
    parties.run().expect("honest parties");
    let second: Vec<_> = parties.engines.iter_mut().map(|engine| engine.take_client_output(1)).collect();
    for (payloads, expected) in [(first, 9), (second, 8)] {
        assert_eq!(client::reconstruct(Backend::Rep3, &[(BYTE, 1)], &payloads), Ok(vec![vec![expected]]));
    }
    assert_eq!(parties.engines[0].take_client_output(0), Vec::<u8>::new());
}

#[test]
fn payloads_are_fresh_shares_each_time() {
    let mut parties = Parties::new(2);
    let x = parties.input(0, &[(BYTE, vec![9; 64])], 1)[0];
    let mut send = || {
        parties.all(|engine| {
            engine.send_to_client(0, BYTE, x, 0, 64, 0, SITE);
            engine.force_all();
        });
        parties.run().expect("honest parties");
        parties.engines[0].take_client_output(0)
    };
    let (first, second) = (send(), send());
    assert_eq!(first.len(), 64);
    assert_ne!(first, second);
}

#[test]
fn a_client_that_sends_two_versions_is_named() {
    for (victim, byte) in [(0usize, 3usize), (0, 40), (1, 3), (1, 35), (2, 3), (2, 20)] {
        let mut parties = Parties::new(3);
        parties.input(6, &[(BYTE, vec![1])], 8);
        let mut payloads = client::share(Backend::Rep3, &[(ScalarTy::I64, vec![5])], b"shape", [4; 32]);
        payloads[victim][byte] ^= 1;
        for (engine, payload) in parties.engines.iter_mut().zip(&payloads) {
            engine.client_input(7, b"shape", &[(ScalarTy::I64, 1)], payload).expect("right lengths");
        }
        let x = parties.input(8, &[(BYTE, vec![1])], 9)[0];
        parties.open(BYTE, x);
        parties.all(Engine::force_all);
        let abort = parties.run().expect_err("two versions");
        assert_eq!(abort.reason, AbortReason::ClientInput { client: 7 }, "payload of party {victim}, byte {byte}");
        assert_eq!(parties.rounds, 1, "nothing was computed");
    }
}

#[test]
fn a_public_part_told_differently_is_noticed_too() {
    let mut parties = Parties::new(4);
    let payloads = client::share(Backend::Rep3, &[(BYTE, vec![5])], b"shape", [4; 32]);
    for (i, (engine, payload)) in parties.engines.iter_mut().zip(&payloads).enumerate() {
        let public: &[u8] = if i == 1 { b"other" } else { b"shape" };
        engine.client_input(2, public, &[(BYTE, 1)], payload).expect("right lengths");
    }
    let x = parties.all(|engine| engine.constant(BYTE, &[1], SITE));
    parties.open(BYTE, x);
    parties.all(Engine::force_all);
    assert!(parties.run().is_err());
}

#[test]
fn a_payload_of_another_length_is_refused_at_once() {
    let mut parties = Parties::new(5);
    let payloads = client::share(Backend::Rep3, &[(BYTE, vec![5])], b"", [4; 32]);
    for (engine, payload) in parties.engines.iter_mut().zip(&payloads) {
        let abort = engine.client_input(3, b"", &[(BYTE, 2)], &payload[1..]).expect_err("short");
        assert_eq!(abort.reason, AbortReason::ClientInput { client: 3 });
    }
}
