//! Statements in; the marks of variables, and what is wrong with party-local values in them, out.

use stoffel_syntax::Span;

use super::Walk;
use crate::hir::{Place, SecretIf, Stmt, StmtKind};

impl Walk<'_, '_> {
    pub(super) fn block(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            stacker::maybe_grow(128 << 10, 1 << 20, || self.stmt(stmt));
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Assign(place, value) => {
                let mark = self.expr(value);
                self.assign(place, mark, value.span);
            }
            StmtKind::Expr(value) => {
                self.expr(value);
            }
            StmtKind::If(cond, then, other) => self.if_stmt(cond, then, other),
            StmtKind::SecretIf(chain) => self.secret_if(chain),
            StmtKind::While(cond, body) => {
                let steers = self.expr(cond);
                self.steers(steers, cond.span, "the condition");
                self.block(body);
            }
            StmtKind::For(pattern, iter, body) => {
                let mark = self.iter(iter);
                self.bind(pattern, mark);
                self.block(body);
            }
            StmtKind::Return(Some(value)) => {
                let mark = self.expr(value);
                self.enters(mark && self.is_entry, value.span, "a result of the program");
                self.returned |= mark;
            }
            StmtKind::Assert(cond, message) => {
                let steers = self.expr(cond);
                self.steers(steers, cond.span, "what is asserted");
                if let Some(message) = message {
                    self.expr(message);
                }
            }
            StmtKind::Declare(_) | StmtKind::Return(None) | StmtKind::Break | StmtKind::Continue => {}
        }
    }

    /// Bodies that a secret chooses all run everywhere; what they leave is secret.
    fn secret_if(&mut self, chain: &SecretIf) {
        for (cond, body) in &chain.arms {
            self.expr(cond);
            self.block(body);
        }
        self.block(&chain.other);
        for merged in &chain.merged {
            let mark = self.mark(merged.local);
            self.enters(mark, merged.span, "chosen by a secret");
        }
    }

    pub(super) fn assign(&mut self, place: &Place, mark: bool, span: Span) {
        match place {
            Place::Local(local) | Place::New(local) => {
                if self.captured.contains(local) && mark && !self.mark(*local) {
                    self.enters(true, span, "the value of a variable of the surrounding function");
                } else {
                    self.set(*local, mark);
                }
            }
            Place::Index(base, at) => {
                let own = self.expr(base);
                self.position(at);
                self.enters(mark && !own, span, "an element of a common list");
            }
            Place::Field(base, _) => {
                self.expr(base);
                self.enters(mark, span, "a field of an object");
            }
            Place::Items(base, _, parts) => {
                let own = self.expr(base);
                parts.iter().for_each(|part| self.position(part));
                self.enters(mark && !own, span, "an element of a common array");
            }
            Place::Scan(base, mask) => {
                let own = self.expr(base);
                self.expr(mask);
                self.enters(mark || own, span, "an element chosen by a secret");
            }
            Place::Unpack(places) => places.iter().for_each(|place| self.assign(place, mark, span)),
            Place::Discard => {}
        }
    }
}
