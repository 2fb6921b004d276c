//! Party-local values: checked instances in, findings about values that differ between parties out (LANGUAGE §10.11).
//!
//! The mark is a property of values beside their type: it starts at what a party knows alone, follows operations, variables,
//! elements, arguments and results, and is never written. An instance is looked at once for each set of marks on its arguments.
//! Marks only rise, so the passes end; findings are taken from one more pass under the final marks.
//! Not here: the traps of party-local operations (`runtime` names the party).

mod branch;
mod expr;
mod stmt;
mod variants;

use crate::hash::{HashMap, HashSet};
use std::collections::hash_map::Entry;

use stoffel_syntax::{Code, Diagnostic, Span};

use super::Cx;
use super::instance::Checked;
use super::rule::Rule;
use crate::hir::LocalId;

pub(crate) use variants::LocalStores;

/// An instance with the marks of what it captures, then of its parameters.
type Context = (u32, Vec<bool>);

impl Cx<'_> {
    /// E0420 and E0421 in everything that is reached; `entry` is what is run.
    ///
    /// Gives the operations on stores that are party-local.
    pub(crate) fn check_local(&mut self, entry: Option<u32>, order: &[u32]) -> LocalStores {
        let bodies: HashMap<u32, &Checked> =
            order.iter().filter_map(|&id| Some((id, self.instances[id as usize].checked.as_ref()?))).collect();
        let roots: Vec<u32> =
            order.iter().filter(|&&id| !self.instances[id as usize].key.names_only).copied().collect();
        let mut pass = Pass {
            bodies,
            entry,
            returns: HashMap::default(),
            seen: HashSet::default(),
            changed: true,
            reports: false,
            found: Vec::new(),
            marks: HashMap::default(),
            stores: HashMap::default(),
            calls: HashMap::default(),
        };
        let found = pass.run(&roots);
        let (stores, calls) = (pass.stores, pass.calls);
        self.diagnostics.extend(found);
        LocalStores::of(&stores, calls)
    }
}

/// The state of all passes.
struct Pass<'c> {
    bodies: HashMap<u32, &'c Checked>,
    entry: Option<u32>,
    /// Whether a context's result is party-local.
    returns: HashMap<Context, bool>,
    /// Contexts of this pass.
    seen: HashSet<Context>,
    changed: bool,
    reports: bool,
    found: Vec<Diagnostic>,
    /// The marks that a context's variables have come to.
    marks: HashMap<Context, Vec<bool>>,
    /// Operations on stores by context and place, and whether they are party-local there.
    stores: HashMap<(Context, Span), bool>,
    /// Calls by context, place and instance called: the marks with which it is called there.
    calls: HashMap<(Context, Span, u32), Vec<bool>>,
}

impl Pass<'_> {
    fn run(&mut self, roots: &[u32]) -> Vec<Diagnostic> {
        while std::mem::take(&mut self.changed) {
            self.seen.clear();
            roots.iter().for_each(|&root| self.root(root));
        }
        self.seen.clear();
        self.reports = true;
        roots.iter().for_each(|&root| self.root(root));
        std::mem::take(&mut self.found)
    }

    fn root(&mut self, id: u32) {
        if let Some(checked) = self.bodies.get(&id) {
            let n = checked.instance.captures.len() + checked.instance.params.len();
            self.context(id, vec![false; n]);
        }
    }

    /// Whether the result of an instance is party-local under these marks.
    fn context(&mut self, id: u32, marks: Vec<bool>) -> bool {
        let Some(&checked) = self.bodies.get(&id) else { return marks.contains(&true) };
        let context = (id, marks);
        if self.seen.insert(context.clone()) {
            let returned = stacker::maybe_grow(128 << 10, 1 << 20, || self.body(id, checked, &context.1));
            if self.returns.insert(context.clone(), returned) != Some(returned) {
                self.changed |= returned;
            }
        }
        Rule::LocalResult.on() && self.returns.get(&context).copied().unwrap_or(false)
    }

    fn body(&mut self, id: u32, checked: &Checked, given: &[bool]) -> bool {
        let instance = &checked.instance;
        let mut marks = vec![false; instance.locals.len()];
        for (local, mark) in instance.captures.iter().chain(&instance.params).zip(given) {
            marks[local.0 as usize] = *mark;
        }
        let context = (id, given.to_vec());
        if let Some(known) = self.marks.get(&context) {
            marks.clone_from(known);
        }
        loop {
            let before = marks.clone();
            let mut walk = Walk::new(self, &context, checked, marks);
            walk.block(&instance.body);
            let Walk { marks: after, returned, .. } = walk;
            marks = after;
            if marks == before {
                self.marks.insert(context, marks);
                return returned;
            }
        }
    }
}

/// One walk over one body.
struct Walk<'w, 'c> {
    context: &'w Context,
    pass: &'w mut Pass<'c>,
    checked: &'w Checked,
    captured: HashSet<LocalId>,
    marks: Vec<bool>,
    returned: bool,
    is_entry: bool,
    /// Inside a body that only some parties run.
    in_branch: bool,
}

impl<'w, 'c> Walk<'w, 'c> {
    fn new(pass: &'w mut Pass<'c>, context: &'w Context, checked: &'w Checked, marks: Vec<bool>) -> Self {
        let captured = checked.instance.captures.iter().copied().collect();
        let is_entry = pass.entry == Some(context.0);
        Self { context, pass, checked, captured, marks, returned: false, is_entry, in_branch: false }
    }

    fn mark(&self, local: LocalId) -> bool {
        self.marks.get(local.0 as usize).copied().unwrap_or(false)
    }

    fn set(&mut self, local: LocalId, mark: bool) {
        if let Some(slot) = self.marks.get_mut(local.0 as usize) {
            *slot |= mark && Rule::LocalVariable.on();
        }
    }

    /// Notes an operation on a store.
    fn note_store(&mut self, span: Span, local: bool) {
        if self.pass.reports {
            *self.pass.stores.entry((self.context.clone(), span)).or_default() |= local;
        }
    }

    /// Whether the result of an instance that is called here is party-local. Places with several calls of it count as one.
    fn enter(&mut self, span: Span, id: u32, marks: Vec<bool>) -> bool {
        let joined = match self.pass.calls.entry((self.context.clone(), span, id)) {
            Entry::Vacant(place) => place.insert(marks),
            Entry::Occupied(place) => {
                let known = place.into_mut();
                for (known, mark) in known.iter_mut().zip(marks) {
                    self.pass.changed |= mark && !*known;
                    *known |= mark;
                }
                known
            }
        };
        let joined = joined.clone();
        self.pass.context(id, joined)
    }

    /// E0420: the value decides what the program does.
    fn steers(&mut self, local: bool, span: Span, what: &str) {
        if local && Rule::LocalSteering.on() {
            let message = format!("{what} differs between parties, which would go different ways");
            self.report(Code::E0420, span, message, "reveal or receive a common value first");
        }
    }

    /// E0421: the value enters what all parties compute together.
    fn enters(&mut self, local: bool, span: Span, what: &str) {
        if local && Rule::LocalEntering.on() {
            let message = format!("a value that differs between parties would become {what}");
            self.report(Code::E0421, span, message, "it may be printed, stored, or broadcast with `Rbc`");
        }
    }

    fn report(&mut self, code: Code, span: Span, message: String, help: &str) {
        if self.pass.reports {
            self.pass.found.push(Diagnostic::new(code, span, message).help(help));
        }
    }
}
