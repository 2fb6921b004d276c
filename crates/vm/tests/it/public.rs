//! Arithmetic, control, strings and printing.

use stoffel_value::TrapCode;

use crate::world::{printed, trap};

#[test]
fn arithmetic_is_that_of_the_formats() {
    let lines = printed(
        "
fn main
  let a b c int64
  let s t u uint8
  let x y z fix64
  let f g float64
  let p q bool
  const a #-7
  const b #2
  add.i64 c a b
  say {int64} (c)
  sub.i64 c a b
  say {int64} (c)
  mul.i64 c a b
  say {int64} (c)
  bin div c a b
  say {int64} (c)
  bin floordiv c a b
  say {int64} (c)
  bin rem c a b
  say {int64} (c)
  bin mod c a b
  say {int64} (c)
  bin shl c a b
  say {int64} (c)
  bin shr c a b
  say {int64} (c)
  bin min c a b
  say {int64} (c)
  un abs c a
  say {int64} (c)
  const s #250
  const t #10
  bin addw u s t
  say {uint8} (u)
  convert c s
  say {int64} (c)
  const x #98304
  const y #16384
  bin mul z x y
  say {fix64} (z)
  convert f z
  say {float64} (f)
  cmp lt p a b
  say {bool} (p)
  cmp ge p a s
  un not q p
  bin xor q q p
  say {(bool, bool)} (p q)
  move g f
  bin pow g g g
  say {float64} (g)
  return ()
",
    );
    assert_eq!(
        lines,
        [
            "-5",
            "-9",
            "-14",
            "-3",
            "-4",
            "-1",
            "1",
            "-28",
            "-2",
            "-7",
            "7",
            "4",
            "250",
            "0.375",
            "0.375",
            "True",
            "(False, True)",
            "0.6922480250493347"
        ]
    );
}

#[test]
fn every_overflow_of_the_fast_paths_traps() {
    for (op, a, b, code) in [
        ("add.i64", "9223372036854775807", "1", TrapCode::OutOfRange),
        ("sub.i64", "-9223372036854775808", "1", TrapCode::OutOfRange),
        ("mul.i64", "-9223372036854775808", "-1", TrapCode::OutOfRange),
        ("bin div", "-9223372036854775808", "-1", TrapCode::OutOfRange),
        ("bin floordiv", "-9223372036854775808", "-1", TrapCode::OutOfRange),
        ("bin mod", "5", "0", TrapCode::DivisionByZero),
        ("bin shl", "5", "64", TrapCode::ShiftAmount),
        ("bin shr", "5", "-1", TrapCode::ShiftAmount),
        ("bin powint", "2", "-1", TrapCode::NegativeExponent),
    ] {
        let (op, selector) = op.split_once(' ').unwrap_or((op, ""));
        let trap = trap(&format!(
            "
fn main
  let a b int64
  const a #{a}
  const b #{b}
  {op} {selector} a a b
  return ()
"
        ));
        assert_eq!((trap.code, trap.site), (code, 2), "{op} {selector} {a} {b}");
    }
}

#[test]
fn remainders_with_minus_one_are_zero() {
    let lines = printed(
        "
fn main
  let a b c int64
  const a #-9223372036854775808
  const b #-1
  bin rem c a b
  say {int64} (c)
  bin mod c a b
  say {int64} (c)
  return ()
",
    );
    assert_eq!(lines, ["0", "0"]);
}

#[test]
fn strings_are_edited_by_characters() {
    let lines = printed(
        "
fn main
  let s t u sep string
  let xs list[string]
  let n i j k one int64
  let p q bool
  str s \"  Grüße, Welt \"
  builtin strip (s -> s)
  len n s
  say {(string, int64)} (n s)
  builtin upper (s -> t)
  print t
  builtin lower (t -> t)
  print t
  const i #2
  builtin charat (i s -> t)
  print t
  const i #-1
  builtin charat (i s -> t)
  print t
  const i #3
  const j #6
  const k #1
  const one #1
  small p 1
  builtin slice (p i p j k s -> t)
  print t
  small p 0
  const k #-1
  builtin slice (p i p j k s -> t)
  print t
  str sep \", \"
  builtin split (s sep -> xs)
  say {list[string]} (xs)
  str sep \"/\"
  builtin join (sep xs -> t)
  print t
  str t \"ß\"
  str u \"ss\"
  builtin replace (s t u -> t)
  print t
  str u \"Welt\"
  builtin findstr (s u -> p i)
  say {(bool, int64)} (p i)
  builtin containsstr (s u -> p)
  builtin startswith (s u -> q)
  say {(bool, bool)} (p q)
  builtin endswith (s u -> q)
  builtin comparestr (s u -> i)
  say {(bool, int64)} (q i)
  builtin concat (s u -> t)
  const n #2
  builtin repeat (n t -> t)
  print t
  builtin equal (s s -> p)
  say {bool} (p)
  concat.str t (u sep u)
  print t
  return ()
",
    );
    assert_eq!(
        lines,
        [
            "(\"Grüße, Welt\", 11)",
            "GRÜSSE, WELT",
            "grüsse, welt",
            "ü",
            "t",
            "ße,",
            "tleW ,eßürG",
            "[\"Grüße\", \"Welt\"]",
            "Grüße/Welt",
            "Grüsse, Welt",
            "(True, 7)",
            "(True, False)",
            "(True, -1)",
            "Grüße, WeltWeltGrüße, WeltWelt",
            "True",
            "Welt/Welt"
        ]
    );
}

#[test]
fn integers_are_read_from_strings() {
    let read = |text: &str| {
        printed(&format!(
            "
fn main
  let s string
  let p bool
  let n int64
  str s \"{text}\"
  builtin parseint (s -> p n)
  say {{int64?}} (p n)
  return ()
"
        ))
    };
    assert_eq!(read(" -42 "), ["-42"]);
    assert_eq!(read("9223372036854775808"), ["None"]);
    assert_eq!(read("4x"), ["None"]);
    assert_eq!(read(""), ["None"]);
}

#[test]
fn format_specs_apply() {
    let lines = printed(
        "
fn main
  let spec t string
  let n int64
  let s secret~int64
  const n #255
  str spec \"#06x\"
  format.spec t {int64} (n spec)
  print t
  hide s n
  str spec \">20\"
  format.spec t {secret int64} (spec s)
  print t
  str spec \"^7\"
  format.spec t {string} (spec spec)
  print t
  return ()
",
    );
    assert_eq!(lines, ["0x00ff", "      <secret int64>", "  ^7   "]);
}

#[test]
fn a_failed_assertion_says_its_message() {
    let trap = trap(
        "
fn main
  let s string
  str s \"too small\"
  fail s
",
    );
    assert_eq!((trap.code, trap.message.as_deref(), trap.site), (TrapCode::Assertion, Some("too small"), 1));
    let missing = "
fn main
  trap R0202
";
    assert_eq!(crate::world::trap(missing).code, TrapCode::MissingKey);
}

#[test]
fn calls_pass_every_bank() {
    let lines = printed(
        "
fn main
  let n int64
  let s string
  let x secret~int64
  let t ticket[int64]
  const n #3
  str s \"n\"
  hide x n
  call twice (n s x -> n s x)
  open t x {secret int64}
  say {(int64, string)} (n s)
  await n t
  say {int64} (n)
  return ()
fn twice n:int64 s:string x:secret~int64 = int64 string secret~int64
  add.i64 n n n
  builtin concat (s s -> s)
  sbin add x x x
  return (n s x)
",
    );
    assert_eq!(lines, ["(6, \"nn\")", "6"]);
}
