//! Files between a party's process and whoever started it: public inputs in, the party's report out.
//!
//! Only public values stand in them: what everyone gets, printed lines, the trap, costs.

use serde::{Deserialize, Serialize};
use stoffel_bytecode::VerifiedProgram;
use stoffel_mpc::{Opening, Share, Stats};
use stoffel_value::TrapCode;
use stoffel_vm::Trap;

use crate::abort::SessionError;
use crate::host::Given;
use crate::outcome::{Outcome, PartyStats};
use crate::session::{hex, unhex_vec};
use crate::shape;
use crate::timing::Times;
use crate::wire::{Malformed, Reader, push_block};

/// Public parameters as the content of a file.
///
/// # Errors
/// If a value is not of its parameter's type.
pub fn encode_public(program: &VerifiedProgram, given: &Given) -> Result<Vec<u8>, SessionError> {
    let mut out = Vec::new();
    for (row, value) in given {
        let input = program.inputs.get(*row as usize).ok_or_else(|| wrong("an input"))?;
        let mut public = Vec::new();
        shape::split(program, value, &program.types[input.ty as usize], &mut public, &mut [])
            .map_err(|Malformed| wrong(&input.name))?;
        out.extend_from_slice(&row.to_le_bytes());
        push_block(&mut out, &public);
    }
    Ok(out)
}

/// Reads what [`encode_public`] wrote.
///
/// # Errors
/// If the bytes are no such content, or of another program.
pub fn decode_public(program: &VerifiedProgram, bytes: &[u8]) -> Result<Given, SessionError> {
    let (mut given, mut reader) = (Given::new(), Reader::new(bytes));
    while reader.end().is_err() {
        let malformed = |Malformed| SessionError::Setup("the file of public inputs is damaged".to_owned());
        let row = reader.u32().map_err(malformed)?;
        let mut public = Reader::new(reader.block().map_err(malformed)?);
        let input =
            program.inputs.get(row as usize).filter(|input| input.role.is_none()).ok_or_else(|| wrong("an input"))?;
        let ty = &program.types[input.ty as usize];
        given.push((row, shape::read(program, &mut public, ty, &mut shape::budget(bytes.len())).map_err(malformed)?));
    }
    Ok(given)
}

fn wrong(name: &str) -> SessionError {
    SessionError::Setup(format!("`{name}` is not a public parameter of the program, or not of its type"))
}

/// What a party's process tells whoever started it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct PartyReport {
    /// Lines printed.
    pub printed: Vec<String>,
    /// Output row and value in hex, of what everyone gets.
    results: Vec<(u32, String)>,
    /// The trap that ended the program.
    trap: Option<TrapReport>,
    /// Why the session failed, and the party to blame.
    pub aborted: Option<(String, Option<u8>)>,
    /// Rounds.
    pub rounds: u64,
    /// Bytes of protocol frames sent.
    pub bytes_sent: u64,
    /// From the first hello to the final frame.
    pub seconds: f64,
    /// By instruction: offset, operations, lanes, rounds, bytes.
    by_site: Vec<(u32, u64, u64, u64, u64)>,
    /// Openings in order: disclosure row, client, bits, scalars.
    openings: Vec<(u32, Option<u32>, u32, u64)>,
    /// By operation: name, operations, lanes, rounds, bytes.
    by_op: Vec<(String, u64, u64, u64, u64)>,
    /// Protocol messages sent, without headers and padding.
    payload_bytes: u64,
    /// Where the time went, if it was measured.
    times: Option<Times>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct TrapReport {
    code: String,
    message: Option<String>,
    site: u32,
    calls: Vec<u32>,
}

impl PartyReport {
    /// The report of a session that all parties ended together.
    #[must_use]
    pub fn of_outcome(program: &VerifiedProgram, outcome: &Outcome, seconds: f64) -> Self {
        let result = |(row, value): &(u32, stoffel_value::Value)| {
            let mut public = Vec::new();
            let ty = &program.types[program.outputs[*row as usize].ty as usize];
            // The machine builds results of the row's type.
            let encoded = shape::split(program, value, ty, &mut public, &mut []).is_ok();
            encoded.then(|| (*row, hex(&public)))
        };
        let trap = outcome.trap.as_ref().map(|trap| TrapReport {
            code: trap.code.code().to_owned(),
            message: trap.message.clone(),
            site: trap.site,
            calls: trap.calls.clone(),
        });
        let sites = outcome.stats.engine.by_site.iter();
        let openings = outcome.stats.engine.openings.iter();
        let ops = outcome.stats.engine.by_op.iter();
        Self {
            printed: outcome.printed.clone(),
            results: outcome.results.iter().filter_map(result).collect(),
            trap,
            aborted: None,
            rounds: outcome.stats.rounds,
            bytes_sent: outcome.stats.bytes_sent,
            seconds,
            by_site: sites.map(|(site, share)| (*site, share.nodes, share.lanes, share.rounds, share.bytes)).collect(),
            openings: openings.map(|one| (one.row, one.client, one.bits, one.lanes)).collect(),
            by_op: ops.map(|(name, one)| ((*name).to_owned(), one.nodes, one.lanes, one.rounds, one.bytes)).collect(),
            payload_bytes: outcome.stats.engine.payload_bytes,
            times: outcome.stats.times.clone(),
        }
    }

    /// The report of a session that failed.
    #[must_use]
    pub fn of_error(error: &SessionError) -> Self {
        let culprit = error.culprit().map(|party| party.0);
        Self { aborted: Some((error.to_string(), culprit)), ..Self::default() }
    }

    /// The outcome again, without messages to clients.
    ///
    /// # Errors
    /// If the report does not fit the program.
    pub fn outcome(&self, program: &VerifiedProgram) -> Result<Outcome, SessionError> {
        let damaged = || SessionError::Output("a party's report is damaged".to_owned());
        let mut results = Vec::new();
        for (row, text) in &self.results {
            let ty = program.outputs.get(*row as usize).and_then(|output| program.types.get(output.ty as usize));
            let bytes = unhex_vec(text).ok_or_else(damaged)?;
            let value = shape::read(
                program,
                &mut Reader::new(&bytes),
                ty.ok_or_else(damaged)?,
                &mut shape::budget(bytes.len()),
            )
            .map_err(|Malformed| damaged())?;
            results.push((*row, value));
        }
        let trap = match &self.trap {
            None => None,
            Some(trap) => {
                let code = TrapCode::ALL.iter().find(|code| code.code() == trap.code).ok_or_else(damaged)?;
                Some(Trap { code: *code, message: trap.message.clone(), site: trap.site, calls: trap.calls.clone() })
            }
        };
        let share = |(site, nodes, lanes, rounds, bytes): &(u32, u64, u64, u64, u64)| {
            (*site, Share { nodes: *nodes, lanes: *lanes, rounds: *rounds, bytes: *bytes })
        };
        let opening = |&(row, client, bits, lanes): &(u32, Option<u32>, u32, u64)| Opening { row, client, bits, lanes };
        let engine = Stats {
            by_site: self.by_site.iter().map(share).collect(),
            openings: self.openings.iter().map(opening).collect(),
            payload_bytes: self.payload_bytes,
            ..Stats::default()
        };
        Ok(Outcome {
            printed: self.printed.clone(),
            results,
            trap,
            client_messages: Vec::new(),
            storage: Vec::new(),
            stats: PartyStats {
                rounds: self.rounds,
                bytes_sent: self.bytes_sent,
                caught_on_secrets: 0,
                engine,
                times: self.times.clone(),
            },
        })
    }

    /// Costs by name of the operation.
    pub fn operations(&self) -> impl Iterator<Item = (&str, Share)> {
        let share =
            |&(_, nodes, lanes, rounds, bytes): &(String, u64, u64, u64, u64)| Share { nodes, lanes, rounds, bytes };
        self.by_op.iter().map(move |one| (one.0.as_str(), share(one)))
    }
}
