//! Functions of floats: known values, bits that no machine changes, and where there is no value.

use stoffel_value::{MathOp, TrapCode, math};

fn of(op: MathOp, a: f64) -> Result<f64, TrapCode> {
    math(op, a.to_bits()).map(f64::from_bits)
}

#[test]
fn known_values() {
    assert_eq!(of(MathOp::Sqrt, 2.0), Ok(std::f64::consts::SQRT_2));
    assert!((of(MathOp::Exp, 1.0).unwrap() - std::f64::consts::E).abs() < 1e-15);
    assert_eq!(of(MathOp::Log, 10.0), Ok(std::f64::consts::LN_10));
    assert_eq!(of(MathOp::Log2, 8.0), Ok(3.0));
    assert_eq!(of(MathOp::Atan, 1.0), Ok(std::f64::consts::FRAC_PI_4));
    assert_eq!(of(MathOp::Tanh, f64::INFINITY), Ok(1.0));
    assert_eq!(of(MathOp::Exp, 1e9), Ok(f64::INFINITY));
}

/// The last bits are part of the language: a program gives the same on every machine.
#[test]
fn bits_are_fixed() {
    let words: Vec<u64> = MathOp::ALL.iter().map(|op| math(*op, 0.7f64.to_bits()).unwrap()).collect();
    assert_eq!(words, BITS);
}

/// Of 0.7, in the order of the table.
const BITS: [u64; 9] = [
    4605711183112745720,
    4611716986771507591,
    13823468941351141200,
    13826182119498874131,
    4603977816617654712,
    4605064305524579731,
    4605761878818060462,
    4603676149996573869,
    4603618880536915600,
];

#[test]
fn outside_the_domain_there_is_no_value() {
    for (op, a) in [
        (MathOp::Sqrt, -1e-300),
        (MathOp::Log, 0.0),
        (MathOp::Log2, -1.0),
        (MathOp::Sin, f64::INFINITY),
        (MathOp::Exp, f64::NAN),
    ] {
        assert_eq!(of(op, a), Err(TrapCode::Domain), "{}", op.name());
    }
    assert_eq!(of(MathOp::Sqrt, -0.0), Ok(-0.0));
}
