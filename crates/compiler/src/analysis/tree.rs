//! The surface program: what the syntax tree says, as plain owned data that can be walked many times cheaply.
//!
//! Brackets that only group are kept (W0101 looks at them); doc texts are gone; what the tree lacks is `Error`, whose
//! diagnostic has been given by the parser. Chains of left-associative operators stay flat.
//! Not here: meaning.

use std::rc::Rc;

use stoffel_syntax::Span;
use stoffel_syntax::ast::{BinaryOp, Comparison, UnaryOp};
use stoffel_value::IntTy;

/// A name with its place.
#[derive(Clone, Debug)]
pub(crate) struct Ident {
    pub(crate) text: Rc<str>,
    pub(crate) span: Span,
}

/// A file.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) funcs: Vec<Func>,
    pub(crate) consts: Vec<Const>,
    pub(crate) aliases: Vec<Alias>,
    /// Declarations that are not supported yet, with what they are.
    pub(crate) foreign: Vec<Foreign>,
    /// Top-level statements.
    pub(crate) code: Vec<Stmt>,
    /// An import without alias makes unknown names visible.
    pub(crate) open_imports: bool,
    /// Order of declarations in the file, for E0203.
    pub(crate) order: Vec<Ident>,
}

/// A declaration that is not supported yet.
#[derive(Debug)]
pub(crate) struct Foreign {
    pub(crate) name: Ident,
    pub(crate) what: &'static str,
    /// Where E0001 points.
    pub(crate) span: Span,
}

/// A `const`.
#[derive(Debug)]
pub(crate) struct Const {
    pub(crate) name: Ident,
    pub(crate) ty: Option<TypeExpr>,
    pub(crate) value: Expr,
}

/// A `type N = T`.
#[derive(Debug)]
pub(crate) struct Alias {
    pub(crate) name: Ident,
    pub(crate) ty: TypeExpr,
}

/// A function.
#[derive(Debug)]
pub(crate) struct Func {
    pub(crate) name: Ident,
    pub(crate) generics: Vec<Ident>,
    pub(crate) params: Vec<Param>,
    pub(crate) result: ResultForm,
    pub(crate) entry: bool,
    pub(crate) body: Vec<Stmt>,
    /// From `def` to the end of the header's first line.
    pub(crate) header: Span,
    /// All of it.
    pub(crate) span: Span,
}

/// What stands after `->`.
#[derive(Debug)]
pub(crate) enum ResultForm {
    /// Nothing is written.
    Inferred,
    /// `-> None`
    None,
    /// One type.
    Whole(TypeExpr, Option<Dest>),
    /// `(T to a, U to b)`
    Parts(Vec<(TypeExpr, Option<Dest>)>),
}

/// `to [each] ROLE`, or `from [each] ROLE`.
#[derive(Clone, Debug)]
pub(crate) struct Dest {
    pub(crate) each: bool,
    pub(crate) role: Ident,
    pub(crate) span: Span,
}

/// A parameter.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) name: Ident,
    pub(crate) star: bool,
    pub(crate) ty: Option<TypeExpr>,
    pub(crate) from: Option<Dest>,
    pub(crate) default: Option<Expr>,
    pub(crate) span: Span,
}

/// A type as written.
#[derive(Clone, Debug)]
pub(crate) struct TypeExpr {
    pub(crate) kind: TypeKind,
    pub(crate) span: Span,
}

/// Kinds of written types.
#[derive(Clone, Debug)]
pub(crate) enum TypeKind {
    /// `a.b.C[args]`; `None` without brackets.
    Path(Vec<Ident>, Option<Vec<TypeArg>>),
    Tuple(Vec<TypeExpr>),
    Func,
    Secret(Box<TypeExpr>),
    Optional(Box<TypeExpr>),
    Error,
}

/// An argument of a type.
#[derive(Clone, Debug)]
pub(crate) enum TypeArg {
    Type(TypeExpr),
    Expr(Rc<Expr>),
}

/// A statement.
#[derive(Debug)]
pub(crate) struct Stmt {
    pub(crate) kind: StmtKind,
    pub(crate) span: Span,
}

/// Kinds of statements.
#[derive(Debug)]
pub(crate) enum StmtKind {
    Var {
        pattern: Pattern,
        ty: Option<TypeExpr>,
        value: Option<Expr>,
    },
    Assign {
        target: Expr,
        value: Expr,
    },
    Aug {
        target: Expr,
        op: AugKind,
        op_span: Span,
        value: Expr,
    },
    Return(Option<Expr>),
    Break,
    Continue,
    Pass,
    Discard(Expr),
    Assert(Expr, Option<Expr>),
    Expr(Expr),
    If(Vec<(Expr, Vec<Stmt>)>, Option<Vec<Stmt>>),
    While(Expr, Vec<Stmt>),
    For(Pattern, Expr, Vec<Stmt>),
    Match(Expr, Vec<(Option<Expr>, Vec<Stmt>)>),
    /// The statements that survived a syntax error.
    Block(Vec<Stmt>),
    /// Not supported yet, where the code points; a name that it declares.
    Foreign(&'static str, Span, Option<Ident>),
}

/// The operator of a compound assignment.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AugKind {
    Bin(BinaryOp),
    Pow,
}

/// What `var` and `for` declare.
#[derive(Debug)]
pub(crate) enum Pattern {
    Name(Ident),
    Discard,
    Tuple(Vec<Pattern>, Span),
}

/// Whether an expression is built of unsuffixed literals alone (LANGUAGE §6.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lit {
    /// It is not.
    No,
    /// Integers only: untyped.
    Int,
    /// With a float literal: `float64`, or the fixed type expected.
    Real,
}

/// An expression.
#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
    pub(crate) lit: Lit,
}

/// Kinds of expressions.
#[derive(Debug)]
pub(crate) enum ExprKind {
    Int(u128, Option<IntTy>),
    /// Digits without `_`.
    Float(Rc<str>),
    Str(Rc<str>),
    Format(Vec<FPart>),
    Bool(bool),
    None,
    Name(Rc<str>),
    Paren(Box<Expr>),
    Unary(UnaryOp, Box<Expr>),
    /// First operand, then operators of one level with their right operands.
    Binary(Box<Expr>, Vec<(BinaryOp, Span, Expr)>),
    Power(Box<Expr>, Span, Box<Expr>),
    Compare(Box<Expr>, Vec<(Comparison, Span, Expr)>),
    Range(Box<Expr>, Box<Expr>),
    /// Condition, value, other value.
    Cond(Box<Expr>, Box<Expr>, Box<Expr>),
    Call(Box<Expr>, Vec<Arg>),
    Field(Box<Expr>, Ident),
    Index(Box<Expr>, Vec<Sub>),
    Tuple(Vec<Expr>),
    List(Vec<Expr>),
    Comprehension(Box<Expr>, Vec<Clause>),
    /// Not supported yet.
    Foreign(&'static str),
    Error,
}

/// An argument.
#[derive(Debug)]
pub(crate) struct Arg {
    pub(crate) name: Option<Ident>,
    pub(crate) value: Expr,
}

/// A subscript.
#[derive(Debug)]
pub(crate) enum Sub {
    Expr(Expr),
    Slice(Option<Expr>, Option<Expr>, Option<Expr>),
    Type(TypeExpr),
}

/// A clause of a comprehension.
#[derive(Debug)]
pub(crate) enum Clause {
    For(Pattern, Expr),
    If(Expr),
}

/// A part of a formatted string.
#[derive(Debug)]
pub(crate) enum FPart {
    Text(String),
    Hole(Expr, Option<String>, Span),
}

impl Expr {
    /// The expression inside brackets that only group.
    pub(crate) fn bare(&self) -> &Self {
        let mut expr = self;
        while let ExprKind::Paren(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }

    /// The name, if it is one.
    pub(crate) fn name(&self) -> Option<&Rc<str>> {
        match &self.bare().kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }
}
