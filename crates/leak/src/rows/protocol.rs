//! LANGUAGE §10.9, §10.10 and §17: shares, blinded values, storage, outputs to clients, broadcast.

use super::{Row, anywhere, ending, outside};

pub(super) const ROWS: &[Row] = &[
    anywhere(
        "10.9 Share to and from secrets",
        |g| {
            let (s, x) = (g.int(1), g.fix(0));
            let h = g.let_("v", "Share", &s);
            let back = g.let_("v", "secret int64", &h);
            g.keep(&back);
            g.keep_fix(&format!("Share.mul_scalar({x}, 2)"));
            g.keep(&format!("Share.add({s}, {back})"));
            let sum = g.let_("v", "secret int64", &format!("({h} + {h} * 3)"));
            g.keep(&sum);
        },
        &[
            |g| {
                let s = g.int(0);
                let h = g.let_("v", "Share", &s);
                g.bad("E0401", format!("var t5: int64 = {h}"));
            },
            |g| {
                let s = g.int(0);
                let h = g.let_("v", "Share", &s);
                g.bad("E0401", format!("var t5: int64 = Share.add({h}, {h})"));
            },
            |g| {
                let s = g.int(0);
                let f = g.let_("v", "", "lambda z: z");
                g.say(format!("var t5: Share = {s}"));
                g.bad("E0401", format!("var t4: bool = {f}(t5)"));
            },
            |g| {
                let (s, c) = (g.int(0), g.flag(0));
                let h = g.let_("v", "Share", &s);
                g.bad("E0418", format!("var t5 = select({c}, {h}, {h})"));
            },
        ],
    ),
    outside(
        "10.9 opening shares",
        |g| {
            let e = g.equal();
            let h = g.let_("v", "Share", &e);
            g.say(format!("print({h}.open(), Share.open({e}), Share.batch_open([{e}, {e}]))"));
        },
        &[
            |g| {
                let (s, c) = (g.int(0), g.flag(0));
                let h = g.let_("v", "Share", &s);
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("discard {h}.open()")));
            },
            |g| {
                let (s, c) = (g.int(0), g.flag(0));
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("discard Share.open({s})")));
            },
            |g| {
                let (s, c) = (g.int(0), g.flag(0));
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("discard Share.batch_open([{s}])")));
            },
        ],
    ),
    anywhere(
        "10.10 blinded values",
        |g| {
            let s = g.int(0);
            let r = g.let_("v", "secret int64", "Share.random()");
            g.keep(&format!("({s} + {r} - {r})"));
        },
        &[
            |g| g.bad("E0419", "var t5 = Share.random()"),
            |g| {
                let s = g.int(0);
                let r = g.let_("v", "secret int64", "Share.random()");
                g.bad("E0401", format!("var t5: int64 = {s} + {r}"));
            },
        ],
    ),
    outside(
        "10.10 revealing what is masked",
        |g| {
            let e = g.equal();
            let r = g.let_("v", "secret int64", "Share.random()");
            g.say(format!("print(({e} + {r}).reveal(), ({r} - {r}).reveal(), ({r} == {r}).reveal())"));
            let b = g.let_("v", "secret bool", "Share.random()");
            g.say(format!("print(({b} xor {b}).reveal(), {b}.reveal())"));
        },
        &[],
    ),
    outside(
        "17.2 storage",
        |g| {
            let (s, key, n) = (g.int(1), g.fresh("key"), g.number());
            g.say(format!("discard LocalStorage.store(\"{key}\", {s})"));
            let v = g.let_("v", "secret int64", &format!("LocalStorage.load(\"{key}\")"));
            g.keep(&v);
            g.say(format!("discard LocalStorage.store(\"{key}\", ({s}, {n}, [{s}]))"));
            let w =
                g.let_("v", "(secret int64, int64, list[secret int64])", &format!("LocalStorage.retrieve(\"{key}\")"));
            g.keep(&format!("{w}[0] + {w}[1] + {w}[2][0]"));
            g.say(format!("print(LocalStorage.exists(\"{key}\"), LocalStorage.delete(\"{key}\"))"));
            let o = g.let_("v", "int64?", &format!("LocalStorage.load(\"{key}\")"));
            g.say(format!("print({o})"));
        },
        &[
            |g| {
                let (s, c) = (g.int(0), g.flag(0));
                g.body(format!("if {c}:"), |g| g.bad("E0410", format!("discard LocalStorage.store(\"x\", {s})")));
            },
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.bad("E0410", "discard LocalStorage.exists(\"x\")"));
            },
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.bad("E0410", "var t5: int64 = LocalStorage.load(\"x\")"));
            },
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.bad("E0410", "discard LocalStorage.delete(\"x\")"));
            },
        ],
    ),
    ending("17.2 a secret is not loaded as public", |g| {
        let (s, key) = (g.int(0), g.fresh("key"));
        g.say(format!("discard LocalStorage.store(\"{key}\", {s})"));
        g.say(format!("var t5: int64 = LocalStorage.load(\"{key}\")"));
        g.say("print(t5)");
        g.traps("R0402");
    }),
    ending("17.2 no list of secrets is loaded as public", |g| {
        let (l, key) = (g.list(), g.fresh("key"));
        g.say(format!("discard LocalStorage.store(\"{key}\", {l})"));
        g.say(format!("var t5: list[int64] = LocalStorage.load(\"{key}\")"));
        g.say("print(t5)");
        g.traps("R0402");
    }),
    outside(
        "17.2 outputs to clients",
        |g| {
            let s = g.int(1);
            g.say(format!("reveal_to(\"ann\", {s})"));
            g.say(format!("discard MpcOutput.send_to_client(0, {s})"));
        },
        &[
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.bad("E0410", "discard MpcOutput.send_to_client(0, acc)"));
            },
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.bad("E0410", "discard Share.send_to_client(acc, 0)"));
            },
        ],
    ),
    outside(
        "17.2 broadcast",
        |g| {
            let n = g.number();
            g.say(format!("discard Rbc.broadcast(f\"m {{{n}}}\")"));
            g.say("print(Rbc.receive(0, 1000))");
        },
        &[
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.bad("E0410", "discard Rbc.broadcast(\"x\")"));
            },
            |g| {
                let c = g.flag(0);
                g.body(format!("if {c}:"), |g| g.bad("E0410", "discard Rbc.receive(0, 10)"));
            },
        ],
    ),
];
