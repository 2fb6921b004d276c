//! A MIR function in; the same in the shape that registers and instructions want out.
//!
//! Sums with small constants and comparisons before branches are fused, and every edge gets a place for its moves: after this, a block
//! with several successors gives no arguments.

use stoffel_value::{BinOp, CmpOp, ScalarTy, UnOp};

use crate::mir::clean::{count_uses, remove_trivial_params};
use crate::mir::{
    Function, Op, Repr, Right, Term, ValueId, merge_blocks, prune, remove_dead_constants, split_critical_edges,
};

const INT: Repr = Repr::Word(ScalarTy::I64);

/// Prepares a function.
pub(super) fn prepare(function: &mut Function) {
    prune(function);
    remove_trivial_params(function);
    merge_blocks(function);
    fuse_sums(function);
    fuse_branches(function);
    remove_dead_constants(function);
    split_critical_edges(function);
    prune(function);
}

fn fuse_sums(function: &mut Function) {
    let words = constants(function);
    let small =
        |value: ValueId, sign: i64| words[value.idx()].and_then(|word| i16::try_from(sign.checked_mul(word)?).ok());
    let values = &function.values;
    for inst in function.blocks.iter_mut().flat_map(|block| &mut block.insts) {
        let [a, b] = inst.args[..] else { continue };
        if values[a.idx()] != INT {
            continue;
        }
        let fused = match inst.op {
            Op::Bin(BinOp::Add) => small(b, 1).map(|v| (a, v)).or_else(|| small(a, 1).map(|v| (b, v))),
            Op::Bin(BinOp::Sub) => small(b, -1).map(|v| (a, v)),
            _ => None,
        };
        if let Some((value, v)) = fused {
            inst.op = Op::AddImm(v);
            inst.args = vec![value];
        }
    }
}

/// The constants among the values, as `int64`.
fn constants(function: &Function) -> Vec<Option<i64>> {
    let mut words = vec![None; function.values.len()];
    for inst in function.blocks.iter().flat_map(|block| &block.insts) {
        if let Op::Const(word) = inst.op {
            words[inst.results[0].idx()] = Some(word as i64);
        }
    }
    words
}

/// A comparison of `int64` as a test for `<` or `==` or its opposite: whether `==`, operands, whether the opposite. Small
/// constants come to the right.
fn fused(op: CmpOp, a: ValueId, b: ValueId, small: impl Fn(ValueId) -> Option<i16>) -> (bool, ValueId, Right, bool) {
    let above = |value| small(value).and_then(|v| v.checked_add(1));
    let right = |value| small(value).map_or(Right::Value(value), Right::Small);
    match op {
        CmpOp::Lt | CmpOp::Ge => match (small(b), above(a)) {
            // v < b is b >= v + 1.
            (None, Some(v)) => (false, b, Right::Small(v), op == CmpOp::Lt),
            _ => (false, a, right(b), op == CmpOp::Ge),
        },
        // a > v is a >= v + 1, a <= v is a < v + 1.
        CmpOp::Gt | CmpOp::Le => match above(b) {
            Some(v) => (false, a, Right::Small(v), op == CmpOp::Gt),
            None => (false, b, right(a), op == CmpOp::Le),
        },
        CmpOp::Eq | CmpOp::Ne => match (small(b), small(a)) {
            (None, Some(v)) => (true, b, Right::Small(v), op == CmpOp::Ne),
            _ => (true, a, right(b), op == CmpOp::Ne),
        },
    }
}

fn fuse_branches(function: &mut Function) {
    let words = constants(function);
    let mut uses = count_uses(function);
    for block in &mut function.blocks {
        while let Term::Branch(cond, then, other) = &mut block.term {
            let Some(at) = block.insts.iter().rposition(|inst| inst.results.first() == Some(cond)) else { break };
            if uses[cond.idx()] != 1 {
                break;
            }
            let inst = &block.insts[at];
            match inst.op {
                Op::Un(UnOp::Not) => {
                    let value = inst.args[0];
                    *cond = value;
                    std::mem::swap(then, other);
                }
                Op::Cmp(op) => {
                    let (a, b) = (inst.args[0], inst.args[1]);
                    let ints = function.values[a.idx()] == INT && function.values[b.idx()] == INT;
                    if !ints {
                        break;
                    }
                    let small = |value: ValueId| words[value.idx()].and_then(|word| i16::try_from(word).ok());
                    let (equal, a, b, negate) = fused(op, a, b, small);
                    let (then, other) = (then.clone(), other.clone());
                    block.term = Term::BranchCmp { equal, a, b, negate, then, other };
                }
                _ => break,
            }
            // The operand moves from the removed instruction to the end; its number of uses stays.
            let removed = block.insts.remove(at);
            uses[removed.results[0].idx()] = 0;
        }
    }
}
