//! Dicts and keys in; values, rows and lists out. A dict is a list of rows, key leaves first, with an index of its keys.

use stoffel_bytecode::{Builtin, Operands, Reg};
use stoffel_value::{CmpOp, TrapCode, compare};

use super::Call;
use crate::column::{Column, Item};
use crate::fault::{Fault, MISTYPED};
use crate::heap::{List, Ref};
use crate::keys::KeyHash;
use crate::machine::{Env, Vm};
use crate::step::Destinations;
use crate::types::LeafKind;

impl Vm {
    pub(super) fn dict(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        match op {
            Builtin::Lookup => self.lookup(r, of.ops, env),
            Builtin::FindKey => {
                let row = self.row_of(r, &self.key_items(r, of.ops, 1)?)?;
                self.put_word(of, 0, row.map_or(-1, |row| row as i64) as u64)
            }
            Builtin::RemoveKey => {
                self.settle(r, env)?;
                let row = self.row_of(r, &self.key_items(r, of.ops, 1)?)?.ok_or(TrapCode::MissingKey)?;
                self.remove_row(r, row, env)
            }
            Builtin::KeyChanges => {
                let changes = self.heap.list(r)?.keys.as_ref().ok_or(MISTYPED)?.changes();
                self.put_word(of, 0, changes)
            }
            Builtin::PutValues => self.put_values(r, self.ref_in(of, 1)?, env),
            _ => {
                self.settle(r, env)?;
                let dict = self.heap.list(r)?;
                let leaves = dict.keys.as_ref().ok_or(MISTYPED)?.leaves();
                let columns = match op {
                    Builtin::Keys => 0..leaves,
                    Builtin::Values => leaves..dict.columns.len(),
                    _ => 0..dict.columns.len(),
                };
                let (len, ty) = (dict.len, of.target_ty()?);
                self.heap.room(r, len as usize)?;
                let picked = &self.heap.list(r)?.columns[columns];
                let columns: Vec<Column> = picked.iter().map(|column| column.pick(len as usize, |i| i)).collect();
                columns.iter().for_each(|column| column.retain(&mut self.heap, env.engine));
                let list =
                    self.heap.alloc_list(List { ty, axes: None, len, columns, pending: Vec::new(), keys: None })?;
                self.put_ref(of, list, env)
            }
        }
    }

    fn lookup(&mut self, r: Ref, ops: &Operands, env: &mut Env<'_>) -> Result<(), Fault> {
        self.settle(r, env)?;
        let key = self.key_items(r, ops, 1)?;
        let row = self.row_of(r, &key)?.ok_or(TrapCode::MissingKey)?;
        // Writing a register may free the dict: read all leaves before.
        let values: Vec<Item> = self.heap.list(r)?.columns[key.len()..].iter().map(|column| column.get(row)).collect();
        values.iter().for_each(|&item| self.heap.retain_item(item, env.engine));
        let mut to = Destinations::new(ops);
        values.into_iter().try_for_each(|item| self.store(&mut to, item, env))
    }

    /// Sets the value of a key: the sources of `ops` are the leaves of a row.
    pub(crate) fn put(&mut self, r: Reg, ops: &Operands, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.reference(r);
        let key = self.key_items(r, ops, 0)?;
        let hash = self.hash(r, &key)?;
        let Some(row) = self.row_with(r, &key, hash)? else {
            let at = self.heap.list(r)?.len;
            let items = self.element_items(r, ops)?;
            items.iter().for_each(|&item| self.heap.retain_item(item, env.engine));
            self.heap.append(r, &items, env.engine)?;
            self.heap.list_mut(r)?.keys.as_mut().ok_or(MISTYPED)?.push(hash);
            return self.promise_words(r, at, ops);
        };
        // As for an element of a list that is set.
        let words = key.iter().filter(|item| matches!(item, Item::Word(_))).count();
        let value = &ops.words[words..];
        let promised = !value.is_empty() && value.iter().all(|word| *word == Operands::TICKET);
        let dict = self.heap.list(r)?;
        if !promised || dict.pending.len() > 2 * dict.len as usize + 64 {
            self.settle(r, env)?;
        }
        let items = self.element_items(r, ops)?;
        for (column, item) in items.into_iter().enumerate().skip(key.len()) {
            self.heap.retain_item(item, env.engine);
            let dict = self.heap.list_mut(r)?;
            let before = dict.columns[column].replace(dict.len as usize, row, item, env.engine)?;
            self.heap.release_item(before, env.engine);
        }
        self.promise_words(r, row as u32, ops)
    }

    /// Gives every key the value at its place in a list.
    fn put_values(&mut self, r: Ref, values: Ref, env: &mut Env<'_>) -> Result<(), Fault> {
        self.settle(r, env)?;
        self.settle(values, env)?;
        let (dict, list) = (self.heap.list(r)?, self.heap.list(values)?);
        let (first, len) = (dict.keys.as_ref().ok_or(MISTYPED)?.leaves(), dict.len as usize);
        if list.len as usize != len {
            return Err(TrapCode::Shape.into());
        }
        if dict.columns.len() != first + list.columns.len() {
            return Err(MISTYPED);
        }
        let new: Vec<Column> = list.columns.iter().map(|column| column.pick(len, |i| i)).collect();
        new.iter().for_each(|column| column.retain(&mut self.heap, env.engine));
        for (column, new) in (first..).zip(new) {
            let old = std::mem::replace(&mut self.heap.list_mut(r)?.columns[column], new);
            self.heap.release_column(old, env.engine);
        }
        Ok(())
    }

    fn remove_row(&mut self, r: Ref, row: usize, env: &mut Env<'_>) -> Result<(), Fault> {
        let dict = self.heap.list_mut(r)?;
        let len = dict.len as usize;
        let bytes = dict.row_bytes();
        let items: Vec<Item> = dict.columns.iter_mut().map(|column| column.remove(len, row, env.engine)).collect();
        dict.keys.as_mut().ok_or(MISTYPED)?.remove(row);
        dict.len -= 1;
        self.heap.refund(bytes);
        items.into_iter().for_each(|item| self.heap.release_item(item, env.engine));
        Ok(())
    }

    /// Indexes the rows of a dict that came from outside.
    ///
    /// # Errors
    /// `R0404` if a key is there twice; `R0107` for a NaN.
    pub(crate) fn index(&self, dict: &mut List) -> Result<(), Fault> {
        let Some(mut keys) = dict.keys.take() else { return Ok(()) };
        let kinds = &self.types.element(dict.ty)?.leaves[..keys.leaves()];
        for row in 0..dict.len as usize {
            let key: Vec<Item> = dict.columns[..kinds.len()].iter().map(|column| column.get(row)).collect();
            let hash = self.hash_of(kinds, &key)?;
            let same = |other| self.same_key(kinds, dict, other, &key);
            if keys.find(hash, same).is_some() {
                return Err(Fault::Message(TrapCode::Engine, "a key of an input is given twice".to_owned()));
            }
            keys.push(hash);
        }
        dict.keys = Some(keys);
        Ok(())
    }

    /// The key among the sources of `ops`, its references from `first` on.
    fn key_items(&self, r: Ref, ops: &Operands, first: usize) -> Result<Vec<Item>, Fault> {
        let (mut words, mut refs) = (ops.words.iter(), ops.refs.iter().skip(first));
        let leaf = |kind: &LeafKind| match kind {
            LeafKind::Word(_) => words.next().map(|&word| Item::Word(self.word(word))).ok_or(MISTYPED),
            LeafKind::Ref(_) => refs.next().map(|&r| Item::Ref(self.reference(r))).ok_or(MISTYPED),
            LeafKind::Secret(_) => Err(MISTYPED),
        };
        self.kinds(r)?.iter().map(leaf).collect()
    }

    /// The leaves of the keys of a dict.
    fn kinds(&self, r: Ref) -> Result<&[LeafKind], Fault> {
        let dict = self.heap.list(r)?;
        let leaves = dict.keys.as_ref().ok_or(MISTYPED)?.leaves();
        Ok(&self.types.element(dict.ty)?.leaves[..leaves])
    }

    fn hash(&self, r: Ref, key: &[Item]) -> Result<u64, Fault> {
        self.hash_of(self.kinds(r)?, key)
    }

    fn hash_of(&self, kinds: &[LeafKind], key: &[Item]) -> Result<u64, Fault> {
        let mut hash = KeyHash::default();
        for (kind, item) in kinds.iter().zip(key) {
            match (kind, *item) {
                (LeafKind::Word(format), Item::Word(word)) => hash.word(*format, word)?,
                (LeafKind::Ref(_), Item::Ref(r)) => hash.text(&self.heap.str(r)?.text),
                _ => return Err(MISTYPED),
            }
        }
        Ok(hash.finish())
    }

    fn row_of(&self, r: Ref, key: &[Item]) -> Result<Option<usize>, Fault> {
        self.row_with(r, key, self.hash(r, key)?)
    }

    fn row_with(&self, r: Ref, key: &[Item], hash: u64) -> Result<Option<usize>, Fault> {
        let (dict, kinds) = (self.heap.list(r)?, self.kinds(r)?);
        let keys = dict.keys.as_ref().ok_or(MISTYPED)?;
        Ok(keys.find(hash, |row| self.same_key(kinds, dict, row, key)))
    }

    /// Whether the key of a row equals a key without NaN.
    fn same_key(&self, kinds: &[LeafKind], dict: &List, row: usize, key: &[Item]) -> bool {
        let same = |((kind, column), item): ((&LeafKind, &Column), &Item)| match (kind, column.get(row), *item) {
            (LeafKind::Word(format), Item::Word(a), Item::Word(b)) => {
                a == b || compare(CmpOp::Eq, *format, a, *format, b) == Ok(true)
            }
            (LeafKind::Ref(_), Item::Ref(a), Item::Ref(b)) => match (self.heap.str(a), self.heap.str(b)) {
                (Ok(a), Ok(b)) => a.text == b.text,
                _ => false,
            },
            _ => false,
        };
        kinds.iter().zip(&dict.columns).zip(key).all(same)
    }
}
