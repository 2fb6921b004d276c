//! Values in, the text that the language prints for them out (LANGUAGE §18.1), and the text of format specs (§1.6).
//!
//! Not here: reading text back ([`crate::parse_scalar`], [`crate::Literal`]).

mod decimal;
mod spec;

use std::fmt::Write as _;

use crate::{FixTy, ScalarTy, Value, to_i128};
use decimal::Shortest;
pub use spec::{FormatSpec, SpecError, SpecFor};

/// Text of one scalar: `-3`, `True`, `0.1`, `1e+16`.
#[must_use]
pub fn print_scalar(ty: ScalarTy, word: u64) -> String {
    match ty {
        ScalarTy::Bool => if word == 0 { "False" } else { "True" }.to_owned(),
        ScalarTy::Int(_) => to_i128(ty, word).to_string(),
        ScalarTy::Float => print_float(f64::from_bits(word)),
        ScalarTy::Fix(fix) => print_fix(fix, word as i64),
    }
}

/// Text of a float: the shortest decimal that reads back.
#[must_use]
pub fn print_float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    Shortest::of_float(value).to_string()
}

/// Text of a fixed value: the shortest decimal that converts back to the same grid point, of several the closest.
#[must_use]
pub fn print_fix(ty: FixTy, grid: i64) -> String {
    Shortest::of_fix(ty, grid).to_string()
}

/// Text of a string inside a container: quoted, with escapes.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            c if c.is_control() => {
                let _infallible = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl Value {
    /// Text of the value; `top`: a string stands for itself, else it is quoted.
    #[must_use]
    pub fn text(&self, top: bool) -> String {
        match self {
            Self::Str(text) if top => text.clone(),
            _ => {
                let mut out = String::new();
                self.write(&mut out);
                out
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Scalar(ty, word) => out.push_str(&print_scalar(*ty, *word)),
            Self::Str(text) => out.push_str(&quote(text)),
            Self::None => out.push_str("None"),
            Self::Cycle => out.push_str("..."),
            Self::Secret(ty) => {
                let _infallible = write!(out, "<secret {ty}>");
            }
            Self::Text => out.push_str("<secret string>"),
            Self::Share => out.push_str("<share>"),
            Self::Function(name) => {
                let _infallible = write!(out, "<function {name}>");
            }
            Self::List(items) => {
                out.push('[');
                separated(out, items, |out, item| item.write(out));
                out.push(']');
            }
            Self::Tuple(members) => {
                out.push('(');
                separated(out, members, |out, member| member.write(out));
                out.push_str(if members.len() == 1 { ",)" } else { ")" });
            }
            Self::Dict(pairs) => {
                out.push('{');
                separated(out, pairs, |out, (key, value)| {
                    key.write(out);
                    out.push_str(": ");
                    value.write(out);
                });
                out.push('}');
            }
            Self::Object(name, fields) => {
                out.push_str(name);
                out.push('(');
                separated(out, fields, |out, (name, value)| {
                    out.push_str(name);
                    out.push_str(": ");
                    value.write(out);
                });
                out.push(')');
            }
        }
    }
}

fn separated<T>(out: &mut String, items: &[T], mut one: impl FnMut(&mut String, &T)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        one(out, item);
    }
}
