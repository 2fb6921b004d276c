//! A module in; the secret operations that a backend lacks out, as diagnostics (E0422).
//!
//! Looks at the code before optimisation, so that the answer depends on the program alone.

use crate::hash::HashSet;

use stoffel_bytecode::{Builtin, Need, Type, first_chosen};
use stoffel_syntax::{Code, Diagnostic, Span};
use stoffel_value::{BinOp, CmpOp, ScalarOp, ScalarTy};

use super::{Function, Inst, Module, Op, Repr, Tables, ValueId};
use crate::BackendCaps;

/// One diagnostic for each place that uses an operation which the backend lacks; for one in the library, the calls of it.
pub(crate) fn unsupported(module: &Module, backend: BackendCaps) -> Vec<Diagnostic> {
    let mut seen = HashSet::default();
    let mut out = Vec::new();
    for (at, function) in module.functions.iter().enumerate() {
        for inst in function.blocks.iter().flat_map(|block| &block.insts) {
            let Some((op, public)) = secret_op(module, function, inst) else { continue };
            if (backend.supports)(op, &public) {
                continue;
            }
            let text = format!("the backend `{}` has no {}", backend.name, Need::new(op, &public));
            let places = if module.in_library(inst.span) { calls_of_library(module, at) } else { vec![inst.span] };
            for place in places {
                if seen.insert((place, op)) {
                    let found = Diagnostic::new(Code::E0422, place, text.clone());
                    out.push(if place == inst.span { found } else { found.label(inst.span, "in the library here") });
                }
            }
        }
    }
    out
}

/// The calls outside the library that lead to one of its functions.
fn calls_of_library(module: &Module, function: usize) -> Vec<Span> {
    let mut places = Vec::new();
    let mut seen = HashSet::from_iter([function]);
    let mut open = vec![function];
    while let Some(callee) = open.pop() {
        for (at, caller) in module.functions.iter().enumerate() {
            for inst in caller.blocks.iter().flat_map(|block| &block.insts) {
                if !matches!(inst.op, Op::Call(id) if id.idx() == callee) {
                    continue;
                }
                if !module.in_library(inst.span) {
                    places.push(inst.span);
                } else if seen.insert(at) {
                    open.push(at);
                }
            }
        }
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// The engine's operation behind an instruction, and which of its operands are public.
fn secret_op(module: &Module, function: &Function, inst: &Inst) -> Option<(ScalarOp, Vec<bool>)> {
    let tables = &module.tables;
    let format = |value: ValueId| match function.repr(value) {
        Repr::Word(ty) | Repr::Secret(ty) | Repr::Ticket(ty) => Some(ty),
        Repr::Ref(id) => element(&tables.types[id.idx()]),
    };
    let arg = |at: usize| inst.args.get(at).and_then(|value| format(*value));
    let deep = |at: usize| match function.repr(*inst.args.get(at)?) {
        Repr::Ref(id) => first_chosen(&tables.types[id.idx()], &tables.types, &module.objects),
        _ => None,
    };
    let result = || inst.results.first().and_then(|value| format(*value));
    let op = match inst.op {
        Op::SBin(op) => ScalarOp::Binary(op, result()?),
        Op::SUn(op) => ScalarOp::Unary(op, result()?),
        Op::SCmp(op) => ScalarOp::Compare(op, arg(0)?, arg(1)?),
        Op::Select => ScalarOp::Select(result()?),
        Op::SConvert | Op::Builtin(Builtin::ConvertSecret) => ScalarOp::Convert(arg(0)?, result()?),
        Op::Builtin(Builtin::SumSecret) => ScalarOp::Sum(arg(0)?),
        Op::Builtin(Builtin::DotSecret) => ScalarOp::Dot(arg(0)?),
        Op::Builtin(Builtin::OneHotSecret) => ScalarOp::OneHot(arg(1)?),
        Op::Builtin(Builtin::PickSecret) => ScalarOp::Pick(deep(1)?),
        Op::Builtin(Builtin::PutSecret) => ScalarOp::Select(deep(1)?),
        Op::Builtin(Builtin::SelectList) => ScalarOp::Select(deep(1)?),
        Op::Builtin(Builtin::AnySecret) => ScalarOp::Any,
        Op::Builtin(Builtin::AllSecret) => ScalarOp::All,
        // The kind is known at run time; what is had for one integer is had for all.
        Op::Builtin(op @ (Builtin::ShareDiv | Builtin::ShareRem | Builtin::ShareMod)) => {
            let op = match op {
                Builtin::ShareDiv => BinOp::Div,
                Builtin::ShareRem => BinOp::Rem,
                _ => BinOp::Mod,
            };
            return Some((ScalarOp::Binary(op, ScalarTy::I64), Vec::new()));
        }
        _ => return array_op(tables, function, inst),
    };
    Some((op, inst.args.iter().map(|value| matches!(function.repr(*value), Repr::Word(_))).collect()))
}

/// The engine's operation behind an instruction on arrays.
fn array_op(tables: &Tables, function: &Function, inst: &Inst) -> Option<(ScalarOp, Vec<bool>)> {
    let of = |value: &ValueId| match function.repr(*value) {
        Repr::Ref(id) => tables.types[id.idx()].array_element(),
        _ => None,
    };
    let arg = |at: usize| inst.args.get(at).and_then(of);
    let secret = |found: Option<(ScalarTy, bool)>| found.filter(|(_, secret)| *secret).map(|(ty, _)| ty);
    let result = secret(inst.results.first().and_then(of));
    let own = secret(arg(0));
    let op = match inst.op {
        Op::ABin(op) => ScalarOp::Binary(op, result?),
        Op::AUn(op) => ScalarOp::Unary(op, result?),
        Op::ACmp(op) => {
            result?;
            ScalarOp::Compare(op, arg(0)?.0, arg(1)?.0)
        }
        Op::AConvert => ScalarOp::Convert(own?, result?),
        Op::Builtin(Builtin::ArrayWhere) => ScalarOp::Select(result?),
        Op::Builtin(Builtin::ArrayMatMul) => ScalarOp::Dot(result?),
        Op::Builtin(Builtin::ArraySum | Builtin::ArrayCumSum) => ScalarOp::Sum(own?),
        Op::Builtin(Builtin::ArrayMin | Builtin::ArrayMax | Builtin::ArraySort) => ScalarOp::Binary(BinOp::Min, own?),
        Op::Builtin(Builtin::ArrayArgMin | Builtin::ArrayArgMax | Builtin::ArrayArgSort) => {
            let ty = own?;
            ScalarOp::Compare(CmpOp::Lt, ty, ty)
        }
        _ => return None,
    };
    Some((op, inst.args.iter().filter_map(of).map(|(_, secret)| !secret).collect()))
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
