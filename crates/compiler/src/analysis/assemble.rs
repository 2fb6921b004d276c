//! Checked instances in, one program with dense numbers and without enums out.

use crate::hash::HashMap;

use super::Cx;
use super::local::LocalStores;
use crate::hir::{Clause, Entry, Expr, ExprKind, InstanceId, Iter, Part, Place, Program, RowId, Stmt, StmtKind};

impl Cx<'_> {
    /// The program of the instances that the entry reaches, in the order given.
    pub(crate) fn assemble(&mut self, order: &[u32], mut entry: Entry, local: &LocalStores) -> Program {
        let ids: HashMap<u32, u32> = order.iter().copied().zip(0..).collect();
        let library = self.package.units.iter().map(|unit| unit.is_std).collect();
        let mut program = Program { library, objects: self.finished_objects(), ..Program::default() };
        let erase = Erase { enums: !self.enums.is_empty() };
        // Variants stand after all plain instances.
        let first_variant = u32::try_from(order.len()).unwrap_or(u32::MAX);
        let mut variants = vec![None; local.variants.len()];
        for &id in order {
            let Some(checked) = self.instances[id as usize].checked.take() else { continue };
            let first_row = u32::try_from(program.disclosures.len()).unwrap_or(u32::MAX);
            let own = local.variants.iter().zip(0..).filter(|((of, _), _)| *of == id).map(|(_, variant)| Some(variant));
            let copies: Vec<_> = own.map(|variant| (variant, checked.instance.clone())).collect();
            for (variant, mut instance) in copies.into_iter().chain([(None, checked.instance)]) {
                let of = (id, variant);
                let mut renumber = Renumber { of, ids: &ids, first_row, first_variant, local, erase };
                renumber.block(&mut instance.body);
                instance.locals.iter_mut().for_each(|local| erase.ty(&mut local.ty));
                erase.ty(&mut instance.result);
                match variant {
                    Some(variant) => variants[variant] = Some(instance),
                    None => program.instances.push(instance),
                }
            }
            program.disclosures.extend(checked.rows.into_iter().map(|mut row| {
                erase.ty(&mut row.ty);
                row
            }));
        }
        program.instances.extend(variants.into_iter().flatten());
        entry.inputs.iter_mut().for_each(|input| erase.ty(&mut input.ty));
        entry.outputs.iter_mut().for_each(|output| erase.ty(&mut output.ty));
        entry.instance = InstanceId(ids.get(&entry.instance.0).copied().unwrap_or_default());
        program.entry = Some(entry);
        program
    }
}

/// Makes enums the scalars that they are.
#[derive(Clone, Copy)]
struct Erase {
    /// There are any.
    enums: bool,
}

impl Erase {
    fn ty(self, ty: &mut crate::hir::Ty) {
        if self.enums {
            *ty = super::ty::erased(ty);
        }
    }
}

struct Renumber<'i> {
    /// The instance, and which variant of it.
    of: (u32, Option<usize>),
    local: &'i LocalStores,
    ids: &'i HashMap<u32, u32>,
    first_row: u32,
    first_variant: u32,
    erase: Erase,
}

impl Renumber<'_> {
    fn block(&mut self, stmts: &mut [Stmt]) {
        for stmt in stmts {
            stacker::maybe_grow(64 << 10, 1 << 20, || self.stmt(stmt));
        }
    }

    fn stmt(&mut self, stmt: &mut Stmt) {
        match &mut stmt.kind {
            StmtKind::Assign(place, value) => {
                self.place(place);
                self.expr(value);
            }
            StmtKind::Declare(_) => {}
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::If(condition, then, other) => {
                self.expr(condition);
                self.block(then);
                self.block(other);
            }
            StmtKind::SecretIf(chain) => {
                for (condition, body) in &mut chain.arms {
                    self.expr(condition);
                    self.block(body);
                }
                self.block(&mut chain.other);
            }
            StmtKind::While(condition, body) => {
                self.expr(condition);
                self.block(body);
            }
            StmtKind::For(_, iter, body) => {
                self.iter(iter);
                self.block(body);
            }
            StmtKind::Return(value) => value.iter_mut().for_each(|value| self.expr(value)),
            StmtKind::Break | StmtKind::Continue => {}
            StmtKind::Assert(condition, message) => {
                self.expr(condition);
                message.iter_mut().for_each(|message| self.expr(message));
            }
        }
    }

    fn place(&mut self, place: &mut Place) {
        match place {
            Place::Local(_) | Place::New(_) | Place::Discard => {}
            Place::Field(base, _) => self.expr(base),
            Place::Index(base, index) | Place::Scan(base, index) => {
                self.expr(base);
                self.expr(index);
            }
            Place::Items(base, _, parts) => {
                self.expr(base);
                parts.iter_mut().for_each(|part| self.expr(part));
            }
            Place::Unpack(places) => places.iter_mut().for_each(|place| self.place(place)),
        }
    }

    fn iter(&mut self, iter: &mut Iter) {
        match iter {
            Iter::Range(start, stop) => {
                self.expr(start);
                self.expr(stop);
            }
            Iter::Value(value) => self.expr(value),
        }
    }

    fn clauses(&mut self, clauses: &mut [Clause]) {
        for clause in clauses {
            match clause {
                Clause::For(_, iter) => self.iter(iter),
                Clause::If(condition) => self.expr(condition),
            }
        }
    }

    fn called(&self, id: InstanceId, span: stoffel_syntax::Span) -> InstanceId {
        match self.local.called(self.of, span, id.0) {
            Some(variant) => InstanceId(self.first_variant + crate::mir::index(variant)),
            None => InstanceId(self.ids.get(&id.0).copied().unwrap_or_default()),
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.expr_inner(expr));
    }

    fn expr_inner(&mut self, expr: &mut Expr) {
        self.erase.ty(&mut expr.ty);
        let span = expr.span;
        match &mut expr.kind {
            ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Function(_) | ExprKind::Pi => {}
            ExprKind::Binary(_, a, b)
            | ExprKind::Compare(_, a, b)
            | ExprKind::CompareDeep(_, a, b)
            | ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Let(_, a, b)
            | ExprKind::Index(a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Unary(_, a)
            | ExprKind::Convert(a)
            | ExprKind::Member(a, _)
            | ExprKind::Field(a, _)
            | ExprKind::IsNone(a)
            | ExprKind::Present(a) => self.expr(a),
            ExprKind::Dict(pairs) => pairs.iter_mut().for_each(|(key, value)| {
                self.expr(key);
                self.expr(value);
            }),
            ExprKind::If(a, b, c) | ExprKind::Select { cond: a, then: b, other: c, .. } => {
                self.expr(a);
                self.expr(b);
                self.expr(c);
            }
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Object(items) | ExprKind::Prelude(_, items) => {
                items.iter_mut().for_each(|item| self.expr(item));
            }
            ExprKind::Slice(base, start, stop, step) => {
                self.expr(base);
                [start, stop, step].into_iter().flatten().for_each(|part| self.expr(part));
            }
            ExprKind::Comprehension(clauses, element) => {
                self.clauses(clauses);
                self.expr(element);
            }
            ExprKind::DictComprehension(clauses, key, value) => {
                self.clauses(clauses);
                self.expr(key);
                self.expr(value);
            }
            ExprKind::Format(parts) => {
                for part in parts {
                    if let Part::Hole(value, _) = part {
                        self.expr(value);
                    }
                }
            }
            ExprKind::Call(id, args) => {
                *id = self.called(*id, span);
                args.iter_mut().for_each(|arg| self.expr(arg));
            }
            ExprKind::Module(function, items) => {
                if let Some(local) = function.local_mut() {
                    *local = self.local.is_local(self.of, span);
                }
                if let Some(row) = function.row_mut() {
                    *row = RowId(row.0 + self.first_row);
                }
                items.iter_mut().for_each(|item| self.expr(item));
            }
            ExprKind::Closure(id, value) => {
                *id = self.called(*id, span);
                self.expr(value);
            }
            ExprKind::CallValue(callee, args) => {
                self.expr(callee);
                args.iter_mut().for_each(|arg| self.expr(arg));
            }
            ExprKind::Reveal(value, row) => {
                *row = RowId(row.0 + self.first_row);
                self.expr(value);
            }
        }
    }
}
