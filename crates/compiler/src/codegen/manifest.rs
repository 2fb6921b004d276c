//! A module's interface, disclosures and spans in; rows and places of a program out.

use stoffel_bytecode::{Debug, Disclosure, InputRow, LineSpan, OutputRow, Program};
use stoffel_syntax::{LineIndex, Span};

use crate::Sources;
use crate::mir::Module;

/// Lines of every file.
pub(super) struct Places<'s> {
    sources: &'s Sources,
    lines: Vec<LineIndex>,
}

impl<'s> Places<'s> {
    /// Reads the lines of the sources.
    pub(super) fn new(sources: &'s Sources) -> Self {
        Self { sources, lines: sources.files.iter().map(|file| LineIndex::new(&file.text)).collect() }
    }

    /// Debug info without spans.
    pub(super) fn debug(&self) -> Debug {
        Debug { files: self.sources.files.iter().map(|file| file.name.clone()).collect(), spans: Vec::new() }
    }

    /// File, line and column of the start of a span.
    pub(super) fn line_span(&self, span: Span) -> LineSpan {
        let Some(lines) = self.lines.get(span.file.0 as usize) else { return LineSpan::default() };
        let at = lines.line_col(span.start);
        LineSpan { file: span.file.0, line: at.line, column: at.column }
    }
}

/// Enters types, strings, interface and disclosures.
pub(super) fn fill(program: &mut Program, module: Module, places: &Places<'_>) {
    program.entry = module.entry.map_or(0, |entry| entry.0);
    for row in module.inputs {
        let (ty, role, each, default) = (row.ty.0, row.role, row.each, row.default);
        program.inputs.push(InputRow { name: row.name, ty, role, each, default });
    }
    program.outputs = module.outputs.into_iter().map(|row| OutputRow { ty: row.ty.0, to: row.to }).collect();
    for row in module.disclosures {
        let at = places.line_span(row.span);
        let file = program.debug.files.get(at.file as usize).cloned().unwrap_or_default();
        let (line, column, function) = (at.line, at.column, row.function);
        program.disclosures.push(Disclosure { kind: row.kind, file, line, column, function, ty: row.ty.0, to: row.to });
    }
    program.types = module.tables.types;
    program.strings = module.tables.strings;
}
