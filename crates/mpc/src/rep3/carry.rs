//! Bits of s, known to P1, and of t, known to P2 and P3, in; carries of s + t as shared bits out.
//!
//! s = (s_13, s_12, 0) with s_12 from the generator, t = (0, 0, t): the products s_j·t_j cost two messages instead of three, and P2's
//! leaves in the same round as P1's input. The carry tree has leaves of two bits:
//! c_2 = a_1 ⊕ ((a_1 ⊕ b_1) ∧ (a_1 ⊕ c_1)), c_1 = a_0 ∧ b_0, P = p_0 p_1; a lone bit of an odd count is the lowest leaf. Nodes are
//! (g, p) ∘ (g', p') = (g ⊕ p g', p p'), and the lowest node of a level never needs its p.
//! A ripple takes a round a bit and a third of the gates. Source: PROTOCOLS A.2, A.3 and the appendix; the two-way split is MP-SPDZ's `split_to_two_summands`.

use std::rc::Rc;

use stoffel_crypto::bits::{to_planes_into, words_of};
use stoffel_crypto::kernel::{Gate, Parts};
use stoffel_crypto::{Addr, Ring};

use super::share::pick;
use super::{logic, purpose};
use crate::exec::{Cx, Peer, join};
use crate::{Abort, BitPlanes, Cost, ShareVec, pool};

/// How a carry runs through its bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Circuit {
    /// Neighbours are merged: few rounds.
    Tree,
    /// From bit to bit: one round each, one gate each.
    Ripple,
}

/// The summands of x = s + t that this party knows: P1 s = x_1 + x_2 (plus `offset`), the others t = x_3.
pub(super) fn summand<R: Ring>(cx: &Cx, x: &ShareVec<R>, offset: R, rotation: u8) -> Vec<R> {
    match cx.role(rotation) {
        0 if offset == R::ZERO => pool::zip(x.a(), x.b(), R::add),
        0 => pool::zip(x.a(), x.b(), |x1, x2| x1.add(x2).add(offset)),
        1 => pool::copied(x.b()),
        _ => pool::copied(x.a()),
    }
}

/// Bits of s and t as the parties hold them, and what is under way of their products.
///
/// s = (s_1, s_2, 0), t = (0, 0, t) and s ⊕ t = (s_1, s_2, t): every component is one of three matrices, of which a party has two.
pub(super) struct Split {
    role: u8,
    lanes: usize,
    planes: usize,
    s1: Vec<u64>,
    s2: Vec<u64>,
    t: Vec<u64>,
    op: u64,
    /// P2's message, masked, at P2 and P3.
    half: Vec<u64>,
    /// Planes whose product is under way.
    which: Vec<usize>,
}

impl Drop for Split {
    fn drop(&mut self) {
        for part in [&mut self.s1, &mut self.s2, &mut self.t, &mut self.half] {
            pool::give(std::mem::take(part));
        }
    }
}

impl Split {
    /// Shares the low `planes` bits of both summands, and begins the products s_j·t_j of the planes in `which`.
    ///
    /// Cost: 1 round; P1→P3 `planes`, P2→P3 `which` bits per lane.
    pub(super) async fn begin<R: Ring>(
        cx: &Cx,
        known: &[R],
        planes: usize,
        which: Vec<usize>,
        rotation: u8,
    ) -> Result<Self, Abort> {
        let op = cx.next_op();
        let (role, lanes) = (cx.role(rotation), known.len());
        let words = words_of(lanes);
        let mut bits = pool::take(words * planes);
        to_planes_into(known, planes as u32, &mut bits);
        let addr = |purpose| Addr { op, purpose };
        let mut split =
            Self { role, lanes, planes, s1: Vec::new(), s2: Vec::new(), t: Vec::new(), op, half: Vec::new(), which };
        match role {
            0 => {
                let mut s2 = pool::take(words * planes);
                let next = &cx.keys().next;
                cx.send_plane_pieces(Peer::Prev, lanes, planes, |piece| {
                    for (t, (s1, s2)) in bits.chunks_mut(TILE).zip(s2.chunks_mut(TILE)).enumerate() {
                        next.fill_words(addr(purpose::SPLIT_S), (t * TILE) as u64, s2);
                        s1.iter_mut().zip(s2).for_each(|(s, mask)| *s ^= *mask);
                        piece(s1);
                    }
                });
                (split.s1, split.s2) = (bits, s2);
                cx.end_round().await?;
            }
            1 => {
                split.s2 = pool::take(words * planes);
                cx.keys().prev.fill_words(addr(purpose::SPLIT_S), 0, &mut split.s2);
                split.t = bits;
                let mut half = pool::take(words * split.which.len());
                cx.keys().prev.fill_words(addr(purpose::SPLIT_G2), 0, &mut half);
                split.add_products(&mut half, &split.s2);
                cx.send_planes(Peer::Next, &half, lanes);
                split.half = half;
                cx.end_round().await?;
            }
            _ => {
                split.t = bits;
                let due_s = cx.expect_planes(Peer::Next, lanes, planes);
                let due_half = cx.expect_planes(Peer::Prev, lanes, split.which.len());
                cx.end_round().await?;
                split.s1 = cx.recv_words(due_s);
                split.half = cx.recv_words(due_half);
            }
        }
        Ok(split)
    }

    /// Shares of the products begun.
    ///
    /// Cost: 1 round; P3→P2 one bit per product.
    pub(super) async fn products(&self, cx: &Cx) -> Result<BitPlanes, Abort> {
        let (lanes, planes) = (self.lanes, self.which.len());
        let draw = |next: bool, purpose| {
            let mut out = pool::take(words_of(lanes) * planes);
            let keys = cx.keys();
            (if next { &keys.next } else { &keys.prev }).fill_words(Addr { op: self.op, purpose }, 0, &mut out);
            out
        };
        let (a, b) = match self.role {
            0 => {
                let (g3, g2) = (draw(false, purpose::SPLIT_G3), draw(true, purpose::SPLIT_G2));
                cx.end_round().await?;
                (g3, g2)
            }
            1 => {
                // P2's mask, recovered from its message instead of drawn twice.
                let mut g2 = pool::copied(&self.half);
                self.add_products(&mut g2, &self.s2);
                let due = cx.expect_planes(Peer::Next, lanes, planes);
                cx.end_round().await?;
                let mut g = cx.recv_words(due);
                g.iter_mut().zip(&self.half).for_each(|(p, q)| *p ^= q);
                (g2, g)
            }
            _ => {
                let g3 = draw(true, purpose::SPLIT_G3);
                let mut own = pool::copied(&g3);
                self.add_products(&mut own, &self.s1);
                cx.send_planes(Peer::Prev, &own, lanes);
                cx.end_round().await?;
                own.iter_mut().zip(&self.half).for_each(|(p, q)| *p ^= q);
                (own, g3)
            }
        };
        Ok(BitPlanes::new(a, b, lanes, planes))
    }

    /// Adds s_j·t_j for a component of s.
    fn add_products(&self, sum: &mut [u64], s: &[u64]) {
        let words = words_of(self.lanes);
        for (sum, plane) in sum.chunks_exact_mut(words.max(1)).zip(&self.which) {
            let plane = plane * words..(plane + 1) * words;
            for ((sum, s), t) in sum.iter_mut().zip(&s[plane.clone()]).zip(&self.t[plane]) {
                *sum ^= s & t;
            }
        }
    }

    fn plane<'a>(&self, matrix: &'a [u64], j: usize) -> Option<&'a [u64]> {
        let words = words_of(self.lanes);
        Some(&matrix[j * words..(j + 1) * words])
    }

    /// Bit j of s.
    fn s(&self, j: usize) -> Parts<'_> {
        pick(self.role, || self.plane(&self.s1, j), || self.plane(&self.s2, j), || None).into()
    }

    /// Bit j of s ⊕ t.
    pub(super) fn p(&self, j: usize) -> Parts<'_> {
        pick(self.role, || self.plane(&self.s1, j), || self.plane(&self.s2, j), || self.plane(&self.t, j)).into()
    }

    /// Bit j of s ⊕ t as a plane of its own.
    pub(super) fn sum(&self, j: usize) -> BitPlanes {
        let [a, b] = self.p(j).map(|part| pool::copied(part.unwrap_or_default()));
        BitPlanes::new(a, b, self.lanes, 1)
    }

    /// All bits of s ⊕ t.
    pub(super) fn into_sum(mut self) -> BitPlanes {
        let [s1, s2, t] = [&mut self.s1, &mut self.s2, &mut self.t].map(std::mem::take);
        let (a, b) = match self.role {
            0 => (s1, s2),
            1 => (s2, t),
            _ => (t, s1),
        };
        BitPlanes::new(a, b, self.lanes, self.planes)
    }
}

/// Words that are masked and sent while they are in the first-level cache.
const TILE: usize = 512;

/// What [`Split::begin`] and [`Split::products`] cost together, before the products are waited for: 1 round; then 1 more if any.
pub(super) fn split_plan(lanes: usize, planes: usize, products: usize, rotation: u8) -> Cost {
    let p1 = usize::from(rotation);
    let bytes = 8 * words_of(lanes);
    let first = Cost::rounds(1)
        .planes(p1, p1 + 2, lanes, planes)
        .planes(p1 + 1, p1 + 2, lanes, products)
        .prg(2 * bytes * planes);
    if products == 0 {
        return first;
    }
    first + Cost::rounds(1).planes(p1 + 2, p1 + 1, lanes, products).prg(4 * bytes * products)
}

/// The leaves of a carry over `n` bits: a lone lowest bit if n is odd, then pairs (low, high), ascending.
struct Leaves {
    n: usize,
}

impl Leaves {
    fn lone(&self) -> usize {
        self.n % 2
    }

    fn pairs(&self) -> usize {
        self.n / 2
    }

    fn count(&self) -> usize {
        self.lone() + self.pairs()
    }

    /// The lone bit and the lower bit of each pair.
    fn lows(&self) -> Vec<usize> {
        (0..self.lone()).chain(self.pair_lows()).collect()
    }

    fn pair_lows(&self) -> impl Iterator<Item = usize> + use<> {
        (self.lone()..self.n).step_by(2)
    }

    fn pair_highs(&self) -> impl Iterator<Item = usize> + use<> {
        self.pair_lows().map(|low| low + 1)
    }

    /// Pairs above the lowest leaf, which need p.
    fn propagating(&self) -> usize {
        self.count().saturating_sub(1)
    }
}

/// A plane of a matrix that others hold planes of, too.
#[derive(Clone)]
pub(super) struct Plane(Rc<BitPlanes>, usize);

impl Plane {
    /// All planes of a matrix.
    pub(super) fn all(matrix: BitPlanes) -> Vec<Self> {
        let matrix = Rc::new(matrix);
        (0..matrix.planes()).map(|j| Self(Rc::clone(&matrix), j)).collect()
    }

    fn parts(&self) -> Parts<'_> {
        self.0.plane(self.1).map(Some)
    }

    /// The plane as a matrix.
    pub(super) fn into_matrix(self) -> BitPlanes {
        let Self(matrix, j) = self;
        match Rc::try_unwrap(matrix) {
            Ok(matrix) if matrix.planes() == 1 => matrix,
            Ok(matrix) => matrix.slice_planes(j, 1),
            Err(matrix) => matrix.slice_planes(j, 1),
        }
    }
}

/// The carry out of the low `n` bits of s + t, beside all `planes` ≥ n shared bits of both.
///
/// Cost: 1 round if n = 0, 2 if n = 1; else 3 + ⌈log2 ⌈n/2⌉⌉ by a tree, n + 1 by a ripple; bits see [`plan`].
/// Security: semi-honest, n = 3, t = 1; every message is masked at its own address under a key that the receiver lacks.
pub(super) async fn carry<R: Ring>(
    cx: &Cx,
    known: Vec<R>,
    planes: usize,
    n: usize,
    circuit: Circuit,
    rotation: u8,
) -> Result<(Split, BitPlanes), Abort> {
    let lanes = known.len();
    let leaves = Leaves { n };
    let which = match circuit {
        Circuit::Tree => leaves.lows(),
        Circuit::Ripple => (0..n.min(1)).collect(),
    };
    let begun = Split::begin(cx, &known, planes, which, rotation).await;
    pool::give(known);
    let split = begun?;
    if n == 0 {
        return Ok((split, BitPlanes::zeros(lanes, 1)));
    }
    if circuit == Circuit::Ripple {
        let mut carry = split.products(cx).await?;
        for j in 1..n {
            carry = logic::gates(cx, lanes, &[majority(&split, j, carry.plane(0).map(Some))]).await?;
        }
        return Ok((split, carry));
    }
    let first = leaves.pairs() - leaves.propagating();
    let both: Vec<Gate<'_>> =
        leaves.pair_lows().skip(first).map(|low| gate(split.p(low + 1), split.p(low), [None; 2])).collect();
    let (g_low, p) = if both.is_empty() {
        (split.products(cx).await?, BitPlanes::zeros(lanes, 0))
    } else {
        join(split.products(cx), logic::gates(cx, lanes, &both)).await?
    };
    drop(both);
    let g_low = Plane::all(g_low);
    let (lone, c1) = g_low.split_at(leaves.lone());
    let mut g = lone.to_vec();
    if leaves.pairs() > 0 {
        let highs = leaves.pair_highs().zip(c1);
        let gates: Vec<Gate<'_>> = highs.map(|(high, c1)| majority(&split, high, c1.parts())).collect();
        g.extend(Plane::all(logic::gates(cx, lanes, &gates).await?));
    }
    let carry = merged(cx, lanes, g, Plane::all(p)).await?;
    Ok((split, carry))
}

/// s_j ⊕ ((s_j ⊕ t_j) ∧ (s_j ⊕ c)): what bit j carries on.
fn majority<'a>(split: &'a Split, j: usize, c: Parts<'a>) -> Gate<'a> {
    Gate { x: split.p(j), y: split.s(j), w: c, plus: split.s(j) }
}

fn gate<'a>(x: Parts<'a>, y: Parts<'a>, plus: Parts<'a>) -> Gate<'a> {
    Gate { x, y, w: [None; 2], plus }
}

/// The g of all nodes together; `p` belongs to nodes 1…, `g` to nodes 0….
///
/// Neighbours 2j and 2j + 1 become node j; a topmost node without neighbour stays.
pub(super) async fn merged(cx: &Cx, lanes: usize, mut g: Vec<Plane>, mut p: Vec<Plane>) -> Result<BitPlanes, Abort> {
    while g.len() > 1 {
        let pairs = g.len() / 2;
        // p of node i is element i − 1.
        let of_g = (0..pairs).map(|j| gate(p[2 * j].parts(), g[2 * j].parts(), g[2 * j + 1].parts()));
        let of_p = (1..pairs).map(|j| gate(p[2 * j].parts(), p[2 * j - 1].parts(), [None; 2]));
        let gates: Vec<Gate<'_>> = of_g.chain(of_p).collect();
        let mut next = Plane::all(logic::gates(cx, lanes, &gates).await?);
        let mut next_p = next.split_off(pairs);
        if g.len() % 2 == 1 {
            next.extend(g.pop());
            next_p.extend(p.pop());
        }
        (g, p) = (next, next_p);
    }
    let last = g.pop().expect("a carry has a node");
    drop(g);
    Ok(last.into_matrix())
}

/// What [`carry`] costs.
pub(super) fn plan(lanes: usize, planes: usize, n: usize, circuit: Circuit, rotation: u8) -> Cost {
    if circuit == Circuit::Ripple {
        let ripple = (1..n).fold(Cost::ZERO, |cost, _| cost + logic::plan(lanes, 1));
        return split_plan(lanes, planes, n.min(1), rotation) + ripple;
    }
    let leaves = Leaves { n };
    let mut cost = split_plan(lanes, planes, leaves.lows().len(), rotation);
    if leaves.propagating() > 0 {
        let beside = logic::plan(lanes, leaves.propagating().min(leaves.pairs()));
        cost += Cost { rounds: 0, ..beside };
    }
    if leaves.pairs() > 0 {
        cost += logic::plan(lanes, leaves.pairs());
    }
    cost + levels_plan(lanes, leaves.count())
}

/// What [`merged`] costs until one of `nodes` nodes is left.
pub(super) fn levels_plan(lanes: usize, mut nodes: usize) -> Cost {
    let mut cost = Cost::ZERO;
    while nodes > 1 {
        let merged = nodes / 2;
        cost += logic::plan(lanes, 2 * merged - 1);
        nodes = nodes.div_ceil(2);
    }
    cost
}
