//! Programs with their diagnostics declared inline: the files in `cases/`, and every block of the language reference.

#![allow(clippy::unwrap_used, reason = "a failed helper fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use stoffel_syntax::{Code, FileId, LineIndex, Severity, parse};

/// Codes by 1-based line.
type Found = BTreeMap<u32, BTreeSet<Code>>;

/// What the comments of a text declare, of the codes that the parser gives.
fn declared(text: &str, lines_before: u32) -> Found {
    let mut found = Found::new();
    for (line, content) in (1..).zip(text.lines()) {
        for part in content.split('#').map(str::trim) {
            let (line, codes) = if let Some(rest) = part.strip_prefix("error ") {
                let Some((code, line)) = rest.split_once(" at line ") else { continue };
                (line.parse::<u32>().unwrap() - lines_before, code)
            } else if let Some(codes) = part.strip_prefix("error: ").or(part.strip_prefix("warn: ")) {
                (line, codes)
            } else {
                continue;
            };
            let codes = codes.split(',').map(|code| Code::parse(code.trim()).unwrap());
            found.entry(line).or_default().extend(codes.filter(|&code| is_syntactic(code)));
        }
    }
    found.retain(|_, codes| !codes.is_empty());
    found
}

fn is_syntactic(code: Code) -> bool {
    code.as_str().starts_with("E01") || matches!(code, Code::E0402 | Code::W0103 | Code::W0104)
}

/// What the parser reports; each code once per line.
fn reported(text: &str) -> Found {
    let parse = parse(FileId(0), text);
    assert_eq!(parse.syntax().text().to_string(), text, "the tree is lossless");
    let lines = LineIndex::new(text);
    let mut found = Found::new();
    for diagnostic in &parse.diagnostics {
        found.entry(lines.line(diagnostic.span.start)).or_default().insert(diagnostic.code);
    }
    found
}

/// The lines on which declared and reported codes differ, in words.
fn differences(text: &str, declared: &Found, reported: &Found) -> Vec<String> {
    let lines: BTreeSet<_> = declared.keys().chain(reported.keys()).collect();
    lines
        .into_iter()
        .filter(|line| declared.get(line) != reported.get(line))
        .map(|line| {
            let source = text.lines().nth(*line as usize - 1).unwrap_or("");
            format!("{line}: reported {:?} for: {source}", reported.get(line).into_iter().flatten().collect::<Vec<_>>())
        })
        .collect()
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

#[test]
fn cases_report_what_they_declare() {
    let mut wrong = Vec::new();
    for path in files("tests/cases", "stfl") {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let differences = differences(&text, &declared(&text, 0), &reported(&text));
        wrong.extend(differences.into_iter().map(|line| format!("{name}:{line}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_syntax_code_has_a_case() {
    let mut covered: BTreeSet<Code> = BTreeSet::new();
    for path in files("tests/cases", "stfl") {
        let text = std::fs::read_to_string(&path).unwrap();
        covered.extend(declared(&text, 0).into_values().flatten());
    }
    // Tabs and deep nesting are written by programs: `layout.rs`, `robustness.rs`.
    covered.extend([Code::E0102, Code::E0117]);
    let missing: Vec<_> = Code::ALL.iter().filter(|&&code| is_syntactic(code) && !covered.contains(&code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The `stoffel` blocks of a Markdown text, each with the line before it.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        match &mut open {
            None if line == "```stoffel" => open = Some((index + 1, String::new())),
            None => {}
            Some(_) if line == "```" => blocks.extend(open.take()),
            Some((_, block)) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    blocks
}

#[test]
fn blocks_of_the_reference_report_what_they_declare() {
    let mut wrong = Vec::new();
    let mut n_blocks = 0;
    let pages = files("../../docs", "md").into_iter().chain(files("../../docs/language", "md"));
    for path in pages {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for (start, block) in blocks(&std::fs::read_to_string(&path).unwrap()) {
            n_blocks += 1;
            // `# file:` starts another file; its own line belongs to it.
            let mut before = 0u32;
            for file in split_files(&block) {
                let differences = differences(&file, &declared(&file, before), &reported(&file));
                let place = start + before as usize;
                wrong.extend(differences.into_iter().map(|line| format!("{name}:{place} + {line}")));
                before += u32::try_from(file.lines().count()).unwrap();
            }
        }
    }
    assert!(n_blocks > 30, "{n_blocks} blocks found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn split_files(block: &str) -> Vec<String> {
    let mut files = vec![String::new()];
    for line in block.split_inclusive('\n') {
        if line.starts_with("# file:") {
            files.push(String::new());
        }
        files.last_mut().unwrap().push_str(line);
    }
    files
}

#[test]
fn a_statement_gets_one_unexpected_token_at_most() {
    for path in files("tests/cases", "stfl") {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = LineIndex::new(&text);
        let mut seen = BTreeSet::new();
        for found in parse(FileId(0), &text).diagnostics {
            if found.code == Code::E0110 {
                let line = lines.line(found.span.start);
                assert!(seen.insert(line), "{}:{line}: two E0110", path.display());
            }
            assert!(!found.message.is_empty() && found.span.start <= found.span.end);
            assert!(found.code.severity() == Severity::Error || found.code.as_str().starts_with('W'));
        }
    }
}
