//! An operation on lanes in; its types proved: a leaf goes into an array of its own format and secrecy and back into such a leaf only.
//!
//! Whether a reference is a value at all is public: it depends on lengths and public words, and in the clear engine on its traps.

use stoffel_value::{BinOp, ScalarTy};

use super::Fault;
use super::arrays::{array, element, writes};
use super::rules::{Checked, Context, arity, defined, mismatch};
use crate::{Builtin, Leaf, Operands, Type};

const I64: Leaf = Leaf::Word(ScalarTy::I64);
const BOOL: Leaf = Leaf::Word(ScalarTy::Bool);

pub(super) fn fold(cx: &Context<'_>, op: BinOp, d: u16, a: u16, b: u16) -> Checked {
    let ((ty, _), (right, secret)) = (element(cx, a)?, element(cx, b)?);
    let possible = match op {
        BinOp::Add | BinOp::Sub => ty != ScalarTy::Bool,
        BinOp::AddWrap | BinOp::SubWrap => matches!(ty, ScalarTy::Int(_)),
        BinOp::Min | BinOp::Max => ty != ScalarTy::Bool,
        BinOp::And | BinOp::Or | BinOp::Xor => matches!(ty, ScalarTy::Int(_) | ScalarTy::Bool),
        _ => false,
    };
    defined(op.name(), ty, possible && ty != ScalarTy::Float)?;
    if right != ty || !secret {
        return Err(mismatch("the lanes", format!("secret {ty}"), cx.reference(b)));
    }
    writes(cx, d, (ty, true))
}

pub(super) fn check(cx: &Context<'_>, op: Builtin, ops: &Operands) -> Checked {
    let source = |k: usize| -> Result<u16, Fault> {
        ops.refs.get(k).copied().ok_or(Fault::Arity { what: "references", expected: k + 1, found: ops.refs.len() })
    };
    match op {
        Builtin::LanesOf => {
            let from = Leaf::Ref(cx.reference(source(0)?).clone());
            cx.exact(ops, &[from, I64, I64, I64], &columns(cx, source(0)?)?)
        }
        Builtin::LanesRow => match cx.element(source(0)?)? {
            [Leaf::Ref(row)] => {
                let from = Leaf::Ref(cx.reference(source(0)?).clone());
                cx.exact(ops, &[from, I64], &[Leaf::Ref(row.clone())])
            }
            _ => Err(mismatch("the reference", "list of references", cx.reference(source(0)?))),
        },
        Builtin::LanesRange => cx.exact(ops, &[I64, I64], &[array((ScalarTy::I64, false))]),
        Builtin::LanesWhere => {
            let (then, other) = (element(cx, source(1)?)?, element(cx, source(2)?)?);
            defined(op.name(), then.0, then.0 != ScalarTy::Float)?;
            let sources = [(ScalarTy::Bool, true), then, (then.0, other.1)];
            cx.exact(ops, &sources.map(array), &[array((then.0, true))])
        }
        Builtin::LanesWord => cx.exact(ops, &[array((ScalarTy::I64, false))], &[I64]),
        Builtin::LanesFit => {
            columns(cx, source(0)?)?;
            cx.exact(ops, &[Leaf::Ref(cx.reference(source(0)?).clone()), I64, I64, I64], &[BOOL])
        }
        Builtin::LanesReady => cx.exact(ops, &same(cx, ops), &[BOOL]),
        Builtin::LanesApart => {
            arity("references", ops.refs.len() / 2 * 2, ops.refs.len())?;
            cx.exact(ops, &same(cx, ops), &[BOOL])
        }
        Builtin::LanesAppend => {
            let into = source(0)?;
            cx.element(into)?;
            let mut sources = vec![Leaf::Ref(cx.reference(into).clone()), I64];
            sources.extend(columns(cx, into)?);
            cx.exact(ops, &sources, &[])
        }
        Builtin::LanesStore => {
            let into = source(0)?;
            let mut sources = vec![Leaf::Ref(cx.reference(into).clone()), I64, I64, I64];
            sources.extend(columns(cx, into)?);
            cx.exact(ops, &sources, &[])
        }
        // Every other operation has its rule elsewhere.
        _ => Err(Fault::Undefined { op: op.name(), ty: "lanes".to_owned() }),
    }
}

/// The references of an operation, as they are.
fn same(cx: &Context<'_>, ops: &Operands) -> Vec<Leaf> {
    ops.refs.iter().map(|register| Leaf::Ref(cx.reference(*register).clone())).collect()
}

/// The array of each leaf of the elements of a list or array.
fn columns(cx: &Context<'_>, register: u16) -> Result<Vec<Leaf>, Fault> {
    let ty = cx.reference(register);
    let leaves = match ty {
        Type::Array(_) => vec![array(element(cx, register)?)],
        _ => {
            let lanes = |leaf: &Leaf| match leaf {
                Leaf::Word(ty) => Some(array((*ty, false))),
                Leaf::Secret(ty) => Some(array((*ty, true))),
                Leaf::Ref(_) => None,
            };
            let leaves: Option<Vec<Leaf>> = cx.element(register)?.iter().map(lanes).collect();
            leaves.ok_or_else(|| mismatch("the reference", "list of scalars", ty))?
        }
    };
    if leaves.is_empty() { Err(mismatch("the reference", "list of scalars", ty)) } else { Ok(leaves) }
}
