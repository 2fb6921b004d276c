//! One party or client of one session: drives a program over links.

mod abort;
pub mod client;
mod driver;
mod guest;
mod hello;
mod host;
pub mod local;
mod outcome;
mod party;
pub mod remote;
pub mod report;
mod session;
mod shape;
mod watch;
mod wire;

pub use abort::SessionError;
pub use host::Given;
pub use outcome::{Outcome, PartyStats};
pub use party::{Party, PartySetup, Step};
pub use session::{ClientEntry, PartyEntry, Session, SessionId};
