//! Logic, bits into rings, rings into bits.

use stoffel_crypto::{Ring, ZSmall};
use stoffel_mpc::rep3::shift::Shift;
use stoffel_mpc::rep3::{a2b, b2a, linear, logic, open, scale, select, share, shift};
use stoffel_mpc::sim::Sim;

use crate::support::{
    LENGTHS, assert_consistent, assert_consistent_bits, deal, deal_bits, edge_elements, noise, numbers, run,
};

#[test]
fn gates_agree_with_logic() {
    let mut sim = Sim::new(11);
    for len in LENGTHS {
        let (x, y): (Vec<u64>, Vec<u64>) = (noise(&mut sim, len), noise(&mut sim, len));
        let mask = |v: u64| v & 0x7f;
        let (sx, sy) = (deal_bits(&mut sim, &x, 7), deal_bits(&mut sim, &y, 7));
        let and = run(&mut sim, logic::plan(len, 7), |cx, i| {
            let (x, y) = (sx[i].clone(), sy[i].clone());
            async move { logic::and(&cx, &x, &y).await }
        });
        assert_consistent_bits(&and);
        assert_eq!(numbers(&and), x.iter().zip(&y).map(|(x, y)| mask(x & y)).collect::<Vec<_>>());
        let or = run(&mut sim, logic::plan(len, 7), |cx, i| {
            let (x, y) = (sx[i].clone(), sy[i].clone());
            async move { logic::or(&cx, &x, &linear::not(cx.me(), &y)).await }
        });
        assert_eq!(numbers(&or), x.iter().zip(&y).map(|(x, y)| mask(x | !y)).collect::<Vec<_>>());
        let condition: Vec<u64> = (0..len as u64).map(|i| i % 2).collect();
        let sc = deal_bits(&mut sim, &condition, 1);
        let chosen = run(&mut sim, logic::plan(len, 7), |cx, i| {
            let (c, x, y) = (sc[i].clone(), sx[i].clone(), sy[i].clone());
            async move { select::select_bits(&cx, &c, &x, &y).await }
        });
        assert_eq!(numbers(&chosen), (0..len).map(|i| mask(if i % 2 == 1 { x[i] } else { y[i] })).collect::<Vec<_>>());
        let opened = run(&mut sim, open::bits_plan(len, 7), |cx, i| {
            let x = sx[i].clone();
            async move { open::bits_to_all(&cx, &x).await }
        });
        assert!(opened.iter().all(|words| *words == share::reconstruct_bits(&sx)));
    }
}

#[test]
fn conjunctions_over_planes_and_lanes_see_every_bit() {
    let mut sim = Sim::new(12);
    for lanes in [1, 2, 3, 64, 65, 130] {
        for hole in [None, Some(0), Some(lanes / 2), Some(lanes - 1)] {
            let values: Vec<u64> = (0..lanes).map(|l| if Some(l) == hole { 0b101 } else { 0b111 }).collect();
            let shares = deal_bits(&mut sim, &values, 3);
            let planes = run(&mut sim, logic::all_planes_plan(lanes, 3), |cx, i| {
                let x = shares[i].clone();
                async move { logic::all_planes(&cx, &x).await }
            });
            assert_eq!(numbers(&planes), (0..lanes).map(|l| u64::from(Some(l) != hole)).collect::<Vec<_>>());
            let all = run(&mut sim, logic::all_lanes_plan(lanes, 3), |cx, i| {
                let x = shares[i].clone();
                async move { logic::all_lanes(&cx, &x).await }
            });
            assert_eq!(numbers(&all), [if hole.is_some() { 0b101 } else { 0b111 }]);
            let any = run(&mut sim, logic::all_lanes_plan(lanes, 3), |cx, i| {
                let x = linear::not(cx.me(), &shares[i]);
                async move { logic::any_lane(&cx, &x).await }
            });
            assert_eq!(numbers(&any), [if hole.is_some() { 0b010 } else { 0 }]);
        }
    }
}

fn into_ring<R: Ring>() {
    let mut sim = Sim::new(13);
    for rotation in 0..3 {
        for len in LENGTHS {
            let bits: Vec<u64> = noise::<u64>(&mut sim, len).iter().map(|b| b & 3).collect();
            let shares = deal_bits(&mut sim, &bits, 2);
            let out = run(&mut sim, b2a::plan::<R>(len, 2, rotation), |cx, i| {
                let bits = shares[i].clone();
                async move { b2a::b2a::<R>(&cx, &bits, rotation).await }
            });
            assert_consistent(&out);
            let expected: Vec<u128> = (0..2).flat_map(|j| bits.iter().map(move |b| u128::from(b >> j & 1))).collect();
            assert_eq!(share::reconstruct(&out).iter().map(|e| e.to_u128()).collect::<Vec<_>>(), expected);

            let x: Vec<R> = noise(&mut sim, len);
            let sx = deal(&mut sim, &x);
            let low = [0, 1, 2].map(|i| shares[i].slice_planes(0, 1));
            let injected = run(&mut sim, b2a::inject_plan::<R>(len, rotation), |cx, i| {
                let (bits, x) = (low[i].clone(), sx[i].clone());
                async move { b2a::inject(&cx, &bits, &x, rotation).await }
            });
            let expected: Vec<R> = bits.iter().zip(&x).map(|(b, x)| if b & 1 == 1 { *x } else { R::ZERO }).collect();
            assert!(share::reconstruct(&injected) == expected);
            let zeros = deal(&mut sim, &vec![R::ZERO; len]);
            let chosen = run(&mut sim, select::by_bit_plan::<R>(len, rotation), |cx, i| {
                let (bits, x, y) = (low[i].clone(), sx[i].clone(), zeros[i].clone());
                async move { select::select_by_bit(&cx, &bits, &x, &y, rotation).await }
            });
            assert!(share::reconstruct(&chosen) == expected);
        }
    }
}

#[test]
fn bits_enter_every_ring_and_select_values_there() {
    into_ring::<u8>();
    into_ring::<u64>();
    into_ring::<u128>();
    into_ring::<ZSmall<3>>();
}

#[test]
fn bits_into_a_ring_cost_three_elements_and_two_rounds() {
    let plan = b2a::plan::<u64>(64, 1, 0);
    assert_eq!((plan.rounds, plan.total_bits()), (2, 3 * 64 * 64));
}

fn words<R: Ring>(planes: usize) {
    let mut sim = Sim::new(16);
    for len in LENGTHS {
        for rotation in 0..3 {
            let mut x: Vec<u64> = noise(&mut sim, len);
            x.iter_mut().zip([0, u64::MAX, 1]).for_each(|(x, edge)| *x = edge);
            let shares = deal_bits(&mut sim, &x, planes);
            for signed in [false, true] {
                let out = run(&mut sim, b2a::word_plan::<R>(len, rotation), |cx, i| {
                    let bits = shares[i].clone();
                    async move { b2a::word::<R>(&cx, &bits, signed, rotation).await }
                });
                assert_consistent(&out);
                let top = 64 - planes as u32;
                let value =
                    |x: u64| if signed { i128::from((x << top) as i64 >> top) } else { i128::from(x << top >> top) };
                let expected: Vec<R> = x.iter().map(|x| R::from_i128(value(*x))).collect();
                assert!(share::reconstruct(&out) == expected, "{planes} planes, signed: {signed}");
            }
        }
    }
}

#[test]
fn numbers_of_bits_enter_a_ring_as_words() {
    [1, 2, 8, 63, 64].into_iter().for_each(words::<u64>);
    words::<u128>(64);
    words::<u8>(8);
    assert_eq!((b2a::word_plan::<u64>(1, 0).rounds, b2a::word_plan::<u64>(64, 0).total_bits()), (9, 64 * 1311));
}

fn out_of_ring<R: Ring>(widths: &[u32]) {
    let mut sim = Sim::new(14);
    let mut x = edge_elements::<R>();
    x.extend(noise::<R>(&mut sim, 64));
    let shares = deal(&mut sim, &x);
    for &width in widths {
        for rotation in 0..3 {
            let bits = run(&mut sim, a2b::plan(x.len(), width, rotation), |cx, i| {
                let x = shares[i].clone();
                async move { a2b::a2b(&cx, &x, width, rotation).await }
            });
            assert_consistent_bits(&bits);
            let opened = stoffel_crypto::bits::from_planes::<R>(&share::reconstruct_bits(&bits), x.len());
            assert!(opened == x.iter().map(|x| x.low(width)).collect::<Vec<_>>(), "width {width}");
        }
    }
}

#[test]
fn elements_decompose_into_their_bits_at_every_width() {
    out_of_ring::<u64>(&(1..=64).collect::<Vec<_>>());
    out_of_ring::<u128>(&[1, 65, 66, 127, 128]);
    out_of_ring::<u8>(&[8]);
    out_of_ring::<ZSmall<3>>(&[1, 2, 3]);
}

#[test]
fn a_64_bit_decomposition_costs_the_sklansky_network() {
    let plan = a2b::plan(64, 64, 0);
    assert_eq!(plan.rounds, 8);
    assert_eq!(a2b::sklansky_ands(63), 310);
    assert_eq!(plan.total_bits(), 64 * (64 + 2 * 63 + 3 * a2b::sklansky_ands(63) as u64));
}

#[test]
fn shared_numbers_add_bitwise() {
    let mut sim = Sim::new(15);
    for planes in [1, 2, 3, 31, 64] {
        let (x, y): (Vec<u64>, Vec<u64>) = (noise(&mut sim, 70), noise(&mut sim, 70));
        let (sx, sy) = (deal_bits(&mut sim, &x, planes), deal_bits(&mut sim, &y, planes));
        let sum = run(&mut sim, a2b::add_bits_plan(70, planes), |cx, i| {
            let (x, y) = (sx[i].clone(), sy[i].clone());
            async move { a2b::add_bits(&cx, &x, &y).await }
        });
        let expected: Vec<u64> = x.iter().zip(&y).map(|(x, y)| x.wrapping_add(*y).low(planes as u32)).collect();
        assert_eq!(numbers(&sum), expected);
    }
}

#[test]
fn every_number_is_scaled_to_full_length() {
    let mut sim = Sim::new(15);
    for planes in [2, 3, 5, 8, 9, 32, 33, 64] {
        let mask = u64::MAX >> (64 - planes);
        let mut values: Vec<u64> =
            (0..planes).flat_map(|bit| [1 << bit, (1u64 << bit).wrapping_neg() & mask]).collect();
        values.extend(noise::<u64>(&mut sim, 70).into_iter().enumerate().map(|(i, x)| (x & mask) >> (i % planes)));
        values.push(0);
        let shares = deal_bits(&mut sim, &values, planes);
        for signed in [false, true] {
            let out = run(&mut sim, scale::plan(values.len(), planes), |cx, i| {
                let x = shares[i].clone();
                async move { scale::scale(&cx, &x, signed).await }
            });
            assert_consistent_bits(&out);
            let len = planes as u32 - u32::from(signed);
            for (value, scale) in values.iter().zip(numbers(&out)) {
                let negative = signed && value >> len == 1;
                let size = if negative { u128::from(value.wrapping_neg() & mask) } else { u128::from(*value) };
                let scaled = size * u128::from(scale);
                let full = (1u128 << (len - 1)..=1 << len).contains(&scaled);
                assert!(if size == 0 { scale == 0 } else { full && scale.is_power_of_two() }, "{size} · {scale}");
            }
        }
    }
    assert_eq!((scale::plan(64, 64).rounds, scale::gates(64)), (6, 192));
    assert_eq!(scale::plan(64, 64).total_bits(), 3 * 64 * 192);
}

#[test]
fn shifts_by_every_amount_are_right() {
    let mut sim = Sim::new(16);
    for planes in [2usize, 4, 8, 64] {
        let mask = u64::MAX >> (64 - planes);
        let amounts: Vec<u64> = (0..planes as u64).chain([planes as u64, mask]).map(|amount| amount & mask).collect();
        let values: Vec<u64> = noise::<u64>(&mut sim, amounts.len()).into_iter().map(|x| x & mask).collect();
        let (x, by) = (deal_bits(&mut sim, &values, planes), deal_bits(&mut sim, &amounts, planes));
        for kind in [Shift::Up, Shift::Down, Shift::DownSigned] {
            let out = run(&mut sim, shift::plan(values.len(), planes), |cx, i| {
                let (x, by) = (x[i].clone(), by[i].clone());
                async move { shift::by_secret(&cx, &x, &by, kind).await }
            });
            let expected: Vec<u64> = values
                .iter()
                .zip(&amounts)
                .map(|(value, amount)| match kind {
                    _ if *amount >= planes as u64 => 0,
                    Shift::Up => value << amount & mask,
                    Shift::Down => value >> amount,
                    Shift::DownSigned => {
                        let spare = 64 - planes as u64;
                        ((value << spare) as i64 >> spare >> amount) as u64 & mask
                    }
                })
                .collect();
            assert_eq!(numbers(&out), expected, "{planes} {kind:?}");
        }
    }
    let plan = shift::plan(64, 64);
    assert_eq!((plan.rounds, plan.total_bits()), (7, 3 * 64 * (64 * 7 + 57)));
}
