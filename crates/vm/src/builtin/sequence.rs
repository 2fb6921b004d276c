//! Lists (and strings, where they are sequences) in, edited or new ones out, by Python's rules.

use std::cmp::Ordering;

use stoffel_bytecode::{Builtin, Operands, Type};
use stoffel_value::{ScalarTy, TrapCode};

use super::Call;
use crate::column::{Column, Item};
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Ref};
use crate::machine::{Env, Vm};
use crate::step::Destinations;
use crate::text::Source;

impl Vm {
    pub(super) fn sequence(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        if op == Builtin::Range {
            return self.range(of, env);
        }
        let r = self.ref_in(of, 0)?;
        if self.heap.is_str(r) {
            return self.text_sequence(op, r, of, env);
        }
        if self.heap.is_record(r) {
            let made = self.copy_record(r, env)?;
            return self.put_ref(of, made, env);
        }
        // Adding at the end and taking everything out leave promised words where they are.
        if !matches!(op, Builtin::Extend | Builtin::Clear) {
            self.settle(r, env)?;
        }
        match op {
            Builtin::Concat => {
                let other = self.ref_in(of, 1)?;
                self.settle(other, env)?;
                let len = self.heap.list(r)?.len as usize;
                let both = self.copy(r, len, |i| i, env)?;
                self.extend(both, other, env)?;
                self.put_ref(of, both, env)
            }
            Builtin::Repeat => {
                let len = self.heap.list(r)?.len as usize;
                let count = self.repeated(len, self.word_in(of, 0)?)?;
                let made = self.copy(r, count, |i| i % len.max(1), env)?;
                self.put_ref(of, made, env)
            }
            Builtin::Slice => {
                let slice = self.slice_of(self.heap.list(r)?.len as usize, of)?;
                let made = self.copy(r, slice.count, |i| slice.at(i), env)?;
                self.put_ref(of, made, env)
            }
            Builtin::Copy => {
                let len = self.heap.list(r)?.len as usize;
                let made = self.copy(r, len, |i| i, env)?;
                let keys = self.heap.list(r)?.keys.clone();
                self.heap.index_by(made, keys)?;
                self.put_ref(of, made, env)
            }
            Builtin::Extend => {
                let other = self.ref_in(of, 1)?;
                self.settle(other, env)?;
                self.extend(r, other, env)
            }
            Builtin::Insert => self.insert(r, of, env),
            Builtin::Pop => self.pop(r, of, env),
            Builtin::Clear => self.heap.clear(r, &self.types, env.engine),
            Builtin::Reverse => {
                let list = self.heap.list_mut(r)?;
                let len = list.len as usize;
                for column in &mut list.columns {
                    column.permute(len, |i| len - 1 - i, env.engine);
                }
                Ok(())
            }
            Builtin::Equal => {
                let other = self.ref_in(of, 1)?;
                self.settle_deep(r, env)?;
                self.settle_deep(other, env)?;
                let equal = self.equal_refs(r, other)?;
                self.put_word(of, 0, u64::from(equal))
            }
            Builtin::Find | Builtin::Count => self.search(op, r, of, env),
            Builtin::Sort => self.sort(r, self.word_in(of, 0)? != 0, env),
            _ => Err(MISTYPED),
        }
    }

    /// A new list of the elements `at(0)`, …, `at(count - 1)` of list `r`, which has no pending words.
    pub(super) fn copy(
        &mut self,
        r: Ref,
        count: usize,
        at: impl Fn(usize) -> usize,
        env: &mut Env<'_>,
    ) -> Result<Ref, Fault> {
        self.heap.room(r, count)?;
        let list = self.heap.list(r)?;
        let columns: Vec<Column> = list.columns.iter().map(|column| column.pick(count, &at)).collect();
        // Arrays are copied whole.
        let axes = list.axes.clone();
        let made = List { ty: list.ty, axes, len: count as u32, columns, pending: Vec::new(), keys: None };
        for column in &made.columns {
            column.retain(&mut self.heap, env.engine);
        }
        self.heap.alloc_list(made)
    }

    /// Appends the elements of `other`, which may be the same list, to `r`.
    fn extend(&mut self, r: Ref, other: Ref, env: &mut Env<'_>) -> Result<(), Fault> {
        let from = self.heap.list(other)?;
        let more = from.len as usize;
        let columns: Vec<Column> = from.columns.iter().map(|column| column.pick(more, |i| i)).collect();
        if columns.len() != self.heap.list(r)?.columns.len() {
            return Err(MISTYPED);
        }
        self.heap.grow(r, more)?;
        for (index, column) in columns.into_iter().enumerate() {
            column.retain(&mut self.heap, env.engine);
            let list = self.heap.list_mut(r)?;
            list.columns[index].append(list.len as usize, column, more, env.engine)?;
        }
        self.heap.list_mut(r)?.len += more as u32;
        Ok(())
    }

    fn insert(&mut self, r: Ref, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let index = self.word_in(of, 0)? as i64;
        let element = Operands { words: of.ops.words[1..].to_vec(), refs: of.ops.refs[1..].to_vec(), ..of.ops.clone() };
        let items = self.element_items(r, &element)?;
        self.heap.grow(r, 1)?;
        items.iter().for_each(|&item| self.heap.retain_item(item, env.engine));
        let list = self.heap.list_mut(r)?;
        let len = list.len as usize;
        let at = clamp(index, len);
        for (column, item) in list.columns.iter_mut().zip(items) {
            column.insert(len, at, item, env.engine)?;
        }
        list.len += 1;
        Ok(())
    }

    fn pop(&mut self, r: Ref, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let index = self.word_in(of, 0)? as i64;
        let list = self.heap.list_mut(r)?;
        let len = list.len as usize;
        if len == 0 {
            return Err(TrapCode::Empty.into());
        }
        let at = list.position(index)?;
        let row = list.row_bytes();
        let items: Vec<Item> = list.columns.iter_mut().map(|column| column.remove(len, at, env.engine)).collect();
        list.len -= 1;
        self.heap.refund(row);
        let mut to = Destinations::new(of.ops);
        items.into_iter().try_for_each(|item| self.store(&mut to, item, env))
    }

    fn search(&mut self, op: Builtin, r: Ref, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        self.settle_deep(r, env)?;
        let element = Operands { refs: of.ops.refs[1..].to_vec(), ..of.ops.clone() };
        for &inner in &element.refs {
            self.settle_deep(self.reference(inner), env)?;
        }
        let wanted = self.element_items(r, &element)?;
        let list = self.heap.list(r)?;
        let ty = &self.types.element(list.ty)?.ty;
        let (mut first, mut count) = (None, 0u64);
        for i in 0..list.len as usize {
            if self.equal(ty, Source::Row(list, i), Source::Items(&wanted), &mut 0)? {
                first = first.or(Some(i as i64));
                count += 1;
                if op == Builtin::Find {
                    break;
                }
            }
        }
        self.put_word(of, 0, if op == Builtin::Find { first.unwrap_or(-1) as u64 } else { count })
    }

    fn sort(&mut self, r: Ref, reverse: bool, env: &mut Env<'_>) -> Result<(), Fault> {
        let list = self.heap.list(r)?;
        let len = list.len as usize;
        if len < 2 {
            return Ok(());
        }
        let ty = &self.types.element(list.ty)?.ty;
        if matches!(ty, Type::Secret(_)) {
            return self.sort_secret(r, reverse, env);
        }
        sortable(ty)?;
        let direction = |order: Ordering| if reverse { order.reverse() } else { order };
        if let (Type::Scalar(format), [Column::Words(words)]) = (ty, &list.columns[..]) {
            // Words of one format order like these keys, but for floats.
            let key = match *format {
                ScalarTy::Bool => Some(0),
                ScalarTy::Int(int) if !int.is_signed() => Some(0),
                ScalarTy::Int(_) | ScalarTy::Fix(_) => Some(1 << 63),
                ScalarTy::Float => None,
            };
            if let Some(flip) = key {
                let mut words = words.clone();
                words.sort_by(|a, b| direction((a ^ flip).cmp(&(b ^ flip))));
                self.heap.list_mut(r)?.columns[0] = Column::Words(words);
                return Ok(());
            }
        }
        // A NaN has no place in an order; found before the sort, which needs a total one.
        for i in 0..len {
            self.order(ty, Source::Row(list, i), Source::Row(list, i), &mut 0)?;
        }
        let mut order: Vec<u32> = (0..list.len).collect();
        order.sort_by(|&a, &b| {
            let rows = (Source::Row(list, a as usize), Source::Row(list, b as usize));
            direction(self.order(ty, rows.0, rows.1, &mut 0).unwrap_or(Ordering::Equal))
        });
        for column in &mut self.heap.list_mut(r)?.columns {
            column.permute(len, |i| order[i] as usize, env.engine);
        }
        Ok(())
    }

    fn range(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let (a, b, step) = (self.word_in(of, 0)? as i64, self.word_in(of, 1)? as i64, self.word_in(of, 2)? as i64);
        if step == 0 {
            return Err(TrapCode::ZeroStep.into());
        }
        let distance = if step > 0 { i128::from(b) - i128::from(a) } else { i128::from(a) - i128::from(b) };
        let size = i128::from(step.unsigned_abs());
        let count = if distance > 0 { (distance + size - 1) / size } else { 0 };
        let list = self.heap.alloc_list(List::new(of.target_ty()?, &self.types)?)?;
        self.heap.grow(list, usize::try_from(count).unwrap_or(usize::MAX))?;
        let made = self.heap.list_mut(list)?;
        // In range by construction; the value after the last one may not be.
        made.columns = vec![Column::Words((0..count as i64).map(|k| (a + k * step) as u64).collect())];
        made.len = count as u32;
        self.put_ref(of, list, env)
    }

    /// Length of `len` repeated `times`, if it fits.
    pub(super) fn repeated(&mut self, len: usize, times: u64) -> Result<usize, Fault> {
        let times = usize::try_from((times as i64).max(0)).unwrap_or(usize::MAX);
        match len.checked_mul(times) {
            Some(count) => Ok(count),
            None => self.heap.charge(usize::MAX, 2).map(|()| 0),
        }
    }

    pub(super) fn slice_of(&self, len: usize, of: Call<'_>) -> Result<SliceRange, Fault> {
        let bound = |k| -> Result<Option<i64>, Fault> {
            Ok((self.word_in(of, k)? != 0).then_some(self.word_in(of, k + 1)? as i64))
        };
        SliceRange::new(len, bound(0)?, bound(2)?, self.word_in(of, 4)? as i64).map_err(Fault::from)
    }
}

/// Places `first`, `first + step`, …: what a slice with Python's rules selects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::builtin) struct SliceRange {
    first: i64,
    step: i64,
    pub(in crate::builtin) count: usize,
}

impl SliceRange {
    /// # Errors
    /// `R0205` if the step is 0.
    pub(in crate::builtin) fn new(
        len: usize,
        start: Option<i64>,
        stop: Option<i64>,
        step: i64,
    ) -> Result<Self, TrapCode> {
        if step == 0 {
            return Err(TrapCode::ZeroStep);
        }
        let len = len as i64;
        // Backwards, the place before the first element is a bound too.
        let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
        let place = |bound: Option<i64>, default: i64| match bound {
            None => default,
            Some(bound) if bound < 0 => bound.saturating_add(len).clamp(low, high),
            Some(bound) => bound.clamp(low, high),
        };
        let (first, end) =
            if step > 0 { (place(start, low), place(stop, high)) } else { (place(start, high), place(stop, low)) };
        let distance = if step > 0 { end - first } else { first - end };
        let count = if distance > 0 { (distance - 1) as u64 / step.unsigned_abs() + 1 } else { 0 };
        Ok(Self { first, step, count: count as usize })
    }

    pub(in crate::builtin) const fn at(self, k: usize) -> usize {
        (self.first + k as i64 * self.step) as usize
    }
}

/// The place before which `insert` puts an element.
fn clamp(index: i64, len: usize) -> usize {
    let len = len as i64;
    let at = if index < 0 { index.saturating_add(len) } else { index };
    at.clamp(0, len) as usize
}

fn sortable(ty: &Type) -> Result<(), Fault> {
    match ty {
        Type::Scalar(_) | Type::Str => Ok(()),
        Type::Tuple(members) => members.iter().try_for_each(sortable),
        _ => Err(MISTYPED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(len: usize, start: Option<i64>, stop: Option<i64>, step: i64) -> Vec<usize> {
        let slice = SliceRange::new(len, start, stop, step).expect("the step is not 0");
        (0..slice.count).map(|k| slice.at(k)).collect()
    }

    #[test]
    fn slices_follow_python() {
        assert_eq!(picked(5, None, None, 1), [0, 1, 2, 3, 4]);
        assert_eq!(picked(5, None, None, -1), [4, 3, 2, 1, 0]);
        assert_eq!(picked(5, Some(-2), None, 1), [3, 4]);
        assert_eq!(picked(5, Some(1), Some(-1), 2), [1, 3]);
        assert_eq!(picked(5, Some(10), Some(-10), -2), [4, 2, 0]);
        assert_eq!(picked(5, Some(3), Some(1), 1), []);
        assert_eq!(picked(0, None, None, -1), []);
        assert_eq!(picked(3, Some(i64::MIN), Some(i64::MAX), i64::MAX), [0]);
        assert_eq!(picked(3, Some(i64::MAX), Some(i64::MIN), i64::MIN), [2]);
        assert_eq!(SliceRange::new(3, None, None, 0), Err(TrapCode::ZeroStep));
    }
}
