//! Arithmetic on words against naive exact models, and the language's own examples.

use proptest::prelude::*;
use stoffel_value::{
    BinOp, CmpOp, FixTy, IntTy, ScalarTy, TrapCode, UnOp, binary, compare, convert, from_i128, is_canonical, to_i128,
    unary,
};

fn int(ty: IntTy, value: i128) -> u64 {
    from_i128(ScalarTy::Int(ty), value).expect("in range")
}

fn op(op: BinOp, ty: IntTy, a: i128, b: i128) -> Result<i128, TrapCode> {
    binary(op, ScalarTy::Int(ty), int(ty, a), int(ty, b)).map(|word| to_i128(ScalarTy::Int(ty), word))
}

fn fix(ty: FixTy, value: f64) -> u64 {
    convert(ScalarTy::Float, ScalarTy::Fix(ty), value.to_bits()).expect("in range")
}

fn float(op: BinOp, a: f64, b: f64) -> Result<f64, TrapCode> {
    binary(op, ScalarTy::Float, a.to_bits(), b.to_bits()).map(f64::from_bits)
}

#[test]
fn integers_follow_the_language() {
    use IntTy::*;
    assert_eq!(op(BinOp::Add, I64, i64::MAX.into(), 1), Err(TrapCode::OutOfRange));
    assert_eq!(op(BinOp::Mul, U64, u64::MAX.into(), u64::MAX.into()), Err(TrapCode::OutOfRange));
    assert_eq!(op(BinOp::MulWrap, U64, u64::MAX.into(), u64::MAX.into()), Ok(1));
    assert_eq!(op(BinOp::AddWrap, U8, 250, 10), Ok(4));
    assert_eq!(op(BinOp::SubWrap, I64, 3, 5), Ok(-2));
    assert_eq!(
        [BinOp::Div, BinOp::FloorDiv, BinOp::Rem, BinOp::Mod].map(|o| op(o, I64, -7, 2)),
        [Ok(-3), Ok(-4), Ok(-1), Ok(1)]
    );
    assert_eq!(op(BinOp::Div, I8, -128, -1), Err(TrapCode::OutOfRange));
    assert_eq!(op(BinOp::FloorDiv, I8, -128, -1), Err(TrapCode::OutOfRange));
    assert_eq!(op(BinOp::Rem, I8, -128, -1), Ok(0));
    assert_eq!(op(BinOp::Mod, I64, 1, 0), Err(TrapCode::DivisionByZero));
    assert_eq!(op(BinOp::Pow, I64, 2, 62), Ok(1 << 62));
    assert_eq!(op(BinOp::Pow, I64, -2, 63), Ok(i64::MIN.into()));
    assert_eq!(op(BinOp::Pow, I64, 2, 63), Err(TrapCode::OutOfRange));
    assert_eq!(op(BinOp::Pow, I64, 0, 0), Ok(1));
    assert_eq!(op(BinOp::Pow, I64, -1, i64::MAX.into()), Ok(-1));
    assert_eq!(op(BinOp::Pow, I64, 2, -1), Err(TrapCode::NegativeExponent));
    assert_eq!(op(BinOp::Shr, I64, -8, 1), Ok(-4));
    assert_eq!(binary(BinOp::Shl, ScalarTy::Int(I8), 0x40, 1), Ok(int(I8, -128)));
    assert_eq!(binary(BinOp::Shl, ScalarTy::Int(I8), 1, 8), Err(TrapCode::ShiftAmount));
    assert_eq!(binary(BinOp::Shr, ScalarTy::Int(U8), 1, u64::MAX), Err(TrapCode::ShiftAmount));
    assert_eq!(unary(UnOp::Not, ScalarTy::Int(U8), 12), Ok(243));
    assert_eq!(unary(UnOp::Not, ScalarTy::I64, 12), Ok(int(I64, -13)));
    assert_eq!(unary(UnOp::Neg, ScalarTy::Int(I8), int(I8, -128)), Err(TrapCode::OutOfRange));
    assert_eq!(unary(UnOp::Abs, ScalarTy::Int(I8), int(I8, -128)), Err(TrapCode::OutOfRange));
}

#[test]
fn mixer_of_the_language_reference_agrees() {
    let mut x = 88_172_645_463_325_252u64;
    for (shift, amount) in [(BinOp::Shl, 13), (BinOp::Shr, 7), (BinOp::Shl, 17)] {
        let moved = binary(shift, ScalarTy::Int(IntTy::U64), x, amount).expect("shift");
        x = binary(BinOp::Xor, ScalarTy::Int(IntTy::U64), x, moved).expect("xor");
    }
    assert_eq!(
        binary(BinOp::MulWrap, ScalarTy::Int(IntTy::U64), x, 0x2545_F491_4F6C_DD1D),
        Ok(8_247_990_730_851_706_096)
    );
}

#[test]
fn fixed_rounds_ties_to_even_and_checks_the_range() {
    let ty = FixTy::FIX64;
    let run = |op, a, b| binary(op, ScalarTy::Fix(ty), a, b);
    assert_eq!(run(BinOp::Mul, fix(ty, 0.1), fix(ty, 3.0)), Ok(fix(ty, 0.1) * 3));
    assert_eq!(run(BinOp::Mul, 1, 1 << 15), Ok(0), "half a unit rounds to even");
    assert_eq!(run(BinOp::Mul, 3, 1 << 15), Ok(2));
    assert_eq!(run(BinOp::Mul, (-3i64) as u64, 1 << 15), Ok((-2i64) as u64));
    assert_eq!(run(BinOp::Div, fix(ty, 1.0), 0), Err(TrapCode::DivisionByZero));
    assert_eq!(run(BinOp::Mul, fix(ty, 1e10), fix(ty, 1e10)), Err(TrapCode::OutOfRange));
    assert_eq!(run(BinOp::PowInt, fix(ty, 2.0), 10), Ok(fix(ty, 1024.0)));
    assert_eq!(run(BinOp::PowInt, fix(ty, 2.0), (-2i64) as u64), Ok(fix(ty, 0.25)));
    assert_eq!(run(BinOp::PowInt, 0, 0), Ok(fix(ty, 1.0)));
    assert_eq!(run(BinOp::PowInt, 0, u64::MAX), Err(TrapCode::DivisionByZero));
    assert_eq!(run(BinOp::Pow, fix(ty, 4.0), fix(ty, 0.5)), Ok(fix(ty, 2.0)));
    assert_eq!(run(BinOp::Pow, fix(ty, -4.0), fix(ty, 0.5)), Err(TrapCode::Domain));
    assert_eq!(run(BinOp::FloorDiv, fix(ty, -7.5), fix(ty, 2.0)), Ok(fix(ty, -4.0)));
    assert_eq!(run(BinOp::Mod, fix(ty, -7.5), fix(ty, 2.0)), Ok(fix(ty, 0.5)));
    let narrow = FixTy::new(16, 8).expect("a format");
    assert_eq!(binary(BinOp::Div, ScalarTy::Fix(narrow), 256, 768), Ok(85));
}

#[test]
fn floats_trap_zero_divisors_and_have_one_nan() {
    assert_eq!(float(BinOp::FloorDiv, 7.0, 2.0), Ok(3.0));
    assert_eq!(float(BinOp::FloorDiv, 1.0, 0.1), Ok(9.0));
    assert_eq!(float(BinOp::Mod, -7.0, 2.0), Ok(1.0));
    assert_eq!(float(BinOp::Div, 1.0, -0.0), Err(TrapCode::DivisionByZero));
    assert_eq!(float(BinOp::Mul, 1e300, 1e300), Ok(f64::INFINITY));
    assert_eq!(float(BinOp::Pow, -8.0, 1.0 / 3.0), Err(TrapCode::Domain));
    let nan = binary(BinOp::Sub, ScalarTy::Float, f64::INFINITY.to_bits(), f64::INFINITY.to_bits()).expect("nan");
    assert_eq!(nan, f64::NAN.to_bits());
    assert_eq!(compare(CmpOp::Eq, ScalarTy::Float, nan, ScalarTy::Float, nan), Err(TrapCode::Domain));
    assert_eq!(binary(BinOp::PowInt, ScalarTy::Float, (-1.0f64).to_bits(), (1 << 53) + 1), Ok((-1.0f64).to_bits()));
}

#[test]
fn conversions_round_or_trap() {
    let f = ScalarTy::Float;
    let bits = |x: f64| x.to_bits();
    assert_eq!(convert(f, ScalarTy::I64, bits(-2.9)), Ok((-2i64) as u64));
    assert_eq!(convert(f, ScalarTy::I64, bits(9.3e18)), Err(TrapCode::Conversion));
    assert_eq!(convert(f, ScalarTy::I64, f64::NAN.to_bits()), Err(TrapCode::Conversion));
    assert_eq!(convert(f, ScalarTy::FIX64, bits(0.1)), Ok(6554));
    assert_eq!(convert(f, ScalarTy::FIX64, bits(0.5 / 65536.0)), Ok(0));
    assert_eq!(convert(f, ScalarTy::FIX64, bits(1.5 / 65536.0)), Ok(2));
    assert_eq!(convert(f, ScalarTy::FIX64, f64::INFINITY.to_bits()), Err(TrapCode::Conversion));
    assert_eq!(convert(ScalarTy::FIX64, ScalarTy::I64, (-65537i64) as u64), Ok((-1i64) as u64));
    assert_eq!(convert(ScalarTy::FIX64, f, 6554), Ok(bits(6554.0 / 65536.0)));
    assert_eq!(convert(ScalarTy::I64, ScalarTy::FIX64, 1 << 47), Err(TrapCode::Conversion));
    assert_eq!(convert(ScalarTy::I64, ScalarTy::Bool, 3), Ok(1));
    assert_eq!(convert(ScalarTy::Bool, ScalarTy::FIX64, 1), Ok(65536));
    assert_eq!(
        convert(ScalarTy::Int(IntTy::I8), ScalarTy::Int(IntTy::U8), int(IntTy::I8, -1)),
        Err(TrapCode::Conversion)
    );
}

fn int_ty() -> impl Strategy<Value = IntTy> {
    (0usize..8).prop_map(|index| IntTy::ALL[index])
}

fn edge_i128(ty: IntTy) -> impl Strategy<Value = i128> {
    prop_oneof![
        Just(ty.min()),
        Just(ty.max()),
        (-9i128..9).prop_map(move |v| v.clamp(ty.min(), ty.max())),
        ty.min()..=ty.max()
    ]
}

fn int_case() -> impl Strategy<Value = (IntTy, i128, i128)> {
    int_ty().prop_flat_map(|ty| (Just(ty), edge_i128(ty), edge_i128(ty)))
}

fn fix_case() -> impl Strategy<Value = (FixTy, i128, i128)> {
    (2u8..=64).prop_flat_map(|k| (Just(k), 0..k)).prop_flat_map(|(k, f)| {
        let ty = FixTy::new(k, f).expect("a format");
        let value = prop_oneof![
            Just(ty.min()),
            Just(ty.max()),
            ty.min()..=ty.max(),
            (-9i128..9).prop_map(move |v| v.clamp(ty.min(), ty.max()))
        ];
        (Just(ty), value.clone(), value)
    })
}

/// Whether `rounded` is the integer nearest to `top / bottom`, even on ties. |top| < 2^127, bottom ≠ 0.
fn is_nearest_even(rounded: i128, top: i128, bottom: i128) -> bool {
    let (top, bottom) = if bottom < 0 { (-top, -bottom) } else { (top, bottom) };
    let off = top - rounded * bottom;
    2 * off.abs() < bottom || (2 * off.abs() == bottom && rounded % 2 == 0)
}

proptest! {
    #[test]
    fn integer_results_are_exact_or_trap((ty, a, b) in int_case()) {
        let within = |value: Option<i128>| value.filter(|v| (ty.min()..=ty.max()).contains(v)).ok_or(TrapCode::OutOfRange);
        prop_assert_eq!(op(BinOp::Add, ty, a, b), within(Some(a + b)));
        prop_assert_eq!(op(BinOp::Sub, ty, a, b), within(Some(a - b)));
        prop_assert_eq!(op(BinOp::Mul, ty, a, b), within(a.checked_mul(b)));
        prop_assert_eq!(op(BinOp::Min, ty, a, b), Ok(a.min(b)));
        prop_assert_eq!(op(BinOp::Max, ty, a, b), Ok(a.max(b)));
        let modulus = 1i128 << ty.bits();
        for (wrapping, exact) in [(BinOp::AddWrap, Some(a + b)), (BinOp::SubWrap, Some(a - b)), (BinOp::MulWrap, a.checked_mul(b))] {
            let got = op(wrapping, ty, a, b).expect("never traps");
            if let Some(exact) = exact { prop_assert_eq!((got - exact).rem_euclid(modulus), 0); }
        }
        if b != 0 {
            let floor = a.div_euclid(b) - i128::from(b < 0 && a.rem_euclid(b) != 0);
            prop_assert_eq!(op(BinOp::FloorDiv, ty, a, b), within(Some(floor)));
            let (q, r) = (a / b, op(BinOp::Rem, ty, a, b).expect("fits"));
            prop_assert_eq!(q * b + r, a);
            let floored = op(BinOp::Mod, ty, a, b).expect("fits");
            prop_assert!(floored == 0 || (floored < 0) == (b < 0));
            prop_assert!(floored.abs() < b.abs() && (a - floored) % b == 0);
        }
    }

    #[test]
    fn fixed_products_and_quotients_are_nearest((ty, a, b) in fix_case()) {
        let scalar = ScalarTy::Fix(ty);
        let (wa, wb) = (a as u64, b as u64);
        let one = 1i128 << ty.f();
        match binary(BinOp::Mul, scalar, wa, wb) {
            Ok(word) => prop_assert!(is_nearest_even(to_i128(scalar, word), a * b, one)),
            Err(code) => {
                prop_assert_eq!(code, TrapCode::OutOfRange);
                prop_assert!(a * b / one >= ty.max() || a * b / one <= ty.min());
            }
        }
        if b != 0 {
            match binary(BinOp::Div, scalar, wa, wb) {
                Ok(word) => prop_assert!(is_nearest_even(to_i128(scalar, word), a * one, b)),
                Err(code) => {
                    prop_assert_eq!(code, TrapCode::OutOfRange);
                    prop_assert!(a * one / b >= ty.max() || a * one / b <= ty.min());
                }
            }
        }
    }

    #[test]
    fn results_are_canonical(op_index in 0..BinOp::ALL.len(), (ty, a, b) in int_case(), x in any::<f64>(), y in any::<f64>()) {
        let op = BinOp::ALL[op_index];
        if let Ok(word) = binary(op, ScalarTy::Int(ty), int(ty, a), int(ty, b)) {
            prop_assert!(is_canonical(ScalarTy::Int(ty), word));
        }
        if let Ok(word) = binary(op, ScalarTy::Float, x.to_bits(), y.to_bits()) {
            prop_assert!(is_canonical(ScalarTy::Float, word));
        }
    }

    #[test]
    fn comparisons_are_exact_across_integers((ta, a, _) in int_case(), (tb, b, _) in int_case()) {
        for cmp in CmpOp::ALL {
            let got = compare(*cmp, ScalarTy::Int(ta), int(ta, a), ScalarTy::Int(tb), int(tb, b));
            prop_assert_eq!(got, Ok(cmp.holds(a.cmp(&b))));
        }
    }

    #[test]
    fn fixed_to_fixed_and_back((ty, a, _) in fix_case()) {
        let scalar = ScalarTy::Fix(ty);
        for to in [ScalarTy::FIX64, ScalarTy::Fix(FixTy::FIX32), ScalarTy::I64] {
            if let Ok(word) = convert(scalar, to, a as u64) {
                prop_assert!(is_canonical(to, word));
                if let ScalarTy::Fix(t) = to {
                    prop_assert!(is_nearest_even(to_i128(to, word), a << t.f(), 1 << ty.f()));
                }
            }
        }
    }
}
