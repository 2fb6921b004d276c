//! Chores of the workspace: `cargo xtask demo|test|tidy|bench|spec|fuzz|leak`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a chore does")]

mod bench;
mod cargo;
mod demo;
mod fuzz;
mod leak;
mod spec;
mod test;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of the workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Runs examples/hospitals between three party processes and three data owners over TLS, and checks the result.
    Demo,
    /// Everything: format, lints, house rules, all tests, doc examples, language reference.
    Test,
    /// Random programs run twice with different secrets: nothing public may tell the runs apart.
    Leak(leak::Args),
    /// House rules: dependency table, module headers, no ambient effects in pure crates.
    Tidy,
    /// Benchmarks; `--quick` runs each once.
    Bench(bench::Args),
    /// Runs the `stoffel` blocks of Markdown files and `.stfl` files with directives on every engine.
    Spec(spec::Args),
    /// Gives parser and compiler more broken programs than the tests do.
    Fuzz(fuzz::Args),
}

fn main() -> ExitCode {
    let done = match Args::parse().chore {
        Chore::Demo => demo::run(),
        Chore::Test => test::run(),
        Chore::Leak(args) => leak::run(&args),
        Chore::Tidy => tidy::run(),
        Chore::Bench(args) => bench::run(&args),
        Chore::Spec(args) => spec::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or(manifest.clone(), std::path::Path::to_path_buf)
}
