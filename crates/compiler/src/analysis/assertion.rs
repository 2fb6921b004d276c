//! `assert c, m` in; the condition with its operands named, and a message that shows them, out (LANGUAGE §19.4).
//!
//! Public operands print as their values, secret ones as `<secret T>`; operands are evaluated once, by the condition.

use stoffel_syntax::Span;

use super::body::Body;
use super::compare::op_text;
use super::operator::bind;
use super::rule::Rule;
use super::tree::Expr as Surface;
use super::ty;
use crate::hir::{Expr, ExprKind as HirKind, Part, Stmt, StmtKind as HirStmt, Ty};

impl Body<'_, '_> {
    /// E0407 for a secret condition.
    pub(crate) fn assert(&mut self, condition: &Surface, message: Option<&Surface>, span: Span, out: &mut Vec<Stmt>) {
        if Rule::ChosenAssert.on() {
            self.forbid(stoffel_syntax::Code::E0415, span, "`assert` would stop the run where a secret chooses");
        }
        let condition = self.condition(condition);
        if ty::is_secret(&condition.ty) && Rule::AssertCondition.on() {
            self.leak(stoffel_syntax::Code::E0407, condition.span, "the condition of `assert` is public", &condition);
        }
        let message = message.map(|message| self.check(message, &Ty::Str));
        let (condition, shown) = self.shown(condition);
        let message = match (message, shown) {
            (message, None) => message,
            (None, Some(shown)) => Some(text(shown, span)),
            (Some(message), Some(shown)) => {
                let parts = [Part::Hole(message, None), Part::Text(": ".to_owned())].into_iter().chain(shown);
                Some(text(parts.collect(), span))
            }
        };
        out.push(Stmt { kind: HirStmt::Assert(condition, message), span });
    }

    /// A comparison, revealed or not, with hoisted operands, and the parts of a text that shows them.
    fn shown(&mut self, condition: Expr) -> (Expr, Option<Vec<Part>>) {
        let Expr { kind, ty, span } = condition;
        let same = |kind, ty| (Expr { kind, ty, span }, None);
        let (compared, row) = match kind {
            HirKind::Compare(..) | HirKind::CompareDeep(..) => (Expr { kind, ty: ty.clone(), span }, None),
            HirKind::Reveal(inner, row) if matches!(inner.kind, HirKind::Compare(..) | HirKind::CompareDeep(..)) => {
                (*inner, Some(row))
            }
            kind => return same(kind, ty),
        };
        let inner_ty = compared.ty.clone();
        let deep = matches!(compared.kind, HirKind::CompareDeep(..));
        let (HirKind::Compare(op, left, right) | HirKind::CompareDeep(op, left, right)) = compared.kind else {
            return same(compared.kind, inner_ty);
        };
        let (left, left_value) = self.hoist(*left);
        let (right, right_value) = self.hoist(*right);
        let mut parts = vec![];
        parts.extend(operand(&left));
        parts.push(Part::Text(format!(" {} ", op_text(op))));
        parts.extend(operand(&right));
        parts.push(Part::Text(" is false".to_owned()));
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = if deep { HirKind::CompareDeep(op, left, right) } else { HirKind::Compare(op, left, right) };
        let compared = Expr { kind, ty: inner_ty, span };
        let condition = match row {
            Some(row) => Expr { kind: HirKind::Reveal(Box::new(compared), row), ty, span },
            None => compared,
        };
        (bind(left_value, bind(right_value, condition)), Some(parts))
    }
}

/// How an operand is shown. What holds secrets shows its type, so that no secret lives longer for a message.
fn operand(expr: &Expr) -> Vec<Part> {
    match &expr.ty {
        ty if ty::has_secret(ty) => vec![Part::Text(format!("<{}>", ty::name(ty)))],
        Ty::Str => {
            let quote = || Part::Text("\"".to_owned());
            vec![quote(), Part::Hole(expr.clone(), None), quote()]
        }
        _ => vec![Part::Hole(expr.clone(), None)],
    }
}

fn text(parts: Vec<Part>, span: Span) -> Expr {
    Expr { kind: HirKind::Format(parts), ty: Ty::Str, span }
}
