//! A library operation and its operands in; its signature proved.

use stoffel_value::{IntTy, ScalarTy};

use super::rule::Rule;
use super::rules::{Checked, Context, arity, mismatch};
use super::{Fault, arrays, lanes};
use crate::{Builtin, Leaf, Operands, Type};

const I64: Leaf = Leaf::Word(ScalarTy::I64);
const FLOAT: Leaf = Leaf::Word(ScalarTy::Float);
const BOOL: Leaf = Leaf::Word(ScalarTy::Bool);
const STR: Leaf = Leaf::Ref(Type::Str);
const TEXT: Leaf = Leaf::Ref(Type::Text);
const U64: Leaf = Leaf::Word(ScalarTy::Int(IntTy::U64));
const SHARE: Leaf = Leaf::Ref(Type::Share);

pub(super) fn check(cx: &Context<'_>, op: Builtin, ops: &Operands) -> Checked {
    let first = || ops.refs.first().copied().ok_or(Fault::Arity { what: "references", expected: 1, found: 0 });
    // Type of the first reference, which must be a list or, where `text` allows it, a string.
    let subject = |text: bool| {
        let register = first()?;
        let ty = cx.reference(register);
        let fits = matches!(ty, Type::List(_)) || (text && matches!(ty, Type::Str | Type::Text));
        if fits { Ok(Leaf::Ref(ty.clone())) } else { Err(mismatch("the reference", "list", ty)) }
    };
    let element = || cx.element(first()?);
    match op {
        Builtin::Lookup
        | Builtin::FindKey
        | Builtin::RemoveKey
        | Builtin::Keys
        | Builtin::Values
        | Builtin::Items
        | Builtin::PutValues
        | Builtin::KeyChanges => cx.dict_builtin(op, first()?, ops),
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
            let ty = match cx.reference(first()?) {
                whole @ (Type::Dict(..) | Type::Array(_) | Type::Object(_)) => Leaf::Ref(whole.clone()),
                _ => subject(true)?,
            };
            cx.exact(ops, std::slice::from_ref(&ty), std::slice::from_ref(&ty))
        }
        Builtin::Extend => {
            let ty = subject(false)?;
            cx.exact(ops, &[ty.clone(), ty], &[])
        }
        Builtin::Insert => cx.exact(ops, &with(&[subject(false)?, I64], element()?), &[]),
        Builtin::Pop => cx.exact(ops, &[subject(false)?, I64], element()?),
        Builtin::Clear if matches!(cx.reference(first()?), Type::Dict(..)) => {
            cx.exact(ops, &[Leaf::Ref(cx.reference(first()?).clone())], &[])
        }
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
        // Secret scalars are sorted by the engine and stay where they are secret.
        Builtin::Sort if secret_element(cx, first()?).is_ok_and(|ty| ty != ScalarTy::Float) => {
            cx.exact(ops, &[subject(false)?, BOOL], &[])
        }
        Builtin::Sort => {
            let ty = public(cx, first()?)?;
            if !element()?.iter().all(sortable) {
                return Err(mismatch("the list", "list of scalars, strings or tuples of them", cx.reference(first()?)));
            }
            cx.exact(ops, &[ty, BOOL], &[])
        }
        Builtin::SortRows | Builtin::Shuffle => {
            let ty = subject(false)?;
            // The order is secret: what is public would tell it.
            if !cx.is_all_secret(cx.reference(first()?)) {
                return Err(Fault::SecretToPublic { from: "secret order".to_owned(), to: ty.to_string() });
            }
            if op == Builtin::Shuffle {
                return cx.exact(ops, &[ty], &[]);
            }
            match element()?.first() {
                Some(Leaf::Secret(key)) if *key != ScalarTy::Float => cx.exact(ops, &[ty, BOOL], &[]),
                _ => Err(mismatch("the list", "list of rows that begin with a secret", cx.reference(first()?))),
            }
        }
        Builtin::CharAt if *cx.reference(first()?) == Type::Text => cx.exact(ops, &[TEXT, I64], &[TEXT]),
        Builtin::CharAt => cx.exact(ops, &[STR, I64], &[STR]),
        Builtin::ClosureOf | Builtin::ClosureAs => {
            arity("written references", 1, ops.to_refs.len())?;
            let (from, to) = (cx.reference(first()?), cx.reference(ops.to_refs[0]));
            let known = if op == Builtin::ClosureOf { from } else { to };
            if !matches!(known, Type::Func(_)) {
                return Err(mismatch("the reference", "function value", known));
            }
            let (known, closure) = (Leaf::Ref(known.clone()), Leaf::Ref(Type::Closure));
            match op {
                Builtin::ClosureOf => cx.exact(ops, &[known], &[closure]),
                _ => cx.exact(ops, &[closure], &[known]),
            }
        }
        Builtin::TextCodes => cx.exact(ops, &[TEXT], &[list(Type::Secret(Type::CODE))]),
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
        Builtin::OneHotSecret => {
            let subject = subject(false)?;
            let index = ops.secrets.first().map(|index| cx.secret(*index));
            match index {
                Some(index @ ScalarTy::Int(_)) => {
                    let bools = ops.secrets.len().saturating_sub(1).min(1);
                    let sources = [subject, Leaf::Secret(index)].into_iter();
                    let sources: Vec<Leaf> =
                        sources.chain(std::iter::repeat_n(Leaf::Secret(ScalarTy::Bool), bools)).collect();
                    cx.exact(ops, &sources, &[list(Type::Secret(ScalarTy::Bool))])
                }
                Some(ty) => Err(Fault::Undefined { op: op.name(), ty: ty.to_string() }),
                None => Err(Fault::Arity { what: "secrets", expected: 1, found: 0 }),
            }
        }
        Builtin::PickSecret => {
            let (ty, element) = marked(cx, ops)?;
            let chosen = chosen(cx, element).ok_or_else(|| undefined(op, ty))?;
            cx.exact(ops, &[list(Type::Secret(ScalarTy::Bool)), Leaf::Ref(ty.clone())], &chosen.leaves())
        }
        Builtin::PutSecret => {
            let (ty, element) = marked(cx, ops)?;
            if chosen(cx, element).as_ref() != Some(element) && Rule::ListTarget.on() {
                return Err(Fault::SecretToPublic { from: "secret index".to_owned(), to: ty.to_string() });
            }
            let places = [list(Type::Secret(ScalarTy::Bool)), Leaf::Ref(ty.clone())];
            cx.exact(ops, &with(&places, &element.leaves()), &[])
        }
        Builtin::SelectList => {
            let ty = cx.reference(first()?);
            let all_secret = cx.is_all_secret(ty) || !Rule::SelectedContent.on();
            if !matches!(ty, Type::List(_) | Type::Object(_) | Type::Text) || !all_secret {
                return Err(undefined(op, ty));
            }
            let ty = Leaf::Ref(ty.clone());
            cx.exact(ops, &[Leaf::Secret(ScalarTy::Bool), ty.clone(), ty.clone()], &[ty])
        }
        Builtin::AnySecret | Builtin::AllSecret => {
            cx.exact(ops, &[list(Type::Secret(ScalarTy::Bool))], &[Leaf::Secret(ScalarTy::Bool)])
        }
        Builtin::RbcSend => cx.exact(ops, &[STR], &[I64]),
        Builtin::RbcReceive => cx.exact(ops, &[I64, I64, BOOL], &[STR]),
        Builtin::RbcReceiveAny => cx.exact(ops, &[I64], &[I64, STR]),
        Builtin::StoreExists | Builtin::StoreDelete => cx.exact(ops, &[STR, BOOL], &[BOOL]),
        Builtin::PartyId | Builtin::NParties | Builtin::Threshold => cx.exact(ops, &[], &[I64]),
        Builtin::InstanceId => cx.exact(ops, &[], &[U64]),
        Builtin::ProtocolName => cx.exact(ops, &[], &[STR]),
        Builtin::Capabilities => cx.exact(ops, &[], &[list(Type::Str)]),
        Builtin::LocalBytes => cx.exact(ops, &[], &[bytes()]),
        Builtin::LocalWord => cx.exact(ops, &[I64], &[U64]),
        Builtin::BytesOfText => cx.exact(ops, &[STR], &[bytes()]),
        Builtin::HashToField | Builtin::FieldInv | Builtin::PointX | Builtin::FieldBytes | Builtin::PointSec1 => {
            cx.exact(ops, &[bytes(), STR], &[bytes()])
        }
        Builtin::Sha256 | Builtin::Sha512 | Builtin::HashToG1 => cx.exact(ops, &[bytes()], &[bytes()]),
        Builtin::CountClients => cx.exact(ops, &[I64], &[I64]),
        Builtin::Random => {
            arity("secrets", 1, ops.to_secrets.len())?;
            let ty = cx.secret(ops.to_secrets[0]);
            if !matches!(ty, ScalarTy::Int(_) | ScalarTy::Bool) {
                return Err(Fault::Undefined { op: op.name(), ty: ty.to_string() });
            }
            cx.exact(ops, &[], &[Leaf::Secret(ty)])
        }
        Builtin::RandomShare => cx.exact(ops, &[I64], &[SHARE]),
        Builtin::ShareOf | Builtin::ShareTo => {
            let secrets = if op == Builtin::ShareOf { &ops.secrets } else { &ops.to_secrets };
            arity("secrets", 1, secrets.len())?;
            let secret = Leaf::Secret(cx.secret(secrets[0]));
            match op {
                Builtin::ShareOf => cx.exact(ops, &[secret], &[SHARE]),
                _ => cx.exact(ops, &[SHARE], &[secret]),
            }
        }
        Builtin::ShareInt => cx.exact(ops, &[I64, I64], &[SHARE]),
        Builtin::ShareUInt => cx.exact(ops, &[U64, I64], &[SHARE]),
        Builtin::ShareFix => cx.exact(ops, &[Leaf::Word(ScalarTy::Float), I64, I64], &[SHARE]),
        Builtin::ShareAdd
        | Builtin::ShareSub
        | Builtin::ShareMul
        | Builtin::ShareDiv
        | Builtin::ShareRem
        | Builtin::ShareMod => match ops.words.first() {
            None => cx.exact(ops, &[SHARE, SHARE], &[SHARE]),
            Some(&word) if cx.word(word) == ScalarTy::Float => {
                cx.exact(ops, &[SHARE, Leaf::Word(ScalarTy::Float), BOOL], &[SHARE])
            }
            Some(_) => cx.exact(ops, &[SHARE, I64, BOOL], &[SHARE]),
        },
        Builtin::ShareNeg => cx.exact(ops, &[SHARE], &[SHARE]),
        Builtin::ShareRetag => cx.exact(ops, &[SHARE, I64], &[SHARE]),
        Builtin::ShareAlike => cx.exact(ops, &[list(Type::Share)], &[]),
        Builtin::ShareKind => cx.exact(ops, &[SHARE], &[STR]),
        Builtin::Sqrt
        | Builtin::Exp
        | Builtin::Log
        | Builtin::Log2
        | Builtin::Sin
        | Builtin::Cos
        | Builtin::Tan
        | Builtin::Atan
        | Builtin::Tanh => cx.exact(ops, &[FLOAT], &[FLOAT]),
        Builtin::TrapSecret => cx.exact(ops, &[I64, Leaf::Secret(ScalarTy::Bool)], &[]),
        Builtin::ConvertSecret => {
            let from = secret_element(cx, first()?)?;
            arity("written references", 1, ops.to_refs.len())?;
            let to = secret_element(cx, ops.to_refs[0])?;
            cx.exact(ops, &[list(Type::Secret(from))], &[list(Type::Secret(to))])
        }
        _ if op.is_lanes() => lanes::check(cx, op, ops),
        _ => arrays::check(cx, op, ops),
    }
}

fn bytes() -> Leaf {
    list(Type::Scalar(ScalarTy::Int(IntTy::U8)))
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
        _ if ty.has_secret() && Rule::ComparedContent.on() => {
            Err(Fault::SecretToPublic { from: ty.to_string(), to: "bool".to_owned() })
        }
        Type::Ticket(_) => Err(mismatch("the reference", "list or string", ty)),
        _ if ty.holds_dict() => Err(mismatch("the reference", "list without dicts", ty)),
        // Objects are not compared, and one may be of a type with secrets that derives from the one here.
        _ if ty.holds_object() => Err(mismatch("the reference", "list without objects", ty)),
        _ if ty.holds_function() => Err(mismatch("the reference", "a value without functions", ty)),
        _ => Ok(Leaf::Ref(ty.clone())),
    }
}

fn sortable(leaf: &Leaf) -> bool {
    matches!(leaf, Leaf::Word(_) | Leaf::Ref(Type::Str))
}

/// The list after the marks of an index, and its element type.
fn marked<'a>(cx: &Context<'a>, ops: &Operands) -> Result<(&'a Type, &'a Type), Fault> {
    arity("references", 2, ops.refs.len().min(2))?;
    match cx.reference(ops.refs[1]) {
        ty @ Type::List(element) => Ok((ty, element)),
        other => Err(mismatch("the reference", "list", other)),
    }
}

/// The type of a value that a secret has chosen among values of a type; objects are chosen where all of them is secret.
fn chosen(cx: &Context<'_>, ty: &Type) -> Option<Type> {
    ty.chosen().or_else(|| cx.is_all_secret(ty).then(|| ty.clone()))
}

fn undefined(op: Builtin, ty: &Type) -> Fault {
    Fault::Undefined { op: op.name(), ty: ty.to_string() }
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
