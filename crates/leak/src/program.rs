//! A seed, an index and what must occur in; a program with two lists of inputs that differ in secrets alone out.

use crate::rows::{Form, Used};
use crate::session::Given;
use crate::tree::{Node, Rendered};

/// A generated program.
#[derive(Clone, PartialEq, Debug)]
pub struct Program {
    /// Definitions, then `main`.
    pub nodes: Vec<Node>,
    /// Inputs of the two runs.
    pub inputs: [Given; 2],
    /// 0 or 2.
    pub opt_level: u8,
    /// The trap that must end its runs.
    pub trap: Option<&'static str>,
    /// What occurs in it.
    pub used: Vec<Used>,
}

impl Program {
    /// Its text, and the errors expected of it.
    #[must_use]
    pub fn render(&self) -> Rendered {
        Rendered::of(&self.nodes)
    }

    /// Its text with the inputs as comments: what is printed of a program that fails.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (which, given) in self.inputs.iter().enumerate() {
            let one = |(role, name, value): &(Option<&str>, String, String)| {
                format!("{}{name} = {value}", role.map_or_else(String::new, |role| format!("{role}.")))
            };
            text += &format!("# run {which}: {}\n", given.iter().map(one).collect::<Vec<_>>().join(", "));
        }
        text + &format!("# -O{}\n", self.opt_level) + &self.render().text
    }

    /// Whether it holds a statement that must be rejected.
    #[must_use]
    pub fn has_attempt(&self) -> bool {
        self.used.iter().any(|one| matches!(one.form, Form::Attempt(_)))
    }
}
