//! A program as data: functions, constants, types, manifests. Untrusted until the verifier has seen it.

use stoffel_value::{MathOp, ScalarOp, ScalarTy};

use crate::{Instr, Object, SlotRow, Type};

/// A compiled program.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Program {
    /// Types that instructions and rows name by index.
    pub types: Vec<Type>,
    /// Object types; [`Type::Object`] names them by index.
    pub objects: Vec<Object>,
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
    /// Reads of clients' positional inputs, each once; instructions name them by index.
    pub slots: Vec<SlotRow>,
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
    /// In `words` of an `Append`, `Set`, `Put`, `NewObject` or `SetField`: the word is promised by the next ticket of `refs`.
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
    /// The client in a slot that the program computes: any client.
    AnySlot,
    /// Each party's own store, under a key.
    Key(String),
    /// Each party's own store, under a key that the program computes.
    AnyKey,
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
    /// A secret that is kept in the parties' stores.
    Store = "store",
    /// A secret that comes out of the parties' stores.
    Load = "load",
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
    /// Calls whose function stands in the place of the call, so that a run has no frame for them.
    pub inlined: Vec<InlineCall>,
    /// Instructions of such functions: site, ascending, and the index of the innermost call in `inlined`.
    pub frames: Vec<(u32, u32)>,
}

/// A call whose function stands in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InlineCall {
    /// The function called.
    pub function: String,
    /// Where the call is written.
    pub span: LineSpan,
    /// 1 + index of the call around it, which comes before it in the table; 0 if it is written in the function itself.
    pub outer: u32,
}

impl Debug {
    /// Index of the innermost call in [`Debug::inlined`] whose function an instruction belongs to.
    #[must_use]
    pub fn call_of(&self, site: u32) -> Option<u32> {
        let found = self.frames.binary_search_by_key(&site, |(site, _)| *site).ok()?;
        self.frames.get(found).map(|(_, call)| *call)
    }
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
    /// ref x (string, list, dict or object) → ref: shallow copy.
    Copy = "copy",
    /// refs xs ys → –: appends the elements of ys.
    Extend = "extend",
    /// ref xs, word i, element leaves → –.
    Insert = "insert",
    /// ref xs, word i → element leaves; R0204, R0201.
    Pop = "pop",
    /// ref xs (list or dict) → –.
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
    /// ref xs (rows that begin with a secret scalar, all secret), word reverse → –: rows in the order of that scalar, stably, in place.
    /// R0203 if lengths within rows, or presences, differ.
    SortRows = "sortrows",
    /// ref xs (rows that are all secret) → –: rows in a uniform order that nobody knows, in place. R0203 likewise.
    Shuffle = "shuffle",
    /// ref s (string or secret text), word i → ref: the one-character text at i; R0201.
    CharAt = "charat",
    /// ref function value → ref Closure.
    ClosureOf = "closure.of",
    /// ref Closure → ref function value; R0402 if it is of another type, secrecy included.
    ClosureAs = "closure.as",
    /// ref secret text → ref list[secret uint32]: its code points.
    TextCodes = "textcodes",
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
    /// ref xs, secret index, secret bool if given → ref list[secret bool] as long as xs: `ScalarOp::OneHot`; R0201 [S].
    OneHotSecret = "onehotsecret",
    /// refs hot (list[secret bool]) xs → leaves of the element of xs at the place that hot marks, secret; zeros if it marks none.
    /// R0203 if lengths, inner ones included, or presences differ.
    PickSecret = "picksecret",
    /// refs hot (list[secret bool]) xs, leaves of an element, all secret → –: the element at the place that hot marks. R0203 likewise.
    PutSecret = "putsecret",
    /// secret bool, refs a b of one type, all secret → ref: a new list or object, a where the bool holds, else b. R0203 likewise, and
    /// for objects that lead back to themselves.
    SelectList = "selectlist",
    /// ref list[secret S] → ref list[secret T]: element-wise conversion as one node; formats by register types.
    ConvertSecret = "convertsecret",
    /// ref dict, key leaves → value leaves; R0202, R0107 for a NaN. Awaits the dict's tickets.
    Lookup = "lookup",
    /// ref dict, key leaves → word: the key's row, or -1; R0107 for a NaN.
    FindKey = "findkey",
    /// ref dict, key leaves → –: R0202, R0107 for a NaN.
    RemoveKey = "removekey",
    /// ref dict → ref list of its keys, in order.
    Keys = "keys",
    /// ref dict → ref list of its values, in order.
    Values = "values",
    /// ref dict → ref list of pairs, in order.
    Items = "items",
    /// refs dict, list of its values → –: every key gets the value at its place; R0203 on another length.
    PutValues = "putvalues",
    /// ref dict → word: how often its key set has changed.
    KeyChanges = "keychanges",
    /// leaf → ref array without axes.
    ArrayScalar = "array.scalar",
    /// ref array → leaf: the element of an array without axes; R0203.
    ArrayItem = "array.item",
    /// ref list (of lists …) → ref array; R0203 if ragged.
    ArrayFrom = "array.from",
    /// ref array → ref list (of lists …): as deep as the type of the result; R0203 if the array has other axes.
    ArrayToList = "array.tolist",
    /// ref list[int64] shape, leaf → ref array; R0203 for a negative length.
    ArrayFull = "array.full",
    /// word n → ref array of public numbers: n × n, ones on the diagonal.
    ArrayIdentity = "array.identity",
    /// ref array, words i … → leaf: one index for each axis; R0203, R0201.
    ArrayGet = "array.get",
    /// ref array, words i …, leaf → –: one index for each of the first axes; the rest is filled. R0203, R0201.
    ArraySet = "array.set",
    /// ref array, word i → ref: row i of the first axis; R0203, R0201.
    ArrayRow = "array.row",
    /// ref array, words (kind has_start start has_stop stop step) … → ref: kind 0 an index (start), 1 a slice, of the first
    /// axes. Kind 2: a secret index, the next of the secret sources; the result is secret then. R0203, R0201, R0205.
    ArrayIndex = "array.index",
    /// refs array value, words and secrets as `ArrayIndex` → –: stores the value, broadcast to what is indexed. R0203.
    ArrayPut = "array.put",
    /// refs array, list or array of int64 or bool → ref: rows by number or mask. Secret numbers (an array): by scan, secret.
    ArrayGather = "array.gather",
    /// ref array → ref list[int64]: lengths of its axes.
    ArrayShape = "array.shape",
    /// ref array → word: number of elements.
    ArraySize = "array.size",
    /// refs array, list[int64] → ref: the same elements with other axes, of which one may be -1; R0203.
    ArrayReshape = "array.reshape",
    /// refs array, list[int64] axes, word has_axes → ref: axes in that order, reversed without; R0203.
    ArrayTranspose = "array.transpose",
    /// ref list[array], word axis → ref: joined along an axis; R0203, R0204.
    ArrayConcat = "array.concat",
    /// ref list[array], word axis → ref: joined along a new axis; R0203, R0204.
    ArrayStack = "array.stack",
    /// refs condition then else → ref: element by element, broadcast.
    ArrayWhere = "array.where",
    /// refs a b → ref: matrix product; R0203.
    ArrayMatMul = "array.matmul",
    /// ref array, words has_axis axis → ref: sums along an axis, or of everything.
    ArraySum = "array.sum",
    /// As `ArraySum`: least elements; R0204.
    ArrayMin = "array.min",
    /// As `ArraySum`: greatest elements; R0204.
    ArrayMax = "array.max",
    /// As `ArraySum`: places of the first least elements (int64); R0204.
    ArrayArgMin = "array.argmin",
    /// As `ArraySum`: places of the first greatest elements (int64); R0204.
    ArrayArgMax = "array.argmax",
    /// As `ArraySum` on bools.
    ArrayAny = "array.any",
    /// As `ArraySum` on bools.
    ArrayAll = "array.all",
    /// ref array, words has_axis axis → word: how many elements a reduction takes together; R0204 if none.
    ArrayCount = "array.count",
    /// ref array, word axis → ref: running sums.
    ArrayCumSum = "array.cumsum",
    /// ref array, word axis → –: sorts in place, ascending.
    ArraySort = "array.sort",
    /// ref array, word axis → ref array of int64: places in ascending order, equal ones in their order.
    ArrayArgSort = "array.argsort",
    /// word float64 → word: `MathOp::Sqrt`; R0107, as the functions after it.
    Sqrt = "sqrt",
    /// word float64 → word: `MathOp::Exp`.
    Exp = "exp",
    /// word float64 → word: `MathOp::Log`.
    Log = "log",
    /// word float64 → word: `MathOp::Log2`.
    Log2 = "log2",
    /// word float64 → word: `MathOp::Sin`.
    Sin = "sin",
    /// word float64 → word: `MathOp::Cos`.
    Cos = "cos",
    /// word float64 → word: `MathOp::Tan`.
    Tan = "tan",
    /// word float64 → word: `MathOp::Atan`.
    Atan = "atan",
    /// word float64 → word: `MathOp::Tanh`.
    Tanh = "tanh",
    /// word code, secret bool → –: the trap of this number [S], where the bool and all guards hold; nothing under a protocol.
    TrapSecret = "trapsecret",
    /// word which → word: number of clients; 0 all, 1 those that give inputs, 2 those that receive outputs.
    CountClients = "countclients",
    /// ref key, word local (bool) → word: whether there is an entry; R0402.
    StoreExists = "store.exists",
    /// ref key, word local (bool) → word: whether there was an entry, which is gone; R0402.
    StoreDelete = "store.delete",
    /// ref message → word: how many parties it went to.
    RbcSend = "rbc.send",
    /// words party timeout_ms local (bool) → ref string: the party's next message; R0403, R0404. Waits.
    RbcReceive = "rbc.receive",
    /// word timeout_ms → word party, ref string: any party's next message; party-local; R0404. Waits.
    RbcReceiveAny = "rbc.receiveany",
    /// – → word: this party's index; party-local.
    PartyId = "party.id",
    /// – → word: number of parties.
    NParties = "party.count",
    /// – → word: parties whose joint view discloses nothing.
    Threshold = "party.threshold",
    /// – → word (uint64): the session's number.
    InstanceId = "session.id",
    /// – → ref string: the backend's name.
    ProtocolName = "session.protocol",
    /// – → ref list[string]: what the session has.
    Capabilities = "session.capabilities",
    /// – → ref list[uint8]: 32 random bytes of this party; party-local.
    LocalBytes = "local.bytes",
    /// word bits → word (uint64): random bits of this party; party-local; R0404.
    LocalWord = "local.word",
    /// ref string → ref list[uint8]: its UTF-8 form.
    BytesOfText = "bytes.oftext",
    /// ref list[uint8] → ref list[uint8]: SHA-256 (FIPS 180-4).
    Sha256 = "sha256",
    /// refs list[uint8], curve (string) → ref list[uint8]: an element of the curve's scalar field; R0404.
    HashToField = "crypto.hashtofield",
    /// refs list[uint8], curve (string) → ref list[uint8]: the inverse of such an element; R0404.
    FieldInv = "crypto.fieldinv",
    /// ref list[uint8] → ref list[uint8]: a point of BLS12-381's G1.
    HashToG1 = "crypto.hashtog1",
    /// refs list[uint8], curve (string) → ref list[uint8]: a point's x as such an element; R0404.
    PointX = "crypto.pointx",
    /// refs list[uint8], curve (string) → ref list[uint8]: such an element, big-endian; R0404.
    FieldBytes = "crypto.fieldbytes",
    /// refs list[uint8], curve (string) → ref list[uint8]: a point in the short form of SEC 1; R0404.
    PointSec1 = "crypto.pointsec1",
    /// ref list[uint8] → ref list[uint8]: SHA-512.
    Sha512 = "sha512",
    /// – → secret: a uniform value of the register's format, integer or bool, that nobody knows.
    Random = "random",
    /// word bits → ref: a uniform share of kind SecretInt(bits); R0404.
    RandomShare = "random.share",
    /// secret s → ref: a share of the kind of the register's format.
    ShareOf = "share.of",
    /// ref share → secret: in the register's format; R0401 if that does not hold all values of the share's kind.
    ShareTo = "share.to",
    /// words v (int64) bits → ref: a share of kind SecretInt(bits); R0404, R0106.
    ShareInt = "share.int",
    /// words v (uint64) bits → ref: SecretUInt(bits); R0404, R0106.
    ShareUInt = "share.uint",
    /// words v (float64) total frac → ref: SecretFixed(total, frac); R0404, R0106.
    ShareFix = "share.fix",
    /// refs a b, or ref a and words k (int64 or float64) swapped (bool) → ref: the sum, not range-checked; R0401.
    ShareAdd = "share.add",
    /// As `ShareAdd`: the difference, k - a if swapped.
    ShareSub = "share.sub",
    /// As `ShareAdd`: the product.
    ShareMul = "share.mul",
    /// As `ShareSub`: the quotient, as the kind's `secret T`.
    ShareDiv = "share.div",
    /// As `ShareSub`: the remainder `%`.
    ShareRem = "share.rem",
    /// As `ShareSub`: the remainder `mod`.
    ShareMod = "share.mod",
    /// ref share → ref: the negative, not range-checked.
    ShareNeg = "share.neg",
    /// ref share, word bits → ref: the same with another number of bits, without check; R0404.
    ShareRetag = "share.retag",
    /// ref list[Share] → –: R0203 if it is empty or its shares are of several kinds.
    ShareAlike = "share.alike",
    /// ref share → ref string: its kind.
    ShareKind = "share.kind",
    /// ref list or array, words start offset n (int64) → refs: per leaf, all words or secrets, its n elements from start + offset on, as an
    /// array; no values if they are not all there, or an array has other axes than one. Awaits the tickets.
    LanesOf = "lanes.of",
    /// ref list of references, word i → ref: element i, or no value; negative indices count from the end.
    LanesRow = "lanes.row",
    /// words start n → ref array[int64]: n numbers from start on; no value if they do not fit.
    LanesRange = "lanes.range",
    /// As `ArrayWhere` with a secret condition, with no value for a trap.
    LanesWhere = "lanes.where",
    /// ref array[int64] of one element → word: that, or the least number, which is in no list, for no value.
    LanesWord = "lanes.word",
    /// ref list or array, words start offset n → word: whether `LanesOf` has values.
    LanesFit = "lanes.fit",
    /// refs → word: whether all are values.
    LanesReady = "lanes.ready",
    /// refs a b, a b, … → word: whether no such pair is one and the same.
    LanesApart = "lanes.apart",
    /// ref list, refs of arrays, one per leaf, word n → –: appends n elements; an array of one element gives it to all.
    LanesAppend = "lanes.append",
    /// ref list or array of one axis, refs of arrays as `LanesAppend`, words start offset n → –: stores elements from start + offset on;
    /// R0203, R0201 before anything changes.
    LanesStore = "lanes.store",
}

impl Builtin {
    /// Whether it is an operation on arrays.
    #[must_use]
    pub const fn is_array(self) -> bool {
        self as u8 >= Self::ArrayScalar as u8 && self as u8 <= Self::ArrayArgSort as u8
    }

    /// Whether it is an operation on lanes, as loops over lists become.
    #[must_use]
    pub const fn is_lanes(self) -> bool {
        self as u8 >= Self::LanesOf as u8 && self as u8 <= Self::LanesStore as u8
    }

    /// The function of floats that it is.
    #[must_use]
    pub const fn math(self) -> Option<MathOp> {
        Some(match self {
            Self::Sqrt => MathOp::Sqrt,
            Self::Exp => MathOp::Exp,
            Self::Log => MathOp::Log,
            Self::Log2 => MathOp::Log2,
            Self::Sin => MathOp::Sin,
            Self::Cos => MathOp::Cos,
            Self::Tan => MathOp::Tan,
            Self::Atan => MathOp::Atan,
            Self::Tanh => MathOp::Tanh,
            _ => return None,
        })
    }
}

impl From<MathOp> for Builtin {
    fn from(op: MathOp) -> Self {
        match op {
            MathOp::Sqrt => Self::Sqrt,
            MathOp::Exp => Self::Exp,
            MathOp::Log => Self::Log,
            MathOp::Log2 => Self::Log2,
            MathOp::Sin => Self::Sin,
            MathOp::Cos => Self::Cos,
            MathOp::Tan => Self::Tan,
            MathOp::Atan => Self::Atan,
            MathOp::Tanh => Self::Tanh,
        }
    }
}
