//! Rings, fields, the counter-addressed generator and share kernels; the only crate with unsafe code.

pub mod bits;
mod dispatch;
pub mod kernel;
mod prg;
mod ring;

pub use prg::{Addr, Backend, Ledger, Prg, Source};
pub use ring::{Ring, ZSmall};
