//! Inputs, products, openings.

use stoffel_crypto::{Prg, Ring, ZSmall};
use stoffel_mpc::rep3::matmul::{self, Product};
use stoffel_mpc::rep3::{dot, input, linear, mul, open, select, setup, share};
use stoffel_mpc::sim::Sim;
use stoffel_mpc::{AbortReason, Cost, PartyIdx, ShareVec};

use crate::support::{LENGTHS, assert_consistent, deal, edge_elements, noise, run};

fn products<R: Ring>() {
    let mut sim = Sim::new(1);
    for len in LENGTHS {
        let edge = edge_elements::<R>();
        let x: Vec<R> = edge.iter().cycle().take(len).copied().collect();
        let y: Vec<R> = noise(&mut sim, len);
        let (sx, sy) = (deal(&mut sim, &x), deal(&mut sim, &y));
        let z = run(&mut sim, mul::plan::<R>(len), |cx, i| {
            let (x, y) = (sx[i].clone(), sy[i].clone());
            async move { mul::mul(&cx, &x, &y).await }
        });
        assert_consistent(&z);
        assert!(share::reconstruct(&z) == x.iter().zip(&y).map(|(x, y)| x.mul(*y)).collect::<Vec<_>>());

        let sums = run(&mut sim, dot::plan::<R>(3), |cx, i| {
            let (x, y) = (sx[i].clone(), sy[i].clone());
            async move { dot::dot(&cx, &x, &y, &[len / 3, 0, len - len / 3]).await }
        });
        let product = |range: std::ops::Range<usize>| range.fold(R::ZERO, |sum, i| sum.add(x[i].mul(y[i])));
        assert!(share::reconstruct(&sums) == [product(0..len / 3), R::ZERO, product(len / 3..len)]);

        let bits: Vec<R> = (0..len).map(|i| R::from_bit(i % 3 == 0)).collect();
        let sb = deal(&mut sim, &bits);
        let chosen = run(&mut sim, select::plan::<R>(len), |cx, i| {
            let (b, x, y) = (sb[i].clone(), sx[i].clone(), sy[i].clone());
            async move { select::select(&cx, &b, &x, &y).await }
        });
        assert!(
            share::reconstruct(&chosen) == (0..len).map(|i| if i % 3 == 0 { x[i] } else { y[i] }).collect::<Vec<_>>()
        );
    }
}

#[test]
fn products_dot_products_and_selections_are_exact_in_every_ring() {
    products::<u8>();
    products::<u16>();
    products::<u32>();
    products::<u64>();
    products::<u128>();
    products::<ZSmall<3>>();
    products::<ZSmall<7>>();
}

fn matrices<R: Ring>() {
    let mut sim = Sim::new(4);
    let dims = [[1, 2, 3, 2], [2, 1, 4, 3], [1, 3, 0, 2], [1, 1, 1, 1]];
    let plain: Vec<[Vec<R>; 2]> =
        dims.iter().map(|[b, m, k, n]| [noise(&mut sim, b * m * k), noise(&mut sim, b * k * n)]).collect();
    let shared: Vec<_> = plain.iter().map(|sides| sides.each_ref().map(|side| deal(&mut sim, side))).collect();
    let total: usize = dims.iter().map(|[b, m, _, n]| b * m * n).sum();
    let out = run(&mut sim, matmul::plan::<R>(total), |cx, i| {
        let product = |(axes, [left, right]): (&[usize; 4], &[[_; 3]; 2])| Product {
            left: ShareVec::clone(&left[i]),
            right: ShareVec::clone(&right[i]),
            axes: *axes,
        };
        let products: Vec<Product<R>> = dims.iter().zip(&shared).map(product).collect();
        async move { matmul::matmul(&cx, &products).await }
    });
    assert_consistent(&out);
    let mut expected = Vec::new();
    for ([b, m, k, n], [left, right]) in dims.iter().zip(&plain) {
        for at in 0..b * m * n {
            let (matrix, i, j) = (at / (m * n), at / n % m, at % n);
            let term = |t: usize| left[(matrix * m + i) * k + t].mul(right[(matrix * k + t) * n + j]);
            expected.push((0..*k).fold(R::ZERO, |sum, t| sum.add(term(t))));
        }
    }
    assert!(share::reconstruct(&out) == expected);
}

#[test]
fn matrix_products_are_exact_at_one_element_sent_per_element() {
    matrices::<u64>();
    matrices::<u128>();
    matrices::<ZSmall<7>>();
    assert_eq!(matmul::plan::<u64>(1000), mul::plan::<u64>(1000));
}

#[test]
fn a_product_of_64_bit_elements_is_one_round_and_eight_bytes_per_party() {
    let plan = mul::plan::<u64>(1000);
    assert_eq!(plan.rounds, 1);
    assert_eq!(plan.bits, [[0, 0, 64_000], [64_000, 0, 0], [0, 64_000, 0]]);
}

#[test]
fn linear_operations_are_local_and_exact() {
    let mut sim = Sim::new(2);
    let x = edge_elements::<u64>();
    let y: Vec<u64> = noise(&mut sim, x.len());
    let (sx, sy) = (deal(&mut sim, &x), deal(&mut sim, &y));
    let out = run(&mut sim, Cost::ZERO, |cx, i| {
        let (x, y, public) = (sx[i].clone(), sy[i].clone(), y.clone());
        async move {
            let t = linear::sub(&linear::scale(&linear::add(&x, &y), 5), &linear::neg(&x));
            Ok(linear::add_public(cx.me(), &linear::mul_public(&t, &public), &public))
        }
    });
    assert_consistent(&out);
    let expected: Vec<u64> = x
        .iter()
        .zip(&y)
        .map(|(x, y)| x.wrapping_add(*y).wrapping_mul(5).wrapping_add(*x).wrapping_mul(*y).wrapping_add(*y))
        .collect();
    assert_eq!(share::reconstruct(&out), expected);
    let sums = [0, 1, 2].map(|i| linear::sum(&sx[i]));
    assert_eq!(share::reconstruct(&sums), [x.iter().fold(0u64, |s, x| s.wrapping_add(*x))]);
    let narrow = [0, 1, 2].map(|i| linear::narrow::<u64, u8>(&sx[i]));
    assert_eq!(share::reconstruct(&narrow), x.iter().map(|x| *x as u8).collect::<Vec<_>>());
}

#[test]
fn openings_disclose_the_low_bits_to_their_receivers() {
    let mut sim = Sim::new(3);
    for len in LENGTHS {
        let x: Vec<u64> = noise(&mut sim, len);
        let shares = deal(&mut sim, &x);
        for width in [1, 8, 13, 32, 64] {
            let cut: Vec<u64> = x.iter().map(|x| x.low(width)).collect();
            let all = run(&mut sim, open::plan(len, width), |cx, i| {
                let x = shares[i].clone();
                async move { open::to_all(&cx, &x, width).await }
            });
            assert!(all.iter().all(|opened| *opened == cut));
            for receiver in [0, 1, 2].map(PartyIdx) {
                let one = run(&mut sim, open::to_party_plan(len, width, receiver), |cx, i| {
                    let x = shares[i].clone();
                    async move { open::to_party(&cx, &x, width, receiver).await }
                });
                for (i, opened) in one.iter().enumerate() {
                    assert_eq!(opened.as_ref(), (i == usize::from(receiver.0)).then_some(&cut));
                }
            }
            let payloads = sim
                .run(|cx, i| {
                    let x = shares[i].clone();
                    async move {
                        let mut out = Vec::new();
                        open::client_payload(&cx, &x, width, &mut out);
                        Ok(out)
                    }
                })
                .unwrap();
            let mut sum = vec![0u64; len];
            for payload in &payloads {
                assert_eq!(payload.len(), open::client_len(len, width));
                let mut part = vec![0u64; len];
                stoffel_crypto::bits::unpack(payload, 0, width, &mut part);
                sum.iter_mut().zip(&part).for_each(|(s, p)| *s = s.wrapping_add(*p).low(width));
            }
            assert_eq!(sum, cut);
        }
    }
}

#[test]
fn a_party_inputs_values_and_bits() {
    let mut sim = Sim::new(4);
    for owner in [0, 1, 2].map(PartyIdx) {
        for len in LENGTHS {
            let values: Vec<u64> = noise(&mut sim, len);
            let shares = run(&mut sim, input::plan::<u64>(len, owner), |cx, i| {
                let own = (i == usize::from(owner.0)).then(|| values.clone());
                async move { input::from_party(&cx, owner, own.as_deref(), len).await }
            });
            assert_consistent(&shares);
            assert_eq!(share::reconstruct(&shares), values);

            let words = stoffel_crypto::bits::to_planes(&values, 5);
            let bits = run(&mut sim, input::bits_plan(len, 5, owner), |cx, i| {
                let own = (i == usize::from(owner.0)).then(|| words.clone());
                async move { input::bits_from_party(&cx, owner, own.as_deref(), len, 5).await }
            });
            assert_eq!(share::reconstruct_bits(&bits), words);
        }
    }
}

#[test]
fn client_components_reconstruct_what_the_client_shared() {
    let seeds = [Prg::new([1; 16]), Prg::new([2; 16])];
    let values: Vec<u64> = vec![0, 1, u64::MAX, 5];
    let x3 = input::last_component([&seeds[0], &seeds[1]], 6, &values);
    let shares = [0, 1, 2].map(|i| {
        input::from_components(
            PartyIdx(i),
            || input::seeded(&seeds[0], 6, 4),
            || input::seeded(&seeds[1], 6, 4),
            || x3.clone(),
        )
    });
    assert_consistent(&shares);
    assert_eq!(share::reconstruct(&shares), values);
    let words = vec![0b1011, 0b0110];
    let b3 = input::last_component_bits([&seeds[0], &seeds[1]], 7, &words, 4, 2);
    let bits = [0, 1, 2].map(|i| {
        input::bits_from_components(
            PartyIdx(i),
            4,
            2,
            || input::seeded_bits(&seeds[0], 7, 4, 2),
            || input::seeded_bits(&seeds[1], 7, 4, 2),
            || b3.clone(),
        )
    });
    assert_eq!(share::reconstruct_bits(&bits), words);
}

#[test]
fn a_client_with_two_versions_of_a_component_is_named_by_every_party() {
    let hashes = |client: u32| {
        let component = |c: usize| [client as u8 * 3 + c as u8; 32];
        [0, 1, 2].map(|i| input::ClientHashes { client, a: component(i), b: component((i + 1) % 3) })
    };
    let agree = |all: [[input::ClientHashes; 3]; 2]| {
        Sim::new(5).run_each(move |cx, i| async move { input::agree(&cx, &[all[0][i], all[1][i]]).await })
    };
    assert!(agree([hashes(4), hashes(9)]).iter().all(Result::is_ok));
    for party in 0..3 {
        let mut second = hashes(9);
        second[party].b[31] ^= 1;
        for outcome in agree([hashes(4), second]) {
            assert_eq!(outcome.unwrap_err().reason, AbortReason::ClientInput { client: 9 });
        }
    }
}

#[test]
fn setup_gives_neighbours_one_generator_and_refuses_equal_keys() {
    let draw = |i: usize, key: u8| setup::Draw { key: [key; 16], nonce: [i as u8; 16] };
    let mut sim = Sim::without_keys();
    sim.run(|cx, i| async move { setup::agree(&cx, draw(i, i as u8 + 1), [7; 32]).await }).unwrap();
    let sent = sim.meters().map(|meter| meter.sent.map(|to| to.payload_bits));
    assert_eq!(sent, setup::plan().bits);
    let random = sim.run(|cx, _| async move { Ok(share::random::<u64>(&cx, 4)) }).unwrap();
    assert_consistent(&random);
    assert_ne!(random[0].a(), random[0].b());

    let outcome =
        Sim::without_keys().run_each(|cx, i| async move { setup::agree(&cx, draw(i, [1, 1, 2][i]), [7; 32]).await });
    let refused = outcome[1].clone().unwrap_err();
    assert_eq!((refused.culprit, refused.reason), (Some(PartyIdx(0)), AbortReason::Setup));
}
