//! One party or client of one session: drives a program over links.

mod abort;
pub mod client;
mod driver;
mod guest;
mod hello;
mod host;
pub mod local;
mod mail;
mod network;
mod outcome;
mod party;
mod positional;
mod probe;
pub mod remote;
pub mod report;
mod session;
mod shape;
mod storage;
mod timing;
mod watch;
mod wire;

pub use abort::SessionError;
pub use host::{ClientGiven, Given};
pub use network::Network;
pub use outcome::{Outcome, PartyStats};
pub use party::{Party, PartySetup, Step};
pub use positional::Positional;
pub use session::{ClientEntry, PartyEntry, Session, SessionId};
pub use storage::StorageSetup;
pub use timing::{Spent, Times};
