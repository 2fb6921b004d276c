//! Secret integers whose values are known to be small in; the operations whose cost grows with the width in narrower formats out.
//!
//! A comparison of two full `int64` takes three signs of 64 bits, one of values below 2^32 a single sign of 33. What values are small is
//! found by intervals (`narrow/ranges`); an operand is then converted to the least format that holds them, which costs nothing, and a result
//! back. The clear engine sees conversions that always fit, and operations with the same traps: an interval holds what the clear engine
//! can reach, zero where a false guard has kept a trap away included.
//!
//! Not here: sums and products, which cost the same in every format. Cost: linear in the code.

mod ranges;

use crate::hash::HashMap;

use stoffel_syntax::Span;
use stoffel_value::{BinOp, CmpOp, IntTy, ScalarTy, UnOp};

use crate::mir::{Function, Inst, Op, Repr, ValueId};
use ranges::{Range, Ranges, binary};

/// Formats by width; of one width the unsigned one first, since its numbers need no sign.
const FORMATS: [IntTy; 6] = [IntTy::U8, IntTy::I8, IntTy::U16, IntTy::I16, IntTy::U32, IntTy::I32];

/// Rewrites a function.
pub(super) fn run(function: &mut Function, types: &[stoffel_bytecode::Type]) {
    let secret = |inst: &Inst| matches!(inst.op, Op::SBin(_) | Op::SCmp(_) | Op::SConvert | Op::SUn(_));
    if !function.blocks.iter().flat_map(|block| &block.insts).any(secret) {
        return;
    }
    let ranges = Ranges::of(function, types);
    for at in 0..function.blocks.len() {
        let insts = std::mem::take(&mut function.blocks[at].insts);
        let mut block =
            Block { function, ranges: &ranges, out: Vec::with_capacity(insts.len()), made: HashMap::default() };
        for inst in insts {
            block.inst(inst);
        }
        let out = block.out;
        function.blocks[at].insts = out;
    }
}

/// A block on its way.
struct Block<'a> {
    function: &'a mut Function,
    ranges: &'a Ranges,
    out: Vec<Inst>,
    /// Values in narrower formats.
    made: HashMap<(ValueId, IntTy), ValueId>,
}

impl Block<'_> {
    fn inst(&mut self, mut inst: Inst) {
        match inst.op {
            Op::SCmp(op) => self.comparison(op, &mut inst),
            Op::SBin(op) => {
                if let Some((format, result)) = self.narrower(op, &inst) {
                    return self.operation(inst, format, result);
                }
            }
            Op::SUn(UnOp::Abs) => {
                if let Some((format, result)) = self.narrower_size(&inst) {
                    return self.operation(inst, format, result);
                }
            }
            // Whether a number is zero.
            Op::SConvert if self.function.repr(inst.results[0]) == Repr::Secret(ScalarTy::Bool) => {
                if let Some((format, range)) = self.integer(inst.args[0])
                    && let Some(least) = least(range).filter(|least| least.bits() < format.bits())
                {
                    inst.args[0] = self.narrow(inst.args[0], least, inst.span);
                }
            }
            _ => {}
        }
        self.out.push(inst);
    }

    /// The format and interval of an integer.
    fn integer(&self, value: ValueId) -> Option<(IntTy, Range)> {
        match self.function.repr(value) {
            Repr::Word(ScalarTy::Int(int)) | Repr::Secret(ScalarTy::Int(int)) => Some((int, self.ranges.get(value)?)),
            _ => None,
        }
    }

    fn is_secret(&self, value: ValueId) -> bool {
        matches!(self.function.repr(value), Repr::Secret(_))
    }

    /// Operands of a comparison in the least formats, if that is cheaper. Public ones count as what they are in any case.
    fn comparison(&mut self, op: CmpOp, inst: &mut Inst) {
        let [a, b] = inst.args[..] else { return };
        let (Some((ty_a, range_a)), Some((ty_b, range_b))) = (self.integer(a), self.integer(b)) else { return };
        if matches!(op, CmpOp::Eq | CmpOp::Ne) {
            // In one format it is a test for zero of as many bits; a wrapped value of fewer than 64 is right in those only.
            let both = (range_a.0.min(range_b.0), range_a.1.max(range_b.1));
            if let Some(least) = least(both).filter(|_| ty_a == ty_b && ty_a.bits() == 64)
                && (self.is_secret(a) || self.ranges.is_constant(a))
                && (self.is_secret(b) || self.ranges.is_constant(b))
            {
                inst.args = vec![self.narrow(a, least, inst.span), self.narrow(b, least, inst.span)];
            }
            return;
        }
        let least_of = |secret: bool, format: IntTy, range: Range| match least(range) {
            Some(least) if secret && least.bits() < format.bits() => least,
            _ => format,
        };
        let (to_a, to_b) = (least_of(self.is_secret(a), ty_a, range_a), least_of(self.is_secret(b), ty_b, range_b));
        let seen = |value: ValueId, format: IntTy, range: Range| match self.is_secret(value) {
            true => (format.min(), format.max()),
            false => range,
        };
        let before = cost(seen(a, ty_a, range_a), seen(b, ty_b, range_b));
        let after = cost(seen(a, to_a, range_a), seen(b, to_b, range_b));
        // The bounds of a public operand that is not known here are known when it counts.
        if after < before || !self.is_secret(a) || !self.is_secret(b) {
            for (at, to, format) in [(0, to_a, ty_a), (1, to_b, ty_b)] {
                if to != format {
                    inst.args[at] = self.narrow(inst.args[at], to, inst.span);
                }
            }
        }
    }

    /// The format that an operation on integers may be done in, and what it results in.
    fn narrower(&self, op: BinOp, inst: &Inst) -> Option<(IntTy, IntTy)> {
        let works = matches!(
            op,
            BinOp::Div
                | BinOp::FloorDiv
                | BinOp::Rem
                | BinOp::Mod
                | BinOp::Min
                | BinOp::Max
                | BinOp::And
                | BinOp::Or
                | BinOp::Xor
                | BinOp::Shr
        );
        if !works {
            return None;
        }
        let [a, b] = inst.args[..] else { return None };
        let ((format, range_a), (_, range_b)) = (self.integer(a)?, self.integer(b)?);
        let Repr::Secret(ScalarTy::Int(result)) = self.function.repr(inst.results[0]) else { return None };
        if format != result || !self.is_secret(a) && !self.ranges.is_constant(a) {
            return None;
        }
        let made = binary(op, result, range_a, range_b)?;
        let mut all = (range_a.0.min(made.0), range_a.1.max(made.1));
        if op == BinOp::Shr {
            // The amount is of its own format, and must be one of the narrower format, too.
            let least = least(all)?;
            let amount = self.ranges.is_constant(b) && 0 <= range_b.0 && range_b.1 < i128::from(least.bits());
            return (amount && least.bits() < format.bits()).then_some((least, result));
        }
        if !self.is_secret(b) && !self.ranges.is_constant(b) {
            return None;
        }
        all = (all.0.min(range_b.0), all.1.max(range_b.1));
        let least = least(all)?;
        (least.bits() < format.bits()).then_some((least, result))
    }

    /// As [`Block::narrower`] for the absolute value.
    fn narrower_size(&self, inst: &Inst) -> Option<(IntTy, IntTy)> {
        let (format, range) = self.integer(inst.args[0])?;
        let size = range.0.abs().max(range.1.abs());
        let least = least((range.0, size)).filter(|least| least.is_signed() == format.is_signed())?;
        (least.bits() < format.bits()).then_some((least, format))
    }

    /// An operation in a narrower format, and its result back in its own.
    fn operation(&mut self, mut inst: Inst, format: IntTy, back: IntTy) {
        let span = inst.span;
        let narrowed = if inst.op == Op::SBin(BinOp::Shr) { 1 } else { inst.args.len() };
        for at in 0..narrowed {
            inst.args[at] = self.narrow(inst.args[at], format, span);
        }
        debug_assert_ne!(format, back, "a narrower format is another one");
        let small = self.function.value(Repr::Secret(ScalarTy::Int(format)));
        let results = std::mem::replace(&mut inst.results, vec![small]);
        self.out.push(inst);
        self.out.push(Inst { op: Op::SConvert, args: vec![small], results, span });
    }

    /// A value, which fits, in a narrower format.
    fn narrow(&mut self, value: ValueId, format: IntTy, span: Span) -> ValueId {
        if let Some(made) = self.made.get(&(value, format)) {
            return *made;
        }
        let ty = ScalarTy::Int(format);
        let (op, args, repr) = match self.ranges.constant(value) {
            Some(word) if !self.is_secret(value) => (Op::Const(word), Vec::new(), Repr::Word(ty)),
            _ => (Op::SConvert, vec![value], Repr::Secret(ty)),
        };
        let small = self.function.value(repr);
        self.out.push(Inst { op, args, results: vec![small], span });
        self.made.insert((value, format), small);
        small
    }
}

/// The narrowest format that holds an interval, if there is one below 64 bits.
fn least((low, high): Range) -> Option<IntTy> {
    FORMATS.into_iter().find(|format| IntTy::min(*format) <= low && high <= IntTy::max(*format))
}

/// What an order costs, in bits of signs.
fn cost((a_min, a_max): Range, (b_min, b_max): Range) -> u32 {
    let (least, greatest) = (a_min - b_max, a_max - b_min);
    let width = 129 - greatest.max(-least - 1).max(0).leading_zeros();
    if width <= 64 { width } else { 3 * 64 }
}
