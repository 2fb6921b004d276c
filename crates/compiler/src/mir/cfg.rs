//! A function in; block orders, predecessors, dominators and loops out. Cost: near linear.

use super::{BlockId, Function};

/// Blocks that can be reached, each after its predecessors but for loops; what follows a loop comes after its body.
pub(crate) fn postorder_rev(function: &Function) -> Vec<BlockId> {
    let mut seen = vec![false; function.blocks.len()];
    let mut order = Vec::with_capacity(function.blocks.len());
    // A block, and how many of its edges have been walked. The last edge is walked first, so that the exit of a loop is finished first.
    let mut stack = vec![(BlockId(0), 0usize)];
    seen[0] = true;
    while let Some((block, walked)) = stack.pop() {
        let edges: Vec<BlockId> = function.blocks[block.idx()].term.edges().map(|edge| edge.to).collect();
        match edges.iter().rev().nth(walked) {
            None => order.push(block),
            Some(next) => {
                stack.push((block, walked + 1));
                if !std::mem::replace(&mut seen[next.idx()], true) {
                    stack.push((*next, 0));
                }
            }
        }
    }
    order.reverse();
    order
}

/// Per block, the blocks with an edge to it; once per edge.
pub(crate) fn predecessors(function: &Function) -> Vec<Vec<BlockId>> {
    let mut preds = vec![Vec::new(); function.blocks.len()];
    for (from, block) in (0u32..).zip(&function.blocks) {
        for edge in block.term.edges() {
            preds[edge.to.idx()].push(BlockId(from));
        }
    }
    preds
}

/// Immediate dominators.
///
/// Source: Cooper, Harvey, Kennedy, A Simple, Fast Dominance Algorithm, 2001.
#[derive(Debug)]
pub(crate) struct Dominators {
    /// Reachable blocks in reverse postorder.
    pub(crate) order: Vec<BlockId>,
    /// Place of a block in `order`.
    number: Vec<usize>,
    /// By place in `order`.
    parent: Vec<usize>,
}

const UNKNOWN: usize = usize::MAX;

impl Dominators {
    /// Of a function.
    pub(crate) fn new(function: &Function) -> Self {
        let order = postorder_rev(function);
        let mut number = vec![UNKNOWN; function.blocks.len()];
        for (at, block) in order.iter().enumerate() {
            number[block.idx()] = at;
        }
        let preds = predecessors(function);
        let mut parent = vec![UNKNOWN; order.len()];
        parent[0] = 0;
        let mut changed = true;
        while changed {
            changed = false;
            for (at, block) in order.iter().enumerate().skip(1) {
                let mut best = UNKNOWN;
                for pred in &preds[block.idx()] {
                    let pred = number[pred.idx()];
                    if pred == UNKNOWN || parent[pred] == UNKNOWN {
                        continue;
                    }
                    best = if best == UNKNOWN { pred } else { meet(&parent, best, pred) };
                }
                if parent[at] != best {
                    parent[at] = best;
                    changed = true;
                }
            }
        }
        Self { order, number, parent }
    }

    /// Whether every path to `b` passes `a`.
    pub(crate) fn dominates(&self, a: BlockId, b: BlockId) -> bool {
        let (a, mut b) = (self.number[a.idx()], self.number[b.idx()]);
        if a == UNKNOWN || b == UNKNOWN {
            return b == UNKNOWN;
        }
        while b > a {
            b = self.parent[b];
        }
        a == b
    }

    /// Per reachable block (by id), the blocks that it dominates immediately.
    pub(crate) fn children(&self) -> Vec<Vec<BlockId>> {
        let mut children = vec![Vec::new(); self.number.len()];
        for (at, block) in self.order.iter().enumerate().skip(1) {
            children[self.order[self.parent[at]].idx()].push(*block);
        }
        children
    }

    /// Whether the block can be reached.
    pub(crate) fn reachable(&self, block: BlockId) -> bool {
        self.number[block.idx()] != UNKNOWN
    }
}

fn meet(parent: &[usize], mut a: usize, mut b: usize) -> usize {
    while a != b {
        while a > b {
            a = parent[a];
        }
        while b > a {
            b = parent[b];
        }
    }
    a
}

/// A natural loop: its header, the only block that enters it from outside, and its blocks.
#[derive(Debug)]
pub(crate) struct Loop {
    /// The header.
    pub(crate) header: BlockId,
    /// Every block, header included.
    pub(crate) blocks: Vec<BlockId>,
}

/// The natural loops, outer before inner; back edges to one header make one loop.
pub(crate) fn loops(function: &Function, dominators: &Dominators) -> Vec<Loop> {
    let preds = predecessors(function);
    let mut found = Vec::new();
    let mut mark = vec![UNKNOWN; function.blocks.len()];
    for (at, header) in dominators.order.iter().enumerate() {
        let back = preds[header.idx()]
            .iter()
            .filter(|pred| dominators.reachable(**pred) && dominators.dominates(*header, **pred));
        let mut work: Vec<BlockId> = back.copied().collect();
        if work.is_empty() {
            continue;
        }
        let mut blocks = vec![*header];
        mark[header.idx()] = at;
        while let Some(block) = work.pop() {
            if std::mem::replace(&mut mark[block.idx()], at) != at {
                blocks.push(block);
                work.extend(preds[block.idx()].iter().filter(|pred| dominators.reachable(**pred)));
            }
        }
        found.push(Loop { header: *header, blocks });
    }
    found
}
