//! The declarations of a module in, one table of its names out.
//!
//! Functions, consts, aliases and what is not supported yet share one name space with the script's variables
//! (LANGUAGE §4.3). Not here: variables of functions (`body`).

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic};

use super::tree::{Module, Pattern, Stmt, StmtKind};
use super::{prelude, types};

/// What a name of the module denotes: an index into the module's lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Decl {
    Func(usize),
    Const(usize),
    Alias(usize),
    Foreign,
}

/// The names of a module.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) decls: HashMap<Rc<str>, Decl>,
    /// Variables of the script's top level, at any depth.
    pub(crate) script_vars: HashSet<Rc<str>>,
}

impl Names {
    /// Collects the names; reports what is declared twice and what is not supported yet.
    pub(crate) fn collect(module: &Module, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut names = Self::default();
        for (at, func) in module.funcs.iter().enumerate() {
            names.decls.entry(func.name.text.clone()).or_insert(Decl::Func(at));
        }
        for (at, item) in module.consts.iter().enumerate() {
            names.decls.entry(item.name.text.clone()).or_insert(Decl::Const(at));
        }
        for (at, item) in module.aliases.iter().enumerate() {
            names.decls.entry(item.name.text.clone()).or_insert(Decl::Alias(at));
        }
        for foreign in &module.foreign {
            names.decls.entry(foreign.name.text.clone()).or_insert(Decl::Foreign);
            if !foreign.what.is_empty() {
                diagnostics.push(Diagnostic::new(
                    Code::E0001,
                    foreign.span,
                    format!("not supported yet: {}", foreign.what),
                ));
            }
        }
        names.decls.retain(|name, _| !types::is_builtin(name) && !prelude::is_module(name));
        let mut first = HashMap::new();
        for name in &module.order {
            if types::is_builtin(&name.text) || prelude::is_module(&name.text) {
                diagnostics.push(Diagnostic::new(
                    Code::E0203,
                    name.span,
                    format!("`{}` is built in and cannot be redefined", name.text),
                ));
            } else if let Some(&before) = first.get(&name.text) {
                diagnostics.push(
                    Diagnostic::new(Code::E0203, name.span, format!("`{}` is already declared", name.text))
                        .label(before, "first declared here"),
                );
            } else if !name.text.is_empty() {
                first.insert(name.text.clone(), name.span);
            }
        }
        collect_vars(&module.code, &mut names.script_vars);
        names
    }
}

fn collect_vars(stmts: &[Stmt], out: &mut HashSet<Rc<str>>) {
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Var { pattern, .. } => collect_pattern(pattern, out),
            StmtKind::If(branches, other) => {
                branches.iter().for_each(|(_, body)| collect_vars(body, out));
                other.iter().for_each(|body| collect_vars(body, out));
            }
            StmtKind::While(_, body) | StmtKind::Block(body) => collect_vars(body, out),
            StmtKind::For(pattern, _, body) => {
                collect_pattern(pattern, out);
                collect_vars(body, out);
            }
            StmtKind::Match(_, arms) => arms.iter().for_each(|(_, body)| collect_vars(body, out)),
            _ => {}
        }
    }
}

fn collect_pattern(pattern: &Pattern, out: &mut HashSet<Rc<str>>) {
    match pattern {
        Pattern::Name(name) => {
            out.insert(name.text.clone());
        }
        Pattern::Discard => {}
        Pattern::Tuple(inner, _) => inner.iter().for_each(|pattern| collect_pattern(pattern, out)),
    }
}
