//! What a program asks of its session, and operations on bytes: operands in, words, strings and lists out (LANGUAGE §17.2).

use sha2::{Digest, Sha256, Sha512};
use stoffel_bytecode::Builtin;
use stoffel_value::TrapCode;

use super::Call;
use crate::Wait;
use crate::column::Column;
use crate::curves;
use crate::fault::{Fault, MISTYPED};
use crate::heap::List;
use crate::machine::{Env, Vm};

impl Vm {
    pub(super) fn session_op(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        match op {
            Builtin::PartyId => self.put_word(of, 0, u64::from(env.engine.me().0)),
            Builtin::NParties => self.put_word(of, 0, u64::from(env.engine.n_parties())),
            Builtin::Threshold => self.put_word(of, 0, u64::from(env.engine.threshold())),
            Builtin::InstanceId => self.put_word(of, 0, env.host.instance_id()),
            Builtin::ProtocolName => self.put_text(of, env.engine.backend().to_owned(), env),
            Builtin::Capabilities => self.capabilities(of, env),
            Builtin::LocalBytes => {
                let mut bytes = [0; 32];
                env.host.local_random(&mut bytes);
                self.put_bytes(of, &bytes, env)
            }
            Builtin::LocalWord => {
                let bits = self.word_in(of, 0)?;
                if !matches!(bits, 8 | 16 | 32 | 64) {
                    return Err(TrapCode::Engine.into());
                }
                let mut bytes = [0; 8];
                env.host.local_random(&mut bytes[..bits as usize / 8]);
                self.put_word(of, 0, u64::from_le_bytes(bytes))
            }
            Builtin::BytesOfText => {
                let text = self.heap.str(self.ref_in(of, 0)?)?.text.clone();
                self.put_bytes(of, text.as_bytes(), env)
            }
            Builtin::Sha256 => {
                let hash = Sha256::digest(self.bytes_in(of, env)?);
                self.put_bytes(of, &hash, env)
            }
            Builtin::HashToField | Builtin::FieldInv | Builtin::PointX | Builtin::FieldBytes | Builtin::PointSec1 => {
                let data = self.bytes_in(of, env)?;
                let curve = &self.heap.str(self.ref_in(of, 1)?)?.text;
                let made = match op {
                    Builtin::HashToField => curves::hash_to_field(&data, curve),
                    Builtin::FieldInv => curves::field_inv(&data, curve),
                    Builtin::PointX => curves::point_x_to_field(&data, curve),
                    Builtin::FieldBytes => curves::field_to_scalar_bytes(&data, curve),
                    _ => curves::point_to_sec1(&data, curve),
                };
                self.put_bytes(of, &made.ok_or(TrapCode::Engine)?, env)
            }
            Builtin::HashToG1 => {
                let point = curves::hash_to_g1(&self.bytes_in(of, env)?);
                self.put_bytes(of, &point, env)
            }
            Builtin::Sha512 => {
                let hash = Sha512::digest(self.bytes_in(of, env)?);
                self.put_bytes(of, &hash, env)
            }
            _ => Err(MISTYPED),
        }
    }

    /// Messages among the parties.
    pub(super) fn broadcast_op(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        if op == Builtin::RbcSend {
            env.host.broadcast(&self.heap.str(self.ref_in(of, 0)?)?.text);
            return self.put_word(of, 0, u64::from(env.engine.n_parties()));
        }
        let any = op == Builtin::RbcReceiveAny;
        let (from, time, local) = if any {
            (None, self.word_in(of, 0)?, true)
        } else {
            let party = u8::try_from(self.word_in(of, 0)?).ok().filter(|party| *party < env.engine.n_parties());
            (Some(party.ok_or(TrapCode::UnknownClient)?), self.word_in(of, 1)?, self.word_in(of, 2)? != 0)
        };
        let timeout_ms = u64::try_from(time.cast_signed()).unwrap_or(0);
        let Some((party, message)) = env.host.receive(from, local)? else {
            return Err(Fault::Wait(Wait::Message { from, timeout_ms }));
        };
        if any {
            self.put_word(of, 0, u64::from(party))?;
        }
        self.put_text(of, message, env)
    }

    /// The bytes of the first reference, a list of them.
    fn bytes_in(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<Vec<u8>, Fault> {
        let list = self.ref_in(of, 0)?;
        self.settle(list, env)?;
        match &self.heap.list(list)?.columns[..] {
            [Column::Words(words)] => Ok(words.iter().map(|word| *word as u8).collect()),
            _ => Err(MISTYPED),
        }
    }

    fn put_bytes(&mut self, of: Call<'_>, bytes: &[u8], env: &mut Env<'_>) -> Result<(), Fault> {
        let words = bytes.iter().map(|byte| u64::from(*byte)).collect();
        self.put_list(of, bytes.len(), Column::Words(words), env)
    }

    fn capabilities(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let names = env.host.capabilities();
        let mut texts = Vec::with_capacity(names.len());
        for name in names {
            texts.push(self.heap.alloc_str((*name).to_owned())?);
        }
        self.put_list(of, texts.len(), Column::Refs(texts), env)
    }

    fn put_list(&mut self, of: Call<'_>, len: usize, column: Column, env: &mut Env<'_>) -> Result<(), Fault> {
        let mut list = List::new(of.target_ty()?, &self.types)?;
        list.len = len as u32;
        list.columns = vec![column];
        let list = self.heap.alloc_list(list)?;
        self.put_ref(of, list, env)
    }
}
