//! Operations on constants in, their results out; branches on constants become jumps.
//!
//! A trap is never folded: the operation stays and stops the program where it stands. Code that discloses or calls is never cut off,
//! so that every level lists the same disclosures.

use stoffel_value::{ScalarTy, binary, compare, convert, unary};

use crate::mir::cfg::postorder_rev;
use crate::mir::{Function, Inst, Op, Repr, Term, ValueId};

/// Folds a function.
pub(super) fn run(function: &mut Function) {
    let mut words: Vec<Option<u64>> = vec![None; function.values.len()];
    for block in postorder_rev(function) {
        for at in 0..function.blocks[block.idx()].insts.len() {
            let inst = &function.blocks[block.idx()].insts[at];
            if let Some(word) = evaluate(function, inst, &words) {
                words[inst.results[0].idx()] = Some(word);
                let inst = &mut function.blocks[block.idx()].insts[at];
                inst.op = Op::Const(word);
                inst.args.clear();
            }
        }
    }
    fold_branches(function, &words);
}

fn evaluate(function: &Function, inst: &Inst, words: &[Option<u64>]) -> Option<u64> {
    let arg = |at: usize| inst.args.get(at).and_then(|value| words[value.idx()]);
    let format = |at: usize| inst.args.get(at).and_then(|value| format_of(function, *value));
    match inst.op {
        Op::Const(word) => Some(word),
        Op::Bin(op) => binary(op, format(0)?, arg(0)?, arg(1)?).ok(),
        Op::Un(op) => unary(op, format(0)?, arg(0)?).ok(),
        Op::Cmp(op) => compare(op, format(0)?, arg(0)?, format(1)?, arg(1)?).ok().map(u64::from),
        Op::Convert => convert(format(0)?, format_of(function, inst.results[0])?, arg(0)?).ok(),
        _ => None,
    }
}

fn format_of(function: &Function, value: ValueId) -> Option<ScalarTy> {
    if let Repr::Word(ty) = function.repr(value) { Some(ty) } else { None }
}

fn fold_branches(function: &mut Function, words: &[Option<u64>]) {
    let before = postorder_rev(function);
    let mut old = Vec::new();
    for block in &before {
        let term = &mut function.blocks[block.idx()].term;
        if let Term::Branch(cond, then, other) = term
            && let Some(word) = words[cond.idx()]
        {
            let edge = if word == 0 { other.clone() } else { then.clone() };
            old.push((*block, std::mem::replace(term, Term::Jump(edge))));
        }
    }
    if old.is_empty() {
        return;
    }
    let mut kept = vec![false; function.blocks.len()];
    for block in postorder_rev(function) {
        kept[block.idx()] = true;
    }
    let mut cut =
        before.iter().filter(|block| !kept[block.idx()]).flat_map(|block| &function.blocks[block.idx()].insts);
    let visible = |inst: &Inst| {
        let discloses = matches!(inst.op, Op::Open(_) | Op::OpenRef(_) | Op::OpenShare(_) | Op::Send(_) | Op::Take(_))
            || matches!(inst.op, Op::Store(..) | Op::Load(..));
        discloses || matches!(inst.op, Op::Call(_) | Op::Output { .. })
    };
    if cut.any(visible) {
        for (block, term) in old {
            function.blocks[block.idx()].term = term;
        }
    }
}
