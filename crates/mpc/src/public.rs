//! Checks of an operation that depend on public values only, and so give the same trap at every party and engine.

use stoffel_value::{BinOp, ScalarOp, ScalarTy, TrapCode};

use crate::Arg;

/// Name of the operation in statistics.
pub(crate) const fn name(op: ScalarOp) -> &'static str {
    match op {
        ScalarOp::Binary(op, _) => op.name(),
        ScalarOp::Compare(op, ..) => op.name(),
        ScalarOp::Unary(op, _) => op.name(),
        ScalarOp::Select(_) => "select",
        ScalarOp::Convert(..) => "convert",
        ScalarOp::Sum(_) => "sum",
        ScalarOp::Dot(_) => "dot",
        ScalarOp::OneHot(_) => "one-hot",
        ScalarOp::Pick(_) => "pick",
        ScalarOp::Any => "any",
        ScalarOp::All => "all",
    }
}

/// Number of operands.
pub(crate) const fn arity(op: ScalarOp) -> usize {
    match op {
        ScalarOp::Binary(..) | ScalarOp::Compare(..) | ScalarOp::Dot(_) | ScalarOp::Pick(_) => 2,
        ScalarOp::Unary(..) | ScalarOp::Convert(..) | ScalarOp::Sum(_) | ScalarOp::Any | ScalarOp::All => 1,
        ScalarOp::Select(_) | ScalarOp::OneHot(_) => 3,
    }
}

/// Raises the traps of unequal lengths, public zero divisors and public negative exponents.
///
/// # Panics
/// If the number of operands is not the operation's: the verifier excludes it.
pub(crate) fn check(op: ScalarOp, args: &[Arg<'_>]) -> Result<Option<u32>, TrapCode> {
    assert_eq!(args.len(), arity(op), "operands of {}", name(op));
    let lanes = common_len(args)?;
    if let (ScalarOp::OneHot(_), [_, _, Arg::Word(n)]) = (op, args) {
        return u32::try_from(*n).map(Some).map_err(|_| TrapCode::Engine);
    }
    if let ScalarOp::Binary(op, ty) = op {
        let any = |bad: fn(u64) -> bool| match args[1] {
            Arg::Word(word) => bad(word),
            Arg::Words(words) => words.iter().any(|word| bad(*word)),
            Arg::Lane(_) | Arg::Vector { .. } => false,
        };
        match op {
            BinOp::Div | BinOp::FloorDiv | BinOp::Rem | BinOp::Mod if any(|word| word == 0) => {
                return Err(TrapCode::DivisionByZero);
            }
            BinOp::PowInt if matches!(ty, ScalarTy::Int(_)) && any(|word| (word as i64) < 0) => {
                return Err(TrapCode::NegativeExponent);
            }
            _ => {}
        }
    }
    Ok(lanes)
}

/// The length that all vectors among the operands have; `None` if there are scalars only.
pub(crate) fn common_len(args: &[Arg<'_>]) -> Result<Option<u32>, TrapCode> {
    let mut lanes = None;
    for arg in args {
        let len = match *arg {
            Arg::Lane(_) | Arg::Word(_) => continue,
            Arg::Vector { len, .. } => len,
            Arg::Words(words) => words.len() as u32,
        };
        if lanes.is_some_and(|lanes| lanes != len) {
            return Err(TrapCode::Shape);
        }
        lanes = Some(len);
    }
    Ok(lanes)
}
