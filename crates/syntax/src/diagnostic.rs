//! What is wrong with a program: stable code, message, spans, labels, help.

use std::ops::Range;

/// A source file, as the caller numbers them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct FileId(pub u32);

/// A range of bytes of a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range as `usize`.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Whether a program with this diagnostic is rejected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Rejected.
    Error,
    /// Accepted.
    Warning,
}

/// A further place that explains the diagnostic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What it says there.
    pub text: String,
}

/// One finding about the user's program (LANGUAGE §20).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Stable code; its table gives severity and title.
    pub code: Code,
    /// What happened, in source terms; lower case, no final dot.
    pub message: String,
    /// The primary place.
    pub span: Span,
    /// Further places: provenance, instantiation chain, first declaration.
    pub labels: Vec<Label>,
    /// What to do next, if there is one answer.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without labels or help.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), span, labels: Vec::new(), help: None }
    }

    /// Adds a labelled span.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds help.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

macro_rules! codes {
    ($($code:ident $title:literal,)*) => {
        /// The table of diagnostic codes (LANGUAGE §20). Codes are never reused.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum Code { $(#[doc = $title] $code,)* }
        impl Code {
            /// Every code, errors before warnings.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];
            /// `E0301`, `W0102`, ….
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$code => stringify!($code),)* } }
            /// Meaning in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str { match self { $(Self::$code => $title,)* } }
            /// `E…` are errors, `W…` warnings.
            #[must_use]
            pub fn severity(self) -> Severity {
                if self.as_str().starts_with('E') { Severity::Error } else { Severity::Warning }
            }
            /// The code with this text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }
    };
}

codes! {
    E0001 "not supported yet",
    E0101 "illegal character or encoding",
    E0102 "tab in indentation",
    E0103 "indentation fits no open block",
    E0104 "empty block",
    E0105 "malformed number",
    E0106 "unknown escape",
    E0107 "unterminated string",
    E0108 "malformed f-string",
    E0109 "unbalanced bracket",
    E0110 "unexpected token",
    E0111 "operator of another language",
    E0112 "statement word not in the language",
    E0114 "`secret` outside a type",
    E0115 "object, enum or match without members",
    E0116 "`case _` not last",
    E0117 "nesting deeper than 500",
    E0201 "undeclared name",
    E0202 "undefined type",
    E0203 "duplicate declaration",
    E0204 "unknown method, field or member",
    E0205 "private name",
    E0206 "function uses a top-level variable",
    E0207 "module not found",
    E0208 "ambiguous imported name",
    E0209 "import cycle",
    E0210 "import not at top level",
    E0211 "code beside an entry or in a module",
    E0212 "several entries",
    E0213 "module has no such export",
    E0214 "name of the wrong sort (type as value, module as type, …)",
    E0215 "const not constant; const or alias cyclic",
    E0301 "type mismatch",
    E0302 "literal does not fit",
    E0303 "needs an explicit conversion",
    E0304 "operator not defined for these types",
    E0305 "no single type for a variable",
    E0306 "type cannot be determined",
    E0307 "condition is not bool",
    E0308 "number of arguments",
    E0309 "argument names",
    E0310 "not callable",
    E0311 "not indexable or wrong index type",
    E0312 "range used as a value",
    E0313 "not iterable",
    E0314 "wrong number of names to unpack",
    E0315 "default or variadic parameter",
    E0316 "function has no result",
    E0318 "format does not suit the type",
    E0320 "recursive function needs a result type",
    E0321 "optional used without a check",
    E0322 "`is` without None",
    E0323 "constant expression traps",
    E0324 "parameters of `fix`",
    E0325 "no such conversion",
    E0326 "key type of a dict",
    E0401 "secret would become public",
    E0402 "`secret secret`",
    E0403 "type cannot be secret",
    E0404 "reveals nothing secret",
    E0405 "reveal of an object with secret fields",
    E0406 "`while` on a secret",
    E0407 "secret condition not possible here",
    E0408 "secret bound, length or shape",
    E0409 "secret index not possible here",
    E0410 "effect in a secret branch",
    E0411 "public assignment in a secret branch",
    E0412 "leaves a secret branch",
    E0413 "`while` in a secret branch",
    E0414 "length change in a secret branch",
    E0415 "assert in a secret branch",
    E0416 "secret exponent",
    E0417 "unknown call target in a secret branch",
    E0418 "type not selectable",
    E0419 "`Share.random` without a typed context",
    E0420 "party-local value steers the program",
    E0421 "party-local value enters the computation",
    E0422 "backend lacks the operation",
    E0423 "misplaced `from` or `to`",
    E0424 "role with and without `each`",
    E0426 "recursion through a secret branch",
    E0501 "possibly unassigned",
    E0502 "path without return",
    E0503 "not an assignment target",
    E0504 "not assignable",
    E0505 "break or continue outside a loop",
    E0506 "return outside a function",
    E0507 "return value missing or unexpected",
    E0508 "test function with parameters but no cases",
    E0601 "constructor arguments",
    E0602 "object type that cannot be built",
    E0603 "field must be given",
    E0604 "type arguments",
    E0605 "enum member",
    E0606 "redeclared member of a base",
    E0607 "method without `self`",
    E0608 "type parameter not bound",
    E0609 "too many or too deep instantiations, type too large",
    E0610 "wrong base",
    W0101 "`not` before a comparison of integers",
    W0102 "chain with bools",
    W0103 "pragma or builtin declaration without effect",
    W0104 "`or` of numbers as a pattern",
    W0201 "shadowed variable",
    W0202 "unknown `std` module",
    W0301 "`Share` type",
    W0302 "arithmetic on secret bools",
    W0303 "closure by name",
    W0304 "`len` without parentheses",
    W0305 "expression without effect, `is None` that is never true",
    W0401 "client slot not known",
    W0402 "secret result goes to nobody",
    W0501 "match misses enum members",
    W0502 "unreachable code",
    W0601 "field left at zero",
}
