//! Operator tokens in, operators as closed sets out.
//!
//! Word forms and the spellings of other languages (E0111) are the operator they stand for.

use crate::kind::SyntaxKind;

macro_rules! operators {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $text:literal = $($kind:ident)|+,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum $name { $(#[doc = concat!("`", $text, "`")] $variant,)* }

        impl $name {
            /// The operator of a token.
            #[must_use]
            pub const fn from_token(kind: SyntaxKind) -> Option<Self> {
                match kind {
                    $($(SyntaxKind::$kind)|+ => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Its principal spelling.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

operators! {
    /// Binary operators, but for comparisons, `..` and `**`.
    BinaryOp {
        Or "or" = OrKw | PipePipe,
        Xor "xor" = XorKw,
        And "and" = AndKw | AmpAmp,
        BitOr "|" = Pipe,
        BitXor "^" = Caret,
        BitAnd "&" = Amp,
        Shl "<<" = Shl | ShlKw,
        Shr ">>" = Shr | ShrKw,
        Add "+" = Plus,
        Sub "-" = Minus,
        AddWrap "+%" = PlusPercent,
        SubWrap "-%" = MinusPercent,
        Mul "*" = Star,
        Div "/" = Slash,
        FloorDiv "//" = SlashSlash,
        Rem "%" = Percent,
        MatMul "@" = At,
        MulWrap "*%" = StarPercent,
        Mod "mod" = ModKw,
    }
}

operators! {
    /// Prefix operators.
    UnaryOp {
        Neg "-" = Minus,
        Pos "+" = Plus,
        BitNot "~" = Tilde,
        Not "not" = NotKw | Bang,
    }
}

operators! {
    /// Compound assignments.
    AugOp {
        Add "+=" = PlusEq,
        Sub "-=" = MinusEq,
        Mul "*=" = StarEq,
        Div "/=" = SlashEq,
        FloorDiv "//=" = SlashSlashEq,
        Rem "%=" = PercentEq,
        Pow "**=" = StarStarEq,
        MatMul "@=" = AtEq,
        AddWrap "+%=" = PlusPercentEq,
        SubWrap "-%=" = MinusPercentEq,
        MulWrap "*%=" = StarPercentEq,
        BitAnd "&=" = AmpEq,
        BitOr "|=" = PipeEq,
        BitXor "^=" = CaretEq,
        Shl "<<=" = ShlEq,
        Shr ">>=" = ShrEq,
    }
}

/// A link of a comparison chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Comparison {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `is`
    Is,
    /// `is not`
    IsNot,
}

impl Comparison {
    /// Its spelling.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Is => "is",
            Self::IsNot => "is not",
        }
    }
}

impl AugOp {
    /// The operator that it applies; `None` for `**=`, which is a power.
    #[must_use]
    pub const fn binary(self) -> Option<BinaryOp> {
        Some(match self {
            Self::Add => BinaryOp::Add,
            Self::Sub => BinaryOp::Sub,
            Self::Mul => BinaryOp::Mul,
            Self::Div => BinaryOp::Div,
            Self::FloorDiv => BinaryOp::FloorDiv,
            Self::Rem => BinaryOp::Rem,
            Self::Pow => return None,
            Self::MatMul => BinaryOp::MatMul,
            Self::AddWrap => BinaryOp::AddWrap,
            Self::SubWrap => BinaryOp::SubWrap,
            Self::MulWrap => BinaryOp::MulWrap,
            Self::BitAnd => BinaryOp::BitAnd,
            Self::BitOr => BinaryOp::BitOr,
            Self::BitXor => BinaryOp::BitXor,
            Self::Shl => BinaryOp::Shl,
            Self::Shr => BinaryOp::Shr,
        })
    }
}
