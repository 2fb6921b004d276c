//! Objects in: records made, read, written, seen as their bases or views; the object table of the program out.
//!
//! While functions are lowered an object type is named by its declaration: row 2i is object i, row 2i + 1 its secret view. At the end
//! the rows that types mention are numbered anew, bases before what derives from them.

use crate::hash::HashMap;

use stoffel_bytecode::{FuncType, Object, ObjectTy, Type};

use super::{FuncLower, Val, bytecode_type};
use crate::hir::{self, Expr, Program, Ty};
use crate::mir::{Module, Op, Tables, ValueId};

/// The bytecode's form of an object type, until [`number`] has run.
pub(super) fn object_type(object: &hir::ObjectTy) -> Type {
    let index = 2 * object.of.id + u32::from(object.view);
    Type::Object(ObjectTy { index, secret: object.holds_secret() })
}

impl FuncLower<'_, '_> {
    /// A new object of these field values, evaluated in order.
    pub(super) fn object(&mut self, fields: &[Expr], ty: &Ty) -> ValueId {
        let leaves = fields.iter().flat_map(|field| self.expr(field)).collect();
        let repr = self.ref_repr(&bytecode_type(ty));
        self.emit1(Op::NewObject, leaves, repr)
    }

    /// The leaves of a field.
    pub(super) fn field(&mut self, base: &Expr, at: u32, ty: &Ty) -> Val {
        let object = self.expr1(base);
        let reprs = self.reprs(ty);
        self.emit(Op::GetField(at), vec![object], &reprs)
    }

    pub(super) fn set_field(&mut self, object: ValueId, at: u32, value: &Val) {
        let args = std::iter::once(object).chain(value.iter().copied()).collect();
        self.emit0(Op::SetField(at), args);
    }

    /// An object as one of its base, then as a new one whose public words are secret.
    pub(super) fn convert_object(&mut self, object: ValueId, from: &hir::ObjectTy, to: &hir::ObjectTy) -> ValueId {
        let mut value = object;
        if from.of != to.of {
            let base = hir::ObjectTy { of: to.of.clone(), view: from.view };
            let repr = self.ref_repr(&object_type(&base));
            value = self.emit1(Op::Upcast, vec![value], repr);
        }
        if from.view != to.view {
            let repr = self.ref_repr(&object_type(to));
            value = self.emit1(Op::HideRef, vec![value], repr);
        }
        value
    }
}

/// Names and types of an object's fields, until [`number`] has run.
pub(super) fn fields(program: &Program, object: ObjectTy) -> Vec<(String, Type)> {
    let fields = &program.objects[object.index as usize / 2].fields;
    fields.iter().map(|field| (field.name.clone(), field_type(field, object.index))).collect()
}

fn field_type(field: &hir::Field, row: u32) -> Type {
    bytecode_type(if row % 2 == 1 { &field.view } else { &field.ty })
}

/// Makes the object table of what types mention and numbers its rows.
pub(super) fn number(module: &mut Module, program: &Program) {
    let mut rows = Rows { program, tables: &mut module.tables, numbers: HashMap::default(), objects: Vec::new() };
    let mut next = 0;
    // Fields add types, types add rows; declarations are finite.
    while let Some(ty) = rows.tables.types.get(next).cloned() {
        next += 1;
        rows.mention(&ty);
    }
    let Rows { numbers, objects, .. } = rows;
    module.objects = objects;
    module.tables.map_types(&|ty| renumbered(ty, &numbers));
}

struct Rows<'m> {
    program: &'m Program,
    tables: &'m mut Tables,
    /// New number of each row.
    numbers: HashMap<u32, u32>,
    objects: Vec<Object>,
}

impl Rows<'_> {
    fn mention(&mut self, ty: &Type) {
        match ty {
            Type::Object(object) => self.row(object.index),
            Type::List(member) | Type::Array(member) | Type::Optional(member) | Type::Dict(_, member) => {
                self.mention(member);
            }
            Type::Tuple(members) => members.iter().for_each(|member| self.mention(member)),
            Type::Func(func) => func.params.iter().chain([&func.result]).for_each(|part| self.mention(part)),
            Type::Scalar(_) | Type::Secret(_) | Type::Str | Type::Text | Type::Ticket(_) => {}
            Type::Share | Type::Closure => {}
        }
    }

    fn row(&mut self, index: u32) {
        // From the object up to the first base that has a row.
        let mut chain = Vec::new();
        let mut at = Some(index);
        while let Some(here) = at.filter(|here| !self.numbers.contains_key(here)) {
            chain.push(here);
            at = self.program.objects[here as usize / 2].base.map(|base| 2 * base + here % 2);
        }
        for here in chain.into_iter().rev() {
            let program = self.program;
            let object = &program.objects[here as usize / 2];
            let number = crate::mir::index(self.objects.len());
            self.numbers.insert(here, number);
            let base = object.base.and_then(|base| self.numbers.get(&(2 * base + here % 2)).copied());
            let fields = object.fields.iter().map(|field| {
                let ty = self.tables.ty(&field_type(field, here)).0;
                stoffel_bytecode::Field { name: field.name.clone(), ty }
            });
            let row = Object { name: object.name.clone(), base, fields: fields.collect() };
            self.objects.push(row);
        }
    }
}

fn renumbered(ty: &Type, numbers: &HashMap<u32, u32>) -> Type {
    match ty {
        Type::Object(object) => {
            let index = numbers.get(&object.index).copied().unwrap_or(object.index);
            Type::Object(ObjectTy { index, ..*object })
        }
        Type::List(member) => Type::List(Box::new(renumbered(member, numbers))),
        Type::Optional(member) => Type::Optional(Box::new(renumbered(member, numbers))),
        Type::Dict(key, member) => Type::Dict(key.clone(), Box::new(renumbered(member, numbers))),
        Type::Tuple(members) => Type::Tuple(members.iter().map(|member| renumbered(member, numbers)).collect()),
        Type::Func(func) => {
            let params = func.params.iter().map(|param| renumbered(param, numbers)).collect();
            Type::Func(Box::new(FuncType { params, result: renumbered(&func.result, numbers) }))
        }
        Type::Array(_) | Type::Scalar(_) | Type::Secret(_) | Type::Str | Type::Text => ty.clone(),
        Type::Ticket(_) | Type::Share | Type::Closure => ty.clone(),
    }
}
