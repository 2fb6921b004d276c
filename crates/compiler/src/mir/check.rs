//! A function in; a panic if its form is broken, else nothing. Debug builds run it after each pass.

use super::cfg::Dominators;
use super::{BlockId, Function, Module, Op, Repr, Term, ValueId};

/// Checks every function.
///
/// # Panics
/// Naming function, block and value, if a definition does not dominate a use or an edge does not fit its target.
pub(crate) fn check(module: &Module) {
    for function in &module.functions {
        check_function(function);
        for inst in function.blocks.iter().flat_map(|block| &block.insts) {
            if let Op::Call(id) = inst.op {
                let callee = &module.functions[id.idx()];
                let name = &function.name;
                assert_eq!(inst.args.len(), callee.blocks[0].params.len(), "arguments of {} in {name}", callee.name);
                let results: Vec<Repr> = inst.results.iter().map(|value| function.repr(*value)).collect();
                assert_eq!(results, callee.results, "results of {} in {name}", callee.name);
            }
        }
    }
}

/// Checks what can be told from one function.
///
/// # Panics
/// As [`check`].
pub(super) fn check_function(function: &Function) {
    let name = &function.name;
    let dominators = Dominators::new(function);
    let defs = definitions(function);
    for block in &dominators.order {
        let data = &function.blocks[block.idx()];
        let used_at = |value: ValueId, at: usize| {
            let Some((home, place)) = defs[value.idx()] else {
                panic!("{name}: b{} uses v{}, which nothing defines", block.0, value.0)
            };
            let before = if home == *block { place <= at } else { dominators.dominates(home, *block) };
            assert!(before, "{name}: v{} does not dominate its use in b{}", value.0, block.0);
        };
        for (at, inst) in data.insts.iter().enumerate() {
            inst.args.iter().for_each(|value| used_at(*value, at));
        }
        let end = data.insts.len();
        assert!(!matches!(data.term, Term::Open), "{name}: b{} does not end", block.0);
        data.term.operands().into_iter().for_each(|value| used_at(value, end));
        if let Term::Return(values) = &data.term {
            let reprs: Vec<Repr> = values.iter().map(|value| function.repr(*value)).collect();
            assert_eq!(reprs, function.results, "{name}: b{} returns other leaves", block.0);
        }
        for edge in data.term.edges() {
            assert_ne!(edge.to, BlockId(0), "{name}: an edge to the first block");
            let params = &function.blocks[edge.to.idx()].params;
            assert_eq!(edge.args.len(), params.len(), "{name}: edge b{} to b{}", block.0, edge.to.0);
            for (arg, param) in edge.args.iter().zip(params) {
                used_at(*arg, end);
                let (arg, param) = (function.repr(*arg), function.repr(*param));
                assert_eq!(arg, param, "{name}: edge b{} to b{}", block.0, edge.to.0);
            }
        }
    }
}

/// Block of each definition, and the first place in the block at which it may be used.
fn definitions(function: &Function) -> Vec<Option<(BlockId, usize)>> {
    let mut defs = vec![None; function.values.len()];
    for (id, block) in (0u32..).map(BlockId).zip(&function.blocks) {
        let params = block.params.iter().map(|value| (*value, 0));
        let insts = block.insts.iter().enumerate();
        let results = insts.flat_map(|(at, inst)| inst.results.iter().map(move |value| (*value, at + 1)));
        for (value, at) in params.chain(results) {
            assert!(defs[value.idx()].is_none(), "{}: v{} is defined twice", function.name, value.0);
            defs[value.idx()] = Some((id, at));
        }
    }
    defs
}
