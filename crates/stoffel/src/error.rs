//! Everything that can go wrong between a caller and a run, each with the exit code of its kind.

use std::io;
use std::path::{Path, PathBuf};

/// Why the façade could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program has errors; they are rendered by the caller.
    #[error("{file} has {errors} error{}", plural(*.errors))]
    Rejected {
        /// The program's file.
        file: String,
        /// Number of errors.
        errors: usize,
        /// The report for people.
        report: String,
    },
    /// No `Stoffel.toml` here or above.
    #[error("no Stoffel.toml in {} or a folder above it; make a project with `stoffel new NAME`", start.display())]
    NoProject {
        /// Where the search began.
        start: PathBuf,
    },
    /// The manifest is wrong.
    #[error("{}: {message}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A new project would overwrite something.
    #[error("{} exists and is not empty", folder.display())]
    FolderNotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program has nothing to run.
    #[error("{file} has neither a `main` nor statements to run")]
    NothingToRun {
        /// The program's file.
        file: String,
    },
    /// A bytecode file is damaged, of another version, or does not verify.
    #[error("{}: {message}", path.display())]
    Bytecode {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// An input is missing, unknown, or not of its type.
    #[error("{0}")]
    Input(#[from] crate::input::InputError),
    /// Options that do not fit together or this program.
    #[error("{0}")]
    Usage(String),
    /// The program failed while running.
    #[error("{0}")]
    Trap(String),
    /// The protocol failed: a party is gone, late, or deviates.
    #[error("session aborted: {0}")]
    Abort(String),
    /// Something that was to be explained has no page.
    #[error("no diagnostic has the code {code}{}", hint(.near))]
    UnknownCode {
        /// As given.
        code: String,
        /// The nearest known code.
        near: Option<String>,
    },
}

impl Error {
    /// Exit code of the command line: 1 program rejected, 2 usage or bad input, 3 trap, 4 abort.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Rejected { .. } => 1,
            Self::Trap(_) => 3,
            Self::Abort(_) => 4,
            _ => 2,
        }
    }

    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_path_buf(), source }
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_path_buf(), source }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn hint(near: &Option<String>) -> String {
    near.as_ref().map_or_else(String::new, |near| format!("; did you mean {near}?"))
}
