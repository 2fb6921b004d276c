//! Packages of several files in; which files are loaded, what they are called, and what becomes of large ones out.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;

use stoffel_compiler::{Compilation, Loader, Options, Package, STD_PREFIX};
use stoffel_syntax::{Code, Diagnostic};

/// Files by path, with a record of what was asked for.
struct Files {
    files: HashMap<String, Vec<u8>>,
    roots: Vec<String>,
    asked: RefCell<Vec<String>>,
}

impl Files {
    fn new(files: &[(&str, &str)], roots: &[&str]) -> Self {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
        Self { files, roots: roots.iter().map(|root| (*root).to_owned()).collect(), asked: RefCell::default() }
    }

    fn package(&self, name: &str, text: &str) -> Package {
        Package::load(name.to_owned(), text.as_bytes().to_vec(), self)
    }
}

impl Loader for Files {
    fn load(&self, path: &str) -> Option<Vec<u8>> {
        self.asked.borrow_mut().push(path.to_owned());
        self.files.get(path).cloned()
    }

    fn roots(&self) -> &[String] {
        &self.roots
    }
}

fn options() -> Options {
    Options { opt_level: 2, entry: None, backend: None }
}

fn compile(package: &Package) -> Compilation {
    package.compile(&options())
}

fn names(package: &Package) -> Vec<&str> {
    package.sources().files.iter().map(|file| file.name.as_str()).collect()
}

fn codes(found: &[Diagnostic]) -> Vec<Code> {
    found.iter().map(|one| one.code).collect()
}

#[test]
fn a_module_is_looked_for_beside_its_importer_and_then_in_the_roots() {
    let files = Files::new(
        &[
            ("src/a.stfl", "import deep.b\n"),
            ("src/deep/b.stfl", "import c\nconst x = c.x\n"),
            ("c.stfl", "const x = 1\n"),
        ],
        &["src", ""],
    );
    let package = files.package("tests/main_test.stfl", "import a\nimport c\nprint(c.x)\n");
    assert_eq!(names(&package), ["tests/main_test.stfl", "src/a.stfl", "src/deep/b.stfl", "c.stfl"]);
    assert_eq!(compile(&package).diagnostics, []);
    let first: Vec<String> = files.asked.borrow().iter().take(2).cloned().collect();
    assert_eq!(first, ["tests/a.stfl", "src/a.stfl"]);
}

#[test]
fn each_file_is_loaded_once_whatever_its_path_is_written_like() {
    let files = Files::new(&[("lib/a.stfl", "import \"../lib/./b.stfl\"\n"), ("lib/b.stfl", "const x = 1\n")], &[""]);
    let package = files.package("main.stfl", "import lib.a\nimport lib.b\nimport \"lib/../lib/b.stfl\" as again\n");
    assert_eq!(names(&package), ["main.stfl", "lib/a.stfl", "lib/b.stfl"]);
    assert_eq!(files.asked.borrow().iter().filter(|path| *path == "lib/b.stfl").count(), 1);
    assert_eq!(compile(&package).diagnostics, []);
}

#[test]
fn files_above_the_package_keep_relative_names() {
    let files = Files::new(&[("../shared/x.stfl", "import y\n"), ("../shared/y.stfl", "const n = 1\n")], &[""]);
    let package = files.package("main.stfl", "import \"../shared/x.stfl\"\n");
    assert_eq!(names(&package), ["main.stfl", "../shared/x.stfl", "../shared/y.stfl"]);
}

#[test]
fn the_library_is_never_asked_of_the_loader() {
    let files = Files::new(&[("std/stats.stfl", "const wrong = 1\n")], &[""]);
    let package = files.package("main.stfl", "import std.stats\nimport std.none\n");
    assert!(names(&package).contains(&format!("{STD_PREFIX}stats.stfl").as_str()));
    assert_eq!(files.asked.borrow().as_slice(), [] as [&str; 0]);
    assert_eq!(codes(&compile(&package).diagnostics), [Code::W0202]);
}

#[test]
fn bytes_that_are_no_text_are_reported_in_their_file() {
    let mut files = Files::new(&[], &[""]);
    files.files.insert("raw.stfl".into(), b"const a = 1\nconst b = \"\xFF\"\n".to_vec());
    let package = files.package("main.stfl", "import raw\nprint(raw.a)\n");
    let found = compile(&package).diagnostics;
    assert_eq!(codes(&found), [Code::E0101]);
    assert_eq!(package.sources()[found[0].span.file].name, "raw.stfl");
}

#[test]
fn a_cycle_lists_its_files_in_order() {
    let files = Files::new(&[("a.stfl", "import b\n"), ("b.stfl", "import c\n"), ("c.stfl", "import a\n")], &[""]);
    let found = compile(&files.package("main.stfl", "import a\n")).diagnostics;
    assert_eq!(codes(&found), [Code::E0209]);
    assert!(found[0].message.ends_with("a.stfl → b.stfl → c.stfl → a.stfl"), "{}", found[0].message);
}

#[test]
fn debug_info_and_disclosures_name_the_file() {
    let files = Files::new(&[("m.stfl", "def show(x: secret int64) -> int64:\n  return x.reveal()\n")], &[""]);
    let package = files.package("main.stfl", "import m\ndef main(x: secret int64) -> int64: return m.show(x)\n");
    let program = compile(&package).program.expect("a program");
    assert_eq!(program.debug.files, ["main.stfl", "m.stfl"]);
    let rows: Vec<_> = program.disclosures.iter().map(|row| (row.file.as_str(), row.line)).collect();
    assert_eq!(rows, [("m.stfl", 2), ("main.stfl", 2)]);
    assert!(program.debug.spans.iter().any(|span| span.file == 1 && span.line == 2));
}

#[test]
fn the_tests_of_a_package_are_those_of_its_own_file_each_case_by_itself() {
    let files = Files::new(&[("m.stfl", "const N = 2\ndef test_not_here(): pass\n")], &[""]);
    let text = "import m\ndef test_a(): pass\nconst test_b_cases = [m.N, 5, 6]\ndef test_b(case: int64): pass\ndef helper(): pass\n";
    let package = files.package("m_test.stfl", text);
    assert_eq!(package.tests(), ["test_a", "test_b[0]", "test_b[1]", "test_b[2]"]);
    let options = Options { entry: Some("test_b[2]".into()), ..options() };
    assert!(package.compile(&options).program.is_some());
    let bad = files.package("bad_test.stfl", "def test_c(case: int64): pass\n");
    assert_eq!(bad.tests(), ["test_c"]);
    assert_eq!(codes(&compile(&bad).diagnostics), [Code::E0508]);
}

/// A chain as deep as it has files, and a file that imports all of them: the walk has its own stack, and each name is looked up
/// among few files.
#[test]
fn thousands_of_files_deep_and_wide() {
    const FILES: usize = 3000;
    let mut texts = HashMap::new();
    let mut wide = String::new();
    for i in 0..FILES {
        let body = match i + 1 {
            FILES => "const value = 1\ndef f(n: int64) -> int64: return n\n".to_owned(),
            next => format!(
                "import m{next}\nconst value = m{next}.value + 1\ndef f(n: int64) -> int64: return m{next}.value + n\n"
            ),
        };
        texts.insert(format!("m{i}.stfl"), body.into_bytes());
        let _ = writeln!(wide, "import m{i}");
    }
    wide += "print(m0.value, m2999.f(1))\n";
    let files = Files { files: texts, roots: vec![String::new()], asked: RefCell::default() };
    let package = files.package("main.stfl", &wide);
    assert_eq!(package.sources().files.len(), FILES + 1);
    let compiled = compile(&package);
    assert_eq!(compiled.diagnostics, []);
    assert!(compiled.program.is_some());
}
