//! What a run cost, in all and by source line.

use serde::Serialize;

use crate::profile::Stack;

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
    /// By name of the operation, the most expensive first.
    pub operations: Vec<OpCost>,
    /// Bytes of messages of party 0 that the plans of its operations foretell.
    pub planned_bytes: u64,
    /// Bytes of messages that it sent, without headers and padding.
    pub payload_bytes: u64,
    /// Where the time of party 0 went, if it was measured.
    pub time: Option<RunTime>,
    /// The same as a flame graph's towers.
    #[serde(skip)]
    pub(crate) stacks: Vec<Stack>,
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
    /// Time, if it was measured.
    pub time: Option<TimeCost>,
}

/// Cost of one kind of operation at one party.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct OpCost {
    /// Its name.
    pub name: String,
    /// Operations executed, in lanes.
    pub lanes: u64,
    /// Payload bytes sent by party 0.
    pub bytes: u64,
    /// Rounds in which it took part.
    pub rounds: u64,
    /// Time, if it was measured.
    pub time: Option<TimeCost>,
}

/// Time that a line or an operation took at party 0, in seconds.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct TimeCost {
    /// Computing on shares.
    pub computing_s: f64,
    /// Waiting for peers.
    pub waiting_s: f64,
    /// Waiting, as the agreed latency and bandwidth give it for rounds and bytes.
    pub predicted_waiting_s: f64,
}

/// Time of a whole run at party 0, in seconds.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct RunTime {
    /// The machine computes in the open.
    pub interpreting_s: f64,
    /// The engine computes on shares.
    pub computing_s: f64,
    /// The party waits for its peers.
    pub waiting_s: f64,
    /// Waiting, as the agreed latency and bandwidth give it for all rounds and bytes.
    pub predicted_waiting_s: f64,
}

impl RunStats {
    /// A table by source line, and what was opened, for terminals.
    #[must_use]
    pub fn table(&self) -> String {
        let timed = if self.time.is_some() {
            format!(" {:>10} {:>10} {:>10}", "compute ms", "wait ms", "predicted")
        } else {
            String::new()
        };
        let mut out = format!("{:>12} {:>12} {:>8}{timed}  line\n", "operations", "bytes", "rounds");
        for line in &self.lines {
            let time = columns(line.time);
            out += &format!(
                "{:>12} {:>12} {:>8}{time}  {}:{}\n",
                line.lanes, line.bytes, line.rounds, line.file, line.line
            );
        }
        out += &format!("{:>12} {:>12} {:>8}{timed}  operation\n", "operations", "bytes", "rounds");
        for one in &self.operations {
            out +=
                &format!("{:>12} {:>12} {:>8}{}  {}\n", one.lanes, one.bytes, one.rounds, columns(one.time), one.name);
        }
        out += &format!("messages of party 0: {} bytes planned, {} sent\n", self.planned_bytes, self.payload_bytes);
        if let Some(time) = &self.time {
            let ms = |seconds: f64| seconds * 1e3;
            out += &format!(
                "time of party 0: {:.1} ms in the open, {:.1} ms on shares, {:.1} ms waiting ({:.1} predicted)\n",
                ms(time.interpreting_s),
                ms(time.computing_s),
                ms(time.waiting_s),
                ms(time.predicted_waiting_s)
            );
        }
        out += &format!("{:>12} {:>12} {:>8}  line\n", "opened", "bits each", "to");
        for one in &self.openings {
            let to = one.client.map_or_else(|| "all".to_owned(), |slot| format!("slot {slot}"));
            out += &format!("{:>12} {:>12} {to:>8}  {}:{} ({})\n", one.scalars, one.bits, one.file, one.line, one.kind);
        }
        out
    }
}

/// Three columns of the table.
fn columns(time: Option<TimeCost>) -> String {
    time.map_or_else(String::new, |time| {
        let ms = |seconds: f64| seconds * 1e3;
        format!(" {:>10.3} {:>10.3} {:>10.3}", ms(time.computing_s), ms(time.waiting_s), ms(time.predicted_waiting_s))
    })
}
