//! The macro that turns the instruction table into the enum, its names, its fields and their encoding.
//!
//! One line of the table drives encoder, decoder, text form and the verifier's bounds: a field is a name and a
//! [`FieldKind`], and the kind says what the number means and which table bounds it.

use stoffel_value::{BinOp, CmpOp, UnOp};

use crate::Builtin;

/// What a field of an instruction means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldKind {
    /// Word register, written.
    WordOut,
    /// Word register, read.
    WordIn,
    /// Word register, read and then written.
    WordStep,
    /// First of a run of word registers, perhaps an empty one; the instruction's rule bounds the run.
    WordRun,
    /// Reference register, written.
    RefOut,
    /// Reference register, read.
    RefIn,
    /// Reference register, let go of.
    RefDrop,
    /// Secret register, written.
    SecretOut,
    /// Secret register, read.
    SecretIn,
    /// Secret register, let go of.
    SecretDrop,
    /// Signed immediate.
    Imm,
    /// Signed jump distance from this instruction.
    By,
    /// Index into `Function::words_pool`.
    Pool,
    /// Index into `Function::operands`.
    Ops,
    /// Index into `Program::types`.
    Type,
    /// Index into `Program::disclosures`.
    Row,
    /// Index into `Program::disclosures`, or 0xffff.
    RowOrNone,
    /// Index into `Program::inputs`.
    InputRow,
    /// Index into `Program::outputs`.
    OutputRow,
    /// Index into the fields of an object.
    Field,
    /// Index into `Program::slots`.
    SlotRow,
    /// Index into `TrapCode::ALL`.
    Trap,
    /// High half of an instruction index; [`FieldKind::TargetLo`] follows.
    TargetHi,
    /// Low half of an instruction index.
    TargetLo,
    /// High half of a function index; [`FieldKind::FunctionLo`] follows.
    FunctionHi,
    /// Low half of a function index.
    FunctionLo,
    /// Index of a function.
    Function,
    /// High half of a string index; [`FieldKind::StringLo`] follows.
    StringHi,
    /// Low half of a string index.
    StringLo,
    /// Selector: an operation on two scalars.
    BinOp,
    /// Selector: a comparison.
    CmpOp,
    /// Selector: an operation on one scalar.
    UnOp,
    /// Selector: a library operation.
    Builtin,
    /// Selector: two bits.
    Bits,
}

impl FieldKind {
    /// Whether the field stands in the selector byte rather than in one of the three 16-bit fields.
    #[must_use]
    pub const fn is_selector(self) -> bool {
        matches!(self, Self::BinOp | Self::CmpOp | Self::UnOp | Self::Builtin | Self::Bits)
    }
}

/// One row of the instruction table.
#[derive(Clone, Copy, Debug)]
pub struct InstrInfo {
    /// Mnemonic of the text form.
    pub name: &'static str,
    /// Fields in order.
    pub fields: &'static [(&'static str, FieldKind)],
}

/// A field's value as sixteen bits.
pub(super) trait Raw: Sized {
    fn to_raw(self) -> u16;
    fn from_raw(raw: u16) -> Option<Self>;
}

impl Raw for u16 {
    fn to_raw(self) -> u16 {
        self
    }
    fn from_raw(raw: u16) -> Option<Self> {
        Some(raw)
    }
}

impl Raw for i16 {
    fn to_raw(self) -> u16 {
        self as u16
    }
    fn from_raw(raw: u16) -> Option<Self> {
        Some(raw as Self)
    }
}

/// The selector of two bits.
impl Raw for u8 {
    fn to_raw(self) -> u16 {
        self.into()
    }
    fn from_raw(raw: u16) -> Option<Self> {
        (raw < 4).then_some(raw as Self)
    }
}

macro_rules! raw_by_table {
    ($($ty:ty),*) => { $(
        impl Raw for $ty {
            fn to_raw(self) -> u16 {
                self as u16
            }
            fn from_raw(raw: u16) -> Option<Self> {
                Self::ALL.get(usize::from(raw)).copied()
            }
        }
    )* };
}
raw_by_table!(BinOp, CmpOp, UnOp, Builtin);

/// The Rust type of a field of a kind.
macro_rules! field_type {
    (BinOp) => {
        stoffel_value::BinOp
    };
    (CmpOp) => {
        stoffel_value::CmpOp
    };
    (UnOp) => {
        stoffel_value::UnOp
    };
    (Builtin) => {
        crate::Builtin
    };
    (Bits) => {
        u8
    };
    (Imm) => {
        i16
    };
    (By) => {
        i16
    };
    ($register_or_index:ident) => {
        u16
    };
}

macro_rules! instructions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal $({ $($field:ident: $kind:ident),* $(,)? })?,)*) => {
        /// One instruction.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs, reason = "fields follow the letters of the module header")]
        pub enum Instr { $($(#[$doc])* $variant $({ $($field: field_type!($kind)),* })?,)* }

        #[derive(Clone, Copy)]
        #[repr(u8)]
        enum Opcode { $($variant,)* }

        impl Instr {
            /// The instruction table, in the order of opcodes.
            pub const TABLE: &'static [InstrInfo] = &[$(InstrInfo {
                name: $name,
                fields: &[$($((stringify!($field), FieldKind::$kind)),*)?],
            },)*];

            /// Position in [`Instr::TABLE`].
            #[must_use]
            pub const fn opcode(self) -> u8 {
                match self { $(Self::$variant $({ $($field: _),* })? => Opcode::$variant as u8,)* }
            }

            /// The fields in the order of the table; how many there are, the table says.
            #[must_use]
            pub fn raw_fields(self) -> [u16; 4] {
                let mut raw = [0; 4];
                match self { $(Self::$variant $({ $($field),* })? => {
                    let values: &[u16] = &[$($($field.to_raw()),*)?];
                    raw[..values.len()].copy_from_slice(values);
                })* }
                raw
            }

            /// The instruction with these fields, taken in the order of the table; `None` if the opcode or a selector is unknown.
            #[must_use]
            pub fn from_raw_fields(opcode: u8, raw: [u16; 4]) -> Option<Self> {
                let mut values = raw.into_iter();
                let instr = match opcode {
                    $(code if code == Opcode::$variant as u8 => Self::$variant $({ $($field: Raw::from_raw(values.next()?)?),* })?,)*
                    _ => return None,
                };
                values.all(|unused| unused == 0).then_some(instr)
            }
        }
    };
}

pub(super) use {field_type, instructions};
