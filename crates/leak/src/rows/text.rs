//! LANGUAGE §10.1 on secret text: its length is public, its characters are not.

use super::{Row, anywhere};
use crate::generate::{Class, Gen, Ty};
use crate::tree::Node;

pub(super) const ROWS: &[Row] = &[
    anywhere(
        "10.1 secret text",
        |g| {
            let (t, c) = (text(g), g.flag(0));
            g.keep_flag(&format!("({t} == \"abc\" or {t}[0] != {t}[1])"));
            g.keep(&format!("len({t} + \"x\") + len({t}[0:2])"));
            g.keep_flag(&format!("(select({c}, {t}, \"xyz\") == \"abc\")"));
            g.keep_flag(&format!("any([v == \"a\" for v in {t}])"));
        },
        &[
            |g| refused(g, "E0401", |t| format!("var t1: string = {t}")),
            |g| refused(g, "E0401", |t| format!("var t1: string = \"a\" + {t}")),
            |g| refused(g, "E0401", |t| format!("var t1: string = {t}[0]")),
            |g| refused(g, "E0401", |t| format!("var t1: string = {t}[0:2]")),
            |g| refused(g, "E0401", |t| format!("var t1: bool = {t} == \"abc\"")),
            |g| refused(g, "E0401", |t| format!("var t1: list[string] = [{t}]")),
            |g| refused(g, "E0401", |t| format!("var t1: (string, int64) = ({t}, 1)")),
            |g| refused(g, "E0401", |t| format!("var t1: string? = {t}")),
            |g| refused(g, "E0401", |t| format!("var t1: list[string] = [v for v in {t}]")),
            |g| refused(g, "E0401", |t| format!("print(upper({t}))")),
            |g| refused(g, "E0326", |t| format!("var t1 = {{{t}: 1}}")),
            |g| {
                let name = g.fresh("Obj");
                g.item(Node::block(format!("object {name}:"), vec![Node::line("v: string")]));
                refused(g, "E0401", |t| format!("var t1 = {name}(v: {t})"));
            },
            |g| {
                let f = g.fresh("fn");
                g.item(Node::block(format!("def {f}(v: string) -> int64:"), vec![Node::line("return len(v)")]));
                refused(g, "E0401", |t| format!("acc = acc + {f}({t})"));
            },
            |g| {
                let s = g.int(0);
                refused(g, "E0409", |t| format!("discard {t}[{s}]"));
            },
            |g| {
                let s = g.int(0);
                refused(g, "E0408", |t| format!("discard {t}[{s}:]"));
            },
            |g| {
                let c = g.flag(0);
                let t = text(g);
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("discard {t}.reveal()")));
            },
            |g| {
                let t = text(g);
                g.say("var t1: int64 = 0");
                g.body(format!("if {t} == \"abc\":"), |g| g.bad("E0411", "t1 = 1"));
            },
            |g| refused(g, "E0407", |t| format!("assert {t} == \"abc\"")),
        ],
    ),
    anywhere(
        "10.6 text that merges",
        |g| {
            let (t, c) = (text(g), g.flag(1));
            let v = g.let_("v", "secret string", "\"non\"");
            g.body(format!("if {c}:"), |g| g.say(format!("{v} = {t}")));
            g.keep_flag(&format!("({v} == {t})"));
        },
        &[
            |g| {
                let c = g.flag(0);
                g.say("var t1: string = \"no\"");
                g.body(format!("if {c}:"), |g| g.bad("E0411", "t1 = \"ok\""));
            },
            |g| {
                let (t, c) = (text(g), g.flag(0));
                g.say("var risen1 = \"non\"");
                g.body(format!("if {c}:"), |g| g.say(format!("risen1 = {t}")));
                g.bad("E0401", "var t1: string = risen1");
            },
        ],
    ),
];

/// A secret text of three characters.
fn text(g: &mut Gen) -> String {
    match g.var(Ty::Text, Class::Secret) {
        Some(name) => name,
        None => {
            let (c, name) = (g.flag(0), g.fresh("v"));
            g.say(format!("var {name}: secret string = \"abc\""));
            g.body(format!("if {c}:"), |g| g.say(format!("{name} = \"abd\"")));
            name
        }
    }
}

/// An attempt to do something public with it.
fn refused(g: &mut Gen, code: &'static str, of: impl Fn(&str) -> String) {
    let t = text(g);
    g.bad(code, of(&t));
}
