//! One instruction with its operands in; its types proved, and with them that secrets stay secret.

mod dict;
mod object;
pub(super) mod secret;

use std::borrow::Cow;

use stoffel_value::{ScalarTy, binary_defined, is_canonical, right_operand, unary_defined};

use super::rule::Rule;
use super::{Fault, TypeInfo, VerifyError, arrays, builtins, lanes};
use crate::{FuncType, Function, Instr, Leaf, Operands, Program, Type, wide};

pub(super) fn check(program: &Program, types: &[TypeInfo], function: &Function) -> Result<(), VerifyError> {
    let cx = Context { program, types, function };
    for (pc, instr) in function.code.iter().enumerate() {
        cx.instr(*instr).map_err(|fault| VerifyError { at: Some((function.name.clone(), pc as u32)), fault })?;
    }
    Ok(())
}

pub(super) type Checked = Result<(), Fault>;

/// A function under check.
pub(super) struct Context<'a> {
    pub(super) program: &'a Program,
    pub(super) types: &'a [TypeInfo],
    pub(super) function: &'a Function,
}

impl<'a> Context<'a> {
    pub(super) fn word(&self, register: u16) -> ScalarTy {
        self.function.words[usize::from(register)]
    }

    pub(super) fn secret(&self, register: u16) -> ScalarTy {
        self.function.secrets[usize::from(register)]
    }

    pub(super) fn reference(&self, register: u16) -> &'a Type {
        &self.program.types[self.function.refs[usize::from(register)] as usize]
    }

    pub(super) fn info(&self, register: u16) -> &'a TypeInfo {
        &self.types[self.function.refs[usize::from(register)] as usize]
    }

    pub(super) fn ops(&self, index: u16) -> &'a Operands {
        &self.function.operands[usize::from(index)]
    }

    /// Leaves of the elements of the list in a register.
    pub(super) fn element(&self, register: u16) -> Result<&'a [Leaf], Fault> {
        match self.reference(register) {
            Type::List(_) => self.row(register),
            other => Err(mismatch("the reference", "list", other)),
        }
    }

    /// Leaves of the elements of the list, or of the rows of the dict, in a register.
    pub(super) fn row(&self, register: u16) -> Result<&'a [Leaf], Fault> {
        self.info(register)
            .element
            .as_deref()
            .ok_or_else(|| mismatch("the reference", "list or dict", self.reference(register)))
    }

    fn instr(&self, instr: Instr) -> Checked {
        match instr {
            Instr::Nop | Instr::DropRef { .. } | Instr::DropSecret { .. } | Instr::GuardLeave | Instr::Trap { .. } => {
                Ok(())
            }
            Instr::Jump { .. } | Instr::Convert { .. } => Ok(()),
            Instr::Move { d, w } => self.is_word(d, self.word(w)),
            Instr::Const { d, imm } => self.canonical(d, self.function.words_pool[usize::from(imm)]),
            Instr::Small { d, v } => self.canonical(d, i64::from(v) as u64),
            Instr::Bin { op, d, a, b } => {
                let ty = self.word(a);
                defined(op.name(), ty, binary_defined(op, ty))?;
                self.is_word(b, right_operand(op, ty))?;
                self.is_word(d, ty)
            }
            Instr::Un { op, d, a } => {
                let ty = self.word(a);
                defined(op.name(), ty, unary_defined(op, ty))?;
                self.is_word(d, ty)
            }
            Instr::Cmp { d, a, b, .. } => {
                comparable(self.word(a), self.word(b))?;
                self.is_word(d, ScalarTy::Bool)
            }
            Instr::AddI64 { d, a, b }
            | Instr::SubI64 { d, a, b }
            | Instr::MulI64 { d, a, b }
            | Instr::RemI64 { d, a, b }
            | Instr::ModI64 { d, a, b } => {
                [d, a, b].into_iter().try_for_each(|register| self.is_word(register, ScalarTy::I64))
            }
            Instr::AddI64Imm { d, a, .. }
            | Instr::JumpLtI64 { a: d, b: a, .. }
            | Instr::JumpGeI64 { a: d, b: a, .. }
            | Instr::JumpEqI64 { a: d, b: a, .. }
            | Instr::JumpNeI64 { a: d, b: a, .. }
            | Instr::LoopI64 { i: d, n: a, .. } => {
                self.is_word(d, ScalarTy::I64)?;
                self.is_word(a, ScalarTy::I64)
            }
            Instr::JumpLtI64Imm { a, .. }
            | Instr::JumpGeI64Imm { a, .. }
            | Instr::JumpEqI64Imm { a, .. }
            | Instr::JumpNeI64Imm { a, .. }
            | Instr::LoopI64Imm { i: a, .. } => self.is_word(a, ScalarTy::I64),
            Instr::JumpIf { w, .. } | Instr::JumpIfNot { w, .. } => self.is_word(w, ScalarTy::Bool),
            Instr::Call { ops, hi, lo } => self.call(ops, wide(hi, lo)),
            Instr::CallWords { d, a, f } => self.call_words(d, a, f),
            Instr::ReturnWord { w } => {
                let results = signature_results(self.program, self.function);
                arity("results", 1, results.len())?;
                match &results[0] {
                    Leaf::Word(ty) => self.is_word(w, *ty),
                    other => Err(mismatch("the result", other, "a word")),
                }
            }
            Instr::Closure { ops, hi, lo } => self.closure(self.ops(ops), wide(hi, lo)),
            Instr::CallValue { r, ops } => {
                let func = self.func(r)?;
                self.exact(self.ops(ops), &func.param_leaves(), &func.result.leaves())
            }
            Instr::Try { d, r } => {
                self.is_ref(d, &Type::Str)?;
                arity("arguments", 0, self.func(r)?.params.len())
            }
            Instr::Return { .. } if !Rule::ReturnSignature.on() => Ok(()),
            Instr::Return { ops } => self.sources(self.ops(ops), &signature_results(self.program, self.function)),
            Instr::Fail { r } | Instr::Print { r } => self.is_ref(r, &Type::Str),
            Instr::MoveRef { d, r } => self.flows(self.reference(r), self.reference(d)),
            Instr::Str { d, .. } => self.is_ref(d, &Type::Str),
            Instr::Format { d, ty, ops } => {
                self.is_ref(d, &Type::Str)?;
                if let ticket @ Type::Ticket(_) = &self.program.types[usize::from(ty)] {
                    return Err(mismatch("the formatted value", "a value", ticket));
                }
                self.sources(self.ops(ops), &self.types[usize::from(ty)].leaves)
            }
            Instr::FormatSpec { d, ty, ops } => self.format_spec(d, ty, ops),
            Instr::ConcatStr { d, ops } => {
                self.is_ref(d, &Type::Str)?;
                let ops = self.ops(ops);
                self.sources(ops, &vec![Leaf::Ref(Type::Str); ops.refs.len()])
            }
            Instr::NewList { d } => self.rows(d).map(|_| ()),
            Instr::Len { d, r } => {
                self.is_word(d, ScalarTy::I64)?;
                if matches!(self.reference(r), Type::Str | Type::Text) { Ok(()) } else { self.rows(r).map(|_| ()) }
            }
            Instr::Get { r, i, ops } => {
                self.is_word(i, ScalarTy::I64)?;
                self.exact(self.ops(ops), &[], &self.rows(r)?)
            }
            Instr::Set { r, i, ops } => {
                self.is_word(i, ScalarTy::I64)?;
                self.element_sources(self.ops(ops), &self.indexed(r)?)
            }
            Instr::Append { r, ops } => self.element_sources(self.ops(ops), self.element(r)?),
            Instr::GetWord { d, r, i } => {
                self.is_word(i, ScalarTy::I64)?;
                one_leaf(&self.rows(r)?, &Leaf::Word(self.word(d)), self.reference(r))
            }
            Instr::GetSecret { d, r, i } => {
                self.is_word(i, ScalarTy::I64)?;
                one_leaf(&self.indexed(r)?, &Leaf::Secret(self.secret(d)), self.reference(r))
            }
            Instr::AppendSecret { r, s } => self.one_leaf(r, &Leaf::Secret(self.secret(s))),
            Instr::AppendTicket { r, t } => self.one_leaf(r, &Leaf::Word(self.ticket(t)?)),
            Instr::NewObject { d, ops } => self.new_object(d, self.ops(ops)),
            Instr::GetField { r, field, ops } => self.get_field(r, field, self.ops(ops)),
            Instr::SetField { r, field, ops } => self.set_field(r, field, self.ops(ops)),
            Instr::Nil { d } => self.nil(d),
            Instr::Put { r, ops } => self.put(r, self.ops(ops)),
            Instr::Builtin { op, ops } => builtins::check(self, op, self.ops(ops)),
            Instr::ABin { op, d, a, b } => arrays::binary(self, op, d, a, b),
            Instr::AUn { op, d, a } => arrays::unary(self, op, d, a),
            Instr::ACmp { d, a, b, .. } => arrays::compare(self, d, a, b),
            Instr::AConvert { d, a } => arrays::convert(self, d, a),
            // A reference that is no value has any type, so the rules are those of the operations that trap.
            Instr::LBin { op, d, a, b } => arrays::binary(self, op, d, a, b),
            Instr::LUn { op, d, a } => arrays::unary(self, op, d, a),
            Instr::LCmp { d, a, b, .. } => arrays::compare(self, d, a, b),
            Instr::LConvert { d, a } => arrays::convert(self, d, a),
            Instr::LFold { op, d, a, b } => lanes::fold(self, op, d, a, b),
            _ => self.secret_instr(instr),
        }
    }

    pub(super) fn is_word(&self, register: u16, expected: ScalarTy) -> Checked {
        let found = self.word(register);
        if found == expected { Ok(()) } else { Err(mismatch("a word register", expected, found)) }
    }

    pub(super) fn is_secret(&self, register: u16, expected: ScalarTy) -> Checked {
        let found = self.secret(register);
        if found == expected { Ok(()) } else { Err(mismatch("a secret register", expected, found)) }
    }

    pub(super) fn is_ref(&self, register: u16, expected: &Type) -> Checked {
        self.flows(self.reference(register), expected)
    }

    /// A reference of one type where another stands: only equal types flow.
    pub(super) fn flows(&self, from: &Type, to: &Type) -> Checked {
        // Most references come from the same entry of the type table.
        if std::ptr::eq(from, to) || from == to || self.derives(from, to) || !Rule::ReferenceFlow.on() {
            Ok(())
        } else if from.has_secret() && !to.has_secret() && self.reveals(from, to) {
            Err(Fault::SecretToPublic { from: from.to_string(), to: to.to_string() })
        } else {
            Err(mismatch("a reference register", to, from))
        }
    }

    /// Format of the opening that a ticket promises.
    pub(super) fn ticket(&self, register: u16) -> Result<ScalarTy, Fault> {
        match self.reference(register) {
            Type::Ticket(ty) => Ok(*ty),
            other => Err(mismatch("the reference", "ticket", other)),
        }
    }

    fn one_leaf(&self, list: u16, leaf: &Leaf) -> Checked {
        one_leaf(self.element(list)?, leaf, self.reference(list))
    }

    /// Leaves of the elements of the list or array in a register.
    fn indexed(&self, register: u16) -> Result<Cow<'a, [Leaf]>, Fault> {
        match self.reference(register) {
            Type::Array(member) => Ok(Cow::Owned(member.leaves())),
            _ => self.element(register).map(Cow::Borrowed),
        }
    }

    /// As [`Self::indexed`], for what is only read: the rows of a dict, too.
    fn rows(&self, register: u16) -> Result<Cow<'a, [Leaf]>, Fault> {
        match self.reference(register) {
            Type::Dict(..) => self.row(register).map(Cow::Borrowed),
            _ => self.indexed(register),
        }
    }

    fn canonical(&self, d: u16, word: u64) -> Checked {
        let ty = self.word(d);
        if is_canonical(ty, word) { Ok(()) } else { Err(Fault::NotCanonical { ty, word }) }
    }

    fn call(&self, ops: u16, callee: u32) -> Checked {
        if callee == self.program.entry {
            return Err(Fault::Entry);
        }
        let callee = &self.program.functions[callee as usize];
        if !Rule::CallSignature.on() {
            return Ok(());
        }
        self.exact(self.ops(ops), &signature_params(self.program, callee), &signature_results(self.program, callee))
    }

    /// Words only; the runs of registers lie within the caller's.
    fn call_words(&self, d: u16, a: u16, callee: u16) -> Checked {
        if u32::from(callee) == self.program.entry {
            return Err(Fault::Entry);
        }
        let callee = &self.program.functions[usize::from(callee)];
        let (params, results) = (signature_params(self.program, callee), signature_results(self.program, callee));
        for (first, leaves) in [(a, params), (d, results)] {
            for (offset, leaf) in leaves.into_iter().enumerate() {
                let register = usize::from(first) + offset;
                match (self.function.words.get(register), leaf) {
                    (None, _) => {
                        return Err(Fault::OutOfBounds {
                            what: "word register",
                            index: register as u32,
                            len: self.function.words.len(),
                        });
                    }
                    (Some(found), Leaf::Word(ty)) if *found == ty => {}
                    (Some(found), leaf) => {
                        return Err(mismatch("an argument or result of a call of words", leaf, found));
                    }
                }
            }
        }
        Ok(())
    }

    /// The function type of a reference.
    fn func(&self, register: u16) -> Result<&'a FuncType, Fault> {
        match self.reference(register) {
            Type::Func(func) => Ok(func),
            other => Err(mismatch("the reference", "function value", other)),
        }
    }

    /// A function value: captured values are the first parameters of each bank, and what the type says is all the rest.
    ///
    /// A call of the value thus is a call of a function with this signature, whatever function it is: secrets that go in or come
    /// out are secret registers on both sides.
    fn closure(&self, ops: &Operands, callee: u32) -> Checked {
        if callee == self.program.entry {
            return Err(Fault::Entry);
        }
        arity("written references", 1, ops.to_refs.len())?;
        let func = self.func(ops.to_refs[0])?;
        let callee = &self.program.functions[callee as usize];
        let (params, args) = (signature_params(self.program, callee), by_bank(func.param_leaves()));
        let mut captured = Vec::new();
        for bank in [Bank::Word, Bank::Ref, Bank::Secret] {
            let of = |leaves: &[Leaf]| leaves.iter().filter(|leaf| Bank::of(leaf) == bank).cloned().collect::<Vec<_>>();
            let (params, args) = (of(&params), of(&args));
            let first = params.len().checked_sub(args.len()).ok_or(Fault::Arity {
                what: "parameters",
                expected: args.len(),
                found: params.len(),
            })?;
            same_leaves(&params[first..], &args)?;
            captured.extend_from_slice(&params[..first]);
        }
        same_leaves(&signature_results(self.program, callee), &by_bank(func.result.leaves()))?;
        self.exact(ops, &captured, &[Leaf::Ref(self.reference(ops.to_refs[0]).clone())])
    }

    fn format_spec(&self, d: u16, ty: u16, ops: u16) -> Checked {
        self.is_ref(d, &Type::Str)?;
        let leaves = &self.types[usize::from(ty)].leaves;
        arity("leaves", 1, leaves.len())?;
        if let ticket @ Leaf::Ref(Type::Ticket(_)) = &leaves[0] {
            return Err(mismatch("the formatted value", "a value", ticket));
        }
        let mut sources = leaves.clone();
        sources.push(Leaf::Ref(Type::Str));
        self.sources(self.ops(ops), &sources)
    }

    /// The operands' sources are an element's leaves; tickets may stand for words.
    pub(super) fn element_sources(&self, ops: &Operands, element: &[Leaf]) -> Checked {
        let promised = ops.words.iter().filter(|&&word| word == Operands::TICKET).count();
        let tickets = ops.refs.len().checked_sub(promised);
        let (refs, tickets) = ops.refs.split_at(tickets.ok_or(Fault::Arity {
            what: "tickets",
            expected: promised,
            found: ops.refs.len(),
        })?);
        let words = leaves_of(element, |leaf| if let Leaf::Word(ty) = leaf { Some(*ty) } else { None });
        let mut tickets = tickets.iter();
        arity("words", words.len(), ops.words.len())?;
        for (&register, expected) in ops.words.iter().zip(words) {
            if register != Operands::TICKET {
                self.is_word(register, expected)?;
            } else if let Some(&ticket) = tickets.next() {
                let found = self.ticket(ticket)?;
                if found != expected {
                    return Err(mismatch("a ticket", expected, found));
                }
            }
        }
        self.refs(refs, element)?;
        self.secrets(&ops.secrets, element)?;
        self.destinations(ops, &[])
    }

    /// The operands' sources are exactly these leaves, and there are no destinations.
    pub(super) fn sources(&self, ops: &Operands, leaves: &[Leaf]) -> Checked {
        self.exact(ops, leaves, &[])
    }

    /// The operands are exactly these sources and destinations.
    pub(super) fn exact(&self, ops: &Operands, sources: &[Leaf], destinations: &[Leaf]) -> Checked {
        self.words(&ops.words, sources)?;
        self.refs(&ops.refs, sources)?;
        self.secrets(&ops.secrets, sources)?;
        self.destinations(ops, destinations)
    }

    fn destinations(&self, ops: &Operands, leaves: &[Leaf]) -> Checked {
        self.words(&ops.to_words, leaves)?;
        self.refs(&ops.to_refs, leaves)?;
        self.secrets(&ops.to_secrets, leaves)
    }

    fn words(&self, registers: &[u16], leaves: &[Leaf]) -> Checked {
        let expected = leaves_of(leaves, |leaf| if let Leaf::Word(ty) = leaf { Some(*ty) } else { None });
        arity("words", expected.len(), registers.len())?;
        registers.iter().zip(expected).try_for_each(|(&register, ty)| {
            if register == Operands::TICKET {
                return Err(Fault::OutOfBounds {
                    what: "word register",
                    index: register.into(),
                    len: self.function.words.len(),
                });
            }
            self.is_word(register, ty)
        })
    }

    fn refs(&self, registers: &[u16], leaves: &[Leaf]) -> Checked {
        let expected = leaves_of(leaves, |leaf| if let Leaf::Ref(ty) = leaf { Some(ty) } else { None });
        arity("references", expected.len(), registers.len())?;
        registers.iter().zip(expected).try_for_each(|(&register, ty)| self.flows(self.reference(register), ty))
    }

    fn secrets(&self, registers: &[u16], leaves: &[Leaf]) -> Checked {
        let expected = leaves_of(leaves, |leaf| if let Leaf::Secret(ty) = leaf { Some(*ty) } else { None });
        arity("secrets", expected.len(), registers.len())?;
        registers.iter().zip(expected).try_for_each(|(&register, ty)| self.is_secret(register, ty))
    }
}

fn one_leaf(element: &[Leaf], leaf: &Leaf, list: &Type) -> Checked {
    match element {
        [only] if only == leaf || !Rule::ListElement.on() => Ok(()),
        [Leaf::Word(ty)] if matches!(leaf, Leaf::Secret(_)) => {
            Err(Fault::SecretToPublic { from: leaf.to_string(), to: ty.to_string() })
        }
        _ => Err(mismatch("the list", format!("list[{leaf}]"), list)),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bank {
    Word,
    Ref,
    Secret,
}

impl Bank {
    const fn of(leaf: &Leaf) -> Self {
        match leaf {
            Leaf::Word(_) => Self::Word,
            Leaf::Ref(_) => Self::Ref,
            Leaf::Secret(_) => Self::Secret,
        }
    }
}

/// Leaves in the order of [`banks`].
fn by_bank(mut leaves: Vec<Leaf>) -> Vec<Leaf> {
    leaves.sort_by_key(|leaf| Bank::of(leaf) as u8);
    leaves
}

/// The leaves of a function are those that a function type promises.
fn same_leaves(found: &[Leaf], promised: &[Leaf]) -> Checked {
    if !Rule::FunctionValue.on() {
        return Ok(());
    }
    arity("leaves", promised.len(), found.len())?;
    for (found, promised) in found.iter().zip(promised) {
        match (found, promised) {
            (found, promised) if found == promised => {}
            (secret @ Leaf::Secret(_), public @ Leaf::Word(_)) | (public @ Leaf::Word(_), secret @ Leaf::Secret(_)) => {
                return Err(Fault::SecretToPublic { from: secret.to_string(), to: public.to_string() });
            }
            _ => return Err(mismatch("the function", promised, found)),
        }
    }
    Ok(())
}

fn leaves_of<'l, T>(leaves: &'l [Leaf], pick: impl Fn(&'l Leaf) -> Option<T>) -> Vec<T> {
    leaves.iter().filter_map(pick).collect()
}

fn signature_params(program: &Program, callee: &Function) -> Vec<Leaf> {
    let [words, refs, secrets] = callee.params.map(usize::from);
    banks(program, &callee.words[..words], &callee.refs[..refs], &callee.secrets[..secrets])
}

fn signature_results(program: &Program, callee: &Function) -> Vec<Leaf> {
    banks(program, &callee.result_words, &callee.result_refs, &callee.result_secrets)
}

fn banks(program: &Program, words: &[ScalarTy], refs: &[u32], secrets: &[ScalarTy]) -> Vec<Leaf> {
    let words = words.iter().copied().map(Leaf::Word);
    let refs = refs.iter().map(|&ty| Leaf::Ref(program.types[ty as usize].clone()));
    words.chain(refs).chain(secrets.iter().copied().map(Leaf::Secret)).collect()
}

pub(super) fn arity(what: &'static str, expected: usize, found: usize) -> Checked {
    if expected == found { Ok(()) } else { Err(Fault::Arity { what, expected, found }) }
}

pub(super) fn defined(op: &'static str, ty: ScalarTy, defined: bool) -> Checked {
    if defined { Ok(()) } else { Err(Fault::Undefined { op, ty: ty.to_string() }) }
}

pub(super) fn comparable(a: ScalarTy, b: ScalarTy) -> Checked {
    let integers = matches!((a, b), (ScalarTy::Int(_), ScalarTy::Int(_)));
    if integers || a == b { Ok(()) } else { Err(mismatch("the right operand", a, b)) }
}

pub(super) fn mismatch(what: &'static str, expected: impl std::fmt::Display, found: impl std::fmt::Display) -> Fault {
    Fault::TypeMismatch { what, expected: expected.to_string(), found: found.to_string() }
}
