//! A part of a program in, the bytes of its section out.

use stoffel_value::{FixTy, IntTy, ScalarOp, ScalarTy};

use super::Section;
use crate::{
    Disclosure, Function, InputRow, LineSpan, Need, Object, Operands, OutputRow, Program, Receivers, SlotRow, Type,
};

pub(super) fn section(program: &Program, section: Section) -> Vec<u8> {
    let mut out = Writer(Vec::new());
    match section {
        Section::Types => out.list(&program.types, Writer::ty),
        Section::Objects => out.list(&program.objects, Writer::object),
        Section::Strings => out.list(&program.strings, |out, text| out.text(text)),
        Section::Functions => out.list(&program.functions, Writer::function),
        Section::Interface => {
            out.number(program.entry);
            out.list(&program.inputs, Writer::input);
            out.list(&program.outputs, Writer::output);
            out.list(&program.slots, Writer::slot);
        }
        Section::Disclosures => out.list(&program.disclosures, Writer::disclosure),
        Section::Needs => out.list(&program.needs, Writer::need),
        Section::Debug => {
            out.list(&program.debug.files, |out, file| out.text(file));
            out.list(&program.debug.spans, Writer::span);
            out.list(&program.debug.inlined, |out, call| {
                out.text(&call.function);
                out.span(&call.span);
                out.number(call.outer);
            });
            out.list(&program.debug.frames, |out, (site, call)| {
                out.number(*site);
                out.number(*call);
            });
        }
    }
    out.0
}

struct Writer(Vec<u8>);

impl Writer {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Minimal LEB128.
    fn number(&mut self, value: impl Into<u64>) {
        let mut rest = value.into();
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }

    fn list<T>(&mut self, items: &[T], mut one: impl FnMut(&mut Self, &T)) {
        self.number(items.len() as u64);
        items.iter().for_each(|item| one(self, item));
    }

    fn numbers(&mut self, items: &[u16]) {
        self.list(items, |out, item| out.number(*item));
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    fn maybe_text(&mut self, text: Option<&str>) {
        self.byte(text.is_some().into());
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn scalar(&mut self, ty: ScalarTy) {
        match ty {
            ScalarTy::Bool => self.byte(0),
            ScalarTy::Float => self.byte(1),
            ScalarTy::Int(int) => self.byte(2 + IntTy::ALL.iter().position(|ty| *ty == int).unwrap_or(0) as u8),
            ScalarTy::Fix(fix) => self.fix(fix),
        }
    }

    fn fix(&mut self, ty: FixTy) {
        self.byte(10);
        self.byte(ty.k() as u8);
        self.byte(ty.f() as u8);
    }

    fn scalars(&mut self, items: &[ScalarTy]) {
        self.list(items, |out, ty| out.scalar(*ty));
    }

    fn ty(&mut self, ty: &Type) {
        match ty {
            Type::Scalar(ty) => {
                self.byte(0);
                self.scalar(*ty);
            }
            Type::Secret(ty) => {
                self.byte(1);
                self.scalar(*ty);
            }
            Type::Str => self.byte(2),
            Type::List(member) => {
                self.byte(3);
                self.ty(member);
            }
            Type::Array(member) => {
                self.byte(12);
                self.ty(member);
            }
            Type::Tuple(members) => {
                self.byte(4);
                self.list(members, Self::ty);
            }
            Type::Optional(member) => {
                self.byte(5);
                self.ty(member);
            }
            Type::Ticket(ty) => {
                self.byte(6);
                self.scalar(*ty);
            }
            Type::Dict(key, value) => {
                self.byte(11);
                self.ty(key);
                self.ty(value);
            }
            Type::Func(func) => {
                self.byte(7);
                self.list(&func.params, Self::ty);
                self.ty(&func.result);
            }
            Type::Object(object) => {
                self.byte(8);
                self.number(object.index);
                self.byte(object.secret.into());
            }
            Type::Share => self.byte(15),
            Type::Text => self.byte(16),
            Type::Closure => self.byte(17),
        }
    }

    fn object(&mut self, object: &Object) {
        self.text(&object.name);
        self.byte(object.base.is_some().into());
        if let Some(base) = object.base {
            self.number(base);
        }
        self.list(&object.fields, |out, field| {
            out.text(&field.name);
            out.number(field.ty);
        });
    }

    fn function(&mut self, function: &Function) {
        self.text(&function.name);
        self.scalars(&function.words);
        self.list(&function.refs, |out, ty| out.number(*ty));
        self.scalars(&function.secrets);
        function.params.iter().chain(&function.results).for_each(|count| self.number(*count));
        self.scalars(&function.result_words);
        self.list(&function.result_refs, |out, ty| out.number(*ty));
        self.scalars(&function.result_secrets);
        self.list(&function.words_pool, |out, word| out.0.extend(word.to_le_bytes()));
        self.list(&function.operands, Self::operands);
        self.list(&function.code, |out, instr| out.0.extend(instr.encode()));
    }

    fn operands(&mut self, ops: &Operands) {
        for list in [&ops.words, &ops.refs, &ops.secrets, &ops.to_words, &ops.to_refs, &ops.to_secrets] {
            self.numbers(list);
        }
    }

    fn input(&mut self, row: &InputRow) {
        self.text(&row.name);
        self.number(row.ty);
        self.maybe_text(row.role.as_deref());
        self.byte(row.each.into());
        self.maybe_text(row.default.as_deref());
    }

    fn output(&mut self, row: &OutputRow) {
        self.number(row.ty);
        self.receivers(&row.to);
    }

    /// Unknown places are 0, known ones one more than they are.
    fn slot(&mut self, row: &SlotRow) {
        for place in [row.slot, row.index] {
            self.number(place.map_or(0, |place| u64::from(place) + 1));
        }
        self.scalar(row.ty);
    }

    fn receivers(&mut self, to: &Receivers) {
        match to {
            Receivers::Everyone => self.byte(0),
            Receivers::Nobody => self.byte(1),
            Receivers::Role(role) => {
                self.byte(2);
                self.text(role);
            }
            Receivers::EachOf(role) => {
                self.byte(3);
                self.text(role);
            }
            Receivers::Slot(slot) => {
                self.byte(4);
                self.number(*slot);
            }
            Receivers::AnySlot => self.byte(5),
            Receivers::Key(key) => {
                self.byte(6);
                self.text(key);
            }
            Receivers::AnyKey => self.byte(7),
        }
    }

    fn disclosure(&mut self, row: &Disclosure) {
        self.byte(row.kind as u8);
        self.text(&row.file);
        self.number(row.line);
        self.number(row.column);
        self.text(&row.function);
        self.number(row.ty);
        self.receivers(&row.to);
    }

    fn need(&mut self, need: &Need) {
        self.op(need.op);
        self.byte(need.public.iter().rev().fold(0, |bits, public| bits << 1 | u8::from(*public)));
    }

    fn op(&mut self, op: ScalarOp) {
        match op {
            ScalarOp::Binary(op, ty) => {
                self.byte(0);
                self.byte(op as u8);
                self.scalar(ty);
            }
            ScalarOp::Compare(op, a, b) => {
                self.byte(1);
                self.byte(op as u8);
                self.scalar(a);
                self.scalar(b);
            }
            ScalarOp::Unary(op, ty) => {
                self.byte(2);
                self.byte(op as u8);
                self.scalar(ty);
            }
            ScalarOp::Select(ty) => self.tagged(3, &[ty]),
            ScalarOp::Convert(from, to) => self.tagged(4, &[from, to]),
            ScalarOp::Sum(ty) => self.tagged(5, &[ty]),
            ScalarOp::Dot(ty) => self.tagged(6, &[ty]),
            ScalarOp::Any => self.byte(7),
            ScalarOp::All => self.byte(8),
            ScalarOp::OneHot(ty) => self.tagged(9, &[ty]),
            ScalarOp::Pick(ty) => self.tagged(10, &[ty]),
        }
    }

    fn tagged(&mut self, tag: u8, formats: &[ScalarTy]) {
        self.byte(tag);
        formats.iter().for_each(|ty| self.scalar(*ty));
    }

    fn span(&mut self, span: &LineSpan) {
        self.number(span.file);
        self.number(span.line);
        self.number(span.column);
    }
}
