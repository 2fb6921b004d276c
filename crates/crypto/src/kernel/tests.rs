//! Kernels on every SIMD path against their definitions.

use super::*;
use crate::dispatch;

fn noise(n: usize, seed: u8) -> Vec<u64> {
    let mut out = vec![0; n];
    Prg::new([seed; 16]).fill(Addr { op: 99, purpose: 0 }, 0, &mut out);
    out
}

fn masks<'a>(next: &'a Prg, prev: &'a Prg) -> Masks<'a> {
    Masks { next, prev, addr: Addr { op: 5, purpose: 3 }, first: 11 }
}

fn words_at(prg: &Prg, n: usize) -> Vec<u64> {
    let mut out = vec![0; n];
    prg.fill_words(Addr { op: 5, purpose: 3 }, 11, &mut out);
    out
}

#[test]
fn messages_minus_unmasked_terms_are_the_words_at_the_planned_addresses() {
    for n in (0..=257).chain([511, 512, 513, 1500]) {
        for backend in crate::Backend::available() {
            let next = Prg::with_backend([1; 16], backend);
            let prev = Prg::with_backend([2; 16], backend);
            let [x0, x1, y0, y1] = [3, 4, 5, 6].map(|seed| noise(n, seed));
            let (f, g) = (words_at(&next, n), words_at(&prev, n));

            let (mut z, mut sent) = (vec![0; n], Vec::new());
            mul(masks(&next, &prev), [&x0, &x1], [&y0, &y1], &mut z, |tile| sent.extend_from_slice(tile));
            assert_eq!(std::mem::take(&mut sent), z);
            for i in 0..n {
                let term = x0[i]
                    .wrapping_mul(y0[i])
                    .wrapping_add(x0[i].wrapping_mul(y1[i]))
                    .wrapping_add(x1[i].wrapping_mul(y0[i]));
                assert_eq!(z[i].wrapping_sub(term), f[i].wrapping_sub(g[i]), "element {i} of {n}");
            }

            and(masks(&next, &prev), Gate::and([&x0, &x1], [&y0, &y1]), &mut z, |tile| sent.extend_from_slice(tile));
            assert_eq!(std::mem::take(&mut sent), z);
            for i in 0..n {
                let term = (x0[i] & y0[i]) ^ (x0[i] & y1[i]) ^ (x1[i] & y0[i]);
                assert_eq!(z[i] ^ term, f[i] ^ g[i], "word {i} of {n}");
            }

            let gate = Gate {
                x: [Some(&x0), Some(&x1)],
                y: [Some(&y0), None],
                w: [Some(&x1), Some(&y1)],
                plus: [Some(&y1), Some(&x0)],
            };
            and(masks(&next, &prev), gate, &mut z, |tile| sent.extend_from_slice(tile));
            for i in 0..n {
                let (own, other) = (y0[i] ^ x1[i], y1[i]);
                let term = (x0[i] & own) ^ (x0[i] & other) ^ (x1[i] & own);
                assert_eq!((sent[i] ^ term, z[i] ^ sent[i]), (f[i] ^ g[i], y1[i]), "word {i} of {n}");
            }

            z.copy_from_slice(&x0);
            add_zero_sharing(masks(&next, &prev), &mut z);
            assert!((0..n).all(|i| z[i].wrapping_sub(x0[i]) == f[i].wrapping_sub(g[i])));
            z.copy_from_slice(&x0);
            xor_zero_sharing(masks(&next, &prev), &mut z);
            assert!((0..n).all(|i| z[i] ^ x0[i] == f[i] ^ g[i]));
            let expected = (0..n).fold(0u64, |sum, i| {
                sum.wrapping_add(x0[i].wrapping_mul(y0[i].wrapping_add(y1[i]))).wrapping_add(x1[i].wrapping_mul(y0[i]))
            });
            assert_eq!(dot([&x0, &x1], [&y0, &y1]), expected);
        }
    }
}

#[test]
fn no_mask_is_zero_keyed_or_repeated() {
    let n = 4096;
    let (next, prev) = (Prg::new([1; 16]), Prg::new([2; 16]));
    let zeros = vec![0u64; n];
    let mut z = zeros.clone();
    mul(masks(&next, &prev), [&zeros, &zeros], [&zeros, &zeros], &mut z, |_| {});
    let zero_keyed = words_at(&Prg::new([0; 16]), n);
    let (f, g) = (words_at(&next, n), words_at(&prev, n));
    let mut all: Vec<u64> = [z, zero_keyed, f, g].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 4 * n);
}

#[test]
fn every_compilation_of_a_kernel_computes_the_same() {
    for n in (0..=257).chain([1000]) {
        let [x0, x1, y0, y1, start] = [1, 2, 3, 4, 5].map(|seed| noise(n, seed));
        let (x, y) = ([&x0[..], &x1[..]], [&y0[..], &y1[..]]);
        let wide: Vec<Vec<u128>> =
            [&x0, &x1, &y0, &y1].map(|v| v.iter().map(|w| u128::from(*w) << 64 | 7).collect()).into();
        let on = |level| {
            let (mut product, mut and, mut sum) = (start.clone(), start.clone(), 0);
            let (mut masked, mut chosen, mut messages) = (start.clone(), start.clone(), [start.clone(), start.clone()]);
            let [plain, whole] = &mut messages;
            let (mut wide_product, mut wide_sum) = (vec![1u128; n], 0);
            let (wx, wy) = ([&wide[0][..], &wide[1][..]], [&wide[2][..], &wide[3][..]]);
            let ran = dispatch::run_on(level, Product { x, y, z: &mut product })
                && dispatch::run_on(level, Conjunction { x, y, next: plain, prev: &x0, z: &mut and })
                && dispatch::run_on(level, Choice { x, y, w: y, plus: &y1, next: whole, prev: &x0, z: &mut chosen })
                && dispatch::run_on(level, Masked { x, y, next: &y1, prev: &x0, z: &mut masked })
                && dispatch::run_on(level, Dot { x, y, sum: &mut sum })
                && dispatch::run_on(level, Product { x: wx, y: wy, z: &mut wide_product })
                && dispatch::run_on(level, Dot { x: wx, y: wy, sum: &mut wide_sum });
            ran.then_some((product, and, sum, wide_product, wide_sum, masked, chosen, messages))
        };
        let portable = on("portable");
        assert!(portable.is_some());
        for level in ["avx2", "avx512"] {
            let found = on(level);
            assert!(found.is_none() || found == portable, "{level}, {n} elements");
        }
    }
}
