//! A whole session in one process: all parties in one thread, or a thread each; clients in place.
//!
//! The parties run the real protocol; only the links are memory. One thread for all is the faster way when cores are fewer than
//! parties: a round costs no context switch.

mod simulated;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use stoffel_bytecode::VerifiedProgram;
use stoffel_mpc::{Backend, Offer, PartyIdx};
use stoffel_net::Link;
use stoffel_net::memory::{self, MemoryLink};
use stoffel_value::Value;
use stoffel_vm::Limits;

pub use self::simulated::Counted;
use crate::abort::SessionError;
use crate::client;
use crate::driver::{Driver, Terms};
use crate::host::{ClientGiven, Given};
use crate::outcome::Outcome;
use crate::party::{Party, PartySetup, Step};
use crate::session::{ClientEntry, PartyEntry, Session, hex};
use crate::storage::{self, StorageSetup};

/// A session to run here.
#[derive(Clone)]
pub struct Local {
    /// The program.
    pub program: Arc<VerifiedProgram>,
    /// The protocol family.
    pub backend: Backend,
    /// Number of parties.
    pub n_parties: u8,
    /// Parties whose joint view discloses nothing.
    pub threshold: u8,
    /// Public parameters.
    pub public: Given,
    /// Clients by slot: role and what they give.
    pub clients: Vec<(String, ClientGiven)>,
    /// How many clients receive outputs, if that is said.
    pub output_clients: Option<u32>,
    /// Schedule parameters that each party offers; the default for those that are missing.
    pub offers: Vec<Offer>,
    /// Limits of the machines.
    pub limits: Limits,
    /// Silence after which a party blames its peers.
    pub timeout: Duration,
    /// Whether to measure where the time goes.
    pub timed: bool,
    /// Folder of the parties' stores; none is kept if absent.
    pub storage: Option<PathBuf>,
    /// Programs (hashes in hex) beside this one whose secrets it may load from there.
    pub storage_programs: Vec<String>,
}

/// A party that is not made yet: engines stay in the thread that made them.
struct Start {
    setup: PartySetup,
    inputs: Vec<Vec<u8>>,
}

impl Start {
    fn party(self) -> Result<Party, SessionError> {
        let mut party = Party::new(self.setup)?;
        for (slot, message) in (0u32..).zip(self.inputs) {
            party.client_message(slot, message)?;
        }
        Ok(party)
    }
}

/// What a run in this process gave.
#[derive(Debug, Default)]
pub struct LocalOutcome {
    /// Of the first party; the others have agreed.
    pub outcome: Outcome,
    /// Bytes sent by each party.
    pub bytes_sent: Vec<u64>,
    /// What each client received, by slot.
    pub received: Vec<Vec<Value>>,
    /// From the first frame to the last.
    pub elapsed: Duration,
}

/// News of a run under way.
pub enum News<'n> {
    /// A printed line.
    Printed(&'n str),
    /// Rounds so far.
    Rounds(u64),
}

/// Nobody cancels a run in this process: it ends with the process.
static NEVER: AtomicBool = AtomicBool::new(false);

/// How often rounds are reported, in steps of the first party.
const REPORT_STEPS: u64 = 256;

impl Local {
    /// Runs all parties in this thread.
    ///
    /// # Errors
    /// Whatever ends the session at any party.
    pub fn run_in_one_thread(&self, news: &mut dyn FnMut(News<'_>)) -> Result<LocalOutcome, SessionError> {
        let mut parties = self.parties_here()?;
        let started = Instant::now();
        let mut steps = 0u64;
        loop {
            let (mut done, mut working) = (true, false);
            // Time passes where nobody can go on: the first party to lose patience does so then.
            let mut patience: Option<(u64, usize)> = None;
            for (index, party) in parties.iter_mut().enumerate() {
                let step = party.step()?;
                done &= step == Step::Done;
                working |= step == Step::Working;
                if let Step::WaitingForMessage(_, timeout_ms) = step {
                    patience = Some(patience.map_or((timeout_ms, index), |one| one.min((timeout_ms, index))));
                }
                tell(party, &mut steps, news);
            }
            if done {
                break;
            }
            if !exchange(&mut parties)? && !working {
                if let Some((_, index)) = patience {
                    parties[index].expire();
                    continue;
                }
                return Err(SessionError::Setup("the parties wait for each other".to_owned()));
            }
        }
        let elapsed = started.elapsed();
        self.finish(parties.into_iter().map(Party::into_outcome).collect(), elapsed)
    }

    /// Runs a thread per party.
    ///
    /// # Errors
    /// Whatever ends the session, as the party at fault or else the first one tells it.
    pub fn run_in_threads(&self, news: &mut dyn FnMut(News<'_>)) -> Result<LocalOutcome, SessionError> {
        self.run_in_threads_over(&mut |_, _, link| Box::new(link), news)
    }

    /// As [`Local::run_in_threads`], over links that the caller wraps: `wrap` is given party, peer and the party's end.
    ///
    /// # Errors
    /// As [`Local::run_in_threads`].
    pub fn run_in_threads_over(
        &self,
        wrap: &mut dyn FnMut(PartyIdx, PartyIdx, MemoryLink) -> Box<dyn Link>,
        news: &mut dyn FnMut(News<'_>),
    ) -> Result<LocalOutcome, SessionError> {
        let starts = self.starts()?;
        let started = Instant::now();
        let (tell, told) = mpsc::channel::<Result<String, u64>>();
        let terms = Terms { timeout: self.timeout, join_by: started + self.timeout, join: self.timeout };
        let outcomes = std::thread::scope(|scope| {
            let mut threads = Vec::new();
            for (start, row) in
                starts.into_iter().zip(memory::mesh(usize::from(self.n_parties), memory::Limits::default()))
            {
                let (me, tell) = (start.setup.me, tell.clone());
                let wrap_one = |(peer, link): (u8, Option<MemoryLink>)| Some(wrap(me, PartyIdx(peer), link?));
                let links = (0u8..).zip(row).map(wrap_one).collect();
                let timed = self.timed && me == PartyIdx(0);
                threads.push(scope.spawn(move || {
                    let mut party = start.party()?;
                    if timed {
                        party.measure_time(false);
                    }
                    let driver = Driver::new(party, links, None, terms, &NEVER);
                    driver.run(&mut |one| {
                        if me == PartyIdx(0) {
                            // A caller that has gone away reads no news; the session goes on.
                            let _ = tell.send(match one {
                                News::Printed(line) => Ok(line.to_owned()),
                                News::Rounds(rounds) => Err(rounds),
                            });
                        }
                    })
                }));
            }
            drop(tell);
            for one in told {
                match one {
                    Ok(line) => news(News::Printed(&line)),
                    Err(rounds) => news(News::Rounds(rounds)),
                }
            }
            let panicked = || SessionError::Setup("a party's thread failed".to_owned());
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(panicked()))).collect::<Vec<_>>()
        });
        let elapsed = started.elapsed();
        let failed = |one: &Result<Outcome, SessionError>| one.as_ref().is_err_and(|error| !is_echo(error));
        if let Some(Err(error)) = outcomes.iter().find(|one| failed(one)).or(outcomes.iter().find(|one| one.is_err())) {
            return Err(error.clone());
        }
        self.finish(outcomes.into_iter().flatten().collect(), elapsed)
    }

    /// All parties, for one thread: waiting takes no time here, since another party works then.
    fn parties_here(&self) -> Result<Vec<Party>, SessionError> {
        let mut parties = self.starts()?.into_iter().map(Start::party).collect::<Result<Vec<_>, _>>()?;
        if let Some(first) = parties.first_mut().filter(|_| self.timed) {
            first.measure_time(true);
        }
        Ok(parties)
    }

    /// What each party starts from, and the clients' messages to it.
    fn starts(&self) -> Result<Vec<Start>, SessionError> {
        let session = Arc::new(self.session()?);
        let mut starts = Vec::new();
        for me in (0..self.n_parties).map(PartyIdx) {
            let setup = PartySetup {
                session: Arc::clone(&session),
                me,
                program: Arc::clone(&self.program),
                public: self.public.clone(),
                seed: fresh()?,
                offer: self.offers.get(usize::from(me.0)).cloned().unwrap_or_default(),
                limits: self.limits,
                storage: StorageSetup { content: self.stored(me)?, programs: self.storage_programs.clone() },
            };
            starts.push(Start { setup, inputs: Vec::new() });
        }
        for (role, values) in &self.clients {
            let messages = client::prepare(&self.program, self.backend, role, values, fresh()?)?;
            starts.iter_mut().zip(messages).for_each(|(start, message)| start.inputs.push(message));
        }
        Ok(starts)
    }

    /// File of a party's store.
    fn store_file(&self, me: PartyIdx) -> Option<PathBuf> {
        self.storage.as_ref().map(|folder| folder.join(format!("party{}.store", me.0)))
    }

    fn stored(&self, me: PartyIdx) -> Result<Vec<u8>, SessionError> {
        self.store_file(me).map_or_else(|| Ok(Vec::new()), |file| storage::read_file(&file))
    }

    fn session(&self) -> Result<Session, SessionError> {
        let id: [u8; 16] = fresh()?;
        let party = |i: u8| PartyEntry { key: format!("party {i}"), address: "here".to_owned() };
        let client = |(slot, (role, _)): (usize, &(String, ClientGiven))| ClientEntry {
            role: role.clone(),
            key: format!("client {slot}"),
        };
        Ok(Session {
            id: hex(&id),
            program: hex(&self.program.hash()),
            backend: self.backend.name().to_owned(),
            threshold: self.threshold,
            timeout_ms: self.timeout.as_millis() as u64,
            join_ms: Session::JOIN_MS,
            frame_bytes_max: Session::FRAME_BYTES_MAX,
            link: stoffel_net::LinkKind::default().name().to_owned(),
            network: None,
            output_clients: self.output_clients,
            parties: (0..self.n_parties).map(party).collect(),
            clients: self.clients.iter().enumerate().map(client).collect(),
        })
    }

    fn finish(&self, mut outcomes: Vec<Outcome>, elapsed: Duration) -> Result<LocalOutcome, SessionError> {
        let bytes_sent = outcomes.iter().map(|one| one.stats.bytes_sent).collect();
        let mut received = Vec::new();
        for (me, outcome) in (0u8..).map(PartyIdx).zip(&outcomes) {
            if let (Some(file), None) = (self.store_file(me), &outcome.trap) {
                storage::write_file(&file, &outcome.storage)?;
            }
        }
        if outcomes.iter().all(|one| one.trap.is_none()) {
            for slot in 0..self.clients.len() {
                let messages: Vec<Vec<u8>> = outcomes.iter().map(|one| one.client_messages[slot].clone()).collect();
                received.push(client::receive(&self.program, self.backend, &messages)?);
            }
        }
        let outcome = if outcomes.is_empty() { Outcome::default() } else { outcomes.swap_remove(0) };
        Ok(LocalOutcome { outcome, bytes_sent, received, elapsed })
    }
}

/// Fresh bytes of the operating system.
///
/// # Errors
/// If it has none to give.
pub fn fresh<const N: usize>() -> Result<[u8; N], SessionError> {
    let mut out = [0; N];
    getrandom::fill(&mut out).map_err(|error| SessionError::Setup(format!("no randomness: {error}")))?;
    Ok(out)
}

/// Errors that only repeat what another party has found.
fn is_echo(error: &SessionError) -> bool {
    matches!(error, SessionError::Reported { .. } | SessionError::Lost { .. })
}

fn tell(party: &mut Party, steps: &mut u64, news: &mut dyn FnMut(News<'_>)) {
    let lines = party.take_printed();
    if party.me() != PartyIdx(0) {
        return;
    }
    lines.iter().for_each(|line| news(News::Printed(line)));
    *steps += 1;
    if steps.is_multiple_of(REPORT_STEPS) {
        news(News::Rounds(party.rounds()));
    }
}

/// Moves all frames; whether there were any.
fn exchange(parties: &mut [Party]) -> Result<bool, SessionError> {
    let mut moved = false;
    for from in 0..parties.len() {
        for to in 0..parties.len() {
            while let Some(frame) = parties[from].take_frame(PartyIdx(to as u8)) {
                parties[to].deliver(PartyIdx(from as u8), frame)?;
                moved = true;
            }
        }
    }
    Ok(moved)
}
