//! Batches of steps in, rep3 protocol steps and local arithmetic out, with their rounds and costs.

use std::sync::LazyLock;

use stoffel_crypto::Ring;
use stoffel_crypto::bits::{from_planes, to_planes_into, unpack, words_of};

use super::array;
use super::graph::Graph;
use super::node::{Code, Domain, FULL_SIGNED, FULL_UNSIGNED, Key, RIPPLE, SHUFFLED};
use super::value::Element;
use crate::exec::{Cx, Executor, Handle};
use crate::rep3::lift::Range;
use crate::rep3::shift::Shift;
use crate::rep3::{a2b, b2a, dot, eq, lift, linear, logic, ltz, matmul, mul, open, order, scale, share, shift, trunc};
use crate::{Abort, BitPlanes, Cost, PartyIdx, ShareVec, pool};

/// What a batch of interactive steps gives.
pub(super) enum Out {
    /// Shares over Z/2^64.
    Z64(ShareVec<u64>),
    /// Shares over Z/2^128.
    Z128(ShareVec<u128>),
    /// Shares over GF(2).
    Bits(BitPlanes),
    /// Opened elements.
    Words(Vec<u64>),
}

const PARAMS: usize = 129;

/// Kinds of shifts by the parameter of their step.
const SHIFTS: [Shift; 3] = [Shift::Up, Shift::Down, Shift::DownSigned];

/// Rounds of a step. Called for every queued step, hence the tables.
pub(super) fn rounds(key: Key) -> u32 {
    if matches!(key.code, Code::Mul | Code::Dot | Code::MatMul | Code::And | Code::Open) {
        return 1;
    }
    tabled(key)
}

fn tabled(key: Key) -> u32 {
    type Table = [u32; PARAMS];
    static TABLES: LazyLock<[Table; 4]> = LazyLock::new(|| {
        [Code::Ltz, Code::Eqz, Code::ToBits, Code::Floor].map(|code| {
            std::array::from_fn(|param| {
                if param == 0 || (code == Code::Floor && param > 126) {
                    return 0;
                }
                let key = Key { code, from: Domain::Z128, planes: 0, param: param as u8, to: Domain::Z128 };
                plan(key, 1, 1, 0).rounds
            })
        })
    });
    static WORD: LazyLock<[u32; 2]> =
        LazyLock::new(|| [b2a::word_plan::<u64>(1, 0).rounds, b2a::word_plan::<u128>(1, 0).rounds]);
    static FULL_LIFT: LazyLock<u32> = LazyLock::new(|| lift::full_plan::<u64, u128>(1, 0).rounds);
    let param = usize::from(key.param);
    match key.code {
        Code::MulTrunc | Code::DotTrunc | Code::MatMulTrunc => 3,
        Code::Trunc | Code::Lift => 2,
        Code::FromBits | Code::FromSignedBits if key.param == 0 => 2,
        Code::FromBits | Code::FromSignedBits => WORD[usize::from(key.to == Domain::Z128)],
        Code::Ltz | Code::Less if key.planes == RIPPLE => match key.param {
            FULL_SIGNED | FULL_UNSIGNED => 65,
            width => width.into(),
        },
        Code::Less if key.param >= FULL_SIGNED => TABLES[0][64] + 1,
        Code::Ltz | Code::Less => TABLES[0][param],
        Code::Eqz => TABLES[1][param],
        Code::ToBits => TABLES[2][param],
        Code::Floor => TABLES[3][param],
        Code::LiftFull | Code::LiftUnsigned => *FULL_LIFT,
        Code::Scale => u32::from(key.planes).next_power_of_two().ilog2(),
        Code::ShiftBy => shift::plan(1, key.planes.into()).rounds,
        Code::Order | Code::Reorder => plan(key, 2, 1, 0).rounds,
        _ => 0,
    }
}

/// Cost of a batch of `count` steps with `lanes` lanes in all, in which party `rotation` plays P1.
pub(super) fn plan(key: Key, lanes: usize, count: usize, rotation: u8) -> Cost {
    let wide = key.from == Domain::Z128;
    let param = u32::from(key.param);
    let planes = usize::from(key.planes);
    match key.code {
        Code::Mul | Code::MatMul if wide => mul::plan::<u128>(lanes),
        Code::Mul | Code::MatMul => mul::plan::<u64>(lanes),
        Code::Dot if wide => dot::plan::<u128>(count),
        Code::Dot => dot::plan::<u64>(count),
        Code::MulTrunc | Code::DotTrunc | Code::MatMulTrunc if wide => {
            trunc::dot_plan::<u128>(count_of(key, lanes, count), param, rotation)
        }
        Code::MulTrunc | Code::DotTrunc | Code::MatMulTrunc => {
            trunc::dot_plan::<u64>(count_of(key, lanes, count), param, rotation)
        }
        Code::Trunc if wide => trunc::plan::<u128>(lanes, param, rotation),
        Code::Trunc => trunc::plan::<u64>(lanes, param, rotation),
        Code::Floor if wide => trunc::floor_plan::<u128>(lanes, param, rotation),
        Code::Floor => trunc::floor_plan::<u64>(lanes, param, rotation),
        Code::Ltz => ltz::plan(lanes, param, key.circuit(), rotation),
        Code::Less if wide => ltz::less_plan::<u128>(lanes, key.order(), key.circuit(), rotation),
        Code::Less => ltz::less_plan::<u64>(lanes, key.order(), key.circuit(), rotation),
        Code::Eqz => eq::plan(lanes, param, rotation),
        Code::ToBits => a2b::plan(lanes, param, rotation),
        Code::FromBits | Code::FromSignedBits if param == 1 && key.to == Domain::Z128 => {
            b2a::word_plan::<u128>(lanes, rotation)
        }
        Code::FromBits | Code::FromSignedBits if param == 1 => b2a::word_plan::<u64>(lanes, rotation),
        Code::FromBits | Code::FromSignedBits if key.to == Domain::Z128 => b2a::plan::<u128>(lanes, planes, rotation),
        Code::FromBits | Code::FromSignedBits => b2a::plan::<u64>(lanes, planes, rotation),
        Code::Lift => lift::plan::<u64, u128>(lanes, rotation),
        Code::LiftFull | Code::LiftUnsigned => lift::full_plan::<u64, u128>(lanes, rotation),
        Code::Scale => scale::plan(lanes, planes),
        Code::ShiftBy => shift::plan(lanes, planes),
        Code::Order if param == SHUFFLED => order::random_plan(lanes, rotation),
        Code::Order if param == 1 => order::ranks_plan(lanes, planes, rotation),
        Code::Order => order::radix_plan(lanes, planes, rotation),
        Code::Reorder if key.from == Domain::Bits => order::reorder_plan(lanes, u32::from(key.planes), rotation),
        Code::Reorder => order::reorder_plan(lanes, param, rotation),
        Code::And => logic::plan(lanes, planes),
        Code::Open if key.from == Domain::Bits => open::bits_plan(lanes, planes),
        Code::Open => open::plan(lanes, param),
        _ => Cost::ZERO,
    }
}

/// Elements of the result.
fn count_of(key: Key, lanes: usize, count: usize) -> usize {
    if key.code.reduces() { count } else { lanes }
}

/// Starts a batch of interactive steps.
pub(super) fn start(exec: &mut Executor, graph: &Graph, key: Key, batch: &[u32], rotation: u8) -> Handle<Out> {
    match key.from {
        Domain::Z64 => start_ring::<u64>(exec, graph, key, batch, rotation, Out::Z64),
        Domain::Z128 => start_ring::<u128>(exec, graph, key, batch, rotation, Out::Z128),
        Domain::Bits => start_bits(exec, graph, key, batch, rotation),
    }
}

fn start_ring<R: Element>(
    exec: &mut Executor,
    graph: &Graph,
    key: Key,
    batch: &[u32],
    rotation: u8,
    wrap: fn(ShareVec<R>) -> Out,
) -> Handle<Out> {
    let cx = exec.cx();
    let param = u32::from(key.param);
    if matches!(key.code, Code::MatMul | Code::MatMulTrunc) {
        let products = graph.products::<R>(batch);
        return exec.spawn(async move {
            match param {
                0 => matmul::matmul(&cx, &products).await.map(wrap),
                bits => matmul::truncated(&cx, &products, bits, rotation).await.map(wrap),
            }
        });
    }
    let x = graph.collect::<R>(batch, 0);
    match key.code {
        Code::Mul => {
            let y = graph.collect::<R>(batch, 1);
            exec.spawn(async move { mul::mul(&cx, &x, &y).await.map(wrap) })
        }
        Code::Dot => {
            let y = graph.collect::<R>(batch, 1);
            let segments: Vec<usize> = batch.iter().map(|id| graph.operand_len(*id)).collect();
            exec.spawn(async move { dot::dot(&cx, &x, &y, &segments).await.map(wrap) })
        }
        Code::MulTrunc => {
            let y = graph.collect::<R>(batch, 1);
            exec.spawn(async move { trunc::mul(&cx, &x, &y, param, rotation).await.map(wrap) })
        }
        Code::DotTrunc => {
            let y = graph.collect::<R>(batch, 1);
            let segments: Vec<usize> = batch.iter().map(|id| graph.operand_len(*id)).collect();
            exec.spawn(async move { trunc::dot(&cx, &x, &y, &segments, param, rotation).await.map(wrap) })
        }
        Code::Trunc => exec.spawn(async move { trunc::trunc(&cx, &x, param, rotation).await.map(wrap) }),
        Code::Floor => exec.spawn(async move { trunc::floor(&cx, &x, param, rotation).await.map(wrap) }),
        Code::Ltz => exec.spawn(async move { ltz::ltz(&cx, &x, param, key.circuit(), rotation).await.map(Out::Bits) }),
        Code::Less => {
            let y = graph.collect::<R>(batch, 1);
            exec.spawn(async move { ltz::less(&cx, &x, &y, key.order(), key.circuit(), rotation).await.map(Out::Bits) })
        }
        Code::Eqz => exec.spawn(async move { eq::eqz(&cx, &x, param, rotation).await.map(Out::Bits) }),
        Code::ToBits => exec.spawn(async move { a2b::a2b(&cx, &x, param, rotation).await.map(Out::Bits) }),
        Code::Lift => exec.spawn(async move { lift::lift::<R, u128>(&cx, &x, rotation).await.map(Out::Z128) }),
        Code::LiftFull => {
            exec.spawn(async move { lift::full::<R, u128>(&cx, &x, Range::Signed, rotation).await.map(Out::Z128) })
        }
        Code::LiftUnsigned => {
            exec.spawn(async move { lift::full::<R, u128>(&cx, &x, Range::Unsigned, rotation).await.map(Out::Z128) })
        }
        Code::Reorder => {
            let by = graph.collect::<u64>(batch, 1);
            exec.spawn(async move { order::reorder::<R, false>(&cx, &x, &by, param, rotation).await.map(wrap) })
        }
        Code::Open => exec.spawn(async move {
            let opened = open::to_all(&cx, &x, param).await?;
            Ok(Out::Words(opened.into_iter().map(|element| element.to_u128() as u64).collect()))
        }),
        other => unreachable!("{other:?} is no interactive step of a ring"),
    }
}

fn start_bits(exec: &mut Executor, graph: &Graph, key: Key, batch: &[u32], rotation: u8) -> Handle<Out> {
    let cx = exec.cx();
    let x = graph.collect_bits(batch, 0, usize::from(key.planes));
    match (key.code, key.to) {
        (Code::And, _) => {
            let y = graph.collect_bits(batch, 1, usize::from(key.planes));
            exec.spawn(async move { logic::and(&cx, &x, &y).await.map(Out::Bits) })
        }
        (Code::Scale, _) => exec.spawn(async move { scale::scale(&cx, &x, key.param == 1).await.map(Out::Bits) }),
        (Code::Order, _) => exec.spawn(async move {
            let by = match u32::from(key.param) {
                SHUFFLED => order::random(&cx, x.lanes(), rotation).await?,
                1 => order::ranks(&cx, &x, rotation).await?,
                _ => order::radix(&cx, &x, rotation).await?,
            };
            Ok(Out::Z64(by))
        }),
        (Code::Reorder, _) => {
            let by = graph.collect::<u64>(batch, 1);
            exec.spawn(async move {
                let (lanes, planes) = (x.lanes(), x.planes());
                let words = order::words_of_rows(&x);
                let moved = order::reorder::<u64, true>(&cx, &words, &by, planes as u32, rotation).await?;
                let part = |part: &[u64]| {
                    let mut out = pool::take(words_of(lanes) * planes);
                    to_planes_into(part, planes as u32, &mut out);
                    out
                };
                Ok(Out::Bits(BitPlanes::new(part(moved.a()), part(moved.b()), lanes, planes)))
            })
        }
        (Code::ShiftBy, _) => {
            let y = graph.collect_bits(batch, 1, usize::from(key.planes));
            let shift = SHIFTS[usize::from(key.param)];
            exec.spawn(async move { shift::by_secret(&cx, &x, &y, shift).await.map(Out::Bits) })
        }
        (Code::Open, _) => exec.spawn(async move {
            let lanes = x.lanes();
            let opened = open::bits_to_all(&cx, &x).await?;
            Ok(Out::Words(from_planes(&opened, lanes)))
        }),
        (code, to) if key.param == 1 => {
            let signed = code == Code::FromSignedBits;
            if to == Domain::Z64 {
                exec.spawn(async move { b2a::word::<u64>(&cx, &x, signed, rotation).await.map(Out::Z64) })
            } else {
                exec.spawn(async move { b2a::word::<u128>(&cx, &x, signed, rotation).await.map(Out::Z128) })
            }
        }
        (code, Domain::Z64) => exec.spawn(async move { weighed::<u64>(&cx, &x, rotation, code).await.map(Out::Z64) }),
        (code, _) => exec.spawn(async move { weighed::<u128>(&cx, &x, rotation, code).await.map(Out::Z128) }),
    }
}

/// Bits as elements of a ring, summed by their weights; the top one counts negatively in two's complement.
async fn weighed<R: Ring>(cx: &Cx, x: &BitPlanes, rotation: u8, code: Code) -> Result<ShareVec<R>, Abort> {
    let bits = b2a::b2a::<R>(cx, x, rotation).await?;
    let (lanes, planes) = (x.lanes(), x.planes());
    if planes == 1 && code == Code::FromBits {
        return Ok(bits);
    }
    let weigh = |part: &[R]| {
        let mut sum = vec![R::ZERO; lanes];
        for (j, plane) in part.chunks_exact(lanes).enumerate() {
            let weight = R::power_of_two(j as u32);
            let weight = if code == Code::FromSignedBits && j + 1 == planes { weight.neg() } else { weight };
            for (sum, bit) in sum.iter_mut().zip(plane) {
                *sum = sum.add(bit.mul(weight));
            }
        }
        sum
    };
    Ok(ShareVec::new(weigh(bits.a()), weigh(bits.b())))
}

/// Executes a batch of local steps; those for clients are appended to `payloads` with their places.
pub(super) fn local(
    me: PartyIdx,
    cx: &Cx,
    graph: &mut Graph,
    key: Key,
    batch: &[u32],
    payloads: &mut Vec<(usize, Vec<u8>)>,
) {
    match (key.code, key.from) {
        (Code::Random, _) => {
            let lanes = batch.iter().map(|id| graph.node(*id).len as usize).sum();
            let bits = share::random_bits(cx, lanes, key.planes.into());
            graph.scatter_bits(batch, bits);
        }
        (Code::Deliver, _) => deliver(cx, graph, key, batch, payloads),
        (Code::Narrow, _) => {
            let x = graph.collect::<u128>(batch, 0);
            let narrow = linear::narrow::<u128, u64>(&x);
            graph.scatter(batch, narrow);
        }
        (_, Domain::Z64) => local_ring::<u64>(me, graph, key, batch),
        (_, Domain::Z128) => local_ring::<u128>(me, graph, key, batch),
        (_, Domain::Bits) => local_bits(me, graph, key, batch),
    }
}

fn local_ring<R: Element>(me: PartyIdx, graph: &mut Graph, key: Key, batch: &[u32]) {
    if key.code == Code::Concat {
        return concat_ring::<R>(graph, batch);
    }
    if array::is_array(key.code) {
        return array::local_ring::<R>(graph, key.code, batch);
    }
    let x = graph.collect::<R>(batch, 0);
    let result = match key.code {
        Code::Copy => (*x).clone(),
        Code::Neg => linear::neg(&x),
        Code::Add => linear::add(&x, &graph.collect(batch, 1)),
        Code::Sub => linear::sub(&x, &graph.collect(batch, 1)),
        Code::AddPublic => linear::add_public(me, &x, &graph.collect_public(batch)),
        Code::MulPublic => linear::mul_public(&x, &graph.collect_public(batch)),
        Code::Sum => {
            let mut start = 0;
            let sums: Vec<ShareVec<R>> = batch
                .iter()
                .map(|id| {
                    let len = graph.operand_len(*id);
                    start += len;
                    let part = |c: &[R]| vec![c[start - len..start].iter().fold(R::ZERO, |sum, c| sum.add(*c))];
                    ShareVec::new(part(x.a()), part(x.b()))
                })
                .collect();
            ShareVec::concat(&sums)
        }
        other => unreachable!("{other:?} is no local step of a ring"),
    };
    graph.scatter(batch, result);
}

fn concat_ring<R: Element>(graph: &mut Graph, batch: &[u32]) {
    for id in batch {
        let joined = graph.join::<R>(*id);
        graph.scatter(&[*id], joined);
    }
}

fn local_bits(me: PartyIdx, graph: &mut Graph, key: Key, batch: &[u32]) {
    let planes = usize::from(key.planes);
    if array::is_array(key.code) {
        return array::local_bits(graph, batch, planes);
    }
    if key.code == Code::Concat {
        for id in batch {
            let joined = graph.join_bits(*id, planes);
            graph.scatter_bits(&[*id], joined);
        }
        return;
    }
    let x = graph.collect_bits(batch, 0, planes);
    let param = usize::from(key.param);
    let filled = |keep: std::ops::Range<usize>, width: usize, sign: bool| {
        let mut out = x.slice_planes(keep.start, keep.len());
        let fill = width - keep.len();
        if fill > 0 {
            let top = x.slice_planes(planes - 1, 1);
            let rest =
                if sign { top.select_planes(std::iter::repeat_n(0, fill)) } else { BitPlanes::zeros(x.lanes(), fill) };
            out.extend_planes(&rest);
        }
        out
    };
    let result = match key.code {
        Code::Copy => (*x).clone(),
        Code::Xor => linear::xor(&x, &graph.collect_bits(batch, 1, planes)),
        Code::XorPublic => linear::xor_public(me, &x, &graph.collect_public_bits(batch, planes as u32)),
        Code::AndPublic => linear::and_public(&x, &graph.collect_public_bits(batch, planes as u32)),
        Code::ResizeZero => filled(0..planes.min(param), param, false),
        Code::ResizeSign => filled(0..planes.min(param), param, true),
        Code::ShiftZero => filled(param..planes, planes, false),
        Code::ShiftSign => filled(param..planes, planes, true),
        Code::ShiftUp => {
            let mut out = BitPlanes::zeros(x.lanes(), param);
            out.extend_planes(&x.slice_planes(0, planes - param));
            out
        }
        Code::Parity => {
            let mut start = 0;
            let sums: Vec<BitPlanes> = batch
                .iter()
                .map(|id| {
                    let len = graph.operand_len(*id);
                    start += len;
                    x.slice_lanes(start - len, len).parity()
                })
                .collect();
            BitPlanes::concat_lanes(&sums.iter().collect::<Vec<_>>())
        }
        Code::Spread => x.select_planes(std::iter::repeat_n(0, param)),
        Code::PlaneParity => (1..planes).fold(x.slice_planes(0, 1), |sum, j| linear::xor(&sum, &x.slice_planes(j, 1))),
        other => unreachable!("{other:?} is no local step of bits"),
    };
    graph.scatter_bits(batch, result);
}

fn deliver(cx: &Cx, graph: &mut Graph, key: Key, batch: &[u32], payloads: &mut Vec<(usize, Vec<u8>)>) {
    for id in batch {
        let one = &[*id][..];
        let mut payload = Vec::new();
        match key.from {
            from if key.param == WHOLE => keep(graph, from, one, &mut payload),
            Domain::Z64 => open::client_payload(cx, &graph.collect::<u64>(one, 0), u32::from(key.param), &mut payload),
            Domain::Z128 => {
                open::client_payload(cx, &graph.collect::<u128>(one, 0), u32::from(key.param), &mut payload);
            }
            Domain::Bits => open::client_payload_bits(cx, &graph.collect_bits(one, 0, 1), &mut payload),
        }
        payloads.push((graph.node(*id).body[1] as usize, payload));
        graph.settle_nothing(*id);
    }
}

/// In place of a width: both components as they are, for this party itself.
pub(super) const WHOLE: u8 = 0;

/// Appends both components of a vector as [`column`] and [`bit_column`] read them.
fn keep(graph: &Graph, domain: Domain, one: &[u32], out: &mut Vec<u8>) {
    match domain {
        Domain::Z64 => {
            let share = graph.collect::<u64>(one, 0);
            share.a().iter().chain(share.b()).for_each(|element| out.extend_from_slice(&element.to_le_bytes()));
        }
        Domain::Z128 => {
            let share = graph.collect::<u128>(one, 0);
            share.a().iter().chain(share.b()).for_each(|element| out.extend_from_slice(&element.to_le_bytes()));
        }
        Domain::Bits => {
            let share = graph.collect_bits(one, 0, 1);
            let bytes = kept_bytes(domain, share.lanes());
            for words in [share.a(), share.b()] {
                out.extend(words.iter().flat_map(|word| word.to_le_bytes()).take(bytes));
            }
        }
    }
}

/// Bytes of one component of a kept vector.
pub(super) const fn kept_bytes(domain: Domain, lanes: usize) -> usize {
    match domain {
        Domain::Z64 => 8 * lanes,
        Domain::Z128 => 16 * lanes,
        Domain::Bits => lanes.div_ceil(8),
    }
}

impl Graph {
    /// The pieces of a concatenation as one vector.
    fn join<R: Element>(&self, id: u32) -> ShareVec<R> {
        let pieces = self.pieces(self.node(id));
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for piece in pieces {
            let node = self.node(piece.node);
            if node.state == super::node::State::Scalar {
                let (x, y) = R::load(&node.body);
                a.push(x);
                b.push(y);
                continue;
            }
            let share = R::vector(self.vector(node));
            let range = piece.start as usize..(piece.start + piece.len) as usize;
            a.extend_from_slice(&share.a()[range.clone()]);
            b.extend_from_slice(&share.b()[range]);
        }
        ShareVec::new(a, b)
    }

    /// As [`Graph::join`], for bits.
    fn join_bits(&self, id: u32, planes: usize) -> BitPlanes {
        let pieces = self.pieces(self.node(id));
        if pieces.iter().all(|piece| piece.len == 1) {
            let (mut a, mut b) = (Vec::with_capacity(pieces.len()), Vec::with_capacity(pieces.len()));
            for piece in pieces {
                let (x, y) = self.lane_bits(piece.node, piece.start as usize);
                a.push(x);
                b.push(y);
            }
            return super::value::pack_lanes(&a, &b, planes);
        }
        let parts: Vec<BitPlanes> = pieces
            .iter()
            .map(|piece| {
                let node = self.node(piece.node);
                if node.state == super::node::State::Scalar {
                    return super::value::pack_lanes(&[node.body[0]], &[node.body[1]], planes);
                }
                super::value::planes_of(self.vector(node)).slice_lanes(piece.start as usize, piece.len as usize)
            })
            .collect();
        BitPlanes::concat_lanes(&parts.iter().collect::<Vec<_>>())
    }
}

/// A client's column as a share: little-endian bytes of both components.
pub(super) fn column<R: Ring>(parts: [&[u8]; 2]) -> ShareVec<R> {
    let read = |part: &[u8]| {
        let mut elements = vec![R::ZERO; part.len() / (R::BITS / 8) as usize];
        unpack(part, 0, R::BITS, &mut elements);
        elements
    };
    ShareVec::new(read(parts[0]), read(parts[1]))
}

/// A client's column of bools as a share: packed bits of both components.
pub(super) fn bit_column(parts: [&[u8]; 2], lanes: usize) -> BitPlanes {
    let read = |part: &[u8]| {
        let mut words = vec![0; words_of(lanes)];
        for (i, byte) in part.iter().enumerate() {
            words[i / 8] |= u64::from(*byte) << (i % 8 * 8);
        }
        words
    };
    BitPlanes::new(read(parts[0]), read(parts[1]), lanes, 1)
}
