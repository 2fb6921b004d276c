//! Sharings in, clear values out, to those who may see them.
//!
//! Only the low `width` bits leave a party: what is above the listed type is cut off every component before it is sent.
//! Not here: deciding what may be opened (the compiler's disclosure list).

use stoffel_crypto::bits::{pack, packed_len, words_of};
use stoffel_crypto::{Ring, kernel};

use super::purpose;
use super::share::clear_tails;
use crate::exec::{Cx, Peer};
use crate::{Abort, BitPlanes, Cost, PartyIdx, ShareVec};

/// Opens x mod 2^`width` to every party.
///
/// Cost: 1 round; `width` bits sent per element and party.
/// Security: a party learns the missing component modulo 2^`width`, which is x mod 2^`width` less what it holds.
/// # Errors
/// An [`Abort`] of the round.
pub async fn to_all<R: Ring>(cx: &Cx, x: &ShareVec<R>, width: u32) -> Result<Vec<R>, Abort> {
    cx.send(Peer::Next, x.a(), width);
    let due = cx.expect(Peer::Prev, x.len(), width);
    cx.end_round().await?;
    let missing = cx.recv(due, x.len(), width);
    Ok(combine(x, &missing, width))
}

/// What [`to_all`] costs.
#[must_use]
pub fn plan(len: usize, width: u32) -> Cost {
    (0..3).fold(Cost::rounds(1), |cost, i| cost.elements(i, i + 1, len, width))
}

/// Opens bits to every party, as plane-major words; bits beyond the lanes are zero.
///
/// Cost: 1 round; one bit sent per bit and party.
/// # Errors
/// An [`Abort`] of the round.
pub async fn bits_to_all(cx: &Cx, x: &BitPlanes) -> Result<Vec<u64>, Abort> {
    cx.send_planes(Peer::Next, x.a(), x.lanes());
    let due = cx.expect_planes(Peer::Prev, x.lanes(), x.planes());
    cx.end_round().await?;
    let missing = cx.recv_words(due);
    Ok(combine_bits(x, &missing))
}

/// What [`bits_to_all`] costs.
#[must_use]
pub fn bits_plan(lanes: usize, planes: usize) -> Cost {
    (0..3).fold(Cost::rounds(1), |cost, i| cost.planes(i, i + 1, lanes, planes))
}

/// Opens x mod 2^`width` to one party; the others get nothing.
///
/// Cost: 1 round; `width` bits per element from the receiver's previous party.
/// # Errors
/// An [`Abort`] of the round.
pub async fn to_party<R: Ring>(
    cx: &Cx,
    x: &ShareVec<R>,
    width: u32,
    receiver: PartyIdx,
) -> Result<Option<Vec<R>>, Abort> {
    if cx.peer(receiver) == Some(Peer::Next) {
        cx.send(Peer::Next, x.a(), width);
    }
    let due = (cx.me() == receiver).then(|| cx.expect(Peer::Prev, x.len(), width));
    cx.end_round().await?;
    Ok(due.map(|due| combine(x, &cx.recv::<R>(due, x.len(), width), width)))
}

/// What [`to_party`] costs.
#[must_use]
pub fn to_party_plan(len: usize, width: u32, receiver: PartyIdx) -> Cost {
    let to = usize::from(receiver.0);
    Cost::rounds(1).elements(to + 2, to, len, width)
}

/// Opens bits to one party; the others get nothing.
///
/// Cost: 1 round; one bit per bit from the receiver's previous party.
/// # Errors
/// An [`Abort`] of the round.
pub async fn bits_to_party(cx: &Cx, x: &BitPlanes, receiver: PartyIdx) -> Result<Option<Vec<u64>>, Abort> {
    if cx.peer(receiver) == Some(Peer::Next) {
        cx.send_planes(Peer::Next, x.a(), x.lanes());
    }
    let due = (cx.me() == receiver).then(|| cx.expect_planes(Peer::Prev, x.lanes(), x.planes()));
    cx.end_round().await?;
    Ok(due.map(|due| combine_bits(x, &cx.recv_words(due))))
}

/// Appends this party's payload for a client that receives x mod 2^`width`: one fresh additive share, [`packed_len`] bytes.
///
/// The client adds the three parties' payloads modulo 2^`width`.
/// Cost: local; 2 generator elements per element and party.
/// Security: a fresh zero sharing makes the three payloads uniform but for their sum.
pub fn client_payload<R: Ring>(cx: &Cx, x: &ShareVec<R>, width: u32, out: &mut Vec<u8>) {
    let mut z = x.a().to_vec();
    kernel::add_zero_sharing(cx.masks(cx.next_op(), purpose::OUTPUT), &mut z);
    pack(&z, width, out);
}

/// As [`client_payload`], for bits: words of 8 bytes, plane-major, which the client combines by ⊕.
pub fn client_payload_bits(cx: &Cx, x: &BitPlanes, out: &mut Vec<u8>) {
    let mut z = x.a().to_vec();
    kernel::xor_zero_sharing(cx.masks(cx.next_op(), purpose::OUTPUT), &mut z);
    clear_tails(&mut z, x.lanes());
    pack(&z, 64, out);
}

/// Bytes of a party's [`client_payload_bits`].
#[must_use]
pub fn client_bits_len(lanes: usize, planes: usize) -> usize {
    words_of(lanes) * planes * 8
}

/// Bytes of a party's [`client_payload`].
#[must_use]
pub fn client_len(len: usize, width: u32) -> usize {
    packed_len(len, width)
}

fn combine<R: Ring>(x: &ShareVec<R>, missing: &[R], width: u32) -> Vec<R> {
    x.a().iter().zip(x.b()).zip(missing).map(|((a, b), c)| a.add(*b).add(*c).low(width)).collect()
}

fn combine_bits(x: &BitPlanes, missing: &[u64]) -> Vec<u64> {
    let mut out: Vec<u64> = x.a().iter().zip(x.b()).zip(missing).map(|((a, b), c)| a ^ b ^ c).collect();
    clear_tails(&mut out, x.lanes());
    out
}
