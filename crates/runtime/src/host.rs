//! What the machine asks of a session: inputs, prints, outputs.

use stoffel_bytecode::{Program, Type};
use stoffel_mpc::{Engine, Lane};
use stoffel_value::{ScalarTy, TrapCode, Value};
use stoffel_vm::{ClientKind, Host, InputLeaf, Stored};

use crate::mail::Mail;
use crate::positional::{ClientInputs, Positional};
use crate::shape::{self, split};
use crate::storage::Store;
use crate::wire::push_block;

/// Values of parameters: interface row and value.
pub type Given = Vec<(u32, Value)>;

/// What one client gives.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ClientGiven {
    /// The parameters of its role.
    pub values: Given,
    /// Its positional inputs.
    pub positional: Positional,
}

impl From<Given> for ClientGiven {
    fn from(values: Given) -> Self {
        Self { values, positional: Positional::new() }
    }
}

/// The host of one party.
#[derive(Default)]
pub(crate) struct SessionHost {
    /// Leaves of each parameter, taken once.
    pub(crate) inputs: Vec<Option<Vec<InputLeaf>>>,
    /// Role of each client.
    pub(crate) roles: Vec<String>,
    /// Positional inputs of each client.
    pub(crate) positional: Vec<ClientInputs>,
    /// Which clients give inputs.
    pub(crate) givers: Vec<bool>,
    /// How many clients receive outputs.
    pub(crate) n_receivers: u32,
    /// The session's number.
    pub(crate) instance: u64,
    /// Randomness of this party alone.
    pub(crate) random: Option<blake3::OutputReader>,
    /// The party's store.
    pub(crate) store: Store,
    /// Messages among the parties.
    pub(crate) mail: Mail,
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

    fn client_input(&mut self, slot: u32, index: u32, ty: ScalarTy) -> Option<Lane> {
        self.positional.get(slot as usize)?.get(index, ty)
    }

    fn count_clients(&self, kind: ClientKind) -> u32 {
        match kind {
            ClientKind::All => self.roles.len() as u32,
            ClientKind::Givers => self.givers.iter().filter(|gives| **gives).count() as u32,
            ClientKind::Receivers => self.n_receivers,
        }
    }

    fn broadcast(&mut self, message: &str) {
        self.mail.send(message);
    }

    fn receive(&mut self, from: Option<u8>, local: bool) -> Result<Option<(u8, String)>, TrapCode> {
        self.mail.receive(from, local)
    }

    fn storage_digest(&mut self) -> u64 {
        self.store.digest()
    }

    fn store(&mut self, key: &str, entry: Stored, local: bool) -> Result<Option<Stored>, TrapCode> {
        self.store.store(key, entry, local)
    }

    fn load(&mut self, key: &str, local: bool, engine: &mut dyn Engine) -> Result<Option<Stored>, TrapCode> {
        self.store.load(key, local, engine)
    }

    fn delete(&mut self, key: &str, local: bool) -> Result<Option<Stored>, TrapCode> {
        self.store.delete(key, local)
    }

    fn exists(&mut self, key: &str, local: bool) -> Result<bool, TrapCode> {
        self.store.exists(key, local)
    }

    fn capabilities(&self) -> &'static [&'static str] {
        &["broadcast", "storage"]
    }

    fn instance_id(&self) -> u64 {
        self.instance
    }

    fn local_random(&mut self, out: &mut [u8]) {
        if let Some(random) = &mut self.random {
            random.fill(out);
        }
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
            let mut columns: Vec<_> = vec![(ScalarTy::Bool, Vec::new()); shape::count(program, ty)];
            // The machine builds shapes from the row's type, so the walk cannot fail; an empty shape is refused by the client.
            if split(program, value, ty, &mut public, &mut columns).is_err() {
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

/// How many clients receive outputs, as far as the program tells: those in a role or slot that one of its rows names, all of
/// them if a slot is known at run time only.
pub(crate) fn count_receivers(program: &Program, roles: &[String]) -> u32 {
    use stoffel_bytecode::Receivers;
    let rows = || program.outputs.iter().map(|row| &row.to).chain(program.disclosures.iter().map(|row| &row.to));
    let receives = |(slot, role): &(u32, &String)| {
        rows().any(|to| match to {
            Receivers::Role(one) | Receivers::EachOf(one) => one == *role,
            Receivers::Slot(one) => one == slot,
            Receivers::AnySlot => true,
            Receivers::Everyone | Receivers::Nobody | Receivers::Key(_) | Receivers::AnyKey => false,
        })
    };
    (0u32..).zip(roles).filter(receives).count() as u32
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
