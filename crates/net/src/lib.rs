//! Frames in, frames out at another party, over authenticated encrypted links.
