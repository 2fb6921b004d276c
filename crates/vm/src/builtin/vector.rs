//! Lists of secrets in, secrets computed from whole columns out: one node each.

use stoffel_bytecode::Builtin;
use stoffel_mpc::Arg;
use stoffel_value::{ScalarOp, ScalarTy, TrapCode};

use super::Call;
use crate::column::Column;
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Ref};
use crate::machine::{Env, Vm};
use crate::types::LeafKind;

impl Vm {
    pub(super) fn vector_op(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        if op == Builtin::ConvertSecret {
            return self.convert_secret(of, env);
        }
        let (format, vector) = self.vector(r, env)?;
        match op {
            Builtin::SumSecret => self.reduce(ScalarOp::Sum(format), &[vector], format, 0, of, env),
            Builtin::AnySecret => self.reduce(ScalarOp::Any, &[vector], ScalarTy::Bool, 0, of, env),
            Builtin::AllSecret => self.reduce(ScalarOp::All, &[vector], ScalarTy::Bool, 1, of, env),
            Builtin::DotSecret => {
                let other = self.ref_in(of, 1)?;
                if self.heap.list(r)?.len != self.heap.list(other)?.len {
                    return Err(TrapCode::Shape.into());
                }
                let (_, other) = self.vector(other, env)?;
                self.reduce(ScalarOp::Dot(format), &[vector, other], format, 0, of, env)
            }
            _ => Err(MISTYPED),
        }
    }

    /// Brings a list of secret scalars into order: one operation of the engine.
    pub(super) fn sort_secret(&mut self, r: Ref, reverse: bool, env: &mut Env<'_>) -> Result<(), Fault> {
        let (format, Some(vector)) = self.vector(r, env)? else { return Ok(()) };
        let column = (format, vector);
        let sorted = env.engine.sort(column, reverse, &[column], self.op_site())?;
        let [node] = sorted[..] else { return Err(MISTYPED) };
        if let Arg::Vector { node: before, .. } = vector {
            env.engine.release(before);
        }
        self.heap.list_mut(r)?.columns[0] = Column::View { node, start: 0 };
        Ok(())
    }

    /// One scalar from whole vectors; of empty ones, `empty`.
    fn reduce(
        &mut self,
        op: ScalarOp,
        vectors: &[Option<Arg<'static>>],
        format: ScalarTy,
        empty: u64,
        of: Call<'_>,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let d = *of.ops.to_secrets.first().ok_or(MISTYPED)?;
        let args: Vec<Arg<'_>> = vectors.iter().copied().flatten().collect();
        let node = if args.len() == vectors.len() {
            env.engine.op(op, &args, self.op_site())?
        } else {
            env.engine.constant(format, &[empty], self.op_site())
        };
        self.set_node(d, node, env);
        Ok(())
    }

    fn convert_secret(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        let ty = of.target_ty()?;
        let (from, vector) = self.vector(r, env)?;
        let LeafKind::Secret(to) = self.types.leaf(ty, 0)? else { return Err(MISTYPED) };
        let mut list = List::new(ty, &self.types)?;
        if let Some(Arg::Vector { node, start, len }) = vector {
            list.len = len;
            list.columns[0] = if from == to {
                env.engine.retain(node);
                Column::View { node, start }
            } else {
                let args = [Arg::Vector { node, start, len }];
                Column::View { node: env.engine.op(ScalarOp::Convert(from, to), &args, self.op_site())?, start: 0 }
            };
        }
        let list = self.heap.alloc_list(list)?;
        self.put_ref(of, list, env)
    }
}
