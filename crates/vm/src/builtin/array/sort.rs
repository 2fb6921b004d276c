//! Sorting along an axis (LANGUAGE §13): public elements by comparison, secrets by a network.
//!
//! The network is Batcher's odd-even merge sort: O(log² n) stages, each one comparison and selection over whole vectors.
//! Sorting places carries each element's own place, which decides among equal elements, so that the order is stable.
//! Source: Batcher, Sorting networks and their applications, AFIPS 1968.

use std::cmp::Ordering;

use stoffel_bytecode::Builtin;
use stoffel_mpc::{Arg, ArrayOp, Lane, NodeId};
use stoffel_value::{BinOp, CmpOp, ScalarOp, ScalarTy, TrapCode, compare};

use super::{Call, Data, Made};
use crate::axes;
use crate::column::Column;
use crate::fault::Fault;
use crate::machine::{Env, Vm};

impl Vm {
    /// Sorts in place, or gives the places in ascending order.
    pub(super) fn array_sort(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        self.ready(r, env)?;
        let view = self.view(r)?;
        let own = view.axes.to_vec();
        let around = axes::around(&own, axes::axis(own.len(), self.word_in(of, 0)? as i64)?);
        let places = op == Builtin::ArrayArgSort;
        let made = match view.data {
            Data::Words(words) => Made::Words(public(view.ty, words, around, places)?),
            Data::Secret(None) => Made::Nothing,
            Data::Secret(Some((node, start))) => {
                let source = Arg::Vector { node, start, len: view.len() as u32 };
                Made::Secret(self.network(view.ty, &source, around, places, env)?, 0)
            }
        };
        if places {
            self.heap.room(r, self.heap.list(r)?.len as usize)?;
            return self.put_array(of, own, made, env);
        }
        let column = match made {
            Made::Words(words) => Column::Words(words),
            Made::Secret(node, start) => Column::View { node, start },
            Made::Nothing => return Ok(()),
        };
        let old = std::mem::replace(&mut self.heap.list_mut(r)?.columns[0], column);
        if let Column::View { node, .. } = old {
            env.engine.release(node);
        }
        Ok(())
    }

    /// Runs the network over rows along the axis and gives the elements, or their places, in the array's order.
    fn network(
        &self,
        ty: ScalarTy,
        source: &Arg<'_>,
        around: [u32; 3],
        places: bool,
        env: &mut Env<'_>,
    ) -> Result<NodeId, Fault> {
        let site = self.op_site();
        let [outer, n, inner] = around;
        let row = outer * inner;
        // Rows along the axis become consecutive.
        let place = |at: u32| (at % row / inner * n + at / row) * inner + at % inner;
        let by_rows: Vec<u32> = (0..n * row).map(place).collect();
        let mut values = env.engine.array(ArrayOp::Pick(ty, &by_rows), &[*source], site)?;
        let mut numbers = if places {
            let own: Vec<u64> = (0..n * row).map(|at| u64::from(at / row)).collect();
            Some(env.engine.constant(ScalarTy::I64, &own, site))
        } else {
            None
        };
        for stage in stages(n) {
            let lanes = |k: usize| -> Vec<u32> {
                stage.iter().flat_map(|pair| (0..row).map(move |at| pair[k] * row + at)).collect()
            };
            let (low, high) = (lanes(0), lanes(1));
            let len = low.len() as u32;
            let of = |node| Arg::Vector { node, start: 0, len };
            let [a, b] = self.pair(ty, values, n * row, [&low, &high], env)?;
            let mut swap = env.engine.op(ScalarOp::Compare(CmpOp::Gt, ty, ty), &[of(a), of(b)], site)?;
            if let Some(own) = numbers {
                let int = ScalarTy::I64;
                let [i, j] = self.pair(int, own, n * row, [&low, &high], env)?;
                let equal = env.engine.op(ScalarOp::Compare(CmpOp::Eq, ty, ty), &[of(a), of(b)], site)?;
                let later = env.engine.op(ScalarOp::Compare(CmpOp::Gt, int, int), &[of(i), of(j)], site)?;
                let tie = self.logic(BinOp::And, equal, later, len, env)?;
                swap = self.logic(BinOp::Or, swap, tie, len, env)?;
                numbers = Some(self.exchanged(int, own, [i, j], swap, [&low, &high], n * row, env)?);
            }
            values = self.exchanged(ty, values, [a, b], swap, [&low, &high], n * row, env)?;
            env.engine.release(swap);
        }
        let (result, ty) = match numbers {
            Some(numbers) => {
                env.engine.release(values);
                (numbers, ScalarTy::I64)
            }
            None => (values, ty),
        };
        let mut back = vec![0u32; by_rows.len()];
        (0u32..).zip(&by_rows).for_each(|(lane, place)| back[*place as usize] = lane);
        let all = Arg::Vector { node: result, start: 0, len: n * row };
        let sorted = env.engine.array(ArrayOp::Pick(ty, &back), &[all], site)?;
        env.engine.release(result);
        Ok(sorted)
    }

    fn pair(
        &self,
        ty: ScalarTy,
        from: NodeId,
        len: u32,
        lanes: [&[u32]; 2],
        env: &mut Env<'_>,
    ) -> Result<[NodeId; 2], Fault> {
        let all = Arg::Vector { node: from, start: 0, len };
        let first = env.engine.array(ArrayOp::Pick(ty, lanes[0]), &[all], self.op_site())?;
        let second = env.engine.array(ArrayOp::Pick(ty, lanes[1]), &[all], self.op_site())?;
        Ok([first, second])
    }

    /// `a op b` on bools; takes over both references.
    fn logic(&self, op: BinOp, a: NodeId, b: NodeId, len: u32, env: &mut Env<'_>) -> Result<NodeId, Fault> {
        let args = [a, b].map(|node| Arg::Vector { node, start: 0, len });
        let result = env.engine.op(ScalarOp::Binary(op, ScalarTy::Bool), &args, self.op_site())?;
        env.engine.release(a);
        env.engine.release(b);
        Ok(result)
    }

    /// All lanes after those of a stage have been put in order; takes over the references of `from` and of both sides.
    #[expect(clippy::too_many_arguments, reason = "a stage of the network: what it compares, and where that stands")]
    fn exchanged(
        &self,
        ty: ScalarTy,
        from: NodeId,
        [a, b]: [NodeId; 2],
        swap: NodeId,
        [low, high]: [&[u32]; 2],
        total: u32,
        env: &mut Env<'_>,
    ) -> Result<NodeId, Fault> {
        let (site, len) = (self.op_site(), low.len() as u32);
        let [condition, x, y] = [swap, a, b].map(|node| Arg::Vector { node, start: 0, len });
        let least = env.engine.op(ScalarOp::Select(ty), &[condition, y, x], site)?;
        let greatest = env.engine.op(ScalarOp::Select(ty), &[condition, x, y], site)?;
        let mut lanes: Vec<Lane> = (0..total).map(|lane| Lane { node: from, lane }).collect();
        for (node, places) in [(least, low), (greatest, high)] {
            (0u32..).zip(places).for_each(|(lane, place)| lanes[*place as usize] = Lane { node, lane });
        }
        let all = env.engine.gather(ty, &lanes);
        [from, a, b, least, greatest].into_iter().for_each(|node| env.engine.release(node));
        Ok(all)
    }
}

/// The comparators of a network for `n` rows, stage by stage.
fn stages(n: u32) -> Vec<Vec<[u32; 2]>> {
    let mut out = Vec::new();
    let mut p = 1;
    while p < n {
        let mut k = p;
        while k >= 1 {
            let mut stage = Vec::new();
            let mut j = k % p;
            while j + k < n {
                for i in 0..k.min(n - j - k) {
                    let (low, high) = (i + j, i + j + k);
                    if low / (2 * p) == high / (2 * p) {
                        stage.push([low, high]);
                    }
                }
                j += 2 * k;
            }
            if !stage.is_empty() {
                out.push(stage);
            }
            k /= 2;
        }
        p *= 2;
    }
    out
}

fn public(ty: ScalarTy, words: &[u64], around: [u32; 3], places: bool) -> Result<Vec<u64>, TrapCode> {
    let [outer, n, inner] = around.map(|len| len as usize);
    let less = |a: u64, b: u64| compare(CmpOp::Lt, ty, a, ty, b);
    // A NaN has no place in an order; found before the sort, which needs a total one.
    words.iter().try_for_each(|word| less(*word, *word).map(drop))?;
    let mut out = vec![0; words.len()];
    for at in 0..if n == 0 { 0 } else { outer * inner } {
        let first = at / inner * n * inner + at % inner;
        let element = |i: usize| words[first + i * inner];
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| match (less(element(*a), element(*b)), less(element(*b), element(*a))) {
            (Ok(true), _) => Ordering::Less,
            (_, Ok(true)) => Ordering::Greater,
            _ => Ordering::Equal,
        });
        for (i, from) in order.into_iter().enumerate() {
            out[first + i * inner] = if places { from as u64 } else { element(from) };
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_sort_every_sequence_of_bits() {
        for n in 1..11u32 {
            for bits in 0..1u32 << n {
                let mut row: Vec<u32> = (0..n).map(|i| bits >> i & 1).collect();
                for [low, high] in stages(n).into_iter().flatten() {
                    if row[low as usize] > row[high as usize] {
                        row.swap(low as usize, high as usize);
                    }
                }
                assert!(row.is_sorted(), "{n} rows, {bits:b}");
            }
        }
    }
}
