//! A project's test files in, one outcome per test function out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use stoffel_compiler::Package;

use crate::analysis::{Analysis, CompileOptions, Folder, read_source, relative};
use crate::backend::Backend;
use crate::error::Error;
use crate::input::Inputs;
use crate::project::Project;
use crate::run::{Mode, Report, RunOptions, run};

mod junit;

pub use junit::write_junit;

/// What became of a test.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase", tag = "outcome", content = "reason")]
pub enum TestOutcome {
    /// It ended normally.
    Passed,
    /// It trapped, or its file was rejected; the text says why.
    Failed(String),
    /// The backend lacks an operation that it uses, or the language a part.
    Skipped(String),
}

/// One test and its outcome.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TestResult {
    /// `file::function`
    pub name: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: TestOutcome,
    /// Wall-clock seconds, compilation included.
    pub seconds: f64,
}

/// Runs every `test_*` function of files `*_test.stfl` and of files under `tests/` below `path` (or of the file `path`) whose name
/// contains `filter`, each in a fresh state. Each result is told as soon as it is known.
///
/// # Errors
/// If the files cannot be listed or read.
pub fn run_tests(
    path: &Path,
    filter: Option<&str>,
    backend: Backend,
    on_result: &mut dyn FnMut(&TestResult),
) -> Result<Vec<TestResult>, Error> {
    let shown_from = if path.is_dir() { path.to_path_buf() } else { path.parent().unwrap_or(path).to_path_buf() };
    let mut files = Vec::new();
    if path.is_dir() {
        collect(path, false, &mut files)?;
    } else {
        files.push(path.to_path_buf());
    }
    files.sort();
    // Modules are looked for from the project that the files belong to.
    let project = Project::find(&shown_from).ok();
    let root = project.map_or_else(|| shown_from.clone(), |project| project.root);
    let loader = Folder::new(&root);
    let mut results = Vec::new();
    for file in files {
        let shown = file.strip_prefix(&shown_from).unwrap_or(&file).display().to_string();
        let whole = fs::canonicalize(&file).map_err(|error| Error::read(&file, error))?;
        let name = if whole.starts_with(&root) { relative(&whole, &root) } else { relative(&file, &root) };
        let package = Package::load(name, read_source(&file)?, &loader);
        for test in package.tests() {
            let name = format!("{shown}::{test}");
            if filter.is_none_or(|filter| name.contains(filter)) {
                let begin = Instant::now();
                let outcome = run_one(&package, &test, backend);
                results.push(TestResult { name, outcome, seconds: begin.elapsed().as_secs_f64() });
                on_result(&results[results.len() - 1]);
            }
        }
    }
    Ok(results)
}

/// Results as a JSON array.
#[must_use]
pub fn tests_to_json(results: &[TestResult]) -> String {
    // Strings and enums always serialise.
    serde_json::to_string_pretty(results).unwrap_or_default()
}

/// Runs one test of a package.
pub(crate) fn run_one(package: &Package, test: &str, backend: Backend) -> TestOutcome {
    let options = CompileOptions { entry: Some(test.to_owned()), backend: Some(backend), ..CompileOptions::default() };
    let analysis = Analysis::of_package(package.clone(), &options);
    let lacking = analysis.diagnostics().iter().filter(|one| one.code.as_str() == "E0422").count();
    if lacking > 0 && lacking == analysis.error_count() {
        return TestOutcome::Skipped(format!("{} lacks an operation it uses", backend.name()));
    }
    let missing = analysis.diagnostics().iter().filter(|one| one.code.as_str() == "E0001");
    if let Some(first) = missing.clone().next()
        && missing.count() == analysis.error_count()
    {
        return TestOutcome::Skipped(first.message.clone());
    }
    match execute(&analysis, backend) {
        Ok(_) => TestOutcome::Passed,
        Err(Error::Rejected { report, .. }) => TestOutcome::Failed(report),
        Err(Error::Trap(_)) if backend != Backend::CLEAR && traps_on_secrets(package, test) => {
            TestOutcome::Skipped(format!("it expects a trap on a secret value, which {} does not have", backend.name()))
        }
        Err(error) => TestOutcome::Failed(error.to_string()),
    }
}

fn execute(analysis: &Analysis, backend: Backend) -> Result<Report, Error> {
    let options = RunOptions::new(backend, None, None, Mode::Auto, 30_000)?;
    run(&analysis.program()?, &Inputs::default(), &options, &mut |_| {})
}

/// Whether a test passes in the clear engine and catches a trap there that depends on a secret (LANGUAGE §19.4).
fn traps_on_secrets(package: &Package, test: &str) -> bool {
    let options = CompileOptions { entry: Some(test.to_owned()), ..CompileOptions::default() };
    let ran = execute(&Analysis::of_package(package.clone(), &options), Backend::CLEAR);
    ran.is_ok_and(|report| report.stats.caught_on_secrets > 0)
}

fn collect(folder: &Path, in_tests: bool, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let entries = fs::read_dir(folder).map_err(|error| Error::read(folder, error))?;
    for entry in entries {
        let path = entry.map_err(|error| Error::read(folder, error))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            collect(&path, in_tests || name == "tests", files)?;
        } else if name.ends_with("_test.stfl") || (in_tests && name.ends_with(".stfl")) {
            files.push(path);
        }
    }
    Ok(())
}
