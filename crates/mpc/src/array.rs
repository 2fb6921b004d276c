//! Operations on whole arrays: the moves and sums of lanes that no element-wise operation is.
//!
//! An array is a vector of its elements in row-major order; its axis lengths are public and stand in the operation.
//! Element-wise work on arrays is [`crate::Engine::op`] on vectors.

use stoffel_value::ScalarTy;

/// One operation on arrays of a format. Operands are whole vectors, public or secret, as long as the axes say.
#[derive(Clone, Copy, Debug)]
pub enum ArrayOp<'a> {
    /// The lanes of the operand at these places, each below its length; any lane any number of times. Never of an operand that
    /// is public.
    Pick(ScalarTy, &'a [u32]),
    /// Sums along the middle one of three axes (outer, summed, inner): outer · inner results.
    SumAxis(ScalarTy, [u32; 3]),
    /// Running sums along the middle one of three axes.
    CumSum(ScalarTy, [u32; 3]),
    /// For axes (b, m, k, n): b products of an m × k by a k × n matrix, one after the other. Every element is rounded once.
    MatMul(ScalarTy, [u32; 4]),
}

impl ArrayOp<'_> {
    /// Format of operands and result.
    #[must_use]
    pub const fn ty(self) -> ScalarTy {
        match self {
            Self::Pick(ty, _) | Self::SumAxis(ty, _) | Self::CumSum(ty, _) | Self::MatMul(ty, _) => ty,
        }
    }

    /// Name in statistics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pick(..) => "pick",
            Self::SumAxis(..) => "sum of an axis",
            Self::CumSum(..) => "running sum",
            Self::MatMul(..) => "matrix product",
        }
    }
}
