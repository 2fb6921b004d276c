//! Everything that must hold before a change is taken: format, lints, house rules, tests, doc examples, reference.

use anyhow::Result;

use crate::cargo::cargo;

/// Runs all checks; the first failure ends the run.
///
/// # Errors
/// If a check fails.
pub(crate) fn run() -> Result<()> {
    cargo(&["fmt", "--all", "--check"], &[])?;
    crate::tidy::run()?;
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"], &[])?;
    cargo(&["build", "--workspace", "--bins", "--quiet"], &[])?;
    cargo(&["test", "--workspace", "--quiet"], &[])?;
    crate::leak::test()?;
    crate::spec::run(&crate::spec::Args::reference())?;
    println!("everything passed");
    Ok(())
}
