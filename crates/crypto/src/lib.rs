//! Rings, fields, the counter-addressed generator and share kernels; the only crate with unsafe code.
