//! Syntax trees in, verified-shape bytecode and diagnostics out.
