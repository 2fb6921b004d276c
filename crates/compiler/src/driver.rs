//! Sources in; bytecode or diagnostics out, stage by stage.

use stoffel_bytecode::Program;
use stoffel_syntax::{Diagnostic, Severity};

use crate::mir::Module;
use crate::{Compilation, Options, Package, Sources, codegen, hir, mir};

/// Stack of the compiling thread in bytes. Trees are as deep as the longest chain of left-associative operators, and each stage
/// walks them by recursion; address space that is not used costs nothing.
const STACK_BYTES: usize = 1 << 28;

impl Package {
    /// Compiles the program.
    #[must_use]
    pub fn compile(&self, options: &Options) -> Compilation {
        deep(|| {
            let (program, mut diagnostics) = crate::analysis::analyze_package(self, options);
            let sources = self.sources();
            let program = program.filter(|_| !rejected(&diagnostics)).and_then(|program| {
                match build(&program, sources, options) {
                    Ok(program) => program,
                    Err(errors) => {
                        diagnostics.extend(errors);
                        None
                    }
                }
            });
            diagnostics.sort_by_key(|diagnostic| diagnostic.span);
            Compilation { program, diagnostics }
        })
    }

    /// The text of the typed program; empty for a program with errors or nothing to run.
    #[must_use]
    pub fn emit_hir(&self, options: &Options) -> String {
        deep(|| {
            crate::analysis::analyze_package(self, options).0.map(|program| hir::dump(&program)).unwrap_or_default()
        })
    }

    /// The text of the MIR that code is made from; empty for a program with errors or nothing to run.
    #[must_use]
    pub fn emit_mir(&self, options: &Options) -> String {
        deep(|| {
            let (program, diagnostics) = crate::analysis::analyze_package(self, options);
            match program {
                Some(program) if !rejected(&diagnostics) => mir::dump(&lower(&program, options)),
                _ => String::new(),
            }
        })
    }
}

/// Compiles the program that is the first of some files ([`Package::of`]).
#[must_use]
pub fn compile(sources: &Sources, options: &Options) -> Compilation {
    Package::of(sources).compile(options)
}

/// [`Package::emit_mir`] of the first of some files.
#[must_use]
pub fn emit_mir(sources: &Sources, options: &Options) -> String {
    Package::of(sources).emit_mir(options)
}

/// [`Package::emit_hir`] of the first of some files.
#[must_use]
pub fn emit_hir(sources: &Sources, options: &Options) -> String {
    Package::of(sources).emit_hir(options)
}

fn rejected(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.code.severity() == Severity::Error)
}

fn lower(program: &hir::Program, options: &Options) -> Module {
    let mut module = mir::lower(program);
    if cfg!(debug_assertions) && crate::analysis::rule::all_on() {
        mir::check(&module);
    }
    if options.opt_level > 0 {
        mir::optimise(&mut module);
    }
    module
}

/// Bytecode of a typed program; `None` if it has nothing to run.
///
/// # Errors
/// E0422 for operations that the backend lacks, E0609 for what does not fit.
pub fn build(program: &hir::Program, sources: &Sources, options: &Options) -> Result<Option<Program>, Vec<Diagnostic>> {
    if program.entry.is_none() {
        return Ok(None);
    }
    let mut module = mir::lower(program);
    if let Some(backend) = options.backend {
        let errors = mir::unsupported(&module, backend);
        if !errors.is_empty() {
            return Err(errors);
        }
    }
    if cfg!(debug_assertions) && crate::analysis::rule::all_on() {
        mir::check(&module);
    }
    if options.opt_level > 0 {
        mir::optimise(&mut module);
    }
    codegen::generate(module, sources).map(Some).map_err(|error| vec![*error])
}

/// Runs on a thread whose stack holds the deepest trees.
pub(crate) fn deep<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    #[cfg(feature = "mutants")]
    let work = {
        let off = crate::analysis::rule::switched_off();
        move || {
            crate::analysis::rule::switch_off(off);
            work()
        }
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        let thread = thread.expect("a thread can be started");
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
