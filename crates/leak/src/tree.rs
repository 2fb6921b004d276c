//! Lines and blocks of a program in; its text, and the errors expected of it, out. Parts can be taken away, to find the smallest program.

/// A line, or a block with what stands in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// The line; of a block its header with the colon.
    pub text: String,
    /// The error that the line must be rejected with.
    pub expect: Option<&'static str>,
    /// What a block holds.
    pub body: Option<Vec<Self>>,
    /// It is part of an attempt, which makes no sense without it.
    pub stays: bool,
}

impl Node {
    /// A line.
    pub(crate) fn line(text: impl Into<String>) -> Self {
        Self { text: text.into(), expect: None, body: None, stays: false }
    }

    /// A block.
    pub(crate) fn block(header: impl Into<String>, body: Vec<Self>) -> Self {
        Self { text: header.into(), expect: None, body: Some(body), stays: false }
    }

    fn holds_what_stays(&self) -> bool {
        self.body.iter().flatten().any(|node| node.stays || node.holds_what_stays())
    }

    fn write(&self, depth: usize, out: &mut Rendered) {
        out.push(depth, &self.text, self.expect);
        let Some(body) = &self.body else { return };
        body.iter().for_each(|node| node.write(depth + 1, out));
        if body.is_empty() {
            out.push(depth + 1, "pass", None);
        }
    }
}

/// A program as text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Line (from 1) and code of each error expected.
    pub expect: Vec<(u32, &'static str)>,
    lines: u32,
}

impl Rendered {
    /// The text of nodes in order.
    #[must_use]
    pub fn of(nodes: &[Node]) -> Self {
        let mut out = Self::default();
        nodes.iter().for_each(|node| node.write(0, &mut out));
        out
    }

    fn push(&mut self, depth: usize, text: &str, expect: Option<&'static str>) {
        for line in text.lines() {
            self.lines += 1;
            self.text += &"  ".repeat(depth);
            self.text += line;
            self.text.push('\n');
        }
        if let Some(code) = expect {
            self.expect.push((self.lines, code));
        }
    }
}

/// The smallest program that still fails: parts are taken away, and blocks replaced by what they hold, as long as `fails` says so.
///
/// `tries` bounds the calls of `fails`.
#[must_use]
pub fn minimise(nodes: &[Node], mut tries: usize, fails: &mut dyn FnMut(&[Node]) -> bool) -> Vec<Node> {
    let mut best = nodes.to_vec();
    let mut progress = true;
    while std::mem::take(&mut progress) {
        let mut paths = Vec::new();
        collect(&best, &mut Vec::new(), &mut paths);
        // Blocks before what they hold, so that much goes at once; later ones first, so that uses go before declarations.
        paths.reverse();
        paths.sort_by_key(Vec::len);
        for path in paths {
            for hoist in [false, true] {
                let mut candidate = best.clone();
                if tries == 0 || !edit(&mut candidate, &path, hoist) {
                    continue;
                }
                tries -= 1;
                if fails(&candidate) {
                    best = candidate;
                    progress = true;
                    break;
                }
            }
            if progress {
                break;
            }
        }
    }
    best
}

fn collect(nodes: &[Node], path: &mut Vec<usize>, out: &mut Vec<Vec<usize>>) {
    for (index, node) in nodes.iter().enumerate() {
        path.push(index);
        out.push(path.clone());
        if let Some(body) = &node.body {
            collect(body, path, out);
        }
        path.pop();
    }
}

/// Takes a node away, or puts what it holds in its place.
fn edit(nodes: &mut Vec<Node>, path: &[usize], hoist: bool) -> bool {
    match path {
        [] => false,
        [last] if *last >= nodes.len() || nodes[*last].stays || (!hoist && nodes[*last].holds_what_stays()) => false,
        [last] if hoist => match nodes[*last].body.take() {
            Some(body) => {
                nodes.splice(*last..=*last, body);
                true
            }
            None => false,
        },
        [last] => {
            nodes.remove(*last);
            true
        }
        [first, rest @ ..] => match nodes.get_mut(*first).and_then(|node| node.body.as_mut()) {
            Some(body) => edit(body, rest, hoist),
            None => false,
        },
    }
}
