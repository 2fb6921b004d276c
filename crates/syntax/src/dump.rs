//! Text or tree in, a readable listing out: what `--emit tokens` and `--emit tree` print.

use std::fmt::Write;

use rowan::{NodeOrToken, WalkEvent};

use crate::kind::{SyntaxKind, SyntaxNode};
use crate::layout::layout;
use crate::lexer::{Lexed, lex};

/// The tokens of a text, one a line: bytes, kind, text. Blanks are left out; line ends that count are `Newline`.
#[must_use]
pub fn dump_tokens(text: &str) -> String {
    let Lexed { tokens, mut problems } = lex(text);
    let layout = layout(text, tokens, &mut problems);
    let mut out = String::new();
    for token in &layout.tokens {
        if !matches!(token.kind, SyntaxKind::Whitespace | SyntaxKind::LineBreak) {
            let shown = &text[token.start as usize..token.end as usize];
            line(&mut out, 0, token.kind, token.start, token.end, Some(shown));
        }
    }
    out
}

/// A tree, one node or token a line, indented: kind, bytes, and the text of tokens. Blanks are left out.
#[must_use]
pub fn dump_tree(root: &SyntaxNode) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for event in root.preorder_with_tokens() {
        match event {
            WalkEvent::Enter(element) => {
                let range = element.text_range();
                let (start, end) = (range.start().into(), range.end().into());
                match element {
                    NodeOrToken::Node(node) => {
                        line(&mut out, depth, node.kind(), start, end, None);
                        depth += 1;
                    }
                    NodeOrToken::Token(token)
                        if !matches!(token.kind(), SyntaxKind::Whitespace | SyntaxKind::LineBreak) =>
                    {
                        line(&mut out, depth, token.kind(), start, end, Some(token.text()));
                    }
                    NodeOrToken::Token(_) => {}
                }
            }
            WalkEvent::Leave(NodeOrToken::Node(_)) => depth -= 1,
            WalkEvent::Leave(NodeOrToken::Token(_)) => {}
        }
    }
    out
}

fn line(out: &mut String, depth: usize, kind: SyntaxKind, start: u32, end: u32, text: Option<&str>) {
    let shown = text.map(|text| format!(" {text:?}")).unwrap_or_default();
    // Writing to a string does not fail.
    let _ = writeln!(out, "{:indent$}{kind:?} {start}..{end}{shown}", "", indent = depth * 2);
}
