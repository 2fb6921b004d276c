//! Code and manifests in; proved equal: interface, disclosures and needs say what the code does, no more and no less.

use std::collections::{HashMap, HashSet};

use stoffel_value::{Literal, ScalarOp};

use super::{Fault, VerifyError};
use crate::{Builtin, DisclosureKind, Function, Instr, Leaf, Need, Program, Receivers, Type};

pub(super) fn check(program: &Program) -> Result<(), VerifyError> {
    let entry = &program.functions[program.entry as usize];
    if entry.params != [0; 3] || entry.results != [0; 3] {
        return Err(Fault::Entry.into());
    }
    inputs(program)?;
    input_reads(program)?;
    outputs(program)?;
    disclosures(program)?;
    let (listed, used) = (&program.needs, needs(program));
    let set = |needs: &[Need]| needs.iter().copied().collect::<HashSet<_>>();
    if listed.len() != used.len() || set(listed) != set(&used) {
        return Err(Fault::Needs.into());
    }
    Ok(())
}

/// Distinct secret operations of a program's code, in order of first use: what its manifest must list.
///
/// The program's indices must be in bounds.
#[must_use]
pub fn needs(program: &Program) -> Vec<Need> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for function in &program.functions {
        for instr in &function.code {
            let Some(op) = secret_op(program, function, *instr) else { continue };
            let need = Need { op, public: public_operands(*instr) };
            if seen.insert(need) {
                out.push(need);
            }
        }
    }
    out
}

/// Which operands of an instruction's secret operation are public.
fn public_operands(instr: Instr) -> [bool; 3] {
    match instr {
        Instr::SBinRight { .. } | Instr::SCmpRight { .. } => [false, true, false],
        Instr::SBinLeft { .. } => [true, false, false],
        Instr::SSelect { public, .. } => [false, public & 1 == 1, public & 2 == 2],
        _ => [false; 3],
    }
}

/// The engine's operation behind an instruction, if it has one.
fn secret_op(program: &Program, function: &Function, instr: Instr) -> Option<ScalarOp> {
    let secret = |register: u16| function.secrets[usize::from(register)];
    let word = |register: u16| function.words[usize::from(register)];
    let element = |register: u16| {
        let ty = &program.types[function.refs[usize::from(register)] as usize];
        ty.element_leaves().and_then(|leaves| match leaves.as_slice() {
            [Leaf::Secret(ty)] => Some(*ty),
            _ => None,
        })
    };
    match instr {
        Instr::SBin { op, d, .. } | Instr::SBinRight { op, d, .. } | Instr::SBinLeft { op, d, .. } => {
            Some(ScalarOp::Binary(op, secret(d)))
        }
        Instr::SUn { op, d, .. } => Some(ScalarOp::Unary(op, secret(d))),
        Instr::SCmp { op, a, b, .. } => Some(ScalarOp::Compare(op, secret(a), secret(b))),
        Instr::SCmpRight { op, a, w, .. } => Some(ScalarOp::Compare(op, secret(a), word(w))),
        Instr::SSelect { d, .. } => Some(ScalarOp::Select(secret(d))),
        Instr::SConvert { d, a } => Some(ScalarOp::Convert(secret(a), secret(d))),
        Instr::Builtin { op, ops } => {
            let ops = &function.operands[usize::from(ops)];
            let first = || element(*ops.refs.first()?);
            match op {
                Builtin::SumSecret => first().map(ScalarOp::Sum),
                Builtin::DotSecret => first().map(ScalarOp::Dot),
                Builtin::AnySecret => Some(ScalarOp::Any),
                Builtin::AllSecret => Some(ScalarOp::All),
                Builtin::ConvertSecret => Some(ScalarOp::Convert(first()?, element(*ops.to_refs.first()?)?)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn inputs(program: &Program) -> Result<(), Fault> {
    let mut names = HashSet::new();
    for row in &program.inputs {
        let ty = &program.types[row.ty as usize];
        let wrong = |what| Err(Fault::InputRow { name: row.name.clone(), what });
        if !names.insert(&row.name) {
            return wrong("two parameters have this name");
        }
        if matches!(ty, Type::Ticket(_)) {
            return wrong("a promised opening is no input");
        }
        if row.role.is_some() != ty.has_secret() {
            return wrong("secrets have a role, public parameters have none");
        }
        if row.each && !(row.role.is_some() && matches!(ty, Type::List(_))) {
            return wrong("one member per client needs a role and a list");
        }
        if let Some(default) = &row.default {
            let fits = Literal::parse(default).and_then(|literal| literal.coerce(&ty.shape())).is_ok();
            if ty.has_secret() || !fits {
                return wrong("the default is not a public value of the type");
            }
        }
    }
    Ok(())
}

/// Each parameter is read once, by the entry function, before any jump and where no jump leads back.
fn input_reads(program: &Program) -> Result<(), Fault> {
    let mut read = vec![false; program.inputs.len()];
    for (index, function) in program.functions.iter().enumerate() {
        let first_target = (0u32..).zip(&function.code).filter_map(|(pc, instr)| instr.jump_target(pc)).min();
        let mut straight = index == program.entry as usize;
        for (pc, instr) in (0i64..).zip(&function.code) {
            straight &= first_target.is_none_or(|target| pc < target);
            if let Instr::Input { row, .. } = instr {
                let once = !std::mem::replace(&mut read[usize::from(*row)], true);
                if !straight || !once {
                    return Err(Fault::InputRead((*row).into()));
                }
            }
            straight &= instr.jump_target(pc as u32).is_none() && instr.falls_through();
        }
    }
    match read.iter().position(|read| !read) {
        Some(row) => Err(Fault::InputRead(row as u32)),
        None => Ok(()),
    }
}

fn outputs(program: &Program) -> Result<(), Fault> {
    for (row, output) in (0u32..).zip(&program.outputs) {
        let ty = &program.types[output.ty as usize];
        let wrong = |what| Err(Fault::OutputRow { row, what });
        match &output.to {
            _ if matches!(ty, Type::Ticket(_)) => return wrong("a promised opening is no result"),
            Receivers::Everyone if ty.has_secret() => return wrong("a secret goes to everyone without an opening"),
            Receivers::EachOf(_) if !matches!(ty, Type::List(_)) => {
                return wrong("one element per client needs a list");
            }
            _ => {}
        }
    }
    Ok(())
}

fn disclosures(program: &Program) -> Result<(), Fault> {
    let mut used = vec![false; program.disclosures.len()];
    for instr in program.functions.iter().flat_map(|function| &function.code) {
        match *instr {
            Instr::Open { row, .. } | Instr::OpenRef { row, .. } | Instr::SendOut { row, .. } => {
                used[usize::from(row)] = true;
            }
            Instr::Output { disclosure, .. } if disclosure != u16::MAX => used[usize::from(disclosure)] = true,
            _ => {}
        }
    }
    public_parts(program, &mut used)?;
    match used.iter().position(|used| !used) {
        Some(row) => Err(Fault::DisclosureUnused(row as u32)),
        None => Ok(()),
    }
}

/// What of clients' parameters is public has a row of kind `Input` for each part (see [`DisclosureKind::Input`]).
fn public_parts(program: &Program, used: &mut [bool]) -> Result<(), Fault> {
    let mut listed: HashMap<(String, u32), usize> = HashMap::new();
    for (row, disclosure) in program.disclosures.iter().enumerate() {
        if disclosure.kind == DisclosureKind::Input {
            if disclosure.to != Receivers::Everyone {
                return Err(Fault::DisclosureReceivers(row as u32));
            }
            if listed.insert((disclosure.function.clone(), disclosure.ty), row).is_some() {
                return Err(Fault::InputDisclosure(disclosure.function.clone()));
            }
        }
    }
    for input in &program.inputs {
        if input.role.is_none() {
            continue;
        }
        for part in program.types[input.ty as usize].public_parts(&input.name, input.each) {
            let key = (part, input.ty);
            match listed.remove(&key) {
                Some(row) => used[row] = true,
                None => return Err(Fault::InputDisclosure(key.0)),
            }
        }
    }
    Ok(())
}
