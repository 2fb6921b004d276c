//! The table of function instances: function and exact types in, typed body, findings and result type out.
//!
//! An instance is analysed when its result is needed or when a checked body reaches it; only what the final bodies
//! reach is reported and becomes part of the program. Instances that were asked for while types were still rising stay
//! unreached and silent. Source: LANGUAGE §9.1, §9.5.

use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, Span};

use super::Cx;
use super::body::Body;
use super::effects::{Chosen, Effect};
use super::infer::{Need, Solution};
use super::secrecy::Why;
use super::tree::ResultForm;
use super::types::{self, Bound};
use crate::hir::{Capture, Instance, Row, Ty};

/// Instances of one function nested in each other (LANGUAGE §9.5).
const NESTED_MAX: usize = 64;
/// Instances in all.
const INSTANCES_MAX: usize = 20_000;
/// Passes over one body until types must have settled.
const PASSES_MAX: usize = 64;

/// What is instantiated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Unit {
    /// Index into the module's functions.
    Func(usize),
    /// The top-level statements.
    Script,
}

/// What makes an instance the same as another.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    pub(crate) unit: Unit,
    /// Types of the parameters.
    pub(crate) params: Vec<Ty>,
    /// What the type parameters are bound to.
    pub(crate) generics: Vec<Ty>,
    /// Checked for names only: nothing calls it.
    pub(crate) names_only: bool,
    /// Runs under a secret condition of its callers (LANGUAGE §10.5).
    pub(crate) chosen: bool,
    /// Per parameter, whether its argument is created inside; empty if none is.
    pub(crate) fresh: Vec<bool>,
    /// Of a nested function: what it captures.
    pub(crate) captures: Rc<[Capture]>,
    /// Of a lambda in a typed place: the result that is expected of it.
    pub(crate) expects: Option<Ty>,
}

impl Key {
    /// Whether a function that captures variables can be called there: then its body says something about these variables.
    pub(crate) fn holds_captured(&self) -> bool {
        let captures = |ty: &Ty| matches!(ty, Ty::Def(def) if !def.captures.is_empty());
        !self.captures.is_empty() || self.params.iter().any(captures)
    }
}

/// Where an instance was first asked for.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) instance: u32,
    pub(crate) span: Span,
    /// Per parameter, why its argument is secret.
    pub(crate) why: Vec<Option<Rc<Why>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    New,
    Busy,
    Done,
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) bound: Bound,
    pub(crate) caller: Option<Caller>,
    state: State,
    result: Option<Ty>,
    pub(crate) checked: Option<Checked>,
}

/// The outcome of the last pass over a body.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) instance: Instance,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) rows: Vec<Row>,
    /// Instances called, with the calls.
    pub(crate) calls: Vec<(u32, Span)>,
    /// Calls under a condition of this body.
    pub(crate) chosen: Vec<Chosen>,
    /// What may not be done under a condition of the callers.
    pub(crate) effects: Vec<Effect>,
    /// First bytes of the secret conditions that choose.
    pub(crate) chains: Vec<u32>,
    /// Not every result is created inside.
    pub(crate) stale_result: bool,
    /// What the body asks of captured variables, by their places.
    pub(crate) outer_needs: Vec<(usize, Need)>,
}

impl<'a> Cx<'a> {
    /// The instance of `key`; a new one is entered, not analysed.
    ///
    /// # Errors
    /// E0609 if there are too many.
    pub(crate) fn request(&mut self, key: Key, bound: &Bound, caller: Option<Caller>) -> Result<u32, Box<Diagnostic>> {
        if let Some(&id) = self.index.get(&key) {
            return Ok(id);
        }
        if let (Unit::Func(func), Some(from)) = (key.unit, &caller) {
            let tower = self.nested(func, from.instance);
            let huge = key.params.iter().any(super::ty::is_too_large);
            if huge || tower >= NESTED_MAX || self.instances.len() >= INSTANCES_MAX {
                let name = &self.module.funcs[func].name.text;
                let message =
                    format!("instances of `{name}` are nested too deep, are too many, or have too large types");
                return Err(Box::new(Diagnostic::new(Code::E0609, from.span, message)));
            }
        }
        let id = u32::try_from(self.instances.len()).unwrap_or(u32::MAX);
        if let Unit::Func(func) = key.unit {
            self.n_instances[func] += 1;
        }
        let result = match key.unit {
            Unit::Script => Some(Ty::Unit),
            Unit::Func(_) if key.expects.is_some() => key.expects.clone(),
            Unit::Func(func) => self.declared_result(func, bound, &mut Vec::new()),
        };
        self.index.insert(key.clone(), id);
        self.instances.push(Entry { key, bound: bound.clone(), caller, state: State::New, result, checked: None });
        Ok(id)
    }

    /// How many instances of `func` lead to `from`, it included.
    fn nested(&self, func: usize, from: u32) -> usize {
        if self.n_instances[func] < NESTED_MAX {
            return 0;
        }
        let mut count = 0;
        let mut at = Some(from);
        while let Some(id) = at {
            let entry = &self.instances[id as usize];
            count += usize::from(entry.key.unit == Unit::Func(func));
            at = entry.caller.as_ref().map(|caller| caller.instance);
        }
        count
    }

    /// The result type that is written, `None` if there is none.
    pub(crate) fn declared_result(&mut self, func: usize, bound: &Bound, out: &mut Vec<Diagnostic>) -> Option<Ty> {
        let module = self.module;
        match &module.funcs[func].result {
            ResultForm::Inferred => None,
            ResultForm::None => Some(Ty::Unit),
            ResultForm::Whole(ty, _) => Some(types::resolve(self, ty, bound, out)),
            ResultForm::Parts(parts) => {
                Some(Ty::Tuple(parts.iter().map(|(ty, _)| types::resolve(self, ty, bound, out)).collect()))
            }
        }
    }

    /// The result type of an instance, found from its body if none is written.
    pub(crate) fn result(&mut self, id: u32) -> Ty {
        let entry = &self.instances[id as usize];
        if let Some(result) = &entry.result {
            return result.clone();
        }
        if let Unit::Func(func) = entry.key.unit
            && (self.recursive[func] || entry.state == State::Busy)
        {
            if !self.recursive[func] {
                self.recursive[func] = true;
                self.report_recursive(func);
            }
            return Ty::Error;
        }
        self.analyse(id);
        self.instances[id as usize].result.clone().unwrap_or(Ty::Error)
    }

    /// E0320 at the header.
    pub(crate) fn report_recursive(&mut self, func: usize) {
        let name = &self.module.funcs[func].name;
        self.diagnostics.push(
            Diagnostic::new(Code::E0320, name.span, format!("recursive function `{}` needs a result type", name.text))
                .help("write `-> T`, or `-> None`, before the colon"),
        );
    }

    /// Analyses the body of an instance, if that has not been done. Cost: a few passes over the body.
    pub(crate) fn analyse(&mut self, id: u32) {
        if self.instances[id as usize].state != State::New {
            return;
        }
        self.instances[id as usize].state = State::Busy;
        let mut solution = Solution::default();
        for pass in 1..=PASSES_MAX {
            let outcome = stacker::maybe_grow(256 << 10, 2 << 20, || {
                Body::new(self, Some(id), &solution).check_unit(pass == PASSES_MAX)
            });
            match outcome {
                Ok((checked, result)) => {
                    let entry = &mut self.instances[id as usize];
                    entry.result.get_or_insert(result);
                    entry.checked = Some(checked);
                    break;
                }
                Err(next) => solution = *next,
            }
        }
        self.instances[id as usize].state = State::Done;
    }
}
