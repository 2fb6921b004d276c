//! Objects, enums, constants and type names that stand inside functions and blocks: their names in, items of the module out.
//!
//! Such an item is one of the module's under a name that no source can write: the one it has, a mark, and a number. From its
//! declaration to the end of its block the name means that item; a variable or parameter of the same name further in hides it.
//! People never see the mark ([`shown`]).

use std::collections::HashMap;
use std::rc::Rc;

use super::tree::{Ident, Module};

/// Between a name and its number; no token holds it.
const MARK: char = '\0';

/// Owner of a method whose object is not placed among the module's yet, plus its place among the inner ones.
pub(crate) const INNER_OWNER: usize = 1 << 48;

/// Blocks around a place with the names that they declare, and the items declared so far.
#[derive(Default)]
pub(crate) struct Inner {
    /// Innermost last. A variable stands for itself.
    blocks: Vec<HashMap<Rc<str>, Rc<str>>>,
    /// The items, in order.
    pub(crate) items: Module,
    count: usize,
}

impl Inner {
    /// Enters a block or function.
    pub(crate) fn open(&mut self) {
        self.blocks.push(HashMap::new());
    }

    /// Leaves it.
    pub(crate) fn close(&mut self) {
        self.blocks.pop();
    }

    /// Declares an item, which is known from here on; whether the block has not declared its name before.
    pub(crate) fn item(&mut self, name: &Ident) -> (Ident, bool) {
        self.count += 1;
        let text: Rc<str> = format!("{}{MARK}{}", name.text, self.count).into();
        let block = self.blocks.last_mut();
        let before = block.and_then(|block| block.insert(name.text.clone(), text.clone()));
        (Ident { text, span: name.span }, before.is_none())
    }

    /// Declares a variable, parameter or function; whether the block has not declared an item of that name before.
    pub(crate) fn plain(&mut self, name: &Rc<str>) -> bool {
        let Some(block) = self.blocks.last_mut() else { return true };
        let before = block.insert(name.clone(), name.clone());
        before.is_none_or(|before| before == *name)
    }

    /// Whether a name is that of a variable, parameter or function of a block around.
    pub(crate) fn is_plain(&self, name: &Rc<str>) -> bool {
        self.blocks.iter().rev().find_map(|block| block.get(name)).is_some_and(|meaning| meaning == name)
    }

    /// What a name means here.
    pub(crate) fn meaning(&self, name: Rc<str>) -> Rc<str> {
        if self.count == 0 {
            return name;
        }
        self.blocks.iter().rev().find_map(|block| block.get(&name)).cloned().unwrap_or(name)
    }

    /// Puts the items at the end of the module's; `funcs` are those that the methods are among.
    pub(crate) fn place(self, module: &mut Module) {
        let objects = module.objects.len();
        for func in &mut module.funcs {
            if let Some(owner) = func.owner.and_then(|owner| owner.checked_sub(INNER_OWNER)) {
                func.owner = Some(objects + owner);
            }
        }
        module.objects.extend(self.items.objects);
        module.enums.extend(self.items.enums);
        module.consts.extend(self.items.consts);
        module.aliases.extend(self.items.aliases);
    }
}

/// A name, or a text with names, as people know it.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c != MARK {
            out.push(c);
            continue;
        }
        while rest.next_if(char::is_ascii_digit).is_some() {}
    }
    out
}

/// Whether a name is that of such an item.
pub(crate) fn is_inner(name: &str) -> bool {
    name.contains(MARK)
}

#[cfg(test)]
mod tests {
    use stoffel_syntax::Span;

    use super::*;

    #[test]
    fn names_mean_the_innermost_declaration() {
        let ident = |text: &str| Ident { text: text.into(), span: Span::default() };
        let mut inner = Inner::default();
        inner.open();
        assert_eq!(&*inner.meaning("P".into()), "P");
        let (first, new) = inner.item(&ident("P"));
        assert!(new && is_inner(&first.text) && shown(&format!("`{}`s", first.text)) == "`P`s");
        inner.open();
        assert_eq!(inner.meaning("P".into()), first.text);
        assert!(inner.plain(&"P".into()));
        assert_eq!(&*inner.meaning("P".into()), "P");
        inner.close();
        assert!(!inner.item(&ident("P")).1, "declared twice");
        inner.close();
        assert_eq!(&*inner.meaning("P".into()), "P");
    }
}
