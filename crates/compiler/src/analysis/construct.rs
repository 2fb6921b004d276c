//! Constructors, fields and members of types in, typed nodes out (LANGUAGE §9.3, §11.1, §11.3).

use std::rc::Rc;

use stoffel_syntax::{Code, Span};
use stoffel_value::ScalarTy;

use super::body::{Body, Found, poison};
use super::literal::{constant, word_of};
use super::operator::bind;
use super::scope::Decl;
use super::suggest::nearest;
use super::tree::{Arg, Expr as Surface, Ident};
use super::ty;
use crate::hir::{EnumInfo, Expr, ExprKind as HirKind, ObjectTy, Place, Ty};

impl Body<'_, '_> {
    /// `O(f: v, …)`: E0601, E0603, W0601.
    pub(crate) fn construct(&mut self, object: &ObjectTy, args: &[Arg], span: Span) -> Expr {
        let id = object.of.id as usize;
        let n_fields = self.cx.objects[id].fields.len();
        let mut given: Vec<Option<Expr>> = vec![None; n_fields];
        let mut order = Vec::new();
        let mut failed = !self.cx.objects[id].buildable;
        for arg in args {
            let Some((at, ty)) = self.constructor_field(object, arg) else {
                self.expr(&arg.value, None);
                failed = true;
                continue;
            };
            let value = self.check(&arg.value, &ty);
            failed |= value.ty == Ty::Error;
            if given[at].is_some() {
                let name = arg.name.as_ref().map_or(span, |name| name.span);
                self.error(Code::E0601, name, "this field is given twice");
                failed = true;
                continue;
            }
            given[at] = Some(value);
            order.push(at);
        }
        let (mut zeros, mut missing) = (Vec::new(), Vec::new());
        for at in (0..n_fields).filter(|&at| given[at].is_none()).collect::<Vec<_>>() {
            let field = self.cx.objects[id].fields[at].clone();
            let value = self.cx.default_of(object, &field, span).or_else(|| {
                zeros.push(field.name.clone());
                self.cx.zero(&super::object::field_type(object, &field.ty), span)
            });
            if value.is_none() {
                zeros.pop();
                missing.push(field.name.clone());
            }
            failed |= value.as_ref().is_some_and(|value| value.ty == Ty::Error);
            given[at] = value;
        }
        let name = object.of.name.clone();
        if self.cx.objects[id].buildable {
            if !missing.is_empty() {
                let message = format!("`{name}` is not given `{}`, which has no zero value", joined(&missing));
                return self.fail(Code::E0603, span, message);
            }
            if !zeros.is_empty() {
                let message = format!("`{name}` starts with `{}` at zero", joined(&zeros));
                self.error(Code::W0601, span, message).help =
                    Some("give the field, or a default where it is declared".into());
            }
        }
        if failed || !missing.is_empty() {
            // The type is known though the value is not, so that what follows is checked.
            return Expr { ty: Ty::Object(object.clone()), ..poison(span) };
        }
        self.built(object, given.into_iter().flatten().collect(), &order, span)
    }

    /// The node; what is given out of the order of the fields is bound first, as it is written.
    fn built(&mut self, object: &ObjectTy, values: Vec<Expr>, order: &[usize], span: Span) -> Expr {
        let ty = Ty::Object(object.clone());
        if order.is_sorted() {
            return Expr { kind: HirKind::Object(values), ty, span };
        }
        let mut bindings = Vec::new();
        let fields = values
            .into_iter()
            .enumerate()
            .map(|(at, value)| {
                let (value, binding) = self.hoist(value);
                bindings.push((order.iter().position(|&given| given == at), binding));
                value
            })
            .collect();
        bindings.sort_by_key(|(rank, _)| rank.unwrap_or(usize::MAX));
        let built = Expr { kind: HirKind::Object(fields), ty, span };
        bindings.into_iter().rev().fold(built, |body, (_, binding)| bind(binding, body))
    }

    fn constructor_field(&mut self, object: &ObjectTy, arg: &Arg) -> Option<(usize, Ty)> {
        let name = &object.of.name;
        let Some(label) = &arg.name else {
            self.error(Code::E0601, arg.value.span, format!("`{name}` takes its fields by name: `field: value`"));
            return None;
        };
        let found = self.cx.object_field(object, &label.text);
        if found.is_none() {
            let fields = &self.cx.objects[object.of.id as usize].fields;
            let near = nearest(&label.text, fields.iter().map(|field| &*field.name));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            self.error(Code::E0601, label.span, format!("`{name}` has no field `{}`", label.text)).help = help;
        }
        found.map(|(at, ty)| (at as usize, ty))
    }

    /// `o.f` of a typed object.
    pub(crate) fn object_field(&mut self, value: Expr, name: &Ident, span: Span) -> Expr {
        let Ty::Object(object) = value.ty.clone() else { return poison(span) };
        match self.cx.object_field(&object, &name.text) {
            Some((at, ty)) => {
                if ty == Ty::Error {
                    return poison(span);
                }
                Expr { kind: HirKind::Field(Box::new(value), at), ty, span }
            }
            None => self.no_field(&object, name),
        }
    }

    fn no_field(&mut self, object: &ObjectTy, name: &Ident) -> Expr {
        let definition = &self.cx.objects[object.of.id as usize];
        let help = if definition.methods.contains_key(&name.text)
            || super::prelude::suits(&name.text, &Ty::Object(object.clone()))
        {
            Some(format!("call it: `.{}(…)`", name.text))
        } else {
            let known = definition.fields.iter().map(|field| &*field.name);
            let known = known.chain(definition.methods.keys().map(|name| &**name));
            nearest(&name.text, known).map(|near| format!("did you mean `{near}`?"))
        };
        let message = format!("`{}` has no field `{}`", object.of.name, name.text);
        self.error(Code::E0204, name.span, message).help = help;
        poison(name.span)
    }

    /// A field as a target, with its type; [`Ty::Error`] if it is none: E0204, E0504.
    pub(crate) fn field_place(&mut self, base: &Surface, name: &Ident, span: Span) -> (Place, Ty) {
        let none = (Place::Discard, Ty::Error);
        if let Some(of) = self.denotes(base) {
            match of {
                Found::Decl(Decl::Const(_)) => {
                    self.error(Code::E0504, span, "this is a constant and cannot be changed");
                    return none;
                }
                Found::Decl(Decl::Enum(_)) => {
                    self.error(Code::E0504, span, "the members of an enum cannot be assigned");
                    return none;
                }
                _ => {}
            }
        }
        let base = self.expr(base, None);
        match &base.ty {
            Ty::Object(_) => {
                let read = self.object_field(base, name, span);
                match read.kind {
                    HirKind::Field(base, at) if read.ty != Ty::Error => (Place::Field(base, at), read.ty),
                    _ => none,
                }
            }
            Ty::Error => none,
            Ty::Array(_) if matches!(&*name.text, "shape" | "ndim") => {
                self.error(Code::E0504, span, format!("`{}` of an array is read-only", name.text));
                none
            }
            other => {
                let message = format!("`{}` has no field `{}`", ty::name(other), name.text);
                self.error(Code::E0204, name.span, message);
                none
            }
        }
    }

    /// `E.A`.
    pub(crate) fn enum_member(&mut self, of: &Rc<EnumInfo>, name: &Ident, span: Span) -> Expr {
        match of.members.iter().find(|(member, _)| *member == name.text) {
            Some((_, value)) => {
                let ty = Ty::Enum { of: of.clone(), secret: false };
                Expr { ty, ..constant(ScalarTy::I64, value.cast_unsigned(), span) }
            }
            None => {
                let near = nearest(&name.text, of.members.iter().map(|(member, _)| &**member));
                let help = near.map(|near| format!("did you mean `{near}`?"));
                self.error(Code::E0204, name.span, format!("`{}` has no member `{}`", of.name, name.text)).help = help;
                poison(span)
            }
        }
    }

    /// The enum or object that a name denotes as a type, not as a variable.
    pub(crate) fn named_type(&mut self, surface: &Surface) -> Option<Ty> {
        match self.denotes(surface)? {
            Found::Decl(Decl::Enum(at)) => Some(Ty::Enum { of: self.cx.enums[at].clone(), secret: false }),
            Found::Decl(Decl::Object(at)) => {
                Some(Ty::Object(ObjectTy { of: self.cx.objects[at].info.clone(), view: false }))
            }
            Found::Decl(Decl::Alias(at)) => match self.cx.alias(at) {
                ty @ (Ty::Enum { .. } | Ty::Object(_)) => Some(ty),
                _ => None,
            },
            _ => None,
        }
    }

    /// W0501: members of the subject's enum that no arm names.
    pub(crate) fn unmatched(&mut self, subject: &Expr, arms: &[(Option<Surface>, Vec<super::tree::Stmt>)]) {
        let Ty::Enum { of, .. } = subject.ty.clone() else { return };
        if arms.iter().any(|(pattern, _)| pattern.is_none()) {
            return;
        }
        let mut named = Vec::new();
        for pattern in arms.iter().filter_map(|(pattern, _)| pattern.as_ref()) {
            let mark = (self.diagnostics.len(), self.calls.len(), self.rows.len());
            let value = self.expr(pattern, Some(&ty::INT));
            self.diagnostics.truncate(mark.0);
            self.calls.truncate(mark.1);
            self.rows.truncate(mark.2);
            named.extend(word_of(&value).map(|(_, word)| word.cast_signed()));
        }
        let missing: Vec<Rc<str>> =
            of.members.iter().filter(|(_, value)| !named.contains(value)).map(|(name, _)| name.clone()).collect();
        if !missing.is_empty() {
            let message = format!("`match` on `{}` does not name `{}`", of.name, joined(&missing));
            self.error(Code::W0501, subject.span, message).help =
                Some("name every member, or end with `case _`".into());
        }
    }
}

fn joined(names: &[Rc<str>]) -> String {
    names.join("`, `")
}
