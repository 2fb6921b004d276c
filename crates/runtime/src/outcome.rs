//! What a session gave one party.

use stoffel_mpc::Stats;
use stoffel_value::Value;
use stoffel_vm::Trap;

use crate::timing::Times;

/// The end of a session that all parties reached together.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Lines printed, in order.
    pub printed: Vec<String>,
    /// Output rows that everyone gets.
    pub results: Vec<(u32, Value)>,
    /// The trap that ended the program, if one did; then there are no results.
    pub trap: Option<Trap>,
    /// This party's message to each client, by session index.
    pub client_messages: Vec<Vec<u8>>,
    /// Content of this party's store after the session, if the program ended normally.
    pub storage: Vec<u8>,
    /// Costs of this party.
    pub stats: PartyStats,
}

/// Costs of one party.
#[derive(Clone, Debug, Default)]
pub struct PartyStats {
    /// Rounds: frames sent, then waited for.
    pub rounds: u64,
    /// Bytes of protocol frames sent to peers, headers included.
    pub bytes_sent: u64,
    /// Traps of operations on secrets that the program caught; only the clear engine has such.
    pub caught_on_secrets: u64,
    /// The engine's own figures.
    pub engine: Stats,
    /// Where the time went, if it was measured.
    pub times: Option<Times>,
}
