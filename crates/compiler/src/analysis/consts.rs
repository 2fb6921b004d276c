//! Constants and type aliases: declarations in, values and types out, evaluated when first asked for (LANGUAGE §4.5).

use stoffel_syntax::{Code, Diagnostic, Span};
use stoffel_value::{BinOp, CmpOp, Value, binary, compare, convert, unary};

use super::Cx;
use super::body::{Body, poison};
use super::infer::Solution;
use super::literal::constant;
use super::tree::Expr as Surface;
use super::ty;
use super::types::{self, Bound};
use crate::hir::{ArrayFn, Expr, ExprKind, Prelude, Ty};

/// How far a declaration has come.
#[derive(Clone, Debug)]
pub(crate) enum State<T> {
    New,
    Busy,
    Done(T),
}

impl Cx<'_> {
    /// The value of a `const`: an expression of constants, displays and tuples.
    pub(crate) fn const_value(&mut self, index: usize) -> Expr {
        let item = &self.module.consts[index];
        match &self.consts[index] {
            State::Done(value) => return value.clone(),
            State::Busy => {
                let message = format!("the value of `{}` leads back to itself", item.name.text);
                self.diagnostics.push(Diagnostic::new(Code::E0215, item.name.span, message));
                self.consts[index] = State::Done(poison(item.name.span));
                return poison(item.name.span);
            }
            State::New => self.consts[index] = State::Busy,
        }
        let mut out = Vec::new();
        let want = item.ty.as_ref().map(|written| types::resolve(self, written, &Bound::from([]), &mut out));
        let mut value = self.constant(&item.value, want.as_ref(), Code::E0215, &mut out);
        self.diagnostics.append(&mut out);
        if let (Some(want), Ty::Error) = (want, &value.ty) {
            value.ty = want;
        }
        if let State::Done(value) = &self.consts[index] {
            return value.clone();
        }
        self.consts[index] = State::Done(value.clone());
        value
    }

    /// The type that an alias stands for.
    pub(crate) fn alias(&mut self, index: usize) -> Ty {
        let item = &self.module.aliases[index];
        match &self.aliases[index] {
            State::Done(ty) => return ty.clone(),
            State::Busy => {
                let message = format!("the type `{}` leads back to itself", item.name.text);
                self.diagnostics.push(Diagnostic::new(Code::E0215, item.name.span, message));
                self.aliases[index] = State::Done(Ty::Error);
                return Ty::Error;
            }
            State::New => self.aliases[index] = State::Busy,
        }
        let mut out = Vec::new();
        let ty = types::resolve(self, &item.ty, &Bound::from([]), &mut out);
        self.diagnostics.append(&mut out);
        if let State::Done(ty) = &self.aliases[index] {
            return ty.clone();
        }
        self.aliases[index] = State::Done(ty.clone());
        ty
    }

    /// A constant expression, computed; `code` is what is reported if it is none.
    pub(crate) fn constant(
        &mut self,
        surface: &Surface,
        want: Option<&Ty>,
        code: Code,
        out: &mut Vec<Diagnostic>,
    ) -> Expr {
        let solution = Solution::default();
        let mut body = Body::new(self, None, &solution);
        body.file = surface.span.file;
        let value = match want {
            Some(want) => body.check(surface, want),
            None => body.expr(surface, None),
        };
        let failed = body.diagnostics.iter().any(|found| found.code.as_str().starts_with('E'));
        out.append(&mut body.diagnostics);
        if value.ty == Ty::Error || failed {
            return Expr { ty: value.ty, ..poison(surface.span) };
        }
        match fold(value) {
            Ok(value) => value,
            Err(Failure::NotConstant(span)) => {
                out.push(Diagnostic::new(code, span, "this is not a constant expression"));
                poison(surface.span)
            }
            Err(Failure::Trap(span, text)) => {
                out.push(Diagnostic::new(Code::E0323, span, format!("this constant operation would trap: {text}")));
                poison(surface.span)
            }
        }
    }
}

/// Why an expression is no constant.
pub(crate) enum Failure {
    NotConstant(Span),
    Trap(Span, &'static str),
}

/// Computes an expression of constants. Containers stay displays; secrecy stays a conversion.
pub(crate) fn fold(expr: Expr) -> Result<Expr, Failure> {
    stacker::maybe_grow(64 << 10, 1 << 20, || fold_inner(expr))
}

fn fold_inner(expr: Expr) -> Result<Expr, Failure> {
    let Expr { kind, ty, span } = expr;
    let trap = |trap: stoffel_value::TrapCode| Failure::Trap(span, trap.text());
    let not = || Failure::NotConstant(span);
    Ok(match kind {
        ExprKind::Const(_) => Expr { kind, ty, span },
        ExprKind::List(items) => {
            Expr { kind: ExprKind::List(items.into_iter().map(fold).collect::<Result<_, _>>()?), ty, span }
        }
        ExprKind::Tuple(items) => {
            Expr { kind: ExprKind::Tuple(items.into_iter().map(fold).collect::<Result<_, _>>()?), ty, span }
        }
        ExprKind::Dict(pairs) => {
            let pairs = pairs.into_iter().map(|(key, value)| Ok((fold(key)?, fold(value)?)));
            Expr { kind: ExprKind::Dict(pairs.collect::<Result<_, _>>()?), ty, span }
        }
        ExprKind::Unary(op, a) => {
            let a = fold(*a)?;
            let (format, word) = scalar(&a).ok_or_else(not)?;
            constant(format, unary(op, format, word).map_err(trap)?, span)
        }
        ExprKind::Binary(op, a, b) => {
            let (a, b) = (fold(*a)?, fold(*b)?);
            let ((format, a), (_, b)) = scalar(&a).zip(scalar(&b)).ok_or_else(not)?;
            constant(format, binary(op, format, a, b).map_err(trap)?, span)
        }
        ExprKind::Compare(op, a, b) => {
            let (a, b) = (fold(*a)?, fold(*b)?);
            let holds = match (&a.kind, &b.kind) {
                (ExprKind::Const(Value::Str(a)), ExprKind::Const(Value::Str(b))) => op.holds(a.cmp(b)),
                _ => {
                    let ((x, a), (y, b)) = scalar(&a).zip(scalar(&b)).ok_or_else(not)?;
                    compare(op, x, a, y, b).map_err(trap)?
                }
            };
            truth(holds, span)
        }
        ExprKind::CompareDeep(op @ (CmpOp::Eq | CmpOp::Ne), a, b) => {
            let (a, b) = (fold(*a)?, fold(*b)?);
            truth(same(&a, &b).ok_or_else(not)? == (op == CmpOp::Eq), span)
        }
        ExprKind::And(a, b) => {
            let (a, b) = (fold(*a)?, fold(*b)?);
            let ((format, a), (_, b)) = scalar(&a).zip(scalar(&b)).ok_or_else(not)?;
            constant(format, binary(BinOp::And, format, a, b).map_err(trap)?, span)
        }
        ExprKind::Or(a, b) => {
            let (a, b) = (fold(*a)?, fold(*b)?);
            let ((format, a), (_, b)) = scalar(&a).zip(scalar(&b)).ok_or_else(not)?;
            constant(format, binary(BinOp::Or, format, a, b).map_err(trap)?, span)
        }
        ExprKind::If(c, a, b) => {
            let (_, word) = scalar(&fold(*c)?).ok_or_else(not)?;
            fold(if word == 1 { *a } else { *b })?
        }
        ExprKind::Convert(inner) => {
            let inner = fold(*inner)?;
            match (scalar(&inner), ty::scalar(&ty)) {
                (Some((from, word)), Some(to)) if !ty::is_secret(&ty) => {
                    constant(to, convert(from, to, word).map_err(trap)?, span)
                }
                _ => Expr { kind: ExprKind::Convert(Box::new(inner)), ty, span },
            }
        }
        // An array is made anew wherever its constant is used.
        ExprKind::Prelude(
            function @ Prelude::Array(ArrayFn::From | ArrayFn::Full | ArrayFn::Identity | ArrayFn::Reshape),
            operands,
        ) => {
            let operands = operands.into_iter().map(fold).collect::<Result<_, _>>()?;
            Expr { kind: ExprKind::Prelude(function, operands), ty, span }
        }
        ExprKind::Prelude(Prelude::Concat, operands) => concat(operands, ty, span)?,
        ExprKind::Prelude(Prelude::Repeat, operands) => repeat(operands, ty, span)?,
        ExprKind::Prelude(Prelude::Contains, operands) => {
            let operands = operands.into_iter().map(fold).collect::<Result<Vec<_>, _>>()?;
            let [container, element] = &operands[..] else { return Err(not()) };
            match (&container.kind, &element.kind) {
                (ExprKind::List(items), _) => {
                    let hits: Option<Vec<bool>> = items.iter().map(|item| same(item, element)).collect();
                    truth(hits.ok_or_else(not)?.contains(&true), span)
                }
                (ExprKind::Dict(pairs), _) => {
                    let hits: Option<Vec<bool>> = pairs.iter().map(|(key, _)| same(key, element)).collect();
                    truth(hits.ok_or_else(not)?.contains(&true), span)
                }
                (ExprKind::Const(Value::Str(text)), ExprKind::Const(Value::Str(part))) => {
                    truth(text.contains(part.as_str()), span)
                }
                _ => return Err(not()),
            }
        }
        _ => return Err(not()),
    })
}

fn truth(holds: bool, span: Span) -> Expr {
    constant(stoffel_value::ScalarTy::Bool, u64::from(holds), span)
}

fn scalar(expr: &Expr) -> Option<(stoffel_value::ScalarTy, u64)> {
    super::literal::word_of(expr)
}

/// Whether two public constants are equal.
fn same(a: &Expr, b: &Expr) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (ExprKind::Const(Value::Scalar(x, a)), ExprKind::Const(Value::Scalar(y, b))) => {
            compare(CmpOp::Eq, *x, *a, *y, *b).ok()
        }
        (ExprKind::Const(a), ExprKind::Const(b)) => Some(a == b),
        (ExprKind::List(a), ExprKind::List(b)) | (ExprKind::Tuple(a), ExprKind::Tuple(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            let equal: Option<Vec<bool>> = a.iter().zip(b).map(|(a, b)| same(a, b)).collect();
            Some(equal?.into_iter().all(|equal| equal))
        }
        _ => None,
    }
}

fn concat(operands: Vec<Expr>, ty: Ty, span: Span) -> Result<Expr, Failure> {
    let operands = operands.into_iter().map(fold).collect::<Result<Vec<_>, _>>()?;
    let mut operands = operands.into_iter();
    match (operands.next().map(|a| a.kind), operands.next().map(|b| b.kind)) {
        (Some(ExprKind::Const(Value::Str(a))), Some(ExprKind::Const(Value::Str(b)))) => {
            Ok(Expr { kind: ExprKind::Const(Value::Str(a + &b)), ty, span })
        }
        (Some(ExprKind::List(mut a)), Some(ExprKind::List(b))) => {
            a.extend(b);
            Ok(Expr { kind: ExprKind::List(a), ty, span })
        }
        _ => Err(Failure::NotConstant(span)),
    }
}

/// Greatest length that a repetition is written out to; longer ones are no constants.
const REPEATED_MAX: usize = 1 << 16;

fn repeat(operands: Vec<Expr>, ty: Ty, span: Span) -> Result<Expr, Failure> {
    let not = Failure::NotConstant(span);
    let operands = operands.into_iter().map(fold).collect::<Result<Vec<_>, _>>()?;
    let [value, count] = &operands[..] else { return Err(not) };
    let Some((_, count)) = scalar(count) else { return Err(not) };
    let count = usize::try_from(count.cast_signed().max(0)).unwrap_or(usize::MAX);
    let kind = match &value.kind {
        ExprKind::Const(Value::Str(text)) if text.len().saturating_mul(count) <= REPEATED_MAX => {
            ExprKind::Const(Value::Str(text.repeat(count)))
        }
        ExprKind::List(items) if items.len().saturating_mul(count) <= REPEATED_MAX => {
            let total = items.len() * count;
            ExprKind::List(items.iter().cloned().cycle().take(total).collect())
        }
        _ => return Err(not),
    };
    Ok(Expr { kind, ty, span })
}
