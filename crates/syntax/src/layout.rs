//! Tokens in; which line ends count, the column of every logical line, and where brackets close out.
//!
//! Blocks themselves are the parser's: it compares columns. Here lines are joined inside brackets, blank and comment
//! lines drop out, and brackets are balanced: an opening bracket always knows where it counts as closed, so the parser
//! can skip what it does not understand without losing the end.
//! Source: LANGUAGE §1.2, §20.

use crate::diagnostic::Code;
use crate::kind::SyntaxKind;
use crate::lexer::{Problem, Token};

/// A logical line: the tokens up to a line end that counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Line {
    /// Blanks before its first token; a tab fills up to a multiple of 8.
    pub(crate) column: u32,
    /// Whether there is a tab among them (E0102 has been given).
    pub(crate) tab: bool,
    /// Whether it holds a lexical or bracket error: it gets no E0110.
    pub(crate) bad: bool,
}

/// Where an opening bracket counts as closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Region {
    /// The first significant token that is not inside.
    pub(crate) end: usize,
    /// Whether that token closes the bracket (it may be of the wrong kind).
    pub(crate) closed: bool,
    /// Whether the brackets hold `secret`, `?` or `->`, so that they can only hold types.
    pub(crate) types: bool,
}

/// The significant tokens of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Layout {
    /// All tokens; line ends that do not count are `LineBreak`.
    pub(crate) tokens: Vec<Token>,
    /// Indices in `tokens` of those that the grammar sees, `Newline`s included.
    pub(crate) significant: Vec<usize>,
    /// For each significant token, the index of its line.
    pub(crate) line_of: Vec<usize>,
    /// The logical lines.
    pub(crate) lines: Vec<Line>,
    /// For each significant token that opens a bracket, where it closes.
    pub(crate) regions: Vec<Option<Region>>,
}

/// How many tokens a wrong closing bracket looks ahead for the right one.
const LOOKAHEAD_TOKENS: usize = 64;

/// Finds lines and brackets. Cost: linear.
pub(crate) fn layout(text: &str, tokens: Vec<Token>, problems: &mut Vec<Problem>) -> Layout {
    let out = Layout { tokens, ..Layout::default() };
    let mut state = State {
        text,
        out,
        problems,
        open: Vec::new(),
        n_open: vec![[0; 4]],
        n_open_strings: 0,
        last_break: None,
        indent: Indent::default(),
        in_line: false,
        types_if_continued: false,
        stray_line: None,
    };
    for at in 0..state.out.tokens.len() {
        state.token(at);
    }
    state.close_all();
    state.out
}

/// An open bracket.
struct Open {
    /// Index in `significant`.
    at: usize,
    kind: SyntaxKind,
    types: bool,
}

/// Blanks before the first token of a physical line.
#[derive(Clone, Copy, Default)]
struct Indent {
    /// Whether no token has been seen since.
    fresh: bool,
    column: u32,
    /// The bytes of the first tab.
    tab: Option<u32>,
}

struct State<'a> {
    text: &'a str,
    out: Layout,
    problems: &'a mut Vec<Problem>,
    open: Vec<Open>,
    /// Open brackets by kind, for the file and for each open hole: a closing bracket that closes none costs no search.
    n_open: Vec<[usize; 4]>,
    /// Formatted strings among the open brackets: inside them, no statement begins.
    n_open_strings: usize,
    /// The first line end after the last significant token.
    last_break: Option<usize>,
    indent: Indent,
    /// Whether a logical line is open.
    in_line: bool,
    /// A bracket with types has just been closed; what follows decides whether those around it hold types.
    types_if_continued: bool,
    /// The line whose stray closing bracket has been reported.
    stray_line: Option<usize>,
}

impl State<'_> {
    fn token(&mut self, at: usize) {
        let token = self.out.tokens[at];
        match token.kind {
            SyntaxKind::Newline => self.line_end(at),
            SyntaxKind::Whitespace if self.at_line_start(token) => self.measure(token),
            SyntaxKind::Bom => {}
            kind if kind.is_trivia() => {}
            _ => self.significant(at, token),
        }
    }

    fn at_line_start(&self, token: Token) -> bool {
        let before = &self.text.as_bytes()[..token.start as usize];
        before.is_empty() || before.ends_with(b"\n") || before == "\u{FEFF}".as_bytes()
    }

    fn measure(&mut self, token: Token) {
        self.indent = Indent { fresh: true, ..Indent::default() };
        for (at, byte) in (token.start..).zip(self.text[token.start as usize..token.end as usize].bytes()) {
            if byte == b'\t' {
                self.indent.tab.get_or_insert(at);
                self.indent.column = (self.indent.column / 8 + 1) * 8;
            } else {
                self.indent.column += 1;
            }
        }
    }

    fn line_end(&mut self, at: usize) {
        self.indent = Indent { fresh: true, ..Indent::default() };
        if self.open.is_empty() && self.in_line {
            self.end_line(at);
        } else {
            self.out.tokens[at].kind = SyntaxKind::LineBreak;
            self.last_break.get_or_insert(at);
        }
    }

    /// Makes the line end at `at` count.
    fn end_line(&mut self, at: usize) {
        self.out.tokens[at].kind = SyntaxKind::Newline;
        self.push(at);
        self.in_line = false;
        self.types_if_continued = false;
    }

    fn push(&mut self, at: usize) {
        self.out.significant.push(at);
        self.out.line_of.push(self.out.lines.len() - 1);
        self.out.regions.push(None);
    }

    fn significant(&mut self, at: usize, token: Token) {
        let first = self.indent.fresh || self.out.significant.is_empty();
        if first && self.in_line && self.begins_statement(at) {
            self.recover();
        }
        if !self.in_line {
            self.begin_line();
        }
        self.indent.fresh = false;
        self.last_break = None;
        if token.bad {
            self.mark_bad();
        }
        if std::mem::take(&mut self.types_if_continued)
            && matches!(
                token.kind,
                SyntaxKind::Comma
                    | SyntaxKind::RBracket
                    | SyntaxKind::RParen
                    | SyntaxKind::Question
                    | SyntaxKind::Arrow
            )
            && let Some(open) = self.open.last_mut()
        {
            open.types = true;
        }
        match token.kind {
            SyntaxKind::LParen
            | SyntaxKind::LBracket
            | SyntaxKind::LBrace
            | SyntaxKind::LPragma
            | SyntaxKind::FStart
            | SyntaxKind::HoleOpen => self.open(at, token.kind),
            SyntaxKind::RParen
            | SyntaxKind::RBracket
            | SyntaxKind::RBrace
            | SyntaxKind::RPragma
            | SyntaxKind::FEnd
            | SyntaxKind::HoleClose => self.close(at, token),
            SyntaxKind::SecretKw | SyntaxKind::Question | SyntaxKind::Arrow => {
                if let Some(open) = self.open.last_mut() {
                    open.types = true;
                }
                self.push(at);
            }
            _ => self.push(at),
        }
    }

    fn begin_line(&mut self) {
        let Indent { fresh, column, tab } = self.indent;
        let (column, tab) = if fresh { (column, tab) } else { (0, None) };
        self.out.lines.push(Line { column, tab: tab.is_some(), bad: false });
        self.in_line = true;
        if let Some(start) = tab {
            self.problems.push(Problem {
                code: Code::E0102,
                start,
                end: start + 1,
                message: "tab in the indentation of a statement".to_owned(),
                help: Some("indent with spaces"),
            });
        }
    }

    fn mark_bad(&mut self) {
        if let Some(line) = self.out.lines.last_mut() {
            line.bad = true;
        }
    }

    /// Whether the first token of a physical line inside brackets ends them: a statement word at or left of the column
    /// of the statement.
    fn begins_statement(&self, at: usize) -> bool {
        let Some(line) = self.out.lines.last() else { return false };
        let mut ahead = self.out.tokens[at..].iter().filter(|token| !token.kind.is_trivia());
        let Some(token) = ahead.next() else { return false };
        if self.n_open_strings > 0 || self.open.is_empty() || self.indent.column > line.column {
            return false;
        }
        match token.kind {
            SyntaxKind::DefKw
            | SyntaxKind::ObjectKw
            | SyntaxKind::EnumKw
            | SyntaxKind::VarKw
            | SyntaxKind::ReturnKw
            | SyntaxKind::ImportKw
            | SyntaxKind::WhileKw
            | SyntaxKind::BreakKw
            | SyntaxKind::ContinueKw
            | SyntaxKind::PassKw
            | SyntaxKind::DiscardKw
            | SyntaxKind::IfKw
            | SyntaxKind::ForKw => true,
            SyntaxKind::Ident => {
                let next = ahead.next().map_or(SyntaxKind::Newline, |next| next.kind);
                match &self.text[token.start as usize..token.end as usize] {
                    "const" => opens_const(next),
                    "match" => opens_match(next) && !is_closer(next) && next != SyntaxKind::Newline,
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Open brackets count as closed before the line that has begun.
    fn recover(&mut self) {
        self.close_all();
        if let Some(at) = self.last_break.take() {
            self.end_line(at);
        }
    }

    fn close_all(&mut self) {
        if let Some(innermost) = self.open.iter().rposition(|open| open.kind != SyntaxKind::FStart) {
            self.unbalanced(self.open[innermost].at);
        }
        while let Some(open) = self.open.pop() {
            self.end_region(&open, false);
        }
        self.n_open_strings = 0;
    }

    fn end_region(&mut self, open: &Open, closed: bool) {
        let end = self.out.significant.len();
        self.out.regions[open.at] = Some(Region { end, closed, types: open.types });
        match open.kind {
            SyntaxKind::FStart => self.n_open_strings = self.n_open_strings.saturating_sub(1),
            SyntaxKind::HoleOpen => drop(self.n_open.pop()),
            kind => self.count(kind, |count| count.saturating_sub(1)),
        }
    }

    /// Changes the number of open brackets of a kind in the innermost hole.
    fn count(&mut self, kind: SyntaxKind, change: fn(usize) -> usize) {
        if let (Some(counts), Some(index)) = (self.n_open.last_mut(), bracket_index(kind)) {
            counts[index] = change(counts[index]);
        }
    }

    fn open(&mut self, at: usize, kind: SyntaxKind) {
        self.open.push(Open { at: self.out.significant.len(), kind, types: false });
        match kind {
            SyntaxKind::FStart => self.n_open_strings += 1,
            SyntaxKind::HoleOpen => self.n_open.push([0; 4]),
            _ => self.count(kind, |count| count + 1),
        }
        self.push(at);
    }

    /// E0109 at an opening bracket, by its place among the significant tokens.
    fn unbalanced(&mut self, opening: usize) {
        let token = self.out.tokens[self.out.significant[opening]];
        let text = &self.text[token.start as usize..token.end as usize];
        self.report(token, format!("`{text}` is not closed"), None);
        let line = self.out.line_of[opening];
        self.out.lines[line].bad = true;
    }

    fn report(&mut self, token: Token, message: String, help: Option<&'static str>) {
        self.problems.push(Problem { code: Code::E0109, start: token.start, end: token.end, message, help });
    }

    fn close(&mut self, at: usize, token: Token) {
        match self.opening(token.kind) {
            Some(found) => {
                // What the lexer closed for want of a brace has been reported.
                if found + 1 < self.open.len() && token.start < token.end {
                    self.unbalanced(self.open[self.open.len() - 1].at);
                }
                while self.open.len() > found + 1 {
                    if let Some(open) = self.open.pop() {
                        self.end_region(&open, false);
                    }
                }
                if let Some(open) = self.open.pop() {
                    self.end_region(&open, true);
                    self.types_if_continued = open.types;
                }
            }
            None => self.wrong_close(at, token),
        }
        self.push(at);
    }

    /// Which open bracket a closing one closes; brackets in a hole close there.
    fn opening(&self, closing: SyntaxKind) -> Option<usize> {
        if bracket_index(closing).is_some_and(|index| self.n_open.last().is_none_or(|counts| counts[index] == 0)) {
            return None;
        }
        self.open.iter().rposition(|open| closes(closing, open.kind))
    }

    /// A closing bracket for which none is open.
    fn wrong_close(&mut self, at: usize, token: Token) {
        self.mark_bad();
        let text = &self.text[token.start as usize..token.end as usize];
        let line = self.out.lines.len() - 1;
        match self.open.last() {
            Some(open) if !matches!(open.kind, SyntaxKind::HoleOpen | SyntaxKind::FStart) => {
                if self.closes_later(at, open.kind) {
                    let opening = self.out.tokens[self.out.significant[open.at]];
                    let message = format!("`{text}` closes nothing");
                    if self.stray_line.replace(line) != Some(line) {
                        self.report(Token { end: token.end, start: opening.start, ..token }, message, None);
                    }
                    return;
                }
                let opening = open.at;
                if self.stray_line.replace(line) != Some(line) {
                    let opener = self.out.tokens[self.out.significant[opening]];
                    let opener_text = &self.text[opener.start as usize..opener.end as usize];
                    self.report(opener, format!("`{opener_text}` is closed by `{text}`"), None);
                }
                if let Some(open) = self.open.pop() {
                    self.end_region(&open, true);
                }
            }
            _ => {
                if self.stray_line.replace(line) != Some(line) {
                    self.report(token, format!("`{text}` closes nothing"), None);
                }
            }
        }
    }

    /// Whether the right closing bracket follows soon on this physical line.
    fn closes_later(&self, at: usize, opening: SyntaxKind) -> bool {
        let mut depth = 0usize;
        for token in self.out.tokens[at + 1..].iter().take(LOOKAHEAD_TOKENS) {
            match token.kind {
                SyntaxKind::Newline => return false,
                SyntaxKind::LParen | SyntaxKind::LBracket | SyntaxKind::LBrace | SyntaxKind::LPragma => depth += 1,
                kind if depth == 0 && closes(kind, opening) => return true,
                kind if is_closer(kind) => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => return false,
                },
                _ => {}
            }
        }
        false
    }
}

/// Whether `const` before this token opens a declaration (§2 (b)).
pub(crate) const fn opens_const(next: SyntaxKind) -> bool {
    matches!(next, SyntaxKind::Ident | SyntaxKind::String)
}

/// Whether `match` or `assert` before this token opens a statement (§2 (b)).
pub(crate) const fn opens_match(next: SyntaxKind) -> bool {
    !matches!(next, SyntaxKind::Eq | SyntaxKind::Dot | SyntaxKind::Comma | SyntaxKind::Colon) && !next.is_aug_op()
}

const fn is_closer(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::RParen
            | SyntaxKind::RBracket
            | SyntaxKind::RBrace
            | SyntaxKind::RPragma
            | SyntaxKind::HoleClose
            | SyntaxKind::FEnd
    )
}

/// Numbers the kinds of brackets, opening and closing alike.
const fn bracket_index(kind: SyntaxKind) -> Option<usize> {
    match kind {
        SyntaxKind::LParen | SyntaxKind::RParen => Some(0),
        SyntaxKind::LBracket | SyntaxKind::RBracket => Some(1),
        SyntaxKind::LBrace | SyntaxKind::RBrace => Some(2),
        SyntaxKind::LPragma | SyntaxKind::RPragma => Some(3),
        _ => None,
    }
}

/// Whether `closing` closes `opening`.
const fn closes(closing: SyntaxKind, opening: SyntaxKind) -> bool {
    matches!(
        (opening, closing),
        (SyntaxKind::LParen, SyntaxKind::RParen)
            | (SyntaxKind::LBracket, SyntaxKind::RBracket)
            | (SyntaxKind::LBrace, SyntaxKind::RBrace)
            | (SyntaxKind::LPragma, SyntaxKind::RPragma)
            | (SyntaxKind::FStart, SyntaxKind::FEnd)
            | (SyntaxKind::HoleOpen, SyntaxKind::HoleClose)
    )
}
