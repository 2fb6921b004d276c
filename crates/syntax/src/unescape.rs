//! The source text of a string in, its value out; and where escapes are wrong.
//!
//! Source: LANGUAGE §1.5–1.6.

/// The quotes of a string literal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Quotes {
    /// `"` or `'`.
    pub(crate) mark: char,
    /// Whether there are three, so that lines may end inside.
    pub(crate) triple: bool,
}

impl Quotes {
    /// The quotes that `text` begins with.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let mark = text.chars().next().filter(|&first| first == '"' || first == '\'')?;
        let triple = if mark == '"' { text.starts_with("\"\"\"") } else { text.starts_with("'''") };
        Some(Self { mark, triple })
    }

    /// How many bytes they take.
    pub(crate) const fn len(self) -> usize {
        if self.triple { 3 } else { 1 }
    }

    /// Whether `text` begins with them.
    pub(crate) fn close(self, text: &str) -> bool {
        text.chars().take(self.len()).filter(|&found| found == self.mark).count() == self.len()
    }

    /// A literal without its quotes; the closing ones may be missing.
    pub(crate) fn strip(text: &str) -> &str {
        let Some(quotes) = Self::of(text) else { return text };
        let body = &text[quotes.len()..];
        let end = string_end(body, quotes);
        &body[..end.body]
    }
}

/// How a string literal ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct StringEnd {
    /// Bytes before the closing quotes, or before the end of line or file.
    pub(crate) body: usize,
    /// Whether there are closing quotes.
    pub(crate) closed: bool,
}

/// Where the literal whose opening quotes stand before `body` ends.
pub(crate) fn string_end(body: &str, quotes: Quotes) -> StringEnd {
    let bytes = body.as_bytes();
    let mark = quotes.mark as u8;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => {
                // An escaped line end does not carry a string to the next line.
                let ends_line = matches!(bytes.get(at + 1), Some(b'\n')) || bytes[at + 1..].starts_with(b"\r\n");
                at += if ends_line && !quotes.triple { 1 } else { 2 };
            }
            b'\n' if !quotes.triple => {
                let body = if at > 0 && bytes[at - 1] == b'\r' { at - 1 } else { at };
                return StringEnd { body, closed: false };
            }
            _ if byte == mark && (!quotes.triple || bytes[at..].starts_with(&[mark; 3])) => {
                return StringEnd { body: at, closed: true };
            }
            _ => at += 1,
        }
    }
    StringEnd { body: bytes.len(), closed: false }
}

/// One escape: what it stands for (`None` if it is unknown) and its length in bytes, backslash included.
///
/// `text` begins with the backslash.
pub(crate) fn escape(text: &str) -> (Option<char>, usize) {
    let mut chars = text.chars();
    chars.next();
    let Some(letter) = chars.next() else { return (None, 1) };
    let simple = match letter {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        '0' => Some('\0'),
        '\\' | '"' | '\'' => Some(letter),
        'u' => return unicode_escape(text),
        _ => None,
    };
    (simple, 1 + letter.len_utf8())
}

/// `\u{1–6 hex digits}`.
fn unicode_escape(text: &str) -> (Option<char>, usize) {
    let Some(rest) = text[2..].strip_prefix('{') else { return (None, 2) };
    let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    if !rest[digits..].starts_with('}') {
        return (None, 3 + digits);
    }
    let value = if (1..=6).contains(&digits) { u32::from_str_radix(&rest[..digits], 16).ok() } else { None };
    (value.and_then(char::from_u32), digits + 4)
}

/// Decodes the inside of a literal; in formatted strings `{{` and `}}` are one brace.
pub(crate) fn unescape(text: &str, formatted: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let used = match next {
            '\\' => {
                let (value, used) = escape(rest);
                out.push(value.unwrap_or(char::REPLACEMENT_CHARACTER));
                used
            }
            '\r' if rest.starts_with("\r\n") => {
                out.push('\n');
                2
            }
            '{' | '}' if formatted && rest[1..].starts_with(next) => {
                out.push(next);
                2
            }
            _ => {
                out.push(next);
                next.len_utf8()
            }
        };
        rest = &rest[used..];
    }
    out
}
