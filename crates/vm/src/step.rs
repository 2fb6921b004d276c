//! One instruction on references, lists or strings in, the machine after it out.
//!
//! Secret instructions are in `secret`, library operations in `builtin`, inputs and outputs in `interface`.

use std::collections::BTreeSet;

use stoffel_bytecode::{Function, Instr, Leaf, Operands, Program, Reg, Type};
use stoffel_value::{FormatSpec, SpecFor, TrapCode};

use crate::column::{Column, Item};
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Pending, Ref};
use crate::machine::{Env, Vm};
use crate::text::{Shaping, Source};

impl Vm {
    /// Executes an instruction that the run loop does not do itself.
    #[inline(never)]
    pub(crate) fn step(
        &mut self,
        program: &Program,
        function: &Function,
        instr: Instr,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let operands = |ops: u16| &function.operands[usize::from(ops)];
        match instr {
            Instr::Fail { r } => {
                self.await_text(self.reference(r), env)?;
                let message = self.heap.str(self.reference(r))?.text.clone();
                Err(Fault::Message(TrapCode::Assertion, message))
            }
            Instr::Trap { code } => Err(TrapCode::ALL.get(usize::from(code)).copied().map_or(MISTYPED, Fault::from)),
            Instr::MoveRef { d, r } => {
                let value = self.reference(r);
                self.heap.retain(value);
                self.set_ref(d, value, env);
                Ok(())
            }
            Instr::DropRef { r } => {
                self.set_ref(r, Ref::NIL, env);
                Ok(())
            }
            Instr::Str { d, hi, lo } => self.constant_string(program, d, usize::from(hi) << 16 | usize::from(lo), env),
            Instr::Format { d, ty, ops } => {
                let text = self.format(&program.types[usize::from(ty)], operands(ops), env)?;
                self.set_str(d, text, env)
            }
            Instr::FormatSpec { d, ty, ops } => {
                let text = self.format_spec(&program.types[usize::from(ty)], operands(ops), env)?;
                self.set_str(d, text, env)
            }
            Instr::ConcatStr { d, ops } => {
                let parts = operands(ops).refs.iter().map(|&r| self.reference(r)).collect::<Vec<_>>();
                let mut text = String::new();
                for &part in &parts {
                    self.await_text(part, env)?;
                }
                for part in parts {
                    text.push_str(&self.heap.str(part)?.text);
                }
                self.set_str(d, text, env)
            }
            Instr::Print { r } => {
                self.await_text(self.reference(r), env)?;
                env.host.print(&self.heap.str(self.reference(r))?.text);
                Ok(())
            }
            Instr::NewList { d } => {
                let list = List::new(function.refs[usize::from(d)], &self.types)?;
                let list = self.heap.alloc_list(list)?;
                self.set_ref(d, list, env);
                Ok(())
            }
            Instr::Len { d, r } => {
                let r = self.reference(r);
                let len = match self.heap.opening(r) {
                    Some(opening) => opening.chars as usize,
                    None if self.heap.is_str(r) => self.heap.str(r)?.chars,
                    None => self.heap.list(r)?.rows()? as usize,
                };
                self.set_word(d, len as u64);
                Ok(())
            }
            Instr::Get { r, i, ops } => self.get(r, i, operands(ops), env),
            Instr::Set { r, i, ops } => self.set(r, i, operands(ops), env),
            Instr::Append { r, ops } => self.append(r, operands(ops), env),
            Instr::GetWord { d, r, i } => self.get_word(d, r, i, env),
            Instr::GetSecret { d, r, i } => {
                let list = self.heap.list(self.reference(r))?;
                let at = list.position(self.word(i) as i64)?;
                let [column] = &list.columns[..] else { return Err(MISTYPED) };
                let Item::Secret(lane) = column.get(at) else { return Err(MISTYPED) };
                env.engine.retain(lane.node);
                self.set_secret(d, lane, env);
                Ok(())
            }
            Instr::AppendSecret { r, s } => {
                let lane = self.secret(s)?;
                env.engine.retain(lane.node);
                self.heap.append(self.reference(r), &[Item::Secret(lane)], env.engine)
            }
            Instr::AppendTicket { r, t } => self.append_ticket(self.reference(r), self.reference(t), env),
            Instr::NewObject { d, ops } => self.new_object(d, function.refs[usize::from(d)], operands(ops), env),
            Instr::GetField { r, field, ops } => {
                self.get_field(r, function.refs[usize::from(r)], field, operands(ops), env)
            }
            Instr::SetField { r, field, ops } => {
                self.set_field(r, function.refs[usize::from(r)], field, operands(ops), env)
            }
            Instr::Nil { d } => {
                self.set_ref(d, Ref::NIL, env);
                Ok(())
            }
            Instr::Put { r, ops } => {
                self.await_texts(operands(ops), env)?;
                self.put(r, operands(ops), env)
            }
            Instr::Closure { ops, hi, lo } => {
                self.make_closure(function, operands(ops), u32::from(hi) << 16 | u32::from(lo), env)
            }
            Instr::Builtin { op, ops } => self.builtin(op, function, operands(ops), env),
            Instr::SendOut { row, ops } => self.send_out(program, row, operands(ops), env),
            Instr::Take { d, row, ops } => self.take(program, d, row, operands(ops), env),
            Instr::Store { row, ty, ops } => self.store_value(program, row, ty, operands(ops), env),
            Instr::Load { row, ty, ops } => self.load_value(program, row, ty, operands(ops), env),
            Instr::OpenShare { d, r, row } => {
                let text = self.open_share(r, u32::from(row), env)?;
                self.set_str(d, text, env)
            }
            Instr::Input { row, ops } => self.input(program, row, operands(ops), env),
            Instr::Output { row, disclosure, ops } => self.output(program, row, disclosure, operands(ops), env),
            Instr::ABin { .. } | Instr::AUn { .. } | Instr::ACmp { .. } | Instr::AConvert { .. } => {
                self.array_instr(function, instr, env)
            }
            Instr::LBin { .. }
            | Instr::LUn { .. }
            | Instr::LCmp { .. }
            | Instr::LConvert { .. }
            | Instr::LFold { .. } => self.lanes_instr(function, instr, env),
            other => self.secret_step(function, other, env),
        }
    }

    fn constant_string(&mut self, program: &Program, d: Reg, index: usize, env: &mut Env<'_>) -> Result<(), Fault> {
        if self.strings[index] == Ref::NIL {
            self.strings[index] = self.heap.alloc_str(program.strings[index].clone())?;
        }
        let constant = self.strings[index];
        self.heap.retain(constant);
        self.set_ref(d, constant, env);
        Ok(())
    }

    fn format_spec(&mut self, ty: &Type, ops: &Operands, env: &mut Env<'_>) -> Result<String, Fault> {
        let spec = self.reference(*ops.refs.last().ok_or(MISTYPED)?);
        self.await_text(spec, env)?;
        let unsuited = || Fault::Message(TrapCode::Engine, "the format spec does not suit the value".to_owned());
        let spec = FormatSpec::parse(&self.heap.str(spec)?.text).map_err(|_| unsuited())?;
        let what = match ty {
            Type::Scalar(format) => SpecFor::from(*format),
            Type::Str => SpecFor::Text,
            _ => SpecFor::Other,
        };
        if !spec.suits(what) {
            return Err(unsuited());
        }
        Ok(match (ty, &ops.words[..]) {
            (Type::Scalar(format), &[word]) => spec.format_scalar(*format, self.word(word)),
            _ => spec.format_str(&self.format(ty, ops, env)?),
        })
    }

    /// Destinations of `ops` = element.
    fn get(&mut self, r: Reg, i: Reg, ops: &Operands, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.reference(r);
        self.settle(r, env)?;
        let at = self.heap.list(r)?.position(self.word(i) as i64)?;
        // Writing a register may free the list: hold it until the last leaf is read.
        self.heap.retain(r);
        let mut to = Destinations::new(ops);
        let mut done = Ok(());
        for column in 0..self.heap.list(r)?.columns.len() {
            let item = self.heap.list(r)?.columns[column].get(at);
            self.heap.retain_item(item, env.engine);
            done = self.store(&mut to, item, env);
            if done.is_err() {
                break;
            }
        }
        self.heap.release(r, env.engine);
        done
    }

    /// The general path of `GetWord`: negative indices and lists with pending words.
    #[cold]
    #[inline(never)]
    pub(crate) fn get_word(&mut self, d: Reg, r: Reg, i: Reg, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.reference(r);
        self.settle(r, env)?;
        let list = self.heap.list(r)?;
        let at = list.position(self.word(i) as i64)?;
        let [Column::Words(words)] = list.columns.as_slice() else { return Err(MISTYPED) };
        let word = words[at];
        self.set_word(d, word);
        Ok(())
    }

    fn set(&mut self, r: Reg, i: Reg, ops: &Operands, env: &mut Env<'_>) -> Result<(), Fault> {
        let (r, index) = (self.reference(r), self.word(i));
        if let ([source], [], []) = (&ops.words[..], &ops.refs[..], &ops.secrets[..])
            && *source != Operands::TICKET
        {
            let word = self.word(*source);
            if let Some(place) = self.heap.word_at_mut(r, index) {
                *place = word;
                return Ok(());
            }
        }
        if !self.heap.list(r)?.is_flat() {
            return self.fill_row(r, index as i64, ops, env);
        }
        // Promises take effect in order, so one may replace another unseen; a word would be lost to an earlier promise.
        let promised = !ops.words.is_empty() && ops.words.iter().all(|word| *word == Operands::TICKET);
        let list = self.heap.list(r)?;
        // Words that are set again and again must not cost memory by the number of times.
        if !promised || list.pending.len() > 2 * list.len as usize + 64 {
            self.settle(r, env)?;
        }
        let at = self.heap.list(r)?.position(index as i64)?;
        let items = self.element_items(r, ops)?;
        for (column, item) in items.into_iter().enumerate() {
            self.heap.retain_item(item, env.engine);
            let list = self.heap.list_mut(r)?;
            let before = list.columns[column].replace(list.len as usize, at, item, env.engine)?;
            self.heap.release_item(before, env.engine);
        }
        self.promise_words(r, at as u32, ops)
    }

    fn append(&mut self, r: Reg, ops: &Operands, env: &mut Env<'_>) -> Result<(), Fault> {
        let list = self.reference(r);
        let at = self.heap.list(list)?.len;
        let items = self.element_items(list, ops)?;
        items.iter().for_each(|&item| self.heap.retain_item(item, env.engine));
        self.heap.append(list, &items, env.engine)?;
        self.promise_words(list, at, ops)
    }

    /// Notes the tickets of `ops` for the words of element `at`.
    pub(crate) fn promise_words(&mut self, list: Ref, at: u32, ops: &Operands) -> Result<(), Fault> {
        if !ops.words.contains(&Operands::TICKET) {
            return Ok(());
        }
        let columns = &self.heap.list(list)?.columns;
        let words = (0u32..).zip(columns).filter(|(_, column)| matches!(column, Column::Words(_))).map(|(k, _)| k);
        let promised: Vec<u32> =
            words.zip(&ops.words).filter(|(_, word)| **word == Operands::TICKET).map(|(column, _)| column).collect();
        // Tickets stand after the reference leaves.
        let first = ops.refs.len().checked_sub(promised.len()).ok_or(MISTYPED)?;
        for (column, &ticket) in promised.into_iter().zip(&ops.refs[first..]) {
            self.promise(list, column, at, self.reference(ticket))?;
        }
        Ok(())
    }

    /// Appends a word that is still being opened.
    fn append_ticket(&mut self, r: Ref, ticket: Ref, env: &mut Env<'_>) -> Result<(), Fault> {
        let at = self.heap.list(r)?.len;
        self.heap.append(r, &[Item::Word(0)], env.engine)?;
        self.promise(r, 0, at, ticket)
    }

    fn promise(&mut self, r: Ref, column: u32, at: u32, ticket: Ref) -> Result<(), Fault> {
        self.heap.retain(ticket);
        self.heap.expect(r, Pending { column, at, len: 1, ticket })
    }

    /// The leaves of an element of list `r` from the sources of `ops`; they carry no references.
    pub(crate) fn element_items(&self, r: Ref, ops: &Operands) -> Result<Vec<Item>, Fault> {
        let columns = &self.heap.list(r)?.columns;
        let mut from = Sources::new(ops);
        columns.iter().map(|column| self.load(&mut from, column)).collect()
    }

    fn load(&self, from: &mut Sources<'_>, column: &Column) -> Result<Item, Fault> {
        Ok(match column {
            Column::Words(_) => match from.word()? {
                // Not yet known; `append` notes where it comes from.
                Operands::TICKET => Item::Word(0),
                register => Item::Word(self.word(register)),
            },
            Column::Refs(_) => Item::Ref(self.reference(from.reference()?)),
            Column::View { .. } | Column::Lanes(_) => Item::Secret(self.secret(from.secret()?)?),
        })
    }

    /// Writes a leaf with its reference to the next destination of its bank.
    pub(crate) fn store(&mut self, to: &mut Destinations<'_>, item: Item, env: &mut Env<'_>) -> Result<(), Fault> {
        match item {
            Item::Word(word) => self.set_word(to.0.word()?, word),
            Item::Ref(r) => self.set_ref(to.0.reference()?, r, env),
            Item::Secret(lane) => self.set_secret(to.0.secret()?, lane, env),
        }
        Ok(())
    }

    /// Waits until every word of the list has been opened.
    #[inline]
    pub(crate) fn settle(&mut self, r: Ref, env: &mut Env<'_>) -> Result<(), Fault> {
        if self.heap.has_pending() { self.await_list(r, env) } else { Ok(()) }
    }

    /// Waits until every word of the value, lists and objects within it included, has been opened.
    pub(crate) fn settle_deep(&mut self, r: Ref, env: &mut Env<'_>) -> Result<(), Fault> {
        if !self.heap.has_pending() {
            return Ok(());
        }
        // Objects may lead back to themselves, and as far as the heap is large.
        let mut met = BTreeSet::new();
        let mut open = vec![r];
        while let Some(r) = open.pop() {
            if self.heap.is_record(r) {
                if met.insert(r) {
                    self.await_slots(r, 0..self.heap.record(r)?.slots.len(), env)?;
                    open.extend(self.heap.record(r)?.refs());
                }
            } else if self.heap.list(r).is_ok() {
                self.await_list(r, env)?;
                for column in &self.heap.list(r)?.columns {
                    if let Column::Refs(inner) = column {
                        open.extend(inner);
                    }
                }
            } else {
                self.await_text(r, env)?;
            }
        }
        Ok(())
    }

    /// Waits for the texts among the sources that are being opened, and for those within them.
    pub(crate) fn await_texts(&mut self, ops: &Operands, env: &mut Env<'_>) -> Result<(), Fault> {
        if self.heap.has_openings() {
            for &r in &ops.refs {
                self.settle_deep(self.reference(r), env)?;
            }
        }
        Ok(())
    }

    fn set_str(&mut self, d: Reg, text: String, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.heap.alloc_str(text)?;
        self.set_ref(d, r, env);
        Ok(())
    }

    /// The leaves of a value of type `ty` from the sources of `ops`, in order.
    pub(crate) fn leaves(&self, ty: &Type, ops: &Operands) -> Result<Vec<Item>, Fault> {
        let mut from = Sources::new(ops);
        let item = |leaf: Leaf| {
            Ok(match leaf {
                Leaf::Word(_) => Item::Word(self.word(from.word()?)),
                Leaf::Ref(_) => Item::Ref(self.reference(from.reference()?)),
                Leaf::Secret(_) => Item::Secret(self.secret(from.secret()?)?),
            })
        };
        ty.leaves().into_iter().map(item).collect()
    }

    /// Printed form of the value of type `ty` with the sources of `ops`.
    fn format(&mut self, ty: &Type, ops: &Operands, env: &mut Env<'_>) -> Result<String, Fault> {
        for &r in &ops.refs {
            self.settle_deep(self.reference(r), env)?;
        }
        let items = self.leaves(ty, ops)?;
        Ok(self.value(ty, Source::Items(&items), &mut 0, &mut Shaping::as_made())?.text(true))
    }

    /// The word.
    pub(crate) fn word(&self, r: Reg) -> u64 {
        self.stack.word(&self.at, r)
    }

    /// Writes a word.
    pub(crate) fn set_word(&mut self, r: Reg, word: u64) {
        self.stack.set_word(&self.at, r, word);
    }

    /// The reference; it stays the register's.
    pub(crate) fn reference(&self, r: Reg) -> Ref {
        self.stack.reference(&self.at, r)
    }

    /// Writes a reference with its count.
    pub(crate) fn set_ref(&mut self, r: Reg, value: Ref, env: &mut Env<'_>) {
        let before = self.stack.swap_ref(&self.at, r, value);
        self.heap.release(before, env.engine);
    }
}

/// Registers of a list that are left to read or write, by bank.
pub(crate) struct Sources<'a> {
    words: &'a [u16],
    refs: &'a [u16],
    secrets: &'a [u16],
}

impl<'a> Sources<'a> {
    /// The sources of `ops`.
    pub(crate) fn new(ops: &'a Operands) -> Self {
        Self { words: &ops.words, refs: &ops.refs, secrets: &ops.secrets }
    }

    pub(crate) fn word(&mut self) -> Result<Reg, Fault> {
        next(&mut self.words)
    }

    pub(crate) fn reference(&mut self) -> Result<Reg, Fault> {
        next(&mut self.refs)
    }

    pub(crate) fn secret(&mut self) -> Result<Reg, Fault> {
        next(&mut self.secrets)
    }
}

/// Registers of a list that are left to write.
pub(crate) struct Destinations<'a>(Sources<'a>);

impl<'a> Destinations<'a> {
    /// The destinations of `ops`.
    pub(crate) fn new(ops: &'a Operands) -> Self {
        Self(Sources { words: &ops.to_words, refs: &ops.to_refs, secrets: &ops.to_secrets })
    }
}

fn next(regs: &mut &[u16]) -> Result<Reg, Fault> {
    let (&first, rest) = regs.split_first().ok_or(MISTYPED)?;
    *regs = rest;
    Ok(first)
}
