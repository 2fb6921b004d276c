//! The closure functions of language 0.1: names of functions and parameters as constant strings in, function values out (LANGUAGE §16).
//!
//! The captured value lives in a list of one element, which the function value shares with every call of it. A function that reads one
//! is instantiated where a closure of it is made, since only there its type is known.
//! Under the written type `Closure` the function is not known: its type is checked when it is called.

use std::rc::Rc;

use stoffel_syntax::{Code, Span};
use stoffel_value::{ScalarTy, Value};

use super::Args;
use crate::analysis::body::{Body, Found, poison};
use crate::analysis::call::{Given, Named};
use crate::analysis::convert::wrap;
use crate::analysis::instance::Unit;
use crate::analysis::literal::constant;
use crate::analysis::operator::{bind, prelude};
use crate::analysis::scope::Decl;
use crate::analysis::suggest::nearest;
use crate::analysis::tree::Func;
use crate::analysis::ty;
use crate::hir::{Capture, Def, Expr, ExprKind, FuncTy, LocalId, Prelude, Ty};

/// Whether a function reads a value that a closure of it has captured.
pub(crate) fn needs_upvalue(func: &Func) -> bool {
    func.mentions.iter().any(|name| matches!(&**name, "get_upvalue" | "set_upvalue"))
}

impl Body<'_, '_> {
    /// A call of one of the functions of this file.
    pub(super) fn closure_prelude(&mut self, name: &'static str, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let span = args.span;
        self.error(Code::W0303, span, format!("`{name}` is kept from version 0.1")).help =
            Some("use the function itself, or a lambda, as a value".into());
        match name {
            "create_closure" => match self.named_function(args.at(0)) {
                Some(func) => self.closure_of(func, None, span),
                None => poison(span),
            },
            "create_closure_with_upvalue" => {
                let (func, param) = (self.named_function(args.at(0)), self.named_param(args.at(1)));
                match (func, param) {
                    (Some(func), Some(param)) => self.closure_of(func, Some(param), span),
                    _ => poison(span),
                }
            }
            "get_upvalue" => match self.upvalue(args.at(0)) {
                Some(cell) => element(cell, span),
                None => poison(span),
            },
            "set_upvalue" => self.set_upvalue(args),
            _ => {
                let callee = self.given_open(args.at(0));
                if callee.ty == Ty::Closure {
                    return self.call_untyped(callee, args.get(1), hint, span);
                }
                let given: Vec<Named<'_>> =
                    args.get(1).map(|value| Named { name: None, value: value.clone() }).into_iter().collect();
                self.call_with(callee, &given, span, hint)
            }
        }
    }

    /// A call of a `Closure`: the argument and the place of the result say what type it must have when the program runs (R0402).
    fn call_untyped(&mut self, callee: Expr, arg: Option<&Given<'_>>, hint: Option<&Ty>, span: Span) -> Expr {
        let args: Vec<Expr> = arg.into_iter().map(|arg| self.given(arg, None)).collect();
        let result = hint.filter(|hint| !ty::has_error(hint)).cloned().unwrap_or(Ty::Unit);
        if args.iter().any(|arg| arg.ty == Ty::Error) {
            return poison(span);
        }
        let message = "a function that is known at run time only cannot be called under a secret condition";
        if self.forbid(Code::E0417, span, message) {
            return Expr { ty: result, ..poison(span) };
        }
        let func = FuncTy { params: args.iter().map(|arg| arg.ty.clone()).collect(), result: result.clone() };
        let typed = wrap(callee, &Ty::Func(Rc::new(func)));
        Expr { kind: ExprKind::CallValue(Box::new(typed), args), ty: result, span }
    }

    fn constant_text(&mut self, given: &Given<'_>) -> Option<String> {
        let value = self.given_check(given, &Ty::Str);
        match value.kind {
            _ if value.ty == Ty::Error => None,
            ExprKind::Const(Value::Str(text)) => Some(text),
            _ => {
                self.error(Code::E0215, value.span, "this is a constant string: it names something of the program");
                None
            }
        }
    }

    fn named_function(&mut self, given: &Given<'_>) -> Option<usize> {
        let name = self.constant_text(given)?;
        let span = given.surface().span;
        if let Found::Decl(Decl::Func(func)) = self.find(&Rc::from(name.as_str())) {
            return Some(func);
        }
        let funcs = self.cx.module.funcs.iter().filter(|func| !func.nested).map(|func| &*func.name.text);
        let near = nearest(&name, funcs).map(|near| format!("did you mean `{near}`?"));
        self.error(Code::E0201, span, format!("there is no function `{name}`")).help = near;
        None
    }

    /// A parameter of the function that makes a closure.
    fn named_param(&mut self, given: &Given<'_>) -> Option<LocalId> {
        let name: Rc<str> = self.constant_text(given)?.into();
        let own = match self.me.map(|id| self.cx.instances[id as usize].key.unit) {
            Some(Unit::Func(func)) => self.cx.module.funcs[func].params.iter().any(|param| param.name.text == name),
            _ => false,
        };
        match self.find(&name) {
            Found::Local(local) if own => Some(local),
            _ => {
                let message = format!("`{name}` is no parameter of this function");
                self.error(Code::E0201, given.surface().span, message);
                None
            }
        }
    }

    /// The function as a value, with a parameter of this one captured by value.
    fn closure_of(&mut self, index: usize, param: Option<LocalId>, span: Span) -> Expr {
        let Some(param) = param else { return self.function_value(index, span) };
        let ty = self.locals[param.0 as usize].ty.clone();
        if ty::has_error(&ty) || matches!(ty, Ty::Def(_)) {
            return poison(span);
        }
        let (name, declared) = (self.locals[param.0 as usize].name.as_str().into(), self.locals[param.0 as usize].span);
        let read = Expr { kind: ExprKind::Local(param), ty: ty.clone(), span };
        let cell = Expr { kind: ExprKind::List(vec![read]), ty: ty::list(ty), span };
        let local = self.synthetic(cell.ty.clone(), span);
        let captured = Capture {
            name,
            ty: cell.ty.clone(),
            cell: false,
            ready: true,
            inferred: false,
            soft: false,
            function: false,
            span: declared,
        };
        let func = &self.cx.module.funcs[index];
        let captures = Rc::from([captured]);
        let mut def = Def { func: index, name: func.name.text.clone(), captures, bound: Rc::from([]), sig: None };
        def.sig = self.signature(&def, span);
        let value = Expr { kind: ExprKind::Function(vec![local]), ty: Ty::Def(Rc::new(def)), span };
        bind(Some((local, cell)), value)
    }

    /// The list that holds a captured value.
    fn upvalue(&mut self, given: &Given<'_>) -> Option<Expr> {
        let name = self.constant_text(given)?;
        let span = given.surface().span;
        let local = self.captured.iter().copied().find(|local| self.locals[local.0 as usize].name == name);
        match local {
            Some(local) => {
                let ty = self.locals[local.0 as usize].ty.clone();
                matches!(ty, Ty::List(_)).then_some(Expr { kind: ExprKind::Local(local), ty, span })
            }
            None => {
                let message = format!("nothing tells the type of `{name}`: this call is not that of a closure with it");
                self.error(Code::E0306, span, message).help =
                    Some("call what `create_closure_with_upvalue` gives".into());
                None
            }
        }
    }

    fn set_upvalue(&mut self, args: &Args<'_>) -> Expr {
        let span = args.span;
        let Some(cell) = self.upvalue(args.at(0)) else {
            self.given(args.at(1), None);
            return poison(span);
        };
        let Ty::List(want) = cell.ty.clone() else { return poison(span) };
        let value = self.given_check(args.at(1), &want);
        let message = "a captured value cannot be stored where a secret chooses";
        if value.ty == Ty::Error || self.forbid(Code::E0411, span, message) {
            return poison(span);
        }
        let (value, binding) = self.hoist(value);
        let cleared = prelude(Prelude::Clear, vec![cell.clone()], Ty::Unit, span);
        let filled = prelude(Prelude::Append, vec![cell, value.clone()], Ty::Unit, span);
        let (first, second) = (self.synthetic(Ty::Unit, span), self.synthetic(Ty::Unit, span));
        bind(binding, bind(Some((first, cleared)), bind(Some((second, filled)), value)))
    }
}

/// The one element of a list.
fn element(list: Expr, span: Span) -> Expr {
    let ty = match &list.ty {
        Ty::List(element) => (**element).clone(),
        other => other.clone(),
    };
    let zero = constant(ScalarTy::I64, 0, span);
    Expr { kind: ExprKind::Index(Box::new(list), Box::new(zero)), ty, span }
}
