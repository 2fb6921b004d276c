//! Views of statements and patterns.

use super::{
    AstChildren, AugOp, Block, BuiltinObject, BuiltinType, EnumDef, Expr, FuncDef, Name, ObjectDef, StringLit,
    TypeExpr, ast_enum, ast_node, child, child_beside,
};
use crate::kind::SyntaxKind;

ast_enum! {
    /// A statement.
    Stmt {
        Func(FuncDef),
        Object(ObjectDef),
        Enum(EnumDef),
        BuiltinType(BuiltinType),
        BuiltinObject(BuiltinObject),
        Import(ImportStmt),
        FromImport(FromImportStmt),
        Const(ConstStmt),
        Alias(AliasStmt),
        Var(VarStmt),
        Return(ReturnStmt),
        Break(BreakStmt),
        Continue(ContinueStmt),
        Pass(PassStmt),
        Discard(DiscardStmt),
        Assert(AssertStmt),
        Assign(AssignStmt),
        AugAssign(AugAssignStmt),
        Expr(ExprStmt),
        If(IfStmt),
        While(WhileStmt),
        For(ForStmt),
        Match(MatchStmt),
        Error(ErrorStmt),
    }
}

ast_node! {
    /// `import PATH [as NAME]`
    ImportStmt
}

impl ImportStmt {
    /// The module.
    #[must_use]
    pub fn path(&self) -> Option<ModulePath> {
        child(&self.0)
    }

    /// The name after `as`.
    #[must_use]
    pub fn alias(&self) -> Option<Name> {
        child(&self.0)
    }
}

ast_node! {
    /// `from PATH import a, b as c`
    FromImportStmt
}

impl FromImportStmt {
    /// The module.
    #[must_use]
    pub fn path(&self) -> Option<ModulePath> {
        child(&self.0)
    }

    /// The imported names, in order.
    #[must_use]
    pub fn names(&self) -> AstChildren<ImportName> {
        AstChildren::new(&self.0)
    }
}

ast_node! {
    /// A module by string or by dotted names.
    ModulePath
}

impl ModulePath {
    /// The string form.
    #[must_use]
    pub fn string(&self) -> Option<StringLit> {
        child(&self.0)
    }

    /// The dotted names; none in the string form.
    #[must_use]
    pub fn segments(&self) -> AstChildren<Name> {
        AstChildren::new(&self.0)
    }
}

ast_node! {
    /// `a [as b]` of a `from` import.
    ImportName
}

impl ImportName {
    /// The exported name.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }

    /// The name after `as`.
    #[must_use]
    pub fn alias(&self) -> Option<Name> {
        child_beside(&self.0, SyntaxKind::AsKw, true)
    }
}

ast_node! {
    /// `const NAME [: type] = value`
    ConstStmt
}

impl ConstStmt {
    /// The name.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }

    /// The written type.
    #[must_use]
    pub fn ty(&self) -> Option<TypeExpr> {
        child(&self.0)
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> Option<Expr> {
        child_beside(&self.0, SyntaxKind::Eq, true)
    }
}

ast_node! {
    /// `type NAME = type`
    AliasStmt
}

impl AliasStmt {
    /// The name.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }

    /// The type it stands for.
    #[must_use]
    pub fn ty(&self) -> Option<TypeExpr> {
        child(&self.0)
    }
}

ast_node! {
    /// `var pattern [: type] [= value]`
    VarStmt
}

impl VarStmt {
    /// What is declared: a name, or a bare tuple of patterns.
    #[must_use]
    pub fn pattern(&self) -> Option<Pattern> {
        child(&self.0)
    }

    /// The written type.
    #[must_use]
    pub fn ty(&self) -> Option<TypeExpr> {
        child(&self.0)
    }

    /// The value; a bare tuple if several are written.
    #[must_use]
    pub fn value(&self) -> Option<Expr> {
        child_beside(&self.0, SyntaxKind::Eq, true)
    }
}

ast_node! {
    /// `return [value]`
    ReturnStmt
}

impl ReturnStmt {
    /// The value; a bare tuple if several are written.
    #[must_use]
    pub fn value(&self) -> Option<Expr> {
        child(&self.0)
    }
}

ast_node! {
    /// `break`
    BreakStmt
}

ast_node! {
    /// `continue`
    ContinueStmt
}

ast_node! {
    /// `pass`
    PassStmt
}

ast_node! {
    /// `discard e`
    DiscardStmt
}

impl DiscardStmt {
    /// What is evaluated.
    #[must_use]
    pub fn expr(&self) -> Option<Expr> {
        child(&self.0)
    }
}

ast_node! {
    /// `assert condition [, message]`
    AssertStmt
}

impl AssertStmt {
    /// The condition.
    #[must_use]
    pub fn condition(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> Option<Expr> {
        child_beside(&self.0, SyntaxKind::Comma, true)
    }
}

ast_node! {
    /// `target = value`
    AssignStmt
}

impl AssignStmt {
    /// The left side as an expression, a bare tuple if several are written; whether it is a target is not checked
    /// (E0503).
    #[must_use]
    pub fn target(&self) -> Option<Expr> {
        child_beside(&self.0, SyntaxKind::Eq, false)
    }

    /// The right side; a bare tuple if several are written.
    #[must_use]
    pub fn value(&self) -> Option<Expr> {
        child_beside(&self.0, SyntaxKind::Eq, true)
    }
}

ast_node! {
    /// `target op= value`
    AugAssignStmt
}

impl AugAssignStmt {
    /// The left side as an expression; whether it is a target is not checked (E0503).
    #[must_use]
    pub fn target(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The operator.
    #[must_use]
    pub fn op(&self) -> Option<AugOp> {
        self.op_token().and_then(|token| AugOp::from_token(token.kind()))
    }

    /// The operator's token.
    #[must_use]
    pub fn op_token(&self) -> Option<crate::kind::SyntaxToken> {
        self.0.children_with_tokens().filter_map(rowan::NodeOrToken::into_token).find(|token| token.kind().is_aug_op())
    }

    /// The right side.
    #[must_use]
    pub fn value(&self) -> Option<Expr> {
        child_beside(&self.0, self.op_token()?.kind(), true)
    }
}

ast_node! {
    /// An expression on its own.
    ExprStmt
}

impl ExprStmt {
    /// The expression; a bare tuple if several are written.
    #[must_use]
    pub fn expr(&self) -> Option<Expr> {
        child(&self.0)
    }
}

ast_node! {
    /// `if … elif … else …`
    IfStmt
}

impl IfStmt {
    /// The `if` and every `elif`, in order.
    #[must_use]
    pub fn branches(&self) -> AstChildren<IfBranch> {
        AstChildren::new(&self.0)
    }

    /// The `else`.
    #[must_use]
    pub fn else_branch(&self) -> Option<ElseBranch> {
        child(&self.0)
    }

    /// The body of the `else`.
    #[must_use]
    pub fn else_body(&self) -> Option<Block> {
        self.else_branch()?.body()
    }
}

ast_node! {
    /// `if c: …` or `elif c: …`
    IfBranch
}

impl IfBranch {
    /// The condition.
    #[must_use]
    pub fn condition(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Option<Block> {
        child(&self.0)
    }
}

ast_node! {
    /// `else: …`
    ElseBranch
}

impl ElseBranch {
    /// The body.
    #[must_use]
    pub fn body(&self) -> Option<Block> {
        child(&self.0)
    }
}

ast_node! {
    /// `while c: …`
    WhileStmt
}

impl WhileStmt {
    /// The condition.
    #[must_use]
    pub fn condition(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Option<Block> {
        child(&self.0)
    }
}

ast_node! {
    /// `for pattern in source: …`
    ForStmt
}

impl ForStmt {
    /// The loop's variables.
    #[must_use]
    pub fn pattern(&self) -> Option<Pattern> {
        child(&self.0)
    }

    /// What is iterated.
    #[must_use]
    pub fn source(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Option<Block> {
        child(&self.0)
    }
}

ast_node! {
    /// `match subject: …`
    MatchStmt
}

impl MatchStmt {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The arms, in order.
    pub fn arms(&self) -> impl Iterator<Item = MatchArm> {
        child::<Block>(&self.0).into_iter().flat_map(|block| AstChildren::new(&block.0))
    }
}

ast_node! {
    /// `case pattern: …`
    MatchArm
}

impl MatchArm {
    /// Whether it is `case _`.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        matches!(child(&self.0), Some(Expr::Name(name)) if name.text() == "_")
    }

    /// The expression compared with the subject; `None` for `_`.
    #[must_use]
    pub fn pattern(&self) -> Option<Expr> {
        if self.is_wildcard() { None } else { child(&self.0) }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Option<Block> {
        child(&self.0)
    }
}

ast_node! {
    /// What is no statement; its diagnostic has been given.
    ErrorStmt
}

impl ErrorStmt {
    /// The block that it opened.
    #[must_use]
    pub fn body(&self) -> Option<Block> {
        child(&self.0)
    }
}

ast_enum! {
    /// What `var` and `for` declare.
    Pattern {
        Name(NamePattern),
        Tuple(TuplePattern),
    }
}

ast_node! {
    /// A declared variable, or `_`.
    NamePattern
}

impl NamePattern {
    /// The name.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.text().to_string()
    }

    /// Whether it is `_`.
    #[must_use]
    pub fn is_discard(&self) -> bool {
        self.0.text() == "_"
    }
}

ast_node! {
    /// Several patterns, bare or in round or square brackets.
    TuplePattern
}

impl TuplePattern {
    /// The patterns, in order.
    #[must_use]
    pub fn elements(&self) -> AstChildren<Pattern> {
        AstChildren::new(&self.0)
    }
}
