//! The comments of a test block in, what the block must do out (LANGUAGE §0).
//!
//! Directives stand in comments: `# error: E0401`, `# out: TEXT`, `# in ROLE: p = V`, …. A comment that begins with a directive's
//! word and a colon but has another form is an error, so that no expectation is lost by a slip.

use std::collections::BTreeMap;

/// One block of a Markdown file, or one whole `.stfl` file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Block {
    /// 1-based line of the file at which line 1 of the block stands.
    pub line: usize,
    /// Its text.
    pub text: String,
}

/// What is given to one run, by name or position.
pub(super) type Assignments = Vec<(String, String)>;

/// Everything that the directives of a block say.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Directives {
    /// Source files by name; the block's own text is `main.stfl` unless it names its files.
    pub files: Vec<(String, String)>,
    /// Declared errors: file, 1-based line in it, code.
    pub errors: Vec<(String, usize, String)>,
    /// Declared warnings.
    pub warnings: Vec<(String, usize, String)>,
    /// The trap that ends the run: file, line, code.
    pub trap: Option<(String, usize, String)>,
    /// Lines printed, in order.
    pub outs: Vec<String>,
    /// Whether any `out` stands in the block (without one, nothing is said about printing).
    pub has_outs: bool,
    /// Public parameters.
    pub public: Assignments,
    /// Inputs of each client by role, in joining order.
    pub roles: BTreeMap<String, Vec<Assignments>>,
    /// Positional inputs by slot.
    pub slots: BTreeMap<usize, Vec<String>>,
    /// Printed form of what everyone gets.
    pub result: Option<String>,
    /// What the clients of a role get.
    pub to: BTreeMap<String, Vec<String>>,
    /// By how much numbers in expected texts may differ.
    pub approx: Option<f64>,
}

/// The `stoffel` blocks of a Markdown text.
pub(super) fn blocks_of_markdown(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match &mut open {
            None if line.trim_end() == "```stoffel" => open = Some(Block { line: index + 2, text: String::new() }),
            None => {}
            Some(_) if line.trim_end() == "```" => blocks.extend(open.take()),
            Some(block) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
        }
    }
    blocks
}

/// Reads the directives of a block.
///
/// # Errors
/// If a comment looks like a directive and is none; the text names the line.
pub(super) fn directives(text: &str) -> Result<Directives, String> {
    let mut reader =
        Reader { out: Directives::default(), file: "main.stfl".to_owned(), line_in_file: 0, text: String::new() };
    for (index, line) in text.lines().enumerate() {
        reader.line(line).map_err(|why| format!("line {}: {why}", index + 1))?;
    }
    reader.close_file();
    reader.out.files.retain(|(_, text)| !text.trim().is_empty());
    Ok(reader.out)
}

/// Words that begin a directive. `in`, `to` and `error` may have a word between them and the colon.
const WORDS: &[&str] = &["error", "warn", "trap", "out", "in", "result", "to", "approx", "file"];

struct Reader {
    out: Directives,
    file: String,
    line_in_file: usize,
    text: String,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        self.line_in_file += 1;
        for part in directives_of_line(line) {
            self.directive(part)?;
        }
        // A `file` directive has reset the text: its own line belongs to the file it opens.
        self.text.push_str(line);
        self.text.push('\n');
        Ok(())
    }

    fn directive(&mut self, part: &str) -> Result<(), String> {
        if let Some(rest) = part.strip_prefix("error ") {
            return self.error_at(part, rest);
        }
        let Some((head, value)) = part.split_once(':') else { return Err(format!("`# {part}` is no directive")) };
        let text = value.strip_prefix(' ').unwrap_or(value).trim_end();
        let (word, argument) = head.split_once(' ').map_or((head, None), |(word, rest)| (word, Some(rest.trim())));
        match (word, argument) {
            ("error", None) => self.codes(text, 'E', |out, row| out.errors.push(row)),
            ("warn", None) => self.codes(text, 'W', |out, row| out.warnings.push(row)),
            ("trap", None) => {
                let mut rows = Vec::new();
                self.codes(text, 'R', |_, row| rows.push(row))?;
                self.out.trap = rows.pop();
                Ok(())
            }
            ("out", None) => {
                self.out.has_outs = true;
                self.out.outs.push(text.to_owned());
                Ok(())
            }
            ("result", None) => {
                self.out.result = Some(text.to_owned());
                Ok(())
            }
            ("approx", None) => {
                self.out.approx = Some(text.parse().map_err(|_| format!("`{text}` is no number"))?);
                Ok(())
            }
            ("file", None) => {
                // Comments before the first file belong to no file.
                let comments = |line: &str| line.trim_start().is_empty() || line.trim_start().starts_with('#');
                if self.out.files.is_empty() && self.text.lines().all(comments) {
                    self.text.clear();
                } else {
                    self.close_file();
                }
                self.file = text.to_owned();
                self.line_in_file = 1;
                Ok(())
            }
            ("in", None) => {
                self.out.public.extend(assignments(text)?);
                Ok(())
            }
            ("in", Some(target)) => self.client_inputs(target, text),
            ("to", Some(role)) => {
                let role = role.strip_prefix("slot ").map_or_else(|| role.to_owned(), |slot| format!("slot {slot}"));
                self.out.to.insert(role, text.split(" ; ").map(|one| one.trim().to_owned()).collect());
                Ok(())
            }
            _ => Err(format!("`# {part}` is no directive")),
        }
    }

    /// `error E0107 at line N`
    fn error_at(&mut self, part: &str, rest: &str) -> Result<(), String> {
        let (code, line) = rest.split_once(" at line ").ok_or_else(|| format!("`# {part}` is no directive"))?;
        let line = line.trim().parse().map_err(|_| format!("`{line}` is no line number"))?;
        check_code(code, 'E')?;
        self.out.errors.push((self.file.clone(), line, code.to_owned()));
        Ok(())
    }

    fn codes(
        &mut self,
        text: &str,
        letter: char,
        mut push: impl FnMut(&mut Directives, (String, usize, String)),
    ) -> Result<(), String> {
        for code in text.split(',').map(str::trim) {
            check_code(code, letter)?;
            push(&mut self.out, (self.file.clone(), self.line_in_file, code.to_owned()));
        }
        Ok(())
    }

    fn client_inputs(&mut self, target: &str, text: &str) -> Result<(), String> {
        if let Some(slot) = target.strip_prefix("slot ") {
            let slot = slot.trim().parse().map_err(|_| format!("`{slot}` is no slot"))?;
            self.out.slots.insert(slot, split_outside(text, ',').into_iter().map(str::to_owned).collect());
            return Ok(());
        }
        let clients = text.split(" ; ").map(assignments).collect::<Result<Vec<_>, _>>()?;
        let known = self.out.roles.entry(target.to_owned()).or_default();
        if known.len() == 1 && clients.len() == 1 {
            // A second line for the same single client adds to it.
            known[0].extend(clients.into_iter().flatten());
        } else {
            known.extend(clients);
        }
        Ok(())
    }

    fn close_file(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.out.files.push((self.file.clone(), text));
    }
}

fn check_code(code: &str, letter: char) -> Result<(), String> {
    let good = code.len() == 5 && code.starts_with(letter) && code[1..].bytes().all(|byte| byte.is_ascii_digit());
    if good { Ok(()) } else { Err(format!("`{code}` is no code `{letter}nnnn`")) }
}

/// The directives of one line, without their `#`: everything from a `# word` that begins one to the next such.
fn directives_of_line(line: &str) -> Vec<&str> {
    let starts: Vec<usize> = line
        .match_indices('#')
        .map(|(at, _)| at)
        .filter(|at| begins_directive(&line[at + 1..]) && (*at == 0 || line[..*at].ends_with([' ', '\t'])))
        .collect();
    let ends = starts.iter().skip(1).copied().chain([line.len()]);
    starts.iter().zip(ends).map(|(start, end)| line[start + 1..end].trim_end().trim_start_matches(' ')).collect()
}

fn begins_directive(comment: &str) -> bool {
    let Some(rest) = comment.strip_prefix(' ') else { return false };
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (word, rest) = rest.split_at(end);
    if !WORDS.contains(&word) {
        return false;
    }
    if rest.starts_with(':') {
        return true;
    }
    let Some((head, _)) = rest.split_once(':') else { return word == "error" && rest.contains(" at line ") };
    let argument = head.trim();
    let name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    match word {
        "in" | "to" => name(argument) || argument.strip_prefix("slot ").is_some_and(name),
        "error" => rest.contains(" at line "),
        _ => false,
    }
}

/// `p = V, q = V`
fn assignments(text: &str) -> Result<Assignments, String> {
    let pairs = split_outside(text, ',').into_iter().map(|pair| {
        let (name, value) = pair.split_once('=').ok_or_else(|| format!("`{pair}` is not `name = value`"))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    });
    pairs.collect()
}

/// Parts between separators that stand outside brackets and quotes.
fn split_outside(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '(' | '{') => depth += 1,
            (None, ']' | ')' | '}') => depth = depth.saturating_sub(1),
            (None, c) if c == separator && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_may_hold_several() {
        let read = directives("print(not n == 3)                 # warn: W0101    # out: True\n").unwrap();
        assert_eq!(read.warnings, [("main.stfl".to_owned(), 1, "W0101".to_owned())]);
        assert_eq!(read.outs, ["True"]);
    }

    #[test]
    fn texts_keep_leading_blanks_but_one() {
        assert_eq!(directives("x  # out:   Ada|005|0xff|{}|xx\n").unwrap().outs, ["  Ada|005|0xff|{}|xx"]);
    }

    #[test]
    fn inputs_and_outputs_are_read_by_client() {
        let read = directives("# in bidder: bids = 120 ; bids = 310\n# in: reserve = 150, n = [1, 2]\n# to a: 1 ; 2\n")
            .unwrap();
        let client = |value: &str| vec![("bids".to_owned(), value.to_owned())];
        assert_eq!(read.roles["bidder"], [client("120"), client("310")]);
        assert_eq!(read.public[1], ("n".to_owned(), "[1, 2]".to_owned()));
        assert_eq!(read.to["a"], ["1", "2"]);
    }

    #[test]
    fn errors_elsewhere_and_several_codes() {
        let read = directives("x # error: E0103, E0101\n# error E0107 at line 7\n").unwrap();
        let codes: Vec<_> = read.errors.iter().map(|(_, line, code)| (*line, code.as_str())).collect();
        assert_eq!(codes, [(1, "E0103"), (1, "E0101"), (7, "E0107")]);
    }

    #[test]
    fn files_are_split_and_lines_counted_in_each() {
        let read = directives("# A12\n# file: geo/a.stfl\nx\n# file: main.stfl\nimport a # error: E0207\n").unwrap();
        let names: Vec<_> = read.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["geo/a.stfl", "main.stfl"]);
        assert_eq!(read.errors, [("main.stfl".to_owned(), 2, "E0207".to_owned())]);
    }

    #[test]
    fn slips_are_errors_and_plain_comments_are_not() {
        assert!(directives("x # error: E041\n").is_err());
        assert!(directives("x # approx: much\n").is_err());
        assert!(directives("x # the result is 3: fine\n# in two words: yes\n").is_ok());
    }
}
