//! A list in; the code that sorts it in place out.
//!
//! Lists of secret scalars are one operation of the engine. Lists of rows that hold secrets go through Batcher's merge exchange: about
//! n·log²n/4 compare-exchanges in log n·(log n + 1)/2 layers, each layer independent, so an engine runs it as one batch.
//! Source: Knuth, The Art of Computer Programming 3, §5.2.2, Algorithm M.

use std::rc::Rc;

use stoffel_bytecode::{Builtin, Type};
use stoffel_value::{BinOp, CmpOp, ScalarTy, UnOp};

use super::FuncLower;
use super::expr::INT;
use crate::hir::Ty;
use crate::mir::ValueId;

impl FuncLower<'_, '_> {
    /// Sorts ascending, or descending where `reverse` holds.
    pub(super) fn sort(&mut self, list: ValueId, reverse: Option<ValueId>) {
        let reverse = reverse.unwrap_or_else(|| self.bool(false));
        let element = self.element_type(list);
        if !element.has_secret() || matches!(element, Type::Secret(_)) {
            self.builtin(Builtin::Sort, vec![list, reverse], &[]);
            return;
        }
        self.merge_exchange(list, None);
        // Values that are equal are the same, so reversing the ascending order is the descending one.
        self.when(reverse, |lower| {
            lower.builtin(Builtin::Reverse, vec![list], &[]);
        });
    }

    /// Sorts rows of key, place and element by key, then place, and turns them around where `reverse` holds.
    pub(super) fn sort_rows(&mut self, list: ValueId, row: &Ty, reverse: ValueId) {
        if !self.element_type(list).has_secret() {
            self.sort_public_rows(list, row, reverse);
            return;
        }
        self.merge_exchange(list, Some(row));
        self.when(reverse, |lower| {
            lower.builtin(Builtin::Reverse, vec![list], &[]);
        });
    }

    /// Sorts keys and places, which have an order, and puts the elements after them.
    fn sort_public_rows(&mut self, list: ValueId, row: &Ty, reverse: ValueId) {
        let Ty::Tuple(members) = row else { return };
        let int = Ty::Scalar { ty: ScalarTy::I64, secret: false };
        let pair = Ty::List(Rc::new(Ty::Tuple(Rc::from([members[0].clone(), int]))));
        let (pairs, rows) = (self.new_list(&pair), self.new_list(&Ty::List(Rc::new(row.clone()))));
        self.each(list, |lower, item| {
            let mut leaves = lower.member(&item, members, 0);
            leaves.extend(lower.member(&item, members, 1));
            lower.append(pairs, &leaves);
        });
        self.builtin(Builtin::Sort, vec![pairs, reverse], &[]);
        self.each(pairs, |lower, pair| {
            // A negative place counts from the start, too: it is that of a list to be turned around.
            let place = pair[pair.len() - 1];
            let zero = lower.int(0);
            let negated = lower.less(place, zero);
            let at = lower.either(negated, &[INT], |lower| vec![lower.unary(UnOp::Neg, place)], |_| vec![place])[0];
            let item = lower.get(list, at);
            lower.append(rows, &item);
        });
        self.builtin(Builtin::Clear, vec![list], &[]);
        self.builtin(Builtin::Extend, vec![list, rows], &[]);
    }

    fn merge_exchange(&mut self, list: ValueId, row: Option<&Ty>) {
        let n = self.len(list);
        let (zero, one) = (self.int(0), self.int(1));
        // top = 2^(t-1), where 2^t is the least power of two that is at least n; 0 for lists that need no sorting.
        let double = self.accumulator(one);
        self.while_loop(
            |lower| {
                let now = lower.b.read(double);
                lower.less(now, n)
            },
            |lower| {
                let now = lower.b.read(double);
                let next = lower.binary(BinOp::Shl, now, one);
                lower.b.write(double, next);
            },
            |_| {},
        );
        let bound = self.b.read(double);
        let top = self.binary(BinOp::Shr, bound, one);
        let p = self.accumulator(top);
        self.while_loop(
            |lower| {
                let now = lower.b.read(p);
                lower.less(zero, now)
            },
            |lower| {
                let width = lower.b.read(p);
                lower.merge_layers((list, row), n, width, top);
                let next = lower.binary(BinOp::Shr, width, one);
                lower.b.write(p, next);
            },
            |_| {},
        );
    }

    /// The layers of one width p: distances p, then q - p for q = top, top/2, … above p.
    fn merge_layers(&mut self, (list, row): (ValueId, Option<&Ty>), n: ValueId, p: ValueId, top: ValueId) {
        let (zero, one) = (self.int(0), self.int(1));
        let q = self.accumulator(top);
        let r = self.accumulator(zero);
        let d = self.accumulator(p);
        self.while_loop(
            |lower| {
                let now = lower.b.read(q);
                lower.compare(CmpOp::Ge, now, p)
            },
            |lower| {
                let (distance, remainder) = (lower.b.read(d), lower.b.read(r));
                let last = lower.binary(BinOp::Sub, n, distance);
                lower.count(zero, last, |lower, at| {
                    let bit = lower.binary(BinOp::And, at, p);
                    let chosen = lower.compare(CmpOp::Eq, bit, remainder);
                    lower.when(chosen, |lower| {
                        let other = lower.binary(BinOp::Add, at, distance);
                        match row {
                            Some(row) => lower.exchange_rows(list, row, at, other),
                            None => lower.exchange(list, at, other),
                        }
                    });
                });
                let now = lower.b.read(q);
                let next_distance = lower.binary(BinOp::Sub, now, p);
                let next = lower.binary(BinOp::Shr, now, one);
                lower.b.write(d, next_distance);
                lower.b.write(q, next);
                lower.b.write(r, p);
            },
            |_| {},
        );
    }

    /// Puts the row with the lesser key first, of equal keys the one with the lesser place.
    fn exchange_rows(&mut self, list: ValueId, row: &Ty, first: ValueId, second: ValueId) {
        let (a, b) = (self.get(list, first), self.get(list, second));
        let greater = self.compare(CmpOp::Gt, a[0], b[0]);
        let equal = self.compare(CmpOp::Eq, a[0], b[0]);
        let after = self.compare(CmpOp::Gt, a[1], b[1]);
        let tie = self.binary(BinOp::And, equal, after);
        let swap = self.binary(BinOp::Or, greater, tie);
        let (low, high) = (self.merge(swap, &b, row, &a, row, row), self.merge(swap, &a, row, &b, row, row));
        self.set(list, first, &low);
        self.set(list, second, &high);
    }

    /// Puts the lesser of two elements first.
    fn exchange(&mut self, list: ValueId, first: ValueId, second: ValueId) {
        let (a, b) = (self.get(list, first)[0], self.get(list, second)[0]);
        let greater = self.compare(CmpOp::Gt, a, b);
        let (low, high) = (self.select(greater, b, a), self.select(greater, a, b));
        self.set(list, first, &vec![low]);
        self.set(list, second, &vec![high]);
    }
}
