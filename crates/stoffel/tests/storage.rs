//! What programs store outlives the session: in one process and in several, for the program that stored it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;

use stoffel::{Analysis, Backend, CompileOptions, Inputs, Mode, Program, RunOptions, run};

const COUNTER: &str = r#"def main(first: bool) -> int64:
  var total: secret int64 = 40
  if not first:
    var before: secret int64 = LocalStorage.load("total")
    var note: string = LocalStorage.load("note")
    assert note == "kept"
    total = before + 1
  discard LocalStorage.store("total", total)
  discard LocalStorage.store("bit", total > 40)
  discard LocalStorage.store("fixed", fix64(total))
  discard LocalStorage.store("note", "kept")
  return total.reveal()
"#;

const READER: &str = r#"def main() -> (int64, bool, fix64):
  var total: secret int64 = LocalStorage.load("total")
  var bit: secret bool = LocalStorage.load("bit")
  var fixed: secret fix64 = LocalStorage.load("fixed")
  return total.reveal(), bit.reveal(), fixed.reveal()
"#;

fn program(text: &str) -> Program {
    let analysis = Analysis::of_text("main.stfl", text.to_owned(), &CompileOptions::default());
    analysis.program().unwrap_or_else(|error| panic!("{error}\n{}", analysis.report(false)))
}

fn options(backend: Backend, mode: Mode, folder: &Path, programs: Vec<String>) -> RunOptions {
    RunOptions::new(backend, None, None, mode, 20_000).unwrap().storage(folder, programs)
}

fn count(first: bool, options: &RunOptions) -> Result<String, stoffel::Error> {
    let mut inputs = Inputs::default();
    inputs.add_text(None, "first", if first { "True" } else { "False" });
    run(&program(COUNTER), &inputs, options, &mut |_| {}).map(|report| report.result.unwrap())
}

fn read(options: &RunOptions) -> Result<String, stoffel::Error> {
    run(&program(READER), &Inputs::default(), options, &mut |_| {}).map(|report| report.result.unwrap())
}

#[test]
fn secrets_come_back_in_the_next_session_of_their_program() {
    for (backend, mode) in [
        (Backend::CLEAR, Mode::Auto),
        (Backend::REP3, Mode::Auto),
        (Backend::REP3, Mode::Threads),
        (Backend::REP3, Mode::Processes),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let own = options(backend, mode, folder.path(), Vec::new());
        assert_eq!(count(true, &own).unwrap(), "40", "{backend:?} {mode:?}");
        assert_eq!(count(false, &own).unwrap(), "41");
        assert_eq!(count(false, &own).unwrap(), "42");
        let other = read(&own).unwrap_err().to_string();
        assert!(other.contains("R0402"), "{other}");
        let trusted = options(backend, mode, folder.path(), vec![program(COUNTER).hash()]);
        assert_eq!(read(&trusted).unwrap(), "(42, True, 42.0)");
    }
}

#[test]
fn a_session_that_traps_stores_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let own = options(Backend::REP3, Mode::Auto, folder.path(), Vec::new());
    let text = "def main() -> int64:\n  discard LocalStorage.store(\"a\", 1)\n  return [1][int64(Mpc.n_parties())]\n";
    assert!(run(&program(text), &Inputs::default(), &own, &mut |_| {}).unwrap_err().to_string().contains("R0201"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn stores_that_differ_between_parties_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let own = options(Backend::REP3, Mode::Auto, folder.path(), Vec::new());
    count(true, &own).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let mixed = options(Backend::REP3, Mode::Auto, elsewhere.path(), Vec::new());
    count(true, &mixed).unwrap();
    count(false, &mixed).unwrap();
    // Party 1 comes with the store of another time: its shares do not belong to the others'.
    let text = "def main() -> string:\n  var note: string = LocalStorage.load(\"n\")\n  var x: secret int64 = 1\n  return note if x.reveal() == 1 else note\n";
    let write = "def main(n: string):\n  discard LocalStorage.store(\"n\", n)\n";
    for (folder, n) in [(&folder, "one"), (&elsewhere, "two")] {
        let mut inputs = Inputs::default();
        inputs.add_text(None, "n", n);
        let own = options(Backend::REP3, Mode::Auto, folder.path(), Vec::new());
        run(&program(write), &inputs, &own, &mut |_| {}).unwrap();
    }
    std::fs::copy(elsewhere.path().join("party1.store"), folder.path().join("party1.store")).unwrap();
    let error = run(&program(text), &Inputs::default(), &own, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("aborted"), "{error}");
}
