//! A verified program, an engine and a host in; one slice of execution out, and why it stopped.
//!
//! One loop over eight-byte instructions. Arithmetic, jumps, calls and reads of public lists are done in the loop, with the
//! words of the running frame as an array; everything else goes to `step` and comes back. An instruction either completes or
//! fails; one that must wait for the engine is executed again. Fuel is spent by backward jumps and calls, so that a slice ends
//! at places that depend on the program alone.
//! Not here: meaning of arithmetic (`value`), of secret operations (`mpc`), effects (`Host`).

use std::sync::Arc;

use stoffel_bytecode::{Instr, Operands, Program, VerifiedProgram};
use stoffel_mpc::{Engine, Lane, Ticket};
use stoffel_value::{BinOp, CmpOp, ScalarTy, TrapCode, binary, compare, convert, unary};

use crate::closure::Handler;
use crate::fault::Fault;
use crate::frame::{Frame, Stack, window};
use crate::heap::{Heap, Ref};
use crate::types::TypeTable;
use crate::{Host, Stop, Trap, Wait};

/// Local bounds of a run; all parties of a session use the same, since reaching one ends the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of strings and lists, by the machine's own accounting; 8 GiB at most. Registers of all frames have the same bound.
    pub heap_bytes: usize,
    /// Nested calls.
    pub call_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { heap_bytes: 2 << 30, call_depth: 20_000 }
    }
}

/// A program that runs.
#[derive(Debug)]
pub struct Vm {
    pub(crate) program: Arc<VerifiedProgram>,
    pub(crate) types: TypeTable,
    pub(crate) limits: Limits,
    pub(crate) stack: Stack,
    /// The running frame.
    pub(crate) at: Frame,
    /// Its callers, outermost first.
    pub(crate) callers: Vec<Frame>,
    pub(crate) heap: Heap,
    /// Conjunctions of the secret conditions that are entered; empty entries where the engine reads none.
    pub(crate) guards: Vec<Option<Lane>>,
    /// String constants that have been used.
    pub(crate) strings: Vec<Ref>,
    /// The opening that the running instruction waits for, if it has no register of its own for it.
    pub(crate) opening: Option<Ticket>,
    /// Calls whose traps are caught, outermost first.
    pub(crate) handlers: Vec<Handler>,
    /// Traps of operations on secrets that were caught.
    pub(crate) caught_on_secrets: u64,
    ended: Option<Stop>,
    #[cfg(feature = "trace")]
    tracer: crate::trace::Tracer,
}

/// What instructions act on outside the machine.
pub(crate) struct Env<'a> {
    pub(crate) engine: &'a mut dyn Engine,
    pub(crate) host: &'a mut dyn Host,
}

impl Vm {
    /// A machine before the first instruction of the program.
    #[must_use]
    pub fn new(program: Arc<VerifiedProgram>, limits: Limits) -> Self {
        let at = Frame::bottom(program.entry);
        let mut stack = Stack::new();
        if let Some(entry) = program.functions.get(program.entry as usize) {
            stack.enter(&at, entry.refs.len(), entry.secrets.len());
        }
        Self {
            types: TypeTable::new(&program),
            strings: vec![Ref::NIL; program.strings.len()],
            program,
            limits,
            stack,
            at,
            callers: Vec::new(),
            // Within 8 GiB no value can have more references than a count holds.
            heap: Heap::new(limits.heap_bytes.min(8 << 30)),
            guards: Vec::new(),
            opening: None,
            handlers: Vec::new(),
            caught_on_secrets: 0,
            ended: None,
            #[cfg(feature = "trace")]
            tracer: crate::trace::Tracer::new(),
        }
    }

    /// Runs until the program ends, fails or waits, or for `fuel` backward jumps and calls (at least one).
    ///
    /// After [`Stop::Waiting`] drive the engine, after [`Stop::OutOfFuel`] serve links; then call it again with the same
    /// engine and host. Once it ended it gives the same [`Stop`] for ever. At [`Stop::Done`] the machine has let go of every
    /// handle and demanded all outputs of the engine, which must then be driven to idle.
    pub fn run(&mut self, engine: &mut dyn Engine, host: &mut dyn Host, fuel: u64) -> Stop {
        if let Some(stop) = &self.ended {
            return stop.clone();
        }
        let program = Arc::clone(&self.program);
        let mut env = Env { engine, host };
        let stop = match self.slice(&program, &mut env, fuel.max(1)) {
            Ok(stop) => stop,
            Err(Fault::Wait(wait)) => Stop::Waiting(wait),
            // A caught trap ends the slice, so that the engine's work of the call is served like any other.
            Err(Fault::Trap(code) | Fault::Message(code, _)) if self.catch(code, env.engine) => Stop::OutOfFuel,
            Err(Fault::Trap(code)) => Stop::Trapped(self.trap(code, None)),
            Err(Fault::Message(code, message)) => Stop::Trapped(self.trap(code, Some(message))),
        };
        if matches!(stop, Stop::Done | Stop::Trapped(_)) {
            self.let_go(env.engine);
            self.ended = Some(stop.clone());
        }
        if stop == Stop::Done {
            env.engine.force_all();
        }
        stop
    }

    /// Bytes of strings and lists that live, by the machine's own accounting.
    #[must_use]
    pub const fn heap_bytes(&self) -> usize {
        self.heap.bytes()
    }

    /// Where the machine stands after [`Vm::run`]: the offset of the instruction, and of the calls around it, innermost first.
    #[must_use]
    pub fn position(&self) -> (u32, Vec<u32>) {
        let site = |frame: &Frame| self.program.site_of(frame.function, frame.pc);
        (site(&self.at), self.callers.iter().rev().map(site).collect())
    }

    /// Traps of operations on secrets that the program caught: other engines may have none there (LANGUAGE §19.4).
    #[must_use]
    pub const fn caught_on_secrets(&self) -> u64 {
        self.caught_on_secrets
    }

    fn trap(&self, code: TrapCode, message: Option<String>) -> Trap {
        let site = |frame: &Frame| self.program.site_of(frame.function, frame.pc);
        Trap { code, message, site: site(&self.at), calls: self.callers.iter().rev().map(site).collect() }
    }

    /// Releases every handle of registers, guards and constants.
    fn let_go(&mut self, engine: &mut dyn Engine) {
        let everything = self.at.with_everything();
        self.stack.leave(everything, &mut self.heap, engine);
        for guard in self.guards.drain(..).flatten() {
            engine.release(guard.node);
        }
        for r in self.strings.drain(..) {
            self.heap.release(r, engine);
        }
        // What is left are cycles.
        self.heap.collect_all(engine);
    }

    /// The run loop. Everything rare is a call that is not inlined: its registers belong to the frequent instructions.
    ///
    /// The running frame is a local copy, `self.at` is brought up to date before anything else reads it: words of a frame that are
    /// written one by one and at once copied as a whole would stall the processor at every call.
    #[inline(never)]
    fn slice(&mut self, program: &Program, env: &mut Env<'_>, mut fuel: u64) -> Result<Stop, Fault> {
        'frame: loop {
            let mut at = self.at;
            let Some(mut function) = program.functions.get(at.function as usize) else {
                return Err(TrapCode::DynamicType.into());
            };
            let mut code = function.code.as_slice();
            let mut pc = at.pc as usize;
            let mut w = window(&mut self.stack.words, at.words());

            macro_rules! park {
                () => {
                    self.at = at.at(pc as u32)
                };
            }
            macro_rules! fail {
                ($fault:expr) => {{
                    park!();
                    return Err($fault.into());
                }};
            }
            macro_rules! put {
                ($d:expr, $result:expr) => {
                    match $result {
                        Ok(word) => w[usize::from($d)] = word,
                        Err(code) => fail!(code),
                    }
                };
            }
            macro_rules! signed {
                ($r:expr) => {
                    w[usize::from($r)] as i64
                };
            }
            macro_rules! int64 {
                ($d:expr, $value:expr) => {
                    match $value {
                        Some(value) => w[usize::from($d)] = value as u64,
                        None => fail!(TrapCode::OutOfRange),
                    }
                };
            }
            macro_rules! jump {
                ($to:expr) => {{
                    let to: usize = $to;
                    if to <= pc {
                        if fuel == 0 {
                            // The jump is done: a counted loop's instruction has counted its turn and must not be executed again.
                            pc = to;
                            park!();
                            return Ok(Stop::OutOfFuel);
                        }
                        fuel -= 1;
                    }
                    pc = to;
                    continue;
                }};
            }

            macro_rules! jump_if {
                ($test:expr, $by:expr) => {
                    if $test {
                        jump!(pc.wrapping_add_signed(isize::from($by)));
                    }
                };
            }

            loop {
                let Some(instr) = code.get(pc) else { fail!(TrapCode::DynamicType) };
                #[cfg(feature = "trace")]
                crate::trace::note!(self, at, function, pc, w);
                match *instr {
                    Instr::Nop => {}
                    Instr::Move { d, w: from } => w[usize::from(d)] = w[usize::from(from)],
                    Instr::Const { d, imm } => w[usize::from(d)] = function.words_pool[usize::from(imm)],
                    Instr::Small { d, v } => w[usize::from(d)] = i64::from(v) as u64,
                    Instr::AddI64 { d, a, b } => int64!(d, signed!(a).checked_add(signed!(b))),
                    Instr::SubI64 { d, a, b } => int64!(d, signed!(a).checked_sub(signed!(b))),
                    Instr::MulI64 { d, a, b } => int64!(d, signed!(a).checked_mul(signed!(b))),
                    Instr::AddI64Imm { d, a, v } => int64!(d, signed!(a).checked_add(i64::from(v))),
                    Instr::Bin { op, d, a, b } => {
                        let ty = function.words[usize::from(a)];
                        let (a, b) = (w[usize::from(a)], w[usize::from(b)]);
                        match int64_binary(op, ty, a, b) {
                            Some(word) => w[usize::from(d)] = word,
                            None => put!(d, binary(op, ty, a, b)),
                        }
                    }
                    Instr::Un { op, d, a } => put!(d, unary(op, function.words[usize::from(a)], w[usize::from(a)])),
                    Instr::Cmp { op, d, a, b } => {
                        let (ty_a, ty_b) = (function.words[usize::from(a)], function.words[usize::from(b)]);
                        let (a, b) = (w[usize::from(a)], w[usize::from(b)]);
                        if ty_a == ScalarTy::I64 && ty_b == ScalarTy::I64 {
                            w[usize::from(d)] = u64::from(int64_compare(op, a as i64, b as i64));
                        } else {
                            put!(d, compare(op, ty_a, a, ty_b, b).map(u64::from));
                        }
                    }
                    Instr::Convert { d, a } => {
                        put!(
                            d,
                            convert(function.words[usize::from(a)], function.words[usize::from(d)], w[usize::from(a)])
                        );
                    }
                    Instr::Jump { hi, lo } => jump!(target(hi, lo)),
                    Instr::JumpIf { w: c, hi, lo } => {
                        if w[usize::from(c)] != 0 {
                            jump!(target(hi, lo));
                        }
                    }
                    Instr::JumpIfNot { w: c, hi, lo } => {
                        if w[usize::from(c)] == 0 {
                            jump!(target(hi, lo));
                        }
                    }
                    Instr::RemI64 { d, a, b } => put!(d, remainder(signed!(a), signed!(b)).map(|rest| rest as u64)),
                    Instr::ModI64 { d, a, b } => {
                        let divisor = signed!(b);
                        let rest = remainder(signed!(a), divisor);
                        put!(d, rest.map(|rest| (rest + if (rest ^ divisor) < 0 && rest != 0 { divisor } else { 0 }) as u64));
                    }
                    Instr::LoopI64 { i, n, by } => {
                        let (turn, end) = (signed!(i), signed!(n));
                        int64!(i, turn.checked_add(1));
                        if turn + 1 < end {
                            jump!(pc.wrapping_add_signed(isize::from(by)));
                        }
                    }
                    Instr::LoopI64Imm { i, v, by } => {
                        let turn = signed!(i);
                        int64!(i, turn.checked_add(1));
                        if turn + 1 < i64::from(v) {
                            jump!(pc.wrapping_add_signed(isize::from(by)));
                        }
                    }
                    Instr::JumpLtI64 { a, b, by } => jump_if!(signed!(a) < signed!(b), by),
                    Instr::JumpGeI64 { a, b, by } => jump_if!(signed!(a) >= signed!(b), by),
                    Instr::JumpEqI64 { a, b, by } => jump_if!(signed!(a) == signed!(b), by),
                    Instr::JumpNeI64 { a, b, by } => jump_if!(signed!(a) != signed!(b), by),
                    Instr::JumpLtI64Imm { a, v, by } => jump_if!(signed!(a) < i64::from(v), by),
                    Instr::JumpGeI64Imm { a, v, by } => jump_if!(signed!(a) >= i64::from(v), by),
                    Instr::JumpEqI64Imm { a, v, by } => jump_if!(signed!(a) == i64::from(v), by),
                    Instr::JumpNeI64Imm { a, v, by } => jump_if!(signed!(a) != i64::from(v), by),
                    Instr::Call { ops, hi, lo } => {
                        park!();
                        if fuel == 0 {
                            return Ok(Stop::OutOfFuel);
                        }
                        fuel -= 1;
                        self.call(program, &function.operands[usize::from(ops)], target(hi, lo), env.engine)?;
                        continue 'frame;
                    }
                    Instr::CallWords { d, a, f } => {
                        if fuel == 0 {
                            park!();
                            return Ok(Stop::OutOfFuel);
                        }
                        fuel -= 1;
                        let Some(callee) = program.functions.get(usize::from(f)) else { fail!(TrapCode::DynamicType) };
                        let first = w[usize::from(a)];
                        let frame = at.above(function, f.into()).giving_to(d);
                        if !self.has_room(&frame) {
                            fail!(TrapCode::CallDepth);
                        }
                        self.stack.enter(&frame, callee.refs.len(), callee.secrets.len());
                        if callee.params[0] != 1 {
                            self.stack.pass_run(&at, &frame, a, callee.params[0]);
                        }
                        w = window(&mut self.stack.words, frame.words());
                        if callee.params[0] == 1 {
                            w[0] = first;
                        }
                        self.callers.push(at.at(pc as u32));
                        at = frame;
                        (function, code, pc) = (callee, callee.code.as_slice(), 0);
                        continue;
                    }
                    Instr::ReturnWord { w: word } => {
                        let word = w[usize::from(word)];
                        let Some(to) = at.gives_to() else {
                            park!();
                            match self.give_word_back(program, word, env.engine) {
                                Some(true) => continue 'frame,
                                Some(false) => return Ok(Stop::Done),
                                None => fail!(TrapCode::DynamicType),
                            }
                        };
                        self.stack.leave(at, &mut self.heap, env.engine);
                        let Some(caller) = self.callers.pop() else { fail!(TrapCode::DynamicType) };
                        function = &program.functions[caller.function as usize];
                        (code, pc) = (function.code.as_slice(), caller.pc as usize + 1);
                        w = window(&mut self.stack.words, caller.words());
                        w[to] = word;
                        at = caller;
                        continue;
                    }
                    Instr::CallValue { r, ops } => {
                        park!();
                        if fuel == 0 {
                            return Ok(Stop::OutOfFuel);
                        }
                        fuel -= 1;
                        let value = self.stack.reference(&at, r);
                        self.call_value(program, value, Some(&function.operands[usize::from(ops)]), env.engine)?;
                        continue 'frame;
                    }
                    Instr::Try { r, .. } => {
                        park!();
                        if fuel == 0 {
                            return Ok(Stop::OutOfFuel);
                        }
                        fuel -= 1;
                        self.try_value(program, r, env.engine)?;
                        continue 'frame;
                    }
                    Instr::Return { ops } => {
                        park!();
                        if self.give_back(program, &function.operands[usize::from(ops)], env.engine)? {
                            return Ok(Stop::Done);
                        }
                        continue 'frame;
                    }
                    Instr::GetWord { d, r, i } => {
                        let list = self.stack.refs[at.refs() + usize::from(r)];
                        if let Some(word) = self.heap.word_at(list, w[usize::from(i)]) {
                            w[usize::from(d)] = word;
                        } else {
                            park!();
                            self.get_word(d, r, i, env)?;
                            w = window(&mut self.stack.words, at.words());
                        }
                    }
                    other => {
                        park!();
                        self.step(program, function, other, env)?;
                        if queues(other) && env.engine.is_full() {
                            self.at.pc += 1;
                            return Ok(Stop::Waiting(Wait::Flush));
                        }
                        w = window(&mut self.stack.words, at.words());
                    }
                }
                pc += 1;
            }
        }
    }

    /// Whether one more call, with this frame, is within the limits.
    #[inline]
    const fn has_room(&self, frame: &Frame) -> bool {
        // Registers count as memory, or deep recursion of wide functions would leave the bound.
        self.callers.len() < self.limits.call_depth && frame.bytes() <= self.limits.heap_bytes
    }

    /// Enters a function: its parameters are the operands' sources.
    #[inline(never)]
    fn call(&mut self, program: &Program, ops: &Operands, callee: usize, engine: &mut dyn Engine) -> Result<(), Fault> {
        let (from, frame) = self.open_frame(program, callee)?;
        self.stack.pass_words(&from, &frame, &ops.words);
        for (i, &source) in ops.refs.iter().enumerate() {
            let r = self.stack.refs[from.refs() + usize::from(source)];
            self.heap.retain(r);
            self.stack.refs[frame.refs() + i] = r;
        }
        for (i, &source) in ops.secrets.iter().enumerate() {
            let lane = self.stack.secrets[from.secrets() + usize::from(source)];
            if let Some(lane) = lane {
                engine.retain(lane.node);
            }
            self.stack.secrets[frame.secrets() + i] = lane;
        }
        self.callers.push(from);
        self.at = frame;
        Ok(())
    }

    /// Room for the registers of a function above those of the running one; gives the frames of both.
    #[inline]
    pub(crate) fn open_frame(&mut self, program: &Program, callee: usize) -> Result<(Frame, Frame), Fault> {
        let (Some(caller), Some(function)) =
            (program.functions.get(self.at.function as usize), program.functions.get(callee))
        else {
            return Err(TrapCode::DynamicType.into());
        };
        let from = self.at;
        let frame = from.above(caller, callee as u32);
        if !self.has_room(&frame) {
            return Err(TrapCode::CallDepth.into());
        }
        self.stack.enter(&frame, function.refs.len(), function.secrets.len());
        Ok((from, frame))
    }

    /// Leaves the running function with one word, to a call of a long form. Gives whether there is a caller; nothing if that does
    /// not wait for a word.
    #[inline(never)]
    fn give_word_back(&mut self, program: &Program, word: u64, engine: &mut dyn Engine) -> Option<bool> {
        let Some(&caller) = self.callers.last() else { return Some(false) };
        let function = &program.functions[caller.function as usize];
        let to = match function.code[caller.pc as usize] {
            Instr::Call { ops, .. } | Instr::CallValue { ops, .. } => {
                *function.operands[usize::from(ops)].to_words.first()?
            }
            Instr::Try { d, .. } => return self.returned_to_try(d, engine).ok().map(|()| true),
            _ => return None,
        };
        self.stack.leave(self.at, &mut self.heap, engine);
        self.stack.set_word(&caller, to, word);
        self.callers.pop();
        self.at = caller.at(caller.pc + 1);
        Some(true)
    }

    /// Leaves the running function: the operands' sources go to the destinations of the call. Gives whether that was the entry.
    #[inline(never)]
    fn give_back(&mut self, program: &Program, ops: &Operands, engine: &mut dyn Engine) -> Result<bool, Fault> {
        let Some(&caller) = self.callers.last() else { return Ok(true) };
        let from = self.at;
        let function = &program.functions[caller.function as usize];
        let call = match function.code[caller.pc as usize] {
            Instr::Call { ops: call, .. } | Instr::CallValue { ops: call, .. } => &function.operands[usize::from(call)],
            Instr::CallWords { d, .. } => {
                for (to, &source) in (d..).zip(&ops.words) {
                    self.stack.set_word(&caller, to, self.stack.word(&from, source));
                }
                self.stack.leave(from, &mut self.heap, engine);
                self.callers.pop();
                self.at = caller.at(caller.pc + 1);
                return Ok(false);
            }
            Instr::Try { d, .. } => {
                self.returned_to_try(d, engine)?;
                return Ok(false);
            }
            _ => return Err(TrapCode::DynamicType.into()),
        };
        self.stack.return_words(&from, &caller, &ops.words, &call.to_words);
        for (&source, &to) in ops.refs.iter().zip(&call.to_refs) {
            let r = self.stack.reference(&from, source);
            self.heap.retain(r);
            let before = self.stack.swap_ref(&caller, to, r);
            self.heap.release(before, engine);
        }
        for (&source, &to) in ops.secrets.iter().zip(&call.to_secrets) {
            let lane = self.stack.secret(&from, source)?;
            engine.retain(lane.node);
            if let Some(before) = self.stack.swap_secret(&caller, to, Some(lane)) {
                engine.release(before.node);
            }
        }
        self.stack.leave(from, &mut self.heap, engine);
        self.callers.pop();
        self.at = caller.at(caller.pc + 1);
        Ok(false)
    }
}

/// Whether an instruction may queue work, so that the engine may be full after it.
pub(crate) const fn queues(instr: Instr) -> bool {
    matches!(
        instr,
        Instr::Hide { .. }
            | Instr::HideRef { .. }
            | Instr::SBin { .. }
            | Instr::SBinRight { .. }
            | Instr::SBinLeft { .. }
            | Instr::SUn { .. }
            | Instr::SCmp { .. }
            | Instr::SCmpRight { .. }
            | Instr::SSelect { .. }
            | Instr::SConvert { .. }
            | Instr::ABin { .. }
            | Instr::AUn { .. }
            | Instr::ACmp { .. }
            | Instr::AConvert { .. }
            | Instr::LBin { .. }
            | Instr::LUn { .. }
            | Instr::LCmp { .. }
            | Instr::LConvert { .. }
            | Instr::LFold { .. }
            | Instr::GuardEnter { .. }
            | Instr::Open { .. }
            | Instr::OpenRef { .. }
            | Instr::OpenShare { .. }
            | Instr::SendOut { .. }
            | Instr::Builtin { .. }
    )
}

const fn target(hi: u16, lo: u16) -> usize {
    (hi as usize) << 16 | lo as usize
}

/// The frequent operations of int64 without a detour over 128 bits; `None` where `value` must decide, traps included.
#[inline]
fn int64_binary(op: BinOp, ty: ScalarTy, a: u64, b: u64) -> Option<u64> {
    if ty != ScalarTy::I64 {
        return None;
    }
    let (x, y) = (a as i64, b as i64);
    let result = match op {
        BinOp::Add => x.checked_add(y)?,
        BinOp::Sub => x.checked_sub(y)?,
        BinOp::Mul => x.checked_mul(y)?,
        BinOp::Div => x.checked_div(y)?,
        BinOp::Rem => x.checked_rem(y)?,
        BinOp::FloorDiv => {
            let quotient = x.checked_div(y)?;
            quotient - i64::from(quotient * y != x && (x < 0) != (y < 0))
        }
        BinOp::Mod => {
            let rest = x.checked_rem(y)?;
            if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest }
        }
        BinOp::And => x & y,
        BinOp::Or => x | y,
        BinOp::Xor => x ^ y,
        BinOp::Shl if b < 64 => x << b,
        BinOp::Shr if b < 64 => x >> b,
        BinOp::Min => x.min(y),
        BinOp::Max => x.max(y),
        _ => return None,
    };
    Some(result as u64)
}

/// The remainder with the dividend's sign.
#[inline]
const fn remainder(a: i64, b: i64) -> Result<i64, TrapCode> {
    match a.checked_rem(b) {
        Some(rest) => Ok(rest),
        None if b == 0 => Err(TrapCode::DivisionByZero),
        // MIN % -1 is exact: its quotient is what does not fit.
        None => Ok(0),
    }
}

#[inline]
fn int64_compare(op: CmpOp, a: i64, b: i64) -> bool {
    match op {
        CmpOp::Eq => a == b,
        CmpOp::Ne => a != b,
        CmpOp::Lt => a < b,
        CmpOp::Le => a <= b,
        CmpOp::Gt => a > b,
        CmpOp::Ge => a >= b,
    }
}
