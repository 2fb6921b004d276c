//! Ways round the rules of LANGUAGE §10.5: what reaches something older, or leaves a body, by aliases, calls, loops and carriers.

use super::{Row, anywhere, never, outside};
use crate::generate::Gen;
use crate::tree::Node;

pub(super) const ROWS: &[Row] = &[
    never(
        "10.5 older containers reached through new ones",
        &[
            |g| reached(g, "var old = [[1], [2]]", "var mine = old + [[3]]", "mine[0][0] = 9", "E0411"),
            |g| reached(g, "var old = [[1], [2]]", "var mine = reversed(old)", "mine[0][0] = 9", "E0411"),
            |g| reached(g, "var old = [[1], [2]]", "var mine = enumerate(old)", "mine[0][1][0] = 9", "E0411"),
            |g| reached(g, "var old = [[1], [2]]", "var mine = zip(old, old)", "mine[0][1].append(9)", "E0414"),
            |g| reached(g, "var old = [[1], [2]]", "var mine = old * 2", "mine[0].append(9)", "E0414"),
            |g| reached(g, "var old = [[1], [2]]", "var mine = map(old, lambda v: v)", "mine[0][0] = 9", "E0411"),
            |g| reached(g, "var old = [1, 2]", "var mine = (old, 1)[0]", "mine[0] = 9", "E0411"),
            |g| reached(g, "var old = [1, 2]", "var mine = {1: old}", "mine[1][0] = 9", "E0411"),
            |g| reached(g, "var old = [1, 2]", "var mine = {1: old}.get(1, [3])", "mine[0] = 9", "E0411"),
            |g| reached(g, "var old = {1: [1]}", "var mine = old.items()", "mine[0][1][0] = 9", "E0411"),
            |g| reached(g, "var old = [1, 2]", "var mine = (lambda v: v)(old)", "mine[0] = 9", "E0411"),
            |g| reached(g, "var old = [1, 2]", "var mine = (lambda: old)()", "mine[0] = 9", "E0411"),
            |g| {
                reached(
                    g,
                    "var old = [[1], [2]]",
                    "var mine = [w for v in [old] for w in v]",
                    "mine[0][0] = 9",
                    "E0411",
                );
            },
            |g| reached(g, "var old = [1, 2]", "var mine, two = [old, [3]]", "mine[0] = 9", "E0411"),
            |g| reached(g, "var old = array([1, 2])", "var mine = old", "mine[0] = 9", "E0411"),
            |g| reached(g, "var old = [array([1, 2])]", "var mine = copy(old)", "mine[0][0] = 9", "E0411"),
            |g| {
                let f = g.fresh("fn");
                g.item(Node::block(format!("def {f}[T](v: T) -> T:"), vec![Node::line("return v")]));
                reached(g, "var old = [1, 2]", &format!("var mine = {f}(old)"), "mine[0] = 9", "E0411");
            },
            |g| {
                let f = g.fresh("fn");
                let body = vec![Node::line("var out = [4]"), Node::line("out = v"), Node::line("return out")];
                g.item(Node::block(format!("def {f}(v: list[int64]) -> list[int64]:"), body));
                reached(g, "var old = [1, 2]", &format!("var mine = {f}(old)"), "mine.append(9)", "E0414");
            },
            |g| {
                let f = g.fresh("fn");
                g.item(Node::block(
                    format!("def {f}(v: list[int64]) -> (list[int64], int64):"),
                    vec![Node::line("return v, 1")],
                ));
                reached(g, "var old = [1, 2]", &format!("var mine, two = {f}(old)"), "mine.append(9)", "E0414");
            },
            |g| {
                let name = holder(g, "v: list[int64]");
                reached(g, &format!("var old = {name}(v: [1])"), "var mine = copy(old)", "mine.v[0] = 9", "E0411");
            },
            |g| {
                let name = holder(g, "v: int64");
                reached(g, &format!("var old = {name}(v: 1)"), "var mine = old", "mine.v = 9", "E0411");
            },
            |g| {
                let name = holder(g, "v: int64");
                reached(g, &format!("var old = [{name}(v: 1)]"), "var mine = old[0:1]", "mine[0].v = 9", "E0411");
            },
            |g| {
                let name = holder(g, "v: int64");
                let outer = g.fresh("Obj");
                g.item(Node::block(format!("object {outer}:"), vec![Node::line(format!("p: {name}"))]));
                let made = format!("var mine = {outer}(p: old)");
                reached(g, &format!("var old = {name}(v: 1)"), &made, "mine.p.v = 9", "E0411");
            },
            |g| {
                let c = g.flag(0);
                g.say("var old = [1, 2]");
                g.body(format!("if {c}:"), |g| g.bad("E0414", "discard [v.append(9) for v in [old]]"));
            },
            |g| {
                let c = g.flag(0);
                g.say("var old: list[int64]? = [1, 2]");
                g.body(format!("if {c}:"), |g| {
                    g.say("var mine = old");
                    g.block("if mine is not None:", |g| g.bad("E0411", "mine[0] = 9"));
                });
            },
            |g| {
                let (c, n) = (g.flag(0), g.number());
                g.say("var old = [1, 2]");
                g.body(format!("if {c}:"), |g| {
                    g.say("var mine = [3]");
                    g.block(format!("if {n} > 1:"), |g| g.say("mine = old"));
                    g.bad("E0411", "mine[0] = 9");
                });
            },
            |g| {
                let c = g.flag(0);
                g.say("var old = [1, 2]");
                g.body(format!("if {c}:"), |g| {
                    g.say("var mine = [3]");
                    g.block("for j2 in 0..2:", |g| {
                        g.bad("E0414", "mine.append(9)");
                        g.say("mine = old");
                    });
                });
            },
            |g| {
                let c = g.flag(0);
                g.say("var old = [[1, 2]]");
                g.body(format!("if {c}:"), |g| {
                    g.block("for j2, mine in enumerate(old):", |g| g.bad("E0411", "mine[0] = 9"));
                });
            },
        ],
    ),
    never(
        "10.5 public places of other kinds",
        &[
            |g| {
                let c = g.flag(0);
                g.block("for j2 in 0..2:", |g| g.body(format!("if {c}:"), |g| g.bad("E0411", "j2 = 5")));
            },
            |g| {
                let (c, f) = (g.flag(0), g.fresh("fn"));
                let body = vec![
                    Node::block("if w:", vec![Node { expect: Some("E0411"), ..Node::line("v = 1") }]),
                    Node::line("return v"),
                ];
                g.item(Node::block(format!("def {f}(v: int64, w: secret bool) -> int64:"), body));
                g.keep(&format!("{f}(1, {c})"));
            },
            |g| {
                let (c, f) = (g.flag(0), g.fresh("fn"));
                let body = vec![
                    Node::block("if w:", vec![Node { expect: Some("E0411"), ..Node::line("v = 1") }]),
                    Node::line("return v"),
                ];
                g.item(Node::block(format!("def {f}(v, w):"), body));
                g.keep(&format!("{f}(1, {c})"));
            },
            |g| under(g, "var t2: dict[int64, int64] = {1: 2}", "t2[1] += 1", "E0411"),
            |g| under(g, "var t2: array[int64] = arange(3)", "t2[0] += 1", "E0411"),
            |g| under(g, "var t2: list[(int64, int64)] = [(1, 2)]", "t2[0] = (3, 4)", "E0411"),
            |g| under(g, "var t2: list[int64?] = [None]", "t2[0] = 3", "E0411"),
            |g| under(g, "var t2: Share = acc", "t2 = Share.from_clear(1)", "E0418"),
            |g| under(g, "var t2: list[Share] = [Share.from_clear(2)]", "t2[0] = Share.from_clear_int(1, 8)", "E0418"),
            |g| {
                let name = holder(g, "v: Share");
                under(
                    g,
                    &format!("var t2 = {name}(v: Share.from_clear(2))"),
                    "t2.v = Share.from_clear_int(1, 8)",
                    "E0418",
                );
            },
            |g| {
                let name = holder(g, "v: int64");
                under(g, &format!("var t2: {name} = {name}(v: 1)"), &format!("t2 = {name}(v: 2)"), "E0411");
            },
            |g| {
                let inner = holder(g, "v: int64");
                let name = g.fresh("Obj");
                g.item(Node::block(format!("object {name}:"), vec![Node::line(format!("p: {inner}"))]));
                under(g, &format!("var t2 = {name}(p: {inner}(v: 1))"), &format!("t2.p = {inner}(v: 2)"), "E0411");
            },
        ],
    ),
    never(
        "10.5 public uses of what has become secret",
        &[
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.say("var late2 = 1"));
                g.body("else:", |g| g.say("var late2 = 2"));
                g.bad_block("E0408", "for j2 in 0..late2:");
            },
            |g| {
                let c = g.flag(0);
                g.say("var risen2 = [1, 2]");
                g.body(format!("if {c}:"), |g| g.say("risen2 = [3, 4]"));
                g.bad("E0401", "var t2: int64 = risen2[0]");
            },
            |g| {
                let c = g.flag(0);
                let name = holder(g, "v: int64");
                g.say(format!("var risen2 = {name}(v: 1)"));
                g.body(format!("if {c}:"), |g| g.say(format!("risen2 = {name}(v: 2)")));
                g.bad("E0401", "var t2: int64 = risen2.v");
            },
            |g| {
                let c = g.flag(0);
                let f = g.fresh("in");
                g.say("var risen2 = 1");
                g.block(format!("def {f}():"), |g| g.say("risen2 = 2"));
                g.body(format!("if {c}:"), |g| g.say(format!("{f}()")));
                g.bad("E0401", "var t2: int64 = risen2");
            },
            |g| {
                let (c, n) = (g.flag(0), g.number());
                g.say("var risen2 = 1");
                g.block(format!("if {n} > 1:"), |g| g.body(format!("if {c}:"), |g| g.say("risen2 = 2")));
                g.bad("E0408", "discard [1] * risen2");
            },
            |g| {
                let s = g.int(0);
                g.say("var risen2 = 1");
                g.block(format!("match {s}:"), |g| g.body("case 1:", |g| g.say("risen2 = 2")));
                g.bad("E0401", "var t2: bool = risen2 > 1");
            },
            |g| {
                let c = g.flag(0);
                g.say("var risen2 = 1");
                g.block("for j2 in 0..2:", |g| {
                    g.bad("E0409", "discard \"abc\"[risen2]");
                    g.body(format!("if {c}:"), |g| g.say("risen2 = 2"));
                });
            },
        ],
    ),
    never(
        "10.5 effects by detours",
        &[
            |g| {
                let (c, f, h) = (g.flag(0), g.fresh("in"), g.fresh("in"));
                g.say("var t2: int64 = 0");
                g.block(format!("def {f}():"), |g| g.say("t2 = 1"));
                g.block(format!("def {h}():"), |g| g.say(format!("{f}()")));
                g.body(format!("if {c}:"), |g| g.bad("E0411", format!("{h}()")));
            },
            |g| {
                let (c, f) = (g.flag(0), g.fresh("fn"));
                let body = vec![Node::line("print(v)"), Node::line("return v")];
                g.item(Node::block(format!("def {f}(v: int64) -> int64:"), body));
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("discard map([1, 2], {f})")));
            },
            |g| {
                let (c, f) = (g.flag(0), g.fresh("fn"));
                let body = vec![Node::line("print(v)"), Node::line("return v")];
                g.item(Node::block(format!("def {f}(v: int64) -> int64:"), body));
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("discard sorted([2, 1], key: {f})")));
            },
            |g| {
                let (c, f) = (g.flag(0), g.fresh("fn"));
                let body = vec![Node::line("print(v)"), Node::line("return v")];
                g.item(Node::block(format!("def {f}(v: int64) -> int64:"), body));
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("discard [{f}(v) for v in [1, 2]]")));
            },
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| {
                    g.block("def deep2():", |g| g.say("print(1)"));
                    g.bad("E0410", "deep2()");
                });
            },
            |g| {
                let c = g.flag(0);
                let f = g.let_("v", "", "lambda z: z.reveal()");
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("discard {f}(acc)")));
            },
            |g| {
                let (d, f) = (g.flag(0), g.fresh("fn"));
                let inner = Node::block("if w:", vec![Node { expect: Some("E0410"), ..Node::line("print(1)") }]);
                g.item(Node::block(format!("def {f}(w: secret bool):"), vec![inner]));
                g.say(format!("{f}({d})"));
            },
            |g| {
                let (c, n) = (g.flag(0), g.number());
                g.block("for j2 in 0..2:", |g| {
                    g.body(format!("if {c}:"), |g| g.block(format!("if {n} > 1:"), |g| g.bad("E0412", "break")));
                });
            },
            |g| {
                let (c, d) = (g.flag(0), g.flag(0));
                g.body(format!("if {c}:"), |g| {
                    g.block("for j2 in 0..2:", |g| g.body(format!("if {d}:"), |g| g.bad("E0412", "continue")));
                });
            },
            |g| {
                let (s, f) = (g.int(0), g.fresh("fn"));
                g.item(Node::block(
                    format!("def {f}(v: secret int64, n: int64) -> secret int64:"),
                    vec![
                        Node::block(
                            "if v > 3:",
                            vec![Node::block(
                                "if n > 1:",
                                vec![Node { expect: Some("E0412"), ..Node::line("return 1") }],
                            )],
                        ),
                        Node::line("return 3"),
                    ],
                ));
                g.keep(&format!("{f}({s}, 2)"));
            },
        ],
    ),
    anywhere(
        "10.5 loops that end inside a body",
        |g| {
            let (c, n, v) = (g.flag(1), g.number(), g.let_("v", "", "0"));
            g.body(format!("if {c}:"), |g| {
                g.block("for j2 in 0..4:", |g| {
                    g.block(format!("if {n} == j2:"), |g| g.say("break"));
                    g.say(format!("{v} += j2"));
                });
            });
            g.keep(&v);
        },
        &[],
    ),
    anywhere(
        "10.5 recursion that a public condition ends",
        |g| {
            let (s, f) = (g.int(1), g.fresh("fn"));
            g.item(Node::block(
                format!("def {f}(v: secret int64, n: int64) -> secret int64:"),
                vec![
                    Node::block("if n == 0:", vec![Node::line("return v")]),
                    Node::line(format!("return {f}(select(v > 2, v - 1, v), n - 1)")),
                ],
            ));
            g.keep(&format!("{f}({s}, 3)"));
        },
        &[],
    ),
    anywhere(
        "10.7 secret keys whose presence is not asked",
        |g| {
            let s = g.int(0);
            g.keep_flag(&format!("({s} in {{0: 1, 2: 3}})"));
        },
        &[
            |g| {
                let s = g.int(0);
                g.bad("E0401", format!("var t2: bool = {s} in {{0: 1, 2: 3}}"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0409", format!("var t2 = {{0: 1, 2: 3}}.get({s})"));
            },
        ],
    ),
    outside(
        "15 the library on secrets",
        |g| {
            let (l, x) = (g.list(), g.fix(0));
            let name = g.import("std.stats");
            g.keep(&format!("{name}.median({l})"));
            let name = g.import("std.sort");
            g.keep(&format!("sum({name}.top_k({l}, 2)) + {name}.argsort({l})[0]"));
            let name = g.import("std.sets");
            g.keep(&format!("{name}.intersection_size({l}, [1, 2, 3])"));
            let name = g.import("std.ml");
            g.keep_fix(&format!("{name}.relu({x})"));
        },
        &[
            |g| {
                let (l, name) = (g.list(), g.import("std.stats"));
                g.bad("E0401", format!("var t2: int64 = {name}.median({l})"));
            },
            |g| {
                let (l, s, name) = (g.list(), g.int(0), g.import("std.sort"));
                g.bad("E0401", format!("discard {name}.top_k({l}, {s})"));
            },
            |g| {
                let (l, name) = (g.list(), g.import("std.sets"));
                g.bad("E0401", format!("var t2: int64 = {name}.distinct_count({l})"));
            },
        ],
    ),
];

/// Changes something older through something made in a body.
fn reached(g: &mut Gen, before: &str, made: &str, stmt: &str, code: &'static str) {
    let c = g.flag(0);
    g.say(before);
    g.body(format!("if {c}:"), |g| {
        g.say(made);
        g.bad(code, stmt);
    });
}

/// A statement in a body.
fn under(g: &mut Gen, before: &str, stmt: &str, code: &'static str) {
    let c = g.flag(0);
    g.say(before);
    g.body(format!("if {c}:"), |g| g.bad(code, stmt));
}

/// An object type with one field.
fn holder(g: &mut Gen, field: &str) -> String {
    let name = g.fresh("Obj");
    g.item(Node::block(format!("object {name}:"), vec![Node::line(field)]));
    name
}
