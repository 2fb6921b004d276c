//! Chores of the workspace: `cargo xtask demo|test|tidy|bench|spec`.
fn main() {}
