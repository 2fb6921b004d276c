//! A client's positional inputs in, their public part and columns of words out; and at a party the lanes by position (LANGUAGE §17.2).
//!
//! What is public of them is how many there are and in which formats each is there: both follow from the program and from the
//! values' written form, never from their size. One column holds all inputs of one format, in order of position.

use std::collections::HashMap;

use stoffel_bytecode::Program;
use stoffel_mpc::{Lane, NodeId};
use stoffel_value::{FixTy, IntTy, ScalarTy};

use crate::wire::{Malformed, Reader};

/// Positional inputs that one client may give.
const INPUTS_MAX: u32 = 1 << 24;

/// Positional inputs: of each the word in every format in which it is given.
pub type Positional = Vec<Vec<(ScalarTy, u64)>>;

/// Formats of each positional input, as a message announces them.
pub(crate) struct Announced(Vec<Vec<ScalarTy>>);

/// Appends the public part, and the columns.
pub(crate) fn split(inputs: &Positional, public: &mut Vec<u8>, columns: &mut Vec<(ScalarTy, Vec<u64>)>) {
    public.extend_from_slice(&(inputs.len() as u32).to_le_bytes());
    let first = columns.len();
    for formats in inputs {
        public.push(formats.len() as u8);
        for (ty, word) in formats {
            push_format(public, *ty);
            match columns[first..].iter_mut().find(|(one, _)| one == ty) {
                Some((_, words)) => words.push(*word),
                None => columns.push((*ty, vec![*word])),
            }
        }
    }
}

impl Announced {
    /// Reads the public part of what the client in `slot` gives: exactly the formats that the program asks for.
    pub(crate) fn read(reader: &mut Reader<'_>, program: &Program, slot: u32) -> Result<Self, Malformed> {
        let count = reader.u32()?;
        if count > INPUTS_MAX {
            return Err(Malformed);
        }
        let mut inputs = Vec::new();
        for index in 0..count {
            let wanted = program.slot_formats(slot, index);
            let formats = (0..reader.u8()?).map(|_| read_format(reader)).collect::<Result<Vec<_>, _>>()?;
            let listed = formats.iter().all(|ty| wanted.formats.contains(ty));
            let distinct = (1..formats.len()).all(|at| !formats[..at].contains(&formats[at]));
            let enough = if wanted.known { formats.len() == wanted.formats.len() } else { !formats.is_empty() };
            if !(listed && distinct && enough) {
                return Err(Malformed);
            }
            inputs.push(formats);
        }
        Ok(Self(inputs))
    }

    /// Formats and lengths of the columns.
    pub(crate) fn layout(&self) -> Vec<(ScalarTy, u32)> {
        let mut layout: Vec<(ScalarTy, u32)> = Vec::new();
        for ty in self.0.iter().flatten() {
            match layout.iter_mut().find(|(one, _)| one == ty) {
                Some((_, len)) => *len += 1,
                None => layout.push((*ty, 1)),
            }
        }
        layout
    }

    /// The inputs as lanes of the columns' nodes.
    pub(crate) fn inputs(&self, nodes: &[NodeId]) -> ClientInputs {
        let layout = self.layout();
        let mut next = vec![0u32; layout.len()];
        let mut lanes = HashMap::new();
        for (index, formats) in (0u32..).zip(&self.0) {
            for ty in formats {
                if let Some(column) = layout.iter().position(|(one, _)| one == ty) {
                    lanes.insert((index, *ty), Lane { node: nodes[column], lane: next[column] });
                    next[column] += 1;
                }
            }
        }
        ClientInputs { count: self.0.len() as u32, lanes }
    }
}

/// The positional inputs of one client at a party.
#[derive(Default)]
pub(crate) struct ClientInputs {
    /// How many there are.
    pub(crate) count: u32,
    lanes: HashMap<(u32, ScalarTy), Lane>,
}

impl ClientInputs {
    /// An input in a format.
    pub(crate) fn get(&self, index: u32, ty: ScalarTy) -> Option<Lane> {
        self.lanes.get(&(index, ty)).copied()
    }
}

/// Appends a format in three bytes.
pub(crate) fn push_format(out: &mut Vec<u8>, ty: ScalarTy) {
    out.extend_from_slice(&match ty {
        ScalarTy::Bool => [0, 0, 0],
        ScalarTy::Int(int) => [1, IntTy::ALL.iter().position(|one| *one == int).unwrap_or_default() as u8, 0],
        ScalarTy::Fix(fix) => [2, fix.k() as u8, fix.f() as u8],
        ScalarTy::Float => [3, 0, 0],
    });
}

/// Reads a format of a secret.
pub(crate) fn read_format(reader: &mut Reader<'_>) -> Result<ScalarTy, Malformed> {
    match reader.array::<3>()? {
        [0, 0, 0] => Ok(ScalarTy::Bool),
        [1, int, 0] => IntTy::ALL.get(usize::from(int)).copied().map(ScalarTy::Int).ok_or(Malformed),
        [2, k, f] => FixTy::new(k, f).map(ScalarTy::Fix).ok_or(Malformed),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use stoffel_bytecode::SlotRow;

    use super::*;

    fn program(slots: Vec<SlotRow>) -> Program {
        Program { slots, ..Program::default() }
    }

    #[test]
    fn what_is_split_is_read_back() {
        let row = |index, ty| SlotRow { slot: Some(0), index, ty };
        let program =
            program(vec![row(Some(0), ScalarTy::I64), row(Some(0), ScalarTy::FIX64), row(None, ScalarTy::I64)]);
        let inputs = vec![vec![(ScalarTy::I64, 7), (ScalarTy::FIX64, 7 << 16)], vec![(ScalarTy::I64, 9)]];
        let (mut public, mut columns) = (Vec::new(), Vec::new());
        split(&inputs, &mut public, &mut columns);
        assert_eq!(columns, [(ScalarTy::I64, vec![7, 9]), (ScalarTy::FIX64, vec![7 << 16])]);
        let mut reader = Reader::new(&public);
        let announced = Announced::read(&mut reader, &program, 0).unwrap_or_else(|_| panic!("it is well formed"));
        assert!(reader.end().is_ok());
        assert_eq!(announced.layout(), [(ScalarTy::I64, 2), (ScalarTy::FIX64, 1)]);
        let given = announced.inputs(&[NodeId(4), NodeId(5)]);
        assert_eq!(given.count, 2);
        assert_eq!(given.get(1, ScalarTy::I64), Some(Lane { node: NodeId(4), lane: 1 }));
        assert_eq!(given.get(0, ScalarTy::FIX64), Some(Lane { node: NodeId(5), lane: 0 }));
        assert_eq!(given.get(1, ScalarTy::FIX64), None);
    }

    #[test]
    fn formats_that_the_program_does_not_read_are_refused() {
        let program = program(vec![SlotRow { slot: Some(0), index: Some(0), ty: ScalarTy::I64 }]);
        for inputs in [vec![vec![(ScalarTy::Bool, 1)]], vec![vec![]], vec![vec![(ScalarTy::I64, 1)]; 2]] {
            let (mut public, mut columns) = (Vec::new(), Vec::new());
            split(&inputs, &mut public, &mut columns);
            assert!(Announced::read(&mut Reader::new(&public), &program, 0).is_err(), "{inputs:?}");
        }
    }
}
