//! Products of shared matrices: shares of both in, shares of the product out, at the price of one product an element.
//!
//! Every element is an inner product, so what is sent is that of [`super::dot`], whatever the inner length.
//! Source: Araki et al., CCS 2016; truncation as in [`super::trunc`].

use stoffel_crypto::{Ring, kernel};

use super::{mul, purpose, trunc};
use crate::exec::Cx;
use crate::{Abort, Cost, ShareVec, pool};

/// Matrices that are multiplied: `axes` are (b, m, k, n) for b pairs of an m × k and a k × n matrix, row-major, one after the other.
#[derive(Clone)]
pub struct Product<R: Ring> {
    /// The left matrices: b · m · k elements.
    pub left: ShareVec<R>,
    /// The right matrices: b · k · n elements.
    pub right: ShareVec<R>,
    /// b, m, k, n.
    pub axes: [usize; 4],
}

impl<R: Ring> Product<R> {
    /// Elements of the result.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.axes[0] * self.axes[1] * self.axes[3]
    }

    /// Whether the result has no element.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds this party's summand of every element, unmasked.
    fn add_summands(&self, z: &mut [R]) {
        let [batch, m, k, n] = self.axes;
        assert_eq!([self.left.len(), self.right.len()], [batch * m * k, batch * k * n], "matrices have their axes");
        for matrix in 0..batch {
            let left = self.left.parts().map(|part| &part[matrix * m * k..][..m * k]);
            let right = self.right.parts().map(|part| &part[matrix * k * n..][..k * n]);
            kernel::add_matrix_product(left, right, [m, k, n], &mut z[matrix * m * n..][..m * n]);
        }
    }
}

fn summands<R: Ring>(products: &[Product<R>]) -> Vec<R> {
    let mut z = pool::take(products.iter().map(Product::len).sum());
    z.fill(R::ZERO);
    let mut at = 0;
    for product in products {
        product.add_summands(&mut z[at..at + product.len()]);
        at += product.len();
    }
    z
}

/// Matrix products, the elements of one after those of the other.
///
/// Cost: 1 round; one ring element sent per element of the results and party, whatever the inner lengths.
/// Security: semi-honest, n = 3, t = 1; as [`super::dot::dot`].
/// # Errors
/// An [`Abort`] of the round.
/// # Panics
/// If a matrix does not have the elements of its axes.
pub async fn matmul<R: Ring>(cx: &Cx, products: &[Product<R>]) -> Result<ShareVec<R>, Abort> {
    let mut z = summands(products);
    kernel::add_zero_sharing(cx.masks(cx.next_op(), purpose::PRODUCT), &mut z);
    mul::reshare(cx, z).await
}

/// What [`matmul`] of `len` elements in all costs.
#[must_use]
pub fn plan<R: Ring>(len: usize) -> Cost {
    mul::plan::<R>(len)
}

/// Matrix products of fixed-point numbers with `m` fraction bits, every element truncated once like [`trunc::dot`].
///
/// Cost: 3 rounds; that of [`trunc::dot`] with a segment per element.
/// Security: semi-honest, n = 3, t = 1; as [`trunc::dot`].
/// # Errors
/// An [`Abort`] of a round.
/// # Panics
/// If a matrix does not have the elements of its axes, or `m` is 0 or above k − 2.
pub async fn truncated<R: Ring>(cx: &Cx, products: &[Product<R>], m: u32, rotation: u8) -> Result<ShareVec<R>, Abort> {
    trunc::fused(cx, summands(products), m, rotation).await
}
