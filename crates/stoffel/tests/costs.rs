//! Rounds of ordinary programs, counted at the links: independent work shares rounds however the source is written.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use support::run;

/// Rounds of a program beyond those of one that only opens its input.
fn rounds(text: &str, inputs: &[&str], opt_level: u8) -> u64 {
    run(text, inputs, opt_level).stats.rounds
}

/// Rounds that every session takes before the first operation: keys and the comparison of inputs.
fn fixed_rounds() -> u64 {
    rounds("def main(x: secret int64 from a) -> int64: return x.reveal()\n", &["a.x=1"], 2) - 1
}

#[test]
fn a_million_independent_products_take_at_most_eight_rounds() {
    let text = "def main(n: int64, a: secret int64 from o, b: secret int64 from o) -> int64:\n\
                \x20 var xs = [a] * n\n  var ys = [b] * n\n  var zs: list[secret int64] = []\n\
                \x20 for i in 0..n: zs.append(xs[i] * ys[i])\n  return sum(zs).reveal()\n";
    let report = run(text, &["n=1000000", "o.a=3", "o.b=-2"], 2);
    assert_eq!(report.result.as_deref(), Some("-6000000"));
    assert!(report.stats.rounds <= 8 + fixed_rounds(), "{} rounds", report.stats.rounds);
}

#[test]
fn the_source_form_of_a_loop_does_not_change_its_rounds() {
    let head = "def mul(x: secret int64, y: secret int64): return x * y\n\
                def main(n: int64, a: secret int64 from o, b: secret int64 from o) -> int64:\n  var zs: list[secret int64] = []\n";
    let tail = "  return sum(zs).reveal()\n";
    let bodies = [
        "  for i in 0..n: zs.append(a * b)\n",
        "  for i in 0..n: zs.append(mul(a, b))\n",
        "  for i in 0..n // 100:\n    for j in 0..100: zs.append(mul(a, b))\n",
        "  for i in 0..n:\n    if i % 2 == 0: zs.append(a * b)\n    else: zs.append(b * a)\n",
        "  var i = 0\n  while i < n:\n    zs.append(a * b)\n    i += 1\n",
        "  zs = [a * b for i in 0..n]\n",
    ];
    for body in bodies {
        for opt_level in [0, 2] {
            let report = run(&format!("{head}{body}{tail}"), &["n=5000", "o.a=3", "o.b=2"], opt_level);
            assert_eq!(report.result.as_deref(), Some("30000"), "{body}");
            assert_eq!(report.stats.rounds, 2 + fixed_rounds(), "at -O{opt_level}: {body}");
        }
    }
}

#[test]
fn dependent_products_take_a_round_each() {
    let text = "def main(n: int64, a: secret int64 from o) -> int64:\n  var x = a\n\
                \x20 for i in 0..n: x = x *% a\n  return x.reveal()\n";
    for opt_level in [0, 2] {
        assert_eq!(rounds(text, &["n=10000", "o.a=1"], opt_level), 10_000 + 1 + fixed_rounds());
    }
}

#[test]
fn a_thousand_openings_into_a_list_take_one_round() {
    let head = "def main(xs: list[secret int64] from o) -> list[int64]:\n  var out: list[int64] = []\n";
    let bodies = [
        "  for x in xs: out.append(x.reveal())\n",
        "  for i in 0..len(xs):\n    var v = xs[i].reveal()\n    out.append(v)\n",
        "  out = [x.reveal() for x in xs]\n",
        "  out = xs.reveal()\n",
    ];
    let values: Vec<String> = (0..1000).map(|i| (i * 7).to_string()).collect();
    let list = format!("[{}]", values.join(", "));
    for body in bodies {
        for opt_level in [0, 2] {
            let report = run(&format!("{head}{body}  return out\n"), &[&format!("o.xs={list}")], opt_level);
            assert_eq!(report.result.as_ref(), Some(&list), "{body}");
            assert_eq!(report.stats.rounds, 1 + fixed_rounds(), "at -O{opt_level}: {body}");
        }
    }
}

#[test]
fn comparisons_take_eight_rounds_together() {
    let text = "def main(xs: list[secret int64] from o) -> int64:\n  return sum([x < 0 for x in xs]).reveal()\n";
    let report = run(text, &["o.xs=[-9223372036854775808, -1, 0, 1, 9223372036854775807]"], 2);
    assert_eq!(report.result.as_deref(), Some("2"));
    // Eight for the signs, two for bits to integers, one to open.
    assert!(report.stats.rounds <= 8 + 2 + 1 + fixed_rounds(), "{} rounds", report.stats.rounds);
}

#[test]
fn products_into_fields_share_rounds() {
    let head = "object Row:\n  x: secret int64\n  z: secret int64 = 0\n\
                object Sums:\n  total: secret int64 = 0\n\
                def main(n: int64, a: secret int64 from o, b: secret int64 from o) -> int64:\n";
    let products = "  var xs = [a] * n\n  var sums = Sums()\n  for i in 0..n: sums.total += xs[i] * b\n\
                    \x20 return sums.total.reveal()\n";
    let report = run(&format!("{head}{products}"), &["n=1000000", "o.a=3", "o.b=-2"], 2);
    assert_eq!(report.result.as_deref(), Some("-6000000"));
    assert!(report.stats.rounds <= 8 + fixed_rounds(), "{} rounds", report.stats.rounds);
    let rows = "  var rows = [Row(x: a) for i in 0..n]\n  for row in rows: row.z = row.x * b\n\
                \x20 return sum([row.z for row in rows]).reveal()\n";
    for opt_level in [0, 2] {
        let report = run(&format!("{head}{rows}"), &["n=5000", "o.a=3", "o.b=2"], opt_level);
        assert_eq!(report.result.as_deref(), Some("30000"));
        assert_eq!(report.stats.rounds, 2 + fixed_rounds(), "products at -O{opt_level}");
    }
}

#[test]
fn openings_into_fields_share_rounds() {
    let head = "object Row:\n  x: secret int64\n  seen: int64 = 0\n\
                object Whole:\n  rows: list[int64]\n\
                def main(n: int64, xs: list[secret int64] from o) -> int64:\n";
    let bodies = [
        "  var rows = [Row(x: x, seen: 0) for x in xs]\n  for row in rows: row.seen = row.x.reveal()\n\
         \x20 return sum([row.seen for row in rows])\n",
        "  var rows = [Row(x: x, seen: x.reveal()) for x in xs]\n  var all = 0\n\
         \x20 for row in rows: all += row.seen\n  return all\n",
        "  var parts = [[x, x].reveal() for x in xs]\n  var all = 0\n\
         \x20 for part in parts: all += part[0]\n  return all\n",
        "  var parts = [Whole(rows: [x].reveal()) for x in xs]\n  return sum([part.rows[0] for part in parts])\n",
    ];
    let values: Vec<String> = (0..1000).map(|i| i.to_string()).collect();
    let list = format!("o.xs=[{}]", values.join(", "));
    for body in bodies {
        for opt_level in [0, 2] {
            let report = run(&format!("{head}{body}"), &["n=0", &list], opt_level);
            assert_eq!(report.result.as_deref(), Some("499500"), "{body}");
            assert_eq!(report.stats.rounds, 1 + fixed_rounds(), "at -O{opt_level}: {body}");
        }
    }
}

#[test]
fn openings_of_texts_share_rounds() {
    let text = "def main(names: list[secret string] from o) -> int64:\n  var all: list[string] = []\n\
                \x20 for name in names: all.append((name + \"!\").reveal())\n  return sum([len(one.upper()) for one in all])\n";
    for opt_level in [0, 2] {
        let report = run(text, &["o.names=[\"a\", \"bc\", \"\", \"d\"]"], opt_level);
        assert_eq!(report.result.as_deref(), Some("8"));
        assert_eq!(report.stats.rounds, 1 + fixed_rounds(), "at -O{opt_level}");
    }
}
