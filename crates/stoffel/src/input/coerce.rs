//! An untyped tree and a parameter's type in, a value of that type or the reason why not out.

use stoffel_bytecode::Type;
use stoffel_value::{ScalarTy, Value, parse_scalar};

use super::{InputError, Literal};

/// The value of `literal` in the public form of `ty`; secret leaves are given in the clear to their owner's client.
///
/// # Errors
/// If it does not fit, naming the place (`place` and the path of members below it).
pub(crate) fn coerce(literal: &Literal, ty: &Type, place: &str) -> Result<Value, InputError> {
    let mismatch = || InputError::new(place, format!("{} is not {}", literal.describe(), describe(ty)));
    match ty {
        Type::Scalar(scalar) | Type::Secret(scalar) => scalar_value(literal, *scalar, place),
        Type::Str => match literal {
            Literal::Text(text) | Literal::Word(text) | Literal::Number(text) => Ok(Value::Str(text.clone())),
            _ => Err(mismatch()),
        },
        Type::List(member) => match literal {
            Literal::List(members) => {
                let values = members.iter().enumerate().map(|(i, one)| coerce(one, member, &format!("{place}[{i}]")));
                Ok(Value::List(values.collect::<Result<_, _>>()?))
            }
            _ => Err(mismatch()),
        },
        Type::Tuple(types) => match literal {
            Literal::Tuple(members) | Literal::List(members) if members.len() == types.len() => {
                let pairs = members.iter().zip(types).enumerate();
                let values = pairs.map(|(i, (one, ty))| coerce(one, ty, &format!("{place}[{i}]")));
                Ok(Value::Tuple(values.collect::<Result<_, _>>()?))
            }
            _ => Err(mismatch()),
        },
        Type::Optional(member) => match literal {
            Literal::None => Ok(Value::None),
            other => coerce(other, member, place),
        },
        Type::Ticket(_) => Err(mismatch()),
    }
}

fn scalar_value(literal: &Literal, ty: ScalarTy, place: &str) -> Result<Value, InputError> {
    let wrong =
        |why: &str| InputError::new(place, format!("{} is not {}{why}", literal.describe(), describe_scalar(ty)));
    let word = match (literal, ty) {
        (Literal::Bool(truth), ScalarTy::Bool) => u64::from(*truth),
        (Literal::Number(text) | Literal::Word(text), _) => {
            parse_scalar(ty, &text.replace('_', "")).map_err(|error| wrong(&format!(" ({error})")))?
        }
        _ => return Err(wrong("")),
    };
    Ok(Value::Scalar(ty, word))
}

/// A type in words, for messages.
pub(super) fn describe(ty: &Type) -> String {
    match ty {
        Type::Scalar(scalar) | Type::Secret(scalar) => describe_scalar(*scalar),
        Type::Str => "a string".to_owned(),
        Type::List(member) => format!("a list, each member {}", describe(member)),
        Type::Tuple(types) => format!("a tuple of {}", types.len()),
        Type::Optional(member) => format!("None or {}", describe(member)),
        Type::Ticket(_) => "an opening".to_owned(),
    }
}

fn describe_scalar(ty: ScalarTy) -> String {
    match ty {
        ScalarTy::Bool => "True or False (bool)".to_owned(),
        ScalarTy::Int(ty) if ty.is_signed() => format!("an {}", ty.name()),
        ScalarTy::Int(ty) => format!("a {}", ty.name()),
        other => format!("a {other} number"),
    }
}
