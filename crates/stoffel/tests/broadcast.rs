//! Messages that parties broadcast: in one thread, in threads and between processes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use stoffel::{Analysis, Backend, CompileOptions, Inputs, Mode, RunOptions, run};

const CHAIN: &str = r#"def main() -> int64:
  var me = Mpc.party_id()
  var x: secret int64 = 20
  if me == 2: discard Rbc.broadcast("two")
  var first = Rbc.receive(2, 5000)
  if me == 0: discard Rbc.broadcast("zero")
  var second = Rbc.receive(0, 5000)
  assert first == "two" and second == "zero"
  return (x + len(first) + len(second)).reveal()
"#;

const SILENCE: &str = "def main():\n  print(Rbc.receive(1, 40))\n";

fn outcome(text: &str, mode: Mode) -> Result<Option<String>, String> {
    let analysis = Analysis::of_text("main.stfl", text.to_owned(), &CompileOptions::default());
    let program = analysis.program().unwrap_or_else(|error| panic!("{error}\n{}", analysis.report(false)));
    let options = RunOptions::new(Backend::REP3, None, None, mode, 20_000).unwrap();
    let ran = run(&program, &Inputs::default(), &options, &mut |_| {});
    ran.map(|report| report.result).map_err(|error| error.to_string())
}

#[test]
fn messages_reach_every_party_however_the_parties_run() {
    for mode in [Mode::Auto, Mode::Threads, Mode::Processes] {
        assert_eq!(outcome(CHAIN, mode), Ok(Some("27".to_owned())), "{mode:?}");
    }
}

#[test]
fn a_message_that_never_comes_ends_the_run_in_time() {
    for mode in [Mode::Auto, Mode::Threads] {
        let error = outcome(SILENCE, mode).unwrap_err();
        assert!(error.contains("R0404"), "{mode:?}: {error}");
    }
}
