//! Instructions one by one in; a function's code with its pools out.

use crate::hash::HashMap;

use stoffel_bytecode::{Function, Instr, Operands};
use stoffel_syntax::{Diagnostic, Span};

use super::fits;
use crate::mir::index;

/// A function's code and where each instruction comes from.
#[derive(Debug, Default)]
pub(super) struct Code {
    /// The function.
    pub(super) function: Function,
    /// One per instruction.
    pub(super) spans: Vec<Span>,
}

/// Constants and register lists, each once.
#[derive(Debug, Default)]
pub(super) struct Pools {
    words: Vec<u64>,
    word_ids: HashMap<u64, u32>,
    operands: Vec<Operands>,
    operand_ids: HashMap<Operands, u32>,
}

impl Pools {
    /// The place of a constant. Numbers above 16 bits are refused by [`Pools::finish`].
    pub(super) fn word(&mut self, word: u64) -> u16 {
        let id = *self.word_ids.entry(word).or_insert_with(|| {
            self.words.push(word);
            index(self.words.len() - 1)
        });
        id as u16
    }

    /// The place of a register list.
    pub(super) fn operands(&mut self, operands: Operands) -> u16 {
        if let Some(id) = self.operand_ids.get(&operands) {
            return *id as u16;
        }
        let id = index(self.operands.len());
        self.operands.push(operands.clone());
        self.operand_ids.insert(operands, id);
        id as u16
    }

    /// Puts the pools into the function.
    ///
    /// # Errors
    /// E0609 if an index does not fit its field: then code that names it was wrong and is thrown away.
    pub(super) fn finish(self, code: &mut Code, span: Span) -> Result<(), Box<Diagnostic>> {
        fits("constants in one function", self.words.len(), span)?;
        fits("register lists in one function", self.operands.len(), span)?;
        code.function.words_pool = self.words;
        code.function.operands = self.operands;
        Ok(())
    }
}

impl Code {
    /// Appends an instruction.
    pub(super) fn push(&mut self, instr: Instr, span: Span) {
        self.function.code.push(instr);
        self.spans.push(span);
    }
}

/// The two halves of a 32-bit number.
pub(super) const fn halves(number: u32) -> (u16, u16) {
    ((number >> 16) as u16, number as u16)
}
