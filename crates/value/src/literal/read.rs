//! Text of a literal in, tree out; recursive descent with a bound on depth.

use super::Literal;
use crate::ParseError;

const DEPTH_MAX: usize = 500;

pub(super) fn literal(text: &str) -> Result<Literal, ParseError> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0 };
    let value = reader.value(0)?;
    reader.blanks();
    if reader.at < reader.chars.len() { reader.fail("text after the value") } else { Ok(value) }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn fail<T>(&self, what: &'static str) -> Result<T, ParseError> {
        Err(ParseError::Literal { column: self.at + 1, what })
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.blanks();
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Literal, ParseError> {
        if depth > DEPTH_MAX {
            return self.fail("nested deeper than 500");
        }
        self.blanks();
        match self.peek() {
            None => self.fail("a value is missing"),
            Some('[') => {
                self.at += 1;
                self.items(']', depth).map(|(items, _)| Literal::List(items))
            }
            Some('(') => {
                self.at += 1;
                let (mut items, comma) = self.items(')', depth)?;
                match items.pop() {
                    // `(a)` groups, `(a,)` is a tuple.
                    Some(only) if items.is_empty() && !comma => Ok(only),
                    last => {
                        items.extend(last);
                        Ok(Literal::Tuple(items))
                    }
                }
            }
            Some('{') => {
                self.at += 1;
                self.pairs(depth).map(Literal::Dict)
            }
            Some(quote @ ('"' | '\'')) => self.string(quote).map(Literal::Str),
            Some('-' | '+' | '.' | '0'..='9') => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.word(depth),
            Some(_) => self.fail("no value begins with this character"),
        }
    }

    /// Items up to `close`, and whether a comma followed the last.
    fn items(&mut self, close: char, depth: usize) -> Result<(Vec<Literal>, bool), ParseError> {
        let mut items = Vec::new();
        let mut comma = false;
        while !self.eat(close) {
            if !items.is_empty() && !comma {
                return self.fail("',' or the closing bracket is missing");
            }
            items.push(self.value(depth + 1)?);
            comma = self.eat(',');
        }
        Ok((items, comma))
    }

    fn pairs(&mut self, depth: usize) -> Result<Vec<(Literal, Literal)>, ParseError> {
        let mut pairs = Vec::new();
        let mut comma = true;
        while !self.eat('}') {
            if !comma {
                return self.fail("',' or '}' is missing");
            }
            let key = self.value(depth + 1)?;
            if !self.eat(':') {
                return self.fail("':' is missing");
            }
            pairs.push((key, self.value(depth + 1)?));
            comma = self.eat(',');
        }
        Ok(pairs)
    }

    fn number(&mut self) -> Result<Literal, ParseError> {
        let start = self.at;
        while let Some(c) = self.peek() {
            let signed = matches!(c, '+' | '-');
            let after_exponent = self.at > start && matches!(self.chars[self.at - 1], 'e' | 'E');
            if !(c.is_alphanumeric() || matches!(c, '.' | '_') || (signed && (self.at == start || after_exponent))) {
                break;
            }
            self.at += 1;
        }
        let text: String = self.chars[start..self.at].iter().collect();
        if matches!(text.as_str(), "-inf") || text.contains(|c: char| c.is_ascii_digit()) {
            return Ok(Literal::Number(text));
        }
        self.at = start;
        self.fail("no number")
    }

    fn word(&mut self, depth: usize) -> Result<Literal, ParseError> {
        let start = self.at;
        let name = self.name();
        match name.as_str() {
            "True" | "true" => Ok(Literal::Bool(true)),
            "False" | "false" => Ok(Literal::Bool(false)),
            "None" | "null" => Ok(Literal::None),
            "inf" | "nan" => Ok(Literal::Number(name)),
            _ if self.eat('(') => self.fields(depth).map(|fields| Literal::Object(name, fields)),
            _ => {
                self.at = start;
                self.fail("no value has this name; strings need quotes")
            }
        }
    }

    fn name(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    fn fields(&mut self, depth: usize) -> Result<Vec<(String, Literal)>, ParseError> {
        let mut fields = Vec::new();
        let mut comma = true;
        while !self.eat(')') {
            if !comma {
                return self.fail("',' or ')' is missing");
            }
            self.blanks();
            let name = self.name();
            if name.is_empty() || !(self.eat(':') || self.eat('=')) {
                return self.fail("a field 'name: value' is missing");
            }
            fields.push((name, self.value(depth + 1)?));
            comma = self.eat(',');
        }
        Ok(fields)
    }

    fn string(&mut self, quote: char) -> Result<String, ParseError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(c) = self.peek() else { return self.fail("the string does not end") };
            self.at += 1;
            match c {
                c if c == quote => return Ok(out),
                '\\' => out.push(self.escape()?),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let Some(c) = self.peek() else { return self.fail("the string does not end") };
        let plain = match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '0' => '\0',
            '\\' | '"' | '\'' => c,
            'u' => return self.code_point(),
            _ => return self.fail("unknown escape"),
        };
        self.at += 1;
        Ok(plain)
    }

    /// `u{41}`, at the `u`.
    fn code_point(&mut self) -> Result<char, ParseError> {
        let rest = &self.chars[self.at + 1..];
        let digits: String = rest.iter().skip(1).take_while(|c| c.is_ascii_hexdigit()).take(7).collect();
        let closed = rest.first() == Some(&'{') && rest.get(digits.len() + 1) == Some(&'}');
        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| closed && digits.len() <= 6);
        match code.and_then(char::from_u32) {
            Some(c) => {
                self.at += digits.len() + 3;
                Ok(c)
            }
            None => self.fail("'\\u' needs '{', one to six hexadecimal digits of a character, '}'"),
        }
    }
}
