//! Rounds and bytes, counted where frames pass.

use stoffel_mpc::{Arg, Engine, Lane, NodeId, Offer};
use stoffel_value::{BinOp, CmpOp, FixTy, IntTy, ScalarOp, ScalarTy};

use crate::harness::{Parties, SITE, lane, params, vector};

const I64: ScalarTy = ScalarTy::I64;
const MUL: ScalarOp = ScalarOp::Binary(BinOp::MulWrap, I64);

#[test]
fn a_loop_of_a_million_products_takes_few_rounds() {
    let n = 1_000_000u32;
    let words: Vec<u64> = (0..u64::from(n)).collect();
    let mut parties = Parties::new(1);
    let nodes = parties.input(0, &[(I64, words.clone()), (I64, words)], 1);
    let at = |node: NodeId, i: u32| Arg::Lane(Lane { node, lane: i });
    let mut products = Vec::new();
    for i in 0..n {
        products.push(parties.op(MUL, &[at(nodes[0], i), at(nodes[1], i)]));
        if parties.engines[0].is_full() {
            parties.run().expect("honest parties");
        }
    }
    let lanes: Vec<Lane> = products.iter().map(|node| Lane { node: *node, lane: 0 }).collect();
    let column = parties.all(|engine| engine.gather(I64, &lanes));
    let shown = parties.reveal(I64, column);
    assert!((0..u64::from(n)).zip(&shown).all(|(i, word)| *word == i.wrapping_mul(i)));
    assert!(parties.rounds <= 8, "{} rounds", parties.rounds);
    let stats = parties.engines[0].stats();
    // The product, its opening, a key and a nonce, hashes of one client.
    assert_eq!(stats.payload_bytes, 2 * 8 * u64::from(n) + 32 + 16 + 128);
}

#[test]
fn a_chain_takes_as_many_rounds_as_it_is_long() {
    let mut parties = Parties::new(2);
    let x = parties.input(0, &[(I64, vec![3])], 1)[0];
    let mut power = x;
    let mut expected = 3u64;
    for _ in 0..10_000 {
        let next = parties.op(MUL, &[lane(power), lane(x)]);
        if power != x {
            parties.all(|engine| engine.release(power));
        }
        power = next;
        expected = expected.wrapping_mul(3);
    }
    assert_eq!(parties.reveal(I64, power), [expected]);
    // Keys and inputs are agreed on in the first round; the last is the opening.
    assert_eq!(parties.rounds, 1 + 10_000 + 1);
}

#[test]
fn a_thousand_openings_one_by_one_take_one_round() {
    let mut parties = Parties::new(3);
    let x = parties.input(0, &[(I64, (0..1000).collect())], 1)[0];
    let tickets: Vec<_> = (0..1000u32).map(|i| parties.all(|engine| engine.open(I64, x, i, 1, 0, SITE))).collect();
    for (i, ticket) in tickets.into_iter().enumerate() {
        parties.all(|engine| engine.force(ticket));
        parties.run().expect("honest parties");
        assert_eq!(parties.words(ticket), [i as u64]);
        if i == 0 {
            // The forced one came alone, with keys and inputs before.
            assert_eq!(parties.rounds, 2);
            parties.all(Engine::force_all);
        }
    }
    assert_eq!(parties.rounds, 3);
}

#[test]
fn a_chain_of_local_steps_of_any_depth_takes_no_round() {
    let mut parties = Parties::new(4);
    let x = parties.input(0, &[(I64, vec![1])], 1)[0];
    let mut sum = x;
    for _ in 0..200_000 {
        let next = parties.op(ScalarOp::Binary(BinOp::AddWrap, I64), &[lane(sum), lane(x)]);
        parties.all(|engine| engine.release(sum));
        if sum == x {
            parties.all(|engine| engine.retain(x));
        }
        sum = next;
    }
    assert_eq!(parties.reveal(I64, sum), [200_001]);
    assert_eq!(parties.rounds, 2);
}

#[test]
fn less_than_of_64_bits_costs_485_bits_in_8_rounds() {
    let mut parties = Parties::new(5);
    let words: Vec<u64> = (0..640u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    let x = parties.input(0, &[(I64, words.clone())], 1)[0];
    parties.reveal(I64, x);
    let (before, rounds) = (parties.meters(), parties.rounds);
    let less = ScalarOp::Compare(CmpOp::Lt, I64, I64);
    let node = parties.op(less, &[vector(x, 640), Arg::Word(0)]);
    assert_eq!(parties.reveal(ScalarTy::Bool, node), words.iter().map(|word| word >> 63).collect::<Vec<_>>());
    let sent = |i: usize| {
        let bits = |meter: &stoffel_mpc::Meter| meter.sent.iter().map(|traffic| traffic.payload_bits).sum::<u64>();
        bits(&parties.meters()[i]) - bits(&before[i])
    };
    let mut sent = [sent(0), sent(1), sent(2)];
    sent.sort_unstable();
    // One bit of each party's opening is beside them.
    assert_eq!(sent, [640 * 152, 640 * 152, 640 * 184]);
    assert_eq!(parties.rounds - rounds, 8 + 1);
}

#[test]
fn independent_operations_share_the_rounds_of_the_longest() {
    let mut parties = Parties::new(6);
    let x = parties.input(0, &[(I64, vec![5, 6, 7]), (ScalarTy::FIX64, vec![1 << 16, 3 << 16, 9])], 1);
    let product = parties.op(MUL, &[vector(x[0], 3), vector(x[0], 3)]);
    let fixed = parties.op(ScalarOp::Binary(BinOp::Mul, ScalarTy::FIX64), &[vector(x[1], 3), vector(x[1], 3)]);
    let less = parties.op(ScalarOp::Compare(CmpOp::Lt, I64, I64), &[vector(x[0], 3), Arg::Word(0)]);
    for (ty, node) in [(I64, product), (ScalarTy::FIX64, fixed), (ScalarTy::Bool, less)] {
        parties.open(ty, node);
    }
    parties.all(Engine::force_all);
    assert_eq!(parties.engines[0].plan().rounds, 1 + 8 + 1);
    parties.run_as_planned();
    assert_eq!(parties.rounds, 10);
}

/// A small program with a bound in the middle; its frames' lengths.
fn trace(offers: &[Offer]) -> Vec<(u8, u8, usize)> {
    let mut parties = Parties::with(&params(offers), 7);
    let x = parties.input(0, &[(I64, (0..64).collect())], 1)[0];
    for i in 0..64 {
        parties.op(MUL, &[Arg::Lane(Lane { node: x, lane: i }), Arg::Lane(Lane { node: x, lane: 63 - i })]);
        if parties.engines.iter().any(Engine::is_full) {
            assert!(parties.engines.iter().all(Engine::is_full), "bounds are reached together");
            parties.run().expect("honest parties");
        }
    }
    parties.reveal(I64, x);
    parties.frames.iter().map(|(from, to, frame)| (*from, *to, frame.len())).collect()
}

#[test]
fn parties_with_different_offers_follow_one_schedule() {
    let offers = [
        Offer { lanes: 8, latency_us: 10, ..Offer::default() },
        Offer { flush_nodes: 10, bandwidth_mib_s: 10, ..Offer::default() },
        Offer { flush_lanes: 1 << 20, latency_us: 900, ..Offer::default() },
    ];
    let mut other = offers.clone();
    other.reverse();
    assert_eq!(trace(&offers), trace(&other));
    assert!(trace(&offers).len() > trace(&[]).len(), "the least bound of nodes decides");
}

/// Rounds and bits of all parties for one lane of an operation on secrets, the opening excluded.
fn cost(op: ScalarOp, types: [ScalarTy; 2], public: Option<u64>) -> (u32, u64) {
    let mut parties = Parties::new(8);
    let columns: Vec<_> = types.iter().map(|ty| (*ty, vec![3; 64])).collect();
    let x = parties.input(0, &columns, 1);
    parties.reveal(types[0], x[0]);
    let right = public.map_or(vector(x[1], 64), Arg::Word);
    let node = parties.op(op, &[vector(x[0], 64), right]);
    let ty = if matches!(op, ScalarOp::Compare(..)) { ScalarTy::Bool } else { types[0] };
    parties.open(ty, node);
    parties.all(Engine::force_all);
    let plan = parties.engines[0].plan();
    parties.run_as_planned();
    let opening = 3 * 64 * u64::from(ty.bits());
    assert_eq!((plan.total_bits() - opening) % 64, 0);
    (plan.rounds - 1, (plan.total_bits() - opening) / 64)
}

#[test]
fn divisions_and_shifts_cost_what_is_written_about_them() {
    let int = ScalarTy::Int;
    let (fix32, fix64) = (ScalarTy::Fix(FixTy::FIX32), ScalarTy::FIX64);
    for (op, ty, public, expected) in [
        (BinOp::Div, I64, None, (57, 40_480)),
        (BinOp::FloorDiv, I64, None, (57, 38_843)),
        (BinOp::Rem, I64, None, (58, 40_480)),
        (BinOp::Mod, I64, None, (58, 39_611)),
        (BinOp::Div, int(IntTy::U64), None, (57, 38_212)),
        (BinOp::Div, int(IntTy::I32), None, (51, 12_641)),
        (BinOp::Div, int(IntTy::U8), None, (36, 5044)),
        (BinOp::Div, I64, Some(7), (31, 5395)),
        (BinOp::Div, int(IntTy::I32), Some(7), (29, 2288)),
        (BinOp::Div, I64, Some(8), (18, 1797)),
        (BinOp::Mod, I64, Some(8), (8, 1120)),
        (BinOp::Div, fix64, None, (34, 31_246)),
        (BinOp::Div, fix32, None, (32, 9508)),
        (BinOp::Mod, fix64, None, (58, 37_995)),
        (BinOp::Shl, I64, None, (15, 3755)),
        (BinOp::Shr, int(IntTy::U8), None, (9, 224)),
    ] {
        assert_eq!(cost(ScalarOp::Binary(op, ty), [ty, ty], public), expected, "{op:?} {ty} {public:?}");
    }
}
