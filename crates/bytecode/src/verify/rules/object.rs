//! Instructions on objects, and how object types relate: derivation, secrecy added, secrecy taken away by a disclosure.

use std::collections::BTreeSet;

use super::{Checked, Context, mismatch};
use crate::verify::Fault;
use crate::{Leaf, ObjectTy, Operands, Type};

impl<'a> Context<'a> {
    pub(super) fn new_object(&self, d: u16, ops: &Operands) -> Checked {
        self.element_sources(ops, self.record(d)?)
    }

    pub(super) fn get_field(&self, r: u16, field: u16, ops: &Operands) -> Checked {
        self.exact(ops, &[], &self.field(r, field)?.leaves())
    }

    pub(super) fn set_field(&self, r: u16, field: u16, ops: &Operands) -> Checked {
        self.element_sources(ops, &self.field(r, field)?.leaves())
    }

    /// Tickets are awaited blindly, so they always exist.
    pub(super) fn nil(&self, d: u16) -> Checked {
        match self.reference(d) {
            ticket @ Type::Ticket(_) => Err(mismatch("the reference", "string, list or object", ticket)),
            _ => Ok(()),
        }
    }

    fn record(&self, register: u16) -> Result<&'a [Leaf], Fault> {
        let record = self.info(register).record.as_deref();
        record.ok_or_else(|| mismatch("the reference", "object", self.reference(register)))
    }

    fn field(&self, register: u16, field: u16) -> Result<&'a Type, Fault> {
        let Type::Object(object) = self.reference(register) else {
            return Err(mismatch("the reference", "object", self.reference(register)));
        };
        let fields = &self.program.objects[object.index as usize].fields;
        let found = fields.get(usize::from(field)).map(|field| &self.program.types[field.ty as usize]);
        found.ok_or(Fault::OutOfBounds { what: "field", index: field.into(), len: fields.len() })
    }

    /// Whether one object type derives from the other.
    pub(super) fn derives(&self, from: &Type, to: &Type) -> bool {
        let (Type::Object(from), Type::Object(to)) = (from, to) else { return false };
        let mut at = Some(from.index);
        while let Some(index) = at {
            if index == to.index {
                return true;
            }
            // Bases stand before what derives from them, so this ends.
            at = self.program.objects[index as usize].base;
        }
        false
    }

    /// Whether `to` is `from` with some public scalars made secret.
    pub(super) fn hides(&self, from: &Type, to: &Type) -> bool {
        self.relate(from, to, |from, to| match (from, to) {
            (Type::Scalar(a), Type::Secret(b)) => a == b,
            (Type::Str, Type::Text) => true,
            _ => from == to,
        })
    }

    /// Whether `to` is `from` with every secret scalar made public.
    pub(super) fn reveals(&self, from: &Type, to: &Type) -> bool {
        self.relate(from, to, |from, to| match (from, to) {
            (Type::Secret(a), Type::Scalar(b)) => a == b,
            (Type::Text, Type::Str) => true,
            (Type::Secret(_) | Type::Text, _) => false,
            _ => from == to,
        })
    }

    /// Whether every scalar of a type is secret, so that a secret may choose between two values of it.
    pub(in crate::verify) fn is_all_secret(&self, ty: &Type) -> bool {
        self.relate(ty, ty, |leaf, _| matches!(leaf, Type::Secret(_) | Type::Text))
    }

    /// Whether two types have one form and their leaves relate. Objects that have been met are taken to relate: a difference is
    /// found where it stands, and recursive types end.
    fn relate(&self, from: &Type, to: &Type, leaves: impl Fn(&Type, &Type) -> bool + Copy) -> bool {
        let (mut met, mut pairs) = (BTreeSet::new(), Vec::new());
        let mut holds = alike(from, to, &mut pairs, leaves);
        while let (true, Some((a, b))) = (holds, pairs.pop()) {
            holds = !met.insert((a.index, b.index)) || self.fields_relate(a, b, &mut pairs, leaves);
        }
        holds
    }

    /// Whether the fields of two objects relate; objects among them are added to `pairs` instead of being walked.
    fn fields_relate(
        &self,
        a: ObjectTy,
        b: ObjectTy,
        pairs: &mut Vec<(ObjectTy, ObjectTy)>,
        leaves: impl Fn(&Type, &Type) -> bool + Copy,
    ) -> bool {
        let (from, to) = (&self.program.objects[a.index as usize], &self.program.objects[b.index as usize]);
        from.fields.len() == to.fields.len()
            && from.fields.iter().zip(&to.fields).all(|(a, b)| {
                let (x, y) = (&self.program.types[a.ty as usize], &self.program.types[b.ty as usize]);
                a.name == b.name && alike(x, y, pairs, leaves)
            })
    }
}

fn alike(
    from: &Type,
    to: &Type,
    pairs: &mut Vec<(ObjectTy, ObjectTy)>,
    leaves: impl Fn(&Type, &Type) -> bool + Copy,
) -> bool {
    match (from, to) {
        (Type::List(a), Type::List(b)) | (Type::Array(a), Type::Array(b)) | (Type::Optional(a), Type::Optional(b)) => {
            alike(a, b, pairs, leaves)
        }
        (Type::Dict(a, x), Type::Dict(b, y)) => a == b && leaves(a, b) && alike(x, y, pairs, leaves),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b, pairs, leaves))
        }
        (Type::Object(a), Type::Object(b)) => {
            pairs.push((*a, *b));
            true
        }
        _ => leaves(from, to),
    }
}
