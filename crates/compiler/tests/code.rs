//! Programs in; facts about their MIR and bytecode that callers rely on.
//!
//! `tests/cases/mir/*.stfl` hold a program and, after a line `# mir`, its optimised MIR as comments; `BLESS=1` rewrites them.
//! Every run case of the workspace is compiled at both levels and verified. Not here: running them (the façade's tests do).

use std::fs;
use std::path::{Path, PathBuf};

use stoffel_bytecode::{Instr, Program, verify};
use stoffel_compiler::{BackendCaps, Compilation, Options, SourceFile, Sources, compile, emit_mir};
use stoffel_value::{BinOp, ScalarOp};

fn sources(text: &str) -> Sources {
    Sources { files: vec![SourceFile { name: "main.stfl".into(), text: text.into() }] }
}

fn options(opt_level: u8) -> Options {
    Options { opt_level, entry: None, backend: None }
}

fn compiled(text: &str, opt_level: u8) -> Compilation {
    compile(&sources(text), &options(opt_level))
}

/// The verified program of a text that has no errors.
fn program(text: &str, opt_level: u8) -> Program {
    let compilation = compiled(text, opt_level);
    let program = compilation.program.unwrap_or_else(|| panic!("no program: {:?}", compilation.diagnostics));
    verify(program.clone()).unwrap_or_else(|error| panic!("-O{opt_level}: {error}\n{text}"));
    program
}

fn codes(text: &str, options: &Options) -> Vec<(&'static str, String)> {
    let found = compile(&sources(text), options).diagnostics;
    found.into_iter().map(|one| (one.code.as_str(), one.message)).collect()
}

fn code(program: &Program) -> impl Iterator<Item = Instr> {
    program.functions.iter().flat_map(|function| function.code.iter().copied())
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> =
        fs::read_dir(&path).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "stfl"));
    files.sort();
    assert!(!files.is_empty(), "no cases in {}", path.display());
    files
}

#[test]
fn the_mir_of_the_cases_is_as_written() {
    let mut wrong = Vec::new();
    for file in cases("tests/cases/mir") {
        let text = fs::read_to_string(&file).unwrap();
        let source = text.split("# mir\n").next().unwrap_or_default();
        let mir = emit_mir(&sources(source), &options(2));
        assert!(!mir.is_empty(), "{} does not compile: {:?}", file.display(), compiled(source, 2).diagnostics);
        let lines: String =
            mir.trim_end().lines().map(|line| format!("# {line}").trim_end().to_owned() + "\n").collect();
        let blessed = format!("{source}# mir\n{lines}");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&file, blessed).unwrap();
        } else if blessed != text {
            wrong.push(format!("{}\n{mir}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "other MIR:\n{}", wrong.join("\n"));
}

#[test]
fn every_run_case_verifies_with_one_manifest_at_both_levels() {
    for file in cases("../../tests/cases/run") {
        let text = fs::read_to_string(&file).unwrap();
        if compiled(&text, 0).program.is_none() {
            continue;
        }
        let (plain, optimised) = (program(&text, 0), program(&text, 2));
        let rows = |program: &Program| -> Vec<_> {
            let ty = |id: u32| program.types[id as usize].clone();
            let one = |row: &stoffel_bytecode::Disclosure| {
                (row.kind, row.line, row.column, row.function.clone(), ty(row.ty), row.to.clone())
            };
            program.disclosures.iter().map(one).collect()
        };
        assert_eq!(rows(&plain), rows(&optimised), "{}", file.display());
        let interface = |program: &Program| -> Vec<_> {
            program.inputs.iter().map(|row| (row.name.clone(), row.role.clone(), row.each)).collect()
        };
        assert_eq!(interface(&plain), interface(&optimised), "{}", file.display());
    }
}

#[test]
fn two_builds_are_equal() {
    for file in cases("../../tests/cases/run") {
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(compiled(&text, 2).program, compiled(&text, 2).program, "{}", file.display());
    }
}

#[test]
fn a_turn_of_an_integer_loop_is_two_instructions() {
    let program = program("var x = 0\nfor i in 0..100000000: x += i\nprint(x)\n", 2);
    let code = &program.functions[0].code;
    assert!(code.iter().any(|instr| matches!(instr, Instr::LoopI64 { by: -1, .. })), "{}", program.to_text());
    // A loop that may not run at all is not entered.
    let program = self::program("var x = 0\nfor i in 5..5: x += i\nfor i in 0..3: x += i\nprint(x)\n", 0);
    let code = &program.functions[0].code;
    let turns = code.iter().filter(|instr| matches!(instr, Instr::LoopI64Imm { .. })).count();
    let tests = code.iter().filter(|instr| matches!(instr, Instr::JumpGeI64Imm { .. })).count();
    assert_eq!((turns, tests), (2, 2), "{}", program.to_text());
}

#[test]
fn openings_into_a_list_wait_for_nothing() {
    let text = "\
def opened(x: secret int64) -> int64: return x.reveal()
def main(a: secret int64 from x) -> int64:
  var out: list[int64] = []
  for i in 0..1000:
    var word = (a + i).reveal()
    if i % 2 == 0: out.append(word)
    out.append(opened(a - i))
  var slots = [0] * 1000
  for i in 0..1000: slots[i] = opened(a + i)
  var more = [(i, (a * i).reveal()) for i in 0..1000]
  return len(out) + len(more) + len(slots)
";
    for level in [0, 2] {
        let program = program(text, level);
        let awaits = code(&program).filter(|instr| matches!(instr, Instr::Await { .. })).count();
        assert_eq!(awaits, 0, "-O{level}\n{}", program.to_text());
    }
}

#[test]
fn each_reveal_stays_one_opening() {
    let text = "\
def main(a: secret int64 from x, n: int64) -> int64:
  var unused = a.reveal()
  if False: print(a.reveal())
  var twice = a.reveal() + a.reveal()
  return twice
";
    for level in [0, 2] {
        let program = program(text, level);
        let opens = code(&program).filter(|instr| matches!(instr, Instr::Open { .. })).count();
        assert_eq!(opens, 4, "-O{level}\n{}", program.to_text());
    }
}

#[test]
fn equal_secret_products_are_merged_and_traps_are_kept() {
    let text = "\
def main(a: secret fix64 from x, b: secret fix64 from x, n: int64) -> fix64:
  var unused = n + 1
  var c = a * b + 1
  var d = b * a + 2
  return (c + d).reveal()
";
    let program = program(text, 2);
    let products = code(&program).filter(|instr| matches!(instr, Instr::SBin { op: BinOp::Mul, .. })).count();
    assert_eq!(products, 1, "{}", program.to_text());
    let sums = code(&program).filter(|instr| matches!(instr, Instr::AddI64Imm { .. })).count();
    assert_eq!(sums, 1, "an unused sum may trap\n{}", program.to_text());
}

#[test]
fn operations_under_other_guards_are_not_merged() {
    let text = "\
def main(a: secret int8 from x, c: secret bool from x) -> int8:
  var guarded = a + a if c else a
  var plain = a + a
  return (guarded xor plain).reveal()
";
    let program = program(text, 2);
    let sums = code(&program).filter(|instr| matches!(instr, Instr::SBin { op: BinOp::Add, .. })).count();
    assert_eq!(sums, 2, "{}", program.to_text());
}

#[test]
fn an_operation_that_a_backend_lacks_is_named() {
    let backend = BackendCaps {
        name: "small",
        supports: |op, public| !matches!(op, ScalarOp::Binary(BinOp::Div, _)) || public[1],
    };
    let with = Options { opt_level: 2, entry: None, backend: Some(backend) };
    let text = "def main(a: secret fix64 from x) -> fix64:\n  var b = a / 2\n  return (b / a).reveal()\n";
    let found = codes(text, &with);
    let [(code, message)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(*code, "E0422");
    assert_eq!(message, "the backend `small` has no operation `/` of secret fix64 and secret fix64");
}

#[test]
fn what_does_not_fit_the_bytecode_is_an_error() {
    let items: Vec<String> = (0..66_000).map(|item| (100_000 + item).to_string()).collect();
    let text = format!("var xs = [{}]\nprint(len(xs))\n", items.join(", "));
    let found = codes(&text, &options(0));
    let [(code, message)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(*code, "E0609");
    assert!(message.contains("constants"), "{message}");
}

#[test]
fn long_chains_of_operators_compile() {
    let text = format!("var x = 1\nprint(x{})\n", " + x".repeat(5_000));
    program(&text, 0);
    program(&text, 2);
}

#[test]
fn a_fused_jump_that_does_not_reach_goes_over_a_plain_one() {
    let body = "  s = s +% i\n  s = s ^ 7\n".repeat(18_000);
    let text = format!("var s = 1\nfor i in 0..2:\n{body}print(s)\n");
    let program = program(&text, 0);
    let over = code(&program).filter(|instr| matches!(instr, Instr::JumpGeI64Imm { by: 2, .. })).count();
    assert_eq!(over, 1);
}
