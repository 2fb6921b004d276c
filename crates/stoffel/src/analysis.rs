//! Source text in; diagnostics, compilation stages, and a program that runs out.

use std::fs;
use std::path::Path;

use stoffel_compiler::{BackendCaps, Compilation, Options, SourceFile, Sources};
use stoffel_syntax::{Diagnostic, FileId, Severity};

use crate::backend::Backend;
use crate::error::Error;
use crate::program::Program;

/// How to compile.
#[derive(Clone, Debug)]
pub struct CompileOptions {
    /// 0 or 2.
    pub opt_level: u8,
    /// Function to run instead of `main`.
    pub entry: Option<String>,
    /// Report operations that this backend lacks.
    pub backend: Option<Backend>,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self { opt_level: 2, entry: None, backend: None }
    }
}

impl CompileOptions {
    fn lower(&self) -> Options {
        let backend = self.backend.map(|backend| BackendCaps { name: backend.name(), supports: backend.supports() });
        Options { opt_level: self.opt_level, entry: self.entry.clone(), backend }
    }
}

/// A program's sources with everything that the compiler has to say about them.
#[derive(Debug)]
pub struct Analysis {
    sources: Sources,
    options: CompileOptions,
    compilation: Compilation,
}

impl Analysis {
    /// Compiles a file. Names in messages and debug info are relative to `root`.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn of_file(path: &Path, root: &Path, options: &CompileOptions) -> Result<Self, Error> {
        let name = path.strip_prefix(root).unwrap_or(path);
        let name = name.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        Ok(Self::of_text(&name, read_source(path)?, options))
    }

    /// Compiles a text.
    #[must_use]
    pub fn of_text(name: &str, text: String, options: &CompileOptions) -> Self {
        let sources = Sources { files: vec![SourceFile { name: name.to_owned(), text }] };
        let compilation = stoffel_compiler::compile(&sources, &options.lower());
        Self { sources, options: options.clone(), compilation }
    }

    /// Everything found, in source order.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.compilation.diagnostics
    }

    /// Number of errors among the diagnostics.
    #[must_use]
    pub fn error_count(&self) -> usize {
        self.diagnostics().iter().filter(|one| one.code.severity() == Severity::Error).count()
    }

    /// 1-based line of a diagnostic.
    #[must_use]
    pub fn line_of(&self, diagnostic: &Diagnostic) -> u32 {
        stoffel_syntax::LineIndex::new(&self.sources[diagnostic.span.file].text).line_col(diagnostic.span.start).line
    }

    /// The diagnostics as people read them; empty if there are none.
    #[must_use]
    pub fn report(&self, color: bool) -> String {
        let file = |id: FileId| (self.sources[id].name.as_str(), self.sources[id].text.as_str());
        stoffel_syntax::render(self.diagnostics(), &file, color)
    }

    /// The diagnostics as a JSON array.
    #[must_use]
    pub fn to_json(&self) -> String {
        let file = |id: FileId| (self.sources[id].name.as_str(), self.sources[id].text.as_str());
        stoffel_syntax::to_json(self.diagnostics(), &file)
    }

    /// The program.
    ///
    /// # Errors
    /// If it was rejected or has nothing to run.
    ///
    /// # Panics
    /// If the compiler made bytecode that its own verifier refuses: a defect of Stoffel, not of the program.
    pub fn program(&self) -> Result<Program, Error> {
        let file = self.sources.files[0].name.clone();
        if self.error_count() > 0 {
            return Err(Error::Rejected { file, errors: self.error_count(), report: self.report(false) });
        }
        let program = self.compilation.program.clone().ok_or(Error::NothingToRun { file })?;
        Ok(Program::from_compiler(program))
    }

    /// The tokens of the main file, one a line.
    #[must_use]
    pub fn emit_tokens(&self) -> String {
        stoffel_syntax::dump_tokens(&self.sources.files[0].text)
    }

    /// The syntax tree of the main file.
    #[must_use]
    pub fn emit_tree(&self) -> String {
        let parse = stoffel_syntax::parse(FileId(0), &self.sources.files[0].text);
        stoffel_syntax::dump_tree(&parse.syntax())
    }

    /// The typed program.
    #[must_use]
    pub fn emit_hir(&self) -> String {
        stoffel_compiler::emit_hir(&self.sources, &self.options.lower())
    }

    /// The intermediate code after optimisation.
    #[must_use]
    pub fn emit_mir(&self) -> String {
        stoffel_compiler::emit_mir(&self.sources, &self.options.lower())
    }
}

/// The text of a source file.
///
/// # Errors
/// If it cannot be read or is not UTF-8.
pub(crate) fn read_source(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|error| Error::read(path, error))?;
    String::from_utf8(bytes)
        .map_err(|error| Error::NotUtf8 { path: path.to_path_buf(), at: error.utf8_error().valid_up_to() })
}
