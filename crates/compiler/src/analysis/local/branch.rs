//! `if` statements whose conditions may be party-local: what their bodies may hold (the exception of LANGUAGE §10.11).

use stoffel_syntax::{Code, Span};

use super::Walk;
use crate::analysis::rule::Rule;
use crate::analysis::ty;
use crate::hir::{Clause, Expr, ExprKind, Iter, LocalId, ModuleFn, Part, Place, Prelude, Stmt, StmtKind};

impl Walk<'_, '_> {
    /// An `if` chain: from its first party-local condition on, bodies are those that only some parties run.
    pub(super) fn if_stmt(&mut self, cond: &Expr, then: &[Stmt], other: &[Stmt]) {
        if let Some(subject) = matched(cond) {
            let place = if self.expr(subject) { subject.span } else { cond.span };
            let local = self.expr(cond);
            // Every arm asks for the subject; one finding is enough.
            if !self.pass.found.iter().any(|found| found.span == place) {
                self.steers(local, place, "what `match` compares");
            }
            self.block(then);
            self.block(other);
        } else if self.expr(cond) {
            self.some_run(then);
            self.rest(other);
        } else {
            self.block(then);
            self.block(other);
        }
    }

    /// What follows a party-local condition in its chain.
    fn rest(&mut self, stmts: &[Stmt]) {
        match stmts {
            // An `elif` stands where its condition stands, an `if` of its own where its word stands.
            [Stmt { kind: StmtKind::If(cond, then, other), span }] if *span == cond.span => {
                if !is_plain(cond) {
                    self.misplaced(cond.span, "a condition after a party-local one");
                }
                self.expr(cond);
                self.some_run(then);
                self.rest(other);
            }
            _ => self.some_run(stmts),
        }
    }

    /// A body that only some parties run.
    fn some_run(&mut self, stmts: &[Stmt]) {
        let outer = std::mem::replace(&mut self.in_branch, true);
        for stmt in stmts {
            match &stmt.kind {
                StmtKind::Declare(local) => self.set(*local, true),
                StmtKind::Expr(value) if is_local_effect(value) => {
                    self.expr(value);
                }
                StmtKind::Assign(place, value) if is_plain(value) || is_local_effect(value) => {
                    let mark = self.expr(value) || is_local_effect(value);
                    if !self.assign_local(place, mark, stmt.span) {
                        self.misplaced(stmt.span, "an assignment to what all parties share");
                    }
                }
                _ => self.misplaced(stmt.span, "this statement"),
            }
        }
        self.in_branch = outer;
    }

    fn misplaced(&mut self, span: Span, what: &str) {
        let message = format!("{what} stands where only some parties come");
        if !Rule::LocalBranch.on() {
            return;
        }
        let help = "such a body holds `Rbc` and LocalStorage calls, `print`, and assignments to party-local variables";
        self.report(Code::E0420, span, message, help);
    }

    /// Assigns places that may be assigned in such a body; whether all may.
    fn assign_local(&mut self, place: &Place, mark: bool, stmt: Span) -> bool {
        match place {
            Place::New(local) => {
                self.set(*local, true);
                true
            }
            Place::Local(local) => {
                let declared = self.declared_in(*local, stmt);
                if declared {
                    self.set(*local, true);
                } else if self.captured.contains(local) {
                    return self.mark(*local);
                } else {
                    self.set(*local, mark);
                }
                self.mark(*local)
            }
            Place::Index(..) | Place::Field(..) | Place::Items(..) | Place::Scan(..) => false,
            Place::Unpack(places) => {
                places.iter().fold(true, |good, place| self.assign_local(place, mark, stmt) & good)
            }
            Place::Discard => true,
        }
    }

    /// Whether a variable is declared by the statement, or is the compiler's own.
    fn declared_in(&self, local: LocalId, stmt: Span) -> bool {
        self.checked.instance.locals.get(local.0 as usize).is_some_and(|local| {
            let inside = stmt.file == local.span.file && stmt.start <= local.span.start && local.span.end <= stmt.end;
            inside || local.name.starts_with('$')
        })
    }
}

/// The subject of the `match` whose arm has this condition: it stands outside of what the condition spans, the pattern.
fn matched(cond: &Expr) -> Option<&Expr> {
    match &cond.kind {
        ExprKind::Compare(_, subject, _) | ExprKind::CompareDeep(_, subject, _) | ExprKind::IsNone(subject) => {
            let (one, pattern) = (subject.span, cond.span);
            (one.file != pattern.file || one.end <= pattern.start).then_some(&**subject)
        }
        _ => None,
    }
}

/// A call that a body which only some parties run may hold: printing, `Rbc`, LocalStorage, each of plain values.
fn is_local_effect(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Convert(inner) => is_local_effect(inner),
        // What is done, then that it is done.
        ExprKind::Let(_, effect, value) => is_local_effect(effect) && is_plain(value),
        ExprKind::Prelude(Prelude::Print, args) => args.iter().all(is_plain),
        ExprKind::Module(function, args) => is_local_module(*function) && args.iter().all(is_plain),
        _ => false,
    }
}

/// Whether a function of a module may be called by some parties alone.
pub(super) const fn is_local_module(function: ModuleFn) -> bool {
    matches!(
        function,
        ModuleFn::Store { .. }
            | ModuleFn::Load { .. }
            | ModuleFn::Delete { .. }
            | ModuleFn::Exists { .. }
            | ModuleFn::Broadcast
            | ModuleFn::Receive { .. }
            | ModuleFn::ReceiveAny
    )
}

/// Whether an expression computes on public values alone, and changes and reveals nothing.
pub(super) fn is_plain(expr: &Expr) -> bool {
    stacker::maybe_grow(64 << 10, 1 << 20, || !ty::has_secret(&expr.ty) && has_plain_parts(expr))
}

fn has_plain_parts(expr: &Expr) -> bool {
    let plain = |part: &Option<Box<Expr>>| part.as_ref().is_none_or(|part| is_plain(part));
    match &expr.kind {
        ExprKind::Const(_) | ExprKind::Local(_) => true,
        ExprKind::Binary(_, a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::CompareDeep(_, a, b)
        | ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Let(_, a, b)
        | ExprKind::Index(a, b) => is_plain(a) && is_plain(b),
        ExprKind::Unary(_, a)
        | ExprKind::Member(a, _)
        | ExprKind::Field(a, _)
        | ExprKind::Convert(a)
        | ExprKind::IsNone(a)
        | ExprKind::Present(a) => is_plain(a),
        ExprKind::Dict(pairs) => pairs.iter().all(|(key, value)| is_plain(key) && is_plain(value)),
        ExprKind::If(a, b, c) => is_plain(a) && is_plain(b) && is_plain(c),
        ExprKind::List(items) | ExprKind::Tuple(items) => items.iter().all(is_plain),
        ExprKind::Slice(base, start, stop, step) => is_plain(base) && plain(start) && plain(stop) && plain(step),
        ExprKind::Comprehension(clauses, element) => are_plain(clauses) && is_plain(element),
        ExprKind::DictComprehension(clauses, key, value) => are_plain(clauses) && is_plain(key) && is_plain(value),
        ExprKind::Format(parts) => parts.iter().all(|part| match part {
            Part::Text(_) => true,
            Part::Hole(value, _) => is_plain(value),
        }),
        ExprKind::Prelude(function, args) => !changes(*function) && args.iter().all(is_plain),
        // A constructor is a call.
        ExprKind::Object(_)
        | ExprKind::Select { .. }
        | ExprKind::Pi
        | ExprKind::Call(..)
        | ExprKind::Function(_)
        | ExprKind::Closure(..)
        | ExprKind::CallValue(..)
        | ExprKind::Module(..)
        | ExprKind::Reveal(..) => false,
    }
}

fn are_plain(clauses: &[Clause]) -> bool {
    clauses.iter().all(|clause| match clause {
        Clause::For(_, Iter::Range(start, stop)) => is_plain(start) && is_plain(stop),
        Clause::For(_, Iter::Value(value)) => is_plain(value),
        Clause::If(cond) => is_plain(cond),
    })
}

/// Prelude functions with an effect.
const fn changes(function: Prelude) -> bool {
    matches!(
        function,
        Prelude::Print
            | Prelude::Append
            | Prelude::Extend
            | Prelude::Insert
            | Prelude::Pop
            | Prelude::Delete
            | Prelude::Clear
            | Prelude::Reverse
            | Prelude::Remove
            | Prelude::Sort
            | Prelude::SortRows
            | Prelude::AssertClose
            | Prelude::ExpectTrap
    )
}
