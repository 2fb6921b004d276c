//! Loops over lists, made up from seeds, in; proof out that their vector forms mean what the loops mean.
//!
//! Each program runs at both optimisation levels on both engines. On the clear engine result or trap, its code and its line, must be the
//! same; on rep3 likewise, and where the clear engine gives a result rep3 gives that. Elements are small and formats narrow, so that sums and
//! products overflow; ranges leave the lists now and then; lists are the same ones now and then.

use std::fmt::Write as _;

use stoffel::{Analysis, Backend, CompileOptions, Inputs, Manifest, Mode, Program, RunOptions};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % n
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

/// An expression of a turn; `i` is its counter.
fn expression(random: &mut Random, depth: u32) -> String {
    let leaves =
        ["xs[i]", "ys[i]", "zs[i]", "xs[i + 1]", "zs[i - 1]", "ys[i + k]", "ys[0]", "c", "c", "us[i]", "m[0][i]"];
    if depth == 0 || random.below(4) == 0 {
        return random.pick(&leaves).to_owned();
    }
    let (a, b) = (expression(random, depth - 1), expression(random, depth - 1));
    match random.below(15) {
        0..=2 => format!("({a} + {b})"),
        3 => format!("({a} - {b})"),
        4 => format!("({a} * {b} + 2)"),
        5 => format!("min({a}, {b})"),
        6 => format!("select({a} < {b}, {a}, {b})"),
        7 => format!("({a} +% T(i % 5))"),
        8 => format!("({a} & 15)"),
        9 => format!("({a} >> 1)"),
        10 => format!("({a} % 7)"),
        11 => format!("(({a} & 63) / (({b} & 3) + 1))"),
        12 => format!("max({a} & 7, {b} & 31)"),
        13 => format!("select(({a} & 31) < ({b} & 15), {a}, c)"),
        _ => format!("({a} ^ T(i))"),
    }
}

/// A statement of a turn.
fn statement(random: &mut Random, name: u64) -> String {
    let a = expression(random, 2);
    let b = expression(random, 1);
    let c = expression(random, 1);
    match random.below(14) {
        0..=2 => format!("zs[i] = {a}"),
        3 => format!("zs[i + 1] = {a}"),
        4 => format!("xs[i] = {a}"),
        5 | 6 => format!("ws.append({a})"),
        7 => format!("hits.append({b} < {c} + 1)"),
        8 => format!("s += {a}"),
        9 => format!("s = s - {b}"),
        10 => format!("if {b} < {c}: s += {a}"),
        11 => format!("if {b} < {c}: zs[i] = {a}"),
        12 => format!("t = max(t, {b})"),
        _ => format!("var v{name} = {a}\n    m[1][i] = v{name} + {b}"),
    }
}

fn program(random: &mut Random) -> String {
    let ty = random.pick(&["int8", "int8", "int16", "int64"]);
    let mut text = format!("type T = {ty}\n");
    text += "def main(xs: list[secret T] from o, ys: list[secret T] from o, old: list[secret T] from o, c: secret T from o, us: list[T], \
             lo: int64, hi: int64, k: int64) -> (list[T], list[T], list[T], list[T], list[bool], list[T], T, T):\n";
    let _ = writeln!(text, "  var zs = {}", random.pick(&["old", "old", "old", "xs", "ys"]));
    text += "  var m = [[x for x in old], [x for x in ys]]\n  var ws: list[secret T] = [c]\n  var hits: list[secret bool] = []\n";
    text += "  var s: secret T = 0\n  var t: secret T = -100\n  for i in lo..hi:\n";
    for name in 0..=random.below(3) {
        let _ = writeln!(text, "    {}", statement(random, name));
    }
    text += "  return xs.reveal(), ys.reveal(), zs.reveal(), ws.reveal(), hits.reveal(), m[1].reveal(), s.reveal(), t.reveal()\n";
    text
}

fn inputs(random: &mut Random) -> Vec<String> {
    let len = 6 + random.below(6);
    let scale = [3, 9, 40][random.below(3) as usize];
    let mut list = || {
        let items: Vec<String> =
            (0..len).map(|_| (random.below(2 * scale + 1) as i64 - scale as i64).to_string()).collect();
        format!("[{}]", items.join(", "))
    };
    let lists = [list(), list(), list(), list()];
    let [xs, ys, old, us] = lists;
    let c = random.below(7) as i64 - 3;
    let lo = random.below(3);
    // Most ranges end before the lists do.
    let hi = if random.below(6) == 0 { len + 1 } else { len - random.below(3) };
    vec![
        format!("o.xs={xs}"),
        format!("o.ys={ys}"),
        format!("o.old={old}"),
        format!("o.c={c}"),
        format!("us={us}"),
        format!("lo={lo}"),
        format!("hi={hi}"),
        format!("k={}", random.below(2)),
    ]
}

fn compile(text: &str, opt_level: u8) -> Program {
    let options = CompileOptions { opt_level, ..CompileOptions::default() };
    let analysis = Analysis::of_text("p.stfl", text.to_owned(), &options);
    analysis.program().unwrap_or_else(|error| panic!("{error}\n{}\n{text}", analysis.report(false)))
}

/// The result, or the trap with its place.
fn outcome(program: &Program, inputs: &[String], backend: Backend) -> Result<String, String> {
    let mut given = Inputs::default();
    for flag in inputs {
        given.add_flag(flag).expect("the inputs are written well");
    }
    let options = RunOptions::new(backend, None, None, Mode::Auto, 60_000).expect("the backend exists");
    match stoffel::run(program, &given, &options, &mut |_| {}) {
        Ok(report) => Ok(report.result.unwrap_or_default()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn vector_forms_of_loops_mean_what_the_loops_mean() {
    let (mut with_vectors, mut trapped, mut cases) = (0, 0, 0);
    for seed in 0..120 {
        let random = &mut Random(seed);
        let text = program(random);
        let [plain, vectors] = [0, 2].map(|level| compile(&text, level));
        let [a, b] = [&plain, &vectors].map(Manifest::of);
        assert_eq!((a.inputs, a.outputs, a.disclosures), (b.inputs, b.outputs, b.disclosures), "{text}");
        with_vectors += u32::from(vectors.to_text().contains("lanes."));
        for _ in 0..3 {
            let inputs = inputs(random);
            cases += 1;
            let clear = outcome(&plain, &inputs, Backend::CLEAR);
            assert_eq!(outcome(&vectors, &inputs, Backend::CLEAR), clear, "seed {seed}, clear: {inputs:?}\n{text}");
            let plain = outcome(&plain, &inputs, Backend::REP3);
            let vectors = outcome(&vectors, &inputs, Backend::REP3);
            if clear.is_ok() {
                assert_eq!(plain, clear, "seed {seed}, rep3 at -O0: {inputs:?}\n{text}");
                assert_eq!(vectors, clear, "seed {seed}, rep3 at -O2: {inputs:?}\n{text}");
            } else {
                trapped += 1;
                // What an overflow leaves is not specified; that there is no trap, or which one, is.
                assert_eq!(vectors.map(|_| ()), plain.map(|_| ()), "seed {seed}, rep3: {inputs:?}\n{text}");
            }
        }
    }
    // The programs must be worth the test.
    assert!(with_vectors > 40, "{with_vectors} of 120 programs have vector forms");
    assert!(trapped > cases / 10 && trapped < cases * 9 / 10, "{trapped} of {cases} runs trap");
}
