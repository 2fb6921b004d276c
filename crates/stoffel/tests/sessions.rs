//! Sessions whose participants do not agree, and parties that differ in what they can: one schedule, or a clear end.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use stoffel::{Analysis, CompileOptions, Program, Value};
use stoffel_mpc::{Backend, Offer, PartyIdx};
use stoffel_runtime::local::{Local, LocalOutcome, fresh};
use stoffel_runtime::{ClientEntry, Party, PartyEntry, PartySetup, Session, SessionError, Step, client};
use stoffel_value::{IntTy, ScalarTy};

const SUM: &str = "def main(n: int64, xs: list[secret int64] from a) -> int64:\n  return (sum(xs) * n).reveal()\n";

fn program(text: &str) -> Program {
    let analysis = Analysis::of_text("p.stfl", text.to_owned(), &CompileOptions::default());
    analysis.program().unwrap_or_else(|error| panic!("{error}\n{}", analysis.report(false)))
}

fn int(value: i64) -> Value {
    Value::Scalar(ScalarTy::Int(IntTy::I64), value as u64)
}

fn local(program: &Program, offers: Vec<Offer>) -> LocalOutcome {
    let local = Local { offers, ..start(program) };
    local.run_in_one_thread(&mut |_| {}).unwrap_or_else(|error| panic!("{error}"))
}

fn start(program: &Program) -> Local {
    Local {
        program: program.code().clone(),
        backend: Backend::Rep3,
        n_parties: 3,
        threshold: 1,
        public: vec![(0, int(3))],
        clients: vec![("a".to_owned(), vec![(1, Value::List((0..500).map(int).collect()))].into())],
        output_clients: None,
        offers: vec![Offer::default(); 3],
        limits: stoffel_vm::Limits::default(),
        timeout: Duration::from_secs(10),
        timed: false,
        storage: None,
        storage_programs: Vec::new(),
    }
}

#[test]
fn parties_that_differ_in_cores_memory_and_links_follow_one_schedule() {
    let text = "def main(n: int64, xs: list[secret int64] from a) -> int64:\n  return (sum([x * x for x in xs]) + n).reveal()\n";
    let program = program(text);
    let small = Offer { flush_nodes: 64, latency_us: 900, lanes: 1, ..Offer::default() };
    let large = Offer { bandwidth_mib_s: 9000, lanes: 16, flush_nodes: 1 << 20, ..Offer::default() };
    let mixed = local(&program, vec![large.clone(), small.clone(), large.clone()]);
    let uniform = local(&program, vec![small.clone(), small.clone(), small]);
    let roomy = local(&program, vec![large.clone(), large.clone(), large]);
    let expected = int((0..500).map(|x| x * x).sum::<i64>() + 3);
    for run in [&mixed, &uniform, &roomy] {
        assert_eq!(run.outcome.results[0].1, expected);
    }
    assert_eq!(mixed.outcome.stats.rounds, uniform.outcome.stats.rounds);
    assert!(roomy.outcome.stats.rounds < mixed.outcome.stats.rounds, "the small party's memory decides");
}

/// Three parties, each of its own program and public input, that have not spoken yet.
fn parties(programs: [&Program; 3], public: [i64; 3]) -> Vec<Party> {
    let id: [u8; 16] = fresh().unwrap();
    let session = |program: &Program| Session {
        id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
        program: program.hash(),
        backend: "rep3".to_owned(),
        threshold: 1,
        timeout_ms: 1000,
        join_ms: 1000,
        frame_bytes_max: Session::FRAME_BYTES_MAX,
        link: "tls".to_owned(),
        network: None,
        output_clients: None,
        parties: (0..3).map(|i| PartyEntry { key: format!("k{i}"), address: "here".to_owned() }).collect(),
        clients: vec![ClientEntry { role: "a".to_owned(), key: "c".to_owned() }],
    };
    let party = |me: u8| {
        let program = programs[usize::from(me)];
        Party::new(PartySetup {
            session: Arc::new(session(program)),
            me: PartyIdx(me),
            program: program.code().clone(),
            public: vec![(0, int(public[usize::from(me)]))],
            seed: fresh().unwrap(),
            offer: Offer::default(),
            limits: stoffel_vm::Limits::default(),
            storage: stoffel_runtime::StorageSetup::default(),
        })
        .unwrap()
    };
    (0..3).map(party).collect()
}

/// Runs to the end or the first error.
fn drive(parties: &mut [Party]) -> Result<(), SessionError> {
    loop {
        let mut done = true;
        for party in parties.iter_mut() {
            done &= party.step()? == Step::Done;
        }
        if done {
            return Ok(());
        }
        for from in 0..parties.len() {
            for to in 0..parties.len() {
                while let Some(frame) = parties[from].take_frame(PartyIdx(to as u8)) {
                    parties[to].deliver(PartyIdx(from as u8), frame)?;
                }
            }
        }
    }
}

#[test]
fn a_peer_with_another_program_is_named_before_anything_else() {
    let (ours, other) = (program(SUM), program(&SUM.replace("* n", "+ n")));
    let error = drive(&mut parties([&ours, &other, &ours], [1, 1, 1])).unwrap_err();
    assert!(matches!(error, SessionError::Handshake { field: "program", .. }), "{error}");
    assert!(error.to_string().contains("party 1") || error.culprit() == Some(PartyIdx(0)), "{error}");
}

#[test]
fn other_public_inputs_are_noticed() {
    let ours = program(SUM);
    let error = drive(&mut parties([&ours, &ours, &ours], [1, 1, 2])).unwrap_err();
    assert!(error.to_string().contains("public inputs"), "{error}");
}

#[test]
fn a_client_that_tells_two_stories_is_named() {
    let ours = program(SUM);
    let values = |last: i64| vec![(1, Value::List(vec![int(1), int(last)]))].into();
    let seed = [7; 32];
    let honest = client::prepare(ours.code(), Backend::Rep3, "a", &values(2), seed).unwrap();
    let twisted = client::prepare(ours.code(), Backend::Rep3, "a", &values(3), seed).unwrap();
    for mixed in 0..3 {
        let mut parties = parties([&ours, &ours, &ours], [1, 1, 1]);
        for (index, party) in parties.iter_mut().enumerate() {
            let message = if index == mixed { &twisted[index] } else { &honest[index] };
            party.client_message(0, message.clone()).unwrap();
        }
        // A component that two parties hold differs, unless the liar's copy is the one that a seed replaces.
        match drive(&mut parties) {
            Err(error) => assert!(error.to_string().contains("client 0 (a)"), "{error}"),
            Ok(()) => assert_eq!(honest[mixed], twisted[mixed], "party {mixed} took another version"),
        }
    }
    let mut honest_parties = parties([&ours, &ours, &ours], [1, 1, 1]);
    for (party, message) in honest_parties.iter_mut().zip(honest) {
        party.client_message(0, message).unwrap();
    }
    drive(&mut honest_parties).unwrap();
}

#[test]
fn malformed_client_inputs_are_refused_by_name() {
    let ours = program(SUM);
    let good = client::prepare(ours.code(), Backend::Rep3, "a", &vec![(1, Value::List(vec![int(1)]))].into(), [1; 32])
        .unwrap();
    let damages: [fn(Vec<u8>) -> Vec<u8>; 4] = [
        |message| message[..message.len() / 2].to_vec(),
        |_| Vec::new(),
        |mut message| {
            // The announced length of the list.
            message[4] = 200;
            message
        },
        |mut message| {
            message.push(0);
            message
        },
    ];
    for damage in damages {
        let mut parties = parties([&ours, &ours, &ours], [1, 1, 1]);
        for (party, message) in parties.iter_mut().zip(&good) {
            party.client_message(0, damage(message.clone())).unwrap();
        }
        let error = drive(&mut parties).unwrap_err();
        assert!(error.to_string().contains("client 0"), "{error}");
    }
}

#[test]
fn frames_that_do_not_belong_are_refused() {
    let ours = program(SUM);
    for frame in
        [vec![], vec![0], vec![9, 9, 99], vec![0xff, 9], vec![1, 2, 3, 1], vec![0; 31].into_iter().chain([3]).collect()]
    {
        let mut parties = parties([&ours, &ours, &ours], [1, 1, 1]);
        let error = parties[0].deliver(PartyIdx(1), frame).unwrap_err();
        assert_eq!(error.culprit(), Some(PartyIdx(1)), "{error}");
    }
}

#[test]
fn a_party_that_stops_alone_is_named_without_what_it_knew() {
    let bodies = [
        // The program ends after it.
        "  print(100 // (me - 1))\n",
        // Others wait for a round of it.
        "  print(100 // (me - 1))\n  print((sum(xs) * sum(xs)).reveal())\n",
        // In a branch that it alone runs; the message would tell what it knew.
        "  if me == 1: var gone: int64 = LocalStorage.load(f\"mine {me}\")\n  print((sum(xs) * n).reveal())\n",
    ];
    for body in bodies {
        let text = format!("def main(n: int64, xs: list[secret int64] from a):\n  var me = Mpc.party_id()\n{body}");
        let program = program(&text);
        let error = start(&program).run_in_one_thread(&mut |_| {}).map(|_| ()).expect_err("party 1 stops");
        assert_eq!(error, SessionError::Stopped { party: PartyIdx(1) }, "{body}");
        assert_eq!(error.culprit(), Some(PartyIdx(1)));
        assert!(!error.to_string().contains("mine"), "{error}");
    }
}

#[test]
fn what_one_party_alone_prints_is_no_difference() {
    let text = "def main(n: int64, xs: list[secret int64] from a) -> int64:\n  print(Mpc.party_id())\n  return (sum(xs) * n).reveal()\n";
    let outcome = start(&program(text)).run_in_one_thread(&mut |_| {}).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(outcome.outcome.printed, ["0"]);
}
