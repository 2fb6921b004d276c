//! Function values and captured variables in; closures, calls and cells out.
//!
//! A captured variable that is assigned lives in a cell: a list of one element, made anew where the variable begins. One that is not
//! assigned is copied. A function with a type of its own is its captured cells and copies as leaves, so that a call of it is a call;
//! only a value of a function type is made on the heap.
//! Not here: which variables are captured (`analysis::function`).

use stoffel_bytecode::{Builtin, FuncType, Type};
use stoffel_syntax::Span;
use stoffel_value::TrapCode;

use super::expr::BOOL;
use super::{FuncLower, Val, bytecode_type};
use crate::hir::{Capture, Expr, FuncTy, InstanceId, LocalId, Ty};
use crate::mir::build::STR;
use crate::mir::{Block, BlockId, FuncId, Function, Inst, Module, Op, Repr, Term, ValueId, index};

/// The bytecode's form of a function type.
pub(super) fn func_type(func: &FuncTy) -> Type {
    let params = func.params.iter().map(bytecode_type).collect();
    Type::Func(Box::new(FuncType { params, result: bytecode_type(&func.result) }))
}

/// What stands for a captured variable in a function's own type.
pub(super) fn capture_type(captured: &Capture) -> Type {
    let ty = bytecode_type(&captured.ty);
    if captured.cell { cell_type(ty) } else { ty }
}

/// The type of the cell of a variable.
pub(super) fn cell_type(ty: Type) -> Type {
    Type::List(Box::new(ty))
}

impl FuncLower<'_, '_> {
    /// Whether a variable lives in a cell.
    pub(super) fn in_cell(&self, local: LocalId) -> bool {
        self.instance.locals[local.0 as usize].cell
    }

    /// The leaves of the variable in a cell.
    pub(super) fn read_cell(&mut self, local: LocalId) -> Val {
        let cell = self.cell(local);
        let zero = self.int(0);
        self.get(cell, zero)
    }

    /// Assigns the variable in a cell.
    pub(super) fn write_cell(&mut self, local: LocalId, value: &[ValueId]) {
        let cell = self.cell(local);
        let zero = self.int(0);
        let args = [cell, zero].into_iter().chain(value.iter().copied()).collect();
        self.emit0(Op::Set, args);
    }

    fn cell(&mut self, local: LocalId) -> ValueId {
        let (var, _) = self.locals[local.0 as usize];
        self.b.read(var)
    }

    /// Begins a variable with a value; one in a cell gets a new cell.
    pub(super) fn declare_local(&mut self, local: LocalId, value: &[ValueId]) {
        if !self.in_cell(local) {
            self.write_local(local, value);
            return;
        }
        let ty = cell_type(bytecode_type(&self.instance.locals[local.0 as usize].ty));
        let repr = self.ref_repr(&ty);
        let cell = self.emit1(Op::NewList, Vec::new(), repr);
        self.append(cell, &value.to_vec());
        let (var, _) = self.locals[local.0 as usize];
        self.b.write(var, cell);
    }

    /// Begins a variable without value: what it holds is never seen.
    pub(super) fn declare_unassigned(&mut self, local: LocalId) {
        if self.in_cell(local) {
            let instance = self.instance;
            let reprs = self.reprs(&instance.locals[local.0 as usize].ty);
            let value: Val = reprs.into_iter().map(|repr| self.zero(repr)).collect();
            self.declare_local(local, &value);
        }
    }

    /// Takes over what the call of a nested function gives for its captured variables.
    pub(super) fn captured_params(&mut self) {
        let instance = self.instance;
        for &local in &instance.captures {
            let (first, n) = self.locals[local.0 as usize];
            for at in 0..n {
                let repr = self.b.var_repr(first.offset(at));
                let value = self.b.param(BlockId(0), repr);
                self.b.write(first.offset(at), value);
            }
        }
    }

    /// A function of its own type: cells, and the leaves of variables that are copied.
    pub(super) fn function_value(&mut self, captured: &[LocalId]) -> Val {
        let mut leaves = Vec::new();
        for &local in captured {
            if self.in_cell(local) {
                leaves.push(self.cell(local));
            } else {
                leaves.extend(self.read_local(local));
            }
        }
        leaves
    }

    /// A function value of a written type.
    pub(super) fn closure(&mut self, instance: InstanceId, value: &Expr, ty: &Ty) -> Val {
        let captured = self.expr(value);
        // A function that runs under conditions keeps those around the place where it is made.
        let pi = self.cx.program.instances[instance.0 as usize].pi.map(|_| self.condition());
        let captured = pi.into_iter().chain(captured).collect();
        let id = self.cx.function(instance);
        let repr = self.ref_repr(&bytecode_type(ty));
        vec![self.emit1(Op::Closure(id), captured, repr)]
    }

    pub(super) fn call_value(&mut self, callee: &Expr, args: &[Expr], result: &Ty) -> Val {
        let mut operands = self.expr(callee);
        for arg in args {
            operands.extend(self.expr(arg));
        }
        let results = self.reprs(result);
        self.emit(Op::CallValue, operands, &results)
    }

    /// `expect_trap(f, code)`: R0301 unless `f()` traps, with that code if one is given.
    pub(super) fn expect_trap(&mut self, f: ValueId, code: ValueId) {
        let text = Repr::Ref(STR);
        let found = self.emit1(Op::Try, vec![f], text);
        let none = self.str("");
        let lasted = self.builtin(Builtin::Equal, vec![found, none], &[BOOL])[0];
        self.fail_if(lasted, |lower| lower.str("the function did not trap"));
        let any = self.builtin(Builtin::Equal, vec![code, none], &[BOOL])[0];
        let same = self.builtin(Builtin::Equal, vec![code, found], &[BOOL])[0];
        let right = self.either(any, &[BOOL], |lower| vec![lower.bool(true)], |_| vec![same])[0];
        let wrong = self.unary(stoffel_value::UnOp::Not, right);
        self.fail_if(wrong, |lower| {
            let (trapped, not) = (lower.str("the function trapped with "), lower.str(", not "));
            lower.emit1(Op::ConcatStr, vec![trapped, found, not, code], text)
        });
    }

    fn fail_if(&mut self, cond: ValueId, message: impl FnOnce(&mut Self) -> ValueId) {
        let span = self.span;
        let (fail, go_on) = (self.new_block(), self.new_block());
        self.branch(cond, fail, go_on);
        self.open(fail);
        let text = message(self);
        self.b.end(Term::Fail(text), span);
        self.open(go_on);
    }
}

/// Puts a function that traps where a value that is never seen, made as an empty list, is of a function type, and nothing where it is of
/// another type that is no list.
pub(super) fn fill_unassigned(module: &mut Module) {
    let mut stubs: Vec<(Repr, FuncId)> = Vec::new();
    for at in 0..module.functions.len() {
        for block in 0..module.functions[at].blocks.len() {
            for inst in 0..module.functions[at].blocks[block].insts.len() {
                let function = &module.functions[at];
                let Inst { op: Op::NewList, results, span, .. } = &function.blocks[block].insts[inst] else { continue };
                let (repr, span) = (function.repr(results[0]), *span);
                let Repr::Ref(ty) = repr else { continue };
                match module.tables.types[ty.idx()] {
                    Type::Func(_) => {}
                    Type::List(_) | Type::Array(_) | Type::Dict(..) => continue,
                    // Nothing reads it, so it need not be there.
                    _ => {
                        module.functions[at].blocks[block].insts[inst].op = Op::Nil;
                        continue;
                    }
                }
                let known = stubs.iter().find(|(known, _)| *known == repr).map(|(_, id)| *id);
                let id = known.unwrap_or_else(|| {
                    let id = FuncId(index(module.functions.len()));
                    let stub = stub(module, repr, span);
                    module.functions.push(stub);
                    stubs.push((repr, id));
                    id
                });
                module.functions[at].blocks[block].insts[inst].op = Op::Closure(id);
            }
        }
    }
}

/// A function of the signature of a function type that traps at once.
fn stub(module: &mut Module, repr: Repr, span: Span) -> Function {
    let mut function =
        Function { name: "unassigned".to_owned(), span, results: Vec::new(), blocks: Vec::new(), values: Vec::new() };
    let mut params = Vec::new();
    if let Repr::Ref(ty) = repr
        && let Type::Func(func) = module.tables.types[ty.idx()].clone()
    {
        function.results = module.tables.reprs(&func.result);
        for param in &func.params {
            for repr in module.tables.reprs(param) {
                params.push(function.value(repr));
            }
        }
    }
    function.blocks.push(Block { params, insts: Vec::new(), term: Term::Trap(TrapCode::Engine), span });
    function
}
