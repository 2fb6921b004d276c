//! LANGUAGE §11 under §10.1: fields, methods, inheritance, secret views, enums, optionals.

use super::{Row, anywhere};
use crate::generate::Gen;
use crate::tree::Node;

pub(super) const ROWS: &[Row] = &[
    anywhere(
        "11.1 fields",
        |g| {
            let (name, s, v) = (object(g, &["v: secret int64", "w: int64 = 3"]), g.int(1), g.int(1));
            let o = g.let_("o", "", &format!("{name}(v: {s}, w: 2)"));
            g.say(format!("{o}.v = {v}"));
            let alias = g.let_("o", "", &o);
            g.say(format!("{alias}.v += 1"));
            g.keep(&format!("{o}.v * {o}.w"));
        },
        &[
            |g| {
                let (name, s) = (object(g, &["v: int64"]), g.int(0));
                g.bad("E0401", format!("var t9 = {name}(v: {s})"));
            },
            |g| {
                let (name, s) = (object(g, &["v: int64"]), g.int(0));
                let o = g.let_("o", "", &format!("{name}(v: 1)"));
                g.bad("E0401", format!("{o}.v = {s}"));
            },
            |g| {
                let (name, s) = (object(g, &["v: secret int64"]), g.int(0));
                let o = g.let_("o", "", &format!("{name}(v: {s})"));
                g.bad("E0401", format!("var t9: int64 = {o}.v"));
            },
            |g| {
                let (name, l) = (object(g, &["v: list[int64]"]), g.list());
                g.bad("E0401", format!("var t9 = {name}(v: {l})"));
            },
        ],
    ),
    anywhere(
        "11.2 methods and inheritance",
        |g| {
            let (base, s, n) = (g.fresh("Base"), g.int(1), g.number());
            g.item(Node::block(
                format!("object {base}:"),
                vec![
                    Node::line("v: secret int64 = 1"),
                    Node::block("def total(self, by: int64) -> secret int64:", vec![Node::line("return self.v * by")]),
                    Node::block("def put(self, z: secret int64):", vec![Node::line("self.v = self.v +% z")]),
                ],
            ));
            let name = g.fresh("Obj");
            g.item(Node::block(format!("object {name}({base}):"), vec![Node::line("cap: int64 = 2")]));
            let o = g.let_("o", "", &format!("{name}(v: {s}, cap: 4)"));
            g.say(format!("{o}.put({s})"));
            g.keep(&format!("{o}.total({n}) + {o}.cap"));
        },
        &[
            |g| {
                let (base, s) = (g.fresh("Base"), g.int(0));
                g.item(Node::block(
                    format!("object {base}:"),
                    vec![
                        Node::line("v: int64 = 1"),
                        Node::block("def put(self, z: int64):", vec![Node::line("self.v = z")]),
                    ],
                ));
                let name = g.fresh("Obj");
                g.item(Node::block(format!("object {name}({base}):"), vec![Node::line("cap: int64 = 2")]));
                let o = g.let_("o", "", &format!("{name}(v: 1, cap: 4)"));
                g.bad("E0401", format!("{o}.put({s})"));
            },
            |g| {
                let (base, s) = (g.fresh("Base"), g.int(0));
                let put = vec![Node { expect: Some("E0401"), ..Node::line("self.v = z") }];
                g.item(Node::block(
                    format!("object {base}:"),
                    vec![Node::line("v: int64 = 1"), Node::block("def put(self, z: secret int64):", put)],
                ));
                let o = g.let_("o", "", &format!("{base}(v: 1)"));
                g.say(format!("{o}.put({s})"));
            },
            |g| {
                let (base, s) = (g.fresh("Base"), g.int(0));
                let get = vec![Node { expect: Some("E0401"), ..Node::line("return self.v") }];
                g.item(Node::block(
                    format!("object {base}:"),
                    vec![Node::line("v: secret int64 = 1"), Node::block("def get(self) -> int64:", get)],
                ));
                let o = g.let_("o", "", &format!("{base}(v: {s})"));
                g.say(format!("acc = acc + {o}.get()"));
            },
        ],
    ),
    anywhere(
        "10.1 secret views of objects",
        |g| {
            let (name, s) = (object(g, &["v: int64", "w: bool = True"]), g.int(0));
            let f = g.fresh("fn");
            g.item(Node::block(
                format!("def {f}(o: secret {name}) -> secret int64:"),
                vec![Node::line("return o.v + 1")],
            ));
            let o = g.let_("o", &format!("secret {name}"), &format!("{name}(v: 2, w: False)"));
            g.say(format!("{o}.v = {s}"));
            g.keep(&format!("{f}({o}) + {f}({name}(v: 5, w: True))"));
        },
        &[
            |g| {
                let (name, s) = (object(g, &["v: int64"]), g.int(0));
                let o = g.let_("o", &format!("secret {name}"), &format!("{name}(v: 2)"));
                g.say(format!("{o}.v = {s}"));
                g.bad("E0401", format!("var t9: {name} = {o}"));
            },
            |g| {
                let name = object(g, &["v: int64"]);
                let o = g.let_("o", &format!("secret {name}"), &format!("{name}(v: 2)"));
                g.bad("E0401", format!("var t9: int64 = {o}.v"));
            },
            |g| {
                let name = object(g, &["v: int64"]);
                let f = g.fresh("fn");
                g.item(Node::block(format!("def {f}(o: {name}) -> int64:"), vec![Node::line("return o.v")]));
                let o = g.let_("o", &format!("secret {name}"), &format!("{name}(v: 2)"));
                g.bad("E0401", format!("acc = acc + {f}({o})"));
            },
            |g| {
                let (name, s) = (object(g, &["v: int64"]), g.int(0));
                let l = g.let_("v", &format!("list[{name}]"), &format!("[{name}(v: 2)]"));
                g.bad("E0401", format!("{l}[0].v = {s}"));
            },
        ],
    ),
    anywhere(
        "11.3 secret enums",
        |g| {
            let (name, c) = (g.fresh("Side"), g.flag(0));
            g.item(Node::block(format!("enum {name}:"), vec![Node::line("buy"), Node::line("sell")]));
            let e = g.let_("v", &format!("secret {name}"), &format!("select({c}, {name}.buy, {name}.sell)"));
            g.keep_flag(&format!("({e} == {name}.sell)"));
            g.keep(&format!("{e} + 1"));
        },
        &[
            |g| {
                let (name, c) = (g.fresh("Side"), g.flag(0));
                g.item(Node::block(format!("enum {name}:"), vec![Node::line("buy"), Node::line("sell")]));
                g.bad("E0401", format!("var t9: {name} = select({c}, {name}.buy, {name}.sell)"));
            },
            |g| {
                let (name, c) = (g.fresh("Side"), g.flag(0));
                g.item(Node::block(format!("enum {name}:"), vec![Node::line("buy"), Node::line("sell")]));
                let e = g.let_("v", &format!("secret {name}"), &format!("select({c}, {name}.buy, {name}.sell)"));
                g.bad("E0401", format!("var t9: int64 = {e}"));
            },
        ],
    ),
    anywhere(
        "11.4 optionals",
        |g| {
            let (s, n) = (g.int(1), g.number());
            let (f, o) = (g.fresh("fn"), g.fresh("v"));
            g.item(Node::block(
                format!("def {f}(o: (secret int64)?) -> secret int64:"),
                vec![Node::block("if o is None:", vec![Node::line("return 0")]), Node::line("return o + 1")],
            ));
            g.say(format!("var {o}: (secret int64)? = None"));
            g.block(format!("if {n} > 1:"), |g| g.say(format!("{o} = {s}")));
            g.keep(&format!("{f}({o}) + {f}({s}) + {f}(None)"));
        },
        &[
            |g| {
                let s = g.int(0);
                g.bad("E0401", format!("var t9: int64? = {s}"));
            },
            |g| {
                let s = g.int(0);
                let o = g.let_("v", "(secret int64)?", &s);
                g.bad("E0401", format!("var t9: int64? = {o}"));
            },
            |g| {
                let s = g.int(0);
                let o = g.let_("v", "(secret int64)?", &s);
                g.block(format!("if {o} is not None:"), |g| g.bad("E0401", format!("var t9: int64 = {o}")));
            },
            |g| {
                let (s, f) = (g.int(0), g.fresh("fn"));
                g.item(Node::block(
                    format!("def {f}(o: int64?) -> int64:"),
                    vec![Node::block("if o is None:", vec![Node::line("return 0")]), Node::line("return o")],
                ));
                g.bad("E0401", format!("acc = acc + {f}({s})"));
            },
        ],
    ),
    anywhere(
        "10.6 objects, tuples and lists chosen by a secret",
        |g| {
            let (name, s, c, l) = (object(g, &["v: secret int64"]), g.int(0), g.flag(0), g.list());
            let o = g.let_("o", "", &format!("{name}(v: {s})"));
            let p = g.let_("o", "", &format!("select({c}, {o}, {name}(v: 3))"));
            g.say(format!("{p}.v += 1"));
            g.keep(&format!("{o}.v + {p}.v"));
            g.keep(&format!("select({c}, {l}, [1, 2, 3])[1] + select({c}, ({s}, 2), (3, 4))[0]"));
        },
        &[
            |g| {
                let (name, c) = (object(g, &["v: int64"]), g.flag(0));
                g.bad("E0401", format!("var t9: {name} = select({c}, {name}(v: 1), {name}(v: 3))"));
            },
            |g| {
                let c = g.flag(0);
                g.bad("E0401", format!("var t9: list[int64] = select({c}, [1, 2], [3, 4])"));
            },
            |g| {
                let c = g.flag(0);
                g.bad("E0401", format!("var t9: (int64, int64) = select({c}, (1, 2), (3, 4))"));
            },
            |g| {
                let c = g.flag(0);
                g.bad("E0418", format!("var t9 = select({c}, (\"a\", 1), (\"b\", 2))"));
            },
            |g| {
                let c = g.flag(0);
                let (f, h) = (g.let_("v", "() -> int64", "lambda: 1"), g.let_("v", "() -> int64", "lambda: 2"));
                g.bad("E0418", format!("var t9 = select({c}, {f}, {h})"));
            },
        ],
    ),
];

/// An object type with these fields.
fn object(g: &mut Gen, fields: &[&str]) -> String {
    let name = g.fresh("Obj");
    g.item(Node::block(format!("object {name}:"), fields.iter().map(|field| Node::line(*field)).collect()));
    name
}
