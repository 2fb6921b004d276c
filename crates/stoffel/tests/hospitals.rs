//! The example of three hospitals between processes: figures, changes, what crosses the links, and a party that dies.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use stoffel::{Analysis, Backend, CompileOptions, Inputs, Mode, Program, Report, RunOptions, Value};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hospitals")
}

fn program() -> Program {
    let folder = example();
    let analysis = Analysis::of_file(&folder.join("src/main.stfl"), &folder, &CompileOptions::default()).unwrap();
    analysis.program().unwrap_or_else(|error| panic!("{error}\n{}", analysis.report(false)))
}

/// Inputs with the first `rows` rows of each hospital; `change` edits the text of the north hospital's file.
fn inputs(folder: &Path, rows: usize, change: impl Fn(String) -> String) -> Inputs {
    let mut inputs = Inputs::default();
    inputs.add_flag("north.cutoff=15.0").unwrap();
    for name in ["north", "south", "west"] {
        let text = fs::read_to_string(example().join("data").join(name).with_extension("csv")).unwrap();
        let mut text: String = text.lines().take(rows).flat_map(|line| [line, "\n"]).collect();
        if name == "north" {
            text = change(text);
        }
        let file = folder.join(name).with_extension("csv");
        fs::write(&file, text).unwrap();
        inputs.add_flag(&format!("{name}.{name}_rows=@{}", file.display())).unwrap();
    }
    inputs
}

fn run(program: &Program, inputs: &Inputs, options: &RunOptions) -> Report {
    stoffel::run(program, inputs, options, &mut |_| {}).unwrap_or_else(|error| panic!("{error}"))
}

fn options(mode: Mode) -> RunOptions {
    RunOptions::new(Backend::REP3, None, None, mode, 30_000).unwrap()
}

fn member(report: &Report, index: usize) -> Value {
    match &report.values[0] {
        Value::Tuple(members) => members[index].clone(),
        other => panic!("{other:?} is no tuple"),
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::List(members) => members.iter().map(|one| one.text(true).parse().unwrap()).collect(),
        other => vec![other.text(true).parse().unwrap()],
    }
}

#[test]
fn one_changed_cell_changes_the_figures_as_in_the_open() {
    let folder = tempfile::tempdir().unwrap();
    let program = program();
    let before = run(&program, &inputs(folder.path(), 10, |text| text), &options(Mode::Auto));
    // The first cell: 17.99 becomes 27.99, so the mean over 30 rows rises by a third.
    let after =
        run(&program, &inputs(folder.path(), 10, |text| text.replacen("17.99,", "27.99,", 1)), &options(Mode::Auto));
    let (old, new) = (numbers(&member(&before, 0)), numbers(&member(&after, 0)));
    assert!((new[0] - old[0] - 10.0 / 30.0).abs() < 1e-6, "{} and {}", old[0], new[0]);
    assert_eq!(old[1..], new[1..], "the other means stay");
    assert!(numbers(&member(&after, 1))[0] > numbers(&member(&before, 1))[0]);
}

#[test]
fn all_engines_give_the_same_figures() {
    let folder = tempfile::tempdir().unwrap();
    let program = program();
    let inputs = inputs(folder.path(), 5, |text| text);
    let clear = run(&program, &inputs, &RunOptions::new(Backend::CLEAR, None, None, Mode::Auto, 1000).unwrap());
    for mode in [Mode::Auto, Mode::Threads, Mode::Processes] {
        let report = run(&program, &inputs, &options(mode));
        for index in 0..4 {
            let (open, shared) = (numbers(&member(&clear, index)), numbers(&member(&report, index)));
            for (a, b) in open.iter().zip(&shared) {
                assert!((a - b).abs() <= 1e-7 * (1.0 + a.abs()), "{mode:?}: {a} and {b}");
            }
        }
        assert_eq!(member(&clear, 3), member(&report, 3), "{mode:?}");
        assert_eq!(report.stats.bytes_sent.len(), 3);
    }
}

/// Payloads of the protocol's frames that parties received, without their headers.
fn payloads(folder: &Path) -> Vec<Vec<u8>> {
    const HEADER: usize = stoffel::FRAME_HEADER_BYTES;
    const ENGINE: u8 = 2;
    let mut out = Vec::new();
    for party in 0..3 {
        let bytes = fs::read(folder.join(format!("party{party}.frames"))).unwrap();
        let mut rest = bytes.as_slice();
        while let [_, a, b, c, d, tail @ ..] = rest {
            let (frame, more) = tail.split_at(u32::from_le_bytes([*a, *b, *c, *d]) as usize);
            rest = more;
            if let [payload @ .., ENGINE] = frame {
                out.push(payload[HEADER..].to_vec());
            }
        }
    }
    out
}

#[test]
fn frames_of_two_runs_share_no_window_of_sixteen_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let program = program();
    let inputs = inputs(folder.path(), 4, |text| text);
    let mut runs = Vec::new();
    for name in ["one", "two"] {
        let target = folder.path().join(name);
        run(&program, &inputs, &options(Mode::Processes).record(&target));
        runs.push(payloads(&target));
    }
    let windows: HashSet<&[u8]> = runs[0].iter().flat_map(|payload| payload.windows(16)).collect();
    assert!(windows.len() > 10_000, "only {} windows were recorded", windows.len());
    let shared =
        runs[1].iter().flat_map(|payload| payload.windows(16)).filter(|window| windows.contains(window)).count();
    assert_eq!(shared, 0, "{shared} windows of 16 bytes stand in both runs");
}

#[test]
fn what_is_opened_on_the_links_is_the_disclosure_list_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let program = program();
    let inputs = inputs(folder.path(), 4, |text| text);
    let secret_rows: Vec<_> = program
        .code()
        .disclosures
        .iter()
        .enumerate()
        .filter(|(_, row)| matches!(row.kind.name(), "reveal" | "open" | "output"))
        .map(|(index, row)| (index as u32, row.line))
        .collect();
    // A mean and a variance of each of 30 features, one product sum, one count: values of fix[64, 32] and int64.
    let scalars = [30, 30, 1, 1];
    assert_eq!(secret_rows.len(), scalars.len(), "{:?}", program.code().disclosures);
    let listed: Vec<_> =
        secret_rows.iter().zip(scalars).map(|((row, line), scalars)| (*row, *line, None, 64, scalars)).collect();
    for mode in [Mode::Auto, Mode::Threads, Mode::Processes] {
        let openings = run(&program, &inputs, &options(mode)).stats.openings;
        let opened: Vec<_> =
            openings.iter().map(|one| (one.row, one.line, one.client, one.bits, one.scalars)).collect();
        assert_eq!(opened, listed, "{mode:?}");
    }
}
