//! What functions do that may not be done under a secret condition in, findings at the calls under one out (LANGUAGE §10.5).
//!
//! An instance that runs under its callers' conditions only lists its effects; here they travel up the calls to those in secret
//! branches, by code and breadth first, so that each message shows the shortest way. Cost: calls times codes.

use crate::hash::{HashMap, HashSet};
use std::collections::VecDeque;
use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, Span};

use super::Cx;
use super::rule::Rule;
use super::secrecy::{self, Why};

/// Calls shown between a secret branch and an effect.
const SHOWN_MAX: usize = 8;

/// Something that may not be done under a secret condition.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) code: Code,
    pub(crate) span: Span,
    pub(crate) message: String,
}

/// A call in a secret branch.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub(crate) callee: u32,
    pub(crate) span: Span,
    /// The chains around it, outermost first.
    pub(crate) chains: Vec<u32>,
    pub(crate) condition: Span,
    pub(crate) why: Option<Rc<Why>>,
}

/// How an instance comes to an effect.
#[derive(Clone, Copy)]
enum Way {
    /// Its own effect of this index.
    Here(usize),
    /// By a call.
    Call(u32, Span),
}

impl Cx<'_> {
    /// Whether an instance gives only what it has created or was given as created inside.
    pub(crate) fn returns_fresh(&mut self, id: u32) -> bool {
        self.analyse(id);
        self.instances[id as usize].checked.as_ref().is_some_and(|checked| !checked.stale_result)
    }

    /// Reports effects behind calls in secret branches, and calls that lead back to their branch (E0426).
    pub(crate) fn secret_effects(&mut self, order: &[u32]) {
        let ways = self.ways(order);
        let mut found = Vec::new();
        for &id in order {
            let Some(checked) = &self.instances[id as usize].checked else { continue };
            for call in &checked.chosen {
                for code in CODES {
                    if ways.contains_key(&(call.callee, *code)) && Rule::CalleeEffect.on() {
                        found.push(self.behind(call, *code, &ways));
                    }
                }
                if Rule::Recursion.on() && self.leads_back(id, call) {
                    let name = self.unit_name(call.callee);
                    let message = format!("'{name}' leads back to this branch, and a secret cannot end the recursion");
                    found.push(self.chosen_finding(Code::E0426, call, message));
                }
            }
        }
        self.diagnostics.append(&mut found);
    }

    fn ways(&self, order: &[u32]) -> HashMap<(u32, Code), Way> {
        let mut callers: HashMap<u32, Vec<(u32, Span)>> = HashMap::default();
        let mut ways = HashMap::default();
        let mut open = VecDeque::new();
        for &id in order {
            let entry = &self.instances[id as usize];
            let Some(checked) = entry.checked.as_ref().filter(|_| entry.key.chosen) else { continue };
            // A call in a branch of its own is reported there.
            let own: HashSet<Span> = checked.chosen.iter().map(|call| call.span).collect();
            for (callee, span) in &checked.calls {
                if !own.contains(span) && Rule::DistantEffect.on() {
                    callers.entry(*callee).or_default().push((id, *span));
                }
            }
            for (at, effect) in checked.effects.iter().enumerate() {
                if let std::collections::hash_map::Entry::Vacant(slot) = ways.entry((id, effect.code)) {
                    slot.insert(Way::Here(at));
                    open.push_back((id, effect.code));
                }
            }
        }
        while let Some((id, code)) = open.pop_front() {
            for (caller, span) in callers.get(&id).map_or(&[][..], Vec::as_slice) {
                if let std::collections::hash_map::Entry::Vacant(slot) = ways.entry((*caller, code)) {
                    slot.insert(Way::Call(id, *span));
                    open.push_back((*caller, code));
                }
            }
        }
        ways
    }

    /// The finding at a call, with the way to the effect.
    fn behind(&self, call: &Chosen, code: Code, ways: &HashMap<(u32, Code), Way>) -> Diagnostic {
        let mut labels = Vec::new();
        let mut at = call.callee;
        let name = self.unit_name(at);
        let mut message = String::new();
        while let Some(way) = ways.get(&(at, code)) {
            match *way {
                Way::Call(callee, span) => {
                    if labels.len() < SHOWN_MAX {
                        labels.push((span, format!("'{}' is called here", self.unit_name(callee))));
                    }
                    at = callee;
                }
                Way::Here(index) => {
                    if let Some(effect) =
                        self.instances[at as usize].checked.as_ref().map(|found| &found.effects[index])
                    {
                        labels.push((effect.span, "here".to_owned()));
                        message = format!("'{name}' is called where a secret chooses: {}", effect.message);
                    }
                    break;
                }
            }
        }
        let found = self.chosen_finding(code, call, message);
        labels.into_iter().fold(found, |found, (span, text)| found.label(span, text))
    }

    fn chosen_finding(&self, code: Code, call: &Chosen, message: String) -> Diagnostic {
        let found = Diagnostic::new(code, call.span, message).label(call.condition, "a secret chooses here");
        secrecy::explain(found, call.why.as_ref(), &self.lines)
    }

    /// Whether a call in a branch can lead back to a branch around it.
    fn leads_back(&self, id: u32, call: &Chosen) -> bool {
        let unit = self.instances[id as usize].key.unit;
        let mut seen = HashSet::from_iter([call.callee]);
        let mut open = vec![call.callee];
        while let Some(at) = open.pop() {
            let entry = &self.instances[at as usize];
            let Some(checked) = &entry.checked else { continue };
            if entry.key.unit == unit && checked.chains.iter().any(|chain| call.chains.contains(chain)) {
                return true;
            }
            open.extend(checked.calls.iter().map(|(callee, _)| *callee).filter(|callee| seen.insert(*callee)));
        }
        false
    }
}

/// Codes of effects.
const CODES: &[Code] =
    &[Code::E0410, Code::E0411, Code::E0412, Code::E0413, Code::E0414, Code::E0415, Code::E0417, Code::E0418];
