//! A function in; for each integer or bool an interval that holds its values out.
//!
//! A result that fits its format in any case is what the interval says. One that might not fit traps, or is 0 under a false guard, or is not
//! specified: then every value of the format is possible. Parameters of blocks that a later block jumps to are not followed around.

use stoffel_bytecode::{Builtin, Type};
use stoffel_value::{BinOp, IntTy, ScalarTy, UnOp, range, to_i128};

use crate::mir::cfg::{postorder_rev, predecessors};
use crate::mir::{Function, Inst, Op, Repr, ValueId};

/// Least and greatest value.
pub(super) type Range = (i128, i128);

/// Most elements of a list: lengths are 32 bits.
const ELEMENTS: i128 = u32::MAX as i128;

/// Intervals by value.
pub(super) struct Ranges {
    of: Vec<Option<Range>>,
    constants: Vec<Option<u64>>,
    /// Of the elements of lists that hold converted bools or narrower numbers.
    elements: Vec<Option<Range>>,
    /// Values that are an operand just once: nobody else changes such a list.
    once: Vec<bool>,
}

impl Ranges {
    pub(super) fn of(function: &Function, types: &[Type]) -> Self {
        let full: Vec<Option<Range>> = function.values.iter().map(|repr| of_repr(*repr)).collect();
        let elements = function.values.iter().map(|repr| of_elements(*repr, types)).collect();
        let mut ranges =
            Self { of: full, constants: vec![None; function.values.len()], elements, once: used_once(function) };
        let preds = predecessors(function);
        // Per block, how many edges have been followed, and what they give.
        let mut given: Vec<(usize, Vec<Option<Range>>)> = vec![(0, Vec::new()); function.blocks.len()];
        for block in postorder_rev(function) {
            let data = &function.blocks[block.idx()];
            let (edges, incoming) = std::mem::take(&mut given[block.idx()]);
            if edges > 0 && edges == preds[block.idx()].len() {
                for (param, range) in data.params.iter().zip(incoming) {
                    ranges.of[param.idx()] = range;
                }
            }
            for inst in &data.insts {
                ranges.inst(function, types, inst);
            }
            for edge in data.term.edges() {
                let args = edge.args.iter().map(|arg| ranges.of[arg.idx()]);
                let (edges, incoming) = &mut given[edge.to.idx()];
                if *edges == 0 {
                    incoming.extend(args);
                } else {
                    incoming.iter_mut().zip(args).for_each(|(all, arg)| *all = union(*all, arg));
                }
                *edges += 1;
            }
        }
        ranges
    }

    /// The interval of an integer or bool.
    pub(super) fn get(&self, value: ValueId) -> Option<Range> {
        self.of.get(value.idx()).copied().flatten()
    }

    /// The word of a constant.
    pub(super) fn constant(&self, value: ValueId) -> Option<u64> {
        self.constants.get(value.idx()).copied().flatten()
    }

    pub(super) fn is_constant(&self, value: ValueId) -> bool {
        self.constant(value).is_some()
    }

    fn inst(&mut self, function: &Function, types: &[Type], inst: &Inst) {
        let Some(result) = inst.results.first() else { return };
        let arg = |at: usize| inst.args.get(at).and_then(|arg| self.get(*arg));
        let format = match function.repr(*result) {
            Repr::Word(ty) | Repr::Secret(ty) => ty,
            Repr::Ref(_) => {
                if inst.op == Op::Builtin(Builtin::ConvertSecret) && self.once[result.idx()] {
                    let from = inst.args.first().and_then(|list| of_elements(function.repr(*list), types));
                    let to = self.elements[result.idx()];
                    self.elements[result.idx()] = within(from, to);
                }
                return;
            }
            Repr::Ticket(_) => return,
        };
        if let Op::Const(word) = inst.op {
            self.constants[result.idx()] = Some(word);
            if matches!(format, ScalarTy::Int(_) | ScalarTy::Bool) {
                let value = to_i128(format, word);
                self.of[result.idx()] = Some((value, value));
            }
            return;
        }
        let ScalarTy::Int(int) = format else { return };
        let all = (int.min(), int.max());
        let found = match inst.op {
            Op::Hide => arg(0),
            Op::Convert | Op::SConvert => within(arg(0), Some(all)),
            Op::Bin(op) | Op::SBin(op) => arg(0).zip(arg(1)).and_then(|(a, b)| binary(op, int, a, b)),
            Op::AddImm(v) => arg(0).and_then(|a| binary(BinOp::Add, int, a, (v.into(), v.into()))),
            Op::Un(op) | Op::SUn(op) => arg(0).and_then(|a| unary(op, a)),
            Op::Select => union(arg(1), arg(2)),
            Op::Len => Some((0, ELEMENTS)),
            Op::Builtin(Builtin::SumSecret) => {
                let element = inst.args.first().and_then(|list| self.elements[list.idx()]);
                element.map(|(low, high)| (low.min(0) * ELEMENTS, high.max(0) * ELEMENTS))
            }
            _ => None,
        };
        self.of[result.idx()] = found.filter(|found| all.0 <= found.0 && found.1 <= all.1).or(Some(all));
    }
}

/// Which values are an operand just once.
fn used_once(function: &Function) -> Vec<bool> {
    let mut uses = vec![0u32; function.values.len()];
    for block in &function.blocks {
        let insts = block.insts.iter().flat_map(|inst| inst.args.iter().copied());
        let edges = block.term.edges().flat_map(|edge| edge.args.iter().copied());
        insts.chain(edges).chain(block.term.operands()).for_each(|value| uses[value.idx()] += 1);
    }
    uses.into_iter().map(|uses| uses == 1).collect()
}

/// Every value of an integer format or of bools.
fn of_repr(repr: Repr) -> Option<Range> {
    match repr {
        Repr::Word(ty @ (ScalarTy::Int(_) | ScalarTy::Bool))
        | Repr::Secret(ty @ (ScalarTy::Int(_) | ScalarTy::Bool)) => Some(range(ty)),
        _ => None,
    }
}

fn of_elements(repr: Repr, types: &[Type]) -> Option<Range> {
    let Repr::Ref(ty) = repr else { return None };
    match types.get(ty.idx())? {
        Type::List(member) => match **member {
            Type::Secret(ty @ (ScalarTy::Int(_) | ScalarTy::Bool)) => Some(range(ty)),
            _ => None,
        },
        _ => None,
    }
}

fn union(a: Option<Range>, b: Option<Range>) -> Option<Range> {
    let (a, b) = (a?, b?);
    Some((a.0.min(b.0), a.1.max(b.1)))
}

/// What a conversion to a format gives: the value, if it always fits.
fn within(from: Option<Range>, to: Option<Range>) -> Option<Range> {
    let (from, to) = (from?, to?);
    Some(if to.0 <= from.0 && from.1 <= to.1 { from } else { to })
}

/// The interval of an operation on two integers of a format; nothing where the format is all that is known.
pub(super) fn binary(op: BinOp, int: IntTy, a: Range, b: Range) -> Option<Range> {
    let corners = |of: fn(i128, i128) -> i128| {
        let all = [of(a.0, b.0), of(a.0, b.1), of(a.1, b.0), of(a.1, b.1)];
        (all.into_iter().fold(i128::MAX, i128::min), all.into_iter().fold(i128::MIN, i128::max))
    };
    let natural = a.0 >= 0 && b.0 >= 0;
    let found = match op {
        BinOp::Add | BinOp::AddWrap => (a.0 + b.0, a.1 + b.1),
        BinOp::Sub | BinOp::SubWrap => (a.0 - b.1, a.1 - b.0),
        // Two numbers of 64 bits have a product of 128.
        BinOp::Mul | BinOp::MulWrap => corners(i128::saturating_mul),
        BinOp::Min => (a.0.min(b.0), a.1.min(b.1)),
        BinOp::Max => (a.0.max(b.0), a.1.max(b.1)),
        BinOp::And if natural => (0, a.1.min(b.1)),
        BinOp::And if b.0 >= 0 => (0, b.1),
        BinOp::And if a.0 >= 0 => (0, a.1),
        BinOp::Or | BinOp::Xor if natural => {
            let top = (a.1 | b.1) as u128;
            (0, ((1u128 << (128 - top.leading_zeros())) - 1) as i128)
        }
        BinOp::Shr if b.0 >= 0 => {
            let down = |x: i128, by: i128| x >> by.min(127);
            (down(a.0, b.0).min(down(a.0, b.1)), down(a.1, b.0).max(down(a.1, b.1)))
        }
        // A quotient is no larger than the dividend, but for its sign.
        BinOp::Div | BinOp::FloorDiv => {
            let size = a.0.abs().max(a.1.abs());
            if natural { (0, a.1) } else { (-size, size) }
        }
        BinOp::Rem => {
            let size = (b.0.abs().max(b.1.abs()) - 1).max(0).min(a.0.abs().max(a.1.abs()));
            (if a.0 < 0 { -size } else { 0 }, if a.1 > 0 { size } else { 0 })
        }
        BinOp::Mod => ((b.0 + 1).min(0), (b.1 - 1).max(0)),
        _ => return None,
    };
    (int.min() <= found.0 && found.1 <= int.max()).then_some(found)
}

fn unary(op: UnOp, a: Range) -> Option<Range> {
    match op {
        UnOp::Neg => Some((-a.1, -a.0)),
        UnOp::Abs => {
            let size = a.0.abs().max(a.1.abs());
            Some((0, size))
        }
        _ => None,
    }
}
