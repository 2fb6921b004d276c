//! One party of one session as a state machine: frames in, frames out, no waiting.
//!
//! Every frame between parties ends in one byte that says what it is: a hello, a frame of the engine, the final word, or an
//! announcement that the sender has given up. Phases: all hellos are compared; all clients' inputs are taken; the machine runs in
//! slices and the engine in rounds; the final frames of all parties are compared. Before that no result counts.
//! Not here: sockets, deadlines, clocks but for measuring (`timing`) (the drivers of `local` and `remote`).

mod inputs;

use std::collections::VecDeque;
use std::sync::Arc;

use stoffel_bytecode::VerifiedProgram;
use stoffel_mpc::{AbortReason, Engine, Offer, Params, PartyIdx, Progress};
use stoffel_vm::{InputLeaf, Limits, Stop, Trap, Vm, Wait};
use zeroize::Zeroize;

use crate::abort::SessionError;
use crate::hello::Hello;
use crate::host::{Given, SessionHost, count_receivers};
use crate::mail::Mail;
use crate::outcome::{Outcome, PartyStats};
use crate::probe::Measured;
use crate::session::Session;
use crate::shape;
use crate::storage::{StorageSetup, Store};
use crate::timing::{self, Timing};
use crate::wire::Malformed;

/// What a party starts from.
pub struct PartySetup {
    /// The descriptor.
    pub session: Arc<Session>,
    /// Its index.
    pub me: PartyIdx,
    /// The program.
    pub program: Arc<VerifiedProgram>,
    /// Public parameters.
    pub public: Given,
    /// Fresh randomness of this party for this session, from the operating system.
    pub seed: [u8; 32],
    /// Schedule parameters that it can keep.
    pub offer: Offer,
    /// Limits of the machine.
    pub limits: Limits,
    /// This party's store.
    pub storage: StorageSetup,
}

impl Drop for PartySetup {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

/// What a party needs next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// Call `step` again: the slice of fuel is used up.
    Working,
    /// A frame of each of these peers.
    Waiting(Vec<PartyIdx>),
    /// The input of these clients.
    WaitingForClients(Vec<u32>),
    /// A message that these peers may broadcast, for so many milliseconds; then call [`Party::expire`].
    WaitingForMessage(Vec<PartyIdx>, u64),
    /// The session is over; take the outcome.
    Done,
}

/// What a frame is: its last byte.
pub(crate) mod kind {
    /// Between any two: what must agree.
    pub(crate) const HELLO: u8 = 1;
    /// Between parties: one round of the engine.
    pub(crate) const ENGINE: u8 = 2;
    /// Between parties: the program has ended, with this public outcome.
    pub(crate) const FINAL: u8 = 3;
    /// From a party: it has given up.
    pub(crate) const GIVE_UP: u8 = 4;
    /// From a party: it lives. Taken by drivers.
    pub(crate) const ALIVE: u8 = 5;
    /// From a client: its shared input.
    pub(crate) const INPUT: u8 = 6;
    /// To a client: its shared outputs.
    pub(crate) const OUTPUT: u8 = 7;
    /// To a client: the program has trapped.
    pub(crate) const TRAPPED: u8 = 8;
    /// Between parties: a message that the program broadcasts.
    pub(crate) const MESSAGE: u8 = 9;
}
use kind::{ENGINE, FINAL, GIVE_UP, HELLO, MESSAGE};

/// Instructions between two looks at the links: at most some 10 ms of work.
const SLICE_FUEL: u64 = 2_000_000;
/// Frames of one peer that may wait to be used; a peer is at most a round ahead.
const INBOX_FRAMES_MAX: usize = 64;
/// Characters of a peer's announcement that are kept.
const REASON_CHARS_MAX: usize = 200;
/// In an announcement: no party is to blame.
const NOBODY: u8 = u8::MAX;

enum Phase {
    Hello,
    Inputs,
    Running,
    /// The engine runs until idle; then the machine goes on.
    Engine,
    /// As `Engine`, after the machine has ended.
    Draining,
    Final,
    Done,
}

/// One party.
pub struct Party {
    setup: PartySetup,
    phase: Phase,
    hello: Hello,
    hellos: Vec<Option<Hello>>,
    finals: Vec<Option<Final>>,
    clients: Vec<Option<Vec<u8>>>,
    inbox: Vec<VecDeque<Vec<u8>>>,
    outbox: Vec<VecDeque<Vec<u8>>>,
    engine: Option<Box<dyn Engine>>,
    machine: Vm,
    host: SessionHost,
    trap: Option<Trap>,
    stats: PartyStats,
    /// Where the time goes, if that is asked for.
    timing: Option<Timing>,
    /// Latency and bandwidth that the parties agreed on.
    classes: (u32, u32),
    /// A round is under way: its frames are sent, those of the peers awaited.
    in_round: bool,
}

impl Party {
    /// A party that has not sent anything yet.
    ///
    /// # Errors
    /// If the descriptor is wrong, its program is another one, or a public input is missing or not of its type.
    pub fn new(setup: PartySetup) -> Result<Self, SessionError> {
        let program = setup.program.hash();
        if crate::session::hex(&program) != setup.session.program {
            return Err(SessionError::Setup("the program is not the session's".to_owned()));
        }
        let inputs = hash_public(&setup.program, &setup.public)?;
        let nonce = first16(blake3::derive_key("stoffel 2 hello nonce", &setup.seed));
        let hello = Hello::new(&setup.session, setup.me, program, inputs, nonce, setup.offer.clone())?;
        let n = usize::from(setup.session.n_parties());
        let roles: Vec<String> = setup.session.clients.iter().map(|client| client.role.clone()).collect();
        let n_clients = roles.len();
        let machine = Vm::new(Arc::clone(&setup.program), setup.limits);
        let host = SessionHost {
            inputs: vec![None; setup.program.inputs.len()],
            deliveries: vec![Vec::new(); n_clients],
            mail: Mail::new(setup.me.0, n),
            store: Store::open(&setup.storage, &setup.session, setup.me.0)?,
            instance: u64::from_le_bytes(first8(setup.session.id_bytes()?)),
            random: Some(local_randomness(&setup.seed)),
            n_receivers: (setup.session.output_clients).unwrap_or_else(|| count_receivers(&setup.program, &roles)),
            roles,
            ..SessionHost::default()
        };
        let mut party = Self {
            phase: Phase::Hello,
            hellos: vec![None; n],
            finals: vec![None; n],
            clients: vec![None; n_clients],
            inbox: vec![VecDeque::new(); n],
            outbox: vec![VecDeque::new(); n],
            engine: None,
            machine,
            host,
            trap: None,
            stats: PartyStats::default(),
            timing: None,
            classes: (0, 0),
            in_round: false,
            hello,
            setup,
        };
        party.broadcast(HELLO, &party.hello.to_bytes());
        Ok(party)
    }

    /// Measures from now on where the time goes; `told` if [`Party::waited`] says how long the party waits.
    pub(crate) fn measure_time(&mut self, told: bool) {
        self.timing = Some(Timing::new(told));
    }

    /// So much time passes while the party waits for frames of its peers.
    pub(crate) fn waited(&mut self, ns: u64) {
        if let Some(timing) = &mut self.timing {
            timing.waited(ns);
        }
    }

    /// This party's index.
    #[must_use]
    pub const fn me(&self) -> PartyIdx {
        self.setup.me
    }

    /// What the links to the peers have been measured to be, before the first frame is taken: links faster than the usual count as usual,
    /// so that parties on one machine choose the same schedule in every run.
    pub(crate) fn offer_measured(&mut self, measured: Measured) {
        let offer = &mut self.hello.offer;
        offer.latency_us = offer.latency_us.max(measured.latency_us);
        offer.bandwidth_mib_s = offer.bandwidth_mib_s.min(measured.bandwidth_mib_s);
        self.outbox.iter_mut().for_each(VecDeque::clear);
        self.broadcast(HELLO, &self.hello.to_bytes());
    }

    /// Takes one frame of a peer.
    ///
    /// # Errors
    /// If it is malformed, does not belong here, or announces that the peer has given up.
    pub fn deliver(&mut self, from: PartyIdx, mut frame: Vec<u8>) -> Result<(), SessionError> {
        let malformed = |what| SessionError::Malformed { peer: from, what };
        let index = usize::from(from.0);
        if index >= self.inbox.len() || from == self.setup.me {
            return Err(malformed("sender"));
        }
        match frame.pop() {
            Some(HELLO) if self.hellos[index].is_none() => {
                let hello = Hello::from_bytes(&frame).map_err(|Malformed| malformed("hello"))?;
                if hello.party != from {
                    return Err(malformed("hello"));
                }
                self.hello.agrees(&hello)?;
                self.hellos[index] = Some(hello);
                Ok(())
            }
            Some(ENGINE) if self.inbox[index].len() < INBOX_FRAMES_MAX => {
                self.inbox[index].push_back(frame);
                Ok(())
            }
            Some(FINAL) if self.finals[index].is_none() => {
                self.finals[index] = Some(Final::read(&frame).ok_or_else(|| malformed("final frame"))?);
                Ok(())
            }
            Some(MESSAGE) => {
                let message = String::from_utf8(frame).map_err(|_| malformed("message"))?;
                if self.host.mail.arrived(from.0, message) { Ok(()) } else { Err(malformed("flood of messages")) }
            }
            Some(GIVE_UP) => Err(SessionError::from_give_up(from, frame)),
            _ => Err(malformed("frame")),
        }
    }

    /// The next frame for a peer.
    pub fn take_frame(&mut self, to: PartyIdx) -> Option<Vec<u8>> {
        self.outbox.get_mut(usize::from(to.0))?.pop_front()
    }

    /// A frame that tells the peers why this party gives up.
    #[must_use]
    pub fn give_up_frame(error: &SessionError) -> Vec<u8> {
        let mut frame = error.to_string().into_bytes();
        frame.push(error.culprit().map_or(NOBODY, |party| party.0));
        frame.push(GIVE_UP);
        frame
    }

    /// This party's hello for a client, as a frame.
    pub(crate) fn hello_frame(&self) -> Vec<u8> {
        [&self.hello.to_bytes()[..], &[HELLO]].concat()
    }

    /// Compares a client's hello with this party's.
    ///
    /// # Errors
    /// [`SessionError::Client`] with what differs.
    pub(crate) fn check_client(&self, client: u32, hello: &[u8]) -> Result<(), SessionError> {
        let hello =
            Hello::from_bytes(hello).map_err(|Malformed| self.client_error(client, "sent a malformed hello"))?;
        self.hello.agrees_without_inputs(&hello).map_err(|error| match error {
            SessionError::Handshake { field, theirs, ours, .. } => {
                self.client_error(client, &format!("runs another {field}: {theirs}, not {ours}"))
            }
            other => other,
        })
    }

    /// Whether all parties' hellos have been compared.
    pub(crate) const fn is_agreed(&self) -> bool {
        !matches!(self.phase, Phase::Hello)
    }

    /// Whether a peer has said its final word.
    pub(crate) fn has_ended(&self, peer: PartyIdx) -> bool {
        self.finals.get(usize::from(peer.0)).is_some_and(Option::is_some)
    }

    /// Whether one more frame of a peer may be delivered.
    pub(crate) fn has_room(&self, peer: PartyIdx) -> bool {
        self.inbox.get(usize::from(peer.0)).is_some_and(|queue| queue.len() < INBOX_FRAMES_MAX)
    }

    /// Clients of the session.
    pub(crate) fn n_clients(&self) -> usize {
        self.clients.len()
    }

    /// The trap that ended the program, for clients.
    pub(crate) fn trap_notice(&self) -> Option<String> {
        let trap = self.trap.as_ref()?;
        let place = self.setup.program.locate(trap.site);
        let message = trap.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
        Some(format!("{} at {}:{}{message}", trap.code, place.file, place.line))
    }

    /// Takes a client's message.
    ///
    /// # Errors
    /// If there is no such client, or it has spoken before.
    pub fn client_message(&mut self, client: u32, message: Vec<u8>) -> Result<(), SessionError> {
        match self.clients.get_mut(client as usize) {
            Some(slot) if slot.is_none() => {
                *slot = Some(message);
                Ok(())
            }
            Some(_) => Err(self.client_error(client, "sent a second input")),
            None => Err(SessionError::Setup(format!("there is no client {client}"))),
        }
    }

    /// Lines printed since the last call.
    pub fn take_printed(&mut self) -> Vec<String> {
        std::mem::take(&mut self.host.printed)
    }

    /// The time of the message that [`Step::WaitingForMessage`] told of is up.
    pub fn expire(&mut self) {
        self.host.mail.expire();
    }

    /// Rounds so far.
    #[must_use]
    pub const fn rounds(&self) -> u64 {
        self.stats.rounds
    }

    /// Works until something is needed from outside or a slice of fuel is used up.
    ///
    /// # Errors
    /// Whatever ends the session.
    pub fn step(&mut self) -> Result<Step, SessionError> {
        if let Some(timing) = &mut self.timing {
            timing.resume();
        }
        let step = self.step_on();
        if let (Some(timing), Ok(Step::Waiting(_))) = (&mut self.timing, &step) {
            timing.pause();
        }
        step
    }

    fn step_on(&mut self) -> Result<Step, SessionError> {
        loop {
            let next = match self.phase {
                Phase::Hello => self.step_hello()?,
                Phase::Inputs => self.step_inputs()?,
                Phase::Running => self.step_machine(),
                Phase::Engine | Phase::Draining => self.step_engine()?,
                Phase::Final => self.step_final()?,
                Phase::Done => Some(Step::Done),
            };
            if let Some(step) = next {
                return Ok(step);
            }
        }
    }

    /// What the session gave, after [`Step::Done`].
    #[must_use]
    pub fn into_outcome(mut self) -> Outcome {
        let (mut client_messages, mut storage) = (Vec::new(), Vec::new());
        if let (Some(engine), None) = (&mut self.engine, &self.trap) {
            for client in 0..self.host.roles.len() as u32 {
                let payload = engine.take_client_output(client);
                client_messages.push(self.host.client_message(&self.setup.program, client, &payload));
            }
            self.stats.engine = engine.stats();
            self.stats.times = self.timing.as_ref().map(|timing| timing.times(self.classes.0, self.classes.1));
            self.stats.caught_on_secrets = self.machine.caught_on_secrets();
            storage = self.host.store.content(engine.as_mut());
        }
        let results = if self.trap.is_some() { Vec::new() } else { std::mem::take(&mut self.host.results) };
        Outcome {
            printed: std::mem::take(&mut self.host.all_printed),
            results,
            trap: self.trap.take(),
            client_messages,
            storage,
            stats: std::mem::take(&mut self.stats),
        }
    }

    fn step_hello(&mut self) -> Result<Option<Step>, SessionError> {
        let me = usize::from(self.setup.me.0);
        let missing = self.missing(|party, index| party.hellos[index].is_none());
        if !missing.is_empty() {
            return Ok(Some(Step::Waiting(missing)));
        }
        self.hellos[me] = Some(self.hello.clone());
        let offers: Vec<Offer> = self.hellos.iter().flatten().map(|hello| hello.offer.clone()).collect();
        let backend = self.setup.session.backend()?;
        // Keys depend on fresh bytes of every party, so a session that is started twice from one descriptor repeats nothing.
        let mut tag = blake3::Hasher::new_derive_key("stoffel 2 session tag");
        tag.update(&self.setup.session.id_bytes()?);
        for hello in self.hellos.iter().flatten() {
            tag.update(&hello.nonce);
        }
        let params = Params::agree(&offers).for_session(backend, first16(*tag.finalize().as_bytes()));
        self.classes = (params.latency_us, params.bandwidth_mib_s);
        self.engine = Some(stoffel_mpc::engine(&params, self.setup.me, self.setup.seed));
        self.setup.seed.zeroize();
        self.phase = Phase::Inputs;
        Ok(None)
    }

    fn step_inputs(&mut self) -> Result<Option<Step>, SessionError> {
        let silent: Vec<u32> = (0u32..).zip(&self.clients).filter(|(_, one)| one.is_none()).map(|(i, _)| i).collect();
        if !silent.is_empty() {
            return Ok(Some(Step::WaitingForClients(silent)));
        }
        self.bind_public()?;
        for client in 0..self.clients.len() as u32 {
            self.bind_client(client)?;
        }
        for (row, input) in self.setup.program.inputs.iter().enumerate() {
            let ty = &self.setup.program.types[input.ty as usize];
            if let (None, true, stoffel_bytecode::Type::List(member)) = (&self.host.inputs[row], input.each, ty) {
                // Nobody joined in the role.
                self.host.inputs[row] = Some(vec![InputLeaf::List(0, shape::empty_columns(member))]);
            }
        }
        self.phase = Phase::Running;
        Ok(None)
    }

    fn step_machine(&mut self) -> Option<Step> {
        let engine = self.engine.as_mut()?;
        let fuel = if self.timing.is_some() { timing::SLICE_FUEL } else { SLICE_FUEL };
        let stop = self.machine.run(engine.as_mut(), &mut self.host, fuel);
        if let Some(timing) = &mut self.timing {
            let (site, calls) = self.machine.position();
            timing.interpreted(site, &calls);
        }
        for message in self.host.mail.take_outgoing() {
            self.broadcast(MESSAGE, message.as_bytes());
        }
        let engine = self.engine.as_mut()?;
        match stop {
            Stop::Waiting(Wait::Message { from, timeout_ms }) => {
                let me = self.setup.me;
                let peers = (0..self.setup.session.n_parties()).map(PartyIdx);
                let awaited = peers.filter(|peer| *peer != me && from.is_none_or(|from| from == peer.0)).collect();
                return Some(Step::WaitingForMessage(awaited, timeout_ms));
            }
            Stop::OutOfFuel => return Some(Step::Working),
            Stop::Waiting(_) => self.phase = Phase::Engine,
            Stop::Done => {
                self.host.store.keep(engine.as_mut());
                engine.force_all();
                self.phase = Phase::Draining;
            }
            Stop::Trapped(trap) => {
                self.trap = Some(trap);
                self.finish();
            }
        }
        None
    }

    fn step_engine(&mut self) -> Result<Option<Step>, SessionError> {
        if self.in_round && !self.end_round()? {
            let awaited =
                self.missing(|party, index| party.engine.as_ref().is_some_and(|one| one.awaits(PartyIdx(index as u8))));
            return Ok(Some(Step::Waiting(awaited)));
        }
        let Some(engine) = &mut self.engine else { return Ok(None) };
        let progress = engine.poll();
        if let Some(timing) = &mut self.timing {
            timing.computed(engine.stats());
        }
        let progress = progress.map_err(|abort| self.locate(abort))?;
        self.collect_frames();
        match progress {
            Progress::Round => {
                self.in_round = true;
                self.stats.rounds += 1;
            }
            Progress::Idle if matches!(self.phase, Phase::Draining) => self.finish(),
            Progress::Idle => self.phase = Phase::Running,
        }
        Ok(None)
    }

    /// Hands the awaited frames to the engine; whether all are in.
    fn end_round(&mut self) -> Result<bool, SessionError> {
        let Some(engine) = &mut self.engine else { return Ok(true) };
        let mut failed = None;
        self.in_round = false;
        for (index, queue) in self.inbox.iter_mut().enumerate() {
            let peer = PartyIdx(index as u8);
            if !engine.awaits(peer) {
                continue;
            }
            match queue.pop_front() {
                Some(frame) => failed = failed.or(engine.deliver_owned(peer, frame).err()),
                // A peer that has ended while this party waits for a round has run another program.
                None if self.finals[index].is_some() => return Err(self.parted(peer)),
                None => self.in_round = true,
            }
        }
        match failed {
            Some(abort) => Err(self.locate(abort)),
            None => Ok(!self.in_round),
        }
    }

    fn collect_frames(&mut self) {
        let Some(engine) = &mut self.engine else { return };
        for (index, queue) in self.outbox.iter_mut().enumerate() {
            while let Some(mut frame) = engine.take_frame(PartyIdx(index as u8)) {
                self.stats.bytes_sent += frame.len() as u64;
                frame.push(ENGINE);
                queue.push_back(frame);
            }
        }
    }

    /// The program has ended: say so, and with what public result.
    fn finish(&mut self) {
        if let Some(timing) = &mut self.timing {
            timing.settled();
        }
        let mut hash = blake3::Hasher::new_derive_key("stoffel 2 public outcome");
        if let Some(trap) = &self.trap {
            hash.update(trap.code.code().as_bytes());
            hash.update(&trap.site.to_le_bytes());
        }
        // What is printed may be what one party alone knows; what is opened has been compared with the schedule.
        for (row, value) in &self.host.results {
            hash.update(&row.to_le_bytes());
            hash.update(value.text(true).as_bytes());
        }
        let own = Final { digest: *hash.finalize().as_bytes(), trapped: self.trap.is_some() };
        self.finals[usize::from(self.setup.me.0)] = Some(own);
        self.broadcast(FINAL, &own.bytes());
        self.phase = Phase::Final;
    }

    fn step_final(&mut self) -> Result<Option<Step>, SessionError> {
        let missing = self.missing(|party, index| party.finals[index].is_none());
        if !missing.is_empty() {
            return Ok(Some(Step::Waiting(missing)));
        }
        let mine = self.finals[usize::from(self.setup.me.0)];
        if let Some(other) = self.finals.iter().position(|one| *one != mine) {
            return Err(self.parted(PartyIdx(other as u8)));
        }
        self.phase = Phase::Done;
        Ok(Some(Step::Done))
    }

    /// A peer has ended, and not as this party does. Traps on common values stop all alike, so one that stops some was party-local.
    fn parted(&self, peer: PartyIdx) -> SessionError {
        let trapped = |party: PartyIdx| self.finals[usize::from(party.0)].is_some_and(|one| one.trapped);
        match [peer, self.setup.me].into_iter().find(|party| trapped(*party)) {
            Some(party) => SessionError::Stopped { party },
            None => SessionError::Outcome { peer },
        }
    }

    /// Peers for which something is missing.
    fn missing(&self, is_missing: impl Fn(&Self, usize) -> bool) -> Vec<PartyIdx> {
        let me = usize::from(self.setup.me.0);
        let peers = (0..self.inbox.len()).filter(|index| *index != me && is_missing(self, *index));
        peers.map(|index| PartyIdx(index as u8)).collect()
    }

    fn broadcast(&mut self, kind: u8, body: &[u8]) {
        let me = usize::from(self.setup.me.0);
        for (index, queue) in self.outbox.iter_mut().enumerate() {
            if index != me {
                let mut frame = body.to_vec();
                frame.push(kind);
                queue.push_back(frame);
            }
        }
    }

    pub(crate) fn client_error(&self, client: u32, what: &str) -> SessionError {
        let role = self.host.roles.get(client as usize).cloned().unwrap_or_default();
        SessionError::Client { client, role, what: what.to_owned() }
    }

    /// Adds the source position of a divergence, and the role of a client.
    fn locate(&self, abort: stoffel_mpc::Abort) -> SessionError {
        match abort.reason {
            AbortReason::ClientInput { client } => {
                self.client_error(client, "gave the parties different versions of its input")
            }
            AbortReason::Diverged { site } => {
                let location = self.setup.program.locate(site);
                SessionError::Protocol { abort, place: Some(format!("{}:{}", location.file, location.line)) }
            }
            _ => abort.into(),
        }
    }
}

/// How a party's program has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Final {
    /// Hash of the trap and of the public results.
    digest: [u8; 32],
    trapped: bool,
}

impl Final {
    fn bytes(self) -> [u8; 33] {
        std::array::from_fn(|at| self.digest.get(at).copied().unwrap_or(self.trapped.into()))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (&flag, digest) = bytes.split_last().filter(|(flag, _)| **flag <= 1)?;
        Some(Self { digest: digest.try_into().ok()?, trapped: flag == 1 })
    }
}

/// A peer's words, cut to a line.
pub(crate) fn reported(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect()
}

impl SessionError {
    /// What the body of a peer's announcement says.
    pub(crate) fn from_give_up(reporter: PartyIdx, mut body: Vec<u8>) -> Self {
        let culprit = body.pop().filter(|party| *party != NOBODY).map(PartyIdx);
        Self::Reported { reporter, culprit, reason: reported(&body) }
    }
}

/// What `Mpc.rand` draws from: apart from everything that the engine draws from the same seed.
fn local_randomness(seed: &[u8; 32]) -> blake3::OutputReader {
    let mut hash = blake3::Hasher::new_derive_key("stoffel 2 party-local randomness");
    hash.update(seed);
    hash.finalize_xof()
}

/// The first eight of sixteen bytes.
fn first8(bytes: [u8; 16]) -> [u8; 8] {
    std::array::from_fn(|at| bytes[at])
}

fn first16(hash: [u8; 32]) -> [u8; 16] {
    std::array::from_fn(|i| hash[i])
}

/// Hash of the public inputs; also checks that each is there.
fn hash_public(program: &VerifiedProgram, given: &Given) -> Result<[u8; 32], SessionError> {
    let mut hash = blake3::Hasher::new_derive_key("stoffel 2 public inputs");
    for (row, input) in (0u32..).zip(&program.inputs).filter(|(_, input)| input.role.is_none()) {
        let value = given.iter().find(|(one, _)| *one == row);
        let (_, value) = value.ok_or_else(|| SessionError::Setup(format!("`{}` was not given", input.name)))?;
        hash.update(&row.to_le_bytes());
        let text = value.text(false);
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    Ok(*hash.finalize().as_bytes())
}
