//! Calls of small functions in, their bodies in place out.
//!
//! Callees have been optimised before. Each call adds at most [`LIMIT`] instructions, so growth is linear in the source.

use crate::hash::HashSet;

use crate::mir::inlined::Inlined;
use crate::mir::{BlockId, Edge, FuncId, Function, Inst, Module, Op, Term, ValueId, index};

/// Greatest number of instructions (block ends included) of a function that is put in place of its calls.
const LIMIT: usize = 24;

/// Puts small callees into one function.
pub(super) fn run(module: &mut Module, id: FuncId, recursive: &HashSet<FuncId>) {
    let small = |callee: FuncId| {
        let function = &module.functions[callee.idx()];
        let size: usize = function.blocks.iter().map(|block| block.insts.len() + 1).sum();
        callee != id && !recursive.contains(&callee) && size <= LIMIT
    };
    let wanted = |inst: &Inst| if let Op::Call(callee) = inst.op { small(callee) } else { false };
    let calls = module.functions[id.idx()].blocks.iter().flat_map(|block| &block.insts);
    if !calls.into_iter().any(wanted) {
        return;
    }
    let mut function = module.functions[id.idx()].clone();
    // Copies of callees hold no calls of small functions: those went into the callees before.
    for block in 0..function.blocks.len() {
        let insts = std::mem::take(&mut function.blocks[block].insts);
        let mut at = block;
        for inst in insts {
            match inst.op {
                Op::Call(callee) if wanted(&inst) => {
                    at = put(&mut function, at, inst, &module.functions[callee.idx()], &mut module.tables.inlined);
                }
                _ => function.blocks[at].insts.push(inst),
            }
        }
    }
    module.functions[id.idx()] = function;
}

/// Ends a block with a copy of the callee, and gives the block that goes on after it.
fn put(function: &mut Function, block: usize, call: Inst, callee: &Function, inlined: &mut Inlined) -> usize {
    let place = inlined.call(&callee.name, call.span);
    let first_value = index(function.values.len());
    function.values.extend(&callee.values);
    let first_block = index(function.blocks.len());
    let go_on = BlockId(first_block + index(callee.blocks.len()));
    let value = |old: ValueId| ValueId(old.0 + first_value);
    for source in &callee.blocks {
        let mut copy = source.clone();
        copy.span = inlined.within(copy.span, place);
        copy.params.iter_mut().for_each(|param| *param = value(*param));
        for inst in &mut copy.insts {
            inst.args.iter_mut().chain(&mut inst.results).for_each(|operand| *operand = value(*operand));
            inst.span = inlined.within(inst.span, place);
        }
        copy.term.uses_mut().into_iter().for_each(|operand| *operand = value(*operand));
        copy.term.edges_mut().for_each(|edge| edge.to = BlockId(edge.to.0 + first_block));
        if let Term::Return(values) = copy.term {
            copy.term = Term::Jump(Edge { to: go_on, args: values });
        }
        function.blocks.push(copy);
    }
    let rest = function.block(call.span);
    debug_assert_eq!(rest, go_on, "blocks are numbered in order");
    let enter = Term::Jump(Edge { to: BlockId(first_block), args: call.args });
    let term = std::mem::replace(&mut function.blocks[block].term, enter);
    let span = std::mem::replace(&mut function.blocks[block].span, call.span);
    let tail = &mut function.blocks[rest.idx()];
    (tail.params, tail.term, tail.span) = (call.results, term, span);
    rest.idx()
}
