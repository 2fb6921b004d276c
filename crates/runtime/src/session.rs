//! What a session is: who computes which program with which protocol for whom. Every participant holds the same text.

use serde::{Deserialize, Serialize};
use stoffel_mpc::Backend;
use stoffel_net::{Fingerprint, FingerprintError, LinkKind, LinkKindError};

use crate::abort::SessionError;
use crate::network::Network;

/// What an address that is a path of a Unix socket begins with.
pub(crate) const UNIX: &str = "unix:";

/// The fresh id of a session.
pub type SessionId = [u8; 16];

/// A session's descriptor. Parties compare its [digest](Session::digest) before anything else.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Fresh id, 32 hex digits.
    pub id: String,
    /// Hash of the program, 64 hex digits.
    pub program: String,
    /// Backend by name.
    pub backend: String,
    /// Parties whose joint view discloses nothing.
    pub threshold: u8,
    /// Silence after which a peer is blamed, in milliseconds.
    pub timeout_ms: u64,
    /// Time within which every participant must have joined and every client have given its input, in milliseconds.
    #[serde(default = "join_ms_default")]
    pub join_ms: u64,
    /// Bound on one frame, in bytes.
    pub frame_bytes_max: u64,
    /// Kind of the links between parties: `tls`, or one in the clear for parties of one user on one host. Clients always come by TLS.
    #[serde(default = "link_default")]
    pub link: String,
    /// How many clients receive outputs, if that is said; else as many as the program names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_clients: Option<u32>,
    /// A network that the links between parties are made to behave like, for trials on one machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Computing parties, in order of their indices.
    pub parties: Vec<PartyEntry>,
    /// Clients, in order of their slots.
    #[serde(default)]
    pub clients: Vec<ClientEntry>,
}

fn join_ms_default() -> u64 {
    Session::JOIN_MS
}

fn link_default() -> String {
    LinkKind::Tls.name().to_owned()
}

/// A computing party.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyEntry {
    /// Fingerprint of its key.
    pub key: String,
    /// `host:port` at which it listens, or `unix:` and a path.
    pub address: String,
}

/// A data owner or receiver.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientEntry {
    /// Its role.
    pub role: String,
    /// Fingerprint of its key.
    pub key: String,
}

impl Session {
    /// Default bound on one frame: 1 GiB.
    pub const FRAME_BYTES_MAX: u64 = 1 << 30;
    /// Least bound on one frame: hellos and signs of life fit in any case.
    pub const FRAME_BYTES_MIN: u64 = 4096;
    /// Default time to join: 30 s.
    pub const JOIN_MS: u64 = 30_000;

    /// Reads a descriptor in TOML.
    ///
    /// # Errors
    /// If it is not TOML, has unknown keys, or its values do not fit together.
    pub fn parse(text: &str) -> Result<Self, SessionError> {
        let session: Self = toml::from_str(text).map_err(|error| setup(error.to_string().trim_end()))?;
        session.check()?;
        Ok(session)
    }

    /// The descriptor in TOML.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Strings and integers in tables always serialise.
        toml::to_string(self).unwrap_or_default()
    }

    fn check(&self) -> Result<(), SessionError> {
        self.id_bytes()?;
        unhex::<32>(&self.program).ok_or_else(|| setup("`program` is not 64 hex digits"))?;
        let n = u8::try_from(self.parties.len()).map_err(|_| setup("more than 255 parties"))?;
        self.backend()?.check(n, self.threshold).map_err(|error| setup(error.to_string()))?;
        if self.timeout_ms == 0 || self.join_ms == 0 {
            return Err(setup("`timeout_ms` and `join_ms` are at least 1"));
        }
        if !(Self::FRAME_BYTES_MIN..=u64::from(u32::MAX)).contains(&self.frame_bytes_max) {
            return Err(setup(format!("`frame_bytes_max` is between {} and {}", Self::FRAME_BYTES_MIN, u32::MAX)));
        }
        self.network.as_ref().map_or(Ok(()), |network| network.profile().map(drop))?;
        let kind = self.link_kind()?;
        let fits = |party: &&PartyEntry| match (kind, party.address.starts_with(UNIX)) {
            (LinkKind::Tls, _) => true,
            (kind, is_unix) => kind.is_unix() == is_unix,
        };
        if let Some(party) = self.parties.iter().find(|party| !fits(party)) {
            return Err(setup(format!("a link of kind {kind} does not go with the address `{}`", party.address)));
        }
        let mut keys: Vec<&str> = self.parties.iter().map(|party| party.key.as_str()).collect();
        keys.extend(self.clients.iter().map(|client| client.key.as_str()));
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(setup("two participants have the same key"));
        }
        Ok(())
    }

    /// The id as bytes.
    ///
    /// # Errors
    /// If it is not 32 hex digits.
    pub fn id_bytes(&self) -> Result<SessionId, SessionError> {
        unhex(&self.id).ok_or_else(|| setup("`id` is not 32 hex digits"))
    }

    /// The protocol family.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn backend(&self) -> Result<Backend, SessionError> {
        Backend::parse(&self.backend).map_err(|error| setup(error.to_string()))
    }

    /// Kind of the links between parties.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn link_kind(&self) -> Result<LinkKind, SessionError> {
        self.link.parse().map_err(|error: LinkKindError| setup(error.to_string()))
    }

    /// Keys of the parties, then of the clients.
    ///
    /// # Errors
    /// If one is not a fingerprint.
    pub(crate) fn keys(&self) -> Result<Vec<Fingerprint>, SessionError> {
        let parties = self.parties.iter().map(|party| &party.key);
        let keys = parties.chain(self.clients.iter().map(|client| &client.key));
        keys.map(|key| key.parse().map_err(|error: FingerprintError| setup(error.to_string()))).collect()
    }

    /// Number of computing parties.
    #[must_use]
    pub fn n_parties(&self) -> u8 {
        self.parties.len() as u8
    }

    /// Hash of everything that participants must agree on.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = blake3::Hasher::new_derive_key("stoffel 2 session descriptor");
        hash.update(self.to_toml().as_bytes());
        *hash.finalize().as_bytes()
    }

    /// Session indices of the clients in a role, in joining order.
    #[must_use]
    pub fn clients_in(&self, role: &str) -> Vec<u32> {
        (0u32..).zip(&self.clients).filter(|(_, client)| client.role == role).map(|(index, _)| index).collect()
    }
}

/// Lower-case hex digits of bytes.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Exactly `N` bytes in hex digits.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut out = [0; N];
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(out)
}

/// Bytes in hex digits.
pub(crate) fn unhex_vec(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| unhex::<1>(std::str::from_utf8(pair).ok()?).map(|byte| byte[0])).collect()
}

fn setup(text: impl Into<String>) -> SessionError {
    SessionError::Setup(format!("session descriptor: {}", text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        let party = |i: u8| PartyEntry { key: format!("key{i}"), address: format!("127.0.0.1:{i}") };
        Session {
            id: hex(&[7; 16]),
            program: hex(&[9; 32]),
            backend: "rep3".to_owned(),
            threshold: 1,
            timeout_ms: 5000,
            join_ms: Session::JOIN_MS,
            frame_bytes_max: Session::FRAME_BYTES_MAX,
            link: "tls".to_owned(),
            network: Network::named("wan"),
            output_clients: None,
            parties: (0..3).map(party).collect(),
            clients: vec![ClientEntry { role: "a".to_owned(), key: "key9".to_owned() }],
        }
    }

    #[test]
    fn descriptors_survive_toml() {
        assert_eq!(Session::parse(&session().to_toml()).unwrap(), session());
    }

    #[test]
    fn wrong_descriptors_are_refused() {
        let refused = |change: fn(&mut Session)| {
            let mut session = session();
            change(&mut session);
            Session::parse(&session.to_toml()).unwrap_err().to_string()
        };
        assert!(refused(|s| s.id.truncate(3)).contains("32 hex digits"));
        assert!(refused(|s| s.parties.truncate(2)).contains("3 parties"));
        assert!(refused(|s| s.threshold = 2).contains("threshold"));
        assert!(refused(|s| s.backend = "rep9".to_owned()).contains("unknown backend"));
        assert!(refused(|s| s.timeout_ms = 0).contains("at least 1"));
        assert!(refused(|s| s.frame_bytes_max = 10).contains("frame_bytes_max"));
        assert!(refused(|s| s.link = "carrier pigeon".to_owned()).contains("unknown kind of link"));
        assert!(refused(|s| s.link = "unix".to_owned()).contains("does not go with the address"));
        assert!(
            refused(|s| {
                s.link = "tcp".to_owned();
                s.parties[1].address = "unix:/tmp/x".to_owned();
            })
            .contains("kind tcp")
        );
        assert!(refused(|s| s.clients[0].key = "key1".to_owned()).contains("same key"));
        let text = session().to_toml().replace("threshold", "treshold");
        assert!(Session::parse(&text).is_err());
    }
}
