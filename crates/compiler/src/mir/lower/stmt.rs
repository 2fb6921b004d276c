//! Statements in, blocks and instructions out.

use std::rc::Rc;

use stoffel_bytecode::Builtin;
use stoffel_value::{CmpOp, ScalarTy, TrapCode};

use super::{FuncLower, Val};
use crate::hir::{Expr, Iter, Pattern, Place, Stmt, StmtKind, Ty};
use crate::mir::{Op, Term, ValueId};

/// A place whose base and index have been evaluated.
enum Target {
    Local(crate::hir::LocalId),
    New(crate::hir::LocalId),
    Index(ValueId, ValueId),
    Key(ValueId, Val),
    Field(ValueId, u32),
    Items(super::array::Items),
    Scan(ValueId, ValueId),
    Unpack(Vec<Target>),
    Discard,
}

impl FuncLower<'_, '_> {
    pub(super) fn block(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            self.span = stmt.span;
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Assign(place, value) => {
                let target = self.target(place);
                let leaves = self.expr(value);
                self.span = stmt.span;
                self.store(&target, &leaves, &value.ty);
            }
            StmtKind::Declare(local) => self.declare_unassigned(*local),
            StmtKind::Expr(value) => {
                self.expr(value);
            }
            StmtKind::If(cond, then, other) => {
                let cond = self.expr1(cond);
                let (yes, no, join) = (self.new_block(), self.new_block(), self.new_block());
                let fork = self.b.fork();
                self.branch(cond, yes, no);
                for (block, body) in [(yes, then), (no, other)] {
                    self.open(block);
                    self.block(body);
                    self.jump(join, Vec::new());
                }
                self.b.joins(join, fork);
                self.open(join);
            }
            StmtKind::SecretIf(chain) => self.secret_if(chain),
            StmtKind::While(cond, body) => {
                let span = stmt.span;
                self.while_loop(
                    |lower| {
                        lower.span = cond.span;
                        lower.expr1(cond)
                    },
                    |lower| lower.block(body),
                    |lower| lower.span = span,
                );
            }
            StmtKind::For(pattern, iter, body) => self.walk(iter, pattern, |lower| lower.block(body)),
            StmtKind::Return(value) => {
                let leaves = value.as_ref().map(|value| (self.expr(value), &value.ty));
                self.span = value.as_ref().map_or(stmt.span, |value| value.span);
                let result = match leaves {
                    Some((leaves, ty)) if self.entry.is_some() => {
                        self.give_outputs(&leaves, ty);
                        Vec::new()
                    }
                    Some((leaves, _)) => leaves,
                    None => Vec::new(),
                };
                self.b.end(Term::Return(result), self.span);
                self.unreachable();
            }
            StmtKind::Break | StmtKind::Continue => {
                let frame = self.loops.last();
                let to = frame.map(|frame| if matches!(stmt.kind, StmtKind::Break) { frame.exit } else { frame.next });
                if let Some(to) = to {
                    self.jump(to, Vec::new());
                    self.unreachable();
                }
            }
            StmtKind::Assert(cond, message) => self.assert(cond, message.as_ref()),
        }
    }

    fn assert(&mut self, cond: &Expr, message: Option<&Expr>) {
        let span = self.span;
        let cond = self.expr1(cond);
        let (fail, go_on) = (self.new_block(), self.new_block());
        self.branch(cond, go_on, fail);
        self.open(fail);
        match message {
            None => self.b.end(Term::Trap(TrapCode::Assertion), span),
            Some(message) => {
                let text = self.expr1(message);
                self.b.end(Term::Fail(text), span);
            }
        }
        self.open(go_on);
    }

    fn target(&mut self, place: &Place) -> Target {
        match place {
            Place::Local(local) => Target::Local(*local),
            Place::New(local) => Target::New(*local),
            Place::Discard => Target::Discard,
            Place::Index(base, key) if matches!(base.ty, Ty::Dict(..)) => {
                let base = self.expr1(base);
                Target::Key(base, self.expr(key))
            }
            Place::Index(base, at) => {
                let base = self.expr1(base);
                Target::Index(base, self.expr1(at))
            }
            Place::Field(base, at) => Target::Field(self.expr1(base), *at),
            Place::Items(base, kinds, parts) => Target::Items(self.items(base, *kinds, parts)),
            Place::Scan(base, hot) => {
                let base = self.expr1(base);
                Target::Scan(base, self.expr1(hot))
            }
            Place::Unpack(places) => Target::Unpack(places.iter().map(|place| self.target(place)).collect()),
        }
    }

    fn store(&mut self, target: &Target, value: &Val, ty: &Ty) {
        match target {
            Target::Local(local) => self.write_local(*local, value),
            Target::New(local) => self.declare_local(*local, value),
            Target::Discard => {}
            Target::Items(items) => self.store_items(items, value[0]),
            Target::Index(list, at) => {
                let args = [*list, *at].into_iter().chain(value.iter().copied()).collect();
                self.emit0(Op::Set, args);
            }
            Target::Key(dict, key) => self.put(*dict, key, value),
            Target::Field(object, at) => self.set_field(*object, *at, value),
            Target::Scan(list, hot) => {
                let dict = *list;
                let values = self.values_of_dict(dict);
                let list = values.unwrap_or(dict);
                let args = [*hot, list].into_iter().chain(value.iter().copied()).collect();
                self.builtin(Builtin::PutSecret, args, &[]);
                if values.is_some() {
                    self.builtin(Builtin::PutValues, vec![dict, list], &[]);
                }
            }
            Target::Unpack(targets) => {
                let parts = self.unpack(value, ty, targets.len());
                for (target, (part, ty)) in targets.iter().zip(parts) {
                    self.store(target, &part, &ty);
                }
            }
        }
    }

    /// The members of a tuple, or of a list of that length (R0203).
    fn unpack(&mut self, value: &Val, ty: &Ty, n: usize) -> Vec<(Val, Ty)> {
        match ty {
            Ty::Tuple(members) => {
                (0u32..).zip(members.iter()).map(|(at, ty)| (self.member(value, members, at), ty.clone())).collect()
            }
            Ty::List(member) => {
                let list = value[0];
                let len = self.len(list);
                let expected = self.int(n as i64);
                let fits = self.compare(CmpOp::Eq, len, expected);
                self.require(fits, TrapCode::Shape);
                let mut parts = Vec::with_capacity(n);
                for at in 0..n {
                    let at = self.int(at as i64);
                    parts.push((self.get(list, at), Ty::clone(member)));
                }
                parts
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn bind(&mut self, pattern: &Pattern, value: &Val, ty: &Ty) {
        match pattern {
            Pattern::Local(local) => self.declare_local(*local, value),
            Pattern::Discard => {}
            Pattern::Unpack(patterns) => {
                let parts = self.unpack(value, ty, patterns.len());
                for (pattern, (part, ty)) in patterns.iter().zip(parts) {
                    self.bind(pattern, &part, &ty);
                }
            }
        }
    }

    /// Runs `body` once per item with the pattern bound. The length is taken before the first turn (LANGUAGE §8.4).
    pub(super) fn walk(&mut self, iter: &Iter, pattern: &Pattern, body: impl FnOnce(&mut Self)) {
        let int = Ty::Scalar { ty: ScalarTy::I64, secret: false };
        match iter {
            Iter::Range(from, to) => {
                let from = self.expr1(from);
                let to = self.expr1(to);
                self.count(from, to, |lower, at| {
                    lower.bind(pattern, &vec![at], &int);
                    body(lower);
                });
            }
            Iter::Value(source) if matches!(source.ty, Ty::Dict(..)) => {
                if let Ty::Dict(key, _) = &source.ty {
                    self.walk_keys(source, key, pattern, body);
                }
            }
            Iter::Value(source) => {
                let list = self.expr1(source);
                let span = source.span;
                self.span = span;
                let len = self.len(list);
                let zero = self.int(0);
                self.count(zero, len, |lower, at| {
                    lower.span = span;
                    let (item, ty) = match &source.ty {
                        Ty::List(member) => (lower.get(list, at), Ty::clone(member)),
                        Ty::Array(_) => (vec![lower.array_row(list, at)], source.ty.clone()),
                        _ => {
                            let text = lower.b.repr(list);
                            (vec![lower.emit1(Op::Builtin(Builtin::CharAt), vec![list, at], text)], source.ty.clone())
                        }
                    };
                    lower.bind(pattern, &item, &ty);
                    body(lower);
                });
            }
        }
    }

    /// The leaves of a member of a tuple.
    pub(super) fn member(&mut self, value: &Val, members: &Rc<[Ty]>, at: u32) -> Val {
        let mut start = 0;
        for ty in &members[..at as usize] {
            start += self.reprs(ty).len();
        }
        let n = self.reprs(&members[at as usize]).len();
        value[start..start + n].to_vec()
    }
}
