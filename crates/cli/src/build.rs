//! `check` and `build`: a program in, diagnostics, a stage of its compilation, or bytecode out.

use std::path::PathBuf;

use stoffel::{Backend, Error, Manifest};

use crate::args::{BuildArgs, CheckArgs, Emit};
use crate::target::Target;

/// Reports diagnostics; 1 if the program is rejected.
///
/// # Errors
/// If the program cannot be read.
pub(crate) fn check(args: &CheckArgs) -> Result<u8, Error> {
    let backend = args.backend.as_deref().map(Backend::parse).transpose()?;
    let target = Target::find(&args.program)?;
    if target.is_bytecode() {
        let program = stoffel::Program::load(&target.file)?;
        if args.manifest {
            print_manifest(args, &program);
            return Ok(0);
        }
        println!("{}", if args.json { "[]".to_owned() } else { format!("ok: program {}", program.hash()) });
        return Ok(0);
    }
    let analysis = target.analyse(&args.program, backend)?;
    if args.manifest && analysis.error_count() == 0 {
        eprint!("{}", analysis.report(crate::color()));
        print_manifest(args, &analysis.program()?);
    } else if args.json {
        println!("{}", analysis.to_json());
    } else {
        eprint!("{}", analysis.report(crate::color()));
        if analysis.error_count() == 0 {
            println!("ok: {}", target.file.display());
        }
    }
    Ok(u8::from(analysis.error_count() > 0))
}

fn print_manifest(args: &CheckArgs, program: &stoffel::Program) {
    let manifest = Manifest::of(program);
    if args.json { println!("{}", manifest.to_json()) } else { print!("{}", manifest.text()) }
}

/// Writes bytecode or prints a stage.
///
/// # Errors
/// If the program cannot be read, is rejected, or the result cannot be written.
pub(crate) fn build(args: &BuildArgs) -> Result<u8, Error> {
    let target = Target::find(&args.program)?;
    if let Some(stage) = args.emit {
        print!("{}", emit(&target, args, stage)?);
        return Ok(0);
    }
    let program = target.program(&args.program, None)?;
    let output = args.output.clone().unwrap_or_else(|| default_output(&target));
    program.save(&output)?;
    if args.json {
        println!("{}", serde_json::json!({ "file": output, "program": program.hash() }));
    } else {
        println!("{}  program {}", output.display(), program.hash());
    }
    Ok(0)
}

fn emit(target: &Target, args: &BuildArgs, stage: Emit) -> Result<String, Error> {
    if target.is_bytecode() {
        return match stage {
            Emit::Bytecode => Ok(stoffel::Program::load(&target.file)?.to_text()),
            _ => Err(Error::Usage("a .stflb file holds bytecode only: use --emit bytecode".to_owned())),
        };
    }
    let analysis = target.analyse(&args.program, None)?;
    Ok(match stage {
        Emit::Tokens => analysis.emit_tokens(),
        Emit::Tree => analysis.emit_tree(),
        Emit::Hir if analysis.error_count() == 0 => analysis.emit_hir(),
        Emit::Mir if analysis.error_count() == 0 => analysis.emit_mir(),
        _ => analysis.program()?.to_text(),
    })
}

fn default_output(target: &Target) -> PathBuf {
    match &target.project {
        Some(project) => project.root.join(&project.target_dir).join(format!("{}.stflb", project.name)),
        None => target.file.with_extension("stflb"),
    }
}
