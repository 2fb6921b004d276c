//! Lists in; their sums, means, extremes and other reductions out (LANGUAGE §10.4, §16).
//!
//! Public lists are walked from the left. Secret extremes are tournaments: log2 n levels of independent comparisons, which an engine
//! runs in as many batches.

use stoffel_bytecode::{Builtin, Type};
use stoffel_value::{BinOp, CmpOp, FixTy, ScalarTy, TrapCode, UnOp};

use super::{FuncLower, Val};
use crate::hir::Ty;
use crate::mir::{Op, Repr, Term, ValueId};

const SECRET_BOOL: Repr = Repr::Secret(ScalarTy::Bool);

impl FuncLower<'_, '_> {
    /// Format of a list's scalar elements, and whether they are secret.
    pub(super) fn element_scalar(&self, list: ValueId) -> (ScalarTy, bool) {
        match self.element_type(list) {
            Type::Secret(ty) => (ty, true),
            Type::Scalar(ty) => (ty, false),
            _ => (ScalarTy::I64, false),
        }
    }

    pub(super) fn sum(&mut self, list: ValueId) -> ValueId {
        match self.element_scalar(list) {
            (ScalarTy::Bool, true) => self.sum_bits(list),
            (ty, true) => self.builtin(Builtin::SumSecret, vec![list], &[Repr::Secret(ty)])[0],
            (ScalarTy::Bool, false) => self.sum_in(list, ScalarTy::I64),
            (ty, false) => self.sum_in(list, ty),
        }
    }

    /// Sum of a public list in a format.
    fn sum_in(&mut self, list: ValueId, ty: ScalarTy) -> ValueId {
        let zero = self.word(ty, 0);
        let total = self.accumulator(zero);
        self.each(list, |lower, item| {
            let item = lower.word_in(item[0], ty);
            let now = lower.b.read(total);
            let next = lower.binary(BinOp::Add, now, item);
            lower.b.write(total, next);
        });
        self.b.read(total)
    }

    /// A public word in a format.
    fn word_in(&mut self, word: ValueId, ty: ScalarTy) -> ValueId {
        if self.scalar(word) == ty { word } else { self.emit1(Op::Convert, vec![word], Repr::Word(ty)) }
    }

    /// How many elements of a list of secret bools hold.
    pub(super) fn sum_bits(&mut self, bits: ValueId) -> ValueId {
        let numbers = self.convert_secrets(bits, ScalarTy::I64);
        self.builtin(Builtin::SumSecret, vec![numbers], &[Repr::Secret(ScalarTy::I64)])[0]
    }

    fn convert_secrets(&mut self, list: ValueId, ty: ScalarTy) -> ValueId {
        let repr = self.ref_repr(&Type::List(Box::new(Type::Secret(ty))));
        self.builtin(Builtin::ConvertSecret, vec![list], &[repr])[0]
    }

    /// Sum over number of elements, in the format of the result. Fixed sums are taken in 64 bits, so that only the mean must fit.
    pub(super) fn mean(&mut self, list: ValueId, ty: &Ty) -> ValueId {
        let (from, secret) = self.element_scalar(list);
        let Ty::Scalar { ty: to, .. } = *ty else { return self.sum(list) };
        let n = self.not_empty(list);
        let wide = match to {
            ScalarTy::Fix(fix) => FixTy::new(64, fix.f() as u8).map_or(to, ScalarTy::Fix),
            _ => to,
        };
        let total = if !secret {
            self.sum_in(list, wide)
        } else if matches!(from, ScalarTy::Fix(_)) {
            let list = if from == wide { list } else { self.convert_secrets(list, wide) };
            self.sum(list)
        } else {
            // Integers are summed as integers, which costs nothing, and converted once.
            let narrow = !matches!(from, ScalarTy::Int(ty) if ty.bits() == 64);
            let list = if narrow { self.convert_secrets(list, ScalarTy::I64) } else { list };
            let total = self.sum(list);
            self.emit1(Op::SConvert, vec![total], Repr::Secret(wide))
        };
        let count = self.word_in(n, wide);
        let mean = self.binary(BinOp::Div, total, count);
        match (wide == to, secret) {
            (true, _) => mean,
            (false, true) => self.emit1(Op::SConvert, vec![mean], Repr::Secret(to)),
            (false, false) => self.emit1(Op::Convert, vec![mean], Repr::Word(to)),
        }
    }

    pub(super) fn any_all(&mut self, list: ValueId, all: bool) -> ValueId {
        if self.element_scalar(list).1 {
            let op = if all { Builtin::AllSecret } else { Builtin::AnySecret };
            return self.builtin(op, vec![list], &[SECRET_BOOL])[0];
        }
        let op = if all { BinOp::And } else { BinOp::Or };
        let first = self.bool(all);
        let total = self.accumulator(first);
        self.each(list, |lower, item| {
            let now = lower.b.read(total);
            let next = lower.binary(op, now, item[0]);
            lower.b.write(total, next);
        });
        self.b.read(total)
    }

    /// The lesser or greater of two scalars or strings.
    pub(super) fn extreme(&mut self, op: BinOp, a: ValueId, b: ValueId) -> ValueId {
        let repr = self.b.repr(a);
        if matches!(repr, Repr::Ref(_)) {
            let keep = self.compare(if op == BinOp::Min { CmpOp::Le } else { CmpOp::Ge }, a, b);
            return self.either(keep, &[repr], |_| vec![a], |_| vec![b])[0];
        }
        self.binary(op, a, b)
    }

    /// Least or greatest element; R0204.
    pub(super) fn extreme_of(&mut self, op: BinOp, list: ValueId) -> ValueId {
        let n = self.not_empty(list);
        if self.element_scalar(list).1 {
            let combine = |lower: &mut Self, a: &Val, b: &Val| vec![lower.binary(op, a[0], b[0])];
            return self.tournament(&[list], n, combine)[0];
        }
        let zero = self.int(0);
        let first = self.get(list, zero)[0];
        let best = self.accumulator(first);
        let one = self.int(1);
        self.count(one, n, |lower, at| {
            let item = lower.get(list, at)[0];
            let now = lower.b.read(best);
            let next = lower.extreme(op, now, item);
            lower.b.write(best, next);
        });
        self.b.read(best)
    }

    /// Place of the first least or greatest element; R0204.
    pub(super) fn arg_extreme(&mut self, op: BinOp, list: ValueId) -> ValueId {
        let n = self.not_empty(list);
        // A later element wins only if it is strictly better.
        let better = if op == BinOp::Min { CmpOp::Lt } else { CmpOp::Gt };
        if self.element_scalar(list).1 {
            let places = self.places(n);
            let combine = move |lower: &mut Self, a: &Val, b: &Val| {
                let wins = lower.compare(better, b[0], a[0]);
                vec![lower.select(wins, b[0], a[0]), lower.select(wins, b[1], a[1])]
            };
            return self.tournament(&[list, places], n, combine)[1];
        }
        let zero = self.int(0);
        let first = self.get(list, zero)[0];
        let best = self.accumulators(&[first, zero]);
        let one = self.int(1);
        self.count(one, n, |lower, at| {
            let item = lower.get(list, at)[0];
            let now = lower.b.read(best[0]);
            let wins = lower.compare(better, item, now);
            lower.when(wins, |lower| lower.write_all(&best, &[item, at]));
        });
        self.b.read(best[1])
    }

    /// 0, 1, …, n - 1 as secrets.
    fn places(&mut self, n: ValueId) -> ValueId {
        let (zero, one) = (self.int(0), self.int(1));
        let repr = self.ref_repr(&Type::List(Box::new(Type::Scalar(ScalarTy::I64))));
        let places = self.builtin(Builtin::Range, vec![zero, n, one], &[repr])[0];
        self.hide_list(places)
    }

    /// `offset` plus the place of the first secret bool that holds; 0 if none does.
    pub(super) fn first_true(&mut self, bits: ValueId, offset: ValueId) -> ValueId {
        let n = self.len(bits);
        let zero = self.int(0);
        let some = self.less(zero, n);
        let value = self.either(
            some,
            &[Repr::Secret(ScalarTy::I64)],
            |lower| {
                let places = lower.places(n);
                let combine = |lower: &mut Self, a: &Val, b: &Val| {
                    vec![lower.binary(BinOp::Or, a[0], b[0]), lower.select(a[0], a[1], b[1])]
                };
                let best = lower.tournament(&[bits, places], n, combine);
                let missing = lower.unary(UnOp::Not, best[0]);
                lower.trap_if(missing, TrapCode::NotFound);
                let place = lower.binary(BinOp::Add, best[1], offset);
                let zero = lower.int(0);
                vec![lower.select(best[0], place, zero)]
            },
            |lower| {
                let missing = lower.bool(true);
                let missing = lower.hide(missing);
                lower.trap_if(missing, TrapCode::NotFound);
                let zero = lower.int(0);
                vec![lower.hide(zero)]
            },
        );
        value[0]
    }

    /// Combines elements of equally long columns pairwise, level by level, the left one first; `n` is at least 1.
    fn tournament(
        &mut self,
        columns: &[ValueId],
        n: ValueId,
        combine: impl FnOnce(&mut Self, &Val, &Val) -> Val,
    ) -> Val {
        let left = self.accumulators(columns);
        let size = self.accumulator(n);
        let (zero, one, two) = (self.int(0), self.int(1), self.int(2));
        self.while_loop(
            |lower| {
                let now = lower.b.read(size);
                lower.less(one, now)
            },
            |lower| {
                let now = lower.b.read(size);
                let half = lower.binary(BinOp::Shr, now, one);
                let from = lower.read_all(&left);
                let into: Val =
                    from.iter().map(|list| lower.emit1(Op::NewList, Vec::new(), lower.b.repr(*list))).collect();
                lower.count(zero, half, |lower, pair| {
                    let first = lower.binary(BinOp::Mul, pair, two);
                    let second = lower.increment(first);
                    let a: Val = from.iter().map(|list| lower.get(*list, first)[0]).collect();
                    let b: Val = from.iter().map(|list| lower.get(*list, second)[0]).collect();
                    let best = combine(lower, &a, &b);
                    for (list, leaf) in into.iter().zip(best) {
                        lower.append(*list, &vec![leaf]);
                    }
                });
                let odd = lower.binary(BinOp::Sub, now, half);
                let odd = lower.less(half, odd);
                let last = lower.binary(BinOp::Sub, now, one);
                lower.when(odd, |lower| {
                    for (from, into) in from.iter().zip(&into) {
                        let item = lower.get(*from, last);
                        lower.append(*into, &item);
                    }
                });
                lower.write_all(&left, &into);
                let next = lower.binary(BinOp::Sub, now, half);
                lower.b.write(size, next);
            },
            |_| {},
        );
        let last = self.read_all(&left);
        last.into_iter().map(|list| self.get(list, zero)[0]).collect()
    }

    /// Sum of products of two lists of equal length (R0203).
    pub(super) fn dot(&mut self, a: ValueId, b: ValueId) -> ValueId {
        let (ty, secret_a) = self.element_scalar(a);
        if secret_a || self.element_scalar(b).1 {
            let (a, b) = (self.hide_list(a), self.hide_list(b));
            return self.builtin(Builtin::DotSecret, vec![a, b], &[Repr::Secret(ty)])[0];
        }
        let n = self.equal_lengths(a, b);
        let zero = self.word(ty, 0);
        let total = self.accumulator(zero);
        let start = self.int(0);
        self.count(start, n, |lower, at| {
            let (x, y) = (lower.get(a, at)[0], lower.get(b, at)[0]);
            let product = lower.binary(BinOp::Mul, x, y);
            let now = lower.b.read(total);
            let next = lower.binary(BinOp::Add, now, product);
            lower.b.write(total, next);
        });
        self.b.read(total)
    }

    /// R0301 if two numbers, or elements of two lists, differ by more than `tol`.
    pub(super) fn assert_close(&mut self, a: &Val, b: &Val, ty: &Ty, tol: ValueId) {
        if let Ty::List(member) = ty {
            let n = self.equal_lengths(a[0], b[0]);
            let (x, y) = (a[0], b[0]);
            let zero = self.int(0);
            self.count(zero, n, |lower, at| {
                let (x, y) = (lower.get(x, at), lower.get(y, at));
                lower.assert_close(&x, &y, member, tol);
            });
            return;
        }
        let high = self.binary(BinOp::Max, a[0], b[0]);
        let low = self.binary(BinOp::Min, a[0], b[0]);
        let gap = self.binary(BinOp::Sub, high, low);
        let tol = self.word_in(tol, self.scalar(gap));
        let close = self.compare(CmpOp::Le, gap, tol);
        let (fail, go_on) = (self.new_block(), self.new_block());
        self.branch(close, go_on, fail);
        self.open(fail);
        let (left, right) = (self.text_of(a, ty), self.text_of(b, ty));
        let (and, differ) = (self.str(" and "), self.str(" are not close"));
        let message = self.join_text(vec![left, and, right, differ]);
        self.b.end(Term::Fail(message), self.span);
        self.open(go_on);
    }

    /// `pop` and `delete` with the last place if none is given; R0204 on an empty list.
    pub(super) fn pop_at(&mut self, list: ValueId, at: Option<ValueId>) -> Val {
        let at = at.unwrap_or_else(|| self.int(-1));
        self.pop(list, at)
    }
}
