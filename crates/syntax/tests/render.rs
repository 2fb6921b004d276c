//! Diagnostics as people and tools get them.

#![allow(clippy::unwrap_used, reason = "a failed helper fails its test")]

use stoffel_syntax::{Code, Diagnostic, FileId, Span, parse, render, to_json};

const MAIN: &str = "var é = 1\nvar y = (2\nvar z = 3\n\n\n\n\nprint(é)\n";
const OTHER: &str = "def f(): pass\n";

fn file(id: FileId) -> (&'static str, &'static str) {
    if id == FileId(0) { ("main.stfl", MAIN) } else { ("other.stfl", OTHER) }
}

fn span(file: u32, start: u32, end: u32) -> Span {
    Span { file: FileId(file), start, end }
}

#[test]
fn excerpts_show_place_labels_and_help() {
    let found = Diagnostic::new(Code::E0401, span(0, 42, 44), "secret would become public")
        .label(span(0, 4, 6), "declared here")
        .label(span(1, 4, 5), "passed to `f` here")
        .help("call `reveal()`");
    let expected = "\
error[E0401]: secret would become public
 --> main.stfl:8:7
  |
1 | var é = 1
  |     - declared here
...
8 | print(é)
  |       ^
  |
 ::: other.stfl:1:5
  |
1 | def f(): pass
  |     - passed to `f` here
  |
  = help: call `reveal()`

";
    assert_eq!(render(std::slice::from_ref(&found), &file, false), expected);
    let colored = render(&[found], &file, true);
    assert!(colored.contains("\u{1b}[") && colored.contains("E0401"));
}

#[test]
fn json_has_every_field_of_a_finding() {
    let diagnostics = parse(FileId(0), MAIN).diagnostics;
    let json: serde_json::Value = serde_json::from_str(&to_json(&diagnostics, &file)).unwrap();
    let expected = serde_json::json!([{
        "severity": "error",
        "code": "E0109",
        "file": "main.stfl",
        "line": 2,
        "column": 9,
        "end_line": 2,
        "end_column": 10,
        "message": "`(` is not closed",
        "labels": [],
        "help": null,
    }]);
    assert_eq!(json, expected);
    let warning = Diagnostic::new(Code::W0101, span(0, 4, 6), "m").label(span(1, 4, 5), "t").help("h");
    let json: serde_json::Value = serde_json::from_str(&to_json(&[warning], &file)).unwrap();
    assert_eq!(json[0]["severity"], "warning");
    assert_eq!(json[0]["end_column"], 6, "columns count characters");
    assert_eq!(json[0]["help"], "h");
    let label = serde_json::json!({
        "file": "other.stfl", "line": 1, "column": 5, "end_line": 1, "end_column": 6, "text": "t",
    });
    assert_eq!(json[0]["labels"][0], label);
}

#[test]
fn nothing_found_is_nothing_drawn() {
    assert_eq!(render(&[], &file, true), "");
    assert_eq!(to_json(&[], &file), "[]");
}

#[test]
fn spans_beyond_the_text_are_cut() {
    for (start, end) in [(0, 9_999), (5, 5), (9_999, 9_999), (6, 2), (4, 5)] {
        let found = Diagnostic::new(Code::E0110, span(0, start, end), "m").label(span(0, end, start), "t");
        assert!(render(&[found], &file, false).contains("main.stfl"));
    }
}
