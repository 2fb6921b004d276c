//! Which program a command means: a named file, or the project here.

use std::path::{Path, PathBuf};

use stoffel::{Analysis, Backend, CompileOptions, Error, Program, Project};

use crate::args::ProgramArgs;

/// A program to work on.
pub(crate) struct Target {
    /// The source or bytecode file.
    pub file: PathBuf,
    /// What names in messages are relative to.
    pub root: PathBuf,
    /// The project, if the file is its source or no file was named.
    pub project: Option<Project>,
}

impl Target {
    /// The file named, or the source of the project in the current folder.
    ///
    /// # Errors
    /// If no file is named and there is no project here.
    pub(crate) fn find(args: &ProgramArgs) -> Result<Self, Error> {
        match &args.file {
            Some(file) => {
                let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                let project = Project::find(folder).ok().filter(|project| same_file(&project.source_path(), file));
                let root = project.as_ref().map_or_else(|| folder.to_path_buf(), |project| project.root.clone());
                let file = project.as_ref().map_or_else(|| file.clone(), Project::source_path);
                Ok(Self { file, root, project })
            }
            None => {
                let project = Project::find(Path::new("."))?;
                Ok(Self { file: project.source_path(), root: project.root.clone(), project: Some(project) })
            }
        }
    }

    /// Whether the file is compiled bytecode.
    pub(crate) fn is_bytecode(&self) -> bool {
        self.file.extension().is_some_and(|extension| extension == "stflb")
    }

    /// Compiles the source.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn analyse(&self, args: &ProgramArgs, backend: Option<Backend>) -> Result<Analysis, Error> {
        let options = CompileOptions { opt_level: args.opt_level, entry: args.entry.clone(), backend };
        Analysis::of_file(&self.file, &self.root, &options)
    }

    /// The program: loaded if it is bytecode, else compiled, warnings on stderr.
    ///
    /// # Errors
    /// If it cannot be read, is damaged, or is rejected.
    pub(crate) fn program(&self, args: &ProgramArgs, backend: Option<Backend>) -> Result<Program, Error> {
        if self.is_bytecode() {
            return Program::load(&self.file);
        }
        let analysis = self.analyse(args, backend)?;
        if analysis.error_count() == 0 {
            eprint!("{}", analysis.report(crate::color()));
        }
        analysis.program()
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
