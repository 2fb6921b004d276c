//! One party or client of a session over links: a descriptor, a key and the own values in, the outcome out.
//!
//! Every party listens at its address; parties of higher index dial those of lower, clients dial every party. Parties meet first
//! and compare hellos; clients are greeted only when the parties agree.

use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use stoffel_bytecode::VerifiedProgram;
use stoffel_mpc::{Offer, PartyIdx};
use stoffel_net::tls::Options;
use stoffel_net::{
    Address, Dial, Direction, EstablishError, Fingerprint, Identity, Link, LinkError, Listener, Meeting, Shaped, Tap,
};
use stoffel_value::Value;
use stoffel_vm::Limits;

use crate::abort::SessionError;
use crate::driver::{Driver, Terms, why};
use crate::guest::Guest;
use crate::host::{ClientGiven, Given};
use crate::local::{News, fresh};
use crate::outcome::Outcome;
use crate::party::{Party, PartySetup};
use crate::probe;
use crate::session::{Session, UNIX};
use crate::storage::{self, StorageSetup};

/// Longest sleep between two looks at the wish to stop.
const SLICE: Duration = Duration::from_millis(50);

/// What one party of a deployed session starts from.
pub struct RemoteSetup {
    /// The descriptor.
    pub session: Session,
    /// This party's index.
    pub me: PartyIdx,
    /// Its key, which the descriptor names.
    pub identity: Identity,
    /// The program.
    pub program: Arc<VerifiedProgram>,
    /// Public parameters.
    pub public: Given,
    /// Schedule parameters that it can keep.
    pub offer: Offer,
    /// Limits of the machine.
    pub limits: Limits,
    /// Whether to measure where the time goes.
    pub timed: bool,
    /// File of this party's store; none is kept if absent.
    pub storage: Option<PathBuf>,
    /// Programs (hashes in hex) beside the session's own whose secrets it may load from there.
    pub storage_programs: Vec<String>,
}

/// Shown every frame below encryption: peer, direction, plaintext.
pub type Record = Arc<dyn Fn(PartyIdx, Direction, &[u8]) + Send + Sync>;

/// Runs one party to the end of the session; listens at its address of the descriptor.
///
/// # Errors
/// Whatever ends the session: the peers have been told, and the peer at fault is named.
pub fn run_party(
    setup: RemoteSetup,
    cancel: &AtomicBool,
    news: &mut dyn FnMut(News<'_>),
) -> Result<Outcome, SessionError> {
    let listener = listen(&setup.session, setup.me)?;
    run_party_at(setup, &listener, cancel, None, news)
}

/// As [`run_party`], at a listener that is open already and with a record of the frames exchanged with peers.
///
/// # Errors
/// As [`run_party`].
pub fn run_party_at(
    setup: RemoteSetup,
    listener: &Listener,
    cancel: &AtomicBool,
    record: Option<&Record>,
    news: &mut dyn FnMut(News<'_>),
) -> Result<Outcome, SessionError> {
    let RemoteSetup { session, me, identity, program, public, offer, limits, timed, storage: file, storage_programs } =
        setup;
    let content = file.as_deref().map_or_else(|| Ok(Vec::new()), storage::read_file)?;
    let storage = StorageSetup { content, programs: storage_programs };
    let keys = session.keys()?;
    let (n, index) = (usize::from(session.n_parties()), usize::from(me.0));
    if keys.get(index).filter(|_| index < n) != Some(&identity.fingerprint()) {
        return Err(SessionError::Setup(format!(
            "the key {} is not that of {me} in the session descriptor",
            identity.fingerprint()
        )));
    }
    let (timeout, join) = (Duration::from_millis(session.timeout_ms), Duration::from_millis(session.join_ms));
    let join_by = Instant::now() + join;
    let options = options(&session)?;
    let mut seats: Vec<(Dial, Fingerprint)> = Vec::new();
    for (peer, key) in keys.iter().enumerate() {
        let dial = if peer < index { Dial::To(resolve(&session, peer)?) } else { Dial::Awaited };
        seats.extend((peer != index).then_some((dial, *key)));
    }
    let session = Arc::new(session);
    let seed = fresh()?;
    let mut party =
        Party::new(PartySetup { session: Arc::clone(&session), me, program, public, seed, offer, limits, storage })?;

    let kind = session.link_kind()?;
    let mut meeting = Meeting::new(&identity, &seats, Some(listener), options).over(kind, n - 1);
    let others: Vec<usize> = (0..n).filter(|peer| *peer != index).collect();
    meet(&mut meeting, others.len(), join_by, join, cancel).map_err(|missed| match missed {
        Missed::Stopped => SessionError::Interrupted,
        Missed::Failed(error) => blame(&session, &others, &error),
    })?;
    let mut links: Vec<Option<Box<dyn Link>>> = (0..n).map(|_| None).collect();
    for (seat, peer) in others.iter().enumerate() {
        let Some(link) = meeting.take(seat) else { continue };
        let link = link.into_inner();
        links[*peer] = Some(match &session.network {
            None => link,
            Some(network) => {
                Box::new(Shaped::new(link, network.profile()?, network.seed_of(me, PartyIdx(*peer as u8))))
            }
        });
    }
    if timed {
        party.measure_time(false);
    }
    party.offer_measured(probe::measure(&mut links, session.frame_bytes_max, join_by, cancel)?);
    let links = (0u8..).map(PartyIdx).zip(links).map(|(peer, link)| Some(recorded(link?, peer, record))).collect();
    let terms = Terms { timeout, join_by, join };
    let outcome = Driver::new(party, links, Some((meeting, others.len())), terms, cancel).run(news)?;
    if let (Some(file), None) = (file, &outcome.trap) {
        storage::write_file(&file, &outcome.storage)?;
    }
    Ok(outcome)
}

/// The link, with its frames shown below encryption to whoever records them.
fn recorded(link: Box<dyn Link>, peer: PartyIdx, record: Option<&Record>) -> Box<dyn Link> {
    match record.map(Arc::clone) {
        None => link,
        Some(record) => Box::new(Tap::new(link, move |direction, frame: &[u8]| record(peer, direction, frame))),
    }
}

/// Gives a client's values to the parties and waits for what it receives, in order of delivery.
///
/// `client` is its index in the descriptor.
///
/// # Errors
/// If a party is not who it should be or runs something else, or the session ends without result.
pub fn run_client(
    session: &Session,
    identity: &Identity,
    program: &VerifiedProgram,
    client: u32,
    values: &ClientGiven,
    cancel: &AtomicBool,
) -> Result<Vec<Value>, SessionError> {
    let keys = session.keys()?;
    let n = usize::from(session.n_parties());
    let role = session.clients.get(client as usize).map(|entry| entry.role.as_str());
    let role = role.filter(|_| keys.get(n + client as usize) == Some(&identity.fingerprint())).ok_or_else(|| {
        let key = identity.fingerprint();
        SessionError::Setup(format!("the key {key} is not that of client {client} in the session descriptor"))
    })?;
    let join = Duration::from_millis(session.join_ms);
    let mut seats = Vec::new();
    for (party, key) in keys.iter().enumerate().take(n) {
        seats.push((Dial::To(resolve(session, party)?), *key));
    }
    let mut meeting = Meeting::new(identity, &seats, None, options(session)?);
    let others: Vec<usize> = (0..n).collect();
    meet(&mut meeting, n, Instant::now() + join, join, cancel).map_err(|missed| match missed {
        Missed::Stopped => SessionError::Interrupted,
        Missed::Failed(error) => blame(session, &others, &error),
    })?;
    let links = (0..n).filter_map(|party| meeting.take(party)).map(|link| link.into_inner()).collect();
    Guest::new(session, program, client, role, links)?.run(values, cancel)
}

/// The listener of a party at its address of the descriptor.
///
/// # Errors
/// If the address is not one of this machine or is in use.
pub fn listen(session: &Session, me: PartyIdx) -> Result<Listener, SessionError> {
    let address = resolve(session, usize::from(me.0))?;
    Listener::bind_at(&address).map_err(|error| SessionError::Setup(error.to_string()))
}

fn resolve(session: &Session, party: usize) -> Result<Address, SessionError> {
    let entry = session.parties.get(party);
    let entry = entry.ok_or_else(|| SessionError::Setup(format!("the session has no party {party}")))?;
    if let Some(path) = entry.address.strip_prefix(UNIX) {
        return Ok(Address::Unix(path.into()));
    }
    let unknown = |why: String| {
        SessionError::Setup(format!(
            "address `{}` of party {party} is not HOST:PORT or unix:PATH, or cannot be found{why}",
            entry.address
        ))
    };
    let mut found = entry.address.to_socket_addrs().map_err(|error| unknown(format!(": {error}")))?;
    found.next().map(Address::Tcp).ok_or_else(|| unknown(String::new()))
}

fn options(session: &Session) -> Result<Options, SessionError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let bound = u32::try_from(session.frame_bytes_max);
    let bound = bound.map_err(|_| SessionError::Setup("session descriptor: frames are bounded by 4 GiB".to_owned()))?;
    Ok(Options { frame_bytes_max: bound, ..Options::at(now) })
}

enum Missed {
    Stopped,
    Failed(EstablishError),
}

/// Waits until the first `n` seats are taken.
fn meet(
    meeting: &mut Meeting<'_>,
    n: usize,
    deadline: Instant,
    join: Duration,
    cancel: &AtomicBool,
) -> Result<(), Missed> {
    loop {
        meeting.advance().map_err(Missed::Failed)?;
        let Some(missing) = (0..n).find(|seat| !meeting.is_met(*seat)) else { return Ok(()) };
        if cancel.load(Ordering::Relaxed) {
            return Err(Missed::Stopped);
        }
        let now = Instant::now();
        if now >= deadline {
            let error = LinkError::Timeout { ms: join.as_millis() as u64 };
            return Err(Missed::Failed(meeting.failed(Some(missing), error)));
        }
        meeting.wait(&mut [], deadline.min(now + SLICE)).map_err(Missed::Failed)?;
    }
}

/// Names whom a failed meeting lacks.
fn blame(session: &Session, others: &[usize], failed: &EstablishError) -> SessionError {
    let mut what = why(&failed.error);
    if !failed.refused.is_empty() {
        what += &format!("; turned away meanwhile: {}", failed.refused.join("; "));
    }
    match failed.peer {
        None => SessionError::Setup(what),
        Some(seat) => match others.get(seat) {
            Some(peer) => SessionError::Lost { peer: PartyIdx(*peer as u8), what },
            None => {
                let client = seat - others.len();
                let role = session.clients.get(client).map(|entry| entry.role.clone()).unwrap_or_default();
                SessionError::Client { client: client as u32, role, what }
            }
        },
    }
}
