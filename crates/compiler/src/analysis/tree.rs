//! The surface program: what the syntax tree says, as plain owned data that can be walked many times cheaply.
//!
//! Brackets that only group are kept (W0101 looks at them); doc texts are gone; what the tree lacks is `Error`, whose
//! diagnostic has been given by the parser. Chains of left-associative operators stay flat.
//! Not here: meaning.

use crate::hash::{HashMap, HashSet};
use std::cell::OnceCell;
use std::rc::Rc;

use stoffel_syntax::ast::{BinaryOp, Comparison, UnaryOp};
use stoffel_syntax::{FileId, Span};
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
    pub(crate) objects: Vec<Object>,
    pub(crate) enums: Vec<Enum>,
    /// Top-level statements.
    pub(crate) code: Vec<Stmt>,
    /// Names that the top-level statements assign, nested functions included.
    pub(crate) assigned: AssignedNames,
    /// Whether top-level statements hold functions.
    pub(crate) has_inner: bool,
    /// By file and name, functions that stand for those of the prelude as values.
    pub(crate) prelude_values: HashMap<(FileId, Rc<str>), usize>,
    /// In order, as the package has their targets.
    pub(crate) imports: Vec<Import>,
    /// Order of declarations in the file, for E0203.
    pub(crate) order: Vec<Ident>,
}

/// An import.
#[derive(Debug)]
pub(crate) struct Import {
    /// The dotted path; empty for one in quotes.
    pub(crate) path: Rc<str>,
    pub(crate) form: ImportForm,
}

/// What an import declares.
#[derive(Debug)]
pub(crate) enum ImportForm {
    /// A name for the module.
    Module(Ident),
    /// Exports, each with the name that it has here.
    Names(Vec<(Ident, Ident)>),
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

/// An `object`.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) name: Ident,
    pub(crate) base: Option<TypeExpr>,
    pub(crate) fields: Vec<Field>,
    /// Indices of functions.
    pub(crate) methods: Vec<usize>,
}

/// A field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) ty: TypeExpr,
    pub(crate) default: Option<Expr>,
}

/// An `enum`: members with their values as written.
#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) name: Ident,
    pub(crate) members: Vec<(Ident, Option<Expr>)>,
}

/// Names that are assigned anywhere in an outermost function or the script, functions inside it included; set when all of it is read.
pub(crate) type AssignedNames = Rc<OnceCell<HashSet<Rc<str>>>>;

/// A function, at top level or inside another, or a lambda.
#[derive(Debug)]
pub(crate) struct Func {
    /// The object whose method it is.
    pub(crate) owner: Option<usize>,
    pub(crate) name: Ident,
    pub(crate) generics: Vec<Ident>,
    pub(crate) params: Vec<Param>,
    pub(crate) result: ResultForm,
    pub(crate) entry: bool,
    /// The entry of the built-in table that a declaration of the library is bound to.
    pub(crate) builtin: Option<Rc<str>>,
    pub(crate) body: Vec<Stmt>,
    /// Inside another function or a statement, so that it may capture variables.
    pub(crate) nested: bool,
    /// A lambda: its body is one [`StmtKind::Result`].
    pub(crate) lambda: bool,
    /// Names that a nested function and those inside it mention, in order of first mention.
    pub(crate) mentions: Vec<Rc<str>>,
    /// Of the outermost function, or script, around it.
    pub(crate) assigned: AssignedNames,
    /// Whether there are functions inside it.
    pub(crate) has_inner: bool,
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
    /// Parameters and result; `None` for `-> None`.
    Func(Vec<TypeExpr>, Option<Box<TypeExpr>>),
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
    /// A nested function, by its place among the module's functions.
    Func(usize),
    /// The value of a lambda, if it has one.
    Result(Expr),
    /// The statements that survived a syntax error.
    Block(Vec<Stmt>),
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
    Dict(Vec<(Expr, Expr)>),
    /// Key, value.
    DictComprehension(Box<Expr>, Box<Expr>, Vec<Clause>),
    /// By its place among the module's functions.
    Lambda(usize),
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

impl Module {
    /// Takes over the items of another file. Its code and imports are dropped: neither is run nor visible here.
    pub(crate) fn join(&mut self, other: Self) {
        let objects = self.objects.len();
        let funcs = other.funcs.into_iter();
        self.funcs.extend(funcs.map(|func| Func { owner: func.owner.map(|owner| owner + objects), ..func }));
        self.objects.extend(other.objects);
        self.enums.extend(other.enums);
        self.prelude_values.extend(other.prelude_values);
        self.consts.extend(other.consts);
        self.aliases.extend(other.aliases);
    }
}

impl Func {
    /// The file that it stands in.
    pub(crate) const fn file(&self) -> FileId {
        self.span.file
    }

    /// It is what a file runs as a program; where the file is imported, it is ignored.
    pub(crate) fn is_entry(&self) -> bool {
        !self.nested && self.owner.is_none() && (self.entry || &*self.name.text == "main")
    }
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
