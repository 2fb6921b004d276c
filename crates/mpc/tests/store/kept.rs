//! Shares that parties keep beyond a session, and values that nobody knows.

use stoffel_mpc::{Engine, NodeId};
use stoffel_value::{BinOp, FixTy, IntTy, ScalarOp, ScalarTy};

use crate::harness::{Parties, SITE, vector};

const BYTE: ScalarTy = ScalarTy::Int(IntTy::U8);

#[test]
fn kept_shares_are_the_same_values_in_another_session() {
    let fix = ScalarTy::Fix(FixTy::FIX32);
    let mut parties = Parties::new(3);
    let columns = [
        (BYTE, vec![200, 5, 7]),
        (ScalarTy::Bool, vec![1, 0, 1]),
        (fix, vec![(-3i64 << 15) as u64]),
        (ScalarTy::FIX64, vec![9, (-1i64) as u64]),
    ];
    let x = parties.input(0, &columns, 1);
    // A sum that has left its format comes back as the byte that it is.
    let sum = parties.op(ScalarOp::Binary(BinOp::AddWrap, BYTE), &[vector(x[0], 3), vector(x[0], 3)]);
    let kept = [(BYTE, sum, 3), (ScalarTy::Bool, x[1], 3), (fix, x[2], 1), (ScalarTy::FIX64, x[3], 2)];
    let places: Vec<u32> =
        kept.iter().map(|(ty, node, len)| parties.all(|engine| engine.keep(*ty, *node, *len, SITE))).collect();
    parties.all(Engine::force_all);
    parties.run_as_planned();
    let shares: Vec<Vec<u8>> = parties
        .engines
        .iter_mut()
        .map(|engine| places.iter().flat_map(|place| engine.take_kept(*place)).collect())
        .collect();
    assert!(parties.engines.iter().all(|engine| engine.stats().openings.is_empty()), "nothing was shown to anybody");

    let layout: Vec<(ScalarTy, u32)> = kept.iter().map(|(ty, _, len)| (*ty, *len)).collect();
    let mut later = Parties::new(4);
    let nodes: Vec<NodeId> =
        later.all(|engine| engine.restore(&layout, &shares[usize::from(engine.me().0)]).expect("right lengths"));
    let expected = [vec![144, 10, 14], vec![1, 0, 1], vec![(-3i64 << 15) as u64], vec![9, (-1i64) as u64]];
    for (((ty, _), node), words) in layout.iter().zip(nodes).zip(expected) {
        assert_eq!(later.reveal(*ty, node), words, "{ty}");
    }
    let mut refused = Parties::new(5);
    assert!(refused.all(|engine| engine.restore(&layout, &shares[0][1..])).is_none());
}

#[test]
fn random_values_differ_and_are_of_their_format() {
    let mut parties = Parties::new(6);
    for ty in [ScalarTy::I64, BYTE, ScalarTy::Int(IntTy::I16), ScalarTy::Bool] {
        let (x, y) =
            (parties.all(|engine| engine.random(ty, 64, SITE)), parties.all(|engine| engine.random(ty, 64, SITE)));
        let sum = match ty {
            ScalarTy::Bool => BinOp::Xor,
            _ => BinOp::SubWrap,
        };
        let zero = parties.op(ScalarOp::Binary(sum, ty), &[vector(x, 64), vector(x, 64)]);
        assert_eq!(parties.reveal(ty, zero), [0; 64], "{ty}: a value is the same wherever it is used");
        let (x, y) = (parties.reveal(ty, x), parties.reveal(ty, y));
        assert_ne!(x, y, "{ty}");
        assert!(x.iter().all(|word| stoffel_value::is_canonical(ty, *word)), "{ty}");
        assert!(x.iter().any(|word| *word != x[0]), "{ty}");
    }
}
