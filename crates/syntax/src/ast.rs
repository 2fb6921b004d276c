//! Syntax tree in, typed views out: one type per construct, with accessors for its parts.
//!
//! A view is a node and nothing else: cheap to clone, never fails, every part optional because the tree of a wrong
//! program has holes. Trees hold one node per bracket, prefix operator and block, and *flat* nodes for chains of
//! left-associative operators, so walking a view recursively needs no more than 500 levels (2 000 for chains of calls,
//! fields and indices).
//! Not here: meaning. Names, types and targets are as written.

mod decl;
mod expr;
mod literal;
mod op;
mod stmt;
mod types;

use std::marker::PhantomData;

use crate::diagnostic::{FileId, Span};
use crate::kind::{SyntaxKind, SyntaxNode, SyntaxToken};

pub use decl::{
    BuiltinObject, BuiltinType, Dest, EnumDef, EnumMember, FieldDef, FromRole, FuncDef, FuncResult, Member, ObjectDef,
    Param, ParamList, Pragma, PragmaEntry, ResultForm, ResultPart, TypeParams,
};
pub use expr::{
    Arg, ArgList, BinaryExpr, CallExpr, Clause, CompareExpr, CompareOp, CondExpr, DictComp, DictExpr, DictPair,
    ErrorExpr, Expr, FieldExpr, ForClause, IfClause, IndexExpr, LambdaExpr, ListComp, ListExpr, NameExpr, ParenExpr,
    PowerExpr, RangeExpr, Slice, Sub, SubList, TupleExpr, UnaryExpr,
};
pub(crate) use literal::int_value;
pub use literal::{BoolLit, FPart, FString, FloatLit, Hole, IntLit, IntSuffix, NoneLit, StringLit};
pub use op::{AugOp, BinaryOp, Comparison, UnaryOp};
pub use stmt::{
    AliasStmt, AssertStmt, AssignStmt, AugAssignStmt, BreakStmt, ConstStmt, ContinueStmt, DiscardStmt, ElseBranch,
    ErrorStmt, ExprStmt, ForStmt, FromImportStmt, IfBranch, IfStmt, ImportName, ImportStmt, MatchArm, MatchStmt,
    ModulePath, NamePattern, PassStmt, Pattern, ReturnStmt, Stmt, TuplePattern, VarStmt, WhileStmt,
};
pub use types::{
    ErrorType, FuncType, OptionalType, ParenType, PathType, SecretType, TupleType, TypeArg, TypeArgs, TypeExpr,
};

/// A typed view of a node.
pub trait AstNode: Sized {
    /// The view of `node` if it is of this type.
    fn cast(node: SyntaxNode) -> Option<Self>;

    /// The node.
    fn syntax(&self) -> &SyntaxNode;

    /// From its first token to its last, without the line end of its last statement.
    fn span(&self, file: FileId) -> Span {
        node_span(self.syntax(), file)
    }
}

/// From the first token of a node to the last that is not a line end or blank.
#[must_use]
pub fn node_span(node: &SyntaxNode, file: FileId) -> Span {
    let range = node.text_range();
    let mut end = range.end();
    let mut last = node.last_token();
    while let Some(token) = last {
        if token.text_range().end() <= range.start() {
            end = range.start();
            break;
        }
        if token.kind() != SyntaxKind::Newline && !token.kind().is_trivia() {
            end = token.text_range().end();
            break;
        }
        last = token.prev_token();
    }
    Span { file, start: range.start().into(), end: end.into() }
}

/// The span of a token.
#[must_use]
pub fn token_span(token: &SyntaxToken, file: FileId) -> Span {
    let range = token.text_range();
    Span { file, start: range.start().into(), end: range.end().into() }
}

/// Views of one type among the children of a node.
#[derive(Clone, Debug)]
pub struct AstChildren<N> {
    inner: rowan::SyntaxNodeChildren<crate::kind::Lang>,
    view: PhantomData<N>,
}

impl<N> AstChildren<N> {
    fn new(node: &SyntaxNode) -> Self {
        Self { inner: node.children(), view: PhantomData }
    }
}

impl<N: AstNode> Iterator for AstChildren<N> {
    type Item = N;

    fn next(&mut self) -> Option<N> {
        self.inner.find_map(N::cast)
    }
}

macro_rules! ast_node {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        pub struct $name(pub(in crate::ast) $crate::kind::SyntaxNode);

        impl $crate::ast::AstNode for $name {
            fn cast(node: $crate::kind::SyntaxNode) -> Option<Self> {
                (node.kind() == $crate::kind::SyntaxKind::$name).then_some(Self(node))
            }

            fn syntax(&self) -> &$crate::kind::SyntaxNode {
                &self.0
            }
        }
    };
}

macro_rules! ast_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident($view:ident),)* }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        pub enum $name { $(#[doc = concat!("See [`", stringify!($view), "`].")] $variant($view),)* }

        impl $crate::ast::AstNode for $name {
            fn cast(node: $crate::kind::SyntaxNode) -> Option<Self> {
                match node.kind() {
                    $($crate::kind::SyntaxKind::$view => Some(Self::$variant($view(node))),)*
                    _ => None,
                }
            }

            fn syntax(&self) -> &$crate::kind::SyntaxNode {
                match self { $(Self::$variant(view) => view.syntax(),)* }
            }
        }
    };
}

pub(in crate::ast) use {ast_enum, ast_node};

/// The first child of one type.
pub(in crate::ast) fn child<N: AstNode>(node: &SyntaxNode) -> Option<N> {
    node.children().find_map(N::cast)
}

/// The first token of one kind among the direct children.
pub(in crate::ast) fn token(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxToken> {
    node.children_with_tokens().filter_map(rowan::NodeOrToken::into_token).find(|token| token.kind() == kind)
}

/// The first child of one type after (or before) the first direct token of a kind.
pub(in crate::ast) fn child_beside<N: AstNode>(node: &SyntaxNode, kind: SyntaxKind, after: bool) -> Option<N> {
    let mut seen = false;
    for element in node.children_with_tokens() {
        match element {
            rowan::NodeOrToken::Token(token) => seen |= token.kind() == kind,
            rowan::NodeOrToken::Node(child) if seen == after => {
                if let Some(view) = N::cast(child) {
                    return Some(view);
                }
            }
            rowan::NodeOrToken::Node(_) => {}
        }
    }
    None
}

/// Whether the direct contextual word `word` stands in a node.
pub(in crate::ast) fn has_word(node: &SyntaxNode, word: &str) -> bool {
    node.children_with_tokens()
        .filter_map(rowan::NodeOrToken::into_token)
        .any(|token| token.kind() == SyntaxKind::Ident && token.text() == word)
}

ast_node! {
    /// A whole file.
    Module
}

impl Module {
    /// Its doc text, decoded.
    #[must_use]
    pub fn doc(&self) -> Option<DocText> {
        child(&self.0)
    }

    /// Its statements, without the doc text.
    #[must_use]
    pub fn statements(&self) -> AstChildren<Stmt> {
        AstChildren::new(&self.0)
    }
}

ast_node! {
    /// The statements under a header.
    Block
}

impl Block {
    /// The doc text, in the block of a function.
    #[must_use]
    pub fn doc(&self) -> Option<DocText> {
        child(&self.0)
    }

    /// Its statements, without the doc text.
    #[must_use]
    pub fn statements(&self) -> AstChildren<Stmt> {
        AstChildren::new(&self.0)
    }
}

ast_node! {
    /// A name where something is declared or labelled.
    Name
}

impl Name {
    /// The name.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.text().to_string()
    }
}

ast_node! {
    /// The string that a module, function, object or enum begins with.
    DocText
}

impl DocText {
    /// The text, escapes decoded.
    #[must_use]
    pub fn value(&self) -> String {
        child::<StringLit>(&self.0).map(|literal| literal.value()).unwrap_or_default()
    }
}
