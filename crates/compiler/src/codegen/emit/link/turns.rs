//! A function's code in; the same with shorter turns of counted loops out.
//!
//! A loop is entered by a jump to its test, which stands after its body. The test before the first turn is written out
//! instead, which costs nothing and leaves only the step as a way to the test; step and test then become one instruction.

use crate::hash::HashSet;

use stoffel_bytecode::Instr;

use crate::codegen::code::{Code, halves};
use crate::mir::index;

/// Fuses steps with tests. Linear in the code.
pub(super) fn fuse(code: &mut Code) {
    let instrs = &mut code.function.code;
    for at in 0..instrs.len() {
        if let Some(test) = first_test(instrs, at) {
            instrs[at] = test;
        }
    }
    let targets: Vec<Option<i64>> = (0..).zip(&*instrs).map(|(pc, instr)| instr.jump_target(pc)).collect();
    let aims: HashSet<i64> = targets.iter().flatten().copied().collect();
    let mut kept = vec![true; instrs.len()];
    for at in 1..instrs.len() {
        let Instr::AddI64Imm { d, a, v: 1 } = instrs[at - 1] else { continue };
        let turn = match instrs[at] {
            Instr::JumpLtI64 { a: i, b: n, by } if d == i && d != n => Instr::LoopI64 { i, n, by },
            Instr::JumpLtI64Imm { a: i, v, by } if d == i => Instr::LoopI64Imm { i, v, by },
            _ => continue,
        };
        if d == a && !aims.contains(&(at as i64)) {
            kept[at - 1] = false;
            instrs[at] = turn;
        }
    }
    if kept.iter().all(|kept| *kept) {
        return;
    }
    // Where each instruction goes; what led to a removed one leads to its successor.
    let mut places = Vec::with_capacity(kept.len() + 1);
    let mut next = 0;
    for kept in &kept {
        places.push(next);
        next += u32::from(*kept);
    }
    places.push(next);
    let place = |target: i64| places[usize::try_from(target).unwrap_or_default()];
    for (at, instr) in instrs.iter_mut().enumerate() {
        if let Some(target) = targets[at] {
            // Code only gets shorter, so every distance still fits.
            retarget(instr, places[at], place(target));
        }
    }
    let mut keep = kept.iter();
    instrs.retain(|_| keep.next() == Some(&true));
    let mut keep = kept.iter();
    code.spans.retain(|_| keep.next() == Some(&true));
}

/// The opposite of the test that the jump at `at` leads to, if that leads back to the next instruction.
fn first_test(instrs: &[Instr], at: usize) -> Option<Instr> {
    let Instr::Jump { .. } = instrs[at] else { return None };
    let target = usize::try_from(instrs[at].jump_target(index(at))?).ok()?;
    let test = *instrs.get(target)?;
    let back = test.jump_target(index(target))?;
    // The instruction past the test is where the loop ends.
    let by = i16::try_from(target as i64 + 1 - at as i64).ok()?;
    if target <= at || back != at as i64 + 1 {
        return None;
    }
    match test {
        Instr::JumpLtI64 { a, b, .. } => Some(Instr::JumpGeI64 { a, b, by }),
        Instr::JumpLtI64Imm { a, v, .. } => Some(Instr::JumpGeI64Imm { a, v, by }),
        _ => None,
    }
}

fn retarget(instr: &mut Instr, at: u32, to: u32) {
    let (high, low) = halves(to);
    match instr {
        Instr::Jump { hi, lo } | Instr::JumpIf { hi, lo, .. } | Instr::JumpIfNot { hi, lo, .. } => {
            (*hi, *lo) = (high, low);
        }
        other => {
            if let Some(by) = other.distance_mut() {
                *by = i16::try_from(i64::from(to) - i64::from(at)).unwrap_or_default();
            }
        }
    }
}
