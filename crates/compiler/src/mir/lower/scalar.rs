//! Operands of scalar operations in; the instruction for their secrecy out.

use stoffel_bytecode::{Builtin, Type};
use stoffel_value::{BinOp, CmpOp, ScalarTy, UnOp};

use super::FuncLower;
use crate::mir::build::SHARE;
use crate::mir::{Op, Repr, ValueId};

impl FuncLower<'_, '_> {
    /// Format of a scalar's leaf.
    pub(super) fn scalar(&self, value: ValueId) -> ScalarTy {
        match self.b.repr(value) {
            Repr::Word(ty) | Repr::Secret(ty) | Repr::Ticket(ty) => ty,
            Repr::Ref(_) => ScalarTy::Bool,
        }
    }

    pub(super) fn is_secret(&self, value: ValueId) -> bool {
        matches!(self.b.repr(value), Repr::Secret(_))
    }

    /// `a op b`.
    pub(super) fn binary(&mut self, op: BinOp, a: ValueId, b: ValueId) -> ValueId {
        let ty = self.scalar(a);
        if !self.is_secret(a) && !self.is_secret(b) {
            return self.emit1(Op::Bin(op), vec![a, b], Repr::Word(ty));
        }
        // On bools the lesser is the conjunction.
        let op = match (op, ty) {
            (BinOp::Min, ScalarTy::Bool) => BinOp::And,
            (BinOp::Max, ScalarTy::Bool) => BinOp::Or,
            _ => op,
        };
        if matches!(op, BinOp::Shl | BinOp::Shr) && self.is_secret(b) && self.scalar(b) != ty {
            let amount = self.shift_amount(b, ty);
            return self.emit1(Op::SBin(op), vec![a, amount], Repr::Secret(ty));
        }
        let divides = matches!(op, BinOp::Div | BinOp::FloorDiv | BinOp::Rem | BinOp::Mod);
        let shifts = matches!(op, BinOp::Shl | BinOp::Shr);
        // A public divisor of 0 stops every engine and a secret one does not, so a hidden divisor stays hidden.
        let (a, b) = if divides || shifts { (a, b) } else { self.unhide(a, b) };
        self.emit1(Op::SBin(op), vec![a, b], Repr::Secret(ty))
    }

    /// A secret `int64` amount in the format of the shifted value; what is out of range becomes 64, which is so for every format.
    fn shift_amount(&mut self, amount: ValueId, ty: ScalarTy) -> ValueId {
        let (zero, most) = (self.int(0), self.int(64));
        let least = self.binary(BinOp::Min, amount, most);
        let negative = self.compare(CmpOp::Lt, amount, zero);
        let amount = self.select(negative, most, least);
        self.emit1(Op::SConvert, vec![amount], Repr::Secret(ty))
    }

    /// Operands with the word in place of a secret that was made of one, unless both would be words.
    fn unhide(&self, a: ValueId, b: ValueId) -> (ValueId, ValueId) {
        let word = |value: ValueId| self.hidden.get(&value).copied();
        match (word(a), word(b)) {
            (Some(word), None) if self.is_secret(b) => (word, b),
            (_, Some(word)) if self.is_secret(a) => (a, word),
            _ => (a, b),
        }
    }

    pub(super) fn unary(&mut self, op: UnOp, a: ValueId) -> ValueId {
        // The operand's promise is awaited first, so the result is none.
        let repr = match self.b.repr(a) {
            Repr::Ticket(ty) => Repr::Word(ty),
            repr => repr,
        };
        self.emit1(if self.is_secret(a) { Op::SUn(op) } else { Op::Un(op) }, vec![a], repr)
    }

    /// `a op b` on scalars or strings.
    pub(super) fn compare(&mut self, op: CmpOp, a: ValueId, b: ValueId) -> ValueId {
        const BOOL: Repr = Repr::Word(ScalarTy::Bool);
        if matches!(self.b.repr(a), Repr::Ref(_)) {
            return match op {
                CmpOp::Eq => self.emit1(Op::Builtin(Builtin::Equal), vec![a, b], BOOL),
                CmpOp::Ne => {
                    let equal = self.emit1(Op::Builtin(Builtin::Equal), vec![a, b], BOOL);
                    self.unary(UnOp::Not, equal)
                }
                _ => {
                    let order = self.emit1(Op::Builtin(Builtin::CompareStr), vec![a, b], Repr::Word(ScalarTy::I64));
                    let zero = self.int(0);
                    self.emit1(Op::Cmp(op), vec![order, zero], BOOL)
                }
            };
        }
        if !self.is_secret(a) && !self.is_secret(b) {
            return self.emit1(Op::Cmp(op), vec![a, b], BOOL);
        }
        let (a, b) = self.unhide(a, b);
        let (op, a, b) = if self.is_secret(a) { (op, a, b) } else { (swapped(op), b, a) };
        self.emit1(Op::SCmp(op), vec![a, b], Repr::Secret(ScalarTy::Bool))
    }

    /// `a < b` on public `int64`.
    pub(super) fn less(&mut self, a: ValueId, b: ValueId) -> ValueId {
        self.compare(CmpOp::Lt, a, b)
    }

    /// `a + 1` on public `int64`.
    pub(super) fn increment(&mut self, a: ValueId) -> ValueId {
        let one = self.int(1);
        self.binary(BinOp::Add, a, one)
    }

    /// A public scalar as a secret; a secret stays.
    pub(super) fn hide(&mut self, value: ValueId) -> ValueId {
        // What is still being opened is a word by the time that it is hidden.
        let (Repr::Word(ty) | Repr::Ticket(ty)) = self.b.repr(value) else { return value };
        let secret = self.emit1(Op::Hide, vec![value], Repr::Secret(ty));
        self.hidden.insert(secret, value);
        secret
    }

    /// Either of two scalars of one format by a secret bool.
    pub(super) fn select(&mut self, cond: ValueId, then: ValueId, other: ValueId) -> ValueId {
        let ty = self.scalar(then);
        let side = |value: ValueId| self.hidden.get(&value).copied().unwrap_or(value);
        let args = vec![cond, side(then), side(other)];
        self.emit1(Op::Select, args, Repr::Secret(ty))
    }

    /// The conjunction of two bools, each public or secret.
    pub(super) fn both(&mut self, a: ValueId, b: ValueId) -> ValueId {
        self.binary(BinOp::And, a, b)
    }

    /// What a leaf is where nothing is present.
    pub(super) fn zero(&mut self, repr: Repr) -> ValueId {
        match repr {
            Repr::Word(ty) | Repr::Ticket(ty) => self.word(ty, 0),
            Repr::Secret(ty) => {
                let word = self.word(ty, 0);
                self.hide(word)
            }
            Repr::Ref(SHARE) => {
                let secret = self.zero(Repr::Secret(ScalarTy::I64));
                self.emit1(Op::Builtin(Builtin::ShareOf), vec![secret], repr)
            }
            Repr::Ref(_) => self.emit1(Op::Nil, Vec::new(), repr),
        }
    }

    /// The type of the elements behind a list's leaf, or of the rows behind a dict's.
    pub(super) fn element_type(&self, list: ValueId) -> Type {
        let Repr::Ref(id) = self.b.repr(list) else { return Type::Tuple(Vec::new()) };
        match &self.cx.module.tables.types[id.idx()] {
            Type::List(member) | Type::Array(member) => (**member).clone(),
            Type::Dict(key, value) => Type::Tuple(vec![(**key).clone(), (**value).clone()]),
            _ => Type::Str,
        }
    }
}

/// The comparison with operands exchanged.
pub(super) const fn swapped(op: CmpOp) -> CmpOp {
    match op {
        CmpOp::Eq => CmpOp::Eq,
        CmpOp::Ne => CmpOp::Ne,
        CmpOp::Lt => CmpOp::Gt,
        CmpOp::Le => CmpOp::Ge,
        CmpOp::Gt => CmpOp::Lt,
        CmpOp::Ge => CmpOp::Le,
    }
}
