//! Instructions and parameters whose values nothing needs in; a function without them out.
//!
//! Removed is only what can neither trap nor be observed; see [`effect`].

use crate::mir::clean::drop_params;
use crate::mir::effects::{Effect, effect};
use crate::mir::{Function, ValueId};

/// Removes dead code of one function.
pub(super) fn run(function: &mut Function) {
    let live = live_values(function);
    drop_params(function, |param| !live[param.idx()]);
    for at in 0..function.blocks.len() {
        let insts = std::mem::take(&mut function.blocks[at].insts);
        let kept = insts.into_iter().filter(|inst| {
            let needed = inst.results.iter().any(|value| live[value.idx()]);
            needed || !removable(effect(function, inst))
        });
        function.blocks[at].insts = kept.collect();
    }
}

const fn removable(effect: Effect) -> bool {
    matches!(effect, Effect::Pure | Effect::Placed | Effect::Heap)
}

fn live_values(function: &Function) -> Vec<bool> {
    // Where each value comes from: operands of its instruction, or its arguments if it is a parameter.
    let mut sources: Vec<Vec<ValueId>> = vec![Vec::new(); function.values.len()];
    let mut work = Vec::new();
    for block in &function.blocks {
        for inst in &block.insts {
            if removable(effect(function, inst)) {
                for result in &inst.results {
                    sources[result.idx()].extend(&inst.args);
                }
            } else {
                work.extend(&inst.args);
            }
        }
        work.extend(block.term.operands());
        for edge in block.term.edges() {
            for (param, arg) in function.blocks[edge.to.idx()].params.iter().zip(&edge.args) {
                sources[param.idx()].push(*arg);
            }
        }
    }
    let mut live = vec![false; function.values.len()];
    while let Some(value) = work.pop() {
        if !std::mem::replace(&mut live[value.idx()], true) {
            work.extend(&sources[value.idx()]);
        }
    }
    live
}
