//! The algebra of types: secrecy of leaves, merging, implicit conversion, names.
//!
//! [`Ty::Error`] is compatible with all. As the element of a list it also stands for "nothing is known yet" (`[]`).
//! Source: LANGUAGE §5, §6.3, §10.1.

use std::fmt::Write as _;
use std::rc::Rc;

use stoffel_value::{FixTy, ScalarTy};

use crate::hir::Ty;

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

/// Why there is no `secret T`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoSecret {
    /// E0403
    Never,
    /// E0001: secret text.
    Text,
}

/// `secret T` (LANGUAGE §10.1); a secret type stays as it is.
pub(crate) fn secret_of(ty: &Ty) -> Result<Ty, NoSecret> {
    Ok(match ty {
        Ty::Error => Ty::Error,
        Ty::Unit => return Err(NoSecret::Never),
        Ty::Scalar { ty: ScalarTy::Float, .. } => return Err(NoSecret::Never),
        Ty::Scalar { ty, .. } => secret(*ty),
        Ty::Str => return Err(NoSecret::Text),
        Ty::List(element) => list(secret_of(element)?),
        Ty::Tuple(members) => Ty::Tuple(members.iter().map(secret_of).collect::<Result<_, _>>()?),
        Ty::Optional(inner) => Ty::Optional(Rc::new(secret_of(inner)?)),
    })
}

/// The public form.
pub(crate) fn public_of(ty: &Ty) -> Ty {
    match ty {
        Ty::Error | Ty::Unit | Ty::Str => ty.clone(),
        Ty::Scalar { ty, .. } => public(*ty),
        Ty::List(element) => list(public_of(element)),
        Ty::Tuple(members) => Ty::Tuple(members.iter().map(public_of).collect()),
        Ty::Optional(inner) => Ty::Optional(Rc::new(public_of(inner))),
    }
}

/// Whether a leaf is secret.
pub(crate) fn has_secret(ty: &Ty) -> bool {
    match ty {
        Ty::Error | Ty::Unit | Ty::Str => false,
        Ty::Scalar { secret, .. } => *secret,
        Ty::List(inner) | Ty::Optional(inner) => has_secret(inner),
        Ty::Tuple(members) => members.iter().any(has_secret),
    }
}

/// Whether a part is [`Ty::Error`].
pub(crate) fn has_error(ty: &Ty) -> bool {
    match ty {
        Ty::Error => true,
        Ty::Unit | Ty::Str | Ty::Scalar { .. } => false,
        Ty::List(inner) | Ty::Optional(inner) => has_error(inner),
        Ty::Tuple(members) => members.iter().any(has_error),
    }
}

/// Number of leaves.
pub(crate) fn leaves(ty: &Ty) -> usize {
    match ty {
        Ty::Error | Ty::Unit | Ty::Str | Ty::Scalar { .. } => 1,
        Ty::List(inner) | Ty::Optional(inner) => leaves(inner),
        Ty::Tuple(members) => members.iter().map(leaves).sum(),
    }
}

/// The scalar format of a scalar type.
pub(crate) const fn scalar(ty: &Ty) -> Option<ScalarTy> {
    match ty {
        Ty::Scalar { ty, .. } => Some(*ty),
        _ => None,
    }
}

/// Whether it is a secret scalar.
pub(crate) const fn is_secret(ty: &Ty) -> bool {
    matches!(ty, Ty::Scalar { secret: true, .. })
}

/// Whether it is an integer, public or secret.
pub(crate) const fn is_int(ty: &Ty) -> bool {
    matches!(ty, Ty::Scalar { ty: ScalarTy::Int(_), .. })
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
        (Ty::List(x), Ty::List(y)) => list(merge(x, y)?),
        (Ty::Optional(x), Ty::Optional(y)) => Ty::Optional(Rc::new(merge(x, y)?)),
        (Ty::Tuple(x), Ty::Tuple(y)) if x.len() == y.len() => {
            Ty::Tuple(x.iter().zip(y.iter()).map(|(x, y)| merge(x, y)).collect::<Option<_>>()?)
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
                    Fit::Leak
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
        (Ty::Optional(a), Ty::Optional(b)) => inside(a, b),
        (_, Ty::Optional(inner)) => match fit(from, inner) {
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
        (Ty::List(a), Ty::List(b)) | (Ty::Optional(a), Ty::Optional(b)) => inside(a, b),
        (Ty::Tuple(a), Ty::Tuple(b)) if a.len() == b.len() => {
            a.iter().zip(b.iter()).map(|(a, b)| inside(a, b)).fold(Fit::Same, worse)
        }
        _ => Fit::Mismatch,
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
pub(crate) fn common(a: &Ty, b: &Ty) -> Option<ScalarTy> {
    let (Ty::Scalar { ty: x, secret: s }, Ty::Scalar { ty: y, secret: t }) = (a, b) else { return None };
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
        Ty::List(inner) => {
            out.push_str("list[");
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
        Ty::Optional(inner) => {
            write_name(out, inner);
            out.push('?');
        }
    }
}
