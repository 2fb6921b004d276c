//! A module in; one with the same outputs, traps and disclosures that does less out. Only at optimisation level 2.
//!
//! Each pass is near linear in the code. Debug builds check the form after each.

mod cse;
mod dce;
mod direct;
mod fold;
mod hoist;
mod inline;
mod narrow;
mod rows;
mod vectorise;

use super::check::check_function;
use super::{Function, Module, Op, check, clean, tickets};

/// Runs every pass.
pub(crate) fn optimise(module: &mut Module) {
    let (order, recursive) = tickets::callees_first(module);
    for id in &order {
        direct::run(&mut module.functions[id.idx()]);
        inline::run(module, *id, &recursive);
        clean_up(module, *id);
        debug_check(&module.functions[id.idx()]);
        let function = &mut module.functions[id.idx()];
        fold::run(function);
        clean_up(module, *id);
        debug_check(&module.functions[id.idx()]);
        let function = &mut module.functions[id.idx()];
        cse::run(function);
        rows::run(function);
        hoist::run(function);
        cse::run(function);
        dce::run(function);
        clean_up(module, *id);
        debug_check(&module.functions[id.idx()]);
    }
    for id in &order {
        let function = &mut module.functions[id.idx()];
        narrow::run(function, &module.tables.types);
        cse::run(function);
        dce::run(function);
        debug_check(function);
    }
    // Last, so that loops are what inlining sees: their vector forms would make small functions large.
    if !vectorise::draws(module) {
        for id in &order {
            if vectorise::run(&mut module.functions[id.idx()], &mut module.tables) {
                clean_up(module, *id);
                dce::run(&mut module.functions[id.idx()]);
                clean_up(module, *id);
                debug_check(&module.functions[id.idx()]);
            }
        }
    }
    drop_unreached(module);
    if cfg!(debug_assertions) {
        check(module);
    }
}

fn clean_up(module: &mut Module, id: super::FuncId) {
    let function = &mut module.functions[id.idx()];
    clean::prune(function);
    clean::remove_trivial_params(function);
    clean::merge_blocks(function);
}

fn debug_check(function: &Function) {
    if cfg!(debug_assertions) {
        check_function(function);
    }
}

/// Drops functions that nothing calls any more.
fn drop_unreached(module: &mut Module) {
    let Some(entry) = module.entry else { return };
    let mut number = vec![None; module.functions.len()];
    let mut work = vec![entry];
    let mut reached = vec![false; module.functions.len()];
    reached[entry.idx()] = true;
    while let Some(id) = work.pop() {
        for inst in module.functions[id.idx()].blocks.iter().flat_map(|block| &block.insts) {
            if let Op::Call(callee) | Op::Closure(callee) = inst.op
                && !std::mem::replace(&mut reached[callee.idx()], true)
            {
                work.push(callee);
            }
        }
    }
    let mut next = 0;
    for (at, reached) in reached.iter().enumerate() {
        if *reached {
            number[at] = Some(super::FuncId(next));
            next += 1;
        }
    }
    let mut at = 0;
    module.functions.retain(|_| {
        at += 1;
        reached[at - 1]
    });
    module.entry = number[entry.idx()];
    for inst in module.functions.iter_mut().flat_map(|f| &mut f.blocks).flat_map(|block| &mut block.insts) {
        if let Op::Call(callee) | Op::Closure(callee) = &mut inst.op
            && let Some(id) = number[callee.idx()]
        {
            *callee = id;
        }
    }
}
