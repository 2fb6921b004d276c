//! An instruction on arrays in; its types proved, and with them that a secret element never lands in a public array.

use stoffel_value::{BinOp, ScalarTy, UnOp, binary_defined, right_operand, unary_defined};

use super::Fault;
use super::rule::Rule;
use super::rules::secret::{secret_binary, secret_unary};
use super::rules::{Checked, Context, arity, comparable, defined, mismatch};
use crate::{Builtin, Leaf, Operands, Type};

const I64: Leaf = Leaf::Word(ScalarTy::I64);
const BOOL: Leaf = Leaf::Word(ScalarTy::Bool);
/// Words of one index of `ArrayIndex` and `ArrayPut`.
const INDEX: [Leaf; 6] = [I64, BOOL, I64, BOOL, I64, I64];

/// The elements of an array: their format, and whether they are secret.
pub(super) type Element = (ScalarTy, bool);

pub(super) fn binary(cx: &Context<'_>, op: BinOp, d: u16, a: u16, b: u16) -> Checked {
    let ((ty, left), (right_ty, right)) = (element(cx, a)?, element(cx, b)?);
    let secret = left || right;
    // A secret exponent has no meaning anywhere; a secret shift amount has the format of what is shifted.
    let possible =
        if secret { secret_binary(op, ty) && !(op == BinOp::PowInt && right) } else { binary_defined(op, ty) };
    defined(op.name(), ty, possible)?;
    let expected = if right { ty } else { right_operand(op, ty) };
    if right_ty != expected {
        return Err(mismatch("the right array", name((expected, right)), name((right_ty, right))));
    }
    writes(cx, d, (ty, secret))
}

pub(super) fn unary(cx: &Context<'_>, op: UnOp, d: u16, a: u16) -> Checked {
    let (ty, secret) = element(cx, a)?;
    defined(op.name(), ty, if secret { secret_unary(op, ty) } else { unary_defined(op, ty) })?;
    writes(cx, d, (ty, secret))
}

pub(super) fn compare(cx: &Context<'_>, d: u16, a: u16, b: u16) -> Checked {
    let ((left, left_secret), (right, right_secret)) = (element(cx, a)?, element(cx, b)?);
    comparable(left, right)?;
    writes(cx, d, (ScalarTy::Bool, left_secret || right_secret))
}

pub(super) fn convert(cx: &Context<'_>, d: u16, a: u16) -> Checked {
    let ((_, secret), (to, _)) = (element(cx, a)?, element(cx, d)?);
    writes(cx, d, (to, secret))
}

pub(super) fn check(cx: &Context<'_>, op: Builtin, ops: &Operands) -> Checked {
    let source = |k: usize| -> Result<u16, Fault> {
        ops.refs.get(k).copied().ok_or(Fault::Arity { what: "references", expected: k + 1, found: ops.refs.len() })
    };
    let target = || -> Result<u16, Fault> {
        arity("written references", 1, ops.to_refs.len())?;
        Ok(ops.to_refs[0])
    };
    let first = || element(cx, source(0)?);
    let shape = || Leaf::Ref(list(Type::Scalar(ScalarTy::I64)));
    match op {
        Builtin::ArrayScalar => {
            let made = element(cx, target()?)?;
            cx.exact(ops, &[leaf(made)], &[array(made)])
        }
        Builtin::ArrayItem => {
            let from = first()?;
            cx.exact(ops, &[array(from)], &[leaf(from)])
        }
        Builtin::ArrayFrom => {
            let made = element(cx, target()?)?;
            let from = nested(cx.reference(source(0)?), made)?;
            cx.exact(ops, &[from], &[array(made)])
        }
        Builtin::ArrayToList => {
            let from = first()?;
            let to = nested(cx.reference(target()?), from)?;
            cx.exact(ops, &[array(from)], &[to])
        }
        Builtin::ArrayFull => {
            let made = element(cx, target()?)?;
            cx.exact(ops, &[shape(), leaf(made)], &[array(made)])
        }
        Builtin::ArrayIdentity => {
            let (ty, secret) = element(cx, target()?)?;
            defined(op.name(), ty, !secret && ty != ScalarTy::Bool)?;
            cx.exact(ops, &[I64], &[array((ty, false))])
        }
        Builtin::ArrayGet => {
            let from = first()?;
            let mut sources = vec![I64; ops.words.len()];
            sources.push(array(from));
            cx.exact(ops, &sources, &[leaf(from)])
        }
        Builtin::ArraySet => {
            let into = first()?;
            let mut sources = vec![I64; ops.words.len().saturating_sub(usize::from(!into.1))];
            sources.extend([array(into), leaf(into)]);
            cx.exact(ops, &sources, &[])
        }
        Builtin::ArrayRow => {
            let from = array(first()?);
            cx.exact(ops, &[from.clone(), I64], &[from])
        }
        Builtin::ArrayIndex => {
            let (ty, secret) = first()?;
            let mut sources = indices(ops)?;
            sources.push(array((ty, secret)));
            cx.exact(ops, &sources, &[array((ty, secret || !ops.secrets.is_empty()))])
        }
        Builtin::ArrayPut => {
            let into = first()?;
            if !into.1 && !ops.secrets.is_empty() && Rule::ArrayTarget.on() {
                let secret = name((into.0, true));
                return Err(Fault::SecretToPublic { from: secret, to: name(into) });
            }
            let mut sources = indices(ops)?;
            sources.extend([array(into), array(into)]);
            cx.exact(ops, &sources, &[])
        }
        Builtin::ArrayGather => {
            let (ty, secret) = first()?;
            let (index, hides) = rows(cx.reference(source(1)?))?;
            cx.exact(ops, &[array((ty, secret)), index], &[array((ty, secret || hides))])
        }
        Builtin::ArrayShape => cx.exact(ops, &[array(first()?)], &[shape()]),
        Builtin::ArraySize => cx.exact(ops, &[array(first()?)], &[I64]),
        Builtin::ArrayReshape => {
            let from = array(first()?);
            cx.exact(ops, &[from.clone(), shape()], &[from])
        }
        Builtin::ArrayTranspose => {
            let from = array(first()?);
            cx.exact(ops, &[from.clone(), shape(), BOOL], &[from])
        }
        Builtin::ArrayConcat | Builtin::ArrayStack => {
            let made = element(cx, target()?)?;
            let Leaf::Ref(member) = array(made) else { return Err(Fault::Entry) };
            cx.exact(ops, &[Leaf::Ref(list(member)), I64], &[array(made)])
        }
        Builtin::ArrayWhere => {
            let (condition, then, other) = (first()?, element(cx, source(1)?)?, element(cx, source(2)?)?);
            let secret = condition.1 || then.1 || other.1;
            defined(op.name(), then.0, !secret || then.0 != ScalarTy::Float)?;
            let sources = [(ScalarTy::Bool, condition.1), then, (then.0, other.1)];
            cx.exact(ops, &sources.map(array), &[array((then.0, secret))])
        }
        Builtin::ArrayMatMul => {
            let ((ty, left), (_, right)) = (first()?, element(cx, source(1)?)?);
            defined(op.name(), ty, ty != ScalarTy::Bool)?;
            cx.exact(ops, &[array((ty, left)), array((ty, right))], &[array((ty, left || right))])
        }
        Builtin::ArraySum | Builtin::ArrayMin | Builtin::ArrayMax => {
            let from = first()?;
            defined(op.name(), from.0, from.0 != ScalarTy::Bool)?;
            cx.exact(ops, &[array(from), BOOL, I64], &[array(from)])
        }
        Builtin::ArrayArgMin | Builtin::ArrayArgMax => {
            let from = first()?;
            defined(op.name(), from.0, from.0 != ScalarTy::Bool)?;
            cx.exact(ops, &[array(from), BOOL, I64], &[array((ScalarTy::I64, from.1))])
        }
        Builtin::ArrayAny | Builtin::ArrayAll => {
            let from = array((ScalarTy::Bool, first()?.1));
            cx.exact(ops, &[from.clone(), BOOL, I64], &[from])
        }
        Builtin::ArrayCount => cx.exact(ops, &[array(first()?), BOOL, I64], &[I64]),
        Builtin::ArrayCumSum => {
            let from = first()?;
            defined(op.name(), from.0, from.0 != ScalarTy::Bool)?;
            cx.exact(ops, &[array(from), I64], &[array(from)])
        }
        Builtin::ArraySort => cx.exact(ops, &[array(first()?), I64], &[]),
        Builtin::ArrayArgSort => {
            let from = first()?;
            cx.exact(ops, &[array(from), I64], &[array((ScalarTy::I64, from.1))])
        }
        // Every other operation has its rule among those of lists and strings.
        _ => Err(Fault::Undefined { op: op.name(), ty: "array".to_owned() }),
    }
}

/// Elements of the array in a register.
pub(super) fn element(cx: &Context<'_>, register: u16) -> Result<Element, Fault> {
    let ty = cx.reference(register);
    ty.array_element().ok_or_else(|| mismatch("the reference", "array", ty))
}

/// The array in a register takes elements of this kind.
pub(super) fn writes(cx: &Context<'_>, d: u16, made: Element) -> Checked {
    let into = element(cx, d)?;
    if into == made || !Rule::ArrayResult.on() {
        Ok(())
    } else if made.1 && into == (made.0, false) {
        Err(Fault::SecretToPublic { from: name(made), to: name(into) })
    } else {
        Err(mismatch("the written array", name(made), name(into)))
    }
}

pub(super) fn array((ty, secret): Element) -> Leaf {
    Leaf::Ref(Type::Array(Box::new(if secret { Type::Secret(ty) } else { Type::Scalar(ty) })))
}

fn name(of: Element) -> String {
    array(of).to_string()
}

pub(super) fn leaf((ty, secret): Element) -> Leaf {
    if secret { Leaf::Secret(ty) } else { Leaf::Word(ty) }
}

fn list(member: Type) -> Type {
    Type::List(Box::new(member))
}

/// A list, or list of lists …, of such elements.
fn nested(ty: &Type, (format, secret): Element) -> Result<Leaf, Fault> {
    let mut inner = ty;
    while let Type::List(member) = inner {
        inner = member;
    }
    let scalar = if secret { Type::Secret(format) } else { Type::Scalar(format) };
    match ty {
        Type::List(_) if *inner == scalar => Ok(Leaf::Ref(ty.clone())),
        Type::List(_)
            if *inner == Type::Secret(format) || scalar == Type::Secret(format) && *inner == Type::Scalar(format) =>
        {
            Err(Fault::SecretToPublic { from: Type::Secret(format).to_string(), to: Type::Scalar(format).to_string() })
        }
        _ => Err(mismatch("the list", format!("nested list of {scalar}"), ty)),
    }
}

/// Sources of the indices of an instruction: six words each, and `int64` secrets.
fn indices(ops: &Operands) -> Result<Vec<Leaf>, Fault> {
    let count = ops.words.len() / INDEX.len();
    arity("words", count * INDEX.len(), ops.words.len())?;
    let mut sources: Vec<Leaf> = INDEX.iter().cycle().take(count * INDEX.len()).cloned().collect();
    sources.extend(vec![Leaf::Secret(ScalarTy::I64); ops.secrets.len()]);
    Ok(sources)
}

/// What gathers rows: numbers or a mask; and whether it is secret.
fn rows(ty: &Type) -> Result<(Leaf, bool), Fault> {
    let public = |scalar: ScalarTy| [ScalarTy::I64, ScalarTy::Bool].contains(&scalar);
    match ty {
        Type::List(member) if matches!(**member, Type::Scalar(scalar) if public(scalar)) => {
            Ok((Leaf::Ref(ty.clone()), false))
        }
        _ => match ty.array_element() {
            Some((scalar, false)) if public(scalar) => Ok((Leaf::Ref(ty.clone()), false)),
            Some((ScalarTy::I64, true)) => Ok((Leaf::Ref(ty.clone()), true)),
            _ => Err(mismatch("the rows", "numbers or a public mask", ty)),
        },
    }
}
