//! Elements at a secret index: list and index in, a scan over all elements out (LANGUAGE §10.7).
//!
//! The index becomes one secret bool per element, once for `xs[s] += e`; reads and writes are vector operations with it.

mod dict;

use stoffel_syntax::{Code, Span};
use stoffel_value::ScalarTy;

use super::body::{Body, poison};
use super::operator::{Side, bind, prelude};
use super::rule::Rule;
use super::tree::{AugKind, Expr as Surface};
use super::ty;
use crate::hir::{Expr, ExprKind as HirKind, Place, Prelude, Stmt, StmtKind, Ty};

impl Body<'_, '_> {
    /// `base[index]`, read.
    pub(crate) fn scan(&mut self, base: Expr, index: Expr, element: &Ty, span: Span) -> Expr {
        let Some(form) = ty::secret_form(element) else {
            let message = format!("a secret cannot choose between elements of type `{}`", ty::name(element));
            return self.leak(Code::E0418, span, message, &index);
        };
        let Some(base) = self.hidden_first(base, element, &form, &index, span) else { return poison(span) };
        let (base, binding) = self.hoist(base);
        let hot = self.one_hot(base.clone(), index, false, span);
        bind(binding, prelude(Prelude::Pick, vec![hot, base], form, span))
    }

    /// A list among whose elements a secret chooses. Objects are chosen among as they are: all of them is made secret first.
    pub(super) fn hidden_first(&mut self, list: Expr, element: &Ty, form: &Ty, why: &Expr, span: Span) -> Option<Expr> {
        let whole = ty::list(form.clone());
        if !ty::holds_object(element) {
            return Some(list);
        }
        if ty::fit(&list.ty, &whole) == ty::Fit::Mismatch {
            let message = format!("a secret cannot choose between elements of type `{}`", ty::name(element));
            self.leak(Code::E0418, span, message, why);
            return None;
        }
        Some(self.coerce(list, &whole))
    }

    /// `base[index]` as a target: E0401 for public elements.
    pub(crate) fn scan_place(&mut self, base: Expr, index: Expr, element: Ty, span: Span) -> (Place, Ty) {
        if ty::has_error(&element) {
            return (Place::Discard, Ty::Error);
        }
        if !ty::is_secret_form(&element) && Rule::ScanTarget.on() {
            let list = ty::name(&base.ty);
            let message = format!("the secret index would show in the public elements of `{list}`");
            self.leak(Code::E0401, span, message, &index);
            return (Place::Discard, Ty::Error);
        }
        let chosen = self.merges_element(&base, &element, span);
        let (base, list) = self.named(base);
        let hot = self.one_hot(list, index, chosen, span);
        (Place::Scan(Box::new(base), Box::new(hot)), element)
    }

    fn one_hot(&mut self, list: Expr, index: Expr, chosen: bool, span: Span) -> Expr {
        let mut operands = vec![list, index];
        if chosen {
            operands.push(self.pi(span));
        }
        prelude(Prelude::OneHot, operands, ty::list(ty::secret(ScalarTy::Bool)), span)
    }

    /// `base[index] op= value`.
    pub(crate) fn augment_scan(
        &mut self,
        (target, list, hot, ty): (&Surface, Expr, Expr, Ty),
        op: AugKind,
        op_span: Span,
        value: &Surface,
        span: Span,
        out: &mut Vec<Stmt>,
    ) {
        let (list, list_again) = self.named(list);
        let (hot, hot_again) = self.named(hot);
        // The list is evaluated before the index, and both before the value.
        for value in [list, hot] {
            out.push(Stmt { kind: StmtKind::Expr(value), span });
        }
        let read = match &list_again.ty {
            Ty::Dict(..) => match self.picked(&list_again, &hot_again, target.span) {
                Some(read) => read,
                None => return,
            },
            _ => prelude(Prelude::Pick, vec![hot_again.clone(), list_again.clone()], ty.clone(), target.span),
        };
        let result = self.applied(Side::Val(read, None), op, op_span, value, span);
        let result = self.coerce(result, &ty);
        let place = Place::Scan(Box::new(list_again), Box::new(hot_again));
        out.push(Stmt { kind: StmtKind::Assign(place, result), span });
    }

    /// The value of an element assignment under a secret condition: what is not created inside keeps its own unless chosen.
    pub(crate) fn element_store(&mut self, place: Place, ty: &Ty, value: Expr, span: Span) -> (Place, Expr) {
        match place {
            Place::Index(base, index) if self.merges_element(&base, ty, span) => {
                let (base, list) = self.named(*base);
                let (index, at) = self.named(*index);
                let kind = HirKind::Index(Box::new(list), Box::new(at));
                let old = Expr { kind, ty: ty.clone(), span };
                let value = if value.ty == Ty::Error { value } else { self.kept_unless_chosen(value, old, span) };
                (Place::Index(Box::new(base), Box::new(index)), value)
            }
            Place::Field(base, at) if self.merges_element(&base, ty, span) => {
                let (base, object) = self.named(*base);
                let old = Expr { kind: HirKind::Field(Box::new(object), at), ty: ty.clone(), span };
                let value = if value.ty == Ty::Error { value } else { self.kept_unless_chosen(value, old, span) };
                (Place::Field(Box::new(base), at), value)
            }
            Place::Items(base, kinds, parts) if self.merges_element(&base, ty::leaf(ty), span) => {
                self.items_store(*base, kinds, parts, value, ty)
            }
            Place::Local(local) if self.is_of_caller(local) && value.ty != Ty::Error => {
                let old = Expr { kind: HirKind::Local(local), ty: ty.clone(), span };
                (place, self.kept_unless_chosen(value, old, span))
            }
            place => (place, value),
        }
    }

    /// An expression that also names its value, and that name, which stands for it from then on.
    pub(crate) fn named(&mut self, expr: Expr) -> (Expr, Expr) {
        if expr.ty == Ty::Error {
            return (poison(expr.span), poison(expr.span));
        }
        let (again, binding) = self.hoist(expr);
        (bind(binding, again.clone()), again)
    }
}
