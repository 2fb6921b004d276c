//! One line of a listing in, its tokens and the things they spell out.

use std::str::FromStr;

use stoffel_value::{BinOp, CmpOp, FixTy, IntTy, Literal, ScalarTy, TrapCode, UnOp};

use super::Parsed;
use crate::text::prefix;
use crate::{Builtin, FieldKind, FuncType, Instr, ObjectTy, Operands, Type};

/// Nesting of types that is read; the verifier allows the same.
const TYPE_DEPTH_MAX: usize = 64;

#[derive(PartialEq, Debug)]
enum Token {
    Word(String),
    Text(String),
}

/// The tokens of a line that are left, last first.
pub(super) struct Line(Vec<Token>);

impl Line {
    pub(super) fn new(line: &str) -> Parsed<Self> {
        let mut tokens = Vec::new();
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next().filter(|c| *c != '#') {
            let len = match first {
                '"' => text_len(rest).ok_or("a text does not end")?,
                c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                c => c.len_utf8(),
            };
            let (token, after) = rest.split_at(len);
            tokens.push(match first {
                '"' => match Literal::parse(token) {
                    Ok(Literal::Str(text)) => Token::Text(text),
                    _ => return Err(format!("{token} is no text")),
                },
                _ => Token::Word(token.to_owned()),
            });
            rest = after.trim_start();
        }
        tokens.reverse();
        Ok(Self(tokens))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn end(&self) -> Parsed<()> {
        if self.0.is_empty() { Ok(()) } else { Err("the line goes on where it should end".into()) }
    }

    pub(super) fn word(&mut self) -> Parsed<String> {
        match self.0.pop() {
            Some(Token::Word(word)) => Ok(word),
            Some(Token::Text(_)) => Err("a text stands where a word is due".into()),
            None => Err("the line ends early".into()),
        }
    }

    pub(super) fn text(&mut self) -> Parsed<String> {
        match self.0.pop() {
            Some(Token::Text(text)) => Ok(text),
            _ => Err("a text in quotes is missing".into()),
        }
    }

    pub(super) fn number<T: FromStr>(&mut self) -> Parsed<T> {
        let word = self.word()?;
        word.parse().map_err(|_| format!("'{word}' is not a number that fits here"))
    }

    /// A number, or `?` for none.
    pub(super) fn maybe_number<T: FromStr>(&mut self) -> Parsed<Option<T>> {
        if self.eat("?") { Ok(None) } else { self.number().map(Some) }
    }

    /// The number that a table's next entry has.
    pub(super) fn index(&mut self, next: usize) -> Parsed<()> {
        if self.number::<usize>()? == next { Ok(()) } else { Err(format!("entry {next} of this table is next")) }
    }

    pub(super) fn eat(&mut self, word: &str) -> bool {
        let found = matches!(self.0.last(), Some(Token::Word(next)) if next == word);
        if found {
            self.0.pop();
        }
        found
    }

    pub(super) fn expect(&mut self, word: &str) -> Parsed<()> {
        if self.eat(word) { Ok(()) } else { Err(format!("'{word}' is missing")) }
    }

    pub(super) fn all<T>(&mut self, one: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut out = Vec::new();
        while !self.is_empty() {
            out.push(one(self)?);
        }
        Ok(out)
    }

    pub(super) fn scalar(&mut self) -> Parsed<ScalarTy> {
        let word = self.word()?;
        self.scalar_named(&word)
    }

    fn scalar_named(&mut self, word: &str) -> Parsed<ScalarTy> {
        match word {
            "bool" => Ok(ScalarTy::Bool),
            "float64" => Ok(ScalarTy::Float),
            "fix32" => Ok(ScalarTy::Fix(FixTy::FIX32)),
            "fix64" => Ok(ScalarTy::FIX64),
            "fix" => {
                self.expect("[")?;
                let k = self.number()?;
                self.expect(",")?;
                let f = self.number()?;
                self.expect("]")?;
                FixTy::new(k, f).map(ScalarTy::Fix).ok_or_else(|| "a fixed format is not possible".into())
            }
            name => {
                let int = IntTy::ALL.iter().find(|ty| ty.name() == name);
                int.map(|ty| ScalarTy::Int(*ty)).ok_or_else(|| format!("'{name}' is no format"))
            }
        }
    }

    pub(super) fn ty(&mut self) -> Parsed<Type> {
        self.ty_within(TYPE_DEPTH_MAX)
    }

    fn ty_within(&mut self, depth: usize) -> Parsed<Type> {
        let depth = depth.checked_sub(1).ok_or("a type is nested too deep")?;
        let word = self.word()?;
        let mut ty = match word.as_str() {
            "string" => Type::Str,
            "Share" => Type::Share,
            "Closure" => Type::Closure,
            "secret" if self.eat("string") => Type::Text,
            "secret" => Type::Secret(self.scalar()?),
            "list" => {
                self.expect("[")?;
                let member = self.ty_within(depth)?;
                self.expect("]")?;
                Type::List(Box::new(member))
            }
            "dict" => {
                self.expect("[")?;
                let key = self.ty_within(depth)?;
                self.expect(",")?;
                let value = self.ty_within(depth)?;
                self.expect("]")?;
                Type::Dict(Box::new(key), Box::new(value))
            }
            "array" => {
                self.expect("[")?;
                let member = self.ty_within(depth)?;
                self.expect("]")?;
                Type::Array(Box::new(member))
            }
            "ticket" => {
                self.expect("[")?;
                let ty = self.scalar()?;
                self.expect("]")?;
                Type::Ticket(ty)
            }
            "object" => {
                self.expect("[")?;
                let index = self.number()?;
                let secret = self.eat("secret");
                self.expect("]")?;
                Type::Object(ObjectTy { index, secret })
            }
            "func" => {
                self.expect("[")?;
                self.expect("(")?;
                let mut params = Vec::new();
                while !self.eat(")") {
                    params.push(self.ty_within(depth)?);
                    if !self.eat(",") {
                        self.expect(")")?;
                        break;
                    }
                }
                self.expect(",")?;
                let result = self.ty_within(depth)?;
                self.expect("]")?;
                Type::Func(Box::new(FuncType { params, result }))
            }
            "(" => {
                let mut members = Vec::new();
                while !self.eat(")") {
                    members.push(self.ty_within(depth)?);
                    if !self.eat(",") {
                        self.expect(")")?;
                        break;
                    }
                }
                Type::Tuple(members)
            }
            word => Type::Scalar(self.scalar_named(word)?),
        };
        for _ in 0..depth {
            if !self.eat("?") {
                break;
            }
            ty = Type::Optional(Box::new(ty));
        }
        Ok(ty)
    }

    pub(super) fn operands(&mut self) -> Parsed<Operands> {
        let mut ops = Operands::default();
        let mut written = false;
        while !self.is_empty() {
            let word = self.word()?;
            let (bank, register) = (word.chars().next(), word.get(1..).unwrap_or_default());
            let list = match (word.as_str(), bank, written) {
                ("->", _, false) => {
                    written = true;
                    continue;
                }
                ("ticket", _, false) => {
                    ops.words.push(Operands::TICKET);
                    continue;
                }
                (_, Some('w'), false) => &mut ops.words,
                (_, Some('r'), false) => &mut ops.refs,
                (_, Some('s'), false) => &mut ops.secrets,
                (_, Some('w'), true) => &mut ops.to_words,
                (_, Some('r'), true) => &mut ops.to_refs,
                (_, Some('s'), true) => &mut ops.to_secrets,
                _ => return Err(format!("'{word}' is no register")),
            };
            list.push(register.parse().map_err(|_| format!("'{word}' is no register"))?);
        }
        Ok(ops)
    }

    pub(super) fn instr(&mut self) -> Parsed<Instr> {
        let name = self.word()?;
        let opcode = Instr::TABLE.iter().position(|info| info.name == name);
        let opcode = opcode.ok_or_else(|| format!("'{name}' is no instruction"))?;
        let mut raw = [0; 4];
        let mut low = 0;
        for ((_, kind), slot) in Instr::TABLE[opcode].fields.iter().zip(&mut raw) {
            *slot = match kind {
                FieldKind::WordOut | FieldKind::WordIn | FieldKind::WordStep | FieldKind::WordRun => {
                    self.prefixed("w")?
                }
                FieldKind::RefOut | FieldKind::RefIn | FieldKind::RefDrop => self.prefixed("r")?,
                FieldKind::SecretOut | FieldKind::SecretIn | FieldKind::SecretDrop => self.prefixed("s")?,
                FieldKind::Imm | FieldKind::By => self.number::<i16>()? as u16,
                FieldKind::RowOrNone if self.eat("none") => u16::MAX,
                FieldKind::TargetHi | FieldKind::FunctionHi | FieldKind::StringHi => {
                    let named = match kind {
                        FieldKind::TargetHi => FieldKind::TargetLo,
                        FieldKind::FunctionHi => FieldKind::FunctionLo,
                        _ => FieldKind::StringLo,
                    };
                    let whole: u32 = self.prefixed(prefix(named))?;
                    low = whole as u16;
                    (whole >> 16) as u16
                }
                FieldKind::TargetLo | FieldKind::FunctionLo | FieldKind::StringLo => low,
                FieldKind::Trap => self.named(TrapCode::ALL, TrapCode::code)?,
                FieldKind::BinOp => self.bin_op()? as u16,
                FieldKind::CmpOp => self.cmp_op()? as u16,
                FieldKind::UnOp => self.un_op()? as u16,
                FieldKind::Builtin => self.named(Builtin::ALL, Builtin::name)?,
                FieldKind::Bits => self.number()?,
                _ => self.prefixed(prefix(*kind))?,
            };
        }
        Instr::from_raw_fields(opcode as u8, raw).ok_or_else(|| "a field is out of range".into())
    }

    pub(super) fn bin_op(&mut self) -> Parsed<BinOp> {
        Ok(BinOp::ALL[usize::from(self.named(BinOp::ALL, BinOp::name)?)])
    }

    pub(super) fn cmp_op(&mut self) -> Parsed<CmpOp> {
        Ok(CmpOp::ALL[usize::from(self.named(CmpOp::ALL, CmpOp::name)?)])
    }

    pub(super) fn un_op(&mut self) -> Parsed<UnOp> {
        Ok(UnOp::ALL[usize::from(self.named(UnOp::ALL, UnOp::name)?)])
    }

    /// Position of a named entry of a table.
    fn named<T: Copy>(&mut self, all: &[T], name: impl Fn(T) -> &'static str) -> Parsed<u16> {
        let word = self.word()?;
        let found = all.iter().position(|entry| name(*entry) == word);
        found.map(|index| index as u16).ok_or_else(|| format!("'{word}' is not known here"))
    }

    fn prefixed<T: FromStr>(&mut self, prefix: &str) -> Parsed<T> {
        let word = self.word()?;
        let number = word.strip_prefix(prefix).and_then(|number| number.parse().ok());
        number.ok_or_else(|| format!("'{word}' stands where '{prefix}' and a number are due"))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '>' | '@' | '+')
}

/// Bytes of the quoted text that `rest` begins with.
fn text_len(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return Some(index + 1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}
