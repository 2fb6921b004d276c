//! A format spec of an f-string in, the formatted text of a value out (LANGUAGE §1.6; the text is Python's).

use super::decimal::{Real, write_exponent};
use super::print_scalar;
use crate::{ScalarTy, to_i128};

/// Greatest width and number of digits that a spec may ask for.
const SIZE_MAX: usize = 9999;

/// A parsed format spec.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FormatSpec {
    fill: Option<char>,
    align: Option<Align>,
    plus: bool,
    prefix: bool,
    zero: bool,
    width: usize,
    comma: bool,
    digits: Option<usize>,
    kind: Option<char>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Align {
    Left,
    Right,
    Centre,
}

/// What a spec is to format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpecFor {
    /// An integer or enum.
    Int,
    /// A float or fixed value.
    Real,
    /// A string or bool.
    Text,
    /// A secret, or any other value: alignment and width only.
    Other,
}

/// A text that is no format spec.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is not a format spec")]
pub struct SpecError(pub String);

impl From<ScalarTy> for SpecFor {
    fn from(ty: ScalarTy) -> Self {
        match ty {
            ScalarTy::Bool => Self::Text,
            ScalarTy::Int(_) => Self::Int,
            ScalarTy::Fix(_) | ScalarTy::Float => Self::Real,
        }
    }
}

impl FormatSpec {
    /// Reads `[[fill] ("<"|">"|"^")] ["+"] ["#"] ["0"] [width] [","] ["." digits] [kind]`.
    ///
    /// # Errors
    /// If the text has another form, or a width or number of digits above 9999.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        Self::read(text).ok_or_else(|| SpecError(text.to_owned()))
    }

    fn read(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut chars = text.chars();
        let (first, second) = (chars.next(), chars.next());
        let mut fill = None;
        let mut align = None;
        if let (Some(filler), Some(found)) = (first, second.and_then(align_of)) {
            (fill, align) = (Some(filler), Some(found));
            rest = chars.as_str();
        } else if let Some(found) = first.and_then(align_of) {
            align = Some(found);
            rest = &rest[1..];
        }
        let mut flag = |sign: char| {
            let after = rest.strip_prefix(sign);
            rest = after.unwrap_or(rest);
            after.is_some()
        };
        let (plus, prefix, zero) = (flag('+'), flag('#'), flag('0'));
        let width = take_number(&mut rest)?.unwrap_or(0);
        let comma = rest.strip_prefix(',').map(|after| rest = after).is_some();
        let digits = match rest.strip_prefix('.') {
            None => None,
            Some(after) => {
                rest = after;
                Some(take_number(&mut rest)??)
            }
        };
        let mut kinds = rest.chars();
        let kind = kinds.next();
        let known = kind.is_none_or(|kind| "dxXboefg%s".contains(kind));
        (known && kinds.next().is_none()).then_some(Self {
            fill,
            align,
            plus,
            prefix,
            zero,
            width,
            comma,
            digits,
            kind,
        })
    }

    /// Whether the spec may format such a value; if not, the program is rejected (E0318).
    #[must_use]
    pub fn suits(&self, what: SpecFor) -> bool {
        let plain = !self.plus && !self.prefix && !self.comma;
        match what {
            SpecFor::Int => {
                let based = matches!(self.kind, Some('x' | 'X' | 'b' | 'o'));
                let kind = based || matches!(self.kind, None | Some('d'));
                kind && self.digits.is_none() && !(self.comma && based)
            }
            SpecFor::Real => matches!(self.kind, None | Some('e' | 'f' | 'g' | '%')) && !self.prefix,
            SpecFor::Text => plain && matches!(self.kind, None | Some('s')),
            SpecFor::Other => plain && !self.zero && self.digits.is_none() && self.kind.is_none(),
        }
    }

    /// Text of a scalar under this spec, which suits its format.
    #[must_use]
    pub fn format_scalar(&self, ty: ScalarTy, word: u64) -> String {
        match ty {
            ScalarTy::Bool => self.format_str(&print_scalar(ty, word)),
            ScalarTy::Int(_) => self.integer(to_i128(ty, word)),
            ScalarTy::Float => self.float(f64::from_bits(word)),
            ScalarTy::Fix(fix) => {
                let moved = if self.kind == Some('%') { 2 } else { 0 };
                self.real(Real::Fix(fix, word as i64, moved), || print_scalar(ty, word))
            }
        }
    }

    /// Text of a string (or of any printed value) under this spec.
    #[must_use]
    pub fn format_str(&self, text: &str) -> String {
        let cut: String = match self.digits {
            Some(digits) => text.chars().take(digits).collect(),
            None => text.to_owned(),
        };
        self.pad(cut, Align::Left)
    }

    fn integer(&self, value: i128) -> String {
        let size = value.unsigned_abs();
        let (prefix, digits) = match self.kind {
            Some('x') => ("0x", format!("{size:x}")),
            Some('X') => ("0X", format!("{size:X}")),
            Some('b') => ("0b", format!("{size:b}")),
            Some('o') => ("0o", format!("{size:o}")),
            _ => ("", size.to_string()),
        };
        let sign = self.sign(value < 0).to_owned() + if self.prefix { prefix } else { "" };
        self.number(&sign, &digits, "")
    }

    fn float(&self, value: f64) -> String {
        if !value.is_finite() {
            let name = if value.is_nan() { "nan" } else { "inf" };
            let percent = if self.kind == Some('%') { "%" } else { "" };
            return self.ungrouped().number(self.sign(value < 0.0), name, percent);
        }
        let scaled = if self.kind == Some('%') { value * 100.0 } else { value };
        if !scaled.is_finite() {
            return self.ungrouped().number(self.sign(value < 0.0), "inf", "%");
        }
        self.real(Real::Float(scaled), || print_scalar(ScalarTy::Float, value.to_bits()))
    }

    /// Zeros before `inf` and `nan` are no number's: they are not grouped.
    fn ungrouped(&self) -> Self {
        Self { comma: false, ..self.clone() }
    }

    fn real(&self, value: Real, shortest: impl FnOnce() -> String) -> String {
        let digits = self.digits.unwrap_or(6);
        let text = match self.kind {
            Some('f') => value.fixed(digits),
            Some('%') => value.fixed(digits) + "%",
            Some('e') => scientific_text(&value.scientific(digits)),
            Some(_) => general(value, digits.max(1), false),
            None => match self.digits {
                Some(digits) => general(value, digits.max(1), true),
                None => shortest().trim_start_matches('-').to_owned(),
            },
        };
        let whole = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        self.number(self.sign(value.is_negative()), &text[..whole], &text[whole..])
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) => "",
        }
    }

    /// Joins sign, whole digits and the rest; groups; pads with zeros between sign and digits, or as aligned.
    fn number(&self, sign: &str, whole: &str, rest: &str) -> String {
        let zeros = self.zero && self.align.is_none();
        let room = if zeros { self.width.saturating_sub(sign.chars().count() + rest.chars().count()) } else { 0 };
        let mut digits = whole.to_owned();
        let grouped_len = |n: usize| if self.comma { n + n.saturating_sub(1) / 3 } else { n };
        let mut wanted = digits.len();
        while grouped_len(wanted) < room {
            wanted += 1;
        }
        digits.insert_str(0, &"0".repeat(wanted - digits.len()));
        if self.comma {
            digits = group(&digits);
        }
        self.pad(format!("{sign}{digits}{rest}"), Align::Right)
    }

    fn pad(&self, text: String, natural: Align) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        if missing == 0 {
            return text;
        }
        let fill = self.fill.unwrap_or(if self.zero { '0' } else { ' ' });
        let left = match self.align.unwrap_or(natural) {
            Align::Left => 0,
            Align::Right => missing,
            Align::Centre => missing / 2,
        };
        let side = |count: usize| std::iter::repeat_n(fill, count);
        side(left).chain(text.chars()).chain(side(missing - left)).collect()
    }
}

fn align_of(c: char) -> Option<Align> {
    match c {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Centre),
        _ => None,
    }
}

/// `None` if the number is too large; `Some(None)` if there is none.
fn take_number(rest: &mut &str) -> Option<Option<usize>> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, after) = rest.split_at(end);
    *rest = after;
    if number.is_empty() {
        return Some(None);
    }
    number.parse().ok().filter(|&size| size <= SIZE_MAX).map(Some)
}

fn group(digits: &str) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn scientific_text((digits, exponent): &(String, i32)) -> String {
    let mut out = digits[..1].to_owned();
    if digits.len() > 1 {
        out.push('.');
        out.push_str(&digits[1..]);
    }
    let _infallible = write_exponent(&mut out, *exponent);
    out
}

/// `g` with `digits` significant digits; `keep_point`: a digit after the point stays (a spec with digits but no kind).
fn general(value: Real, digits: usize, keep_point: bool) -> String {
    let (mantissa, exponent) = value.scientific(digits - 1);
    let limit = digits as i64 - i64::from(keep_point);
    if (-4..limit).contains(&i64::from(exponent)) {
        let text = value.fixed((digits as i64 - 1 - i64::from(exponent)).max(0) as usize);
        if !text.contains('.') {
            return text;
        }
        let trimmed = text.trim_end_matches('0');
        return if keep_point && trimmed.ends_with('.') {
            format!("{trimmed}0")
        } else {
            trimmed.trim_end_matches('.').to_owned()
        };
    }
    let trimmed = mantissa.trim_end_matches('0');
    scientific_text(&(if trimmed.is_empty() { "0" } else { trimmed }.to_owned(), exponent))
}
