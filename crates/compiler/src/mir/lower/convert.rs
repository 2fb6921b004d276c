//! Values and their types in; the values in another type, or merged by a secret condition, out (LANGUAGE §6.3–6.4, §10.6).

use stoffel_bytecode::{Builtin, Type};
use stoffel_value::{CmpOp, TrapCode};

use super::{FuncLower, Val, bytecode_type};
use crate::hir::Ty;
use crate::mir::build::SHARE;
use crate::mir::{Op, Repr, ValueId};

impl FuncLower<'_, '_> {
    /// The value as one of type `to`; a container whose elements change becomes a new one.
    pub(super) fn convert(&mut self, value: &Val, from: &Ty, to: &Ty) -> Val {
        if from == to {
            return value.clone();
        }
        match (from, to) {
            (Ty::Optional(from), Ty::Optional(to)) => {
                let (there, inner) = (value[0], value[1..].to_vec());
                let reprs = self.reprs(to);
                // Nothing can be done with references that are not there.
                let inner = if reprs.iter().any(|repr| matches!(repr, Repr::Ref(_))) {
                    self.either(
                        there,
                        &reprs,
                        |lower| lower.convert(&inner, from, to),
                        |lower| reprs.iter().map(|repr| lower.zero(*repr)).collect(),
                    )
                } else {
                    self.convert(&inner, from, to)
                };
                [vec![there], inner].concat()
            }
            (_, Ty::Optional(to)) => {
                let mut out = vec![self.bool(true)];
                out.extend(self.convert(value, from, to));
                out
            }
            (Ty::Tuple(from), Ty::Tuple(to)) => {
                let mut out = Vec::with_capacity(value.len());
                for at in 0..from.len() {
                    let part = self.member(value, from, at as u32);
                    out.extend(self.convert(&part, &from[at], &to[at]));
                }
                out
            }
            (Ty::List(from), Ty::List(to)) => vec![self.convert_list(value[0], from, to)],
            // Values of dicts differ by secrecy only.
            (Ty::Dict(..), Ty::Dict(..)) => {
                let repr = self.ref_repr(&bytecode_type(to));
                vec![self.emit1(Op::HideRef, vec![value[0]], repr)]
            }
            (Ty::Str, Ty::Text) => {
                let repr = self.ref_repr(&Type::Text);
                vec![self.emit1(Op::HideRef, vec![value[0]], repr)]
            }
            (Ty::Object(from), Ty::Object(to)) => vec![self.convert_object(value[0], from, to)],
            (Ty::Array(_), Ty::Array(_)) => vec![self.convert_array(value[0], to)],
            (Ty::Array(element), Ty::Scalar { .. }) => {
                let item = self.array_item(value[0]);
                self.convert(&vec![item], &Ty::clone(element), to)
            }
            (Ty::Scalar { .. }, Ty::Scalar { ty, secret }) => {
                let mut leaf = value[0];
                if self.scalar(leaf) != *ty {
                    leaf = if self.is_secret(leaf) {
                        self.emit1(Op::SConvert, vec![leaf], Repr::Secret(*ty))
                    } else {
                        self.emit1(Op::Convert, vec![leaf], Repr::Word(*ty))
                    };
                }
                vec![if *secret { self.hide(leaf) } else { leaf }]
            }
            (Ty::Scalar { secret: true, .. }, Ty::Share) => {
                self.builtin(Builtin::ShareOf, value.clone(), &[Repr::Ref(SHARE)])
            }
            (Ty::Func(_), Ty::Closure) => {
                let repr = self.ref_repr(&Type::Closure);
                self.builtin(Builtin::ClosureOf, value.clone(), &[repr])
            }
            (Ty::Closure, Ty::Func(_)) => {
                let repr = self.ref_repr(&bytecode_type(to));
                self.builtin(Builtin::ClosureAs, value.clone(), &[repr])
            }
            (Ty::Share, Ty::Scalar { ty, secret: true }) => {
                self.builtin(Builtin::ShareTo, value.clone(), &[Repr::Secret(*ty)])
            }
            _ => value.clone(),
        }
    }

    fn convert_list(&mut self, list: ValueId, from: &Ty, to: &Ty) -> ValueId {
        let (source, target) = (bytecode_type(from), bytecode_type(to));
        if source == target {
            return list;
        }
        let repr = self.ref_repr(&Type::List(Box::new(target.clone())));
        if !source.has_secret() && is_hidden_form(&source, &target) {
            return self.emit1(Op::HideRef, vec![list], repr);
        }
        let out = self.emit1(Op::NewList, Vec::new(), repr);
        self.each(list, |lower, item| {
            let item = lower.convert(&item, from, to);
            lower.append(out, &item);
        });
        out
    }

    /// A list with its public elements made secret; a list of secrets stays.
    pub(super) fn hide_list(&mut self, list: ValueId) -> ValueId {
        match self.element_type(list) {
            Type::Scalar(ty) => {
                let repr = self.ref_repr(&Type::List(Box::new(Type::Secret(ty))));
                self.emit1(Op::HideRef, vec![list], repr)
            }
            _ => list,
        }
    }

    /// `then` where the secret bool holds, else `other`. Lengths and presence must agree (R0203); containers become new ones.
    pub(super) fn merge(
        &mut self,
        cond: ValueId,
        then: &Val,
        then_ty: &Ty,
        other: &Val,
        other_ty: &Ty,
        ty: &Ty,
    ) -> Val {
        match (then_ty, other_ty, ty) {
            (Ty::Tuple(a), Ty::Tuple(b), Ty::Tuple(members)) => {
                let mut out = Vec::new();
                for at in 0..members.len() {
                    let (left, right) = (self.member(then, a, at as u32), self.member(other, b, at as u32));
                    out.extend(self.merge(cond, &left, &a[at], &right, &b[at], &members[at]));
                }
                out
            }
            (Ty::Optional(a), Ty::Optional(b), Ty::Optional(member)) => {
                let agree = self.compare(CmpOp::Eq, then[0], other[0]);
                self.require(agree, TrapCode::Shape);
                let (x, y) = (then[1..].to_vec(), other[1..].to_vec());
                let reprs = self.reprs(member);
                // Nothing can be done with references that are not there.
                let inner = if reprs.iter().any(|repr| matches!(repr, Repr::Ref(_))) {
                    self.either(
                        then[0],
                        &reprs,
                        |lower| lower.merge(cond, &x, a, &y, b, member),
                        |lower| reprs.iter().map(|repr| lower.zero(*repr)).collect(),
                    )
                } else {
                    self.merge(cond, &x, a, &y, b, member)
                };
                [vec![then[0]], inner].concat()
            }
            (Ty::Object(_), Ty::Object(_), Ty::Object(_)) | (_, _, Ty::Text) => {
                let (a, b) = (self.convert(then, then_ty, ty), self.convert(other, other_ty, ty));
                let repr = self.reprs(ty);
                self.builtin(Builtin::SelectList, vec![cond, a[0], b[0]], &repr)
            }
            (Ty::List(a), Ty::List(b), Ty::List(_)) if a == b && then_ty == ty => {
                let repr = self.reprs(ty);
                self.builtin(Builtin::SelectList, vec![cond, then[0], other[0]], &repr)
            }
            (Ty::List(a), Ty::List(b), Ty::List(member)) => {
                let (left, right) = (then[0], other[0]);
                let n = self.equal_lengths(left, right);
                let out = self.new_list(ty);
                let zero = self.int(0);
                self.count(zero, n, |lower, at| {
                    let (x, y) = (lower.get(left, at), lower.get(right, at));
                    let merged = lower.merge(cond, &x, a, &y, b, member);
                    lower.append(out, &merged);
                });
                vec![out]
            }
            (Ty::Array(_), Ty::Array(_), Ty::Array(_)) => vec![self.merge_arrays(cond, then[0], other[0], ty)],
            (_, _, Ty::Scalar { .. }) => {
                let (a, b) = (self.convert_public(then[0], ty), self.convert_public(other[0], ty));
                vec![self.select(cond, a, b)]
            }
            // The analysis has rejected the rest (E0418): taking either side would be a wrong program.
            _ => unreachable!("a secret chooses between values of type {ty}"),
        }
    }

    /// A scalar in the format of a type, its secrecy left as it is.
    fn convert_public(&mut self, leaf: ValueId, ty: &Ty) -> ValueId {
        let Ty::Scalar { ty: format, .. } = ty else { return leaf };
        let from = Ty::Scalar { ty: self.scalar(leaf), secret: self.is_secret(leaf) };
        let to = Ty::Scalar { ty: *format, secret: self.is_secret(leaf) };
        self.convert(&vec![leaf], &from, &to)[0]
    }
}

/// Whether `to` is `from` with every scalar secret.
fn is_hidden_form(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Scalar(a), Type::Secret(b)) => a == b,
        (Type::Str, Type::Text) => true,
        (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => is_hidden_form(a, b),
        (Type::Dict(k, a), Type::Dict(l, b)) => k == l && is_hidden_form(a, b),
        (Type::Tuple(a), Type::Tuple(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_hidden_form(a, b)),
        _ => false,
    }
}
