//! Instructions on secrets, disclosures and the interface: the only ways between the secret bank and the others.

use stoffel_value::{BinOp, IntTy, ScalarTy, UnOp, right_operand};

use super::super::rule::Rule;
use super::{Checked, Context, arity, comparable, defined, mismatch};
use crate::verify::Fault;
use crate::{DisclosureKind, Instr, Leaf, Operands, Receivers, Type};

const STR: Leaf = Leaf::Ref(Type::Str);
const BOOL: Leaf = Leaf::Word(ScalarTy::Bool);
const INT: Leaf = Leaf::Word(ScalarTy::I64);

impl Context<'_> {
    pub(super) fn secret_instr(&self, instr: Instr) -> Checked {
        match instr {
            Instr::MoveSecret { d, s } => self.is_secret(d, self.secret(s)),
            Instr::Hide { d, w } => self.is_secret(d, self.word(w)),
            Instr::HideRef { d, r } => {
                let (from, to) = (self.reference(r), self.reference(d));
                let composite =
                    matches!(from, Type::Str | Type::List(_) | Type::Array(_) | Type::Dict(..) | Type::Object(_));
                if composite && from != to && (self.hides(from, to) || !Rule::HiddenForm.on()) {
                    Ok(())
                } else {
                    Err(mismatch("the value made secret", to, from))
                }
            }
            Instr::SBin { op, d, a, b } => {
                let ty = self.secret(a);
                defined(op.name(), ty, secret_binary(op, ty) && op != BinOp::PowInt)?;
                self.is_secret(b, ty)?;
                self.is_secret(d, ty)
            }
            Instr::SBinRight { op, d, a, w } => {
                let ty = self.secret(a);
                defined(op.name(), ty, secret_binary(op, ty))?;
                self.is_word(w, right_operand(op, ty))?;
                self.is_secret(d, ty)
            }
            Instr::SBinLeft { op, d, w, b } => {
                let ty = self.secret(b);
                defined(op.name(), ty, secret_binary(op, ty) && op != BinOp::PowInt)?;
                self.is_word(w, ty)?;
                self.is_secret(d, ty)
            }
            Instr::SUn { op, d, a } => {
                let ty = self.secret(a);
                defined(op.name(), ty, secret_unary(op, ty))?;
                self.is_secret(d, ty)
            }
            Instr::SCmp { d, a, b, .. } => {
                comparable(self.secret(a), self.secret(b))?;
                self.is_secret(d, ScalarTy::Bool)
            }
            Instr::SCmpRight { d, a, w, .. } => {
                comparable(self.secret(a), self.word(w))?;
                self.is_secret(d, ScalarTy::Bool)
            }
            Instr::SSelect { public, d, ops } => self.select(public, d, self.ops(ops)),
            Instr::SConvert { .. } => Ok(()),
            Instr::GuardEnter { .. } if !Rule::Condition.on() => Ok(()),
            Instr::GuardEnter { s } => self.is_secret(s, ScalarTy::Bool),
            Instr::Open { d, s, row } => {
                let (ty, found) = (self.secret(s), self.ticket(d)?);
                if ty != found && Rule::TicketFormat.on() {
                    return Err(mismatch("the ticket", ty, found));
                }
                self.disclosed(row, DisclosureKind::Reveal, &Type::Secret(ty), &Receivers::Everyone)
            }
            Instr::Await { d, t } => self.is_word(d, self.ticket(t)?),
            Instr::OpenRef { d, r, row } => {
                let (from, to) = (self.reference(r), self.reference(d));
                let composite =
                    matches!(from, Type::Text | Type::List(_) | Type::Array(_) | Type::Dict(..) | Type::Object(_));
                if !composite || Rule::OpenedForm.on() && !self.reveals(from, to) {
                    return Err(mismatch("the opened value", to, from));
                }
                self.disclosed(row, DisclosureKind::Reveal, from, &Receivers::Everyone)
            }
            Instr::SendOut { row, ops } => self.send(row, ops),
            Instr::Take { d, row, ops } => {
                if self.program.slots[usize::from(row)].ty != self.secret(d) {
                    return Err(Fault::SlotFormat(row.into()));
                }
                self.sources(self.ops(ops), &[INT, INT])
            }
            Instr::Store { row, ty, ops } => {
                let leaves = self.kept(row, ty, DisclosureKind::Store)?;
                let sources: Vec<Leaf> = [STR, BOOL].into_iter().chain(leaves.iter().cloned()).collect();
                self.sources(self.ops(ops), &sources)
            }
            Instr::Load { row, ty, ops } => {
                let leaves = self.kept(row, ty, DisclosureKind::Load)?;
                self.exact(self.ops(ops), &[STR, BOOL], leaves)
            }
            Instr::OpenShare { d, r, row } => {
                self.is_ref(r, &Type::Share)?;
                self.is_ref(d, &Type::Str)?;
                self.disclosed(row, DisclosureKind::Reveal, &Type::Share, &Receivers::Everyone)
            }
            Instr::Input { row, ops } => {
                let ty = self.program.inputs[usize::from(row)].ty;
                self.exact(self.ops(ops), &[], &self.types[ty as usize].leaves)
            }
            Instr::Output { row, disclosure, ops } => self.output(row, disclosure, ops),
            // Every other instruction has its rule among the public ones.
            _ => Ok(()),
        }
    }

    fn select(&self, public: u8, d: u16, ops: &Operands) -> Checked {
        let ty = self.secret(d);
        let words = (public & 1) + (public >> 1 & 1);
        arity("words", words.into(), ops.words.len())?;
        arity("secrets", 3 - usize::from(words), ops.secrets.len())?;
        arity("references", 0, ops.refs.len())?;
        let written = ops.to_words.len() + ops.to_refs.len() + ops.to_secrets.len();
        arity("destinations", 0, written)?;
        if Rule::Condition.on() {
            self.is_secret(ops.secrets[0], ScalarTy::Bool)?;
        }
        ops.secrets[1..].iter().try_for_each(|&side| self.is_secret(side, ty))?;
        ops.words.iter().try_for_each(|&side| {
            let mark = side == Operands::TICKET;
            if mark {
                Err(Fault::OutOfBounds { what: "word register", index: side.into(), len: self.function.words.len() })
            } else {
                self.is_word(side, ty)
            }
        })
    }

    fn send(&self, row: u16, ops: u16) -> Checked {
        let listed = &self.program.disclosures[usize::from(row)];
        if !matches!(listed.to, Receivers::Role(_) | Receivers::Slot(_) | Receivers::AnySlot)
            && Rule::DeliveryReceivers.on()
        {
            return Err(Fault::DisclosureReceivers(row.into()));
        }
        let ty = &self.program.types[listed.ty as usize];
        self.disclosed(row, DisclosureKind::Output, ty, &listed.to)?;
        let leaves = &self.types[listed.ty as usize].leaves;
        if listed.to == Receivers::AnySlot {
            let sources: Vec<Leaf> = std::iter::once(INT).chain(leaves.iter().cloned()).collect();
            return self.sources(self.ops(ops), &sources);
        }
        self.sources(self.ops(ops), leaves)
    }

    /// Leaves of a type that is kept: what holds secrets is listed.
    fn kept(&self, row: u16, ty: u16, kind: DisclosureKind) -> Result<&[Leaf], Fault> {
        let kept = &self.program.types[usize::from(ty)];
        match (kept.has_secret(), row) {
            _ if self.program.holds(kept, |part| matches!(part, Type::Func(_) | Type::Closure | Type::Ticket(_))) => {
                return Err(mismatch("the kept value", "data", kept));
            }
            (false, u16::MAX) => {}
            (true, u16::MAX) if Rule::KeptListed.on() => return Err(Fault::Unlisted(kind.name())),
            (true, u16::MAX) => {}
            (secret, row) => {
                let to = &self.program.disclosures[usize::from(row)].to;
                if !secret || !matches!(to, Receivers::Key(_) | Receivers::AnyKey) {
                    return Err(Fault::DisclosureReceivers(row.into()));
                }
                self.disclosed(row, kind, kept, to)?;
            }
        }
        Ok(&self.types[usize::from(ty)].leaves)
    }

    fn output(&self, row: u16, disclosure: u16, ops: u16) -> Checked {
        let output = &self.program.outputs[usize::from(row)];
        let ty = &self.program.types[output.ty as usize];
        match (&output.to, disclosure) {
            (Receivers::Nobody, u16::MAX) => {}
            (Receivers::Nobody, _) | (_, u16::MAX) if !Rule::ResultListed.on() => {}
            (Receivers::Nobody, _) | (_, u16::MAX) => {
                return Err(Fault::OutputRow {
                    row: row.into(),
                    what: "it has receivers and no disclosure, or the reverse",
                });
            }
            (to, _) => self.disclosed(disclosure, DisclosureKind::Result, ty, to)?,
        }
        self.sources(self.ops(ops), &self.types[output.ty as usize].leaves)
    }

    /// The row lists exactly this disclosure.
    fn disclosed(&self, row: u16, kind: DisclosureKind, ty: &Type, to: &Receivers) -> Checked {
        let listed = &self.program.disclosures[usize::from(row)];
        let listed_ty = &self.program.types[listed.ty as usize];
        if listed.kind != kind && Rule::DisclosureKind.on() {
            Err(Fault::DisclosureKind(row.into()))
        } else if listed_ty != ty && Rule::DisclosureType.on() {
            let (listed, found) = (listed_ty.to_string(), ty.to_string());
            Err(Fault::DisclosureType { row: row.into(), listed, found })
        } else if listed.to != *to && Rule::DisclosureReceivers.on() {
            Err(Fault::DisclosureReceivers(row.into()))
        } else {
            Ok(())
        }
    }
}

/// LANGUAGE §10.4; `PowInt` has a public right operand.
pub(in crate::verify) fn secret_binary(op: BinOp, ty: ScalarTy) -> bool {
    use BinOp::{Add, And, Div, FloorDiv, Max, Min, Mod, Mul, Or, Pow, PowInt, Rem, Sub, Xor};
    match ty {
        ScalarTy::Int(_) => op != Pow,
        ScalarTy::Bool => matches!(op, Add | Sub | Mul | And | Or | Xor),
        ScalarTy::Fix(_) => matches!(op, Add | Sub | Mul | Div | FloorDiv | Rem | Mod | PowInt | Min | Max),
        ScalarTy::Float => false,
    }
}

pub(in crate::verify) fn secret_unary(op: UnOp, ty: ScalarTy) -> bool {
    let signed = |int: IntTy| int.is_signed();
    match op {
        UnOp::Not => matches!(ty, ScalarTy::Bool | ScalarTy::Int(_)),
        UnOp::Neg | UnOp::Abs => matches!(ty, ScalarTy::Fix(_)) || matches!(ty, ScalarTy::Int(int) if signed(int)),
    }
}
