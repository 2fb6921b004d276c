//! A program and inputs in; everything that anybody but the engines' shares can see of a run out.
//!
//! All parties run in this thread, in turns, from fixed seeds, so that two runs with the same public values do the same unless
//! something depends on a secret. Seen are: each party's steps (`stoffel_vm::trace`), every frame with its link, order, length, kind
//! and header (which holds the digest of the schedule), rounds, lines printed, results, openings, traps, and the lengths of what
//! clients receive.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use stoffel::{Bound, Inputs};
use stoffel_bytecode::VerifiedProgram;
use stoffel_mpc::{Backend, Offer, PartyIdx, frame::HEADER_LEN};
use stoffel_runtime::{ClientGiven, Outcome, Party, PartySetup, Session, Step, StorageSetup, client};
use stoffel_vm::{Limits, trace};

use crate::compile::{panic_text, quietly};

/// Last byte of a frame that carries a round of the engine.
const ENGINE_FRAME: u8 = 2;
/// Turns of all parties without a frame after which a run is given up.
const IDLE_TURNS_MAX: u32 = 10_000;

/// A frame as the network sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Sender and receiver.
    pub link: (u8, u8),
    /// Bytes.
    pub len: usize,
    /// Its kind.
    pub kind: u8,
    /// Header of a round: session, epoch, round, length, digest of the schedule.
    pub header: Vec<u8>,
}

/// What a run showed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Seen {
    /// Each party's steps.
    pub traces: Vec<trace::Trace>,
    /// All frames in order.
    pub frames: Vec<Frame>,
    /// By party: rounds, lines printed, results, and lengths of clients' messages, as text.
    pub public: Vec<String>,
    /// The trap that ended it: its code, and its place.
    pub trap: Option<(String, u32)>,
}

/// Inputs of a run: role (none for public parameters), name and value.
pub type Given = Vec<(Option<&'static str>, String, String)>;

/// Runs a program. Of step `show` of each party the registers are kept as text.
///
/// # Errors
/// If the inputs do not fit, the session aborts, or a party panics.
pub fn run(
    program: &Arc<VerifiedProgram>,
    backend: Backend,
    given: &Given,
    show: Option<usize>,
) -> Result<Seen, String> {
    let mut inputs = Inputs::default();
    for (role, name, value) in given {
        inputs.add_text(role.map(|role| (role, 0)), name, value);
    }
    let bound = inputs.bind(program).map_err(|error| error.to_string())?;
    trace::start(show);
    let ran = quietly(|| catch_unwind(AssertUnwindSafe(|| lockstep(program, backend, &bound))));
    let traces = trace::take();
    let mut seen = match ran {
        Ok(seen) => seen?,
        Err(panic) => return Err(format!("a party panicked: {}", panic_text(panic.as_ref()))),
    };
    seen.traces = traces;
    Ok(seen)
}

fn lockstep(program: &Arc<VerifiedProgram>, backend: Backend, bound: &Bound) -> Result<Seen, String> {
    let mut parties = parties(program, backend, bound)?;
    let mut seen = Seen::default();
    let mut idle = 0;
    loop {
        let (mut done, mut expired) = (true, None);
        for (index, party) in parties.iter_mut().enumerate() {
            let step = party.step().map_err(|error| error.to_string())?;
            done &= step == Step::Done;
            if let Step::WaitingForMessage(..) = step {
                expired = expired.or(Some(index));
            }
        }
        if done {
            break;
        }
        if exchange(&mut parties, &mut seen.frames)? {
            idle = 0;
        } else if let Some(index) = expired {
            parties[index].expire();
        }
        idle += 1;
        if idle > IDLE_TURNS_MAX {
            return Err("the parties do not come to an end".to_owned());
        }
    }
    for party in parties {
        let outcome = party.into_outcome();
        seen.public.push(public_of(&outcome));
        seen.trap = seen.trap.or_else(|| outcome.trap.map(|trap| (trap.code.code().to_owned(), trap.site)));
    }
    Ok(seen)
}

fn public_of(outcome: &Outcome) -> String {
    let lengths: Vec<usize> = outcome.client_messages.iter().map(Vec::len).collect();
    let stats = &outcome.stats;
    let ops: BTreeMap<_, _> = stats.engine.by_op.iter().map(|(op, share)| (*op, (share.nodes, share.lanes))).collect();
    format!(
        "rounds {} bytes {} printed {:?} results {:?} trap {:?} clients {lengths:?} stored {} openings {:?} operations {ops:?}",
        stats.rounds,
        stats.bytes_sent,
        outcome.printed,
        outcome.results,
        outcome.trap,
        outcome.storage.len(),
        stats.engine.openings,
    )
}

fn exchange(parties: &mut [Party], frames: &mut Vec<Frame>) -> Result<bool, String> {
    let mut moved = false;
    for from in 0..parties.len() {
        for to in 0..parties.len() {
            while let Some(frame) = parties[from].take_frame(PartyIdx(to as u8)) {
                let kind = frame.last().copied().unwrap_or_default();
                let header =
                    if kind == ENGINE_FRAME { frame[..HEADER_LEN.min(frame.len())].to_vec() } else { Vec::new() };
                frames.push(Frame { link: (from as u8, to as u8), len: frame.len(), kind, header });
                parties[to].deliver(PartyIdx(from as u8), frame).map_err(|error| error.to_string())?;
                moved = true;
            }
        }
    }
    Ok(moved)
}

/// Parties with the clients' inputs, from fixed seeds.
fn parties(program: &Arc<VerifiedProgram>, backend: Backend, bound: &Bound) -> Result<Vec<Party>, String> {
    let (n_parties, _) = backend.default_parties();
    let session = Arc::new(descriptor(program, backend, bound)?);
    let mut parties = Vec::new();
    for me in 0..n_parties {
        let setup = PartySetup {
            session: Arc::clone(&session),
            me: PartyIdx(me),
            program: Arc::clone(program),
            public: bound.public.clone(),
            seed: [me + 1; 32],
            offer: Offer::default(),
            limits: Limits::default(),
            storage: StorageSetup { content: Vec::new(), programs: Vec::new() },
        };
        parties.push(Party::new(setup).map_err(|error| error.to_string())?);
    }
    for (slot, one) in (0u32..).zip(&bound.clients) {
        let given = ClientGiven { values: one.values.clone(), positional: one.positional.clone() };
        let seed = [0x80 + slot as u8; 32];
        let messages = client::prepare(program, backend, &one.role, &given, seed).map_err(|error| error.to_string())?;
        for (party, message) in parties.iter_mut().zip(messages) {
            party.client_message(slot, message).map_err(|error| error.to_string())?;
        }
    }
    Ok(parties)
}

/// The session's descriptor; what it does not say is as usual.
fn descriptor(program: &VerifiedProgram, backend: Backend, bound: &Bound) -> Result<Session, String> {
    let (n_parties, threshold) = backend.default_parties();
    let hash: String = program.hash().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut text = format!(
        "id = \"{}\"\nprogram = \"{hash}\"\nbackend = \"{}\"\nthreshold = {threshold}\ntimeout_ms = 10000\nframe_bytes_max = {}\n",
        "5e".repeat(16),
        backend.name(),
        Session::FRAME_BYTES_MAX,
    );
    if let Some(count) = bound.output_clients {
        text += &format!("output_clients = {count}\n");
    }
    for i in 0..n_parties {
        text += &format!("[[parties]]\nkey = \"party {i}\"\naddress = \"here\"\n");
    }
    for (slot, client) in bound.clients.iter().enumerate() {
        text += &format!("[[clients]]\nrole = \"{}\"\nkey = \"client {slot}\"\n", client.role);
    }
    Session::parse(&text).map_err(|error| error.to_string())
}
