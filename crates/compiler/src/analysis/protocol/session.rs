//! Functions of `Mpc`, `Rbc`, `Bytes` and `Crypto`: arguments in, typed nodes out (LANGUAGE §17.2).

use stoffel_bytecode::Builtin;
use stoffel_syntax::{Code, Span};
use stoffel_value::{IntTy, ScalarTy};

use super::node;
use crate::analysis::body::{Body, poison};
use crate::analysis::convert::wrap;
use crate::analysis::literal::constant;
use crate::analysis::operator::prelude;
use crate::analysis::prelude::Args;
use crate::analysis::rule::Rule;
use crate::analysis::ty::{self, BOOL, INT};
use crate::hir::{Expr, ExprKind, ModuleFn, Prelude, Ty};

const U8: Ty = ty::public(ScalarTy::Int(IntTy::U8));
const U64: Ty = ty::public(ScalarTy::Int(IntTy::U64));

impl Body<'_, '_> {
    pub(super) fn session_call(&mut self, module: &str, name: &'static str, args: &Args<'_>) -> Expr {
        let span = args.span;
        let bytes = || ty::list(U8);
        let made = |builtin, operands, ty| node(ModuleFn::Builtin(builtin), operands, ty, span);
        match (module, name) {
            ("Mpc", "party_id") => self.party_id(span),
            ("Mpc", "n_parties") => made(Builtin::NParties, Vec::new(), INT),
            ("Mpc", "threshold") => made(Builtin::Threshold, Vec::new(), INT),
            // A program runs only where every party takes part.
            ("Mpc", "is_ready") => constant(ScalarTy::Bool, 1, span),
            ("Mpc", "instance_id") => made(Builtin::InstanceId, Vec::new(), U64),
            ("Mpc", "protocol_name") => made(Builtin::ProtocolName, Vec::new(), Ty::Str),
            // No backend has a field, let alone a curve.
            ("Mpc", "curve" | "field") => crate::analysis::convert::text("", span),
            ("Mpc", "capabilities") => made(Builtin::Capabilities, Vec::new(), ty::list(Ty::Str)),
            ("Mpc", "has_capability") => {
                let name = self.typed_arg(args, 0, &Ty::Str);
                if name.ty == Ty::Error {
                    return poison(span);
                }
                let all = made(Builtin::Capabilities, Vec::new(), ty::list(Ty::Str));
                prelude(Prelude::Contains, vec![all, name], BOOL, span)
            }
            ("Mpc", "rand") => made(Builtin::LocalBytes, Vec::new(), bytes()),
            ("Mpc", "rand_int") => {
                let bits = self.typed_arg(args, 0, &INT);
                made(Builtin::LocalWord, vec![bits], U64)
            }
            ("Bytes", "concat") => {
                let (a, b) = (self.typed_arg(args, 0, &bytes()), self.typed_arg(args, 1, &bytes()));
                if a.ty == Ty::Error || b.ty == Ty::Error {
                    return poison(span);
                }
                prelude(Prelude::Concat, vec![a, b], bytes(), span)
            }
            ("Bytes", "from_string") => {
                let text = self.typed_arg(args, 0, &Ty::Str);
                made(Builtin::BytesOfText, vec![text], bytes())
            }
            ("Crypto", "sha256" | "sha512") => {
                let data = self.typed_arg(args, 0, &bytes());
                made(if name == "sha256" { Builtin::Sha256 } else { Builtin::Sha512 }, vec![data], bytes())
            }
            ("Crypto", "hash_to_g1") => {
                let data = self.typed_arg(args, 0, &bytes());
                made(Builtin::HashToG1, vec![data], bytes())
            }
            ("Crypto", name) => {
                let (data, curve) = (self.typed_arg(args, 0, &bytes()), self.typed_arg(args, 1, &Ty::Str));
                let builtin = match name {
                    "hash_to_field" => Builtin::HashToField,
                    "field_inv" => Builtin::FieldInv,
                    "point_x_to_field" => Builtin::PointX,
                    "field_to_scalar_bytes" => Builtin::FieldBytes,
                    _ => Builtin::PointSec1,
                };
                made(builtin, vec![data, curve], bytes())
            }
            _ => unreachable!("what no backend has was rejected: {module}.{name}"),
        }
    }

    /// Messages among the parties.
    pub(super) fn broadcast_call(&mut self, name: &'static str, args: &Args<'_>) -> Expr {
        let span = args.span;
        let types: &[Ty] = match name {
            "broadcast" => &[Ty::Str],
            "receive" => &[INT, INT],
            _ => &[INT],
        };
        let operands = types.iter().enumerate().map(|(at, ty)| self.typed_arg(args, at, ty)).collect();
        if Rule::ChosenBroadcast.on() && self.effect(Code::E0410, "Rbc", span) {
            return poison(span);
        }
        match name {
            "broadcast" => node(ModuleFn::Broadcast, operands, INT, span),
            "receive" => node(ModuleFn::Receive { local: false }, operands, Ty::Str, span),
            _ => node(ModuleFn::ReceiveAny, operands, Ty::RbcResult, span),
        }
    }

    /// A field of what `Rbc.receive_any` gives, if it is one.
    pub(crate) fn received_field(&mut self, value: &Expr, name: &str, span: Span) -> Option<Expr> {
        let (at, ty) = match name {
            "party_id" => (0, INT),
            "message" => (1, Ty::Str),
            _ => return None,
        };
        let pair = wrap(value.clone(), &Ty::Tuple(vec![INT, Ty::Str].into()));
        Some(Expr { kind: ExprKind::Member(Box::new(pair), at), ty, span })
    }

    /// This party's index.
    pub(super) fn party_id(&mut self, span: Span) -> Expr {
        node(ModuleFn::Builtin(Builtin::PartyId), Vec::new(), INT, span)
    }
}
