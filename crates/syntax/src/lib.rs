//! Text in, lossless syntax tree and diagnostics out.
//!
//! [`parse`] never fails and never panics: what is wrong with the text is in the diagnostics, and the tree's text is the
//! input, byte for byte. [`ast`] gives typed views of the tree.
//! Not here: names, types, files.

pub mod ast;
mod diagnostic;
mod dump;
mod kind;
mod layout;
mod lexer;
mod line_index;
mod parse;
mod render;
mod unescape;

pub use diagnostic::{Code, Diagnostic, FileId, Label, Severity, Span};
pub use dump::{dump_tokens, dump_tree};
pub use kind::{Lang, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};
pub use line_index::{LineCol, LineIndex};
pub use parse::{Parse, parse, parse_bytes, parse_std};
pub use render::{SourceOf, render, to_json};
