//! Client sharing there and back.

use stoffel_value::{FixTy, IntTy, ScalarTy};

use super::*;
use crate::PartyIdx;

#[test]
fn no_party_gets_the_data_and_seeds_replace_copies() {
    let words: Vec<u64> = (0..1000).collect();
    let payloads = share(Backend::Rep3, &[(ScalarTy::I64, words)], b"len 1000", [7; 32]);
    assert_eq!(payloads.iter().map(Vec::len).collect::<Vec<_>>(), [64, 8032, 8032]);
}

#[test]
fn components_add_up_to_the_input_in_the_ring_of_each_column() {
    let columns = [
        (ScalarTy::Int(IntTy::I8), vec![(-128i64) as u64, 127, 0]),
        (ScalarTy::Bool, vec![1, 0, 1, 1, 0, 0, 0, 1, 1]),
        (ScalarTy::Fix(FixTy::FIX64), vec![(-1i64) as u64, 1 << 40]),
        (ScalarTy::Fix(FixTy::FIX32), vec![(-70_000i64) as u64]),
        (ScalarTy::I64, Vec::new()),
    ];
    let layout: Vec<_> = columns.iter().map(|(ty, words)| (*ty, words.len() as u32)).collect();
    let payloads = share(Backend::Rep3, &columns, b"", [3; 32]);
    let parties: Vec<_> = (0..3u8)
        .map(|me| Components::read(PartyIdx(me), 4, b"", &layout, &payloads[usize::from(me)]).expect("right length"))
        .collect();
    for me in 0..3 {
        assert_eq!(parties[me].hashes[1], parties[(me + 1) % 3].hashes[0]);
    }
    for (index, (ty, words)) in columns.iter().enumerate() {
        let parts: Vec<_> = parties.iter().map(|party| party.columns().nth(index).expect("a column").2).collect();
        assert!((0..3).all(|me| parts[me][1] == parts[(me + 1) % 3][0]));
        for (lane, word) in words.iter().enumerate() {
            let value = |me: usize, bytes: usize| {
                parts[me][0][lane * bytes..][..bytes].iter().rev().fold(0u128, |sum, byte| sum << 8 | u128::from(*byte))
            };
            match lane_bits(*ty) {
                1 => {
                    let bit = (0..3).fold(0, |sum, me| sum ^ parts[me][0][lane / 8] >> (lane % 8) & 1);
                    assert_eq!(u64::from(bit), *word);
                }
                64 => assert_eq!((0..3).fold(0u64, |sum, me| sum.wrapping_add(value(me, 8) as u64)), *word),
                _ => {
                    let sum = (0..3).fold(0u128, |sum, me| sum.wrapping_add(value(me, 16)));
                    assert_eq!(sum as i128, i128::from(*word as i64));
                }
            }
        }
    }
}

#[test]
fn an_altered_component_or_public_part_changes_its_hash() {
    let columns = [(ScalarTy::I64, vec![5, 6])];
    let layout = [(ScalarTy::I64, 2)];
    let payloads = share(Backend::Rep3, &columns, b"shape", [1; 32]);
    let read =
        |payload: &[u8], public: &[u8]| Components::read(PartyIdx(1), 0, public, &layout, payload).expect("length");
    let honest = read(&payloads[1], b"shape");
    let mut altered = payloads[1].clone();
    altered[40] ^= 1;
    let cheat = read(&altered, b"shape");
    assert_eq!(honest.hashes[0], cheat.hashes[0]);
    assert_ne!(honest.hashes[1], cheat.hashes[1]);
    assert_ne!(honest.hashes[0], read(&payloads[1], b"other").hashes[0]);
    assert!(Components::read(PartyIdx(0), 0, b"", &layout, &payloads[1]).is_none());
}

#[test]
fn results_are_cut_to_their_type() {
    let layout = [(ScalarTy::Int(IntTy::U8), 2), (ScalarTy::Bool, 3), (ScalarTy::Int(IntTy::I16), 1)];
    let payload = |bytes: [u8; 2], bits: u8, word: [u8; 2]| [&bytes[..], &[bits, 0, 0, 0, 0, 0, 0, 0], &word].concat();
    let payloads =
        vec![payload([250, 1], 0b101, [0xff, 0x7f]), payload([11, 2], 0b001, [1, 0]), payload([0, 3], 0b100, [0, 0])];
    let columns = reconstruct(Backend::Rep3, &layout, &payloads).expect("lengths agree");
    assert_eq!(columns, [vec![5, 6], vec![0, 0, 0], vec![(-32768i64) as u64]]);
    let short = vec![payloads[0].clone(), payloads[1][1..].to_vec(), payloads[2].clone()];
    let abort = reconstruct(Backend::Rep3, &layout, &short).expect_err("a short payload");
    assert_eq!(abort.culprit, Some(PartyIdx(1)));
}

#[test]
fn clear_payloads_are_words() {
    let columns = [(ScalarTy::I64, vec![1, 2]), (ScalarTy::Bool, vec![1])];
    let payloads = share(Backend::Clear, &columns, b"", [0; 32]);
    let back = reconstruct(Backend::Clear, &[(ScalarTy::I64, 2), (ScalarTy::Bool, 1)], &payloads).expect("whole");
    assert_eq!(back, [vec![1, 2], vec![1]]);
}
