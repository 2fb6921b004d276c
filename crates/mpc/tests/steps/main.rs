//! Every protocol step against plain arithmetic on edge values, and its measured cost against its plan.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] functions are tests too.

mod bits;
mod compare;
mod fixed;
mod order;
mod ring;
mod support;
