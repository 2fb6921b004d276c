//! Typed operations in, steps in rings and on bits out: what LANGUAGE §10.4 asks for, made of what protocols have.
//!
//! Integers live extended in Z/2^64 (after wrapping operations only modulo 2^N, until a wider use cuts them), bools in GF(2),
//! fixed point in the smallest ring of at least k + f + 2 bits. Schemes are not mentioned here.
//! Source: PROTOCOLS A.3, A.6, A.12.

mod compare;
mod convert;
mod div;
mod fix;
mod index;
mod int;
pub(crate) mod sort;

use std::rc::Rc;

use stoffel_value::{BinOp, CmpOp, IntTy, ScalarOp, ScalarTy, TrapCode, UnOp, to_i128};

use super::build::{Builder, Val};
use super::graph::Operand;
use super::node::{Code, Domain, Key, LOOSE};
use crate::client::lane_bits;
use crate::rep3::ltz::Order;
use crate::{Arg, NodeId, Rounding};

/// Where values of a format live.
pub(crate) const fn domain_of(ty: ScalarTy) -> Domain {
    match lane_bits(ty) {
        1 => Domain::Bits,
        64 => Domain::Z64,
        _ => Domain::Z128,
    }
}

/// Planes of a format's home: one for a bool, none in rings.
pub(crate) const fn planes_of(ty: ScalarTy) -> u8 {
    matches!(ty, ScalarTy::Bool) as u8
}

/// The operation is not one of this store.
pub(crate) const UNSUPPORTED: TrapCode = TrapCode::Engine;

/// Format of the result.
pub(crate) const fn result_ty(op: ScalarOp) -> ScalarTy {
    match op {
        ScalarOp::Binary(_, ty) | ScalarOp::Unary(_, ty) | ScalarOp::Select(ty) => ty,
        ScalarOp::Convert(_, ty) | ScalarOp::Sum(ty) | ScalarOp::Dot(ty) | ScalarOp::Pick(ty) => ty,
        ScalarOp::OneHot(_) | ScalarOp::Compare(..) | ScalarOp::Any | ScalarOp::All => ScalarTy::Bool,
    }
}

impl Builder {
    /// Queues an operation whose operands are not all public; the result has one reference.
    ///
    /// # Errors
    /// `R0404` for an operation that no protocol here has; [`crate::Backend::supports`] says which.
    pub(crate) fn lower(&mut self, op: ScalarOp, args: &[Arg<'_>], lanes: Option<u32>) -> Result<u32, TrapCode> {
        let reduces =
            matches!(op, ScalarOp::Sum(_) | ScalarOp::Dot(_) | ScalarOp::Pick(_) | ScalarOp::Any | ScalarOp::All);
        let ty = result_ty(op);
        let lanes = lanes.unwrap_or(1);
        if lanes == 0 {
            let neutral = if op == ScalarOp::All { 1 } else { 0 };
            let words = vec![neutral; usize::from(reduces)];
            return Ok(self.constant(domain_of(ty), planes_of(ty), &words));
        }
        let result = match self.typed(op, args, lanes) {
            Ok(result) => result,
            Err(trap) => {
                self.abandon();
                return Err(trap);
            }
        };
        Ok(self.finish(result, domain_of(ty), planes_of(ty), if reduces { 1 } else { lanes }))
    }

    /// As [`Builder::lower`] for what scalar loops are made of, without detours: sums, products and the order of two integers.
    pub(crate) fn scalar(&mut self, op: ScalarOp, args: &[Arg<'_>]) -> Option<u32> {
        let [Arg::Lane(x), Arg::Lane(y)] = args else { return None };
        let (op, int) = match op {
            ScalarOp::Binary(op, ScalarTy::Int(int)) => (op, int),
            ScalarOp::Compare(CmpOp::Lt, tx @ ScalarTy::Int(_), ty @ ScalarTy::Int(_)) => {
                return self.scalar_less((tx, *x), (ty, *y));
            }
            ScalarOp::Compare(CmpOp::Gt, tx @ ScalarTy::Int(_), ty @ ScalarTy::Int(_)) => {
                return self.scalar_less((ty, *y), (tx, *x));
            }
            _ => return None,
        };
        let (code, wraps) = match op {
            BinOp::Add => (Code::Add, false),
            BinOp::Sub => (Code::Sub, false),
            BinOp::Mul => (Code::Mul, false),
            BinOp::AddWrap => (Code::Add, true),
            BinOp::SubWrap => (Code::Sub, true),
            BinOp::MulWrap => (Code::Mul, true),
            _ => return None,
        };
        let (nx, ny) = (self.graph.node(x.node.0), self.graph.node(y.node.0));
        if nx.key.to != Domain::Z64 || ny.key.to != Domain::Z64 {
            return None;
        }
        let narrow = if wraps && int.bits() < 64 { LOOSE } else { 0 };
        let flags = (nx.flags | ny.flags) & LOOSE | narrow;
        let key = Key { code, from: Domain::Z64, planes: 0, param: 0, to: Domain::Z64 };
        Some(self.graph.push_pair(key, (x.node.0, x.lane), (y.node.0, y.lane), flags, self.site))
    }

    fn typed(&mut self, op: ScalarOp, args: &[Arg<'_>], lanes: u32) -> Result<Val, TrapCode> {
        match op {
            ScalarOp::Binary(op, ty) => self.binary(op, ty, &args[0], &args[1]),
            ScalarOp::Compare(op, left, right) => Ok(self.compare(op, (left, &args[0]), (right, &args[1]))),
            ScalarOp::Unary(op, ty) => self.unary(op, ty, &args[0]),
            ScalarOp::Select(ty) => {
                let condition = self.home(ScalarTy::Bool, &args[0]);
                Ok(self.select(ty, &condition, &args[1], &args[2]))
            }
            ScalarOp::Convert(from, to) => self.conversion(from, to, &args[0]),
            ScalarOp::Sum(ty) => {
                let x = self.home(ty, &args[0]);
                Ok(self.sum(&x))
            }
            ScalarOp::Dot(ty) => Ok(self.dot(ty, &args[0], &args[1])),
            ScalarOp::OneHot(ty) => Ok(self.one_hot(ty, &args[0], &args[1], lanes)),
            ScalarOp::Pick(ty) => Ok(self.pick(ty, &args[0], &args[1])),
            ScalarOp::All => {
                let x = self.home(ScalarTy::Bool, &args[0]);
                Ok(self.all_lanes(x))
            }
            ScalarOp::Any => {
                let x = self.home(ScalarTy::Bool, &args[0]);
                let none = self.not(&x);
                let all = self.all_lanes(none);
                Ok(self.not(&all))
            }
        }
    }

    fn binary(&mut self, op: BinOp, ty: ScalarTy, x: &Arg<'_>, y: &Arg<'_>) -> Result<Val, TrapCode> {
        match (op, ty) {
            (BinOp::Min | BinOp::Max, _) => {
                let (less, more) = if op == BinOp::Min { (x, y) } else { (y, x) };
                let smaller = self.less((ty, x), (ty, y));
                Ok(self.select(ty, &smaller, less, more))
            }
            (BinOp::And | BinOp::Or | BinOp::Xor, _) => self.logic(op, ty, x, y),
            // Modulo 2: right wherever the value is 0 or 1 in the end.
            (BinOp::Add | BinOp::Sub, ScalarTy::Bool) => self.logic(BinOp::Xor, ty, x, y),
            (BinOp::Mul, ScalarTy::Bool) => self.logic(BinOp::And, ty, x, y),
            (BinOp::Add | BinOp::Sub, ScalarTy::Int(_) | ScalarTy::Fix(_)) => {
                let (x, y) = (self.home(ty, x), self.home(ty, y));
                Ok(if op == BinOp::Add { self.add(&x, &y) } else { self.sub(&x, &y) })
            }
            (BinOp::AddWrap | BinOp::SubWrap | BinOp::MulWrap, ScalarTy::Int(int)) => {
                let (x, y) = (self.home(ty, x), self.home(ty, y));
                self.loose = int.bits() < 64;
                Ok(match op {
                    BinOp::AddWrap => self.add(&x, &y),
                    BinOp::SubWrap => self.sub(&x, &y),
                    _ => self.mul(&x, &y),
                })
            }
            (BinOp::Mul, ScalarTy::Int(_)) => {
                let (x, y) = (self.home(ty, x), self.home(ty, y));
                Ok(self.mul(&x, &y))
            }
            (BinOp::Mul, ScalarTy::Fix(fix)) => {
                let (x, y) = (self.home(ty, x), self.home(ty, y));
                Ok(self.mul_fix(fix, &x, &y))
            }
            (BinOp::Div, ScalarTy::Fix(fix)) => self.div_fix(fix, x, y),
            (BinOp::Div | BinOp::FloorDiv | BinOp::Rem | BinOp::Mod, ScalarTy::Int(int)) => {
                self.divide_int(op, int, x, y)
            }
            (BinOp::FloorDiv | BinOp::Rem | BinOp::Mod, ScalarTy::Fix(fix)) => self.divide_grid(op, fix, x, y),
            (BinOp::Shl, ScalarTy::Int(int)) => self.shift_up(int, x, y),
            (BinOp::Shr, ScalarTy::Int(int)) => self.shift_down(int, x, y),
            (BinOp::PowInt, ScalarTy::Int(_) | ScalarTy::Fix(_)) => self.power(ty, x, y),
            _ => Err(UNSUPPORTED),
        }
    }

    fn unary(&mut self, op: UnOp, ty: ScalarTy, x: &Arg<'_>) -> Result<Val, TrapCode> {
        match (op, ty) {
            (UnOp::Not, ScalarTy::Bool) => {
                let x = self.home(ty, x);
                Ok(self.not(&x))
            }
            (UnOp::Not, ScalarTy::Int(int)) => Ok(self.complement(int, x)),
            (UnOp::Neg, ScalarTy::Int(_) | ScalarTy::Fix(_)) => {
                let x = self.home(ty, x);
                Ok(self.neg(&x))
            }
            (UnOp::Abs, ScalarTy::Int(_) | ScalarTy::Fix(_)) => {
                let value = self.home(ty, x);
                let negative = self.sign(&value, ty.bits());
                let factor = self.as_ring(&negative, domain_of(ty));
                let factor = self.mul(&factor, &Val::Word(2));
                let factor = self.sub(&Val::Word(1), &factor);
                Ok(self.mul(&value, &factor))
            }
            _ => Err(UNSUPPORTED),
        }
    }

    /// An operand as lanes or public elements, in whatever representation it is.
    pub(crate) fn raw(&self, ty: ScalarTy, arg: &Arg<'_>) -> Val {
        let element = |word: u64| to_i128(ty, word) as u128;
        match *arg {
            Arg::Lane(lane) => Val::Secret(Self::lane(lane)),
            Arg::Vector { node: NodeId(node), start, len } => Val::Secret(Operand { node, start, len }),
            Arg::Word(word) => Val::Word(element(word)),
            Arg::Words(words) => Val::Words(words.iter().map(|word| element(*word)).collect()),
        }
    }

    /// An operand in the domain where values of its format live.
    pub(crate) fn home(&mut self, ty: ScalarTy, arg: &Arg<'_>) -> Val {
        let raw = self.raw(ty, arg);
        self.as_home(ty, raw)
    }

    pub(crate) fn as_home(&mut self, ty: ScalarTy, value: Val) -> Val {
        match (value, domain_of(ty)) {
            (Val::Secret(x), Domain::Bits) => Val::Secret(self.bits(x, 1, false)),
            (Val::Secret(x), ring) => Val::Secret(self.ring(x, ring)),
            (public, _) => public,
        }
    }

    /// An operand in its home, extended to the whole ring.
    pub(crate) fn exact(&mut self, ty: ScalarTy, arg: &Arg<'_>) -> Val {
        match (self.raw(ty, arg), ty) {
            (Val::Secret(x), ScalarTy::Int(int)) => Val::Secret(self.tight(x, int.bits(), int.is_signed())),
            (value, _) => self.as_home(ty, value),
        }
    }

    /// Bits of one plane as 0 or 1 of a ring.
    pub(crate) fn as_ring(&mut self, bits: &Val, domain: Domain) -> Val {
        match bits {
            Val::Secret(bits) => Val::Secret(self.ring(*bits, domain)),
            public => public.clone(),
        }
    }

    /// Bit `width` − 1: whether a number of `width` bits is negative.
    pub(crate) fn sign(&mut self, x: &Val, width: u32) -> Val {
        match x {
            Val::Secret(x) => {
                let from = self.shape(*x).0;
                let planes = self.circuit(Order::Within(width), x.len);
                let key = Key { code: Code::Ltz, from, planes, param: width as u8, to: Domain::Bits };
                let id = self.graph.push(key, &[*x], x.len, 0, self.site);
                Val::Secret(self.hold(id))
            }
            Val::Word(word) => Val::Word(word >> (width - 1) & 1),
            Val::Words(words) => Val::Words(words.iter().map(|word| word >> (width - 1) & 1).collect()),
        }
    }

    /// The value of `x` where the condition holds, else that of `y`.
    fn select(&mut self, ty: ScalarTy, condition: &Val, x: &Arg<'_>, y: &Arg<'_>) -> Val {
        if let (ScalarTy::Int(int), Val::Secret(condition)) = (ty, condition)
            && let Some(result) = self.select_bits(int, *condition, x, y)
        {
            return result;
        }
        let (x, y) = (self.home(ty, x), self.home(ty, y));
        if ty == ScalarTy::Bool {
            let difference = self.xor(&x, &y);
            let chosen = self.and(condition, &difference);
            return self.xor(&chosen, &y);
        }
        let condition = self.as_ring(condition, domain_of(ty));
        let difference = self.sub(&x, &y);
        let chosen = self.mul(&condition, &difference);
        self.add(&chosen, &y)
    }

    /// Selection among values that are bits already and nothing else.
    fn select_bits(&mut self, int: IntTy, condition: Operand, x: &Arg<'_>, y: &Arg<'_>) -> Option<Val> {
        let ty = ScalarTy::Int(int);
        let only_bits = |value: &Val| match value {
            Val::Secret(x) => self.graph.representation(x.node, |node| node.key.to == Domain::Z64).is_none(),
            _ => true,
        };
        let (x, y) = (self.raw(ty, x), self.raw(ty, y));
        if !only_bits(&x) || !only_bits(&y) || !matches!((&x, &y), (Val::Secret(_), _) | (_, Val::Secret(_))) {
            return None;
        }
        let (x, y) = (self.as_bits(int, x), self.as_bits(int, y));
        let condition = self.bits(condition, 1, false);
        let mask = Val::Secret(self.bit_step(Code::Spread, int.bits(), &[condition], 0));
        let difference = self.xor(&x, &y);
        let chosen = self.and(&mask, &difference);
        Some(self.mark(int, &chosen, &y))
    }

    /// chosen ⊕ y, marked with the sign of the format.
    fn mark(&mut self, int: IntTy, chosen: &Val, y: &Val) -> Val {
        // The operand that carries the mark comes first.
        match y {
            Val::Secret(_) => self.xor(y, chosen),
            _ => {
                let sum = self.xor(chosen, y);
                match sum {
                    Val::Secret(sum) => Val::Secret(self.bits(sum, int.bits(), int.is_signed())),
                    public => public,
                }
            }
        }
    }

    pub(super) fn sum(&mut self, x: &Val) -> Val {
        match x {
            Val::Secret(x) if x.len == 1 => Val::Secret(*x),
            Val::Secret(x) => {
                let domain = self.graph.node(x.node).key.to;
                Val::Secret(self.ring_step(Code::Sum, 0, domain, &[*x]))
            }
            Val::Word(word) => Val::Word(*word),
            Val::Words(words) => Val::Word(words.iter().fold(0, |sum, word| sum.wrapping_add(*word))),
        }
    }

    fn dot(&mut self, ty: ScalarTy, x: &Arg<'_>, y: &Arg<'_>) -> Val {
        let (x, y) = (self.home(ty, x), self.home(ty, y));
        let fraction = if let ScalarTy::Fix(fix) = ty { fix.f() } else { 0 };
        if let (Val::Secret(x), Val::Secret(y)) = (&x, &y)
            && x.len == y.len
        {
            let domain = self.graph.node(x.node).key.to;
            if fraction > 0 && self.rounding == Rounding::Stochastic {
                return Val::Secret(self.ring_step(Code::DotTrunc, fraction, domain, &[*x, *y]));
            }
            let sum = Val::Secret(self.ring_step(Code::Dot, 0, domain, &[*x, *y]));
            return self.rounded(&sum, fraction);
        }
        let product = self.mul(&x, &y);
        let sum = self.sum(&product);
        self.rounded(&sum, fraction)
    }

    /// The conjunction of all lanes, in ⌈log2 lanes⌉ rounds.
    fn all_lanes(&mut self, x: Val) -> Val {
        let mut left = match x {
            Val::Secret(left) => left,
            Val::Word(word) => return Val::Word(word),
            Val::Words(words) => return Val::Word(words.iter().fold(1, |all, word| all & word)),
        };
        while left.len > 1 {
            let half = left.len / 2;
            let lower = Operand { len: half, ..left };
            let upper = Operand { start: left.start + half, len: half, ..left };
            let both = self.bit_step(Code::And, 0, &[lower, upper], 0);
            left = if left.len % 2 == 1 {
                let last = Operand { start: left.start + 2 * half, len: 1, ..left };
                self.concat(Domain::Bits, 1, vec![both, last], 0)
            } else {
                both
            };
        }
        Val::Secret(left)
    }

    /// Public elements one by one, with the operand's lane beside each.
    pub(crate) fn by_lane(
        &mut self,
        x: Operand,
        words: &[u64],
        mut each: impl FnMut(&mut Self, Operand, u64) -> Result<Val, TrapCode>,
        into: impl Fn(&mut Self, Val) -> Operand,
    ) -> Result<Val, TrapCode> {
        let mut pieces = Vec::with_capacity(words.len());
        for (lane, word) in words.iter().enumerate() {
            let place = if x.len == 1 { 0 } else { lane as u32 };
            let one = Operand { start: x.start + place, len: 1, ..x };
            let result = each(self, one, *word)?;
            pieces.push(into(self, result));
        }
        let node = self.graph.node(pieces[0].node);
        let (domain, planes) = (node.key.to, node.key.result_planes());
        let flags = pieces.iter().fold(0, |flags, piece| flags | self.graph.node(piece.node).flags);
        Ok(Val::Secret(self.concat(domain, planes, pieces, flags)))
    }

    /// A public element of a ring as a trivial sharing of one lane.
    pub(crate) fn given(&mut self, value: Val, domain: Domain) -> Operand {
        match value {
            Val::Secret(x) => x,
            Val::Word(word) => self.held_constant(domain, &[word]),
            Val::Words(words) => self.held_constant(domain, &words),
        }
    }
}

/// Public elements from a function of words.
pub(crate) fn elements(words: &[u64], f: impl Fn(u64) -> u128) -> Val {
    Val::Words(words.iter().map(|word| f(*word)).collect::<Rc<[u128]>>())
}
