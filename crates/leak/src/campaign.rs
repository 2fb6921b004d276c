//! A seed and a number of programs in; failures with their smallest programs, and how often each row occurred, out.

use std::fmt::Write as _;

use crate::generate::Gen;
use crate::oracle::{Class, Verdict, check};
use crate::program::Program;
use crate::rng::Rng;
use crate::rows::{Form, ROWS};
use crate::tree::minimise;

/// Candidates that the search for the smallest program may try.
const TRIES_MAX: usize = 400;
/// Failures after which a campaign ends.
const FAILURES_MAX: usize = 40;

/// How often a row occurred.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Count {
    /// Legal form, outside of secret bodies.
    pub legal: usize,
    /// Legal form, where a secret selects.
    pub in_body: usize,
    /// In another function than `main`.
    pub in_function: usize,
    /// Rejected attempts, by number.
    pub attempts: Vec<usize>,
}

/// What a campaign has done.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Accepted programs that ran.
    pub accepted: usize,
    /// Rejected attempts.
    pub rejected: usize,
    /// Pairs of runs of the clear engine that could not be compared, since a secret trap [S] ended one.
    pub clear_discarded: usize,
    /// Steps compared.
    pub steps: usize,
    /// Frames compared.
    pub frames: usize,
    /// By row.
    pub counts: Vec<Count>,
    /// Text of each failure: seed, finding, smallest program.
    pub failures: Vec<String>,
}

/// The programs of a campaign in turn: every row's legal form, in and outside of secret bodies, and every attempt, over and over.
#[must_use]
pub fn cases() -> Vec<(usize, Form, bool)> {
    let mut cases = Vec::new();
    for (index, row) in ROWS.iter().enumerate() {
        if row.has_legal() {
            cases.push((index, Form::Legal, false));
        }
        if row.fits_body() {
            cases.push((index, Form::Legal, true));
        }
        cases.extend((0..row.n_attempts()).map(|which| (index, Form::Attempt(which), false)));
    }
    cases
}

/// Program `index` of a seed.
#[must_use]
pub fn program(seed: u64, index: usize) -> Program {
    let cases = cases();
    let (row, form, in_body) = cases[index % cases.len()];
    Gen::program(seed_of(seed, index), row, form, in_body)
}

/// A program with this attempt.
#[must_use]
pub fn attempt(seed: u64, row: usize, which: usize) -> Program {
    Gen::program(seed_of(seed, row << 16 | which), row, Form::Attempt(which), false)
}

/// A program with the legal form of a row.
#[must_use]
pub fn legal(seed: u64, index: usize, row: usize, in_body: bool) -> Program {
    Gen::program(seed_of(seed, index), row, Form::Legal, in_body)
}

fn seed_of(seed: u64, index: usize) -> u64 {
    Rng::new(seed ^ (index as u64).rotate_left(32)).word()
}

/// Checks programs `first..first + count` of a seed.
#[must_use]
pub fn run(seed: u64, first: usize, count: usize) -> Report {
    let fresh = |index: usize| Count { attempts: vec![0; ROWS[index].n_attempts()], ..Count::default() };
    let mut report = Report { counts: (0..ROWS.len()).map(fresh).collect(), ..Report::default() };
    for index in first..first + count {
        let program = program(seed, index);
        match check(&program) {
            Verdict::Fine { steps, frames, clear_discarded } => {
                report.book(&program);
                report.steps += steps;
                report.frames += frames;
                report.clear_discarded += usize::from(clear_discarded);
            }
            Verdict::Failed(class, text) => {
                report.failures.push(describe(seed, index, &program, class, &text));
                if report.failures.len() >= FAILURES_MAX {
                    break;
                }
            }
        }
    }
    report
}

impl Report {
    fn book(&mut self, program: &Program) {
        // Statements beside an attempt have been checked, but not run.
        let attempted = program.has_attempt();
        if attempted {
            self.rejected += 1;
        } else {
            self.accepted += 1;
        }
        for one in &program.used {
            let count = &mut self.counts[one.row];
            match one.form {
                Form::Attempt(which) => count.attempts[which] += 1,
                Form::Legal if attempted => continue,
                Form::Legal if one.in_body => count.in_body += 1,
                Form::Legal => count.legal += 1,
            }
            count.in_function += usize::from(one.in_function);
        }
    }

    /// Rows of which some form never occurred.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for (row, count) in ROWS.iter().zip(&self.counts) {
            if row.has_legal() && count.legal == 0 {
                missing.push(format!("{}: legal form", row.name));
            }
            if row.fits_body() && count.in_body == 0 {
                missing.push(format!("{}: legal form where a secret selects", row.name));
            }
            let never = count.attempts.iter().enumerate().filter(|(_, count)| **count == 0);
            missing.extend(never.map(|(which, _)| format!("{}: attempt {which}", row.name)));
        }
        missing
    }

    /// The table of coverage, and the sums.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = format!(
            "{:<58} {:>6} {:>8} {:>8} {:>9} {:>9}\n",
            "row", "legal", "selected", "in calls", "attempts", "rejected"
        );
        for (row, count) in ROWS.iter().zip(&self.counts) {
            let rejected: usize = count.attempts.iter().sum();
            let dash = |has: bool, count: usize| if has { count.to_string() } else { "-".to_owned() };
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{:<58} {:>6} {:>8} {:>8} {:>9} {:>9}",
                row.name,
                dash(row.has_legal(), count.legal),
                dash(row.fits_body(), count.in_body),
                count.in_function,
                row.n_attempts(),
                rejected
            );
        }
        let _ = writeln!(
            text,
            "{} programs accepted and run twice on rep3 and clear, {} attempts rejected; {} steps and {} frames compared; {} pairs of \
             clear runs discarded",
            self.accepted, self.rejected, self.steps, self.frames, self.clear_discarded
        );
        text
    }
}

/// A failure for people: what, how to see it again, and the smallest program that still fails so.
fn describe(seed: u64, index: usize, program: &Program, class: Class, text: &str) -> String {
    let still = |nodes: &[crate::tree::Node]| {
        let candidate = Program { nodes: nodes.to_vec(), ..program.clone() };
        match check(&candidate) {
            Verdict::Failed(found, text) if found == class => Some(text),
            _ => None,
        }
    };
    let codes = codes_in(text);
    let small = minimise(&program.nodes, TRIES_MAX, &mut |nodes| {
        still(nodes).is_some_and(|now| class == Class::Leak || codes_in(&now) == codes)
    });
    let small = Program { nodes: small, ..program.clone() };
    let now = still(&small.nodes).unwrap_or_else(|| text.to_owned());
    format!("{class:?}, seed {seed}, program {index}\n{now}\n{}", small.text())
}

/// Error codes that a finding names, so that shrinking keeps to one cause.
fn codes_in(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_code =
        |word: &&str| word.len() == 5 && word.starts_with(['E', 'R']) && word[1..].bytes().all(|b| b.is_ascii_digit());
    let mut codes: Vec<String> = words.filter(is_code).map(str::to_owned).collect();
    codes.sort();
    codes.dedup();
    codes
}
