//! A program, its inputs and a choice of engine in; what it reveals and what that cost out.

use std::collections::BTreeMap;
use std::time::Duration;

use stoffel_bytecode::VerifiedProgram;
use stoffel_mpc::{Offer, Opening, Rounding, Share, Stats};
use stoffel_net::{Link, LinkKind, Shaped};
use stoffel_runtime::local::{Counted, Local, LocalOutcome, News};
use stoffel_runtime::{Network, Outcome, PartyStats, SessionError, Spent, Times};
use stoffel_value::Value;

use crate::backend::Backend;
use crate::error::Error;
use crate::input::{Bound, Inputs};
use crate::profile::stacks;
use crate::program::Program;
use crate::stats::{LineCost, OpCost, Opened, RunStats, RunTime, TimeCost};

/// Where the parties of a run live.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// All parties in this thread: no context switch per round.
    Auto,
    /// A thread per party.
    Threads,
    /// A process per party and per client, over TLS on loopback.
    Processes,
}

/// How to run. A value that exists fits its backend.
#[derive(Clone, Debug)]
pub struct RunOptions {
    pub(crate) backend: Backend,
    pub(crate) parties: u8,
    pub(crate) threshold: u8,
    pub(crate) mode: Mode,
    pub(crate) timeout: Duration,
    pub(crate) record: Option<std::path::PathBuf>,
    pub(crate) storage: Option<std::path::PathBuf>,
    pub(crate) storage_programs: Vec<String>,
    pub(crate) rounding: Rounding,
    pub(crate) link: LinkKind,
    pub(crate) network: Option<Network>,
    pub(crate) timed: bool,
}

impl RunOptions {
    /// Options that fit together; absent numbers are the backend's usual ones. `timeout_ms` is the silence after which a peer is blamed.
    ///
    /// # Errors
    /// If the backend does not run with these numbers, or not in this mode.
    pub fn new(
        backend: Backend,
        parties: Option<u8>,
        threshold: Option<u8>,
        mode: Mode,
        timeout_ms: u64,
    ) -> Result<Self, Error> {
        let (n, t) = backend.inner().default_parties();
        let (parties, threshold) = (parties.unwrap_or(n), threshold.unwrap_or(t));
        backend.inner().check(parties, threshold).map_err(|error| Error::Usage(error.to_string()))?;
        if backend == Backend::CLEAR && mode != Mode::Auto {
            return Err(Error::Usage(
                "the clear engine has no parties to separate: leave out --processes and --threads".to_owned(),
            ));
        }
        Ok(Self {
            backend,
            parties,
            threshold,
            mode,
            timeout: Duration::from_millis(timeout_ms.max(1)),
            record: None,
            storage: None,
            storage_programs: Vec::new(),
            rounding: Rounding::Stochastic,
            link: LinkKind::Tls,
            network: None,
            timed: false,
        })
    }

    /// Measures where the time goes, by line and by operation; costs a little time itself.
    #[must_use]
    pub const fn timed(mut self) -> Self {
        self.timed = true;
        self
    }

    /// Makes the links between parties behave like those of a network: `lan`, `wan`, or a TOML file with the keys `latency_us`,
    /// `bandwidth_kbit_s` and, if wanted, `jitter_us`, `loss_ppm`, `seed`. Threads and processes really wait; a run in one thread
    /// computes without waiting and reports the time that it would have taken.
    ///
    /// # Errors
    /// If there is no such network or the parties have no links.
    pub fn network(mut self, name: &str) -> Result<Self, Error> {
        if self.backend == Backend::CLEAR {
            return Err(Error::Usage("the clear engine has no network: leave out the network profile".to_owned()));
        }
        self.network = Some(match Network::named(name) {
            Some(network) => network,
            None => {
                let file = std::path::Path::new(name);
                let text = std::fs::read_to_string(file).map_err(|error| Error::read(file, error))?;
                Network::parse(&text).map_err(|error| Error::Usage(format!("{name}: {error}")))?
            }
        });
        Ok(self)
    }

    /// Joins the parties by links of another kind than TLS (processes only): in the clear, which is refused between hosts or users.
    ///
    /// # Errors
    /// If the parties are no processes.
    pub fn link(mut self, kind: LinkKind) -> Result<Self, Error> {
        if self.mode != Mode::Processes {
            return Err(Error::Usage("a kind of link joins processes: add --processes".to_owned()));
        }
        self.link = kind;
        Ok(self)
    }

    /// Keeps what each party received from its peers, below TLS, in files `partyI.frames` of a folder (processes only): per
    /// frame the sender in a byte, the length in four, and the frame.
    #[must_use]
    pub fn record(mut self, folder: &std::path::Path) -> Self {
        self.record = Some(folder.to_path_buf());
        self
    }

    /// Keeps the parties' stores in a folder, which must be there; `programs` (hashes in hex) name programs beside the one that is
    /// run whose secrets it may load.
    #[must_use]
    pub fn storage(mut self, folder: &std::path::Path, programs: Vec<String>) -> Self {
        self.storage = Some(folder.to_path_buf());
        self.storage_programs = programs;
        self
    }

    /// Rounds products of fixed-point numbers down, by a protocol that tells no party how, instead of up or down by less work.
    #[must_use]
    pub const fn exact_rounding(mut self, exact: bool) -> Self {
        self.rounding = if exact { Rounding::Exact } else { Rounding::Stochastic };
        self
    }

    /// What each party offers.
    fn offer(&self) -> Offer {
        let network = self.network.as_ref().map(Network::offer);
        Offer { rounding: self.rounding, ..network.unwrap_or_default() }
    }

    /// The backend.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        self.backend
    }
}

/// News of a run under way.
#[derive(Debug)]
pub enum Event<'e> {
    /// A line that the program printed.
    Printed(&'e str),
    /// Rounds so far.
    Rounds(u64),
}

/// What a run gave.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// Printed form of what everyone gets, if there is such a result.
    pub result: Option<String>,
    /// The same as values, by output row.
    pub values: Vec<Value>,
    /// What the clients of each role got, in joining order; deliveries to one client are separated by blanks.
    pub outputs: Vec<(String, Vec<String>)>,
    /// The same by slot; empty for a client that got nothing.
    pub slots: Vec<String>,
    /// Lines printed.
    pub printed: Vec<String>,
    /// Costs.
    pub stats: RunStats,
}

impl Report {
    /// `{"result": …, "outputs": {role: […]}, "printed": […], "stats": {…}}`, values in printed form.
    #[must_use]
    pub fn to_json(&self) -> String {
        let outputs: serde_json::Map<_, _> =
            self.outputs.iter().map(|(role, texts)| (role.clone(), serde_json::json!(texts))).collect();
        let report = serde_json::json!({
            "result": self.result,
            "outputs": outputs,
            "printed": self.printed,
            "stats": self.stats,
        });
        report.to_string()
    }
}

/// Runs a program.
///
/// # Errors
/// If an input is wrong, the program traps, or the session aborts.
pub fn run(
    program: &Program,
    inputs: &Inputs,
    options: &RunOptions,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Report, Error> {
    let bound = inputs.bind(program.code())?;
    if options.mode == Mode::Processes {
        return crate::processes::run(program, &bound, options, on_event);
    }
    let local = Local {
        program: program.code().clone(),
        backend: options.backend.inner(),
        n_parties: options.parties,
        threshold: options.threshold,
        public: bound.public.clone(),
        clients: bound.clients.iter().map(|client| (client.role.clone(), client.given())).collect(),
        output_clients: bound.output_clients,
        offers: vec![options.offer(); options.parties.into()],
        limits: stoffel_vm::Limits::default(),
        timeout: options.timeout,
        timed: options.timed,
        storage: options.storage.clone(),
        storage_programs: options.storage_programs.clone(),
    };
    let mut news = |one: News<'_>| match one {
        News::Printed(line) => on_event(Event::Printed(line)),
        News::Rounds(rounds) => on_event(Event::Rounds(rounds)),
    };
    let ran = match (options.mode, &options.network) {
        (Mode::Threads, None) => local.run_in_threads(&mut news),
        (Mode::Threads, Some(network)) => {
            let profile = network.profile().map_err(|error| Error::from_session(&error))?;
            let shape =
                |me, peer, link| -> Box<dyn Link> { Box::new(Shaped::new(link, profile, network.seed_of(me, peer))) };
            local.run_in_threads_over(&mut { shape }, &mut news)
        }
        (_, None) => local.run_in_one_thread(&mut news),
        (_, Some(network)) => {
            local.run_simulated(&mut |from, to| network.way(from, to), Counted::NetworkAndComputing, &mut news)
        }
    };
    report(program, &bound, options, ran.map_err(|error| Error::from_session(&error))?)
}

fn report(program: &Program, bound: &Bound, options: &RunOptions, ran: LocalOutcome) -> Result<Report, Error> {
    let LocalOutcome { outcome, bytes_sent, received, elapsed } = ran;
    if let Some(trap) = &outcome.trap {
        return Err(Error::Trap(program.describe_trap(trap)));
    }
    let received = received.into_iter().map(|values| texts(&values));
    let clients = bound.clients.iter().map(|client| client.role.clone()).zip(received).collect();
    let operations = outcome.stats.engine.by_op.iter().map(|(name, share)| (*name, *share));
    let stats = run_stats(program.code(), options, &outcome.stats, operations, bytes_sent, elapsed.as_secs_f64());
    Ok(assemble(outcome, clients, stats))
}

/// The report from its parts; clients come in slot order.
pub(crate) fn assemble(outcome: Outcome, clients: Vec<(String, String)>, stats: RunStats) -> Report {
    let values: Vec<Value> = outcome.results.iter().map(|(_, value)| value.clone()).collect();
    let slots = clients.iter().map(|(_, text)| text.clone()).collect();
    let mut outputs: Vec<(String, Vec<String>)> = Vec::new();
    for (role, text) in clients.into_iter().filter(|(_, text)| !text.is_empty()) {
        match outputs.iter_mut().find(|(one, _)| *one == role) {
            Some((_, texts)) => texts.push(text),
            None => outputs.push((role, vec![text])),
        }
    }
    let result = (!values.is_empty()).then(|| texts(&values));
    Report { result, values, outputs, slots, printed: outcome.printed, stats }
}

/// Printed forms, separated by blanks.
pub(crate) fn texts(values: &[Value]) -> String {
    values.iter().map(|value| value.text(true)).collect::<Vec<_>>().join(" ")
}

/// Engine and number of parties, for people.
fn engine_name(options: &RunOptions) -> String {
    match options.backend {
        Backend::CLEAR => "clear engine".to_owned(),
        backend => {
            let network = match (&options.network, options.mode) {
                (None, _) => "",
                (Some(_), Mode::Auto) => " over a simulated network",
                (Some(_), _) => " over a shaped network",
            };
            format!("{}, {} parties{network}", backend.name(), options.parties)
        }
    }
}

/// All that is known of what a run cost.
pub(crate) fn run_stats<'a>(
    code: &VerifiedProgram,
    options: &RunOptions,
    party: &PartyStats,
    operations: impl Iterator<Item = (&'a str, Share)>,
    bytes_sent: Vec<u64>,
    seconds: f64,
) -> RunStats {
    let times = party.times.as_ref();
    let mut operations: Vec<OpCost> = operations
        .map(|(name, share)| {
            let spent = times.map(|times| {
                let entry = times.operations.iter().find(|(one, _)| one == name);
                time_cost(times, entry.map(|(_, spent)| *spent).unwrap_or_default(), share.rounds, share.bytes)
            });
            OpCost { name: name.to_owned(), lanes: share.lanes, bytes: share.bytes, rounds: share.rounds, time: spent }
        })
        .collect();
    operations.sort_by(|a, b| (b.bytes, b.lanes, &a.name).cmp(&(a.bytes, a.lanes, &b.name)));
    let planned_bytes = party.engine.by_site.values().map(|share| share.bytes).sum();
    let time = times.map(|times| {
        let whole = time_cost(times, times.engine, party.rounds, party.bytes_sent);
        RunTime {
            interpreting_s: times.interpreting_ns as f64 / 1e9,
            computing_s: whole.computing_s,
            waiting_s: whole.waiting_s,
            predicted_waiting_s: whole.predicted_waiting_s,
        }
    });
    RunStats {
        engine: engine_name(options),
        rounds: party.rounds,
        bytes_sent,
        seconds,
        lines: line_costs(code, &party.engine, times),
        operations,
        planned_bytes,
        payload_bytes: party.engine.payload_bytes,
        time,
        stacks: times.map(|times| stacks(code, times)).unwrap_or_default(),
        openings: openings(code, &party.engine),
        caught_on_secrets: party.caught_on_secrets,
    }
}

fn time_cost(times: &Times, spent: Spent, rounds: u64, bytes: u64) -> TimeCost {
    let bandwidth = f64::from(times.bandwidth_mib_s.max(1)) * f64::from(1 << 20);
    TimeCost {
        computing_s: spent.computing_ns as f64 / 1e9,
        waiting_s: spent.waiting_ns as f64 / 1e9,
        predicted_waiting_s: rounds as f64 * f64::from(times.latency_us) / 1e6 + bytes as f64 / bandwidth,
    }
}

/// Costs by source line, most bytes first, then most operations.
fn line_costs(code: &VerifiedProgram, stats: &Stats, times: Option<&Times>) -> Vec<LineCost> {
    let mut lines: BTreeMap<(String, u32), LineCost> = BTreeMap::new();
    let spent: BTreeMap<u32, Spent> = times.iter().flat_map(|times| times.sites.iter().copied()).collect();
    for (site, share) in &stats.by_site {
        // What the library does costs at the call of it, if that is known here.
        let mut places = std::iter::once(code.locate(*site)).chain(code.inlined_calls(*site));
        let outside = places.find(|place| !place.file.starts_with(stoffel_compiler::STD_PREFIX));
        let place = outside.unwrap_or_else(|| code.locate(*site));
        let fresh =
            LineCost { file: place.file.to_owned(), line: place.line, lanes: 0, bytes: 0, rounds: 0, time: None };
        let line = lines.entry((place.file.to_owned(), place.line)).or_insert(fresh);
        line.lanes += share.lanes;
        line.bytes += share.bytes;
        line.rounds += share.rounds;
        if let Some(times) = times {
            let own = time_cost(times, spent.get(site).copied().unwrap_or_default(), share.rounds, share.bytes);
            let sum = line.time.get_or_insert_default();
            sum.computing_s += own.computing_s;
            sum.waiting_s += own.waiting_s;
            sum.predicted_waiting_s += own.predicted_waiting_s;
        }
    }
    let mut out: Vec<LineCost> = lines.into_values().collect();
    out.sort_by(|a, b| (b.bytes, b.lanes, a.line).cmp(&(a.bytes, a.lanes, b.line)));
    out
}

/// What the engine opened, with the places of the disclosure list.
fn openings(code: &VerifiedProgram, stats: &Stats) -> Vec<Opened> {
    let opened = |one: &Opening| {
        let row = code.disclosures.get(one.row as usize)?;
        let (kind, file, line) = (row.kind.name(), row.file.clone(), row.line);
        Some(Opened { row: one.row, kind, file, line, client: one.client, bits: one.bits, scalars: one.lanes })
    };
    stats.openings.iter().filter_map(opened).collect()
}

impl Error {
    /// The façade's error for the end of a session.
    pub(crate) fn from_session(error: &SessionError) -> Self {
        match error {
            SessionError::Setup(text) => Self::Usage(text.clone()),
            other => Self::Abort(other.to_string()),
        }
    }
}
