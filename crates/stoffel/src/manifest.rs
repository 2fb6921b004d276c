//! A program in; what goes in from whom, what comes out to whom, and what a backend must have for it, out.
//!
//! Everything is read from verified bytecode: the verifier has proved that the rows say what the code does.

use std::fmt::Write as _;

use serde::Serialize;
use stoffel_bytecode::{DisclosureKind, Receivers};

use crate::program::Program;

/// What a program takes, gives and needs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Manifest {
    /// The program's identity in hex.
    pub program: String,
    /// Parameters of `main`, in order.
    pub inputs: Vec<InputEntry>,
    /// Positional inputs that are read, in order of first reach.
    pub slots: Vec<SlotEntry>,
    /// Results of `main`, in order.
    pub outputs: Vec<OutputEntry>,
    /// Everything that leaves the computation, in order of code.
    pub disclosures: Vec<DisclosureEntry>,
    /// Secret operations used, in order of first use.
    pub needs: Vec<String>,
}

/// A parameter of `main`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InputEntry {
    /// Name.
    pub name: String,
    /// Type; for `each`, of what one client gives.
    #[serde(rename = "type")]
    pub ty: String,
    /// The role that gives it; whoever starts the run if absent.
    pub from: Option<String>,
    /// Whether every client of the role gives one.
    pub each: bool,
    /// Value if none is given.
    pub default: Option<String>,
}

/// A read of clients' positional inputs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SlotEntry {
    /// Slot of the client; any if absent.
    pub slot: Option<u32>,
    /// Position among its inputs; any if absent.
    pub index: Option<u32>,
    /// Type.
    #[serde(rename = "type")]
    pub ty: String,
}

/// A result of `main`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OutputEntry {
    /// Type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Who gets it.
    pub to: String,
}

/// A row of the disclosure list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DisclosureEntry {
    /// How: `reveal`, `output`, `result`, `input`.
    pub kind: &'static str,
    /// What: the function that discloses, or the path of an input's public part.
    pub what: String,
    /// Type disclosed.
    #[serde(rename = "type")]
    pub ty: String,
    /// Who learns it.
    pub to: String,
    /// File.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column.
    pub column: u32,
}

impl Manifest {
    /// The manifest of a program.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        let code = program.code();
        let ty = |row: u32| code.types[row as usize].clone();
        let inputs = code.inputs.iter().map(|row| InputEntry {
            name: row.name.clone(),
            ty: match ty(row.ty) {
                stoffel_bytecode::Type::List(member) if row.each => code.type_name(&member),
                whole => code.type_name(&whole),
            },
            from: row.role.clone(),
            each: row.each,
            default: row.default.clone(),
        });
        let outputs =
            code.outputs.iter().map(|row| OutputEntry { ty: code.type_name(&ty(row.ty)), to: receivers(&row.to) });
        let disclosures = code.disclosures.iter().map(|row| DisclosureEntry {
            kind: row.kind.name(),
            what: row.function.clone(),
            ty: code.type_name(&if row.kind == DisclosureKind::Input { ty(row.ty) } else { ty(row.ty).revealed() }),
            to: receivers(&row.to),
            file: row.file.clone(),
            line: row.line,
            column: row.column,
        });
        Self {
            program: program.hash(),
            inputs: inputs.collect(),
            slots: code.slots.iter().map(slot).collect(),
            outputs: outputs.collect(),
            disclosures: disclosures.collect(),
            needs: code.needs.iter().map(ToString::to_string).collect(),
        }
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists always serialise.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// As people read it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("program {}\n\nGoes in\n", self.program);
        for input in &self.inputs {
            let from = match (&input.from, input.each) {
                (None, _) => "from whoever starts the run, public".to_owned(),
                (Some(role), false) => format!("from {role}"),
                (Some(role), true) => format!("from each {role}"),
            };
            let default = input.default.as_ref().map(|value| format!(", {value} if absent")).unwrap_or_default();
            let _ = writeln!(out, "  {}: {} {from}{default}", input.name, input.ty);
        }
        for row in &self.slots {
            let place = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
            let _ = writeln!(out, "  input {}: secret {} from slot {}", place(row.index), row.ty, place(row.slot));
        }
        nothing(&mut out, self.inputs.is_empty() && self.slots.is_empty());
        out += "\nComes out\n";
        for output in &self.outputs {
            let _ = writeln!(out, "  {} to {}", output.ty, output.to);
        }
        nothing(&mut out, self.outputs.is_empty());
        out += "\nIs disclosed\n";
        for row in &self.disclosures {
            let place = format!("{}:{}:{}", row.file, row.line, row.column);
            let what = match row.kind {
                "input" => format!("{} is public", row.what),
                _ => format!("{} in {}", row.ty, row.what),
            };
            let _ = writeln!(out, "  {:8} {what}, to {}  ({place})", row.kind, row.to);
        }
        nothing(&mut out, self.disclosures.is_empty());
        out += "\nNeeds\n";
        for need in &self.needs {
            let _ = writeln!(out, "  {need}");
        }
        nothing(&mut out, self.needs.is_empty());
        out
    }
}

fn slot(row: &stoffel_bytecode::SlotRow) -> SlotEntry {
    SlotEntry { slot: row.slot, index: row.index, ty: row.ty.to_string() }
}

fn nothing(out: &mut String, empty: bool) {
    if empty {
        *out += "  nothing\n";
    }
}

fn receivers(to: &Receivers) -> String {
    match to {
        Receivers::Everyone => "everyone".to_owned(),
        Receivers::Nobody => "nobody".to_owned(),
        Receivers::Role(role) => role.clone(),
        Receivers::EachOf(role) => format!("each {role}"),
        Receivers::Slot(slot) => format!("slot {slot}"),
        Receivers::AnySlot => "slot ?".to_owned(),
        Receivers::Key(key) => format!("key {}", stoffel_value::quote(key)),
        Receivers::AnyKey => "key ?".to_owned(),
    }
}
