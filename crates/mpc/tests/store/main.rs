//! The rep3 engine in one thread, beside the clear engine.

mod arrays;
mod clients;
mod disclosed;
mod faults;
mod harness;
mod index;
mod kept;
mod liveness;
mod ops;
mod order;
mod rounds;
mod sort;
mod views;
