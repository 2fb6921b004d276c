//! A prepared MIR function in; its bytecode out.
//!
//! References and secrets are let go of at their last use: by a drop after the instruction, at the start of the block for values that
//! only another branch needs, or by the write of a new value into the register. Which handles live thus depends on the program alone.

mod inst;
mod link;

use crate::hash::HashSet;

use stoffel_bytecode::{Instr, Type};
use stoffel_syntax::{Diagnostic, Span};

use super::alloc::{Bank, Registers, allocate, bank};
use super::code::{Code, Pools};
use super::live::{Live, live};
use super::moves::{Move, in_a_row};
use super::{fits, layout};
use crate::mir::cfg::Dominators;
use crate::mir::{BlockId, Function, Repr, Tables, Term, ValueId, predecessors};

/// Writes a function.
///
/// # Errors
/// E0609 if it needs more registers or entries than instructions can name.
pub(super) fn emit(function: &Function, tables: &mut Tables) -> Result<Code, Box<Diagnostic>> {
    let dominators = Dominators::new(function);
    let live = live(function, &dominators.order);
    let registers = allocate(function, &dominators.order, &live);
    let preds = predecessors(function);
    let mut emitter = Emitter { function, live, registers, preds, pools: Pools::default(), block: Vec::new() };
    let order = layout::order(function, &dominators);
    let mut blocks = Vec::with_capacity(order.len());
    for id in &order {
        emitter.block(*id);
        blocks.push(std::mem::take(&mut emitter.block));
    }
    let mut code = link::link(function, &order, blocks, |value| emitter.registers.of[value.idx()] as u16);
    let span = function.span;
    let Emitter { registers, pools, .. } = emitter;
    let counts =
        [("public", registers.words.len()), ("reference", registers.refs.len()), ("secret", registers.secrets.len())];
    for (name, count) in counts {
        fits(&format!("{name} registers in function `{}`", function.name), count, span)?;
    }
    pools.finish(&mut code, span)?;
    signature(&mut code, function, registers, tables);
    Ok(code)
}

/// Enters register tables, parameters and results.
fn signature(code: &mut Code, function: &Function, registers: Registers, tables: &mut Tables) {
    let mut type_id = |repr: Repr| match repr {
        Repr::Ref(id) => id.0,
        Repr::Ticket(ty) => tables.ty(&Type::Ticket(ty)).0,
        // Only references have types of the table.
        Repr::Word(_) | Repr::Secret(_) => 0,
    };
    let out = &mut code.function;
    out.name.clone_from(&function.name);
    out.refs = registers.refs.iter().map(|repr| type_id(*repr)).collect();
    out.words = registers.words;
    out.secrets = registers.secrets;
    for param in &function.blocks[0].params {
        out.params[bank(function.repr(*param)) as usize] += 1;
    }
    for result in &function.results {
        out.results[bank(*result) as usize] += 1;
        match result {
            Repr::Word(ty) => out.result_words.push(*ty),
            Repr::Secret(ty) => out.result_secrets.push(*ty),
            reference => out.result_refs.push(type_id(*reference)),
        }
    }
}

/// One function on its way.
struct Emitter<'f> {
    function: &'f Function,
    live: Live,
    registers: Registers,
    preds: Vec<Vec<BlockId>>,
    pools: Pools,
    /// The block being written, without its jumps.
    block: Vec<(Instr, Span)>,
}

impl Emitter<'_> {
    /// The register of a value. Functions with more than fit are refused at the end.
    fn reg(&self, value: ValueId) -> u16 {
        self.registers.of[value.idx()] as u16
    }

    fn block(&mut self, id: BlockId) {
        let function = self.function;
        let block = &function.blocks[id.idx()];
        self.drop_at_start(id);
        let dying = self.last_uses(id);
        for (inst, dying) in block.insts.iter().zip(dying) {
            self.inst(inst);
            // A register that the instruction has written holds a new value.
            let written = |value: ValueId| {
                let place = (bank(function.repr(value)), self.reg(value));
                inst.results
                    .iter()
                    .any(|result| *result != value && (bank(function.repr(*result)), self.reg(*result)) == place)
            };
            let dropped: Vec<ValueId> = dying.into_iter().filter(|value| !written(*value)).collect();
            dropped.into_iter().for_each(|value| self.drop_value(value, inst.span));
        }
        if let Term::Jump(edge) = &block.term {
            self.edge_moves(id, edge.to, &edge.args, block.span);
        }
        if let Term::Return(values) = &block.term {
            let instr = match values[..] {
                [only] if bank(function.repr(only)) == Bank::Words => Instr::ReturnWord { w: self.reg(only) },
                _ => Instr::Return { ops: self.ops(values, &[]) },
            };
            self.block.push((instr, block.span));
        }
        if let Term::Fail(message) = &block.term {
            self.block.push((Instr::Fail { r: self.reg(*message) }, block.span));
        }
        if let Term::Trap(code) = &block.term {
            self.block.push((Instr::Trap { code: *code as u16 }, block.span));
        }
    }

    fn counted(&self, value: ValueId) -> bool {
        bank(self.function.repr(value)) != Bank::Words
    }

    /// Values that the only predecessor kept for other blocks, and parameters that nothing reads.
    fn drop_at_start(&mut self, id: BlockId) {
        let block = &self.function.blocks[id.idx()];
        let span = block.insts.first().map_or(block.span, |inst| inst.span);
        let mut gone: Vec<ValueId> = Vec::new();
        if let [pred] = self.preds[id.idx()][..] {
            let here: HashSet<ValueId> = self.live.live_in[id.idx()].iter().copied().collect();
            gone.extend(self.live.live_out[pred.idx()].iter().copied().filter(|value| !here.contains(value)));
        }
        gone.extend(block.params.iter().copied().filter(|param| {
            let (start, end) = self.live.ranges[param.idx()];
            start == end
        }));
        gone.retain(|value| self.counted(*value));
        // The lists come from hash-free walks, so the order is the same in every build.
        gone.into_iter().for_each(|value| self.drop_value(value, span));
    }

    /// Per instruction, the counted values whose last use it is, results that nothing uses included.
    fn last_uses(&self, id: BlockId) -> Vec<Vec<ValueId>> {
        let block = &self.function.blocks[id.idx()];
        let mut live: HashSet<ValueId> = self.live.live_out[id.idx()].iter().copied().collect();
        live.extend(block.term.operands());
        live.extend(block.term.edges().flat_map(|edge| edge.args.iter().copied()));
        let mut dying = Vec::with_capacity(block.insts.len());
        for inst in block.insts.iter().rev() {
            let mut here = Vec::new();
            for value in inst.results.iter().chain(&inst.args) {
                if self.counted(*value) && live.insert(*value) {
                    here.push(*value);
                }
            }
            inst.results.iter().for_each(|result| {
                live.remove(result);
            });
            dying.push(here);
        }
        dying.reverse();
        dying
    }

    fn drop_value(&mut self, value: ValueId, span: Span) {
        let register = self.reg(value);
        let instr = match bank(self.function.repr(value)) {
            Bank::Words => return,
            Bank::Refs => Instr::DropRef { r: register },
            Bank::Secrets => Instr::DropSecret { s: register },
        };
        self.block.push((instr, span));
    }

    /// Moves arguments into parameters, and lets go of those that end here.
    fn edge_moves(&mut self, from: BlockId, to: BlockId, args: &[ValueId], span: Span) {
        let params = &self.function.blocks[to.idx()].params;
        let out: HashSet<ValueId> = self.live.live_out[from.idx()].iter().copied().collect();
        for place in [Bank::Words, Bank::Refs, Bank::Secrets] {
            let pairs: Vec<(ValueId, ValueId)> = (params.iter().copied().zip(args.iter().copied()))
                .filter(|(param, _)| bank(self.function.repr(*param)) == place)
                .collect();
            if pairs.is_empty() {
                continue;
            }
            let of = |value: ValueId| self.registers.of[value.idx()];
            let moves: Vec<Move> = pairs.iter().map(|(to, from)| Move { to: of(*to), from: of(*from) }).collect();
            let class: crate::hash::HashMap<u32, Repr> =
                pairs.iter().map(|(_, from)| (of(*from), self.function.repr(*from))).collect();
            let mut used = Vec::new();
            let registers = &mut self.registers;
            let steps = in_a_row(&moves, |register| {
                let copy = registers.scratch(class[&register]);
                used.push(copy);
                copy
            });
            for step in steps {
                self.block.push((move_instr(place, step.to as u16, step.from as u16), span));
            }
            if place == Bank::Words {
                continue;
            }
            let written: HashSet<u32> = moves.iter().map(|step| step.to).collect();
            let mut gone: Vec<u32> = (pairs.iter())
                .filter(|(_, arg)| !out.contains(arg))
                .map(|(_, arg)| self.registers.of[arg.idx()])
                .filter(|register| !written.contains(register))
                .collect();
            gone.extend(used);
            gone.sort_unstable();
            gone.dedup();
            for register in gone {
                let register = register as u16;
                let instr = if place == Bank::Refs {
                    Instr::DropRef { r: register }
                } else {
                    Instr::DropSecret { s: register }
                };
                self.block.push((instr, span));
            }
        }
    }
}

const fn move_instr(bank: Bank, d: u16, from: u16) -> Instr {
    match bank {
        Bank::Words => Instr::Move { d, w: from },
        Bank::Refs => Instr::MoveRef { d, r: from },
        Bank::Secrets => Instr::MoveSecret { d, s: from },
    }
}
