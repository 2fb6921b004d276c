//! Words of scalar formats in, cut words and exact sums out.

use stoffel_value::ScalarTy;

/// Whether words of the format are sign-extended.
pub(crate) const fn is_signed(ty: ScalarTy) -> bool {
    match ty {
        ScalarTy::Int(t) => t.is_signed(),
        ScalarTy::Fix(_) => true,
        ScalarTy::Bool | ScalarTy::Float => false,
    }
}

/// Four bytes that name a format, for hashes.
pub(crate) const fn code(ty: ScalarTy) -> [u8; 4] {
    match ty {
        ScalarTy::Bool => [0, 1, 0, 0],
        ScalarTy::Int(t) => [1, t as u8, 0, 0],
        ScalarTy::Fix(t) => [2, t.k() as u8, t.f() as u8, 0],
        ScalarTy::Float => [3, 0, 0, 0],
    }
}

/// The low bits that the format holds, extended back to a word: what an opening discloses of `word`.
pub(crate) const fn cut(ty: ScalarTy, word: u64) -> u64 {
    let spare = 64 - ty.bits();
    if is_signed(ty) { ((word << spare) as i64 >> spare) as u64 } else { word << spare >> spare }
}

/// Sum of products, kept exactly: products of words reach 2^126 and there may be 2^32 of them.
#[derive(Clone, Copy, Default)]
pub(crate) struct DotSum {
    high: i128,
    low: u128,
}

impl DotSum {
    /// Adds one product.
    pub(crate) fn add(&mut self, product: i128) {
        self.high += product >> 64;
        self.low += (product as u128) & u128::from(u64::MAX);
    }

    /// The sum, if 128 bits hold it (a sum beyond is out of range of every format).
    pub(crate) fn total(self) -> Option<i128> {
        let high = self.high + (self.low >> 64) as i128;
        let low = self.low & u128::from(u64::MAX);
        i64::try_from(high).ok().map(|high| (i128::from(high) << 64) | low as i128)
    }
}

/// `value / 2^bits`, rounded to nearest, ties to even.
pub(crate) const fn round_shift(value: i128, bits: u32) -> i128 {
    if bits == 0 {
        return value;
    }
    let floor = value >> bits;
    let rest = value - (floor << bits);
    let half = 1i128 << (bits - 1);
    if rest > half || (rest == half && floor & 1 == 1) { floor + 1 } else { floor }
}

#[cfg(test)]
mod tests {
    use stoffel_value::IntTy;

    use super::*;

    #[test]
    fn cut_keeps_the_low_bits_and_extends_them() {
        assert_eq!(cut(ScalarTy::Int(IntTy::U8), 261), 5);
        assert_eq!(cut(ScalarTy::Int(IntTy::I8), 0x80), (-128i64) as u64);
        assert_eq!(cut(ScalarTy::I64, u64::MAX), u64::MAX);
        assert_eq!(cut(ScalarTy::Bool, 2), 0);
    }

    #[test]
    fn sums_of_products_carry_across_the_halves() {
        let mut sum = DotSum::default();
        for _ in 0..3 {
            sum.add(i128::from(i64::MIN) * i128::from(i64::MIN));
        }
        assert_eq!(sum.total(), None);
        let mut sum = DotSum::default();
        for product in [-1, i128::from(u64::MAX), -5] {
            sum.add(product);
        }
        assert_eq!(sum.total(), Some(i128::from(u64::MAX) - 6));
    }

    #[test]
    fn rounding_breaks_ties_to_even() {
        assert_eq!(round_shift(3, 1), 2);
        assert_eq!(round_shift(1, 1), 0);
        assert_eq!(round_shift(-3, 1), -2);
        assert_eq!(round_shift(-1, 1), 0);
        assert_eq!(round_shift(7, 2), 2);
    }
}
