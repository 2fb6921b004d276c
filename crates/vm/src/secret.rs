//! Secret instructions in, operations queued at the engine and handles in registers out.
//!
//! The machine holds handles only. A register, a list element and a guard each own one reference to their node.

use stoffel_bytecode::{Function, Instr, Operands, Reg, Type};
use stoffel_mpc::{Arg, Lane, NodeId, OpSite, Ticket};
use stoffel_value::{BinOp, ScalarOp, ScalarTy, TrapCode};

use crate::Wait;
use crate::column::Column;
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Opening, Pending, Ref};
use crate::machine::{Env, Vm};
use crate::twin::{Change, Twins};
use crate::types::LeafKind;

impl Vm {
    /// Executes an instruction on secrets or tickets.
    pub(crate) fn secret_step(&mut self, function: &Function, instr: Instr, env: &mut Env<'_>) -> Result<(), Fault> {
        let format = |r: Reg| function.secrets[usize::from(r)];
        let public = |r: Reg| function.words[usize::from(r)];
        match instr {
            Instr::MoveSecret { d, s } => {
                let lane = self.secret(s)?;
                env.engine.retain(lane.node);
                self.set_secret(d, lane, env);
                Ok(())
            }
            Instr::DropSecret { s } => {
                self.drop_secret(s, env);
                Ok(())
            }
            Instr::Hide { d, w } => {
                let node = env.engine.constant(format(d), &[self.word(w)], self.op_site());
                self.set_node(d, node, env);
                Ok(())
            }
            Instr::HideRef { d, r } => {
                let r = self.reference(r);
                self.settle_deep(r, env)?;
                let hidden = self.twin(r, function.refs[usize::from(d)], Change::Hide, env)?;
                self.set_ref(d, hidden, env);
                Ok(())
            }
            Instr::SBin { op, d, a, b } => {
                let args = [Arg::Lane(self.secret(a)?), Arg::Lane(self.secret(b)?)];
                self.queue(ScalarOp::Binary(op, format(a)), &args, d, env)
            }
            Instr::SBinRight { op, d, a, w } => {
                let args = [Arg::Lane(self.secret(a)?), Arg::Word(self.word(w))];
                self.queue(ScalarOp::Binary(op, format(a)), &args, d, env)
            }
            Instr::SBinLeft { op, d, w, b } => {
                let args = [Arg::Word(self.word(w)), Arg::Lane(self.secret(b)?)];
                self.queue(ScalarOp::Binary(op, format(b)), &args, d, env)
            }
            Instr::SUn { op, d, a } => {
                let args = [Arg::Lane(self.secret(a)?)];
                self.queue(ScalarOp::Unary(op, format(a)), &args, d, env)
            }
            Instr::SCmp { op, d, a, b } => {
                let args = [Arg::Lane(self.secret(a)?), Arg::Lane(self.secret(b)?)];
                self.queue(ScalarOp::Compare(op, format(a), format(b)), &args, d, env)
            }
            Instr::SCmpRight { op, d, a, w } => {
                let args = [Arg::Lane(self.secret(a)?), Arg::Word(self.word(w))];
                self.queue(ScalarOp::Compare(op, format(a), public(w)), &args, d, env)
            }
            Instr::SSelect { public, d, ops } => {
                let args = self.sides(public, &function.operands[usize::from(ops)])?;
                self.queue(ScalarOp::Select(format(d)), &args, d, env)
            }
            Instr::SConvert { d, a } => {
                let args = [Arg::Lane(self.secret(a)?)];
                self.queue(ScalarOp::Convert(format(a), format(d)), &args, d, env)
            }
            Instr::GuardEnter { s } => self.enter_guard(s, env),
            Instr::GuardLeave => {
                if let Some(guard) = self.guards.pop().flatten() {
                    env.engine.release(guard.node);
                }
                Ok(())
            }
            Instr::Open { d, s, row } => {
                let Lane { node, lane } = self.secret(s)?;
                env.engine.check(format(s), node, lane, 1)?;
                let ticket = env.engine.open(format(s), node, lane, 1, u32::from(row), self.op_site());
                let ticket = self.heap.alloc_ticket(ticket)?;
                self.set_ref(d, ticket, env);
                Ok(())
            }
            Instr::Await { d, t } => {
                let ticket = self.heap.ticket(self.reference(t))?;
                let word = *opened(ticket, env)?.first().ok_or(MISTYPED)?;
                self.set_word(d, word);
                Ok(())
            }
            Instr::OpenRef { d, r, row } => {
                let r = self.reference(r);
                self.settle_deep(r, env)?;
                let opened = self.twin(r, function.refs[usize::from(d)], Change::Open(u32::from(row)), env)?;
                self.set_ref(d, opened, env);
                Ok(())
            }
            // Every other instruction is done by the run loop or by `step`.
            _ => Err(MISTYPED),
        }
    }

    /// Queues an operation on scalars and puts its result into `d`.
    fn queue(&mut self, op: ScalarOp, args: &[Arg<'_>], d: Reg, env: &mut Env<'_>) -> Result<(), Fault> {
        let node = env.engine.op(op, args, self.op_site())?;
        self.set_node(d, node, env);
        Ok(())
    }

    /// Condition and sides of a selection.
    fn sides(&self, public: u8, ops: &Operands) -> Result<[Arg<'static>; 3], Fault> {
        let (mut words, mut secrets) = (ops.words.iter(), ops.secrets.iter());
        let mut side = |is_public: bool| -> Result<Arg<'static>, Fault> {
            Ok(if is_public {
                Arg::Word(self.word(*words.next().ok_or(MISTYPED)?))
            } else {
                Arg::Lane(self.secret(*secrets.next().ok_or(MISTYPED)?)?)
            })
        };
        Ok([side(false)?, side(public & 1 != 0)?, side(public & 2 != 0)?])
    }

    fn enter_guard(&mut self, s: Reg, env: &mut Env<'_>) -> Result<(), Fault> {
        if !env.engine.reads_guards() {
            self.guards.push(None);
            return Ok(());
        }
        let lane = self.secret(s)?;
        let guard = match self.guards.last().copied().flatten() {
            None => {
                env.engine.retain(lane.node);
                lane
            }
            Some(outer) => {
                let both = ScalarOp::Binary(BinOp::And, ScalarTy::Bool);
                let node = env.engine.op(both, &[Arg::Lane(outer), Arg::Lane(lane)], self.op_site())?;
                Lane { node, lane: 0 }
            }
        };
        self.guards.push(Some(guard));
        Ok(())
    }

    /// Place of the running instruction, under the innermost guard.
    pub(crate) fn op_site(&self) -> OpSite {
        OpSite {
            site: self.program.site_of(self.at.function, self.at.pc),
            guard: self.guards.last().copied().flatten(),
        }
    }

    /// The list or dict with secrets in place of the words that are secret in type `ty`; a string stands for itself.
    pub(crate) fn hide(&mut self, r: Ref, ty: u32, twins: &mut Twins, env: &mut Env<'_>) -> Result<Ref, Fault> {
        if self.heap.is_str(r) && self.types.is_text(ty) {
            return self.hide_text(r, ty, env);
        }
        let Ok(list) = self.heap.list(r) else { return self.twin_of(r, ty, twins) };
        let (len, n_columns) = (list.len as usize, list.columns.len());
        self.heap.room(r, len)?;
        let mut hidden = List::new(ty, &self.types)?;
        hidden.keys = self.heap.list(r)?.keys.clone();
        hidden.axes.clone_from(&self.heap.list(r)?.axes);
        hidden.len = len as u32;
        for index in 0..if len == 0 { 0 } else { n_columns } {
            let kind = self.types.leaf(ty, index)?;
            hidden.columns[index] = match (self.heap.list(r)?.columns[index].pick(len, |i| i), kind) {
                (Column::Words(words), LeafKind::Secret(format)) => {
                    Column::View { node: env.engine.constant(format, &words, self.op_site()), start: 0 }
                }
                (Column::Refs(inner), LeafKind::Ref(ty)) => {
                    Column::Refs(inner.into_iter().map(|r| self.hide(r, ty, twins, env)).collect::<Result<_, _>>()?)
                }
                (column, _) => {
                    column.retain(&mut self.heap, env.engine);
                    column
                }
            };
        }
        self.heap.alloc_list(hidden)
    }

    /// A string as a secret text.
    fn hide_text(&mut self, r: Ref, ty: u32, env: &mut Env<'_>) -> Result<Ref, Fault> {
        let chars = self.heap.str(r)?.chars;
        self.heap.room_for(chars, size_of::<u64>())?;
        let codes: Vec<u64> = self.heap.str(r)?.text.chars().map(|c| u64::from(u32::from(c))).collect();
        let mut hidden = List::new(ty, &self.types)?;
        if chars > 0 {
            hidden.len = chars as u32;
            hidden.columns[0] =
                Column::View { node: env.engine.constant(Type::CODE, &codes, self.op_site()), start: 0 };
        }
        self.heap.alloc_list(hidden)
    }

    /// A secret text as a string that is still being opened.
    fn open_text(&mut self, r: Ref, row: u32, env: &mut Env<'_>) -> Result<Ref, Fault> {
        let (_, vector) = self.vector(r, env)?;
        let Some(Arg::Vector { node, start, len }) = vector else { return self.heap.alloc_str(String::new()) };
        env.engine.check(Type::CODE, node, start, len)?;
        let ticket = env.engine.open(Type::CODE, node, start, len, row, self.op_site());
        let ticket = self.heap.alloc_ticket(ticket)?;
        self.heap.alloc_opening(Opening { ticket, chars: len })
    }

    /// Waits until all of some tickets are resolved. Everything that values are promised comes in the same rounds: else each of a thousand
    /// lists or objects would wait for its own.
    pub(crate) fn awaited(&mut self, tickets: impl Iterator<Item = Ticket>, env: &mut Env<'_>) -> Result<(), Fault> {
        let mut unresolved = None;
        for ticket in tickets {
            if env.engine.opened(ticket).is_none() {
                env.engine.force(ticket);
                if env.engine.opened(ticket).is_none() {
                    unresolved = Some(ticket);
                }
            }
        }
        let Some(ticket) = unresolved else { return Ok(()) };
        for promise in self.heap.promises() {
            if env.engine.opened(promise).is_none() {
                env.engine.force(promise);
            }
        }
        Err(Fault::Wait(Wait::Ticket(ticket)))
    }

    /// Waits for a text that is being opened; anything else is left alone.
    pub(crate) fn await_text(&mut self, r: Ref, env: &mut Env<'_>) -> Result<(), Fault> {
        let Some(opening) = self.heap.opening(r) else { return Ok(()) };
        let ticket = self.heap.ticket(opening.ticket)?;
        self.awaited(std::iter::once(ticket), env)?;
        // A client that gives what is no character gives the mark for such.
        let text = opened(ticket, env)?
            .iter()
            .map(|code| u32::try_from(*code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        self.heap.resolve(r, text)?;
        self.heap.release(opening.ticket, env.engine);
        Ok(())
    }

    /// The list or dict with words in place of its secrets, which are promised by one ticket a column; a string stands for itself.
    pub(crate) fn open_list(
        &mut self,
        r: Ref,
        ty: u32,
        row: u32,
        twins: &mut Twins,
        env: &mut Env<'_>,
    ) -> Result<Ref, Fault> {
        let Ok(list) = self.heap.list(r) else { return self.twin_of(r, ty, twins) };
        if self.types.is_text(list.ty) {
            return self.open_text(r, row, env);
        }
        let (len, n_columns) = (list.len, list.columns.len());
        self.heap.room(r, len as usize)?;
        let site = self.op_site();
        let mut opened = List::new(ty, &self.types)?;
        opened.keys = self.heap.list(r)?.keys.clone();
        opened.axes.clone_from(&self.heap.list(r)?.axes);
        opened.len = len;
        for index in 0..if len == 0 { 0 } else { n_columns } {
            let kind = self.types.leaf(ty, index)?;
            opened.columns[index] = match (&mut self.heap.list_mut(r)?.columns[index], kind) {
                (Column::Words(words), LeafKind::Word(_)) => Column::Words(words.clone()),
                (Column::Refs(inner), LeafKind::Ref(ty)) => {
                    let inner = inner.clone();
                    Column::Refs(
                        inner.into_iter().map(|r| self.open_list(r, ty, row, twins, env)).collect::<Result<_, _>>()?,
                    )
                }
                (column, LeafKind::Word(format)) => {
                    let (node, start) = column.view(format, env.engine)?;
                    env.engine.check(format, node, start, len)?;
                    let ticket = env.engine.open(format, node, start, len, row, site);
                    let ticket = self.heap.alloc_ticket(ticket)?;
                    opened.pending.push(Pending { column: index as u32, at: 0, len, ticket });
                    Column::Words(vec![0; len as usize])
                }
                _ => return Err(MISTYPED),
            };
        }
        self.heap.alloc_list(opened)
    }

    /// Waits for the promised words of one list and puts them in.
    pub(crate) fn await_list(&mut self, r: Ref, env: &mut Env<'_>) -> Result<(), Fault> {
        let Ok(list) = self.heap.list(r) else { return Ok(()) };
        if list.pending.is_empty() {
            return Ok(());
        }
        let tickets =
            list.pending.iter().map(|pending| self.heap.ticket(pending.ticket)).collect::<Result<Vec<_>, _>>()?;
        self.awaited(tickets.iter().copied(), env)?;
        let pending = self.heap.take_pending(r)?;
        for (pending, ticket) in pending.iter().zip(tickets) {
            let words = env.engine.opened(ticket).unwrap_or_default();
            let at = pending.at as usize;
            if let Column::Words(column) = &mut self.heap.list_mut(r)?.columns[pending.column as usize] {
                column[at..at + pending.len as usize].copy_from_slice(&words[..pending.len as usize]);
            }
        }
        for pending in pending {
            self.heap.release(pending.ticket, env.engine);
        }
        Ok(())
    }

    /// The one secret column of list `r` as a vector; `None` if the list is empty.
    pub(crate) fn vector(&mut self, r: Ref, env: &mut Env<'_>) -> Result<(ScalarTy, Option<Arg<'static>>), Fault> {
        let list = self.heap.list(r)?;
        let len = list.len;
        let LeafKind::Secret(format) = self.types.leaf(list.ty, 0)? else { return Err(MISTYPED) };
        if len == 0 {
            return Ok((format, None));
        }
        let (node, start) = self.heap.list_mut(r)?.columns[0].view(format, env.engine)?;
        Ok((format, Some(Arg::Vector { node, start, len })))
    }

    /// The secret; its reference stays the register's.
    pub(crate) fn secret(&self, r: Reg) -> Result<Lane, TrapCode> {
        self.stack.secret(&self.at, r)
    }

    /// Writes a secret with its reference.
    pub(crate) fn set_secret(&mut self, r: Reg, lane: Lane, env: &mut Env<'_>) {
        if let Some(before) = self.stack.swap_secret(&self.at, r, Some(lane)) {
            env.engine.release(before.node);
        }
    }

    /// Writes a scalar result with its reference.
    pub(crate) fn set_node(&mut self, r: Reg, node: NodeId, env: &mut Env<'_>) {
        self.set_secret(r, Lane { node, lane: 0 }, env);
    }

    fn drop_secret(&mut self, r: Reg, env: &mut Env<'_>) {
        if let Some(before) = self.stack.swap_secret(&self.at, r, None) {
            env.engine.release(before.node);
        }
    }
}

/// The words of a ticket, or the wish to wait for it.
pub(crate) fn opened<'a>(ticket: Ticket, env: &'a mut Env<'_>) -> Result<&'a [u64], Fault> {
    if env.engine.opened(ticket).is_none() {
        env.engine.force(ticket);
    }
    env.engine.opened(ticket).ok_or(Fault::Wait(Wait::Ticket(ticket)))
}
