//! Dicts: displays, comprehensions, keys and elements as written in, typed nodes out (LANGUAGE §5, §12, §16).
//!
//! Keys are public. A secret key is looked for by a scan (`scan`) among public integers, and nowhere else.

use stoffel_syntax::{Code, Span};

use super::body::{Body, ScopeKind, poison};
use super::call::Given;
use super::infer::Role;
use super::rule::Rule;
use super::tree::{Clause as SurfaceClause, Expr as Surface, Lit};
use super::ty;
use crate::hir::{Expr, ExprKind as HirKind, LocalId, Ty};

impl Body<'_, '_> {
    /// `{k: v, …}`
    pub(crate) fn dict(&mut self, pairs: &[(Surface, Surface)], span: Span, hint: Option<&Ty>) -> Expr {
        let want = match hint {
            Some(Ty::Dict(key, value)) => Some((Ty::clone(key), Ty::clone(value))),
            _ => None,
        };
        if pairs.is_empty() {
            let (key, value) = want.unwrap_or((Ty::Error, Ty::Error));
            let ty = ty::dict(key, value);
            if ty::has_error(&ty) {
                self.error(Code::E0306, span, "nothing tells the key and value types of this dict").help =
                    Some("write the type: `var d: dict[K, V] = {}`".into());
            }
            return Expr { kind: HirKind::Dict(Vec::new()), ty, span };
        }
        let (want_key, want_value) = want.unzip();
        let keys: Vec<&Surface> = pairs.iter().map(|(key, _)| key).collect();
        let values: Vec<&Surface> = pairs.iter().map(|(_, value)| value).collect();
        let keys = self.elements(&keys, want_key.filter(|ty| !ty::has_error(ty)));
        let values = self.elements(&values, want_value.filter(|ty| !ty::has_error(ty)));
        let (Some((keys, key)), Some((values, value))) = (keys, values) else { return poison(span) };
        if !keys.iter().all(|one| self.is_key(&one.ty, one.span)) {
            return poison(span);
        }
        Expr { kind: HirKind::Dict(keys.into_iter().zip(values).collect()), ty: ty::dict(key, value), span }
    }

    /// `{k: v for …}`
    pub(crate) fn dict_comprehension(
        &mut self,
        key: &Surface,
        value: &Surface,
        clauses: &[SurfaceClause],
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        let (want_key, want_value) = match hint {
            Some(Ty::Dict(key, value)) => (Some(Ty::clone(key)), Some(Ty::clone(value))),
            _ => (None, None),
        };
        let before = self.assigned.clone();
        self.open(ScopeKind::Plain);
        let clauses = self.clauses(clauses);
        let mut one = |surface: &Surface, want: Option<Ty>| match want.filter(|want| !ty::has_error(want)) {
            Some(want) => self.check(surface, &want),
            None => self.expr(surface, None),
        };
        let (key, value) = (one(key, want_key), one(value, want_value));
        self.close();
        self.assigned = before;
        if key.ty == Ty::Error || value.ty == Ty::Error || !self.is_key(&key.ty, key.span) {
            return poison(span);
        }
        let ty = ty::dict(key.ty.clone(), value.ty.clone());
        Expr { kind: HirKind::DictComprehension(clauses, Box::new(key), Box::new(value)), ty, span }
    }

    /// Whether values of a type may be keys: E0326.
    fn is_key(&mut self, ty: &Ty, span: Span) -> bool {
        if ty::has_error(ty) || ty::is_key(ty) {
            return true;
        }
        let message = format!("a `{}` cannot be the key of a dict", ty::name(ty));
        self.error(Code::E0326, span, message).help =
            Some("keys are public integers, bools, strings, numbers, and tuples of these".into());
        false
    }

    /// A key of a dict with this type of keys, secret only where a scan finds it; E0311 for one of another type.
    pub(crate) fn key(&mut self, given: &Given<'_>, want: &Ty) -> Expr {
        if !ty::has_error(want)
            && let Some(local) = self.inferred(given.surface())
        {
            self.need(local, Role::Place, want.clone(), given.surface().span);
        }
        let hint = Some(want).filter(|want| !ty::has_error(want));
        let key = self.given(given, hint);
        if key.ty == Ty::Error {
            return key;
        }
        if ty::has_secret(&key.ty) {
            return if scans(want, &key.ty) { key } else { self.secret_key(&key, want) };
        }
        match ty::fit(&key.ty, want) {
            ty::Fit::Same | ty::Fit::Convert => self.coerce(key, want),
            _ if self.unchecked(&key.ty, key.span) => poison(key.span),
            _ => {
                let message = format!("a key here is a `{}`, not a `{}`", ty::name(want), ty::name(&key.ty));
                self.fail(Code::E0311, key.span, message)
            }
        }
    }

    /// A key that must be public: `why`.
    pub(crate) fn public_key(&mut self, given: &Given<'_>, want: &Ty, why: &str) -> Expr {
        let key = self.key(given, want);
        if ty::is_secret(&key.ty) && Rule::DictKey.on() { self.leak(Code::E0409, key.span, why, &key) } else { key }
    }

    /// A secret key where there is no scan: E0409.
    pub(crate) fn secret_key(&mut self, key: &Expr, want: &Ty) -> Expr {
        let message = format!("a secret key is found among public integer keys only, not among `{}`", ty::name(want));
        self.leak(Code::E0409, key.span, message, key)
    }

    /// Notes key and value that an un-annotated dict is given.
    pub(crate) fn need_pair(&mut self, local: LocalId, key: (&Expr, &Surface), value: (&Expr, &Surface)) {
        let Ty::Dict(own_key, own_value) = self.locals[local.0 as usize].ty.clone() else { return };
        let parts = [(own_key, key, true), (own_value, value, false)];
        for (own, (part, surface), is_key) in parts {
            if part.ty == Ty::Error || (is_key && !ty::is_key(&part.ty)) {
                continue;
            }
            let weak = surface.lit != Lit::No || self.is_soft(surface);
            // What does not fit is found where it is converted.
            if !ty::has_error(&own) && ty::merge(&own, &part.ty).is_none() {
                continue;
            }
            let asked =
                if is_key { ty::dict(part.ty.clone(), Ty::Error) } else { ty::dict(Ty::Error, part.ty.clone()) };
            self.need(local, if weak { Role::Weak } else { Role::Value }, asked, part.span);
        }
    }
}

/// Whether a secret of one type is looked for among keys of another (LANGUAGE §10.7).
pub(crate) fn scans(keys: &Ty, key: &Ty) -> bool {
    ty::is_int(keys) && ty::is_int(key) && ty::is_secret(key)
}
