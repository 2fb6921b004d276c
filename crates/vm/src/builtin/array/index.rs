//! Indexing and slice assignment (LANGUAGE §13.3): indices in, the places of elements out, and what is done there.

use stoffel_bytecode::{Builtin, Operands};
use stoffel_mpc::Lane;
use stoffel_value::{ScalarTy, TrapCode};

use super::{Call, Data, Made, Operand};
use crate::axes;
use crate::builtin::sequence::SliceRange;
use crate::column::{Column, Item};
use crate::fault::{Fault, MISTYPED};
use crate::heap::{Ref, position};
use crate::machine::{Env, Vm};
use crate::secret::opened;
use crate::step::Destinations;

/// Words of one index.
const WORDS: usize = 6;

/// What indices select.
pub(super) struct Selection {
    /// Axes of the result; those that a secret index scans are whole.
    pub(super) axes: Vec<u32>,
    /// Places of the selected elements, in row-major order of `axes`.
    pub(super) places: Vec<u32>,
    /// Axes of `axes` that a secret index scans, with the index.
    pub(super) scanned: Vec<(usize, Lane)>,
}

impl Vm {
    pub(super) fn array_index(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        match op {
            Builtin::ArrayGet => self.array_get(of, env),
            Builtin::ArraySet => self.array_set(of, env),
            Builtin::ArrayRow => {
                let r = self.ref_in(of, 0)?;
                self.settle(r, env)?;
                let selection = self.rows_at(r, &[self.word_in(of, 0)? as i64])?;
                self.pick(r, selection, of, env)
            }
            Builtin::ArrayIndex => {
                let r = self.ref_in(of, 0)?;
                let selection = self.selection(r, of, env)?;
                if selection.scanned.is_empty() {
                    self.pick(r, selection, of, env)
                } else {
                    self.scan_axes(r, selection, of, env)
                }
            }
            Builtin::ArrayPut => self.array_put(of, env),
            _ => self.gather_rows(of, env),
        }
    }

    /// A new array of the selected elements; single secrets keep their nodes.
    fn pick(&mut self, r: Ref, selection: Selection, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let Selection { axes: to, places, .. } = selection;
        self.heap.room(r, places.len())?;
        let made = match self.heap.list(r)?.columns.as_slice() {
            _ if places.is_empty() => Made::Nothing,
            [Column::Lanes(lanes)] if places.len() == 1 => {
                let Lane { node, lane } = lanes[places[0] as usize];
                env.engine.retain(node);
                Made::Secret(node, lane)
            }
            _ => {
                self.ready(r, env)?;
                self.picked(&self.view(r)?, Some(&places), env)?
            }
        };
        self.put_array(of, to, made, env)
    }

    fn array_get(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        self.settle(r, env)?;
        let list = self.heap.list(r)?;
        let own = list.axes.as_deref().ok_or(MISTYPED)?;
        if own.len() != of.ops.words.len() {
            return Err(TrapCode::Shape.into());
        }
        let mut place = 0;
        for (&len, &i) in own.iter().zip(&of.ops.words) {
            place = place * len as usize + position(len as usize, self.word(i) as i64)?;
        }
        let item = list.columns[0].get(place);
        self.heap.retain_item(item, env.engine);
        self.store(&mut Destinations::new(of.ops), item, env)
    }

    fn array_set(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        self.settle(r, env)?;
        let (count, item) = match of.ops.secrets.last() {
            Some(&s) => (of.ops.words.len(), Item::Secret(self.secret(s)?)),
            None => {
                let last = of.ops.words.len().checked_sub(1).ok_or(MISTYPED)?;
                (last, Item::Word(self.word(of.ops.words[last])))
            }
        };
        let indices: Vec<i64> = of.ops.words[..count].iter().map(|i| self.word(*i) as i64).collect();
        self.fill(r, &indices, item, env)
    }

    /// Fills a row of an array of more than one axis with one element; R0203 if it has no axis.
    pub(crate) fn fill_row(&mut self, r: Ref, index: i64, ops: &Operands, env: &mut Env<'_>) -> Result<(), Fault> {
        self.settle(r, env)?;
        let item = match (ops.words.first(), ops.secrets.first()) {
            (Some(&Operands::TICKET), _) => {
                let ticket = self.heap.ticket(self.reference(*ops.refs.last().ok_or(MISTYPED)?))?;
                Item::Word(*opened(ticket, env)?.first().ok_or(MISTYPED)?)
            }
            (Some(&word), _) => Item::Word(self.word(word)),
            (None, Some(&s)) => Item::Secret(self.secret(s)?),
            (None, None) => return Err(MISTYPED),
        };
        self.fill(r, &[index], item, env)
    }

    fn fill(&mut self, r: Ref, indices: &[i64], item: Item, env: &mut Env<'_>) -> Result<(), Fault> {
        for place in self.rows_at(r, indices)?.places {
            self.heap.retain_item(item, env.engine);
            self.replace(r, place, item, env)?;
        }
        Ok(())
    }

    /// The elements whose first indices these are.
    fn rows_at(&self, r: Ref, indices: &[i64]) -> Result<Selection, Fault> {
        let own = self.view_axes(r)?;
        if indices.len() > own.len() {
            return Err(TrapCode::Shape.into());
        }
        let (rows, rest) = own.split_at(indices.len());
        let mut row = 0;
        for (&len, &i) in rows.iter().zip(indices) {
            row = u32::wrapping_mul(row, len).wrapping_add(position(len as usize, i)? as u32);
        }
        // Rows without elements may be more than a length holds; they have no places.
        let size = axes::size(rest)?;
        let first = row.wrapping_mul(size);
        Ok(Selection { axes: rest.to_vec(), places: (0..size).map(|at| first + at).collect(), scanned: Vec::new() })
    }

    /// Puts an element, whose reference it takes over, at a place.
    fn replace(&mut self, r: Ref, place: u32, item: Item, env: &mut Env<'_>) -> Result<(), Fault> {
        let list = self.heap.list_mut(r)?;
        let before = list.columns[0].replace(list.len as usize, place as usize, item, env.engine)?;
        self.heap.release_item(before, env.engine);
        Ok(())
    }

    /// What the indices of an instruction select of an array.
    fn selection(&mut self, r: Ref, of: Call<'_>, env: &mut Env<'_>) -> Result<Selection, Fault> {
        self.settle(r, env)?;
        let own = self.view_axes(r)?;
        let count = of.ops.words.len() / WORDS;
        if count > own.len() {
            return Err(TrapCode::Shape.into());
        }
        let strides = axes::strides(&own);
        // Places of an array without elements wrap around; none of them is used.
        let mut first = 0u32;
        let (mut to, mut steps, mut scanned) = (Vec::new(), Vec::new(), Vec::new());
        let mut secrets = of.ops.secrets.iter();
        for (at, &len) in own.iter().enumerate() {
            let word = |k: usize| self.word_in(of, at * WORDS + k);
            let kind = if at < count { word(0)? } else { 1 };
            match kind {
                _ if at >= count => {
                    to.push(len);
                    steps.push(strides[at]);
                }
                0 => {
                    let place = position(len as usize, word(2)? as i64)? as u32;
                    first = first.wrapping_add(place.wrapping_mul(strides[at]));
                }
                1 => {
                    let bound =
                        |k: usize| -> Result<Option<i64>, Fault> { Ok((word(k)? != 0).then_some(word(k + 1)? as i64)) };
                    let range = SliceRange::new(len as usize, bound(1)?, bound(3)?, word(5)? as i64)?;
                    to.push(range.count as u32);
                    // A slice of one element has no step to speak of, and an empty one has no first element.
                    let one = if range.count > 0 { range.at(0) as u32 } else { 0 };
                    let two = if range.count > 1 { range.at(1) as u32 } else { one };
                    steps.push(strides[at].wrapping_mul(two.wrapping_sub(one)));
                    first = first.wrapping_add(one.wrapping_mul(strides[at]));
                }
                _ => {
                    let lane = self.secret(*secrets.next().ok_or(MISTYPED)?)?;
                    scanned.push((to.len(), lane));
                    to.push(len);
                    steps.push(strides[at]);
                }
            }
        }
        self.heap.room_for(axes::size(&to)? as usize, 8)?;
        Ok(Selection { places: axes::walk(first, &to, &steps), axes: to, scanned })
    }

    fn array_put(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let (r, value) = (self.ref_in(of, 0)?, self.ref_in(of, 1)?);
        let selection = self.selection(r, of, env)?;
        self.ready(value, env)?;
        // The value has the axes of what is written, without those that a secret index picks one element of.
        let mut to = selection.axes.clone();
        for (axis, _) in selection.scanned.iter().rev() {
            to.remove(*axis);
        }
        let given = self.view(value)?;
        if axes::broadcast(given.axes, &to)? != to {
            return Err(TrapCode::Shape.into());
        }
        if selection.places.is_empty() {
            return Ok(());
        }
        if !selection.scanned.is_empty() {
            return self.put_scanned(r, value, &selection, env);
        }
        let operand = self.operand(&given, &to, env)?;
        let items: Vec<Item> = match &operand {
            Operand::Word(word) => vec![Item::Word(*word); selection.places.len()],
            Operand::Words(words) => words.iter().map(|word| Item::Word(*word)).collect(),
            Operand::Lane(lane) => vec![Item::Secret(*lane); selection.places.len()],
            Operand::Vector { node, start, len, .. } => {
                (0..*len).map(|i| Item::Secret(Lane { node: *node, lane: start + i })).collect()
            }
        };
        // The value may be the array itself: its elements are held before the first one goes.
        for item in &items {
            if let Item::Secret(lane) = item {
                env.engine.retain(lane.node);
            }
        }
        operand.release(env);
        for (place, item) in selection.places.into_iter().zip(items) {
            self.replace(r, place, item, env)?;
        }
        Ok(())
    }

    /// Rows by number or by a mask.
    fn gather_rows(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let (r, index) = (self.ref_in(of, 0)?, self.ref_in(of, 1)?);
        self.ready(r, env)?;
        self.ready(index, env)?;
        let own = self.view_axes(r)?;
        let (&n, rest) = own.split_first().ok_or(TrapCode::Shape)?;
        let list = self.heap.list(index)?;
        let index_axes = list.axes.as_deref().map_or_else(|| vec![list.len], <[u32]>::to_vec);
        let mut to = index_axes.clone();
        let rows: Vec<u32> = match (&list.columns[0], self.element_format(list.ty)?) {
            (Column::Words(mask), ScalarTy::Bool) => {
                if index_axes != [n] {
                    return Err(TrapCode::Shape.into());
                }
                let rows: Vec<u32> = (0..n).zip(mask).filter(|(_, keep)| **keep == 1).map(|(row, _)| row).collect();
                to = vec![rows.len() as u32];
                rows
            }
            (Column::Words(rows), _) => {
                let row = |row: &u64| position(n as usize, *row as i64).map(|row| row as u32);
                rows.iter().map(row).collect::<Result<_, _>>()?
            }
            _ => return self.gather_by_secrets(r, index, of, env),
        };
        to.extend_from_slice(rest);
        let size = axes::size(rest)?;
        self.heap.room_for(axes::size(&to)? as usize, 8)?;
        let places = rows.iter().flat_map(|row| row * size..(row + 1) * size).collect();
        self.pick(r, Selection { axes: to, places, scanned: Vec::new() }, of, env)
    }

    /// The selected elements of an array that is ready, as a vector or words.
    pub(super) fn selected(&self, r: Ref, places: &[u32], env: &mut Env<'_>) -> Result<Made, Fault> {
        let view = self.view(r)?;
        match view.data {
            Data::Secret(None) => Ok(Made::Nothing),
            _ => self.picked(&view, Some(places), env),
        }
    }

    /// Writes secrets to places of an array of secrets; takes over the reference to the node.
    pub(super) fn write_lanes(
        &mut self,
        r: Ref,
        places: &[u32],
        node: stoffel_mpc::NodeId,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        for (lane, place) in (0u32..).zip(places) {
            env.engine.retain(node);
            self.replace(r, *place, Item::Secret(Lane { node, lane }), env)?;
        }
        env.engine.release(node);
        Ok(())
    }
}
