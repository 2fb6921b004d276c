//! Secret indices: marks and marked values, beside what they mean, with planned costs.

use stoffel_mpc::{Arg, Engine};
use stoffel_value::{FixTy, IntTy, ScalarOp, ScalarTy};

use crate::harness::{Noise, Parties, lane, vector};

/// The marks of each index among `n` places, opened.
fn marks(ty: ScalarTy, indices: &[u64], holds: u64, n: u32) -> Vec<Vec<u64>> {
    let mut parties = Parties::new(4);
    let columns: Vec<_> =
        indices.iter().map(|index| (ty, vec![*index])).chain([(ScalarTy::Bool, vec![holds])]).collect();
    let nodes = parties.input(0, &columns, 9);
    let (indices, holds) = nodes.split_at(indices.len());
    let mut tickets = Vec::new();
    for index in indices {
        let hot = parties.op(ScalarOp::OneHot(ty), &[lane(*index), lane(holds[0]), Arg::Word(n.into())]);
        tickets.push(parties.open(ScalarTy::Bool, hot));
    }
    parties.all(Engine::force_all);
    parties.run_as_planned();
    tickets.into_iter().map(|ticket| parties.words(ticket)).collect()
}

#[test]
fn one_place_is_marked_or_none() {
    for (int, lengths) in [
        (IntTy::I64, &[1u32, 2, 3, 5, 8, 64, 65, 200][..]),
        (IntTy::U8, &[1, 3, 200, 256, 300]),
        (IntTy::I8, &[1, 3, 127, 128, 200]),
        (IntTy::U64, &[1, 7]),
    ] {
        let ty = ScalarTy::Int(int);
        for &n in lengths {
            let last = u64::from(n) - 1;
            let mut indices = vec![0, 1, last / 2, last, last + 1, last + 64, 1 << 40, u64::MAX, u64::MAX - last];
            indices.retain(|index| stoffel_value::is_canonical(ty, *index));
            for holds in [1, 0] {
                for (index, found) in indices.iter().zip(marks(ty, &indices, holds, n)) {
                    let expected: Vec<u64> =
                        (0..u64::from(n)).map(|at| u64::from(at == *index && holds == 1)).collect();
                    assert_eq!(found, expected, "{index} of {n} places, {ty}, {holds}");
                }
            }
        }
    }
}

#[test]
fn the_marked_value_is_found_among_secret_and_public_ones() {
    let mut noise = Noise(11);
    let fix = |k, f| FixTy::new(k, f).map(ScalarTy::Fix).expect("a format");
    for ty in [ScalarTy::Bool, ScalarTy::I64, ScalarTy::Int(IntTy::U8), fix(32, 16), ScalarTy::FIX64] {
        for n in [1u32, 2, 9, 70] {
            let word = |noise: &mut Noise| loop {
                let word = noise.next() >> (noise.next() % 64);
                let word = if noise.next() & 1 == 1 { word.wrapping_neg() } else { word };
                if stoffel_value::is_canonical(ty, word) {
                    return word;
                }
            };
            let values: Vec<u64> = (0..n).map(|_| word(&mut noise)).collect();
            let at = noise.next() % u64::from(n);
            for (index, expected) in [(at, values[at as usize]), (u64::from(n), 0), (u64::MAX, 0)] {
                let mut parties = Parties::new(5);
                let nodes = parties.input(0, &[(ScalarTy::I64, vec![index]), (ty, values.clone())], 2);
                let hot =
                    parties.op(ScalarOp::OneHot(ScalarTy::I64), &[lane(nodes[0]), Arg::Word(1), Arg::Word(n.into())]);
                let secret = parties.op(ScalarOp::Pick(ty), &[vector(hot, n), vector(nodes[1], n)]);
                let public = parties.op(ScalarOp::Pick(ty), &[vector(hot, n), Arg::Words(&values)]);
                let tickets = [secret, public].map(|node| parties.open(ty, node));
                parties.all(Engine::force_all);
                parties.run_as_planned();
                for ticket in tickets {
                    assert_eq!(parties.words(ticket), [expected], "{index} of {n} {ty}");
                }
            }
        }
    }
}

#[test]
fn a_scan_costs_a_few_bits_per_place_until_a_value_is_picked() {
    let n = 1 << 12;
    let mut parties = Parties::new(6);
    let nodes = parties.input(0, &[(ScalarTy::I64, vec![77])], 2);
    let hot = parties.op(ScalarOp::OneHot(ScalarTy::I64), &[lane(nodes[0]), Arg::Word(1), Arg::Word(n)]);
    let table: Vec<u64> = (0..n).map(|at| at * at).collect();
    let value = parties.op(ScalarOp::Pick(ScalarTy::I64), &[vector(hot, n as u32), Arg::Words(&table)]);
    assert_eq!(parties.reveal(ScalarTy::I64, value), [77 * 77]);
    let bits = parties.meters()[0].sent.iter().map(|sent| sent.payload_bits).sum::<u64>();
    // One and a half bits for each place; the rest is the bits of the index, the opening, and the setup.
    assert!(bits < 3 * n / 2 + 3000, "{bits} bits");
    assert!(parties.rounds <= 26, "{} rounds", parties.rounds);
}
