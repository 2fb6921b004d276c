//! Operations on arrays in, steps of the graph out; the steps executed on shares.
//!
//! Every operation is one step, or two where a product with a public matrix, or an exact one, is rounded. Steps keep their axis lengths in the node, public
//! places and matrices in the table of public vectors.

use stoffel_crypto::Ring;
use stoffel_value::ScalarTy;

use super::build::{Builder, Val};
use super::graph::{Graph, Operand};
use super::lower::{domain_of, planes_of};
use super::node::{Code, Domain, Key, State};
use super::value::{self, Element, Public};
use crate::rep3::matmul::Product;
use crate::{Arg, ArrayOp, BitPlanes, Rounding, ShareVec};

impl Builder {
    /// Queues an operation of which an operand is secret; the result has one reference.
    pub(crate) fn array(&mut self, op: ArrayOp<'_>, args: &[Arg<'_>]) -> u32 {
        let ty = op.ty();
        match op {
            ArrayOp::Pick(_, places) => {
                let Val::Secret(x) = self.raw(ty, &args[0]) else {
                    unreachable!("public arrays are picked where they are")
                };
                let (domain, planes, flags) = self.shape(x);
                let key = Key { code: Code::Pick, from: domain, planes, param: 0, to: domain };
                let len = places.len() as u32;
                let places = Public::Words(places.iter().map(|place| u64::from(*place)).collect());
                self.graph.push_public(key, x, places, len, flags, self.site)
            }
            ArrayOp::SumAxis(_, [outer, n, inner]) => {
                self.along_axis(Code::SumAxis, ty, &args[0], outer * inner, [outer, n, inner, 0])
            }
            ArrayOp::CumSum(_, [outer, n, inner]) => {
                self.along_axis(Code::CumSum, ty, &args[0], outer * n * inner, [outer, n, inner, 0])
            }
            ArrayOp::MatMul(_, axes) => self.matmul(ty, args, axes),
        }
    }

    fn along_axis(&mut self, code: Code, ty: ScalarTy, x: &Arg<'_>, len: u32, axes: [u32; 4]) -> u32 {
        let Val::Secret(x) = self.home(ty, x) else { unreachable!("public arrays are summed where they are") };
        let domain = domain_of(ty);
        let key = Key { code, from: domain, planes: 0, param: 0, to: domain };
        let id = self.graph.push(key, &[x], len, self.flags(&[x]), self.site);
        self.graph.set_axes(id, axes);
        self.abandon();
        id
    }

    fn matmul(&mut self, ty: ScalarTy, args: &[Arg<'_>], axes: [u32; 4]) -> u32 {
        let (x, y) = (self.home(ty, &args[0]), self.home(ty, &args[1]));
        let fraction = if let ScalarTy::Fix(fix) = ty { fix.f() } else { 0 };
        let (domain, len) = (domain_of(ty), axes[0] * axes[1] * axes[3]);
        let key = |code, param: u32| Key { code, from: domain, planes: 0, param: param as u8, to: domain };
        let (id, rounded) = match (x, y) {
            (Val::Secret(x), Val::Secret(y)) => {
                let fused = fraction > 0 && self.rounding == Rounding::Stochastic;
                let key = if fused { key(Code::MatMulTrunc, fraction) } else { key(Code::MatMul, 0) };
                (self.graph.push(key, &[x, y], len, self.flags(&[x, y]), self.site), fused)
            }
            (Val::Secret(x), public) => (self.by_public(key(Code::MatMulRight, 0), x, &public, len), false),
            (public, Val::Secret(y)) => (self.by_public(key(Code::MatMulLeft, 0), y, &public, len), false),
            _ => unreachable!("an operand is secret"),
        };
        self.graph.set_axes(id, axes);
        let product = Val::Secret(self.hold(id));
        let result = if rounded { product } else { self.rounded(&product, fraction) };
        self.finish(result, domain, planes_of(ty), len)
    }

    fn by_public(&mut self, key: Key, x: Operand, public: &Val, len: u32) -> u32 {
        let words = match public {
            Val::Words(words) => words.to_vec(),
            Val::Word(word) => vec![*word],
            Val::Secret(_) => unreachable!("callers pass what is public"),
        };
        let public = match key.from {
            Domain::Z128 => Public::Wide(words),
            Domain::Z64 | Domain::Bits => Public::Words(words.into_iter().map(|word| word as u64).collect()),
        };
        self.graph.push_public(key, x, public, len, self.flags(&[x]), self.site)
    }
}

/// Whether a local step is one of this file.
pub(super) const fn is_array(code: Code) -> bool {
    matches!(code, Code::Pick | Code::SumAxis | Code::CumSum | Code::MatMulLeft | Code::MatMulRight)
}

/// Executes local steps over a ring.
pub(super) fn local_ring<R: Element>(graph: &mut Graph, code: Code, batch: &[u32]) {
    for id in batch {
        let result = match code {
            Code::Pick => {
                let places = graph.places(*id);
                match graph.scalar::<R>(*id) {
                    Some((a, b)) => ShareVec::new(vec![a; places.len()], vec![b; places.len()]),
                    None => graph.lanes::<R>(*id, 0, None).gather(places.iter().copied()),
                }
            }
            Code::SumAxis => both(&graph.operand::<R>(*id, |[outer, n, inner, _]| outer * n * inner), {
                let [_, n, inner, _] = graph.axes(*id);
                move |part| sums(part, n, inner)
            }),
            Code::CumSum => both(&graph.operand::<R>(*id, |[outer, n, inner, _]| outer * n * inner), {
                let [_, n, inner, _] = graph.axes(*id);
                move |part| running_sums(part, n, inner)
            }),
            _ => by_matrix::<R>(graph, *id, code == Code::MatMulLeft),
        };
        graph.scatter(&[*id], result);
    }
}

/// Executes local steps over bits: lanes are picked.
pub(super) fn local_bits(graph: &mut Graph, batch: &[u32], planes: usize) {
    for id in batch {
        let places = graph.places(*id);
        let node = graph.node(*id);
        let (source, start) = node.operand(0);
        let origin = graph.node(source);
        let result: BitPlanes = if origin.state == State::Scalar {
            value::pack_lanes(&[origin.body[0]], &[origin.body[1]], planes).broadcast(places.len())
        } else {
            value::planes_of(graph.vector(origin)).gather(places.iter().map(|place| start as usize + place))
        };
        graph.scatter_bits(&[*id], result);
    }
}

fn both<R: Ring>(x: &ShareVec<R>, f: impl Fn(&[R]) -> Vec<R>) -> ShareVec<R> {
    ShareVec::new(f(x.a()), f(x.b()))
}

/// Sums of `n` rows of `inner` elements each, block by block.
fn sums<R: Ring>(x: &[R], n: usize, inner: usize) -> Vec<R> {
    let mut out = Vec::with_capacity(x.len() / n.max(1));
    for block in x.chunks_exact(n * inner) {
        let first = out.len();
        out.resize(first + inner, R::ZERO);
        for row in block.chunks_exact(inner) {
            out[first..].iter_mut().zip(row).for_each(|(sum, x)| *sum = sum.add(*x));
        }
    }
    out
}

fn running_sums<R: Ring>(x: &[R], n: usize, inner: usize) -> Vec<R> {
    let mut out = x.to_vec();
    for at in 0..out.len() {
        if !(at / inner).is_multiple_of(n) {
            out[at] = out[at].add(out[at - inner]);
        }
    }
    out
}

/// A share of matrices times public ones, on either side.
fn by_matrix<R: Element>(graph: &Graph, id: u32, public_left: bool) -> ShareVec<R> {
    let [batch, m, k, n] = graph.axes(id);
    let secret = graph.operand::<R>(id, |_| if public_left { batch * k * n } else { batch * m * k });
    let table = graph.public(graph.node(id)).expect("the step has a public matrix");
    let public: Vec<R> =
        (0..if public_left { batch * m * k } else { batch * k * n }).map(|at| R::public(table, at)).collect();
    both(&secret, |share| {
        let (left, right) = if public_left { (&public[..], share) } else { (share, &public[..]) };
        let mut out = vec![R::ZERO; batch * m * n];
        for (row, into) in out.chunks_exact_mut(n).enumerate() {
            let matrix = row / m;
            for t in 0..k {
                let factor = left[row * k + t];
                let from = &right[(matrix * k + t) * n..][..n];
                into.iter_mut().zip(from).for_each(|(sum, x)| *sum = sum.add(factor.mul(*x)));
            }
        }
        out
    })
}

impl Graph {
    /// Axis lengths of an array step.
    fn axes(&self, id: u32) -> [usize; 4] {
        let [.., c, d] = self.node(id).body;
        [c >> 32, c & u64::from(u32::MAX), d >> 32, d & u64::from(u32::MAX)].map(|len| len as usize)
    }

    /// Public places of a pick.
    fn places(&self, id: u32) -> Vec<usize> {
        match self.public(self.node(id)) {
            Some(Public::Words(words)) => words.iter().map(|place| *place as usize).collect(),
            _ => unreachable!("a pick has places"),
        }
    }

    /// Both components of the first operand if it is a scalar.
    fn scalar<R: Element>(&self, id: u32) -> Option<(R, R)> {
        let source = self.node(self.node(id).operand(0).0);
        (source.state == State::Scalar).then(|| R::load(&source.body))
    }

    /// As many lanes of an operand as its axes ask for.
    fn operand<R: Element>(&self, id: u32, len: impl Fn([usize; 4]) -> usize) -> ShareVec<R> {
        self.lanes(id, 0, Some(len(self.axes(id))))
    }

    /// Lanes of an operand; to its node's end if no length is given.
    fn lanes<R: Element>(&self, id: u32, index: usize, len: Option<usize>) -> ShareVec<R> {
        let (source, start) = self.node(id).operand(index);
        let source = self.node(source);
        if source.state == State::Scalar {
            let (a, b) = R::load(&source.body);
            return ShareVec::new(vec![a], vec![b]);
        }
        let start = start as usize;
        R::vector(self.vector(source)).slice(start, len.unwrap_or(source.len as usize - start))
    }

    /// The matrices of all products of a batch.
    pub(super) fn products<R: Element>(&self, batch: &[u32]) -> Vec<Product<R>> {
        let product = |id: &u32| {
            let axes = self.axes(*id);
            let [b, m, k, n] = axes;
            Product { left: self.lanes(*id, 0, Some(b * m * k)), right: self.lanes(*id, 1, Some(b * k * n)), axes }
        };
        batch.iter().map(product).collect()
    }
}
