//! Protocol failure: who is to blame and why; never a share or a clear secret.

use std::fmt;

/// A computing party's index in the session, from 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct PartyIdx(pub u8);

impl fmt::Display for PartyIdx {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "party {}", self.0)
    }
}

/// The protocol cannot go on; the session is over.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason}{}", culprit_text(.culprit))]
pub struct Abort {
    /// The party at fault, if it can be told.
    pub culprit: Option<PartyIdx>,
    /// What happened.
    pub reason: AbortReason,
}

fn culprit_text(culprit: &Option<PartyIdx>) -> String {
    culprit.map_or_else(String::new, |party| format!(" ({party})"))
}

/// What ended the session.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AbortReason {
    /// A frame whose length or header is not the one that the schedule gives.
    #[error("malformed frame: {0}")]
    Malformed(&'static str),
    /// The parties do not execute the same schedule; `site` is the first instruction at which this party saw it.
    #[error("parties have diverged at instruction {site}")]
    Diverged {
        /// Instruction offset, which debug info maps to a source line.
        site: u32,
    },
    /// A client gave different versions of a duplicated input component, or none.
    #[error("client {client} sent inconsistent or missing input")]
    ClientInput {
        /// Index of the client in the session.
        client: u32,
    },
    /// Two parties hold the same pairwise key.
    #[error("setup keys repeat")]
    Setup,
    /// A peer that waits for nobody sent nothing before the deadline.
    #[error("no frame within the deadline")]
    Silent,
    /// A local limit of this party was reached.
    #[error("local limit reached: {0}")]
    Limit(&'static str),
}
