//! The typed program: names resolved, types and secrecy inferred, conversions explicit, functions instantiated.
//!
//! Everything that the source leaves implicit is written out here: operands of one operation have one format, every
//! conversion is a node, compound assignments evaluate base and index once through synthetic locals, chains are `Let`s,
//! `match` is `if`. What has an error is never lowered further.
//! Not here: how it is decided (`analysis`), evaluation order of machine code (`mir`).

mod array;
mod dump;
mod module;
mod object;

use std::rc::Rc;

use stoffel_bytecode::DisclosureKind;
use stoffel_syntax::Span;
use stoffel_value::{BinOp, CmpOp, MathOp, ScalarTy, TrapCode, UnOp, Value};

pub use array::{ArrayFn, Sub, Subs};
pub use dump::dump;
pub use module::ModuleFn;
pub use object::{EnumInfo, Field, Marks, Object, ObjectInfo, ObjectTy};

/// A type of the language, aliases resolved.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Ty {
    /// The type of what failed; compatible with all.
    Error,
    /// No value (a call of a function without result).
    Unit,
    /// A scalar, public or secret.
    Scalar {
        /// Its format.
        ty: ScalarTy,
        /// Whether it is secret.
        secret: bool,
    },
    /// A public string.
    Str,
    /// A secret text; its length is public.
    Text,
    /// A list.
    List(Rc<Self>),
    /// An array of a scalar type.
    Array(Rc<Self>),
    /// A tuple.
    Tuple(Rc<[Self]>),
    /// An optional; never of an optional.
    Optional(Rc<Self>),
    /// A dict: public keys, values.
    Dict(Rc<Self>, Rc<Self>),
    /// An object or its secret view.
    Object(ObjectTy),
    /// An enum. In a finished program it is `int64`.
    Enum {
        /// The declaration.
        of: Rc<EnumInfo>,
        /// Whether it is secret.
        secret: bool,
    },
    /// A secret scalar whose kind is known at run time.
    Share,
    /// Who broadcast a message, and the message.
    RbcResult,
    /// A function value whose type is known at run time only.
    Closure,
    /// A handle of this name that no backend there is gives: no value exists.
    Handle(&'static str),
    /// A function value of a written type.
    Func(Rc<FuncTy>),
    /// One particular function with the variables that it captures: the type of a function bound to an un-annotated name.
    Def(Rc<Def>),
}

/// A function type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncTy {
    /// Types of the arguments.
    pub params: Vec<Ty>,
    /// Type of the result, [`Ty::Unit`] if there is none.
    pub result: Ty,
}

/// One function of the source with the surroundings that its instances depend on.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Def {
    /// Place among the module's functions.
    pub func: usize,
    /// Source name.
    pub name: Rc<str>,
    /// Variables that a nested function captures, in order of its parameters.
    pub captures: Rc<[Capture]>,
    /// Type parameters of the functions around it.
    pub bound: Rc<[(Rc<str>, Ty)]>,
    /// Its function type, if it stands without a call.
    pub sig: Option<Rc<FuncTy>>,
}

/// A captured variable.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Capture {
    /// Name.
    pub name: Rc<str>,
    /// Type.
    pub ty: Ty,
    /// Captured by reference; else its value, which never changes, is copied.
    pub cell: bool,
    /// Assigned where the function value is made.
    pub ready: bool,
    /// Its uses decide its type.
    pub inferred: bool,
    /// Only untyped literals have decided it.
    pub soft: bool,
    /// It is a nested function.
    pub function: bool,
    /// Declaration.
    pub span: Span,
}

/// Index of an instance in [`Program::instances`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct InstanceId(pub u32);

/// Index of a local in [`Instance::locals`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LocalId(pub u32);

/// Index of a row in [`Program::disclosures`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RowId(pub u32);

/// A checked program. Only built when there is no error.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Function instances, callees anywhere.
    pub instances: Vec<Instance>,
    /// What is run; `None` for a library.
    pub entry: Option<Entry>,
    /// Reveals in order of instantiation; results of `main` are added by `mir`.
    pub disclosures: Vec<Row>,
    /// Objects by [`ObjectInfo::id`].
    pub objects: Vec<Object>,
    /// By file, whether it is one of the library: what happens there is told at the call of it (LANGUAGE §18.2).
    pub library: Vec<bool>,
}

/// The interface and what is run.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The instance of `main` (its parameters are the inputs), or the script body (no parameters).
    pub instance: InstanceId,
    /// One per parameter.
    pub inputs: Vec<Input>,
    /// One per destination; empty if there is no result.
    pub outputs: Vec<Output>,
}

/// A parameter of `main`.
#[derive(Clone, Debug)]
pub struct Input {
    /// Name.
    pub name: String,
    /// Type (for `from each`: the list).
    pub ty: Ty,
    /// Owner role; `Some("dealer")` for a secret parameter without owner, `None` for a public one.
    pub role: Option<String>,
    /// `from each`.
    pub each: bool,
    /// Default in printed form.
    pub default: Option<String>,
    /// Where it is declared.
    pub span: Span,
}

/// A result of `main`.
#[derive(Clone, Debug)]
pub struct Output {
    /// Which component of the result tuple; `None` for the whole result.
    pub component: Option<u32>,
    /// Its type.
    pub ty: Ty,
    /// Destination.
    pub dest: Dest,
    /// Where the destination or type is written.
    pub span: Span,
}

/// Where a result goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Dest {
    /// Public without `to`.
    Everyone,
    /// Secret without `to` (W0402).
    Nobody,
    /// `to ROLE`
    Role(String),
    /// `to each ROLE`
    Each(String),
    /// The client in a slot.
    Slot(u32),
    /// The client in a slot that is known at run time only.
    AnySlot,
    /// The parties' stores, under a key.
    Key(String),
    /// The parties' stores, under a key that is known at run time only.
    AnyKey,
}

/// A reveal form of one instance.
#[derive(Clone, Debug)]
pub struct Row {
    /// How.
    pub kind: DisclosureKind,
    /// Where.
    pub span: Span,
    /// Enclosing function.
    pub function: String,
    /// Static type disclosed (secret side).
    pub ty: Ty,
    /// Receivers.
    pub to: Dest,
}

/// One function with concrete types.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Source name.
    pub name: String,
    /// The header.
    pub span: Span,
    /// Captured variables, which come before the parameters.
    pub captures: Vec<LocalId>,
    /// Parameters, in order.
    pub params: Vec<LocalId>,
    /// The secret condition under which it runs, if it does: a hidden parameter before the others.
    pub pi: Option<LocalId>,
    /// All variables, synthetic ones too.
    pub locals: Vec<Local>,
    /// Result type, `Unit` if none.
    pub result: Ty,
    /// Body.
    pub body: Vec<Stmt>,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Local {
    /// Name; synthetic ones begin with `$`.
    pub name: String,
    /// Type.
    pub ty: Ty,
    /// Shared with functions that capture it, and assigned: lives in a cell of its own.
    pub cell: bool,
    /// Declaration.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where.
    pub span: Span,
}

/// Kinds of statements.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `place = value`; the value has the place's type.
    Assign(Place, Expr),
    /// A new variable without value.
    Declare(LocalId),
    /// Evaluated and dropped.
    Expr(Expr),
    /// Public condition (bool).
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// Bodies that secrets choose.
    SecretIf(SecretIf),
    /// Public condition (bool).
    While(Expr, Vec<Stmt>),
    /// Counts or walks.
    For(Pattern, Iter, Vec<Stmt>),
    /// With the function's result type, or none.
    Return(Option<Expr>),
    /// Innermost loop.
    Break,
    /// Innermost loop.
    Continue,
    /// Condition, then message (string) if given.
    Assert(Expr, Option<Expr>),
}

/// Bodies that secret bools choose: all of them run, and the first whose condition holds, else `other`, decides (LANGUAGE §10.5).
#[derive(Clone, Debug)]
pub struct SecretIf {
    /// Conditions with their bodies; each condition but the first is evaluated where those before it do not hold.
    pub arms: Vec<(Expr, Vec<Stmt>)>,
    /// The last body.
    pub other: Vec<Stmt>,
    /// Variables that keep the value of the body that decides. Element assignments in bodies select by [`ExprKind::Pi`] themselves.
    pub merged: Vec<Merged>,
}

/// A variable that takes the value of the body that decides.
#[derive(Clone, Copy, Debug)]
pub struct Merged {
    /// The variable.
    pub local: LocalId,
    /// Where it is assigned.
    pub span: Span,
    /// Every body declares it, and it goes on after them.
    pub begins: bool,
}

/// What is assigned to.
#[derive(Clone, Debug)]
pub enum Place {
    /// A variable.
    Local(LocalId),
    /// A variable that begins here; in functions that hold others.
    New(LocalId),
    /// An element of a list, the index a public `int64`; or the value of a key of a dict.
    Index(Box<Expr>, Box<Expr>),
    /// A field of an object.
    Field(Box<Expr>, u32),
    /// Elements of an array, with the parts of its indices; the value is an array or a scalar of the element type.
    Items(Box<Expr>, Subs, Vec<Expr>),
    /// Elements of a list, or values of a dict, where the other list, of secret bools, holds.
    Scan(Box<Expr>, Box<Expr>),
    /// Members of a tuple (or of a list, R0203 on another length), evaluated places left to right.
    Unpack(Vec<Place>),
    /// `_`
    Discard,
}

/// What a loop binds.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// A variable.
    Local(LocalId),
    /// `_`
    Discard,
    /// Members of a tuple, or of a list (R0203).
    Unpack(Vec<Pattern>),
}

/// What a loop walks.
#[derive(Clone, Debug)]
pub enum Iter {
    /// `a..b`, both `int64`.
    Range(Expr, Expr),
    /// A list, string (1-character strings), dict (its keys) or array (rows of its first axis).
    Value(Expr),
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Ty,
    /// Where.
    pub span: Span,
}

/// Kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A public scalar, string, or `None`.
    Const(Value),
    /// A variable.
    Local(LocalId),
    /// Both operands of one format (shifts and `PowInt`: right `int64`, public or secret); each may be secret or not; the result is secret if one is.
    /// Also bools for `And`, `Or`, `Xor` when they do not short-circuit.
    Binary(BinOp, Box<Expr>, Box<Expr>),
    /// One operand.
    Unary(UnOp, Box<Expr>),
    /// Scalars (integer formats may differ) or public strings; the result is bool, secret if an operand is.
    Compare(CmpOp, Box<Expr>, Box<Expr>),
    /// Lists or tuples or optionals compared deeply: only `Eq` and `Ne` for lists, all six for public tuples.
    CompareDeep(CmpOp, Box<Expr>, Box<Expr>),
    /// Short-circuit `and` of public bools; the right side may be secret, then the result is.
    And(Box<Expr>, Box<Expr>),
    /// Short-circuit `or`.
    Or(Box<Expr>, Box<Expr>),
    /// Public condition; only the chosen side is evaluated.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Secret condition; both sides evaluated. `guarded`: traps [S] of a side count only if it is chosen (`a if c else b`).
    Select {
        /// Secret bool.
        cond: Box<Expr>,
        /// Value if true.
        then: Box<Expr>,
        /// Value if false.
        other: Box<Expr>,
        /// See above.
        guarded: bool,
    },
    /// Whether all secret conditions around this place hold (secret bool); only where there are some.
    Pi,
    /// To the type of this node: scalar conversions of LANGUAGE §6.3–6.4, public to secret (also of whole containers and objects, which become new ones),
    /// `T` to `T?`, a derived object to its base.
    Convert(Box<Expr>),
    /// Binds a synthetic local for the second expression.
    Let(LocalId, Box<Expr>, Box<Expr>),
    /// A display; the type gives the element type.
    List(Vec<Expr>),
    /// A tuple.
    Tuple(Vec<Expr>),
    /// Member of a tuple.
    Member(Box<Expr>, u32),
    /// A new object; fields in order, of the types that they have in the object's type.
    Object(Vec<Expr>),
    /// Field of an object.
    Field(Box<Expr>, u32),
    /// Element of a list or character of a string, index `int64`; value of a key of a dict (R0202).
    Index(Box<Expr>, Box<Expr>),
    /// Slice of a list or string; bounds and step `int64`.
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// List comprehension.
    Comprehension(Vec<Clause>, Box<Expr>),
    /// A dict display; of equal keys the first place and the last value count.
    Dict(Vec<(Expr, Expr)>),
    /// Dict comprehension: key, then value.
    DictComprehension(Vec<Clause>, Box<Expr>, Box<Expr>),
    /// Whether an optional is absent: a public bool.
    IsNone(Box<Expr>),
    /// What is in an optional that is surely present.
    Present(Box<Expr>),
    /// A formatted string.
    Format(Vec<Part>),
    /// Call of an instance; arguments have the parameters' types, in parameter order (evaluation order kept by `Let`s where it differs).
    /// The value of a function that captures comes before the arguments.
    Call(InstanceId, Vec<Expr>),
    /// A function of its own type: the captured variables, by reference or value.
    Function(Vec<LocalId>),
    /// A function value of a written type: an instance of the function of the operand, which has its own type.
    Closure(InstanceId, Box<Expr>),
    /// Call of a function value of a written type; arguments have its parameters' types.
    CallValue(Box<Expr>, Vec<Expr>),
    /// A prelude function; see its table for operands.
    Prelude(Prelude, Vec<Expr>),
    /// An operation of a protocol module; see its table for operands.
    Module(ModuleFn, Vec<Expr>),
    /// Public form of the operand, disclosed as the row.
    Reveal(Box<Expr>, RowId),
}

/// A clause of a comprehension.
#[derive(Clone, Debug)]
pub enum Clause {
    /// `for p in it`
    For(Pattern, Iter),
    /// `if c`, public.
    If(Expr),
}

/// A part of a formatted string.
#[derive(Clone, Debug)]
pub enum Part {
    /// Literal text.
    Text(String),
    /// A hole with its format specification, if any.
    Hole(Expr, Option<String>),
}

/// Prelude functions that survive typing. Operand types are exact; `xs` a list of T. The rest (`reveal`, `select`, `len` of W0304, `type_name`,
/// `to_secret`, …) has become other nodes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "named as in the prelude; LANGUAGE §16")]
pub enum Prelude {
    /// Any operands, printed joined by blanks.
    Print,
    /// One operand.
    ToString,
    Len,
    /// a, b, step: `int64`.
    Range,
    /// Two scalars of one format; more are nested.
    Min,
    Max,
    /// Reductions of lists.
    MinOf,
    MaxOf,
    Sum,
    /// `mean`; the result type decides the arithmetic.
    Mean,
    Any,
    All,
    ArgMin,
    ArgMax,
    /// Two lists of one numeric type.
    Dot,
    /// list, secret integer, then a secret bool if given: one secret bool per element, true at that index if the bool holds.
    /// R0201 [S].
    OneHot,
    /// Result of `OneHot`, list: the element where it holds, else zero.
    Pick,
    /// Secret bool, list, new list as long: elements become those of the new list where the bool holds.
    MergeInto,
    Append,
    Extend,
    Insert,
    Pop,
    Delete,
    Clear,
    Reverse,
    Reversed,
    Copy,
    Remove,
    /// xs, v, start, stop.
    IndexOf,
    Count,
    /// container, element: `in`.
    Contains,
    /// Rows (key, place, element), reverse (bool): by key, then place; then the other way around. Secret keys come without places and
    /// with secret elements.
    SortRows,
    /// xs, reverse (bool).
    Sort,
    Sorted,
    Enumerate,
    /// Two lists.
    Zip,
    /// a + b on strings and lists.
    Concat,
    /// x * n.
    Repeat,
    Split,
    Join,
    Strip,
    Upper,
    Lower,
    Replace,
    StartsWith,
    EndsWith,
    Find,
    ParseInt,
    /// A dict; `Len`, `Clear`, `Copy`, `Contains` and `Remove` (R0202) take one, too.
    Keys,
    Values,
    Items,
    /// Dict, key → `V?`
    GetKey,
    /// Dict, key, default.
    GetOr,
    /// a, b, tol; R0301.
    AssertClose,
    /// On arrays.
    Array(ArrayFn),
    /// f (a function value without parameters), code (string); R0301.
    ExpectTrap,
    /// An operation of the library's built-in table.
    Native(Native),
}

/// Operations that only the library names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Native {
    /// A function of a public `float64`.
    Math(MathOp),
    /// A trap if the bool holds; a secret one traps in the clear engine only [S].
    TrapIf(TrapCode),
    /// A list of what secrets choose among: a new one, in a uniform order that nobody knows.
    Shuffle,
}
