//! Code and manifests in; proved equal: interface, disclosures and needs say what the code does, no more and no less.

use std::collections::{HashMap, HashSet};

use stoffel_value::{BinOp, CmpOp, Literal, ScalarOp, ScalarTy};

use super::rule::Rule;
use super::{Fault, VerifyError};
use crate::{Builtin, DisclosureKind, Function, Instr, Leaf, Need, Program, Receivers, Type, first_chosen};

pub(super) fn check(program: &Program) -> Result<(), VerifyError> {
    let entry = &program.functions[program.entry as usize];
    if entry.params != [0; 3] || entry.results != [0; 3] {
        return Err(Fault::Entry.into());
    }
    inputs(program)?;
    input_reads(program)?;
    outputs(program)?;
    slots(program)?;
    disclosures(program)?;
    let (listed, used) = (&program.needs, needs(program));
    let set = |needs: &[Need]| needs.iter().copied().collect::<HashSet<_>>();
    if Rule::NeedsListed.on() && (listed.len() != used.len() || set(listed) != set(&used)) {
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
            let need = Need { op, public: public_operands(program, function, *instr) };
            if seen.insert(need) {
                out.push(need);
            }
        }
    }
    out
}

/// Which operands of an instruction's secret operation are public.
fn public_operands(program: &Program, function: &Function, instr: Instr) -> [bool; 3] {
    let public = |register: u16| array_of(program, function, register).is_some_and(|(_, secret)| !secret);
    match instr {
        Instr::ABin { a, b, .. } | Instr::ACmp { a, b, .. } | Instr::LBin { a, b, .. } | Instr::LCmp { a, b, .. } => {
            [public(a), public(b), false]
        }
        Instr::Builtin { op: Builtin::ArrayWhere | Builtin::ArrayMatMul | Builtin::LanesWhere, ops } => {
            let refs = &function.operands[usize::from(ops)].refs;
            std::array::from_fn(|at| refs.get(at).is_some_and(|register| public(*register)))
        }
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
    let array = |register: u16| array_of(program, function, register).filter(|(_, secret)| *secret).map(|(ty, _)| ty);
    // Backends select every format that a secret can have, so one leaf of a container stands for all.
    let deep = |register: u16| {
        let ty = &program.types[function.refs[usize::from(register)] as usize];
        first_chosen(ty, &program.types, &program.objects)
    };
    match instr {
        Instr::ABin { op, d, .. } | Instr::LBin { op, d, .. } => array(d).map(|ty| ScalarOp::Binary(op, ty)),
        Instr::LFold { op, b, .. } => array(b).map(|ty| ScalarOp::Binary(op, ty)),
        Instr::AUn { op, d, .. } | Instr::LUn { op, d, .. } => array(d).map(|ty| ScalarOp::Unary(op, ty)),
        Instr::ACmp { op, d, a, b } | Instr::LCmp { op, d, a, b } => array(d).and_then(|_| {
            let [(left, _), (right, _)] = [array_of(program, function, a)?, array_of(program, function, b)?];
            Some(ScalarOp::Compare(op, left, right))
        }),
        Instr::AConvert { d, a } | Instr::LConvert { d, a } => Some(ScalarOp::Convert(array(a)?, array(d)?)),
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
                Builtin::OneHotSecret => ops.secrets.first().map(|index| ScalarOp::OneHot(secret(*index))),
                Builtin::PickSecret => deep(*ops.refs.get(1)?).map(ScalarOp::Pick),
                Builtin::PutSecret => deep(*ops.refs.get(1)?).map(ScalarOp::Select),
                Builtin::SelectList => deep(*ops.refs.first()?).map(ScalarOp::Select),
                Builtin::AnySecret => Some(ScalarOp::Any),
                Builtin::AllSecret => Some(ScalarOp::All),
                Builtin::ArrayWhere | Builtin::LanesWhere => array(*ops.to_refs.first()?).map(ScalarOp::Select),
                Builtin::ArrayMatMul => array(*ops.to_refs.first()?).map(ScalarOp::Dot),
                Builtin::ArraySum | Builtin::ArrayCumSum => array(*ops.refs.first()?).map(ScalarOp::Sum),
                Builtin::ArrayAny => array(*ops.refs.first()?).map(|_| ScalarOp::Any),
                Builtin::ArrayAll => array(*ops.refs.first()?).map(|_| ScalarOp::All),
                Builtin::ArrayMin | Builtin::ArrayMax | Builtin::ArraySort => {
                    array(*ops.refs.first()?).map(|ty| ScalarOp::Binary(BinOp::Min, ty))
                }
                Builtin::ArrayArgMin | Builtin::ArrayArgMax | Builtin::ArrayArgSort => {
                    array(*ops.refs.first()?).map(|ty| ScalarOp::Compare(CmpOp::Lt, ty, ty))
                }
                Builtin::ArrayIndex | Builtin::ArrayPut if !ops.secrets.is_empty() => {
                    array_of(program, function, *ops.refs.first()?).map(|(ty, _)| ScalarOp::Select(ty))
                }
                Builtin::ArrayGather => {
                    array(*ops.refs.get(1)?)?;
                    array(*ops.to_refs.first()?).map(ScalarOp::Select)
                }
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
        if matches!(ty, Type::Ticket(_)) || program.holds(ty, |part| *part == Type::Share) {
            return wrong("neither a promised opening nor a share is an input");
        }
        if program.holds(ty, |part| matches!(part, Type::Func(_) | Type::Closure)) {
            return wrong("a function is no input");
        }
        if row.role.is_some() != ty.has_secret() && Rule::InputRole.on() {
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
            _ if matches!(ty, Type::Ticket(_)) || program.holds(ty, |part| *part == Type::Share) => {
                return wrong("neither a promised opening nor a share is a result");
            }
            _ if matches!(ty, Type::Ticket(_)) => return wrong("a promised opening is no result"),
            _ if program.holds(ty, |part| matches!(part, Type::Func(_) | Type::Closure)) => {
                return wrong("a function is no result");
            }
            Receivers::Everyone if ty.has_secret() && Rule::ResultPublic.on() => {
                return wrong("a secret goes to everyone without an opening");
            }
            Receivers::EachOf(_) if !matches!(ty, Type::List(_)) => {
                return wrong("one element per client needs a list");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Every row of the positional inputs is read somewhere, and stands once.
fn slots(program: &Program) -> Result<(), Fault> {
    let mut used = vec![false; program.slots.len()];
    for instr in program.functions.iter().flat_map(|function| &function.code) {
        if let Instr::Take { row, .. } = instr {
            used[usize::from(*row)] = true;
        }
    }
    let mut seen = HashSet::new();
    let stands = |(row, used): (u32, bool)| used && seen.insert(program.slots[row as usize]);
    match (0u32..).zip(used).map(stands).position(|stands| !stands) {
        Some(row) => Err(Fault::SlotUnused(row as u32)),
        None => Ok(()),
    }
}

fn disclosures(program: &Program) -> Result<(), Fault> {
    let mut used = vec![false; program.disclosures.len()];
    for instr in program.functions.iter().flat_map(|function| &function.code) {
        match *instr {
            Instr::Open { row, .. }
            | Instr::OpenRef { row, .. }
            | Instr::OpenShare { row, .. }
            | Instr::SendOut { row, .. } => {
                used[usize::from(row)] = true;
            }
            Instr::Store { row, .. } | Instr::Load { row, .. } if row != u16::MAX => used[usize::from(row)] = true,
            Instr::Output { disclosure, .. } if disclosure != u16::MAX => used[usize::from(disclosure)] = true,
            _ => {}
        }
    }
    public_parts(program, &mut used)?;
    match used.iter().position(|used| !used) {
        Some(row) if Rule::DisclosureUsed.on() => Err(Fault::DisclosureUnused(row as u32)),
        _ => Ok(()),
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
        let fields = |object| program.fields(object).map(|(name, ty)| (name.to_owned(), ty.clone())).collect();
        for part in program.types[input.ty as usize].public_parts(&input.name, input.each, &fields) {
            let key = (part, input.ty);
            match listed.remove(&key) {
                Some(row) => used[row] = true,
                None if !Rule::InputListed.on() => {}
                None => return Err(Fault::InputDisclosure(key.0)),
            }
        }
    }
    Ok(())
}

/// Elements of the array in a register: format, and whether they are secret.
fn array_of(program: &Program, function: &Function, register: u16) -> Option<(ScalarTy, bool)> {
    program.types[function.refs[usize::from(register)] as usize].array_element()
}
