//! A text in; bytecode, or findings by line, or the panic that stopped the compiler, out.

use std::panic::{AssertUnwindSafe, catch_unwind};

use stoffel_bytecode::Program;
use stoffel_compiler::{Options, Package, SourceFile, Sources};
use stoffel_syntax::{LineIndex, Severity};

/// An error of the compiler.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Finding {
    /// Line, from 1.
    pub line: u32,
    /// Code.
    pub code: String,
    /// What it says.
    pub message: String,
}

/// What became of a text.
#[derive(Clone, Debug)]
pub enum Compiled {
    /// Code.
    Accepted(Box<Program>),
    /// Errors, by line; none if there is nothing to run.
    Rejected(Vec<Finding>),
    /// The compiler's own checks have failed.
    Panicked(String),
}

/// Compiles a program of one file.
#[must_use]
pub fn compile(text: &str, opt_level: u8) -> Compiled {
    let sources = Sources { files: vec![SourceFile { name: "main.stfl".to_owned(), text: text.to_owned() }] };
    let options = Options { opt_level, entry: None, backend: None };
    let work = AssertUnwindSafe(|| Package::of(&sources).compile(&options));
    let compilation = match quietly(|| catch_unwind(work)) {
        Ok(compilation) => compilation,
        Err(panic) => return Compiled::Panicked(panic_text(panic.as_ref())),
    };
    let index = LineIndex::new(text);
    let errors = compilation.diagnostics.iter().filter(|one| one.code.severity() == Severity::Error);
    let mut findings: Vec<Finding> = errors
        .map(|one| Finding {
            line: if one.span.file.0 == 0 { index.line(one.span.start) } else { 0 },
            code: one.code.as_str().to_owned(),
            message: one.message.clone(),
        })
        .collect();
    findings.sort();
    match compilation.program {
        Some(program) if findings.is_empty() => Compiled::Accepted(Box::new(program)),
        _ => Compiled::Rejected(findings),
    }
}

/// The words of a panic.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").to_owned()
}

/// Runs without printing the panics that are caught: those of a mutant are expected by the hundred.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> T {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let shown = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.load(std::sync::atomic::Ordering::Relaxed) {
                shown(info);
            }
        }));
    });
    QUIET.store(true, std::sync::atomic::Ordering::Relaxed);
    let result = work();
    QUIET.store(false, std::sync::atomic::Ordering::Relaxed);
    result
}

static QUIET: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
