//! The rules of checker and verifier in; for each, how a program shows that it is missed when it is switched off, out.
//!
//! A mutant of the checker is shown attempts until it accepts one that must be rejected; what becomes of that program then tells whether
//! there is a second line of defence: the verifier refuses it, or its runs can be told apart. A mutant that accepts no attempt is
//! shown legal programs, which it may spoil. A mutant of the verifier is shown bytecode that the verifier refuses.

use std::fmt::Write as _;
use std::sync::Arc;

use stoffel_bytecode::{Rule as VerifierRule, verify};
use stoffel_compiler::Rule as CheckerRule;

use crate::bytecode::Mutator;
use crate::campaign::{self, cases};
use crate::compile::{Compiled, compile};
use crate::oracle::{Class, Verdict, check, watch};
use crate::program::Program;
use crate::rng::Rng;
use crate::rows::Form;
use crate::tree::Node;

/// Legal programs that a mutant which accepts no attempt is shown.
const LEGAL_MAX: usize = 200;
/// Accepted programs of one mutant of the verifier that are run, in search of one whose runs can be told apart.
const RUNS_MAX: usize = 12;

/// How a mutant was caught.
#[derive(Clone, Debug)]
pub struct Caught {
    /// Name of the rule.
    pub rule: String,
    /// What it says.
    pub says: &'static str,
    /// How; nothing if it was not.
    pub how: Option<String>,
    /// After how many programs.
    pub after: usize,
    /// What else would have stopped the program.
    pub then: String,
}

/// A table of mutants for people.
#[must_use]
pub fn table(mutants: &[Caught]) -> String {
    let mut text = format!("{:<20} {:<34} {:>6}  {:<60} says\n", "rule off", "caught by", "after", "and then");
    for one in mutants {
        // Writing to a string cannot fail.
        let how = one.how.as_deref().unwrap_or("NOT CAUGHT");
        let _ = writeln!(text, "{:<20} {how:<34} {:>6}  {:<60}{}", one.rule, one.after, cut(&one.then), one.says);
    }
    let caught = mutants.iter().filter(|one| one.how.is_some()).count();
    let _ = writeln!(text, "{caught} of {} mutants caught", mutants.len());
    text
}

fn cut(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(58).collect();
    if cut.len() < line.len() { cut + "…" } else { cut }
}

/// Switches every rule of the checker off in turn.
#[must_use]
pub fn of_checker(seed: u64) -> Vec<Caught> {
    let mut attempts: Vec<Program> = Vec::new();
    for (row, form, _) in cases() {
        if let Form::Attempt(which) = form {
            attempts.push(campaign::attempt(seed, row, which));
        }
    }
    let mut rng = Rng::new(seed);
    for at in (1..attempts.len()).rev() {
        attempts.swap(at, rng.below(at + 1));
    }
    CheckerRule::ALL.iter().map(|&rule| catch_checker(rule, seed, &attempts)).collect()
}

fn catch_checker(rule: CheckerRule, seed: u64, attempts: &[Program]) -> Caught {
    let mut caught = Caught { rule: format!("{rule:?}"), says: rule.says(), how: None, after: 0, then: String::new() };
    let (mut panicked, mut otherwise) = (None, None);
    for program in attempts {
        caught.after += 1;
        let text = program.render().text;
        stoffel_compiler::switch_off(Some(rule));
        let compiled = compile(&text, program.opt_level);
        stoffel_compiler::switch_off(None);
        match compiled {
            Compiled::Accepted(code) => {
                caught.how = Some("accepted what must be rejected".to_owned());
                caught.then = match verify(*code) {
                    Err(error) => format!("the verifier refuses it: {error}"),
                    Ok(code) => aftermath(&watch(&Arc::new(code), program)),
                };
                return caught;
            }
            Compiled::Panicked(text) => panicked = panicked.or(Some((caught.after, text))),
            Compiled::Rejected(found) => {
                let expect = program.render().expect;
                let same = found.len() == expect.len()
                    && found.iter().zip(&expect).all(|(one, (line, code))| one.line == *line && one.code == *code);
                if !same && otherwise.is_none() {
                    otherwise = Some((caught.after, found));
                }
            }
        }
    }
    if let Some((after, text)) = panicked {
        let how = Some("stopped by the compiler's own checks".to_owned());
        return Caught { how, after, then: text, ..caught };
    }
    let legal = cases().into_iter().filter(|(_, form, _)| *form == Form::Legal);
    for (index, (row, _, in_body)) in (0..LEGAL_MAX).zip(legal) {
        caught.after += 1;
        let program = campaign::legal(seed, index, row, in_body);
        stoffel_compiler::switch_off(Some(rule));
        let verdict = check(&program);
        stoffel_compiler::switch_off(None);
        if let Verdict::Failed(class, text) = verdict {
            caught.how = Some(
                match class {
                    Class::NotVerified => "the verifier refuses a legal program",
                    Class::Leak => "runs of a legal program differ",
                    _ => "a legal program is spoilt",
                }
                .to_owned(),
            );
            caught.then = text;
            return caught;
        }
    }
    if let Some((after, found)) = otherwise {
        let how = Some("rejected for another reason".to_owned());
        let then = found.first().map_or_else(String::new, |one| format!("{}: {}", one.code, one.message));
        return Caught { how, after, then, ..caught };
    }
    caught
}

/// Whether a rule makes manifests true.
const fn is_of_manifest(rule: VerifierRule) -> bool {
    use VerifierRule as R;
    matches!(rule, R::DisclosureKind | R::DisclosureType | R::DisclosureReceivers | R::KeptListed | R::ResultListed)
}

/// A program that discloses in every way, and what it does not disclose it computes in every way that a rule of its own watches. Its
/// listed disclosures differ between the runs: a mutant of it that lists fewer lies.
fn disclosing(rng: &mut Rng) -> Program {
    const TEXT: &str = include_str!("mutants/disclosing.stfl");
    let input = |name: &str, value: String| (Some("ann"), name.to_owned(), value);
    let mut given = || {
        vec![
            input("a", rng.between(-4, 9).to_string()),
            input("c", if rng.chance(50) { "True" } else { "False" }.to_owned()),
            input("xs", format!("[{}, {}, 3]", rng.between(-4, 9), rng.between(-4, 9))),
            input("m", format!("[[{}, 1], [2, {}]]", rng.between(-4, 9), rng.between(-4, 9))),
        ]
    };
    let inputs = [given(), given()];
    Program {
        nodes: TEXT.lines().map(Node::line).collect(),
        inputs,
        opt_level: if rng.chance(50) { 2 } else { 0 },
        trap: None,
        used: Vec::new(),
    }
}

fn aftermath(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Failed(Class::Leak, text) => format!("its runs differ: {text}"),
        Verdict::Failed(_, text) => format!("its run ends: {text}"),
        Verdict::Fine { .. } => "nothing: its runs look alike".to_owned(),
    }
}

/// Switches every rule of the verifier off in turn, and shows it mutated bytecode of `programs` legal programs.
#[must_use]
pub fn of_verifier(seed: u64, programs: usize) -> Vec<Caught> {
    let mut rows: Vec<(VerifierRule, Caught, usize)> = VerifierRule::ALL
        .iter()
        .map(|&rule| {
            let row = Caught { rule: format!("{rule:?}"), says: rule.says(), how: None, after: 0, then: String::new() };
            (rule, row, 0)
        })
        .collect();
    let mut rng = Rng::new(seed ^ 0x00c0_ffee);
    let legal: Vec<(usize, usize, bool)> = (0..)
        .zip(cases())
        .filter(|(_, (_, form, _))| *form == Form::Legal)
        .map(|(index, (row, _, in_body))| (index, row, in_body))
        .collect();
    let mut shown = 0;
    for turn in 0..programs {
        // Of the programs that a manifest is to tell the truth about every other one discloses what differs.
        let discloses = turn % 2 == 0;
        let program = if discloses {
            disclosing(&mut rng)
        } else {
            let (index, row, in_body) = legal[turn / 2 % legal.len()];
            campaign::legal(seed, index + turn, row, in_body)
        };
        let Compiled::Accepted(code) = compile(&program.render().text, program.opt_level) else { continue };
        for mutant in Mutator::new(&code, &mut rng).all() {
            if verify(mutant.clone()).is_ok() {
                continue;
            }
            shown += 1;
            for (rule, row, runs) in rows.iter_mut().filter(|(.., runs)| *runs < RUNS_MAX) {
                stoffel_bytecode::switch_off(Some(*rule));
                let accepted = verify(mutant.clone());
                stoffel_bytecode::switch_off(None);
                let Ok(accepted) = accepted else { continue };
                if row.how.is_none() {
                    row.how = Some("accepted what must be refused".to_owned());
                    row.after = shown;
                }
                // Runs of a program that discloses what differs do differ; that tells something where the manifest is what has changed.
                if discloses && !is_of_manifest(*rule) {
                    continue;
                }
                *runs += 1;
                let verdict = watch(&Arc::new(accepted), &program);
                if let Verdict::Failed(Class::Leak, _) = verdict {
                    *runs = RUNS_MAX;
                    row.then = aftermath(&verdict);
                } else if row.then.is_empty() {
                    row.then = aftermath(&verdict);
                }
            }
        }
    }
    rows.into_iter().map(|(_, row, _)| row).collect()
}
