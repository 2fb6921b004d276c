//! The table of what programs are made of: for each rule of LANGUAGE §10 a legal use, and attempts that must be rejected.
//!
//! A row is named after its rule. Its legal form is written so that what it computes is used; an attempt is one statement that
//! would let something public depend on a secret (or parties go different ways), with the code that it must be rejected with.

mod arrays;
mod branches;
mod containers;
mod detours;
mod effects;
mod flows;
mod functions;
mod local;
mod objects;
mod operators;
mod protocol;
mod text;

use std::sync::LazyLock;

use crate::generate::Gen;

/// Writes statements.
pub(crate) type Emit = fn(&mut Gen);

/// A rule.
#[derive(Debug)]
pub struct Row {
    /// Section of LANGUAGE and rule.
    pub name: &'static str,
    pub(crate) legal: Option<Emit>,
    pub(crate) attempts: &'static [Emit],
    /// The legal form may stand in a body that a secret selects.
    pub(crate) in_body: bool,
    /// Nothing can follow the legal form: it ends the run.
    pub(crate) ends: bool,
}

impl Row {
    /// Whether it has a legal form.
    #[must_use]
    pub const fn has_legal(&self) -> bool {
        self.legal.is_some()
    }

    /// Whether its legal form may stand where a secret selects.
    #[must_use]
    pub const fn fits_body(&self) -> bool {
        self.in_body && self.legal.is_some()
    }

    /// How many attempts it has.
    #[must_use]
    pub const fn n_attempts(&self) -> usize {
        self.attempts.len()
    }
}

/// A form of a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Form {
    /// What is allowed.
    Legal,
    /// What is not, by number.
    Attempt(usize),
}

/// An occurrence of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Used {
    /// Index in [`ROWS`].
    pub row: usize,
    /// Form.
    pub form: Form,
    /// A secret selects whether it takes effect.
    pub in_body: bool,
    /// It stands in another function than `main`.
    pub in_function: bool,
}

/// All rows.
pub static ROWS: LazyLock<Vec<&'static Row>> = LazyLock::new(|| {
    [
        operators::ROWS,
        arrays::ROWS,
        containers::ROWS,
        functions::ROWS,
        objects::ROWS,
        branches::ROWS,
        effects::ROWS,
        detours::ROWS,
        protocol::ROWS,
        local::ROWS,
        flows::ROWS,
        text::ROWS,
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// A row whose legal form may stand anywhere.
pub(crate) const fn anywhere(name: &'static str, legal: Emit, attempts: &'static [Emit]) -> Row {
    Row { name, legal: Some(legal), attempts, in_body: true, ends: false }
}

/// A row whose legal form may not stand where a secret selects.
pub(crate) const fn outside(name: &'static str, legal: Emit, attempts: &'static [Emit]) -> Row {
    Row { name, legal: Some(legal), attempts, in_body: false, ends: false }
}

/// A row that has no legal form.
pub(crate) const fn never(name: &'static str, attempts: &'static [Emit]) -> Row {
    Row { name, legal: None, attempts, in_body: false, ends: false }
}

/// A row whose legal form ends the run with a trap.
pub(crate) const fn ending(name: &'static str, legal: Emit) -> Row {
    Row { name, legal: Some(legal), attempts: &[], in_body: false, ends: true }
}
