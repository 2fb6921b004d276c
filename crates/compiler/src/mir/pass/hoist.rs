//! Operations on values from outside a loop that cannot trap in; the same before the loop out.
//!
//! Only what cannot trap moves, so running it for a loop without turns changes nothing: a secret result that nobody wants is never
//! computed. What may trap stays behind the outputs before it and in the loop that may have no turns, in the clear engine too.

use crate::mir::cfg::{Dominators, loops, predecessors};
use crate::mir::effects::{Effect, effect};
use crate::mir::{BlockId, Function, Inst, Op, Repr, Term, ValueId};
use stoffel_value::{ScalarTy, UnOp};

/// Moves invariants of every loop, inner loops first.
pub(super) fn run(function: &mut Function) {
    let dominators = Dominators::new(function);
    let mut home = vec![None; function.values.len()];
    for (id, block) in (0u32..).map(BlockId).zip(&function.blocks) {
        let results = block.insts.iter().flat_map(|inst| &inst.results);
        for value in block.params.iter().chain(results) {
            home[value.idx()] = Some(id);
        }
    }
    let mut number = vec![0; function.blocks.len()];
    for (at, block) in dominators.order.iter().enumerate() {
        number[block.idx()] = at;
    }
    let preds = predecessors(function);
    let mut inside = vec![false; function.blocks.len()];
    for mut found in loops(function, &dominators).into_iter().rev() {
        found.blocks.sort_by_key(|block| number[block.idx()]);
        found.blocks.iter().for_each(|block| inside[block.idx()] = true);
        let before = preheader(function, &preds[found.header.idx()], &inside);
        for block in before.map_or(&[][..], |_| &found.blocks) {
            let Some(before) = before else { break };
            let insts = std::mem::take(&mut function.blocks[block.idx()].insts);
            let mut stay = Vec::with_capacity(insts.len());
            for inst in insts {
                let invariant = moves(function, &inst)
                    && inst.args.iter().all(|arg| home[arg.idx()].is_none_or(|home| !inside[home.idx()]));
                if invariant {
                    inst.results.iter().for_each(|value| home[value.idx()] = Some(before));
                    function.blocks[before.idx()].insts.push(inst);
                } else {
                    stay.push(inst);
                }
            }
            function.blocks[block.idx()].insts = stay;
        }
        found.blocks.iter().for_each(|block| inside[block.idx()] = false);
    }
}

/// Whether an instruction is a function of its operands that never traps, at no engine.
fn moves(function: &Function, inst: &Inst) -> bool {
    // Secret bools may be neither 0 nor 1 (LANGUAGE §10.8), which those who use them find.
    let number =
        |value: &ValueId| matches!(function.repr(*value), Repr::Word(ty) | Repr::Secret(ty) if ty != ScalarTy::Bool);
    match inst.op {
        Op::Hide => true,
        Op::SBin(_) | Op::SUn(UnOp::Not) | Op::SCmp(_) => {
            effect(function, inst) == Effect::Placed && inst.args.iter().all(number)
        }
        _ => effect(function, inst) == Effect::Pure,
    }
}

/// The one block outside a loop that enters it, if it does nothing else.
fn preheader(function: &Function, preds: &[BlockId], inside: &[bool]) -> Option<BlockId> {
    let mut outside = preds.iter().filter(|pred| !inside[pred.idx()]);
    let before = *outside.next()?;
    let only = outside.next().is_none() && matches!(function.blocks[before.idx()].term, Term::Jump(_));
    only.then_some(before)
}
