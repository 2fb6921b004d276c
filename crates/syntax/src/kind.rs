//! The one table of tokens and nodes of the syntax tree.
//!
//! A fixed token is written with its text; lexer, parser messages and dumps read it from here. Nodes have the names of
//! their views in `ast`.

use logos::Logos;

macro_rules! kinds {
    (
        keywords { $($kw:ident $kw_text:literal,)* }
        operators { $($op:ident $op_text:tt,)* }
        tokens { $($(#[$tok_doc:meta])* $tok:ident,)* }
        nodes { $($(#[$node_doc:meta])* $node:ident,)* }
    ) => {
        /// What a token or a node of the tree is.
        ///
        /// Lexed by `logos` (longest match); `lexer` finishes what takes more than a regular expression: names beyond
        /// ASCII, numbers, strings.
        #[derive(Logos, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u16)]
        pub enum SyntaxKind {
            $(#[doc = concat!("`", $kw_text, "`")] $kw,)*
            $(#[doc = concat!("`", $op_text, "`")] #[token($op_text)] $op,)*
            $($(#[$tok_doc])* $tok,)*
            $($(#[$node_doc])* $node,)*
        }

        impl SyntaxKind {
            /// Every kind, at the index of its number.
            pub const ALL: &'static [Self] = &[$(Self::$kw,)* $(Self::$op,)* $(Self::$tok,)* $(Self::$node,)*];

            /// The text of a keyword, operator or delimiter.
            #[must_use]
            pub const fn text(self) -> Option<&'static str> {
                match self {
                    $(Self::$kw => Some($kw_text),)*
                    $(Self::$op => Some($op_text),)*
                    _ => None,
                }
            }

            /// The reserved word with this text.
            #[must_use]
            pub fn keyword(text: &str) -> Option<Self> {
                match text { $($kw_text => Some(Self::$kw),)* _ => None }
            }

            /// A reserved word.
            #[must_use]
            pub const fn is_keyword(self) -> bool {
                matches!(self, $(Self::$kw)|*)
            }
        }
    };
}

kinds! {
    keywords {
        AndKw "and",
        AsKw "as",
        BreakKw "break",
        BuiltinKw "builtin",
        ContinueKw "continue",
        DefKw "def",
        DiscardKw "discard",
        ElifKw "elif",
        ElseKw "else",
        EnumKw "enum",
        FalseKw "False",
        ForKw "for",
        IfKw "if",
        ImportKw "import",
        InKw "in",
        LambdaKw "lambda",
        MainKw "main",
        ModKw "mod",
        NoneKw "None",
        NotKw "not",
        ObjectKw "object",
        OrKw "or",
        PassKw "pass",
        ReturnKw "return",
        SecretKw "secret",
        ShlKw "shl",
        ShrKw "shr",
        TrueKw "True",
        TypeKw "type",
        VarKw "var",
        WhileKw "while",
        XorKw "xor",
    }
    operators {
        Plus "+",
        Minus "-",
        Star "*",
        Slash "/",
        SlashSlash "//",
        Percent "%",
        StarStar "**",
        At "@",
        PlusPercent "+%",
        MinusPercent "-%",
        StarPercent "*%",
        Amp "&",
        Pipe "|",
        Caret "^",
        Tilde "~",
        Shl "<<",
        Shr ">>",
        EqEq "==",
        NotEq "!=",
        Lt "<",
        LtEq "<=",
        Gt ">",
        GtEq ">=",
        Eq "=",
        PlusEq "+=",
        MinusEq "-=",
        StarEq "*=",
        SlashEq "/=",
        SlashSlashEq "//=",
        PercentEq "%=",
        StarStarEq "**=",
        AtEq "@=",
        PlusPercentEq "+%=",
        MinusPercentEq "-%=",
        StarPercentEq "*%=",
        AmpEq "&=",
        PipeEq "|=",
        CaretEq "^=",
        ShlEq "<<=",
        ShrEq ">>=",
        Arrow "->",
        DotDot "..",
        Dot ".",
        Comma ",",
        Colon ":",
        Question "?",
        LParen "(",
        RParen ")",
        LBracket "[",
        RBracket "]",
        LBrace "{",
        RBrace "}",
        LPragma "{.",
        RPragma ".}",
        Semicolon ";",
        Backslash "\\",
        AmpAmp "&&",
        PipePipe "||",
        Bang "!",
        EqEqEq "===",
    }
    tokens {
        /// Spaces and tabs.
        #[regex(r"[ \t]+")]
        Whitespace,
        /// `# …` without its line end.
        #[token("#")]
        Comment,
        /// A byte-order mark at the start of the file.
        Bom,
        /// The end of a line that ends a statement.
        #[regex(r"\r?\n")]
        Newline,
        /// Any other end of a line: blank and comment lines, inside brackets.
        LineBreak,
        /// A name that is not reserved; contextual words too.
        #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
        Ident,
        /// An integer literal with its suffix.
        #[regex(r"\.?[0-9]")]
        IntNumber,
        /// A literal with point or exponent.
        FloatNumber,
        /// A string literal with its quotes.
        #[regex("[\"']")]
        String,
        /// `f"` and the like: begins a formatted string.
        FStart,
        /// Literal text of a formatted string, escapes and doubled braces as written.
        FText,
        /// `{` of a hole.
        HoleOpen,
        /// `:` before a format.
        HoleColon,
        /// The format of a hole.
        FormatSpec,
        /// `}` of a hole.
        HoleClose,
        /// The closing quotes of a formatted string.
        FEnd,
        /// What is no token: illegal characters, malformed numbers.
        ErrorToken,
        /// The end of the token list; never in a tree.
        Eof,
    }
    nodes {
        /// A whole file.
        Module,
        /// The statements under a header, on its line or indented below it.
        Block,
        /// A name where it is declared, or that labels something.
        Name,
        /// The doc text that a module, function, object or enum begins with.
        DocText,

        /// `def f(…) …: …`
        FuncDef,
        /// `[T, U]` after a function's name.
        TypeParams,
        /// `(…)` of a function header.
        ParamList,
        /// One parameter.
        Param,
        /// `from [each] ROLE`
        FromRole,
        /// `-> …` of a function header.
        FuncResult,
        /// A type with its destination in a parenthesised result.
        ResultPart,
        /// `to [each] ROLE`
        Dest,
        /// `{. … .}`
        Pragma,
        /// One entry of a pragma.
        PragmaEntry,
        /// `object O: …`
        ObjectDef,
        /// `NAME: type [= expr]` in an object.
        FieldDef,
        /// `enum E: …`
        EnumDef,
        /// `NAME [= INT]` in an enum.
        EnumMember,
        /// `builtin type T`, `builtin opaque T`
        BuiltinType,
        /// `builtin object O: …`
        BuiltinObject,

        /// `import m [as n]`
        ImportStmt,
        /// `from m import a, b as c`
        FromImportStmt,
        /// A module by string or by dotted names.
        ModulePath,
        /// `a [as b]` in a `from` import.
        ImportName,
        /// `const C [: T] = e`
        ConstStmt,
        /// `type T = …`
        AliasStmt,
        /// `var p [: T] [= e]`
        VarStmt,
        /// `return [e]`
        ReturnStmt,
        /// `break`
        BreakStmt,
        /// `continue`
        ContinueStmt,
        /// `pass`
        PassStmt,
        /// `discard e`
        DiscardStmt,
        /// `assert c [, m]`
        AssertStmt,
        /// `t = e`
        AssignStmt,
        /// `t += e` and the like.
        AugAssignStmt,
        /// An expression on its own.
        ExprStmt,
        /// `if … elif … else …`
        IfStmt,
        /// `if c: …` or `elif c: …` of an `if`.
        IfBranch,
        /// `else: …` of an `if`.
        ElseBranch,
        /// `while c: …`
        WhileStmt,
        /// `for p in e: …`
        ForStmt,
        /// `match e: …`
        MatchStmt,
        /// `case p: …`
        MatchArm,
        /// What is no statement; may hold a block.
        ErrorStmt,

        /// A name in a pattern.
        NamePattern,
        /// Several patterns, bare or in brackets.
        TuplePattern,

        /// `a.b[…]`
        PathType,
        /// `[…]` of a type.
        TypeArgs,
        /// `(A, B)`
        TupleType,
        /// `(A, B) -> R`
        FuncType,
        /// `secret T`
        SecretType,
        /// `T?`
        OptionalType,
        /// `(T)`
        ParenType,
        /// What is no type.
        ErrorType,

        /// An integer.
        IntLit,
        /// A number with point or exponent.
        FloatLit,
        /// A string.
        StringLit,
        /// A formatted string.
        FString,
        /// `{e[:spec]}` of a formatted string.
        Hole,
        /// `True`, `False`
        BoolLit,
        /// `None`
        NoneLit,
        /// A name in an expression, `type` and `main` too.
        NameExpr,
        /// `(e)`
        ParenExpr,
        /// `(a, b)`, `a, b`, `(a,)`, `()` only in trees with errors.
        TupleExpr,
        /// `[a, b]`
        ListExpr,
        /// `[e for …]`
        ListComp,
        /// `{k: v}`
        DictExpr,
        /// `k: v`
        DictPair,
        /// `{k: v for …}`
        DictComp,
        /// `for p in e` of a comprehension.
        ForClause,
        /// `if c` of a comprehension.
        IfClause,
        /// `f(…)`
        CallExpr,
        /// `(…)` of a call.
        ArgList,
        /// One argument.
        Arg,
        /// `e.name`
        FieldExpr,
        /// `e[…]`
        IndexExpr,
        /// `[…]` after an expression.
        SubList,
        /// `a:b:c` in an index.
        Slice,
        /// A prefix operator and its operand.
        UnaryExpr,
        /// Operands joined by left-associative operators of one level.
        BinaryExpr,
        /// `a ** b`
        PowerExpr,
        /// Operands joined by comparisons.
        CompareExpr,
        /// The comparison between two operands, of one or two words.
        CompareOp,
        /// `a..b`
        RangeExpr,
        /// `a if c else b`
        CondExpr,
        /// `lambda x: e`
        LambdaExpr,
        /// What is no expression.
        ErrorExpr,

        /// Tokens skipped after an error.
        Skipped,
    }
}

impl SyntaxKind {
    /// Blanks, comments and line ends without meaning.
    #[must_use]
    pub const fn is_trivia(self) -> bool {
        matches!(self, Self::Whitespace | Self::Comment | Self::Bom | Self::LineBreak)
    }

    /// A compound assignment operator.
    #[must_use]
    pub const fn is_aug_op(self) -> bool {
        matches!(
            self,
            Self::PlusEq
                | Self::MinusEq
                | Self::StarEq
                | Self::SlashEq
                | Self::SlashSlashEq
                | Self::PercentEq
                | Self::StarStarEq
                | Self::AtEq
                | Self::PlusPercentEq
                | Self::MinusPercentEq
                | Self::StarPercentEq
                | Self::AmpEq
                | Self::PipeEq
                | Self::CaretEq
                | Self::ShlEq
                | Self::ShrEq
        )
    }

    /// A kind of node.
    #[must_use]
    pub fn is_node(self) -> bool {
        self >= Self::Module
    }
}

/// StoffelLang as `rowan` sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Lang {}

impl rowan::Language for Lang {
    type Kind = SyntaxKind;

    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        SyntaxKind::ALL[usize::from(raw.0)]
    }

    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        rowan::SyntaxKind(kind as u16)
    }
}

/// A node of the lossless tree.
pub type SyntaxNode = rowan::SyntaxNode<Lang>;
/// A token of the lossless tree.
pub type SyntaxToken = rowan::SyntaxToken<Lang>;
/// A node or token of the lossless tree.
pub type SyntaxElement = rowan::SyntaxElement<Lang>;
