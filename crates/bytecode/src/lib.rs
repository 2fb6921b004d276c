//! The instruction table, the program container, its text form and its verifier.

mod container;
mod form;
mod instr;
mod need;
mod object;
mod parts;
mod program;
mod rules;
mod slots;
mod text;
mod types;
mod verify;

pub use container::{DecodeError, MAGIC, Section, VERSION};
pub use instr::{FieldKind, Instr, InstrInfo, Reg, wide};
pub use object::{Field, Object, ObjectTy, first_chosen};
pub use parts::Fields;
pub use program::{
    Builtin, Debug, Disclosure, DisclosureKind, Function, InlineCall, InputRow, LineSpan, Need, Operands, OutputRow,
    Program, Receivers,
};
pub use slots::{SlotFormats, SlotRow};
pub use text::TextError;
pub use types::{FuncType, Leaf, Type};
#[cfg(feature = "mutants")]
pub use verify::rule::{Rule, switch_off};
pub use verify::{Fault, Location, VerifiedProgram, VerifyError, needs, type_fits, verify};
