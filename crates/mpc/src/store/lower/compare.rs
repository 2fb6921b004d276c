//! Order and equality.
//!
//! x < y is the sign of x − y where the difference has as many bits as the ring; at full range two signs more decide.
//! Signs of public operands are known. Source: PROTOCOLS A.3, A.12.

use stoffel_value::{CmpOp, ScalarTy, range};

use super::domain_of;
use crate::rep3::ltz::{self, Circuit, Order};
use crate::store::build::{Builder, Val};
use crate::store::graph::Operand;
use crate::store::node::{Code, Domain, FULL_SIGNED, FULL_UNSIGNED, Key, LOOSE, RIPPLE};
use crate::{Arg, Lane};

/// Below so many lanes a ripple is not considered.
const FEW: u32 = 1 << 12;
/// Gates, counted by the bits that they send, that a core computes in a nanosecond.
const GATES_A_NS: usize = 32;

/// An operand and its format.
type Typed<'a, 'b> = (ScalarTy, &'a Arg<'b>);

impl Builder {
    /// One plane: whether the comparison holds.
    pub(super) fn compare(&mut self, op: CmpOp, x: Typed<'_, '_>, y: Typed<'_, '_>) -> Val {
        match op {
            CmpOp::Eq => self.equal(x, y),
            CmpOp::Ne => {
                let equal = self.equal(x, y);
                self.not(&equal)
            }
            CmpOp::Lt => self.less(x, y),
            CmpOp::Gt => self.less(y, x),
            CmpOp::Le => {
                let more = self.less(y, x);
                self.not(&more)
            }
            CmpOp::Ge => {
                let less = self.less(x, y);
                self.not(&less)
            }
        }
    }

    /// x < y.
    pub(super) fn less(&mut self, (tx, x): Typed<'_, '_>, (ty, y): Typed<'_, '_>) -> Val {
        let (x, y) = (self.exact(tx, x), self.exact(ty, y));
        if tx == ScalarTy::Bool {
            let x = self.not(&x);
            return self.and(&x, &y);
        }
        let (rx, ry) = (bounds(tx, &x), bounds(ty, &y));
        let width = difference_bits(rx, ry);
        let ring = if domain_of(tx) == Domain::Z128 { 128 } else { 64 };
        if let (Val::Secret(x), Val::Secret(y)) = (&x, &y)
            && let Some(param) = one_step(rx, ry, ring)
        {
            return Val::Secret(self.less_step(param, *x, *y));
        }
        let difference = self.sub(&x, &y);
        if width <= ring {
            return self.sign(&difference, width);
        }
        let [sx, sy, sd] = [&x, &y, &difference].map(|value| self.sign(value, 64));
        match (is_unsigned(rx), is_unsigned(ry)) {
            // Both below 2^63 and the difference negative, or one beyond the other's range.
            (false, true) => {
                let above = self.or(&sx, &sy);
                self.or(&above, &sd)
            }
            (true, false) => {
                let beyond = self.or(&sx, &sy);
                let within = self.not(&beyond);
                self.and(&sd, &within)
            }
            // sd ⊕ ((sx ⊕ sy) ∧ (sx ⊕ sd)); unsigned operands are moved by 2^63, which flips sx and sy.
            (unsigned, _) => {
                let signs = self.xor(&sx, &sy);
                let own = if unsigned { self.not(&sx) } else { sx };
                let overflow = self.xor(&own, &sd);
                let correction = self.and(&signs, &overflow);
                self.xor(&sd, &correction)
            }
        }
    }

    /// x < y of two shared integers that need no conversion: one step.
    pub(super) fn scalar_less(&mut self, (tx, x): (ScalarTy, Lane), (ty, y): (ScalarTy, Lane)) -> Option<u32> {
        let suits = |lane: Lane| {
            let node = self.graph.node(lane.node.0);
            node.key.to == Domain::Z64 && node.flags & LOOSE == 0
        };
        if !suits(x) || !suits(y) {
            return None;
        }
        let param = one_step(range(tx), range(ty), 64)?;
        let key = Key { code: Code::Less, from: Domain::Z64, planes: 0, param, to: Domain::Bits };
        Some(self.graph.push_pair(key, (x.node.0, x.lane), (y.node.0, y.lane), 0, self.site))
    }

    /// x < y of two shared operands in one ring, by the circuit that is faster on the agreed links.
    fn less_step(&mut self, param: u8, x: Operand, y: Operand) -> Operand {
        let lanes = x.len.max(y.len);
        let from = self.shape(x).0;
        let key = Key { code: Code::Less, from, planes: 0, param, to: Domain::Bits };
        let key = Key { planes: self.circuit(key.order(), lanes), ..key };
        let id = self.graph.push(key, &[x, y], lanes, 0, self.site);
        self.hold(id)
    }

    /// The number of planes that stands for a circuit, for comparisons of `lanes` lanes.
    pub(super) fn circuit(&self, order: Order, lanes: u32) -> u8 {
        if lanes < FEW {
            return 0;
        }
        let lanes = lanes as usize;
        let time = |circuit| {
            let (lanes, width) = match order {
                Order::Within(width) => (lanes, width),
                Order::Signed | Order::Unsigned => (3 * lanes, 64),
            };
            let gates = (ltz::plan(64, width, circuit, 0).total_bits() / 64) as usize;
            self.links.time(&ltz::plan(lanes, width, circuit, 0)) + (gates * lanes / GATES_A_NS) as u64
        };
        if time(Circuit::Ripple) < time(Circuit::Tree) { RIPPLE } else { 0 }
    }

    /// x = y.
    fn equal(&mut self, (tx, x): Typed<'_, '_>, (ty, y): Typed<'_, '_>) -> Val {
        if tx == ScalarTy::Bool {
            let (x, y) = (self.home(tx, x), self.home(ty, y));
            let different = self.xor(&x, &y);
            return self.not(&different);
        }
        if tx == ty {
            // Modulo 2^N, which is all that values after wrapping operations are right in.
            let (x, y) = (self.home(tx, x), self.home(ty, y));
            let difference = self.sub(&x, &y);
            return self.is_zero(&difference, tx.bits());
        }
        let (x, y) = (self.exact(tx, x), self.exact(ty, y));
        let difference = self.sub(&x, &y);
        let (rx, ry) = (bounds(tx, &x), bounds(ty, &y));
        let width = difference_bits(rx, ry);
        let equal = self.is_zero(&difference, width.min(64));
        if width <= 64 {
            return equal;
        }
        // A negative number equals one of 2^63 or more modulo 2^64.
        let signed = match (is_unsigned(rx), is_unsigned(ry)) {
            (false, true) => x,
            (true, false) => y,
            _ => return equal,
        };
        let negative = self.sign(&signed, 64);
        let within = self.not(&negative);
        self.and(&equal, &within)
    }

    /// Whether the low `width` bits are zero.
    pub(super) fn is_zero(&mut self, x: &Val, width: u32) -> Val {
        let mask = if width == 128 { u128::MAX } else { (1 << width) - 1 };
        match x {
            Val::Secret(x) => Val::Secret(self.ring_step(Code::Eqz, width, Domain::Bits, &[*x])),
            Val::Word(word) => Val::Word(u128::from(word & mask == 0)),
            Val::Words(words) => Val::Words(words.iter().map(|word| u128::from(word & mask == 0)).collect()),
        }
    }
}

/// Least and greatest value of an operand: those of its format, or of its public elements.
fn bounds(ty: ScalarTy, value: &Val) -> (i128, i128) {
    match value {
        Val::Secret(_) => range(ty),
        Val::Word(word) => (*word as i128, *word as i128),
        Val::Words(words) => words
            .iter()
            .map(|word| *word as i128)
            .fold((i128::MAX, i128::MIN), |(least, greatest), word| (least.min(word), greatest.max(word))),
    }
}

/// Whether values may exceed the signed numbers of 64 bits.
fn is_unsigned((_, greatest): (i128, i128)) -> bool {
    greatest > i128::from(i64::MAX)
}

/// The parameter of a step that compares numbers within bounds in a ring of so many bits, if one step does.
fn one_step(x: (i128, i128), y: (i128, i128), ring: u32) -> Option<u8> {
    match (difference_bits(x, y), is_unsigned(x), is_unsigned(y)) {
        (width, ..) if width <= ring => Some(width as u8),
        (_, false, false) => Some(FULL_SIGNED),
        (_, true, true) => Some(FULL_UNSIGNED),
        _ => None,
    }
}

/// Bits of a two's complement number that holds every difference of two bounded values.
fn difference_bits((x_min, x_max): (i128, i128), (y_min, y_max): (i128, i128)) -> u32 {
    let (least, greatest) = (x_min - y_max, x_max - y_min);
    let magnitude = greatest.max(-least - 1).max(0);
    129 - magnitude.leading_zeros()
}
