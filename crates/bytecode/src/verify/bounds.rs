//! Tables and indices in; every index proved to name an entry, every type possible.

use stoffel_value::{ScalarTy, TrapCode};

use super::{Fault, VerifyError, objects};
use crate::{FieldKind, Function, Instr, Operands, Program, Type, wide};

/// Greatest number of entries of a table that 16-bit fields index.
const INDEX16_MAX: usize = 1 << 16;
/// Instructions of a whole program; sites are 32 bits.
const CODE_MAX: usize = 1 << 28;
/// Operands that instructions may name in all, beyond [`OPERANDS_PER_INSTR`] each: instructions share register lists, so a
/// short program could name a long list again and again.
const OPERANDS_FREE: usize = 1 << 22;
const OPERANDS_PER_INSTR: usize = 64;
const TYPE_SIZE_MAX: usize = 4096;
const TYPE_DEPTH_MAX: usize = 64;

pub(super) fn check(program: &Program) -> Result<(), VerifyError> {
    limit("types", program.types.len(), INDEX16_MAX)?;
    // 0xffff means "none" where a row may be absent.
    limit("disclosures", program.disclosures.len(), INDEX16_MAX - 1)?;
    limit("inputs", program.inputs.len(), INDEX16_MAX)?;
    limit("outputs", program.outputs.len(), INDEX16_MAX)?;
    limit("slots", program.slots.len(), INDEX16_MAX)?;
    limit("instructions", program.functions.iter().map(|f| f.code.len()).sum(), CODE_MAX)?;
    for ty in &program.types {
        possible(ty)?;
    }
    objects::check(program)?;
    index("entry function", program.entry, program.functions.len())?;
    let rows = program.inputs.iter().map(|row| row.ty).chain(program.outputs.iter().map(|row| row.ty));
    for ty in rows.chain(program.disclosures.iter().map(|row| row.ty)) {
        index("type", ty, program.types.len())?;
    }
    for function in &program.functions {
        tables(program, function)?;
        let mut operands = 0usize;
        for (pc, instr) in function.code.iter().enumerate() {
            fields(program, function, pc as u32, *instr)
                .map_err(|fault| VerifyError { at: Some((function.name.clone(), pc as u32)), fault })?;
            operands += instr.operands(function).map_or(0, Operands::len);
        }
        if operands > function.code.len() * OPERANDS_PER_INSTR + OPERANDS_FREE {
            return Err(Fault::TooComplex(function.name.clone()).into());
        }
    }
    debug(program)
}

pub(super) fn limit(what: &'static str, len: usize, max: usize) -> Result<(), Fault> {
    if len <= max { Ok(()) } else { Err(Fault::TooMany(what)) }
}

pub(super) fn index(what: &'static str, index: u32, len: usize) -> Result<(), Fault> {
    if (index as usize) < len { Ok(()) } else { Err(Fault::OutOfBounds { what, index, len }) }
}

/// Whether a type is small enough for a program: at most 4096 parts, nested at most 64 deep.
#[must_use]
pub fn type_fits(ty: &Type) -> bool {
    shallow(ty, TYPE_DEPTH_MAX) && ty.size() <= TYPE_SIZE_MAX
}

fn possible(ty: &Type) -> Result<(), Fault> {
    if !type_fits(ty) {
        return Err(Fault::LargeType);
    }
    if well_formed(ty) { Ok(()) } else { Err(Fault::BadType(ty.clone())) }
}

fn shallow(ty: &Type, depth: usize) -> bool {
    depth > 0
        && match ty {
            Type::List(member) | Type::Array(member) | Type::Optional(member) => shallow(member, depth - 1),
            Type::Tuple(members) => members.iter().all(|member| shallow(member, depth - 1)),
            Type::Dict(key, value) => shallow(key, depth - 1) && shallow(value, depth - 1),
            Type::Func(func) => func.params.iter().chain([&func.result]).all(|part| shallow(part, depth - 1)),
            Type::Scalar(_) | Type::Secret(_) | Type::Str | Type::Text => true,
            Type::Ticket(_) | Type::Object(_) | Type::Share | Type::Closure => true,
        }
}

fn well_formed(ty: &Type) -> bool {
    match ty {
        // No secret float exists, and a ticket is an opening of a secret.
        Type::Secret(ty) | Type::Ticket(ty) => *ty != ScalarTy::Float,
        // What an object is, the object table says.
        Type::Scalar(_) | Type::Str | Type::Text | Type::Object(_) | Type::Share | Type::Closure => true,
        Type::List(member) => well_formed(member) && !holds_ticket(member),
        Type::Array(member) => matches!(**member, Type::Scalar(_) | Type::Secret(_)) && well_formed(member),
        Type::Optional(member) => {
            well_formed(member) && !matches!(**member, Type::Optional(_)) && !holds_ticket(member)
        }
        Type::Tuple(members) => members.iter().all(|member| well_formed(member) && !holds_ticket(member)),
        Type::Dict(key, value) => key.is_key() && well_formed(value) && !holds_ticket(value),
        Type::Func(func) => {
            func.params.iter().chain([&func.result]).all(|part| well_formed(part) && !holds_ticket(part))
        }
    }
}

/// Lists and dicts hold promised openings as words, never as tickets.
fn holds_ticket(ty: &Type) -> bool {
    matches!(ty, Type::Ticket(_))
}

fn tables(program: &Program, function: &Function) -> Result<(), Fault> {
    for ty in function.refs.iter().chain(&function.result_refs) {
        index("type", *ty, program.types.len())?;
        let ty = &program.types[*ty as usize];
        let reference = matches!(
            ty,
            Type::Str
                | Type::Text
                | Type::List(_)
                | Type::Array(_)
                | Type::Dict(..)
                | Type::Ticket(_)
                | Type::Object(_)
                | Type::Func(_)
                | Type::Closure
                | Type::Share
        );
        if !reference {
            return Err(Fault::NotReference(ty.clone()));
        }
    }
    if function.secrets.iter().chain(&function.result_secrets).any(|ty| *ty == ScalarTy::Float) {
        return Err(Fault::NotSecretFormat(ScalarTy::Float));
    }
    // 0xffff is no register: operand lists use it as a mark.
    let banks = [function.words.len(), function.refs.len(), function.secrets.len()];
    for len in banks {
        limit("registers", len, INDEX16_MAX - 1)?;
    }
    limit("constants", function.words_pool.len(), INDEX16_MAX)?;
    limit("register lists", function.operands.len(), INDEX16_MAX)?;
    let results = [function.result_words.len(), function.result_refs.len(), function.result_secrets.len()];
    let params_fit = function.params.iter().zip(banks).all(|(count, len)| usize::from(*count) <= len);
    let results_agree = function.results.iter().zip(results).all(|(count, len)| usize::from(*count) == len);
    if !params_fit || !results_agree {
        return Err(Fault::Signature(function.name.clone()));
    }
    if function.code.is_empty() {
        return Err(Fault::NoCode(function.name.clone()));
    }
    function.operands.iter().try_for_each(|ops| registers(function, ops))
}

fn registers(function: &Function, ops: &Operands) -> Result<(), Fault> {
    let lists = [
        ("word register", &ops.words, function.words.len()),
        ("word register", &ops.to_words, function.words.len()),
        ("reference register", &ops.refs, function.refs.len()),
        ("reference register", &ops.to_refs, function.refs.len()),
        ("secret register", &ops.secrets, function.secrets.len()),
        ("secret register", &ops.to_secrets, function.secrets.len()),
    ];
    for (place, (what, list, len)) in lists.into_iter().enumerate() {
        for &register in list {
            // Only what stores leaves in a list, dict or object may hold the mark; the rules check that.
            let mark = place == 0 && register == Operands::TICKET;
            if !mark {
                index(what, register.into(), len)?;
            }
        }
    }
    Ok(())
}

fn fields(program: &Program, function: &Function, pc: u32, instr: Instr) -> Result<(), Fault> {
    let raw = instr.raw_fields();
    let mut high = 0;
    for ((_, kind), &value) in instr.info().fields.iter().zip(&raw) {
        let number = u32::from(value);
        match kind {
            FieldKind::WordOut | FieldKind::WordIn | FieldKind::WordStep => {
                index("word register", number, function.words.len())?;
            }
            FieldKind::RefOut | FieldKind::RefIn | FieldKind::RefDrop => {
                index("reference register", number, function.refs.len())?;
            }
            FieldKind::SecretOut | FieldKind::SecretIn | FieldKind::SecretDrop => {
                index("secret register", number, function.secrets.len())?;
            }
            FieldKind::Pool => index("constant", number, function.words_pool.len())?,
            FieldKind::Ops => index("register list", number, function.operands.len())?,
            FieldKind::Type => index("type", number, program.types.len())?,
            FieldKind::RowOrNone if value == u16::MAX => {}
            FieldKind::Row | FieldKind::RowOrNone => index("disclosure", number, program.disclosures.len())?,
            FieldKind::InputRow => index("input", number, program.inputs.len())?,
            FieldKind::OutputRow => index("output", number, program.outputs.len())?,
            FieldKind::SlotRow => index("slot", number, program.slots.len())?,
            FieldKind::Trap => index("trap", number, TrapCode::ALL.len())?,
            FieldKind::TargetHi | FieldKind::FunctionHi | FieldKind::StringHi => high = value,
            FieldKind::FunctionLo => index("function", wide(high, value), program.functions.len())?,
            FieldKind::Function => index("function", number, program.functions.len())?,
            FieldKind::StringLo => index("string", wide(high, value), program.strings.len())?,
            // Targets are checked below, runs of registers by the rules; the rest is any value.
            FieldKind::TargetLo | FieldKind::Imm | FieldKind::By | FieldKind::WordRun => {}
            // How many there are depends on the object; the rules check it.
            FieldKind::Field => {}
            FieldKind::BinOp | FieldKind::CmpOp | FieldKind::UnOp | FieldKind::Builtin | FieldKind::Bits => {}
        }
    }
    if let Some(target) = instr.jump_target(pc)
        && !(0..function.code.len() as i64).contains(&target)
    {
        return Err(Fault::JumpTarget(target));
    }
    if instr.falls_through() && pc as usize + 1 == function.code.len() {
        return Err(Fault::RunsPastEnd);
    }
    Ok(())
}

/// Debug info is outside the content hash: it may be absent, but not belong to other code.
fn debug(program: &Program) -> Result<(), VerifyError> {
    let sites: usize = program.functions.iter().map(|function| function.code.len()).sum();
    let spans = &program.debug.spans;
    let known = |file: u32| (file as usize) < program.debug.files.len();
    let calls = &program.debug.inlined;
    let nested =
        (0u32..).zip(calls).all(|(index, call)| call.outer <= index && (call.span.line == 0 || known(call.span.file)));
    let frames = &program.debug.frames;
    let ascending = frames.is_sorted_by(|(a, _), (b, _)| a < b);
    let named = frames.iter().all(|(site, call)| (*site as usize) < sites && (*call as usize) < calls.len());
    if !(nested && ascending && named) {
        return Err(Fault::Debug.into());
    }
    if spans.is_empty() || (spans.len() == sites && spans.iter().all(|span| span.line == 0 || known(span.file))) {
        Ok(())
    } else {
        Err(Fault::Debug.into())
    }
}
