//! Public work in, its time out: calls, an integer loop, list reads and writes, floats and fixed point.

use std::sync::Arc;

use stoffel_bytecode::{Builtin, Function, Instr, Operands, Program, Type, VerifiedProgram, needs, verify};
use stoffel_mpc::ClearEngine;
use stoffel_value::{BinOp, FixTy, ScalarTy, TrapCode, Value};
use stoffel_vm::{Host, InputLeaf, Limits, Stop, Vm};

fn main() {
    divan::main();
}

struct Mute;

impl Host for Mute {
    fn print(&mut self, _: &str) {}
    fn input(&mut self, _: u32) -> Result<Vec<InputLeaf>, TrapCode> {
        Err(TrapCode::UnknownClient)
    }
    fn clients(&self, _: &str) -> Vec<u32> {
        Vec::new()
    }
    fn output(&mut self, _: u32, _: Option<u32>, _: Value) {}
    fn deliver(&mut self, _: u32, _: u32, _: Value) {}
}

fn run(program: &Arc<VerifiedProgram>) {
    let mut vm = Vm::new(Arc::clone(program), Limits::default());
    assert_eq!(vm.run(&mut ClearEngine::new(), &mut Mute, u64::MAX), Stop::Done);
}

fn verified(types: Vec<Type>, functions: Vec<Function>) -> Arc<VerifiedProgram> {
    let mut program = Program { types, functions, ..Program::default() };
    program.needs = needs(&program);
    Arc::new(verify(program).expect("the program is right"))
}

fn words(count: usize, ty: ScalarTy) -> Vec<ScalarTy> {
    vec![ty; count]
}

/// `def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)`, of `n`.
fn fib(n: u64) -> Arc<VerifiedProgram> {
    let i64s = |count| words(count, ScalarTy::I64);
    let fib = Function {
        name: "fib".to_owned(),
        words: i64s(4),
        params: [1, 0, 0],
        results: [1, 0, 0],
        result_words: i64s(1),
        operands: vec![
            Operands { words: vec![0], ..Operands::default() },
            Operands { words: vec![2], to_words: vec![2], ..Operands::default() },
            Operands { words: vec![3], to_words: vec![3], ..Operands::default() },
            Operands { words: vec![2], ..Operands::default() },
        ],
        code: vec![
            Instr::Small { d: 1, v: 2 },
            Instr::JumpGeI64 { a: 0, b: 1, by: 2 },
            Instr::Return { ops: 0 },
            Instr::AddI64Imm { d: 2, a: 0, v: -1 },
            Instr::Call { ops: 1, hi: 0, lo: 1 },
            Instr::AddI64Imm { d: 3, a: 0, v: -2 },
            Instr::Call { ops: 2, hi: 0, lo: 1 },
            Instr::AddI64 { d: 2, a: 2, b: 3 },
            Instr::Return { ops: 3 },
        ],
        ..Function::default()
    };
    let main = Function {
        name: "main".to_owned(),
        words: i64s(1),
        words_pool: vec![n],
        operands: vec![Operands { words: vec![0], to_words: vec![0], ..Operands::default() }, Operands::default()],
        code: vec![Instr::Const { d: 0, imm: 0 }, Instr::Call { ops: 0, hi: 0, lo: 1 }, Instr::Return { ops: 1 }],
        ..Function::default()
    };
    verified(Vec::new(), vec![main, fib])
}

/// `for i in 0..n: total += i` with a body of `body`; register 0 i, 1 n, 2 and 3 for the body.
fn counted(n: u64, ty: ScalarTy, body: &[Instr]) -> Arc<VerifiedProgram> {
    let mut formats = words(2, ScalarTy::I64);
    formats.extend(words(3, ty));
    let mut code = vec![
        Instr::Small { d: 0, v: 0 },
        Instr::Const { d: 1, imm: 0 },
        Instr::Const { d: 2, imm: 1 },
        Instr::Const { d: 3, imm: 1 },
    ];
    let head = code.len() as i16;
    code.extend_from_slice(body);
    code.push(Instr::AddI64Imm { d: 0, a: 0, v: 1 });
    let by = head - code.len() as i16;
    code.extend([Instr::JumpLtI64 { a: 0, b: 1, by }, Instr::Return { ops: 0 }]);
    let main = Function {
        name: "main".to_owned(),
        words: formats,
        words_pool: vec![n, 1],
        operands: vec![Operands::default()],
        code,
        ..Function::default()
    };
    verified(Vec::new(), vec![main])
}

#[divan::bench(sample_count = 5)]
fn fib_30(bencher: divan::Bencher<'_, '_>) {
    let program = fib(30);
    bencher.bench_local(|| run(&program));
}

#[divan::bench(sample_count = 3)]
fn integer_loop_100m(bencher: divan::Bencher<'_, '_>) {
    let program = counted(100_000_000, ScalarTy::I64, &[Instr::AddI64 { d: 2, a: 2, b: 0 }]);
    bencher.bench_local(|| run(&program));
}

/// Operations without an instruction of their own.
#[divan::bench(sample_count = 3)]
fn modulo_loop_10m(bencher: divan::Bencher<'_, '_>) {
    let body = [
        Instr::Bin { op: BinOp::Mod, d: 4, a: 0, b: 1 },
        Instr::Bin { op: BinOp::Max, d: 4, a: 4, b: 2 },
        Instr::Bin { op: BinOp::Xor, d: 3, a: 3, b: 0 },
    ];
    let program = counted(10_000_000, ScalarTy::I64, &body);
    bencher.bench_local(|| run(&program));
}

#[divan::bench(sample_count = 3)]
fn fixed_loop_10m(bencher: divan::Bencher<'_, '_>) {
    let body = [Instr::Bin { op: BinOp::Mul, d: 4, a: 2, b: 3 }, Instr::Bin { op: BinOp::Sub, d: 4, a: 4, b: 3 }];
    let program = counted(10_000_000, ScalarTy::Fix(FixTy::FIX64), &body);
    bencher.bench_local(|| run(&program));
}

#[divan::bench(sample_count = 3)]
fn float_loop_10m(bencher: divan::Bencher<'_, '_>) {
    let body = [Instr::Bin { op: BinOp::Mul, d: 4, a: 2, b: 3 }, Instr::Bin { op: BinOp::Add, d: 4, a: 4, b: 3 }];
    let program = counted(10_000_000, ScalarTy::Float, &body);
    bencher.bench_local(|| run(&program));
}

/// A list of a million words, each read and written ten times.
#[divan::bench(sample_count = 3)]
fn list_update_10m(bencher: divan::Bencher<'_, '_>) {
    let main = Function {
        name: "main".to_owned(),
        words: words(5, ScalarTy::I64),
        refs: vec![0],
        words_pool: vec![1_000_000],
        operands: vec![
            Operands::default(),
            Operands { words: vec![0, 1, 3], to_refs: vec![0], ..Operands::default() },
            Operands { words: vec![4], ..Operands::default() },
        ],
        code: vec![
            Instr::Small { d: 0, v: 0 },
            Instr::Const { d: 1, imm: 0 },
            Instr::Small { d: 3, v: 1 },
            Instr::Builtin { op: Builtin::Range, ops: 1 },
            Instr::Small { d: 2, v: 0 },
            Instr::Small { d: 3, v: 10 },
            Instr::Small { d: 0, v: 0 },
            Instr::GetWord { d: 4, r: 0, i: 0 },
            Instr::AddI64Imm { d: 4, a: 4, v: 3 },
            Instr::Set { r: 0, i: 0, ops: 2 },
            Instr::AddI64Imm { d: 0, a: 0, v: 1 },
            Instr::JumpLtI64 { a: 0, b: 1, by: -4 },
            Instr::AddI64Imm { d: 2, a: 2, v: 1 },
            Instr::JumpLtI64 { a: 2, b: 3, by: -7 },
            Instr::Return { ops: 0 },
        ],
        ..Function::default()
    };
    let program = verified(vec![Type::List(Box::new(Type::Scalar(ScalarTy::I64)))], vec![main]);
    bencher.bench_local(|| run(&program));
}

/// `c.append(a[i] * a[i])` a million times: what a secret operation costs the machine and the clear engine.
#[divan::bench(sample_count = 3)]
fn secret_products_1m(bencher: divan::Bencher<'_, '_>) {
    let main = Function {
        name: "main".to_owned(),
        words: words(3, ScalarTy::I64),
        refs: vec![0, 1, 1],
        secrets: words(2, ScalarTy::I64),
        words_pool: vec![1000],
        operands: vec![Operands::default(), Operands { words: vec![0, 1, 2], to_refs: vec![0], ..Operands::default() }],
        code: vec![
            Instr::Small { d: 0, v: 0 },
            Instr::Const { d: 1, imm: 0 },
            Instr::Small { d: 2, v: 1 },
            Instr::Builtin { op: Builtin::Range, ops: 1 },
            Instr::HideRef { d: 1, r: 0 },
            Instr::Small { d: 2, v: 0 },
            Instr::NewList { d: 2 },
            Instr::Small { d: 0, v: 0 },
            Instr::GetSecret { d: 0, r: 1, i: 0 },
            Instr::SBin { op: BinOp::Mul, d: 1, a: 0, b: 0 },
            Instr::AppendSecret { r: 2, s: 1 },
            Instr::AddI64Imm { d: 0, a: 0, v: 1 },
            Instr::JumpLtI64 { a: 0, b: 1, by: -4 },
            Instr::AddI64Imm { d: 2, a: 2, v: 1 },
            Instr::JumpLtI64 { a: 2, b: 1, by: -8 },
            Instr::Return { ops: 0 },
        ],
        ..Function::default()
    };
    let list = |element| Type::List(Box::new(element));
    let types = vec![list(Type::Scalar(ScalarTy::I64)), list(Type::Secret(ScalarTy::I64))];
    let program = verified(types, vec![main]);
    bencher.bench_local(|| run(&program));
}
