//! Every lie a program can tell is refused, each with its own fault. Lies are edits of one sound listing.

use std::mem::discriminant;

use proptest::prelude::*;
use stoffel_bytecode::{Fault, Instr, Operands, Program, Type, needs, verify};
use stoffel_value::ScalarTy;

const SAMPLE: &str = include_str!("data/sample.txt");

/// The sample with texts replaced; each must occur.
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

/// As [`refused`], by the kind of fault only; gives the message.
#[track_caller]
fn refused_as(edits: &[(&str, &str)], like: &Fault) -> String {
    let error = verify(edited(edits)).expect_err("a lie");
    assert_eq!(discriminant(&error.fault), discriminant(like), "{error}");
    error.to_string()
}

fn mismatch() -> Fault {
    Fault::TypeMismatch { what: "", expected: String::new(), found: String::new() }
}

fn leak(from: &str, to: &str) -> Fault {
    Fault::SecretToPublic { from: from.into(), to: to.into() }
}

#[test]
fn registers_and_indices_stay_in_their_tables() {
    let bounds = |what, index, len| Fault::OutOfBounds { what, index, len };
    refused(&[("2 len w0 r0", "2 len w4 r0")], bounds("word register", 4, 4));
    refused(&[("2 len w0 r0", "2 len w0 r4")], bounds("reference register", 4, 4));
    refused(&[("4 hide s0 w2", "4 hide s2 w2")], bounds("secret register", 2, 2));
    refused(&[("17 const w0 const0", "17 const w0 const1")], bounds("constant", 1, 1));
    refused(&[("15 str r1 string0", "15 str r1 string1")], bounds("string", 1, 1));
    refused(&[("15 str r1 string0", "15 str r1 string65536")], bounds("string", 65536, 1));
    refused(&[("type6 ops3", "type9 ops3")], bounds("type", 9, 9));
    refused(&[("type6 ops3", "type6 ops9")], bounds("register list", 9, 9));
    refused(&[("ops2 function0", "ops2 function2")], bounds("function", 2, 2));
    refused(&[("s0 disclosure0", "s0 disclosure4")], bounds("disclosure", 4, 4));
    refused(&[("input input1", "input input2")], bounds("input", 2, 2));
    refused(&[("output output1", "output output2")], bounds("output", 2, 2));
    refused(&[("ops 3 w0", "ops 3 w7")], bounds("word register", 7, 4));
    refused(&[("ops 4 s0", "ops 4 s9")], bounds("secret register", 9, 2));
    refused(&[("refs 0 2 4 1", "refs 0 2 9 1")], bounds("type", 9, 9));
    refused(&[("entry 1", "entry 2")], bounds("entry function", 2, 2));
    refused(&[("output 1 3", "output 1 9")], bounds("type", 9, 9));
    refused(&[("w0 -2 ;", "w0 -9 ;")], Fault::JumpTarget(-1));
    refused(&[("w0 4 ;", "w0 17 ;")], Fault::JumpTarget(22));
    refused(&[("21 return ops7", "21 nop")], Fault::RunsPastEnd);
    refused(&[("ops 4 s0", "ops 4 s0 ticket")], Fault::Arity { what: "words", expected: 0, found: 1 });
}

#[test]
fn tables_are_possible() {
    refused(&[("refs 0 2 4 1", "refs 0 6 4 1")], Fault::NotReference(Type::Scalar(ScalarTy::I64)));
    refused(&[("secrets int64 int64\n", "secrets int64 float64\n")], Fault::NotSecretFormat(ScalarTy::Float));
    refused(&[("params 1 0 2", "params 2 0 2")], Fault::Signature("greater".into()));
    refused(&[("results 1 0 1", "results 1 0 2")], Fault::Signature("greater".into()));
    refused(&[("type 8 secret fix[40, 12]?", "type 8 secret float64")], Fault::BadType(Type::Secret(ScalarTy::Float)));
    refused_as(&[("type 8 secret fix[40, 12]?", "type 8 list[ticket[int64]]")], &Fault::BadType(Type::Str));
    refused_as(&[("type 8 secret fix[40, 12]?", "type 8 int64??")], &Fault::BadType(Type::Str));
    let mut wide = edited(&[]);
    wide.types[8] = Type::Tuple(vec![Type::Str; 5000]);
    assert_eq!(verify(wide).expect_err("too wide").fault, Fault::LargeType);
    let mut deep = edited(&[]);
    deep.types[8] = (0..100).fold(Type::Str, |ty, _| Type::List(Box::new(ty)));
    assert_eq!(verify(deep).expect_err("too deep").fault, Fault::LargeType);
    let mut empty = edited(&[]);
    empty.functions[0].code.clear();
    assert_eq!(verify(empty).expect_err("no code").fault, Fault::NoCode("greater".into()));
    let mut spans = edited(&[]);
    spans.debug.spans.pop();
    assert_eq!(verify(spans).expect_err("other debug info").fault, Fault::Debug);
}

#[test]
fn operands_have_the_types_of_their_places() {
    refused_as(&[("2 len w0 r0", "2 len w3 r0")], &mismatch());
    refused_as(&[("2 len w0 r0", "2 len w0 r2")], &mismatch());
    refused_as(&[("17 const w0 const0", "17 const w3 const0")], &Fault::NotCanonical { ty: ScalarTy::Bool, word: 42 });
    refused_as(
        &[("0 4 3\n\nfunction 1", "0 4 3\n\nfunction 1"), ("1 guard.enter s2", "1 guard.enter s0")],
        &mismatch(),
    );
    refused_as(&[("14 print r1", "14 print r0")], &mismatch());
    refused_as(
        &[("ops 2 w2 s0 s1 -> w2 s0", "ops 2 w2 s0 -> w2 s0")],
        &Fault::Arity { what: "", expected: 0, found: 0 },
    );
    refused_as(
        &[("ops 2 w2 s0 s1 -> w2 s0", "ops 2 w2 s0 s1 -> s0")],
        &Fault::Arity { what: "", expected: 0, found: 0 },
    );
    refused_as(&[("6 ticket r2", "6 ticket r0")], &mismatch());
    refused(&[("2 sbin add", "2 sbin pow")], Fault::Undefined { op: "pow", ty: "int64".into() });
    refused(&[("2 sbin add", "2 sbin powint")], Fault::Undefined { op: "powint", ty: "int64".into() });
    refused(&[("7 call ops2 function0", "7 call ops7 function1")], Fault::Entry);
    refused_as(&[("type6 ops3", "type4 ops3")], &mismatch());
    refused_as(&[("secrets int64 int64\n", "secrets int64 uint64\n")], &mismatch());
}

#[test]
fn secrets_reach_no_public_place_but_by_disclosures() {
    // A list of secrets moved to a register of public lists.
    refused(&[("10 new.list r3", "10 move.ref r3 r0")], leak("list[secret int64]", "list[int64]"));
    // A secret appended to a public list, and read from one.
    refused(&[("11 append r3 ops6", "11 append.secret r3 s0")], leak("secret int64", "int64"));
    refused(&[("6 get.secret s1 r0 w2", "6 get.word w1 r0 w2")], mismatch_of("list[int64]", "list[secret int64]"));
    // Contents compared or searched.
    refused(
        &[("14 print r1", "14 builtin equal ops8"), ("ops 8 r3 w0", "ops 8 r0 r0 -> w3")],
        leak("list[secret int64]", "bool"),
    );
    refused(
        &[("14 print r1", "14 builtin find ops8"), ("ops 8 r3 w0", "ops 8 w0 r0 -> w1")],
        leak("list[secret int64]", "bool"),
    );
    // A secret list handed to a public result.
    refused_as(&[("type 5 (int64, list[secret int64])", "type 5 (int64, list[int64])")], &leak("", ""));
    // An opening under a row of another type, kind or receivers.
    refused_as(&[("\"main\" 3 to everyone", "\"main\" 7 to everyone")], &disclosed_type());
    refused(&[("9 open r2 s0 disclosure0", "9 open r2 s0 disclosure1")], Fault::DisclosureKind(1));
    refused(&[("\"main\" 3 to everyone", "\"main\" 3 to slot 1")], Fault::DisclosureReceivers(0));
    // A secret result shown to everyone.
    refused_as(
        &[
            ("output 0 5 to role \"seller\"", "output 0 5 to everyone"),
            ("\"main\" 5 to role \"seller\"", "\"main\" 5 to everyone"),
        ],
        &Fault::OutputRow { row: 0, what: "" },
    );
}

fn mismatch_of(expected: &str, found: &str) -> Fault {
    Fault::TypeMismatch { what: "the list", expected: expected.into(), found: found.into() }
}

fn disclosed_type() -> Fault {
    Fault::DisclosureType { row: 0, listed: String::new(), found: String::new() }
}

#[test]
fn disclosure_list_is_the_codes() {
    // Removed: the opening then names the row of another disclosure.
    let mut removed = edited(&[]);
    removed.disclosures.remove(0);
    assert_eq!(verify(removed).expect_err("row removed").fault, Fault::DisclosureKind(0));
    // Added.
    let mut added = edited(&[]);
    added.disclosures.push(added.disclosures[0].clone());
    assert_eq!(verify(added).expect_err("row added").fault, Fault::DisclosureUnused(4));
    // Re-addressed.
    refused(&[("\"main\" 3 to slot 2", "\"main\" 3 to everyone")], Fault::DisclosureReceivers(1));
    refused(&[("\"main\" 5 to role \"seller\"", "\"main\" 5 to role \"buyer\"")], Fault::DisclosureReceivers(2));
    refused(&[("output 0 5 to role \"seller\"", "output 0 5 to each \"seller\"")], Fault::DisclosureReceivers(2));
    // Relabelled.
    refused(&[("disclosure 0 reveal", "disclosure 0 result")], Fault::DisclosureKind(0));
    refused(&[("disclosure 2 result", "disclosure 2 reveal")], Fault::DisclosureKind(2));
    // What of an input is public: missing, for another parameter, of another type, twice, to others.
    let bids = || Fault::InputDisclosure("bids.len".into());
    let mut missing = edited(&[]);
    missing.disclosures.pop();
    assert_eq!(verify(missing).expect_err("row missing").fault, bids());
    refused(&[("7 10 \"bids.len\" 0", "7 10 \"main\" 0")], bids());
    refused(&[("7 10 \"bids.len\" 0", "7 10 \"bids.len\" 1")], bids());
    let mut twice = edited(&[]);
    twice.disclosures.push(twice.disclosures[3].clone());
    assert_eq!(verify(twice).expect_err("row twice").fault, bids());
    refused(&[("\"bids.len\" 0 to everyone", "\"bids.len\" 0 to nobody")], Fault::DisclosureReceivers(3));
}

#[test]
fn interface_is_the_codes() {
    let row = |name: &str| Fault::InputRow { name: name.into(), what: "" };
    refused(&[("1 input input1 ops1", "1 nop")], Fault::InputRead(1));
    refused(&[("2 len w0 r0", "2 input input0 ops0")], Fault::InputRead(0));
    refused(&[("20 drop.ref r0", "20 input input0 ops0")], Fault::InputRead(0));
    refused(&[("w0 -2 ;", "w0 -7 ;"), ("8 jump.lt", "8 jump.lt")], Fault::InputRead(1));
    refused_as(&[("input 1 \"reserve\" 6", "input 1 \"bids\" 6")], &row(""));
    refused_as(&[(" from \"bidder\"", "")], &row(""));
    refused_as(&[("input 1 \"reserve\" 6 default \"-5\"", "input 1 \"reserve\" 6 from \"bidder\"")], &row(""));
    refused_as(&[("input 1 \"reserve\" 6 default", "input 1 \"reserve\" 6 each default")], &row(""));
    refused_as(&[("default \"-5\"", "default \"five\"")], &row(""));
    refused_as(&[("input 1 \"reserve\" 6", "input 1 \"reserve\" 2")], &mismatch_arity());
    refused(&[("19 output output1 none ops4", "19 nop")], Fault::OutputGiven(1));
    refused(&[("14 print r1", "14 output output1 none ops4")], Fault::OutputGiven(1));
    refused_as(&[("output1 none", "output1 disclosure2")], &Fault::OutputRow { row: 1, what: "" });
    refused_as(&[("output0 disclosure2", "output0 none")], &Fault::OutputRow { row: 0, what: "" });
    refused(&[("entry 1", "entry 0")], Fault::Entry);
}

fn mismatch_arity() -> Fault {
    Fault::Arity { what: "", expected: 0, found: 0 }
}

#[test]
fn outputs_belong_to_the_entry_function() {
    let edits = [
        ("3 guard.leave", "3 guard.leave ; 0 1 1\n  4 output output1 none ops2"),
        ("  4 sselect", "  5 sselect"),
        ("  5 addimm", "  6 addimm"),
        ("  6 return ops1", "  7 return ops1"),
        ("ops 1 w0 s3", "ops 1 w0 s3\n  ops 2 s3"),
    ];
    refused(&edits, Fault::OutputPlace);
}

#[test]
fn needs_are_the_codes() {
    let program = edited(&[]);
    assert_eq!(needs(&program), program.needs);
    refused(&[("need select int64\n", "")], Fault::Needs);
    refused(&[("need select int64", "need select int64\nneed any")], Fault::Needs);
    refused(&[("need binary add int64", "need binary sub int64")], Fault::Needs);
    refused(&[("need binary add int64", "need select int64")], Fault::Needs);
    refused(&[("need binary add int64", "need binary add int64 public 1")], Fault::Needs);
}

#[test]
fn nothing_is_read_before_it_is_written() {
    let unassigned = |bank, register| Fault::Unassigned { bank, register };
    refused(&[("4 hide s0 w2", "4 nop")], unassigned("secret", 0));
    refused(&[("10 new.list r3", "10 nop")], unassigned("reference", 3));
    refused(&[("14 print r1", "14 drop.ref r1"), ("15 str r1 string0", "15 print r1")], unassigned("reference", 1));
    // Written in the loop only, which may not run.
    refused(&[("ops 4 s0", "ops 4 s1")], unassigned("secret", 1));
    // Dropping what may be empty is allowed: it does nothing.
    verify(edited(&[
        ("19 output output1 none ops4", "19 output output1 none ops4 ; 0 1 1\n  20 drop.secret s1"),
        ("  20 drop.ref r0", "  21 drop.ref r0"),
        ("  21 return ops7", "  22 return ops7"),
    ]))
    .expect("sound");
}

#[test]
fn guards_nest() {
    refused(&[("3 guard.leave", "3 nop")], Fault::Guards);
    refused(&[("1 guard.enter s2", "1 nop")], Fault::Guards);
    // Entered on one way to the loop's head only.
    refused(&[("14 print r1", "14 guard.leave")], Fault::Guards);
}

#[test]
fn data_flow_ends_on_hostile_code() {
    // Many jump targets and many registers: refused by bound, not by running long.
    let mut program = edited(&[]);
    let main = &mut program.functions[1];
    main.refs = vec![2; 60_000];
    main.code =
        (0..30_000u32).map(|pc| Instr::JumpIf { w: 3, hi: ((pc + 1) >> 16) as u16, lo: (pc + 1) as u16 }).collect();
    main.code.push(Instr::Return { ops: 7 });
    program.debug.spans.clear();
    assert_eq!(verify(program).expect_err("too large").fault, Fault::TooComplex("main".into()));
}

fn mutated() -> impl Strategy<Value = Program> {
    let mutation = (any::<prop::sample::Index>(), 0usize..4, any::<u16>(), 0u8..8);
    prop::collection::vec(mutation, 1..4).prop_map(|mutations| {
        let mut program = edited(&[]);
        for (place, field, value, small) in mutations {
            let function = place.index(2);
            let function = &mut program.functions[function];
            let at = place.index(function.code.len());
            let mut raw = function.code[at].raw_fields();
            raw[field] = if small < 6 { value % 5 } else { value };
            let opcode =
                if small % 2 == 0 { function.code[at].opcode() } else { (value % Instr::TABLE.len() as u16) as u8 };
            if let Some(instr) = Instr::from_raw_fields(opcode, raw) {
                function.code[at] = instr;
            }
            let list = place.index(function.operands.len());
            if small == 7 {
                function.operands[list] = Operands { words: vec![value % 5; field], ..function.operands[list].clone() };
            }
        }
        program
    })
}

/// Writes the hashes that the content asks for: an attacker can do that too.
fn reseal(bytes: &mut [u8]) {
    let mut at = 74;
    for _ in 0..6 {
        let Some(len) = bytes.get(at + 1..at + 9).and_then(|len| len.try_into().ok()).map(u64::from_le_bytes) else {
            return;
        };
        at = at.saturating_add(9).saturating_add(len as usize);
        if at >= bytes.len() {
            return;
        }
    }
    let mut content = blake3::Hasher::new_derive_key("stoffel bytecode: content");
    content.update(&bytes[8..10]).update(&bytes[74..at]);
    let debug = *blake3::Hasher::new_derive_key("stoffel bytecode: debug").update(&bytes[at..]).finalize().as_bytes();
    bytes[10..42].copy_from_slice(content.finalize().as_bytes());
    bytes[42..74].copy_from_slice(&debug);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn mutated_programs_never_panic(program in mutated()) {
        let _ = verify(program);
    }

    #[test]
    fn altered_and_resealed_containers_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = edited(&[]).encode();
        for (at, value) in changes {
            let at = 74 + at.index(bytes.len() - 74);
            bytes[at] = value;
        }
        reseal(&mut bytes);
        if let Ok(program) = Program::decode(&bytes) {
            prop_assert_eq!(program.encode(), bytes, "one program has one encoding");
            let _ = verify(program);
        }
    }

    #[test]
    fn any_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Program::decode(&bytes);
        let mut whole = edited(&[]).encode();
        whole.truncate(74);
        whole.append(&mut bytes);
        reseal(&mut whole);
        let _ = Program::decode(&whole).map(verify);
    }
}

#[test]
fn long_register_lists_cannot_be_named_without_bound() {
    let mut program = edited(&[]);
    let main = &mut program.functions[1];
    main.operands.push(Operands { refs: vec![1; 60_000], ..Operands::default() });
    let concat = Instr::ConcatStr { d: 1, ops: main.operands.len() as u16 - 1 };
    main.code.splice(16..16, std::iter::repeat_n(concat, 1000));
    program.debug.spans.clear();
    assert_eq!(verify(program).expect_err("too large").fault, Fault::TooComplex("main".into()));
}

/// A script of one function around the lines, whose registers the comment of the data file names.
fn script(ops: &str, code: &[&str]) -> Program {
    let mut text = include_str!("data/script.txt").replace("OPS\n", &(ops.to_owned() + "\n"));
    for (pc, line) in code.iter().enumerate() {
        text += &format!("  {} {line}\n", pc + SCRIPT_START);
    }
    text += &format!("  {} return ops0\n", code.len() + SCRIPT_START);
    text += "entry 0\ndisclosure 0 reveal \"a\" 1 1 \"main\" 6 to everyone\n";
    let mut program = Program::from_text(&text).expect("the script reads");
    program.needs = needs(&program);
    program
}

const SCRIPT_START: usize = 10;

#[test]
fn library_operations_take_what_their_table_says() {
    for (name, ops) in [
        ("concat", "r0 r1 -> r0"),
        ("concat", "r2 r2 -> r3"),
        ("concat", "r4 r4 -> r4"),
        ("repeat", "r0 w0 -> r1"),
        ("slice", "w2 w0 w2 w0 w0 r4 -> r4"),
        ("slice", "w2 w0 w2 w0 w0 r0 -> r0"),
        ("copy", "r4 -> r4"),
        ("extend", "r4 r4"),
        ("insert", "w0 r4 s0"),
        ("insert", "w0 w1 r2"),
        ("pop", "w0 r4 -> s0"),
        ("pop", "w0 r2 -> w1"),
        ("clear", "r4"),
        ("reverse", "r5"),
        ("range", "w0 w0 w1 -> r2"),
        ("equal", "r0 r1 -> w2"),
        ("equal", "r2 r3 -> w2"),
        ("comparestr", "r0 r1 -> w0"),
        ("containsstr", "r0 r1 -> w2"),
        ("find", "w0 r2 -> w1"),
        ("find", "r6 r0 -> w1"),
        ("count", "w0 r2 -> w1"),
        ("sort", "w2 r2"),
        ("sort", "w2 r6"),
        ("sort", "w2 r4"),
        ("sort", "w2 r5"),
        ("charat", "w0 r0 -> r1"),
        ("split", "r0 r1 -> r6"),
        ("join", "r0 r6 -> r1"),
        ("strip", "r0 -> r0"),
        ("upper", "r0 -> r0"),
        ("lower", "r0 -> r0"),
        ("replace", "r0 r0 r1 -> r1"),
        ("startswith", "r0 r1 -> w2"),
        ("endswith", "r0 r1 -> w2"),
        ("findstr", "r0 r1 -> w2 w0"),
        ("parseint", "r0 -> w2 w0"),
        ("sumsecret", "r4 -> s0"),
        ("dotsecret", "r4 r4 -> s0"),
        ("anysecret", "r5 -> s1"),
        ("allsecret", "r5 -> s1"),
        ("convertsecret", "r4 -> r5"),
        ("onehotsecret", "r2 s0 -> r5"),
        ("onehotsecret", "r4 s0 s1 -> r5"),
        ("picksecret", "r5 r4 -> s0"),
        ("picksecret", "r5 r2 -> s0"),
        ("picksecret", "r5 r5 -> s1"),
        ("putsecret", "r5 r4 s0"),
        ("putsecret", "r5 r5 s1"),
        ("selectlist", "s1 r4 r4 -> r4"),
        ("sqrt", "w3 -> w3"),
        ("tanh", "w3 -> w3"),
        ("trapsecret", "w0 s1"),
    ] {
        let code = format!("builtin {name} ops1");
        let mut sound = script(&format!("  ops 1 {ops}"), &[&code]);
        sound.disclosures.clear();
        verify(sound).unwrap_or_else(|error| panic!("{name} {ops}: {error}"));
        // One operand less or more is refused, and so is one of a type that no library operation takes.
        let fewer = ops.rsplit_once(' ').map_or("", |(fewer, _)| fewer).to_owned();
        let other = ops.replacen("w0", "w3", 1).replacen("w2", "w3", 1);
        for wrong in [fewer, format!("w3 {ops}"), other] {
            if wrong != ops {
                let mut wrong_script = script(&format!("  ops 1 {wrong}"), &[&code]);
                wrong_script.disclosures.clear();
                let error = verify(wrong_script).expect_err(&format!("{name} {wrong}"));
                assert!(error.at.is_some(), "{name} {wrong}: {error}");
            }
        }
    }
}

#[test]
fn what_a_secret_index_or_condition_touches_is_secret() {
    let wrong = |name: &str, ops: &str| {
        let mut script = script(&format!("  ops 1 {ops}"), &[&format!("builtin {name} ops1")]);
        script.disclosures.clear();
        verify(script).expect_err(&format!("{name} {ops}")).fault
    };
    // The element at a secret index of a public list is no public word, and a public list is not written at one.
    assert_eq!(wrong("putsecret", "w0 r5 r2"), leak("secret index", "list[int64]"));
    assert_eq!(
        discriminant(&wrong("picksecret", "r5 r2 -> w0")),
        discriminant(&Fault::Arity { what: "", expected: 0, found: 0 })
    );
    // Marks stay secret, an index is an integer, and nothing is chosen among public lists or texts.
    assert_eq!(discriminant(&wrong("onehotsecret", "r2 s0 -> r3")), discriminant(&mismatch()));
    assert_eq!(wrong("onehotsecret", "r2 s1 -> r5"), Fault::Undefined { op: "onehotsecret", ty: "bool".into() });
    assert_eq!(wrong("selectlist", "s1 r2 r2 -> r2"), Fault::Undefined { op: "selectlist", ty: "list[int64]".into() });
    assert_eq!(wrong("picksecret", "r5 r6 -> r0"), Fault::Undefined { op: "picksecret", ty: "list[string]".into() });
}

#[test]
fn functions_of_floats_and_traps_take_nothing_else() {
    for (name, ops) in [
        ("sqrt", "w0 -> w3"),
        ("sqrt", "w3 -> w0"),
        ("log", "s0 -> w3"),
        ("exp", "s0 -> s0"),
        ("trapsecret", "w0 s0"),
        ("trapsecret", "w2 s1"),
        ("trapsecret", "w0 w2"),
        ("trapsecret", "w0 s1 -> w2"),
    ] {
        let mut wrong = script(&format!("  ops 1 {ops}"), &[&format!("builtin {name} ops1")]);
        wrong.disclosures.clear();
        let error = verify(wrong).expect_err(&format!("{name} {ops}"));
        assert!(error.at.is_some(), "{name} {ops}: {error}");
    }
}

#[test]
fn other_instructions_take_what_their_table_says() {
    for (ops, line) in [
        ("", "hide.ref r4 r2"),
        ("", "open.ref r3 r4 disclosure0"),
        ("  ops 1 w0", "append r2 ops1"),
        ("  ops 1 w0", "set r2 w1 ops1"),
        ("  ops 1 -> w0", "get r2 w1 ops1"),
        ("  ops 1 s1 s0 s0", "sselect 0 s0 ops1"),
        ("  ops 1 w0 s1 s0", "sselect 1 s0 ops1"),
        ("  ops 1 w0 w1 s1", "sselect 3 s0 ops1"),
        ("", "sconvert s0 s1"),
        ("", "sbin.right powint s0 s0 w0"),
        ("", "sbin.left sub s0 w0 s0"),
        ("", "scmp.right lt s1 s0 w0"),
        ("", "sun neg s0 s0"),
        ("", "sun not s1 s1"),
        ("", "convert w2 w0"),
        ("", "cmp eq w2 w0 w1"),
        ("", "bin shl w0 w0 w1"),
        ("", "un abs w0 w0"),
        ("", "append.secret r4 s0"),
        ("", "get.word w0 r2 w1"),
        ("  ops 1 w0 r0", "format.spec r1 type1 ops1"),
        ("  ops 1 r0 r1 r0", "concat.str r0 ops1"),
        ("", "fail r0"),
        ("", "trap R0301"),
        ("", "move.secret s0 s0"),
        ("", "len w0 r0"),
    ] {
        // An opening must be listed exactly if it is made.
        let mut program = script(ops, &[line]);
        if !line.starts_with("open.ref") {
            program.disclosures.clear();
        }
        verify(program).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    for (ops, line) in [
        ("", "hide.ref r2 r4"),
        ("", "open.ref r2 r2 disclosure0"),
        ("", "open.ref r6 r4 disclosure0"),
        ("  ops 1 w0 s1 s0", "sselect 0 s0 ops1"),
        ("  ops 1 s0 s0 s0", "sselect 0 s0 ops1"),
        ("", "sbin.right powint s1 s1 w0"),
        ("", "scmp lt s1 s0 s1"),
        ("", "sun abs s1 s1"),
        ("", "bin and w0 w0 w2"),
        ("", "un not w3 w3"),
        ("", "bin add w2 w2 w2"),
        ("  ops 1 w0", "format.spec r1 type1 ops1"),
        ("", "fail r2"),
        ("  ops 1 s0", "append r2 ops1"),
        ("  ops 1 ticket", "append r2 ops1"),
        ("  ops 1 -> s0", "get r2 w1 ops1"),
        ("", "append.ticket r2 r0"),
        ("", "await w0 r0"),
    ] {
        let mut program = script(ops, &[line]);
        if !line.starts_with("open.ref") {
            program.disclosures.clear();
        }
        let error = verify(program).expect_err(line);
        assert!(error.at.is_some(), "{line}: {error}");
    }
}

/// Two functions of words; `main` calls the second and loops.
const WORDS: &str = r#"stflb 1
type 0 int64
function 0 "main"
  words int64 int64 int64
  secrets int64
  ops 0 w2
  ops 1
  0 small w0 1
  1 small w1 2
  2 call.words w2 w0 function1
  3 loopimm.i64 w0 9 -1
  4 loop.i64 w0 w1 -2
  5 hide s0 w0
  6 drop.secret s0
  7 output output0 disclosure0 ops0
  8 return ops1
function 1 "sum"
  words int64 int64
  params 2 0 0
  results 1 0 0
  result.words int64
  0 rem.i64 w0 w0 w1
  1 return.word w0
entry 0
output 0 0 to everyone
disclosure 0 result "" 0 0 "main" 0 to everyone
"#;

#[test]
fn calls_of_words_and_turns_of_loops_are_typed() {
    let with = |from: &str, to: &str| {
        assert!(WORDS.contains(from), "the listing holds '{from}'");
        verify(Program::from_text(&WORDS.replacen(from, to, 1)).expect("it reads")).map_err(|error| error.fault)
    };
    verify(Program::from_text(WORDS).expect("it reads")).expect("sound");
    let bounds = |index, len| Fault::OutOfBounds { what: "word register", index, len };
    let kind = |fault: &Fault| discriminant(fault) == discriminant(&mismatch());
    assert_eq!(with("call.words w2 w0", "call.words w2 w2").expect_err("arguments past the end"), bounds(3, 3));
    assert_eq!(with("call.words w2 w0", "call.words w3 w0").expect_err("result past the end"), bounds(3, 3));
    assert_eq!(with("w0 function1", "w0 function0").expect_err("the entry"), Fault::Entry);
    assert!(kind(&with("words int64 int64 int64", "words int64 int64 bool").expect_err("the result's format")));
    assert!(kind(&with("  words int64 int64\n", "  words int64 bool\n").expect_err("a parameter's format")));
    assert!(kind(&with("result.words int64", "result.words bool").expect_err("another result")));
    assert!(with("return.word w0", "return.word w2").is_err());
    assert!(with("loopimm.i64 w0 9 -1", "loopimm.i64 w0 9 -9").is_err());
    assert!(with("loop.i64 w0 w1", "loop.i64 w0 w3").is_err());
    // A function that takes or gives a secret is not called as one of words.
    let secret = "  words int64 int64\n  params 2 0 0\n  results 1 0 0\n  result.words int64\n";
    let taken = "  words int64 int64\n  secrets int64\n  params 1 0 1\n  results 1 0 0\n  result.words int64\n";
    assert!(kind(&with(secret, taken).expect_err("a secret parameter")));
}
