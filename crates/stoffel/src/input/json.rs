//! A JSON file and a type in, a value out (LANGUAGE §14.4).

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use stoffel_bytecode::{Program, Type};
use stoffel_value::{Literal, Value};

use super::{InputError, coerce};
use crate::error::Error;

/// Reads a whole file as one value.
///
/// # Errors
/// If the file cannot be read, is not JSON, names a key twice, or does not fit the type.
pub(super) fn read(program: &Program, path: &Path, ty: &Type) -> Result<Value, Error> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Error::read(path, error))?;
    let Tree(literal) =
        serde_json::from_str(&text).map_err(|error| InputError::new(&file, format!("not JSON: {error}")))?;
    Ok(coerce(program, &literal, ty, &file)?)
}

/// A tree read directly, since a map of the library would silently keep the last of equal keys. Objects become dicts.
struct Tree(Literal);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor).map(Self)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Literal;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Literal, E> {
        Ok(Literal::None)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Literal, E> {
        Ok(Literal::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Literal, E> {
        Ok(Literal::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Literal, E> {
        Ok(Literal::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Literal, E> {
        // JSON has no infinities, so every number has this text.
        Ok(Literal::Number(serde_json::Number::from_f64(number).map(|number| number.to_string()).unwrap_or_default()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Literal, E> {
        Ok(Literal::Str(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Literal, A::Error> {
        let mut members = Vec::new();
        while let Some(Tree(member)) = seq.next_element()? {
            members.push(member);
        }
        Ok(Literal::List(members))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Literal, A::Error> {
        let (mut pairs, mut seen) = (Vec::new(), HashSet::new());
        while let Some((key, Tree(value))) = map.next_entry::<String, Tree>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key `{key}` is given twice")));
            }
            pairs.push((Literal::Str(key), value));
        }
        Ok(Literal::Dict(pairs))
    }
}
