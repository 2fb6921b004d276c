//! LANGUAGE §10.4, §10.6, §10.7 and §12 on lists, dicts, tuples and strings: reductions, order, search, secret indices; lengths,
//! keys and positions are public.

use super::{Row, anywhere, outside};
use crate::generate::{Class, Ty};

pub(super) const ROWS: &[Row] = &[
    anywhere(
        "10.4 sum of a list",
        |g| {
            let l = g.list();
            g.keep(&format!("sum({l})"));
            if let Some(bs) = g.var(Ty::Bools, Class::Secret) {
                g.keep(&format!("sum({bs})"));
            }
        },
        &[|g| {
            let l = g.list();
            g.bad("E0401", format!("var t9: int64 = sum({l})"));
        }],
    ),
    anywhere(
        "10.4 mean of a list",
        |g| {
            let l = g.list();
            g.keep_fix(&format!("mean({l})"));
            if let Some(fs) = g.var(Ty::Fixes, Class::Secret) {
                g.keep_fix(&format!("mean({fs})"));
            }
        },
        &[|g| {
            let l = g.list();
            g.bad("E0401", format!("var t9: float64 = mean({l})"));
        }],
    ),
    anywhere(
        "10.4 any all",
        |g| {
            let l = g.list();
            g.keep_flag(&format!("any([v > 2 for v in {l}])"));
            if let Some(bs) = g.var(Ty::Bools, Class::Secret) {
                g.keep_flag(&format!("all({bs})"));
            }
        },
        &[|g| {
            let l = g.list();
            g.bad("E0401", format!("var t9: bool = all([v > 2 for v in {l}])"));
        }],
    ),
    anywhere(
        "10.4 sort sorted",
        |g| {
            let l = g.list();
            g.keep(&format!("sorted({l})[1]"));
            let w = g.let_("v", "list[secret int64]", &format!("copy({l})"));
            g.say(format!("{w}.sort(reverse: True)"));
            g.keep(&format!("{w}[0] - {w}[2]"));
        },
        &[
            |g| {
                let l = g.list();
                g.bad("E0401", format!("var t9: list[int64] = sorted({l})"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0418", format!("var t9 = sorted([\"a\", \"b\"], key: lambda t: {s})"));
            },
        ],
    ),
    outside(
        "16 sort by a secret key",
        |g| {
            let l = g.list();
            g.keep(&format!("sorted({l}, key: lambda v: -v)[0]"));
            let s = g.int(0);
            g.keep(&format!("sorted([({s}, 1), (2, {s})], key: lambda p: p[0])[0][1]"));
        },
        &[|g| {
            let s = g.int(0);
            let w = g.let_("v", "list[int64]", "[1, 2, 3]");
            g.bad("E0401", format!("{w}.sort(key: lambda v: v * {s})"));
        }],
    ),
    anywhere(
        "10.4 argmin argmax",
        |g| {
            let l = g.list();
            g.keep(&format!("argmin({l}) + argmax({l})"));
        },
        &[|g| {
            let l = g.list();
            g.bad("E0401", format!("var t9: int64 = argmin({l})"));
        }],
    ),
    anywhere(
        "10.4 in, count, index",
        |g| {
            let (l, s, n) = (g.list(), g.int(0), g.number());
            g.keep_flag(&format!("({s} in {l} or {n} not in {l})"));
            g.keep(&format!("count({l}, {s}) + {l}.count({n})"));
            g.keep(&format!("index({l} + [{s}], {s})"));
        },
        &[
            |g| {
                let (l, s) = (g.list(), g.int(0));
                g.bad("E0401", format!("var t9: bool = {s} in {l}"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0401", format!("var t9: int64 = count([1, 2], {s})"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0401", format!("var t9: int64 = index([1, 2], {s})"));
            },
        ],
    ),
    anywhere(
        "10.7 xs[s] read",
        |g| {
            let (l, s) = (g.list(), g.int(1));
            g.keep(&format!("{l}[{s} mod 3]"));
            g.keep(&format!("[10, 20, 30][{s} mod 3]"));
            g.keep_flag(&format!("[True, False][{s} mod 2]"));
            if let Some(fs) = g.var(Ty::Fixes, Class::Secret) {
                g.keep_fix(&format!("{fs}[{s} mod 3]"));
            }
        },
        &[
            |g| {
                let s = g.int(0);
                g.bad("E0401", format!("var t9: int64 = [10, 20, 30][{s} mod 3]"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0418", format!("var t9 = [\"a\", \"b\"][{s} mod 2]"));
            },
        ],
    ),
    anywhere(
        "10.7 xs[s] = v",
        |g| {
            let (l, s, v) = (g.list(), g.int(1), g.int(1));
            let w = g.let_("v", "list[secret int64]", &format!("copy({l})"));
            g.say(format!("{w}[{s} mod 3] = {v}"));
            g.say(format!("{w}[{s} mod 3] += 1"));
            g.keep(&format!("{w}[1]"));
        },
        &[
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "list[int64]", "[1, 2, 3]");
                g.bad("E0401", format!("{w}[{s} mod 3] = 7"));
            },
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "list[int64]", "[1, 2, 3]");
                g.bad("E0401", format!("{w}[0] = {s}"));
            },
        ],
    ),
    anywhere(
        "12 lists hold what they are declared to hold",
        |g| {
            let (s, n) = (g.int(1), g.number());
            let w = g.let_("v", "list[secret int64]", &format!("[{s}, {n}]"));
            g.say(format!("{w}[-1] = {n}"));
            g.keep(&format!("({w} + [3])[2] + ({w} * 2)[3] + len({w}[0:1])"));
            g.keep(&format!("reversed({w})[0] + zip({w}, [1, 2])[0][0]"));
        },
        &[
            |g| {
                let s = g.int(0);
                g.bad("E0401", format!("var t9: list[int64] = [1, {s}]"));
            },
            |g| {
                let l = g.list();
                g.bad("E0401", format!("var t9: list[int64] = {l}"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0401", format!("var t9: list[list[int64]] = [[1], [{s}]]"));
            },
            |g| {
                let l = g.list();
                g.bad("E0401", format!("var t9: list[int64] = {l}[0:2]"));
            },
            |g| {
                let l = g.list();
                g.bad("E0401", format!("var t9: list[int64] = [v + 1 for v in {l}]"));
            },
            |g| {
                let l = g.list();
                g.bad("E0401", format!("var t9: list[(int64, int64)] = enumerate({l})"));
            },
        ],
    ),
    outside(
        "12 append insert extend",
        |g| {
            let (s, l) = (g.int(1), g.list());
            let w = g.let_("v", "list[secret int64]", "[]");
            g.say(format!("{w}.append({s})"));
            g.say(format!("{w}.extend({l})"));
            g.say(format!("{w}.insert(0, 5)"));
            g.say(format!("discard {w}.pop()"));
            g.keep(&format!("sum({w})"));
        },
        &[
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "list[int64]", "[]");
                g.bad("E0401", format!("{w}.append({s})"));
            },
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "list[int64]", "[1]");
                g.bad("E0401", format!("{w}.insert(0, {s})"));
            },
            |g| {
                let l = g.list();
                let w = g.let_("v", "list[int64]", "[1]");
                g.bad("E0401", format!("{w}.extend({l})"));
            },
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "list[int64]", "[1, 2]");
                g.bad("E0408", format!("discard {w}.pop({s})"));
            },
            |g| {
                let (l, s) = (g.list(), g.int(0));
                g.bad("E0408", format!("{l}.remove({s})"));
            },
        ],
    ),
    anywhere(
        "10.7 dict with a secret key",
        |g| {
            let (s, v) = (g.int(1), g.int(0));
            let w = g.let_("v", "dict[int64, secret int64]", "{0: 4, 1: 5, 2: 6}");
            g.keep(&format!("{w}[{s} mod 3] + {w}.get({s}, 9)"));
            g.say(format!("{w}[{s} mod 3] = {v}"));
            g.say(format!("{w}[1] = {v}"));
            g.keep(&format!("sum({w}.values()) + len({w})"));
            g.keep(&format!("{{0: 10, 1: 20}}[{s} mod 2]"));
        },
        &[
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "dict[int64, int64]", "{0: 4, 1: 5}");
                g.bad("E0401", format!("{w}[{s} mod 2] = 3"));
            },
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "dict[int64, int64]", "{0: 4, 1: 5}");
                g.bad("E0401", format!("{w}[0] = {s}"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0401", format!("var t9: dict[int64, int64] = {{1: {s}}}"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0401", format!("var t9: int64 = {{0: 10, 1: 20}}[{s} mod 2]"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0326", format!("var t9 = {{{s}: 1}}"));
            },
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "dict[int64, secret int64]", &format!("{{0: {s}}}"));
                g.bad("E0401", format!("var t9: dict[int64, int64] = {w}"));
            },
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "dict[int64, secret int64]", &format!("{{0: {s}}}"));
                g.bad("E0401", format!("var t9: list[int64] = {w}.values()"));
            },
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "dict[int64, secret int64]", &format!("{{0: {s}}}"));
                g.bad("E0401", format!("var t9: int64 = {w}.get(0, 1)"));
            },
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "dict[string, int64]", "{\"a\": 4}");
                g.bad("E0409", format!("acc = acc + {w}[{s}]"));
            },
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "dict[int64, secret int64]", "{0: 4}");
                g.bad("E0409", format!("{w}.remove({s})"));
            },
        ],
    ),
    anywhere(
        "11.5 tuples",
        |g| {
            let (s, c) = (g.int(1), g.flag(0));
            let w = g.let_("v", "", &format!("({s}, 2, {c})"));
            g.keep(&format!("{w}[0] + {w}[1]"));
            let (p, r) = (g.fresh("v"), g.fresh("v"));
            g.say(format!("var {p}, {r} = ({s}, {c})"));
            g.keep_flag(&format!("({r} and {p} > 0)"));
            g.keep_flag(&format!("({w} == (1, 2, True))"));
        },
        &[
            |g| {
                let s = g.int(0);
                g.bad("E0401", format!("var t9: (int64, bool) = ({s}, True)"));
            },
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "", &format!("({s}, 2)"));
                g.bad("E0401", format!("var t9: int64 = {w}[0]"));
            },
            |g| {
                let s = g.int(0);
                let w = g.let_("v", "", &format!("({s}, 2)"));
                g.bad("E0401", format!("var t9: bool = {w} == (1, 2)"));
            },
            |g| {
                let s = g.int(0);
                g.say("var t9: int64 = 0");
                g.bad("E0401", format!("t9, acc = ({s}, {s})"));
            },
        ],
    ),
    anywhere(
        "10.5 comprehensions",
        |g| {
            let (l, n) = (g.list(), g.number());
            g.keep(&format!("sum([v * 2 for v in {l} if {n} > 0])"));
            g.keep(&format!("sum({{i: v for i, v in enumerate({l})}}.values())"));
            g.keep(&format!("sum([v + w for v in {l} for w in {l}])"));
        },
        &[
            |g| {
                let l = g.list();
                g.bad("E0407", format!("acc = acc + sum([v for v in {l} if v > 1])"));
            },
            |g| {
                let l = g.list();
                g.bad("E0407", format!("var t9 = {{i: v for i, v in enumerate({l}) if v > 1}}"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0408", format!("acc = acc + sum([v for v in 0..{s}])"));
            },
            |g| {
                let l = g.list();
                g.bad("E0326", format!("var t9 = {{v: 1 for v in {l}}}"));
            },
        ],
    ),
    outside(
        "10.5 bounds, lengths and repeat counts",
        |g| {
            let (l, n) = (g.list(), g.number());
            g.block(format!("for j9 in 0..len({l}):"), |g| g.keep(&format!("{l}[j9]")));
            g.keep(&format!("sum({l}[0:{n}]) + sum([1] * {n})"));
            g.keep(&format!("sum(range({n}))"));
        },
        &[
            |g| {
                let s = g.int(0);
                g.bad_block("E0408", format!("for j9 in 0..{s}:"));
            },
            |g| {
                let s = g.int(0);
                g.bad_block("E0408", format!("for j9 in {s}..5:"));
            },
            |g| {
                let (l, s) = (g.list(), g.int(0));
                g.bad("E0408", format!("acc = acc + sum({l}[0:{s}])"));
            },
            |g| {
                let (l, s) = (g.list(), g.int(0));
                g.bad("E0408", format!("acc = acc + sum({l}[::{s}])"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0408", format!("acc = acc + sum([1] * {s})"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0408", format!("acc = acc + sum(range({s}))"));
            },
            |g| {
                let (l, s) = (g.list(), g.int(0));
                g.bad("E0408", format!("acc = acc + sum(slice({l}, 0, {s}))"));
            },
            |g| {
                let (l, s) = (g.list(), g.int(0));
                g.bad("E0408", format!("{l}.delete({s})"));
            },
        ],
    ),
    outside(
        "18.1 text of secrets",
        |g| {
            let (s, l) = (g.int(1), g.list());
            g.say(format!("print({s}, f\"{{{l}}} and {{{s}:>20}}\", to_string(({s}, 2)))"));
            let t = g.let_("v", "string", &format!("to_string({s})"));
            g.keep(&format!("len({t})"));
        },
        &[
            |g| {
                let s = g.int(0);
                g.bad("E0409", format!("print(\"abc\"[{s}])"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0318", format!("print(f\"{{{s}:d}}\")"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0408", format!("print(\"ab\" * {s})"));
            },
            |g| {
                let s = g.int(0);
                g.bad("E0408", format!("print(\"abc\"[0:{s}])"));
            },
        ],
    ),
    anywhere(
        "10.4 equality of lists and tuples",
        |g| {
            let l = g.list();
            g.keep_flag(&format!("({l} == [1, 2, 3])"));
            g.keep_flag(&format!("(({l}, 1) != ({l}, 2))"));
        },
        &[|g| {
            let l = g.list();
            g.bad("E0401", format!("var t9: bool = {l} == [1, 2, 3]"));
        }],
    ),
    anywhere(
        "12 aliases of lists",
        |g| {
            let (l, v) = (g.list(), g.int(1));
            let w = g.let_("v", "", &format!("copy({l})"));
            let alias = g.let_("v", "", &w);
            g.say(format!("{alias}[0] = {v}"));
            g.keep(&format!("{w}[0]"));
            let nested = g.let_("v", "list[list[secret int64]]", &format!("[{w}, {alias}]"));
            g.say(format!("{nested}[1][2] = 3"));
            g.keep(&format!("{w}[2]"));
        },
        &[|g| {
            let s = g.int(0);
            let w = g.let_("v", "list[int64]", "[1, 2]");
            let alias = g.let_("v", "list[list[int64]]", &format!("[{w}]"));
            g.bad("E0401", format!("{alias}[0][1] = {s}"));
        }],
    ),
];
