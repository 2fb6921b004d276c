//! Programs with `# error: CODE` and `# warn: CODE` on their lines: the analysis reports exactly these errors there.
//!
//! A file may hold several programs, separated by lines `# ---`. Warnings that are not declared are ignored.

use std::collections::BTreeSet;
use std::path::Path;

use stoffel_compiler::{Options, SourceFile, Sources, analyze};
use stoffel_syntax::{LineIndex, Severity};

/// Lines (from 1) with codes.
type Found = BTreeSet<(u32, String)>;

fn declared(text: &str) -> (Found, Found) {
    let mut errors = Found::new();
    let mut warnings = Found::new();
    for (line, content) in (1..).zip(text.lines()) {
        for (word, out) in [("# error: ", &mut errors), ("# warn: ", &mut warnings)] {
            for rest in content.split(word).skip(1) {
                let codes = rest.split('#').next().unwrap_or("");
                out.extend(codes.split(',').map(|code| (line, code.trim().to_owned())));
            }
        }
        if let Some(rest) = content.trim().strip_prefix("# error ")
            && let Some((code, at)) = rest.split_once(" at line ")
        {
            errors.insert((at.trim().parse().expect("a line number"), code.to_owned()));
        }
    }
    (errors, warnings)
}

/// Runs the analysis; gives what it found beside what is declared, if they differ.
fn check(name: &str, text: &str) -> Result<(), String> {
    let sources = Sources { files: vec![SourceFile { name: "main.stfl".into(), text: text.into() }] };
    let options = Options { opt_level: 0, entry: None, backend: None };
    let (program, diagnostics) = analyze(&sources, &options);
    let lines = LineIndex::new(text);
    let mut errors = Found::new();
    let mut warnings = Found::new();
    let mut shown = String::new();
    for found in &diagnostics {
        let line = lines.line(found.span.start);
        shown += &format!("  {line}: {} {}\n", found.code.as_str(), found.message);
        let out = if found.code.severity() == Severity::Error { &mut errors } else { &mut warnings };
        out.insert((line, found.code.as_str().to_owned()));
    }
    let (want_errors, want_warnings) = declared(text);
    let library = !text.contains("def main") && text.lines().all(|line| !line.starts_with(['p', 'v']));
    if errors == want_errors
        && want_warnings.is_subset(&warnings)
        && (library || program.is_some() == errors.is_empty())
    {
        return Ok(());
    }
    let missing: Vec<_> = want_errors.difference(&errors).chain(want_warnings.difference(&warnings)).collect();
    let extra: Vec<_> = errors.difference(&want_errors).collect();
    Err(format!("{name}: missing {missing:?}, extra {extra:?}, program {}\n{shown}", program.is_some()))
}

#[test]
fn cases_are_reported_as_declared() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/check");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder of cases").flatten().map(|e| e.path()).collect();
    files.sort();
    let mut failures = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a readable case");
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        for (at, program) in text.split("# ---\n").enumerate() {
            failures.extend(check(&format!("{name}[{at}]"), program).err());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
