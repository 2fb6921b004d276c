//! A secret index, and vectors of values, in; one mark per place, and the marked value, out (LANGUAGE §10.7).
//!
//! The marks double with each bit of the index, so n places cost about 1.5 n gates and ⌈log2 n⌉ rounds after the bits are there. That
//! no higher bit is set is found meanwhile and joins the last doubling. Reading is an inner product: one element for any length.

use std::rc::Rc;

use stoffel_value::ScalarTy;

use super::domain_of;
use crate::Arg;
use crate::store::build::{Builder, Val};
use crate::store::graph::Operand;
use crate::store::node::{Code, SIGNED};

impl Builder {
    /// `n` ≥ 1 bits, all 0 but the one at the index, which is `holds`.
    pub(super) fn one_hot(&mut self, ty: ScalarTy, index: &Arg<'_>, holds: &Arg<'_>, n: u32) -> Val {
        let holds = self.home(ScalarTy::Bool, holds);
        let (ScalarTy::Int(int), index) = (ty, self.raw(ty, index)) else { return Val::Word(0) };
        let x = match index {
            Val::Secret(x) => x,
            Val::Word(at) => {
                let marks: Rc<[u128]> = (0..u128::from(n)).map(|place| u128::from(place == at)).collect();
                return self.and(&Val::Words(marks), &holds);
            }
            Val::Words(_) => return Val::Word(0),
        };
        let sign = u32::from(int.is_signed());
        let width = int.bits();
        let bits = self.bits(x, width, int.is_signed());
        let levels = (u32::BITS - (n - 1).leading_zeros()).min(width - sign);
        let holds = self.no_higher_bit(bits, width, levels, holds);
        let reach = if levels < 32 { n.min(1 << levels) } else { n };
        let marks = self.double_marks(bits, levels, &holds, reach);
        match marks {
            Val::Secret(marks) if reach < n => {
                let rest = self.held_zero_bits(n - reach);
                Val::Secret(self.concat(crate::store::node::Domain::Bits, 1, vec![marks, rest], 0))
            }
            marks => marks,
        }
    }

    /// `holds`, and no bit of the index from `levels` on is set.
    fn no_higher_bit(&mut self, bits: Operand, width: u32, levels: u32, holds: Val) -> Val {
        let mut left = width - levels;
        if left == 0 {
            return holds;
        }
        let mut any = self.planes(bits, levels, left);
        while left > 1 {
            let half = left.div_ceil(2);
            let (low, high) = (self.planes(any, 0, half), self.planes(any, half, half));
            let both = self.bit_step(Code::And, 0, &[low, high], 0);
            let either = self.bit_step(Code::Xor, 0, &[low, high], 0);
            any = self.bit_step(Code::Xor, 0, &[either, both], 0);
            left = half;
        }
        let none = self.not(&Val::Secret(any));
        match holds {
            Val::Word(1) => none,
            holds => self.and(&none, &holds),
        }
    }

    /// Planes `from .. from + count`; beyond the top they are 0.
    fn planes(&mut self, x: Operand, from: u32, count: u32) -> Operand {
        let x = if from == 0 { x } else { self.bit_step(Code::ShiftZero, from, &[x], 0) };
        self.bit_step(Code::ResizeZero, count, &[x], 0)
    }

    /// Marks from the low bit on: those where the next bit is 0, then those where it is 1.
    fn double_marks(&mut self, bits: Operand, levels: u32, holds: &Val, n: u32) -> Val {
        let mut marks: Option<Operand> = None;
        for level in 0..levels {
            let bit = Val::Secret(self.planes(bits, level, 1));
            let (zero, one) = if level + 1 == levels && !matches!(holds, Val::Word(1)) {
                let one = self.and(&bit, holds);
                (self.xor(holds, &one), one)
            } else {
                (self.not(&bit), bit)
            };
            let (low, high) = match marks {
                None => (zero, one),
                Some(marks) => {
                    let rest = if level + 1 == levels { n - marks.len } else { marks.len };
                    let upper = self.and(&Val::Secret(Operand { len: rest, ..marks }), &one);
                    let lower = if level + 1 == levels {
                        self.and(&Val::Secret(marks), &zero)
                    } else {
                        self.xor(&Val::Secret(marks), &upper)
                    };
                    (lower, upper)
                }
            };
            let (Val::Secret(low), Val::Secret(high)) = (low, high) else { return Val::Word(0) };
            marks = Some(self.concat(crate::store::node::Domain::Bits, 1, vec![low, high], 0));
        }
        marks.map_or_else(|| holds.clone(), Val::Secret)
    }

    /// The value at the mark, 0 without one.
    pub(super) fn pick(&mut self, ty: ScalarTy, marks: &Arg<'_>, values: &Arg<'_>) -> Val {
        let marks = self.home(ScalarTy::Bool, marks);
        match (ty, &marks, values) {
            (ScalarTy::Bool, ..) => {
                let values = self.home(ty, values);
                let chosen = self.and(&marks, &values);
                self.parity(&chosen, 0)
            }
            // Each bit of a public table's value is a sum of marks: local, and cheaper than a ring element per place.
            (ScalarTy::Int(int), Val::Secret(of), Arg::Words(words)) if words.len() as u32 > int.bits() => {
                let spread = Val::Secret(self.bit_step(Code::Spread, int.bits(), &[*of], 0));
                let table = self.raw(ty, values);
                let chosen = self.and(&spread, &table);
                self.parity(&chosen, if int.is_signed() { SIGNED } else { 0 })
            }
            _ => {
                let marks = self.as_ring(&marks, domain_of(ty));
                match (&marks, self.home(ty, values)) {
                    (Val::Secret(marks), Val::Secret(values)) if marks.len == values.len => {
                        let domain = domain_of(ty);
                        Val::Secret(self.ring_step(Code::Dot, 0, domain, &[*marks, values]))
                    }
                    (_, values) => {
                        let chosen = self.mul(&marks, &values);
                        self.sum(&chosen)
                    }
                }
            }
        }
    }

    /// The exclusive or of all lanes.
    fn parity(&mut self, x: &Val, flags: u8) -> Val {
        match x {
            Val::Secret(x) => Val::Secret(self.bit_step(Code::Parity, 0, &[*x], flags)),
            Val::Word(word) => Val::Word(*word),
            Val::Words(words) => Val::Word(words.iter().fold(0, |sum, word| sum ^ word)),
        }
    }
}
