//! Leaves of a value in, the value as people see it out, with a hole for every secret; deep equality and order of leaves.

use std::cmp::Ordering;

use stoffel_bytecode::Type;
use stoffel_mpc::Lane;
use stoffel_value::{CmpOp, ScalarTy, TrapCode, Value, compare};

use crate::column::Item;
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Ref};
use crate::machine::Vm;

/// Where the leaves of a value stand.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// One after the other.
    Items(&'a [Item]),
    /// As an element of a list.
    Row(&'a List, usize),
}

impl Source<'_> {
    fn leaf(self, k: &mut usize) -> Result<Item, Fault> {
        let item = match self {
            Self::Items(items) => items.get(*k).copied(),
            Self::Row(list, i) => list.columns.get(*k).map(|column| column.get(i)),
        };
        *k += 1;
        item.ok_or(MISTYPED)
    }

    fn word(self, k: &mut usize) -> Result<u64, Fault> {
        match self.leaf(k)? {
            Item::Word(word) => Ok(word),
            _ => Err(MISTYPED),
        }
    }

    fn reference(self, k: &mut usize) -> Result<Ref, Fault> {
        match self.leaf(k)? {
            Item::Ref(r) => Ok(r),
            _ => Err(MISTYPED),
        }
    }
}

/// What is gathered while a value is shaped.
#[derive(Default)]
pub(crate) struct Shaping {
    /// The secrets, in the order of [`Value::Secret`].
    pub(crate) holes: Vec<(ScalarTy, Lane)>,
    /// Bytes of the shape so far: lists may share members, so that a small value can have an endless shape.
    bytes: usize,
}

impl Vm {
    /// The value of type `ty` whose leaves begin at `k`.
    pub(crate) fn value(
        &self,
        ty: &Type,
        from: Source<'_>,
        k: &mut usize,
        shaping: &mut Shaping,
    ) -> Result<Value, Fault> {
        shaping.bytes += size_of::<Value>();
        self.heap.room_for_text(shaping.bytes, 0, 0)?;
        Ok(match ty {
            Type::Scalar(format) => Value::Scalar(*format, from.word(k)?),
            Type::Secret(format) => {
                let Item::Secret(lane) = from.leaf(k)? else { return Err(MISTYPED) };
                shaping.holes.push((*format, lane));
                Value::Secret(*format)
            }
            Type::Str => {
                let text = &self.heap.str(from.reference(k)?)?.text;
                shaping.bytes += text.len();
                Value::Str(text.clone())
            }
            Type::List(_) => {
                let list = self.heap.list(from.reference(k)?)?;
                let element = self.types.element(list.ty)?;
                let member = |i| self.value(&element.ty, Source::Row(list, i), &mut 0, shaping);
                Value::List((0..list.len as usize).map(member).collect::<Result<_, _>>()?)
            }
            Type::Tuple(members) => {
                let member = |ty| self.value(ty, from, k, shaping);
                Value::Tuple(members.iter().map(member).collect::<Result<_, _>>()?)
            }
            Type::Optional(member) => {
                if from.word(k)? == 0 {
                    *k += member.leaves().len();
                    Value::None
                } else {
                    self.value(member, from, k, shaping)?
                }
            }
            Type::Ticket(_) => return Err(MISTYPED),
        })
    }

    /// Whether two values of one type without secrets are equal, lists within them element by element.
    pub(crate) fn equal(&self, ty: &Type, a: Source<'_>, b: Source<'_>, k: &mut usize) -> Result<bool, Fault> {
        Ok(match ty {
            Type::Scalar(format) => {
                let at = *k;
                compare(CmpOp::Eq, *format, a.word(k)?, *format, b.word(&mut { at })?)?
            }
            Type::Str | Type::List(_) => {
                let at = *k;
                self.equal_refs(a.reference(k)?, b.reference(&mut { at })?)?
            }
            Type::Tuple(members) => {
                let mut all = true;
                for member in members {
                    all &= self.equal(member, a, b, k)?;
                }
                all
            }
            Type::Optional(member) => {
                let at = *k;
                let (has_a, has_b) = (a.word(k)? != 0, b.word(&mut { at })? != 0);
                if has_a && has_b {
                    self.equal(member, a, b, k)?
                } else {
                    *k += member.leaves().len();
                    has_a == has_b
                }
            }
            Type::Secret(_) | Type::Ticket(_) => return Err(MISTYPED),
        })
    }

    /// Deep equality of strings or of lists of one type.
    pub(crate) fn equal_refs(&self, a: Ref, b: Ref) -> Result<bool, Fault> {
        if self.heap.is_str(a) {
            return Ok(self.heap.str(a)?.text == self.heap.str(b)?.text);
        }
        let (a, b) = (self.heap.list(a)?, self.heap.list(b)?);
        let ty = &self.types.element(a.ty)?.ty;
        if a.len != b.len {
            return Ok(false);
        }
        for i in 0..a.len as usize {
            if !self.equal(ty, Source::Row(a, i), Source::Row(b, i), &mut 0)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Order of two values of one type of numbers, bools, strings and tuples of these.
    ///
    /// # Errors
    /// `R0107` if a NaN decides.
    pub(crate) fn order(&self, ty: &Type, a: Source<'_>, b: Source<'_>, k: &mut usize) -> Result<Ordering, Fault> {
        let at = *k;
        Ok(match ty {
            Type::Scalar(format) => {
                let (x, y) = (a.word(k)?, b.word(&mut { at })?);
                if compare(CmpOp::Lt, *format, x, *format, y)? {
                    Ordering::Less
                } else if x == y || !compare(CmpOp::Gt, *format, x, *format, y)? {
                    Ordering::Equal
                } else {
                    Ordering::Greater
                }
            }
            Type::Str => {
                let (x, y) = (a.reference(k)?, b.reference(&mut { at })?);
                self.heap.str(x)?.text.cmp(&self.heap.str(y)?.text)
            }
            Type::Tuple(members) => {
                let mut order = Ordering::Equal;
                for member in members {
                    if order.is_eq() {
                        order = self.order(member, a, b, k)?;
                    }
                }
                order
            }
            _ => return Err(TrapCode::DynamicType.into()),
        })
    }
}
