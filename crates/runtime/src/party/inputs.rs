//! Public parameters and clients' messages in, leaves for the machine and nodes for the engine out.

use std::sync::Arc;

use stoffel_value::ScalarTy;
use stoffel_vm::InputLeaf;
use zeroize::Zeroizing;

use super::Party;
use crate::abort::SessionError;
use crate::client;
use crate::shape::{self, Builder, Cursor};
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
            shape::split(value, ty, &mut public, &mut []).map_err(wrong)?;
            let mut builder = Builder { engine: engine.as_mut() };
            let leaves = builder.leaves(&mut Reader::new(&public), ty, &mut []).map_err(wrong)?;
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
            shape::places(ty, &mut places);
            lens.resize(places.len(), 0);
            shape::lengths(&mut reader, ty, &mut lens[first..]).map_err(shape)?;
        }
        reader.end().map_err(shape)?;
        let layout: Vec<(ScalarTy, u32)> = places.into_iter().zip(lens).collect();
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let nodes = engine.client_input(client, public, &layout, payload)?;

        let mut cursors: Vec<Cursor> = nodes.iter().map(|node| Cursor { node: *node, next: 0 }).collect();
        let (mut reader, mut first) = (Reader::new(public), 0);
        for row in rows {
            let Some(ty) = client::given_type(&program, row) else { continue };
            let mut builder = Builder { engine: engine.as_mut() };
            let leaves = builder.leaves(&mut reader, ty, &mut cursors[first..]).map_err(shape)?;
            first += shape::count(ty);
            let slot = &mut self.host.inputs[row as usize];
            if program.inputs[row as usize].each {
                let list = slot.take().unwrap_or_else(|| vec![InputLeaf::List(0, shape::empty_columns(ty))]);
                *slot = Some(vec![append(list, leaves).map_err(shape)?]);
            } else if slot.replace(leaves).is_some() {
                return Err(wrong("is the second client of a role for one"));
            }
        }
        nodes.into_iter().for_each(|node| engine.release(node));
        Ok(())
    }
}

/// Adds one client's value to the list of all.
fn append(list: Vec<InputLeaf>, leaves: Vec<InputLeaf>) -> Result<InputLeaf, Malformed> {
    let Some(InputLeaf::List(len, mut columns)) = list.into_iter().next() else { return Err(Malformed) };
    shape::push_row(&mut columns, leaves)?;
    Ok(InputLeaf::List(len + 1, columns))
}
