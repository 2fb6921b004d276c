//! What nobody refers to is never computed; what is computed once is not computed again.

use stoffel_mpc::{Arg, Engine};
use stoffel_value::{BinOp, CmpOp, IntTy, ScalarOp, ScalarTy};

use crate::harness::{Parties, SITE, lane, vector};

const I64: ScalarTy = ScalarTy::I64;
const MUL: ScalarOp = ScalarOp::Binary(BinOp::Mul, I64);

fn executed(parties: &Parties, name: &str) -> u64 {
    parties.engines[0].stats().by_op.get(name).map_or(0, |share| share.nodes)
}

#[test]
fn dropped_operations_and_their_operands_are_never_computed() {
    let mut parties = Parties::new(1);
    let x = parties.input(0, &[(I64, vec![2])], 1)[0];
    let kept = parties.op(MUL, &[lane(x), lane(x)]);
    let mut last = x;
    for _ in 0..100_000 {
        let next = parties.op(MUL, &[lane(last), lane(last)]);
        if last != x {
            parties.all(|engine| engine.release(last));
        }
        last = next;
    }
    parties.all(|engine| engine.release(last));
    assert_eq!(parties.reveal(I64, kept), [4]);
    assert_eq!(executed(&parties, "mul"), 1);
    assert_eq!(parties.rounds, 3);
}

#[test]
fn a_ticket_never_forced_is_never_opened() {
    let mut parties = Parties::new(2);
    let x = parties.input(0, &[(I64, vec![2, 3])], 1)[0];
    let forgotten = parties.all(|engine| engine.open(I64, x, 0, 1, 0, SITE));
    parties.all(|engine| engine.drop_ticket(forgotten));
    let later = {
        let ticket = parties.all(|engine| engine.open(I64, x, 1, 1, 0, SITE));
        parties.open(I64, x);
        parties.all(|engine| engine.force(ticket));
        parties.run().expect("honest parties");
        parties.words(ticket)
    };
    assert_eq!(later, [3]);
    let stats = parties.engines[0].stats();
    assert_eq!(stats.by_op["open"].lanes, 1);
}

#[test]
fn a_queued_opening_that_is_dropped_is_not_sent() {
    let mut parties = Parties::new(2);
    let x = parties.input(0, &[(I64, vec![2, 3])], 1)[0];
    let first = parties.open(I64, x);
    let second = parties.open(I64, x);
    parties.all(Engine::force_all);
    parties.all(|engine| engine.drop_ticket(first));
    parties.run().expect("honest parties");
    assert_eq!(parties.words(second), [2, 3]);
    assert_eq!(executed(&parties, "open"), 1);
}

#[test]
fn conversions_are_remembered_on_the_value() {
    let mut parties = Parties::new(3);
    let x = parties.input(0, &[(I64, vec![5, -7i64 as u64])], 1)[0];
    let negative = parties.op(ScalarOp::Compare(CmpOp::Lt, I64, I64), &[vector(x, 2), Arg::Word(0)]);
    for round in 1..=3 {
        let select = [vector(negative, 2), vector(x, 2), Arg::Word(round)];
        let chosen = parties.op(ScalarOp::Select(I64), &select);
        assert_eq!(parties.reveal(I64, chosen), [round, -7i64 as u64]);
    }
    assert_eq!(executed(&parties, "from bits"), 1);
    let bits = parties.op(ScalarOp::Binary(BinOp::And, I64), &[vector(x, 2), Arg::Word(6)]);
    let again = parties.op(ScalarOp::Binary(BinOp::Or, I64), &[vector(x, 2), vector(bits, 2)]);
    assert_eq!(parties.reveal(I64, again), [5, -7i64 as u64]);
    assert_eq!(executed(&parties, "to bits"), 1);
}

#[test]
fn a_conversion_that_lost_its_use_is_not_computed() {
    let mut parties = Parties::new(4);
    let x = parties.input(0, &[(I64, vec![5])], 1)[0];
    let bits = parties.op(ScalarOp::Binary(BinOp::And, I64), &[lane(x), Arg::Word(6)]);
    parties.all(|engine| engine.release(bits));
    assert_eq!(parties.reveal(I64, x), [5]);
    assert_eq!(executed(&parties, "to bits"), 0);
}

#[test]
fn handles_are_used_again_and_values_survive_their_operands() {
    let mut parties = Parties::new(5);
    let x = parties.input(0, &[(I64, vec![5])], 1)[0];
    let square = parties.op(MUL, &[lane(x), lane(x)]);
    parties.all(|engine| engine.release(x));
    assert_eq!(parties.reveal(I64, square), [25]);
    let next = parties.op(MUL, &[lane(square), lane(square)]);
    assert!(next.0 <= 2, "a freed place, not {next:?}");
    assert_eq!(parties.reveal(I64, next), [625]);
}

#[test]
fn gathers_join_lanes_of_any_representation() {
    let mut parties = Parties::new(6);
    let byte = ScalarTy::Int(IntTy::U8);
    let x = parties.input(0, &[(byte, vec![1, 2, 3, 4]), (ScalarTy::Bool, vec![1, 0, 1])], 1);
    let masked = parties.op(ScalarOp::Binary(BinOp::Xor, byte), &[vector(x[0], 4), Arg::Word(0xf0)]);
    let at = |node, lane| stoffel_mpc::Lane { node, lane };
    let lanes = [at(masked, 3), at(x[0], 1), at(x[0], 2), at(masked, 0)];
    let joined = parties.all(|engine| engine.gather(byte, &lanes));
    assert_eq!(parties.reveal(byte, joined), [0xf4, 2, 3, 0xf1]);
    let flags = parties.all(|engine| engine.gather(ScalarTy::Bool, &[at(x[1], 2), at(x[1], 1), at(x[1], 0)]));
    assert_eq!(parties.reveal(ScalarTy::Bool, flags), [1, 0, 1]);
    let none = parties.all(|engine| engine.gather(byte, &[]));
    assert_eq!(parties.all(|engine| engine.len(none)), 0);
}

#[test]
fn vectors_of_no_lanes_pass_through_every_kind_of_step() {
    let mut parties = Parties::new(7);
    let x = parties.input(0, &[(I64, Vec::new()), (ScalarTy::Bool, Vec::new())], 1);
    let none = vector(x[0], 0);
    let sum = parties.op(MUL, &[none, none]);
    let less = parties.op(ScalarOp::Compare(CmpOp::Lt, I64, I64), &[none, Arg::Word(3)]);
    let all = parties.op(ScalarOp::All, &[vector(x[1], 0)]);
    assert_eq!(parties.reveal(I64, sum), Vec::<u64>::new());
    assert_eq!(parties.reveal(ScalarTy::Bool, less), Vec::<u64>::new());
    assert_eq!(parties.reveal(ScalarTy::Bool, all), [1]);
}

#[test]
fn statistics_name_instructions_and_steps() {
    let mut parties = Parties::new(8);
    let x = parties.input(0, &[(I64, vec![5, 6])], 1)[0];
    let product = parties.op(MUL, &[vector(x, 2), vector(x, 2)]);
    parties.reveal(I64, product);
    let stats = parties.engines[0].stats();
    assert_eq!((stats.rounds, stats.flushes, stats.nodes, stats.lanes), (3, 1, 2, 4));
    let line = stats.by_site[&SITE.site];
    assert_eq!((line.nodes, line.lanes, line.bytes), (2, 4, 32));
    assert_eq!(stats.by_op["mul"].bytes, 16);
    assert_eq!(stats.header_bytes, stats.frames * 28);
}
