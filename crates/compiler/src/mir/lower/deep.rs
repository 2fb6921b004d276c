//! Two composite values in; a bool, public or secret, that compares them out (LANGUAGE §7, §10.4).

use stoffel_bytecode::{Builtin, Type};
use stoffel_value::{CmpOp, UnOp};

use super::expr::BOOL;
use super::{FuncLower, Val, bytecode_type};
use crate::hir::Ty;
use crate::mir::{Op, Repr, ValueId};
use stoffel_value::ScalarTy;

impl FuncLower<'_, '_> {
    /// `a op b`; orders are lexicographic on public tuples.
    pub(super) fn compare_deep(&mut self, op: CmpOp, a: &Val, a_ty: &Ty, b: &Val, b_ty: &Ty) -> ValueId {
        match op {
            CmpOp::Eq => self.equal(a, a_ty, b, b_ty),
            CmpOp::Ne => {
                let equal = self.equal(a, a_ty, b, b_ty);
                self.unary(UnOp::Not, equal)
            }
            _ => self.ordered(op, a, a_ty, b, b_ty),
        }
    }

    /// Deep equality; lengths and presence are compared publicly first.
    pub(super) fn equal(&mut self, a: &Val, a_ty: &Ty, b: &Val, b_ty: &Ty) -> ValueId {
        match (a_ty, b_ty) {
            (Ty::Tuple(left), Ty::Tuple(right)) => {
                let mut all = None;
                for at in 0..left.len().min(right.len()) {
                    let (x, y) = (self.member(a, left, at as u32), self.member(b, right, at as u32));
                    let equal = self.equal(&x, &left[at], &y, &right[at]);
                    all = Some(match all {
                        None => equal,
                        Some(before) => self.both(before, equal),
                    });
                }
                all.unwrap_or_else(|| self.bool(true))
            }
            (Ty::Optional(left), Ty::Optional(right)) => {
                let (left, right) = (left.clone(), right.clone());
                let present = self.both(a[0], b[0]);
                let secret = bytecode_type(&left).has_secret() || bytecode_type(&right).has_secret();
                let repr = if secret { Repr::Secret(ScalarTy::Bool) } else { BOOL };
                let (x, y) = (a[1..].to_vec(), b[1..].to_vec());
                let settle = |lower: &mut Self, value| vec![if secret { lower.hide(value) } else { value }];
                let value = self.either(
                    present,
                    &[repr],
                    |lower| {
                        let equal = lower.equal(&x, &left, &y, &right);
                        settle(lower, equal)
                    },
                    |lower| {
                        let same = lower.compare(CmpOp::Eq, a[0], b[0]);
                        settle(lower, same)
                    },
                );
                value[0]
            }
            (Ty::List(left), Ty::List(right)) => {
                if !bytecode_type(left).has_secret() && !bytecode_type(right).has_secret() {
                    return self.emit1(Op::Builtin(Builtin::Equal), vec![a[0], b[0]], BOOL);
                }
                self.equal_lists(a[0], left, b[0], right)
            }
            (Ty::Text, Ty::Text) => {
                let code = Type::Secret(Type::CODE);
                let repr = self.ref_repr(&Type::List(Box::new(code)));
                let codes = [a[0], b[0]].map(|text| self.builtin(Builtin::TextCodes, vec![text], &[repr])[0]);
                let ty = Ty::Scalar { ty: Type::CODE, secret: true };
                self.equal_lists(codes[0], &ty, codes[1], &ty)
            }
            (Ty::Scalar { .. } | Ty::Str, _) if !a.is_empty() => self.compare(CmpOp::Eq, a[0], b[0]),
            _ => self.bool(true),
        }
    }

    fn equal_lists(&mut self, a: ValueId, a_ty: &Ty, b: ValueId, b_ty: &Ty) -> ValueId {
        let (n, m) = (self.len(a), self.len(b));
        let same = self.compare(CmpOp::Eq, n, m);
        let value = self.either(
            same,
            &[Repr::Secret(ScalarTy::Bool)],
            |lower| {
                let repr = lower.ref_repr(&Type::List(Box::new(Type::Secret(ScalarTy::Bool))));
                let bits = lower.emit1(Op::NewList, Vec::new(), repr);
                let zero = lower.int(0);
                lower.count(zero, n, |lower, at| {
                    let (x, y) = (lower.get(a, at), lower.get(b, at));
                    let equal = lower.equal(&x, a_ty, &y, b_ty);
                    let equal = lower.hide(equal);
                    lower.append(bits, &vec![equal]);
                });
                let all = Op::Builtin(Builtin::AllSecret);
                vec![lower.emit1(all, vec![bits], Repr::Secret(ScalarTy::Bool))]
            },
            |lower| {
                let no = lower.bool(false);
                vec![lower.hide(no)]
            },
        );
        value[0]
    }

    /// An order of public values.
    pub(super) fn ordered(&mut self, op: CmpOp, a: &Val, a_ty: &Ty, b: &Val, b_ty: &Ty) -> ValueId {
        let (Ty::Tuple(left), Ty::Tuple(right)) = (a_ty, b_ty) else {
            return match (a.first(), b.first()) {
                (Some(a), Some(b)) => self.compare(op, *a, *b),
                _ => self.bool(matches!(op, CmpOp::Le | CmpOp::Ge)),
            };
        };
        self.ordered_members(op, (a, left), (b, right), 0)
    }

    fn ordered_members(
        &mut self,
        op: CmpOp,
        a: (&Val, &std::rc::Rc<[Ty]>),
        b: (&Val, &std::rc::Rc<[Ty]>),
        at: usize,
    ) -> ValueId {
        if at == a.1.len().min(b.1.len()) {
            return self.bool(matches!(op, CmpOp::Le | CmpOp::Ge));
        }
        let (x, y) = (self.member(a.0, a.1, at as u32), self.member(b.0, b.1, at as u32));
        let equal = self.equal(&x, &a.1[at], &y, &b.1[at]);
        let value = self.either(
            equal,
            &[BOOL],
            |lower| vec![lower.ordered_members(op, a, b, at + 1)],
            |lower| vec![lower.ordered(op, &x, &a.1[at], &y, &b.1[at])],
        );
        value[0]
    }
}
