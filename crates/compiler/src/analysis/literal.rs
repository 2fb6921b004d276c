//! Expressions of literals alone and the format that their context takes in, one constant out (LANGUAGE §6.1).
//!
//! Literals take the format before anything is computed, so `7 / 2` is 3.5 where a real type is expected.

use stoffel_syntax::ast::{BinaryOp, UnaryOp};
use stoffel_syntax::{Code, Span};
use stoffel_value::{BinOp, IntTy, ScalarTy, TrapCode, UnOp, Value, binary, from_i128, parse_fix, parse_scalar, unary};

use super::body::{Body, poison};
use super::tree::{Expr as Surface, ExprKind, Lit};
use super::ty::{self, public};
use crate::hir::{Expr, ExprKind as HirKind, Ty};

/// A chain of literals: the first operand and the operators that follow it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain<'a> {
    pub(crate) first: &'a Surface,
    pub(crate) rest: &'a [(BinaryOp, Span, Surface)],
}

impl<'a> Chain<'a> {
    /// The chain of one expression.
    pub(crate) const fn one(first: &'a Surface) -> Self {
        Self { first, rest: &[] }
    }

    /// All of it.
    pub(crate) fn span(&self) -> Span {
        let end = self.rest.last().map_or(self.first.span.end, |(_, _, last)| last.span.end);
        Span { end, ..self.first.span }
    }

    /// Its class.
    pub(crate) fn lit(&self) -> Lit {
        self.rest.iter().fold(self.first.lit, |lit, (_, _, operand)| super::lower::joint(lit, operand.lit))
    }
}

impl Body<'_, '_> {
    /// The constant that literals give where `hint` is expected.
    pub(crate) fn literal(&mut self, chain: Chain<'_>, hint: Option<&Ty>) -> Expr {
        let span = chain.span();
        let hinted = hint.and_then(|hint| match hint {
            Ty::Optional(inner) => ty::scalar(inner),
            other => ty::scalar(other),
        });
        let format = match (chain.lit(), hinted) {
            (Lit::Real, Some(fix @ ScalarTy::Fix(_))) => fix,
            (Lit::Real, _) => ScalarTy::Float,
            (_, Some(format)) => format,
            (_, None) => ScalarTy::I64,
        };
        match self.chain_word(chain, format) {
            Some(word) => constant(format, word, span),
            None => poison(span),
        }
    }

    fn chain_word(&mut self, chain: Chain<'_>, format: ScalarTy) -> Option<u64> {
        if format == ScalarTy::Bool {
            return self.bit(chain);
        }
        let mut word = self.word(chain.first, format)?;
        for (op, span, operand) in chain.rest {
            let right = self.word(operand, format)?;
            let op = match op {
                BinaryOp::Add => BinOp::Add,
                BinaryOp::Sub => BinOp::Sub,
                BinaryOp::Mul => BinOp::Mul,
                BinaryOp::Div => BinOp::Div,
                BinaryOp::FloorDiv => BinOp::FloorDiv,
                BinaryOp::Rem => BinOp::Rem,
                _ => BinOp::Mod,
            };
            word = self.trap(binary(op, format, word, right), *span)?;
        }
        Some(word)
    }

    /// 0 and 1 are bools where a bool is expected.
    fn bit(&mut self, chain: Chain<'_>) -> Option<u64> {
        match (&chain.first.bare().kind, chain.rest) {
            (ExprKind::Int(value @ (0 | 1), None), []) => u64::try_from(*value).ok(),
            _ => {
                self.error(Code::E0302, chain.span(), "only the literals 0 and 1 stand for a bool");
                None
            }
        }
    }

    fn word(&mut self, expr: &Surface, format: ScalarTy) -> Option<u64> {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.word_inner(expr, format))
    }

    fn word_inner(&mut self, expr: &Surface, format: ScalarTy) -> Option<u64> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.word(inner, format),
            ExprKind::Int(value, _) => self.integer(*value, false, format, expr.span),
            ExprKind::Float(digits) => self.real(digits, false, format, expr.span),
            ExprKind::Unary(UnaryOp::Neg, operand) => match &operand.bare().kind {
                ExprKind::Int(value, _) => self.integer(*value, true, format, expr.span),
                ExprKind::Float(digits) => self.real(digits, true, format, expr.span),
                _ => {
                    let word = self.word(operand, format)?;
                    self.trap(unary(UnOp::Neg, format, word), expr.span)
                }
            },
            ExprKind::Unary(_, operand) => self.word(operand, format),
            ExprKind::Binary(first, rest) => self.chain_word(Chain { first, rest }, format),
            ExprKind::Power(base, span, exponent) => {
                let base = self.word(base, format)?;
                if exponent.lit == Lit::Real {
                    let exponent = self.word(exponent, format)?;
                    return self.trap(binary(BinOp::Pow, format, base, exponent), *span);
                }
                let exponent = self.word(exponent, ScalarTy::I64)?;
                self.trap(binary(BinOp::PowInt, format, base, exponent), *span)
            }
            _ => None,
        }
    }

    /// A single integer literal with its sign.
    pub(crate) fn integer(&mut self, value: u128, negative: bool, format: ScalarTy, span: Span) -> Option<u64> {
        let sign = if negative { "-" } else { "" };
        let word = match format {
            ScalarTy::Float | ScalarTy::Fix(_) => parse_scalar(format, &format!("{sign}{value}.0")).ok(),
            _ => i128::try_from(value)
                .ok()
                .map(|value| if negative { -value } else { value })
                .and_then(|value| from_i128(format, value)),
        };
        if word.is_none() {
            self.error(Code::E0302, span, format!("{sign}{value} does not fit `{format}`"));
        }
        word
    }

    fn real(&mut self, digits: &str, negative: bool, format: ScalarTy, span: Span) -> Option<u64> {
        let text = if negative { format!("-{digits}") } else { digits.to_owned() };
        let word = match format {
            ScalarTy::Fix(fix) => parse_fix(fix, &text).map_err(|_| ()),
            _ => text.parse::<f64>().map(f64::to_bits).map_err(|_| ()),
        };
        match word {
            Ok(word) => Some(word),
            Err(_) => {
                self.error(Code::E0302, span, format!("{text} does not fit `{format}`"));
                None
            }
        }
    }

    /// A literal with suffix.
    pub(crate) fn suffixed(&mut self, value: u128, negative: bool, suffix: IntTy, span: Span) -> Expr {
        let format = ScalarTy::Int(suffix);
        match self.integer(value, negative, format, span) {
            Some(word) => constant(format, word, span),
            None => poison(span),
        }
    }

    /// The outcome of a constant operation; a trap is E0323.
    pub(crate) fn trap<T>(&mut self, outcome: Result<T, TrapCode>, span: Span) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(trap) => {
                self.error(Code::E0323, span, format!("this constant operation would trap: {}", trap.text()));
                None
            }
        }
    }
}

/// A public scalar constant.
pub(crate) const fn constant(format: ScalarTy, word: u64, span: Span) -> Expr {
    Expr { kind: HirKind::Const(Value::Scalar(format, word)), ty: public(format), span }
}

/// The word of a public scalar constant.
pub(crate) const fn word_of(expr: &Expr) -> Option<(ScalarTy, u64)> {
    match &expr.kind {
        HirKind::Const(Value::Scalar(format, word)) => Some((*format, *word)),
        _ => None,
    }
}
