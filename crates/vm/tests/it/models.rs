//! Random edits of lists against the same edits of vectors, public and secret.

use std::fmt::Write as _;

use proptest::prelude::*;

use crate::world::printed;

#[derive(Clone, Debug)]
enum Edit {
    Append(i16),
    Insert(i8, i16),
    Set(u8, i16),
    Pop(u8),
    Extend,
    Concat,
    Repeat(i8),
    Slice(Option<i8>, Option<i8>, i8),
    Reverse,
    Copy,
    Clear,
    /// Only of public lists.
    Sort(bool),
    /// What makes a column of secrets one vector.
    Sum,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => any::<i16>().prop_map(Edit::Append),
        2 => (any::<i8>(), any::<i16>()).prop_map(|(i, x)| Edit::Insert(i % 12, x)),
        2 => (any::<u8>(), any::<i16>()).prop_map(|(i, x)| Edit::Set(i, x)),
        2 => any::<u8>().prop_map(Edit::Pop),
        1 => Just(Edit::Extend),
        1 => Just(Edit::Concat),
        1 => (-1i8..3).prop_map(Edit::Repeat),
        3 => (
            proptest::option::of(-12i8..12),
            proptest::option::of(-12i8..12),
            prop_oneof![Just(1i8), Just(-1), Just(2), Just(-3)],
        )
            .prop_map(|(a, b, step)| Edit::Slice(a, b, step)),
        1 => Just(Edit::Reverse),
        1 => Just(Edit::Copy),
        1 => Just(Edit::Clear),
        1 => any::<bool>().prop_map(Edit::Sort),
        2 => Just(Edit::Sum),
    ]
}

/// Python's slice, written from its definition.
fn slice(xs: &[i64], start: Option<i8>, stop: Option<i8>, step: i8) -> Vec<i64> {
    let len = xs.len() as i64;
    let step = i64::from(step);
    let wrap = |bound: i8| if bound < 0 { i64::from(bound) + len } else { i64::from(bound) };
    let mut out = Vec::new();
    let mut i = match start {
        Some(bound) if step > 0 => wrap(bound).max(0),
        Some(bound) => wrap(bound).min(len - 1),
        None => {
            if step > 0 {
                0
            } else {
                len - 1
            }
        }
    };
    let inside = |i: i64| match stop {
        Some(bound) if step > 0 => i < wrap(bound),
        Some(bound) => i > wrap(bound),
        None => true,
    };
    while (0..len).contains(&i) && inside(i) {
        out.push(xs[i as usize]);
        i += step;
    }
    out
}

/// Applies an edit to the model and writes it as code.
fn apply(edit: &Edit, xs: &mut Vec<i64>, code: &mut String, secret: bool) {
    let (element, sources) = if secret { ("x", "x") } else { ("n", "n") };
    let value = |code: &mut String, value: i16| {
        let _ = write!(code, "  const n #{value}\n{}", if secret { "  hide x n\n" } else { "" });
    };
    // Operand lists name words, references, secrets in this order.
    let with = |words: &str, refs: &str| {
        if secret { format!("{words} {refs} {sources}") } else { format!("{words} {sources} {refs}") }
    };
    match *edit {
        Edit::Append(x) => {
            value(code, x);
            let _ = writeln!(code, "  append xs ({element})");
            xs.push(i64::from(x));
        }
        Edit::Insert(i, x) => {
            value(code, x);
            let _ = writeln!(code, "  const i #{i}\n  builtin insert ({})", with("i", "xs"));
            let len = xs.len() as i64;
            let at = if i < 0 { i64::from(i) + len } else { i64::from(i) }.clamp(0, len);
            xs.insert(at as usize, i64::from(x));
        }
        Edit::Set(i, x) if !xs.is_empty() => {
            let i = usize::from(i) % xs.len();
            value(code, x);
            let _ = writeln!(code, "  const i #{}\n  set xs i ({element})", i as i64 - xs.len() as i64);
            xs[i] = i64::from(x);
        }
        Edit::Pop(i) if !xs.is_empty() => {
            let i = usize::from(i) % xs.len();
            let _ = writeln!(code, "  const i #{i}\n  builtin pop (i xs -> {element})\n  append xs ({element})");
            let x = xs.remove(i);
            xs.push(x);
        }
        Edit::Set(..) | Edit::Pop(_) => {}
        Edit::Extend => {
            code.push_str("  builtin extend (xs xs)\n");
            xs.extend(xs.clone());
        }
        Edit::Concat => {
            code.push_str("  builtin copy (xs -> ys)\n  builtin reverse (ys)\n  builtin concat (xs ys -> xs)\n");
            let reversed: Vec<i64> = xs.iter().rev().copied().collect();
            xs.extend(reversed);
        }
        Edit::Repeat(n) => {
            let _ = writeln!(code, "  const n #{n}\n  builtin repeat (n xs -> xs)");
            *xs = xs.repeat(n.max(0) as usize);
        }
        Edit::Slice(start, stop, step) => {
            let _ = writeln!(
                code,
                "  small p {}\n  const i #{}\n  small q {}\n  const j #{}\n  const n #{step}\n  builtin slice (p i q j n xs -> ys)\n  move.ref xs ys",
                u8::from(start.is_some()),
                start.unwrap_or(77),
                u8::from(stop.is_some()),
                stop.unwrap_or(77),
            );
            *xs = slice(xs, start, stop, step);
        }
        Edit::Reverse => {
            code.push_str("  builtin reverse (xs)\n");
            xs.reverse();
        }
        Edit::Copy => code.push_str("  builtin copy (xs -> ys)\n  builtin clear (xs)\n  builtin extend (xs ys)\n"),
        Edit::Clear => {
            code.push_str("  builtin clear (xs)\n");
            xs.clear();
        }
        Edit::Sort(reverse) => {
            let _ = writeln!(code, "  small p {}\n  builtin sort (p xs)", u8::from(reverse));
            xs.sort_by(|a, b| if reverse { b.cmp(a) } else { a.cmp(b) });
        }
        Edit::Sum if secret => {
            code.push_str("  builtin sumsecret (xs -> x)\n  open t x {secret int64}\n  await n t\n  say {int64} (n)\n");
        }
        Edit::Sum => {}
    }
    // Doubling edits would make lists long without showing more.
    if xs.len() > 40 {
        let _ = writeln!(code, "  builtin clear (xs)");
        xs.clear();
    }
}

fn check(edits: &[Edit], secret: bool) {
    let ty = if secret { "list[secret~int64]" } else { "list[int64]" };
    let mut code = format!(
        "
fn main
  let xs ys {ty}
  let shown list[int64]
  let x secret~int64
  let t ticket[int64]
  let n i j int64
  let p q bool
  new.list xs
"
    );
    let mut xs = Vec::new();
    let mut expected = Vec::new();
    for edit in edits {
        if secret && matches!(edit, Edit::Sum) {
            expected.push(xs.iter().sum::<i64>().to_string());
        }
        apply(edit, &mut xs, &mut code, secret);
    }
    code.push_str(if secret {
        "  open.ref shown xs {list[secret int64]}\n  say {list[int64]} (shown)\n  return ()\n"
    } else {
        "  say {list[int64]} (xs)\n  return ()\n"
    });
    expected.push(format!("{xs:?}"));
    assert_eq!(printed(&code), expected, "{code}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn public_lists_are_vectors(edits in proptest::collection::vec(edit(), 0..24)) {
        check(&edits, false);
    }

    #[test]
    fn secret_lists_are_vectors(edits in proptest::collection::vec(edit(), 0..24)) {
        check(&edits, true);
    }
}
