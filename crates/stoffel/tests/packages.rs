//! Projects of several files on disk: where modules are found, tests beside and below `tests/`, and builds that do not tell where they were made.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use stoffel::{Analysis, Backend, CompileOptions, TestOutcome, run_tests};

const FILES: &[(&str, &str)] = &[
    ("Stoffel.toml", "[package]\nname = \"shop\"\n"),
    (
        "src/main.stfl",
        "import lib.prices as p\nimport shared.units\ndef main(n: int64) -> int64: return p.total(n) * units.CENT\n",
    ),
    (
        "src/lib/prices.stfl",
        "from std.math import isqrt\nfrom lib.base import BASE\ndef total(n: int64) -> int64: return BASE + isqrt(n)\n",
    ),
    ("src/lib/base.stfl", "const BASE = 40\n"),
    ("shared/units.stfl", "const CENT = 100\n"),
    ("src/lib/prices_test.stfl", "from lib.prices import total\ndef test_total(): assert total(4) == 42\n"),
    (
        "tests/totals.stfl",
        "import lib.prices\nfrom shared.units import CENT\nconst test_cents_cases = [0, 9]\n\
         def test_cents(case: int64): assert prices.total(case) * CENT >= 4000\ndef test_wrong(): assert CENT == 1\n",
    ),
];

/// A project in a new folder, which is removed with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("stoffel-packages-{}-{name}", std::process::id()));
        for (file, text) in FILES {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(fs::canonicalize(root).unwrap())
    }

    fn analysis(&self) -> Analysis {
        Analysis::of_file(&self.0.join("src/main.stfl"), &self.0, &CompileOptions::default()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[test]
fn modules_are_found_below_the_sources_and_the_project() {
    let folder = Folder::new("found");
    let analysis = folder.analysis();
    assert_eq!(analysis.report(false), "");
    let files: Vec<&str> = analysis.files().collect();
    let std = format!("{}math.stfl", stoffel_compiler::STD_PREFIX);
    assert_eq!(files, ["src/main.stfl", "src/lib/prices.stfl", &std, "src/lib/base.stfl", "shared/units.stfl"]);
}

#[test]
fn builds_in_two_folders_are_identical() {
    let (one, other) = (Folder::new("one"), Folder::new("a-longer-name"));
    let bytes = |folder: &Folder| folder.analysis().program().unwrap().to_bytes();
    assert_eq!(bytes(&one), bytes(&other));
}

#[test]
fn tests_import_the_modules_of_their_project_wherever_they_are_run_from() {
    let folder = Folder::new("tests");
    let names = |path: &Path| -> Vec<(String, bool)> {
        let results = run_tests(path, None, Backend::CLEAR, &mut |_| {}).unwrap();
        results.into_iter().map(|one| (one.name, one.outcome == TestOutcome::Passed)).collect()
    };
    let all = names(&folder.0);
    let expected = [
        ("src/lib/prices_test.stfl::test_total", true),
        ("tests/totals.stfl::test_cents[0]", true),
        ("tests/totals.stfl::test_cents[1]", true),
        ("tests/totals.stfl::test_wrong", false),
    ];
    assert_eq!(all, expected.map(|(name, passed)| (name.to_owned(), passed)));
    assert_eq!(names(&folder.0.join("tests/totals.stfl")).len(), 3);
}

#[test]
fn findings_name_the_file_that_they_are_about() {
    let folder = Folder::new("findings");
    fs::write(folder.0.join("src/lib/base.stfl"), "const BASE: int64 = \"forty\"\n").unwrap();
    let analysis = folder.analysis();
    assert_eq!(analysis.error_count(), 1);
    assert!(analysis.report(false).contains("src/lib/base.stfl:1:21"), "{}", analysis.report(false));
    let rows: serde_json::Value = serde_json::from_str(&analysis.to_json()).unwrap();
    assert_eq!((rows[0]["file"].as_str(), rows[0]["line"].as_u64()), (Some("src/lib/base.stfl"), Some(1)));
}
