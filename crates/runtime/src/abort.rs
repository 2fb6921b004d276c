//! Why a session ended without a result.

use stoffel_mpc::{Abort, PartyIdx};
use stoffel_value::TrapCode;

/// A session failed. Never holds a share or a secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SessionError {
    /// The protocol failed.
    #[error("{abort}{}", at(.place))]
    Protocol {
        /// What happened, and who is to blame.
        abort: Abort,
        /// Source position of a divergence.
        place: Option<String>,
    },
    /// A peer came to the session with something else.
    #[error("{peer} runs another {field}: {theirs}, not {ours}")]
    Handshake {
        /// The peer.
        peer: PartyIdx,
        /// What differs.
        field: &'static str,
        /// Its value.
        theirs: String,
        /// This party's value.
        ours: String,
    },
    /// A peer sent what no message of the session looks like.
    #[error("{peer} sent a malformed {what}")]
    Malformed {
        /// The peer.
        peer: PartyIdx,
        /// Which message.
        what: &'static str,
    },
    /// A peer announced a failure of its own.
    #[error("{reporter} ended the session: {reason}")]
    Reported {
        /// Who announced it.
        reporter: PartyIdx,
        /// Whom it blames.
        culprit: Option<PartyIdx>,
        /// Its words, cut to a line.
        reason: String,
    },
    /// A peer is gone or late.
    #[error("{peer} {what}")]
    Lost {
        /// The peer.
        peer: PartyIdx,
        /// `is gone`, `sent nothing for 5000 ms`, ….
        what: String,
    },
    /// A client is missing, late, or its input has another shape than the program's.
    #[error("client {client} ({role}) {what}")]
    Client {
        /// Index in the session.
        client: u32,
        /// Its role.
        role: String,
        /// What is wrong.
        what: String,
    },
    /// The parties ended with different public results.
    #[error("{peer} ended with another public result")]
    Outcome {
        /// The peer that differs from this party.
        peer: PartyIdx,
    },
    /// A party trapped where the others did not: in an operation on values of its own.
    #[error("{party} stopped in an operation of its own: what it computed with differs between the parties")]
    Stopped {
        /// The party.
        party: PartyIdx,
    },
    /// The session cannot start.
    #[error("{0}")]
    Setup(String),
    /// What a client received does not fit together.
    #[error("outputs of the parties do not fit together: {0}")]
    Output(String),
    /// The program trapped; told to clients.
    #[error("the program stopped: {0}")]
    Trapped(String),
    /// The run was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// An input is missing on this party's side.
    #[error("{0}")]
    Input(TrapCode),
}

impl SessionError {
    /// The party at fault, if it can be told.
    #[must_use]
    pub const fn culprit(&self) -> Option<PartyIdx> {
        match self {
            Self::Protocol { abort, .. } => abort.culprit,
            Self::Reported { culprit, .. } => *culprit,
            Self::Handshake { peer, .. }
            | Self::Malformed { peer, .. }
            | Self::Lost { peer, .. }
            | Self::Outcome { peer } => Some(*peer),
            Self::Stopped { party } => Some(*party),
            _ => None,
        }
    }
}

impl From<Abort> for SessionError {
    fn from(abort: Abort) -> Self {
        Self::Protocol { abort, place: None }
    }
}

fn at(place: &Option<String>) -> String {
    place.as_ref().map_or_else(String::new, |place| format!(" at {place}"))
}
