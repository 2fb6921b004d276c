//! Types that bytecode carries: interface, lists' elements, printing.
//!
//! Tuples and optionals are flattened into registers and list columns: [`Type::leaves`] gives the order.

use std::fmt;

use stoffel_value::{ScalarTy, Shape};

/// A type of the language as bytecode needs it. Aliases are resolved, enums are `int64`, secrecy stands at the leaves.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Type {
    /// A public scalar: one word.
    Scalar(ScalarTy),
    /// A secret scalar: one secret register. Never `Float`.
    Secret(ScalarTy),
    /// A string: one reference.
    Str,
    /// A list: one reference; its elements are columns, one per leaf of the element type.
    List(Box<Self>),
    /// A tuple: its members' leaves in order.
    Tuple(Vec<Self>),
    /// An optional: a presence word (bool), then the member's leaves.
    Optional(Box<Self>),
    /// A promised opening of one scalar of the format: one reference.
    Ticket(ScalarTy),
}

/// One register or list column of a flattened value.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Leaf {
    /// Word bank.
    Word(ScalarTy),
    /// Secret bank.
    Secret(ScalarTy),
    /// Reference bank; the type is `Str`, `List` or `Ticket`.
    Ref(Type),
}

impl Type {
    /// Registers or columns of a value of this type, in order.
    #[must_use]
    pub fn leaves(&self) -> Vec<Leaf> {
        let mut out = Vec::new();
        self.push_leaves(&mut out);
        out
    }

    fn push_leaves(&self, out: &mut Vec<Leaf>) {
        match self {
            Self::Scalar(ty) => out.push(Leaf::Word(*ty)),
            Self::Secret(ty) => out.push(Leaf::Secret(*ty)),
            Self::Str | Self::List(_) | Self::Ticket(_) => out.push(Leaf::Ref(self.clone())),
            Self::Tuple(members) => members.iter().for_each(|member| member.push_leaves(out)),
            Self::Optional(member) => {
                out.push(Leaf::Word(ScalarTy::Bool));
                member.push_leaves(out);
            }
        }
    }

    /// Whether any leaf is secret.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        match self {
            Self::Secret(_) => true,
            Self::Scalar(_) | Self::Str | Self::Ticket(_) => false,
            Self::List(member) | Self::Optional(member) => member.has_secret(),
            Self::Tuple(members) => members.iter().any(Self::has_secret),
        }
    }

    /// The type with every secret leaf made public: what a reveal gives.
    #[must_use]
    pub fn revealed(&self) -> Self {
        match self {
            Self::Secret(ty) => Self::Scalar(*ty),
            Self::List(member) => Self::List(Box::new(member.revealed())),
            Self::Optional(member) => Self::Optional(Box::new(member.revealed())),
            Self::Tuple(members) => Self::Tuple(members.iter().map(Self::revealed).collect()),
            other => other.clone(),
        }
    }
}

impl Type {
    /// Leaves of the element type, if this is a list.
    #[must_use]
    pub fn element_leaves(&self) -> Option<Vec<Leaf>> {
        match self {
            Self::List(member) => Some(member.leaves()),
            _ => None,
        }
    }

    /// What a person gives or gets for this type: the public form, as `stoffel-value` reads it.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match self {
            Self::Scalar(ty) | Self::Secret(ty) | Self::Ticket(ty) => Shape::Scalar(*ty),
            Self::Str => Shape::Str,
            Self::List(member) => Shape::List(Box::new(member.shape())),
            Self::Tuple(members) => Shape::Tuple(members.iter().map(Self::shape).collect()),
            Self::Optional(member) => Shape::Optional(Box::new(member.shape())),
        }
    }

    /// Number of nodes of the type's tree.
    #[must_use]
    pub fn size(&self) -> usize {
        1 + match self {
            Self::List(member) | Self::Optional(member) => member.size(),
            Self::Tuple(members) => members.iter().map(Self::size).sum(),
            Self::Scalar(_) | Self::Secret(_) | Self::Str | Self::Ticket(_) => 0,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(ty) => write!(out, "{ty}"),
            Self::Secret(ty) => write!(out, "secret {ty}"),
            Self::Str => out.write_str("string"),
            Self::List(member) => write!(out, "list[{member}]"),
            Self::Optional(member) => write!(out, "{member}?"),
            Self::Ticket(ty) => write!(out, "ticket[{ty}]"),
            Self::Tuple(members) => {
                out.write_str("(")?;
                for (index, member) in members.iter().enumerate() {
                    write!(out, "{}{member}", if index > 0 { ", " } else { "" })?;
                }
                out.write_str(if members.len() == 1 { ",)" } else { ")" })
            }
        }
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(ty) => write!(out, "{ty}"),
            Self::Secret(ty) => write!(out, "secret {ty}"),
            Self::Ref(ty) => write!(out, "{ty}"),
        }
    }
}
