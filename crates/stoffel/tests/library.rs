//! The library's own tests: every `*_test.stfl` of `std/` on the clear engine and on each backend.

use std::path::Path;

use stoffel::{Backend, TestOutcome, run_tests};

fn run(backend: Backend) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../std");
    let results = run_tests(&folder, None, backend, &mut |_| {}).expect("the library's tests can be read");
    assert!(results.len() > 20, "only {} tests were found", results.len());
    let failed: Vec<String> = results
        .iter()
        .filter_map(|one| match &one.outcome {
            TestOutcome::Failed(why) => Some(format!("{}: {why}", one.name)),
            TestOutcome::Passed | TestOutcome::Skipped(_) => None,
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_library_on_the_clear_engine() {
    run(Backend::CLEAR);
}

#[test]
fn the_library_between_three_parties() {
    run(Backend::REP3);
}

#[test]
fn every_module_has_a_text_and_tests() {
    for (name, text) in stoffel_compiler::library_modules() {
        assert!(text.starts_with("\"\"\""), "{name} has no doc text");
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../std/{name}_test.stfl"));
        assert!(tests.is_file(), "{name} has no tests");
    }
}
