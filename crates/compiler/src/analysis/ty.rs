//! The algebra of types: secrecy of leaves, merging, implicit conversion, names.
//!
//! [`Ty::Error`] is compatible with all. As the element of a list it also stands for "nothing is known yet" (`[]`).
//! Source: LANGUAGE §5, §6.3, §10.1.

use std::fmt::Write as _;
use std::rc::Rc;

use stoffel_value::{FixTy, ScalarTy};

use super::rule::Rule;
use crate::hir::{Capture, Def, FuncTy, ObjectTy, Ty};

/// Greatest number of leaves of a type (LANGUAGE §9.5).
pub(crate) const LEAVES_MAX: usize = 1000;

/// A public scalar type.
pub(crate) const fn public(ty: ScalarTy) -> Ty {
    Ty::Scalar { ty, secret: false }
}

/// A secret scalar type.
pub(crate) const fn secret(ty: ScalarTy) -> Ty {
    Ty::Scalar { ty, secret: true }
}

/// Public `int64`.
pub(crate) const INT: Ty = public(ScalarTy::I64);
/// Public `bool`.
pub(crate) const BOOL: Ty = public(ScalarTy::Bool);
/// Public `float64`.
pub(crate) const FLOAT: Ty = public(ScalarTy::Float);

/// A list type.
pub(crate) fn list(element: Ty) -> Ty {
    Ty::List(Rc::new(element))
}

/// `T?`; `T??` is `T?`.
pub(crate) fn optional(inner: Ty) -> Ty {
    if matches!(inner, Ty::Optional(_)) { inner } else { Ty::Optional(Rc::new(inner)) }
}

/// The type without `?`.
pub(crate) fn core(ty: &Ty) -> &Ty {
    match ty {
        Ty::Optional(inner) => inner,
        other => other,
    }
}

/// An array type.
pub(crate) fn array(element: Ty) -> Ty {
    Ty::Array(Rc::new(element))
}

/// The element type of an array; any other type itself.
pub(crate) fn leaf(ty: &Ty) -> &Ty {
    match ty {
        Ty::Array(element) => element,
        other => other,
    }
}

/// A dict type.
pub(crate) fn dict(key: Ty, value: Ty) -> Ty {
    Ty::Dict(Rc::new(key), Rc::new(value))
}

/// Whether values of a type may be keys of a dict (LANGUAGE §5).
pub(crate) fn is_key(ty: &Ty) -> bool {
    match ty {
        Ty::Scalar { secret, .. } | Ty::Enum { secret, .. } => !secret,
        Ty::Str => true,
        Ty::Tuple(members) => members.iter().all(is_key),
        _ => false,
    }
}

/// Whether a part is a dict: those are not compared.
pub(crate) fn holds_dict(ty: &Ty) -> bool {
    match ty {
        Ty::Dict(..) => true,
        Ty::List(inner) | Ty::Optional(inner) => holds_dict(inner),
        Ty::Tuple(members) => members.iter().any(holds_dict),
        _ => false,
    }
}

/// The type of an element-wise result in a format: an array if an operand is one, secret if one is.
pub(crate) fn shaped(format: ScalarTy, a: &Ty, b: &Ty) -> Ty {
    let scalar = Ty::Scalar { ty: format, secret: (has_secret(a) || has_secret(b)) && Rule::Operand.on() };
    if matches!(a, Ty::Array(_)) || matches!(b, Ty::Array(_)) { array(scalar) } else { scalar }
}

/// There is no `secret T`: E0403.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NoSecret;

/// `secret T` (LANGUAGE §10.1); a secret type stays as it is.
pub(crate) fn secret_of(ty: &Ty) -> Result<Ty, NoSecret> {
    Ok(match ty {
        Ty::Error => Ty::Error,
        Ty::RbcResult | Ty::Closure | Ty::Handle(_) => return Err(NoSecret),
        Ty::Share => Ty::Share,
        Ty::Unit => return Err(NoSecret),
        Ty::Scalar { ty: ScalarTy::Float, .. } => return Err(NoSecret),
        Ty::Scalar { ty, .. } => secret(*ty),
        Ty::Str | Ty::Text => Ty::Text,
        Ty::List(element) => list(secret_of(element)?),
        Ty::Array(element) => array(secret_of(element)?),
        Ty::Tuple(members) => Ty::Tuple(members.iter().map(secret_of).collect::<Result<_, _>>()?),
        Ty::Optional(inner) => Ty::Optional(Rc::new(secret_of(inner)?)),
        Ty::Dict(key, value) => Ty::Dict(key.clone(), Rc::new(secret_of(value)?)),
        Ty::Object(object) => match object.of.marks.get() {
            marks if marks.no_view => return Err(NoSecret),
            marks if marks.all_secret => ty.clone(),
            _ => Ty::Object(ObjectTy { view: true, ..object.clone() }),
        },
        Ty::Enum { of, .. } => Ty::Enum { of: of.clone(), secret: true },
        Ty::Func(_) | Ty::Def(_) => return Err(NoSecret),
    })
}

/// The secret type that values of a type take where a secret chooses between them (LANGUAGE §10.6); `None` if it cannot.
pub(crate) fn secret_form(ty: &Ty) -> Option<Ty> {
    match ty {
        _ if holds_dict(ty) || holds_public_text(ty) => None,
        Ty::Scalar { ty: ScalarTy::Float, .. } => Some(secret(ScalarTy::FIX64)),
        // The kinds of two shares may differ.
        _ if is_unselectable(ty) => None,
        Ty::Array(element) => secret_form(element).map(array),
        _ => secret_of(ty).ok(),
    }
}

/// Whether a part is a public string: those are not chosen among, since nothing asks for them to be secret.
fn holds_public_text(ty: &Ty) -> bool {
    match ty {
        Ty::Str => true,
        Ty::Object(object) => !object.view && object.of.marks.get().text,
        Ty::List(inner) | Ty::Array(inner) | Ty::Optional(inner) | Ty::Dict(_, inner) => holds_public_text(inner),
        Ty::Tuple(members) => members.iter().any(holds_public_text),
        _ => false,
    }
}

/// Whether values of a type can be chosen by a secret as they are.
pub(crate) fn is_secret_form(ty: &Ty) -> bool {
    secret_form(ty).as_ref() == Some(ty)
}

/// Whether no secret form of a type could be chosen: functions and the like, not public numbers and texts.
pub(crate) fn is_unselectable(ty: &Ty) -> bool {
    match ty {
        Ty::Error | Ty::Unit | Ty::Str | Ty::Text | Ty::Scalar { .. } | Ty::Enum { .. } => false,
        Ty::Share | Ty::RbcResult | Ty::Func(_) | Ty::Def(_) | Ty::Closure | Ty::Handle(_) => true,
        Ty::Object(_) => secret_of(ty).is_err(),
        Ty::List(inner) | Ty::Array(inner) | Ty::Optional(inner) => is_unselectable(inner),
        Ty::Dict(..) => true,
        Ty::Tuple(members) => members.iter().any(is_unselectable),
    }
}

/// Whether values of a type refer to something that can be changed.
pub(crate) fn has_reference(ty: &Ty) -> bool {
    match ty {
        Ty::Error
        | Ty::Unit
        | Ty::Str
        | Ty::Text
        | Ty::RbcResult
        | Ty::Closure
        | Ty::Handle(_)
        | Ty::Scalar { .. }
        | Ty::Enum { .. }
        | Ty::Share
        | Ty::Func(_)
        | Ty::Def(_) => false,
        Ty::List(_) | Ty::Array(_) | Ty::Dict(..) | Ty::Object(_) => true,
        Ty::Optional(inner) => has_reference(inner),
        Ty::Tuple(members) => members.iter().any(has_reference),
    }
}

/// The public form.
pub(crate) fn public_of(ty: &Ty) -> Ty {
    match ty {
        Ty::Error | Ty::Unit | Ty::Str | Ty::RbcResult | Ty::Share | Ty::Func(_) | Ty::Def(_) => ty.clone(),
        Ty::Closure | Ty::Handle(_) => ty.clone(),
        Ty::Scalar { ty, .. } => public(*ty),
        Ty::Text => Ty::Str,
        Ty::List(element) => list(public_of(element)),
        Ty::Array(element) => array(public_of(element)),
        Ty::Tuple(members) => Ty::Tuple(members.iter().map(public_of).collect()),
        Ty::Optional(inner) => Ty::Optional(Rc::new(public_of(inner))),
        Ty::Dict(key, value) => Ty::Dict(key.clone(), Rc::new(public_of(value))),
        // As declared: what is declared secret has no public form.
        Ty::Object(object) => Ty::Object(ObjectTy { view: false, ..object.clone() }),
        Ty::Enum { of, .. } => Ty::Enum { of: of.clone(), secret: false },
    }
}

/// Whether a leaf is secret.
pub(crate) fn has_secret(ty: &Ty) -> bool {
    match ty {
        // What functions take, give and capture is behind a call.
        Ty::Error | Ty::Unit | Ty::Str | Ty::RbcResult | Ty::Func(_) | Ty::Def(_) => false,
        Ty::Closure | Ty::Handle(_) => false,
        Ty::Share | Ty::Text => true,
        Ty::Scalar { secret, .. } | Ty::Enum { secret, .. } => *secret,
        Ty::Object(object) => object.holds_secret(),
        Ty::List(inner) | Ty::Array(inner) | Ty::Optional(inner) | Ty::Dict(_, inner) => has_secret(inner),
        Ty::Tuple(members) => members.iter().any(has_secret),
    }
}

/// Whether a part is [`Ty::Error`].
pub(crate) fn has_error(ty: &Ty) -> bool {
    match ty {
        Ty::Error => true,
        Ty::Unit | Ty::Str | Ty::Text | Ty::RbcResult | Ty::Scalar { .. } | Ty::Share => false,
        Ty::Object(_) | Ty::Enum { .. } | Ty::Closure | Ty::Handle(_) => false,
        Ty::List(inner) | Ty::Array(inner) | Ty::Optional(inner) => has_error(inner),
        Ty::Dict(key, value) => has_error(key) || has_error(value),
        Ty::Func(func) => func.params.iter().any(has_error) || has_error(&func.result),
        Ty::Def(def) => def.captures.iter().any(|captured| has_error(&captured.ty)),
        Ty::Tuple(members) => members.iter().any(has_error),
    }
}

/// Whether a leaf is `float64`.
pub(crate) fn holds_float(ty: &Ty) -> bool {
    match ty {
        Ty::Scalar { ty, .. } => *ty == ScalarTy::Float,
        Ty::List(inner) | Ty::Optional(inner) => holds_float(inner),
        Ty::Tuple(members) => members.iter().any(holds_float),
        _ => false,
    }
}

/// Whether a part, or what one refers to, is a function or another handle that is no data.
pub(crate) fn holds_function(ty: &Ty) -> bool {
    match ty {
        Ty::Func(_) | Ty::Def(_) | Ty::RbcResult | Ty::Closure | Ty::Handle(_) => true,
        Ty::Object(object) => object.of.marks.get().function,
        Ty::List(inner) | Ty::Optional(inner) | Ty::Dict(_, inner) => holds_function(inner),
        Ty::Tuple(members) => members.iter().any(holds_function),
        _ => false,
    }
}

/// Whether a type has more than [`LEAVES_MAX`] leaves or levels. Takes time by that bound, however large the type is.
pub(crate) fn is_too_large(ty: &Ty) -> bool {
    are_too_large([ty])
}

/// Whether types have more than [`LEAVES_MAX`] leaves together, or one of them more levels.
pub(crate) fn are_too_large<'a>(types: impl IntoIterator<Item = &'a Ty>) -> bool {
    let budget = &mut LEAVES_MAX.clone();
    types.into_iter().any(|ty| weigh(ty, LEAVES_MAX, budget).is_none())
}

/// Takes a type's leaves from a budget; `None` if that or `levels` is used up.
fn weigh(ty: &Ty, levels: usize, budget: &mut usize) -> Option<()> {
    let below = levels.checked_sub(1)?;
    match ty {
        Ty::Error
        | Ty::Unit
        | Ty::Str
        | Ty::Text
        | Ty::RbcResult
        | Ty::Closure
        | Ty::Handle(_)
        | Ty::Scalar { .. }
        | Ty::Share
        | Ty::Object(_)
        | Ty::Enum { .. } => *budget = budget.checked_sub(1)?,
        Ty::List(inner) | Ty::Array(inner) | Ty::Optional(inner) => weigh(inner, below, budget)?,
        Ty::Dict(key, value) => [key, value].into_iter().try_for_each(|ty| weigh(ty, below, budget))?,
        Ty::Func(func) => {
            func.params.iter().chain([&func.result]).try_for_each(|ty| weigh(ty, below, budget))?;
        }
        Ty::Def(def) => {
            def.captures.iter().try_for_each(|captured| weigh(&captured.ty, below, budget))?;
            *budget = budget.checked_sub(1)?;
        }
        Ty::Tuple(members) => members.iter().try_for_each(|ty| weigh(ty, below, budget))?,
    }
    Some(())
}

/// Whether a leaf is a share.
pub(crate) fn has_share(ty: &Ty) -> bool {
    match ty {
        Ty::Share => true,
        Ty::Error | Ty::Unit | Ty::Str | Ty::Text | Ty::RbcResult | Ty::Scalar { .. } | Ty::Enum { .. } => false,
        Ty::Func(_) | Ty::Def(_) | Ty::Closure | Ty::Handle(_) => false,
        Ty::Object(object) => object.of.marks.get().share,
        Ty::List(inner) | Ty::Array(inner) | Ty::Optional(inner) | Ty::Dict(_, inner) => has_share(inner),
        Ty::Tuple(members) => members.iter().any(has_share),
    }
}

/// The scalar format of a scalar type; an enum is an `int64`.
pub(crate) const fn scalar(ty: &Ty) -> Option<ScalarTy> {
    match ty {
        Ty::Scalar { ty, .. } => Some(*ty),
        Ty::Enum { .. } => Some(ScalarTy::I64),
        _ => None,
    }
}

/// Whether it is a secret scalar.
pub(crate) const fn is_secret(ty: &Ty) -> bool {
    matches!(ty, Ty::Scalar { secret: true, .. } | Ty::Enum { secret: true, .. })
}

/// Whether it is an integer, public or secret.
pub(crate) const fn is_int(ty: &Ty) -> bool {
    matches!(ty, Ty::Scalar { ty: ScalarTy::Int(_), .. } | Ty::Enum { .. })
}

/// Whether it is `bool`, public or secret.
pub(crate) const fn is_bool(ty: &Ty) -> bool {
    matches!(ty, Ty::Scalar { ty: ScalarTy::Bool, .. })
}

/// Whether it is an integer, fixed or `float64`.
pub(crate) fn is_number(ty: &Ty) -> bool {
    scalar(ty).is_some_and(|ty| ty != ScalarTy::Bool)
}

/// The one type of two values (LANGUAGE §6.2): equal types, or types that differ by secrecy only.
pub(crate) fn merge(a: &Ty, b: &Ty) -> Option<Ty> {
    Some(match (a, b) {
        (Ty::Error, other) | (other, Ty::Error) => other.clone(),
        (Ty::Scalar { ty: x, secret: s }, Ty::Scalar { ty: y, secret: t }) => {
            if x == y {
                Ty::Scalar { ty: *x, secret: *s || *t }
            } else if (*x == ScalarTy::Float && *y == ScalarTy::FIX64 && *t)
                || (*y == ScalarTy::Float && *x == ScalarTy::FIX64 && *s)
            {
                secret(ScalarTy::FIX64)
            } else {
                return None;
            }
        }
        (Ty::Enum { of: x, secret: s }, Ty::Enum { of: y, secret: t }) if x == y => {
            Ty::Enum { of: x.clone(), secret: *s || *t }
        }
        (Ty::Str, Ty::Text) | (Ty::Text, Ty::Str) => Ty::Text,
        (Ty::Object(x), Ty::Object(y)) if x.of == y.of => Ty::Object(ObjectTy { view: x.view || y.view, ..x.clone() }),
        (Ty::List(x), Ty::List(y)) => list(merge(x, y)?),
        (Ty::Array(x), Ty::Array(y)) => array(merge(x, y)?),
        (Ty::Optional(x), Ty::Optional(y)) => Ty::Optional(Rc::new(merge(x, y)?)),
        // `None` alone says nothing of what is absent.
        (Ty::Optional(x), other) | (other, Ty::Optional(x)) if **x == Ty::Error && *other != Ty::Unit => {
            optional(other.clone())
        }
        (Ty::Dict(k, x), Ty::Dict(l, y)) => dict(merge(k, l)?, merge(x, y)?),
        (Ty::Tuple(x), Ty::Tuple(y)) if x.len() == y.len() => {
            Ty::Tuple(x.iter().zip(y.iter()).map(|(x, y)| merge(x, y)).collect::<Option<_>>()?)
        }
        (Ty::Def(x), Ty::Def(y)) if x == y => Ty::Def(x.clone()),
        (Ty::Def(x), Ty::Def(y)) if x.sig == y.sig => Ty::Func(x.sig.clone()?),
        (Ty::Def(def), Ty::Func(func)) | (Ty::Func(func), Ty::Def(def)) if def.sig.as_ref() == Some(func) => {
            Ty::Func(func.clone())
        }
        (x, y) if x == y => x.clone(),
        _ => return None,
    })
}

/// What becomes of a value where another type is expected (LANGUAGE §6.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fit {
    /// It has the type.
    Same,
    /// Converted without being asked.
    Convert,
    /// E0401
    Leak,
    /// E0303
    Explicit,
    /// E0301
    Mismatch,
}

/// The row of the conversion table for `from` → `to`.
pub(crate) fn fit(from: &Ty, to: &Ty) -> Fit {
    match (from, to) {
        (Ty::Error, _) | (_, Ty::Error) => Fit::Same,
        _ if from == to => Fit::Same,
        (Ty::Scalar { ty: a, secret: s }, Ty::Scalar { ty: b, secret: t }) => {
            if *s && !*t {
                return if *a == *b || (*a != ScalarTy::Bool && *b != ScalarTy::Bool) {
                    Rule::Scalar.judge(Fit::Leak)
                } else {
                    Fit::Mismatch
                };
            }
            match number_fit(*a, *b) {
                Fit::Explicit if *a == ScalarTy::Float && *b == ScalarTy::FIX64 && *t => Fit::Convert,
                fit @ (Fit::Explicit | Fit::Mismatch) => fit,
                _ => Fit::Convert,
            }
        }
        (Ty::Enum { of: a, .. }, Ty::Enum { of: b, .. }) if a != b => Fit::Mismatch,
        (Ty::Enum { .. }, Ty::Scalar { ty: ScalarTy::I64, .. } | Ty::Enum { .. })
        | (Ty::Scalar { ty: ScalarTy::I64, .. }, Ty::Enum { .. }) => {
            if is_secret(from) && !is_secret(to) {
                Rule::Enumeration.judge(Fit::Leak)
            } else {
                Fit::Convert
            }
        }
        (Ty::Object(a), Ty::Object(b)) if a.derives_from(b) => view_fit(a, b),
        (Ty::Scalar { secret: true, .. }, Ty::Share) | (Ty::Share, Ty::Scalar { secret: true, .. }) => Fit::Convert,
        (Ty::Share, Ty::Scalar { .. }) => Rule::ShareHandle.judge(Fit::Leak),
        (Ty::Def(def), Ty::Func(func)) => match &def.sig {
            Some(sig) if sig == func => Fit::Convert,
            Some(sig) => fit(&Ty::Func(sig.clone()), to),
            None => Fit::Mismatch,
        },
        (Ty::Def(_) | Ty::Func(_), Ty::Closure) => Fit::Convert,
        (Ty::Optional(a), Ty::Optional(b)) => Rule::OptionalContent.judge(inside(a, b)),
        (_, Ty::Optional(inner)) => match Rule::OptionalContent.judge(fit(from, inner)) {
            Fit::Same => Fit::Convert,
            other => other,
        },
        // An array without axes stands for its element.
        (Ty::Array(element), Ty::Scalar { .. }) => match fit(element, to) {
            Fit::Same => Fit::Convert,
            other => other,
        },
        _ => inside(from, to),
    }
}

/// Inside containers only secrecy may differ.
fn inside(from: &Ty, to: &Ty) -> Fit {
    match (from, to) {
        (Ty::Error, _) | (_, Ty::Error) => Fit::Same,
        _ if from == to => Fit::Same,
        (Ty::Scalar { ty: a, secret: s }, Ty::Scalar { ty: b, .. }) if a == b => {
            if *s {
                Fit::Leak
            } else {
                Fit::Convert
            }
        }
        (Ty::Enum { of: a, secret: s }, Ty::Enum { of: b, .. }) if a == b => {
            if *s {
                Fit::Leak
            } else {
                Fit::Convert
            }
        }
        (Ty::Str, Ty::Text) => Fit::Convert,
        (Ty::Text, Ty::Str) => Fit::Leak,
        (Ty::Object(a), Ty::Object(b)) if a.of == b.of => view_fit(a, b),
        (Ty::List(a), Ty::List(b)) => Rule::ListElement.judge(inside(a, b)),
        (Ty::Optional(a), Ty::Optional(b)) => Rule::OptionalContent.judge(inside(a, b)),
        (Ty::Dict(k, a), Ty::Dict(l, b)) => worse(same_keys(k, l), Rule::DictValue.judge(inside(a, b))),
        (Ty::Array(a), Ty::Array(b)) => Rule::ArrayElement.judge(inside(a, b)),
        (Ty::Tuple(a), Ty::Tuple(b)) if a.len() == b.len() => {
            a.iter().zip(b.iter()).map(|(a, b)| Rule::TupleMember.judge(inside(a, b))).fold(Fit::Same, worse)
        }
        // Function types match exactly; one that would pass a secret off as public is told apart.
        (Ty::Func(a), Ty::Func(b)) if a.params.len() == b.params.len() => {
            // Arguments go in as `to` says, results come out as `from` says.
            let args = b.params.iter().zip(&a.params).map(|(from, to)| Rule::FunctionArgument.judge(inside(from, to)));
            let result = Rule::FunctionResult.judge(inside(&a.result, &b.result));
            match args.chain([result]).fold(Fit::Same, worse) {
                Fit::Same => Fit::Same,
                Fit::Leak => Fit::Leak,
                _ => Fit::Mismatch,
            }
        }
        _ => Fit::Mismatch,
    }
}

/// Keys of dicts do not convert.
fn same_keys(a: &Ty, b: &Ty) -> Fit {
    if a == b || has_error(a) || has_error(b) { Fit::Same } else { Fit::Mismatch }
}

/// Of objects of which the first may stand for the second, secrecy apart.
fn view_fit(a: &ObjectTy, b: &ObjectTy) -> Fit {
    match (a.view, b.view) {
        (true, false) if a.holds_secret() => Rule::View.judge(Fit::Leak),
        _ if a == b => Fit::Same,
        _ => Fit::Convert,
    }
}

/// Whether values of the type may be compared: objects may not (LANGUAGE §7).
pub(crate) fn comparable(ty: &Ty) -> bool {
    match ty {
        Ty::Object(_) => false,
        Ty::Dict(..) | Ty::RbcResult | Ty::Closure | Ty::Handle(_) => false,
        Ty::List(inner) | Ty::Array(inner) | Ty::Optional(inner) => comparable(inner),
        Ty::Tuple(members) => members.iter().all(comparable),
        Ty::Error | Ty::Unit | Ty::Str | Ty::Text | Ty::Scalar { .. } | Ty::Enum { .. } | Ty::Share => true,
        Ty::Func(_) | Ty::Def(_) => false,
    }
}

/// Whether an object is in the type.
pub(crate) fn holds_object(ty: &Ty) -> bool {
    match ty {
        Ty::Object(_) => true,
        Ty::List(inner) | Ty::Array(inner) | Ty::Optional(inner) | Ty::Dict(_, inner) => holds_object(inner),
        Ty::Tuple(members) => members.iter().any(holds_object),
        _ => false,
    }
}

/// Whether an object is in the type whose own declaration holds secrets: it has no public form (E0405).
pub(crate) fn declares_secrets(ty: &Ty) -> Option<&ObjectTy> {
    match ty {
        Ty::Object(object) => object.of.marks.get().own_secret.then_some(object),
        Ty::List(inner) | Ty::Array(inner) | Ty::Optional(inner) | Ty::Dict(_, inner) => declares_secrets(inner),
        Ty::RbcResult | Ty::Closure | Ty::Handle(_) => None,
        Ty::Tuple(members) => members.iter().find_map(declares_secrets),
        Ty::Error | Ty::Unit | Ty::Str | Ty::Text | Ty::Scalar { .. } | Ty::Enum { .. } | Ty::Share => None,
        Ty::Func(_) | Ty::Def(_) => None,
    }
}

/// An enum as the `int64` that it is; other types stay as they are.
pub(crate) fn plain(ty: &Ty) -> Ty {
    match ty {
        Ty::Enum { secret, .. } => Ty::Scalar { ty: ScalarTy::I64, secret: *secret },
        other => other.clone(),
    }
}

/// The type without enums, in its parts too.
pub(crate) fn erased(ty: &Ty) -> Ty {
    match ty {
        Ty::Enum { .. } => plain(ty),
        Ty::List(inner) => list(erased(inner)),
        Ty::Dict(key, inner) => Ty::Dict(Rc::new(erased(key)), Rc::new(erased(inner))),
        Ty::RbcResult | Ty::Closure | Ty::Handle(_) => ty.clone(),
        Ty::Optional(inner) => Ty::Optional(Rc::new(erased(inner))),
        Ty::Tuple(members) => Ty::Tuple(members.iter().map(erased).collect()),
        Ty::Func(func) => {
            Ty::Func(Rc::new(FuncTy { params: func.params.iter().map(erased).collect(), result: erased(&func.result) }))
        }
        Ty::Def(def) => {
            let captures = def.captures.iter().map(|captured| Capture { ty: erased(&captured.ty), ..captured.clone() });
            Ty::Def(Rc::new(Def { captures: captures.collect(), ..(**def).clone() }))
        }
        Ty::Array(inner) => Ty::Array(Rc::new(erased(inner))),
        Ty::Error | Ty::Unit | Ty::Str | Ty::Text | Ty::Scalar { .. } | Ty::Share | Ty::Object(_) => ty.clone(),
    }
}

fn worse(a: Fit, b: Fit) -> Fit {
    let rank = |fit| match fit {
        Fit::Same => 0,
        Fit::Convert => 1,
        Fit::Explicit => 2,
        Fit::Leak => 3,
        Fit::Mismatch => 4,
    };
    if rank(a) >= rank(b) { a } else { b }
}

/// Conversion of numbers, secrecy apart.
fn number_fit(from: ScalarTy, to: ScalarTy) -> Fit {
    match (from, to) {
        _ if from == to => Fit::Same,
        (ScalarTy::Int(a), ScalarTy::Int(b)) => {
            let wider = b.bits() > a.bits();
            if wider && (a.is_signed() == b.is_signed() || b.is_signed()) { Fit::Convert } else { Fit::Explicit }
        }
        (ScalarTy::Int(_), ScalarTy::Fix(_) | ScalarTy::Float) => Fit::Convert,
        (ScalarTy::Bool, _) | (_, ScalarTy::Bool) => Fit::Mismatch,
        _ => Fit::Explicit,
    }
}

/// The format in which two numbers are computed (LANGUAGE §7, §10.4), if the operation is defined.
///
/// Arrays count as their elements.
pub(crate) fn common(a: &Ty, b: &Ty) -> Option<ScalarTy> {
    let (a, b) = (plain(leaf(a)), plain(leaf(b)));
    let (Ty::Scalar { ty: x, secret: s }, Ty::Scalar { ty: y, secret: t }) = (&a, &b) else { return None };
    let joint = match (*x, *y) {
        (x, y) if x == y => x,
        (ScalarTy::Bool, _) | (_, ScalarTy::Bool) => return None,
        (ScalarTy::Int(_), other @ (ScalarTy::Float | ScalarTy::Fix(_)))
        | (other @ (ScalarTy::Float | ScalarTy::Fix(_)), ScalarTy::Int(_)) => other,
        (ScalarTy::Float, fix @ ScalarTy::Fix(_)) | (fix @ ScalarTy::Fix(_), ScalarTy::Float) => fix,
        _ => return None,
    };
    Some(if joint == ScalarTy::Float && (*s || *t) { ScalarTy::Fix(FixTy::FIX64) } else { joint })
}

/// The name of a type, as `type_name` and messages write it.
pub(crate) fn name(ty: &Ty) -> String {
    let mut out = String::new();
    write_name(&mut out, ty);
    out
}

fn write_name(out: &mut String, ty: &Ty) {
    match ty {
        Ty::Error => out.push('?'),
        Ty::Unit => out.push_str("None"),
        Ty::Scalar { ty, secret } => {
            let _ = write!(out, "{}{ty}", if *secret { "secret " } else { "" });
        }
        Ty::Str => out.push_str("string"),
        Ty::Text => out.push_str("secret string"),
        Ty::RbcResult => out.push_str("RbcResult"),
        Ty::Closure => out.push_str("Closure"),
        Ty::Handle(name) => out.push_str(name),
        Ty::Share => out.push_str("Share"),
        Ty::List(inner) => {
            out.push_str("list[");
            write_name(out, inner);
            out.push(']');
        }
        Ty::Array(inner) => {
            out.push_str("array[");
            write_name(out, inner);
            out.push(']');
        }
        Ty::Tuple(members) => {
            out.push('(');
            for (at, member) in members.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write_name(out, member);
            }
            out.push_str(if members.len() == 1 { ",)" } else { ")" });
        }
        Ty::Optional(inner) if **inner == Ty::Error => out.push_str("None"),
        Ty::Dict(key, value) => {
            out.push_str("dict[");
            write_name(out, key);
            out.push_str(", ");
            write_name(out, value);
            out.push(']');
        }
        Ty::Optional(inner) => {
            let brackets = matches!(**inner, Ty::Func(_));
            out.push_str(if brackets { "(" } else { "" });
            write_name(out, inner);
            out.push_str(if brackets { ")?" } else { "?" });
        }
        Ty::Object(object) => {
            let _ = write!(out, "{}{}", if object.view { "secret " } else { "" }, object.of.name);
        }
        Ty::Enum { of, secret } => {
            let _ = write!(out, "{}{}", if *secret { "secret " } else { "" }, of.name);
        }
        Ty::Func(func) => write_func(out, func),
        Ty::Def(def) => match &def.sig {
            Some(sig) => write_func(out, sig),
            None if &*def.name == "lambda" => out.push_str("lambda"),
            None => {
                let _ = write!(out, "function {}", def.name);
            }
        },
    }
}

fn write_func(out: &mut String, func: &FuncTy) {
    out.push('(');
    for (at, param) in func.params.iter().enumerate() {
        out.push_str(if at > 0 { ", " } else { "" });
        write_name(out, param);
    }
    out.push_str(") -> ");
    write_name(out, &func.result);
}
