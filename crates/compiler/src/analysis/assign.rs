//! Declarations and assignments: patterns, targets and values in, typed stores out (LANGUAGE §6.2, §8.1, §8.2).

use stoffel_syntax::{Code, Span};

use stoffel_value::Value;

use super::body::{Body, Found, poison};
use super::call::Given;
use super::infer::Role;
use super::literal::constant;
use super::operator::Side;
use super::scope::Decl;
use super::secrecy::Why;
use super::stmt::is_open_display;
use super::tree::{AugKind, Expr as Surface, ExprKind, Ident, Lit, Pattern, Sub, TypeExpr};
use super::ty;
use crate::hir::{Expr, ExprKind as HirKind, LocalId, Place, Stmt, StmtKind, Ty};

/// An initialiser: its value and what it asks of the variable.
struct Init {
    value: Expr,
    role: Role,
    /// The type asked for, if not that of the value.
    asked: Option<Ty>,
}

impl Body<'_, '_> {
    /// `var`.
    pub(crate) fn var(
        &mut self,
        pattern: &Pattern,
        written: Option<&TypeExpr>,
        value: Option<&Surface>,
        span: Span,
        out: &mut Vec<Stmt>,
    ) {
        match (pattern, written, value) {
            (Pattern::Name(name), Some(written), value) => {
                let ty = self.written(written);
                let before = self.diagnostics.len();
                let value = match value {
                    // A type that failed is why an empty display has none.
                    Some(value) if ty == Ty::Error && is_open_display(value) => {
                        let value = self.check(value, &ty);
                        let mut found = self.diagnostics.split_off(before);
                        found.retain(|found| found.code != Code::E0306);
                        self.diagnostics.append(&mut found);
                        Some(value)
                    }
                    Some(value) => Some(self.check(value, &ty)),
                    None => self.start(&ty, span),
                };
                let local = self.declare_written(name, &ty);
                match value {
                    Some(value) => self.store_new(local, value, span, out),
                    None => {
                        self.assigned.unset(local);
                        if self.has_inner {
                            out.push(Stmt { kind: StmtKind::Declare(local), span });
                        }
                    }
                }
            }
            (Pattern::Name(name), None, Some(value)) => {
                let init = self.init(name.span.start, value);
                let (local, value) = self.declare_inferred(name, init, value.span);
                self.store_new(local, value, span, out);
            }
            (Pattern::Name(name), None, None) => {
                let message = format!("`{}` needs a type or a value", name.text);
                self.error(Code::E0306, name.span, message);
                let local = self.declare_fixed(name, Ty::Error);
                self.assigned.set(local);
            }
            (_, written, value) => {
                if let Some(written) = written {
                    self.written(written);
                }
                match value {
                    Some(value) => self.var_pattern(pattern, value, span, out),
                    None => {
                        self.error(Code::E0306, span, "the variables need a value");
                    }
                }
            }
        }
    }

    /// The first value of a variable.
    fn store_new(&mut self, local: LocalId, value: Expr, span: Span, out: &mut Vec<Stmt>) {
        self.store(local, value, span, out);
        if self.has_inner
            && let Some(Stmt { kind: StmtKind::Assign(place, _), .. }) = out.last_mut()
        {
            *place = Place::New(local);
        }
    }

    /// Where the value of a declared variable goes.
    fn new_place(&self, local: LocalId) -> Place {
        if self.has_inner { Place::New(local) } else { Place::Local(local) }
    }

    fn store(&mut self, local: LocalId, value: Expr, span: Span, out: &mut Vec<Stmt>) {
        self.given_to(local, &value, span);
        self.note_why(local, &value);
        let ty = self.locals[local.0 as usize].ty.clone();
        let (place, value) = self.element_store(Place::Local(local), &ty, value, span);
        out.push(Stmt { kind: StmtKind::Assign(place, value), span });
    }

    /// Notes that a variable is given a value.
    fn given_to(&mut self, local: LocalId, value: &Expr, span: Span) {
        self.assigned.set(local);
        let fresh = self.is_chosen() && self.is_fresh(value);
        self.note_given(local, fresh);
        if value.ty != Ty::Error {
            self.note_assigned(local, span);
        }
    }

    /// Keeps why an un-annotated variable is secret.
    fn note_why(&mut self, local: LocalId, value: &Expr) {
        let at = local.0 as usize;
        // A public value tells nothing: it is secret because the variable is.
        let public = matches!(&value.kind, HirKind::Convert(inner) if !ty::has_secret(&inner.ty));
        if self.vars[at].key.is_none() || self.vars[at].why.is_some() || public {
            return;
        }
        if let Some(why) = self.why(value) {
            let text = format!("assigned to '{}' here", self.locals[at].name);
            self.vars[at].why = Some(Why::then(why, value.span, text));
        }
    }

    /// A variable with a written type; one with other declarations of the same branch variable shares its local.
    fn declare_written(&mut self, name: &Ident, ty: &Ty) -> LocalId {
        let key = name.span.start;
        let root = self.unions.get(&key).copied().unwrap_or(key);
        if let Some(&local) = self.by_key.get(&root) {
            let before = self.locals[local.0 as usize].clone();
            if self.vars[local.0 as usize].key.is_some() {
                self.need(local, Role::Value, ty.clone(), name.span);
            } else if ty::merge(&before.ty, ty).is_none_or(|joint| joint != before.ty) && *ty != Ty::Error {
                let (a, b) = (ty::name(&before.ty), ty::name(ty));
                self.error(
                    Code::E0305,
                    name.span,
                    format!("`{}` is `{b}` here, but `{a}` in another branch", name.text),
                )
                .labels
                .push(stoffel_syntax::Label { span: before.span, text: format!("`{a}` here") });
            }
            self.enter(name, local);
            return local;
        }
        let local = self.declare_fixed(name, ty.clone());
        self.by_key.insert(root, local);
        local
    }

    /// A variable whose uses decide its type; gives it and the value in its type.
    fn declare_inferred(&mut self, name: &Ident, init: Init, span: Span) -> (LocalId, Expr) {
        let key = name.span.start;
        let root = self.unions.get(&key).copied().unwrap_or(key);
        let asked = init.asked.unwrap_or_else(|| init.value.ty.clone());
        let local = match self.by_key.get(&root) {
            Some(&local) => {
                self.enter(name, local);
                local
            }
            None => {
                let solved = self.solution.vars.get(&root);
                let ty = solved.map_or_else(|| init.value.ty.clone(), |solved| solved.ty.clone());
                let soft = solved.map_or(matches!(init.role, Role::Literal(_)), |solved| solved.soft);
                let local = self.declare_fixed(name, ty);
                self.vars[local.0 as usize].key = Some(root);
                self.vars[local.0 as usize].soft = soft;
                self.by_key.insert(root, local);
                local
            }
        };
        self.need(local, init.role, asked, span);
        let ty = self.locals[local.0 as usize].ty.clone();
        let value = self.coerce_known(init.value, &ty);
        (local, value)
    }

    /// Converts to the type of an inferred variable, which is an error type if there is a conflict.
    fn coerce_known(&mut self, value: Expr, ty: &Ty) -> Expr {
        if value.ty == Ty::Error || *ty == Ty::Error { value } else { self.coerce(value, ty) }
    }

    /// The initialiser of the un-annotated variable declared at `key`.
    fn init(&mut self, key: u32, surface: &Surface) -> Init {
        let root = self.unions.get(&key).copied().unwrap_or(key);
        let known = self.solution.vars.get(&root).map(|solved| solved.ty.clone());
        self.value_for(known.as_ref(), surface)
    }

    /// A value for a variable whose type, if known, is `known`: literals and open displays take it.
    fn value_for(&mut self, known: Option<&Ty>, surface: &Surface) -> Init {
        match surface.lit {
            Lit::Int => {
                let bit = matches!(surface.bare().kind, ExprKind::Int(0 | 1, None));
                Init { value: self.expr(surface, known), role: Role::Literal(bit), asked: None }
            }
            Lit::Real => Init { value: self.expr(surface, known), role: Role::Real, asked: Some(ty::FLOAT) },
            Lit::No if is_open_display(surface) => {
                let asked = match &surface.bare().kind {
                    ExprKind::List(elements) if elements.is_empty() => Some(ty::list(Ty::Error)),
                    ExprKind::Dict(pairs) if pairs.is_empty() => Some(ty::dict(Ty::Error, Ty::Error)),
                    ExprKind::None => Some(ty::optional(Ty::Error)),
                    ExprKind::List(_) => self.type_of(surface).or_else(|| Some(ty::list(Ty::Error))),
                    _ => self.type_of(surface),
                };
                let asked = asked.unwrap_or(Ty::Error);
                let value = self.expr(surface, known);
                Init { value, role: Role::Value, asked: Some(asked) }
            }
            Lit::No => {
                let typed = known.filter(|known| matches!(known, Ty::Func(_)));
                Init { value: self.open_expr(surface, typed), role: Role::Value, asked: None }
            }
        }
    }

    /// `var a, b = e`.
    fn var_pattern(&mut self, pattern: &Pattern, value: &Surface, span: Span, out: &mut Vec<Stmt>) {
        if let (Pattern::Tuple(names, _), ExprKind::Tuple(values)) = (pattern, &value.bare().kind)
            && names.len() == values.len()
            && names.iter().all(|name| !matches!(name, Pattern::Tuple(..)))
        {
            let inits: Vec<Init> = names
                .iter()
                .zip(values)
                .map(|(name, value)| match name {
                    Pattern::Name(name) => self.init(name.span.start, value),
                    _ => self.value_for(None, value),
                })
                .collect();
            let mut places = Vec::new();
            let mut members = Vec::new();
            for ((name, init), value) in names.iter().zip(inits).zip(values) {
                let Pattern::Name(name) = name else {
                    places.push(Place::Discard);
                    members.push(init.value);
                    continue;
                };
                let (local, value) = self.declare_inferred(name, init, value.span);
                self.given_to(local, &value, name.span);
                self.note_why(local, &value);
                places.push(self.new_place(local));
                members.push(value);
            }
            let ty = Ty::Tuple(members.iter().map(|member| member.ty.clone()).collect());
            let tuple = Expr { kind: HirKind::Tuple(members), ty, span: value.span };
            out.push(Stmt { kind: StmtKind::Assign(Place::Unpack(places), tuple), span });
            return;
        }
        let value = self.expr(value, None);
        let ty = value.ty.clone();
        let mut after = Vec::new();
        let place = self.declare_pattern(pattern, &ty, &value, &mut after);
        out.push(Stmt { kind: StmtKind::Assign(place, value), span });
        out.append(&mut after);
    }

    fn declare_pattern(&mut self, pattern: &Pattern, ty: &Ty, value: &Expr, after: &mut Vec<Stmt>) -> Place {
        match pattern {
            Pattern::Discard => Place::Discard,
            Pattern::Tuple(inner, span) => {
                let types = self.unpack(ty, inner.len(), *span);
                let places = inner
                    .iter()
                    .zip(&types)
                    .map(|(pattern, ty)| self.declare_pattern(pattern, ty, value, after))
                    .collect();
                Place::Unpack(places)
            }
            Pattern::Name(name) => {
                // The member goes into a local of its own type; a variable that has risen gets it converted.
                let member = self.synthetic(ty.clone(), name.span);
                let read = Expr { kind: HirKind::Local(member), ty: ty.clone(), span: name.span };
                if ty::has_secret(ty) {
                    self.vars[member.0 as usize].why = self.why(value);
                }
                let init = Init { value: read, role: Role::Value, asked: None };
                let (local, read) = self.declare_inferred(name, init, name.span);
                self.given_to(local, &read, name.span);
                self.note_why(local, &read);
                if self.locals[local.0 as usize].ty == *ty {
                    return self.new_place(local);
                }
                after.push(Stmt { kind: StmtKind::Assign(self.new_place(local), read), span: name.span });
                Place::Local(member)
            }
        }
    }

    /// `target = value`.
    pub(crate) fn assign(&mut self, target: &Surface, value: &Surface, span: Span, out: &mut Vec<Stmt>) {
        match &target.bare().kind {
            ExprKind::Name(name) => {
                let Some(local) = self.target_local(name, target.span) else {
                    self.expr(value, None);
                    return;
                };
                let value = self.assigned_value(local, value);
                self.store(local, value, span, out);
            }
            ExprKind::Tuple(targets) => {
                let places: Vec<(Place, Ty)> = targets.iter().map(|target| self.place(target)).collect();
                let hint = Ty::Tuple(places.iter().map(|(_, ty)| ty.clone()).collect());
                let value = self.expr(value, Some(&hint));
                self.unpack_into(places, value, target.span, span, out);
            }
            ExprKind::Error => {
                self.expr(value, None);
            }
            ExprKind::Index(base, subs) if self.open_dict(base).is_some() => {
                self.first_pair(base, subs, value);
            }
            _ => {
                let (place, ty) = self.place(target);
                let value = match (&place, &ty) {
                    (_, Ty::Error) => self.expr(value, None),
                    (Place::Items(..), _) => self.items_value(&ty, value),
                    (Place::Index(_, key), ty) => self.element_value(target, Some(key), ty, value),
                    (_, ty) => self.element_value(target, None, ty, value),
                };
                let (place, value) = self.element_store(place, &ty, value, span);
                out.push(Stmt { kind: StmtKind::Assign(place, value), span });
            }
        }
    }

    /// The un-annotated dict variable that an expression is, while its types are not known.
    fn open_dict(&mut self, base: &Surface) -> Option<LocalId> {
        let local = self.inferred(base)?;
        matches!(&self.locals[local.0 as usize].ty, dict @ Ty::Dict(..) if ty::has_error(dict)).then_some(local)
    }

    /// An assignment that tells the types of a dict; the next pass knows them.
    fn first_pair(&mut self, base: &Surface, subs: &[Sub], value: &Surface) {
        let typed = self.expr(value, None);
        let (Some(local), [Sub::Expr(index)]) = (self.open_dict(base), subs) else { return };
        let key = self.expr(index, None);
        self.need_pair(local, (&key, index), (&typed, value));
    }

    /// The value of an element assignment; a display bound to an un-annotated variable learns from it.
    fn element_value(&mut self, target: &Surface, key: Option<&Expr>, ty: &Ty, value: &Surface) -> Expr {
        if let ExprKind::Index(base, subs) = &target.bare().kind
            && let Some(local) = self.inferred(base)
        {
            let typed = self.expr(value, Some(ty));
            match (&self.locals[local.0 as usize].ty, &subs[..], key) {
                (Ty::Dict(..), [Sub::Expr(index)], Some(key)) => self.need_pair(local, (key, index), (&typed, value)),
                _ => self.need_element(local, &typed, value),
            }
            return self.coerce(typed, ty);
        }
        self.check(value, ty)
    }

    /// Notes the type of an element that a list variable is given.
    pub(crate) fn need_element(&mut self, local: LocalId, element: &Expr, surface: &Surface) {
        let span = element.span;
        let (own, asked) = match self.locals[local.0 as usize].ty.clone() {
            Ty::List(own) => (own, ty::list(element.ty.clone())),
            Ty::Dict(_, own) => (own, ty::dict(Ty::Error, element.ty.clone())),
            _ => return,
        };
        if element.ty == Ty::Error {
            return;
        }
        if ty::has_error(&own) {
            let weak = surface.lit != Lit::No || self.is_soft(surface);
            self.need(local, if weak { Role::Weak } else { Role::Value }, asked, span);
        } else if surface.lit == Lit::No && ty::merge(&own, &element.ty).is_some() {
            self.need(local, Role::Value, asked, span);
        } else if surface.lit != Lit::No {
            self.need(local, Role::Weak, asked, span);
        }
    }

    /// The value for a local: what it asks of an un-annotated one is noted.
    fn assigned_value(&mut self, local: LocalId, surface: &Surface) -> Expr {
        let ty = self.locals[local.0 as usize].ty.clone();
        let var = &self.vars[local.0 as usize];
        if var.key.is_none() {
            return self.check(surface, &ty);
        }
        if !var.soft {
            self.note_place(surface, &ty);
        }
        let soft = self.is_soft(surface);
        let init = self.value_for(Some(&ty), surface);
        let role = if soft && init.role == Role::Value { Role::Literal(false) } else { init.role };
        let asked = init.asked.unwrap_or_else(|| init.value.ty.clone());
        self.need(local, role, asked, surface.span);
        self.coerce_known(init.value, &ty)
    }

    /// Whether literals and undecided variables alone make up an expression.
    pub(crate) fn is_soft(&mut self, surface: &Surface) -> bool {
        if surface.lit == Lit::Int {
            return true;
        }
        match &surface.kind {
            ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => self.is_soft(inner),
            ExprKind::Binary(first, rest) => {
                self.is_soft(first) && rest.iter().all(|(_, _, operand)| self.is_soft(operand))
            }
            ExprKind::Power(base, _, exponent) => self.is_soft(base) && self.is_soft(exponent),
            ExprKind::Name(_) => self.inferred(surface).is_some_and(|local| self.vars[local.0 as usize].soft),
            _ => false,
        }
    }

    /// Notes that a bare variable enters a typed place.
    pub(crate) fn note_place(&mut self, surface: &Surface, want: &Ty) {
        let want = ty::core(want);
        if *want != Ty::Error
            && let Some(local) = self.inferred(surface)
        {
            self.need(local, Role::Place, want.clone(), surface.span);
        }
    }

    /// The variable that a name denotes as a target: E0504.
    fn target_local(&mut self, name: &std::rc::Rc<str>, span: Span) -> Option<LocalId> {
        let found = self.find(name);
        self.found_target(found, name, span)
    }

    fn found_target(&mut self, found: Found, name: &std::rc::Rc<str>, span: Span) -> Option<LocalId> {
        let what = match found {
            Found::Local(local) if !self.vars[local.0 as usize].function => return Some(local),
            Found::Decl(Decl::Const(_)) => "a constant",
            Found::Local(_) | Found::Decl(Decl::Func(_)) | Found::Prelude => "a function",
            Found::Decl(Decl::Alias(_) | Decl::Object(_) | Decl::Enum(_)) | Found::Type => "a type",
            Found::Module | Found::Decl(Decl::Module(_)) => "a module",
            Found::Ambiguous(a, b) => {
                self.diagnostics.push(self.cx.ambiguous(name, span, a, b));
                return None;
            }
            Found::Decl(Decl::Foreign) | Found::Silent => return None,
            Found::ScriptVar => {
                self.error(Code::E0206, span, format!("functions do not see the top-level variable `{name}`"));
                return None;
            }
            Found::Nothing => {
                self.undeclared(name, span);
                if let Some(last) = self.diagnostics.last_mut()
                    && last.help.is_none()
                {
                    last.help = Some(format!("declare it: `var {name} = …`"));
                }
                return None;
            }
        };
        self.error(Code::E0504, span, format!("`{name}` is {what} and cannot be assigned"));
        None
    }

    /// A target with its type; [`Ty::Error`] if it is none.
    fn place(&mut self, target: &Surface) -> (Place, Ty) {
        let span = target.span;
        let none = (Place::Discard, Ty::Error);
        match &target.bare().kind {
            ExprKind::Name(name) if &**name == "_" => none,
            ExprKind::Name(name) => match self.target_local(name, span) {
                Some(local) => (Place::Local(local), self.locals[local.0 as usize].ty.clone()),
                None => none,
            },
            ExprKind::Tuple(targets) => {
                let (places, types): (Vec<_>, Vec<_>) = targets.iter().map(|target| self.place(target)).unzip();
                (Place::Unpack(places), Ty::Tuple(types.into()))
            }
            ExprKind::Index(base, subs) => self.element_place(base, subs, span),
            ExprKind::Field(base, name) => match self.qualified(base, name) {
                Some(found) => {
                    self.found_target(found, &name.text, span);
                    none
                }
                None => self.field_place(base, name, span),
            },
            ExprKind::Error => none,
            _ => {
                self.error(Code::E0503, span, "this cannot be assigned to");
                none
            }
        }
    }

    fn element_place(&mut self, base: &Surface, subs: &[Sub], span: Span) -> (Place, Ty) {
        let none = (Place::Discard, Ty::Error);
        if let Some(Found::Decl(Decl::Const(index))) = self.denotes(base) {
            let name = self.cx.module.consts[index].name.text.clone();
            self.error(Code::E0504, span, format!("`{name}` is a constant and cannot be changed"));
            return none;
        }
        let base = self.expr(base, None);
        match (&base.ty, subs) {
            (Ty::Error, _) => none,
            (Ty::List(element), [Sub::Expr(index)]) => {
                let ty = (**element).clone();
                let index = self.position(index, false);
                match index.ty {
                    Ty::Error => none,
                    Ty::Scalar { secret: true, .. } => self.scan_place(base, index, ty, span),
                    _ => (Place::Index(Box::new(base), Box::new(index)), ty),
                }
            }
            (Ty::Dict(key, value), [Sub::Expr(index)]) => {
                let (key, ty) = (Ty::clone(key), Ty::clone(value));
                let key = self.key(&Given::Surface(index), &key);
                match key.ty {
                    Ty::Error => none,
                    Ty::Scalar { secret: true, .. } => self.scan_dict_place(base, key, ty, span),
                    _ => (Place::Index(Box::new(base), Box::new(key)), ty),
                }
            }
            (Ty::Array(_), _) => self.array_place(base, subs),
            (Ty::List(_), [Sub::Slice(..)]) => {
                self.error(Code::E0503, span, "slices cannot be assigned to");
                none
            }
            (Ty::Str | Ty::Text | Ty::Tuple(_), _) => {
                let tuple = matches!(base.ty, Ty::Tuple(_));
                let what = if tuple { "the members of a tuple" } else { "the characters of a string" };
                self.error(Code::E0504, span, format!("{what} cannot be assigned"));
                none
            }
            (optional, _) if self.unchecked(optional, span) => none,
            (other, _) => {
                let message = format!("`{}` cannot be indexed so", ty::name(other));
                self.error(Code::E0311, span, message);
                none
            }
        }
    }

    /// Stores the members of a value into places, converting where types differ.
    fn unpack_into(&mut self, places: Vec<(Place, Ty)>, value: Expr, at: Span, span: Span, out: &mut Vec<Stmt>) {
        let types = self.unpack(&value.ty, places.len(), at);
        let mut direct = Vec::new();
        let mut after = Vec::new();
        for ((place, want), ty) in places.into_iter().zip(types) {
            if let Place::Local(local) = place {
                let member = Expr { ty: ty.clone(), ..poison(at) };
                self.given_to(local, &Expr { kind: HirKind::Member(Box::new(member.clone()), 0), ..member }, span);
                self.need(local, Role::Value, ty.clone(), span);
            }
            let apart = self.is_chosen()
                && match place {
                    Place::Local(local) => self.is_of_caller(local),
                    Place::Index(..) | Place::Field(..) | Place::Unpack(_) => true,
                    _ => false,
                };
            if (want == ty && !apart) || want == Ty::Error || ty == Ty::Error {
                direct.push(place);
                continue;
            }
            let member = self.synthetic(ty.clone(), at);
            if ty::has_secret(&ty) {
                self.vars[member.0 as usize].why = self.why(&value);
            }
            let read = Expr { kind: HirKind::Local(member), ty, span: at };
            direct.push(Place::Local(member));
            if let (Place::Unpack(inner), Ty::Tuple(types), true) = (&place, &want, apart) {
                let inner = inner.iter().cloned().zip(types.iter().cloned()).collect();
                self.unpack_into(inner, read, at, span, &mut after);
                continue;
            }
            let read = self.coerce(read, &want);
            let (place, read) = self.element_store(place, &want, read, span);
            after.push(Stmt { kind: StmtKind::Assign(place, read), span });
        }
        out.push(Stmt { kind: StmtKind::Assign(Place::Unpack(direct), value), span });
        out.append(&mut after);
    }

    /// `target op= value`: base and index are evaluated once.
    pub(crate) fn augment(
        &mut self,
        target: &Surface,
        op: AugKind,
        op_span: Span,
        value: &Surface,
        span: Span,
        out: &mut Vec<Stmt>,
    ) {
        match &target.bare().kind {
            ExprKind::Name(name) => {
                let Some(local) = self.target_local(name, target.span) else {
                    self.expr(value, None);
                    return;
                };
                let soft = self.vars[local.0 as usize].soft && self.is_soft(value);
                let ty = self.locals[local.0 as usize].ty.clone();
                let inferred = self.vars[local.0 as usize].key.is_some();
                let read = self.expr(target, None);
                let result = self.applied(Side::Val(read, inferred.then_some(local)), op, op_span, value, span);
                if inferred {
                    let role = if soft { Role::Literal(false) } else { Role::Value };
                    self.need(local, role, result.ty.clone(), value.span);
                }
                let result = self.coerce_known(result, &ty);
                self.store(local, result, span, out);
            }
            ExprKind::Index(..) => {
                let (place, ty) = self.place(target);
                let (base, index) = match place {
                    Place::Index(base, index) => (base, index),
                    Place::Items(..) => return self.augment_items((target, place, ty), op, op_span, value, span, out),
                    Place::Scan(list, hot) => {
                        return self.augment_scan((target, *list, *hot, ty), op, op_span, value, span, out);
                    }
                    _ => {
                        self.expr(value, None);
                        return;
                    }
                };
                let merges = self.merges_element(&base, &ty, span);
                let (base, base_binding) = self.hoist(*base);
                let (index, index_binding) = self.hoist(*index);
                for (local, value) in [base_binding, index_binding].into_iter().flatten() {
                    out.push(Stmt { kind: StmtKind::Assign(Place::Local(local), value), span });
                }
                let kind = HirKind::Index(Box::new(base.clone()), Box::new(index.clone()));
                let read = Expr { kind, ty: ty.clone(), span: target.span };
                let result = self.applied(Side::Val(read.clone(), None), op, op_span, value, span);
                if let ExprKind::Index(list, _) = &target.bare().kind
                    && let Some(local) = self.inferred(list)
                {
                    self.need_element(local, &result, value);
                }
                let mut result = self.coerce(result, &ty);
                if merges {
                    result = self.kept_unless_chosen(result, read, span);
                }
                let place = Place::Index(Box::new(base), Box::new(index));
                out.push(Stmt { kind: StmtKind::Assign(place, result), span });
            }
            ExprKind::Field(base, name) => {
                let (place, ty) = self.field_place(base, name, target.span);
                let Place::Field(object, at) = place else {
                    self.expr(value, None);
                    return;
                };
                let merges = self.merges_element(&object, &ty, span);
                let (object, binding) = self.hoist(*object);
                if let Some((local, value)) = binding {
                    out.push(Stmt { kind: StmtKind::Assign(Place::Local(local), value), span });
                }
                let kind = HirKind::Field(Box::new(object.clone()), at);
                let read = Expr { kind, ty: ty.clone(), span: target.span };
                let result = self.applied(Side::Val(read.clone(), None), op, op_span, value, span);
                let mut result = self.coerce(result, &ty);
                if merges {
                    result = self.kept_unless_chosen(result, read, span);
                }
                out.push(Stmt { kind: StmtKind::Assign(Place::Field(Box::new(object), at), result), span });
            }
            ExprKind::Error => {
                self.expr(value, None);
            }
            _ => {
                self.place(target);
                self.expr(value, None);
            }
        }
    }

    /// What a variable without value starts as, if not unassigned (LANGUAGE §8.1).
    fn start(&self, ty: &Ty, span: Span) -> Option<Expr> {
        match ty {
            Ty::Enum { secret: true, .. } | Ty::Object(_) => self.cx.zero(ty, span),
            _ => default(ty, span),
        }
    }

    pub(super) fn applied(&mut self, left: Side<'_>, op: AugKind, op_span: Span, value: &Surface, span: Span) -> Expr {
        let mut result = match op {
            AugKind::Bin(op) => self.binary_op(left, op, op_span, value, None),
            AugKind::Pow => self.power(left, op_span, value, None),
        };
        result.span = span;
        result
    }
}

/// What a variable without value starts as, if not unassigned (LANGUAGE §8.1).
fn default(ty: &Ty, span: Span) -> Option<Expr> {
    match ty {
        Ty::Error => Some(poison(span)),
        Ty::Scalar { ty: format, secret: true } => Some(super::convert::wrap(constant(*format, 0, span), ty)),
        Ty::List(_) => Some(Expr { kind: HirKind::List(Vec::new()), ty: ty.clone(), span }),
        Ty::Dict(..) => Some(Expr { kind: HirKind::Dict(Vec::new()), ty: ty.clone(), span }),
        Ty::Optional(_) => Some(Expr { kind: HirKind::Const(Value::None), ty: ty.clone(), span }),
        _ => None,
    }
}
