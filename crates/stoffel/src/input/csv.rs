//! A CSV file (RFC 4180, UTF-8, a header exactly for objects) and a list type in, a value out; errors name file, row and column.

use std::path::Path;

use stoffel_bytecode::{ObjectTy, Program, Type};
use stoffel_value::{Literal, Value};

use super::{InputError, coerce};
use crate::error::Error;

/// Reads one column as `list[scalar]`, rows as `list[(…)]`, `list[list[scalar]]` or an array of two axes, or by a header of
/// field names in any order as `list[object]`.
///
/// # Errors
/// If the file cannot be read, rows differ in length, or a cell is not of its type.
pub(super) fn read(program: &Program, path: &Path, ty: &Type) -> Result<Value, Error> {
    let file = path.display().to_string();
    let row = match ty {
        Type::List(row) => (**row).clone(),
        // An array of two axes.
        Type::Array(member) => Type::List(member.clone()),
        _ => return Err(InputError::new(file, "a CSV file gives a list or array; the parameter is neither").into()),
    };
    let text = std::fs::read(path).map_err(|error| Error::read(path, error))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_slice());
    let mut records = reader.records().enumerate();
    let mut header = None;
    if let Type::Object(object) = row {
        let place = format!("{file}, row 1");
        let names = records.next().map_or_else(|| Ok(csv::StringRecord::new()), |(_, record)| record);
        let names = names.map_err(|error| InputError::new(&place, error.to_string()))?;
        header = Some((object, columns(program, object, &names, &place)?));
    }
    let mut rows = Vec::new();
    let mut width = header.as_ref().map(|(_, columns)| columns.len());
    for (index, record) in records {
        let place = format!("{file}, row {}", index + 1);
        let record = record.map_err(|error| InputError::new(&place, error.to_string()))?;
        let expected = *width.get_or_insert(record.len());
        if record.len() != expected {
            let message = format!("{} cells where row 1 has {expected}", record.len());
            return Err(InputError::new(place, message).into());
        }
        rows.push(match &header {
            Some((object, columns)) => object_value(program, *object, columns, &record, &place)?,
            None => record_value(program, &record, &row, &place)?,
        });
    }
    Ok(Value::List(rows))
}

/// The column of each field, as the header names them.
fn columns(
    program: &Program,
    object: ObjectTy,
    header: &csv::StringRecord,
    place: &str,
) -> Result<Vec<usize>, InputError> {
    let names: Vec<&str> = header.iter().map(str::trim).collect();
    let name = program.type_name(&Type::Object(object));
    if let Some(wrong) = names.iter().find(|column| !program.fields(object).any(|(field, _)| field == **column)) {
        return Err(InputError::new(place, format!("the header names `{wrong}`, which is no field of `{name}`")));
    }
    let column = |(field, _): (&str, &Type)| {
        let mut found = names.iter().enumerate().filter(|(_, column)| **column == field).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => Err(InputError::new(place, format!("the header lacks the field `{field}` of `{name}`"))),
            (Some(_), Some(_)) => Err(InputError::new(place, format!("the header names `{field}` twice"))),
        }
    };
    program.fields(object).map(column).collect()
}

fn object_value(
    program: &Program,
    object: ObjectTy,
    columns: &[usize],
    record: &csv::StringRecord,
    place: &str,
) -> Result<Value, InputError> {
    let field = |((field, ty), &column): ((&str, &Type), &usize)| {
        let place = format!("{place}, column {}", column + 1);
        Ok((field.to_owned(), cell_value(program, record.get(column).unwrap_or_default(), ty, &place)?))
    };
    let fields = program.fields(object).zip(columns).map(field).collect::<Result<_, _>>()?;
    Ok(Value::Object(program.type_name(&Type::Object(object)), fields))
}

fn record_value(program: &Program, record: &csv::StringRecord, row: &Type, place: &str) -> Result<Value, InputError> {
    let cell = |column: usize, ty: &Type| {
        cell_value(program, record.get(column).unwrap_or_default(), ty, &format!("{place}, column {}", column + 1))
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

fn cell_value(program: &Program, text: &str, ty: &Type, place: &str) -> Result<Value, InputError> {
    let text = text.trim();
    let literal = match (text, ty) {
        ("", Type::Optional(_)) => Literal::None,
        ("", Type::Str | Type::Text) => Literal::Str(String::new()),
        ("", _) => return Err(InputError::new(place, "the cell is empty")),
        (text, Type::Str | Type::Text) => Literal::Str(text.to_owned()),
        (text, Type::Optional(member)) if matches!(**member, Type::Str | Type::Text) => Literal::Str(text.to_owned()),
        ("True" | "true", _) => Literal::Bool(true),
        ("False" | "false", _) => Literal::Bool(false),
        (text, _) => Literal::Number(text.to_owned()),
    };
    coerce(program, &literal, ty, place)
}
