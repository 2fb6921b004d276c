//! What leaves an engine is booked by row of the disclosure list, in the order of the wire.

use stoffel_mpc::{Arg, ClearEngine, Engine, Opening};
use stoffel_value::{BinOp, CmpOp, ScalarOp, ScalarTy};

use crate::harness::{Parties, SITE, lane, vector};

const I64: ScalarTy = ScalarTy::I64;

fn to_all(row: u32, bits: u32, lanes: u64) -> Opening {
    Opening { row, client: None, bits, lanes }
}

fn to_client(row: u32, lanes: u64) -> Opening {
    Opening { row, client: Some(0), bits: 64, lanes }
}

#[test]
fn openings_are_booked_when_they_are_sent_and_payloads_when_they_are_made() {
    let mut parties = Parties::new(1);
    let x = parties.input(0, &[(I64, (0..9).collect())], 1)[0];
    // Never forced, hence never sent.
    let dropped = parties.all(|engine| engine.open(I64, x, 0, 9, 1, SITE));
    let less = parties.op(ScalarOp::Compare(CmpOp::Lt, I64, I64), &[vector(x, 9), Arg::Word(4)]);
    parties.all(|engine| engine.open(ScalarTy::Bool, less, 0, 9, 2, SITE));
    for start in 0..5 {
        parties.all(|engine| engine.open(I64, x, start, 1, 3, SITE));
    }
    parties.all(|engine| engine.send_to_client(0, I64, x, 2, 6, 4, SITE));
    parties.all(|engine| engine.drop_ticket(dropped));
    assert_eq!(parties.engines[0].stats().openings, []);
    parties.all(Engine::force_all);
    parties.run().expect("honest parties");
    // What is there goes first; the comparison takes its rounds.
    let expected = [to_client(4, 6), to_all(3, 64, 5), to_all(2, 1, 9)];
    assert_eq!(parties.all(|engine| engine.stats().openings), expected);
}

#[test]
fn the_clear_engine_books_what_is_forced() {
    let mut engine = ClearEngine::new();
    let x = engine.constant(I64, &[1, 2, 3], SITE);
    let sum = engine.op(ScalarOp::Binary(BinOp::Add, I64), &[lane(x), lane(x)], SITE).expect("in range");
    let tickets = [(x, 3, 7), (sum, 1, 5), (x, 2, 5), (x, 3, 7)]
        .map(|(node, len, row)| engine.open(I64, node, 0, len, row, SITE));
    engine.drop_ticket(tickets[0]);
    engine.force(tickets[2]);
    assert_eq!(engine.stats().openings, [to_all(5, 64, 3)]);
    engine.send_to_client(0, I64, x, 0, 2, 9, SITE);
    engine.force_all();
    assert_eq!(engine.stats().openings, [to_all(5, 64, 3), to_client(9, 2), to_all(7, 64, 3)]);
}
