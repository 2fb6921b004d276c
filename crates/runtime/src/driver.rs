//! A party and its links in, its outcome out: moves frames, keeps deadlines, tells everybody when it gives up.
//!
//! The same loop drives threads of one process and processes over links of every kind. It waits only where the party waits, looks at
//! the links after every slice of work, and ends within the session's timeout whatever the peers do. While it waits it reads the
//! awaited links again and again for a short while, letting others run in between, and only then sleeps: a peer's answer usually
//! comes within tens of microseconds, and a sleeping thread is woken later than that.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use stoffel_mpc::{Abort, AbortReason, PartyIdx};
use stoffel_net::{Link, LinkError, Meeting, wait_any};

use crate::abort::SessionError;
use crate::local::News;
use crate::outcome::Outcome;
use crate::party::{Party, Step, kind};
use crate::watch::Watch;

/// How long to look for frames of awaited peers before sleeping.
const SPIN: Duration = Duration::from_micros(80);
/// A single try that took this long says that others use the machine: whoever yields to them loses more than a sleeper, who is woken
/// before them. So the next waits do not try at all.
const CROWDED: Duration = Duration::from_micros(500);
const CROWDED_WAITS: u32 = 64;
/// Turns between two looks at links and clients from which nothing is awaited.
const ASIDE_TURNS: u64 = 32;
/// Longest sleep between two looks at the wish to stop.
const SLICE: Duration = Duration::from_millis(50);
/// Longest time spent on telling peers that this party gives up.
const GIVE_UP: Duration = Duration::from_millis(300);
/// Longest time that an ended party keeps its links open for what is still under way.
const LINGER: Duration = Duration::from_secs(2);
/// Steps between two reports of progress.
const REPORT_STEPS: u64 = 64;

/// How long a party waits for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Silence after which a peer is blamed.
    pub(crate) timeout: Duration,
    /// When every client must have joined and given its input.
    pub(crate) join_by: Instant,
    /// The same as a length, for messages.
    pub(crate) join: Duration,
}

/// A party with everything that it is connected to.
pub(crate) struct Driver<'a> {
    party: Party,
    peers: Vec<Option<Box<dyn Link>>>,
    guests: Vec<Guest>,
    /// Clients on their way: seat `first + i` is client i.
    meeting: Option<(Meeting<'a>, usize)>,
    watch: Watch,
    terms: Terms,
    cancel: &'a AtomicBool,
    steps: u64,
    /// Waits that sleep at once, because the machine is crowded.
    sleepy: u32,
    /// Since when a message is waited for.
    message_since: Option<Instant>,
}

/// A client, as a party sees it.
#[derive(Default)]
struct Guest {
    link: Option<Box<dyn Link>>,
    /// It has said hello, and the same as this party.
    checked: bool,
    /// This party has said hello.
    greeted: bool,
    gave: bool,
}

impl<'a> Driver<'a> {
    /// A party over links to its peers, by index; clients come through the meeting, or their inputs are in the party already.
    pub(crate) fn new(
        party: Party,
        peers: Vec<Option<Box<dyn Link>>>,
        meeting: Option<(Meeting<'a>, usize)>,
        terms: Terms,
        cancel: &'a AtomicBool,
    ) -> Self {
        let watch = Watch::new(party.me(), peers.len(), terms.timeout, Instant::now());
        let n_guests = if meeting.is_some() { party.n_clients() } else { 0 };
        let guests = (0..n_guests).map(|_| Guest::default()).collect();
        Self { party, peers, guests, meeting, watch, terms, cancel, steps: 0, sleepy: 0, message_since: None }
    }

    /// Runs the session to its end.
    ///
    /// # Errors
    /// Whatever ends it; the peers and clients have been told.
    pub(crate) fn run(mut self, news: &mut dyn FnMut(News<'_>)) -> Result<Outcome, SessionError> {
        match self.turn_until_done(news) {
            Ok(()) => self.finish(),
            Err(error) => {
                self.give_up(&error);
                Err(error)
            }
        }
    }

    fn turn_until_done(&mut self, news: &mut dyn FnMut(News<'_>)) -> Result<(), SessionError> {
        loop {
            let step = self.party.step();
            self.tell(news);
            // Frames go out before an error ends the loop: peers may need them to see the same error.
            self.send_frames()?;
            let step = step?;
            if self.cancel.load(Ordering::Relaxed) {
                return Err(SessionError::Interrupted);
            }
            let awaited: &[PartyIdx] = match &step {
                Step::Waiting(peers) | Step::WaitingForMessage(peers, _) => peers,
                _ => &[],
            };
            let aside = awaited.is_empty() || self.steps.is_multiple_of(ASIDE_TURNS);
            let mut heard =
                if aside { self.receive()? | self.serve_guests()? } else { self.receive_from_all(awaited)? };
            if step == Step::Done {
                return Ok(());
            }
            let mut now = Instant::now();
            self.keep_alive(awaited, now)?;
            if !heard && matches!(step, Step::Waiting(_)) {
                (heard, now) = self.spin(awaited, now)?;
            }
            if heard || step == Step::Working {
                self.watch.worked();
                continue;
            }
            if !aside && (self.receive()? | self.serve_guests()?) {
                continue;
            }
            if let Step::WaitingForMessage(_, timeout_ms) = &step {
                // Nobody is to blame for a message that never comes: the program has said how long it waits.
                if now.duration_since(*self.message_since.get_or_insert(now)) >= Duration::from_millis(*timeout_ms) {
                    self.party.expire();
                    self.message_since = None;
                    continue;
                }
            } else {
                self.message_since = None;
                self.watch.verdict(awaited, now)?;
            }
            if let Step::WaitingForClients(silent) = &step {
                self.check_guests(silent, now)?;
            }
            self.wait(now)?;
        }
    }

    fn tell(&mut self, news: &mut dyn FnMut(News<'_>)) {
        self.party.take_printed().iter().for_each(|line| news(News::Printed(line)));
        self.steps += 1;
        if self.steps.is_multiple_of(REPORT_STEPS) {
            news(News::Rounds(self.party.rounds()));
        }
    }

    fn send_frames(&mut self) -> Result<(), SessionError> {
        for (index, link) in self.peers.iter_mut().enumerate() {
            let Some(link) = link else { continue };
            let peer = PartyIdx(index as u8);
            while let Some(frame) = self.party.take_frame(peer) {
                link.send_vec(frame).or_else(|error| blame_sending(&self.party, peer, error))?;
            }
        }
        self.flush()
    }

    /// Writes more of what waits for the peers.
    fn flush(&mut self) -> Result<(), SessionError> {
        for (index, link) in self.peers.iter_mut().enumerate() {
            if let Some(link) = link.as_mut().filter(|link| link.has_pending()) {
                link.flush().or_else(|error| blame_sending(&self.party, PartyIdx(index as u8), error))?;
            }
        }
        Ok(())
    }

    /// Looks for frames of the awaited peers for a short while; whether there was one, and the time.
    fn spin(&mut self, awaited: &[PartyIdx], start: Instant) -> Result<(bool, Instant), SessionError> {
        if self.sleepy > 0 {
            self.sleepy -= 1;
            return Ok((false, start));
        }
        let mut last = start;
        loop {
            std::thread::yield_now();
            self.flush()?;
            let heard = self.receive_from_all(awaited)?;
            let now = Instant::now();
            if now.saturating_duration_since(last) >= CROWDED {
                self.sleepy = CROWDED_WAITS;
            }
            if heard || now.saturating_duration_since(start) >= SPIN {
                return Ok((heard, now));
            }
            last = now;
        }
    }

    /// Takes what has come from the peers; whether a frame of the protocol was among it.
    fn receive(&mut self) -> Result<bool, SessionError> {
        (0..self.peers.len()).try_fold(false, |heard, index| Ok(self.receive_from(index, true)? | heard))
    }

    /// As [`Driver::receive`] of some peers, at most one frame of the protocol each.
    fn receive_from_all(&mut self, peers: &[PartyIdx]) -> Result<bool, SessionError> {
        let mut heard = false;
        for peer in peers {
            heard |= self.receive_from(usize::from(peer.0), false)?;
        }
        Ok(heard)
    }

    fn receive_from(&mut self, index: usize, all: bool) -> Result<bool, SessionError> {
        let (peer, slot) = (PartyIdx(index as u8), &mut self.peers[index]);
        let mut heard = false;
        while let Some(link) = slot {
            // What a peer sends ahead waits in its link, where it is bounded, not in the party.
            if !self.party.has_room(peer) || (heard && !all) {
                break;
            }
            match link.try_recv() {
                Ok(None) => break,
                Ok(Some(frame)) if frame.last() == Some(&kind::ALIVE) => {
                    let sign = self.watch.sign(index, &frame[..frame.len() - 1], Instant::now());
                    sign.map_err(|_| SessionError::Malformed { peer, what: "sign of life" })?;
                }
                Ok(Some(frame)) => {
                    self.watch.heard(index, Instant::now());
                    self.party.deliver(peer, frame)?;
                    heard = true;
                }
                // A peer that has said its final word may go.
                Err(_) if self.party.has_ended(peer) => *slot = None,
                Err(error) => return Err(SessionError::Lost { peer, what: why(&error) }),
            }
        }
        Ok(heard)
    }

    /// Lets clients in, checks what they say, takes their inputs; whether an input has come.
    fn serve_guests(&mut self) -> Result<bool, SessionError> {
        if let Some((meeting, first)) = &mut self.meeting {
            meeting.advance().map_err(|error| SessionError::Setup(error.to_string()))?;
            for (client, guest) in self.guests.iter_mut().enumerate() {
                if let Some(link) = meeting.take(*first + client) {
                    guest.link = Some(Box::new(link));
                }
            }
        }
        let (mut heard, agreed) = (false, self.party.is_agreed());
        for client in 0..self.guests.len() {
            heard |= self.serve_guest(client, agreed)?;
        }
        Ok(heard)
    }

    fn serve_guest(&mut self, client: usize, agreed: bool) -> Result<bool, SessionError> {
        let (index, mut heard) = (client as u32, false);
        let guest = &mut self.guests[client];
        let Some(link) = &mut guest.link else { return Ok(false) };
        if guest.gave && !link.has_pending() {
            // Nothing more is due from it.
            return Ok(false);
        }
        let outcome = (|| {
            // Clients are greeted only once the parties agree: until then nobody should share anything with this party.
            if agreed && !guest.greeted {
                link.send(&self.party.hello_frame())?;
                guest.greeted = true;
            }
            link.flush()?;
            link.try_recv()
        })();
        match outcome {
            Ok(None) => {}
            Ok(Some(mut frame)) => match (frame.pop(), guest.checked, guest.gave) {
                (Some(kind::HELLO), false, _) => {
                    self.party.check_client(index, &frame)?;
                    guest.checked = true;
                }
                (Some(kind::INPUT), true, false) => {
                    guest.gave = true;
                    self.party.client_message(index, frame)?;
                    heard = true;
                }
                _ => return Err(self.party.client_error(index, "sent what no message of a client looks like")),
            },
            // A client that has given its input may go; it only forgoes its outputs.
            Err(_) if guest.gave => guest.link = None,
            Err(error) => {
                return Err(self.party.client_error(index, &format!("left before it gave its input: {}", why(&error))));
            }
        }
        Ok(heard)
    }

    fn check_guests(&self, silent: &[u32], now: Instant) -> Result<(), SessionError> {
        let Some(&first) = silent.first().filter(|_| now >= self.terms.join_by) else { return Ok(()) };
        let ms = self.terms.join.as_millis();
        let joined = self.guests.get(first as usize).is_some_and(|guest| guest.link.is_some());
        let what =
            if joined { format!("gave no input within {ms} ms") } else { format!("did not join within {ms} ms") };
        let refused = self.meeting.as_ref().map(|(meeting, _)| meeting.refused().join("; ")).unwrap_or_default();
        let what = if refused.is_empty() { what } else { format!("{what}; turned away meanwhile: {refused}") };
        Err(self.party.client_error(first, &what))
    }

    fn keep_alive(&mut self, awaited: &[PartyIdx], now: Instant) -> Result<(), SessionError> {
        let Some(mut sign) = self.watch.sign_due(awaited, now) else { return Ok(()) };
        sign.push(kind::ALIVE);
        for (index, link) in self.peers.iter_mut().enumerate() {
            let Some(link) = link else { continue };
            // A peer that does not read has the last sign still before it; more of them would not help.
            if !link.has_pending() {
                link.send(&sign).or_else(|error| blame_sending(&self.party, PartyIdx(index as u8), error))?;
            }
        }
        for guest in self.guests.iter_mut().filter(|guest| guest.greeted) {
            if let Some(link) = guest.link.as_mut().filter(|link| !link.has_pending())
                && link.send(&[kind::ALIVE]).is_err()
                && guest.gave
            {
                guest.link = None;
            }
        }
        Ok(())
    }

    fn wait(&mut self, now: Instant) -> Result<(), SessionError> {
        let until = self.watch.next_look().min(now + SLICE).max(now + Duration::from_micros(100));
        let guests = self.guests.iter_mut().filter_map(|guest| {
            let gave = guest.gave;
            guest.link.as_mut().filter(|link| !gave || link.has_pending())
        });
        let mut links: Vec<&mut dyn Link> =
            self.peers.iter_mut().flatten().chain(guests).map(|link| &mut **link as _).collect();
        let meeting = self.meeting.as_ref().filter(|(meeting, first)| !meeting.is_over(*first));
        let waited = match meeting {
            Some((meeting, _)) => meeting.wait(&mut links, until).map_err(|error| error.to_string()),
            None => wait_any(&mut links, until).map_err(|error| error.to_string()),
        };
        waited.map_err(|error| SessionError::Setup(format!("cannot wait for links: {error}")))
    }

    /// The session is over: hands clients what is theirs and lets the links run dry.
    fn finish(mut self) -> Result<Outcome, SessionError> {
        let notice = self.party.trap_notice();
        let outcome = self.party.into_outcome();
        for (client, guest) in self.guests.iter_mut().enumerate() {
            let Some(link) = &mut guest.link else { continue };
            let frame = match (&notice, outcome.client_messages.get(client)) {
                (None, Some(message)) => [&message[..], &[kind::OUTPUT]].concat(),
                (notice, _) => [notice.as_deref().unwrap_or_default().as_bytes(), &[kind::TRAPPED]].concat(),
            };
            if link.send(&frame).is_err() {
                // The client is gone; the session's result stands without it.
                guest.link = None;
            }
        }
        let guests = self.guests.into_iter().filter_map(|guest| guest.link);
        drain(self.peers.into_iter().flatten().chain(guests).collect(), self.terms.timeout.min(LINGER));
        Ok(outcome)
    }

    /// Tells everybody why; best effort, bounded.
    fn give_up(mut self, error: &SessionError) {
        let frame = Party::give_up_frame(error);
        let guests = self.guests.iter_mut().filter_map(|guest| guest.link.take());
        let mut links: Vec<Box<dyn Link>> = self.peers.iter_mut().filter_map(Option::take).chain(guests).collect();
        for link in &mut links {
            let _ = link.send(&frame);
        }
        drain(links, GIVE_UP);
    }
}

/// Writes what waits, says farewell, and reads until the other side has done the same or the time is up: closing a socket that
/// holds unread bytes would destroy what is still on its way to the peer.
pub(crate) fn drain(links: Vec<Box<dyn Link>>, patience: Duration) {
    let deadline = Instant::now() + patience;
    let mut open: Vec<(Box<dyn Link>, bool)> = links.into_iter().map(|link| (link, false)).collect();
    loop {
        open.retain_mut(|(link, closed)| {
            if !*closed {
                if link.flush().is_err() {
                    return false;
                }
                if !link.has_pending() {
                    link.close();
                    *closed = true;
                }
            }
            loop {
                match link.try_recv() {
                    Ok(Some(_)) => {}
                    Ok(None) => return true,
                    Err(_) => return false,
                }
            }
        });
        if open.is_empty() || Instant::now() >= deadline {
            return;
        }
        let mut waiting: Vec<&mut dyn Link> = open.iter_mut().map(|(link, _)| &mut **link as _).collect();
        if wait_any(&mut waiting, deadline).is_err() {
            return;
        }
    }
}

/// A peer that cannot be written to is lost, unless it has ended; then what is written does not matter.
fn blame_sending(party: &Party, peer: PartyIdx, error: LinkError) -> Result<(), SessionError> {
    match error {
        _ if party.has_ended(peer) => Ok(()),
        // The reading side will tell why: the peer's farewell may be waiting there.
        LinkError::Truncated | LinkError::Closed | LinkError::Io(_) => Ok(()),
        LinkError::Oversize { .. } => Err(Abort {
            culprit: None,
            reason: AbortReason::Limit("a frame would exceed the session's frame_bytes_max"),
        }
        .into()),
        error => Err(SessionError::Lost { peer, what: why(&error) }),
    }
}

/// A link's end in words that follow the peer's name.
pub(crate) fn why(error: &LinkError) -> String {
    match error {
        LinkError::Truncated => "is gone: connection lost".to_owned(),
        LinkError::Closed => "left the session before its end".to_owned(),
        LinkError::Timeout { ms } => format!("did not join within {ms} ms"),
        LinkError::Oversize { bytes, bound } => format!("sent a frame of {bytes} bytes, the bound is {bound}"),
        LinkError::Full { .. } => format!("does not read: {error}"),
        LinkError::WrongPeer { .. } | LinkError::Validity { .. } | LinkError::Foreign(_) => {
            format!("is not who it should be: {error}")
        }
        LinkError::Refused(reason) => format!("refused this side: {reason}"),
        other => format!("cannot be talked to: {other}"),
    }
}
