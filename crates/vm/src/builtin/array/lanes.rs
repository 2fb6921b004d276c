//! Elements of lists as arrays in, arrays as elements of lists out; and between, operations that give no value where they trap.
//!
//! This is what loops over lists become. The program asks whether every array is a value before it changes anything; if one is not,
//! the loop itself runs, which traps where it should. No value is the reference that refers to nothing.

use stoffel_bytecode::{Builtin, Function, Instr};
use stoffel_mpc::{Arg, Lane};
use stoffel_value::{BinOp, ScalarOp, TrapCode};

use super::{Call, Data, Made};
use crate::column::{Column, Item, consecutive};
use crate::fault::{Fault, MISTYPED};
use crate::heap::Ref;
use crate::machine::{Env, Vm};
use crate::types::LeafKind;

/// A run of elements of a list: the first, and how many.
#[derive(Clone, Copy)]
struct Run {
    first: usize,
    len: usize,
}

impl Vm {
    /// Executes an operator on lanes.
    pub(crate) fn lanes_instr(&mut self, function: &Function, instr: Instr, env: &mut Env<'_>) -> Result<(), Fault> {
        let (d, sources, plain) = match instr {
            Instr::LBin { op, d, a, b } => (d, [a, b], Instr::ABin { op, d, a, b }),
            Instr::LUn { op, d, a } => (d, [a, a], Instr::AUn { op, d, a }),
            Instr::LCmp { op, d, a, b } => (d, [a, b], Instr::ACmp { op, d, a, b }),
            Instr::LConvert { d, a } => (d, [a, a], Instr::AConvert { d, a }),
            Instr::LFold { d, a, b, .. } => (d, [a, b], instr),
            _ => return Err(MISTYPED),
        };
        let done = if sources.iter().any(|r| self.reference(*r) == Ref::NIL) {
            Err(TrapCode::DynamicType.into())
        } else if let Instr::LFold { op, .. } = instr {
            let [start, lanes] = sources.map(|r| self.reference(r));
            let ty = function.refs[usize::from(d)];
            self.fold(op, start, lanes, ty, env).map(|folded| self.set_ref(d, folded, env))
        } else {
            self.array_instr(function, plain, env)
        };
        self.or_no_value(done, d, env)
    }

    /// A trap becomes no value; waiting stays.
    fn or_no_value(&mut self, done: Result<(), Fault>, d: u16, env: &mut Env<'_>) -> Result<(), Fault> {
        match done {
            Err(Fault::Trap(_) | Fault::Message(..)) => {
                self.set_ref(d, Ref::NIL, env);
                Ok(())
            }
            done => done,
        }
    }

    /// `start op lane op lane …`: one sum or a tournament, or step by step where a step may trap.
    fn fold(&mut self, op: BinOp, start: Ref, lanes: Ref, ty: u32, env: &mut Env<'_>) -> Result<Ref, Fault> {
        self.ready(start, env)?;
        self.ready(lanes, env)?;
        let (from, view) = (self.view(start)?, self.view(lanes)?);
        let Data::Secret(Some((node, first))) = view.data else { return Err(MISTYPED) };
        let (len, format) = (view.len() as u32, view.ty);
        let from = self.operand(&from, &[], env)?;
        let step = ScalarOp::Binary(op, format);
        let site = self.op_site();
        let folded = if env.engine.reads_guards() {
            let mut folded = env.engine.op(step, &[from.arg(), Arg::Lane(Lane { node, lane: first })], site)?;
            for lane in first + 1..first + len {
                let next = env.engine.op(
                    step,
                    &[Arg::Lane(Lane { node: folded, lane: 0 }), Arg::Lane(Lane { node, lane })],
                    site,
                );
                env.engine.release(folded);
                folded = next?;
            }
            folded
        } else {
            let rest = match op {
                BinOp::Add | BinOp::Sub | BinOp::AddWrap | BinOp::SubWrap => {
                    env.engine.op(ScalarOp::Sum(format), &[Arg::Vector { node, start: first, len }], site)?
                }
                _ => self.tournament(step, &view, [1, len, 1], env)?,
            };
            let folded = env.engine.op(step, &[from.arg(), Arg::Lane(Lane { node: rest, lane: 0 })], site);
            env.engine.release(rest);
            folded?
        };
        self.make(ty, Vec::new(), Made::Secret(folded, 0))
    }

    /// Executes a library operation on lanes.
    pub(crate) fn lanes_op(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        match op {
            Builtin::LanesOf => self.lanes_of(of, env),
            Builtin::LanesRow => {
                let row = self.lanes_row(of).unwrap_or(Ref::NIL);
                self.heap.retain(row);
                self.put_ref(of, row, env)
            }
            Builtin::LanesRange => {
                let (start, n) = (self.word_in(of, 0)? as i64, self.word_in(of, 1)? as i64);
                let end = start.checked_add(n - 1).filter(|_| n > 0 && self.heap.room_for(n as usize, 8).is_ok());
                let made = match end {
                    Some(end) => {
                        let words = (start..=end).map(i64::cast_unsigned).collect();
                        self.make(of.target_ty()?, vec![n as u32], Made::Words(words))?
                    }
                    None => Ref::NIL,
                };
                self.put_ref(of, made, env)
            }
            Builtin::LanesWhere => {
                let refs = [self.ref_in(of, 0)?, self.ref_in(of, 1)?, self.ref_in(of, 2)?];
                let ty = of.target_ty()?;
                let done = if refs.contains(&Ref::NIL) {
                    Err(TrapCode::DynamicType.into())
                } else {
                    let op = ScalarOp::Select(self.element_format(ty)?);
                    self.elementwise(op, &refs, ty, env).and_then(|made| self.put_ref(of, made, env))
                };
                self.or_no_value(done, of.target()?, env)
            }
            Builtin::LanesWord => {
                let word = match self.view(self.ref_in(of, 0)?) {
                    Ok(view) => match view.data {
                        Data::Words(&[word]) => word,
                        _ => return Err(MISTYPED),
                    },
                    Err(_) => i64::MIN.cast_unsigned(),
                };
                self.put_word(of, 0, word)
            }
            Builtin::LanesFit => {
                let r = self.ref_in(of, 0)?;
                let fit = self.run_in(of, r, 0).is_some();
                self.put_word(of, 0, fit.into())
            }
            Builtin::LanesReady => {
                let ready = of.ops.refs.iter().all(|r| self.reference(*r) != Ref::NIL);
                self.put_word(of, 0, ready.into())
            }
            Builtin::LanesApart => {
                let apart = of.ops.refs.chunks_exact(2).all(|pair| self.reference(pair[0]) != self.reference(pair[1]));
                self.put_word(of, 0, apart.into())
            }
            Builtin::LanesAppend => self.append_lanes(of, env),
            Builtin::LanesStore => self.store_lanes(of, env),
            _ => Err(MISTYPED),
        }
    }

    /// Elements of a list that words from `k` on say (first place, what is added to it, how many), if they are all there.
    fn run_in(&self, of: Call<'_>, r: Ref, k: usize) -> Option<Run> {
        let word = |at: usize| self.word_in(of, k + at).map(u64::cast_signed).ok();
        let list = self.heap.list(r).ok().filter(|list| list.is_flat())?;
        let first = usize::try_from(word(0)?.checked_add(word(1)?)?).ok()?;
        let len = usize::try_from(word(2)?).ok()?;
        first.checked_add(len).filter(|end| len > 0 && *end <= list.len as usize)?;
        Some(Run { first, len })
    }

    fn lanes_of(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        let run = self.run_in(of, r, 0).filter(|run| self.heap.room_for(run.len, 8 * of.ops.to_refs.len()).is_ok());
        let Some(run) = run else {
            of.ops.to_refs.iter().for_each(|d| self.set_ref(*d, Ref::NIL, env));
            return Ok(());
        };
        self.settle(r, env)?;
        // Writing a register may free the list.
        self.heap.retain(r);
        let mut done = Ok(());
        for (column, d) in of.ops.to_refs.iter().enumerate() {
            let ty = of.function.refs[usize::from(*d)];
            done = self
                .lanes_of_column(r, column, run, env)
                .and_then(|made| self.make(ty, vec![run.len as u32], made))
                .map(|made| self.set_ref(*d, made, env));
            if done.is_err() {
                break;
            }
        }
        self.heap.release(r, env.engine);
        done
    }

    /// One leaf of some elements; a list that is read as a whole becomes one vector.
    fn lanes_of_column(&mut self, r: Ref, column: usize, run: Run, env: &mut Env<'_>) -> Result<Made, Fault> {
        let Run { first, len } = run;
        let ty = self.heap.list(r)?.ty;
        let kind = self.types.leaf(ty, column)?;
        let list = self.heap.list_mut(r)?;
        let whole = len == list.len as usize;
        Ok(match (list.columns.get_mut(column).ok_or(MISTYPED)?, kind) {
            (Column::Words(words), _) => Made::Words(words[first..first + len].to_vec()),
            (Column::View { node, start }, _) => {
                env.engine.retain(*node);
                Made::Secret(*node, *start + first as u32)
            }
            (column @ Column::Lanes(_), LeafKind::Secret(format)) if whole => {
                let (node, start) = column.view(format, env.engine)?;
                env.engine.retain(node);
                Made::Secret(node, start)
            }
            (Column::Lanes(lanes), LeafKind::Secret(format)) => {
                let lanes = &lanes[first..first + len];
                match consecutive(lanes) {
                    Some(lane) => {
                        env.engine.retain(lane.node);
                        Made::Secret(lane.node, lane.lane)
                    }
                    None => Made::Secret(env.engine.gather(format, lanes), 0),
                }
            }
            _ => return Err(MISTYPED),
        })
    }

    fn lanes_row(&self, of: Call<'_>) -> Option<Ref> {
        let list = self.heap.list(self.ref_in(of, 0).ok()?).ok()?;
        let at = list.position(self.word_in(of, 0).ok()?.cast_signed()).ok()?;
        match list.columns.as_slice() {
            [Column::Refs(rows)] => rows.get(at).copied(),
            _ => None,
        }
    }

    /// An array as `n` leaves of elements, with their references.
    fn lanes_column(&self, r: Ref, n: usize, env: &mut Env<'_>) -> Result<Column, Fault> {
        let view = self.view(r)?;
        let single = view.len() == 1 && n != 1;
        if !single && view.len() != n {
            return Err(TrapCode::Shape.into());
        }
        Ok(match view.data {
            Data::Words([word]) if single => Column::Words(vec![*word; n]),
            Data::Words(words) => Column::Words(words.to_vec()),
            Data::Secret(Some((node, lane))) if single => {
                (0..n).for_each(|_| env.engine.retain(node));
                Column::Lanes(vec![Lane { node, lane }; n])
            }
            Data::Secret(Some((node, start))) => {
                env.engine.retain(node);
                Column::View { node, start }
            }
            Data::Secret(None) => return Err(TrapCode::Shape.into()),
        })
    }

    fn append_lanes(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let (r, n) = (self.ref_in(of, 0)?, self.word_in(of, 0)? as usize);
        self.heap.grow(r, n)?;
        for column in 0..self.heap.list(r)?.columns.len() {
            let more = self.lanes_column(self.ref_in(of, 1 + column)?, n, env)?;
            let list = self.heap.list_mut(r)?;
            list.columns[column].append(list.len as usize, more, n, env.engine)?;
        }
        self.heap.list_mut(r)?.len += n as u32;
        Ok(())
    }

    fn store_lanes(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        let Run { first, len } = self.run_in(of, r, 0).ok_or(TrapCode::Index)?;
        self.settle(r, env)?;
        let columns = self.heap.list(r)?.columns.len();
        for at in 0..columns {
            let new = self.lanes_column(self.ref_in(of, 1 + at)?, len, env)?;
            let list = self.heap.list_mut(r)?;
            let total = list.len as usize;
            let column = list.columns.get_mut(at).ok_or(MISTYPED)?;
            if total == len {
                let before = std::mem::replace(column, new);
                self.heap.release_column(before, env.engine);
                continue;
            }
            match (column, new) {
                (Column::Words(words), Column::Words(new)) => words[first..first + len].copy_from_slice(&new),
                (column @ (Column::View { .. } | Column::Lanes(_)), new) => {
                    for place in 0..len {
                        let Item::Secret(lane) = new.get(place) else { return Err(MISTYPED) };
                        env.engine.retain(lane.node);
                        let before = column.replace(total, first + place, Item::Secret(lane), env.engine)?;
                        if let Item::Secret(lane) = before {
                            env.engine.release(lane.node);
                        }
                    }
                    new.give_back(env.engine);
                }
                _ => return Err(MISTYPED),
            }
        }
        Ok(())
    }
}
