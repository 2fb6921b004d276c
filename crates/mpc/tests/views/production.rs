//! Steps as they run in production: every first-round message less its unmasked term is the generator's words at the planned addresses.
//!
//! Lengths 0…257 on the generator of this machine (its back-ends are compared bit by bit in the generator's own tests); later
//! messages depend on earlier masked ones and are covered by the enumeration, which runs the same code.

use std::sync::{Arc, Mutex};

use stoffel_crypto::bits::{pack, to_planes, words_of};
use stoffel_crypto::{Addr, Prg, Ring, Source};
use stoffel_mpc::exec::Cx;
use stoffel_mpc::rep3::{a2b, b2a, input, lift, logic, ltz, mul, trunc};
use stoffel_mpc::sim::Sim;
use stoffel_mpc::{BitPlanes, PartyIdx, ShareVec};

/// A real generator that remembers the addresses asked for.
struct Remembering {
    key: [u8; 16],
    asked: Mutex<Vec<Addr>>,
}

impl Source for Remembering {
    fn elements(&self, addr: Addr, width: u32, first: u64, count: usize) -> Vec<u128> {
        self.asked.lock().unwrap().push(addr);
        let mut out = vec![0u128; count];
        Prg::new(self.key).fill_width(addr, width, first, &mut out);
        out
    }
}

fn keyed() -> ([Arc<Remembering>; 3], Sim) {
    let keys = [1, 2, 3].map(|j| Arc::new(Remembering { key: [j; 16], asked: Mutex::default() }));
    let sim = Sim::injected(&[0, 1, 2].map(|j| Arc::clone(&keys[j]) as Arc<dyn Source>));
    (keys, sim)
}

/// Elements of pair key `key` (0 = k_1) at operation 0, from the generator itself.
fn mask<R: Ring>(key: u8, purpose: u8, width: u32, len: usize) -> Vec<R> {
    let mut out = vec![R::ZERO; len];
    Prg::new([key + 1; 16]).fill_width(Addr { op: 0, purpose }, width, 0, &mut out);
    out
}

fn mask_words(key: u8, purpose: u8, words: usize) -> Vec<u64> {
    let mut out = vec![0; words];
    Prg::new([key + 1; 16]).fill_words(Addr { op: 0, purpose }, 0, &mut out);
    out
}

fn packed<R: Ring>(elements: &[R], width: u32) -> Vec<u8> {
    let mut out = Vec::new();
    pack(elements, width, &mut out);
    out
}

fn components<R: Ring>(len: usize) -> [Vec<R>; 3] {
    [51, 52, 53].map(|key| {
        let mut out = vec![R::ZERO; len];
        Prg::new([key; 16]).fill(Addr { op: 0, purpose: 0 }, 0, &mut out);
        out
    })
}

fn share<R: Ring>(parts: &[Vec<R>; 3], party: usize) -> ShareVec<R> {
    ShareVec::new(parts[party].clone(), parts[(party + 1) % 3].clone())
}

fn zip<R: Ring>(x: &[R], y: &[R], f: impl Fn(R, R) -> R) -> Vec<R> {
    x.iter().zip(y).map(|(x, y)| f(*x, *y)).collect()
}

#[test]
fn messages_of_ring_steps_carry_the_planned_masks() {
    for len in 0..=257 {
        let parts = components::<u64>(len);
        let (_, mut sim) = keyed();
        sim.run(|cx, i| {
            let x = share(&parts, i);
            async move { mul::mul(&cx, &x, &x).await }
        })
        .unwrap();
        for i in 0..3 {
            let (a, b) = (&parts[i], &parts[(i + 1) % 3]);
            let term = zip(a, &zip(a, b, |a, b| a.add(b).add(b)), Ring::mul);
            let alpha = zip(&mask(i as u8, 1, 64, len), &mask((i as u8 + 2) % 3, 1, 64, len), u64::sub);
            assert_eq!(sim.transcript(i, (i + 2) % 3), packed(&zip(&term, &alpha, u64::add), 64), "party {i}, {len}");
        }

        let (_, mut sim) = keyed();
        sim.run(|cx, i| {
            let values = (i == 0).then(|| parts[0].clone());
            async move { input::from_party(&cx, PartyIdx(0), values.as_deref(), len).await }
        })
        .unwrap();
        assert_eq!(sim.transcript(0, 2), packed(&zip(&parts[0], &mask(0, 3, 64, len), u64::sub), 64));
    }
}

#[test]
fn messages_of_truncation_and_lift_carry_the_planned_masks() {
    const M: u32 = 13;
    for len in 0..=257 {
        let parts = components::<u64>(len);
        let (_, mut sim) = keyed();
        sim.run(|cx, i| {
            let x = share(&parts, i);
            async move { trunc::trunc(&cx, &x, M, 0).await }
        })
        .unwrap();
        let offset = (1u64 << 62) + (1 << M) - 1;
        let c: Vec<u64> = zip(&parts[0], &parts[1], |a, b| a.add(b).add(offset));
        let word: Vec<u64> = c.iter().map(|c| c >> M).collect();
        let top: Vec<u64> = c.iter().map(|c| c >> 63).collect();
        let mc2 = mask(0, 12, M, len);
        let mut expected = packed(&zip(&word, &mask(0, 11, 64, len), u64::sub), 64);
        expected.extend(packed(&zip(&top, &mc2, u64::sub), M));
        assert_eq!(sim.transcript(0, 2), expected);
        let mr: Vec<u64> = parts[2].iter().map(|r| r >> 63).collect();
        let half = zip(&zip(&mr, &mc2, u64::mul), &mask(0, 13, M, len), u64::sub);
        assert_eq!(sim.transcript(1, 2), packed(&half, M));
        let half = zip(&zip(&mr, &zip(&top, &mc2, u64::sub), u64::mul), &mask(2, 14, M, len), u64::sub);
        assert_eq!(sim.transcript(2, 1), packed(&half, M));

        let (_, mut sim) = keyed();
        sim.run(|cx, i| {
            let x = share(&parts, i);
            async move { lift::lift::<u64, u128>(&cx, &x, 0).await }
        })
        .unwrap();
        let c: Vec<u128> =
            zip(&parts[0], &parts[1], |a, b| a.add(b).add(1 << 62)).into_iter().map(u128::from).collect();
        let top: Vec<u128> = c.iter().map(|c| c >> 63).collect();
        let mut expected = packed(&zip(&c, &mask(0, 11, 128, len), u128::sub), 128);
        expected.extend(packed(&zip(&top, &mask(0, 12, 64, len), u128::sub), 64));
        assert_eq!(sim.transcript(0, 2), expected);
    }
}

#[test]
fn messages_of_bit_steps_carry_the_planned_masks() {
    for len in 0..=257 {
        let words = words_of(len);
        let parts = components::<u64>(len);
        let bits = [0, 1, 2].map(|i| to_planes(&parts[i], 1));
        let planes = |i: usize| BitPlanes::new(bits[i].clone(), bits[(i + 1) % 3].clone(), len, 1);
        let (_, mut sim) = keyed();
        sim.run(|cx, i| {
            let x = planes(i);
            async move { logic::and(&cx, &x, &x).await }
        })
        .unwrap();
        for i in 0..3 {
            let (a, b) = (&bits[i], &bits[(i + 1) % 3]);
            let alpha = (mask_words(i as u8, 1, words), mask_words((i as u8 + 2) % 3, 1, words));
            let z: Vec<u64> =
                (0..words).map(|w| a[w] & (a[w] ^ b[w]) ^ b[w] & a[w] ^ alpha.0[w] ^ alpha.1[w]).collect();
            assert_eq!(sim.transcript(i, (i + 2) % 3), packed(&z, 64));
        }

        let (_, mut sim) = keyed();
        sim.run(|cx, i| {
            let x = planes(i);
            async move { b2a::b2a::<u64>(&cx, &x, 0).await }
        })
        .unwrap();
        let bit = |i: usize| -> Vec<u64> { parts[i].iter().map(|x| x & 1).collect() };
        let u12 = mask(0, 8, 64, len);
        let u13 = zip(&zip(&bit(0), &bit(1), |a, b| a ^ b), &u12, u64::sub);
        assert_eq!(sim.transcript(0, 2), packed(&u13, 64));
        let half = zip(&zip(&u12, &bit(2), u64::mul), &mask(0, 9, 64, len), u64::sub);
        assert_eq!(sim.transcript(1, 2), packed(&half, 64));
        let half = zip(&zip(&u13, &bit(2), u64::mul), &mask(2, 10, 64, len), u64::sub);
        assert_eq!(sim.transcript(2, 1), packed(&half, 64));

        let (_, mut sim) = keyed();
        sim.run(|cx, i| {
            let x = share(&parts, i);
            async move { a2b::a2b(&cx, &x, 5, 0).await }
        })
        .unwrap();
        let s = to_planes(&zip(&parts[0], &parts[1], u64::add), 5);
        let s12 = mask_words(0, 5, 5 * words);
        assert_eq!(sim.transcript(0, 2)[..8 * 5 * words], packed(&zip(&s, &s12, |s, m| s ^ m), 64));
        let t = to_planes(&parts[2], 4);
        let half = zip(&zip(&s12, &t, |s, t| s & t), &mask_words(0, 6, 4 * words), |p, g| p ^ g);
        assert_eq!(sim.transcript(1, 2), packed(&half, 64));
    }
}

#[test]
fn no_step_draws_an_address_twice_or_from_a_zero_key() {
    // The ledger of `Sim::new` panics on a bit drawn twice, over all steps of the session.
    let parts = components::<u64>(100);
    let mut sim = Sim::new(77);
    sim.run(|cx, i| {
        let x = share(&parts, i);
        async move { everything(cx, x).await }
    })
    .unwrap();
    // Both holders of a key ask for the same addresses, and nobody for a key that is not theirs.
    let (keys, mut sim) = keyed();
    sim.run(|cx, i| {
        let x = share(&parts, i);
        async move { everything(cx, x).await }
    })
    .unwrap();
    for key in &keys {
        let mut asked = key.asked.lock().unwrap().clone();
        assert!(!asked.is_empty());
        asked.sort_unstable();
        let times = |addr: Addr| asked.iter().filter(|a| **a == addr).count();
        assert!(asked.iter().all(|addr| times(*addr).is_multiple_of(2)), "a mask is drawn by both holders of its key");
    }
}

async fn everything(cx: Cx, x: ShareVec<u64>) -> Result<(), stoffel_mpc::Abort> {
    for rotation in 0..3 {
        let y = mul::mul(&cx, &x, &x).await?;
        let signs = ltz::ltz(&cx, &y, 64, ltz::Circuit::Tree, rotation).await?;
        ltz::less(&cx, &x, &y, ltz::Order::Signed, ltz::Circuit::Ripple, rotation).await?;
        let (a, b) =
            stoffel_mpc::exec::join(b2a::inject(&cx, &signs, &x, rotation), trunc::floor(&cx, &x, 16, rotation))
                .await?;
        let wide = lift::full::<u64, u128>(&cx, &a, lift::Range::Signed, rotation).await?;
        trunc::trunc(&cx, &wide, 16, rotation).await?;
        lift::lift::<u64, u128>(&cx, &b, rotation).await?;
        a2b::a2b(&cx, &b, 64, rotation).await?;
        stoffel_mpc::rep3::open::to_all(&cx, &b, 64).await?;
        stoffel_mpc::rep3::open::client_payload(&cx, &b, 64, &mut Vec::new());
    }
    Ok(())
}
