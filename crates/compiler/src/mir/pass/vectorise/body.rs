//! The body of a loop in; the plan of its vector form out, or nothing where it has none.
//!
//! Instructions are followed in order. Each value of a turn is one of few things ([`Shape`]): the counter plus an offset, a list that every
//! turn means, or lanes. What is not known to fit makes the whole loop stay as it is.

use crate::hash::{HashMap, HashSet};

use stoffel_bytecode::Builtin;
use stoffel_syntax::Span;
use stoffel_value::{BinOp, CmpOp, ScalarTy};

use super::conflicts::{Access, Accesses, Place};
use super::emit::{Element, Emitter, Offset};
use super::{BOOL, INT, LEAST, Turns};
use crate::mir::effects::{Effect, effect};
use crate::mir::{Function, Inst, Op, Repr, Tables, ValueId};

/// The vector form of a loop.
pub(super) struct Plan {
    /// First values of the header's parameters.
    pub(super) starts: Vec<ValueId>,
    /// Before everything.
    pub(super) head: Vec<Inst>,
    /// Whether the turns are enough for an attempt.
    pub(super) enough: ValueId,
    /// Without effects.
    pub(super) attempt: Vec<Inst>,
    /// Whether all that the attempt made is there.
    pub(super) ok: ValueId,
    /// The effects.
    pub(super) commit: Vec<Inst>,
    /// Last values of the header's parameters.
    pub(super) ends: Vec<ValueId>,
}

/// What a value of a turn is.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// The same in every turn: a value from outside, or of the attempt.
    Same(ValueId),
    /// The counter plus an offset.
    Counter(Offset),
    /// An array of the attempt: an element for each turn, or one for all. It stands for a scalar or for an array without axes.
    Lanes(ValueId),
    /// A parameter of the header that turns add to.
    Folded(usize),
    /// One step of that.
    Step {
        /// The parameter.
        param: usize,
        op: BinOp,
        lanes: ValueId,
        /// As in the source.
        at: Span,
    },
}

struct Body<'a> {
    emit: Emitter<'a>,
    words: &'a [Option<u64>],
    shapes: HashMap<ValueId, Shape>,
    accesses: Accesses,
    /// Leaves of the writes, by their order.
    written: Vec<Vec<ValueId>>,
    /// Lanes of what has been read.
    read: HashMap<(ValueId, Place), Vec<ValueId>>,
    /// Rows of lists of lists.
    rows: HashMap<(ValueId, ValueId), ValueId>,
    /// Arrays that must be values.
    ready: Vec<ValueId>,
    /// Values of turns whose instruction may trap, and that nothing has asked for.
    unasked: Vec<(ValueId, Span)>,
    asked: HashSet<ValueId>,
    /// Whether anything secret is there.
    secret: bool,
    /// Whether nothing so far in a turn may trap or wait.
    quiet: bool,
}

pub(super) fn plan(function: &mut Function, tables: &mut Tables, turns: &Turns, words: &[Option<u64>]) -> Option<Plan> {
    let header = &function.blocks[turns.header.idx()];
    let (params, span) = (header.params.clone(), header.insts.first()?.span);
    let insts = function.blocks[turns.body.idx()].insts.clone();
    if !insts.iter().all(|inst| known(inst.op)) {
        return None;
    }
    let back: Vec<ValueId> = function.blocks[turns.body.idx()].term.edges().next()?.args.clone();
    let starts: Vec<ValueId> = params.iter().map(|param| function.value(function.repr(*param))).collect();
    let [trips, least, enough] = [INT, INT, BOOL].map(|repr| function.value(repr));
    let start = starts[turns.counter];
    let inst = |op, args, result| Inst { op, args, results: vec![result], span };
    let head = vec![
        inst(Op::Bin(BinOp::SubWrap), vec![turns.end, start], trips),
        inst(Op::Const(LEAST), Vec::new(), least),
        inst(Op::Cmp(CmpOp::Ge), vec![trips, least], enough),
    ];
    let mut body = Body {
        emit: Emitter::new(function, tables, start, trips),
        words,
        shapes: HashMap::default(),
        accesses: Accesses::default(),
        written: Vec::new(),
        read: HashMap::default(),
        rows: HashMap::default(),
        ready: Vec::new(),
        unasked: Vec::new(),
        asked: HashSet::default(),
        secret: false,
        quiet: true,
    };
    for (at, param) in params.iter().enumerate() {
        let shape = if at == turns.counter { Shape::Counter(Offset::default()) } else { Shape::Folded(at) };
        body.shapes.insert(*param, shape);
    }
    for (at, inst) in insts.iter().enumerate() {
        if inst.results == [back[turns.counter]] {
            // The counter stays below the end, so this is no overflow.
            let next = Offset { base: None, constant: 1 };
            body.shapes.insert(inst.results[0], Shape::Counter(next));
        } else {
            body.inst(at, inst)?;
        }
    }
    // Folds of the last turn.
    let mut folds = Vec::new();
    for (at, next) in back.iter().enumerate() {
        if at == turns.counter {
            continue;
        }
        let Some(Shape::Step { param, op, lanes, at: span }) = body.shapes.get(next).copied() else { return None };
        if param != at || !body.alone(&insts, &back, params[at], *next) {
            return None;
        }
        folds.push((at, body.fold(starts[at], op, lanes, span)?));
    }
    body.ask_rest()?;
    if !body.secret {
        return None;
    }
    let ok = body.ok(span)?;
    let Body { mut emit, accesses, written, .. } = body;
    let attempt = std::mem::take(&mut emit.insts);
    for (access, leaves) in accesses.writes.iter().zip(&written) {
        commit(&mut emit, access, leaves)?;
    }
    let mut ends = starts.clone();
    ends[turns.counter] = turns.end;
    for (at, folded) in folds {
        let repr = emit.function.repr(starts[at]);
        ends[at] = emit.one(Op::Builtin(Builtin::ArrayItem), vec![folded], repr, span);
    }
    Some(Plan { starts, head, enough, attempt, ok, commit: emit.insts, ends })
}

/// Whether an operation may stand in a body at all; a quick look before anything is planned.
const fn known(op: Op) -> bool {
    matches!(
        op,
        Op::Const(_)
            | Op::Bin(_)
            | Op::Un(_)
            | Op::Cmp(_)
            | Op::Convert
            | Op::Get
            | Op::Set
            | Op::Append
            | Op::Hide
            | Op::SBin(_)
            | Op::SUn(_)
            | Op::SCmp(_)
            | Op::Select
            | Op::SConvert
            | Op::ABin(_)
            | Op::AUn(_)
            | Op::ACmp(_)
            | Op::AConvert
            | Op::GuardEnter
            | Op::GuardLeave
            | Op::Await
            | Op::Builtin(
                Builtin::ArrayScalar
                    | Builtin::ArrayItem
                    | Builtin::ArrayIndex
                    | Builtin::ArrayPut
                    | Builtin::ArrayRow
                    | Builtin::ArrayWhere
            )
    )
}

impl Body<'_> {
    /// Follows an instruction of the turn.
    fn inst(&mut self, at: usize, inst: &Inst) -> Option<()> {
        let span = inst.span;
        match inst.op {
            Op::Const(word) => {
                let repr = self.emit.function.repr(inst.results[0]);
                let value = self.emit.constant(word, repr, span);
                self.define(inst, Shape::Same(value))
            }
            Op::Await => {
                let Shape::Same(ticket) = self.shape(inst.args[0])? else { return None };
                // Nothing is opened that the loop might not have opened.
                if !self.quiet {
                    return None;
                }
                let repr = self.emit.function.repr(inst.results[0]);
                let word = self.emit.one(Op::Await, vec![ticket], repr, span);
                self.define(inst, Shape::Same(word))
            }
            Op::GuardEnter | Op::GuardLeave => Some(()),
            Op::Get => self.read(at, inst, inst.args[0], inst.args[1]),
            Op::Builtin(Builtin::ArrayRow) => self.read(at, inst, inst.args[0], inst.args[1]),
            Op::Builtin(Builtin::ArrayIndex) => {
                let index = self.only_index(&inst.args[1..])?;
                self.read(at, inst, inst.args[0], index)
            }
            Op::Set => self.write(at, inst, Some(inst.args[1]), &inst.args[2..]),
            Op::Append => self.write(at, inst, None, &inst.args[1..]),
            Op::Builtin(Builtin::ArrayPut) => {
                let index = self.only_index(&inst.args[2..])?;
                self.write(at, inst, Some(index), &inst.args[1..2])
            }
            Op::Builtin(Builtin::ArrayScalar | Builtin::ArrayItem) | Op::Hide => {
                let lanes = self.data(inst.args[0], span)?;
                self.secret |= inst.op == Op::Hide;
                self.define(inst, Shape::Lanes(lanes))
            }
            Op::Bin(op @ (BinOp::Add | BinOp::Sub)) if self.counts(inst) => self.offset(op, inst),
            Op::SBin(op) if self.folded(inst).is_some() => self.step(op, inst),
            Op::Select if self.steps(inst) => self.guarded_step(inst),
            Op::Bin(op) | Op::SBin(op) | Op::ABin(op) => self.operation(Op::LBin(op), inst),
            Op::Un(op) | Op::SUn(op) | Op::AUn(op) => self.operation(Op::LUn(op), inst),
            Op::Cmp(op) | Op::SCmp(op) | Op::ACmp(op) => self.operation(Op::LCmp(op), inst),
            Op::Convert | Op::SConvert | Op::AConvert => self.operation(Op::LConvert, inst),
            Op::Select | Op::Builtin(Builtin::ArrayWhere) => self.operation(Op::Builtin(Builtin::LanesWhere), inst),
            _ => None,
        }
    }

    fn define(&mut self, inst: &Inst, shape: Shape) -> Option<()> {
        self.shapes.insert(inst.results[0], shape);
        Some(())
    }

    /// What a value is; one that turns do not define comes from outside.
    fn shape(&self, value: ValueId) -> Option<Shape> {
        Some(self.shapes.get(&value).copied().unwrap_or(Shape::Same(value)))
    }

    /// A value as lanes.
    fn data(&mut self, value: ValueId, span: Span) -> Option<ValueId> {
        self.asked.insert(value);
        match self.shape(value)? {
            Shape::Same(value) if self.emit.element(value).is_some() => None,
            Shape::Same(value) => self.emit.single(value, span),
            Shape::Counter(offset) => {
                let lanes = self.emit.counter(offset, span)?;
                if offset != Offset::default() {
                    self.ready.push(lanes);
                }
                Some(lanes)
            }
            Shape::Lanes(lanes) => Some(lanes),
            Shape::Folded(_) | Shape::Step { .. } => None,
        }
    }

    /// The list or array that every turn means.
    fn list(&self, value: ValueId) -> Option<ValueId> {
        let Shape::Same(list) = self.shape(value)? else { return None };
        matches!(self.emit.function.repr(list), Repr::Ref(_)).then_some(list)
    }

    /// The one index of an operation on arrays.
    fn only_index(&self, words: &[ValueId]) -> Option<ValueId> {
        let [kind, _, start, ..] = *words else { return None };
        let index = words.len() == 6 && self.words.get(kind.idx()).copied().flatten() == Some(0);
        index.then_some(start)
    }

    /// Whether an instruction moves the counter by what turns do not change.
    fn counts(&self, inst: &Inst) -> bool {
        let shapes = [self.shape(inst.args[0]), self.shape(inst.args[1])];
        let single = |lanes: ValueId| self.emit.is_single(lanes);
        match shapes {
            [Some(Shape::Counter(_)), Some(Shape::Same(_))] => true,
            [Some(Shape::Same(_)), Some(Shape::Counter(_))] => inst.op == Op::Bin(BinOp::Add),
            [Some(Shape::Counter(_)), Some(Shape::Lanes(lanes))]
            | [Some(Shape::Lanes(lanes)), Some(Shape::Counter(_))] => inst.op == Op::Bin(BinOp::Add) && single(lanes),
            _ => false,
        }
    }

    fn offset(&mut self, op: BinOp, inst: &Inst) -> Option<()> {
        let (counter, other) = match [self.shape(inst.args[0])?, self.shape(inst.args[1])?] {
            [Shape::Counter(offset), other] | [other, Shape::Counter(offset)] => (offset, other),
            _ => return None,
        };
        let sum = match other {
            Shape::Same(value) => {
                let constant = self.words.get(value.idx()).copied().flatten().map(u64::cast_signed);
                match (constant, op) {
                    (Some(c), BinOp::Add) => {
                        counter.constant.checked_add(c).map(|constant| Offset { constant, ..counter })
                    }
                    (Some(c), _) => counter.constant.checked_sub(c).map(|constant| Offset { constant, ..counter }),
                    (None, BinOp::Add) if counter.base.is_none() => Some(Offset { base: Some(value), ..counter }),
                    _ => None,
                }
            }
            Shape::Lanes(single) if counter.base.is_none() => {
                let base = Some(self.emit.word(single, inst.span));
                Some(Offset { base, ..counter })
            }
            _ => None,
        };
        match sum {
            Some(offset) => {
                self.quiet = false;
                self.unasked.push((inst.results[0], inst.span));
                self.define(inst, Shape::Counter(offset))
            }
            None => self.operation(Op::LBin(op), inst),
        }
    }

    /// An element-wise operation.
    fn operation(&mut self, op: Op, inst: &Inst) -> Option<()> {
        let function = &*self.emit.function;
        let (traps, repr) = (effect(function, inst), function.repr(*inst.results.first()?));
        let into = match repr {
            Repr::Word(ty) => (ty, false),
            Repr::Secret(ty) => (ty, true),
            Repr::Ref(_) => self.emit.element(inst.results[0])?,
            Repr::Ticket(_) => return None,
        };
        let args: Option<Vec<ValueId>> = inst.args.iter().map(|arg| self.data(*arg, inst.span)).collect();
        let args = args?;
        let secret = args.iter().any(|arg| self.emit.element(*arg).is_some_and(|(_, secret)| secret));
        let by_condition = op == Op::Builtin(Builtin::LanesWhere);
        if secret != into.1 || by_condition && self.emit.element(args[0]) != Some((ScalarTy::Bool, true)) {
            return None;
        }
        self.secret |= secret;
        let lanes = self.emit.operation(op, args.clone(), into, inst.span);
        if !matches!(traps, Effect::Pure | Effect::Placed) {
            // What is made of no value is none: the last one answers for the others.
            self.ready.retain(|other| !args.contains(other));
            self.ready.push(lanes);
            self.quiet = false;
        }
        self.define(inst, Shape::Lanes(lanes))
    }

    fn read(&mut self, at: usize, inst: &Inst, list: ValueId, index: ValueId) -> Option<()> {
        let list = self.list(list)?;
        self.asked.insert(index);
        self.quiet = false;
        let place = self.shape(index)?;
        if let ([row], Shape::Same(index)) = (inst.results.as_slice(), place)
            && let repr @ Repr::Ref(_) = self.emit.function.repr(*row)
            && inst.op == Op::Get
        {
            let row = self.row(list, index, repr, inst.span);
            return self.define(inst, Shape::Same(row));
        }
        let leaves: Option<Vec<Element>> = inst.results.iter().map(|leaf| self.leaf(*leaf, inst.op)).collect();
        let leaves = leaves?;
        let (place, run) = match place {
            Shape::Counter(offset) => (Place::Turn(offset), self.emit.run(list, offset, inst.span)?),
            Shape::Same(index) => {
                let [zero, one] = [0, 1].map(|word| self.emit.constant(word, INT, inst.span));
                (Place::Fixed(index), vec![list, index, zero, one])
            }
            _ => return None,
        };
        // What this turn wrote there is what it reads.
        if let Some(write) = self.accesses.writes.iter().rposition(|write| write.list == list && write.place == place) {
            if write + 1 != self.accesses.writes.len() {
                return None;
            }
            for (result, lanes) in inst.results.iter().zip(self.written[write].clone()) {
                self.shapes.insert(*result, Shape::Lanes(lanes));
            }
            return Some(());
        }
        self.secret |= leaves.iter().any(|(_, secret)| *secret);
        let lanes = match self.read.get(&(list, place)) {
            Some(lanes) => lanes.clone(),
            None => {
                let lanes = self.emit.lanes(run, &leaves, inst.span);
                if matches!(place, Place::Fixed(_)) {
                    self.emit.same_for_all(&lanes);
                }
                self.ready.push(lanes[0]);
                self.read.insert((list, place), lanes.clone());
                lanes
            }
        };
        for (result, lanes) in inst.results.iter().zip(lanes) {
            self.shapes.insert(*result, Shape::Lanes(lanes));
        }
        self.accesses.reads.push(Access { list, place, at, span: inst.span });
        Some(())
    }

    /// The element of a list of references that every turn means.
    fn row(&mut self, list: ValueId, index: ValueId, repr: Repr, span: Span) -> ValueId {
        if let Some(row) = self.rows.get(&(list, index)) {
            return *row;
        }
        let row = self.emit.one(Op::Builtin(Builtin::LanesRow), vec![list, index], repr, span);
        self.rows.insert((list, index), row);
        row
    }

    /// The kind of a leaf of an element. Operations on arrays give and take an element as an array without axes.
    fn leaf(&self, value: ValueId, op: Op) -> Option<Element> {
        match self.emit.function.repr(value) {
            Repr::Word(ty) => Some((ty, false)),
            Repr::Secret(ty) => Some((ty, true)),
            Repr::Ref(_) if matches!(op, Op::Builtin(_)) => self.emit.element(value),
            Repr::Ref(_) | Repr::Ticket(_) => None,
        }
    }

    fn write(&mut self, at: usize, inst: &Inst, index: Option<ValueId>, leaves: &[ValueId]) -> Option<()> {
        let list = self.list(inst.args[0])?;
        let place = match index {
            None => Place::End,
            Some(index) => {
                self.asked.insert(index);
                let Shape::Counter(offset) = self.shape(index)? else { return None };
                Place::Turn(offset)
            }
        };
        let mut lanes = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let (_, wanted) = self.leaf(*leaf, inst.op)?;
            let made = self.data(*leaf, inst.span)?;
            self.secret |= wanted;
            lanes.push(self.hidden(made, wanted, inst.span)?);
        }
        self.quiet = false;
        self.written.push(lanes);
        self.accesses.writes.push(Access { list, place, at, span: inst.span });
        Some(())
    }

    /// Lanes that are as secret as wanted.
    fn hidden(&mut self, lanes: ValueId, wanted: bool, span: Span) -> Option<ValueId> {
        let (ty, secret) = self.emit.element(lanes)?;
        if secret == wanted {
            return Some(lanes);
        }
        // A selection of nothing: public lanes as secret ones that may be no value.
        if secret {
            return None;
        }
        let no = self.emit.constant(0, BOOL, span);
        let no = self.emit.one(Op::Hide, vec![no], Repr::Secret(ScalarTy::Bool), span);
        let no = self.emit.single(no, span)?;
        Some(self.emit.operation(Op::Builtin(Builtin::LanesWhere), vec![no, lanes, lanes], (ty, true), span))
    }

    /// The parameter that an instruction adds to.
    fn folded(&self, inst: &Inst) -> Option<(usize, ValueId)> {
        let Op::SBin(op) = inst.op else { return None };
        let commutes =
            matches!(op, BinOp::Add | BinOp::AddWrap | BinOp::And | BinOp::Or | BinOp::Xor | BinOp::Min | BinOp::Max);
        if !commutes && !matches!(op, BinOp::Sub | BinOp::SubWrap) {
            return None;
        }
        match [self.shape(inst.args[0])?, self.shape(inst.args[1])?] {
            [Shape::Folded(param), _] => Some((param, inst.args[1])),
            [_, Shape::Folded(param)] if commutes => Some((param, inst.args[0])),
            _ => None,
        }
    }

    fn step(&mut self, op: BinOp, inst: &Inst) -> Option<()> {
        let (param, other) = self.folded(inst)?;
        let Repr::Secret(ty) = self.emit.function.repr(inst.results[0]) else { return None };
        let fits = match op {
            BinOp::Add | BinOp::Sub | BinOp::AddWrap | BinOp::SubWrap | BinOp::Min | BinOp::Max => ty != ScalarTy::Bool,
            _ => true,
        };
        let lanes = self.data(other, inst.span)?;
        if !fits || self.emit.element(lanes)?.0 != ty {
            return None;
        }
        let lanes = self.hidden(lanes, true, inst.span)?;
        self.secret = true;
        self.quiet = false;
        self.define(inst, Shape::Step { param, op, lanes, at: inst.span })
    }

    /// Whether a selection keeps a parameter or takes one step of it.
    fn steps(&self, inst: &Inst) -> bool {
        let shapes = [self.shape(inst.args[1]), self.shape(inst.args[2])];
        matches!(
            shapes,
            [Some(Shape::Step { param: a, op: BinOp::Add | BinOp::Sub | BinOp::AddWrap | BinOp::SubWrap, .. }), Some(Shape::Folded(b))]
                if a == b
        )
    }

    /// A step that only some turns take: the others add nothing.
    fn guarded_step(&mut self, inst: &Inst) -> Option<()> {
        let Shape::Step { param, op, lanes, at } = self.shape(inst.args[1])? else { return None };
        let (ty, _) = self.emit.element(lanes)?;
        let taken = self.data(inst.args[0], inst.span)?;
        let zero = self.emit.constant(0, Repr::Word(ty), inst.span);
        let zero = self.emit.single(zero, inst.span)?;
        let args = vec![taken, lanes, zero];
        let lanes = self.emit.operation(Op::Builtin(Builtin::LanesWhere), args, (ty, true), inst.span);
        self.define(inst, Shape::Step { param, op, lanes, at })
    }

    /// Whether nothing of a turn but its one step, and that step's selection, reads a parameter, and nothing but the next turn the step.
    fn alone(&self, insts: &[Inst], back: &[ValueId], param: ValueId, last: ValueId) -> bool {
        let uses = |value: ValueId| -> Vec<&Inst> { insts.iter().filter(|inst| inst.args.contains(&value)).collect() };
        let once = |value: ValueId| back.iter().filter(|arg| **arg == value).count();
        if once(param) != 0 || once(last) != 1 || !uses(last).is_empty() {
            return false;
        }
        let [step, rest @ ..] = &uses(param)[..] else { return false };
        match rest {
            [] => step.results == [last],
            [select] => {
                select.results == [last]
                    && select.op == Op::Select
                    && select.args[1..] == [step.results[0], param]
                    && select.args[0] != param
                    && uses(step.results[0]).len() == 1
                    && once(step.results[0]) == 0
            }
            _ => false,
        }
    }

    fn fold(&mut self, start: ValueId, op: BinOp, lanes: ValueId, span: Span) -> Option<ValueId> {
        // One element for all turns would be added once.
        if self.emit.is_single(lanes) {
            return None;
        }
        let first = self.emit.single(start, span)?;
        let repr = self.emit.function.repr(lanes);
        let folded = self.emit.one(Op::LFold(op), vec![first, lanes], repr, span);
        self.ready.retain(|other| *other != lanes);
        self.ready.push(folded);
        Some(folded)
    }

    /// Values of which nothing was asked still trap.
    fn ask_rest(&mut self) -> Option<()> {
        for (value, span) in std::mem::take(&mut self.unasked) {
            if !self.asked.contains(&value) {
                self.data(value, span)?;
            }
        }
        Some(())
    }

    /// Whether the attempt has made everything, and the commit may do what the turns did.
    fn ok(&mut self, span: Span) -> Option<ValueId> {
        let apart = self.accesses.apart(self.emit.function)?;
        let mut oks = Vec::new();
        if !apart.is_empty() {
            let pairs = apart.into_iter().flat_map(|(a, b)| [a, b]).collect();
            oks.push(self.emit.one(Op::Builtin(Builtin::LanesApart), pairs, BOOL, span));
        }
        for write in self.accesses.writes.clone() {
            let Place::Turn(offset) = write.place else { continue };
            let checked = |read: &Access| read.list == write.list && read.place == write.place;
            if !self.accesses.reads.iter().any(checked) {
                let run = self.emit.run(write.list, offset, write.span)?;
                oks.push(self.emit.one(Op::Builtin(Builtin::LanesFit), run, BOOL, write.span));
            }
        }
        let mut ready = std::mem::take(&mut self.ready);
        let mut rows: Vec<ValueId> = self.rows.values().copied().collect();
        rows.sort_unstable();
        ready.extend(rows);
        oks.push(self.emit.one(Op::Builtin(Builtin::LanesReady), ready, BOOL, span));
        let first = oks.pop()?;
        Some(oks.into_iter().fold(first, |all, ok| self.emit.one(Op::Bin(BinOp::And), vec![all, ok], BOOL, span)))
    }
}

/// The effect of a write of every turn.
fn commit(emit: &mut Emitter<'_>, access: &Access, leaves: &[ValueId]) -> Option<()> {
    let (op, mut args) = match access.place {
        Place::End => (Builtin::LanesAppend, vec![access.list, emit.trips]),
        Place::Turn(offset) => (Builtin::LanesStore, emit.run(access.list, offset, access.span)?),
        Place::Fixed(_) => return None,
    };
    args.extend(leaves);
    emit.insts.push(Inst { op: Op::Builtin(op), args, results: Vec::new(), span: access.span });
    Some(())
}
