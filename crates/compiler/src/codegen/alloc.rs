//! Live ranges in; a register for every value out.
//!
//! One linear scan. A class is a bank with a format or type, since registers are typed. A value likes the register of a block
//! parameter that it is given to, and a parameter that of its arguments, which makes most moves vanish; such a register may be
//! taken in a hole of its values' lives. Other values take registers whose values have all ended.
//! Source: Poletto, Sarkar, Linear Scan Register Allocation, TOPLAS 1999.

use crate::hash::HashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use stoffel_value::ScalarTy;

use super::live::Live;
use crate::mir::{BlockId, Function, Repr, ValueId, index};

/// A bank of registers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Bank {
    /// Public scalars.
    Words,
    /// References.
    Refs,
    /// Secrets.
    Secrets,
}

/// The bank that a leaf lives in.
pub(super) const fn bank(repr: Repr) -> Bank {
    match repr {
        Repr::Word(_) => Bank::Words,
        Repr::Secret(_) => Bank::Secrets,
        Repr::Ticket(_) | Repr::Ref(_) => Bank::Refs,
    }
}

/// Registers of one function.
#[derive(Debug, Default)]
pub(super) struct Registers {
    /// Per value; meaningless for values that are never defined.
    pub(super) of: Vec<u32>,
    /// Formats of words.
    pub(super) words: Vec<ScalarTy>,
    /// Leaves of references.
    pub(super) refs: Vec<Repr>,
    /// Formats of secrets.
    pub(super) secrets: Vec<ScalarTy>,
    /// Per class, the register that breaks cycles of moves.
    scratch: HashMap<Repr, u32>,
}

impl Registers {
    /// A new register for a leaf.
    fn add(&mut self, repr: Repr) -> u32 {
        match repr {
            Repr::Word(ty) => {
                self.words.push(ty);
                index(self.words.len() - 1)
            }
            Repr::Secret(ty) => {
                self.secrets.push(ty);
                index(self.secrets.len() - 1)
            }
            Repr::Ticket(_) | Repr::Ref(_) => {
                self.refs.push(repr);
                index(self.refs.len() - 1)
            }
        }
    }

    /// The register of a class that holds no value.
    pub(super) fn scratch(&mut self, repr: Repr) -> u32 {
        if let Some(register) = self.scratch.get(&repr) {
            return *register;
        }
        let register = self.add(repr);
        self.scratch.insert(repr, register);
        register
    }
}

/// Registers of a class while the scan runs.
#[derive(Default)]
struct Class {
    /// Last position, register; outdated where the register has been taken for longer since.
    active: BinaryHeap<Reverse<(u32, u32)>>,
    /// Some entries may have been taken by a hint since.
    free: Vec<u32>,
    taken: HashMap<u32, Taken>,
}

/// What a register has been given to.
#[derive(Default)]
struct Taken {
    is_free: bool,
    until: u32,
    /// First to last positions of the parts of the lives of its values.
    parts: BTreeMap<u32, u32>,
}

impl Class {
    fn expire(&mut self, before: u32) {
        while let Some(Reverse((end, register))) = self.active.peek().copied()
            && end < before
        {
            self.active.pop();
            let taken = self.taken.entry(register).or_default();
            if taken.until < before && !taken.is_free {
                taken.is_free = true;
                self.free.push(register);
            }
        }
    }

    /// A register for a life with these parts, a hinted one if its values leave room.
    fn find(&mut self, hints: &[u32], parts: &[(u32, u32)]) -> Option<u32> {
        let fits = |taken: &Taken| parts.iter().all(|part| taken.has_room(*part));
        if let Some(hint) = hints.iter().find(|hint| self.taken.get(hint).is_some_and(fits)) {
            return Some(*hint);
        }
        while let Some(register) = self.free.pop() {
            if self.taken.get(&register).is_some_and(|taken| taken.is_free) {
                return Some(register);
            }
        }
        None
    }

    fn take(&mut self, register: u32, until: u32, parts: &[(u32, u32)]) {
        let taken = self.taken.entry(register).or_default();
        taken.is_free = false;
        taken.until = taken.until.max(until);
        taken.parts.extend(parts.iter().copied());
        self.active.push(Reverse((taken.until, register)));
    }
}

impl Taken {
    fn has_room(&self, (first, last): (u32, u32)) -> bool {
        self.parts.range(..=last).next_back().is_none_or(|(_, end)| *end < first)
    }
}

/// Gives registers along the order that the ranges were found in.
pub(super) fn allocate(function: &Function, order: &[BlockId], live: &Live) -> Registers {
    let mut registers = Registers { of: vec![0; function.values.len()], ..Registers::default() };
    let mut classes: HashMap<Repr, Class> = HashMap::default();
    let mut given_to: Vec<Vec<ValueId>> = vec![Vec::new(); function.values.len()];
    for edge in function.blocks.iter().flat_map(|block| block.term.edges()) {
        for (arg, param) in edge.args.iter().zip(&function.blocks[edge.to.idx()].params) {
            given_to[arg.idx()].push(*param);
        }
    }
    // Per parameter, the register that its first placed argument, or itself, has.
    let mut wanted: HashMap<ValueId, u32> = HashMap::default();
    let mut place = |value: ValueId, fixed: bool| {
        let repr = function.repr(value);
        let (start, end) = live.ranges[value.idx()];
        let parts = &live.parts[value.idx()];
        let class = classes.entry(repr).or_default();
        class.expire(start);
        let params = || given_to[value.idx()].iter().chain(std::iter::once(&value));
        let hints: Vec<u32> = params().filter_map(|param| wanted.get(param).copied()).collect();
        let found = if fixed { None } else { class.find(&hints, parts) };
        let register = found.unwrap_or_else(|| registers.add(repr));
        class.take(register, end, parts);
        registers.of[value.idx()] = register;
        for param in params() {
            wanted.entry(*param).or_insert(register);
        }
        // Arguments that are placed later want what the parameter has got.
        wanted.insert(value, register);
    };
    for (at, id) in order.iter().enumerate() {
        let block = &function.blocks[id.idx()];
        // The function's parameters are the first registers of their banks, in order.
        block.params.iter().for_each(|param| place(*param, at == 0));
        for result in block.insts.iter().flat_map(|inst| &inst.results) {
            place(*result, false);
        }
    }
    registers
}
