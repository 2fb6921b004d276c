//! The steps that typed operations are made of, and the 64-byte node that holds one of them or its value.

use crate::rep3::ltz::{Circuit, Order};

/// Where a sharing lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub(crate) enum Domain {
    /// Z/2^64.
    Z64,
    /// Z/2^128.
    Z128,
    /// GF(2): one plane for a bool, up to 64 for the bits of an integer.
    Bits,
}

/// What a step does. "Public" operands are constants of the node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub(crate) enum Code {
    /// A value that is there from the start.
    Given,
    /// Consecutive lanes of one node.
    Copy,
    /// Lanes of several nodes, one after the other.
    Concat,
    /// x + y in a ring.
    Add,
    /// x − y in a ring.
    Sub,
    /// −x in a ring.
    Neg,
    /// x + public.
    AddPublic,
    /// x · public.
    MulPublic,
    /// Sum of all lanes.
    Sum,
    /// Lanes at public places.
    Pick,
    /// Sums along an axis.
    SumAxis,
    /// Running sums along an axis.
    CumSum,
    /// Public matrix · x.
    MatMulLeft,
    /// x · public matrix.
    MatMulRight,
    /// Exclusive or of all lanes.
    Parity,
    /// Z/2^128 to Z/2^64.
    Narrow,
    /// x ⊕ y.
    Xor,
    /// x ⊕ public.
    XorPublic,
    /// x ∧ public.
    AndPublic,
    /// Another number of planes, filled with zeros.
    ResizeZero,
    /// Another number of planes, filled with the top one.
    ResizeSign,
    /// Planes moved down by the parameter, filled with zeros.
    ShiftZero,
    /// Planes moved down by the parameter, filled with the top one.
    ShiftSign,
    /// Planes moved up by the parameter.
    ShiftUp,
    /// As many copies of one plane as the parameter says.
    Spread,
    /// The exclusive or of all planes.
    PlaneParity,
    /// Uniform bits that nobody knows.
    Random,
    /// This party's payload for a client.
    Deliver,
    /// x · y in a ring.
    Mul,
    /// Sum of x_i · y_i in a ring.
    Dot,
    /// x · y / 2^parameter in a ring, up or down.
    MulTrunc,
    /// Sum of x_i · y_i, divided by 2^parameter, in a ring, up or down.
    DotTrunc,
    /// Matrix product in a ring.
    MatMul,
    /// Matrix product, each element divided by 2^parameter, in a ring, up or down.
    MatMulTrunc,
    /// x / 2^parameter in a ring, up or down.
    Trunc,
    /// x / 2^parameter in a ring, down.
    Floor,
    /// The sign of x as a number of as many bits as the parameter says.
    Ltz,
    /// Whether x < y: their difference has as many bits as the parameter says, or see [`Key::order`].
    Less,
    /// Whether x is zero modulo 2^parameter.
    Eqz,
    /// The low bits of a ring element.
    ToBits,
    /// Unsigned bits to the domain: bit by bit, or by an adder if the parameter is 1.
    FromBits,
    /// Two's complement bits to the domain, likewise.
    FromSignedBits,
    /// Z/2^64 to Z/2^128 for |x| < 2^62.
    Lift,
    /// Z/2^64 to Z/2^128 for every signed x.
    LiftFull,
    /// Z/2^64 to Z/2^128 for every unsigned x.
    LiftUnsigned,
    /// The power of two that brings bits to full length, without the sign if the parameter is 1.
    Scale,
    /// Row numbers in the ascending order of keys: by digits, or by all pairs if the parameter is 1.
    Order,
    /// x in the order y, a list of row numbers; the parameter is the width of elements.
    Reorder,
    /// x moved by y: up, down with zeros or down with the sign, as the parameter says.
    ShiftBy,
    /// x ∧ y.
    And,
    /// To everybody, modulo 2^parameter.
    Open,
}

impl Code {
    /// Number of operands that are nodes.
    pub(crate) const fn operands(self) -> usize {
        match self {
            Self::Given | Self::Concat | Self::Random => 0,
            Self::Add
            | Self::Sub
            | Self::Xor
            | Self::Mul
            | Self::Dot
            | Self::MulTrunc
            | Self::DotTrunc
            | Self::And
            | Self::MatMul
            | Self::MatMulTrunc
            | Self::ShiftBy
            | Self::Less
            | Self::Reorder => 2,
            _ => 1,
        }
    }

    /// Name in statistics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Copy => "copy",
            Self::Concat => "concat",
            Self::Add => "add",
            Self::Sub => "sub",
            Self::Neg => "neg",
            Self::AddPublic => "add public",
            Self::MulPublic => "mul public",
            Self::Sum => "sum",
            Self::Pick => "pick",
            Self::SumAxis => "sum of an axis",
            Self::CumSum => "running sum",
            Self::MatMulLeft | Self::MatMulRight => "matrix product with public",
            Self::MatMul => "matrix product",
            Self::MatMulTrunc => "fixed matrix product",
            Self::Parity => "parity",
            Self::Narrow => "narrow",
            Self::Xor => "xor",
            Self::XorPublic => "xor public",
            Self::AndPublic => "and public",
            Self::ResizeZero | Self::ResizeSign => "resize",
            Self::ShiftZero | Self::ShiftSign | Self::ShiftUp => "shift",
            Self::Spread => "spread",
            Self::PlaneParity => "plane parity",
            Self::Random => "random",
            Self::Deliver => "send to client",
            Self::Mul => "mul",
            Self::Dot => "dot",
            Self::MulTrunc => "fixed mul",
            Self::DotTrunc => "fixed dot",
            Self::Trunc => "truncate",
            Self::Floor => "floor",
            Self::Ltz => "less than zero",
            Self::Less => "less than",
            Self::Eqz => "equal to zero",
            Self::ToBits => "to bits",
            Self::FromBits | Self::FromSignedBits => "from bits",
            Self::Lift | Self::LiftFull | Self::LiftUnsigned => "lift",
            Self::Scale => "leading bit",
            Self::Order => "order",
            Self::Reorder => "reorder",
            Self::ShiftBy => "shift by secret",
            Self::And => "and",
            Self::Open => "open",
        }
    }

    /// Whether all lanes become one.
    pub(crate) const fn reduces(self) -> bool {
        matches!(self, Self::Sum | Self::Parity | Self::Dot | Self::DotTrunc)
    }

    /// Whether every step is a batch of its own, because its cost is not a function of lanes taken together.
    pub(crate) const fn is_alone(self) -> bool {
        matches!(self, Self::Order | Self::Reorder)
    }

    /// Whether it needs no message.
    pub(crate) const fn is_local(self) -> bool {
        (self as u8) <= Self::Deliver as u8
    }
}

/// What a batch has in common: nodes of one key and one time are executed together.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Key {
    /// What is done.
    pub(crate) code: Code,
    /// Domain of the operands.
    pub(crate) from: Domain,
    /// Planes of the operands. In rings 0, or [`RIPPLE`] for a comparison that takes many rounds.
    pub(crate) planes: u8,
    /// See [`Code`].
    pub(crate) param: u8,
    /// Domain of the result.
    pub(crate) to: Domain,
}

impl Key {
    /// What a comparison compares.
    pub(crate) fn order(self) -> Order {
        match self.param {
            FULL_SIGNED => Order::Signed,
            FULL_UNSIGNED => Order::Unsigned,
            width => Order::Within(width.into()),
        }
    }

    /// How a comparison runs through its bits.
    pub(crate) const fn circuit(self) -> Circuit {
        if self.planes == RIPPLE { Circuit::Ripple } else { Circuit::Tree }
    }

    /// Planes of the result; 0 in rings.
    pub(crate) const fn result_planes(self) -> u8 {
        match (self.to, self.code) {
            (Domain::Bits, Code::ResizeZero | Code::ResizeSign | Code::ToBits | Code::Spread) => self.param,
            (Domain::Bits, Code::Ltz | Code::Less | Code::Eqz | Code::PlaneParity) => 1,
            (Domain::Bits, Code::Scale) => self.planes - self.param,
            (Domain::Bits, _) => self.planes,
            _ => 0,
        }
    }
}

/// In place of planes: a comparison by a ripple.
pub(crate) const RIPPLE: u8 = 1;
/// In place of a width: a comparison of all numbers of 64 bits, two's complement or not.
pub(crate) const FULL_SIGNED: u8 = 254;
/// As [`FULL_SIGNED`], of unsigned numbers.
pub(crate) const FULL_UNSIGNED: u8 = 255;

/// Life of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum State {
    /// On the free list.
    Free,
    /// Queued.
    Pending,
    /// Queued, and dropped before execution.
    Dead,
    /// One lane, in the body.
    Scalar,
    /// In the table of vectors, at `body[0]`.
    Vector,
}

/// The parameter of an [`Code::Order`] that is random.
pub(crate) const SHUFFLED: u32 = 2;

/// Modulo 2^N of its type only: not extended.
pub(crate) const LOOSE: u8 = 1;
/// The bits are two's complement.
pub(crate) const SIGNED: u8 = 2;
/// Operand 0 is one lane beside a longer result.
pub(crate) const BROADCAST_0: u8 = 4;
/// Operand 1 is one lane beside a longer result.
pub(crate) const BROADCAST_1: u8 = 8;
/// The public operand is at `body[1]` in the table of public vectors.
pub(crate) const PUBLIC_VECTOR: u8 = 16;

/// One step or its value.
///
/// `body` of a queued node: operands (node and first lane), then a public word pair or an index. Of a scalar: both
/// components in ring elements of one or two words, bits as one word each.
#[derive(Clone)]
#[repr(C)]
pub(crate) struct Node {
    pub(crate) body: [u64; 4],
    pub(crate) refs: u32,
    pub(crate) len: u32,
    /// The next representation of the same value, in a ring; itself if there is no other.
    pub(crate) ring: u32,
    pub(crate) site: u32,
    /// Round after which the value is there, counted from the start of the flush; 0 once it is.
    pub(crate) ready: u32,
    /// Order among local steps of one round.
    pub(crate) level: u32,
    pub(crate) key: Key,
    pub(crate) state: State,
    pub(crate) flags: u8,
}

const _: () = assert!(size_of::<Node>() <= 64, "a node is a cache line");

impl Node {
    /// Operand `index` of a queued node: node and first lane.
    pub(crate) const fn operand(&self, index: usize) -> (u32, u32) {
        ((self.body[index] >> 32) as u32, self.body[index] as u32)
    }

    /// Whether operand `index` is one lane beside a longer result.
    pub(crate) const fn broadcasts(&self, index: usize) -> bool {
        self.flags & (BROADCAST_0 << index) != 0
    }

    /// Whether the node holds its value.
    pub(crate) const fn is_done(&self) -> bool {
        matches!(self.state, State::Scalar | State::Vector)
    }
}
