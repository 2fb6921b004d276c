//! What the machine asks of a session: inputs, prints, outputs.

use stoffel_bytecode::{Program, Type};
use stoffel_value::{TrapCode, Value};
use stoffel_vm::{Host, InputLeaf};

use crate::shape::{self, split};
use crate::wire::push_block;

/// Values of parameters: interface row and value.
pub type Given = Vec<(u32, Value)>;

/// The host of one party.
#[derive(Default)]
pub(crate) struct SessionHost {
    /// Leaves of each parameter, taken once.
    pub(crate) inputs: Vec<Option<Vec<InputLeaf>>>,
    /// Role of each client.
    pub(crate) roles: Vec<String>,
    /// Lines printed and not yet taken by the driver.
    pub(crate) printed: Vec<String>,
    /// Lines printed in all.
    pub(crate) all_printed: Vec<String>,
    /// Output rows that everyone gets.
    pub(crate) results: Vec<(u32, Value)>,
    /// Per client: kind, row and shape of each delivery, in order.
    pub(crate) deliveries: Vec<Vec<(u8, u32, Value)>>,
}

/// Delivery of an output row of `main`.
pub(crate) const OUTPUT: u8 = 0;
/// Delivery of a disclosure row.
pub(crate) const DELIVERY: u8 = 1;

impl Host for SessionHost {
    fn print(&mut self, line: &str) {
        self.printed.push(line.to_owned());
        self.all_printed.push(line.to_owned());
    }

    fn input(&mut self, row: u32) -> Result<Vec<InputLeaf>, TrapCode> {
        self.inputs.get_mut(row as usize).and_then(Option::take).ok_or(TrapCode::UnknownClient)
    }

    fn clients(&self, role: &str) -> Vec<u32> {
        (0u32..).zip(&self.roles).filter(|(_, one)| *one == role).map(|(index, _)| index).collect()
    }

    fn output(&mut self, row: u32, client: Option<u32>, shape: Value) {
        match client {
            None => self.results.push((row, shape)),
            Some(client) => self.push(client, OUTPUT, row, shape),
        }
    }

    fn deliver(&mut self, row: u32, client: u32, shape: Value) {
        self.push(client, DELIVERY, row, shape);
    }
}

impl SessionHost {
    fn push(&mut self, client: u32, kind: u8, row: u32, shape: Value) {
        if let Some(list) = self.deliveries.get_mut(client as usize) {
            list.push((kind, row, shape));
        }
    }

    /// The message to a client: its deliveries' shapes, then the engine's payload.
    pub(crate) fn client_message(&self, program: &Program, client: u32, payload: &[u8]) -> Vec<u8> {
        let deliveries = &self.deliveries[client as usize];
        let mut out = (deliveries.len() as u32).to_le_bytes().to_vec();
        for (kind, row, value) in deliveries {
            let ty = delivered_type(program, *kind, *row).unwrap_or(&Type::Str);
            let mut public = Vec::new();
            let mut columns: Vec<_> = vec![(stoffel_value::ScalarTy::Bool, Vec::new()); shape::count(ty)];
            // The machine builds shapes from the row's type, so the walk cannot fail; an empty shape is refused by the client.
            if split(value, ty, &mut public, &mut columns).is_err() {
                public.clear();
            }
            out.push(*kind);
            out.extend_from_slice(&row.to_le_bytes());
            push_block(&mut out, &public);
        }
        push_block(&mut out, payload);
        out
    }
}

/// The type of what a delivery holds: for `to each` the member of the row's list.
pub(crate) fn delivered_type(program: &Program, kind: u8, row: u32) -> Option<&Type> {
    use stoffel_bytecode::Receivers;
    let (ty, to) = match kind {
        OUTPUT => program.outputs.get(row as usize).map(|row| (row.ty, &row.to))?,
        DELIVERY => program.disclosures.get(row as usize).map(|row| (row.ty, &row.to))?,
        _ => return None,
    };
    match (program.types.get(ty as usize)?, to) {
        (Type::List(member), Receivers::EachOf(_)) => Some(member),
        (whole, _) => Some(whole),
    }
}
