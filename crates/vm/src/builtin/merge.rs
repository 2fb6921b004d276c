//! Two objects of one type and a secret condition in, a new object with the chosen fields out (LANGUAGE §10.6).
//!
//! Objects merge field by field along present optionals and lists. A pair that is met again has one result, so aliases stay aliases;
//! a pair that leads back to itself is R0203. Pairs wait in a list, since chains of objects are as long as the heap is large.

use std::collections::BTreeMap;

use stoffel_mpc::{Arg, Lane};
use stoffel_value::{ScalarOp, TrapCode};

use crate::column::Item;
use crate::fault::{Fault, MISTYPED};
use crate::heap::Ref;
use crate::machine::{Env, Vm};
use crate::object::{Record, Slot};
use crate::types::LeafKind;

/// One choice between two values.
pub(super) struct Merge {
    /// Condition.
    pub(super) cond: Lane,
    known: BTreeMap<(Ref, Ref, u32), usize>,
    pairs: Vec<Pair>,
    /// The pair whose fields are being merged.
    current: Option<usize>,
}

struct Pair {
    a: Ref,
    b: Ref,
    merged: Ref,
    ty: u32,
    /// Pairs that the fields lead to.
    inner: Vec<usize>,
}

impl Merge {
    /// By a secret bool; what is chosen between comes after.
    pub(super) const fn new(cond: Lane) -> Self {
        Self { cond, known: BTreeMap::new(), pairs: Vec::new(), current: None }
    }

    /// Whether some pair leads back to itself: taking away pairs that lead nowhere leaves some.
    fn is_cyclic(&self) -> bool {
        let mut open: Vec<usize> = self.pairs.iter().map(|pair| pair.inner.len()).collect();
        let mut around = vec![Vec::new(); self.pairs.len()];
        for (at, pair) in self.pairs.iter().enumerate() {
            pair.inner.iter().for_each(|&inner| around[inner].push(at));
        }
        let mut work: Vec<usize> = (0..open.len()).filter(|&at| open[at] == 0).collect();
        let mut done = 0;
        while let Some(at) = work.pop() {
            done += 1;
            for &outer in &around[at] {
                open[outer] -= 1;
                if open[outer] == 0 {
                    work.push(outer);
                }
            }
        }
        done < self.pairs.len()
    }
}

impl Vm {
    /// The merged object of a pair, not filled yet.
    pub(super) fn merged_object(&mut self, merge: &mut Merge, a: Ref, b: Ref, ty: u32) -> Result<Ref, Fault> {
        let at = match merge.known.get(&(a, b, ty)) {
            Some(&at) => {
                self.heap.retain(merge.pairs[at].merged);
                at
            }
            None => {
                let n_slots = self.types.record(ty)?.leaves.len();
                let blank = Record::new(ty, vec![Slot::Known(Item::Word(0)); n_slots]);
                let merged = self.heap.alloc_record(blank)?;
                let at = merge.pairs.len();
                merge.pairs.push(Pair { a, b, merged, ty, inner: Vec::new() });
                merge.known.insert((a, b, ty), at);
                at
            }
        };
        if let Some(current) = merge.current {
            merge.pairs[current].inner.push(at);
        }
        Ok(merge.pairs[at].merged)
    }

    /// Fills the objects of all pairs.
    pub(super) fn fill_merged(&mut self, merge: &mut Merge, env: &mut Env<'_>) -> Result<(), Fault> {
        let mut at = 0;
        while let Some(&Pair { a, b, merged, ty, .. }) = merge.pairs.get(at) {
            merge.current = Some(at);
            let kinds = self.types.record(ty)?.leaves.clone();
            for (slot, kind) in kinds.into_iter().enumerate() {
                let (x, y) = (self.heap.record(a)?.item(slot)?, self.heap.record(b)?.item(slot)?);
                let item = self.merged_leaf(merge, x, y, kind, env)?;
                self.heap.swap_slot(merged, slot, Slot::Known(item))?;
            }
            at += 1;
        }
        if merge.is_cyclic() { Err(TrapCode::Shape.into()) } else { Ok(()) }
    }

    fn merged_leaf(
        &mut self,
        merge: &mut Merge,
        a: Item,
        b: Item,
        kind: LeafKind,
        env: &mut Env<'_>,
    ) -> Result<Item, Fault> {
        match (a, b, kind) {
            (Item::Secret(a), Item::Secret(b), LeafKind::Secret(format)) => {
                let args = [Arg::Lane(merge.cond), Arg::Lane(a), Arg::Lane(b)];
                let node = env.engine.op(ScalarOp::Select(format), &args, self.op_site())?;
                Ok(Item::Secret(Lane { node, lane: 0 }))
            }
            // Presence is the only public word.
            (Item::Word(x), Item::Word(y), LeafKind::Word(_)) if x == y => Ok(a),
            (Item::Word(_), Item::Word(_), LeafKind::Word(_)) => Err(TrapCode::Shape.into()),
            (Item::Ref(a), Item::Ref(b), LeafKind::Ref(ty)) => Ok(Item::Ref(self.merged(merge, a, b, ty, env)?)),
            _ => Err(MISTYPED),
        }
    }
}
