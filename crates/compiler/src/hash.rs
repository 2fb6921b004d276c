//! The maps and sets of the compiler: those of the standard library with a hash that is fast on names and small numbers.
//!
//! Nobody sees their order: what is given out is sorted or kept in the order of the source. The sources are the user's own, so nobody
//! gains by making them collide.

pub(crate) use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
