//! Bytecode that the verifier accepts in; bytecode with one thing wrong out.
//!
//! Every change is one that a faulty or hostile compiler could make: a register of another bank's secrecy, another register, another row
//! of a manifest, a row dropped or changed, an instruction dropped, doubled or turned into its neighbour.

mod manifest;

use stoffel_bytecode::{Builtin, FieldKind, Instr, Program, Type};
use stoffel_value::{IntTy, ScalarTy};

use crate::rng::Rng;

/// Changes of each kind that are made of one program.
const EACH: usize = 4;

/// Makes changed copies of a program.
pub(crate) struct Mutator<'p> {
    program: &'p Program,
    rng: &'p mut Rng,
}

type Change = fn(&mut Mutator<'_>, &mut Program) -> Option<()>;

/// Kinds of change.
const CHANGES: &[Change] = &[
    |m, p| m.reference_type(p),
    |m, p| m.register_format(p),
    |m, p| m.other_register(p),
    |m, p| m.other_operand(p),
    |m, p| m.fewer_operands(p),
    |m, p| m.other_row(p),
    |m, p| m.disclosure(p),
    |m, p| m.more_disclosures(p),
    |m, p| m.output(p),
    |m, p| m.input(p),
    |m, p| m.needs(p),
    |m, p| m.marks(p),
    |m, p| m.signature(p),
    |m, p| m.callee(p),
    |m, p| m.dropped(p),
    |m, p| m.doubled(p),
    |m, p| m.builtin(p),
    |m, p| m.turned(p),
    |m, p| m.redirected(p),
    |m, p| m.redirected(p),
    |m, p| m.function_value(p),
    |m, p| m.one_operand(p),
    |m, p| m.public_target(p),
    |m, p| m.unlisted(p),
];

impl<'p> Mutator<'p> {
    pub(crate) const fn new(program: &'p Program, rng: &'p mut Rng) -> Self {
        Self { program, rng }
    }

    /// Some changes of every kind.
    pub(crate) fn all(mut self) -> Vec<Program> {
        let mut out = Vec::new();
        for change in CHANGES {
            for _ in 0..EACH {
                let mut copy = self.program.clone();
                if change(&mut self, &mut copy).is_some() && copy != *self.program {
                    out.push(copy);
                }
            }
        }
        out
    }

    fn index(&mut self, len: usize) -> Option<usize> {
        (len > 0).then(|| self.rng.below(len))
    }

    fn function(&mut self, program: &Program) -> usize {
        self.rng.below(program.functions.len())
    }

    /// An instruction of which `fits` holds: function and place.
    fn instr(&mut self, program: &Program, fits: impl Fn(Instr) -> bool) -> Option<(usize, usize)> {
        let mut found = Vec::new();
        for (function, code) in program.functions.iter().enumerate() {
            found.extend(code.code.iter().enumerate().filter(|(_, instr)| fits(**instr)).map(|(pc, _)| (function, pc)));
        }
        let at = self.index(found.len())?;
        Some(found[at])
    }

    /// A reference register whose type changes its secrecy.
    fn reference_type(&mut self, program: &mut Program) -> Option<()> {
        let function = self.function(program);
        let register = self.index(program.functions[function].refs.len())?;
        let ty = program.types[program.functions[function].refs[register] as usize].clone();
        let other = flipped(&ty)?;
        let at = type_index(program, other);
        program.functions[function].refs[register] = at;
        Some(())
    }

    fn register_format(&mut self, program: &mut Program) -> Option<()> {
        const FORMATS: &[ScalarTy] =
            &[ScalarTy::Bool, ScalarTy::I64, ScalarTy::Int(IntTy::U8), ScalarTy::FIX64, ScalarTy::Float];
        let function = self.function(program);
        let format = FORMATS[self.rng.below(FORMATS.len())];
        let secret = self.rng.chance(50);
        let function = &mut program.functions[function];
        let bank = if secret { &mut function.secrets } else { &mut function.words };
        let at = self.index(bank.len())?;
        bank[at] = format;
        Some(())
    }

    /// Another register in a field of an instruction.
    fn other_register(&mut self, program: &mut Program) -> Option<()> {
        let (function, pc) =
            self.instr(program, |instr| instr.info().fields.iter().any(|(_, kind)| bank(*kind).is_some()))?;
        let code = &mut program.functions[function];
        let sizes = [code.words.len(), code.refs.len(), code.secrets.len()];
        let instr = code.code[pc];
        let fields: Vec<usize> = (instr.info().fields.iter().enumerate())
            .filter(|(_, (_, kind))| bank(*kind).is_some())
            .map(|(at, _)| at)
            .collect();
        let field = fields[self.rng.below(fields.len())];
        let to = self.index(sizes[bank(instr.info().fields[field].1)?])? as u16;
        code.code[pc] = with_field(instr, field, to)?;
        Some(())
    }

    /// Another register in a list of operands.
    fn other_operand(&mut self, program: &mut Program) -> Option<()> {
        let function = self.function(program);
        let code = &mut program.functions[function];
        let sizes = [code.words.len(), code.refs.len(), code.secrets.len()];
        let at = self.index(code.operands.len())?;
        let ops = &mut code.operands[at];
        let which = self.rng.below(6);
        let lists =
            [&mut ops.words, &mut ops.refs, &mut ops.secrets, &mut ops.to_words, &mut ops.to_refs, &mut ops.to_secrets];
        let list = lists.into_iter().nth(which)?;
        let place = self.index(list.len())?;
        list[place] = self.index(sizes[which % 3])? as u16;
        Some(())
    }

    fn fewer_operands(&mut self, program: &mut Program) -> Option<()> {
        let function = self.function(program);
        let code = &mut program.functions[function];
        let at = self.index(code.operands.len())?;
        let ops = &mut code.operands[at];
        match self.rng.below(3) {
            0 => ops.secrets.pop().map(drop),
            1 => ops.refs.pop().map(drop),
            _ => ops.words.pop().map(drop),
        }
    }

    /// Another row of a manifest.
    fn other_row(&mut self, program: &mut Program) -> Option<()> {
        let is_row = |kind: FieldKind| matches!(kind, FieldKind::Row | FieldKind::RowOrNone | FieldKind::OutputRow);
        let (function, pc) = self.instr(program, |instr| instr.info().fields.iter().any(|(_, kind)| is_row(*kind)))?;
        let instr = program.functions[function].code[pc];
        let field = instr.info().fields.iter().position(|(_, kind)| is_row(*kind))?;
        let to = match instr.info().fields[field].1 {
            FieldKind::RowOrNone if self.rng.chance(50) => u16::MAX,
            FieldKind::OutputRow => self.index(program.outputs.len())? as u16,
            _ => self.index(program.disclosures.len())? as u16,
        };
        program.functions[function].code[pc] = with_field(instr, field, to)?;
        Some(())
    }

    /// Other results of a function.
    fn signature(&mut self, program: &mut Program) -> Option<()> {
        let function = self.function(program);
        let n_types = program.types.len();
        let code = &mut program.functions[function];
        match self.rng.below(3) {
            0 => {
                let at = self.index(code.result_refs.len())?;
                code.result_refs[at] = self.rng.below(n_types) as u32;
            }
            1 => {
                let ty = code.result_secrets.pop()?;
                code.results[2] -= 1;
                code.result_words.push(ty);
                code.results[0] += 1;
            }
            _ => {
                let at = self.index(code.result_words.len())?;
                let ty = code.result_words.remove(at);
                code.results[0] -= 1;
                code.result_secrets.push(ty);
                code.results[2] += 1;
            }
        }
        Some(())
    }

    /// Another function called, or made a value.
    fn callee(&mut self, program: &mut Program) -> Option<()> {
        let (function, pc) =
            self.instr(program, |instr| matches!(instr, Instr::Call { .. } | Instr::Closure { .. }))?;
        let to = self.function(program) as u16;
        let instr = &mut program.functions[function].code[pc];
        match instr {
            Instr::Call { lo, .. } | Instr::Closure { lo, .. } => *lo = to,
            _ => return None,
        }
        Some(())
    }

    /// An instruction that is not done.
    fn dropped(&mut self, program: &mut Program) -> Option<()> {
        let rare = |instr| {
            matches!(
                instr,
                Instr::GuardEnter { .. }
                    | Instr::GuardLeave
                    | Instr::Output { .. }
                    | Instr::Open { .. }
                    | Instr::OpenRef { .. }
                    | Instr::Hide { .. }
                    | Instr::SendOut { .. }
                    | Instr::MoveSecret { .. }
                    | Instr::NewList { .. }
            )
        };
        let (function, pc) = self.instr(program, rare)?;
        program.functions[function].code[pc] = Instr::Nop;
        Some(())
    }

    /// An instruction in the place of the next.
    fn doubled(&mut self, program: &mut Program) -> Option<()> {
        let falls = |instr: Instr| instr.falls_through();
        let (function, pc) = self.instr(program, falls)?;
        let code = &mut program.functions[function].code;
        let instr = code[pc];
        let next = code.get_mut(pc + 1).filter(|next| next.falls_through())?;
        *next = instr;
        Some(())
    }

    /// Another library operation on the same operands.
    fn builtin(&mut self, program: &mut Program) -> Option<()> {
        const NEAR: &[Builtin] = &[
            Builtin::Equal,
            Builtin::Find,
            Builtin::Count,
            Builtin::Copy,
            Builtin::Reverse,
            Builtin::Sort,
            Builtin::Clear,
            Builtin::Extend,
            Builtin::SelectList,
            Builtin::PutSecret,
            Builtin::PickSecret,
            Builtin::ArrayPut,
            Builtin::ArrayIndex,
            Builtin::ArraySum,
            Builtin::ArrayCount,
        ];
        let (function, pc) = self.instr(program, |instr| matches!(instr, Instr::Builtin { .. }))?;
        let to = NEAR[self.rng.below(NEAR.len())];
        match &mut program.functions[function].code[pc] {
            Instr::Builtin { op, .. } => *op = to,
            _ => return None,
        }
        Some(())
    }

    /// An instruction on secrets whose result or condition is taken elsewhere.
    fn turned(&mut self, program: &mut Program) -> Option<()> {
        let fits = |instr| {
            matches!(
                instr,
                Instr::SendOut { .. }
                    | Instr::AppendSecret { .. }
                    | Instr::GetSecret { .. }
                    | Instr::GuardEnter { .. }
                    | Instr::SSelect { .. }
                    | Instr::OpenRef { .. }
                    | Instr::HideRef { .. }
                    | Instr::MoveRef { .. }
            )
        };
        let (function, pc) = self.instr(program, fits)?;
        let code = &mut program.functions[function];
        let (n_words, n_refs, n_secrets) = (code.words.len(), code.refs.len(), code.secrets.len());
        let instr = code.code[pc];
        let (word, r, s) = (self.index(n_words), self.index(n_refs), self.index(n_secrets));
        code.code[pc] = match instr {
            Instr::GetSecret { r, i, .. } => Instr::GetWord { d: word? as u16, r, i },
            Instr::AppendSecret { s, .. } => Instr::AppendSecret { r: r? as u16, s },
            Instr::GuardEnter { .. } => Instr::GuardEnter { s: s? as u16 },
            Instr::OpenRef { d, r, .. } => Instr::MoveRef { d, r },
            Instr::HideRef { d, r } | Instr::MoveRef { d, r } if self.rng.chance(50) => Instr::HideRef { d: r, r: d },
            Instr::HideRef { d, r } => Instr::MoveRef { d, r },
            Instr::MoveRef { d, r } => Instr::HideRef { d, r },
            Instr::SSelect { ops, .. } => {
                let to = s? as u16;
                *code.operands[usize::from(ops)].secrets.first_mut()? = to;
                instr
            }
            Instr::SendOut { row, ops } if self.rng.chance(50) => Instr::Output { row: 0, disclosure: row, ops },
            other => other,
        };
        Some(())
    }

    /// An instruction that is done again, into a new reference register of another type.
    fn redirected(&mut self, program: &mut Program) -> Option<()> {
        let writes = |instr| {
            matches!(
                instr,
                Instr::Open { .. }
                    | Instr::OpenRef { .. }
                    | Instr::HideRef { .. }
                    | Instr::MoveRef { .. }
                    | Instr::ABin { .. }
                    | Instr::ACmp { .. }
                    | Instr::AUn { .. }
            )
        };
        let (function, pc) = self.instr(program, writes)?;
        let n_types = program.types.len();
        let instr = program.functions[function].code[pc];
        let field = instr.info().fields.iter().position(|(_, kind)| *kind == FieldKind::RefOut)?;
        let old = instr.raw_fields()[field];
        let ty = program.types[program.functions[function].refs[usize::from(old)] as usize].clone();
        let other = match ty {
            Type::Ticket(format) => Type::Ticket(if format == ScalarTy::Bool { ScalarTy::I64 } else { ScalarTy::Bool }),
            ty => flipped(&ty)
                .filter(|_| self.rng.chance(70))
                .unwrap_or_else(|| program.types[self.rng.below(n_types)].clone()),
        };
        let ty = type_index(program, other);
        let code = &mut program.functions[function];
        let new = code.refs.len() as u16;
        code.refs.push(ty);
        insert(program, function, pc + 1, with_field(instr, field, new)?)
    }

    /// A function value made again, of another type.
    fn function_value(&mut self, program: &mut Program) -> Option<()> {
        let (function, pc) = self.instr(program, |instr| matches!(instr, Instr::Closure { .. }))?;
        let instr = program.functions[function].code[pc];
        let mut ops = instr.operands(&program.functions[function])?.clone();
        let old = *ops.to_refs.first()?;
        let ty = program.types[program.functions[function].refs[usize::from(old)] as usize].clone();
        let Type::Func(mut func) = ty else { return None };
        match self.rng.below(2) {
            0 => func.result = flipped(&func.result)?,
            _ => {
                let first = func.params.first_mut()?;
                *first = flipped(first)?;
            }
        }
        let ty = type_index(program, Type::Func(func));
        let code = &mut program.functions[function];
        ops.to_refs = vec![code.refs.len() as u16];
        code.refs.push(ty);
        let at = code.operands.len() as u16;
        code.operands.push(ops);
        let Instr::Closure { hi, lo, .. } = instr else { return None };
        insert(program, function, pc + 1, Instr::Closure { ops: at, hi, lo })
    }

    /// A list of operands whose references are all the same.
    fn one_operand(&mut self, program: &mut Program) -> Option<()> {
        let (function, pc) = self.instr(program, |instr| matches!(instr, Instr::Builtin { .. }))?;
        let Instr::Builtin { ops, .. } = program.functions[function].code[pc] else { return None };
        let code = &mut program.functions[function];
        let r = self.index(code.refs.len())? as u16;
        let to = self.rng.chance(50);
        let ops = code.operands.get_mut(usize::from(ops))?;
        ops.refs.fill(r);
        if to {
            ops.to_refs.fill(r);
        }
        Some(())
    }

    /// A list or array of public elements, with a public value, where a secret index decides what changes.
    fn public_target(&mut self, program: &mut Program) -> Option<()> {
        let is_target = |instr| matches!(instr, Instr::Builtin { op: Builtin::PutSecret | Builtin::ArrayPut, .. });
        let (function, pc) = self.instr(program, is_target)?;
        let Instr::Builtin { op, ops } = program.functions[function].code[pc] else { return None };
        let list = if op == Builtin::PutSecret {
            Type::List(Box::new(Type::Scalar(ScalarTy::I64)))
        } else {
            Type::Array(Box::new(Type::Scalar(ScalarTy::I64)))
        };
        let wanted = type_index(program, list);
        let code = &mut program.functions[function];
        let public = code.refs.iter().position(|&ty| ty == wanted)? as u16;
        let ops = &mut code.operands[usize::from(ops)];
        if op == Builtin::PutSecret {
            *ops.refs.get_mut(1)? = public;
            ops.secrets.pop()?;
            ops.words.push(code.words.iter().position(|&ty| ty == ScalarTy::I64)? as u16);
        } else {
            ops.refs.fill(public);
        }
        Some(())
    }
}

/// Puts an instruction before place `at` of a function; jumps and source positions follow.
fn insert(program: &mut Program, function: usize, at: usize, instr: Instr) -> Option<()> {
    let moved = |place: i64| place + i64::from(place >= at as i64);
    let code = &mut program.functions[function].code;
    for (place, one) in code.iter_mut().enumerate() {
        let Some(target) = one.jump_target(place as u32) else { continue };
        let to = moved(target);
        match one {
            Instr::Jump { hi, lo } | Instr::JumpIf { hi, lo, .. } | Instr::JumpIfNot { hi, lo, .. } => {
                (*hi, *lo) = ((to >> 16) as u16, to as u16);
            }
            other => *other.distance_mut()? = (to - moved(place as i64)) as i16,
        }
    }
    code.insert(at, instr);
    let first: usize = program.functions[..function].iter().map(|function| function.code.len()).sum();
    let site = first + at;
    if let Some(&span) = program.debug.spans.get(site - 1) {
        program.debug.spans.insert(site, span);
    }
    program.debug.frames.iter_mut().filter(|(one, _)| *one as usize >= site).for_each(|(one, _)| *one += 1);
    Some(())
}

/// Bank of a register field.
const fn bank(kind: FieldKind) -> Option<usize> {
    match kind {
        FieldKind::WordOut | FieldKind::WordIn | FieldKind::WordStep => Some(0),
        FieldKind::RefOut | FieldKind::RefIn | FieldKind::RefDrop => Some(1),
        FieldKind::SecretOut | FieldKind::SecretIn | FieldKind::SecretDrop => Some(2),
        _ => None,
    }
}

/// The instruction with another value in a field.
fn with_field(instr: Instr, field: usize, to: u16) -> Option<Instr> {
    let mut bytes = instr.encode();
    let fields = instr.info().fields;
    if fields[field].1.is_selector() {
        return None;
    }
    let place = fields[..field].iter().filter(|(_, kind)| !kind.is_selector()).count();
    bytes[2 + 2 * place..4 + 2 * place].copy_from_slice(&to.to_le_bytes());
    Instr::decode(bytes)
}

/// The type with public scalars secret or secret ones public.
fn flipped(ty: &Type) -> Option<Type> {
    Some(match ty {
        Type::Scalar(ScalarTy::Float) => return None,
        Type::Scalar(scalar) => Type::Secret(*scalar),
        Type::Secret(scalar) => Type::Scalar(*scalar),
        Type::List(member) => Type::List(Box::new(flipped(member)?)),
        Type::Array(member) => Type::Array(Box::new(flipped(member)?)),
        Type::Optional(member) => Type::Optional(Box::new(flipped(member)?)),
        Type::Dict(key, value) => Type::Dict(key.clone(), Box::new(flipped(value)?)),
        _ => return None,
    })
}

fn type_index(program: &mut Program, ty: Type) -> u32 {
    let at = program.types.iter().position(|one| *one == ty).unwrap_or_else(|| {
        program.types.push(ty);
        program.types.len() - 1
    });
    at as u32
}
