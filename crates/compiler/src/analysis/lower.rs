//! Typed views of the syntax tree in, the surface program and the findings that need no names out.

use crate::hash::HashSet;
use std::rc::Rc;

use stoffel_syntax::ast::{self, AstNode, BinaryOp, UnaryOp, node_span, token_span};
use stoffel_syntax::{Code, Diagnostic, FileId, Span};
use stoffel_value::IntTy;

use super::inner::{INNER_OWNER, Inner};
use super::tree::{
    Alias, Arg, AssignedNames, AugKind, Clause, Const, Dest, Enum, Expr, ExprKind, FPart, Field, Func, Ident, Import,
    ImportForm, Lit, Module, Object, Param, Pattern, ResultForm, Stmt, StmtKind, Sub, TypeArg, TypeExpr, TypeKind,
};

/// Lowers a file.
///
/// `first`: how many functions stand in the files before it.
pub(crate) fn lower(file: FileId, tree: &ast::Module, is_std: bool, first: usize) -> (Module, Vec<Diagnostic>) {
    let mut lower = Lower {
        file,
        is_std,
        first,
        diagnostics: Vec::new(),
        funcs: Vec::new(),
        values: Vec::new(),
        scope: Scope::default(),
        inner: Inner::default(),
        constant: false,
    };
    let mut module = Module::default();
    for stmt in tree.statements() {
        lower.top(&mut module, stmt);
    }
    let Scope { mentions, assigned, root } = lower.scope;
    (module.has_inner, module.assigned) = (mentions.has_inner, close(root, assigned));
    for (name, span) in lower.values {
        if let Some(func) = super::eta::function(&name, span)
            && !module.prelude_values.contains_key(&(file, name.clone()))
        {
            module.prelude_values.insert((file, name), first + lower.funcs.len());
            lower.funcs.push(func);
        }
    }
    module.funcs = lower.funcs;
    lower.inner.place(&mut module);
    (module, lower.diagnostics)
}

struct Lower {
    file: FileId,
    is_std: bool,
    /// How many functions stand in the files before this one.
    first: usize,
    diagnostics: Vec<Diagnostic>,
    /// Functions read so far; nested ones come before the one around them.
    funcs: Vec<Func>,
    /// Names of prelude functions that stand without a call.
    values: Vec<(Rc<str>, Span)>,
    /// Of the function being read.
    scope: Scope,
    /// Declarations inside functions and blocks.
    inner: Inner,
    /// Inside the value of a constant in a function.
    constant: bool,
}

/// What is gathered while a function is read.
#[derive(Default)]
struct Scope {
    mentions: Mentions,
    /// Names assigned in the outermost function around.
    assigned: HashSet<Rc<str>>,
    root: AssignedNames,
}

/// Names in order of first mention.
#[derive(Default)]
struct Mentions {
    names: Vec<Rc<str>>,
    seen: HashSet<Rc<str>>,
    has_inner: bool,
}

impl Mentions {
    fn add(&mut self, name: &Rc<str>) {
        if self.seen.insert(name.clone()) {
            self.names.push(name.clone());
        }
    }
}

/// Tells all functions of an outermost one what it assigns.
fn close(root: AssignedNames, assigned: HashSet<Rc<str>>) -> AssignedNames {
    // Only here is it set, once for each outermost function.
    let _first = root.set(assigned);
    root
}

impl Lower {
    fn report(&mut self, code: Code, span: Span, message: &str) {
        self.diagnostics.push(Diagnostic::new(code, span, message));
    }

    fn name(&self, name: &ast::Name) -> Ident {
        Ident { text: name.text().into(), span: name.span(self.file) }
    }

    fn opt_name(&self, name: Option<&ast::Name>, at: Span) -> Ident {
        name.map_or(Ident { text: "".into(), span: at }, |name| self.name(name))
    }

    fn top(&mut self, module: &mut Module, stmt: ast::Stmt) {
        let span = stmt.span(self.file);
        match stmt {
            ast::Stmt::Func(func) => {
                let script = std::mem::take(&mut self.scope);
                if let Some(func) = self.func(&func, false) {
                    module.order.push(func.name.clone());
                    self.funcs.push(func);
                }
                let Scope { assigned, root, .. } = std::mem::replace(&mut self.scope, script);
                close(root, assigned);
            }
            ast::Stmt::Const(node) => {
                let name = self.opt_name(node.name().as_ref(), span);
                let ty = node.ty().map(|ty| self.ty(ty));
                let value = self.opt(node.value(), span);
                module.order.push(name.clone());
                module.consts.push(Const { name, ty, value });
            }
            ast::Stmt::Alias(node) => {
                let name = self.opt_name(node.name().as_ref(), span);
                let ty = self.opt_ty(node.ty(), span);
                module.order.push(name.clone());
                module.aliases.push(Alias { name, ty });
            }
            ast::Stmt::Object(node) => {
                let name = self.opt_name(node.name().as_ref(), span);
                let object = self.object(name, module.objects.len(), &node);
                module.order.push(object.name.clone());
                module.objects.push(object);
            }
            ast::Stmt::Enum(node) => {
                let name = self.opt_name(node.name().as_ref(), span);
                module.order.push(name.clone());
                module.enums.push(self.enumeration(name, &node));
            }
            ast::Stmt::BuiltinType(_) | ast::Stmt::BuiltinObject(_) => {}
            ast::Stmt::Import(node) => {
                let path = self.path(node.path());
                let name = match node.alias() {
                    Some(alias) => self.name(&alias),
                    None => self.last(node.path(), span),
                };
                module.order.push(name.clone());
                module.imports.push(Import { path, form: ImportForm::Module(name) });
            }
            ast::Stmt::FromImport(node) => {
                let mut names = Vec::new();
                for import in node.names() {
                    let Some(export) = import.name() else { continue };
                    let name = self.name(&import.alias().unwrap_or_else(|| export.clone()));
                    module.order.push(name.clone());
                    names.push((self.name(&export), name));
                }
                module.imports.push(Import { path: self.path(node.path()), form: ImportForm::Names(names) });
            }
            other => module.code.push(self.stmt(other)),
        }
    }

    fn enumeration(&mut self, name: Ident, node: &ast::EnumDef) -> Enum {
        let members = node
            .members()
            .map(|member| {
                let at = member.span(self.file);
                (self.opt_name(member.name().as_ref(), at), member.value().map(|value| self.expr(value)))
            })
            .collect();
        Enum { name, members }
    }

    /// An object; its methods become functions of the module.
    fn object(&mut self, name: Ident, owner: usize, node: &ast::ObjectDef) -> Object {
        let base = node.base().map(|base| self.ty(base));
        let (mut fields, mut methods) = (Vec::new(), Vec::new());
        for member in node.members() {
            match member {
                ast::Member::Field(field) => {
                    let at = field.span(self.file);
                    let (name, ty) = (self.opt_name(field.name().as_ref(), at), self.opt_ty(field.ty(), at));
                    fields.push(Field { name, ty, default: field.default().map(|value| self.expr(value)) });
                }
                ast::Member::Method(func) => {
                    let script = std::mem::take(&mut self.scope);
                    if let Some(func) = self.func(&func, false) {
                        methods.push(self.first + self.funcs.len());
                        self.funcs.push(Func { owner: Some(owner), entry: false, ..func });
                    }
                    let Scope { assigned, root, .. } = std::mem::replace(&mut self.scope, script);
                    close(root, assigned);
                }
            }
        }
        Object { name, base, fields, methods }
    }

    fn path(&self, path: Option<ast::ModulePath>) -> Rc<str> {
        let names = path.into_iter().flat_map(|path| path.segments().collect::<Vec<_>>());
        names.map(|name| name.text().to_owned()).collect::<Vec<_>>().join(".").into()
    }

    /// The last part of a module path: the module's name where no other is given.
    fn last(&self, path: Option<ast::ModulePath>, at: Span) -> Ident {
        let Some(path) = path else { return Ident { text: "".into(), span: at } };
        if let Some(text) = path.string() {
            let text = text.value();
            let file = text.rsplit('/').next().unwrap_or_default();
            let stem = file.strip_suffix(".stfl").unwrap_or(file);
            return Ident { text: stem.into(), span: path.span(self.file) };
        }
        self.opt_name(path.segments().last().as_ref(), at)
    }

    fn func(&mut self, node: &ast::FuncDef, nested: bool) -> Option<Func> {
        let span = node.span(self.file);
        let body_start = node.body().map(|body| body.span(self.file).start);
        let name = self.opt_name(node.name().as_ref(), span);
        let builtin = node.pragma().filter(|pragma| pragma.has("builtin"));
        // A declaration with a `builtin` pragma declares nothing outside `std`.
        if node.body().is_none() && builtin.is_some() && !self.is_std {
            return None;
        }
        let builtin = builtin.filter(|_| self.is_std).map(|pragma| builtin_name(&pragma).into());
        let outer = std::mem::take(&mut self.scope.mentions);
        if nested {
            self.plain(&name);
        }
        self.inner.open();
        let generics: Vec<Ident> = node.type_params().map(|name| self.name(&name)).collect();
        generics.iter().for_each(|name| self.plain(name));
        let params: Vec<Param> = node.params().map(|param| self.param(&param)).collect();
        params.iter().for_each(|param| self.plain(&param.name));
        let result = match node.result() {
            None => ResultForm::Inferred,
            Some(result) => self.result(&result),
        };
        let body = node.body().map(|body| self.block(&body)).unwrap_or_default();
        self.inner.close();
        let header = Span { end: body_start.unwrap_or(span.end).min(span.end), ..span };
        let inner = self.leave(outer);
        let entry = node.is_entry() && !nested;
        Some(Func {
            owner: None,
            name,
            generics,
            params,
            result,
            entry,
            builtin,
            body,
            nested,
            lambda: false,
            mentions: inner.names,
            assigned: self.scope.root.clone(),
            has_inner: inner.has_inner,
            header,
            span,
        })
    }

    /// Goes back to the function around, which mentions what the inner one does; gives what that is.
    fn leave(&mut self, outer: Mentions) -> Mentions {
        let inner = std::mem::replace(&mut self.scope.mentions, outer);
        self.scope.mentions.has_inner = true;
        inner.names.iter().for_each(|name| self.scope.mentions.add(name));
        inner
    }

    fn lambda(&mut self, node: &ast::LambdaExpr, span: Span) -> usize {
        let outer = std::mem::take(&mut self.scope.mentions);
        let params: Vec<Param> = node
            .params()
            .map(|name| {
                let name = self.name(&name);
                let span = name.span;
                Param { name, star: false, ty: None, from: None, default: None, span }
            })
            .collect();
        self.inner.open();
        params.iter().for_each(|param| self.plain(&param.name));
        let value = self.opt(node.body(), span);
        self.inner.close();
        let at = value.span;
        let inner = self.leave(outer);
        self.funcs.push(Func {
            owner: None,
            name: Ident { text: "lambda".into(), span },
            generics: Vec::new(),
            params,
            result: ResultForm::Inferred,
            entry: false,
            builtin: None,
            body: vec![Stmt { kind: StmtKind::Result(value), span: at }],
            nested: true,
            lambda: true,
            mentions: inner.names,
            assigned: self.scope.root.clone(),
            has_inner: inner.has_inner,
            header: span,
            span,
        });
        self.first + self.funcs.len() - 1
    }

    /// Notes the variables of an assignment's target.
    fn note_assigned(&mut self, target: &Expr) {
        match &target.bare().kind {
            ExprKind::Name(name) => {
                self.scope.assigned.insert(name.clone());
            }
            ExprKind::Tuple(targets) => targets.iter().for_each(|target| self.note_assigned(target)),
            _ => {}
        }
    }

    fn result(&mut self, result: &ast::FuncResult) -> ResultForm {
        let span = result.span(self.file);
        match result.form() {
            ast::ResultForm::None => ResultForm::None,
            ast::ResultForm::Whole { ty, dest } => {
                let ty = self.opt_ty(ty, span);
                match &ty.kind {
                    TypeKind::Path(path, None) if path.len() == 1 && &*path[0].text == "void" => ResultForm::None,
                    _ => {
                        let dest = dest.map(|dest| self.dest(&dest));
                        ResultForm::Whole(ty, dest)
                    }
                }
            }
            ast::ResultForm::Parts(parts) => {
                let parts = parts
                    .into_iter()
                    .map(|part| {
                        let at = part.span(self.file);
                        (self.opt_ty(part.ty(), at), part.dest().map(|dest| self.dest(&dest)))
                    })
                    .collect();
                ResultForm::Parts(parts)
            }
        }
    }

    fn dest(&self, dest: &ast::Dest) -> Dest {
        let span = dest.span(self.file);
        Dest { each: dest.each(), role: self.opt_name(dest.role().as_ref(), span), span }
    }

    fn param(&mut self, param: &ast::Param) -> Param {
        let span = param.span(self.file);
        Param {
            name: self.opt_name(param.name().as_ref(), span),
            star: param.star(),
            ty: param.ty().map(|ty| self.ty(ty)),
            from: param.from().map(|from| {
                let at = from.span(self.file);
                Dest { each: from.each(), role: self.opt_name(from.role().as_ref(), at), span: at }
            }),
            default: param.default().map(|value| self.expr(value)),
            span,
        }
    }

    fn opt_ty(&mut self, ty: Option<ast::TypeExpr>, at: Span) -> TypeExpr {
        ty.map_or(TypeExpr { kind: TypeKind::Error, span: at }, |ty| self.ty(ty))
    }

    fn ty(&mut self, ty: ast::TypeExpr) -> TypeExpr {
        let span = ty.span(self.file);
        let kind = match ty {
            ast::TypeExpr::Path(path) => {
                let mut names: Vec<Ident> = path.segments().map(|name| self.name(&name)).collect();
                if let Some(first) = names.first_mut() {
                    first.text = self.inner.meaning(first.text.clone());
                }
                let args = path.type_args().map(|list| {
                    list.args()
                        .map(|arg| match arg {
                            ast::TypeArg::Type(ty) => TypeArg::Type(self.ty(ty)),
                            ast::TypeArg::Expr(expr) => TypeArg::Expr(Rc::new(self.expr(expr))),
                        })
                        .collect()
                });
                TypeKind::Path(names, args)
            }
            ast::TypeExpr::Tuple(tuple) => TypeKind::Tuple(tuple.elements().map(|ty| self.ty(ty)).collect()),
            ast::TypeExpr::Func(func) => {
                let params = func.params().into_iter().map(|ty| self.ty(ty)).collect();
                TypeKind::Func(params, func.result().map(|ty| Box::new(self.ty(ty))))
            }
            ast::TypeExpr::Secret(inner) => TypeKind::Secret(Box::new(self.opt_ty(inner.inner(), span))),
            ast::TypeExpr::Optional(inner) => TypeKind::Optional(Box::new(self.opt_ty(inner.inner(), span))),
            ast::TypeExpr::Paren(inner) => return self.opt_ty(inner.inner(), span),
            ast::TypeExpr::Error(_) => TypeKind::Error,
        };
        TypeExpr { kind, span }
    }

    fn block(&mut self, block: &ast::Block) -> Vec<Stmt> {
        self.inner.open();
        let stmts = block.statements().map(|stmt| self.stmt(stmt)).collect();
        self.inner.close();
        stmts
    }

    /// Notes that a name is that of a variable from here on.
    fn plain(&mut self, name: &Ident) {
        if !self.inner.plain(&name.text) {
            self.report(Code::E0203, name.span, &format!("`{}` is already declared", name.text));
        }
    }

    fn plain_pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Name(name) => self.plain(name),
            Pattern::Tuple(inner, _) => inner.iter().for_each(|pattern| self.plain_pattern(pattern)),
            Pattern::Discard => {}
        }
    }

    /// The name of an item that is declared here.
    fn inner_name(&mut self, name: Option<&ast::Name>, span: Span) -> Ident {
        let name = self.opt_name(name, span);
        let (item, new) = self.inner.item(&name);
        if !new {
            self.report(Code::E0203, name.span, &format!("`{}` is already declared", name.text));
        }
        item
    }

    fn opt_block(&mut self, block: Option<ast::Block>) -> Vec<Stmt> {
        block.map(|block| self.block(&block)).unwrap_or_default()
    }

    fn stmt(&mut self, stmt: ast::Stmt) -> Stmt {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.stmt_inner(stmt))
    }

    fn stmt_inner(&mut self, stmt: ast::Stmt) -> Stmt {
        let span = stmt.span(self.file);
        let kind = match stmt {
            ast::Stmt::Func(node) => match self.func(&node, true) {
                Some(func) => {
                    self.funcs.push(func);
                    StmtKind::Func(self.first + self.funcs.len() - 1)
                }
                None => StmtKind::Pass,
            },
            ast::Stmt::Object(node) => {
                let name = self.inner_name(node.name().as_ref(), span);
                // Its place is taken first: a method may declare objects of its own.
                let at = self.inner.items.objects.len();
                let (fields, methods) = (Vec::new(), Vec::new());
                self.inner.items.objects.push(Object { name: name.clone(), base: None, fields, methods });
                let object = self.object(name, INNER_OWNER + at, &node);
                self.inner.items.objects[at] = object;
                StmtKind::Pass
            }
            ast::Stmt::Enum(node) => {
                let name = self.inner_name(node.name().as_ref(), span);
                let declared = self.enumeration(name, &node);
                self.inner.items.enums.push(declared);
                StmtKind::Pass
            }
            ast::Stmt::Const(node) => {
                let ty = node.ty().map(|ty| self.ty(ty));
                let outer = std::mem::replace(&mut self.constant, true);
                let value = self.opt(node.value(), span);
                self.constant = outer;
                let name = self.inner_name(node.name().as_ref(), span);
                self.inner.items.consts.push(Const { name, ty, value });
                StmtKind::Pass
            }
            ast::Stmt::Alias(node) => {
                let ty = self.opt_ty(node.ty(), span);
                let name = self.inner_name(node.name().as_ref(), span);
                self.inner.items.aliases.push(Alias { name, ty });
                StmtKind::Pass
            }
            ast::Stmt::BuiltinType(_) | ast::Stmt::BuiltinObject(_) => StmtKind::Pass,
            ast::Stmt::Import(_) | ast::Stmt::FromImport(_) => {
                self.report(Code::E0210, span, "imports stand at top level only");
                StmtKind::Pass
            }
            ast::Stmt::Var(node) => {
                let pattern = self.opt_pattern(node.pattern());
                let ty = node.ty().map(|ty| self.ty(ty));
                let value = node.value().map(|value| self.expr(value));
                self.plain_pattern(&pattern);
                StmtKind::Var { pattern, ty, value }
            }
            ast::Stmt::Return(node) => StmtKind::Return(node.value().map(|value| self.expr(value))),
            ast::Stmt::Break(_) => StmtKind::Break,
            ast::Stmt::Continue(_) => StmtKind::Continue,
            ast::Stmt::Pass(_) => StmtKind::Pass,
            ast::Stmt::Discard(node) => StmtKind::Discard(self.opt(node.expr(), span)),
            ast::Stmt::Assert(node) => {
                StmtKind::Assert(self.opt(node.condition(), span), node.message().map(|message| self.expr(message)))
            }
            ast::Stmt::Assign(node) => {
                let target = self.opt(node.target(), span);
                self.note_assigned(&target);
                StmtKind::Assign { target, value: self.opt(node.value(), span) }
            }
            ast::Stmt::AugAssign(node) => {
                let op = node.op().and_then(ast::AugOp::binary).map_or(AugKind::Pow, AugKind::Bin);
                let op_span = node.op_token().map_or(span, |token| token_span(&token, self.file));
                let target = self.opt(node.target(), span);
                self.note_assigned(&target);
                StmtKind::Aug { target, op, op_span, value: self.opt(node.value(), span) }
            }
            ast::Stmt::Expr(node) => StmtKind::Expr(self.opt(node.expr(), span)),
            ast::Stmt::If(node) => {
                let branches = node
                    .branches()
                    .map(|branch| {
                        let at = branch.span(self.file);
                        (self.opt(branch.condition(), at), self.opt_block(branch.body()))
                    })
                    .collect();
                StmtKind::If(branches, node.else_branch().map(|branch| self.opt_block(branch.body())))
            }
            ast::Stmt::While(node) => StmtKind::While(self.opt(node.condition(), span), self.opt_block(node.body())),
            ast::Stmt::For(node) => StmtKind::For(
                self.opt_pattern(node.pattern()),
                self.opt(node.source(), span),
                self.opt_block(node.body()),
            ),
            ast::Stmt::Match(node) => {
                let subject = self.opt(node.subject(), span);
                let arms = node
                    .arms()
                    .map(|arm| {
                        let at = arm.span(self.file);
                        let pattern = if arm.is_wildcard() { None } else { Some(self.opt(arm.pattern(), at)) };
                        (pattern, self.opt_block(arm.body()))
                    })
                    .collect();
                StmtKind::Match(subject, arms)
            }
            ast::Stmt::Error(node) => StmtKind::Block(self.opt_block(node.body())),
        };
        Stmt { kind, span }
    }

    fn opt_pattern(&self, pattern: Option<ast::Pattern>) -> Pattern {
        pattern.map_or(Pattern::Discard, |pattern| self.pattern(pattern))
    }

    fn pattern(&self, pattern: ast::Pattern) -> Pattern {
        let span = pattern.span(self.file);
        match pattern {
            ast::Pattern::Name(name) if name.is_discard() => Pattern::Discard,
            ast::Pattern::Name(name) => Pattern::Name(Ident { text: name.text().into(), span }),
            ast::Pattern::Tuple(tuple) => {
                Pattern::Tuple(tuple.elements().map(|inner| self.pattern(inner)).collect(), span)
            }
        }
    }

    fn opt(&mut self, expr: Option<ast::Expr>, at: Span) -> Expr {
        expr.map_or(Expr { kind: ExprKind::Error, span: at, lit: Lit::No }, |expr| self.expr(expr))
    }

    fn boxed(&mut self, expr: Option<ast::Expr>, at: Span) -> Box<Expr> {
        Box::new(self.opt(expr, at))
    }

    fn expr(&mut self, expr: ast::Expr) -> Expr {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.expr_inner(expr))
    }

    fn expr_inner(&mut self, expr: ast::Expr) -> Expr {
        let span = expr.span(self.file);
        let mut lit = Lit::No;
        let kind = match expr {
            ast::Expr::Int(node) => {
                let suffix = node.suffix().map(int_suffix);
                if suffix.is_none() {
                    lit = Lit::Int;
                }
                ExprKind::Int(node.value(), suffix)
            }
            ast::Expr::Float(node) => {
                lit = Lit::Real;
                ExprKind::Float(node.digits().into())
            }
            ast::Expr::String(node) => ExprKind::Str(node.value().into()),
            ast::Expr::FString(node) => ExprKind::Format(
                node.parts()
                    .map(|part| match part {
                        ast::FPart::Text(text) => FPart::Text(text),
                        ast::FPart::Hole(hole) => {
                            let at = hole.spec_span(self.file);
                            FPart::Hole(self.opt(hole.expr(), at), hole.spec(), at)
                        }
                    })
                    .collect(),
            ),
            ast::Expr::Bool(node) => ExprKind::Bool(node.value()),
            ast::Expr::None(_) => ExprKind::None,
            ast::Expr::Name(node) => {
                let name: Rc<str> = node.text().into();
                if self.constant && self.inner.is_plain(&name) {
                    self.report(Code::E0215, span, &format!("`{name}` is a variable, not a constant"));
                    return Expr { kind: ExprKind::Error, span, lit };
                }
                let name = self.inner.meaning(name);
                self.scope.mentions.add(&name);
                if super::prelude::is_prelude(&name) {
                    self.values.push((name.clone(), span));
                }
                ExprKind::Name(name)
            }
            ast::Expr::Paren(node) => {
                let inner = self.boxed(node.inner(), span);
                lit = inner.lit;
                ExprKind::Paren(inner)
            }
            ast::Expr::Tuple(node) => ExprKind::Tuple(node.elements().map(|element| self.expr(element)).collect()),
            ast::Expr::List(node) => ExprKind::List(node.elements().map(|element| self.expr(element)).collect()),
            ast::Expr::ListComp(node) => {
                let element = self.boxed(node.element(), span);
                let clauses = node.clauses().map(|clause| self.clause(clause, span)).collect();
                ExprKind::Comprehension(element, clauses)
            }
            ast::Expr::Dict(node) => {
                let pair = |pair: ast::DictPair| (self.opt(pair.key(), span), self.opt(pair.value(), span));
                ExprKind::Dict(node.pairs().map(pair).collect())
            }
            ast::Expr::DictComp(node) => {
                let pair = node.pair();
                let key = self.boxed(pair.as_ref().and_then(ast::DictPair::key), span);
                let value = self.boxed(pair.as_ref().and_then(ast::DictPair::value), span);
                let clauses = node.clauses().map(|clause| self.clause(clause, span)).collect();
                ExprKind::DictComprehension(key, value, clauses)
            }
            ast::Expr::Call(node) => {
                let values = self.values.len();
                let callee = self.boxed(node.callee(), span);
                if matches!(callee.kind, ExprKind::Name(_) | ExprKind::Field(..)) {
                    self.values.truncate(values);
                }
                let args = node
                    .args()
                    .map(|arg| {
                        let at = arg.span(self.file);
                        Arg { name: arg.name().map(|name| self.name(&name)), value: self.opt(arg.value(), at) }
                    })
                    .collect();
                ExprKind::Call(callee, args)
            }
            ast::Expr::Field(node) => {
                let base = self.boxed(node.base(), span);
                let name = self.opt_name(node.name().as_ref(), span);
                if let ExprKind::Name(module) = &base.kind
                    && super::protocol::arity(module, &name.text).is_some()
                {
                    self.values.push((format!("{module}.{}", name.text).into(), span));
                }
                ExprKind::Field(base, name)
            }
            ast::Expr::Index(node) => {
                let base = self.boxed(node.base(), span);
                let subs = node.subs().map(|sub| self.sub(sub)).collect();
                ExprKind::Index(base, subs)
            }
            ast::Expr::Unary(node) => {
                let operand = self.boxed(node.operand(), span);
                let op = node.op().unwrap_or(UnaryOp::Pos);
                if matches!(op, UnaryOp::Neg | UnaryOp::Pos) {
                    lit = operand.lit;
                }
                ExprKind::Unary(op, operand)
            }
            ast::Expr::Binary(node) => return self.binary(&node, span),
            ast::Expr::Power(node) => {
                let base = self.boxed(node.base(), span);
                let exponent = self.boxed(node.exponent(), span);
                lit = joint(base.lit, exponent.lit);
                let op = Span { start: base.span.end, end: exponent.span.start, ..span };
                ExprKind::Power(base, op, exponent)
            }
            ast::Expr::Compare(node) => {
                let mut operands = node.operands().map(|operand| self.expr(operand)).collect::<Vec<_>>().into_iter();
                let first = operands.next().unwrap_or(Expr { kind: ExprKind::Error, span, lit: Lit::No });
                let ops: Vec<_> = node.ops().map(|op| (op.op(), node_span(op.syntax(), self.file))).collect();
                let rest = ops
                    .into_iter()
                    .zip(operands)
                    .filter_map(|((op, at), operand)| Some((op?, at, operand)))
                    .collect::<Vec<_>>();
                if rest.is_empty() { ExprKind::Error } else { ExprKind::Compare(Box::new(first), rest) }
            }
            ast::Expr::Range(node) => {
                let start = self.boxed(node.start(), span);
                ExprKind::Range(start, self.boxed(node.stop(), span))
            }
            ast::Expr::Cond(node) => {
                let condition = self.boxed(node.condition(), span);
                let then = self.boxed(node.then(), span);
                ExprKind::Cond(condition, then, self.boxed(node.otherwise(), span))
            }
            ast::Expr::Lambda(node) => ExprKind::Lambda(self.lambda(&node, span)),
            ast::Expr::Error(_) => ExprKind::Error,
        };
        Expr { kind, span, lit }
    }

    fn binary(&mut self, node: &ast::BinaryExpr, span: Span) -> Expr {
        let mut operands = node.operands().map(|operand| self.expr(operand)).collect::<Vec<_>>().into_iter();
        let first = operands.next().unwrap_or(Expr { kind: ExprKind::Error, span, lit: Lit::No });
        let mut lit = first.lit;
        let mut rest = Vec::new();
        for ((op, token), operand) in node.ops().zip(operands) {
            use BinaryOp::{Add, Div, FloorDiv, Mod, Mul, Rem, Sub};
            let folds = matches!(op, Add | Sub | Mul | Div | FloorDiv | Rem | Mod);
            lit = if folds { joint(lit, operand.lit) } else { Lit::No };
            rest.push((op, token_span(&token, self.file), operand));
        }
        Expr { kind: ExprKind::Binary(Box::new(first), rest), span, lit }
    }

    fn clause(&mut self, clause: ast::Clause, at: Span) -> Clause {
        match clause {
            ast::Clause::For(node) => Clause::For(self.opt_pattern(node.pattern()), self.opt(node.source(), at)),
            ast::Clause::If(node) => Clause::If(self.opt(node.condition(), at)),
        }
    }

    fn sub(&mut self, sub: ast::Sub) -> Sub {
        match sub {
            ast::Sub::Expr(expr) => Sub::Expr(self.expr(expr)),
            ast::Sub::Slice(slice) => Sub::Slice(
                slice.start().map(|expr| self.expr(expr)),
                slice.stop().map(|expr| self.expr(expr)),
                slice.step().map(|expr| self.expr(expr)),
            ),
            ast::Sub::Type(ty) => Sub::Type(self.ty(ty)),
        }
    }
}

/// Literal class of an operation on two operands.
pub(crate) fn joint(a: Lit, b: Lit) -> Lit {
    match (a, b) {
        (Lit::No, _) | (_, Lit::No) => Lit::No,
        (Lit::Int, Lit::Int) => Lit::Int,
        _ => Lit::Real,
    }
}

fn int_suffix(suffix: ast::IntSuffix) -> IntTy {
    match suffix {
        ast::IntSuffix::I8 => IntTy::I8,
        ast::IntSuffix::I16 => IntTy::I16,
        ast::IntSuffix::I32 => IntTy::I32,
        ast::IntSuffix::I64 => IntTy::I64,
        ast::IntSuffix::U8 => IntTy::U8,
        ast::IntSuffix::U16 => IntTy::U16,
        ast::IntSuffix::U32 => IntTy::U32,
        ast::IntSuffix::U64 => IntTy::U64,
    }
}

/// The text of a pragma's `builtin` entry.
fn builtin_name(pragma: &ast::Pragma) -> String {
    let entry = pragma.entries().find(|entry| entry.name().is_some_and(|name| name.text() == "builtin"));
    match entry.and_then(|entry| entry.value()) {
        Some(ast::Expr::String(text)) => text.value(),
        _ => String::new(),
    }
}
