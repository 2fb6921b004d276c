//! Prelude functions of arrays: arguments in, typed nodes out (LANGUAGE §13).

use stoffel_syntax::Code;
use stoffel_value::{ScalarTy, UnOp};

use super::reduce::mean_type;
use super::{Args, Sig};
use crate::analysis::array::array;
use crate::analysis::body::{Body, poison};
use crate::analysis::call::Given;
use crate::analysis::literal::constant;
use crate::analysis::operator::prelude;
use crate::analysis::rule::Rule;
use crate::analysis::tree::{Expr as Surface, ExprKind as SurfaceKind, Lit};
use crate::analysis::ty::{self, INT};
use crate::hir::{ArrayFn, Clause, Expr, ExprKind, Iter, Pattern, Prelude, Ty};

impl Body<'_, '_> {
    /// A call of a function that lists have too, if its first argument is an array; else the argument is handed back evaluated.
    pub(super) fn on_array(&mut self, sig: &Sig, args: &mut Args<'_>) -> Option<Expr> {
        let shared = matches!(
            sig.name,
            "sum" | "mean" | "any" | "all" | "argmin" | "argmax" | "sort" | "sorted" | "copy" | "len" | "abs" | "dot"
        );
        let reduces = matches!(sig.name, "min" | "max") && args.rest.is_empty();
        if !shared && !reduces {
            return None;
        }
        let first = args.get(0)?.clone();
        if first.surface().lit != Lit::No || crate::analysis::stmt::is_open_display(first.surface()) {
            return None;
        }
        let value = self.given(&first, None);
        if !matches!(value.ty, Ty::Array(_)) {
            if let Some(axis) = args.axis(sig)
                && value.ty != Ty::Error
            {
                let message = format!("`{}` of `{}` has no axis", sig.name, ty::name(&value.ty));
                return Some(self.fail(Code::E0309, axis.surface().span, message));
            }
            args.given[0] = Some(Given::Typed(Box::new(value), first.surface()));
            return None;
        }
        Some(self.shared_call(sig, value, args))
    }

    fn shared_call(&mut self, sig: &Sig, value: Expr, args: &Args<'_>) -> Expr {
        let span = args.span;
        let own = value.ty.clone();
        match sig.name {
            "len" => prelude(Prelude::Len, vec![value], INT, span),
            "copy" => prelude(Prelude::Copy, vec![value], own, span),
            "abs" => match ty::scalar(ty::leaf(&own)) {
                Some(ScalarTy::Int(int)) if !int.is_signed() => self.undefined_on(sig.name, &value, args),
                Some(format) if format != ScalarTy::Bool => {
                    Expr { kind: ExprKind::Unary(UnOp::Abs, Box::new(value)), ty: own, span }
                }
                _ => self.undefined_on(sig.name, &value, args),
            },
            "dot" => {
                let right = self.given(args.at(1), None);
                if right.ty == Ty::Error {
                    return poison(span);
                }
                self.matrix_product("dot", span, value, right)
            }
            "sort" | "sorted" => self.array_order(sig, value, args),
            _ => self.array_reduction(sig, value, args),
        }
    }

    fn undefined_on(&mut self, name: &str, value: &Expr, args: &Args<'_>) -> Expr {
        let message = format!("`{name}` is not defined for `{}`", ty::name(&value.ty));
        self.fail(Code::E0304, args.span, message)
    }

    /// An axis, or the default.
    fn axis(&mut self, name: &str, given: Option<Given<'_>>, default: i64, args: &Args<'_>) -> Expr {
        match given {
            Some(given) => self.integer_arg(name, &given, Code::E0301),
            None => constant(ScalarTy::I64, default.cast_unsigned(), args.span),
        }
    }

    fn array_order(&mut self, sig: &Sig, value: Expr, args: &Args<'_>) -> Expr {
        for (at, param) in sig.params.iter().enumerate() {
            if let (Some(given), "key" | "reverse") = (args.get(at), *param) {
                let message = format!("`{}` of an array has an axis and no `{param}`", sig.name);
                return self.fail(Code::E0309, given.surface().span, message);
            }
        }
        if sig.name == "sort" && self.changes_const(args.at(0)) {
            return poison(args.span);
        }
        let axis = self.axis(sig.name, args.axis(sig).cloned(), -1, args);
        let own = value.ty.clone();
        if sig.name == "sort" && !self.stays_inside(&value) {
            if Rule::ChosenOrder.on() && !self.merges_element(&value, ty::leaf(&own), args.span) {
                return poison(args.span);
            }
            let pi = self.pi(args.span);
            return array(ArrayFn::SortIf, vec![pi, value, axis], Ty::Unit, args.span);
        }
        if sig.name == "sort" {
            return array(ArrayFn::Sort, vec![value, axis], Ty::Unit, args.span);
        }
        array(ArrayFn::Sorted, vec![value, axis], own, args.span)
    }

    fn array_reduction(&mut self, sig: &Sig, value: Expr, args: &Args<'_>) -> Expr {
        let span = args.span;
        let element = ty::leaf(&value.ty).clone();
        let Some(format) = ty::scalar(&element) else { return poison(span) };
        let secret = ty::is_secret(&element);
        let boolean = format == ScalarTy::Bool;
        let with = |ty| Ty::Scalar { ty, secret };
        let (op, result) = match sig.name {
            "sum" if boolean => (ArrayFn::Sum, with(ScalarTy::I64)),
            "sum" => (ArrayFn::Sum, element),
            "mean" => (ArrayFn::Mean, mean_type(format, secret)),
            "any" if boolean => (ArrayFn::Any, element),
            "all" if boolean => (ArrayFn::All, element),
            "min" if !boolean => (ArrayFn::Min, element),
            "max" if !boolean => (ArrayFn::Max, element),
            "argmin" if !boolean => (ArrayFn::ArgMin, with(ScalarTy::I64)),
            "argmax" if !boolean => (ArrayFn::ArgMax, with(ScalarTy::I64)),
            _ => return self.undefined_on(sig.name, &value, args),
        };
        match args.axis(sig).cloned() {
            None => array(op, vec![value], result, span),
            Some(axis) => {
                let axis = self.integer_arg(sig.name, &axis, Code::E0301);
                array(op, vec![value, axis], ty::array(result), span)
            }
        }
    }

    /// A call of a function of arrays alone.
    pub(super) fn array_call(&mut self, name: &'static str, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let span = args.span;
        let element = match hint {
            Some(Ty::Array(element)) => Some((**element).clone()),
            _ => None,
        };
        match name {
            "array" => self.array_from(args, element.as_ref()),
            "zeros" | "ones" => {
                let ty = element.unwrap_or(ty::FLOAT);
                let shape = self.shape(name, args.at(0), args);
                let Some(format) = ty::scalar(&ty) else { return poison(span) };
                let word = match format {
                    _ if name == "zeros" => 0,
                    ScalarTy::Float => 1f64.to_bits(),
                    ScalarTy::Fix(fix) => 1 << fix.f(),
                    ScalarTy::Int(_) | ScalarTy::Bool => 1,
                };
                let value = constant(format, word, span);
                self.filled(shape, value, span)
            }
            "full" => {
                let shape = self.shape(name, args.at(0), args);
                let hint = element.as_ref().map(ty::public_of);
                let value = self.given(args.at(1), hint.as_ref());
                let value = self.plain(value);
                if value.ty != Ty::Error && ty::scalar(&value.ty).is_none() {
                    return self.unsuited(name, "a scalar", &value);
                }
                self.filled(shape, value, span)
            }
            "identity" => {
                let ty = element.as_ref().map_or(ty::FLOAT, ty::public_of);
                let n = self.integer_arg(name, args.at(0), Code::E0301);
                array(ArrayFn::Identity, vec![n], ty::array(ty), span)
            }
            "arange" => {
                let numbers = self.range(args);
                array(ArrayFn::From, vec![numbers], ty::array(INT), span)
            }
            "concat" | "stack" => self.joined(name, args),
            "where" => self.where_call(args, element.as_ref()),
            _ => {
                let value = self.given(args.at(0), None);
                if !matches!(value.ty, Ty::Array(_)) {
                    return self.unsuited(name, "an array", &value);
                }
                self.array_method(name, value, args, hint)
            }
        }
    }

    fn array_method(&mut self, name: &str, value: Expr, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let span = args.span;
        let own = value.ty.clone();
        let element = ty::leaf(&own).clone();
        match name {
            "cumsum" => {
                let axis = self.axis(name, args.get(1).cloned(), 0, args);
                if ty::is_bool(&element) {
                    return self.undefined_on(name, &value, args);
                }
                array(ArrayFn::CumSum, vec![value, axis], own, span)
            }
            "argsort" => {
                let axis = self.axis(name, args.get(1).cloned(), -1, args);
                let places = Ty::Scalar { ty: ScalarTy::I64, secret: ty::is_secret(&element) };
                array(ArrayFn::ArgSort, vec![value, axis], ty::array(places), span)
            }
            "transpose" => {
                let mut operands = vec![value];
                if let Some(axes) = args.get(1) {
                    operands.push(self.shape(name, &axes.clone(), args));
                }
                array(ArrayFn::Transpose, operands, own, span)
            }
            "reshape" => {
                let shape = self.shape(name, args.at(1), args);
                array(ArrayFn::Reshape, vec![value, shape], own, span)
            }
            _ => {
                // Nothing but the place says how deep the lists are.
                let mut depth = 0;
                let mut at = hint;
                while let Some(Ty::List(member)) = at {
                    depth += 1;
                    at = Some(member);
                }
                let list = (0..depth.max(1)).fold(element, |ty, _| ty::list(ty));
                array(ArrayFn::ToList, vec![value], list, span)
            }
        }
    }

    /// Lengths or axes: a list of integers, or one.
    fn shape(&mut self, name: &str, given: &Given<'_>, args: &Args<'_>) -> Expr {
        let list = ty::list(INT);
        let hint = matches!(given.surface().bare().kind, SurfaceKind::List(_)).then_some(&list);
        if hint.is_none()
            && let Some(local) = self.inferred(given.surface())
            && !matches!(self.locals[local.0 as usize].ty, Ty::List(_))
        {
            self.need(local, crate::analysis::infer::Role::Place, INT, given.surface().span);
        }
        // A display may hold a secret length: it is found before it is converted.
        let value = match (hint, given) {
            (Some(_), Given::Surface(surface)) => {
                let SurfaceKind::List(items) = &surface.bare().kind else { return poison(args.span) };
                let items: Vec<Expr> =
                    items.iter().map(|item| self.integer_arg(name, &Given::Surface(item), Code::E0301)).collect();
                if items.iter().any(|item| item.ty == Ty::Error) {
                    return poison(args.span);
                }
                Expr { kind: ExprKind::List(items), ty: list.clone(), span: surface.span }
            }
            _ => self.given(given, None),
        };
        let value = self.plain(value);
        if value.ty == Ty::Error {
            return value;
        }
        if ty::has_secret(&value.ty) && Rule::Shape.on() {
            let message = format!("this argument of `{name}` is public: it decides a shape");
            return self.leak(Code::E0408, value.span, message, &value);
        }
        if ty::is_int(&value.ty) {
            let value = self.in_format(value, ScalarTy::I64);
            let span = value.span;
            return Expr { kind: ExprKind::List(vec![value]), ty: list, span };
        }
        self.coerce(value, &list)
    }

    fn filled(&mut self, shape: Expr, value: Expr, span: stoffel_syntax::Span) -> Expr {
        if shape.ty == Ty::Error || value.ty == Ty::Error {
            return poison(span);
        }
        let ty = ty::array(value.ty.clone());
        array(ArrayFn::Full, vec![shape, value], ty, span)
    }

    /// `map` over an array: the function on each element, in the array's shape.
    pub(super) fn map_array(&mut self, xs: Expr, f: Expr, args: &Args<'_>) -> Expr {
        let span = args.span;
        let own = xs.ty.clone();
        let all = constant(ScalarTy::I64, (-1i64).cast_unsigned(), span);
        let flat = Expr { kind: ExprKind::List(vec![all]), ty: ty::list(INT), span };
        let rows = array(ArrayFn::Reshape, vec![xs.clone(), flat], own.clone(), span);
        let item = self.synthetic(own.clone(), span);
        let value = self.plain(Expr { kind: ExprKind::Local(item), ty: own, span });
        let result = self.call_given(f, value, args.at(0).surface(), span);
        let result = self.plain(result);
        if result.ty == Ty::Error {
            return poison(span);
        }
        if ty::scalar(&result.ty).is_none() {
            let message =
                format!("`map` of an array takes a function that gives a scalar, not `{}`", ty::name(&result.ty));
            return self.fail(Code::E0301, span, message);
        }
        let element = result.ty.clone();
        let clause = Clause::For(Pattern::Local(item), Iter::Value(rows));
        let kind = ExprKind::Comprehension(vec![clause], Box::new(result));
        let list = Expr { kind, ty: ty::list(element.clone()), span };
        let made = array(ArrayFn::From, vec![list], ty::array(element.clone()), span);
        let shape = array(ArrayFn::Shape, vec![xs], ty::list(INT), span);
        array(ArrayFn::Reshape, vec![made, shape], ty::array(element), span)
    }

    fn array_from(&mut self, args: &Args<'_>, element: Option<&Ty>) -> Expr {
        let span = args.span;
        let given = args.at(0);
        let depth = depth(given.surface());
        let hint = element.filter(|_| depth > 0).map(|element| {
            // Literals become secret all at once, after they are an array.
            let leaf = if is_literal(given.surface()) { ty::public_of(element) } else { element.clone() };
            (0..depth).fold(leaf, |ty, _| ty::list(ty))
        });
        let value = match (&hint, given) {
            (Some(want), Given::Surface(surface)) => self.check(surface, want),
            _ => self.given(given, None),
        };
        let mut leaf = &value.ty;
        while let Ty::List(member) = leaf {
            leaf = member;
        }
        let leaf = leaf.clone();
        match &value.ty {
            Ty::List(_) if ty::scalar(&leaf).is_some() => array(ArrayFn::From, vec![value], ty::array(leaf), span),
            Ty::List(_) if leaf == Ty::Error => poison(span),
            _ => self.unsuited("array", "a list, or lists of lists, of scalars", &value),
        }
    }

    fn joined(&mut self, name: &str, args: &Args<'_>) -> Expr {
        let value = self.given(args.at(0), None);
        let axis = self.axis(name, args.get(1).cloned(), 0, args);
        match &value.ty {
            Ty::List(member) if matches!(**member, Ty::Array(_)) => {
                let ty = (**member).clone();
                let op = if name == "concat" { ArrayFn::Concat } else { ArrayFn::Stack };
                array(op, vec![value, axis], ty, args.span)
            }
            _ => self.unsuited(name, "a list of arrays", &value),
        }
    }

    fn where_call(&mut self, args: &Args<'_>, element: Option<&Ty>) -> Expr {
        let span = args.span;
        let condition = self.given(args.at(0), None);
        if condition.ty != Ty::Error && !ty::is_bool(ty::leaf(&condition.ty)) {
            return self.unsuited("where", "an array of bools", &condition);
        }
        let (then, other) = (args.at(1).surface(), args.at(2).surface());
        let (then, other) = match (then.lit, other.lit) {
            (Lit::No, Lit::No) => (self.given(args.at(1), None), self.given(args.at(2), None)),
            (Lit::No, _) => {
                let value = self.given(args.at(1), None);
                let hint = ty::public_of(ty::leaf(&value.ty));
                let literal = self.given(args.at(2), Some(&hint));
                (value, literal)
            }
            (_, Lit::No) => {
                let value = self.given(args.at(2), None);
                let hint = ty::public_of(ty::leaf(&value.ty));
                (self.given(args.at(1), Some(&hint)), value)
            }
            _ => {
                let hint = element.map(ty::public_of);
                let real = then.lit == Lit::Real || other.lit == Lit::Real;
                let hint = hint.unwrap_or(if real { ty::FLOAT } else { INT });
                (self.given(args.at(1), Some(&hint)), self.given(args.at(2), Some(&hint)))
            }
        };
        if [&condition, &then, &other].iter().any(|value| value.ty == Ty::Error) {
            return poison(span);
        }
        let secret = [&condition, &then, &other].iter().any(|value| ty::has_secret(&value.ty));
        let Some(mut format) = ty::common(&then.ty, &other.ty) else {
            return self.undefined("where", span, &then.ty, &other.ty);
        };
        if secret && format == ScalarTy::Float {
            format = ScalarTy::FIX64;
        }
        let then = self.in_format(then, format);
        let other = self.in_format(other, format);
        let ty = ty::array(Ty::Scalar { ty: format, secret });
        array(ArrayFn::Where, vec![condition, then, other], ty, span)
    }
}

/// How many lists a display is nested in.
fn depth(surface: &Surface) -> usize {
    match &surface.bare().kind {
        SurfaceKind::List(items) => 1 + items.first().map_or(0, depth),
        _ => 0,
    }
}

/// Whether a display is made of literals and displays of them alone.
fn is_literal(surface: &Surface) -> bool {
    match &surface.bare().kind {
        SurfaceKind::List(items) => items.iter().all(is_literal),
        SurfaceKind::Bool(_) => true,
        _ => surface.lit != Lit::No,
    }
}
