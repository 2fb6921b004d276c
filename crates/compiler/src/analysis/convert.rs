//! A typed expression and the type that its place needs in, the converted expression or the finding out.
//!
//! Source: LANGUAGE §6.3 (implicit), §6.4 (explicit), §10.1.

use stoffel_syntax::{Code, Span};
use stoffel_value::{ScalarTy, Value, convert};

use super::body::{Body, poison};
use super::function;
use super::literal::{Chain, constant, word_of};
use super::tree::{Expr as Surface, Lit};
use super::ty::{self, Fit};
use crate::hir::{Expr, ExprKind, Ty};

impl Body<'_, '_> {
    /// An expression in a place of type `want`: literals take its format, the rest is converted or rejected.
    pub(crate) fn check(&mut self, surface: &Surface, want: &Ty) -> Expr {
        self.note_place(surface, want);
        let expr = self.expr(surface, Some(want));
        self.coerce(expr, want)
    }

    /// Converts as a place does.
    pub(crate) fn coerce(&mut self, expr: Expr, want: &Ty) -> Expr {
        let span = expr.span;
        if let (Ty::Def(_), Some(func)) = (&expr.ty, function::wanted(want)) {
            let func = func.clone();
            let typed = self.as_function(expr, &func);
            return if typed.ty == *want || typed.ty == Ty::Error { typed } else { self.coerce(typed, want) };
        }
        let from = ty::name(&expr.ty);
        let to = ty::name(want);
        match ty::fit(&expr.ty, want) {
            Fit::Same if expr.ty == Ty::Error || *want == Ty::Error => expr,
            Fit::Same if expr.ty == *want => expr,
            Fit::Same => Expr { ty: want.clone(), ..expr },
            Fit::Convert if ty::plain(want) != *want || ty::plain(&expr.ty) != expr.ty => self.renamed(expr, want),
            Fit::Convert => self.converted(expr, want),
            Fit::Leak => {
                let message = format!("a `{from}` would become a public `{to}`");
                self.leak(Code::E0401, span, message, &expr)
            }
            Fit::Explicit => {
                let name = ty::name(&ty::public_of(want));
                self.error(Code::E0303, span, format!("`{from}` does not convert to `{to}` by itself")).help =
                    Some(format!("convert explicitly: `{name}(…)`"));
                poison(span)
            }
            Fit::Mismatch if matches!(expr.ty, Ty::Optional(_)) && fits_inside(&expr.ty, want) => {
                self.unchecked(&expr.ty, span);
                poison(span)
            }
            Fit::Mismatch => self.fail(Code::E0301, span, format!("expected `{to}`, found `{from}`")),
        }
    }

    /// Between an enum and `int64`, or enums of different secrecy: the word stays, its name changes.
    fn renamed(&mut self, expr: Expr, want: &Ty) -> Expr {
        let (from, to) = (ty::plain(&expr.ty), ty::plain(want));
        let word = Expr { ty: from.clone(), ..expr };
        let word = if from == to { word } else { self.converted(word, &to) };
        Expr { ty: want.clone(), ..word }
    }

    /// The node of a conversion that is allowed; constants are converted here.
    pub(crate) fn converted(&mut self, expr: Expr, want: &Ty) -> Expr {
        let span = expr.span;
        if let (Some((from, word)), Some(to)) = (word_of(&expr), ty::scalar(want)) {
            let Some(word) = self.trap(convert(from, to, word), span) else { return poison(span) };
            let public = constant(to, word, span);
            return if ty::is_secret(want) { wrap(public, want) } else { public };
        }
        match (ty::scalar(&expr.ty), ty::scalar(want)) {
            // One node changes one thing: first the format, then the secrecy.
            (Some(from), Some(to)) if from != to && ty::is_secret(want) && !ty::is_secret(&expr.ty) => {
                let public = wrap(expr, &ty::public(to));
                wrap(public, want)
            }
            _ => wrap(expr, want),
        }
    }

    /// A number in the format `to`, as secret as it is.
    pub(crate) fn in_format(&mut self, expr: Expr, to: ScalarTy) -> Expr {
        if ty::scalar(ty::leaf(&expr.ty)).is_none_or(|from| from == to) {
            return expr;
        }
        let want = ty::shaped(to, &expr.ty, &expr.ty);
        self.converted(expr, &want)
    }

    /// The explicit conversion `D(x)`.
    pub(crate) fn explicit(&mut self, to: &Ty, surface: &Surface, span: Span) -> Expr {
        let Some(format) = ty::scalar(&ty::plain(to)) else {
            self.expr(surface, None);
            if *to == Ty::Error {
                return poison(span);
            }
            return self.fail(Code::E0325, span, format!("there is no conversion to `{}`", ty::name(to)));
        };
        let mut expr = if surface.lit == Lit::Int { self.own_literal(surface, to) } else { self.expr(surface, None) };
        expr.span = span;
        if expr.ty == Ty::Share && format != ScalarTy::Float {
            return self.converted(expr, &ty::secret(format));
        }
        let Some(from) = ty::scalar(ty::leaf(&expr.ty)) else {
            if expr.ty == Ty::Error || self.unchecked(&expr.ty, span) {
                return poison(span);
            }
            let message = format!("there is no conversion from `{}` to `{}`", ty::name(&expr.ty), ty::name(to));
            let string = expr.ty == Ty::Str;
            let error = self.error(Code::E0325, span, message);
            if string {
                error.help = Some("read numbers from text with `parse_int`".into());
            }
            return poison(span);
        };
        if format == ScalarTy::Float && ty::has_secret(&expr.ty) {
            let message = "a secret does not convert to `float64`, which is never secret";
            let why = self.leak(Code::E0403, span, message, &expr);
            if let Some(last) = self.diagnostics.last_mut() {
                last.help = Some("use `fix64`".into());
            }
            return why;
        }
        let want = ty::shaped(format, &expr.ty, to);
        if from == format && expr.ty == want { expr } else { self.converted(expr, &want) }
    }

    /// An untyped literal under an explicit conversion: an `int64`, or of the type itself if only that holds it.
    fn own_literal(&mut self, surface: &Surface, to: &Ty) -> Expr {
        let before = self.diagnostics.len();
        let expr = self.literal(Chain::one(surface), None);
        let too_wide = self.diagnostics.get(before).is_some_and(|found| found.code == Code::E0302);
        if too_wide && ty::is_int(to) {
            self.diagnostics.truncate(before);
            return self.literal(Chain::one(surface), Some(to));
        }
        expr
    }
}

/// Whether what is in an optional would do where it does not.
fn fits_inside(optional: &Ty, want: &Ty) -> bool {
    !ty::has_error(optional) && !matches!(ty::fit(ty::core(optional), want), Fit::Mismatch | Fit::Leak)
}

/// A conversion node.
pub(crate) fn wrap(expr: Expr, want: &Ty) -> Expr {
    let span = expr.span;
    Expr { kind: ExprKind::Convert(Box::new(expr)), ty: want.clone(), span }
}

/// A public string constant.
pub(crate) fn text(value: &str, span: Span) -> Expr {
    Expr { kind: ExprKind::Const(Value::Str(value.to_owned())), ty: Ty::Str, span }
}
