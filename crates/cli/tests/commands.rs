//! What a person sees of each command: output, exit codes, help.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use support::{program, stoffel};

const SUM: &str = "def main(a: secret int64 from ada, b: secret int64 from bob) -> int64:\n  return (a + b).reveal()\n";

#[test]
fn a_new_project_runs_and_its_tests_pass() {
    let folder = tempfile::tempdir().unwrap();
    let made = stoffel(folder.path(), &["new", "salaries"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let project = folder.path().join("salaries");
    let ran = stoffel(&project, &["run"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "result: (53833, 2)\n"), "{}", ran.err);
    assert!(ran.err.contains("rep3"), "the cost line names the engine: {}", ran.err);
    let tested = stoffel(&project, &["test"]);
    assert_eq!(tested.code, 0, "{}{}", tested.out, tested.err);
    assert!(tested.out.contains("2 passed, 0 failed"), "{}", tested.out);
    let again = stoffel(folder.path(), &["new", "salaries"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("not empty"), "{}", again.err);
}

#[test]
fn every_way_to_run_gives_the_same_result() {
    let folder = program(SUM);
    let inputs = ["--input", "ada.a=40", "--input", "bob.b=2"];
    for mode in [&["--clear"][..], &[], &["--threads"], &["--processes"]] {
        let args = [&["run", "p.stfl"][..], mode, &inputs].concat();
        let ran = stoffel(folder.path(), &args);
        assert_eq!((ran.code, ran.out.as_str()), (0, "result: 42\n"), "{mode:?}: {}", ran.err);
    }
}

#[test]
fn json_reports_have_result_outputs_printed_and_stats() {
    let text = "def main(a: secret int64 from ada) -> (secret int64 to ada, secret bool to bob):\n  print(\"hi\")\n  return a + 1, a > 3\n";
    let folder = program(text);
    let ran = stoffel(folder.path(), &["run", "p.stfl", "--input", "ada.a=4", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["outputs"], serde_json::json!({ "ada": ["5"], "bob": ["True"] }));
    assert_eq!(report["printed"], serde_json::json!(["hi"]));
    assert_eq!(report["stats"]["bytes_sent"].as_array().map(Vec::len), Some(3));
    assert!(report["stats"]["rounds"].is_u64() && report["stats"]["seconds"].is_number());
    assert!(report["result"].is_null());
}

#[test]
fn bytecode_files_are_built_run_and_listed() {
    let folder = program(SUM);
    let built = stoffel(folder.path(), &["build", "p.stfl", "-o", "p.stflb"]);
    assert_eq!(built.code, 0, "{}", built.err);
    let ran = stoffel(folder.path(), &["run", "p.stflb", "--input", "ada.a=1", "--input", "bob.b=-3"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "result: -2\n"), "{}", ran.err);
    for stage in ["tokens", "tree", "hir", "mir", "bytecode"] {
        let shown = stoffel(folder.path(), &["build", "p.stfl", "--emit", stage]);
        assert!(shown.code == 0 && shown.out.lines().count() > 3, "{stage}: {}{}", shown.out, shown.err);
    }
}

#[test]
fn two_builds_in_different_folders_are_the_same_bytes() {
    let (one, two) = (program(SUM), program(SUM));
    let bytes = |folder: &tempfile::TempDir| {
        assert_eq!(stoffel(folder.path(), &["build", "p.stfl", "-o", "p.stflb"]).code, 0);
        std::fs::read(folder.path().join("p.stflb")).unwrap()
    };
    assert_eq!(bytes(&one), bytes(&two));
}

#[test]
fn diagnostics_name_code_file_line_and_column() {
    let folder = program("def main(a: secret int64 from ada) -> int64:\n  return a\n");
    let checked = stoffel(folder.path(), &["check", "p.stfl", "--json"]);
    assert_eq!(checked.code, 1);
    let found: serde_json::Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!((found[0]["code"].as_str(), found[0]["line"].as_u64()), (Some("E0401"), Some(2)));
    assert_eq!(found[0]["file"].as_str(), Some("p.stfl"));
    let ran = stoffel(folder.path(), &["run", "p.stfl", "--input", "ada.a=4"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("E0401") && ran.err.contains("p.stfl:2"), "{}", ran.err);
}

#[test]
fn traps_exit_with_3_and_name_the_line() {
    let folder = program("def main(n: int64) -> int64:\n  var x = 10\n  return x // n\n");
    for mode in [&["--clear"][..], &[], &["--processes"]] {
        let ran = stoffel(folder.path(), &[&["run", "p.stfl", "--input", "n=0"][..], mode].concat());
        assert_eq!(ran.code, 3, "{mode:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("R0102") && ran.err.contains("p.stfl:3"), "{mode:?}: {}", ran.err);
        assert!(ran.out.is_empty(), "{}", ran.out);
    }
}

#[test]
fn failed_tests_exit_with_5() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("a_test.stfl"),
        "def test_no(): assert 1 == 2, \"differ\"\ndef test_yes(): pass\n",
    )
    .unwrap();
    let ran = stoffel(folder.path(), &["test", "--path", "."]);
    assert_eq!(ran.code, 5, "{}", ran.err);
    assert!(
        ran.out.contains("FAILED") && ran.out.contains("differ") && ran.out.contains("1 passed, 1 failed"),
        "{}",
        ran.out
    );
}

#[test]
fn traps_on_secrets_are_skipped_where_a_backend_has_none_and_results_go_to_build_servers() {
    let folder = program("");
    let text = "def test_big():\n  var s: secret int64 = 9223372036854775807\n  expect_trap(lambda: s + s, \"R0101\")\n\
        def test_public():\n  var zero = 0\n  expect_trap(lambda: 1 // zero, \"R0102\")\n\
        def test_no():\n  var zero = 0\n  expect_trap(lambda: zero, \"R0102\")\n";
    std::fs::write(folder.path().join("a_test.stfl"), text).unwrap();
    let clear = stoffel(folder.path(), &["test", "--path", "."]);
    assert!(clear.code == 5 && clear.out.contains("2 passed, 1 failed, 0 skipped"), "{}{}", clear.out, clear.err);
    let shared = stoffel(folder.path(), &["test", "--path", ".", "--backend", "rep3", "--junit", "r.xml"]);
    assert!(shared.code == 5 && shared.out.contains("1 passed, 1 failed, 1 skipped"), "{}{}", shared.out, shared.err);
    assert!(shared.out.contains("skipped a_test.stfl::test_big"), "{}", shared.out);
    let xml = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
    assert!(xml.contains("tests=\"3\" failures=\"1\" skipped=\"1\""), "{xml}");
}

#[test]
fn codes_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let page = stoffel(folder.path(), &["explain", "e0401"]);
    assert!(page.code == 0 && page.out.contains("E0401"), "{}", page.out);
    let wrong = stoffel(folder.path(), &["explain", "E0499"]);
    assert_eq!(wrong.code, 2);
    assert!(stoffel(folder.path(), &["explain"]).out.lines().count() > 100);
}

#[test]
fn keys_are_made_once_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let made = stoffel(folder.path(), &["keys", "new", "k.pem"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let shown = stoffel(folder.path(), &["keys", "show", "k.pem"]);
    assert_eq!(made.out, shown.out);
    assert!(!made.out.contains("PRIVATE"));
    assert_eq!(stoffel(folder.path(), &["keys", "new", "k.pem"]).code, 2, "an existing key is never overwritten");
}

#[test]
fn run_args_of_the_first_line_are_defaults() {
    let folder = program("# run-args: --clear --input n=3\ndef main(n: int64) -> int64: return n * 2\n");
    assert_eq!(stoffel(folder.path(), &["run", "p.stfl"]).out, "result: 6\n");
    assert_eq!(stoffel(folder.path(), &["run", "p.stfl", "--input", "n=5"]).out, "result: 10\n");
}

#[test]
fn help_documents_exit_codes_and_examples() {
    let folder = tempfile::tempdir().unwrap();
    let help = stoffel(folder.path(), &["run", "--help"]);
    assert!(help.code == 0 && help.out.contains("Exit codes") && help.out.contains("Examples"), "{}", help.out);
    assert_eq!(stoffel(folder.path(), &["run", "--no-such-flag"]).code, 2);
}

#[test]
fn the_manifest_says_what_goes_in_comes_out_and_is_disclosed() {
    let text = "def main(xs: list[secret int64] from ada, n: int64 = 3) -> (secret int64 to bob, bool to ada):\n  return sum(xs), (xs[0] > n).reveal()\n";
    let folder = program(text);
    let shown = stoffel(folder.path(), &["check", "p.stfl", "--manifest", "--json"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let manifest: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
    let inputs = serde_json::json!([
        { "name": "xs", "type": "list[secret int64]", "from": "ada", "each": false, "default": null },
        { "name": "n", "type": "int64", "from": null, "each": false, "default": "3" },
    ]);
    assert_eq!(manifest["inputs"], inputs);
    let outputs = serde_json::json!([{ "type": "secret int64", "to": "bob" }, { "type": "bool", "to": "ada" }]);
    assert_eq!(manifest["outputs"], outputs);
    let disclosures = manifest["disclosures"].as_array().unwrap();
    let rows: Vec<_> = disclosures
        .iter()
        .map(|row| (row["kind"].as_str().unwrap(), row["what"].as_str().unwrap(), row["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(rows, [("input", "xs.len", 1), ("reveal", "main", 2), ("result", "main", 1), ("result", "main", 1)]);
    let text = stoffel(folder.path(), &["check", "p.stfl", "--manifest"]).out;
    for part in ["xs: list[secret int64] from ada", "xs.len is public, to everyone", "sum of secret int64"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn a_failed_assert_shows_its_public_operands_and_no_secret() {
    let text = "def twice(n: int64) -> int64: return 2 * n\n\
        def main(s: secret int64 from ada):\n  assert twice(2) == 4\n  assert (s < twice(1)).reveal(), f\"round {twice(3)}\"\n";
    let folder = program(text);
    for level in ["0", "2"] {
        let ran = stoffel(folder.path(), &["run", "p.stfl", "-O", level, "--input", "ada.s=77"]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.err.contains("p.stfl:4:3: round 6: <secret int64> < 2 is false"), "{}", ran.err);
        assert!(!ran.err.contains("77"), "{}", ran.err);
    }
}
