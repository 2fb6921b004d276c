//! A program's types in, their secret places counted out, objects through objects.
//!
//! An object type that leads back to itself has no end of places. So an object within an object of its own type uses that one's
//! places again: a place is a column, and what is deeper in the value comes later in it.

use stoffel_bytecode::{ObjectTy, Program, Type};
use stoffel_value::ScalarTy;

use crate::wire::Malformed;

/// Values within values that a message may hold: they are walked by recursion.
const DEPTH_MAX: usize = 1000;

/// Where a walk through a type stands.
pub(crate) struct Walk<'p> {
    program: &'p Program,
    /// Objects around this place with their first secret places.
    open: Vec<(u32, usize)>,
    depth: usize,
}

/// What [`Walk::leave_object`] needs.
pub(crate) struct Inside {
    /// First secret place of the fields.
    pub(crate) first: usize,
    is_new: bool,
    hidden: Vec<(u32, usize)>,
}

impl<'p> Walk<'p> {
    /// A walk of the whole type.
    pub(crate) const fn new(program: &'p Program) -> Self {
        Self { program, open: Vec::new(), depth: 0 }
    }

    /// Types of an object's fields.
    pub(crate) fn fields(&self, object: ObjectTy) -> impl Iterator<Item = (&'p str, &'p Type)> + use<'p> {
        let program = self.program;
        program.fields(object)
    }

    /// Name of an object type.
    pub(crate) fn name(&self, object: ObjectTy) -> String {
        self.program.object(object).map(|row| row.name.clone()).unwrap_or_default()
    }

    /// Goes into an object; `first` is its first secret place, unless one of its type stands around it. On an error the walk is given up.
    pub(crate) fn enter_object(&mut self, object: ObjectTy, first: usize) -> Inside {
        let known = self.open.iter().position(|(index, _)| *index == object.index);
        // Within the outer one the walk stands where it stood there.
        let hidden = self.open.split_off(known.map_or(self.open.len(), |at| at + 1));
        let first = known.map_or(first, |at| self.open[at].1);
        if known.is_none() {
            self.open.push((object.index, first));
        }
        Inside { first, is_new: known.is_none(), hidden }
    }

    /// Goes out of it.
    pub(crate) fn leave_object(&mut self, inside: Inside) {
        if inside.is_new {
            self.open.pop();
        }
        self.open.extend(inside.hidden);
    }

    /// Counts one more value around what follows; the caller says when it ends.
    pub(crate) const fn enter(&mut self) -> Result<(), Malformed> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(Malformed) } else { Ok(()) }
    }

    /// Ends [`Walk::enter`].
    pub(crate) const fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Number of secret places of a type, those of objects around it apart.
    pub(crate) fn count(&mut self, ty: &Type) -> usize {
        match ty {
            Type::Secret(_) | Type::Text => 1,
            Type::Scalar(_) | Type::Str | Type::Ticket(_) | Type::Func(_) | Type::Closure | Type::Share => 0,
            Type::List(member) | Type::Array(member) | Type::Optional(member) | Type::Dict(_, member) => {
                self.count(member)
            }
            Type::Tuple(members) => members.iter().map(|member| self.count(member)).sum(),
            Type::Object(object) => {
                if !object.secret || self.open.iter().any(|(index, _)| *index == object.index) {
                    return 0;
                }
                self.open.push((object.index, 0));
                let total = self.fields(*object).map(|(_, ty)| self.count(ty)).sum();
                self.open.pop();
                total
            }
        }
    }

    /// Formats of the secret places of a type, in order.
    pub(crate) fn places(&mut self, ty: &Type, out: &mut Vec<ScalarTy>) {
        match ty {
            Type::Secret(scalar) => out.push(*scalar),
            Type::Text => out.push(Type::CODE),
            Type::Scalar(_) | Type::Str | Type::Ticket(_) | Type::Func(_) | Type::Closure | Type::Share => {}
            Type::List(member) | Type::Array(member) | Type::Optional(member) | Type::Dict(_, member) => {
                self.places(member, out);
            }
            Type::Tuple(members) => members.iter().for_each(|member| self.places(member, out)),
            Type::Object(object) => {
                if !object.secret || self.open.iter().any(|(index, _)| *index == object.index) {
                    return;
                }
                self.open.push((object.index, 0));
                self.fields(*object).for_each(|(_, ty)| self.places(ty, out));
                self.open.pop();
            }
        }
    }
}
