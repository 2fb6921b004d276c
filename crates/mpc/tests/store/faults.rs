//! Frames that are altered, dropped or of another program end the session.

use stoffel_mpc::{AbortReason, Arg, Engine, OpSite, PartyIdx};
use stoffel_value::{BinOp, ScalarOp, ScalarTy};

use crate::harness::{Parties, SITE, lane};

const I64: ScalarTy = ScalarTy::I64;

/// Three parties before the first round of a small program.
fn ready() -> Parties {
    let mut parties = Parties::new(1);
    let x = parties.input(0, &[(I64, vec![2])], 1)[0];
    let square = parties.op(ScalarOp::Binary(BinOp::Mul, I64), &[lane(x), lane(x)]);
    parties.open(I64, square);
    parties.all(Engine::force_all);
    parties
}

#[test]
fn a_frame_with_an_altered_header_or_length_names_its_sender() {
    for round in 1..=3 {
        for byte in [0, 8, 12, 16, 20] {
            let mut victim = None;
            let abort = ready()
                .run_altering(|at, from, _, frame| {
                    if at == round && victim.is_none() {
                        victim = Some(from);
                        frame[byte] ^= 1;
                    }
                    true
                })
                .expect_err("an altered header");
            assert_eq!(abort.culprit, victim.map(PartyIdx));
        }
        let abort = ready().run_altering(|at, _, _, frame| {
            if at == round {
                frame.pop();
            }
            true
        });
        assert!(matches!(abort.expect_err("a short frame").reason, AbortReason::Malformed(_)));
    }
}

#[test]
fn a_dropped_frame_leaves_its_receiver_waiting_and_gives_no_result() {
    for round in 1..=3 {
        let abort = ready().run_altering(|at, from, _, _| at != round || from != 1);
        assert_eq!(abort.expect_err("a frame is missing").reason, AbortReason::Limit("a frame never came"));
    }
}

/// Runs the same program at all parties but for one call at party 2, and gives the abort.
fn diverging(call: impl Fn(&mut stoffel_mpc::Rep3Engine, bool)) -> AbortReason {
    let mut parties = ready();
    for (i, engine) in parties.engines.iter_mut().enumerate() {
        call(engine, i == 2);
    }
    parties.run().expect_err("another schedule").reason
}

#[test]
fn another_operand_another_public_value_and_another_branch_are_divergence() {
    let op = |engine: &mut stoffel_mpc::Rep3Engine, word: u64, site: u32| {
        let one = engine.constant(I64, &[1], SITE);
        let site = OpSite { site, guard: None };
        engine.op(ScalarOp::Binary(BinOp::Add, I64), &[lane(one), Arg::Word(word)], site).expect("supported");
    };
    for reason in [
        diverging(|engine, other| op(engine, u64::from(other), 9)),
        diverging(|engine, other| op(engine, 1, if other { 10 } else { 9 })),
        diverging(|engine, other| engine.absorb(u64::from(other))),
        diverging(|engine, other| {
            engine.constant(I64, &[u64::from(other)], SITE);
        }),
    ] {
        assert_eq!(reason, AbortReason::Diverged { site: SITE.site });
    }
}

#[test]
fn parties_of_other_sessions_or_figures_do_not_compute_together() {
    let mut parties = ready();
    let mut others = Parties::with(&crate::harness::params(&[]).for_session(stoffel_mpc::Backend::Rep3, [8; 16]), 1);
    let x = others.input(0, &[(I64, vec![2])], 1)[0];
    others.open(I64, x);
    others.all(Engine::force_all);
    parties.engines[1] = others.engines.remove(1);
    assert!(parties.run().is_err());
}

#[test]
fn equal_setup_keys_are_refused() {
    let mut parties = ready();
    let seed = [1 ^ 1; 32];
    parties.engines[1] = stoffel_mpc::Rep3Engine::new(PartyIdx(1), crate::harness::params(&[]), seed);
    let mut same = Parties::new(1);
    same.engines.iter_mut().for_each(|engine| {
        *engine = stoffel_mpc::Rep3Engine::new(engine.me(), crate::harness::params(&[]), seed);
    });
    let x = same.all(|engine| engine.constant(I64, &[1], SITE));
    same.open(I64, x);
    same.all(Engine::force_all);
    assert_eq!(same.run().expect_err("masks would cancel").reason, AbortReason::Setup);
}
