//! What a party sees of every step, enumerated over all randomness of a small ring, says nothing about the secrets.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] functions are tests too.

mod exhaustive;
mod mutation;
mod production;
mod statistics;
mod steps;
mod tape;
