//! What operations on arrays cost, counted at the links: that of one operation on a vector, whatever the shape.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use support::run;

/// Rounds and payload bytes of party 0 of `expr` over the arrays `a`, `b` and the lists `xs`, `ys`, beyond those of the input alone.
fn cost(ty: &str, rows: usize, columns: usize, expr: &str) -> (u64, u64) {
    let row = format!("[{}]", vec!["1"; columns].join(", "));
    let matrix = format!("[{}]", vec![row; rows].join(", "));
    let list = format!("[{}]", vec!["1"; rows * columns].join(", "));
    let inputs = [format!("o.a={matrix}"), format!("o.b={matrix}"), format!("o.xs={list}"), format!("o.ys={list}")];
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let head = format!(
        "def main(a: array[secret {ty}] from o, b: array[secret {ty}] from o, xs: list[secret {ty}] from o, ys: list[secret {ty}] from o):\n"
    );
    let of = |expr: &str| run(&format!("{head}  discard {expr}\n  print(\"end\")\n"), &inputs, 2).stats;
    let spent = run(&format!("{head}  var r = {expr}\n  print(r)\n"), &inputs, 2).stats;
    let free = of("len(xs)");
    let payload = |stats: &stoffel::RunStats| stats.lines.iter().map(|line| line.bytes).sum::<u64>();
    (spent.rounds - free.rounds, payload(&spent) - payload(&free))
}

#[test]
fn an_array_costs_what_a_vector_costs() {
    let array = cost("int64", 10, 50, "(a * b).reveal()");
    assert_eq!(array, cost("int64", 10, 50, "[x * y for x, y in zip(xs, ys)].reveal()"));
    // One product and one opening of eight bytes an element.
    assert_eq!(array.1, 2 * 500 * 8);
    assert_eq!(
        cost("fix64", 10, 50, "(a * b).reveal()"),
        cost("fix64", 10, 50, "[x * y for x, y in zip(xs, ys)].reveal()")
    );
    assert_eq!(
        cost("int64", 10, 50, "(a < b).reveal()"),
        cost("int64", 10, 50, "[x < y for x, y in zip(xs, ys)].reveal()")
    );
}

#[test]
fn repeating_and_moving_elements_is_free() {
    let plain = cost("int64", 20, 20, "(a * b).reveal()");
    assert_eq!(cost("int64", 20, 20, "(a * b[0]).reveal()"), plain);
    assert_eq!(cost("int64", 20, 20, "(a.transpose() * b[:, 0:1]).reveal()"), plain);
    assert_eq!(cost("int64", 20, 20, "concat([a[:10] * b[:10], a[10:] * b[10:]]).reveal()"), plain);
    assert_eq!(cost("int64", 20, 20, "a.cumsum(axis: 1).reveal()"), cost("int64", 20, 20, "a.reveal()"));
}

#[test]
fn a_matrix_product_is_one_product_an_element() {
    let plain = cost("int64", 20, 20, "(a * b).reveal()");
    assert_eq!(cost("int64", 20, 20, "(a @ b).reveal()"), plain);
    // Rounded once, in the rounds and bytes of one fixed-point product an element.
    assert_eq!(cost("fix64", 20, 20, "(a @ b).reveal()"), cost("fix64", 20, 20, "(a * b).reveal()"));
    let public = "(a @ identity(20)).reveal()";
    // A public matrix costs one truncation.
    assert_eq!(cost("fix64", 20, 20, public).0, cost("fix64", 20, 20, "a.reveal()").0 + 2);
}

#[test]
fn reductions_take_a_level_of_rounds_for_a_halving() {
    let (one, _) = cost("int64", 1, 2, "a.max().reveal()");
    let (eight, _) = cost("int64", 16, 16, "a.max().reveal()");
    assert!(eight <= 8 * one, "{eight} rounds for 256 elements, {one} for two");
    let (rows, _) = cost("int64", 16, 16, "a.max(axis: 1).reveal()");
    assert!(rows <= 4 * one, "{rows} rounds for 16 elements a row");
    assert_eq!(cost("int64", 16, 16, "a.sum(axis: 0).reveal()").0, cost("int64", 16, 16, "a.reveal()").0);
}
