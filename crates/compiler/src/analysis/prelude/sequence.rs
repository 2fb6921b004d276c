//! Prelude functions of lists and strings: arguments in, typed nodes out (LANGUAGE §12, §16).

use std::rc::Rc;

use stoffel_syntax::Code;
use stoffel_value::ScalarTy;

use super::Args;
use crate::analysis::body::{Body, poison};
use crate::analysis::call::Given;
use crate::analysis::compare::element_hint;
use crate::analysis::literal::constant;
use crate::analysis::operator::{bind, prelude};
use crate::analysis::rule::Rule;
use crate::analysis::tree::ExprKind as SurfaceKind;
use crate::analysis::ty::{self, BOOL, INT};
use crate::hir::{Expr, ExprKind, Prelude, Ty};

impl Body<'_, '_> {
    /// A call of one of the functions of this file.
    pub(super) fn sequence_call(&mut self, name: &'static str, args: &Args<'_>) -> Expr {
        match name {
            "len" => {
                let value = self.given(args.at(0), None);
                match value.ty {
                    Ty::Str | Ty::Text | Ty::List(_) | Ty::Dict(..) => {
                        prelude(Prelude::Len, vec![value], INT, args.span)
                    }
                    _ => self.unsuited(name, "a list, dict or string", &value),
                }
            }
            "range" => self.range(args),
            "contains" => self.contains_call(args),
            "slice" => self.slice_call(args),
            "split" | "join" | "strip" | "upper" | "lower" | "replace" | "starts_with" | "ends_with" | "find"
            | "parse_int" => self.text_call(name, args),
            _ => self.list_call(name, args),
        }
    }

    pub(super) fn range(&mut self, args: &Args<'_>) -> Expr {
        let span = args.span;
        let one = constant(ScalarTy::I64, 1, span);
        let first = self.integer_arg("range", args.at(0), Code::E0301);
        let (start, stop) = match args.get(1) {
            None => (constant(ScalarTy::I64, 0, span), first),
            Some(stop) => (first, self.integer_arg("range", stop, Code::E0301)),
        };
        let step = match args.get(2) {
            None => one,
            Some(step) => self.integer_arg("range", step, Code::E0301),
        };
        prelude(Prelude::Range, vec![start, stop, step], ty::list(INT), span)
    }

    fn contains_call(&mut self, args: &Args<'_>) -> Expr {
        let container = self.given(args.at(0), None);
        let element = element_hint(&container.ty);
        let element = self.given(args.at(1), element.as_ref());
        // The container is evaluated before the element here, unlike in `x in xs`.
        let (container, binding) = self.hoist(container);
        let found = self.contains(container, element, args.span);
        if found.ty == Ty::Error { found } else { bind(binding, found) }
    }

    fn slice_call(&mut self, args: &Args<'_>) -> Expr {
        let value = self.given(args.at(0), None);
        if !matches!(value.ty, Ty::Str | Ty::Text | Ty::List(_)) {
            return self.unsuited("slice", "a list or string", &value);
        }
        let start = Box::new(self.integer_arg("slice", args.at(1), Code::E0311));
        let stop = Box::new(self.integer_arg("slice", args.at(2), Code::E0311));
        let step = args.get(3).map(|step| Box::new(self.integer_arg("slice", step, Code::E0311)));
        let ty = value.ty.clone();
        Expr { kind: ExprKind::Slice(Box::new(value), Some(start), Some(stop), step), ty, span: args.span }
    }

    fn text_call(&mut self, name: &str, args: &Args<'_>) -> Expr {
        let words = ty::list(Ty::Str);
        let mut operands = Vec::new();
        for (at, arg) in args.all().enumerate() {
            let want = if name == "join" && at == 1 { &words } else { &Ty::Str };
            operands.push(self.given_check(arg, want));
        }
        if operands.iter().any(|operand| operand.ty == Ty::Error) {
            return poison(args.span);
        }
        let (function, ty) = match name {
            "split" => (Prelude::Split, words),
            "join" => (Prelude::Join, Ty::Str),
            "strip" => (Prelude::Strip, Ty::Str),
            "upper" => (Prelude::Upper, Ty::Str),
            "lower" => (Prelude::Lower, Ty::Str),
            "replace" => (Prelude::Replace, Ty::Str),
            "find" => (Prelude::Find, ty::optional(INT)),
            "parse_int" => (Prelude::ParseInt, ty::optional(INT)),
            "starts_with" => (Prelude::StartsWith, BOOL),
            _ => (Prelude::EndsWith, BOOL),
        };
        prelude(function, operands, ty, args.span)
    }

    fn list_call(&mut self, name: &'static str, args: &Args<'_>) -> Expr {
        let span = args.span;
        let changes =
            matches!(name, "append" | "extend" | "insert" | "pop" | "delete" | "clear" | "reverse" | "remove" | "sort");
        if changes && self.changes_const(args.at(0)) {
            return poison(span);
        }
        let xs = self.given(args.at(0), None);
        let element = match &xs.ty {
            Ty::List(element) => (**element).clone(),
            Ty::Dict(..) if matches!(name, "clear" | "copy" | "remove") => return self.dict_call_on(name, xs, args),
            Ty::Object(_) if name == "copy" => {
                let ty = xs.ty.clone();
                return prelude(Prelude::Copy, vec![xs], ty, span);
            }
            Ty::Error => {
                args.all().skip(1).for_each(|arg| {
                    self.given(arg, None);
                });
                return poison(span);
            }
            _ => return self.unsuited(name, "a list", &xs),
        };
        let own = xs.ty.clone();
        if matches!(name, "sort" | "reverse") && !self.stays_inside(&xs) {
            return self.reordered(name, xs, &element, args);
        }
        if changes && !self.stays_inside(&xs) && Rule::ChosenLength.on() {
            self.forbid(Code::E0414, span, format!("`{name}` would change a length that a secret must not decide"));
            return poison(span);
        }
        match name {
            "append" => {
                let value = self.new_element(args.at(0), &element, args.at(1));
                prelude(Prelude::Append, vec![xs, value], Ty::Unit, span)
            }
            "insert" => {
                let at = self.integer_arg(name, args.at(1), Code::E0311);
                let value = self.new_element(args.at(0), &element, args.at(2));
                prelude(Prelude::Insert, vec![xs, at, value], Ty::Unit, span)
            }
            "extend" => {
                let more = self.more_elements(args.at(0), &own, args.at(1));
                prelude(Prelude::Extend, vec![xs, more], Ty::Unit, span)
            }
            "pop" => {
                let at = match args.get(1) {
                    Some(at) => self.integer_arg(name, at, Code::E0311),
                    None => constant(ScalarTy::I64, (-1i64).cast_unsigned(), span),
                };
                prelude(Prelude::Pop, vec![xs, at], element, span)
            }
            "delete" => {
                let at = self.integer_arg(name, args.at(1), Code::E0311);
                prelude(Prelude::Delete, vec![xs, at], Ty::Unit, span)
            }
            "clear" => prelude(Prelude::Clear, vec![xs], Ty::Unit, span),
            "reverse" => prelude(Prelude::Reverse, vec![xs], Ty::Unit, span),
            "reversed" => prelude(Prelude::Reversed, vec![xs], own, span),
            "copy" => prelude(Prelude::Copy, vec![xs], own, span),
            "remove" | "index" | "count" => self.search(name, xs, element, args),
            "sort" | "sorted" => self.sort(name, xs, &element, args),
            "enumerate" => {
                let ty = ty::list(Ty::Tuple(Rc::from([INT, element])));
                prelude(Prelude::Enumerate, vec![xs], ty, span)
            }
            _ => {
                let ys = self.given(args.at(1), None);
                match &ys.ty {
                    Ty::List(other) => {
                        let ty = ty::list(Ty::Tuple(Rc::from([element, (**other).clone()])));
                        prelude(Prelude::Zip, vec![xs, ys], ty, span)
                    }
                    _ => self.unsuited(name, "two lists", &ys),
                }
            }
        }
    }

    /// `sort` and `reverse` of what is not created inside: the new order is merged element by element.
    fn reordered(&mut self, name: &'static str, xs: Expr, element: &Ty, args: &Args<'_>) -> Expr {
        let span = args.span;
        if Rule::ChosenOrder.on() && !self.merges_element(&xs, element, span) {
            return poison(span);
        }
        let (xs, binding) = self.hoist(xs);
        let ty = xs.ty.clone();
        let new = match name {
            "sort" => self.sort("sorted", xs.clone(), element, args),
            _ => prelude(Prelude::Reversed, vec![xs.clone()], ty, span),
        };
        if new.ty == Ty::Error {
            return new;
        }
        let pi = self.pi(span);
        bind(binding, prelude(Prelude::MergeInto, vec![pi, xs, new], Ty::Unit, span))
    }

    /// A value that a list takes; an un-annotated list learns from it.
    fn new_element(&mut self, list: &Given<'_>, element: &Ty, value: &Given<'_>) -> Expr {
        let Some(local) = self.inferred(list.surface()) else { return self.given_check(value, element) };
        if !self.is_soft_local(value) && !ty::has_error(element) {
            self.note_place(value.surface(), element);
        }
        let hint = Some(element).filter(|element| !ty::has_error(element));
        let typed = self.given(value, hint);
        self.need_element(local, &typed, value.surface());
        self.coerce(typed, element)
    }

    fn is_soft_local(&mut self, value: &Given<'_>) -> bool {
        self.inferred(value.surface()).is_some_and(|local| self.vars[local.0 as usize].soft)
    }

    fn more_elements(&mut self, list: &Given<'_>, own: &Ty, more: &Given<'_>) -> Expr {
        let Some(local) = self.inferred(list.surface()) else { return self.given_check(more, own) };
        let hint = Some(own).filter(|own| !ty::has_error(own));
        let typed = self.given(more, hint);
        if let Ty::List(_) = typed.ty
            && (ty::has_error(own) || ty::merge(own, &typed.ty).is_some())
        {
            self.need(local, crate::analysis::infer::Role::Value, typed.ty.clone(), typed.span);
        }
        self.coerce(typed, own)
    }

    /// `remove`, `index`, `count`.
    fn search(&mut self, name: &str, xs: Expr, element: Ty, args: &Args<'_>) -> Expr {
        let span = args.span;
        let hint = ty::public_of(&element);
        let value = self.given(args.at(1), Some(&hint));
        if value.ty == Ty::Error || ty::has_error(&element) {
            return poison(span);
        }
        if !ty::comparable(&element) || !ty::comparable(&value.ty) {
            return self.undefined(name, span, &xs.ty, &value.ty);
        }
        let secret = ty::has_secret(&element) || ty::has_secret(&value.ty);
        if ty::holds_dict(&element) {
            return self.undefined(name, span, &xs.ty, &value.ty);
        }
        if name == "count" && (secret || element != value.ty) {
            let (xs, first) = self.hoist(xs);
            let (value, second) = self.hoist(value);
            let bits = self.each_equal(xs, element, value, span);
            if bits.ty == Ty::Error {
                return bits;
            }
            let ty = Ty::Scalar { ty: ScalarTy::I64, secret };
            return bind(first, bind(second, prelude(Prelude::Sum, vec![bits], ty, span)));
        }
        if secret && (name != "remove" || Rule::Removal.on()) {
            return match name {
                "remove" => self.leak(Code::E0408, span, "`remove` of a secret would tell where it was", &xs),
                _ => {
                    let bounds = self.index_bounds(name, args);
                    self.secret_index(xs, &element, value, Some(bounds), span)
                }
            };
        }
        let value = self.coerce(value, &element);
        match name {
            "remove" => prelude(Prelude::Remove, vec![xs, value], Ty::Unit, span),
            "count" => prelude(Prelude::Count, vec![xs, value], INT, span),
            _ => {
                let [start, stop] = self.index_bounds(name, args);
                prelude(Prelude::IndexOf, vec![xs, value, start, stop], INT, span)
            }
        }
    }

    /// `start` and `stop` of `index`.
    fn index_bounds(&mut self, name: &str, args: &Args<'_>) -> [Expr; 2] {
        let [start, stop] = super::function::whole(args.span);
        let given = |body: &mut Self, at: usize, default| match args.get(at) {
            Some(bound) => body.integer_arg(name, bound, Code::E0311),
            None => default,
        };
        [given(self, 2, start), given(self, 3, stop)]
    }

    fn sort(&mut self, name: &str, xs: Expr, element: &Ty, args: &Args<'_>) -> Expr {
        let span = args.span;
        if let Some(key) = args.get(1)
            && !matches!(key.surface().bare().kind, SurfaceKind::None)
        {
            return self.sort_by_key(name, xs, element, key, args);
        }
        let reverse = self.option(args.get(2), span);
        if !sortable(element) {
            let message = format!("`{name}` is not defined for `{}`", ty::name(&xs.ty));
            return self.fail(Code::E0304, span, message);
        }
        if name == "sort" {
            return prelude(Prelude::Sort, vec![xs, reverse], Ty::Unit, span);
        }
        let ty = xs.ty.clone();
        prelude(Prelude::Sorted, vec![xs, reverse], ty, span)
    }
}

/// Public numbers, strings, bools and tuples of them; secret scalars.
pub(super) fn sortable(ty: &Ty) -> bool {
    match ty {
        Ty::Scalar { .. } | Ty::Enum { .. } | Ty::Str | Ty::Error => true,
        Ty::Tuple(members) => !ty::has_secret(ty) && members.iter().all(sortable),
        _ => false,
    }
}
