//! Programs whose secrets are known to be small in; proof out that comparisons and divisions of them send fewer bytes, and mean the same.

mod support;

use stoffel::Backend;
use support::{run, run_on};

/// Inputs of all programs here: numbers of any size.
const INPUTS: [&str; 3] = ["o.a=1000003", "o.b=-77", "o.c=5"];

/// Bytes that all parties send for an expression over `a`, `b`, `c`, at a level; its value must be that of the clear engine.
#[track_caller]
fn bytes(expression: &str, opt_level: u8) -> u64 {
    let text = format!(
        "def count(xs: list[secret int64], bound: int64) -> secret int64: return sum([x < bound for x in xs])\n\
         def main(a: secret int64 from o, b: secret int64 from o, c: secret int64 from o) -> int64:\n  return int64({expression}).reveal()\n"
    );
    let clear = run_on(Backend::CLEAR, &text, &INPUTS, opt_level).result;
    let report = run(&text, &INPUTS, opt_level);
    assert_eq!(report.result, clear, "{expression} at -O{opt_level}");
    report.stats.bytes_sent.iter().sum()
}

/// The expression costs at most so many hundredths of what it costs as written.
#[track_caller]
fn saves(expression: &str, percent: u64) {
    let (plain, narrow) = (bytes(expression, 0), bytes(expression, 2));
    assert!(narrow * 100 <= plain * percent, "{expression}: {narrow} of {plain} bytes");
}

#[test]
fn comparisons_of_small_numbers_take_few_bits() {
    saves("select((a & 255) < (b & 255), 1, 2)", 80);
    saves("select((a < b) and (count([a, b, c], 10) > 2), 1, 2)", 80);
    saves("select(int64(int8(c)) < int64(int16(b)), 1, 2)", 60);
    saves("select((a & 255) == 67, 1, 2)", 95);
}

#[test]
fn divisions_of_small_numbers_take_few_bits() {
    saves("(a & 255) / ((b & 15) + 1)", 60);
    saves("(a & 1023) % 10", 60);
    saves("(a & 1023) // ((b & 7) + 2) + ((a & 15) mod ((b & 7) + 2))", 60);
}

#[test]
fn what_may_be_large_stays_wide() {
    for expression in ["select(a < b, 1, 2)", "a / b", "select((a & 255) < b, 1, 2)", "a % 10", "min(a, b)"] {
        assert_eq!(bytes(expression, 0), bytes(expression, 2), "{expression}");
    }
}
