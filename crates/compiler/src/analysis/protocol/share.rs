//! Functions of `Share`, its operators and openings: arguments in, typed nodes out (LANGUAGE §10.9, §17.1).
//!
//! On a secret scalar they are the operators of its type; on a `Share` the kind decides at run time.

use stoffel_bytecode::{Builtin, DisclosureKind};
use stoffel_syntax::ast::BinaryOp;
use stoffel_syntax::{Code, Span};
use stoffel_value::{IntTy, ScalarTy, UnOp};

use super::node;
use crate::analysis::body::{Body, poison};
use crate::analysis::convert::wrap;
use crate::analysis::literal::constant;
use crate::analysis::operator::{bind, prelude};
use crate::analysis::prelude::Args;
use crate::analysis::rule::Rule;
use crate::analysis::ty::{self, FLOAT, INT};
use crate::hir::{Clause, Dest, Expr, ExprKind, Iter, ModuleFn, Pattern, Prelude, Ty};

const U64: Ty = ty::public(ScalarTy::Int(IntTy::U64));

impl Body<'_, '_> {
    pub(super) fn share_call(&mut self, name: &'static str, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let span = args.span;
        let made = |operands, builtin| node(ModuleFn::Builtin(builtin), operands, Ty::Share, span);
        match name {
            "from_clear" => {
                let value = self.typed_arg(args, 0, &ty::secret(ScalarTy::I64));
                if value.ty == Ty::Error { value } else { wrap(value, &Ty::Share) }
            }
            "from_clear_int" => made(self.typed(args, &[INT, INT]), Builtin::ShareInt),
            "from_clear_uint" => made(self.typed(args, &[U64, INT]), Builtin::ShareUInt),
            "from_clear_fixed" => made(self.typed(args, &[FLOAT, INT, INT]), Builtin::ShareFix),
            "add" => self.share_pair(BinaryOp::Add, args),
            "sub" => self.share_pair(BinaryOp::Sub, args),
            "mul" => self.share_pair(BinaryOp::Mul, args),
            "add_scalar" => self.share_scalar(BinaryOp::Add, args),
            "mul_scalar" => self.share_scalar(BinaryOp::Mul, args),
            "neg" => {
                let Some(value) = self.secret_arg(name, args, 0) else { return poison(span) };
                match ty::scalar(&value.ty) {
                    None => made(vec![value], Builtin::ShareNeg),
                    Some(format) => self.negated(format, value, span),
                }
            }
            "batch_mul" => self.batch_mul(args),
            "open" | "reveal" | "open_fixed" | "batch_open" | "batch_open_fixed" => self.share_open(name, args, hint),
            "send_to_client" => {
                let Some(value) = self.secret_arg(name, args, 0) else { return poison(span) };
                let slot = self.typed_arg(args, 1, &INT);
                self.send(slot, value, span)
            }
            "random" | "random_int" => self.random(name, args, hint),
            "commitment_count" | "has_commitments" => {
                let Some(value) = self.secret_arg(name, args, 0) else { return poison(span) };
                let ty = if name == "commitment_count" { ScalarTy::I64 } else { ScalarTy::Bool };
                let (_, binding) = self.hoist(value);
                bind(binding, constant(ty, 0, span))
            }
            "get_type" => {
                let Some(value) = self.secret_arg(name, args, 0) else { return poison(span) };
                let share = self.coerce(value, &Ty::Share);
                node(ModuleFn::Builtin(Builtin::ShareKind), vec![share], Ty::Str, span)
            }
            "get_party_id" => {
                let Some(value) = self.secret_arg(name, args, 0) else { return poison(span) };
                let (_, binding) = self.hoist(value);
                let id = self.party_id(span);
                bind(binding, id)
            }
            _ => {
                let Some(value) = self.secret_arg(name, args, 0) else { return poison(span) };
                let share = self.coerce(value, &Ty::Share);
                let bits = self.typed_arg(args, 1, &INT);
                made(vec![share, bits], Builtin::ShareRetag)
            }
        }
    }

    fn typed(&mut self, args: &Args<'_>, types: &[Ty]) -> Vec<Expr> {
        types.iter().enumerate().map(|(at, ty)| self.typed_arg(args, at, ty)).collect()
    }

    /// An argument that is a share or a secret scalar.
    fn secret_arg(&mut self, name: &str, args: &Args<'_>, at: usize) -> Option<Expr> {
        let value = self.given(args.at(at), None);
        if value.ty == Ty::Share || ty::is_secret(&value.ty) {
            return Some(value);
        }
        self.unsuited(name, "a secret", &value);
        None
    }

    fn share_pair(&mut self, op: BinaryOp, args: &Args<'_>) -> Expr {
        let (left, right) = (self.secret_arg(op.text(), args, 0), self.secret_arg(op.text(), args, 1));
        let (Some(left), Some(right)) = (left, right) else { return poison(args.span) };
        self.arithmetic(op, args.span, left, right)
    }

    fn share_scalar(&mut self, op: BinaryOp, args: &Args<'_>) -> Expr {
        let span = args.span;
        let Some(left) = self.secret_arg(op.text(), args, 0) else { return poison(span) };
        let own = ty::public_of(&left.ty);
        let right = self.given(args.at(1), ty::scalar(&own).map(|_| &own));
        if right.ty == Ty::Error {
            return poison(span);
        }
        if ty::has_secret(&right.ty) || !ty::is_number(&right.ty) {
            return self.unsuited(op.text(), "a public number", &right);
        }
        self.arithmetic(op, span, left, right)
    }

    fn negated(&mut self, format: ScalarTy, value: Expr, span: Span) -> Expr {
        match format {
            ScalarTy::Int(int) if int.is_signed() => self.unary_node(UnOp::Neg, format, value, span),
            ScalarTy::Fix(_) => self.unary_node(UnOp::Neg, format, value, span),
            _ => self.fail(Code::E0304, span, format!("`neg` is not defined for `{}`", ty::name(&value.ty))),
        }
    }

    /// `+ - * / % mod` where an operand is a share.
    pub(crate) fn share_arithmetic(&mut self, op: BinaryOp, span: Span, left: Expr, right: Expr) -> Expr {
        let builtin = match op {
            BinaryOp::Add => Builtin::ShareAdd,
            BinaryOp::Sub => Builtin::ShareSub,
            BinaryOp::Mul => Builtin::ShareMul,
            BinaryOp::Div => Builtin::ShareDiv,
            BinaryOp::Rem => Builtin::ShareRem,
            BinaryOp::Mod => Builtin::ShareMod,
            _ => {
                let undefined = self.undefined(op.text(), span, &left.ty, &right.ty);
                if let Some(last) = self.diagnostics.last_mut() {
                    last.help = Some("give the share a type: `var x: secret T = …`".into());
                }
                return undefined;
            }
        };
        let function = ModuleFn::Builtin(builtin);
        let public = |ty: &Ty| matches!(ty, Ty::Scalar { ty: ScalarTy::Int(_) | ScalarTy::Float, secret: false });
        let (a_public, b_public) = (public(&left.ty), public(&right.ty));
        if a_public || b_public {
            // The operands are evaluated as written; the node names the share first.
            let (left, first) = self.hoist(left);
            let (right, second) = self.hoist(right);
            let (share, number) = if a_public { (right, left) } else { (left, right) };
            let number = if ty::is_int(&number.ty) { self.coerce(number, &INT) } else { number };
            let swapped = constant(ScalarTy::Bool, u64::from(a_public), span);
            let made = node(function, vec![share, number, swapped], Ty::Share, span);
            return if made.ty == Ty::Error { made } else { bind(first, bind(second, made)) };
        }
        let secret = |ty: &Ty| *ty == Ty::Share || ty::is_secret(ty);
        if !secret(&left.ty) || !secret(&right.ty) {
            return self.undefined(op.text(), span, &left.ty, &right.ty);
        }
        let left = self.coerce(left, &Ty::Share);
        let right = self.coerce(right, &Ty::Share);
        node(function, vec![left, right], Ty::Share, span)
    }

    /// `[x * y for x, y in zip(xs, ys)]`, R0203 on unequal lengths.
    fn batch_mul(&mut self, args: &Args<'_>) -> Expr {
        let span = args.span;
        let left = self.given(args.at(0), None);
        let right = self.given(args.at(1), None);
        let (a, b) = match (&left.ty, &right.ty) {
            (Ty::List(a), Ty::List(b)) => ((**a).clone(), (**b).clone()),
            (Ty::Error, _) | (_, Ty::Error) => return poison(span),
            (Ty::List(_), _) => return self.unsuited("batch_mul", "two lists of secrets", &right),
            _ => return self.unsuited("batch_mul", "two lists of secrets", &left),
        };
        if !ty::has_secret(&a) && !ty::has_secret(&b) {
            return self.unsuited("batch_mul", "two lists of secrets", &left);
        }
        let pair = Ty::Tuple(vec![a.clone(), b.clone()].into());
        let (x, y) = (self.synthetic(a.clone(), span), self.synthetic(b.clone(), span));
        let item = |local, ty| Expr { kind: ExprKind::Local(local), ty, span };
        let product = self.arithmetic(BinaryOp::Mul, span, item(x, a), item(y, b));
        if product.ty == Ty::Error {
            return product;
        }
        let (left, first) = self.hoist(left);
        let (right, second) = self.hoist(right);
        let zipped = prelude(Prelude::Zip, vec![left.clone(), right.clone()], ty::list(pair), span);
        let pattern = Pattern::Unpack(vec![Pattern::Local(x), Pattern::Local(y)]);
        let clauses = vec![Clause::For(pattern, Iter::Value(zipped))];
        let ty = ty::list(product.ty.clone());
        let products = Expr { kind: ExprKind::Comprehension(clauses, Box::new(product)), ty, span };
        let checked = self.synthetic(Ty::Unit, span);
        let check = node(ModuleFn::SameLen, vec![left, right], Ty::Unit, span);
        bind(first, bind(second, bind(Some((checked, check)), products)))
    }

    /// The openings that `Share` names; those of secrets are the prelude's.
    fn share_open(&mut self, name: &'static str, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let span = args.span;
        let value = self.given(args.at(0), None);
        if value.ty == Ty::Error {
            return poison(span);
        }
        let lists = name.starts_with("batch");
        let fits = match &value.ty {
            Ty::List(member) => lists && (**member == Ty::Share || ty::is_secret(member)),
            other => !lists && (*other == Ty::Share || ty::is_secret(other)),
        };
        if !fits {
            let what = if lists { "a list of secrets" } else { "a secret" };
            return self.unsuited(name, what, &value);
        }
        if Rule::ChosenOpening.on() && self.effect(Code::E0410, name, span) {
            return poison(span);
        }
        if ty::has_share(&value.ty) {
            return self.opened_share(name, value, hint, span);
        }
        let row = self.row(DisclosureKind::Reveal, value.ty.clone(), Dest::Everyone, span);
        let ty = ty::public_of(&value.ty);
        Expr { kind: ExprKind::Reveal(Box::new(value), row), ty, span }
    }

    /// The opening of a share, or of a list of shares: of the type that its place expects, else `int64`.
    pub(crate) fn opened_share(&mut self, name: &str, value: Expr, hint: Option<&Ty>, span: Span) -> Expr {
        let expected = |hint: Option<&Ty>| match hint {
            _ if matches!(name, "open_fixed" | "batch_open_fixed") => ScalarTy::FIX64,
            Some(Ty::Scalar { ty, .. }) => *ty,
            _ => ScalarTy::I64,
        };
        match &value.ty {
            Ty::Share => self.opened_as(value, expected(hint), span),
            Ty::List(member) if **member == Ty::Share => {
                let format = match hint {
                    Some(Ty::List(member)) => expected(Some(member)),
                    _ => expected(None),
                };
                let local = self.synthetic(Ty::Share, span);
                let item = Expr { kind: ExprKind::Local(local), ty: Ty::Share, span };
                let opened = self.opened_as(item, format, span);
                let ty = ty::list(opened.ty.clone());
                let clauses = vec![Clause::For(Pattern::Local(local), Iter::Value(value))];
                Expr { kind: ExprKind::Comprehension(clauses, Box::new(opened)), ty, span }
            }
            _ => self.unsuited(name, "a share or a list of shares", &value),
        }
    }

    fn opened_as(&mut self, share: Expr, format: ScalarTy, span: Span) -> Expr {
        // No secret is a float: the opening is that of the fixed form.
        let secret = if format == ScalarTy::Float { ScalarTy::FIX64 } else { format };
        let value = wrap(share, &ty::secret(secret));
        let row = self.row(DisclosureKind::Reveal, ty::secret(secret), Dest::Everyone, span);
        let opened = Expr { kind: ExprKind::Reveal(Box::new(value), row), ty: ty::public(secret), span };
        if secret == format { opened } else { wrap(opened, &FLOAT) }
    }

    /// An opening of a share that is only shown keeps the share's kind.
    pub(crate) fn keep_kind(&mut self, opened: Expr) -> Expr {
        let span = opened.span;
        match opened.kind {
            ExprKind::Reveal(value, row) if opened.ty == INT => match value.kind {
                ExprKind::Convert(share) if share.ty == Ty::Share => {
                    if let Some(row) = self.rows.get_mut(row.0 as usize) {
                        row.ty = Ty::Share;
                    }
                    node(ModuleFn::OpenShare(row), vec![*share], Ty::Str, span)
                }
                kind => {
                    let value = Box::new(Expr { kind, ..*value });
                    Expr { kind: ExprKind::Reveal(value, row), ty: opened.ty, span }
                }
            },
            kind => Expr { kind, ty: opened.ty, span },
        }
    }

    /// A random share: E0419 without a typed context.
    fn random(&mut self, name: &str, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let span = args.span;
        if name == "random" && !matches!(hint, Some(Ty::Scalar { ty: ScalarTy::Int(_) | ScalarTy::Bool, secret: true }))
        {
            let message = "nothing tells the type of this random share";
            self.error(Code::E0419, span, message).help = Some("write it: `var r: secret T = Share.random()`".into());
            return poison(span);
        }
        if name == "random_int" {
            let bits = self.typed_arg(args, 0, &INT);
            return node(ModuleFn::Builtin(Builtin::RandomShare), vec![bits], Ty::Share, span);
        }
        let ty = hint.cloned().unwrap_or(Ty::Error);
        node(ModuleFn::Builtin(Builtin::Random), Vec::new(), ty, span)
    }
}
