//! Prelude functions that call functions: `map`, sorting by key, `expect_trap` (LANGUAGE §16). Arguments in, typed nodes out.
//!
//! They become loops with calls here, so that a function given by name or as a lambda is called directly, as in a loop written out.

use std::rc::Rc;

use stoffel_syntax::{Code, Span};
use stoffel_value::{ScalarTy, UnOp};

use super::{Args, sequence::sortable};
use crate::analysis::body::{Body, poison};
use crate::analysis::call::{Given, Named};
use crate::analysis::convert::{text, wrap};
use crate::analysis::literal::constant;
use crate::analysis::operator::{bind, prelude};
use crate::analysis::rule::Rule;
use crate::analysis::tree::Expr as Surface;
use crate::analysis::ty::{self, INT};
use crate::hir::{Clause, Expr, ExprKind, Iter, Pattern, Prelude, Ty};

impl Body<'_, '_> {
    /// A call of one of the functions of this file.
    pub(super) fn function_prelude(&mut self, name: &'static str, args: &Args<'_>) -> Expr {
        if name == "map" { self.map(args) } else { self.expect_trap(args) }
    }

    fn map(&mut self, args: &Args<'_>) -> Expr {
        let span = args.span;
        let xs = self.given(args.at(0), None);
        let (xs, xs_binding) = self.hoist(xs);
        let f = self.given_open(args.at(1));
        let (f, f_binding) = self.hoist(f);
        if let Ty::Array(_) = xs.ty {
            let all = self.map_array(xs, f, args);
            return if all.ty == Ty::Error { all } else { bind(xs_binding, bind(f_binding, all)) };
        }
        let Ty::List(element) = xs.ty.clone() else { return self.unsuited("map", "a list or array", &xs) };
        let item = self.synthetic((*element).clone(), span);
        let value = Expr { kind: ExprKind::Local(item), ty: (*element).clone(), span };
        let result = self.call_given(f, value, args.at(0).surface(), span);
        if result.ty == Ty::Unit {
            return self.fail(Code::E0316, span, "the function that `map` is given has no result");
        }
        if result.ty == Ty::Error {
            return poison(span);
        }
        let ty = ty::list(result.ty.clone());
        let clause = Clause::For(Pattern::Local(item), Iter::Value(xs));
        let all = Expr { kind: ExprKind::Comprehension(vec![clause], Box::new(result)), ty, span };
        bind(xs_binding, bind(f_binding, all))
    }

    /// A call of a function with one evaluated argument.
    pub(super) fn call_given(&mut self, f: Expr, value: Expr, surface: &Surface, span: Span) -> Expr {
        let given = [Named { name: None, value: Given::Typed(Box::new(value), surface) }];
        let result = self.call_with(f, &given, span, None);
        if matches!(result.ty, Ty::Def(_)) { self.settled(result, None) } else { result }
    }

    fn expect_trap(&mut self, args: &Args<'_>) -> Expr {
        let span = args.span;
        if Rule::ChosenTrap.on() && self.effect(Code::E0415, "expect_trap", span) {
            return poison(span);
        }
        let f = self.given_open(args.at(0));
        let f = if matches!(f.ty, Ty::Def(_)) { self.instantiate(f, &[], None) } else { f };
        let code = match args.get(1) {
            Some(code) => self.given_check(code, &Ty::Str),
            None => text("", span),
        };
        match &f.ty {
            Ty::Error => return poison(span),
            Ty::Func(func) if func.params.is_empty() => {}
            _ => return self.unsuited("expect_trap", "a function without parameters", &f),
        }
        if code.ty == Ty::Error {
            return poison(span);
        }
        prelude(Prelude::ExpectTrap, vec![f, code], Ty::Unit, span)
    }

    /// `sort` and `sorted` with a key: rows of key and element are sorted; public ones hold their places, too, so that equal keys keep
    /// their order.
    pub(super) fn sort_by_key(&mut self, name: &str, xs: Expr, element: &Ty, key: &Given<'_>, args: &Args<'_>) -> Expr {
        let span = args.span;
        let (xs, xs_binding) = self.hoist(xs);
        let f = self.given_open(key);
        let (f, f_binding) = self.hoist(f);
        let reverse = self.option(args.get(2), span);
        let (reverse, reverse_binding) = self.hoist(reverse);
        let place = self.synthetic(INT, span);
        let item = self.synthetic(element.clone(), span);
        let value = Expr { kind: ExprKind::Local(item), ty: element.clone(), span };
        let key = self.call_given(f, value.clone(), args.at(0).surface(), span);
        if [&key.ty, &reverse.ty, element].into_iter().any(ty::has_error) {
            return poison(span);
        }
        if !sortable(&key.ty) || (ty::has_secret(&key.ty) && !ty::is_secret(&key.ty)) {
            let message = format!("`{name}` has no order for keys of type `{}`", ty::name(&key.ty));
            return self.fail(Code::E0304, span, message);
        }
        let secret = ty::is_secret(&key.ty);
        let own = if secret { ty::secret_of(element) } else { Ok(element.clone()) };
        let (Ok(own), true) = (own, !secret || ty::secret_form(element).is_some()) else {
            let message = format!("secret keys cannot decide the order of values of type `{}`", ty::name(element));
            return self.leak(Code::E0418, span, message, &key);
        };
        if secret && name == "sort" && own != *element && Rule::SortKey.on() {
            let message = "a public list would show the order of secret keys";
            return self.leak(Code::E0401, span, message, &key);
        }
        let value = if own == *element { value } else { wrap(value, &own) };
        // An engine's order is stable by itself.
        let mut members = vec![key];
        if !secret {
            let local = Expr { kind: ExprKind::Local(place), ty: INT, span };
            members.push(rank(local, &reverse, span));
        }
        members.push(value);
        let last = members.len() as u32 - 1;
        let row_ty = Ty::Tuple(members.iter().map(|member| member.ty.clone()).collect());
        let row = Expr { kind: ExprKind::Tuple(members), ty: row_ty.clone(), span };
        let pairs = Ty::Tuple(Rc::from([INT, element.clone()]));
        let numbered = prelude(Prelude::Enumerate, vec![xs.clone()], ty::list(pairs), span);
        let pattern = Pattern::Unpack(vec![Pattern::Local(place), Pattern::Local(item)]);
        let clause = Clause::For(pattern, Iter::Value(numbered));
        let rows =
            Expr { kind: ExprKind::Comprehension(vec![clause], Box::new(row)), ty: ty::list(row_ty.clone()), span };
        let (rows, rows_binding) = self.hoist(rows);
        let sorted = prelude(Prelude::SortRows, vec![rows.clone(), reverse], Ty::Unit, span);
        let sorted = (self.synthetic(Ty::Unit, span), sorted);
        let row = self.synthetic(row_ty.clone(), span);
        let read = Expr { kind: ExprKind::Local(row), ty: row_ty, span };
        let read = Expr { kind: ExprKind::Member(Box::new(read), last), ty: own.clone(), span };
        let clause = Clause::For(Pattern::Local(row), Iter::Value(rows));
        let ordered = Expr { kind: ExprKind::Comprehension(vec![clause], Box::new(read)), ty: ty::list(own), span };
        let result = if name == "sort" {
            let (ordered, ordered_binding) = self.hoist(ordered);
            let cleared = prelude(Prelude::Clear, vec![xs.clone()], Ty::Unit, span);
            let cleared = (self.synthetic(Ty::Unit, span), cleared);
            let filled = prelude(Prelude::Extend, vec![xs, ordered], Ty::Unit, span);
            bind(ordered_binding, bind(Some(cleared), filled))
        } else {
            ordered
        };
        let result = bind(rows_binding, bind(Some(sorted), result));
        bind(xs_binding, bind(f_binding, bind(reverse_binding, result)))
    }

    /// A list of numbers, in lists to any depth, as `float64`; `None` if it is none.
    pub(super) fn float_list(&mut self, xs: Expr) -> Option<Expr> {
        let span = xs.span;
        let Ty::List(element) = xs.ty.clone() else {
            return ty::is_number(&xs.ty).then(|| self.in_format(xs, ScalarTy::Float));
        };
        if *element == ty::FLOAT {
            return Some(xs);
        }
        let item = self.synthetic((*element).clone(), span);
        let value = Expr { kind: ExprKind::Local(item), ty: (*element).clone(), span };
        let value = self.float_list(value)?;
        let ty = ty::list(value.ty.clone());
        let clause = Clause::For(Pattern::Local(item), Iter::Value(xs));
        Some(Expr { kind: ExprKind::Comprehension(vec![clause], Box::new(value)), ty, span })
    }

    /// `index` where the list or the value is secret: the first place, found without telling it.
    pub(super) fn secret_index(
        &mut self,
        xs: Expr,
        element: &Ty,
        value: Expr,
        bounds: Option<[Expr; 2]>,
        span: Span,
    ) -> Expr {
        let want = if ty::has_secret(&value.ty) { ty::secret_of(element) } else { Ok(ty::public_of(element)) };
        let value = match want {
            Ok(want) => self.coerce(value, &want),
            Err(_) => return self.undefined("index", span, &xs.ty.clone(), &value.ty.clone()),
        };
        if value.ty == Ty::Error {
            return poison(span);
        }
        let mut operands = vec![xs, value];
        operands.extend(bounds.into_iter().flatten());
        prelude(Prelude::IndexOf, operands, ty::secret(ScalarTy::I64), span)
    }
}

/// Decides between equal keys: the place, counted from the end if the rows are reversed after they are sorted.
fn rank(place: Expr, reverse: &Expr, span: Span) -> Expr {
    let negated = Expr { kind: ExprKind::Unary(UnOp::Neg, Box::new(place.clone())), ty: INT, span };
    let kind = ExprKind::If(Box::new(reverse.clone()), Box::new(negated), Box::new(place));
    Expr { kind, ty: INT, span }
}

/// The bounds of `index` if none are written.
pub(super) fn whole(span: Span) -> [Expr; 2] {
    [constant(ScalarTy::I64, 0, span), constant(ScalarTy::I64, i64::MAX.cast_unsigned(), span)]
}
