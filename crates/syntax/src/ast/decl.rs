//! Views of definitions: functions, objects, enums, built-in declarations.

use super::{
    AstChildren, Block, DocText, Expr, Name, TypeExpr, ast_enum, ast_node, child, child_beside, has_word, token,
};
use crate::kind::SyntaxKind;

ast_node! {
    /// `def f[T](…) -> R {.p.}: …`
    FuncDef
}

impl FuncDef {
    /// The name.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }

    /// The type parameters, in order.
    pub fn type_params(&self) -> impl Iterator<Item = Name> {
        child::<TypeParams>(&self.0).into_iter().flat_map(|list| AstChildren::new(&list.0))
    }

    /// The parameters, in order.
    pub fn params(&self) -> impl Iterator<Item = Param> {
        child::<ParamList>(&self.0).into_iter().flat_map(|list| AstChildren::new(&list.0))
    }

    /// What follows `->`.
    #[must_use]
    pub fn result(&self) -> Option<FuncResult> {
        child(&self.0)
    }

    /// The pragma.
    #[must_use]
    pub fn pragma(&self) -> Option<Pragma> {
        child(&self.0)
    }

    /// The body; `None` for a declaration with a `builtin` pragma.
    #[must_use]
    pub fn body(&self) -> Option<Block> {
        child(&self.0)
    }

    /// The doc text that the body begins with.
    #[must_use]
    pub fn doc(&self) -> Option<DocText> {
        self.body()?.doc()
    }

    /// Whether it is marked `{.entry.}`.
    #[must_use]
    pub fn is_entry(&self) -> bool {
        self.pragma().is_some_and(|pragma| pragma.has("entry"))
    }
}

ast_node! {
    /// `[T, U]` after a function's name.
    TypeParams
}

ast_node! {
    /// `(…)` of a function header.
    ParamList
}

ast_node! {
    /// `[*] NAME [: type [from [each] ROLE]] [= default]`
    Param
}

impl Param {
    /// Whether it collects the remaining arguments.
    #[must_use]
    pub fn star(&self) -> bool {
        token(&self.0, SyntaxKind::Star).is_some()
    }

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

    /// The owner of an input.
    #[must_use]
    pub fn from(&self) -> Option<FromRole> {
        child(&self.0)
    }

    /// The default.
    #[must_use]
    pub fn default(&self) -> Option<Expr> {
        child_beside(&self.0, SyntaxKind::Eq, true)
    }
}

ast_node! {
    /// `from [each] ROLE`
    FromRole
}

impl FromRole {
    /// Whether every client of the role gives one.
    #[must_use]
    pub fn each(&self) -> bool {
        has_word(&self.0, "each")
    }

    /// The role.
    #[must_use]
    pub fn role(&self) -> Option<Name> {
        child(&self.0)
    }
}

ast_node! {
    /// `to [each] ROLE`
    Dest
}

impl Dest {
    /// Whether each client of the role gets its own element.
    #[must_use]
    pub fn each(&self) -> bool {
        has_word(&self.0, "each")
    }

    /// The role.
    #[must_use]
    pub fn role(&self) -> Option<Name> {
        child(&self.0)
    }
}

ast_node! {
    /// `-> …` of a function header.
    FuncResult
}

/// The three ways to write a result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ResultForm {
    /// `-> None`
    None,
    /// `-> T`, `-> T to ROLE`; no type if it is malformed.
    Whole {
        /// The type.
        ty: Option<TypeExpr>,
        /// Who gets it.
        dest: Option<Dest>,
    },
    /// `-> (T to a, U to b)`
    Parts(Vec<ResultPart>),
}

impl FuncResult {
    /// Which form it has, with its parts.
    #[must_use]
    pub fn form(&self) -> ResultForm {
        let parts: Vec<_> = AstChildren::new(&self.0).collect();
        if !parts.is_empty() {
            ResultForm::Parts(parts)
        } else if token(&self.0, SyntaxKind::NoneKw).is_some() {
            ResultForm::None
        } else {
            ResultForm::Whole { ty: child(&self.0), dest: child(&self.0) }
        }
    }
}

ast_node! {
    /// `T to ROLE` in a parenthesised result.
    ResultPart
}

impl ResultPart {
    /// The type.
    #[must_use]
    pub fn ty(&self) -> Option<TypeExpr> {
        child(&self.0)
    }

    /// Who gets it.
    #[must_use]
    pub fn dest(&self) -> Option<Dest> {
        child(&self.0)
    }
}

ast_node! {
    /// `{. a, b: v .}`
    Pragma
}

impl Pragma {
    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> AstChildren<PragmaEntry> {
        AstChildren::new(&self.0)
    }

    /// Whether it has an entry of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.entries().any(|entry| entry.name().is_some_and(|found| found.text() == name))
    }
}

ast_node! {
    /// `NAME [: value]` of a pragma.
    PragmaEntry
}

impl PragmaEntry {
    /// The name.
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
    /// `object O[(Base)]: …`
    ObjectDef
}

ast_enum! {
    /// A member of an object.
    Member {
        Field(FieldDef),
        Method(FuncDef),
    }
}

impl ObjectDef {
    /// The name.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }

    /// The base in brackets.
    #[must_use]
    pub fn base(&self) -> Option<TypeExpr> {
        child(&self.0)
    }

    /// The doc text.
    #[must_use]
    pub fn doc(&self) -> Option<DocText> {
        child::<Block>(&self.0)?.doc()
    }

    /// Fields and methods, in order.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        child::<Block>(&self.0).into_iter().flat_map(|block| AstChildren::new(&block.0))
    }
}

ast_node! {
    /// `NAME: type [= default]` of an object.
    FieldDef
}

impl FieldDef {
    /// The name.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }

    /// The type.
    #[must_use]
    pub fn ty(&self) -> Option<TypeExpr> {
        child(&self.0)
    }

    /// The default.
    #[must_use]
    pub fn default(&self) -> Option<Expr> {
        child_beside(&self.0, SyntaxKind::Eq, true)
    }
}

ast_node! {
    /// `enum E: …`
    EnumDef
}

impl EnumDef {
    /// The name.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }

    /// The doc text.
    #[must_use]
    pub fn doc(&self) -> Option<DocText> {
        child::<Block>(&self.0)?.doc()
    }

    /// The members, in order.
    pub fn members(&self) -> impl Iterator<Item = EnumMember> {
        child::<Block>(&self.0).into_iter().flat_map(|block| AstChildren::new(&block.0))
    }
}

ast_node! {
    /// `NAME [= value]` of an enum.
    EnumMember
}

impl EnumMember {
    /// The name.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }

    /// The value; any expression, so that E0605 can be told from a syntax error.
    #[must_use]
    pub fn value(&self) -> Option<Expr> {
        child(&self.0)
    }
}

ast_node! {
    /// `builtin type T [= U]`, `builtin opaque T [= U]`
    BuiltinType
}

impl BuiltinType {
    /// Whether it is declared `opaque`.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        has_word(&self.0, "opaque")
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }

    /// The type after `=`.
    #[must_use]
    pub fn ty(&self) -> Option<TypeExpr> {
        child(&self.0)
    }
}

ast_node! {
    /// `builtin object O: …`
    BuiltinObject
}

impl BuiltinObject {
    /// The name.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        child(&self.0)
    }

    /// The functions, in order.
    pub fn funcs(&self) -> impl Iterator<Item = FuncDef> {
        child::<Block>(&self.0).into_iter().flat_map(|block| AstChildren::new(&block.0))
    }
}
