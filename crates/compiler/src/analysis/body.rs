//! One pass over one body: surface statements and the types found so far in, typed statements, findings and new types out.
//!
//! The struct here holds what a pass knows; statements, expressions, operators and calls are in the files of their names.

use std::collections::HashMap;
use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, Span};
use stoffel_value::Value;

use super::Cx;
use super::flow::Assigned;
use super::infer::{self, Need, Role, Solution, Solved};
use super::instance::{Checked, Unit};
use super::scope::Decl;
use super::secrecy::Why;
use super::suggest::nearest;
use super::tree::{Ident, ResultForm, TypeExpr};
use super::ty;
use super::types::{self, Bound};
use crate::hir::{Expr, ExprKind, Instance, Local, LocalId, Row, Ty};

/// What is known of a local beside its type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Var {
    /// The declaration's first byte, of the first one of a branch variable; `None` if the type is fixed.
    pub(crate) key: Option<u32>,
    /// Only untyped literals have decided its type.
    pub(crate) soft: bool,
    /// Why it is secret, if not by declaration.
    pub(crate) why: Option<Rc<Why>>,
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
}

/// Variables of one scope.
#[derive(Debug)]
pub(crate) struct Scope {
    kind: ScopeKind,
    names: HashMap<Rc<str>, LocalId>,
    /// Declarations not supported yet.
    foreign: Vec<Rc<str>>,
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
}

/// Why code is evaluated under a secret condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Guard {
    /// A side of `a if c else b` with secret `c`.
    Side,
    /// A statement that is not supported yet; its findings are not reported.
    Mute,
}

/// The state of a pass.
pub(crate) struct Body<'c, 'a> {
    pub(crate) cx: &'c mut Cx<'a>,
    /// The instance; `None` in a constant.
    pub(crate) me: Option<u32>,
    pub(crate) names_only: bool,
    pub(crate) in_script: bool,
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
    pub(crate) guard: Option<Guard>,
    /// A variable has become secret in the course of this pass.
    risen: bool,
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
    Nothing,
}

impl<'c, 'a> Body<'c, 'a> {
    /// A pass over an instance; `me` is `None` for constants.
    pub(crate) fn new(cx: &'c mut Cx<'a>, me: Option<u32>, solution: &'c Solution) -> Self {
        let entry = me.map(|id| &cx.instances[id as usize]);
        let bound = entry.map_or_else(|| Bound::from([]), |entry| entry.bound.clone());
        let names_only = entry.is_some_and(|entry| entry.key.names_only);
        let in_script = entry.is_some_and(|entry| entry.key.unit == Unit::Script);
        Self {
            cx,
            me,
            names_only,
            in_script,
            bound,
            solution,
            unions: solution.unions.clone(),
            needs: HashMap::new(),
            by_key: HashMap::new(),
            diagnostics: Vec::new(),
            calls: Vec::new(),
            rows: Vec::new(),
            locals: Vec::new(),
            vars: Vec::new(),
            scopes: Vec::new(),
            branch: HashMap::new(),
            branch_log: Vec::new(),
            assigned: Assigned::default(),
            loops: Vec::new(),
            returns: Returns::Nowhere,
            returned: Vec::new(),
            bare_returns: Vec::new(),
            guard: None,
            risen: false,
        }
    }

    /// Checks the unit; `Err` holds the types for another pass. `last`: there is none, what still moves is E0305.
    pub(crate) fn check_unit(mut self, last: bool) -> Result<(Checked, Ty), Solution> {
        let id = self.me.unwrap_or_default();
        let unit = self.cx.instances[id as usize].key.unit;
        let module = self.cx.module;
        self.open(ScopeKind::Plain);
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
                let written = self.written_result(func);
                self.returns = written.map_or(Returns::Inferred, Returns::Declared);
                let (body, falls) = self.block(&func.body);
                if falls {
                    self.falls_off(func);
                }
                (func.name.text.clone(), func.header, params, body)
            }
        };
        self.close();
        let result = self.settle(last)?;
        let instance =
            Instance { name: name.to_string(), span, params, locals: self.locals, result: result.clone(), body };
        let mut diagnostics = self.diagnostics;
        if self.names_only {
            diagnostics
                .retain(|diagnostic| diagnostic.code.as_str().starts_with("E02") || diagnostic.code == Code::E0001);
        }
        Ok((Checked { instance, diagnostics, rows: self.rows, calls: self.calls }, result))
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
        let mut params = Vec::new();
        for (at, (param, ty)) in func.params.iter().zip(types).enumerate() {
            if let Some(written) = &param.ty {
                self.written(written);
            }
            let local = self.declare_fixed(&param.name, ty);
            self.assigned.set(local);
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
    fn settle(&mut self, last: bool) -> Result<Ty, Solution> {
        let mut next = Solution { unions: self.unions.clone(), ..Solution::default() };
        let mut conflicts = Vec::new();
        let mut moved = self.risen || self.unions != self.solution.unions;
        for at in 0..self.locals.len() {
            let Some(key) = self.vars[at].key else { continue };
            let needs = self.needs.get(&key).map_or(&[][..], Vec::as_slice);
            let solved = match infer::solve(needs) {
                Ok(solved) => solved,
                Err(needs) => {
                    let local = &self.locals[at];
                    conflicts.push(infer::conflict(&local.name, local.span, &needs, &self.cx.lines));
                    Solved { ty: Ty::Error, soft: false }
                }
            };
            if solved.ty != self.locals[at].ty || solved.soft != self.vars[at].soft {
                moved = true;
                if last {
                    let local = &self.locals[at];
                    let message = format!("no single type for `{}`: its uses never settle", local.name);
                    conflicts.push(Diagnostic::new(Code::E0305, local.span, message));
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
                let uniform = self.returned.iter().all(|need| need.ty == merged && need.role == Role::Value);
                next.result = Some(merged.clone());
                moved |= used.map_or(!uniform, |used| *used != merged);
                merged
            }
        };
        if moved && !last {
            return Err(next);
        }
        if moved && conflicts.is_empty() {
            let span = self.locals.first().map_or_else(Span::default, |local| local.span);
            conflicts.push(Diagnostic::new(Code::E0305, span, "the types of these variables never settle"));
        }
        self.diagnostics.append(&mut conflicts);
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
        merged.unwrap_or_else(|| {
            let real = self.returned.iter().any(|need| need.role == Role::Real);
            if real { ty::FLOAT } else { ty::INT }
        })
    }

    /// Opens a scope.
    pub(crate) fn open(&mut self, kind: ScopeKind) {
        let branch_mark = self.branch_log.len();
        self.scopes.push(Scope { kind, names: HashMap::new(), foreign: Vec::new(), branch_mark });
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
            ScopeKind::For | ScopeKind::Plain => {
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
        } else if self.in_script && depth == 1 && self.cx.names.decls.contains_key(&name.text) {
            let message = format!("`{}` is already declared in this module", name.text);
            self.error(Code::E0203, name.span, message);
        } else if self.in_script
            && depth == 1
            && (types::is_builtin(&name.text) || super::prelude::is_module(&name.text))
        {
            let message = format!("`{}` is built in and cannot be redefined", name.text);
            self.error(Code::E0203, name.span, message);
        } else if let Some(outer) = self.scopes.iter().rev().skip(1).find_map(|scope| scope.names.get(&name.text)) {
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

    /// Notes a declaration that is not supported yet, so that its uses stay silent.
    pub(crate) fn enter_foreign(&mut self, name: &Ident) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.foreign.push(name.text.clone());
        }
    }

    /// A new local of this type.
    pub(crate) fn fresh(&mut self, name: &str, ty: Ty, span: Span) -> LocalId {
        let local = LocalId(u32::try_from(self.locals.len()).unwrap_or(u32::MAX));
        self.locals.push(Local { name: name.to_owned(), ty, span });
        self.vars.push(Var::default());
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
            if scope.foreign.contains(name) {
                return Found::Silent;
            }
        }
        if let Some(local) = self.branch_variable(name) {
            return Found::Local(local);
        }
        if let Some(&decl) = self.cx.names.decls.get(name) {
            return if decl == Decl::Foreign { Found::Silent } else { Found::Decl(decl) };
        }
        if self.bound.iter().any(|(bound, _)| bound == name) || types::is_builtin(name) {
            return Found::Type;
        }
        if self.cx.names.script_vars.contains(name) && !self.in_script {
            return Found::ScriptVar;
        }
        if super::prelude::is_module(name) {
            return Found::Module;
        }
        if super::prelude::is_prelude(name) {
            return Found::Prelude;
        }
        if self.cx.module.open_imports || name.is_empty() {
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
        let near = {
            let mut known: Vec<&str> = super::prelude::names().collect();
            known.extend(self.scopes.iter().flat_map(|scope| scope.names.keys()).map(|name| &**name));
            known.extend(self.cx.names.decls.keys().map(|name| &**name));
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
        let bound = self.bound.clone();
        let mut out = Vec::new();
        let ty = types::resolve(self.cx, written, &bound, &mut out);
        self.diagnostics.append(&mut out);
        ty
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
            if role == Role::Value
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
    matches!(ty.kind, super::tree::TypeKind::Secret(_))
}
