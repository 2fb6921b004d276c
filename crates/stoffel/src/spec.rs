//! A Markdown or `.stfl` file with directives in; per block whether every engine does what the block says out.

mod compare;
mod directives;

use std::collections::HashSet;
use std::path::Path;

use stoffel_compiler::{Package, SourceFile, Sources};

use crate::analysis::{Analysis, CompileOptions};
use crate::backend::Backend;
use crate::error::Error;
use crate::input::Inputs;
use crate::manifest::Manifest;
use crate::run::{Mode, Report, RunOptions, run};
use crate::test::{TestOutcome, run_one};
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
    let Some((file, _)) = main else { return Ok(()) };
    check_diagnostics(wanted, &programs(wanted, file))?;
    if !wanted.errors.is_empty() {
        return Ok(());
    }
    let mut not_yet = None;
    for backend in Backend::ALL {
        if let Err(outcome) = check_engine(wanted, file, backend) {
            match outcome {
                SpecOutcome::NotYet(_) => not_yet = not_yet.or(Some(outcome)),
                failed => return Err(failed),
            }
        }
    }
    not_yet.map_or(Ok(()), Err)
}

/// The block's program, and each file that belongs to none before it as a program of its own.
fn programs(wanted: &Directives, main: &str) -> Vec<Analysis> {
    let mut analyses = vec![Analysis::of_texts(main, &wanted.files, &CompileOptions::default())];
    for (name, _) in &wanted.files {
        if !analyses.iter().any(|analysis| analysis.files().any(|file| file == name)) {
            analyses.push(Analysis::of_texts(name, &wanted.files, &CompileOptions::default()));
        }
    }
    analyses
}

/// Errors are exactly those declared; declared warnings are there.
fn check_diagnostics(wanted: &Directives, analyses: &[Analysis]) -> Result<(), SpecOutcome> {
    let mut missing = wanted.errors.clone();
    let mut unwarned = wanted.warnings.clone();
    let mut extra = Vec::new();
    let mut extra_message = None;
    let mut seen = HashSet::new();
    for analysis in analyses {
        // A file that belongs to several programs is reported once.
        let fresh: Vec<&str> = analysis.files().filter(|file| !seen.contains(*file)).collect();
        for one in analysis.diagnostics() {
            let row = (analysis.file_of(one).to_owned(), analysis.line_of(one) as usize, one.code.as_str().to_owned());
            if !fresh.contains(&row.0.as_str()) {
                continue;
            }
            unwarned.retain(|warning| *warning != row);
            match missing.iter().position(|one| *one == row) {
                Some(at) => drop(missing.remove(at)),
                None if row.2.starts_with('E') => {
                    extra_message.get_or_insert_with(|| one.message.clone());
                    extra.push(row);
                }
                None => {}
            }
        }
        seen.extend(fresh.into_iter().map(str::to_owned));
    }
    if !extra.is_empty() && extra.iter().all(|(.., code)| code == "E0001") {
        return Err(SpecOutcome::NotYet(extra_message.unwrap_or_default()));
    }
    let mut why = Vec::new();
    why.extend(extra.iter().map(|(file, line, code)| format!("undeclared {code} on line {line} of {file}")));
    let lacking = missing.iter().chain(&unwarned);
    why.extend(lacking.map(|(file, line, code)| format!("{code} is missing on line {line} of {file}")));
    if why.is_empty() {
        Ok(())
    } else {
        let reports: String = analyses.iter().map(|analysis| analysis.report(false)).collect();
        Err(SpecOutcome::Failed(format!("{}\n{reports}", why.join("; "))))
    }
}

fn check_engine(wanted: &Directives, file: &str, backend: Backend) -> Result<(), SpecOutcome> {
    let engine = backend.name();
    let mut promised = None;
    for opt_level in [0, 2] {
        let options = CompileOptions { opt_level, backend: Some(backend), ..CompileOptions::default() };
        let analysis = Analysis::of_texts(file, &wanted.files, &options);
        if let Some(lacking) = analysis.diagnostics().iter().find(|one| one.code.as_str() == "E0422") {
            return Err(SpecOutcome::NotYet(format!("{engine}: {}", lacking.message)));
        }
        match analysis.program() {
            Ok(program) => {
                // What goes in and comes out is the program's, whatever the level; only the operations it takes may differ.
                let manifest = Manifest { program: String::new(), needs: Vec::new(), ..Manifest::of(&program) };
                if *promised.get_or_insert_with(|| manifest.clone()) != manifest {
                    return Err(fail(engine, opt_level, "inputs, outputs or disclosures differ from those at -O0"));
                }
                check_run(wanted, &program, backend).map_err(|why| fail(engine, opt_level, &why))?;
            }
            Err(Error::NothingToRun { .. }) => {}
            Err(error) => return Err(fail(engine, opt_level, &error.to_string())),
        }
    }
    if backend != Backend::CLEAR {
        return Ok(());
    }
    for (file, text) in &wanted.files {
        let files = wanted.files.iter().map(|(name, text)| SourceFile { name: name.clone(), text: text.clone() });
        let loader = Sources { files: files.collect() };
        let package = Package::load(file.clone(), text.clone().into_bytes(), &loader);
        for test in package.tests() {
            match run_one(&package, &test, Backend::CLEAR) {
                TestOutcome::Passed => {}
                TestOutcome::Skipped(why) => return Err(SpecOutcome::NotYet(format!("{test}: {why}"))),
                TestOutcome::Failed(why) => return Err(SpecOutcome::Failed(format!("{test}: {why}"))),
            }
        }
    }
    Ok(())
}

fn fail(engine: &str, opt_level: u8, why: &str) -> SpecOutcome {
    SpecOutcome::Failed(format!("{engine} at -O{opt_level}: {why}"))
}

fn check_run(wanted: &Directives, program: &crate::Program, backend: Backend) -> Result<(), String> {
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
        (Err(Error::Trap(text)), Some((file, line, code))) => {
            let place = text.lines().next().unwrap_or_default();
            let right = place.starts_with(code.as_str()) && place.contains(&format!(" at {file}:{line}:"));
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
        let slot = role.strip_prefix("slot ").and_then(|slot| slot.parse::<usize>().ok());
        let found = match slot {
            Some(slot) => report.slots.get(slot).filter(|text| !text.is_empty()).map(|text| vec![text.clone()]),
            None => report.outputs.iter().find(|(one, _)| one == role).map(|(_, texts)| texts.clone()),
        };
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
