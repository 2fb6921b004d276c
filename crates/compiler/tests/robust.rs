//! Whatever the text, the analysis ends without panic; a program comes out exactly if nothing is an error.

use std::path::Path;

use stoffel_compiler::{Options, SourceFile, Sources, analyze, compile, hir};
use stoffel_syntax::Severity;

/// Programs that are valid, as material for mutation beside the rejected ones.
const VALID: &str = r#"
const N = 3
def total(xs):
  var t = 0
  for x in xs: t += x
  return t
def pick[T](c: bool, a: T, b: T) -> T: return a if c else b
def main(a: list[secret int32] from p, b: secret fix64 from q, n: int64 = 3) -> (secret int32 to p, secret fix64 to q):
  var t = total(a)
  var out = []
  for i in 0..n:
    out.append(a[i] * a[i])
  var m = 0.0
  m = m + b
  var k, l = 1, b
  while not k == N:
    k += 1
    if k == 2: continue
  match n:
    case 1: print("one")
    case _: print(f"{n:>4}", pick(True, 1, 2), [x for x in out if n > 1], 0 < t < 10, t in a)
  a[0] += 1
  assert n > 0, "positive"
  return select(t > 3, t, 7), (l / 2 if t > 3 else m)
"#;

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

/// A generator of small numbers, the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % n.max(1)
    }
}

fn analyse(text: &str) -> bool {
    let sources = Sources { files: vec![SourceFile { name: "main.stfl".into(), text: text.into() }] };
    let (program, diagnostics) = analyze(&sources, &Options { opt_level: 0, entry: None, backend: None });
    let failed = diagnostics.iter().any(|found| found.code.severity() == Severity::Error);
    assert!(program.is_none() || !failed, "a program with errors:\n{text}");
    if let Some(program) = &program {
        // Nothing that failed is left in a program.
        let dump = hir::dump(program);
        assert!(!dump.contains('?'), "an unknown type:\n{text}\n{dump}");
    }
    program.is_some()
}

/// Whatever is accepted compiles to bytecode that the verifier accepts.
fn verifies(text: &str) {
    let sources = Sources { files: vec![SourceFile { name: "main.stfl".into(), text: text.into() }] };
    for opt_level in [0, 2] {
        let compilation = compile(&sources, &Options { opt_level, entry: None, backend: None });
        if let Some(program) = compilation.program
            && let Err(error) = stoffel_bytecode::verify(program)
        {
            panic!("{error}\n{text}");
        }
    }
}

#[test]
fn mutated_programs_do_not_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/check");
    assert!(analyse(VALID), "the material of the mutations is valid");
    let mut texts = vec![VALID.to_owned(); 8];
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder of cases").flatten().map(|e| e.path()).collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(file).expect("a readable case");
        texts.extend(text.split("# ---\n").map(str::to_owned));
    }
    let all: Vec<&str> = texts.iter().flat_map(|text| pieces(text)).filter(|piece| !piece.starts_with(' ')).collect();
    let mut dice = Dice(7);
    let rounds = std::env::var("ROBUST_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    for text in &texts {
        analyse(text);
        for _ in 0..rounds {
            let mut pieces = pieces(text);
            for _ in 0..=dice.below(3) {
                let at = dice.below(pieces.len());
                match dice.below(3) {
                    0 => drop(pieces.remove(at)),
                    1 => pieces.insert(at, all[dice.below(all.len())]),
                    _ => pieces[at] = all[dice.below(all.len())],
                }
            }
            let mutant = pieces.concat();
            if analyse(&mutant) {
                verifies(&mutant);
            }
        }
    }
}

#[test]
fn deep_and_long_programs_end() {
    let ok = |text: &str| assert!(analyse(text), "{}", &text[..text.len().min(200)]);
    ok(&format!("var x = 1\nprint({}x{})\n", "(".repeat(450), ")".repeat(450)));
    ok(&format!("var x = 1\nprint({}x)\n", "- ".repeat(450)));
    ok(&format!("var x = 1\nprint({})\n", vec!["x"; 5000].join(" + ")));
    ok(&format!("var x = 1\nprint({})\n", vec!["x"; 500].join(" < ")));
    // A chain of functions without result types: each asks the next for its own.
    let mut text = String::from("def f0(x): return x\n");
    for at in 1..2000 {
        text += &format!("def f{at}x(x): return f{}x(x)\n", at - 1);
    }
    ok(&(text.replace("f0(x)", "f0x(x)") + "print(f1999x(1))\n"));
    // Variables that become secret one after the other, last to first.
    let mut text = String::from("var s: secret int64 = 1\nvar x0 = 0\n");
    for at in 1..40 {
        text += &format!("var x{at} = 0\nx{} = x{at}\n", at - 1);
    }
    ok(&(text + "x39 = s\nprint(x0)\n"));
}
