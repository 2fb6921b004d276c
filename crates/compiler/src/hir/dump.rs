//! A typed program in, its text for people out (`--emit hir`).

use std::fmt::Write as _;

use super::{
    Clause, Dest, Expr, ExprKind, InstanceId, Iter, Local, LocalId, Part, Pattern, Place, Program, Stmt, StmtKind, Ty,
};

/// Text of a program: interface, disclosures, then every instance. Cost: linear.
#[must_use]
pub fn dump(program: &Program) -> String {
    let mut out = String::new();
    if let Some(entry) = &program.entry {
        for input in &entry.inputs {
            let owner = match (&input.role, input.each) {
                (None, _) => String::new(),
                (Some(role), false) => format!(" from {role}"),
                (Some(role), true) => format!(" from each {role}"),
            };
            let default = input.default.as_ref().map(|text| format!(" = {text}")).unwrap_or_default();
            let _ = writeln!(out, "input {}: {}{owner}{default}", input.name, input.ty);
        }
        for output in &entry.outputs {
            let part = output.component.map(|at| format!(" .{at}")).unwrap_or_default();
            let _ = writeln!(out, "output{part}: {} to {}", output.ty, dest(&output.dest));
        }
        let _ = writeln!(out, "entry #{}", entry.instance.0);
    }
    for (at, row) in program.disclosures.iter().enumerate() {
        let _ = writeln!(out, "disclosure {at}: {:?} {} in {} to {}", row.kind, row.ty, row.function, dest(&row.to));
    }
    for (at, instance) in program.instances.iter().enumerate() {
        let mut dump = Dump { out: &mut out, program, locals: &instance.locals };
        let params: Vec<String> =
            instance.params.iter().map(|&local| format!("{}: {}", dump.local(local), dump.ty(local))).collect();
        let _ = writeln!(dump.out, "\ndef {}#{at}({}) -> {}:", instance.name, params.join(", "), instance.result);
        dump.block(&instance.body, 1);
    }
    out
}

impl std::fmt::Display for Ty {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&crate::analysis::type_name(self))
    }
}

fn dest(dest: &Dest) -> String {
    match dest {
        Dest::Everyone => "everyone".to_owned(),
        Dest::Nobody => "nobody".to_owned(),
        Dest::Role(role) => role.clone(),
        Dest::Each(role) => format!("each {role}"),
        Dest::Slot(slot) => format!("slot {slot}"),
        Dest::AnySlot => "slot ?".to_owned(),
        Dest::Key(key) => format!("key {key:?}"),
        Dest::AnyKey => "key ?".to_owned(),
    }
}

struct Dump<'d> {
    out: &'d mut String,
    program: &'d Program,
    locals: &'d [Local],
}

impl Dump<'_> {
    fn local(&self, local: LocalId) -> String {
        let name = self.locals.get(local.0 as usize).map_or("?", |local| &local.name);
        if name.starts_with('$') { name.to_owned() } else { format!("{name}.{}", local.0) }
    }

    fn ty(&self, local: LocalId) -> String {
        self.locals.get(local.0 as usize).map_or_else(String::new, |local| local.ty.to_string())
    }

    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{}{text}", "  ".repeat(depth));
    }

    fn block(&mut self, stmts: &[Stmt], depth: usize) {
        for stmt in stmts {
            stacker::maybe_grow(64 << 10, 1 << 20, || self.stmt(stmt, depth));
        }
        if stmts.is_empty() {
            self.line(depth, "pass");
        }
    }

    fn stmt(&mut self, stmt: &Stmt, depth: usize) {
        match &stmt.kind {
            StmtKind::Assign(Place::Local(local), value) => {
                let text = format!("{}: {} = {}", self.local(*local), self.ty(*local), self.expr(value));
                self.line(depth, &text);
            }
            StmtKind::Assign(place, value) => {
                let text = format!("{} = {}", self.place(place), self.expr(value));
                self.line(depth, &text);
            }
            StmtKind::Expr(value) => {
                let text = self.expr(value);
                self.line(depth, &text);
            }
            StmtKind::If(condition, then, other) => {
                let text = format!("if {}:", self.expr(condition));
                self.line(depth, &text);
                self.block(then, depth + 1);
                if !other.is_empty() {
                    self.line(depth, "else:");
                    self.block(other, depth + 1);
                }
            }
            StmtKind::SecretIf(chain) => {
                for (at, (condition, body)) in chain.arms.iter().enumerate() {
                    let word = if at == 0 { "if" } else { "elif" };
                    let text = format!("secret {word} {}:", self.expr(condition));
                    self.line(depth, &text);
                    self.block(body, depth + 1);
                }
                self.line(depth, "secret else:");
                self.block(&chain.other, depth + 1);
                let merged: Vec<String> = chain.merged.iter().map(|merged| self.local(merged.local)).collect();
                self.line(depth, &format!("merge {}", merged.join(", ")));
            }
            StmtKind::While(condition, body) => {
                let text = format!("while {}:", self.expr(condition));
                self.line(depth, &text);
                self.block(body, depth + 1);
            }
            StmtKind::For(pattern, iter, body) => {
                let text = format!("for {} in {}:", self.pattern(pattern), self.iter(iter));
                self.line(depth, &text);
                self.block(body, depth + 1);
            }
            StmtKind::Declare(local) => {
                let text = format!("declare {}", self.local(*local));
                self.line(depth, &text);
            }
            StmtKind::Return(None) => self.line(depth, "return"),
            StmtKind::Return(Some(value)) => {
                let text = format!("return {}", self.expr(value));
                self.line(depth, &text);
            }
            StmtKind::Break => self.line(depth, "break"),
            StmtKind::Continue => self.line(depth, "continue"),
            StmtKind::Assert(condition, message) => {
                let message = message.as_ref().map(|message| format!(", {}", self.expr(message))).unwrap_or_default();
                let text = format!("assert {}{message}", self.expr(condition));
                self.line(depth, &text);
            }
        }
    }

    fn place(&self, place: &Place) -> String {
        match place {
            Place::Local(local) => self.local(*local),
            Place::New(local) => format!("new {}", self.local(*local)),
            Place::Index(base, index) => format!("{}[{}]", self.expr(base), self.expr(index)),
            Place::Field(base, at) => format!("{}.{}", self.expr(base), self.field(&base.ty, *at)),
            Place::Items(base, _, parts) => format!("{}[{}]", self.expr(base), self.list(parts)),
            Place::Scan(base, hot) => format!("{}[where {}]", self.expr(base), self.expr(hot)),
            Place::Unpack(places) => {
                format!("({})", places.iter().map(|place| self.place(place)).collect::<Vec<_>>().join(", "))
            }
            Place::Discard => "_".to_owned(),
        }
    }

    fn pattern(&self, pattern: &Pattern) -> String {
        match pattern {
            Pattern::Local(local) => self.local(*local),
            Pattern::Discard => "_".to_owned(),
            Pattern::Unpack(inner) => {
                format!("({})", inner.iter().map(|pattern| self.pattern(pattern)).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn iter(&self, iter: &Iter) -> String {
        match iter {
            Iter::Range(start, stop) => format!("{}..{}", self.expr(start), self.expr(stop)),
            Iter::Value(value) => self.expr(value),
        }
    }

    fn clauses(&self, clauses: &[Clause]) -> String {
        let clause = |clause: &Clause| match clause {
            Clause::For(pattern, iter) => format!(" for {} in {}", self.pattern(pattern), self.iter(iter)),
            Clause::If(condition) => format!(" if {}", self.expr(condition)),
        };
        clauses.iter().map(clause).collect()
    }

    fn field(&self, object: &Ty, at: u32) -> &str {
        let Ty::Object(object) = object else { return "?" };
        let fields = self.program.objects.get(object.of.id as usize).map_or(&[][..], |object| &object.fields);
        fields.get(at as usize).map_or("?", |field| &field.name)
    }

    fn list(&self, items: &[Expr]) -> String {
        items.iter().map(|item| self.expr(item)).collect::<Vec<_>>().join(", ")
    }

    fn expr(&self, expr: &Expr) -> String {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.expr_inner(expr))
    }

    fn expr_inner(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Const(value) => format!("{}:{}", value.text(false), expr.ty),
            ExprKind::Local(local) => self.local(*local),
            ExprKind::Binary(op, a, b) => format!("{}({}, {})", op.name(), self.expr(a), self.expr(b)),
            ExprKind::Unary(op, a) => format!("{}({})", op.name(), self.expr(a)),
            ExprKind::Compare(op, a, b) => format!("{}({}, {})", op.name(), self.expr(a), self.expr(b)),
            ExprKind::CompareDeep(op, a, b) => format!("deep_{}({}, {})", op.name(), self.expr(a), self.expr(b)),
            ExprKind::And(a, b) => format!("({} and {})", self.expr(a), self.expr(b)),
            ExprKind::Or(a, b) => format!("({} or {})", self.expr(a), self.expr(b)),
            ExprKind::If(c, a, b) => format!("({} if {} else {})", self.expr(a), self.expr(c), self.expr(b)),
            ExprKind::Select { cond, then, other, guarded } => {
                let word = if *guarded { "select_guarded" } else { "select" };
                format!("{word}({}, {}, {})", self.expr(cond), self.expr(then), self.expr(other))
            }
            ExprKind::Pi => "$pi".to_owned(),
            ExprKind::Convert(a) => format!("<{}>({})", expr.ty, self.expr(a)),
            ExprKind::Let(local, value, body) => {
                format!("(let {} = {}; {})", self.local(*local), self.expr(value), self.expr(body))
            }
            ExprKind::List(items) => format!("[{}]", self.list(items)),
            ExprKind::Tuple(items) => format!("({},)", self.list(items)),
            ExprKind::Object(fields) => format!("{}({})", expr.ty, self.list(fields)),
            ExprKind::Field(base, at) => format!("{}.{}", self.expr(base), self.field(&base.ty, *at)),
            ExprKind::Member(base, at) => format!("{}.{at}", self.expr(base)),
            ExprKind::Index(base, index) => format!("{}[{}]", self.expr(base), self.expr(index)),
            ExprKind::Slice(base, start, stop, step) => {
                let part = |part: &Option<Box<Expr>>| part.as_ref().map(|part| self.expr(part)).unwrap_or_default();
                format!("{}[{}:{}:{}]", self.expr(base), part(start), part(stop), part(step))
            }
            ExprKind::Comprehension(clauses, element) => {
                format!("[{}{}]", self.expr(element), self.clauses(clauses))
            }
            ExprKind::Dict(pairs) => {
                let pairs: Vec<_> =
                    pairs.iter().map(|(key, value)| format!("{}: {}", self.expr(key), self.expr(value))).collect();
                format!("{{{}}}", pairs.join(", "))
            }
            ExprKind::DictComprehension(clauses, key, value) => {
                format!("{{{}: {}{}}}", self.expr(key), self.expr(value), self.clauses(clauses))
            }
            ExprKind::IsNone(value) => format!("is_none({})", self.expr(value)),
            ExprKind::Present(value) => format!("present({})", self.expr(value)),
            ExprKind::Format(parts) => {
                let mut text = "f\"".to_owned();
                for part in parts {
                    text += &match part {
                        Part::Text(part) => part.escape_debug().to_string(),
                        Part::Hole(value, None) => format!("{{{}}}", self.expr(value)),
                        Part::Hole(value, Some(spec)) => format!("{{{}:{spec}}}", self.expr(value)),
                    };
                }
                text + "\""
            }
            ExprKind::Call(InstanceId(id), args) => {
                let name = self.program.instances.get(*id as usize).map_or("?", |instance| &instance.name);
                format!("{name}#{id}({})", self.list(args))
            }
            ExprKind::Function(captured) => {
                let captured: Vec<_> = captured.iter().map(|local| self.local(*local)).collect();
                format!("function({})", captured.join(", "))
            }
            ExprKind::Closure(InstanceId(id), value) => {
                let name = self.program.instances.get(*id as usize).map_or("?", |instance| &instance.name);
                format!("closure {name}#{id}({})", self.expr(value))
            }
            ExprKind::CallValue(callee, args) => format!("{}({})", self.expr(callee), self.list(args)),
            ExprKind::Prelude(function, operands) => format!("{function:?}({})", self.list(operands)),
            ExprKind::Module(function, operands) => format!("{function:?}({})", self.list(operands)),
            ExprKind::Reveal(value, row) => format!("reveal@{}({})", row.0, self.expr(value)),
        }
    }
}
