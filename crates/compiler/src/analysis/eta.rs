//! Names of prelude functions, or of functions of a protocol module, that stand as values in; functions that only call them out
//! (LANGUAGE §9.4).
//!
//! `map(xs, abs)` thus is `map(xs, f)` with `def f(x): return abs(x)`, instantiated at each call like any un-annotated function. It has
//! the parameters that must be given; `print` takes one value, `min` and `max` two.

use std::rc::Rc;

use stoffel_syntax::Span;

use super::tree::{Arg, AssignedNames, Expr, ExprKind, Func, Ident, Lit, Param, ResultForm, Stmt, StmtKind};
use super::{prelude, protocol};

/// The function that calls a prelude function; `None` if there is none of this name.
pub(crate) fn function(name: &Rc<str>, span: Span) -> Option<Func> {
    let member = name.split_once('.');
    let count = match (&**name, member) {
        (_, Some((module, name))) => protocol::arity(module, name)?,
        ("min" | "max", _) => 2,
        (other, _) => prelude::required(other)?.max(1),
    };
    let names: Vec<Ident> = (0..count).map(|at| Ident { text: format!("${at}").into(), span }).collect();
    let expr = |kind| Expr { kind, span, lit: Lit::No };
    let args = names.iter().map(|name| Arg { name: None, value: expr(ExprKind::Name(name.text.clone())) }).collect();
    let callee = match member {
        Some((module, name)) => {
            ExprKind::Field(Box::new(expr(ExprKind::Name(module.into()))), Ident { text: name.into(), span })
        }
        None => ExprKind::Name(name.clone()),
    };
    let call = expr(ExprKind::Call(Box::new(expr(callee)), args));
    let param = |name| Param { name, star: false, ty: None, from: None, default: None, span };
    Some(Func {
        name: Ident { text: name.clone(), span },
        generics: Vec::new(),
        params: names.into_iter().map(param).collect(),
        result: ResultForm::Inferred,
        entry: false,
        owner: None,
        builtin: None,
        body: vec![Stmt { kind: StmtKind::Result(call), span }],
        nested: true,
        lambda: false,
        // It captures nothing, and its own name is the prelude's.
        mentions: Vec::new(),
        assigned: AssignedNames::default(),
        has_inner: false,
        header: span,
        span,
    })
}
