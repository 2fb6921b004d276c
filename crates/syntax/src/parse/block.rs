//! Blocks: which lines belong to which, by their columns.

use super::{K, OpenBlock, Parser};
use crate::diagnostic::Code;
use crate::layout::Line;

/// The header that a block belongs to.
#[derive(Clone, Copy)]
pub(super) struct Header {
    /// Its first token.
    pos: usize,
    /// The column of its line.
    column: u32,
    /// Whether its `:` is there.
    colon: bool,
}

impl Parser<'_> {
    /// A whole file.
    pub(super) fn module(&mut self) {
        self.statements(true);
    }

    /// The header of a compound statement that begins here.
    pub(super) fn header(&self) -> Header {
        let column = self.layout.lines.get(self.line_at(self.pos)).map_or(0, |line| line.column);
        Header { pos: self.pos, column, colon: false }
    }

    /// `:` after a header; what stands before it is skipped.
    pub(super) fn colon(&mut self, header: &mut Header) {
        if !self.at(K::Colon) {
            self.unexpected("`:`");
            self.skip_until(usize::MAX, |parser| parser.at(K::Colon) || parser.at_end_of_line());
        }
        header.colon = self.eat(K::Colon);
    }

    /// The block after a header: a simple statement on its line, or an indented one. `doc`: it may begin with a text.
    pub(super) fn block(&mut self, header: Header, doc: bool) {
        self.start(K::Block);
        if self.at_end_of_line() {
            self.eat(K::Newline);
            if !self.indented(header, |parser| parser.statements(doc)) && header.colon {
                let span = self.token_span(header.pos);
                self.report(Code::E0104, span, "the block has no statement").help =
                    Some("write `pass` in it, indented".to_owned());
            }
        } else {
            self.inline_statement(doc);
        }
        self.finish();
    }

    /// The one statement on a header's line.
    fn inline_statement(&mut self, doc: bool) {
        if doc && self.at_doc() {
            self.doc();
        } else if self.at_compound() {
            self.unexpected("one simple statement on the header's line");
            if self.enter() {
                self.statement();
                self.leave();
            } else {
                self.skip_line();
                self.eat(K::Newline);
            }
        } else {
            self.simple_line();
        }
    }

    /// The lines under a header that are deeper than it; `false` if there are none.
    pub(super) fn indented(&mut self, header: Header, body: impl FnOnce(&mut Self)) -> bool {
        let Some(line) = self.next_line().filter(|line| line.column > header.column) else { return false };
        if self.enter() {
            self.blocks.push(OpenBlock { column: line.column, soft: line.tab });
            body(self);
            self.blocks.pop();
            self.leave();
        } else {
            self.skip_deeper(header.column);
        }
        true
    }

    /// The line that begins here.
    fn next_line(&self) -> Option<Line> {
        if self.at(K::Eof) { None } else { self.layout.lines.get(self.line_at(self.pos)).copied() }
    }

    /// Skips the lines that are deeper than a column.
    pub(super) fn skip_deeper(&mut self, column: u32) {
        if self.next_line().is_none_or(|line| line.column <= column) {
            return;
        }
        self.start(K::Skipped);
        while self.next_line().is_some_and(|line| line.column > column) {
            while !self.at_end_of_line() {
                self.bump();
            }
            self.eat(K::Newline);
        }
        self.finish();
    }

    /// The column of the line that the token at `pos` is on.
    pub(super) fn column_at(&self, pos: usize) -> u32 {
        self.layout.lines.get(self.line_at(pos)).map_or(0, |line| line.column)
    }

    fn statements(&mut self, doc: bool) {
        let mut first = doc;
        self.lines(|parser| {
            if std::mem::take(&mut first) && parser.at_doc() {
                parser.doc();
            } else {
                parser.statement();
            }
        });
    }

    /// The lines of the innermost open block, each by `item`, which takes its line end too.
    pub(super) fn lines(&mut self, mut item: impl FnMut(&mut Self)) {
        let level = self.blocks.len() - 1;
        // Lines at one wrong column after each other are one mistake.
        let mut wrong_column = None;
        while let Some(line) = self.next_line() {
            let block = self.blocks[level];
            let adopts = block.soft && !line.tab && level > 0 && line.column > self.blocks[level - 1].column;
            if line.column == block.column {
                wrong_column = None;
            } else if adopts && !self.is_open(level, line.column) {
                self.blocks[level] = OpenBlock { column: line.column, soft: false };
            } else if line.column < block.column {
                if !self.is_open(level, line.column) {
                    self.misplaced(line);
                }
                return;
            } else if wrong_column.replace(line.column) != Some(line.column) {
                self.misplaced(line);
            }
            let before = self.pos;
            item(self);
            if self.pos == before {
                self.skip_line();
                self.eat(K::Newline);
            }
        }
    }

    /// Whether a block outside the one at `level` has this column.
    fn is_open(&self, level: usize, column: u32) -> bool {
        self.blocks[..level].iter().any(|block| block.column == column)
    }

    /// E0103 for the line here, once; a tab in its indentation has been reported instead.
    fn misplaced(&mut self, line: Line) {
        let index = self.line_at(self.pos);
        if line.tab || self.misplaced_line.replace(index) == Some(index) {
            return;
        }
        let span = self.token_span(self.pos);
        let columns: Vec<_> = self.blocks.iter().map(|block| (block.column + 1).to_string()).collect();
        let shown = &columns[columns.len().saturating_sub(8)..];
        let message = format!("column {} fits no open block", line.column + 1);
        self.report(Code::E0103, span, message).help =
            Some(format!("open blocks begin at column {}", shown.join(", ")));
    }

    /// Whether the next line goes on with `elif` or `else` of the statement with this header.
    pub(super) fn continues(&mut self, header: Header, word: crate::kind::SyntaxKind) -> bool {
        let Some(line) = self.next_line().filter(|_| self.at(word)) else { return false };
        if line.column < header.column {
            return false;
        }
        if line.column > header.column {
            self.misplaced(line);
        }
        true
    }

    /// Whether a string stands here alone on its line.
    fn at_doc(&self) -> bool {
        self.at(K::String) && matches!(self.nth(1), K::Newline | K::Eof)
    }

    fn doc(&mut self) {
        self.start(K::DocText);
        self.leaf(K::StringLit);
        self.finish();
        self.eat(K::Newline);
    }

    /// The indented members of an object, enum or match; `item` returns whether it found one.
    ///
    /// E0115 on the header if there is no other line than `pass` and a doc text.
    pub(super) fn members(&mut self, header: Header, what: &str, mut item: impl FnMut(&mut Self)) {
        self.start(K::Block);
        let line = self.line_at(header.pos);
        if !self.at_end_of_line() {
            self.unexpected("the end of the line");
            self.skip_line();
        }
        self.eat(K::Newline);
        let mut first = true;
        let mut n_items = 0;
        let mut pass = None;
        self.indented(header, |parser| {
            parser.lines(|parser| {
                if std::mem::take(&mut first) && parser.at_doc() {
                    parser.doc();
                } else if parser.at(K::PassKw) && matches!(parser.nth(1), K::Newline | K::Eof) {
                    pass.get_or_insert(parser.pos);
                    parser.leaf(K::PassStmt);
                    parser.eat(K::Newline);
                } else {
                    n_items += 1;
                    item(parser);
                }
            });
        });
        self.finish();
        if n_items == 0 {
            if header.colon && self.unexpected_line != Some(line) {
                let span = self.token_span(header.pos);
                self.report(Code::E0115, span, format!("{what} without members"));
            }
        } else if let Some(pos) = pass {
            self.unexpected_at(pos, "a member; `pass` is none");
        }
    }
}
