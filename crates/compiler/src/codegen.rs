//! MIR in; a bytecode program out, or why it does not fit one.
//!
//! Per function: fuse and split (`prepare`), order blocks (`layout`), find live ranges (`live`), give registers (`alloc`), write code (`emit`).
//! Registers are typed for a whole function, so allocation is by bank and type. Every step is near linear in the code.
//! Not here: the program's meaning (`mir`).

mod alloc;
mod code;
mod emit;
mod layout;
mod live;
mod manifest;
mod moves;
mod prepare;

use stoffel_bytecode::{Program, needs, type_fits};
use stoffel_syntax::{Code, Diagnostic, Span};

use crate::Sources;
use crate::mir::{self, Module};
use manifest::Places;

/// Makes bytecode of a module.
///
/// # Errors
/// E0609 where a table of the bytecode cannot hold what the program needs.
pub(crate) fn generate(mut module: Module, sources: &Sources) -> Result<Program, Box<Diagnostic>> {
    let places = Places::new(sources);
    let mut program = Program { debug: places.debug(), ..Program::default() };
    for function in &mut module.functions {
        prepare::prepare(function);
    }
    if cfg!(debug_assertions) {
        mir::check(&module);
    }
    for at in 0..module.functions.len() {
        let function = &module.functions[at];
        let code = emit::emit(function, &mut module.tables)?;
        for span in &code.spans {
            let (span, call) = module.tables.inlined.resolve(*span);
            let site = mir::index(program.debug.spans.len());
            program.debug.frames.extend(call.map(|call| (site, call)));
            program.debug.spans.push(places.line_span(span));
        }
        program.functions.push(code.function);
    }
    let span = module.entry.map_or_else(Span::default, |entry| module.functions[entry.idx()].span);
    manifest::fill(&mut program, module, &places);
    for (what, len) in [
        ("types", program.types.len()),
        ("disclosures", program.disclosures.len()),
        ("objects", program.objects.len()),
        ("reads of positional inputs", program.slots.len()),
    ] {
        fits(what, len, span)?;
    }
    if program.types.iter().any(|ty| !type_fits(ty)) {
        let text = "a type of this program has too many parts or is nested too deep";
        return Err(Box::new(Diagnostic::new(Code::E0609, span, text)));
    }
    program.needs = needs(&program);
    Ok(program)
}

/// Checks a count against 16-bit fields, of which the last value is a mark.
fn fits(what: &str, len: usize, span: Span) -> Result<(), Box<Diagnostic>> {
    const MOST: usize = u16::MAX as usize;
    if len < MOST {
        return Ok(());
    }
    let text = format!("this needs {len} {what}, and a program can have {} of them", MOST - 1);
    let advice = "split large functions, and build long displays in a loop";
    Err(Box::new(Diagnostic::new(Code::E0609, span, text).help(advice)))
}
