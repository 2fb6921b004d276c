//! Bits of s, known to P1, and of t, known to P2 and P3, in; carries of s + t as shared bits out.
//!
//! s = (s_13, s_12, 0) with s_12 from the generator, t = (0, 0, t): the products s_j·t_j cost two messages instead of three, and P2's
//! leaves in the same round as P1's input. The carry tree has leaves of two bits:
//! c_2 = a_1 ⊕ ((a_1 ⊕ b_1) ∧ (a_1 ⊕ c_1)), c_1 = a_0 ∧ b_0, P = p_0 p_1; a lone bit of an odd count is the lowest leaf. Nodes are
//! (g, p) ∘ (g', p') = (g ⊕ p g', p p'), and the lowest node of a level never needs its p.
//! Source: PROTOCOLS A.2, A.3 and the appendix; the two-way split is MP-SPDZ's `split_to_two_summands`.

use stoffel_crypto::bits::{to_planes, words_of};
use stoffel_crypto::{Addr, Prg, Ring};

use super::share::pick;
use super::{linear, logic, purpose};
use crate::exec::{Cx, Peer, join};
use crate::{Abort, BitPlanes, Cost, ShareVec};

/// The summands of x = s + t that this party knows: P1 s = x_1 + x_2 (plus `offset`), the others t = x_3.
pub(super) fn summand<R: Ring>(cx: &Cx, x: &ShareVec<R>, offset: R, rotation: u8) -> Vec<R> {
    match cx.role(rotation) {
        0 => x.a().iter().zip(x.b()).map(|(x1, x2)| x1.add(*x2).add(offset)).collect(),
        1 => x.b().to_vec(),
        _ => x.a().to_vec(),
    }
}

/// Shared bits of s and t, and what is under way of their products.
pub(super) struct Split {
    /// Bits of s.
    pub(super) s: BitPlanes,
    /// Bits of t.
    pub(super) t: BitPlanes,
    op: u64,
    /// P2's message, masked, at P2 and P3.
    half: Vec<u64>,
    /// Planes whose product is under way.
    which: Vec<usize>,
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
        let lanes = known.len();
        let known = to_planes(known, planes as u32);
        let zeros = || vec![0; known.len()];
        let words = words_of(lanes);
        let role = cx.role(rotation);
        let draw = |prg: &Prg, purpose, planes: usize| {
            let mut out = vec![0; words * planes];
            prg.fill_words(Addr { op, purpose }, 0, &mut out);
            out
        };
        let (mut s1, mut s2, mut half) = (Vec::new(), Vec::new(), Vec::new());
        match role {
            0 => {
                s2 = draw(&cx.keys().next, purpose::SPLIT_S, planes);
                s1 = known.iter().zip(&s2).map(|(s, mask)| s ^ mask).collect();
                cx.send_planes(Peer::Prev, &s1, lanes);
                cx.end_round().await?;
            }
            1 => {
                s2 = draw(&cx.keys().prev, purpose::SPLIT_S, planes);
                half = draw(&cx.keys().prev, purpose::SPLIT_G2, which.len());
                add_products(&mut half, &s2, &known, &which, words);
                cx.send_planes(Peer::Next, &half, lanes);
                cx.end_round().await?;
            }
            _ => {
                let due_s = cx.expect_planes(Peer::Next, lanes, planes);
                let due_half = cx.expect_planes(Peer::Prev, lanes, which.len());
                cx.end_round().await?;
                s1 = cx.recv_words(due_s);
                half = cx.recv_words(due_half);
            }
        }
        let shares = |x1: Vec<u64>, x2: Vec<u64>, x3: Vec<u64>| {
            let (a, b) = pick(role, || x1, || x2, || x3);
            BitPlanes::new(a, b, lanes, planes)
        };
        let t = shares(zeros(), zeros(), known.clone());
        let s = shares(s1, s2, zeros());
        Ok(Self { s, t, op, half, which })
    }

    /// Shares of the products begun.
    ///
    /// Cost: 1 round; P3→P2 one bit per product.
    pub(super) async fn products(&self, cx: &Cx, rotation: u8) -> Result<BitPlanes, Abort> {
        let (lanes, planes, words) = (self.s.lanes(), self.which.len(), self.s.words());
        let draw = |prg: &Prg, purpose| {
            let mut out = vec![0; words * planes];
            prg.fill_words(Addr { op: self.op, purpose }, 0, &mut out);
            out
        };
        let join_halves = |own: &[u64], theirs: &[u64]| own.iter().zip(theirs).map(|(p, q)| p ^ q).collect::<Vec<_>>();
        let (a, b) = match cx.role(rotation) {
            0 => {
                let (g3, g2) = (draw(&cx.keys().prev, purpose::SPLIT_G3), draw(&cx.keys().next, purpose::SPLIT_G2));
                cx.end_round().await?;
                (g3, g2)
            }
            1 => {
                let g2 = draw_again(&self.half, &self.s, &self.t, &self.which, words);
                let due = cx.expect_planes(Peer::Next, lanes, planes);
                cx.end_round().await?;
                (g2, join_halves(&self.half, &cx.recv_words(due)))
            }
            _ => {
                let g3 = draw(&cx.keys().next, purpose::SPLIT_G3);
                let mut own = g3.clone();
                add_products(&mut own, self.s.b(), self.t.a(), &self.which, words);
                cx.send_planes(Peer::Prev, &own, lanes);
                cx.end_round().await?;
                (join_halves(&own, &self.half), g3)
            }
        };
        Ok(BitPlanes::new(a, b, lanes, planes))
    }
}

/// P2's mask, recovered from its message instead of drawn twice.
fn draw_again(half: &[u64], s: &BitPlanes, t: &BitPlanes, which: &[usize], words: usize) -> Vec<u64> {
    let mut mask = half.to_vec();
    add_products(&mut mask, s.a(), t.b(), which, words);
    mask
}

fn add_products(sum: &mut [u64], x: &[u64], y: &[u64], which: &[usize], words: usize) {
    for (i, plane) in which.iter().enumerate() {
        for w in 0..words {
            sum[i * words + w] ^= x[plane * words + w] & y[plane * words + w];
        }
    }
}

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

/// The carry out of the low `n` bits of s + t, beside all `planes` ≥ n shared bits of both.
///
/// Cost: 1 round if n = 0, 2 if n = 1, 3 + ⌈log2 ⌈n/2⌉⌉ otherwise; bits see [`plan`].
/// Security: semi-honest, n = 3, t = 1; every message is masked at its own address under a key that the receiver lacks.
pub(super) async fn carry<R: Ring>(
    cx: &Cx,
    known: &[R],
    planes: usize,
    n: usize,
    rotation: u8,
) -> Result<(Split, BitPlanes), Abort> {
    let leaves = Leaves { n };
    let split = Split::begin(cx, known, planes, leaves.lows(), rotation).await?;
    if n == 0 {
        let none = BitPlanes::zeros(known.len(), 1);
        return Ok((split, none));
    }
    let first = leaves.pairs() - leaves.propagating();
    let p = linear::xor(&split.s, &split.t);
    let p_low = p.select_planes(leaves.pair_lows().skip(first));
    let p_high = p.select_planes(leaves.pair_highs().skip(first));
    let (g_low, mut p) = if p_low.planes() > 0 {
        join(split.products(cx, rotation), logic::and(cx, &p_low, &p_high)).await?
    } else {
        (split.products(cx, rotation).await?, p_low)
    };
    let mut g = g_low.slice_planes(0, leaves.lone());
    if leaves.pairs() > 0 {
        let c1 = g_low.slice_planes(leaves.lone(), leaves.pairs());
        let a1 = split.s.select_planes(leaves.pair_highs());
        let b1 = split.t.select_planes(leaves.pair_highs());
        let kept = logic::and(cx, &linear::xor(&a1, &b1), &linear::xor(&a1, &c1)).await?;
        g.extend_planes(&linear::xor(&a1, &kept));
    }
    // `p` belongs to leaves 1…, `g` to leaves 0….
    while g.planes() > 1 {
        (g, p) = level(cx, &g, &p).await?;
    }
    Ok((split, g))
}

/// Merges neighbours: nodes 2j and 2j + 1 become node j; a topmost node without neighbour stays.
pub(super) async fn level(cx: &Cx, g: &BitPlanes, p: &BitPlanes) -> Result<(BitPlanes, BitPlanes), Abort> {
    let merged = g.planes() / 2;
    // p of node i is plane i − 1.
    let p_high = p.select_planes((0..merged).map(|j| 2 * j));
    let mut x = p_high.clone();
    x.extend_planes(&p_high.slice_planes(1, merged - 1));
    let mut y = g.select_planes((0..merged).map(|j| 2 * j));
    y.extend_planes(&p.select_planes((1..merged).map(|j| 2 * j - 1)));
    let products = logic::and(cx, &x, &y).await?;
    let mut next_g = linear::xor(&g.select_planes((0..merged).map(|j| 2 * j + 1)), &products.slice_planes(0, merged));
    let mut next_p = products.slice_planes(merged, merged - 1);
    if g.planes() % 2 == 1 {
        next_g.extend_planes(&g.slice_planes(g.planes() - 1, 1));
        next_p.extend_planes(&p.slice_planes(p.planes() - 1, 1));
    }
    Ok((next_g, next_p))
}

/// What [`carry`] costs.
pub(super) fn plan(lanes: usize, planes: usize, n: usize, rotation: u8) -> Cost {
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

/// What [`level`] costs until one of `nodes` nodes is left.
pub(super) fn levels_plan(lanes: usize, mut nodes: usize) -> Cost {
    let mut cost = Cost::ZERO;
    while nodes > 1 {
        let merged = nodes / 2;
        cost += logic::plan(lanes, 2 * merged - 1);
        nodes = nodes.div_ceil(2);
    }
    cost
}
