//! Arrays: operands, indices and fields as written in, typed nodes on whole arrays out (LANGUAGE §13).
//!
//! An array where a scalar is expected is one without axes: the conversion of its type to the scalar's says so, and
//! `mir` pushes it down through element-wise operators, so that scalar code over arrays stays scalar code.

use stoffel_syntax::ast::{BinaryOp, UnaryOp};
use stoffel_syntax::{Code, Span};
use stoffel_value::{BinOp, CmpOp, ScalarTy, UnOp};

use super::body::{Body, poison};
use super::infer::Role;
use super::operator::{Side, code_of, prelude};
use super::rule::Rule;
use super::tree::{AugKind, Expr as Surface, Ident, Lit, Sub as SurfaceSub};
use super::ty::{self, BOOL, INT};
use crate::hir::{ArrayFn, Expr, ExprKind as HirKind, Place, Prelude, Stmt, StmtKind, Sub, Subs, Ty};

impl Body<'_, '_> {
    /// A value where a scalar is meant: of an array without axes, its element.
    pub(crate) fn plain(&mut self, expr: Expr) -> Expr {
        match &expr.ty {
            Ty::Array(element) => {
                let want = (**element).clone();
                super::convert::wrap(expr, &want)
            }
            _ => expr,
        }
    }

    /// An operator of which an operand is an array.
    pub(crate) fn array_arithmetic(&mut self, op: BinaryOp, span: Span, left: Expr, right: Expr) -> Expr {
        if op == BinaryOp::MatMul {
            return self.matrix_product(op.text(), span, left, right);
        }
        if matches!(op, BinaryOp::Shl | BinaryOp::Shr) {
            return self.array_shift(op, span, left, right);
        }
        let Some(format) = ty::common(&left.ty, &right.ty) else {
            return self.undefined(op.text(), span, &left.ty, &right.ty);
        };
        let (code, defined) = code_of(op, format);
        let logical = matches!(code, BinOp::And | BinOp::Or | BinOp::Xor);
        let equal = ty::scalar(ty::leaf(&left.ty)) == ty::scalar(ty::leaf(&right.ty));
        if !defined || (format == ScalarTy::Bool && !logical) || (logical && !equal) {
            return self.undefined(op.text(), span, &left.ty, &right.ty);
        }
        let ty = ty::shaped(format, &left.ty, &right.ty);
        let left = self.in_format(left, format);
        let right = self.in_format(right, format);
        Expr { kind: HirKind::Binary(code, Box::new(left), Box::new(right)), ty, span }
    }

    fn array_shift(&mut self, op: BinaryOp, span: Span, left: Expr, amount: Expr) -> Expr {
        let (own, by) = (ty::leaf(&left.ty), ty::leaf(&amount.ty));
        let (Some(format @ ScalarTy::Int(_)), true) = (ty::scalar(own), ty::is_int(by)) else {
            return self.undefined(op.text(), span, &left.ty, &amount.ty);
        };
        let code = if op == BinaryOp::Shl { BinOp::Shl } else { BinOp::Shr };
        let ty = ty::shaped(format, &left.ty, &amount.ty);
        let to = if ty::is_secret(by) { format } else { ScalarTy::I64 };
        let amount = self.in_format(amount, to);
        Expr { kind: HirKind::Binary(code, Box::new(left), Box::new(amount)), ty, span }
    }

    /// `x ** n` of which an operand is an array.
    pub(crate) fn array_power(&mut self, base: Expr, span: Span, exponent: Expr) -> Expr {
        if ty::has_secret(&exponent.ty) && Rule::Exponent.on() {
            return self.leak(Code::E0416, span, "an exponent is public", &exponent);
        }
        let (Some(format), Some(power)) = (ty::scalar(ty::leaf(&base.ty)), ty::scalar(ty::leaf(&exponent.ty))) else {
            return self.undefined("**", span, &base.ty, &exponent.ty);
        };
        let ty = ty::shaped(format, &base.ty, &exponent.ty);
        let (code, exponent) = match (format, power) {
            (ScalarTy::Int(_) | ScalarTy::Fix(_) | ScalarTy::Float, ScalarTy::Int(_)) => {
                (BinOp::PowInt, self.in_format(exponent, ScalarTy::I64))
            }
            (ScalarTy::Fix(_) | ScalarTy::Float, power) if power == format && !ty::has_secret(&base.ty) => {
                (BinOp::Pow, exponent)
            }
            _ => return self.undefined("**", span, &base.ty, &exponent.ty),
        };
        Expr { kind: HirKind::Binary(code, Box::new(base), Box::new(exponent)), ty, span }
    }

    /// A prefix operator on an array; `None` if it is not defined.
    pub(crate) fn array_unary(&mut self, op: UnaryOp, value: &Expr, span: Span) -> Option<Expr> {
        let code = match (op, ty::scalar(ty::leaf(&value.ty))?) {
            (UnaryOp::Pos, ScalarTy::Int(_) | ScalarTy::Fix(_) | ScalarTy::Float) => return Some(value.clone()),
            (UnaryOp::Neg, ScalarTy::Int(int)) if int.is_signed() => UnOp::Neg,
            (UnaryOp::Neg, ScalarTy::Fix(_) | ScalarTy::Float) => UnOp::Neg,
            (UnaryOp::Not | UnaryOp::BitNot, ScalarTy::Bool | ScalarTy::Int(_)) => UnOp::Not,
            _ => return None,
        };
        Some(Expr { kind: HirKind::Unary(code, Box::new(value.clone())), ty: value.ty.clone(), span })
    }

    /// A comparison of which an operand is an array.
    pub(crate) fn array_comparison(&mut self, op: CmpOp, text: &str, span: Span, left: Expr, right: Expr) -> Expr {
        let leaves = (ty::scalar(ty::leaf(&left.ty)), ty::scalar(ty::leaf(&right.ty)));
        let ty = ty::shaped(ScalarTy::Bool, &left.ty, &right.ty);
        let (left, right) = match leaves {
            (Some(ScalarTy::Int(_)), Some(ScalarTy::Int(_))) => (left, right),
            _ => {
                let Some(format) = ty::common(&left.ty, &right.ty) else {
                    return self.undefined(text, span, &left.ty, &right.ty);
                };
                (self.in_format(left, format), self.in_format(right, format))
            }
        };
        Expr { kind: HirKind::Compare(op, Box::new(left), Box::new(right)), ty, span }
    }

    /// `a @ b`, `dot(a, b)` of arrays.
    pub(crate) fn matrix_product(&mut self, op: &str, span: Span, left: Expr, right: Expr) -> Expr {
        let both = matches!((&left.ty, &right.ty), (Ty::Array(_), Ty::Array(_)));
        let format = ty::common(&left.ty, &right.ty).filter(|format| both && *format != ScalarTy::Bool);
        let Some(format) = format else { return self.undefined(op, span, &left.ty, &right.ty) };
        let ty = ty::shaped(format, &left.ty, &right.ty);
        let left = self.in_format(left, format);
        let right = self.in_format(right, format);
        array(ArrayFn::MatMul, vec![left, right], ty, span)
    }

    /// `a.shape`, `a.ndim`, `a.size`.
    pub(crate) fn array_field(&mut self, value: Expr, name: &Ident, span: Span) -> Option<Expr> {
        let (field, ty) = match &*name.text {
            "shape" => (ArrayFn::Shape, ty::list(INT)),
            "ndim" => (ArrayFn::NDim, INT),
            "size" => (ArrayFn::Size, INT),
            _ => return None,
        };
        Some(array(field, vec![value], ty, span))
    }

    /// `a[subs]`
    pub(crate) fn array_index(&mut self, base: Expr, subs: &[SurfaceSub], span: Span) -> Expr {
        let Ty::Array(element) = base.ty.clone() else { return poison(span) };
        let own = base.ty.clone();
        if let [SurfaceSub::Expr(index)] = subs {
            let index = self.index_value(index);
            return match &index.ty {
                Ty::List(rows) | Ty::Array(rows) => {
                    let rows = (**rows).clone();
                    self.gather(base, index, &rows, span)
                }
                _ => {
                    let Some((kinds, operands)) = self.array_subs(subs, Some(index)) else { return poison(span) };
                    self.indexed(base, &element, kinds, operands, span)
                }
            };
        }
        let Some((kinds, operands)) = self.array_subs(subs, None) else { return poison(span) };
        let mut expr = self.indexed(base, &element, kinds, operands, span);
        if expr.ty == Ty::Error {
            expr.ty = own;
        }
        expr
    }

    fn indexed(&mut self, base: Expr, element: &Ty, kinds: Subs, operands: Vec<Expr>, span: Span) -> Expr {
        let secret = kinds.iter().any(|sub| sub == Sub::Secret);
        let mut base = base;
        let mut element = element.clone();
        if secret {
            match ty::secret_of(&element) {
                Ok(hidden) => element = hidden,
                // Where a public float must become secret, it becomes `fix64`.
                Err(_) => {
                    base = self.in_format(base, ScalarTy::FIX64);
                    element = ty::secret(ScalarTy::FIX64);
                }
            }
        }
        let mut all = vec![base];
        all.extend(operands);
        array(ArrayFn::Index(kinds), all, ty::array(element), span)
    }

    fn gather(&mut self, base: Expr, index: Expr, rows: &Ty, span: Span) -> Expr {
        if ty::is_bool(rows) && ty::is_secret(rows) && Rule::Mask.on() {
            return self.leak(Code::E0407, index.span, "a mask is public: it decides a length", &index);
        }
        let list = matches!(index.ty, Ty::List(_));
        if ty::is_secret(rows) && list {
            return self.fail(Code::E0311, index.span, "rows are gathered by an array of secrets, not by a list");
        }
        if !ty::is_bool(rows) && !ty::is_int(rows) {
            let message = format!("rows are numbers or a mask, not `{}`", ty::name(&index.ty));
            return self.fail(Code::E0311, index.span, message);
        }
        let index = match ty::scalar(rows) {
            Some(ScalarTy::Int(_)) if !list => self.in_format(index, ScalarTy::I64),
            Some(ScalarTy::Int(int)) if ScalarTy::Int(int) != ScalarTy::I64 => {
                return self.fail(Code::E0311, index.span, "a list of rows is a `list[int64]`");
            }
            _ => index,
        };
        let Ty::Array(element) = base.ty.clone() else { return poison(span) };
        let (mut base, mut element) = (base, (*element).clone());
        if ty::is_secret(rows) {
            if ty::scalar(&element) == Some(ScalarTy::Float) {
                base = self.in_format(base, ScalarTy::FIX64);
                element = ty::public(ScalarTy::FIX64);
            }
            element = ty::secret_of(&element).unwrap_or(element);
        }
        array(ArrayFn::Gather, vec![base, index], ty::array(element), span)
    }

    /// The value between brackets.
    fn index_value(&mut self, surface: &Surface) -> Expr {
        if let Some(local) = self.inferred(surface) {
            self.need(local, Role::Place, INT, surface.span);
        }
        self.expr(surface, None)
    }

    /// Kinds and operands of indices; `first` has been evaluated.
    fn array_subs(&mut self, subs: &[SurfaceSub], first: Option<Expr>) -> Option<(Subs, Vec<Expr>)> {
        let (mut kinds, mut operands) = (Subs::default(), Vec::new());
        let mut first = first;
        let mut failed = false;
        for sub in subs {
            let (kind, span) = match sub {
                SurfaceSub::Type(ty) => {
                    self.error(Code::E0311, ty.span, "a type is no index");
                    return None;
                }
                SurfaceSub::Expr(index) => {
                    let value = match first.take() {
                        Some(value) => value,
                        None => self.index_value(index),
                    };
                    let value = self.plain(value);
                    if value.ty != Ty::Error && !ty::is_int(&value.ty) {
                        let message = format!("an index is an integer, not `{}`", ty::name(&value.ty));
                        self.error(Code::E0311, index.span, message);
                        failed = true;
                    }
                    failed |= value.ty == Ty::Error;
                    let kind = if ty::is_secret(&value.ty) { Sub::Secret } else { Sub::Int };
                    operands.push(self.in_format(value, ScalarTy::I64));
                    (kind, index.span)
                }
                SurfaceSub::Slice(start, stop, step) => {
                    let mut written = [false; 3];
                    let mut span = Span::default();
                    for (part, written) in [start, stop, step].into_iter().zip(&mut written) {
                        let Some(part) = part else { continue };
                        *written = true;
                        span = part.span;
                        let bound = self.slice_bound(part);
                        failed |= bound.ty == Ty::Error;
                        operands.push(bound);
                    }
                    (Sub::Slice(written), span)
                }
            };
            if !kinds.push(kind) {
                self.error(Code::E0311, span, format!("no array has more than {} axes", Subs::MAX));
                return None;
            }
        }
        (!failed).then_some((kinds, operands))
    }

    /// The target `a[subs]`; the type is that of the array.
    pub(crate) fn array_place(&mut self, base: Expr, subs: &[SurfaceSub]) -> (Place, Ty) {
        let none = (Place::Discard, Ty::Error);
        let ty = base.ty.clone();
        if let [SurfaceSub::Expr(index)] = subs {
            let value = self.index_value(index);
            if matches!(&value.ty, Ty::List(_)) {
                self.error(Code::E0503, index.span, "rows that are gathered cannot be assigned to");
                return none;
            }
            let Some((kinds, operands)) = self.array_subs(subs, Some(value)) else { return none };
            return self.checked_place(base, kinds, operands, ty);
        }
        let Some((kinds, operands)) = self.array_subs(subs, None) else { return none };
        self.checked_place(base, kinds, operands, ty)
    }

    fn checked_place(&mut self, base: Expr, kinds: Subs, operands: Vec<Expr>, ty: Ty) -> (Place, Ty) {
        if !ty::has_secret(&ty)
            && Rule::ArrayTarget.on()
            && let Some(index) = operands.iter().find(|operand| ty::is_secret(&operand.ty)).cloned()
        {
            self.leak(Code::E0401, index.span, "a secret index would tell where a public array changed", &index);
            return (Place::Discard, Ty::Error);
        }
        (Place::Items(Box::new(base), kinds, operands), ty)
    }

    /// A value for a target `a[subs]` of an array of type `own`: a scalar or an array.
    pub(crate) fn items_value(&mut self, own: &Ty, value: &Surface) -> Expr {
        let element = ty::leaf(own).clone();
        let hint = ty::public_of(&element);
        if value.lit != Lit::No {
            return self.check(value, &element);
        }
        let typed = self.expr(value, Some(&hint));
        if ty::scalar(&typed.ty).is_some() {
            self.note_place(value, &element);
        }
        if typed.ty == Ty::Error { typed } else { self.items_coerced(own, typed) }
    }

    /// A store where a secret chooses: what is there stays unless it holds.
    pub(crate) fn items_store(
        &mut self,
        base: Expr,
        kinds: Subs,
        parts: Vec<Expr>,
        value: Expr,
        ty: &Ty,
    ) -> (Place, Expr) {
        let span = value.span;
        let (base, again) = self.named(base);
        let mut operands = vec![again];
        let mut named = Vec::new();
        for part in parts {
            let (part, again) = self.named(part);
            named.push(part);
            operands.push(again);
        }
        let place = Place::Items(Box::new(base), kinds, named);
        if value.ty == Ty::Error {
            return (place, value);
        }
        let old = array(ArrayFn::Index(kinds), operands, ty.clone(), span);
        let chosen = self.pi(span);
        (place, array(ArrayFn::Where, vec![chosen, value, old], ty.clone(), span))
    }

    /// `a[subs] op= value`: base and indices are evaluated once.
    pub(crate) fn augment_items(
        &mut self,
        (target, place, ty): (&Surface, Place, Ty),
        op: AugKind,
        op_span: Span,
        value: &Surface,
        span: Span,
        out: &mut Vec<Stmt>,
    ) {
        let Place::Items(base, kinds, parts) = place else { return };
        let mut operands = Vec::new();
        for operand in std::iter::once(*base).chain(parts) {
            let (operand, again) = self.named(operand);
            out.push(Stmt { kind: StmtKind::Expr(operand), span });
            operands.push(again);
        }
        let read = array(ArrayFn::Index(kinds), operands.clone(), ty.clone(), target.span);
        let result = self.applied(Side::Val(read, None), op, op_span, value, span);
        let result = if result.ty == Ty::Error { result } else { self.items_coerced(&ty, result) };
        let base = operands.remove(0);
        let place = Place::Items(Box::new(base), kinds, operands);
        let (place, result) = self.element_store(place, &ty, result, span);
        out.push(Stmt { kind: StmtKind::Assign(place, result), span });
    }

    /// As [`Self::items_value`] for a value that has been evaluated.
    pub(crate) fn items_coerced(&mut self, own: &Ty, value: Expr) -> Expr {
        let element = ty::leaf(own).clone();
        match &value.ty {
            Ty::Array(given) if ty::fit(given, &element) == ty::Fit::Convert || **given == element => {
                self.array_in(value, &element)
            }
            Ty::Array(given) if ty::fit(given, &element) != ty::Fit::Mismatch => self.coerce(value, &element),
            Ty::Array(_) => self.coerce(value, own),
            _ => self.coerce(value, &element),
        }
    }

    /// An array with elements of a type that its own convert to.
    fn array_in(&mut self, value: Expr, element: &Ty) -> Expr {
        let Some(format) = ty::scalar(element) else { return value };
        let value = self.in_format(value, format);
        let want = ty::array(element.clone());
        if value.ty == want { value } else { self.converted(value, &want) }
    }

    /// The choice of one of two arrays by a secret bool; their shapes must agree (R0203).
    pub(crate) fn select_array(
        &mut self,
        cond: Expr,
        then: Expr,
        other: Expr,
        ty: &Ty,
        span: Span,
        guarded: bool,
    ) -> Expr {
        let format =
            ty::scalar(ty::leaf(ty)).map(|format| if format == ScalarTy::Float { ScalarTy::FIX64 } else { format });
        let Some(format) = format else { return poison(span) };
        let secret = ty::array(ty::secret(format));
        let then = self.in_format(then, format);
        let then = self.coerce(then, &secret);
        let other = self.in_format(other, format);
        let other = self.coerce(other, &secret);
        let kind = HirKind::Select { cond: Box::new(cond), then: Box::new(then), other: Box::new(other), guarded };
        Expr { kind, ty: secret, span }
    }

    /// A condition that is an array holds if its one element does.
    pub(crate) fn array_condition(&mut self, value: Expr) -> Expr {
        match &value.ty {
            Ty::Array(element) if ty::is_bool(element) => self.plain(value),
            _ => value,
        }
    }

    /// An operand that is a bool, for `and` beside arrays.
    pub(crate) fn is_array_of_bools(ty: &Ty) -> bool {
        matches!(ty, Ty::Array(element) if ty::scalar(element) == ty::scalar(&BOOL))
    }
}

/// A function on arrays.
pub(crate) fn array(function: ArrayFn, operands: Vec<Expr>, ty: Ty, span: Span) -> Expr {
    prelude(Prelude::Array(function), operands, ty, span)
}
