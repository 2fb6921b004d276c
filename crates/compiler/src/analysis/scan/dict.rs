//! Values at a secret key: dict and key in, a scan over all keys out (LANGUAGE §10.7).
//!
//! Each public key is compared with the secret one; what is equal marks the value, as a secret index marks an element. A key that is
//! missing marks nothing: it traps in the clear engine only [S].

use stoffel_syntax::{Code, Span};
use stoffel_value::{BinOp, CmpOp, ScalarTy, TrapCode, UnOp};

use crate::analysis::body::{Body, poison};
use crate::analysis::operator::{bind, prelude};
use crate::analysis::rule::Rule;
use crate::analysis::ty;
use crate::hir::{Clause, Expr, ExprKind as HirKind, Iter, LocalId, Native, Pattern, Place, Prelude, Ty};

/// What is bound around a scan, outermost first.
type Bindings = Vec<Option<(LocalId, Expr)>>;

impl Body<'_, '_> {
    /// `dict[key]`, read.
    pub(crate) fn scan_dict(&mut self, dict: Expr, key: Expr, span: Span) -> Expr {
        let Some((dict, marks, mut bindings)) = self.marked_keys(dict, key, false, span) else { return poison(span) };
        let Some(picked) = self.picked(&dict, &marks, span) else { return poison(span) };
        bindings.push(Some(self.missing(&marks, span)));
        bound(bindings, picked)
    }

    /// `get(dict, key, default)`: no trap.
    pub(crate) fn scan_get(&mut self, dict: Expr, key: Expr, default: Expr, span: Span) -> Expr {
        let Some((dict, marks, mut bindings)) = self.marked_keys(dict, key, false, span) else { return poison(span) };
        let (default, binding) = self.hoist(default);
        bindings.push(binding);
        let Some(picked) = self.picked(&dict, &marks, span) else { return poison(span) };
        let ty = picked.ty.clone();
        let found = any(&marks, span);
        let value = self.select(found, picked, default, &ty, span, false);
        bound(bindings, value)
    }

    /// `key in dict`.
    pub(crate) fn scan_keys(&mut self, dict: Expr, key: Expr, span: Span) -> Expr {
        match self.marked_keys(dict, key, false, span) {
            Some((_, marks, bindings)) => bound(bindings, any(&marks, span)),
            None => poison(span),
        }
    }

    /// `dict[key]` as a target: E0401 for public values.
    pub(crate) fn scan_dict_place(&mut self, dict: Expr, key: Expr, value: Ty, span: Span) -> (Place, Ty) {
        if ty::has_error(&value) {
            return (Place::Discard, Ty::Error);
        }
        if ty::secret_of(&value).as_ref() != Ok(&value) && Rule::DictTarget.on() {
            let message = format!("the secret key would show in the public values of `{}`", ty::name(&dict.ty));
            self.leak(Code::E0401, span, message, &key);
            return (Place::Discard, Ty::Error);
        }
        let chosen = self.merges_element(&dict, &value, span);
        let (base, dict) = self.named(dict);
        let Some((_, marks, mut bindings)) = self.marked_keys(dict, key, chosen, span) else {
            return (Place::Discard, Ty::Error);
        };
        bindings.push(Some(self.missing(&marks, span)));
        (Place::Scan(Box::new(base), Box::new(bound(bindings, marks))), value)
    }

    /// The value that marks choose.
    pub(super) fn picked(&mut self, dict: &Expr, marks: &Expr, span: Span) -> Option<Expr> {
        let Ty::Dict(_, value) = &dict.ty else { return None };
        let Some(form) = ty::secret_form(value) else {
            let message = format!("a secret cannot choose between values of type `{}`", ty::name(value));
            self.leak(Code::E0418, span, message, marks);
            return None;
        };
        let held = Ty::clone(value);
        let values = prelude(Prelude::Values, vec![dict.clone()], ty::list(held.clone()), span);
        let values = self.hidden_first(values, &held, &form, marks, span)?;
        Some(prelude(Prelude::Pick, vec![marks.clone(), values], form, span))
    }

    /// The dict and one secret bool per key, both named, with what names them.
    fn marked_keys(&mut self, dict: Expr, key: Expr, chosen: bool, span: Span) -> Option<(Expr, Expr, Bindings)> {
        let Ty::Dict(key_ty, _) = &dict.ty else { return None };
        let key_ty = Ty::clone(key_ty);
        let (dict, first) = self.hoist(dict);
        let (key, second) = self.hoist(key);
        let keys = prelude(Prelude::Keys, vec![dict.clone()], ty::list(key_ty.clone()), span);
        let one = self.synthetic(key_ty.clone(), span);
        let item = Expr { kind: HirKind::Local(one), ty: key_ty, span };
        let mut equal = self.comparison(CmpOp::Eq, span, item, key);
        if equal.ty == Ty::Error {
            return None;
        }
        let bit = ty::secret(ScalarTy::Bool);
        if chosen {
            let kind = HirKind::Binary(BinOp::And, Box::new(equal), Box::new(self.pi(span)));
            equal = Expr { kind, ty: bit.clone(), span };
        }
        let clauses = vec![Clause::For(Pattern::Local(one), Iter::Value(keys))];
        let marks = Expr { kind: HirKind::Comprehension(clauses, Box::new(equal)), ty: ty::list(bit), span };
        let (marks, third) = self.hoist(marks);
        Some((dict, marks, vec![first, second, third]))
    }

    /// R0202 [S] if nothing is marked, bound to a name that stands for nothing.
    fn missing(&mut self, marks: &Expr, span: Span) -> (LocalId, Expr) {
        let none = self.unary_node(UnOp::Not, ScalarTy::Bool, any(marks, span), span);
        let trap = Prelude::Native(Native::TrapIf(TrapCode::MissingKey));
        let local = self.synthetic(Ty::Unit, span);
        (local, prelude(trap, vec![none], Ty::Unit, span))
    }
}

fn any(marks: &Expr, span: Span) -> Expr {
    prelude(Prelude::Any, vec![marks.clone()], ty::secret(ScalarTy::Bool), span)
}

fn bound(bindings: Bindings, body: Expr) -> Expr {
    bindings.into_iter().rev().fold(body, |body, binding| bind(binding, body))
}
