//! Values of a party or a client in, sharings out.
//!
//! A client draws two components from seeds and sends the third in full to the two parties that hold it; parties compare
//! hashes of what they hold twice before the first operation, because a client that gives two versions of one
//! component would learn about other owners' data.

use stoffel_crypto::bits::{packed_len, words_of};
use stoffel_crypto::{Addr, Prg, Ring};
use zeroize::Zeroize;

use super::purpose;
use super::share::{pick, place};
use crate::exec::{Cx, Peer};
use crate::{Abort, AbortReason, BitPlanes, Cost, PartyIdx, ShareVec};

/// Shares `len` values of party `owner`, which alone passes them.
///
/// Cost: 1 round; one ring element per value, from the owner to its previous party.
/// Security: x_2 is drawn from the key common with the next party, x_1 = v − x_2 is sent, x_3 = 0.
/// # Errors
/// An [`Abort`] of the round.
/// # Panics
/// If the owner passes no values or another number of them.
pub async fn from_party<R: Ring>(
    cx: &Cx,
    owner: PartyIdx,
    values: Option<&[R]>,
    len: usize,
) -> Result<ShareVec<R>, Abort> {
    let op = cx.next_op();
    masked(cx, Addr { op, purpose: purpose::INPUT }, owner.0, values, len, R::BITS).await
}

/// The step behind every input: P1 holds `values`; x_2 = F(k_12) mod 2^`width`, x_1 = v − x_2 goes to P3.
pub(super) async fn masked<R: Ring>(
    cx: &Cx,
    addr: Addr,
    rotation: u8,
    values: Option<&[R]>,
    len: usize,
    width: u32,
) -> Result<ShareVec<R>, Abort> {
    let role = cx.role(rotation);
    let draw = |prg: &Prg| {
        let mut out = vec![R::ZERO; len];
        prg.fill_width(addr, width, 0, &mut out);
        out
    };
    let zeros = || vec![R::ZERO; len];
    match role {
        0 => {
            let values = values.filter(|v| v.len() == len).expect("the owner of an input passes all its values");
            let x2 = draw(&cx.keys().next);
            let x1: Vec<R> = values.iter().zip(&x2).map(|(v, x2)| v.sub(*x2).low(width)).collect();
            cx.send(Peer::Prev, &x1, width);
            cx.end_round().await?;
            Ok(ShareVec::new(x1, x2))
        }
        1 => {
            cx.end_round().await?;
            Ok(ShareVec::new(draw(&cx.keys().prev), zeros()))
        }
        _ => {
            let due = cx.expect(Peer::Next, len, width);
            cx.end_round().await?;
            Ok(ShareVec::new(zeros(), cx.recv(due, len, width)))
        }
    }
}

/// What [`from_party`] costs.
#[must_use]
pub fn plan<R: Ring>(len: usize, owner: PartyIdx) -> Cost {
    masked_plan(len, R::BITS, owner.0)
}

pub(super) fn masked_plan(len: usize, width: u32, rotation: u8) -> Cost {
    let owner = usize::from(rotation);
    Cost::rounds(1).elements(owner, owner + 2, len, width).prg(2 * packed_len(len, width))
}

/// Shares bits of party `owner`, given as plane-major words.
///
/// Cost: 1 round; one bit per bit, from the owner to its previous party.
/// # Errors
/// An [`Abort`] of the round.
/// # Panics
/// If the owner passes no words or another number of them.
pub async fn bits_from_party(
    cx: &Cx,
    owner: PartyIdx,
    words: Option<&[u64]>,
    lanes: usize,
    planes: usize,
) -> Result<BitPlanes, Abort> {
    let addr = Addr { op: cx.next_op(), purpose: purpose::INPUT };
    masked_bits(cx, addr, owner.0, words, lanes, planes).await
}

/// As [`masked`], over GF(2).
pub(super) async fn masked_bits(
    cx: &Cx,
    addr: Addr,
    rotation: u8,
    words: Option<&[u64]>,
    lanes: usize,
    planes: usize,
) -> Result<BitPlanes, Abort> {
    let len = words_of(lanes) * planes;
    let draw = |prg: &Prg| {
        let mut out = vec![0; len];
        prg.fill_words(addr, 0, &mut out);
        out
    };
    let (a, b) = match cx.role(rotation) {
        0 => {
            let words = words.filter(|w| w.len() == len).expect("the owner of an input passes all its values");
            let x2 = draw(&cx.keys().next);
            let x1: Vec<u64> = words.iter().zip(&x2).map(|(v, x2)| v ^ x2).collect();
            cx.send_planes(Peer::Prev, &x1, lanes);
            cx.end_round().await?;
            (x1, x2)
        }
        1 => {
            cx.end_round().await?;
            (draw(&cx.keys().prev), vec![0; len])
        }
        _ => {
            let due = cx.expect_planes(Peer::Next, lanes, planes);
            cx.end_round().await?;
            (vec![0; len], cx.recv_words(due))
        }
    };
    Ok(BitPlanes::new(a, b, lanes, planes))
}

/// What [`bits_from_party`] costs.
#[must_use]
pub fn bits_plan(lanes: usize, planes: usize, owner: PartyIdx) -> Cost {
    let from = usize::from(owner.0);
    Cost::rounds(1).planes(from, from + 2, lanes, planes).prg(2 * 8 * words_of(lanes) * planes)
}

/// The component that a client's seed gives for vector number `vector` of its input.
#[must_use]
pub fn seeded<R: Ring>(seed: &Prg, vector: u64, len: usize) -> Vec<R> {
    let mut out = vec![R::ZERO; len];
    seed.fill(Addr { op: vector, purpose: purpose::CLIENT }, 0, &mut out);
    out
}

/// As [`seeded`], for packed bits.
#[must_use]
pub fn seeded_bits(seed: &Prg, vector: u64, lanes: usize, planes: usize) -> Vec<u64> {
    let mut out = vec![0; words_of(lanes) * planes];
    seed.fill_words(Addr { op: vector, purpose: purpose::CLIENT }, 0, &mut out);
    out
}

/// The third component, which the client sends in full: v − x_1 − x_2.
#[must_use]
pub fn last_component<R: Ring>(seeds: [&Prg; 2], vector: u64, values: &[R]) -> Vec<R> {
    let [mut x1, mut x2] = seeds.map(|seed| seeded::<R>(seed, vector, values.len()));
    let x3 = values.iter().zip(&x1).zip(&x2).map(|((v, x1), x2)| v.sub(*x1).sub(*x2)).collect();
    x1.zeroize();
    x2.zeroize();
    x3
}

/// As [`last_component`], for packed bits.
#[must_use]
pub fn last_component_bits(seeds: [&Prg; 2], vector: u64, words: &[u64], lanes: usize, planes: usize) -> Vec<u64> {
    let [mut x1, mut x2] = seeds.map(|seed| seeded_bits(seed, vector, lanes, planes));
    let x3 = words.iter().zip(&x1).zip(&x2).map(|((v, x1), x2)| v ^ x1 ^ x2).collect();
    x1.zeroize();
    x2.zeroize();
    x3
}

/// A party's share from the two components that it holds of (x_1, x_2, x_3); the third closure is not called.
#[must_use]
pub fn from_components<R: Ring>(
    me: PartyIdx,
    x1: impl FnOnce() -> Vec<R>,
    x2: impl FnOnce() -> Vec<R>,
    x3: impl FnOnce() -> Vec<R>,
) -> ShareVec<R> {
    place(me.0, x1, x2, x3)
}

/// As [`from_components`], for packed bits.
#[must_use]
pub fn bits_from_components(
    me: PartyIdx,
    lanes: usize,
    planes: usize,
    x1: impl FnOnce() -> Vec<u64>,
    x2: impl FnOnce() -> Vec<u64>,
    x3: impl FnOnce() -> Vec<u64>,
) -> BitPlanes {
    let (a, b) = pick(me.0, x1, x2, x3);
    BitPlanes::new(a, b, lanes, planes)
}

/// What a party holds of one client's input, hashed per component: seeds, data and lengths.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientHashes {
    /// Index of the client in the session.
    pub client: u32,
    /// Hash of component x_i.
    pub a: [u8; 32],
    /// Hash of component x_{i+1}.
    pub b: [u8; 32],
}

/// Compares the parties' hashes of every duplicated component; all parties see every pair.
///
/// Cost: 1 round; 64 bytes per client from each party to each.
/// # Errors
/// [`AbortReason::ClientInput`] names the first client of whose components two parties hold different versions.
pub async fn agree(cx: &Cx, clients: &[ClientHashes]) -> Result<(), Abort> {
    let own: Vec<u8> = clients.iter().flat_map(|c| [c.a, c.b]).flatten().collect();
    let due = [Peer::Next, Peer::Prev].map(|peer| {
        cx.send_bytes(peer, &own);
        cx.expect_bytes(peer, own.len())
    });
    cx.end_round().await?;
    let [next, prev] = due.map(|due| cx.recv_bytes(due));
    for (i, client) in clients.iter().enumerate() {
        let half = |bytes: &[u8], which: usize| bytes[i * 64 + which * 32..i * 64 + which * 32 + 32].to_vec();
        // x_{i+1} is b here and a at the next party; x_{i+2} is b there and a at the previous; x_i is b there and a here.
        let equal =
            half(&own, 1) == half(&next, 0) && half(&next, 1) == half(&prev, 0) && half(&prev, 1) == half(&own, 0);
        if !equal {
            return Err(Abort { culprit: None, reason: AbortReason::ClientInput { client: client.client } });
        }
    }
    Ok(())
}
