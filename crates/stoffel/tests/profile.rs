//! Timed runs: what the report says of time, and the files that show it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use stoffel::{Analysis, Backend, CompileOptions, Inputs, Mode, Report, RunOptions, profile};

const SOURCE: &str = "
def half(x: secret int64) -> secret bool:
  return x < 50

def main(n: int64, a: secret int64 from owner) -> int64:
  var total = 0
  for i in 0..n: total = (total + i * 7) % 1000
  print(total)
  var hits = half(a)
  return sum([hits, a * a == 81]).reveal()
";

fn run(options: &RunOptions) -> Report {
    let program = Analysis::of_text("p.stfl", SOURCE.to_owned(), &CompileOptions::default()).program().unwrap();
    let mut inputs = Inputs::default();
    inputs.add_flag("n=20000").unwrap();
    inputs.add_flag("owner.a=9").unwrap();
    stoffel::run(&program, &inputs, options, &mut |_| {}).unwrap()
}

fn options(mode: Mode) -> RunOptions {
    RunOptions::new(Backend::REP3, None, None, mode, 20_000).unwrap()
}

#[test]
fn time_is_told_by_line_and_operation_and_adds_up() {
    for options in [options(Mode::Auto), options(Mode::Threads), options(Mode::Auto).network("wan").unwrap()] {
        let report = run(&options.timed());
        assert_eq!(report.result.as_deref(), Some("2"));
        let stats = &report.stats;
        let whole = stats.time.unwrap();
        assert!(whole.interpreting_s > 0.0 && whole.computing_s > 0.0 && whole.predicted_waiting_s > 0.0);
        let close = |parts: f64, whole: f64| parts <= whole + 1e-9;
        assert!(close(stats.lines.iter().map(|line| line.time.unwrap().computing_s).sum(), whole.computing_s));
        assert!(close(stats.lines.iter().map(|line| line.time.unwrap().waiting_s).sum(), whole.waiting_s));
        assert!(close(stats.operations.iter().map(|one| one.time.unwrap().waiting_s).sum(), whole.waiting_s));
        assert!(stats.lines.iter().any(|line| line.line == 3), "the comparison has a line of its own");
        assert_eq!(stats.planned_bytes > 0, stats.payload_bytes > 0);
        let table = stats.table();
        assert!(table.contains("compute ms") && table.contains("p.stfl:3") && table.contains("predicted"), "{table}");
    }
}

#[test]
fn on_a_simulated_network_rounds_are_what_is_waited_for() {
    let report = run(&options(Mode::Auto).network("wan").unwrap().timed());
    let waiting = report.stats.time.unwrap().waiting_s;
    assert!(waiting >= 0.025 * report.stats.rounds as f64 && report.stats.seconds >= waiting);
    assert!(report.stats.engine.contains("simulated network"));
}

#[test]
fn a_profile_is_a_graph_and_a_page_that_needs_nothing_else() {
    let files = profile("p.stfl", &run(&options(Mode::Auto).timed())).unwrap();
    assert!(
        files.svg.contains("<svg") && files.svg.contains("secret operations") && files.svg.contains("main p.stfl:7")
    );
    assert!(files.html.contains("<svg") && files.html.contains("By source line") && files.html.contains("p.stfl:3"));
    let links = files.html.replace("http://www.w3.org/", "");
    assert!(!links.contains("src=\"http") && !links.contains("<link"), "nothing is loaded from elsewhere");
    let folder = tempfile::tempdir().unwrap();
    files.write(&folder.path().join("out")).unwrap();
    assert!(folder.path().join("out.svg").is_file() && folder.path().join("out.html").is_file());
    assert!(profile("untimed", &run(&options(Mode::Auto))).is_err());
}

#[test]
fn links_and_networks_that_do_not_fit_are_refused() {
    assert!(options(Mode::Auto).link(stoffel::LinkKind::Shm).is_err());
    assert!(options(Mode::Auto).network("no such file.toml").is_err());
    let clear = RunOptions::new(Backend::CLEAR, None, None, Mode::Auto, 1000).unwrap();
    assert!(clear.network("lan").is_err());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("net.toml");
    std::fs::write(&file, "latency_us = 10\nbandwidth_kbit_s = 100_000\nspeed = 3\n").unwrap();
    assert!(options(Mode::Auto).network(&file.display().to_string()).is_err(), "unknown keys are errors");
}
