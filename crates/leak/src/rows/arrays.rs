//! LANGUAGE §10.4 and §13 on arrays: element-wise operations, reductions, gathers by secret index; shapes and masks are public.

use super::{Row, anywhere, outside};
use crate::generate::{Class, Gen, Ty};

pub(super) const ROWS: &[Row] = &[
    anywhere(
        "10.4 element-wise operations on arrays",
        |g| {
            let (m, a) = (array(g), g.int(0));
            let op = g.rng.pick(&["+", "-", "+%", "&"]);
            let other = match g.rng.below(3) {
                0 => a,
                1 => array(g),
                _ => "array([1, 2])".to_owned(),
            };
            g.keep(&format!("sum({m} {op} {other})"));
        },
        &[
            |g| {
                let m = array(g);
                g.bad("E0401", format!("var t9: array[int64] = {m} + 1"));
            },
            |g| {
                let a = g.int(0);
                g.bad("E0401", format!("var t9: array[int64] = array([1, 2]) * {a}"));
            },
        ],
    ),
    anywhere(
        "10.4 comparisons and logic of arrays, where",
        |g| {
            let m = array(g);
            let kept = g.let_("v", "", &format!("where({m} > 1, {m}, 0)"));
            g.keep(&format!("{kept}.sum()"));
            g.keep_flag(&format!("any({m} == 2 and {m} > 0)"));
        },
        &[|g| {
            let m = array(g);
            g.bad("E0401", format!("var t9: array[bool] = {m} > 1"));
        }],
    ),
    anywhere(
        "13.3 secret index into an array",
        |g| {
            let (m, s) = (array(g), g.int(0));
            g.keep(&format!("{m}[{s} mod 2].sum()"));
            g.keep(&format!("{m}[1, {s} mod 2]"));
            g.keep(&format!("array([5, 6, 7])[{s} mod 3]"));
        },
        &[|g| {
            let s = g.int(0);
            g.bad("E0401", format!("var t9: int64 = array([5, 6, 7])[{s} mod 3]"));
        }],
    ),
    anywhere(
        "13.3 gather by secret indices",
        |g| {
            let s = g.int(0);
            g.keep(&format!("array([5, 6, 7])[array([{s} mod 3, 1])].sum()"));
        },
        &[|g| {
            let s = g.int(0);
            g.bad("E0401", format!("var t9: array[int64] = array([5, 6, 7])[array([{s} mod 3, 1])]"));
        }],
    ),
    anywhere(
        "13.3 assignment to elements and slices of an array",
        |g| {
            let (m, s, v) = (array(g), g.int(0), g.int(1));
            let w = g.let_("v", "array[secret int64]", &format!("copy({m})"));
            g.say(format!("{w}[0, 1] = {v}"));
            g.say(format!("{w}[{s} mod 2, 0] = {v}"));
            g.say(format!("{w}[:, 1] = {v}"));
            g.keep(&format!("{w}.sum()"));
        },
        &[
            |g| {
                let w = g.let_("v", "array[int64]", "array([1, 2, 3])");
                let s = g.int(0);
                g.bad("E0401", format!("{w}[{s} mod 3] = 1"));
            },
            |g| {
                let w = g.let_("v", "array[int64]", "array([1, 2, 3])");
                let s = g.int(0);
                g.bad("E0401", format!("{w}[0] = {s}"));
            },
            |g| {
                let w = g.let_("v", "array[int64]", "array([1, 2, 3])");
                let s = g.int(0);
                g.bad("E0401", format!("{w}[0:2] = array([{s}, 1])"));
            },
        ],
    ),
    anywhere(
        "13 products, axes and reductions of arrays",
        |g| {
            let m = array(g);
            g.keep(&format!("({m} @ {m}).sum()"));
            g.keep(&format!("{m}.sum(axis: 0)[1] + {m}.max() + {m}.argmin()"));
            g.keep(&format!("cumsum({m}, axis: 1).transpose().reshape([4])[2]"));
            g.keep(&format!("concat([{m}, {m}]).sum() + stack([{m}, {m}]).sum()"));
        },
        &[
            |g| {
                let m = array(g);
                g.bad("E0401", format!("var t9: int64 = {m}.sum()"));
            },
            |g| {
                let m = array(g);
                g.bad("E0401", format!("var t9: int64 = argmax({m})"));
            },
            |g| {
                let m = array(g);
                g.bad("E0401", format!("var t9: array[int64] = {m} @ {m}"));
            },
        ],
    ),
    anywhere(
        "13 sorting arrays",
        |g| {
            let m = array(g);
            g.keep(&format!("sorted({m})[0, 1] + {m}.argsort()[1, 0]"));
        },
        &[|g| {
            let m = array(g);
            g.bad("E0401", format!("var t9: array[int64] = {m}.argsort()"));
        }],
    ),
    anywhere(
        "10.5 mask of an array",
        |g| {
            let m = array(g);
            g.keep(&format!("{m}[array([True, False])].sum()"));
        },
        &[|g| {
            let (m, c) = (array(g), g.flag(0));
            g.bad("E0407", format!("acc = acc + {m}[array([{c}, True])].sum()"));
        }],
    ),
    outside(
        "10.5 shapes and axes",
        |g| {
            let n = g.number();
            let w = g.let_("v", "array[secret int64]", &format!("zeros([2, {n} + 1])"));
            g.keep(&format!("{w}.sum() + len({w}) + {w}.size"));
            g.keep(&format!("arange({n} + 1).sum()"));
        },
        &[
            |g| shape(g, |s| format!("zeros({s})")),
            |g| shape(g, |s| format!("ones([{s}])")),
            |g| shape(g, |s| format!("full([2, {s}], 1)")),
            |g| shape(g, |s| format!("identity({s})")),
            |g| shape(g, |s| format!("arange({s})")),
            |g| shape(g, |s| format!("arange(4).reshape([{s}, 2])")),
            |g| shape(g, |s| format!("array([[1, 2]]).sum(axis: {s})")),
            |g| shape(g, |s| format!("concat([arange(2), arange(2)], {s})")),
            |g| shape(g, |s| format!("array([[1, 2]]).transpose([{s}, 0])")),
            |g| shape(g, |s| format!("arange(4)[0:{s}]")),
        ],
    ),
];

/// An array of secrets, 2 × 2.
fn array(g: &mut Gen) -> String {
    match g.var(Ty::Array, Class::Secret) {
        Some(name) if g.rng.chance(80) => name,
        _ => {
            let (a, b) = (g.int(0), g.int(0));
            g.let_("v", "", &format!("array([[{a}, 1], [2, {b}]])"))
        }
    }
}

/// An attempt to let a secret decide a shape.
fn shape(g: &mut Gen, of: impl Fn(&str) -> String) {
    let s = g.int(0);
    let value = of(&s);
    g.bad("E0408", format!("var t9 = {value}"));
}
