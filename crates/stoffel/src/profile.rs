//! A timed run in, a flame graph (SVG) and a report (HTML) that opens without a server out.
//!
//! The graph has two towers: the machine, by calls and lines, and the secret operations, by line and by whether the party computed
//! or waited. Widths are time of one party.

use std::fmt::Write;
use std::path::Path;

use stoffel_bytecode::VerifiedProgram;
use stoffel_runtime::Times;

use crate::error::Error;
use crate::run::Report;
use crate::stats::RunStats;

/// One tower of the graph from below, and the time of its top in nanoseconds.
pub(crate) type Stack = (Vec<String>, u64);

/// A run as files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProfileFiles {
    /// The flame graph.
    pub svg: String,
    /// The report, with the graph in it.
    pub html: String,
}

impl ProfileFiles {
    /// Writes both files, named by a prefix with `.svg` and `.html` behind it.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn write(&self, prefix: &Path) -> Result<(), Error> {
        for (extension, text) in [("svg", &self.svg), ("html", &self.html)] {
            let file = prefix.with_added_extension(extension);
            std::fs::write(&file, text).map_err(|error| Error::write(&file, error))?;
        }
        Ok(())
    }
}

/// Draws the time of a run that was timed ([`RunOptions::timed`](crate::RunOptions::timed)); `title` stands above it.
///
/// # Errors
/// If the run was not timed or took no time at all.
pub fn profile(title: &str, report: &Report) -> Result<ProfileFiles, Error> {
    let stats = &report.stats;
    if stats.stacks.iter().all(|(_, ns)| *ns == 0) {
        return Err(Error::Usage("the run took no time that could be drawn".to_owned()));
    }
    let svg = flame_graph(title, &stats.stacks)?;
    let html = html(title, stats, &svg);
    Ok(ProfileFiles { svg, html })
}

/// The towers of a run.
pub(crate) fn stacks(code: &VerifiedProgram, times: &Times) -> Vec<Stack> {
    let mut out: Vec<Stack> = Vec::new();
    for (place, ns) in &times.places {
        let mut tower = vec!["machine".to_owned()];
        place.iter().for_each(|site| push_site(code, *site, &mut tower));
        out.push((tower, *ns));
    }
    for (site, spent) in &times.sites {
        let mut tower = vec!["secret operations".to_owned()];
        push_site(code, *site, &mut tower);
        for (what, ns) in [("computing", spent.computing_ns), ("waiting", spent.waiting_ns)] {
            out.push((tower.iter().cloned().chain([what.to_owned()]).collect(), ns));
        }
    }
    out.retain(|(_, ns)| *ns > 0);
    out
}

/// The calls that were put in place around an instruction, then its own line.
fn push_site(code: &VerifiedProgram, site: u32, tower: &mut Vec<String>) {
    let calls = code.inlined_calls(site);
    for place in calls.iter().rev().chain([&code.locate(site)]) {
        tower.push(format!("{} {}:{}", place.function, place.file, place.line));
    }
}

fn flame_graph(title: &str, stacks: &[Stack]) -> Result<String, Error> {
    let clean = |name: &String| name.replace([';', '\n'], " ");
    let lines: Vec<String> = stacks
        .iter()
        // Microseconds, rounded up: what took time is seen.
        .map(|(tower, ns)| format!("{} {}", tower.iter().map(clean).collect::<Vec<_>>().join(";"), ns.div_ceil(1000)))
        .collect();
    let mut options = inferno::flamegraph::Options::default();
    options.title = title.to_owned();
    options.count_name = "µs".to_owned();
    options.deterministic = true;
    let mut svg = Vec::new();
    inferno::flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|error| Error::Usage(format!("the flame graph cannot be drawn: {error}")))?;
    Ok(String::from_utf8_lossy(&svg).into_owned())
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:1240px;margin:2em auto;padding:0 1em;color:#222}\
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}table{border-collapse:collapse}\
td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}\
th{font-weight:600}svg{max-width:100%;height:auto}p.note{color:#555}\
@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}td,th{border-color:#444}p.note{color:#aaa}}";

fn html(title: &str, stats: &RunStats, svg: &str) -> String {
    let title = escaped(title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head><body>\n\
         <h1>{title}</h1>\n<p>{}: {} rounds, {:.3} s.</p>\n",
        escaped(&stats.engine),
        stats.rounds,
        stats.seconds
    );
    if let Some(time) = &stats.time {
        let rows = [
            ("interpreting in the open", time.interpreting_s, String::new()),
            ("computing on shares", time.computing_s, String::new()),
            ("waiting for peers", time.waiting_s, format!("{:.4}", time.predicted_waiting_s)),
        ];
        out += "<h2>Time of party 0</h2>\n<table><tr><th>what</th><th>seconds</th><th>predicted</th></tr>\n";
        for (what, seconds, predicted) in rows {
            // Writing into a string cannot fail.
            let _ = writeln!(out, "<tr><td>{what}</td><td>{seconds:.4}</td><td>{predicted}</td></tr>");
        }
        out += "</table>\n";
    }
    out += "<h2>By source line</h2>\n<table><tr><th>line</th><th>operations</th><th>bytes</th><th>rounds</th><th>computing ms</th><th>waiting ms</th><th>predicted ms</th></tr>\n";
    for line in &stats.lines {
        let place = escaped(&format!("{}:{}", line.file, line.line));
        out += &row(&place, line.lanes, line.bytes, line.rounds, line.time);
    }
    out += "</table>\n<h2>By operation</h2>\n<table><tr><th>operation</th><th>operations</th><th>bytes</th><th>rounds</th><th>computing ms</th><th>waiting ms</th><th>predicted ms</th></tr>\n";
    for one in &stats.operations {
        out += &row(&escaped(&one.name), one.lanes, one.bytes, one.rounds, one.time);
    }
    let _ = write!(
        out,
        "</table>\n<p class=\"note\">Messages: {} bytes planned, {} bytes sent by party 0. Rounds are shared by operations, so they do not add up; \
         predictions are what the agreed latency and bandwidth give for rounds and bytes.</p>\n<h2>Flame graph</h2>\n",
        stats.planned_bytes, stats.payload_bytes
    );
    // The declaration of an XML file has no place within a page.
    out += svg.find("<svg").map_or("", |start| &svg[start..]);
    out += "\n</body></html>\n";
    out
}

fn row(name: &str, lanes: u64, bytes: u64, rounds: u64, time: Option<crate::stats::TimeCost>) -> String {
    let time = time.map_or_else(String::new, |time| {
        let ms = |seconds: f64| seconds * 1e3;
        let (computing, waiting, predicted) = (ms(time.computing_s), ms(time.waiting_s), ms(time.predicted_waiting_s));
        format!("<td>{computing:.3}</td><td>{waiting:.3}</td><td>{predicted:.3}</td>")
    });
    format!("<tr><td>{name}</td><td>{lanes}</td><td>{bytes}</td><td>{rounds}</td>{time}</tr>\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_the_page_or_the_graph() {
        let tower = vec!["machine".to_owned(), "<script>;\n".to_owned()];
        let svg = flame_graph("a & b", &[(tower, 5000)]).unwrap();
        assert!(svg.contains("<svg") && !svg.contains("<script>;"));
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
