//! Axis lengths of arrays in, lengths and places of what is made of them out: the only code that knows how arrays are laid out.
//!
//! Elements stand in row-major order. A place is a position in that order. Source: LANGUAGE §13.

use stoffel_value::{AXES_MAX, TrapCode};

/// Number of elements; R0203 if it does not fit a length, or if there are more axes than [`AXES_MAX`].
pub(crate) fn size(axes: &[u32]) -> Result<u32, TrapCode> {
    if axes.len() > AXES_MAX {
        return Err(TrapCode::Shape);
    }
    if axes.contains(&0) {
        return Ok(0);
    }
    axes.iter().try_fold(1u32, |size, len| size.checked_mul(*len)).ok_or(TrapCode::Shape)
}

/// The axes of an element-wise result: aligned at the last axis, a length of 1 is repeated; R0203.
pub(crate) fn broadcast(a: &[u32], b: &[u32]) -> Result<Vec<u32>, TrapCode> {
    let rank = a.len().max(b.len());
    let len = |axes: &[u32], at: usize| (at + axes.len()).checked_sub(rank).map_or(1, |at| axes[at]);
    (0..rank)
        .map(|at| match (len(a, at), len(b, at)) {
            (x, y) if x == y => Ok(x),
            (1, y) => Ok(y),
            (x, 1) => Ok(x),
            _ => Err(TrapCode::Shape),
        })
        .collect()
}

/// The places of an array, repeated to wider axes that [`broadcast`] gave; `None` if every element keeps its place.
pub(crate) fn repeated(from: &[u32], to: &[u32]) -> Option<Vec<u32>> {
    let missing = to.len() - from.len();
    if to[..missing].iter().all(|len| *len == 1) && from == &to[missing..] {
        return None;
    }
    let own = strides(from);
    let steps: Vec<u32> = (0..to.len())
        .map(|at| match at.checked_sub(missing) {
            Some(at) if from[at] != 1 => own[at],
            _ => 0,
        })
        .collect();
    Some(walk(0, to, &steps))
}

/// Distance between neighbours along each axis.
pub(crate) fn strides(axes: &[u32]) -> Vec<u32> {
    let mut out = vec![1u32; axes.len()];
    for at in (1..axes.len()).rev() {
        // Sizes fit, so strides do; an array without elements has no places to reach.
        out[at - 1] = out[at].wrapping_mul(axes[at]);
    }
    out
}

/// Places `first + Σ i·step` over all index tuples of `axes`, the last axis fastest. Steps may be negative (two's complement).
pub(crate) fn walk(first: u32, axes: &[u32], steps: &[u32]) -> Vec<u32> {
    let mut out = vec![first];
    if axes.contains(&0) {
        return Vec::new();
    }
    for (len, step) in axes.iter().zip(steps) {
        let mut next = Vec::with_capacity(out.len() * *len as usize);
        for place in out {
            next.extend((0..*len).map(|i| place.wrapping_add(step.wrapping_mul(i))));
        }
        out = next;
    }
    out
}

/// The axis that a number names, negative ones counting from the end; R0203.
pub(crate) fn axis(rank: usize, axis: i64) -> Result<usize, TrapCode> {
    let at = if axis < 0 { axis.checked_add(rank as i64) } else { Some(axis) };
    at.and_then(|at| usize::try_from(at).ok()).filter(|at| *at < rank).ok_or(TrapCode::Shape)
}

/// Sizes before, of and after an axis.
pub(crate) fn around(axes: &[u32], axis: usize) -> [u32; 3] {
    let product = |axes: &[u32]| axes.iter().fold(1u32, |size, len| size.wrapping_mul(*len));
    [product(&axes[..axis]), axes[axis], product(&axes[axis + 1..])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_one_are_repeated() {
        assert_eq!(broadcast(&[4, 1, 2], &[3, 2]), Ok(vec![4, 3, 2]));
        assert_eq!(broadcast(&[], &[3]), Ok(vec![3]));
        assert_eq!(broadcast(&[2, 0], &[1]), Ok(vec![2, 0]));
        assert_eq!(broadcast(&[2], &[3]), Err(TrapCode::Shape));
        assert_eq!(repeated(&[2], &[3, 2]), Some(vec![0, 1, 0, 1, 0, 1]));
        assert_eq!(repeated(&[2, 1], &[2, 2]), Some(vec![0, 0, 1, 1]));
        assert_eq!(repeated(&[2], &[1, 2]), None);
    }

    #[test]
    fn axes_count_from_both_ends() {
        assert_eq!(axis(3, -1), Ok(2));
        assert_eq!(axis(3, 3), Err(TrapCode::Shape));
        assert_eq!(axis(0, 0), Err(TrapCode::Shape));
        assert_eq!(around(&[2, 3, 4], 1), [2, 3, 4]);
        assert_eq!(size(&[1 << 16, 1 << 16]), Err(TrapCode::Shape));
        assert_eq!(size(&[1 << 16, 1 << 16, 0]), Ok(0));
    }
}
