//! A Markdown or `.stfl` file with directives in; per block whether every engine does what the block says out.

mod compare;
mod directives;

use std::path::Path;

use crate::analysis::{Analysis, CompileOptions};
use crate::backend::Backend;
use crate::error::Error;
use crate::input::Inputs;
use crate::run::{Mode, Report, RunOptions, run};
use crate::test::{TestOutcome, run_one, test_functions};
use compare::agree;
use directives::{Directives, blocks_of_markdown, directives};

/// What became of a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SpecOutcome {
    /// Every engine did as declared.
    Passed,
    /// One did not.
    Failed(String),
    /// Its only undeclared diagnostics are E0001, or E0422 on a backend.
    NotYet(String),
}

/// One block and its outcome.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpecResult {
    /// Line of the file at which the block begins.
    pub line: usize,
    /// What became of it.
    pub outcome: SpecOutcome,
}

/// Runs every `stoffel` block of a Markdown text, or the whole text of a `.stfl` file, on the clear engine and on every backend.
#[must_use]
pub fn run_spec(name: &str, text: &str) -> Vec<SpecResult> {
    let blocks = match Path::new(name).extension() {
        Some(extension) if extension == "md" => blocks_of_markdown(text),
        _ => vec![directives::Block { line: 1, text: text.to_owned() }],
    };
    blocks.iter().map(|block| SpecResult { line: block.line, outcome: outcome(&block.text) }).collect()
}

fn outcome(text: &str) -> SpecOutcome {
    match directives(text) {
        Ok(wanted) => check(&wanted).err().unwrap_or(SpecOutcome::Passed),
        Err(why) => SpecOutcome::Failed(format!("directives: {why}")),
    }
}

/// Fails with the outcome that is not `Passed`.
fn check(wanted: &Directives) -> Result<(), SpecOutcome> {
    let main = wanted.files.iter().find(|(name, _)| name == "main.stfl").or(wanted.files.first());
    let Some((file, text)) = main else { return Ok(()) };
    let analysis = Analysis::of_text(file, text.clone(), &CompileOptions::default());
    check_diagnostics(wanted, file, &analysis)?;
    if !wanted.errors.is_empty() {
        return Ok(());
    }
    let mut not_yet = None;
    for backend in Backend::ALL {
        if let Err(outcome) = check_engine(wanted, file, text, backend) {
            match outcome {
                SpecOutcome::NotYet(_) => not_yet = not_yet.or(Some(outcome)),
                failed => return Err(failed),
            }
        }
    }
    not_yet.map_or(Ok(()), Err)
}

/// Errors are exactly those declared; declared warnings are there.
fn check_diagnostics(wanted: &Directives, file: &str, analysis: &Analysis) -> Result<(), SpecOutcome> {
    let found: Vec<(usize, &str)> =
        analysis.diagnostics().iter().map(|one| (analysis.line_of(one) as usize, one.code.as_str())).collect();
    let declared = |rows: &[(String, usize, String)]| -> Vec<(usize, String)> {
        rows.iter().filter(|(one, ..)| one == file).map(|(_, line, code)| (*line, code.clone())).collect()
    };
    let mut missing = declared(&wanted.errors);
    let mut extra = Vec::new();
    for (line, code) in found.iter().filter(|(_, code)| code.starts_with('E')) {
        match missing.iter().position(|(l, c)| l == line && c == code) {
            Some(at) => drop(missing.remove(at)),
            None => extra.push((*line, *code)),
        }
    }
    let warnings = declared(&wanted.warnings);
    let unwarned: Vec<_> = warnings.iter().filter(|(line, code)| !found.contains(&(*line, code.as_str()))).collect();
    if extra.iter().any(|(_, code)| *code == "E0001") && extra.iter().all(|(_, code)| *code == "E0001") {
        let first = analysis.diagnostics().iter().find(|one| one.code.as_str() == "E0001");
        return Err(SpecOutcome::NotYet(first.map(|one| one.message.clone()).unwrap_or_default()));
    }
    let mut why = Vec::new();
    why.extend(extra.iter().map(|(line, code)| format!("undeclared {code} on line {line}")));
    why.extend(missing.iter().map(|(line, code)| format!("{code} is missing on line {line}")));
    why.extend(unwarned.iter().map(|(line, code)| format!("{code} is missing on line {line}")));
    if why.is_empty() {
        Ok(())
    } else {
        Err(SpecOutcome::Failed(format!("{}\n{}", why.join("; "), analysis.report(false))))
    }
}

fn check_engine(wanted: &Directives, file: &str, text: &str, backend: Backend) -> Result<(), SpecOutcome> {
    let engine = backend.name();
    for opt_level in [0, 2] {
        let options = CompileOptions { opt_level, backend: Some(backend), ..CompileOptions::default() };
        let analysis = Analysis::of_text(file, text.to_owned(), &options);
        if let Some(lacking) = analysis.diagnostics().iter().find(|one| one.code.as_str() == "E0422") {
            return Err(SpecOutcome::NotYet(format!("{engine}: {}", lacking.message)));
        }
        match analysis.program() {
            Ok(program) => check_run(wanted, file, &program, backend).map_err(|why| fail(engine, opt_level, &why))?,
            Err(Error::NothingToRun { .. }) => {}
            Err(error) => return Err(fail(engine, opt_level, &error.to_string())),
        }
    }
    for (file, text) in &wanted.files {
        for function in test_functions(text) {
            match run_one(file, text, &function, Backend::CLEAR) {
                TestOutcome::Passed => {}
                TestOutcome::Skipped(why) => return Err(SpecOutcome::NotYet(format!("{function}: {why}"))),
                TestOutcome::Failed(why) => return Err(SpecOutcome::Failed(format!("{function}: {why}"))),
            }
        }
    }
    Ok(())
}

fn fail(engine: &str, opt_level: u8, why: &str) -> SpecOutcome {
    SpecOutcome::Failed(format!("{engine} at -O{opt_level}: {why}"))
}

fn check_run(wanted: &Directives, file: &str, program: &crate::Program, backend: Backend) -> Result<(), String> {
    let inputs = inputs(wanted)?;
    let options = RunOptions::new(backend, None, None, Mode::Auto, 30_000).map_err(|error| error.to_string())?;
    let mut printed = Vec::new();
    let ran = run(program, &inputs, &options, &mut |event| {
        if let crate::Event::Printed(line) = event {
            printed.push(line.to_owned());
        }
    });
    let lines = |report: &[String]| report.join("\n");
    if wanted.has_outs && !agree(&lines(&wanted.outs), &lines(&printed), wanted.approx) {
        return Err(format!("printed\n{}\ninstead of\n{}", lines(&printed), lines(&wanted.outs)));
    }
    match (ran, &wanted.trap) {
        (Ok(report), None) => check_results(wanted, &report),
        (Ok(_), Some((_, line, code))) if backend == Backend::CLEAR => Err(format!("no {code} on line {line}")),
        // A trap that only the clear engine raises [S].
        (Ok(_), Some(_)) => Ok(()),
        (Err(Error::Trap(text)), Some((_, line, code))) => {
            let right = text.contains(code.as_str()) && text.contains(&format!("{file}:{line}"));
            if right { Ok(()) } else { Err(format!("trapped with `{text}` instead of {code} on line {line}")) }
        }
        (Err(error), _) => Err(error.to_string()),
    }
}

fn check_results(wanted: &Directives, report: &Report) -> Result<(), String> {
    let got = report.result.as_deref().unwrap_or_default();
    if let Some(result) = &wanted.result
        && !agree(result, got, wanted.approx)
    {
        return Err(format!("result `{got}` instead of `{result}`"));
    }
    for (role, texts) in &wanted.to {
        let found = report.outputs.iter().find(|(one, _)| one == role).map(|(_, texts)| texts.clone());
        let found = found.unwrap_or_default();
        let equal = found.len() == texts.len() && texts.iter().zip(&found).all(|(a, b)| agree(a, b, wanted.approx));
        if !equal {
            return Err(format!("{role} gets {found:?} instead of {texts:?}"));
        }
    }
    Ok(())
}

fn inputs(wanted: &Directives) -> Result<Inputs, String> {
    let mut inputs = Inputs::default();
    for (name, value) in &wanted.public {
        inputs.add_text(None, name, value);
    }
    for (role, clients) in &wanted.roles {
        for (index, values) in clients.iter().enumerate() {
            values.iter().for_each(|(name, value)| inputs.add_text(Some((role, index)), name, value));
        }
    }
    for (slot, values) in &wanted.slots {
        for value in values {
            inputs.add_slot(&format!("{slot}={value}")).map_err(|error| error.to_string())?;
        }
    }
    if let Some(most) = wanted.to.values().map(Vec::len).max() {
        inputs.set_receivers(most);
    }
    Ok(inputs)
}
