//! The reads and writes of a turn in; whether doing all reads before all writes means the same, and which lists must be different out.

use stoffel_syntax::Span;

use super::emit::Offset;
use crate::mir::{Function, ValueId};

/// An access of a turn to one element.
#[derive(Clone, Debug)]
pub(super) struct Access {
    /// The list or array: a value from outside the loop, or made before the turns.
    pub(super) list: ValueId,
    /// Where.
    pub(super) place: Place,
    /// Its instruction.
    pub(super) at: usize,
    /// Where it comes from.
    pub(super) span: Span,
}

/// Which element an access of a turn means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Place {
    /// That of the counter plus an offset.
    Turn(Offset),
    /// The same in every turn.
    Fixed(ValueId),
    /// A new one after the last.
    End,
}

/// Accesses of one body.
#[derive(Default, Debug)]
pub(super) struct Accesses {
    /// Reads, in order.
    pub(super) reads: Vec<Access>,
    /// Writes, in order.
    pub(super) writes: Vec<Access>,
}

impl Accesses {
    /// Pairs of lists that must not be the same; `None` if the order of accesses matters whatever the lists are.
    pub(super) fn apart(&self, function: &Function) -> Option<Vec<(ValueId, ValueId)>> {
        let mut apart = Vec::new();
        let mut settle = |a: &Access, b: &Access, harmless: bool| {
            // Lists of different types are different lists.
            if harmless || function.repr(a.list) != function.repr(b.list) {
                return Some(());
            }
            if a.list == b.list {
                return None;
            }
            if !apart.contains(&(a.list, b.list)) {
                apart.push((a.list, b.list));
            }
            Some(())
        };
        for (k, write) in self.writes.iter().enumerate() {
            for read in &self.reads {
                settle(read, write, reads_first(read, write))?;
            }
            for later in &self.writes[k + 1..] {
                settle(write, later, in_order(write.place, later.place))?;
            }
        }
        Some(apart)
    }
}

/// Whether a read of one list sees nothing that turns write there, but what was there before the loop.
fn reads_first(read: &Access, write: &Access) -> bool {
    match (read.place, write.place) {
        // Whoever reads elements that were there before the loop does not see new ones.
        (_, Place::End) => true,
        (Place::Turn(from), Place::Turn(to)) if from == to => read.at < write.at,
        // Elements ahead are written in a later turn.
        (Place::Turn(from), Place::Turn(to)) => from.base == to.base && from.constant > to.constant,
        _ => false,
    }
}

/// Whether it does not matter that all writes of the first kind come before all of the second.
fn in_order(first: Place, second: Place) -> bool {
    match (first, second) {
        (Place::Turn(first), Place::Turn(second)) => first == second,
        (Place::Turn(_), Place::End) | (Place::End, Place::Turn(_)) => true,
        _ => false,
    }
}
