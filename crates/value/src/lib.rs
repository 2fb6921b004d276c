//! Public values: arithmetic, conversion, parsing and printing, the same bits on every machine.
//!
//! A public scalar travels as a *word* (`u64`) beside its [`ScalarTy`]: integers sign- or
//! zero-extended to 64 bits, `bool` as 0 or 1, `float64` as its IEEE bits, fixed point as its
//! sign-extended grid integer. Composite values that people see or give are a [`Value`].
//! Not here: parties, language types, IO.

mod arith;
mod array;
mod convert;
mod literal;
mod op;
mod parse;
mod scalar;
mod text;
mod trap;
mod value;
mod word;

pub use arith::{binary, binary_defined, math, right_operand, unary, unary_defined};
pub use array::{AXES_MAX, axes};
pub use convert::{compare, convert};
pub use literal::{Literal, Shape};
pub use op::{BinOp, CmpOp, MathOp, ScalarOp, UnOp};
pub use parse::{ParseError, parse_fix, parse_scalar};
pub use scalar::{FixTy, IntTy, ScalarTy};
pub use text::{FormatSpec, SpecError, SpecFor, print_fix, print_float, print_scalar, quote};
pub use trap::TrapCode;
pub use value::Value;
pub use word::{from_i128, is_canonical, range, to_i128, wrap};
