//! A module in; the secret operations that a backend lacks out, as diagnostics (E0422).
//!
//! Looks at the code before optimisation, so that the answer depends on the program alone.

use std::collections::HashSet;

use stoffel_bytecode::{Builtin, Need, Type};
use stoffel_syntax::{Code, Diagnostic};
use stoffel_value::{ScalarOp, ScalarTy};

use super::{Function, Inst, Module, Op, Repr, Tables, ValueId};
use crate::BackendCaps;

/// One diagnostic for each place that uses an operation which the backend lacks.
pub(crate) fn unsupported(module: &Module, backend: BackendCaps) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for function in &module.functions {
        for inst in function.blocks.iter().flat_map(|block| &block.insts) {
            let Some((op, public)) = secret_op(&module.tables, function, inst) else { continue };
            if (backend.supports)(op, &public) || !seen.insert((inst.span, op)) {
                continue;
            }
            let text = format!("the backend `{}` has no {}", backend.name, Need::new(op, &public));
            out.push(Diagnostic::new(Code::E0422, inst.span, text));
        }
    }
    out
}

/// The engine's operation behind an instruction, and which of its operands are public.
fn secret_op(tables: &Tables, function: &Function, inst: &Inst) -> Option<(ScalarOp, Vec<bool>)> {
    let format = |value: ValueId| match function.repr(value) {
        Repr::Word(ty) | Repr::Secret(ty) | Repr::Ticket(ty) => Some(ty),
        Repr::Ref(id) => element(&tables.types[id.idx()]),
    };
    let arg = |at: usize| inst.args.get(at).and_then(|value| format(*value));
    let result = || inst.results.first().and_then(|value| format(*value));
    let op = match inst.op {
        Op::SBin(op) => ScalarOp::Binary(op, result()?),
        Op::SUn(op) => ScalarOp::Unary(op, result()?),
        Op::SCmp(op) => ScalarOp::Compare(op, arg(0)?, arg(1)?),
        Op::Select => ScalarOp::Select(result()?),
        Op::SConvert | Op::Builtin(Builtin::ConvertSecret) => ScalarOp::Convert(arg(0)?, result()?),
        Op::Builtin(Builtin::SumSecret) => ScalarOp::Sum(arg(0)?),
        Op::Builtin(Builtin::DotSecret) => ScalarOp::Dot(arg(0)?),
        Op::Builtin(Builtin::AnySecret) => ScalarOp::Any,
        Op::Builtin(Builtin::AllSecret) => ScalarOp::All,
        _ => return None,
    };
    Some((op, inst.args.iter().map(|value| matches!(function.repr(*value), Repr::Word(_))).collect()))
}

fn element(list: &Type) -> Option<ScalarTy> {
    match list {
        Type::List(member) => match **member {
            Type::Secret(ty) | Type::Scalar(ty) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}
