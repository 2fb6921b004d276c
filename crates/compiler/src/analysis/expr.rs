//! Expressions: surface in, typed out; what they expect is only a hint for literals, displays and selections.

use std::rc::Rc;

use stoffel_syntax::{Code, Span};
use stoffel_value::{FormatSpec, IntTy, ScalarTy, SpecFor};

use super::body::{Body, Found, ScopeKind, poison};
use super::call::Given;
use super::convert::text;
use super::infer::Role;
use super::literal::{Chain, constant, word_of};
use super::operator::{Side, prelude};
use super::optional::{Facts, is_none_word, untyped_none};
use super::rule::Rule;
use super::scope::Decl;
use super::stmt::is_open_display;
use super::tree::{Clause as SurfaceClause, Expr as Surface, ExprKind, FPart, Lit, Sub};
use super::ty::{self, BOOL, INT};
use crate::hir::{Clause, Expr, ExprKind as HirKind, Iter, Part, Prelude, Ty};

impl Body<'_, '_> {
    /// The typed expression. `hint` is the type that its place expects, if one is known; the caller converts.
    pub(crate) fn expr(&mut self, surface: &Surface, hint: Option<&Ty>) -> Expr {
        let expr = self.open_expr(surface, hint);
        if matches!(expr.ty, Ty::Def(_)) { self.settled(expr, hint) } else { expr }
    }

    /// As [`Self::expr`], but a function keeps a type of its own: for names without annotation and for calls.
    pub(crate) fn open_expr(&mut self, surface: &Surface, hint: Option<&Ty>) -> Expr {
        stacker::maybe_grow(128 << 10, 1 << 20, || {
            let expr = self.expr_inner(surface, hint);
            if expr.ty == Ty::Unit {
                return self.fail(Code::E0316, surface.span, "this call has no result and cannot be a value");
            }
            if is_composed(&surface.kind) && ty::is_too_large(&expr.ty) {
                return self.fail(Code::E0609, surface.span, "the type of this value has over 1000 leaves or levels");
            }
            expr
        })
    }

    /// As [`Self::expr`], but a call without result is accepted.
    pub(crate) fn expr_inner(&mut self, surface: &Surface, hint: Option<&Ty>) -> Expr {
        let span = surface.span;
        if surface.lit != Lit::No {
            return self.literal(Chain::one(surface), hint);
        }
        match &surface.kind {
            ExprKind::Int(value, suffix) => self.suffixed(*value, false, suffix.unwrap_or(IntTy::I64), span),
            ExprKind::Float(_) | ExprKind::Error => poison(span),
            ExprKind::Str(value) => text(value, span),
            ExprKind::Format(parts) => self.format(parts, span),
            ExprKind::Bool(value) => constant(ScalarTy::Bool, u64::from(*value), span),
            ExprKind::None => self.none(span, hint),
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::Paren(inner) => self.expr_inner(inner, hint),
            ExprKind::Unary(op, operand) => self.unary(*op, operand, span, hint),
            ExprKind::Binary(first, rest) => self.binary(Chain { first, rest }, hint),
            ExprKind::Power(base, op_span, exponent) => {
                let base = self.side(base);
                let mut expr = self.power(base, *op_span, exponent, hint);
                expr.span = span;
                expr
            }
            ExprKind::Compare(first, rest) => self.compare(first, rest, span),
            ExprKind::Range(..) => self.fail(Code::E0312, span, "`..` makes no value; it stands in `for` only"),
            ExprKind::Cond(condition, then, other) => self.cond(condition, then, other, span, hint),
            ExprKind::Call(callee, args) => self.call(callee, args, span, hint),
            ExprKind::Field(base, name) => self.field(base, name, span),
            ExprKind::Index(base, subs) => self.index(base, subs, span),
            ExprKind::Tuple(elements) => self.tuple(elements, span, hint),
            ExprKind::List(elements) => self.list(elements, span, hint),
            ExprKind::Comprehension(element, clauses) => self.comprehension(element, clauses, span, hint),
            ExprKind::Dict(pairs) => self.dict(pairs, span, hint),
            ExprKind::DictComprehension(key, value, clauses) => {
                self.dict_comprehension(key, value, clauses, span, hint)
            }
            ExprKind::Lambda(index) => self.function_value(*index, span),
        }
    }

    /// A name as a value.
    fn name(&mut self, name: &Rc<str>, span: Span) -> Expr {
        let found = self.find(name);
        self.found(found, name, span)
    }

    /// What a name denotes, as a value; `name` is its last part.
    fn found(&mut self, found: Found, name: &Rc<str>, span: Span) -> Expr {
        match found {
            Found::Local(local) => {
                if !self.assigned.has(local) {
                    let declared = self.locals[local.0 as usize].span;
                    self.error(Code::E0501, span, format!("`{name}` may not have been assigned here"))
                        .labels
                        .push(stoffel_syntax::Label { span: declared, text: "declared here".into() });
                    return poison(span);
                }
                self.read(local, span)
            }
            Found::Decl(Decl::Const(index)) => {
                let value = self.cx.const_value(index);
                Expr { span, ..value }
            }
            Found::Decl(Decl::Func(func)) => self.function_value(func, span),
            Found::Prelude => match self.prelude_value(name) {
                Some(index) => self.function_value(index, span),
                None => self.fail(Code::E0310, span, format!("`{name}` stands as a value or is called")),
            },
            Found::Decl(Decl::Alias(_) | Decl::Object(_) | Decl::Enum(_)) | Found::Type => {
                self.fail(Code::E0214, span, format!("`{name}` is a type, not a value"))
            }
            Found::Module | Found::Decl(Decl::Module(_)) => {
                self.fail(Code::E0214, span, format!("`{name}` is a module, not a value"))
            }
            Found::Ambiguous(a, b) => {
                self.diagnostics.push(self.cx.ambiguous(name, span, a, b));
                poison(span)
            }
            Found::ScriptVar => {
                self.error(Code::E0206, span, format!("functions do not see the top-level variable `{name}`")).help =
                    Some("pass it as an argument, or make it a `const`".into());
                poison(span)
            }
            Found::Decl(Decl::Foreign) | Found::Silent => poison(span),
            Found::Nothing => {
                self.undeclared(name, span);
                poison(span)
            }
        }
    }

    /// A condition: bool, public or secret (the caller says what a secret one means).
    pub(crate) fn condition(&mut self, surface: &Surface) -> Expr {
        if let Some(local) = self.inferred(surface) {
            self.need(local, Role::Place, BOOL, surface.span);
        }
        let expr = self.expr(surface, Some(&BOOL));
        let expr = self.array_condition(expr);
        if expr.ty == Ty::Error || ty::is_bool(&expr.ty) {
            return expr;
        }
        if self.unchecked(&expr.ty, surface.span) {
            return poison(surface.span);
        }
        let message = format!("a condition is a bool, not `{}`", ty::name(&expr.ty));
        let number = ty::is_number(&expr.ty);
        let error = self.error(Code::E0307, surface.span, message);
        if number {
            error.help = Some("compare it: `… != 0`".into());
        }
        poison(surface.span)
    }

    /// `then if condition else other`.
    fn cond(&mut self, condition: &Surface, then: &Surface, other: &Surface, span: Span, hint: Option<&Ty>) -> Expr {
        let condition = self.condition(condition);
        if !ty::is_secret(&condition.ty) {
            let facts = self.facts(&condition);
            let (then, other, ty) = self.alternatives(then, other, span, hint, &facts);
            if condition.ty == Ty::Error || ty == Ty::Error {
                return poison(span);
            }
            let kind = HirKind::If(Box::new(condition), Box::new(then), Box::new(other));
            return Expr { kind, ty, span };
        }
        let (then, other, ty) =
            self.chosen_sides(&condition, |body| body.alternatives(then, other, span, hint, &Facts::default()));
        self.select(condition, then, other, &ty, span, true)
    }

    /// Both values in their one type.
    pub(crate) fn alternatives(
        &mut self,
        then: &Surface,
        other: &Surface,
        span: Span,
        hint: Option<&Ty>,
        facts: &Facts,
    ) -> (Expr, Expr, Ty) {
        let (then, other) = match (then.lit, other.lit) {
            (Lit::No, Lit::No) => {
                let (x, y) = (self.inferred(then), self.inferred(other));
                let (then, other) = if hint.is_none() && is_open_display(then) && !is_open_display(other) {
                    // What holds nothing takes its type from the other.
                    let other = self.under(&facts.no, |body| body.expr(other, hint));
                    let beside = display_hint(then, &other.ty);
                    (self.under(&facts.yes, |body| body.expr(then, beside.as_ref())), other)
                } else {
                    let then = self.under(&facts.yes, |body| body.expr(then, hint));
                    let beside = hint.cloned().or_else(|| display_hint(other, &then.ty));
                    (then, self.under(&facts.no, |body| body.expr(other, beside.as_ref())))
                };
                self.pair(Side::Val(then, x), Side::Val(other, y), None, None)
            }
            (Lit::No, _) => {
                let value = self.under(&facts.yes, |body| body.alternative(then, hint));
                let own = ty::public_of(&value.ty);
                let literal = self.literal(Chain::one(other), Some(&own));
                (value, literal)
            }
            (_, Lit::No) => {
                let value = self.under(&facts.no, |body| body.alternative(other, hint));
                let own = ty::public_of(&value.ty);
                (self.literal(Chain::one(then), Some(&own)), value)
            }
            _ => self.pair(Side::Lit(Chain::one(then)), Side::Lit(Chain::one(other)), hint, None),
        };
        let ty = match ty::merge(&then.ty, &other.ty) {
            Some(ty) => ty,
            None if ty::fit(&then.ty, &other.ty) == ty::Fit::Convert => other.ty.clone(),
            None if ty::fit(&other.ty, &then.ty) == ty::Fit::Convert => then.ty.clone(),
            None => {
                let (a, b) = (ty::name(&then.ty), ty::name(&other.ty));
                self.error(Code::E0301, span, format!("the two values have different types, `{a}` and `{b}`"));
                return (poison(span), poison(span), Ty::Error);
            }
        };
        if then.ty == Ty::Error || other.ty == Ty::Error {
            return (then, other, Ty::Error);
        }
        let then = self.coerce(then, &ty);
        let other = self.coerce(other, &ty);
        (then, other, ty)
    }

    /// A side beside a literal, which says what a `None` is the absence of.
    fn alternative(&mut self, surface: &Surface, hint: Option<&Ty>) -> Expr {
        if hint.is_none() && is_none_word(surface) { untyped_none(surface.span) } else { self.expr(surface, hint) }
    }

    /// The choice by a secret condition.
    pub(crate) fn select(&mut self, cond: Expr, then: Expr, other: Expr, ty: &Ty, span: Span, guarded: bool) -> Expr {
        if cond.ty == Ty::Error || *ty == Ty::Error {
            return poison(span);
        }
        let secret = match ty {
            Ty::Enum { of, .. } => Ty::Enum { of: of.clone(), secret: true },
            Ty::Scalar { ty: ScalarTy::Float, .. } => ty::secret(ScalarTy::FIX64),
            Ty::Scalar { ty, .. } => ty::secret(*ty),
            Ty::Array(_) => return self.select_array(cond, then, other, ty, span, guarded),
            other => match ty::secret_form(other) {
                Some(form) if ty::fit(other, &form) != ty::Fit::Mismatch => form,
                _ => {
                    let message = format!("a secret condition cannot choose between values of type `{}`", ty::name(ty));
                    return self.leak(Code::E0418, span, message, &cond);
                }
            },
        };
        let then = self.coerce(then, &secret);
        let other = self.coerce(other, &secret);
        let kind = HirKind::Select { cond: Box::new(cond), then: Box::new(then), other: Box::new(other), guarded };
        Expr { kind, ty: secret, span }
    }

    fn tuple(&mut self, elements: &[Surface], span: Span, hint: Option<&Ty>) -> Expr {
        let hints = match hint {
            Some(Ty::Tuple(members)) if members.len() == elements.len() => Some(members.clone()),
            _ => None,
        };
        let mut members = Vec::new();
        for (at, element) in elements.iter().enumerate() {
            let hint = hints.as_ref().map(|hints| &hints[at]).filter(|hint| !ty::has_error(hint));
            members.push(match hint {
                Some(want) => self.check(element, want),
                None => self.expr(element, None),
            });
        }
        let ty = Ty::Tuple(members.iter().map(|member| member.ty.clone()).collect());
        if members.iter().any(|member| member.ty == Ty::Error) {
            return poison(span);
        }
        Expr { kind: HirKind::Tuple(members), ty, span }
    }

    fn list(&mut self, elements: &[Surface], span: Span, hint: Option<&Ty>) -> Expr {
        let want = match hint {
            Some(Ty::List(element)) if !ty::has_error(element) => Some((**element).clone()),
            _ => None,
        };
        if let Some(want) = want {
            let items: Vec<Expr> = elements.iter().map(|element| self.check(element, &want)).collect();
            if items.iter().any(|item| item.ty == Ty::Error) {
                return poison(span);
            }
            return Expr { kind: HirKind::List(items), ty: ty::list(want), span };
        }
        if elements.is_empty() {
            self.error(Code::E0306, span, "nothing tells the element type of this list").help =
                Some("write the type: `var xs: list[T] = []`".into());
            return Expr { kind: HirKind::List(Vec::new()), ty: ty::list(Ty::Error), span };
        }
        match self.elements(&elements.iter().collect::<Vec<_>>(), None) {
            Some((items, ty)) => Expr { kind: HirKind::List(items), ty: ty::list(ty), span },
            None => poison(span),
        }
    }

    /// Elements of a display (at least one) in their one type: the one wanted, else that of the first that is not untyped, secret if
    /// one is.
    pub(crate) fn elements(&mut self, elements: &[&Surface], want: Option<Ty>) -> Option<(Vec<Expr>, Ty)> {
        if let Some(want) = want {
            let items: Vec<Expr> = elements.iter().map(|element| self.check(element, &want)).collect();
            return (items.iter().all(|item| item.ty != Ty::Error)).then_some((items, want));
        }
        let open = elements.iter().any(|element| is_open_display(element));
        let absent = elements.iter().any(|element| is_none_word(element));
        let mut typed: Vec<Option<Expr>> = elements
            .iter()
            .map(|element| {
                let waits = element.lit != Lit::No || is_open_display(element);
                (!waits).then(|| self.expr(element, None))
            })
            .collect();
        let mut want: Option<Ty> = None;
        for item in typed.iter().flatten() {
            want = Some(match want {
                None => item.ty.clone(),
                Some(before) => match ty::merge(&before, &item.ty) {
                    Some(joint) => joint,
                    None if ty::is_secret(&item.ty) => ty::secret_of(&before).unwrap_or(before),
                    None => before,
                },
            });
        }
        let real = elements.iter().any(|element| element.lit == Lit::Real);
        let literal = elements.iter().any(|element| element.lit != Lit::No);
        let want = match want {
            Some(want) => want,
            None if open && !(absent && literal) => {
                // Every element is a display that says nothing by itself: the first one reports it.
                let first = self.expr(elements[0], None);
                first.ty
            }
            None if real => ty::FLOAT,
            None => INT,
        };
        let want = if absent { ty::optional(want) } else { want };
        let mut items = Vec::new();
        for (element, slot) in elements.iter().zip(&mut typed) {
            items.push(match slot.take() {
                Some(item) => self.coerce(item, &want),
                None if ty::has_error(&want) => poison(element.span),
                None => self.check(element, &want),
            });
        }
        (!ty::has_error(&want) && items.iter().all(|item| item.ty != Ty::Error)).then_some((items, want))
    }

    fn comprehension(&mut self, element: &Surface, clauses: &[SurfaceClause], span: Span, hint: Option<&Ty>) -> Expr {
        let before = self.assigned.clone();
        self.open(ScopeKind::Plain);
        let typed = self.clauses(clauses);
        let want = match hint {
            Some(Ty::List(element)) if !ty::has_error(element) => Some((**element).clone()),
            _ => None,
        };
        let element = match &want {
            Some(want) => self.check(element, want),
            None => self.expr(element, None),
        };
        self.close();
        self.assigned = before;
        if element.ty == Ty::Error {
            return poison(span);
        }
        let ty = ty::list(element.ty.clone());
        Expr { kind: HirKind::Comprehension(typed, Box::new(element)), ty, span }
    }

    /// The clauses of a comprehension, whose scope is open. A filter tells what follows it which variables are present.
    pub(crate) fn clauses(&mut self, clauses: &[SurfaceClause]) -> Vec<Clause> {
        let mut typed = Vec::new();
        for clause in clauses {
            typed.push(match clause {
                SurfaceClause::For(pattern, source) => {
                    let (iter, item) = self.iter(source);
                    Clause::For(self.pattern(pattern, &item), iter)
                }
                SurfaceClause::If(condition) => {
                    let condition = self.condition(condition);
                    if ty::is_secret(&condition.ty) && Rule::Filter.on() {
                        let message = "the filter of a comprehension is public";
                        self.leak(Code::E0407, condition.span, message, &condition);
                    }
                    let facts = self.facts(&condition);
                    self.narrow(&facts.yes);
                    Clause::If(condition)
                }
            });
        }
        typed
    }

    /// What a `for` walks, and the type of its items.
    pub(crate) fn iter(&mut self, source: &Surface) -> (Iter, Ty) {
        if let ExprKind::Range(start, stop) = &source.bare().kind {
            let start = self.bound(start);
            let stop = self.bound(stop);
            return (Iter::Range(start, stop), INT);
        }
        let value = self.expr(source, None);
        let item = match &value.ty {
            Ty::List(element) => (**element).clone(),
            Ty::Dict(key, _) => Ty::clone(key),
            Ty::Array(_) => value.ty.clone(),
            Ty::Str | Ty::Text => value.ty.clone(),
            Ty::Error => Ty::Error,
            optional if self.unchecked(optional, source.span) => Ty::Error,
            other => {
                let message = format!("`{}` cannot be iterated", ty::name(other));
                let number = ty::is_int(other);
                let error = self.error(Code::E0313, source.span, message);
                if number {
                    error.help = Some("count with `for i in 0..n`".into());
                }
                Ty::Error
            }
        };
        (Iter::Value(value), item)
    }

    /// A bound of a range.
    fn bound(&mut self, surface: &Surface) -> Expr {
        if let Some(local) = self.inferred(surface) {
            self.need(local, Role::Place, INT, surface.span);
        }
        let value = self.expr(surface, None);
        let value = self.plain(value);
        if value.ty == Ty::Error {
            return value;
        }
        if ty::has_secret(&value.ty) && Rule::RangeBound.on() {
            return self.leak(Code::E0408, surface.span, "the bounds of a range are public", &value);
        }
        if self.unchecked(&value.ty, surface.span) {
            return poison(surface.span);
        }
        if !ty::is_int(&value.ty) {
            let message = format!("the bounds of a range are integers, not `{}`", ty::name(&value.ty));
            return self.fail(Code::E0301, surface.span, message);
        }
        self.in_format(value, ScalarTy::I64)
    }

    /// `base.name` without a call.
    fn field(&mut self, base: &Surface, name: &super::tree::Ident, span: Span) -> Expr {
        if let Some(found) = self.qualified(base, name) {
            return self.found(found, &name.text, span);
        }
        match self.named_type(base) {
            Some(Ty::Enum { of, .. }) => return self.enum_member(&of, name, span),
            Some(Ty::Object(object)) => {
                let message = format!("`{}` is a type: only its values have fields", object.of.name);
                return self.fail(Code::E0204, name.span, message);
            }
            _ => {}
        }
        if let Some(module) = base.name().cloned() {
            match self.find(&module) {
                Found::Module | Found::Type if super::prelude::is_module(&module) => {
                    return self.module_member(&module, name, span);
                }
                Found::Silent => return poison(span),
                _ => {}
            }
        }
        let value = self.expr(base, None);
        if let Ty::Array(_) = value.ty
            && let Some(field) = self.array_field(value.clone(), name, span)
        {
            return field;
        }
        match (&value.ty, &*name.text) {
            (Ty::Error, _) => poison(span),
            (Ty::RbcResult, field) => match self.received_field(&value, field, span) {
                Some(field) => field,
                None => self.fail(Code::E0204, name.span, format!("`RbcResult` has no field `{field}`")),
            },
            (Ty::Object(_), _) => self.object_field(value, name, span),
            (Ty::Str | Ty::Text | Ty::List(_) | Ty::Dict(..) | Ty::Array(_), "len") => {
                self.error(Code::W0304, name.span, "`.len` reads `len(…)`").help = Some("write `.len()`".into());
                prelude(Prelude::Len, vec![value], INT, span)
            }
            (optional, _) if self.unchecked(optional, base.span) => poison(span),
            (other, field) => {
                let message = format!("`{}` has no field `{field}`", ty::name(other));
                let known = super::prelude::is_prelude(field);
                let error = self.error(Code::E0204, name.span, message);
                if known {
                    error.help = Some(format!("call it: `.{field}(…)`"));
                }
                poison(span)
            }
        }
    }

    /// `base[subs]`.
    fn index(&mut self, base: &Surface, subs: &[Sub], span: Span) -> Expr {
        match self.denotes(base) {
            Some(Found::Type | Found::Decl(Decl::Alias(_) | Decl::Object(_) | Decl::Enum(_))) => {
                return self.fail(Code::E0214, span, "a type is not a value");
            }
            Some(Found::Local(local))
                if matches!(&self.locals[local.0 as usize].ty, Ty::Def(def)
                    if !self.cx.module.funcs[def.func].generics.is_empty()) =>
            {
                let value = self.open_expr(base, None);
                return self.instance_value(value, subs, span);
            }
            Some(Found::Decl(Decl::Func(func))) => {
                let value = self.function_value(func, base.span);
                return self.instance_value(value, subs, span);
            }
            Some(Found::Silent) => return poison(span),
            _ => {}
        }
        let value = self.expr(base, None);
        if let Ty::Array(_) = value.ty {
            return self.array_index(value, subs, span);
        }
        let [sub] = subs else {
            if value.ty == Ty::Error {
                return poison(span);
            }
            let message = format!("`{}` takes one index", ty::name(&value.ty));
            return self.fail(Code::E0311, span, message);
        };
        match (sub, &value.ty) {
            (Sub::Expr(index), Ty::Error) => {
                self.expr(index, None);
                poison(span)
            }
            (_, Ty::Error) => poison(span),
            (Sub::Type(ty), _) => self.fail(Code::E0311, ty.span, "a type is no index"),
            (Sub::Expr(index), Ty::List(element)) => {
                let ty = (**element).clone();
                let index = self.position(index, false);
                if ty::is_secret(&index.ty) {
                    return self.scan(value, index, &ty, span);
                }
                self.element(value, index, ty, span)
            }
            (Sub::Expr(index), Ty::Dict(key, value_ty)) => {
                let (key, ty) = (Ty::clone(key), Ty::clone(value_ty));
                let key = self.key(&Given::Surface(index), &key);
                if ty::is_secret(&key.ty) {
                    return self.scan_dict(value, key, span);
                }
                self.element(value, key, ty, span)
            }
            (Sub::Expr(index), Ty::Str | Ty::Text) => {
                let index = self.position(index, true);
                let ty = value.ty.clone();
                self.element(value, index, ty, span)
            }
            (Sub::Expr(index), Ty::Tuple(members)) => {
                let members = members.clone();
                self.member(value, &members, index, span)
            }
            (Sub::Slice(start, stop, step), Ty::List(_) | Ty::Str | Ty::Text) => {
                let parts = [start, stop, step].map(|part| {
                    part.as_ref().map(|part| {
                        let part = self.slice_bound(part);
                        Box::new(part)
                    })
                });
                let [start, stop, step] = parts;
                let ty = value.ty.clone();
                Expr { kind: HirKind::Slice(Box::new(value), start, stop, step), ty, span }
            }
            (_, optional) if self.unchecked(optional, base.span) => poison(span),
            (_, other) => {
                let message = format!("`{}` cannot be indexed so", ty::name(other));
                self.fail(Code::E0311, span, message)
            }
        }
    }

    fn element(&mut self, base: Expr, index: Expr, ty: Ty, span: Span) -> Expr {
        if index.ty == Ty::Error {
            return poison(span);
        }
        Expr { kind: HirKind::Index(Box::new(base), Box::new(index)), ty, span }
    }

    /// A public index of a list or string.
    pub(crate) fn position(&mut self, surface: &Surface, string: bool) -> Expr {
        if let Some(local) = self.inferred(surface) {
            self.need(local, Role::Place, INT, surface.span);
        }
        let index = self.expr(surface, None);
        let index = self.plain(index);
        if index.ty == Ty::Error {
            return index;
        }
        if self.unchecked(&index.ty, surface.span) {
            return poison(surface.span);
        }
        if !ty::is_int(&index.ty) {
            let message = format!("an index is an integer, not `{}`", ty::name(&index.ty));
            return self.fail(Code::E0311, surface.span, message);
        }
        if ty::is_secret(&index.ty) {
            if string && Rule::StringIndex.on() {
                return self.leak(Code::E0409, surface.span, "a string takes a public index", &index);
            }
            return index;
        }
        self.in_format(index, ScalarTy::I64)
    }

    pub(crate) fn slice_bound(&mut self, surface: &Surface) -> Expr {
        if let Some(local) = self.inferred(surface) {
            self.need(local, Role::Place, INT, surface.span);
        }
        let bound = self.expr(surface, None);
        let bound = self.plain(bound);
        if bound.ty == Ty::Error {
            return bound;
        }
        if ty::has_secret(&bound.ty) && Rule::SliceBound.on() {
            return self.leak(Code::E0408, surface.span, "the bounds of a slice are public", &bound);
        }
        if self.unchecked(&bound.ty, surface.span) {
            return poison(surface.span);
        }
        if !ty::is_int(&bound.ty) {
            let message = format!("the bounds of a slice are integers, not `{}`", ty::name(&bound.ty));
            return self.fail(Code::E0311, surface.span, message);
        }
        self.in_format(bound, ScalarTy::I64)
    }

    fn member(&mut self, base: Expr, members: &[Ty], index: &Surface, span: Span) -> Expr {
        let position = self.expr(index, None);
        if position.ty == Ty::Error {
            return poison(span);
        }
        let Some((ScalarTy::Int(_), word)) = word_of(&position) else {
            return self.fail(Code::E0311, index.span, "a tuple is indexed by a constant integer");
        };
        let len = i64::try_from(members.len()).unwrap_or(i64::MAX);
        let at = word.cast_signed();
        let at = if at < 0 { at + len } else { at };
        match usize::try_from(at).ok().and_then(|at| members.get(at)) {
            Some(ty) => {
                let kind = HirKind::Member(Box::new(base), u32::try_from(at).unwrap_or(0));
                Expr { kind, ty: ty.clone(), span }
            }
            None => {
                let message = format!("the tuple has {} members", members.len());
                self.fail(Code::E0311, index.span, message)
            }
        }
    }

    fn format(&mut self, parts: &[FPart], span: Span) -> Expr {
        let mut typed = Vec::new();
        for part in parts {
            typed.push(match part {
                FPart::Text(text) => Part::Text(text.clone()),
                FPart::Hole(surface, spec, at) => {
                    let value = self.expr(surface, None);
                    let mut value = self.keep_kind(value);
                    if let Some(spec) = spec {
                        value = self.plain(value);
                        self.format_spec(spec, *at, &value.ty);
                    }
                    Part::Hole(value, spec.clone())
                }
            });
        }
        Expr { kind: HirKind::Format(typed), ty: Ty::Str, span }
    }

    /// E0318.
    fn format_spec(&mut self, spec: &str, span: Span, ty: &Ty) {
        let what = match ty {
            Ty::Error => return,
            Ty::Str => SpecFor::Text,
            Ty::Scalar { ty, secret: false } => SpecFor::from(*ty),
            Ty::Enum { secret: false, .. } => SpecFor::from(ScalarTy::I64),
            _ => SpecFor::Other,
        };
        match FormatSpec::parse(spec) {
            Ok(parsed) if parsed.suits(what) => {}
            Ok(_) => {
                let message = format!("the format `{spec}` does not suit a value of type `{}`", ty::name(ty));
                self.error(Code::E0318, span, message);
            }
            Err(_) => {
                self.error(Code::E0318, span, format!("`{spec}` is no format"));
            }
        }
    }
}

/// A display beside a value of a container type takes its type.
fn display_hint(display: &Surface, ty: &Ty) -> Option<Ty> {
    match (&display.bare().kind, ty) {
        (ExprKind::List(_), Ty::List(_)) | (ExprKind::Tuple(_), Ty::Tuple(_)) => Some(ty.clone()),
        (ExprKind::Dict(_), Ty::Dict(..)) => Some(ty.clone()),
        (ExprKind::None, _) if *ty != Ty::Error => Some(ty::optional(ty.clone())),
        _ => None,
    }
}

/// Whether the value may be of a larger type than its parts.
const fn is_composed(kind: &ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::Call(..)
            | ExprKind::Tuple(_)
            | ExprKind::List(_)
            | ExprKind::Comprehension(..)
            | ExprKind::Dict(_)
            | ExprKind::DictComprehension(..)
            | ExprKind::Lambda(_)
    )
}
