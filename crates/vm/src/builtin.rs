//! A library operation and its operands in, results in registers out.
//!
//! Lists are edited and copied column by column, so that one code serves every element type. What waits for openings does so
//! before it changes anything.

mod array;
mod dict;
mod merge;
mod rows;
mod scan;
mod sequence;
mod session;
mod strings;
mod vector;

use stoffel_bytecode::{Builtin, Function, Operands, Reg};
use stoffel_value::{TrapCode, math};

use crate::ClientKind;
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
        // These only move references about.
        if !matches!(op, Builtin::Extend | Builtin::Insert | Builtin::Copy | Builtin::Pop | Builtin::Clear) {
            self.await_texts(ops, env)?;
        }
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
            Builtin::OneHotSecret | Builtin::PickSecret | Builtin::PutSecret | Builtin::SelectList => {
                self.scan(op, of, env)
            }
            Builtin::SortRows | Builtin::Shuffle => self.order_rows(op, of, env),
            Builtin::TextCodes => self.text_codes(of, env),
            Builtin::ClosureOf | Builtin::ClosureAs => self.retyped(op, of, env),
            Builtin::SumSecret
            | Builtin::DotSecret
            | Builtin::AnySecret
            | Builtin::AllSecret
            | Builtin::ConvertSecret => self.vector_op(op, of, env),
            Builtin::Lookup
            | Builtin::FindKey
            | Builtin::RemoveKey
            | Builtin::Keys
            | Builtin::Values
            | Builtin::Items
            | Builtin::PutValues
            | Builtin::KeyChanges => self.dict(op, of, env),
            Builtin::CountClients => {
                let kind = ClientKind::ALL.get(self.word_in(of, 0)? as usize).copied().ok_or(MISTYPED)?;
                self.put_word(of, 0, u64::from(env.host.count_clients(kind)))
            }
            Builtin::PartyId
            | Builtin::NParties
            | Builtin::Threshold
            | Builtin::InstanceId
            | Builtin::ProtocolName
            | Builtin::Capabilities
            | Builtin::LocalBytes
            | Builtin::LocalWord
            | Builtin::BytesOfText
            | Builtin::Sha256
            | Builtin::HashToField
            | Builtin::FieldInv
            | Builtin::HashToG1
            | Builtin::PointX
            | Builtin::FieldBytes
            | Builtin::PointSec1
            | Builtin::Sha512 => self.session_op(op, of, env),
            Builtin::RbcSend | Builtin::RbcReceive | Builtin::RbcReceiveAny => self.broadcast_op(op, of, env),
            Builtin::StoreExists | Builtin::StoreDelete => self.storage_op(op, of, env),
            Builtin::Random
            | Builtin::RandomShare
            | Builtin::ShareOf
            | Builtin::ShareTo
            | Builtin::ShareInt
            | Builtin::ShareUInt
            | Builtin::ShareFix
            | Builtin::ShareAdd
            | Builtin::ShareSub
            | Builtin::ShareMul
            | Builtin::ShareDiv
            | Builtin::ShareRem
            | Builtin::ShareMod
            | Builtin::ShareNeg
            | Builtin::ShareRetag
            | Builtin::ShareAlike
            | Builtin::ShareKind => self.share_op(op, of, env),
            _ if op.is_array() => self.array_op(op, of, env),
            _ if op.is_lanes() => self.lanes_op(op, of, env),
            Builtin::TrapSecret => self.trap_secret(of, env),
            _ => match op.math() {
                Some(function) => {
                    let word = math(function, self.word_in(of, 0)?)?;
                    self.put_word(of, 0, word)
                }
                None => self.strings(op, of, env),
            },
        }
    }

    /// Raises the trap of a number if the engine can tell that a secret condition holds.
    fn trap_secret(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let code = usize::try_from(self.word_in(of, 0)?).ok().and_then(|code| TrapCode::ALL.get(code)).copied();
        let holds = self.secret(*of.ops.secrets.first().ok_or(MISTYPED)?)?;
        if env.engine.trips(holds, self.op_site()) {
            return Err(code.map_or(MISTYPED, Fault::from));
        }
        Ok(())
    }

    pub(crate) fn ref_in(&self, of: Call<'_>, k: usize) -> Result<Ref, Fault> {
        of.ops.refs.get(k).map(|&r| self.reference(r)).ok_or(MISTYPED)
    }

    pub(crate) fn word_in(&self, of: Call<'_>, k: usize) -> Result<u64, Fault> {
        of.ops.words.get(k).map(|&r| self.word(r)).ok_or(MISTYPED)
    }

    pub(crate) fn put_word(&mut self, of: Call<'_>, k: usize, word: u64) -> Result<(), Fault> {
        self.set_word(*of.ops.to_words.get(k).ok_or(MISTYPED)?, word);
        Ok(())
    }

    pub(crate) fn put_ref(&mut self, of: Call<'_>, value: Ref, env: &mut Env<'_>) -> Result<(), Fault> {
        self.set_ref(of.target()?, value, env);
        Ok(())
    }

    pub(crate) fn put_text(&mut self, of: Call<'_>, text: String, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.heap.alloc_str(text)?;
        self.put_ref(of, r, env)
    }
}

/// Operands of a library operation, and the function whose registers they are.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) function: &'a Function,
    pub(crate) ops: &'a Operands,
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
