//! Shared x in, a sharing of x / 2^m rounded to a neighbour out.
//!
//! x' = x + 2^(k−2) + 2^m − 1 = c + r with c known to P1, r to P2 and P3;
//! y = (c >> m) + (r >> m) − wrap·2^(k−m) − 2^(k−2−m) is floor or ceiling of x/2^m, unbiased, and exact if 2^m divides x. Because of
//! the factor 2^(k−m) the wrap bit is shared modulo 2^m only. Functionality: stochastic rounding whose randomness the parties
//! know; `floor` removes it. `dot` fuses the truncation with the products before it: P2 and P3 hand P1 the masked product at once.
//! Its messages z_2 − ρ and z_3 − r + ρ are masked by ρ and r, which P1 does not know; their sum and z_1 is c = xy − r, so that P1's
//! view is two uniform elements, and what follows is truncation of the sharing (c, r). Source: Dalskov, Escudero, Keller (ePrint 2019/131); PROTOCOLS A.6.

use stoffel_crypto::bits::packed_len;
use stoffel_crypto::{Addr, Ring, kernel};

use super::carry::Circuit;
use super::wrap::{self, Side};
use super::{b2a, carry, dot, linear, purpose};
use crate::exec::{Cx, Peer, join};
use crate::{Abort, Cost, ShareVec, pool};

/// x / 2^`m`, rounded down or up, for −2^(k−2) ≤ x ≤ 2^(k−2) − 2^`m`; exact if 2^`m` divides x.
///
/// Cost: 2 rounds; k + 3·`m` bits in all per element: P1→P3 k + `m`, P2→P3 `m`, P3→P2 `m`.
/// Security: semi-honest, n = 3, t = 1; the rounding depends on shares, so each party knows its part of it.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If `m` > k − 2.
pub async fn trunc<R: Ring>(cx: &Cx, x: &ShareVec<R>, m: u32, rotation: u8) -> Result<ShareVec<R>, Abort> {
    if m == 0 {
        return Ok(x.clone());
    }
    let known = carry::summand(cx, x, offset::<R>(m).add(round_up(m)), rotation);
    let result = shifted(cx, &known, m, rotation).await;
    pool::give(known);
    result
}

/// What [`trunc`] costs.
#[must_use]
pub fn plan<R: Ring>(len: usize, m: u32, rotation: u8) -> Cost {
    if m == 0 { Cost::ZERO } else { wrap::plan::<R>(len, m, rotation) }
}

/// ⌊x / 2^`m`⌋ exactly, for −2^(k−2) ≤ x < 2^(k−2).
///
/// Cost: that of [`trunc`] beside the carry of the low `m` bits, then a bit into the ring: `m` = 16: 8 rounds.
/// Security: semi-honest, n = 3, t = 1; nothing about the discarded bits is learnt.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If `m` > k − 2.
pub async fn floor<R: Ring>(cx: &Cx, x: &ShareVec<R>, m: u32, rotation: u8) -> Result<ShareVec<R>, Abort> {
    if m == 0 {
        return Ok(x.clone());
    }
    // Both shifts drop their low bits; what these carry is added back.
    let known = carry::summand(cx, x, offset::<R>(m), rotation);
    let carried = async {
        let (_, carry) =
            carry::carry(cx, pool::copied(&known), m as usize, m as usize, Circuit::Tree, rotation).await?;
        b2a::b2a::<R>(cx, &carry, rotation).await
    };
    let (quotient, carry) = join(shifted(cx, &known, m, rotation), carried).await?;
    Ok(linear::add(&quotient, &carry))
}

/// What [`floor`] costs.
#[must_use]
pub fn floor_plan<R: Ring>(len: usize, m: u32, rotation: u8) -> Cost {
    if m == 0 {
        return Cost::ZERO;
    }
    let carried = carry::plan(len, m as usize, m as usize, Circuit::Tree, rotation) + b2a::plan::<R>(len, 1, rotation);
    plan::<R>(len, m, rotation).beside(carried)
}

/// Inner products of consecutive segments, truncated like [`trunc`]: fixed-point products and dot products, rounded once.
///
/// Cost: 3 rounds; 3k + 3·`m` bits in all per segment: P2→P1 and P3→P1 k each, then those of [`trunc`].
/// Security: semi-honest, n = 3, t = 1; argument in the module header.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If x and y differ in length, the segments do not cover them, or `m` is 0 or above k − 2.
pub async fn dot<R: Ring>(
    cx: &Cx,
    x: &ShareVec<R>,
    y: &ShareVec<R>,
    segments: &[usize],
    m: u32,
    rotation: u8,
) -> Result<ShareVec<R>, Abort> {
    fused(cx, dot::summands(x, y, segments), m, rotation).await
}

/// The truncation of [`dot`] after this party's summands z of the products, whatever they are sums of.
pub(super) async fn fused<R: Ring>(cx: &Cx, z: Vec<R>, m: u32, rotation: u8) -> Result<ShareVec<R>, Abort> {
    assert!(m > 0, "a fused truncation discards bits");
    let op = cx.next_op();
    let addr = |purpose| Addr { op, purpose };
    let len = z.len();
    let mut z = z;
    let known: Vec<R> = match cx.role(rotation) {
        0 => {
            let due = [Peer::Next, Peer::Prev].map(|peer| cx.expect(peer, len, R::BITS));
            cx.end_round().await?;
            let [from_p2, from_p3] = due.map(|due| cx.recv::<R>(due, len, R::BITS));
            let up = offset::<R>(m).add(round_up(m));
            for ((z, p2), p3) in z.iter_mut().zip(&from_p2).zip(&from_p3) {
                *z = z.add(*p2).add(*p3).add(up);
            }
            pool::give(from_p2);
            pool::give(from_p3);
            z
        }
        1 => {
            let prg = &cx.keys().next;
            kernel::with_stream(prg, addr(purpose::FUSED_RHO), R::BITS, &mut z, R::sub);
            cx.send(Peer::Prev, &z, R::BITS);
            cx.end_round().await?;
            prg.fill(addr(purpose::FUSED_R), 0, &mut z);
            z
        }
        _ => {
            let prg = &cx.keys().prev;
            let mut r = pool::take::<R>(len);
            prg.fill(addr(purpose::FUSED_R), 0, &mut r);
            z.iter_mut().zip(&r).for_each(|(z, r)| *z = z.sub(*r));
            kernel::with_stream(prg, addr(purpose::FUSED_RHO), R::BITS, &mut z, R::add);
            cx.send(Peer::Next, &z, R::BITS);
            pool::give(z);
            cx.end_round().await?;
            r
        }
    };
    let result = shifted(cx, &known, m, rotation).await;
    pool::give(known);
    result
}

/// Element-wise fixed-point products: [`dot`] of segments of one.
///
/// Cost: as [`dot`].
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// As [`dot`].
pub async fn mul<R: Ring>(
    cx: &Cx,
    x: &ShareVec<R>,
    y: &ShareVec<R>,
    m: u32,
    rotation: u8,
) -> Result<ShareVec<R>, Abort> {
    let mut z = pool::take(x.len());
    kernel::products(x.parts(), y.parts(), &mut z);
    fused(cx, z, m, rotation).await
}

/// What [`dot`] and [`mul`] cost.
#[must_use]
pub fn dot_plan<R: Ring>(segments: usize, m: u32, rotation: u8) -> Cost {
    let p1 = usize::from(rotation);
    Cost::rounds(1)
        .elements(p1 + 1, p1, segments, R::BITS)
        .elements(p1 + 2, p1, segments, R::BITS)
        .prg(4 * packed_len(segments, R::BITS))
        + plan::<R>(segments, m, rotation)
}

/// What makes x non-negative: 2^(k−2).
fn offset<R: Ring>(m: u32) -> R {
    assert!(R::BITS >= 2 && m <= R::BITS - 2, "a shift leaves the slack of two bits");
    R::power_of_two(R::BITS - 2)
}

/// What makes truncation exact on multiples of 2^m, and unbiased: 2^m − 1.
fn round_up<R: Ring>(m: u32) -> R {
    R::power_of_two(m).sub(R::ONE)
}

/// (c >> m) + (r >> m) − wrap·2^(k−m) − 2^(k−2−m), where P1 knows c = x' − r and the others r.
async fn shifted<R: Ring>(cx: &Cx, known: &[R], m: u32, rotation: u8) -> Result<ShareVec<R>, Abort> {
    // The wrap bit modulo 2^m in the narrowest ring that holds it: less memory than what it corrects.
    match m {
        0..=32 => shifted_in::<R, u32>(cx, known, m, rotation).await,
        33..=64 => shifted_in::<R, u64>(cx, known, m, rotation).await,
        _ => shifted_in::<R, u128>(cx, known, m, rotation).await,
    }
}

async fn shifted_in<R: Ring, W: Ring>(cx: &Cx, known: &[R], m: u32, rotation: u8) -> Result<ShareVec<R>, Abort> {
    let role = cx.role(rotation);
    let top = pool::map(known, |c| W::from_bit(c.bit(R::BITS - 1)));
    let side = if role == 0 { Side::Knower { word: pool::map(known, |c| c.shr(m)), top } } else { Side::Other(top) };
    let (mut y, wrap) = wrap::or_wrap(cx, side, m, rotation).await?;
    let back = R::power_of_two(R::BITS - 2 - m).neg();
    let up = |wrap: &W| R::from_u128(wrap.to_u128()).shl(R::BITS - m);
    for (which, (part, wrap)) in y.parts_mut().into_iter().zip(wrap.parts()).enumerate() {
        let summed = part.iter_mut().zip(wrap);
        // Of the components (x_1, x_2, x_3) the first takes the offset and the third r >> m, which P2 and P3 know.
        match (usize::from(role) + which) % 3 {
            0 => summed.for_each(|(y, wrap)| *y = y.add(back).sub(up(wrap))),
            1 => summed.for_each(|(y, wrap)| *y = y.sub(up(wrap))),
            _ => summed.zip(known).for_each(|((y, wrap), r)| *y = y.add(r.shr(m)).sub(up(wrap))),
        }
    }
    Ok(y)
}
