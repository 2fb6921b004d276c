//! `LocalStorage`: keys and values in, nodes with their manifest rows out (LANGUAGE §17.2, §19.1).
//!
//! Whether an operation is party-local is found by `local` once the program is checked.

use stoffel_bytecode::DisclosureKind;
use stoffel_syntax::{Code, Span};
use stoffel_value::{ScalarTy, Value};

use super::node;
use crate::analysis::body::{Body, poison};
use crate::analysis::literal::constant;
use crate::analysis::prelude::Args;
use crate::analysis::rule::Rule;
use crate::analysis::ty::{self, BOOL};
use crate::hir::{Dest, Expr, ExprKind, ModuleFn, RowId, Ty};

impl Body<'_, '_> {
    pub(super) fn storage_call(&mut self, name: &'static str, args: &Args<'_>, hint: Option<&Ty>) -> Expr {
        let span = args.span;
        let key = self.typed_arg(args, 0, &Ty::Str);
        let value = (name == "store").then(|| self.given(args.at(1), None));
        if key.ty == Ty::Error || Rule::ChosenStorage.on() && self.effect(Code::E0410, "LocalStorage", span) {
            return poison(span);
        }
        match name {
            "store" => match value {
                Some(value) if value.ty != Ty::Error => self.stored(key, value, span),
                _ => poison(span),
            },
            "delete" => node(ModuleFn::Delete { local: false }, vec![key], BOOL, span),
            "exists" => node(ModuleFn::Exists { local: false }, vec![key], BOOL, span),
            "load_share" => self.loaded(key, Ty::Share, span),
            _ => match hint {
                Some(ty) if !ty::has_error(ty) && *ty != Ty::Unit => self.loaded(key, ty.clone(), span),
                _ => {
                    let message = format!("nothing tells the type of what `{name}` gives");
                    self.error(Code::E0306, span, message).help =
                        Some("write it: `var x: T = LocalStorage.load(…)`".into());
                    poison(span)
                }
            },
        }
    }

    fn stored(&mut self, key: Expr, value: Expr, span: Span) -> Expr {
        if !is_data(&value.ty) {
            return self.unsuited("store", "data", &value);
        }
        let row = self.kept(DisclosureKind::Store, &key, &value.ty, span);
        let store = node(ModuleFn::Store { row, local: false }, vec![key, value], Ty::Unit, span);
        if store.ty == Ty::Error { store } else { self.then(store, constant(ScalarTy::Bool, 1, span)) }
    }

    fn loaded(&mut self, key: Expr, ty: Ty, span: Span) -> Expr {
        let single = matches!(&ty, Ty::Optional(member) if **member == Ty::Share);
        if ty != Ty::Share && !single && !is_data(&ty) {
            let message = format!("a store holds no value of type `{}`", ty::name(&ty));
            return self.fail(Code::E0301, span, message);
        }
        let row = self.kept(DisclosureKind::Load, &key, &ty, span);
        node(ModuleFn::Load { row, local: false }, vec![key], ty, span)
    }

    /// The row of a store or load of a secret.
    fn kept(&mut self, kind: DisclosureKind, key: &Expr, ty: &Ty, span: Span) -> Option<RowId> {
        if !ty::has_secret(ty) {
            return None;
        }
        let to = match &key.kind {
            ExprKind::Const(Value::Str(key)) => Dest::Key(key.clone()),
            _ => Dest::AnyKey,
        };
        Some(self.row(kind, ty.clone(), to, span))
    }
}

/// What a store can hold: a share alone, and everything without functions and handles, and without shares inside.
fn is_data(ty: &Ty) -> bool {
    *ty == Ty::Share || !(*ty == Ty::Unit || ty::has_share(ty) || ty::holds_function(ty))
}
