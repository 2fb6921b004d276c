//! Any text: no panic, no lost byte, bounded depth, size of the tree linear in the text.

#![allow(clippy::unwrap_used, reason = "a failed helper fails its test")]

use proptest::prelude::*;
use stoffel_syntax::{Code, FileId, Parse, SyntaxNode, dump_tokens, dump_tree, parse, parse_bytes, render, to_json};

/// Stack of the threads that deep inputs are parsed in: what a thread of the standard library gets.
const STACK_BYTES: usize = 2 << 20;

/// Parses, checks what holds for every text, and returns the parse.
fn check(text: &str) -> Parse {
    let parse = parse(FileId(0), text);
    let tree = parse.syntax();
    assert_eq!(tree.text().to_string(), text);
    for found in &parse.diagnostics {
        assert!(found.span.start <= found.span.end && found.span.end as usize <= text.len(), "{found:?}");
        assert!(text.is_char_boundary(found.span.start as usize) && text.is_char_boundary(found.span.end as usize));
    }
    assert!(n_elements(&tree) <= 10 * text.len() + 10, "{} bytes, {} elements", text.len(), n_elements(&tree));
    parse
}

/// Nodes and tokens of a tree.
fn n_elements(tree: &SyntaxNode) -> usize {
    tree.descendants_with_tokens().count()
}

/// Runs in a thread with a small stack, so that unbounded recursion fails here and not on someone's machine.
fn on_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap().join().unwrap();
}

fn codes(parse: &Parse) -> Vec<Code> {
    parse.diagnostics.iter().map(|found| found.code).collect()
}

#[test]
fn nesting_of_500_is_accepted_and_one_more_rejected_once() {
    on_small_stack(|| {
        let nest = |open: &str, middle: &str, close: &str, depth: usize| {
            format!("x = {}{middle}{}\n", open.repeat(depth), close.repeat(depth))
        };
        // Opening text, inside, closing text, and where in the opening text the token stands that nests.
        let expressions = [
            ("(", "1", ")", 0),
            ("[", "1", "]", 0),
            ("{1: ", "1", "}", 0),
            ("f(", "1", ")", 1),
            ("xs[", "1", "]", 2),
            ("-", "1", "", 0),
            ("not ", "y", "", 0),
            ("2 ** ", "1", "", 2),
            ("a if b else ", "1", "", 2),
            ("lambda: ", "1", "", 0),
            ("f'{", "1", "}'", 2),
            ("(a or b and c == d | e ^ f & g << h + i * ", "1", ")", 0),
        ];
        for (open, middle, close, at) in expressions {
            assert_eq!(codes(&check(&nest(open, middle, close, 500))), [], "{open}");
            let found = check(&nest(open, middle, close, 501)).diagnostics;
            assert_eq!(found.len(), 1, "{open}: {found:?}");
            let place = "x = ".len() + open.len() * 500 + at;
            assert_eq!((found[0].code, found[0].span.start as usize), (Code::E0117, place), "{open}");
        }
        let types = [("list[", "A", "]"), ("(", "A", ")"), ("() -> ", "A", "")];
        for (open, middle, close) in types {
            let declare = |depth| nest(open, middle, close, depth).replace("x = ", "var x: ");
            assert_eq!(codes(&check(&declare(500))), [], "{open}");
            assert_eq!(codes(&check(&declare(501))), [Code::E0117], "{open}");
        }
        let patterns = |depth| nest("(", "a", ",)", depth).replace("x = ", "var ").replace('\n', " = y\n");
        assert_eq!(codes(&check(&patterns(500))), []);
        assert_eq!(codes(&check(&patterns(501))), [Code::E0117]);
    });
}

/// Blocks in blocks, one column deeper each.
fn blocks(header: &str, depth: usize) -> String {
    let mut text = String::new();
    for column in 0..depth {
        text.push_str(&" ".repeat(column));
        text.push_str(header);
        text.push('\n');
    }
    text + &" ".repeat(depth) + "pass\n"
}

#[test]
fn blocks_nest_500_deep() {
    on_small_stack(|| {
        for header in ["if x:", "def f():", "while x:", "for i in y:"] {
            assert_eq!(codes(&check(&blocks(header, 500))), []);
            assert_eq!(codes(&check(&(blocks(header, 501) + "y = 1\n"))), [Code::E0117]);
        }
    });
}

#[test]
fn any_depth_is_parsed_without_deep_recursion() {
    on_small_stack(|| {
        let depth = 10_000;
        let openers = [
            "(",
            "[",
            "{1:",
            "f(",
            "x[",
            "-",
            "not ",
            "~",
            "2**",
            "a if b else ",
            "lambda:",
            "f'{",
            "f\"{f'{",
            "if x: ",
            "x.",
            "x()",
            "list[",
            "secret ",
            "secret (",
            "()->",
            "{.",
            "a,",
            "a+",
            "a==",
            "a..",
            "a.b(c)[d]",
            "not not ",
            "var (",
            "for (",
            "match ",
            "def f(",
            "(]",
            "([{",
            "f'{(",
            "if x if x else ",
            "else: ",
            "case ",
        ];
        for opener in openers {
            for prefix in ["", "x = ", "var x: ", "def f(a: "] {
                check(&format!("{prefix}{}", opener.repeat(depth)));
                check(&format!("{prefix}{}1\ny = 2\n", opener.repeat(depth)));
            }
        }
        check(&format!("x = {}1{}\n", "(".repeat(depth), ")".repeat(depth)));
        check(&format!("x = y{}\n", ".a()".repeat(depth)));
        check(&blocks("if x:", 2_000));
    });
}

#[test]
fn long_chains_stay_flat() {
    on_small_stack(|| {
        for operator in [" + ", " * ", " or ", " == ", ", ", " | ", " and "] {
            let parse = check(&format!("x = a{}\n", format!("{operator}a").repeat(50_000)));
            assert_eq!(codes(&parse), [], "{operator}");
            let depth = parse.syntax().descendants().map(|node| node.ancestors().count()).max().unwrap();
            assert!(depth < 10, "{operator}: {depth}");
        }
        let elifs = format!("if x: pass\n{}", "elif x: pass\n".repeat(20_000));
        assert_eq!(codes(&check(&elifs)), []);
    });
}

/// A program of `n` functions of ten lines.
fn program(n: usize) -> String {
    let function = "def name(a: secret int64, b: list[fix[32, 16]]) -> (int64, bool):\n  '''Doc.'''\n  var t = [x * 2 for x in b if x > 0]\n  if a > 3 and not b == t:\n    t[0] += f(a, key: -1) ** 2\n  else:\n    print(f\"{a:>5} and {t[1:2]}\")\n  for i, y in enumerate(t): pass\n  return 1, a if b else c\n\n";
    function.repeat(n)
}

#[test]
fn ten_thousand_lines_parse_and_the_tree_grows_with_the_text() {
    let small = program(100);
    let large = program(1_000);
    assert_eq!(large.lines().count(), 10_000);
    let (small, large) = (check(&small), check(&large));
    assert_eq!(codes(&large), []);
    assert_eq!(large.tree().statements().count(), 1_000);
    let (n_small, n_large) = (n_elements(&small.syntax()), n_elements(&large.syntax()));
    assert!(n_large <= 10 * n_small, "{n_small}, {n_large}");
}

/// Pieces that lexers and parsers stumble over.
const PIECES: &[&str] = &[
    "def ",
    "f",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{.",
    ".}",
    ":",
    ",",
    ".",
    "..",
    "->",
    "?",
    "=",
    "==",
    "===",
    "+",
    "++",
    "+=",
    "-",
    "**",
    "*%",
    "&&",
    "||",
    "!",
    ";",
    "\\",
    "$",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "f\"",
    "f'''",
    "{x",
    "{{",
    "}}",
    "\\q",
    "\\u{41}",
    "0x",
    "12abc",
    "1..2",
    "5.",
    "1e5",
    ".5",
    "0b12",
    "x",
    "é",
    "_",
    "if ",
    "elif ",
    "else",
    "while ",
    "for ",
    "in ",
    "not ",
    "is ",
    "match ",
    "case ",
    "const ",
    "from ",
    "import ",
    "as ",
    "object ",
    "enum ",
    "type ",
    "builtin ",
    "secret ",
    "var ",
    "return ",
    "lambda ",
    "try",
    "let ",
    "pass",
    "assert ",
    "None",
    "True",
    "main",
    "to ",
    "each ",
    "opaque ",
    "\n",
    "\n  ",
    "\n    ",
    "\n\t",
    " ",
    "\t",
    "\r\n",
    "\r",
    "# c",
    "\u{202E}",
    "\u{FEFF}",
    "\0",
    "if x:\n  ",
    "def f():\n",
    "or ",
    "and ",
    "xor ",
    "mod ",
    "shl ",
    "<<",
    "@",
    "~",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..120).prop_map(|pieces| pieces.concat())
}

fn cases() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Programs with a few places replaced by pieces, or cut.
fn mutated() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0usize..12, prop::sample::select(PIECES));
    let mut programs = cases();
    programs.push(program(3));
    (prop::sample::select(programs), prop::collection::vec(change, 1..6)).prop_map(|(mut text, changes)| {
        for (at, cut, piece) in changes {
            let mut start = at.index(text.len() + 1);
            while !text.is_char_boundary(start) {
                start -= 1;
            }
            let mut end = (start + cut).min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            text.replace_range(start..end, piece);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_parsed(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let parse = parse_bytes(FileId(0), &bytes);
        prop_assert_eq!(parse.syntax().text().to_string(), String::from_utf8_lossy(&bytes));
        let invalid = std::str::from_utf8(&bytes).is_err();
        prop_assert!(!invalid || parse.diagnostics.iter().any(|found| found.code == Code::E0101));
    }

    #[test]
    fn random_text_is_parsed(text in "\\PC*") {
        check(&text);
    }

    #[test]
    fn random_tokens_are_parsed_rendered_and_dumped(text in soup()) {
        let parse = check(&text);
        let file = |_| ("main.stfl", text.as_str());
        let drawn = render(&parse.diagnostics, &file, true);
        prop_assert_eq!(drawn.is_empty(), parse.diagnostics.is_empty());
        let json: serde_json::Value = serde_json::from_str(&to_json(&parse.diagnostics, &file)).unwrap();
        prop_assert_eq!(json.as_array().unwrap().len(), parse.diagnostics.len());
        prop_assert!(!dump_tree(&parse.syntax()).is_empty());
        prop_assert_eq!(dump_tokens(&text).is_empty(), text.trim_matches([' ', '\t', '\n', '\r']).is_empty());
    }

    #[test]
    fn mutated_programs_are_parsed(text in mutated()) {
        check(&text);
    }

    #[test]
    fn a_wrong_line_leaves_the_others_alone(line in "[a-z+*/.,:=() ]{0,30}") {
        // What stands between two functions does not change what they are.
        let text = format!("def before(): return 1\nx = {line}\ndef after(): return 2\n");
        let names: Vec<_> = check(&text).tree().statements().filter_map(|statement| match statement {
            stoffel_syntax::ast::Stmt::Func(func) => func.name().map(|name| name.text()),
            _ => None,
        }).collect();
        prop_assert_eq!(names, ["before", "after"]);
    }
}
