//! Frames in, frames out at another party, over authenticated encrypted links.
//!
//! A [`Link`] moves whole frames without blocking and is driven by the thread that computes. [`memory`] links join parties
//! of one process, [`tls`] links join processes: TCP and TLS 1.3, both ends proven by pinned keys ([`Identity`],
//! [`Fingerprint`]). Processes of one user on one host may leave TLS once they are proven, for a socket in the clear or shared
//! memory ([`LinkKind`]). [`Shaped`] makes a link behave like one of another network ([`Profile`]); [`Tap`] and [`Faulty`] wrap
//! a link for tests.
//! Not here: what a frame means, who should be a peer.

mod establish;
mod fault;
mod fingerprint;
mod frame;
mod host;
mod identity;
mod kind;
mod link;
mod listener;
pub mod memory;
mod outbox;
mod plain;
mod profile;
mod shaped;
mod shm;
mod socket;
mod tap;
pub mod tls;
mod wait;

pub use establish::{Dial, EstablishError, Meeting, Peers, establish};
pub use fault::{Fault, Faulty};
pub use fingerprint::{Fingerprint, FingerprintError};
pub use identity::{Identity, IdentityError};
pub use kind::{Address, LinkKind, LinkKindError};
pub use link::{Link, LinkError};
pub use listener::Listener;
pub use profile::{Profile, ProfileError, Way};
pub use shaped::Shaped;
pub use tap::{Direction, Tap};
pub use wait::wait_any;
