//! The first message between two parties: everything that must agree before anything else, field by field.

use stoffel_mpc::{Offer, PartyIdx};

use crate::abort::SessionError;
use crate::session::{Session, hex};
use crate::wire::{Malformed, Reader};

/// What one party says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hello {
    /// Its index.
    pub(crate) party: PartyIdx,
    /// Version of the protocols.
    pub(crate) version: u16,
    /// Session id.
    pub(crate) id: [u8; 16],
    /// Program hash.
    pub(crate) program: [u8; 32],
    /// Backend, as its name padded with zeros.
    pub(crate) backend: [u8; 16],
    /// Digest of the descriptor: roster, roles, limits.
    pub(crate) descriptor: [u8; 32],
    /// Hash of the public inputs.
    pub(crate) inputs: [u8; 32],
    /// Fresh bytes of the sender; those of all parties enter the session's keys.
    pub(crate) nonce: [u8; 16],
    /// Schedule parameters that it can keep.
    pub(crate) offer: Offer,
}

/// In place of a party's index: a client.
const CLIENT: PartyIdx = PartyIdx(u8::MAX);

const MAGIC: &[u8; 8] = b"stoffel2";

impl Hello {
    /// What party `party` says in a session.
    ///
    /// # Errors
    /// If the descriptor is wrong.
    pub(crate) fn new(
        session: &Session,
        party: PartyIdx,
        program: [u8; 32],
        inputs: [u8; 32],
        nonce: [u8; 16],
        offer: Offer,
    ) -> Result<Self, SessionError> {
        let mut backend = [0; 16];
        for (to, from) in backend.iter_mut().zip(session.backend.bytes()) {
            *to = from;
        }
        Ok(Self {
            party,
            version: offer.version,
            id: session.id_bytes()?,
            program,
            backend,
            descriptor: session.digest(),
            inputs,
            nonce,
            offer,
        })
    }

    /// What a client says: it has no index among the parties and is not told the public inputs.
    ///
    /// # Errors
    /// If the descriptor is wrong.
    pub(crate) fn of_client(session: &Session, program: [u8; 32], offer: Offer) -> Result<Self, SessionError> {
        Self::new(session, CLIENT, program, [0; 32], [0; 16], offer)
    }

    /// Its wire form.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(self.party.0);
        out.extend_from_slice(&self.version.to_le_bytes());
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&self.program);
        out.extend_from_slice(&self.backend);
        out.extend_from_slice(&self.descriptor);
        out.extend_from_slice(&self.inputs);
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(&self.offer.to_bytes());
        out
    }

    /// Reads the wire form.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.array::<8>()? != *MAGIC {
            return Err(Malformed);
        }
        let hello = Self {
            party: PartyIdx(reader.u8()?),
            version: reader.u16()?,
            id: reader.array()?,
            program: reader.array()?,
            backend: reader.array()?,
            descriptor: reader.array()?,
            inputs: reader.array()?,
            nonce: reader.array()?,
            offer: Offer::from_bytes(&reader.array()?).ok_or(Malformed)?,
        };
        reader.end()?;
        Ok(hello)
    }

    /// Compares a peer's hello with this party's own; the first field that differs is named.
    pub(crate) fn agrees(&self, peer: &Self) -> Result<(), SessionError> {
        self.agrees_without_inputs(peer)?;
        self.same(peer, "set of public inputs", hex(&self.inputs), hex(&peer.inputs))
    }

    /// As [`Hello::agrees`] between a party and a client, who does not know the public inputs.
    pub(crate) fn agrees_without_inputs(&self, peer: &Self) -> Result<(), SessionError> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned();
        self.same(peer, "protocol version", self.version.to_string(), peer.version.to_string())?;
        self.same(peer, "session", hex(&self.id), hex(&peer.id))?;
        self.same(peer, "program", hex(&self.program), hex(&peer.program))?;
        self.same(peer, "backend", text(&self.backend), text(&peer.backend))?;
        self.same(peer, "session descriptor", hex(&self.descriptor), hex(&peer.descriptor))
    }

    fn same(&self, peer: &Self, field: &'static str, ours: String, theirs: String) -> Result<(), SessionError> {
        if ours == theirs { Ok(()) } else { Err(SessionError::Handshake { peer: peer.party, field, theirs, ours }) }
    }
}

#[cfg(test)]
mod tests {
    use stoffel_mpc::PROTOCOL_VERSION;

    use super::*;

    fn hello() -> Hello {
        let offer = Offer::default();
        Hello {
            party: PartyIdx(1),
            version: PROTOCOL_VERSION,
            id: [1; 16],
            program: [2; 32],
            backend: *b"rep3\0\0\0\0\0\0\0\0\0\0\0\0",
            descriptor: [3; 32],
            inputs: [4; 32],
            nonce: [5; 16],
            offer,
        }
    }

    #[test]
    fn hellos_survive_the_wire_and_nothing_else_does() {
        let bytes = hello().to_bytes();
        assert_eq!(Hello::from_bytes(&bytes), Ok(hello()));
        for len in 0..bytes.len() {
            assert!(Hello::from_bytes(&bytes[..len]).is_err());
        }
        assert!(Hello::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn the_field_that_differs_is_named() {
        let field = |change: fn(&mut Hello)| {
            let mut other = hello();
            change(&mut other);
            match hello().agrees(&other) {
                Err(SessionError::Handshake { peer: PartyIdx(1), field, .. }) => field,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(field(|hello| hello.version += 1), "protocol version");
        assert_eq!(field(|hello| hello.id[3] = 0), "session");
        assert_eq!(field(|hello| hello.program[0] = 0), "program");
        assert_eq!(field(|hello| hello.backend[3] = b'4'), "backend");
        assert_eq!(field(|hello| hello.descriptor[31] = 0), "session descriptor");
        assert_eq!(field(|hello| hello.inputs[0] = 0), "set of public inputs");
        let other = Hello { nonce: [0; 16], ..hello() };
        assert_eq!(hello().agrees(&other), Ok(()));
    }
}
