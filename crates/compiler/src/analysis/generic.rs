//! Written types with type parameters and the types of arguments in, what the parameters are bound to out (LANGUAGE §9.5).

use std::rc::Rc;

use super::tree::{Func, TypeArg, TypeExpr, TypeKind};
use super::ty;
use crate::hir::Ty;

/// Type parameters with what they are bound to, as far as that is known.
pub(crate) type Params = [(Rc<str>, Option<Ty>)];

/// The type parameters of a function, bound to nothing yet.
pub(crate) fn unbound(func: &Func) -> Vec<(Rc<str>, Option<Ty>)> {
    func.generics.iter().map(|name| (name.text.clone(), None)).collect()
}

/// Whether a written type holds a type parameter.
pub(crate) fn mentions(written: &TypeExpr, bound: &Params) -> bool {
    !bound.is_empty() && any_name(written, &|name| bound.iter().any(|(bound, _)| bound == name))
}

/// Whether it holds one that is not bound yet.
pub(crate) fn mentions_unbound(written: &TypeExpr, bound: &Params) -> bool {
    any_name(written, &|name| bound.iter().any(|(bound, ty)| bound == name && ty.is_none()))
}

fn any_name(written: &TypeExpr, test: &dyn Fn(&Rc<str>) -> bool) -> bool {
    match &written.kind {
        TypeKind::Path(path, args) => {
            matches!(&path[..], [name] if test(&name.text))
                || args.iter().flatten().any(|arg| matches!(arg, TypeArg::Type(ty) if any_name(ty, test)))
        }
        TypeKind::Tuple(members) => members.iter().any(|member| any_name(member, test)),
        TypeKind::Secret(inner) | TypeKind::Optional(inner) => any_name(inner, test),
        TypeKind::Func(params, result) => params.iter().chain(result.as_deref()).any(|part| any_name(part, test)),
        TypeKind::Error => false,
    }
}

/// Binds the type parameters of a written type so that it is `ty`; whether its shape fits.
pub(crate) fn unify(written: &TypeExpr, ty: &Ty, bound: &mut Params) -> bool {
    match (&written.kind, ty) {
        (TypeKind::Path(path, None), _) if path.len() == 1 => {
            if let Some((_, slot)) = bound.iter_mut().find(|(name, _)| *name == path[0].text)
                && slot.is_none()
                && !ty::has_error(ty)
            {
                *slot = Some(ty.clone());
            }
            true
        }
        (TypeKind::Path(path, Some(args)), Ty::List(element)) if path.len() == 1 && &*path[0].text == "list" => {
            match &args[..] {
                [TypeArg::Type(inner)] => unify(inner, element, bound),
                _ => true,
            }
        }
        (TypeKind::Path(path, Some(args)), Ty::Dict(key, value)) if path.len() == 1 && &*path[0].text == "dict" => {
            match &args[..] {
                [TypeArg::Type(k), TypeArg::Type(v)] => unify(k, key, bound) && unify(v, value, bound),
                _ => true,
            }
        }
        (TypeKind::Path(path, Some(args)), Ty::Array(element)) if path.len() == 1 && &*path[0].text == "array" => {
            match &args[..] {
                [TypeArg::Type(inner)] => unify(inner, element, bound),
                _ => true,
            }
        }
        (TypeKind::Path(path, Some(_)), _)
            if path.len() == 1 && matches!(&*path[0].text, "list" | "dict" | "array") =>
        {
            false
        }
        (TypeKind::Tuple(members), Ty::Tuple(types)) => {
            members.len() == types.len() && members.iter().zip(types.iter()).all(|(a, b)| unify(a, b, bound))
        }
        (TypeKind::Tuple(_), _) => false,
        (TypeKind::Func(params, result), Ty::Func(func)) => {
            let results = match (result, &func.result) {
                (None, Ty::Unit) => true,
                (None, _) | (Some(_), Ty::Unit) => false,
                (Some(written), ty) => unify(written, ty, bound),
            };
            results
                && params.len() == func.params.len()
                && params.iter().zip(&func.params).all(|(a, b)| unify(a, b, bound))
        }
        (TypeKind::Func(..), _) => false,
        (TypeKind::Secret(inner), _) => unify(inner, &ty::public_of(ty), bound),
        (TypeKind::Optional(inner), Ty::Optional(ty)) => unify(inner, ty, bound),
        (TypeKind::Optional(inner), _) => unify(inner, ty, bound),
        _ => true,
    }
}
