//! Logic on shared bits: planes in, planes out, one bit sent per gate and party.

use stoffel_crypto::bits::words_of;
use stoffel_crypto::kernel::{self, Gate, Masks};

use super::{linear, purpose};
use crate::exec::{Cx, Peer};
use crate::{Abort, BitPlanes, Cost, pool};

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
    gates(cx, x.lanes(), &(0..x.planes()).map(|j| Gate::and(x.plane(j), y.plane(j))).collect::<Vec<_>>()).await
}

/// One plane per gate, operands where they are.
///
/// Cost: as [`and`] of as many planes.
/// Security: as [`and`]; what is added to operands and results is local.
/// # Errors
/// An [`Abort`] of the round.
/// # Panics
/// If a plane does not have the words of `lanes`.
pub(super) async fn gates(cx: &Cx, lanes: usize, gates: &[Gate<'_>]) -> Result<BitPlanes, Abort> {
    let (words, planes) = (words_of(lanes), gates.len());
    let mut z = pool::take(words * planes);
    let masks = cx.masks(cx.next_op(), purpose::PRODUCT);
    cx.send_plane_pieces(Peer::Prev, lanes, planes, |piece| {
        for (j, gate) in gates.iter().enumerate() {
            let masks = Masks { first: (j * words) as u64, ..masks };
            kernel::and(masks, *gate, &mut z[j * words..(j + 1) * words], &mut *piece);
        }
    });
    let due = cx.expect_planes(Peer::Next, lanes, planes);
    cx.end_round().await?;
    let mut w = pool::take(words * planes);
    cx.with(due, |bytes| {
        for (j, gate) in gates.iter().enumerate() {
            let range = j * words..(j + 1) * words;
            add_bytes(&mut w[range.clone()], &bytes[8 * range.start..8 * range.end], gate.plus[1]);
        }
    });
    Ok(BitPlanes::new(z, w, lanes, planes))
}

/// Overwrites words with those of a message, plus others.
fn add_bytes(out: &mut [u64], bytes: &[u8], plus: Option<&[u64]>) {
    let words = bytes.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
    match plus {
        None => out.iter_mut().zip(words).for_each(|(out, word)| *out = word),
        Some(plus) => out.iter_mut().zip(words).zip(plus).for_each(|((out, word), plus)| *out = word ^ plus),
    }
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
    // Results so far; of an odd number of planes the last one waits beside them.
    let mut made: Vec<BitPlanes> = Vec::new();
    let mut left: Vec<(usize, usize)> = (0..x.planes()).map(|j| (0, j)).collect();
    while left.len() > 1 {
        let of = |(matrix, j): (usize, usize)| if matrix == 0 { x.plane(j) } else { made[matrix - 1].plane(j) };
        let half = left.len() / 2;
        let gates: Vec<Gate<'_>> = (0..half).map(|j| Gate::and(of(left[j]), of(left[half + j]))).collect();
        let next = self::gates(cx, x.lanes(), &gates).await?;
        let rest = left[2 * half..].to_vec();
        made.push(next);
        left = (0..half).map(|j| (made.len(), j)).chain(rest).collect();
    }
    Ok(made.pop().unwrap_or_else(|| x.clone()))
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
