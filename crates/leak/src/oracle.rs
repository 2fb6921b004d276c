//! A program with two lists of inputs that differ in secrets alone in; whether anything public tells them apart out.

use std::sync::Arc;

use stoffel_bytecode::{VerifiedProgram, verify};
use stoffel_mpc::Backend;

use crate::compile::{Compiled, compile};
use crate::program::Program;
use crate::session::{Given, Seen, run};

/// Traps that the clear engine raises where an MPC backend gives an unspecified value (LANGUAGE §10.4): of those a run of the
/// clear engine alone may depend on secrets.
const SECRET_TRAPS: &[&str] =
    &["R0101", "R0102", "R0103", "R0104", "R0106", "R0107", "R0201", "R0202", "R0206", "R0401"];

/// What became of a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// As it should be.
    Fine {
        /// Steps of the machines of one run on rep3.
        steps: usize,
        /// Rounds of that run.
        frames: usize,
        /// The clear engine trapped on a secret [S], so its two runs were not compared.
        clear_discarded: bool,
    },
    /// It is not; what was found is a class (for shrinking) and text.
    Failed(Class, String),
}

/// Kinds of failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// A program without a forbidden statement is rejected.
    RejectedLegal,
    /// A forbidden statement is accepted.
    AcceptedAttempt,
    /// A forbidden statement is rejected with another code or line.
    WrongRejection,
    /// The compiler panics.
    CompilerPanic,
    /// The verifier refuses what the compiler made.
    NotVerified,
    /// A run aborts or panics.
    Aborted,
    /// A run ends otherwise than the program says.
    WrongEnd,
    /// Two runs can be told apart.
    Leak,
}

/// Checks a program: it is rejected where it says so, else accepted, and its runs show nothing of secrets.
#[must_use]
pub fn check(program: &Program) -> Verdict {
    let rendered = program.render();
    match compile(&rendered.text, program.opt_level) {
        Compiled::Panicked(text) => Verdict::Failed(Class::CompilerPanic, text),
        Compiled::Rejected(found) => {
            let got: Vec<(u32, &str)> = found.iter().map(|one| (one.line, one.code.as_str())).collect();
            let mut wanted: Vec<(u32, &str)> = rendered.expect.clone();
            wanted.sort_unstable();
            if got == wanted {
                return Verdict::Fine { steps: 0, frames: 0, clear_discarded: false };
            }
            let class = if wanted.is_empty() { Class::RejectedLegal } else { Class::WrongRejection };
            let list: Vec<String> =
                found.iter().map(|one| format!("line {}: {} {}", one.line, one.code, one.message)).collect();
            Verdict::Failed(class, format!("expected {wanted:?}, found\n{}", list.join("\n")))
        }
        Compiled::Accepted(_) if !rendered.expect.is_empty() => {
            Verdict::Failed(Class::AcceptedAttempt, format!("accepted, expected {:?}", rendered.expect))
        }
        Compiled::Accepted(code) => match verify(*code) {
            Ok(code) => watch(&Arc::new(code), program),
            Err(error) => Verdict::Failed(Class::NotVerified, error.to_string()),
        },
    }
}

/// Runs both lists of inputs on every engine.
#[must_use]
pub fn watch(code: &Arc<VerifiedProgram>, program: &Program) -> Verdict {
    let (mut steps, mut frames, mut clear_discarded) = (0, 0, false);
    for backend in [Backend::Rep3, Backend::Clear] {
        let [a, b] = &program.inputs;
        let ran = |given: &Given| run(code, backend, given, None);
        let (first, second) = match (ran(a), ran(b)) {
            (Ok(first), Ok(second)) => (first, second),
            (Err(error), _) | (_, Err(error)) => {
                return Verdict::Failed(Class::Aborted, format!("{}: {error}", backend.name()));
            }
        };
        if backend == Backend::Clear
            && [&first, &second].into_iter().any(trapped_on_secret)
            && first.trap != second.trap
        {
            clear_discarded = true;
            continue;
        }
        if let Some(what) = difference(code, backend, &first, &second, program) {
            return Verdict::Failed(Class::Leak, format!("{}: {what}", backend.name()));
        }
        let found = first.trap.as_ref().map(|(code, _)| code.as_str());
        if backend == Backend::Rep3 {
            if found != program.trap {
                let place = first.trap.as_ref().map(|(_, site)| code.locate(*site).line);
                return Verdict::Failed(
                    Class::WrongEnd,
                    format!("trap {found:?} at {place:?}, not {:?}", program.trap),
                );
            }
            steps = first.traces.iter().map(|trace| trace.steps.len()).sum();
            frames = first.frames.len();
        }
    }
    Verdict::Fine { steps, frames, clear_discarded }
}

fn trapped_on_secret(seen: &Seen) -> bool {
    seen.trap.as_ref().is_some_and(|(code, _)| SECRET_TRAPS.contains(&code.as_str()))
}

/// The first thing that tells two runs apart.
fn difference(code: &Arc<VerifiedProgram>, backend: Backend, a: &Seen, b: &Seen, program: &Program) -> Option<String> {
    for (party, (one, other)) in a.traces.iter().zip(&b.traces).enumerate() {
        let at = one.steps.iter().zip(&other.steps).position(|(one, other)| one != other);
        let at = at.or_else(|| (one.steps.len() != other.steps.len()).then(|| one.steps.len().min(other.steps.len())));
        if let Some(at) = at {
            return Some(format!("party {party}: {}", describe(code, backend, party, at, program)));
        }
    }
    if let Some((at, (one, other))) = a.frames.iter().zip(&b.frames).enumerate().find(|(_, (one, other))| one != other)
    {
        return Some(format!("frame {at} is {one:?} or {other:?}"));
    }
    if a.frames.len() != b.frames.len() {
        return Some(format!("{} or {} frames", a.frames.len(), b.frames.len()));
    }
    if let Some((one, other)) = a.public.iter().zip(&b.public).find(|(one, other)| one != other) {
        return Some(format!("what a party gives:\n{one}\nor\n{other}"));
    }
    (a.trap != b.trap).then(|| format!("trap {:?} or {:?}", a.trap, b.trap))
}

/// Runs again for the registers at the step where the runs part: what the instruction before it wrote is what differs.
fn describe(code: &Arc<VerifiedProgram>, backend: Backend, party: usize, at: usize, program: &Program) -> String {
    let shown = |given: &Given| {
        let trace = run(code, backend, given, Some(at)).ok()?.traces.into_iter().nth(party)?;
        let before = trace.steps.get(at.checked_sub(1)?).copied();
        Some((before, trace.shown.unwrap_or_default()))
    };
    let (Some((before, one)), Some((_, other))) = (shown(&program.inputs[0]), shown(&program.inputs[1])) else {
        return format!("step {at} differs");
    };
    let differing: Vec<String> =
        one.lines().zip(other.lines()).filter(|(a, b)| a != b).map(|(a, b)| format!("  {a}   or   {b}")).collect();
    let place = before.map_or_else(String::new, |step| {
        let site = code.site_of(step.function, step.pc);
        let place = code.locate(site);
        let instr = code.functions[step.function as usize].code[step.pc as usize];
        format!("{instr:?} of `{}`, line {}", place.function, place.line)
    });
    format!("the runs part at step {at}, after {place}\n{}", differing.join("\n"))
}
