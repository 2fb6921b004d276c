//! Text in, tree and diagnostics out.
//!
//! Recursive descent over the significant tokens, straight into the green tree; blanks and comments are put in before
//! the token that follows them. Nothing is dropped and nothing is invented: the tree's text is the input.
//! Invariants: every loop consumes a token or ends; recursion is bounded by `DEPTH_MAX`; at most one E0110 per logical
//! line, and none on a line with a lexical error.
//! Source: LANGUAGE §2, §3, §20.

mod block;
mod decl;
mod expr;
mod stmt;
mod types;

use rowan::{Checkpoint, GreenNodeBuilder, Language};

use crate::ast::{AstNode, Module};
use crate::diagnostic::{Code, Diagnostic, FileId, Span};
use crate::kind::{Lang, SyntaxKind, SyntaxNode};
use crate::layout::{Layout, Region, layout};
use crate::lexer::{Lexed, Problem, lex};

use SyntaxKind as K;

/// Nesting of blocks, brackets, prefix operators and right-associative operands (§2 (i)).
pub(crate) const DEPTH_MAX: usize = 500;
/// Calls, fields and indices after one operand; bounds the depth of the tree.
const POSTFIX_MAX: usize = 2000;

/// The outcome of parsing a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parse {
    green: rowan::GreenNode,
    /// What is wrong with the text, in its order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parse {
    /// The root of the tree; its text is the input.
    #[must_use]
    pub fn syntax(&self) -> SyntaxNode {
        SyntaxNode::new_root(self.green.clone())
    }

    /// The typed view of the tree.
    #[must_use]
    pub fn tree(&self) -> Module {
        Module::cast(self.syntax()).expect("the parser's root is a module")
    }
}

/// Parses a file of less than 4 GiB. Cost: linear in its length.
///
/// Besides E01xx it gives the findings that only the text shows: E0402 for `secret secret T`, W0103 and W0104.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parse {
    Parser::new(file, text, false).run()
}

/// Parses a file of the standard library: `builtin` declarations and pragmas have their effect (no W0103).
#[must_use]
pub fn parse_std(file: FileId, text: &str) -> Parse {
    Parser::new(file, text, true).run()
}

/// Parses a file that may not be UTF-8: each invalid sequence is E0101 (the first of a line) and becomes U+FFFD in the
/// tree, to whose text the spans refer.
#[must_use]
pub fn parse_bytes(file: FileId, bytes: &[u8]) -> Parse {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return parse(file, text);
    }
    let mut text = String::with_capacity(bytes.len());
    let mut invalid: Vec<Problem> = Vec::new();
    let mut reported_in_line = false;
    for chunk in bytes.utf8_chunks() {
        reported_in_line &= !chunk.valid().contains('\n');
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            let start = u32::try_from(text.len()).unwrap_or(u32::MAX);
            text.push(char::REPLACEMENT_CHARACTER);
            let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
            if !std::mem::replace(&mut reported_in_line, true) {
                invalid.push(Problem {
                    code: Code::E0101,
                    start,
                    end,
                    message: "bytes that are not UTF-8".to_owned(),
                    help: Some("save the file as UTF-8"),
                });
            }
        }
    }
    let mut parser = Parser::new(file, &text, false);
    parser.diagnostics.retain(|found| !(found.code == Code::E0101 && text[found.span.range()].starts_with('\u{FFFD}')));
    for problem in invalid {
        parser.problem(problem);
    }
    parser.run()
}

/// An open block.
#[derive(Clone, Copy)]
struct OpenBlock {
    column: u32,
    /// Its first line is indented with a tab: the next one decides the column.
    soft: bool,
}

struct Parser<'a> {
    file: FileId,
    text: &'a str,
    in_std: bool,
    layout: Layout,
    /// The next significant token.
    pos: usize,
    /// The next token that is not in the tree yet.
    n_built: usize,
    builder: GreenNodeBuilder<'static>,
    diagnostics: Vec<Diagnostic>,
    depth: usize,
    too_deep: bool,
    /// The logical line of the last E0110.
    unexpected_line: Option<usize>,
    /// The logical line of the last E0103.
    misplaced_line: Option<usize>,
    /// The logical line of the last E0114.
    secret_line: Option<usize>,
    blocks: Vec<OpenBlock>,
}

impl<'a> Parser<'a> {
    fn new(file: FileId, text: &'a str, in_std: bool) -> Self {
        let Lexed { tokens, mut problems } = lex(text);
        let layout = layout(text, tokens, &mut problems);
        let mut parser = Self {
            file,
            text,
            in_std,
            layout,
            pos: 0,
            n_built: 0,
            builder: GreenNodeBuilder::new(),
            diagnostics: Vec::new(),
            depth: 0,
            too_deep: false,
            unexpected_line: None,
            misplaced_line: None,
            secret_line: None,
            blocks: vec![OpenBlock { column: 0, soft: false }],
        };
        for problem in problems {
            parser.problem(problem);
        }
        parser
    }

    fn run(mut self) -> Parse {
        self.builder.start_node(Lang::kind_to_raw(K::Module));
        self.module();
        self.trivia();
        self.builder.finish_node();
        self.diagnostics.sort_by_key(|found| (found.span.start, found.code));
        Parse { green: self.builder.finish(), diagnostics: self.diagnostics }
    }

    fn problem(&mut self, problem: Problem) {
        let span = Span { file: self.file, start: problem.start, end: problem.end };
        let mut diagnostic = Diagnostic::new(problem.code, span, problem.message);
        diagnostic.help = problem.help.map(str::to_owned);
        self.diagnostics.push(diagnostic);
    }

    // Looking.

    /// The kind of the `ahead`-th token from here.
    fn nth(&self, ahead: usize) -> SyntaxKind {
        match self.layout.significant.get(self.pos + ahead) {
            Some(&at) => self.layout.tokens[at].kind,
            None => K::Eof,
        }
    }

    fn current(&self) -> SyntaxKind {
        self.nth(0)
    }

    fn at(&self, kind: SyntaxKind) -> bool {
        self.current() == kind
    }

    fn at_end_of_line(&self) -> bool {
        matches!(self.current(), K::Newline | K::Eof)
    }

    /// The text of the `ahead`-th token from here.
    fn nth_text(&self, ahead: usize) -> &'a str {
        match self.layout.significant.get(self.pos + ahead) {
            Some(&at) => &self.text[self.layout.tokens[at].start as usize..self.layout.tokens[at].end as usize],
            None => "",
        }
    }

    /// Whether a contextual word stands here.
    fn at_word(&self, word: &str) -> bool {
        self.at(K::Ident) && self.nth_text(0) == word
    }

    /// The bytes of a significant token; the end of the text past the last.
    fn token_span(&self, pos: usize) -> Span {
        match self.layout.significant.get(pos) {
            Some(&at) => {
                let token = self.layout.tokens[at];
                Span { file: self.file, start: token.start, end: token.end }
            }
            None => {
                let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
                Span { file: self.file, start: end, end }
            }
        }
    }

    /// The index of the logical line of a significant token; of the last line at the end.
    fn line_at(&self, pos: usize) -> usize {
        self.layout.line_of.get(pos).or(self.layout.line_of.last()).copied().unwrap_or(0)
    }

    fn line_is_bad(&self, line: usize) -> bool {
        self.layout.lines.get(line).is_some_and(|line| line.bad)
    }

    fn mark_bad(&mut self) {
        let line = self.line_at(self.pos);
        if let Some(line) = self.layout.lines.get_mut(line) {
            line.bad = true;
        }
    }

    // Building.

    /// Puts blanks and comments before the next significant token into the tree.
    fn trivia(&mut self) {
        let until = self.layout.significant.get(self.pos).copied().unwrap_or(self.layout.tokens.len());
        while self.n_built < until {
            self.build();
        }
    }

    fn build(&mut self) {
        let token = self.layout.tokens[self.n_built];
        self.n_built += 1;
        // Closing tokens that the text lacks are empty, and the tree holds text only.
        if token.start < token.end {
            let text = &self.text[token.start as usize..token.end as usize];
            self.builder.token(Lang::kind_to_raw(token.kind), text);
        }
    }

    fn start(&mut self, kind: SyntaxKind) {
        self.trivia();
        self.builder.start_node(Lang::kind_to_raw(kind));
    }

    fn checkpoint(&mut self) -> Checkpoint {
        self.trivia();
        self.builder.checkpoint()
    }

    fn start_at(&mut self, checkpoint: Checkpoint, kind: SyntaxKind) {
        self.builder.start_node_at(checkpoint, Lang::kind_to_raw(kind));
    }

    fn finish(&mut self) {
        self.builder.finish_node();
    }

    /// Takes the next token into the tree.
    fn bump(&mut self) {
        self.trivia();
        if self.pos < self.layout.significant.len() {
            self.build();
            self.pos += 1;
        }
    }

    fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    /// A node of one token.
    fn leaf(&mut self, kind: SyntaxKind) {
        self.start(kind);
        self.bump();
        self.finish();
    }

    /// A node of no token, where something is missing.
    fn missing(&mut self, kind: SyntaxKind) {
        // Without the blanks before it: it stands at the end of what was understood.
        self.builder.start_node(Lang::kind_to_raw(kind));
        self.finish();
    }

    // Reporting.

    fn report(&mut self, code: Code, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.diagnostics.push(Diagnostic::new(code, span, message));
        self.diagnostics.last_mut().expect("a diagnostic has just been pushed")
    }

    /// E0110 at the current token, unless its line has had one or holds a lexical error; E0114 at `secret`.
    fn unexpected(&mut self, expected: &str) {
        if self.at(K::SecretKw) {
            return self.report_secret();
        }
        let message = format!("expected {expected}, found {}", self.describe());
        let advice = self.advice();
        if self.reject(self.pos, self.error_span(), message)
            && let (Some(advice), Some(found)) = (advice, self.diagnostics.last_mut())
        {
            found.help = Some(advice.to_owned());
        }
    }

    /// E0110 at an earlier token, where something is missing that should follow it.
    fn unexpected_at(&mut self, pos: usize, expected: &str) {
        self.reject(pos, self.token_span(pos), format!("expected {expected}"));
    }

    /// E0110 on the line of the token at `pos`, unless it has had one or holds a lexical error; whether it was given.
    fn reject(&mut self, pos: usize, span: Span, message: String) -> bool {
        let line = self.line_at(pos);
        let given = !self.line_is_bad(line) && self.unexpected_line.replace(line) != Some(line);
        if given {
            self.report(Code::E0110, span, message);
        }
        given
    }

    /// E0114 at the current `secret`, once per line.
    fn report_secret(&mut self) {
        let line = self.line_at(self.pos);
        if self.secret_line.replace(line) != Some(line) {
            let span = self.token_span(self.pos);
            self.report(Code::E0114, span, "`secret` stands outside a type").help =
                Some("write it in a type, as in `var x: secret int64 = 1`".to_owned());
        }
        self.mark_bad();
    }

    /// What to write instead of the current token, where habits of other languages lead here.
    fn advice(&self) -> Option<&'static str> {
        Some(match self.current() {
            K::Semicolon => "write each statement on its own line",
            K::Backslash => "a statement goes on over several lines inside brackets",
            K::Question => "a conditional is `a if c else b`; `T?` is a type",
            K::Eq => "a comparison is `==`; an assignment is a statement of its own",
            K::At => "there are no decorators",
            K::Star | K::StarStar => "there are no star arguments; `*xs: T` collects arguments in a `def`",
            K::ForKw if self.pos > 0 => "a comprehension stands in `[ ]` or `{ }`",
            _ => return None,
        })
    }

    /// Where an error at the current token is shown: line ends are shown at the end of what precedes them.
    fn error_span(&self) -> Span {
        if self.at_end_of_line() && self.pos > 0 {
            let end = self.token_span(self.pos - 1).end;
            return Span { file: self.file, start: end, end };
        }
        self.token_span(self.pos)
    }

    /// The current token in words.
    fn describe(&self) -> String {
        match self.current() {
            K::Eof => "the end of the file".to_owned(),
            K::Newline => "the end of the line".to_owned(),
            K::String | K::FStart => "a string".to_owned(),
            K::HoleClose | K::FEnd => "the end of the hole".to_owned(),
            K::HoleColon => "a format".to_owned(),
            _ => format!("`{}`", self.nth_text(0)),
        }
    }

    // Recovering.

    /// Where the bracket opened at `pos` counts as closed.
    fn region(&self, pos: usize) -> Region {
        let end = self.layout.significant.len();
        self.layout.regions.get(pos).copied().flatten().unwrap_or(Region { end, closed: false, types: false })
    }

    /// Takes the next token into the tree, with all that it encloses if it opens a bracket.
    fn bump_group(&mut self) {
        match self.layout.regions.get(self.pos).copied().flatten() {
            Some(region) => {
                let until = region.end + usize::from(region.closed);
                while self.pos < until {
                    self.bump();
                }
            }
            None => self.bump(),
        }
    }

    /// Puts the tokens before `end` that `stop` does not name into a `Skipped` node; brackets are skipped as a whole.
    fn skip_until(&mut self, end: usize, stop: impl Fn(&Self) -> bool) {
        if self.pos >= end || self.at(K::Eof) || stop(self) {
            return;
        }
        self.start(K::Skipped);
        while self.pos < end && !self.at(K::Eof) && !stop(self) {
            self.bump_group();
        }
        self.finish();
    }

    /// Skips to the end of the line.
    fn skip_line(&mut self) {
        self.skip_until(usize::MAX, Self::at_end_of_line);
    }

    /// Goes one level deeper; `false`, with E0117 the first time, if that is too deep.
    fn enter(&mut self) -> bool {
        if self.depth >= DEPTH_MAX {
            self.report_too_deep(self.pos);
            return false;
        }
        self.depth += 1;
        true
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn report_too_deep(&mut self, pos: usize) {
        self.mark_bad();
        if !std::mem::replace(&mut self.too_deep, true) {
            let span = self.token_span(pos);
            let message = format!("nesting deeper than {DEPTH_MAX}");
            self.report(Code::E0117, span, message).help =
                Some("split the code into functions or variables".to_owned());
        }
    }

    // Parts that statements, types and expressions share.

    /// A name; a reserved word too if `any_word`, as after a point.
    fn name(&mut self, any_word: bool) -> bool {
        if self.at(K::Ident) || (any_word && self.current().is_keyword()) {
            self.leaf(K::Name);
            return true;
        }
        self.unexpected("a name");
        false
    }

    /// A name that may be `main` or `type`.
    fn member_name(&mut self) -> bool {
        if self.at(K::MainKw) || self.at(K::TypeKw) {
            self.leaf(K::Name);
            return true;
        }
        self.name(false)
    }

    /// `open item {"," item} [","] close`; the opening bracket is here. Returns the number of items.
    fn delimited(&mut self, what: &str, mut item: impl FnMut(&mut Self)) -> usize {
        let opening = self.pos;
        self.bump();
        let end = self.region(opening).end;
        let mut n_items = 0;
        while self.pos < end {
            item(self);
            n_items += 1;
            if self.pos >= end {
                break;
            }
            if !self.at(K::Comma) {
                self.unexpected(what);
                self.skip_until(end, |parser| parser.at(K::Comma));
            }
            self.eat(K::Comma);
        }
        self.close(opening);
        n_items
    }

    /// Ends the bracket opened at `opening`: skips what is left in it, takes its closing token if there is one.
    fn close(&mut self, opening: usize) {
        let region = self.region(opening);
        if self.pos < region.end {
            self.unexpected("the closing bracket");
            self.skip_until(region.end, |_| false);
        }
        if region.closed && self.pos == region.end {
            self.bump();
        }
    }

    /// A bracket that is too deep: all of it, as an error.
    fn skip_group(&mut self, kind: SyntaxKind) {
        self.start(kind);
        self.bump_group();
        self.finish();
    }
}
