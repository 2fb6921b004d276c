//! Composite public values: what people give as inputs and see as results.

use crate::ScalarTy;

/// A public value, or the public shape around secrets.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A scalar as a word in its format.
    Scalar(ScalarTy, u64),
    /// A string.
    Str(String),
    /// A list.
    List(Vec<Self>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// A dict in insertion order.
    Dict(Vec<(Self, Self)>),
    /// An object: type name and fields in declaration order.
    Object(String, Vec<(String, Self)>),
    /// `None`
    None,
    /// The place of a secret scalar; prints as `<secret T>`.
    Secret(ScalarTy),
    /// An object that stands around this place; prints as `...`.
    Cycle,
    /// The place of a secret text; prints as `<secret string>`.
    Text,
    /// A share whose kind is not shown; prints as `<share>`.
    Share,
    /// A function by name; prints as `<function f>`.
    Function(String),
}
