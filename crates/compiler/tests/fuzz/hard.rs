//! Texts that were made to break a compiler, each with the findings that it should have, out.

use stoffel_syntax::Code;

/// The texts.
pub(crate) fn texts() -> Vec<(String, Vec<Code>)> {
    let fine = Vec::new;
    let display = |element: &str, n: usize| vec![element; n].join(", ");
    let lines = |n: usize, line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    let base = |at: usize| if at == 0 { String::new() } else { format!("(A{})", at - 1) };
    vec![
        // Literals of a million characters.
        (format!("var x = {}\nprint(x)\n", "9".repeat(1_000_000)), vec![Code::E0105]),
        (format!("var x: fix64 = 1.{}\nprint(x)\n", "9".repeat(1_000_000)), fine()),
        (format!("var x = \"{}\"\nprint(len(x))\n", "a".repeat(1_000_000)), fine()),
        ("var x = 1e999999999999\nvar y = 0xfffffffffffffffffffffffffffffffffffff\n".into(), vec![Code::E0105]),
        // Chains, which the tree holds flat.
        (format!("var y = True\nprint(y{})\n", " and y".repeat(20_000)), fine()),
        (format!("var y = True\nprint(y{})\n", " or y".repeat(20_000)), fine()),
        (format!("var y = 1\nprint(y{})\n", " < y".repeat(20_000)), fine()),
        (format!("print(1{})\n", " + 1".repeat(50_000)), fine()),
        (format!("var y: int64? = 1\nif y is not None{}: print(y)\n", " and y is not None".repeat(5_000)), fine()),
        (format!("var y = 1\nif y == 0: pass\n{}", "elif y == 1: pass\n".repeat(5_000)), fine()),
        // Nesting of ten thousand.
        (format!("print({}1{})\n", "(".repeat(10_000), ")".repeat(10_000)), vec![Code::E0117]),
        (format!("var x = {}1{}\n", "[".repeat(10_000), "]".repeat(10_000)), vec![Code::E0117]),
        (format!("print({}1)\n", "-".repeat(10_000)), vec![Code::E0117]),
        (lines(3_000, &|at| " ".repeat(at) + "if True:\n") + &" ".repeat(3_000) + "pass\n", vec![Code::E0117]),
        // Displays of many elements.
        (format!("print(len([{}]))\n", display("1", 200_000)), fine()),
        (format!("var s: secret int64 = 1\nprint(len([{}]))\n", display("s", 50_000)), fine()),
        (format!("print({})\n", display("1", 70_000)), vec![Code::E0609]),
        (format!("print(f\"{}\")\n", "{1}".repeat(70_000)), vec![Code::E0609]),
        // Types that double, nest and inherit.
        (
            String::from("var t0 = (1, 1)\n")
                + &lines(40, &|at| format!("var t{} = (t{at}, t{at})\n", at + 1))
                + "print(1)\n",
            vec![Code::E0609],
        ),
        (
            String::from("type T0 = (int64, int64)\n")
                + &lines(15, &|at| format!("type T{} = (T{at}, T{at})\n", at + 1)),
            vec![Code::E0609],
        ),
        (lines(2_000, &|at| format!("object A{at}{}:\n  x{at}: int64\n", base(at))), vec![Code::E0609]),
        (
            String::from("object A:\n") + &lines(20_000, &|at| format!("  f{at}: int64 = {at}\n")) + "print(1)\n",
            vec![Code::E0609],
        ),
        // Instances without end.
        ("def f[T](x: T, n: int64) -> int64: return f([x], n - 1)\nprint(f(1, 2))\n".into(), vec![Code::E0609]),
        (format!("def g(x): return (x, x)\ndiscard {}1{}\n", "g(".repeat(41), ")".repeat(41)), vec![Code::E0609]),
        // Constants that grow without a trap before their type ends.
        (
            String::from("const A0 = 1\n")
                + &lines(60, &|at| format!("const A{} = A{at} + A{at}\n", at + 1))
                + "print(A60)\n",
            fine(),
        ),
        ("print(zeros([1000000000, 1000000000]).size, len([1] * 1000000000000))\n".into(), fine()),
    ]
}
