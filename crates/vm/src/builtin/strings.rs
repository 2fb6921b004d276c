//! Strings in, strings, lists of strings and facts about strings out. Positions count characters.

use stoffel_bytecode::Builtin;
use stoffel_value::{ScalarTy, TrapCode, parse_scalar};

use super::Call;
use crate::column::Column;
use crate::fault::{Fault, MISTYPED};
use crate::heap::{CELL_BYTES, List, Ref, Text, position};
use crate::machine::{Env, Vm};

impl Vm {
    pub(super) fn strings(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        if op == Builtin::Join {
            return self.join(of, env);
        }
        if op == Builtin::CharAt && !self.heap.is_str(self.ref_in(of, 0)?) {
            return self.secret_char(of, env);
        }
        let s = self.heap.str(self.ref_in(of, 0)?)?;
        let other = |k| self.ref_in(of, k).and_then(|r| self.heap.str(r)).map(|text| text.text.as_str());
        match op {
            Builtin::CompareStr => {
                let order = s.text.as_str().cmp(other(1)?) as i64;
                self.put_word(of, 0, order as u64)
            }
            Builtin::ContainsStr => {
                let found = s.text.contains(other(1)?);
                self.put_word(of, 0, u64::from(found))
            }
            Builtin::StartsWith => {
                let found = s.text.starts_with(other(1)?);
                self.put_word(of, 0, u64::from(found))
            }
            Builtin::EndsWith => {
                let found = s.text.ends_with(other(1)?);
                self.put_word(of, 0, u64::from(found))
            }
            Builtin::FindStr => {
                let at = s.text.find(other(1)?).map(|byte| s.text[..byte].chars().count());
                self.put_word(of, 0, u64::from(at.is_some()))?;
                self.put_word(of, 1, at.unwrap_or(0) as u64)
            }
            Builtin::ParseInt => {
                let word = parse_scalar(ScalarTy::I64, s.text.trim()).ok();
                self.put_word(of, 0, u64::from(word.is_some()))?;
                self.put_word(of, 1, word.unwrap_or(0))
            }
            Builtin::CharAt => {
                let at = position(s.chars, self.word_in(of, 0)? as i64)?;
                let text = characters(s, 1, |_| at);
                self.put_text(of, text, env)
            }
            Builtin::Strip => {
                let text = s.text.trim().to_owned();
                self.put_text(of, text, env)
            }
            Builtin::Upper => {
                let text = s.text.to_uppercase();
                self.put_text(of, text, env)
            }
            Builtin::Lower => {
                let text = s.text.to_lowercase();
                self.put_text(of, text, env)
            }
            Builtin::Replace => {
                let (old, new) = (other(1)?, other(2)?);
                let hits = if old.is_empty() { s.chars + 1 } else { s.text.matches(old).count() };
                self.heap.room_for_text(s.text.len(), hits, new.len())?;
                let text = s.text.replace(old, new);
                self.put_text(of, text, env)
            }
            Builtin::Split => {
                let separator = other(1)?;
                if separator.is_empty() {
                    return Err(TrapCode::Empty.into());
                }
                let parts = s.text.matches(separator).count() + 1;
                self.heap.room_for_text(s.text.len(), parts, CELL_BYTES)?;
                let parts: Vec<String> = s.text.split(separator).map(str::to_owned).collect();
                self.put_strings(parts, of, env)
            }
            _ => Err(MISTYPED),
        }
    }

    /// What lists and strings have in common, of a string.
    pub(super) fn text_sequence(&mut self, op: Builtin, r: Ref, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        match op {
            Builtin::Concat => {
                let text = format!("{}{}", self.heap.str(r)?.text, self.heap.str(self.ref_in(of, 1)?)?.text);
                self.put_text(of, text, env)
            }
            Builtin::Repeat => {
                let times = self.word_in(of, 0)?;
                let len = self.heap.str(r)?.text.len();
                let bytes = self.repeated(len, times)?;
                self.heap.room_for_text(bytes, 0, 0)?;
                let text = self.heap.str(r)?.text.repeat(bytes / len.max(1));
                self.put_text(of, text, env)
            }
            Builtin::Slice => {
                let slice = self.slice_of(self.heap.str(r)?.chars, of)?;
                let text = characters(self.heap.str(r)?, slice.count, |k| slice.at(k));
                self.put_text(of, text, env)
            }
            Builtin::Copy => {
                self.heap.retain(r);
                self.put_ref(of, r, env)
            }
            Builtin::Equal => {
                let equal = self.equal_refs(r, self.ref_in(of, 1)?)?;
                self.put_word(of, 0, u64::from(equal))
            }
            _ => Err(MISTYPED),
        }
    }

    /// One character of a secret text.
    fn secret_char(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        let at = self.heap.list(r)?.position(self.word_in(of, 0)? as i64)?;
        let one = self.copy(r, 1, |_| at, env)?;
        self.put_ref(of, one, env)
    }

    /// The code points of a secret text.
    pub(super) fn text_codes(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let r = self.ref_in(of, 0)?;
        let len = self.heap.list(r)?.len as usize;
        let codes = self.copy(r, len, |i| i, env)?;
        self.heap.list_mut(codes)?.ty = of.target_ty()?;
        self.put_ref(of, codes, env)
    }

    fn join(&mut self, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let separator = self.heap.str(self.ref_in(of, 0)?)?;
        let list = self.heap.list(self.ref_in(of, 1)?)?;
        let [Column::Refs(parts)] = &list.columns[..] else { return Err(MISTYPED) };
        let parts = parts.iter().map(|&r| Ok(self.heap.str(r)?.text.as_str())).collect::<Result<Vec<&str>, Fault>>()?;
        let bytes = parts.iter().map(|part| part.len()).sum();
        self.heap.room_for_text(bytes, parts.len(), separator.text.len())?;
        let text = parts.join(&separator.text);
        self.put_text(of, text, env)
    }

    fn put_strings(&mut self, parts: Vec<String>, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let mut list = List::new(of.target_ty()?, &self.types)?;
        list.len = parts.len() as u32;
        let refs = parts.into_iter().map(|part| self.heap.alloc_str(part)).collect::<Result<_, _>>()?;
        list.columns = vec![Column::Refs(refs)];
        let list = self.heap.alloc_list(list)?;
        self.put_ref(of, list, env)
    }
}

/// The characters at `at(0)`, …, `at(count - 1)`.
fn characters(text: &Text, count: usize, at: impl Fn(usize) -> usize) -> String {
    if text.text.len() == text.chars {
        let bytes = text.text.as_bytes();
        return (0..count).map(|k| char::from(bytes[at(k)])).collect();
    }
    if count == 1 {
        return text.text.chars().nth(at(0)).map(String::from).unwrap_or_default();
    }
    let chars: Vec<char> = text.text.chars().collect();
    (0..count).map(|k| chars[at(k)]).collect()
}
