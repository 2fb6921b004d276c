//! A composite value in, its public part as bytes and its secret scalars as columns out; and the other way round.
//!
//! The public part of a value of a known type is everything but its secret scalars: lengths, presence, public members, a mark for each
//! object. Secrets go into one column per secret place of the *type*, in order of the value: `list[list[secret T]]` has one column,
//! row after row. So a table travels as one vector, and every inner list is a range of its lanes.
//! Both directions walk the type; whatever the bytes say, they cost no more memory than they have length.

mod walk;

use stoffel_bytecode::{Leaf, Program, Type};
use stoffel_mpc::{Engine, Lane, NodeId, OpSite};
use stoffel_value::{ScalarTy, Value};
use stoffel_vm::{InputColumn, InputLeaf};

use crate::positional::{push_format, read_format};
use crate::wire::{Malformed, Reader, push_block};
use walk::Walk;

/// Mark of an object.
const OBJECT: u8 = 1;
/// Mark of an object that stands around the place: only in results.
const CYCLE: u8 = 2;

/// Formats of the secret places of a type, in order.
pub(crate) fn places(program: &Program, ty: &Type, out: &mut Vec<ScalarTy>) {
    Walk::new(program).places(ty, out);
}

/// Number of secret places of a type.
pub(crate) fn count(program: &Program, ty: &Type) -> usize {
    Walk::new(program).count(ty)
}

/// Splits a value that its owner gives in the clear: appends the public part to `public` and the secrets to `columns`, which has one
/// entry per place of `ty`.
///
/// # Errors
/// If the value is not of the type.
pub(crate) fn split(
    program: &Program,
    value: &Value,
    ty: &Type,
    public: &mut Vec<u8>,
    columns: &mut [(ScalarTy, Vec<u64>)],
) -> Result<(), Malformed> {
    Splitter { walk: Walk::new(program), public, columns }.value(value, ty, 0)
}

struct Splitter<'s> {
    walk: Walk<'s>,
    public: &'s mut Vec<u8>,
    columns: &'s mut [(ScalarTy, Vec<u64>)],
}

impl Splitter<'_> {
    fn value(&mut self, value: &Value, ty: &Type, first: usize) -> Result<(), Malformed> {
        self.walk.enter()?;
        match (ty, value) {
            (Type::Scalar(_), Value::Scalar(_, word)) => self.public.extend_from_slice(&word.to_le_bytes()),
            (Type::Secret(_), Value::Scalar(_, word)) => self.columns.get_mut(first).ok_or(Malformed)?.1.push(*word),
            (Type::Secret(_), Value::Secret(_)) => {}
            (Type::Text, Value::Str(text)) => {
                let column = &mut self.columns.get_mut(first).ok_or(Malformed)?.1;
                let before = column.len();
                column.extend(text.chars().map(|code| u64::from(u32::from(code))));
                let len = u32::try_from(column.len() - before).map_err(|_| Malformed)?;
                self.public.extend_from_slice(&len.to_le_bytes());
            }
            (Type::Text, Value::List(codes)) => {
                let len = u32::try_from(codes.len()).map_err(|_| Malformed)?;
                self.public.extend_from_slice(&len.to_le_bytes());
            }
            (Type::Share, Value::Secret(kind)) => push_format(self.public, *kind),
            (Type::Str, Value::Str(text)) => push_block(self.public, text.as_bytes()),
            (Type::List(member), Value::List(members)) => {
                let len = u32::try_from(members.len()).map_err(|_| Malformed)?;
                self.public.extend_from_slice(&len.to_le_bytes());
                for one in members {
                    self.value(one, member, first)?;
                }
            }
            (Type::Dict(key, member), Value::Dict(pairs)) => {
                let len = u32::try_from(pairs.len()).map_err(|_| Malformed)?;
                self.public.extend_from_slice(&len.to_le_bytes());
                for (one, value) in pairs {
                    self.value(one, key, first)?;
                    self.value(value, member, first)?;
                }
            }
            (Type::Array(member), value) => {
                let axes = stoffel_value::axes(value).ok_or(Malformed)?;
                self.public.extend_from_slice(&u32::try_from(axes.len()).map_err(|_| Malformed)?.to_le_bytes());
                axes.iter().for_each(|len| self.public.extend_from_slice(&len.to_le_bytes()));
                self.elements(value, member, first)?;
            }
            (Type::Tuple(types), Value::Tuple(members)) if types.len() == members.len() => {
                let mut place = first;
                for (ty, one) in types.iter().zip(members) {
                    self.value(one, ty, place)?;
                    place += self.walk.count(ty);
                }
            }
            (Type::Optional(_), Value::None) => self.public.push(0),
            (Type::Optional(member), one) => {
                self.public.push(1);
                self.value(one, member, first)?;
            }
            (Type::Object(_), Value::Cycle) => self.public.push(CYCLE),
            (Type::Object(object), Value::Object(_, given)) => {
                self.public.push(OBJECT);
                let inside = self.walk.enter_object(*object, first);
                let (mut place, mut given) = (inside.first, given.iter());
                for (name, ty) in self.walk.fields(*object) {
                    let value = given.next().filter(|(known, _)| known == name).ok_or(Malformed)?;
                    self.value(&value.1, ty, place)?;
                    place += self.walk.count(ty);
                }
                self.walk.leave_object(inside);
                if given.next().is_some() {
                    return Err(Malformed);
                }
            }
            _ => return Err(Malformed),
        }
        self.walk.leave();
        Ok(())
    }

    /// The elements of an array in row-major order.
    fn elements(&mut self, value: &Value, member: &Type, first: usize) -> Result<(), Malformed> {
        match value {
            Value::List(rows) => rows.iter().try_for_each(|row| self.elements(row, member, first)),
            scalar => self.value(scalar, member, first),
        }
    }
}

/// Axis lengths of an array and the number of its elements.
fn axes(reader: &mut Reader<'_>) -> Result<(Vec<u32>, u32), Malformed> {
    let rank = reader.u32()?;
    let axes = (0..rank).map(|_| reader.u32()).collect::<Result<Vec<_>, _>>()?;
    let len = if axes.contains(&0) { Some(0) } else { axes.iter().try_fold(1u32, |size, len| size.checked_mul(*len)) };
    Ok((axes, len.ok_or(Malformed)?))
}

/// How many secret scalars the public part announces for each place of `ty`; `lens` has one entry per place.
pub(crate) fn lengths(
    program: &Program,
    reader: &mut Reader<'_>,
    ty: &Type,
    lens: &mut [u32],
) -> Result<(), Malformed> {
    lengths_of(&mut Walk::new(program), reader, ty, lens, 0)
}

fn lengths_of(
    walk: &mut Walk<'_>,
    reader: &mut Reader<'_>,
    ty: &Type,
    lens: &mut [u32],
    first: usize,
) -> Result<(), Malformed> {
    walk.enter()?;
    match ty {
        Type::Scalar(_) => reader.u64().map(drop)?,
        Type::Secret(_) => add(lens, first, 1)?,
        Type::Text => add(lens, first, reader.u32()?)?,
        Type::Str => reader.block().map(drop)?,
        Type::List(member) => {
            let len = reader.u32()?;
            if costs_nothing(member) {
                (0..walk.count(member)).try_for_each(|place| add(lens, first + place, len))?;
            } else {
                (0..len).try_for_each(|_| lengths_of(walk, reader, member, lens, first))?;
            }
        }
        Type::Dict(key, member) => {
            for _ in 0..reader.u32()? {
                lengths_of(walk, reader, key, lens, first)?;
                lengths_of(walk, reader, member, lens, first)?;
            }
        }
        Type::Array(member) => {
            let (_, len) = axes(reader)?;
            match **member {
                Type::Secret(_) => add(lens, first, len)?,
                _ => (0..len).try_for_each(|_| reader.u64().map(drop))?,
            }
        }
        Type::Tuple(members) => {
            let mut place = first;
            for member in members {
                lengths_of(walk, reader, member, lens, place)?;
                place += walk.count(member);
            }
        }
        Type::Optional(member) => match reader.u8()? {
            0 => {}
            1 => lengths_of(walk, reader, member, lens, first)?,
            _ => return Err(Malformed),
        },
        Type::Object(object) => {
            object_mark(reader)?;
            let inside = walk.enter_object(*object, first);
            let mut place = inside.first;
            for (_, ty) in walk.fields(*object) {
                lengths_of(walk, reader, ty, lens, place)?;
                place += walk.count(ty);
            }
            walk.leave_object(inside);
        }
        Type::Ticket(_) | Type::Func(_) | Type::Closure | Type::Share => return Err(Malformed),
    }
    walk.leave();
    Ok(())
}

/// A row of a dict.
fn row(key: &Type, value: &Type) -> Type {
    Type::Tuple(vec![key.clone(), value.clone()])
}

/// Inputs are trees: an object that leads back to itself is none.
fn object_mark(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    if reader.u8()? == OBJECT { Ok(()) } else { Err(Malformed) }
}

fn add(lens: &mut [u32], place: usize, more: u32) -> Result<(), Malformed> {
    let len = lens.get_mut(place).ok_or(Malformed)?;
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

/// One secret place: its node and how many lanes have been given out.
pub(crate) struct Cursor {
    pub(crate) node: NodeId,
    pub(crate) next: u32,
}

/// The leaves of one value that the machine takes; `cursors` has the nodes of the places of `ty`.
pub(crate) fn leaves(
    program: &Program,
    engine: &mut dyn Engine,
    reader: &mut Reader<'_>,
    ty: &Type,
    cursors: &mut [Cursor],
) -> Result<Vec<InputLeaf>, Malformed> {
    Builder { walk: Walk::new(program), engine, cursors }.leaves(reader, ty, 0)
}

struct Builder<'e> {
    walk: Walk<'e>,
    /// Holds the nodes.
    engine: &'e mut dyn Engine,
    cursors: &'e mut [Cursor],
}

impl Builder<'_> {
    fn leaves(&mut self, reader: &mut Reader<'_>, ty: &Type, first: usize) -> Result<Vec<InputLeaf>, Malformed> {
        self.walk.enter()?;
        let leaves = match ty {
            Type::Scalar(_) => vec![InputLeaf::Word(reader.u64()?)],
            Type::Secret(_) => vec![InputLeaf::Secret(self.lane(first)?)],
            Type::Str => vec![InputLeaf::Str(text(reader)?)],
            Type::List(member) => vec![self.list(reader, member, first)?],
            Type::Text => vec![self.list(reader, &Type::Secret(Type::CODE), first)?],
            Type::Dict(key, member) => vec![self.list(reader, &row(key, member), first)?],
            Type::Array(member) => vec![self.array(reader, member, first)?],
            Type::Tuple(members) => {
                let (mut out, mut place) = (Vec::new(), first);
                for member in members {
                    out.extend(self.leaves(reader, member, place)?);
                    place += self.walk.count(member);
                }
                out
            }
            Type::Optional(member) => match reader.u8()? {
                0 => self.absent(member),
                _ => {
                    let mut out = vec![InputLeaf::Word(1)];
                    out.extend(self.leaves(reader, member, first)?);
                    out
                }
            },
            Type::Object(object) => {
                object_mark(reader)?;
                let inside = self.walk.enter_object(*object, first);
                let (mut out, mut place) = (Vec::new(), inside.first);
                for (_, ty) in self.walk.fields(*object) {
                    out.extend(self.leaves(reader, ty, place)?);
                    place += self.walk.count(ty);
                }
                self.walk.leave_object(inside);
                vec![InputLeaf::Object(out)]
            }
            Type::Ticket(_) | Type::Func(_) | Type::Closure | Type::Share => return Err(Malformed),
        };
        self.walk.leave();
        Ok(leaves)
    }

    /// The next lane of a place, with a reference of its own.
    fn lane(&mut self, place: usize) -> Result<Lane, Malformed> {
        let cursor = self.cursors.get_mut(place).ok_or(Malformed)?;
        let lane = Lane { node: cursor.node, lane: cursor.next };
        cursor.next += 1;
        self.engine.retain(cursor.node);
        Ok(lane)
    }

    fn list(&mut self, reader: &mut Reader<'_>, member: &Type, first: usize) -> Result<InputLeaf, Malformed> {
        let len = reader.u32()?;
        if costs_nothing(member) {
            let mut columns = Vec::new();
            for place in 0..member.leaves().len() {
                let cursor = self.cursors.get_mut(first + place).ok_or(Malformed)?;
                self.engine.retain(cursor.node);
                columns.push(InputColumn::Secrets { node: cursor.node, start: cursor.next });
                cursor.next += len;
            }
            return Ok(InputLeaf::List(len, columns));
        }
        let mut columns = empty_columns(member);
        for _ in 0..len {
            let leaves = self.leaves(reader, member, first)?;
            push_row(&mut columns, leaves)?;
        }
        Ok(InputLeaf::List(len, columns))
    }

    fn array(&mut self, reader: &mut Reader<'_>, member: &Type, first: usize) -> Result<InputLeaf, Malformed> {
        let (axes, len) = axes(reader)?;
        let column = match member {
            Type::Secret(_) => {
                let cursor = self.cursors.get_mut(first).ok_or(Malformed)?;
                self.engine.retain(cursor.node);
                let column = InputColumn::Secrets { node: cursor.node, start: cursor.next };
                cursor.next += len;
                column
            }
            _ => {
                let mut words = Vec::new();
                for _ in 0..len {
                    words.push(reader.u64()?);
                }
                InputColumn::Words(words)
            }
        };
        Ok(InputLeaf::Array(axes, column))
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
                Leaf::Ref(Type::Text) => InputLeaf::List(0, vec![InputColumn::Lanes(Vec::new())]),
                Leaf::Ref(Type::Object(_) | Type::Dict(..)) => InputLeaf::Nil,
                Leaf::Ref(Type::Array(member)) => InputLeaf::Array(vec![0], empty_columns(&member).remove(0)),
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
            (
                InputColumn::Refs(refs),
                leaf @ (InputLeaf::Str(_)
                | InputLeaf::List(..)
                | InputLeaf::Array(..)
                | InputLeaf::Object(_)
                | InputLeaf::Nil),
            ) => {
                refs.push(leaf);
            }
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
pub(crate) fn read(
    program: &Program,
    reader: &mut Reader<'_>,
    ty: &Type,
    budget: &mut usize,
) -> Result<Value, Malformed> {
    read_within(&mut Walk::new(program), reader, ty, budget)
}

fn read_within(
    walk: &mut Walk<'_>,
    reader: &mut Reader<'_>,
    ty: &Type,
    budget: &mut usize,
) -> Result<Value, Malformed> {
    walk.enter()?;
    let value = match ty {
        Type::Scalar(scalar) => Value::Scalar(*scalar, reader.u64()?),
        Type::Secret(scalar) => Value::Secret(*scalar),
        Type::Text => {
            let len = reader.u32()? as usize;
            *budget = budget.checked_sub(len).ok_or(Malformed)?;
            Value::List(vec![Value::Secret(Type::CODE); len])
        }
        Type::Share => Value::Secret(read_format(reader)?),
        Type::Str => Value::Str(text(reader)?),
        Type::List(member) => {
            let len = reader.u32()? as usize;
            *budget = budget.checked_sub(len).ok_or(Malformed)?;
            let mut members = Vec::new();
            for _ in 0..len {
                members.push(read_within(walk, reader, member, budget)?);
            }
            Value::List(members)
        }
        Type::Dict(key, member) => {
            let len = reader.u32()? as usize;
            *budget = budget.checked_sub(len).ok_or(Malformed)?;
            let mut pairs = Vec::new();
            for _ in 0..len {
                let key = read_within(walk, reader, key, budget)?;
                pairs.push((key, read_within(walk, reader, member, budget)?));
            }
            Value::Dict(pairs)
        }
        Type::Array(member) => {
            let (axes, len) = axes(reader)?;
            // Rows within an axis of length 0 cost nothing either.
            let rows = axes.iter().take_while(|len| **len > 0).map(|len| *len as usize);
            let outer = rows.scan(1usize, |size, len| {
                *size = size.saturating_mul(len);
                Some(*size)
            });
            let claimed = outer.fold(len as usize, usize::saturating_add);
            *budget = budget.checked_sub(claimed).ok_or(Malformed)?;
            nested(walk, reader, member, &axes, budget)?
        }
        Type::Tuple(types) => {
            let members = types.iter().map(|ty| read_within(walk, reader, ty, budget));
            Value::Tuple(members.collect::<Result<_, _>>()?)
        }
        Type::Optional(member) => match reader.u8()? {
            0 => Value::None,
            1 => read_within(walk, reader, member, budget)?,
            _ => return Err(Malformed),
        },
        Type::Object(object) => match reader.u8()? {
            OBJECT => {
                let mut fields = Vec::new();
                for (name, ty) in walk.fields(*object) {
                    fields.push((name.to_owned(), read_within(walk, reader, ty, budget)?));
                }
                Value::Object(walk.name(*object), fields)
            }
            CYCLE => Value::Cycle,
            _ => return Err(Malformed),
        },
        Type::Ticket(_) | Type::Func(_) | Type::Closure => return Err(Malformed),
    };
    walk.leave();
    Ok(value)
}

/// The elements of an array as nested lists.
fn nested(
    walk: &mut Walk<'_>,
    reader: &mut Reader<'_>,
    member: &Type,
    axes: &[u32],
    budget: &mut usize,
) -> Result<Value, Malformed> {
    match axes.split_first() {
        None => read_within(walk, reader, member, budget),
        Some((len, inner)) => {
            let rows = (0..*len).map(|_| nested(walk, reader, member, inner, budget));
            Ok(Value::List(rows.collect::<Result<_, _>>()?))
        }
    }
}

/// A value of a type with the code points of its secret texts, as [`read`] gives them and a receiver fills them in, put together.
pub(crate) fn spelled(program: &Program, ty: &Type, value: Value) -> Value {
    if !program.holds(ty, |part| *part == Type::Text) {
        return value;
    }
    match (ty, value) {
        (Type::Text, Value::List(codes)) => {
            let code = |code: &Value| match code {
                Value::Scalar(_, word) => u32::try_from(*word).ok().and_then(char::from_u32),
                _ => None,
            };
            // What is no character stands as the mark for such.
            Value::Str(codes.iter().map(|one| code(one).unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
        }
        (Type::List(member), Value::List(members)) => {
            Value::List(members.into_iter().map(|one| spelled(program, member, one)).collect())
        }
        (Type::Tuple(types), Value::Tuple(members)) => {
            Value::Tuple(types.iter().zip(members).map(|(ty, one)| spelled(program, ty, one)).collect())
        }
        (Type::Dict(_, member), Value::Dict(pairs)) => {
            Value::Dict(pairs.into_iter().map(|(key, one)| (key, spelled(program, member, one))).collect())
        }
        (Type::Optional(_), Value::None) => Value::None,
        (Type::Optional(member), value) => spelled(program, member, value),
        (Type::Object(object), Value::Object(name, fields)) => {
            let fields = program.fields(*object).zip(fields);
            Value::Object(name, fields.map(|((_, ty), (name, one))| (name, spelled(program, ty, one))).collect())
        }
        (_, value) => value,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    use stoffel_bytecode::{Field, Object, ObjectTy};

    const NODE: Type = Type::Object(ObjectTy { index: 0, secret: true });

    /// `object Node: v: secret int64; n: int64; kids: list[Node]; next: Pair?`, `object Pair: a: Node; b: secret bool`
    fn program() -> Program {
        let pair = Type::Object(ObjectTy { index: 1, secret: true });
        let types = vec![
            Type::Secret(ScalarTy::I64),
            Type::Scalar(ScalarTy::I64),
            Type::List(Box::new(NODE)),
            Type::Optional(Box::new(pair)),
            NODE,
            Type::Secret(ScalarTy::Bool),
        ];
        let field = |(name, ty): &(&str, u32)| Field { name: (*name).to_owned(), ty: *ty };
        let object = |name: &str, fields: &[(&str, u32)]| Object {
            name: name.to_owned(),
            base: None,
            fields: fields.iter().map(field).collect(),
        };
        let objects = vec![
            object("Node", &[("v", 0), ("n", 1), ("kids", 2), ("next", 3)]),
            object("Pair", &[("a", 4), ("b", 5)]),
        ];
        Program { types, objects, ..Program::default() }
    }

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
            Type::Dict(Box::new(Type::Str), Box::new(secret.clone())),
            Type::Array(Box::new(secret.clone())),
            list(&Type::Array(Box::new(Type::Scalar(ScalarTy::I64)))),
            Type::Optional(Box::new(list(&Type::Optional(Box::new(secret))))),
            list(&NODE),
        ]
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            for ty in types() {
                let _ = read(&program(), &mut Reader::new(&bytes), &ty, &mut budget(bytes.len()));
                let mut lens = vec![0; count(&program(), &ty)];
                let _ = lengths(&program(), &mut Reader::new(&bytes), &ty, &mut lens);
            }
        }
    }

    #[test]
    fn a_length_alone_claims_no_memory() {
        let huge = u32::MAX.to_le_bytes();
        for ty in types() {
            assert_eq!(read(&program(), &mut Reader::new(&huge), &ty, &mut budget(4)), Err(Malformed));
        }
        let wide: Vec<u8> = [3, 1 << 30, 1, 0].into_iter().flat_map(u32::to_le_bytes).collect();
        let array = Type::Array(Box::new(Type::Secret(ScalarTy::I64)));
        assert_eq!(read(&program(), &mut Reader::new(&wide), &array, &mut budget(wide.len())), Err(Malformed));
    }

    #[test]
    fn arrays_keep_their_axes() {
        let int = |word| Value::Scalar(ScalarTy::I64, word);
        let rows = |of: &dyn Fn(u64) -> Value| {
            Value::List(vec![Value::List(vec![of(7), of(8)]), Value::List(vec![of(9), of(1)])])
        };
        let ty = Type::Array(Box::new(Type::Secret(ScalarTy::I64)));
        let (mut public, mut columns) = (Vec::new(), vec![(ScalarTy::I64, Vec::new())]);
        split(&program(), &rows(&int), &ty, &mut public, &mut columns).unwrap();
        assert_eq!(columns[0].1, [7, 8, 9, 1]);
        let mut lens = [0];
        lengths(&program(), &mut Reader::new(&public), &ty, &mut lens).unwrap();
        assert_eq!(lens, [4]);
        let shape = read(&program(), &mut Reader::new(&public), &ty, &mut budget(public.len())).unwrap();
        assert_eq!(shape, rows(&|_| Value::Secret(ScalarTy::I64)));
        let ragged = Value::List(vec![Value::List(vec![int(1)]), Value::List(vec![])]);
        assert_eq!(split(&program(), &ragged, &ty, &mut Vec::new(), &mut columns), Err(Malformed));
    }

    #[test]
    fn what_is_split_is_read_back_with_holes() {
        let int = |word| Value::Scalar(ScalarTy::I64, word);
        let row = |a, b, text: &str| Value::Tuple(vec![a, int(b), Value::Str(text.to_owned())]);
        let (mut public, mut columns) = (Vec::new(), vec![(ScalarTy::I64, Vec::new())]);
        let value = Value::List(vec![row(int(7), 1, "x"), row(int(8), 2, "")]);
        let ty = &types()[2];
        split(&program(), &value, ty, &mut public, &mut columns).unwrap();
        assert_eq!(columns[0].1, [7, 8]);
        let mut lens = [0];
        lengths(&program(), &mut Reader::new(&public), ty, &mut lens).unwrap();
        assert_eq!(lens, [2]);
        let hole = || Value::Secret(ScalarTy::I64);
        let shape = read(&program(), &mut Reader::new(&public), ty, &mut budget(public.len())).unwrap();
        assert_eq!(shape, Value::List(vec![row(hole(), 1, "x"), row(hole(), 2, "")]));
    }

    #[test]
    fn keys_of_a_dict_travel_in_clear_and_its_values_in_columns() {
        let ty = Type::Dict(Box::new(Type::Str), Box::new(Type::Secret(ScalarTy::I64)));
        let dict = |one: &dyn Fn(u64) -> Value| {
            Value::Dict(vec![(Value::Str("b".to_owned()), one(7)), (Value::Str("a".to_owned()), one(8))])
        };
        let (mut public, mut columns) = (Vec::new(), vec![(ScalarTy::I64, Vec::new())]);
        split(&Program::default(), &dict(&|word| Value::Scalar(ScalarTy::I64, word)), &ty, &mut public, &mut columns)
            .unwrap();
        assert_eq!(columns[0].1, [7, 8]);
        let mut lens = [0];
        lengths(&Program::default(), &mut Reader::new(&public), &ty, &mut lens).unwrap();
        assert_eq!(lens, [2]);
        let shape = read(&Program::default(), &mut Reader::new(&public), &ty, &mut budget(public.len())).unwrap();
        assert_eq!(shape, dict(&|_| Value::Secret(ScalarTy::I64)));
    }

    #[test]
    fn objects_within_objects_of_their_type_share_its_places() {
        let int = |word| Value::Scalar(ScalarTy::I64, word);
        let node = |v, n, kids, next| {
            let fields = [("v", v), ("n", int(n)), ("kids", Value::List(kids)), ("next", next)];
            Value::Object("Node".to_owned(), fields.map(|(name, value)| (name.to_owned(), value)).into())
        };
        let pair = |a, b| Value::Object("Pair".to_owned(), vec![("a".to_owned(), a), ("b".to_owned(), b)]);
        let tree = |v: &dyn Fn(u64) -> Value, b: &dyn Fn(u64) -> Value| {
            let inner = pair(node(v(4), 40, vec![], Value::None), b(0));
            let kid = node(v(2), 20, vec![node(v(3), 30, vec![], Value::None)], inner);
            node(v(1), 10, vec![kid], pair(node(v(5), 50, vec![], Value::None), b(1)))
        };
        let program = program();
        assert_eq!(count(&program, &NODE), 2);
        let (mut public, mut columns) = (Vec::new(), vec![(ScalarTy::I64, Vec::new()), (ScalarTy::Bool, Vec::new())]);
        let value = tree(&int, &|bit| Value::Scalar(ScalarTy::Bool, bit));
        split(&program, &value, &NODE, &mut public, &mut columns).unwrap();
        assert_eq!((&columns[0].1, &columns[1].1), (&vec![1, 2, 3, 4, 5], &vec![0, 1]));
        let mut lens = [0, 0];
        lengths(&program, &mut Reader::new(&public), &NODE, &mut lens).unwrap();
        assert_eq!(lens, [5, 2]);
        let shape = read(&program, &mut Reader::new(&public), &NODE, &mut budget(public.len())).unwrap();
        assert_eq!(shape, tree(&|_| Value::Secret(ScalarTy::I64), &|_| Value::Secret(ScalarTy::Bool)));
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let mut bytes = Vec::new();
        for _ in 0..100_000 {
            bytes.push(OBJECT);
            bytes.extend([0; 8]);
            bytes.extend(1u32.to_le_bytes());
        }
        let program = program();
        assert_eq!(read(&program, &mut Reader::new(&bytes), &NODE, &mut budget(bytes.len())), Err(Malformed));
        assert_eq!(lengths(&program, &mut Reader::new(&bytes), &NODE, &mut [0, 0]), Err(Malformed));
    }
}
