//! Public parameters and clients' messages in, leaves for the machine and nodes for the engine out.

use std::sync::Arc;

use stoffel_value::ScalarTy;
use stoffel_vm::InputLeaf;
use zeroize::Zeroizing;

use super::Party;
use crate::abort::SessionError;
use crate::client;
use crate::positional::Announced;
use crate::shape::{self, Cursor};
use crate::wire::{Malformed, Reader};

impl Party {
    /// Binds the public parameters.
    ///
    /// # Errors
    /// If one is not of its type.
    pub(super) fn bind_public(&mut self) -> Result<(), SessionError> {
        let Some(engine) = &mut self.engine else { return Ok(()) };
        for (row, value) in &self.setup.public {
            let input = &self.setup.program.inputs[*row as usize];
            let ty = &self.setup.program.types[input.ty as usize];
            let wrong = |Malformed| SessionError::Setup(format!("`{}` is not of its type", input.name));
            let mut public = Vec::new();
            let program = &self.setup.program;
            shape::split(program, value, ty, &mut public, &mut []).map_err(wrong)?;
            let mut reader = Reader::new(&public);
            let leaves = shape::leaves(program, engine.as_mut(), &mut reader, ty, &mut []).map_err(wrong)?;
            self.host.inputs[*row as usize] = Some(leaves);
        }
        Ok(())
    }

    /// Takes apart what a client has sent: shapes are checked, shares go to the engine, leaves to the host.
    ///
    /// # Errors
    /// [`SessionError::Client`] if the message is not what its role gives.
    pub(super) fn bind_client(&mut self, client: u32) -> Result<(), SessionError> {
        let message = Zeroizing::new(self.clients[client as usize].take().unwrap_or_default());
        let role = self.host.roles[client as usize].clone();
        let wrong = |what: &'static str| SessionError::Client { client, role: role.clone(), what: what.to_owned() };
        let (public, payload) = client::parse(&message).map_err(|Malformed| wrong("sent a malformed input"))?;
        let shape = |Malformed| wrong("sent an input of another shape than the program's");
        let program = Arc::clone(&self.setup.program);
        let rows: Vec<u32> = client::rows_of(&program, &role).collect();

        let (mut places, mut lens, mut reader) = (Vec::new(), Vec::new(), Reader::new(public));
        for row in &rows {
            let ty = client::given_type(&program, *row).ok_or_else(|| wrong("gives what the program does not take"))?;
            let first = places.len();
            shape::places(&program, ty, &mut places);
            lens.resize(places.len(), 0);
            shape::lengths(&program, &mut reader, ty, &mut lens[first..]).map_err(shape)?;
        }
        let announced = match program.slots.is_empty() {
            true => None,
            false => Some(Announced::read(&mut reader, &program, client).map_err(shape)?),
        };
        reader.end().map_err(shape)?;
        let n_places = places.len();
        let mut layout: Vec<(ScalarTy, u32)> = places.into_iter().zip(lens).collect();
        layout.extend(announced.iter().flat_map(Announced::layout));
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let nodes = engine.client_input(client, public, &layout, payload)?;

        let mut cursors: Vec<Cursor> = nodes.iter().map(|node| Cursor { node: *node, next: 0 }).collect();
        let (mut reader, mut first) = (Reader::new(public), 0);
        for row in rows.iter().copied() {
            let Some(ty) = client::given_type(&program, row) else { continue };
            let of_row = &mut cursors[first..];
            let leaves = shape::leaves(&program, engine.as_mut(), &mut reader, ty, of_row).map_err(shape)?;
            first += shape::count(&program, ty);
            let slot = &mut self.host.inputs[row as usize];
            if program.inputs[row as usize].each {
                let list = slot.take().unwrap_or_else(|| vec![InputLeaf::List(0, shape::empty_columns(ty))]);
                *slot = Some(vec![append(list, leaves).map_err(shape)?]);
            } else if slot.replace(leaves).is_some() {
                return Err(wrong("is the second client of a role for one"));
            }
        }
        // Positional inputs may be read again and again: the host keeps their nodes.
        let given = announced.map(|announced| announced.inputs(&nodes[n_places..])).unwrap_or_default();
        self.host.givers.push(n_places > 0 || given.count > 0);
        self.host.positional.push(given);
        nodes.into_iter().take(n_places).for_each(|node| engine.release(node));
        Ok(())
    }
}

/// Adds one client's value to the list of all.
fn append(list: Vec<InputLeaf>, leaves: Vec<InputLeaf>) -> Result<InputLeaf, Malformed> {
    let Some(InputLeaf::List(len, mut columns)) = list.into_iter().next() else { return Err(Malformed) };
    shape::push_row(&mut columns, leaves)?;
    Ok(InputLeaf::List(len + 1, columns))
}
