//! Deep and long programs in; they end without panic, and nothing unknown is left in what comes out.

use stoffel_compiler::{Options, SourceFile, Sources, analyze, hir};
use stoffel_syntax::Severity;

fn analyse(text: &str) -> bool {
    let sources = Sources { files: vec![SourceFile { name: "main.stfl".into(), text: text.into() }] };
    let (program, diagnostics) = analyze(&sources, &Options { opt_level: 0, entry: None, backend: None });
    let failed = diagnostics.iter().any(|found| found.code.severity() == Severity::Error);
    assert!(program.is_none() || !failed, "a program with errors:\n{text}");
    if let Some(program) = &program {
        // Nothing that failed is left in a program.
        let dump = hir::dump(program);
        assert!(!dump.contains('?'), "an unknown type:\n{text}\n{dump}");
    }
    program.is_some()
}

#[test]
fn deep_and_long_programs_end() {
    let ok = |text: &str| assert!(analyse(text), "{}", &text[..text.len().min(200)]);
    ok(&format!("var x = 1\nprint({}x{})\n", "(".repeat(450), ")".repeat(450)));
    ok(&format!("var x = 1\nprint({}x)\n", "- ".repeat(450)));
    ok(&format!("var x = 1\nprint({})\n", vec!["x"; 5000].join(" + ")));
    ok(&format!("var x = 1\nprint({})\n", vec!["x"; 500].join(" < ")));
    // A chain of functions without result types: each asks the next for its own.
    let mut text = String::from("def f0(x): return x\n");
    for at in 1..2000 {
        text += &format!("def f{at}x(x): return f{}x(x)\n", at - 1);
    }
    ok(&(text.replace("f0(x)", "f0x(x)") + "print(f1999x(1))\n"));
    // Variables that become secret one after the other, last to first.
    let mut text = String::from("var s: secret int64 = 1\nvar x0 = 0\n");
    for at in 1..40 {
        text += &format!("var x{at} = 0\nx{} = x{at}\n", at - 1);
    }
    ok(&(text + "x39 = s\nprint(x0)\n"));
}
