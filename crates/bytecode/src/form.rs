//! A type of a program in, the type by itself out: a program that has nothing but it, as number 0, and the objects that it leads to.
//!
//! Types and objects are numbered in the order in which a walk meets them, whatever else the program holds, so types of two programs are
//! the same exactly if their forms are equal. That is what a store keeps beside a value.
//! Not here: derivation, which says nothing about a value.

use std::collections::BTreeMap;

use crate::{Field, FuncType, Object, ObjectTy, Program, Type};

impl Program {
    /// The type by itself; [`Program::formed`] is the type in it.
    #[must_use]
    pub fn form(&self, ty: &Type) -> Self {
        let mut form = Self { types: vec![ty.clone()], ..Self::default() };
        let (mut known, mut open) = (BTreeMap::new(), Vec::new());
        form.types[0] = renumbered(ty, &mut known, &mut open);
        let mut next = 0;
        while let Some(object) = open.get(next).copied() {
            next += 1;
            let name = self.object(object).map(|row| row.name.clone()).unwrap_or_default();
            let mut fields = Vec::new();
            for (name, ty) in self.fields(object) {
                let ty = renumbered(ty, &mut known, &mut open);
                let at = form.types.iter().position(|other| *other == ty).unwrap_or(form.types.len());
                if at == form.types.len() {
                    form.types.push(ty);
                }
                fields.push(Field { name: name.to_owned(), ty: at as u32 });
            }
            form.objects.push(Object { name, base: None, fields });
        }
        form
    }

    /// The type of which this is the form.
    #[must_use]
    pub fn formed(&self) -> Option<&Type> {
        self.types.first()
    }
}

/// The type with objects numbered as they are met.
fn renumbered(ty: &Type, known: &mut BTreeMap<u32, u32>, open: &mut Vec<ObjectTy>) -> Type {
    let mut inner = |ty: &Type| Box::new(renumbered(ty, known, open));
    match ty {
        Type::List(member) => Type::List(inner(member)),
        Type::Array(member) => Type::Array(inner(member)),
        Type::Optional(member) => Type::Optional(inner(member)),
        Type::Dict(key, member) => Type::Dict(key.clone(), inner(member)),
        Type::Tuple(members) => Type::Tuple(members.iter().map(|member| *inner(member)).collect()),
        Type::Func(func) => {
            let params = func.params.iter().map(|param| *inner(param)).collect();
            Type::Func(Box::new(FuncType { params, result: *inner(&func.result) }))
        }
        Type::Object(object) => {
            let next = open.len() as u32;
            let index = *known.entry(object.index).or_insert_with(|| {
                open.push(*object);
                next
            });
            Type::Object(ObjectTy { index, ..*object })
        }
        Type::Scalar(_) | Type::Secret(_) | Type::Str | Type::Text | Type::Ticket(_) => ty.clone(),
        Type::Share | Type::Closure => ty.clone(),
    }
}

#[cfg(test)]
mod tests {
    use stoffel_value::ScalarTy;

    use super::*;

    /// Two objects, `Node` with a list of itself and a `Leaf`, at these numbers.
    fn program(node: u32, leaf: u32) -> Program {
        let object = |index| Type::Object(ObjectTy { index, secret: true });
        let list = Type::List(Box::new(object(node)));
        let types = vec![Type::Str, Type::Secret(ScalarTy::I64), object(leaf), list.clone(), object(node)];
        let row = |name: &str, fields: &[(&str, u32)]| Object {
            name: name.to_owned(),
            base: None,
            fields: fields.iter().map(|(name, ty)| Field { name: (*name).to_owned(), ty: *ty }).collect(),
        };
        let mut objects = vec![row("Unused", &[("s", 0)]); 3];
        objects[node as usize] = row("Node", &[("kids", 3), ("leaf", 2)]);
        objects[leaf as usize] = row("Leaf", &[("v", 1)]);
        Program { types, objects, ..Program::default() }
    }

    #[test]
    fn forms_of_the_same_type_are_equal_whatever_its_numbers() {
        let forms = [program(0, 1), program(2, 0)].map(|program| program.form(&program.types[3]));
        assert_eq!(forms[0], forms[1]);
        let form = &forms[0];
        assert_eq!(form.type_name(form.formed().expect("it has one type")), "list[Node]");
        assert_eq!((form.objects.len(), form.types.len()), (2, 3));
        let read = Program::from_text(&form.to_text()).expect("forms are read back");
        assert_eq!(read, *form);
        let other = program(0, 1);
        assert_ne!(*form, other.form(&other.types[4]));
    }
}
