//! Syntax trees in, verified-shape bytecode and diagnostics out.

mod analysis;
mod codegen;
mod driver;
mod hash;
pub mod hir;
mod library;
mod lines;
mod mir;
mod package;

use stoffel_bytecode::Program;
use stoffel_syntax::{Diagnostic, FileId};
use stoffel_value::ScalarOp;

pub use analysis::analyze;
pub(crate) use analysis::nearest as nearest_name;
#[cfg(feature = "mutants")]
pub use analysis::rule::{Rule, switch_off};
pub use driver::{build, compile, emit_hir, emit_mir};
pub use library::{STD_PREFIX, library_modules};
pub use package::{Loader, Package};

/// The files of a compilation; [`FileId`] is an index. Names are relative to the package. As a [`Loader`], they are all the files
/// that there are.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Files in the order of their ids; the first is the program.
    pub files: Vec<SourceFile>,
}

/// One file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Name relative to the package, with `/`.
    pub name: String,
    /// Content.
    pub text: String,
}

/// What to build.
#[derive(Clone, Debug)]
pub struct Options {
    /// 0 or 2; meaning never changes.
    pub opt_level: u8,
    /// Function to run instead of `main` (`--entry`, tests); `test_x[i]` is a test with one of its cases.
    pub entry: Option<String>,
    /// The backend that the program is built for, if one is named: operations it lacks are E0422.
    pub backend: Option<BackendCaps>,
}

/// What a backend can do, as the façade learnt it from `mpc`.
#[derive(Clone, Copy, Debug)]
pub struct BackendCaps {
    /// Name.
    pub name: &'static str,
    /// Whether it has an operation, given which of its operands are public, in order (none given: all secret). A division by a
    /// public number is another operation than one by a secret.
    pub supports: fn(ScalarOp, &[bool]) -> bool,
}

/// What a compilation gives. Without errors there is a program.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// The bytecode, if there was no error and the module has something to run.
    pub program: Option<Program>,
    /// Findings, in source order.
    pub diagnostics: Vec<Diagnostic>,
}

/// A file by id.
impl std::ops::Index<FileId> for Sources {
    type Output = SourceFile;
    fn index(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }
}
