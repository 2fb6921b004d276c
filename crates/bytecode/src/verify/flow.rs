//! A function in; proved by forward data flow: registers are written before they are read, guards nest, outputs are
//! given exactly once on every path to a return.
//!
//! The state is kept at jump targets only and can only shrink, so the iteration ends; both its memory and its steps are
//! bounded besides, since a hostile program may have many targets and many registers.

use std::collections::{BTreeMap, BTreeSet};

use super::rule::Rule;
use super::{Fault, VerifyError};
use crate::{FieldKind, Function, Instr, Operands, Program};

/// Words of all kept states of one function (64 MiB).
const STATE_WORDS_MAX: usize = 1 << 23;
/// Visits per instruction, on average; structured code needs its loop depth plus two.
const VISITS_MAX: usize = 100;
/// Visits that any function may have.
const VISITS_FREE: usize = 1 << 16;

#[derive(Clone, PartialEq, Eq)]
struct State {
    /// One bit per reference register, then one per secret register: surely written.
    assigned: Vec<u64>,
    /// Open guard regions.
    guards: u32,
    /// One bit per result: given.
    given: Vec<u64>,
}

pub(super) fn check(program: &Program, function: &Function, entry: bool) -> Result<(), VerifyError> {
    let too_complex = || Fault::TooComplex(function.name.clone());
    let registers = function.refs.len() + function.secrets.len();
    let targets: BTreeSet<u32> = (0u32..)
        .zip(&function.code)
        .filter_map(|(pc, instr)| instr.jump_target(pc))
        .filter_map(|target| u32::try_from(target).ok())
        .collect();
    let state_len = registers.div_ceil(64) + 2;
    if (targets.len() + 1) * state_len > STATE_WORDS_MAX {
        return Err(too_complex().into());
    }
    let flow = Flow { program, function, entry };
    let mut known: BTreeMap<u32, State> = BTreeMap::new();
    let mut waiting = BTreeSet::from([0]);
    known.insert(0, flow.start());
    let mut budget = function.code.len() * VISITS_MAX + VISITS_FREE;
    while let Some(leader) = waiting.pop_first() {
        let Some(mut state) = known.get(&leader).cloned() else { continue };
        let mut pc = leader;
        loop {
            let instr = function.code[pc as usize];
            let operands = instr.operands(function).map_or(0, Operands::len);
            // A join touches the whole state; charging every step for it keeps the count simple.
            let joins = if instr.jump_target(pc).is_some() || targets.contains(&(pc + 1)) { state_len } else { 0 };
            budget = budget.checked_sub(1 + operands / 8 + joins / 8).ok_or_else(too_complex)?;
            let here = pc;
            let at = |fault| VerifyError { at: Some((function.name.clone(), here)), fault };
            flow.step(instr, &mut state).map_err(at)?;
            if let Some(target) = instr.jump_target(pc).and_then(|target| u32::try_from(target).ok())
                && join(&mut known, target, &state).map_err(at)?
            {
                waiting.insert(target);
            }
            if !instr.falls_through() {
                break;
            }
            pc += 1;
            if targets.contains(&pc) {
                if join(&mut known, pc, &state).map_err(at)? {
                    waiting.insert(pc);
                }
                break;
            }
        }
    }
    Ok(())
}

/// Joins a state into what is known at a target; whether that changed.
fn join(known: &mut BTreeMap<u32, State>, target: u32, state: &State) -> Result<bool, Fault> {
    let Some(old) = known.get_mut(&target) else {
        known.insert(target, state.clone());
        return Ok(true);
    };
    if old.guards != state.guards && Rule::GuardNesting.on() {
        return Err(Fault::Guards);
    }
    if let Some(row) = first_difference(&old.given, &state.given) {
        return Err(Fault::OutputGiven(row));
    }
    let mut changed = false;
    for (old, new) in old.assigned.iter_mut().zip(&state.assigned) {
        changed |= *old & !new != 0;
        *old &= new;
    }
    Ok(changed)
}

fn first_difference(a: &[u64], b: &[u64]) -> Option<u32> {
    let (index, difference) = a.iter().zip(b).map(|(a, b)| a ^ b).enumerate().find(|(_, bits)| *bits != 0)?;
    Some(index as u32 * 64 + difference.trailing_zeros())
}

struct Flow<'a> {
    program: &'a Program,
    function: &'a Function,
    entry: bool,
}

impl Flow<'_> {
    fn start(&self) -> State {
        let registers = self.function.refs.len() + self.function.secrets.len();
        let outputs = if self.entry { self.program.outputs.len() } else { 0 };
        let mut state =
            State { assigned: vec![0; registers.div_ceil(64)], guards: 0, given: vec![0; outputs.div_ceil(64)] };
        let [_, refs, secrets] = self.function.params;
        (0..refs).for_each(|register| set(&mut state.assigned, usize::from(register)));
        (0..secrets).for_each(|register| set(&mut state.assigned, self.secret(register)));
        state
    }

    fn secret(&self, register: u16) -> usize {
        self.function.refs.len() + usize::from(register)
    }

    fn step(&self, instr: Instr, state: &mut State) -> Result<(), Fault> {
        let raw = instr.raw_fields();
        let fields = || instr.info().fields.iter().map(|(_, kind)| *kind).zip(raw);
        let ops = instr.operands(self.function);
        self.reads(fields(), ops, state)?;
        for (kind, register) in fields() {
            match kind {
                FieldKind::RefOut => set(&mut state.assigned, register.into()),
                FieldKind::SecretOut => set(&mut state.assigned, self.secret(register)),
                FieldKind::RefDrop => clear(&mut state.assigned, register.into()),
                FieldKind::SecretDrop => clear(&mut state.assigned, self.secret(register)),
                _ => {}
            }
        }
        if let Some(ops) = ops {
            ops.to_refs.iter().for_each(|&register| set(&mut state.assigned, register.into()));
            ops.to_secrets.iter().for_each(|&register| set(&mut state.assigned, self.secret(register)));
        }
        self.effects(instr, state)
    }

    fn reads(
        &self,
        fields: impl Iterator<Item = (FieldKind, u16)>,
        ops: Option<&Operands>,
        state: &State,
    ) -> Result<(), Fault> {
        let reference = |register: u16| {
            let written = get(&state.assigned, register.into()) || !Rule::Initialised.on();
            if written { Ok(()) } else { Err(Fault::Unassigned { bank: "reference", register }) }
        };
        let secret = |register: u16| {
            let written = get(&state.assigned, self.secret(register)) || !Rule::Initialised.on();
            if written { Ok(()) } else { Err(Fault::Unassigned { bank: "secret", register }) }
        };
        for (kind, register) in fields {
            match kind {
                FieldKind::RefIn => reference(register)?,
                FieldKind::SecretIn => secret(register)?,
                _ => {}
            }
        }
        if let Some(ops) = ops {
            ops.refs.iter().try_for_each(|&register| reference(register))?;
            ops.secrets.iter().try_for_each(|&register| secret(register))?;
        }
        Ok(())
    }

    fn effects(&self, instr: Instr, state: &mut State) -> Result<(), Fault> {
        match instr {
            Instr::GuardEnter { .. } => state.guards += 1,
            Instr::GuardLeave if !Rule::GuardNesting.on() => state.guards = state.guards.saturating_sub(1),
            Instr::GuardLeave => state.guards = state.guards.checked_sub(1).ok_or(Fault::Guards)?,
            Instr::Return { .. } | Instr::ReturnWord { .. } if state.guards > 0 && Rule::GuardNesting.on() => {
                return Err(Fault::Guards);
            }
            Instr::Return { .. } | Instr::ReturnWord { .. } if self.entry => {
                let missing = (0..self.program.outputs.len()).find(|&row| !get(&state.given, row));
                if let Some(row) = missing.filter(|_| Rule::ResultOnce.on()) {
                    return Err(Fault::OutputGiven(row as u32));
                }
            }
            Instr::Output { .. } if !self.entry => return Err(Fault::OutputPlace),
            Instr::Output { row, .. } => {
                if get(&state.given, row.into()) && Rule::ResultOnce.on() {
                    return Err(Fault::OutputGiven(row.into()));
                }
                set(&mut state.given, row.into());
            }
            _ => {}
        }
        Ok(())
    }
}

fn get(bits: &[u64], index: usize) -> bool {
    bits[index / 64] >> (index % 64) & 1 == 1
}

fn set(bits: &mut [u64], index: usize) {
    bits[index / 64] |= 1 << (index % 64);
}

fn clear(bits: &mut [u64], index: usize) {
    bits[index / 64] &= !(1 << (index % 64));
}
