//! Messages that parties broadcast in, each receiver's next message out (LANGUAGE §17.2).
//!
//! A broadcast goes to every party over its own link, so all receive the messages of one party in the order in which it sent them:
//! parties that follow the protocol, which is what the session's backends assume, tell everybody the same. Receives that all
//! parties make and party-local ones walk the messages of a party independently, or one party's curiosity would leave another
//! without its message. Not here: time (the drivers).

use stoffel_value::TrapCode;

/// Bytes of all messages that one session keeps.
const BYTES_MAX: usize = 256 << 20;

/// The messages of one session at one party.
#[derive(Default)]
pub(crate) struct Mail {
    me: u8,
    /// By sender.
    senders: Vec<Sender>,
    /// Senders in the order in which their messages came.
    arrivals: Vec<u8>,
    bytes: usize,
    /// Not yet sent.
    outgoing: Vec<String>,
    expired: bool,
}

#[derive(Clone, Default)]
struct Sender {
    messages: Vec<String>,
    /// How many of them receives of all parties have taken.
    taken: usize,
    /// How many of them party-local receives have taken.
    seen: usize,
}

impl Mail {
    /// No messages among `n` parties.
    pub(crate) fn new(me: u8, n: usize) -> Self {
        Self { me, senders: vec![Sender::default(); n], ..Self::default() }
    }

    /// A message of this party to all.
    pub(crate) fn send(&mut self, message: &str) {
        self.outgoing.push(message.to_owned());
        // Its own messages are bounded by the machine's memory and fuel like everything that a program makes.
        let _ = self.arrived(self.me, message.to_owned());
    }

    /// What is to be sent.
    pub(crate) fn take_outgoing(&mut self) -> Vec<String> {
        std::mem::take(&mut self.outgoing)
    }

    /// A message of a party has come; whether there is room for it.
    pub(crate) fn arrived(&mut self, from: u8, message: String) -> bool {
        self.bytes += message.len() + size_of::<String>();
        let Some(sender) = self.senders.get_mut(usize::from(from)).filter(|_| self.bytes <= BYTES_MAX) else {
            return false;
        };
        sender.messages.push(message);
        self.arrivals.push(from);
        true
    }

    /// The time of the message that is waited for is up.
    pub(crate) fn expire(&mut self) {
        self.expired = true;
    }

    /// See [`stoffel_vm::Host::receive`].
    pub(crate) fn receive(&mut self, from: Option<u8>, local: bool) -> Result<Option<(u8, String)>, TrapCode> {
        let expired = std::mem::take(&mut self.expired);
        let from = from.or_else(|| self.next_unseen());
        let next = from.and_then(|from| {
            let sender = self.senders.get_mut(usize::from(from))?;
            let place = if local { &mut sender.seen } else { &mut sender.taken };
            let message = sender.messages.get(*place)?.clone();
            *place += 1;
            Some((from, message))
        });
        if next.is_none() && expired { Err(TrapCode::Engine) } else { Ok(next) }
    }

    /// The sender of the first message that no party-local receive has taken.
    fn next_unseen(&self) -> Option<u8> {
        let mut skipped = vec![0; self.senders.len()];
        self.arrivals.iter().copied().find(|from| {
            let from = usize::from(*from);
            skipped[from] += 1;
            skipped[from] > self.senders[from].seen
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_in_order_and_common_and_local_receives_do_not_meet() {
        let mut mail = Mail::new(0, 2);
        assert_eq!(mail.receive(Some(1), false), Ok(None));
        assert!(mail.arrived(1, "a".to_owned()) && mail.arrived(1, "b".to_owned()));
        mail.send("own");
        assert_eq!(mail.take_outgoing(), ["own"]);
        assert_eq!(mail.receive(Some(1), true), Ok(Some((1, "a".to_owned()))));
        assert_eq!(mail.receive(Some(1), false), Ok(Some((1, "a".to_owned()))));
        assert_eq!(mail.receive(None, true), Ok(Some((1, "b".to_owned()))));
        assert_eq!(mail.receive(None, true), Ok(Some((0, "own".to_owned()))));
        assert_eq!(mail.receive(None, true), Ok(None));
    }

    #[test]
    fn the_end_of_the_time_is_told_once_and_only_without_a_message() {
        let mut mail = Mail::new(0, 2);
        mail.expire();
        assert_eq!(mail.receive(Some(1), false), Err(TrapCode::Engine));
        assert_eq!(mail.receive(Some(1), false), Ok(None));
        mail.expire();
        mail.arrived(1, "late".to_owned());
        assert_eq!(mail.receive(Some(1), false), Ok(Some((1, "late".to_owned()))));
    }
}
