//! Verified bytecode and an engine in, outputs or the reason it stopped out.
//!
//! [`Vm`] executes a program against an [`stoffel_mpc::Engine`], which computes on secrets, and a [`Host`], which has every
//! effect. It never waits: [`Vm::run`] says why it stopped. Not here: frames, clients, time; meaning of secret operations.

mod builtin;
mod column;
mod fault;
mod frame;
mod heap;
mod host;
mod interface;
mod machine;
mod secret;
mod step;
mod text;
mod types;

pub use host::{Host, InputColumn, InputLeaf, Stop, Trap, Wait};
pub use interface::send_layout;
pub use machine::{Limits, Vm};
