//! Shared rows in, the same rows in an order that no party knows out; and back.
//!
//! π = π_31 ∘ π_23 ∘ π_12, each factor known to one pair. Additive halves wander: P1 applies π_12 to x_1 + x_2, masks it and hands it to P3;
//! P2 applies π_12 and π_23 to x_3, masked twice, and hands it to P1; P1 and P3 apply the rest and exchange what is left after the components
//! that are drawn. The way back is the mirror image, P2 and P3 exchanged. Each message is masked at its own address by a key that its receiver
//! lacks, and each factor is unknown to one party. Columns of one shuffle move alike.
//! A shuffle under which anything was opened moves nothing else that is opened.
//! Source: Laur, Willemson, Zhang 2011; the two-party halves and their schedule: PROTOCOLS A.7, where P2's message waits a round.

use stoffel_crypto::bits::packed_len;
use stoffel_crypto::{Addr, Prg, Ring, kernel};
use zeroize::Zeroize;

use super::purpose;
use crate::exec::{Cx, Peer};
use crate::{Abort, Cost, ShareVec, pool};

/// Bits of a draw of a permutation: the choice among n rows is off uniform by less than n / 2^128.
const DRAW: u32 = 128;

/// A secret permutation of rows: what this party knows of it. Wiped on drop.
pub struct Shuffle {
    rows: usize,
    groups: usize,
    /// New places by pair (P1, P2), (P2, P3), (P3, P1); empty where this party is no member.
    places: [Vec<u32>; 3],
    rotation: u8,
}

impl Drop for Shuffle {
    fn drop(&mut self) {
        self.places.zeroize();
    }
}

/// Which way rows move.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// By π.
    There,
    /// By its inverse.
    Back,
}

impl Shuffle {
    /// A uniform permutation of `rows` rows.
    ///
    /// Cost: local; 16 generator bytes per row, pair and member.
    #[must_use]
    pub fn draw(cx: &Cx, rows: usize, rotation: u8) -> Self {
        Self::draw_groups(cx, rows, 1, DRAW, rotation)
    }

    /// As [`Shuffle::draw`], for `groups` shuffles side by side, with `bits` bits a draw; row r of group g is element r·`groups` + g.
    /// Fewer than 128 bits are for the enumeration of views, exact where the number of rows is a power of two.
    #[must_use]
    pub fn draw_groups(cx: &Cx, rows: usize, groups: usize, bits: u32, rotation: u8) -> Self {
        let op = cx.next_op();
        let role = cx.role(rotation);
        let places = [0, 1, 2].map(|pair| {
            let (first, second) = (pair, (pair + 1) % 3);
            let prg = match role {
                r if r == first => &cx.keys().next,
                r if r == second => &cx.keys().prev,
                _ => return Vec::new(),
            };
            permutation(prg, Addr { op, purpose: purpose::SHUFFLE_PERMUTATION }, rows, groups, bits)
        });
        Self { rows, groups, places, rotation }
    }

    /// One column moved, over a ring or (`XOR`) bitwise; only the low `width` bits of its elements mean anything, before and after.
    ///
    /// Cost: 2 rounds; 4·`width` bits in all per row: P1→P3 twice, P2→P1, P3→P1.
    /// Security: semi-honest, n = 3, t = 1.
    /// # Errors
    /// An [`Abort`] of a round.
    /// # Panics
    /// If the column has another number of rows.
    pub async fn apply<R: Ring, const XOR: bool>(
        &self,
        cx: &Cx,
        x: &ShareVec<R>,
        width: u32,
        way: Way,
    ) -> Result<ShareVec<R>, Abort> {
        let len = self.rows * self.groups;
        assert_eq!(x.len(), len, "a shuffle moves columns of its rows");
        let op = cx.next_op();
        let role = cx.role(self.rotation);
        // Back, P2 and P3 have changed parts; the pairs that act first, second and last with them.
        let (part, [first, second, last]) = match (way, role) {
            (Way::There, role) => (role, [0, 1, 2]),
            (Way::Back, 0) => (0, [2, 1, 0]),
            (Way::Back, role) => (3 - role, [2, 1, 0]),
        };
        let peer = |other: u8| {
            let other = if way == Way::There || other == 0 { other } else { 3 - other };
            if (role + 1) % 3 == other { Peer::Next } else { Peer::Prev }
        };
        let prg = |other: u8| {
            let keys = cx.keys();
            if peer(other) == Peer::Next { &keys.next } else { &keys.prev }
        };
        let addr = |purpose| Addr { op, purpose };
        let draw = |other: u8, purpose| {
            let mut out = pool::take::<R>(len);
            prg(other).fill_width(addr(purpose), width, 0, &mut out);
            out
        };
        let moved = |pair: usize, x: &[R]| self.moved(pair, x, way);
        let moved_on = |pair: usize, x: Vec<R>| {
            let out = self.moved(pair, &x, way);
            pool::give(x);
            out
        };
        let mask = |x: &mut [R], other: u8, purpose| {
            kernel::with_stream(prg(other), addr(purpose), width, x, plus::<R, XOR>);
        };
        let unmask = |x: &mut [R], other: u8, purpose| {
            kernel::with_stream(prg(other), addr(purpose), width, x, minus::<R, XOR>);
        };
        // What is left after a component that is drawn.
        let less = |x: &mut [R], drawn: &[R]| {
            x.iter_mut().zip(drawn).for_each(|(x, drawn)| *x = minus::<R, XOR>(*x, *drawn).low(width));
        };
        let add = |x: &mut [R], theirs: Vec<R>| {
            x.iter_mut().zip(&theirs).for_each(|(x, theirs)| *x = plus::<R, XOR>(*x, *theirs).low(width));
            pool::give(theirs);
        };
        // Components common to the first and second, second and third, third and first part.
        let [mut near, mut far, mut met] = [Vec::new(), Vec::new(), Vec::new()];
        match part {
            0 => {
                let mut half = moved_on(first, pool::zip(x.a(), x.b(), plus::<R, XOR>));
                mask(&mut half, 1, purpose::SHUFFLE_FIRST);
                cx.send(peer(2), &half, width);
                pool::give(half);
                let due = cx.expect(peer(1), len, width);
                cx.end_round().await?;
                near = draw(1, purpose::SHUFFLE_OUT);
                met = moved_on(last, cx.recv(due, len, width));
                less(&mut met, &near);
                cx.send(peer(2), &met, width);
                let due = cx.expect(peer(2), len, width);
                cx.end_round().await?;
                add(&mut met, cx.recv(due, len, width));
            }
            1 => {
                let mut half = moved(first, if role == 1 { x.b() } else { x.a() });
                unmask(&mut half, 0, purpose::SHUFFLE_FIRST);
                let mut half = moved_on(second, half);
                unmask(&mut half, 2, purpose::SHUFFLE_SECOND);
                cx.send(peer(0), &half, width);
                pool::give(half);
                cx.end_round().await?;
                near = draw(0, purpose::SHUFFLE_OUT);
                far = draw(2, purpose::SHUFFLE_OUT);
                cx.end_round().await?;
            }
            _ => {
                let due = cx.expect(peer(0), len, width);
                cx.end_round().await?;
                let mut half = moved_on(second, cx.recv(due, len, width));
                mask(&mut half, 1, purpose::SHUFFLE_SECOND);
                far = draw(1, purpose::SHUFFLE_OUT);
                met = moved_on(last, half);
                less(&mut met, &far);
                cx.send(peer(0), &met, width);
                let due = cx.expect(peer(0), len, width);
                cx.end_round().await?;
                add(&mut met, cx.recv(due, len, width));
            }
        }
        let (x1, x2) = if way == Way::There { (met, near) } else { (near, met) };
        let (a, b) = match role {
            0 => (x1, x2),
            1 => (x2, far),
            _ => (far, x1),
        };
        Ok(ShareVec::new(a, b))
    }

    fn moved<R: Ring>(&self, pair: usize, x: &[R], way: Way) -> Vec<R> {
        let places = &self.places[pair];
        let groups = self.groups;
        let mut out = pool::take(x.len());
        if groups == 1 {
            match way {
                Way::Back => out.iter_mut().zip(places).for_each(|(out, place)| *out = x[*place as usize]),
                Way::There => x.iter().zip(places).for_each(|(x, place)| out[*place as usize] = *x),
            }
            return out;
        }
        if way == Way::Back {
            for ((at, place), out) in places.iter().enumerate().zip(&mut out) {
                *out = x[*place as usize * groups + at % groups];
            }
            return out;
        }
        for (at, (place, x)) in places.iter().zip(x).enumerate() {
            out[*place as usize * groups + at % groups] = *x;
        }
        out
    }
}

/// What [`Shuffle::draw`] costs.
#[must_use]
pub fn draw_plan(rows: usize) -> Cost {
    Cost::ZERO.prg(6 * packed_len(rows.saturating_sub(1), DRAW))
}

/// What [`Shuffle::apply`] costs.
#[must_use]
pub fn plan(rows: usize, width: u32, way: Way, rotation: u8) -> Cost {
    let p1 = usize::from(rotation);
    let (second, third) = if way == Way::There { (p1 + 1, p1 + 2) } else { (p1 + 2, p1 + 1) };
    Cost::rounds(2)
        .elements(p1, third, rows, width)
        .elements(second, p1, rows, width)
        .elements(p1, third, rows, width)
        .elements(third, p1, rows, width)
        .prg(8 * packed_len(rows, width))
}

/// The place of every row. Fisher and Yates: a fixed number of draws, each scaled to the choices left.
fn permutation(prg: &Prg, addr: Addr, rows: usize, groups: usize, bits: u32) -> Vec<u32> {
    let mut draws = pool::take::<u128>(rows.saturating_sub(1) * groups);
    prg.fill_width(addr, bits, 0, &mut draws);
    let mut places: Vec<u32> = (0..rows as u32).flat_map(|row| std::iter::repeat_n(row, groups)).collect();
    if groups == 1 {
        for row in (1..rows).rev() {
            places.swap(row, multiply_high(draws[row - 1] << (128 - bits), row as u64 + 1) as usize);
        }
        pool::give(draws);
        return places;
    }
    for row in (1..rows).rev() {
        for group in 0..groups {
            let draw = draws[(row - 1) * groups + group] << (128 - bits);
            let other = multiply_high(draw, row as u64 + 1) as usize;
            places.swap(row * groups + group, other * groups + group);
        }
    }
    pool::give(draws);
    places
}

/// ⌊draw · choices / 2^128⌋.
const fn multiply_high(draw: u128, choices: u64) -> u64 {
    let low = (draw as u64 as u128 * choices as u128) >> 64;
    (((draw >> 64) * choices as u128 + low) >> 64) as u64
}

fn plus<R: Ring, const XOR: bool>(x: R, y: R) -> R {
    if XOR { R::from_u128(x.to_u128() ^ y.to_u128()) } else { x.add(y) }
}

fn minus<R: Ring, const XOR: bool>(x: R, y: R) -> R {
    if XOR { plus::<R, XOR>(x, y) } else { x.sub(y) }
}
