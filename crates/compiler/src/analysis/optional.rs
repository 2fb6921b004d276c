//! Optionals: `None`, checks for it and what they tell of a variable in; typed nodes, narrowed reads and E0321, E0322 out (LANGUAGE §11.4).
//!
//! That a variable is present is known along paths, exactly as that it is assigned (`flow`): a check adds it, an assignment takes it
//! away, and where paths meet only what all of them know stays. Before a loop everything that the loop assigns is forgotten.

use crate::hash::HashSet;
use std::rc::Rc;

use stoffel_syntax::ast::Comparison;
use stoffel_syntax::{Code, Span};
use stoffel_value::{CmpOp, ScalarTy, UnOp, Value};

use super::body::{Body, poison};
use super::compare::op_text;
use super::literal::constant;
use super::operator::bind;
use super::tree::{Expr as Surface, ExprKind, Stmt, StmtKind};
use super::ty::{self, BOOL};
use crate::hir::{Expr, ExprKind as HirKind, LocalId, Ty};

/// The variables that are present if a condition holds, and if it does not.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) yes: Vec<LocalId>,
    pub(crate) no: Vec<LocalId>,
}

/// `None` whose type its place decides.
pub(crate) fn untyped_none(span: Span) -> Expr {
    Expr { kind: HirKind::Const(Value::None), ty: Ty::Optional(Rc::new(Ty::Error)), span }
}

/// Whether an expression is `None`.
pub(crate) fn is_none_word(surface: &Surface) -> bool {
    matches!(surface.bare().kind, ExprKind::None)
}

impl Facts {
    /// What `a and b` tells.
    fn and(self, b: Self) -> Self {
        Self { yes: either(self.yes, b.yes), no: both(&self.no, &b.no) }
    }

    /// What `a or b` tells.
    fn or(self, b: Self) -> Self {
        Self { yes: both(&self.yes, &b.yes), no: either(self.no, b.no) }
    }
}

impl Body<'_, '_> {
    /// What the left side of `and` and `or` tells: of a chain that was typed just before, what was noted then.
    pub(crate) fn chain_facts(&mut self, left: &Expr) -> Facts {
        match (self.chain.take(), &left.kind) {
            (Some((last, facts)), HirKind::And(_, right) | HirKind::Or(_, right)) if last == right.span => facts,
            _ => self.facts(left),
        }
    }

    /// Notes what `left and right` or `left or right` tells, or a chain of n of them would be read n times.
    pub(crate) fn note_chain(&mut self, and: bool, secret: bool, left: Facts, right: &Expr) {
        self.chain = (!secret).then(|| {
            let facts = self.facts(right);
            (right.span, if and { left.and(facts) } else { left.or(facts) })
        });
    }

    /// `None` in a place that expects `hint`: E0306 if that tells nothing.
    pub(crate) fn none(&mut self, span: Span, hint: Option<&Ty>) -> Expr {
        match hint {
            Some(Ty::Optional(inner)) if !ty::has_error(inner) => {
                Expr { kind: HirKind::Const(Value::None), ty: Ty::Optional(inner.clone()), span }
            }
            None | Some(Ty::Optional(_)) => {
                self.error(Code::E0306, span, "nothing tells what this is the absence of").help =
                    Some("write the type: `var x: T? = None`".into());
                untyped_none(span)
            }
            Some(_) => untyped_none(span),
        }
    }

    /// What a public condition tells. A secret one tells nothing: what it guards runs whatever it is.
    pub(crate) fn facts(&self, condition: &Expr) -> Facts {
        if ty::has_secret(&condition.ty) {
            return Facts::default();
        }
        stacker::maybe_grow(64 << 10, 1 << 20, || self.facts_inner(condition))
    }

    fn facts_inner(&self, condition: &Expr) -> Facts {
        match &condition.kind {
            HirKind::IsNone(value) => match value.kind {
                HirKind::Local(local) => Facts { yes: Vec::new(), no: vec![local] },
                _ => Facts::default(),
            },
            HirKind::Unary(UnOp::Not, inner) => {
                let Facts { yes, no } = self.facts(inner);
                Facts { yes: no, no: yes }
            }
            HirKind::And(a, b) => self.facts(a).and(self.facts(b)),
            HirKind::Or(a, b) => self.facts(a).or(self.facts(b)),
            HirKind::Let(_, _, body) => self.facts(body),
            _ => Facts::default(),
        }
    }

    /// Notes that variables are present on the path from here.
    pub(crate) fn narrow(&mut self, locals: &[LocalId]) {
        locals.iter().for_each(|local| self.assigned.narrow(*local));
    }

    /// What `check` gives where variables are known to be present.
    pub(crate) fn under<T>(&mut self, locals: &[LocalId], check: impl FnOnce(&mut Self) -> T) -> T {
        if locals.is_empty() {
            return check(self);
        }
        let before = self.assigned.clone();
        self.narrow(locals);
        let result = check(self);
        self.assigned = before;
        result
    }

    /// The value of a variable: of an optional one that a check has narrowed, what is in it.
    pub(crate) fn read(&mut self, local: LocalId, span: Span) -> Expr {
        let ty = self.locals[local.0 as usize].ty.clone();
        let present = match &ty {
            // A function that captures a variable may assign it at any call.
            Ty::Optional(inner) if self.assigned.is_present(local) && !self.locals[local.0 as usize].cell => {
                Some(Ty::clone(inner))
            }
            _ => None,
        };
        let value = Expr { kind: HirKind::Local(local), ty, span };
        if present.is_some() && self.has_inner {
            self.narrowed.push((local, span));
        }
        match present {
            Some(ty) => Expr { kind: HirKind::Present(Box::new(value)), ty, span },
            None => value,
        }
    }

    /// E0321 for narrowed reads of variables that turn out to be captured by a function that may assign them.
    pub(crate) fn narrowed_captures(&mut self) {
        for (local, span) in std::mem::take(&mut self.narrowed) {
            let variable = &self.locals[local.0 as usize];
            if variable.cell {
                let message = format!("`{}` is captured by a function that may make it None", variable.name);
                self.error(Code::E0321, span, message).help = Some("check a copy: `var v = x`".to_owned());
            }
        }
    }

    /// E0321 for an optional where a value is needed; whether it is one.
    pub(crate) fn unchecked(&mut self, ty: &Ty, span: Span) -> bool {
        let Ty::Optional(inner) = ty else { return false };
        let message = if ty::has_error(inner) {
            "`None` is no value".to_owned()
        } else {
            format!("a `{}` may be None, and nothing has checked that it is not", ty::name(ty))
        };
        self.error(Code::E0321, span, message).help = Some("check a variable first: `if x is not None: …`".to_owned());
        true
    }

    /// `x is None`, `x is not None`.
    pub(crate) fn is_none(&mut self, left: &Surface, op: Comparison, span: Span, right: &Surface) -> Expr {
        if !is_none_word(right) {
            self.expr(left, None);
            self.expr(right, None);
            return self.fail(Code::E0322, span, "`is` compares with `None` only");
        }
        let value = match self.expr(left, None) {
            // What an earlier check has told does not make this one wrong.
            Expr { kind: HirKind::Present(value), .. } => *value,
            value => value,
        };
        match &value.ty {
            Ty::Error => poison(span),
            Ty::Optional(_) => {
                let test = Expr { kind: HirKind::IsNone(Box::new(value)), ty: BOOL, span };
                if op == Comparison::Is { test } else { self.unary_node(UnOp::Not, ScalarTy::Bool, test, span) }
            }
            other => {
                let message = format!("a `{}` is never None", ty::name(other));
                if !self.is_instantiation() {
                    self.error(Code::W0305, span, message);
                }
                let answer = constant(ScalarTy::Bool, u64::from(op == Comparison::IsNot), span);
                let (_, binding) = self.hoist(value);
                bind(binding, answer)
            }
        }
    }

    /// `==` and `!=` where a side is optional; the other side may be a value.
    pub(crate) fn compare_optional(&mut self, op: CmpOp, left: Expr, right: Expr, span: Span) -> Expr {
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
            return self.undefined(op_text(op), span, &left.ty, &right.ty);
        }
        let joint = ty::merge(ty::core(&left.ty), ty::core(&right.ty));
        let Some(joint) = joint.filter(|joint| !ty::has_error(joint) && !ty::holds_dict(joint)) else {
            let (a, b) = (ty::name(&left.ty), ty::name(&right.ty));
            return self.fail(Code::E0304, span, format!("`{}` is not defined for `{a}` and `{b}`", op_text(op)));
        };
        let secret = ty::has_secret(&joint);
        let joint = ty::optional(joint);
        let (left, right) = (self.coerce(left, &joint), self.coerce(right, &joint));
        let ty = Ty::Scalar { ty: ScalarTy::Bool, secret };
        Expr { kind: HirKind::CompareDeep(op, Box::new(left), Box::new(right)), ty, span }
    }

    /// Forgets what is known of the variables that a loop assigns.
    pub(crate) fn forget_assigned(&mut self, body: &[Stmt]) {
        let mut names = HashSet::default();
        assigned_in(body, &mut names);
        for at in 0..self.locals.len() {
            if names.contains(self.locals[at].name.as_str()) {
                self.assigned.widen(LocalId(u32::try_from(at).unwrap_or(u32::MAX)));
            }
        }
    }
}

fn either(mut a: Vec<LocalId>, b: Vec<LocalId>) -> Vec<LocalId> {
    for local in b {
        if !a.contains(&local) {
            a.push(local);
        }
    }
    a
}

fn both(a: &[LocalId], b: &[LocalId]) -> Vec<LocalId> {
    a.iter().copied().filter(|local| b.contains(local)).collect()
}

fn assigned_in<'a>(stmts: &'a [Stmt], out: &mut HashSet<&'a str>) {
    stacker::maybe_grow(64 << 10, 1 << 20, || stmts.iter().for_each(|stmt| assigned_by(stmt, out)));
}

fn assigned_by<'a>(stmt: &'a Stmt, out: &mut HashSet<&'a str>) {
    match &stmt.kind {
        StmtKind::Assign { target, .. } | StmtKind::Aug { target, .. } => targets(target, out),
        StmtKind::If(branches, other) => {
            branches.iter().for_each(|(_, body)| assigned_in(body, out));
            other.iter().for_each(|body| assigned_in(body, out));
        }
        StmtKind::While(_, body) | StmtKind::For(_, _, body) | StmtKind::Block(body) => assigned_in(body, out),
        StmtKind::Match(_, arms) => arms.iter().for_each(|(_, body)| assigned_in(body, out)),
        _ => {}
    }
}

fn targets<'a>(target: &'a Surface, out: &mut HashSet<&'a str>) {
    match &target.bare().kind {
        ExprKind::Name(name) => {
            out.insert(name);
        }
        ExprKind::Tuple(inner) => inner.iter().for_each(|target| targets(target, out)),
        _ => {}
    }
}
