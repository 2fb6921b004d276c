//! References that live in registers in, the cycles that nothing refers to freed.
//!
//! Counts free everything but cycles, and only objects and function values make cycles. A collection marks what the roots reach and
//! frees the rest. It is due after a number of new ones that depends on the program alone, and that grows with what lives, so that
//! all collections together cost a constant for each. Not here: when an instruction may collect (`object`).

use stoffel_mpc::Engine;

use super::{Cell, Heap, Object, Ref};
use crate::column::Column;
use crate::object::Slot;

/// New objects and function values between two collections, at least.
const MADE_MIN: usize = 1 << 16;
/// Bytes by which the heap may grow between two collections, at least, while there are new ones.
const BYTES_MIN: usize = 64 << 20;

/// When the next collection is due.
#[derive(Debug)]
pub(super) struct Pace {
    /// Made since the last one.
    made: usize,
    /// How many may be made.
    made_max: usize,
    /// Bytes that the heap may have.
    bytes: usize,
}

impl Pace {
    pub(super) const START: Self = Self { made: 0, made_max: MADE_MIN, bytes: BYTES_MIN };

    /// Counts a new one.
    pub(super) const fn count(&mut self) {
        self.made += 1;
    }
}

impl Heap {
    /// Whether enough has been made since the last collection.
    pub(crate) const fn wants_collection(&self) -> bool {
        self.pace.made >= self.pace.made_max || (self.bytes >= self.pace.bytes && self.pace.made > 0)
    }

    /// Frees every value that the roots do not reach. Cost: linear in the heap.
    pub(crate) fn collect(&mut self, roots: impl Iterator<Item = Ref>, engine: &mut dyn Engine) {
        let mut live = vec![false; self.cells.len()];
        let mut work: Vec<Ref> = roots.collect();
        while let Some(r) = work.pop() {
            if live.get(r.index()).is_some_and(|live| !live) {
                live[r.index()] = true;
                self.cells[r.index()].object.refs(&mut |inner| work.push(inner));
            }
        }
        let mut n_live = 0;
        for (at, &live_here) in live.iter().enumerate() {
            if live_here {
                n_live += 1;
            } else if !matches!(self.cells[at].object, Object::Free) {
                self.free_dead(at, &live, engine);
            }
        }
        self.pace = Pace {
            made: 0,
            made_max: MADE_MIN.max(n_live),
            bytes: self.bytes.saturating_mul(2).max(self.bytes.saturating_add(BYTES_MIN)),
        };
    }

    /// Frees what is left when nothing refers to anything any more.
    pub(crate) fn collect_all(&mut self, engine: &mut dyn Engine) {
        if self.free.len() < self.cells.len() {
            self.collect(std::iter::empty(), engine);
        }
    }

    /// Frees one value of a dead cycle; only references to living values are counted down, the others die by themselves.
    fn free_dead(&mut self, at: usize, live: &[bool], engine: &mut dyn Engine) {
        let object = std::mem::replace(&mut self.cells[at], Cell { count: 0, object: Object::Free }).object;
        self.free.push(at as u32);
        self.bytes -= object.bytes();
        if object.has_promises() {
            self.pending.remove(&Ref(at as u32));
        }
        self.openings -= usize::from(matches!(object, Object::Opening(_)));
        object.refs(&mut |inner| {
            if live.get(inner.index()).copied().unwrap_or(false) {
                self.cells[inner.index()].count -= 1;
            }
        });
        object.give_back(engine);
    }
}

impl Object {
    /// Every reference within, tickets included.
    fn refs(&self, visit: &mut dyn FnMut(Ref)) {
        match self {
            Self::Free | Self::Str(_) | Self::Ticket(_) | Self::Share(_) => {}
            Self::Opening(opening) => visit(opening.ticket),
            Self::List(list) => {
                list.pending.iter().for_each(|pending| visit(pending.ticket));
                for column in &list.columns {
                    if let Column::Refs(refs) = column {
                        refs.iter().for_each(|&r| visit(r));
                    }
                }
            }
            Self::Record(record) => record.refs().for_each(visit),
            Self::Closure(closure) => closure.refs.iter().for_each(|&r| visit(r)),
        }
    }

    /// Every ticket that something within waits for.
    pub(super) fn promises(&self, visit: &mut dyn FnMut(Ref)) {
        match self {
            Self::Opening(opening) => visit(opening.ticket),
            Self::List(list) => list.pending.iter().for_each(|pending| visit(pending.ticket)),
            Self::Record(record) => {
                for slot in &record.slots {
                    if let Slot::Promised(ticket) = slot {
                        visit(*ticket);
                    }
                }
            }
            Self::Free | Self::Str(_) | Self::Ticket(_) | Self::Share(_) | Self::Closure(_) => {}
        }
    }

    /// Whether words within are still promised.
    pub(super) fn has_promises(&self) -> bool {
        match self {
            Self::Free | Self::Str(_) | Self::Ticket(_) | Self::Share(_) | Self::Closure(_) => false,
            Self::Opening(_) => true,
            Self::List(list) => !list.pending.is_empty(),
            Self::Record(record) => record.promised > 0,
        }
    }

    /// Gives secrets and tickets back to the engine.
    fn give_back(self, engine: &mut dyn Engine) {
        match self {
            Self::Free | Self::Str(_) | Self::Opening(_) => {}
            Self::Ticket(ticket) => engine.drop_ticket(ticket),
            Self::Share(share) => engine.release(share.lane.node),
            Self::List(list) => list.columns.into_iter().for_each(|column| column.give_back(engine)),
            Self::Record(record) => record.give_back(engine),
            Self::Closure(closure) => closure.secrets.iter().for_each(|lane| engine.release(lane.node)),
        }
    }
}
