//! The `stoffel` command: arguments in, exit code out; every decision is the façade's.
fn main() {}
