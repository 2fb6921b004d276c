//! The checked program in; functions in SSA form over basic blocks with parameters out.
//!
//! A value is one leaf: a public word, a secret scalar, a ticket or a reference; tuples and optionals do not exist here.
//! Effects are explicit: instructions of a block run in order, and [`effects`] says which may be merged, moved or dropped.
//! A ticket may stand where a word is expected until [`tickets`] has put an await before each first use.
//! Not here: registers and encodings (`codegen`).
//! Source: Braun et al., Simple and Efficient Construction of Static Single Assignment Form, CC 2013.

mod build;
pub(crate) mod cfg;
mod check;
pub(crate) mod clean;
mod demands;
mod dump;
mod effects;
mod inlined;
mod lower;
mod pass;
mod tickets;

use crate::hash::HashMap;

use stoffel_bytecode::{Builtin, DisclosureKind, Leaf, Receivers, SlotRow, Type};
use stoffel_syntax::Span;
use stoffel_value::{BinOp, CmpOp, ScalarTy, TrapCode, UnOp};

pub(crate) use cfg::{postorder_rev, predecessors};
pub(crate) use check::check;
pub(crate) use clean::{merge_blocks, prune, remove_dead_constants, split_critical_edges};
pub(crate) use demands::unsupported;
pub(crate) use dump::dump;
pub(crate) use lower::lower;
pub(crate) use pass::optimise;

/// One leaf of a value: what bank it lives in and its format.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Repr {
    /// A public scalar.
    Word(ScalarTy),
    /// A secret scalar.
    Secret(ScalarTy),
    /// A promised opening of a scalar.
    Ticket(ScalarTy),
    /// A string, list, dict, array or object.
    Ref(TypeId),
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub(crate) struct $name(pub(crate) u32);
        impl $name {
            /// As an index.
            pub(crate) const fn idx(self) -> usize { self.0 as usize }
        }
    )* };
}

ids! {
    /// A value of one function.
    ValueId,
    /// A block of one function.
    BlockId,
    /// A function of the module.
    FuncId,
    /// A type of the module.
    TypeId,
}

/// A whole program.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// Types and strings that functions name.
    pub(crate) tables: Tables,
    /// Functions.
    pub(crate) functions: Vec<Function>,
    /// The one that is run.
    pub(crate) entry: Option<FuncId>,
    /// Parameters of `main`.
    pub(crate) inputs: Vec<InputRow>,
    /// Results of `main`.
    pub(crate) outputs: Vec<OutputRow>,
    /// Everything that is disclosed, in order of code.
    pub(crate) disclosures: Vec<Row>,
    /// Object types; empty until all functions are lowered.
    pub(crate) objects: Vec<stoffel_bytecode::Object>,
    /// By file, whether it is one of the library.
    pub(crate) library: Vec<bool>,
    /// Reads of positional inputs.
    pub(crate) slots: Vec<SlotRow>,
}

impl Module {
    /// Whether a place is in the library.
    pub(crate) fn in_library(&self, span: Span) -> bool {
        self.library.get(span.file.0 as usize).copied().unwrap_or(false)
    }
}

/// A parameter of `main`.
#[derive(Debug)]
pub(crate) struct InputRow {
    /// Name.
    pub(crate) name: String,
    /// Type.
    pub(crate) ty: TypeId,
    /// Owner.
    pub(crate) role: Option<String>,
    /// One member per client.
    pub(crate) each: bool,
    /// Default in printed form.
    pub(crate) default: Option<String>,
}

/// A result of `main`.
#[derive(Debug)]
pub(crate) struct OutputRow {
    /// Type.
    pub(crate) ty: TypeId,
    /// Who gets it.
    pub(crate) to: Receivers,
}

/// A row of the disclosure list.
#[derive(Debug)]
pub(crate) struct Row {
    /// How.
    pub(crate) kind: DisclosureKind,
    /// Where.
    pub(crate) span: Span,
    /// Enclosing function.
    pub(crate) function: String,
    /// Static type.
    pub(crate) ty: TypeId,
    /// Who learns it.
    pub(crate) to: Receivers,
}

/// Interned types and strings.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// By [`TypeId`].
    pub(crate) types: Vec<Type>,
    /// By [`Op::Str`].
    pub(crate) strings: Vec<String>,
    /// Places of code that stands where it was called.
    pub(crate) inlined: inlined::Inlined,
    type_ids: HashMap<Type, TypeId>,
    string_ids: HashMap<String, u32>,
}

impl Tables {
    /// The id of a type.
    pub(crate) fn ty(&mut self, ty: &Type) -> TypeId {
        if let Some(id) = self.type_ids.get(ty) {
            return *id;
        }
        let id = TypeId(index(self.types.len()));
        self.types.push(ty.clone());
        self.type_ids.insert(ty.clone(), id);
        id
    }

    /// The id of a string.
    pub(crate) fn string(&mut self, text: &str) -> u32 {
        if let Some(id) = self.string_ids.get(text) {
            return *id;
        }
        let id = index(self.strings.len());
        self.strings.push(text.to_owned());
        self.string_ids.insert(text.to_owned(), id);
        id
    }

    /// Replaces every type; distinct types must stay distinct.
    pub(crate) fn map_types(&mut self, with: &dyn Fn(&Type) -> Type) {
        self.types.iter_mut().for_each(|ty| *ty = with(ty));
        self.type_ids = self.types.iter().cloned().zip((0..).map(TypeId)).collect();
    }

    /// The leaves of a type.
    pub(crate) fn reprs(&mut self, ty: &Type) -> Vec<Repr> {
        ty.leaves().iter().map(|leaf| self.repr(leaf)).collect()
    }

    fn repr(&mut self, leaf: &Leaf) -> Repr {
        match leaf {
            Leaf::Word(ty) => Repr::Word(*ty),
            Leaf::Secret(ty) => Repr::Secret(*ty),
            Leaf::Ref(Type::Ticket(ty)) => Repr::Ticket(*ty),
            Leaf::Ref(ty) => Repr::Ref(self.ty(ty)),
        }
    }
}

/// Indices of one program's tables fit 32 bits: every entry stems from at least one byte of a source below 4 GiB.
pub(crate) fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// A function.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// Name in the source.
    pub(crate) name: String,
    /// Its header.
    pub(crate) span: Span,
    /// Leaves of the result.
    pub(crate) results: Vec<Repr>,
    /// By [`BlockId`]; the first is where it starts, its parameters are the function's, and nothing jumps to it.
    pub(crate) blocks: Vec<Block>,
    /// By [`ValueId`].
    pub(crate) values: Vec<Repr>,
}

/// A basic block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Values that the edges to it give.
    pub(crate) params: Vec<ValueId>,
    /// In order of execution.
    pub(crate) insts: Vec<Inst>,
    /// How it ends.
    pub(crate) term: Term,
    /// Where the end stands.
    pub(crate) span: Span,
}

/// An instruction.
#[derive(Clone, Debug)]
pub(crate) struct Inst {
    /// What it does.
    pub(crate) op: Op,
    /// Operands.
    pub(crate) args: Vec<ValueId>,
    /// What it defines.
    pub(crate) results: Vec<ValueId>,
    /// Where it comes from.
    pub(crate) span: Span,
}

/// Operations. Formats are those of the operands and results.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Op {
    /// A word.
    Const(u64),
    /// A string of the tables.
    Str(u32),
    /// On words.
    Bin(BinOp),
    /// On `int64`, a + v.
    AddImm(i16),
    /// On words.
    Un(UnOp),
    /// On words.
    Cmp(CmpOp),
    /// Word to word.
    Convert,
    /// Of a function.
    Call(FuncId),
    /// Captured leaves → function value: they are the function's first parameters.
    Closure(FuncId),
    /// Of a function value, then its arguments.
    CallValue,
    /// Calls a function value without arguments → code of the trap that stopped it (string), or the empty string.
    Try,
    /// Leaves of a value of the type → string.
    Format(TypeId),
    /// The one leaf of a value of the type, then the specification (string) → string.
    FormatSpec(TypeId),
    /// Strings → string.
    ConcatStr,
    /// A line.
    Print,
    /// → list or dict
    NewList,
    /// → no value: the reference leaf of an absent optional.
    Nil,
    /// String, list or dict → `int64`
    Len,
    /// List, index → leaves; dict, row → leaves of key and value.
    Get,
    /// List, index, leaves; tickets may stand for words.
    Set,
    /// List, leaves; tickets may stand for words.
    Append,
    /// Dict, leaves of a key (so many), leaves of its value; tickets may stand for words of the value.
    Put(u32),
    /// Leaves of all fields → object; tickets may stand for words.
    NewObject,
    /// Object → leaves of a field
    GetField(u32),
    /// Object, leaves of a field; tickets may stand for words.
    SetField(u32),
    /// Object → the same as one of its base
    Upcast,
    /// Operands by bank, in order.
    Builtin(Builtin),
    /// Word → secret
    Hide,
    /// Public list, dict or object → the same with secrets
    HideRef,
    /// Two operands, at least one secret.
    SBin(BinOp),
    /// On a secret.
    SUn(UnOp),
    /// Two operands, at least one secret.
    SCmp(CmpOp),
    /// Condition (secret bool), then, else; sides may be words.
    Select,
    /// Secret → secret
    SConvert,
    /// Arrays or arrays without axes, element by element.
    ABin(BinOp),
    /// On an array.
    AUn(UnOp),
    /// Two arrays.
    ACmp(CmpOp),
    /// Array → array of another format.
    AConvert,
    /// As `ABin`; no value where it traps, or if an operand is none.
    LBin(BinOp),
    /// As `AUn`, likewise.
    LUn(UnOp),
    /// As `ACmp`, likewise.
    LCmp(CmpOp),
    /// As `AConvert`, likewise.
    LConvert,
    /// Array without axes, array of secrets → their combination from the left, likewise.
    LFold(BinOp),
    /// Condition (secret bool).
    GuardEnter,
    /// Ends the innermost guard.
    GuardLeave,
    /// Secret → ticket
    Open(u32),
    /// Ticket → word
    Await,
    /// List, dict or object with secrets → the public one
    OpenRef(u32),
    /// Slot, position → secret; index of the row.
    Take(u32),
    /// Key, party-local (bool), leaves of a value of the type; index of the disclosure.
    Store(TypeId, Option<u32>),
    /// Key, party-local (bool) → leaves of a value of the type; index of the disclosure.
    Load(TypeId, Option<u32>),
    /// Share → string; index of the disclosure.
    OpenShare(u32),
    /// The slot, if it is known at run time only, then leaves; index of the disclosure.
    Send(u32),
    /// Parameter of `main` → leaves
    Input(u32),
    /// Result of `main`, leaves.
    Output {
        /// Index of the output.
        row: u32,
        /// Index of the disclosure.
        disclosure: Option<u32>,
    },
}

/// An edge to a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Edge {
    /// The target.
    pub(crate) to: BlockId,
    /// One per parameter of the target.
    pub(crate) args: Vec<ValueId>,
}

/// The right operand of a fused comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Right {
    /// A value.
    Value(ValueId),
    /// A constant that an instruction holds.
    Small(i16),
}

/// How a block ends.
#[derive(Clone, Debug)]
pub(crate) enum Term {
    /// Not ended yet; only while a function is built.
    Open,
    /// Goes on at the edge.
    Jump(Edge),
    /// On a public bool.
    Branch(ValueId, Edge, Edge),
    /// `a < b` or `a == b`, or the opposite, on `int64`; only in `codegen`.
    BranchCmp {
        /// Whether `==` rather than `<` is tested.
        equal: bool,
        /// Left operand.
        a: ValueId,
        /// Right operand.
        b: Right,
        /// Whether the opposite is tested: `>=`, `!=`.
        negate: bool,
        /// If it holds.
        then: Edge,
        /// If not.
        other: Edge,
    },
    /// With the leaves of the result.
    Return(Vec<ValueId>),
    /// R0301 with a message.
    Fail(ValueId),
    /// Any trap.
    Trap(TrapCode),
}

impl Term {
    /// The edges, in order.
    pub(crate) fn edges(&self) -> impl Iterator<Item = &Edge> {
        let (first, second) = match self {
            Self::Jump(edge) => (Some(edge), None),
            Self::Branch(_, then, other) | Self::BranchCmp { then, other, .. } => (Some(then), Some(other)),
            _ => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// The edges, in order.
    pub(crate) fn edges_mut(&mut self) -> impl Iterator<Item = &mut Edge> {
        let (first, second) = match self {
            Self::Jump(edge) => (Some(edge), None),
            Self::Branch(_, then, other) | Self::BranchCmp { then, other, .. } => (Some(then), Some(other)),
            _ => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// Operands that are not arguments of edges.
    pub(crate) fn operands(&self) -> Vec<ValueId> {
        match self {
            Self::Branch(cond, ..) => vec![*cond],
            Self::BranchCmp { a, b: Right::Value(b), .. } => vec![*a, *b],
            Self::BranchCmp { a, b: Right::Small(_), .. } => vec![*a],
            Self::Return(values) => values.clone(),
            Self::Fail(message) => vec![*message],
            Self::Open | Self::Jump(_) | Self::Trap(_) => Vec::new(),
        }
    }

    /// Every operand, arguments of edges included.
    pub(crate) fn uses_mut(&mut self) -> Vec<&mut ValueId> {
        match self {
            Self::Jump(edge) => edge.args.iter_mut().collect(),
            Self::Branch(cond, then, other) => {
                std::iter::once(cond).chain(&mut then.args).chain(&mut other.args).collect()
            }
            Self::BranchCmp { a, b, then, other, .. } => {
                let b = match b {
                    Right::Value(b) => Some(b),
                    Right::Small(_) => None,
                };
                std::iter::once(a).chain(b).chain(&mut then.args).chain(&mut other.args).collect()
            }
            Self::Return(values) => values.iter_mut().collect(),
            Self::Fail(message) => vec![message],
            Self::Open | Self::Trap(_) => Vec::new(),
        }
    }
}

impl Function {
    /// A new value.
    pub(crate) fn value(&mut self, repr: Repr) -> ValueId {
        let id = ValueId(index(self.values.len()));
        self.values.push(repr);
        id
    }

    /// A new block without end.
    pub(crate) fn block(&mut self, span: Span) -> BlockId {
        let id = BlockId(index(self.blocks.len()));
        self.blocks.push(Block { params: Vec::new(), insts: Vec::new(), term: Term::Open, span });
        id
    }

    /// The leaf of a value.
    pub(crate) fn repr(&self, value: ValueId) -> Repr {
        self.values[value.idx()]
    }

    /// Replaces operands everywhere.
    pub(crate) fn rewrite(&mut self, mut with: impl FnMut(ValueId) -> ValueId) {
        for block in &mut self.blocks {
            for inst in &mut block.insts {
                for arg in &mut inst.args {
                    *arg = with(*arg);
                }
            }
            for value in block.term.uses_mut() {
                *value = with(*value);
            }
        }
    }
}
