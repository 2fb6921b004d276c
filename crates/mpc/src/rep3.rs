//! Replicated secret sharing among three parties: shares in, shares out, one file per operation.
//!
//! x = x_1 + x_2 + x_3 (or ⊕); P_i holds (x_i, x_{i+1}) and the keys k_i (with P_{i+1}) and k_{i−1} (with P_{i−1}). Semi-honest, one
//! corrupt party, computational in the generator. Steps whose roles differ take a `rotation`: the party that plays P1, the
//! *knower* of s = x_1 + x_2, while P2 and P3 know t = x_3. Every draw has its own (operation, purpose) address.
//! Source: Araki et al., CCS 2016.

pub mod a2b;
pub mod b2a;
mod carry;
pub mod dot;
pub mod eq;
pub mod input;
pub mod lift;
pub mod linear;
pub mod logic;
pub mod ltz;
pub mod matmul;
pub mod mul;
pub mod open;
pub mod order;
mod purpose;
pub mod scale;
pub mod select;
pub mod setup;
pub mod share;
pub mod shift;
pub mod shuffle;
pub mod trunc;
mod wrap;
