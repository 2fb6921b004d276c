//! Container and text form: what is written reads back equal; what is damaged is refused for the right reason.

use proptest::prelude::*;
use stoffel_bytecode::{
    Debug, DecodeError, Disclosure, DisclosureKind, Field, FieldKind, FuncType, Function, InlineCall, InputRow, Instr,
    LineSpan, MAGIC, Need, Object, ObjectTy, Operands, OutputRow, Program, Receivers, Section, SlotRow, Type, VERSION,
    verify,
};
use stoffel_value::{BinOp, CmpOp, FixTy, IntTy, ScalarOp, ScalarTy, UnOp};

const SAMPLE: &str = include_str!("data/sample.txt");
const HEADER: usize = 74;

fn sample() -> Program {
    Program::from_text(SAMPLE).expect("the sample reads")
}

/// Where each section's content stands in a container.
fn sections(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut at = HEADER;
    Section::ALL
        .iter()
        .map(|_| {
            let len = u64::from_le_bytes(bytes[at + 1..at + 9].try_into().expect("eight bytes")) as usize;
            let body = at + 9..at + 9 + len;
            at = body.end;
            body
        })
        .collect()
}

#[test]
fn sample_is_verified_and_round_trips() {
    let program = sample();
    let bytes = program.encode();
    assert_eq!(Program::decode(&bytes), Ok(program.clone()));
    assert_eq!(bytes[10..42], program.hash());
    assert_eq!(Program::from_text(&program.to_text()), Ok(program.clone()));
    let verified = verify(program).expect("the sample is sound");
    let place = verified.locate(verified.site_of(1, 7));
    assert_eq!((place.file, place.line, place.column, place.function), ("src/main.stfl", 10, 5, "main"));
    assert_eq!(verified.function_at(6), 0);
    assert_eq!(verified.function_at(7), 1);
}

#[test]
fn identity_ignores_debug_info_and_nothing_else() {
    let program = sample();
    let mut moved = program.clone();
    moved.debug.spans[0].line += 1;
    assert_eq!(moved.hash(), program.hash());
    assert_ne!(moved.encode(), program.encode());
    let mut renamed = program.clone();
    renamed.inputs[0].name.push('x');
    assert_ne!(renamed.hash(), program.hash());
}

#[test]
fn a_changed_byte_in_any_section_is_told() {
    let bytes = sample().encode();
    for (section, body) in Section::ALL.into_iter().zip(sections(&bytes)) {
        for at in body {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let expected = if section == Section::Debug { DecodeError::AlteredDebug } else { DecodeError::Altered };
            assert_eq!(Program::decode(&altered), Err(expected), "{} byte {at}", section.name());
        }
    }
}

#[test]
fn damage_of_the_frame_is_told_apart() {
    let bytes = sample().encode();
    for len in 0..bytes.len() {
        let error = Program::decode(&bytes[..len]).expect_err("cut short");
        let expected = if len < MAGIC.len() {
            matches!(error, DecodeError::NotAProgram)
        } else {
            matches!(error, DecodeError::Truncated(_))
        };
        assert!(expected, "{len}: {error}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Program::decode(&longer), Err(DecodeError::Trailing(1)));
    let mut newer = bytes.clone();
    newer[8] = 9;
    assert_eq!(Program::decode(&newer), Err(DecodeError::Version { found: 9 }));
    assert!(Program::decode(&newer).expect_err("newer").to_string().contains(&VERSION.to_string()));
    let mut swapped = bytes.clone();
    swapped[HEADER] = 2;
    assert_eq!(Program::decode(&swapped), Err(DecodeError::SectionOrder("types")));
    let mut huge = bytes.clone();
    huge[HEADER + 1..HEADER + 9].fill(0xff);
    assert_eq!(Program::decode(&huge), Err(DecodeError::Truncated("types")));
    assert_eq!(Program::decode(b"\x7fELF"), Err(DecodeError::NotAProgram));
}

#[test]
fn listings_say_what_is_wrong_and_where() {
    for (text, line, what) in [
        ("type 0 int64", 1, "begins"),
        ("stflb 1\ntype 1 int64", 2, "entry 0"),
        ("stflb 1\ntype 0 int65", 2, "int65"),
        ("stflb 1\nnop", 2, "outside a function"),
        ("stflb 1\nfunction 0 \"f\"\n  1 nop", 3, "instruction 0 is next"),
        ("stflb 1\nfunction 0 \"f\"\n  0 fly w0", 3, "'fly' is no instruction"),
        ("stflb 1\nfunction 0 \"f\"\n  0 move w0 r1", 3, "'r1'"),
        ("stflb 1\nfunction 0 \"f\"\n  0 nop\n  1 nop ; 0 1 1", 4, "position"),
        ("stflb 1\nstring 0 \"a", 2, "does not end"),
        ("stflb 1\nentry 0 0", 2, "goes on"),
        ("stflb 1\ntype 0 fix[70, 3]", 2, "not possible"),
    ] {
        let error = Program::from_text(text).expect_err(text);
        assert_eq!(error.line, line, "{text}");
        assert!(error.what.contains(what), "{text}: {}", error.what);
    }
}

#[test]
fn every_instruction_is_eight_bytes_in_memory_and_in_files() {
    assert_eq!(size_of::<Instr>(), Instr::SIZE);
    let names: std::collections::HashSet<_> = Instr::TABLE.iter().map(|info| info.name).collect();
    assert_eq!(names.len(), Instr::TABLE.len());
    for (opcode, info) in Instr::TABLE.iter().enumerate() {
        let instr = Instr::from_raw_fields(opcode as u8, [0; 4]).expect("zero is valid in every field");
        assert_eq!(usize::from(instr.opcode()), opcode);
        assert_eq!(Instr::decode(instr.encode()), Some(instr), "{}", info.name);
        let selectors = info.fields.iter().filter(|(_, kind)| kind.is_selector()).count();
        assert!(selectors <= 1 && info.fields.len() - selectors <= 3);
    }
    assert_eq!(Instr::decode([0, 1, 0, 0, 0, 0, 0, 0]), None, "unused places are zero");
    assert_eq!(Instr::decode([255; 8]), None);
}

fn scalar() -> impl Strategy<Value = ScalarTy> {
    prop_oneof![
        Just(ScalarTy::Bool),
        Just(ScalarTy::Float),
        (0usize..8).prop_map(|index| ScalarTy::Int(IntTy::ALL[index])),
        (2u8..=64, any::<u8>()).prop_map(|(k, f)| ScalarTy::Fix(FixTy::new(k, f % k).expect("a format"))),
    ]
}

fn ty() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        scalar().prop_map(Type::Scalar),
        scalar().prop_map(Type::Secret),
        Just(Type::Str),
        Just(Type::Share),
        scalar().prop_map(Type::Ticket),
        any::<(u32, bool)>().prop_map(|(index, secret)| Type::Object(ObjectTy { index, secret })),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|ty| Type::List(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Array(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Optional(Box::new(ty))),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Type::Tuple),
            (prop::collection::vec(inner.clone(), 0..3), inner)
                .prop_map(|(params, result)| Type::Func(Box::new(FuncType { params, result }))),
        ]
    })
}

fn object() -> impl Strategy<Value = Object> {
    let fields = prop::collection::vec((".*", any::<u32>()).prop_map(|(name, ty)| Field { name, ty }), 0..3);
    (".*", prop::option::of(any::<u32>()), fields).prop_map(|(name, base, fields)| Object { name, base, fields })
}

fn instr() -> impl Strategy<Value = Instr> {
    (0..Instr::TABLE.len(), any::<[u16; 4]>()).prop_map(|(opcode, mut raw)| {
        let fields = Instr::TABLE[opcode].fields;
        raw[fields.len()..].fill(0);
        for ((_, kind), raw) in fields.iter().zip(&mut raw) {
            *raw %= match kind {
                FieldKind::BinOp => BinOp::ALL.len() as u16,
                FieldKind::CmpOp => CmpOp::ALL.len() as u16,
                FieldKind::UnOp => UnOp::ALL.len() as u16,
                FieldKind::Builtin => stoffel_bytecode::Builtin::ALL.len() as u16,
                FieldKind::Trap => stoffel_value::TrapCode::ALL.len() as u16,
                FieldKind::Bits => 4,
                _ => u16::MAX,
            };
        }
        Instr::from_raw_fields(opcode as u8, raw).expect("fields in range")
    })
}

fn operands() -> impl Strategy<Value = Operands> {
    let list = || prop::collection::vec(any::<u16>(), 0..3);
    let written = || prop::collection::vec(0u16..u16::MAX, 0..3);
    (list(), written(), written(), written(), written(), written()).prop_map(
        |(words, refs, secrets, to_words, to_refs, to_secrets)| Operands {
            words,
            refs,
            secrets,
            to_words,
            to_refs,
            to_secrets,
        },
    )
}

fn function() -> impl Strategy<Value = Function> {
    let scalars = || prop::collection::vec(scalar(), 0..4);
    let numbers = || prop::collection::vec(any::<u32>(), 0..4);
    let signature = (scalars(), numbers(), scalars(), any::<[u16; 3]>(), any::<[u16; 3]>());
    let results = (scalars(), numbers(), scalars());
    let code = (
        prop::collection::vec(instr(), 0..6),
        prop::collection::vec(any::<u64>(), 0..3),
        prop::collection::vec(operands(), 0..3),
    );
    (".*", signature, results, code).prop_map(
        |(name, (words, refs, secrets, params, results), (rw, rr, rs), (code, words_pool, operands))| Function {
            name,
            words,
            refs,
            secrets,
            params,
            results,
            result_words: rw,
            result_refs: rr,
            result_secrets: rs,
            code,
            words_pool,
            operands,
        },
    )
}

fn receivers() -> impl Strategy<Value = Receivers> {
    prop_oneof![
        Just(Receivers::Everyone),
        Just(Receivers::Nobody),
        ".*".prop_map(Receivers::Role),
        ".*".prop_map(Receivers::EachOf),
        any::<u32>().prop_map(Receivers::Slot),
        Just(Receivers::AnySlot),
        ".*".prop_map(Receivers::Key),
        Just(Receivers::AnyKey)
    ]
}

fn need() -> impl Strategy<Value = Need> {
    (op(), any::<[bool; 3]>()).prop_map(|(op, public)| Need { op, public })
}

fn op() -> impl Strategy<Value = ScalarOp> {
    (scalar(), scalar(), 0usize..19, 0usize..11).prop_map(|(a, b, op, form)| match form {
        0 => ScalarOp::Binary(BinOp::ALL[op], a),
        1 => ScalarOp::Compare(CmpOp::ALL[op % 6], a, b),
        2 => ScalarOp::Unary(UnOp::ALL[op % 3], a),
        3 => ScalarOp::Select(a),
        4 => ScalarOp::Convert(a, b),
        5 => ScalarOp::Sum(a),
        6 => ScalarOp::Dot(a),
        7 => ScalarOp::Any,
        8 => ScalarOp::OneHot(a),
        9 => ScalarOp::Pick(a),
        _ => ScalarOp::All,
    })
}

prop_compose! {
    fn program()(
        types in prop::collection::vec(ty(), 0..4), strings in prop::collection::vec(".*", 0..3),
        functions in prop::collection::vec(function(), 0..3), entry in any::<u32>(),
        inputs in prop::collection::vec((".*", any::<u32>(), prop::option::of(".*"), any::<bool>(), prop::option::of(".*")), 0..3),
        objects in prop::collection::vec(object(), 0..3),
        outputs in prop::collection::vec((any::<u32>(), receivers()), 0..3),
        slots in prop::collection::vec((prop::option::of(any::<u32>()), prop::option::of(any::<u32>()), scalar()), 0..3),
        disclosures in prop::collection::vec((0usize..6, ".*", any::<u32>(), any::<u32>(), ".*", any::<u32>(), receivers()), 0..3),
        needs in prop::collection::vec(need(), 0..4), files in prop::collection::vec(".*", 0..2), with_spans in any::<bool>(), place in any::<[u32; 3]>(),
    ) -> Program {
        let sites = functions.iter().map(|function| function.code.len()).sum::<usize>();
        let span = LineSpan { file: place[0], line: place[1], column: place[2] };
        Program {
            types, objects, strings, functions, entry, needs,
            slots: slots.into_iter().map(|(slot, index, ty)| SlotRow { slot, index, ty }).collect(),
            inputs: inputs.into_iter().map(|(name, ty, role, each, default)| InputRow { name, ty, role, each, default }).collect(),
            outputs: outputs.into_iter().map(|(ty, to)| OutputRow { ty, to }).collect(),
            disclosures: disclosures.into_iter().map(|(kind, file, line, column, function, ty, to)| {
                Disclosure { kind: DisclosureKind::ALL[kind], file, line, column, function, ty, to }
            }).collect(),
            debug: if with_spans {
                let inlined = vec![InlineCall { function: "f\"".to_owned(), span, outer: place[0] }; 2];
                let frames = (0..sites as u32).step_by(2).map(|site| (site, place[1])).collect();
                Debug { files, spans: vec![span; sites], inlined, frames }
            } else {
                Debug { files, ..Debug::default() }
            },
        }
    }
}

proptest! {
    #[test]
    fn any_program_round_trips_as_bytes(program in program()) {
        let bytes = program.encode();
        let read = Program::decode(&bytes);
        prop_assert_eq!(read.as_ref(), Ok(&program));
        prop_assert_eq!(program.encode(), bytes);
    }

    #[test]
    fn any_program_round_trips_as_text(program in program()) {
        let text = program.to_text();
        let read = Program::from_text(&text);
        prop_assert_eq!(read, Ok(program), "{}", text);
    }

    #[test]
    fn listings_never_panic(text in any::<String>(), line in 0usize..80, cut in 0usize..60) {
        let _ = Program::from_text(&text);
        let mut lines: Vec<String> = SAMPLE.lines().map(str::to_owned).collect();
        let at = line % lines.len();
        let kept: String = lines[at].chars().take(cut).collect();
        lines[at] = kept + &text;
        if let Ok(program) = Program::from_text(&lines.join("\n")) {
            let _ = verify(program);
        }
    }
}
