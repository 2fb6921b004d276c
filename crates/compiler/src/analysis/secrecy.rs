//! Why a value is secret: a typed expression in, the chain of places by which it became secret out (LANGUAGE §10.2).

use std::rc::Rc;

use stoffel_syntax::{Diagnostic, Span};
use stoffel_value::BinOp;

use super::body::Body;
use super::ty;
use crate::hir::{Clause, Expr, ExprKind, Iter, ModuleFn};
use crate::lines::Lines;

/// Links of a chain that are shown.
const SHOWN_MAX: usize = 6;

/// A link: what happened here, to what had become secret before.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Why {
    pub(crate) span: Span,
    pub(crate) text: String,
    pub(crate) before: Option<Rc<Self>>,
}

impl Why {
    /// A first link.
    pub(crate) fn root(span: Span, text: impl Into<String>) -> Rc<Self> {
        Rc::new(Self { span, text: text.into(), before: None })
    }

    /// A further link; one on the same line with the same words is not repeated.
    pub(crate) fn then(before: Rc<Self>, span: Span, text: impl Into<String>) -> Rc<Self> {
        Rc::new(Self { span, text: text.into(), before: Some(before) })
    }

    fn links(&self) -> Vec<&Self> {
        let mut links = Vec::new();
        let mut at = Some(self);
        while let Some(link) = at {
            links.push(link);
            at = link.before.as_deref();
        }
        links.reverse();
        if links.len() > SHOWN_MAX {
            links.drain(SHOWN_MAX / 2..links.len() - SHOWN_MAX / 2);
        }
        links
    }
}

/// Adds the chain to message and labels.
pub(crate) fn explain(mut diagnostic: Diagnostic, why: Option<&Rc<Why>>, lines: &Lines<'_>) -> Diagnostic {
    let Some(why) = why else { return diagnostic };
    let links = why.links();
    let reader = diagnostic.span.file;
    let chain: Vec<String> =
        links.iter().map(|link| format!("{} ({})", link.text, lines.place(link.span, reader))).collect();
    diagnostic.message = format!("{}: secret because {}", diagnostic.message, chain.join(", "));
    for link in links {
        diagnostic = diagnostic.label(link.span, link.text.clone());
    }
    diagnostic
}

impl Body<'_, '_> {
    /// Why an expression is secret; `None` if it is not.
    pub(crate) fn why(&self, expr: &Expr) -> Option<Rc<Why>> {
        if !ty::has_secret(&expr.ty) {
            return None;
        }
        Some(match &expr.kind {
            ExprKind::Local(local) => match &self.vars[local.0 as usize].why {
                Some(why) => why.clone(),
                None => {
                    let inferred = self.vars[local.0 as usize].key.is_some();
                    let local = &self.locals[local.0 as usize];
                    let how = if inferred { "is secret by its uses" } else { "is declared secret" };
                    Why::root(local.span, format!("'{}' {how}", local.name))
                }
            },
            ExprKind::Binary(op, a, b) => self.why_operands(&[a, b], expr.span, binary_word(*op)),
            ExprKind::Unary(_, a) => return self.why(a),
            ExprKind::Compare(_, a, b) | ExprKind::CompareDeep(_, a, b) => {
                self.why_operands(&[a, b], expr.span, "compared here")
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => self.why_operands(&[a, b], expr.span, "combined here"),
            ExprKind::If(_, a, b) => self.why_operands(&[a, b], expr.span, "selected here"),
            ExprKind::Select { cond, then, other, .. } => {
                self.why_operands(&[cond, then, other], expr.span, "selected here")
            }
            ExprKind::Convert(a) => match self.why(a) {
                Some(why) => why,
                None => Why::root(expr.span, "it is made secret here"),
            },
            ExprKind::Let(_, _, body) => return self.why(body),
            ExprKind::List(elements) | ExprKind::Tuple(elements) => match elements.iter().find_map(|e| self.why(e)) {
                Some(why) => why,
                None => Why::root(expr.span, "it is made secret here"),
            },
            ExprKind::Dict(pairs) => match pairs.iter().find_map(|(_, value)| self.why(value)) {
                Some(why) => why,
                None => Why::root(expr.span, "it is made secret here"),
            },
            ExprKind::DictComprehension(clauses, _, value) => self
                .why(value)
                .or_else(|| clauses.iter().find_map(|clause| self.why_clause(clause)))
                .unwrap_or_else(|| Why::root(expr.span, "it is made secret here")),
            ExprKind::Present(value) => return self.why(value),
            ExprKind::Object(fields) => match fields.iter().find_map(|field| self.why(field)) {
                Some(why) => why,
                None => Why::root(expr.span, "it is made secret here"),
            },
            ExprKind::Field(base, at) => match self.why_field(base, *at) {
                Some(why) => why,
                None => return self.why(base),
            },
            ExprKind::Member(base, _) | ExprKind::Index(base, _) | ExprKind::Slice(base, ..) => {
                return self.why(base);
            }
            ExprKind::Comprehension(clauses, element) => self
                .why(element)
                .or_else(|| clauses.iter().find_map(|clause| self.why_clause(clause)))
                .unwrap_or_else(|| Why::root(expr.span, "it is made secret here")),
            ExprKind::Module(ModuleFn::Take { .. }, _) => Why::root(expr.span, "a client gives it here"),
            ExprKind::Prelude(_, operands) | ExprKind::Module(_, operands) => {
                match operands.iter().find_map(|operand| self.why(operand)) {
                    Some(why) => why,
                    None => Why::root(expr.span, "it is made secret here"),
                }
            }
            ExprKind::Call(id, args) => {
                let text = format!("'{}' returns it", self.cx.unit_name(id.0));
                match args.iter().find_map(|arg| self.why(arg)) {
                    Some(why) => Why::then(why, expr.span, text),
                    None => Why::root(expr.span, text),
                }
            }
            ExprKind::Pi => Why::root(expr.span, "it depends on a secret condition"),
            ExprKind::CallValue(callee, args) => match args.iter().find_map(|arg| self.why(arg)) {
                Some(why) => Why::then(why, expr.span, "the function returns it"),
                None => Why::root(callee.span, "the function returns it"),
            },
            ExprKind::Const(_)
            | ExprKind::IsNone(_)
            | ExprKind::Format(_)
            | ExprKind::Reveal(..)
            | ExprKind::Function(_)
            | ExprKind::Closure(..) => Why::root(expr.span, "it is made secret here"),
        })
    }

    /// A field that is declared secret tells more than the variable that holds its object.
    fn why_field(&self, base: &Expr, at: u32) -> Option<Rc<Why>> {
        let crate::hir::Ty::Object(object) = &base.ty else { return None };
        let field = self.cx.objects.get(object.of.id as usize)?.fields.get(at as usize)?;
        let declared = !object.view && ty::has_secret(&field.ty);
        declared.then(|| Why::root(field.span, format!("field '{}' is declared secret", field.name)))
    }

    fn why_clause(&self, clause: &Clause) -> Option<Rc<Why>> {
        match clause {
            Clause::For(_, Iter::Value(source)) => self.why(source),
            _ => None,
        }
    }

    fn why_operands(&self, operands: &[&Expr], span: Span, word: &str) -> Rc<Why> {
        match operands.iter().find_map(|operand| self.why(operand)) {
            Some(why) => Why::then(why, span, word),
            None => Why::root(span, "it is made secret here"),
        }
    }
}

const fn binary_word(op: BinOp) -> &'static str {
    match op {
        BinOp::Add | BinOp::AddWrap => "added here",
        BinOp::Sub | BinOp::SubWrap => "subtracted here",
        BinOp::Mul | BinOp::MulWrap => "multiplied here",
        BinOp::Div | BinOp::FloorDiv => "divided here",
        BinOp::Rem | BinOp::Mod => "reduced here",
        BinOp::Pow | BinOp::PowInt => "raised here",
        BinOp::And | BinOp::Or | BinOp::Xor => "combined here",
        BinOp::Shl | BinOp::Shr => "shifted here",
        BinOp::Min | BinOp::Max => "selected here",
    }
}
