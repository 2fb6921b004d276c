//! Places of code that stands where it was called: a place and a call in, one span for both out.
//!
//! Such a span names a row here instead of a file, so that passes need not know of it; code generation reads it back, and a trap
//! then shows the same calls at every level. A row is a place with the chain of calls around it, each once.

use crate::hash::HashMap;

use stoffel_syntax::{FileId, Span};

/// The file of spans that name a row.
const INLINED: FileId = FileId(u32::MAX);

/// A call whose function stands in its place.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct InlineCall {
    /// The function called.
    pub(crate) function: String,
    /// Where the call is written.
    pub(crate) span: Span,
    /// The call around it; it comes before it.
    pub(crate) outer: Option<u32>,
}

/// All such places of a module.
#[derive(Debug, Default)]
pub(crate) struct Inlined {
    /// By index.
    pub(crate) calls: Vec<InlineCall>,
    call_ids: HashMap<InlineCall, u32>,
    rows: Vec<(Span, u32)>,
    row_ids: HashMap<(Span, u32), u32>,
}

impl Inlined {
    /// The place that a span means, and the innermost call around it.
    pub(crate) fn resolve(&self, span: Span) -> (Span, Option<u32>) {
        match self.rows.get(span.start as usize).filter(|_| span.file == INLINED) {
            Some((place, call)) => (*place, Some(*call)),
            None => (span, None),
        }
    }

    /// The call of a function that is put in place.
    pub(crate) fn call(&mut self, function: &str, span: Span) -> u32 {
        let (span, outer) = self.resolve(span);
        self.enter(InlineCall { function: function.to_owned(), span, outer })
    }

    /// The span of a place within the function of a call.
    pub(crate) fn within(&mut self, span: Span, call: u32) -> Span {
        let (place, inner) = self.resolve(span);
        let call = self.around(inner, call);
        let next = super::index(self.rows.len());
        let row = *self.row_ids.entry((place, call)).or_insert(next);
        if row == next {
            self.rows.push((place, call));
        }
        Span { file: INLINED, start: row, end: row }
    }

    /// A chain of calls within the function of another one.
    fn around(&mut self, inner: Option<u32>, outer: u32) -> u32 {
        let Some(inner) = inner else { return outer };
        let InlineCall { function, span, outer: next } = self.calls[inner as usize].clone();
        let outer = self.around(next, outer);
        self.enter(InlineCall { function, span, outer: Some(outer) })
    }

    fn enter(&mut self, call: InlineCall) -> u32 {
        let next = super::index(self.calls.len());
        let id = *self.call_ids.entry(call.clone()).or_insert(next);
        if id == next {
            self.calls.push(call);
        }
        id
    }
}
