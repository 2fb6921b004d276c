//! A client over its links to all parties: hellos first, then shares out, then output shares in.
//!
//! The client shares nothing before every party has said the same hello as its own descriptor and program give, and the same
//! public inputs as every other party.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use stoffel_bytecode::VerifiedProgram;
use stoffel_mpc::{Backend, Offer, PartyIdx};
use stoffel_net::{Link, wait_any};
use stoffel_value::Value;

use crate::abort::SessionError;
use crate::client;
use crate::driver::{drain, why};
use crate::hello::Hello;
use crate::host::ClientGiven;
use crate::local::fresh;
use crate::party::{kind, reported};
use crate::session::Session;

/// Longest sleep between two looks at the wish to stop.
const SLICE: Duration = Duration::from_millis(50);
/// Longest time spent on farewells.
const FAREWELL: Duration = Duration::from_millis(300);

/// One client of a session.
pub(crate) struct Guest<'a> {
    program: &'a VerifiedProgram,
    backend: Backend,
    role: &'a str,
    hello: Hello,
    parties: Vec<Host>,
    timeout: Duration,
}

/// A party, as its client sees it.
struct Host {
    link: Box<dyn Link>,
    heard: Instant,
    hello: Option<Hello>,
    output: Option<Vec<u8>>,
    /// Its link has broken, and why.
    gone: Option<SessionError>,
}

impl<'a> Guest<'a> {
    /// A client with a link to each party, in order.
    ///
    /// # Errors
    /// If the descriptor is wrong or the program is not its program.
    pub(crate) fn new(
        session: &Session,
        program: &'a VerifiedProgram,
        index: u32,
        role: &'a str,
        links: Vec<Box<dyn Link>>,
    ) -> Result<Self, SessionError> {
        if crate::session::hex(&program.hash()) != session.program {
            return Err(SessionError::Setup(format!("the program of client {index} is not the session's")));
        }
        let hello = Hello::of_client(session, program.hash(), Offer::default())?;
        let host = |link| Host { link, heard: Instant::now(), hello: None, output: None, gone: None };
        Ok(Self {
            program,
            backend: session.backend()?,
            role,
            hello,
            parties: links.into_iter().map(host).collect(),
            timeout: Duration::from_millis(session.timeout_ms),
        })
    }

    /// Takes part in the session.
    ///
    /// # Errors
    /// Whatever ends it.
    pub(crate) fn run(mut self, values: &ClientGiven, cancel: &AtomicBool) -> Result<Vec<Value>, SessionError> {
        let received = self.take_part(values, cancel);
        drain(self.parties.into_iter().map(|party| party.link).collect(), FAREWELL);
        received
    }

    fn take_part(&mut self, values: &ClientGiven, cancel: &AtomicBool) -> Result<Vec<Value>, SessionError> {
        // Values are checked before anybody is talked to.
        let messages = client::prepare(self.program, self.backend, self.role, values, fresh()?)?;
        let hello = [&self.hello.to_bytes()[..], &[kind::HELLO]].concat();
        (0..self.parties.len()).try_for_each(|party| self.send(party, &hello))?;
        self.wait_for(cancel, |party| party.hello.is_some())?;
        self.compare_inputs()?;
        for (party, mut message) in messages.into_iter().enumerate() {
            message.push(kind::INPUT);
            self.send(party, &message)?;
        }
        self.wait_for(cancel, |party| party.output.is_some())?;
        let outputs: Vec<Vec<u8>> = self.parties.iter_mut().filter_map(|party| party.output.take()).collect();
        client::receive(self.program, self.backend, &outputs)
    }

    fn send(&mut self, party: usize, frame: &[u8]) -> Result<(), SessionError> {
        if let Err(error) = self.parties[party].link.send(frame) {
            // A party that has given up has closed its link; its reason may wait to be read and says more than this error.
            self.receive(party)?;
            self.parties[party].gone.get_or_insert(lost(party, why(&error)));
        }
        Ok(())
    }

    /// Serves all links until every party has given what is waited for.
    fn wait_for(&mut self, cancel: &AtomicBool, has: fn(&Host) -> bool) -> Result<(), SessionError> {
        let mut give_up_at: Option<Instant> = None;
        loop {
            for party in 0..self.parties.len() {
                self.receive(party)?;
            }
            if self.parties.iter().all(has) {
                return Ok(());
            }
            if cancel.load(Ordering::Relaxed) {
                return Err(SessionError::Interrupted);
            }
            let now = Instant::now();
            // A lost party is often the echo of a failure that another one can explain.
            if let Some(error) = self.parties.iter().find_map(|party| party.gone.clone()) {
                let all_gone = self.parties.iter().all(|party| party.gone.is_some());
                if all_gone || now >= *give_up_at.get_or_insert(now + FAREWELL) {
                    return Err(error);
                }
            }
            let late = |host: &Host| !has(host) && now.saturating_duration_since(host.heard) > self.timeout;
            if let Some(party) = self.parties.iter().position(late) {
                return Err(lost(party, format!("sent nothing for {} ms", self.timeout.as_millis())));
            }
            let alive = self.parties.iter_mut().filter(|party| party.gone.is_none() && party.output.is_none());
            let mut links: Vec<&mut dyn Link> = alive.map(|party| &mut *party.link as _).collect();
            wait_any(&mut links, now + SLICE).map_err(|error| SessionError::Setup(error.to_string()))?;
        }
    }

    fn receive(&mut self, index: usize) -> Result<(), SessionError> {
        let peer = PartyIdx(index as u8);
        let malformed = |what| SessionError::Malformed { peer, what };
        let party = &mut self.parties[index];
        if party.output.is_some() || party.gone.is_some() {
            return Ok(());
        }
        // What cannot be written is told by the reading side, where the party's last words wait.
        let _ = party.link.flush();
        loop {
            let mut frame = match party.link.try_recv() {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(()),
                Err(error) => {
                    party.gone = Some(lost(index, why(&error)));
                    return Ok(());
                }
            };
            party.heard = Instant::now();
            match frame.pop() {
                Some(kind::ALIVE) => {}
                Some(kind::HELLO) if party.hello.is_none() => {
                    let hello = Hello::from_bytes(&frame).map_err(|_| malformed("hello"))?;
                    if hello.party != peer {
                        return Err(malformed("hello"));
                    }
                    self.hello.agrees_without_inputs(&hello)?;
                    party.hello = Some(hello);
                }
                Some(kind::OUTPUT) if party.hello.is_some() => {
                    party.output = Some(frame);
                    return Ok(());
                }
                Some(kind::TRAPPED) => {
                    return Err(SessionError::Trapped(reported(&frame)));
                }
                Some(kind::GIVE_UP) => return Err(SessionError::from_give_up(peer, frame)),
                _ => return Err(malformed("message")),
            }
        }
    }

    /// Parties that were given different public inputs compute different things.
    fn compare_inputs(&self) -> Result<(), SessionError> {
        let hellos: Vec<&Hello> = self.parties.iter().filter_map(|party| party.hello.as_ref()).collect();
        let Some((first, rest)) = hellos.split_first() else { return Ok(()) };
        rest.iter().try_for_each(|hello| first.agrees(hello))
    }
}

fn lost(party: usize, what: String) -> SessionError {
    SessionError::Lost { peer: PartyIdx(party as u8), what }
}
