//! A program as data: functions, constants, types, manifests. Untrusted until the verifier has seen it.

use stoffel_value::{ScalarOp, ScalarTy};

use crate::{Instr, Type};

/// A compiled program.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Program {
    /// Types that instructions and rows name by index.
    pub types: Vec<Type>,
    /// String constants.
    pub strings: Vec<String>,
    /// Functions; instructions name them by index. Instruction offsets ("sites") count through all functions in order.
    pub functions: Vec<Function>,
    /// Index of the function that is run; it takes no registers: its first instructions read the inputs.
    pub entry: u32,
    /// Parameters of `main`, in order.
    pub inputs: Vec<InputRow>,
    /// Results of `main`, in order.
    pub outputs: Vec<OutputRow>,
    /// Everything that is disclosed, in order of code.
    pub disclosures: Vec<Disclosure>,
    /// Distinct secret operations used, in order of first use: what a backend must have. [`crate::needs`] gives them.
    pub needs: Vec<Need>,
    /// Source positions and names; has its own hash.
    pub debug: Debug,
}

/// One function. Each bank's registers are numbered from 0; parameters come first in each bank.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Function {
    /// Name in the source, for messages.
    pub name: String,
    /// Formats of the word registers.
    pub words: Vec<ScalarTy>,
    /// Types (index into [`Program::types`]) of the reference registers.
    pub refs: Vec<u32>,
    /// Formats of the secret registers.
    pub secrets: Vec<ScalarTy>,
    /// How many registers of each bank (words, references, secrets) are parameters.
    pub params: [u16; 3],
    /// How many registers of each bank the results take.
    pub results: [u16; 3],
    /// Types of the results' registers: formats of words, type indices of references, formats of secrets.
    pub result_words: Vec<ScalarTy>,
    /// See `result_words`.
    pub result_refs: Vec<u32>,
    /// See `result_words`.
    pub result_secrets: Vec<ScalarTy>,
    /// Code.
    pub code: Vec<Instr>,
    /// 64-bit immediates.
    pub words_pool: Vec<u64>,
    /// Register lists of calls and other instructions of variable length.
    pub operands: Vec<Operands>,
}

/// A register list: source registers then destination registers, each by bank.
#[derive(Clone, PartialEq, Eq, Debug, Default, Hash)]
pub struct Operands {
    /// Word registers read.
    pub words: Vec<u16>,
    /// Reference registers read.
    pub refs: Vec<u16>,
    /// Secret registers read.
    pub secrets: Vec<u16>,
    /// Word registers written.
    pub to_words: Vec<u16>,
    /// Reference registers written.
    pub to_refs: Vec<u16>,
    /// Secret registers written.
    pub to_secrets: Vec<u16>,
}

impl Operands {
    /// In `words` of an `Append` or `Set`: the word is promised by the next ticket of `refs`.
    pub const TICKET: u16 = u16::MAX;

    /// Registers named in all.
    #[must_use]
    pub fn len(&self) -> usize {
        [&self.words, &self.refs, &self.secrets, &self.to_words, &self.to_refs, &self.to_secrets]
            .map(Vec::len)
            .iter()
            .sum()
    }

    /// Whether no register is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A parameter of `main`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputRow {
    /// Name of the parameter.
    pub name: String,
    /// Index into [`Program::types`]: the parameter's type (for `from each`: the list over clients).
    pub ty: u32,
    /// Role that gives it; `None` for a public parameter bound by whoever starts the run.
    pub role: Option<String>,
    /// `from each`: one member per client of the role.
    pub each: bool,
    /// Value if none is given, as a literal in printed form; public parameters only.
    pub default: Option<String>,
}

/// A result of `main` (one per tuple component that has its own destination).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputRow {
    /// Index into [`Program::types`].
    pub ty: u32,
    /// Who gets it.
    pub to: Receivers,
}

/// A secret operation that a program uses. A division by a public number is another operation than one by a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Need {
    /// The operation.
    pub op: ScalarOp,
    /// Which operands are public, in the order of [`ScalarOp`]; false beyond its operands.
    pub public: [bool; 3],
}

/// Who learns a value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Receivers {
    /// Every party and whoever takes part.
    Everyone,
    /// Nobody: a secret result without destination.
    Nobody,
    /// Every client of a role.
    Role(String),
    /// Element i to client i of a role.
    EachOf(String),
    /// The client in a slot.
    Slot(u32),
}

/// One row of the disclosure list (LANGUAGE §19.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disclosure {
    /// How it is disclosed.
    pub kind: DisclosureKind,
    /// File, relative to the package.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column.
    pub column: u32,
    /// Enclosing function.
    pub function: String,
    /// Index into [`Program::types`]: the static type disclosed (its public form is what is learnt).
    pub ty: u32,
    /// Receivers.
    pub to: Receivers,
}

macro_rules! disclosure_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Kinds of disclosures.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum DisclosureKind { $($(#[$doc])* $variant,)* }
        impl DisclosureKind {
            /// Every kind, in the order of its encoding.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// Name in manifests.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
            /// The kind that `ALL` holds at `code`.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> { Self::ALL.get(usize::from(code)).copied() }
        }
    };
}

disclosure_kinds! {
    /// `reveal` forms.
    Reveal = "reveal",
    /// `reveal_to`, `MpcOutput`.
    Output = "output",
    /// A result of `main`.
    Result = "result",
    /// What of a client's parameter is not secret: one row for each of [`Type::public_parts`] of a parameter that has a
    /// role. `function` is the part's path, `ty` the parameter's type, the receivers everyone.
    Input = "input",
}

/// Debug information: one span per instruction, by site.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Debug {
    /// Files, relative to the package.
    pub files: Vec<String>,
    /// Per instruction of the program (all functions in order).
    pub spans: Vec<LineSpan>,
}

/// Where an instruction comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LineSpan {
    /// Index into [`Debug::files`].
    pub file: u32,
    /// 1-based line, 0 if none.
    pub line: u32,
    /// 1-based column.
    pub column: u32,
}

macro_rules! builtins {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Library operations of the machine on strings and lists; operands by [`Operands`] as the comments say.
        /// Lists are edited and copied column by column, whatever their element type.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Builtin { $($(#[$doc])* $variant,)* }
        impl Builtin {
            /// Every entry, in the order of its encoding.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// Mnemonic.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
        }
    };
}

builtins! {
    /// refs a b → ref: a new list or string.
    Concat = "concat",
    /// ref x, word n → ref: n repetitions, none if n ≤ 0.
    Repeat = "repeat",
    /// ref x, words has_start start has_stop stop step → ref: slice with Python's rules; R0205.
    Slice = "slice",
    /// ref x → ref: shallow copy.
    Copy = "copy",
    /// refs xs ys → –: appends the elements of ys.
    Extend = "extend",
    /// ref xs, word i, element leaves → –.
    Insert = "insert",
    /// ref xs, word i → element leaves; R0204, R0201.
    Pop = "pop",
    /// ref xs → –.
    Clear = "clear",
    /// ref xs → –: in place.
    Reverse = "reverse",
    /// words a b step → ref list[int64]; R0205.
    Range = "range",
    /// refs a b (strings or lists without secrets) → word: deep equality.
    Equal = "equal",
    /// refs a b (strings) → word -1, 0, 1: by code point.
    CompareStr = "comparestr",
    /// refs s p → word: whether p is a substring of s.
    ContainsStr = "containsstr",
    /// ref xs, element leaves (no secrets) → word: index of the first equal element, or -1.
    Find = "find",
    /// ref xs, element leaves (no secrets) → word: how many are equal.
    Count = "count",
    /// ref xs (public numbers, strings, bools, tuples), word reverse → –: stable sort in place.
    Sort = "sort",
    /// ref s, word i → ref: the one-character string at i; R0201.
    CharAt = "charat",
    /// refs s sep → ref list[string].
    Split = "split",
    /// refs sep xs → ref.
    Join = "join",
    /// ref s → ref.
    Strip = "strip",
    /// ref s → ref.
    Upper = "upper",
    /// ref s → ref.
    Lower = "lower",
    /// refs s a b → ref.
    Replace = "replace",
    /// refs s p → word.
    StartsWith = "startswith",
    /// refs s p → word.
    EndsWith = "endswith",
    /// refs s p → words present index: first position in characters.
    FindStr = "findstr",
    /// ref s → words present value (int64).
    ParseInt = "parseint",
    /// ref list[secret T] → secret T: `ScalarOp::Sum`.
    SumSecret = "sumsecret",
    /// refs list[secret T] list[secret T] → secret T: `ScalarOp::Dot`; R0203.
    DotSecret = "dotsecret",
    /// ref list[secret bool] → secret bool.
    AnySecret = "anysecret",
    /// ref list[secret bool] → secret bool.
    AllSecret = "allsecret",
    /// ref list[secret S] → ref list[secret T]: element-wise conversion as one node; formats by register types.
    ConvertSecret = "convertsecret",
}
