//! Function values in, calls of them and caught traps out.
//!
//! A function value is a function's index with captured values, which become the first parameters of each bank of the call. A call
//! of it is otherwise a call. A caught trap unwinds to the call that catches it: registers above are let go of, guards entered since
//! are left, and the code of the trap is the result.
//! Not here: why a value may be called with these registers (the verifier has proved it from the value's type).

use stoffel_bytecode::{Builtin, Function, Instr, Operands, Program, Reg};
use stoffel_mpc::Engine;
use stoffel_value::TrapCode;

use crate::builtin::Call;
use crate::fault::{Fault, MISTYPED};
use crate::heap::{Closure, Ref};
use crate::machine::{Env, Vm};

/// A call whose traps are caught.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handler {
    /// Number of callers below the frame that catches.
    callers: usize,
    /// Guards that held at the call.
    guards: usize,
}

impl Vm {
    /// Destination of `ops` = function with the sources of `ops` captured.
    pub(crate) fn make_closure(
        &mut self,
        caller: &Function,
        ops: &Operands,
        function: u32,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        self.collect_if_due(env.engine);
        let words = ops.words.iter().map(|&register| self.word(register)).collect();
        let refs: Vec<Ref> = ops.refs.iter().map(|&register| self.reference(register)).collect();
        let secrets = ops.secrets.iter().map(|&register| self.secret(register)).collect::<Result<Vec<_>, _>>()?;
        let &[d] = ops.to_refs.as_slice() else { return Err(MISTYPED) };
        let ty = caller.refs[usize::from(d)];
        refs.iter().for_each(|&r| self.heap.retain(r));
        secrets.iter().for_each(|lane| env.engine.retain(lane.node));
        let value = self.heap.alloc_closure(Closure { function, ty, words, refs, secrets })?;
        self.set_ref(d, value, env);
        Ok(())
    }

    /// A function value as one whose type is not told, or the other way around: R0402 if it is of another type.
    pub(crate) fn retyped(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let value = self.ref_in(of, 0)?;
        if op == Builtin::ClosureAs {
            let &[d] = of.ops.to_refs.as_slice() else { return Err(MISTYPED) };
            let (own, asked) = (self.heap.closure(value)?.ty, of.function.refs[usize::from(d)]);
            let types = &self.program.types;
            if types.get(own as usize) != types.get(asked as usize) {
                let name = |ty: u32| types.get(ty as usize).map(|ty| self.program.type_name(ty)).unwrap_or_default();
                let message = format!("the function is a `{}`, not a `{}`", name(own), name(asked));
                return Err(Fault::Message(TrapCode::DynamicType, message));
            }
        }
        self.heap.retain(value);
        self.put_ref(of, value, env)
    }

    /// Enters the function of a value: captured values, then the sources of `ops`, are its parameters.
    pub(crate) fn call_value(
        &mut self,
        program: &Program,
        value: Ref,
        ops: Option<&Operands>,
        engine: &mut dyn Engine,
    ) -> Result<(), Fault> {
        let callee = self.heap.closure(value)?.function as usize;
        let (from, frame) = self.open_frame(program, callee)?;
        let closure = self.heap.closure(value)?;
        let (words, refs, secrets) = (closure.words.len(), closure.refs.clone(), closure.secrets.len());
        self.stack.words[frame.words()..frame.words() + words].copy_from_slice(&closure.words);
        for (to, lane) in self.stack.secrets[frame.secrets()..].iter_mut().zip(&closure.secrets) {
            engine.retain(lane.node);
            *to = Some(*lane);
        }
        for (to, r) in self.stack.refs[frame.refs()..].iter_mut().zip(&refs) {
            self.heap.retain(*r);
            *to = *r;
        }
        if let Some(ops) = ops {
            for (i, &source) in ops.words.iter().enumerate() {
                self.stack.words[frame.words() + words + i] = self.stack.words[from.words() + usize::from(source)];
            }
            for (i, &source) in ops.refs.iter().enumerate() {
                let r = self.stack.reference(&from, source);
                self.heap.retain(r);
                self.stack.refs[frame.refs() + refs.len() + i] = r;
            }
            for (i, &source) in ops.secrets.iter().enumerate() {
                let lane = self.stack.secret(&from, source)?;
                engine.retain(lane.node);
                self.stack.secrets[frame.secrets() + secrets + i] = Some(lane);
            }
        }
        self.callers.push(from);
        self.at = frame;
        Ok(())
    }

    /// Calls a function value without arguments; a trap comes back here.
    pub(crate) fn try_value(&mut self, program: &Program, r: Reg, engine: &mut dyn Engine) -> Result<(), Fault> {
        let value = self.stack.reference(&self.at, r);
        let handler = Handler { callers: self.callers.len(), guards: self.guards.len() };
        self.call_value(program, value, None, engine)?;
        self.handlers.push(handler);
        Ok(())
    }

    /// The call ended without trap: its results are let go of.
    pub(crate) fn returned_to_try(&mut self, d: Reg, engine: &mut dyn Engine) -> Result<(), Fault> {
        let Some(handler) = self.handlers.pop() else { return Err(MISTYPED) };
        self.go_on(handler, d, String::new(), engine)
    }

    /// Unwinds to the innermost call that catches traps, if there is one.
    pub(crate) fn catch(&mut self, code: TrapCode, engine: &mut dyn Engine) -> bool {
        let on_secret = self.acts_on_secrets();
        let Some(handler) = self.handlers.pop() else { return false };
        self.caught_on_secrets += u64::from(on_secret);
        for guard in self.guards.drain(handler.guards..).flatten() {
            engine.release(guard.node);
        }
        let at = self.callers[handler.callers];
        let d = match self.program.functions[at.function as usize].code[at.pc as usize] {
            Instr::Try { d, .. } => d,
            _ => return false,
        };
        self.go_on(handler, d, code.code().to_owned(), engine).is_ok()
    }

    /// Whether the instruction at the running place reads or makes a secret.
    fn acts_on_secrets(&self) -> bool {
        let Some(function) = self.program.functions.get(self.at.function as usize) else { return false };
        let Some(&instr) = function.code.get(self.at.pc as usize) else { return false };
        let secret = |r: Reg| {
            let ty = function.refs.get(usize::from(r)).and_then(|ty| self.program.types.get(*ty as usize));
            ty.is_some_and(stoffel_bytecode::Type::has_secret)
        };
        match instr {
            Instr::ABin { a, b, .. } | Instr::ACmp { a, b, .. } => secret(a) || secret(b),
            Instr::AUn { a, .. } | Instr::AConvert { a, .. } => secret(a),
            Instr::Builtin { .. } => instr.operands(function).is_some_and(|ops| {
                let refs = || ops.refs.iter().chain(&ops.to_refs).any(|&r| secret(r));
                !ops.secrets.is_empty() || !ops.to_secrets.is_empty() || refs()
            }),
            other => crate::machine::queues(other),
        }
    }

    /// Goes on after the call of a handler with the text as its result.
    fn go_on(&mut self, handler: Handler, d: Reg, text: String, engine: &mut dyn Engine) -> Result<(), Fault> {
        let at = self.callers[handler.callers];
        let above = self.callers.get(handler.callers + 1).copied().unwrap_or(self.at);
        self.stack.leave(above, &mut self.heap, engine);
        self.callers.truncate(handler.callers);
        self.at = at.at(at.pc + 1);
        let text = self.heap.alloc_str(text)?;
        let before = self.stack.swap_ref(&self.at, d, text);
        self.heap.release(before, engine);
        Ok(())
    }
}
