//! Instructions that compute what a dominating one has computed in; the earlier result in their place out.
//!
//! A trapping operation may stand for an equal one after it: if the first did not stop the program, the second would not. On secrets that holds
//! under the same guards only. Constants are merged within a block, so that they do not hold registers across the function.

use crate::hash::HashMap;

use stoffel_value::{BinOp, CmpOp};

use crate::mir::cfg::Dominators;
use crate::mir::clean::Replacements;
use crate::mir::effects::{Effect, effect};
use crate::mir::{BlockId, Function, Inst, Op, Repr, ValueId};

/// What two instructions share if they compute the same.
#[derive(PartialEq, Eq, Hash, Clone)]
struct Key {
    op: Op,
    args: Vec<ValueId>,
    result: Repr,
    /// The guards, for operations that depend on them.
    guards: Vec<ValueId>,
    /// The block, for constants.
    block: Option<BlockId>,
}

/// Merges in one function.
pub(super) fn run(function: &mut Function) {
    let dominators = Dominators::new(function);
    let children = dominators.children();
    let mut guards: Vec<Vec<ValueId>> = vec![Vec::new(); function.blocks.len()];
    propagate_guards(function, &dominators, &mut guards);
    let mut replaced = Replacements::new(function);
    let mut known: HashMap<Key, ValueId> = HashMap::default();
    enum Step {
        Enter(BlockId),
        Leave(Vec<Key>),
    }
    let mut stack = vec![Step::Enter(BlockId(0))];
    while let Some(step) = stack.pop() {
        match step {
            Step::Leave(keys) => keys.iter().for_each(|key| {
                known.remove(key);
            }),
            Step::Enter(block) => {
                let mut held = guards[block.idx()].clone();
                let mut added = Vec::new();
                let insts = std::mem::take(&mut function.blocks[block.idx()].insts);
                let mut out = Vec::with_capacity(insts.len());
                for mut inst in insts {
                    for arg in &mut inst.args {
                        *arg = replaced.get(*arg);
                    }
                    match inst.op {
                        Op::GuardEnter => held.push(inst.args[0]),
                        Op::GuardLeave => {
                            held.pop();
                        }
                        _ => {}
                    }
                    if let Some(key) = key(function, &inst, block, &held) {
                        if let Some(value) = known.get(&key) {
                            replaced.set(inst.results[0], *value);
                            continue;
                        }
                        known.insert(key.clone(), inst.results[0]);
                        added.push(key);
                    }
                    out.push(inst);
                }
                function.blocks[block.idx()].insts = out;
                stack.push(Step::Leave(added));
                stack.extend(children[block.idx()].iter().map(|child| Step::Enter(*child)));
            }
        }
    }
    function.rewrite(|value| replaced.get(value));
}

fn key(function: &Function, inst: &Inst, block: BlockId, held: &[ValueId]) -> Option<Key> {
    let [result] = inst.results.as_slice() else { return None };
    let guards = match effect(function, inst) {
        Effect::Pure | Effect::Placed | Effect::Traps => Vec::new(),
        Effect::TrapsSecret => held.to_vec(),
        Effect::Heap | Effect::Ordered => return None,
    };
    let mut args = inst.args.clone();
    if commutes(inst.op) && function.repr(args[0]) == function.repr(args[1]) {
        args.sort_unstable();
    }
    let block = matches!(inst.op, Op::Const(_) | Op::Str(_)).then_some(block);
    Some(Key { op: inst.op, args, result: function.repr(*result), guards, block })
}

const fn commutes(op: Op) -> bool {
    match op {
        Op::Bin(op) | Op::SBin(op) => matches!(
            op,
            BinOp::Add | BinOp::Mul | BinOp::AddWrap | BinOp::MulWrap | BinOp::And | BinOp::Or | BinOp::Xor
        ),
        Op::Cmp(op) | Op::SCmp(op) => matches!(op, CmpOp::Eq | CmpOp::Ne),
        _ => false,
    }
}

/// The guards that hold where each block begins. Regions nest, so every path to a block holds the same.
fn propagate_guards(function: &Function, dominators: &Dominators, guards: &mut [Vec<ValueId>]) {
    for block in &dominators.order {
        let mut held = guards[block.idx()].clone();
        for inst in &function.blocks[block.idx()].insts {
            match inst.op {
                Op::GuardEnter => held.push(inst.args[0]),
                Op::GuardLeave => {
                    held.pop();
                }
                _ => {}
            }
        }
        for edge in function.blocks[block.idx()].term.edges() {
            guards[edge.to.idx()].clone_from(&held);
        }
    }
}
