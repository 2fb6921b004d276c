//! Types that bytecode carries: interface, lists' elements, printing.
//!
//! Tuples and optionals are flattened into registers and columns of lists and dicts: [`Type::leaves`] gives the order.

use std::fmt;

use stoffel_value::{IntTy, ScalarTy, Shape};

use crate::ObjectTy;

/// A type of the language as bytecode needs it. Aliases are resolved, enums are `int64`, secrecy stands at the leaves.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Type {
    /// A public scalar: one word.
    Scalar(ScalarTy),
    /// A secret scalar: one secret register. Never `Float`.
    Secret(ScalarTy),
    /// A string: one reference.
    Str,
    /// A secret text: one reference; its length is public, its characters are secret `uint32` code points.
    Text,
    /// A list: one reference; its elements are columns, one per leaf of the element type.
    List(Box<Self>),
    /// An array of scalars, public or secret: one reference; its axis lengths are known at run time and public.
    Array(Box<Self>),
    /// A tuple: its members' leaves in order.
    Tuple(Vec<Self>),
    /// An optional: a presence word (bool), then the member's leaves.
    Optional(Box<Self>),
    /// A promised opening of one scalar of the format: one reference.
    Ticket(ScalarTy),
    /// A dict: one reference; its rows are columns, those of the key first. Keys are public, see [`Type::is_key`].
    Dict(Box<Self>, Box<Self>),
    /// An object: one reference to a record with the leaves of its fields.
    Object(ObjectTy),
    /// A secret scalar whose kind is known at run time: one reference (LANGUAGE §10.9).
    Share,
    /// A function value: one reference, to the function's index with the values that it captured.
    Func(Box<FuncType>),
    /// A function value whose type is known at run time only: one reference.
    Closure,
}

/// Type of a function value. What it captured is not part of the type.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FuncType {
    /// Types of the arguments.
    pub params: Vec<Type>,
    /// Type of the result; the empty tuple if there is none.
    pub result: Type,
}

impl FuncType {
    /// Leaves of the arguments, in order.
    #[must_use]
    pub fn param_leaves(&self) -> Vec<Leaf> {
        self.params.iter().flat_map(Type::leaves).collect()
    }
}

/// One register or list column of a flattened value.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Leaf {
    /// Word bank.
    Word(ScalarTy),
    /// Secret bank.
    Secret(ScalarTy),
    /// Reference bank; the type is `Str`, `Text`, `List`, `Array`, `Dict`, `Ticket`, `Share`, `Object` or `Func`.
    Ref(Type),
}

impl Type {
    /// Format of the characters of a secret text.
    pub const CODE: ScalarTy = ScalarTy::Int(IntTy::U32);

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
            Self::Str
            | Self::Text
            | Self::List(_)
            | Self::Array(_)
            | Self::Dict(..)
            | Self::Ticket(_)
            | Self::Object(_)
            | Self::Func(_)
            | Self::Closure
            | Self::Share => {
                out.push(Leaf::Ref(self.clone()));
            }
            Self::Tuple(members) => members.iter().for_each(|member| member.push_leaves(out)),
            Self::Optional(member) => {
                out.push(Leaf::Word(ScalarTy::Bool));
                member.push_leaves(out);
            }
        }
    }

    /// Per leaf, whether it says if an optional is present.
    #[must_use]
    pub fn presence(&self) -> Vec<bool> {
        match self {
            Self::Tuple(members) => members.iter().flat_map(Self::presence).collect(),
            Self::Optional(member) => std::iter::once(true).chain(member.presence()).collect(),
            _ => vec![false],
        }
    }

    /// Whether any leaf is secret.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        match self {
            Self::Secret(_) | Self::Text | Self::Share => true,
            Self::Scalar(_) | Self::Str | Self::Ticket(_) => false,
            Self::Object(object) => object.secret,
            // What it takes, gives and captured is behind a call.
            Self::Func(_) | Self::Closure => false,
            Self::List(member) | Self::Array(member) | Self::Optional(member) | Self::Dict(_, member) => {
                member.has_secret()
            }
            Self::Tuple(members) => members.iter().any(Self::has_secret),
        }
    }

    /// The type with every secret leaf made public: what a reveal gives. Objects stay: their public form is another row of the table.
    #[must_use]
    pub fn revealed(&self) -> Self {
        match self {
            Self::Secret(ty) => Self::Scalar(*ty),
            Self::Text => Self::Str,
            Self::List(member) => Self::List(Box::new(member.revealed())),
            Self::Array(member) => Self::Array(Box::new(member.revealed())),
            Self::Optional(member) => Self::Optional(Box::new(member.revealed())),
            Self::Dict(key, value) => Self::Dict(key.clone(), Box::new(value.revealed())),
            Self::Tuple(members) => Self::Tuple(members.iter().map(Self::revealed).collect()),
            other => other.clone(),
        }
    }
}

impl Type {
    /// Whether any leaf is a share.
    #[must_use]
    pub fn has_share(&self) -> bool {
        match self {
            Self::Share => true,
            // What functions take and give is behind a call.
            Self::Scalar(_) | Self::Secret(_) | Self::Str | Self::Text | Self::Ticket(_) => false,
            Self::Func(_) | Self::Closure | Self::Array(_) => false,
            // What objects hold, the object table says: `Program::holds`.
            Self::Object(_) => false,
            Self::List(member) | Self::Optional(member) | Self::Dict(_, member) => member.has_share(),
            Self::Tuple(members) => members.iter().any(Self::has_share),
        }
    }

    /// The format of an array's elements and whether they are secret, if this is an array.
    #[must_use]
    pub fn array_element(&self) -> Option<(ScalarTy, bool)> {
        match self {
            Self::Array(member) => match **member {
                Self::Scalar(ty) => Some((ty, false)),
                Self::Secret(ty) => Some((ty, true)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Leaves of the element type, if this is a list; of a row, if it is a dict.
    #[must_use]
    pub fn element_leaves(&self) -> Option<Vec<Leaf>> {
        match self {
            Self::List(member) => Some(member.leaves()),
            Self::Dict(key, value) => Some([key.leaves(), value.leaves()].concat()),
            _ => None,
        }
    }

    /// Whether values of the type can be keys of a dict: public scalars, strings, and tuples of these (LANGUAGE §5).
    #[must_use]
    pub fn is_key(&self) -> bool {
        match self {
            Self::Scalar(_) | Self::Str => true,
            Self::Tuple(members) => members.iter().all(Self::is_key),
            _ => false,
        }
    }

    /// Whether a part of the type is a dict: those are not compared.
    #[must_use]
    pub fn holds_dict(&self) -> bool {
        match self {
            Self::Dict(..) => true,
            Self::List(member) | Self::Optional(member) => member.holds_dict(),
            Self::Tuple(members) => members.iter().any(Self::holds_dict),
            _ => false,
        }
    }

    /// The first scalar leaf's format, however deep it is.
    #[must_use]
    pub fn first_scalar(&self) -> Option<ScalarTy> {
        match self {
            Self::Scalar(ty) | Self::Secret(ty) => Some(*ty),
            Self::List(member) | Self::Array(member) | Self::Optional(member) => member.first_scalar(),
            Self::Tuple(members) => members.iter().find_map(Self::first_scalar),
            Self::Dict(_, value) => value.first_scalar(),
            Self::Text => Some(Self::CODE),
            Self::Str | Self::Ticket(_) | Self::Func(_) | Self::Closure | Self::Object(_) | Self::Share => None,
        }
    }

    /// The type of a value that a secret has chosen among values of this type (LANGUAGE §10.6); `None` if it cannot choose.
    #[must_use]
    pub fn chosen(&self) -> Option<Self> {
        Some(match self {
            Self::Scalar(ScalarTy::Float) => Self::Secret(ScalarTy::FIX64),
            Self::Scalar(ty) | Self::Secret(ty) => Self::Secret(*ty),
            Self::Text => Self::Text,
            Self::List(member) => Self::List(Box::new(member.chosen()?)),
            Self::Array(member) => Self::Array(Box::new(member.chosen()?)),
            Self::Optional(member) => Self::Optional(Box::new(member.chosen()?)),
            Self::Tuple(members) => Self::Tuple(members.iter().map(Self::chosen).collect::<Option<_>>()?),
            Self::Str | Self::Dict(..) | Self::Ticket(_) | Self::Object(_) | Self::Share => return None,
            Self::Func(_) | Self::Closure => return None,
        })
    }

    /// What a person gives or gets for this type: the public form, as `stoffel-value` reads it.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match self {
            Self::Scalar(ty) | Self::Secret(ty) | Self::Ticket(ty) => Shape::Scalar(*ty),
            // A share is never given; what it holds is an `int64` where nothing else is said.
            Self::Share => Shape::Scalar(ScalarTy::I64),
            Self::Str | Self::Text => Shape::Str,
            Self::List(member) => Shape::List(Box::new(member.shape())),
            Self::Array(member) => Shape::Array(Box::new(member.shape())),
            Self::Tuple(members) => Shape::Tuple(members.iter().map(Self::shape).collect()),
            Self::Optional(member) => Shape::Optional(Box::new(member.shape())),
            Self::Dict(key, value) => Shape::Dict(Box::new(key.shape()), Box::new(value.shape())),
            // An object is no constant: no literal has this shape.
            Self::Object(_) => Shape::Object(String::new(), Vec::new()),
            // Functions are in no interface; the verifier sees to that.
            Self::Func(_) | Self::Closure => Shape::Tuple(Vec::new()),
        }
    }

    /// Whether a value may hold an object, in lists within it too.
    #[must_use]
    pub fn holds_object(&self) -> bool {
        match self {
            Self::Object(_) => true,
            Self::List(member) | Self::Optional(member) | Self::Dict(_, member) => member.holds_object(),
            Self::Tuple(members) => members.iter().any(Self::holds_object),
            Self::Func(_) | Self::Closure | Self::Array(_) => false,
            Self::Scalar(_) | Self::Secret(_) | Self::Str | Self::Text | Self::Ticket(_) | Self::Share => false,
        }
    }

    /// Whether a value of the type holds function values.
    #[must_use]
    pub fn holds_function(&self) -> bool {
        match self {
            Self::Func(_) | Self::Closure => true,
            Self::List(member) | Self::Array(member) | Self::Optional(member) | Self::Dict(_, member) => {
                member.holds_function()
            }
            Self::Tuple(members) => members.iter().any(Self::holds_function),
            Self::Object(_) => false,
            Self::Scalar(_) | Self::Secret(_) | Self::Str | Self::Text | Self::Ticket(_) | Self::Share => false,
        }
    }

    /// Number of nodes of the type's tree.
    #[must_use]
    pub fn size(&self) -> usize {
        1 + match self {
            Self::List(member) | Self::Array(member) | Self::Optional(member) => member.size(),
            Self::Tuple(members) => members.iter().map(Self::size).sum(),
            Self::Dict(key, value) => key.size() + value.size(),
            Self::Func(func) => func.params.iter().map(Self::size).sum::<usize>() + func.result.size(),
            Self::Scalar(_) | Self::Secret(_) | Self::Str | Self::Text => 0,
            Self::Ticket(_) | Self::Object(_) | Self::Share | Self::Closure => 0,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(ty) => write!(out, "{ty}"),
            Self::Secret(ty) => write!(out, "secret {ty}"),
            Self::Str => out.write_str("string"),
            Self::Text => out.write_str("secret string"),
            Self::Share => out.write_str("Share"),
            Self::Closure => out.write_str("Closure"),
            Self::List(member) => write!(out, "list[{member}]"),
            Self::Array(member) => write!(out, "array[{member}]"),
            Self::Optional(member) => write!(out, "{member}?"),
            Self::Dict(key, value) => write!(out, "dict[{key}, {value}]"),
            Self::Ticket(ty) => write!(out, "ticket[{ty}]"),
            Self::Object(object) => {
                write!(out, "object[{}{}]", object.index, if object.secret { " secret" } else { "" })
            }
            Self::Func(func) => {
                out.write_str("func[(")?;
                for (index, param) in func.params.iter().enumerate() {
                    write!(out, "{}{param}", if index > 0 { ", " } else { "" })?;
                }
                write!(out, "), {}]", func.result)
            }
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
