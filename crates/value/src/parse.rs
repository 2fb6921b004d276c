//! Text of one scalar in, its word out: what people type, and what CSV and JSON files hold.
//!
//! Numbers may have a sign and `_` between digits; integers also a base prefix. Fixed values are rounded to the grid
//! exactly, whatever the length of the decimal.

use crate::{FixTy, IntTy, ScalarTy, from_i128};

/// Why a text is not a value of the format or shape asked for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParseError {
    /// The text has another form.
    #[error("'{text}' is not {expected}")]
    Form {
        /// What stands there.
        text: String,
        /// What was expected, in words.
        expected: String,
    },
    /// The number is outside the format.
    #[error("{text} is out of range of {ty}")]
    Range {
        /// The number as written.
        text: String,
        /// The format.
        ty: ScalarTy,
    },
    /// A part of a composite value is wrong.
    #[error("at {path}: {error}")]
    At {
        /// Where: `[3]`, `[0].price`.
        path: String,
        /// What.
        error: Box<ParseError>,
    },
    /// The text is no literal.
    #[error("column {column}: {what}")]
    Literal {
        /// 1-based column, in characters.
        column: usize,
        /// What is wrong.
        what: &'static str,
    },
}

/// The word of a scalar written as text.
///
/// Bools: `True False true false 1 0`. Floats also `inf -inf nan`.
///
/// # Errors
/// [`ParseError::Form`] and [`ParseError::Range`].
pub fn parse_scalar(ty: ScalarTy, text: &str) -> Result<u64, ParseError> {
    let form = || ParseError::Form { text: text.to_owned(), expected: article(ty) };
    let range = || ParseError::Range { text: text.to_owned(), ty };
    match ty {
        ScalarTy::Bool => match text {
            "True" | "true" | "1" => Ok(1),
            "False" | "false" | "0" => Ok(0),
            _ => Err(form()),
        },
        ScalarTy::Int(int) => parse_int(int, text).ok_or_else(form)?.ok_or_else(range),
        ScalarTy::Fix(fix) => Decimal::parse(text).ok_or_else(form)?.to_fix(fix).ok_or_else(range),
        ScalarTy::Float => match text {
            "nan" => Ok(f64::NAN.to_bits()),
            "inf" => Ok(f64::INFINITY.to_bits()),
            "-inf" => Ok(f64::NEG_INFINITY.to_bits()),
            _ => {
                Decimal::parse(text).ok_or_else(form)?;
                let value: f64 = text.replace('_', "").parse().map_err(|_| form())?;
                if value.is_finite() { Ok(value.to_bits()) } else { Err(range()) }
            }
        },
    }
}

/// A decimal number rounded to the grid of a fixed format, to nearest, ties to even; for literals of the language.
///
/// # Errors
/// As [`parse_scalar`].
pub fn parse_fix(ty: FixTy, text: &str) -> Result<u64, ParseError> {
    parse_scalar(ScalarTy::Fix(ty), text)
}

fn article(ty: ScalarTy) -> String {
    let article = if matches!(ty, ScalarTy::Int(int) if int.is_signed()) { "an" } else { "a" };
    format!("{article} {ty}")
}

/// `None`: no integer; `Some(None)`: out of range.
fn parse_int(ty: IntTy, text: &str) -> Option<Option<u64>> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match body.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (16, &body[2..]),
        Some("0b") => (2, &body[2..]),
        Some("0o") => (8, &body[2..]),
        _ => (10, body),
    };
    if !well_grouped(digits, |c| c.is_digit(base)) {
        return None;
    }
    let mut value = Some(0i128);
    for digit in digits.chars().filter_map(|c| c.to_digit(base)) {
        value = value.and_then(|v| v.checked_mul(i128::from(base))?.checked_add(i128::from(digit)));
    }
    let signed = value.map(|v| if negative { -v } else { v });
    Some(signed.and_then(|v| from_i128(ScalarTy::Int(ty), v)))
}

/// One or more digits, with `_` only between digits.
fn well_grouped(text: &str, is_digit: impl Fn(char) -> bool) -> bool {
    let edges = text.starts_with('_') || text.ends_with('_');
    !text.is_empty() && !edges && !text.contains("__") && text.chars().all(|c| c == '_' || is_digit(c))
}

/// A decimal number of any length: ±0.d₀d₁d₂… × 10^point.
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (negative, body) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match body.find(['e', 'E']) {
            Some(at) => (&body[..at], parse_exponent(&body[at + 1..])?),
            None => (body, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let grouped = |part: &str| well_grouped(part, |c| c.is_ascii_digit());
        let whole_fits = grouped(whole) || (whole.is_empty() && fraction.is_some());
        if !whole_fits || !fraction.is_none_or(grouped) {
            return None;
        }
        let values = |part: &str| part.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect::<Vec<_>>();
        let mut digits = values(whole);
        let mut point = digits.len() as i64 + exponent;
        digits.extend(fraction.map(values).unwrap_or_default());
        let leading = digits.iter().take_while(|&&d| d == 0).count();
        digits.drain(..leading);
        point -= leading as i64;
        Some(Self { negative, digits, point })
    }

    /// The nearest grid point, ties to even.
    fn to_fix(&self, ty: FixTy) -> Option<u64> {
        if self.digits.is_empty() || self.point < -40 {
            return Some(0);
        }
        if self.point > 40 {
            return None;
        }
        let digit = |index: i64| usize::try_from(index).ok().and_then(|i| self.digits.get(i)).copied().unwrap_or(0);
        let whole =
            (0..self.point).fold(0u128, |sum, index| sum.saturating_mul(10).saturating_add(digit(index).into()));
        // The fraction's digits are doubled f + 1 times; each carry is one binary digit.
        let count = (self.digits.len() as i64 - self.point).max(0);
        let mut fraction: Vec<u8> = (0..count).map(|place| digit(self.point + place)).collect();
        let mut grid = whole;
        let mut carry = false;
        for bit in 0..=ty.f() {
            let mut over = 0;
            for digit in fraction.iter_mut().rev() {
                let twice = *digit * 2 + over;
                (*digit, over) = (twice % 10, twice / 10);
            }
            carry = over == 1;
            if bit < ty.f() {
                grid = grid.saturating_mul(2).saturating_add(carry.into());
            }
        }
        let beyond = fraction.iter().any(|&d| d != 0);
        let rounded = grid.saturating_add(u128::from(carry && (beyond || grid & 1 == 1)));
        let size = i128::try_from(rounded).ok()?;
        from_i128(ScalarTy::Fix(ty), if self.negative { -size } else { size })
    }
}

/// Exponents are capped far outside every format, so that no length of text overflows.
fn parse_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if !well_grouped(digits, |c| c.is_ascii_digit()) {
        return None;
    }
    let size =
        digits.chars().filter_map(|c| c.to_digit(10)).fold(0i64, |sum, d| (sum * 10 + i64::from(d)).min(1 << 40));
    Some(if negative { -size } else { size })
}
