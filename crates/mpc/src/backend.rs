//! Names of protocols in; numbers of parties that they run with and operations that they have out.

use stoffel_value::{BinOp, ScalarOp, ScalarTy};

use crate::{ClearEngine, Engine, Params, PartyIdx, Rep3Engine};

/// A protocol family that can execute secret operations.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Backend {
    /// Values in the open at one party: development and oracle.
    Clear,
    /// Replicated sharing among three parties, semi-honest, one corruption.
    Rep3,
}

/// The numbers of a session do not fit its backend.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BackendError {
    /// The backend runs with another number of parties.
    #[error("backend {backend} runs with {expected} parties, not {found}")]
    Parties {
        /// The backend's name.
        backend: &'static str,
        /// What it needs.
        expected: u8,
        /// What was asked for.
        found: u8,
    },
    /// The backend tolerates another number of corruptions.
    #[error("backend {backend} with {parties} parties has threshold {expected}, not {found}")]
    Threshold {
        /// The backend's name.
        backend: &'static str,
        /// Number of parties.
        parties: u8,
        /// What it gives.
        expected: u8,
        /// What was asked for.
        found: u8,
    },
    /// No backend of this name.
    #[error("unknown backend `{0}`; there are clear and rep3")]
    Unknown(String),
}

impl Backend {
    /// Every backend.
    pub const ALL: &'static [Self] = &[Self::Clear, Self::Rep3];

    /// Its name in configuration and on command lines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Rep3 => "rep3",
        }
    }

    /// The backend of this name.
    ///
    /// # Errors
    /// [`BackendError::Unknown`] otherwise.
    pub fn parse(name: &str) -> Result<Self, BackendError> {
        let found = Self::ALL.iter().copied().find(|backend| backend.name() == name);
        found.ok_or_else(|| BackendError::Unknown(name.to_owned()))
    }

    /// Parties and threshold when nothing is asked for.
    #[must_use]
    pub const fn default_parties(self) -> (u8, u8) {
        match self {
            Self::Clear => (1, 0),
            Self::Rep3 => (3, 1),
        }
    }

    /// Checks numbers of parties and corruptions.
    ///
    /// # Errors
    /// If the backend does not run with them.
    pub const fn check(self, n_parties: u8, threshold: u8) -> Result<(), BackendError> {
        let (n, t) = self.default_parties();
        if n_parties != n {
            return Err(BackendError::Parties { backend: self.name(), expected: n, found: n_parties });
        }
        if threshold != t {
            return Err(BackendError::Threshold { backend: self.name(), parties: n, expected: t, found: threshold });
        }
        Ok(())
    }

    /// Whether the backend has the operation. `public` tells which operands are public words, in order; none may be given
    /// for "all secret".
    #[must_use]
    pub fn supports(self, op: ScalarOp, public: &[bool]) -> bool {
        let is_public = |operand: usize| public.get(operand).copied().unwrap_or(false);
        if !is_typed(op) {
            return false;
        }
        match (self, op) {
            (Self::Clear, _) => true,
            (Self::Rep3, ScalarOp::Binary(op, _)) => match op {
                BinOp::Pow => is_public(0) && is_public(1),
                BinOp::PowInt => is_public(1),
                _ => true,
            },
            (Self::Rep3, _) => true,
        }
    }
}

/// The engine of party `me` in a session of these figures; `seed` is fresh randomness of its system.
///
/// # Panics
/// If the backend has no such party.
#[must_use]
pub fn engine(params: &Params, me: PartyIdx, seed: [u8; 32]) -> Box<dyn Engine> {
    match params.backend {
        Backend::Clear => Box::new(ClearEngine::seeded(seed)),
        Backend::Rep3 => Box::new(Rep3Engine::new(me, params.clone(), seed)),
    }
}

/// Whether LANGUAGE §7 and §10.4 give the operation a meaning on secrets of the format.
fn is_typed(op: ScalarOp) -> bool {
    let number = |ty: ScalarTy| matches!(ty, ScalarTy::Int(_) | ScalarTy::Fix(_));
    let secret = |ty: ScalarTy| !matches!(ty, ScalarTy::Float);
    match op {
        ScalarOp::Binary(op, ty) => match op {
            BinOp::AddWrap | BinOp::SubWrap | BinOp::MulWrap | BinOp::Shl | BinOp::Shr => {
                matches!(ty, ScalarTy::Int(_))
            }
            BinOp::And | BinOp::Or | BinOp::Xor => matches!(ty, ScalarTy::Int(_) | ScalarTy::Bool),
            BinOp::Min | BinOp::Max | BinOp::Add | BinOp::Sub | BinOp::Mul => secret(ty),
            _ => number(ty),
        },
        ScalarOp::Compare(_, left, right) => {
            secret(left)
                && secret(right)
                && (left == right || matches!((left, right), (ScalarTy::Int(_), ScalarTy::Int(_))))
        }
        ScalarOp::Unary(op, ty) => match op {
            stoffel_value::UnOp::Not => matches!(ty, ScalarTy::Int(_) | ScalarTy::Bool),
            _ => number(ty),
        },
        ScalarOp::Select(ty) => secret(ty),
        ScalarOp::Convert(from, to) => secret(from) && secret(to),
        ScalarOp::Sum(ty) | ScalarOp::Dot(ty) => number(ty),
        ScalarOp::Any | ScalarOp::All => true,
        ScalarOp::OneHot(ty) => matches!(ty, ScalarTy::Int(_)),
        ScalarOp::Pick(ty) => secret(ty),
    }
}
