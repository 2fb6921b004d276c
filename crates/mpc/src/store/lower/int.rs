//! Shifts, bitwise logic and powers.

use stoffel_value::{BinOp, IntTy, ScalarTy, TrapCode};

use super::{UNSUPPORTED, domain_of, elements};
use crate::Arg;
use crate::store::build::{Builder, Val};
use crate::store::graph::Operand;
use crate::store::node::{Code, Domain, SIGNED};

/// Parameters of [`Code::ShiftBy`].
const UP: u32 = 0;
const DOWN: u32 = 1;
const DOWN_SIGNED: u32 = 2;

impl Builder {
    /// The bits of an integer operand, as many as its format has.
    pub(super) fn as_bits(&mut self, int: IntTy, value: Val) -> Val {
        match value {
            Val::Secret(x) => Val::Secret(self.bits(x, int.bits(), int.is_signed())),
            public => public,
        }
    }

    /// `and`, `or`, `xor` on bools or on the bits of integers.
    pub(super) fn logic(&mut self, op: BinOp, ty: ScalarTy, x: &Arg<'_>, y: &Arg<'_>) -> Result<Val, TrapCode> {
        let (x, y) = match ty {
            ScalarTy::Bool => (self.home(ty, x), self.home(ty, y)),
            ScalarTy::Int(int) => {
                let (x, y) = (self.raw(ty, x), self.raw(ty, y));
                (self.as_bits(int, x), self.as_bits(int, y))
            }
            ScalarTy::Fix(_) | ScalarTy::Float => return Err(UNSUPPORTED),
        };
        Ok(match op {
            BinOp::And => self.and(&x, &y),
            BinOp::Xor => self.xor(&x, &y),
            // x ∨ y = x ⊕ y ⊕ (x ∧ y): no complement of every plane is needed.
            _ => {
                let both = self.and(&x, &y);
                let either = self.xor(&x, &y);
                self.xor(&either, &both)
            }
        })
    }

    /// `~x`: −1 − x, or 2^N − 1 − x of an unsigned one; on planes where there are planes only.
    pub(super) fn complement(&mut self, int: IntTy, x: &Arg<'_>) -> Val {
        let ty = ScalarTy::Int(int);
        let value = self.raw(ty, x);
        let top = if int.is_signed() { u128::MAX } else { int.max() as u128 };
        if let Val::Secret(x) = value
            && self.graph.representation(x.node, |node| node.key.to == Domain::Z64).is_none()
        {
            let bits = Val::Secret(self.bits(x, int.bits(), int.is_signed()));
            return self.xor(&bits, &Val::Word(top));
        }
        let value = self.home(ty, x);
        self.sub(&Val::Word(top), &value)
    }

    /// `x shl y` by a public amount: a product modulo 2^N; by a secret one: a barrel of bits.
    pub(super) fn shift_up(&mut self, int: IntTy, x: &Arg<'_>, y: &Arg<'_>) -> Result<Val, TrapCode> {
        let factor = |amount: u64| if amount < u64::from(int.bits()) { 1u128 << amount } else { 0 };
        let factor = match *y {
            Arg::Word(amount) => Val::Word(factor(amount)),
            Arg::Words(amounts) => elements(amounts, factor),
            Arg::Lane(_) | Arg::Vector { .. } => return Ok(self.shift_by_secret(int, UP, x, y)),
        };
        if matches!(factor, Val::Word(0)) {
            return Ok(Val::Word(0));
        }
        if let (Val::Word(factor), Val::Secret(x)) = (&factor, self.raw(ScalarTy::Int(int), x))
            && self.graph.representation(x.node, |node| node.key.to == Domain::Z64).is_none()
        {
            let (bits, flags) = (self.bits(x, int.bits(), int.is_signed()), if int.is_signed() { SIGNED } else { 0 });
            return Ok(Val::Secret(self.bit_step(Code::ShiftUp, factor.ilog2(), &[bits], flags)));
        }
        let x = self.home(ScalarTy::Int(int), x);
        self.loose = int.bits() < 64;
        Ok(self.mul(&x, &factor))
    }

    /// `x shr y` by a public amount: planes moved down; by a secret one: a barrel of bits.
    pub(super) fn shift_down(&mut self, int: IntTy, x: &Arg<'_>, y: &Arg<'_>) -> Result<Val, TrapCode> {
        if matches!(y, Arg::Lane(_) | Arg::Vector { .. }) {
            return Ok(self.shift_by_secret(int, if int.is_signed() { DOWN_SIGNED } else { DOWN }, x, y));
        }
        let value = self.raw(ScalarTy::Int(int), x);
        let Val::Secret(x) = self.as_bits(int, value) else { return Err(UNSUPPORTED) };
        match *y {
            Arg::Word(amount) => Ok(self.moved_down(int, x, amount)),
            Arg::Words(amounts) => self.by_lane(
                x,
                amounts,
                |builder, lane, amount| Ok(builder.moved_down(int, lane, amount)),
                |builder, value| match value {
                    Val::Secret(x) => x,
                    _ => builder.zero_bits(int),
                },
            ),
            Arg::Lane(_) | Arg::Vector { .. } => Err(UNSUPPORTED),
        }
    }

    /// x moved by a secret amount of the same format.
    fn shift_by_secret(&mut self, int: IntTy, kind: u32, x: &Arg<'_>, y: &Arg<'_>) -> Val {
        let [x, y] = [x, y].map(|arg| {
            let value = self.raw(ScalarTy::Int(int), arg);
            let bits = self.as_bits(int, value);
            self.given_bits(bits, int.bits())
        });
        let flags = if int.is_signed() { SIGNED } else { 0 };
        Val::Secret(self.bit_step(Code::ShiftBy, kind, &[x, y], flags))
    }

    fn moved_down(&mut self, int: IntTy, x: Operand, amount: u64) -> Val {
        if amount >= u64::from(int.bits()) {
            return Val::Word(0);
        }
        if amount == 0 {
            return Val::Secret(x);
        }
        let (code, flags) = if int.is_signed() { (Code::ShiftSign, SIGNED) } else { (Code::ShiftZero, 0) };
        Val::Secret(self.bit_step(code, amount as u32, &[x], flags))
    }

    fn zero_bits(&mut self, int: IntTy) -> Operand {
        let zero = self.held_constant(Domain::Z64, &[0]);
        self.bits(zero, int.bits(), int.is_signed())
    }

    /// `x ** n` for public n: squares and products from the top bit of n on; for n < 0 the quotient of 1 and the power of −n.
    pub(super) fn power(&mut self, ty: ScalarTy, x: &Arg<'_>, n: &Arg<'_>) -> Result<Val, TrapCode> {
        let base = self.home(ty, x);
        match *n {
            Arg::Word(n) => self.power_of(ty, &base, n),
            Arg::Words(exponents) => {
                if exponents.windows(2).all(|pair| pair[0] == pair[1]) {
                    return self.power_of(ty, &base, exponents[0]);
                }
                let Val::Secret(base) = base else { return Err(UNSUPPORTED) };
                let domain = domain_of(ty);
                self.by_lane(
                    base,
                    exponents,
                    |builder, lane, n| builder.power_of(ty, &Val::Secret(lane), n),
                    |builder, value| builder.given(value, domain),
                )
            }
            Arg::Lane(_) | Arg::Vector { .. } => Err(UNSUPPORTED),
        }
    }

    fn power_of(&mut self, ty: ScalarTy, base: &Val, n: u64) -> Result<Val, TrapCode> {
        if (n as i64) < 0 {
            let ScalarTy::Fix(fix) = ty else { return Err(TrapCode::NegativeExponent) };
            let power = self.power_of(ty, base, (n as i64).unsigned_abs())?;
            return self.divide_fix(fix, Val::Word(1 << fix.f()), power);
        }
        if n == 0 {
            return Ok(Val::Word(if let ScalarTy::Fix(fix) = ty { 1 << fix.f() } else { 1 }));
        }
        let mut power = base.clone();
        for bit in (0..n.ilog2()).rev() {
            power = self.product(ty, &power.clone(), &power);
            if n >> bit & 1 == 1 {
                power = self.product(ty, &power, base);
            }
        }
        Ok(power)
    }

    fn product(&mut self, ty: ScalarTy, x: &Val, y: &Val) -> Val {
        match ty {
            ScalarTy::Fix(fix) => self.mul_fix(fix, x, y),
            _ => self.mul(x, y),
        }
    }
}
