//! A literal in printed form in, an untyped tree out; tree and shape in, a [`Value`] out.
//!
//! Reads what [`Value::text`] writes and displays as the language has them: `[1, 2]`, `(1, "a")`, `(1,)`, `{1: 2}`,
//! `Name(f: 1)`, `True`, `None`, strings in either quotes. Not here: JSON and CSV, which the façade turns into [`Literal`]s.

mod read;

use std::collections::HashSet;

use crate::{ParseError, ScalarTy, Value, parse_scalar};

/// An untyped literal.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// A number as written.
    Number(String),
    /// `True` or `False`.
    Bool(bool),
    /// A string.
    Str(String),
    /// `None`
    None,
    /// `[a, b]`
    List(Vec<Self>),
    /// `(a, b)`
    Tuple(Vec<Self>),
    /// `{k: v}`
    Dict(Vec<(Self, Self)>),
    /// `Name(f: v)`
    Object(String, Vec<(String, Self)>),
}

/// The public form of a type, as far as giving values needs it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Shape {
    /// A scalar.
    Scalar(ScalarTy),
    /// A string.
    Str,
    /// A list.
    List(Box<Self>),
    /// An array of scalars: nested lists of equal lengths, or one scalar.
    Array(Box<Self>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// A dict.
    Dict(Box<Self>, Box<Self>),
    /// An object: its name and fields in declaration order.
    Object(String, Vec<(String, Self)>),
    /// A value or `None`.
    Optional(Box<Self>),
}

impl Value {
    /// Reads a literal; [`Literal::coerce`] gives it a shape.
    ///
    /// # Errors
    /// [`ParseError::Literal`] with the column.
    pub fn parse(text: &str) -> Result<Literal, ParseError> {
        Literal::parse(text)
    }
}

impl Literal {
    /// Reads a literal.
    ///
    /// # Errors
    /// [`ParseError::Literal`] with the column; nesting deeper than 500 is one.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        read::literal(text)
    }

    /// The literal as a value of the shape. A string is also accepted for a scalar if it reads as one (a CSV cell).
    ///
    /// # Errors
    /// [`ParseError::Form`], [`ParseError::Range`], with the path to the part.
    pub fn coerce(&self, shape: &Shape) -> Result<Value, ParseError> {
        match (shape, self) {
            (Shape::Optional(_), Self::None) => Ok(Value::None),
            (Shape::Optional(member), _) => self.coerce(member),
            (Shape::Scalar(ty), Self::Number(text) | Self::Str(text)) => {
                parse_scalar(*ty, text).map(|word| Value::Scalar(*ty, word))
            }
            (Shape::Scalar(ScalarTy::Bool), Self::Bool(bit)) => Ok(Value::Scalar(ScalarTy::Bool, u64::from(*bit))),
            (Shape::Str, Self::Str(text)) => Ok(Value::Str(text.clone())),
            (Shape::List(member), Self::List(items)) => {
                let part = |(index, item): (usize, &Self)| at(format!("[{index}]"), item.coerce(member));
                items.iter().enumerate().map(part).collect::<Result<_, _>>().map(Value::List)
            }
            (Shape::Array(member), whole) => {
                let value = whole.nested(member)?;
                if crate::axes(&value).is_none() { Err(self.mismatch(shape.describe())) } else { Ok(value) }
            }
            // Files have no tuples: a list of the right length stands for one.
            (Shape::Tuple(shapes), Self::Tuple(items) | Self::List(items)) if shapes.len() == items.len() => {
                let part =
                    |(index, (item, shape)): (usize, (&Self, &Shape))| at(format!("[{index}]"), item.coerce(shape));
                items.iter().zip(shapes).enumerate().map(part).collect::<Result<_, _>>().map(Value::Tuple)
            }
            (Shape::Dict(key, value), Self::Dict(pairs)) => coerce_pairs(key, value, pairs).map(Value::Dict),
            (Shape::Object(name, shapes), Self::Object(found, fields)) if name == found => {
                coerce_fields(self, shapes, fields).map(|fields| Value::Object(name.clone(), fields))
            }
            _ => Err(self.mismatch(shape.describe())),
        }
    }

    /// Nested lists of one scalar shape.
    fn nested(&self, member: &Shape) -> Result<Value, ParseError> {
        let Self::List(items) = self else { return self.coerce(member) };
        let part = |(index, item): (usize, &Self)| at(format!("[{index}]"), item.nested(member));
        items.iter().enumerate().map(part).collect::<Result<_, _>>().map(Value::List)
    }

    fn mismatch(&self, expected: String) -> ParseError {
        ParseError::Form { text: self.describe(), expected }
    }

    /// The literal as text, shortened in messages to its outermost form.
    fn describe(&self) -> String {
        match self {
            Self::Number(text) => text.clone(),
            Self::Bool(bit) => if *bit { "True" } else { "False" }.to_owned(),
            Self::Str(text) => crate::quote(text),
            Self::None => "None".to_owned(),
            Self::List(items) => format!("[… {} elements]", items.len()),
            Self::Tuple(items) => format!("(… {} members)", items.len()),
            Self::Dict(pairs) => format!("{{… {} pairs}}", pairs.len()),
            Self::Object(name, _) => format!("{name}(…)"),
        }
    }
}

impl Shape {
    fn describe(&self) -> String {
        match self {
            Self::Scalar(ty) => format!("a value of {ty}"),
            Self::Str => "a string".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Array(_) => "an array: nested lists of equal lengths".to_owned(),
            Self::Tuple(shapes) => format!("a tuple of {} members", shapes.len()),
            Self::Dict(..) => "a dict".to_owned(),
            Self::Object(name, _) => format!("an object {name}"),
            Self::Optional(member) => format!("{} or None", member.describe()),
        }
    }
}

/// The pairs of a dict, each key once. In files every key is a string: one of another shape stands in printed form.
fn coerce_pairs(key: &Shape, value: &Shape, pairs: &[(Literal, Literal)]) -> Result<Vec<(Value, Value)>, ParseError> {
    let (mut out, mut seen) = (Vec::with_capacity(pairs.len()), HashSet::new());
    for (k, v) in pairs {
        let path = format!("[{}]", k.describe());
        let k = match k {
            Literal::Str(text) if matches!(key, Shape::Tuple(_)) => {
                at(path.clone(), Literal::parse(text).and_then(|k| k.coerce(key)))?
            }
            k => at(path.clone(), k.coerce(key))?,
        };
        if !seen.insert(k.text(false)) {
            let error = ParseError::Form { text: k.text(false), expected: "a key that is given once".to_owned() };
            return at(path, Err(error));
        }
        out.push((k, at(path, v.coerce(value))?));
    }
    Ok(out)
}

fn coerce_fields(
    whole: &Literal,
    shapes: &[(String, Shape)],
    fields: &[(String, Literal)],
) -> Result<Vec<(String, Value)>, ParseError> {
    let known = |name: &String| shapes.iter().any(|(field, _)| field == name);
    if let Some((name, _)) = fields.iter().find(|(name, _)| !known(name)) {
        return Err(whole.mismatch(format!("an object with the field '{name}'")));
    }
    let one = |(name, shape): &(String, Shape)| {
        let mut given = fields.iter().filter(|(field, _)| field == name);
        match (given.next(), given.next()) {
            (Some((_, item)), None) => Ok((name.clone(), at(format!(".{name}"), item.coerce(shape))?)),
            _ => Err(whole.mismatch(format!("an object with the field '{name}' once"))),
        }
    };
    shapes.iter().map(one).collect()
}

fn at<T>(path: String, result: Result<T, ParseError>) -> Result<T, ParseError> {
    result.map_err(|error| match error {
        ParseError::At { path: inner, error } => ParseError::At { path: path + &inner, error },
        error => ParseError::At { path, error: Box::new(error) },
    })
}
