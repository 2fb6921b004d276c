//! The reference engine against the language's rules.

use stoffel_value::{BinOp, CmpOp, IntTy, UnOp};

use super::*;

const I64: ScalarTy = ScalarTy::I64;
const FIX: ScalarTy = ScalarTy::FIX64;
const SITE: OpSite = OpSite { site: 1, guard: None };

fn lane(node: NodeId) -> Arg<'static> {
    Arg::Lane(Lane { node, lane: 0 })
}

fn words(engine: &mut ClearEngine, ty: ScalarTy, node: NodeId) -> Vec<u64> {
    let ticket = engine.open(ty, node, 0, engine.len(node), 0, SITE);
    assert_eq!(engine.opened(ticket), None);
    engine.force(ticket);
    assert_eq!(engine.poll(), Ok(Progress::Idle));
    engine.opened(ticket).expect("forced").to_vec()
}

#[test]
fn scalars_broadcast_beside_vectors() {
    let mut engine = ClearEngine::new();
    let v = engine.constant(I64, &[1, 2, 3], SITE);
    let s = engine.constant(I64, &[10], SITE);
    let args = [Arg::Vector { node: v, start: 1, len: 2 }, lane(s)];
    let product = engine.op(ScalarOp::Binary(BinOp::Mul, I64), &args, SITE).expect("in range");
    assert_eq!(words(&mut engine, I64, product), [20, 30]);
    let other = Arg::Vector { node: v, start: 0, len: 3 };
    assert_eq!(engine.op(ScalarOp::Dot(I64), &[args[0], other], SITE), Err(TrapCode::Shape));
}

#[test]
fn a_trap_counts_only_under_its_guard() {
    let mut engine = ClearEngine::new();
    let zero = engine.constant(I64, &[0], SITE);
    let one = engine.constant(I64, &[1], SITE);
    let div = ScalarOp::Binary(BinOp::Div, I64);
    assert_eq!(engine.op(div, &[lane(one), lane(zero)], SITE), Err(TrapCode::DivisionByZero));
    let guard = |node| OpSite { site: 2, guard: Some(Lane { node, lane: 0 }) };
    assert_eq!(engine.op(div, &[lane(one), lane(zero)], guard(one)), Err(TrapCode::DivisionByZero));
    let quotient = engine.op(div, &[lane(one), lane(zero)], guard(zero)).expect("not selected");
    assert_eq!(words(&mut engine, I64, quotient), [0]);
    assert_eq!(engine.op(div, &[lane(one), Arg::Word(0)], guard(zero)), Err(TrapCode::DivisionByZero));
}

#[test]
fn fixed_sums_of_products_are_rounded_once() {
    let mut engine = ClearEngine::new();
    let half_ulp = engine.constant(FIX, &[1, 1], SITE);
    let halves = [1 << 15, 1 << 15];
    let vector = Arg::Vector { node: half_ulp, start: 0, len: 2 };
    let dot = engine.op(ScalarOp::Dot(FIX), &[vector, Arg::Words(&halves)], SITE).expect("in range");
    assert_eq!(words(&mut engine, FIX, dot), [1]);
}

#[test]
fn reductions_of_nothing_are_neutral() {
    let mut engine = ClearEngine::new();
    let none = engine.constant(ScalarTy::Bool, &[], SITE);
    let vector = Arg::Vector { node: none, start: 0, len: 0 };
    for (op, expected) in [(ScalarOp::Any, 0), (ScalarOp::All, 1), (ScalarOp::Sum(I64), 0)] {
        let result = engine.op(op, &[vector], SITE).expect("neutral");
        assert_eq!(words(&mut engine, I64, result), [expected]);
    }
}

#[test]
fn mixed_comparisons_and_conversions_are_exact() {
    let mut engine = ClearEngine::new();
    let top = engine.constant(ScalarTy::Int(IntTy::U64), &[u64::MAX], SITE);
    let minus = engine.constant(I64, &[(-1i64) as u64], SITE);
    let less = ScalarOp::Compare(CmpOp::Lt, I64, ScalarTy::Int(IntTy::U64));
    let result = engine.op(less, &[lane(minus), lane(top)], SITE).expect("defined");
    assert_eq!(words(&mut engine, ScalarTy::Bool, result), [1]);
    let convert = ScalarOp::Convert(I64, ScalarTy::Int(IntTy::U8));
    assert_eq!(engine.op(convert, &[lane(minus)], SITE), Err(TrapCode::Conversion));
    let negate = ScalarOp::Unary(UnOp::Neg, I64);
    assert!(engine.op(negate, &[lane(minus)], SITE).is_ok());
}

#[test]
fn references_free_their_nodes() {
    let mut engine = ClearEngine::new();
    let node = engine.constant(I64, &[1], SITE);
    engine.retain(node);
    engine.release(node);
    assert_eq!(engine.len(node), 1);
    engine.release(node);
    assert_eq!(engine.constant(I64, &[2], SITE), node);
}

#[test]
fn inputs_and_outputs_pass_in_the_open() {
    let mut engine = ClearEngine::new();
    let columns = [(I64, vec![4, 5]), (ScalarTy::Bool, vec![1])];
    let layout = [(I64, 2), (ScalarTy::Bool, 1)];
    let payload = client::share(crate::Backend::Clear, &columns, b"", [0; 32]).remove(0);
    let nodes = engine.client_input(3, b"", &layout, &payload).expect("whole");
    engine.send_to_client(3, I64, nodes[0], 1, 1, 0, SITE);
    engine.force_all();
    let out = engine.take_client_output(3);
    assert_eq!(client::reconstruct(crate::Backend::Clear, &[(I64, 1)], &[out]), Ok(vec![vec![5]]));
    let abort = engine.client_input(3, b"", &layout, &payload[1..]).expect_err("short");
    assert_eq!(abort.reason, AbortReason::ClientInput { client: 3 });
}
