//! Which variables are definitely assigned, and which optional ones are known to be present, at a point of the program (LANGUAGE §4.4, §8.1,
//! §11.4).

use crate::hir::LocalId;

/// Two sets of locals; everything after a statement that does not end.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Assigned {
    words: Vec<u64>,
    /// Narrowed by a check.
    present: Vec<u64>,
    unreachable: bool,
}

impl Assigned {
    /// Adds a local. What it holds now has not been checked.
    pub(crate) fn set(&mut self, local: LocalId) {
        self.widen(local);
        let (word, bit) = place(local);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= bit;
    }

    /// Removes a local: it is declared without value.
    pub(crate) fn unset(&mut self, local: LocalId) {
        self.widen(local);
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

    /// Notes that a local is present.
    pub(crate) fn narrow(&mut self, local: LocalId) {
        let (word, bit) = place(local);
        if self.present.len() <= word {
            self.present.resize(word + 1, 0);
        }
        self.present[word] |= bit;
    }

    /// Forgets whether a local is present.
    pub(crate) fn widen(&mut self, local: LocalId) {
        let (word, bit) = place(local);
        if let Some(bits) = self.present.get_mut(word) {
            *bits &= !bit;
        }
    }

    /// Whether a local is known to be present.
    pub(crate) fn is_present(&self, local: LocalId) -> bool {
        let (word, bit) = place(local);
        self.present.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// No path leads here.
    pub(crate) fn end(&mut self) {
        self.unreachable = true;
    }

    /// What is known where two paths meet. Cost: the number of locals over 64.
    pub(crate) fn meet(self, other: Self) -> Self {
        match (self.unreachable, other.unreachable) {
            (true, _) => other,
            (_, true) => self,
            _ => {
                let meet = |a: &[u64], b: &[u64]| a.iter().zip(b).map(|(a, b)| a & b).collect();
                let (words, present) = (meet(&self.words, &other.words), meet(&self.present, &other.present));
                Self { words, present, unreachable: false }
            }
        }
    }
}

fn place(local: LocalId) -> (usize, u64) {
    (local.0 as usize / 64, 1 << (local.0 % 64))
}
