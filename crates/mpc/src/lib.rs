//! Secret operations on handles in, frames out; frames in, results out.

mod abort;
mod array;
mod backend;
mod clear;
pub mod client;
mod cost;
mod drive;
mod engine;
pub mod exec;
pub mod frame;
mod params;
mod planes;
mod pool;
mod public;
pub mod rep3;
mod shares;
pub mod sim;
mod slab;
mod stats;
mod store;
mod words;

pub use abort::{Abort, AbortReason, PartyIdx};
pub use array::ArrayOp;
pub use backend::{Backend, BackendError, engine};
pub use clear::ClearEngine;
pub use cost::{Cost, Meter, Traffic};
pub use drive::drive;
pub use engine::{Arg, Engine, Lane, NodeId, OpSite, Progress, Receiver, Ticket};
pub use params::{Offer, PROTOCOL_VERSION, Params, Rounding};
pub use planes::BitPlanes;
pub use shares::ShareVec;
pub use stats::{Opening, Share, Stats};
pub use store::Rep3Engine;
