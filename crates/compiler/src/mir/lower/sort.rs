//! A list in; the code that sorts it in place out.
//!
//! Lists of secret scalars, and of rows with a secret key, are one operation of the engine.

use std::rc::Rc;

use stoffel_bytecode::Builtin;
use stoffel_value::{ScalarTy, UnOp};

use super::FuncLower;
use super::expr::INT;
use crate::hir::Ty;
use crate::mir::ValueId;

impl FuncLower<'_, '_> {
    /// Sorts ascending, or descending where `reverse` holds.
    pub(super) fn sort(&mut self, list: ValueId, reverse: Option<ValueId>) {
        let reverse = reverse.unwrap_or_else(|| self.bool(false));
        self.builtin(Builtin::Sort, vec![list, reverse], &[]);
    }

    /// Sorts rows of key, place and element by key, then place, and turns them around where `reverse` holds; rows of a secret key and an
    /// element in the order of the key.
    pub(super) fn sort_rows(&mut self, list: ValueId, row: &Ty, reverse: ValueId) {
        let Ty::Tuple(members) = row else { return };
        if matches!(members[0], Ty::Scalar { secret: true, .. }) {
            self.builtin(Builtin::SortRows, vec![list, reverse], &[]);
        } else {
            self.sort_public_rows(list, row, reverse);
        }
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
}
