//! Runs that are cut short: a killed party and Ctrl-C leave no result and no process behind.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::{command, program, ran};

/// A program that computes for a long time, one round per turn.
const LONG: &str = "def main(n: int64, a: secret int64 from o) -> int64:\n  print(\"begun\")\n  var x = a\n  for i in 0..n: x = x *% a\n  return x.reveal()\n";

const ARGS: &[&str] =
    &["run", "p.stfl", "--processes", "--timeout-ms", "1500", "--input", "n=100000000", "--input", "o.a=3"];

/// Process ids of a program's children with a word in their command line.
fn children(parent: u32, word: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let after_name = stat.rsplit_once(')').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
        let parent_of = after_name.split_whitespace().nth(1).and_then(|text| text.parse::<u32>().ok());
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if parent_of == Some(parent) && String::from_utf8_lossy(&line).contains(word) {
            found.push(pid);
        }
    }
    found
}

fn begin() -> (tempfile::TempDir, Child) {
    let folder = program(LONG);
    let mut running =
        command(folder.path(), ARGS).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    // The program prints when the session is under way.
    let mut first = [0; 5];
    running.stdout.as_mut().expect("piped").read_exact(&mut first).expect("the program begins");
    assert_eq!(&first, b"begun");
    (folder, running)
}

fn signal(pid: u32, name: &str) {
    assert!(Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().expect("kill runs").success());
}

fn gone(pids: &[u32]) -> bool {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        if pids.iter().all(|pid| !std::path::Path::new(&format!("/proc/{pid}")).exists()) {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[test]
fn a_killed_party_is_named_and_leaves_no_result() {
    let (_folder, running) = begin();
    let parties = children(running.id(), "stoffel-party");
    assert_eq!(parties.len(), 3);
    let victim = parties.iter().copied().find(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains("--party\u{0}1")
    });
    signal(victim.expect("party 1 runs"), "KILL");
    let ended = ran(&running.wait_with_output().expect("the run ends"));
    assert_eq!(ended.code, 4, "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("party 1"), "{}", ended.err);
    assert!(!ended.out.contains("result"), "{}", ended.out);
    assert!(gone(&parties), "a party is left running");
}

#[test]
fn ctrl_c_ends_every_process_without_result() {
    let (_folder, running) = begin();
    let mut processes = children(running.id(), "stoffel-party");
    processes.extend(children(running.id(), "client"));
    signal(running.id(), "INT");
    let ended = ran(&running.wait_with_output().expect("the run ends"));
    assert_eq!(ended.code, 4, "{}{}", ended.out, ended.err);
    assert!(!ended.out.contains("result"), "{}", ended.out);
    assert!(gone(&processes), "a process is left running");
}
