//! Stores, loads and their keys in; entries for the host, and values in registers out (LANGUAGE §17.2, §19.1).
//!
//! An entry is a type, the value's shape and the lanes of its secrets. What all parties store and load is absorbed by the schedule
//! digest, keys, types and public values included, so that stores that differ are found with the next round; party-local
//! operations are not. Not here: where entries are kept, who may load them.

use stoffel_bytecode::{Builtin, Leaf, Operands, Program, Receivers, Type};
use stoffel_mpc::{Engine, Lane};
use stoffel_value::{ScalarTy, TrapCode, Value};

use crate::builtin::Call;
use crate::column::Item;
use crate::fault::{Fault, MISTYPED};
use crate::machine::{Env, Vm};
use crate::share::{Kind, Share};
use crate::step::Destinations;
use crate::{InputColumn, InputLeaf};

/// A value in a store.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its type by itself ([`Program::form`]); never `Share`, whose value is kept as the secret that it is.
    pub form: Program,
    /// Stored by a party-local operation.
    pub local: bool,
    /// The value, with [`Value::Secret`] for each secret.
    pub shape: Value,
    /// The secrets in order. An entry owns one reference to the node of each.
    pub lanes: Vec<(ScalarTy, Lane)>,
}

/// What an operation on a store names.
struct Named {
    key: String,
    local: bool,
}

impl Vm {
    fn named(&mut self, row: Option<&Receivers>, key: u16, local: u16, env: &mut Env<'_>) -> Result<Named, Fault> {
        self.await_text(self.reference(key), env)?;
        let key = self.heap.str(self.reference(key))?.text.clone();
        // The machine keeps to what is listed.
        if matches!(row, Some(Receivers::Key(listed)) if *listed != key) {
            return Err(TrapCode::Engine.into());
        }
        Ok(Named { key, local: self.word(local) != 0 })
    }

    /// Before the first operation that is not party-local the parties' stores are compared, then every such operation.
    fn compare(named: &Named, ty: &str, what: u64, env: &mut Env<'_>) {
        if !named.local {
            let digest = env.host.storage_digest();
            env.engine.absorb(digest);
            env.engine.absorb(what);
            absorb_text(&named.key, env.engine);
            absorb_text(ty, env.engine);
        }
    }

    /// Stores the sources of `ops`, a value of a type, under the key that is the first of them.
    pub(crate) fn store_value(
        &mut self,
        program: &Program,
        row: u16,
        ty: u16,
        ops: &Operands,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        for &r in &ops.refs {
            self.settle_deep(self.reference(r), env)?;
        }
        let listed = listed(program, row);
        let (Some((key, refs)), Some((local, words))) = (ops.refs.split_first(), ops.words.split_first()) else {
            return Err(MISTYPED);
        };
        let named = self.named(listed, *key, *local, env)?;
        let value = Operands { refs: refs.to_vec(), words: words.to_vec(), ..ops.clone() };
        let ty = &program.types[usize::from(ty)];
        let items = self.leaves(ty, &value)?;
        let (shape, lanes) = self.shape(ty, crate::text::Source::Items(&items))?;
        let form = match lanes.first() {
            Some((format, _)) if *ty == Type::Share => program.form(&Type::Secret(*format)),
            _ => program.form(ty),
        };
        Self::compare(&named, &form.to_text(), 1, env);
        if !named.local {
            absorb_value(&shape, env.engine);
        }
        lanes.iter().for_each(|(_, lane)| env.engine.retain(lane.node));
        let stored = Stored { form, local: named.local, shape, lanes };
        let before = env.host.store(&named.key, stored, named.local)?;
        release(before.as_ref(), env.engine);
        Ok(())
    }

    /// Destinations of `ops` = the value of a type under the key that is the first of the sources.
    pub(crate) fn load_value(
        &mut self,
        program: &Program,
        row: u16,
        ty: u16,
        ops: &Operands,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let (&[key], &[local]) = (&ops.refs[..], &ops.words[..]) else { return Err(MISTYPED) };
        let named = self.named(listed(program, row), key, local, env)?;
        let ty = &program.types[usize::from(ty)];
        Self::compare(&named, &program.form(ty).to_text(), 2, env);
        let found = env.host.load(&named.key, named.local, env.engine)?;
        let mut to = Destinations::new(ops);
        let Some(found) = found else {
            let Type::Optional(member) = ty else {
                return Err(Fault::Message(TrapCode::MissingKey, format!("nothing is stored as {:?}", named.key)));
            };
            let absent = absent(member, env);
            return self.put_leaves(ty, absent, &mut to, env);
        };
        let inner = match ty {
            Type::Optional(member) if found.form != program.form(ty) => member,
            other => other,
        };
        let stored = found.form.formed().ok_or(MISTYPED)?;
        let share = *inner == Type::Share && matches!(stored, Type::Secret(_));
        if !share && found.form != program.form(inner) {
            let (stored, wanted) = (found.form.type_name(stored), program.type_name(inner));
            let message = format!("{:?} is stored as {stored}, not {wanted}", named.key);
            return Err(Fault::Message(TrapCode::DynamicType, message));
        }
        // A share is kept as what it is; everything else is of the type that is asked for.
        let own = if share { stored } else { inner };
        if !named.local {
            absorb_value(&found.shape, env.engine);
        }
        let mut lanes = found.lanes.iter();
        let mut leaves = if inner == ty { Vec::new() } else { vec![InputLeaf::Word(1)] };
        leaves.extend(leaves_of(program, (&found.shape, own), &mut lanes, env)?);
        if let (true, Type::Secret(format)) = (share, own) {
            return self.put_share_leaf(*format, leaves, &mut to, env);
        }
        self.put_leaves(ty, leaves, &mut to, env)
    }

    /// Whether there is an entry, and its end.
    pub(crate) fn storage_op(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let (&[key], &[local]) = (&of.ops.refs[..], &of.ops.words[..]) else { return Err(MISTYPED) };
        let named = self.named(None, key, local, env)?;
        Self::compare(&named, "", 3 + u64::from(op == Builtin::StoreDelete), env);
        let found = if op == Builtin::StoreDelete {
            let gone = env.host.delete(&named.key, named.local)?;
            let found = gone.is_some();
            release(gone.as_ref(), env.engine);
            found
        } else {
            env.host.exists(&named.key, named.local)?
        };
        if !named.local {
            env.engine.absorb(u64::from(found));
        }
        self.put_word(of, 0, u64::from(found))
    }

    /// Writes a value's leaves, with their references, to the destinations.
    fn put_leaves(
        &mut self,
        ty: &Type,
        leaves: Vec<InputLeaf>,
        to: &mut Destinations<'_>,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let kinds = self.types.kinds(ty);
        if leaves.len() != kinds.len() {
            return Err(MISTYPED);
        }
        for (leaf, kind) in leaves.into_iter().zip(kinds) {
            let item = self.leaf_item(leaf, kind, false, env)?;
            self.store(to, item, env)?;
        }
        Ok(())
    }

    /// The same for a secret that becomes a share.
    fn put_share_leaf(
        &mut self,
        format: ScalarTy,
        leaves: Vec<InputLeaf>,
        to: &mut Destinations<'_>,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        for leaf in leaves {
            let item = match leaf {
                InputLeaf::Secret(lane) => Item::Ref(self.heap.alloc_share(Share { kind: Kind::of(format), lane })?),
                InputLeaf::Word(word) => Item::Word(word),
                InputLeaf::Str(_)
                | InputLeaf::List(..)
                | InputLeaf::Array(..)
                | InputLeaf::Object(_)
                | InputLeaf::Nil => return Err(MISTYPED),
            };
            self.store(to, item, env)?;
        }
        Ok(())
    }
}

fn listed(program: &Program, row: u16) -> Option<&Receivers> {
    program.disclosures.get(usize::from(row)).map(|row| &row.to)
}

fn release(entry: Option<&Stored>, engine: &mut dyn Engine) {
    entry.into_iter().flat_map(|entry| &entry.lanes).for_each(|(_, lane)| engine.release(lane.node));
}

/// The leaves of `None`.
fn absent(member: &Type, env: &mut Env<'_>) -> Vec<InputLeaf> {
    let mut out = vec![InputLeaf::Word(0)];
    out.extend(member.leaves().iter().map(|leaf| zero(leaf, env)));
    out
}

fn zero(leaf: &Leaf, env: &mut Env<'_>) -> InputLeaf {
    let site = stoffel_mpc::OpSite { site: 0, guard: None };
    match leaf {
        Leaf::Word(_) => InputLeaf::Word(0),
        Leaf::Secret(ty) => InputLeaf::Secret(Lane { node: env.engine.constant(*ty, &[0], site), lane: 0 }),
        Leaf::Ref(Type::List(member)) => InputLeaf::List(0, empty(member)),
        Leaf::Ref(Type::Text) => InputLeaf::List(0, vec![InputColumn::Lanes(Vec::new())]),
        Leaf::Ref(Type::Array(member)) => InputLeaf::Array(vec![0], empty(member).remove(0)),
        Leaf::Ref(Type::Object(_) | Type::Dict(..)) => InputLeaf::Nil,
        Leaf::Ref(_) => InputLeaf::Str(String::new()),
    }
}

fn empty(member: &Type) -> Vec<InputColumn> {
    let column = |leaf: Leaf| match leaf {
        Leaf::Word(_) => InputColumn::Words(Vec::new()),
        Leaf::Secret(_) => InputColumn::Lanes(Vec::new()),
        Leaf::Ref(_) => InputColumn::Refs(Vec::new()),
    };
    member.leaves().into_iter().map(column).collect()
}

/// The leaves of a stored value of a type; each secret gets a reference of its own.
fn leaves_of<'l>(
    program: &Program,
    (shape, ty): (&Value, &Type),
    lanes: &mut impl Iterator<Item = &'l (ScalarTy, Lane)>,
    env: &mut Env<'_>,
) -> Result<Vec<InputLeaf>, Fault> {
    Ok(match (ty, shape) {
        (Type::Scalar(_), Value::Scalar(_, word)) => vec![InputLeaf::Word(*word)],
        (Type::Secret(_), Value::Secret(_)) => {
            let (_, lane) = lanes.next().ok_or(MISTYPED)?;
            env.engine.retain(lane.node);
            vec![InputLeaf::Secret(*lane)]
        }
        (Type::Str, Value::Str(text)) => vec![InputLeaf::Str(text.clone())],
        (Type::Tuple(types), Value::Tuple(members)) => {
            let mut out = Vec::new();
            for (ty, member) in types.iter().zip(members) {
                out.extend(leaves_of(program, (member, ty), lanes, env)?);
            }
            out
        }
        (Type::Optional(member), Value::None) => absent(member, env),
        (Type::Optional(member), value) => {
            let mut out = vec![InputLeaf::Word(1)];
            out.extend(leaves_of(program, (value, member), lanes, env)?);
            out
        }
        (Type::Text, Value::List(codes)) => {
            let code = Type::Secret(Type::CODE);
            let columns = columns(program, codes.iter().map(|one| vec![(one, &code)]), &code, lanes, env)?;
            vec![InputLeaf::List(codes.len() as u32, columns)]
        }
        (Type::List(member), Value::List(values)) => {
            let columns = columns(program, values.iter().map(|one| vec![(one, &**member)]), member, lanes, env)?;
            vec![InputLeaf::List(values.len() as u32, columns)]
        }
        (Type::Dict(key, member), Value::Dict(pairs)) => {
            let row = Type::Tuple(vec![(**key).clone(), (**member).clone()]);
            let rows = pairs.iter().map(|(one, value)| vec![(one, &**key), (value, &**member)]);
            vec![InputLeaf::List(pairs.len() as u32, columns(program, rows, &row, lanes, env)?)]
        }
        (Type::Array(member), value) => {
            let axes = stoffel_value::axes(value).ok_or(MISTYPED)?;
            let mut all = Vec::new();
            elements(value, &mut all);
            let mut columns = columns(program, all.into_iter().map(|one| vec![(one, &**member)]), member, lanes, env)?;
            vec![InputLeaf::Array(axes, columns.pop().ok_or(MISTYPED)?)]
        }
        (Type::Object(object), Value::Object(_, given)) => {
            let mut out = Vec::new();
            for ((_, ty), (_, value)) in program.fields(*object).zip(given) {
                out.extend(leaves_of(program, (value, ty), lanes, env)?);
            }
            vec![InputLeaf::Object(out)]
        }
        _ => return Err(MISTYPED),
    })
}

/// The elements of an array in row-major order.
fn elements<'v>(value: &'v Value, out: &mut Vec<&'v Value>) {
    match value {
        Value::List(rows) => rows.iter().for_each(|row| elements(row, out)),
        scalar => out.push(scalar),
    }
}

/// Rows, each of parts with their types, as columns of type `row`.
fn columns<'l, 'v>(
    program: &Program,
    rows: impl Iterator<Item = Vec<(&'v Value, &'v Type)>>,
    row: &Type,
    lanes: &mut impl Iterator<Item = &'l (ScalarTy, Lane)>,
    env: &mut Env<'_>,
) -> Result<Vec<InputColumn>, Fault> {
    let mut columns = empty(row);
    for parts in rows {
        let mut leaves = Vec::new();
        for part in parts {
            leaves.extend(leaves_of(program, part, lanes, env)?);
        }
        for (column, leaf) in columns.iter_mut().zip(leaves) {
            match (column, leaf) {
                (InputColumn::Words(words), InputLeaf::Word(word)) => words.push(word),
                (InputColumn::Lanes(lanes), InputLeaf::Secret(lane)) => lanes.push(lane),
                (InputColumn::Words(_) | InputColumn::Lanes(_), _) => return Err(MISTYPED),
                (InputColumn::Refs(_), InputLeaf::Word(_) | InputLeaf::Secret(_)) => return Err(MISTYPED),
                (InputColumn::Refs(refs), leaf) => refs.push(leaf),
                (InputColumn::Secrets { .. }, _) => return Err(MISTYPED),
            }
        }
    }
    Ok(columns)
}

fn absorb_text(text: &str, engine: &mut dyn Engine) {
    engine.absorb(text.len() as u64);
    for chunk in text.as_bytes().chunks(8) {
        engine.absorb(chunk.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)));
    }
}

/// Absorbs what of a value is public.
fn absorb_value(value: &Value, engine: &mut dyn Engine) {
    match value {
        Value::Scalar(_, word) => engine.absorb(*word),
        Value::Str(text) | Value::Function(text) => absorb_text(text, engine),
        Value::None | Value::Cycle => engine.absorb(0),
        Value::Secret(_) | Value::Share | Value::Text => engine.absorb(1),
        Value::List(items) | Value::Tuple(items) => {
            engine.absorb(items.len() as u64);
            items.iter().for_each(|item| absorb_value(item, engine));
        }
        Value::Dict(pairs) => {
            engine.absorb(pairs.len() as u64);
            pairs.iter().for_each(|(key, value)| {
                absorb_value(key, engine);
                absorb_value(value, engine);
            });
        }
        Value::Object(name, fields) => {
            absorb_text(name, engine);
            fields.iter().for_each(|(_, field)| absorb_value(field, engine));
        }
    }
}
