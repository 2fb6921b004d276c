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
            ExprKind::Binary(op, a, b) if is_array(&expr.ty) => vec![self.array_binary(*op, a, b, &expr.ty)],
            ExprKind::Unary(op, a) if is_array(&expr.ty) => vec![self.array_unary(*op, a, &expr.ty)],
            ExprKind::Compare(op, a, b) if is_array(&expr.ty) => vec![self.array_compare(*op, a, b, &expr.ty)],
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
            ExprKind::Convert(value) if is_array(&value.ty) && matches!(expr.ty, Ty::Scalar { .. }) => {
                let leaf = self.scalar_of(value);
                let from = Ty::Scalar { ty: self.scalar(leaf), secret: self.is_secret(leaf) };
                self.convert(&vec![leaf], &from, &expr.ty)
            }
            ExprKind::Pi => vec![self.condition()],
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
            ExprKind::Object(fields) => vec![self.object(fields, &expr.ty)],
            ExprKind::Field(base, at) => self.field(base, *at, &expr.ty),
            ExprKind::Tuple(items) => items.iter().flat_map(|item| self.expr(item)).collect(),
            ExprKind::Member(base, at) => {
                let value = self.expr(base);
                match &base.ty {
                    Ty::Tuple(members) => self.member(&value, members, *at),
                    _ => value,
                }
            }
            ExprKind::Index(base, key) if matches!(base.ty, Ty::Dict(..)) => {
                let dict = self.expr1(base);
                let key = self.expr(key);
                self.look_up(dict, &key, &expr.ty)
            }
            ExprKind::Index(base, at) => {
                let list = self.expr1(base);
                let at = self.expr1(at);
                match &base.ty {
                    Ty::Str => vec![self.emit1(Op::Builtin(Builtin::CharAt), vec![list, at], Repr::Ref(STR))],
                    Ty::Text => {
                        let repr = self.ref_repr(&stoffel_bytecode::Type::Text);
                        self.builtin(Builtin::CharAt, vec![list, at], &[repr])
                    }
                    _ => self.get(list, at),
                }
            }
            ExprKind::Slice(base, start, stop, step) => self.slice(base, [start, stop, step]),
            ExprKind::Comprehension(clauses, item) => {
                let list = self.new_list(&expr.ty);
                self.comprehension(clauses, Made::Item(item), list);
                vec![list]
            }
            ExprKind::Dict(pairs) => vec![self.dict(pairs, &expr.ty)],
            ExprKind::DictComprehension(clauses, key, value) => {
                let dict = self.new_list(&expr.ty);
                self.comprehension(clauses, Made::Pair(key, value), dict);
                vec![dict]
            }
            ExprKind::IsNone(value) => {
                let present = self.expr(value)[0];
                vec![self.unary(UnOp::Not, present)]
            }
            ExprKind::Present(value) => self.expr(value).split_off(1),
            ExprKind::Format(parts) => vec![self.format_parts(parts)],
            ExprKind::Call(instance, args) => {
                let leaves = args.iter().flat_map(|arg| self.expr(arg)).collect();
                let id = self.cx.function(*instance);
                let results = self.reprs(&self.cx.program.instances[instance.0 as usize].result);
                self.emit(Op::Call(id), leaves, &results)
            }
            ExprKind::Function(captured) => self.function_value(captured),
            ExprKind::Closure(instance, value) => self.closure(*instance, value, &expr.ty),
            ExprKind::CallValue(callee, args) => self.call_value(callee, args, &expr.ty),
            ExprKind::Prelude(function, args) => self.prelude(*function, args, &expr.ty),
            ExprKind::Module(function, args) => self.module_fn(*function, args, &expr.ty),
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
        let outer = self.pi;
        for (side, chosen) in [(then, true), (other, false)] {
            let guard = guarded && can_trap(side);
            if guard {
                let holds = if chosen { cond } else { self.unary(UnOp::Not, cond) };
                self.pi = Some(self.under(outer, holds));
                self.emit0(Op::GuardEnter, vec![holds]);
            }
            sides.push(self.expr(side));
            if guard {
                self.emit0(Op::GuardLeave, Vec::new());
                self.pi = outer;
            }
        }
        self.merge(cond, &sides[0], &then.ty, &sides[1], &other.ty, ty)
    }

    fn comprehension(&mut self, clauses: &[Clause], made: Made<'_>, into: ValueId) {
        match clauses {
            [] => match made {
                Made::Item(item) => {
                    let leaves = self.expr(item);
                    self.span = item.span;
                    self.append(into, &leaves);
                }
                Made::Pair(key, value) => {
                    let key_leaves = self.expr(key);
                    let leaves = self.expr(value);
                    self.span = key.span;
                    self.put(into, &key_leaves, &leaves);
                }
            },
            [Clause::For(pattern, iter), rest @ ..] => {
                self.walk(iter, pattern, |lower| lower.comprehension(rest, made, into));
            }
            [Clause::If(cond), rest @ ..] => {
                let cond = self.expr1(cond);
                self.when(cond, |lower| lower.comprehension(rest, made, into));
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

/// What a comprehension makes in each turn.
#[derive(Clone, Copy)]
enum Made<'e> {
    Item(&'e Expr),
    Pair(&'e Expr, &'e Expr),
}

/// Whether the type is a secret scalar.
pub(super) fn is_secret(ty: &Ty) -> bool {
    matches!(ty, Ty::Scalar { secret: true, .. })
}

fn is_array(ty: &Ty) -> bool {
    matches!(ty, Ty::Array(_))
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
