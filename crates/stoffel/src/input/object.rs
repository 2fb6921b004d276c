//! A literal and a type that holds objects in, the value out.
//!
//! Object types may lead back to themselves, so the type is walked along the literal; parts without objects go to the table of
//! literals' shapes. JSON and TOML give objects without their names, as dicts with text keys.

use stoffel_bytecode::{ObjectTy, Program, Type};
use stoffel_value::{Literal, Value};

use super::{InputError, coerce};
use crate::names::nearest;

/// The value of a literal in a type that holds objects.
///
/// # Errors
/// If it does not fit, naming the place.
pub(super) fn value(program: &Program, literal: &Literal, ty: &Type, place: &str) -> Result<Value, InputError> {
    match (ty, literal) {
        (Type::Optional(_), Literal::None) => Ok(Value::None),
        (Type::Optional(member), _) => coerce(program, literal, member, place),
        (Type::List(member), Literal::List(items)) => {
            let items =
                items.iter().enumerate().map(|(at, item)| coerce(program, item, member, &format!("{place}[{at}]")));
            Ok(Value::List(items.collect::<Result<_, _>>()?))
        }
        (Type::Tuple(types), Literal::Tuple(items) | Literal::List(items)) if types.len() == items.len() => {
            let items = items.iter().zip(types).enumerate();
            let items = items.map(|(at, (item, ty))| coerce(program, item, ty, &format!("{place}[{at}]")));
            Ok(Value::Tuple(items.collect::<Result<_, _>>()?))
        }
        (Type::Object(object), Literal::Object(name, fields)) if *name == program.type_name(ty) => {
            let fields: Vec<(&str, &Literal)> = fields.iter().map(|(name, value)| (name.as_str(), value)).collect();
            object_value(program, *object, &fields, place)
        }
        (Type::Object(object), Literal::Dict(pairs)) => {
            let mut fields = Vec::with_capacity(pairs.len());
            for (key, value) in pairs {
                let Literal::Str(name) = key else {
                    return Err(InputError::new(place, "the names of fields are text"));
                };
                fields.push((name.as_str(), value));
            }
            object_value(program, *object, &fields, place)
        }
        _ => Err(InputError::new(place, format!("the value is not {}", describe(program, ty)))),
    }
}

/// An object of the fields given by name, each once.
fn object_value(
    program: &Program,
    object: ObjectTy,
    given: &[(&str, &Literal)],
    place: &str,
) -> Result<Value, InputError> {
    let name = program.type_name(&Type::Object(object));
    let known = || program.fields(object).map(|(name, _)| name);
    if let Some((wrong, _)) = given.iter().find(|(field, _)| !known().any(|name| name == *field)) {
        let near = nearest(wrong, known()).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(InputError::new(place, format!("`{name}` has no field `{wrong}`{near}")));
    }
    let field = |(field, ty): (&str, &Type)| {
        let mut of_field = given.iter().filter(|(name, _)| *name == field);
        match (of_field.next(), of_field.next()) {
            (Some((_, value)), None) => {
                Ok((field.to_owned(), coerce(program, value, ty, &format!("{place}.{field}"))?))
            }
            (None, _) => Err(InputError::new(place, format!("the field `{field}` of `{name}` is missing"))),
            (Some(_), Some(_)) => Err(InputError::new(place, format!("the field `{field}` is given twice"))),
        }
    };
    let fields = program.fields(object).map(field).collect::<Result<_, _>>()?;
    Ok(Value::Object(name.clone(), fields))
}

fn describe(program: &Program, ty: &Type) -> String {
    match ty {
        Type::List(member) => format!("a list, each member {}", describe(program, member)),
        Type::Tuple(types) => format!("a tuple of {}", types.len()),
        Type::Optional(member) => format!("None or {}", describe(program, member)),
        other => format!("an object `{}`", program.type_name(other)),
    }
}
