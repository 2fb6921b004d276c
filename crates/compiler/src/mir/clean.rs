//! A function in; the same without unreachable blocks, trivial parameters and pointless jumps out. Runs at every level.
//!
//! Nothing here removes, adds or reorders an instruction that does something.

use super::{Block, BlockId, Edge, Function, Op, Term, ValueId, index, postorder_rev, predecessors};

/// Removes blocks that cannot be reached; the rest are numbered in reverse postorder.
pub(crate) fn prune(function: &mut Function) {
    let order = postorder_rev(function);
    let mut number = vec![BlockId(u32::MAX); function.blocks.len()];
    for (at, block) in (0u32..).zip(&order) {
        number[block.idx()] = BlockId(at);
    }
    let mut old: Vec<Option<Block>> = std::mem::take(&mut function.blocks).into_iter().map(Some).collect();
    function.blocks = order.iter().filter_map(|block| old[block.idx()].take()).collect();
    for block in &mut function.blocks {
        for edge in block.term.edges_mut() {
            edge.to = number[edge.to.idx()];
        }
    }
}

/// What replaces a value, chains shortened.
pub(super) struct Replacements(Vec<ValueId>);

impl Replacements {
    /// Nothing is replaced yet.
    pub(super) fn new(function: &Function) -> Self {
        Self((0..index(function.values.len())).map(ValueId).collect())
    }

    /// Replaces a value.
    pub(super) fn set(&mut self, from: ValueId, to: ValueId) {
        self.0[from.idx()] = to;
    }

    /// What stands for the value now.
    pub(super) fn get(&mut self, value: ValueId) -> ValueId {
        let mut root = value;
        while self.0[root.idx()] != root {
            root = self.0[root.idx()];
        }
        let mut at = value;
        while self.0[at.idx()] != root {
            at = std::mem::replace(&mut self.0[at.idx()], root);
        }
        root
    }

    /// Whether the value was replaced.
    pub(super) fn replaced(&self, value: ValueId) -> bool {
        self.0[value.idx()] != value
    }
}

/// Removes parameters that only ever get one value besides themselves. The blocks must all be reachable.
pub(crate) fn remove_trivial_params(function: &mut Function) {
    let n_values = function.values.len();
    // Per value that is a parameter: its arguments; per value: the parameters that it is an argument of.
    let mut args: Vec<Vec<ValueId>> = vec![Vec::new(); n_values];
    let mut users: Vec<Vec<ValueId>> = vec![Vec::new(); n_values];
    for block in &function.blocks {
        for edge in block.term.edges() {
            for (param, arg) in function.blocks[edge.to.idx()].params.iter().zip(&edge.args) {
                args[param.idx()].push(*arg);
                users[arg.idx()].push(*param);
            }
        }
    }
    let mut replaced = Replacements::new(function);
    let mut work: Vec<ValueId> =
        function.blocks.iter().skip(1).flat_map(|block| block.params.iter().copied()).collect();
    while let Some(param) = work.pop() {
        if replaced.replaced(param) {
            continue;
        }
        let mut only = None;
        let mut trivial = true;
        for arg in &args[param.idx()] {
            let arg = replaced.get(*arg);
            if arg != param && *only.get_or_insert(arg) != arg {
                trivial = false;
                break;
            }
        }
        if let (true, Some(value)) = (trivial, only) {
            replaced.set(param, value);
            let again = std::mem::take(&mut users[param.idx()]);
            users[value.idx()].extend(again.iter().copied());
            work.extend(again);
        }
    }
    drop_params(function, |param| replaced.replaced(param));
    function.rewrite(|value| replaced.get(value));
}

/// Removes parameters of blocks other than the first, and their arguments.
pub(super) fn drop_params(function: &mut Function, gone: impl Fn(ValueId) -> bool) {
    let keep: Vec<Vec<bool>> = (function.blocks.iter().enumerate())
        .map(|(at, block)| block.params.iter().map(|param| at == 0 || !gone(*param)).collect())
        .collect();
    for (at, block) in function.blocks.iter_mut().enumerate() {
        retain_by(&mut block.params, &keep[at]);
        for edge in block.term.edges_mut() {
            retain_by(&mut edge.args, &keep[edge.to.idx()]);
        }
    }
}

fn retain_by(values: &mut Vec<ValueId>, keep: &[bool]) {
    let mut keep = keep.iter();
    values.retain(|_| keep.next().copied().unwrap_or(true));
}

/// Joins a block to the only block that jumps to it.
pub(crate) fn merge_blocks(function: &mut Function) {
    let preds = predecessors(function);
    let mut replaced = Replacements::new(function);
    for at in postorder_rev(function) {
        while let Term::Jump(edge) = &function.blocks[at.idx()].term {
            let to = edge.to;
            if to == at || to == BlockId(0) || preds[to.idx()].len() != 1 {
                break;
            }
            let args = edge.args.clone();
            let hollow = Block { params: Vec::new(), insts: Vec::new(), term: Term::Open, span: function.span };
            let next = std::mem::replace(&mut function.blocks[to.idx()], hollow);
            for (param, arg) in next.params.iter().zip(args) {
                replaced.set(*param, arg);
            }
            let block = &mut function.blocks[at.idx()];
            block.insts.extend(next.insts);
            block.term = next.term;
            block.span = next.span;
        }
    }
    function.rewrite(|value| replaced.get(value));
    prune(function);
}

/// Puts a block on every edge from a block with several to a block with several.
pub(crate) fn split_critical_edges(function: &mut Function) {
    let preds = predecessors(function);
    for at in 0..function.blocks.len() {
        if function.blocks[at].term.edges().count() < 2 {
            continue;
        }
        let span = function.blocks[at].span;
        let targets: Vec<BlockId> = function.blocks[at].term.edges().map(|edge| edge.to).collect();
        for (place, to) in targets.into_iter().enumerate() {
            if preds[to.idx()].len() < 2 {
                continue;
            }
            let middle = function.block(span);
            let mut args = Vec::new();
            if let Some(edge) = function.blocks[at].term.edges_mut().nth(place) {
                args = std::mem::take(&mut edge.args);
                edge.to = middle;
            }
            function.blocks[middle.idx()].term = Term::Jump(Edge { to, args });
        }
    }
}

/// Removes constants that nothing uses.
pub(crate) fn remove_dead_constants(function: &mut Function) {
    let uses = count_uses(function);
    for block in &mut function.blocks {
        block.insts.retain(|inst| {
            !matches!(inst.op, Op::Const(_) | Op::Str(_)) || inst.results.iter().any(|value| uses[value.idx()] > 0)
        });
    }
}

/// How often each value is an operand.
pub(crate) fn count_uses(function: &mut Function) -> Vec<u32> {
    let mut uses = vec![0; function.values.len()];
    function.rewrite(|value| {
        uses[value.idx()] += 1;
        value
    });
    uses
}
