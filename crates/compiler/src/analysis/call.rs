//! Calls: callee and arguments as written in, an instance with its arguments in parameter order out (LANGUAGE §9).

use std::rc::Rc;

use stoffel_syntax::{Code, Span};

use super::body::{Body, Found, poison};
use super::generic::{Params, mentions, mentions_unbound, unbound, unify};
use super::instance::{Caller, Key, Unit};
use super::operator::bind;
use super::scope::Decl;
use super::suggest::nearest;
use super::tree::{Arg, Expr as Surface, ExprKind, Func, Ident, Lit, ResultForm, Sub, TypeExpr, TypeKind};
use super::ty;
use super::types::{self, Bound};
use crate::hir::{Expr, ExprKind as HirKind, InstanceId, ObjectTy, Ty};

/// An argument: as written, or a receiver that has been evaluated.
#[derive(Clone, Debug)]
pub(crate) enum Given<'s> {
    Surface(&'s Surface),
    Typed(Box<Expr>, &'s Surface),
}

impl<'s> Given<'s> {
    /// As written.
    pub(crate) const fn surface(&self) -> &'s Surface {
        match self {
            Self::Surface(surface) | Self::Typed(_, surface) => surface,
        }
    }
}

/// An argument with its name.
#[derive(Clone, Debug)]
pub(crate) struct Named<'s> {
    pub(crate) name: Option<&'s Ident>,
    pub(crate) value: Given<'s>,
}

/// Which parameter an argument is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Slot {
    Param(usize),
    Rest,
}

/// The arguments of a call as written.
pub(crate) fn named(args: &[Arg]) -> Vec<Named<'_>> {
    args.iter().map(|arg| Named { name: arg.name.as_ref(), value: Given::Surface(&arg.value) }).collect()
}

impl Body<'_, '_> {
    /// A call.
    pub(crate) fn call(&mut self, callee: &Surface, args: &[Arg], span: Span, hint: Option<&Ty>) -> Expr {
        match &callee.bare().kind {
            ExprKind::Name(name) => {
                if let Some(value) = self.library_word(name, args, span, hint) {
                    return value;
                }
                let found = self.find(name);
                self.call_found(found, name, callee.span, args, span, hint)
            }
            ExprKind::Field(base, name) => match self.qualified(base, name) {
                Some(found) => self.call_found(found, &name.text, callee.span, args, span, hint),
                None => self.dot_call(base, name, args, span, hint),
            },
            ExprKind::Index(base, subs) => {
                match self.denotes(base) {
                    Some(Found::Decl(Decl::Func(func))) => {
                        return self.instantiated(func, None, subs, args, span, hint);
                    }
                    Some(Found::Local(local)) => {
                        if let Ty::Def(def) = self.locals[local.0 as usize].ty.clone() {
                            let value = self.open_expr(base, None);
                            return self.instantiated(def.func, Some(value), subs, args, span, hint);
                        }
                    }
                    Some(Found::Type | Found::Decl(Decl::Alias(_))) => {
                        let ty = types::of_expr(callee.bare()).map_or(Ty::Error, |written| self.written(&written));
                        return self.conversion(&ty, args, span);
                    }
                    _ => {}
                }
                let callee = self.open_expr(callee, None);
                self.call_value(callee, args, span, hint)
            }
            _ => {
                let callee = self.open_expr(callee, None);
                self.call_value(callee, args, span, hint)
            }
        }
    }

    /// A call of what a name denotes; `name` is its last part.
    fn call_found(
        &mut self,
        found: Found,
        name: &Rc<str>,
        at: Span,
        args: &[Arg],
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        match found {
            Found::Decl(Decl::Func(func)) => self.user_call(func, &named(args), None, span, hint),
            // A function makes arrays; there is no conversion to the type.
            Found::Type if &**name == "array" => self.prelude_call(name, named(args), span, hint),
            Found::Type => {
                let path = vec![Ident { text: name.clone(), span: at }];
                let ty = self.written(&TypeExpr { kind: TypeKind::Path(path, None), span: at });
                self.conversion(&ty, args, span)
            }
            Found::Decl(Decl::Alias(index)) => {
                let ty = self.cx.alias(index);
                self.conversion(&ty, args, span)
            }
            Found::Decl(Decl::Object(index)) => {
                let of = self.cx.objects[index].info.clone();
                self.construct(&ObjectTy { of, view: false }, args, span)
            }
            Found::Decl(Decl::Enum(index)) => {
                let ty = Ty::Enum { of: self.cx.enums[index].clone(), secret: false };
                self.conversion(&ty, args, span)
            }
            Found::Prelude => self.prelude_call(name, named(args), span, hint),
            Found::Module | Found::Decl(Decl::Module(_)) => {
                self.args(args);
                self.fail(Code::E0310, at, format!("`{name}` is a module and cannot be called"))
            }
            Found::Ambiguous(a, b) => {
                self.diagnostics.push(self.cx.ambiguous(name, at, a, b));
                self.args(args);
                poison(span)
            }
            Found::Decl(Decl::Foreign) | Found::Silent => {
                self.args(args);
                poison(span)
            }
            Found::Nothing => {
                self.undeclared(name, at);
                self.args(args);
                poison(span)
            }
            Found::Decl(Decl::Const(index)) => {
                let callee = Expr { span: at, ..self.cx.const_value(index) };
                self.call_value(callee, args, span, hint)
            }
            Found::Local(_) | Found::ScriptVar => {
                let name = Surface { kind: ExprKind::Name(name.clone()), span: at, lit: Lit::No };
                let callee = self.open_expr(&name, None);
                self.call_value(callee, args, span, hint)
            }
        }
    }

    pub(crate) fn not_callable(&mut self, callee: &Expr, args: &[Arg], span: Span) -> Expr {
        self.args(args);
        if callee.ty == Ty::Error || self.unchecked(&callee.ty, callee.span) {
            return poison(span);
        }
        self.fail(Code::E0310, callee.span, format!("a `{}` cannot be called", ty::name(&callee.ty)))
    }

    /// Evaluates arguments for their findings only.
    fn args(&mut self, args: &[Arg]) {
        // What takes its type from a place says nothing where the place is not known.
        for arg in args.iter().filter(|arg| !super::stmt::is_open_display(&arg.value)) {
            self.open_expr(&arg.value, None);
        }
    }

    fn conversion(&mut self, ty: &Ty, args: &[Arg], span: Span) -> Expr {
        if let Ty::Object(object) = ty {
            return self.construct(object, args, span);
        }
        match args {
            [arg] if arg.name.is_none() => self.explicit(ty, &arg.value, span),
            [arg] => {
                self.args(args);
                let at = arg.name.as_ref().map_or(span, |name| name.span);
                self.fail(Code::E0309, at, "the argument of a conversion has no name")
            }
            _ => {
                self.args(args);
                self.fail(Code::E0308, span, format!("a conversion takes one value, not {}", args.len()))
            }
        }
    }

    /// `f[T](…)`.
    fn instantiated(
        &mut self,
        func: usize,
        callee: Option<Expr>,
        subs: &[Sub],
        args: &[Arg],
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        let declared = &self.cx.module.funcs[func];
        let Some(types) = self.type_arguments(declared, subs, span) else {
            self.args(args);
            return poison(span);
        };
        self.function_call(func, callee, &named(args), Some(types), span, hint)
    }

    /// `e.m(…)` (LANGUAGE §9.3).
    fn dot_call(&mut self, base: &Surface, name: &Ident, args: &[Arg], span: Span, hint: Option<&Ty>) -> Expr {
        if let Some(ty) = self.named_type(base) {
            return self.type_call(&ty, name, args, span, hint);
        }
        if let Some(module) = base.name().cloned() {
            match self.find(&module) {
                Found::Module | Found::Type if super::prelude::is_module(&module) => {
                    return self.module_call(&module, name, named(args), span, hint);
                }
                Found::Silent | Found::Decl(Decl::Foreign) => {
                    self.args(args);
                    return poison(span);
                }
                Found::Type | Found::Decl(Decl::Alias(_)) => {
                    self.args(args);
                    let message = format!("the type `{module}` has no member `{}`", name.text);
                    return self.fail(Code::E0204, name.span, message);
                }
                _ => {}
            }
        }
        let value = self.expr(base, None);
        if value.ty == Ty::Error {
            self.args(args);
            return poison(span);
        }
        let receiver =
            if base.lit == Lit::No { Given::Typed(Box::new(value.clone()), base) } else { Given::Surface(base) };
        let mut given = vec![Named { name: None, value: receiver }];
        given.extend(named(args));
        if let Some(method) = self.cx.method(&value.ty, &name.text) {
            return self.user_call(method, &given, None, span, hint);
        }
        if let Ty::Object(object) = &value.ty
            && let Some((at, ty @ Ty::Func(_))) = self.cx.object_field(object, &name.text)
        {
            let callee = Expr { kind: HirKind::Field(Box::new(value), at), ty, span: name.span };
            return self.call_value(callee, args, span, hint);
        }
        let known = super::prelude::suits(&name.text, &value.ty);
        let received = super::protocol::receives(&name.text, &value.ty);
        if let Found::Local(local) = self.find(&name.text)
            && let Ty::Def(def) = self.locals[local.0 as usize].ty.clone()
            && self.accepts(def.func, &def.bound, &value.ty, base.lit, !known && !received)
        {
            let callee = Expr { kind: HirKind::Local(local), ty: Ty::Def(def.clone()), span: name.span };
            return self.function_call(def.func, Some(callee), &given, None, span, hint);
        }
        match self.methods(&name.text, &value.ty, base.lit, !known && !received)[..] {
            [] => {}
            [func] => return self.user_call(func, &given, None, span, hint),
            [a, b, ..] => {
                let (a, b) = (self.cx.module.funcs[a].file(), self.cx.module.funcs[b].file());
                self.diagnostics.push(self.cx.ambiguous(&name.text, name.span, a, b));
                self.args(args);
                return poison(span);
            }
        }
        if received {
            return self.module_call(super::protocol::SHARE, name, given, span, hint);
        }
        if known {
            return self.prelude_call(&name.text, given, span, hint);
        }
        self.args(args);
        if self.unchecked(&value.ty, base.span) {
            return poison(span);
        }
        let message = format!("`{}` has no method `{}`", ty::name(&value.ty), name.text);
        let names: Vec<&str> = super::prelude::names().filter(|name| super::prelude::suits(name, &value.ty)).collect();
        let own = match &value.ty {
            Ty::Object(object) => Some(&self.cx.objects[object.of.id as usize].methods),
            _ => None,
        };
        let own = own.into_iter().flat_map(|methods| methods.keys()).map(|name| &**name);
        let near = nearest(&name.text, names.into_iter().chain(self.cx.names.visible(self.file)).chain(own));
        let near = near.map(|near| format!("did you mean `{near}`?"));
        self.error(Code::E0204, name.span, message).help = near;
        poison(span)
    }

    /// `T.m(…)` with a type `T`: its method with `self` given, or a member that cannot be called.
    fn type_call(&mut self, ty: &Ty, name: &Ident, args: &[Arg], span: Span, hint: Option<&Ty>) -> Expr {
        if let Some(method) = self.cx.method(ty, &name.text) {
            return self.user_call(method, &named(args), None, span, hint);
        }
        if let Ty::Enum { of, .. } = ty {
            let member = self.enum_member(of, name, span);
            return self.not_callable(&member, args, span);
        }
        self.args(args);
        let message = format!("the type `{}` has no member `{}`", ty::name(ty), name.text);
        self.fail(Code::E0204, name.span, message)
    }

    /// The functions in scope that may be called on a receiver: the file's own, else those that its imports offer.
    fn methods(&mut self, name: &str, ty: &Ty, lit: Lit, leaks_too: bool) -> Vec<usize> {
        let offers = self.cx.names.offers(self.file, name);
        let funcs = offers.into_iter().filter_map(|decl| match decl {
            Decl::Func(func) => Some(func),
            _ => None,
        });
        funcs
            .collect::<Vec<_>>()
            .into_iter()
            .filter(|&func| self.accepts(func, &Bound::from([]), ty, lit, leaks_too))
            .collect()
    }

    /// Whether the first parameter of a function accepts a receiver.
    fn accepts(&mut self, func: usize, around: &Bound, ty: &Ty, lit: Lit, leaks_too: bool) -> bool {
        let func = &self.cx.module.funcs[func];
        let Some(first) = func.params.first() else { return false };
        let Some(written) = &first.ty else { return true };
        let mut bound = unbound(func);
        bound.extend(around.iter().map(|(name, ty)| (name.clone(), Some(ty.clone()))));
        if !func.generics.is_empty() && !unify(written, ty, &mut bound) {
            return false;
        }
        let want = self.resolved(written, &bound);
        if lit == Lit::Int && ty::is_number(&want) {
            return true;
        }
        match ty::fit(ty, &want) {
            ty::Fit::Same | ty::Fit::Convert => true,
            ty::Fit::Leak => leaks_too,
            _ => false,
        }
    }

    /// A type of another function's header; its findings are reported there.
    fn resolved(&mut self, written: &TypeExpr, bound: &Params) -> Ty {
        let bound: Bound = bound.iter().map(|(name, ty)| (name.clone(), ty.clone().unwrap_or(Ty::Error))).collect();
        types::resolve(self.cx, written, &bound, &mut Vec::new())
    }

    /// The type of an argument's value where nothing is expected of it, or what is expected given.
    pub(crate) fn given(&mut self, given: &Given<'_>, hint: Option<&Ty>) -> Expr {
        match given {
            Given::Surface(surface) => self.expr(surface, hint),
            Given::Typed(expr, _) if matches!(expr.ty, Ty::Def(_)) => self.settled((**expr).clone(), hint),
            Given::Typed(expr, _) => (**expr).clone(),
        }
    }

    /// As [`Self::given`], but a function keeps a type of its own.
    pub(crate) fn given_open(&mut self, given: &Given<'_>) -> Expr {
        match given {
            Given::Surface(surface) => self.open_expr(surface, None),
            Given::Typed(expr, _) => (**expr).clone(),
        }
    }

    /// An argument in a place of type `want`.
    pub(crate) fn given_check(&mut self, given: &Given<'_>, want: &Ty) -> Expr {
        match given {
            Given::Surface(surface) => self.check(surface, want),
            Given::Typed(expr, surface) => {
                self.note_place(surface, want);
                self.coerce((**expr).clone(), want)
            }
        }
    }

    /// Matches arguments with parameters: E0308, E0309.
    fn slots(&mut self, func: &Func, given: &[Named<'_>], span: Span) -> Option<Vec<Slot>> {
        let name = &func.name.text;
        let star = func.params.iter().position(|param| param.star);
        let plain = star.unwrap_or(func.params.len());
        let mut taken = vec![false; func.params.len()];
        let mut slots = Vec::new();
        let mut by_name = false;
        for (at, arg) in given.iter().enumerate() {
            let Some(label) = arg.name else {
                if by_name {
                    let message = "arguments without name come before those with one";
                    self.error(Code::E0309, arg.value.surface().span, message);
                    return None;
                }
                if at < plain {
                    taken[at] = true;
                    slots.push(Slot::Param(at));
                } else if star.is_some() {
                    slots.push(Slot::Rest);
                } else {
                    let message = format!("`{name}` takes {plain} arguments, not {}", given.len());
                    self.error(Code::E0308, span, message);
                    return None;
                }
                continue;
            };
            by_name = true;
            let found = func.params[..plain].iter().position(|param| param.name.text == label.text);
            match found {
                Some(at) if !taken[at] => {
                    taken[at] = true;
                    slots.push(Slot::Param(at));
                }
                Some(_) => {
                    self.error(Code::E0309, label.span, format!("`{}` is given twice", label.text));
                    return None;
                }
                None => {
                    let near = nearest(&label.text, func.params[..plain].iter().map(|param| &*param.name.text))
                        .map(|near| format!("did you mean `{near}`?"));
                    let message = format!("`{name}` has no parameter `{}`", label.text);
                    self.error(Code::E0309, label.span, message).help = near;
                    return None;
                }
            }
        }
        let missing: Vec<&str> = func.params[..plain]
            .iter()
            .zip(&taken)
            .filter(|(param, taken)| !**taken && param.default.is_none())
            .map(|(param, _)| &*param.name.text)
            .collect();
        if missing.is_empty() {
            return Some(slots);
        }
        if by_name {
            self.error(Code::E0309, span, format!("`{name}` is not given `{}`", missing.join("`, `")));
        } else {
            let message = format!("`{name}` takes {plain} arguments, not {}", given.len());
            self.error(Code::E0308, span, message);
        }
        None
    }

    /// A call of a function of the program.
    fn user_call(
        &mut self,
        index: usize,
        given: &[Named<'_>],
        explicit: Option<Vec<Ty>>,
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        self.function_call(index, None, given, explicit, span, hint)
    }

    /// A call of a function of the program; `callee` is its value, if it has been evaluated.
    pub(crate) fn function_call(
        &mut self,
        index: usize,
        callee: Option<Expr>,
        given: &[Named<'_>],
        explicit: Option<Vec<Ty>>,
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        let def = match &callee {
            Some(Expr { ty: Ty::Def(def), .. }) => Some(def.clone()),
            _ => None,
        };
        let func = &self.cx.module.funcs[index];
        let Some(slots) = self.slots(func, given, span) else {
            for arg in given {
                self.given(&arg.value, None);
            }
            return poison(span);
        };
        let mut bound = unbound(func);
        for (slot, ty) in bound.iter_mut().zip(explicit.into_iter().flatten()) {
            slot.1 = Some(ty);
        }
        if let Some(def) = &def {
            bound.extend(def.bound.iter().map(|(name, ty)| (name.clone(), Some(ty.clone()))));
        }
        let (mut values, rest) = self.bind_args(func, given, &slots, &mut bound);
        if let Some(hint) = hint
            && bound.iter().any(|(_, ty)| ty.is_none())
            && let ResultForm::Whole(written, _) = &func.result
        {
            unify(written, hint, &mut bound);
        }
        let failed = values.iter().flatten().chain(&rest).any(|(_, value)| value.ty == Ty::Error);
        if let (Some((name, _)), false) = (bound.iter().find(|(_, ty)| ty.is_none()), failed) {
            let message = format!("nothing tells what type parameter `{name}` of `{}` is", func.name.text);
            let help = format!("write it: `{}[T](…)`", func.name.text);
            self.error(Code::E0608, span, message).help = Some(help);
            return poison(span);
        }
        let types = self.finish_args(func, &mut values, rest, &bound, span);
        if failed || types.iter().any(ty::has_error) {
            return self.failed_call(index, &bound, span);
        }
        if let Some(name) = &func.builtin {
            let operands = values.into_iter().flatten().map(|(_, value)| value).collect();
            let bound: Bound = bound.iter().map(|(name, ty)| (name.clone(), ty.clone().unwrap_or(Ty::Error))).collect();
            let ty = self.cx.declared_result(index, &bound, &mut Vec::new()).unwrap_or(Ty::Unit);
            return self.native_call(name, operands, ty, span);
        }
        let generics: Bound = bound.into_iter().map(|(name, ty)| (name, ty.unwrap_or(Ty::Error))).collect();
        let key = Key {
            unit: Unit::Func(index),
            params: types,
            generics: generics.iter().map(|(_, ty)| ty.clone()).collect(),
            names_only: false,
            captures: def.map_or_else(|| Rc::from([]), |def| def.captures.clone()),
            expects: None,
            chosen: false,
            fresh: Vec::new(),
        };
        self.finish_call(key, &generics, callee, values, span)
    }

    /// A call with a failed argument: of the written result type, else of none.
    fn failed_call(&mut self, index: usize, bound: &Params, span: Span) -> Expr {
        let bound: Bound = bound.iter().map(|(name, ty)| (name.clone(), ty.clone().unwrap_or(Ty::Error))).collect();
        let ty = self.cx.declared_result(index, &bound, &mut Vec::new()).filter(|ty| !ty::has_error(ty));
        Expr { ty: ty.unwrap_or(Ty::Error), ..poison(span) }
    }

    /// Evaluates the arguments in the order in which they are written; values by parameter, then the variadic ones.
    #[allow(clippy::type_complexity, reason = "two lists of values with their rank in the text")]
    fn bind_args(
        &mut self,
        func: &Func,
        given: &[Named<'_>],
        slots: &[Slot],
        bound: &mut Params,
    ) -> (Vec<Option<(usize, Expr)>>, Vec<(usize, Expr)>) {
        let mut values: Vec<Option<(usize, Expr)>> = vec![None; func.params.len()];
        let mut rest = Vec::new();
        let mut late = Vec::new();
        for (rank, (arg, slot)) in given.iter().zip(slots).enumerate() {
            let param = match slot {
                Slot::Param(at) => &func.params[*at],
                Slot::Rest => match func.params.last() {
                    Some(param) => param,
                    None => continue,
                },
            };
            let value = match &param.ty {
                // Several values of a variadic parameter are elements of a list.
                None if param.star => self.given(&arg.value, None),
                None => self.given_open(&arg.value),
                Some(written) if mentions(written, bound) => {
                    if super::stmt::is_open_display(arg.value.surface()) || self.waits(&arg.value, written) {
                        late.push((rank, arg, *slot, written));
                        continue;
                    }
                    self.generic_arg(&arg.value, written, bound)
                }
                Some(written) => {
                    let want = self.resolved(written, bound);
                    self.given_check(&arg.value, &want)
                }
            };
            match slot {
                Slot::Param(at) => values[*at] = Some((rank, value)),
                Slot::Rest => rest.push((rank, value)),
            }
        }
        for (rank, arg, slot, written) in late {
            let value = self.generic_arg(&arg.value, written, bound);
            match slot {
                Slot::Param(at) => values[at] = Some((rank, value)),
                Slot::Rest => rest.push((rank, value)),
            }
        }
        (values, rest)
    }

    /// An argument whose parameter's type holds type parameters.
    fn generic_arg(&mut self, arg: &Given<'_>, written: &TypeExpr, bound: &mut Params) -> Expr {
        let want = self.resolved(written, bound);
        let open = mentions_unbound(written, bound);
        if !open {
            return self.given_check(arg, &want);
        }
        if let TypeKind::Func(params, result) = &written.kind {
            return self.generic_function(arg, (written, params, result.as_deref()), bound);
        }
        if matches!(&arg.surface().bare().kind, ExprKind::List(elements) if elements.is_empty()) {
            // Nothing is known but what the result will say; the place takes it then.
            return Expr { ty: ty::list(Ty::Error), ..poison(arg.surface().span) };
        }
        if matches!(&arg.surface().bare().kind, ExprKind::Dict(pairs) if pairs.is_empty()) {
            return Expr { ty: ty::dict(Ty::Error, Ty::Error), ..poison(arg.surface().span) };
        }
        if super::optional::is_none_word(arg.surface()) {
            return super::optional::untyped_none(arg.surface().span);
        }
        let value = self.given(arg, None);
        if value.ty == Ty::Error {
            return value;
        }
        if !unify(written, &value.ty, bound) {
            let message = format!("expected `{}`, found `{}`", ty::name(&want), ty::name(&value.ty));
            return self.fail(Code::E0301, value.span, message);
        }
        let want = self.resolved(written, bound);
        self.coerce(value, &want)
    }

    /// Whether an argument is a function whose parameter types other arguments tell.
    fn waits(&mut self, arg: &Given<'_>, written: &TypeExpr) -> bool {
        if !matches!(written.kind, TypeKind::Func(..)) {
            return false;
        }
        let surface = arg.surface();
        let func = match &surface.bare().kind {
            ExprKind::Lambda(func) => Some(*func),
            ExprKind::Name(name) => match self.find(name) {
                Found::Decl(Decl::Func(func)) => Some(func),
                Found::Prelude => self.prelude_value(name),
                Found::Local(local) => match &self.locals[local.0 as usize].ty {
                    Ty::Def(def) => Some(def.func),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        func.is_some_and(|func| super::function::is_open(&self.cx.module.funcs[func]))
    }

    /// A function for a parameter whose function type holds type parameters: its result may bind them.
    fn generic_function(
        &mut self,
        arg: &Given<'_>,
        (written, params, result): (&TypeExpr, &[TypeExpr], Option<&TypeExpr>),
        bound: &mut Params,
    ) -> Expr {
        let value = self.given_open(arg);
        let span = value.span;
        let typed = match &value.ty {
            Ty::Def(def) if super::function::is_open(&self.cx.module.funcs[def.func]) => {
                if params.iter().any(|param| mentions_unbound(param, bound)) {
                    let message = "nothing tells the parameter types of this function";
                    return self.fail(Code::E0306, span, message);
                }
                let params: Vec<Ty> = params.iter().map(|param| self.resolved(param, bound)).collect();
                let expects = match result {
                    None => Some(Ty::Unit),
                    Some(result) if mentions_unbound(result, bound) => None,
                    Some(result) => Some(self.resolved(result, bound)),
                };
                self.instantiate(value, &params, expects.as_ref())
            }
            Ty::Def(_) => self.settled(value, None),
            _ => value,
        };
        if typed.ty == Ty::Error {
            return typed;
        }
        if !unify(written, &typed.ty, bound) {
            let want = self.resolved(written, bound);
            let message = format!("expected `{}`, found `{}`", ty::name(&want), ty::name(&typed.ty));
            return self.fail(Code::E0301, span, message);
        }
        let want = self.resolved(written, bound);
        self.coerce(typed, &want)
    }

    /// Defaults, the variadic list, and open displays; gives the types of the parameters.
    fn finish_args(
        &mut self,
        func: &Func,
        values: &mut [Option<(usize, Expr)>],
        rest: Vec<(usize, Expr)>,
        bound: &Params,
        span: Span,
    ) -> Vec<Ty> {
        let mut rest = Some(rest);
        for (at, param) in func.params.iter().enumerate() {
            let want = param.ty.as_ref().map(|written| self.resolved(written, bound));
            if param.star {
                let items = rest.take().unwrap_or_default();
                values[at] = Some(self.variadic(want.as_ref(), items, span));
                continue;
            }
            match (&mut values[at], &want, &param.default) {
                (Some((_, value)), Some(want), _) if matches!(&value.ty, Ty::List(item) if **item == Ty::Error) => {
                    *value = Expr { kind: HirKind::List(Vec::new()), ty: want.clone(), span: value.span };
                }
                (Some((_, value)), Some(want), _) if matches!(&value.ty, Ty::Dict(key, _) if **key == Ty::Error) => {
                    *value = Expr { kind: HirKind::Dict(Vec::new()), ty: want.clone(), span: value.span };
                }
                (Some((_, value)), Some(want), _) if matches!(&value.ty, Ty::Optional(one) if **one == Ty::Error) => {
                    *value = self.none(value.span, Some(want));
                }
                (slot @ None, want, Some(default)) => {
                    let value = self.cx.constant(default, want.as_ref(), Code::E0315, &mut Vec::new());
                    *slot = Some((usize::MAX, Expr { span, ..value }));
                }
                _ => {}
            }
        }
        func.params
            .iter()
            .zip(values.iter())
            .map(|(_, value)| value.as_ref().map_or(Ty::Error, |(_, value)| value.ty.clone()))
            .collect()
    }

    fn variadic(&mut self, want: Option<&Ty>, items: Vec<(usize, Expr)>, span: Span) -> (usize, Expr) {
        let rank = items.first().map_or(usize::MAX, |(rank, _)| *rank);
        let mut element = want.cloned();
        if element.is_none() {
            for (_, item) in &items {
                element = match &element {
                    None => Some(item.ty.clone()),
                    Some(before) => ty::merge(before, &item.ty).or(element),
                };
            }
        }
        let Some(element) = element else {
            return (rank, self.fail(Code::E0306, span, "nothing tells the type of the variadic arguments"));
        };
        let items: Vec<Expr> = items.into_iter().map(|(_, item)| self.coerce(item, &element)).collect();
        if items.iter().any(|item| item.ty == Ty::Error) {
            return (rank, poison(span));
        }
        (rank, Expr { kind: HirKind::List(items), ty: ty::list(element), span })
    }

    fn finish_call(
        &mut self,
        mut key: Key,
        generics: &Bound,
        callee: Option<Expr>,
        values: Vec<Option<(usize, Expr)>>,
        span: Span,
    ) -> Expr {
        let values: Vec<(usize, Expr)> = values.into_iter().flatten().collect();
        let pi = self.under_conditions(&mut key, values.iter().map(|(_, value)| value), span);
        let caller = match self.me {
            Some(instance) if !self.cx.index.contains_key(&key) => {
                let why = values.iter().map(|(_, value)| self.why(value)).collect();
                Some(Caller { instance, span, why })
            }
            _ => None,
        };
        let holds_captured = key.holds_captured();
        let callee = callee.filter(|_| !key.captures.is_empty());
        let id = match self.cx.request(key, generics, caller) {
            Ok(id) => id,
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                return poison(span);
            }
        };
        if holds_captured {
            self.cx.analyse(id);
        }
        let ty = self.cx.result(id);
        self.calls.push((id, span));
        self.note_chosen_call(id, span);
        // Arguments out of the order of the parameters are bound first, as they are written.
        let permuted = values.windows(2).any(|pair| pair[0].0 > pair[1].0 && pair[0].0 != usize::MAX);
        if !permuted {
            let args = pi.into_iter().chain(callee).chain(values.into_iter().map(|(_, value)| value)).collect();
            return Expr { kind: HirKind::Call(InstanceId(id), args), ty, span };
        }
        let mut bindings = Vec::new();
        let mut args: Vec<Expr> = pi.into_iter().chain(callee).collect();
        for (rank, value) in values {
            let (value, binding) = self.hoist(value);
            args.push(value);
            bindings.push((rank, binding));
        }
        bindings.sort_by_key(|(rank, _)| *rank);
        let call = Expr { kind: HirKind::Call(InstanceId(id), args), ty, span };
        bindings.into_iter().rev().fold(call, |body, (_, binding)| bind(binding, body))
    }
}
