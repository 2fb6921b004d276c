//! A list in; the code that sorts it in place out.
//!
//! Secret lists go through Batcher's merge exchange: about n·log²n/4 compare-exchanges in log n·(log n + 1)/2 layers, each layer
//! independent, so an engine runs it as one batch. Equal secret scalars cannot be told apart, so stability asks nothing.
//! Source: Knuth, The Art of Computer Programming 3, §5.2.2, Algorithm M.

use stoffel_bytecode::Builtin;
use stoffel_value::{BinOp, CmpOp};

use super::FuncLower;
use crate::mir::ValueId;

impl FuncLower<'_, '_> {
    /// Sorts ascending, or descending where `reverse` holds.
    pub(super) fn sort(&mut self, list: ValueId, reverse: Option<ValueId>) {
        let reverse = reverse.unwrap_or_else(|| self.bool(false));
        if !self.element_type(list).has_secret() {
            self.builtin(Builtin::Sort, vec![list, reverse], &[]);
            return;
        }
        self.merge_exchange(list);
        // Values that are equal are the same, so reversing the ascending order is the descending one.
        self.when(reverse, |lower| {
            lower.builtin(Builtin::Reverse, vec![list], &[]);
        });
    }

    fn merge_exchange(&mut self, list: ValueId) {
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
                lower.merge_layers(list, n, width, top);
                let next = lower.binary(BinOp::Shr, width, one);
                lower.b.write(p, next);
            },
            |_| {},
        );
    }

    /// The layers of one width p: distances p, then q - p for q = top, top/2, … above p.
    fn merge_layers(&mut self, list: ValueId, n: ValueId, p: ValueId, top: ValueId) {
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
                        lower.exchange(list, at, other);
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

    /// Puts the lesser of two elements first.
    fn exchange(&mut self, list: ValueId, first: ValueId, second: ValueId) {
        let (a, b) = (self.get(list, first)[0], self.get(list, second)[0]);
        let greater = self.compare(CmpOp::Gt, a, b);
        let (low, high) = (self.select(greater, b, a), self.select(greater, a, b));
        self.set(list, first, &vec![low]);
        self.set(list, second, &vec![high]);
    }
}
