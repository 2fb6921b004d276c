//! Calls of functions of the protocol modules in, typed nodes out (LANGUAGE §17).
//!
//! The table says what there is; shares are in `share`, clients in `client`, stores in `storage`, the rest in `session`.

mod client;
mod session;
mod share;
mod storage;
mod table;

use stoffel_syntax::{Code, Span};

use super::body::{Body, poison};
use super::call::Named;
use super::prelude::Args;
use super::suggest::nearest;
use super::tree::Ident;
use super::ty;
use crate::hir::{Expr, ExprKind, ModuleFn, Ty};
use table::{Entry, Need};

pub(crate) use table::SHARE;

/// How many parameters a function of a protocol module has.
pub(crate) fn arity(module: &str, name: &str) -> Option<usize> {
    table::find(module, name).map(|entry| entry.sig.params.len())
}

/// Whether a function of `Share` may be called on a receiver of this type; `open` and the like are prelude functions.
pub(crate) fn receives(name: &str, receiver: &Ty) -> bool {
    let secret = *receiver == Ty::Share || ty::is_secret(receiver);
    secret && table::find(SHARE, name).is_some_and(|entry| entry.receiver && !super::prelude::is_prelude(name))
}

impl Body<'_, '_> {
    /// `Module.name(…)`, or a receiver call of a function of `Share`.
    pub(crate) fn module_call(
        &mut self,
        module: &str,
        name: &Ident,
        given: Vec<Named<'_>>,
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        let values: Vec<_> = given.iter().map(|arg| arg.value.clone()).collect();
        let Some(entry) = table::find(module, &name.text) else {
            values.iter().for_each(|value| {
                self.given(value, None);
            });
            return self.no_member(module, name, span);
        };
        let args = self.prelude_args(&entry.sig, given, span);
        let lacking = entry.need.filter(|need| !need.is_had());
        let (Some(args), None) = (args, lacking) else {
            values.iter().for_each(|value| {
                self.given(value, None);
            });
            return match lacking {
                Some(need) => self.lacks(entry, need, span),
                None => poison(span),
            };
        };
        match module {
            SHARE => self.share_call(entry.sig.name, &args, hint),
            "ClientStore" | "MpcOutput" => self.client_call(entry.sig.name, &args, hint),
            "Rbc" => self.broadcast_call(entry.sig.name, &args),
            "LocalStorage" => self.storage_call(entry.sig.name, &args, hint),
            _ => self.session_call(module, entry.sig.name, &args),
        }
    }

    /// `Module.name` that is not called.
    pub(crate) fn module_member(&mut self, module: &str, name: &Ident, span: Span) -> Expr {
        if table::find(module, &name.text).is_none() {
            return self.no_member(module, name, span);
        }
        match self.prelude_value(&format!("{module}.{}", name.text).into()) {
            Some(index) => self.function_value(index, span),
            // A name in brackets is read as a type first; there is no function to index.
            None => self.fail(Code::E0310, span, format!("`{module}.{}` stands as a value or is called", name.text)),
        }
    }

    fn no_member(&mut self, module: &str, name: &Ident, span: Span) -> Expr {
        let near = nearest(&name.text, table::names(module)).map(|near| format!("did you mean `{near}`?"));
        self.error(Code::E0204, name.span, format!("`{module}` has no function `{}`", name.text)).help = near;
        poison(span)
    }

    /// E0422: no backend there is has what the function needs.
    fn lacks(&mut self, entry: &Entry, need: Need, span: Span) -> Expr {
        let message = format!("`{}.{}` needs {}, which no backend has yet", entry.module, entry.sig.name, need.text());
        self.fail(Code::E0422, span, message)
    }

    /// An argument of exactly this type.
    fn typed_arg(&mut self, args: &Args<'_>, at: usize, want: &Ty) -> Expr {
        self.given_check(args.at(at), want)
    }
}

/// A node of a module's function.
fn node(function: ModuleFn, operands: Vec<Expr>, ty: Ty, span: Span) -> Expr {
    if operands.iter().any(|operand| operand.ty == Ty::Error) {
        return poison(span);
    }
    Expr { kind: ExprKind::Module(function, operands), ty, span }
}
