//! What is party-local in each context in; the variants of instances in which one operation on a store is party-local and in another
//! is not, out (LANGUAGE §17.2).
//!
//! An instance is one body for all marks of its arguments, but for what is party-local about a store: that is part of the code. So
//! where contexts differ, and in everything that leads there, each context has a body of its own.

use crate::hash::{HashMap, HashSet};
use std::collections::{BTreeMap, BTreeSet};

use stoffel_syntax::Span;

use super::Context;

/// A body: an instance, and which of its variants (`None`: the plain one).
type BodyOf = (u32, Option<usize>);

/// A place in a body, and the instance called there.
type CallSite = (Span, u32);

/// Which operations on stores are party-local, and which instances come in several variants because of it.
#[derive(Debug, Default)]
pub(crate) struct LocalStores {
    /// Variants beside the plain instances, in order: instance and marks.
    pub(crate) variants: Vec<Context>,
    /// Places that are party-local.
    stores: HashMap<BodyOf, HashSet<Span>>,
    /// The variant that is called.
    calls: HashMap<BodyOf, HashMap<CallSite, usize>>,
}

impl LocalStores {
    /// From operations and calls by context.
    pub(super) fn of(stores: &HashMap<(Context, Span), bool>, calls: HashMap<(Context, Span, u32), Vec<bool>>) -> Self {
        let mut at: HashMap<(u32, Span), [bool; 2]> = HashMap::default();
        for (((id, _), span), local) in stores {
            at.entry((*id, *span)).or_default()[usize::from(*local)] = true;
        }
        let differ = at.iter().filter(|(_, seen)| **seen == [true; 2]).map(|((id, _), _)| *id);
        let several = callers(differ.collect(), &calls);
        // Plain contexts keep their instance: it is the one that function values and the entry have.
        let plain = |context: &Context| !context.1.contains(&true);
        let contexts = stores.keys().map(|(context, _)| context).chain(calls.keys().map(|(context, ..)| context));
        let called = calls.iter().map(|((_, _, id), marks)| (*id, marks.clone()));
        let all: BTreeSet<Context> = contexts.cloned().chain(called).collect();
        let variants: Vec<Context> =
            all.into_iter().filter(|context| several.contains(&context.0) && !plain(context)).collect();
        let number: BTreeMap<&Context, usize> = variants.iter().zip(0..).collect();
        let of = |context: &Context| (context.0, number.get(context).copied());
        let mut out = Self::default();
        for ((context, span), local) in stores {
            // Of instances without variants every context says the same.
            if *local {
                out.stores.entry(of(context)).or_default().insert(*span);
            }
        }
        for ((context, span, id), marks) in calls {
            if let Some(variant) = number.get(&(id, marks)) {
                out.calls.entry(of(&context)).or_default().insert((span, id), *variant);
            }
        }
        drop(number);
        Self { variants, ..out }
    }

    /// Whether an operation is party-local.
    pub(crate) fn is_local(&self, of: BodyOf, span: Span) -> bool {
        self.stores.get(&of).is_some_and(|places| places.contains(&span))
    }

    /// The variant of an instance that is called; `None` for the plain one.
    pub(crate) fn called(&self, of: BodyOf, span: Span, id: u32) -> Option<usize> {
        self.calls.get(&of)?.get(&(span, id)).copied()
    }
}

/// Some instances and all that lead to them.
fn callers(mut found: HashSet<u32>, calls: &HashMap<(Context, Span, u32), Vec<bool>>) -> HashSet<u32> {
    let mut by: HashMap<u32, Vec<u32>> = HashMap::default();
    if !found.is_empty() {
        calls.keys().for_each(|((caller, _), _, id)| by.entry(*id).or_default().push(*caller));
    }
    let mut open: Vec<u32> = found.iter().copied().collect();
    while let Some(id) = open.pop() {
        for caller in by.get(&id).into_iter().flatten() {
            if found.insert(*caller) {
                open.push(*caller);
            }
        }
    }
    found
}
