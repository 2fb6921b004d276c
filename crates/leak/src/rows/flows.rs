//! LANGUAGE §10.2 and the end of §10.5: what takes only public values, whatever expression gives the secret.

use super::{Row, never};
use crate::generate::Gen;

/// A secret expression of some depth, and what is done with it.
fn sink(g: &mut Gen, code: &'static str, of: impl Fn(&str) -> String) {
    let s = g.int(2);
    let text = of(&s);
    g.bad(code, text);
}

pub(super) const ROWS: &[Row] = &[
    never(
        "10.2 assignment",
        &[
            |g| sink(g, "E0401", |s| format!("var t3: int64 = {s}")),
            |g| {
                g.say("var t3: int64 = 0");
                sink(g, "E0401", |s| format!("t3 = {s}"));
            },
            |g| {
                g.say("var t3: int64 = 0");
                sink(g, "E0401", |s| format!("t3 += {s}"));
            },
            |g| {
                g.say("var t3: list[int64] = [1]");
                sink(g, "E0401", |s| format!("t3[0] += {s}"));
            },
            |g| sink(g, "E0401", |s| format!("var t3: bool = {s} > 1")),
        ],
    ),
    never(
        "10.2 conditions",
        &[
            |g| {
                g.say("var t3: int64 = 0");
                let s = g.int(2);
                g.body(format!("if {s} > 1:"), |g| g.bad("E0411", "t3 = 1"));
            },
            |g| sink(g, "E0407", |s| format!("assert {s} > 1")),
            |g| sink(g, "E0401", |s| format!("var t3: int64 = 1 if {s} > 1 else 2")),
        ],
    ),
    never(
        "10.2 bounds",
        &[
            |g| sink(g, "E0408", |s| format!("for j3 in 0..{s}: pass")),
            |g| sink(g, "E0408", |s| format!("discard [0][{s}:]")),
            |g| sink(g, "E0408", |s| format!("discard [0] * {s}")),
            |g| sink(g, "E0408", |s| format!("discard range(1, {s})")),
            |g| sink(g, "E0409", |s| format!("discard \"abc\"[{s}]")),
        ],
    ),
];
