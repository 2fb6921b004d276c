//! Products of sharings: shares in, shares out, one element sent per product and party.

use stoffel_crypto::bits::packed_len;
use stoffel_crypto::{Ring, kernel};

use super::purpose;
use crate::exec::{Cx, Peer};
use crate::{Abort, Cost, ShareVec, pool};

/// Multiplies sharings element-wise.
///
/// Cost: 1 round; one ring element sent per product and party.
/// Security: semi-honest, n = 3, t = 1; the message is masked by a zero sharing of which each peer lacks a summand.
/// Source: Araki et al., CCS 2016.
/// # Errors
/// An [`Abort`] of the round.
/// # Panics
/// If lengths differ.
pub async fn mul<R: Ring>(cx: &Cx, x: &ShareVec<R>, y: &ShareVec<R>) -> Result<ShareVec<R>, Abort> {
    let mut z = pool::take(x.len());
    let masks = cx.masks(cx.next_op(), purpose::PRODUCT);
    cx.send_pieces(Peer::Prev, x.len(), R::BITS, |piece| kernel::mul(masks, x.parts(), y.parts(), &mut z, piece));
    returned(cx, z, R::BITS).await
}

/// Takes z_{i+1} from P_{i+1} beside z_i, which has been sent.
async fn returned<R: Ring>(cx: &Cx, z: Vec<R>, width: u32) -> Result<ShareVec<R>, Abort> {
    let due = cx.expect(Peer::Next, z.len(), width);
    cx.end_round().await?;
    let w = cx.recv(due, z.len(), width);
    Ok(ShareVec::new(z, w))
}

/// Sends the masked summand z_i to P_{i−1} and takes z_{i+1} from P_{i+1}.
pub(super) async fn reshare<R: Ring>(cx: &Cx, z: Vec<R>) -> Result<ShareVec<R>, Abort> {
    reshare_low(cx, z, R::BITS).await
}

/// What [`mul`] of `len` products costs.
#[must_use]
pub fn plan<R: Ring>(len: usize) -> Cost {
    Cost::rounds(1).ring_of_elements::<R>(len).prg(6 * packed_len(len, R::BITS))
}

/// As [`reshare`], for sums that mean something modulo 2^`width` only.
pub(super) async fn reshare_low<R: Ring>(cx: &Cx, z: Vec<R>, width: u32) -> Result<ShareVec<R>, Abort> {
    cx.send(Peer::Prev, &z, width);
    returned(cx, z, width).await
}

/// What a zero sharing and [`reshare_low`] cost.
pub(super) fn reshare_low_plan<R: Ring>(len: usize, width: u32) -> Cost {
    let ring = (0..3).fold(Cost::rounds(1), |cost, i| cost.elements(i, i + 2, len, width));
    ring.prg(6 * packed_len(len, R::BITS))
}
