//! Loops that do the same to every element in; the loop and, before it, the same work as operations on whole vectors out.
//!
//! A secret scalar instruction costs the machine and the engine a microsecond, a lane of a vector a few nanoseconds. So an innermost
//! loop `for i in a..b` whose body has no branches becomes
//!
//! ```text
//! head:    trips = b - a; if trips < LEAST: loop
//! attempt: lanes of what is read, operations on lanes, folds          (no effects)
//!          if some lanes have no value, lists overlap, …: loop
//! commit:  append or store lanes; go on after the loop
//! loop:    as it was
//! ```
//!
//! Why the meaning stays:
//! - Operations on lanes give *no value* instead of a trap, and so does everything made of it. A trap of any turn — an index out of range, a
//!   public overflow, a secret one in the clear engine — thus ends in the loop, which traps where it should, after what it should.
//!   Guards of secret branches are left out: an attempt may fail where the loop does not trap, never the other way round.
//! - An attempt has no effects, so giving it up costs time only. Nodes of the engine that nobody refers to are never computed.
//! - All reads come before all writes. Where a turn reads what an earlier one wrote, or two writes meet in another order, the loop is left
//!   alone if that shows in the code ([`conflicts`]), else the attempt asks at run time whether the lists are different ones.
//! - A sum over turns is a fold from the left: the clear engine does it step by step, so a partial sum that overflows is no value.
//! - Values that nobody knows (`random`) are not range-checked in the clear engine, vectors with such a lane neither: programs that draw
//!   them are left alone ([`draws`]).
//!
//! Not here: what the operations do (`bytecode`, `vm`). Cost: linear in the code.

mod body;
mod conflicts;
mod emit;

use stoffel_bytecode::Builtin;
use stoffel_value::{BinOp, CmpOp, ScalarTy};

use crate::mir::cfg::{Dominators, loops};
use crate::mir::clean::count_uses;
use crate::mir::{Block, BlockId, Edge, Function, Module, Op, Repr, Tables, Term, ValueId};
use body::Plan;

const INT: Repr = Repr::Word(ScalarTy::I64);
const BOOL: Repr = Repr::Word(ScalarTy::Bool);

/// Fewest turns for which an attempt is made.
const LEAST: u64 = 4;

/// Most instructions of a body: what is looked for in a body is looked for from its start.
const MOST: usize = 256;

/// Whether a program draws values that nobody knows.
pub(super) fn draws(module: &Module) -> bool {
    let mut insts = module.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.insts);
    insts.any(|inst| matches!(inst.op, Op::Builtin(Builtin::Random | Builtin::RandomShare)))
}

/// Gives the loops of a function their vector forms; whether there was one.
pub(super) fn run(function: &mut Function, tables: &mut Tables) -> bool {
    let dominators = Dominators::new(function);
    let found = loops(function, &dominators);
    if !found.iter().any(|found| found.blocks.len() == 2) {
        return false;
    }
    let uses = count_uses(function);
    let mut words = vec![None; function.values.len()];
    for inst in function.blocks.iter().flat_map(|block| &block.insts) {
        if let Op::Const(word) = inst.op {
            words[inst.results[0].idx()] = Some(word);
        }
    }
    let mut changed = false;
    for found in &found {
        let Some(turns) = Turns::of(function, found.header, &found.blocks, &uses, &words) else { continue };
        let values = function.values.len();
        match body::plan(function, tables, &turns, &words) {
            Some(plan) => {
                rewrite(function, &turns, plan);
                changed = true;
            }
            None => function.values.truncate(values),
        }
    }
    changed
}

/// A loop of two blocks that counts by one.
struct Turns {
    header: BlockId,
    body: BlockId,
    /// Place of the counter among the parameters of the header.
    counter: usize,
    /// What the counter stays below; from outside the loop.
    end: ValueId,
}

impl Turns {
    fn of(
        function: &Function,
        header: BlockId,
        blocks: &[BlockId],
        uses: &[u32],
        words: &[Option<u64>],
    ) -> Option<Self> {
        let [_, body] = *blocks else { return None };
        let head = &function.blocks[header.idx()];
        let ([test], Term::Branch(cond, then, _)) = (head.insts.as_slice(), &head.term) else { return None };
        let inner = &function.blocks[body.idx()];
        let Term::Jump(back) = &inner.term else { return None };
        let tested = test.op == Op::Cmp(CmpOp::Lt) && test.results == [*cond] && uses[cond.idx()] == 1;
        if inner.insts.len() > MOST || !tested || then.to != body || !inner.params.is_empty() || back.to != header {
            return None;
        }
        let [i, end] = test.args[..] else { return None };
        let counter = head.params.iter().position(|param| *param == i)?;
        if function.repr(i) != INT || function.repr(end) != INT || head.params.contains(&end) {
            return None;
        }
        let next = back.args[counter];
        let step = inner.insts.iter().find(|inst| inst.results == [next])?;
        let one = |value: ValueId| words[value.idx()] == Some(1);
        let by_one = match (step.op, step.args.as_slice()) {
            (Op::Bin(BinOp::Add), [a, b]) => (*a == i && one(*b)) || (*b == i && one(*a)),
            _ => false,
        };
        by_one.then_some(Self { header, body, counter, end })
    }
}

/// Puts an attempt before a loop.
///
/// The header's block becomes the head, so that whoever entered the loop need not change; its parameters become those of the block after the
/// loop, so that whoever used them there need not either.
fn rewrite(function: &mut Function, turns: &Turns, plan: Plan) {
    let Turns { header, body, .. } = *turns;
    let span = function.blocks[header.idx()].span;
    let [looping, attempt, commit, after] = std::array::from_fn(|_| function.block(span));
    let hollow = Block { params: plan.starts.clone(), insts: plan.head, term: Term::Open, span };
    let Block { params, insts, term, .. } = std::mem::replace(&mut function.blocks[header.idx()], hollow);
    let Term::Branch(cond, then, exit) = term else { return };
    let edge = |to: BlockId, args: &[ValueId]| Edge { to, args: args.to_vec() };
    let give_up = edge(looping, &plan.starts);
    function.blocks[header.idx()].term = Term::Branch(plan.enough, edge(attempt, &[]), give_up.clone());
    let block = &mut function.blocks[attempt.idx()];
    (block.insts, block.term) = (plan.attempt, Term::Branch(plan.ok, edge(commit, &[]), give_up));
    let block = &mut function.blocks[commit.idx()];
    (block.insts, block.term) = (plan.commit, Term::Jump(edge(after, &plan.ends)));
    let fresh: Vec<ValueId> = params.iter().map(|param| function.value(function.repr(*param))).collect();
    let renamed = |value: ValueId| params.iter().position(|param| *param == value).map_or(value, |at| fresh[at]);
    let left = Term::Branch(cond, then, edge(after, &fresh));
    function.blocks[looping.idx()] = Block { params: fresh.clone(), insts, term: left, span };
    for block in [looping, body] {
        let block = &mut function.blocks[block.idx()];
        for inst in &mut block.insts {
            inst.args.iter_mut().for_each(|arg| *arg = renamed(*arg));
        }
        block.term.uses_mut().into_iter().for_each(|value| *value = renamed(*value));
    }
    if let Term::Jump(back) = &mut function.blocks[body.idx()].term {
        back.to = looping;
    }
    let block = &mut function.blocks[after.idx()];
    (block.params, block.term) = (params, Term::Jump(exit));
}
