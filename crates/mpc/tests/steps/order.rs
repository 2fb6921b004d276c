//! Shuffles and orders.

use stoffel_mpc::rep3::shuffle::{self, Shuffle, Way};
use stoffel_mpc::rep3::{order, share};
use stoffel_mpc::sim::Sim;

use crate::support::{assert_consistent, deal, deal_bits, noise, run};

#[test]
fn a_shuffle_moves_all_columns_alike_and_back() {
    let mut sim = Sim::new(41);
    for rows in [0usize, 1, 2, 3, 64, 130] {
        for rotation in 0..3 {
            let numbers: Vec<u32> = (0..rows as u32).collect();
            let words: Vec<u64> = noise(&mut sim, rows);
            let (first, second) = (deal(&mut sim, &numbers), deal(&mut sim, &words));
            let bits = deal_bits(&mut sim, &words, 64);
            let bits = [0, 1, 2].map(|i| {
                let words = |part: &[u64]| stoffel_crypto::bits::from_planes(part, rows);
                stoffel_mpc::ShareVec::<u64>::new(words(bits[i].a()), words(bits[i].b()))
            });
            let plan = shuffle::draw_plan(rows)
                + shuffle::plan(rows, 20, Way::There, rotation)
                + shuffle::plan(rows, 64, Way::There, rotation)
                + shuffle::plan(rows, 64, Way::There, rotation)
                + shuffle::plan(rows, 64, Way::Back, rotation);
            let out = run(&mut sim, plan, |cx, i| {
                let (first, second, bits) = (first[i].clone(), second[i].clone(), bits[i].clone());
                async move {
                    let shuffle = Shuffle::draw(&cx, rows, rotation);
                    let first = shuffle.apply::<u32, false>(&cx, &first, 20, Way::There).await?;
                    let second = shuffle.apply::<u64, false>(&cx, &second, 64, Way::There).await?;
                    let bits = shuffle.apply::<u64, true>(&cx, &bits, 64, Way::There).await?;
                    let back = shuffle.apply::<u64, false>(&cx, &second, 64, Way::Back).await?;
                    Ok((first, second, bits, back))
                }
            });
            let order = share::reconstruct(&out.each_ref().map(|out| out.0.clone()));
            let order: Vec<u32> = order.into_iter().map(|row| row & 0xf_ffff).collect();
            let moved = out.each_ref().map(|out| out.1.clone());
            assert_consistent(&moved);
            let expected: Vec<u64> = order.iter().map(|row| words[*row as usize]).collect();
            assert_eq!(share::reconstruct(&moved), expected);
            let bits = out.each_ref().map(|out| out.2.clone());
            let sum = |i: usize| bits[0].a()[i] ^ bits[1].a()[i] ^ bits[2].a()[i];
            assert_eq!((0..rows).map(sum).collect::<Vec<_>>(), expected);
            assert_eq!(share::reconstruct(&out.each_ref().map(|out| out.3.clone())), words);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, numbers);
            assert!(rows < 64 || order != numbers, "an order of its own");
        }
    }
}

#[test]
fn a_shuffle_of_64_bit_rows_sends_four_elements_in_two_rounds() {
    let plan = shuffle::plan(1000, 64, Way::There, 0);
    assert_eq!((plan.rounds, plan.total_bits()), (2, 4 * 64 * 1000));
    assert_eq!(plan.bits, [[0, 0, 128_000], [64_000, 0, 0], [64_000, 0, 0]]);
}

#[test]
fn every_order_of_three_rows_is_as_likely_as_another() {
    let mut sim = Sim::new(42);
    let mut seen = std::collections::BTreeMap::new();
    let numbers = deal(&mut sim, &[0u32, 1, 2]);
    for _ in 0..6000 {
        let out = sim.run(|cx, i| {
            let x = numbers[i].clone();
            async move { Shuffle::draw(&cx, 3, 0).apply::<u32, false>(&cx, &x, 32, Way::There).await }
        });
        *seen.entry(share::reconstruct(&out.unwrap())).or_insert(0u32) += 1;
    }
    // Standard deviation 29.
    assert!(seen.len() == 6 && seen.values().all(|count| count.abs_diff(1000) < 150), "{seen:?}");
}

#[test]
fn orders_are_ascending_and_stable_for_keys_of_every_width() {
    let mut sim = Sim::new(43);
    for rows in [2usize, 3, 5, 64, 130] {
        for planes in [1usize, 2, 3, 4, 8, 32, 64] {
            let keys: Vec<u64> = noise::<u64>(&mut sim, rows)
                .into_iter()
                .enumerate()
                .map(|(i, key)| if i % 4 == 0 { key & 3 } else { key } & (u64::MAX >> (64 - planes)))
                .collect();
            let mut expected: Vec<u64> = (0..rows as u64).collect();
            expected.sort_by_key(|row| keys[*row as usize]);
            let shares = deal_bits(&mut sim, &keys, planes);
            let words: Vec<u64> = noise(&mut sim, rows);
            let column = deal(&mut sim, &words);
            let mask = (1 << order::index_bits(rows)) - 1;
            for rotation in 0..3 {
                let by_digits = run(&mut sim, order::radix_plan(rows, planes, rotation), |cx, i| {
                    let keys = shares[i].clone();
                    async move { order::radix(&cx, &keys, rotation).await }
                });
                let by_pairs = run(&mut sim, order::ranks_plan(rows, planes, rotation), |cx, i| {
                    let keys = shares[i].clone();
                    async move { order::ranks(&cx, &keys, rotation).await }
                });
                for found in [&by_digits, &by_pairs] {
                    let order: Vec<u64> = share::reconstruct(found).into_iter().map(|row| row & mask).collect();
                    assert_eq!(order, expected, "{rows} rows of {planes} planes");
                }
                let moved = run(&mut sim, order::reorder_plan(rows, 64, rotation), |cx, i| {
                    let (x, by) = (column[i].clone(), by_digits[i].clone());
                    async move { order::reorder::<u64, false>(&cx, &x, &by, 64, rotation).await }
                });
                assert_consistent(&moved);
                let sorted: Vec<u64> = expected.iter().map(|row| words[*row as usize]).collect();
                assert_eq!(share::reconstruct(&moved), sorted);
            }
        }
    }
    assert_eq!(order::radix_plan(1000, 64, 0).rounds, 174);
    assert_eq!(order::ranks_plan(100, 64, 0).rounds, 12);
    assert_eq!(order::reorder_plan(100, 64, 0).rounds, 5);
    // 7 indicators of 3·10 bits, a product and an opening of 3·10, two columns of 4·10, 61 bits of keys, four gates of 3 bits.
    let first = order::radix_plan(1024, 64, 0).total_bits() - order::radix_plan(1024, 61, 0).total_bits();
    assert_eq!(first, 1024 * (7 * 30 + 30 + 30 + 80 + 4 * 61 + 12));
}

#[test]
fn a_random_order_is_one_of_all_rows_and_opens_nothing() {
    let mut sim = Sim::new(44);
    for rows in [2usize, 3, 64, 130] {
        let mask = (1 << order::index_bits(rows)) - 1;
        for rotation in 0..3 {
            let out = run(&mut sim, order::random_plan(rows, rotation), |cx, _| async move {
                order::random(&cx, rows, rotation).await
            });
            let order: Vec<u64> = share::reconstruct(&out).into_iter().map(|row| row & mask).collect();
            let numbers: Vec<u64> = (0..rows as u64).collect();
            assert!(rows < 64 || order != numbers, "an order of its own");
            let mut sorted = order;
            sorted.sort_unstable();
            assert_eq!(sorted, numbers);
        }
    }
    assert_eq!(order::random_plan(100, 0).rounds, 2);
}
