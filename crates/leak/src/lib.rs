//! Random programs in; whether any that the compiler accepts lets what is public depend on a secret out.
//!
//! `generate` writes well-formed programs from the `rows` of LANGUAGE §10, each with two lists of inputs that differ in secrets
//! alone and reveal the same. `oracle` compiles them, verifies them, runs them twice on every engine and compares everything that can
//! be seen; programs with a forbidden statement must be rejected on its line. `campaign` does so for many and counts what was
//! covered. `mutants` switches single rules of checker and verifier off and shows that each is missed.
//! A tool of the tests: without the feature `instruments` it is empty, since traces and switches are in no build that ships.
#![cfg(feature = "instruments")]

mod bytecode;
pub mod campaign;
pub mod compile;
mod generate;
pub mod mutants;
pub mod oracle;
pub mod program;
pub mod rng;
pub mod rows;
pub mod session;
pub mod tree;
