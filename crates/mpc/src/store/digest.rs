//! Operations and their public operands in, words of the schedule digest out.
//!
//! Handles are numbered alike at every party that has executed the same operations, so their numbers stand for operands.

use stoffel_value::{BinOp, ScalarOp, ScalarTy};

use crate::exec::Executor;
use crate::words::code;
use crate::{Arg, ArrayOp, Lane};

/// Marks a public vector made secret.
pub(super) const CONSTANT: u64 = 64;
/// Marks random values.
pub(super) const RANDOM: u64 = 69;
const GATHER: u64 = 65;
const OPEN: u64 = 66;
const DELIVER: u64 = 67;
const INPUT: u64 = 68;
const SORT: u64 = 69;
const SHUFFLE: u64 = 70;

/// Absorbs one operation.
pub(super) fn absorb_op(exec: &mut Executor, op: ScalarOp, args: &[Arg<'_>], site: u32) {
    exec.at_site(site);
    let (kind, first, second) = match op {
        ScalarOp::Binary(op, ty) => (op as u64, Some(ty), None),
        ScalarOp::Compare(op, x, y) => (32 + op as u64, Some(x), Some(y)),
        ScalarOp::Unary(op, ty) => (40 + op as u64, Some(ty), None),
        ScalarOp::Select(ty) => (48, Some(ty), None),
        ScalarOp::Convert(x, y) => (49, Some(x), Some(y)),
        ScalarOp::Sum(ty) => (50, Some(ty), None),
        ScalarOp::Dot(ty) => (51, Some(ty), None),
        ScalarOp::Any => (52, None, None),
        ScalarOp::All => (53, None, None),
        ScalarOp::OneHot(ty) => (54, Some(ty), None),
        ScalarOp::Pick(ty) => (55, Some(ty), None),
    };
    exec.absorb(kind << 56 | first.map_or(0, format) << 32 | u64::from(site));
    if let Some(second) = second {
        exec.absorb(format(second));
    }
    absorb_args(exec, args);
}

/// As [`absorb_op`] of an operation on two shared scalars.
pub(super) fn absorb_pair(exec: &mut Executor, op: BinOp, ty: ScalarTy, [x, y]: [Lane; 2], site: u32) {
    exec.at_site(site);
    exec.absorb((op as u64) << 56 | format(ty) << 32 | u64::from(site));
    exec.absorb(word_of(x));
    exec.absorb(word_of(y));
}

/// Absorbs a sort: the format of the key, the direction, then formats and operands of all columns.
pub(super) fn absorb_sort(
    exec: &mut Executor,
    key: (ScalarTy, Arg<'_>),
    descending: bool,
    columns: &[(ScalarTy, Arg<'_>)],
    site: u32,
) {
    exec.at_site(site);
    exec.absorb(SORT << 56 | format(key.0) << 32 | u64::from(site));
    exec.absorb(u64::from(descending) << 32 | columns.len() as u64);
    absorb_args(exec, &[key.1]);
    for (ty, column) in columns {
        exec.absorb(format(*ty));
        absorb_args(exec, &[*column]);
    }
}

/// Absorbs a shuffle: the number of rows, then formats and operands of all columns.
pub(super) fn absorb_shuffle(exec: &mut Executor, rows: u32, columns: &[(ScalarTy, Arg<'_>)], site: u32) {
    exec.at_site(site);
    exec.absorb(SHUFFLE << 56 | u64::from(site));
    exec.absorb(u64::from(rows) << 32 | columns.len() as u64);
    for (ty, column) in columns {
        exec.absorb(format(*ty));
        absorb_args(exec, &[*column]);
    }
}

/// Absorbs one operation on arrays.
pub(super) fn absorb_array(exec: &mut Executor, op: ArrayOp<'_>, args: &[Arg<'_>], site: u32) {
    exec.at_site(site);
    let (kind, numbers): (u64, &[u32]) = match &op {
        ArrayOp::Pick(_, places) => (54, *places),
        ArrayOp::SumAxis(_, axes) => (55, axes),
        ArrayOp::CumSum(_, axes) => (56, axes),
        ArrayOp::MatMul(_, axes) => (57, axes),
    };
    exec.absorb(kind << 56 | format(op.ty()) << 32 | u64::from(site));
    exec.absorb(numbers.len() as u64);
    numbers.iter().for_each(|number| exec.absorb(u64::from(*number)));
    absorb_args(exec, args);
}

fn absorb_args(exec: &mut Executor, args: &[Arg<'_>]) {
    for arg in args {
        match *arg {
            Arg::Lane(lane) => exec.absorb(word_of(lane)),
            Arg::Vector { node, start, len } => {
                exec.absorb(u64::from(node.0) << 32 | u64::from(start));
                exec.absorb(1 << 32 | u64::from(len));
            }
            Arg::Word(word) => {
                exec.absorb(2 << 32);
                exec.absorb(word);
            }
            Arg::Words(words) => {
                exec.absorb(3 << 32 | words.len() as u64);
                words.iter().for_each(|word| exec.absorb(*word));
            }
        }
    }
}

/// Absorbs public words in a role.
pub(super) fn absorb_words(exec: &mut Executor, role: u64, ty: ScalarTy, words: &[u64], site: u32) {
    exec.at_site(site);
    exec.absorb(role << 56 | format(ty) << 32 | u64::from(site));
    exec.absorb(words.len() as u64);
    words.iter().for_each(|word| exec.absorb(*word));
}

/// Absorbs the lanes of a gather.
pub(super) fn absorb_lanes(exec: &mut Executor, ty: ScalarTy, lanes: &[Lane]) {
    exec.absorb(GATHER << 56 | format(ty) << 32);
    exec.absorb(lanes.len() as u64);
    lanes.iter().for_each(|lane| exec.absorb(word_of(*lane)));
}

/// Absorbs an opening: node, first lane, lanes and disclosure row; to everybody or to a client.
pub(super) fn absorb_opening(exec: &mut Executor, ty: ScalarTy, what: [u32; 4], client: Option<u32>, site: u32) {
    exec.at_site(site);
    let role = if client.is_some() { DELIVER } else { OPEN };
    exec.absorb(role << 56 | format(ty) << 32 | u64::from(site));
    exec.absorb(u64::from(what[0]) << 32 | u64::from(what[1]));
    exec.absorb(u64::from(what[2]) << 32 | u64::from(what[3]));
    if let Some(client) = client {
        exec.absorb(u64::from(client));
    }
}

/// Absorbs the shape and the public part of a client's input.
pub(super) fn absorb_input(exec: &mut Executor, client: u32, public: &[u8], layout: &[(ScalarTy, u32)]) {
    exec.absorb(INPUT << 56 | u64::from(client));
    exec.absorb(layout.len() as u64);
    for (ty, len) in layout {
        exec.absorb(format(*ty) << 32 | u64::from(*len));
    }
    for word in blake3::hash(public).as_bytes().chunks_exact(8) {
        exec.absorb(u64::from_le_bytes(std::array::from_fn(|i| word[i])));
    }
}

/// A format in 24 bits.
fn format(ty: ScalarTy) -> u64 {
    let [kind, a, b, _] = code(ty);
    u64::from(kind) << 16 | u64::from(a) << 8 | u64::from(b)
}

fn word_of(lane: Lane) -> u64 {
    u64::from(lane.node.0) << 32 | u64::from(lane.lane)
}
