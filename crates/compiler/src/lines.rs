//! Spans of any file in; lines, and places that people can read, out.

use stoffel_syntax::{FileId, LineCol, LineIndex, Span};

use crate::{STD_PREFIX, Sources};

/// Lines of every file.
pub(crate) struct Lines<'s> {
    sources: &'s Sources,
    files: Vec<LineIndex>,
}

impl<'s> Lines<'s> {
    /// Reads the lines of the sources. Cost: linear.
    pub(crate) fn new(sources: &'s Sources) -> Self {
        Self { sources, files: sources.files.iter().map(|file| LineIndex::new(&file.text)).collect() }
    }

    /// Line and column of the start of a span; `None` for a span of no file.
    pub(crate) fn start(&self, span: Span) -> Option<LineCol> {
        self.files.get(span.file.0 as usize).map(|lines| lines.line_col(span.start))
    }

    /// Where a span starts, as a reader of file `reader` is told: `line 3`, or `geo/shapes.stfl:3`.
    pub(crate) fn place(&self, span: Span, reader: FileId) -> String {
        let line = self.start(span).map_or(0, |at| at.line);
        match self.sources.files.get(span.file.0 as usize) {
            Some(file) if span.file != reader || file.name.starts_with(STD_PREFIX) => format!("{}:{line}", file.name),
            _ => format!("line {line}"),
        }
    }
}
