//! Inner products of sharings: shares of vectors in, one shared scalar per segment out, at the price of one product each.

use stoffel_crypto::{Ring, kernel};

use super::{mul, purpose};
use crate::exec::Cx;
use crate::{Abort, Cost, ShareVec};

/// Inner products of consecutive segments: result j is Σ x_i·y_i over segment j.
///
/// Cost: 1 round; one ring element sent per segment and party, whatever its length.
/// Security: semi-honest, n = 3, t = 1. Source: Araki et al., CCS 2016.
/// # Errors
/// An [`Abort`] of the round.
/// # Panics
/// If x and y differ in length or the segments do not cover them.
pub async fn dot<R: Ring>(cx: &Cx, x: &ShareVec<R>, y: &ShareVec<R>, segments: &[usize]) -> Result<ShareVec<R>, Abort> {
    let mut z = summands(x, y, segments);
    kernel::add_zero_sharing(cx.masks(cx.next_op(), purpose::PRODUCT), &mut z);
    mul::reshare(cx, z).await
}

/// What [`dot`] of `segments` segments costs.
#[must_use]
pub fn plan<R: Ring>(segments: usize) -> Cost {
    mul::plan::<R>(segments)
}

/// This party's summand of each segment's inner product, unmasked.
pub(super) fn summands<R: Ring>(x: &ShareVec<R>, y: &ShareVec<R>, segments: &[usize]) -> Vec<R> {
    assert_eq!(segments.iter().sum::<usize>(), x.len(), "segments cover their vectors");
    if segments.iter().all(|len| *len == 1) {
        let mut z = vec![R::ZERO; x.len()];
        kernel::add_products(x.parts(), y.parts(), &mut z);
        return z;
    }
    let mut start = 0;
    segments
        .iter()
        .map(|len| {
            let range = start..start + len;
            start += len;
            kernel::dot(x.parts().map(|c| &c[range.clone()]), y.parts().map(|c| &c[range.clone()]))
        })
        .collect()
}
