//! Number of programs and seed in; the table of coverage, failures and the tables of mutants out.
#![allow(clippy::print_stdout, reason = "printing is what a tool does")]

use std::process::ExitCode;

use clap::Parser;
use stoffel_leak::{campaign, mutants};

/// Programs whose bytecode is mutated for the verifier.
const VERIFIER_PROGRAMS: usize = 400;

/// Checks that no accepted program lets what is public depend on a secret.
#[derive(Parser)]
struct Args {
    /// Programs to generate.
    #[arg(long, default_value_t = 2000)]
    programs: usize,
    /// Seed of the first choice.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of the first program.
    #[arg(long, default_value_t = 0)]
    first: usize,
    /// Prints a program instead.
    #[arg(long)]
    show: Option<usize>,
    /// Also switches single rules of checker and verifier off, and shows that each is missed.
    #[arg(long)]
    mutants: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(index) = args.show {
        print!("{}", campaign::program(args.seed, index).text());
        return ExitCode::SUCCESS;
    }
    let report = campaign::run(args.seed, args.first, args.programs);
    println!("{}", report.table());
    for failure in &report.failures {
        println!("FAILED {failure}\n");
    }
    let mut caught = true;
    if args.mutants {
        for found in [mutants::of_checker(args.seed), mutants::of_verifier(args.seed, VERIFIER_PROGRAMS)] {
            println!("{}", mutants::table(&found));
            caught &= found.iter().all(|one| one.how.is_some());
        }
    }
    if report.failures.is_empty() && caught { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
