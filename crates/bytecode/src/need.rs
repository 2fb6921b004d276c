//! A secret operation with the secrecy of its operands in; its name in words of the language out.

use std::fmt;

use stoffel_value::{BinOp, ScalarOp, ScalarTy};

use crate::Need;

impl Need {
    /// A need; operands beyond `public` are secret.
    #[must_use]
    pub fn new(op: ScalarOp, public: &[bool]) -> Self {
        Self { op, public: std::array::from_fn(|at| public.get(at).copied().unwrap_or(false)) }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operand = |at: usize, ty: ScalarTy| format!("{} {ty}", if self.public[at] { "public" } else { "secret" });
        match self.op {
            ScalarOp::Binary(op, ty) => {
                write!(out, "operation `{}` of {} and {}", symbol(op), operand(0, ty), operand(1, ty))
            }
            ScalarOp::Unary(op, ty) => write!(out, "operation `{}` of {}", op.name(), operand(0, ty)),
            ScalarOp::Compare(op, a, b) => {
                write!(out, "comparison `{}` of {} and {}", op.name(), operand(0, a), operand(1, b))
            }
            ScalarOp::Select(ty) => write!(out, "selection of {ty}"),
            ScalarOp::Convert(from, to) => write!(out, "conversion from secret {from} to secret {to}"),
            ScalarOp::Sum(ty) => write!(out, "sum of secret {ty}"),
            ScalarOp::Dot(ty) => write!(out, "dot product of secret {ty}"),
            ScalarOp::OneHot(ty) => write!(out, "secret {ty} as an index"),
            ScalarOp::Pick(ty) => write!(out, "element of {ty} at a secret index"),
            ScalarOp::Any => out.write_str("`any` of secret bools"),
            ScalarOp::All => out.write_str("`all` of secret bools"),
        }
    }
}

/// The operator as it is written.
const fn symbol(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::FloorDiv => "//",
        BinOp::Rem => "%",
        BinOp::Mod => "mod",
        BinOp::Pow | BinOp::PowInt => "**",
        BinOp::AddWrap => "+%",
        BinOp::SubWrap => "-%",
        BinOp::MulWrap => "*%",
        BinOp::And => "and",
        BinOp::Or => "or",
        BinOp::Xor => "xor",
        BinOp::Shl => "<<",
        BinOp::Shr => ">>",
        BinOp::Min => "min",
        BinOp::Max => "max",
    }
}
