//! The typed program in; MIR functions, interface and disclosure rows out.
//!
//! Tuples and optionals become leaves, containers stay references. Only what the entry can reach is lowered. Evaluation order is that of
//! LANGUAGE §3.1. The entry reads its inputs first and gives its results at each return.
//! Not here: optimisation; awaits of tickets (`tickets` puts them in).

mod array;
mod branch;
mod convert;
mod deep;
mod dict;
mod entry;
mod expr;
mod function;
mod list;
mod module;
mod object;
mod prelude;
mod reduce;
mod scalar;
mod sort;
mod stmt;
mod text;

use crate::hash::HashMap;

use stoffel_bytecode::Type;
use stoffel_syntax::Span;
use stoffel_value::{ScalarTy, TrapCode};

use super::build::{Builder, Var, seed};
use super::{BlockId, FuncId, Function, Module, Op, Repr, Term, ValueId, clean, index, tickets};
use crate::hir::{self, Expr, Instance, InstanceId, LocalId, Ty};

/// The leaves of a value, in order.
type Val = Vec<ValueId>;

/// Lowers what the entry reaches.
pub(crate) fn lower(program: &hir::Program) -> Module {
    let module = Module { library: program.library.clone(), ..Module::default() };
    let mut cx = Context { program, module, ids: HashMap::default(), queue: Vec::new(), reveal_rows: Vec::new() };
    seed(&mut cx.module.tables);
    let Some(entry) = &program.entry else { return cx.module };
    let rows = entry::interface(&mut cx, entry);
    cx.module.entry = Some(FuncId(0));
    cx.module.functions.push(hollow(""));
    let instance = &program.instances[entry.instance.0 as usize];
    let function = FuncLower::new(&mut cx, instance, Some((entry, &rows))).run();
    cx.module.functions[0] = function;
    // Callees are numbered when they are first called.
    let mut next = 0;
    while let Some((instance, id)) = cx.queue.get(next).copied() {
        next += 1;
        let function = FuncLower::new(&mut cx, &program.instances[instance.0 as usize], None).run();
        cx.module.functions[id.idx()] = function;
    }
    let mut module = cx.module;
    function::fill_unassigned(&mut module);
    for function in &mut module.functions {
        clean::prune(function);
        clean::remove_trivial_params(function);
        clean::merge_blocks(function);
    }
    tickets::settle(&mut module);
    entry::keep_used_rows(&mut module);
    object::number(&mut module, program);
    entry::keep_used_slots(&mut module);
    module
}

fn hollow(name: &str) -> Function {
    Function {
        name: name.to_owned(),
        span: Span::default(),
        results: Vec::new(),
        blocks: Vec::new(),
        values: Vec::new(),
    }
}

/// What all functions share.
struct Context<'p> {
    program: &'p hir::Program,
    module: Module,
    ids: HashMap<InstanceId, FuncId>,
    queue: Vec<(InstanceId, FuncId)>,
    /// First disclosure of each of the program's rows.
    reveal_rows: Vec<u32>,
}

impl Context<'_> {
    fn function(&mut self, instance: InstanceId) -> FuncId {
        if let Some(id) = self.ids.get(&instance) {
            return *id;
        }
        let id = FuncId(index(self.module.functions.len()));
        self.module.functions.push(hollow(&self.program.instances[instance.0 as usize].name));
        self.ids.insert(instance, id);
        self.queue.push((instance, id));
        id
    }
}

/// The bytecode's form of a type.
fn bytecode_type(ty: &Ty) -> Type {
    match ty {
        // What failed is never lowered; a value without leaves is as good as any.
        Ty::Error | Ty::Unit => Type::Tuple(Vec::new()),
        Ty::Scalar { ty, secret: false } => Type::Scalar(*ty),
        Ty::Scalar { ty, secret: true } => Type::Secret(*ty),
        Ty::Str => Type::Str,
        Ty::Text => Type::Text,
        Ty::Share => Type::Share,
        Ty::Closure => Type::Closure,
        // Of a handle that nothing gives there is no value to hold.
        Ty::Handle(_) => Type::Tuple(Vec::new()),
        Ty::RbcResult => Type::Tuple(vec![Type::Scalar(ScalarTy::I64), Type::Str]),
        Ty::List(member) => Type::List(Box::new(bytecode_type(member))),
        Ty::Array(member) => Type::Array(Box::new(bytecode_type(member))),
        Ty::Tuple(members) => Type::Tuple(members.iter().map(bytecode_type).collect()),
        Ty::Optional(member) => Type::Optional(Box::new(bytecode_type(member))),
        Ty::Dict(key, value) => Type::Dict(Box::new(bytecode_type(key)), Box::new(bytecode_type(value))),
        Ty::Object(object) => object::object_type(object),
        // Erased by the analysis; an enum is its value.
        Ty::Enum { secret: false, .. } => Type::Scalar(ScalarTy::I64),
        Ty::Enum { secret: true, .. } => Type::Secret(ScalarTy::I64),
        Ty::Func(func) => function::func_type(func),
        Ty::Def(def) => Type::Tuple(def.captures.iter().map(function::capture_type).collect()),
    }
}

/// Where `break` and `continue` go.
struct LoopFrame {
    next: BlockId,
    exit: BlockId,
}

/// One function on its way.
struct FuncLower<'m, 'p> {
    cx: &'m mut Context<'p>,
    instance: &'p Instance,
    entry: Option<(&'p hir::Entry, &'m [Option<u32>])>,
    b: Builder,
    /// First variable of each local, and how many it has.
    locals: Vec<(Var, u32)>,
    loops: Vec<LoopFrame>,
    /// The conjunction of the secret conditions around the current place, if there are any.
    pi: Option<ValueId>,
    /// The word that a secret was made of.
    hidden: HashMap<ValueId, ValueId>,
    /// Of the expression or statement being lowered.
    span: Span,
}

impl<'m, 'p> FuncLower<'m, 'p> {
    fn new(
        cx: &'m mut Context<'p>,
        instance: &'p Instance,
        entry: Option<(&'p hir::Entry, &'m [Option<u32>])>,
    ) -> Self {
        let tables = &mut cx.module.tables;
        let results = if entry.is_some() { Vec::new() } else { tables.reprs(&bytecode_type(&instance.result)) };
        let mut b = Builder::new(&instance.name, instance.span, results);
        let mut locals = Vec::with_capacity(instance.locals.len());
        for local in &instance.locals {
            let ty = bytecode_type(&local.ty);
            let leaves = tables.reprs(&if local.cell { function::cell_type(ty) } else { ty });
            let vars: Vec<Var> = leaves.into_iter().map(|repr| b.var(repr)).collect();
            // A value without leaves needs no variable; any will do as its first.
            let first = vars.first().copied().unwrap_or_else(|| b.var(Repr::Word(ScalarTy::Bool)));
            locals.push((first, index(vars.len())));
        }
        Self {
            cx,
            instance,
            entry,
            b,
            locals,
            loops: Vec::new(),
            pi: None,
            hidden: HashMap::default(),
            span: instance.span,
        }
    }

    fn run(mut self) -> Function {
        match self.entry {
            Some(_) => self.read_inputs(),
            None => {
                if let Some(pi) = self.instance.pi {
                    let value = self.b.param(BlockId(0), Repr::Secret(ScalarTy::Bool));
                    self.write_local(pi, &[value]);
                }
                self.captured_params();
                for param in &self.instance.params {
                    let value = (self.reprs(&self.instance.locals[param.0 as usize].ty).into_iter())
                        .map(|repr| self.b.param(BlockId(0), repr))
                        .collect::<Val>();
                    self.declare_local(*param, &value);
                }
            }
        }
        let instance = self.instance;
        self.pi = instance.pi.map(|pi| self.read_local(pi)[0]);
        self.block(&instance.body);
        // Reached only by functions without result, and on paths that cannot be taken.
        if instance.result == Ty::Unit || self.entry.is_some() {
            self.b.end(Term::Return(Vec::new()), instance.span);
        } else {
            self.b.end(Term::Trap(TrapCode::Engine), instance.span);
        }
        self.b.finish()
    }

    fn reprs(&mut self, ty: &Ty) -> Vec<Repr> {
        match ty {
            Ty::Scalar { ty, secret: false } => vec![Repr::Word(*ty)],
            Ty::Scalar { ty, secret: true } => vec![Repr::Secret(*ty)],
            _ => self.cx.module.tables.reprs(&bytecode_type(ty)),
        }
    }

    fn read_local(&mut self, local: LocalId) -> Val {
        if self.in_cell(local) {
            return self.read_cell(local);
        }
        let (first, n) = self.locals[local.0 as usize];
        (0..n).map(|at| self.b.read(first.offset(at))).collect()
    }

    fn write_local(&mut self, local: LocalId, value: &[ValueId]) {
        if self.in_cell(local) {
            self.write_cell(local, value);
            return;
        }
        let (first, _) = self.locals[local.0 as usize];
        for (at, leaf) in (0u32..).zip(value) {
            self.b.write(first.offset(at), *leaf);
        }
    }

    // ---- instructions

    fn emit(&mut self, op: Op, args: Vec<ValueId>, results: &[Repr]) -> Vec<ValueId> {
        self.b.inst(op, args, results, self.span)
    }

    fn emit0(&mut self, op: Op, args: Vec<ValueId>) {
        self.emit(op, args, &[]);
    }

    fn emit1(&mut self, op: Op, args: Vec<ValueId>, result: Repr) -> ValueId {
        self.emit(op, args, &[result])[0]
    }

    fn word(&mut self, ty: ScalarTy, word: u64) -> ValueId {
        self.emit1(Op::Const(word), Vec::new(), Repr::Word(ty))
    }

    fn int(&mut self, value: i64) -> ValueId {
        self.word(ScalarTy::I64, value as u64)
    }

    fn bool(&mut self, value: bool) -> ValueId {
        self.word(ScalarTy::Bool, u64::from(value))
    }

    fn str(&mut self, text: &str) -> ValueId {
        let id = self.cx.module.tables.string(text);
        self.emit1(Op::Str(id), Vec::new(), Repr::Ref(super::build::STR))
    }

    fn ref_repr(&mut self, ty: &Type) -> Repr {
        Repr::Ref(self.cx.module.tables.ty(ty))
    }

    // ---- control

    /// A new block whose edges are all made before it is entered.
    fn new_block(&mut self) -> BlockId {
        self.b.block(self.span)
    }

    /// Seals a block and goes on in it.
    fn open(&mut self, block: BlockId) {
        self.b.seal(block);
        self.b.enter(block);
    }

    fn jump(&mut self, to: BlockId, args: Val) {
        self.b.jump(to, args, self.span);
    }

    fn branch(&mut self, cond: ValueId, then: BlockId, other: BlockId) {
        self.b.branch(cond, then, other, self.span);
    }

    /// Goes on in a block that nothing leads to, after a statement that leaves.
    fn unreachable(&mut self) {
        let block = self.new_block();
        self.open(block);
    }

    /// Stops with a trap where the public bool is false.
    fn require(&mut self, cond: ValueId, code: TrapCode) {
        let (fail, go_on) = (self.new_block(), self.new_block());
        self.branch(cond, go_on, fail);
        self.open(fail);
        self.b.end(Term::Trap(code), self.span);
        self.open(go_on);
    }

    /// The value of one of two computations, by a public bool.
    fn either(
        &mut self,
        cond: ValueId,
        reprs: &[Repr],
        then: impl FnOnce(&mut Self) -> Val,
        other: impl FnOnce(&mut Self) -> Val,
    ) -> Val {
        let (yes, no, join) = (self.new_block(), self.new_block(), self.new_block());
        let result = reprs.iter().map(|repr| self.b.param(join, *repr)).collect();
        let fork = self.b.fork();
        self.branch(cond, yes, no);
        self.open(yes);
        let value = then(self);
        self.jump(join, value);
        self.open(no);
        let value = other(self);
        self.jump(join, value);
        self.b.joins(join, fork);
        self.open(join);
        result
    }

    /// Runs `body` if the public bool holds.
    fn when(&mut self, cond: ValueId, body: impl FnOnce(&mut Self)) {
        self.either(
            cond,
            &[],
            |lower| {
                body(lower);
                Vec::new()
            },
            |_| Vec::new(),
        );
    }

    /// Runs `body` while `cond` (a public bool) holds; it may use [`Self::loops`]' innermost frame.
    fn while_loop(
        &mut self,
        cond: impl FnOnce(&mut Self) -> ValueId,
        body: impl FnOnce(&mut Self),
        next: impl FnOnce(&mut Self),
    ) {
        let (head, turn, latch, exit) = (self.new_block(), self.new_block(), self.new_block(), self.new_block());
        let before = self.b.fork();
        self.jump(head, Vec::new());
        self.b.enter(head);
        let cond = cond(self);
        self.branch(cond, turn, exit);
        self.open(turn);
        let begun = self.b.fork();
        self.loops.push(LoopFrame { next: latch, exit });
        body(self);
        self.loops.pop();
        self.jump(latch, Vec::new());
        self.b.joins(latch, begun);
        self.open(latch);
        next(self);
        self.jump(head, Vec::new());
        self.b.joins(head, before);
        self.b.seal(head);
        self.b.joins(exit, before);
        self.open(exit);
    }

    /// Runs `body` with `from`, `from + 1`, … below `to` (both `int64`).
    fn count(&mut self, from: ValueId, to: ValueId, body: impl FnOnce(&mut Self, ValueId)) {
        self.count_checked(from, to, body, |_| {});
    }

    /// As [`Self::count`]; `check` runs after each turn that does not leave the loop.
    fn count_checked(
        &mut self,
        from: ValueId,
        to: ValueId,
        body: impl FnOnce(&mut Self, ValueId),
        check: impl FnOnce(&mut Self),
    ) {
        let at = self.accumulator(from);
        let span = self.span;
        self.while_loop(
            |lower| {
                let now = lower.b.read(at);
                lower.less(now, to)
            },
            |lower| {
                let now = lower.b.read(at);
                body(lower, now);
            },
            |lower| {
                check(lower);
                lower.span = span;
                let now = lower.b.read(at);
                let next = lower.increment(now);
                lower.b.write(at, next);
            },
        );
    }

    /// A variable that begins with a value.
    fn accumulator(&mut self, value: ValueId) -> Var {
        let var = self.b.var(self.b.repr(value));
        self.b.write(var, value);
        var
    }

    /// One variable per leaf.
    fn accumulators(&mut self, value: &[ValueId]) -> Vec<Var> {
        value.iter().map(|leaf| self.accumulator(*leaf)).collect()
    }

    fn read_all(&mut self, vars: &[Var]) -> Val {
        vars.iter().map(|var| self.b.read(*var)).collect()
    }

    fn write_all(&mut self, vars: &[Var], value: &[ValueId]) {
        for (var, leaf) in vars.iter().zip(value) {
            self.b.write(*var, *leaf);
        }
    }

    fn expr1(&mut self, expr: &Expr) -> ValueId {
        self.expr(expr)[0]
    }
}
