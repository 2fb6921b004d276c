//! Oblivious choice: a shared condition and two shared values in, a fresh sharing of one of them out.

use stoffel_crypto::Ring;

use super::{b2a, linear, logic, mul};
use crate::exec::Cx;
use crate::{Abort, BitPlanes, Cost, ShareVec};

/// x where the condition is 1, y where it is 0; the condition is an arithmetic sharing of 0 and 1.
///
/// Cost: 1 round; one ring element sent per lane and party.
/// # Errors
/// An [`Abort`] of the round.
/// # Panics
/// If lengths differ.
pub async fn select<R: Ring>(
    cx: &Cx,
    condition: &ShareVec<R>,
    x: &ShareVec<R>,
    y: &ShareVec<R>,
) -> Result<ShareVec<R>, Abort> {
    let product = mul::mul(cx, condition, &linear::sub(x, y)).await?;
    Ok(linear::add(&product, y))
}

/// What [`select`] costs.
#[must_use]
pub fn plan<R: Ring>(len: usize) -> Cost {
    mul::plan::<R>(len)
}

/// As [`select`], for a condition of bits (one plane).
///
/// Cost: 3 rounds; 6 ring elements in all per lane.
/// # Errors
/// An [`Abort`] of a round.
pub async fn select_by_bit<R: Ring>(
    cx: &Cx,
    condition: &BitPlanes,
    x: &ShareVec<R>,
    y: &ShareVec<R>,
    rotation: u8,
) -> Result<ShareVec<R>, Abort> {
    let condition = b2a::b2a(cx, condition, rotation).await?;
    select(cx, &condition, x, y).await
}

/// What [`select_by_bit`] costs.
#[must_use]
pub fn by_bit_plan<R: Ring>(len: usize, rotation: u8) -> Cost {
    b2a::plan::<R>(len, 1, rotation) + plan::<R>(len)
}

/// As [`select`], on bits: a condition of one plane over values of any number of planes.
///
/// Cost: 1 round; one bit sent per bit of the values and party.
/// # Errors
/// An [`Abort`] of the round.
/// # Panics
/// If shapes differ or the condition is not one plane.
pub async fn select_bits(cx: &Cx, condition: &BitPlanes, x: &BitPlanes, y: &BitPlanes) -> Result<BitPlanes, Abort> {
    assert_eq!(condition.planes(), 1, "a condition is one plane");
    let spread = condition.select_planes(std::iter::repeat_n(0, x.planes()));
    let product = logic::and(cx, &spread, &linear::xor(x, y)).await?;
    Ok(linear::xor(&product, y))
}
