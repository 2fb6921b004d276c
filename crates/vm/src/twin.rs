//! A list or object in, a new one with secrets in place of public words, or openings in place of secrets, out.
//!
//! Objects that are met twice have one twin, so that cycles end and aliases stay aliases within one conversion. Their slots are
//! filled from a list of work, since chains of objects are as long as the heap is large.

use std::collections::BTreeMap;

use crate::column::Item;
use crate::fault::{Fault, MISTYPED};
use crate::heap::Ref;
use crate::machine::{Env, Vm};
use crate::object::{Record, Slot};
use crate::types::LeafKind;
use stoffel_mpc::Lane;

/// What a twin has in place of what.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// Secrets in place of public words.
    Hide,
    /// Openings, disclosed as the row, in place of secrets.
    Open(u32),
}

/// Objects that have twins, and those whose slots are still to be filled.
#[derive(Debug, Default)]
pub(crate) struct Twins {
    known: BTreeMap<(Ref, u32), Ref>,
    empty: Vec<(Ref, Ref, u32)>,
}

impl Vm {
    /// The twin of `r` in type `ty`; a string stands for itself.
    pub(crate) fn twin(&mut self, r: Ref, ty: u32, change: Change, env: &mut Env<'_>) -> Result<Ref, Fault> {
        let mut twins = Twins::default();
        let first = self.changed(r, ty, change, &mut twins, env)?;
        while let Some((from, to, ty)) = twins.empty.pop() {
            let kinds = self.types.record(ty)?.leaves.clone();
            for (at, kind) in kinds.into_iter().enumerate() {
                let item = self.heap.record(from)?.item(at)?;
                let slot = self.changed_leaf(item, kind, change, &mut twins, env)?;
                self.heap.swap_slot(to, at, slot)?;
            }
        }
        Ok(first)
    }

    /// The twin of an object, not filled yet; what is neither list nor object stands for itself.
    pub(crate) fn twin_of(&mut self, r: Ref, ty: u32, twins: &mut Twins) -> Result<Ref, Fault> {
        if !self.heap.is_record(r) {
            self.heap.retain(r);
            return Ok(r);
        }
        if let Some(&twin) = twins.known.get(&(r, ty)) {
            self.heap.retain(twin);
            return Ok(twin);
        }
        let n_slots = self.types.record(ty)?.leaves.len();
        let twin = self.heap.alloc_record(Record::new(ty, vec![Slot::Known(Item::Word(0)); n_slots]))?;
        twins.known.insert((r, ty), twin);
        twins.empty.push((r, twin, ty));
        Ok(twin)
    }

    fn changed(&mut self, r: Ref, ty: u32, change: Change, twins: &mut Twins, env: &mut Env<'_>) -> Result<Ref, Fault> {
        match change {
            Change::Hide => self.hide(r, ty, twins, env),
            Change::Open(row) => self.open_list(r, ty, row, twins, env),
        }
    }

    /// The leaf that stands in a twin for `item`, with its reference.
    fn changed_leaf(
        &mut self,
        item: Item,
        kind: LeafKind,
        change: Change,
        twins: &mut Twins,
        env: &mut Env<'_>,
    ) -> Result<Slot, Fault> {
        Ok(match (item, kind, change) {
            (Item::Ref(r), LeafKind::Ref(ty), _) => Slot::Known(Item::Ref(self.changed(r, ty, change, twins, env)?)),
            (Item::Word(word), LeafKind::Secret(format), Change::Hide) => {
                let node = env.engine.constant(format, &[word], self.op_site());
                Slot::Known(Item::Secret(Lane { node, lane: 0 }))
            }
            (Item::Secret(Lane { node, lane }), LeafKind::Word(format), Change::Open(row)) => {
                let ticket = env.engine.open(format, node, lane, 1, row, self.op_site());
                Slot::Promised(self.heap.alloc_ticket(ticket)?)
            }
            (Item::Word(_), LeafKind::Word(_), _) | (Item::Secret(_), LeafKind::Secret(_), _) => {
                self.heap.retain_item(item, env.engine);
                Slot::Known(item)
            }
            _ => return Err(MISTYPED),
        })
    }
}
