//! Which variables are definitely assigned at a point of the program (LANGUAGE §4.4, §8.1).

use crate::hir::LocalId;

/// A set of locals; everything after a statement that does not end.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Assigned {
    words: Vec<u64>,
    unreachable: bool,
}

impl Assigned {
    /// Adds a local.
    pub(crate) fn set(&mut self, local: LocalId) {
        let (word, bit) = place(local);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= bit;
    }

    /// Removes a local: it is declared without value.
    pub(crate) fn unset(&mut self, local: LocalId) {
        let (word, bit) = place(local);
        if let Some(bits) = self.words.get_mut(word) {
            *bits &= !bit;
        }
    }

    /// Whether a local is in the set.
    pub(crate) fn has(&self, local: LocalId) -> bool {
        let (word, bit) = place(local);
        self.unreachable || self.words.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// No path leads here.
    pub(crate) fn end(&mut self) {
        self.unreachable = true;
    }

    /// Paths lead here after all.
    pub(crate) fn reach(&mut self) {
        self.unreachable = false;
    }

    /// What is assigned where two paths meet. Cost: the number of locals over 64.
    pub(crate) fn meet(self, other: Self) -> Self {
        match (self.unreachable, other.unreachable) {
            (true, _) => other,
            (_, true) => self,
            _ => Self { words: self.words.iter().zip(&other.words).map(|(a, b)| a & b).collect(), unreachable: false },
        }
    }
}

fn place(local: LocalId) -> (usize, u64) {
    (local.0 as usize / 64, 1 << (local.0 % 64))
}
