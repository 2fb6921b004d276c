//! Instructions and library operations on dicts: their types proved.
//!
//! Keys are public by their type ([`Type::is_key`]), so a lookup tells nothing of a secret; values flow only to leaves of their own type.

use stoffel_value::ScalarTy;

use super::{Checked, Context, mismatch};
use crate::verify::Fault;
use crate::{Builtin, Leaf, Operands, Type};

const I64: Leaf = Leaf::Word(ScalarTy::I64);

impl<'a> Context<'a> {
    /// A key is known when it is put: only words of the value may be promised.
    pub(super) fn put(&self, r: u16, ops: &Operands) -> Checked {
        let (key, _) = self.dict(r)?;
        let words = key.leaves().iter().filter(|leaf| matches!(leaf, Leaf::Word(_))).count();
        if ops.words.iter().take(words).any(|&word| word == Operands::TICKET) {
            return Err(mismatch("a word of the key", "word", "ticket"));
        }
        self.element_sources(ops, self.row(r)?)
    }

    pub(in crate::verify) fn dict_builtin(&self, op: Builtin, r: u16, ops: &Operands) -> Checked {
        let (key, value) = self.dict(r)?;
        let own = Leaf::Ref(self.reference(r).clone());
        let list = |member: Type| Leaf::Ref(Type::List(Box::new(member)));
        let keyed = || [vec![own.clone()], key.leaves()].concat();
        match op {
            Builtin::Lookup => self.exact(ops, &keyed(), &value.leaves()),
            Builtin::FindKey => self.exact(ops, &keyed(), &[I64]),
            Builtin::RemoveKey => self.exact(ops, &keyed(), &[]),
            Builtin::Keys => self.exact(ops, &[own], &[list(key.clone())]),
            Builtin::Values => self.exact(ops, &[own], &[list(value.clone())]),
            Builtin::Items => self.exact(ops, &[own], &[list(Type::Tuple(vec![key.clone(), value.clone()]))]),
            Builtin::PutValues => self.exact(ops, &[own, list(value.clone())], &[]),
            // The last one: how often the key set has changed.
            _ => self.exact(ops, &[own], &[I64]),
        }
    }

    fn dict(&self, register: u16) -> Result<(&'a Type, &'a Type), Fault> {
        match self.reference(register) {
            Type::Dict(key, value) => Ok((key, value)),
            other => Err(mismatch("the reference", "dict", other)),
        }
    }
}
