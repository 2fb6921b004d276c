//! A run on this machine as separate processes: one per party and per client, each in a folder of its own, over TLS on loopback or
//! another kind of link that is asked for.
//!
//! A party's folder holds its key, the descriptor, the program and the public inputs; a client's holds its key and its own inputs.
//! Secrets stand in those files only, readable by their owner; nothing secret is in arguments or the environment.

mod folder;
mod watch;

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use stoffel_mpc::Rounding;
use stoffel_runtime::report::{PartyReport, encode_public};
use stoffel_runtime::{ClientEntry, PartyEntry, Session, local};

use crate::error::Error;
use crate::input::{Bound, BoundClient};
use crate::keys;
use crate::program::Program;
use crate::run::{Event, Report, RunOptions, assemble, run_stats};
use folder::Folder;
use watch::{Child, watch};

/// File names in the folders.
const SESSION: &str = "session.toml";
const KEY: &str = "key.pem";
const PROGRAM: &str = "program.stflb";
const PUBLIC: &str = "public.bin";
const INPUTS: &str = "inputs.toml";
const REPORT: &str = "report.json";
const OUTPUTS: &str = "outputs.json";
const FRAMES: &str = "frames.bin";
/// Characters that every system takes as the path of a socket.
const SOCKET_PATH_MAX: usize = 100;

/// Runs a program in processes.
///
/// # Errors
/// If a process cannot be started, the program traps, or the session aborts.
pub(crate) fn run(
    program: &Program,
    bound: &Bound,
    options: &RunOptions,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Report, Error> {
    let folder = Folder::fresh()?;
    let launch = Launch::prepare(&folder, program, bound, options)?;
    let children = launch.start()?;
    // Every process ends by its own deadlines; past them, and some time to exit, it is killed.
    let patience = options.timeout + Duration::from_secs(10);
    let ended = watch(children, patience, on_event)?;
    let report = launch.collect(program, bound, options, &ended);
    if let (Ok(_), Some(target)) = (&report, &options.record) {
        launch.keep_frames(target)?;
    }
    report
}

/// A session whose folders are ready.
struct Launch {
    parties: Vec<PathBuf>,
    clients: Vec<(PathBuf, String)>,
    with_public: bool,
    storage: Option<PathBuf>,
    storage_programs: Vec<String>,
    exact_rounding: bool,
    record: bool,
    timed: bool,
}

impl Launch {
    fn prepare(folder: &Folder, program: &Program, bound: &Bound, options: &RunOptions) -> Result<Self, Error> {
        let count = options.parties;
        let party_keys = (0..count).map(|party| party_key(options, party)).collect::<Result<Vec<_>, _>>()?;
        let client_keys = bound.clients.iter().map(|_| keys::generate()).collect::<Result<Vec<_>, _>>()?;
        let addresses = if options.link.is_unix() { socket_paths(folder, count)? } else { free_addresses(count)? };
        let party = |(identity, address): (&stoffel_net::Identity, String)| PartyEntry {
            key: identity.fingerprint().to_string(),
            address,
        };
        let client = |(identity, client): (&stoffel_net::Identity, &BoundClient)| ClientEntry {
            role: client.role.clone(),
            key: identity.fingerprint().to_string(),
        };
        let session = Session {
            id: crate::hex(&local::fresh::<16>().map_err(|error| Error::from_session(&error))?),
            program: program.hash(),
            backend: options.backend.name().to_owned(),
            threshold: options.threshold,
            timeout_ms: options.timeout.as_millis() as u64,
            join_ms: Session::JOIN_MS,
            frame_bytes_max: Session::FRAME_BYTES_MAX,
            link: options.link.name().to_owned(),
            network: options.network.clone(),
            output_clients: bound.output_clients,
            parties: party_keys.iter().zip(addresses).map(party).collect(),
            clients: client_keys.iter().zip(&bound.clients).map(client).collect(),
        };
        let descriptor = session.to_toml();
        let public = encode_public(program.code(), &bound.public).map_err(|error| Error::from_session(&error))?;
        let mut launch = Self {
            parties: Vec::new(),
            clients: Vec::new(),
            with_public: !public.is_empty(),
            storage: options.storage.as_deref().map(absolute).transpose()?,
            storage_programs: options.storage_programs.clone(),
            exact_rounding: options.rounding == Rounding::Exact,
            record: options.record.is_some(),
            timed: options.timed,
        };
        for (index, identity) in party_keys.iter().enumerate() {
            let home = folder.make(&format!("party{index}"))?;
            common_files(&home, identity, &descriptor, program)?;
            write(&home.join(PUBLIC), &public)?;
            launch.parties.push(home);
        }
        for (identity, client) in client_keys.iter().zip(&bound.clients) {
            let home = folder.make(&format!("client-{}-{}", client.role, client.index))?;
            common_files(&home, identity, &descriptor, program)?;
            write(&home.join(INPUTS), client_toml(program, client, launch.clients.len()).as_bytes())?;
            launch.clients.push((home, client.role.clone()));
        }
        Ok(launch)
    }

    fn start(&self) -> Result<Vec<Child>, Error> {
        let (party, stoffel) = (binary("stoffel-party")?, binary("stoffel")?);
        let mut children = Vec::new();
        for (index, home) in self.parties.iter().enumerate() {
            let mut command = Command::new(&party);
            command.args(["--session", SESSION, "--key", KEY, "--program", PROGRAM, "--out", REPORT]);
            command.args(["--party", &index.to_string()]);
            if self.with_public {
                command.args(["--inputs", PUBLIC]);
            }
            if let Some(folder) = &self.storage {
                command.arg("--storage").arg(folder.join(format!("party{index}.store")));
                if !self.storage_programs.is_empty() {
                    command.args(["--storage-of", &self.storage_programs.join(",")]);
                }
            }
            if self.exact_rounding {
                command.args(["--rounding", "exact"]);
            }
            if self.record {
                command.args(["--record", FRAMES]);
            }
            if self.timed && index == 0 {
                command.args(["--times", "on"]);
            }
            children.push(Child::start(command, home, format!("party {index}"), index == 0)?);
        }
        for (home, role) in &self.clients {
            let mut command = Command::new(&stoffel);
            command.args(["client", "--session", SESSION, "--key", KEY, "--program", PROGRAM]);
            command.args(["--inputs", INPUTS, "--out", OUTPUTS]);
            children.push(Child::start(command, home, format!("client {role}"), false)?);
        }
        Ok(children)
    }

    /// The report from the files that the processes left.
    fn collect(
        &self,
        program: &Program,
        bound: &Bound,
        options: &RunOptions,
        ended: &[watch::Ended],
    ) -> Result<Report, Error> {
        let reports: Vec<Option<PartyReport>> = self.parties.iter().map(|home| read_report(home)).collect();
        self.check_parties(&reports, ended)?;
        let reports: Vec<PartyReport> = reports.into_iter().flatten().collect();
        let first = &reports[0];
        let outcome = first.outcome(program.code()).map_err(|error| Error::from_session(&error))?;
        if let Some(trap) = &outcome.trap {
            return Err(Error::Trap(program.describe_trap(trap)));
        }
        let mut clients = Vec::new();
        for ((home, _), client) in self.clients.iter().zip(&bound.clients) {
            let values =
                fs::read(home.join(OUTPUTS)).ok().and_then(|text| serde_json::from_slice::<Vec<String>>(&text).ok());
            let failed = || {
                let one = ended.iter().find(|one| one.home == *home);
                Error::Abort(format!("client {}: {}", client.role, one.map(watch::Ended::reason).unwrap_or_default()))
            };
            clients.push((client.role.clone(), values.ok_or_else(failed)?.join(" ")));
        }
        let bytes_sent = reports.iter().map(|report| report.bytes_sent).collect();
        let stats = run_stats(program.code(), options, &outcome.stats, first.operations(), bytes_sent, first.seconds);
        Ok(assemble(outcome, clients, stats))
    }

    /// The best account of what went wrong: one that names a culprit, before one that names a lost peer's echo.
    fn check_parties(&self, reports: &[Option<PartyReport>], ended: &[watch::Ended]) -> Result<(), Error> {
        let aborted = |report: &Option<PartyReport>| report.as_ref().and_then(|report| report.aborted.clone());
        let aborts: Vec<(String, Option<u8>)> = reports.iter().filter_map(aborted).collect();
        if let Some((reason, _)) = aborts.iter().find(|(_, culprit)| culprit.is_some()).or(aborts.first()) {
            return Err(Error::Abort(reason.clone()));
        }
        for (home, report) in self.parties.iter().zip(reports) {
            if report.is_none() {
                let one = ended.iter().find(|one| one.home == *home);
                let (name, reason) = one.map(|one| (one.name.clone(), one.reason())).unwrap_or_default();
                return Err(match one.and_then(|one| one.code) {
                    Some(2) => Error::Usage(format!("{name}: {reason}")),
                    _ => Error::Abort(format!("{name} left no report: {reason}")),
                });
            }
        }
        Ok(())
    }

    fn keep_frames(&self, target: &Path) -> Result<(), Error> {
        fs::create_dir_all(target).map_err(|error| Error::write(target, error))?;
        for (index, home) in self.parties.iter().enumerate() {
            let to = target.join(format!("party{index}.frames"));
            fs::copy(home.join(FRAMES), &to).map_err(|error| Error::write(&to, error))?;
        }
        Ok(())
    }
}

fn read_report(home: &Path) -> Option<PartyReport> {
    serde_json::from_slice(&fs::read(home.join(REPORT)).ok()?).ok()
}

fn common_files(
    home: &Path,
    identity: &stoffel_net::Identity,
    descriptor: &str,
    program: &Program,
) -> Result<(), Error> {
    keys::write(&home.join(KEY), identity)?;
    write(&home.join(SESSION), descriptor.as_bytes())?;
    write(&home.join(PROGRAM), &program.to_bytes())
}

/// The client's values as constant expressions by parameter, as if it were the first of its role; then its positional inputs.
fn client_toml(program: &Program, client: &BoundClient, slot: usize) -> String {
    let entries: BTreeMap<&str, String> = client
        .values
        .iter()
        .map(|(row, value)| (program.code().inputs[*row as usize].name.as_str(), value.text(false)))
        .collect();
    let mut file = toml::Table::new();
    if !client.positional_texts.is_empty() {
        file.insert(format!("slot {slot}"), client.positional_texts.clone().into());
    }
    if !entries.is_empty() {
        let entries: toml::Table = entries.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
        file.insert(client.role.clone(), entries.into());
    }
    file.to_string()
}

/// A party's key: where its store is kept it stays the same, since what it stores is for this roster alone.
fn party_key(options: &RunOptions, party: u8) -> Result<stoffel_net::Identity, Error> {
    let Some(folder) = &options.storage else { return keys::generate() };
    let file = folder.join(format!("party{party}.pem"));
    if file.is_file() {
        return keys::load(&file);
    }
    let identity = keys::generate()?;
    keys::write(&file, &identity)?;
    Ok(identity)
}

fn absolute(folder: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(folder).map_err(|error| Error::read(folder, error))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(file, bytes).map_err(|error| Error::write(file, error))
}

/// Paths of sockets in a folder that only this user can enter.
fn socket_paths(folder: &Folder, count: u8) -> Result<Vec<String>, Error> {
    let home = folder.make("sockets")?;
    let path = |party: u8| format!("unix:{}", home.join(party.to_string()).display());
    if path(count).len() > SOCKET_PATH_MAX {
        return Err(Error::Usage(format!(
            "{} is too long for a socket's path; set TMPDIR to a shorter one",
            home.display()
        )));
    }
    Ok((0..count).map(path).collect())
}

/// Addresses on loopback that are free now.
fn free_addresses(count: u8) -> Result<Vec<String>, Error> {
    let failed = |error| Error::Usage(format!("no free port on loopback: {error}"));
    let listeners =
        (0..count).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    listeners.iter().map(|one| one.local_addr().map(|address| address.to_string()).map_err(failed)).collect()
}

/// A program of ours: beside the running one, or in the folder above it (where test binaries are).
fn binary(name: &str) -> Result<PathBuf, Error> {
    let here = std::env::current_exe().map_err(|error| Error::Usage(format!("where am I? {error}")))?;
    let folders = here.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join(name)).find(|file| file.is_file());
    found.ok_or_else(|| Error::Usage(format!("`{name}` is not beside {}; install or build it", here.display())))
}

/// Output of a child that nobody reads.
fn quiet(command: &mut Command) {
    command.stdin(Stdio::null()).env_clear();
}
