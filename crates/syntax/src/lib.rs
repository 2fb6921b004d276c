//! Text in, lossless syntax tree and diagnostics out.
