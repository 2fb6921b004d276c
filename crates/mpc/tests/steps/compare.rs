//! Signs, orders, equality.

use stoffel_crypto::{Ring, ZSmall};
use stoffel_mpc::rep3::ltz::{Circuit, Order};
use stoffel_mpc::rep3::{eq, ltz};
use stoffel_mpc::sim::Sim;

use crate::support::{LENGTHS, assert_consistent_bits, deal, edge_elements, edges, noise, numbers, run};

fn signs<R: Ring>(width: u32) {
    let mut sim = Sim::new(21);
    let mut x: Vec<R> = if width >= 3 { edges(width).into_iter().map(R::from_i128).collect() } else { Vec::new() };
    x.extend(noise::<R>(&mut sim, 50));
    let shares = deal(&mut sim, &x);
    for (rotation, circuit) in [(0, Circuit::Tree), (1, Circuit::Tree), (2, Circuit::Tree), (1, Circuit::Ripple)] {
        let out = run(&mut sim, ltz::plan(x.len(), width, circuit, rotation), |cx, i| {
            let x = shares[i].clone();
            async move { ltz::ltz(&cx, &x, width, circuit, rotation).await }
        });
        assert_consistent_bits(&out);
        assert_eq!(numbers(&out), x.iter().map(|x| u64::from(x.bit(width - 1))).collect::<Vec<_>>(), "width {width}");
    }
}

#[test]
fn signs_are_right_at_every_width() {
    (1..=64).for_each(signs::<u64>);
    [1, 2, 65, 66, 67, 127, 128].into_iter().for_each(signs::<u128>);
    (1..=3).for_each(signs::<ZSmall<3>>);
    signs::<u8>(8);
    signs::<u16>(16);
    signs::<u32>(32);
}

#[test]
fn a_64_bit_sign_costs_485_bits_per_lane_and_8_rounds() {
    for lanes in [64, 1024] {
        let plan = ltz::plan(lanes, 64, Circuit::Tree, 0);
        assert_eq!(plan.rounds, 8);
        assert_eq!([0, 1, 2].map(|party| plan.sent_by(party)), [183, 151, 151].map(|bits| bits * lanes as u64));
        assert_eq!(plan.total_bits(), 485 * lanes as u64);
        assert_eq!(plan.padding, [[0; 3]; 3]);
        let rotated = ltz::plan(lanes, 64, Circuit::Tree, 2);
        assert_eq!([0, 1, 2].map(|party| rotated.sent_by(party)), [151, 151, 183].map(|bits| bits * lanes as u64));
    }
    assert_eq!(ltz::plan(64, 32, Circuit::Tree, 0).total_bits(), 64 * (32 + 2 * 16 + 3 * (72 - 16)));
}

#[test]
fn the_appendix_schedule_is_kept_round_by_round() {
    // P1→P3 64, P2→P3 32; P3→P2 32 and ring 31; ring 31; ring 31, 15, 7, 3, 1.
    let plan = ltz::plan(64, 64, Circuit::Tree, 0);
    let ring = 31 + 31 + 31 + 15 + 7 + 3 + 1;
    assert_eq!(plan.bits, [[0, 0, 64 * (64 + ring)], [64 * ring, 0, 64 * 32], [0, 64 * (32 + ring), 0]]);
}

#[test]
fn a_ripple_takes_a_round_and_a_gate_a_bit() {
    let plan = ltz::plan(64, 64, Circuit::Ripple, 0);
    assert_eq!(plan.rounds, 64);
    assert_eq!([0, 1, 2].map(|party| plan.sent_by(party)), [126, 63, 63].map(|bits| bits * 64));
    assert_eq!(ltz::plan(64, 1, Circuit::Ripple, 0).rounds, 1);
}

#[test]
fn differences_that_fit_are_compared_by_one_sign() {
    let mut sim = Sim::new(24);
    let (x, y): (Vec<u64>, Vec<u64>) =
        [(5, 9), (9, 5), (u64::MAX, 0), (0, u64::MAX), (1 << 32, 0), (7, 7)].into_iter().collect();
    let (sx, sy) = (deal(&mut sim, &x), deal(&mut sim, &y));
    for (rotation, circuit) in [(0, Circuit::Tree), (1, Circuit::Tree), (2, Circuit::Ripple)] {
        let order = Order::Within(34);
        let out = run(&mut sim, ltz::less_plan::<u64>(x.len(), order, circuit, rotation), |cx, i| {
            let (x, y) = (sx[i].clone(), sy[i].clone());
            async move { ltz::less(&cx, &x, &y, order, circuit, rotation).await }
        });
        assert_eq!(numbers(&out), [1, 0, 1, 0, 0, 0]);
    }
}

fn orders<R: Ring>() {
    let mut sim = Sim::new(22);
    let values = edge_elements::<R>();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for a in &values {
        for b in &values {
            x.push(*a);
            y.push(*b);
        }
    }
    let (sx, sy) = (deal(&mut sim, &x), deal(&mut sim, &y));
    for (order, circuit) in [
        (Order::Signed, Circuit::Tree),
        (Order::Unsigned, Circuit::Tree),
        (Order::Signed, Circuit::Ripple),
        (Order::Unsigned, Circuit::Ripple),
    ] {
        let out = run(&mut sim, ltz::less_plan::<R>(x.len(), order, circuit, 1), |cx, i| {
            let (x, y) = (sx[i].clone(), sy[i].clone());
            async move { ltz::less(&cx, &x, &y, order, circuit, 1).await }
        });
        let expected: Vec<u64> = x
            .iter()
            .zip(&y)
            .map(|(x, y)| match order {
                Order::Signed => u64::from(x.to_i128() < y.to_i128()),
                _ => u64::from(x.to_u128() < y.to_u128()),
            })
            .collect();
        assert_eq!(numbers(&out), expected, "{order:?}");
    }
}

#[test]
fn full_range_orders_are_right_for_every_pair_of_edges() {
    orders::<u64>();
    orders::<u128>();
    orders::<u8>();
    orders::<ZSmall<3>>();
}

#[test]
fn equality_sees_exactly_the_listed_bits() {
    let mut sim = Sim::new(23);
    for len in LENGTHS {
        for width in [1, 2, 3, 31, 63, 64] {
            let x: Vec<u64> = (0..len)
                .map(|i| match i % 4 {
                    0 => 0,
                    1 => 1 << (width - 1),
                    2 => u64::MAX.shl(width),
                    _ => u64::MAX,
                })
                .collect();
            let shares = deal(&mut sim, &x);
            for rotation in 0..3 {
                let out = run(&mut sim, eq::plan(len, width, rotation), |cx, i| {
                    let x = shares[i].clone();
                    async move { eq::eqz(&cx, &x, width, rotation).await }
                });
                assert_eq!(numbers(&out), x.iter().map(|x| u64::from(x.low(width) == 0)).collect::<Vec<_>>());
            }
        }
    }
    assert_eq!((eq::plan(64, 64, 0).rounds, eq::plan(64, 64, 0).total_bits()), (7, 64 * 253));
}
