//! Prelude functions of dicts: arguments in, typed nodes out (LANGUAGE §12, §16).

use std::rc::Rc;

use stoffel_syntax::Code;

use super::Args;
use crate::analysis::body::{Body, poison};
use crate::analysis::call::Given;
use crate::analysis::infer::Role;
use crate::analysis::rule::Rule;
use crate::analysis::tree::Lit;
use crate::analysis::ty;
use crate::hir::{Expr, ExprKind as HirKind, Prelude, Ty};

impl Body<'_, '_> {
    /// A call of a prelude function on a dict.
    pub(super) fn dict_call(&mut self, name: &'static str, args: &Args<'_>) -> Expr {
        let dict = self.given(args.at(0), None);
        self.dict_call_on(name, dict, args)
    }

    /// The same on a receiver that has been evaluated; what changes it has been looked at.
    pub(super) fn dict_call_on(&mut self, name: &'static str, dict: Expr, args: &Args<'_>) -> Expr {
        let span = args.span;
        let Ty::Dict(key, value) = dict.ty.clone() else {
            args.all().skip(1).for_each(|arg| {
                self.given(arg, None);
            });
            return self.unsuited(name, "a dict", &dict);
        };
        let (key, value) = (Ty::clone(&key), Ty::clone(&value));
        if matches!(name, "clear" | "remove") && !self.stays_inside(&dict) && Rule::ChosenKeys.on() {
            self.forbid(Code::E0414, span, format!("`{name}` would change keys that a secret must not decide"));
            return poison(span);
        }
        let node = |function, operands, ty| Expr { kind: HirKind::Prelude(function, operands), ty, span };
        match name {
            "keys" => node(Prelude::Keys, vec![dict], ty::list(key)),
            "values" => node(Prelude::Values, vec![dict], ty::list(value)),
            "items" => node(Prelude::Items, vec![dict], ty::list(Ty::Tuple(Rc::from([key, value])))),
            "copy" => {
                let ty = dict.ty.clone();
                node(Prelude::Copy, vec![dict], ty)
            }
            "clear" => node(Prelude::Clear, vec![dict], Ty::Unit),
            "remove" => {
                let key = self.public_key(args.at(1), &key, "the keys of a dict are public: a secret one cannot go");
                if key.ty == Ty::Error { poison(span) } else { node(Prelude::Remove, vec![dict, key], Ty::Unit) }
            }
            _ if args.get(2).is_none() => {
                let why = "whether there is a value is public: give a default for a secret key";
                let key = self.public_key(args.at(1), &key, why);
                if key.ty == Ty::Error {
                    return poison(span);
                }
                node(Prelude::GetKey, vec![dict, key], ty::optional(value))
            }
            _ => {
                let key = self.key(args.at(1), &key);
                let default = args.get(2).map(|default| self.dict_default(args.at(0), default, &value));
                let Some(default) = default.filter(|default| default.ty != Ty::Error && key.ty != Ty::Error) else {
                    return poison(span);
                };
                if ty::is_secret(&key.ty) {
                    return self.scan_get(dict, key, default, span);
                }
                let ty = default.ty.clone();
                node(Prelude::GetOr, vec![dict, key, default], ty)
            }
        }
    }

    /// The default of `get`, which an un-annotated dict learns from.
    fn dict_default(&mut self, dict: &Given<'_>, default: &Given<'_>, value: &Ty) -> Expr {
        let Some(local) = self.inferred(dict.surface()) else { return self.given_check(default, value) };
        let typed = if ty::has_error(value) { self.given(default, None) } else { self.given_check(default, value) };
        let weak = default.surface().lit != Lit::No;
        if typed.ty != Ty::Error {
            let asked = ty::dict(Ty::Error, typed.ty.clone());
            self.need(local, if weak { Role::Weak } else { Role::Place }, asked, typed.span);
        }
        typed
    }
}
