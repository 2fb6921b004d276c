//! Operations on arrays against the clear engine, with secret and public operands, at the cost that was planned.

use stoffel_mpc::{Arg, ArrayOp, ClearEngine, Engine, NodeId};
use stoffel_value::{BinOp, IntTy, ScalarOp, ScalarTy, to_i128};

use crate::harness::{Noise, Parties, SITE, vector};

const I64: ScalarTy = ScalarTy::I64;
const FIX: ScalarTy = ScalarTy::FIX64;

/// What the clear engine gives.
fn reference(op: ArrayOp<'_>, operands: &[&[u64]]) -> Vec<u64> {
    let mut clear = ClearEngine::new();
    let nodes: Vec<NodeId> = operands.iter().map(|words| clear.constant(op.ty(), words, SITE)).collect();
    let args: Vec<Arg<'_>> =
        nodes.iter().zip(operands).map(|(node, words)| vector(*node, words.len() as u32)).collect();
    let node = clear.array(op, &args, SITE).expect("in range");
    let ticket = clear.open(op.ty(), node, 0, clear.len(node), 0, SITE);
    clear.force_all();
    clear.opened(ticket).expect("forced").to_vec()
}

/// Checks an operation on secrets, and with each operand public if there are two.
fn check(op: ArrayOp<'_>, operands: &[&[u64]]) {
    let expected = reference(op, operands);
    let mut parties = Parties::new(8);
    let columns: Vec<_> = operands.iter().map(|words| (op.ty(), words.to_vec())).collect();
    let nodes = parties.input(0, &columns, 3);
    let mut tickets = Vec::new();
    let sides: &[&[bool]] =
        if operands.len() == 2 { &[&[false, false], &[true, false], &[false, true]] } else { &[&[false]] };
    for public in sides {
        let args: Vec<Arg<'_>> = (0..operands.len())
            .map(|i| if public[i] { Arg::Words(operands[i]) } else { vector(nodes[i], operands[i].len() as u32) })
            .collect();
        let node = parties.array(op, &args);
        tickets.push(parties.open(op.ty(), node));
    }
    parties.all(Engine::force_all);
    parties.run_as_planned();
    // A fixed-point product may be off by one unit.
    let slack = i128::from(matches!(op, ArrayOp::MatMul(ScalarTy::Fix(_), _)));
    for ticket in tickets {
        let words = parties.words(ticket);
        assert_eq!(words.len(), expected.len(), "{op:?}");
        for (word, expected) in words.iter().zip(&expected) {
            let (got, exact) = (to_i128(op.ty(), *word), to_i128(op.ty(), *expected));
            assert!((got - exact).abs() <= slack, "{op:?} gave {got} instead of {exact}");
        }
    }
}

fn numbers(noise: &mut Noise, len: usize, bits: u32) -> Vec<u64> {
    (0..len).map(|_| ((noise.next() as i64) >> (64 - bits)) as u64).collect()
}

#[test]
fn every_operation_agrees_with_the_clear_engine() {
    let mut noise = Noise(11);
    for ty in [I64, ScalarTy::Int(IntTy::I16), FIX, ScalarTy::Fix(stoffel_value::FixTy::FIX32)] {
        // Sums of 24 products stay in every format.
        let bits = if ty.bits() < 32 { 4 } else { 10 };
        let x = numbers(&mut noise, 24, bits);
        let y = numbers(&mut noise, 24, bits);
        check(ArrayOp::Pick(ty, &[5, 0, 0, 23, 7]), &[&x]);
        check(ArrayOp::Pick(ty, &[9]), &[&x]);
        check(ArrayOp::SumAxis(ty, [2, 3, 4]), &[&x]);
        check(ArrayOp::SumAxis(ty, [1, 24, 1]), &[&x]);
        check(ArrayOp::CumSum(ty, [2, 3, 4]), &[&x]);
        check(ArrayOp::MatMul(ty, [1, 4, 6, 4]), &[&x, &y]);
        check(ArrayOp::MatMul(ty, [2, 3, 4, 3]), &[&x, &y]);
        check(ArrayOp::MatMul(ty, [1, 1, 24, 1]), &[&x, &y]);
    }
    check(ArrayOp::Pick(ScalarTy::Bool, &[1, 0, 1, 2, 2]), &[&[1, 0, 1]]);
    check(ArrayOp::Pick(I64, &[0, 0, 0]), &[&[42]]);
    check(ArrayOp::MatMul(I64, [1, 1, 1, 1]), &[&[6], &[7]]);
}

#[test]
fn picks_and_sums_are_local_whatever_they_are_made_of() {
    let mut parties = Parties::new(2);
    let nodes = parties.input(0, &[(I64, vec![1, 2, 3, 4]), (I64, vec![5, 6, 7, 8])], 1);
    let rounds = |parties: &mut Parties, work: &dyn Fn(&mut Parties, NodeId) -> NodeId| {
        let before = parties.rounds;
        let product = parties.op(ScalarOp::Binary(BinOp::Mul, I64), &[vector(nodes[0], 4), vector(nodes[1], 4)]);
        let result = work(parties, product);
        parties.reveal(I64, result);
        parties.rounds - before
    };
    let plain = {
        rounds(&mut parties, &|_, product| product);
        rounds(&mut parties, &|_, product| product)
    };
    let moved = rounds(&mut parties, &|parties, product| {
        let picked = parties.array(ArrayOp::Pick(I64, &[3, 3, 2, 1, 0, 0]), &[vector(product, 4)]);
        let sums = parties.array(ArrayOp::CumSum(I64, [1, 3, 2]), &[vector(picked, 6)]);
        parties.array(ArrayOp::SumAxis(I64, [3, 2, 1]), &[vector(sums, 6)])
    });
    assert_eq!(moved, plain);
}

#[test]
fn what_nobody_uses_is_dropped_with_its_tables() {
    let mut parties = Parties::new(5);
    let nodes = parties.input(0, &[(I64, vec![1, 2, 3, 4])], 1);
    for _ in 0..3 {
        let picked = parties.array(ArrayOp::Pick(I64, &[0, 1, 2, 3]), &[vector(nodes[0], 4)]);
        let product = parties.array(ArrayOp::MatMul(I64, [1, 2, 2, 2]), &[vector(picked, 4), vector(nodes[0], 4)]);
        let by_public =
            parties.array(ArrayOp::MatMul(I64, [1, 2, 2, 2]), &[vector(product, 4), Arg::Words(&[1, 0, 0, 1])]);
        parties.all(|engine| {
            engine.release(by_public);
            engine.release(product);
            engine.release(picked);
        });
    }
    let before = parties.rounds;
    assert_eq!(parties.reveal(I64, nodes[0]), [1, 2, 3, 4]);
    // Keys and inputs are agreed on in one round, the opening takes another.
    assert_eq!(parties.rounds - before, 2);
}
