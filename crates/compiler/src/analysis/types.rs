//! Types as written in, types of the language out (LANGUAGE §5, §10.1).

use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, FileId, Span};
use stoffel_value::{FixTy, IntTy, ScalarTy, Value};

use super::Cx;
use super::scope::{Decl, Hidden, Seen, file_name};
use super::suggest::nearest;
use super::tree::{Expr, ExprKind, Sub, TypeArg, TypeExpr, TypeKind};
use super::ty::{self, NoSecret, public};
use crate::hir::{ExprKind as HirKind, FuncTy, ObjectTy, Ty};

/// Type parameters in scope with what they are bound to.
pub(crate) type Bound = Rc<[(Rc<str>, Ty)]>;

/// Names of built-in types that stand without arguments.
const SIMPLE: &[(&str, ScalarTy)] = &[
    ("int8", ScalarTy::Int(IntTy::I8)),
    ("int16", ScalarTy::Int(IntTy::I16)),
    ("int32", ScalarTy::Int(IntTy::I32)),
    ("int64", ScalarTy::Int(IntTy::I64)),
    ("uint8", ScalarTy::Int(IntTy::U8)),
    ("uint16", ScalarTy::Int(IntTy::U16)),
    ("uint32", ScalarTy::Int(IntTy::U32)),
    ("uint64", ScalarTy::Int(IntTy::U64)),
    ("i8", ScalarTy::Int(IntTy::I8)),
    ("i16", ScalarTy::Int(IntTy::I16)),
    ("i32", ScalarTy::Int(IntTy::I32)),
    ("i64", ScalarTy::Int(IntTy::I64)),
    ("u8", ScalarTy::Int(IntTy::U8)),
    ("u16", ScalarTy::Int(IntTy::U16)),
    ("u32", ScalarTy::Int(IntTy::U32)),
    ("u64", ScalarTy::Int(IntTy::U64)),
    ("int", ScalarTy::Int(IntTy::I64)),
    ("bool", ScalarTy::Bool),
    ("float64", ScalarTy::Float),
    ("float", ScalarTy::Float),
    ("f64", ScalarTy::Float),
    ("fix32", ScalarTy::Fix(FixTy::FIX32)),
    ("fixed32", ScalarTy::Fix(FixTy::FIX32)),
    ("fix64", ScalarTy::Fix(FixTy::FIX64)),
    ("fixed64", ScalarTy::Fix(FixTy::FIX64)),
    ("fixed", ScalarTy::Fix(FixTy::FIX64)),
];

/// Built-in types beside the simple ones.
const OTHER: &[&str] = &[
    "string",
    "list",
    "dict",
    "array",
    "bytes",
    "ByteArray",
    "fix",
    "void",
    "Share",
    "AvssShare",
    "RbcResult",
    "Closure",
    "Object",
];

/// The scalar type of this name.
pub(crate) fn simple(name: &str) -> Option<ScalarTy> {
    SIMPLE.iter().find(|(text, _)| *text == name).map(|(_, ty)| *ty)
}

/// Whether a name is that of a built-in type.
pub(crate) fn is_builtin(name: &str) -> bool {
    simple(name).is_some() || OTHER.contains(&name)
}

/// Resolves one written type; what is wrong goes to `out`, and the type is then [`Ty::Error`].
pub(crate) fn resolve(cx: &mut Cx<'_>, written: &TypeExpr, bound: &Bound, out: &mut Vec<Diagnostic>) -> Ty {
    let ty = Resolver { cx, bound, out }.ty(written);
    if ty::is_too_large(&ty) {
        out.push(Diagnostic::new(Code::E0609, written.span, "type has over 1000 leaves or levels"));
        return Ty::Error;
    }
    ty
}

/// An expression in brackets, read as the type that it stands for in an instantiation.
pub(crate) fn of_sub(sub: &Sub) -> Option<TypeExpr> {
    match sub {
        Sub::Type(ty) => Some(ty.clone()),
        Sub::Expr(expr) => of_expr(expr),
        Sub::Slice(..) => None,
    }
}

/// An expression, read as a type.
pub(crate) fn of_expr(expr: &Expr) -> Option<TypeExpr> {
    let span = expr.span;
    let ident = |text: &Rc<str>| super::tree::Ident { text: text.clone(), span };
    let kind = match &expr.kind {
        ExprKind::Name(name) => TypeKind::Path(vec![ident(name)], None),
        ExprKind::Paren(inner) => return of_expr(inner),
        ExprKind::Tuple(elements) => TypeKind::Tuple(elements.iter().map(of_expr).collect::<Option<_>>()?),
        ExprKind::Field(base, name) => match of_expr(base)?.kind {
            TypeKind::Path(mut path, None) => {
                path.push(name.clone());
                TypeKind::Path(path, None)
            }
            _ => return None,
        },
        ExprKind::Index(base, subs) => match of_expr(base)?.kind {
            TypeKind::Path(path, None) => {
                let args = subs.iter().map(arg_of_sub).collect::<Option<_>>()?;
                TypeKind::Path(path, Some(args))
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(TypeExpr { kind, span })
}

fn arg_of_sub(sub: &Sub) -> Option<TypeArg> {
    match sub {
        Sub::Expr(Expr { kind: ExprKind::Int(value, None), span, lit }) => {
            Some(TypeArg::Expr(Rc::new(Expr { kind: ExprKind::Int(*value, None), span: *span, lit: *lit })))
        }
        other => of_sub(other).map(TypeArg::Type),
    }
}

struct Resolver<'r, 'a> {
    cx: &'r mut Cx<'a>,
    bound: &'r Bound,
    out: &'r mut Vec<Diagnostic>,
}

impl Resolver<'_, '_> {
    fn fail(&mut self, code: Code, span: Span, message: impl Into<String>) -> Ty {
        self.out.push(Diagnostic::new(code, span, message));
        Ty::Error
    }

    fn ty(&mut self, written: &TypeExpr) -> Ty {
        match &written.kind {
            TypeKind::Error => Ty::Error,
            TypeKind::Func(params, result) => {
                let params: Vec<Ty> = params.iter().map(|param| self.ty(param)).collect();
                let result = result.as_deref().map_or(Ty::Unit, |result| self.ty(result));
                if result == Ty::Error || params.contains(&Ty::Error) {
                    return Ty::Error;
                }
                Ty::Func(Rc::new(FuncTy { params, result }))
            }
            TypeKind::Tuple(members) => Ty::Tuple(members.iter().map(|member| self.ty(member)).collect()),
            TypeKind::Optional(inner) => {
                let ty = self.ty(inner);
                if ty == Ty::Error {
                    return ty;
                }
                ty::optional(ty)
            }
            TypeKind::Secret(inner) => self.secret(written, inner),
            TypeKind::Path(path, args) => self.path(written, path, args.as_deref()),
        }
    }

    fn secret(&mut self, written: &TypeExpr, inner: &TypeExpr) -> Ty {
        // `secret secret T` written out is the parser's finding.
        let ty = self.ty(inner);
        match ty::secret_of(&ty) {
            Ok(secret) => secret,
            Err(NoSecret) => {
                let message = format!("`{}` cannot be secret", ty::name(&ty));
                let mut diagnostic = Diagnostic::new(Code::E0403, written.span, message);
                diagnostic.help = ty::holds_float(&ty).then(|| "use `secret fix64`".into());
                self.out.push(diagnostic);
                Ty::Error
            }
        }
    }

    fn path(&mut self, written: &TypeExpr, path: &[super::tree::Ident], args: Option<&[TypeArg]>) -> Ty {
        let [name] = path else { return self.qualified(written, path, args) };
        if let Some((_, ty)) = self.bound.iter().find(|(bound, _)| *bound == name.text) {
            return ty.clone();
        }
        if let Some(scalar) = simple(&name.text) {
            return self.plain(written, args, public(scalar));
        }
        match &*name.text {
            "string" => self.plain(written, args, Ty::Str),
            "bytes" | "ByteArray" => self.plain(written, args, ty::list(public(ScalarTy::Int(IntTy::U8)))),
            "list" => match args {
                Some([TypeArg::Type(element)]) => {
                    let element = self.ty(element);
                    if element == Ty::Error { Ty::Error } else { ty::list(element) }
                }
                _ => self.fail(Code::E0604, written.span, "`list` takes one type argument: `list[T]`"),
            },
            "fix" => self.fix(written, args),
            "dict" => self.dict(written, args),
            "array" => self.array(written, args),
            "Share" => {
                let message = "`Share` is the handle of 0.1, whose kind is checked at run time";
                let warning = Diagnostic::new(Code::W0301, written.span, message).help("write `secret T`");
                self.out.push(warning);
                self.plain(written, args, Ty::Share)
            }
            "RbcResult" => self.plain(written, args, Ty::RbcResult),
            "Closure" => self.plain(written, args, Ty::Closure),
            "AvssShare" => self.plain(written, args, Ty::Handle("AvssShare")),
            "Object" => self.plain(written, args, Ty::Handle("Object")),
            "void" => self.fail(Code::E0301, written.span, "`void` stands only as a result"),
            _ => self.declared(written, name, args),
        }
    }

    /// `m.T`
    fn qualified(&mut self, written: &TypeExpr, path: &[super::tree::Ident], args: Option<&[TypeArg]>) -> Ty {
        let Some((name, module)) = path.split_last() else { return Ty::Error };
        let names: Vec<&str> = module.iter().map(|name| &*name.text).collect();
        match self.cx.names.module(written.span.file, &names) {
            Some(Decl::Module(module)) => match self.cx.export(module, name, self.out) {
                Some(decl) => self.item(written, &name.text, decl, args),
                None => Ty::Error,
            },
            Some(_) => Ty::Error,
            None if self.cx.names.is_blind(written.span.file) => Ty::Error,
            None => {
                let text = names.join(".");
                let declared = self.cx.names.own(written.span.file, &text);
                if declared == Some(Decl::Foreign) {
                    return Ty::Error;
                }
                let message = format!("`{text}` is no module here");
                let code = if declared.is_some() { Code::E0214 } else { Code::E0202 };
                self.fail(code, written.span, message)
            }
        }
    }

    /// The type that an item stands for.
    fn item(&mut self, written: &TypeExpr, name: &str, decl: Decl, args: Option<&[TypeArg]>) -> Ty {
        let what = match decl {
            Decl::Alias(index) => {
                let ty = self.cx.alias(index);
                return if ty == Ty::Error { ty } else { self.plain(written, args, ty) };
            }
            Decl::Object(index) => {
                let of = self.cx.objects[index].info.clone();
                return self.plain(written, args, Ty::Object(ObjectTy { of, view: false }));
            }
            Decl::Enum(index) => {
                let of = self.cx.enums[index].clone();
                return self.plain(written, args, Ty::Enum { of, secret: false });
            }
            Decl::Foreign => return Ty::Error,
            Decl::Func(_) => "function",
            Decl::Const(_) => "constant",
            Decl::Module(_) => "module",
        };
        self.fail(Code::E0214, written.span, format!("`{name}` is a {what}, not a type"))
    }

    fn declared(&mut self, written: &TypeExpr, name: &super::tree::Ident, args: Option<&[TypeArg]>) -> Ty {
        let file = written.span.file;
        let found = self.cx.names.own(file, &name.text).map_or_else(|| self.cx.names.weak(file, &name.text), Seen::One);
        match found {
            Seen::One(decl) => return self.item(written, &name.text, decl, args),
            Seen::Several(a, b) => {
                self.out.push(self.cx.ambiguous(&name.text, written.span, a, b));
                return Ty::Error;
            }
            Seen::Nowhere => {}
        }
        if super::prelude::is_module(&name.text) {
            return self.fail(Code::E0214, written.span, format!("`{}` is a module, not a type", name.text));
        }
        if file == FileId(0) && self.cx.names.script_vars.contains(&name.text) {
            return self.fail(Code::E0214, written.span, format!("`{}` is a variable, not a type", name.text));
        }
        if self.cx.names.is_blind(file) {
            return Ty::Error;
        }
        if let Some(module) = self.cx.names.private(file, &name.text) {
            let module = file_name(self.cx.package.sources(), module);
            self.out.push(Hidden::Private.report(&name.text, written.span, module));
            return Ty::Error;
        }
        let types = self.cx.names.visible(file).filter(|name| {
            let decl = self.cx.names.own(file, name).map_or_else(|| self.cx.names.weak(file, name), Seen::One);
            matches!(decl, Seen::One(Decl::Alias(_) | Decl::Object(_) | Decl::Enum(_)))
        });
        let known = SIMPLE.iter().map(|(text, _)| *text).chain(OTHER.iter().copied()).chain(types);
        let help = nearest(&name.text, known).map(|near| format!("did you mean `{near}`?"));
        let mut diagnostic = Diagnostic::new(Code::E0202, written.span, format!("there is no type `{}`", name.text));
        diagnostic.help = help;
        self.out.push(diagnostic);
        Ty::Error
    }

    fn plain(&mut self, written: &TypeExpr, args: Option<&[TypeArg]>, ty: Ty) -> Ty {
        if args.is_none() {
            return ty;
        }
        let message = format!("`{}` takes no type arguments", ty::name(&ty));
        self.fail(Code::E0604, written.span, message)
    }

    fn dict(&mut self, written: &TypeExpr, args: Option<&[TypeArg]>) -> Ty {
        let Some([TypeArg::Type(key), TypeArg::Type(value)]) = args else {
            return self.fail(Code::E0604, written.span, "`dict` takes two type arguments: `dict[K, V]`");
        };
        let (at, key, value) = (key.span, self.ty(key), self.ty(value));
        if key == Ty::Error || value == Ty::Error {
            return Ty::Error;
        }
        if !ty::is_key(&key) && !ty::has_error(&key) {
            return self.fail(Code::E0326, at, format!("a `{}` cannot be the key of a dict", ty::name(&key)));
        }
        ty::dict(key, value)
    }

    fn array(&mut self, written: &TypeExpr, args: Option<&[TypeArg]>) -> Ty {
        let Some([TypeArg::Type(element)]) = args else {
            return self.fail(Code::E0604, written.span, "`array` takes one type argument: `array[T]`");
        };
        match self.ty(element) {
            Ty::Error => Ty::Error,
            scalar @ Ty::Scalar { .. } => ty::array(scalar),
            other => {
                let message = format!("an array holds integers, bools, fixed or float64, not `{}`", ty::name(&other));
                self.fail(Code::E0604, written.span, message)
            }
        }
    }

    fn fix(&mut self, written: &TypeExpr, args: Option<&[TypeArg]>) -> Ty {
        let Some([k, f]) = args else {
            return self.fail(Code::E0604, written.span, "`fix` takes two constants: `fix[k, f]`");
        };
        let (Some(k), Some(f)) = (self.parameter(k), self.parameter(f)) else {
            return self.fail(Code::E0324, written.span, "the parameters of `fix` are constant integers");
        };
        match (u8::try_from(k), u8::try_from(f)) {
            (Ok(k), Ok(f)) if FixTy::new(k, f).is_some() => {
                FixTy::new(k, f).map_or(Ty::Error, |ty| public(ScalarTy::Fix(ty)))
            }
            _ => self.fail(Code::E0324, written.span, "`fix[k, f]` needs 2 ≤ k ≤ 64 and 0 ≤ f < k"),
        }
    }

    fn parameter(&mut self, arg: &TypeArg) -> Option<i64> {
        let value = match arg {
            TypeArg::Expr(expr) => self.cx.constant(expr, Some(&ty::INT), Code::E0324, self.out),
            TypeArg::Type(TypeExpr { kind: TypeKind::Path(path, None), span }) => {
                match self.constant_of(path, span.file)? {
                    Decl::Const(index) => self.cx.const_value(index),
                    _ => return None,
                }
            }
            TypeArg::Type(_) => return None,
        };
        match value.kind {
            HirKind::Const(Value::Scalar(ScalarTy::Int(_), word)) => Some(word.cast_signed()),
            _ => None,
        }
    }

    /// The item that a path names.
    fn constant_of(&mut self, path: &[super::tree::Ident], file: FileId) -> Option<Decl> {
        let (name, module) = path.split_last()?;
        if module.is_empty() {
            let own = self.cx.names.own(file, &name.text);
            return match own.map_or_else(|| self.cx.names.weak(file, &name.text), Seen::One) {
                Seen::One(decl) => Some(decl),
                _ => None,
            };
        }
        let names: Vec<&str> = module.iter().map(|name| &*name.text).collect();
        match self.cx.names.module(file, &names)? {
            Decl::Module(module) => self.cx.export(module, name, self.out),
            _ => None,
        }
    }
}
