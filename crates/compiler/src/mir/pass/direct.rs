//! Calls of function values in; direct calls where the value is made in the same function out.
//!
//! The captured leaves come before the arguments. A closure that only such calls used is then dead.

use crate::hash::HashMap;

use crate::mir::{FuncId, Function, Op, ValueId};

/// Makes the calls of one function direct.
pub(super) fn run(function: &mut Function) {
    let insts = function.blocks.iter().flat_map(|block| &block.insts);
    let made: HashMap<ValueId, (FuncId, Vec<ValueId>)> = insts
        .filter_map(|inst| match inst.op {
            Op::Closure(id) => Some((inst.results[0], (id, inst.args.clone()))),
            _ => None,
        })
        .collect();
    if made.is_empty() {
        return;
    }
    for inst in function.blocks.iter_mut().flat_map(|block| &mut block.insts) {
        if inst.op == Op::CallValue
            && let Some((id, captured)) = made.get(&inst.args[0])
        {
            let args = captured.iter().chain(&inst.args[1..]).copied().collect();
            (inst.op, inst.args) = (Op::Call(*id), args);
        }
    }
}
