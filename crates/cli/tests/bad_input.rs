//! Bad input gets a clear answer: what, where, and what to do.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use support::{program, stoffel};

const ROWS: &str = "def main(rows: list[list[secret fix64]] from lab, n: int64 = 2) -> fix64:\n  return sum([r[0] for r in rows]).reveal()\n";

/// Runs ROWS with a CSV file and gives the error text; the exit code is 2.
fn refused(csv: &str) -> String {
    let folder = program(ROWS);
    std::fs::write(folder.path().join("rows.csv"), csv).unwrap();
    let ran = stoffel(folder.path(), &["run", "p.stfl", "--input", "lab.rows=@rows.csv"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    ran.err
}

#[test]
fn csv_errors_name_file_row_and_column() {
    let text = refused("1.5,2\n3,abc\n");
    assert!(text.contains("rows.csv, row 2, column 2") && text.contains("abc"), "{text}");
    let text = refused("1.5,2\n3\n");
    assert!(text.contains("row 2") && text.contains("1 cells where row 1 has 2"), "{text}");
    let text = refused("1.5,2\n3,\n");
    assert!(text.contains("row 2, column 2") && text.contains("empty"), "{text}");
    let text = refused("1e40,2\n");
    assert!(text.contains("row 1, column 1"), "{text}");
}

#[test]
fn good_csv_is_taken() {
    let folder = program(ROWS);
    std::fs::write(folder.path().join("rows.csv"), "1.5,2\n3,4\n").unwrap();
    let ran = stoffel(folder.path(), &["run", "p.stfl", "--input", "lab.rows=@rows.csv"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "result: 4.5\n"), "{}", ran.err);
}

#[test]
fn missing_unknown_repeated_and_ill_typed_inputs_are_named() {
    let folder = program("def main(a: secret int8 from ada, n: int64) -> int64: return int64(a.reveal()) + n\n");
    let refuse = |args: &[&str], words: &[&str]| {
        let ran = stoffel(folder.path(), &[&["run", "p.stfl"][..], args].concat());
        assert_eq!(ran.code, 2, "{args:?}: {}{}", ran.out, ran.err);
        for word in words {
            assert!(ran.err.contains(word), "{args:?}: `{word}` is missing in {}", ran.err);
        }
    };
    refuse(&["--input", "n=1"], &["ada.a", "no value was given"]);
    refuse(&["--input", "ada.a=1"], &["n", "no value was given"]);
    refuse(&["--input", "ada.a=1", "--input", "m=1"], &["unknown input `m`"]);
    refuse(&["--input", "adda.a=1", "--input", "n=1"], &["unknown role `adda`", "did you mean `ada`?"]);
    refuse(&["--input", "a=1", "--input", "n=1"], &["did you mean `ada.a`?"]);
    refuse(&["--input", "ada.a=1", "--input", "ada.a=2", "--input", "n=1"], &["given twice"]);
    refuse(&["--input", "ada.a=300", "--input", "n=1"], &["ada.a", "int8"]);
    refuse(&["--input", "ada.a=1", "--input", "ada[1].a=2", "--input", "n=1"], &["exactly one client"]);
    refuse(&["--input", "ada.a=1", "--input", "n=@n.txt"], &[".csv or .json"]);
    refuse(&["--input", "n"], &["NAME=VALUE"]);
}

#[test]
fn damaged_bytecode_is_refused() {
    let folder = program("def main(a: secret int64 from ada) -> int64: return a.reveal()\n");
    assert_eq!(stoffel(folder.path(), &["build", "p.stfl", "-o", "p.stflb"]).code, 0);
    let good = std::fs::read(folder.path().join("p.stflb")).unwrap();
    let refuse = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let ran = stoffel(folder.path(), &["run", name, "--input", "ada.a=1"]);
        assert_eq!(ran.code, 2, "{name}: {}{}", ran.out, ran.err);
        ran.err
    };
    refuse("short.stflb", &good[..good.len() / 2]);
    let mut altered = good.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    refuse("altered.stflb", &altered);
    refuse("empty.stflb", b"");
    refuse("text.stflb", b"def main(): pass\n");
}

#[test]
fn files_that_are_no_programs_are_refused() {
    let folder = program("");
    std::fs::write(folder.path().join("bytes.stfl"), [0xff, 0xfe, 0x41]).unwrap();
    for (file, word) in [("none.stfl", "cannot read"), (".", "cannot read"), ("bytes.stfl", "E0101")] {
        let ran = stoffel(folder.path(), &["check", file]);
        assert!(ran.code == 2 || ran.code == 1, "{file}: {}", ran.code);
        assert!(ran.err.contains(word) || ran.err.contains("no Stoffel.toml"), "{file}: {}", ran.err);
    }
    let nothing = stoffel(folder.path(), &["run", "p.stfl"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.err.contains("neither a `main`"), "{}", nothing.err);
}

#[test]
fn manifests_and_backends_are_checked() {
    let folder = program("");
    std::fs::write(folder.path().join("Stoffel.toml"), "[package]\nname = \"p\"\n[mpc]\nbackand = \"rep3\"\n").unwrap();
    let ran = stoffel(folder.path(), &["run"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `backend`?"), "{}", ran.err);
    let folder = program("def main() -> int64: return 1\n");
    let ran = stoffel(folder.path(), &["run", "p.stfl", "--backend", "rep4"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean `rep3`?"), "{}", ran.err);
    let ran = stoffel(folder.path(), &["run", "p.stfl", "--parties", "5"]);
    assert!(ran.code == 2 && ran.err.contains("3 parties"), "{}", ran.err);
}
