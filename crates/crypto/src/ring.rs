//! The rings Z/2^k that sharings live in: wrapping words in, wrapping words out.
//!
//! Protocol code is generic over [`Ring`], so that the code that runs on `u64` is the code whose views are enumerated
//! exhaustively over [`ZSmall`]. Not here: fields, signs (a ring element has none).

use zeroize::{DefaultIsZeroes, Zeroize};

/// Integers modulo 2^[`Ring::BITS`].
///
/// Every method wraps. The memory form of the machine words is the wire form, little endian.
pub trait Ring: Copy + Eq + Default + Zeroize + Send + Sync + 'static {
    /// k of Z/2^k.
    const BITS: u32;
    /// The neutral element of addition.
    const ZERO: Self;
    /// The neutral element of multiplication.
    const ONE: Self;

    /// Sum.
    #[must_use]
    fn add(self, other: Self) -> Self;
    /// Difference.
    #[must_use]
    fn sub(self, other: Self) -> Self;
    /// Product.
    #[must_use]
    fn mul(self, other: Self) -> Self;
    /// Negative.
    #[must_use]
    fn neg(self) -> Self {
        Self::ZERO.sub(self)
    }
    /// Multiplied by 2^`by`; zero from `by` = k on.
    #[must_use]
    fn shl(self, by: u32) -> Self;
    /// Logical shift right: the quotient of the representative in [0, 2^k); zero from `by` = k on.
    #[must_use]
    fn shr(self, by: u32) -> Self;
    /// The low bits of a word.
    #[must_use]
    fn from_u128(word: u128) -> Self;
    /// The representative in [0, 2^k).
    #[must_use]
    fn to_u128(self) -> u128;
    /// The elements as their little-endian wire bytes, where memory form and wire form agree.
    fn as_bytes(elements: &[Self]) -> Option<&[u8]>;
    /// As [`Ring::as_bytes`], for writing.
    fn as_bytes_mut(elements: &mut [Self]) -> Option<&mut [u8]>;

    /// The residue modulo 2^`width` as an element; the element itself from `width` = k on.
    #[must_use]
    #[inline(always)]
    fn low(self, width: u32) -> Self {
        if width >= Self::BITS { self } else { Self::from_u128(self.to_u128() & ((1 << width) - 1)) }
    }
    /// Bit `index` of the representative.
    #[must_use]
    #[inline(always)]
    fn bit(self, index: u32) -> bool {
        self.shr(index).to_u128() & 1 == 1
    }
    /// 0 or 1.
    #[must_use]
    fn from_bit(bit: bool) -> Self {
        Self::from_u128(u128::from(bit))
    }
    /// 2^`exponent`; zero from `exponent` = k on.
    #[must_use]
    fn power_of_two(exponent: u32) -> Self {
        Self::ONE.shl(exponent)
    }
    /// The representative in [-2^(k-1), 2^(k-1)).
    #[must_use]
    fn to_i128(self) -> i128 {
        let unused = 128 - Self::BITS;
        ((self.to_u128() << unused) as i128) >> unused
    }
    /// The residue of a signed number.
    #[must_use]
    fn from_i128(value: i128) -> Self {
        Self::from_u128(value as u128)
    }
}

macro_rules! machine_rings {
    ($($word:ty),*) => {$(
        impl Ring for $word {
            const BITS: u32 = <$word>::BITS;
            const ZERO: Self = 0;
            const ONE: Self = 1;

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            #[inline(always)]
            fn shl(self, by: u32) -> Self {
                self.checked_shl(by).unwrap_or(0)
            }
            #[inline(always)]
            fn shr(self, by: u32) -> Self {
                self.checked_shr(by).unwrap_or(0)
            }
            #[inline(always)]
            fn from_u128(word: u128) -> Self {
                word as Self
            }
            #[inline(always)]
            fn to_u128(self) -> u128 {
                self as u128
            }
            #[inline]
            fn as_bytes(elements: &[Self]) -> Option<&[u8]> {
                cfg!(target_endian = "little").then(|| bytemuck::cast_slice(elements))
            }
            #[inline]
            fn as_bytes_mut(elements: &mut [Self]) -> Option<&mut [u8]> {
                cfg!(target_endian = "little").then(|| bytemuck::cast_slice_mut(elements))
            }
        }
    )*};
}

machine_rings!(u8, u16, u32, u64, u128);

/// Z/2^K for 1 ≤ K ≤ 7: small enough to enumerate every view of a protocol.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ZSmall<const K: u32>(u8);

impl<const K: u32> ZSmall<K> {
    const MASK: u8 = {
        assert!(K >= 1 && K <= 7, "ZSmall is for rings below a byte");
        (1 << K) - 1
    };

    /// Every element, ascending.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=Self::MASK).map(Self)
    }
}

impl<const K: u32> DefaultIsZeroes for ZSmall<K> {}

impl<const K: u32> Ring for ZSmall<K> {
    const BITS: u32 = K;
    const ZERO: Self = Self(0);
    const ONE: Self = Self(1);

    fn add(self, other: Self) -> Self {
        Self((self.0 + other.0) & Self::MASK)
    }
    fn sub(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0) & Self::MASK)
    }
    fn mul(self, other: Self) -> Self {
        Self(self.0.wrapping_mul(other.0) & Self::MASK)
    }
    fn shl(self, by: u32) -> Self {
        Self(self.0.checked_shl(by).unwrap_or(0) & Self::MASK)
    }
    fn shr(self, by: u32) -> Self {
        Self(self.0.checked_shr(by).unwrap_or(0))
    }
    fn from_u128(word: u128) -> Self {
        Self(word as u8 & Self::MASK)
    }
    fn to_u128(self) -> u128 {
        u128::from(self.0)
    }
    fn as_bytes(_: &[Self]) -> Option<&[u8]> {
        None
    }
    fn as_bytes_mut(_: &mut [Self]) -> Option<&mut [u8]> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laws<R: Ring>() {
        let edge = [0u128, 1, 2, 3, (1 << (R::BITS - 1)) - 1, 1 << (R::BITS - 1), u128::MAX, u128::MAX - 1];
        let modulus = |w: u128| if R::BITS == 128 { w } else { w & ((1 << R::BITS) - 1) };
        for a in edge {
            for b in edge {
                let (x, y) = (R::from_u128(a), R::from_u128(b));
                assert_eq!(x.add(y).to_u128(), modulus(a.wrapping_add(b)));
                assert_eq!(x.sub(y).to_u128(), modulus(a.wrapping_sub(b)));
                assert_eq!(x.mul(y).to_u128(), modulus(a.wrapping_mul(b)));
            }
            let x = R::from_u128(a);
            assert_eq!(x.neg().to_u128(), modulus(a.wrapping_neg()));
            assert_eq!(R::from_i128(x.to_i128()).to_u128(), x.to_u128());
            for by in [0, 1, R::BITS - 1, R::BITS, 200] {
                assert_eq!(x.shl(by).to_u128(), modulus(a.checked_shl(by).unwrap_or(0)));
                assert_eq!(x.shr(by).to_u128(), modulus(a).checked_shr(by).unwrap_or(0));
            }
        }
        assert_eq!(R::from_u128(u128::MAX).to_i128(), -1);
    }

    #[test]
    fn every_ring_agrees_with_arithmetic_modulo_a_power_of_two() {
        laws::<u8>();
        laws::<u16>();
        laws::<u32>();
        laws::<u64>();
        laws::<u128>();
        laws::<ZSmall<1>>();
        laws::<ZSmall<3>>();
        laws::<ZSmall<7>>();
    }
}
