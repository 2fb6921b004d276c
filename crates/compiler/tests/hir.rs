//! The typed program of a source, as text, and what diagnostics say beside their codes.
//!
//! `BLESS=1` rewrites the expected texts beside the sources.

use std::path::Path;

use stoffel_compiler::{Options, SourceFile, Sources, analyze, hir};
use stoffel_syntax::{Code, Diagnostic, LineIndex};

fn analyse(text: &str, entry: Option<&str>) -> (Option<hir::Program>, Vec<Diagnostic>) {
    let sources = Sources { files: vec![SourceFile { name: "main.stfl".into(), text: text.into() }] };
    analyze(&sources, &Options { opt_level: 0, entry: entry.map(str::to_owned), backend: None })
}

/// The one diagnostic with this code.
fn only(text: &str, code: Code) -> Diagnostic {
    let (_, diagnostics) = analyse(text, None);
    let mut found = diagnostics.into_iter().filter(|found| found.code == code);
    let first = found.next().expect("the diagnostic");
    assert_eq!(found.next(), None, "one cause gives one error");
    first
}

#[test]
fn sources_lower_to_the_expected_programs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/hir");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder of cases").flatten().map(|e| e.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "stfl"));
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a readable case");
        let (program, diagnostics) = analyse(&text, None);
        let dump = hir::dump(&program.unwrap_or_else(|| panic!("{}: {diagnostics:#?}", file.display())));
        let expected = file.with_extension("hir");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&expected, &dump).expect("a writable expectation");
        }
        assert_eq!(dump, std::fs::read_to_string(&expected).unwrap_or_default(), "{}", file.display());
    }
}

#[test]
fn a_leak_shows_how_the_value_became_secret() {
    let text = "def scale(x): return x * 3\n\
                def main(n: secret int64):\n  var y = scale(n)\n  var z: int64 = y + 1\n";
    let found = only(text, Code::E0401);
    assert_eq!(
        found.message,
        "a `secret int64` would become a public `int64`: secret because 'n' is declared secret (line 2), \
         'scale' returns it (line 3), assigned to 'y' here (line 3), added here (line 4)"
    );
    assert_eq!(LineIndex::new(text).line(found.span.start), 4);
}

#[test]
fn an_error_of_an_instance_lists_the_calls_that_led_to_it() {
    let text = "def inner(x) -> int64: return x * 2\ndef outer(x): return inner(x)\n\
                def main(s: secret int64):\n  print(outer(1))\n  print(outer(s))\n";
    let found = only(text, Code::E0401);
    let lines = LineIndex::new(text);
    assert_eq!(lines.line(found.span.start), 1);
    assert!(found.message.contains("'s' is declared secret (line 3), passed to 'outer' here (line 5)"), "{found:#?}");
    let calls: Vec<u32> = found
        .labels
        .iter()
        .filter(|label| label.text.contains("is called with these types"))
        .map(|label| lines.line(label.span.start))
        .collect();
    assert_eq!(calls, [2, 5], "innermost first");
}

#[test]
fn misspelt_names_are_suggested() {
    for (text, code, near) in [
        ("var total = 1\nprint(totl)\n", Code::E0201, "did you mean `total`?"),
        ("print(lenn([1]))\n", Code::E0201, "did you mean `len`?"),
        ("var a: List[int64] = [1]\n", Code::E0202, "did you mean `list`?"),
        ("[1].apend(2)\n", Code::E0204, "did you mean `append`?"),
        ("def f(size: int64): pass\nf(sise: 1)\n", Code::E0309, "did you mean `size`?"),
    ] {
        assert_eq!(only(text, code).help.as_deref(), Some(near), "{text}");
    }
}

#[test]
fn conflicting_uses_are_listed() {
    let found = only("def f(a: int32, t: string):\n  var x = a\n  x = t\n", Code::E0305);
    assert_eq!(found.message, "no single type for `x`: its uses ask for `int32` (line 2), `string` (line 3)");
}

#[test]
fn any_function_without_open_types_can_be_the_entry() {
    let text = "def test_a(): assert 1 < 2\ndef main(n: int64, s: secret int64 from boss) -> secret int64 to boss: return s * n\n";
    let (program, _) = analyse(text, Some("test_a"));
    let entry = program.expect("a program").entry.expect("an entry");
    assert!(entry.inputs.is_empty() && entry.outputs.is_empty());
    let (program, _) = analyse(text, Some("main"));
    let entry = program.expect("a program").entry.expect("an entry");
    assert_eq!(entry.inputs.iter().map(|input| input.role.as_deref()).collect::<Vec<_>>(), [None, Some("boss")]);
    assert_eq!(entry.outputs[0].dest, hir::Dest::Role("boss".into()));
    let (program, diagnostics) = analyse(text, Some("test_b"));
    assert!(program.is_none());
    assert_eq!(diagnostics[0].help.as_deref(), Some("did you mean `test_a`?"));
}

#[test]
fn a_library_has_nothing_to_run() {
    let (program, diagnostics) = analyse("def f(n: int64) -> int64: return n\n", None);
    assert!(diagnostics.is_empty());
    assert!(program.is_none_or(|program| program.entry.is_none()));
}
