//! An instruction in; whether it may be merged, moved or dropped out.
//!
//! A public operation that may trap is never dropped or moved, only merged with an equal one before it. A secret operation that may
//! trap in the clear engine is likewise kept, and merged only under the same guards. Openings and other effects keep code order.

use stoffel_bytecode::Builtin;
use stoffel_value::{BinOp, ScalarTy, UnOp};

use super::{Function, Inst, Op, Repr};

/// What passes may do with an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Effect {
    /// A function of its operands alone, on public values: dropped, merged and moved at will.
    Pure,
    /// A function of its operands alone that must stay in place: dropped and merged.
    Placed,
    /// A function of its operands that may trap: merged.
    Traps,
    /// As `Traps`, in the clear engine, if the guards hold.
    TrapsSecret,
    /// Reads or makes a heap value: dropped.
    Heap,
    /// Everything else.
    Ordered,
}

/// The effect of an instruction.
pub(crate) fn effect(function: &Function, inst: &Inst) -> Effect {
    let first = inst.args.first().map(|value| function.repr(*value));
    match inst.op {
        Op::Const(_) | Op::Str(_) => Effect::Pure,
        Op::Bin(op) => pure_if(!may_trap_binary(op, first)),
        Op::AddImm(_) => Effect::Traps,
        Op::Un(op) => pure_if(op == UnOp::Not || first == Some(Repr::Word(ScalarTy::Float))),
        Op::Cmp(_) => pure_if(inst.args.iter().all(|value| function.repr(*value) != Repr::Word(ScalarTy::Float))),
        Op::Convert => {
            let to = inst.results.first().map(|value| function.repr(*value));
            pure_if(matches!((first, to), (Some(Repr::Word(from)), Some(Repr::Word(to))) if always_converts(from, to)))
        }
        Op::Hide | Op::Select | Op::SCmp(_) | Op::Await => Effect::Placed,
        Op::SBin(op) => match op {
            BinOp::AddWrap | BinOp::SubWrap | BinOp::MulWrap | BinOp::And | BinOp::Or | BinOp::Xor => Effect::Placed,
            BinOp::Min | BinOp::Max => Effect::Placed,
            _ => Effect::TrapsSecret,
        },
        Op::SUn(UnOp::Not) => Effect::Placed,
        Op::SUn(_) | Op::SConvert => Effect::TrapsSecret,
        Op::NewList | Op::Nil | Op::Len | Op::HideRef | Op::Closure(_) => Effect::Heap,
        // A field always exists, and nothing need wait for one that nobody reads.
        Op::NewObject | Op::GetField(_) | Op::Upcast => Effect::Heap,
        // Rows are read in loops over arrays alone, whose indices are in range.
        Op::Builtin(Builtin::Copy | Builtin::ArrayRow | Builtin::ArrayScalar | Builtin::ArrayShape) => Effect::Heap,
        // Lanes give no value instead of a trap, and whoever needs to know asks for it.
        Op::LBin(_) | Op::LUn(_) | Op::LCmp(_) | Op::LConvert | Op::LFold(_) => Effect::Heap,
        Op::Builtin(Builtin::LanesOf | Builtin::LanesRow | Builtin::LanesRange | Builtin::LanesWhere) => Effect::Heap,
        Op::Builtin(Builtin::LanesWord | Builtin::LanesFit | Builtin::LanesReady | Builtin::LanesApart) => Effect::Heap,
        _ => Effect::Ordered,
    }
}

const fn pure_if(pure: bool) -> Effect {
    if pure { Effect::Pure } else { Effect::Traps }
}

fn may_trap_binary(op: BinOp, left: Option<Repr>) -> bool {
    let Some(Repr::Word(ty)) = left else { return true };
    match op {
        BinOp::AddWrap | BinOp::SubWrap | BinOp::MulWrap | BinOp::And | BinOp::Or | BinOp::Xor => false,
        BinOp::Min | BinOp::Max => ty == ScalarTy::Float,
        BinOp::Add | BinOp::Sub | BinOp::Mul => ty != ScalarTy::Float,
        _ => true,
    }
}

/// Whether a public conversion never traps.
fn always_converts(from: ScalarTy, to: ScalarTy) -> bool {
    match (from, to) {
        (ScalarTy::Float, _) => to == ScalarTy::Float,
        (_, ScalarTy::Float | ScalarTy::Bool) => true,
        (ScalarTy::Fix(_), _) => from == to,
        (_, ScalarTy::Int(_)) => {
            let ((low, high), (least, greatest)) = (stoffel_value::range(from), stoffel_value::range(to));
            least <= low && high <= greatest
        }
        (ScalarTy::Bool, ScalarTy::Fix(to)) => to.k() > to.f() + 1,
        (ScalarTy::Int(from), ScalarTy::Fix(to)) => to.k() - to.f() > from.bits(),
    }
}
