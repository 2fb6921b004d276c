//! Rows of arrays of which only the one element is wanted in; reads of elements out.
//!
//! `for x in a: total += x` reads row after row as an array without axes and takes its element. Where nothing can have changed an array
//! between, the element is read where it stands (R0203 alike), and the row is dead. Block by block; what is not proved stays.

use crate::hash::HashMap;

use stoffel_bytecode::Builtin;

use crate::mir::effects::{Effect, effect};
use crate::mir::{Function, Inst, Op, ValueId};

/// Rewrites a function.
pub(super) fn run(function: &mut Function) {
    for at in 0..function.blocks.len() {
        let mut rows: HashMap<ValueId, Vec<ValueId>> = HashMap::default();
        let mut insts = std::mem::take(&mut function.blocks[at].insts);
        for inst in &mut insts {
            match inst.op {
                Op::Builtin(Builtin::ArrayRow) => {
                    rows.insert(inst.results[0], inst.args.clone());
                }
                Op::Builtin(Builtin::ArrayItem) => {
                    if let Some(place) = rows.get(&inst.args[0]) {
                        inst.op = Op::Get;
                        inst.args.clone_from(place);
                    }
                }
                _ if may_write(function, inst) => rows.clear(),
                _ => {}
            }
        }
        function.blocks[at].insts = insts;
    }
}

/// Whether an instruction may change an array.
fn may_write(function: &Function, inst: &Inst) -> bool {
    let reads = matches!(
        inst.op,
        Op::Get
            | Op::Format(_)
            | Op::FormatSpec(_)
            | Op::ConcatStr
            | Op::Print
            | Op::ABin(_)
            | Op::AUn(_)
            | Op::ACmp(_)
            | Op::AConvert
            | Op::Builtin(Builtin::ArrayGet)
    );
    !reads && effect(function, inst) == Effect::Ordered
}
