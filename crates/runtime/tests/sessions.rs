//! Sessions over TLS on loopback: what ends well, and who is named when it does not.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use stoffel_bytecode::{Program, VerifiedProgram, verify};
use stoffel_mpc::{Offer, PartyIdx};
use stoffel_net::tls::Options;
use stoffel_net::{Dial, Fingerprint, Identity, Link, Listener, Peers, establish};
use stoffel_runtime::local::{Local, News};
use stoffel_runtime::remote::{RemoteSetup, run_client, run_party_at};
use stoffel_runtime::{ClientEntry, ClientGiven, Outcome, Party, PartyEntry, PartySetup, Session, SessionError};
use stoffel_value::{ScalarTy, Value};
use stoffel_vm::Limits;

const LOOP: &str = include_str!("programs/loop.txt");
const SUM: &str = include_str!("programs/sum.txt");

fn program(text: &str) -> Arc<VerifiedProgram> {
    Arc::new(verify(Program::from_text(text).unwrap()).unwrap())
}

fn int(value: i64) -> Value {
    Value::Scalar(ScalarTy::I64, value as u64)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn identity() -> Identity {
    Identity::generate(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}

/// Three parties of one session, each with its own copy of everything, ready to run.
struct Stage {
    setups: Vec<RemoteSetup>,
    listeners: Vec<Listener>,
    owner: Identity,
}

impl Stage {
    /// A session of a program with the public input `n`.
    fn new(program: &Arc<VerifiedProgram>, n: i64, timeout_ms: u64) -> Self {
        Self::with(program, &[(0, int(n))], timeout_ms, false)
    }

    /// A session with one client in the role `owner`.
    fn with_owner(program: &Arc<VerifiedProgram>) -> Self {
        Self::with(program, &[], 20_000, true)
    }

    fn with(program: &Arc<VerifiedProgram>, public: &[(u32, Value)], timeout_ms: u64, has_owner: bool) -> Self {
        let owner = identity();
        let key = owner.fingerprint().to_string();
        let clients = if has_owner { vec![ClientEntry { role: "owner".to_owned(), key }] } else { Vec::new() };
        let listeners: Vec<Listener> =
            (0..3).map(|_| Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap()).collect();
        let identities: Vec<Identity> = (0..3).map(|_| identity()).collect();
        let party = |(one, listener): (&Identity, &Listener)| PartyEntry {
            key: one.fingerprint().to_string(),
            address: listener.address().to_string(),
        };
        let session = Session {
            id: hex(&identity().fingerprint().0[..16]),
            program: hex(&program.hash()),
            backend: "rep3".to_owned(),
            threshold: 1,
            timeout_ms,
            join_ms: 20_000,
            frame_bytes_max: 1 << 20,
            link: "tls".to_owned(),
            network: None,
            output_clients: None,
            parties: identities.iter().zip(&listeners).map(party).collect(),
            clients,
        };
        let setup = |(me, identity): (u8, Identity)| RemoteSetup {
            session: session.clone(),
            me: PartyIdx(me),
            identity,
            program: Arc::clone(program),
            public: public.to_vec(),
            offer: Offer::default(),
            limits: Limits::default(),
            timed: false,
            storage: None,
            storage_programs: Vec::new(),
        };
        Self { setups: (0..3).zip(identities).map(setup).collect(), listeners, owner }
    }

    /// Runs the parties, each in a thread; `watch` sees the news of each.
    fn run(
        self,
        cancel: &[AtomicBool; 3],
        watch: fn(u8, &News<'_>, &AtomicBool),
    ) -> Vec<Result<Outcome, SessionError>> {
        self.run_beside(cancel, watch, |_, _| ()).0
    }

    /// As [`Stage::run`], with somebody else beside: who gets the descriptor and the owner's key.
    fn run_beside<T: Send>(
        self,
        cancel: &[AtomicBool; 3],
        watch: fn(u8, &News<'_>, &AtomicBool),
        beside: impl FnOnce(Session, Identity) -> T + Send,
    ) -> (Vec<Result<Outcome, SessionError>>, T) {
        let session = self.setups[0].session.clone();
        std::thread::scope(|scope| {
            let beside = scope.spawn(move || beside(session, self.owner));
            let parties: Vec<_> = self
                .setups
                .into_iter()
                .zip(&self.listeners)
                .zip(cancel)
                .map(|((setup, listener), cancel)| {
                    let me = setup.me.0;
                    scope.spawn(move || {
                        run_party_at(setup, listener, cancel, None, &mut |news| watch(me, &news, cancel))
                    })
                })
                .collect();
            let ended = parties.into_iter().map(|party| party.join().unwrap()).collect();
            (ended, beside.join().unwrap())
        })
    }
}

const fn nobody_cancels() -> [AtomicBool; 3] {
    [const { AtomicBool::new(false) }; 3]
}

#[test]
fn parties_over_tls_end_together() {
    let ended = Stage::new(&program(LOOP), 100, 20_000).run(&nobody_cancels(), |_, _, _| {});
    for outcome in ended {
        let outcome = outcome.unwrap();
        assert_eq!(outcome.results, [(0, int(4950))]);
        assert_eq!(outcome.printed, ["4950"]);
        assert!(outcome.stats.rounds >= 100, "each opening depends on the one before");
    }
}

#[test]
fn an_interrupted_party_is_named_by_the_others_and_nobody_has_a_result() {
    let cancel = nobody_cancels();
    let ended = Stage::new(&program(LOOP), 1 << 40, 20_000).run(&cancel, |me, news, cancel| {
        if me == 1 && matches!(news, News::Rounds(_)) {
            cancel.store(true, Ordering::Relaxed);
        }
    });
    assert_eq!(ended[1].as_ref().unwrap_err(), &SessionError::Interrupted);
    for party in [0, 2] {
        let error = ended[party].as_ref().unwrap_err();
        assert!(error.to_string().contains("party 1 ended the session: interrupted"), "{error}");
    }
}

#[test]
fn another_program_is_named_with_its_party_before_anything_else() {
    let mut stage = Stage::new(&program(LOOP), 10, 5000);
    let other = program(&LOOP.replace("small w2 0", "small w2 1"));
    stage.setups[2].session.program = hex(&other.hash());
    stage.setups[2].program = other;
    let ended = stage.run(&nobody_cancels(), |_, _, _| {});
    let named = |error: &SessionError| matches!(error, SessionError::Handshake { field: "program", .. });
    assert!(named(ended[2].as_ref().unwrap_err()), "{:?}", ended[2]);
    for party in [0, 1] {
        let error = ended[party].as_ref().unwrap_err();
        // A party either compares first or hears of the comparison from a peer that was faster.
        assert!(named(error) || error.to_string().contains("another program"), "{error}");
    }
}

#[test]
fn a_descriptor_that_differs_is_named() {
    let mut stage = Stage::new(&program(LOOP), 10, 5000);
    stage.setups[0].session.frame_bytes_max -= 1;
    let ended = stage.run(&nobody_cancels(), |_, _, _| {});
    assert!(ended[0].as_ref().unwrap_err().to_string().contains("session descriptor"), "{:?}", ended[0]);
    assert!(ended.iter().all(Result::is_err));
}

#[test]
fn a_key_that_is_not_the_descriptors_is_refused_at_the_start() {
    let mut stage = Stage::new(&program(LOOP), 10, 5000);
    stage.setups[1].identity = identity();
    let setup = stage.setups.remove(1);
    let error = run_party_at(setup, &stage.listeners[1], &AtomicBool::new(false), None, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("is not that of party 1"), "{error}");
}

#[test]
fn a_party_that_never_comes_is_named_after_the_time_to_join() {
    let mut stage = Stage::new(&program(LOOP), 10, 5000);
    for setup in &mut stage.setups {
        setup.session.join_ms = 300;
    }
    stage.setups.remove(2);
    let ended = stage.run(&nobody_cancels(), |_, _, _| {});
    for party in ended {
        let error = party.unwrap_err();
        assert_eq!(error.culprit(), Some(PartyIdx(2)), "{error}");
        assert!(error.to_string().contains("did not join within 300 ms"), "{error}");
    }
}

fn values() -> ClientGiven {
    vec![(0, Value::List([5, -7, 40].map(int).to_vec()))].into()
}

fn none() -> AtomicBool {
    AtomicBool::new(false)
}

#[test]
fn a_client_shares_its_input_and_alone_receives_what_is_its_own() {
    let sum = program(SUM);
    let (ended, received) = Stage::with_owner(&sum).run_beside(
        &nobody_cancels(),
        |_, _, _| {},
        |session, owner| run_client(&session, &owner, &sum, 0, &values(), &none()),
    );
    assert_eq!(received.unwrap(), [int(38)]);
    for outcome in ended {
        assert_eq!(outcome.unwrap().results, [(1, int(3))]);
    }
}

#[test]
fn one_thread_threads_and_tls_give_the_same() {
    let sum = program(SUM);
    let local = Local {
        program: Arc::clone(&sum),
        backend: stoffel_mpc::Backend::Rep3,
        n_parties: 3,
        threshold: 1,
        public: Vec::new(),
        clients: vec![("owner".to_owned(), values())],
        output_clients: None,
        offers: Vec::new(),
        limits: Limits::default(),
        timeout: std::time::Duration::from_secs(20),
        timed: false,
        storage: None,
        storage_programs: Vec::new(),
    };
    let clear = Local { backend: stoffel_mpc::Backend::Clear, n_parties: 1, threshold: 0, ..local.clone() };
    let (ended, received) = Stage::with_owner(&sum).run_beside(
        &nobody_cancels(),
        |_, _, _| {},
        |session, owner| run_client(&session, &owner, &sum, 0, &values(), &none()),
    );
    let received = received.unwrap();
    let remote = ended.into_iter().next().unwrap().unwrap();
    let here = [local.run_in_one_thread(&mut |_| {}), local.run_in_threads(&mut |_| {})].map(Result::unwrap);
    for one in &here {
        assert_eq!((&one.outcome.results, &one.received[0]), (&remote.results, &received));
        assert_eq!(one.outcome.stats.rounds, remote.stats.rounds);
        assert_eq!(one.bytes_sent[0], remote.stats.bytes_sent);
    }
    let clear = clear.run_in_one_thread(&mut |_| {}).unwrap();
    assert_eq!((&clear.outcome.results, &clear.received[0]), (&remote.results, &received));
}

#[test]
fn a_client_that_never_comes_is_named_by_every_party() {
    let mut stage = Stage::with_owner(&program(SUM));
    for setup in &mut stage.setups {
        setup.session.join_ms = 400;
    }
    for party in stage.run(&nobody_cancels(), |_, _, _| {}) {
        let error = party.unwrap_err().to_string();
        assert!(error.contains("client 0 (owner) did not join within 400 ms"), "{error}");
    }
}

#[test]
fn a_client_with_another_descriptor_is_named_and_shares_nothing() {
    let sum = program(SUM);
    let (ended, received) = Stage::with_owner(&sum).run_beside(
        &nobody_cancels(),
        |_, _, _| {},
        |session, owner| run_client(&Session { threshold: 0, ..session }, &owner, &sum, 0, &values(), &none()),
    );
    let error = received.unwrap_err().to_string();
    assert!(error.contains("session descriptor"), "{error}");
    for party in ended {
        let error = party.unwrap_err().to_string();
        assert!(error.contains("client 0 (owner)"), "{error}");
    }
}

/// Links of somebody who knows a participant's key to the parties before `n`, made without this crate.
fn impostor(session: &Session, key: &Identity, n: usize) -> Vec<Box<dyn Link>> {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let seat = |party: &PartyEntry| {
        (Dial::from(party.address.parse::<SocketAddr>().unwrap()), party.key.parse::<Fingerprint>().unwrap())
    };
    let peers: Vec<_> = session.parties.iter().take(n).map(seat).collect();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let peers = Peers { peers: &peers, listener: None, deadline, stop: &|| false };
    let links = establish(key, &peers, Options::at(now)).unwrap();
    links.into_iter().map(|link| Box::new(link) as Box<dyn Link>).collect()
}

#[test]
fn a_client_that_talks_nonsense_or_leaves_is_named() {
    for nonsense in [Some(vec![0u8; 100]), Some(vec![6]), Some(vec![1; 200]), None] {
        let (ended, ()) = Stage::with_owner(&program(SUM)).run_beside(
            &nobody_cancels(),
            |_, _, _| {},
            |session, owner| {
                for mut link in impostor(&session, &owner, 3) {
                    if let Some(frame) = &nonsense {
                        // The party that is reached last may have heard of it and be gone.
                        let _ = link.send(frame);
                    }
                    link.close();
                }
            },
        );
        for party in ended {
            let error = party.unwrap_err().to_string();
            assert!(error.contains("client 0 (owner)"), "{error}");
        }
    }
}

#[test]
fn a_peer_that_sends_an_oversize_frame_is_named() {
    let mut stage = Stage::new(&program(LOOP), 10, 20_000);
    let setup = stage.setups.remove(2);
    let (ended, ()) = stage.run_beside(
        &nobody_cancels(),
        |_, _, _| {},
        |session, _| {
            for mut link in impostor(&session, &setup.identity, 2) {
                // The party that is reached last may have heard of it and be gone.
                let _ = link.send(&vec![0; (1 << 20) + 1]);
                while link.has_pending() && link.flush().is_ok() {}
            }
        },
    );
    let blamed: Vec<SessionError> = ended.into_iter().map(Result::unwrap_err).collect();
    assert!(blamed.iter().all(|error| error.culprit() == Some(PartyIdx(2))), "{blamed:?}");
    assert!(blamed.iter().any(|error| error.to_string().contains("the bound is 1048576")), "{blamed:?}");
}

#[test]
fn a_peer_that_falls_silent_is_named_after_the_timeout() {
    let mut stage = Stage::new(&program(LOOP), 10, 300);
    let setup = stage.setups.remove(2);
    let (over, wait) = std::sync::mpsc::channel::<()>();
    let (ended, ()) = std::thread::scope(|scope| {
        let session = setup.session.clone();
        let silent = scope.spawn(move || {
            let links = impostor(&session, &setup.identity, 2);
            // Connected, proven, and without a word until the others have ended.
            let _ = wait.recv();
            drop(links);
        });
        let ended = stage.run_beside(&nobody_cancels(), |_, _, _| {}, |_, _| ());
        drop(over);
        silent.join().unwrap();
        ended
    });
    let blamed: Vec<SessionError> = ended.into_iter().map(Result::unwrap_err).collect();
    assert!(blamed.iter().all(|error| error.culprit() == Some(PartyIdx(2))), "{blamed:?}");
    assert!(blamed.iter().any(|error| error.to_string().contains("300 ms")), "{blamed:?}");
}

#[test]
fn frames_that_are_lost_repeated_or_changed_end_the_session() {
    use stoffel_net::{Fault, Faulty};
    let looped = program(LOOP);
    let local = Local {
        program: looped,
        backend: stoffel_mpc::Backend::Rep3,
        n_parties: 3,
        threshold: 1,
        public: vec![(0, int(20))],
        clients: Vec::new(),
        output_clients: None,
        offers: Vec::new(),
        limits: Limits::default(),
        timeout: std::time::Duration::from_millis(300),
        timed: false,
        storage: None,
        storage_programs: Vec::new(),
    };
    let faults =
        [Fault::Repeat(5), Fault::Flip { frame: 5, bit: 3 }, Fault::Silence(5), Fault::Close(5), Fault::Drop(0)];
    for fault in faults {
        let ended = local.run_in_threads_over(
            &mut |from, _, link| {
                if from == PartyIdx(1) { Box::new(Faulty::new(link, fault)) } else { Box::new(link) }
            },
            &mut |_| {},
        );
        assert!(ended.is_err(), "{fault:?} went unnoticed");
    }
}

/// Where session, program, backend, descriptor and public inputs stand in a hello.
const HELLO_IDENTITY: std::ops::Range<usize> = 11..11 + 16 + 32 + 16 + 32 + 32;

#[test]
fn a_party_that_runs_another_schedule_is_found_with_the_source_line() {
    let honest = program(LOOP);
    // The same but for one operand: it opens the sum so far where the others open the counter.
    let other = program(&LOOP.replace("4 hide s0 w1", "4 hide s0 w2"));
    let stage = Stage::new(&honest, 5, 1000);
    let session = &stage.setups[0].session;
    let mut parties: Vec<Party> = (0..3u8)
        .map(|me| {
            let program = if me == 2 { &other } else { &honest };
            let session = Session { program: hex(&program.hash()), ..session.clone() };
            Party::new(PartySetup {
                session: Arc::new(session),
                me: PartyIdx(me),
                program: Arc::clone(program),
                public: vec![(0, int(5))],
                seed: [me + 1; 32],
                offer: Offer::default(),
                limits: Limits::default(),
                storage: stoffel_runtime::StorageSetup::default(),
            })
            .unwrap()
        })
        .collect();
    // Hellos are exchanged by hand: each is told that all are the same.
    let hellos: Vec<Vec<u8>> =
        (0..3).map(|from| parties[from].take_frame(PartyIdx((from as u8 + 1) % 3)).unwrap()).collect();
    for from in 0..3 {
        parties[from].take_frame(PartyIdx((from as u8 + 2) % 3)).unwrap();
        for to in (0..3).filter(|to| *to != from) {
            let mut hello = hellos[from].clone();
            hello[HELLO_IDENTITY].copy_from_slice(&hellos[to][HELLO_IDENTITY]);
            parties[to].deliver(PartyIdx(from as u8), hello).unwrap();
        }
    }
    let error = drive(&mut parties).unwrap_err();
    assert!(error.to_string().contains("diverged") && error.to_string().contains("loop.stfl:4"), "{error}");
}

/// Runs parties in this thread to the end or the first error.
fn drive(parties: &mut [Party]) -> Result<(), SessionError> {
    for _ in 0..1000 {
        for party in parties.iter_mut() {
            party.step()?;
        }
        for from in 0..parties.len() {
            for to in 0..parties.len() {
                while let Some(frame) = parties[from].take_frame(PartyIdx(to as u8)) {
                    parties[to].deliver(PartyIdx(from as u8), frame)?;
                }
            }
        }
    }
    Ok(())
}
