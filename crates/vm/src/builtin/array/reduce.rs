//! Reductions along an axis or of everything (LANGUAGE §13).
//!
//! Public elements are combined from the left. Secret sums are local; secret extremes and conjunctions are tournaments of
//! ⌈log2 n⌉ operations on vectors, each over all places that remain at once.

use stoffel_bytecode::Builtin;
use stoffel_mpc::{Arg, ArrayOp, Lane, NodeId};
use stoffel_value::{BinOp, CmpOp, ScalarOp, ScalarTy, TrapCode, binary, compare};

use super::{Call, Data, Made, View};
use crate::axes;
use crate::fault::{Fault, MISTYPED};
use crate::machine::{Env, Vm};

impl Vm {
    pub(super) fn reduction(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        self.ready(r, env)?;
        let view = self.view(r)?;
        if op == Builtin::ArrayCumSum {
            let axis = axes::axis(view.axes.len(), self.word_in(of, 0)? as i64)?;
            let (around, to) = (axes::around(view.axes, axis), view.axes.to_vec());
            let made = self.running_sums(&view, around, env)?;
            self.heap.room_for(axes::size(&to)? as usize, 8)?;
            return self.put_array(of, to, made, env);
        }
        let (around, to) = if self.word_in(of, 0)? == 0 {
            ([1, view.len() as u32, 1], Vec::new())
        } else {
            let axis = axes::axis(view.axes.len(), self.word_in(of, 1)? as i64)?;
            let mut to = view.axes.to_vec();
            to.remove(axis);
            (axes::around(view.axes, axis), to)
        };
        let n = around[1];
        let neutral = matches!(op, Builtin::ArraySum | Builtin::ArrayAny | Builtin::ArrayAll);
        if n == 0 && !neutral {
            return Err(TrapCode::Empty.into());
        }
        if op == Builtin::ArrayCount {
            return self.put_word(of, 0, u64::from(n));
        }
        let len = axes::size(&to)?;
        self.heap.room_for(len as usize, 8)?;
        let made = if len == 0 {
            Made::Nothing
        } else if n == 0 {
            let words = vec![u64::from(op == Builtin::ArrayAll); len as usize];
            match view.data {
                Data::Words(_) => Made::Words(words),
                Data::Secret(_) => Made::Secret(env.engine.constant(view.ty, &words, self.op_site()), 0),
            }
        } else if view.is_secret() {
            self.secret_reduction(op, &view, around, env)?
        } else {
            Made::Words(public(op, &view, around)?)
        };
        self.put_array(of, to, made, env)
    }

    fn running_sums(&self, view: &View<'_>, around: [u32; 3], env: &mut Env<'_>) -> Result<Made, Fault> {
        match view.data {
            Data::Words(words) => {
                let [_, n, inner] = around.map(|len| len as usize);
                let mut out = words.to_vec();
                for at in 0..out.len() {
                    if at / inner % n > 0 {
                        out[at] = binary(BinOp::Add, view.ty, out[at - inner], out[at])?;
                    }
                }
                Ok(Made::Words(out))
            }
            Data::Secret(None) => Ok(Made::Nothing),
            Data::Secret(Some((node, start))) => {
                let source = Arg::Vector { node, start, len: view.len() as u32 };
                Ok(Made::Secret(env.engine.array(ArrayOp::CumSum(view.ty, around), &[source], self.op_site())?, 0))
            }
        }
    }

    fn secret_reduction(
        &self,
        op: Builtin,
        view: &View<'_>,
        around: [u32; 3],
        env: &mut Env<'_>,
    ) -> Result<Made, Fault> {
        let Data::Secret(Some((node, start))) = view.data else { return Err(MISTYPED) };
        let node = match op {
            Builtin::ArraySum => {
                let source = Arg::Vector { node, start, len: view.len() as u32 };
                env.engine.array(ArrayOp::SumAxis(view.ty, around), &[source], self.op_site())?
            }
            Builtin::ArrayMin => self.tournament(ScalarOp::Binary(BinOp::Min, view.ty), view, around, env)?,
            Builtin::ArrayMax => self.tournament(ScalarOp::Binary(BinOp::Max, view.ty), view, around, env)?,
            Builtin::ArrayAny => self.tournament(ScalarOp::Binary(BinOp::Or, ScalarTy::Bool), view, around, env)?,
            Builtin::ArrayAll => self.tournament(ScalarOp::Binary(BinOp::And, ScalarTy::Bool), view, around, env)?,
            // A later element wins only if it is strictly better.
            Builtin::ArrayArgMin => self.place_of_best(CmpOp::Lt, view, around, env)?,
            Builtin::ArrayArgMax => self.place_of_best(CmpOp::Gt, view, around, env)?,
            _ => return Err(MISTYPED),
        };
        Ok(Made::Secret(node, 0))
    }

    /// Combines rows pairwise, level by level; one row is left.
    pub(super) fn tournament(
        &self,
        op: ScalarOp,
        view: &View<'_>,
        around: [u32; 3],
        env: &mut Env<'_>,
    ) -> Result<NodeId, Fault> {
        let row = around[0] * around[2];
        let seats = seats(around[1] as usize);
        let (mut left, mut n) = (self.seated(view, around, &seats, env)?, around[1]);
        while n > 1 {
            let half = n / 2;
            let [lower, upper] = halves(left, half * row);
            let best = env.engine.op(op, &[lower, upper], self.op_site())?;
            left = self.with_last(view.ty, best, left, [half, n, row], env);
            n -= half;
        }
        Ok(left)
    }

    /// Places of the first best elements along the axis.
    fn place_of_best(
        &self,
        better: CmpOp,
        view: &View<'_>,
        around: [u32; 3],
        env: &mut Env<'_>,
    ) -> Result<NodeId, Fault> {
        let row = around[0] * around[2];
        let seats = seats(around[1] as usize);
        let place = |lane: u32| u64::from(seats[(lane / row) as usize]);
        let numbers: Vec<u64> = (0..around[1] * row).map(place).collect();
        let site = self.op_site();
        let (mut left, mut n) = (self.seated(view, around, &seats, env)?, around[1]);
        // Where an element came from is public before the first level.
        let mut places = None;
        while n > 1 {
            let (half, len) = (n / 2, n / 2 * row);
            let [lower, upper] = halves(left, len);
            let wins = env.engine.op(ScalarOp::Compare(better, view.ty, view.ty), &[upper, lower], site)?;
            let wins_arg = Arg::Vector { node: wins, start: 0, len };
            let value = env.engine.op(ScalarOp::Select(view.ty), &[wins_arg, upper, lower], site)?;
            let [first, second] = match places {
                None => [0, len as usize].map(|at| Arg::Words(&numbers[at..at + len as usize])),
                Some(node) => halves(node, len),
            };
            let place = env.engine.op(ScalarOp::Select(ScalarTy::I64), &[wins_arg, second, first], site)?;
            let before = match places {
                Some(node) => node,
                None => env.engine.constant(ScalarTy::I64, &numbers, site),
            };
            env.engine.release(wins);
            left = self.with_last(view.ty, value, left, [half, n, row], env);
            places = Some(self.with_last(ScalarTy::I64, place, before, [half, n, row], env));
            n -= half;
        }
        env.engine.release(left);
        Ok(places.unwrap_or_else(|| env.engine.constant(ScalarTy::I64, &numbers, site)))
    }

    /// The rows along the axis in the order of their seats, as one vector with a reference.
    fn seated(&self, view: &View<'_>, around: [u32; 3], seats: &[u32], env: &mut Env<'_>) -> Result<NodeId, Fault> {
        let [outer, n, inner] = around;
        let mut places = Vec::with_capacity(view.len());
        for seat in seats {
            for o in 0..outer {
                places.extend((0..inner).map(|i| (o * n + seat) * inner + i));
            }
        }
        match self.picked(view, Some(&places), env)? {
            Made::Secret(node, 0) if env.engine.len(node) as usize == places.len() => Ok(node),
            Made::Secret(node, start) => {
                let lanes: Vec<Lane> = (0..places.len() as u32).map(|i| Lane { node, lane: start + i }).collect();
                let own = env.engine.gather(view.ty, &lanes);
                env.engine.release(node);
                Ok(own)
            }
            _ => Err(MISTYPED),
        }
    }

    /// The rows that have won, and the last one where it had no partner; releases both nodes.
    fn with_last(
        &self,
        ty: ScalarTy,
        won: NodeId,
        from: NodeId,
        [half, n, row]: [u32; 3],
        env: &mut Env<'_>,
    ) -> NodeId {
        let mut left = won;
        if n % 2 == 1 {
            let won_lanes = (0..half * row).map(|lane| Lane { node: won, lane });
            let last = (2 * half * row..n * row).map(|lane| Lane { node: from, lane });
            left = env.engine.gather(ty, &won_lanes.chain(last).collect::<Vec<_>>());
            env.engine.release(won);
        }
        env.engine.release(from);
        left
    }
}

/// The first two runs of `len` lanes.
const fn halves(node: NodeId, len: u32) -> [Arg<'static>; 2] {
    [Arg::Vector { node, start: 0, len }, Arg::Vector { node, start: len, len }]
}

/// Which row sits where, so that pairing a seat with the one half the rows further, again and again, keeps the order of rows: the
/// earlier of two candidates is always on the left.
fn seats(n: usize) -> Vec<u32> {
    let mut trees: Vec<Vec<usize>> = (0..n).map(|seat| vec![seat]).collect();
    while trees.len() > 1 {
        let half = trees.len() / 2;
        let mut rest = trees.split_off(half);
        let last = (rest.len() > half).then(|| rest.pop()).flatten();
        for (tree, more) in trees.iter_mut().zip(rest) {
            tree.extend(more);
        }
        trees.extend(last);
    }
    let mut rows = vec![0; n];
    for (row, seat) in (0u32..).zip(trees.into_iter().flatten()) {
        rows[seat] = row;
    }
    rows
}

fn public(op: Builtin, view: &View<'_>, around: [u32; 3]) -> Result<Vec<u64>, TrapCode> {
    let Data::Words(words) = view.data else { return Err(TrapCode::DynamicType) };
    let [outer, n, inner] = around.map(|len| len as usize);
    let ty = view.ty;
    let mut out = Vec::with_capacity(outer * inner);
    for at in 0..outer * inner {
        let first = at / inner * n * inner + at % inner;
        let element = |i: usize| words[first + i * inner];
        let fold = |op: BinOp| (1..n).try_fold(element(0), |total, i| binary(op, ty, total, element(i)));
        let best = |better: CmpOp| {
            (1..n).try_fold(0, |best, i| {
                Ok::<_, TrapCode>(if compare(better, ty, element(i), ty, element(best))? { i } else { best })
            })
        };
        out.push(match op {
            Builtin::ArraySum => fold(BinOp::Add)?,
            Builtin::ArrayMin => fold(BinOp::Min)?,
            Builtin::ArrayMax => fold(BinOp::Max)?,
            Builtin::ArrayAny => fold(BinOp::Or)?,
            Builtin::ArrayAll => fold(BinOp::And)?,
            Builtin::ArrayArgMin => best(CmpOp::Lt)? as u64,
            Builtin::ArrayArgMax => best(CmpOp::Gt)? as u64,
            _ => return Err(TrapCode::DynamicType),
        });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays the tournament on row numbers.
    fn played(n: usize) -> Vec<Vec<u32>> {
        let mut rows: Vec<Vec<u32>> = seats(n).into_iter().map(|row| vec![row]).collect();
        while rows.len() > 1 {
            let half = rows.len() / 2;
            let mut next: Vec<Vec<u32>> = (0..half).map(|i| [&rows[i][..], &rows[i + half]].concat()).collect();
            next.extend((rows.len() % 2 == 1).then(|| rows[2 * half].clone()));
            rows = next;
        }
        rows
    }

    #[test]
    fn earlier_rows_stay_on_the_left() {
        for n in 1..40 {
            assert_eq!(played(n), [(0..n as u32).collect::<Vec<_>>()], "{n} rows");
        }
    }
}
