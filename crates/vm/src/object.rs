//! Instructions on objects in, records made, read and written out.
//!
//! A record has one slot per leaf of its fields; a slot may hold a ticket until its word is read, so that openings into fields
//! share rounds. A record knows its own type, which may derive from the one that an instruction sees: the fields of a base come
//! first, so places agree. Cycles of records are found and freed by [`Heap::collect`] at counts of allocations, which are the same at
//! every party.

use stoffel_bytecode::{Operands, Reg};
use stoffel_mpc::Engine;
use stoffel_value::TrapCode;

use crate::column::Item;
use crate::fault::{Fault, MISTYPED};
use crate::heap::Ref;
use crate::machine::{Env, Vm};
use crate::step::{Destinations, Sources};
use crate::types::LeafKind;

/// An object: its type and the leaves of its fields.
#[derive(Debug)]
pub(crate) struct Record {
    /// Row of the type table: the type that it was made with.
    pub(crate) ty: u32,
    /// Leaves in order.
    pub(crate) slots: Box<[Slot]>,
    /// How many slots hold tickets.
    pub(crate) promised: u32,
}

/// A leaf of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot {
    /// It is known.
    Known(Item),
    /// A word that the ticket will give.
    Promised(Ref),
}

impl Record {
    /// A record of these leaves, which carry their references.
    pub(crate) fn new(ty: u32, slots: Vec<Slot>) -> Self {
        let promised = slots.iter().filter(|slot| matches!(slot, Slot::Promised(_))).count() as u32;
        Self { ty, slots: slots.into(), promised }
    }

    /// The known leaf at `at`.
    pub(crate) fn item(&self, at: usize) -> Result<Item, TrapCode> {
        match self.slots.get(at) {
            Some(Slot::Known(item)) => Ok(*item),
            _ => Err(TrapCode::DynamicType),
        }
    }

    /// Bytes that the slots are accounted with.
    pub(crate) const fn bytes(&self) -> usize {
        self.slots.len() * size_of::<Slot>()
    }

    /// Gives the secrets back to the engine.
    pub(crate) fn give_back(&self, engine: &mut dyn Engine) {
        for slot in &self.slots {
            if let Slot::Known(Item::Secret(lane)) = slot {
                engine.release(lane.node);
            }
        }
    }

    /// References in the slots, tickets included.
    pub(crate) fn refs(&self) -> impl Iterator<Item = Ref> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Known(Item::Ref(r)) | Slot::Promised(r) => Some(*r),
            Slot::Known(_) => None,
        })
    }
}

impl Vm {
    /// Frees cycles if enough has been made since that was done last. What instructions hold beside registers has no references of its
    /// own yet, so it comes first in an instruction.
    pub(crate) fn collect_if_due(&mut self, engine: &mut dyn Engine) {
        if self.heap.wants_collection() {
            let roots = self.stack.refs.iter().chain(&self.strings).copied();
            self.heap.collect(roots, engine);
        }
    }

    /// d = a new object of the sources of `ops`.
    pub(crate) fn new_object(&mut self, d: Reg, ty: u32, ops: &Operands, env: &mut Env<'_>) -> Result<(), Fault> {
        self.collect_if_due(env.engine);
        let kinds = &self.types.record(ty)?.leaves;
        let slots = self.slots(kinds, ops)?;
        slots.iter().for_each(|&slot| self.retain_slot(slot, env.engine));
        let object = self.heap.alloc_record(Record::new(ty, slots))?;
        self.set_ref(d, object, env);
        Ok(())
    }

    /// Destinations of `ops` = the leaves of a field.
    pub(crate) fn get_field(
        &mut self,
        r: Reg,
        ty: u32,
        field: u16,
        ops: &Operands,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let object = self.reference(r);
        let range = self.types.field(ty, field)?;
        if self.heap.has_pending() {
            self.await_slots(object, range.clone(), env)?;
        }
        // Writing a register may free the object: hold it until the last leaf is read.
        self.heap.retain(object);
        let mut to = Destinations::new(ops);
        let done = range.into_iter().try_for_each(|at| {
            let item = self.heap.record(object)?.item(at)?;
            self.heap.retain_item(item, env.engine);
            self.store(&mut to, item, env)
        });
        self.heap.release(object, env.engine);
        done
    }

    /// A field = sources of `ops`. What it held is let go of, promised or not.
    pub(crate) fn set_field(
        &mut self,
        r: Reg,
        ty: u32,
        field: u16,
        ops: &Operands,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let object = self.reference(r);
        let range = self.types.field(ty, field)?;
        let kinds = self.types.record(ty)?.leaves.get(range.clone()).ok_or(MISTYPED)?;
        let slots = self.slots(kinds, ops)?;
        self.heap.record(object)?;
        for (at, slot) in range.zip(slots) {
            self.retain_slot(slot, env.engine);
            let before = self.heap.swap_slot(object, at, slot)?;
            match before {
                Slot::Known(item) => self.heap.release_item(item, env.engine),
                Slot::Promised(ticket) => self.heap.release(ticket, env.engine),
            }
        }
        Ok(())
    }

    /// A new object with the same leaves.
    pub(crate) fn copy_record(&mut self, object: Ref, env: &mut Env<'_>) -> Result<Ref, Fault> {
        let record = self.heap.record(object)?;
        let (ty, slots) = (record.ty, record.slots.to_vec());
        slots.iter().for_each(|&slot| self.retain_slot(slot, env.engine));
        self.heap.alloc_record(Record::new(ty, slots))
    }

    /// Puts the words of promised slots in place of their tickets.
    pub(crate) fn await_slots(
        &mut self,
        object: Ref,
        range: std::ops::Range<usize>,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let record = self.heap.record(object)?;
        if record.promised == 0 {
            return Ok(());
        }
        let slots = record.slots.get(range.clone()).ok_or(MISTYPED)?;
        let mut tickets = Vec::new();
        for (at, slot) in range.zip(slots) {
            if let Slot::Promised(r) = *slot {
                tickets.push((at, r, self.heap.ticket(r)?));
            }
        }
        self.awaited(tickets.iter().map(|(_, _, ticket)| *ticket), env)?;
        for (at, r, ticket) in tickets {
            let word = env.engine.opened(ticket).and_then(|words| words.first()).copied().ok_or(MISTYPED)?;
            self.heap.swap_slot(object, at, Slot::Known(Item::Word(word)))?;
            self.heap.release(r, env.engine);
        }
        Ok(())
    }

    /// Leaves from the sources of `ops`, where tickets may stand for words; they carry no references.
    fn slots(&self, kinds: &[LeafKind], ops: &Operands) -> Result<Vec<Slot>, Fault> {
        let promised = ops.words.iter().filter(|&&word| word == Operands::TICKET).count();
        // Tickets stand after the reference leaves.
        let mut tickets = ops.refs[ops.refs.len().checked_sub(promised).ok_or(MISTYPED)?..].iter();
        let mut from = Sources::new(ops);
        let slot = |kind: &LeafKind| {
            Ok(Slot::Known(match kind {
                LeafKind::Word(_) => match from.word()? {
                    Operands::TICKET => return Ok(Slot::Promised(self.reference(*tickets.next().ok_or(MISTYPED)?))),
                    register => Item::Word(self.word(register)),
                },
                LeafKind::Ref(_) => Item::Ref(self.reference(from.reference()?)),
                LeafKind::Secret(_) => Item::Secret(self.secret(from.secret()?)?),
            }))
        };
        kinds.iter().map(slot).collect()
    }

    pub(crate) fn retain_slot(&mut self, slot: Slot, engine: &mut dyn Engine) {
        match slot {
            Slot::Known(item) => self.heap.retain_item(item, engine),
            Slot::Promised(ticket) => self.heap.retain(ticket),
        }
    }
}
