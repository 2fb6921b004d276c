//! Expressions in, their leaves out. Operands are evaluated left to right (LANGUAGE §3.1).

use stoffel_bytecode::Builtin;
use stoffel_value::{ScalarTy, UnOp, Value};

use super::{FuncLower, Val, bytecode_type};
use crate::hir::{Clause, Expr, ExprKind, RowId, Ty};
use crate::mir::build::STR;
use crate::mir::{Op, Repr, ValueId};

impl<'p> FuncLower<'_, 'p> {
    /// The leaves of an expression's value.
    pub(super) fn expr(&mut self, expr: &Expr) -> Val {
        let outer = std::mem::replace(&mut self.span, expr.span);
        let value = self.expr_here(expr);
        self.span = outer;
        value
    }

    fn expr_here(&mut self, expr: &Expr) -> Val {
        match &expr.kind {
            ExprKind::Const(value) => self.constant(value, &expr.ty),
            ExprKind::Local(local) => self.read_local(*local),
            ExprKind::Binary(op, a, b) => {
                let a = self.expr1(a);
                let b = self.expr1(b);
                vec![self.binary(*op, a, b)]
            }
            ExprKind::Unary(op, a) => {
                let a = self.expr1(a);
                vec![self.unary(*op, a)]
            }
            ExprKind::Compare(op, a, b) => {
                let a = self.expr1(a);
                let b = self.expr1(b);
                vec![self.compare(*op, a, b)]
            }
            ExprKind::CompareDeep(op, a, b) => {
                let left = self.expr(a);
                let right = self.expr(b);
                let result = self.compare_deep(*op, &left, &a.ty, &right, &b.ty);
                vec![if is_secret(&expr.ty) { self.hide(result) } else { result }]
            }
            ExprKind::And(a, b) => self.short_circuit(a, b, &expr.ty, false),
            ExprKind::Or(a, b) => self.short_circuit(a, b, &expr.ty, true),
            ExprKind::If(cond, then, other) => {
                let cond = self.expr1(cond);
                let reprs = self.reprs(&expr.ty);
                self.either(cond, &reprs, |lower| lower.expr(then), |lower| lower.expr(other))
            }
            ExprKind::Select { cond, then, other, guarded } => self.selection(cond, then, other, *guarded, &expr.ty),
            ExprKind::Convert(value) => {
                let leaves = self.expr(value);
                self.convert(&leaves, &value.ty, &expr.ty)
            }
            ExprKind::Let(local, value, body) => {
                let leaves = self.expr(value);
                self.write_local(*local, &leaves);
                self.expr(body)
            }
            ExprKind::List(items) => {
                let list = self.new_list(&expr.ty);
                for item in items {
                    let leaves = self.expr(item);
                    self.append(list, &leaves);
                }
                vec![list]
            }
            ExprKind::Tuple(items) => items.iter().flat_map(|item| self.expr(item)).collect(),
            ExprKind::Member(base, at) => {
                let value = self.expr(base);
                match &base.ty {
                    Ty::Tuple(members) => self.member(&value, members, *at),
                    _ => value,
                }
            }
            ExprKind::Index(base, at) => {
                let list = self.expr1(base);
                let at = self.expr1(at);
                match &base.ty {
                    Ty::Str => vec![self.emit1(Op::Builtin(Builtin::CharAt), vec![list, at], Repr::Ref(STR))],
                    _ => self.get(list, at),
                }
            }
            ExprKind::Slice(base, start, stop, step) => self.slice(base, [start, stop, step]),
            ExprKind::Comprehension(clauses, item) => {
                let list = self.new_list(&expr.ty);
                self.comprehension(clauses, item, list);
                vec![list]
            }
            ExprKind::Format(parts) => vec![self.format_parts(parts)],
            ExprKind::Call(instance, args) => {
                let leaves = args.iter().flat_map(|arg| self.expr(arg)).collect();
                let id = self.cx.function(*instance);
                let results = self.reprs(&self.cx.program.instances[instance.0 as usize].result);
                self.emit(Op::Call(id), leaves, &results)
            }
            ExprKind::Prelude(function, args) => self.prelude(*function, args, &expr.ty),
            ExprKind::Reveal(value, row) => {
                let leaves = self.expr(value);
                self.reveal(&leaves, &expr.ty, *row)
            }
        }
    }

    fn constant(&mut self, value: &Value, ty: &Ty) -> Val {
        match (value, ty) {
            (value, Ty::Optional(_)) if *value != Value::None => {
                let Ty::Optional(member) = ty else { return Vec::new() };
                let mut leaves = vec![self.bool(true)];
                leaves.extend(self.constant(value, member));
                leaves
            }
            (Value::Scalar(format, word), _) => {
                let word = self.word(*format, *word);
                vec![if is_secret(ty) { self.hide(word) } else { word }]
            }
            (Value::Str(text), _) => vec![self.str(text)],
            (Value::List(items), Ty::List(member)) => {
                let list = self.new_list(ty);
                for item in items {
                    let leaves = self.constant(item, member);
                    self.append(list, &leaves);
                }
                vec![list]
            }
            (Value::Tuple(items), Ty::Tuple(members)) => {
                items.iter().zip(members.iter()).flat_map(|(item, ty)| self.constant(item, ty)).collect()
            }
            _ => {
                let reprs = self.reprs(ty);
                reprs.into_iter().map(|repr| self.zero(repr)).collect()
            }
        }
    }

    fn short_circuit(&mut self, a: &Expr, b: &Expr, ty: &Ty, or: bool) -> Val {
        let a = self.expr1(a);
        if self.is_secret(a) {
            let b = self.expr1(b);
            return vec![self.binary(if or { stoffel_value::BinOp::Or } else { stoffel_value::BinOp::And }, a, b)];
        }
        let secret = is_secret(ty);
        let reprs = self.reprs(ty);
        let decided = |lower: &mut Self| {
            let word = lower.bool(or);
            vec![if secret { lower.hide(word) } else { word }]
        };
        let evaluated = |lower: &mut Self| {
            let value = lower.expr1(b);
            vec![if secret { lower.hide(value) } else { value }]
        };
        if or { self.either(a, &reprs, decided, evaluated) } else { self.either(a, &reprs, evaluated, decided) }
    }

    /// A selection by a secret condition; traps of a guarded side count only if it is chosen (LANGUAGE §10.5).
    fn selection(&mut self, cond: &Expr, then: &Expr, other: &Expr, guarded: bool, ty: &Ty) -> Val {
        let cond = self.expr1(cond);
        let mut sides = Vec::new();
        for (side, chosen) in [(then, true), (other, false)] {
            let guard = guarded && can_trap(side);
            if guard {
                let holds = if chosen { cond } else { self.unary(UnOp::Not, cond) };
                self.emit0(Op::GuardEnter, vec![holds]);
            }
            sides.push(self.expr(side));
            if guard {
                self.emit0(Op::GuardLeave, Vec::new());
            }
        }
        self.merge(cond, &sides[0], &then.ty, &sides[1], &other.ty, ty)
    }

    fn comprehension(&mut self, clauses: &[Clause], item: &Expr, list: ValueId) {
        match clauses {
            [] => {
                let leaves = self.expr(item);
                self.span = item.span;
                self.append(list, &leaves);
            }
            [Clause::For(pattern, iter), rest @ ..] => {
                self.walk(iter, pattern, |lower| lower.comprehension(rest, item, list));
            }
            [Clause::If(cond), rest @ ..] => {
                let cond = self.expr1(cond);
                self.when(cond, |lower| lower.comprehension(rest, item, list));
            }
        }
    }

    /// The public form of a value, each leaf opened as the row.
    fn reveal(&mut self, leaves: &Val, ty: &Ty, row: RowId) -> Val {
        let mut row = self.cx.reveal_rows[row.0 as usize];
        let reprs = self.reprs(ty);
        let mut out = Vec::with_capacity(leaves.len());
        for (leaf, public) in leaves.iter().zip(reprs) {
            let (op, result) = match (self.b.repr(*leaf), public) {
                (Repr::Secret(format), _) => (Op::Open(row), Repr::Ticket(format)),
                (from, to) if from != to => (Op::OpenRef(row), to),
                _ => {
                    out.push(*leaf);
                    continue;
                }
            };
            row += 1;
            out.push(self.emit1(op, vec![*leaf], result));
        }
        out
    }

    pub(super) fn new_list(&mut self, ty: &Ty) -> ValueId {
        let repr = self.ref_repr(&bytecode_type(ty));
        self.emit1(Op::NewList, Vec::new(), repr)
    }
}

/// Whether the type is a secret scalar.
pub(super) fn is_secret(ty: &Ty) -> bool {
    matches!(ty, Ty::Scalar { secret: true, .. })
}

/// Whether evaluating the expression may raise a trap [S]: only then a guard is worth its place.
fn can_trap(expr: &Expr) -> bool {
    !matches!(&expr.kind, ExprKind::Const(_) | ExprKind::Local(_))
        && !matches!(&expr.kind, ExprKind::Convert(value) if !can_trap(value) && !is_secret(&value.ty))
}

/// A public `int64`.
pub(super) const INT: Repr = Repr::Word(ScalarTy::I64);
/// A public bool.
pub(super) const BOOL: Repr = Repr::Word(ScalarTy::Bool);
