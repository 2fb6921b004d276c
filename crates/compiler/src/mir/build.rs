//! Instructions and variable writes in source order in, a function in SSA form out.
//!
//! Variables are leaves of source variables and synthetic accumulators. A read in a block that does not define the variable
//! makes a block parameter where paths may join; parameters that turn out to be trivial are removed by `clean`.
//! A join is skipped for variables that are not written between it and its dominator. Cost: linear in instructions plus blocks crossed by reads; no recursion, so programs may be arbitrarily long.

use crate::hash::HashMap;

use stoffel_syntax::Span;
use stoffel_value::ScalarTy;

use super::{Block, BlockId, Edge, Function, Inst, Op, Repr, Tables, Term, ValueId, index};
use stoffel_bytecode::{Builtin, Type};

/// A variable of the function under construction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Var(u32);

impl Var {
    /// The variable `n` places after this one.
    pub(super) const fn offset(self, n: u32) -> Self {
        Self(self.0 + n)
    }
}

/// A function under construction. There is always a current block.
#[derive(Debug)]
pub(super) struct Builder {
    function: Function,
    current: BlockId,
    vars: Vec<Repr>,
    defs: HashMap<(BlockId, Var), ValueId>,
    preds: Vec<Vec<(BlockId, usize)>>,
    sealed: Vec<bool>,
    /// Parameters made in blocks whose predecessors are not all known.
    incomplete: Vec<Vec<(Var, usize)>>,
    /// Parameters of sealed blocks whose arguments are to be looked up.
    pending: Vec<(BlockId, Var, usize)>,
    /// Number of writes so far.
    clock: u32,
    /// Per variable, when it was written, rising.
    writes: Vec<Vec<u32>>,
    /// Per block where paths join, see [`Builder::joins`].
    regions: Vec<Option<Region>>,
}

/// What lies between a join and a block that dominates it.
#[derive(Clone, Copy, Debug)]
struct Region {
    dominator: BlockId,
    from: u32,
    to: u32,
}

/// Stands in an argument list until the argument is known.
const HOLE: ValueId = ValueId(u32::MAX);

impl Builder {
    /// A function with an empty, sealed first block.
    pub(super) fn new(name: &str, span: Span, results: Vec<Repr>) -> Self {
        let function = Function { name: name.to_owned(), span, results, blocks: Vec::new(), values: Vec::new() };
        let mut builder = Self {
            function,
            current: BlockId(0),
            vars: Vec::new(),
            defs: HashMap::default(),
            preds: Vec::new(),
            sealed: Vec::new(),
            incomplete: Vec::new(),
            pending: Vec::new(),
            clock: 0,
            writes: Vec::new(),
            regions: Vec::new(),
        };
        let first = builder.block(span);
        builder.seal(first);
        builder
    }

    /// The function; every block must have ended.
    pub(super) fn finish(self) -> Function {
        self.function
    }

    /// A new variable.
    pub(super) fn var(&mut self, repr: Repr) -> Var {
        let var = Var(index(self.vars.len()));
        self.vars.push(repr);
        self.writes.push(Vec::new());
        var
    }

    /// The leaf that a variable holds.
    pub(super) fn var_repr(&self, var: Var) -> Repr {
        self.vars[var.0 as usize]
    }

    /// A new block; it is not current and not sealed.
    pub(super) fn block(&mut self, span: Span) -> BlockId {
        self.preds.push(Vec::new());
        self.sealed.push(false);
        self.incomplete.push(Vec::new());
        self.regions.push(None);
        self.function.block(span)
    }

    /// Makes a block current.
    pub(super) fn enter(&mut self, block: BlockId) {
        self.current = block;
    }

    /// A parameter of a block that no edge leads to yet.
    pub(super) fn param(&mut self, block: BlockId, repr: Repr) -> ValueId {
        let value = self.function.value(repr);
        self.function.blocks[block.idx()].params.push(value);
        value
    }

    /// The leaf of a value.
    pub(super) fn repr(&self, value: ValueId) -> Repr {
        self.function.repr(value)
    }

    /// Appends an instruction to the current block.
    pub(super) fn inst(&mut self, op: Op, args: Vec<ValueId>, results: &[Repr], span: Span) -> Vec<ValueId> {
        let results: Vec<_> = results.iter().map(|repr| self.function.value(*repr)).collect();
        self.current_block().insts.push(Inst { op, args, results: results.clone(), span });
        results
    }

    fn current_block(&mut self) -> &mut Block {
        &mut self.function.blocks[self.current.idx()]
    }

    /// Ends the current block.
    pub(super) fn end(&mut self, term: Term, span: Span) {
        let from = self.current;
        for (at, edge) in term.edges().enumerate() {
            assert!(!self.sealed[edge.to.idx()], "an edge to a sealed block");
            self.preds[edge.to.idx()].push((from, at));
        }
        let block = self.current_block();
        block.term = term;
        block.span = span;
    }

    /// Ends the current block with a jump.
    pub(super) fn jump(&mut self, to: BlockId, args: Vec<ValueId>, span: Span) {
        self.end(Term::Jump(Edge { to, args }), span);
    }

    /// Ends the current block on a public bool.
    pub(super) fn branch(&mut self, cond: ValueId, then: BlockId, other: BlockId, span: Span) {
        let edge = |to| Edge { to, args: Vec::new() };
        self.end(Term::Branch(cond, edge(then), edge(other)), span);
    }

    /// States that every edge to the block is known.
    pub(super) fn seal(&mut self, block: BlockId) {
        self.sealed[block.idx()] = true;
        let incomplete = std::mem::take(&mut self.incomplete[block.idx()]);
        self.pending.extend(incomplete.into_iter().map(|(var, at)| (block, var, at)));
        self.complete();
    }

    /// Assigns a variable in the current block.
    pub(super) fn write(&mut self, var: Var, value: ValueId) {
        self.defs.insert((self.current, var), value);
        self.writes[var.0 as usize].push(self.clock);
        self.clock += 1;
    }

    /// The current block and the number of writes so far, for [`Builder::joins`].
    pub(super) const fn fork(&self) -> (BlockId, u32) {
        (self.current, self.clock)
    }

    /// States that every path from a fork to the block is known, and that the fork's block dominates it. Variables that were not
    /// written in between then need no parameter.
    pub(super) fn joins(&mut self, block: BlockId, (dominator, from): (BlockId, u32)) {
        self.regions[block.idx()] = Some(Region { dominator, from, to: self.clock });
    }

    /// The dominator of a join if the variable is the same in both.
    fn unchanged(&self, block: BlockId, var: Var) -> Option<BlockId> {
        let region = self.regions[block.idx()]?;
        let writes = &self.writes[var.0 as usize];
        let next = writes.partition_point(|at| *at < region.from);
        let written = writes.get(next).is_some_and(|at| *at < region.to);
        (!written).then_some(region.dominator)
    }

    /// The value of a variable in the current block.
    pub(super) fn read(&mut self, var: Var) -> ValueId {
        let value = self.look_up(self.current, var);
        self.complete();
        value
    }

    fn complete(&mut self) {
        while let Some((block, var, at)) = self.pending.pop() {
            for (pred, edge) in self.preds[block.idx()].clone() {
                let value = self.look_up(pred, var);
                let edge = self.function.blocks[pred.idx()].term.edges_mut().nth(edge);
                let args = &mut edge.expect("a predecessor has the edge").args;
                if args.len() <= at {
                    args.resize(at + 1, HOLE);
                }
                args[at] = value;
            }
        }
    }

    fn look_up(&mut self, block: BlockId, var: Var) -> ValueId {
        let mut path = Vec::new();
        let mut at = block;
        let value = loop {
            if let Some(value) = self.defs.get(&(at, var)) {
                break *value;
            }
            if self.sealed[at.idx()] {
                match self.preds[at.idx()].as_slice() {
                    [] => break self.undefined(at, var),
                    [(pred, _)] => {
                        path.push(at);
                        at = *pred;
                        continue;
                    }
                    _ => {
                        if let Some(dominator) = self.unchanged(at, var) {
                            path.push(at);
                            at = dominator;
                            continue;
                        }
                    }
                }
            }
            let value = self.param(at, self.vars[var.0 as usize]);
            let slot = self.function.blocks[at.idx()].params.len() - 1;
            if self.sealed[at.idx()] {
                self.pending.push((at, var, slot));
            } else {
                self.incomplete[at.idx()].push((var, slot));
            }
            self.defs.insert((at, var), value);
            break value;
        };
        for block in path {
            self.defs.insert((block, var), value);
        }
        value
    }

    /// A variable that is read on a path that cannot be taken, or that every path overwrites: any value will do.
    fn undefined(&mut self, block: BlockId, var: Var) -> ValueId {
        let repr = self.vars[var.0 as usize];
        let value = self.function.value(repr);
        let span = self.function.blocks[block.idx()].span;
        let inst = |op, args, result| Inst { op, args, results: vec![result], span };
        let insts = match repr {
            Repr::Word(_) | Repr::Ticket(_) => vec![inst(Op::Const(0), Vec::new(), value)],
            Repr::Secret(ty) => {
                let word = self.function.value(Repr::Word(ty));
                vec![inst(Op::Const(0), Vec::new(), word), inst(Op::Hide, vec![word], value)]
            }
            Repr::Ref(ty) if ty == STR => vec![inst(Op::Str(0), Vec::new(), value)],
            Repr::Ref(SHARE) => {
                let word = self.function.value(Repr::Word(ScalarTy::I64));
                let secret = self.function.value(Repr::Secret(ScalarTy::I64));
                let share = Op::Builtin(Builtin::ShareOf);
                vec![
                    inst(Op::Const(0), Vec::new(), word),
                    inst(Op::Hide, vec![word], secret),
                    inst(share, vec![secret], value),
                ]
            }
            Repr::Ref(_) => vec![inst(Op::NewList, Vec::new(), value)],
        };
        self.function.blocks[block.idx()].insts.splice(0..0, insts);
        self.defs.insert((block, var), value);
        value
    }
}

/// The type of strings, and string 0 (empty): entered first by [`seed`].
pub(super) const STR: super::TypeId = super::TypeId(0);

/// The type of shares.
pub(super) const SHARE: super::TypeId = super::TypeId(1);

/// Enters what every function may need.
pub(super) fn seed(tables: &mut Tables) {
    tables.ty(&Type::Str);
    tables.ty(&Type::Share);
    tables.string("");
    tables.ty(&Type::Scalar(ScalarTy::Bool));
}
