//! One MIR instruction with its registers in; one bytecode instruction out.

use stoffel_bytecode::{Instr, Operands};
use stoffel_value::{BinOp, ScalarTy};

use super::Emitter;
use crate::codegen::alloc::{Bank, bank};
use crate::codegen::code::halves;
use crate::mir::{Inst, Op, Repr, ValueId};

impl Emitter<'_> {
    pub(super) fn inst(&mut self, inst: &Inst) {
        let instr = self.instr(inst);
        self.block.push((instr, inst.span));
    }

    fn instr(&mut self, inst: &Inst) -> Instr {
        let reg = |at: usize| self.reg(inst.args[at]);
        let d = inst.results.first().map_or(0, |result| self.reg(*result));
        let word = |at: usize| matches!(self.function.repr(inst.args[at]), Repr::Word(_));
        match inst.op {
            Op::Const(word) => match i16::try_from(word as i64) {
                Ok(v) => Instr::Small { d, v },
                Err(_) => Instr::Const { d, imm: self.pools.word(word) },
            },
            Op::Str(id) => {
                let (hi, lo) = halves(id);
                Instr::Str { d, hi, lo }
            }
            Op::Bin(op) => {
                let (a, b) = (reg(0), reg(1));
                let ints = self.function.repr(inst.args[0]) == Repr::Word(ScalarTy::I64);
                match op {
                    BinOp::Add if ints => Instr::AddI64 { d, a, b },
                    BinOp::Sub if ints => Instr::SubI64 { d, a, b },
                    BinOp::Mul if ints => Instr::MulI64 { d, a, b },
                    BinOp::Rem if ints => Instr::RemI64 { d, a, b },
                    BinOp::Mod if ints => Instr::ModI64 { d, a, b },
                    _ => Instr::Bin { op, d, a, b },
                }
            }
            Op::AddImm(v) => Instr::AddI64Imm { d, a: reg(0), v },
            Op::Un(op) => Instr::Un { op, d, a: reg(0) },
            Op::Cmp(op) => Instr::Cmp { op, d, a: reg(0), b: reg(1) },
            Op::Convert => Instr::Convert { d, a: reg(0) },
            Op::Call(id) => {
                let runs = (self.word_run(&inst.args), self.word_run(&inst.results), u16::try_from(id.0));
                if let (Some(a), Some(d), Ok(f)) = runs {
                    return Instr::CallWords { d, a, f };
                }
                let (hi, lo) = halves(id.0);
                Instr::Call { ops: self.ops(&inst.args, &inst.results), hi, lo }
            }
            Op::Closure(id) => {
                let (hi, lo) = halves(id.0);
                Instr::Closure { ops: self.ops(&inst.args, &inst.results), hi, lo }
            }
            Op::CallValue => Instr::CallValue { r: reg(0), ops: self.ops(&inst.args[1..], &inst.results) },
            Op::Try => Instr::Try { d, r: reg(0) },
            Op::Format(ty) => Instr::Format { d, ty: ty.0 as u16, ops: self.ops(&inst.args, &[]) },
            Op::FormatSpec(ty) => Instr::FormatSpec { d, ty: ty.0 as u16, ops: self.ops(&inst.args, &[]) },
            Op::ConcatStr => Instr::ConcatStr { d, ops: self.ops(&inst.args, &[]) },
            Op::Print => Instr::Print { r: reg(0) },
            Op::NewList => Instr::NewList { d },
            Op::Nil => Instr::Nil { d },
            Op::Put(_) => Instr::Put { r: reg(0), ops: self.element(&inst.args[1..]) },
            Op::Len => Instr::Len { d, r: reg(0) },
            Op::Get => {
                let (r, i) = (reg(0), reg(1));
                match inst.results.as_slice() {
                    [only] if bank(self.function.repr(*only)) == Bank::Words => Instr::GetWord { d, r, i },
                    [only] if bank(self.function.repr(*only)) == Bank::Secrets => Instr::GetSecret { d, r, i },
                    results => Instr::Get { r, i, ops: self.ops(&[], results) },
                }
            }
            Op::Set => Instr::Set { r: reg(0), i: reg(1), ops: self.element(&inst.args[2..]) },
            Op::Append => self.append(&inst.args),
            Op::Builtin(op) => Instr::Builtin { op, ops: self.ops(&inst.args, &inst.results) },
            Op::Hide => Instr::Hide { d, w: reg(0) },
            Op::HideRef => Instr::HideRef { d, r: reg(0) },
            Op::SBin(op) => match (word(0), word(1)) {
                (true, _) => Instr::SBinLeft { op, d, w: reg(0), b: reg(1) },
                (_, true) => Instr::SBinRight { op, d, a: reg(0), w: reg(1) },
                _ => Instr::SBin { op, d, a: reg(0), b: reg(1) },
            },
            Op::SUn(op) => Instr::SUn { op, d, a: reg(0) },
            Op::SCmp(op) if word(1) => Instr::SCmpRight { op, d, a: reg(0), w: reg(1) },
            Op::SCmp(op) => Instr::SCmp { op, d, a: reg(0), b: reg(1) },
            Op::Select => {
                let public = u8::from(word(1)) | u8::from(word(2)) << 1;
                Instr::SSelect { public, d, ops: self.ops(&inst.args, &[]) }
            }
            Op::SConvert => Instr::SConvert { d, a: reg(0) },
            Op::NewObject => Instr::NewObject { d, ops: self.element(&inst.args) },
            Op::GetField(at) => Instr::GetField { r: reg(0), field: at as u16, ops: self.ops(&[], &inst.results) },
            Op::SetField(at) => Instr::SetField { r: reg(0), field: at as u16, ops: self.element(&inst.args[1..]) },
            Op::Upcast => Instr::MoveRef { d, r: reg(0) },
            Op::ABin(op) => Instr::ABin { op, d, a: reg(0), b: reg(1) },
            Op::AUn(op) => Instr::AUn { op, d, a: reg(0) },
            Op::ACmp(op) => Instr::ACmp { op, d, a: reg(0), b: reg(1) },
            Op::AConvert => Instr::AConvert { d, a: reg(0) },
            Op::LBin(op) => Instr::LBin { op, d, a: reg(0), b: reg(1) },
            Op::LUn(op) => Instr::LUn { op, d, a: reg(0) },
            Op::LCmp(op) => Instr::LCmp { op, d, a: reg(0), b: reg(1) },
            Op::LConvert => Instr::LConvert { d, a: reg(0) },
            Op::LFold(op) => Instr::LFold { op, d, a: reg(0), b: reg(1) },
            Op::GuardEnter => Instr::GuardEnter { s: reg(0) },
            Op::GuardLeave => Instr::GuardLeave,
            Op::Open(row) => Instr::Open { d, s: reg(0), row: row as u16 },
            Op::Await => Instr::Await { d, t: reg(0) },
            Op::OpenRef(row) => Instr::OpenRef { d, r: reg(0), row: row as u16 },
            Op::Take(row) => Instr::Take { d, row: row as u16, ops: self.ops(&inst.args, &[]) },
            Op::Store(ty, row) => {
                let row = row.map_or(u16::MAX, |row| row as u16);
                Instr::Store { row, ty: ty.0 as u16, ops: self.ops(&inst.args, &[]) }
            }
            Op::Load(ty, row) => {
                let row = row.map_or(u16::MAX, |row| row as u16);
                Instr::Load { row, ty: ty.0 as u16, ops: self.ops(&inst.args, &inst.results) }
            }
            Op::OpenShare(row) => Instr::OpenShare { d, r: reg(0), row: row as u16 },
            Op::Send(row) => Instr::SendOut { row: row as u16, ops: self.ops(&inst.args, &[]) },
            Op::Input(row) => Instr::Input { row: row as u16, ops: self.ops(&[], &inst.results) },
            Op::Output { row, disclosure } => {
                let disclosure = disclosure.map_or(u16::MAX, |row| row as u16);
                Instr::Output { row: row as u16, disclosure, ops: self.ops(&inst.args, &[]) }
            }
        }
    }

    /// The first of the registers of values that are words in consecutive registers.
    fn word_run(&self, values: &[ValueId]) -> Option<u16> {
        let first = values.first().map_or(0, |value| self.reg(*value));
        let in_run = |(at, value): (u16, &ValueId)| {
            bank(self.function.repr(*value)) == Bank::Words && first.checked_add(at) == Some(self.reg(*value))
        };
        (0..).zip(values).all(in_run).then_some(first)
    }

    fn append(&mut self, args: &[ValueId]) -> Instr {
        let (list, leaves) = (self.reg(args[0]), &args[1..]);
        if let [only] = leaves {
            match self.function.repr(*only) {
                Repr::Secret(_) => return Instr::AppendSecret { r: list, s: self.reg(*only) },
                Repr::Ticket(_) => return Instr::AppendTicket { r: list, t: self.reg(*only) },
                _ => {}
            }
        }
        Instr::Append { r: list, ops: self.element(leaves) }
    }

    /// The leaves of an element: tickets stand in the words' places and are listed after the reference leaves.
    fn element(&mut self, leaves: &[ValueId]) -> u16 {
        let tickets = leaves.iter().filter(|leaf| matches!(self.function.repr(**leaf), Repr::Ticket(_)));
        let tickets: Vec<u16> = tickets.map(|leaf| self.reg(*leaf)).collect();
        let mut ops = Operands::default();
        for leaf in leaves {
            match self.function.repr(*leaf) {
                Repr::Word(_) => ops.words.push(self.reg(*leaf)),
                Repr::Ticket(_) => ops.words.push(Operands::TICKET),
                Repr::Ref(_) => ops.refs.push(self.reg(*leaf)),
                Repr::Secret(_) => ops.secrets.push(self.reg(*leaf)),
            }
        }
        ops.refs.extend(tickets);
        self.pools.operands(ops)
    }

    pub(super) fn ops(&mut self, sources: &[ValueId], destinations: &[ValueId]) -> u16 {
        let ops = self.operands(sources, destinations);
        self.pools.operands(ops)
    }

    /// Registers by bank, in order.
    pub(super) fn operands(&self, sources: &[ValueId], destinations: &[ValueId]) -> Operands {
        let of = |values: &[ValueId], wanted: Bank| {
            let chosen = values.iter().filter(|value| bank(self.function.repr(**value)) == wanted);
            chosen.map(|value| self.reg(*value)).collect()
        };
        Operands {
            words: of(sources, Bank::Words),
            refs: of(sources, Bank::Refs),
            secrets: of(sources, Bank::Secrets),
            to_words: of(destinations, Bank::Words),
            to_refs: of(destinations, Bank::Refs),
            to_secrets: of(destinations, Bank::Secrets),
        }
    }
}
