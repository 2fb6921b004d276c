//! One pass over one body: surface statements and the types found so far in, typed statements, findings and new types out.
//!
//! The struct here holds what a pass knows; statements, expressions, operators and calls are in the files of their names.

use crate::hash::HashMap;
use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, FileId, Span};
use stoffel_value::{ScalarTy, Value};

use super::Cx;
use super::branch::Branches;
use super::flow::Assigned;
use super::infer::{self, Need, Role, Solution, Solved};
use super::instance::{Checked, Unit};
use super::optional::Facts;
use super::rule::Rule;
use super::scope::{Decl, Hidden, Seen};
use super::secrecy::Why;
use super::suggest::nearest;
use super::tree::{AssignedNames, Ident, ResultForm, TypeArg, TypeExpr, TypeKind};
use super::ty;
use super::types::{self, Bound};
use crate::hir::{Def, Expr, ExprKind, Instance, Local, LocalId, Row, Ty};

/// What is known of a local beside its type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Var {
    /// The declaration's first byte, of the first one of a branch variable; `None` if the type is fixed.
    pub(crate) key: Option<u32>,
    /// Only untyped literals have decided its type.
    pub(crate) soft: bool,
    /// Why it is secret, if not by declaration.
    pub(crate) why: Option<Rc<Why>>,
    /// Number of the body, chosen by a secret, that declares it; 0 outside of all.
    pub(crate) home: u32,
    /// A nested function: not assignable.
    pub(crate) function: bool,
}

/// What opened a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ScopeKind {
    /// Function, script, comprehension.
    Plain,
    /// Body of `if`, `while`, `match`: its variables may be used after it (LANGUAGE §4.4).
    Branch,
    /// Body of `for`.
    For,
    /// What a nested function captures.
    Captured,
}

/// Variables of one scope.
#[derive(Debug)]
pub(crate) struct Scope {
    kind: ScopeKind,
    names: HashMap<Rc<str>, LocalId>,
    /// Length of the log of branch variables at its start.
    branch_mark: usize,
}

/// What the body gives back.
#[derive(Debug)]
pub(crate) enum Returns {
    /// At the top level of a script, and in constants.
    Nowhere,
    /// Of the type that is written.
    Declared(Ty),
    /// Merged from what is returned.
    Inferred,
}

/// A loop around the current statement.
#[derive(Debug, Default)]
pub(crate) struct Loop {
    pub(crate) has_break: bool,
    /// What is assigned at its breaks.
    pub(crate) at_breaks: Option<Assigned>,
    /// Number of the body around it.
    pub(crate) body: u32,
}

/// The state of a pass.
pub(crate) struct Body<'c, 'a> {
    pub(crate) cx: &'c mut Cx<'a>,
    /// The instance; `None` in a constant.
    pub(crate) me: Option<u32>,
    pub(crate) names_only: bool,
    pub(crate) in_script: bool,
    /// The file that it stands in.
    pub(crate) file: FileId,
    pub(crate) bound: Bound,
    pub(crate) solution: &'c Solution,
    pub(crate) unions: HashMap<u32, u32>,
    pub(crate) needs: HashMap<u32, Vec<Need>>,
    /// Locals by the key of their branch variable.
    pub(crate) by_key: HashMap<u32, LocalId>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) calls: Vec<(u32, Span)>,
    pub(crate) rows: Vec<Row>,
    pub(crate) locals: Vec<Local>,
    pub(crate) vars: Vec<Var>,
    pub(crate) scopes: Vec<Scope>,
    branch: HashMap<Rc<str>, Vec<LocalId>>,
    branch_log: Vec<Rc<str>>,
    pub(crate) assigned: Assigned,
    pub(crate) loops: Vec<Loop>,
    pub(crate) returns: Returns,
    /// Types returned, and whether as literals.
    pub(crate) returned: Vec<Need>,
    pub(crate) bare_returns: Vec<Span>,
    pub(crate) branches: Branches,
    /// A variable has become secret in the course of this pass.
    pub(crate) risen: bool,
    /// Captured variables, the first locals.
    pub(crate) captured: Vec<LocalId>,
    /// Functions made in this pass, with the locals that they capture.
    pub(crate) made: Vec<(Rc<Def>, Vec<LocalId>)>,
    /// Names assigned anywhere in the outermost function around.
    pub(crate) assigned_names: AssignedNames,
    /// Whether there are functions inside.
    pub(crate) has_inner: bool,
    /// Reads that a check has narrowed, while a function may still capture the variable.
    pub(crate) narrowed: Vec<(LocalId, Span)>,
    /// The chain of `and` and `or` that was typed last, by the span of its last operand, and what it tells.
    pub(crate) chain: Option<(Span, Facts)>,
}

/// What a name denotes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    Local(LocalId),
    Decl(Decl),
    Type,
    Module,
    Prelude,
    /// Declared, but not supported yet, or reported elsewhere.
    Silent,
    /// A top-level variable, seen from a function.
    ScriptVar,
    /// An export of two modules.
    Ambiguous(FileId, FileId),
    Nothing,
}

impl Found {
    /// A name of the file, or one that it imports.
    pub(crate) fn of(decl: Decl) -> Self {
        if decl == Decl::Foreign { Self::Silent } else { Self::Decl(decl) }
    }
}

impl<'c, 'a> Body<'c, 'a> {
    /// A pass over an instance; `me` is `None` for constants.
    pub(crate) fn new(cx: &'c mut Cx<'a>, me: Option<u32>, solution: &'c Solution) -> Self {
        let entry = me.map(|id| &cx.instances[id as usize]);
        let bound = entry.map_or_else(|| Bound::from([]), |entry| entry.bound.clone());
        let names_only = entry.is_some_and(|entry| entry.key.names_only);
        let chosen = entry.is_some_and(|entry| entry.key.chosen);
        let in_script = entry.is_some_and(|entry| entry.key.unit == Unit::Script);
        let (assigned_names, has_inner) = match entry.map(|entry| entry.key.unit) {
            Some(Unit::Func(func)) => (cx.module.funcs[func].assigned.clone(), cx.module.funcs[func].has_inner),
            _ => (cx.module.assigned.clone(), cx.module.has_inner),
        };
        let file = match entry.map(|entry| entry.key.unit) {
            Some(Unit::Func(func)) => cx.module.funcs[func].file(),
            Some(Unit::Script) | None => FileId(0),
        };
        Self {
            cx,
            me,
            names_only,
            in_script,
            file,
            bound,
            solution,
            unions: solution.unions.clone(),
            needs: HashMap::default(),
            by_key: HashMap::default(),
            diagnostics: Vec::new(),
            calls: Vec::new(),
            rows: Vec::new(),
            locals: Vec::new(),
            vars: Vec::new(),
            scopes: Vec::new(),
            branch: HashMap::default(),
            branch_log: Vec::new(),
            assigned: Assigned::default(),
            loops: Vec::new(),
            returns: Returns::Nowhere,
            returned: Vec::new(),
            bare_returns: Vec::new(),
            branches: Branches::new(chosen),
            risen: false,
            captured: Vec::new(),
            made: Vec::new(),
            assigned_names,
            has_inner,
            narrowed: Vec::new(),
            chain: None,
        }
    }

    /// Checks the unit; `Err` holds the types for another pass. `last`: there is none, what still moves is E0305.
    pub(crate) fn check_unit(mut self, last: bool) -> Result<(Checked, Ty), Box<Solution>> {
        let id = self.me.unwrap_or_default();
        let unit = self.cx.instances[id as usize].key.unit;
        let module = self.cx.module;
        let mut start = self.captures(id);
        self.open(ScopeKind::Plain);
        let pi = self.branches.under.then(|| {
            let span = Span::default();
            self.synthetic(ty::secret(ScalarTy::Bool), span)
        });
        let (name, span, params, body) = match unit {
            Unit::Script => {
                (Rc::from("main"), module.code.first().map_or_else(Span::default, |stmt| stmt.span), vec![], {
                    let (body, _) = self.block(&module.code);
                    body
                })
            }
            Unit::Func(func) => {
                let func = &module.funcs[func];
                let params = self.params(id);
                let expects = self.cx.instances[id as usize].key.expects.clone();
                let written = expects.or_else(|| self.written_result(func));
                self.returns = written.map_or(Returns::Inferred, Returns::Declared);
                let (body, falls) = self.block(&func.body);
                if falls {
                    self.falls_off(func);
                }
                start.extend(body);
                (func.name.text.clone(), func.header, params, start)
            }
        };
        self.close();
        let result = self.settle(last)?;
        let outer_needs = self.outer_needs();
        let captures = std::mem::take(&mut self.captured);
        let instance = Instance {
            name: name.to_string(),
            span,
            captures,
            params,
            pi,
            locals: self.locals,
            result: result.clone(),
            body,
        };
        let mut diagnostics = self.diagnostics;
        if self.names_only {
            diagnostics.retain(|diagnostic| diagnostic.code.as_str().starts_with("E02"));
        }
        let Branches { effects, calls: chosen, met: chains, stale_result, .. } = self.branches;
        let (rows, calls) = (self.rows, self.calls);
        let checked =
            Checked { instance, diagnostics, rows, calls, outer_needs, chosen, effects, chains, stale_result };
        Ok((checked, result))
    }

    fn written_result(&mut self, func: &super::tree::Func) -> Option<Ty> {
        let bound = self.bound.clone();
        let mut out = Vec::new();
        let ty = match &func.result {
            ResultForm::Inferred => None,
            ResultForm::None => Some(Ty::Unit),
            ResultForm::Whole(ty, _) => Some(types::resolve(self.cx, ty, &bound, &mut out)),
            ResultForm::Parts(parts) => {
                Some(Ty::Tuple(parts.iter().map(|(ty, _)| types::resolve(self.cx, ty, &bound, &mut out)).collect()))
            }
        };
        self.diagnostics.append(&mut out);
        ty
    }

    /// Declares the parameters of an instance.
    fn params(&mut self, id: u32) -> Vec<LocalId> {
        let entry = &self.cx.instances[id as usize];
        let (types, caller) = (entry.key.params.clone(), entry.caller.clone());
        let Unit::Func(func) = entry.key.unit else { return Vec::new() };
        let func = &self.cx.module.funcs[func];
        let fresh = entry.key.fresh.clone();
        let mut params = Vec::new();
        for (at, (param, ty)) in func.params.iter().zip(types).enumerate() {
            if let Some(written) = &param.ty {
                self.written(written);
            }
            let local = self.declare_fixed(&param.name, ty);
            self.assigned.set(local);
            if !fresh.get(at).copied().unwrap_or(false) && Rule::StaleParameter.on() {
                self.branches.stale_params.insert(param.name.span.start);
            }
            let why = caller.as_ref().and_then(|caller| caller.why.get(at).cloned().flatten());
            if let (Some(why), Some(caller)) = (why, &caller)
                && param.ty.as_ref().is_none_or(|ty| !is_secret_word(ty))
            {
                let text = format!("passed to '{}' here", func.name.text);
                self.vars[local.0 as usize].why = Some(Why::then(why, caller.span, text));
            }
            params.push(local);
        }
        params
    }

    /// Ends the pass: the types that the needs give, if they are not those that were used.
    fn settle(&mut self, last: bool) -> Result<Ty, Box<Solution>> {
        self.needs_of_inner();
        let mut next = Solution {
            unions: self.unions.clone(),
            passes: self.solution.passes + 1,
            failed: self.solution.failed.clone(),
            ..Solution::default()
        };
        let mut conflicts = Vec::new();
        next.carried = self.solution.carried.union(&self.branches.carried).copied().collect();
        next.stale = self.solution.stale.union(&self.branches.stale).copied().collect();
        let mut moved = self.risen
            || self.unions != self.solution.unions
            || next.carried.len() != self.solution.carried.len()
            || next.stale.len() != self.solution.stale.len();
        for at in self.captured.len()..self.locals.len() {
            let Some(key) = self.vars[at].key else { continue };
            let needs = self.needs.get(&key).map_or(&[][..], Vec::as_slice);
            if let Some(conflict) = self.solution.failed.get(&key) {
                conflicts.push(conflict.clone());
                next.vars.insert(key, Solved { ty: Ty::Error, soft: false });
                continue;
            }
            let mut solved = match infer::solve(needs) {
                Ok(solved) => solved,
                Err(needs) => {
                    let local = &self.locals[at];
                    let conflict = infer::conflict(&local.name, local.span, &needs, &self.cx.lines);
                    if self.solution.is_final() {
                        next.failed.insert(key, conflict.clone());
                    }
                    conflicts.push(conflict);
                    Solved { ty: Ty::Error, soft: false }
                }
            };
            if self.branches.chosen_vars.contains(&key)
                && let Some(form) = ty::secret_form(&solved.ty)
            {
                solved = Solved { ty: form, soft: false };
            }
            if solved.ty != self.locals[at].ty || solved.soft != self.vars[at].soft {
                moved = true;
                if last {
                    let local = &self.locals[at];
                    conflicts.push(infer::unsettled(
                        &local.name,
                        local.span,
                        (&local.ty, &solved.ty),
                        needs,
                        &self.cx.lines,
                    ));
                }
            }
            next.vars.insert(key, solved);
        }
        let result = match &self.returns {
            Returns::Nowhere => Ty::Unit,
            Returns::Declared(ty) => ty.clone(),
            Returns::Inferred => {
                let merged = self.merged_result();
                let used = self.solution.result.as_ref();
                let uniform = self.branches.secret_return.is_none()
                    && self.returned.iter().all(|need| need.ty == merged && need.role == Role::Value);
                next.result = Some(merged.clone());
                moved |= used.map_or(!uniform, |used| *used != merged);
                merged
            }
        };
        if moved && !last {
            return Err(Box::new(next));
        }
        if moved && conflicts.is_empty() {
            let (span, name) = match self.me.map(|id| self.cx.instances[id as usize].key.unit) {
                Some(Unit::Func(func)) => {
                    let name = &self.cx.module.funcs[func].name;
                    (name.span, format!("the result of `{}`", name.text))
                }
                _ => (self.locals.first().map_or_else(Span::default, |local| local.span), "a variable".to_owned()),
            };
            let used = self.solution.result.clone().unwrap_or(Ty::Unit);
            conflicts.push(infer::unsettled(&name, span, (&used, &result), &self.returned, &self.cx.lines));
        }
        self.diagnostics.append(&mut conflicts);
        self.narrowed_captures();
        if let (Returns::Inferred, Some(span)) = (&self.returns, self.branches.secret_return)
            && ty::secret_form(&result).is_none()
        {
            let message = format!("a secret cannot choose between values of type `{}`", ty::name(&result));
            self.error(Code::E0418, span, message);
        }
        if matches!(self.returns, Returns::Inferred) && result != Ty::Unit {
            for span in std::mem::take(&mut self.bare_returns) {
                self.error(Code::E0507, span, "the function returns a value elsewhere");
            }
        }
        Ok(result)
    }

    fn merged_result(&self) -> Ty {
        if self.returned.is_empty() {
            return Ty::Unit;
        }
        let mut merged: Option<Ty> = None;
        for need in self.returned.iter().filter(|need| need.role == Role::Value) {
            merged = Some(match &merged {
                None => need.ty.clone(),
                Some(before) => ty::merge(before, &need.ty).unwrap_or_else(|| before.clone()),
            });
        }
        let real = self.returned.iter().any(|need| need.role == Role::Real);
        let literal = if real { ty::FLOAT } else { ty::INT };
        let merged = match merged {
            // `None` beside literals only.
            Some(Ty::Optional(inner)) if *inner == Ty::Error => {
                let other = self.returned.iter().any(|need| need.role != Role::Value);
                if other { ty::optional(literal) } else { Ty::Optional(inner) }
            }
            Some(merged) => merged,
            None => literal,
        };
        match self.branches.secret_return {
            Some(_) => ty::secret_form(&merged).unwrap_or(merged),
            None => merged,
        }
    }

    /// Opens a scope.
    pub(crate) fn open(&mut self, kind: ScopeKind) {
        let branch_mark = self.branch_log.len();
        self.scopes.push(Scope { kind, names: HashMap::default(), branch_mark });
    }

    /// Closes the innermost scope.
    pub(crate) fn close(&mut self) {
        let Some(scope) = self.scopes.pop() else { return };
        match scope.kind {
            ScopeKind::Branch => {
                let mut names: Vec<_> = scope.names.into_iter().collect();
                names.sort_by_key(|(_, local)| *local);
                for (name, local) in names {
                    self.branch.entry(name.clone()).or_default().push(local);
                    self.branch_log.push(name);
                }
            }
            ScopeKind::For | ScopeKind::Plain | ScopeKind::Captured => {
                for name in self.branch_log.drain(scope.branch_mark..) {
                    if let Some(locals) = self.branch.get_mut(&name) {
                        locals.pop();
                    }
                }
            }
        }
    }

    /// Declares a local whose type is fixed.
    pub(crate) fn declare_fixed(&mut self, name: &Ident, ty: Ty) -> LocalId {
        let local = self.fresh(&name.text, ty, name.span);
        self.enter(name, local);
        local
    }

    /// Puts a local into the innermost scope: E0203 and W0201.
    pub(crate) fn enter(&mut self, name: &Ident, local: LocalId) {
        self.note_home(local);
        if name.text.is_empty() {
            return;
        }
        let depth = self.scopes.len();
        let before = self.scopes.last().and_then(|scope| scope.names.get(&name.text)).copied();
        if let Some(before) = before {
            let first = self.locals[before.0 as usize].span;
            let message = format!("`{}` is already declared", name.text);
            self.error(Code::E0203, name.span, message)
                .labels
                .push(stoffel_syntax::Label { span: first, text: "first declared here".into() });
        } else if self.in_script && depth == 1 && self.cx.names.own(self.file, &name.text).is_some() {
            let message = format!("`{}` is already declared in this module", name.text);
            self.error(Code::E0203, name.span, message);
        } else if self.in_script
            && depth == 1
            && (types::is_builtin(&name.text) || super::prelude::is_module(&name.text))
        {
            let message = format!("`{}` is built in and cannot be redefined", name.text);
            self.error(Code::E0203, name.span, message);
        } else if let Some(outer) = self.shadowed(&name.text) {
            let first = self.locals[outer.0 as usize].span;
            let message = format!("`{}` shadows a variable", name.text);
            self.error(Code::W0201, name.span, message)
                .labels
                .push(stoffel_syntax::Label { span: first, text: "of the same name, declared here".into() });
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.insert(name.text.clone(), local);
        }
    }

    /// The variable of this function that a new one of this name shadows.
    fn shadowed(&self, name: &Rc<str>) -> Option<LocalId> {
        let outer = self.scopes.iter().rev().skip(1).filter(|scope| scope.kind != ScopeKind::Captured);
        outer.filter_map(|scope| scope.names.get(name)).next().copied()
    }

    /// A new local of this type.
    pub(crate) fn fresh(&mut self, name: &str, ty: Ty, span: Span) -> LocalId {
        let local = LocalId(u32::try_from(self.locals.len()).unwrap_or(u32::MAX));
        self.locals.push(Local { name: name.to_owned(), ty, cell: false, span });
        self.vars.push(Var { home: self.body_number(), ..Var::default() });
        local
    }

    /// A new synthetic local, bound to nothing yet.
    pub(crate) fn synthetic(&mut self, ty: Ty, span: Span) -> LocalId {
        let name = format!("${}", self.locals.len());
        let local = self.fresh(&name, ty, span);
        self.assigned.set(local);
        local
    }

    /// What a name denotes here.
    pub(crate) fn find(&mut self, name: &Rc<str>) -> Found {
        for scope in self.scopes.iter().rev() {
            if let Some(&local) = scope.names.get(name) {
                return Found::Local(local);
            }
        }
        if let Some(local) = self.branch_variable(name) {
            self.note_carried(local);
            return Found::Local(local);
        }
        if let Some(decl) = self.cx.names.own(self.file, name) {
            return Found::of(decl);
        }
        if self.bound.iter().any(|(bound, _)| bound == name) || types::is_builtin(name) {
            return Found::Type;
        }
        if self.file == FileId(0) && self.cx.names.script_vars.contains(name) && !self.in_script {
            return Found::ScriptVar;
        }
        if super::prelude::is_module(name) {
            return Found::Module;
        }
        match self.cx.names.weak(self.file, name) {
            Seen::One(decl) => return Found::of(decl),
            Seen::Several(a, b) => return Found::Ambiguous(a, b),
            Seen::Nowhere => {}
        }
        if super::prelude::is_prelude(name) {
            return Found::Prelude;
        }
        if self.cx.names.is_blind(self.file) || name.is_empty() {
            return Found::Silent;
        }
        Found::Nothing
    }

    /// The branch variable of this name: all its declarations become one local in the next pass.
    fn branch_variable(&mut self, name: &Rc<str>) -> Option<LocalId> {
        let locals = self.branch.get(name)?;
        let (&first, rest) = locals.split_first()?;
        let key = |body: &Self, local: LocalId| body.locals[local.0 as usize].span.start;
        let root = self.unions.get(&key(self, first)).copied().unwrap_or_else(|| key(self, first));
        for &other in &rest.to_vec() {
            if other != first {
                let other = key(self, other);
                self.unions.insert(other, root);
            }
        }
        Some(first)
    }

    /// Reports E0201 with the nearest visible name.
    pub(crate) fn undeclared(&mut self, name: &str, span: Span) {
        if let Some(module) = self.cx.names.private(self.file, name) {
            let module = super::scope::file_name(self.cx.package.sources(), module);
            self.diagnostics.push(Hidden::Private.report(name, span, module));
            return;
        }
        let near = {
            let mut known: Vec<&str> = super::prelude::names().collect();
            known.extend(self.scopes.iter().flat_map(|scope| scope.names.keys()).map(|name| &**name));
            known.extend(self.cx.names.visible(self.file));
            nearest(name, known).map(str::to_owned)
        };
        let error = self.error(Code::E0201, span, format!("`{name}` is not declared"));
        error.help = near.map(|near| format!("did you mean `{near}`?"));
    }

    /// Adds a finding; the reference allows labels and help.
    pub(crate) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.diagnostics.push(Diagnostic::new(code, span, message));
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }

    /// Reports a finding and gives the expression that stands for what failed.
    pub(crate) fn fail(&mut self, code: Code, span: Span, message: impl Into<String>) -> Expr {
        self.error(code, span, message);
        poison(span)
    }

    /// Reports a finding about a secret value with its provenance.
    pub(crate) fn leak(&mut self, code: Code, span: Span, message: impl Into<String>, value: &Expr) -> Expr {
        let why = self.why(value);
        let diagnostic = Diagnostic::new(code, span, message);
        let diagnostic = super::secrecy::explain(diagnostic, why.as_ref(), &self.cx.lines);
        self.diagnostics.push(diagnostic);
        poison(span)
    }

    /// Resolves a written type.
    pub(crate) fn written(&mut self, written: &TypeExpr) -> Ty {
        if let Some(name) = self.local_as_type(written) {
            self.error(Code::E0214, name.span, format!("`{}` is a variable, not a type", name.text));
            return Ty::Error;
        }
        let bound = self.bound.clone();
        let mut out = Vec::new();
        let ty = types::resolve(self.cx, written, &bound, &mut out);
        self.diagnostics.append(&mut out);
        ty
    }

    /// A variable in scope that a written type names.
    fn local_as_type(&self, written: &TypeExpr) -> Option<Ident> {
        match &written.kind {
            TypeKind::Path(path, args) => {
                let [name] = &path[..] else { return None };
                // Names of built-in types stay types, whatever variables are called.
                let local = self.scopes.iter().any(|scope| scope.names.contains_key(&name.text));
                if local && !types::is_builtin(&name.text) {
                    return Some(name.clone());
                }
                let types =
                    args.iter().flatten().filter_map(|arg| if let TypeArg::Type(ty) = arg { Some(ty) } else { None });
                // The parameters of `fix` are values.
                types.filter(|_| &*name.text != "fix").find_map(|ty| self.local_as_type(ty))
            }
            TypeKind::Tuple(members) => members.iter().find_map(|member| self.local_as_type(member)),
            TypeKind::Secret(inner) | TypeKind::Optional(inner) => self.local_as_type(inner),
            TypeKind::Func(params, result) => {
                params.iter().chain(result.as_deref()).find_map(|part| self.local_as_type(part))
            }
            TypeKind::Error => None,
        }
    }

    /// Whether the types here come from a call (LANGUAGE §9.1, §9.5).
    pub(crate) fn is_instantiation(&self) -> bool {
        let unit = self.me.map(|id| self.cx.instances[id as usize].key.unit);
        matches!(unit, Some(Unit::Func(func)) if self.cx.is_open(func))
    }

    /// Records a requirement on an un-annotated variable.
    pub(crate) fn need(&mut self, local: LocalId, role: Role, ty: Ty, span: Span) {
        if let Some(key) = self.vars[local.0 as usize].key {
            // A rise to secret holds at once for what follows, so that chains of variables settle in few passes.
            let at = local.0 as usize;
            // What a captured variable becomes is decided where it is declared.
            if role == Role::Value
                && at >= self.captured.len()
                && ty::has_secret(&ty)
                && let Some(joint) = ty::merge(&self.locals[at].ty, &ty)
                && !ty::has_error(&joint)
                && joint != self.locals[at].ty
            {
                self.locals[at].ty = joint;
                self.risen = true;
            }
            self.needs.entry(key).or_default().push(Need { role, ty, span });
        }
    }
}

/// The expression that stands for what failed.
pub(crate) const fn poison(span: Span) -> Expr {
    Expr { kind: ExprKind::Const(Value::None), ty: Ty::Error, span }
}

fn is_secret_word(ty: &TypeExpr) -> bool {
    matches!(ty.kind, TypeKind::Secret(_))
}
