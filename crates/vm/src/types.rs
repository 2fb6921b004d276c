//! A program's types in, a closed table out that gives the columns of every list type.
//!
//! The first rows are those of [`Program::types`] under the same numbers; nested list types that the program does not
//! name follow, so that every heap list can carry the number of its own type.

use std::collections::BTreeMap;

use stoffel_bytecode::{Leaf, Program, Type};
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
}

/// The element type of a list type.
#[derive(Debug)]
pub(crate) struct Element {
    /// The type.
    pub(crate) ty: Type,
    /// Its leaves in order, one per column.
    pub(crate) leaves: Vec<LeafKind>,
}

/// A leaf whose reference type is a row of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LeafKind {
    /// A public scalar.
    Word(ScalarTy),
    /// A secret scalar.
    Secret(ScalarTy),
    /// A string, list or ticket.
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
        // `types` grows while nested types are met; types are finite trees, so it ends.
        while rows.len() < types.len() {
            let element = match &types[rows.len()] {
                Type::List(element) => Some((**element).clone()),
                other => {
                    for leaf in other.leaves() {
                        intern(&leaf, &mut ids, &mut types);
                    }
                    None
                }
            };
            let element = element.map(|ty| {
                let leaves = ty.leaves().iter().map(|leaf| intern(leaf, &mut ids, &mut types)).collect();
                Element { ty, leaves }
            });
            rows.push(Row { element });
        }
        Self { rows, ids }
    }

    /// The element of list type `list`.
    pub(crate) fn element(&self, list: u32) -> Result<&Element, TrapCode> {
        self.rows.get(list as usize).and_then(|row| row.element.as_ref()).ok_or(TrapCode::DynamicType)
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
