//! The project's own programs out: blocks of the language reference, cases, examples and the library.

use std::fs;
use std::path::{Path, PathBuf};

/// Every program of the project, in the order of their paths.
pub(crate) fn programs() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut programs = Vec::new();
    for folder in ["crates/compiler/tests/cases", "crates/syntax/tests/cases", "docs", "examples", "std", "tests/cases"]
    {
        let mut files = Vec::new();
        collect(&root.join(folder), &mut files);
        files.sort();
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            match file.extension().and_then(|name| name.to_str()) {
                Some("stfl") => programs.extend(text.split("# ---\n").map(str::to_owned)),
                Some("md") => programs.extend(blocks(&text)),
                _ => {}
            }
        }
    }
    // Texts of the parser's own cases may be as long as they like; a mutant of them would mostly be one of its first lines.
    programs.retain(|text| (20..8_000).contains(&text.len()));
    assert!(programs.len() > 300, "{} programs", programs.len());
    programs
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// The programs of a Markdown file.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(language)) if language.starts_with("stoffel") => block = Some(String::new()),
            (Some(_), Some(_)) => blocks.extend(block.take()),
            (Some(block), None) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, _) => {}
        }
    }
    blocks
}

/// A program of `n` functions of ten lines that are all used.
pub(crate) fn functions(n: usize) -> String {
    let mut text = String::new();
    for at in 0..n {
        text += &format!(
            "def total{at}(xs: list[secret int64], n: int64) -> secret int64:\n  var sum: secret int64 = 0\n  for i in 0..n:\n    \
             if xs[i] > {at}:\n      sum += xs[i]\n    else:\n      sum -= i\n  return sum\n\n"
        );
    }
    text += "def main(xs: list[secret int64] from owner, n: int64) -> int64:\n  var all: secret int64 = 0\n";
    for at in 0..n {
        text += &format!("  all += total{at}(xs, n)\n");
    }
    text + "  return all.reveal()\n"
}
