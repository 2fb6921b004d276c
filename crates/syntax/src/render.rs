//! Diagnostics and source texts in; what people read, and JSON for tools, out.
//!
//! Not here: which diagnostics there are, and in which order.

use std::collections::BTreeMap;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use crate::diagnostic::{Diagnostic, FileId, Severity, Span};
use crate::line_index::LineIndex;

/// Name and text of a file.
pub type SourceOf<'s, 'f> = &'f dyn Fn(FileId) -> (&'s str, &'s str);

/// Draws diagnostics as rustc does: code, message, excerpt with carets and labels, help. `color` adds ANSI colours.
///
/// Spans are cut to the texts that `sources` gives. Empty if there is nothing to report.
#[must_use]
pub fn render<'s>(diagnostics: &[Diagnostic], sources: SourceOf<'s, '_>, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
    let mut files = Files { sources, indices: BTreeMap::new() };
    let mut out = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.code.severity() {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = level
            .primary_title(diagnostic.message.as_str())
            .id(diagnostic.code.as_str())
            .elements(files.snippets(diagnostic));
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let report: [Group<'_>; 1] = [group];
        out.push_str(&renderer.render(&report));
        out.push_str("\n\n");
    }
    out
}

/// The files of one rendering, with the lines of those that were needed.
struct Files<'s, 'f> {
    sources: SourceOf<'s, 'f>,
    indices: BTreeMap<FileId, LineIndex>,
}

/// What is drawn at one place.
struct Mark<'d> {
    range: Range<usize>,
    kind: AnnotationKind,
    label: Option<&'d str>,
}

impl<'s> Files<'s, '_> {
    fn index(&mut self, file: FileId) -> &LineIndex {
        let sources = self.sources;
        self.indices.entry(file).or_insert_with(|| LineIndex::new(sources(file).1))
    }

    /// One excerpt for each file that the diagnostic points into, its own first.
    fn snippets<'d>(&mut self, diagnostic: &'d Diagnostic) -> Vec<Snippet<'d, annotate_snippets::Annotation<'d>>>
    where
        's: 'd,
    {
        let mut files = vec![diagnostic.span.file];
        for label in &diagnostic.labels {
            if !files.contains(&label.span.file) {
                files.push(label.span.file);
            }
        }
        files
            .into_iter()
            .map(|file| {
                let (name, text) = (self.sources)(file);
                let primary = (file == diagnostic.span.file).then(|| Mark {
                    range: clamp(text, diagnostic.span),
                    kind: AnnotationKind::Primary,
                    label: None,
                });
                let others = diagnostic.labels.iter().filter(|label| label.span.file == file).map(|label| Mark {
                    range: clamp(text, label.span),
                    kind: AnnotationKind::Context,
                    label: Some(label.text.as_str()),
                });
                let marks: Vec<_> = primary.into_iter().chain(others).collect();
                self.snippet(file, name, text, &marks)
            })
            .collect()
    }

    /// The lines of `text` that `marks` touch; the library folds what lies between.
    fn snippet<'d>(
        &mut self,
        file: FileId,
        name: &'s str,
        text: &'s str,
        marks: &[Mark<'d>],
    ) -> Snippet<'d, annotate_snippets::Annotation<'d>>
    where
        's: 'd,
    {
        let first = marks.iter().map(|mark| mark.range.start).min().unwrap_or(0);
        let last = marks.iter().map(|mark| mark.range.end).max().unwrap_or(0);
        let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
        let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
        let line = self.index(file).line(u32::try_from(start).unwrap_or(u32::MAX));
        let annotations =
            marks.iter().map(|mark| mark.kind.span(mark.range.start - start..mark.range.end - start).label(mark.label));
        Snippet::source(&text[start..end]).path(name).line_start(line as usize).annotations(annotations)
    }
}

/// The bytes of a span that `text` has, whole characters.
fn clamp(text: &str, span: Span) -> Range<usize> {
    let whole = |at: u32| {
        let mut at = (at as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = whole(span.start);
    start..whole(span.end).max(start)
}

/// A diagnostic as tools get it; lines and columns (in characters) from 1.
#[derive(Serialize)]
struct Row<'d> {
    severity: &'static str,
    code: &'static str,
    file: &'d str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    message: &'d str,
    labels: Vec<LabelRow<'d>>,
    help: Option<&'d str>,
}

/// A further place of a diagnostic.
#[derive(Serialize)]
struct LabelRow<'d> {
    file: &'d str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    text: &'d str,
}

/// A JSON array with an object for each diagnostic: `severity`, `code`, `file`, `line`, `column`, `end_line`,
/// `end_column`, `message`, `labels` (places with `text`) and `help` (or null).
#[must_use]
pub fn to_json<'s>(diagnostics: &[Diagnostic], sources: SourceOf<'s, '_>) -> String {
    let mut files = Files { sources, indices: BTreeMap::new() };
    let mut rows = Vec::with_capacity(diagnostics.len());
    for diagnostic in diagnostics {
        let mut labels = Vec::with_capacity(diagnostic.labels.len());
        for label in &diagnostic.labels {
            let (start, end) = files.places(label.span);
            labels.push(LabelRow {
                file: (files.sources)(label.span.file).0,
                line: start.line,
                column: start.column,
                end_line: end.line,
                end_column: end.column,
                text: &label.text,
            });
        }
        let (start, end) = files.places(diagnostic.span);
        rows.push(Row {
            severity: match diagnostic.code.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            code: diagnostic.code.as_str(),
            file: (files.sources)(diagnostic.span.file).0,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            message: &diagnostic.message,
            labels,
            help: diagnostic.help.as_deref(),
        });
    }
    serde_json::to_string(&rows).expect("rows of strings and numbers are JSON")
}

impl Files<'_, '_> {
    /// Where a span begins and ends.
    fn places(&mut self, span: Span) -> (crate::LineCol, crate::LineCol) {
        let index = self.index(span.file);
        (index.line_col(span.start), index.line_col(span.end))
    }
}
