//! Text in, tokens out: every byte belongs to exactly one token, and what is wrong with tokens is listed beside them.
//!
//! `logos` finds where a token ends; this file does what needs memory: a stack of formatted strings whose holes are
//! tokenised like everything else. Formatted strings and holes are always closed in the output: where the text does not
//! close them, the closing token is empty.
//! Not here: which line ends count, brackets (`layout`).
//! Source: LANGUAGE §1.

mod number;

use logos::Logos;

use crate::diagnostic::Code;
use crate::kind::SyntaxKind;
use crate::unescape::{Quotes, escape, string_end};

/// A token and its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: SyntaxKind,
    /// First byte.
    pub(crate) start: u32,
    /// One past the last byte.
    pub(crate) end: u32,
    /// Whether it holds a lexical error, so that its statement gets no E0110.
    pub(crate) bad: bool,
}

/// Something wrong at some bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Problem {
    /// Its code.
    pub(crate) code: Code,
    /// First byte.
    pub(crate) start: u32,
    /// One past the last byte.
    pub(crate) end: u32,
    /// What happened.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<&'static str>,
}

/// The tokens of a text, and its lexical errors in no particular order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Lexed {
    /// In order, without gaps.
    pub(crate) tokens: Vec<Token>,
    /// What is wrong.
    pub(crate) problems: Vec<Problem>,
}

/// Tokenises a text of less than 4 GiB. Cost: linear.
pub(crate) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { text, pos: 0, out: Lexed::default(), frames: Vec::new() };
    lexer.forbidden_characters();
    while lexer.pos < text.len() {
        match lexer.frames.last() {
            Some(frame) if frame.hole.is_none() => lexer.format_text(),
            _ => lexer.plain(),
        }
    }
    lexer.unwind(true, |_| true);
    lexer.out
}

/// Byte offsets of a text below 4 GiB fit 32 bits.
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Characters that change the direction of the text around them (Unicode property `Bidi_Control`).
const fn is_bidi_control(found: char) -> bool {
    matches!(found, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Continues a name.
fn is_name_char(found: char) -> bool {
    found == '_' || found.is_alphanumeric()
}

/// An open formatted string.
struct Frame {
    quotes: Quotes,
    /// Where it begins.
    start: usize,
    /// Whether it, or one around it, has to end on its line.
    line_bound: bool,
    /// The open hole.
    hole: Option<HoleState>,
}

/// An open hole of a formatted string.
struct HoleState {
    /// Where `{` stands.
    start: usize,
    /// Tokens before its content.
    n_tokens: usize,
    /// Open brackets of all kinds inside.
    depth: usize,
    /// Open braces inside.
    braces: usize,
}

struct Lexer<'a> {
    text: &'a str,
    pos: usize,
    out: Lexed,
    frames: Vec<Frame>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.pos..]
    }

    fn push(&mut self, kind: SyntaxKind, len: usize) {
        self.push_marked(kind, len, false);
    }

    fn push_marked(&mut self, kind: SyntaxKind, len: usize, bad: bool) {
        let start = self.pos;
        self.pos += len;
        self.out.tokens.push(Token { kind, start: narrow(start), end: narrow(self.pos), bad });
    }

    fn problem(
        &mut self,
        code: Code,
        start: usize,
        end: usize,
        message: impl Into<String>,
        help: Option<&'static str>,
    ) {
        self.out.problems.push(Problem { code, start: narrow(start), end: narrow(end), message: message.into(), help });
    }

    /// Reports lone carriage returns and bidirectional controls wherever they stand, once per line and kind.
    fn forbidden_characters(&mut self) {
        let (mut cr_in_line, mut bidi_in_line) = (false, false);
        let mut previous_cr = None;
        for (at, found) in self.text.char_indices().chain([(self.text.len(), '\0')]) {
            if let Some(cr) = previous_cr.take()
                && found != '\n'
                && !cr_in_line
            {
                cr_in_line = true;
                let help = Some("end lines with LF or CRLF");
                self.problem(Code::E0101, cr, cr + 1, "carriage return without a line feed", help);
            }
            match found {
                '\r' => previous_cr = Some(at),
                '\n' => (cr_in_line, bidi_in_line) = (false, false),
                _ if is_bidi_control(found) && !bidi_in_line => {
                    bidi_in_line = true;
                    let message = format!("bidirectional control character U+{:04X}", u32::from(found));
                    let help = Some("it can make the text look different from what is run; remove it");
                    self.problem(Code::E0101, at, at + found.len_utf8(), message, help);
                }
                _ => {}
            }
        }
    }

    /// One token outside literal text.
    fn plain(&mut self) {
        let rest = self.rest();
        let mut raw = SyntaxKind::lexer(rest);
        let kind = raw.next().and_then(Result::ok);
        let len = raw.span().end;
        match kind {
            Some(SyntaxKind::Newline) if self.in_line_bound_hole() => self.unclosed_hole(),
            Some(SyntaxKind::Comment) => self.comment(),
            Some(SyntaxKind::Ident) => self.name(len),
            Some(SyntaxKind::IntNumber) => self.number(),
            Some(SyntaxKind::String) => self.string(),
            Some(kind) => self.operator(kind, len),
            None => self.other(),
        }
    }

    fn comment(&mut self) {
        let rest = self.rest();
        let end = rest.find('\n').unwrap_or(rest.len());
        let end = if rest[..end].ends_with('\r') && end < rest.len() { end - 1 } else { end };
        self.push(SyntaxKind::Comment, end);
    }

    /// A name whose first `len` bytes are known, or the start of a formatted string.
    fn name(&mut self, len: usize) {
        let rest = self.rest();
        let len = len + rest[len..].find(|found| !is_name_char(found)).unwrap_or(rest.len() - len);
        let text = &rest[..len];
        if let ("f" | "F", Some(quotes)) = (text, Quotes::of(&rest[len..])) {
            let line_bound = !quotes.triple || self.frames.last().is_some_and(|outer| outer.line_bound);
            self.frames.push(Frame { quotes, start: self.pos, line_bound, hole: None });
            self.push(SyntaxKind::FStart, len + quotes.len());
            return;
        }
        self.push(SyntaxKind::keyword(text).unwrap_or(SyntaxKind::Ident), len);
    }

    fn number(&mut self) {
        let number = number::number(self.rest());
        match number.error {
            None => self.push(number.kind, number.len),
            Some(message) => {
                self.problem(Code::E0105, self.pos, self.pos + number.len, message, None);
                self.push_marked(SyntaxKind::ErrorToken, number.len, true);
            }
        }
    }

    fn string(&mut self) {
        let rest = self.rest();
        let Some(quotes) = Quotes::of(rest) else { return self.other() };
        let body = &rest[quotes.len()..];
        let end = string_end(body, quotes);
        if self.in_line_bound_hole() && (!end.closed || body[..end.body].contains('\n')) {
            return self.unclosed_hole();
        }
        let bad = self.escapes(self.pos + quotes.len(), &body[..end.body]);
        let mut len = quotes.len() + end.body;
        if end.closed {
            len += quotes.len();
        } else {
            self.unterminated(self.pos, quotes);
        }
        self.push_marked(SyntaxKind::String, len, bad || !end.closed);
    }

    fn unterminated(&mut self, start: usize, quotes: Quotes) {
        let (message, help) = if quotes.triple {
            ("string without closing quotes", "close it with the same three quotes")
        } else {
            ("string does not end on its line", "close it, or use triple quotes for text of several lines")
        };
        self.problem(Code::E0107, start, self.pos.max(start + 1), message, Some(help));
    }

    /// Reports the unknown escapes of a string's inside that begins at `at`; whether there is one.
    fn escapes(&mut self, at: usize, body: &str) -> bool {
        let mut bad = false;
        let mut from = 0;
        while let Some(found) = body[from..].find('\\') {
            let start = from + found;
            let (value, len) = escape(&body[start..]);
            // A backslash before the end of an open string is no second mistake.
            if value.is_none() && start + 1 < body.len() {
                bad = true;
                self.unknown_escape(at + start, len);
            }
            from = start + len;
        }
        bad
    }

    fn unknown_escape(&mut self, at: usize, len: usize) {
        let text = &self.text[at..at + len];
        let (message, help) = if text.starts_with("\\u") {
            (format!("`{text}` is no character"), "write `\\u{…}` with 1 to 6 hex digits of a Unicode scalar value")
        } else {
            (
                format!("unknown escape `{}`", text.escape_debug().to_string().replace("\\\\", "\\")),
                "escapes are \\n \\t \\r \\0 \\\\ \\\" \\' \\u{…}; a backslash is `\\\\`",
            )
        };
        self.problem(Code::E0106, at, at + len, message, Some(help));
    }

    /// What `logos` knows no token for: names beyond ASCII, a byte-order mark, illegal characters.
    fn other(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return };
        if first.is_alphabetic() {
            return self.name(first.len_utf8());
        }
        if first == '\u{FEFF}' && self.pos == 0 {
            return self.push(SyntaxKind::Bom, first.len_utf8());
        }
        // A run of illegal characters is one mistake.
        let illegal = |found: char| {
            matches!(found, '$' | '`' | '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\x7F')
                || (!found.is_ascii() && !found.is_alphabetic())
        };
        let len = rest.find(|found| !illegal(found)).unwrap_or(rest.len()).max(first.len_utf8());
        if first != '\r' && !is_bidi_control(first) {
            let message = match first {
                _ if first.is_control() || first.is_whitespace() => {
                    format!("illegal character U+{:04X}", u32::from(first))
                }
                _ => format!("illegal character `{first}`"),
            };
            self.problem(Code::E0101, self.pos, self.pos + first.len_utf8(), message, None);
        }
        self.push_marked(SyntaxKind::ErrorToken, len, true);
    }

    /// An operator or delimiter; holes end at theirs.
    fn operator(&mut self, kind: SyntaxKind, len: usize) {
        let foreign = match kind {
            SyntaxKind::AmpAmp => Some("write `and`"),
            SyntaxKind::PipePipe => Some("write `or`"),
            SyntaxKind::Bang => Some("write `not`"),
            SyntaxKind::EqEqEq => Some("write `==`"),
            _ => None,
        };
        if foreign.is_some() {
            let message = format!("`{}` is no operator here", &self.rest()[..len]);
            self.problem(Code::E0111, self.pos, self.pos + len, message, foreign);
            return self.push_marked(kind, len, true);
        }
        if kind == SyntaxKind::LPragma && self.rest()[len..].starts_with(|next: char| next.is_ascii_digit()) {
            return self.operator(SyntaxKind::LBrace, 1);
        }
        let Some(hole) = self.frames.last_mut().and_then(|frame| frame.hole.as_mut()) else {
            return self.push(kind, len);
        };
        match kind {
            SyntaxKind::LParen | SyntaxKind::LBracket => hole.depth += 1,
            SyntaxKind::RParen | SyntaxKind::RBracket => hole.depth = hole.depth.saturating_sub(1),
            SyntaxKind::LBrace | SyntaxKind::LPragma => {
                hole.depth += 1;
                hole.braces += 1;
            }
            SyntaxKind::RBrace if hole.braces == 0 => return self.close_hole(1),
            SyntaxKind::RPragma if hole.braces == 0 => return self.push(SyntaxKind::Dot, 1),
            SyntaxKind::RBrace | SyntaxKind::RPragma => {
                hole.depth = hole.depth.saturating_sub(1);
                hole.braces -= 1;
            }
            SyntaxKind::Colon if hole.depth == 0 => return self.format_spec(),
            _ => {}
        }
        self.push(kind, len);
    }

    fn in_line_bound_hole(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.line_bound && frame.hole.is_some())
    }

    /// `:` of a hole and the format behind it.
    fn format_spec(&mut self) {
        self.push(SyntaxKind::HoleColon, 1);
        let Some(frame) = self.frames.last() else { return };
        let quotes = frame.quotes;
        let rest = self.rest();
        let end = rest
            .char_indices()
            .find(|&(at, found)| found == '}' || found == '\n' || quotes.close(&rest[at..]))
            .map_or(rest.len(), |(at, _)| at);
        let end = if rest[..end].ends_with('\r') { end - 1 } else { end };
        if end > 0 {
            self.push(SyntaxKind::FormatSpec, end);
        }
        match self.rest().starts_with('}') {
            true => self.close_hole(1),
            false => self.unclosed_hole(),
        }
    }

    /// `}` of a hole, `len` bytes of it.
    fn close_hole(&mut self, len: usize) {
        let Some(hole) = self.frames.last_mut().and_then(|frame| frame.hole.take()) else { return };
        let content = &self.out.tokens[hole.n_tokens..];
        let first = content.iter().find(|token| !token.kind.is_trivia() && token.kind != SyntaxKind::Newline);
        let empty = first.is_none_or(|token| token.kind == SyntaxKind::HoleColon);
        if empty && len > 0 {
            let help = Some("write `{{` and `}}` for braces");
            self.problem(Code::E0108, hole.start, self.pos + len, "empty hole in a formatted string", help);
        }
        self.push_marked(SyntaxKind::HoleClose, len, empty || len == 0);
    }

    /// A hole that its line or string ends: closes the hole, and the string too.
    fn unclosed_hole(&mut self) {
        let Some(frame) = self.frames.last() else { return };
        let quotes = frame.quotes;
        if let Some(hole) = &frame.hole {
            let start = hole.start;
            let help = Some("close the hole with `}`; for a brace write `{{`");
            self.problem(Code::E0108, start, start + 1, "hole of a formatted string is not closed", help);
        }
        self.close_hole(0);
        if quotes.close(self.rest()) {
            self.end_string(quotes.len());
            return;
        }
        self.end_string(0);
        let rest = self.rest();
        let end = rest.find('\n').unwrap_or(rest.len());
        let end = if rest[..end].ends_with('\r') { end - 1 } else { end };
        if end > 0 {
            self.push_marked(SyntaxKind::ErrorToken, end, true);
        }
        self.unwind(false, |frame| frame.line_bound);
    }

    /// Ends the innermost formatted string, with `len` bytes of closing quotes.
    fn end_string(&mut self, len: usize) {
        self.frames.pop();
        self.push_marked(SyntaxKind::FEnd, len, len == 0);
    }

    /// Ends the open formatted strings that `which` names, innermost first, which is reported if `report`.
    fn unwind(&mut self, report: bool, which: fn(&Frame) -> bool) {
        let mut reported = !report;
        while let Some(frame) = self.frames.last()
            && which(frame)
        {
            let (start, quotes, in_hole) = (frame.start, frame.quotes, frame.hole.is_some());
            if !reported && in_hole {
                reported = true;
                let hole = frame.hole.as_ref().map_or(start, |hole| hole.start);
                self.problem(Code::E0108, hole, hole + 1, "hole of a formatted string is not closed", None);
            } else if !reported {
                reported = true;
                self.unterminated(start, quotes);
            }
            self.close_hole(0);
            self.end_string(0);
        }
    }

    /// Literal text of a formatted string, up to a hole, the closing quotes, or the end of the line.
    fn format_text(&mut self) {
        let Some(frame) = self.frames.last() else { return };
        let (quotes, line_bound, string_start) = (frame.quotes, frame.line_bound, frame.start);
        let rest = self.rest();
        let mut at = 0;
        let mut bad = false;
        while let Some(next) = rest[at..].chars().next() {
            let here = &rest[at..];
            match next {
                _ if quotes.close(here) => break,
                '\n' if line_bound => break,
                '\r' if line_bound && here.starts_with("\r\n") => break,
                '\\' => {
                    let (value, mut len) = escape(here);
                    if value.is_none() {
                        bad = true;
                        // Braces and line ends keep their meaning after a stray backslash.
                        if here[1..].starts_with(['{', '}', '\n', '\r']) {
                            len = 1;
                        }
                        let ends_line = here[1..].is_empty() || here[1..].starts_with(['\n', '\r']);
                        if !(line_bound && ends_line) {
                            self.unknown_escape(self.pos + at, len);
                        }
                    }
                    at += len;
                }
                '{' | '}' if here[1..].starts_with(next) => at += 2,
                '{' => break,
                '}' => {
                    bad = true;
                    let (start, help) = (self.pos + at, Some("write `}}` for a brace"));
                    self.problem(Code::E0108, start, start + 1, "`}` without a hole", help);
                    at += 1;
                }
                _ => at += next.len_utf8(),
            }
        }
        if at > 0 {
            self.push_marked(SyntaxKind::FText, at, bad);
        }
        let rest = self.rest();
        if quotes.close(rest) {
            self.end_string(quotes.len());
        } else if rest.starts_with('{') {
            let start = self.pos;
            self.push(SyntaxKind::HoleOpen, 1);
            let n_tokens = self.out.tokens.len();
            if let Some(frame) = self.frames.last_mut() {
                frame.hole = Some(HoleState { start, n_tokens, depth: 0, braces: 0 });
            }
        } else if !rest.is_empty() {
            self.unterminated(string_start, quotes);
            self.end_string(0);
            self.unwind(false, |frame| frame.line_bound);
        }
    }
}
