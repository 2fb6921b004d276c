//! What an opening discloses, and that values survive the edges of their types.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use stoffel::Backend;
use support::run_on;

fn result(text: &str, inputs: &[&str], backend: Backend) -> String {
    run_on(backend, text, inputs, 2).result.unwrap_or_default()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

#[test]
fn products_at_the_edge_of_fix64_are_within_one_unit() {
    let text = "def main(a: secret fix64 from o, b: secret fix64 from o) -> fix64: return (a * b).reveal()\n";
    let unit = (-16f64).exp2();
    let edge = 2f64.powi(46);
    for (a, b) in
        [(50_000.0, 50_000.0), (-50_000.0, 50_000.0), (edge, 1.0), (edge, -1.0), (edge / 2.0, 2.0), (0.0, edge)]
    {
        let got = result(text, &[&format!("o.a={a:?}"), &format!("o.b={b:?}")], Backend::REP3);
        assert!((number(&got) - a * b).abs() <= unit, "{a} * {b} = {got}");
    }
}

#[test]
fn exact_products_are_exact() {
    let text = "def main(xs: list[secret fix64] from o) -> list[fix64]: return [(x * 0.5).reveal() for x in xs]\n";
    let got = result(text, &["o.xs=[0.0, 3.0, -3.0, 1.5]"], Backend::REP3);
    assert_eq!(got, "[0.0, 1.5, -1.5, 0.75]");
}

#[test]
fn full_range_comparisons_are_right() {
    let text = "def main(a: secret int64 from o, b: secret int64 from o) -> (bool, bool, bool, bool, bool, bool):\n\
                \x20 return (a < b).reveal(), (a <= b).reveal(), (a == b).reveal(), (a != b).reveal(), (a > b).reveal(), (a >= b).reveal()\n";
    let edges = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    for a in edges {
        for b in edges {
            let inputs = [format!("o.a={a}"), format!("o.b={b}")];
            let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
            let truth = |value: bool| if value { "True" } else { "False" };
            let expected = [a < b, a <= b, a == b, a != b, a > b, a >= b].map(truth).join(", ");
            assert_eq!(result(text, &inputs, Backend::REP3), format!("({expected})"), "{a} and {b}");
        }
    }
}

#[test]
fn narrow_openings_give_the_low_bits() {
    let text = "def main(x: secret uint64 from o) -> uint8: return uint8(x).reveal()\n";
    for x in ["5", "261"] {
        assert_eq!(result(text, &[&format!("o.x={x}")], Backend::REP3), "5");
    }
}
