//! A project's test files in, one outcome per test function out.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::analysis::{Analysis, CompileOptions, read_source};
use crate::backend::Backend;
use crate::error::Error;
use crate::input::Inputs;
use crate::run::{Mode, RunOptions, run};

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
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TestResult {
    /// `file::function`
    pub name: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: TestOutcome,
}

/// Runs every `test_*` function of files `*_test.stfl` and of files under `tests/` below `path` (or of the file `path`) whose name
/// contains `filter`, each in a fresh state.
///
/// # Errors
/// If the files cannot be listed or read.
pub fn run_tests(path: &Path, filter: Option<&str>, backend: Backend) -> Result<Vec<TestResult>, Error> {
    let root = if path.is_dir() { path.to_path_buf() } else { path.parent().unwrap_or(path).to_path_buf() };
    let mut files = Vec::new();
    if path.is_dir() {
        collect(path, false, &mut files)?;
    } else {
        files.push(path.to_path_buf());
    }
    files.sort();
    let mut results = Vec::new();
    for file in files {
        let shown = file.strip_prefix(&root).unwrap_or(&file).display().to_string();
        let text = read_source(&file)?;
        for function in test_functions(&text) {
            let name = format!("{shown}::{function}");
            if filter.is_none_or(|filter| name.contains(filter)) {
                results.push(TestResult { outcome: run_one(&shown, &text, &function, backend), name });
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

/// Names of the functions `test_*` at the top level of a text.
#[must_use]
pub(crate) fn test_functions(text: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| line.strip_prefix("def ")).filter_map(|rest| rest.split_once('('));
    names.map(|(name, _)| name.trim().to_owned()).filter(|name| name.starts_with("test_")).collect()
}

/// Runs one test function of a text.
pub(crate) fn run_one(file: &str, text: &str, function: &str, backend: Backend) -> TestOutcome {
    let options =
        CompileOptions { entry: Some(function.to_owned()), backend: Some(backend), ..CompileOptions::default() };
    let analysis = Analysis::of_text(file, text.to_owned(), &options);
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
    let ran = analysis.program().and_then(|program| {
        let options = RunOptions::new(backend, None, None, Mode::Auto, 30_000)?;
        run(&program, &Inputs::default(), &options, &mut |_| {})
    });
    match ran {
        Ok(_) => TestOutcome::Passed,
        Err(Error::Rejected { report, .. }) => TestOutcome::Failed(report),
        Err(error) => TestOutcome::Failed(error.to_string()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_top_level_test_functions_are_found() {
        let text = "def test_a():\n  pass\ndef helper(): pass\n  def test_inner(): pass\ndef test_b(): pass\n";
        assert_eq!(test_functions(text), ["test_a", "test_b"]);
    }
}
