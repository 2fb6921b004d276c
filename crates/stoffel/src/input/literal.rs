//! A constant display as text (`[1, 2]`, `(0.5, "a")`, `True`) in, an untyped tree out.

/// A value whose type is not known yet; numbers keep their text so that nothing is rounded twice.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Literal {
    /// A number as written.
    Number(String),
    /// `True`, `False`, `true`, `false`.
    Bool(bool),
    /// A quoted string.
    Text(String),
    /// `None`, `null`.
    None,
    /// `[…]`
    List(Vec<Self>),
    /// `(…)`
    Tuple(Vec<Self>),
    /// An unquoted word: a string, if one is wanted.
    Word(String),
}

/// Nesting of displays that is read.
const DEPTH_MAX: usize = 100;

impl Literal {
    /// Reads a whole text.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text.trim(), depth: 0 };
        if reader.rest.is_empty() {
            return Ok(Self::Word(String::new()));
        }
        let value = reader.value()?;
        let rest = reader.rest.trim_start();
        if rest.is_empty() {
            return Ok(value);
        }
        let plain = !text.trim_start().starts_with(['[', '(', '"', '\'']);
        if plain {
            Ok(Self::Word(text.to_owned()))
        } else {
            Err(format!("unexpected `{}` after the value", head(rest)))
        }
    }

    /// The same tree from TOML; dates become words.
    pub(crate) fn from_toml(value: toml::Value) -> Self {
        match value {
            toml::Value::String(text) => Self::Text(text),
            toml::Value::Integer(number) => Self::Number(number.to_string()),
            toml::Value::Float(number) => Self::Number(format!("{number:?}")),
            toml::Value::Boolean(truth) => Self::Bool(truth),
            toml::Value::Array(members) => Self::List(members.into_iter().map(Self::from_toml).collect()),
            toml::Value::Datetime(date) => Self::Word(date.to_string()),
            toml::Value::Table(table) => Self::Word(table.to_string()),
        }
    }

    /// What it is, for messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Number(text) | Self::Word(text) => format!("`{text}`"),
            Self::Bool(truth) => format!("`{}`", if *truth { "True" } else { "False" }),
            Self::Text(_) => "a string".to_owned(),
            Self::None => "`None`".to_owned(),
            Self::List(members) => format!("a list of {}", members.len()),
            Self::Tuple(members) => format!("a tuple of {}", members.len()),
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Literal, String> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next() {
            None => Err("a value is missing".to_owned()),
            Some('[') => Ok(Literal::List(self.members(']')?.0)),
            Some('(') => {
                let (mut members, comma) = self.members(')')?;
                match members.pop() {
                    Some(only) if members.is_empty() && !comma => Ok(only),
                    Some(last) => {
                        members.push(last);
                        Ok(Literal::Tuple(members))
                    }
                    None => Ok(Literal::Tuple(members)),
                }
            }
            Some(quote @ ('"' | '\'')) => self.string(quote),
            Some(_) => Ok(self.word()),
        }
    }

    /// Members up to the closing bracket, and whether the last one was followed by a comma.
    fn members(&mut self, close: char) -> Result<(Vec<Literal>, bool), String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("more than {DEPTH_MAX} brackets deep"));
        }
        self.rest = &self.rest[1..];
        let mut members = Vec::new();
        let mut comma = false;
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix(close) {
                self.rest = rest;
                self.depth -= 1;
                return Ok((members, comma));
            }
            if !members.is_empty() && !comma {
                return Err(format!("expected `,` or `{close}` before `{}`", head(self.rest)));
            }
            members.push(self.value()?);
            self.rest = self.rest.trim_start();
            comma = self.rest.starts_with(',');
            if comma {
                self.rest = &self.rest[1..];
            }
        }
    }

    fn string(&mut self, quote: char) -> Result<Literal, String> {
        let mut out = String::new();
        let mut chars = self.rest[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = &self.rest[1 + at + 1..];
                return Ok(Literal::Text(out));
            }
            if c != '\\' {
                out.push(c);
                continue;
            }
            match chars.next().map(|(_, escape)| escape) {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('0') => out.push('\0'),
                Some(c @ ('\\' | '"' | '\'')) => out.push(c),
                Some('u') => {
                    let digits: String =
                        chars.by_ref().map(|(_, c)| c).skip_while(|c| *c == '{').take_while(|c| *c != '}').collect();
                    let scalar = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    out.push(scalar.ok_or_else(|| format!("`\\u{{{digits}}}` is no character"))?);
                }
                _ => return Err("unknown escape in a string".to_owned()),
            }
        }
        Err("a string does not end".to_owned())
    }

    fn word(&mut self) -> Literal {
        let end = self.rest.find([',', ']', ')', '[', '(']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        let word = word.trim();
        match word {
            "True" | "true" => Literal::Bool(true),
            "False" | "false" => Literal::Bool(false),
            "None" | "null" => Literal::None,
            _ if word.trim_start_matches(['-', '+']).starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
                Literal::Number(word.to_owned())
            }
            _ => Literal::Word(word.to_owned()),
        }
    }
}

fn head(text: &str) -> String {
    text.chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Literal {
        Literal::Number(text.to_owned())
    }

    #[test]
    fn displays_are_read_as_printed() {
        let tree = Literal::parse(r#"[(1, "a\n"), (-2.5, 'b')]"#).unwrap();
        let first = Literal::Tuple(vec![number("1"), Literal::Text("a\n".to_owned())]);
        let second = Literal::Tuple(vec![number("-2.5"), Literal::Text("b".to_owned())]);
        assert_eq!(tree, Literal::List(vec![first, second]));
        assert_eq!(Literal::parse("(3)").unwrap(), number("3"));
        assert_eq!(Literal::parse("(3,)").unwrap(), Literal::Tuple(vec![number("3")]));
        assert_eq!(Literal::parse("hello, world").unwrap(), Literal::Word("hello, world".to_owned()));
    }

    #[test]
    fn broken_displays_say_where() {
        assert!(Literal::parse("[1 2").is_err());
        assert!(Literal::parse("[1, 2] 3").unwrap_err().contains("unexpected `3`"));
        assert!(Literal::parse("\"abc").unwrap_err().contains("does not end"));
        assert!(Literal::parse(&"[".repeat(200)).unwrap_err().contains("deep"));
    }
}
