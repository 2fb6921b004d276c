//! A float or a fixed value in, decimal digits out: shortest, or exactly rounded to a number of places.

use std::fmt;

use crate::FixTy;

/// The shortest decimal of a number: ±d.ddd × 10^exponent.
pub(super) struct Shortest {
    negative: bool,
    /// At least one digit; no leading zero unless it is the only one, no trailing zero unless likewise.
    digits: String,
    /// Power of ten of the first digit.
    exponent: i32,
}

impl Shortest {
    /// Of a finite float.
    pub(super) fn of_float(value: f64) -> Self {
        let (digits, exponent) = split_scientific(&format!("{:e}", value.abs()));
        Self { negative: value.is_sign_negative(), digits, exponent }
    }

    /// Of a fixed value. The first number of places at which the nearest decimal converts back has the fewest digits.
    pub(super) fn of_fix(ty: FixTy, grid: i64) -> Self {
        let size = u128::from(grid.unsigned_abs());
        let mut scale = 1u128;
        let mut places = 0i32;
        // 10^-places < 2^-f ends the search; by then size · scale < 2^63 · 10 · 2^f < 2^130 is avoided since
        // places ≤ ⌈0.302·f⌉ and thus scale ≤ 10^19 for f = 63.
        let number = loop {
            let exact = size * scale;
            let nearest = round_shift(exact, ty.f());
            let off = (nearest << ty.f()).abs_diff(exact);
            if 2 * off < scale || (2 * off == scale && size & 1 == 0) {
                break nearest;
            }
            scale *= 10;
            places += 1;
        };
        let all = number.to_string();
        let digits = all.trim_end_matches('0');
        let exponent = if number == 0 { 0 } else { all.len() as i32 - 1 - places };
        let digits = if digits.is_empty() { "0" } else { digits }.to_owned();
        Self { negative: grid < 0, digits, exponent }
    }
}

impl fmt::Display for Shortest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            out.write_str("-")?;
        }
        let (digits, exponent) = (self.digits.as_str(), self.exponent);
        if (-4..0).contains(&exponent) {
            return write!(out, "0.{}{digits}", "0".repeat((-exponent - 1) as usize));
        }
        if (0..16).contains(&exponent) {
            let whole = exponent as usize + 1;
            return if digits.len() <= whole {
                write!(out, "{digits:0<whole$}.0")
            } else {
                write!(out, "{}.{}", &digits[..whole], &digits[whole..])
            };
        }
        out.write_str(&digits[..1])?;
        if digits.len() > 1 {
            write!(out, ".{}", &digits[1..])?;
        }
        write_exponent(out, exponent)
    }
}

/// `e+16`, `e-05`: a sign and at least two digits.
pub(super) fn write_exponent(out: &mut impl fmt::Write, exponent: i32) -> fmt::Result {
    write!(out, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs())
}

/// A finite number of either real format, for exact rounding.
#[derive(Clone, Copy)]
pub(super) enum Real {
    /// IEEE binary64, finite.
    Float(f64),
    /// Grid integer of a fixed format, and how many decimal places its value is to be moved left (for percent).
    Fix(FixTy, i64, u32),
}

impl Real {
    pub(super) fn is_negative(self) -> bool {
        match self {
            Self::Float(value) => value.is_sign_negative(),
            Self::Fix(_, grid, _) => grid < 0,
        }
    }

    /// |value| with `places` decimals, rounded half to even on the exact value: `12.50`.
    pub(super) fn fixed(self, places: usize) -> String {
        match self {
            Self::Float(value) => format!("{:.places$}", value.abs()),
            Self::Fix(..) => {
                let (digits, point) = self.exact_digits();
                let (digits, point) = round_digits(&digits, point, point + places as i64);
                let mut text = String::new();
                let digit = |index: i64| {
                    usize::try_from(index)
                        .ok()
                        .and_then(|index| digits.get(index))
                        .map_or('0', |d| char::from(b'0' + d))
                };
                text.extend((0..point.max(0)).map(digit));
                if point <= 0 {
                    text.push('0');
                }
                if places > 0 {
                    text.push('.');
                    text.extend((point..point + places as i64).map(digit));
                }
                text
            }
        }
    }

    /// |value| as `places + 1` significant digits (without point) and the power of ten of the first.
    pub(super) fn scientific(self, places: usize) -> (String, i32) {
        match self {
            Self::Float(value) => {
                let text = format!("{:.places$e}", value.abs());
                let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
            }
            Self::Fix(..) => {
                let (digits, point) = self.exact_digits();
                let (mut digits, point) = round_digits(&digits, point, places as i64 + 1);
                let zero = digits.iter().all(|&d| d == 0);
                digits.resize(places + 1, 0);
                let text = digits.iter().map(|d| char::from(b'0' + d)).collect();
                (text, if zero { 0 } else { point as i32 - 1 })
            }
        }
    }

    /// All digits of a fixed |value| without leading zeros, and how many stand before the point (may be negative).
    fn exact_digits(self) -> (Vec<u8>, i64) {
        let Self::Fix(ty, grid, moved) = self else { return (Vec::new(), 0) };
        let size = u128::from(grid.unsigned_abs());
        let mut digits: Vec<u8> = (size >> ty.f()).to_string().bytes().map(|b| b - b'0').collect();
        let mut point = digits.len() as i64 + i64::from(moved);
        let mask = (1u128 << ty.f()) - 1;
        let mut rest = size & mask;
        while rest != 0 {
            rest *= 10;
            digits.push((rest >> ty.f()) as u8);
            rest &= mask;
        }
        let leading = digits.iter().take_while(|&&d| d == 0).count();
        digits.drain(..leading);
        point -= leading as i64;
        (digits, point)
    }
}

/// Keeps the first `keep` digits (none if negative), rounding half to even; the point moves if a carry adds a digit.
fn round_digits(digits: &[u8], point: i64, keep: i64) -> (Vec<u8>, i64) {
    if keep >= digits.len() as i64 {
        return (digits.to_vec(), point);
    }
    if keep < 0 {
        return (Vec::new(), point);
    }
    let kept = keep as usize;
    let mut out = digits[..kept].to_vec();
    let odd = out.last().is_some_and(|d| d & 1 == 1);
    let rest = &digits[kept..];
    let beyond_half = rest[0] > 5 || (rest[0] == 5 && (odd || rest[1..].iter().any(|&d| d != 0)));
    if !beyond_half {
        return (out, point);
    }
    for digit in out.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return (out, point);
        }
        *digit = 0;
    }
    out.insert(0, 1);
    (out, point + 1)
}

/// `value / 2^bits`, to nearest, ties to even.
fn round_shift(value: u128, bits: u32) -> u128 {
    if bits == 0 {
        return value;
    }
    let floor = value >> bits;
    let rest = value - (floor << bits);
    let half = 1u128 << (bits - 1);
    floor + u128::from(rest > half || (rest == half && floor & 1 == 1))
}

/// Digits (without point) and exponent of Rust's `{:e}` form.
fn split_scientific(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}
