//! Quotients and remainders, exact for integers and for `// % mod` of fixed-point numbers, and quotients of fixed-point numbers.
//!
//! A divisor b is scaled by v = 2^(L − len) to δ = |b|·v / 2^L in [1/2, 1], whose reciprocal w comes from w0 = (45 − 30δ)/16, off by at most
//! 1/16, and Goldschmidt steps w ← w·(1 + e), e ← e². Then a/|b| = a·v·w / 2^L: one digit of the quotient, as precise as w; a second
//! digit from the remainder makes it as precise as need be. An exact quotient lacks or exceeds the digits by at most 1, which two
//! comparisons of the remainder tell. A divisor of zero has v = 0; the result is made 0. All errors are bounded in `Shape`.
//! Cost, bits of all parties for one quotient while links are fast (bits of v go into the ring one by one): int64 57 rounds, 40,480 bits;
//! int32 51, 12,641; uint8 36, 5,044; fix64 34, 31,246; fix32 32, 9,508; int64 by a public number 31, 5,395, by a public power of two
//! 18, 1,797; asserted in `tests/store/rounds.rs`.
//! Source: Goldschmidt's division; Catrina and Saxena (FC 2010) for the normalisation.

use stoffel_value::{BinOp, FixTy, IntTy, ScalarTy, TrapCode, to_i128};

use super::{UNSUPPORTED, domain_of};
use crate::Arg;
use crate::store::build::{Builder, Val};
use crate::store::node::{Code, Domain, SIGNED};

/// Sizes of one division. With k bits of each operand, e = |1 − w·δ| ≤ 16^(−2^steps) + 12·2^(−precision).
#[derive(Clone, Copy)]
struct Shape {
    /// Where the work is done.
    ring: Domain,
    /// Bits of a divisor's size, L.
    len: u32,
    /// Fraction bits of δ and w.
    precision: u32,
    /// Goldschmidt steps.
    steps: u32,
    /// Digits of the quotient.
    digits: u32,
    /// Low bits of the dividend that the first digit does without, so that a·v fits the ring.
    spared: u32,
    /// Guard bits of the last digit.
    guard: u32,
}

impl Shape {
    /// For exact division of numbers of `k` bits. The last digit's guard keeps its error below 1 + 1/32: |q|·e of the last digit is at most
    /// 1/64, its rounding before the product with w 2^(1−10), the one after it 1.
    ///
    /// Z/2^64, up to 16 bits: e < 2^−22, a quotient below 2^16. Up to 32 bits: two digits; the remainder after the first is below
    /// |a|·2^−22 + 8 + 2|b|, so the second digit is below 2^10 + 10. Products: a·v ≤ 2^61, digits ≤ 2^(33+27).
    /// Z/2^128: e < 2^−44; the second digit is below 2^20 + 10. Products: a·v ≤ 2^125, digits ≤ 2^(65+49).
    const fn exact(k: u32, signed: bool, home: Domain) -> Self {
        let narrow = k <= 32 && matches!(home, Domain::Z64);
        let tight = !signed && (k == 32 || k == 64);
        Self {
            ring: if narrow { Domain::Z64 } else { Domain::Z128 },
            len: if signed { k - 1 } else { k },
            precision: if narrow { 26 } else { 48 },
            steps: if narrow { 3 } else { 4 },
            digits: if k <= 16 || (!narrow && k <= 36) { 1 } else { 2 },
            spared: if tight { 2 } else { 0 },
            guard: 10,
        }
    }

    /// For x / y of a fixed format, within 2u·max(1, |q|): the last rounding is off by less than 1 unit, the one before the product with w
    /// by at most 1/2, and |q|·e is below |q|·0.44·2^(−f).
    ///
    /// One digit while w has f + 6 bits and the quotient room beside it; else two of 40 bits.
    const fn fixed(k: u32, f: u32, home: Domain) -> Self {
        let narrow = matches!(home, Domain::Z64) && k + f <= 54 && f <= 22 && (k <= 32 || 2 * k <= 63 + f);
        let one = narrow || (k + f <= 118 && f <= 54);
        Self {
            ring: if narrow { Domain::Z64 } else { Domain::Z128 },
            len: k - 1,
            precision: if one { f + 6 } else { 40 },
            steps: if one { (f + 2).div_ceil(4).next_power_of_two().ilog2() } else { 4 },
            digits: if one { 1 } else { 2 },
            spared: 0,
            guard: 2,
        }
    }
}

/// A divisor in the ring of the work.
struct Divisor {
    /// |b|.
    size: Val,
    /// 1 or −1; `None` for an unsigned one.
    sign: Option<Val>,
    /// v.
    scale: Val,
    /// w · 2^precision.
    inverse: Val,
    /// 1 unless b = 0; `None` for a public one.
    nonzero: Option<Val>,
}

impl Builder {
    /// `/ // % mod` of two integers; a public divisor is not 0.
    pub(super) fn divide_int(&mut self, op: BinOp, int: IntTy, x: &Arg<'_>, y: &Arg<'_>) -> Result<Val, TrapCode> {
        let ty = ScalarTy::Int(int);
        if let Arg::Word(word) = *y
            && let Some(result) = self.by_power_of_two(op, int, x, to_i128(ty, word))
        {
            return result;
        }
        self.divide_exactly(op, ty, x, y)
    }

    /// `// % mod` of two fixed-point numbers: those of their grid integers; the quotient then counts whole units.
    pub(super) fn divide_grid(&mut self, op: BinOp, fix: FixTy, x: &Arg<'_>, y: &Arg<'_>) -> Result<Val, TrapCode> {
        let result = self.divide_exactly(op, ScalarTy::Fix(fix), x, y)?;
        Ok(if op == BinOp::FloorDiv { self.mul(&result, &Val::Word(1 << fix.f())) } else { result })
    }

    /// x / y of two fixed-point numbers with a secret divisor.
    pub(super) fn divide_fix(&mut self, fix: FixTy, x: Val, y: Val) -> Result<Val, TrapCode> {
        let ty = ScalarTy::Fix(fix);
        let shape = Shape::fixed(fix.k(), fix.f(), domain_of(ty));
        let divisor = self.divisor(ty, y, shape)?;
        let x = self.working(ty, x, shape);
        let dividend = self.signed_by(&x, divisor.sign.as_ref());
        let (quotient, _) = self.digits(&dividend, &divisor, shape, fix.f(), false);
        Ok(self.as_ring(&quotient, domain_of(ty)))
    }

    /// Quotient or remainder, exactly. Signs: `/` and `%` divide |a| by |b|, `//` and `mod` divide ±a by |b| with the sign of b.
    fn divide_exactly(&mut self, op: BinOp, ty: ScalarTy, x: &Arg<'_>, y: &Arg<'_>) -> Result<Val, TrapCode> {
        let signed = crate::words::is_signed(ty);
        let k = ty.bits();
        let shape = Shape::exact(k, signed, domain_of(ty));
        let (x, y) = (self.exact(ty, x), self.exact(ty, y));
        let own_sign = (signed && matches!(op, BinOp::Div | BinOp::Rem)).then(|| {
            let negative = self.sign(&x, k);
            self.unit(&negative, shape.ring)
        });
        let divisor = self.divisor(ty, y, shape)?;
        let x = self.working(ty, x, shape);
        let dividend = self.signed_by(&x, own_sign.as_ref().or(divisor.sign.as_ref()));
        let (digits, rest) = self.digits(&dividend, &divisor, shape, 0, true);
        // −|b| − |b|/32 < rest < |b| + |b|/8.
        let below = self.sign(&rest, k + 3);
        let over = self.sub(&rest, &divisor.size);
        let within = self.sign(&over, k + 3);
        let above = self.not(&within);
        let (below, above) = (self.as_ring(&below, shape.ring), self.as_ring(&above, shape.ring));
        let correction = self.sub(&above, &below);
        let (result, sign) = match op {
            BinOp::Div | BinOp::FloorDiv => {
                let sign = own_sign.map(|own| match &divisor.sign {
                    Some(sign) => self.mul(&own, sign),
                    None => own,
                });
                (self.add(&digits, &correction), sign)
            }
            _ => {
                let excess = self.mul(&correction, &divisor.size);
                (self.sub(&rest, &excess), own_sign.or(divisor.sign))
            }
        };
        let factor = match (sign, divisor.nonzero) {
            (Some(sign), Some(nonzero)) => Some(self.mul(&sign, &nonzero)),
            (sign, nonzero) => sign.or(nonzero),
        };
        let result = self.signed_by(&result, factor.as_ref());
        Ok(self.as_ring(&result, domain_of(ty)))
    }

    /// Digits of dividend · 2^`fraction` / |b|, and what they leave of the dividend. For a correction by −1, 0 or 1 they are moved
    /// down by 1/16 to 1/8: −1 + 1/32 < exact quotient − digits < 1 + 1/8 + 1/32.
    fn digits(&mut self, dividend: &Val, divisor: &Divisor, shape: Shape, fraction: u32, moved: bool) -> (Val, Val) {
        let mut rest = self.mul(dividend, &Val::Word(1 << fraction));
        let mut quotient = Val::Word(0);
        for digit in 1..=shape.digits {
            let last = digit == shape.digits;
            let guard = if last { shape.guard } else { 1 };
            // The first digit is that of the dividend itself, without its low bits.
            let (value, dropped) = if digit == 1 {
                (self.without_low(dividend, shape.spared), shape.spared + fraction)
            } else {
                (rest.clone(), 0)
            };
            let up = guard + dropped;
            let mut scaled = if shape.len > up {
                self.mul_trunc(&value, &divisor.scale, shape.len - up)
            } else {
                let scaled = self.mul(&value, &divisor.scale);
                self.mul(&scaled, &Val::Word(1 << (up - shape.len)))
            };
            if last && moved {
                scaled = self.sub(&scaled, &Val::Word(1 << (guard - 4)));
            }
            let part = self.mul_trunc(&scaled, &divisor.inverse, shape.precision + guard);
            quotient = self.add(&quotient, &part);
            if !last || moved {
                let covered = self.mul(&part, &divisor.size);
                rest = self.sub(&rest, &covered);
            }
        }
        (quotient, rest)
    }

    /// Size, sign, scale and reciprocal of a divisor.
    fn divisor(&mut self, ty: ScalarTy, y: Val, shape: Shape) -> Result<Divisor, TrapCode> {
        let Val::Secret(bits) = y else { return public_divisor(&y, shape) };
        let signed = crate::words::is_signed(ty);
        let k = ty.bits();
        let size = self.working(ty, y, shape);
        let bits = self.bits(bits, k, signed);
        let sign = signed.then(|| {
            let top = self.bit_step(Code::ShiftZero, k - 1, &[bits], 0);
            let negative = Val::Secret(self.bit_step(Code::ResizeZero, 1, &[top], 0));
            self.unit(&negative, shape.ring)
        });
        let size = self.signed_by(&size, sign.as_ref());
        let one_hot = self.bit_step(Code::Scale, u32::from(signed), &[bits], 0);
        let nonzero = Val::Secret(self.bit_step(Code::PlaneParity, 0, &[one_hot], 0));
        let nonzero = self.as_ring(&nonzero, shape.ring);
        let scale = Val::Secret(self.ring(one_hot, shape.ring));
        let fraction = if shape.len > shape.precision {
            self.mul_trunc(&size, &scale, shape.len - shape.precision)
        } else {
            let scaled = self.mul(&size, &scale);
            self.mul(&scaled, &Val::Word(1 << (shape.precision - shape.len)))
        };
        let inverse = self.inverse(&fraction, shape);
        Ok(Divisor { size, sign, scale, inverse, nonzero: Some(nonzero) })
    }

    /// 1 / δ for δ in [1/2, 1], both with as many fraction bits as the shape says.
    fn inverse(&mut self, fraction: &Val, shape: Shape) -> Val {
        let p = shape.precision;
        let one = Val::Word(1 << p);
        // 16·w0 = 45 − 30δ, whose δ·w0 is within 1/16 of 1.
        let slope = self.mul(fraction, &Val::Word(30));
        let first = self.sub(&Val::Word(45 << p), &slope);
        if shape.steps == 0 {
            return self.trunc(&first, 4);
        }
        let near_one = self.mul_trunc(fraction, &first, p + 4);
        let mut error = self.sub(&one, &near_one);
        let mut factor = self.add(&one, &error);
        let mut inverse = self.mul_trunc(&first, &factor, p + 4);
        for _ in 1..shape.steps {
            error = self.mul_trunc(&error, &error.clone(), p);
            factor = self.add(&one, &error);
            inverse = self.mul_trunc(&inverse, &factor, p);
        }
        inverse
    }

    /// An exact operand in the ring of the work.
    fn working(&mut self, ty: ScalarTy, value: Val, shape: Shape) -> Val {
        match (value, ty) {
            (Val::Secret(x), ScalarTy::Int(int)) if shape.ring == Domain::Z128 => {
                let x = self.ring(x, Domain::Z64);
                let code = if int.is_signed() { Code::LiftFull } else { Code::LiftUnsigned };
                Val::Secret(self.ring_step(code, 0, Domain::Z128, &[x]))
            }
            (value, _) => self.as_ring(&value, shape.ring),
        }
    }

    /// 1 − 2·bit in a ring.
    fn unit(&mut self, negative: &Val, ring: Domain) -> Val {
        let bit = self.as_ring(negative, ring);
        let twice = self.mul(&bit, &Val::Word(2));
        self.sub(&Val::Word(1), &twice)
    }

    fn signed_by(&mut self, x: &Val, factor: Option<&Val>) -> Val {
        factor.map_or_else(|| x.clone(), |factor| self.mul(x, factor))
    }

    /// x · y / 2^bits, up or down, in one step if both are secret.
    fn mul_trunc(&mut self, x: &Val, y: &Val, bits: u32) -> Val {
        if let (Val::Secret(x), Val::Secret(y)) = (x, y) {
            let domain = self.graph.node(x.node).key.to;
            return Val::Secret(self.ring_step(Code::MulTrunc, bits, domain, &[*x, *y]));
        }
        let product = self.mul(x, y);
        self.trunc(&product, bits)
    }

    /// x / 2^bits, off by less than 1.
    fn without_low(&mut self, x: &Val, bits: u32) -> Val {
        let shifted = |word: &u128| (*word as i128 >> bits) as u128;
        match x {
            Val::Secret(_) => self.trunc(x, bits),
            Val::Word(word) => Val::Word(shifted(word)),
            Val::Words(words) => Val::Words(words.iter().map(shifted).collect()),
        }
    }

    /// Division by a public 2^j: a shift and a mask of the bits. Toward zero, a negative dividend is first moved up by 2^j − 1.
    fn by_power_of_two(&mut self, op: BinOp, int: IntTy, x: &Arg<'_>, divisor: i128) -> Option<Result<Val, TrapCode>> {
        if divisor <= 0 || !(divisor as u128).is_power_of_two() {
            return None;
        }
        let ty = ScalarTy::Int(int);
        let (amount, signed) = (divisor.ilog2(), int.is_signed());
        let toward_zero = signed && matches!(op, BinOp::Div | BinOp::Rem);
        let (value, moved) = if toward_zero {
            let x = self.exact(ty, x);
            let negative = self.sign(&x, int.bits());
            let negative = self.as_ring(&negative, Domain::Z64);
            let moved = self.mul(&negative, &Val::Word(divisor as u128 - 1));
            (self.add(&x, &moved), moved)
        } else {
            (self.raw(ty, x), Val::Word(0))
        };
        // A positive power of two is below half of the format's range, so a negative number moved up stays within.
        let Val::Secret(bits) = self.as_bits(int, value) else { return Some(Err(UNSUPPORTED)) };
        if matches!(op, BinOp::Div | BinOp::FloorDiv) {
            let (code, flags) = if signed { (Code::ShiftSign, SIGNED) } else { (Code::ShiftZero, 0) };
            return Some(Ok(Val::Secret(self.bit_step(code, amount, &[bits], flags))));
        }
        let low = Val::Secret(bits);
        let low = self.and(&low, &Val::Word(divisor as u128 - 1));
        if !toward_zero {
            return Some(Ok(low));
        }
        let low = self.as_ring(&low, Domain::Z64);
        Some(Ok(self.sub(&low, &moved)))
    }
}

/// As [`Builder::divisor`] for public divisors, none of them 0.
fn public_divisor(y: &Val, shape: Shape) -> Result<Divisor, TrapCode> {
    let map = |f: &dyn Fn(i128) -> i128| match y {
        Val::Word(word) => Ok(Val::Word(f(*word as i128) as u128)),
        Val::Words(words) => Ok(Val::Words(words.iter().map(|word| f(*word as i128) as u128).collect())),
        Val::Secret(_) => Err(UNSUPPORTED),
    };
    let scale = |b: i128| 1i128 << shape.len.saturating_sub(b.unsigned_abs().ilog2() + 1);
    Ok(Divisor {
        size: map(&i128::abs)?,
        sign: Some(map(&|b| b.signum())?),
        scale: map(&|b| scale(b))?,
        inverse: map(&|b| {
            let scaled = b.abs() * scale(b);
            ((1 << (shape.precision + shape.len)) + scaled / 2) / scaled
        })?,
        nonzero: None,
    })
}
