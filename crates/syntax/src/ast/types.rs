//! Views of types.

use super::{AstChildren, AstNode, Expr, Name, ast_enum, ast_node, child, child_beside};
use crate::kind::SyntaxKind;

ast_enum! {
    /// A type as written.
    TypeExpr {
        Path(PathType),
        Tuple(TupleType),
        Func(FuncType),
        Secret(SecretType),
        Optional(OptionalType),
        Paren(ParenType),
        Error(ErrorType),
    }
}

ast_node! {
    /// `a.b.C[…]`
    PathType
}

impl PathType {
    /// The dotted names, in order.
    #[must_use]
    pub fn segments(&self) -> AstChildren<Name> {
        AstChildren::new(&self.0)
    }

    /// The arguments in brackets; `None` if there are no brackets.
    #[must_use]
    pub fn type_args(&self) -> Option<TypeArgs> {
        child(&self.0)
    }

    /// The arguments, none if there are no brackets.
    pub fn args(&self) -> impl Iterator<Item = TypeArg> {
        self.type_args().into_iter().flat_map(|list| list.args())
    }
}

ast_node! {
    /// `[…]` of a type.
    TypeArgs
}

impl TypeArgs {
    /// The arguments, in order.
    pub fn args(&self) -> impl Iterator<Item = TypeArg> + use<> {
        self.0.children().filter_map(|node| {
            TypeExpr::cast(node.clone()).map(TypeArg::Type).or_else(|| Expr::cast(node).map(TypeArg::Expr))
        })
    }
}

/// An argument of a type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum TypeArg {
    /// A type; a name alone is read as one, and may name a constant.
    Type(TypeExpr),
    /// A constant of `fix[k, f]` that is not a name.
    Expr(Expr),
}

ast_node! {
    /// `(A, B)`, `(A,)`
    TupleType
}

impl TupleType {
    /// The element types, in order.
    #[must_use]
    pub fn elements(&self) -> AstChildren<TypeExpr> {
        AstChildren::new(&self.0)
    }
}

ast_node! {
    /// `(A, B) -> R`
    FuncType
}

impl FuncType {
    /// The parameter types, in order.
    #[must_use]
    pub fn params(&self) -> Vec<TypeExpr> {
        self.0
            .children_with_tokens()
            .take_while(|element| element.kind() != SyntaxKind::Arrow)
            .filter_map(|element| element.into_node().and_then(TypeExpr::cast))
            .collect()
    }

    /// The result type; `None` for `-> None`.
    #[must_use]
    pub fn result(&self) -> Option<TypeExpr> {
        child_beside(&self.0, SyntaxKind::Arrow, true)
    }
}

ast_node! {
    /// `secret T`
    SecretType
}

impl SecretType {
    /// The type that is made secret.
    #[must_use]
    pub fn inner(&self) -> Option<TypeExpr> {
        child(&self.0)
    }
}

ast_node! {
    /// `T?`, also `T??`
    OptionalType
}

impl OptionalType {
    /// The type without `?`.
    #[must_use]
    pub fn inner(&self) -> Option<TypeExpr> {
        child(&self.0)
    }
}

ast_node! {
    /// `(T)`
    ParenType
}

impl ParenType {
    /// The type in brackets.
    #[must_use]
    pub fn inner(&self) -> Option<TypeExpr> {
        child(&self.0)
    }
}

ast_node! {
    /// What is no type; its diagnostic has been given.
    ErrorType
}
