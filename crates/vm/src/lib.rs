//! Verified bytecode and an engine in, outputs or the reason it stopped out.
//!
//! [`Vm`] executes a program against an [`stoffel_mpc::Engine`], which computes on secrets, and a [`Host`], which has every
//! effect. It never waits: [`Vm::run`] says why it stopped. Not here: frames, clients, time; meaning of secret operations.

mod axes;
mod builtin;
mod closure;
mod column;
mod curves;
mod fault;
mod frame;
mod heap;
mod host;
mod interface;
mod keys;
mod machine;
mod object;
mod secret;
mod share;
mod step;
mod storage;
mod text;
#[cfg(feature = "trace")]
pub mod trace;
mod twin;
mod types;

pub use host::{ClientKind, Host, InputColumn, InputLeaf, Stop, Trap, Wait};
pub use interface::send_layout;
pub use machine::{Limits, Vm};
pub use storage::Stored;
