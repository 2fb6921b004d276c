//! Object types of a program: rows of fields in, leaves of records out.
//!
//! A type names its row and whether it holds secrets ([`ObjectTy`]), so that secrecy of any type can be told without the table; the
//! verifier proves that mark. A derived object has its base's fields first, so that it may stand wherever its base is expected.

use stoffel_value::ScalarTy;

use crate::{Leaf, Program, Type};

/// An object type: a row of the object table, and what can be told of its values without the table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ObjectTy {
    /// Index into [`Program::objects`].
    pub index: u32,
    /// Whether a field, or what one refers to, may hold a secret.
    pub secret: bool,
}

/// A row of the object table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Object {
    /// Name in the source, as values print.
    pub name: String,
    /// The object that it derives from: its fields come first.
    pub base: Option<u32>,
    /// Fields in order.
    pub fields: Vec<Field>,
}

/// A field of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Index into [`Program::types`].
    pub ty: u32,
}

impl Program {
    /// The row of an object type.
    #[must_use]
    pub fn object(&self, ty: ObjectTy) -> Option<&Object> {
        self.objects.get(ty.index as usize)
    }

    /// Names and types of an object's fields.
    pub fn fields(&self, ty: ObjectTy) -> impl Iterator<Item = (&str, &Type)> {
        let fields = self.object(ty).map_or(&[][..], |object| &object.fields);
        fields.iter().filter_map(|field| Some((field.name.as_str(), self.types.get(field.ty as usize)?)))
    }

    /// Leaves of an object's record, field by field.
    #[must_use]
    pub fn record_leaves(&self, ty: ObjectTy) -> Vec<Leaf> {
        self.fields(ty).flat_map(|(_, field)| field.leaves()).collect()
    }

    /// Whether a part of a type, through objects too, is one that is looked for.
    #[must_use]
    pub fn holds(&self, ty: &Type, wanted: impl Fn(&Type) -> bool) -> bool {
        let (mut met, mut open) = (vec![false; self.objects.len()], vec![ty]);
        while let Some(ty) = open.pop() {
            if wanted(ty) {
                return true;
            }
            match ty {
                Type::Object(object) if met.get(object.index as usize) == Some(&false) => {
                    met[object.index as usize] = true;
                    open.extend(self.fields(*object).map(|(_, ty)| ty));
                }
                Type::List(member) | Type::Array(member) | Type::Optional(member) => open.push(member),
                Type::Dict(key, member) => open.extend([&**key, &**member]),
                Type::Tuple(members) => open.extend(members),
                _ => {}
            }
        }
        false
    }

    /// A type in words of the source: objects by their names.
    #[must_use]
    pub fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Object(object) => self.object(*object).map_or_else(|| ty.to_string(), |row| row.name.clone()),
            Type::List(member) => format!("list[{}]", self.type_name(member)),
            Type::Array(member) => format!("array[{}]", self.type_name(member)),
            Type::Optional(member) => format!("{}?", self.type_name(member)),
            Type::Tuple(members) => {
                let names: Vec<String> = members.iter().map(|member| self.type_name(member)).collect();
                let comma = if names.len() == 1 { "," } else { "" };
                format!("({}{comma})", names.join(", "))
            }
            Type::Func(func) => {
                let params: Vec<String> = func.params.iter().map(|param| self.type_name(param)).collect();
                format!("({}) -> {}", params.join(", "), self.type_name(&func.result))
            }
            other => other.to_string(),
        }
    }
}

/// Format of the first scalar of a type as a secret has chosen it, through objects too: one leaf of a value stands for all.
#[must_use]
pub fn first_chosen(ty: &Type, types: &[Type], objects: &[Object]) -> Option<ScalarTy> {
    if !ty.holds_object() {
        return ty.chosen()?.first_scalar();
    }
    let (mut met, mut open) = (vec![false; objects.len()], vec![ty]);
    while let Some(ty) = open.pop() {
        match ty {
            Type::Object(object) => {
                let index = object.index as usize;
                if let (Some(row), Some(false)) = (objects.get(index), met.get(index)) {
                    met[index] = true;
                    open.extend(row.fields.iter().rev().filter_map(|field| types.get(field.ty as usize)));
                }
            }
            Type::List(member) | Type::Array(member) | Type::Optional(member) => open.push(member),
            Type::Tuple(members) => open.extend(members.iter().rev()),
            other => {
                if let Some(format) = other.chosen().and_then(|ty| ty.first_scalar()) {
                    return Some(format);
                }
            }
        }
    }
    None
}
