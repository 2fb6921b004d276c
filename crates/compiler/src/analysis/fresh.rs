//! What a body that a secret chooses has created itself, and may thus change in any way (LANGUAGE §10.5).
//!
//! A variable declared in the body and only ever given new containers is created inside; a parameter is if its argument is. What
//! the elements refer to is not. Whether a variable is given anything else is known after a pass; passes repeat until it stands.

use stoffel_syntax::{Code, Span};

use super::body::Body;
use super::rule::Rule;
use super::ty;
use crate::hir::{Expr, ExprKind, LocalId, Prelude, Ty};

impl Body<'_, '_> {
    /// Whether an expression gives a container that nothing outside of the current body refers to.
    pub(crate) fn is_fresh(&mut self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::List(_)
            | ExprKind::Object(_)
            | ExprKind::Comprehension(..)
            | ExprKind::Dict(_)
            | ExprKind::DictComprehension(..)
            | ExprKind::Slice(..)
            | ExprKind::Select { .. } => true,
            ExprKind::Present(value) => self.is_fresh(value),
            ExprKind::Convert(value) => value.ty != expr.ty || self.is_fresh(value),
            ExprKind::Let(_, _, body) => self.is_fresh(body),
            ExprKind::If(_, a, b) => self.is_fresh(a) && self.is_fresh(b),
            ExprKind::Local(local) => self.is_created_inside(*local),
            ExprKind::Call(id, _) => self.cx.returns_fresh(id.0),
            ExprKind::Prelude(function, _) => makes_new(*function),
            ExprKind::Const(_) => true,
            _ => !Rule::StaleContent.on(),
        }
    }

    /// Whether a variable is declared in the current body and only given what is fresh.
    fn is_created_inside(&self, local: LocalId) -> bool {
        let at = local.0 as usize;
        let (var, name) = (&self.vars[at], &self.locals[at]);
        if self.is_of_caller(local) || name.name.starts_with('$') || var.home != self.body_number() {
            return false;
        }
        let key = name.span.start;
        ![&self.solution.stale, &self.branches.stale, &self.branches.stale_params].iter().any(|set| set.contains(&key))
    }

    /// Notes what a variable is given.
    pub(crate) fn note_given(&mut self, local: LocalId, fresh: bool) {
        let at = local.0 as usize;
        if self.is_chosen() && !fresh && Rule::StaleVariable.on() && ty::has_reference(&self.locals[at].ty) {
            self.branches.stale.insert(self.locals[at].span.start);
        }
    }

    /// Whether a change of a container's length or public elements stays inside.
    pub(crate) fn stays_inside(&mut self, base: &Expr) -> bool {
        !self.is_chosen() || matches!(base.ty, Ty::Error) || self.is_fresh(base)
    }

    /// A change of elements of what is not created inside: E0411 for public ones; whether they are merged.
    pub(crate) fn merges_element(&mut self, base: &Expr, element: &Ty, span: Span) -> bool {
        if self.stays_inside(base) || ty::has_error(element) {
            return false;
        }
        if ty::is_secret_form(element) {
            return true;
        }
        let (code, message) = match ty::secret_form(element) {
            None if ty::has_secret(element) => {
                (Code::E0418, format!("a secret cannot choose between values of type `{}`", ty::name(element)))
            }
            _ => (
                Code::E0411,
                format!(
                    "public {} of `{}` cannot be assigned where a secret chooses",
                    if matches!(base.ty, Ty::Object(_)) { "fields" } else { "elements" },
                    ty::name(&base.ty)
                ),
            ),
        };
        if Rule::ChosenElement.on() {
            self.forbid(code, span, message);
        }
        false
    }
}

/// Whether the result is a new container, whatever the operands are.
const fn makes_new(function: Prelude) -> bool {
    use Prelude as P;
    matches!(
        function,
        P::Array(_)
            | P::Concat
            | P::Copy
            | P::Enumerate
            | P::Items
            | P::Keys
            | P::OneHot
            | P::Pick
            | P::Range
            | P::Repeat
            | P::Reversed
            | P::Sorted
            | P::Split
            | P::Values
            | P::Zip
    )
}
