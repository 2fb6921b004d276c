//! Object and enum declarations in; fields, methods, marks and zero values out (LANGUAGE §11.1–11.3).
//!
//! Fields are resolved twice: first to learn which objects hold what, then, with that known, for good. Everything that
//! follows objects through objects is a least fixed point over the references between them, found in linear time.
//! Not here: constructors and calls (`construct`).

use crate::hash::{HashMap, HashSet};
use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, Span};
use stoffel_value::ScalarTy;

use super::Cx;
use super::body::poison;
use super::convert::wrap;
use super::literal::constant;
use super::tree::{Enum, Ident, Object as Declared};
use super::ty;
use super::types::{self, Bound};
use crate::hir::{self, EnumInfo, Expr, ExprKind, Marks, ObjectInfo, ObjectTy, Ty};

/// An object as far as it has been resolved.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) info: Rc<ObjectInfo>,
    base: Option<usize>,
    /// Inherited ones first.
    pub(crate) fields: Vec<Field>,
    /// Functions by name, inherited ones too.
    pub(crate) methods: HashMap<Rc<str>, usize>,
    /// Some value can be built.
    pub(crate) buildable: bool,
    /// It has a default object.
    zero: bool,
}

/// A field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: Rc<str>,
    pub(crate) span: Span,
    pub(crate) ty: Ty,
    /// Its constant default.
    pub(crate) default: Option<Expr>,
}

/// Nodes of one default object: beyond this it is too large to be written out.
const ZERO_MAX: usize = 1000;

/// What objects and enums are before fields are resolved.
pub(crate) fn declare(objects: &[Declared]) -> Vec<Definition> {
    objects
        .iter()
        .zip(0..)
        .map(|(object, id)| {
            let name = super::inner::shown(&object.name.text).into();
            let (bases, marks) = Default::default();
            let info = Rc::new(ObjectInfo { id, name, bases, marks });
            Definition {
                info,
                base: None,
                fields: Vec::new(),
                methods: HashMap::default(),
                buildable: true,
                zero: true,
            }
        })
        .collect()
}

/// Enums with their values: E0605.
pub(crate) fn enums(declared: &[Enum], out: &mut Vec<Diagnostic>) -> Vec<Rc<EnumInfo>> {
    declared.iter().zip(0..).map(|(declared, id)| Rc::new(enumerate(declared, id, out))).collect()
}

fn enumerate(declared: &Enum, id: u32, out: &mut Vec<Diagnostic>) -> EnumInfo {
    let mut members: Vec<(Rc<str>, i64)> = Vec::new();
    let mut next = Some(0i64);
    for (name, written) in &declared.members {
        let mut fail = |span: Span, message: String| out.push(Diagnostic::new(Code::E0605, span, message));
        let value = match written {
            None if next.is_none() => {
                fail(name.span, "the value of this member is past int64".into());
                None
            }
            None => next,
            Some(expr) => match literal(expr) {
                Some(value) => Some(value),
                None => {
                    fail(expr.span, "the value of a member is a literal from 0 to 9223372036854775807".into());
                    next
                }
            },
        };
        if members.iter().any(|(other, _)| *other == name.text) {
            fail(name.span, format!("`{}` already has a member `{}`", declared.name.text, name.text));
            continue;
        }
        if let Some((other, _)) = members.iter().find(|(_, before)| Some(*before) == value) {
            fail(name.span, format!("the value of `{}` is already that of `{other}`", name.text));
        }
        next = value.and_then(|value| value.checked_add(1));
        members.push((name.text.clone(), value.unwrap_or(i64::MAX)));
    }
    EnumInfo { id, name: super::inner::shown(&declared.name.text).into(), members }
}

fn literal(expr: &super::tree::Expr) -> Option<i64> {
    match &expr.kind {
        super::tree::ExprKind::Int(value, None) => i64::try_from(*value).ok(),
        _ => None,
    }
}

impl Cx<'_> {
    /// Resolves every object: E0202, E0203, E0602, E0606, E0607, E0609, E0610, E0315.
    pub(crate) fn resolve_objects(&mut self) {
        let module = self.module;
        let mut out = Vec::new();
        let order = self.bases(&mut out);
        let types = self.own_fields(&mut Vec::new());
        self.inherit(&order, &types, &mut Vec::new());
        self.fill_marks();
        // Aliases were resolved before it was known what can be secret; findings that repeat are dropped.
        self.aliases.iter_mut().for_each(|alias| *alias = super::consts::State::New);
        let types = self.own_fields(&mut out);
        for definition in &mut self.objects {
            definition.fields.clear();
            definition.methods.clear();
        }
        self.inherit(&order, &types, &mut out);
        self.buildable(&mut out);
        self.defaults(&mut out);
        let huge = |definition: &Definition| ty::are_too_large(definition.fields.iter().map(|field| &field.ty));
        for (object, definition) in module.objects.iter().zip(&self.objects) {
            let by_base = definition.base.is_some_and(|base| huge(&self.objects[base]));
            if !by_base && huge(definition) {
                out.push(Diagnostic::new(Code::E0609, object.name.span, "the object has over 1000 leaves"));
            }
        }
        self.diagnostics.append(&mut out);
    }

    /// Resolves bases; gives an order in which they come before what derives from them.
    fn bases(&mut self, out: &mut Vec<Diagnostic>) -> Vec<usize> {
        let module = self.module;
        for (at, object) in module.objects.iter().enumerate() {
            let Some(written) = &object.base else { continue };
            match types::resolve(self, written, &Bound::from([]), out) {
                Ty::Object(ObjectTy { of, view: false }) => self.objects[at].base = Some(of.id as usize),
                Ty::Error => {}
                other => {
                    let message = format!("`{}` is no object to derive from", ty::name(&other));
                    out.push(Diagnostic::new(Code::E0610, written.span, message));
                }
            }
        }
        let n = self.objects.len();
        let mut order = Vec::with_capacity(n);
        // 0: not seen, 1: on the chain, 2: done.
        let mut state = vec![0u8; n];
        for first in 0..n {
            let mut chain = Vec::new();
            let mut at = Some(first);
            while let Some(here) = at.filter(|&here| state[here] == 0) {
                state[here] = 1;
                chain.push(here);
                at = self.objects[here].base;
            }
            if let Some(loops) = at.filter(|&here| state[here] == 1) {
                let (name, base) = (&module.objects[loops].name, &module.objects[loops].base);
                let span = base.as_ref().map_or(name.span, |base| base.span);
                out.push(Diagnostic::new(Code::E0610, span, format!("`{}` would derive from itself", name.text)));
                // Without its base it is the first of those that derive from it.
                self.objects[loops].base = None;
                state[loops] = 2;
                order.push(loops);
            }
            for here in chain.into_iter().rev().filter(|&here| state[here] != 2).collect::<Vec<_>>() {
                state[here] = 2;
                order.push(here);
            }
        }
        for &at in &order {
            let bases = self.objects[at].base.map(|base| {
                let above = self.objects[base].info.bases.get().cloned().unwrap_or_default();
                std::iter::once(self.objects[base].info.id).chain(above.iter().copied()).collect::<Rc<[u32]>>()
            });
            // Set once: objects are resolved once.
            let _ = self.objects[at].info.bases.set(bases.unwrap_or_default());
        }
        order
    }

    /// Types of the fields that each object declares.
    fn own_fields(&mut self, out: &mut Vec<Diagnostic>) -> Vec<Vec<Ty>> {
        let module = self.module;
        let none = Bound::from([]);
        let resolve = |cx: &mut Self, object: &Declared, out: &mut Vec<Diagnostic>| {
            object.fields.iter().map(|field| types::resolve(cx, &field.ty, &none, out)).collect()
        };
        module.objects.iter().map(|object| resolve(self, object, out)).collect()
    }

    /// Puts inherited members before own ones.
    fn inherit(&mut self, order: &[usize], types: &[Vec<Ty>], out: &mut Vec<Diagnostic>) {
        let module = self.module;
        for &at in order {
            let object = &module.objects[at];
            let (mut fields, mut methods) = match self.objects[at].base {
                Some(base) => {
                    // Of a base that is too large only so much that this one is too.
                    let fields = self.objects[base].fields.iter().take(ty::LEAVES_MAX + 1).cloned().collect();
                    (fields, self.objects[base].methods.clone())
                }
                None => (Vec::new(), HashMap::default()),
            };
            let inherited = (fields.len(), methods.clone());
            let mut own: HashMap<Rc<str>, Span> = HashMap::default();
            let mut twice = |name: &Ident, fields: &[Field], out: &mut Vec<Diagnostic>| {
                let of_base = fields[..inherited.0].iter().any(|field| field.name == name.text)
                    || inherited.1.contains_key(&name.text);
                if of_base {
                    let message = format!("`{}` is already a member of the base", name.text);
                    out.push(Diagnostic::new(Code::E0606, name.span, message));
                    return true;
                }
                match own.insert(name.text.clone(), name.span) {
                    Some(first) => {
                        let message = format!("`{}` already has a member `{}`", object.name.text, name.text);
                        out.push(Diagnostic::new(Code::E0203, name.span, message).label(first, "first declared here"));
                        true
                    }
                    None => false,
                }
            };
            for (field, ty) in object.fields.iter().zip(&types[at]) {
                if !twice(&field.name, &fields, out) {
                    let (name, span) = (field.name.text.clone(), field.name.span);
                    fields.push(Field { name, span, ty: ty.clone(), default: None });
                }
            }
            for &func in &object.methods {
                let method = &module.funcs[func];
                if twice(&method.name, &fields, out) {
                    continue;
                }
                let first = method.params.first();
                if first.is_none_or(|first| &*first.name.text != "self" || first.star || first.default.is_some()) {
                    let message = format!("the first parameter of method `{}` is `self`", method.name.text);
                    out.push(Diagnostic::new(Code::E0607, method.name.span, message));
                }
                methods.insert(method.name.text.clone(), func);
            }
            self.objects[at].fields = fields;
            self.objects[at].methods = methods;
        }
    }

    /// What each object and its secret view hold: node 2i is object i, node 2i + 1 its view.
    fn fill_marks(&mut self) {
        let n = self.objects.len();
        let mut users = vec![Vec::new(); 2 * n];
        let (mut secret, mut open, mut share) = (vec![false; 2 * n], vec![false; 2 * n], vec![false; 2 * n]);
        let (mut never, mut function, mut text) = (vec![false; 2 * n], vec![false; 2 * n], vec![false; 2 * n]);
        for (at, definition) in self.objects.iter().enumerate() {
            for field in &definition.fields {
                let mut own = Leaves::default();
                own.add(&field.ty);
                secret[2 * at] |= own.secret;
                secret[2 * at + 1] |= own.scalar;
                open[2 * at] |= own.public;
                share[2 * at] |= own.share;
                function[2 * at] |= own.function;
                text[2 * at] |= own.text;
                never[2 * at + 1] |= own.never;
                for object in &own.objects {
                    users[2 * object.of.id as usize + usize::from(object.view)].push(2 * at);
                    users[2 * object.of.id as usize + 1].push(2 * at + 1);
                }
            }
        }
        for marks in [&mut secret, &mut open, &mut share, &mut function, &mut never, &mut text] {
            spread(marks, &users);
        }
        for (at, definition) in self.objects.iter().enumerate() {
            let no_view = never[2 * at + 1];
            definition.info.marks.set(Marks {
                own_secret: secret[2 * at],
                view_secret: secret[2 * at + 1],
                all_secret: !no_view && !open[2 * at],
                share: share[2 * at],
                function: function[2 * at],
                text: text[2 * at],
                no_view,
            });
        }
    }

    /// Which objects can be built, and which have a default object: E0602.
    fn buildable(&mut self, out: &mut Vec<Diagnostic>) {
        let needs = |with_defaults: bool, cx: &Self| -> Vec<Vec<usize>> {
            (cx.objects.iter().zip(&cx.module.objects))
                .map(|(definition, declared)| {
                    let defaulted: HashSet<Span> =
                        (declared.fields.iter()).filter(|own| own.default.is_some()).map(|own| own.name.span).collect();
                    let fields =
                        definition.fields.iter().filter(|field| !with_defaults || !defaulted.contains(&field.span));
                    fields.flat_map(|field| inline(&field.ty)).collect()
                })
                .collect()
        };
        let needed = needs(false, self);
        let built = satisfied(&needed, &vec![true; needed.len()]);
        let stuck: Vec<Vec<usize>> = (needed.iter().zip(&built))
            .map(|(needs, able)| {
                let open = needs.iter().copied().filter(|&need| !built[need]);
                if *able { Vec::new() } else { open.collect() }
            })
            .collect();
        let cyclic = super::recursion::in_cycles(&stuck);
        for (at, (definition, built)) in self.objects.iter_mut().zip(&built).enumerate() {
            definition.buildable = *built;
            if !built && cyclic[at] {
                let object = &self.module.objects[at];
                let message = format!("no `{}` can ever be built: each would need another one first", object.name.text);
                out.push(
                    Diagnostic::new(Code::E0602, object.name.span, message)
                        .help("let a field be optional (`T?`) or a list"),
                );
            }
        }
        let own: Vec<bool> = self
            .objects
            .iter()
            .map(|definition| definition.fields.iter().all(|field| has_own_zero(&field.ty)))
            .collect();
        let zero = satisfied(&needs(true, self), &own);
        for (definition, zero) in self.objects.iter_mut().zip(zero) {
            definition.zero = zero;
        }
    }

    /// Computes the defaults of fields: E0315.
    fn defaults(&mut self, out: &mut Vec<Diagnostic>) {
        let module = self.module;
        let mut known: HashMap<Span, Expr> = HashMap::default();
        let types: HashMap<Span, Ty> = (self.objects.iter())
            .flat_map(|definition| &definition.fields)
            .map(|field| (field.span, field.ty.clone()))
            .collect();
        for object in &module.objects {
            for declared in &object.fields {
                let Some(default) = &declared.default else { continue };
                let ty = types.get(&declared.name.span).cloned();
                let value = self.constant(default, ty.as_ref(), Code::E0315, out);
                known.insert(declared.name.span, value);
            }
        }
        for field in self.objects.iter_mut().flat_map(|definition| &mut definition.fields) {
            field.default = known.get(&field.span).cloned();
        }
    }

    /// Name, index and type of an object's field.
    pub(crate) fn object_field(&self, object: &ObjectTy, name: &str) -> Option<(u32, Ty)> {
        let fields = &self.objects[object.of.id as usize].fields;
        let at = fields.iter().position(|field| &*field.name == name)?;
        Some((u32::try_from(at).unwrap_or(u32::MAX), field_type(object, &fields[at].ty)))
    }

    /// The method of an object.
    pub(crate) fn method(&self, ty: &Ty, name: &str) -> Option<usize> {
        match ty {
            Ty::Object(object) => self.objects[object.of.id as usize].methods.get(name).copied(),
            _ => None,
        }
    }

    /// What a variable or field of this type starts as, if the type has such a value (LANGUAGE §8.1, §11.1).
    pub(crate) fn zero(&self, ty: &Ty, span: Span) -> Option<Expr> {
        self.zero_within(ty, span, &mut ZERO_MAX.clone())
    }

    fn zero_within(&self, ty: &Ty, span: Span, budget: &mut usize) -> Option<Expr> {
        *budget = budget.checked_sub(1)?;
        let plain = |kind| Some(Expr { kind, ty: ty.clone(), span });
        match ty {
            Ty::Error => Some(poison(span)),
            // A share, an array and a function have no zero value (LANGUAGE §11.1).
            Ty::Unit | Ty::Share | Ty::RbcResult | Ty::Array(_) | Ty::Func(_) | Ty::Def(_) => None,
            Ty::Closure | Ty::Handle(_) => None,
            Ty::Scalar { .. } | Ty::Enum { .. } => {
                let value = Expr { ty: ty::public_of(ty), ..constant(ty::scalar(ty)?, 0, span) };
                Some(if ty::is_secret(ty) { wrap(value, ty) } else { value })
            }
            Ty::Str => Some(super::convert::text("", span)),
            Ty::Text => Some(wrap(super::convert::text("", span), ty)),
            Ty::List(_) => plain(ExprKind::List(Vec::new())),
            Ty::Dict(..) => plain(ExprKind::Dict(Vec::new())),
            Ty::Optional(_) => plain(ExprKind::Const(stoffel_value::Value::None)),
            Ty::Tuple(members) => {
                let members = members.iter().map(|member| self.zero_within(member, span, budget));
                plain(ExprKind::Tuple(members.collect::<Option<_>>()?))
            }
            Ty::Object(object) => {
                let definition = &self.objects[object.of.id as usize];
                if !definition.zero {
                    return None;
                }
                let fields = definition.fields.iter().map(|field| self.start_of(object, field, span, budget));
                plain(ExprKind::Object(fields.collect::<Option<_>>()?))
            }
        }
    }

    fn start_of(&self, object: &ObjectTy, field: &Field, span: Span, budget: &mut usize) -> Option<Expr> {
        match &field.default {
            Some(_) => self.default_of(object, field, span),
            None => self.zero_within(&field_type(object, &field.ty), span, budget),
        }
    }

    /// The default of a field, at the place that takes it.
    pub(crate) fn default_of(&self, object: &ObjectTy, field: &Field, span: Span) -> Option<Expr> {
        let value = Expr { span, ..field.default.clone()? };
        let ty = field_type(object, &field.ty);
        Some(if value.ty == ty || value.ty == Ty::Error { value } else { wrap(value, &ty) })
    }

    /// Objects of the finished program; enums are their scalars there.
    pub(crate) fn finished_objects(&self) -> Vec<hir::Object> {
        self.objects
            .iter()
            .map(|definition| hir::Object {
                name: definition.info.name.to_string(),
                base: definition.base.map(|base| self.objects[base].info.id),
                fields: (definition.fields.iter())
                    .map(|field| hir::Field {
                        name: field.name.to_string(),
                        view: ty::erased(&ty::secret_of(&field.ty).unwrap_or_else(|_| field.ty.clone())),
                        ty: ty::erased(&field.ty),
                    })
                    .collect(),
            })
            .collect()
    }
}

/// The type of a field as its object is seen.
pub(crate) fn field_type(object: &ObjectTy, declared: &Ty) -> Ty {
    if object.view { ty::secret_of(declared).unwrap_or(Ty::Error) } else { declared.clone() }
}

/// What a field's type says without its objects.
#[derive(Default)]
struct Leaves {
    secret: bool,
    /// A scalar is not secret.
    public: bool,
    scalar: bool,
    never: bool,
    share: bool,
    function: bool,
    text: bool,
    objects: Vec<ObjectTy>,
}

impl Leaves {
    fn add(&mut self, ty: &Ty) {
        match ty {
            Ty::Error | Ty::Unit => {}
            Ty::Scalar { secret, .. } | Ty::Enum { secret, .. } => {
                self.secret |= secret;
                self.public |= !secret;
                self.scalar = true;
                self.never |= ty::scalar(ty) == Some(ScalarTy::Float);
            }
            Ty::Str => {
                self.public = true;
                self.scalar = true;
                self.text = true;
            }
            Ty::Text => {
                self.secret = true;
                self.scalar = true;
            }
            // Keys are public whatever the values are.
            Ty::List(inner) | Ty::Array(inner) | Ty::Optional(inner) | Ty::Dict(_, inner) => self.add(inner),
            Ty::Share => {
                self.secret = true;
                self.scalar = true;
                self.share = true;
            }
            Ty::Tuple(members) => members.iter().for_each(|member| self.add(member)),
            // What it takes, gives and captures is behind a call.
            Ty::Func(_) | Ty::Def(_) | Ty::RbcResult | Ty::Closure | Ty::Handle(_) => {
                self.never = true;
                self.function = true;
            }
            Ty::Object(object) => self.objects.push(object.clone()),
        }
    }
}

/// Passes marks on to whoever refers to a marked one.
fn spread(marks: &mut [bool], users: &[Vec<usize>]) {
    let mut work: Vec<usize> = (0..marks.len()).filter(|&at| marks[at]).collect();
    while let Some(at) = work.pop() {
        for &user in &users[at] {
            if !std::mem::replace(&mut marks[user], true) {
                work.push(user);
            }
        }
    }
}

/// Objects that a value of the type always holds.
fn inline(ty: &Ty) -> Vec<usize> {
    match ty {
        Ty::Object(object) => vec![object.of.id as usize],
        Ty::Tuple(members) => members.iter().flat_map(inline).collect(),
        _ => Vec::new(),
    }
}

/// Whether a type has a zero value, its objects apart.
fn has_own_zero(ty: &Ty) -> bool {
    match ty {
        Ty::Tuple(members) => members.iter().all(has_own_zero),
        Ty::Unit | Ty::Share | Ty::Array(_) | Ty::Func(_) | Ty::Def(_) | Ty::Closure | Ty::Handle(_) => false,
        _ => true,
    }
}

/// Which nodes are able by themselves and have all they need, needs of needs included.
fn satisfied(needs: &[Vec<usize>], able: &[bool]) -> Vec<bool> {
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut users = vec![Vec::new(); needs.len()];
    for (at, needs) in needs.iter().enumerate() {
        needs.iter().for_each(|&need| users[need].push(at));
    }
    let mut done = vec![false; needs.len()];
    let mut work: Vec<usize> = (0..needs.len()).filter(|&at| able[at] && open[at] == 0).collect();
    while let Some(at) = work.pop() {
        done[at] = true;
        for &user in &users[at] {
            open[user] -= 1;
            if open[user] == 0 && able[user] {
                work.push(user);
            }
        }
    }
    done
}
