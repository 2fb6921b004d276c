//! Public values: arithmetic, conversion, parsing and printing, the same bits on every machine.
