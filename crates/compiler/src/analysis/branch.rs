//! Bodies that a secret chooses: chains of conditions in, one statement that runs all of them and merges out (LANGUAGE §10.5).
//!
//! A *chain* is an `if`/`elif`/`else`, a `match` or an `a if c else b` from its first secret condition on; its arms are *bodies*.
//! Each body has a number of its own, and a variable remembers the body of its declaration: what is assigned in another body is
//! merged, and so are variables that are used after the chain though they are declared in its bodies (LANGUAGE §4.4).
//! Not here: what is rejected in functions that a body calls (`effects`), what counts as created inside (`fresh`).

use crate::hash::{HashMap, HashSet};
use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, Label, Span};
use stoffel_value::ScalarTy;

use super::body::{Body, Returns, ScopeKind};
use super::effects::{Chosen, Effect};
use super::flow::Assigned;
use super::infer::Role;
use super::instance::Key;
use super::rule::Rule;
use super::secrecy::{self, Why};
use super::tree::{Expr as Surface, Stmt as SurfaceStmt, StmtKind};
use super::ty;
use crate::hir::{Expr, ExprKind as HirKind, LocalId, Merged, Place, SecretIf, Stmt, StmtKind as HirStmt, Ty};

/// What a pass knows of secret conditions.
#[derive(Debug, Default)]
pub(crate) struct Branches {
    /// The whole instance runs under a condition of its callers.
    pub(crate) under: bool,
    /// The chains around the current place, outermost first.
    pub(crate) chains: Vec<Chain>,
    n_bodies: u32,
    /// The statement that comes next is the last one of a body whose results are selected.
    pub(crate) tail: bool,
    /// Where selected results are put.
    result: Option<LocalId>,
    /// Where a result is selected by a secret.
    pub(crate) secret_return: Option<Span>,
    /// The chains around the declarations of a variable.
    homes: HashMap<LocalId, Vec<u32>>,
    /// Variables used after a chain that declares them: chain and first byte of the declaration.
    pub(crate) carried: HashSet<(u32, u32)>,
    /// Un-annotated variables that are assigned in a body that does not declare them.
    pub(crate) chosen_vars: HashSet<u32>,
    /// Declarations of variables that were given something not created inside.
    pub(crate) stale: HashSet<u32>,
    /// Parameters whose arguments are not created inside.
    pub(crate) stale_params: HashSet<u32>,
    /// First bytes of the chains met.
    pub(crate) met: Vec<u32>,
    /// Not every result is created inside.
    pub(crate) stale_result: bool,
    /// What may not be done when the instance runs under a condition.
    pub(crate) effects: Vec<Effect>,
    /// Calls made under a condition of this body.
    pub(crate) calls: Vec<Chosen>,
}

impl Branches {
    /// For an instance that runs under a condition of its callers, or not.
    pub(crate) fn new(under: bool) -> Self {
        Self { under, ..Self::default() }
    }
}

/// A chain that is being checked.
#[derive(Debug)]
pub(crate) struct Chain {
    /// First byte of the first condition: the same in every pass.
    id: u32,
    /// Number of the current body.
    body: u32,
    /// The first condition, and why it is secret.
    condition: Span,
    why: Option<Rc<Why>>,
    /// Variables of other bodies that are assigned here, with the place.
    assigned: Vec<(LocalId, Span)>,
    /// Variables declared in the bodies.
    declared: Vec<LocalId>,
}

/// What is tried after a condition.
#[derive(Clone, Copy)]
pub(crate) enum Rest<'s> {
    /// `elif`s and `else`.
    If(&'s [(Surface, Vec<SurfaceStmt>)], Option<&'s [SurfaceStmt]>),
    /// Arms of a `match` on the subject.
    Match(&'s Expr, &'s [(Option<Surface>, Vec<SurfaceStmt>)]),
}

/// A condition of a chain as it is written.
#[derive(Clone, Copy)]
pub(crate) enum Test<'s> {
    Bool(&'s Surface),
    Equals(&'s Expr, &'s Surface),
}

impl<'s> Rest<'s> {
    /// The next condition with its body and what follows, if there is one.
    pub(crate) fn next(self) -> Option<(Test<'s>, &'s [SurfaceStmt], Self)> {
        match self {
            Self::If(branches, other) => {
                let ((condition, body), rest) = branches.split_first()?;
                Some((Test::Bool(condition), body, Self::If(rest, other)))
            }
            Self::Match(subject, arms) => {
                let ((pattern, body), rest) = arms.split_first()?;
                Some((Test::Equals(subject, pattern.as_ref()?), body, Self::Match(subject, rest)))
            }
        }
    }

    /// The body that is left when no condition is.
    pub(crate) fn last(self) -> Option<&'s [SurfaceStmt]> {
        match self {
            Self::If(_, other) => other,
            Self::Match(_, arms) => match arms.first() {
                Some((None, body)) => Some(body),
                _ => None,
            },
        }
    }

    /// Whether every body of it ends in a `return` with a value.
    fn returns(mut self) -> bool {
        while let Some((_, body, rest)) = self.next() {
            if !ends_in_return(body) {
                return false;
            }
            self = rest;
        }
        self.last().is_some_and(ends_in_return)
    }
}

/// Whether the last statement is a `return` with a value, or an `if` or `match` all of whose bodies end so.
fn ends_in_return(body: &[SurfaceStmt]) -> bool {
    match body.last().map(|stmt| &stmt.kind) {
        Some(StmtKind::Return(value)) => value.is_some(),
        Some(StmtKind::If(branches, other)) => Rest::If(branches, other.as_deref()).returns(),
        Some(StmtKind::Match(_, arms)) => {
            arms.iter().all(|(_, body)| ends_in_return(body)) && arms.iter().any(|(pattern, _)| pattern.is_none())
        }
        _ => false,
    }
}

impl Body<'_, '_> {
    /// Whether what is checked now runs under a secret condition.
    pub(crate) fn is_chosen(&self) -> bool {
        self.branches.under || !self.branches.chains.is_empty()
    }

    /// Number of the innermost body; 0 outside of all.
    pub(crate) fn body_number(&self) -> u32 {
        self.branches.chains.last().map_or(0, |chain| chain.body)
    }

    /// Notes the declaration of a variable.
    pub(crate) fn note_home(&mut self, local: LocalId) {
        let body = self.body_number();
        self.vars[local.0 as usize].home = body;
        if let Some(chain) = self.branches.chains.last_mut() {
            chain.declared.push(local);
            let ids: Vec<u32> = self.branches.chains.iter().map(|chain| chain.id).collect();
            self.branches.homes.entry(local).or_default().extend(ids);
        }
    }

    /// Notes the use of a branch variable: chains that declare it and are closed carry it out.
    pub(crate) fn note_carried(&mut self, local: LocalId) {
        let Some(homes) = self.branches.homes.get(&local) else { return };
        let key = self.root_key(local);
        for id in homes {
            if !self.branches.chains.iter().any(|chain| chain.id == *id) {
                self.branches.carried.insert((*id, key));
            }
        }
    }

    fn root_key(&self, local: LocalId) -> u32 {
        let key = self.locals[local.0 as usize].span.start;
        self.unions.get(&key).copied().unwrap_or(key)
    }

    /// Whether an open chain carries the variable out.
    fn is_carried(&self, local: LocalId) -> bool {
        let key = self.root_key(local);
        self.branches.chains.iter().any(|chain| self.solution.carried.contains(&(chain.id, key)))
    }

    /// Whether a variable belongs to a function around an instance that runs under a condition of its callers.
    pub(crate) fn is_of_caller(&self, local: LocalId) -> bool {
        self.branches.under && (local.0 as usize) < self.captured.len() && Rule::ChosenCapture.on()
    }

    /// Notes that a variable is assigned; in a body that does not declare it, it becomes secret, and merged: E0411, E0418.
    pub(crate) fn note_assigned(&mut self, local: LocalId, span: Span) {
        let at = local.0 as usize;
        let captured = self.is_of_caller(local);
        let outside = self.vars[at].home != self.body_number();
        let why = match self.branches.chains.last_mut() {
            Some(chain) => {
                if outside && !captured {
                    chain.assigned.push((local, span));
                }
                chain.why.clone()
            }
            None => None,
        };
        if !captured && (self.branches.chains.is_empty() || !(outside || self.is_carried(local))) {
            return;
        }
        let name = self.locals[at].name.clone();
        let ty = self.locals[at].ty.clone();
        if ty::has_error(&ty) {
            return;
        }
        match self.vars[at].key {
            None if ty::is_unselectable(&ty) => {
                let message = format!("a secret cannot choose between values of type `{}`", ty::name(&ty));
                self.forbid(Code::E0418, span, message);
            }
            None if !ty::is_secret_form(&ty) && Rule::ChosenVariable.on() => {
                let declared = self.locals[at].span;
                let message = format!("`{name}` is public and cannot be assigned where a secret chooses");
                self.forbid(Code::E0411, span, message);
                if let Some(last) = self.diagnostics.last_mut() {
                    last.labels.push(Label { span: declared, text: "declared here".into() });
                    last.help = ty::secret_form(&ty).map(|form| format!("declare it `{}`", ty::name(&form)));
                }
            }
            None => {}
            Some(_) if !Rule::ChosenVariableRises.on() => {}
            Some(key) => {
                let Some(form) = ty::secret_form(&ty) else {
                    let message = format!("a secret cannot choose between values of type `{}`", ty::name(&ty));
                    self.forbid(Code::E0418, span, message);
                    return;
                };
                if captured {
                    self.need(local, Role::Value, form, span);
                    return;
                }
                self.branches.chosen_vars.insert(key);
                if form != ty {
                    self.locals[at].ty = form;
                    self.risen = true;
                }
                if self.vars[at].why.is_none() {
                    let text = format!("'{name}' is assigned under it here");
                    self.vars[at].why = why.map(|why| Why::then(why, span, text));
                }
            }
        }
    }

    /// Reports what may not be done under a secret condition; whether it is done under one.
    pub(crate) fn forbid(&mut self, code: Code, span: Span, message: impl Into<String>) -> bool {
        let message = message.into();
        if let Some(chain) = self.branches.chains.last() {
            let found = Diagnostic::new(code, span, message).label(chain.condition, "a secret chooses here");
            let found = secrecy::explain(found, chain.why.as_ref(), &self.cx.lines);
            self.diagnostics.push(found);
            return true;
        }
        if self.branches.under {
            self.branches.effects.push(Effect { code, span, message });
            return true;
        }
        false
    }

    /// Notes a call of an instance, for what it does under the conditions around it.
    pub(crate) fn note_chosen_call(&mut self, callee: u32, span: Span) {
        if let Some(chain) = self.branches.chains.last() {
            let (condition, why) = (chain.condition, chain.why.clone());
            let ids = self.branches.chains.iter().map(|chain| chain.id).collect();
            self.branches.calls.push(Chosen { callee, span, chains: ids, condition, why });
        }
    }

    /// Makes a call's instance one that runs under the conditions around the call, if there are any: its first argument.
    pub(crate) fn under_conditions<'e>(
        &mut self,
        key: &mut Key,
        args: impl Iterator<Item = &'e Expr>,
        span: Span,
    ) -> Option<Expr> {
        if !self.is_chosen() || !Rule::ChosenCall.on() {
            return None;
        }
        key.chosen = true;
        let fresh: Vec<bool> = args.map(|arg| ty::has_reference(&arg.ty) && self.is_fresh(arg)).collect();
        key.fresh = if fresh.contains(&true) { fresh } else { Vec::new() };
        Some(self.pi(span))
    }

    /// The conjunction of all secret conditions around the current place.
    pub(crate) fn pi(&self, span: Span) -> Expr {
        Expr { kind: HirKind::Pi, ty: ty::secret(ScalarTy::Bool), span }
    }

    fn open_chain(&mut self, condition: &Expr) {
        let why = self.why(condition);
        self.branches.met.push(condition.span.start);
        self.branches.chains.push(Chain {
            id: condition.span.start,
            body: 0,
            condition: condition.span,
            why,
            assigned: Vec::new(),
            declared: Vec::new(),
        });
    }

    fn next_body(&mut self) {
        self.branches.n_bodies += 1;
        let number = self.branches.n_bodies;
        if let Some(chain) = self.branches.chains.last_mut() {
            chain.body = number;
        }
    }

    /// The values of two sides, each a body chosen by the condition.
    pub(crate) fn chosen_sides<T>(&mut self, condition: &Expr, check: impl FnOnce(&mut Self) -> T) -> T {
        if !Rule::ChosenSide.on() {
            return check(self);
        }
        self.open_chain(condition);
        self.next_body();
        let sides = check(self);
        self.branches.chains.pop();
        sides
    }

    /// The condition of an arm.
    pub(crate) fn test(&mut self, test: Test<'_>) -> Expr {
        match test {
            Test::Bool(condition) => self.condition(condition),
            Test::Equals(subject, pattern) => self.arm_condition(subject, pattern),
        }
    }

    /// A chain from its first secret condition on; whether control goes on after it.
    pub(crate) fn secret_chain(
        &mut self,
        first: Expr,
        body: &[SurfaceStmt],
        rest: Rest<'_>,
        span: Span,
        tail: bool,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let top = self.branches.chains.is_empty();
        let begins = !tail && top && ends_in_return(body) && rest.returns() && self.gives_result();
        if begins {
            self.begin_result(span);
        }
        let form = tail || begins;
        self.open_chain(&first);
        let mut chain = Merge { arms: Vec::new(), ends: None };
        let (mut condition, mut body, mut rest) = (first, body, rest);
        let other = loop {
            let before = self.assigned.clone();
            self.next_body();
            self.branches.tail = form;
            let (stmts, _) = self.scoped(ScopeKind::Branch, body);
            let end = std::mem::replace(&mut self.assigned, before);
            chain.arm(condition, stmts, end);
            self.next_body();
            let Some((test, next, after)) = rest.next() else {
                self.branches.tail = form;
                break rest.last().map(|body| self.scoped(ScopeKind::Branch, body).0).unwrap_or_default();
            };
            let found = self.test(test);
            if !ty::is_secret(&found.ty) {
                let mut stmts = Vec::new();
                self.public_branch(found, next, after, span, form, &mut stmts);
                break stmts;
            }
            (condition, body, rest) = (found, next, after);
        };
        self.branches.tail = false;
        let merged = self.close_chain(chain.ends.take(), form);
        out.push(Stmt { kind: HirStmt::SecretIf(SecretIf { arms: chain.arms, other, merged }), span });
        if begins && let Some(local) = self.branches.result.take() {
            let ty = self.locals[local.0 as usize].ty.clone();
            let value = Expr { kind: HirKind::Local(local), ty, span };
            out.push(Stmt { kind: HirStmt::Return(Some(value)), span });
            self.assigned.end();
        }
        !form
    }

    /// Ends a chain: the variables to merge. The assigned set is that of the last body: E0501.
    fn close_chain(&mut self, ends: Option<Assigned>, form: bool) -> Vec<Merged> {
        let last = std::mem::take(&mut self.assigned);
        self.assigned = match ends {
            Some(ends) => ends.meet(last),
            None => last,
        };
        let Some(chain) = self.branches.chains.pop() else { return Vec::new() };
        let mut merged = Vec::new();
        let mut seen = HashSet::default();
        let outer = self.body_number();
        for (local, span) in chain.assigned {
            if !seen.insert(local) {
                continue;
            }
            merged.push(Merged { local, span, begins: false });
            if !form && !self.assigned.has(local) {
                let name = self.locals[local.0 as usize].name.clone();
                let message = format!("`{name}` has no value that the other branches could keep");
                self.error(Code::E0501, span, message).help =
                    Some("give it a value before, or assign it in every branch".into());
            }
            if self.vars[local.0 as usize].home != outer
                && let Some(around) = self.branches.chains.last_mut()
            {
                around.assigned.push((local, span));
            }
        }
        for &local in &chain.declared {
            let key = self.root_key(local);
            if self.solution.carried.contains(&(chain.id, key)) && seen.insert(local) {
                merged.push(Merged { local, span: self.locals[local.0 as usize].span, begins: true });
                self.vars[local.0 as usize].home = outer;
            }
        }
        if let Some(around) = self.branches.chains.last_mut() {
            around.declared.extend(chain.declared);
        }
        merged
    }

    fn gives_result(&self) -> bool {
        match &self.returns {
            Returns::Nowhere => false,
            Returns::Declared(ty) => *ty != Ty::Unit,
            Returns::Inferred => true,
        }
    }

    /// Makes the variable that takes the selected result: E0401, E0418.
    fn begin_result(&mut self, span: Span) {
        self.branches.secret_return.get_or_insert(span);
        let ty = match &self.returns {
            Returns::Declared(ty) => ty.clone(),
            _ => self.solution.result.clone().unwrap_or(Ty::Error),
        };
        if let Returns::Declared(ty) = &self.returns
            && Rule::ChosenResult.on()
            && !ty::has_error(ty)
            && (!ty::is_secret_form(ty) || ty::is_unselectable(ty))
        {
            let (code, message) = match ty::secret_form(ty) {
                Some(_) => (Code::E0401, format!("a secret chooses the result, which is a public `{}`", ty::name(ty))),
                None => (Code::E0418, format!("a secret cannot choose between values of type `{}`", ty::name(ty))),
            };
            self.error(code, span, message);
        }
        let local = self.synthetic(ty, span);
        self.branches.result = Some(local);
    }

    /// `return e` at the end of a body whose results are selected; else what a `return` in a body is: E0412.
    pub(crate) fn chosen_return(&mut self, value: Option<Expr>, tail: bool, span: Span, out: &mut Vec<Stmt>) {
        match (self.branches.result, value) {
            (Some(result), Some(value)) if tail => {
                if let Some(chain) = self.branches.chains.last_mut() {
                    chain.assigned.push((result, span));
                }
                self.assigned.set(result);
                out.push(Stmt { kind: HirStmt::Assign(Place::Local(result), value), span });
            }
            _ => self.leaves("return", span),
        }
    }

    /// E0412.
    pub(crate) fn leaves(&mut self, word: &str, span: Span) {
        let rule = if word == "return" { Rule::ChosenReturn } else { Rule::ChosenBreak };
        let found =
            rule.on() && self.forbid(Code::E0412, span, format!("`{word}` would leave a branch that a secret chooses"));
        if found
            && word == "return"
            && let Some(last) = self.diagnostics.last_mut()
        {
            last.help = Some("let every branch, `else` included, end in `return`, or assign to a variable".into());
        }
    }

    /// A choice by the conditions around: `value` where they hold, else what is there.
    pub(crate) fn kept_unless_chosen(&mut self, value: Expr, old: Expr, span: Span) -> Expr {
        let ty = old.ty.clone();
        let cond = Box::new(self.pi(span));
        let kind = HirKind::Select { cond, then: Box::new(value), other: Box::new(old), guarded: false };
        Expr { kind, ty, span }
    }
}

/// The arms of a chain so far, and what is assigned at the end of all of them.
struct Merge {
    arms: Vec<(Expr, Vec<Stmt>)>,
    ends: Option<Assigned>,
}

impl Merge {
    fn arm(&mut self, condition: Expr, body: Vec<Stmt>, end: Assigned) {
        self.arms.push((condition, body));
        self.ends = Some(match self.ends.take() {
            Some(ends) => ends.meet(end),
            None => end,
        });
    }
}
