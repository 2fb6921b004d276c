//! A [`Program`] in, its listing out; a listing in, the program out.
//!
//! Lines; blanks separate; `#` begins a comment. Tables come first, then functions, then manifests:
//!
//! ```text
//! stflb 1
//! type 0 list[secret int64]
//! object 0 "Order" field "prices" 0
//! function 0 "main"
//!   words int64 bool
//!   ops 0 w1 r0 -> s0
//!   0 add.i64 w0 w0 w1 ; 0 3 5
//! entry 0
//! ```
//!
//! Fields stand in the order of the instruction table; after `;` come file, line and column.
//! The listing is complete: reading it back gives an equal program.

mod parse;

use std::fmt::{self, Write as _};

use stoffel_value::{BinOp, CmpOp, ScalarOp, TrapCode, UnOp, quote};

use crate::container::VERSION;
use crate::{Builtin, FieldKind, Function, Instr, LineSpan, Operands, Program, Receivers, wide};

pub use parse::TextError;

impl Program {
    /// The listing (`--emit bytecode`).
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        // Writing to a String does not fail.
        let _infallible = self.write_text(&mut out);
        out
    }

    /// Reads a listing; the result is well formed, not verified.
    ///
    /// # Errors
    /// [`TextError`] with the line.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        parse::program(text)
    }

    fn write_text(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "stflb {VERSION}")?;
        for (index, ty) in self.types.iter().enumerate() {
            writeln!(out, "type {index} {ty}")?;
        }
        for (index, object) in self.objects.iter().enumerate() {
            write!(out, "object {index} {}", quote(&object.name))?;
            if let Some(base) = object.base {
                write!(out, " base {base}")?;
            }
            for field in &object.fields {
                write!(out, " field {} {}", quote(&field.name), field.ty)?;
            }
            writeln!(out)?;
        }
        for (index, text) in self.strings.iter().enumerate() {
            writeln!(out, "string {index} {}", quote(text))?;
        }
        for (index, file) in self.debug.files.iter().enumerate() {
            writeln!(out, "file {index} {}", quote(file))?;
        }
        for (index, call) in self.debug.inlined.iter().enumerate() {
            let LineSpan { file, line, column } = call.span;
            writeln!(out, "inline {index} {} {file} {line} {column} {}", quote(&call.function), call.outer)?;
        }
        let mut site = 0;
        for (index, function) in self.functions.iter().enumerate() {
            let spans = self.debug.spans.get(site..).unwrap_or_default();
            writeln!(out, "\nfunction {index} {}", quote(&function.name))?;
            let frame = |pc: usize| self.debug.call_of((site + pc) as u32);
            write_function(out, function, spans, frame)?;
            site += function.code.len();
        }
        writeln!(out, "\nentry {}", self.entry)?;
        for (index, row) in self.inputs.iter().enumerate() {
            write!(out, "input {index} {} {}", quote(&row.name), row.ty)?;
            if let Some(role) = &row.role {
                write!(out, " from {}", quote(role))?;
            }
            if row.each {
                write!(out, " each")?;
            }
            if let Some(default) = &row.default {
                write!(out, " default {}", quote(default))?;
            }
            writeln!(out)?;
        }
        for (index, row) in self.outputs.iter().enumerate() {
            writeln!(out, "output {index} {} {}", row.ty, Show(&row.to))?;
        }
        for (index, row) in self.slots.iter().enumerate() {
            let place = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
            writeln!(out, "slot {index} {} {} {}", place(row.slot), place(row.index), row.ty)?;
        }
        for (index, row) in self.disclosures.iter().enumerate() {
            let (file, function) = (quote(&row.file), quote(&row.function));
            let (kind, to) = (row.kind.name(), Show(&row.to));
            writeln!(out, "disclosure {index} {kind} {file} {} {} {function} {} {to}", row.line, row.column, row.ty)?;
        }
        for need in &self.needs {
            write!(out, "need {}", Show(&need.op))?;
            for (operand, _) in need.public.iter().enumerate().filter(|(_, public)| **public) {
                write!(out, " public {operand}")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

fn write_function(
    out: &mut String,
    function: &Function,
    spans: &[LineSpan],
    frame: impl Fn(usize) -> Option<u32>,
) -> fmt::Result {
    let mut table = |name: &str, items: Vec<String>| match items.as_slice() {
        [] => Ok(()),
        items => writeln!(out, "  {name} {}", items.join(" ")),
    };
    let texts = |items: &[stoffel_value::ScalarTy]| items.iter().map(ToString::to_string).collect::<Vec<_>>();
    let numbers = |items: &[u32]| items.iter().map(ToString::to_string).collect::<Vec<_>>();
    table("words", texts(&function.words))?;
    table("refs", numbers(&function.refs))?;
    table("secrets", texts(&function.secrets))?;
    table("params", function.params.iter().map(ToString::to_string).collect())?;
    table("results", function.results.iter().map(ToString::to_string).collect())?;
    table("result.words", texts(&function.result_words))?;
    table("result.refs", numbers(&function.result_refs))?;
    table("result.secrets", texts(&function.result_secrets))?;
    for (index, word) in function.words_pool.iter().enumerate() {
        writeln!(out, "  const {index} {word}")?;
    }
    for (index, ops) in function.operands.iter().enumerate() {
        writeln!(out, "  ops {index}{}", Show(ops))?;
    }
    for (pc, instr) in function.code.iter().enumerate() {
        write!(out, "  {pc} {instr}")?;
        if let Some(span) = spans.get(pc) {
            write!(out, " ; {} {} {}", span.file, span.line, span.column)?;
        }
        match frame(pc) {
            Some(call) => writeln!(out, " inlined {call}")?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

impl fmt::Display for Instr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.info().name)?;
        let mut high = 0;
        for ((_, kind), raw) in self.info().fields.iter().zip(self.raw_fields()) {
            let code = usize::from(raw);
            match kind {
                FieldKind::WordOut | FieldKind::WordIn | FieldKind::WordStep | FieldKind::WordRun => {
                    write!(out, " w{raw}")?;
                }
                FieldKind::RefOut | FieldKind::RefIn | FieldKind::RefDrop => write!(out, " r{raw}")?,
                FieldKind::SecretOut | FieldKind::SecretIn | FieldKind::SecretDrop => write!(out, " s{raw}")?,
                FieldKind::Imm | FieldKind::By => write!(out, " {}", raw as i16)?,
                FieldKind::RowOrNone if raw == u16::MAX => write!(out, " none")?,
                FieldKind::TargetHi | FieldKind::FunctionHi | FieldKind::StringHi => high = raw,
                FieldKind::TargetLo | FieldKind::FunctionLo | FieldKind::StringLo => {
                    write!(out, " {}{}", prefix(*kind), wide(high, raw))?;
                }
                FieldKind::Trap => match TrapCode::ALL.get(code) {
                    Some(trap) => write!(out, " {}", trap.code())?,
                    None => write!(out, " {raw}")?,
                },
                FieldKind::BinOp => write!(out, " {}", BinOp::ALL[code].name())?,
                FieldKind::CmpOp => write!(out, " {}", CmpOp::ALL[code].name())?,
                FieldKind::UnOp => write!(out, " {}", UnOp::ALL[code].name())?,
                FieldKind::Builtin => write!(out, " {}", Builtin::ALL[code].name())?,
                FieldKind::Bits => write!(out, " {raw}")?,
                _ => write!(out, " {}{raw}", prefix(*kind))?,
            }
        }
        Ok(())
    }
}

/// What stands before the number of an index, so that a reader sees what it names.
fn prefix(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Pool => "const",
        FieldKind::Ops => "ops",
        FieldKind::Type => "type",
        FieldKind::Row | FieldKind::RowOrNone => "disclosure",
        FieldKind::Field => "field",
        FieldKind::InputRow => "input",
        FieldKind::OutputRow => "output",
        FieldKind::SlotRow => "slot",
        FieldKind::TargetLo => "@",
        FieldKind::FunctionLo | FieldKind::Function => "function",
        FieldKind::StringLo => "string",
        _ => "",
    }
}

/// Parts of the listing that have no text form of their own elsewhere.
struct Show<'a, T>(&'a T);

impl fmt::Display for Show<'_, Receivers> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Receivers::Everyone => out.write_str("to everyone"),
            Receivers::Nobody => out.write_str("to nobody"),
            Receivers::Role(role) => write!(out, "to role {}", quote(role)),
            Receivers::EachOf(role) => write!(out, "to each {}", quote(role)),
            Receivers::Slot(slot) => write!(out, "to slot {slot}"),
            Receivers::AnySlot => out.write_str("to slot ?"),
            Receivers::Key(key) => write!(out, "to key {}", quote(key)),
            Receivers::AnyKey => out.write_str("to key ?"),
        }
    }
}

impl fmt::Display for Show<'_, Operands> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ops = self.0;
        let mut bank = |letter: char, list: &[u16]| {
            list.iter().try_for_each(|register| match *register {
                Operands::TICKET => out.write_str(" ticket"),
                register => write!(out, " {letter}{register}"),
            })
        };
        bank('w', &ops.words)?;
        bank('r', &ops.refs)?;
        bank('s', &ops.secrets)?;
        let written = [('w', &ops.to_words), ('r', &ops.to_refs), ('s', &ops.to_secrets)];
        if written.iter().any(|(_, list)| !list.is_empty()) {
            out.write_str(" ->")?;
        }
        written
            .iter()
            .try_for_each(|(letter, list)| list.iter().try_for_each(|register| write!(out, " {letter}{register}")))
    }
}

impl fmt::Display for Show<'_, ScalarOp> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.0 {
            ScalarOp::Binary(op, ty) => write!(out, "binary {} {ty}", op.name()),
            ScalarOp::Compare(op, a, b) => write!(out, "compare {} {a} {b}", op.name()),
            ScalarOp::Unary(op, ty) => write!(out, "unary {} {ty}", op.name()),
            ScalarOp::Select(ty) => write!(out, "select {ty}"),
            ScalarOp::Convert(from, to) => write!(out, "convert {from} {to}"),
            ScalarOp::Sum(ty) => write!(out, "sum {ty}"),
            ScalarOp::Dot(ty) => write!(out, "dot {ty}"),
            ScalarOp::OneHot(ty) => write!(out, "onehot {ty}"),
            ScalarOp::Pick(ty) => write!(out, "pick {ty}"),
            ScalarOp::Any => out.write_str("any"),
            ScalarOp::All => out.write_str("all"),
        }
    }
}
