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
    /// A table by source line for terminals.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = format!("{:>12} {:>12} {:>8}  line\n", "operations", "bytes", "rounds");
        for line in &self.lines {
            out += &format!("{:>12} {:>12} {:>8}  {}:{}\n", line.lanes, line.bytes, line.rounds, line.file, line.line);
        }
        out
    }
}
