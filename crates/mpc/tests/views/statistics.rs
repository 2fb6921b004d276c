//! Messages over the machine rings are uniform and say nothing about the secret: chi-square per byte, where enumeration is out of reach.

use stoffel_mpc::ShareVec;
use stoffel_mpc::rep3::{b2a, ltz, mul, share, trunc};
use stoffel_mpc::sim::Sim;

const LANES: usize = 1 << 14;

/// Chi-square of byte values against the uniform distribution: 255 degrees of freedom, mean 255, deviation 22.6.
fn chi_square(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let expected = bytes.len() as f64 / 256.0;
    counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum()
}

/// Chi-square of two samples of equal size against each other.
fn two_samples(x: &[u8], y: &[u8]) -> f64 {
    let mut counts = [[0f64; 2]; 256];
    for (side, bytes) in [x, y].into_iter().enumerate() {
        for byte in bytes {
            counts[usize::from(*byte)][side] += 1.0;
        }
    }
    counts.iter().map(|[x, y]| (x - y).powi(2) / (x + y)).sum()
}

/// Six deviations: by chance about once in 10^8 for each of the fixed seeds.
const BOUND: f64 = 255.0 + 6.0 * 22.6;

fn transcripts(seed: u64, secret: u64) -> Vec<Vec<u8>> {
    let mut sim = Sim::new(seed);
    let (prg, op) = sim.dealer();
    let shares: [ShareVec<u64>; 3] = share::deal(prg, op, &vec![secret; LANES]);
    sim.run(|cx, i| {
        let x = shares[i].clone();
        async move {
            let y = mul::mul(&cx, &x, &x).await?;
            let sign = ltz::ltz(&cx, &y, 64, ltz::Circuit::Tree, 1).await?;
            b2a::b2a::<u64>(&cx, &sign, 0).await?;
            trunc::trunc(&cx, &x, 16, 2).await
        }
    })
    .unwrap();
    (0..9).map(|link| sim.transcript(link / 3, link % 3).to_vec()).filter(|bytes| !bytes.is_empty()).collect()
}

#[test]
fn messages_are_uniform_bytes_for_any_secret() {
    let [zeros, edges] = [(1, 0), (2, 1u64 << 61)].map(|(seed, secret)| transcripts(seed, secret));
    for (x, y) in zeros.iter().zip(&edges) {
        assert_eq!(x.len(), y.len(), "lengths do not depend on secrets");
        for bytes in [x, y] {
            assert!(chi_square(bytes) < BOUND, "chi-square {}", chi_square(bytes));
            let differences: Vec<u8> = bytes.windows(2).map(|w| w[0].wrapping_sub(w[1])).collect();
            assert!(chi_square(&differences) < BOUND, "neighbours are correlated: {}", chi_square(&differences));
        }
        assert!(two_samples(x, y) < BOUND);
    }
}
