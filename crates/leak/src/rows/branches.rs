//! LANGUAGE §10.5: what bodies that a secret selects may do, by every kind of place that they assign.

use super::{Row, anywhere, never};
use crate::generate::Gen;
use crate::tree::Node;

pub(super) const ROWS: &[Row] = &[
    anywhere(
        "10.5 variables merge",
        |g| {
            let (s, c) = (g.int(1), g.flag(1));
            let (typed, free) = (g.let_("v", "secret int64", &s), g.let_("v", "", "7"));
            g.body(format!("if {c}:"), |g| {
                let v = g.int(1);
                g.say(format!("{typed} = {v}"));
                g.say(format!("{free} += 1"));
            });
            let other = g.flag(1);
            g.body(format!("elif {other}:"), |g| g.say(format!("{free} = {typed}")));
            g.body("else:", |g| g.say(format!("{typed} = 0")));
            g.keep(&format!("{typed} + {free}"));
        },
        &[
            |g| assigns(g, "var t7: int64 = 0", "t7 = 1", "E0411"),
            |g| risen(g, |v| ("E0401", format!("var t7: int64 = {v}"))),
            |g| risen(g, |v| ("E0408", format!("discard [1] * {v}"))),
            |g| risen(g, |v| ("E0409", format!("discard \"abc\"[{v}]"))),
            |g| assigns(g, "var t7: bool = False", "t7 = True", "E0411"),
            |g| assigns(g, "var t7: float64 = 0.5", "t7 = 1.5", "E0411"),
            |g| assigns(g, "var t7: string = \"a\"", "t7 = \"b\"", "E0411"),
            |g| assigns(g, "var t7: (int64, int64) = (0, 1)", "t7 = (1, 2)", "E0411"),
            |g| assigns(g, "var t7: int64? = None", "t7 = 1", "E0411"),
            |g| assigns(g, "var t7: list[int64] = [0]", "t7 = [1]", "E0411"),
            |g| assigns(g, "var t7: array[int64] = arange(2)", "t7 = arange(2)", "E0411"),
            |g| assigns(g, "var t7: dict[int64, int64] = {1: 2}", "t7 = {1: 3}", "E0418"),
            |g| assigns(g, "var t7: int64 = 0", "t7 += 1", "E0411"),
            |g| assigns(g, "var t7: int64 = 0", "t7, acc = (1, 2)", "E0411"),
            |g| assigns(g, "var t7: () -> int64 = lambda: 1", "t7 = lambda: 2", "E0418"),
        ],
    ),
    anywhere(
        "10.5 chains: elif and else after a secret condition",
        |g| {
            let (c, n) = (g.flag(0), g.number());
            let v = g.let_("v", "", "1");
            g.body(format!("if {c}:"), |g| g.say(format!("{v} = 2")));
            // A public condition after a secret one chooses secretly.
            g.body(format!("elif {n} > 1:"), |g| g.say(format!("{v} = 3")));
            g.body("else:", |g| g.say(format!("{v} = 4")));
            g.keep(&v);
        },
        &[
            |g| {
                let c = g.flag(0);
                g.say("var t7: int64 = 0");
                g.body(format!("if {c}:"), |g| g.say("pass"));
                g.body("elif 1 < 2:", |g| g.bad("E0411", "t7 = 1"));
            },
            |g| {
                let c = g.flag(0);
                g.say("var t7: int64 = 0");
                g.body(format!("if {c}:"), |g| g.say("pass"));
                g.body("else:", |g| g.bad("E0411", "t7 = 1"));
            },
            |g| {
                let c = g.flag(0);
                g.say("var t7: int64 = 0");
                g.block("if 1 > 2:", |g| g.say("t7 = 2"));
                g.body(format!("elif {c}:"), |g| g.bad("E0411", "t7 = 1"));
            },
            |g| {
                let c = g.flag(0);
                g.say("var t7: int64 = 0");
                g.body(format!("if {c}:"), |g| g.block("if 1 < 2:", |g| g.bad("E0411", "t7 = 1")));
            },
            |g| {
                let c = g.flag(0);
                g.say("var t7: int64 = 0");
                g.body(format!("if {c}:"), |g| g.block("for j7 in 0..2:", |g| g.bad("E0411", "t7 = j7")));
            },
        ],
    ),
    anywhere(
        "10.5 match on a secret",
        |g| {
            let (s, n) = (g.int(0), g.number());
            let v = g.let_("v", "", "0");
            g.block(format!("match {s}:"), |g| {
                g.body("case 1:", |g| g.say(format!("{v} = 2")));
                g.body(format!("case {n} + 1:"), |g| g.say(format!("{v} = 3")));
                g.body("case _:", |g| g.say(format!("{v} = 4")));
            });
            g.keep(&v);
        },
        &[
            |g| {
                let s = g.int(0);
                g.say("var t7: int64 = 0");
                g.block(format!("match {s}:"), |g| g.body("case 1:", |g| g.bad("E0411", "t7 = 1")));
            },
            |g| {
                let (s, n) = (g.int(0), g.number());
                g.block(format!("match {n}:"), |g| g.bad_block("E0407", format!("case {s}:")));
            },
        ],
    ),
    anywhere(
        "10.5 elements and fields merge",
        |g| {
            let (c, s) = (g.flag(1), g.int(1));
            let l = g.let_("v", "list[secret int64]", "[1, 2, 3]");
            let d = g.let_("v", "dict[int64, secret int64]", "{1: 4}");
            let a = g.let_("v", "array[secret int64]", "array([1, 2])");
            g.body(format!("if {c}:"), |g| {
                g.say(format!("{l}[0] = {s}"));
                g.say(format!("{l}[{s} mod 3] += 1"));
                g.say(format!("{d}[1] = {s}"));
                g.say(format!("{a}[1] = {s}"));
            });
            g.keep(&format!("{l}[0] + {d}[1] + {a}[1]"));
        },
        &[
            |g| assigns(g, "var t7: list[int64] = [1, 2]", "t7[0] = 1", "E0411"),
            |g| assigns(g, "var t7: list[list[int64]] = [[1, 2]]", "t7[0][1] = 1", "E0411"),
            |g| assigns(g, "var t7: dict[int64, int64] = {1: 2}", "t7[1] = 1", "E0411"),
            |g| assigns(g, "var t7: array[int64] = arange(3)", "t7[0] = 1", "E0411"),
            |g| assigns(g, "var t7: array[int64] = arange(3)", "t7[0:2] = 1", "E0411"),
            |g| assigns(g, "var t7: list[string] = [\"a\"]", "t7[0] = \"b\"", "E0411"),
            |g| {
                let name = g.fresh("Obj");
                g.item(Node::block(format!("object {name}:"), vec![Node::line("v: int64")]));
                assigns(g, &format!("var t7 = {name}(v: 1)"), "t7.v = 2", "E0411");
            },
            |g| {
                let name = g.fresh("Obj");
                g.item(Node::block(format!("object {name}:"), vec![Node::line("v: list[int64]")]));
                assigns(g, &format!("var t7 = {name}(v: [1])"), "t7.v[0] = 2", "E0411");
            },
        ],
    ),
    anywhere(
        "10.5 what a body has created itself",
        |g| {
            let (c, s) = (g.flag(1), g.int(1));
            let out = g.let_("v", "", "0");
            let f = g.fresh("fn");
            g.item(Node::block(format!("def {f}() -> list[int64]:"), vec![Node::line("return [4, 5]")]));
            g.body(format!("if {c}:"), |g| {
                g.say("var mine = [1, 2]");
                g.say("mine[0] = 5");
                g.say("mine.append(3)");
                g.say(format!("var made = {f}()"));
                g.say("made.append(1)");
                g.say("made[0] = 9");
                g.say("var keys = {1: 2}");
                g.say("keys[3] = 4");
                g.say(format!("{out} = sum(mine) + len(made) + keys[3] + {s}"));
            });
            g.keep(&out);
        },
        &[
            |g| inside(g, "var outer = [1, 2]", &["var mine = outer"], "mine[0] = 3", "E0411"),
            |g| inside(g, "var outer = [1, 2]", &["var mine = outer"], "mine.append(3)", "E0414"),
            |g| inside(g, "var outer = [1, 2]", &["var mine = [outer]"], "mine[0][0] = 3", "E0411"),
            |g| inside(g, "var outer = [1, 2]", &["var mine = [outer]"], "mine[0].append(3)", "E0414"),
            |g| inside(g, "var outer = [[1], [2]]", &["var mine = outer[0:1]"], "mine[0][0] = 3", "E0411"),
            |g| inside(g, "var outer = [[1], [2]]", &["var mine = copy(outer)"], "mine[0][0] = 3", "E0411"),
            |g| inside(g, "var outer = [[1], [2]]", &["var mine = [v for v in outer]"], "mine[0][0] = 3", "E0411"),
            |g| inside(g, "var outer = [1, 2]", &["var mine = [3]", "mine = outer"], "mine[0] = 3", "E0411"),
            |g| inside(g, "var outer = [1, 2]", &["var mine = ([3], outer)"], "mine[1][0] = 3", "E0411"),
            |g| inside(g, "var outer = [1, 2]", &["var mine, other = (outer, 1)"], "mine[0] = 3", "E0411"),
            |g| inside(g, "var outer = {1: [1]}", &["var mine = outer[1]"], "mine[0] = 3", "E0411"),
            |g| inside(g, "var outer = {1: [1]}", &["var mine = outer.values()"], "mine[0][0] = 3", "E0411"),
            |g| inside(g, "var outer = [1, 2]", &["var mine = [3] if 1 > 2 else outer"], "mine[0] = 3", "E0411"),
            |g| {
                let f = g.fresh("fn");
                g.item(Node::block(format!("def {f}(v: list[int64]) -> list[int64]:"), vec![Node::line("return v")]));
                inside(g, "var outer = [1, 2]", &[&format!("var mine = {f}(outer)")], "mine[0] = 3", "E0411");
            },
            |g| {
                let f = g.fresh("fn");
                g.item(Node::block(
                    format!("def {f}(v: list[int64], q: int64) -> list[int64]:"),
                    vec![Node::block("if q > 0:", vec![Node::line("return v")]), Node::line("return [1]")],
                ));
                inside(g, "var outer = [1, 2]", &[&format!("var mine = {f}(outer, 1)")], "mine.append(3)", "E0414");
            },
            |g| {
                let name = g.fresh("Obj");
                g.item(Node::block(format!("object {name}:"), vec![Node::line("v: list[int64]")]));
                inside(g, "var outer = [1, 2]", &[&format!("var mine = {name}(v: outer)")], "mine.v[0] = 3", "E0411");
            },
            |g| {
                let c = g.flag(0);
                g.say("var outer = [[1, 2]]");
                g.body(format!("if {c}:"), |g| g.block("for mine in outer:", |g| g.bad("E0411", "mine[0] = 3")));
            },
        ],
    ),
    anywhere(
        "10.5 nested secret branches",
        |g| {
            let (c, d) = (g.flag(1), g.flag(1));
            let v = g.let_("v", "", "0");
            g.body(format!("if {c}:"), |g| {
                g.say("var inner = 1");
                g.body(format!("if {d}:"), |g| g.say("inner = 2"));
                g.say(format!("{v} = inner * 2"));
            });
            g.keep(&v);
        },
        &[
            |g| {
                let (c, d) = (g.flag(0), g.flag(0));
                g.body(format!("if {c}:"), |g| {
                    g.say("var inner: int64 = 1");
                    g.body(format!("if {d}:"), |g| g.bad("E0411", "inner = 2"));
                });
            },
            |g| {
                let (c, d) = (g.flag(0), g.flag(0));
                g.body(format!("if {c}:"), |g| {
                    g.say("var inner = [1]");
                    g.body(format!("if {d}:"), |g| g.bad("E0414", "inner.append(2)"));
                });
            },
        ],
    ),
    anywhere(
        "10.5 variables carried out of branches",
        |g| {
            let (c, s) = (g.flag(1), g.int(1));
            let t = g.fresh("v");
            g.body(format!("if {c}:"), |g| g.say(format!("var {t} = {s}")));
            g.body("else:", |g| g.say(format!("var {t} = 2")));
            g.keep(&t);
        },
        &[
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.bad("E0411", "var t7: int64 = 1"));
                g.body("else:", |g| g.bad("E0411", "var t7: int64 = 2"));
                g.say("acc = acc + t7");
            },
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.say("var t7 = 1"));
                g.bad("E0501", "acc = acc + t7");
            },
        ],
    ),
    anywhere(
        "10.5 sides of a conditional are bodies",
        |g| {
            let (c, s) = (g.flag(1), g.int(0));
            let f = g.fresh("fn");
            g.item(Node::block(format!("def {f}(v: secret int64) -> secret int64:"), vec![Node::line("return v / 2")]));
            g.keep(&format!("({f}({s}) if {c} else {f}({s} + 1))"));
        },
        &[
            |g| {
                let (c, f) = (g.flag(0), g.fresh("fn"));
                g.item(Node::block(
                    format!("def {f}() -> int64:"),
                    vec![Node::line("print(1)"), Node::line("return 1")],
                ));
                g.bad("E0410", format!("acc = acc + ({f}() if {c} else 0)"));
            },
            |g| {
                let (c, s) = (g.flag(0), g.int(0));
                g.bad("E0410", format!("acc = acc + ({s}.reveal() if {c} else 0)"));
            },
            |g| {
                let c = g.flag(0);
                g.say("var t7 = [1, 2]");
                g.bad("E0414", format!("acc = acc + (t7.pop() if {c} else 0)"));
            },
        ],
    ),
    anywhere(
        "10.5 results selected from the inside out",
        |g| {
            let s = g.int(1);
            let f = g.fresh("fn");
            g.item(Node::block(
                format!("def {f}(v: secret int64) -> secret int64:"),
                vec![
                    Node::block(
                        "if v > 3:",
                        vec![
                            Node::block("if v > 5:", vec![Node::line("return v")]),
                            Node::block("else:", vec![Node::line("return 2")]),
                        ],
                    ),
                    Node::block("elif v == 1:", vec![Node::line("return v * 2")]),
                    Node::block("else:", vec![Node::line("return 0")]),
                ],
            ));
            g.keep(&format!("{f}({s})"));
        },
        &[
            |g| {
                let (s, f) = (g.int(0), g.fresh("fn"));
                g.item(Node::block(
                    format!("def {f}(v: secret int64) -> string:"),
                    vec![
                        Node { expect: Some("E0418"), ..Node::block("if v > 3:", vec![Node::line("return \"a\"")]) },
                        Node::block("else:", vec![Node::line("return \"b\"")]),
                    ],
                ));
                g.say(format!("print({f}({s}))"));
            },
            |g| {
                let (s, f) = (g.int(0), g.fresh("fn"));
                g.item(Node::block(
                    format!("def {f}(v: secret int64) -> secret int64:"),
                    vec![
                        Node::block("if v > 3:", vec![Node { expect: Some("E0412"), ..Node::line("return 1") }]),
                        Node::block("elif v > 2:", vec![Node { expect: Some("E0412"), ..Node::line("return 2") }]),
                        Node::line("return 3"),
                    ],
                ));
                g.keep(&format!("{f}({s})"));
            },
        ],
    ),
    never(
        "10.5 while",
        &[
            |g| {
                let s = g.int(0);
                g.bad_block("E0406", format!("while {s} > 0:"));
            },
            |g| {
                let c = g.flag(0);
                g.bad_block("E0406", format!("while {c}:"));
            },
            |g| {
                let (c, n) = (g.flag(0), g.number());
                g.body(format!("if {c}:"), |g| g.bad_block("E0413", format!("while {n} > 9:")));
            },
            |g| {
                let (c, f) = (g.flag(0), g.fresh("fn"));
                let body = vec![Node::block("while v > 0:", vec![Node::line("v -= 1")]), Node::line("return v")];
                g.item(Node::block(format!("def {f}(v: int64) -> int64:"), body));
                g.body(format!("if {c}:"), |g| g.bad("E0413", format!("acc = acc + {f}(2)")));
            },
        ],
    ),
    never(
        "10.5 break, continue, return",
        &[
            |g| {
                let c = g.flag(0);
                g.block("for j7 in 0..2:", |g| g.body(format!("if {c}:"), |g| g.bad("E0412", "break")));
            },
            |g| {
                let c = g.flag(0);
                g.block("for j7 in 0..2:", |g| g.body(format!("if {c}:"), |g| g.bad("E0412", "continue")));
            },
            |g| {
                let (s, f) = (g.int(0), g.fresh("fn"));
                g.item(Node::block(
                    format!("def {f}(v: secret int64):"),
                    vec![
                        Node::block("if v > 3:", vec![Node { expect: Some("E0412"), ..Node::line("return") }]),
                        Node::line("print(1)"),
                    ],
                ));
                g.say(format!("{f}({s})"));
            },
            |g| {
                let (s, f) = (g.int(0), g.fresh("fn"));
                g.item(Node::block(
                    format!("def {f}(v: secret int64) -> secret int64:"),
                    vec![
                        Node::block(
                            "for i in 0..3:",
                            vec![Node::block(
                                "if v == i:",
                                vec![Node { expect: Some("E0412"), ..Node::line("return v") }],
                            )],
                        ),
                        Node::line("return 0"),
                    ],
                ));
                g.keep(&format!("{f}({s})"));
            },
            |g| {
                let s = g.int(0);
                g.block("while True:", |g| {
                    g.block(format!("match {s}:"), |g| g.body("case 1:", |g| g.bad("E0412", "break")));
                    g.say("break");
                });
            },
        ],
    ),
];

/// Uses an un-annotated variable as public that was assigned under a secret condition.
fn risen(g: &mut Gen, of: impl Fn(&str) -> (&'static str, String)) {
    let (c, v) = (g.flag(0), g.let_("v", "", "1"));
    g.body(format!("if {c}:"), |g| g.say(format!("{v} = 2")));
    let (code, text) = of(&v);
    g.bad(code, text);
}

/// Assigns something declared before under a secret condition.
fn assigns(g: &mut Gen, before: &str, stmt: &str, code: &'static str) {
    inside(g, before, &[], stmt, code);
}

/// Does something under a secret condition.
fn inside(g: &mut Gen, before: &str, lines: &[&str], stmt: &str, code: &'static str) {
    let c = g.flag(0);
    g.say(before);
    g.body(format!("if {c}:"), |g| {
        lines.iter().for_each(|line| g.say(*line));
        g.bad(code, stmt);
    });
}
