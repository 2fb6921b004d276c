//! Bodies of scalar nodes and tables of vectors in, contiguous batches out, and back.

use std::rc::Rc;

use stoffel_crypto::Ring;
use stoffel_crypto::bits::{from_planes, to_planes, words_of};

use super::graph::Graph;
use super::node::State;
use crate::{BitPlanes, ShareVec, pool};

/// One party's share of a vector, in its domain.
#[derive(Clone)]
pub(crate) enum Vector {
    /// Over Z/2^64.
    Z64(Rc<ShareVec<u64>>),
    /// Over Z/2^128.
    Z128(Rc<ShareVec<u128>>),
    /// Over GF(2).
    Bits(Rc<BitPlanes>),
}

/// A public vector beside a secret one, in the domain of the step.
pub(crate) enum Public {
    /// Elements of Z/2^64, or bits of a lane.
    Words(Vec<u64>),
    /// Elements of Z/2^128.
    Wide(Vec<u128>),
}

/// A ring whose elements fit the body of a scalar node.
pub(crate) trait Element: Ring {
    /// Both components of a scalar.
    fn load(body: &[u64; 4]) -> (Self, Self);
    /// The body of a scalar.
    fn store(a: Self, b: Self) -> [u64; 4];
    /// The share of a vector of this ring.
    fn vector(vector: &Vector) -> &Rc<ShareVec<Self>>;
    /// The other way round.
    fn wrap(share: Rc<ShareVec<Self>>) -> Vector;
    /// Element `lane` of a public vector.
    fn public(public: &Public, lane: usize) -> Self;
}

impl Element for u64 {
    fn load(body: &[u64; 4]) -> (Self, Self) {
        (body[0], body[1])
    }
    fn store(a: Self, b: Self) -> [u64; 4] {
        [a, b, 0, 0]
    }
    fn vector(vector: &Vector) -> &Rc<ShareVec<Self>> {
        let Vector::Z64(share) = vector else { unreachable!("the graph types its operands") };
        share
    }
    fn wrap(share: Rc<ShareVec<Self>>) -> Vector {
        Vector::Z64(share)
    }
    fn public(public: &Public, lane: usize) -> Self {
        match public {
            Public::Words(words) => words[lane],
            Public::Wide(words) => words[lane] as Self,
        }
    }
}

impl Element for u128 {
    fn load(body: &[u64; 4]) -> (Self, Self) {
        let join = |low: u64, high: u64| Self::from(low) | Self::from(high) << 64;
        (join(body[0], body[1]), join(body[2], body[3]))
    }
    fn store(a: Self, b: Self) -> [u64; 4] {
        [a as u64, (a >> 64) as u64, b as u64, (b >> 64) as u64]
    }
    fn vector(vector: &Vector) -> &Rc<ShareVec<Self>> {
        let Vector::Z128(share) = vector else { unreachable!("the graph types its operands") };
        share
    }
    fn wrap(share: Rc<ShareVec<Self>>) -> Vector {
        Vector::Z128(share)
    }
    fn public(public: &Public, lane: usize) -> Self {
        match public {
            Public::Words(words) => Self::from(words[lane]),
            Public::Wide(words) => words[lane],
        }
    }
}

/// The share of planes in a vector.
pub(crate) fn planes_of(vector: &Vector) -> &Rc<BitPlanes> {
    let Vector::Bits(share) = vector else { unreachable!("the graph types its operands") };
    share
}

impl Graph {
    /// Operand `index` of all nodes of a batch, as one vector over the ring. `lanes` gives each node's number of lanes.
    pub(crate) fn collect<R: Element>(&self, batch: &[u32], index: usize) -> Rc<ShareVec<R>> {
        if let [only] = batch
            && let Some(vector) = self.whole(*only, index)
        {
            return Rc::clone(R::vector(vector));
        }
        if batch.iter().all(|id| self.operand_len(*id) == 1) {
            return Rc::new(self.collect_lanes(batch, index));
        }
        let total = batch.iter().map(|id| self.operand_len(*id)).sum();
        let (mut a, mut b) = (pool::take::<R>(total), pool::take::<R>(total));
        let mut at = 0;
        for id in batch {
            let node = self.node(*id);
            let (source, start) = node.operand(index);
            let len = self.operand_len(*id);
            let source = self.node(source);
            let (a, b) = (&mut a[at..at + len], &mut b[at..at + len]);
            at += len;
            if source.state == State::Scalar {
                let (x, y) = R::load(&source.body);
                a.fill(x);
                b.fill(y);
                continue;
            }
            let share = R::vector(self.vector(source));
            let start = start as usize;
            if node.broadcasts(index) {
                a.fill(share.a()[start]);
                b.fill(share.b()[start]);
            } else {
                a.copy_from_slice(&share.a()[start..start + len]);
                b.copy_from_slice(&share.b()[start..start + len]);
            }
        }
        Rc::new(ShareVec::new(a, b))
    }

    /// As [`Graph::collect`] of nodes that take one lane each, mostly of few vectors.
    fn collect_lanes<R: Element>(&self, batch: &[u32], index: usize) -> ShareVec<R> {
        let (mut a, mut b) = (pool::take::<R>(batch.len()), pool::take::<R>(batch.len()));
        let mut last: Option<(u32, &ShareVec<R>)> = None;
        for ((id, a), b) in batch.iter().zip(&mut a).zip(&mut b) {
            let (source, start) = self.node(*id).operand(index);
            if let Some((known, share)) = last
                && known == source
            {
                (*a, *b) = (share.a()[start as usize], share.b()[start as usize]);
                continue;
            }
            let node = self.node(source);
            if node.state == State::Scalar {
                (*a, *b) = R::load(&node.body);
                continue;
            }
            let share = R::vector(self.vector(node));
            (*a, *b) = (share.a()[start as usize], share.b()[start as usize]);
            last = Some((source, share));
        }
        ShareVec::new(a, b)
    }

    /// Operand `index` of all nodes of a batch, as one matrix of bits.
    pub(crate) fn collect_bits(&self, batch: &[u32], index: usize, planes: usize) -> Rc<BitPlanes> {
        if let [only] = batch
            && let Some(vector) = self.whole(*only, index)
        {
            return Rc::clone(planes_of(vector));
        }
        if batch.iter().all(|id| self.operand_len(*id) == 1) {
            let (mut a, mut b) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
            for id in batch {
                let (source, start) = self.node(*id).operand(index);
                let (x, y) = self.lane_bits(source, start as usize);
                a.push(x);
                b.push(y);
            }
            return Rc::new(pack_lanes(&a, &b, planes));
        }
        let parts: Vec<BitPlanes> = batch
            .iter()
            .map(|id| {
                let node = self.node(*id);
                let (source, start) = node.operand(index);
                let len = self.operand_len(*id);
                let origin = self.node(source);
                if origin.state == State::Scalar || node.broadcasts(index) {
                    let (x, y) = self.lane_bits(source, start as usize);
                    return pack_lanes(&[x], &[y], planes).broadcast(len);
                }
                planes_of(self.vector(origin)).slice_lanes(start as usize, len)
            })
            .collect();
        Rc::new(BitPlanes::concat_lanes(&parts.iter().collect::<Vec<_>>()))
    }

    /// Both components of one lane's bits.
    pub(crate) fn lane_bits(&self, source: u32, lane: usize) -> (u64, u64) {
        let node = self.node(source);
        if node.state == State::Scalar {
            return (node.body[0], node.body[1]);
        }
        let share = planes_of(self.vector(node));
        let words = share.words();
        let read = |part: &[u64]| {
            (0..share.planes()).fold(0, |bits, j| bits | (part[j * words + lane / 64] >> (lane % 64) & 1) << j)
        };
        (read(share.a()), read(share.b()))
    }

    /// The vector that operand `index` of a node is, if it is one as a whole.
    fn whole(&self, id: u32, index: usize) -> Option<&Vector> {
        let node = self.node(id);
        let (source, start) = node.operand(index);
        let source = self.node(source);
        let whole = source.state == State::Vector
            && start == 0
            && !node.broadcasts(index)
            && source.len as usize == self.operand_len(id);
        whole.then(|| self.vector(source))
    }

    /// Public operands of all nodes of a batch.
    pub(crate) fn collect_public<R: Element>(&self, batch: &[u32]) -> Vec<R> {
        let mut out = Vec::with_capacity(batch.len());
        for id in batch {
            let node = self.node(*id);
            match self.public(node) {
                Some(public) => out.extend((0..node.len as usize).map(|lane| R::public(public, lane))),
                None => {
                    let word = R::from_u128(u128::from(node.body[1]) | u128::from(node.body[2]) << 64);
                    out.extend(std::iter::repeat_n(word, node.len as usize));
                }
            }
        }
        out
    }

    /// Public operands of all nodes of a batch, as plane-major words.
    pub(crate) fn collect_public_bits(&self, batch: &[u32], planes: u32) -> Vec<u64> {
        to_planes(&self.collect_public::<u64>(batch), planes)
    }

    /// Gives every node of a batch its lanes of the result.
    pub(crate) fn scatter<R: Element>(&mut self, batch: &[u32], result: ShareVec<R>) {
        if let [only] = batch
            && self.node(*only).len != 1
        {
            self.settle_vector(*only, R::wrap(Rc::new(result)));
            return;
        }
        let mut at = 0;
        for id in batch {
            let len = self.node(*id).len as usize;
            if len == 1 {
                self.settle_scalar(*id, R::store(result.a()[at], result.b()[at]));
            } else {
                self.settle_vector(*id, R::wrap(Rc::new(result.slice(at, len))));
            }
            at += len;
        }
    }

    /// Gives every node of a batch its lanes of the result.
    pub(crate) fn scatter_bits(&mut self, batch: &[u32], result: BitPlanes) {
        if let [only] = batch
            && self.node(*only).len != 1
        {
            self.settle_vector(*only, Vector::Bits(Rc::new(result)));
            return;
        }
        if batch.iter().all(|id| self.node(*id).len == 1) {
            let (a, b) = unpack_lanes(&result);
            for (i, id) in batch.iter().enumerate() {
                self.settle_scalar(*id, [a[i], b[i], 0, 0]);
            }
            return;
        }
        let mut at = 0;
        for id in batch {
            let len = self.node(*id).len as usize;
            let part = result.slice_lanes(at, len);
            if len == 1 {
                let (a, b) = unpack_lanes(&part);
                self.settle_scalar(*id, [a[0], b[0], 0, 0]);
            } else {
                self.settle_vector(*id, Vector::Bits(Rc::new(part)));
            }
            at += len;
        }
    }
}

/// Lanes given as words of bits, as a matrix of planes.
pub(crate) fn pack_lanes(a: &[u64], b: &[u64], planes: usize) -> BitPlanes {
    if planes != 1 {
        return BitPlanes::new(to_planes(a, planes as u32), to_planes(b, planes as u32), a.len(), planes);
    }
    let pack = |lanes: &[u64]| {
        let mut out = vec![0; words_of(lanes.len())];
        for (word, chunk) in out.iter_mut().zip(lanes.chunks(64)) {
            *word = chunk.iter().rev().fold(0, |bits, lane| bits << 1 | lane & 1);
        }
        out
    };
    BitPlanes::new(pack(a), pack(b), a.len(), 1)
}

/// The bits of every lane as a word.
pub(crate) fn unpack_lanes(share: &BitPlanes) -> (Vec<u64>, Vec<u64>) {
    if share.planes() != 1 {
        return (from_planes(share.a(), share.lanes()), from_planes(share.b(), share.lanes()));
    }
    let unpack = |words: &[u64]| (0..share.lanes()).map(|lane| words[lane / 64] >> (lane % 64) & 1).collect();
    (unpack(share.a()), unpack(share.b()))
}
