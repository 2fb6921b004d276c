//! The rep3 engine in one thread, beside the clear engine.

mod clients;
mod faults;
mod harness;
mod liveness;
mod ops;
mod rounds;
mod views;
