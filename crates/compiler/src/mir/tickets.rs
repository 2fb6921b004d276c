//! Functions in which tickets stand for words in; the same with an await before each first use out.
//!
//! An await is put as late as the first use on each path, so openings that nothing waits for yet travel together. Parameters of
//! blocks and results of functions become tickets where every value that reaches them is one. Runs at every level.
//! Callers come after callees, so that a call's result is known to be a ticket.

use crate::hash::{HashMap, HashSet};

use super::cfg::Dominators;
use super::{BlockId, FuncId, Function, Inst, Module, Op, Repr, Term, ValueId};

/// Settles every function of the module.
pub(super) fn settle(module: &mut Module) {
    let (order, recursive) = callees_first(module);
    let values = function_values(module);
    let mut results: Vec<Vec<Repr>> = module.functions.iter().map(|function| function.results.clone()).collect();
    for id in order {
        let function = &mut module.functions[id.idx()];
        type_calls(function, &results);
        widen_params(function);
        // What a function value gives is what its type says.
        if !recursive.contains(&id) && !values.contains(&id) && module.entry != Some(id) {
            widen_results(function);
            results[id.idx()] = function.results.clone();
        }
        insert_awaits(function);
    }
}

/// Functions in an order in which callees come first, and those that may lead back to themselves.
pub(super) fn callees_first(module: &Module) -> (Vec<FuncId>, HashSet<FuncId>) {
    let callees: Vec<Vec<FuncId>> = module.functions.iter().map(callees).collect();
    let mut order = Vec::new();
    let mut recursive = HashSet::default();
    // 0: not seen, 1: on the stack, 2: done.
    let mut state = vec![0u8; callees.len()];
    for root in 0..callees.len() {
        if state[root] != 0 {
            continue;
        }
        state[root] = 1;
        let mut stack = vec![(root, 0)];
        while let Some((at, next)) = stack.pop() {
            match callees[at].get(next) {
                None => {
                    state[at] = 2;
                    order.push(FuncId(super::index(at)));
                }
                Some(callee) => {
                    stack.push((at, next + 1));
                    match state[callee.idx()] {
                        0 => {
                            state[callee.idx()] = 1;
                            stack.push((callee.idx(), 0));
                        }
                        // Everything on the stack from the callee on is in its cycle.
                        1 => recursive.extend(
                            (stack.iter().skip_while(|(id, _)| *id != callee.idx()))
                                .map(|(id, _)| FuncId(super::index(*id))),
                        ),
                        _ => {}
                    }
                }
            }
        }
    }
    (order, recursive)
}

fn callees(function: &Function) -> Vec<FuncId> {
    let insts = function.blocks.iter().flat_map(|block| &block.insts);
    insts.filter_map(|inst| if let Op::Call(id) | Op::Closure(id) = inst.op { Some(id) } else { None }).collect()
}

/// Functions that are called through values.
fn function_values(module: &Module) -> HashSet<FuncId> {
    let insts = module.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.insts);
    insts.filter_map(|inst| if let Op::Closure(id) = inst.op { Some(id) } else { None }).collect()
}

fn type_calls(function: &mut Function, results: &[Vec<Repr>]) {
    for block in &function.blocks {
        for inst in &block.insts {
            if let Op::Call(id) = inst.op {
                for (value, repr) in inst.results.iter().zip(&results[id.idx()]) {
                    function.values[value.idx()] = *repr;
                }
            }
        }
    }
}

/// Makes tickets of the word parameters that only get tickets.
fn widen_params(function: &mut Function) {
    let mut able = vec![false; function.values.len()];
    for block in function.blocks.iter().skip(1) {
        for param in &block.params {
            able[param.idx()] = matches!(function.repr(*param), Repr::Word(_));
        }
    }
    let mut changed = true;
    while changed {
        changed = false;
        for block in &function.blocks {
            for edge in block.term.edges() {
                for (param, arg) in function.blocks[edge.to.idx()].params.iter().zip(&edge.args) {
                    let fits = able[arg.idx()] || matches!(function.repr(*arg), Repr::Ticket(_));
                    if able[param.idx()] && !fits {
                        able[param.idx()] = false;
                        changed = true;
                    }
                }
            }
        }
    }
    for (repr, able) in function.values.iter_mut().zip(able) {
        if let (Repr::Word(ty), true) = (*repr, able) {
            *repr = Repr::Ticket(ty);
        }
    }
}

/// Makes tickets of the word results for which every return gives one.
fn widen_results(function: &mut Function) {
    for at in 0..function.results.len() {
        let mut returns = (function.blocks.iter())
            .filter_map(|block| if let Term::Return(values) = &block.term { Some(values[at]) } else { None })
            .peekable();
        let some = returns.peek().is_some();
        if let (Repr::Word(ty), true) = (function.results[at], some)
            && returns.all(|value| matches!(function.values[value.idx()], Repr::Ticket(_)))
        {
            function.results[at] = Repr::Ticket(ty);
        }
    }
}

/// Where a ticket was awaited, and what it gave.
type Awaited = HashMap<ValueId, (BlockId, ValueId)>;

fn insert_awaits(function: &mut Function) {
    if !function.values.iter().any(|repr| matches!(repr, Repr::Ticket(_))) {
        return;
    }
    let dominators = Dominators::new(function);
    let mut awaited = Awaited::default();
    for block in dominators.order.clone() {
        let insts = std::mem::take(&mut function.blocks[block.idx()].insts);
        let mut out = Vec::with_capacity(insts.len());
        for mut inst in insts {
            // Leaves of elements may be promised; the index before them may not.
            let waiting = match inst.op {
                Op::Await | Op::Append | Op::NewObject | Op::SetField(_) => 0,
                Op::Set => 2,
                // A key is known when it is put.
                Op::Put(key) => 1 + key as usize,
                _ => inst.args.len(),
            };
            for arg in &mut inst.args[..waiting] {
                *arg = word(function, &dominators, &mut awaited, block, *arg, inst.span, &mut out);
            }
            out.push(inst);
        }
        let mut term = std::mem::replace(&mut function.blocks[block.idx()].term, Term::Open);
        let span = function.blocks[block.idx()].span;
        if let Term::Return(values) = &mut term {
            for (at, value) in values.iter_mut().enumerate() {
                if matches!(function.results[at], Repr::Word(_)) {
                    *value = word(function, &dominators, &mut awaited, block, *value, span, &mut out);
                }
            }
        } else {
            if let Term::Branch(cond, ..) = &mut term {
                *cond = word(function, &dominators, &mut awaited, block, *cond, span, &mut out);
            }
            for edge in term.edges_mut() {
                for at in 0..edge.args.len() {
                    let param = function.blocks[edge.to.idx()].params[at];
                    if matches!(function.repr(param), Repr::Word(_)) {
                        edge.args[at] = word(function, &dominators, &mut awaited, block, edge.args[at], span, &mut out);
                    }
                }
            }
        }
        function.blocks[block.idx()].insts = out;
        function.blocks[block.idx()].term = term;
    }
}

fn word(
    function: &mut Function,
    dominators: &Dominators,
    awaited: &mut Awaited,
    block: BlockId,
    value: ValueId,
    span: stoffel_syntax::Span,
    out: &mut Vec<Inst>,
) -> ValueId {
    let Repr::Ticket(ty) = function.repr(value) else { return value };
    if let Some((at, word)) = awaited.get(&value)
        && dominators.dominates(*at, block)
    {
        return *word;
    }
    let word = function.value(Repr::Word(ty));
    out.push(Inst { op: Op::Await, args: vec![value], results: vec![word], span });
    awaited.insert(value, (block, word));
    word
}
