//! Positional inputs, numbers of clients, and values for one client: arguments in, nodes with their rows out (LANGUAGE §10.3, §17.2).

use stoffel_bytecode::{Builtin, DisclosureKind};
use stoffel_syntax::{Code, Span};
use stoffel_value::{ScalarTy, Value};

use super::node;
use crate::analysis::body::{Body, poison};
use crate::analysis::convert::wrap;
use crate::analysis::literal::{constant, word_of};
use crate::analysis::operator::bind;
use crate::analysis::prelude::Args;
use crate::analysis::rule::Rule;
use crate::analysis::ty::{self, INT};
use crate::hir::{Dest, Expr, ExprKind, ModuleFn, Ty};

impl Body<'_, '_> {
    pub(super) fn client_call(&mut self, name: &'static str, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let count = |which: u64| {
            let which = constant(ScalarTy::I64, which, args.span);
            node(ModuleFn::Builtin(Builtin::CountClients), vec![which], INT, args.span)
        };
        match name {
            "get_number_clients" => count(0),
            "get_number_input_clients" => count(1),
            "get_number_output_clients" => count(2),
            "take_share" => self.take(args, ScalarTy::I64, hint, |_| true),
            "take_share_bool" => self.take(args, ScalarTy::Bool, hint, |ty| ty == ScalarTy::Bool),
            "take_share_fixed" => self.take(args, ScalarTy::FIX64, hint, |ty| matches!(ty, ScalarTy::Fix(_))),
            _ => {
                let slot = self.typed_arg(args, 0, &INT);
                let value = self.given(args.at(1), None);
                self.send(slot, value, args.span)
            }
        }
    }

    /// A positional input: as the secret that is expected, if the function gives such, else as a share of its own kind.
    fn take(&mut self, args: &Args<'_>, own: ScalarTy, hint: Option<&Ty>, gives: impl Fn(ScalarTy) -> bool) -> Expr {
        let slot = self.typed_arg(args, 0, &INT);
        let index = self.typed_arg(args, 1, &INT);
        let expected = match hint {
            Some(Ty::Scalar { ty, secret: true }) if gives(*ty) => Some(*ty),
            _ => None,
        };
        let function = ModuleFn::Take { slot: self.known_slot(&slot), index: known(&index) };
        let taken = node(function, vec![slot, index], ty::secret(expected.unwrap_or(own)), args.span);
        if taken.ty == Ty::Error || expected.is_some() { taken } else { wrap(taken, &Ty::Share) }
    }

    /// The slot, if it is known; else W0401.
    fn known_slot(&mut self, slot: &Expr) -> Option<u32> {
        let found = known(slot);
        if found.is_none() && slot.ty != Ty::Error {
            self.error(Code::W0401, slot.span, "which client this is, is known at run time only").help =
                Some("the manifest lists it as `slot ?`, which a party may refuse".into());
        }
        found
    }

    /// `MpcOutput.send_to_client(slot, v)`; gives `True`.
    pub(super) fn send(&mut self, slot: Expr, value: Expr, span: Span) -> Expr {
        let single = |ty: &Ty| *ty == Ty::Share || ty::is_secret(ty);
        let suits = match &value.ty {
            Ty::Error => return poison(span),
            Ty::List(member) => single(member),
            other => single(other),
        };
        if !suits {
            return if ty::has_secret(&value.ty) {
                self.unsuited("send_to_client", "one secret or a list of secrets", &value)
            } else {
                self.nothing_secret(&value, span)
            };
        }
        let sent = self.disclosed_to(slot, value, true, span);
        if sent.ty == Ty::Error {
            return sent;
        }
        self.then(sent, constant(ScalarTy::Bool, 1, span))
    }

    /// `reveal_to(client, x)`: to a role by constant name, or to a slot.
    pub(crate) fn reveal_to(&mut self, args: &Args<'_>) -> Expr {
        let span = args.span;
        let client = self.given(args.at(0), Some(&INT));
        let value = self.given(args.at(1), None);
        if client.ty == Ty::Error || value.ty == Ty::Error {
            return poison(span);
        }
        if !ty::has_secret(&value.ty) {
            return self.nothing_secret(&value, span);
        }
        match &client.kind {
            ExprKind::Const(Value::Str(role)) => {
                let to = Dest::Role(role.clone());
                if Rule::ChosenOutput.on() && self.effect(Code::E0410, "reveal_to", span) {
                    return poison(span);
                }
                let row = self.row(DisclosureKind::Output, value.ty.clone(), to, span);
                node(ModuleFn::Send { row, uniform: false }, vec![value], Ty::Unit, span)
            }
            _ if client.ty == Ty::Str => self.fail(Code::E0301, client.span, "a role is named by a constant string"),
            _ => {
                let slot = self.coerce(client, &INT);
                self.disclosed_to(slot, value, false, span)
            }
        }
    }

    /// The delivery of a value to a slot.
    fn disclosed_to(&mut self, slot: Expr, value: Expr, uniform: bool, span: Span) -> Expr {
        if slot.ty == Ty::Error || Rule::ChosenDelivery.on() && self.effect(Code::E0410, "an output to a client", span)
        {
            return poison(span);
        }
        let to = self.known_slot(&slot).map_or(Dest::AnySlot, Dest::Slot);
        let operands = if to == Dest::AnySlot { vec![slot, value.clone()] } else { vec![value.clone()] };
        let row = self.row(DisclosureKind::Output, value.ty, to, span);
        node(ModuleFn::Send { row, uniform }, operands, Ty::Unit, span)
    }

    fn nothing_secret(&mut self, value: &Expr, span: Span) -> Expr {
        let message = format!("this reveals nothing: `{}` holds no secret", ty::name(&value.ty));
        self.fail(Code::E0404, span, message)
    }

    /// A node without result, then a value.
    pub(super) fn then(&mut self, first: Expr, value: Expr) -> Expr {
        let local = self.synthetic(Ty::Unit, first.span);
        bind(Some((local, first)), value)
    }
}

/// A slot or position that is a constant.
fn known(expr: &Expr) -> Option<u32> {
    word_of(expr).and_then(|(_, word)| u32::try_from(word).ok())
}
