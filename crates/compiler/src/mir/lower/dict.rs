//! Dicts and operations on them in, library instructions and loops out.

use std::rc::Rc;

use stoffel_bytecode::{Builtin, Type};
use stoffel_value::{CmpOp, TrapCode};

use super::expr::INT;
use super::{FuncLower, Val, bytecode_type};
use crate::hir::{Expr, Pattern, Ty};
use crate::mir::{Op, Repr, ValueId, index};

impl FuncLower<'_, '_> {
    /// A dict of pairs in order of evaluation.
    pub(super) fn dict(&mut self, pairs: &[(Expr, Expr)], ty: &Ty) -> ValueId {
        let dict = self.new_list(ty);
        for (key, value) in pairs {
            let key = self.expr(key);
            let value = self.expr(value);
            self.put(dict, &key, &value);
        }
        dict
    }

    pub(super) fn put(&mut self, dict: ValueId, key: &Val, value: &Val) {
        let args = std::iter::once(dict).chain(key.iter().copied()).chain(value.iter().copied()).collect();
        self.emit0(Op::Put(index(key.len())), args);
    }

    /// The value of a key; R0202.
    pub(super) fn look_up(&mut self, dict: ValueId, key: &Val, value: &Ty) -> Val {
        let reprs = self.reprs(value);
        self.builtin(Builtin::Lookup, keyed(dict, key), &reprs)
    }

    /// Whether there is a key.
    pub(super) fn has_key(&mut self, dict: ValueId, key: &Val) -> ValueId {
        self.find_key(dict, key).1
    }

    /// The row of a key, and whether there is one.
    fn find_key(&mut self, dict: ValueId, key: &Val) -> (ValueId, ValueId) {
        let row = self.builtin(Builtin::FindKey, keyed(dict, key), &[INT])[0];
        let zero = self.int(0);
        (row, self.compare(CmpOp::Ge, row, zero))
    }

    pub(super) fn remove_key(&mut self, dict: ValueId, key: &Val) {
        self.builtin(Builtin::RemoveKey, keyed(dict, key), &[]);
    }

    /// `get`: the value of a key as a `ty`, or `default` (of the value's type), else None.
    pub(super) fn get_key(&mut self, dict: (ValueId, &Ty), key: &Val, default: Option<&Val>, ty: &Ty) -> Val {
        let (dict, Ty::Dict(_, value)) = dict else { return Vec::new() };
        let (row, found) = self.find_key(dict, key);
        let reprs = self.reprs(ty);
        self.either(
            found,
            &reprs,
            |lower| {
                let there = lower.get(dict, row).split_off(key.len());
                lower.convert(&there, value, ty)
            },
            |lower| match default {
                Some(default) => default.clone(),
                None => reprs.iter().map(|repr| lower.zero(*repr)).collect(),
            },
        )
    }

    /// Runs `body` for each key; R0206 if a turn has changed the key set.
    pub(super) fn walk_keys(&mut self, source: &Expr, key: &Rc<Ty>, pattern: &Pattern, body: impl FnOnce(&mut Self)) {
        let span = source.span;
        let dict = self.expr1(source);
        let n_key = self.reprs(key).len();
        self.span = span;
        let len = self.len(dict);
        let before = self.key_changes(dict);
        let zero = self.int(0);
        self.count_checked(
            zero,
            len,
            |lower, at| {
                lower.span = span;
                let mut row = lower.get(dict, at);
                row.truncate(n_key);
                lower.bind(pattern, &row, key);
                body(lower);
            },
            |lower| {
                lower.span = span;
                let now = lower.key_changes(dict);
                let same = lower.compare(CmpOp::Eq, before, now);
                lower.require(same, TrapCode::NotFound);
            },
        );
    }

    fn key_changes(&mut self, dict: ValueId) -> ValueId {
        self.builtin(Builtin::KeyChanges, vec![dict], &[INT])[0]
    }

    /// The values of a dict as a list of their own; `None` for a list.
    pub(super) fn values_of_dict(&mut self, dict: ValueId) -> Option<ValueId> {
        let Repr::Ref(id) = self.b.repr(dict) else { return None };
        let Type::Dict(_, value) = &self.cx.module.tables.types[id.idx()] else { return None };
        let ty = Type::List(value.clone());
        let repr = self.ref_repr(&ty);
        Some(self.builtin(Builtin::Values, vec![dict], &[repr])[0])
    }

    /// `keys`, `values`, `items`: a new list.
    pub(super) fn part_of_dict(&mut self, part: Builtin, dict: ValueId, ty: &Ty) -> Val {
        let repr: Repr = self.ref_repr(&bytecode_type(ty));
        self.builtin(part, vec![dict], &[repr])
    }
}

fn keyed(dict: ValueId, key: &Val) -> Vec<ValueId> {
    std::iter::once(dict).chain(key.iter().copied()).collect()
}
