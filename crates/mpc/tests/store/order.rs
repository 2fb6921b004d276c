//! Comparisons of shared vectors: one step, by the circuit that the agreed links make faster.

use stoffel_mpc::Offer;
use stoffel_value::{CmpOp, IntTy, ScalarOp, ScalarTy, to_i128};

use crate::harness::{Noise, Parties, params, vector};

/// Compares two vectors of noise; the rounds that it took beside the opening.
fn compare(offer: &Offer, ty: ScalarTy, len: u32) -> u32 {
    let mut parties = Parties::with(&params(std::slice::from_ref(offer)), 11);
    let mut noise = Noise(u64::from(len));
    let mut words = || -> Vec<u64> {
        let spare = 64 - ty.bits();
        let signed = matches!(ty, ScalarTy::Int(int) if int.is_signed());
        let cut = |word: u64| if signed { ((word << spare) as i64 >> spare) as u64 } else { word << spare >> spare };
        (0..len).map(|_| cut(noise.next())).collect()
    };
    let (x, y) = (words(), words());
    let nodes = parties.input(0, &[(ty, x.clone()), (ty, y.clone())], 1);
    parties.reveal(ty, nodes[0]);
    let rounds = parties.rounds;
    let less = parties.op(ScalarOp::Compare(CmpOp::Lt, ty, ty), &[vector(nodes[0], len), vector(nodes[1], len)]);
    let ticket = parties.open(ScalarTy::Bool, less);
    parties.all(|engine| stoffel_mpc::Engine::force(engine, ticket));
    parties.run_as_planned();
    let expected = x.iter().zip(&y).map(|(x, y)| u64::from(to_i128(ty, *x) < to_i128(ty, *y)));
    assert_eq!(parties.words(ticket), expected.collect::<Vec<_>>());
    parties.rounds - rounds - 1
}

#[test]
fn slow_links_decide_for_the_ripple_from_many_lanes_on() {
    let far = Offer { latency_us: 1000, ..Offer::default() };
    let thin = Offer { latency_us: 1, bandwidth_mib_s: 1, ..Offer::default() };
    for (ty, tree, ripple) in [
        (ScalarTy::I64, 9, 65),
        (ScalarTy::Int(IntTy::U64), 9, 65),
        (ScalarTy::Int(IntTy::I32), 7, 33),
        (ScalarTy::Int(IntTy::U8), 5, 9),
    ] {
        for (offer, len, rounds) in [(&far, 5000, tree), (&thin, 5000, ripple), (&thin, 100, tree)] {
            assert_eq!(compare(offer, ty, len), rounds, "{ty:?}, {len} lanes");
        }
    }
}

#[test]
fn one_lane_is_compared_with_every_other() {
    let ty = ScalarTy::I64;
    let mut parties = Parties::new(12);
    let nodes = parties.input(0, &[(ty, vec![i64::MIN as u64, 5, i64::MAX as u64]), (ty, vec![5])], 1);
    let op = ScalarOp::Compare(CmpOp::Lt, ty, ty);
    let less = parties.op(op, &[vector(nodes[0], 3), crate::harness::lane(nodes[1])]);
    assert_eq!(parties.reveal(ScalarTy::Bool, less), [1, 0, 0]);
    let more = parties.op(op, &[crate::harness::lane(nodes[1]), vector(nodes[0], 3)]);
    assert_eq!(parties.reveal(ScalarTy::Bool, more), [0, 0, 1]);
}
