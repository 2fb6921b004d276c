//! Types as written in, types of the language out (LANGUAGE §5, §10.1).

use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, Span};
use stoffel_value::{FixTy, IntTy, ScalarTy, Value};

use super::Cx;
use super::scope::Decl;
use super::suggest::nearest;
use super::tree::{Expr, ExprKind, Sub, TypeArg, TypeExpr, TypeKind};
use super::ty::{self, NoSecret, public};
use crate::hir::{ExprKind as HirKind, Ty};

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
    if ty::leaves(&ty) > ty::LEAVES_MAX {
        out.push(Diagnostic::new(Code::E0609, written.span, "type has over 1000 leaves"));
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
            TypeKind::Func => self.fail(Code::E0001, written.span, "not supported yet: function types"),
            TypeKind::Tuple(members) => Ty::Tuple(members.iter().map(|member| self.ty(member)).collect()),
            TypeKind::Optional(inner) => {
                let ty = self.ty(inner);
                if ty == Ty::Error {
                    return ty;
                }
                self.fail(Code::E0001, written.span, "not supported yet: optional types")
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
            Err(NoSecret::Text) => self.fail(Code::E0001, written.span, "not supported yet: secret strings"),
            Err(NoSecret::Never) => {
                let message = format!("`{}` cannot be secret", ty::name(&ty));
                self.out.push(Diagnostic::new(Code::E0403, written.span, message).help("use `secret fix64`"));
                Ty::Error
            }
        }
    }

    fn path(&mut self, written: &TypeExpr, path: &[super::tree::Ident], args: Option<&[TypeArg]>) -> Ty {
        let [name] = path else {
            let known = path.first().is_some_and(|first| self.cx.names.decls.get(&first.text) == Some(&Decl::Foreign));
            if known || self.cx.module.open_imports {
                return Ty::Error;
            }
            return self.fail(Code::E0202, written.span, "there is no such module");
        };
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
            "dict" => self.fail(Code::E0001, written.span, "not supported yet: dicts"),
            "array" => self.fail(Code::E0001, written.span, "not supported yet: arrays"),
            "Share" | "AvssShare" | "RbcResult" | "Closure" | "Object" => {
                self.fail(Code::E0001, written.span, format!("not supported yet: type `{}`", name.text))
            }
            "void" => self.fail(Code::E0301, written.span, "`void` stands only as a result"),
            _ => self.declared(written, name, args),
        }
    }

    fn declared(&mut self, written: &TypeExpr, name: &super::tree::Ident, args: Option<&[TypeArg]>) -> Ty {
        match self.cx.names.decls.get(&name.text).copied() {
            Some(Decl::Alias(index)) => {
                let ty = self.cx.alias(index);
                if ty == Ty::Error { ty } else { self.plain(written, args, ty) }
            }
            Some(Decl::Foreign) => Ty::Error,
            Some(Decl::Func(_)) => {
                self.fail(Code::E0214, written.span, format!("`{}` is a function, not a type", name.text))
            }
            Some(Decl::Const(_)) => {
                self.fail(Code::E0214, written.span, format!("`{}` is a constant, not a type", name.text))
            }
            None if super::prelude::is_module(&name.text) => {
                self.fail(Code::E0214, written.span, format!("`{}` is a module, not a type", name.text))
            }
            None if self.cx.module.open_imports => Ty::Error,
            None => {
                let aliases = self.cx.module.aliases.iter().map(|alias| &*alias.name.text);
                let known = SIMPLE.iter().map(|(text, _)| *text).chain(OTHER.iter().copied()).chain(aliases);
                let help = nearest(&name.text, known).map(|near| format!("did you mean `{near}`?"));
                let mut diagnostic =
                    Diagnostic::new(Code::E0202, written.span, format!("there is no type `{}`", name.text));
                diagnostic.help = help;
                self.out.push(diagnostic);
                Ty::Error
            }
        }
    }

    fn plain(&mut self, written: &TypeExpr, args: Option<&[TypeArg]>, ty: Ty) -> Ty {
        if args.is_none() {
            return ty;
        }
        let message = format!("`{}` takes no type arguments", ty::name(&ty));
        self.fail(Code::E0604, written.span, message)
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
            TypeArg::Type(TypeExpr { kind: TypeKind::Path(path, None), .. }) if path.len() == 1 => {
                match self.cx.names.decls.get(&path[0].text).copied() {
                    Some(Decl::Const(index)) => self.cx.const_value(index),
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
}
