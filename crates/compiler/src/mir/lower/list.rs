//! Lists and operations on them in, instructions and loops out.

use stoffel_bytecode::{Builtin, Type};
use stoffel_value::{BinOp, CmpOp, ScalarTy, TrapCode};

use super::expr::{BOOL, INT};
use super::{FuncLower, Val, bytecode_type};
use crate::hir::{Expr, Ty};
use crate::mir::{Op, Repr, ValueId};

impl FuncLower<'_, '_> {
    pub(super) fn len(&mut self, list: ValueId) -> ValueId {
        self.emit1(Op::Len, vec![list], INT)
    }

    pub(super) fn get(&mut self, list: ValueId, at: ValueId) -> Val {
        let ty = self.element_type(list);
        let reprs = self.cx.module.tables.reprs(&ty);
        self.emit(Op::Get, vec![list, at], &reprs)
    }

    pub(super) fn append(&mut self, list: ValueId, value: &Val) {
        let args = std::iter::once(list).chain(value.iter().copied()).collect();
        self.emit0(Op::Append, args);
    }

    pub(super) fn set(&mut self, list: ValueId, at: ValueId, value: &Val) {
        let args = [list, at].into_iter().chain(value.iter().copied()).collect();
        self.emit0(Op::Set, args);
    }

    pub(super) fn builtin(&mut self, op: Builtin, args: Vec<ValueId>, results: &[Repr]) -> Val {
        self.emit(Op::Builtin(op), args, results)
    }

    /// Runs `body` with each element of a list as long as it is now.
    pub(super) fn each(&mut self, list: ValueId, body: impl FnOnce(&mut Self, Val)) {
        let n = self.len(list);
        let zero = self.int(0);
        self.count(zero, n, |lower, at| {
            let item = lower.get(list, at);
            body(lower, item);
        });
    }

    /// The length of two lists that must be equally long (R0203).
    pub(super) fn equal_lengths(&mut self, a: ValueId, b: ValueId) -> ValueId {
        let (n, m) = (self.len(a), self.len(b));
        let agree = self.compare(CmpOp::Eq, n, m);
        self.require(agree, TrapCode::Shape);
        n
    }

    /// Traps on an empty list (R0204); else its length.
    pub(super) fn not_empty(&mut self, list: ValueId) -> ValueId {
        let n = self.len(list);
        let zero = self.int(0);
        let some = self.less(zero, n);
        self.require(some, TrapCode::Empty);
        n
    }

    pub(super) fn slice(&mut self, base: &Expr, bounds: [&Option<Box<Expr>>; 3]) -> Val {
        let [start, stop, step] = bounds;
        let source = self.expr1(base);
        let (has_start, start) = self.bound(start);
        let (has_stop, stop) = self.bound(stop);
        let step = match step {
            Some(step) => self.expr1(step),
            None => self.int(1),
        };
        let repr = self.b.repr(source);
        self.builtin(Builtin::Slice, vec![source, has_start, start, has_stop, stop, step], &[repr])
    }

    fn bound(&mut self, bound: &Option<Box<Expr>>) -> (ValueId, ValueId) {
        match bound {
            Some(bound) => {
                let value = self.expr1(bound);
                (self.bool(true), value)
            }
            None => (self.bool(false), self.int(0)),
        }
    }

    pub(super) fn enumerate(&mut self, list: ValueId, ty: &Ty) -> Val {
        let out = self.new_list(ty);
        let n = self.len(list);
        let zero = self.int(0);
        self.count(zero, n, |lower, at| {
            let mut item = vec![at];
            item.extend(lower.get(list, at));
            lower.append(out, &item);
        });
        vec![out]
    }

    pub(super) fn zip(&mut self, a: ValueId, b: ValueId, ty: &Ty) -> Val {
        let out = self.new_list(ty);
        let (n, m) = (self.len(a), self.len(b));
        let shorter = self.binary(BinOp::Min, n, m);
        let zero = self.int(0);
        self.count(zero, shorter, |lower, at| {
            let mut item = lower.get(a, at);
            item.extend(lower.get(b, at));
            lower.append(out, &item);
        });
        vec![out]
    }

    /// One secret or public bool per element: whether it equals the value.
    fn equal_bits(&mut self, list: ValueId, member: &Ty, value: &Val, value_ty: &Ty) -> ValueId {
        let repr = self.ref_repr(&Type::List(Box::new(Type::Secret(ScalarTy::Bool))));
        let bits = self.emit1(Op::NewList, Vec::new(), repr);
        self.each(list, |lower, item| {
            let equal = lower.equal(&item, member, value, value_ty);
            let equal = lower.hide(equal);
            lower.append(bits, &vec![equal]);
        });
        bits
    }

    /// Place of the first equal element of a public list, or -1.
    pub(super) fn find(&mut self, list: ValueId, value: &Val) -> ValueId {
        let args = std::iter::once(list).chain(value.iter().copied()).collect();
        self.builtin(Builtin::Find, args, &[INT])[0]
    }

    pub(super) fn contains(&mut self, container: (ValueId, &Ty), value: &Val, value_ty: &Ty) -> ValueId {
        let (container, Ty::List(member)) = container else {
            let args = std::iter::once(container.0).chain(value.iter().copied()).collect();
            return self.builtin(Builtin::ContainsStr, args, &[BOOL])[0];
        };
        if bytecode_type(member).has_secret() || bytecode_type(value_ty).has_secret() {
            let bits = self.equal_bits(container, member, value, value_ty);
            return self.builtin(Builtin::AnySecret, vec![bits], &[Repr::Secret(ScalarTy::Bool)])[0];
        }
        let value = self.convert(value, value_ty, member);
        let at = self.find(container, &value);
        let zero = self.int(0);
        self.compare(CmpOp::Ge, at, zero)
    }

    pub(super) fn count_equal(&mut self, list: (ValueId, &Ty), value: &Val, value_ty: &Ty) -> ValueId {
        let (list, member) = list;
        if bytecode_type(member).has_secret() || bytecode_type(value_ty).has_secret() {
            let bits = self.equal_bits(list, member, value, value_ty);
            return self.sum_bits(bits);
        }
        let args = std::iter::once(list).chain(value.iter().copied()).collect();
        self.builtin(Builtin::Count, args, &[INT])[0]
    }

    /// `index`: R0206 if not found in a public list; for secrets the place of the first equal element, or 0.
    pub(super) fn index_of(&mut self, list: (ValueId, &Ty), value: &Val, value_ty: &Ty, bounds: &[ValueId]) -> ValueId {
        let (list, member) = list;
        let zero = self.int(0);
        let (part, offset) = match bounds {
            [] => (list, zero),
            [start, rest @ ..] => {
                let n = self.len(list);
                let stop = rest.first().copied().unwrap_or(n);
                let (yes, one) = (self.bool(true), self.int(1));
                let repr = self.b.repr(list);
                let part = self.builtin(Builtin::Slice, vec![list, yes, *start, yes, stop, one], &[repr])[0];
                let negative = self.less(*start, zero);
                let from_end =
                    self.either(negative, &[INT], |lower| vec![lower.binary(BinOp::Add, *start, n)], |_| vec![*start])
                        [0];
                (part, self.binary(BinOp::Max, from_end, zero))
            }
        };
        if bytecode_type(member).has_secret() || bytecode_type(value_ty).has_secret() {
            let bits = self.equal_bits(part, member, value, value_ty);
            return self.first_true(bits, offset);
        }
        let at = self.find(part, value);
        let found = self.compare(CmpOp::Ge, at, zero);
        self.require(found, TrapCode::NotFound);
        self.binary(BinOp::Add, at, offset)
    }

    /// `remove`: the first equal element of a public list; R0206.
    pub(super) fn remove(&mut self, list: ValueId, value: &Val) {
        let at = self.find(list, value);
        let zero = self.int(0);
        let found = self.compare(CmpOp::Ge, at, zero);
        self.require(found, TrapCode::NotFound);
        self.pop(list, at);
    }

    pub(super) fn pop(&mut self, list: ValueId, at: ValueId) -> Val {
        let ty = self.element_type(list);
        let reprs = self.cx.module.tables.reprs(&ty);
        self.builtin(Builtin::Pop, vec![list, at], &reprs)
    }
}
