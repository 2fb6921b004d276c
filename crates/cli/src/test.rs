//! `test`: a project's tests in, one line each out; 5 if one failed.

use stoffel::{Backend, Error, TestOutcome, TestResult};

use crate::args::TestArgs;

/// Runs the tests.
///
/// # Errors
/// If the files cannot be found or read.
pub(crate) fn test(args: &TestArgs) -> Result<u8, Error> {
    let backend = Backend::parse(&args.backend)?;
    let path = args.path.clone().unwrap_or_else(|| ".".into());
    let mut tell = |one: &TestResult| {
        if !args.json {
            line(one);
        }
    };
    let results = stoffel::run_tests(&path, args.filter.as_deref(), backend, &mut tell)?;
    if let Some(file) = &args.junit {
        stoffel::write_junit(file, &results)?;
    }
    let count = |wanted: fn(&TestOutcome) -> bool| results.iter().filter(|one| wanted(&one.outcome)).count();
    let failed = count(|one| matches!(one, TestOutcome::Failed(_)));
    let skipped = count(|one| matches!(one, TestOutcome::Skipped(_)));
    let passed = results.len() - failed - skipped;
    if args.json {
        println!("{}", stoffel::tests_to_json(&results));
    } else {
        println!("{passed} passed, {failed} failed, {skipped} skipped");
    }
    Ok(if failed > 0 { 5 } else { 0 })
}

fn line(one: &TestResult) {
    match &one.outcome {
        TestOutcome::Passed => println!("ok      {}", one.name),
        TestOutcome::Skipped(why) => println!("skipped {}: {why}", one.name),
        TestOutcome::Failed(why) => println!("FAILED  {}\n        {}", one.name, why.replace('\n', "\n        ")),
    }
}
