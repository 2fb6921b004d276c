//! Checked instances in, one program with dense numbers out.

use std::collections::HashMap;

use super::Cx;
use crate::hir::{Clause, Entry, Expr, ExprKind, InstanceId, Iter, Part, Place, Program, RowId, Stmt, StmtKind};

impl Cx<'_> {
    /// The program of the instances that the entry reaches, in the order given.
    pub(crate) fn assemble(&mut self, order: &[u32], mut entry: Entry) -> Program {
        let ids: HashMap<u32, u32> = order.iter().copied().zip(0..).collect();
        let mut program = Program::default();
        for &id in order {
            let Some(checked) = self.instances[id as usize].checked.take() else { continue };
            let first_row = u32::try_from(program.disclosures.len()).unwrap_or(u32::MAX);
            let mut instance = checked.instance;
            let mut renumber = Renumber { ids: &ids, first_row };
            renumber.block(&mut instance.body);
            program.instances.push(instance);
            program.disclosures.extend(checked.rows);
        }
        entry.instance = InstanceId(ids.get(&entry.instance.0).copied().unwrap_or_default());
        program.entry = Some(entry);
        program
    }
}

struct Renumber<'i> {
    ids: &'i HashMap<u32, u32>,
    first_row: u32,
}

impl Renumber<'_> {
    fn block(&mut self, stmts: &mut [Stmt]) {
        for stmt in stmts {
            stacker::maybe_grow(64 << 10, 1 << 20, || self.stmt(stmt));
        }
    }

    fn stmt(&mut self, stmt: &mut Stmt) {
        match &mut stmt.kind {
            StmtKind::Assign(place, value) => {
                self.place(place);
                self.expr(value);
            }
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::If(condition, then, other) => {
                self.expr(condition);
                self.block(then);
                self.block(other);
            }
            StmtKind::While(condition, body) => {
                self.expr(condition);
                self.block(body);
            }
            StmtKind::For(_, iter, body) => {
                self.iter(iter);
                self.block(body);
            }
            StmtKind::Return(value) => value.iter_mut().for_each(|value| self.expr(value)),
            StmtKind::Break | StmtKind::Continue => {}
            StmtKind::Assert(condition, message) => {
                self.expr(condition);
                message.iter_mut().for_each(|message| self.expr(message));
            }
        }
    }

    fn place(&mut self, place: &mut Place) {
        match place {
            Place::Local(_) | Place::Discard => {}
            Place::Index(base, index) => {
                self.expr(base);
                self.expr(index);
            }
            Place::Unpack(places) => places.iter_mut().for_each(|place| self.place(place)),
        }
    }

    fn iter(&mut self, iter: &mut Iter) {
        match iter {
            Iter::Range(start, stop) => {
                self.expr(start);
                self.expr(stop);
            }
            Iter::Value(value) => self.expr(value),
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.expr_inner(expr));
    }

    fn expr_inner(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Const(_) | ExprKind::Local(_) => {}
            ExprKind::Binary(_, a, b)
            | ExprKind::Compare(_, a, b)
            | ExprKind::CompareDeep(_, a, b)
            | ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Let(_, a, b)
            | ExprKind::Index(a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Unary(_, a) | ExprKind::Convert(a) | ExprKind::Member(a, _) => self.expr(a),
            ExprKind::If(a, b, c) | ExprKind::Select { cond: a, then: b, other: c, .. } => {
                self.expr(a);
                self.expr(b);
                self.expr(c);
            }
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Prelude(_, items) => {
                items.iter_mut().for_each(|item| self.expr(item));
            }
            ExprKind::Slice(base, start, stop, step) => {
                self.expr(base);
                [start, stop, step].into_iter().flatten().for_each(|part| self.expr(part));
            }
            ExprKind::Comprehension(clauses, element) => {
                for clause in clauses {
                    match clause {
                        Clause::For(_, iter) => self.iter(iter),
                        Clause::If(condition) => self.expr(condition),
                    }
                }
                self.expr(element);
            }
            ExprKind::Format(parts) => {
                for part in parts {
                    if let Part::Hole(value, _) = part {
                        self.expr(value);
                    }
                }
            }
            ExprKind::Call(id, args) => {
                *id = InstanceId(self.ids.get(&id.0).copied().unwrap_or_default());
                args.iter_mut().for_each(|arg| self.expr(arg));
            }
            ExprKind::Reveal(value, row) => {
                *row = RowId(row.0 + self.first_row);
                self.expr(value);
            }
        }
    }
}
