//! Function values: what a closure captures and promises is what its function has, and a call of a value is a call of that type.

use stoffel_bytecode::{Fault, Program, VerifyError, verify};

/// Makes a value of `scale` (a secret, a captured public factor → a secret) and calls it; catches the traps of another.
const SAMPLE: &str = "stflb 1
type 0 func[(secret int64, int64), secret int64]
type 1 func[(), int64]
type 2 string
type 3 list[func[(), int64]]
type 4 func[(int64, int64), int64]

function 0 \"scale\"
  words int64 int64
  secrets int64 int64
  params 2 0 1
  results 0 0 1
  result.secrets int64
  ops 0 s1
  0 sbin.right mul s1 s0 w0
  1 sbin.right add s1 s1 w1
  2 return ops0

function 1 \"get\"
  words int64
  params 1 0 0
  results 1 0 0
  result.words int64
  ops 0 w0
  0 return ops0

function 2 \"main\"
  words int64 int64
  refs 0 1 2 3
  secrets int64
  results 0 0 0
  ops 0 w0 -> r0
  ops 1 w1 s0 -> s0
  ops 2 w0 -> r1
  ops 3 -> w1
  ops 4 r1
  ops 5
  0 small w0 3
  1 small w1 4
  2 hide s0 w1
  3 closure ops0 function0
  4 call.value r0 ops1
  5 closure ops2 function1
  6 call.value r1 ops3
  7 try r2 r1
  8 new.list r3
  9 append r3 ops4
  10 return ops5

entry 2
need binary mul int64 public 1
need binary add int64 public 1
";

fn edited(edits: &[(&str, &str)]) -> Result<(), VerifyError> {
    let mut text = SAMPLE.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "the sample holds '{from}'");
        text = text.replacen(from, to, 1);
    }
    verify(Program::from_text(&text).expect("the edited sample reads")).map(|_| ())
}

#[track_caller]
fn refused(edits: &[(&str, &str)]) -> Fault {
    edited(edits).expect_err("a lie").fault
}

#[track_caller]
fn leaks(edits: &[(&str, &str)]) {
    let fault = refused(edits);
    assert!(matches!(fault, Fault::SecretToPublic { .. }), "{fault}");
}

#[track_caller]
fn mismatches(edits: &[(&str, &str)]) {
    let fault = refused(edits);
    assert!(matches!(fault, Fault::TypeMismatch { .. } | Fault::Arity { .. }), "{fault}");
}

#[test]
fn sound_function_values_pass_and_survive_both_forms() {
    let program = Program::from_text(SAMPLE).expect("the sample reads");
    assert_eq!(Program::from_text(&program.to_text()).expect("its text reads"), program);
    assert_eq!(Program::decode(&program.encode()).expect("its bytes read"), program);
    verify(program).expect("the sample is sound");
}

#[test]
fn a_value_promises_what_its_function_has() {
    // A public result in place of the secret one, a public parameter in place of the secret one, and the other way around.
    leaks(&[("type 0 func[(secret int64, int64), secret int64]", "type 0 func[(secret int64, int64), int64]")]);
    mismatches(&[("type 0 func[(secret int64, int64), secret int64]", "type 0 func[(int64, int64), secret int64]")]);
    leaks(&[("type 1 func[(), int64]", "type 1 func[(), secret int64]")]);
    mismatches(&[("type 1 func[(), int64]", "type 1 func[(), bool]")]);
    mismatches(&[("type 1 func[(), int64]", "type 1 func[(bool), int64]")]);
    // More arguments than the function has parameters, and captured values of another bank or number.
    mismatches(&[("type 1 func[(), int64]", "type 1 func[(int64, int64), int64]")]);
    mismatches(&[("ops 2 w0 -> r1", "ops 2 -> r1")]);
    mismatches(&[("ops 2 w0 -> r1", "ops 2 s0 -> r1")]);
    mismatches(&[("ops 0 w0 -> r0", "ops 0 w0 w1 -> r0")]);
    leaks(&[("ops 0 w0 -> r0", "ops 0 w0 -> r1")]);
    mismatches(&[("ops 0 w0 -> r0", "ops 0 w0 -> r2")]);
}

#[test]
fn a_call_of_a_value_gives_and_takes_what_the_type_says() {
    mismatches(&[("ops 1 w1 s0 -> s0", "ops 1 w0 w1 -> s0")]);
    mismatches(&[("ops 1 w1 s0 -> s0", "ops 1 w1 s0 -> w1")]);
    mismatches(&[("ops 1 w1 s0 -> s0", "ops 1 s0 -> s0")]);
    mismatches(&[("call.value r0 ops1", "call.value r2 ops1")]);
    mismatches(&[("try r2 r1", "try r2 r0")]);
    mismatches(&[("try r2 r1", "try r1 r1")]);
    mismatches(&[("6 call.value r1 ops3", "6 call.value r2 ops3")]);
}

#[test]
fn a_secret_leaf_is_told_from_a_public_one() {
    // Two functions that differ by secrecy alone: the fault names the leak.
    leaks(&[
        ("type 1 func[(), int64]", "type 1 func[(), (secret int64, int64)]"),
        (
            "  results 1 0 0\n  result.words int64\n  ops 0 w0\n",
            "  results 2 0 0\n  result.words int64 int64\n  ops 0 w0 w0\n",
        ),
    ]);
}

#[test]
fn function_values_are_read_after_they_are_written_and_never_the_entry() {
    let fault = refused(&[("3 closure ops0 function0", "3 nop")]);
    assert_eq!(fault, Fault::Unassigned { bank: "reference", register: 0 });
    assert_eq!(refused(&[("closure ops2 function1", "closure ops2 function2")]), Fault::Entry);
    assert!(matches!(refused(&[("closure ops2 function1", "closure ops2 function3")]), Fault::OutOfBounds { .. }));
}

#[test]
fn functions_stay_within_the_program() {
    let input = refused(&[("entry 2\n", "entry 2\ninput 0 \"f\" 1\n")]);
    assert!(matches!(input, Fault::InputRow { .. }), "{input}");
    let output = refused(&[("entry 2\n", "entry 2\noutput 0 3 to nobody\n")]);
    assert!(matches!(output, Fault::OutputGiven(_) | Fault::OutputRow { .. }), "{output}");
}

#[test]
fn frames_of_inlined_calls_belong_to_the_code() {
    let spans = |text: &str, inlined: &str| {
        let mut out = String::new();
        for line in text.lines() {
            let code = line.trim_start().split(' ').next().is_some_and(|word| word.parse::<u32>().is_ok());
            out += line;
            if code && line.starts_with("  ") && !line.starts_with("  ops") {
                out += " ; 0 1 1";
                if line.contains("try") {
                    out += inlined;
                }
            }
            out += "\n";
        }
        out
    };
    let with = |calls: &str, inlined: &str| {
        let text = spans(SAMPLE, inlined).replacen("type 0", &format!("file 0 \"a\"\n{calls}type 0"), 1);
        verify(Program::from_text(&text).expect("the listing reads"))
    };
    let calls = "inline 0 \"outer\" 0 3 1 0\ninline 1 \"inner\" 0 2 1 1\n";
    let program = with(calls, " inlined 1").expect("sound debug info");
    let site = program.site_of(2, 7);
    assert_eq!(program.locate(site).function, "inner");
    let around = program.inlined_calls(site);
    let lines: Vec<_> = around.iter().map(|call| (call.line, call.function)).collect();
    assert_eq!(lines, [(2, "outer"), (3, "main")]);
    assert!(program.inlined_calls(site - 1).is_empty());
    for (calls, inlined) in [(calls, " inlined 2"), ("inline 0 \"f\" 0 3 1 1\n", ""), ("inline 0 \"f\" 9 3 1 0\n", "")]
    {
        assert_eq!(with(calls, inlined).expect_err("a lie").fault, Fault::Debug);
    }
}
