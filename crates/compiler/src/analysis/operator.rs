//! Arithmetic, logic, bits and shifts: operands in, one typed operation in one format out (LANGUAGE §7, §10.4).

use stoffel_syntax::ast::{BinaryOp, UnaryOp};
use stoffel_syntax::{Code, Span};
use stoffel_value::{BinOp, ScalarTy, UnOp, binary, unary};

use super::body::{Body, Found, poison};
use super::infer::Role;
use super::literal::{Chain, constant, word_of};
use super::rule::Rule;
use super::tree::{Expr as Surface, ExprKind, Lit};
use super::ty::{self, BOOL, INT};
use crate::hir::{Expr, ExprKind as HirKind, LocalId, Prelude, Ty};

/// An operand before the other one is known.
pub(crate) enum Side<'s> {
    /// Literals, which take the format of the other.
    Lit(Chain<'s>),
    /// A value, and the un-annotated variable that it is.
    Val(Expr, Option<LocalId>),
}

impl Body<'_, '_> {
    /// A chain of left-associative operators.
    pub(crate) fn binary(&mut self, chain: Chain<'_>, hint: Option<&Ty>) -> Expr {
        let Chain { first, rest } = chain;
        let literals = if first.lit == Lit::No {
            0
        } else {
            rest.iter().take_while(|(op, _, operand)| operand.lit != Lit::No && folds(*op)).count()
        };
        let mut left = if first.lit == Lit::No {
            let hint = hint.filter(|hint| ty::scalar(hint).is_none()).cloned();
            let hint = match (hint, rest.first()) {
                (None, Some((_, _, beside))) if super::stmt::is_open_display(first) => self.type_of(beside),
                (hint, _) => hint,
            };
            self.value_side(first, hint.as_ref())
        } else {
            Side::Lit(Chain { first, rest: &rest[..literals] })
        };
        for (op, op_span, right) in &rest[literals..] {
            let span = Span { end: right.span.end, ..first.span };
            let mut result = self.binary_op(left, *op, *op_span, right, hint);
            result.span = span;
            left = Side::Val(result, None);
        }
        match left {
            Side::Val(expr, _) => expr,
            Side::Lit(chain) => self.literal(chain, hint),
        }
    }

    /// The right side of a compound assignment applied to the value of its target.
    pub(crate) fn binary_op(
        &mut self,
        left: Side<'_>,
        op: BinaryOp,
        op_span: Span,
        right: &Surface,
        hint: Option<&Ty>,
    ) -> Expr {
        if let (BinaryOp::And | BinaryOp::Or, Side::Val(value, _)) = (op, &left)
            && ty::is_bool(&value.ty)
        {
            return self.short_circuit(left, op, op_span, right);
        }
        if matches!(op, BinaryOp::Shl | BinaryOp::Shr) {
            return self.shift(left, op, op_span, right, hint);
        }
        let right = match &left {
            Side::Val(value, _) if matches!(value.ty, Ty::List(_)) => {
                let list = value.ty.clone();
                match right.bare().kind {
                    ExprKind::List(_) => Side::Val(self.display_beside(right, &list), None),
                    _ => self.side(right),
                }
            }
            _ => self.side(right),
        };
        if let (BinaryOp::Mul, true) = (op, repeats(&left) || repeats(&right)) {
            return self.repeat(left, right, op_span);
        }
        let (left, right) = self.pair(left, right, hint, Some((op, op_span)));
        self.arithmetic(op, op_span, left, right)
    }

    /// A display beside a list: of its element type, as secret as its own elements.
    fn display_beside(&mut self, display: &Surface, list: &Ty) -> Expr {
        self.expr(display, Some(&ty::public_of(list)).filter(|_| !ty::has_secret(list)).or(Some(list)))
    }

    /// An operand.
    pub(crate) fn side<'s>(&mut self, surface: &'s Surface) -> Side<'s> {
        if surface.lit == Lit::No { self.value_side(surface, None) } else { Side::Lit(Chain::one(surface)) }
    }

    fn value_side<'s>(&mut self, surface: &'s Surface, hint: Option<&Ty>) -> Side<'s> {
        let local = self.inferred(surface);
        Side::Val(self.expr(surface, hint), local)
    }

    /// The type of an expression that is evaluated and reported at its own place.
    pub(crate) fn type_of(&mut self, surface: &Surface) -> Option<Ty> {
        let mark = (self.diagnostics.len(), self.calls.len(), self.rows.len());
        let chosen = (self.branches.effects.len(), self.branches.calls.len());
        let ty = self.expr(surface, None).ty;
        self.diagnostics.truncate(mark.0);
        self.calls.truncate(mark.1);
        self.rows.truncate(mark.2);
        self.branches.effects.truncate(chosen.0);
        self.branches.calls.truncate(chosen.1);
        (!ty::has_error(&ty)).then_some(ty)
    }

    /// The un-annotated variable that an expression is.
    pub(crate) fn inferred(&mut self, surface: &Surface) -> Option<LocalId> {
        let name = surface.name()?.clone();
        match self.find(&name) {
            Found::Local(local) if self.vars[local.0 as usize].key.is_some() => Some(local),
            _ => None,
        }
    }

    /// Both operands with the literals among them in the format of the other; notes what variables need.
    pub(crate) fn pair(
        &mut self,
        left: Side<'_>,
        right: Side<'_>,
        hint: Option<&Ty>,
        op: Option<(BinaryOp, Span)>,
    ) -> (Expr, Expr) {
        match (left, right) {
            (Side::Lit(a), Side::Lit(b)) => {
                let joint = super::lower::joint(a.lit(), b.lit());
                let hint = match (joint, hint.and_then(ty::scalar)) {
                    (Lit::Real, Some(ScalarTy::Fix(_))) => hint.cloned(),
                    (Lit::Real, _) => Some(ty::FLOAT),
                    (_, Some(ScalarTy::Bool)) => Some(INT),
                    _ => hint.cloned(),
                };
                (self.literal(a, hint.as_ref()), self.literal(b, hint.as_ref()))
            }
            (Side::Lit(chain), Side::Val(value, _)) => self.beside(chain, value, op),
            (Side::Val(value, _), Side::Lit(chain)) => {
                let (literal, value) = self.beside(chain, value, op);
                (value, literal)
            }
            (Side::Val(a, x), Side::Val(b, y)) => {
                let soft_a = x.is_some_and(|local| self.vars[local.0 as usize].soft);
                let soft_b = y.is_some_and(|local| self.vars[local.0 as usize].soft);
                if let (Some(local), false) = (x, soft_b) {
                    self.need_beside(local, &b);
                }
                if let (Some(local), false) = (y, soft_a) {
                    self.need_beside(local, &a);
                }
                match (soft_a, soft_b) {
                    (true, false) => (soften(a, &b.ty), b),
                    (false, true) => {
                        let b = soften(b, &a.ty);
                        (a, b)
                    }
                    _ => (a, b),
                }
            }
        }
    }

    /// Notes what an operand asks of the variable beside it.
    pub(crate) fn need_beside(&mut self, local: LocalId, other: &Expr) {
        let span = other.span;
        match &other.ty {
            Ty::Scalar { ty: ScalarTy::Int(_) | ScalarTy::Bool, secret: true } => {
                self.need(local, Role::SecretOperand, ty::public_of(&other.ty), span);
            }
            Ty::Scalar { secret: false, .. } => self.need(local, Role::Operand, other.ty.clone(), span),
            _ => {}
        }
    }

    fn beside(&mut self, chain: Chain<'_>, value: Expr, op: Option<(BinaryOp, Span)>) -> (Expr, Expr) {
        // Beside `+ - *` a bool takes only the literals 0 and 1, and anything else is no operation at all.
        if let Some((op, span)) = op
            && ty::is_bool(ty::leaf(&value.ty))
            && !matches!(
                op,
                BinaryOp::And | BinaryOp::Or | BinaryOp::Xor | BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor
            )
            && !matches!((&chain.first.bare().kind, chain.rest), (ExprKind::Int(0 | 1, None), []))
        {
            let message = format!("`{}` is not defined for `{}` and a number", op.text(), ty::name(&value.ty));
            return (self.fail(Code::E0304, span, message), poison(value.span));
        }
        let hint = ty::public_of(ty::leaf(ty::core(&value.ty)));
        let hint = ty::scalar(&hint).map(|_| hint);
        (self.literal(chain, hint.as_ref()), value)
    }

    /// `and`, `or` with a bool on the left.
    fn short_circuit(&mut self, left: Side<'_>, op: BinaryOp, op_span: Span, right: &Surface) -> Expr {
        let Side::Val(left, local) = left else { return poison(op_span) };
        if let Some(local) = local {
            self.need(local, Role::Place, BOOL, left.span);
        }
        if let Some(local) = self.inferred(right) {
            self.need(local, Role::Operand, BOOL, right.span);
        }
        let facts = self.chain_facts(&left);
        let known = if op == BinaryOp::And { &facts.yes } else { &facts.no };
        let right = self.under(known, |body| body.expr(right, Some(&BOOL)));
        if right.ty == Ty::Error {
            return poison(op_span);
        }
        if Self::is_array_of_bools(&right.ty) {
            return self.array_arithmetic(op, op_span, left, right);
        }
        if !ty::is_bool(&right.ty) {
            return self.undefined(op.text(), op_span, &left.ty, &right.ty);
        }
        let secret = ty::is_secret(&left.ty) || ty::is_secret(&right.ty);
        let ty = Ty::Scalar { ty: ScalarTy::Bool, secret };
        self.note_chain(op == BinaryOp::And, secret, facts, &right);
        let (a, b) = (Box::new(left), Box::new(right));
        let kind = match (op, ty::is_secret(&a.ty)) {
            (BinaryOp::And, false) => HirKind::And(a, b),
            (_, false) => HirKind::Or(a, b),
            (BinaryOp::And, true) => HirKind::Binary(BinOp::And, a, b),
            (_, true) => HirKind::Binary(BinOp::Or, a, b),
        };
        Expr { kind, ty, span: op_span }
    }

    /// The operation on two values.
    pub(crate) fn arithmetic(&mut self, op: BinaryOp, span: Span, left: Expr, right: Expr) -> Expr {
        if left.ty == Ty::Error || right.ty == Ty::Error {
            return poison(span);
        }
        let (left, right) = (unnamed(left), unnamed(right));
        match (op, &left.ty, &right.ty) {
            (BinaryOp::Add, Ty::Str, Ty::Str) => return prelude(Prelude::Concat, vec![left, right], Ty::Str, span),
            (BinaryOp::Add, Ty::List(_), Ty::List(_)) | (BinaryOp::Add, Ty::Str | Ty::Text, Ty::Str | Ty::Text) => {
                let Some(ty) = ty::merge(&left.ty, &right.ty) else {
                    return self.undefined(op.text(), span, &left.ty, &right.ty);
                };
                let left = self.coerce(left, &ty);
                let right = self.coerce(right, &ty);
                return prelude(Prelude::Concat, vec![left, right], ty, span);
            }
            (_, Ty::Array(_), _) | (_, _, Ty::Array(_)) => return self.array_arithmetic(op, span, left, right),
            _ => {}
        }
        if left.ty == Ty::Share || right.ty == Ty::Share {
            return self.share_arithmetic(op, span, left, right);
        }
        let Some(format) = ty::common(&left.ty, &right.ty) else {
            return self.undefined(op.text(), span, &left.ty, &right.ty);
        };
        let secret = ty::is_secret(&left.ty) || ty::is_secret(&right.ty);
        let equal = ty::scalar(&left.ty) == ty::scalar(&right.ty);
        let (op_code, defined) = code_of(op, format);
        let logical = matches!(op_code, BinOp::And | BinOp::Or | BinOp::Xor);
        if format == ScalarTy::Bool && !logical {
            let kept = secret && matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul);
            if !kept {
                return self.undefined(op.text(), span, &left.ty, &right.ty);
            }
            self.error(
                Code::W0302,
                span,
                "this is arithmetic on secret bools, and its value must be 0 or 1 where it is used",
            )
            .help = Some("write `int64(b)` for a number, or `and`, `or`, `xor`, `not`".into());
            return self.operation(op_code, format, left, right, Ty::Scalar { ty: format, secret }, span);
        }
        if !defined || (logical && !equal) {
            return self.undefined(op.text(), span, &left.ty, &right.ty);
        }
        let left = self.in_format(left, format);
        let right = self.in_format(right, format);
        self.operation(op_code, format, left, right, Ty::Scalar { ty: format, secret }, span)
    }

    /// The node of an operation; constants are computed here (E0323).
    pub(crate) fn operation(
        &mut self,
        op: BinOp,
        format: ScalarTy,
        left: Expr,
        right: Expr,
        ty: Ty,
        span: Span,
    ) -> Expr {
        if left.ty == Ty::Error || right.ty == Ty::Error {
            return poison(span);
        }
        if let (Some((_, a)), Some((_, b))) = (word_of(&left), word_of(&right)) {
            return match self.trap(binary(op, format, a, b), span) {
                Some(word) => constant(format, word, span),
                None => poison(span),
            };
        }
        Expr { kind: HirKind::Binary(op, Box::new(left), Box::new(right)), ty, span }
    }

    fn shift(&mut self, left: Side<'_>, op: BinaryOp, span: Span, right: &Surface, hint: Option<&Ty>) -> Expr {
        let code = if op == BinaryOp::Shl { BinOp::Shl } else { BinOp::Shr };
        let (left, amount) = match (left, self.side(right)) {
            (Side::Val(value, _), Side::Lit(chain)) => {
                let amount = self.literal(chain, Some(&INT));
                (value, amount)
            }
            (Side::Lit(a), Side::Lit(b)) => {
                let hint = hint.filter(|hint| ty::is_int(hint)).cloned();
                let left = self.literal(a, hint.as_ref());
                (left, self.literal(b, Some(&INT)))
            }
            (left, right) => self.pair(left, right, None, Some((op, span))),
        };
        if left.ty == Ty::Error || amount.ty == Ty::Error {
            return poison(span);
        }
        if matches!(left.ty, Ty::Array(_)) || matches!(amount.ty, Ty::Array(_)) {
            return self.array_arithmetic(op, span, left, amount);
        }
        let (left, amount) = (unnamed(left), unnamed(amount));
        if !ty::is_int(&left.ty) || !ty::is_int(&amount.ty) {
            return self.undefined(op.text(), span, &left.ty, &amount.ty);
        }
        let Some(format) = ty::scalar(&left.ty) else { return poison(span) };
        let secret = ty::is_secret(&left.ty) || ty::is_secret(&amount.ty);
        let to = if ty::is_secret(&amount.ty) { format } else { ScalarTy::I64 };
        let amount = self.in_format(amount, to);
        self.operation(code, format, left, amount, Ty::Scalar { ty: format, secret }, span)
    }

    /// `x ** n`.
    pub(crate) fn power(&mut self, base: Side<'_>, span: Span, exponent: &Surface, hint: Option<&Ty>) -> Expr {
        let right = match self.side(exponent) {
            Side::Lit(chain) if chain.lit() == Lit::Int => Side::Val(self.literal(chain, Some(&INT)), None),
            other => other,
        };
        let (base, exponent) = match (base, right) {
            // A literal base takes the type of the exponent, but a literal exponent gives none.
            (Side::Lit(chain), Side::Val(value, _)) if word_of(&value).is_none() => self.beside(chain, value, None),
            (Side::Lit(chain), Side::Val(value, _)) => (self.literal(chain, hint), value),
            (Side::Val(value, _), Side::Lit(chain)) => {
                let hint = ty::public_of(ty::leaf(&value.ty));
                let exponent = self.literal(chain, Some(&hint));
                (value, exponent)
            }
            (Side::Val(base, _), Side::Val(exponent, _)) => (base, exponent),
            (a @ Side::Lit(_), b @ Side::Lit(_)) => self.pair(a, b, hint, None),
        };
        if base.ty == Ty::Error || exponent.ty == Ty::Error {
            return poison(span);
        }
        if matches!(base.ty, Ty::Array(_)) || matches!(exponent.ty, Ty::Array(_)) {
            return self.array_power(base, span, exponent);
        }
        let (base, exponent) = (unnamed(base), unnamed(exponent));
        if ty::has_secret(&exponent.ty) && Rule::Exponent.on() {
            return self.leak(Code::E0416, span, "an exponent is public", &exponent);
        }
        let (Some(format), Some(power)) = (ty::scalar(&base.ty), ty::scalar(&exponent.ty)) else {
            return self.undefined("**", span, &base.ty, &exponent.ty);
        };
        let result = base.ty.clone();
        match (format, power) {
            (ScalarTy::Int(_) | ScalarTy::Fix(_) | ScalarTy::Float, ScalarTy::Int(_)) => {
                let exponent = self.in_format(exponent, ScalarTy::I64);
                let negative = word_of(&exponent).is_some_and(|(_, word)| word.cast_signed() < 0);
                if negative && matches!(format, ScalarTy::Int(_)) {
                    return self.fail(Code::E0323, span, "an integer has no power with a negative exponent");
                }
                self.operation(BinOp::PowInt, format, base, exponent, result, span)
            }
            (ScalarTy::Fix(_) | ScalarTy::Float, power) if power == format && !ty::is_secret(&base.ty) => {
                self.operation(BinOp::Pow, format, base, exponent, result, span)
            }
            _ => self.undefined("**", span, &base.ty, &exponent.ty),
        }
    }

    /// A prefix operator.
    pub(crate) fn unary(&mut self, op: UnaryOp, operand: &Surface, span: Span, hint: Option<&Ty>) -> Expr {
        if let (UnaryOp::Neg, ExprKind::Int(value, Some(suffix))) = (op, &operand.bare().kind) {
            return self.suffixed(*value, true, *suffix, span);
        }
        if op == UnaryOp::Not
            && let Some(local) = self.inferred(operand)
        {
            self.need(local, Role::Not, BOOL, operand.span);
        }
        let hint = match op {
            UnaryOp::Not => None,
            _ => hint,
        };
        let value = self.expr(operand, hint);
        if op == UnaryOp::Not {
            self.warn_not(operand, &value, span);
        }
        if let Ty::Array(_) = value.ty
            && let Some(result) = self.array_unary(op, &value, span)
        {
            return result;
        }
        let Some(format) = ty::scalar(&value.ty) else {
            return if value.ty == Ty::Error { poison(span) } else { self.undefined_unary(op, span, &value.ty) };
        };
        let code = match (op, format) {
            (UnaryOp::Pos, ScalarTy::Int(_) | ScalarTy::Fix(_) | ScalarTy::Float) => return unnamed(value),
            (UnaryOp::Neg, ScalarTy::Int(int)) if int.is_signed() => UnOp::Neg,
            (UnaryOp::Neg, ScalarTy::Fix(_) | ScalarTy::Float) => UnOp::Neg,
            (UnaryOp::Not | UnaryOp::BitNot, ScalarTy::Bool | ScalarTy::Int(_)) => UnOp::Not,
            _ => return self.undefined_unary(op, span, &value.ty),
        };
        self.unary_node(code, format, value, span)
    }

    /// The node of an operation on one value; constants are computed here.
    pub(crate) fn unary_node(&mut self, op: UnOp, format: ScalarTy, value: Expr, span: Span) -> Expr {
        if let Some((_, word)) = word_of(&value) {
            return match self.trap(unary(op, format, word), span) {
                Some(word) => constant(format, word, span),
                None => poison(span),
            };
        }
        let value = unnamed(value);
        let ty = value.ty.clone();
        Expr { kind: HirKind::Unary(op, Box::new(value)), ty, span }
    }

    /// W0101: 0.1 complemented the integer first.
    fn warn_not(&mut self, operand: &Surface, value: &Expr, span: Span) {
        let binary = matches!(operand.kind, ExprKind::Binary(..) | ExprKind::Compare(..) | ExprKind::Power(..));
        if binary && leftmost_is_int(value) {
            self.error(Code::W0101, span, "`not` takes the whole comparison").help =
                Some("write brackets around it, or `~` for the complement of the bits".into());
        }
    }

    /// `xs * n`, `n * xs`, of strings too.
    fn repeat(&mut self, left: Side<'_>, right: Side<'_>, span: Span) -> Expr {
        let count_first = !repeats(&left);
        let (value, count) = if count_first { (right, left) } else { (left, right) };
        let Side::Val(value, _) = value else { return poison(span) };
        let count = match count {
            Side::Lit(chain) => self.literal(chain, None),
            Side::Val(count, local) => {
                if let Some(local) = local {
                    self.need(local, Role::Place, INT, count.span);
                }
                count
            }
        };
        if count.ty == Ty::Error {
            return poison(span);
        }
        if !ty::is_int(&count.ty) {
            return self.undefined("*", span, &value.ty, &count.ty);
        }
        if ty::is_secret(&count.ty) && Rule::RepeatCount.on() {
            return self.leak(Code::E0408, span, "a repeat count is public", &count);
        }
        let count = self.in_format(count, ScalarTy::I64);
        let ty = value.ty.clone();
        if count_first {
            let (count, binding) = self.hoist(count);
            let repeat = prelude(Prelude::Repeat, vec![value, count], ty, span);
            return bind(binding, repeat);
        }
        prelude(Prelude::Repeat, vec![value, count], ty, span)
    }

    /// An expression that may be evaluated later than here: itself if it has no effect and nothing changes it, else a
    /// synthetic local and what it is bound to.
    pub(crate) fn hoist(&mut self, expr: Expr) -> (Expr, Option<(LocalId, Expr)>) {
        if matches!(expr.kind, HirKind::Const(_) | HirKind::Local(_)) || expr.ty == Ty::Error {
            return (expr, None);
        }
        let local = self.synthetic(expr.ty.clone(), expr.span);
        (Expr { kind: HirKind::Local(local), ty: expr.ty.clone(), span: expr.span }, Some((local, expr)))
    }

    /// E0304 for two operands.
    pub(crate) fn undefined(&mut self, op: &str, span: Span, left: &Ty, right: &Ty) -> Expr {
        if self.unchecked(left, span) || self.unchecked(right, span) {
            return poison(span);
        }
        let (a, b) = (ty::name(left), ty::name(right));
        let numbers = ty::is_number(left) && ty::is_number(right);
        let error = self.error(Code::E0304, span, format!("`{op}` is not defined for `{a}` and `{b}`"));
        if numbers && a != b {
            error.help = Some("convert one operand explicitly".into());
        }
        poison(span)
    }

    fn undefined_unary(&mut self, op: UnaryOp, span: Span, ty: &Ty) -> Expr {
        if self.unchecked(ty, span) {
            return poison(span);
        }
        self.fail(Code::E0304, span, format!("`{}` is not defined for `{}`", op.text(), ty::name(ty)))
    }
}

/// An operand that is an enum, as the `int64` that operators see.
pub(crate) fn unnamed(expr: Expr) -> Expr {
    match expr.ty {
        Ty::Enum { .. } => Expr { ty: ty::plain(&expr.ty), ..expr },
        _ => expr,
    }
}

/// The operation of an operator, and whether it is defined on a format. Shifts and products of matrices have rules of their own.
pub(crate) const fn code_of(op: BinaryOp, format: ScalarTy) -> (BinOp, bool) {
    match op {
        BinaryOp::Add => (BinOp::Add, true),
        BinaryOp::Sub => (BinOp::Sub, true),
        BinaryOp::Mul => (BinOp::Mul, true),
        BinaryOp::Div => (BinOp::Div, true),
        BinaryOp::FloorDiv => (BinOp::FloorDiv, true),
        BinaryOp::Rem => (BinOp::Rem, true),
        BinaryOp::Mod => (BinOp::Mod, true),
        BinaryOp::AddWrap => (BinOp::AddWrap, matches!(format, ScalarTy::Int(_))),
        BinaryOp::SubWrap => (BinOp::SubWrap, matches!(format, ScalarTy::Int(_))),
        BinaryOp::MulWrap => (BinOp::MulWrap, matches!(format, ScalarTy::Int(_))),
        BinaryOp::And | BinaryOp::BitAnd => (BinOp::And, bits(format)),
        BinaryOp::Or | BinaryOp::BitOr => (BinOp::Or, bits(format)),
        BinaryOp::Xor | BinaryOp::BitXor => (BinOp::Xor, bits(format)),
        BinaryOp::Shl | BinaryOp::Shr | BinaryOp::MatMul => (BinOp::Add, false),
    }
}

/// Binds what was hoisted around an expression.
pub(crate) fn bind(binding: Option<(LocalId, Expr)>, body: Expr) -> Expr {
    match binding {
        None => body,
        Some((local, value)) => {
            let (ty, span) = (body.ty.clone(), body.span);
            Expr { kind: HirKind::Let(local, Box::new(value), Box::new(body)), ty, span }
        }
    }
}

/// A prelude node.
pub(crate) fn prelude(function: Prelude, operands: Vec<Expr>, ty: Ty, span: Span) -> Expr {
    Expr { kind: HirKind::Prelude(function, operands), ty, span }
}

/// An undecided variable beside a typed operand counts as a literal; the pass is repeated with the type found.
fn soften(value: Expr, other: &Ty) -> Expr {
    match ty::scalar(other) {
        Some(ScalarTy::Int(_) | ScalarTy::Bool) => Expr { ty: ty::public_of(other), ..value },
        _ => value,
    }
}

fn repeats(side: &Side<'_>) -> bool {
    matches!(side, Side::Val(Expr { ty: Ty::Str | Ty::List(_), .. }, _))
}

const fn bits(format: ScalarTy) -> bool {
    matches!(format, ScalarTy::Bool | ScalarTy::Int(_))
}

const fn folds(op: BinaryOp) -> bool {
    use BinaryOp::{Add, Div, FloorDiv, Mod, Mul, Rem, Sub};
    matches!(op, Add | Sub | Mul | Div | FloorDiv | Rem | Mod)
}

fn leftmost_is_int(expr: &Expr) -> bool {
    let mut at = expr;
    loop {
        at = match &at.kind {
            HirKind::Binary(_, left, _) | HirKind::Compare(_, left, _) | HirKind::CompareDeep(_, left, _) => left,
            HirKind::And(left, _) | HirKind::Let(_, left, _) => left,
            HirKind::Convert(inner) => inner,
            HirKind::Prelude(Prelude::Contains, operands) if operands.len() == 2 => &operands[1],
            _ => return ty::is_int(&at.ty),
        };
    }
}
