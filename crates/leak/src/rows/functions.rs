//! LANGUAGE §9 under §10.2: arguments, results, defaults, generics, un-annotated parameters, lambdas, closures and function types.

use super::{Row, anywhere, never, outside};
use crate::generate::Gen;
use crate::tree::Node;

pub(super) const ROWS: &[Row] = &[
    anywhere(
        "9.1 arguments and results",
        |g| {
            let (s, n) = (g.int(1), g.number());
            let f = g.fresh("fn");
            define(g, &format!("def {f}(v: secret int64, w: int64 = 3) -> secret int64:"), &["return v * w"]);
            g.keep(&format!("{f}({s}, {n}) + {f}({s}) + {f}(w=2, v={s})"));
        },
        &[
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                define(g, &format!("def {f}(v: int64) -> int64:"), &["return v"]);
                g.bad("E0401", format!("acc = acc + {f}({s})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                define(g, &format!("def {f}(v: int64, w: int64 = 3) -> int64:"), &["return v + w"]);
                g.bad("E0401", format!("acc = acc + {f}(1, w={s})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                define(g, &format!("def {f}(*vs: int64) -> int64:"), &["return sum(vs)"]);
                g.bad("E0401", format!("acc = acc + {f}(1, {s})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                let body = vec![Node { expect: Some("E0401"), ..Node::line("return v + 1") }];
                g.item(Node::block(format!("def {f}(v: secret int64) -> int64:"), body));
                g.say(format!("acc = acc + {f}({s})"));
            },
            |g| {
                let f = g.fresh("fn");
                define(g, &format!("def {f}(v: secret int64) -> secret int64:"), &["return v"]);
                let s = g.int(0);
                g.bad("E0401", format!("var t9: int64 = {f}({s})"));
            },
            |g| {
                let l = g.list();
                let f = g.fresh("fn");
                define(g, &format!("def {f}(v: list[int64]) -> int64:"), &["return len(v)"]);
                g.bad("E0401", format!("acc = acc + {f}({l})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                define(g, &format!("def {f}(v: int64):"), &["discard v"]);
                g.bad("E0401", format!("{s}.{f}()"));
            },
        ],
    ),
    anywhere(
        "9.1 un-annotated parameters",
        |g| {
            let (s, n) = (g.int(1), g.number());
            let f = g.fresh("fn");
            define(g, &format!("def {f}(v, w):"), &["return v + w * 2"]);
            g.keep(&format!("{f}({s}, {n}) + {f}({n}, {n})"));
        },
        &[
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                define(g, &format!("def {f}(v):"), &["return v + 1"]);
                g.bad("E0401", format!("var t9: int64 = {f}({s})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                let body =
                    vec![Node { expect: Some("E0401"), ..Node::line("var w: int64 = v + 1") }, Node::line("return w")];
                g.item(Node::block(format!("def {f}(v):"), body));
                g.say(format!("acc = acc + {f}({s})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                let body = vec![
                    Node { expect: Some("E0406"), ..Node::block("while v > 0:", vec![Node::line("v -= 1")]) },
                    Node::line("return v"),
                ];
                g.item(Node::block(format!("def {f}(v):"), body));
                g.say(format!("acc = acc + {f}({s})"));
            },
        ],
    ),
    anywhere(
        "9.5 generics by secrecy",
        |g| {
            let (s, n, c) = (g.int(1), g.number(), g.flag(0));
            let f = g.fresh("fn");
            define(g, &format!("def {f}[T](v: T, w: T) -> T:"), &["return v + w"]);
            g.keep(&format!("{f}({n}, 1) + {f}({s}, 1) + {f}[secret int64]({n}, 2)"));
            let pick = g.fresh("fn");
            define(g, &format!("def {pick}[T](c, v: T, w: T) -> T:"), &["return select(c, v, w)"]);
            g.keep(&format!("{pick}({c}, {s}, {n})"));
        },
        &[
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                define(g, &format!("def {f}[T](v: T) -> T:"), &["return v"]);
                g.bad("E0401", format!("acc = acc + {f}[int64]({s})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                define(g, &format!("def {f}[T](v: T) -> T:"), &["return v"]);
                g.bad("E0401", format!("var t9: int64 = {f}({s})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                let body = vec![Node { expect: Some("E0401"), ..Node::line("return v") }];
                g.item(Node::block(format!("def {f}[T](v: T) -> int64:"), body));
                g.say(format!("acc = acc + {f}({s})"));
            },
            |g| {
                let c = g.flag(0);
                let f = g.fresh("fn");
                let body = vec![Node { expect: Some("E0401"), ..Node::line("return select(c, v, w)") }];
                g.item(Node::block(format!("def {f}[T](c: secret bool, v: T, w: T) -> T:"), body));
                g.say(format!("acc = acc + {f}({c}, 1, 2)"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                define(g, &format!("def {f}[T](v: list[T], w: T) -> int64:"), &["v.append(w)", "return len(v)"]);
                let w = g.let_("v", "list[int64]", "[1]");
                g.bad("E0401", format!("acc = acc + {f}[int64]({w}, {s})"));
            },
        ],
    ),
    anywhere(
        "9.4 lambdas",
        |g| {
            let (s, l) = (g.int(1), g.list());
            let f = g.let_("v", "", &format!("lambda z: z * 2 + {s}"));
            g.keep(&format!("{f}({s}) + {f}(1)"));
            g.keep(&format!("sum(map({l}, lambda z: z + 1))"));
        },
        &[
            |g| {
                let s = g.int(0);
                let f = g.let_("v", "", "lambda z: z + 1");
                g.bad("E0401", format!("var t9: int64 = {f}({s})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.let_("v", "", &format!("lambda z: z + {s}"));
                g.bad("E0401", format!("var t9: int64 = {f}(1)"));
            },
            |g| {
                let l = g.list();
                g.bad("E0401", format!("var t9: list[int64] = map({l}, lambda z: z + 1)"));
            },
        ],
    ),
    outside(
        "9.4 function types",
        |g| {
            let s = g.int(1);
            let f = g.let_("v", "(secret int64) -> secret int64", &format!("lambda z: z + {s}"));
            g.keep(&format!("{f}({s})"));
            let h = g.fresh("fn");
            define(
                g,
                &format!("def {h}(f: (secret int64) -> secret int64, v: secret int64) -> secret int64:"),
                &["return f(v)"],
            );
            g.keep(&format!("{h}({f}, 2) + {h}(lambda z: z - 1, {s})"));
            let fs =
                g.let_("v", "list[(secret int64) -> secret bool]", &format!("[lambda z: z > {s}, lambda z: z == 2]"));
            g.keep(&format!("sum([f({s}) for f in {fs}])"));
            let name = g.fresh("Obj");
            g.item(Node::block(format!("object {name}:"), vec![Node::line("f: (secret int64) -> secret int64")]));
            let o = g.let_("o", "", &format!("{name}(f: {f})"));
            g.keep(&format!("{o}.f({s})"));
        },
        &[
            |g| {
                let s = g.int(0);
                let f = g.let_("v", "(int64) -> int64", "lambda z: z");
                g.bad("E0401", format!("acc = acc + {f}({s})"));
            },
            |g| {
                let f = g.fresh("v");
                g.bad("E0401", format!("var {f}: (secret int64) -> int64 = lambda z: z"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("v");
                g.bad("E0401", format!("var {f}: () -> int64 = lambda: {s}"));
            },
            |g| {
                let s = g.int(0);
                let f = g.let_("v", "() -> secret int64", &format!("lambda: {s}"));
                g.bad("E0401", format!("var t9: () -> int64 = {f}"));
            },
            |g| {
                let f = g.let_("v", "(int64) -> int64", "lambda z: z");
                g.bad("E0401", format!("var t9: (secret int64) -> int64 = {f}"));
            },
            |g| {
                let f = g.fresh("fn");
                define(g, &format!("def {f}(v: secret int64) -> secret int64:"), &["return v"]);
                g.bad("E0401", format!("var t9: (secret int64) -> int64 = {f}"));
            },
        ],
    ),
    anywhere(
        "9.4 closures",
        |g| {
            let (s, v) = (g.int(1), g.int(1));
            let (best, f) = (g.let_("v", "", &s), g.fresh("in"));
            g.block(format!("def {f}(z):"), |g| g.say(format!("{best} = max({best}, z)")));
            g.say(format!("{f}({v})"));
            g.say(format!("{f}(3)"));
            g.keep(&best);
        },
        &[
            |g| {
                let s = g.int(0);
                let (best, f) = (g.let_("v", "int64", "0"), g.fresh("in"));
                g.block(format!("def {f}():"), |g| g.bad("E0401", format!("{best} = {s}")));
                g.say(format!("{f}()"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("in");
                let made = g.let_("v", "list[int64]", "[0]");
                g.block(format!("def {f}(z: secret int64):"), |g| g.bad("E0401", format!("{made}[0] = z")));
                g.say(format!("{f}({s})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("in");
                g.block(format!("def {f}() -> int64:"), |g| g.bad("E0401", format!("return {s}")));
                g.keep(&format!("{f}()"));
            },
            |g| {
                let s = g.int(0);
                let made = g.let_("v", "list[int64]", "[0]");
                g.bad("E0401", format!("(lambda z: {made}.append(z + {s}))(1)"));
            },
        ],
    ),
    outside(
        "9.4 closures of loops",
        |g| {
            let l = g.list();
            let totals = g.let_("v", "list[() -> secret int64]", "[]");
            g.block(format!("for j8 in {l}:"), |g| {
                g.say("var t8 = j8");
                g.block("def next8() -> secret int64:", |g| {
                    g.say("t8 += 1");
                    g.say("return t8");
                });
                g.say(format!("{totals}.append(next8)"));
            });
            g.say(format!("discard {totals}[0]()"));
            g.keep(&format!("sum([t() for t in {totals}])"));
        },
        &[|g| {
            let l = g.list();
            g.block(format!("for j8 in {l}:"), |g| {
                g.say("var t8: int64 = 0");
                g.block("def next8():", |g| g.bad("E0401", "t8 = j8"));
                g.say("next8()");
            });
        }],
    ),
    outside(
        "9.6 closures by name",
        |g| {
            let s = g.int(1);
            let (f, make) = (g.fresh("fn"), g.fresh("fn"));
            define(g, &format!("def {f}() -> secret int64:"), &["return get_upvalue(\"seed\") + 1"]);
            define(
                g,
                &format!("def {make}(seed: secret int64):"),
                &[&format!("return create_closure_with_upvalue(\"{f}\", \"seed\")")],
            );
            let made = g.let_("v", "", &format!("{make}({s})"));
            g.keep(&format!("call_closure({made})"));
        },
        &[|g| {
            let s = g.int(0);
            let (f, make) = (g.fresh("fn"), g.fresh("fn"));
            define(g, &format!("def {f}() -> secret int64:"), &["return get_upvalue(\"seed\") + 1"]);
            define(
                g,
                &format!("def {make}(seed: secret int64):"),
                &[&format!("return create_closure_with_upvalue(\"{f}\", \"seed\")")],
            );
            let made = g.let_("v", "", &format!("{make}({s})"));
            g.bad("E0401", format!("var t9: int64 = call_closure({made})"));
        }],
    ),
    never(
        "10.5 branch of a function on its secret parameter",
        &[
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                let body = vec![
                    Node { expect: Some("E0401"), ..Node::block("if v > 0:", vec![Node::line("return 1")]) },
                    Node::block("else:", vec![Node::line("return 2")]),
                ];
                g.item(Node::block(format!("def {f}(v) -> int64:"), body));
                g.say(format!("acc = acc + {f}({s})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                let body = vec![
                    Node::block("if v > 0:", vec![Node { expect: Some("E0412"), ..Node::line("return 1") }]),
                    Node::line("return 2"),
                ];
                g.item(Node::block(format!("def {f}(v: secret int64) -> secret int64:"), body));
                g.say(format!("acc = acc + {f}({s})"));
            },
        ],
    ),
];

/// A function of lines.
fn define(g: &mut Gen, header: &str, lines: &[&str]) {
    g.item(Node::block(header, lines.iter().map(|line| Node::line(*line)).collect()));
}
