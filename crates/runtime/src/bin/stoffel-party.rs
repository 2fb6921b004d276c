//! One computing party of one session as a process: files of its own folder in, a report and an exit code out.
//!
//! Printed lines of the program go to standard output as they come, what goes wrong to standard error. Secrets are neither read
//! from nor written to arguments, environment or files: they come from clients as shares and leave as shares.
//! Exit codes: 0 the session ended well, 2 wrong arguments or files, 3 the program trapped, 4 the session aborted.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, bail};
use stoffel_mpc::{Offer, PartyIdx, Rounding};
use stoffel_net::{Direction, Identity};
use stoffel_runtime::local::News;
use stoffel_runtime::remote::{self, Record, RemoteSetup};
use stoffel_runtime::report::{PartyReport, decode_public};
use stoffel_runtime::{Session, SessionError};
use zeroize::Zeroizing;

const USAGE: &str = "usage: stoffel-party --session FILE --party INDEX --key FILE --program FILE
                     [--inputs FILE] [--out FILE] [--record FILE] [--storage FILE] [--storage-of HASH,…] [--times on]
                     [--rounding KIND]

  --session FILE   session descriptor (TOML), the same at every participant
  --party INDEX    which party of the descriptor this is, from 0
  --key FILE       this party's key and certificate (PEM)
  --program FILE   the program (.stflb)
  --inputs FILE    public parameters
  --out FILE       where the report of the session goes (JSON)
  --record FILE    keeps every frame received from peers, below encryption: peer (1 byte), length (4, little endian), bytes
  --storage FILE   this party's store, which is made if it is not there
  --storage-of HASH,…  programs beside this one whose secrets it may load from the store
  --times on       measures where the time goes, for the report
  --rounding KIND  stochastic (as if left out) or exact: products of fixed-point numbers are rounded down if any party asks for it
  --version        prints the version

exit codes: 0 ended well, 2 wrong arguments or files, 3 the program trapped, 4 the session aborted
";

static CANCEL: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("--help" | "-h") => return say(USAGE, 0),
        Some("--version" | "-V") => return say(concat!("stoffel-party ", env!("CARGO_PKG_VERSION"), "\n"), 0),
        _ => {}
    }
    let code = Arguments::parse(&arguments).and_then(|arguments| run(&arguments));
    match code {
        Ok(code) => ExitCode::from(code),
        Err(error) => complain(&format!("{error:#}"), 2),
    }
}

/// Where this party finds what it needs.
struct Arguments {
    session: PathBuf,
    party: u8,
    key: PathBuf,
    program: PathBuf,
    inputs: Option<PathBuf>,
    out: Option<PathBuf>,
    record: Option<PathBuf>,
    storage: Option<PathBuf>,
    storage_programs: Vec<String>,
    timed: bool,
    rounding: Rounding,
}

impl Arguments {
    fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        const KNOWN: [&str; 11] = [
            "--session",
            "--party",
            "--key",
            "--program",
            "--inputs",
            "--out",
            "--record",
            "--storage",
            "--storage-of",
            "--times",
            "--rounding",
        ];
        let mut values: [Option<&String>; KNOWN.len()] = [None; KNOWN.len()];
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let Some(at) = KNOWN.iter().position(|known| known == name) else {
                bail!("unknown argument `{name}`\n{USAGE}")
            };
            let value = rest.next().with_context(|| format!("`{name}` needs a value"))?;
            if values[at].replace(value).is_some() {
                bail!("`{name}` is given twice");
            }
        }
        let path = |at: usize| values[at].map(PathBuf::from);
        let needed = |at: usize| path(at).with_context(|| format!("`{}` is missing\n{USAGE}", KNOWN[at]));
        let party = values[1].with_context(|| format!("`--party` is missing\n{USAGE}"))?;
        Ok(Self {
            session: needed(0)?,
            party: party.parse().with_context(|| format!("`--party {party}` is not a party's index"))?,
            key: needed(2)?,
            program: needed(3)?,
            inputs: path(4),
            out: path(5),
            record: path(6),
            storage: path(7),
            timed: match values[9].map(String::as_str) {
                None | Some("off") => false,
                Some("on") => true,
                Some(other) => bail!("`--times {other}` is neither on nor off"),
            },
            storage_programs: values[8].map(|all| all.split(',').map(str::to_owned).collect()).unwrap_or_default(),
            rounding: match values[10].map(String::as_str) {
                None | Some("stochastic") => Rounding::Stochastic,
                Some("exact") => Rounding::Exact,
                Some(other) => bail!("`--rounding {other}` is neither `stochastic` nor `exact`"),
            },
        })
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let setup = setup(arguments)?;
    let (program, session, me) = (Arc::clone(&setup.program), setup.session.clone(), setup.me);
    let listener = remote::listen(&session, me)?;
    let record = arguments.record.as_deref().map(recorder).transpose()?;
    // Without a handler the signal ends the process as usual; peers then see a lost connection.
    let _ = ctrlc::set_handler(|| CANCEL.store(true, Ordering::Relaxed));
    let started = Instant::now();
    let mut news = |one: News<'_>| {
        if let News::Printed(line) = one {
            // Whoever stops reading the lines does not stop the session.
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    };
    let ended = remote::run_party_at(setup, &listener, &CANCEL, record.as_ref(), &mut news);
    let (report, code) = match &ended {
        Ok(outcome) => {
            let report = PartyReport::of_outcome(&program, outcome, started.elapsed().as_secs_f64());
            (report, if outcome.trap.is_some() { 3 } else { 0 })
        }
        Err(error @ SessionError::Setup(_)) => bail!("{error}"),
        Err(error) => (PartyReport::of_error(error), 4),
    };
    if let Some(file) = &arguments.out {
        let text = serde_json::to_vec(&report).context("the report cannot be written as JSON")?;
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    match &ended {
        Err(error) => {
            complain(&error.to_string(), code);
        }
        Ok(outcome) => {
            if let Some(trap) = &outcome.trap {
                let place = program.locate(trap.site);
                let message = trap.message.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
                complain(&format!("{} at {}:{}{message}", trap.code, place.file, place.line), code);
            }
        }
    }
    Ok(code)
}

/// Reads and checks all files.
fn setup(arguments: &Arguments) -> anyhow::Result<RemoteSetup> {
    let read = |file: &Path| std::fs::read(file).with_context(|| format!("cannot read {}", file.display()));
    let text = |file: &Path| std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()));
    let session =
        Session::parse(&text(&arguments.session)?).with_context(|| arguments.session.display().to_string())?;
    let key = Zeroizing::new(text(&arguments.key)?);
    let identity = Identity::from_pem(&key).with_context(|| arguments.key.display().to_string())?;
    let place = || arguments.program.display().to_string();
    let program = stoffel_bytecode::Program::decode(&read(&arguments.program)?).with_context(place)?;
    let program = Arc::new(stoffel_bytecode::verify(program).with_context(place)?);
    let public = match &arguments.inputs {
        Some(file) => decode_public(&program, &read(file)?).with_context(|| file.display().to_string())?,
        None => Vec::new(),
    };
    Ok(RemoteSetup {
        session,
        me: PartyIdx(arguments.party),
        identity,
        program,
        public,
        offer: Offer { rounding: arguments.rounding, ..Offer::default() },
        limits: stoffel_vm::Limits::default(),
        timed: arguments.timed,
        storage: arguments.storage.clone(),
        storage_programs: arguments.storage_programs.clone(),
    })
}

/// Keeps what comes from peers in a file.
fn recorder(file: &Path) -> anyhow::Result<Record> {
    let out = File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
    let out = Mutex::new(BufWriter::new(out));
    Ok(Arc::new(move |peer, direction, frame: &[u8]| {
        if direction == Direction::In {
            let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
            let len = (frame.len() as u32).to_le_bytes();
            // A record that cannot be kept does not stop the session; it is shorter than what was exchanged.
            let _ = out.write_all(&[peer.0]).and_then(|()| out.write_all(&len)).and_then(|()| out.write_all(frame));
        }
    }))
}

fn say(text: &str, code: u8) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::from(code)
}

fn complain(text: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "error: {text}");
    ExitCode::from(code)
}
