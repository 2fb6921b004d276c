//! Printing, format specs and reading back. Expected texts of specs come from Python.

use proptest::prelude::*;
use stoffel_value::{
    FixTy, FormatSpec, IntTy, Literal, ParseError, ScalarTy, Shape, SpecFor, Value, convert, parse_scalar, print_fix,
    print_float, print_scalar,
};

fn int(value: i64) -> Value {
    Value::Scalar(ScalarTy::I64, value as u64)
}

#[test]
fn floats_print_the_shortest_decimal() {
    let cases = [
        (3.0, "3.0"),
        (0.1, "0.1"),
        (1e-4, "0.0001"),
        (1e-5, "1e-05"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (1.5e300, "1.5e+300"),
        (-0.0, "-0.0"),
        (123456.789, "123456.789"),
        (5e-324, "5e-324"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
        (9007199254740993.0, "9007199254740992.0"),
    ];
    for (value, text) in cases {
        assert_eq!(print_float(value), text);
    }
}

#[test]
fn fixed_prints_the_shortest_decimal_of_its_grid_point() {
    let fix = |value: f64| convert(ScalarTy::Float, ScalarTy::FIX64, value.to_bits()).expect("in range") as i64;
    for (value, text) in [
        (0.1, "0.1"),
        (0.30002, "0.30002"),
        (3.0, "3.0"),
        (-2.25, "-2.25"),
        (0.0, "0.0"),
        (1e6, "1000000.0"),
        (0.679, "0.679"),
    ] {
        assert_eq!(print_fix(FixTy::FIX64, fix(value)), text);
    }
    assert_eq!(print_fix(FixTy::FIX64, 1), "2e-05");
    assert_eq!(print_fix(FixTy::new(16, 8).expect("a format"), 85), "0.332");
    assert_eq!(print_fix(FixTy::new(64, 0).expect("a format"), i64::MAX), "9.223372036854775807e+18");
    assert_eq!(print_fix(FixTy::new(64, 63).expect("a format"), i64::MIN), "-1.0");
    assert_eq!(print_fix(FixTy::new(64, 63).expect("a format"), 1), "1e-19");
}

#[test]
fn composite_values_print_as_the_language_says() {
    let text = |value: &Value| value.text(true);
    assert_eq!(text(&Value::List(vec![int(1), int(-2)])), "[1, -2]");
    assert_eq!(text(&Value::Tuple(vec![int(1)])), "(1,)");
    assert_eq!(text(&Value::Tuple(vec![int(0), Value::Str("x\"\n".into())])), "(0, \"x\\\"\\n\")");
    assert_eq!(
        text(&Value::Dict(vec![(Value::Str("b".into()), int(1)), (Value::Str("a".into()), Value::None)])),
        "{\"b\": 1, \"a\": None}"
    );
    let order =
        Value::Object("Limit".into(), vec![("price".into(), Value::Secret(ScalarTy::I64)), ("cap".into(), int(9))]);
    assert_eq!(text(&order), "Limit(price: <secret int64>, cap: 9)");
    assert_eq!(text(&Value::Str("a\nb".into())), "a\nb");
    assert_eq!(text(&Value::Function("f".into())), "<function f>");
    assert_eq!(print_scalar(ScalarTy::Bool, 1), "True");
    assert_eq!(print_scalar(ScalarTy::Int(IntTy::U64), u64::MAX), "18446744073709551615");
}

fn spec(text: &str) -> FormatSpec {
    FormatSpec::parse(text).expect("a spec")
}

#[test]
fn integer_specs_agree_with_python() {
    for (form, value, text) in [
        ("03d", 5, "005"),
        ("#x", 255, "0xff"),
        ("X", 255, "FF"),
        (",", 1_234_567, "1,234,567"),
        ("08,", 1234, "0,001,234"),
        ("010,", 1234, "00,001,234"),
        ("+d", 5, "+5"),
        ("06", -42, "-00042"),
        ("<6", 42, "42    "),
        ("*^7", 42, "**42***"),
        ("#010b", 5, "0b00000101"),
        ("o", 8, "10"),
        ("<05", 5, "50000"),
        (">+5", 3, "   +3"),
        ("", 7, "7"),
    ] {
        assert_eq!(spec(form).format_scalar(ScalarTy::I64, value as u64), text, "{form}");
    }
}

#[test]
fn real_specs_agree_with_python() {
    for (form, value, text) in [
        (".2f", 3.24159, "3.24"),
        ("f", 2.5, "2.500000"),
        ("e", 12345.678, "1.234568e+04"),
        (".3e", 0.0, "0.000e+00"),
        ("g", 0.0001, "0.0001"),
        ("g", 0.00001, "1e-05"),
        ("g", 1e6, "1e+06"),
        ("g", 100000.0, "100000"),
        (".3", 3.0, "3.0"),
        (".2", 12.0, "1.2e+01"),
        (".1", 1.0, "1e+00"),
        ("%", 0.25, "25.000000%"),
        (".0%", 0.125, "12%"),
        (".0f", 2.5, "2"),
        (".0f", 0.5, "0"),
        (",.1f", 1234567.25, "1,234,567.2"),
        ("08.2f", -3.24159, "-0003.24"),
        ("", 0.1, "0.1"),
        (",", 1234567.5, "1,234,567.5"),
        ("+.1f", 0.05, "+0.1"),
        (".3g", 1234.0, "1.23e+03"),
        ("05", f64::INFINITY, "00inf"),
        ("09,.1g", f64::INFINITY, "000000inf"),
        (".4", 1234.0, "1.234e+03"),
        (".5", 1234.0, "1234.0"),
        ("10", -1.5, "      -1.5"),
    ] {
        assert_eq!(spec(form).format_scalar(ScalarTy::Float, value.to_bits()), text, "{form} {value}");
    }
}

#[test]
fn fixed_specs_round_the_exact_value() {
    let ty = FixTy::FIX64;
    let show = |form: &str, grid: i64| spec(form).format_scalar(ScalarTy::Fix(ty), grid as u64);
    assert_eq!(show(".2f", 6554), "0.10");
    assert_eq!(show(".0f", 5 << 15), "2");
    assert_eq!(show(".0f", 7 << 15), "4");
    assert_eq!(show(".1f", 1 << 14), "0.2");
    assert_eq!(show(".3f", (10 << 16) - 1), "10.000");
    assert_eq!(show("e", 3 << 16), "3.000000e+00");
    assert_eq!(show(".1%", 1 << 15), "50.0%");
    assert_eq!(show(".0%", 655), "1%");
    assert_eq!(show("g", 0), "0");
    assert_eq!(show(".20f", 1), "0.00001525878906250000");
    assert_eq!(show(",.2f", -(1_234_567 << 16)), "-1,234,567.00");
}

#[test]
fn specs_suit_types_or_are_refused() {
    for (form, fits) in [
        ("d", [true, false, false, false]),
        (".2f", [false, true, false, false]),
        (">5", [true; 4]),
        ("s", [false, false, true, false]),
        (".3", [false, true, true, false]),
        ("#x", [true, false, false, false]),
        (",x", [false; 4]),
        ("#f", [false; 4]),
        ("+", [true, true, false, false]),
    ] {
        let got = [SpecFor::Int, SpecFor::Real, SpecFor::Text, SpecFor::Other].map(|what| spec(form).suits(what));
        assert_eq!(got, fits, "{form}");
    }
    for bad in ["q", "5.", "d5", ".", "99999999999999999999", "10000", "é", "<<<5"] {
        assert!(FormatSpec::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(spec(">5").format_str("Ada"), "  Ada");
    assert_eq!(spec("é^6.2s").format_str("ünd"), "ééünéé");
}

#[test]
fn scalars_are_read_exactly_or_refused() {
    fn word(ty: ScalarTy, text: &str) -> Result<u64, ParseError> {
        parse_scalar(ty, text)
    }
    assert_eq!(word(ScalarTy::I64, "-9_000"), Ok((-9000i64) as u64));
    assert_eq!(word(ScalarTy::Int(IntTy::U8), "0xFF"), Ok(255));
    assert!(matches!(word(ScalarTy::Int(IntTy::U8), "256"), Err(ParseError::Range { .. })));
    assert!(matches!(word(ScalarTy::Int(IntTy::U8), "-1"), Err(ParseError::Range { .. })));
    assert!(matches!(word(ScalarTy::I64, &"9".repeat(60)), Err(ParseError::Range { .. })));
    for bad in ["", "-", "1.5", "0x", "1__0", "_1", "a", "1 "] {
        assert!(matches!(word(ScalarTy::I64, bad), Err(ParseError::Form { .. })), "{bad}");
    }
    assert_eq!(word(ScalarTy::FIX64, "0.1"), Ok(6554));
    assert_eq!(word(ScalarTy::FIX64, "-.5e1"), Ok((-5i64 << 16) as u64));
    assert_eq!(word(ScalarTy::FIX64, "1e-400"), Ok(0));
    assert_eq!(word(ScalarTy::FIX64, "0.00000762939453125"), Ok(0), "a tie goes to even");
    assert_eq!(word(ScalarTy::FIX64, "0.000007629394531250000000000000000000000000001"), Ok(1));
    assert!(matches!(word(ScalarTy::FIX64, "1e99999999999999999999"), Err(ParseError::Range { .. })));
    assert_eq!(word(ScalarTy::Float, "0.1"), Ok(0.1f64.to_bits()));
    assert!(matches!(word(ScalarTy::Float, "1e999"), Err(ParseError::Range { .. })));
    assert!(matches!(word(ScalarTy::Float, "infinity"), Err(ParseError::Form { .. })));
    assert_eq!(word(ScalarTy::Bool, "True"), Ok(1));
    assert_eq!(word(ScalarTy::Int(IntTy::U8), "é").map_err(|e| e.to_string()), Err("'é' is not a uint8".into()));
}

#[test]
fn literals_take_the_shape_asked_for() {
    let list = Shape::List(Box::new(Shape::Tuple(vec![
        Shape::Scalar(ScalarTy::FIX64),
        Shape::Optional(Box::new(Shape::Str)),
    ])));
    let value = Value::parse("[(1, 'a'), (0.5, None)]").and_then(|literal| literal.coerce(&list)).expect("fits");
    assert_eq!(value.text(true), "[(1.0, \"a\"), (0.5, None)]");
    let object = Shape::Object(
        "P".into(),
        vec![("x".into(), Shape::Scalar(ScalarTy::I64)), ("y".into(), Shape::Scalar(ScalarTy::Bool))],
    );
    let value = Value::parse("P(y: True, x = -3)").and_then(|literal| literal.coerce(&object)).expect("fits");
    assert_eq!(value.text(true), "P(x: -3, y: True)");
    let wrong = Value::parse("[(1, 2)]").and_then(|literal| literal.coerce(&list)).expect_err("a number is no string");
    assert_eq!(wrong.to_string(), "at [0][1]: '2' is not a string");
    assert!(Value::parse("P(x: 1)").and_then(|literal| literal.coerce(&object)).is_err());
    assert_eq!(Value::parse("(1)"), Ok(Literal::Number("1".into())));
    for bad in ["", "[1", "[1 2]", "(1,,)", "{1}", "hello", "'a", "\"\\q\"", "1 2", "[,]", "-", "\"\\u{d800}\""] {
        assert!(Literal::parse(bad).is_err(), "{bad}");
    }
    assert!(Literal::parse(&"[".repeat(100_000)).is_err());
}

fn printable() -> impl Strategy<Value = (Value, Shape)> {
    let scalar = prop_oneof![
        any::<i64>().prop_map(|v| (int(v), Shape::Scalar(ScalarTy::I64))),
        any::<i64>().prop_map(|v| (Value::Scalar(ScalarTy::FIX64, v as u64), Shape::Scalar(ScalarTy::FIX64))),
        any::<f64>()
            .prop_filter("one form of nan", |v| !v.is_nan())
            .prop_map(|v| (Value::Scalar(ScalarTy::Float, v.to_bits()), Shape::Scalar(ScalarTy::Float))),
        any::<bool>().prop_map(|v| (Value::Scalar(ScalarTy::Bool, v.into()), Shape::Scalar(ScalarTy::Bool))),
        any::<String>().prop_map(|v| (Value::Str(v), Shape::Str)),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|parts| {
                let (values, shapes) = parts.into_iter().unzip();
                (Value::Tuple(values), Shape::Tuple(shapes))
            }),
            (inner, 0usize..4)
                .prop_map(|((value, shape), n)| (Value::List(vec![value; n]), Shape::List(Box::new(shape)))),
        ]
    })
}

proptest! {
    #[test]
    fn printed_values_read_back((value, shape) in printable()) {
        let read = Literal::parse(&value.text(false)).and_then(|literal| literal.coerce(&shape));
        prop_assert_eq!(read, Ok(value));
    }

    #[test]
    fn fixed_text_is_minimal_and_converts_back(k in 2u8..=64, f_seed in any::<u8>(), bits in any::<u64>()) {
        let ty = FixTy::new(k, f_seed % k).expect("a format");
        let grid = (bits as i64) >> (64 - k);
        let text = print_fix(ty, grid);
        prop_assert_eq!(parse_scalar(ScalarTy::Fix(ty), &text), Ok(grid as u64), "{}", text);
        // No decimal with one place less converts back.
        if let Some((whole, fraction)) = text.split_once('.').filter(|(_, f)| !f.contains('e') && *f != "0") {
            let shorter: i128 = format!("{whole}{}", &fraction[..fraction.len() - 1]).parse().unwrap_or(0);
            for near in -2..=2i128 {
                let number = format!("{}e-{}", shorter + near, fraction.len() - 1);
                prop_assert_ne!(parse_scalar(ScalarTy::Fix(ty), &number).ok(), Some(grid as u64), "{} beside {}", number, text);
            }
        }
    }

    #[test]
    fn fixed_reading_agrees_with_exact_rounding(grid in any::<i64>(), extra in 0u64..1000) {
        // grid + extra/1000 of a unit of 2^-16, written out exactly.
        let scaled = (i128::from(grid >> 8) * 1000 + i128::from(extra)) * 152_587_890_625;
        let text = format!("{scaled}e-19");
        let floor = grid >> 8;
        let up = extra > 500 || (extra == 500 && floor & 1 == 1);
        prop_assert_eq!(parse_scalar(ScalarTy::FIX64, &text), Ok((floor + i64::from(up)) as u64));
    }

    #[test]
    fn readers_never_panic(text in any::<String>()) {
        let _ = Literal::parse(&text);
        let _ = FormatSpec::parse(&text).map(|spec| spec.format_scalar(ScalarTy::FIX64, 12345) + &spec.format_str("x") + &spec.format_scalar(ScalarTy::I64, 5));
        for ty in [ScalarTy::I64, ScalarTy::FIX64, ScalarTy::Float, ScalarTy::Bool] {
            let _ = parse_scalar(ty, &text);
        }
    }
}
