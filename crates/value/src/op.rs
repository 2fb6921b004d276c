//! The closed table of scalar operations, public and secret alike.
//!
//! Compiler, bytecode, engines and constant folding all name operations by these enums. Their meaning on
//! words is this crate's arithmetic (LANGUAGE §7); engines compute the same on sharings (LANGUAGE §10.4).

use crate::ScalarTy;

macro_rules! names {
    ($(#[$doc:meta])* $ty:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum $ty { $($(#[$vdoc])* $variant,)* }
        impl $ty {
            /// Every operation of the table, in the order of its encoding.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// Mnemonic in text forms and statistics.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
            /// The operation that `ALL` holds at `code`.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.get(usize::from(code)).copied()
            }
        }
    };
}

names! {
    /// Operations on two scalars of one format, with a result of that format.
    BinOp {
        /// `+`, checked.
        Add = "add",
        /// `-`, checked.
        Sub = "sub",
        /// `*`, checked; fixed: nearest grid point, ties to even.
        Mul = "mul",
        /// `/`: integers truncate; fixed round to nearest.
        Div = "div",
        /// `//`: floors.
        FloorDiv = "floordiv",
        /// `%`: sign of the dividend.
        Rem = "rem",
        /// `mod`: sign of the divisor.
        Mod = "mod",
        /// `**`; an integer exponent of another format is converted to `int64` and uses `PowInt`.
        Pow = "pow",
        /// `**` with an `int64` exponent as right operand.
        PowInt = "powint",
        /// `+%`
        AddWrap = "addw",
        /// `-%`
        SubWrap = "subw",
        /// `*%`
        MulWrap = "mulw",
        /// `and`, `&`
        And = "and",
        /// `or`, `|`
        Or = "or",
        /// `xor`, `^`
        Xor = "xor",
        /// `shl`, `<<`; the amount is an `int64` word.
        Shl = "shl",
        /// `shr`, `>>`; the amount is an `int64` word.
        Shr = "shr",
        /// The lesser.
        Min = "min",
        /// The greater.
        Max = "max",
    }
}

names! {
    /// Operations on one scalar, with a result of its format.
    UnOp {
        /// Unary `-`, checked.
        Neg = "neg",
        /// `not`, `~`
        Not = "not",
        /// `abs`, checked.
        Abs = "abs",
    }
}

names! {
    /// Functions of one public `float64` ([`crate::math`]).
    MathOp {
        /// Square root.
        Sqrt = "sqrt",
        /// e to the power.
        Exp = "exp",
        /// Natural logarithm.
        Log = "log",
        /// Logarithm to base 2.
        Log2 = "log2",
        /// Sine of radians.
        Sin = "sin",
        /// Cosine of radians.
        Cos = "cos",
        /// Tangent of radians.
        Tan = "tan",
        /// Angle in radians whose tangent it is.
        Atan = "atan",
        /// Hyperbolic tangent.
        Tanh = "tanh",
    }
}

names! {
    /// Comparisons; the result is a bool.
    CmpOp {
        /// `==`
        Eq = "eq",
        /// `!=`
        Ne = "ne",
        /// `<`
        Lt = "lt",
        /// `<=`
        Le = "le",
        /// `>`
        Gt = "gt",
        /// `>=`
        Ge = "ge",
    }
}

/// One operation on secret scalars or vectors of them, with the formats of its operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ScalarOp {
    /// Two operands of the format, result of the format. The right operand of `Shl`, `Shr` and `PowInt` is `int64`
    /// (public) or, for shifts, a secret of the left format.
    Binary(BinOp, ScalarTy),
    /// Two operands, compared by exact value; integer formats may differ.
    Compare(CmpOp, ScalarTy, ScalarTy),
    /// One operand.
    Unary(UnOp, ScalarTy),
    /// Condition (bool), then the value if true, then the value if false, both of the format.
    Select(ScalarTy),
    /// Explicit conversion (LANGUAGE §6.4).
    Convert(ScalarTy, ScalarTy),
    /// Sum of the elements of one vector; the result is one scalar of the format.
    Sum(ScalarTy),
    /// Sum of products of two vectors of equal length; fixed sums are rounded once.
    Dot(ScalarTy),
    /// Whether any element of a bool vector is true.
    Any,
    /// Whether all elements of a bool vector are true.
    All,
    /// Index of the integer format, a bool, and a public number n: n bools, all false but that at the index, which is the bool.
    /// R0201 [S] for an index below 0 or from n on.
    OneHot(ScalarTy),
    /// Result of `OneHot`, and as many elements of the format: the element where it holds, else 0.
    Pick(ScalarTy),
}
