//! Inputs of `main` in, heap values out; results in, shares and shapes for their receivers out (LANGUAGE §14).

use stoffel_bytecode::{Operands, Program, Receivers, Type};
use stoffel_mpc::{Engine, Lane};
use stoffel_value::{ScalarTy, TrapCode, Value};

use crate::column::{Column, Item, consecutive};
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Ref};
use crate::machine::{Env, Vm};
use crate::object::{Record, Slot};
use crate::step::Destinations;
use crate::text::{Shaping, Source};
use crate::types::LeafKind;
use crate::{ClientKind, InputColumn, InputLeaf};

/// The layout in which the machine hands the secrets of one output or delivery to the engine: format and length of each
/// call of [`Engine::send_to_client`], from the shape alone.
///
/// The holes of the shape in order, successive ones of one format together.
#[must_use]
pub fn send_layout(shape: &Value) -> Vec<(ScalarTy, u32)> {
    let mut layout = Vec::new();
    add_holes(shape, &mut layout);
    layout
}

fn add_holes(shape: &Value, layout: &mut Vec<(ScalarTy, u32)>) {
    match shape {
        Value::Secret(ty) => match layout.last_mut() {
            Some((last, len)) if last == ty => *len += 1,
            _ => layout.push((*ty, 1)),
        },
        Value::List(members) | Value::Tuple(members) => members.iter().for_each(|member| add_holes(member, layout)),
        Value::Dict(pairs) => pairs.iter().for_each(|(key, value)| {
            add_holes(key, layout);
            add_holes(value, layout);
        }),
        Value::Object(_, fields) => fields.iter().for_each(|(_, field)| add_holes(field, layout)),
        Value::Scalar(..) | Value::Str(_) | Value::None | Value::Function(_) | Value::Cycle => {}
        Value::Share | Value::Text => {}
    }
}

/// Who gets what of a delivery.
enum Delivery {
    /// Disclosure row of values sent apart from results.
    Sent(u32),
    /// Output row and the disclosure row of its secrets.
    Result(u32, u32),
}

impl Vm {
    /// Destinations of `ops` = parameter `row`.
    pub(crate) fn input(
        &mut self,
        program: &Program,
        row: u16,
        ops: &Operands,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let ty = &program.types[program.inputs[usize::from(row)].ty as usize];
        let given = env.host.input(u32::from(row))?;
        let kinds = self.types.kinds(ty);
        if given.len() != kinds.len() {
            return Err(shapeless());
        }
        let mut to = Destinations::new(ops);
        for (leaf, kind) in given.into_iter().zip(kinds) {
            let item = self.leaf_item(leaf, kind, true, env)?;
            self.store(&mut to, item, env)?;
        }
        Ok(())
    }

    /// Secret `d` = a client's positional input in the format that `row` lists.
    pub(crate) fn take(
        &mut self,
        program: &Program,
        d: u16,
        row: u16,
        ops: &Operands,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let &[slot, index] = &ops.words[..] else { return Err(MISTYPED) };
        let (slot, index) = (self.word(slot), self.word(index));
        env.engine.absorb(slot);
        env.engine.absorb(index);
        let place = u32::try_from(slot).ok().zip(u32::try_from(index).ok());
        let (slot, index) = place.ok_or(TrapCode::UnknownClient)?;
        let row = &program.slots[usize::from(row)];
        if !row.covers(slot, index) {
            return Err(TrapCode::Engine.into());
        }
        let lane = env.host.client_input(slot, index, row.ty).ok_or(TrapCode::UnknownClient)?;
        env.engine.retain(lane.node);
        self.set_secret(d, lane, env);
        Ok(())
    }

    /// A leaf as an item with its reference; what is `common` to all parties is absorbed.
    pub(crate) fn leaf_item(
        &mut self,
        leaf: InputLeaf,
        kind: LeafKind,
        common: bool,
        env: &mut Env<'_>,
    ) -> Result<Item, Fault> {
        Ok(match (leaf, kind) {
            (InputLeaf::Word(word), LeafKind::Word(_)) => {
                absorb(common, word, env);
                Item::Word(word)
            }
            (InputLeaf::Secret(lane), LeafKind::Secret(_)) => Item::Secret(lane),
            (InputLeaf::Str(text), LeafKind::Ref(_)) => {
                if common {
                    absorb_text(&text, env.engine);
                }
                Item::Ref(self.heap.alloc_str(text)?)
            }
            (InputLeaf::Array(axes, column), LeafKind::Ref(ty)) if self.types.is_array(ty) => {
                let len = crate::axes::size(&axes)?;
                axes.iter().for_each(|len| absorb(common, u64::from(*len), env));
                Item::Ref(self.list_item(len, vec![column], ty, (Some(axes.into()), common), env)?)
            }
            (InputLeaf::List(..), LeafKind::Ref(ty)) if self.types.is_array(ty) => return Err(shapeless()),
            (InputLeaf::List(len, columns), LeafKind::Ref(ty)) => {
                Item::Ref(self.list_item(len, columns, ty, (None, common), env)?)
            }
            (InputLeaf::Object(leaves), LeafKind::Ref(ty)) => Item::Ref(self.input_object(leaves, ty, common, env)?),
            (InputLeaf::Nil, LeafKind::Ref(_)) => Item::Ref(Ref::NIL),
            _ => return Err(shapeless()),
        })
    }

    fn input_object(&mut self, leaves: Vec<InputLeaf>, ty: u32, common: bool, env: &mut Env<'_>) -> Result<Ref, Fault> {
        let kinds = self.types.record(ty)?.leaves.clone();
        if kinds.len() != leaves.len() {
            return Err(shapeless());
        }
        let mut slots = Vec::with_capacity(kinds.len());
        for (leaf, kind) in leaves.into_iter().zip(kinds) {
            slots.push(Slot::Known(self.leaf_item(leaf, kind, common, env)?));
        }
        self.heap.alloc_record(Record::new(ty, slots))
    }

    /// A list of columns, or the elements of an array.
    fn list_item(
        &mut self,
        len: u32,
        columns: Vec<InputColumn>,
        ty: u32,
        (axes, common): (Option<Box<[u32]>>, bool),
        env: &mut Env<'_>,
    ) -> Result<Ref, Fault> {
        absorb(common, u64::from(len), env);
        let mut list = List::new(ty, &self.types)?;
        list.axes = axes;
        if columns.len() != list.columns.len() {
            return Err(shapeless());
        }
        list.len = len;
        for (index, column) in columns.into_iter().enumerate() {
            let kind = self.types.leaf(ty, index)?;
            let made = match (column, kind) {
                (InputColumn::Words(words), LeafKind::Word(_)) if words.len() == len as usize => {
                    words.iter().for_each(|&word| absorb(common, word, env));
                    Column::Words(words)
                }
                (InputColumn::Secrets { node, .. }, LeafKind::Secret(_)) if len == 0 => {
                    env.engine.release(node);
                    Column::Lanes(Vec::new())
                }
                (InputColumn::Secrets { node, start }, LeafKind::Secret(_)) => Column::View { node, start },
                (InputColumn::Lanes(lanes), LeafKind::Secret(_)) if lanes.len() == len as usize => Column::Lanes(lanes),
                (InputColumn::Refs(leaves), LeafKind::Ref(_)) if leaves.len() == len as usize => {
                    let mut refs = Vec::with_capacity(leaves.len());
                    for leaf in leaves {
                        let Item::Ref(r) = self.leaf_item(leaf, kind, common, env)? else { return Err(shapeless()) };
                        refs.push(r);
                    }
                    Column::Refs(refs)
                }
                _ => return Err(shapeless()),
            };
            list.columns[index] = made;
        }
        self.index(&mut list)?;
        self.heap.alloc_list(list)
    }

    /// Result `row` = sources of `ops`, to whoever the row names.
    pub(crate) fn output(
        &mut self,
        program: &Program,
        row: u16,
        disclosure: u16,
        ops: &Operands,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let output = &program.outputs[usize::from(row)];
        let delivery = Delivery::Result(u32::from(row), u32::from(disclosure));
        self.deliver(&program.types[output.ty as usize], &output.to, &delivery, ops, env)
    }

    /// Sends the sources of `ops` to the receivers of disclosure `row`.
    pub(crate) fn send_out(
        &mut self,
        program: &Program,
        row: u16,
        ops: &Operands,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let disclosure = &program.disclosures[usize::from(row)];
        let delivery = Delivery::Sent(u32::from(row));
        self.deliver(&program.types[disclosure.ty as usize], &disclosure.to, &delivery, ops, env)
    }

    fn deliver(
        &mut self,
        ty: &Type,
        to: &Receivers,
        delivery: &Delivery,
        ops: &Operands,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        for &r in &ops.refs {
            self.settle_deep(self.reference(r), env)?;
        }
        let (slot, ops) = match to {
            Receivers::AnySlot => {
                let (first, rest) = ops.words.split_first().ok_or(MISTYPED)?;
                (Some(self.word(*first)), &Operands { words: rest.to_vec(), ..ops.clone() })
            }
            Receivers::Slot(slot) => (Some(u64::from(*slot)), ops),
            _ => (None, ops),
        };
        let items = self.leaves(ty, ops)?;
        let all = Source::Items(&items);
        match to {
            // The verifier lets stores alone name keys.
            Receivers::Nobody | Receivers::Key(_) | Receivers::AnyKey => Ok(()),
            Receivers::Everyone => {
                let shape = self.value(ty, all, &mut 0, &mut Shaping::default())?;
                if let Delivery::Result(row, _) = delivery {
                    env.host.output(*row, None, shape);
                }
                Ok(())
            }
            Receivers::Slot(_) | Receivers::AnySlot => {
                let n_clients = env.host.count_clients(ClientKind::All);
                let client = slot.and_then(|slot| u32::try_from(slot).ok()).filter(|slot| *slot < n_clients);
                self.send(client.ok_or(TrapCode::UnknownClient)?, ty, all, delivery, env)
            }
            Receivers::Role(role) => {
                env.host.clients(role).into_iter().try_for_each(|client| self.send(client, ty, all, delivery, env))
            }
            Receivers::EachOf(role) => {
                let [Item::Ref(r)] = items[..] else { return Err(MISTYPED) };
                let (clients, list) = (env.host.clients(role), self.heap.list(r)?);
                if list.len as usize != clients.len() {
                    let message = format!("{} results for {} clients of role {role}", list.len, clients.len());
                    return Err(Fault::Message(TrapCode::Role, message));
                }
                let element = &self.types.element(list.ty)?.ty;
                for (i, client) in clients.into_iter().enumerate() {
                    self.send(client, element, Source::Row(list, i), delivery, env)?;
                }
                Ok(())
            }
        }
    }

    /// What a client gets; a cycle has no end to send.
    pub(crate) fn shape(&self, ty: &Type, from: Source<'_>) -> Result<(Value, Vec<(ScalarTy, Lane)>), Fault> {
        let mut shaping = Shaping::delivering();
        let shape = self.value(ty, from, &mut 0, &mut shaping)?;
        if shaping.cyclic {
            let message = "an object that leads back to itself cannot be sent".to_owned();
            return Err(Fault::Message(TrapCode::Shape, message));
        }
        Ok((shape, shaping.holes))
    }

    /// Sends one value to one client: its secrets in runs as [`send_layout`] gives them, then its shape.
    fn send(
        &self,
        client: u32,
        ty: &Type,
        from: Source<'_>,
        delivery: &Delivery,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let (shape, holes) = self.shape(ty, from)?;
        let row = match *delivery {
            Delivery::Sent(row) | Delivery::Result(_, row) => row,
        };
        for run in holes.chunk_by(|a, b| a.0 == b.0) {
            let format = run[0].0;
            let lanes: Vec<Lane> = run.iter().map(|(_, lane)| *lane).collect();
            let (node, start, gathered) = match consecutive(&lanes) {
                Some(first) => (first.node, first.lane, false),
                None => (env.engine.gather(format, &lanes), 0, true),
            };
            env.engine.check(format, node, start, lanes.len() as u32)?;
            env.engine.send_to_client(client, format, node, start, lanes.len() as u32, row, self.op_site());
            if gathered {
                env.engine.release(node);
            }
        }
        match *delivery {
            Delivery::Sent(row) => env.host.deliver(row, client, shape),
            Delivery::Result(row, _) => env.host.output(row, Some(client), shape),
        }
        Ok(())
    }
}

/// An input that is not of its parameter's type; whoever starts the run checks before, so this is the last line.
fn shapeless() -> Fault {
    Fault::Message(TrapCode::Engine, "an input does not have the shape of its parameter".to_owned())
}

fn absorb(common: bool, word: u64, env: &mut Env<'_>) {
    if common {
        env.engine.absorb(word);
    }
}

fn absorb_text(text: &str, engine: &mut dyn Engine) {
    engine.absorb(text.len() as u64);
    for chunk in text.as_bytes().chunks(8) {
        engine.absorb(chunk.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)));
    }
}
