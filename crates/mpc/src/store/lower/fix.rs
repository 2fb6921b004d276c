//! Products and quotients of fixed-point numbers.

use stoffel_value::{FixTy, ScalarTy, TrapCode, to_i128};

use super::{UNSUPPORTED, domain_of};
use crate::store::build::{Builder, Val};
use crate::store::node::{Code, Domain};
use crate::{Arg, Rounding};

impl Builder {
    /// x · y on the grid: a product in the ring and one truncation, fused unless its rounding is exact. Exact and local if a public
    /// factor is whole.
    pub(super) fn mul_fix(&mut self, fix: FixTy, x: &Val, y: &Val) -> Val {
        for (value, public) in [(x, y), (y, x)] {
            if let Some(whole) = whole(public, fix.f()) {
                return self.mul(value, &whole);
            }
        }
        if let (Val::Secret(x), Val::Secret(y)) = (x, y)
            && fix.f() > 0
            && self.rounding == Rounding::Stochastic
        {
            let domain = self.graph.node(x.node).key.to;
            return Val::Secret(self.ring_step(Code::MulTrunc, fix.f(), domain, &[*x, *y]));
        }
        let product = self.mul(x, y);
        self.rounded(&product, fix.f())
    }

    /// x / 2^bits, rounded as the session has agreed.
    pub(crate) fn rounded(&mut self, x: &Val, bits: u32) -> Val {
        match self.rounding {
            Rounding::Stochastic => self.trunc(x, bits),
            Rounding::Exact => self.floor(x, bits),
        }
    }

    /// x / 2^bits, up or down, exact where 2^bits divides x.
    pub(crate) fn trunc(&mut self, x: &Val, bits: u32) -> Val {
        match x {
            Val::Secret(operand) if bits > 0 => {
                let domain = self.graph.node(operand.node).key.to;
                Val::Secret(self.ring_step(Code::Trunc, bits, domain, &[*operand]))
            }
            other => other.clone(),
        }
    }

    /// x / y. For a public divisor c, within 2u·max(1, |q|) of the quotient q.
    ///
    /// With grid integers X and C, R = 2^(f+e)/C rounded to nearest, the result X·R/2^e truncated is off by at most
    /// |X|·2^(−e−1) + 1 units. 2^e ≥ |C| makes that |q|/2 + 1, and e = k − 2 makes it 2; the lesser e will do. For C = 2^j the
    /// reciprocal is exact from e = j − f on.
    /// |X·R| ≤ 2^(k−1+e) + 2^(k−2), so Z/2^64 suffices for k + e ≤ 62, else Z/2^128 (e ≤ 62).
    pub(super) fn div_fix(&mut self, fix: FixTy, x: &Arg<'_>, y: &Arg<'_>) -> Result<Val, TrapCode> {
        let ty = ScalarTy::Fix(fix);
        let divisors: Vec<i128> = match *y {
            Arg::Word(word) => vec![to_i128(ty, word)],
            Arg::Words(words) => words.iter().map(|word| to_i128(ty, *word)).collect(),
            Arg::Lane(_) | Arg::Vector { .. } => {
                let (x, y) = (self.home(ty, x), self.home(ty, y));
                return self.divide_fix(fix, x, y);
            }
        };
        let (k, f) = (fix.k(), fix.f());
        let extra = divisors.iter().map(|divisor| extra_bits(*divisor, k, f)).max().unwrap_or(0);
        let reciprocals: Vec<u128> = divisors
            .iter()
            .map(|divisor| {
                let (numerator, size) = (1i128 << (f + extra), divisor.abs());
                let rounded = (numerator + size / 2) / size;
                (if *divisor < 0 { -rounded } else { rounded }) as u128
            })
            .collect();
        let reciprocals = match (*y, &reciprocals[..]) {
            (Arg::Word(_), [one]) => Val::Word(*one),
            _ => Val::Words(reciprocals.into()),
        };
        let home = domain_of(ty);
        let wide = if home == Domain::Z64 && k + extra <= 62 { Domain::Z64 } else { Domain::Z128 };
        let Val::Secret(value) = self.home(ty, x) else { return Err(UNSUPPORTED) };
        let value = Val::Secret(self.ring(value, wide));
        let product = self.mul(&value, &reciprocals);
        let quotient = self.trunc(&product, extra);
        Ok(self.as_ring(&quotient, home))
    }
}

/// Extra fraction bits of the reciprocal of grid integer `divisor`.
fn extra_bits(divisor: i128, k: u32, f: u32) -> u32 {
    let size = divisor.unsigned_abs();
    if size.is_power_of_two() {
        return size.ilog2().saturating_sub(f).min(k - 2);
    }
    (size.ilog2() + 1).min(k - 2)
}

/// The integers that public grid integers stand for, if all are whole.
fn whole(value: &Val, f: u32) -> Option<Val> {
    let mask = (1u128 << f) - 1;
    let shifted = |word: u128| ((word as i128) >> f) as u128;
    match value {
        Val::Word(word) if word & mask == 0 => Some(Val::Word(shifted(*word))),
        Val::Words(words) if words.iter().all(|word| word & mask == 0) => {
            Some(Val::Words(words.iter().map(|word| shifted(*word)).collect()))
        }
        _ => None,
    }
}
