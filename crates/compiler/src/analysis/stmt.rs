//! Statements: surface in, typed statements and where control goes out (LANGUAGE §8, §4.4).
//!
//! Declarations and assignments are in `assign`. A block falls through if control can reach its end.

use stoffel_syntax::{Code, Span};
use stoffel_value::CmpOp;

use super::body::{Body, Guard, Loop, Returns, ScopeKind};
use super::infer::{Need, Role};
use super::literal::{Chain, word_of};
use super::operator::Side;
use super::tree::{Expr as Surface, ExprKind, Func, Lit, Pattern as SurfacePattern, Stmt as SurfaceStmt, StmtKind};
use super::ty;
use crate::hir::{Expr, Pattern, Place, Stmt, StmtKind as HirStmt, Ty};

impl Body<'_, '_> {
    /// The statements of a block in the current scope; whether control can reach its end.
    pub(crate) fn block(&mut self, stmts: &[SurfaceStmt]) -> (Vec<Stmt>, bool) {
        let mut out = Vec::new();
        let mut falls = true;
        let mut warned = false;
        for stmt in stmts {
            if !falls && !warned {
                warned = true;
                self.error(Code::W0502, stmt.span, "this is never reached");
            }
            let next = stacker::maybe_grow(128 << 10, 1 << 20, || self.stmt(stmt, &mut out));
            if !next {
                self.assigned.end();
            }
            falls &= next;
        }
        (out, falls)
    }

    /// The statements of a block in a scope of its own.
    fn scoped(&mut self, kind: ScopeKind, stmts: &[SurfaceStmt]) -> (Vec<Stmt>, bool) {
        self.open(kind);
        let result = self.block(stmts);
        self.close();
        result
    }

    /// One statement; whether control goes on after it.
    fn stmt(&mut self, stmt: &SurfaceStmt, out: &mut Vec<Stmt>) -> bool {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::Var { pattern, ty, value } => self.var(pattern, ty.as_ref(), value.as_ref(), span, out),
            StmtKind::Assign { target, value } => self.assign(target, value, span, out),
            StmtKind::Aug { target, op, op_span, value } => self.augment(target, *op, *op_span, value, span, out),
            StmtKind::Pass => {}
            StmtKind::Foreign(what, at, name) => {
                self.error(Code::E0001, *at, format!("not supported yet: {what}"));
                if let Some(name) = name {
                    self.enter_foreign(name);
                }
            }
            StmtKind::Block(body) => {
                let (mut body, falls) = self.block(body);
                out.append(&mut body);
                return falls;
            }
            StmtKind::Discard(value) => {
                let value = self.expr(value, None);
                out.push(Stmt { kind: HirStmt::Expr(value), span });
            }
            StmtKind::Expr(value) => self.expr_stmt(value, span, out),
            StmtKind::Assert(condition, message) => self.assert(condition, message.as_ref(), span, out),
            StmtKind::Return(value) => {
                self.return_stmt(value.as_ref(), span, out);
                return false;
            }
            StmtKind::Break | StmtKind::Continue => {
                let breaks = matches!(stmt.kind, StmtKind::Break);
                let assigned = self.assigned.clone();
                let Some(innermost) = self.loops.last_mut() else {
                    let word = if breaks { "break" } else { "continue" };
                    self.error(Code::E0505, span, format!("`{word}` stands outside a loop"));
                    return true;
                };
                if breaks {
                    innermost.has_break = true;
                    innermost.at_breaks = Some(match innermost.at_breaks.take() {
                        Some(before) => before.meet(assigned),
                        None => assigned,
                    });
                }
                out.push(Stmt { kind: if breaks { HirStmt::Break } else { HirStmt::Continue }, span });
                return false;
            }
            StmtKind::If(branches, other) => return self.if_stmt(branches, other.as_deref(), span, out),
            StmtKind::While(condition, body) => return self.while_stmt(condition, body, span, out),
            StmtKind::For(pattern, source, body) => self.for_stmt(pattern, source, body, span, out),
            StmtKind::Match(subject, arms) => return self.match_stmt(subject, arms, span, out),
        }
        true
    }

    fn expr_stmt(&mut self, surface: &Surface, span: Span, out: &mut Vec<Stmt>) {
        let value = self.expr_inner(surface, None);
        let call = matches!(surface.bare().kind, ExprKind::Call(..) | ExprKind::Error | ExprKind::Foreign(_));
        if !call && value.ty != Ty::Error {
            self.error(Code::W0305, span, "this expression has no effect");
        }
        out.push(Stmt { kind: HirStmt::Expr(value), span });
    }

    fn return_stmt(&mut self, value: Option<&Surface>, span: Span, out: &mut Vec<Stmt>) {
        let value = match (&self.returns, value) {
            (Returns::Nowhere, value) => {
                if let Some(value) = value {
                    self.expr(value, None);
                }
                self.error(Code::E0506, span, "`return` stands outside a function");
                return;
            }
            (Returns::Declared(Ty::Unit), None) => None,
            (Returns::Declared(Ty::Unit), Some(value)) => {
                self.expr(value, None);
                self.error(Code::E0507, span, "the function has no result");
                return;
            }
            (Returns::Declared(_), None) => {
                self.error(Code::E0507, span, "the function has a result, but this gives none");
                return;
            }
            (Returns::Declared(ty), Some(value)) => {
                let ty = ty.clone();
                Some(self.check(value, &ty))
            }
            (Returns::Inferred, None) => {
                self.bare_returns.push(span);
                None
            }
            (Returns::Inferred, Some(value)) => Some(self.inferred_return(value)),
        };
        out.push(Stmt { kind: HirStmt::Return(value), span });
    }

    fn inferred_return(&mut self, surface: &Surface) -> Expr {
        let known = self.solution.result.clone();
        let role = match surface.lit {
            Lit::No => Role::Value,
            Lit::Int => Role::Literal(false),
            Lit::Real => Role::Real,
        };
        let hint = if surface.lit != Lit::No || is_open_display(surface) { known.as_ref() } else { None };
        let value = self.expr(surface, hint);
        self.returned.push(Need { role, ty: value.ty.clone(), span: surface.span });
        match known {
            Some(known) if known != Ty::Unit => self.coerce(value, &known),
            _ => value,
        }
    }

    /// E0502, unless the body has errors that explain it.
    pub(crate) fn falls_off(&mut self, func: &Func) {
        let due = match &self.returns {
            Returns::Declared(ty) => *ty != Ty::Unit && *ty != Ty::Error,
            Returns::Inferred => !self.returned.is_empty(),
            Returns::Nowhere => false,
        };
        let failed = self.diagnostics.iter().any(|found| found.code.as_str().starts_with('E'))
            || self.cx.syntax_errors.iter().any(|at| func.span.start <= at.start && at.start < func.span.end);
        if due && !failed {
            let name = &func.name.text;
            self.error(Code::E0502, func.header, format!("`{name}` does not return a value on every path"));
        }
    }

    fn if_stmt(
        &mut self,
        branches: &[(Surface, Vec<SurfaceStmt>)],
        other: Option<&[SurfaceStmt]>,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let Some(((condition, body), rest)) = branches.split_first() else {
            let Some(other) = other else { return true };
            let (mut body, falls) = self.scoped(ScopeKind::Branch, other);
            out.append(&mut body);
            return falls;
        };
        let condition = self.condition(condition);
        let outer = self.guard;
        let mark = (self.diagnostics.len(), self.calls.len());
        let secret = ty::is_secret(&condition.ty);
        if secret {
            self.guard = Some(Guard::Mute);
        }
        let before = self.assigned.clone();
        let (then, then_falls) = self.scoped(ScopeKind::Branch, body);
        let after_then = std::mem::replace(&mut self.assigned, before);
        let mut tail = Vec::new();
        let tail_span = rest.first().map_or(span, |(condition, _)| condition.span);
        let tail_falls = self.if_stmt(rest, other, tail_span, &mut tail);
        let after_tail = std::mem::take(&mut self.assigned);
        self.assigned = after_then.meet(after_tail);
        if secret {
            self.guard = outer;
            self.diagnostics.truncate(mark.0);
            self.calls.truncate(mark.1);
            if outer != Some(Guard::Mute) {
                self.error(Code::E0001, condition.span, "not supported yet: `if` with a secret condition");
            }
            self.assigned.reach();
            return true;
        }
        out.push(Stmt { kind: HirStmt::If(condition, then, tail), span });
        then_falls || tail_falls
    }

    fn while_stmt(&mut self, condition: &Surface, body: &[SurfaceStmt], span: Span, out: &mut Vec<Stmt>) -> bool {
        let condition = self.condition(condition);
        if ty::is_secret(&condition.ty) {
            let message = "the condition of `while` is public: the number of turns would tell the secret";
            self.leak(Code::E0406, condition.span, message, &condition);
            if let Some(last) = self.diagnostics.last_mut() {
                last.help = Some("use a bounded `for` with `select`".into());
            }
        }
        let endless = word_of(&condition).is_some_and(|(_, word)| word == 1);
        let before = self.assigned.clone();
        self.loops.push(Loop::default());
        let (body, _) = self.scoped(ScopeKind::Branch, body);
        let turn = self.loops.pop().unwrap_or_default();
        self.assigned = before;
        let falls = !endless || turn.has_break;
        if let (true, Some(at_breaks)) = (endless, turn.at_breaks) {
            self.assigned = at_breaks;
        }
        out.push(Stmt { kind: HirStmt::While(condition, body), span });
        falls
    }

    fn for_stmt(
        &mut self,
        pattern: &SurfacePattern,
        source: &Surface,
        body: &[SurfaceStmt],
        span: Span,
        out: &mut Vec<Stmt>,
    ) {
        let (iter, item) = self.iter(source);
        let before = self.assigned.clone();
        self.open(ScopeKind::For);
        let pattern = self.pattern(pattern, &item);
        self.loops.push(Loop::default());
        let (body, _) = self.block(body);
        self.loops.pop();
        self.close();
        self.assigned = before;
        out.push(Stmt { kind: HirStmt::For(pattern, iter, body), span });
    }

    /// Declares the variables of a loop.
    pub(crate) fn pattern(&mut self, pattern: &SurfacePattern, item: &Ty) -> Pattern {
        match pattern {
            SurfacePattern::Discard => Pattern::Discard,
            SurfacePattern::Name(name) => {
                let local = self.declare_fixed(name, item.clone());
                self.assigned.set(local);
                Pattern::Local(local)
            }
            SurfacePattern::Tuple(inner, span) => {
                let types = self.unpack(item, inner.len(), *span);
                Pattern::Unpack(inner.iter().zip(&types).map(|(pattern, ty)| self.pattern(pattern, ty)).collect())
            }
        }
    }

    /// The types of the members that a value is unpacked into: E0314.
    pub(crate) fn unpack(&mut self, value: &Ty, count: usize, span: Span) -> Vec<Ty> {
        match value {
            Ty::Tuple(members) if members.len() == count => return members.to_vec(),
            Ty::List(element) => return vec![(**element).clone(); count],
            Ty::Error => {}
            Ty::Tuple(members) => {
                let message = format!("{} values cannot be unpacked into {count} names", members.len());
                self.error(Code::E0314, span, message);
            }
            other => {
                self.error(Code::E0314, span, format!("`{}` cannot be unpacked", ty::name(other)));
            }
        }
        vec![Ty::Error; count]
    }

    fn match_stmt(
        &mut self,
        subject: &Surface,
        arms: &[(Option<Surface>, Vec<SurfaceStmt>)],
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let value = self.expr(subject, None);
        let secret = ty::has_secret(&value.ty);
        let outer = self.guard;
        let mark = (self.diagnostics.len(), self.calls.len());
        if secret {
            self.guard = Some(Guard::Mute);
        }
        let at = value.span;
        let (value, binding) = self.hoist(value);
        if let Some((local, value)) = binding {
            out.push(Stmt { kind: HirStmt::Assign(Place::Local(local), value), span: at });
        }
        let falls = self.arms(&value, arms, span, out);
        if secret {
            self.guard = outer;
            self.diagnostics.truncate(mark.0);
            self.calls.truncate(mark.1);
            if outer != Some(Guard::Mute) {
                self.error(Code::E0001, at, "not supported yet: `match` on a secret");
            }
            self.assigned.reach();
            return true;
        }
        falls
    }

    fn arms(
        &mut self,
        value: &Expr,
        arms: &[(Option<Surface>, Vec<SurfaceStmt>)],
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> bool {
        // Arms nest to the right; the loop keeps the depth of calls constant.
        let mut open = Vec::new();
        let mut met = None;
        let mut falls = false;
        let mut default = Vec::new();
        let mut has_default = false;
        for (pattern, body) in arms {
            let Some(pattern) = pattern else {
                let (body, body_falls) = self.scoped(ScopeKind::Branch, body);
                default = body;
                falls |= body_falls;
                has_default = true;
                break;
            };
            let condition = self.arm_condition(value, pattern);
            let before = self.assigned.clone();
            let (body, body_falls) = self.scoped(ScopeKind::Branch, body);
            let after = std::mem::replace(&mut self.assigned, before);
            met = Some(match met {
                None => after,
                Some(met) => after.meet(met),
            });
            falls |= body_falls;
            open.push((condition, body, pattern.span));
        }
        falls |= !has_default;
        if let Some(met) = met {
            let last = std::mem::take(&mut self.assigned);
            self.assigned = met.meet(last);
        }
        let mut tail = default;
        for (condition, body, at) in open.into_iter().rev() {
            let span = if tail.is_empty() { span } else { at };
            tail = vec![Stmt { kind: HirStmt::If(condition, body, tail), span }];
        }
        out.append(&mut tail);
        falls
    }

    fn arm_condition(&mut self, value: &Expr, pattern: &Surface) -> Expr {
        let hint = ty::public_of(&value.ty);
        let side = if pattern.lit == Lit::No {
            Side::Val(self.expr(pattern, Some(&hint)), None)
        } else {
            Side::Lit(Chain::one(pattern))
        };
        let (value, pattern_value) = self.pair(Side::Val(value.clone(), None), side, None, None);
        let condition = self.comparison(CmpOp::Eq, pattern.span, value, pattern_value);
        if ty::is_secret(&condition.ty) && self.guard.is_none() {
            return self.leak(Code::E0407, pattern.span, "the pattern of a public `match` is public", &condition);
        }
        condition
    }
}

/// Whether an expression holds an empty display, whose type its context decides.
pub(crate) fn is_open_display(surface: &Surface) -> bool {
    match &surface.bare().kind {
        ExprKind::List(elements) => elements.is_empty() || elements.iter().any(is_open_display),
        ExprKind::Tuple(elements) => elements.iter().any(is_open_display),
        _ => false,
    }
}
