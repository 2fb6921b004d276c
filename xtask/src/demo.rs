//! The main job on real input: three hospitals, three parties, TLS; every figure checked against the open computation.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use stoffel::{Backend, CompileOptions, Inputs, Mode, Project, RunOptions, Value};

use crate::cargo::cargo;

/// Largest relative difference between a revealed figure and the open one.
const TOLERANCE: f64 = 1e-3;

/// Builds, runs the example between processes, and prints figures, differences and cost.
///
/// # Errors
/// If anything fails or a figure differs.
pub(crate) fn run() -> Result<()> {
    cargo(&["build", "--quiet", "--bins", "-p", "stoffel-cli", "-p", "stoffel-runtime"], &[])?;
    let folder = crate::root().join("examples/hospitals");
    let project = Project::load(&folder)?;
    let analysis = stoffel::Analysis::of_file(&project.source_path(), &folder, &CompileOptions::default())?;
    let program = analysis.program()?;
    let mut inputs = Inputs::default();
    inputs.add_file(&folder.join("inputs.toml"))?;

    println!("three party processes and three hospitals, each in a folder of its own, TLS 1.3 on loopback …");
    let options = RunOptions::new(Backend::REP3, Some(3), Some(1), Mode::Processes, 60_000)?;
    let report = stoffel::run(&program, &inputs, &options, &mut |_| {})?;

    let revealed = Figures::revealed(report.values.first().context("the program revealed nothing")?)?;
    let open = Figures::open(&folder.join("data"))?;
    let names = fs::read_to_string(folder.join("data/features.txt"))?;
    let worst = compare(&revealed, &open, &names.lines().collect::<Vec<_>>());
    println!("largest relative difference: {worst:.1e} (allowed {TOLERANCE:.0e})");
    let stats = &report.stats;
    println!("{} rounds; bytes sent per party {:?}; {:.2} s", stats.rounds, stats.bytes_sent, stats.seconds);
    ensure!(worst <= TOLERANCE, "a revealed figure differs from the open one by {worst:e}");
    Ok(())
}

/// What the program reveals.
struct Figures {
    means: Vec<f64>,
    variances: Vec<f64>,
    correlation: f64,
    above: f64,
}

impl Figures {
    fn revealed(value: &Value) -> Result<Self> {
        let Value::Tuple(members) = value else { anyhow::bail!("the result is not a tuple") };
        let [means, variances, correlation, above] = members.as_slice() else { anyhow::bail!("four figures expected") };
        Ok(Self {
            means: numbers(means)?,
            variances: numbers(variances)?,
            correlation: number(correlation)?,
            above: number(above)?,
        })
    }

    /// The same figures in double precision over the pooled files.
    fn open(data: &Path) -> Result<Self> {
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for hospital in ["north", "south", "west"] {
            for line in fs::read_to_string(data.join(hospital).with_extension("csv"))?.lines() {
                rows.push(line.split(',').map(str::parse).collect::<Result<_, _>>()?);
            }
        }
        let n = rows.len() as f64;
        let mean = |f: &dyn Fn(&Vec<f64>) -> f64| rows.iter().map(f).sum::<f64>() / n;
        let means: Vec<f64> = (0..30).map(|j| mean(&|row| row[j])).collect();
        let variances: Vec<f64> = (0..30).map(|j| mean(&|row| (row[j] - means[j]).powi(2))).collect();
        let covariance = mean(&|row| (row[0] - means[0]) * (row[1] - means[1]));
        let correlation = covariance / (variances[0] * variances[1]).sqrt();
        let above = rows.iter().filter(|row| row[0] > 15.0).count() as f64;
        Ok(Self { means, variances, correlation, above })
    }
}

fn numbers(value: &Value) -> Result<Vec<f64>> {
    let Value::List(members) = value else { anyhow::bail!("a list was expected") };
    members.iter().map(number).collect()
}

fn number(value: &Value) -> Result<f64> {
    value.text(true).parse().context("a number was expected")
}

/// Prints the table; the largest relative difference comes back.
fn compare(revealed: &Figures, open: &Figures, names: &[&str]) -> f64 {
    println!("{:26} {:>13} {:>13} {:>13} {:>13}", "feature", "mean", "in the open", "variance", "in the open");
    let mut worst: f64 = 0.0;
    for (j, name) in names.iter().enumerate() {
        let (m, om, v, ov) = (revealed.means[j], open.means[j], revealed.variances[j], open.variances[j]);
        println!("{name:26} {m:13.6} {om:13.6} {v:13.8} {ov:13.8}");
        worst = worst.max(difference(m, om)).max(difference(v, ov));
    }
    let (c, oc) = (revealed.correlation, open.correlation);
    println!("correlation of {} and {}: {c:.6}, in the open {oc:.6}", names[0], names[1]);
    println!("patients above the secret cutoff: {}, in the open {}", revealed.above, open.above);
    worst.max(difference(c, oc)).max(difference(revealed.above, open.above))
}

fn difference(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { (a - b).abs() / b.abs().max(f64::MIN_POSITIVE) }
}
