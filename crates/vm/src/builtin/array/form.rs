//! Making arrays, and giving their elements other axes (LANGUAGE §13).

use stoffel_bytecode::Builtin;
use stoffel_mpc::Lane;
use stoffel_value::{ScalarTy, TrapCode, from_i128};

use super::{Call, Data, Made};
use crate::axes;
use crate::column::{Column, Item};
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Ref};
use crate::machine::{Env, Vm};
use crate::step::Destinations;
use crate::types::LeafKind;

impl Vm {
    pub(super) fn array_form(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        match op {
            Builtin::ArrayScalar => {
                let made = self.scalar_in(of, env)?;
                self.put_array(of, Vec::new(), made, env)
            }
            Builtin::ArrayItem => self.array_item(of, env),
            Builtin::ArrayFrom => self.array_from(of, env),
            Builtin::ArrayToList => self.array_to_list(of, env),
            Builtin::ArrayFull => self.array_full(of, env),
            Builtin::ArrayIdentity => self.identity(of, env),
            Builtin::ArrayShape => {
                let r = self.ref_in(of, 0)?;
                let lens = self.view_axes(r)?.iter().map(|len| u64::from(*len)).collect();
                let made = self.int_list(of.target_ty()?, lens)?;
                self.put_ref(of, made, env)
            }
            Builtin::ArraySize => {
                let len = self.heap.list(self.ref_in(of, 0)?)?.len;
                self.put_word(of, 0, u64::from(len))
            }
            Builtin::ArrayReshape => self.reshape(of, env),
            Builtin::ArrayTranspose => self.transpose(of, env),
            Builtin::ArrayConcat => self.array_concat(of, env),
            Builtin::ArrayStack => self.array_stack(of, env),
            _ => Err(MISTYPED),
        }
    }

    pub(super) fn view_axes(&self, r: Ref) -> Result<Vec<u32>, Fault> {
        Ok(self.heap.list(r)?.axes.as_deref().ok_or(MISTYPED)?.to_vec())
    }

    /// The one leaf among the sources, as the element of an array.
    pub(super) fn scalar_in(&self, of: Call<'_>, env: &mut Env<'_>) -> Result<Made, Fault> {
        if let Some(&s) = of.ops.secrets.last() {
            let Lane { node, lane } = self.secret(s)?;
            env.engine.retain(node);
            return Ok(Made::Secret(node, lane));
        }
        let word = of.ops.words.last().ok_or(MISTYPED)?;
        Ok(Made::Words(vec![self.word(*word)]))
    }

    fn array_item(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        self.settle(r, env)?;
        if !self.view_axes(r)?.is_empty() {
            return Err(TrapCode::Shape.into());
        }
        let item = self.heap.list(r)?.columns[0].get(0);
        self.heap.retain_item(item, env.engine);
        self.store(&mut Destinations::new(of.ops), item, env)
    }

    /// The numbers of a list[int64].
    pub(super) fn numbers(&mut self, r: Ref, env: &mut Env<'_>) -> Result<Vec<i64>, Fault> {
        self.settle(r, env)?;
        match self.heap.list(r)?.columns.as_slice() {
            [Column::Words(words)] => Ok(words.iter().map(|word| *word as i64).collect()),
            _ => Err(MISTYPED),
        }
    }

    fn int_list(&mut self, ty: u32, words: Vec<u64>) -> Result<Ref, Fault> {
        let mut list = List::new(ty, &self.types)?;
        list.len = words.len() as u32;
        list.columns = vec![Column::Words(words)];
        self.heap.alloc_list(list)
    }

    fn array_full(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let shape = self.numbers(self.ref_in(of, 0)?, env)?;
        let to = lengths(&shape)?;
        let len = axes::size(&to)? as usize;
        self.heap.room_for(len, 8)?;
        let made = match self.scalar_in(of, env)? {
            Made::Words(words) => Made::Words(vec![words[0]; len]),
            Made::Secret(node, lane) if len > 0 => {
                let lanes = vec![Lane { node, lane }; len];
                let all = env.engine.gather(self.element_format(of.target_ty()?)?, &lanes);
                env.engine.release(node);
                Made::Secret(all, 0)
            }
            Made::Secret(node, _) => {
                env.engine.release(node);
                Made::Nothing
            }
            Made::Nothing => Made::Nothing,
        };
        self.put_array(of, to, made, env)
    }

    fn identity(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let [n] = lengths(&[self.word_in(of, 0)? as i64])?[..] else { return Err(MISTYPED) };
        let to = vec![n, n];
        self.heap.room_for(axes::size(&to)? as usize, 8)?;
        let one = match self.element_format(of.target_ty()?)? {
            ScalarTy::Float => 1f64.to_bits(),
            ScalarTy::Fix(fix) => from_i128(ScalarTy::Fix(fix), 1 << fix.f()).ok_or(TrapCode::Conversion)?,
            ScalarTy::Int(_) | ScalarTy::Bool => 1,
        };
        let words = (0..n * n).map(|at| if at / n == at % n { one } else { 0 }).collect();
        self.put_array(of, to, Made::Words(words), env)
    }

    fn array_from(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        self.settle_deep(r, env)?;
        let mut level = vec![r];
        let mut to = Vec::new();
        // One level of lists after the other, all equally long.
        loop {
            let first = self.heap.list(level[0])?;
            let len = first.len;
            for &list in &level {
                if self.heap.list(list)?.len != len {
                    return Err(TrapCode::Shape.into());
                }
            }
            to.push(len);
            let Some(Column::Refs(_)) = first.columns.first() else { break };
            if len == 0 {
                // Lists without members do not say how long their members are.
                return self.put_array(of, to, Made::Nothing, env);
            }
            let mut inner = Vec::with_capacity(level.len() * len as usize);
            for &list in &level {
                let Some(Column::Refs(refs)) = self.heap.list(list)?.columns.first() else { return Err(MISTYPED) };
                inner.extend_from_slice(refs);
            }
            level = inner;
        }
        let len = axes::size(&to)? as usize;
        self.heap.room_for(len, 8)?;
        let mut column = Column::empty(self.types.leaf(of.target_ty()?, 0)?);
        let mut before = 0;
        for &list in &level {
            let list = self.heap.list(list)?;
            for i in 0..list.len as usize {
                let item = list.columns[0].get(i);
                if let Item::Secret(lane) = item {
                    env.engine.retain(lane.node);
                }
                column.push(before, item, env.engine)?;
                before += 1;
            }
        }
        let ty = of.target_ty()?;
        let (axes, columns) = (Some(to.into()), vec![column]);
        let made = List { ty, axes, len: len as u32, columns, pending: Vec::new(), keys: None };
        let made = self.heap.alloc_list(made)?;
        self.put_ref(of, made, env)
    }

    fn array_to_list(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        self.ready(r, env)?;
        let made = self.nested_list(r, 0, 0, of.target_ty()?, env)?;
        self.put_ref(of, made, env)
    }

    /// The elements from place `first` on along the axes from `axis` on, as a list of type `ty`.
    fn nested_list(&mut self, r: Ref, axis: usize, first: u32, ty: u32, env: &mut Env<'_>) -> Result<Ref, Fault> {
        let all = self.view_axes(r)?;
        let len = *all.get(axis).ok_or(TrapCode::Shape)?;
        let mut list = List::new(ty, &self.types)?;
        list.len = len;
        self.heap.room_for(len as usize, 8)?;
        match self.types.leaf(ty, 0)? {
            LeafKind::Ref(inner) => {
                let [_, _, step] = axes::around(&all, axis);
                let rows = (0..len)
                    .map(|i| self.nested_list(r, axis + 1, first.wrapping_add(i.wrapping_mul(step)), inner, env));
                list.columns[0] = Column::Refs(rows.collect::<Result<_, _>>()?);
            }
            LeafKind::Word(_) | LeafKind::Secret(_) if axis + 1 != all.len() => return Err(TrapCode::Shape.into()),
            LeafKind::Word(_) | LeafKind::Secret(_) => {
                let column = self.heap.list(r)?.columns[0].pick(len as usize, |i| first as usize + i);
                column.retain(&mut self.heap, env.engine);
                list.columns[0] = column;
            }
        }
        self.heap.alloc_list(list)
    }

    fn reshape(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        let shape = self.numbers(self.ref_in(of, 1)?, env)?;
        self.ready(r, env)?;
        let view = self.view(r)?;
        let to = filled(&shape, view.len() as u32)?;
        let made = self.picked(&view, None, env)?;
        self.heap.room(r, self.heap.list(r)?.len as usize)?;
        self.put_array(of, to, made, env)
    }

    fn transpose(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        let given = self.numbers(self.ref_in(of, 1)?, env)?;
        self.ready(r, env)?;
        let view = self.view(r)?;
        let rank = view.axes.len();
        let order: Vec<usize> = if self.word_in(of, 0)? == 0 {
            (0..rank).rev().collect()
        } else {
            given.iter().map(|at| axes::axis(rank, *at)).collect::<Result<_, _>>()?
        };
        let mut seen = vec![false; rank];
        order.iter().for_each(|at| seen[*at] = true);
        if order.len() != rank || seen.contains(&false) {
            return Err(TrapCode::Shape.into());
        }
        let strides = axes::strides(view.axes);
        let to: Vec<u32> = order.iter().map(|at| view.axes[*at]).collect();
        let steps: Vec<u32> = order.iter().map(|at| strides[*at]).collect();
        let places = axes::walk(0, &to, &steps);
        let made = self.picked(&view, Some(&places), env)?;
        self.heap.room(r, places.len())?;
        self.put_array(of, to, made, env)
    }

    fn array_concat(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let parts = self.parts(of, env)?;
        let first = self.view_axes(parts[0])?;
        let axis = axes::axis(first.len(), self.word_in(of, 0)? as i64)?;
        let mut to = first.clone();
        to[axis] = 0;
        let mut lens = Vec::new();
        for &part in &parts {
            let own = self.view_axes(part)?;
            let agree = own.len() == first.len() && (0..own.len()).all(|at| at == axis || own[at] == first[at]);
            if !agree {
                return Err(TrapCode::Shape.into());
            }
            to[axis] = to[axis].checked_add(own[axis]).ok_or(TrapCode::Shape)?;
            lens.push(own[axis]);
        }
        let [outer, _, inner] = axes::around(&to, axis);
        self.interleave(of, &parts, to, outer, &lens.iter().map(|len| len.wrapping_mul(inner)).collect::<Vec<_>>(), env)
    }

    fn array_stack(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let parts = self.parts(of, env)?;
        let first = self.view_axes(parts[0])?;
        let axis = axes::axis(first.len() + 1, self.word_in(of, 0)? as i64)?;
        for &part in &parts {
            if self.view_axes(part)? != first {
                return Err(TrapCode::Shape.into());
            }
        }
        let mut to = first;
        to.insert(axis, parts.len() as u32);
        let [outer, _, inner] = axes::around(&to, axis);
        self.interleave(of, &parts, to, outer, &vec![inner; parts.len()], env)
    }

    /// The arrays of a list, of which there must be one.
    fn parts(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<Vec<Ref>, Fault> {
        let list = self.ref_in(of, 0)?;
        let parts = match self.heap.list(list)?.columns.as_slice() {
            [Column::Refs(refs)] => refs.clone(),
            _ => return Err(MISTYPED),
        };
        if parts.is_empty() {
            return Err(TrapCode::Empty.into());
        }
        for &part in &parts {
            self.ready(part, env)?;
        }
        Ok(parts)
    }

    /// Runs of each part in turn, `outer` times.
    fn interleave(
        &mut self,
        of: Call<'_>,
        parts: &[Ref],
        to: Vec<u32>,
        outer: u32,
        runs: &[u32],
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let len = axes::size(&to)? as usize;
        self.heap.room_for(len, 8)?;
        let (mut words, mut lanes) = (Vec::new(), Vec::new());
        for o in 0..if len == 0 { 0 } else { outer } {
            for (&part, &run) in parts.iter().zip(runs) {
                match self.view(part)?.data {
                    Data::Words(own) => words.extend_from_slice(&own[(o * run) as usize..((o + 1) * run) as usize]),
                    Data::Secret(Some((node, start))) => {
                        lanes.extend((o * run..(o + 1) * run).map(|i| Lane { node, lane: start + i }));
                    }
                    Data::Secret(None) => {}
                }
            }
        }
        let made = if lanes.is_empty() {
            if len == 0 { Made::Nothing } else { Made::Words(words) }
        } else {
            Made::Secret(env.engine.gather(self.element_format(of.target_ty()?)?, &lanes), 0)
        };
        self.put_array(of, to, made, env)
    }
}

/// Lengths as given; R0203 for a negative one or too long a one.
fn lengths(shape: &[i64]) -> Result<Vec<u32>, TrapCode> {
    shape.iter().map(|len| u32::try_from(*len).map_err(|_| TrapCode::Shape)).collect()
}

/// Lengths of axes that hold `len` elements, of which one may be -1.
fn filled(shape: &[i64], len: u32) -> Result<Vec<u32>, TrapCode> {
    let open = shape.iter().filter(|len| **len == -1).count();
    let known = lengths(&shape.iter().copied().filter(|len| *len != -1).collect::<Vec<_>>())?;
    let known = axes::size(&known)?;
    let rest = match open {
        0 if known == len => 1,
        1 if known > 0 && len.is_multiple_of(known) => len / known,
        _ => return Err(TrapCode::Shape),
    };
    Ok(shape.iter().map(|len| if *len == -1 { rest } else { *len as u32 }).collect())
}
