//! What a secret chooses shows in nothing that a party sees: costs of branches and scans, counted at the links.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use support::run;

fn rounds(body: &str, inputs: &[&str]) -> u64 {
    let text = format!("def main(a: secret int64 from o, b: secret int64 from o) -> int64:\n{body}");
    let inputs: Vec<String> = inputs.iter().map(|&input| input.to_owned()).collect();
    run(&text, &inputs, 2).stats.rounds
}

#[test]
fn a_branch_takes_the_rounds_of_its_selections() {
    let inputs = ["o.a=3", "o.b=4"];
    let pairs = [
        (
            "  var x = a\n  if a < b: x = a * b\n  else: x = a + b\n  return x.reveal()\n",
            "  return select(a < b, a * b, a + b).reveal()\n",
        ),
        (
            "  var x = a\n  if a < b:\n    x = a * b\n    x += 1\n    x = x * 2\n  return x.reveal()\n",
            "  return select(a < b, (a * b + 1) * 2, a).reveal()\n",
        ),
        (
            "  var x = 0\n  if a < b: x = 1\n  elif a < 2 * b: x = 2\n  else: x = 3\n  return x.reveal()\n",
            "  return select(a < b, 1, select(a < 2 * b, 2, 3)).reveal()\n",
        ),
        (
            "  var xs = [a] * 50\n  for i in 0..50:\n    if a < b: xs[i] = b\n  return sum(xs).reveal()\n",
            "  var xs = [a] * 50\n  for i in 0..50: xs[i] = select(a < b, b, xs[i])\n  return sum(xs).reveal()\n",
        ),
        (
            "  var xs = [a] * 50\n  if a < b: xs = [b] * 50\n  return sum(xs).reveal()\n",
            "  return sum([select(a < b, b, x) for x in [a] * 50]).reveal()\n",
        ),
    ];
    for (branch, selection) in pairs {
        assert_eq!(rounds(branch, &inputs), rounds(selection, &inputs), "{branch}");
    }
}

#[test]
fn a_long_chain_takes_logarithmic_rounds() {
    let chain = |arms: usize| {
        let cases: String = (0..arms).map(|at| format!("    case {at}: x = {}\n", at * at)).collect();
        format!("  var x = -1\n  match a:\n{cases}    case _: x = b\n  return x.reveal()\n")
    };
    let (few, many) = (rounds(&chain(4), &["o.a=3", "o.b=4"]), rounds(&chain(64), &["o.a=3", "o.b=4"]));
    assert!(many <= few + 5, "{few} rounds for 4 arms, {many} for 64");
}

/// A program with branches, calls, scans and merged lists; what it discloses does not depend on `a` and `b`.
const MIXED: &str = "def bump(xs: list[secret int64], by: secret int64):
  for i in 0..len(xs): xs[i] += by
def kind(x: secret int64) -> secret int64:
  if x > 10: return 1
  elif x > 5: return 2
  else: return 3
def main(a: secret int64 from o, b: secret int64 from o) -> int64:
  var xs = [a, b, a + b, 7]
  if a > b: bump(xs, a)
  elif a == b:
    xs = [b] * 4
    xs[0] = kind(a)
  else: xs.reverse()
  xs[a] = 5
  xs[b % 4] += xs[a] if a > 0 else kind(b)
  for i in 0..4:
    for j in 0..3 - i:
      if xs[j] > xs[j + 1]: xs[j], xs[j + 1] = xs[j + 1], xs[j]
  var out = 0
  match kind(xs[0]):
    case 1: out = xs[1]
    case 2: out = xs[2]
    case _: out = kind(b)
  return (out * 0).reveal()
";

#[test]
fn what_the_parties_see_is_the_same_for_every_secret() {
    let text = MIXED.replace("b % 4", "b");
    for opt_level in [0, 2] {
        let seen = |a: i64, b: i64| {
            let report = run(&text, &[format!("o.a={a}"), format!("o.b={b}")], opt_level);
            assert_eq!(report.result.as_deref(), Some("0"));
            let stats = report.stats;
            let lines: Vec<_> =
                stats.lines.into_iter().map(|line| (line.line, line.lanes, line.bytes, line.rounds)).collect();
            (stats.rounds, stats.bytes_sent, lines, stats.openings)
        };
        let first = seen(3, 2);
        for (a, b) in [(2, 2), (0, 3), (-5, 9), (1_000_000, -7)] {
            assert_eq!(seen(a, b), first, "at -O{opt_level} for {a}, {b}");
        }
    }
}

#[test]
fn scans_are_linear_in_bytes_and_logarithmic_in_rounds() {
    let bodies = [
        "  return xs[i].reveal()\n",
        "  xs[i] = 7\n  return sum(xs).reveal()\n",
        "  xs[i] += 7\n  return sum(xs).reveal()\n",
        "  if i > 3: xs[i] = 7\n  return sum(xs).reveal()\n",
        "  var t = [k * k for k in 0..n]\n  return t[i].reveal()\n",
    ];
    for body in bodies {
        let text = format!(
            "def main(n: int64, i: secret int64 from o, v: secret int64 from o) -> int64:\n  var xs = [v] * n\n{body}"
        );
        let cost = |n: usize| {
            let report = run(&text, &[format!("n={n}"), "o.i=5".into(), "o.v=1".into()], 2);
            (report.stats.rounds, report.stats.bytes_sent[0])
        };
        let (few, many) = (cost(1 << 9), cost(1 << 12));
        assert!(many.0 <= few.0 + 4, "{} and {} rounds: {body}", few.0, many.0);
        assert!(many.1 <= 9 * few.1, "{} and {} bytes: {body}", few.1, many.1);
        assert!(many.0 <= 35, "{} rounds: {body}", many.0);
    }
}
