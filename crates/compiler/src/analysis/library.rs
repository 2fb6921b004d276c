//! Names that only the library's own files know in, what they mean out (LANGUAGE §15).
//!
//! `__is_secret(x)` and its like are constants of an instance: they ask about the static type of `x`, of its elements if it is a
//! list or array. An `if` on them keeps one body; the other one is not checked. `__trap` and `__trap_secret` raise, and `__f` is the
//! prelude's `f` where a module has one of its own. A function with a
//! `builtin` pragma stands for an entry of [`NATIVES`].
//! Not here: what the library offers (`std/*.stfl`).

use stoffel_syntax::{Code, Span};
use stoffel_value::{MathOp, ScalarTy, TrapCode, Value};

use super::body::{Body, poison};
use super::call::named;
use super::consts;
use super::literal::{constant, word_of};
use super::prelude::is_prelude;
use super::tree::{Arg, Expr as Surface, ExprKind};
use super::ty;
use crate::hir::{Expr, ExprKind as HirKind, Native, Prelude, Ty};

/// The built-in table: names that `builtin` pragmas bind.
const NATIVES: &[(&str, Native)] = &[
    ("sqrt", Native::Math(MathOp::Sqrt)),
    ("exp", Native::Math(MathOp::Exp)),
    ("log", Native::Math(MathOp::Log)),
    ("log2", Native::Math(MathOp::Log2)),
    ("sin", Native::Math(MathOp::Sin)),
    ("cos", Native::Math(MathOp::Cos)),
    ("tan", Native::Math(MathOp::Tan)),
    ("atan", Native::Math(MathOp::Atan)),
    ("tanh", Native::Math(MathOp::Tanh)),
    ("shuffle", Native::Shuffle),
];

/// The entry of the built-in table with this name.
pub(crate) fn native(name: &str) -> Option<Native> {
    NATIVES.iter().find(|(known, _)| *known == name).map(|(_, native)| *native)
}

/// Whether a name is one of the library's own words.
fn is_word(name: &str) -> bool {
    name.starts_with("__")
}

/// Whether a condition asks about types, and so is decided per instance.
fn is_static(condition: &Surface) -> bool {
    match &condition.bare().kind {
        ExprKind::Call(callee, _) => callee.name().is_some_and(|name| is_word(name)),
        ExprKind::Unary(_, operand) => is_static(operand),
        ExprKind::Binary(first, rest) => is_static(first) || rest.iter().any(|(.., operand)| is_static(operand)),
        ExprKind::Compare(first, rest) => is_static(first) || rest.iter().any(|(.., operand)| is_static(operand)),
        _ => false,
    }
}

/// The scalar of a type, or of the elements of a list or array.
fn leaf(ty: &Ty) -> Option<ScalarTy> {
    match ty {
        Ty::List(element) | Ty::Array(element) => leaf(element),
        other => ty::scalar(other),
    }
}

impl Body<'_, '_> {
    /// Whether the code is the library's.
    pub(crate) fn in_library(&self) -> bool {
        self.cx.is_std(self.file)
    }

    /// What a condition about types says in this instance; `None` if it is none, or its types are unknown.
    pub(crate) fn decided(&mut self, condition: &Surface) -> Option<bool> {
        if !self.in_library() || !is_static(condition) {
            return None;
        }
        let value = self.condition(condition);
        let value = consts::fold(value).ok()?;
        word_of(&value).map(|(_, word)| word == 1)
    }

    /// A call of one of the library's own words; `None` if it is none.
    pub(crate) fn library_word(&mut self, name: &str, args: &[Arg], span: Span, hint: Option<&Ty>) -> Option<Expr> {
        if !is_word(name) || !self.in_library() {
            return None;
        }
        let [first, rest @ ..] = args else { return None };
        Some(match name {
            "__trap" => self.raise(None, &first.value, span),
            "__trap_secret" => match rest {
                [code] => self.raise(Some(&first.value), &code.value, span),
                _ => return None,
            },
            // The prelude's own function, where the library's has the same name.
            _ if is_prelude(&name[2..]) => self.prelude_call(&name[2..], named(args), span, hint),
            _ => {
                let ty = self.expr(&first.value, None).ty;
                if ty::has_error(&ty) { poison(span) } else { fact(name, &ty, span)? }
            }
        })
    }

    /// `__trap(code)`, `__trap_secret(cond, code)`.
    fn raise(&mut self, condition: Option<&Surface>, code: &Surface, span: Span) -> Expr {
        let condition = condition.map(|condition| self.condition(condition));
        let code = match &code.bare().kind {
            ExprKind::Str(text) => TrapCode::ALL.iter().copied().find(|code| code.code() == &**text),
            _ => None,
        };
        let Some(code) = code else { return self.fail(Code::E0301, span, "this is no code of a trap") };
        let operands = match condition {
            None => vec![constant(ScalarTy::Bool, 1, span)],
            Some(condition) if condition.ty == Ty::Error => return poison(span),
            Some(condition) => vec![condition],
        };
        Expr { kind: HirKind::Prelude(Prelude::Native(Native::TrapIf(code)), operands), ty: Ty::Unit, span }
    }

    /// A call of a function that is bound to the built-in table, as the operation that it stands for.
    pub(crate) fn native_call(&mut self, name: &str, operands: Vec<Expr>, ty: Ty, span: Span) -> Expr {
        match (native(name), operands.first()) {
            (Some(Native::Shuffle), Some(rows)) if !ty::is_secret_form(&rows.ty) => {
                let message = format!("a secret order cannot decide about a `{}`", ty::name(&rows.ty));
                self.fail(Code::E0418, span, message)
            }
            (Some(native), _) => Expr { kind: HirKind::Prelude(Prelude::Native(native), operands), ty, span },
            (None, _) => self.fail(Code::E0201, span, format!("the built-in table has no entry `{name}`")),
        }
    }
}

/// What a word says about a type.
fn fact(name: &str, ty: &Ty, span: Span) -> Option<Expr> {
    let truth = |holds: bool| constant(ScalarTy::Bool, u64::from(holds), span);
    let count = |n: u32| constant(ScalarTy::I64, u64::from(n), span);
    let scalar = leaf(ty);
    Some(match (name, scalar) {
        ("__is_secret", _) => truth(ty::has_secret(ty)),
        ("__is_array", _) => truth(matches!(ty, Ty::Array(_))),
        ("__is_fixed", _) => truth(matches!(scalar, Some(ScalarTy::Fix(_)))),
        ("__is_float", _) => truth(scalar == Some(ScalarTy::Float)),
        ("__is_bool", _) => truth(scalar == Some(ScalarTy::Bool)),
        ("__is_int", _) => truth(matches!(scalar, Some(ScalarTy::Int(_)))),
        ("__is_signed", Some(ScalarTy::Int(int))) => truth(int.is_signed()),
        ("__bits", Some(ScalarTy::Int(int))) => count(int.bits()),
        ("__bits", Some(ScalarTy::Fix(fix))) => count(fix.k()),
        ("__bits", Some(ScalarTy::Bool)) => count(1),
        ("__fraction", Some(ScalarTy::Fix(fix))) => count(fix.f()),
        ("__fraction" | "__bits", _) => count(0),
        _ => return None,
    })
}

/// Whether a statement leaves by a trap.
pub(crate) fn always_traps(value: &Expr) -> bool {
    match &value.kind {
        HirKind::Prelude(Prelude::Native(Native::TrapIf(_)), operands) => {
            matches!(operands.first().map(|holds| &holds.kind), Some(HirKind::Const(Value::Scalar(ScalarTy::Bool, 1))))
        }
        _ => false,
    }
}
