//! Errors, results and costs in, lines for people out.

use stoffel::{Error, Report};

/// Prints an error to stderr; a rejected program with its diagnostics.
pub(crate) fn error(error: &Error) {
    if let Error::Rejected { report, .. } = error {
        eprint!("{report}");
    }
    eprintln!("error: {error}");
}

/// Prints what a run revealed, then its cost on one line of stderr.
pub(crate) fn report(report: &Report, stats: bool) {
    if let Some(result) = &report.result {
        println!("result: {result}");
    }
    for (role, values) in &report.outputs {
        for (index, value) in values.iter().enumerate() {
            if values.len() == 1 {
                println!("to {role}: {value}");
            } else {
                println!("to {role}[{index}]: {value}");
            }
        }
    }
    eprintln!("{}", cost_line(report));
    if stats {
        eprint!("{}", report.stats.table());
    }
}

fn cost_line(report: &Report) -> String {
    let stats = &report.stats;
    let most = stats.bytes_sent.iter().copied().max().unwrap_or(0);
    format!(
        "{}: {} round{}, {} per party, {}",
        stats.engine,
        stats.rounds,
        if stats.rounds == 1 { "" } else { "s" },
        bytes(most),
        seconds(stats.seconds),
    )
}

/// A number of bytes with a unit.
pub(crate) fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "kB", "MB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} GB")
}

fn seconds(value: f64) -> String {
    if value < 1.0 { format!("{:.1} ms", value * 1000.0) } else { format!("{value:.2} s") }
}
