//! What the machine asks of its surroundings, and why it stops.

use stoffel_mpc::{Lane, NodeId, Ticket};
use stoffel_value::{TrapCode, Value};

/// Effects of a program; `runtime` implements them.
pub trait Host {
    /// One printed line, without its end.
    fn print(&mut self, line: &str);
    /// The leaves of parameter `row` of the interface, in [`stoffel_bytecode::Type::leaves`] order.
    ///
    /// # Errors
    /// `R0403` if it was not given.
    fn input(&mut self, row: u32) -> Result<Vec<InputLeaf>, TrapCode>;
    /// Session indices of the clients in a role, in joining order.
    fn clients(&self, role: &str) -> Vec<u32>;
    /// Output row `row` for one client (or everyone, `None`): the public form with [`Value::Secret`] where the value is in
    /// shares; the machine has handed those to the engine in the order of the holes, in calls as
    /// [`send_layout`](crate::send_layout) gives them. A row for nobody is not given.
    fn output(&mut self, row: u32, client: Option<u32>, shape: Value);
    /// A delivery to one client apart from `main`'s results (disclosure row `row`).
    fn deliver(&mut self, row: u32, client: u32, shape: Value);
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
    /// A list: length and one column per leaf of the element type.
    List(u32, Vec<InputColumn>),
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
    /// Strings or lists.
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
