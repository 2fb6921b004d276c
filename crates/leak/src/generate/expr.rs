//! What is in scope in, expressions of a type and secrecy out.

use super::{Class, Gen, Ty};

impl Gen {
    /// A secret `int64`, small.
    pub(crate) fn int(&mut self, depth: usize) -> String {
        let leaf = match self.var(Ty::Int, Class::Secret) {
            Some(name) => name,
            None => format!("{}[0]", self.list()),
        };
        if depth == 0 {
            return leaf;
        }
        let other = self.int(depth - 1);
        match self.rng.below(14) {
            0 => format!("({leaf} + {other})"),
            1 => format!("({leaf} - {other})"),
            2 => format!("({leaf} * 3)"),
            3 => format!("({leaf} & 7)"),
            4 => format!("min({leaf}, {other})"),
            5 => format!("abs({leaf})"),
            6 => format!("({leaf} if {} else {other})", self.flag(0)),
            7 => format!("select({}, {leaf}, {other})", self.flag(0)),
            8 => format!("int64({})", self.flag(0)),
            9 => format!("{}[{leaf} mod 3]", self.list()),
            10 => format!("({leaf} / 3)"),
            11 => format!("(({leaf} & 7) * ({other} & 7))"),
            12 => format!("({leaf} +% {other})"),
            _ => leaf,
        }
    }

    /// A secret `bool`.
    pub(crate) fn flag(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.var(Ty::Bool, Class::Secret) {
                Some(name) if self.rng.chance(60) => name,
                _ => format!("({} > {})", self.int(0), self.rng.between(-1, 4)),
            };
        }
        match self.rng.below(8) {
            0 => format!("({} < {})", self.int(0), self.int(0)),
            1 => format!("({} == {})", self.int(0), self.number()),
            2 => format!("(not {})", self.flag(0)),
            3 => format!("({} and {})", self.flag(0), self.flag(0)),
            4 => format!("({} or {})", self.flag(0), self.flag(0)),
            5 => format!("({} > 0.5)", self.fix(0)),
            6 => format!("({} in {})", self.int(0), self.list()),
            _ => self.flag(0),
        }
    }

    /// A secret `fix64`.
    pub(crate) fn fix(&mut self, depth: usize) -> String {
        let leaf = match self.var(Ty::Fix, Class::Secret) {
            Some(name) => name,
            None => format!("fix64({})", self.int(0)),
        };
        if depth == 0 {
            return leaf;
        }
        match self.rng.below(5) {
            0 => format!("({leaf} + 0.5)"),
            1 => format!("({leaf} * 0.25)"),
            2 => format!("({leaf} - {})", self.fix(0)),
            3 => format!("max({leaf}, 0.5)"),
            _ => leaf,
        }
    }

    /// A `list[secret int64]` of three, which is a variable.
    pub(crate) fn list(&mut self) -> String {
        match self.var(Ty::Ints, Class::Secret) {
            Some(name) => name,
            None => "[acc, acc + 1, acc + 2]".to_owned(),
        }
    }

    /// A public `int64` from 0 to 4.
    pub(crate) fn number(&mut self) -> String {
        match self.var(Ty::Int, Class::Public) {
            Some(name) if self.rng.chance(50) => name,
            _ => self.rng.between(0, 4).to_string(),
        }
    }

    /// A secret `int64` that is equal in both runs.
    pub(crate) fn equal(&mut self) -> String {
        let Some(leaf) = self.var(Ty::Int, Class::Equal) else {
            let (one, other) = (self.int(0), self.number());
            return format!("({one} - {one} + {other})");
        };
        match self.rng.below(5) {
            0 => format!("({leaf} * 2)"),
            1 => format!("({leaf} + {})", self.number()),
            2 => {
                let one = self.int(0);
                format!("({one} - {one} + {leaf})")
            }
            3 => format!("select({}, {leaf}, {leaf})", self.flag(0)),
            _ => leaf,
        }
    }

    /// A secret `bool` that is equal in both runs.
    pub(crate) fn equal_flag(&mut self) -> String {
        match self.var(Ty::Bool, Class::Equal) {
            Some(name) => name,
            None => format!("({} > 1)", self.equal()),
        }
    }
}
