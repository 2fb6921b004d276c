//! Headers in; inputs, outputs and roles of the program, and what is wrong with headers, out (LANGUAGE §9.2, §14).

use crate::hash::HashMap;
use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, FileId, Span};
use stoffel_value::Value;

use super::instance::Unit;
use super::tree::{Dest as SurfaceDest, Func, ResultForm, TypeExpr};
use super::types::{self, Bound};
use super::{Cx, Start, ty};
use crate::hir::{Dest, Entry, Expr, ExprKind, Input, InstanceId, Output, Ty};

/// Who owns a secret parameter without `from`.
const DEALER: &str = "dealer";

impl Cx<'_> {
    /// Checks the headers of all functions: E0203, E0306, E0315, E0423, E0424, E0508.
    pub(crate) fn check_headers(&mut self, start: Start) {
        for index in 0..self.module.funcs.len() {
            let func = &self.module.funcs[index];
            let here = func.file() == FileId(0);
            if !here && func.is_entry() {
                continue;
            }
            // `main` stays the interface while a test or another function is run.
            let is_entry = func.owner.is_none() && (start == Start::Func(index) || func.is_entry());
            self.check_params(func, is_entry);
            if is_entry {
                self.check_roles(func);
            } else {
                self.no_roles(func);
            }
        }
    }

    fn report(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(code, span, message));
    }

    fn check_params(&mut self, func: &Func, is_entry: bool) {
        let bound: Bound = func.generics.iter().map(|name| (name.text.clone(), Ty::Error)).collect();
        let top = !func.nested && func.owner.is_none();
        let test = top && func.file() == FileId(0) && func.name.text.starts_with("test_");
        if test && !func.params.is_empty() {
            let cases: Rc<str> = format!("{}_cases", func.name.text).into();
            let known = matches!(self.names.own(FileId(0), &cases), Some(super::scope::Decl::Const(_)));
            if !known || func.params.len() > 1 {
                let message = format!("a test with a parameter needs `const {cases}`, and takes one only");
                self.report(Code::E0508, func.name.span, message);
            }
        }
        if let (true, Some(name)) = (is_entry, func.generics.first()) {
            self.report(Code::E0306, name.span, "an entry takes no type parameters: nothing calls it");
        }
        for name in &func.generics {
            if types::is_builtin(&name.text) {
                self.report(Code::E0203, name.span, format!("`{}` is built in", name.text));
            }
        }
        let mut defaulted = false;
        for (at, param) in func.params.iter().enumerate() {
            let last = at + 1 == func.params.len();
            if param.star && (!last || param.default.is_some()) {
                self.report(Code::E0315, param.name.span, "a variadic parameter is the last one and has no default");
            }
            if defaulted && param.default.is_none() && !param.star {
                self.report(Code::E0315, param.name.span, "a parameter after one with a default needs one, too");
            }
            defaulted |= param.default.is_some();
            if is_entry && param.ty.is_none() {
                let message = format!("the type of input `{}` must be written", param.name.text);
                self.report(Code::E0306, param.name.span, message);
            }
            let mut out = Vec::new();
            let want = param.ty.as_ref().map(|written| types::resolve(self, written, &bound, &mut out));
            // The types of a nested function may name type parameters around it; its instances resolve them.
            let want = if func.nested { std::mem::take(&mut out).is_empty().then_some(want).flatten() } else { want };
            if let (true, Some(default), Some(ty)) = (is_entry, &param.default, &want)
                && ty::has_secret(ty)
            {
                out.push(Diagnostic::new(
                    Code::E0315,
                    default.span,
                    "a secret input comes from its client; it has no default",
                ));
            }
            if let Some(default) = &param.default {
                self.constant(default, want.as_ref(), Code::E0315, &mut out);
            }
            self.diagnostics.append(&mut out);
        }
    }

    /// E0423 outside an entry.
    fn no_roles(&mut self, func: &Func) {
        let message = "`from` and `to` stand in the header of the entry only";
        for from in func.params.iter().filter_map(|param| param.from.as_ref()) {
            self.report(Code::E0423, from.span, message);
        }
        for dest in dests(&func.result) {
            self.report(Code::E0423, dest.span, message);
        }
    }

    /// E0423 and E0424 in the header of the entry; W0402.
    fn check_roles(&mut self, func: &Func) {
        let bound = Bound::from([]);
        let mut roles: HashMap<Rc<str>, (bool, Span)> = HashMap::default();
        for param in &func.params {
            let Some(from) = &param.from else { continue };
            self.role(from, &mut roles);
            let ty =
                param.ty.as_ref().map_or(Ty::Error, |written| types::resolve(self, written, &bound, &mut Vec::new()));
            if ty == Ty::Error {
                continue;
            }
            if !ty::has_secret(&ty) {
                let message = format!("`from` needs a type with secrets, not `{}`", ty::name(&ty));
                self.report(Code::E0423, from.span, message);
            } else if from.each && !matches!(ty, Ty::List(_)) {
                self.report(Code::E0423, from.span, format!("`from each` needs a list, not `{}`", ty::name(&ty)));
            }
        }
        self.no_shares(func);
        let mut parts: Vec<(&TypeExpr, Option<&SurfaceDest>)> = Vec::new();
        match &func.result {
            ResultForm::Whole(ty, dest) => parts.push((ty, dest.as_ref())),
            ResultForm::Parts(list) => parts.extend(list.iter().map(|(ty, dest)| (ty, dest.as_ref()))),
            ResultForm::Inferred | ResultForm::None => {}
        }
        for (written, dest) in parts {
            let ty = types::resolve(self, written, &bound, &mut Vec::new());
            if let Some(dest) = dest {
                self.role(dest, &mut roles);
                if dest.each && !matches!(ty, Ty::List(_) | Ty::Error) {
                    self.report(Code::E0423, dest.span, format!("`to each` needs a list, not `{}`", ty::name(&ty)));
                }
            } else if ty::has_secret(&ty) {
                self.nobody(written.span);
            }
        }
    }

    /// E0301: the interface of a program has exact types.
    fn no_shares(&mut self, func: &Func) {
        let bound = Bound::from([]);
        let params = func.params.iter().filter_map(|param| param.ty.as_ref());
        let results = match &func.result {
            ResultForm::Whole(ty, _) => vec![ty],
            ResultForm::Parts(parts) => parts.iter().map(|(ty, _)| ty).collect(),
            ResultForm::Inferred | ResultForm::None => Vec::new(),
        };
        let written: Vec<&TypeExpr> = params.chain(results).collect();
        for written in written {
            if ty::has_share(&types::resolve(self, written, &bound, &mut Vec::new())) {
                self.report(Code::E0301, written.span, "an entry takes and gives no `Share`: write `secret T`");
            }
        }
    }

    fn nobody(&mut self, span: Span) {
        self.diagnostics.push(
            Diagnostic::new(Code::W0402, span, "this secret result goes to nobody")
                .help("reveal it, or send it to a role: `-> T to ROLE`"),
        );
    }

    fn role(&mut self, dest: &SurfaceDest, roles: &mut HashMap<Rc<str>, (bool, Span)>) {
        let role = &dest.role;
        match roles.get(&role.text) {
            Some(&(each, first)) if each != dest.each => self.diagnostics.push(
                Diagnostic::new(
                    Code::E0424,
                    dest.span,
                    format!("role `{}` is used with and without `each`", role.text),
                )
                .label(first, "otherwise here"),
            ),
            Some(_) => {}
            None => {
                roles.insert(role.text.clone(), (dest.each, dest.span));
            }
        }
    }

    /// Inputs and outputs of what is run.
    pub(crate) fn interface(&mut self, start: Start, entry: u32) -> Entry {
        let instance = InstanceId(entry);
        let Start::Func(index) = start else { return Entry { instance, inputs: Vec::new(), outputs: Vec::new() } };
        let func = &self.module.funcs[index];
        let types = self.instances[entry as usize].key.params.clone();
        let inputs = func
            .params
            .iter()
            .zip(types)
            .map(|(param, ty)| {
                let role = match &param.from {
                    Some(from) => Some(from.role.text.to_string()),
                    None => ty::has_secret(&ty).then(|| DEALER.to_owned()),
                };
                let default = param.default.as_ref().and_then(|default| {
                    let value = self.constant(default, Some(&ty), Code::E0315, &mut Vec::new());
                    value_of(&value).map(|value| value.text(false))
                });
                let each = param.from.as_ref().is_some_and(|from| from.each);
                Input { name: param.name.text.to_string(), ty, role, each, default, span: param.span }
            })
            .collect();
        debug_assert_eq!(self.instances[entry as usize].key.unit, Unit::Func(index));
        for (param, ty) in func.params.iter().zip(self.instances[entry as usize].key.params.clone()) {
            if ty::holds_function(&ty) {
                self.report(Code::E0301, param.span, "an input of a program is no function".to_owned());
            }
        }
        let result = self.result(entry);
        if ty::holds_function(&result) {
            self.report(Code::E0301, func.name.span, "the result of a program is no function".to_owned());
        }
        let outputs = self.outputs(func, &result);
        Entry { instance, inputs, outputs }
    }

    fn outputs(&mut self, func: &Func, result: &Ty) -> Vec<Output> {
        let dest = |dest: Option<&SurfaceDest>, ty: &Ty| match dest {
            Some(dest) if dest.each => Dest::Each(dest.role.text.to_string()),
            Some(dest) => Dest::Role(dest.role.text.to_string()),
            None if ty::has_secret(ty) => Dest::Nobody,
            None => Dest::Everyone,
        };
        match &func.result {
            _ if *result == Ty::Unit => Vec::new(),
            ResultForm::None => Vec::new(),
            ResultForm::Inferred => {
                if ty::has_share(result) {
                    self.report(Code::E0301, func.header, "an entry gives no `Share`: convert it to `secret T`");
                    return Vec::new();
                }
                if ty::has_secret(result) {
                    self.nobody(func.header);
                }
                vec![Output { component: None, ty: result.clone(), dest: dest(None, result), span: func.name.span }]
            }
            ResultForm::Whole(written, to) => {
                let dest = dest(to.as_ref(), result);
                vec![Output { component: None, ty: result.clone(), dest, span: written.span }]
            }
            ResultForm::Parts(parts) => {
                let Ty::Tuple(members) = result else { return Vec::new() };
                parts
                    .iter()
                    .zip(members.iter())
                    .zip(0..)
                    .map(|(((written, to), ty), at)| Output {
                        component: Some(at),
                        ty: ty.clone(),
                        dest: dest(to.as_ref(), ty),
                        span: written.span,
                    })
                    .collect()
            }
        }
    }
}

fn dests(result: &ResultForm) -> Vec<&SurfaceDest> {
    match result {
        ResultForm::Whole(_, dest) => dest.iter().collect(),
        ResultForm::Parts(parts) => parts.iter().filter_map(|(_, dest)| dest.as_ref()).collect(),
        ResultForm::Inferred | ResultForm::None => Vec::new(),
    }
}

/// The value of a constant expression.
fn value_of(expr: &Expr) -> Option<Value> {
    Some(match &expr.kind {
        ExprKind::Const(value) if expr.ty != Ty::Error => value.clone(),
        ExprKind::List(items) => Value::List(items.iter().map(value_of).collect::<Option<_>>()?),
        ExprKind::Tuple(items) => Value::Tuple(items.iter().map(value_of).collect::<Option<_>>()?),
        ExprKind::Dict(pairs) => {
            let mut out: Vec<(Value, Value)> = Vec::new();
            for (key, value) in pairs {
                let (key, value) = (value_of(key)?, value_of(value)?);
                match out.iter_mut().find(|(before, _)| *before == key) {
                    Some((_, before)) => *before = value,
                    None => out.push((key, value)),
                }
            }
            Value::Dict(out)
        }
        ExprKind::Convert(inner) => value_of(inner)?,
        _ => return None,
    })
}
