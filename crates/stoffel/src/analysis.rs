//! A program's file, and a way to the files that it imports, in; diagnostics, compilation stages, and a program that runs out.

use std::fs;
use std::path::{Path, PathBuf};

use stoffel_compiler::{BackendCaps, Compilation, Loader, Options, Package, SourceFile, Sources};
use stoffel_syntax::{Diagnostic, FileId, Severity};

use crate::backend::Backend;
use crate::error::Error;
use crate::program::Program;
use crate::project::Project;

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
    pub(crate) fn lower(&self) -> Options {
        let backend = self.backend.map(|backend| BackendCaps { name: backend.name(), supports: backend.supports() });
        Options { opt_level: self.opt_level, entry: self.entry.clone(), backend }
    }
}

/// A program's sources with everything that the compiler has to say about them.
#[derive(Debug)]
pub struct Analysis {
    package: Package,
    options: CompileOptions,
    compilation: Compilation,
}

impl Analysis {
    /// Compiles a file and what it imports. Names in messages and debug info are relative to `root`, so that a program's identity
    /// does not depend on where it lies.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn of_file(path: &Path, root: &Path, options: &CompileOptions) -> Result<Self, Error> {
        let package = Package::load(relative(path, root), read_source(path)?, &Folder::new(root));
        Ok(Self::of_package(package, options))
    }

    /// Compiles a text that imports nothing but the library.
    #[must_use]
    pub fn of_text(name: &str, text: String, options: &CompileOptions) -> Self {
        Self::of_texts(name, &[(name.to_owned(), text)], options)
    }

    /// Compiles the text `main` of some texts with names, which may import each other.
    #[must_use]
    pub fn of_texts(main: &str, texts: &[(String, String)], options: &CompileOptions) -> Self {
        let file = |(name, text): &(String, String)| SourceFile { name: name.clone(), text: text.clone() };
        let sources = Sources { files: texts.iter().map(file).collect() };
        let load = |main: &SourceFile| Package::load(main.name.clone(), main.text.clone().into_bytes(), &sources);
        let package = sources.files.iter().find(|file| file.name == main).map(load);
        Self::of_package(package.unwrap_or_default(), options)
    }

    /// Compiles a package.
    pub(crate) fn of_package(package: Package, options: &CompileOptions) -> Self {
        let compilation = package.compile(&options.lower());
        Self { package, options: options.clone(), compilation }
    }

    /// Names of the files that the program consists of, its own first; those of the library begin with
    /// [`stoffel_compiler::STD_PREFIX`].
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.package.sources().files.iter().map(|file| file.name.as_str())
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
        stoffel_syntax::LineIndex::new(self.text(diagnostic.span.file).1).line_col(diagnostic.span.start).line
    }

    /// Name of the file that a diagnostic is about.
    #[must_use]
    pub fn file_of(&self, diagnostic: &Diagnostic) -> &str {
        self.text(diagnostic.span.file).0
    }

    /// Name and text of a file.
    fn text(&self, id: FileId) -> (&str, &str) {
        let file = &self.package.sources()[id];
        (file.name.as_str(), file.text.as_str())
    }

    /// The diagnostics as people read them; empty if there are none.
    #[must_use]
    pub fn report(&self, color: bool) -> String {
        stoffel_syntax::render(self.diagnostics(), &|id| self.text(id), color)
    }

    /// The diagnostics as a JSON array.
    #[must_use]
    pub fn to_json(&self) -> String {
        stoffel_syntax::to_json(self.diagnostics(), &|id| self.text(id))
    }

    /// The program.
    ///
    /// # Errors
    /// If it was rejected or has nothing to run.
    ///
    /// # Panics
    /// If the compiler made bytecode that its own verifier refuses: a defect of Stoffel, not of the program.
    pub fn program(&self) -> Result<Program, Error> {
        let file = self.files().next().unwrap_or_default().to_owned();
        if self.error_count() > 0 {
            return Err(Error::Rejected { file, errors: self.error_count(), report: self.report(false) });
        }
        let program = self.compilation.program.clone().ok_or(Error::NothingToRun { file })?;
        Ok(Program::from_compiler(program))
    }

    /// The tokens of the main file, one a line.
    #[must_use]
    pub fn emit_tokens(&self) -> String {
        stoffel_syntax::dump_tokens(self.main_text())
    }

    /// The syntax tree of the main file.
    #[must_use]
    pub fn emit_tree(&self) -> String {
        let parse = stoffel_syntax::parse(FileId(0), self.main_text());
        stoffel_syntax::dump_tree(&parse.syntax())
    }

    /// The typed program.
    #[must_use]
    pub fn emit_hir(&self) -> String {
        self.package.emit_hir(&self.options.lower())
    }

    /// The intermediate code after optimisation.
    #[must_use]
    pub fn emit_mir(&self) -> String {
        self.package.emit_mir(&self.options.lower())
    }

    fn main_text(&self) -> &str {
        self.package.sources().files.first().map_or("", |main| &main.text)
    }
}

/// A path relative to a folder above it, with `/`.
pub(crate) fn relative(path: &Path, root: &Path) -> String {
    let name = path.strip_prefix(root).unwrap_or(path);
    name.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The files below a folder: a project's, or those beside a program.
pub(crate) struct Folder {
    root: PathBuf,
    roots: Vec<String>,
}

impl Folder {
    /// Modules are looked for in the folder of the project's program, then in the project's own.
    pub(crate) fn new(root: &Path) -> Self {
        let source =
            Project::load(root).ok().and_then(|project| Some(relative(project.source.parent()?, Path::new(""))));
        let roots = source.into_iter().filter(|folder| !folder.is_empty()).chain([String::new()]).collect();
        Self { root: root.to_path_buf(), roots }
    }
}

impl Loader for Folder {
    fn load(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.root.join(path)).ok()
    }

    fn roots(&self) -> &[String] {
        &self.roots
    }
}

/// The bytes of a source file; what is not text in them is a finding of the compiler's.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read_source(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| Error::read(path, error))
}
