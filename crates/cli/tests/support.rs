//! A command line in, its exit code and output out; shared by the tests of the command.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::Path;
use std::process::{Command, Output};

/// Exit code, stdout, stderr.
pub(crate) struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs `stoffel ARGS` in `folder`.
pub(crate) fn stoffel(folder: &Path, args: &[&str]) -> Ran {
    let output = command(folder, args).output().expect("the binary starts");
    ran(&output)
}

/// The command, not yet started.
pub(crate) fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stoffel"));
    command.args(args).current_dir(folder).env("NO_COLOR", "1");
    command
}

/// What a finished process left.
pub(crate) fn ran(output: &Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A folder with one program file `p.stfl`.
pub(crate) fn program(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("p.stfl"), text).expect("the program is written");
    folder
}
