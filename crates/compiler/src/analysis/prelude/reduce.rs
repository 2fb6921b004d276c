//! Prelude functions of numbers, reductions, secrecy and printing: arguments in, typed nodes out.

use stoffel_bytecode::DisclosureKind;
use stoffel_syntax::{Code, Span};
use stoffel_value::{IntTy, ScalarTy, UnOp};

use super::Args;
use crate::analysis::body::{Body, poison};
use crate::analysis::call::Given;
use crate::analysis::convert::text;
use crate::analysis::operator::{bind, prelude};
use crate::analysis::optional::Facts;
use crate::analysis::rule::Rule;
use crate::analysis::tree::Lit;
use crate::analysis::ty::{self, BOOL, FLOAT, INT, NoSecret};
use crate::hir::{Dest, Expr, ExprKind, Prelude, Row, RowId, Ty};

impl Body<'_, '_> {
    /// A call of one of the functions of this file.
    pub(super) fn number_call(&mut self, name: &'static str, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let span = args.span;
        match name {
            "print" => {
                let values: Vec<Expr> = args.all().map(|arg| self.given(arg, None)).collect();
                let values = values.into_iter().map(|value| self.keep_kind(value)).collect();
                if Rule::ChosenPrint.on() {
                    self.effect(Code::E0410, name, span);
                }
                prelude(Prelude::Print, values, Ty::Unit, span)
            }
            "to_string" => {
                let value = self.given(args.at(0), None);
                let value = self.keep_kind(value);
                prelude(Prelude::ToString, vec![value], Ty::Str, span)
            }
            "type_name" | "type" => self.type_name(name, args),
            "reveal" | "open" | "open_fixed" | "batch_open" => self.reveal(name, args, hint),
            "reveal_to" => self.reveal_to(args),
            "to_secret" => self.made_secret(args, hint),
            "select" => self.select_call(args, hint),
            "min" | "max" => self.extremum(name, args, hint),
            "abs" => self.abs(args, hint),
            "clamp" => {
                let Some((mut values, format)) = self.joint(name, args, hint) else { return poison(span) };
                let (hi, lo, x) = (values.pop(), values.pop(), values.pop());
                let (Some(hi), Some(lo), Some(x)) = (hi, lo, x) else { return poison(span) };
                let low = self.extremum_node(Prelude::Max, x, lo, format, span);
                self.extremum_node(Prelude::Min, low, hi, format, span)
            }
            "dot" => self.dot(args),
            "assert_close" => self.assert_close(args),
            _ => self.reduction(name, args),
        }
    }

    fn type_name(&mut self, name: &str, args: &Args<'_>) -> Expr {
        let value = self.given(args.at(0), None);
        if value.ty == Ty::Error {
            return poison(args.span);
        }
        let shown = if name == "type" { old_name(&value.ty).to_owned() } else { ty::name(&value.ty) };
        let (_, binding) = self.hoist(value);
        bind(binding, text(&shown, args.span))
    }

    /// The reveal forms (LANGUAGE §10.3).
    fn reveal(&mut self, name: &str, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let span = args.span;
        let value = self.given(args.at(0), None);
        if value.ty == Ty::Error {
            return poison(span);
        }
        if !ty::has_secret(&value.ty) {
            let message = format!("this reveals nothing: `{}` holds no secret", ty::name(&value.ty));
            return self.fail(Code::E0404, span, message);
        }
        if let Some(object) = ty::declares_secrets(&value.ty) {
            let message = format!("`{}` declares secret fields, so it has no public form", object.of.name);
            self.error(Code::E0405, span, message).help = Some("reveal the fields that are meant".into());
            return poison(span);
        }
        if Rule::ChosenReveal.on() && self.effect(Code::E0410, name, span) {
            return poison(span);
        }
        if name == "batch_open" && !matches!(value.ty, Ty::List(_)) {
            return self.unsuited(name, "a list of secrets", &value);
        }
        if ty::has_share(&value.ty) {
            return self.opened_share(name, value, hint, span);
        }
        let row = self.row(DisclosureKind::Reveal, value.ty.clone(), Dest::Everyone, span);
        let ty = ty::public_of(&value.ty);
        Expr { kind: ExprKind::Reveal(Box::new(value), row), ty, span }
    }

    /// A new row of the disclosure list.
    pub(crate) fn row(&mut self, kind: DisclosureKind, ty: Ty, to: Dest, span: Span) -> RowId {
        let row = RowId(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
        let function = self.me.map_or_else(String::new, |id| self.cx.unit_name(id));
        self.rows.push(Row { kind, span, function, ty, to });
        row
    }

    fn made_secret(&mut self, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let hint = hint.map(ty::public_of);
        let value = self.given(args.at(0), hint.as_ref());
        if value.ty == FLOAT {
            return self.coerce(value, &ty::secret(ScalarTy::FIX64));
        }
        match ty::secret_of(&value.ty) {
            Ok(want) => {
                let value = self.coerce(value, &want);
                Expr { span: args.span, ..value }
            }
            Err(NoSecret) => {
                let message = format!("`{}` cannot be secret", ty::name(&value.ty));
                self.fail(Code::E0403, args.span, message)
            }
        }
    }

    fn select_call(&mut self, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let span = args.span;
        let cond = match args.at(0) {
            Given::Surface(surface) => self.condition(surface),
            Given::Typed(value, _) => (**value).clone(),
        };
        if cond.ty != Ty::Error && !ty::is_bool(&cond.ty) {
            return self.unsuited("select", "a bool", &cond);
        }
        let (then, other) = (args.at(1).surface(), args.at(2).surface());
        let (then, other, ty) = self.alternatives(then, other, span, hint, &Facts::default());
        if ty::is_secret(&cond.ty) {
            return self.select(cond, then, other, &ty, span, false);
        }
        if ty == Ty::Error || cond.ty == Ty::Error {
            return poison(span);
        }
        // Both are evaluated, whatever the condition.
        let (cond, first) = self.hoist(cond);
        let (then, second) = self.hoist(then);
        let (other, third) = self.hoist(other);
        let kind = ExprKind::If(Box::new(cond), Box::new(then), Box::new(other));
        bind(first, bind(second, bind(third, Expr { kind, ty, span })))
    }

    /// Numbers in their one format: the values and the format.
    fn joint(&mut self, name: &str, args: &Args<'_>, hint: Option<&Ty>) -> Option<(Vec<Expr>, ScalarTy)> {
        let given: Vec<&Given<'_>> = args.all().collect();
        let typed: Vec<Option<Expr>> =
            given.iter().map(|arg| (arg.surface().lit == Lit::No).then(|| self.given(arg, None))).collect();
        let mut own: Option<Ty> = None;
        for value in typed.iter().flatten() {
            if value.ty == Ty::Error {
                return None;
            }
            if !ty::is_number(ty::leaf(&value.ty)) {
                self.unsuited(name, "numbers", value);
                return None;
            }
            own = Some(match own {
                None => value.ty.clone(),
                Some(before) => match ty::common(&before, &value.ty) {
                    Some(format) => ty::shaped(format, &before, &value.ty),
                    None => {
                        self.undefined(name, value.span, &before, &value.ty);
                        return None;
                    }
                },
            });
        }
        let real = given.iter().any(|arg| arg.surface().lit == Lit::Real);
        let hint = match (&own, hint) {
            (Some(own), _) => ty::public_of(ty::leaf(own)),
            (None, Some(hint)) if ty::is_number(hint) && (!real || !ty::is_int(hint)) => ty::public_of(hint),
            (None, _) => {
                if real {
                    FLOAT
                } else {
                    INT
                }
            }
        };
        let mut values = Vec::new();
        let mut ty = own;
        for (arg, slot) in given.into_iter().zip(typed) {
            let value = match slot {
                Some(value) => value,
                None => self.given(arg, Some(&hint)),
            };
            ty = Some(match ty {
                None => value.ty.clone(),
                Some(before) => {
                    let format = ty::common(&before, &value.ty)?;
                    ty::shaped(format, &before, &value.ty)
                }
            });
            values.push(value);
        }
        let ty = ty?;
        let format = ty::scalar(ty::leaf(&ty))?;
        let values =
            values.into_iter().map(|value| self.in_format(crate::analysis::operator::unnamed(value), format)).collect();
        Some((values, format))
    }

    fn extremum(&mut self, name: &'static str, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        if args.rest.is_empty() {
            return self.reduction(name, args);
        }
        let op = if name == "min" { Prelude::Min } else { Prelude::Max };
        let Some((values, format)) = self.joint(name, args, hint) else { return poison(args.span) };
        let mut values = values.into_iter();
        let Some(mut result) = values.next() else { return poison(args.span) };
        for value in values {
            result = self.extremum_node(op, result, value, format, args.span);
        }
        result
    }

    fn extremum_node(&mut self, op: Prelude, a: Expr, b: Expr, format: ScalarTy, span: Span) -> Expr {
        if a.ty == Ty::Error || b.ty == Ty::Error {
            return poison(span);
        }
        let ty = ty::shaped(format, &a.ty, &b.ty);
        prelude(op, vec![a, b], ty, span)
    }

    fn abs(&mut self, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let value = self.given(args.at(0), hint);
        match ty::scalar(&value.ty) {
            Some(ScalarTy::Int(int)) if !int.is_signed() => {
                let message = format!("`abs` is not defined for `{}`", ty::name(&value.ty));
                self.fail(Code::E0304, args.span, message)
            }
            Some(format) if format != ScalarTy::Bool => self.unary_node(UnOp::Abs, format, value, args.span),
            _ => self.unsuited("abs", "a number", &value),
        }
    }

    /// Reductions of a list of scalars.
    fn reduction(&mut self, name: &'static str, args: &Args<'_>) -> Expr {
        let span = args.span;
        let value = self.given(args.at(0), None);
        let (format, secret) = match &value.ty {
            Ty::List(element) => match &**element {
                Ty::Scalar { ty, secret } => (*ty, *secret),
                Ty::Enum { secret, .. } => (ScalarTy::I64, *secret),
                Ty::Error => return poison(span),
                _ => return self.unsuited(name, "a list of numbers or bools", &value),
            },
            _ => return self.unsuited(name, "a list", &value),
        };
        let boolean = format == ScalarTy::Bool;
        let own = Ty::Scalar { ty: format, secret };
        let with = |ty| Ty::Scalar { ty, secret };
        let (op, ty) = match name {
            "sum" if boolean => (Prelude::Sum, with(ScalarTy::I64)),
            "sum" => (Prelude::Sum, own),
            "mean" => (Prelude::Mean, mean_type(format, secret)),
            "any" if boolean => (Prelude::Any, own),
            "all" if boolean => (Prelude::All, own),
            "min" if !boolean => (Prelude::MinOf, own),
            "max" if !boolean => (Prelude::MaxOf, own),
            "argmin" if !boolean => (Prelude::ArgMin, with(ScalarTy::I64)),
            "argmax" if !boolean => (Prelude::ArgMax, with(ScalarTy::I64)),
            _ => {
                let message = format!("`{name}` is not defined for `{}`", ty::name(&value.ty));
                return self.fail(Code::E0304, span, message);
            }
        };
        prelude(op, vec![value], ty, span)
    }

    fn dot(&mut self, args: &Args<'_>) -> Expr {
        let span = args.span;
        let left = self.given(args.at(0), None);
        let hint = ty::public_of(&left.ty);
        let right = match args.at(1) {
            Given::Surface(surface) if super::super::stmt::is_open_display(surface) => self.expr(surface, Some(&hint)),
            other => self.given(other, None),
        };
        match (&left.ty, &right.ty) {
            (Ty::List(a), Ty::List(b)) if ty::is_number(a) && ty::scalar(a) == ty::scalar(b) => {
                let secret = ty::is_secret(a) || ty::is_secret(b);
                let Some(format) = ty::scalar(a) else { return poison(span) };
                prelude(Prelude::Dot, vec![left, right], Ty::Scalar { ty: format, secret }, span)
            }
            (Ty::Error, _) | (_, Ty::Error) => poison(span),
            (a, b) => self.undefined("dot", span, &a.clone(), &b.clone()),
        }
    }

    fn assert_close(&mut self, args: &Args<'_>) -> Expr {
        let span = args.span;
        if Rule::ChosenAssertClose.on() && self.effect(Code::E0415, "assert_close", span) {
            return poison(span);
        }
        let mut operands = Vec::new();
        for at in 0..3 {
            let value = self.given(args.at(at), Some(&FLOAT));
            if value.ty == Ty::Error {
                return poison(span);
            }
            if ty::has_secret(&value.ty) && Rule::AssertCloseOperand.on() {
                return self.leak(Code::E0407, value.span, "`assert_close` compares public values", &value);
            }
            let found = Expr { ty: value.ty.clone(), ..poison(value.span) };
            match self.float_list(value).filter(|value| at < 2 || value.ty == FLOAT) {
                Some(value) => operands.push(value),
                None => return self.unsuited("assert_close", "numbers, or lists of numbers", &found),
            }
        }
        if operands[0].ty != operands[1].ty {
            let (a, b) = (operands[0].ty.clone(), operands[1].ty.clone());
            return self.undefined("assert_close", span, &a, &b);
        }
        prelude(Prelude::AssertClose, operands, Ty::Unit, span)
    }

    /// The truth value of a bool option, `False` if it is not given.
    pub(super) fn option(&mut self, given: Option<&Given<'_>>, span: Span) -> Expr {
        match given {
            Some(given) => self.given_check(given, &BOOL),
            None => crate::analysis::literal::constant(ScalarTy::Bool, 0, span),
        }
    }
}

/// The type of `mean` (LANGUAGE §10.4).
pub(super) fn mean_type(format: ScalarTy, secret: bool) -> Ty {
    match (format, secret) {
        (ScalarTy::Fix(_), _) => Ty::Scalar { ty: format, secret },
        (_, true) => ty::secret(ScalarTy::FIX64),
        (_, false) => FLOAT,
    }
}

/// What `type` of 0.1 said.
fn old_name(ty: &Ty) -> &'static str {
    match ty {
        Ty::Scalar { ty: ScalarTy::Bool, .. } => "boolean",
        Ty::Scalar { ty: ScalarTy::Int(int), .. } => IntTy::name(*int),
        Ty::Scalar { .. } => "float",
        Ty::Str | Ty::Text => "string",
        Ty::List(_) | Ty::Array(_) | Ty::Tuple(_) => "array",
        Ty::Dict(..) => "object",
        Ty::Share => "share",
        Ty::RbcResult | Ty::Object(_) | Ty::Handle(_) => "object",
        Ty::Enum { .. } => "int64",
        Ty::Func(_) | Ty::Def(_) | Ty::Closure => "function",
        Ty::Unit | Ty::Optional(_) | Ty::Error => "nil",
    }
}
