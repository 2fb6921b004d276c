//! Programs of `benches/programs` in, throughput of each kind of work beside what the links alone would allow out.
//!
//! Each row is a StoffelLang program that runs through the command, three processes over a kind of link unless it says otherwise. Where
//! a program repeats its work `reps` times, two numbers of repeats are run and the difference counts, so that neither the start nor the making
//! of inputs is measured. The bound is what three processes reach that only send and receive (the example `ring` of the net crate), divided
//! by the bytes that the work sends; rows that are bound by something else have none. A row whose program is rejected prints `missing`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Args, median};
use crate::cargo::cargo;

/// One kind of work.
struct Row {
    work: &'static str,
    program: &'static str,
    link: Where,
    /// Inputs that are the program's own, `reps` excepted.
    inputs: &'static [&'static str],
    /// Fewer and more repeats; equal if the program does its work once.
    reps: (u32, u32),
    /// Units of one repeat.
    units: f64,
    unit: Unit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Link(&'static str),
    OneThread,
}

/// What is told of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Millions a second.
    MegaPerSecond,
    /// Thousand millions a second.
    GigaPerSecond,
    /// Seconds of one repeat.
    Seconds,
    /// Microseconds of one unit.
    Microseconds,
}

const TLS: Where = Where::Link("tls");
const SHM: Where = Where::Link("shm");

const fn row(
    work: &'static str,
    program: &'static str,
    link: Where,
    inputs: &'static [&'static str],
    reps: (u32, u32),
    units: f64,
    unit: Unit,
) -> Row {
    Row { work, program, link, inputs, reps, units, unit }
}

use Unit::{GigaPerSecond, MegaPerSecond, Microseconds, Seconds};

const ROWS: &[Row] = &[
    row("vector products of 1M int64, TLS", "vector_mult", TLS, &["n=1000000"], (2, 12), 1e6, MegaPerSecond),
    row("vector products of 1M int64, shared memory", "vector_mult", SHM, &["n=1000000"], (2, 12), 1e6, MegaPerSecond),
    row("1M products in a scalar loop", "scalar_loop_mult", TLS, &[], (1, 1), 1e6, MegaPerSecond),
    row("AND of packed bits, TLS", "and_bits", TLS, &["n=262144"], (2, 12), 262_144.0 * 64.0, GigaPerSecond),
    row("AND of packed bits, shared memory", "and_bits", SHM, &["n=262144"], (2, 12), 262_144.0 * 64.0, GigaPerSecond),
    row("`<` of 1M int32, vector", "less_vector_32", TLS, &["n=1000000"], (1, 3), 1e6, MegaPerSecond),
    row("`<` of 1M int64, vector", "less_vector_64", TLS, &["n=1000000"], (1, 3), 1e6, MegaPerSecond),
    row("`<` of 100k int64 in a scalar loop", "less_loop", TLS, &[], (1, 1), 1e5, MegaPerSecond),
    row("fix32 products of 1M", "fixed_vector_fix32", TLS, &["n=1000000"], (1, 5), 1e6, MegaPerSecond),
    row("fix64 products of 1M", "fixed_vector_fix64", TLS, &["n=1000000"], (1, 4), 1e6, MegaPerSecond),
    row("fix32 quotients of 10k", "division", TLS, &["n=10000"], (1, 4), 1e4, MegaPerSecond),
    row("fix32 square roots of 10k", "sqrt", TLS, &["n=10000"], (1, 2), 1e4, MegaPerSecond),
    row("fix32 exp of 10k", "exp", TLS, &["n=10000"], (1, 2), 1e4, MegaPerSecond),
    row("fix32 log of 10k", "log", TLS, &["n=10000"], (1, 2), 1e4, MegaPerSecond),
    row("dot product of 1M int64", "dot_vector", TLS, &["n=1000000"], (1, 5), 1.0, Seconds),
    row(
        "matrix product 256³ fix32, multiply-adds",
        "matrix_fix32",
        TLS,
        &["n=256"],
        (1, 4),
        256.0 * 256.0 * 256.0,
        GigaPerSecond,
    ),
    row(
        "matrix product 256³ fix64, multiply-adds",
        "matrix_fix64",
        TLS,
        &["n=256"],
        (1, 3),
        256.0 * 256.0 * 256.0,
        GigaPerSecond,
    ),
    row("sort 10k int32", "sort", TLS, &["n=10000"], (1, 1), 1.0, Seconds),
    row("sort 100k int32", "sort", TLS, &["n=100000"], (1, 1), 1.0, Seconds),
    row("shuffle 1M int64", "shuffle", TLS, &["n=1000000"], (1, 2), 1.0, Seconds),
    row("AES-128 blocks, 100 in counter mode", "aes128", TLS, &["n=100"], (1, 1), 1e2, MegaPerSecond),
    row("dependent products, TLS", "sequential_mult", TLS, &["n=20000"], (1, 1), 2e4, Microseconds),
    row("dependent products, TCP", "sequential_mult", Where::Link("tcp"), &["n=20000"], (1, 1), 2e4, Microseconds),
    row(
        "dependent products, Unix socket",
        "sequential_mult",
        Where::Link("unix"),
        &["n=20000"],
        (1, 1),
        2e4,
        Microseconds,
    ),
    row("dependent products, shared memory", "sequential_mult", SHM, &["n=20000"], (1, 1), 2e4, Microseconds),
    row("dependent products, one thread", "sequential_mult", Where::OneThread, &["n=20000"], (1, 1), 2e4, Microseconds),
    row("logistic regression, 100 features, batch 128, 10 steps", "logistic", TLS, &[], (1, 1), 1.0, Seconds),
];

/// What a kind of link carries.
struct Wire {
    kind: String,
    round_us: f64,
    mib_s: f64,
}

/// What one run of a program cost.
struct Ran {
    seconds: f64,
    bytes: f64,
}

/// Prints the table.
///
/// # Errors
/// If a build fails, or a program that is accepted does not end well.
pub(super) fn run(args: &Args, stoffel: &Path) -> Result<()> {
    let wires = ["tls", "tcp", "unix", "shm"].iter().map(|kind| wire(kind)).collect::<Result<Vec<_>>>()?;
    if !args.json {
        for wire in &wires {
            println!(
                "links alone, {:4}: {:6.2} µs a round, {:6.0} MiB/s each way",
                wire.kind, wire.round_us, wire.mib_s
            );
        }
        println!("{:56} {:>12} {:>12}  unit", "work", "value", "bound");
    }
    for row in ROWS.iter().filter(|row| args.filter.as_deref().is_none_or(|part| row.work.contains(part))) {
        print(args, row, measure(args, row, stoffel, &wires)?);
    }
    let (value, unit) = (compile(args, stoffel)?, "ms");
    match args.json {
        true => println!("{}", json!({ "work": COMPILE, "value": value, "unit": unit, "bound": Value::Null })),
        false => println!("{COMPILE:56} {value:12.3} {:>12}  {unit}", ""),
    }
    Ok(())
}

const COMPILE: &str = "compile a scalar loop of 1M products";

fn print(args: &Args, row: &Row, found: Option<(f64, Option<f64>)>) {
    let unit = row.unit.name();
    if args.json {
        let (value, bound) =
            found.map_or((json!("missing"), Value::Null), |(value, bound)| (json!(value), json!(bound)));
        println!("{}", json!({ "work": row.work, "value": value, "unit": unit, "bound": bound }));
        return;
    }
    match found {
        None => println!("{:56} {:>12} {:>12}  {unit}", row.work, "missing", ""),
        Some((value, bound)) => {
            let bound = bound.map_or_else(String::new, |bound| format!("{bound:.4}"));
            println!("{:56} {value:12.4} {bound:>12}  {unit}", row.work);
        }
    }
}

/// Value and bound of a row; nothing if its program is rejected.
fn measure(args: &Args, row: &Row, stoffel: &Path, wires: &[Wire]) -> Result<Option<(f64, Option<f64>)>> {
    let file = crate::root().join("benches/programs").join(row.program).with_extension("stfl");
    if !file.is_file() {
        return Ok(None);
    }
    if !quiet(Command::new(stoffel).arg("check").arg(&file).args(["--backend", "rep3"])).status()?.success() {
        return Ok(None);
    }
    let once = |reps: u32| ran(stoffel, &file, row, reps);
    let (few, many) = row.reps;
    let mut bytes = 0.0;
    let seconds = median(args.runs, || {
        let more = once(many)?;
        if few == many {
            bytes = more.bytes;
            return Ok(more.seconds);
        }
        let less = once(few)?;
        bytes = (more.bytes - less.bytes) / f64::from(many - few);
        Ok((more.seconds - less.seconds) / f64::from(many - few))
    })?;
    let wire = match row.link {
        Where::Link(kind) => wires.iter().find(|wire| wire.kind == kind),
        Where::OneThread => None,
    };
    let bound = wire.map(|wire| match row.unit {
        Microseconds => wire.round_us * 1e-6 * row.units,
        _ => bytes / (wire.mib_s * f64::from(1 << 20)),
    });
    Ok(Some((row.unit.of(row.units, seconds), bound.map(|bound| row.unit.of(row.units, bound)))))
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::MegaPerSecond => "M/s",
            Self::GigaPerSecond => "G/s",
            Self::Seconds => "s",
            Self::Microseconds => "µs",
        }
    }

    /// The figure for `units` in so many seconds.
    fn of(self, units: f64, seconds: f64) -> f64 {
        match self {
            Self::MegaPerSecond => units / seconds / 1e6,
            Self::GigaPerSecond => units / seconds / 1e9,
            Self::Seconds => seconds,
            Self::Microseconds => seconds * 1e6 / units,
        }
    }
}

/// One run; seconds from the first frame to the last, bytes of the party that sent most.
fn ran(stoffel: &Path, file: &Path, row: &Row, reps: u32) -> Result<Ran> {
    let mut command = Command::new(stoffel);
    command.arg("run").arg(file).args(["--json", "--timeout-ms", "300000"]);
    if let Where::Link(kind) = row.link {
        command.args(["--processes", "--link", kind]);
    }
    let source = std::fs::read_to_string(file)?;
    let usual = source.lines().next().and_then(|line| line.strip_prefix("# run-args:")).unwrap_or_default();
    // Inputs on the command line replace those of the source, so all are given again.
    let mut given: Vec<String> =
        usual.split_whitespace().filter(|word| *word != "--input").map(str::to_owned).collect();
    let reps = format!("reps={reps}");
    for own in row.inputs.iter().copied().chain([reps.as_str()]) {
        let name = own.split('=').next().unwrap_or_default();
        if let Some(known) = given.iter_mut().find(|one| one.starts_with(&format!("{name}="))) {
            own.clone_into(known);
        }
    }
    for input in &given {
        command.args(["--input", input]);
    }
    let output = command.output()?;
    ensure!(output.status.success(), "{} failed: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let seconds = report["stats"]["seconds"].as_f64().context("the report has no time")?;
    let sent = report["stats"]["bytes_sent"].as_array().context("the report has no bytes")?;
    Ok(Ran { seconds, bytes: sent.iter().filter_map(Value::as_f64).fold(0.0, f64::max) })
}

/// What three processes that only send and receive reach over a kind of link.
fn wire(kind: &str) -> Result<Wire> {
    cargo(&["build", "--release", "--quiet", "-p", "stoffel-net", "--example", "ring"], &[])?;
    let output = Command::new(crate::root().join("target/release/examples/ring")).arg(kind).output()?;
    ensure!(output.status.success(), "ring {kind} failed: {}", String::from_utf8_lossy(&output.stderr));
    let figures: Value = serde_json::from_slice(&output.stdout)?;
    let figure = |name: &str| figures[name].as_f64().with_context(|| format!("ring tells no {name}"));
    Ok(Wire { kind: kind.to_owned(), round_us: figure("round_us")?, mib_s: figure("mib_s")? })
}

/// Milliseconds to compile the scalar loop, as a whole process.
fn compile(args: &Args, stoffel: &Path) -> Result<f64> {
    let file = crate::root().join("benches/programs/scalar_loop_mult.stfl");
    let seconds = median(args.runs, || {
        let started = Instant::now();
        ensure!(quiet(Command::new(stoffel).arg("check").arg(&file)).status()?.success(), "the loop is rejected");
        Ok(started.elapsed().as_secs_f64())
    })?;
    Ok(seconds * 1e3)
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdout(Stdio::null()).stderr(Stdio::null())
}
