//! Secret indices into arrays (LANGUAGE §10.7, §13.3): every position is compared, and the one that holds is kept.
//!
//! Reading costs a comparison for each position of the axis and a selection for each element; nothing depends on the index. An index that
//! is out of range selects nothing: it reads as 0, and a write has no effect.

use stoffel_mpc::{Arg, ArrayOp, Lane, NodeId};
use stoffel_value::{BinOp, ScalarOp, ScalarTy};

use super::index::Selection;
use super::{Call, Data, Made, View};
use crate::axes;
use crate::fault::{Fault, MISTYPED};
use crate::heap::Ref;
use crate::machine::{Env, Vm};

impl Vm {
    /// Elements at a secret index of one or more axes, which fall away.
    pub(super) fn scan_axes(
        &mut self,
        r: Ref,
        selection: Selection,
        of: Call<'_>,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        self.ready(r, env)?;
        let ty = self.view(r)?.ty;
        let Selection { axes: mut own, places, scanned } = selection;
        let mut made = self.selected(r, &places, env)?;
        for (axis, index) in scanned.into_iter().rev() {
            let around = axes::around(&own, axis);
            let len = axes::size(&own)?;
            own.remove(axis);
            made = match made {
                Made::Nothing => self.zeros(ty, axes::size(&own)?, env),
                made if len == 0 => {
                    release(&made, env);
                    self.zeros(ty, axes::size(&own)?, env)
                }
                made => self.one_of(ty, made, around, index, env)?,
            };
        }
        self.put_array(of, own, made, env)
    }

    fn zeros(&self, ty: ScalarTy, len: u32, env: &mut Env<'_>) -> Made {
        if len == 0 {
            return Made::Nothing;
        }
        Made::Secret(env.engine.constant(ty, &vec![0; len as usize], self.op_site()), 0)
    }

    /// The elements of one position of the middle axis; takes over the reference of what is given.
    #[expect(clippy::needless_pass_by_value, reason = "the reference is taken over")]
    fn one_of(
        &self,
        ty: ScalarTy,
        from: Made,
        around: [u32; 3],
        index: Lane,
        env: &mut Env<'_>,
    ) -> Result<Made, Fault> {
        let bits = self.position_bits(index, around[1], env)?;
        let kept = self.kept(ty, &from, &spread(around), bits, env)?;
        env.engine.release(bits);
        release(&from, env);
        let node = self.sum_rows(ty, kept, around, env)?;
        Ok(Made::Secret(node, 0))
    }

    /// For each position below `n`, whether the index is that.
    fn position_bits(&self, index: Lane, n: u32, env: &mut Env<'_>) -> Result<NodeId, Fault> {
        let args = [Arg::Lane(index), Arg::Word(1), Arg::Word(u64::from(n))];
        Ok(env.engine.op(ScalarOp::OneHot(ScalarTy::I64), &args, self.op_site())?)
    }

    /// Elements whose bit holds, 0 elsewhere; `bit_of` says which bit decides on which element.
    fn kept(
        &self,
        ty: ScalarTy,
        from: &Made,
        bit_of: &[u32],
        bits: NodeId,
        env: &mut Env<'_>,
    ) -> Result<NodeId, Fault> {
        let site = self.op_site();
        let len = bit_of.len() as u32;
        let all = Arg::Vector { node: bits, start: 0, len: env.engine.len(bits) };
        let mask = env.engine.array(ArrayOp::Pick(ScalarTy::Bool, bit_of), &[all], site)?;
        let value = match from {
            Made::Words(words) => Arg::Words(words),
            Made::Secret(node, start) => Arg::Vector { node: *node, start: *start, len },
            Made::Nothing => return Err(MISTYPED),
        };
        let mask_arg = Arg::Vector { node: mask, start: 0, len };
        let kept = env.engine.op(ScalarOp::Select(ty), &[mask_arg, value, Arg::Word(0)], site)?;
        env.engine.release(mask);
        Ok(kept)
    }

    /// The sum along the middle axis of elements of which at most one is not 0; takes over the reference.
    fn sum_rows(&self, ty: ScalarTy, kept: NodeId, around: [u32; 3], env: &mut Env<'_>) -> Result<NodeId, Fault> {
        let len = around.iter().product();
        let view = View { ty, axes: &[len], data: Data::Secret(Some((kept, 0))) };
        let sum = if ty == ScalarTy::Bool {
            self.tournament(ScalarOp::Binary(BinOp::Or, ScalarTy::Bool), &view, around, env)?
        } else {
            let source = Arg::Vector { node: kept, start: 0, len };
            env.engine.array(ArrayOp::SumAxis(ty, around), &[source], self.op_site())?
        };
        env.engine.release(kept);
        Ok(sum)
    }

    /// Stores a value where secret indices say: every selected element is chosen anew.
    pub(super) fn put_scanned(
        &mut self,
        r: Ref,
        value: Ref,
        selection: &Selection,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        self.ready(r, env)?;
        let site = self.op_site();
        let ty = self.view(r)?.ty;
        let own = &selection.axes;
        // Which element of the value stands at each place: the scanned axes repeat it.
        let mut single = own.clone();
        selection.scanned.iter().for_each(|(axis, _)| single[*axis] = 1);
        let mut without = own.clone();
        for (axis, _) in selection.scanned.iter().rev() {
            without.remove(*axis);
        }
        let mut mask: Option<NodeId> = None;
        for (axis, index) in &selection.scanned {
            let bits = self.position_bits(*index, own[*axis], env)?;
            let all = Arg::Vector { node: bits, start: 0, len: own[*axis] };
            let bit_of = spread(axes::around(own, *axis));
            let here = env.engine.array(ArrayOp::Pick(ScalarTy::Bool, &bit_of), &[all], site)?;
            env.engine.release(bits);
            mask = Some(match mask {
                None => here,
                Some(before) => {
                    let len = bit_of.len() as u32;
                    let both = [before, here].map(|node| Arg::Vector { node, start: 0, len });
                    let node = env.engine.op(ScalarOp::Binary(BinOp::And, ScalarTy::Bool), &both, site)?;
                    env.engine.release(before);
                    env.engine.release(here);
                    node
                }
            });
        }
        let mask = mask.ok_or(MISTYPED)?;
        let given = self.view(value)?;
        let repeated = axes::repeated(given.axes, &without);
        let inner = axes::repeated(&single, own);
        let len = selection.places.len();
        let source_of = |at: usize| {
            let at = inner.as_ref().map_or(at as u32, |places| places[at]);
            if given.len() == 1 { 0 } else { repeated.as_ref().map_or(at, |places| places[at as usize]) }
        };
        let places: Vec<u32> = (0..len).map(source_of).collect();
        let new = self.picked(&given, Some(&places), env)?;
        let old = self.selected(r, &selection.places, env)?;
        let (Made::Secret(new, new_start), Made::Secret(old, old_start)) = (new, old) else { return Err(MISTYPED) };
        let vector = |node, start| Arg::Vector { node, start, len: len as u32 };
        let sides = [vector(mask, 0), vector(new, new_start), vector(old, old_start)];
        let stored = env.engine.op(ScalarOp::Select(ty), &sides, site)?;
        [mask, new, old].into_iter().for_each(|node| env.engine.release(node));
        self.write_lanes(r, &selection.places, stored, env)
    }

    /// Rows at secret numbers, each by a scan of all rows.
    pub(super) fn gather_by_secrets(
        &mut self,
        r: Ref,
        index: Ref,
        of: Call<'_>,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let (own, mut to) = (self.view_axes(r)?, self.view_axes(index)?);
        let (n, rest) = (own[0], &own[1..]);
        let inner = axes::size(rest)?;
        let view = self.view(index)?;
        let q = view.len() as u32;
        to.extend_from_slice(rest);
        let len = axes::size(&to)?;
        let scanned = axes::size(&[q, n, inner])?;
        self.heap.room_for(scanned as usize, 8)?;
        let ty = self.view(r)?.ty;
        if scanned == 0 {
            let made = self.zeros(ty, len, env);
            return self.put_array(of, to, made, env);
        }
        // The marks of all numbers are independent: the engine makes them together.
        let Data::Secret(Some((numbers, start))) = view.data else { return Err(MISTYPED) };
        let mut marks = Vec::with_capacity(q as usize);
        for lane in start..start + q {
            marks.push(self.position_bits(Lane { node: numbers, lane }, n, env)?);
        }
        let lanes: Vec<Lane> = marks.iter().flat_map(|node| (0..n).map(|lane| Lane { node: *node, lane })).collect();
        let bits = env.engine.gather(ScalarTy::Bool, &lanes);
        marks.into_iter().for_each(|node| env.engine.release(node));
        let places: Vec<u32> = (0..scanned).map(|at| at % (n * inner)).collect();
        let rows = self.selected(r, &places, env)?;
        let bit_of: Vec<u32> = (0..scanned).map(|at| at / inner).collect();
        let kept = self.kept(ty, &rows, &bit_of, bits, env)?;
        env.engine.release(bits);
        release(&rows, env);
        let node = self.sum_rows(ty, kept, [q, n, inner], env)?;
        self.put_array(of, to, Made::Secret(node, 0), env)
    }
}

/// Which position of the middle axis each element stands at.
fn spread([outer, n, inner]: [u32; 3]) -> Vec<u32> {
    (0..outer * n * inner).map(|at| at / inner % n).collect()
}

fn release(made: &Made, env: &mut Env<'_>) {
    if let Made::Secret(node, _) = made {
        env.engine.release(*node);
    }
}
