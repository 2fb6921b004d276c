//! A composite value in, its public part as bytes and its secret scalars as columns out; and the other way round.
//!
//! The public part of a value of a known type is everything but its secret scalars: lengths, presence, public members. Secrets go
//! into one column per secret place of the *type*, in order of the value: `list[list[secret T]]` has one column, row after row. So a
//! table travels as one vector, and every inner list is a range of its lanes.
//! Both directions walk the type; whatever the bytes say, they cost no more memory than they have length.

use stoffel_bytecode::{Leaf, Type};
use stoffel_mpc::{Engine, Lane, NodeId, OpSite};
use stoffel_value::{ScalarTy, Value};
use stoffel_vm::{InputColumn, InputLeaf};

use crate::wire::{Malformed, Reader, push_block};

/// Formats of the secret places of a type, in order.
pub(crate) fn places(ty: &Type, out: &mut Vec<ScalarTy>) {
    match ty {
        Type::Secret(scalar) => out.push(*scalar),
        Type::List(member) | Type::Optional(member) => places(member, out),
        Type::Tuple(members) => members.iter().for_each(|member| places(member, out)),
        Type::Scalar(_) | Type::Str | Type::Ticket(_) => {}
    }
}

/// Splits a value that its owner gives in the clear: appends the public part to `public` and the secrets to `columns`, which has one
/// entry per place of `ty`.
///
/// # Errors
/// If the value is not of the type.
pub(crate) fn split(
    value: &Value,
    ty: &Type,
    public: &mut Vec<u8>,
    columns: &mut [(ScalarTy, Vec<u64>)],
) -> Result<(), Malformed> {
    match (ty, value) {
        (Type::Scalar(_), Value::Scalar(_, word)) => public.extend_from_slice(&word.to_le_bytes()),
        (Type::Secret(_), Value::Scalar(_, word)) => columns.first_mut().ok_or(Malformed)?.1.push(*word),
        (Type::Secret(_), Value::Secret(_)) => {}
        (Type::Str, Value::Str(text)) => push_block(public, text.as_bytes()),
        (Type::List(member), Value::List(members)) => {
            let len = u32::try_from(members.len()).map_err(|_| Malformed)?;
            public.extend_from_slice(&len.to_le_bytes());
            for one in members {
                split(one, member, public, columns)?;
            }
        }
        (Type::Tuple(types), Value::Tuple(members)) if types.len() == members.len() => {
            let mut first = 0;
            for (ty, one) in types.iter().zip(members) {
                split(one, ty, public, &mut columns[first..])?;
                first += count(ty);
            }
        }
        (Type::Optional(_), Value::None) => public.push(0),
        (Type::Optional(member), one) => {
            public.push(1);
            split(one, member, public, columns)?;
        }
        _ => return Err(Malformed),
    }
    Ok(())
}

/// Number of secret places of a type.
pub(crate) fn count(ty: &Type) -> usize {
    let mut out = Vec::new();
    places(ty, &mut out);
    out.len()
}

/// How many secret scalars the public part announces for each place of `ty`; `lens` has one entry per place.
pub(crate) fn lengths(reader: &mut Reader<'_>, ty: &Type, lens: &mut [u32]) -> Result<(), Malformed> {
    match ty {
        Type::Scalar(_) => reader.u64().map(drop),
        Type::Secret(_) => add(lens, 1),
        Type::Str => reader.block().map(drop),
        Type::List(member) => {
            let len = reader.u32()?;
            if let Type::Secret(_) = **member {
                return add(lens, len);
            }
            if costs_nothing(member) && len > 0 {
                return repeat(member, len, lens);
            }
            (0..len).try_for_each(|_| lengths(reader, member, lens))
        }
        Type::Tuple(members) => {
            let mut first = 0;
            for member in members {
                lengths(reader, member, &mut lens[first..])?;
                first += count(member);
            }
            Ok(())
        }
        Type::Optional(member) => match reader.u8()? {
            0 => Ok(()),
            1 => lengths(reader, member, lens),
            _ => Err(Malformed),
        },
        Type::Ticket(_) => Err(Malformed),
    }
}

fn add(lens: &mut [u32], more: u32) -> Result<(), Malformed> {
    let len = lens.first_mut().ok_or(Malformed)?;
    *len = len.checked_add(more).ok_or(Malformed)?;
    Ok(())
}

/// Whether the public part of a value of this type has no bytes: tuples of secrets.
fn costs_nothing(ty: &Type) -> bool {
    match ty {
        Type::Secret(_) => true,
        Type::Tuple(members) => members.iter().all(costs_nothing),
        _ => false,
    }
}

/// `len` values whose public parts have no bytes.
fn repeat(ty: &Type, len: u32, lens: &mut [u32]) -> Result<(), Malformed> {
    (0..count(ty)).try_for_each(|place| add(&mut lens[place..], len))
}

/// Nodes of an input with the next lane of each; builds the leaves that the machine takes.
pub(crate) struct Builder<'e> {
    /// The engine that holds the nodes.
    pub(crate) engine: &'e mut dyn Engine,
}

/// One secret place: its node and how many lanes have been given out.
pub(crate) struct Cursor {
    pub(crate) node: NodeId,
    pub(crate) next: u32,
}

impl Builder<'_> {
    /// The leaves of one value.
    pub(crate) fn leaves(
        &mut self,
        reader: &mut Reader<'_>,
        ty: &Type,
        cursors: &mut [Cursor],
    ) -> Result<Vec<InputLeaf>, Malformed> {
        Ok(match ty {
            Type::Scalar(_) => vec![InputLeaf::Word(reader.u64()?)],
            Type::Secret(_) => vec![InputLeaf::Secret(self.lane(cursors)?)],
            Type::Str => vec![InputLeaf::Str(text(reader)?)],
            Type::List(member) => vec![self.list(reader, member, cursors)?],
            Type::Tuple(members) => {
                let (mut out, mut first) = (Vec::new(), 0);
                for member in members {
                    out.extend(self.leaves(reader, member, &mut cursors[first..])?);
                    first += count(member);
                }
                out
            }
            Type::Optional(member) => match reader.u8()? {
                0 => self.absent(member),
                _ => {
                    let mut out = vec![InputLeaf::Word(1)];
                    out.extend(self.leaves(reader, member, cursors)?);
                    out
                }
            },
            Type::Ticket(_) => return Err(Malformed),
        })
    }

    /// The next lane of the first cursor, with a reference of its own.
    fn lane(&mut self, cursors: &mut [Cursor]) -> Result<Lane, Malformed> {
        let cursor = cursors.first_mut().ok_or(Malformed)?;
        let lane = Lane { node: cursor.node, lane: cursor.next };
        cursor.next += 1;
        self.engine.retain(cursor.node);
        Ok(lane)
    }

    fn list(&mut self, reader: &mut Reader<'_>, member: &Type, cursors: &mut [Cursor]) -> Result<InputLeaf, Malformed> {
        let len = reader.u32()?;
        if costs_nothing(member) {
            let mut columns = Vec::new();
            for (place, _) in member.leaves().iter().enumerate() {
                let cursor = cursors.get_mut(place).ok_or(Malformed)?;
                self.engine.retain(cursor.node);
                columns.push(InputColumn::Secrets { node: cursor.node, start: cursor.next });
                cursor.next += len;
            }
            return Ok(InputLeaf::List(len, columns));
        }
        let mut columns = empty_columns(member);
        for _ in 0..len {
            let leaves = self.leaves(reader, member, cursors)?;
            push_row(&mut columns, leaves)?;
        }
        Ok(InputLeaf::List(len, columns))
    }

    /// The leaves of `None`: absent, then zero values.
    fn absent(&mut self, member: &Type) -> Vec<InputLeaf> {
        let mut out = vec![InputLeaf::Word(0)];
        for leaf in member.leaves() {
            out.push(match leaf {
                Leaf::Word(_) => InputLeaf::Word(0),
                Leaf::Secret(ty) => {
                    let node = self.engine.constant(ty, &[0], OpSite { site: 0, guard: None });
                    InputLeaf::Secret(Lane { node, lane: 0 })
                }
                Leaf::Ref(Type::List(member)) => InputLeaf::List(0, empty_columns(&member)),
                Leaf::Ref(_) => InputLeaf::Str(String::new()),
            });
        }
        out
    }
}

/// Empty columns for elements of a type.
pub(crate) fn empty_columns(member: &Type) -> Vec<InputColumn> {
    let empty = |leaf: Leaf| match leaf {
        Leaf::Word(_) => InputColumn::Words(Vec::new()),
        Leaf::Secret(_) => InputColumn::Lanes(Vec::new()),
        Leaf::Ref(_) => InputColumn::Refs(Vec::new()),
    };
    member.leaves().into_iter().map(empty).collect()
}

/// Appends one element's leaves to the columns of a list.
pub(crate) fn push_row(columns: &mut [InputColumn], leaves: Vec<InputLeaf>) -> Result<(), Malformed> {
    if columns.len() != leaves.len() {
        return Err(Malformed);
    }
    for (column, leaf) in columns.iter_mut().zip(leaves) {
        match (column, leaf) {
            (InputColumn::Words(words), InputLeaf::Word(word)) => words.push(word),
            (InputColumn::Lanes(lanes), InputLeaf::Secret(lane)) => lanes.push(lane),
            (InputColumn::Refs(refs), leaf @ (InputLeaf::Str(_) | InputLeaf::List(..))) => refs.push(leaf),
            _ => return Err(Malformed),
        }
    }
    Ok(())
}

fn text(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    String::from_utf8(reader.block()?.to_vec()).map_err(|_| Malformed)
}

/// Members of lists that bytes of a message may stand for: a member costs at least one bit of share somewhere in the message.
pub(crate) fn budget(message_bytes: usize) -> usize {
    message_bytes.saturating_mul(8).saturating_add(1024)
}

/// Reads a public part back into a value with [`Value::Secret`] at every secret place. Members that have no bytes of their own are
/// bounded by `budget`, so that a length alone claims no memory.
pub(crate) fn read(reader: &mut Reader<'_>, ty: &Type, budget: &mut usize) -> Result<Value, Malformed> {
    Ok(match ty {
        Type::Scalar(scalar) => Value::Scalar(*scalar, reader.u64()?),
        Type::Secret(scalar) => Value::Secret(*scalar),
        Type::Str => Value::Str(text(reader)?),
        Type::List(member) => {
            let len = reader.u32()? as usize;
            *budget = budget.checked_sub(len).ok_or(Malformed)?;
            let mut members = Vec::new();
            for _ in 0..len {
                members.push(read(reader, member, budget)?);
            }
            Value::List(members)
        }
        Type::Tuple(types) => Value::Tuple(types.iter().map(|ty| read(reader, ty, budget)).collect::<Result<_, _>>()?),
        Type::Optional(member) => match reader.u8()? {
            0 => Value::None,
            1 => read(reader, member, budget)?,
            _ => return Err(Malformed),
        },
        Type::Ticket(_) => return Err(Malformed),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn types() -> Vec<Type> {
        let secret = Type::Secret(ScalarTy::I64);
        let list = |ty: &Type| Type::List(Box::new(ty.clone()));
        let pair = Type::Tuple(vec![secret.clone(), Type::Scalar(ScalarTy::I64), Type::Str]);
        vec![
            list(&secret),
            list(&list(&secret)),
            list(&pair),
            list(&Type::Tuple(vec![secret.clone(), Type::Secret(ScalarTy::Bool)])),
            list(&Type::Tuple(Vec::new())),
            Type::Optional(Box::new(list(&Type::Optional(Box::new(secret))))),
        ]
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            for ty in types() {
                let _ = read(&mut Reader::new(&bytes), &ty, &mut budget(bytes.len()));
                let mut lens = vec![0; count(&ty)];
                let _ = lengths(&mut Reader::new(&bytes), &ty, &mut lens);
            }
        }
    }

    #[test]
    fn a_length_alone_claims_no_memory() {
        let huge = u32::MAX.to_le_bytes();
        for ty in types() {
            assert_eq!(read(&mut Reader::new(&huge), &ty, &mut budget(4)), Err(Malformed));
        }
    }

    #[test]
    fn what_is_split_is_read_back_with_holes() {
        let int = |word| Value::Scalar(ScalarTy::I64, word);
        let row = |a, b, text: &str| Value::Tuple(vec![a, int(b), Value::Str(text.to_owned())]);
        let (mut public, mut columns) = (Vec::new(), vec![(ScalarTy::I64, Vec::new())]);
        let value = Value::List(vec![row(int(7), 1, "x"), row(int(8), 2, "")]);
        let ty = &types()[2];
        split(&value, ty, &mut public, &mut columns).unwrap();
        assert_eq!(columns[0].1, [7, 8]);
        let mut lens = [0];
        lengths(&mut Reader::new(&public), ty, &mut lens).unwrap();
        assert_eq!(lens, [2]);
        let hole = || Value::Secret(ScalarTy::I64);
        let shape = read(&mut Reader::new(&public), ty, &mut budget(public.len())).unwrap();
        assert_eq!(shape, Value::List(vec![row(hole(), 1, "x"), row(hole(), 2, "")]));
    }
}
