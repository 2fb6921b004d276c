//! Programs in, an endless sequence of mutants out: tokens and lines that are dropped, doubled, moved, indented or taken from another.

/// Makes mutants.
pub(crate) struct Mutator<'a> {
    programs: &'a [String],
    /// Tokens of all programs: what is taken from another program.
    tokens: Vec<&'a str>,
    dice: Dice,
}

impl<'a> Mutator<'a> {
    /// The mutants of one seed.
    pub(crate) fn new(programs: &'a [String], seed: u64) -> Self {
        let mut tokens: Vec<&str> = programs.iter().flat_map(|text| pieces(text)).collect();
        tokens.retain(|token| !token.trim().is_empty());
        Self { programs, tokens, dice: Dice(seed) }
    }

    /// The next one: a program with one to three changes.
    pub(crate) fn next(&mut self) -> String {
        let mut text = self.any_program().to_owned();
        for _ in 0..=self.dice.below(3) {
            text = if self.dice.below(3) == 0 { self.change_lines(&text) } else { self.change_tokens(&text) };
        }
        text
    }

    fn any_program(&mut self) -> &'a str {
        &self.programs[self.dice.below(self.programs.len())]
    }

    fn change_tokens(&mut self, text: &str) -> String {
        let mut pieces = pieces(text);
        if pieces.is_empty() {
            return text.to_owned();
        }
        let (at, other) = (self.dice.below(pieces.len()), self.dice.below(pieces.len()));
        match self.dice.below(6) {
            0 => drop(pieces.remove(at)),
            1 => pieces.insert(at, self.tokens[self.dice.below(self.tokens.len())]),
            2 => pieces.swap(at, other),
            3 => pieces[at] = pieces[other],
            _ => pieces[at] = self.tokens[self.dice.below(self.tokens.len())],
        }
        pieces.concat()
    }

    fn change_lines(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if lines.is_empty() {
            return text.to_owned();
        }
        let (at, other) = (self.dice.below(lines.len()), self.dice.below(lines.len()));
        match self.dice.below(6) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(other, lines[at].clone()),
            2 => lines.swap(at, other),
            3 => lines[at].insert_str(0, "  "),
            4 => lines[at] = lines[at].trim_start().to_owned(),
            _ => {
                let donor: Vec<&str> = self.any_program().lines().collect();
                let from = self.dice.below(donor.len());
                let taken = donor.into_iter().skip(from).take(1 + self.dice.below(6)).map(str::to_owned);
                lines.splice(at..at, taken);
            }
        }
        lines.join("\n") + "\n"
    }
}

/// Splits a text into words, blanks and single characters.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let class = |c: char| (c.is_alphanumeric() || c == '_', c == ' ');
        let len = if class(first) == (false, false) {
            first.len_utf8()
        } else {
            rest.find(|c| class(c) != class(first)).unwrap_or(rest.len())
        };
        pieces.push(&rest[..len]);
        rest = &rest[len..];
    }
    pieces
}

/// A generator of small numbers, the same on every machine (the multiplier and increment of Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }
}
