//! The instruction table, the program container, its text form and its verifier.
