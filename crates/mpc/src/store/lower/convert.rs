//! Conversions between formats (LANGUAGE §6.4), exact.

use stoffel_value::{FixTy, ScalarTy, TrapCode};

use super::{UNSUPPORTED, domain_of};
use crate::Arg;
use crate::store::build::{Builder, Val};
use crate::store::node::{Code, Domain};

impl Builder {
    /// The value of `x` in another format.
    pub(super) fn conversion(&mut self, from: ScalarTy, to: ScalarTy, x: &Arg<'_>) -> Result<Val, TrapCode> {
        let home = domain_of(to);
        match (from, to) {
            (from, to) if from == to => Ok(self.raw(from, x)),
            (ScalarTy::Bool, ScalarTy::Int(_)) => {
                let bit = self.home(from, x);
                Ok(self.as_ring(&bit, home))
            }
            (ScalarTy::Bool, ScalarTy::Fix(fix)) => {
                let bit = self.home(from, x);
                let value = self.as_ring(&bit, home);
                Ok(self.mul(&value, &Val::Word(1 << fix.f())))
            }
            (ScalarTy::Int(_) | ScalarTy::Fix(_), ScalarTy::Bool) => {
                let value = self.home(from, x);
                let zero = self.is_zero(&value, from.bits());
                Ok(self.not(&zero))
            }
            // A value outside the new format is unspecified, so whatever its representations are, they remain.
            (ScalarTy::Int(_), ScalarTy::Int(int)) => {
                let value = self.raw(from, x);
                match value {
                    Val::Secret(operand) if self.is_loose(operand) => Ok(self.exact(from, x)),
                    // Planes that a value of the format does not need would be carried along.
                    Val::Secret(operand)
                        if int.bits() < from.bits()
                            && self.graph.representation(operand.node, |node| node.key.to == Domain::Z64).is_none() =>
                    {
                        Ok(Val::Secret(self.bits(operand, int.bits(), int.is_signed())))
                    }
                    other => Ok(other),
                }
            }
            (ScalarTy::Int(_), ScalarTy::Fix(fix)) => {
                let value = self.exact(from, x);
                let value = self.widened(value, fix, home);
                Ok(self.mul(&value, &Val::Word(1 << fix.f())))
            }
            (ScalarTy::Fix(fix), ScalarTy::Int(_)) => {
                let value = self.home(from, x);
                let value = self.toward_zero(fix, &value);
                Ok(self.as_ring(&value, Domain::Z64))
            }
            (ScalarTy::Fix(s), ScalarTy::Fix(t)) => {
                let value = self.home(from, x);
                if s.f() <= t.f() {
                    let value = self.as_ring(&value, home);
                    return Ok(self.mul(&value, &Val::Word(1 << (t.f() - s.f()))));
                }
                let value = self.nearest(&value, s.f() - t.f());
                Ok(self.as_ring(&value, home))
            }
            _ => Err(UNSUPPORTED),
        }
    }

    /// An integer in the ring of a fixed format that can hold it.
    fn widened(&mut self, value: Val, fix: FixTy, home: Domain) -> Val {
        match value {
            // Every other wide format holds less than 2^62 in magnitude.
            Val::Secret(x) if home == Domain::Z128 && fix.k() - fix.f() > 63 => {
                Val::Secret(self.ring_step(Code::LiftFull, 0, Domain::Z128, &[x]))
            }
            value => self.as_ring(&value, home),
        }
    }

    /// ⌊x / 2^bits⌋.
    pub(super) fn floor(&mut self, x: &Val, bits: u32) -> Val {
        match x {
            Val::Secret(operand) if bits > 0 => {
                let domain = self.graph.node(operand.node).key.to;
                Val::Secret(self.ring_step(Code::Floor, bits, domain, &[*operand]))
            }
            other => other.clone(),
        }
    }

    /// x / 2^f toward zero: the floor, of x + 2^f − 1 if x is negative.
    fn toward_zero(&mut self, fix: FixTy, x: &Val) -> Val {
        if fix.f() == 0 {
            return x.clone();
        }
        let negative = self.sign(x, fix.k());
        let negative = self.as_ring(&negative, domain_of(ScalarTy::Fix(fix)));
        let correction = self.mul(&negative, &Val::Word((1 << fix.f()) - 1));
        let x = self.add(x, &correction);
        self.floor(&x, fix.f())
    }

    /// x / 2^bits to the nearest, ties to even: the floor of x + 2^(bits−1), less one where that was a tie and the floor is
    /// odd. The floor is odd where bit `bits` of the sum is set.
    fn nearest(&mut self, x: &Val, bits: u32) -> Val {
        let sum = self.add(x, &Val::Word(1 << (bits - 1)));
        let floor = self.floor(&sum, bits);
        let tie = self.is_zero(&sum, bits);
        let odd = self.sign(&sum, bits + 1);
        let excess = self.and(&tie, &odd);
        let domain = match &floor {
            Val::Secret(operand) => self.graph.node(operand.node).key.to,
            _ => Domain::Z64,
        };
        let excess = self.as_ring(&excess, domain);
        self.sub(&floor, &excess)
    }
}
