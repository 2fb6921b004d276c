//! Secret operations on handles in, frames out; frames in, results out.
