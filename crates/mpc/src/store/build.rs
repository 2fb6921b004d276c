//! Ring and bit arithmetic on secret and public operands in, steps of the graph out.
//!
//! What is public stays public as long as it can: it is folded here, and a product or conjunction with it is local.
//! Representations are looked up or made on demand and remembered on the value. Every node made on the way is held by
//! `temps` until the operation has been built, so that an abandoned one is dropped with its operands.

use std::rc::Rc;

use stoffel_value::ScalarTy;

use super::graph::{Graph, Operand};
use super::lower::sort::Links;
use super::lower::{domain_of, planes_of};
use super::node::{Code, Domain, Key, LOOSE, SIGNED};
use super::steps;
use super::value::{Public, Vector, pack_lanes};
use crate::{Lane, Params, PartyIdx, Rounding, ShareVec};

/// An operand in some domain: lanes of a node, or public elements.
#[derive(Clone, Debug)]
pub(crate) enum Val {
    /// Lanes of a node in the domain.
    Secret(Operand),
    /// One public element for all lanes.
    Word(u128),
    /// Public elements.
    Words(Rc<[u128]>),
}

/// Builds the steps of one operation at a time.
pub(crate) struct Builder {
    pub(crate) graph: Graph,
    temps: Vec<u32>,
    pub(crate) site: u32,
    /// Whether results of ring steps are right modulo 2^N of the type only.
    pub(crate) loose: bool,
    me: PartyIdx,
    /// Bits that a flush may bring into a ring one by one; see [`bitwise_budget`].
    bitwise_budget: u64,
    /// How products of fixed-point numbers come back to the grid.
    pub(crate) rounding: Rounding,
    pub(crate) links: Links,
}

/// How many bits may be brought into Z/2^64 one by one in a flush: as many as the links carry in the rounds that this
/// saves against an adder. The adder takes 7 rounds more; a bit costs 8 bytes a party.
fn bitwise_budget(params: &Params) -> u64 {
    7 * u64::from(params.latency_us) * u64::from(params.bandwidth_mib_s) * (1 << 20) / 1_000_000 / 8
}

impl Builder {
    /// A builder of party `me` over an empty graph.
    pub(crate) fn new(me: PartyIdx, params: &Params, rounds: fn(Key) -> u32) -> Self {
        let bitwise_budget = bitwise_budget(params);
        let (rounding, links) = (params.rounding, Links::new(params));
        Self {
            graph: Graph::new(rounds),
            temps: Vec::new(),
            site: 0,
            loose: false,
            me,
            bitwise_budget,
            rounding,
            links,
        }
    }

    /// The result of an operation as a node with one reference; what was made on the way is let go.
    pub(crate) fn finish(&mut self, result: Val, domain: Domain, planes: u8, lanes: u32) -> u32 {
        let id = self.result(result, domain, planes, lanes);
        self.abandon();
        id
    }

    /// As [`Builder::finish`], while what was made on the way stays.
    pub(crate) fn result(&mut self, result: Val, domain: Domain, planes: u8, lanes: u32) -> u32 {
        match result {
            Val::Secret(operand) => {
                let operand = self.stretch(operand, lanes);
                self.graph.retain(operand.node);
                operand.node
            }
            Val::Word(word) => self.constant(domain, planes, &vec![word; lanes as usize]),
            Val::Words(words) => self.constant(domain, planes, &words),
        }
    }

    /// Lets go of everything made since the last result.
    pub(crate) fn abandon(&mut self) {
        while let Some(id) = self.temps.pop() {
            self.graph.release(id);
        }
        self.loose = false;
    }

    /// The lanes of an operand as a node of its own.
    fn stretch(&mut self, operand: Operand, lanes: u32) -> Operand {
        let node = self.graph.node(operand.node);
        if operand.start == 0 && operand.len == node.len && operand.len == lanes {
            return operand;
        }
        let (domain, planes, flags) = (node.key.to, node.key.result_planes(), node.flags);
        let key = Key { code: Code::Copy, from: domain, planes, param: 0, to: domain };
        let id = self.graph.push(key, &[operand], lanes, flags & (LOOSE | SIGNED), self.site);
        self.hold(id)
    }

    /// A node of public elements: trivial shares, x_1 holds them. One reference.
    pub(crate) fn constant(&mut self, domain: Domain, planes: u8, words: &[u128]) -> u32 {
        let id = self.graph.given(domain, planes, words.len() as u32, 0);
        let [a, b] = [self.me.0 == 0, self.me.0 == 2].map(|holds| if holds { u128::MAX } else { 0 });
        if let [word] = words {
            let used = if domain == Domain::Bits { (1u128 << planes) - 1 } else { u128::MAX };
            let (a, b) = (word & a & used, word & b & used);
            let body = match domain {
                Domain::Z128 => [a as u64, (a >> 64) as u64, b as u64, (b >> 64) as u64],
                Domain::Z64 | Domain::Bits => [a as u64, b as u64, 0, 0],
            };
            self.graph.settle_scalar(id, body);
            return id;
        }
        let masked = |mask: u128| words.iter().map(move |word| word & mask);
        let narrow = |mask: u128| masked(mask).map(|word| word as u64).collect::<Vec<_>>();
        let vector = match domain {
            Domain::Z64 => Vector::Z64(Rc::new(ShareVec::new(narrow(a), narrow(b)))),
            Domain::Z128 => Vector::Z128(Rc::new(ShareVec::new(masked(a).collect(), masked(b).collect()))),
            Domain::Bits => Vector::Bits(Rc::new(pack_lanes(&narrow(a), &narrow(b), usize::from(planes)))),
        };
        self.graph.settle_vector(id, vector);
        id
    }

    /// As [`Builder::constant`], for use on the way to a result.
    pub(crate) fn held_constant(&mut self, domain: Domain, words: &[u128]) -> Operand {
        let id = self.constant(domain, 0, words);
        self.hold(id)
    }

    /// Lanes of bits that are 0.
    pub(crate) fn held_zero_bits(&mut self, lanes: u32) -> Operand {
        let id = self.constant(Domain::Bits, 1, &vec![0; lanes as usize]);
        self.hold(id)
    }

    /// Public bits as a trivial sharing of `planes` planes; secret ones as they are.
    pub(crate) fn given_bits(&mut self, bits: Val, planes: u32) -> Operand {
        let id = match bits {
            Val::Secret(x) => return x,
            Val::Word(word) => self.constant(Domain::Bits, planes as u8, &[word]),
            Val::Words(words) => self.constant(Domain::Bits, planes as u8, &words),
        };
        self.hold(id)
    }

    /// Lanes of several nodes, one after the other.
    pub(crate) fn concat(&mut self, domain: Domain, planes: u8, pieces: Vec<Operand>, flags: u8) -> Operand {
        let id = self.graph.push_concat(domain, planes, pieces, flags, self.site);
        self.hold(id)
    }

    pub(crate) fn hold(&mut self, id: u32) -> Operand {
        self.temps.push(id);
        Operand { node: id, start: 0, len: self.graph.node(id).len }
    }

    /// Domain, planes and flags of an operand's node.
    pub(crate) fn shape(&self, operand: Operand) -> (Domain, u8, u8) {
        let node = self.graph.node(operand.node);
        (node.key.to, node.key.result_planes(), node.flags)
    }

    /// Whether an operand is right only modulo 2^N of its type.
    pub(crate) fn is_loose(&self, operand: Operand) -> bool {
        self.graph.node(operand.node).flags & LOOSE != 0
    }

    pub(crate) fn flags(&self, operands: &[Operand]) -> u8 {
        let loose = self.loose || operands.iter().any(|operand| self.is_loose(*operand));
        if loose { LOOSE } else { 0 }
    }

    /// A step within rings.
    pub(crate) fn ring_step(&mut self, code: Code, param: u32, to: Domain, operands: &[Operand]) -> Operand {
        let from = self.shape(operands[0]).0;
        let key = Key { code, from, planes: 0, param: param as u8, to };
        let len = if code.reduces() { 1 } else { lanes_of(operands) };
        let flags = if to == Domain::Bits { 0 } else { self.flags(operands) };
        let id = self.graph.push(key, operands, len, flags, self.site);
        self.hold(id)
    }

    /// A step from bits to row numbers.
    pub(crate) fn row_step(&mut self, code: Code, param: u32, bits: Operand) -> Operand {
        let planes = self.shape(bits).1;
        let key = Key { code, from: Domain::Bits, planes, param: param as u8, to: Domain::Z64 };
        let id = self.graph.push(key, &[bits], bits.len, 0, self.site);
        self.hold(id)
    }

    /// A step on bits, with the given flags.
    pub(crate) fn bit_step(&mut self, code: Code, param: u32, operands: &[Operand], flags: u8) -> Operand {
        let planes = self.shape(operands[0]).1;
        let key = Key { code, from: Domain::Bits, planes, param: param as u8, to: Domain::Bits };
        let len = if code.reduces() { 1 } else { lanes_of(operands) };
        let id = self.graph.push(key, operands, len, flags, self.site);
        self.hold(id)
    }

    fn public_step(&mut self, code: Code, x: Operand, public: &Val, flags: u8) -> Operand {
        let (domain, planes, _) = self.shape(x);
        let key = Key { code, from: domain, planes, param: 0, to: domain };
        let id = match public {
            Val::Word(word) => self.graph.push_word(key, x, *word, x.len, flags, self.site),
            Val::Words(words) => {
                let public = match domain {
                    Domain::Z128 => Public::Wide(words.to_vec()),
                    Domain::Z64 | Domain::Bits => Public::Words(words.iter().map(|word| *word as u64).collect()),
                };
                self.graph.push_public(key, x, public, words.len() as u32, flags, self.site)
            }
            Val::Secret(_) => unreachable!("callers pass what is public"),
        };
        self.hold(id)
    }

    /// x + y in their ring.
    pub(crate) fn add(&mut self, x: &Val, y: &Val) -> Val {
        match (x, y) {
            (Val::Secret(x), Val::Secret(y)) => {
                let domain = self.shape(*x).0;
                Val::Secret(self.ring_step(Code::Add, 0, domain, &[*x, *y]))
            }
            (Val::Secret(x), public) | (public, Val::Secret(x)) => {
                if matches!(public, Val::Word(0)) {
                    return Val::Secret(*x);
                }
                let flags = self.flags(&[*x]);
                Val::Secret(self.public_step(Code::AddPublic, *x, public, flags))
            }
            _ => fold(x, y, u128::wrapping_add),
        }
    }

    /// x − y in their ring.
    pub(crate) fn sub(&mut self, x: &Val, y: &Val) -> Val {
        match (x, y) {
            (Val::Secret(x), Val::Secret(y)) => {
                let domain = self.shape(*x).0;
                Val::Secret(self.ring_step(Code::Sub, 0, domain, &[*x, *y]))
            }
            (x, Val::Secret(_)) => {
                let minus = self.neg(y);
                self.add(&minus, x)
            }
            (x, y) => {
                let minus = self.neg(y);
                self.add(x, &minus)
            }
        }
    }

    /// −x in its ring.
    pub(crate) fn neg(&mut self, x: &Val) -> Val {
        match x {
            Val::Secret(x) => {
                let domain = self.shape(*x).0;
                Val::Secret(self.ring_step(Code::Neg, 0, domain, &[*x]))
            }
            public => fold(&Val::Word(0), public, u128::wrapping_sub),
        }
    }

    /// x · y in their ring.
    pub(crate) fn mul(&mut self, x: &Val, y: &Val) -> Val {
        match (x, y) {
            (Val::Secret(x), Val::Secret(y)) => {
                let domain = self.shape(*x).0;
                Val::Secret(self.ring_step(Code::Mul, 0, domain, &[*x, *y]))
            }
            (Val::Secret(x), public) | (public, Val::Secret(x)) => {
                if matches!(public, Val::Word(1)) && !self.loose {
                    return Val::Secret(*x);
                }
                let flags = self.flags(&[*x]);
                Val::Secret(self.public_step(Code::MulPublic, *x, public, flags))
            }
            _ => fold(x, y, u128::wrapping_mul),
        }
    }

    /// x ⊕ y on bits of as many planes.
    pub(crate) fn xor(&mut self, x: &Val, y: &Val) -> Val {
        match (x, y) {
            (Val::Secret(x), Val::Secret(y)) => {
                let flags = self.shape(*x).2 & SIGNED;
                Val::Secret(self.bit_step(Code::Xor, 0, &[*x, *y], flags))
            }
            (Val::Secret(x), public) | (public, Val::Secret(x)) => {
                if matches!(public, Val::Word(0)) {
                    return Val::Secret(*x);
                }
                let flags = self.shape(*x).2 & SIGNED;
                Val::Secret(self.public_step(Code::XorPublic, *x, public, flags))
            }
            _ => fold(x, y, |x, y| x ^ y),
        }
    }

    /// x ∧ y on bits of as many planes.
    pub(crate) fn and(&mut self, x: &Val, y: &Val) -> Val {
        match (x, y) {
            (Val::Secret(x), Val::Secret(y)) => {
                let flags = self.shape(*x).2 & SIGNED;
                Val::Secret(self.bit_step(Code::And, 0, &[*x, *y], flags))
            }
            (Val::Secret(x), public) | (public, Val::Secret(x)) => {
                let flags = self.shape(*x).2 & SIGNED;
                Val::Secret(self.public_step(Code::AndPublic, *x, public, flags))
            }
            _ => fold(x, y, |x, y| x & y),
        }
    }

    /// ¬x of one plane.
    pub(crate) fn not(&mut self, x: &Val) -> Val {
        self.xor(x, &Val::Word(1))
    }

    /// x ∨ y of one plane.
    pub(crate) fn or(&mut self, x: &Val, y: &Val) -> Val {
        let (x, y) = (self.not(x), self.not(y));
        let none = self.and(&x, &y);
        self.not(&none)
    }

    /// Bits or a ring element, as an element of a ring: the value of the bits, two's complement if they are marked so.
    pub(crate) fn ring(&mut self, x: Operand, domain: Domain) -> Operand {
        if self.shape(x).0 == domain {
            return x;
        }
        if let Some(node) = self.graph.representation(x.node, |node| node.key.to == domain) {
            return Operand { node, ..x };
        }
        let (base, linked) = self.conversion_base(x);
        let (from, planes, flags) = self.shape(base);
        let code = match (from, domain) {
            (Domain::Bits, _) if flags & SIGNED != 0 => Code::FromSignedBits,
            (Domain::Bits, _) => Code::FromBits,
            (Domain::Z128, _) => Code::Narrow,
            _ => Code::Lift,
        };
        let param = if from == Domain::Bits { self.variant(planes, base.len, domain) } else { 0 };
        let key = Key { code, from, planes, param, to: domain };
        self.convert(key, x, base, linked, flags & LOOSE)
    }

    /// The low `width` bits of an integer, marked as two's complement or not.
    pub(crate) fn bits(&mut self, x: Operand, width: u32, signed: bool) -> Operand {
        let flags = if signed { SIGNED } else { 0 };
        let found = self.graph.representation(x.node, |node| node.key.to == Domain::Bits);
        if let Some(node) = found {
            let x = Operand { node, ..x };
            let (_, planes, own) = self.shape(x);
            if u32::from(planes) == width && own & SIGNED == flags {
                return x;
            }
            let code = if own & SIGNED != 0 { Code::ResizeSign } else { Code::ResizeZero };
            return self.bit_step(code, width, &[x], flags);
        }
        let (base, linked) = self.conversion_base(x);
        let from = self.shape(base).0;
        let key = Key { code: Code::ToBits, from, planes: 0, param: width as u8, to: Domain::Bits };
        self.convert(key, x, base, linked, flags)
    }

    /// An integer of `width` bits that is right modulo 2^width only, extended to its ring.
    pub(crate) fn tight(&mut self, x: Operand, width: u32, signed: bool) -> Operand {
        let x = self.ring(x, Domain::Z64);
        if !self.is_loose(x) {
            return x;
        }
        let extended = |node: &super::node::Node| node.key.to == Domain::Z64 && node.flags & LOOSE == 0;
        if let Some(node) = self.graph.representation(x.node, extended) {
            return Operand { node, ..x };
        }
        let bits = self.bits(x, width, signed);
        let (base, linked) = self.conversion_base(bits);
        let code = if signed { Code::FromSignedBits } else { Code::FromBits };
        let param = self.variant(width as u8, base.len, Domain::Z64);
        let key = Key { code, from: Domain::Bits, planes: width as u8, param, to: Domain::Z64 };
        self.convert(key, bits, base, linked, 0)
    }

    /// How bits come into a ring: 0 for bit by bit (2 rounds), 1 for an adder (fewer bytes from 7 planes on).
    fn variant(&mut self, planes: u8, lanes: u32, to: Domain) -> u8 {
        let bits = u64::from(planes) * u64::from(lanes) * if to == Domain::Z128 { 2 } else { 1 };
        u8::from(planes >= 7 && !self.graph.book_bitwise(bits, self.bitwise_budget))
    }

    /// What a conversion of `x` works on: its whole node, so that other lanes find the result, unless few lanes of many
    /// are asked for.
    fn conversion_base(&mut self, x: Operand) -> (Operand, bool) {
        let len = self.graph.node(x.node).len;
        if u64::from(x.len) * 4 >= u64::from(len) {
            return (Operand { node: x.node, start: 0, len }, true);
        }
        (self.stretch(x, x.len), false)
    }

    fn convert(&mut self, key: Key, x: Operand, base: Operand, linked: bool, flags: u8) -> Operand {
        let id = self.graph.push(key, &[base], base.len, flags, self.site);
        let made = self.hold(id);
        if !linked {
            return made;
        }
        self.graph.link(base.node, id);
        Operand { node: id, ..x }
    }

    /// The lanes as one vector in the home of their format, with one reference.
    pub(crate) fn gather(&mut self, ty: ScalarTy, lanes: &[Lane]) -> u32 {
        let domain = domain_of(ty);
        // Lanes of one vector in another order, as of a list of one element many times: places instead of pieces.
        if let [first, second, ..] = lanes
            && second.lane != first.lane + 1
            && lanes.iter().all(|lane| lane.node == first.node)
            && let whole = self.whole(first.node.0)
            // Not if it brought many lanes into the domain for the sake of few.
            && (self.shape(whole).0 == domain || lanes.len() as u64 * 4 >= u64::from(whole.len))
        {
            let home = if domain == Domain::Bits { self.bits(whole, 1, false) } else { self.ring(whole, domain) };
            let (_, planes, flags) = self.shape(home);
            let key = Key { code: Code::Pick, from: domain, planes, param: 0, to: domain };
            let places = Public::Words(lanes.iter().map(|lane| u64::from(lane.lane)).collect());
            let id = self.graph.push_public(key, home, places, lanes.len() as u32, flags & LOOSE, self.site);
            self.abandon();
            return id;
        }
        let mut pieces: Vec<Operand> = Vec::new();
        let mut flags = 0;
        for lane in lanes {
            let lane = Self::lane(*lane);
            let home = if domain == Domain::Bits { self.bits(lane, 1, false) } else { self.ring(lane, domain) };
            flags |= self.graph.node(home.node).flags & LOOSE;
            match pieces.last_mut() {
                Some(last) if last.node == home.node && last.start + last.len == home.start => last.len += 1,
                _ => pieces.push(home),
            }
        }
        let id = match pieces[..] {
            [] => self.constant(domain, planes_of(ty), &[]),
            [only] if only.start == 0 && only.len == self.graph.node(only.node).len => {
                self.graph.retain(only.node);
                only.node
            }
            _ => self.graph.push_concat(domain, planes_of(ty), pieces, flags, self.site),
        };
        self.abandon();
        id
    }

    /// All lanes of a node.
    fn whole(&self, node: u32) -> Operand {
        Operand { node, start: 0, len: self.graph.node(node).len }
    }

    /// What an opening shows: bits where there are bits only, as many as the format has, else elements of a ring.
    pub(crate) fn opened_form(&mut self, ty: ScalarTy, x: Operand) -> Operand {
        match ty {
            ScalarTy::Bool => self.bits(x, 1, false),
            ScalarTy::Int(int) => {
                let in_ring = self.graph.representation(x.node, |node| node.key.to == Domain::Z64);
                match in_ring {
                    Some(node) => Operand { node, ..x },
                    None => self.bits(x, int.bits(), int.is_signed()),
                }
            }
            ScalarTy::Fix(_) | ScalarTy::Float => self.ring(x, domain_of(ty)),
        }
    }

    /// Queues a client's payload, cut to the format. The step's own reference is the only one.
    pub(crate) fn deliver(&mut self, ty: ScalarTy, x: Operand) -> u32 {
        let domain = domain_of(ty);
        let home = if domain == Domain::Bits { self.bits(x, 1, false) } else { self.ring(x, domain) };
        let key = Key { code: Code::Deliver, from: domain, planes: planes_of(ty), param: ty.bits() as u8, to: domain };
        let step = self.graph.push(key, &[home], home.len, 0, self.site);
        self.abandon();
        step
    }

    /// Uniform bits, as many as the format has; with one reference.
    pub(crate) fn random(&mut self, ty: ScalarTy, len: u32) -> u32 {
        let planes = ty.bits() as u8;
        let key = Key { code: Code::Random, from: Domain::Bits, planes, param: 0, to: Domain::Bits };
        let signed = matches!(ty, ScalarTy::Int(int) if int.is_signed());
        self.graph.push(key, &[], len, if signed { SIGNED } else { 0 }, self.site)
    }

    /// Queues this party's own shares, both components in the format's domain.
    pub(crate) fn keep(&mut self, ty: ScalarTy, x: Operand) -> u32 {
        let domain = domain_of(ty);
        // What comes back is taken for a value of the format, so what is right modulo 2^width only is extended first.
        let home = match ty {
            ScalarTy::Bool => self.bits(x, 1, false),
            ScalarTy::Int(int) => self.tight(x, int.bits(), int.is_signed()),
            ScalarTy::Fix(_) | ScalarTy::Float => self.ring(x, domain),
        };
        let key = Key { code: Code::Deliver, from: domain, planes: planes_of(ty), param: steps::WHOLE, to: domain };
        let step = self.graph.push(key, &[home], home.len, 0, self.site);
        self.abandon();
        step
    }

    /// A column of a client's input, with one reference.
    pub(crate) fn input(&mut self, ty: ScalarTy, len: u32, parts: [&[u8]; 2]) -> u32 {
        let domain = domain_of(ty);
        let id = self.graph.given(domain, planes_of(ty), len, 0);
        match domain {
            Domain::Z64 => self.graph.scatter(&[id], steps::column::<u64>(parts)),
            Domain::Z128 => self.graph.scatter(&[id], steps::column::<u128>(parts)),
            Domain::Bits => self.graph.scatter_bits(&[id], steps::bit_column(parts, len as usize)),
        }
        id
    }

    /// A lane, as an operand.
    pub(crate) fn lane(lane: Lane) -> Operand {
        Operand { node: lane.node.0, start: lane.lane, len: 1 }
    }
}

/// Lanes of a step's result.
fn lanes_of(operands: &[Operand]) -> u32 {
    operands.iter().map(|operand| operand.len).max().unwrap_or(0)
}

/// An operation on public operands.
fn fold(x: &Val, y: &Val, f: fn(u128, u128) -> u128) -> Val {
    match (x, y) {
        (Val::Word(x), Val::Word(y)) => Val::Word(f(*x, *y)),
        (Val::Word(x), Val::Words(y)) => Val::Words(y.iter().map(|y| f(*x, *y)).collect()),
        (Val::Words(x), Val::Word(y)) => Val::Words(x.iter().map(|x| f(*x, *y)).collect()),
        (Val::Words(x), Val::Words(y)) => Val::Words(x.iter().zip(y.iter()).map(|(x, y)| f(*x, *y)).collect()),
        _ => unreachable!("callers pass what is public"),
    }
}
