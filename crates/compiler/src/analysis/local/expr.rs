//! Expressions in; whether their values are party-local, and what is wrong with that, out.

use stoffel_bytecode::Builtin;
use stoffel_syntax::Span;

use super::Walk;
use crate::analysis::ty;
use crate::hir::{ArrayFn, Clause, Expr, ExprKind, InstanceId, Iter, ModuleFn, Part, Pattern, Prelude};

impl Walk<'_, '_> {
    /// Whether the value is party-local.
    pub(super) fn expr(&mut self, expr: &Expr) -> bool {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.expr_inner(expr))
    }

    fn expr_inner(&mut self, expr: &Expr) -> bool {
        let local = match &expr.kind {
            ExprKind::Const(_) | ExprKind::Pi => false,
            ExprKind::Local(local) => self.mark(*local),
            ExprKind::Binary(_, a, b) | ExprKind::Compare(_, a, b) | ExprKind::CompareDeep(_, a, b) => {
                self.any([&**a, b])
            }
            ExprKind::Unary(_, a)
            | ExprKind::Member(a, _)
            | ExprKind::Field(a, _)
            | ExprKind::IsNone(a)
            | ExprKind::Present(a) => {
                return self.expr(a);
            }
            ExprKind::Dict(pairs) => {
                return pairs.iter().fold(false, |local, (key, value)| self.expr(key) | self.expr(value) | local);
            }
            ExprKind::Object(fields) => {
                for field in fields {
                    let mark = self.expr(field);
                    self.enters(mark, field.span, "a field of an object");
                }
                false
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                let left = self.expr(a);
                self.steers(left && !super::branch::is_plain(b), a.span, "the left side");
                self.expr(b) || left
            }
            ExprKind::If(cond, a, b) => {
                let steers = self.expr(cond);
                self.steers(steers, cond.span, "the condition");
                return self.any([&**a, b]);
            }
            ExprKind::Select { cond, then, other, .. } => self.any([&**cond, then, other]),
            ExprKind::Convert(a) => self.expr(a),
            ExprKind::Let(local, value, body) => {
                let mark = self.expr(value);
                self.set(*local, mark);
                return self.expr(body);
            }
            ExprKind::List(items) | ExprKind::Tuple(items) => {
                return items.iter().fold(false, |local, item| self.expr(item) | local);
            }
            ExprKind::Index(base, at) => {
                let local = self.expr(base);
                self.position(at);
                return local;
            }
            ExprKind::Slice(base, start, stop, step) => {
                let local = self.expr(base);
                [start, stop, step].into_iter().flatten().for_each(|bound| self.position(bound));
                return local;
            }
            ExprKind::Comprehension(clauses, element) => {
                self.clauses(clauses);
                return self.expr(element);
            }
            ExprKind::DictComprehension(clauses, key, value) => {
                self.clauses(clauses);
                return self.expr(key) | self.expr(value);
            }
            ExprKind::Format(parts) => {
                return parts.iter().fold(false, |local, part| match part {
                    Part::Text(_) => local,
                    Part::Hole(value, _) => self.expr(value) | local,
                });
            }
            ExprKind::Call(id, args) => return self.call(*id, args, expr.span),
            ExprKind::Function(captured) => return captured.iter().any(|local| self.mark(*local)),
            ExprKind::Closure(id, value) => {
                let local = self.expr(value);
                return self.called((*id, expr.span), value, local, Vec::new()) | local;
            }
            ExprKind::CallValue(callee, args) => {
                let local = self.expr(callee);
                for arg in args {
                    let given = self.expr(arg);
                    self.enters(given, arg.span, "an argument of a function value");
                }
                return local;
            }
            ExprKind::Prelude(function, args) => self.prelude(*function, args),
            ExprKind::Module(function, args) => return self.module(*function, args, expr),
            ExprKind::Reveal(value, _) => self.expr(value),
        };
        let enters = local && ty::has_secret(&expr.ty);
        self.enters(enters, expr.span, "part of a secret");
        local && !enters
    }

    fn any<'e>(&mut self, parts: impl IntoIterator<Item = &'e Expr>) -> bool {
        parts.into_iter().fold(false, |local, part| self.expr(part) | local)
    }

    fn clauses(&mut self, clauses: &[Clause]) {
        for clause in clauses {
            match clause {
                Clause::For(pattern, iter) => {
                    let mark = self.iter(iter);
                    self.bind(pattern, mark);
                }
                Clause::If(cond) => {
                    let steers = self.expr(cond);
                    self.steers(steers, cond.span, "the filter");
                }
            }
        }
    }

    /// An index or bound of a slice.
    pub(super) fn position(&mut self, at: &Expr) {
        let steers = self.expr(at);
        self.steers(steers, at.span, "the index");
    }

    /// What a loop walks; whether its items are party-local.
    pub(super) fn iter(&mut self, iter: &Iter) -> bool {
        match iter {
            Iter::Range(start, stop) => {
                for bound in [start, stop] {
                    let steers = self.expr(bound);
                    self.steers(steers, bound.span, "the bound");
                }
                false
            }
            Iter::Value(value) => {
                let steers = self.expr(value);
                self.steers(steers, value.span, "what is iterated");
                steers
            }
        }
    }

    pub(super) fn bind(&mut self, pattern: &Pattern, mark: bool) {
        match pattern {
            Pattern::Local(local) => self.set(*local, mark),
            Pattern::Discard => {}
            Pattern::Unpack(inner) => inner.iter().for_each(|pattern| self.bind(pattern, mark)),
        }
    }

    fn call(&mut self, id: InstanceId, args: &[Expr], span: Span) -> bool {
        let marks: Vec<bool> = args.iter().map(|arg| self.expr(arg)).collect();
        let captures = self.n_captures(id);
        match args.first() {
            Some(value) if captures > 0 => {
                let rest = marks[1..].to_vec();
                self.called((id, span), value, marks[0], rest)
            }
            _ => self.enter(span, id.0, marks),
        }
    }

    fn n_captures(&self, id: InstanceId) -> usize {
        self.pass.bodies.get(&id.0).map_or(0, |checked| checked.instance.captures.len())
    }

    /// The result of a function with captured variables; `value` is the function.
    fn called(&mut self, (id, span): (InstanceId, Span), value: &Expr, mark: bool, params: Vec<bool>) -> bool {
        let captures = self.n_captures(id);
        let mut marks = match &value.kind {
            ExprKind::Function(locals) if locals.len() == captures => {
                locals.iter().map(|local| self.mark(*local)).collect()
            }
            _ => vec![mark; captures],
        };
        let n_params = self.pass.bodies.get(&id.0).map_or(0, |checked| checked.instance.params.len());
        marks.extend(params);
        marks.resize(captures + n_params, false);
        self.enter(span, id.0, marks)
    }

    fn prelude(&mut self, function: Prelude, args: &[Expr]) -> bool {
        let marks: Vec<bool> = args.iter().map(|arg| self.expr(arg)).collect();
        let at = |index: usize| marks.get(index).copied().unwrap_or(false);
        let span = |index: usize| args.get(index).map_or_else(Span::default, |arg| arg.span);
        match function {
            Prelude::Print => return false,
            Prelude::Append | Prelude::Extend => self.enters(at(1) && !at(0), span(1), "an element of a common list"),
            Prelude::Insert => {
                self.steers(at(1), span(1), "the position");
                self.enters(at(2) && !at(0), span(2), "an element of a common list");
            }
            Prelude::Pop | Prelude::Delete => self.steers(at(1), span(1), "the position"),
            Prelude::GetKey | Prelude::GetOr => self.steers(at(1), span(1), "the key"),
            Prelude::Remove => self.steers(at(1), span(1), "the value to remove"),
            Prelude::Sort | Prelude::SortRows => self.steers(at(1), span(1), "the order"),
            Prelude::AssertClose => {
                (0..args.len()).for_each(|index| self.steers(at(index), span(index), "what is asserted"));
            }
            Prelude::Array(ArrayFn::Index(_) | ArrayFn::Gather) => {
                (1..args.len()).for_each(|index| self.steers(at(index), span(index), "the index"));
            }
            Prelude::Array(ArrayFn::SortIf) => self.steers(at(2), span(2), "the axis"),
            // An axis comes last, if there is one.
            Prelude::Array(function) if function.has_axis() => self.steers(at(1), span(1), "the axis"),
            Prelude::ExpectTrap => self.steers(at(0), span(0), "what the function does"),
            _ => {}
        }
        marks.contains(&true)
    }

    fn module(&mut self, function: ModuleFn, args: &[Expr], whole: &Expr) -> bool {
        let marks: Vec<bool> = args.iter().map(|arg| self.expr(arg)).collect();
        let any = marks.contains(&true);
        if let ModuleFn::Builtin(
            Builtin::BytesOfText
            | Builtin::Sha256
            | Builtin::Sha512
            | Builtin::HashToField
            | Builtin::FieldInv
            | Builtin::HashToG1
            | Builtin::PointX
            | Builtin::FieldBytes
            | Builtin::PointSec1,
        ) = function
        {
            return any;
        }
        if super::branch::is_local_module(function) {
            if function == ModuleFn::Broadcast {
                // How many parties there are is no secret of one.
                return self.in_branch;
            }
            let local = any || self.in_branch || function == ModuleFn::ReceiveAny;
            let secret = args.iter().any(|arg| ty::has_secret(&arg.ty)) || ty::has_secret(&whole.ty);
            self.enters(local && secret, whole.span, "what some parties keep of a secret");
            self.note_store(whole.span, local);
            return local;
        }
        for (arg, mark) in args.iter().zip(&marks) {
            self.enters(*mark, arg.span, "an argument of the protocol");
        }
        matches!(function, ModuleFn::Builtin(Builtin::PartyId | Builtin::LocalBytes | Builtin::LocalWord))
    }
}
