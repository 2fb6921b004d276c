//! Values in, opened results and measured cost out.

use std::future::Future;

use stoffel_crypto::Ring;
use stoffel_crypto::bits::{from_planes, to_planes};
use stoffel_mpc::exec::Cx;
use stoffel_mpc::rep3::share;
use stoffel_mpc::sim::Sim;
use stoffel_mpc::{Abort, BitPlanes, Cost, ShareVec};

/// The lengths at which costs are checked: none, one, ragged, whole words.
pub(crate) const LENGTHS: [usize; 5] = [0, 1, 3, 64, 130];

/// Shares of all parties.
pub(crate) fn deal<R: Ring>(sim: &mut Sim, values: &[R]) -> [ShareVec<R>; 3] {
    let (prg, op) = sim.dealer();
    share::deal(prg, op, values)
}

/// Shares of all parties, of the low `planes` bits of each value.
pub(crate) fn deal_bits(sim: &mut Sim, values: &[u64], planes: usize) -> [BitPlanes; 3] {
    let (prg, op) = sim.dealer();
    share::deal_bits(prg, op, &to_planes(values, planes as u32), values.len(), planes)
}

/// Runs a step, asserts that it cost what was planned, and gives all shares of its result.
pub(crate) fn run<T: 'static, F>(sim: &mut Sim, plan: Cost, step: impl Fn(Cx, usize) -> F) -> [T; 3]
where
    F: Future<Output = Result<T, Abort>> + 'static,
{
    let before = sim.measured();
    let results = sim.run(step).expect("no fault was injected");
    let after = sim.measured();
    assert_eq!(after, before + plan, "measured cost is the planned one");
    results
}

/// The values of shared bits, one number per lane.
pub(crate) fn numbers(shares: &[BitPlanes; 3]) -> Vec<u64> {
    from_planes(&share::reconstruct_bits(shares), shares[0].lanes())
}

/// Replicated components agree between neighbours.
pub(crate) fn assert_consistent<R: Ring>(shares: &[ShareVec<R>; 3]) {
    for i in 0..3 {
        assert!(shares[i].b() == shares[(i + 1) % 3].a(), "parties {i} and the next hold one component");
    }
}

/// As [`assert_consistent`], up to the bits beyond the lanes.
pub(crate) fn assert_consistent_bits(shares: &[BitPlanes; 3]) {
    for i in 0..3 {
        let strip = |words: &[u64]| from_planes::<u128>(words, shares[0].lanes());
        assert!(strip(shares[i].b()) == strip(shares[(i + 1) % 3].a()), "parties {i} and the next hold one component");
    }
}

/// 0, ±1, the bounds, the bounds of the slack and their neighbours, a few others: all signed `bits`-bit values.
pub(crate) fn edges(bits: u32) -> Vec<i128> {
    let max = i128::MAX >> (128 - bits);
    let quarter = 1i128 << (bits - 2);
    let mut values = vec![0, 1, -1, 2, -2, max, -max - 1, max - 1, -max, quarter, -quarter, quarter - 1, quarter + 1];
    values.extend([-quarter - 1, -quarter + 1, max / 3, -(max / 3), max / 7 * 5, -(max / 5)]);
    values.retain(|v| (-max - 1..=max).contains(v));
    values.sort_unstable();
    values.dedup();
    values
}

/// Edge values as elements.
pub(crate) fn edge_elements<R: Ring>() -> Vec<R> {
    edges(R::BITS).into_iter().map(R::from_i128).collect()
}

/// Pseudorandom elements.
pub(crate) fn noise<R: Ring>(sim: &mut Sim, len: usize) -> Vec<R> {
    let words = sim.noise(2 * len);
    words.chunks(2).map(|w| R::from_u128(u128::from(w[0]) << 64 | u128::from(w[1]))).collect()
}
