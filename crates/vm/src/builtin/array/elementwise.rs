//! Element-wise operations with broadcasting (LANGUAGE §13.2): arrays in, an array out.

use stoffel_mpc::Arg;
use stoffel_value::{ScalarOp, TrapCode, binary, compare, convert, unary};

use super::{Made, Operand};
use crate::axes;
use crate::fault::Fault;
use crate::heap::Ref;
use crate::machine::{Env, Vm};

impl Vm {
    /// The operation on every element. Arrays of one element stand beside any other. R0203.
    pub(super) fn elementwise(
        &mut self,
        op: ScalarOp,
        operands: &[Ref],
        ty: u32,
        env: &mut Env<'_>,
    ) -> Result<Ref, Fault> {
        let mut to = Vec::new();
        for &r in operands {
            self.ready(r, env)?;
            to = axes::broadcast(&to, self.view(r)?.axes)?;
        }
        let len = axes::size(&to)?;
        self.heap.room_for(len as usize, 8)?;
        let made = if len == 0 {
            Made::Nothing
        } else {
            let mut sources = Vec::with_capacity(operands.len());
            for &r in operands {
                sources.push(self.operand(&self.view(r)?, &to, env)?);
            }
            if self.is_secret_array(ty)? {
                let args: Vec<Arg<'_>> = sources.iter().map(Operand::arg).collect();
                let node = env.engine.op(op, &args, self.op_site())?;
                sources.iter().for_each(|source| source.release(env));
                Made::Secret(node, 0)
            } else {
                Made::Words(public(op, &sources, len as usize)?)
            }
        };
        self.make(ty, to, made)
    }
}

/// The operation on public operands, in row-major order: the first element that traps decides.
fn public(op: ScalarOp, sources: &[Operand<'_>], len: usize) -> Result<Vec<u64>, TrapCode> {
    let at = |k: usize| {
        let source = &sources[k];
        move |i: usize| match source {
            Operand::Word(word) => *word,
            Operand::Words(words) => words[i],
            // The verifier has seen that nothing here is secret.
            Operand::Lane(_) | Operand::Vector { .. } => 0,
        }
    };
    let a = at(0);
    match op {
        ScalarOp::Binary(op, ty) => {
            let b = at(1);
            (0..len).map(|i| binary(op, ty, a(i), b(i))).collect()
        }
        ScalarOp::Compare(op, left, right) => {
            let b = at(1);
            (0..len).map(|i| compare(op, left, a(i), right, b(i)).map(u64::from)).collect()
        }
        ScalarOp::Unary(op, ty) => (0..len).map(|i| unary(op, ty, a(i))).collect(),
        ScalarOp::Convert(from, to) => (0..len).map(|i| convert(from, to, a(i))).collect(),
        ScalarOp::Select(_) => {
            let (b, c) = (at(1), at(2));
            Ok((0..len).map(|i| if a(i) == 1 { b(i) } else { c(i) }).collect())
        }
        _ => Err(TrapCode::DynamicType),
    }
}
