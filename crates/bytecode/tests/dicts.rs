//! Every lie about a dict, or about an absent reference, is refused: keys are public and known, values keep their types and secrecy.

use stoffel_bytecode::{Fault, Program, needs, verify};

/// A program that puts, reads and lists; lies are edits of it.
const SOUND: &str = r#"stflb 1
type 0 dict[int64, secret int64]
type 1 dict[int64, int64]
type 2 string
type 3 ticket[int64]
type 4 list[secret int64]
type 5 list[int64]
type 6 list[(int64, secret int64)]
type 7 dict[string, int64]
type 8 list[dict[int64, int64]]

function 0 "main"
  words int64 int64 bool
  refs 0 1 2 3 4 5 6 7 8
  secrets int64
  ops 0 w0 s0
  ops 1 w0 w1
  ops 2 w0 r1 -> w1
  ops 3 w0 r0 -> s0
  ops 4 w0 r0 -> w1
  ops 5 r0 -> r4
  ops 6 r0 -> r5
  ops 7 r0 -> r6
  ops 8
  ops 9 w0 ticket r3
  ops 10 r1 r1 -> w2
  ops 11 r8 r8 -> w2
  ops 12 r7 r2 w1
  ops 13 r0
  0 small w0 0
  1 small w1 1
  2 hide s0 w0
  3 new.list r0
  4 new.list r1
  5 put r0 ops0
  6 put r1 ops1
  7 builtin lookup ops2
  8 builtin lookup ops3
  9 builtin findkey ops4
  10 builtin values ops5
  11 builtin keys ops6
  12 builtin items ops7
  13 hide.ref r0 r1
  14 nil r2
  15 nop
  16 return ops8
entry 0
disclosure 0 reveal "" 0 0 "main" 0 to everyone
"#;

fn edited(edits: &[(&str, &str)]) -> Result<(), Fault> {
    let mut text = SOUND.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "the listing holds '{from}'");
        text = text.replacen(from, to, 1);
    }
    let mut program = Program::from_text(&text).expect("the edited listing reads");
    // What is not disclosed is not listed.
    if !text.contains("open") {
        program.disclosures.clear();
    }
    program.needs = needs(&program);
    verify(program).map(|_| ()).map_err(|error| error.fault)
}

#[track_caller]
fn refused(edits: &[(&str, &str)]) -> Fault {
    edited(edits).expect_err("a lie")
}

#[test]
fn the_listing_is_sound() {
    assert_eq!(edited(&[]), Ok(()));
}

#[test]
fn secrets_stay_in_values() {
    let leaks = |edits: &[(&str, &str)]| {
        let fault = refused(edits);
        assert!(
            matches!(fault, Fault::SecretToPublic { .. } | Fault::TypeMismatch { .. } | Fault::Arity { .. }),
            "{fault}"
        );
    };
    // A secret put into a public dict, and read out of one as a word.
    leaks(&[("6 put r1 ops1", "6 put r1 ops0")]);
    leaks(&[("8 builtin lookup ops3", "8 builtin lookup ops4")]);
    // Secret values listed as public ones.
    leaks(&[("10 builtin values ops5", "10 builtin values ops6")]);
    leaks(&[("12 builtin items ops7", "12 builtin items ops5")]);
    // The dict itself as a public one, moved, hidden backwards or opened without its row.
    leaks(&[("15 nop", "15 move.ref r1 r0")]);
    leaks(&[("13 hide.ref r0 r1", "13 hide.ref r1 r0")]);
    assert!(matches!(refused(&[("15 nop", "15 open.ref r1 r1 disclosure0")]), Fault::DisclosureType { .. }));
    assert_eq!(edited(&[("15 nop", "15 open.ref r1 r0 disclosure0")]), Ok(()));
}

#[test]
fn keys_are_public_and_known() {
    for key in ["secret int64", "list[int64]", "int64?", "(int64, secret bool)", "dict[int64, int64]"] {
        let ty = format!("type 7 dict[{key}, int64]");
        assert!(matches!(refused(&[("type 7 dict[string, int64]", &ty)]), Fault::BadType(_)), "{key}");
    }
    assert_eq!(edited(&[("type 7 dict[string, int64]", "type 7 dict[(string, (bool, float64)), int64]")]), Ok(()));
    // A promised value is fine, a promised key is not.
    let promise = |ops: &str| {
        let rows = "disclosure 0 reveal \"\" 0 0 \"main\" 0 to everyone";
        let text = SOUND
            .replace("type 8 list[dict[int64, int64]]", "type 8 list[dict[int64, int64]]\ntype 9 secret int64")
            .replace("ops 9 w0 ticket r3", ops)
            .replace("15 nop", "15 open r3 s0 disclosure0\n  16 put r1 ops9")
            .replace("16 return ops8", "17 return ops8")
            .replace(rows, "disclosure 0 reveal \"\" 0 0 \"main\" 9 to everyone");
        let mut program = Program::from_text(&text).expect("the listing reads");
        program.needs = needs(&program);
        verify(program).map(|_| ()).map_err(|error| error.fault)
    };
    assert_eq!(promise("ops 9 w0 ticket r3"), Ok(()));
    assert!(matches!(promise("ops 9 ticket w0 r3"), Err(Fault::TypeMismatch { .. })));
}

#[test]
fn dicts_are_no_lists_and_are_not_compared() {
    let mismatch = |edits: &[(&str, &str)]| {
        let fault = refused(edits);
        assert!(matches!(fault, Fault::TypeMismatch { .. }), "{fault}");
    };
    mismatch(&[("6 put r1 ops1", "6 append r1 ops1")]);
    mismatch(&[("6 put r1 ops1", "6 set r1 w0 ops1")]);
    mismatch(&[("15 nop", "15 append.secret r0 s0")]);
    mismatch(&[("15 nop", "15 builtin equal ops10")]);
    mismatch(&[
        ("4 new.list r1\n", "4 new.list r8\n"),
        ("6 put r1 ops1", "6 nop"),
        ("7 builtin lookup ops2", "7 builtin equal ops11"),
        ("13 hide.ref r0 r1", "13 nop"),
    ]);
    mismatch(&[("15 nop", "15 builtin reverse ops13")]);
    mismatch(&[("5 put r0 ops0", "5 put r4 ops0"), ("3 new.list r0", "3 new.list r4")]);
    // Keys of another type.
    assert!(matches!(refused(&[("15 nop", "15 put r1 ops12")]), Fault::TypeMismatch { .. } | Fault::Arity { .. }));
}

#[test]
fn an_absent_reference_is_never_a_ticket() {
    assert!(matches!(refused(&[("14 nil r2", "14 nil r3")]), Fault::TypeMismatch { .. }));
}
