//! A function in; the order in which its blocks are written out.
//!
//! The head of a loop that tests is written after the loop's body, so that a turn takes one jump: the conditional one back.

use crate::mir::cfg::{Dominators, loops};
use crate::mir::{BlockId, Function, Term};

/// The order of writing; the first block stays first.
pub(super) fn order(function: &Function, dominators: &Dominators) -> Vec<BlockId> {
    let mut number = vec![0; function.blocks.len()];
    for (at, block) in dominators.order.iter().enumerate() {
        number[block.idx()] = at;
    }
    let mut rotated = vec![false; function.blocks.len()];
    // By place of the loop's last block: heads to write after it, outer ones first.
    let mut after: Vec<Vec<BlockId>> = vec![Vec::new(); dominators.order.len()];
    for found in loops(function, dominators) {
        let tests = matches!(function.blocks[found.header.idx()].term, Term::Branch(..) | Term::BranchCmp { .. });
        let last = found.blocks.iter().map(|block| number[block.idx()]).max();
        if let Some(last) = last
            && tests
            && found.header != BlockId(0)
            && found.blocks.len() > 1
        {
            rotated[found.header.idx()] = true;
            after[last].push(found.header);
        }
    }
    let mut order = Vec::with_capacity(dominators.order.len());
    for (at, block) in dominators.order.iter().enumerate() {
        if !rotated[block.idx()] {
            order.push(*block);
        }
        order.extend(after[at].iter().rev());
    }
    order
}
