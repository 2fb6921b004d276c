//! A library operation and its operands in; its signature proved.

use stoffel_value::ScalarTy;

use super::Fault;
use super::rules::{Checked, Context, arity, mismatch};
use crate::{Builtin, Leaf, Operands, Type};

const I64: Leaf = Leaf::Word(ScalarTy::I64);
const BOOL: Leaf = Leaf::Word(ScalarTy::Bool);
const STR: Leaf = Leaf::Ref(Type::Str);

pub(super) fn check(cx: &Context<'_>, op: Builtin, ops: &Operands) -> Checked {
    let first = || ops.refs.first().copied().ok_or(Fault::Arity { what: "references", expected: 1, found: 0 });
    // Type of the first reference, which must be a list or, where `text` allows it, a string.
    let subject = |text: bool| {
        let register = first()?;
        let ty = cx.reference(register);
        let fits = matches!(ty, Type::List(_)) || (text && *ty == Type::Str);
        if fits { Ok(Leaf::Ref(ty.clone())) } else { Err(mismatch("the reference", "list", ty)) }
    };
    let element = || cx.element(first()?);
    match op {
        Builtin::Concat => {
            let ty = subject(true)?;
            cx.exact(ops, &[ty.clone(), ty.clone()], &[ty])
        }
        Builtin::Repeat => {
            let ty = subject(true)?;
            cx.exact(ops, &[ty.clone(), I64], &[ty])
        }
        Builtin::Slice => {
            let ty = subject(true)?;
            cx.exact(ops, &[ty.clone(), BOOL, I64, BOOL, I64, I64], &[ty])
        }
        Builtin::Copy => {
            let ty = subject(true)?;
            cx.exact(ops, std::slice::from_ref(&ty), std::slice::from_ref(&ty))
        }
        Builtin::Extend => {
            let ty = subject(false)?;
            cx.exact(ops, &[ty.clone(), ty], &[])
        }
        Builtin::Insert => cx.exact(ops, &with(&[subject(false)?, I64], element()?), &[]),
        Builtin::Pop => cx.exact(ops, &[subject(false)?, I64], element()?),
        Builtin::Clear | Builtin::Reverse => cx.exact(ops, &[subject(false)?], &[]),
        Builtin::Range => cx.exact(ops, &[I64, I64, I64], &[list(Type::Scalar(ScalarTy::I64))]),
        Builtin::Equal => {
            let ty = public(cx, first()?)?;
            cx.exact(ops, &[ty.clone(), ty], &[BOOL])
        }
        Builtin::CompareStr => cx.exact(ops, &[STR, STR], &[I64]),
        Builtin::ContainsStr | Builtin::StartsWith | Builtin::EndsWith => cx.exact(ops, &[STR, STR], &[BOOL]),
        Builtin::Find | Builtin::Count => {
            let ty = public(cx, first()?)?;
            subject(false)?;
            cx.exact(ops, &with(&[ty], element()?), &[I64])
        }
        Builtin::Sort => {
            let ty = public(cx, first()?)?;
            if !element()?.iter().all(sortable) {
                return Err(mismatch("the list", "list of scalars, strings or tuples of them", cx.reference(first()?)));
            }
            cx.exact(ops, &[ty, BOOL], &[])
        }
        Builtin::CharAt => cx.exact(ops, &[STR, I64], &[STR]),
        Builtin::Split => cx.exact(ops, &[STR, STR], &[list(Type::Str)]),
        Builtin::Join => cx.exact(ops, &[STR, list(Type::Str)], &[STR]),
        Builtin::Strip | Builtin::Upper | Builtin::Lower => cx.exact(ops, &[STR], &[STR]),
        Builtin::Replace => cx.exact(ops, &[STR, STR, STR], &[STR]),
        Builtin::FindStr => cx.exact(ops, &[STR, STR], &[BOOL, I64]),
        Builtin::ParseInt => cx.exact(ops, &[STR], &[BOOL, I64]),
        Builtin::SumSecret | Builtin::DotSecret => {
            let ty = secret_element(cx, first()?)?;
            if ty == ScalarTy::Bool {
                return Err(Fault::Undefined { op: op.name(), ty: ty.to_string() });
            }
            let operand = list(Type::Secret(ty));
            let count = if op == Builtin::DotSecret { 2 } else { 1 };
            cx.exact(ops, &vec![operand; count], &[Leaf::Secret(ty)])
        }
        Builtin::AnySecret | Builtin::AllSecret => {
            cx.exact(ops, &[list(Type::Secret(ScalarTy::Bool))], &[Leaf::Secret(ScalarTy::Bool)])
        }
        Builtin::ConvertSecret => {
            let from = secret_element(cx, first()?)?;
            arity("written references", 1, ops.to_refs.len())?;
            let to = secret_element(cx, ops.to_refs[0])?;
            cx.exact(ops, &[list(Type::Secret(from))], &[list(Type::Secret(to))])
        }
    }
}

fn list(member: Type) -> Leaf {
    Leaf::Ref(Type::List(Box::new(member)))
}

fn with(first: &[Leaf], rest: &[Leaf]) -> Vec<Leaf> {
    first.iter().chain(rest).cloned().collect()
}

/// Type of a reference that holds no secret: comparing contents would disclose it.
fn public(cx: &Context<'_>, register: u16) -> Result<Leaf, Fault> {
    let ty = cx.reference(register);
    match ty {
        _ if ty.has_secret() => Err(Fault::SecretToPublic { from: ty.to_string(), to: "bool".to_owned() }),
        Type::Ticket(_) => Err(mismatch("the reference", "list or string", ty)),
        _ => Ok(Leaf::Ref(ty.clone())),
    }
}

fn sortable(leaf: &Leaf) -> bool {
    matches!(leaf, Leaf::Word(_) | Leaf::Ref(Type::Str))
}

/// Format of the elements of a `list[secret T]`.
pub(super) fn secret_element(cx: &Context<'_>, register: u16) -> Result<ScalarTy, Fault> {
    match cx.reference(register) {
        Type::List(member) => match **member {
            Type::Secret(ty) => Ok(ty),
            _ => Err(mismatch("the list", "list of secret scalars", cx.reference(register))),
        },
        other => Err(mismatch("the reference", "list of secret scalars", other)),
    }
}
