//! Short assembly with named registers in, a verified program out.
//!
//! ```text
//! input x {list[secret int64]} from "a"
//! output {int64} to everyone
//! object "Node" v:secret~int64 next:object[0~secret]?
//! fn main
//!   let i int64                  a register; its bank follows from its type
//!   const i #0
//!  loop:
//!   addimm.i64 i i 1
//!   jump.lt.i64 i n @loop
//!   call f (i -> i)              operand lists stand in parentheses; `closure` likewise
//!   open t s {secret int64}      disclosure rows are made on the way
//!   say {int64} (i)              format and print
//!   return ()
//! fn f n:int64 = int64           parameters, then results
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use stoffel_bytecode::{Program, VerifiedProgram, needs, verify};

pub(crate) fn assemble(source: &str) -> Arc<VerifiedProgram> {
    let mut assembler = Assembler::default();
    source.lines().map(|line| line.split(" // ").next().unwrap_or_default()).for_each(|line| assembler.declare(line));
    let listing = assembler.listing();
    let mut program = Program::from_text(&listing).unwrap_or_else(|error| panic!("{error}\n{listing}"));
    program.needs = needs(&program);
    Arc::new(verify(program).unwrap_or_else(|error| panic!("{error}\n{listing}")))
}

#[derive(Default)]
struct Assembler {
    types: Vec<String>,
    strings: Vec<String>,
    inputs: Vec<String>,
    outputs: Vec<(String, String)>,
    disclosures: Vec<String>,
    objects: Vec<String>,
    functions: Vec<Function>,
}

#[derive(Default)]
struct Function {
    name: String,
    registers: BTreeMap<String, String>,
    banks: [Vec<String>; 3],
    params: [usize; 3],
    results: [Vec<String>; 3],
    lines: Vec<Vec<Token>>,
    labels: BTreeMap<String, usize>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Type(String),
    Operands(Vec<String>),
}

impl Assembler {
    fn declare(&mut self, line: &str) {
        let line = line.trim();
        if line.is_empty() {
            return;
        }
        if let Some(label) = line.strip_suffix(':') {
            let function = self.functions.last_mut().expect("a label stands in a function");
            function.labels.insert(label.to_owned(), function.lines.len());
            return;
        }
        let tokens = tokens(line);
        match (word(&tokens[0]), &tokens[1..]) {
            ("input", [name, Token::Type(ty), rest @ ..]) => {
                let ty = self.ty(ty);
                let mut row = format!("{} {ty}", quoted(word(name)));
                if let [_from, Token::Text(role), each @ ..] = rest {
                    let _ = write!(row, " from {}{}", quoted(role), if each.is_empty() { "" } else { " each" });
                    for part in public_parts(&self.types[ty], word(name), !each.is_empty()) {
                        self.disclosures.push(format!("input \"\" 0 0 {} {ty} to everyone", quoted(&part)));
                    }
                }
                self.inputs.push(row);
            }
            ("object", [Token::Text(name), fields @ ..]) => {
                let mut row = quoted(name);
                for field in fields {
                    let (name, ty) = word(field).split_once(':').expect("fields are written name:type");
                    let ty = self.ty(&ty.replace('~', " "));
                    let _ = write!(row, " field {} {ty}", quoted(name));
                }
                self.objects.push(row);
            }
            ("output", [Token::Type(ty), to @ ..]) => {
                let ty = self.ty(ty);
                self.outputs.push((ty.to_string(), receivers(to)));
            }
            ("fn", [name, signature @ ..]) => {
                let mut function = Function { name: word(name).to_owned(), ..Function::default() };
                let mut parts = signature.split(|token| *token == Token::Word("=".to_owned()));
                for param in parts.next().unwrap_or_default() {
                    let (name, ty) = word(param).split_once(':').expect("parameters are written name:type");
                    let bank = self.register(&mut function, name, &ty.replace('~', " "));
                    function.params[bank] += 1;
                }
                for result in parts.next().unwrap_or_default() {
                    let ty = word(result).replace('~', " ");
                    let (bank, entry) = self.entry(&ty);
                    function.results[bank].push(entry);
                }
                self.functions.push(function);
            }
            ("let", [names @ .., Token::Word(ty)]) => {
                let mut function = self.functions.pop().expect("registers belong to a function");
                for name in names {
                    self.register(&mut function, word(name), &ty.replace('~', " "));
                }
                self.functions.push(function);
            }
            ("say", [Token::Type(ty), ops]) => {
                let mut function = self.functions.pop().expect("code belongs to a function");
                if !function.registers.contains_key("$text") {
                    self.register(&mut function, "$text", "string");
                }
                let text = Token::Word("$text".to_owned());
                let line = |op: &str| Token::Word(op.to_owned());
                function.lines.push(vec![line("format"), text.clone(), Token::Type(ty.clone()), ops.clone()]);
                function.lines.push(vec![line("print"), text]);
                self.functions.push(function);
            }
            _ => self.functions.last_mut().expect("code belongs to a function").lines.push(tokens),
        }
    }

    fn ty(&mut self, ty: &str) -> usize {
        let found = self.types.iter().position(|known| known == ty);
        found.unwrap_or_else(|| {
            self.types.push(ty.to_owned());
            self.types.len() - 1
        })
    }

    /// Bank of a register type, and how its table names the type.
    fn entry(&mut self, ty: &str) -> (usize, String) {
        match ty.strip_prefix("secret ").filter(|format| *format != "string") {
            Some(format) => (2, format.to_owned()),
            None if ["list", "array", "dict", "ticket", "func", "string", "secret string", "object", "Closure"]
                .iter()
                .any(|name| ty.starts_with(name)) =>
            {
                (1, self.ty(ty).to_string())
            }
            None => (0, ty.to_owned()),
        }
    }

    fn register(&mut self, function: &mut Function, name: &str, ty: &str) -> usize {
        let (bank, entry) = self.entry(ty);
        let number = function.banks[bank].len();
        function.registers.insert(name.to_owned(), format!("{}{number}", ["w", "r", "s"][bank]));
        function.banks[bank].push(entry);
        bank
    }

    fn disclosure(&mut self, row: String) -> usize {
        self.disclosures.push(row);
        self.disclosures.len() - 1
    }

    fn listing(mut self) -> String {
        let functions = std::mem::take(&mut self.functions);
        let names: Vec<String> = functions.iter().map(|function| function.name.clone()).collect();
        let mut code = String::new();
        for (index, function) in functions.iter().enumerate() {
            let _ = writeln!(code, "function {index} {}", quoted(&function.name));
            self.function(&mut code, function, &names);
        }
        let mut out = "stflb 1\n".to_owned();
        let table = |out: &mut String, name: &str, rows: Vec<String>| {
            for (index, row) in rows.into_iter().enumerate() {
                let _ = writeln!(out, "{name} {index} {row}");
            }
        };
        table(&mut out, "type", self.types);
        table(&mut out, "object", self.objects);
        table(&mut out, "string", self.strings);
        out.push_str(&code);
        out.push_str("entry 0\n");
        table(&mut out, "input", self.inputs);
        table(&mut out, "output", self.outputs.into_iter().map(|(ty, to)| format!("{ty} {to}")).collect());
        table(&mut out, "disclosure", self.disclosures);
        out
    }

    fn function(&mut self, out: &mut String, function: &Function, names: &[String]) {
        let (mut pool, mut operands, mut code) = (Vec::new(), Vec::new(), Vec::new());
        for (pc, line) in function.lines.iter().enumerate() {
            code.push(self.line(function, names, pc, line, &mut pool, &mut operands));
        }
        let list = |items: &[String]| items.join(" ");
        let counts = |counts: [usize; 3]| list(&counts.map(|count| count.to_string()));
        let tables = [
            ("words", list(&function.banks[0])),
            ("refs", list(&function.banks[1])),
            ("secrets", list(&function.banks[2])),
            ("params", counts(function.params)),
            ("results", counts([0, 1, 2].map(|bank| function.results[bank].len()))),
            ("result.words", list(&function.results[0])),
            ("result.refs", list(&function.results[1])),
            ("result.secrets", list(&function.results[2])),
        ];
        for (name, items) in tables {
            if !items.is_empty() {
                let _ = writeln!(out, "  {name} {items}");
            }
        }
        for (index, word) in pool.iter().enumerate() {
            let _ = writeln!(out, "  const {index} {word}");
        }
        for (index, ops) in operands.iter().enumerate() {
            let _ = writeln!(out, "  ops {index} {ops}");
        }
        for (pc, line) in code.iter().enumerate() {
            let _ = writeln!(out, "  {pc} {line}");
        }
    }

    fn line(
        &mut self,
        function: &Function,
        names: &[String],
        pc: usize,
        line: &[Token],
        pool: &mut Vec<u64>,
        operands: &mut Vec<String>,
    ) -> String {
        let op = word(&line[0]);
        let mut parts = Vec::new();
        let mut rest = &line[1..];
        // Rows of the disclosure list are made from the type (and receivers) that the line gives.
        let mut tail = String::new();
        match (op, rest) {
            ("open" | "open.ref", [front @ .., Token::Type(ty)]) => {
                let ty = self.ty(ty);
                let row = self.disclosure(format!("reveal \"\" 0 0 \"\" {ty} to everyone"));
                (tail, rest) = (format!("disclosure{row}"), front);
            }
            ("send", [Token::Type(ty), to @ .., ops]) => {
                let ty = self.ty(ty);
                let row = self.disclosure(format!("output \"\" 0 0 \"\" {ty} {}", receivers(to)));
                parts.push(format!("disclosure{row}"));
                rest = std::slice::from_ref(ops);
            }
            ("output", [row, ops]) => {
                let (ty, to) = self.outputs[word(row).parse::<usize>().expect("output rows are numbers")].clone();
                parts.push(format!("output{}", word(row)));
                parts.push(if to == "to nobody" {
                    "none".to_owned()
                } else {
                    format!("disclosure{}", self.disclosure(format!("result \"\" 0 0 \"\" {ty} {to}")))
                });
                rest = std::slice::from_ref(ops);
            }
            ("input", [row, ops]) => {
                parts.push(format!("input{}", word(row)));
                rest = std::slice::from_ref(ops);
            }
            ("call" | "closure", [name, ops]) => {
                let index = names.iter().position(|known| known == word(name)).expect("the callee exists");
                (tail, rest) = (format!("function{index}"), std::slice::from_ref(ops));
            }
            _ => {}
        }
        for token in rest {
            parts.push(match token {
                Token::Text(text) => {
                    self.strings.push(quoted(text));
                    format!("string{}", self.strings.len() - 1)
                }
                Token::Type(ty) => format!("type{}", self.ty(ty)),
                Token::Operands(list) => {
                    let named = |name: &String| function.registers.get(name).unwrap_or(name).clone();
                    operands.push(list.iter().map(named).collect::<Vec<_>>().join(" "));
                    format!("ops{}", operands.len() - 1)
                }
                Token::Word(word) if word.starts_with('@') => {
                    let target = function.labels.get(&word[1..]).unwrap_or_else(|| panic!("no label {word}"));
                    if op.ends_with(".i64") { (*target as i64 - pc as i64).to_string() } else { format!("@{target}") }
                }
                Token::Word(word) if word.starts_with('#') => {
                    pool.push(word[1..].parse::<i128>().expect("a number stands after #") as u64);
                    format!("const{}", pool.len() - 1)
                }
                Token::Word(word) => function.registers.get(word).unwrap_or(word).clone(),
            });
        }
        if !tail.is_empty() {
            parts.push(tail);
        }
        format!("{op} {}", parts.join(" "))
    }
}

fn receivers(tokens: &[Token]) -> String {
    let text = |token: &Token| match token {
        Token::Text(text) => quoted(text),
        other => word(other).to_owned(),
    };
    tokens.iter().map(text).collect::<Vec<_>>().join(" ")
}

fn word(token: &Token) -> &str {
    match token {
        Token::Word(word) => word,
        other => panic!("{other:?} is no word"),
    }
}

fn quoted(text: &str) -> String {
    stoffel_value::quote(text)
}

fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = line.trim();
    while let Some(first) = rest.chars().next() {
        let until = |from: &str, end: char| from.find(end).unwrap_or_else(|| panic!("no {end} in {line}"));
        let (token, after) = match first {
            '"' => {
                let end = until(&rest[1..], '"') + 1;
                (Token::Text(rest[1..end].replace("\\n", "\n")), end + 1)
            }
            '{' => {
                let end = until(rest, '}');
                (Token::Type(rest[1..end].to_owned()), end + 1)
            }
            '(' => {
                let end = until(rest, ')');
                (Token::Operands(rest[1..end].split_whitespace().map(str::to_owned).collect()), end + 1)
            }
            _ => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (Token::Word(rest[..end].to_owned()), end)
            }
        };
        tokens.push(token);
        rest = rest[after..].trim_start();
    }
    tokens
}

/// Paths of the public parts of a parameter, by the text of its type.
fn public_parts(ty: &str, path: &str, each: bool) -> Vec<String> {
    let own = |part: String, inner: Vec<String>| [part].into_iter().chain(inner).collect();
    if let Some(member) = ty.strip_suffix('?') {
        return own(format!("{path}.present"), public_parts(member, path, false));
    }
    if let Some(member) = ty.strip_prefix("list[").and_then(|ty| ty.strip_suffix(']')) {
        return if each {
            public_parts(member, path, false)
        } else {
            own(format!("{path}.len"), public_parts(member, &format!("{path}[]"), false))
        };
    }
    if let Some(member) = ty.strip_prefix("array[").and_then(|ty| ty.strip_suffix(']')) {
        return own(format!("{path}.shape"), public_parts(member, &format!("{path}[]"), false));
    }
    if let Some(members) = ty.strip_prefix('(').and_then(|ty| ty.strip_suffix(')')) {
        let members = split_members(members).into_iter().enumerate();
        return members.flat_map(|(at, ty)| public_parts(ty, &format!("{path}[{at}]"), false)).collect();
    }
    if ty.starts_with("secret ") { Vec::new() } else { vec![path.to_owned()] }
}

/// The members of a tuple type, at commas outside brackets.
fn split_members(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let outside = move |c: char| {
        depth += i32::from("([".contains(c)) - i32::from(")]".contains(c));
        c == ',' && depth == 0
    };
    text.split(outside).map(str::trim).filter(|member| !member.is_empty()).collect()
}
