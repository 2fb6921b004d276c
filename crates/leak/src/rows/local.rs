//! LANGUAGE §10.11: values that differ between parties steer nothing that all do alike, and enter nothing that all share.

use super::{Row, never, outside};
use crate::generate::Gen;
use crate::tree::Node;

pub(super) const ROWS: &[Row] = &[
    outside(
        "10.11 party-local values are printed and stored",
        |g| {
            let key = g.fresh("own");
            let me = g.let_("v", "", "Mpc.party_id()");
            let next = g.let_("v", "", &format!("{me} * 2 + 1"));
            g.say(format!("print({me}, f\"{{{next}}}\", len(Mpc.rand()), [{me}, 1])"));
            g.say(format!("discard LocalStorage.store(\"{key}\", {next})"));
            let f = g.fresh("fn");
            g.item(Node::block(format!("def {f}(v: int64) -> int64:"), vec![Node::line("return v + 1")]));
            let n = g.number();
            g.say(format!("print({f}({me}), {f}({n}))"));
        },
        &[],
    ),
    outside(
        "10.11 branches on party-local values",
        |g| {
            let me = g.let_("v", "", "Mpc.party_id()");
            let seen = g.let_("v", "", &format!("0 + {me}"));
            g.block(format!("if {me} == 0:"), |g| {
                g.say("print(\"first\")");
                g.say("discard Rbc.broadcast(\"hello\")");
            });
            g.block(format!("elif {me} == 1:"), |g| {
                g.say(format!("{seen} = 7"));
                g.say("discard LocalStorage.store(\"mine\", 3)");
            });
            g.block("else:", |g| g.say(format!("var note = {me} + 1")));
            g.say(format!("print({seen})"));
        },
        &[
            |g| steered(g, "acc = 1"),
            |g| {
                g.say("var t4: int64 = 0");
                steered(g, "t4 = 1");
            },
            |g| {
                g.say("var t4 = [1]");
                steered(g, "t4[0] = 2");
            },
            |g| {
                g.say("var t4 = [1]");
                steered(g, "t4.append(2)");
            },
            |g| steered(g, "pass"),
            |g| steered(g, "print(acc.reveal())"),
            |g| {
                let f = g.fresh("fn");
                g.item(Node::block(format!("def {f}():"), vec![Node::line("print(1)")]));
                steered(g, &format!("{f}()"));
            },
            |g| {
                let name = g.fresh("Obj");
                g.item(Node::block(format!("object {name}:"), vec![Node::line("v: int64")]));
                g.say(format!("var t4 = {name}(v: 1)"));
                steered(g, "t4.v = 2");
            },
            |g| {
                g.block("if Mpc.party_id() == 0:", |g| g.say("print(1)"));
                g.block("else:", |g| g.bad("E0420", "pass"));
            },
        ],
    ),
    never(
        "10.11 party-local values steer nothing",
        &[
            |g| g.bad_block("E0420", "while Mpc.party_id() > 9:"),
            |g| g.bad_block("E0420", "for j4 in 0..Mpc.party_id():"),
            |g| g.bad_block("E0420", "for j4 in Mpc.rand():"),
            |g| g.bad("E0420", "assert Mpc.party_id() == 0"),
            |g| g.bad("E0420", "acc = acc + [1, 2, 3][Mpc.party_id()]"),
            |g| {
                let l = g.list();
                g.bad("E0420", format!("acc = acc + {l}[Mpc.party_id()]"));
            },
            |g| {
                let body = vec![Node::block("case 0:", vec![Node::line("print(1)")])];
                g.push_node(Node { expect: Some("E0420"), ..Node::block("match Mpc.party_id():", body) });
            },
            |g| {
                let f = g.fresh("fn");
                let body =
                    vec![Node { expect: Some("E0420"), ..Node::block("while v > 9:", vec![Node::line("v -= 1")]) }];
                g.item(Node::block(format!("def {f}(v: int64):"), body));
                g.say(format!("{f}(Mpc.party_id())"));
            },
            |g| g.bad("E0420", "print([v for v in [1, 2] if v == Mpc.party_id()])"),
            |g| g.bad("E0420", "print(1 if Mpc.party_id() == 0 else 2)"),
            |g| {
                g.say("var me4 = Mpc.party_id()");
                g.bad("E0420", "print(\"abc\"[0:me4])");
            },
        ],
    ),
    never(
        "10.11 party-local values enter nothing common",
        &[
            |g| {
                let s = g.int(0);
                g.bad("E0421", format!("acc = {s} + Mpc.party_id()"));
            },
            |g| g.bad("E0421", "acc = Mpc.party_id()"),
            |g| {
                let f = g.fresh("fn");
                g.item(Node::block(format!("def {f}(v: int64) -> int64:"), vec![Node::line("return v + 1")]));
                g.bad("E0421", format!("acc = {f}(Mpc.party_id())"));
            },
            |g| {
                let f = g.let_("v", "", "lambda z: z + 1");
                g.bad("E0421", format!("acc = {f}(Mpc.party_id())"));
            },
            |g| g.bad("E0421", "var t4: secret int64 = Mpc.party_id()"),
            |g| {
                g.say("var t4 = [1]");
                g.bad("E0421", "t4.append(Mpc.party_id())");
            },
            |g| {
                g.say("var t4 = [1]");
                g.bad("E0421", "t4[0] = Mpc.party_id()");
            },
            |g| {
                g.say("var t4 = {1: 2}");
                g.bad("E0421", "t4[1] = Mpc.party_id()");
            },
            |g| {
                let name = g.fresh("Obj");
                g.item(Node::block(format!("object {name}:"), vec![Node::line("v: int64")]));
                g.bad("E0421", format!("var t4 = {name}(v: Mpc.party_id())"));
            },
            |g| {
                let name = g.fresh("Obj");
                g.item(Node::block(format!("object {name}:"), vec![Node::line("v: int64")]));
                g.say(format!("var t4 = {name}(v: 1)"));
                g.bad("E0421", "t4.v = Mpc.party_id()");
            },
            |g| {
                g.say("var t4 = 0");
                let f = g.fresh("in");
                g.block(format!("def {f}():"), |g| g.bad("E0421", "t4 = Mpc.party_id()"));
                g.say(format!("{f}()"));
                g.say("print(t4)");
            },
            |g| {
                let s = g.int(0);
                let f = g.fresh("fn");
                let body = vec![Node { expect: Some("E0421"), ..Node::line("return v + w") }];
                g.item(Node::block(format!("def {f}(v: secret int64, w: int64) -> secret int64:"), body));
                g.keep(&format!("{f}({s}, Mpc.party_id())"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0421", format!("discard Share.mul_scalar({s}, Mpc.party_id())"));
            },
            |g| {
                let c = g.flag(0);
                g.say("var t4 = Mpc.party_id()");
                g.bad("E0421", format!("acc = select({c}, acc, t4)"));
            },
        ],
    ),
];

/// A statement that only some parties would do.
fn steered(g: &mut Gen, stmt: &str) {
    g.block("if Mpc.party_id() == 0:", |g| g.bad("E0420", stmt));
}
