//! The command line as one table: names, help, examples, exit codes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXIT_CODES: &str = "Exit codes: 0 ok · 1 program rejected · 2 usage or bad input · 3 the program trapped · 4 the session aborted · 5 a test failed";

/// Compute on private data together: programs in StoffelLang, run between parties that see only shares.
#[derive(Parser)]
#[command(name = "stoffel", version, after_help = EXIT_CODES, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Makes a project that runs, with a test.
    #[command(after_help = "Example:\n  stoffel new salaries && cd salaries && stoffel run")]
    New(NewArgs),
    /// Reports what is wrong with a program, without running it.
    #[command(
        after_help = "Examples:\n  stoffel check\n  stoffel check src/main.stfl --json\n  stoffel check --manifest"
    )]
    Check(CheckArgs),
    /// Compiles to bytecode (.stflb), or prints a stage of the compilation.
    #[command(
        after_help = "Examples:\n  stoffel build\n  stoffel build src/main.stfl -o program.stflb\n  stoffel build --emit mir"
    )]
    Build(BuildArgs),
    /// Runs a program between computing parties and prints what it reveals.
    #[command(after_help = RUN_EXAMPLES)]
    Run(Box<RunArgs>),
    /// Runs a program and shows where the time goes: a flame graph (SVG) and a report (HTML) that opens without a server.
    #[command(
        after_help = "Examples:\n  stoffel profile\n  stoffel profile auction.stfl --input reserve=100 --processes --out auction\n  stoffel profile --network-profile wan --json"
    )]
    Profile(Box<ProfileArgs>),
    /// Runs the functions `test_*` of a project's tests.
    #[command(
        after_help = "Examples:\n  stoffel test\n  stoffel test spread --backend rep3\n  stoffel test --junit results.xml"
    )]
    Test(TestArgs),
    /// Explains a diagnostic code: what it means, a wrong program, a right one.
    #[command(after_help = "Example:\n  stoffel explain E0401")]
    Explain(ExplainArgs),
    /// Makes the key of a party or client, or shows the fingerprint of one.
    #[command(after_help = "Examples:\n  stoffel keys new party0.pem\n  stoffel keys show party0.pem")]
    Keys(KeysArgs),
    /// Gives one client's inputs to a running session and receives its outputs.
    #[command(
        after_help = "Example:\n  stoffel client --session session.toml --key key.pem --program program.stflb --inputs inputs.toml"
    )]
    Client(ClientArgs),
}

const RUN_EXAMPLES: &str = "Examples:
  stoffel run                                              the project here, inputs from inputs.toml
  stoffel run auction.stfl --input bidder.bids=120 --input 'bidder[1].bids=310' --input reserve=100
  stoffel run --input north.rows=@north.csv --processes    a process per party, over TLS
  stoffel run --processes --link shm                       the same over shared memory, for speed on one machine
  stoffel run --network-profile wan                        what it would cost between countries
  stoffel run --clear --json                               the reference engine, report as JSON

Exit codes: 0 ok · 1 program rejected · 2 usage or bad input · 3 the program trapped · 4 the session aborted";

#[derive(Args)]
pub(crate) struct NewArgs {
    /// Folder to make; its name is the package's.
    pub folder: PathBuf,
}

/// Which program a command is about.
#[derive(Args, Clone)]
pub(crate) struct ProgramArgs {
    /// Source file, or compiled .stflb; the project's source if absent.
    pub file: Option<PathBuf>,
    /// Function to run instead of `main`.
    #[arg(long, value_name = "NAME")]
    pub entry: Option<String>,
    /// Optimisation level; meaning, outputs and disclosures never change.
    #[arg(short = 'O', value_name = "LEVEL", default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=2))]
    pub opt_level: u8,
}

#[derive(Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub program: ProgramArgs,
    /// Diagnostics as a JSON array with code, file, line, column, message.
    #[arg(long)]
    pub json: bool,
    /// Also report operations that this backend lacks.
    #[arg(long, value_name = "NAME")]
    pub backend: Option<String>,
    /// Print what goes in from whom, what comes out to whom, every disclosure with its line, and what a backend must have;
    /// as JSON with --json.
    #[arg(long)]
    pub manifest: bool,
}

/// A stage of the compilation that can be printed.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Emit {
    Tokens,
    Tree,
    Hir,
    Mir,
    Bytecode,
}

#[derive(Args)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    pub program: ProgramArgs,
    /// Print a stage instead of writing bytecode.
    #[arg(long, value_enum)]
    pub emit: Option<Emit>,
    /// Where to write; the project's target folder, or the source's name with .stflb if absent.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What was built, as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub program: ProgramArgs,
    /// MPC backend: rep3, or clear.
    #[arg(long, value_name = "NAME")]
    pub backend: Option<String>,
    /// Number of computing parties.
    #[arg(long, value_name = "N")]
    pub parties: Option<u8>,
    /// Number of parties whose joint view discloses nothing.
    #[arg(long, value_name = "T")]
    pub threshold: Option<u8>,
    /// Run on the reference engine: one party, values in the open.
    #[arg(long, conflicts_with_all = ["processes", "threads"])]
    pub clear: bool,
    /// A process per party and per client, over TLS on loopback.
    #[arg(long, conflicts_with = "threads")]
    pub processes: bool,
    /// How processes are joined: tls; tcp, unix or shm (shared memory) are in the clear, for parties of one user on one host only.
    #[arg(long, value_name = "KIND", requires = "processes")]
    pub link: Option<stoffel::LinkKind>,
    /// What the program costs over a real network: lan (0.1 ms one way, 1 Gbit/s), wan (25 ms, 100 Mbit/s, some jitter and loss), or
    /// a TOML file with latency_us, bandwidth_kbit_s and optionally jitter_us, loss_ppm, seed. Processes and threads really wait; in
    /// one thread the time is simulated.
    #[arg(long, value_name = "NAME|FILE")]
    pub network_profile: Option<String>,
    /// A thread per party, instead of one thread for all.
    #[arg(long)]
    pub threads: bool,
    /// A value: NAME=VALUE, ROLE.NAME=VALUE, ROLE[2].NAME=VALUE (the third client of a role); VALUE may be @file.csv or @file.json.
    #[arg(long = "input", value_name = "TARGET=VALUE")]
    pub inputs: Vec<String>,
    /// Values from a TOML file; `inputs.toml` of the project if it exists and none is named.
    #[arg(long = "inputs", value_name = "FILE")]
    pub input_files: Vec<PathBuf>,
    /// A positional input of the client in a slot; repeatable, in order.
    #[arg(long = "client-input", value_name = "SLOT=VALUE")]
    pub client_inputs: Vec<String>,
    /// How many clients join in a role that only receives.
    #[arg(long, value_name = "N")]
    pub expected_output_clients: Option<usize>,
    /// Folder in which the parties keep what programs store (LocalStorage).
    #[arg(long, value_name = "FOLDER")]
    pub storage: Option<PathBuf>,
    /// A program beside this one whose stored secrets it may load, by hash; may be repeated.
    #[arg(long = "storage-of", value_name = "HASH", requires = "storage")]
    pub storage_of: Vec<String>,
    /// Costs after the result: bytes, rounds, time computing and waiting by source line and by operation, predicted beside measured.
    #[arg(long)]
    pub stats: bool,
    /// The report as JSON: result, outputs, printed, stats.
    #[arg(long)]
    pub json: bool,
    /// End a party that hears nothing from a peer for this long.
    #[arg(long, value_name = "MS", default_value_t = 30_000)]
    pub timeout_ms: u64,
}

#[derive(Args)]
pub(crate) struct ProfileArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// Beginning of the names of the files that are written, with .svg and .html behind it.
    #[arg(long, value_name = "PREFIX", default_value = "profile")]
    pub out: PathBuf,
}

#[derive(Args)]
pub(crate) struct TestArgs {
    /// Only tests whose name contains this.
    pub filter: Option<String>,
    /// Folder or file; the project here if absent.
    #[arg(long, value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Run under this backend instead of the clear engine.
    #[arg(long, value_name = "NAME", default_value = "clear")]
    pub backend: String,
    /// Results as JSON.
    #[arg(long)]
    pub json: bool,
    /// Also write results as JUnit XML, for build servers.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// A code such as E0401; all codes are listed if absent.
    pub code: Option<String>,
}

#[derive(Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    pub action: KeysAction,
}

#[derive(Subcommand)]
pub(crate) enum KeysAction {
    /// Makes a new Ed25519 key with its certificate; the file is readable by its owner only.
    New {
        /// File to write; it must not exist.
        file: PathBuf,
    },
    /// Prints the fingerprint by which peers know a key.
    Show {
        /// Key file.
        file: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct ClientArgs {
    /// Session descriptor.
    #[arg(long, value_name = "FILE")]
    pub session: PathBuf,
    /// This client's key.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The program, checked against the session's program hash.
    #[arg(long, value_name = "FILE")]
    pub program: PathBuf,
    /// This client's inputs.
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// Where to write what this client receives.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
