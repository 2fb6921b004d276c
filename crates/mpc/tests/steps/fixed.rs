//! Truncation and lifts.

use stoffel_crypto::{Ring, ZSmall};
use stoffel_mpc::rep3::{lift, share, trunc};
use stoffel_mpc::sim::Sim;

use crate::support::{LENGTHS, assert_consistent, deal, edges, noise, run};

/// In-range values: edges of the slack, multiples of 2^m, their neighbours, noise.
fn in_range<R: Ring>(sim: &mut Sim, m: u32) -> Vec<R> {
    let bound = 1i128 << (R::BITS - 2);
    let step = 1i128 << m;
    let mut values = vec![-bound, -bound + 1, bound - step, bound - step - 1];
    for base in [0, step, -step, 3 * step, -7 * step, bound / 2, -bound / 2] {
        values.extend([base, base + 1, base - 1]);
    }
    values.extend(noise::<R>(sim, 100).into_iter().map(|x| x.to_i128() >> 2));
    values.retain(|v| (-bound..=bound - step).contains(v));
    values.into_iter().map(R::from_i128).collect()
}

fn truncations<R: Ring>(shifts: &[u32]) {
    let mut sim = Sim::new(31);
    for &m in shifts {
        for rotation in 0..3 {
            let x: Vec<R> = in_range(&mut sim, m);
            let shares = deal(&mut sim, &x);
            let out = run(&mut sim, trunc::plan::<R>(x.len(), m, rotation), |cx, i| {
                let x = shares[i].clone();
                async move { trunc::trunc(&cx, &x, m, rotation).await }
            });
            assert_consistent(&out);
            for (y, x) in share::reconstruct(&out).iter().zip(&x) {
                let (y, x) = (y.to_i128(), x.to_i128());
                let floor = x >> m;
                let exact = floor << m == x;
                assert!(y == floor || !exact && y == floor + 1, "{x} / 2^{m} gave {y}");
            }
            let out = run(&mut sim, trunc::floor_plan::<R>(x.len(), m, rotation), |cx, i| {
                let x = shares[i].clone();
                async move { trunc::floor(&cx, &x, m, rotation).await }
            });
            assert_consistent(&out);
            for (y, x) in share::reconstruct(&out).iter().zip(&x) {
                assert_eq!(y.to_i128(), x.to_i128() >> m, "floor of {} / 2^{m}", x.to_i128());
            }
        }
    }
}

#[test]
fn truncation_rounds_to_a_neighbour_and_keeps_representable_results() {
    truncations::<u64>(&[0, 1, 8, 13, 16, 32, 61]);
    truncations::<u128>(&[0, 1, 16, 32, 79]);
    truncations::<u16>(&[3, 14]);
    truncations::<ZSmall<7>>(&[2, 3]);
}

#[test]
fn truncation_costs_k_plus_3m_bits_and_two_rounds() {
    let plan = trunc::plan::<u64>(100, 16, 0);
    assert_eq!((plan.rounds, plan.total_bits()), (2, 100 * 112));
    assert_eq!(plan.bits, [[0, 0, 8000], [0, 0, 1600], [0, 1600, 0]]);
}

#[test]
fn fused_products_agree_with_products_then_truncation() {
    let mut sim = Sim::new(36);
    for rotation in 0..3 {
        for (m, bound) in [(16u32, 29u32), (1, 30)] {
            let draw = |sim: &mut Sim| -> Vec<u64> {
                let mut v: Vec<i128> = noise::<u64>(sim, 60).iter().map(|x| x.to_i128() >> (63 - bound)).collect();
                v.extend([0, 1, -1, 1 << bound, -(1 << bound), 1 << m, -(1 << m)]);
                v.into_iter().map(u64::from_i128).collect()
            };
            let (x, y) = (draw(&mut sim), draw(&mut sim));
            let (sx, sy) = (deal(&mut sim, &x), deal(&mut sim, &y));
            let near = |y: u64, exact: i128| {
                let floor = exact >> m;
                let y = y.to_i128();
                assert!(y == floor || floor << m != exact && y == floor + 1, "{exact} / 2^{m} gave {y}");
            };
            let out = run(&mut sim, trunc::dot_plan::<u64>(x.len(), m, rotation), |cx, i| {
                let (x, y) = (sx[i].clone(), sy[i].clone());
                async move { trunc::mul(&cx, &x, &y, m, rotation).await }
            });
            assert_consistent(&out);
            for (z, (x, y)) in share::reconstruct(&out).into_iter().zip(x.iter().zip(&y)) {
                near(z, x.to_i128() * y.to_i128());
            }
            let segments = [3, 0, 4];
            let out = run(&mut sim, trunc::dot_plan::<u64>(3, m, rotation), |cx, i| {
                let (x, y) = (sx[i].slice(0, 7), sy[i].slice(0, 7));
                async move { trunc::dot(&cx, &x, &y, &segments, m, rotation).await }
            });
            let product = |r: std::ops::Range<usize>| r.map(|i| x[i].to_i128() * y[i].to_i128()).sum();
            for (z, exact) in share::reconstruct(&out).into_iter().zip([product(0..3), 0, product(3..7)]) {
                near(z, exact);
            }
        }
    }
    let plan = trunc::dot_plan::<u64>(1, 16, 0);
    assert_eq!((plan.rounds, plan.total_bits()), (3, 3 * 64 + 3 * 16));
}

#[test]
fn truncation_is_exact_for_multiples_under_every_sharing() {
    // Every sharing of every in-range multiple of 2^m in Z/2^6: 4096 sharings per value.
    type R = ZSmall<6>;
    const M: u32 = 2;
    let mut sim = Sim::new(32);
    for x in (-16i128..=12).step_by(4) {
        let pairs: Vec<(R, R)> = R::all().flat_map(|x1| R::all().map(move |x2| (x1, x2))).collect();
        let x1: Vec<R> = pairs.iter().map(|p| p.0).collect();
        let x2: Vec<R> = pairs.iter().map(|p| p.1).collect();
        let x3: Vec<R> = pairs.iter().map(|p| R::from_i128(x).sub(p.0).sub(p.1)).collect();
        let parts = [x1, x2, x3];
        let out = sim
            .run(|cx, i| {
                let x = stoffel_mpc::ShareVec::new(parts[i].clone(), parts[(i + 1) % 3].clone());
                async move { trunc::trunc(&cx, &x, M, 0).await }
            })
            .unwrap();
        assert!(share::reconstruct(&out).iter().all(|y| y.to_i128() == x >> M), "{x}");
    }
}

#[test]
fn rounding_is_unbiased() {
    let mut sim = Sim::new(33);
    let len = 1 << 16;
    for low in [1u64, 8, 15] {
        let x = vec![(5 << 4) + low; len];
        let shares = deal(&mut sim, &x);
        let out = sim
            .run(|cx, i| {
                let x = shares[i].clone();
                async move { trunc::trunc(&cx, &x, 4, 0).await }
            })
            .unwrap();
        let up = share::reconstruct(&out).iter().filter(|y| **y == 6).count();
        // Standard deviation at most 128.
        assert!(up.abs_diff(len / 16 * low as usize) < 1000, "{up} of {len} rounded up at {low}/16");
    }
}

#[test]
fn lifts_keep_signed_values() {
    let mut sim = Sim::new(34);
    for rotation in 0..3 {
        for len in LENGTHS {
            let narrow: Vec<i128> = edges(62).into_iter().cycle().take(len).collect();
            let shares = deal(&mut sim, &narrow.iter().map(|v| u64::from_i128(*v)).collect::<Vec<_>>());
            let out = run(&mut sim, lift::plan::<u64, u128>(len, rotation), |cx, i| {
                let x = shares[i].clone();
                async move { lift::lift::<u64, u128>(&cx, &x, rotation).await }
            });
            assert_consistent(&out);
            assert_eq!(share::reconstruct(&out).iter().map(|y| y.to_i128()).collect::<Vec<_>>(), narrow);

            let full: Vec<i128> = edges(64).into_iter().cycle().take(len).collect();
            let shares = deal(&mut sim, &full.iter().map(|v| u64::from_i128(*v)).collect::<Vec<_>>());
            let out = run(&mut sim, lift::full_plan::<u64, u128>(len, rotation), |cx, i| {
                let x = shares[i].clone();
                async move { lift::full::<u64, u128>(&cx, &x, lift::Range::Signed, rotation).await }
            });
            assert_consistent(&out);
            assert_eq!(share::reconstruct(&out).iter().map(|y| y.to_i128()).collect::<Vec<_>>(), full);
            let out = run(&mut sim, lift::full_plan::<u64, u128>(len, rotation), |cx, i| {
                let x = shares[i].clone();
                async move { lift::full::<u64, u128>(&cx, &x, lift::Range::Unsigned, rotation).await }
            });
            let unsigned: Vec<u128> = full.iter().map(|v| u128::from(u64::from_i128(*v))).collect();
            assert_eq!(share::reconstruct(&out), unsigned);
        }
    }
    assert_eq!(lift::plan::<u64, u128>(1, 0).total_bits(), 320);
    assert_eq!(lift::full_plan::<u64, u128>(1, 0).rounds, 10);
}

#[test]
fn lifts_are_right_for_every_sharing_of_a_small_ring() {
    type R = ZSmall<4>;
    let mut sim = Sim::new(35);
    for x in -8i128..8 {
        let pairs: Vec<(R, R)> = R::all().flat_map(|x1| R::all().map(move |x2| (x1, x2))).collect();
        let x1: Vec<R> = pairs.iter().map(|p| p.0).collect();
        let x2: Vec<R> = pairs.iter().map(|p| p.1).collect();
        let x3: Vec<R> = pairs.iter().map(|p| R::from_i128(x).sub(p.0).sub(p.1)).collect();
        let parts = [x1, x2, x3];
        let out = sim
            .run(|cx, i| {
                let x = stoffel_mpc::ShareVec::new(parts[i].clone(), parts[(i + 1) % 3].clone());
                async move {
                    let full = lift::full::<R, ZSmall<7>>(&cx, &x, lift::Range::Signed, 0).await?;
                    Ok((lift::lift::<R, ZSmall<7>>(&cx, &x, 0).await?, full))
                }
            })
            .unwrap();
        let (slack, full): (Vec<_>, Vec<_>) = out.into_iter().unzip();
        let values = |shares: Vec<stoffel_mpc::ShareVec<ZSmall<7>>>| {
            let shares: [stoffel_mpc::ShareVec<ZSmall<7>>; 3] = shares.try_into().ok().unwrap();
            share::reconstruct(&shares)
        };
        assert!(values(full).iter().all(|y| y.to_i128() == x), "full {x}");
        if (-4..4).contains(&x) {
            assert!(values(slack).iter().all(|y| y.to_i128() == x), "slack {x}");
        }
    }
}
