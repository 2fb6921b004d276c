//! The calls by name of a module in, the functions without result type that lead back to themselves out (E0320).
//!
//! Strongly connected components by Tarjan's algorithm, without recursion. Cost: linear.

use crate::hash::HashMap;
use std::rc::Rc;

use stoffel_syntax::FileId;

use super::tree::{Clause, Expr, ExprKind, FPart, Module, ResultForm, Stmt, StmtKind, Sub};

/// Per function, whether it is in a cycle of calls and has no result type.
pub(crate) fn without_result(module: &Module) -> Vec<bool> {
    // Imports do not lead in circles, so neither do calls between files.
    let mut index: HashMap<(FileId, &Rc<str>), usize> = HashMap::default();
    for (at, func) in module.funcs.iter().enumerate().filter(|(_, func)| !func.nested && func.owner.is_none()) {
        index.entry((func.file(), &func.name.text)).or_insert(at);
    }
    let edges: Vec<Vec<usize>> = module
        .funcs
        .iter()
        .map(|func| {
            let mut names = Vec::new();
            calls_of_block(&func.body, &mut names);
            names.into_iter().filter_map(|name| index.get(&(func.file(), name)).copied()).collect()
        })
        .collect();
    let cyclic = in_cycles(&edges);
    module
        .funcs
        .iter()
        .zip(cyclic)
        .map(|(func, cyclic)| cyclic && matches!(func.result, ResultForm::Inferred))
        .collect()
}

/// Which nodes lie on a cycle of edges.
pub(crate) fn in_cycles(edges: &[Vec<usize>]) -> Vec<bool> {
    const UNSEEN: usize = usize::MAX;
    let n = edges.len();
    let mut cyclic = vec![false; n];
    let mut order = vec![UNSEEN; n];
    let mut low = vec![0; n];
    let mut on_stack = vec![false; n];
    let mut stack = Vec::new();
    let mut next = 0;
    for root in 0..n {
        if order[root] != UNSEEN {
            continue;
        }
        let mut open = vec![(root, 0)];
        while let Some((node, edge)) = open.pop() {
            if edge == 0 {
                order[node] = next;
                low[node] = next;
                next += 1;
                stack.push(node);
                on_stack[node] = true;
            } else {
                let child = edges[node][edge - 1];
                low[node] = low[node].min(low[child]);
            }
            let mut edge = edge;
            let mut descended = false;
            while let Some(&child) = edges[node].get(edge) {
                edge += 1;
                if order[child] == UNSEEN {
                    open.push((node, edge));
                    open.push((child, 0));
                    descended = true;
                    break;
                }
                if on_stack[child] {
                    low[node] = low[node].min(order[child]);
                }
            }
            if descended || low[node] != order[node] {
                continue;
            }
            let mut members = Vec::new();
            while let Some(member) = stack.pop() {
                on_stack[member] = false;
                members.push(member);
                if member == node {
                    break;
                }
            }
            let cycle = members.len() > 1 || edges[node].contains(&node);
            members.into_iter().for_each(|member| cyclic[member] = cycle);
        }
    }
    cyclic
}

fn calls_of_block<'a>(stmts: &'a [Stmt], out: &mut Vec<&'a Rc<str>>) {
    for stmt in stmts {
        stacker::maybe_grow(64 << 10, 1 << 20, || calls_of_stmt(stmt, out));
    }
}

fn calls_of_stmt<'a>(stmt: &'a Stmt, out: &mut Vec<&'a Rc<str>>) {
    match &stmt.kind {
        StmtKind::Var { value, .. } | StmtKind::Return(value) => value.iter().for_each(|value| calls(value, out)),
        StmtKind::Assign { target, value } | StmtKind::Aug { target, value, .. } => {
            calls(target, out);
            calls(value, out);
        }
        StmtKind::Discard(value) | StmtKind::Expr(value) | StmtKind::Result(value) => calls(value, out),
        StmtKind::Assert(condition, message) => {
            calls(condition, out);
            message.iter().for_each(|message| calls(message, out));
        }
        StmtKind::If(branches, other) => {
            for (condition, body) in branches {
                calls(condition, out);
                calls_of_block(body, out);
            }
            other.iter().for_each(|body| calls_of_block(body, out));
        }
        StmtKind::While(condition, body) | StmtKind::For(_, condition, body) => {
            calls(condition, out);
            calls_of_block(body, out);
        }
        StmtKind::Match(subject, arms) => {
            calls(subject, out);
            for (pattern, body) in arms {
                pattern.iter().for_each(|pattern| calls(pattern, out));
                calls_of_block(body, out);
            }
        }
        StmtKind::Block(body) => calls_of_block(body, out),
        // What nested functions call is found when they are instantiated.
        StmtKind::Func(_) => {}
        StmtKind::Break | StmtKind::Continue | StmtKind::Pass => {}
    }
}

fn calls<'a>(expr: &'a Expr, out: &mut Vec<&'a Rc<str>>) {
    stacker::maybe_grow(64 << 10, 1 << 20, || calls_of_expr(expr, out));
}

fn calls_of_clauses<'a>(clauses: &'a [Clause], out: &mut Vec<&'a Rc<str>>) {
    for clause in clauses {
        match clause {
            Clause::For(_, source) => calls(source, out),
            Clause::If(condition) => calls(condition, out),
        }
    }
}

fn calls_of_expr<'a>(expr: &'a Expr, out: &mut Vec<&'a Rc<str>>) {
    match &expr.kind {
        ExprKind::Call(callee, args) => {
            match &callee.bare().kind {
                ExprKind::Name(name) => out.push(name),
                ExprKind::Index(base, _) => {
                    if let Some(name) = base.name() {
                        out.push(name);
                    }
                    calls(callee, out);
                }
                _ => calls(callee, out),
            }
            args.iter().for_each(|arg| calls(&arg.value, out));
        }
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) | ExprKind::Field(inner, _) => calls(inner, out),
        ExprKind::Binary(first, rest) => {
            calls(first, out);
            rest.iter().for_each(|(_, _, operand)| calls(operand, out));
        }
        ExprKind::Compare(first, rest) => {
            calls(first, out);
            rest.iter().for_each(|(_, _, operand)| calls(operand, out));
        }
        ExprKind::Power(a, _, b) | ExprKind::Range(a, b) => {
            calls(a, out);
            calls(b, out);
        }
        ExprKind::Cond(condition, then, other) => {
            calls(condition, out);
            calls(then, out);
            calls(other, out);
        }
        ExprKind::Index(base, subs) => {
            calls(base, out);
            for sub in subs {
                match sub {
                    Sub::Expr(index) => calls(index, out),
                    Sub::Slice(a, b, c) => [a, b, c].into_iter().flatten().for_each(|part| calls(part, out)),
                    Sub::Type(_) => {}
                }
            }
        }
        ExprKind::Tuple(elements) | ExprKind::List(elements) => {
            elements.iter().for_each(|element| calls(element, out));
        }
        ExprKind::Comprehension(element, clauses) => {
            calls(element, out);
            calls_of_clauses(clauses, out);
        }
        ExprKind::Dict(pairs) => pairs.iter().for_each(|(key, value)| {
            calls(key, out);
            calls(value, out);
        }),
        ExprKind::DictComprehension(key, value, clauses) => {
            calls(key, out);
            calls(value, out);
            calls_of_clauses(clauses, out);
        }
        ExprKind::Format(parts) => {
            for part in parts {
                if let FPart::Hole(value, ..) = part {
                    calls(value, out);
                }
            }
        }
        ExprKind::Int(..)
        | ExprKind::Float(_)
        | ExprKind::Str(_)
        | ExprKind::Bool(_)
        | ExprKind::None
        | ExprKind::Name(_)
        | ExprKind::Lambda(_)
        | ExprKind::Error => {}
    }
}
