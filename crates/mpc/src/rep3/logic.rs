//! Logic on shared bits: planes in, planes out, one bit sent per gate and party.

use stoffel_crypto::bits::words_of;
use stoffel_crypto::kernel;

use super::{linear, purpose};
use crate::exec::{Cx, Peer};
use crate::{Abort, BitPlanes, Cost};

/// x ∧ y.
///
/// Cost: 1 round; one bit sent per gate and party.
/// Security: semi-honest, n = 3, t = 1. Source: Araki et al., CCS 2016.
/// # Errors
/// An [`Abort`] of the round.
/// # Panics
/// If shapes differ.
pub async fn and(cx: &Cx, x: &BitPlanes, y: &BitPlanes) -> Result<BitPlanes, Abort> {
    assert!((x.lanes(), x.planes()) == (y.lanes(), y.planes()), "operands of one batch have one shape");
    let mut z = vec![0; x.a().len()];
    kernel::and(cx.masks(cx.next_op(), purpose::PRODUCT), x.parts(), y.parts(), &mut z);
    cx.send_planes(Peer::Prev, &z, x.lanes());
    let due = cx.expect_planes(Peer::Next, x.lanes(), x.planes());
    cx.end_round().await?;
    let w = cx.recv_words(due);
    Ok(BitPlanes::new(z, w, x.lanes(), x.planes()))
}

/// What [`and`] and [`or`] cost.
#[must_use]
pub fn plan(lanes: usize, planes: usize) -> Cost {
    Cost::rounds(1).ring_of_planes(lanes, planes).prg(6 * 8 * words_of(lanes) * planes)
}

/// x ∨ y = ¬(¬x ∧ ¬y).
///
/// Cost: as [`and`].
/// # Errors
/// An [`Abort`] of the round.
pub async fn or(cx: &Cx, x: &BitPlanes, y: &BitPlanes) -> Result<BitPlanes, Abort> {
    let none = and(cx, &linear::not(cx.me(), x), &linear::not(cx.me(), y)).await?;
    Ok(linear::not(cx.me(), &none))
}

/// The conjunction of all planes, lane by lane: one plane.
///
/// Cost: ⌈log2 planes⌉ rounds; planes − 1 bits sent per lane and party.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If there is no plane.
pub async fn all_planes(cx: &Cx, x: &BitPlanes) -> Result<BitPlanes, Abort> {
    assert!(x.planes() > 0, "a conjunction has a first plane");
    let mut left = x.clone();
    while left.planes() > 1 {
        let half = left.planes() / 2;
        let rest = left.slice_planes(2 * half, left.planes() % 2);
        let mut next = and(cx, &left.slice_planes(0, half), &left.slice_planes(half, half)).await?;
        next.extend_planes(&rest);
        left = next;
    }
    Ok(left)
}

/// What [`all_planes`] costs.
#[must_use]
pub fn all_planes_plan(lanes: usize, mut planes: usize) -> Cost {
    let mut cost = Cost::ZERO;
    while planes > 1 {
        cost += plan(lanes, planes / 2);
        planes = planes.div_ceil(2);
    }
    cost
}

/// The conjunction of all lanes of every plane: one lane.
///
/// Cost: ⌈log2 lanes⌉ rounds; lanes − 1 bits sent per plane and party.
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If there is no lane.
pub async fn all_lanes(cx: &Cx, x: &BitPlanes) -> Result<BitPlanes, Abort> {
    assert!(x.lanes() > 0, "a conjunction has a first lane");
    let mut left = x.clone();
    while left.lanes() > 1 {
        let half = left.lanes() / 2;
        let rest = left.slice_lanes(2 * half, left.lanes() % 2);
        let next = and(cx, &left.slice_lanes(0, half), &left.slice_lanes(half, half)).await?;
        left = BitPlanes::concat_lanes(&[&next, &rest]);
    }
    Ok(left)
}

/// The disjunction of all lanes of every plane: one lane.
///
/// Cost: as [`all_lanes`].
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If there is no lane.
pub async fn any_lane(cx: &Cx, x: &BitPlanes) -> Result<BitPlanes, Abort> {
    let none = all_lanes(cx, &linear::not(cx.me(), x)).await?;
    Ok(linear::not(cx.me(), &none))
}

/// What [`all_lanes`] and [`any_lane`] cost.
#[must_use]
pub fn all_lanes_plan(mut lanes: usize, planes: usize) -> Cost {
    let mut cost = Cost::ZERO;
    while lanes > 1 {
        cost += plan(lanes / 2, planes);
        lanes = lanes.div_ceil(2);
    }
    cost
}
