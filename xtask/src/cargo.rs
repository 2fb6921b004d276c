//! A cargo command line in, its success out.

use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Runs `cargo ARGS` in the workspace root, output as it comes.
///
/// # Errors
/// If cargo cannot be started or fails.
pub(crate) fn cargo(args: &[&str], envs: &[(&str, &str)]) -> Result<()> {
    let shown = format!("cargo {}", args.join(" "));
    eprintln!("== {shown}");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(crate::root()).envs(envs.iter().copied());
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    ensure!(status.success(), "{shown} failed");
    Ok(())
}
