//! Functions as values: names, nested functions and lambdas in, values with types of their own or of a function type out (LANGUAGE §9.4).
//!
//! A function bound to an un-annotated name has a type of its own, [`Ty::Def`]: which function it is, with the types of the variables
//! that it captures. Calls of it are direct, and each call instantiates it. Where a function type is expected, one instance is
//! chosen and the value becomes a [`Ty::Func`]. What a nested body asks of a captured variable reaches the body that declares it
//! when that body ends: all instances that were called until then are known.
//! Not here: arguments (`call`), which variables live in cells at run time (`mir`).

use crate::hash::HashSet;
use std::rc::Rc;

use stoffel_syntax::{Code, Span};

use super::Cx;
use super::body::{Body, Found, Returns, ScopeKind, poison};
use super::call::Named;
use super::generic::{mentions, unbound, unify};
use super::infer::{Need, Role};
use super::instance::{Caller, Key, Unit};
use super::prelude::needs_upvalue;
use super::rule::Rule;
use super::tree::{self, Arg, Expr as Surface, ExprKind, Func, Ident, Sub};
use super::ty;
use super::types::{self, Bound};
use crate::hir::{
    Capture, Def, Expr, ExprKind as HirKind, FuncTy, InstanceId, LocalId, Place, Stmt, StmtKind as HirStmt, Ty,
};

/// The function type of a place, if it takes one.
pub(crate) fn wanted(ty: &Ty) -> Option<&Rc<FuncTy>> {
    match ty {
        Ty::Func(func) => Some(func),
        Ty::Optional(inner) => wanted(inner),
        _ => None,
    }
}

/// Whether calls decide types of a function.
pub(crate) fn is_open(func: &Func) -> bool {
    !func.generics.is_empty() || func.params.iter().any(|param| param.ty.is_none())
}

/// A captured variable's key among the needs of a nested body; declarations have theirs from the start of the file.
fn captured_key(at: usize) -> u32 {
    u32::MAX - u32::try_from(at).unwrap_or(0)
}

impl Cx<'_> {
    /// Checks a nested function that nothing calls, with unknown types: for names only.
    pub(crate) fn nested_names_only(&mut self, def: &Def) -> u32 {
        let func = &self.module.funcs[def.func];
        let own = func.generics.iter().map(|name| (name.text.clone(), Ty::Error));
        let bound: Bound = own.chain(def.bound.iter().cloned()).collect();
        let params = self.param_types(func, &bound);
        let key = Key {
            unit: Unit::Func(def.func),
            params,
            generics: bound.iter().map(|(_, ty)| ty.clone()).collect(),
            names_only: true,
            captures: def.captures.clone(),
            expects: None,
            chosen: false,
            fresh: Vec::new(),
        };
        let id = self.request(key, &bound, None).unwrap_or_default();
        self.analyse(id);
        id
    }
}

impl Body<'_, '_> {
    /// Declares what a nested function captures; gives the statements that its body begins with.
    pub(crate) fn captures(&mut self, id: u32) -> Vec<Stmt> {
        let entry = &self.cx.instances[id as usize];
        let (captures, bound) = (entry.key.captures.clone(), entry.bound.clone());
        let Unit::Func(index) = entry.key.unit else { return Vec::new() };
        let func = &self.cx.module.funcs[index];
        if !func.nested {
            // What a closure by name has captured is read by `get_upvalue` alone.
            for captured in &*captures {
                let local = self.fresh(&captured.name, captured.ty.clone(), captured.span);
                self.assigned.set(local);
                self.captured.push(local);
            }
            return Vec::new();
        }
        self.open(ScopeKind::Captured);
        for (at, captured) in captures.iter().enumerate() {
            let name = Ident { text: captured.name.clone(), span: captured.span };
            let local = self.declare_fixed(&name, captured.ty.clone());
            self.locals[local.0 as usize].cell = captured.cell;
            let var = &mut self.vars[local.0 as usize];
            var.key = captured.inferred.then(|| captured_key(at));
            (var.soft, var.function) = (captured.soft, captured.function);
            if captured.ready {
                self.assigned.set(local);
            }
            self.captured.push(local);
        }
        if func.lambda || !func.mentions.contains(&func.name.text) {
            return Vec::new();
        }
        // The function's own name: the same value, made of what this call captured.
        let bound: Bound = bound.iter().skip(func.generics.len()).cloned().collect();
        let mut def = Def { func: index, name: func.name.text.clone(), captures, bound, sig: None };
        def.sig = self.written_signature(&def);
        let def = Rc::new(def);
        let local = self.declare_fixed(&func.name, Ty::Def(def.clone()));
        self.vars[local.0 as usize].function = true;
        self.assigned.set(local);
        self.made.push((def.clone(), self.captured.clone()));
        let value = Expr { kind: HirKind::Function(self.captured.clone()), ty: Ty::Def(def), span: func.name.span };
        vec![Stmt { kind: HirStmt::Assign(Place::New(local), value), span: func.name.span }]
    }

    /// The signature of a function whose header says all of it.
    fn written_signature(&mut self, def: &Def) -> Option<Rc<FuncTy>> {
        let func = &self.cx.module.funcs[def.func];
        if is_open(func) {
            return None;
        }
        let params = self.cx.param_types(func, &def.bound);
        let result = self.cx.declared_result(def.func, &def.bound, &mut Vec::new())?;
        let known = !ty::has_error(&result) && !params.iter().any(ty::has_error);
        known.then(|| Rc::new(FuncTy { params, result }))
    }

    /// What the body asks of captured variables, by their places.
    pub(crate) fn outer_needs(&self) -> Vec<(usize, Need)> {
        let needs = (0..self.captured.len()).filter_map(|at| Some((at, self.needs.get(&captured_key(at))?)));
        needs.flat_map(|(at, needs)| needs.iter().map(move |need| (at, need.clone()))).collect()
    }

    /// Takes over what the functions made here ask of the variables that they capture, wherever they are called.
    pub(crate) fn needs_of_inner(&mut self) {
        if self.made.is_empty() {
            return;
        }
        let mut seen: HashSet<u32> = self.me.into_iter().collect();
        let mut open: Vec<u32> = self.calls.iter().map(|(id, _)| *id).collect();
        let mut found = Vec::new();
        while let Some(id) = open.pop() {
            let entry = &self.cx.instances[id as usize];
            if !entry.key.holds_captured() || !seen.insert(id) {
                continue;
            }
            let Some(checked) = &entry.checked else { continue };
            for (def, locals) in &self.made {
                if entry.key.unit == Unit::Func(def.func) && entry.key.captures == def.captures {
                    found.extend(checked.outer_needs.iter().map(|(at, need)| (locals[*at], need.clone())));
                }
            }
            open.extend(checked.calls.iter().map(|(callee, _)| *callee));
        }
        for (local, need) in found {
            self.need(local, need.role, need.ty, need.span);
        }
    }

    /// The function that stands for one of the prelude as a value.
    pub(crate) fn prelude_value(&self, name: &Rc<str>) -> Option<usize> {
        self.cx.module.prelude_values.get(&(self.file, name.clone())).copied()
    }

    /// A function as a value with a type of its own.
    pub(crate) fn function_value(&mut self, index: usize, span: Span) -> Expr {
        let func = &self.cx.module.funcs[index];
        let mut captures = Vec::new();
        let mut locals: Vec<LocalId> = Vec::new();
        let own = |name: &Rc<str>| {
            (!func.lambda && *name == func.name.text) || func.params.iter().any(|param| param.name.text == *name)
        };
        for name in func.mentions.iter().filter(|name| func.nested && !own(name)) {
            let Found::Local(local) = self.find(name) else { continue };
            if locals.contains(&local) {
                continue;
            }
            locals.push(local);
            captures.push(self.captured_variable(name, local));
        }
        let bound = if func.nested { self.bound.clone() } else { Bound::from([]) };
        let mut def = Def { func: index, name: func.name.text.clone(), captures: captures.into(), bound, sig: None };
        def.sig = self.signature(&def, span);
        let def = Rc::new(def);
        if func.nested {
            self.cx.nested.insert(index, def.clone());
            self.made.push((def.clone(), locals.clone()));
        }
        Expr { kind: HirKind::Function(locals), ty: Ty::Def(def), span }
    }

    fn captured_variable(&mut self, name: &Rc<str>, local: LocalId) -> Capture {
        let var = &self.vars[local.0 as usize];
        let assigned = self.assigned_names.get().is_some_and(|names| names.contains(name));
        let variable = &mut self.locals[local.0 as usize];
        // A function's name is never assigned, and a variable that is never assigned again can be copied.
        let cell = assigned && !var.function;
        variable.cell |= cell;
        Capture {
            name: name.clone(),
            ty: variable.ty.clone(),
            cell,
            ready: self.assigned.has(local),
            inferred: var.key.is_some(),
            soft: var.soft,
            function: var.function,
            span: variable.span,
        }
    }

    /// The type of a function value that stands by itself; `None` if calls decide it, or it failed.
    pub(crate) fn signature(&mut self, def: &Def, span: Span) -> Option<Rc<FuncTy>> {
        let func = &self.cx.module.funcs[def.func];
        if is_open(func) || (needs_upvalue(func) && def.captures.is_empty()) {
            return None;
        }
        if self.names_only || def.captures.iter().any(|captured| ty::has_error(&captured.ty)) {
            return self.written_signature(def);
        }
        let params = self.cx.param_types(func, &def.bound);
        if params.iter().any(ty::has_error) {
            return None;
        }
        // Asking for its type calls nothing: what it does is reported where it is called, or given to what may call it.
        let noted = self.branches.calls.len();
        let (_, result) = self.instance(def, params.clone(), &def.bound, None, span)?;
        self.branches.calls.truncate(noted);
        (!ty::has_error(&result)).then(|| Rc::new(FuncTy { params, result }))
    }

    /// The instance of a function for argument types, and its result type.
    fn instance(
        &mut self,
        def: &Def,
        params: Vec<Ty>,
        bound: &Bound,
        expects: Option<Ty>,
        span: Span,
    ) -> Option<(u32, Ty)> {
        let key = Key {
            unit: Unit::Func(def.func),
            params,
            generics: bound.iter().map(|(_, ty)| ty.clone()).collect(),
            names_only: false,
            captures: def.captures.clone(),
            expects,
            chosen: self.is_chosen(),
            fresh: Vec::new(),
        };
        let holds_captured = key.holds_captured();
        let caller = self.me.map(|instance| Caller { instance, span, why: Vec::new() });
        let id = match self.cx.request(key, bound, caller) {
            Ok(id) => id,
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                return None;
            }
        };
        self.calls.push((id, span));
        self.note_chosen_call(id, span);
        if holds_captured {
            self.cx.analyse(id);
        }
        Some((id, self.cx.result(id)))
    }

    /// A function with a type of its own in a place that needs a function type.
    pub(crate) fn settled(&mut self, value: Expr, hint: Option<&Ty>) -> Expr {
        let Ty::Def(def) = &value.ty else { return value };
        if let Some(func) = hint.and_then(wanted).or(def.sig.as_ref()).cloned() {
            return self.as_function(value, &func);
        }
        let span = value.span;
        let func = &self.cx.module.funcs[def.func];
        if !(is_open(func) || needs_upvalue(func)) || self.names_only {
            return poison(span);
        }
        let name = if &*def.name == "lambda" { "this lambda".to_owned() } else { format!("`{}`", def.name) };
        self.error(Code::E0306, span, format!("nothing tells the parameter types of {name}")).help =
            Some("give it to a variable, parameter or result with a function type: `(A) -> B`".into());
        poison(span)
    }

    /// The instance of a function that a function type asks for.
    pub(crate) fn as_function(&mut self, value: Expr, want: &Rc<FuncTy>) -> Expr {
        let span = value.span;
        let Ty::Def(def) = value.ty.clone() else { return value };
        if let Some(sig) = &def.sig
            && sig != want
            && !self.cx.module.funcs[def.func].lambda
        {
            let (from, to) = (Ty::Func(sig.clone()), Ty::Func(want.clone()));
            let (found, expected) = (ty::name(&from), ty::name(&to));
            if ty::fit(&from, &to) == ty::Fit::Leak {
                let message = format!("a function of type `{found}` would make secrets public as `{expected}`");
                return self.fail(Code::E0401, span, message);
            }
            return self.fail(Code::E0301, span, format!("expected `{expected}`, found `{found}`"));
        }
        let typed = self.instantiate(value, &want.params, Some(&want.result));
        match &typed.ty {
            Ty::Func(func) if func != want => {
                let (found, expected) = (ty::name(&typed.ty), ty::name(&Ty::Func(want.clone())));
                self.fail(Code::E0301, span, format!("expected `{expected}`, found `{found}`"))
            }
            _ => typed,
        }
    }

    /// The instance of a function for argument types. A lambda is asked for the result that is expected.
    pub(crate) fn instantiate(&mut self, value: Expr, params: &[Ty], expects: Option<&Ty>) -> Expr {
        let span = value.span;
        let Ty::Def(def) = value.ty.clone() else { return value };
        let func = &self.cx.module.funcs[def.func];
        if func.params.len() != params.len() {
            let message =
                format!("a function of {} parameters is expected, not of {}", params.len(), func.params.len());
            return self.fail(Code::E0301, span, message);
        }
        let mut bound = unbound(func);
        bound.extend(def.bound.iter().map(|(name, ty)| (name.clone(), Some(ty.clone()))));
        for (param, want) in func.params.iter().zip(params) {
            let Some(written) = &param.ty else { continue };
            if mentions(written, &bound) {
                unify(written, want, &mut bound);
            }
        }
        if let (Some((name, _)), false) = (bound.iter().find(|(_, ty)| ty.is_none()), self.names_only) {
            let message = format!("nothing tells what type parameter `{name}` of `{}` is", def.name);
            return self.fail(Code::E0608, span, message);
        }
        let bound: Bound = bound.into_iter().map(|(name, ty)| (name, ty.unwrap_or(Ty::Error))).collect();
        for (param, want) in func.params.iter().zip(params) {
            let Some(written) = &param.ty else { continue };
            let own = types::resolve(self.cx, written, &bound, &mut Vec::new());
            let own = if param.star { ty::list(own) } else { own };
            if own != *want && own != Ty::Error && *want != Ty::Error {
                let (own, want) = (ty::name(&own), ty::name(want));
                let message = format!("`{}` takes `{own}`, but is to be called with `{want}`", def.name);
                return self.fail(Code::E0301, span, message);
            }
        }
        if self.names_only || params.iter().any(ty::has_error) {
            return poison(span);
        }
        let expects = expects.filter(|_| func.lambda).cloned();
        let Some((id, result)) = self.instance(&def, params.to_vec(), &bound, expects, span) else {
            return poison(span);
        };
        if ty::has_error(&result) {
            return poison(span);
        }
        let ty = Ty::Func(Rc::new(FuncTy { params: params.to_vec(), result }));
        Expr { kind: HirKind::Closure(InstanceId(id), Box::new(value)), ty, span }
    }

    /// `f[T]` as a value.
    pub(crate) fn instance_value(&mut self, value: Expr, subs: &[Sub], span: Span) -> Expr {
        let Ty::Def(def) = value.ty.clone() else { return poison(span) };
        let func = &self.cx.module.funcs[def.func];
        let Some(types) = self.type_arguments(func, subs, span) else { return poison(span) };
        let own = func.generics.iter().map(|name| name.text.clone()).zip(types);
        let bound: Bound = own.chain(def.bound.iter().cloned()).collect();
        if func.params.iter().any(|param| param.ty.is_none()) {
            return self.fail(Code::E0306, span, format!("nothing tells the parameter types of `{}`", def.name));
        }
        let params = self.cx.param_types(func, &bound);
        if self.names_only || params.iter().any(ty::has_error) {
            return poison(span);
        }
        let Some((id, result)) = self.instance(&def, params.clone(), &bound, None, span) else { return poison(span) };
        if ty::has_error(&result) {
            return poison(span);
        }
        let ty = Ty::Func(Rc::new(FuncTy { params, result }));
        Expr { kind: HirKind::Closure(InstanceId(id), Box::new(value)), ty, span }
    }

    /// The types of an explicit instantiation: E0604.
    pub(crate) fn type_arguments(&mut self, func: &Func, subs: &[Sub], span: Span) -> Option<Vec<Ty>> {
        let written: Vec<Option<tree::TypeExpr>> = subs.iter().map(types::of_sub).collect();
        let types: Vec<Ty> =
            written.iter().map(|written| written.as_ref().map_or(Ty::Error, |written| self.written(written))).collect();
        let generics = func.generics.len();
        if generics == 0 || generics != types.len() || written.iter().any(Option::is_none) {
            let message = format!("`{}` takes {generics} type arguments, not {}", func.name.text, subs.len());
            self.error(Code::E0604, span, message);
            return None;
        }
        Some(types)
    }

    /// A call of a value: of a function with a type of its own, or of a written function type.
    pub(crate) fn call_value(&mut self, callee: Expr, args: &[Arg], span: Span, hint: Option<&Ty>) -> Expr {
        if !matches!(callee.ty, Ty::Def(_) | Ty::Func(_)) {
            return self.not_callable(&callee, args, span);
        }
        self.call_with(callee, &super::call::named(args), span, hint)
    }

    /// As [`Self::call_value`], with arguments that may have been evaluated.
    pub(crate) fn call_with(&mut self, callee: Expr, args: &[Named<'_>], span: Span, hint: Option<&Ty>) -> Expr {
        let func = match callee.ty.clone() {
            Ty::Def(def) => return self.function_call(def.func, Some(callee), args, None, span, hint),
            Ty::Func(func) => func,
            Ty::Error => return poison(span),
            other => {
                let message = format!("a `{}` cannot be called", ty::name(&other));
                return self.fail(Code::E0310, callee.span, message);
            }
        };
        if let Some(name) = args.iter().find_map(|arg| arg.name) {
            let message = "a function value takes arguments without names";
            self.error(Code::E0309, name.span, message);
            args.iter().for_each(|arg| {
                self.given(&arg.value, None);
            });
            return poison(span);
        }
        if args.len() != func.params.len() {
            args.iter().for_each(|arg| {
                self.given(&arg.value, None);
            });
            let message = format!("this function takes {} arguments, not {}", func.params.len(), args.len());
            return self.fail(Code::E0308, span, message);
        }
        let message = "a function that is known at run time only cannot be called under a secret condition";
        if Rule::ChosenTarget.on() && self.forbid(Code::E0417, span, message) {
            return Expr { ty: func.result.clone(), ..poison(span) };
        }
        let args: Vec<Expr> =
            args.iter().zip(&func.params).map(|(arg, want)| self.given_check(&arg.value, want)).collect();
        if args.iter().any(|arg| arg.ty == Ty::Error) {
            return Expr { ty: func.result.clone(), ..poison(span) };
        }
        Expr { kind: HirKind::CallValue(Box::new(callee), args), ty: func.result.clone(), span }
    }

    /// A nested `def`.
    pub(crate) fn nested_func(&mut self, index: usize, span: Span, out: &mut Vec<Stmt>) {
        let func = &self.cx.module.funcs[index];
        let value = self.function_value(index, func.name.span);
        let local = self.declare_fixed(&func.name, value.ty.clone());
        self.vars[local.0 as usize].function = true;
        self.assigned.set(local);
        out.push(Stmt { kind: HirStmt::Assign(Place::New(local), value), span });
    }

    /// The value of a lambda; a call without result makes a lambda without result.
    pub(crate) fn lambda_result(&mut self, surface: &Surface, span: Span, out: &mut Vec<Stmt>) {
        if matches!(&self.returns, Returns::Declared(ty) if *ty != Ty::Unit) {
            self.return_stmt(Some(surface), false, span, out);
            return;
        }
        let none = matches!(&self.returns, Returns::Declared(_));
        if !none && !matches!(surface.bare().kind, ExprKind::Call(..)) {
            self.return_stmt(Some(surface), false, span, out);
            return;
        }
        let value = self.expr_inner(surface, None);
        let value = if matches!(value.ty, Ty::Def(_)) { self.settled(value, None) } else { value };
        if value.ty == Ty::Unit || none {
            if none && value.ty != Ty::Unit && value.ty != Ty::Error {
                let message =
                    format!("a function without result is expected, and this gives `{}`", ty::name(&value.ty));
                self.error(Code::E0301, surface.span, message);
            }
            out.push(Stmt { kind: HirStmt::Expr(value), span });
            out.push(Stmt { kind: HirStmt::Return(None), span });
            return;
        }
        let value = self.note_returned(value, Role::Value, surface.span);
        out.push(Stmt { kind: HirStmt::Return(Some(value)), span });
    }
}
