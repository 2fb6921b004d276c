//! Positional inputs `SLOT=VALUE` and a program's reads of them in; per slot the words in every format that is read, out
//! (LANGUAGE §14.3, §17.2).
//!
//! A value at a position that the compiler knows is given in every format that is read there, or refused. At other positions its
//! written form decides: `True` is a bool, `1.5` fixed, `40` an integer and fixed; so what it is in says nothing of its size.

use std::collections::BTreeMap;

use stoffel_bytecode::{Program, Receivers};
use stoffel_runtime::Positional;
use stoffel_value::{Literal, ScalarTy, Shape, Value};

use super::InputError;

/// Role of a client that joins by its slot alone.
pub(super) fn role(slot: usize) -> String {
    format!("slot {slot}")
}

/// The slot of such a client.
pub(super) fn slot_of(role: &str) -> Option<usize> {
    role.strip_prefix("slot ").and_then(|slot| slot.parse().ok())
}

/// Slots that the program names as receivers, and one more than the last of them.
pub(super) fn receiving(program: &Program) -> usize {
    let slots = program.disclosures.iter().filter_map(|row| match row.to {
        Receivers::Slot(slot) => Some(slot as usize + 1),
        _ => None,
    });
    slots.max().unwrap_or(0)
}

/// Values by slot, in order.
///
/// # Errors
/// If the program reads none, or one is not what is read at its position.
pub(super) fn positional(
    program: &Program,
    given: &[(usize, String)],
) -> Result<BTreeMap<usize, Positional>, InputError> {
    let mut out: BTreeMap<usize, Positional> = BTreeMap::new();
    for (slot, text) in given {
        if program.slots.is_empty() {
            let message = "the program reads no positional inputs (ClientStore); give its parameters by name";
            return Err(InputError::new(role(*slot), message));
        }
        let inputs = out.entry(*slot).or_default();
        let place = format!("slot {slot}, input {}", inputs.len());
        inputs.push(formats(program, *slot, inputs.len(), text, &place)?);
    }
    Ok(out)
}

fn formats(
    program: &Program,
    slot: usize,
    index: usize,
    text: &str,
    place: &str,
) -> Result<Vec<(ScalarTy, u64)>, InputError> {
    let at = |number: usize| u32::try_from(number).map_err(|_| InputError::new(place, "there is no such slot"));
    let wanted = program.slot_formats(at(slot)?, at(index)?);
    if wanted.formats.is_empty() {
        return Err(InputError::new(place, "the program does not read it"));
    }
    let literal = Literal::parse(text).map_err(|error| InputError::new(place, error.to_string()))?;
    let suits = |ty: ScalarTy| match (&literal, ty) {
        (Literal::Bool(_), _) => ty == ScalarTy::Bool,
        (Literal::Number(text), ScalarTy::Int(_)) => text.bytes().all(|byte| !matches!(byte, b'.' | b'e' | b'E')),
        (Literal::Number(_), ScalarTy::Fix(_)) => true,
        _ => false,
    };
    let mut out = Vec::new();
    for ty in wanted.formats.iter().copied().filter(|ty| wanted.known || suits(*ty)) {
        match literal.coerce(&Shape::Scalar(ty)) {
            Ok(Value::Scalar(_, word)) => out.push((ty, word)),
            Ok(_) => return Err(InputError::new(place, format!("it is not a value of {ty}"))),
            Err(error) => return Err(InputError::new(place, error.to_string())),
        }
    }
    if out.is_empty() {
        let listed = wanted.formats.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        return Err(InputError::new(place, format!("'{text}' is not a value of {listed}")));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use stoffel_bytecode::SlotRow;

    use super::*;

    fn program() -> Program {
        let row = |slot, index, ty| SlotRow { slot, index, ty };
        let slots = vec![
            row(Some(0), Some(0), ScalarTy::I64),
            row(Some(0), None, ScalarTy::Bool),
            row(Some(0), None, ScalarTy::I64),
        ];
        Program { slots, ..Program::default() }
    }

    fn read(given: &[(usize, &str)]) -> Result<BTreeMap<usize, Positional>, InputError> {
        let given: Vec<(usize, String)> = given.iter().map(|(slot, text)| (*slot, (*text).to_owned())).collect();
        positional(&program(), &given)
    }

    #[test]
    fn known_positions_take_their_format_and_others_that_of_the_written_form() {
        let read = read(&[(0, "1"), (0, "True"), (0, "-3")]).unwrap();
        let int = |word: i64| vec![(ScalarTy::I64, word as u64)];
        assert_eq!(read[&0], [int(1), vec![(ScalarTy::Bool, 1)], int(-3)]);
    }

    #[test]
    fn what_is_not_read_or_does_not_fit_is_refused_by_place() {
        assert!(read(&[(0, "True")]).unwrap_err().to_string().starts_with("slot 0, input 0: "));
        assert!(
            read(&[(0, "1"), (0, "1.5")]).unwrap_err().to_string().contains("'1.5' is not a value of bool or int64")
        );
        assert!(read(&[(1, "1")]).unwrap_err().to_string().contains("does not read it"));
        assert!(positional(&Program::default(), &[(0, "1".to_owned())]).is_err());
    }
}
