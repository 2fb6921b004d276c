//! LANGUAGE §10.5: effects that nobody may see happen or not: in a body, and behind every kind of call that a body makes.

use super::{Row, ending, never, outside};
use crate::generate::Gen;
use crate::tree::Node;

pub(super) const ROWS: &[Row] = &[
    outside(
        "10.3 reveal forms",
        |g| {
            let (e, k) = (g.equal(), g.equal_flag());
            let v = g.let_("v", "int64", &format!("{e}.reveal()"));
            g.block(format!("if {v} > 1:"), |g| g.keep("2"));
            g.say(format!("print(reveal({k}), open({e}), [{e}, {e}].reveal(), batch_open([{e}]))"));
            g.say(format!("for j6 in 0..(abs({e}) & 3).reveal(): acc = acc + j6"));
            g.say(format!("reveal_to(\"ann\", {e})"));
        },
        &[
            |g| {
                let n = g.number();
                g.bad("E0404", format!("print(({n} + 1).reveal())"));
            },
            |g| {
                let name = g.fresh("Obj");
                g.item(Node::block(format!("object {name}:"), vec![Node::line("v: secret int64")]));
                let s = g.int(0);
                let o = g.let_("o", "", &format!("{name}(v: {s})"));
                g.bad("E0405", format!("print({o}.reveal())"));
            },
            |g| within(g, "discard reveal(acc)"),
            |g| within(g, "discard open(acc)"),
            |g| within(g, "discard batch_open([acc])"),
            |g| within(g, "reveal_to(\"ann\", acc)"),
        ],
    ),
    outside(
        "18.1 print",
        |g| {
            let (s, n) = (g.int(0), g.number());
            g.say(format!("print({n}, {s}, \"text\")"));
        },
        &[
            |g| within(g, "print(1)"),
            |g| within(g, "print(acc)"),
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.block("for j6 in 0..2:", |g| g.bad("E0410", "print(j6)")));
            },
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.say("pass"));
                g.body("else:", |g| g.bad("E0410", "print(1)"));
            },
        ],
    ),
    never(
        "10.5 effects behind a call",
        &[
            |g| behind(g, "E0410", "print(1)", ""),
            |g| behind(g, "E0410", "discard v.reveal()", "v: secret int64"),
            |g| behind(g, "E0411", "v[0] = 3", "v: list[int64]"),
            |g| behind(g, "E0414", "v.append(3)", "v: list[secret int64]"),
            |g| behind(g, "E0414", "v.clear()", "v: dict[int64, secret int64]"),
            |g| behind(g, "E0415", "assert len(v) == 2", "v: list[int64]"),
            |g| behind(g, "E0417", "v()", "v: () -> None"),
            |g| {
                let (c, f, h) = (g.flag(0), g.fresh("fn"), g.fresh("fn"));
                g.item(Node::block(format!("def {f}():"), vec![Node::line("print(1)")]));
                g.item(Node::block(format!("def {h}():"), vec![Node::line(format!("{f}()"))]));
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("{h}()")));
            },
            |g| {
                let (c, f) = (g.flag(0), g.fresh("fn"));
                g.item(Node::block(format!("def {f}[T](v: T):"), vec![Node::line("print(v)")]));
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("{f}(1)")));
            },
            |g| {
                let (c, name) = (g.flag(0), g.fresh("Obj"));
                let tell = Node::block("def tell(self):", vec![Node::line("print(self.v)")]);
                g.item(Node::block(format!("object {name}:"), vec![Node::line("v: int64 = 1"), tell]));
                let o = g.let_("o", "", &format!("{name}(v: 1)"));
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("{o}.tell()")));
            },
            |g| {
                let (c, name) = (g.flag(0), g.fresh("Obj"));
                let put = Node::block("def put(self, z: int64):", vec![Node::line("self.v = z")]);
                g.item(Node::block(format!("object {name}:"), vec![Node::line("v: int64 = 1"), put]));
                let o = g.let_("o", "", &format!("{name}(v: 1)"));
                g.body(format!("if {c}:"), |g| g.bad("E0411", format!("{o}.put(2)")));
            },
            |g| {
                let (c, f) = (g.flag(0), g.fresh("in"));
                g.say("var t6: int64 = 0");
                g.block(format!("def {f}():"), |g| g.say("t6 = 1"));
                g.body(format!("if {c}:"), |g| g.bad("E0411", format!("{f}()")));
            },
            |g| {
                let (c, f) = (g.flag(0), g.fresh("in"));
                g.say("var t6: list[int64] = []");
                g.block(format!("def {f}():"), |g| g.say("t6.append(1)"));
                g.body(format!("if {c}:"), |g| g.bad("E0414", format!("{f}()")));
            },
            |g| {
                let c = g.flag(0);
                let f = g.let_("v", "", "lambda z: print(z)");
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("{f}(1)")));
            },
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.bad("E0410", "discard map([1, 2], lambda z: acc.reveal())"));
            },
        ],
    ),
    never(
        "10.5 change of a length or of keys",
        &[
            |g| changes(g, "var t6: list[secret int64] = [1, 2]", "t6.append(3)"),
            |g| changes(g, "var t6: list[int64] = [1, 2]", "t6.append(3)"),
            |g| changes(g, "var t6: list[secret int64] = [1, 2]", "t6.insert(0, 3)"),
            |g| changes(g, "var t6: list[secret int64] = [1, 2]", "t6.extend([3])"),
            |g| changes(g, "var t6: list[secret int64] = [1, 2]", "discard t6.pop()"),
            |g| changes(g, "var t6: list[secret int64] = [1, 2]", "t6.delete(0)"),
            |g| changes(g, "var t6: list[secret int64] = [1, 2]", "t6.clear()"),
            |g| changes(g, "var t6: list[int64] = [1, 2]", "t6.remove(2)"),
            |g| changes(g, "var t6: dict[int64, int64] = {1: 2}", "t6.remove(1)"),
            |g| changes(g, "var t6: dict[int64, secret int64] = {1: 2}", "t6.clear()"),
        ],
    ),
    ending("10.5 no new key where a secret selects", |g| {
        let c = g.flag(0);
        g.say("var t6: dict[int64, secret int64] = {1: 2}");
        g.body(format!("if {c}:"), |g| g.say("t6[2] = 3"));
        g.traps("R0202");
    }),
    never(
        "10.5 order of a public list",
        &[|g| order(g, "t6.sort()"), |g| order(g, "t6.reverse()"), |g| order(g, "t6.sort(reverse: True)")],
    ),
    never(
        "10.5 assert, expect_trap",
        &[
            |g| stops(g, "assert 1 < 2"),
            |g| stops(g, "assert_close(1, 1, 0)"),
            |g| stops(g, "expect_trap(lambda: 1 / 0)"),
            |g| {
                let s = g.int(0);
                g.bad("E0407", format!("assert {s} == 1"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0407", format!("assert_close({s}, 1, 0)"));
            },
        ],
    ),
    never(
        "10.5 unknown call target",
        &[
            |g| {
                let c = g.flag(0);
                let f = g.let_("v", "() -> int64", "lambda: 1");
                g.body(format!("if {c}:"), |g| g.bad("E0417", format!("acc = acc + {f}()")));
            },
            |g| {
                let c = g.flag(0);
                let f = g.let_("v", "list[() -> int64]", "[lambda: 1]");
                g.body(format!("if {c}:"), |g| g.bad("E0417", format!("acc = acc + {f}[0]()")));
            },
            |g| {
                let (c, name) = (g.flag(0), g.fresh("Obj"));
                g.item(Node::block(format!("object {name}:"), vec![Node::line("f: () -> int64")]));
                let o = g.let_("o", "", &format!("{name}(f: lambda: 1)"));
                g.body(format!("if {c}:"), |g| g.bad("E0417", format!("acc = acc + {o}.f()")));
            },
            |g| {
                let c = g.flag(0);
                let f = g.let_("v", "(int64) -> int64", "lambda z: z");
                g.body(format!("if {c}:"), |g| g.bad("E0417", format!("acc = acc + sum(map([1], {f}))")));
            },
        ],
    ),
    never(
        "10.5 recursion through a secret branch",
        &[
            |g| {
                let (s, f) = (g.int(0), g.fresh("fn"));
                g.item(Node::block(
                    format!("def {f}(v: secret int64) -> secret int64:"),
                    vec![
                        Node::block(
                            "if v > 0:",
                            vec![Node { expect: Some("E0426"), ..Node::line(format!("return {f}(v - 1)")) }],
                        ),
                        Node::block("else:", vec![Node::line("return 0")]),
                    ],
                ));
                g.keep(&format!("{f}({s})"));
            },
            |g| {
                let (s, f, h) = (g.int(0), g.fresh("fn"), g.fresh("fn"));
                g.item(Node::block(
                    format!("def {f}(v: secret int64) -> secret int64:"),
                    vec![
                        Node::block(
                            "if v > 0:",
                            vec![Node { expect: Some("E0426"), ..Node::line(format!("return {h}(v - 1)")) }],
                        ),
                        Node::block("else:", vec![Node::line("return 0")]),
                    ],
                ));
                g.item(Node::block(
                    format!("def {h}(v: secret int64) -> secret int64:"),
                    vec![Node::line(format!("return {f}(v)"))],
                ));
                g.keep(&format!("{f}({s})"));
            },
        ],
    ),
];

/// An effect right in a body.
fn within(g: &mut Gen, stmt: &str) {
    let c = g.flag(0);
    g.body(format!("if {c}:"), |g| g.bad("E0410", stmt));
}

fn changes(g: &mut Gen, before: &str, stmt: &str) {
    let c = g.flag(0);
    g.say(before);
    g.body(format!("if {c}:"), |g| g.bad("E0414", stmt));
}

fn order(g: &mut Gen, stmt: &str) {
    let c = g.flag(0);
    g.say("var t6: list[int64] = [2, 1]");
    g.body(format!("if {c}:"), |g| g.bad("E0411", stmt));
}

fn stops(g: &mut Gen, stmt: &str) {
    let c = g.flag(0);
    g.body(format!("if {c}:"), |g| g.bad("E0415", stmt));
}

/// An effect in a function that a body calls: reported at the call.
fn behind(g: &mut Gen, code: &'static str, stmt: &str, param: &str) {
    let (c, f) = (g.flag(0), g.fresh("fn"));
    g.item(Node::block(format!("def {f}({param}):"), vec![Node::line(stmt)]));
    let arg = match param.split_once(": ") {
        None => String::new(),
        Some((_, "secret int64")) => "acc".to_owned(),
        Some((_, ty)) => {
            let value = match ty {
                "() -> None" => "lambda: print(1)",
                _ if ty.starts_with("dict") => "{1: 2}",
                _ => "[1, 2]",
            };
            g.let_("v", ty, value)
        }
    };
    g.body(format!("if {c}:"), |g| g.bad(code, format!("{f}({arg})")));
}
