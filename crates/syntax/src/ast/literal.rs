//! Views of literals, with decoded values.
//!
//! The lexer has reported what is malformed; decoding here never fails and gives 0, the replacement character or the
//! text as it stands for what was.

use rowan::NodeOrToken;

use super::{AstNode, Expr, ast_node, child, node_span, token, token_span};
use crate::diagnostic::{FileId, Span};
use crate::kind::{SyntaxKind, SyntaxNode};
use crate::unescape::{Quotes, unescape};

ast_node! {
    /// An integer.
    IntLit
}

/// The type that a literal's suffix fixes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum IntSuffix {
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
}

impl IntSuffix {
    /// Every suffix with its text.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::I8, "i8"),
        (Self::I16, "i16"),
        (Self::I32, "i32"),
        (Self::I64, "i64"),
        (Self::U8, "u8"),
        (Self::U16, "u16"),
        (Self::U32, "u32"),
        (Self::U64, "u64"),
    ];

    /// The suffix that a literal ends with, and the literal without it.
    #[must_use]
    pub fn split(literal: &str) -> (&str, Option<Self>) {
        for (suffix, text) in Self::ALL {
            if let Some(digits) = literal.strip_suffix(text) {
                return (digits, Some(suffix));
            }
        }
        (literal, None)
    }
}

/// The value of integer digits with their prefix; `None` for a digit outside the base, no digits or 2^128 and more.
pub(crate) fn int_value(text: &str) -> Option<u128> {
    let (digits, radix) = match text.get(..2) {
        Some("0x" | "0X") => (&text[2..], 16),
        Some("0b" | "0B") => (&text[2..], 2),
        Some("0o" | "0O") => (&text[2..], 8),
        _ => (text, 10),
    };
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return None;
    }
    digits
        .chars()
        .filter(|&digit| digit != '_')
        .try_fold(0u128, |value, digit| value.checked_mul(radix.into())?.checked_add(digit.to_digit(radix)?.into()))
}

impl IntLit {
    /// The value, below 2^128; without the sign, which is an operator.
    #[must_use]
    pub fn value(&self) -> u128 {
        let text = self.0.text().to_string();
        int_value(IntSuffix::split(&text).0).unwrap_or(0)
    }

    /// The type that it fixes.
    #[must_use]
    pub fn suffix(&self) -> Option<IntSuffix> {
        IntSuffix::split(&self.0.text().to_string()).1
    }
}

ast_node! {
    /// A number with point or exponent.
    FloatLit
}

impl FloatLit {
    /// The nearest `f64`; infinite if the literal is beyond its range.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.digits().parse().unwrap_or(0.0)
    }

    /// The literal without `_`, for formats that are finer than `f64`.
    #[must_use]
    pub fn digits(&self) -> String {
        self.0.text().to_string().replace('_', "")
    }
}

ast_node! {
    /// A string, not formatted.
    StringLit
}

impl StringLit {
    /// The text, escapes decoded, CRLF as LF.
    #[must_use]
    pub fn value(&self) -> String {
        let text = self.0.text().to_string();
        unescape(Quotes::strip(&text), false)
    }
}

ast_node! {
    /// `True` or `False`
    BoolLit
}

impl BoolLit {
    /// The value.
    #[must_use]
    pub fn value(&self) -> bool {
        token(&self.0, SyntaxKind::TrueKw).is_some()
    }
}

ast_node! {
    /// `None`
    NoneLit
}

ast_node! {
    /// `f"text {hole} text"`
    FString
}

/// A piece of a formatted string.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum FPart {
    /// Literal text, decoded.
    Text(String),
    /// A formatted expression.
    Hole(Hole),
}

impl FString {
    /// Texts and holes, in order.
    pub fn parts(&self) -> impl Iterator<Item = FPart> + use<> {
        self.0.children_with_tokens().filter_map(|element| match element {
            NodeOrToken::Token(token) if token.kind() == SyntaxKind::FText => {
                Some(FPart::Text(unescape(token.text(), true)))
            }
            NodeOrToken::Token(_) => None,
            NodeOrToken::Node(node) => Hole::cast(node).map(FPart::Hole),
        })
    }
}

ast_node! {
    /// `{expr}` or `{expr:spec}`
    Hole
}

impl Hole {
    /// The expression.
    #[must_use]
    pub fn expr(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The format as written after `:`; `None` without one.
    #[must_use]
    pub fn spec(&self) -> Option<String> {
        token(&self.0, SyntaxKind::HoleColon)?;
        Some(token(&self.0, SyntaxKind::FormatSpec).map(|spec| spec.text().to_owned()).unwrap_or_default())
    }

    /// Where the format stands; the whole hole without one.
    #[must_use]
    pub fn spec_span(&self, file: FileId) -> Span {
        match token(&self.0, SyntaxKind::FormatSpec) {
            Some(spec) => token_span(&spec, file),
            None => node_span(self.syntax() as &SyntaxNode, file),
        }
    }
}
