//! An untrusted program in, a [`VerifiedProgram`] or the first fault out.
//!
//! Proved, in this order: every index and register in bounds (`bounds`), object types what their marks say (`objects`); every operand of the bank and type that its
//! instruction asks for, element secrecy included, so that a secret reaches a public place only through `Open`, `OpenRef`,
//! `SendOut` and `Output`, each naming a row of the disclosure list of its own kind, type and receivers (`rules`); no
//! reference or secret register read before it is written, guards balanced, every output given once (`flow`); interface,
//! disclosures and needs equal to what the code does (`manifest`).
//! Time and memory are linear in the program but for the data flow, which has a stated bound.
//! Not here: what a session's policy allows.

mod arrays;
mod bounds;
mod builtins;
mod fault;
mod flow;
mod lanes;
mod manifest;
mod objects;
pub(crate) mod rule;
mod rules;

use std::ops::Deref;

pub use bounds::type_fits;
pub use fault::{Fault, VerifyError};
pub use manifest::needs;

use crate::{Leaf, Program, Type};

/// A program that the verifier has accepted; there is no other way to make one.
#[derive(Clone, Debug)]
pub struct VerifiedProgram {
    program: Program,
    offsets: Vec<u32>,
}

/// Where an instruction comes from, in words of the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Location<'a> {
    /// File, relative to the package; empty without debug info.
    pub file: &'a str,
    /// 1-based line, 0 without debug info.
    pub line: u32,
    /// 1-based column.
    pub column: u32,
    /// Function.
    pub function: &'a str,
}

/// Checks a program (see the module header).
///
/// # Errors
/// The first fault found, with function and instruction where it has one.
pub fn verify(program: Program) -> Result<VerifiedProgram, VerifyError> {
    bounds::check(&program)?;
    let types: Vec<TypeInfo> = program.types.iter().map(|ty| TypeInfo::new(&program, ty)).collect();
    for function in &program.functions {
        rules::check(&program, &types, function)?;
    }
    for (index, function) in program.functions.iter().enumerate() {
        flow::check(&program, function, index == program.entry as usize)?;
    }
    manifest::check(&program)?;
    let mut next = 0u32;
    let offsets = program
        .functions
        .iter()
        .map(|function| {
            let first = next;
            next += function.code.len() as u32;
            first
        })
        .collect();
    Ok(VerifiedProgram { program, offsets })
}

impl VerifiedProgram {
    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Offset ("site") of instruction `pc` of a function among all instructions of the program.
    ///
    /// # Panics
    /// If there is no such function.
    #[must_use]
    pub fn site_of(&self, function: u32, pc: u32) -> u32 {
        self.offsets[function as usize] + pc
    }

    /// Site of the first instruction of each function.
    #[must_use]
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// Index of the function that holds a site.
    #[must_use]
    pub fn function_at(&self, site: u32) -> u32 {
        // Functions have at least one instruction, so offsets rise strictly from 0.
        self.offsets.partition_point(|&first| first <= site).saturating_sub(1) as u32
    }

    /// Source position of an instruction.
    #[must_use]
    pub fn locate(&self, site: u32) -> Location<'_> {
        let debug = &self.program.debug;
        let span = debug.spans.get(site as usize).copied().unwrap_or_default();
        let call = debug.call_of(site).map(|call| debug.inlined[call as usize].function.as_str());
        self.location(span, call.unwrap_or(&self.program.functions[self.function_at(site) as usize].name))
    }

    /// Source positions of the calls around an instruction whose functions stand in their place, innermost first.
    #[must_use]
    pub fn inlined_calls(&self, site: u32) -> Vec<Location<'_>> {
        let debug = &self.program.debug;
        let mut out = Vec::new();
        let mut at = debug.call_of(site);
        while let Some(call) = at.and_then(|call| debug.inlined.get(call as usize)) {
            at = call.outer.checked_sub(1);
            let around = at.and_then(|call| debug.inlined.get(call as usize)).map(|call| call.function.as_str());
            let function = around.unwrap_or(&self.program.functions[self.function_at(site) as usize].name);
            out.push(self.location(call.span, function));
        }
        out
    }

    fn location<'a>(&'a self, span: crate::LineSpan, function: &'a str) -> Location<'a> {
        let file = self.program.debug.files.get(span.file as usize).map_or("", String::as_str);
        Location { file, line: span.line, column: span.column, function }
    }
}

impl Deref for VerifiedProgram {
    type Target = Program;
    fn deref(&self) -> &Program {
        &self.program
    }
}

/// What the rules ask of a type again and again.
struct TypeInfo {
    leaves: Vec<Leaf>,
    /// Of the element type, for lists; of a row, for dicts.
    element: Option<Vec<Leaf>>,
    /// Of the record, for objects.
    record: Option<Vec<Leaf>>,
}

impl TypeInfo {
    fn new(program: &Program, ty: &Type) -> Self {
        let record = if let Type::Object(object) = ty { Some(program.record_leaves(*object)) } else { None };
        Self { leaves: ty.leaves(), element: ty.element_leaves(), record }
    }
}
