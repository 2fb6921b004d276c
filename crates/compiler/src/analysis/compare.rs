//! Comparisons, chains and membership: operands in, truth values out (LANGUAGE §3.3, §7, §10.4, §12).

use stoffel_syntax::ast::Comparison;
use stoffel_syntax::{Code, Span};
use stoffel_value::{BinOp, CmpOp, ScalarTy, UnOp, compare};

use super::body::{Body, poison};
use super::dict::scans;
use super::infer::Role;
use super::literal::{constant, word_of};
use super::operator::{Side, bind, prelude};
use super::optional::is_none_word;
use super::rule::Rule;
use super::tree::{Expr as Surface, ExprKind, Lit};
use super::ty::{self, BOOL};
use crate::hir::{Clause, Expr, ExprKind as HirKind, Iter, LocalId, Pattern, Prelude, Ty};

impl Body<'_, '_> {
    /// A comparison or a chain of them.
    pub(crate) fn compare(&mut self, first: &Surface, rest: &[(Comparison, Span, Surface)], span: Span) -> Expr {
        if let [(op, op_span, right)] = rest {
            let mut expr = self.link(first, *op, *op_span, right);
            expr.span = span;
            return expr;
        }
        // Every operand is bound once, in order, before the links that use it.
        let values = self.operands(first, rest);
        let bools = values.iter().any(|value| ty::is_bool(&value.ty));
        let mut failed = false;
        let mut bindings = Vec::new();
        let mut left = None;
        for (at, value) in values.into_iter().enumerate() {
            let (value, binding) = self.hoist(value);
            let link = left.replace(value.clone()).map(|left| {
                let (op, op_span, _) = &rest[at - 1];
                self.link_of(left, *op, *op_span, value)
            });
            failed |= link.as_ref().is_some_and(|link| link.ty == Ty::Error);
            bindings.push((binding, link));
        }
        if bools {
            self.error(Code::W0102, span, "a chain of comparisons holds bools; 0.1 grouped it to the left");
        }
        if failed {
            return poison(span);
        }
        // From the inside out: `let b; (a < b) and (let c; b <= c)`.
        let mut result: Option<Expr> = None;
        for (binding, link) in bindings.into_iter().rev() {
            let joined = match (link, result.take()) {
                (Some(link), None) => Some(link),
                (Some(link), Some(tail)) => Some(both(link, tail, span)),
                (None, tail) => tail,
            };
            result = joined.map(|body| bind(binding, body));
        }
        result.unwrap_or_else(|| poison(span))
    }

    /// The operands of a chain in order; a literal takes the type of the operand beside it.
    fn operands(&mut self, first: &Surface, rest: &[(Comparison, Span, Surface)]) -> Vec<Expr> {
        let written: Vec<&Surface> = std::iter::once(first).chain(rest.iter().map(|(_, _, next)| next)).collect();
        let typed: Vec<Option<Expr>> =
            written.iter().map(|surface| (surface.lit == Lit::No).then(|| self.expr(surface, None))).collect();
        for (at, surface) in written.iter().enumerate() {
            let Some(local) = self.inferred(surface) else { continue };
            for beside in [at.wrapping_sub(1), at + 1] {
                if let Some(Some(other)) = typed.get(beside) {
                    self.need_beside(local, other);
                }
            }
        }
        let hints: Vec<Option<Ty>> = (0..written.len())
            .map(|at| {
                let near = [at.wrapping_sub(1), at + 1].into_iter().find_map(|beside| typed.get(beside)?.as_ref());
                near.map(|near| ty::public_of(&near.ty)).filter(|hint| ty::scalar(hint).is_some())
            })
            .collect();
        let mut values = Vec::new();
        for ((surface, typed), hint) in written.into_iter().zip(typed).zip(hints) {
            values.push(match typed {
                Some(value) => value,
                None => self.expr(surface, hint.as_ref()),
            });
        }
        values
    }

    /// One comparison of two operands as written.
    fn link(&mut self, left: &Surface, op: Comparison, span: Span, right: &Surface) -> Expr {
        match op {
            Comparison::Is | Comparison::IsNot => return self.is_none(left, op, span, right),
            Comparison::In | Comparison::NotIn => {
                let container = self.expr(right, None);
                let element = element_hint(&container.ty);
                if let (Some(local), Some(element)) = (self.inferred(left), &element) {
                    self.need(local, Role::Place, element.clone(), span);
                }
                let element = self.expr(left, element.as_ref());
                let (element, binding) = self.hoist(element);
                let membership = self.membership(element, op, span, container);
                return bind(binding, membership);
            }
            _ => {}
        }
        if super::stmt::is_open_display(left) && !super::stmt::is_open_display(right) {
            // What holds nothing has no effect, so the other side may tell its type first.
            let right = self.expr(right, None);
            let hint = hint_of(left, &right.ty);
            let left = self.expr(left, Some(&hint));
            return self.link_of(left, op, span, right);
        }
        let left_side = self.side(left);
        if let (Side::Val(value, _), true) = (&left_side, is_none_word(right)) {
            let hint = hint_of(right, &value.ty);
            let (left, right) = (value.clone(), self.expr(right, Some(&hint)));
            return self.link_of(left, op, span, right);
        }
        let right_side = match (&left_side, &right.bare().kind) {
            (Side::Val(value, _), ExprKind::List(_) | ExprKind::Tuple(_))
                if matches!(value.ty, Ty::List(_) | Ty::Tuple(_)) =>
            {
                let hint = hint_beside(&value.ty, right);
                Side::Val(self.expr(right, hint.as_ref().filter(|hint| same_sort(hint, right))), None)
            }
            _ => self.side(right),
        };
        let (left, right) = self.pair(left_side, right_side, None, None);
        self.link_of(left, op, span, right)
    }

    /// One comparison of two typed operands.
    fn link_of(&mut self, left: Expr, op: Comparison, span: Span, right: Expr) -> Expr {
        let code = match op {
            Comparison::Eq => CmpOp::Eq,
            Comparison::Ne => CmpOp::Ne,
            Comparison::Lt => CmpOp::Lt,
            Comparison::Le => CmpOp::Le,
            Comparison::Gt => CmpOp::Gt,
            Comparison::Ge => CmpOp::Ge,
            Comparison::In | Comparison::NotIn => return self.membership(left, op, span, right),
            Comparison::Is | Comparison::IsNot => {
                return self.fail(Code::E0322, span, "`is` compares with `None` only");
            }
        };
        self.comparison(code, span, left, right)
    }

    /// `==` and the like on typed operands.
    pub(crate) fn comparison(&mut self, op: CmpOp, span: Span, left: Expr, right: Expr) -> Expr {
        if left.ty == Ty::Error || right.ty == Ty::Error {
            return poison(span);
        }
        if matches!(left.ty, Ty::Optional(_)) || matches!(right.ty, Ty::Optional(_)) {
            return self.compare_optional(op, left, right, span);
        }
        let (left, right) = (super::operator::unnamed(left), super::operator::unnamed(right));
        let secret = ty::has_secret(&left.ty) || ty::has_secret(&right.ty);
        let ty = Ty::Scalar { ty: ScalarTy::Bool, secret };
        match (&left.ty, &right.ty) {
            (Ty::Array(_), _) | (_, Ty::Array(_)) => self.array_comparison(op, op_text(op), span, left, right),
            _ if !ty::comparable(&left.ty) || !ty::comparable(&right.ty) => {
                self.undefined(op_text(op), span, &left.ty, &right.ty)
            }
            (Ty::Str, Ty::Str) => Expr { kind: HirKind::Compare(op, Box::new(left), Box::new(right)), ty, span },
            (Ty::Str | Ty::Text, Ty::Str | Ty::Text) => self.deep(op, ty, left, right, span),
            (Ty::Scalar { ty: a, .. }, Ty::Scalar { ty: b, .. }) => {
                let integers = matches!((a, b), (ScalarTy::Int(_), ScalarTy::Int(_)));
                let (left, right) = if integers {
                    (left, right)
                } else {
                    let Some(format) = ty::common(&left.ty, &right.ty) else {
                        return self.undefined(op_text(op), span, &left.ty, &right.ty);
                    };
                    (self.in_format(left, format), self.in_format(right, format))
                };
                self.compare_node(op, ty, left, right, span)
            }
            (Ty::List(_), Ty::List(_)) | (Ty::Tuple(_), Ty::Tuple(_)) => self.deep(op, ty, left, right, span),
            _ => self.undefined(op_text(op), span, &left.ty, &right.ty),
        }
    }

    fn deep(&mut self, op: CmpOp, ty: Ty, left: Expr, right: Expr, span: Span) -> Expr {
        let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
        let ordered = matches!(left.ty, Ty::Tuple(_)) && !ty::is_secret(&ty) && no_list(&left.ty);
        match ty::merge(&left.ty, &right.ty) {
            Some(joint) if (equality || ordered) && !ty::holds_dict(&joint) => {
                let left = self.coerce(left, &joint);
                let right = self.coerce(right, &joint);
                Expr { kind: HirKind::CompareDeep(op, Box::new(left), Box::new(right)), ty, span }
            }
            _ => self.undefined(op_text(op), span, &left.ty, &right.ty),
        }
    }

    fn compare_node(&mut self, op: CmpOp, ty: Ty, left: Expr, right: Expr, span: Span) -> Expr {
        if let (Some((a_ty, a)), Some((b_ty, b))) = (word_of(&left), word_of(&right)) {
            return match self.trap(compare(op, a_ty, a, b_ty, b), span) {
                Some(holds) => constant(ScalarTy::Bool, u64::from(holds), span),
                None => poison(span),
            };
        }
        Expr { kind: HirKind::Compare(op, Box::new(left), Box::new(right)), ty, span }
    }

    /// `x in xs`, `x not in xs`; the element has been evaluated.
    fn membership(&mut self, element: Expr, op: Comparison, span: Span, container: Expr) -> Expr {
        let found = self.contains(container, element, span);
        if op == Comparison::In || found.ty == Ty::Error {
            return found;
        }
        self.unary_node(UnOp::Not, ScalarTy::Bool, found, span)
    }

    /// Whether a container holds an element. Among secrets, and between formats, every element is compared.
    pub(crate) fn contains(&mut self, container: Expr, element: Expr, span: Span) -> Expr {
        if container.ty == Ty::Error || element.ty == Ty::Error {
            return poison(span);
        }
        match (&container.ty, &element.ty) {
            (Ty::Str, Ty::Str) => prelude(Prelude::Contains, vec![container, element], BOOL, span),
            (Ty::Dict(key, _), secret) if scans(key, secret) => self.scan_keys(container, element, span),
            (Ty::Dict(key, _), _) if ty::has_secret(&element.ty) => {
                let key = Ty::clone(key);
                self.secret_key(&element, &key)
            }
            (Ty::Dict(key, _), other) => match ty::fit(other, key) {
                ty::Fit::Same | ty::Fit::Convert => {
                    let key = Ty::clone(key);
                    let element = self.coerce(element, &key);
                    prelude(Prelude::Contains, vec![container, element], BOOL, span)
                }
                _ => self.undefined("in", span, &element.ty, &container.ty),
            },
            (Ty::List(inner), _) if ty::has_error(inner) => constant(ScalarTy::Bool, 0, span),
            (Ty::List(inner), other) if !ty::comparable(inner) || !ty::comparable(other) => {
                self.undefined("in", span, &element.ty, &container.ty)
            }
            (Ty::List(inner), other) => {
                let plain = **inner == *other && !ty::has_secret(other) && !ty::holds_dict(other);
                if plain {
                    return prelude(Prelude::Contains, vec![container, element], BOOL, span);
                }
                let inner = (**inner).clone();
                let (element, binding) = self.hoist(element);
                let bits = self.each_equal(container, inner, element, span);
                if bits.ty == Ty::Error {
                    return bits;
                }
                let secret = ty::has_secret(&bits.ty);
                let any = prelude(Prelude::Any, vec![bits], Ty::Scalar { ty: ScalarTy::Bool, secret }, span);
                bind(binding, any)
            }
            _ => self.undefined("in", span, &element.ty, &container.ty),
        }
    }

    /// `[x == element for x in container]`.
    pub(crate) fn each_equal(&mut self, container: Expr, inner: Ty, element: Expr, span: Span) -> Expr {
        let local: LocalId = self.synthetic(inner.clone(), span);
        let item = Expr { kind: HirKind::Local(local), ty: inner, span };
        let equal = self.comparison(CmpOp::Eq, span, item, element);
        if equal.ty == Ty::Error {
            return equal;
        }
        let ty = ty::list(equal.ty.clone());
        let clauses = vec![Clause::For(Pattern::Local(local), Iter::Value(container))];
        Expr { kind: HirKind::Comprehension(clauses, Box::new(equal)), ty, span }
    }
}

/// `a and b` of two links, short-circuit if the first is public.
fn both(left: Expr, right: Expr, span: Span) -> Expr {
    if matches!(left.ty, Ty::Array(_)) || matches!(right.ty, Ty::Array(_)) {
        let ty = ty::shaped(ScalarTy::Bool, &left.ty, &right.ty);
        return Expr { kind: HirKind::Binary(BinOp::And, Box::new(left), Box::new(right)), ty, span };
    }
    let secret = ty::is_secret(&left.ty);
    let ty = Ty::Scalar { ty: ScalarTy::Bool, secret: (secret || ty::is_secret(&right.ty)) && Rule::Comparison.on() };
    let (left, right) = (Box::new(left), Box::new(right));
    let kind = if secret { HirKind::Binary(BinOp::And, left, right) } else { HirKind::And(left, right) };
    Expr { kind, ty, span }
}

/// What is expected of an element that is looked for in a container.
pub(crate) fn element_hint(container: &Ty) -> Option<Ty> {
    match container {
        Ty::List(element) => Some(ty::public_of(element)),
        Ty::Dict(key, _) if !ty::has_error(key) => Some(Ty::clone(key)),
        _ => None,
    }
}

/// What an open display, or `None`, takes from the value beside it.
fn hint_of(open: &Surface, beside: &Ty) -> Ty {
    let beside = ty::public_of(beside);
    if is_none_word(open) { ty::optional(beside) } else { beside }
}

fn no_list(ty: &Ty) -> bool {
    match ty {
        Ty::Tuple(members) => members.iter().all(no_list),
        Ty::List(_) | Ty::Optional(_) | Ty::Dict(..) => false,
        _ => true,
    }
}

pub(crate) const fn op_text(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "==",
        CmpOp::Ne => "!=",
        CmpOp::Lt => "<",
        CmpOp::Le => "<=",
        CmpOp::Gt => ">",
        CmpOp::Ge => ">=",
    }
}

/// What the display on the right of a comparison takes from the value on its left: its type where nothing but literals
/// stands in it; where secrets are compared anyway, each leaf may be one; else it speaks for itself.
fn hint_beside(left: &Ty, display: &Surface) -> Option<Ty> {
    if is_literal(display) {
        Some(ty::public_of(left))
    } else {
        ty::secret_of(left).ok().filter(|_| ty::has_secret(left))
    }
}

/// Whether a display is made of literals and displays of them alone.
fn is_literal(surface: &Surface) -> bool {
    match &surface.bare().kind {
        ExprKind::List(items) | ExprKind::Tuple(items) => items.iter().all(is_literal),
        _ => surface.lit != Lit::No || is_none_word(surface),
    }
}

/// Whether the type is one of lists for a list, of tuples for a tuple.
fn same_sort(ty: &Ty, display: &Surface) -> bool {
    matches!((ty, &display.bare().kind), (Ty::List(_), ExprKind::List(_)) | (Ty::Tuple(_), ExprKind::Tuple(_)))
}
