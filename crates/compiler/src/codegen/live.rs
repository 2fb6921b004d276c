//! A function and an order of its blocks in; where values are live out.
//!
//! Positions: a block's start, then two for each instruction (reads, then writes), then its end and the place of its moves.
//! Cost: linear in the code plus, for each value, the blocks that it is live in.

use crate::mir::{BlockId, Function, Repr, ValueId, predecessors};

/// Live ranges.
#[derive(Debug)]
pub(super) struct Live {
    /// Per block, references and secrets that are live where it begins; its parameters are not among them.
    pub(super) live_in: Vec<Vec<ValueId>>,
    /// Per block, references and secrets that are live in some successor.
    pub(super) live_out: Vec<Vec<ValueId>>,
    /// Per value, the first and last position of the one range that covers all of its life.
    pub(super) ranges: Vec<(u32, u32)>,
    /// Per value, first and last positions of the parts of its life, rising, with holes between them.
    pub(super) parts: Vec<Vec<(u32, u32)>>,
}

/// Finds live ranges along an order in which definitions come before uses.
pub(super) fn live(function: &Function, order: &[BlockId]) -> Live {
    let n = function.blocks.len();
    let mut live = Live {
        live_in: vec![Vec::new(); n],
        live_out: vec![Vec::new(); n],
        ranges: vec![(0, 0); function.values.len()],
        parts: vec![Vec::new(); function.values.len()],
    };
    let mut starts = vec![0; n];
    let mut home = vec![BlockId(0); function.values.len()];
    let mut ends = vec![0; n];
    // Per value, blocks that use it and the last position in each.
    let mut used_in: Vec<Vec<(BlockId, u32)>> = vec![Vec::new(); function.values.len()];
    let mut at = 0;
    for id in order {
        let block = &function.blocks[id.idx()];
        starts[id.idx()] = at;
        for param in &block.params {
            home[param.idx()] = *id;
            live.ranges[param.idx()] = (at, at);
        }
        for inst in &block.insts {
            at += 2;
            for arg in &inst.args {
                used(&mut used_in, *arg, *id, at);
            }
            for result in &inst.results {
                home[result.idx()] = *id;
                live.ranges[result.idx()] = (at + 1, at + 1);
            }
        }
        at += 2;
        for value in block.term.operands() {
            used(&mut used_in, value, *id, at);
        }
        for value in block.term.edges().flat_map(|edge| &edge.args) {
            used(&mut used_in, *value, *id, at + 1);
        }
        ends[id.idx()] = at + 1;
        at += 2;
    }
    live.spread(function, &home, &starts, &ends, &used_in);
    live
}

fn used(used_in: &mut [Vec<(BlockId, u32)>], value: ValueId, block: BlockId, at: u32) {
    let uses = &mut used_in[value.idx()];
    match uses.last_mut() {
        Some((last, position)) if *last == block => *position = at,
        _ => uses.push((block, at)),
    }
}

impl Live {
    /// Walks from each use back to the definition, and notes where the value lives on the way.
    fn spread(
        &mut self,
        function: &Function,
        home: &[BlockId],
        starts: &[u32],
        ends: &[u32],
        used_in: &[Vec<(BlockId, u32)>],
    ) {
        let preds = predecessors(function);
        let none = ValueId(u32::MAX);
        let (mut in_mark, mut out_mark) = (vec![none; ends.len()], vec![none; ends.len()]);
        let mut last_use = vec![0; ends.len()];
        let mut work = Vec::new();
        for (value, uses) in (0u32..).map(ValueId).zip(used_in) {
            let home = home[value.idx()];
            let counted = !matches!(function.repr(value), Repr::Word(_));
            let mut entered = Vec::new();
            last_use[home.idx()] = 0;
            work.extend(uses.iter().map(|(block, _)| *block));
            while let Some(block) = work.pop() {
                if block == home || std::mem::replace(&mut in_mark[block.idx()], value) == value {
                    continue;
                }
                if counted {
                    self.live_in[block.idx()].push(value);
                }
                entered.push(block);
                for pred in &preds[block.idx()] {
                    if std::mem::replace(&mut out_mark[pred.idx()], value) != value {
                        if counted {
                            self.live_out[pred.idx()].push(value);
                        }
                        work.push(*pred);
                    }
                }
            }
            uses.iter().for_each(|(block, at)| last_use[block.idx()] = *at);
            let defined = self.ranges[value.idx()].0;
            let end = |block: BlockId| {
                if out_mark[block.idx()] == value { ends[block.idx()] } else { last_use[block.idx()] }
            };
            let parts = &mut self.parts[value.idx()];
            parts.push((defined, end(home).max(defined)));
            parts.extend(entered.into_iter().map(|block| (starts[block.idx()], end(block))));
            parts.sort_unstable();
            // Blocks that follow each other make one part.
            parts.dedup_by(|next, part| {
                let adjacent = next.0 == part.1 + 1;
                if adjacent {
                    part.1 = next.1;
                }
                adjacent
            });
            self.ranges[value.idx()].1 = parts.last().map_or(defined, |part| part.1);
        }
    }
}
