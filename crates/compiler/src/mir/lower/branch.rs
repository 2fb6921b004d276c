//! Bodies that secrets choose in; all of them one after the other, and selections of what they leave out (LANGUAGE §10.5).
//!
//! Every body starts from the values before the chain and runs under a guard, so that its traps [S] count only if it is chosen.
//! Two conditions select from the inside out; more are merged pairwise, so that a chain of n takes about log2 n selections in depth.

use stoffel_value::{BinOp, UnOp};

use stoffel_syntax::Span;

use super::{FuncLower, Val};
use crate::hir::{Merged, SecretIf, Ty};
use crate::mir::{Op, ValueId};

/// Conditions up to which a chain is selected from the inside out.
const NESTED_MAX: usize = 2;

impl FuncLower<'_, '_> {
    pub(super) fn secret_if(&mut self, chain: &SecretIf) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.secret_if_here(chain));
    }

    fn secret_if_here(&mut self, chain: &SecretIf) {
        let span = self.span;
        let before: Vec<Val> =
            chain.merged.iter().map(|one| if one.begins { Val::new() } else { self.read_local(one.local) }).collect();
        let outer = self.pi;
        let mut ends = Vec::with_capacity(chain.arms.len() + 1);
        for (condition, body) in &chain.arms {
            let cond = self.expr1(condition);
            let rest = self.pi;
            self.pi = Some(self.under(rest, cond));
            self.emit0(Op::GuardEnter, vec![cond]);
            self.block(body);
            self.span = span;
            self.emit0(Op::GuardLeave, Vec::new());
            ends.push((Some(cond), self.take_merged(&chain.merged, &before)));
            let not = self.unary(UnOp::Not, cond);
            self.pi = Some(self.under(rest, not));
            self.emit0(Op::GuardEnter, vec![not]);
        }
        self.block(&chain.other);
        self.span = span;
        for _ in &chain.arms {
            self.emit0(Op::GuardLeave, Vec::new());
        }
        self.pi = outer;
        ends.push((None, self.take_merged(&chain.merged, &before)));
        let types = chain.merged.iter().map(|one| self.instance.locals[one.local.0 as usize].ty.clone());
        let at: Vec<(Ty, Span)> = types.zip(chain.merged.iter().map(|one| one.span)).collect();
        for (one, value) in chain.merged.iter().zip(self.decide(ends, &at)) {
            if one.begins {
                self.declare_local(one.local, &value);
            } else {
                self.write_local(one.local, &value);
            }
        }
        self.span = span;
    }

    /// The values of variables at the end of a body; the variables are set back.
    fn take_merged(&mut self, merged: &[Merged], before: &[Val]) -> Vec<Val> {
        let end = merged.iter().map(|one| self.read_local(one.local)).collect();
        for (one, value) in merged.iter().zip(before).filter(|(one, _)| !one.begins) {
            self.write_local(one.local, value);
        }
        end
    }

    /// The values of the first body whose condition holds.
    fn decide(&mut self, mut ends: Vec<(Option<ValueId>, Vec<Val>)>, at: &[(Ty, Span)]) -> Vec<Val> {
        while ends.len() > NESTED_MAX + 1 {
            let mut pairs = Vec::with_capacity(ends.len().div_ceil(2));
            let mut left = ends.into_iter();
            while let Some((cond, values)) = left.next() {
                let (Some(cond), Some((other, others))) = (cond, left.next()) else {
                    pairs.push((cond, values));
                    continue;
                };
                let either = other.map(|other| self.binary(BinOp::Or, cond, other));
                pairs.push((either, self.choose(cond, &values, &others, at)));
            }
            ends = pairs;
        }
        let Some((_, mut values)) = ends.pop() else { return Vec::new() };
        while let Some((cond, chosen)) = ends.pop() {
            if let Some(cond) = cond {
                values = self.choose(cond, &chosen, &values, at);
            }
        }
        values
    }

    fn choose(&mut self, cond: ValueId, then: &[Val], other: &[Val], at: &[(Ty, Span)]) -> Vec<Val> {
        let sides = then.iter().zip(other).zip(at);
        let choose = |((then, other), (ty, at)): ((&Val, &Val), &(Ty, Span))| {
            self.span = *at;
            self.choose_one(cond, then, other, ty)
        };
        sides.map(choose).collect()
    }

    fn choose_one(&mut self, cond: ValueId, then: &Val, other: &Val, ty: &Ty) -> Val {
        // What neither body has assigned stays as it is.
        if then == other { then.clone() } else { self.merge(cond, then, ty, other, ty, ty) }
    }

    /// The conjunction of the conditions around, if any, and one more.
    pub(super) fn under(&mut self, outer: Option<ValueId>, cond: ValueId) -> ValueId {
        match outer {
            Some(outer) => self.both(outer, cond),
            None => cond,
        }
    }

    /// The conjunction of the conditions around the current place; it holds where there are none.
    pub(super) fn condition(&mut self) -> ValueId {
        match self.pi {
            Some(pi) => pi,
            None => {
                let holds = self.bool(true);
                self.hide(holds)
            }
        }
    }

    /// Elements of `list` become those of `new`, as long, where the condition holds.
    pub(super) fn merge_into(&mut self, cond: ValueId, list: ValueId, new: ValueId, member: &Ty) {
        let n = self.equal_lengths(list, new);
        let zero = self.int(0);
        self.count(zero, n, |lower, at| {
            let (old, new) = (lower.get(list, at), lower.get(new, at));
            let merged = lower.merge(cond, &new, member, &old, member, member);
            lower.set(list, at, &merged);
        });
    }
}
