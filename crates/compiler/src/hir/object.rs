//! Object and enum types: what a type says of itself wherever it stands, and the rows that give an object's fields.
//!
//! Types refer to their declaration, never to its fields, so that recursive types are no cycles of memory. What must be known of the
//! fields without their rows, whether they hold secrets, stands in [`Marks`], which `analysis` fills before anything asks.

use std::cell::{Cell, OnceCell};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::Ty;

/// An object type, or its secret view.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ObjectTy {
    /// The declaration.
    pub of: Rc<ObjectInfo>,
    /// Whether every field is secret (LANGUAGE §10.1).
    pub view: bool,
}

/// A declared object. Equal only to itself.
#[derive(Debug)]
pub struct ObjectInfo {
    /// Index in [`Program::objects`](super::Program::objects).
    pub id: u32,
    /// Name in the source.
    pub name: Rc<str>,
    /// The objects that it derives from, nearest first.
    pub bases: OnceCell<Rc<[u32]>>,
    /// What its fields hold.
    pub marks: Cell<Marks>,
}

/// What is known of an object's fields, and of what they refer to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Marks {
    /// A field holds a secret as declared.
    pub own_secret: bool,
    /// A field holds one in the secret view.
    pub view_secret: bool,
    /// Every scalar is secret as declared, so that it is its own secret view.
    pub all_secret: bool,
    /// A field, or what one refers to, is a share.
    pub share: bool,
    /// A field, or what one refers to, is a function or another handle that is no data.
    pub function: bool,
    /// A field, or what one refers to, is a public string as declared.
    pub text: bool,
    /// There is no secret view: a field is never secret.
    pub no_view: bool,
}

impl ObjectTy {
    /// Whether a value holds a secret.
    #[must_use]
    pub fn holds_secret(&self) -> bool {
        let marks = self.of.marks.get();
        if self.view { marks.view_secret } else { marks.own_secret }
    }

    /// Whether values of this object may stand where `base` is expected, secrecy apart.
    #[must_use]
    pub fn derives_from(&self, base: &Self) -> bool {
        self.of == base.of || self.of.bases.get().is_some_and(|bases| bases.contains(&base.of.id))
    }
}

impl PartialEq for ObjectInfo {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for ObjectInfo {}

impl Hash for ObjectInfo {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// A declared enum. Equal only to itself.
#[derive(Debug)]
pub struct EnumInfo {
    /// Index among the enums of the program.
    pub id: u32,
    /// Name in the source.
    pub name: Rc<str>,
    /// Members with their values.
    pub members: Vec<(Rc<str>, i64)>,
}

impl PartialEq for EnumInfo {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for EnumInfo {}

impl Hash for EnumInfo {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// An object of a finished program.
#[derive(Clone, Debug)]
pub struct Object {
    /// Name in the source.
    pub name: String,
    /// What it derives from; that one's fields come first.
    pub base: Option<u32>,
    /// Fields in order.
    pub fields: Vec<Field>,
}

/// A field of an object.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Type as declared.
    pub ty: Ty,
    /// Type in the secret view; as declared if there is none.
    pub view: Ty,
}
