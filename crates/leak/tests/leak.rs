//! The leak checker with a budget of seconds: programs of a fixed seed, every row covered; every mutant caught.
#![allow(clippy::print_stdout, reason = "the tables are what the run is for")]

use stoffel_leak::{campaign, mutants};

/// Seed of everything here.
const SEED: u64 = 1;
/// Times that every row and attempt occurs.
const TURNS: usize = 3;
/// Programs whose bytecode is mutated.
const MUTATED: usize = 200;

#[test]
fn nothing_public_depends_on_a_secret_in_accepted_programs() {
    let report = campaign::run(SEED, 0, TURNS * campaign::cases().len());
    println!("{}", report.table());
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
    assert_eq!(report.missing(), Vec::<String>::new(), "rows that never occurred");
    assert!(report.clear_discarded * 10 <= report.accepted, "too many runs of the clear engine could not be compared");
}

#[test]
fn every_mutant_of_the_checker_is_caught() {
    let found = mutants::of_checker(SEED);
    println!("{}", mutants::table(&found));
    assert!(found.len() >= 30);
    let missed: Vec<_> = found.iter().filter(|one| one.how.is_none()).map(|one| &one.rule).collect();
    assert!(missed.is_empty(), "not caught: {missed:?}");
}

#[test]
fn every_mutant_of_the_verifier_is_caught() {
    let found = mutants::of_verifier(SEED, MUTATED);
    println!("{}", mutants::table(&found));
    assert!(found.len() >= 10);
    let missed: Vec<_> = found.iter().filter(|one| one.how.is_none()).map(|one| &one.rule).collect();
    assert!(missed.is_empty(), "not caught: {missed:?}");
}
