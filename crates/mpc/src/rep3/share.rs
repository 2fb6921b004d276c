//! Public values or nothing in, sharings out; all shares of a sharing in, the secret out. Local.

use stoffel_crypto::{Addr, Prg, Ring};

use super::purpose;
use crate::exec::Cx;
use crate::{BitPlanes, PartyIdx, ShareVec};

/// The trivial sharing of public values: x_1 holds them, x_2 = x_3 = 0.
///
/// Cost: local.
#[must_use]
pub fn constant<R: Ring>(me: PartyIdx, values: &[R]) -> ShareVec<R> {
    let zeros = vec![R::ZERO; values.len()];
    place(me.0, || values.to_vec(), || zeros.clone(), || zeros.clone())
}

/// Whether component `component` (0 = x_i, 1 = x_{i+1}) of this party is x_1, which holds public values.
pub(super) const fn holds_constant(me: PartyIdx, component: usize) -> bool {
    (me.0 as usize + component).is_multiple_of(3)
}

/// The trivial sharing of public bits, given as plane-major words.
///
/// Cost: local.
#[must_use]
pub fn constant_bits(me: PartyIdx, words: &[u64], lanes: usize, planes: usize) -> BitPlanes {
    let zeros = vec![0; words.len()];
    let (a, b) = pick(me.0, || words.to_vec(), || zeros.clone(), || zeros.clone());
    BitPlanes::new(a, b, lanes, planes)
}

/// A sharing of uniform elements that no party knows.
///
/// Cost: local; 2 generator elements per element and party.
/// Security: computational in the generator. Source: Araki et al., CCS 2016.
#[must_use]
pub fn random<R: Ring>(cx: &Cx, len: usize) -> ShareVec<R> {
    let masks = cx.masks(cx.next_op(), purpose::RANDOM);
    let (mut a, mut b) = (vec![R::ZERO; len], vec![R::ZERO; len]);
    masks.prev.fill(masks.addr, 0, &mut a);
    masks.next.fill(masks.addr, 0, &mut b);
    ShareVec::new(a, b)
}

/// A sharing of uniform bits that no party knows.
///
/// Cost: local; 2 generator bits per bit and party.
#[must_use]
pub fn random_bits(cx: &Cx, lanes: usize, planes: usize) -> BitPlanes {
    let masks = cx.masks(cx.next_op(), purpose::RANDOM);
    let mut out = BitPlanes::zeros(lanes, planes);
    let [a, b] = out.parts_mut();
    masks.prev.fill_words(masks.addr, 0, a);
    masks.next.fill_words(masks.addr, 0, b);
    out
}

/// Cuts values into the shares of all three parties; x_1 and x_2 come from `prg` at operation `op`.
#[must_use]
pub fn deal<R: Ring>(prg: &Prg, op: u64, values: &[R]) -> [ShareVec<R>; 3] {
    let draw = |part| {
        let mut out = vec![R::ZERO; values.len()];
        prg.fill(Addr { op, purpose: part }, 0, &mut out);
        out
    };
    let (x1, x2) = (draw(1), draw(2));
    let x3: Vec<R> = values.iter().zip(&x1).zip(&x2).map(|((v, x1), x2)| v.sub(*x1).sub(*x2)).collect();
    [0, 1, 2].map(|party| place(party, || x1.clone(), || x2.clone(), || x3.clone()))
}

/// Cuts packed bits into the shares of all three parties.
#[must_use]
pub fn deal_bits(prg: &Prg, op: u64, words: &[u64], lanes: usize, planes: usize) -> [BitPlanes; 3] {
    let draw = |part| {
        let mut out = vec![0; words.len()];
        prg.fill_words(Addr { op, purpose: part }, 0, &mut out);
        out
    };
    let (x1, x2) = (draw(1), draw(2));
    let x3: Vec<u64> = words.iter().zip(&x1).zip(&x2).map(|((v, x1), x2)| v ^ x1 ^ x2).collect();
    [0, 1, 2].map(|party| {
        let (a, b) = pick(party, || x1.clone(), || x2.clone(), || x3.clone());
        BitPlanes::new(a, b, lanes, planes)
    })
}

/// The secret of a sharing, from the shares of all parties in order.
#[must_use]
pub fn reconstruct<R: Ring>(shares: &[ShareVec<R>; 3]) -> Vec<R> {
    let [x1, x2, x3] = [0, 1, 2].map(|i| shares[i].a());
    x1.iter().zip(x2).zip(x3).map(|((x1, x2), x3)| x1.add(*x2).add(*x3)).collect()
}

/// The bits of a sharing, plane-major; bits beyond the lanes are zero.
#[must_use]
pub fn reconstruct_bits(shares: &[BitPlanes; 3]) -> Vec<u64> {
    let [x1, x2, x3] = [0, 1, 2].map(|i| shares[i].a());
    let mut out: Vec<u64> = x1.iter().zip(x2).zip(x3).map(|((x1, x2), x3)| x1 ^ x2 ^ x3).collect();
    clear_tails(&mut out, shares[0].lanes());
    out
}

/// Zeroes the bits beyond the last lane of every plane.
pub(super) fn clear_tails(words: &mut [u64], lanes: usize) {
    if !lanes.is_multiple_of(64) {
        for plane in words.chunks_mut(lanes.div_ceil(64)) {
            plane[lanes / 64] &= (1 << (lanes % 64)) - 1;
        }
    }
}

/// The two components that `role` holds of (x_1, x_2, x_3); the third closure is not called.
pub(super) fn pick<T>(role: u8, x1: impl FnOnce() -> T, x2: impl FnOnce() -> T, x3: impl FnOnce() -> T) -> (T, T) {
    match role {
        0 => (x1(), x2()),
        1 => (x2(), x3()),
        _ => (x3(), x1()),
    }
}

/// As [`pick`], as a share.
pub(super) fn place<R: Ring>(
    role: u8,
    x1: impl FnOnce() -> Vec<R>,
    x2: impl FnOnce() -> Vec<R>,
    x3: impl FnOnce() -> Vec<R>,
) -> ShareVec<R> {
    let (a, b) = pick(role, x1, x2, x3);
    ShareVec::new(a, b)
}
