//! LANGUAGE §10.4 on scalars: every operation of the table on secret integers, bools and fixed-point numbers; its result is secret.

use super::{Row, anywhere, never};
use crate::generate::{Class, Gen, Ty};

pub(super) const ROWS: &[Row] = &[
    anywhere(
        "10.4 + - * on integers",
        |g| {
            let (a, b, op) = (g.int(1), g.int(1), g.rng.pick(&["+", "-"]));
            g.keep(&format!("{a} {op} {b}"));
            let (a, n) = (g.int(0), g.number());
            g.keep(&format!("({a} & 15) * {n}"));
        },
        &[
            |g| public_int(g, |g| format!("{} + {}", g.int(0), g.number())),
            |g| public_int(g, |g| format!("{} - {}", g.number(), g.int(0))),
            |g| public_int(g, |g| format!("{} * 2", g.int(0))),
        ],
    ),
    anywhere(
        "10.4 + - * on bools",
        |g| {
            let (a, b) = (g.flag(0), g.flag(0));
            g.keep_flag(&format!("({a} + {b} - {a} * {b})"));
        },
        &[|g| public_bool(g, |g| format!("{} * {}", g.flag(0), g.flag(0)))],
    ),
    anywhere(
        "10.4 + - * on fixed",
        |g| {
            let (a, b, op) = (g.fix(1), g.fix(1), g.rng.pick(&["+", "-", "*"]));
            g.keep_fix(&format!("{a} {op} {b}"));
        },
        &[|g| public_fix(g, |g| format!("{} * 0.5", g.fix(0)))],
    ),
    anywhere(
        "10.4 / // % mod on integers",
        |g| {
            let (a, b, op) = (g.int(1), g.int(0), g.rng.pick(&["/", "//", "%", "mod"]));
            match g.rng.below(3) {
                0 => g.keep(&format!("{a} {op} 3")),
                1 => g.keep(&format!("7 {op} (({b} & 3) + 1)")),
                _ => g.keep(&format!("{a} {op} (({b} & 3) + 1)")),
            }
        },
        &[
            |g| public_int(g, |g| format!("{} / 2", g.int(0))),
            |g| public_int(g, |g| format!("9 % (({} & 3) + 1)", g.int(0))),
        ],
    ),
    anywhere(
        "10.4 / // % mod on fixed",
        |g| {
            let (a, op) = (g.fix(1), g.rng.pick(&["/", "//", "%", "mod"]));
            g.keep_fix(&format!("{a} {op} 1.5"));
        },
        &[|g| public_fix(g, |g| format!("{} / 2.0", g.fix(0)))],
    ),
    anywhere(
        "10.4 ** with a public exponent",
        |g| {
            let (a, x, n) = (g.int(0), g.fix(0), g.number());
            g.keep(&format!("({a} & 3) ** {n}"));
            g.keep_fix(&format!("{x} ** 2"));
        },
        &[|g| public_int(g, |g| format!("({} & 3) ** 2", g.int(0)))],
    ),
    never(
        "10.4 ** with a secret exponent",
        &[
            |g| {
                let s = g.int(0);
                g.bad("E0416", format!("acc = acc + 2 ** {s}"));
            },
            |g| {
                let (s, t) = (g.int(0), g.int(0));
                g.bad("E0416", format!("acc = acc + {t} ** {s}"));
            },
            |g| {
                let (x, s) = (g.fix(0), g.int(0));
                g.bad("E0416", format!("var z9 = {x} ** {s}"));
            },
        ],
    ),
    anywhere(
        "10.4 +% -% *%",
        |g| {
            let (a, b, op) = (g.int(1), g.int(1), g.rng.pick(&["+%", "-%", "*%"]));
            g.keep(&format!("{a} {op} {b}"));
            if let Some(u) = g.var(Ty::Byte, Class::Secret) {
                g.keep(&format!("int64({u} {op} 250)"));
            }
        },
        &[|g| public_int(g, |g| format!("{} *% {}", g.int(0), g.int(0)))],
    ),
    anywhere(
        "10.4 unary - and abs",
        |g| {
            let (a, x) = (g.int(1), g.fix(1));
            g.keep(&format!("-{a} + abs({a} - 3)"));
            g.keep_fix(&format!("-abs({x})"));
        },
        &[|g| public_int(g, |g| format!("-{}", g.int(0))), |g| public_fix(g, |g| format!("abs({})", g.fix(0)))],
    ),
    anywhere(
        "10.4 comparisons",
        |g| {
            let op = g.rng.pick(&["==", "!=", "<", "<=", ">", ">="]);
            let value = match g.rng.below(4) {
                0 => format!("{} {op} {}", g.int(1), g.int(1)),
                1 => format!("{} {op} {}", g.fix(1), g.fix(0)),
                2 => format!("{} {op} {}", g.flag(0), g.flag(0)),
                _ => format!("{} < {} <= {}", g.number(), g.int(1), g.number()),
            };
            g.keep_flag(&format!("({value})"));
        },
        &[
            |g| public_bool(g, |g| format!("{} < {}", g.int(0), g.number())),
            |g| public_bool(g, |g| format!("{} == {}", g.flag(0), g.flag(0))),
            |g| public_bool(g, |g| format!("0 < {} < 5", g.int(0))),
        ],
    ),
    anywhere(
        "10.4 logic and bits",
        |g| {
            let (c, d, a) = (g.flag(1), g.flag(1), g.int(0));
            let op = g.rng.pick(&["and", "or", "xor"]);
            g.keep_flag(&format!("({c} {op} not {d})"));
            let op = g.rng.pick(&["&", "|", "^"]);
            g.keep(&format!("(~{a} {op} 12)"));
        },
        &[
            |g| public_bool(g, |g| format!("{} and True", g.flag(0))),
            |g| public_bool(g, |g| format!("not {}", g.flag(0))),
            |g| public_int(g, |g| format!("{} ^ 5", g.int(0))),
        ],
    ),
    anywhere(
        "10.4 shifts by a public amount",
        |g| {
            let (a, n, op) = (g.int(0), g.number(), g.rng.pick(&["shl", "shr", "<<", ">>"]));
            g.keep(&format!("({a} {op} {n})"));
        },
        &[|g| public_int(g, |g| format!("{} shl 1", g.int(0)))],
    ),
    anywhere(
        "10.4 shifts by a secret amount",
        |g| {
            let (a, b, op) = (g.int(0), g.int(0), g.rng.pick(&["shl", "shr"]));
            g.keep(&format!("({a} {op} ({b} & 7))"));
        },
        &[|g| public_int(g, |g| format!("1 shl ({} & 7)", g.int(0)))],
    ),
    anywhere(
        "10.4 conditional on a secret",
        |g| {
            let (c, a, b) = (g.flag(1), g.int(1), g.int(1));
            g.keep(&format!("({a} if {c} else {b})"));
            let (c, x) = (g.flag(1), g.fix(0));
            g.keep_fix(&format!("({x} if {c} else 1.5)"));
        },
        &[
            |g| public_int(g, |g| format!("1 if {} else 2", g.flag(0))),
            |g| {
                let c = g.flag(0);
                g.bad("E0418", format!("var t9 = \"yes\" if {c} else \"no\""));
            },
        ],
    ),
    anywhere(
        "10.4 select on a secret",
        |g| {
            let (c, a) = (g.flag(1), g.int(1));
            g.keep(&format!("select({c}, {a}, 4)"));
            g.keep_fix(&format!("select({c}, 1.5, 2.5)"));
            g.keep_flag(&format!("select({c}, True, False)"));
        },
        &[
            |g| public_int(g, |g| format!("select({}, 1, 2)", g.flag(0))),
            |g| {
                let c = g.flag(0);
                g.bad("E0418", format!("var t9 = select({c}, \"a\", \"b\")"));
            },
            |g| {
                let c = g.flag(0);
                g.bad("E0418", format!("var t9 = select({c}, {{1: 2}}, {{1: 3}})"));
            },
        ],
    ),
    anywhere(
        "10.4 min max clamp",
        |g| {
            let (a, b, x) = (g.int(1), g.int(1), g.fix(0));
            g.keep(&format!("min({a}, {b}) + max({a}, 2, {b})"));
            g.keep(&format!("clamp({a}, -1, 5)"));
            g.keep_fix(&format!("clamp({x}, 0.0, 1.0)"));
        },
        &[
            |g| public_int(g, |g| format!("max({}, 0)", g.int(0))),
            |g| public_int(g, |g| format!("clamp({}, 0, 3)", g.int(0))),
        ],
    ),
    anywhere(
        "6.4 conversions of secrets",
        |g| {
            let (a, x, c) = (g.int(0), g.fix(0), g.flag(0));
            g.keep(&format!("int64(fix64({a}) + 0.5)"));
            g.keep(&format!("int64({x} * 2)"));
            g.keep(&format!("int64(uint8({a} & 63)) + int64({c})"));
            g.keep_flag(&format!("bool({a})"));
        },
        &[
            |g| public_int(g, |g| format!("int64({})", g.fix(0))),
            |g| {
                let a = g.int(0);
                g.bad("E0403", format!("var t9 = float64({a})"));
            },
            |g| {
                let a = g.int(0);
                g.bad("E0401", format!("var t9: float64 = {a}"));
            },
            |g| {
                let a = g.int(0);
                g.bad("E0401", format!("var t9: fix64 = {a}"));
            },
        ],
    ),
];

/// An attempt to keep a secret integer in a public variable.
fn public_int(g: &mut Gen, value: impl Fn(&mut Gen) -> String) {
    let (name, value) = (g.fresh("t"), value(g));
    match g.rng.below(2) {
        0 => g.bad("E0401", format!("var {name}: int64 = {value}")),
        _ => {
            g.say(format!("var {name}: int64 = 0"));
            g.bad("E0401", format!("{name} = {value}"));
        }
    }
}

fn public_bool(g: &mut Gen, value: impl Fn(&mut Gen) -> String) {
    let (name, value) = (g.fresh("t"), value(g));
    g.bad("E0401", format!("var {name}: bool = {value}"));
}

fn public_fix(g: &mut Gen, value: impl Fn(&mut Gen) -> String) {
    let (name, value) = (g.fresh("t"), value(g));
    g.bad("E0401", format!("var {name}: fix64 = {value}"));
}
