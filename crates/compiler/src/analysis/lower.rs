//! Typed views of the syntax tree in, the surface program and the findings that need no names out.

use std::rc::Rc;

use stoffel_syntax::ast::{self, AstNode, BinaryOp, UnaryOp, node_span, token_span};
use stoffel_syntax::{Code, Diagnostic, FileId, Span};
use stoffel_value::IntTy;

use super::tree::{
    Alias, Arg, AugKind, Clause, Const, Dest, Expr, ExprKind, FPart, Foreign, Func, Ident, Lit, Module, Param, Pattern,
    ResultForm, Stmt, StmtKind, Sub, TypeArg, TypeExpr, TypeKind,
};

/// Lowers a file.
pub(crate) fn lower(file: FileId, tree: &ast::Module) -> (Module, Vec<Diagnostic>) {
    let mut lower = Lower { file, diagnostics: Vec::new() };
    let mut module = Module::default();
    for stmt in tree.statements() {
        lower.top(&mut module, stmt);
    }
    (module, lower.diagnostics)
}

struct Lower {
    file: FileId,
    diagnostics: Vec<Diagnostic>,
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
                if let Some(func) = self.func(&func) {
                    module.order.push(func.name.clone());
                    module.funcs.push(func);
                }
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
                self.foreign(module, name, "objects");
            }
            ast::Stmt::Enum(node) => {
                let name = self.opt_name(node.name().as_ref(), span);
                self.foreign(module, name, "enums");
            }
            ast::Stmt::BuiltinType(_) | ast::Stmt::BuiltinObject(_) => {}
            ast::Stmt::Import(node) => {
                let path = node.path();
                let last = path.as_ref().and_then(|path| path.segments().last());
                let name = node.alias().or(last);
                module.open_imports |= true;
                let name = self.opt_name(name.as_ref(), span);
                module.foreign.push(Foreign { name, what: "imports", span });
            }
            ast::Stmt::FromImport(node) => {
                let mut first = true;
                for import in node.names() {
                    let Some(name) = import.alias().or_else(|| import.name()) else { continue };
                    let name = self.name(&name);
                    module.order.push(name.clone());
                    module.foreign.push(Foreign { name, what: if first { "imports" } else { "" }, span });
                    first = false;
                }
            }
            other => module.code.push(self.stmt(other)),
        }
    }

    fn foreign(&self, module: &mut Module, name: Ident, what: &'static str) {
        module.order.push(name.clone());
        let span = name.span;
        module.foreign.push(Foreign { name, what, span });
    }

    fn func(&mut self, node: &ast::FuncDef) -> Option<Func> {
        let span = node.span(self.file);
        let body_start = node.body().map(|body| body.span(self.file).start);
        let name = self.opt_name(node.name().as_ref(), span);
        // A declaration with a `builtin` pragma declares nothing outside `std`.
        if node.body().is_none() && node.pragma().is_some_and(|pragma| pragma.has("builtin")) {
            return None;
        }
        let generics = node.type_params().map(|name| self.name(&name)).collect();
        let params = node.params().map(|param| self.param(&param)).collect();
        let result = match node.result() {
            None => ResultForm::Inferred,
            Some(result) => self.result(&result),
        };
        let body = node.body().map(|body| self.block(&body)).unwrap_or_default();
        let header = Span { end: body_start.unwrap_or(span.end).min(span.end), ..span };
        Some(Func { name, generics, params, result, entry: node.is_entry(), body, header, span })
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
                let names = path.segments().map(|name| self.name(&name)).collect();
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
            ast::TypeExpr::Func(_) => TypeKind::Func,
            ast::TypeExpr::Secret(inner) => TypeKind::Secret(Box::new(self.opt_ty(inner.inner(), span))),
            ast::TypeExpr::Optional(inner) => TypeKind::Optional(Box::new(self.opt_ty(inner.inner(), span))),
            ast::TypeExpr::Paren(inner) => return self.opt_ty(inner.inner(), span),
            ast::TypeExpr::Error(_) => TypeKind::Error,
        };
        TypeExpr { kind, span }
    }

    fn block(&mut self, block: &ast::Block) -> Vec<Stmt> {
        block.statements().map(|stmt| self.stmt(stmt)).collect()
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
            ast::Stmt::Func(node) => self.inner_decl("nested functions", node.name(), span),
            ast::Stmt::Object(node) => self.inner_decl("objects", node.name(), span),
            ast::Stmt::Enum(node) => self.inner_decl("enums", node.name(), span),
            ast::Stmt::Const(node) => self.inner_decl("constants inside functions", node.name(), span),
            ast::Stmt::Alias(node) => self.inner_decl("type names inside functions", node.name(), span),
            ast::Stmt::BuiltinType(_) | ast::Stmt::BuiltinObject(_) => StmtKind::Pass,
            ast::Stmt::Import(_) | ast::Stmt::FromImport(_) => {
                self.report(Code::E0210, span, "imports stand at top level only");
                StmtKind::Pass
            }
            ast::Stmt::Var(node) => StmtKind::Var {
                pattern: self.opt_pattern(node.pattern()),
                ty: node.ty().map(|ty| self.ty(ty)),
                value: node.value().map(|value| self.expr(value)),
            },
            ast::Stmt::Return(node) => StmtKind::Return(node.value().map(|value| self.expr(value))),
            ast::Stmt::Break(_) => StmtKind::Break,
            ast::Stmt::Continue(_) => StmtKind::Continue,
            ast::Stmt::Pass(_) => StmtKind::Pass,
            ast::Stmt::Discard(node) => StmtKind::Discard(self.opt(node.expr(), span)),
            ast::Stmt::Assert(node) => {
                StmtKind::Assert(self.opt(node.condition(), span), node.message().map(|message| self.expr(message)))
            }
            ast::Stmt::Assign(node) => {
                StmtKind::Assign { target: self.opt(node.target(), span), value: self.opt(node.value(), span) }
            }
            ast::Stmt::AugAssign(node) => {
                let op = node.op().and_then(ast::AugOp::binary).map_or(AugKind::Pow, AugKind::Bin);
                let op_span = node.op_token().map_or(span, |token| token_span(&token, self.file));
                StmtKind::Aug {
                    target: self.opt(node.target(), span),
                    op,
                    op_span,
                    value: self.opt(node.value(), span),
                }
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

    fn inner_decl(&self, what: &'static str, name: Option<ast::Name>, span: Span) -> StmtKind {
        let name = name.map(|name| self.name(&name));
        StmtKind::Foreign(what, name.as_ref().map_or(span, |name| name.span), name)
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
            ast::Expr::Name(node) => ExprKind::Name(node.text().into()),
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
            ast::Expr::Dict(_) | ast::Expr::DictComp(_) => ExprKind::Foreign("dicts"),
            ast::Expr::Call(node) => {
                let callee = self.boxed(node.callee(), span);
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
                ExprKind::Field(base, self.opt_name(node.name().as_ref(), span))
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
            ast::Expr::Lambda(_) => ExprKind::Foreign("lambdas"),
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
