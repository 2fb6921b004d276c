//! Statements: surface in, typed statements and where control goes out (LANGUAGE §8, §4.4).
//!
//! Declarations and assignments are in `assign`. A block falls through if control can reach its end.

use stoffel_syntax::{Code, Span};
use stoffel_value::{CmpOp, Value};

use super::body::{Body, Loop, Returns, ScopeKind};
use super::branch::{Rest, Test};
use super::infer::{Need, Role};
use super::library::always_traps;
use super::literal::{Chain, word_of};
use super::operator::Side;
use super::rule::Rule;
use super::tree::{Expr as Surface, ExprKind, Func, Lit, Pattern as SurfacePattern, Stmt as SurfaceStmt, StmtKind};
use super::ty;
use crate::hir::{Expr, ExprKind as HirKind, Pattern, Place, Stmt, StmtKind as HirStmt, Ty};

impl Body<'_, '_> {
    /// The statements of a block in the current scope; whether control can reach its end.
    pub(crate) fn block(&mut self, stmts: &[SurfaceStmt]) -> (Vec<Stmt>, bool) {
        let mut out = Vec::new();
        let mut falls = true;
        let mut warned = false;
        let tail = std::mem::take(&mut self.branches.tail);
        for (at, stmt) in stmts.iter().enumerate() {
            if !falls && !warned {
                warned = true;
                self.error(Code::W0502, stmt.span, "this is never reached");
            }
            self.branches.tail = tail && at + 1 == stmts.len();
            let next = stacker::maybe_grow(128 << 10, 1 << 20, || self.stmt(stmt, &mut out));
            if !next {
                self.assigned.end();
            }
            falls &= next;
        }
        (out, falls)
    }

    /// The statements of a block in a scope of its own.
    pub(crate) fn scoped(&mut self, kind: ScopeKind, stmts: &[SurfaceStmt]) -> (Vec<Stmt>, bool) {
        self.open(kind);
        let result = self.block(stmts);
        self.close();
        result
    }

    /// One statement; whether control goes on after it.
    fn stmt(&mut self, stmt: &SurfaceStmt, out: &mut Vec<Stmt>) -> bool {
        let span = stmt.span;
        let tail = std::mem::take(&mut self.branches.tail);
        match &stmt.kind {
            StmtKind::Var { pattern, ty, value } => self.var(pattern, ty.as_ref(), value.as_ref(), span, out),
            StmtKind::Assign { target, value } => self.assign(target, value, span, out),
            StmtKind::Aug { target, op, op_span, value } => self.augment(target, *op, *op_span, value, span, out),
            // Nothing is done, but where only some parties come it is a statement like others.
            StmtKind::Pass => {
                let nothing = Expr { kind: HirKind::Const(Value::None), ty: Ty::Unit, span };
                out.push(Stmt { kind: HirStmt::Expr(nothing), span });
            }
            StmtKind::Func(index) => self.nested_func(*index, span, out),
            StmtKind::Result(value) => {
                self.lambda_result(value, span, out);
                return false;
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
            StmtKind::Expr(value) => {
                self.expr_stmt(value, span, out);
                return !matches!(out.last().map(|stmt| &stmt.kind), Some(HirStmt::Expr(value)) if always_traps(value));
            }
            StmtKind::Assert(condition, message) => self.assert(condition, message.as_ref(), span, out),
            StmtKind::Return(value) => {
                self.return_stmt(value.as_ref(), tail, span, out);
                return false;
            }
            StmtKind::Break | StmtKind::Continue => {
                let breaks = matches!(stmt.kind, StmtKind::Break);
                let assigned = self.assigned.clone();
                let body = self.body_number();
                let Some(innermost) = self.loops.last_mut() else {
                    let word = if breaks { "break" } else { "continue" };
                    self.error(Code::E0505, span, format!("`{word}` stands outside a loop"));
                    return true;
                };
                if innermost.body != body {
                    self.leaves(if breaks { "break" } else { "continue" }, span);
                    return true;
                }
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
            StmtKind::If(branches, other) => {
                return self.if_stmt(Rest::If(branches, other.as_deref()), tail, span, out);
            }
            StmtKind::While(condition, body) => return self.while_stmt(condition, body, span, out),
            StmtKind::For(pattern, source, body) => self.for_stmt(pattern, source, body, span, out),
            StmtKind::Match(subject, arms) => return self.match_stmt(subject, arms, tail, span, out),
        }
        true
    }

    fn expr_stmt(&mut self, surface: &Surface, span: Span, out: &mut Vec<Stmt>) {
        let value = self.expr_inner(surface, None);
        let call = matches!(surface.bare().kind, ExprKind::Call(..) | ExprKind::Error);
        if !call && value.ty != Ty::Error {
            self.error(Code::W0305, span, "this expression has no effect");
        }
        out.push(Stmt { kind: HirStmt::Expr(value), span });
    }

    pub(crate) fn return_stmt(&mut self, value: Option<&Surface>, tail: bool, span: Span, out: &mut Vec<Stmt>) {
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
        if let Some(value) = &value
            && self.is_chosen()
            && Rule::StaleResult.on()
            && !self.is_fresh(value)
        {
            self.branches.stale_result = true;
        }
        match value {
            value if !self.branches.chains.is_empty() => self.chosen_return(value, tail, span, out),
            value => out.push(Stmt { kind: HirStmt::Return(value), span }),
        }
    }

    fn inferred_return(&mut self, surface: &Surface) -> Expr {
        let known = self.solution.result.clone();
        let role = match surface.lit {
            Lit::No => Role::Value,
            Lit::Int => Role::Literal(false),
            Lit::Real => Role::Real,
        };
        let hint = if surface.lit != Lit::No || is_open_display(surface) { known.as_ref() } else { None };
        let value = self.expr(surface, hint.or(known.as_ref().filter(|known| matches!(known, Ty::Func(_)))));
        self.note_returned(value, role, surface.span)
    }

    /// Notes the type of a returned value, and converts it to that of all.
    pub(crate) fn note_returned(&mut self, value: Expr, role: Role, span: Span) -> Expr {
        let known = self.solution.result.clone();
        // `None` says the same in every pass, whatever the others have told of it.
        let none = matches!(value.kind, HirKind::Const(Value::None)) && matches!(value.ty, Ty::Optional(_));
        let asked = if none { ty::optional(Ty::Error) } else { value.ty.clone() };
        self.returned.push(Need { role, ty: asked, span });
        match known {
            Some(known) if known != Ty::Unit => self.coerce(value, &known),
            _ => value,
        }
    }

    /// E0502, unless the body has errors that explain it.
    pub(crate) fn falls_off(&mut self, func: &Func) {
        if func.lambda {
            return;
        }
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

    /// Conditions and bodies from here on; whether control goes on after them.
    fn if_stmt(&mut self, rest: Rest<'_>, tail: bool, span: Span, out: &mut Vec<Stmt>) -> bool {
        let Some((test, body, rest)) = rest.next() else {
            let Some(other) = rest.last() else { return true };
            self.branches.tail = tail;
            let (mut body, falls) = self.scoped(ScopeKind::Branch, other);
            out.append(&mut body);
            return falls;
        };
        if let Test::Bool(condition) = test
            && let Some(holds) = self.decided(condition)
        {
            self.branches.tail = tail;
            if !holds {
                return self.if_stmt(rest, tail, span, out);
            }
            let (mut body, falls) = self.scoped(ScopeKind::Branch, body);
            out.append(&mut body);
            return falls;
        }
        let condition = self.test(test);
        if ty::is_secret(&condition.ty) {
            return self.secret_chain(condition, body, rest, span, tail, out);
        }
        self.public_branch(condition, body, rest, span, tail, out)
    }

    /// A public condition, its body and what follows.
    pub(crate) fn public_branch(
        &mut self,
        condition: Expr,
        body: &[SurfaceStmt],
        rest: Rest<'_>,
        span: Span,
        tail: bool,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let facts = self.facts(&condition);
        let before = self.assigned.clone();
        self.branches.tail = tail;
        self.narrow(&facts.yes);
        let (then, then_falls) = self.scoped(ScopeKind::Branch, body);
        let after_then = std::mem::replace(&mut self.assigned, before);
        self.narrow(&facts.no);
        let mut other = Vec::new();
        let other_span = match rest {
            Rest::If([(condition, _), ..], _) => condition.span,
            _ => span,
        };
        let other_falls = self.if_stmt(rest, tail, other_span, &mut other);
        let after_other = std::mem::take(&mut self.assigned);
        self.assigned = after_then.meet(after_other);
        out.push(Stmt { kind: HirStmt::If(condition, then, other), span });
        then_falls || other_falls
    }

    fn while_stmt(&mut self, condition: &Surface, body: &[SurfaceStmt], span: Span, out: &mut Vec<Stmt>) -> bool {
        self.forget_assigned(body);
        if Rule::ChosenWhile.on() {
            self.forbid(Code::E0413, span, "`while` may not end where a secret has not chosen it");
        }
        let condition = self.condition(condition);
        let facts = self.facts(&condition);
        if ty::is_secret(&condition.ty) && Rule::WhileCondition.on() {
            let message = "the condition of `while` is public: the number of turns would tell the secret";
            self.leak(Code::E0406, condition.span, message, &condition);
            if let Some(last) = self.diagnostics.last_mut() {
                last.help = Some("use a bounded `for` with `select`".into());
            }
        }
        let endless = word_of(&condition).is_some_and(|(_, word)| word == 1);
        let before = self.assigned.clone();
        self.narrow(&facts.yes);
        self.loops.push(Loop { body: self.body_number(), ..Loop::default() });
        let (body, _) = self.scoped(ScopeKind::Branch, body);
        let turn = self.loops.pop().unwrap_or_default();
        self.assigned = before;
        self.narrow(&facts.no);
        let falls = !endless || turn.has_break;
        if let Some(at_breaks) = turn.at_breaks {
            let at_end = std::mem::take(&mut self.assigned);
            self.assigned = if endless { at_breaks } else { at_end.meet(at_breaks) };
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
        self.forget_assigned(body);
        let before = self.assigned.clone();
        self.open(ScopeKind::For);
        let pattern = self.pattern(pattern, &item);
        self.loops.push(Loop { body: self.body_number(), ..Loop::default() });
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
                self.note_given(local, false);
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
            optional if self.unchecked(optional, span) => {}
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
        tail: bool,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let value = self.expr(subject, None);
        let secret = ty::has_secret(&value.ty);
        self.unmatched(&value, arms);
        let at = value.span;
        // A variable is bound anew, too: the subject of a `match` is told from the condition of an `if` by its name.
        let (value, binding) = match value.kind {
            HirKind::Local(_) if !secret => {
                let local = self.synthetic(value.ty.clone(), at);
                (Expr { kind: HirKind::Local(local), ty: value.ty.clone(), span: at }, Some((local, value)))
            }
            _ => self.hoist(value),
        };
        if let Some((local, value)) = binding {
            if secret {
                self.vars[local.0 as usize].why = self.why(&value);
            }
            out.push(Stmt { kind: HirStmt::Assign(Place::Local(local), value), span: at });
        }
        if secret {
            return self.if_stmt(Rest::Match(&value, arms), tail, span, out);
        }
        self.arms(&value, arms, tail, span, out)
    }

    fn arms(
        &mut self,
        value: &Expr,
        arms: &[(Option<Surface>, Vec<SurfaceStmt>)],
        tail: bool,
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
            self.branches.tail = tail;
            let Some(pattern) = pattern else {
                let (body, body_falls) = self.scoped(ScopeKind::Branch, body);
                default = body;
                falls |= body_falls;
                has_default = true;
                break;
            };
            let condition = self.arm_condition(value, pattern);
            if ty::is_secret(&condition.ty) && Rule::Pattern.on() {
                self.leak(Code::E0407, pattern.span, "the pattern of a public `match` is public", &condition);
            }
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

    /// Whether the subject is equal to a pattern.
    pub(crate) fn arm_condition(&mut self, value: &Expr, pattern: &Surface) -> Expr {
        let hint = ty::public_of(&value.ty);
        let side = if pattern.lit == Lit::No {
            Side::Val(self.expr(pattern, Some(&hint)), None)
        } else {
            Side::Lit(Chain::one(pattern))
        };
        let (value, pattern_value) = self.pair(Side::Val(value.clone(), None), side, None, None);
        self.comparison(CmpOp::Eq, pattern.span, value, pattern_value)
    }
}

/// Whether an expression holds an empty display or `None`, whose type its context decides.
pub(crate) fn is_open_display(surface: &Surface) -> bool {
    match &surface.bare().kind {
        ExprKind::List(elements) => elements.is_empty() || elements.iter().any(is_open_display),
        ExprKind::Tuple(elements) => elements.iter().any(is_open_display),
        ExprKind::Dict(pairs) => pairs.is_empty() || pairs.iter().any(|(_, value)| is_open_display(value)),
        ExprKind::None => true,
        _ => false,
    }
}
