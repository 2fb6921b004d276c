//! Verified bytecode and an engine in, outputs or the reason it stopped out.
