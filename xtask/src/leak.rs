//! A number of programs and a seed in; the leak checker's tables and failures out.

use anyhow::Result;

use crate::cargo::cargo;

/// The feature without which the leak checker is empty: no other build has it.
const FEATURES: &str = "instruments";

/// Random programs, run twice with different secrets; every public step, frame and round must be equal.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Programs to generate.
    #[arg(long, default_value_t = 20_000)]
    pub programs: usize,
    /// Seed of all choices.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Also switches single rules of checker and verifier off, and shows that each is missed.
    #[arg(long)]
    pub mutants: bool,
    /// Prints program N of the seed instead.
    #[arg(long, value_name = "N")]
    pub show: Option<usize>,
}

/// Runs the leak checker.
///
/// # Errors
/// If it finds a failure, or a mutant is not caught.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut list = vec!["run", "--quiet", "-p", "stoffel-leak", "--features", FEATURES, "--"];
    let (programs, seed) = (args.programs.to_string(), args.seed.to_string());
    list.extend(["--programs", &programs, "--seed", &seed]);
    let show = args.show.map(|index| index.to_string());
    if let Some(index) = &show {
        list.extend(["--show", index]);
    }
    if args.mutants {
        list.push("--mutants");
    }
    cargo(&list, &[])
}

/// Its tests: a budget of seconds, all rows and all mutants. Tables are printed.
///
/// # Errors
/// If one fails.
pub(crate) fn test() -> Result<()> {
    cargo(
        &["clippy", "-p", "stoffel-leak", "--features", FEATURES, "--all-targets", "--quiet", "--", "-D", "warnings"],
        &[],
    )?;
    cargo(&["test", "-p", "stoffel-leak", "--features", FEATURES, "--quiet", "--", "--nocapture"], &[])
}
