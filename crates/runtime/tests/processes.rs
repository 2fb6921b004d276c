//! The binary `stoffel-party`: what it refuses, and how three of them end.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use stoffel_bytecode::{Program, verify};
use stoffel_net::Identity;
use stoffel_runtime::report::{PartyReport, encode_public};
use stoffel_runtime::{PartyEntry, Session};
use stoffel_value::{ScalarTy, Value};

const LOOP: &str = include_str!("programs/loop.txt");
const CHATTER: &str = include_str!("programs/chatter.txt");

/// Three folders that hold what each party needs and nothing else.
struct Stage {
    root: tempfile::TempDir,
}

impl Stage {
    fn new(text: &str, n: i64) -> Self {
        Self::over("tls", text, n)
    }

    fn over(link: &str, text: &str, n: i64) -> Self {
        let root = tempfile::tempdir().unwrap();
        let program = verify(Program::from_text(text).unwrap()).unwrap();
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let keys: Vec<Identity> = (0..3).map(|_| Identity::generate(now).unwrap()).collect();
        // Paths, unlike ports that are free now, are nobody else's.
        let party = |(index, key): (usize, &Identity)| PartyEntry {
            key: key.fingerprint().to_string(),
            address: format!("unix:{}", root.path().join(format!("socket{index}")).display()),
        };
        let session = Session {
            id: "00112233445566778899aabbccddeeff".to_owned(),
            program: program.hash().iter().map(|byte| format!("{byte:02x}")).collect(),
            backend: "rep3".to_owned(),
            threshold: 1,
            timeout_ms: 2000,
            join_ms: 30_000,
            frame_bytes_max: 1 << 24,
            link: link.to_owned(),
            network: None,
            output_clients: None,
            parties: keys.iter().enumerate().map(party).collect(),
            clients: Vec::new(),
        };
        let public = encode_public(&program, &vec![(0, Value::Scalar(ScalarTy::I64, n as u64))]).unwrap();
        for (index, key) in keys.iter().enumerate() {
            let home = root.path().join(format!("party{index}"));
            fs::create_dir(&home).unwrap();
            fs::write(home.join("key.pem"), key.to_pem().as_bytes()).unwrap();
            fs::write(home.join("session.toml"), session.to_toml()).unwrap();
            fs::write(home.join("program.stflb"), program.encode()).unwrap();
            fs::write(home.join("public.bin"), &public).unwrap();
        }
        Self { root }
    }

    fn home(&self, party: usize) -> PathBuf {
        self.root.path().join(format!("party{party}"))
    }

    fn command(&self, party: usize) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stoffel-party"));
        command.args(["--session", "session.toml", "--key", "key.pem", "--program", "program.stflb"]);
        command.args(["--inputs", "public.bin", "--out", "report.json", "--party", &party.to_string()]);
        command.current_dir(self.home(party)).env_clear().stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    fn start(&self, party: usize) -> Child {
        self.command(party).spawn().unwrap()
    }

    fn report(&self, party: usize) -> PartyReport {
        serde_json::from_slice(&fs::read(self.home(party).join("report.json")).unwrap()).unwrap()
    }
}

fn code_and_error(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Starts all; the first line that party 0 prints shows that the computation is under way.
fn under_way(stage: &Stage) -> Vec<Child> {
    let mut first = stage.command(0).stdout(Stdio::piped()).spawn().unwrap();
    let rest = [stage.start(1), stage.start(2)];
    let mut lines = BufReader::new(first.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line, "0\n");
    std::thread::spawn(move || lines.lines().map_while(Result::ok).for_each(drop));
    std::iter::once(first).chain(rest).collect()
}

fn signal(name: &str, child: &Child) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn parties_of_one_user_may_leave_tls_for_a_socket_or_memory() {
    for link in ["unix", "shm"] {
        let stage = Stage::over(link, LOOP, 25);
        let children: Vec<Child> = (0..3).map(|party| stage.start(party)).collect();
        for child in children {
            assert_eq!(code_and_error(&child.wait_with_output().unwrap()), (Some(0), String::new()));
        }
        assert!((0..3).all(|party| stage.report(party).printed == ["300"]));
    }
}

#[test]
fn three_processes_end_well_and_record_what_they_received() {
    let stage = Stage::new(LOOP, 25);
    let record = |party| stage.command(party).args(["--record", "frames.bin"]).stdout(Stdio::piped()).spawn().unwrap();
    let children: Vec<Child> = (0..3).map(record).collect();
    for (party, child) in children.into_iter().enumerate() {
        let output = child.wait_with_output().unwrap();
        assert_eq!(code_and_error(&output), (Some(0), String::new()));
        assert_eq!(output.stdout, b"300\n");
        assert_eq!(stage.report(party).printed, ["300"]);
        let frames = fs::read(stage.home(party).join("frames.bin")).unwrap();
        let (mut rest, mut count) = (&frames[..], 0);
        while let [peer, a, b, c, d, tail @ ..] = rest {
            assert_ne!(usize::from(*peer), party);
            rest = &tail[u32::from_le_bytes([*a, *b, *c, *d]) as usize..];
            count += 1;
        }
        assert!(rest.is_empty() && count > 25);
    }
}

#[test]
fn a_killed_party_is_named_by_the_others_which_leave_no_result() {
    let stage = Stage::new(CHATTER, 1 << 40);
    let mut children = under_way(&stage);
    children[1].kill().unwrap();
    children[1].wait().unwrap();
    for party in [0, 2] {
        let (code, error) = code_and_error(&children.remove(usize::from(party == 2)).wait_with_output().unwrap());
        assert_eq!(code, Some(4), "{error}");
        assert!(error.contains("party 1 is gone"), "{error}");
        assert_eq!(stage.report(party).aborted.unwrap().1, Some(1));
    }
}

#[test]
fn a_party_that_stops_without_dying_is_named_within_the_timeout() {
    let stage = Stage::new(CHATTER, 1 << 40);
    let mut children = under_way(&stage);
    signal("-STOP", &children[2]);
    for _ in 0..2 {
        let (code, error) = code_and_error(&children.remove(0).wait_with_output().unwrap());
        assert_eq!(code, Some(4), "{error}");
        assert!(error.contains("party 2"), "{error}");
    }
    children[0].kill().unwrap();
    children[0].wait().unwrap();
}

#[test]
fn an_interrupt_ends_all_parties() {
    let stage = Stage::new(CHATTER, 1 << 40);
    let children = under_way(&stage);
    signal("-INT", &children[0]);
    for (party, child) in children.into_iter().enumerate() {
        let (code, error) = code_and_error(&child.wait_with_output().unwrap());
        assert_eq!(code, Some(4), "{error}");
        assert!(error.contains("interrupted"), "party {party}: {error}");
    }
}

/// Changes one file of party 0 and gives what the party says.
fn refused(change: impl FnOnce(&Path)) -> String {
    let stage = Stage::new(LOOP, 5);
    change(&stage.home(0));
    let (code, error) = code_and_error(&stage.command(0).output().unwrap());
    assert_eq!(code, Some(2), "{error}");
    error
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let damage = |file: &'static str, change: fn(Vec<u8>) -> Vec<u8>| {
        let error = refused(|home| fs::write(home.join(file), change(fs::read(home.join(file)).unwrap())).unwrap());
        assert!(error.contains(file) || error.contains("public inputs"), "{file}: {error}");
    };
    damage("program.stflb", |bytes| bytes[..bytes.len() - 9].to_vec());
    damage("program.stflb", |mut bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        bytes
    });
    damage("program.stflb", |_| Vec::new());
    damage("key.pem", |bytes| bytes[..bytes.len() / 2].to_vec());
    damage("session.toml", |bytes| [&bytes[..], b"surprise = 1\n"].concat());
    damage("public.bin", |bytes| bytes[1..].to_vec());
    let error = refused(|home| fs::remove_file(home.join("program.stflb")).unwrap());
    assert!(error.contains("cannot read program.stflb"), "{error}");
}

#[test]
fn a_port_in_use_is_named() {
    let stage = Stage::new(LOOP, 5);
    let session = Session::parse(&fs::read_to_string(stage.home(0).join("session.toml")).unwrap()).unwrap();
    let _taken = UnixListener::bind(session.parties[0].address.strip_prefix("unix:").unwrap()).unwrap();
    let (code, error) = code_and_error(&stage.command(0).output().unwrap());
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains(&session.parties[0].address) && error.contains("another process listens there"), "{error}");
}

#[test]
fn wrong_arguments_are_explained() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_stoffel-party")).args(arguments).output().unwrap();
        code_and_error(&output)
    };
    for (arguments, expected) in [
        (&["--party", "0"][..], "`--session` is missing"),
        (&["--colour", "red"], "unknown argument `--colour`"),
        (&["--party"], "`--party` needs a value"),
        (&["--party", "0", "--party", "1"], "given twice"),
    ] {
        let (code, error) = run(arguments);
        assert_eq!(code, Some(2));
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(run(&["--help"]).0, Some(0));
}
