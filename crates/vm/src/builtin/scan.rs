//! Marks of a secret index, or a secret condition, and lists in; the marked element, or a merged list, out (LANGUAGE §10.6–10.7).
//!
//! One operation of the engine per column of a list, whatever its length; lists in lists column by column of the inner ones.
//! Lengths and presence are public: where they differ nothing can be chosen (R0203).

use stoffel_bytecode::{Builtin, Reg};
use stoffel_mpc::{Arg, Lane};
use stoffel_value::{ScalarOp, ScalarTy, TrapCode, convert};

use super::Call;
use super::merge::Merge;
use crate::column::{Column, Item, consecutive};
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Ref};
use crate::machine::{Env, Vm};
use crate::object::{Record, Slot};
use crate::types::LeafKind;

/// The marks of an index: the lanes of a vector of bools.
#[derive(Clone, Copy)]
struct Marks {
    vector: Option<Arg<'static>>,
    len: usize,
}

impl Vm {
    pub(super) fn scan(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        match op {
            Builtin::OneHotSecret => self.one_hot(of, env),
            Builtin::PickSecret => self.pick_element(of, env),
            Builtin::PutSecret => self.put_element(of, env),
            _ => {
                let cond = self.secret(*of.ops.secrets.first().ok_or(MISTYPED)?)?;
                let (a, b, ty) = (self.ref_in(of, 0)?, self.ref_in(of, 1)?, of.target_ty()?);
                self.settle_deep(a, env)?;
                self.settle_deep(b, env)?;
                let merged = self.merged_deep(cond, a, b, ty, env)?;
                self.put_ref(of, merged, env)
            }
        }
    }

    fn one_hot(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let ty = of.target_ty()?;
        let r = self.ref_in(of, 0)?;
        let len = self.heap.list(r)?.len;
        self.heap.room(r, len as usize)?;
        let [index, rest @ ..] = &of.ops.secrets[..] else { return Err(MISTYPED) };
        let format = of.function.secrets[usize::from(*index)];
        let holds = match rest.first() {
            Some(holds) => Arg::Lane(self.secret(*holds)?),
            None => Arg::Word(1),
        };
        let args = [Arg::Lane(self.secret(*index)?), holds, Arg::Word(u64::from(len))];
        let node = env.engine.op(ScalarOp::OneHot(format), &args, self.op_site())?;
        let mut marks = List::new(ty, &self.types)?;
        if len == 0 {
            env.engine.release(node);
        } else {
            marks.len = len;
            marks.columns[0] = Column::View { node, start: 0 };
        }
        let marks = self.heap.alloc_list(marks)?;
        self.put_ref(of, marks, env)
    }

    /// The marks of the first operand and the list of the second, which are equally long.
    fn marked(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(Marks, Ref), Fault> {
        let (marks, list) = (self.ref_in(of, 0)?, self.ref_in(of, 1)?);
        self.settle_deep(list, env)?;
        let len = self.heap.list(marks)?.len;
        if self.heap.list(list)?.len != len {
            return Err(TrapCode::Shape.into());
        }
        let (_, vector) = self.vector(marks, env)?;
        Ok((Marks { vector, len: len as usize }, list))
    }

    fn pick_element(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let (marks, list) = self.marked(of, env)?;
        let (mut words, mut refs, mut secrets) =
            (of.ops.to_words.iter(), of.ops.to_refs.iter(), of.ops.to_secrets.iter());
        for index in 0..self.heap.list(list)?.columns.len() {
            let from = self.types.leaf(self.heap.list(list)?.ty, index)?;
            // A public scalar has become secret, a presence has stayed a word: the register banks tell.
            match from {
                LeafKind::Ref(_) => {
                    let d = *refs.next().ok_or(MISTYPED)?;
                    let rows = self.inner(list, index)?;
                    let ty = of.function.refs[usize::from(d)];
                    let picked = if from == LeafKind::Ref(ty) {
                        self.pick_whole(marks, &rows, ty, env)?
                    } else {
                        self.pick_list(marks, &rows, ty, env)?
                    };
                    self.set_ref(d, picked, env);
                }
                LeafKind::Word(ScalarTy::Bool) if self.is_presence(list, index)? => {
                    let word = self.agreed_word(list, index)?;
                    self.set_word(*words.next().ok_or(MISTYPED)?, word);
                }
                LeafKind::Word(_) | LeafKind::Secret(_) => {
                    let d = *secrets.next().ok_or(MISTYPED)?;
                    let lane = self.pick_column(marks, list, index, of.function.secrets[usize::from(d)], env)?;
                    self.set_secret(d, lane, env);
                }
            }
        }
        Ok(())
    }

    /// The marked one of values that are secret as they are.
    fn pick_whole(&mut self, marks: Marks, rows: &[Ref], ty: u32, env: &mut Env<'_>) -> Result<Ref, Fault> {
        let Some(marks) = marks.vector else { return self.blank(ty, env) };
        let site = self.op_site();
        self.picked_row(rows, ty, env, &mut |env, format, lanes| {
            let len = lanes.len() as u32;
            let (node, start) = match consecutive(lanes) {
                Some(first) => {
                    env.engine.retain(first.node);
                    (first.node, first.lane)
                }
                None => (env.engine.gather(format, lanes), 0),
            };
            let picked = env.engine.op(ScalarOp::Pick(format), &[marks, Arg::Vector { node, start, len }], site);
            env.engine.release(node);
            Ok(picked?)
        })
    }

    /// What stands for the element of an empty list: an index into it has no value.
    fn blank(&mut self, ty: u32, env: &mut Env<'_>) -> Result<Ref, Fault> {
        if self.types.record(ty).is_err() {
            return self.heap.alloc_list(List::new(ty, &self.types)?);
        }
        let leaves = self.types.record(ty)?.leaves.clone();
        let mut slots = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            slots.push(Slot::Known(match leaf {
                LeafKind::Word(_) => Item::Word(0),
                LeafKind::Secret(format) => {
                    Item::Secret(Lane { node: env.engine.constant(format, &[0], self.op_site()), lane: 0 })
                }
                LeafKind::Ref(ty) if self.types.record(ty).is_ok() => Item::Ref(Ref::NIL),
                LeafKind::Ref(ty) => Item::Ref(self.blank(ty, env)?),
            }));
        }
        self.heap.alloc_record(Record::new(ty, slots))
    }

    /// Whether a column of bools says where an optional is present.
    fn is_presence(&self, list: Ref, index: usize) -> Result<bool, Fault> {
        let ty = self.heap.list(list)?.ty;
        Ok(self.types.element(ty)?.presence.get(index).copied().unwrap_or(false))
    }

    /// The word that a column holds everywhere; 0 in an empty one.
    fn agreed_word(&self, list: Ref, index: usize) -> Result<u64, Fault> {
        let Column::Words(words) = &self.heap.list(list)?.columns[index] else { return Err(MISTYPED) };
        let first = words.first().copied().unwrap_or(0);
        if words.iter().all(|word| *word == first) { Ok(first) } else { Err(TrapCode::Shape.into()) }
    }

    fn inner(&self, list: Ref, index: usize) -> Result<Vec<Ref>, Fault> {
        match &self.heap.list(list)?.columns[index] {
            Column::Refs(rows) => Ok(rows.clone()),
            _ => Err(MISTYPED),
        }
    }

    /// The marked scalar of a column, in a format.
    fn pick_column(
        &mut self,
        marks: Marks,
        list: Ref,
        index: usize,
        format: ScalarTy,
        env: &mut Env<'_>,
    ) -> Result<Lane, Fault> {
        let site = self.op_site();
        let Some(marks) = marks.vector else {
            return Ok(Lane { node: env.engine.constant(format, &[0], site), lane: 0 });
        };
        let len = self.heap.list(list)?.len;
        let from = self.types.leaf(self.heap.list(list)?.ty, index)?;
        let node = match (&mut self.heap.list_mut(list)?.columns[index], from) {
            (Column::Words(words), LeafKind::Word(from)) => {
                let words = if from == format {
                    words.clone()
                } else {
                    words.iter().map(|word| convert(from, format, *word)).collect::<Result<_, _>>()?
                };
                env.engine.op(ScalarOp::Pick(format), &[marks, Arg::Words(&words)], site)?
            }
            (column, LeafKind::Secret(_)) => {
                let (node, start) = column.view(format, env.engine)?;
                env.engine.op(ScalarOp::Pick(format), &[marks, Arg::Vector { node, start, len }], site)?
            }
            _ => return Err(MISTYPED),
        };
        Ok(Lane { node, lane: 0 })
    }

    /// The marked one of equally long lists, element by element, as a list of type `ty`.
    fn pick_list(&mut self, marks: Marks, rows: &[Ref], ty: u32, env: &mut Env<'_>) -> Result<Ref, Fault> {
        let mut picked = List::new(ty, &self.types)?;
        let Some(&first) = rows.first() else { return self.heap.alloc_list(picked) };
        if first == Ref::NIL {
            let all = rows.iter().all(|row| *row == Ref::NIL);
            return if all { Ok(Ref::NIL) } else { Err(TrapCode::Shape.into()) };
        }
        let (len, axes) = (self.heap.list(first)?.len, self.heap.list(first)?.axes.clone());
        for &row in rows {
            if row == Ref::NIL || self.heap.list(row)?.len != len || self.heap.list(row)?.axes != axes {
                return Err(TrapCode::Shape.into());
            }
        }
        self.heap.room(first, len as usize)?;
        // Element by element the rows' leaves are a list of their own, whose marked one is picked.
        let source = self.heap.list(first)?.ty;
        for at in 0..len as usize {
            let mut across = List::new(source, &self.types)?;
            for &row in rows {
                for index in 0..across.columns.len() {
                    let item = self.heap.list(row)?.columns[index].get(at);
                    self.heap.retain_item(item, env.engine);
                    across.columns[index].push(across.len as usize, item, env.engine)?;
                }
                across.len += 1;
            }
            let across = self.heap.alloc_list(across)?;
            for index in 0..picked.columns.len() {
                let item = self.pick_item(marks, across, index, ty, env)?;
                picked.columns[index].push(at, item, env.engine)?;
            }
            picked.len += 1;
            self.heap.release(across, env.engine);
        }
        picked.axes = axes;
        self.heap.alloc_list(picked)
    }

    /// The marked leaf of a column, as the leaf of a list of type `ty`.
    fn pick_item(&mut self, marks: Marks, list: Ref, index: usize, ty: u32, env: &mut Env<'_>) -> Result<Item, Fault> {
        Ok(match self.types.leaf(ty, index)? {
            LeafKind::Word(_) => Item::Word(self.agreed_word(list, index)?),
            LeafKind::Secret(format) => Item::Secret(self.pick_column(marks, list, index, format, env)?),
            LeafKind::Ref(ty) => {
                let rows = self.inner(list, index)?;
                Item::Ref(self.pick_list(marks, &rows, ty, env)?)
            }
        })
    }

    fn put_element(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let (marks, list) = self.marked(of, env)?;
        let refs: Vec<Reg> = of.ops.refs[2..].to_vec();
        let (mut words, mut refs, mut secrets) = (of.ops.words.iter(), refs.into_iter(), of.ops.secrets.iter());
        for index in 0..self.heap.list(list)?.columns.len() {
            let kind = self.types.leaf(self.heap.list(list)?.ty, index)?;
            match kind {
                LeafKind::Word(_) => {
                    let word = self.word(*words.next().ok_or(MISTYPED)?);
                    if marks.len > 0 && self.agreed_word(list, index)? != word {
                        return Err(TrapCode::Shape.into());
                    }
                }
                LeafKind::Secret(format) => {
                    let value = self.secret(*secrets.next().ok_or(MISTYPED)?)?;
                    self.put_column(marks, list, index, (format, value), env)?;
                }
                LeafKind::Ref(ty) => {
                    let value = self.reference(refs.next().ok_or(MISTYPED)?);
                    self.settle_deep(value, env)?;
                    self.put_lists(marks, list, index, (ty, value), env)?;
                }
            }
        }
        Ok(())
    }

    fn put_column(
        &mut self,
        marks: Marks,
        list: Ref,
        index: usize,
        (format, value): (ScalarTy, Lane),
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let Some(marks) = marks.vector else { return Ok(()) };
        let site = self.op_site();
        let list = self.heap.list_mut(list)?;
        let (node, start) = list.columns[index].view(format, env.engine)?;
        let args = [marks, Arg::Lane(value), Arg::Vector { node, start, len: list.len }];
        let made = env.engine.op(ScalarOp::Select(format), &args, site)?;
        env.engine.release(node);
        list.columns[index] = Column::View { node: made, start: 0 };
        Ok(())
    }

    /// Every inner list becomes a new one: the value where it is marked, else as it was.
    fn put_lists(
        &mut self,
        marks: Marks,
        list: Ref,
        index: usize,
        (ty, value): (u32, Ref),
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let Some(Arg::Vector { node, start, .. }) = marks.vector else { return Ok(()) };
        let rows = self.inner(list, index)?;
        let mut made = Vec::with_capacity(rows.len());
        for (lane, &row) in (start..).zip(&rows) {
            made.push(self.merged_deep(Lane { node, lane }, value, row, ty, env)?);
        }
        self.heap.list_mut(list)?.columns[index] = Column::Refs(made);
        rows.into_iter().for_each(|row| self.heap.release(row, env.engine));
        Ok(())
    }

    /// A new list or object: `a` where the condition holds, else `b`.
    fn merged_deep(&mut self, cond: Lane, a: Ref, b: Ref, ty: u32, env: &mut Env<'_>) -> Result<Ref, Fault> {
        let mut merge = Merge::new(cond);
        let merged = self.merged(&mut merge, a, b, ty, env)?;
        self.fill_merged(&mut merge, env)?;
        Ok(merged)
    }

    /// The same, objects within it not filled yet.
    pub(super) fn merged(
        &mut self,
        merge: &mut Merge,
        a: Ref,
        b: Ref,
        ty: u32,
        env: &mut Env<'_>,
    ) -> Result<Ref, Fault> {
        if a == Ref::NIL || b == Ref::NIL {
            return if a == b { Ok(Ref::NIL) } else { Err(TrapCode::Shape.into()) };
        }
        if self.heap.is_record(a) {
            return self.merged_object(merge, a, b, ty);
        }
        let len = self.heap.list(a)?.len;
        if self.heap.list(b)?.len != len || self.heap.list(b)?.axes != self.heap.list(a)?.axes {
            return Err(TrapCode::Shape.into());
        }
        self.heap.room(a, len as usize)?;
        let mut made = List::new(ty, &self.types)?;
        made.len = len;
        made.axes.clone_from(&self.heap.list(a)?.axes);
        for index in 0..if len == 0 { 0 } else { made.columns.len() } {
            made.columns[index] = match self.types.leaf(ty, index)? {
                LeafKind::Secret(format) => {
                    let mut side = |r: Ref, vm: &mut Self| -> Result<Arg<'static>, Fault> {
                        let (node, start) = vm.heap.list_mut(r)?.columns[index].view(format, env.engine)?;
                        Ok(Arg::Vector { node, start, len })
                    };
                    let args = [Arg::Lane(merge.cond), side(a, self)?, side(b, self)?];
                    Column::View { node: env.engine.op(ScalarOp::Select(format), &args, self.op_site())?, start: 0 }
                }
                LeafKind::Word(_) => match (&self.heap.list(a)?.columns[index], &self.heap.list(b)?.columns[index]) {
                    (Column::Words(x), Column::Words(y)) if x == y => Column::Words(x.clone()),
                    _ => return Err(TrapCode::Shape.into()),
                },
                LeafKind::Ref(ty) => {
                    let pairs: Vec<(Ref, Ref)> = self.inner(a, index)?.into_iter().zip(self.inner(b, index)?).collect();
                    let merged = pairs.into_iter().map(|(x, y)| self.merged(merge, x, y, ty, env));
                    Column::Refs(merged.collect::<Result<_, _>>()?)
                }
            };
        }
        self.heap.alloc_list(made)
    }
}
