//! What a run cost, in all and by source line.

use serde::Serialize;

/// Costs of one run.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct RunStats {
    /// Engine and number of parties, for people.
    pub engine: String,
    /// Communication rounds (frames sent, then waited for) of the computation.
    pub rounds: u64,
    /// Bytes that each party sent to other parties, headers included.
    pub bytes_sent: Vec<u64>,
    /// Wall-clock seconds from the first frame to the last.
    pub seconds: f64,
    /// By source line, the most expensive first.
    pub lines: Vec<LineCost>,
    /// What left the computation, in order; equal neighbours are one entry.
    pub openings: Vec<Opened>,
    /// Traps of operations on secrets that the program caught; only the clear engine has such.
    #[serde(skip)]
    pub caught_on_secrets: u64,
}

/// Scalars that were opened, as one row of the disclosure list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Opened {
    /// Index of the row in the disclosure list.
    pub row: u32,
    /// Kind of the row: `reveal`, `open`, `output`, ….
    pub kind: &'static str,
    /// File.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// Slot of the client that got it; everyone if absent.
    pub client: Option<u32>,
    /// Bits shown of each scalar.
    pub bits: u32,
    /// Scalars.
    pub scalars: u64,
}

/// Cost of the operations of one source line at one party.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct LineCost {
    /// File.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// Secret operations executed, in lanes.
    pub lanes: u64,
    /// Payload bytes sent by party 0.
    pub bytes: u64,
    /// Rounds in which the line took part.
    pub rounds: u64,
}

impl RunStats {
    /// A table by source line, and what was opened, for terminals.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = format!("{:>12} {:>12} {:>8}  line\n", "operations", "bytes", "rounds");
        for line in &self.lines {
            out += &format!("{:>12} {:>12} {:>8}  {}:{}\n", line.lanes, line.bytes, line.rounds, line.file, line.line);
        }
        out += &format!("{:>12} {:>12} {:>8}  line\n", "opened", "bits each", "to");
        for one in &self.openings {
            let to = one.client.map_or_else(|| "all".to_owned(), |slot| format!("slot {slot}"));
            out += &format!("{:>12} {:>12} {to:>8}  {}:{} ({})\n", one.scalars, one.bits, one.file, one.line, one.kind);
        }
        out
    }
}
