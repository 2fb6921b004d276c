//! What parties see depends on listed types and opened values only.

use stoffel_mpc::{Arg, Engine, Lane};
use stoffel_value::{BinOp, CmpOp, IntTy, ScalarOp, ScalarTy};

use crate::harness::{Parties, SITE, lane};

const I64: ScalarTy = ScalarTy::I64;
const BYTE: ScalarTy = ScalarTy::Int(IntTy::U8);
const HEADER: usize = 28;

/// Payloads of the opening of `uint8(x)`, by sender.
fn opening(x: u64, seed: u8) -> Vec<Vec<u8>> {
    let mut parties = Parties::new(seed);
    let node = parties.input(0, &[(I64, vec![x])], seed)[0];
    let narrow = parties.op(ScalarOp::Convert(I64, BYTE), &[lane(node)]);
    assert_eq!(parties.reveal(BYTE, narrow), [5]);
    let opened = parties.frames.len() - 3;
    parties.frames[opened..].iter().map(|(_, _, frame)| frame[HEADER..].to_vec()).collect()
}

#[test]
fn opening_a_byte_discloses_a_byte() {
    for x in [5, 261, (-251i64) as u64] {
        let mut sums = Vec::new();
        for seed in 0..64 {
            let payloads = opening(x, seed);
            // One byte from each party: with the components that a receiver holds they give the byte and nothing else.
            assert_eq!(payloads.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
            assert_eq!(payloads.iter().fold(0u8, |sum, payload| sum.wrapping_add(payload[0])), 5);
            sums.push(payloads[0][0]);
        }
        sums.sort_unstable();
        sums.dedup();
        assert!(sums.len() > 40, "{} different bytes in 64 runs", sums.len());
    }
}

#[test]
fn openings_of_equal_bytes_are_distributed_alike() {
    // Over the first two components of every sharing of 5 and of 261 modulo 2^16, the low bytes that are sent.
    let count = |x: u16| {
        let mut seen = std::collections::BTreeMap::new();
        for first in (0..=u16::MAX).step_by(7) {
            for second in [0, 1, 255, 256, 9999] {
                let third = x.wrapping_sub(first).wrapping_sub(second);
                *seen.entry([first as u8, second as u8, third as u8]).or_insert(0) += 1;
            }
        }
        seen
    };
    assert_eq!(count(5), count(261));
}

/// Frames of a program over all kinds of steps: sender, receiver, length.
fn trace(words: [u64; 2]) -> Vec<(u8, u8, usize)> {
    let mut parties = Parties::new(3);
    let x = parties.input(0, &[(I64, words.to_vec())], 1)[0];
    let [a, b] = [0, 1].map(|lane| Arg::Lane(Lane { node: x, lane }));
    let less = parties.op(ScalarOp::Compare(CmpOp::Lt, I64, I64), &[a, b]);
    let chosen = parties.op(ScalarOp::Select(I64), &[lane(less), a, b]);
    let mixed = parties.op(ScalarOp::Binary(BinOp::Xor, I64), &[lane(chosen), b]);
    let narrow = parties.op(ScalarOp::Binary(BinOp::Mod, I64), &[Arg::Word(7), Arg::Word(4)]);
    let quotient = parties.op(ScalarOp::Binary(BinOp::Div, I64), &[lane(mixed), b]);
    let rest = parties.op(ScalarOp::Binary(BinOp::Mod, I64), &[lane(quotient), a]);
    let mixed = parties.op(ScalarOp::Binary(BinOp::Shr, I64), &[lane(rest), lane(quotient)]);
    let scaled = parties.op(ScalarOp::Binary(BinOp::MulWrap, I64), &[lane(mixed), lane(narrow)]);
    let zero = parties.op(ScalarOp::Binary(BinOp::MulWrap, I64), &[lane(scaled), Arg::Word(0)]);
    let fixed = parties.op(ScalarOp::Convert(BYTE, ScalarTy::FIX64), &[lane(zero)]);
    let fixed = parties.op(ScalarOp::Binary(BinOp::Mul, ScalarTy::FIX64), &[lane(fixed), lane(fixed)]);
    let fixed = parties.op(ScalarOp::Binary(BinOp::Div, ScalarTy::FIX64), &[lane(fixed), lane(fixed)]);
    assert_eq!(parties.reveal(ScalarTy::FIX64, fixed), [0]);
    parties.all(|engine| engine.send_to_client(0, I64, chosen, 0, 1, 0, SITE));
    parties.all(Engine::force_all);
    parties.run().expect("honest parties");
    parties.frames.iter().map(|(from, to, frame)| (*from, *to, frame.len())).collect()
}

#[test]
fn rounds_and_lengths_do_not_depend_on_secrets() {
    let reference = trace([0, 0]);
    for words in [[1, 2], [u64::MAX, 0], [1 << 63, (1 << 63) - 1], [12_345, 12_345]] {
        assert_eq!(trace(words), reference);
    }
}

#[test]
fn messages_of_two_runs_share_nothing_but_headers_and_openings() {
    let frames = |seed: u8| {
        let mut parties = Parties::new(seed);
        let x = parties.input(0, &[(I64, vec![7; 64])], seed)[0];
        let square = parties.op(ScalarOp::Binary(BinOp::Mul, I64), &[crate::harness::vector(x, 64), Arg::Word(3)]);
        let square = parties.op(
            ScalarOp::Binary(BinOp::Mul, I64),
            &[crate::harness::vector(square, 64), crate::harness::vector(x, 64)],
        );
        parties.reveal(I64, square);
        parties.frames.iter().map(|(_, _, frame)| frame[HEADER..].to_vec()).collect::<Vec<_>>()
    };
    let (first, second) = (frames(1), frames(2));
    let windows: std::collections::BTreeSet<&[u8]> = first.iter().flat_map(|frame| frame.windows(16)).collect();
    assert!(second.iter().flat_map(|frame| frame.windows(16)).all(|window| !windows.contains(window)));
}
