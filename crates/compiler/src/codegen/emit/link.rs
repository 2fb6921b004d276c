//! Blocks of instructions without jumps in; one run of code with jumps between them out.
//!
//! A block that only jumps is not written: what leads to it leads to its target. A fused jump whose target is out of its reach
//! becomes the opposite one over a plain jump.

mod turns;

use stoffel_bytecode::Instr;
use stoffel_syntax::Span;

use crate::codegen::code::{Code, halves};
use crate::mir::{BlockId, Function, Right, Term, ValueId, index};

/// Sets the blocks in a row.
pub(super) fn link(
    function: &Function,
    order: &[BlockId],
    blocks: Vec<Vec<(Instr, Span)>>,
    reg: impl Fn(ValueId) -> u16,
) -> Code {
    let mut bodies: Vec<Vec<(Instr, Span)>> = vec![Vec::new(); function.blocks.len()];
    for (id, body) in order.iter().zip(blocks) {
        bodies[id.idx()] = body;
    }
    let target = |from: BlockId| {
        let mut at = from;
        // A cycle of empty blocks is a loop without end; any of its blocks will do.
        for _ in 0..function.blocks.len() {
            match &function.blocks[at.idx()].term {
                Term::Jump(edge) if bodies[at.idx()].is_empty() && edge.to != at => at = edge.to,
                _ => break,
            }
        }
        at
    };
    let targets: Vec<BlockId> = (0..index(function.blocks.len())).map(|id| target(BlockId(id))).collect();
    let written: Vec<BlockId> =
        order.iter().copied().filter(|id| *id == BlockId(0) || targets[id.idx()] == *id).collect();
    let jumps: Vec<Vec<Jump>> = (0..written.len())
        .map(|at| ending(function, written[at], written.get(at + 1).copied(), &targets, &reg))
        .collect();
    let mut code = place(function, &written, &bodies, jumps);
    turns::fuse(&mut code);
    code
}

/// A jump whose target is a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Jump {
    /// Always.
    To(BlockId),
    /// If the word is the bool.
    If(u16, bool, BlockId),
    /// If a fused comparison holds.
    Cmp(Test, BlockId),
    /// The same over a plain jump.
    FarCmp(Test, BlockId),
}

/// `a < b` or `a == b`, or the opposite.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Test {
    equal: bool,
    a: u16,
    b: Against,
    negate: bool,
}

/// The right side of a test.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Against {
    Register(u16),
    Small(i16),
}

impl Test {
    const fn jump(self, by: i16) -> Instr {
        let a = self.a;
        match (self.equal, self.negate, self.b) {
            (false, false, Against::Register(b)) => Instr::JumpLtI64 { a, b, by },
            (false, true, Against::Register(b)) => Instr::JumpGeI64 { a, b, by },
            (true, false, Against::Register(b)) => Instr::JumpEqI64 { a, b, by },
            (true, true, Against::Register(b)) => Instr::JumpNeI64 { a, b, by },
            (false, false, Against::Small(v)) => Instr::JumpLtI64Imm { a, v, by },
            (false, true, Against::Small(v)) => Instr::JumpGeI64Imm { a, v, by },
            (true, false, Against::Small(v)) => Instr::JumpEqI64Imm { a, v, by },
            (true, true, Against::Small(v)) => Instr::JumpNeI64Imm { a, v, by },
        }
    }
}

impl Jump {
    const fn len(self) -> u32 {
        if matches!(self, Self::FarCmp(..)) { 2 } else { 1 }
    }
}

fn ending(
    function: &Function,
    block: BlockId,
    next: Option<BlockId>,
    targets: &[BlockId],
    reg: &impl Fn(ValueId) -> u16,
) -> Vec<Jump> {
    let go = |to: BlockId| if Some(to) == next { Vec::new() } else { vec![Jump::To(to)] };
    match &function.blocks[block.idx()].term {
        Term::Jump(edge) => go(targets[edge.to.idx()]),
        Term::Branch(cond, then, other) => {
            let (then, other) = (targets[then.to.idx()], targets[other.to.idx()]);
            // The jump that is taken goes to the block that does not follow.
            let (when, to, rest) = if Some(then) == next { (false, other, then) } else { (true, then, other) };
            let mut jumps = vec![Jump::If(reg(*cond), when, to)];
            jumps.extend(go(rest));
            jumps
        }
        Term::BranchCmp { equal, a, b, negate, then, other } => {
            let (then, other) = (targets[then.to.idx()], targets[other.to.idx()]);
            let (negate, to, rest) = if Some(then) == next { (!negate, other, then) } else { (*negate, then, other) };
            let b = match b {
                Right::Value(b) => Against::Register(reg(*b)),
                Right::Small(v) => Against::Small(*v),
            };
            let mut jumps = vec![Jump::Cmp(Test { equal: *equal, a: reg(*a), b, negate }, to)];
            jumps.extend(go(rest));
            jumps
        }
        Term::Open | Term::Return(_) | Term::Fail(_) | Term::Trap(_) => Vec::new(),
    }
}

fn place(function: &Function, written: &[BlockId], bodies: &[Vec<(Instr, Span)>], mut jumps: Vec<Vec<Jump>>) -> Code {
    let mut starts = vec![0u32; function.blocks.len()];
    loop {
        let mut at = 0;
        for (id, jumps) in written.iter().zip(&jumps) {
            starts[id.idx()] = at;
            at += index(bodies[id.idx()].len()) + jumps.iter().map(|jump| jump.len()).sum::<u32>();
        }
        let mut grown = false;
        for (id, jumps) in written.iter().zip(&mut jumps) {
            let mut here = starts[id.idx()] + index(bodies[id.idx()].len());
            for jump in jumps {
                if let Jump::Cmp(test, to) = *jump
                    && distance(here, starts[to.idx()]).is_none()
                {
                    *jump = Jump::FarCmp(test, to);
                    grown = true;
                }
                here += jump.len();
            }
        }
        if !grown {
            break;
        }
    }
    let mut code = Code::default();
    for (id, jumps) in written.iter().zip(jumps) {
        for (instr, span) in &bodies[id.idx()] {
            code.push(*instr, *span);
        }
        let span = function.blocks[id.idx()].span;
        for jump in jumps {
            let here = index(code.function.code.len());
            write(&mut code, jump, here, &starts, span);
        }
    }
    code
}

fn write(code: &mut Code, jump: Jump, here: u32, starts: &[u32], span: Span) {
    let plain = |to: BlockId| {
        let (hi, lo) = halves(starts[to.idx()]);
        Instr::Jump { hi, lo }
    };
    match jump {
        Jump::To(to) => code.push(plain(to), span),
        Jump::If(w, when, to) => {
            let (hi, lo) = halves(starts[to.idx()]);
            let instr = if when { Instr::JumpIf { w, hi, lo } } else { Instr::JumpIfNot { w, hi, lo } };
            code.push(instr, span);
        }
        Jump::Cmp(test, to) => {
            // `place` has made far jumps of those that do not reach.
            let by = distance(here, starts[to.idx()]).unwrap_or_default();
            code.push(test.jump(by), span);
        }
        Jump::FarCmp(test, to) => {
            code.push(Test { negate: !test.negate, ..test }.jump(2), span);
            code.push(plain(to), span);
        }
    }
}

/// How far a fused jump goes, if its field holds that.
fn distance(from: u32, to: u32) -> Option<i16> {
    i16::try_from(i64::from(to) - i64::from(from)).ok()
}
