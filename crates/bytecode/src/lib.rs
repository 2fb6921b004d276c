//! The instruction table, the program container, its text form and its verifier.

mod container;
mod instr;
mod need;
mod parts;
mod program;
mod text;
mod types;
mod verify;

pub use container::{DecodeError, MAGIC, Section, VERSION};
pub use instr::{FieldKind, Instr, InstrInfo, Reg, wide};
pub use program::{
    Builtin, Debug, Disclosure, DisclosureKind, Function, InputRow, LineSpan, Need, Operands, OutputRow, Program,
    Receivers,
};
pub use text::TextError;
pub use types::{Leaf, Type};
pub use verify::{Fault, Location, VerifiedProgram, VerifyError, needs, verify};
