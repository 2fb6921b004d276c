//! Words, rows and lanes that an attempt needs in; its instructions out, each once.

use crate::hash::{HashMap, HashSet};

use stoffel_bytecode::{Builtin, Type};
use stoffel_syntax::Span;
use stoffel_value::{BinOp, ScalarTy};

use super::INT;
use crate::mir::{Function, Inst, Op, Repr, Tables, TypeId, ValueId};

/// What is added to the counter: a word that turns do not change, and a constant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Offset {
    /// The word, in the attempt.
    pub(super) base: Option<ValueId>,
    /// The constant.
    pub(super) constant: i64,
}

/// Elements of arrays: their format, and whether they are secret.
pub(super) type Element = (ScalarTy, bool);

/// The instructions of an attempt on their way.
pub(super) struct Emitter<'a> {
    pub(super) function: &'a mut Function,
    pub(super) tables: &'a mut Tables,
    pub(super) insts: Vec<Inst>,
    /// The counter's first value.
    pub(super) start: ValueId,
    /// The number of turns.
    pub(super) trips: ValueId,
    constants: HashMap<(Repr, u64), ValueId>,
    singles: HashMap<ValueId, ValueId>,
    /// Arrays that have one element for all turns.
    single: HashSet<ValueId>,
    offsets: HashMap<Offset, ValueId>,
    range: Option<ValueId>,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(function: &'a mut Function, tables: &'a mut Tables, start: ValueId, trips: ValueId) -> Self {
        Self {
            function,
            tables,
            insts: Vec::new(),
            start,
            trips,
            constants: HashMap::default(),
            singles: HashMap::default(),
            single: HashSet::default(),
            offsets: HashMap::default(),
            range: None,
        }
    }

    /// An instruction with one result.
    pub(super) fn one(&mut self, op: Op, args: Vec<ValueId>, repr: Repr, span: Span) -> ValueId {
        let result = self.function.value(repr);
        self.insts.push(Inst { op, args, results: vec![result], span });
        result
    }

    pub(super) fn constant(&mut self, word: u64, repr: Repr, span: Span) -> ValueId {
        if let Some(value) = self.constants.get(&(repr, word)) {
            return *value;
        }
        let value = self.one(Op::Const(word), Vec::new(), repr, span);
        self.constants.insert((repr, word), value);
        value
    }

    /// The type of arrays of such elements.
    pub(super) fn array(&mut self, (ty, secret): Element) -> TypeId {
        let element = if secret { Type::Secret(ty) } else { Type::Scalar(ty) };
        self.tables.ty(&Type::Array(Box::new(element)))
    }

    /// The elements of an array value.
    pub(super) fn element(&self, array: ValueId) -> Option<Element> {
        let Repr::Ref(ty) = self.function.repr(array) else { return None };
        self.tables.types[ty.idx()].array_element()
    }

    /// A scalar from outside as an array of one element.
    pub(super) fn single(&mut self, value: ValueId, span: Span) -> Option<ValueId> {
        if let Some(array) = self.singles.get(&value) {
            return Some(*array);
        }
        let element = match self.function.repr(value) {
            Repr::Word(ty) => (ty, false),
            Repr::Secret(ty) => (ty, true),
            Repr::Ticket(_) | Repr::Ref(_) => return None,
        };
        let ty = self.array(element);
        let array = self.one(Op::Builtin(Builtin::ArrayScalar), vec![value], Repr::Ref(ty), span);
        self.singles.insert(value, array);
        self.single.insert(array);
        Some(array)
    }

    /// Whether an array has one element for all turns.
    pub(super) fn is_single(&self, array: ValueId) -> bool {
        self.single.contains(&array)
    }

    /// Notes that arrays have one element for all turns.
    pub(super) fn same_for_all(&mut self, arrays: &[ValueId]) {
        self.single.extend(arrays);
    }

    /// An operation on lanes: of what is the same for all turns, it is the same for all.
    pub(super) fn operation(&mut self, op: Op, args: Vec<ValueId>, made: Element, span: Span) -> ValueId {
        let ty = self.array(made);
        let single = args.iter().all(|arg| self.is_single(*arg));
        let lanes = self.one(op, args, Repr::Ref(ty), span);
        if single {
            self.single.insert(lanes);
        }
        lanes
    }

    /// The counter of every turn.
    fn range(&mut self, span: Span) -> ValueId {
        if let Some(range) = self.range {
            return range;
        }
        let ty = self.array((ScalarTy::I64, false));
        let range = self.one(Op::Builtin(Builtin::LanesRange), vec![self.start, self.trips], Repr::Ref(ty), span);
        self.range = Some(range);
        range
    }

    /// The counter of every turn plus an offset. No value where that overflows.
    pub(super) fn counter(&mut self, offset: Offset, span: Span) -> Option<ValueId> {
        let mut lanes = self.range(span);
        let constant = (offset.constant != 0).then(|| self.constant(offset.constant.cast_unsigned(), INT, span));
        for word in [offset.base, constant].into_iter().flatten() {
            let word = self.single(word, span)?;
            lanes = self.operation(Op::LBin(BinOp::Add), vec![lanes, word], (ScalarTy::I64, false), span);
        }
        Some(lanes)
    }

    /// An offset as a word; the least number if it overflows.
    fn offset(&mut self, offset: Offset, span: Span) -> Option<ValueId> {
        let constant = self.constant(offset.constant.cast_unsigned(), INT, span);
        let base = match offset.base {
            None => return Some(constant),
            Some(base) if offset.constant == 0 => return Some(base),
            Some(base) => base,
        };
        if let Some(word) = self.offsets.get(&offset) {
            return Some(*word);
        }
        let parts = vec![self.single(base, span)?, self.single(constant, span)?];
        let sum = self.operation(Op::LBin(BinOp::Add), parts, (ScalarTy::I64, false), span);
        let word = self.word(sum, span);
        self.offsets.insert(offset, word);
        Some(word)
    }

    /// The one element of an array of numbers; the least number if it is no value.
    pub(super) fn word(&mut self, single: ValueId, span: Span) -> ValueId {
        self.one(Op::Builtin(Builtin::LanesWord), vec![single], INT, span)
    }

    /// Operands that say which elements of a list the turns mean: first place, what is added, how many.
    pub(super) fn run(&mut self, list: ValueId, offset: Offset, span: Span) -> Option<Vec<ValueId>> {
        Some(vec![list, self.start, self.offset(offset, span)?, self.trips])
    }

    /// The lanes of each leaf, such as there are, of elements.
    pub(super) fn lanes(&mut self, run: Vec<ValueId>, leaves: &[Element], span: Span) -> Vec<ValueId> {
        let types: Vec<TypeId> = leaves.iter().map(|leaf| self.array(*leaf)).collect();
        let results: Vec<ValueId> = types.iter().map(|ty| self.function.value(Repr::Ref(*ty))).collect();
        self.insts.push(Inst { op: Op::Builtin(Builtin::LanesOf), args: run, results: results.clone(), span });
        results
    }
}
