//! What comments cannot declare: tabs, line ends, byte-order marks, bytes that are not UTF-8, line and column.

#![allow(clippy::unwrap_used, reason = "a failed helper fails its test")]

use stoffel_syntax::{Code, FileId, LineCol, LineIndex, Parse, dump_tokens, parse, parse_bytes, parse_std};

/// Codes with their lines.
fn codes(parse: &Parse) -> Vec<(&'static str, u32)> {
    let lines = LineIndex::new(&parse.syntax().text().to_string());
    parse.diagnostics.iter().map(|found| (found.code.as_str(), lines.line(found.span.start))).collect()
}

fn check(text: &str, expected: &[(&str, u32)]) {
    let parse = parse(FileId(0), text);
    assert_eq!(parse.syntax().text().to_string(), text);
    assert_eq!(codes(&parse), expected, "{text:?}");
}

#[test]
fn a_tab_before_a_statement_is_rejected_once_and_the_block_stays() {
    check("if x:\n\ty = 1\n\tz = 2\nw = 3\n", &[("E0102", 2), ("E0102", 3)]);
    check("if x:\n  \ty = 1\n  z = 2\n", &[("E0102", 2)]);
    check("if x:\n  y = 1\n\tz = 2\nw = 1\n", &[("E0102", 3)]);
    check("\tx = 1\n", &[("E0102", 1)]);
    let nested = "def f():\n  if x:\n\ty = 1\n    z = 2\n  w = 1\n";
    check(nested, &[("E0102", 3)]);
}

#[test]
fn tabs_elsewhere_are_blanks() {
    check("x\t=\t1\n\t\n\t# comment\ny = (1,\n\t2)\n", &[]);
}

#[test]
fn line_ends_are_lf_or_crlf() {
    check("if x:\r\n  y = 1\r\n# c\r\nz = \"\"\"a\r\nb\"\"\"\r\n", &[]);
    check("x = 1", &[]);
    check("if x:\n  y", &[]);
    check("x = 1\ry = 2\n", &[("E0101", 1)]);
    check("# comment \r more\nx = \"a\rb\"\n", &[("E0101", 1), ("E0101", 2)]);
    check("x = 1\r\r\n", &[("E0101", 1)]);
    check("x = \"open\r\ny = 2\r\n", &[("E0107", 1)]);
    check("x = f\"{y\r\ny = 2\r\n", &[("E0108", 1)]);
    check("x = $\r\ny = f\"{z:>4\r\n", &[("E0101", 1), ("E0108", 2)]);
}

#[test]
fn crlf_reads_as_lf_in_text() {
    let parse = parse(FileId(0), "'''a\r\nb'''\r\n");
    assert_eq!(parse.tree().doc().unwrap().value(), "a\nb");
}

#[test]
fn a_byte_order_mark_is_ignored_at_the_start_only() {
    check("\u{FEFF}x = 1\ny = 2\n", &[]);
    check("\u{FEFF}if x:\n  y = 2\n", &[]);
    check("x = \u{FEFF} 1\n", &[("E0101", 1)]);
}

#[test]
fn bidirectional_controls_are_rejected_everywhere() {
    check("# \u{202E}\nx = \"\u{2066}\"\ny = 1 \u{200F}\n", &[("E0101", 1), ("E0101", 2), ("E0101", 3)]);
}

#[test]
fn control_characters_and_odd_blanks_start_no_token() {
    check("x = 1\u{0C}\n", &[("E0101", 1)]);
    check("x =\u{A0}1\n", &[("E0101", 1)]);
    check("\0\n", &[("E0101", 1)]);
}

#[test]
fn bytes_that_are_no_utf8_are_rejected_where_they_stand() {
    let parse = parse_bytes(FileId(0), b"x = 1\ny = \xFF\xFE 2\nz = \"\xC3\"\n");
    assert_eq!(codes(&parse), [("E0101", 2), ("E0101", 3)]);
    assert_eq!(parse_bytes(FileId(0), "é = 1\n".as_bytes()).diagnostics, []);
}

#[test]
fn an_unclosed_text_is_reported_at_its_opening_quotes() {
    check("x = 1\ny = \"\"\"a\nb\nc\n", &[("E0107", 2)]);
    check("y = f'''a {x}\nb\n", &[("E0107", 1)]);
    check("y = f'''a {x\nb\n", &[("E0108", 1)]);
    check("y = f\"{f'''{x\nz = 1\n", &[("E0108", 1)]);
    check("y = f\"{f'a", &[("E0107", 1)]);
    check("y = \"a\\", &[("E0107", 1)]);
    check("y = f\"a\\", &[("E0107", 1)]);
    check("y = f\"{\"", &[("E0108", 1)]);
}

#[test]
fn empty_files_are_modules() {
    for text in ["", "\n", "# comment", "\u{FEFF}", "  \n\t\n", "\r\n"] {
        check(text, &[]);
    }
}

#[test]
fn a_module_begins_in_column_one() {
    check("  x = 1\n  y = 2\nz = 3\n", &[("E0103", 1)]);
}

#[test]
fn declarations_of_the_library_are_not_warned() {
    let text = "builtin type A\ndef f() -> int64 {.builtin: \"f\".}:\n";
    assert_eq!(codes(&parse(FileId(0), text)), [("W0103", 1), ("W0103", 2)]);
    assert_eq!(parse_std(FileId(0), text).diagnostics, []);
}

#[test]
fn an_error_at_the_end_of_a_line_is_shown_behind_its_last_token() {
    let text = "x = 1 +   # comment\ny = 2\n";
    let found = &parse(FileId(0), text).diagnostics[0];
    assert_eq!((found.code, found.span.start, found.span.end), (Code::E0110, 7, 7));
}

#[test]
fn columns_count_characters() {
    let index = LineIndex::new("aé€𝄞b\nxy\r\n");
    assert_eq!(index.line_col(0), LineCol { line: 1, column: 1 });
    assert_eq!(index.line_col(10), LineCol { line: 1, column: 5 });
    assert_eq!(index.line_col(12), LineCol { line: 2, column: 1 });
    assert_eq!(index.line_col(999), LineCol { line: 3, column: 1 });
    assert_eq!(index.n_lines(), 3);
    for (byte, _) in "aé€𝄞b\nxy\r\n".char_indices() {
        let byte = u32::try_from(byte).unwrap();
        assert_eq!(index.byte(index.line_col(byte)), byte);
    }
    assert_eq!(index.byte(LineCol { line: 1, column: 99 }), 11);
    assert_eq!(index.byte(LineCol { line: 9, column: 1 }), 16);
}

#[test]
fn token_dumps_show_what_the_parser_sees() {
    let dump = dump_tokens("x = f\"{y:>3}\"  # c\n\n");
    let expected = "\
Ident 0..1 \"x\"
Eq 2..3 \"=\"
FStart 4..6 \"f\\\"\"
HoleOpen 6..7 \"{\"
Ident 7..8 \"y\"
HoleColon 8..9 \":\"
FormatSpec 9..11 \">3\"
HoleClose 11..12 \"}\"
FEnd 12..13 \"\\\"\"
Comment 15..18 \"# c\"
Newline 18..19 \"\\n\"
";
    assert_eq!(dump, expected);
}
