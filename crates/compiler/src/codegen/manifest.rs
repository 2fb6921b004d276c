//! A module's interface, disclosures and spans in; rows and places of a program out.

use stoffel_bytecode::{Debug, Disclosure, InlineCall, InputRow, LineSpan, OutputRow, Program};
use stoffel_syntax::Span;

use crate::Sources;
use crate::lines::Lines;
use crate::mir::Module;

/// The files of a program with their lines.
pub(super) struct Places<'s> {
    sources: &'s Sources,
    lines: Lines<'s>,
}

impl<'s> Places<'s> {
    /// Reads the lines of the sources.
    pub(super) fn new(sources: &'s Sources) -> Self {
        Self { sources, lines: Lines::new(sources) }
    }

    /// Debug info without spans.
    pub(super) fn debug(&self) -> Debug {
        Debug { files: self.sources.files.iter().map(|file| file.name.clone()).collect(), ..Debug::default() }
    }

    /// File, line and column of the start of a span.
    pub(super) fn line_span(&self, span: Span) -> LineSpan {
        let Some(at) = self.lines.start(span) else { return LineSpan::default() };
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
    program.objects = module.objects;
    program.slots = module.slots;
    for call in &module.tables.inlined.calls {
        let (function, span) = (call.function.clone(), places.line_span(call.span));
        program.debug.inlined.push(InlineCall { function, span, outer: call.outer.map_or(0, |outer| outer + 1) });
    }
    program.types = module.tables.types;
    program.strings = module.tables.strings;
}
