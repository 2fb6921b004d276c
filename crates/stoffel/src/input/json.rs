//! A JSON file and a type in, a value out (LANGUAGE §14.4).

use std::path::Path;

use stoffel_bytecode::Type;
use stoffel_value::Value;

use super::{InputError, Literal, coerce};
use crate::error::Error;

/// Reads a whole file as one value.
///
/// # Errors
/// If the file cannot be read, is not JSON, or does not fit the type.
pub(super) fn read(path: &Path, ty: &Type) -> Result<Value, Error> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Error::read(path, error))?;
    let tree: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| InputError::new(&file, format!("not JSON: {error}")))?;
    let literal = from_json(&tree).map_err(|message| InputError::new(&file, message))?;
    Ok(coerce(&literal, ty, &file)?)
}

fn from_json(tree: &serde_json::Value) -> Result<Literal, String> {
    Ok(match tree {
        serde_json::Value::Null => Literal::None,
        serde_json::Value::Bool(truth) => Literal::Bool(*truth),
        serde_json::Value::Number(number) => Literal::Number(number.to_string()),
        serde_json::Value::String(text) => Literal::Text(text.clone()),
        serde_json::Value::Array(members) => Literal::List(members.iter().map(from_json).collect::<Result<_, _>>()?),
        serde_json::Value::Object(_) => return Err("an object stands where no parameter type has fields".to_owned()),
    })
}
