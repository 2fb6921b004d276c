//! Every operation on every format, as scalars and vectors, with secret and public operands, against the clear engine.

use proptest::prelude::*;
use stoffel_mpc::{Arg, Backend, ClearEngine, Engine, NodeId, Offer, OpSite, Rounding};
use stoffel_value::{BinOp, CmpOp, FixTy, IntTy, ScalarOp, ScalarTy, UnOp, is_canonical, range, to_i128};

use crate::harness::{Noise, Parties, SITE, lane, params, vector};

fn formats() -> Vec<ScalarTy> {
    let mut all = vec![ScalarTy::Bool];
    all.extend(IntTy::ALL.into_iter().map(ScalarTy::Int));
    all.extend([(32, 16), (64, 16), (64, 0), (64, 63), (62, 0), (40, 22), (16, 8), (8, 7)].map(|(k, f)| fix(k, f)));
    all
}

fn fix(k: u8, f: u8) -> ScalarTy {
    ScalarTy::Fix(FixTy::new(k, f).expect("a format"))
}

/// Edges of a format and some numbers without pattern, large and small.
fn samples(ty: ScalarTy, noise: &mut Noise) -> Vec<u64> {
    let (min, max) = range(ty);
    let mut values =
        vec![min, max, 0, 1, -1, min + 1, max - 1, max / 2, max / 2 + 1, min / 2, min / 2 - 1, 2, -2, 3, 7];
    values.extend([62, 61, 46, 30, 16, 15].into_iter().flat_map(|bit| {
        let power = 1i128 << bit;
        [power - 1, power, power + 1, -power - 1, -power, -power + 1]
    }));
    for _ in 0..12 {
        let word = i128::from(noise.next() as i64);
        values.extend([word, word >> 20, word >> 44, word >> 52, word >> 57]);
    }
    values.retain(|value| (min..=max).contains(value));
    values.into_iter().map(|value| value as u64).collect()
}

/// How far rep3 may be from the clear engine, in units of the grid.
fn tolerance(op: ScalarOp, exact: i128) -> i128 {
    match op {
        ScalarOp::Binary(BinOp::Mul, ScalarTy::Fix(_)) | ScalarOp::Dot(ScalarTy::Fix(_)) => 1,
        // 2u·max(1, |q|), beside the half unit by which the clear quotient is rounded.
        ScalarOp::Binary(BinOp::Div | BinOp::PowInt, ScalarTy::Fix(fix)) => ((exact.abs() * 2) >> fix.f()).max(2),
        _ => 0,
    }
}

/// The lanes of `op` that the clear engine gives a value, and those values.
fn defined(op: ScalarOp, operands: &[Vec<u64>]) -> Vec<(usize, u64)> {
    let mut clear = ClearEngine::new();
    (0..operands[0].len())
        .filter_map(|at| {
            let args: Vec<_> = operands.iter().map(|words| Arg::Word(words[at])).collect();
            let node = clear.op(op, &args, SITE).ok()?;
            let ticket = clear.open(ScalarTy::I64, node, 0, 1, 0, SITE);
            clear.force_all();
            let word = clear.opened(ticket).expect("forced")[0];
            // Bools that are added may pass 1; what they are then is unspecified.
            is_canonical(result_ty(op), word).then_some((at, word))
        })
        .collect()
}

fn result_ty(op: ScalarOp) -> ScalarTy {
    match op {
        ScalarOp::Binary(_, ty) | ScalarOp::Unary(_, ty) | ScalarOp::Select(ty) | ScalarOp::Convert(_, ty) => ty,
        ScalarOp::Sum(ty) | ScalarOp::Dot(ty) | ScalarOp::Pick(ty) => ty,
        ScalarOp::OneHot(_) | ScalarOp::Compare(..) | ScalarOp::Any | ScalarOp::All => ScalarTy::Bool,
    }
}

/// Checks lanes with defined results: all secret, then with each operand public that may be, as vectors and as scalars.
fn check(op: ScalarOp, types: &[ScalarTy], operands: &[Vec<u64>], sides: &[&[bool]]) {
    let lanes = defined(op, operands);
    if lanes.is_empty() {
        return;
    }
    let chosen: Vec<Vec<u64>> = operands.iter().map(|words| lanes.iter().map(|(at, _)| words[*at]).collect()).collect();
    let expected: Vec<u64> = lanes.iter().map(|(_, word)| *word).collect();
    let mut parties = Parties::new(3);
    let columns: Vec<_> = types.iter().copied().zip(chosen.iter().cloned()).collect();
    let nodes = parties.input(0, &columns, 5);
    let len = expected.len() as u32;
    let ty = result_ty(op);
    let mut tickets = Vec::new();
    for public in sides {
        if !Backend::Rep3.supports(op, public) {
            continue;
        }
        let args: Vec<Arg<'_>> =
            (0..types.len()).map(|i| if public[i] { Arg::Words(&chosen[i]) } else { vector(nodes[i], len) }).collect();
        let node = parties.op(op, &args);
        tickets.push((parties.open(ty, node), 0, expected.clone(), *public));
        for at in (0..expected.len()).step_by(5) {
            let args: Vec<Arg<'_>> = (0..types.len())
                .map(|i| {
                    let secret = Arg::Lane(stoffel_mpc::Lane { node: nodes[i], lane: at as u32 });
                    if public[i] { Arg::Word(chosen[i][at]) } else { secret }
                })
                .collect();
            let node = parties.op(op, &args);
            tickets.push((parties.open(ty, node), at, vec![expected[at]], *public));
        }
    }
    parties.all(Engine::force_all);
    parties.run_as_planned();
    for (ticket, first, expected, public) in tickets {
        let words = parties.words(ticket);
        assert_eq!(words.len(), expected.len());
        for (i, (word, expected)) in words.iter().zip(&expected).enumerate() {
            assert!(is_canonical(ty, *word));
            let (got, exact) = (to_i128(ty, *word), to_i128(ty, *expected));
            let inputs: Vec<_> = chosen.iter().zip(types).map(|(words, ty)| to_i128(*ty, words[first + i])).collect();
            assert!(
                (got - exact).abs() <= tolerance(op, exact),
                "{op:?} of {inputs:?} (public {public:?}): {got}, not {exact}"
            );
        }
    }
}

/// All pairs of samples are too many; every sample meets every other by rotation.
fn pairs(left: &[u64], right: &[u64], rotations: usize) -> [Vec<u64>; 2] {
    let mut out = [Vec::new(), Vec::new()];
    for rotation in 0..rotations {
        for (i, word) in left.iter().enumerate() {
            out[0].push(*word);
            out[1].push(right[(i * 5 + rotation * 7 + 1) % right.len()]);
        }
    }
    out
}

const BOTH: &[&[bool]] = &[&[false, false], &[false, true], &[true, false]];

#[test]
fn binary_operations_agree_with_the_clear_engine() {
    let mut noise = Noise(1);
    for ty in formats() {
        let samples = samples(ty, &mut noise);
        let operands = pairs(&samples, &samples, 6);
        for op in BinOp::ALL {
            match op {
                BinOp::Shl | BinOp::Shr | BinOp::PowInt => continue,
                _ => check(ScalarOp::Binary(*op, ty), &[ty, ty], &operands, BOTH),
            }
        }
    }
}

#[test]
fn small_quotients_and_products_agree_too() {
    let mut noise = Noise(2);
    for ty in formats().into_iter().filter(|ty| matches!(ty, ScalarTy::Fix(_))) {
        let (min, max) = range(ty);
        let some = |noise: &mut Noise, scale: i128| {
            (0..60).map(|_| (i128::from(noise.next() as i64) % (max / scale).max(2)).clamp(min, max) as u64).collect()
        };
        let operands: [Vec<u64>; 2] = [some(&mut noise, 1 << 10), some(&mut noise, 1 << 14)];
        for op in [BinOp::Mul, BinOp::Div] {
            check(ScalarOp::Binary(op, ty), &[ty, ty], &operands, BOTH);
        }
    }
}

#[test]
fn shifts_and_powers_by_public_amounts_agree() {
    let mut noise = Noise(3);
    for int in IntTy::ALL {
        let ty = ScalarTy::Int(int);
        let left = samples(ty, &mut noise);
        let amounts: Vec<u64> = (0..u64::from(int.bits())).chain([int.bits() as u64 + 3]).collect();
        for op in [BinOp::Shl, BinOp::Shr] {
            check(ScalarOp::Binary(op, ty), &[ty, ScalarTy::I64], &pairs(&left, &amounts, 3), &[&[false, true]]);
        }
    }
    for ty in formats().into_iter().filter(|ty| *ty != ScalarTy::Bool) {
        let left: Vec<u64> = samples(ty, &mut noise);
        let exponents = [0, 1, 2, 3, 5, 6];
        let mut operands = pairs(&left, &exponents, 2);
        if let ScalarTy::Fix(fix) = ty {
            // Whole numbers, on which every product is exact.
            operands[0].iter_mut().for_each(|word| *word = ((*word as i64 >> fix.f()) << fix.f()) as u64);
        }
        check(ScalarOp::Binary(BinOp::PowInt, ty), &[ty, ScalarTy::I64], &operands, &[&[false, true]]);
    }
}

#[test]
fn shifts_by_secret_amounts_agree_and_give_zero_outside_the_width() {
    let mut noise = Noise(12);
    let sides: &[&[bool]] = &[&[false, false], &[true, false]];
    for int in IntTy::ALL {
        let ty = ScalarTy::Int(int);
        let left = samples(ty, &mut noise);
        let amounts: Vec<u64> = (0..u64::from(int.bits())).collect();
        for op in [BinOp::Shl, BinOp::Shr] {
            check(ScalarOp::Binary(op, ty), &[ty, ty], &pairs(&left, &amounts, 3), sides);
        }
        let mut parties = Parties::new(1);
        let mut outside = vec![u64::from(int.bits()), range(ty).1 as u64];
        outside.extend(int.is_signed().then_some(u64::MAX));
        let x = parties.input(0, &[(ty, vec![5; outside.len()]), (ty, outside.clone())], 1);
        let len = outside.len() as u32;
        for op in [BinOp::Shl, BinOp::Shr] {
            let node = parties.op(ScalarOp::Binary(op, ty), &[vector(x[0], len), vector(x[1], len)]);
            assert_eq!(parties.reveal(ty, node), vec![0; outside.len()]);
        }
    }
}

#[test]
fn quotients_and_remainders_by_secret_zero_are_zero() {
    let mut noise = Noise(13);
    for ty in formats().into_iter().filter(|ty| *ty != ScalarTy::Bool) {
        let words = samples(ty, &mut noise);
        let len = words.len() as u32;
        let mut parties = Parties::new(1);
        let x = parties.input(0, &[(ty, words.clone()), (ty, vec![0])], 1);
        for op in [BinOp::Div, BinOp::FloorDiv, BinOp::Rem, BinOp::Mod] {
            let node = parties.op(ScalarOp::Binary(op, ty), &[vector(x[0], len), lane(x[1])]);
            assert_eq!(parties.reveal(ty, node), vec![0; words.len()], "{op:?} {ty}");
        }
    }
}

#[test]
fn quotients_are_exact_where_they_change() {
    // Multiples of a divisor and their neighbours, with divisors of every length.
    let mut noise = Noise(14);
    let grid = [(32, 16), (64, 16), (64, 0), (64, 63), (62, 0), (40, 22), (16, 8)].map(|(k, f)| fix(k, f));
    let ints = IntTy::ALL.into_iter().map(ScalarTy::Int);
    for ty in ints.chain(grid) {
        let (min, max) = range(ty);
        let mut operands = [Vec::new(), Vec::new()];
        for _ in 0..200 {
            let shift = noise.next() % u64::from(ty.bits());
            let divisor = (i128::from(noise.next() >> shift) & max).max(1);
            let divisor = if min < 0 && noise.next() & 1 == 1 { -divisor } else { divisor };
            let wide = noise.next() % u64::from(ty.bits());
            let multiple = (i128::from(noise.next() >> wide) & max) / divisor * divisor;
            let multiple = if min < 0 && noise.next() & 1 == 1 { -multiple } else { multiple };
            for near in [multiple - 1, multiple, multiple + 1] {
                operands[0].push(near.clamp(min, max) as u64);
                operands[1].push(divisor as u64);
            }
        }
        for op in [BinOp::FloorDiv, BinOp::Rem, BinOp::Mod] {
            check(ScalarOp::Binary(op, ty), &[ty, ty], &operands, BOTH);
        }
        if matches!(ty, ScalarTy::Int(_)) {
            check(ScalarOp::Binary(BinOp::Div, ty), &[ty, ty], &operands, BOTH);
        }
    }
}

#[test]
fn an_amount_outside_the_width_gives_zero() {
    let mut parties = Parties::new(1);
    let x = parties.input(0, &[(ScalarTy::Int(IntTy::U8), vec![200, 7])], 1)[0];
    let ty = ScalarTy::Int(IntTy::U8);
    for op in [BinOp::Shl, BinOp::Shr] {
        for amounts in [vec![8, 8], vec![(-1i64) as u64, 100]] {
            let node = parties.op(ScalarOp::Binary(op, ty), &[vector(x, 2), Arg::Words(&amounts)]);
            assert_eq!(parties.reveal(ty, node), [0, 0]);
        }
        let node = parties.op(ScalarOp::Binary(op, ty), &[vector(x, 2), Arg::Word(64)]);
        assert_eq!(parties.reveal(ty, node), [0, 0]);
    }
}

#[test]
fn comparisons_agree_over_all_pairs_of_integer_formats() {
    let mut noise = Noise(4);
    for left in formats() {
        for right in formats() {
            let ints = matches!((left, right), (ScalarTy::Int(_), ScalarTy::Int(_)));
            if left != right && !ints {
                continue;
            }
            let (x, y) = (samples(left, &mut noise), samples(right, &mut noise));
            let mut operands = pairs(&x, &y, 2);
            // Equal values, where both formats hold them.
            for word in &x {
                if is_canonical(right, *word) && to_i128(left, *word) == to_i128(right, *word) {
                    operands[0].push(*word);
                    operands[1].push(*word);
                }
            }
            for op in [CmpOp::Lt, CmpOp::Eq] {
                check(ScalarOp::Compare(op, left, right), &[left, right], &operands, BOTH);
            }
            if left == right {
                for op in [CmpOp::Le, CmpOp::Gt, CmpOp::Ge, CmpOp::Ne] {
                    check(ScalarOp::Compare(op, left, right), &[left, right], &operands, BOTH);
                }
            }
        }
    }
}

#[test]
fn unary_operations_and_conversions_agree() {
    let mut noise = Noise(5);
    for ty in formats() {
        let samples = samples(ty, &mut noise);
        for op in UnOp::ALL {
            check(ScalarOp::Unary(*op, ty), &[ty], std::slice::from_ref(&samples), &[&[false]]);
        }
        for to in formats() {
            let mut values = samples.clone();
            if let (ScalarTy::Fix(s), ScalarTy::Fix(t)) = (ty, to)
                && s.f() > t.f()
            {
                // Ties, both ways.
                let half = 1i64 << (s.f() - t.f() - 1);
                values.extend([1, 3, -1, -3, 5].map(|odd| half.wrapping_mul(odd) as u64));
                values.extend([half + 1, half - 1].map(|word| word as u64));
                values.retain(|word| is_canonical(ty, *word));
            }
            check(ScalarOp::Convert(ty, to), &[ty], &[values], &[&[false]]);
        }
    }
}

#[test]
fn selections_agree() {
    let mut noise = Noise(6);
    for ty in formats() {
        let values = samples(ty, &mut noise);
        let [x, y] = pairs(&values, &values, 1);
        let conditions: Vec<u64> = x.iter().map(|_| noise.next() & 1).collect();
        let sides: &[&[bool]] = &[
            &[false, false, false],
            &[true, false, false],
            &[false, true, false],
            &[false, false, true],
            &[false, true, true],
            &[true, true, false],
        ];
        check(ScalarOp::Select(ty), &[ScalarTy::Bool, ty, ty], &[conditions, x, y], sides);
    }
}

/// One reduction of random vectors against the clear engine.
fn reduce(op: ScalarOp, types: &[ScalarTy], operands: &[Vec<u64>]) {
    let mut clear = ClearEngine::new();
    let args: Vec<_> = operands.iter().map(|words| Arg::Words(words)).collect();
    let Ok(node) = clear.op(op, &args, SITE) else { return };
    let ticket = clear.open(result_ty(op), node, 0, 1, 0, SITE);
    clear.force_all();
    let exact = to_i128(result_ty(op), clear.opened(ticket).expect("forced")[0]);
    let mut parties = Parties::new(8);
    let columns: Vec<_> = types.iter().copied().zip(operands.iter().cloned()).collect();
    let nodes = parties.input(0, &columns, 6);
    let len = operands[0].len() as u32;
    let secret: Vec<_> = nodes.iter().map(|node| vector(*node, len)).collect();
    let mut results = vec![parties.op(op, &secret)];
    if operands.len() == 2 {
        results.push(parties.op(op, &[secret[0], Arg::Words(&operands[1])]));
        results.push(parties.op(op, &[Arg::Words(&operands[0]), secret[1]]));
    }
    for result in results {
        let ticket = parties.open(result_ty(op), result);
        parties.all(Engine::force_all);
        parties.run_as_planned();
        let got = to_i128(result_ty(op), parties.words(ticket)[0]);
        assert!((got - exact).abs() <= tolerance(op, exact), "{op:?} of {operands:?}: {got}, not {exact}");
    }
}

#[test]
fn reductions_agree_at_every_length() {
    let mut noise = Noise(7);
    for len in [0usize, 1, 2, 3, 5, 8, 63, 64, 65, 130] {
        for ty in formats().into_iter().filter(|ty| *ty != ScalarTy::Bool) {
            let bits = ty.bits() / 2 + if let ScalarTy::Fix(fix) = ty { fix.f() / 2 } else { 0 };
            let vectors: Vec<Vec<u64>> = (0..2)
                .map(|_| {
                    let word = |noise: &mut Noise| {
                        let value = noise.next() >> (64 - bits + 4).min(63);
                        let value = if range(ty).0 < 0 && noise.next() & 1 == 1 { value.wrapping_neg() } else { value };
                        if is_canonical(ty, value) { value } else { 0 }
                    };
                    (0..len).map(|_| word(&mut noise)).collect()
                })
                .collect();
            reduce(ScalarOp::Sum(ty), &[ty], &vectors[..1]);
            reduce(ScalarOp::Dot(ty), &[ty, ty], &vectors);
        }
        for rare in [0, 1] {
            let bits = (0..len).map(|_| u64::from(noise.next().is_multiple_of(97)) ^ rare).collect();
            reduce(ScalarOp::Any, &[ScalarTy::Bool], std::slice::from_ref(&bits));
            reduce(ScalarOp::All, &[ScalarTy::Bool], &[bits]);
        }
    }
}

#[test]
fn large_fixed_products_are_within_one_unit() {
    let ty = ScalarTy::FIX64;
    let grid = |value: i64| (value << 16) as u64;
    let left = vec![grid(50_000), grid(1 << 23), grid(-(1 << 23)), grid(-(1 << 23)), (1 << 31) - 1, 3];
    let right = vec![grid(50_000), grid(1 << 23), grid(1 << 23), grid(-(1 << 23)), (1 << 46) + 12_345, 5];
    check(ScalarOp::Binary(BinOp::Mul, ty), &[ty, ty], &[left, right], BOTH);
}

#[test]
fn exact_rounding_is_floor_and_the_same_in_every_run() {
    for ty in [(32, 16), (64, 16), (16, 8), (40, 22), (64, 63)].map(|(k, f)| fix(k, f)) {
        let ScalarTy::Fix(format) = ty else { unreachable!("fixed formats") };
        let scale = format.k() + format.f();
        let mut noise = Noise(15);
        let draw = |noise: &mut Noise| (noise.next() as i64 >> (64 - scale / 2 + 2)) as u64;
        let columns = [(); 2].map(|()| (0..50).map(|_| draw(&mut noise)).collect::<Vec<u64>>());
        let exact: Vec<i128> = (0..50).map(|i| to_i128(ty, columns[0][i]) * to_i128(ty, columns[1][i])).collect();
        for seed in [3, 4] {
            // One party asks for it.
            let offers = [Offer::default(), Offer { rounding: Rounding::Exact, ..Offer::default() }];
            let mut parties = Parties::with(&params(&offers), seed);
            let nodes = parties.input(0, &columns.clone().map(|words| (ty, words)), seed);
            let args = [vector(nodes[0], 50), vector(nodes[1], 50)];
            let product = parties.op(ScalarOp::Binary(BinOp::Mul, ty), &args);
            let scaled = parties.op(ScalarOp::Binary(BinOp::Mul, ty), &[args[0], Arg::Words(&columns[1])]);
            let sum = parties.op(ScalarOp::Dot(ty), &args);
            let tickets = [product, scaled, sum].map(|node| parties.open(ty, node));
            parties.all(Engine::force_all);
            parties.run_as_planned();
            let floor = |value: i128| value >> format.f();
            for ticket in &tickets[..2] {
                let words = parties.words(*ticket);
                assert!(words.iter().zip(&exact).all(|(word, exact)| to_i128(ty, *word) == floor(*exact)), "{ty}");
            }
            assert_eq!(to_i128(ty, parties.words(tickets[2])[0]), floor(exact.iter().sum()), "{ty}");
        }
    }
}

#[test]
fn negative_powers_are_reciprocals_of_powers() {
    let mut noise = Noise(16);
    for ty in [(32, 16), (64, 16), (40, 22)].map(|(k, f)| fix(k, f)) {
        let ScalarTy::Fix(format) = ty else { unreachable!("fixed formats") };
        // Whole numbers, on which every product is exact.
        let left: Vec<u64> =
            (0..40).map(|_| ((noise.next() % 13) as i64 - 6) << format.f()).map(|x| x as u64).collect();
        let exponents: Vec<u64> = [-1i64, -2, -3, 2].map(|n| n as u64).into();
        let operands = pairs(&left, &exponents, 2);
        check(ScalarOp::Binary(BinOp::PowInt, ty), &[ty, ScalarTy::I64], &operands, &[&[false, true]]);
        let mut parties = Parties::new(1);
        let zero = parties.input(0, &[(ty, vec![0])], 1)[0];
        let node = parties.op(ScalarOp::Binary(BinOp::PowInt, ty), &[lane(zero), Arg::Word((-2i64) as u64)]);
        assert_eq!(parties.reveal(ty, node), [0]);
    }
}

#[test]
fn values_after_wrapping_operations_are_right_when_used_wider() {
    let narrow = ScalarTy::Int(IntTy::I8);
    let mut parties = Parties::new(2);
    let xs = [100u64, 127, (-128i64) as u64, 5];
    let ys = [100u64, 1, (-1i64) as u64, 6];
    let nodes = parties.input(0, &[(narrow, xs.to_vec()), (narrow, ys.to_vec())], 1);
    let args = [vector(nodes[0], 4), vector(nodes[1], 4)];
    let sum = parties.op(ScalarOp::Binary(BinOp::AddWrap, narrow), &args);
    let exact: Vec<i8> = xs.iter().zip(&ys).map(|(x, y)| (*x as i8).wrapping_add(*y as i8)).collect();
    let wide = parties.op(ScalarOp::Convert(narrow, ScalarTy::I64), &[vector(sum, 4)]);
    let less = parties.op(ScalarOp::Compare(CmpOp::Lt, narrow, narrow), &[vector(sum, 4), Arg::Word(0)]);
    let size = parties.op(ScalarOp::Binary(BinOp::Max, narrow), &[vector(sum, 4), Arg::Word(3)]);
    let shown = parties.reveal(narrow, sum);
    assert_eq!(shown, exact.iter().map(|x| i64::from(*x) as u64).collect::<Vec<_>>());
    let shown = parties.reveal(ScalarTy::I64, wide);
    assert_eq!(shown, exact.iter().map(|x| i64::from(*x) as u64).collect::<Vec<_>>());
    let shown = parties.reveal(ScalarTy::Bool, less);
    assert_eq!(shown, exact.iter().map(|x| u64::from(*x < 0)).collect::<Vec<_>>());
    let shown = parties.reveal(narrow, size);
    assert_eq!(shown, exact.iter().map(|x| i64::from((*x).max(3)) as u64).collect::<Vec<_>>());
}

#[test]
fn a_mixer_of_wrapping_and_bitwise_steps_equals_the_public_one() {
    mix(&[]);
}

#[test]
fn bits_come_into_a_ring_by_an_adder_where_links_are_slow() {
    mix(&[Offer { latency_us: 1, bandwidth_mib_s: 1, ..Offer::default() }]);
}

fn mix(offers: &[Offer]) {
    let ty = ScalarTy::Int(IntTy::U64);
    let mut parties = Parties::with(&params(offers), 4);
    let seed = 0x0123_4567_89ab_cdefu64;
    let mut node = parties.input(0, &[(ty, vec![seed])], 2)[0];
    for (shift, factor) in [(30, 0xbf58_476d_1ce4_e5b9u64), (27, 0x94d0_49bb_1331_11eb)] {
        let moved = parties.op(ScalarOp::Binary(BinOp::Shr, ty), &[lane(node), Arg::Word(shift)]);
        let mixed = parties.op(ScalarOp::Binary(BinOp::Xor, ty), &[lane(node), lane(moved)]);
        node = parties.op(ScalarOp::Binary(BinOp::MulWrap, ty), &[lane(mixed), Arg::Word(factor)]);
    }
    let mut word = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    let before = parties.engines[0].stats().payload_bytes;
    assert_eq!(parties.reveal(ty, node), [word]);
    let narrow = ScalarTy::Int(IntTy::I8);
    let small = parties.input(1, &[(narrow, vec![100, 200])], 3)[0];
    let sum = parties.op(ScalarOp::Binary(BinOp::AddWrap, narrow), &[vector(small, 2), Arg::Word(100)]);
    let wide = parties.op(ScalarOp::Convert(narrow, ScalarTy::I64), &[vector(sum, 2)]);
    assert_eq!(parties.reveal(ScalarTy::I64, wide), [(-56i64) as u64, 44]);
    let sent = parties.engines[0].stats().payload_bytes - before;
    // Two words of 64 bits: 512 bytes each bit by bit, 55 by an adder.
    assert_eq!(sent < 700, !offers.is_empty(), "{sent} bytes");
}

#[test]
fn bits_serve_selection_shifts_and_complement_without_leaving_gf2() {
    for int in IntTy::ALL {
        let ty = ScalarTy::Int(int);
        let mut noise = Noise(11);
        let [x, y] = [samples(ty, &mut noise), samples(ty, &mut noise)];
        let n = x.len().min(y.len());
        let (x, y) = (&x[..n], &y[..n]);
        let conditions: Vec<u64> = (0..n as u64).map(|i| i & 1).collect();
        let mut parties = Parties::new(4);
        let mut clear = ClearEngine::new();
        let nodes = parties.input(0, &[(ty, x.to_vec()), (ty, y.to_vec()), (ScalarTy::Bool, conditions.clone())], 2);
        let len = n as u32;
        let [x, y, c] = [x, y, &conditions].map(|words| clear.constant(ty, words, SITE));
        let both: [&[NodeId]; 2] = [&nodes, &[x, y, c]];
        let build = |op: &mut dyn FnMut(ScalarOp, &[Arg<'_>]) -> NodeId, nodes: &[NodeId]| {
            let v = |node| vector(node, len);
            let and = op(ScalarOp::Binary(BinOp::And, ty), &[v(nodes[0]), v(nodes[1])]);
            let or = op(ScalarOp::Binary(BinOp::Or, ty), &[v(nodes[0]), Arg::Word(1)]);
            let not = op(ScalarOp::Unary(UnOp::Not, ty), &[v(and)]);
            let up = op(ScalarOp::Binary(BinOp::Shl, ty), &[v(not), Arg::Word(3)]);
            let down = op(ScalarOp::Binary(BinOp::Shr, ty), &[v(up), Arg::Word(2)]);
            let chosen = op(ScalarOp::Select(ty), &[v(nodes[2]), v(down), v(or)]);
            let constant = op(ScalarOp::Select(ty), &[v(nodes[2]), v(down), Arg::Word(5)]);
            let wide = op(ScalarOp::Convert(ty, ScalarTy::I64), &[v(constant)]);
            [chosen, constant, wide]
        };
        let secret = build(&mut |op, args| parties.op(op, args), both[0]);
        // A 64-bit unsigned value may not fit int64: the trap is guarded off and such lanes are skipped.
        let off = clear.constant(ScalarTy::Bool, &[0], SITE);
        let guard = OpSite { site: 1, guard: Some(stoffel_mpc::Lane { node: off, lane: 0 }) };
        let open = build(&mut |op, args| clear.op(op, args, guard).expect("guarded"), both[1]);
        for (i, shown) in [ty, ty, ScalarTy::I64].into_iter().enumerate() {
            let ticket = clear.open(shown, open[i], 0, len, 0, SITE);
            clear.force_all();
            let expected = clear.opened(ticket).expect("forced").to_vec();
            let got = parties.reveal(shown, secret[i]);
            for (got, expected) in got.iter().zip(&expected) {
                assert!(
                    got == expected || (int == IntTy::U64 && shown == ScalarTy::I64 && *expected == 0),
                    "{int:?} {i}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_agree(words in proptest::collection::vec(any::<i32>(), 4..40), steps in proptest::collection::vec((0usize..9, 0usize..99, 0usize..99), 1..14)) {
        let ty = ScalarTy::I64;
        let words: Vec<u64> = words.iter().map(|word| i64::from(*word) as u64).collect();
        let mut parties = Parties::new(6);
        let mut clear = ClearEngine::new();
        let input = parties.input(0, &[(ty, words.clone())], 2)[0];
        let node = clear.constant(ty, &words, SITE);
        let at = |i: usize| stoffel_mpc::Lane { node: input, lane: (i % words.len()) as u32 };
        let mut secret: Vec<NodeId> = Vec::new();
        let mut open: Vec<NodeId> = Vec::new();
        for (kind, i, j) in steps {
            let op = match kind {
                0 => ScalarOp::Binary(BinOp::AddWrap, ty),
                1 => ScalarOp::Binary(BinOp::SubWrap, ty),
                2 => ScalarOp::Binary(BinOp::MulWrap, ty),
                3 => ScalarOp::Binary(BinOp::Xor, ty),
                4 => ScalarOp::Binary(BinOp::And, ty),
                5 => ScalarOp::Binary(BinOp::Or, ty),
                6 => ScalarOp::Binary(BinOp::Min, ty),
                7 => ScalarOp::Binary(BinOp::Max, ty),
                _ => ScalarOp::Unary(UnOp::Not, ty),
            };
            let pick = |nodes: &[NodeId], base: NodeId, i: usize| match nodes.get(i % (nodes.len() + 1)) {
                Some(node) => lane(*node),
                None => Arg::Lane(stoffel_mpc::Lane { node: base, ..at(i) }),
            };
            let count = if kind == 8 { 1 } else { 2 };
            let mine = [pick(&secret, input, i), pick(&secret, input, j)];
            let theirs = [pick(&open, node, i), pick(&open, node, j)];
            secret.push(parties.op(op, &mine[..count]));
            open.push(clear.op(op, &theirs[..count], SITE).expect("never traps"));
        }
        let tickets: Vec<_> = secret.iter().map(|node| parties.open(ty, *node)).collect();
        parties.all(Engine::force_all);
        parties.run_as_planned();
        for (ticket, node) in tickets.into_iter().zip(open) {
            let expected = clear.open(ty, node, 0, 1, 0, SITE);
            clear.force_all();
            prop_assert_eq!(parties.words(ticket), clear.opened(expected).expect("forced"));
        }
    }
}
