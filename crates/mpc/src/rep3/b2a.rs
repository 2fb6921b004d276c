//! Shared bits in, the same bits as shared ring elements out.
//!
//! b = u ⊕ v with u = b_1 ⊕ b_2 known to P1 and v = b_3 known to P2 and P3; the result is u + v − 2uv. P1 inputs u as u_12 + u_13
//! with u_12 from the generator, so that P2 can send its half of u·v in the first round.
//! Source: the two-way split of MP-SPDZ `Replicated::unsplit`; schedule PROTOCOLS A.5.

use stoffel_crypto::bits::{from_planes, from_planes_into, packed_len, to_planes};
use stoffel_crypto::{Addr, Prg, Ring, kernel};

use super::{a2b, input, mul, purpose, share};
use crate::exec::{Cx, Peer};
use crate::{Abort, BitPlanes, Cost, PartyIdx, ShareVec, pool};

/// Every bit as 0 or 1 of the ring, plane after plane: element j·lanes + l is bit j of lane l.
///
/// Cost: 2 rounds; 3 ring elements in all per bit: P1→P3, P2→P3, P3→P2.
/// Security: semi-honest, n = 3, t = 1; u_13 is masked by k_12, P2's message by k_12, P3's by k_13, each at its own address.
/// # Errors
/// An [`Abort`] of a round.
pub async fn b2a<R: Ring>(cx: &Cx, bits: &BitPlanes, rotation: u8) -> Result<ShareVec<R>, Abort> {
    modulo(cx, bits, R::BITS, rotation).await
}

/// What [`b2a`] costs.
#[must_use]
pub fn plan<R: Ring>(lanes: usize, planes: usize, rotation: u8) -> Cost {
    modulo_plan(lanes * planes, R::BITS, rotation)
}

/// As [`b2a`], as sharings modulo 2^`width` only: bits of the components above it mean nothing.
pub(super) async fn modulo<R: Ring>(cx: &Cx, bits: &BitPlanes, width: u32, rotation: u8) -> Result<ShareVec<R>, Abort> {
    let op = cx.next_op();
    let len = bits.lanes() * bits.planes();
    let addr = |purpose| Addr { op, purpose };
    let draw_u = |prg: &Prg| {
        let mut out = pool::take::<R>(len);
        prg.fill_width(addr(purpose::B2A_U), width, 0, &mut out);
        out
    };
    // x·v − mask, and x less twice the mask: which is x·v less what is sent.
    let product = |x: &mut [R], v: &[R], prg: &Prg, purpose| {
        let mut own = pool::zip(x, v, R::mul);
        kernel::with_stream(prg, addr(purpose), width, &mut own, R::sub);
        for ((x, v), own) in x.iter_mut().zip(v).zip(&mut own) {
            *own = own.low(width);
            *x = x.sub(twice(x.mul(*v).sub(*own)));
        }
        own
    };
    // v − 2·(own + theirs)
    let third = |mut v: Vec<R>, own: Vec<R>, theirs: Vec<R>| {
        v.iter_mut().zip(&own).zip(&theirs).for_each(|((v, own), theirs)| *v = v.sub(twice(own.add(*theirs))));
        pool::give(own);
        pool::give(theirs);
        v
    };
    match cx.role(rotation) {
        0 => {
            let u = pool::zip(bits.a(), bits.b(), |a, b| a ^ b);
            let mut u13 = unpacked::<R>(&u, bits);
            pool::give(u);
            let mut u12 = draw_u(&cx.keys().next);
            u13.iter_mut().zip(&u12).for_each(|(u, mask)| *u = u.sub(*mask).low(width));
            cx.send(Peer::Prev, &u13, width);
            cx.end_round().await?;
            let keys = cx.keys();
            let less_twice = |x: R, mask: R| x.sub(twice(mask));
            kernel::with_stream(&keys.next, addr(purpose::B2A_UV2), width, &mut u12, less_twice);
            kernel::with_stream(&keys.prev, addr(purpose::B2A_UV3), width, &mut u13, less_twice);
            cx.end_round().await?;
            Ok(ShareVec::new(u13, u12))
        }
        1 => {
            let v = unpacked::<R>(bits.b(), bits);
            let mut u12 = draw_u(&cx.keys().prev);
            let own = product(&mut u12, &v, &cx.keys().prev, purpose::B2A_UV2);
            cx.send(Peer::Next, &own, width);
            cx.end_round().await?;
            let due = cx.expect(Peer::Next, len, width);
            cx.end_round().await?;
            Ok(ShareVec::new(u12, third(v, own, cx.recv(due, len, width))))
        }
        _ => {
            let due_u = cx.expect(Peer::Next, len, width);
            let due_g = cx.expect(Peer::Prev, len, width);
            cx.end_round().await?;
            let v = unpacked::<R>(bits.a(), bits);
            let mut u13: Vec<R> = cx.recv(due_u, len, width);
            let theirs: Vec<R> = cx.recv(due_g, len, width);
            let own = product(&mut u13, &v, &cx.keys().next, purpose::B2A_UV3);
            cx.send(Peer::Prev, &own, width);
            cx.end_round().await?;
            Ok(ShareVec::new(third(v, own, theirs), u13))
        }
    }
}

fn twice<R: Ring>(x: R) -> R {
    x.add(x)
}

/// What [`modulo`] costs for `len` bits.
pub(super) fn modulo_plan(len: usize, width: u32, rotation: u8) -> Cost {
    let p1 = usize::from(rotation);
    Cost::rounds(2)
        .elements(p1, p1 + 2, len, width)
        .elements(p1 + 1, p1 + 2, len, width)
        .elements(p1 + 2, p1 + 1, len, width)
        .prg(6 * packed_len(len, width))
}

/// b·x for shared bits (one plane) and shared elements.
///
/// Cost: 3 rounds; 6 ring elements in all per lane. Several products of one bit share one [`b2a`].
/// # Errors
/// An [`Abort`] of a round.
pub async fn inject<R: Ring>(cx: &Cx, bits: &BitPlanes, x: &ShareVec<R>, rotation: u8) -> Result<ShareVec<R>, Abort> {
    let bits = b2a(cx, bits, rotation).await?;
    mul::mul(cx, &bits, x).await
}

/// What [`inject`] costs.
#[must_use]
pub fn inject_plan<R: Ring>(lanes: usize, rotation: u8) -> Cost {
    plan::<R>(lanes, 1, rotation) + mul::plan::<R>(lanes)
}

/// The number that the planes spell, as one ring element per lane; the top plane is the sign if `signed`.
///
/// P1 knows r = r_1 + r_2, both from the generator, and inputs the bits of −r; an adder gives the bits of x − r, which are opened to
/// P2 and P3: x = r_1 + r_2 + (x − r) is the result's sharing.
/// Cost: 3 + ⌈log2(k − 1)⌉ rounds; k bits from P1, the gates of [`a2b::add_bits`], k bits P2→P3 and P3→P2 per lane: 64 bits: 9 rounds,
/// 1311 bits, against 2 rounds and 12288 bits by [`b2a`] of every bit.
/// Security: semi-honest, n = 3, t = 1; P2 lacks r_1, P3 lacks r_2, so x − r is uniform to both.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If there are more planes than bits of the ring, or none.
pub async fn word<R: Ring>(cx: &Cx, bits: &BitPlanes, signed: bool, rotation: u8) -> Result<ShareVec<R>, Abort> {
    let (lanes, k) = (bits.lanes(), R::BITS as usize);
    assert!(bits.planes() >= 1 && bits.planes() <= k, "a number fits its ring");
    let mut x = bits.clone();
    if signed {
        x.extend_planes(&bits.select_planes(std::iter::repeat_n(bits.planes() - 1, k - bits.planes())));
    } else {
        x.extend_planes(&BitPlanes::zeros(lanes, k - bits.planes()));
    }
    let op = cx.next_op();
    let draw = |prg: &Prg, purpose| {
        let mut out = vec![R::ZERO; lanes];
        prg.fill(Addr { op, purpose }, 0, &mut out);
        out
    };
    let role = cx.role(rotation);
    let keys = cx.keys();
    let (r1, r2) = match role {
        0 => (draw(&keys.prev, purpose::WORD_R3), draw(&keys.next, purpose::WORD_R2)),
        1 => (Vec::new(), draw(&keys.prev, purpose::WORD_R2)),
        _ => (draw(&keys.next, purpose::WORD_R3), Vec::new()),
    };
    let minus_r = (role == 0).then(|| {
        let minus: Vec<R> = r1.iter().zip(&r2).map(|(r1, r2)| r1.add(*r2).neg()).collect();
        to_planes(&minus, R::BITS)
    });
    let addr = Addr { op, purpose: purpose::WORD_BITS };
    let minus_r = input::masked_bits(cx, addr, rotation, minus_r.as_deref(), lanes, k).await?;
    let difference = a2b::add_bits(cx, &x, &minus_r).await?;
    // P2 lacks x_1, which P3 holds as b; P3 lacks x_2, which P2 holds as a.
    let due = match role {
        0 => None,
        1 => {
            cx.send_planes(Peer::Next, difference.a(), lanes);
            Some(cx.expect_planes(Peer::Next, lanes, k))
        }
        _ => {
            cx.send_planes(Peer::Prev, difference.b(), lanes);
            Some(cx.expect_planes(Peer::Prev, lanes, k))
        }
    };
    cx.end_round().await?;
    let opened = due.map_or_else(Vec::new, |due| {
        let missing = cx.recv_words(due);
        let clear: Vec<u64> = (0..missing.len()).map(|w| missing[w] ^ difference.a()[w] ^ difference.b()[w]).collect();
        from_planes(&clear, lanes)
    });
    Ok(share::place(role, || r1.clone(), || r2.clone(), || opened.clone()))
}

/// What [`word`] costs.
#[must_use]
pub fn word_plan<R: Ring>(lanes: usize, rotation: u8) -> Cost {
    let (p1, k) = (usize::from(rotation), R::BITS as usize);
    input::bits_plan(lanes, k, PartyIdx(rotation))
        + a2b::add_bits_plan(lanes, k)
        + Cost::rounds(1)
            .planes(p1 + 1, p1 + 2, lanes, k)
            .planes(p1 + 2, p1 + 1, lanes, k)
            .prg(4 * packed_len(lanes, R::BITS))
}

/// One component's bits as 0 and 1, without the bits beyond the lanes.
fn unpacked<R: Ring>(words: &[u64], shape: &BitPlanes) -> Vec<R> {
    let mut out = pool::take(shape.planes() * shape.lanes());
    let planes = words.chunks_exact(shape.words().max(1));
    for (plane, lanes) in planes.zip(out.chunks_exact_mut(shape.lanes().max(1))) {
        from_planes_into(plane, lanes);
    }
    out
}
