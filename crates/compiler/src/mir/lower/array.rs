//! Operations on arrays in; instructions on whole arrays out, or on scalars where an array stands for its one element.
//!
//! An array is one reference. A scalar beside one becomes an array without axes. Where a scalar is wanted of an element-wise
//! expression, the expression is computed on scalars: its result has no axes exactly if none of its operands has.

use stoffel_bytecode::{Builtin, Type};
use stoffel_value::{BinOp, CmpOp, FixTy, ScalarTy, TrapCode, UnOp};

use super::expr::{BOOL, INT};
use super::{FuncLower, Val, bytecode_type};
use crate::hir::{ArrayFn, Expr, ExprKind, Prelude, Sub, Subs, Ty};
use crate::mir::{Op, Repr, ValueId};

/// What an assignment to elements of an array has evaluated.
pub(super) struct Items {
    array: ValueId,
    kinds: Subs,
    parts: Val,
}

impl FuncLower<'_, '_> {
    /// An element-wise operator whose result is an array.
    pub(super) fn array_binary(&mut self, op: BinOp, a: &Expr, b: &Expr, ty: &Ty) -> ValueId {
        let a = self.as_array(a);
        let b = self.as_array(b);
        let repr = self.array_repr(ty);
        self.emit1(Op::ABin(op), vec![a, b], repr)
    }

    pub(super) fn array_unary(&mut self, op: UnOp, a: &Expr, ty: &Ty) -> ValueId {
        let a = self.expr1(a);
        let repr = self.array_repr(ty);
        self.emit1(Op::AUn(op), vec![a], repr)
    }

    pub(super) fn array_compare(&mut self, op: CmpOp, a: &Expr, b: &Expr, ty: &Ty) -> ValueId {
        let a = self.as_array(a);
        let b = self.as_array(b);
        let repr = self.array_repr(ty);
        self.emit1(Op::ACmp(op), vec![a, b], repr)
    }

    /// An array of another format or secrecy.
    pub(super) fn convert_array(&mut self, array: ValueId, to: &Ty) -> ValueId {
        let Some((to, secret)) = bytecode_type(to).array_element() else { return array };
        let mut array = array;
        let (from, hidden) = self.elements(array);
        if from != to {
            let repr = self.elements_repr(to, hidden);
            array = self.emit1(Op::AConvert, vec![array], repr);
        }
        if secret && !hidden {
            let repr = self.elements_repr(to, true);
            array = self.emit1(Op::HideRef, vec![array], repr);
        }
        array
    }

    /// The element of an array without axes; R0203.
    pub(super) fn array_item(&mut self, array: ValueId) -> ValueId {
        let (ty, secret) = self.elements(array);
        let repr = if secret { Repr::Secret(ty) } else { Repr::Word(ty) };
        self.builtin(Builtin::ArrayItem, vec![array], &[repr])[0]
    }

    /// An expression where a scalar is meant: what has the type of an array is computed on scalars as far as it is element-wise.
    pub(super) fn scalar_of(&mut self, expr: &Expr) -> ValueId {
        if !matches!(expr.ty, Ty::Array(_)) {
            return self.expr1(expr);
        }
        let outer = std::mem::replace(&mut self.span, expr.span);
        let value = stacker::maybe_grow(64 << 10, 1 << 20, || self.scalar_here(expr));
        self.span = outer;
        value
    }

    fn scalar_here(&mut self, expr: &Expr) -> ValueId {
        match &expr.kind {
            ExprKind::Binary(op, a, b) => {
                let a = self.scalar_of(a);
                let b = self.scalar_of(b);
                self.binary(*op, a, b)
            }
            ExprKind::Unary(op, a) => {
                let a = self.scalar_of(a);
                self.unary(*op, a)
            }
            ExprKind::Compare(op, a, b) => {
                let a = self.scalar_of(a);
                let b = self.scalar_of(b);
                self.compare(*op, a, b)
            }
            ExprKind::Convert(inner) => {
                let value = self.scalar_of(inner);
                let from = Ty::Scalar { ty: self.scalar(value), secret: self.is_secret(value) };
                let Ty::Array(to) = &expr.ty else { return value };
                self.convert(&vec![value], &from, to)[0]
            }
            ExprKind::Let(local, value, body) => {
                let leaves = self.expr(value);
                self.write_local(*local, &leaves);
                self.scalar_of(body)
            }
            ExprKind::Prelude(Prelude::Min, args) => {
                let (a, b) = (self.scalar_of(&args[0]), self.scalar_of(&args[1]));
                self.extreme(BinOp::Min, a, b)
            }
            ExprKind::Prelude(Prelude::Max, args) => {
                let (a, b) = (self.scalar_of(&args[0]), self.scalar_of(&args[1]));
                self.extreme(BinOp::Max, a, b)
            }
            ExprKind::Prelude(Prelude::Array(ArrayFn::Index(kinds)), args) if kinds.all_ints() => {
                let array = self.expr1(&args[0]);
                let indices: Val = args[1..].iter().map(|index| self.expr1(index)).collect();
                if let [only] = indices[..] {
                    return self.get(array, only)[0];
                }
                let (ty, secret) = self.elements(array);
                let repr = if secret { Repr::Secret(ty) } else { Repr::Word(ty) };
                let args = std::iter::once(array).chain(indices).collect();
                self.builtin(Builtin::ArrayGet, args, &[repr])[0]
            }
            _ => {
                let array = self.expr1(expr);
                self.array_item(array)
            }
        }
    }

    /// A value as an array: a scalar has no axes.
    pub(super) fn as_array(&mut self, expr: &Expr) -> ValueId {
        let value = self.expr1(expr);
        if matches!(expr.ty, Ty::Array(_)) { value } else { self.boxed(value) }
    }

    fn boxed(&mut self, value: ValueId) -> ValueId {
        let repr = self.elements_repr(self.scalar(value), self.is_secret(value));
        self.builtin(Builtin::ArrayScalar, vec![value], &[repr])[0]
    }

    fn array_repr(&mut self, ty: &Ty) -> Repr {
        self.ref_repr(&bytecode_type(ty))
    }

    fn elements_repr(&mut self, ty: ScalarTy, secret: bool) -> Repr {
        let element = if secret { Type::Secret(ty) } else { Type::Scalar(ty) };
        self.ref_repr(&Type::Array(Box::new(element)))
    }

    /// Format of an array's elements, and whether they are secret.
    fn elements(&self, array: ValueId) -> (ScalarTy, bool) {
        let Repr::Ref(id) = self.b.repr(array) else { return (ScalarTy::Bool, false) };
        self.cx.module.tables.types[id.idx()].array_element().unwrap_or((ScalarTy::Bool, false))
    }

    /// One of two arrays of equal shapes (R0203) by a secret bool.
    pub(super) fn merge_arrays(&mut self, cond: ValueId, then: ValueId, other: ValueId, ty: &Ty) -> ValueId {
        let shapes = self.ref_repr(&Type::List(Box::new(Type::Scalar(ScalarTy::I64))));
        let a = self.builtin(Builtin::ArrayShape, vec![then], &[shapes])[0];
        let b = self.builtin(Builtin::ArrayShape, vec![other], &[shapes])[0];
        let agree = self.builtin(Builtin::Equal, vec![a, b], &[BOOL])[0];
        self.require(agree, TrapCode::Shape);
        let cond = self.boxed(cond);
        let repr = self.array_repr(ty);
        self.builtin(Builtin::ArrayWhere, vec![cond, then, other], &[repr])[0]
    }

    /// Evaluates the target of an assignment to elements.
    pub(super) fn items(&mut self, base: &Expr, kinds: Subs, parts: &[Expr]) -> Items {
        let array = self.expr1(base);
        let parts = parts.iter().map(|part| self.expr1(part)).collect();
        Items { array, kinds, parts }
    }

    /// Stores a scalar or an array into elements.
    pub(super) fn store_items(&mut self, items: &Items, value: ValueId) {
        let scalar = !matches!(self.b.repr(value), Repr::Ref(_));
        if scalar && items.kinds.all_ints() {
            if let [only] = items.parts[..] {
                self.set(items.array, only, &vec![value]);
                return;
            }
            let args = std::iter::once(items.array).chain(items.parts.iter().copied()).chain([value]).collect();
            self.builtin(Builtin::ArraySet, args, &[]);
            return;
        }
        let value = if scalar { self.boxed(value) } else { value };
        let mut args = vec![items.array, value];
        args.extend(self.index_words(items.kinds, &items.parts));
        self.builtin(Builtin::ArrayPut, args, &[]);
    }

    /// Indices as the instruction takes them: six words each, and the secret ones.
    fn index_words(&mut self, kinds: Subs, parts: &[ValueId]) -> Val {
        let (no, zero, one) = (self.bool(false), self.int(0), self.int(1));
        let mut parts = parts.iter().copied();
        let mut out = Vec::new();
        for sub in kinds.iter() {
            match sub {
                Sub::Int => {
                    let index = parts.next().unwrap_or(zero);
                    out.extend([zero, no, index, no, zero, one]);
                }
                Sub::Secret => {
                    let two = self.int(2);
                    out.extend([two, no, zero, no, zero, one]);
                    out.extend(parts.next());
                }
                Sub::Slice([start, stop, step]) => {
                    let mut bound = |written: bool, lower: &mut Self| match parts.next_if_written(written) {
                        Some(part) => [lower.bool(true), part],
                        None => [no, zero],
                    };
                    let [has_start, start] = bound(start, self);
                    let [has_stop, stop] = bound(stop, self);
                    let step = parts.next_if_written(step).unwrap_or(one);
                    out.extend([one, has_start, start, has_stop, stop, step]);
                }
            }
        }
        out
    }

    /// A function on arrays.
    pub(super) fn array_fn(&mut self, function: ArrayFn, args: &[Expr], ty: &Ty) -> Val {
        let values: Val = match function {
            ArrayFn::Where => args.iter().map(|arg| self.as_array(arg)).collect(),
            _ => args.iter().map(|arg| self.expr1(arg)).collect(),
        };
        let reprs = self.reprs(ty);
        let op = match function {
            ArrayFn::From => Builtin::ArrayFrom,
            ArrayFn::Full => Builtin::ArrayFull,
            ArrayFn::Identity => Builtin::ArrayIdentity,
            ArrayFn::Gather => Builtin::ArrayGather,
            ArrayFn::Shape => Builtin::ArrayShape,
            ArrayFn::Size => Builtin::ArraySize,
            ArrayFn::Reshape => Builtin::ArrayReshape,
            ArrayFn::Concat => Builtin::ArrayConcat,
            ArrayFn::Stack => Builtin::ArrayStack,
            ArrayFn::Where => Builtin::ArrayWhere,
            ArrayFn::MatMul => Builtin::ArrayMatMul,
            ArrayFn::CumSum => Builtin::ArrayCumSum,
            ArrayFn::Sort => Builtin::ArraySort,
            ArrayFn::ArgSort => Builtin::ArrayArgSort,
            ArrayFn::ToList => Builtin::ArrayToList,
            ArrayFn::Index(kinds) => {
                let mut sources = vec![values[0]];
                sources.extend(self.index_words(kinds, &values[1..]));
                return self.builtin(Builtin::ArrayIndex, sources, &reprs);
            }
            ArrayFn::NDim => {
                let shape = self.ref_repr(&Type::List(Box::new(Type::Scalar(ScalarTy::I64))));
                let shape = self.builtin(Builtin::ArrayShape, values, &[shape])[0];
                return vec![self.len(shape)];
            }
            ArrayFn::Transpose => {
                let has_axes = self.bool(values.len() > 1);
                let axes = match values.get(1) {
                    Some(axes) => *axes,
                    None => {
                        let repr = self.ref_repr(&Type::List(Box::new(Type::Scalar(ScalarTy::I64))));
                        self.emit1(Op::NewList, Vec::new(), repr)
                    }
                };
                return self.builtin(Builtin::ArrayTranspose, vec![values[0], axes, has_axes], &reprs);
            }
            ArrayFn::SortIf => {
                let (array, repr) = (values[1], self.b.repr(values[1]));
                let sorted = self.emit1(Op::Builtin(Builtin::Copy), vec![array], repr);
                self.builtin(Builtin::ArraySort, vec![sorted, values[2]], &[]);
                let cond = self.boxed(values[0]);
                let merged = self.builtin(Builtin::ArrayWhere, vec![cond, sorted, array], &[repr])[0];
                return self.builtin(Builtin::ArrayPut, vec![array, merged], &[]);
            }
            ArrayFn::Sorted => {
                let copy = self.emit1(Op::Builtin(Builtin::Copy), vec![values[0]], reprs[0]);
                self.builtin(Builtin::ArraySort, vec![copy, values[1]], &[]);
                return vec![copy];
            }
            _ => return vec![self.array_reduction(function, values[0], values.get(1).copied(), ty)],
        };
        self.builtin(op, values, &reprs)
    }

    fn array_reduction(&mut self, function: ArrayFn, array: ValueId, axis: Option<ValueId>, ty: &Ty) -> ValueId {
        let (from, secret) = self.elements(array);
        let has_axis = self.bool(axis.is_some());
        let at = axis.unwrap_or_else(|| self.int(0));
        let op = match function {
            ArrayFn::Mean => {
                let mean = self.array_mean(array, [has_axis, at], ty);
                return if axis.is_some() { mean } else { self.array_item(mean) };
            }
            ArrayFn::Min => Builtin::ArrayMin,
            ArrayFn::Max => Builtin::ArrayMax,
            ArrayFn::ArgMin => Builtin::ArrayArgMin,
            ArrayFn::ArgMax => Builtin::ArrayArgMax,
            ArrayFn::Any => Builtin::ArrayAny,
            ArrayFn::All => Builtin::ArrayAll,
            _ => Builtin::ArraySum,
        };
        let (array, from) = match (op, from) {
            (Builtin::ArraySum, ScalarTy::Bool) => (self.elements_in(array, ScalarTy::I64), ScalarTy::I64),
            _ => (array, from),
        };
        let to = if matches!(op, Builtin::ArrayArgMin | Builtin::ArrayArgMax) { ScalarTy::I64 } else { from };
        let repr = self.elements_repr(to, secret);
        let result = self.builtin(op, vec![array, has_axis, at], &[repr])[0];
        if axis.is_some() { result } else { self.array_item(result) }
    }

    fn elements_in(&mut self, array: ValueId, ty: ScalarTy) -> ValueId {
        let (from, secret) = self.elements(array);
        if from == ty {
            return array;
        }
        let repr = self.elements_repr(ty, secret);
        self.emit1(Op::AConvert, vec![array], repr)
    }

    /// Sums over number of elements. Fixed sums are taken in 64 bits, so that only the mean must fit; R0204.
    fn array_mean(&mut self, array: ValueId, axis: [ValueId; 2], ty: &Ty) -> ValueId {
        let (from, secret) = self.elements(array);
        let to = match ty {
            Ty::Scalar { ty, .. } => *ty,
            other => bytecode_type(other).array_element().map_or(from, |(ty, _)| ty),
        };
        let wide = match to {
            ScalarTy::Fix(fix) => FixTy::new(64, fix.f() as u8).map_or(to, ScalarTy::Fix),
            _ => to,
        };
        let [has_axis, at] = axis;
        let count = self.builtin(Builtin::ArrayCount, vec![array, has_axis, at], &[INT])[0];
        // Secret integers are summed as integers, which costs nothing, and converted once.
        let within = if secret && !matches!(from, ScalarTy::Fix(_)) { ScalarTy::I64 } else { wide };
        let array = self.elements_in(array, within);
        let repr = self.elements_repr(within, secret);
        let total = self.builtin(Builtin::ArraySum, vec![array, has_axis, at], &[repr])[0];
        let total = self.elements_in(total, wide);
        let count = if wide == ScalarTy::I64 { count } else { self.emit1(Op::Convert, vec![count], Repr::Word(wide)) };
        let count = self.boxed(count);
        let repr = self.elements_repr(wide, secret);
        let mean = self.emit1(Op::ABin(BinOp::Div), vec![total, count], repr);
        self.elements_in(mean, to)
    }

    /// One row of the first axis, by an index that is in range.
    pub(super) fn array_row(&mut self, array: ValueId, at: ValueId) -> ValueId {
        let repr = self.b.repr(array);
        self.builtin(Builtin::ArrayRow, vec![array, at], &[repr])[0]
    }
}

/// The next part, if it was written.
trait Written: Iterator {
    fn next_if_written(&mut self, written: bool) -> Option<Self::Item> {
        if written { self.next() } else { None }
    }
}

impl<I: Iterator> Written for I {}
