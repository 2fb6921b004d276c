//! Object types and instructions: what is sound is accepted and reads back; every lie about an object is refused with its own fault.

use std::mem::discriminant;

use stoffel_bytecode::{Fault, ObjectTy, Program, Type, verify};

const SAMPLE: &str = include_str!("data/objects.txt");

fn edited(edits: &[(&str, &str)]) -> Program {
    let mut text = SAMPLE.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "the sample holds '{from}'");
        text = text.replacen(from, to, 1);
    }
    Program::from_text(&text).expect("the edited sample reads")
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "faults are written in place")]
fn refused(edits: &[(&str, &str)], expected: Fault) {
    let error = verify(edited(edits)).expect_err("a lie");
    assert_eq!(error.fault, expected, "{error}");
}

#[track_caller]
fn refused_as(edits: &[(&str, &str)], like: &Fault) {
    let error = verify(edited(edits)).expect_err("a lie");
    assert_eq!(discriminant(&error.fault), discriminant(like), "{error}");
}

fn mismatch() -> Fault {
    Fault::TypeMismatch { what: "", expected: String::new(), found: String::new() }
}

fn arity() -> Fault {
    Fault::Arity { what: "", expected: 0, found: 0 }
}

fn mark(index: u32, secret: bool) -> Fault {
    Fault::ObjectMark(Type::Object(ObjectTy { index, secret }))
}

#[test]
fn a_sound_program_is_accepted_and_reads_back() {
    let program = edited(&[]);
    assert_eq!(Program::decode(&program.encode()).expect("it reads"), program);
    assert_eq!(Program::from_text(&program.to_text()).expect("it reads"), program);
    assert_eq!(program.type_name(&program.types[4]), "list[Priced]");
    verify(program).expect("it is sound");
}

#[test]
fn the_identity_depends_on_objects() {
    let hash = edited(&[]).hash();
    assert_ne!(edited(&[("\"Point\" field \"x\" 0", "\"Place\" field \"x\" 0")]).hash(), hash);
    assert_ne!(edited(&[("field \"own\" 1", "field \"self\" 1")]).hash(), hash);
}

#[test]
fn tables_of_objects_are_possible() {
    let bounds = |what, index, len| Fault::OutOfBounds { what, index, len };
    refused(&[("field \"own\" 1", "field \"own\" 12")], bounds("type", 12, 12));
    refused(&[("object[4]?", "object[5]?")], bounds("object", 5, 5));
    refused(&[("field \"own\" 1", "field \"own\" 7")], Fault::BadType(Type::Ticket(stoffel_value::ScalarTy::I64)));
    refused(
        &[("\"Point\" field \"x\" 1", "\"Point\" base 2 field \"x\" 1")],
        bounds("base object before this one", 2, 2),
    );
    refused(&[("base 0 field \"x\" 0", "base 0 field \"y\" 0")], Fault::ObjectBase("Priced".into()));
    refused(
        &[("base 0 field \"x\" 0 field \"y\" 0", "base 0 field \"x\" 0 field \"y\" 1")],
        Fault::ObjectBase("Priced".into()),
    );
    refused(
        &[("base 0 field \"x\" 0 field \"y\" 0 field \"price\" 1", "base 0 field \"x\" 0")],
        Fault::ObjectBase("Priced".into()),
    );
    let mut wide = edited(&[]);
    wide.types.push(Type::Tuple(vec![Type::Str; 4000]));
    let field = stoffel_bytecode::Field { name: "f".into(), ty: 12 };
    wide.objects[4].fields.extend([field.clone(), field]);
    assert_eq!(verify(wide).expect_err("too wide").fault, Fault::LargeType);
}

#[test]
fn a_mark_says_whether_fields_hold_secrets() {
    refused(&[("type 3 object[1 secret]", "type 3 object[1]")], mark(1, false));
    refused(&[("type 2 object[0]", "type 2 object[0 secret]")], mark(0, true));
    // By the list of another object only.
    refused(&[("field \"own\" 1", "field \"own\" 0"), ("type 8 object[3 secret]", "type 8 object[3]")], mark(3, false));
}

#[test]
fn fields_have_their_types() {
    refused_as(&[("ops 0 w0 w0", "ops 0 w0")], &arity());
    refused_as(&[("ops 1 w0 w0 s0", "ops 1 w0 w0 w0")], &arity());
    refused_as(&[("0 const w0 const0", "0 nop"), ("1 new.object r0 ops0", "1 new.object r3 ops0")], &mismatch());
    refused(&[("field0 ops2", "field3 ops2")], Fault::OutOfBounds { what: "field", index: 3, len: 3 });
    refused_as(&[("get.field r1 field0 ops2", "get.field r7 field0 ops2")], &mismatch());
    // A secret field does not go into a public word, nor the other way round.
    refused_as(&[("get.field r1 field0 ops2", "get.field r1 field2 ops2")], &arity());
    refused_as(&[("set.field r1 field1 ops3", "set.field r1 field1 ops4")], &arity());
    refused_as(&[("set.field r1 field1 ops3", "set.field r1 field2 ops3")], &arity());
    refused_as(&[("nil r9", "nil r4")], &mismatch());
}

#[test]
fn a_derived_object_stands_for_its_base_only() {
    refused_as(&[("4 move.ref r0 r1", "4 move.ref r1 r0")], &mismatch());
    refused_as(&[("4 move.ref r0 r1", "4 move.ref r2 r1")], &mismatch());
    refused_as(&[("base 0 field", "field")], &mismatch());
    // Lists of derived objects are not lists of their base.
    refused_as(
        &[("12 new.list r7", "12 new.list r8"), ("15 get.field r6 field0 ops7", "15 move.ref r7 r8")],
        &mismatch(),
    );
}

#[test]
fn secrecy_of_objects_is_taken_away_by_listed_disclosures_only() {
    refused_as(&[("8 hide.ref r2 r0", "8 move.ref r2 r0")], &mismatch());
    // The view is not its object, whatever their fields are called.
    refused_as(
        &[("9 open.ref r5 r2 disclosure1", "9 move.ref r5 r2")],
        &Fault::SecretToPublic { from: String::new(), to: String::new() },
    );
    refused_as(
        &[("9 open.ref r5 r2 disclosure1", "9 open.ref r5 r2 disclosure0")],
        &Fault::DisclosureType { row: 0, listed: String::new(), found: String::new() },
    );
    // Only what is opened becomes public, and only as the object that it is.
    refused_as(&[("9 open.ref r5 r2 disclosure1", "9 open.ref r9 r2 disclosure1")], &mismatch());
    refused_as(&[("8 hide.ref r2 r0", "8 hide.ref r2 r1")], &mismatch());
    refused_as(&[("2 \"Point\" field \"x\" 1 field \"y\" 1", "2 \"Point\" field \"y\" 1 field \"x\" 1")], &mismatch());
}

#[test]
fn objects_are_not_compared() {
    for op in ["equal", "count", "find"] {
        let edit = format!("12 builtin {op} ops10");
        refused_as(&[("12 new.list r7", &edit), ("ops 10 r0 -> r5", "ops 10 r8 r8 -> w1")], &mismatch());
    }
    refused_as(&[("builtin copy ops10", "builtin copy ops7")], &Fault::Arity { what: "", expected: 0, found: 0 });
}
