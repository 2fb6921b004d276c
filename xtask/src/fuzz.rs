//! A number of texts and a seed in, the front end's fuzz tests with so many out: what `cargo xtask test` does in small.

use anyhow::Result;

use crate::cargo::cargo;

/// Options of `fuzz`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Mutants of the project's programs that the whole compiler gets, and random texts that the parser gets.
    #[arg(long, default_value_t = 100_000)]
    rounds: u64,
    /// Where the sequence of mutants starts; the same seed makes the same ones.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs the fuzz tests of parser and compiler; the first text that breaks one is printed.
///
/// # Errors
/// If a text breaks one.
pub(crate) fn run(args: &Args) -> Result<()> {
    let (rounds, seed) = (args.rounds.to_string(), args.seed.to_string());
    let parser: &[&str] = &["test", "--release", "-p", "stoffel-syntax", "--test", "robustness"];
    cargo(parser, &[("PROPTEST_CASES", &rounds), ("PROPTEST_RNG_SEED", &seed)])?;
    let compiler: &[&str] = &["test", "--release", "-p", "stoffel-compiler", "--test", "fuzz", "--", "--nocapture"];
    cargo(compiler, &[("STOFFEL_FUZZ_ROUNDS", &rounds), ("STOFFEL_FUZZ_SEED", &seed)])
}
