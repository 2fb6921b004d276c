//! Leaves of a value in, the value as people see it out, with a hole for every secret; deep equality and order of leaves.

use std::cmp::Ordering;

use stoffel_bytecode::{ObjectTy, Type};
use stoffel_mpc::Lane;
use stoffel_value::{CmpOp, ScalarTy, TrapCode, Value, compare};

use crate::column::Item;
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Ref};
use crate::machine::Vm;
use crate::object::Record;

/// Where the leaves of a value stand.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// One after the other.
    Items(&'a [Item]),
    /// As an element of a list.
    Row(&'a List, usize),
    /// As the fields of an object.
    Record(&'a Record),
}

/// Values within values, when one is shown or sent: values are trees that others walk by recursion.
const NESTED_MAX: usize = 1000;

impl Source<'_> {
    fn leaf(self, k: &mut usize) -> Result<Item, Fault> {
        let item = match self {
            Self::Items(items) => items.get(*k).copied(),
            Self::Row(list, i) => list.columns.get(*k).map(|column| column.get(i)),
            Self::Record(record) => Some(record.item(*k)?),
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
    /// Shares are holes like other secrets; else they print as what they are.
    pub(crate) delivers: bool,
    /// Bytes of the shape so far: lists may share members, so that a small value can have an endless shape.
    pub(crate) bytes: usize,
    /// The objects around the place that is being shaped.
    path: Vec<Ref>,
    /// Whether an object leads back to itself.
    pub(crate) cyclic: bool,
    /// See [`Shaping::as_made`].
    as_made: bool,
    /// Values around the place that is being shaped.
    depth: usize,
}

impl Shaping {
    /// For text: people see an object as what it was made, however the program calls it here. What is delivered is only what the
    /// program lists.
    pub(crate) fn as_made() -> Self {
        Self { as_made: true, ..Self::default() }
    }

    /// For what is sent.
    pub(crate) fn delivering() -> Self {
        Self { delivers: true, ..Self::default() }
    }
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
        if shaping.depth >= NESTED_MAX {
            let message = format!("a value to show or send is nested deeper than {NESTED_MAX}");
            return Err(Fault::Message(TrapCode::Engine, message));
        }
        shaping.depth += 1;
        self.heap.room_for_text(shaping.bytes, 0, 0)?;
        let value = match ty {
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
            Type::Text => {
                let text = self.heap.list(from.reference(k)?)?;
                if shaping.delivers {
                    let code = |i| self.value(&Type::Secret(Type::CODE), Source::Row(text, i), &mut 0, shaping);
                    Value::List((0..text.len as usize).map(code).collect::<Result<_, _>>()?)
                } else {
                    Value::Text
                }
            }
            Type::Share => {
                let share = self.heap.share(from.reference(k)?)?;
                if shaping.delivers {
                    shaping.holes.push((share.kind.format(), share.lane));
                    Value::Secret(share.kind.format())
                } else {
                    Value::Share
                }
            }
            Type::List(_) => {
                let list = self.heap.list(from.reference(k)?)?;
                let element = self.types.element(list.ty)?;
                let member = |i| self.value(&element.ty, Source::Row(list, i), &mut 0, shaping);
                Value::List((0..list.len as usize).map(member).collect::<Result<_, _>>()?)
            }
            Type::Dict(key, value) => {
                let dict = self.heap.list(from.reference(k)?)?;
                let mut pairs = Vec::with_capacity(dict.len as usize);
                for row in 0..dict.len as usize {
                    let (row, mut k) = (Source::Row(dict, row), 0);
                    let key = self.value(key, row, &mut k, shaping)?;
                    pairs.push((key, self.value(value, row, &mut k, shaping)?));
                }
                Value::Dict(pairs)
            }
            Type::Array(member) => {
                let array = self.heap.list(from.reference(k)?)?;
                let axes = array.axes.as_deref().ok_or(MISTYPED)?;
                self.rows(array, member, axes, &mut 0, shaping)?
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
            Type::Object(object) => self.object_value(*object, from.reference(k)?, shaping)?,
            Type::Func(_) | Type::Closure => {
                let function = self.heap.closure(from.reference(k)?)?.function;
                let name = &self.program.functions.get(function as usize).ok_or(MISTYPED)?.name;
                shaping.bytes += name.len();
                Value::Function(name.clone())
            }
            Type::Ticket(_) => return Err(MISTYPED),
        };
        shaping.depth -= 1;
        Ok(value)
    }

    fn object_value(&self, ty: ObjectTy, r: Ref, shaping: &mut Shaping) -> Result<Value, Fault> {
        if shaping.path.contains(&r) {
            shaping.cyclic = true;
            return Ok(Value::Cycle);
        }
        let record = self.heap.record(r)?;
        let ty = if shaping.as_made { self.types.record(record.ty)?.ty } else { ty };
        let name = self.program.object(ty).map(|object| object.name.clone()).ok_or(MISTYPED)?;
        shaping.path.push(r);
        let mut k = 0;
        let field = |(name, ty): (&str, &Type)| {
            shaping.bytes += name.len();
            Ok::<_, Fault>((name.to_owned(), self.value(ty, Source::Record(record), &mut k, shaping)?))
        };
        let fields = self.program.fields(ty).map(field).collect::<Result<_, _>>()?;
        shaping.path.pop();
        Ok(Value::Object(name, fields))
    }

    /// The elements of an array from `at` on as nested lists, one level for each axis.
    fn rows(
        &self,
        array: &List,
        member: &Type,
        axes: &[u32],
        at: &mut usize,
        shaping: &mut Shaping,
    ) -> Result<Value, Fault> {
        let Some((&n, inner)) = axes.split_first() else {
            let element = self.value(member, Source::Row(array, *at), &mut 0, shaping);
            *at += 1;
            return element;
        };
        shaping.bytes += size_of::<Value>();
        self.heap.room_for_text(shaping.bytes, 0, 0)?;
        Ok(Value::List((0..n).map(|_| self.rows(array, member, inner, at, shaping)).collect::<Result<_, _>>()?))
    }

    /// Whether two values of one type without secrets are equal, lists within them element by element.
    pub(crate) fn equal(&self, ty: &Type, a: Source<'_>, b: Source<'_>, k: &mut usize) -> Result<bool, Fault> {
        Ok(match ty {
            Type::Scalar(format) => {
                let at = *k;
                compare(CmpOp::Eq, *format, a.word(k)?, *format, b.word(&mut { at })?)?
            }
            Type::Str | Type::List(_) | Type::Array(_) => {
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
            // Verified programs do not compare objects.
            Type::Secret(_) | Type::Text | Type::Dict(..) | Type::Ticket(_) | Type::Object(_) => {
                return Err(MISTYPED);
            }
            Type::Func(_) | Type::Closure | Type::Share => {
                return Err(MISTYPED);
            }
        })
    }

    /// Deep equality of strings or of lists of one type.
    pub(crate) fn equal_refs(&self, a: Ref, b: Ref) -> Result<bool, Fault> {
        if self.heap.is_str(a) {
            return Ok(self.heap.str(a)?.text == self.heap.str(b)?.text);
        }
        let (a, b) = (self.heap.list(a)?, self.heap.list(b)?);
        let ty = &self.types.element(a.ty)?.ty;
        if a.len != b.len || a.axes != b.axes {
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
