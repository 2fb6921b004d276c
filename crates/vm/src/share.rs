//! Shares whose kind is known at run time and their arithmetic in; shares and secrets out (LANGUAGE §10.9, §17.1).
//!
//! A share is a secret scalar in the smallest format that holds its kind, and the kind. Its arithmetic is that of the format's
//! ring and never range-checked: integers wrap, one bit is a number modulo two, and fixed-point operations run under a false
//! guard, so that the clear engine raises no trap for them. Divisions follow the kind's `secret T`.

use stoffel_bytecode::Builtin;
use stoffel_mpc::{Arg, Lane, NodeId, OpSite, Ticket};
use stoffel_value::{BinOp, FixTy, IntTy, ScalarOp, ScalarTy, TrapCode, UnOp, Value, convert, range};

use crate::Wait;
use crate::builtin::Call;
use crate::column::Column;
use crate::fault::{Fault, MISTYPED};
use crate::machine::{Env, Vm};

/// What a share holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// `SecretInt(bits)`; one bit is a bool.
    Int(u8),
    /// `SecretUInt(bits)`
    UInt(u8),
    /// `SecretFixed(total, frac)`
    Fix(FixTy),
}

/// A share on the heap: it owns one reference to its node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    /// The kind.
    pub(crate) kind: Kind,
    /// The value, in the format of the kind.
    pub(crate) lane: Lane,
}

impl Kind {
    /// The kind of values of a format.
    pub(crate) fn of(format: ScalarTy) -> Self {
        match format {
            ScalarTy::Bool => Self::Int(1),
            ScalarTy::Int(int) if int.is_signed() => Self::Int(int.bits() as u8),
            ScalarTy::Int(int) => Self::UInt(int.bits() as u8),
            ScalarTy::Fix(fix) => Self::Fix(fix),
            // No secret is a float; its fixed form stands for it.
            ScalarTy::Float => Self::Fix(FixTy::FIX64),
        }
    }

    /// An integer kind of a number of bits.
    fn integer(signed: bool, bits: u64) -> Result<Self, TrapCode> {
        let bits = u8::try_from(bits).ok().filter(|bits| (1..=64).contains(bits)).ok_or(TrapCode::Engine)?;
        Ok(if signed { Self::Int(bits) } else { Self::UInt(bits) })
    }

    fn fixed(total: u64, frac: u64) -> Result<Self, TrapCode> {
        let parameter = |number: u64| u8::try_from(number).map_err(|_| TrapCode::Engine);
        FixTy::new(parameter(total)?, parameter(frac)?).map(Self::Fix).ok_or(TrapCode::Engine)
    }

    /// The smallest format that holds all values.
    pub(crate) fn format(self) -> ScalarTy {
        let int = |bits: u8, widths: [IntTy; 4]| {
            let fitting = widths.into_iter().find(|int| int.bits() >= u32::from(bits));
            ScalarTy::Int(fitting.unwrap_or(widths[3]))
        };
        match self {
            Self::Int(1) => ScalarTy::Bool,
            Self::Int(bits) => int(bits, [IntTy::I8, IntTy::I16, IntTy::I32, IntTy::I64]),
            Self::UInt(bits) => int(bits, [IntTy::U8, IntTy::U16, IntTy::U32, IntTy::U64]),
            Self::Fix(fix) => ScalarTy::Fix(fix),
        }
    }

    /// Least and greatest value, in units of the kind.
    fn range(self) -> (i128, i128) {
        match self {
            Self::Int(1) => (0, 1),
            Self::Int(bits) => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
            Self::UInt(bits) => (0, (1 << bits) - 1),
            Self::Fix(fix) => range(ScalarTy::Fix(fix)),
        }
    }

    /// Whether every value of the kind is one of the format.
    fn fits(self, format: ScalarTy) -> bool {
        let (low, high) = self.range();
        match (self, format) {
            (Self::Fix(from), ScalarTy::Fix(to)) => to.f() >= from.f() && to.k() - to.f() >= from.k() - from.f(),
            (Self::Fix(_), _) | (_, ScalarTy::Float) => false,
            (_, ScalarTy::Bool) => self == Self::Int(1),
            (_, ScalarTy::Int(_)) => {
                let (least, greatest) = range(format);
                least <= low && high <= greatest
            }
            (_, ScalarTy::Fix(to)) => {
                let (least, greatest) = range(format);
                least <= low << to.f() && high << to.f() <= greatest
            }
        }
    }

    fn name(self) -> String {
        match self {
            Self::Int(bits) => format!("SecretInt({bits})"),
            Self::UInt(bits) => format!("SecretUInt({bits})"),
            Self::Fix(fix) => format!("SecretFixed({}, {})", fix.k(), fix.f()),
        }
    }
}

/// One operand beside a share.
enum Beside {
    Share(Share),
    Word(u64),
}

impl Vm {
    /// A library operation on shares.
    pub(crate) fn share_op(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        match op {
            Builtin::ShareOf => {
                let register = *of.ops.secrets.first().ok_or(MISTYPED)?;
                let lane = self.secret(register)?;
                env.engine.retain(lane.node);
                let kind = Kind::of(of.function.secrets[usize::from(register)]);
                self.put_share(of, Share { kind, lane }, env)
            }
            Builtin::Random => {
                let to = *of.ops.to_secrets.first().ok_or(MISTYPED)?;
                let node = env.engine.random(of.function.secrets[usize::from(to)], 1, self.op_site());
                self.set_node(to, node, env);
                Ok(())
            }
            Builtin::RandomShare => {
                let kind = Kind::integer(true, self.word_in(of, 0)?)?;
                let node = self.random_of(kind, env)?;
                self.put_node(of, kind, node, env)
            }
            Builtin::ShareTo => {
                let share = self.share_in(of, 0)?;
                let to = *of.ops.to_secrets.first().ok_or(MISTYPED)?;
                let lane = self.share_as(share, of.function.secrets[usize::from(to)], env)?;
                self.set_secret(to, lane, env);
                Ok(())
            }
            Builtin::ShareInt | Builtin::ShareUInt => {
                let signed = op == Builtin::ShareInt;
                let kind = Kind::integer(signed, self.word_in(of, 1)?)?;
                let word = self.word_in(of, 0)?;
                let value = if signed { i128::from(word as i64) } else { i128::from(word) };
                let (low, high) = kind.range();
                if value < low || value > high {
                    return Err(TrapCode::Conversion.into());
                }
                self.put_constant(of, kind, word, env)
            }
            Builtin::ShareFix => {
                let kind = Kind::fixed(self.word_in(of, 1)?, self.word_in(of, 2)?)?;
                let word = convert(ScalarTy::Float, kind.format(), self.word_in(of, 0)?)?;
                self.put_constant(of, kind, word, env)
            }
            Builtin::ShareNeg => {
                let share = self.share_in(of, 0)?;
                let made = match share.kind {
                    Kind::Int(1) => self.ring(BinOp::Xor, share, Arg::Lane(share.lane), Arg::Word(0), env)?,
                    Kind::Fix(fix) => {
                        let op = ScalarOp::Unary(UnOp::Neg, ScalarTy::Fix(fix));
                        self.unchecked(op, &[Arg::Lane(share.lane)], env)?
                    }
                    _ => self.ring(BinOp::SubWrap, share, Arg::Word(0), Arg::Lane(share.lane), env)?,
                };
                self.put_node(of, share.kind, made, env)
            }
            Builtin::ShareRetag => {
                let share = self.share_in(of, 0)?;
                let made = self.retagged(share, self.word_in(of, 0)?, env)?;
                self.put_share(of, made, env)
            }
            Builtin::ShareAlike => {
                let list = self.heap.list(self.ref_in(of, 0)?)?;
                let [Column::Refs(shares)] = &list.columns[..] else { return Err(MISTYPED) };
                let kinds = shares.iter().map(|r| self.heap.share(*r).map(|share| share.kind));
                let kinds = kinds.collect::<Result<Vec<_>, _>>()?;
                let alike = !kinds.is_empty() && kinds.iter().all(|kind| *kind == kinds[0]);
                if alike { Ok(()) } else { Err(TrapCode::Shape.into()) }
            }
            Builtin::ShareKind => {
                let text = self.share_in(of, 0)?.kind.name();
                self.put_text(of, text, env)
            }
            _ => self.share_binary(op, of, env),
        }
    }

    /// A uniform value of an integer kind.
    fn random_of(&self, kind: Kind, env: &mut Env<'_>) -> Result<NodeId, Fault> {
        let (format, (low, _)) = (kind.format(), kind.range());
        let node = env.engine.random(format, 1, self.op_site());
        // The top bits are uniform, too: moved down they are a value of fewer bits.
        let spare = format.bits() - low.unsigned_abs().checked_ilog2().map_or(1, |bits| bits + 1);
        if format == ScalarTy::Bool || spare == 0 {
            return Ok(node);
        }
        let op = ScalarOp::Binary(BinOp::Shr, format);
        let args = [Arg::Lane(Lane { node, lane: 0 }), Arg::Word(u64::from(spare))];
        let made = env.engine.op(op, &args, self.op_site());
        env.engine.release(node);
        Ok(made?)
    }

    fn share_in(&self, of: Call<'_>, k: usize) -> Result<Share, Fault> {
        self.heap.share(self.ref_in(of, k)?)
    }

    fn put_share(&mut self, of: Call<'_>, share: Share, env: &mut Env<'_>) -> Result<(), Fault> {
        match self.heap.alloc_share(share) {
            Ok(r) => self.put_ref(of, r, env),
            Err(fault) => {
                env.engine.release(share.lane.node);
                Err(fault)
            }
        }
    }

    fn put_node(&mut self, of: Call<'_>, kind: Kind, node: NodeId, env: &mut Env<'_>) -> Result<(), Fault> {
        self.put_share(of, Share { kind, lane: Lane { node, lane: 0 } }, env)
    }

    fn put_constant(&mut self, of: Call<'_>, kind: Kind, word: u64, env: &mut Env<'_>) -> Result<(), Fault> {
        let node = env.engine.constant(kind.format(), &[word], self.op_site());
        self.put_node(of, kind, node, env)
    }

    /// The share's value in a format that holds all values of its kind; carries a reference.
    fn share_as(&self, share: Share, format: ScalarTy, env: &mut Env<'_>) -> Result<Lane, Fault> {
        if !share.kind.fits(format) {
            let message = format!("a share of kind {} where a secret {format} is needed", share.kind.name());
            return Err(Fault::Message(TrapCode::ShareKind, message));
        }
        if share.kind.format() == format {
            env.engine.retain(share.lane.node);
            return Ok(share.lane);
        }
        let op = ScalarOp::Convert(share.kind.format(), format);
        let node = env.engine.op(op, &[Arg::Lane(share.lane)], self.op_site())?;
        Ok(Lane { node, lane: 0 })
    }

    /// An operation whose result is not range-checked.
    fn unchecked(&self, op: ScalarOp, args: &[Arg<'_>], env: &mut Env<'_>) -> Result<NodeId, Fault> {
        let site = self.op_site();
        if !env.engine.reads_guards() {
            return Ok(env.engine.op(op, args, site)?);
        }
        let never = env.engine.constant(ScalarTy::Bool, &[0], site);
        let guard = Some(Lane { node: never, lane: 0 });
        let made = env.engine.op(op, args, OpSite { guard, ..site });
        env.engine.release(never);
        Ok(made?)
    }

    fn ring(&self, op: BinOp, share: Share, a: Arg<'_>, b: Arg<'_>, env: &mut Env<'_>) -> Result<NodeId, Fault> {
        Ok(env.engine.op(ScalarOp::Binary(op, share.kind.format()), &[a, b], self.op_site())?)
    }

    fn share_binary(&mut self, op: Builtin, of: Call<'_>, env: &mut Env<'_>) -> Result<(), Fault> {
        let mut share = self.share_in(of, 0)?;
        let mut held = None;
        let (beside, swapped) = match of.ops.words.first() {
            None => (Beside::Share(self.share_in(of, 1)?), false),
            Some(&register) => {
                let (word, float) = (self.word(register), of.function.words[usize::from(register)] == ScalarTy::Float);
                if float && !matches!(share.kind, Kind::Fix(_)) {
                    share = self.widened(share, op, env)?;
                    held = Some(share.lane.node);
                }
                let from = if float { ScalarTy::Float } else { ScalarTy::I64 };
                (Beside::Word(public_operand(share.kind, from, word, op)?), self.word_in(of, 1)? != 0)
            }
        };
        let made = self.share_arithmetic(op, share, &beside, swapped, env);
        if let Some(node) = held {
            env.engine.release(node);
        }
        self.put_node(of, share.kind, made?, env)
    }

    fn share_arithmetic(
        &self,
        op: Builtin,
        share: Share,
        beside: &Beside,
        swapped: bool,
        env: &mut Env<'_>,
    ) -> Result<NodeId, Fault> {
        let own = Arg::Lane(share.lane);
        let other = match beside {
            Beside::Share(other) if other.kind != share.kind => {
                let message = format!("shares of kinds {} and {}", share.kind.name(), other.kind.name());
                return Err(Fault::Message(TrapCode::ShareKind, message));
            }
            Beside::Share(other) => Arg::Lane(other.lane),
            Beside::Word(word) => Arg::Word(*word),
        };
        let (a, b) = if swapped { (other, own) } else { (own, other) };
        let format = share.kind.format();
        let divided = match op {
            Builtin::ShareDiv => Some(BinOp::Div),
            Builtin::ShareRem => Some(BinOp::Rem),
            Builtin::ShareMod => Some(BinOp::Mod),
            _ => None,
        };
        if let Some(op) = divided {
            if format == ScalarTy::Bool {
                let message = "a share of one bit is not divided".to_owned();
                return Err(Fault::Message(TrapCode::ShareKind, message));
            }
            return self.ring(op, share, a, b, env);
        }
        let (wrapping, checked, bit) = match op {
            Builtin::ShareAdd => (BinOp::AddWrap, BinOp::Add, BinOp::Xor),
            Builtin::ShareSub => (BinOp::SubWrap, BinOp::Sub, BinOp::Xor),
            Builtin::ShareMul => (BinOp::MulWrap, BinOp::Mul, BinOp::And),
            _ => return Err(MISTYPED),
        };
        match format {
            ScalarTy::Bool => self.ring(bit, share, a, b, env),
            ScalarTy::Fix(_) => self.unchecked(ScalarOp::Binary(checked, format), &[a, b], env),
            _ => self.ring(wrapping, share, a, b, env),
        }
    }

    /// An integer that meets a `float64`: `*` makes it fixed(64, 16).
    fn widened(&self, share: Share, op: Builtin, env: &mut Env<'_>) -> Result<Share, Fault> {
        if op != Builtin::ShareMul {
            let message = format!("a share of kind {} takes only `*` with a float64", share.kind.name());
            return Err(Fault::Message(TrapCode::ShareKind, message));
        }
        let to = ScalarTy::FIX64;
        let node = self.unchecked(ScalarOp::Convert(share.kind.format(), to), &[Arg::Lane(share.lane)], env)?;
        Ok(Share { kind: Kind::of(to), lane: Lane { node, lane: 0 } })
    }

    /// The share with another number of bits; carries a reference.
    fn retagged(&self, share: Share, bits: u64, env: &mut Env<'_>) -> Result<Share, Fault> {
        let kind = match share.kind {
            Kind::Int(_) => Kind::integer(true, bits)?,
            Kind::UInt(_) => Kind::integer(false, bits)?,
            Kind::Fix(fix) => Kind::fixed(bits, u64::from(fix.f()))?,
        };
        let (from, to) = (share.kind.format(), kind.format());
        let own = Arg::Lane(share.lane);
        let node = if from == to {
            env.engine.retain(share.lane.node);
            return Ok(Share { kind, ..share });
        } else if to == ScalarTy::Bool {
            // One bit is the lowest, not whether there is any.
            let low = self.ring(BinOp::And, share, own, Arg::Word(1), env)?;
            let made = self.unchecked(ScalarOp::Convert(from, to), &[Arg::Lane(Lane { node: low, lane: 0 })], env);
            env.engine.release(low);
            made?
        } else {
            let cut = self.cut_to(share, kind, env)?;
            let own = cut.map_or(own, |node| Arg::Lane(Lane { node, lane: 0 }));
            let made = self.unchecked(ScalarOp::Convert(from, to), &[own], env);
            if let Some(node) = cut {
                env.engine.release(node);
            }
            made?
        };
        Ok(Share { kind, lane: Lane { node, lane: 0 } })
    }

    /// The low bits of an integer that is to become narrower, in its own format. A protocol's conversion does that by itself; the
    /// clear engine's is checked.
    fn cut_to(&self, share: Share, kind: Kind, env: &mut Env<'_>) -> Result<Option<NodeId>, Fault> {
        let bits = match kind {
            Kind::Int(_) | Kind::UInt(_) => kind.format().bits(),
            Kind::Fix(_) => return Ok(None),
        };
        if !env.engine.reads_guards() || bits >= share.kind.format().bits() {
            return Ok(None);
        }
        let low = self.ring(BinOp::And, share, Arg::Lane(share.lane), Arg::Word((1 << bits) - 1), env)?;
        if !matches!(kind, Kind::Int(_)) {
            return Ok(Some(low));
        }
        // (low ^ sign) - sign extends the sign bit.
        let sign = Arg::Word(1 << (bits - 1));
        let flipped = self.ring(BinOp::Xor, share, Arg::Lane(Lane { node: low, lane: 0 }), sign, env);
        env.engine.release(low);
        let flipped = flipped?;
        let made = self.ring(BinOp::SubWrap, share, Arg::Lane(Lane { node: flipped, lane: 0 }), sign, env);
        env.engine.release(flipped);
        made.map(Some)
    }

    /// Printed form of what a share holds, opened as a disclosure; waits.
    pub(crate) fn open_share(&mut self, r: u16, row: u32, env: &mut Env<'_>) -> Result<String, Fault> {
        let share = self.heap.share(self.reference(r))?;
        let format = share.kind.format();
        // The instruction is executed again after the wait: the opening that it asked for is kept.
        let ticket: Ticket = match self.opening.take() {
            Some(ticket) => ticket,
            None => env.engine.open(format, share.lane.node, share.lane.lane, 1, row, self.op_site()),
        };
        env.engine.force(ticket);
        let Some(word) = env.engine.opened(ticket).map(|words| words[0]) else {
            self.opening = Some(ticket);
            return Err(Fault::Wait(Wait::Ticket(ticket)));
        };
        env.engine.drop_ticket(ticket);
        Ok(Value::Scalar(format, word).text(true))
    }
}

/// A public number beside a share of a kind: for integers modulo the format, for fixed on its grid.
fn public_operand(kind: Kind, from: ScalarTy, word: u64, op: Builtin) -> Result<u64, Fault> {
    match (kind, from) {
        (Kind::Fix(_), ScalarTy::Float) if matches!(op, Builtin::ShareRem | Builtin::ShareMod) => {
            let message = "a share and a float64 take `+ - * /` only".to_owned();
            Err(Fault::Message(TrapCode::ShareKind, message))
        }
        (Kind::Fix(_), _) => Ok(convert(from, kind.format(), word)?),
        (Kind::Int(1), _) => Ok(word & 1),
        (kind, _) => {
            let format = kind.format();
            let bits = format.bits();
            let cut = word << (64 - bits);
            let signed = matches!(kind, Kind::Int(_));
            Ok(if signed { (cut.cast_signed() >> (64 - bits)).cast_unsigned() } else { cut >> (64 - bits) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_fits_formats_that_hold_all_its_values() {
        let int = |ty| ScalarTy::Int(ty);
        assert!(Kind::Int(5).fits(int(IntTy::I8)) && !Kind::Int(5).fits(int(IntTy::U8)));
        assert!(Kind::UInt(8).fits(int(IntTy::I16)) && !Kind::UInt(8).fits(int(IntTy::I8)));
        assert!(Kind::Int(1).fits(ScalarTy::Bool) && Kind::Int(1).fits(int(IntTy::U8)));
        assert!(!Kind::Int(8).fits(ScalarTy::Bool));
        assert!(Kind::Int(32).fits(ScalarTy::FIX64) && !Kind::Int(64).fits(ScalarTy::FIX64));
        assert!(Kind::Fix(FixTy::FIX32).fits(ScalarTy::FIX64) && !Kind::Fix(FixTy::FIX64).fits(int(IntTy::I64)));
    }

    #[test]
    fn bits_and_parameters_that_make_no_kind_are_engine_errors() {
        assert_eq!(Kind::integer(true, 0), Err(TrapCode::Engine));
        assert_eq!(Kind::integer(false, 65), Err(TrapCode::Engine));
        assert_eq!(Kind::fixed(16, 16), Err(TrapCode::Engine));
        assert_eq!(Kind::integer(true, 64).map(Kind::format), Ok(ScalarTy::I64));
    }
}
