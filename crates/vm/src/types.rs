//! A program's types in, a closed table out that gives the columns of every list and dict type and the slots of every object type.
//!
//! The first rows are those of [`Program::types`] under the same numbers; nested list types that the program does not
//! name follow, so that every heap list can carry the number of its own type.

use std::collections::BTreeMap;
use std::ops::Range;

use stoffel_bytecode::{Leaf, ObjectTy, Program, Type};
use stoffel_value::{ScalarTy, TrapCode};

/// All types that values of a run can have.
#[derive(Debug)]
pub(crate) struct TypeTable {
    rows: Vec<Row>,
    ids: BTreeMap<Type, u32>,
}

#[derive(Debug)]
struct Row {
    element: Option<Element>,
    is_array: bool,
    record: Option<Fields>,
}

/// The fields of an object type.
#[derive(Debug)]
pub(crate) struct Fields {
    /// The type.
    pub(crate) ty: ObjectTy,
    /// Leaves in order, one per slot.
    pub(crate) leaves: Vec<LeafKind>,
    /// First slot of each field, then the number of slots.
    starts: Vec<usize>,
}

/// The element type of a list type, or the row (key, value) of a dict type.
#[derive(Debug)]
pub(crate) struct Element {
    /// The type.
    pub(crate) ty: Type,
    /// Its leaves in order, one per column.
    pub(crate) leaves: Vec<LeafKind>,
    /// How many of them are the key's; `None` for a list.
    pub(crate) key: Option<usize>,
    /// Which of them say whether an optional is present.
    pub(crate) presence: Vec<bool>,
}

/// A leaf whose reference type is a row of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LeafKind {
    /// A public scalar.
    Word(ScalarTy),
    /// A secret scalar.
    Secret(ScalarTy),
    /// A string, list, dict, object or ticket.
    Ref(u32),
}

impl TypeTable {
    /// The table of a program.
    pub(crate) fn new(program: &Program) -> Self {
        let mut ids = BTreeMap::new();
        let mut types = program.types.clone();
        for (id, ty) in types.iter().enumerate() {
            ids.entry(ty.clone()).or_insert(id as u32);
        }
        let mut rows = Vec::new();
        // `types` grows while nested types are met; types are finite trees and objects rows of a table, so it ends.
        while rows.len() < types.len() {
            let element = match &types[rows.len()] {
                Type::List(element) | Type::Array(element) => Some(((**element).clone(), None)),
                Type::Text => Some((Type::Secret(Type::CODE), None)),
                Type::Dict(key, value) => {
                    Some((Type::Tuple(vec![(**key).clone(), (**value).clone()]), Some(key.leaves().len())))
                }
                other => {
                    for leaf in other.leaves() {
                        intern(&leaf, &mut ids, &mut types);
                    }
                    None
                }
            };
            let is_array = matches!(types[rows.len()], Type::Array(_));
            let element = element.map(|(ty, key)| {
                let leaves = ty.leaves().iter().map(|leaf| intern(leaf, &mut ids, &mut types)).collect();
                let presence = ty.presence();
                Element { ty, leaves, key, presence }
            });
            let record = if let Type::Object(object) = &types[rows.len()] {
                Some(fields(program, *object, &mut ids, &mut types))
            } else {
                None
            };
            rows.push(Row { element, is_array, record });
        }
        Self { rows, ids }
    }

    /// Whether a type is that of secret texts.
    pub(crate) fn is_text(&self, ty: u32) -> bool {
        self.ids.get(&Type::Text) == Some(&ty)
    }

    /// Whether a type is that of arrays.
    pub(crate) fn is_array(&self, ty: u32) -> bool {
        self.rows.get(ty as usize).is_some_and(|row| row.is_array)
    }

    /// The element of list or array type `list`, or the row of a dict type.
    pub(crate) fn element(&self, list: u32) -> Result<&Element, TrapCode> {
        self.rows.get(list as usize).and_then(|row| row.element.as_ref()).ok_or(TrapCode::DynamicType)
    }

    /// The fields of object type `object`.
    pub(crate) fn record(&self, object: u32) -> Result<&Fields, TrapCode> {
        self.rows.get(object as usize).and_then(|row| row.record.as_ref()).ok_or(TrapCode::DynamicType)
    }

    /// The slots of a field of object type `object`.
    pub(crate) fn field(&self, object: u32, field: u16) -> Result<Range<usize>, TrapCode> {
        match self.record(object)?.starts.get(usize::from(field)..) {
            Some(&[start, end, ..]) => Ok(start..end),
            _ => Err(TrapCode::DynamicType),
        }
    }

    /// The leaves of a type of the program.
    pub(crate) fn kinds(&self, ty: &Type) -> Vec<LeafKind> {
        let kind = |leaf| match leaf {
            Leaf::Word(ty) => LeafKind::Word(ty),
            Leaf::Secret(ty) => LeafKind::Secret(ty),
            // A type that is no row of the table is no list type either.
            Leaf::Ref(ty) => LeafKind::Ref(self.ids.get(&ty).copied().unwrap_or(u32::MAX)),
        };
        ty.leaves().into_iter().map(kind).collect()
    }

    /// The leaf that a column of list type `list` holds.
    pub(crate) fn leaf(&self, list: u32, column: usize) -> Result<LeafKind, TrapCode> {
        self.element(list)?.leaves.get(column).copied().ok_or(TrapCode::DynamicType)
    }
}

fn fields(program: &Program, ty: ObjectTy, ids: &mut BTreeMap<Type, u32>, types: &mut Vec<Type>) -> Fields {
    let mut leaves = Vec::new();
    let mut starts = vec![0];
    for (_, field) in program.fields(ty) {
        leaves.extend(field.leaves().iter().map(|leaf| intern(leaf, ids, types)));
        starts.push(leaves.len());
    }
    Fields { ty, leaves, starts }
}

fn intern(leaf: &Leaf, ids: &mut BTreeMap<Type, u32>, types: &mut Vec<Type>) -> LeafKind {
    match leaf {
        Leaf::Word(ty) => LeafKind::Word(*ty),
        Leaf::Secret(ty) => LeafKind::Secret(*ty),
        Leaf::Ref(ty) => LeafKind::Ref(*ids.entry(ty.clone()).or_insert_with(|| {
            types.push(ty.clone());
            (types.len() - 1) as u32
        })),
    }
}
