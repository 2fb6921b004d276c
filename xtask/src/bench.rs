//! Benchmark programs in, medians of whole processes out; then the micro-benchmarks of the crates.

mod table;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::cargo::cargo;

/// Times benchmark programs as whole processes, release build, and runs the crates' micro-benchmarks.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs of each program; the median is reported.
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// Only the whole-process figures.
    #[arg(long)]
    pub programs_only: bool,
    /// The table of all kinds of work instead: throughput of each beside what the links alone allow.
    #[arg(long)]
    pub table: bool,
    /// Only rows of the table whose name contains this.
    #[arg(long, value_name = "PART", requires = "table")]
    pub filter: Option<String>,
    /// Figures as JSON lines.
    #[arg(long)]
    pub json: bool,
}

/// Programs under `benches/programs`, how they are run, and the number of operations in one run.
const PROGRAMS: &[(&str, &[&str], f64)] = &[
    ("scalar_loop_mult", &[], 1e6),
    ("scalar_loop_mult", &["--processes"], 1e6),
    ("dot", &[], 1e6),
    ("sequential_mult", &[], 1e4),
    ("sequential_mult", &["--processes"], 1e4),
    ("less_than", &[], 1e5),
    ("less_than", &["--processes"], 1e5),
    ("fixed_mult", &[], 1e5),
    ("fixed_mult", &["--processes"], 1e5),
    ("fib", &[], 1.0),
    ("integer_loop", &[], 1e8),
];

/// Runs all benchmarks.
///
/// # Errors
/// If a build or run fails.
pub(crate) fn run(args: &Args) -> Result<()> {
    cargo(&["build", "--release", "--quiet", "--bins", "-p", "stoffel-cli", "-p", "stoffel-runtime"], &[])?;
    let stoffel = crate::root().join("target/release/stoffel");
    if args.table {
        return table::run(args, &stoffel);
    }
    for (program, flags, operations) in PROGRAMS {
        let file = crate::root().join("benches/programs").join(program).with_extension("stfl");
        let seconds = median(args.runs, || time(&stoffel, &file, flags))?;
        show(args, &format!("{program} {}", flags.join(" ")), seconds, *operations);
    }
    let folder = std::env::temp_dir().join(format!("stoffel-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let file = folder.join("long.stfl");
    for (lines, work) in [(10_000, "check of 10,000 lines"), (100_000, "check of 100,000 lines")] {
        fs::write(&file, long_program(lines))?;
        let seconds = median(args.runs, || {
            let started = Instant::now();
            let status =
                Command::new(&stoffel).arg("check").arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
            ensure!(status.success(), "the generated program is rejected; run `stoffel check` on it");
            Ok(started.elapsed().as_secs_f64())
        })?;
        show(args, work, seconds, lines as f64);
    }
    fs::remove_dir_all(&folder)?;
    if !args.programs_only {
        cargo(&["bench", "--quiet", "-p", "stoffel-mpc", "-p", "stoffel-vm"], &[])?;
    }
    Ok(())
}

fn show(args: &Args, work: &str, seconds: f64, operations: f64) {
    if args.json {
        println!(
            "{}",
            serde_json::json!({ "work": work.trim(), "seconds": seconds, "per_second": operations / seconds })
        );
    } else {
        println!("{:40} {seconds:9.4} s   {:14.0} /s", work.trim(), operations / seconds);
    }
}

/// Seconds that the run itself reports: from the first frame to the last, or of the machine alone.
fn time(stoffel: &Path, program: &Path, flags: &[&str]) -> Result<f64> {
    let output = Command::new(stoffel).arg("run").arg(program).args(flags).arg("--json").output()?;
    ensure!(output.status.success(), "{} failed: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    report["stats"]["seconds"].as_f64().context("the report has no time")
}

fn median(runs: usize, mut once: impl FnMut() -> Result<f64>) -> Result<f64> {
    let mut times = (0..runs.max(1)).map(|_| once()).collect::<Result<Vec<_>>>()?;
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// A program of about `lines` lines: functions with branches, lists and loops in chains of fifty, and a `main` that calls each chain.
fn long_program(lines: usize) -> String {
    let functions = lines / 20;
    let mut text = String::new();
    for i in 0..functions {
        let call = if i % 50 == 0 { "best".to_owned() } else { format!("step_{}(t, best)", i - 1) };
        text += &format!(
            "def step_{i}(x: int64, s: secret int64) -> secret int64:
  var t = x * 3 + 1
  if t > 100:
    t = t - 100
  elif t < -100:
    t = -t
  else:
    t += 1
  var xs: list[secret int64] = [s, s + t, s * 2]
  var total = s
  for i in 0..len(xs):
    if xs[i] < t:
      total += xs[i] * xs[i]
    else:
      total = max(total, xs[i] - t)
  while t > 10:
    t = t // 2
  var best = select(total > s, total, s)
  return {call} + t

"
        );
    }
    text += "def main(s: secret int64) -> int64:\n  var r = s\n";
    (49..functions).step_by(50).for_each(|last| text += &format!("  r += step_{last}(2, s)\n"));
    text + "  return r.reveal()\n"
}
