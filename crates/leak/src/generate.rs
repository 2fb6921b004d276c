//! Choices in, statements of a well-formed program out: what is in scope, expressions of a type and secrecy, blocks and functions.
//!
//! A *frame* is a function that is being written; a *body* is one that a secret selects (LANGUAGE §10.5), 0 outside of all. Secret
//! values are small, so that few programs leave their types. What is revealed is made of inputs that are equal in both runs.

mod expr;

use crate::program::Program;
use crate::rng::Rng;
use crate::rows::{Form, ROWS, Row, Used};
use crate::session::Given;
use crate::tree::Node;

/// Types of which variables are kept in scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ty {
    /// `secret int64`, or `int64`.
    Int,
    /// `secret bool`, or `bool`.
    Bool,
    /// `secret fix64`
    Fix,
    /// `secret uint8`
    Byte,
    /// `list[secret int64]` of three.
    Ints,
    /// `list[secret bool]` of three.
    Bools,
    /// `list[secret fix64]` of three.
    Fixes,
    /// `array[secret int64]` of 2 × 2.
    Array,
    /// `secret string` of three characters.
    Text,
}

/// What differs between the two runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// A secret that differs.
    Secret,
    /// A secret that is equal.
    Equal,
    /// Public.
    Public,
}

#[derive(Clone, Debug)]
struct Var {
    name: String,
    ty: Ty,
    class: Class,
}

/// A parameter of `main`.
struct Param {
    name: &'static str,
    ty: &'static str,
    role: Option<&'static str>,
    of: Ty,
    class: Class,
}

const fn param(name: &'static str, ty: &'static str, role: &'static str, of: Ty, class: Class) -> Param {
    Param { name, ty, role: Some(role), of, class }
}

const PARAMS: &[Param] = &[
    param("a", "secret int64", "ann", Ty::Int, Class::Secret),
    param("b", "secret int64", "bob", Ty::Int, Class::Secret),
    param("c", "secret bool", "ann", Ty::Bool, Class::Secret),
    param("d", "secret bool", "bob", Ty::Bool, Class::Secret),
    param("e", "secret int64", "ann", Ty::Int, Class::Equal),
    param("k", "secret bool", "bob", Ty::Bool, Class::Equal),
    param("u", "secret uint8", "ann", Ty::Byte, Class::Secret),
    param("x", "secret fix64", "ann", Ty::Fix, Class::Secret),
    param("y", "secret fix64", "bob", Ty::Fix, Class::Secret),
    param("xs", "list[secret int64]", "ann", Ty::Ints, Class::Secret),
    param("ys", "list[secret int64]", "bob", Ty::Ints, Class::Secret),
    param("bs", "list[secret bool]", "bob", Ty::Bools, Class::Secret),
    param("fs", "list[secret fix64]", "ann", Ty::Fixes, Class::Secret),
    param("m", "array[secret int64]", "bob", Ty::Array, Class::Secret),
    param("txt", "secret string", "bob", Ty::Text, Class::Secret),
    Param { name: "n", ty: "int64", role: None, of: Ty::Int, class: Class::Public },
    Param { name: "q", ty: "bool", role: None, of: Ty::Bool, class: Class::Public },
];

/// A function that is being written.
#[derive(Debug, Default)]
struct Frame {
    vars: Vec<Var>,
    /// Secret bodies around the current place, innermost last.
    bodies: Vec<u32>,
    is_main: bool,
}

/// A parameter of a function: name, type as written, and what it is.
type Formal = (String, &'static str, Ty, Class);

/// A program under construction.
#[derive(Debug)]
pub(crate) struct Gen {
    pub(crate) rng: Rng,
    items: Vec<Node>,
    open: Vec<Vec<Node>>,
    frames: Vec<Frame>,
    next: u32,
    /// Parameters of `main` that are mentioned.
    mentioned: Vec<usize>,
    used: Vec<Used>,
    trap: Option<&'static str>,
    /// What must occur, until it does.
    wanted: Option<(usize, Form)>,
    /// What is written belongs to an attempt.
    attempting: bool,
}

impl Gen {
    /// The program of a seed: in it row `row` occurs in form `form`, in a secret body if `in_body` says so.
    pub(crate) fn program(seed: u64, row: usize, form: Form, in_body: bool) -> Program {
        let mut g = Self {
            rng: Rng::new(seed),
            items: Vec::new(),
            open: vec![Vec::new()],
            frames: vec![Frame { is_main: true, ..Frame::default() }],
            next: 0,
            mentioned: Vec::new(),
            used: Vec::new(),
            trap: None,
            wanted: Some((row, form)),
            attempting: false,
        };
        g.say("var acc: secret int64 = 0");
        let before = g.rng.between(0, 3);
        g.statements(before as usize, 0);
        if in_body {
            g.secret_if(|g| g.wanted_here());
        } else {
            g.place_wanted(0);
        }
        let after = g.rng.between(0, 4);
        g.statements(after as usize, 0);
        g.finish()
    }

    /// The row that must occur, perhaps nested.
    fn place_wanted(&mut self, depth: usize) {
        match self.rng.below(if depth < 3 { 7 } else { 1 }) {
            0 | 1 => self.wanted_here(),
            2 => self.for_loop(|g| g.place_wanted(depth + 1)),
            3 => self.public_if(|g| g.place_wanted(depth + 1)),
            4 => self.function(|g| g.place_wanted(depth + 1)),
            5 => self.method(|g| g.place_wanted(depth + 1)),
            _ => self.nested_function(|g| g.place_wanted(depth + 1)),
        }
    }

    fn wanted_here(&mut self) {
        if let Some((row, form)) = self.wanted.take() {
            self.emit(row, form);
        }
    }

    fn emit(&mut self, index: usize, form: Form) {
        let row: &Row = ROWS[index];
        let emit = match form {
            Form::Legal => row.legal,
            Form::Attempt(which) => row.attempts.get(which).copied(),
        };
        if let Some(emit) = emit {
            self.used.push(Used { row: index, form, in_body: self.in_body(), in_function: !self.is_main() });
            let before = self.open.last().map_or(0, Vec::len);
            self.attempting = matches!(form, Form::Attempt(_));
            emit(self);
            self.attempting = false;
            if let Form::Attempt(_) = form {
                self.show_from(before);
            }
        }
    }

    /// Prints the variables that an attempt has declared: what an accepted one would have made public is then seen.
    fn show_from(&mut self, before: usize) {
        let body = self.open.last().into_iter().flatten().skip(before);
        let declared = body.filter_map(|node| node.text.strip_prefix("var t"));
        let number = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
        let names: Vec<String> = declared.map(|rest| format!("t{}", number(rest))).collect();
        names.iter().for_each(|name| self.say(format!("print({name})")));
    }

    /// Random statements, nested to a depth.
    pub(crate) fn statements(&mut self, count: usize, depth: usize) {
        for _ in 0..count {
            let inner = 1 + self.rng.below(2);
            match self.rng.below(if depth < 2 { 16 } else { 9 }) {
                0..9 => self.random_row(),
                9 => self.for_loop(|g| g.statements(inner, depth + 1)),
                10 => self.public_if(|g| g.statements(inner, depth + 1)),
                11 | 12 => self.secret_if(|g| g.statements(inner, depth + 1)),
                13 => self.secret_match(|g| g.statements(inner, depth + 1)),
                14 => self.function(|g| g.statements(inner, depth + 1)),
                _ => self.method(|g| g.statements(inner, depth + 1)),
            }
        }
    }

    fn random_row(&mut self) {
        let fits = |row: &Row, body: bool| row.legal.is_some() && !row.ends && (row.in_body || !body);
        let body = self.in_body();
        let index = loop {
            let index = self.rng.below(ROWS.len());
            if fits(ROWS[index], body) {
                break index;
            }
        };
        self.emit(index, Form::Legal);
    }

    fn finish(mut self) -> Program {
        self.say("return acc");
        let body = self.open.pop().unwrap_or_default();
        self.mentioned.sort_unstable();
        self.mentioned.dedup();
        let mut params: Vec<&Param> = self.mentioned.iter().map(|&index| &PARAMS[index]).collect();
        if !params.iter().any(|param| param.role == Some("ann")) {
            params.insert(0, &PARAMS[0]);
        }
        let list: Vec<String> = params
            .iter()
            .map(|param| {
                format!(
                    "{}: {}{}",
                    param.name,
                    param.ty,
                    param.role.map_or_else(String::new, |role| format!(" from {role}"))
                )
            })
            .collect();
        let mut nodes = self.items;
        nodes.push(Node::block(format!("def main({}) -> secret int64 to ann:", list.join(", ")), body));
        let public = [self.rng.between(2, 4), self.rng.between(0, 1)];
        let equal = [self.rng.between(-3, 6), self.rng.between(0, 1)];
        let rng = &mut self.rng;
        let inputs = [0, 1].map(|_| params.iter().map(|param| given(param, public, equal, rng)).collect::<Given>());
        Program { nodes, inputs, opt_level: if self.rng.chance(60) { 2 } else { 0 }, trap: self.trap, used: self.used }
    }

    // Where we are.

    /// Whether a secret selects what is being written.
    pub(crate) fn in_body(&self) -> bool {
        self.frames.last().is_some_and(|frame| !frame.bodies.is_empty())
    }

    /// Whether this is `main` itself.
    pub(crate) fn is_main(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.is_main)
    }

    /// A name that is not used yet.
    pub(crate) fn fresh(&mut self, stem: &str) -> String {
        self.next += 1;
        format!("{stem}{}", self.next)
    }

    // Lines and blocks.

    /// A line.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.push(Node::line(text));
    }

    /// A line that must be rejected.
    pub(crate) fn bad(&mut self, code: &'static str, text: impl Into<String>) {
        self.push(Node { expect: Some(code), ..Node::line(text) });
    }

    /// A block whose header must be rejected.
    pub(crate) fn bad_block(&mut self, code: &'static str, header: impl Into<String>) {
        self.push(Node { expect: Some(code), ..Node::block(header, Vec::new()) });
    }

    /// A definition before `main`.
    pub(crate) fn item(&mut self, mut node: Node) {
        node.stays |= self.attempting;
        self.items.push(node);
    }

    /// Runs end here with a trap.
    pub(crate) fn traps(&mut self, code: &'static str) {
        self.trap = Some(code);
    }

    /// The module of the library under its last name; imported if it is not yet.
    pub(crate) fn import(&mut self, path: &str) -> String {
        let line = format!("import {path}");
        if !self.items.iter().any(|item| item.text == line) {
            self.items.insert(0, Node::line(line));
        }
        path.rsplit('.').next().unwrap_or(path).to_owned()
    }

    /// A line or block as it is.
    pub(crate) fn push_node(&mut self, node: Node) {
        self.push(node);
    }

    fn push(&mut self, mut node: Node) {
        node.stays |= self.attempting;
        if let Some(body) = self.open.last_mut() {
            body.push(node);
        }
    }

    /// A block; its variables end with it.
    pub(crate) fn block(&mut self, header: impl Into<String>, write: impl FnOnce(&mut Self)) {
        let body = self.collect(write);
        self.push(Node::block(header, body));
    }

    /// What `write` writes.
    pub(crate) fn collect(&mut self, write: impl FnOnce(&mut Self)) -> Vec<Node> {
        let vars = self.frames.last().map_or(0, |frame| frame.vars.len());
        self.open.push(Vec::new());
        write(self);
        if let Some(frame) = self.frames.last_mut() {
            frame.vars.truncate(vars);
        }
        self.open.pop().unwrap_or_default()
    }

    /// A block that a secret selects.
    pub(crate) fn body(&mut self, header: impl Into<String>, write: impl FnOnce(&mut Self)) {
        self.next += 1;
        let number = self.next;
        if let Some(frame) = self.frames.last_mut() {
            frame.bodies.push(number);
        }
        self.block(header, write);
        if let Some(frame) = self.frames.last_mut() {
            frame.bodies.pop();
        }
    }

    /// A `for` over a few numbers.
    pub(crate) fn for_loop(&mut self, write: impl FnOnce(&mut Self)) {
        let i = self.fresh("i");
        let header = match self.rng.below(3) {
            0 => format!("for {i} in 0..2:"),
            1 => format!("for {i} in [1, 2]:"),
            _ => format!("for {i}, z{i} in enumerate({}):", self.list()),
        };
        self.block(header, |g| {
            g.declare(&i, Ty::Int, Class::Public);
            write(g);
        });
    }

    /// An `if` on what is public.
    pub(crate) fn public_if(&mut self, write: impl FnOnce(&mut Self)) {
        let condition = format!("{} < 9", self.number());
        self.block(format!("if {condition}:"), write);
        if self.rng.chance(40) {
            self.block("else:", |g| g.keep("1"));
        }
    }

    /// An `if` on a secret; what is written stands in one of its bodies.
    pub(crate) fn secret_if(&mut self, write: impl FnOnce(&mut Self)) {
        let condition = self.flag(1);
        let place = self.rng.below(3);
        let mut write = Some(write);
        let mut one = |g: &mut Self, here: bool| match write.take_if(|_| here) {
            Some(write) => write(g),
            None => {
                let value = g.int(1);
                g.keep(&value);
            }
        };
        self.body(format!("if {condition}:"), |g| one(g, place == 0));
        if place == 1 || self.rng.chance(30) {
            let condition = self.flag(1);
            self.body(format!("elif {condition}:"), |g| one(g, place == 1));
        }
        if place == 2 || self.rng.chance(40) {
            self.body("else:", |g| one(g, place == 2));
        }
    }

    /// A `match` on a secret.
    pub(crate) fn secret_match(&mut self, write: impl FnOnce(&mut Self)) {
        let subject = self.int(0);
        let mut write = Some(write);
        self.block(format!("match {subject}:"), |g| {
            g.body("case 1:", |g| {
                if let Some(write) = write.take() {
                    write(g);
                }
            });
            g.body("case _:", |g| {
                let value = g.int(1);
                g.keep(&value);
            });
        });
    }

    /// A function of its own, called here.
    pub(crate) fn function(&mut self, write: impl FnOnce(&mut Self)) {
        let name = self.fresh("fn");
        let (params, args) = self.signature();
        let body = self.written(&params, write);
        let typed: Vec<String> = params.iter().map(|(name, ty, _, _)| format!("{name}: {ty}")).collect();
        // Un-annotated parameters make an instance of each call.
        let typed = if self.rng.chance(25) { params.iter().map(|(name, ..)| name.clone()).collect() } else { typed };
        self.item(Node::block(format!("def {name}({}) -> secret int64:", typed.join(", ")), body));
        self.keep(&format!("{name}({})", args.join(", ")));
    }

    /// A method of an object, called here.
    pub(crate) fn method(&mut self, write: impl FnOnce(&mut Self)) {
        let (object, base) = (self.fresh("Obj"), self.fresh("Base"));
        let (params, args) = self.signature();
        let body = self.written(&params, write);
        let typed: Vec<String> = params.iter().map(|(name, ty, _, _)| format!("{name}: {ty}")).collect();
        let header = format!("def go(self, {}) -> secret int64:", typed.join(", "));
        self.item(Node::block(
            format!("object {base}:"),
            vec![Node::line("v: secret int64 = 0"), Node::block(header, body)],
        ));
        self.item(Node::block(format!("object {object}({base}):"), vec![Node::line("w: int64 = 3")]));
        let value = self.int(0);
        let made = self.fresh("o");
        self.say(format!("var {made} = {object}(v: {value}, w: 3)"));
        self.keep(&format!("{made}.go({})", args.join(", ")));
    }

    /// A function inside this one, called here; it sees the variables around it.
    pub(crate) fn nested_function(&mut self, write: impl FnOnce(&mut Self)) {
        let name = self.fresh("in");
        let body = self.collect(|g| {
            g.say("var acc: secret int64 = 0");
            write(g);
            g.say("return acc");
        });
        self.push(Node::block(format!("def {name}() -> secret int64:"), body));
        self.keep(&format!("{name}()"));
    }

    /// Parameters of a function (name, type, and what they are), and arguments for them.
    fn signature(&mut self) -> (Vec<Formal>, Vec<String>) {
        let kinds = [
            ("secret int64", Ty::Int, Class::Secret),
            ("secret bool", Ty::Bool, Class::Secret),
            ("secret fix64", Ty::Fix, Class::Secret),
            ("list[secret int64]", Ty::Ints, Class::Secret),
            ("int64", Ty::Int, Class::Public),
            ("secret int64", Ty::Int, Class::Equal),
        ];
        let params = kinds.iter().map(|&(ty, of, class)| (self.fresh("p"), ty, of, class)).collect();
        let args = vec![self.int(1), self.flag(1), self.fix(1), self.list(), self.number(), self.equal()];
        (params, args)
    }

    fn written(&mut self, params: &[Formal], write: impl FnOnce(&mut Self)) -> Vec<Node> {
        // A function called in a secret body runs under its condition.
        let bodies = self.frames.last().map(|frame| frame.bodies.clone()).unwrap_or_default();
        let vars =
            params.iter().map(|(name, _, ty, class)| Var { name: name.clone(), ty: *ty, class: *class }).collect();
        self.frames.push(Frame { vars, bodies, is_main: false });
        let body = self.collect(|g| {
            g.say("var acc: secret int64 = 0");
            write(g);
            g.say("return acc");
        });
        self.frames.pop();
        body
    }

    // Variables.

    /// Notes a variable that is in scope from here.
    pub(crate) fn declare(&mut self, name: &str, ty: Ty, class: Class) {
        if let Some(frame) = self.frames.last_mut() {
            frame.vars.push(Var { name: name.to_owned(), ty, class });
        }
    }

    /// A variable of a type; `None` if there is none.
    pub(crate) fn var(&mut self, ty: Ty, class: Class) -> Option<String> {
        let frame = self.frames.last()?;
        let mut names: Vec<(String, Option<usize>)> = frame
            .vars
            .iter()
            .filter(|var| var.ty == ty && var.class == class)
            .map(|var| (var.name.clone(), None))
            .collect();
        if frame.is_main {
            let fits = PARAMS.iter().enumerate().filter(|(_, param)| param.of == ty && param.class == class);
            names.extend(fits.map(|(index, param)| (param.name.to_owned(), Some(index))));
        }
        if names.is_empty() {
            return None;
        }
        let (name, param) = names.swap_remove(self.rng.below(names.len()));
        self.mentioned.extend(param);
        Some(name)
    }

    // Uses, so that nothing is dead.

    /// Uses a secret or public integer.
    pub(crate) fn keep(&mut self, value: &str) {
        self.say(format!("acc = acc +% ({value})"));
    }

    /// Uses a secret bool.
    pub(crate) fn keep_flag(&mut self, value: &str) {
        self.say(format!("acc = acc +% int64({value})"));
    }

    /// Uses a secret fixed-point number.
    pub(crate) fn keep_fix(&mut self, value: &str) {
        self.say(format!("acc = acc +% int64(({value}) > 0.25)"));
    }

    /// A new variable of a written type.
    pub(crate) fn let_(&mut self, stem: &str, ty: &str, value: &str) -> String {
        let name = self.fresh(stem);
        if ty.is_empty() {
            self.say(format!("var {name} = {value}"));
        } else {
            self.say(format!("var {name}: {ty} = {value}"));
        }
        name
    }
}

/// The value of a parameter in one run.
fn given(param: &Param, public: [i64; 2], equal: [i64; 2], rng: &mut Rng) -> (Option<&'static str>, String, String) {
    let flag = |bit: i64| if bit == 1 { "True" } else { "False" }.to_owned();
    let quarter = |rng: &mut Rng| format!("{:?}", rng.between(-12, 12) as f64 / 4.0);
    let three = |one: &mut dyn FnMut() -> String| format!("[{}, {}, {}]", one(), one(), one());
    let value = match (param.class, param.of) {
        (Class::Public, Ty::Bool) => flag(public[1]),
        (Class::Public, _) => public[0].to_string(),
        (Class::Equal, Ty::Bool) => flag(equal[1]),
        (Class::Equal, _) => equal[0].to_string(),
        (Class::Secret, Ty::Int) => rng.between(-4, 9).to_string(),
        (Class::Secret, Ty::Bool) => flag(rng.between(0, 1)),
        (Class::Secret, Ty::Text) => format!("\"{}\"", rng.pick(&["abc", "abd", "aac", "xyz"])),
        (Class::Secret, Ty::Byte) => rng.between(0, 200).to_string(),
        (Class::Secret, Ty::Fix) => quarter(rng),
        (Class::Secret, Ty::Ints) => three(&mut || rng.between(-3, 7).to_string()),
        (Class::Secret, Ty::Bools) => three(&mut || flag(rng.between(0, 1))),
        (Class::Secret, Ty::Fixes) => three(&mut || quarter(rng)),
        (Class::Secret, Ty::Array) => {
            let mut row = || format!("[{}, {}]", rng.between(-3, 5), rng.between(-3, 5));
            format!("[{}, {}]", row(), row())
        }
    };
    (param.role, param.name.to_owned(), value)
}
