//! A program's reads of positional inputs in; the formats in which a client shares each of its values out (LANGUAGE §17.2, §19.2).
//!
//! A positional input has no declared type: the places that read it say in which formats it must be there. Reads whose position
//! the compiler knows decide for that position; only where there is none do reads at run-time positions decide.

use stoffel_value::ScalarTy;

use crate::Program;

/// A place that reads positional inputs of clients.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SlotRow {
    /// Slot of the client; `None` if it is known at run time only.
    pub slot: Option<u32>,
    /// Position among the client's inputs; `None` if it is known at run time only.
    pub index: Option<u32>,
    /// Format in which the input is read; never `Float`.
    pub ty: ScalarTy,
}

impl SlotRow {
    /// Whether the row lists a read of input `index` of the client in `slot`.
    #[must_use]
    pub fn covers(&self, slot: u32, index: u32) -> bool {
        self.slot.is_none_or(|known| known == slot) && self.index.is_none_or(|known| known == index)
    }
}

impl Program {
    /// Formats in which the client in `slot` gives its input `index`, each once; empty if nothing reads it. `known`: they stem
    /// from reads whose position is known, so that every one of them is needed.
    #[must_use]
    pub fn slot_formats(&self, slot: u32, index: u32) -> SlotFormats {
        let rows = || self.slots.iter().filter(|row| row.covers(slot, index));
        let known = rows().any(|row| row.index.is_some());
        let mut formats = Vec::new();
        for row in rows().filter(|row| !known || row.index.is_some()) {
            if !formats.contains(&row.ty) {
                formats.push(row.ty);
            }
        }
        SlotFormats { known, formats }
    }
}

/// Formats of one positional input, see [`Program::slot_formats`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlotFormats {
    /// Whether every format is needed.
    pub known: bool,
    /// The formats, in order of the rows.
    pub formats: Vec<ScalarTy>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_positions_decide_over_unknown_ones() {
        let row = |slot, index, ty| SlotRow { slot, index, ty };
        let int = ScalarTy::I64;
        let slots =
            vec![row(Some(0), Some(1), ScalarTy::Bool), row(Some(0), None, int), row(None, None, ScalarTy::FIX64)];
        let program = Program { slots, ..Program::default() };
        let formats = |slot, index| program.slot_formats(slot, index).formats;
        assert_eq!(formats(0, 1), [ScalarTy::Bool]);
        assert_eq!(formats(0, 2), [int, ScalarTy::FIX64]);
        assert_eq!(formats(3, 0), [ScalarTy::FIX64]);
        assert!(program.slot_formats(0, 1).known && !program.slot_formats(0, 2).known);
    }
}
