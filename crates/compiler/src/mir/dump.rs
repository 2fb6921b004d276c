//! A module in; its text out (`--emit mir`). The text is for people and tests; nothing reads it back.

use std::fmt::Write;

use super::{Edge, Function, Inst, Module, Op, Repr, Right, Tables, Term, ValueId};

/// The text of a module.
pub(crate) fn dump(module: &Module) -> String {
    let mut out = String::new();
    for (at, function) in module.functions.iter().enumerate() {
        let entry = if module.entry.is_some_and(|entry| entry.idx() == at) { " entry" } else { "" };
        // Writing to a string cannot fail; the results below are dropped for that reason.
        let _ = write!(out, "fn{at} {}{entry}", function.name);
        let results: Vec<String> = function.results.iter().map(|result| repr(&module.tables, *result)).collect();
        let _ = writeln!(out, " -> ({})", results.join(", "));
        dump_function(&mut out, &module.tables, function);
        out.push('\n');
    }
    out
}

fn dump_function(out: &mut String, tables: &Tables, function: &Function) {
    for (at, block) in function.blocks.iter().enumerate() {
        let _ = writeln!(out, "b{at}({}):", defs(tables, function, &block.params));
        for inst in &block.insts {
            let _ = writeln!(out, "  {}", dump_inst(tables, function, inst));
        }
        let _ = writeln!(out, "  {}", dump_term(&block.term));
    }
}

fn dump_inst(tables: &Tables, function: &Function, inst: &Inst) -> String {
    let mut text = String::new();
    if !inst.results.is_empty() {
        let _ = write!(text, "{} = ", defs(tables, function, &inst.results));
    }
    text.push_str(&dump_op(tables, inst.op));
    if !inst.args.is_empty() {
        let _ = write!(text, " {}", uses(&inst.args));
    }
    text
}

fn dump_op(tables: &Tables, op: Op) -> String {
    match op {
        Op::Const(word) => format!("const {}", word as i64),
        Op::Str(id) => format!("str {:?}", tables.strings[id as usize]),
        Op::Bin(op) => op.name().to_owned(),
        Op::AddImm(v) => format!("addimm {v}"),
        Op::Un(op) => op.name().to_owned(),
        Op::Cmp(op) => op.name().to_owned(),
        Op::Convert => "convert".to_owned(),
        Op::Call(id) => format!("call fn{}", id.0),
        Op::Closure(id) => format!("closure fn{}", id.0),
        Op::CallValue => "callvalue".to_owned(),
        Op::Try => "try".to_owned(),
        Op::Format(ty) => format!("format {}", tables.types[ty.idx()]),
        Op::FormatSpec(ty) => format!("formatspec {}", tables.types[ty.idx()]),
        Op::ConcatStr => "concatstr".to_owned(),
        Op::Print => "print".to_owned(),
        Op::NewList => "newlist".to_owned(),
        Op::Nil => "nil".to_owned(),
        Op::Len => "len".to_owned(),
        Op::Get => "get".to_owned(),
        Op::Set => "set".to_owned(),
        Op::Append => "append".to_owned(),
        Op::Put(_) => "put".to_owned(),
        Op::NewObject => "new.object".to_owned(),
        Op::GetField(at) => format!("get.field {at}"),
        Op::SetField(at) => format!("set.field {at}"),
        Op::Upcast => "upcast".to_owned(),
        Op::Builtin(builtin) => builtin.name().to_owned(),
        Op::Hide => "hide".to_owned(),
        Op::HideRef => "hideref".to_owned(),
        Op::ABin(op) => format!("array.{}", op.name()),
        Op::AUn(op) => format!("array.{}", op.name()),
        Op::ACmp(op) => format!("array.{}", op.name()),
        Op::AConvert => "array.convert".to_owned(),
        Op::LBin(op) => format!("lanes.{}", op.name()),
        Op::LUn(op) => format!("lanes.{}", op.name()),
        Op::LCmp(op) => format!("lanes.{}", op.name()),
        Op::LConvert => "lanes.convert".to_owned(),
        Op::LFold(op) => format!("lanes.fold.{}", op.name()),
        Op::SBin(op) => format!("s.{}", op.name()),
        Op::SUn(op) => format!("s.{}", op.name()),
        Op::SCmp(op) => format!("s.{}", op.name()),
        Op::Select => "s.select".to_owned(),
        Op::SConvert => "s.convert".to_owned(),
        Op::GuardEnter => "guard".to_owned(),
        Op::GuardLeave => "unguard".to_owned(),
        Op::Open(row) => format!("open row{row}"),
        Op::Await => "await".to_owned(),
        Op::OpenRef(row) => format!("openref row{row}"),
        Op::Take(row) => format!("take slot{row}"),
        Op::Store(ty, row) => format!("store {} {row:?}", tables.types[ty.idx()]),
        Op::Load(ty, row) => format!("load {} {row:?}", tables.types[ty.idx()]),
        Op::OpenShare(row) => format!("openshare row{row}"),
        Op::Send(row) => format!("send row{row}"),
        Op::Input(row) => format!("input {row}"),
        Op::Output { row, disclosure: Some(disclosure) } => format!("output {row} row{disclosure}"),
        Op::Output { row, disclosure: None } => format!("output {row}"),
    }
}

fn dump_term(term: &Term) -> String {
    match term {
        Term::Open => "open".to_owned(),
        Term::Jump(edge) => format!("jump {}", dump_edge(edge)),
        Term::Branch(cond, then, other) => format!("branch v{} {} {}", cond.0, dump_edge(then), dump_edge(other)),
        Term::BranchCmp { equal, a, b, negate, then, other } => {
            let op = match (equal, negate) {
                (false, false) => "<",
                (false, true) => ">=",
                (true, false) => "==",
                (true, true) => "!=",
            };
            let b = match b {
                Right::Value(b) => format!("v{}", b.0),
                Right::Small(v) => v.to_string(),
            };
            format!("branch v{} {op} {b} {} {}", a.0, dump_edge(then), dump_edge(other))
        }
        Term::Return(values) => format!("return {}", uses(values)).trim_end().to_owned(),
        Term::Fail(message) => format!("fail v{}", message.0),
        Term::Trap(code) => format!("trap {}", code.code()),
    }
}

fn dump_edge(edge: &Edge) -> String {
    format!("b{}({})", edge.to.0, uses(&edge.args))
}

fn uses(values: &[ValueId]) -> String {
    values.iter().map(|value| format!("v{}", value.0)).collect::<Vec<_>>().join(", ")
}

fn defs(tables: &Tables, function: &Function, values: &[ValueId]) -> String {
    let def = |value: &ValueId| format!("v{}: {}", value.0, repr(tables, function.repr(*value)));
    values.iter().map(def).collect::<Vec<_>>().join(", ")
}

fn repr(tables: &Tables, repr: Repr) -> String {
    match repr {
        Repr::Word(ty) => ty.to_string(),
        Repr::Secret(ty) => format!("secret {ty}"),
        Repr::Ticket(ty) => format!("ticket {ty}"),
        Repr::Ref(ty) => tables.types[ty.idx()].to_string(),
    }
}
