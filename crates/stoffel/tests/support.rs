//! A program's text and its inputs in, the report of a run in one thread out; shared by the tests of runs.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses its own part")]

use stoffel::{Analysis, Backend, CompileOptions, Inputs, Mode, Report, RunOptions};

/// Runs a text on a backend at an optimisation level.
pub(crate) fn run_on(backend: Backend, text: &str, inputs: &[impl AsRef<str>], opt_level: u8) -> Report {
    let options = CompileOptions { opt_level, ..CompileOptions::default() };
    let analysis = Analysis::of_text("p.stfl", text.to_owned(), &options);
    let program = analysis.program().unwrap_or_else(|error| panic!("{error}\n{}", analysis.report(false)));
    let mut given = Inputs::default();
    for flag in inputs {
        given.add_flag(flag.as_ref()).unwrap();
    }
    let options = RunOptions::new(backend, None, None, Mode::Auto, 60_000).unwrap();
    stoffel::run(&program, &given, &options, &mut |_| {}).unwrap_or_else(|error| panic!("{error}"))
}

/// The same on rep3.
pub(crate) fn run(text: &str, inputs: &[impl AsRef<str>], opt_level: u8) -> Report {
    run_on(Backend::REP3, text, inputs, opt_level)
}
