//! A library operation and its operands in, results in registers out.
//!
//! Lists are edited and copied column by column, so that one code serves every element type. What waits for openings does so
//! before it changes anything.

mod sequence;
mod strings;
mod vector;

use stoffel_bytecode::{Builtin, Function, Operands, Reg};

use crate::fault::{Fault, MISTYPED};
use crate::heap::Ref;
use crate::machine::{Env, Vm};

impl Vm {
    /// Executes a library operation.
    pub(crate) fn builtin(
        &mut self,
        op: Builtin,
        function: &Function,
        ops: &Operands,
        env: &mut Env<'_>,
    ) -> Result<(), Fault> {
        let of = Call { function, ops };
        match op {
            Builtin::Concat
            | Builtin::Repeat
            | Builtin::Slice
            | Builtin::Copy
            | Builtin::Extend
            | Builtin::Insert
            | Builtin::Pop
            | Builtin::Clear
            | Builtin::Reverse
            | Builtin::Range
            | Builtin::Equal
            | Builtin::Find
            | Builtin::Count
            | Builtin::Sort => self.sequence(op, of, env),
            Builtin::SumSecret
            | Builtin::DotSecret
            | Builtin::AnySecret
            | Builtin::AllSecret
            | Builtin::ConvertSecret => self.vector_op(op, of, env),
            _ => self.strings(op, of, env),
        }
    }

    fn ref_in(&self, of: Call<'_>, k: usize) -> Result<Ref, Fault> {
        of.ops.refs.get(k).map(|&r| self.reference(r)).ok_or(MISTYPED)
    }

    fn word_in(&self, of: Call<'_>, k: usize) -> Result<u64, Fault> {
        of.ops.words.get(k).map(|&r| self.word(r)).ok_or(MISTYPED)
    }

    fn put_word(&mut self, of: Call<'_>, k: usize, word: u64) -> Result<(), Fault> {
        self.set_word(*of.ops.to_words.get(k).ok_or(MISTYPED)?, word);
        Ok(())
    }

    fn put_ref(&mut self, of: Call<'_>, value: Ref, env: &mut Env<'_>) -> Result<(), Fault> {
        self.set_ref(of.target()?, value, env);
        Ok(())
    }

    fn put_text(&mut self, of: Call<'_>, text: String, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.heap.alloc_str(text)?;
        self.put_ref(of, r, env)
    }
}

/// Operands of a library operation, and the function whose registers they are.
#[derive(Clone, Copy)]
struct Call<'a> {
    function: &'a Function,
    ops: &'a Operands,
}

impl Call<'_> {
    fn target(self) -> Result<Reg, Fault> {
        self.ops.to_refs.first().copied().ok_or(MISTYPED)
    }

    /// Type of the reference that is written.
    fn target_ty(self) -> Result<u32, Fault> {
        Ok(self.function.refs[usize::from(self.target()?)])
    }
}
