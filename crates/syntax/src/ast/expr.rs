//! Views of expressions.

use rowan::NodeOrToken;

use super::{
    AstChildren, AstNode, BinaryOp, BoolLit, Comparison, FString, FloatLit, IntLit, Name, NoneLit, Pattern, StringLit,
    TypeExpr, UnaryOp, ast_enum, ast_node, child, child_beside,
};
use crate::kind::{SyntaxKind, SyntaxNode, SyntaxToken};

ast_enum! {
    /// An expression.
    Expr {
        Int(IntLit),
        Float(FloatLit),
        String(StringLit),
        FString(FString),
        Bool(BoolLit),
        None(NoneLit),
        Name(NameExpr),
        Paren(ParenExpr),
        Tuple(TupleExpr),
        List(ListExpr),
        ListComp(ListComp),
        Dict(DictExpr),
        DictComp(DictComp),
        Call(CallExpr),
        Field(FieldExpr),
        Index(IndexExpr),
        Unary(UnaryExpr),
        Binary(BinaryExpr),
        Power(PowerExpr),
        Compare(CompareExpr),
        Range(RangeExpr),
        Cond(CondExpr),
        Lambda(LambdaExpr),
        Error(ErrorExpr),
    }
}

impl Expr {
    /// The expression without brackets that only group.
    #[must_use]
    pub fn unparenthesized(self) -> Self {
        let mut expr = self;
        while let Self::Paren(paren) = &expr {
            match paren.inner() {
                Some(inner) => expr = inner,
                None => break,
            }
        }
        expr
    }
}

/// The direct tokens of a node.
fn tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> + use<> {
    node.children_with_tokens().filter_map(NodeOrToken::into_token)
}

/// The `index`-th child of one type.
fn nth<N: AstNode>(node: &SyntaxNode, index: usize) -> Option<N> {
    node.children().filter_map(N::cast).nth(index)
}

ast_node! {
    /// A name; `type` and `main` too.
    NameExpr
}

impl NameExpr {
    /// The name.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.text().to_string()
    }
}

ast_node! {
    /// `(e)`
    ParenExpr
}

impl ParenExpr {
    /// The expression in brackets.
    #[must_use]
    pub fn inner(&self) -> Option<Expr> {
        child(&self.0)
    }
}

ast_node! {
    /// `(a, b)`, `(a,)`; bare `a, b` where `exprs` stands.
    TupleExpr
}

impl TupleExpr {
    /// The elements, in order.
    #[must_use]
    pub fn elements(&self) -> AstChildren<Expr> {
        AstChildren::new(&self.0)
    }
}

ast_node! {
    /// `[a, b]`
    ListExpr
}

impl ListExpr {
    /// The elements, in order.
    #[must_use]
    pub fn elements(&self) -> AstChildren<Expr> {
        AstChildren::new(&self.0)
    }
}

ast_enum! {
    /// A clause of a comprehension.
    Clause {
        For(ForClause),
        If(IfClause),
    }
}

ast_node! {
    /// `for pattern in source` of a comprehension.
    ForClause
}

impl ForClause {
    /// The variables.
    #[must_use]
    pub fn pattern(&self) -> Option<Pattern> {
        child(&self.0)
    }

    /// What is iterated.
    #[must_use]
    pub fn source(&self) -> Option<Expr> {
        child(&self.0)
    }
}

ast_node! {
    /// `if condition` of a comprehension.
    IfClause
}

impl IfClause {
    /// The filter.
    #[must_use]
    pub fn condition(&self) -> Option<Expr> {
        child(&self.0)
    }
}

ast_node! {
    /// `[e for …]`
    ListComp
}

impl ListComp {
    /// What is collected.
    #[must_use]
    pub fn element(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The clauses, in order.
    #[must_use]
    pub fn clauses(&self) -> AstChildren<Clause> {
        AstChildren::new(&self.0)
    }
}

ast_node! {
    /// `{k: v, …}`
    DictExpr
}

impl DictExpr {
    /// The pairs, in order.
    #[must_use]
    pub fn pairs(&self) -> AstChildren<DictPair> {
        AstChildren::new(&self.0)
    }
}

ast_node! {
    /// `key: value`
    DictPair
}

impl DictPair {
    /// The key.
    #[must_use]
    pub fn key(&self) -> Option<Expr> {
        child_beside(&self.0, SyntaxKind::Colon, false)
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> Option<Expr> {
        child_beside(&self.0, SyntaxKind::Colon, true)
    }
}

ast_node! {
    /// `{k: v for …}`
    DictComp
}

impl DictComp {
    /// What is collected.
    #[must_use]
    pub fn pair(&self) -> Option<DictPair> {
        child(&self.0)
    }

    /// The clauses, in order.
    #[must_use]
    pub fn clauses(&self) -> AstChildren<Clause> {
        AstChildren::new(&self.0)
    }
}

ast_node! {
    /// `callee(args)`
    CallExpr
}

impl CallExpr {
    /// What is called.
    #[must_use]
    pub fn callee(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The arguments, as written.
    pub fn args(&self) -> impl Iterator<Item = Arg> {
        self.arg_list().into_iter().flat_map(|list| AstChildren::new(&list.0))
    }

    /// The brackets with the arguments.
    #[must_use]
    pub fn arg_list(&self) -> Option<ArgList> {
        child(&self.0)
    }
}

ast_node! {
    /// `(…)` of a call.
    ArgList
}

ast_node! {
    /// `[NAME: | NAME =] value`
    Arg
}

impl Arg {
    /// The parameter's name, if it is written.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> Option<Expr> {
        child(&self.0)
    }
}

ast_node! {
    /// `base.name`
    FieldExpr
}

impl FieldExpr {
    /// The left side.
    #[must_use]
    pub fn base(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The name after the point.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }
}

ast_node! {
    /// `base[subs]`: index, slice, instantiation, or the arguments of a conversion to `fix[k, f]`.
    IndexExpr
}

impl IndexExpr {
    /// What is indexed.
    #[must_use]
    pub fn base(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The subscripts, in order.
    pub fn subs(&self) -> impl Iterator<Item = Sub> {
        child::<SubList>(&self.0).into_iter().flat_map(|list| list.subs())
    }

    /// The brackets with the subscripts.
    #[must_use]
    pub fn sub_list(&self) -> Option<SubList> {
        child(&self.0)
    }
}

ast_node! {
    /// `[…]` after an expression.
    SubList
}

impl SubList {
    /// The subscripts, in order.
    pub fn subs(&self) -> impl Iterator<Item = Sub> + use<> {
        self.0.children().filter_map(|node| match node.kind() {
            SyntaxKind::Slice => Some(Sub::Slice(Slice(node))),
            _ => Expr::cast(node.clone()).map(Sub::Expr).or_else(|| TypeExpr::cast(node).map(Sub::Type)),
        })
    }
}

/// A subscript.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Sub {
    /// An expression; in an instantiation it may be a type without `secret`, `?` and `->`.
    Expr(Expr),
    /// `a:b:c`
    Slice(Slice),
    /// A type that cannot be read as an expression: brackets that hold `secret`, `?` or `->` hold types only.
    Type(TypeExpr),
}

ast_node! {
    /// `[start]:[stop][:[step]]`
    Slice
}

impl Slice {
    /// The expression after `colons` colons.
    fn part(&self, colons: usize) -> Option<Expr> {
        let mut seen = 0;
        for element in self.0.children_with_tokens() {
            match element {
                NodeOrToken::Token(token) if token.kind() == SyntaxKind::Colon => seen += 1,
                NodeOrToken::Node(node) if seen == colons => {
                    if let Some(expr) = Expr::cast(node) {
                        return Some(expr);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The first bound.
    #[must_use]
    pub fn start(&self) -> Option<Expr> {
        self.part(0)
    }

    /// The second bound.
    #[must_use]
    pub fn stop(&self) -> Option<Expr> {
        self.part(1)
    }

    /// The step.
    #[must_use]
    pub fn step(&self) -> Option<Expr> {
        self.part(2)
    }
}

ast_node! {
    /// `-e`, `+e`, `~e`, `not e`
    UnaryExpr
}

impl UnaryExpr {
    /// The operator.
    #[must_use]
    pub fn op(&self) -> Option<UnaryOp> {
        self.op_token().and_then(|token| UnaryOp::from_token(token.kind()))
    }

    /// The operator's token.
    #[must_use]
    pub fn op_token(&self) -> Option<SyntaxToken> {
        tokens(&self.0).find(|token| UnaryOp::from_token(token.kind()).is_some())
    }

    /// The operand.
    #[must_use]
    pub fn operand(&self) -> Option<Expr> {
        child(&self.0)
    }
}

ast_node! {
    /// `a + b - c`: operands joined by left-associative operators of one level; one operand more than operators.
    BinaryExpr
}

impl BinaryExpr {
    /// The operands, in order; an [`ErrorExpr`] where one is missing.
    #[must_use]
    pub fn operands(&self) -> AstChildren<Expr> {
        AstChildren::new(&self.0)
    }

    /// The operators with their tokens, in order.
    pub fn ops(&self) -> impl Iterator<Item = (BinaryOp, SyntaxToken)> + use<> {
        tokens(&self.0).filter_map(|token| Some((BinaryOp::from_token(token.kind())?, token)))
    }
}

ast_node! {
    /// `base ** exponent`
    PowerExpr
}

impl PowerExpr {
    /// The left side.
    #[must_use]
    pub fn base(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The right side.
    #[must_use]
    pub fn exponent(&self) -> Option<Expr> {
        nth(&self.0, 1)
    }
}

ast_node! {
    /// `a < b <= c`; one operand more than operators.
    CompareExpr
}

impl CompareExpr {
    /// The operands, in order; an [`ErrorExpr`] where one is missing.
    #[must_use]
    pub fn operands(&self) -> AstChildren<Expr> {
        AstChildren::new(&self.0)
    }

    /// The comparisons, in order.
    #[must_use]
    pub fn ops(&self) -> AstChildren<CompareOp> {
        AstChildren::new(&self.0)
    }
}

ast_node! {
    /// The comparison between two operands.
    CompareOp
}

impl CompareOp {
    /// Which it is.
    #[must_use]
    pub fn op(&self) -> Option<Comparison> {
        let mut kinds = tokens(&self.0).filter(|token| !token.kind().is_trivia()).map(|token| token.kind());
        Some(match (kinds.next()?, kinds.next()) {
            (SyntaxKind::EqEq | SyntaxKind::EqEqEq, _) => Comparison::Eq,
            (SyntaxKind::NotEq, _) => Comparison::Ne,
            (SyntaxKind::Lt, _) => Comparison::Lt,
            (SyntaxKind::LtEq, _) => Comparison::Le,
            (SyntaxKind::Gt, _) => Comparison::Gt,
            (SyntaxKind::GtEq, _) => Comparison::Ge,
            (SyntaxKind::InKw, _) => Comparison::In,
            (SyntaxKind::NotKw, _) => Comparison::NotIn,
            (SyntaxKind::Ident, Some(SyntaxKind::NotKw)) => Comparison::IsNot,
            (SyntaxKind::Ident, _) => Comparison::Is,
            _ => return None,
        })
    }
}

ast_node! {
    /// `start..stop`
    RangeExpr
}

impl RangeExpr {
    /// The first value.
    #[must_use]
    pub fn start(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// One past the last value.
    #[must_use]
    pub fn stop(&self) -> Option<Expr> {
        nth(&self.0, 1)
    }
}

ast_node! {
    /// `then if condition else other`
    CondExpr
}

impl CondExpr {
    /// The value if the condition holds.
    #[must_use]
    pub fn then(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The condition, evaluated first.
    #[must_use]
    pub fn condition(&self) -> Option<Expr> {
        nth(&self.0, 1)
    }

    /// The value otherwise.
    #[must_use]
    pub fn otherwise(&self) -> Option<Expr> {
        nth(&self.0, 2)
    }
}

ast_node! {
    /// `lambda a, b: body`
    LambdaExpr
}

impl LambdaExpr {
    /// The parameters, in order.
    #[must_use]
    pub fn params(&self) -> AstChildren<Name> {
        AstChildren::new(&self.0)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Option<Expr> {
        child(&self.0)
    }
}

ast_node! {
    /// What is no expression, or none where one is due; its diagnostic has been given.
    ErrorExpr
}
