//! The object table in; rows proved possible, bases prefixes of what derives from them, and the mark of every object type true.

use super::Fault;
use super::bounds::{index, limit};
use super::rule::Rule;
use crate::{Object, ObjectTy, Program, Type};

/// Fields of one object; instructions name them by 16 bits.
const FIELDS_MAX: usize = 1 << 16;
/// Leaves of one record, and rows of the table: both bound what the rules look at.
const LEAVES_MAX: usize = 4096;
const OBJECTS_MAX: usize = 1 << 16;
/// Leaves of all records.
const ALL_LEAVES_MAX: usize = 1 << 22;

pub(super) fn check(program: &Program) -> Result<(), Fault> {
    limit("objects", program.objects.len(), OBJECTS_MAX)?;
    let mut all_leaves = 0;
    for (place, object) in program.objects.iter().enumerate() {
        limit("fields", object.fields.len(), FIELDS_MAX)?;
        let mut leaves = 0;
        for field in &object.fields {
            index("type", field.ty, program.types.len())?;
            let ty = &program.types[field.ty as usize];
            if matches!(ty, Type::Ticket(_)) {
                return Err(Fault::BadType(ty.clone()));
            }
            leaves += ty.leaves().len();
            if leaves > LEAVES_MAX {
                return Err(Fault::LargeType);
            }
        }
        all_leaves += leaves;
        limit("leaves of objects", all_leaves, ALL_LEAVES_MAX)?;
        base(program, place, object)?;
    }
    for ty in &program.types {
        named(program, ty)?;
    }
    marks(program)
}

/// A base stands before what derives from it, so that there is no cycle, and its fields are the first ones.
fn base(program: &Program, place: usize, object: &Object) -> Result<(), Fault> {
    let Some(base) = object.base else { return Ok(()) };
    index("base object before this one", base, place)?;
    let same = |a: u32, b: u32| program.types[a as usize] == program.types[b as usize];
    let inherited = &program.objects[base as usize].fields;
    let prefix = object.fields.get(..inherited.len()).is_some_and(|first| {
        first.iter().zip(inherited).all(|(own, of_base)| own.name == of_base.name && same(own.ty, of_base.ty))
    });
    if prefix { Ok(()) } else { Err(Fault::ObjectBase(object.name.clone())) }
}

/// Every object that a type names exists.
fn named(program: &Program, ty: &Type) -> Result<(), Fault> {
    match ty {
        Type::Object(object) => index("object", object.index, program.objects.len()),
        Type::List(member) | Type::Array(member) | Type::Optional(member) | Type::Dict(_, member) => {
            named(program, member)
        }
        Type::Tuple(members) => members.iter().try_for_each(|member| named(program, member)),
        Type::Func(func) => func.params.iter().chain([&func.result]).try_for_each(|part| named(program, part)),
        Type::Scalar(_) | Type::Secret(_) | Type::Str | Type::Text | Type::Ticket(_) => Ok(()),
        Type::Share | Type::Closure => Ok(()),
    }
}

/// The least marks that the fields give; those of every type must be equal.
fn marks(program: &Program) -> Result<(), Fault> {
    let n = program.objects.len();
    let mut secret = vec![false; n];
    // Who refers to an object by a field, so that each mark is passed on once.
    let mut users = vec![Vec::new(); n];
    for (at, object) in program.objects.iter().enumerate() {
        for field in &object.fields {
            let ty = &program.types[field.ty as usize];
            secret[at] |= own_secret(ty);
            each_object(ty, &mut |to| users[to.index as usize].push(at));
        }
    }
    let mut work: Vec<usize> = (0..n).filter(|&at| secret[at]).collect();
    while let Some(at) = work.pop() {
        for &user in &users[at] {
            if !std::mem::replace(&mut secret[user], true) {
                work.push(user);
            }
        }
    }
    let mut wrong = None;
    for ty in &program.types {
        each_object(ty, &mut |object| {
            if object.secret != secret[object.index as usize] && Rule::ObjectMark.on() {
                wrong = Some(Fault::ObjectMark(Type::Object(object)));
            }
        });
    }
    wrong.map_or(Ok(()), Err)
}

/// Secrets outside objects.
fn own_secret(ty: &Type) -> bool {
    match ty {
        Type::Secret(_) => true,
        Type::List(member) | Type::Array(member) | Type::Optional(member) | Type::Dict(_, member) => own_secret(member),
        Type::Tuple(members) => members.iter().any(own_secret),
        Type::Share | Type::Text => true,
        Type::Scalar(_) | Type::Str | Type::Ticket(_) | Type::Object(_) | Type::Func(_) | Type::Closure => false,
    }
}

/// Every object that the type names, in types of functions too.
fn each_object(ty: &Type, visit: &mut dyn FnMut(ObjectTy)) {
    match ty {
        Type::Object(object) => visit(*object),
        Type::List(member) | Type::Array(member) | Type::Optional(member) | Type::Dict(_, member) => {
            each_object(member, visit);
        }
        Type::Tuple(members) => members.iter().for_each(|member| each_object(member, visit)),
        Type::Func(func) => func.params.iter().chain([&func.result]).for_each(|part| each_object(part, visit)),
        Type::Scalar(_) | Type::Secret(_) | Type::Str | Type::Text | Type::Ticket(_) => {}
        Type::Share | Type::Closure => {}
    }
}
