//! What the machine asks of its surroundings, and why it stops.

use stoffel_mpc::{Engine, Lane, NodeId, Ticket};
use stoffel_value::{ScalarTy, TrapCode, Value};

use crate::Stored;

/// Effects of a program; `runtime` implements them.
pub trait Host {
    /// One printed line, without its end.
    fn print(&mut self, line: &str);
    /// The leaves of parameter `row` of the interface, in [`stoffel_bytecode::Type::leaves`] order.
    ///
    /// # Errors
    /// `R0403` if it was not given.
    fn input(&mut self, row: u32) -> Result<Vec<InputLeaf>, TrapCode>;
    /// Positional input `index` of the client in `slot` in a format, if there is one. The reference stays the host's.
    fn client_input(&mut self, slot: u32, index: u32, ty: ScalarTy) -> Option<Lane> {
        let _ = (slot, index, ty);
        None
    }
    /// How many clients of a kind the session has; slots are numbered from 0 to all of them.
    fn count_clients(&self, kind: ClientKind) -> u32 {
        let _ = kind;
        0
    }
    /// The session's number, the same at every party.
    fn instance_id(&self) -> u64 {
        0
    }
    /// What the session has beside its backend: names of capabilities (LANGUAGE §17.2).
    fn capabilities(&self) -> &'static [&'static str] {
        &[]
    }
    /// Random bytes that this party alone knows.
    fn local_random(&mut self, out: &mut [u8]) {
        out.fill(0);
    }
    /// Sends a message to every party, this one included; all receive the messages of one party in one order.
    fn broadcast(&mut self, message: &str) {
        let _ = message;
    }
    /// The next message of a party, or of any; `None` while there is none. Party-local receives see the same messages as the others
    /// and take nothing from them.
    ///
    /// # Errors
    /// `R0404` once the time is up.
    fn receive(&mut self, from: Option<u8>, local: bool) -> Result<Option<(u8, String)>, TrapCode> {
        let _ = (from, local);
        Err(TrapCode::Engine)
    }
    /// A number that stands for all entries of the store that are not party-local; the same at every party.
    fn storage_digest(&mut self) -> u64 {
        0
    }
    /// Keeps an entry; gives the one that it replaces, whose references are then the machine's.
    ///
    /// # Errors
    /// `R0402` if one of the two is party-local and the other is not, `R0404` without a store.
    fn store(&mut self, key: &str, entry: Stored, local: bool) -> Result<Option<Stored>, TrapCode> {
        let _ = (key, entry, local);
        Err(TrapCode::Engine)
    }
    /// The entry under a key, if there is one; the references stay the host's, which makes nodes of kept shares at the engine.
    ///
    /// # Errors
    /// `R0402` if the entry is party-local and the operation is not, or the program may not load it; `R0404` without a store.
    fn load(&mut self, key: &str, local: bool, engine: &mut dyn Engine) -> Result<Option<Stored>, TrapCode> {
        let _ = (key, local, engine);
        Err(TrapCode::Engine)
    }
    /// Takes an entry out; its references are then the machine's.
    ///
    /// # Errors
    /// As [`Host::store`].
    fn delete(&mut self, key: &str, local: bool) -> Result<Option<Stored>, TrapCode> {
        let _ = (key, local);
        Err(TrapCode::Engine)
    }
    /// Whether there is an entry.
    ///
    /// # Errors
    /// As [`Host::load`].
    fn exists(&mut self, key: &str, local: bool) -> Result<bool, TrapCode> {
        let _ = (key, local);
        Err(TrapCode::Engine)
    }
    /// Session indices of the clients in a role, in joining order.
    fn clients(&self, role: &str) -> Vec<u32>;
    /// Output row `row` for one client (or everyone, `None`): the public form with [`Value::Secret`] where the value is in
    /// shares; the machine has handed those to the engine in the order of the holes, in calls as
    /// [`send_layout`](crate::send_layout) gives them. A row for nobody is not given.
    fn output(&mut self, row: u32, client: Option<u32>, shape: Value);
    /// A delivery to one client apart from `main`'s results (disclosure row `row`).
    fn deliver(&mut self, row: u32, client: u32, shape: Value);
}

/// Which clients are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientKind {
    /// Every client.
    All,
    /// Those that give inputs.
    Givers,
    /// Those that receive outputs.
    Receivers,
}

impl ClientKind {
    /// By the number that bytecode gives them.
    pub const ALL: [Self; 3] = [Self::All, Self::Givers, Self::Receivers];
}

/// One leaf of an input value.
#[derive(Clone, Debug)]
pub enum InputLeaf {
    /// A public scalar.
    Word(u64),
    /// A secret scalar; carries one reference.
    Secret(Lane),
    /// A string.
    Str(String),
    /// A list: length and one column per leaf of the element type. A dict: one column per leaf of the key, then of the value.
    List(u32, Vec<InputColumn>),
    /// An array: axis lengths and its elements in row-major order.
    Array(Vec<u32>, InputColumn),
    /// An object: the leaves of its fields in order.
    Object(Vec<Self>),
    /// No value: the reference leaf of an absent optional.
    Nil,
}

/// One column of a list.
#[derive(Clone, Debug)]
pub enum InputColumn {
    /// Public scalars.
    Words(Vec<u64>),
    /// Consecutive lanes; carries one reference to the node.
    Secrets {
        /// The node.
        node: NodeId,
        /// First lane.
        start: u32,
    },
    /// Lanes anywhere; each carries one reference.
    Lanes(Vec<Lane>),
    /// Strings, lists, dicts or objects.
    Refs(Vec<InputLeaf>),
}

/// Why the machine stopped.
#[derive(Clone, PartialEq, Debug)]
pub enum Stop {
    /// The program ended.
    Done,
    /// The program failed.
    Trapped(Trap),
    /// The machine needs the engine to run before it can go on; call `run` again after.
    Waiting(Wait),
    /// The fuel of this slice is used up; call `run` again.
    OutOfFuel,
}

/// What the machine waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// A ticket; it has been forced.
    Ticket(Ticket),
    /// The engine is full and must be driven to idle.
    Flush,
    /// A message that a party broadcasts, or any party; the host tells when the time is up.
    Message {
        /// The party, if a certain one.
        from: Option<u8>,
        /// For how long, in milliseconds.
        timeout_ms: u64,
    },
}

/// A failure of the running program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trap {
    /// Which.
    pub code: TrapCode,
    /// Message of an assertion, if any.
    pub message: Option<String>,
    /// Instruction offset; debug info maps it to a line.
    pub site: u32,
    /// Offsets of the calls that led there, innermost first.
    pub calls: Vec<u32>,
}
