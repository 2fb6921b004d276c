//! A CSV file (RFC 4180, UTF-8, no header) and a list type in, a value out; errors name file, row and column.

use std::path::Path;

use stoffel_bytecode::Type;
use stoffel_value::Value;

use super::{InputError, Literal, coerce};
use crate::error::Error;

/// Reads one column as `list[scalar]`, rows as `list[(…)]` or `list[list[scalar]]`.
///
/// # Errors
/// If the file cannot be read, rows differ in length, or a cell is not of its type.
pub(super) fn read(path: &Path, ty: &Type) -> Result<Value, Error> {
    let file = path.display().to_string();
    let Type::List(row) = ty else {
        return Err(InputError::new(file, "a CSV file gives a list; the parameter is not one").into());
    };
    let text = std::fs::read(path).map_err(|error| Error::read(path, error))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_slice());
    let mut rows = Vec::new();
    let mut width = None;
    for (index, record) in reader.records().enumerate() {
        let place = format!("{file}, row {}", index + 1);
        let record = record.map_err(|error| InputError::new(&place, error.to_string()))?;
        let expected = *width.get_or_insert(record.len());
        if record.len() != expected {
            let message = format!("{} cells where row 1 has {expected}", record.len());
            return Err(InputError::new(place, message).into());
        }
        rows.push(record_value(&record, row, &place)?);
    }
    Ok(Value::List(rows))
}

fn record_value(record: &csv::StringRecord, row: &Type, place: &str) -> Result<Value, InputError> {
    let cell = |column: usize, ty: &Type| {
        cell_value(record.get(column).unwrap_or_default(), ty, &format!("{place}, column {}", column + 1))
    };
    match row {
        Type::Tuple(types) => {
            if record.len() != types.len() {
                return Err(InputError::new(place, format!("{} cells for a tuple of {}", record.len(), types.len())));
            }
            let members = types.iter().enumerate().map(|(column, ty)| cell(column, ty));
            Ok(Value::Tuple(members.collect::<Result<_, _>>()?))
        }
        Type::List(member) => {
            Ok(Value::List((0..record.len()).map(|column| cell(column, member)).collect::<Result<_, _>>()?))
        }
        scalar if record.len() == 1 => cell(0, scalar),
        _ => Err(InputError::new(place, format!("{} cells where one is expected", record.len()))),
    }
}

fn cell_value(text: &str, ty: &Type, place: &str) -> Result<Value, InputError> {
    let text = text.trim();
    let literal = match (text, ty) {
        ("", Type::Optional(_)) => Literal::None,
        ("", Type::Str) => Literal::Text(String::new()),
        ("", _) => return Err(InputError::new(place, "the cell is empty")),
        (text, Type::Str) => Literal::Text(text.to_owned()),
        ("True" | "true", _) => Literal::Bool(true),
        ("False" | "false", _) => Literal::Bool(false),
        (text, _) => Literal::Number(text.to_owned()),
    };
    coerce(&literal, ty, place)
}
