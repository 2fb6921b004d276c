//! Share components of two matrices in, this party's summand of their product out: blocks that stay in caches.
//!
//! Z += X_i·(Y_i + Y_{i+1}) + X_{i+1}·Y_i. [`STEPS`] rows of the right factors, cut to [`COLUMNS`] columns, stay in the first-level cache while
//! every row of the result passes; each of its elements is loaded once for so many rows.

use zeroize::Zeroize;

use crate::Ring;
use crate::dispatch::{Kernel, run};

/// Columns of a block.
const COLUMNS: usize = 256;
/// Rows of the right factors that are multiplied at a time.
const STEPS: usize = 4;

/// Adds this party's summand of the m × n product of an m × k and a k × n matrix, row-major, to `z`.
///
/// # Panics
/// If lengths are not those of the axes.
pub fn add_matrix_product<R: Ring>(x: [&[R]; 2], y: [&[R]; 2], [m, k, n]: [usize; 3], z: &mut [R]) {
    assert!(x.iter().all(|x| x.len() == m * k) && y.iter().all(|y| y.len() == k * n), "matrices have their axes");
    assert_eq!(z.len(), m * n, "matrices have their axes");
    run(Product { x, y, axes: [m, k, n], z });
}

struct Product<'a, R> {
    x: [&'a [R]; 2],
    y: [&'a [R]; 2],
    axes: [usize; 3],
    z: &'a mut [R],
}

impl<R: Ring> Kernel for Product<'_, R> {
    #[inline(always)]
    fn run(self) {
        let [m, k, n] = self.axes;
        // Rows beyond the last are multiplied by zero.
        let mut rows = [[[R::ZERO; COLUMNS]; STEPS]; 2];
        for column in (0..n).step_by(COLUMNS) {
            let columns = COLUMNS.min(n - column);
            for start in (0..k).step_by(STEPS) {
                let steps = STEPS.min(k - start);
                let [sums, owns] = &mut rows;
                for t in 0..steps {
                    let at = (start + t) * n + column;
                    let (y0, y1) = (&self.y[0][at..at + columns], &self.y[1][at..at + columns]);
                    owns[t][..columns].copy_from_slice(y0);
                    for c in 0..columns {
                        sums[t][c] = y0[c].add(y1[c]);
                    }
                }
                let [sums, owns] = &rows;
                for row in 0..m {
                    let mut factors = [[R::ZERO; STEPS]; 2];
                    for (factors, x) in factors.iter_mut().zip(self.x) {
                        factors[..steps].copy_from_slice(&x[row * k + start..][..steps]);
                    }
                    add_rows(&mut self.z[row * n + column..][..columns], sums, owns, factors);
                }
            }
        }
        rows.as_flattened_mut().as_flattened_mut().iter_mut().zeroize();
    }
}

/// Adds multiples of rows; one loop over elements, which the compiler vectorises.
#[inline(always)]
fn add_rows<R: Ring>(
    z: &mut [R],
    [s0, s1, s2, s3]: &[[R; COLUMNS]; STEPS],
    [o0, o1, o2, o3]: &[[R; COLUMNS]; STEPS],
    [f, g]: [[R; STEPS]; 2],
) {
    let n = z.len().min(COLUMNS);
    let z = &mut z[..n];
    let (s0, s1, s2, s3) = (&s0[..n], &s1[..n], &s2[..n], &s3[..n]);
    let (o0, o1, o2, o3) = (&o0[..n], &o1[..n], &o2[..n], &o3[..n]);
    for c in 0..n {
        let first = f[0].mul(s0[c]).add(g[0].mul(o0[c])).add(f[1].mul(s1[c])).add(g[1].mul(o1[c]));
        let second = f[2].mul(s2[c]).add(g[2].mul(o2[c])).add(f[3].mul(s3[c])).add(g[3].mul(o3[c]));
        z[c] = z[c].add(first).add(second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Addr, Prg};

    fn noise<R: Ring>(len: usize, seed: u8) -> Vec<R> {
        let mut out = vec![R::ZERO; len];
        Prg::new([seed; 16]).fill(Addr { op: 7, purpose: 0 }, 0, &mut out);
        out
    }

    fn check<R: Ring>() {
        for [m, k, n] in
            [[1, 1, 1], [3, 5, 2], [4, 16, 16], [5, 129, 17], [9, 300, 33], [2, 0, 3], [0, 2, 2], [3, 6, 600]]
        {
            let [x0, x1] = [1, 2].map(|seed| noise::<R>(m * k, seed));
            let [y0, y1] = [3, 4].map(|seed| noise::<R>(k * n, seed));
            let start = noise::<R>(m * n, 5);
            let mut z = start.clone();
            add_matrix_product([&x0, &x1], [&y0, &y1], [m, k, n], &mut z);
            for i in 0..m {
                for j in 0..n {
                    let expected = (0..k).fold(start[i * n + j], |sum, t| {
                        let (x, y) = (i * k + t, t * n + j);
                        sum.add(x0[x].mul(y0[y].add(y1[y]))).add(x1[x].mul(y0[y]))
                    });
                    assert!(z[i * n + j] == expected, "element {i}, {j} of {m} x {k} x {n}");
                }
            }
        }
    }

    #[test]
    fn products_are_sums_of_products_whatever_the_axes() {
        check::<u64>();
        check::<u128>();
        check::<crate::ZSmall<3>>();
    }
}
