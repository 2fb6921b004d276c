//! Shares, positional inputs and deliveries to slots: what the verifier accepts, and what it refuses.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use stoffel_bytecode::{Fault, Program, SlotRow, verify};
use stoffel_value::ScalarTy;

const LISTING: &str = r#"
stflb 1
type 0 string
type 1 Share
type 2 secret int64
type 3 list[Share]
type 4 list[int64]
function 0 "main"
  words int64 int64 int64
  refs 1 0 3
  secrets int64 int64
  ops 0 w0 w1
  ops 1 s0 -> r0
  ops 2 w0 s0
  ops 3 r0 -> s1
  ops 4
  ops 5 r0
  0 small w0 0
  1 small w1 3
  2 take s0 slot0 ops0
  3 builtin share.of ops1
  4 open.share r1 r0 disclosure0
  5 send disclosure1 ops2
  6 builtin share.to ops3
  7 new.list r2
  8 append r2 ops5
  9 return ops4
entry 0
slot 0 ? 3 int64
disclosure 0 reveal "m" 1 1 "main" 1 to everyone
disclosure 1 output "m" 2 1 "main" 2 to slot ?
"#;

fn edited(edits: &[(&str, &str)]) -> Program {
    let mut text = LISTING.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "`{from}` is not in the listing");
        text = text.replacen(from, to, 1);
    }
    Program::from_text(text.trim_start()).unwrap()
}

fn refused(edits: &[(&str, &str)]) -> Fault {
    verify(edited(edits)).expect_err("it is wrong").fault
}

#[test]
fn the_listing_is_accepted_and_survives_both_forms() {
    let program = edited(&[]);
    verify(program.clone()).unwrap();
    assert_eq!(Program::from_text(&program.to_text()).unwrap(), program);
    assert_eq!(Program::decode(&program.encode()).unwrap(), program);
}

#[test]
fn positional_inputs_are_listed_as_they_are_read() {
    assert_eq!(refused(&[("? 3 int64", "? 3 bool")]), Fault::SlotFormat(0));
    let mut unused = edited(&[]);
    unused.slots.push(SlotRow { slot: Some(0), index: None, ty: ScalarTy::Bool });
    assert_eq!(verify(unused).unwrap_err().fault, Fault::SlotUnused(1));
    let mut twice = edited(&[("2 take s0 slot0 ops0", "2 take s0 slot1 ops0"), ("5 send", "5 send")]);
    twice.slots.push(twice.slots[0]);
    assert_eq!(verify(twice).unwrap_err().fault, Fault::SlotUnused(0));
    assert!(matches!(refused(&[("slot0 ops0", "slot1 ops0")]), Fault::OutOfBounds { what: "slot", .. }));
    assert!(matches!(refused(&[("ops 0 w0 w1", "ops 0 w0")]), Fault::Arity { .. }));
}

#[test]
fn deliveries_to_a_slot_name_it_and_are_listed() {
    assert!(matches!(refused(&[("ops 2 w0 s0", "ops 2 s0")]), Fault::Arity { .. }));
    assert!(matches!(refused(&[("main\" 2 to slot ?", "main\" 2 to slot 0")]), Fault::Arity { .. }));
    assert_eq!(refused(&[("main\" 2 to slot ?", "main\" 2 to everyone")]), Fault::DisclosureReceivers(1));
    assert_eq!(refused(&[("disclosure 1 output", "disclosure 1 reveal")]), Fault::DisclosureKind(1));
}

#[test]
fn shares_are_secret_wherever_they_stand() {
    // Shown only as a listed opening of a share.
    assert_eq!(refused(&[("disclosure 0 reveal", "disclosure 0 result")]), Fault::DisclosureKind(0));
    assert!(matches!(refused(&[("\"main\" 1 to everyone", "\"main\" 2 to everyone")]), Fault::DisclosureType { .. }));
    // Not printed, compared, or kept among public values.
    assert!(matches!(refused(&[("open.share r1 r0 disclosure0", "print r0")]), Fault::TypeMismatch { .. }));
    let compared = refused(&[("8 append r2 ops5", "8 builtin equal ops5"), ("ops 5 r0", "ops 5 r0 r0 -> w2")]);
    assert!(matches!(compared, Fault::SecretToPublic { .. }), "{compared:?}");
    assert!(matches!(refused(&[("refs 1 0 3", "refs 1 0 4")]), Fault::TypeMismatch { .. } | Fault::Arity { .. }));
    // Neither given nor a result.
    let mut input = edited(&[]);
    input.inputs.push(stoffel_bytecode::InputRow {
        name: "x".into(),
        ty: 1,
        role: Some("a".into()),
        each: false,
        default: None,
    });
    assert!(matches!(verify(input).unwrap_err().fault, Fault::InputRow { .. }));
}
