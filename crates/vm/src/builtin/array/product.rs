//! Matrix products (LANGUAGE §13): one operation of the engine, every element rounded once where it is secret.

use stoffel_mpc::{Arg, ArrayOp};
use stoffel_value::{BinOp, ScalarTy, TrapCode, binary};

use super::{Call, Made, Operand};
use crate::axes;
use crate::fault::Fault;
use crate::machine::{Env, Vm};

impl Vm {
    /// a @ b. One axis is a row on the left and a column on the right, and falls away; R0203.
    pub(super) fn matmul(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let (ra, rb) = (self.ref_in(of, 0)?, self.ref_in(of, 1)?);
        self.ready(ra, env)?;
        self.ready(rb, env)?;
        let (a, b) = (self.view(ra)?, self.view(rb)?);
        let (left, right) = (widened(a.axes, true)?, widened(b.axes, false)?);
        let ((a_outer, [m, k]), (b_outer, [inner, n])) = (split(&left), split(&right));
        if k != inner {
            return Err(TrapCode::Shape.into());
        }
        let batch = axes::broadcast(a_outer, b_outer)?;
        let with = |rows: u32, columns: u32| {
            let mut axes = batch.clone();
            axes.extend([rows, columns]);
            axes
        };
        let mut result = batch.clone();
        if a.axes.len() > 1 {
            result.push(m);
        }
        if b.axes.len() > 1 {
            result.push(n);
        }
        let len = axes::size(&result)?;
        let (a_axes, b_axes) = (with(m, k), with(k, n));
        axes::size(&a_axes)?;
        axes::size(&b_axes)?;
        let (ty, secret) = (a.ty, a.is_secret() || b.is_secret());
        let (a, b) = (super::View { axes: &left, ..a }, super::View { axes: &right, ..b });
        let made = if len == 0 {
            Made::Nothing
        } else if k == 0 {
            let zeros = vec![0; len as usize];
            if secret { Made::Secret(env.engine.constant(ty, &zeros, self.op_site()), 0) } else { Made::Words(zeros) }
        } else {
            let (x, y) = (self.operand(&a, &a_axes, env)?, self.operand(&b, &b_axes, env)?);
            let dims = [axes::size(&batch)?, m, k, n];
            if secret {
                let args: [Arg<'_>; 2] = [whole(&x), whole(&y)];
                let node = env.engine.array(ArrayOp::MatMul(ty, dims), &args, self.op_site())?;
                x.release(env);
                y.release(env);
                Made::Secret(node, 0)
            } else {
                Made::Words(public(ty, &x, &y, dims)?)
            }
        };
        self.heap.room_for(len as usize, 8)?;
        self.put_array(of, result, made, env)
    }
}

/// A single element as a vector.
fn whole<'a>(operand: &'a Operand<'_>) -> Arg<'a> {
    match operand {
        Operand::Word(word) => Arg::Words(std::slice::from_ref(word)),
        Operand::Lane(lane) => Arg::Vector { node: lane.node, start: lane.lane, len: 1 },
        other => other.arg(),
    }
}

/// At least two axes.
fn widened(axes: &[u32], left: bool) -> Result<Vec<u32>, TrapCode> {
    match axes {
        [] => Err(TrapCode::Shape),
        [n] if left => Ok(vec![1, *n]),
        [n] => Ok(vec![*n, 1]),
        _ => Ok(axes.to_vec()),
    }
}

fn split(axes: &[u32]) -> (&[u32], [u32; 2]) {
    let at = axes.len() - 2;
    (&axes[..at], [axes[at], axes[at + 1]])
}

fn public(ty: ScalarTy, x: &Operand<'_>, y: &Operand<'_>, dims: [u32; 4]) -> Result<Vec<u64>, TrapCode> {
    let [batch, m, k, n] = dims.map(|len| len as usize);
    let words = |operand: &Operand<'_>| match operand {
        Operand::Word(word) => vec![*word],
        Operand::Words(words) => words.to_vec(),
        Operand::Lane(_) | Operand::Vector { .. } => Vec::new(),
    };
    let (x, y) = (words(x), words(y));
    let mut out = Vec::with_capacity(batch * m * n);
    for row in 0..batch * m {
        for j in 0..n {
            let mut sum = 0;
            for t in 0..k {
                let product = binary(BinOp::Mul, ty, x[row * k + t], y[(row / m * k + t) * n + j])?;
                sum = binary(BinOp::Add, ty, sum, product)?;
            }
            out.push(sum);
        }
    }
    Ok(out)
}
