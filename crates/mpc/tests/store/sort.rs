//! Columns in the order of keys, against the clear engine.

use stoffel_mpc::{Arg, ClearEngine, Engine, Offer};
use stoffel_value::{BinOp, FixTy, IntTy, ScalarOp, ScalarTy, TrapCode, range};

use crate::harness::{Noise, Parties, SITE, params, vector};

const I64: ScalarTy = ScalarTy::I64;

fn keys(ty: ScalarTy, rows: usize, noise: &mut Noise) -> Vec<u64> {
    let (min, max) = range(ty);
    (0..rows)
        .map(|i| match i % 5 {
            0 => min as u64,
            1 => max as u64,
            2 => (i128::from(noise.next() % 3)).min(max) as u64,
            _ => (min + i128::from(noise.next()) % (max - min + 1)) as u64,
        })
        .collect()
}

fn check(offers: &[Offer], rows: usize, descending: bool) {
    let mut noise = Noise(rows as u64);
    let mut formats = vec![ScalarTy::Bool, ScalarTy::FIX64, ScalarTy::Fix(FixTy::FIX32)];
    formats.extend(IntTy::ALL.into_iter().map(ScalarTy::Int));
    let mut parties = Parties::with(&params(offers), 5);
    let mut expected = Vec::new();
    for (client, ty) in formats.into_iter().enumerate() {
        let key = keys(ty, rows, &mut noise);
        let number: Vec<u64> = (0..rows as u64).collect();
        let flag: Vec<u64> = number.iter().map(|row| (row % 3) & 1).collect();
        let grid: Vec<u64> = number.iter().map(|row| row << 17).collect();
        let columns = [(ty, key), (I64, number), (ScalarTy::Bool, flag), (ScalarTy::FIX64, grid)];
        let nodes = parties.input(client as u32, &columns, 9);
        let len = rows as u32;
        let args: Vec<_> = columns.iter().zip(&nodes).map(|((ty, _), node)| (*ty, vector(*node, len))).collect();
        let sorted = parties.all(|engine| engine.sort(args[0], descending, &args, SITE)).expect("equal lengths");
        let mut clear = ClearEngine::new();
        let words: Vec<_> = columns.iter().map(|(ty, words)| (*ty, Arg::Words(words))).collect();
        let open = clear.sort(words[0], descending, &words, SITE).expect("equal lengths");
        for ((ty, _), (node, open)) in columns.iter().zip(sorted.into_iter().zip(open)) {
            let ticket = clear.open(*ty, open, 0, len, 0, SITE);
            clear.force_all();
            expected.push((parties.open(*ty, node), clear.opened(ticket).expect("forced").to_vec(), ty.to_string()));
        }
    }
    parties.all(Engine::force_all);
    parties.run_as_planned();
    for (ticket, words, ty) in expected {
        assert_eq!(parties.words(ticket), words, "{ty}, {rows} rows");
    }
}

#[test]
fn columns_follow_their_key_stably() {
    // Links where comparing all pairs is cheap, and links where digits are.
    let slow = Offer { latency_us: 1, bandwidth_mib_s: 1, ..Offer::default() };
    for offers in [&[][..], &[slow]] {
        for (rows, descending) in [(1, false), (2, true), (40, false), (70, true)] {
            check(offers, rows, descending);
        }
    }
}

#[test]
fn bits_are_sorted_as_bits() {
    let ty = ScalarTy::Int(IntTy::I16);
    let words = [(-5i64) as u64, 300, 7, (-300i64) as u64];
    let mut parties = Parties::new(2);
    let x = parties.input(0, &[(ty, words.to_vec())], 1)[0];
    let odd = parties.op(ScalarOp::Binary(BinOp::Or, ty), &[vector(x, 4), Arg::Word(1)]);
    let column = (ty, vector(odd, 4));
    let sorted = parties.all(|engine| engine.sort(column, false, &[column], SITE)).expect("one column")[0];
    assert_eq!(parties.reveal(ty, sorted), [(-299i64) as u64, (-5i64) as u64, 7, 301]);
}

#[test]
fn columns_of_another_length_are_refused() {
    let mut parties = Parties::new(3);
    let x = parties.input(0, &[(I64, vec![1, 2, 3])], 1)[0];
    let outcome = parties.all(|engine| engine.sort((I64, vector(x, 3)), false, &[(I64, vector(x, 2))], SITE));
    assert_eq!(outcome, Err(TrapCode::Shape));
}

#[test]
fn what_is_opened_on_the_way_does_not_depend_on_keys() {
    let trace = |words: Vec<u64>| {
        let mut parties = Parties::new(4);
        let x = parties.input(0, &[(I64, words)], 1)[0];
        let column = (I64, vector(x, 80));
        let sorted = parties.all(|engine| engine.sort(column, false, &[column], SITE)).expect("one column")[0];
        parties.reveal(I64, sorted);
        parties.frames.iter().map(|(from, to, frame)| (*from, *to, frame.len())).collect::<Vec<_>>()
    };
    assert_eq!(trace(vec![7; 80]), trace((0..80).rev().collect()));
}

#[test]
fn a_shuffle_moves_whole_rows_into_some_order() {
    for rows in [1u32, 2, 70] {
        let mut parties = Parties::with(&params(&[]), 6);
        let number: Vec<u64> = (0..u64::from(rows)).collect();
        let columns = [(I64, number.clone()), (ScalarTy::Bool, number.iter().map(|row| row & 1).collect())];
        let nodes = parties.input(0, &columns, 9);
        let args: Vec<_> = columns.iter().zip(&nodes).map(|((ty, _), node)| (*ty, vector(*node, rows))).collect();
        let moved = parties.all(|engine| engine.shuffle(rows, &args, SITE)).expect("equal lengths");
        let tickets: Vec<_> = columns.iter().zip(moved).map(|((ty, _), node)| parties.open(*ty, node)).collect();
        parties.all(Engine::force_all);
        parties.run_as_planned();
        let order = parties.words(tickets[0]);
        assert_eq!(parties.words(tickets[1]), order.iter().map(|row| row & 1).collect::<Vec<_>>());
        assert!(rows < 70 || order != number, "an order of its own");
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, number);
        let wrong = parties.all(|engine| engine.shuffle(rows + 1, &args, SITE));
        assert_eq!(wrong, Err(TrapCode::Shape));
    }
}
