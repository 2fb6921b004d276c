//! A client's values in, one message per party out; the parties' messages in, what the client receives out.

use stoffel_bytecode::{Program, Type};
use stoffel_mpc::Backend;
use stoffel_value::{ScalarTy, Value};
use stoffel_vm::send_layout;

use crate::abort::SessionError;
use crate::host::{ClientGiven, delivered_type};
use crate::wire::{Malformed, Reader, push_block};
use crate::{positional, shape};

/// Deliveries that one client takes in one session.
const DELIVERIES_MAX: u32 = 1 << 20;

/// The type that one client gives for a parameter: the member of the list for `from each`.
#[must_use]
pub fn given_type(program: &Program, row: u32) -> Option<&Type> {
    let input = program.inputs.get(row as usize)?;
    match program.types.get(input.ty as usize)? {
        Type::List(member) if input.each => Some(member),
        whole => Some(whole),
    }
}

/// Rows of the parameters that a role gives, in order.
pub(crate) fn rows_of<'p>(program: &'p Program, role: &'p str) -> impl Iterator<Item = u32> + 'p {
    (0u32..).zip(&program.inputs).filter(move |(_, input)| input.role.as_deref() == Some(role)).map(|(row, _)| row)
}

/// Shares a client's values: one message per party. `seed` must be fresh for every attempt.
///
/// # Errors
/// If a parameter of the role is missing or not of its type.
pub fn prepare(
    program: &Program,
    backend: Backend,
    role: &str,
    given: &ClientGiven,
    seed: [u8; 32],
) -> Result<Vec<Vec<u8>>, SessionError> {
    let mut public = Vec::new();
    let mut columns: Vec<(ScalarTy, Vec<u64>)> = Vec::new();
    for row in rows_of(program, role) {
        let name = &program.inputs[row as usize].name;
        let ty = given_type(program, row).ok_or_else(|| SessionError::Setup(format!("`{name}` has no type")))?;
        let found = given.values.iter().find(|(one, _)| *one == row);
        let (_, value) = found.ok_or_else(|| SessionError::Setup(format!("`{role}.{name}` was not given")))?;
        let mut places = Vec::new();
        shape::places(program, ty, &mut places);
        let first = columns.len();
        columns.extend(places.into_iter().map(|ty| (ty, Vec::new())));
        shape::split(program, value, ty, &mut public, &mut columns[first..])
            .map_err(|Malformed| SessionError::Setup(format!("`{role}.{name}` is not of its type")))?;
    }
    if !program.slots.is_empty() {
        positional::split(&given.positional, &mut public, &mut columns);
    }
    let payloads = stoffel_mpc::client::share(backend, &columns, &public, seed);
    let message = |payload: &Vec<u8>| {
        let mut out = Vec::with_capacity(public.len() + payload.len() + 8);
        push_block(&mut out, &public);
        push_block(&mut out, payload);
        out
    };
    Ok(payloads.iter().map(message).collect())
}

/// The public part and the payload of a client's message to one party.
pub(crate) fn parse(message: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut reader = Reader::new(message);
    let parts = (reader.block()?, reader.block()?);
    reader.end()?;
    Ok(parts)
}

/// Puts together what a client received from all parties: the values in order of delivery.
///
/// # Errors
/// If the messages do not fit together or the program.
pub fn receive(program: &Program, backend: Backend, messages: &[Vec<u8>]) -> Result<Vec<Value>, SessionError> {
    let malformed = |_: Malformed| SessionError::Output("a message is malformed".to_owned());
    let mut shapes: Option<Vec<(&Type, Value)>> = None;
    let mut head: Option<&[u8]> = None;
    let mut payloads = Vec::new();
    for message in messages {
        let (found, public, payload) = deliveries(program, message).map_err(malformed)?;
        if head.is_some_and(|head| head != public) {
            return Err(SessionError::Output("the parties delivered different shapes".to_owned()));
        }
        head = Some(public);
        shapes = Some(found);
        payloads.push(payload.to_vec());
    }
    let shapes = shapes.ok_or_else(|| SessionError::Output("no party answered".to_owned()))?;
    let layout: Vec<(ScalarTy, u32)> = shapes.iter().flat_map(|(_, shape)| send_layout(shape)).collect();
    let vectors = stoffel_mpc::client::reconstruct(backend, &layout, &payloads)
        .map_err(|abort| SessionError::Output(abort.to_string()))?;
    let mut words = vectors.into_iter().flatten();
    let filled = |(ty, shape)| Ok(shape::spelled(program, ty, fill(shape, &mut words)?));
    shapes.into_iter().map(filled).collect::<Result<_, Malformed>>().map_err(malformed)
}

type Deliveries<'p, 'm> = (Vec<(&'p Type, Value)>, &'m [u8], &'m [u8]);

/// Shapes with their types, the bytes that hold them, and the payload.
fn deliveries<'p, 'm>(program: &'p Program, message: &'m [u8]) -> Result<Deliveries<'p, 'm>, Malformed> {
    let mut reader = Reader::new(message);
    let count = reader.u32()?;
    if count > DELIVERIES_MAX {
        return Err(Malformed);
    }
    let (mut shapes, mut budget) = (Vec::new(), shape::budget(message.len()));
    for _ in 0..count {
        let (kind, row) = (reader.u8()?, reader.u32()?);
        let ty = delivered_type(program, kind, row).ok_or(Malformed)?;
        let mut public = Reader::new(reader.block()?);
        shapes.push((ty, shape::read(program, &mut public, ty, &mut budget)?));
        public.end()?;
    }
    let payload = reader.block()?;
    reader.end()?;
    let public = &message[..message.len() - payload.len() - 4];
    Ok((shapes, public, payload))
}

/// Puts the next words at every secret place, in order.
fn fill(shape: Value, words: &mut impl Iterator<Item = u64>) -> Result<Value, Malformed> {
    Ok(match shape {
        Value::Secret(ty) => Value::Scalar(ty, words.next().ok_or(Malformed)?),
        Value::List(members) => Value::List(fill_all(members, words)?),
        Value::Tuple(members) => Value::Tuple(fill_all(members, words)?),
        Value::Dict(pairs) => Value::Dict(
            pairs.into_iter().map(|(key, value)| Ok((key, fill(value, words)?))).collect::<Result<_, Malformed>>()?,
        ),
        Value::Object(name, fields) => {
            let fill_field = |(name, field)| Ok((name, fill(field, words)?));
            Value::Object(name, fields.into_iter().map(fill_field).collect::<Result<_, _>>()?)
        }
        other => other,
    })
}

fn fill_all(members: Vec<Value>, words: &mut impl Iterator<Item = u64>) -> Result<Vec<Value>, Malformed> {
    members.into_iter().map(|member| fill(member, words)).collect()
}
