//! Text that begins with a number in; its kind, length and what is wrong with it out.
//!
//! Source: LANGUAGE §1.4.

use super::is_name_char;
use crate::ast::{IntSuffix, int_value};
use crate::kind::SyntaxKind;

/// A number as the lexer finds it.
pub(super) struct Number {
    /// `IntNumber` or `FloatNumber`.
    pub(super) kind: SyntaxKind,
    /// Bytes that belong to it.
    pub(super) len: usize,
    /// Why it is malformed.
    pub(super) error: Option<String>,
}

/// Reads the number that `text` begins with: a digit, or a point and a digit.
pub(super) fn number(text: &str) -> Number {
    let mut number = match text.as_bytes() {
        [b'0', b'x' | b'X' | b'b' | b'B' | b'o' | b'O', ..] => based(text),
        _ => decimal(text),
    };
    trailing_point(text, &mut number);
    number
}

/// How many bytes at the start of `text` are letters, digits and `_`.
fn word(text: &str) -> usize {
    text.find(|found| !is_name_char(found)).unwrap_or(text.len())
}

/// How many bytes at the start of `text` are decimal digits and `_`.
fn digits(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'_').count()
}

/// An integer with a prefix.
fn based(text: &str) -> Number {
    let len = word(text);
    let (body, _) = IntSuffix::split(&text[..len]);
    let radix = match body.as_bytes().get(1) {
        Some(b'x' | b'X') => 16,
        Some(b'b' | b'B') => 2,
        _ => 8,
    };
    let rest = body.get(2..).unwrap_or("");
    let error = if rest.is_empty() || rest.starts_with('_') {
        Some(format!("no digits after `{}`", &text[..2]))
    } else if let Some(wrong) = rest.chars().find(|&digit| digit != '_' && !digit.is_digit(radix)) {
        Some(format!("`{wrong}` is no digit of base {radix}"))
    } else {
        too_large(body)
    };
    Number { kind: SyntaxKind::IntNumber, len, error }
}

fn too_large(body: &str) -> Option<String> {
    int_value(body).is_none().then(|| "integer literal is 2^128 or more".to_owned())
}

/// A decimal integer or a float.
fn decimal(text: &str) -> Number {
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let mut at = digits(text);
    let mut float = false;
    if text[at..].starts_with('.') && is_digit(at + 1) {
        float = true;
        at += 1;
        at += digits(&text[at..]);
    }
    if text[at..].starts_with(['e', 'E']) {
        let sign = usize::from(text[at + 1..].starts_with(['+', '-']));
        if is_digit(at + 1 + sign) {
            float = true;
            at += 1 + sign;
            at += digits(&text[at..]);
        }
    }
    let kind = if float { SyntaxKind::FloatNumber } else { SyntaxKind::IntNumber };
    let body = &text[..at];
    let glued = &text[at..at + word(&text[at..])];
    let has_suffix = !float && IntSuffix::ALL.iter().any(|(_, suffix)| *suffix == glued);
    let error = if !glued.is_empty() && !has_suffix {
        Some(match (float, glued.starts_with(['i', 'u'])) {
            (true, true) => format!("a number with point or exponent takes no suffix `{glued}`"),
            _ => format!("`{glued}` touches the number `{body}`"),
        })
    } else if float {
        let apart = |mark: char| body.split(mark).any(|part| part.starts_with('_') || part.ends_with('_'));
        (apart('.') || apart('e') || apart('E')).then(|| "`_` stands between digits only".to_owned())
    } else {
        too_large(body)
    };
    Number { kind, len: at + glued.len(), error }
}

/// A point after digits is a range, or a field or call; any other belongs to the number and is wrong.
fn trailing_point(text: &str, number: &mut Number) {
    loop {
        let mut rest = text[number.len..].chars();
        if rest.next() != Some('.') {
            return;
        }
        match rest.next() {
            Some('.' | '_') => return,
            Some(next) if next.is_alphabetic() => return,
            _ => {}
        }
        number.len += 1;
        number.len += word(&text[number.len..]);
        number.error.get_or_insert_with(|| {
            let shown = &text[..number.len];
            format!("`{shown}` is no number: digits have to stand on both sides of a point, and one point at most")
        });
    }
}
