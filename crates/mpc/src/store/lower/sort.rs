//! Columns and a key in, the columns in the order of the key out.
//!
//! Keys are compared as unsigned numbers by their bits: signs are flipped, and all bits for the descending order, which keeps equal keys in
//! place. The list of row numbers is one step, and one more step moves each column. Source: PROTOCOLS A.8.

use stoffel_value::ScalarTy;

use super::{domain_of, planes_of};
use crate::rep3::order;
use crate::store::build::{Builder, Val};
use crate::store::graph::Operand;
use crate::store::node::{Code, Domain, SHUFFLED, SIGNED};
use crate::words::is_signed;
use crate::{Arg, Cost, Params};

/// Speed of the links that a session has agreed on, for the choice of a variant.
#[derive(Clone, Copy)]
pub(crate) struct Links {
    latency_us: u64,
    bandwidth_mib_s: u64,
}

impl Links {
    pub(crate) fn new(params: &Params) -> Self {
        Self { latency_us: params.latency_us.into(), bandwidth_mib_s: params.bandwidth_mib_s.into() }
    }

    /// Nanoseconds that rounds and bytes of an average party take.
    pub(crate) fn time(self, cost: &Cost) -> u64 {
        let bytes = cost.total_bits() / 24;
        let transfer = u128::from(bytes) * 1_000_000_000 / (u128::from(self.bandwidth_mib_s) << 20);
        u64::from(cost.rounds) * self.latency_us * 1000 + transfer as u64
    }
}

impl Builder {
    /// See [`crate::Engine::sort`].
    pub(crate) fn sort(
        &mut self,
        (ty, key): (ScalarTy, Arg<'_>),
        descending: bool,
        columns: &[(ScalarTy, Arg<'_>)],
        rows: u32,
    ) -> Vec<u32> {
        let order = (rows > 1).then(|| self.order(ty, &key, descending, rows));
        self.in_order(order, columns, rows)
    }

    /// See [`crate::Engine::shuffle`].
    pub(crate) fn shuffle(&mut self, columns: &[(ScalarTy, Arg<'_>)], rows: u32) -> Vec<u32> {
        let order = (rows > 1).then(|| {
            // Stands for the number of rows.
            let blank = self.given_bits(Val::Words(vec![0; rows as usize].into()), 1);
            self.row_step(Code::Order, SHUFFLED, blank)
        });
        self.in_order(order, columns, rows)
    }

    fn in_order(&mut self, order: Option<Operand>, columns: &[(ScalarTy, Arg<'_>)], rows: u32) -> Vec<u32> {
        let results: Vec<u32> = columns
            .iter()
            .map(|(ty, column)| {
                let moved = match order {
                    Some(order) => self.reorder(*ty, column, order),
                    None => self.home(*ty, column),
                };
                self.result(moved, domain_of(*ty), planes_of(*ty), rows)
            })
            .collect();
        self.abandon();
        results
    }

    /// Row numbers in the order of a key.
    fn order(&mut self, ty: ScalarTy, key: &Arg<'_>, descending: bool, rows: u32) -> Operand {
        let planes = ty.bits();
        let key = self.raw(ty, key);
        let bits = match key {
            Val::Secret(x) => self.bits(x, planes, is_signed(ty)),
            public => self.given_bits(public, planes),
        };
        let sign = if is_signed(ty) { 1u128 << (planes - 1) } else { 0 };
        let all = if descending { (1u128 << planes) - 1 } else { 0 };
        let Val::Secret(bits) = self.xor(&Val::Secret(bits), &Val::Word(sign ^ all)) else {
            unreachable!("a shared operand gives a shared result")
        };
        let (rows, planes) = (rows as usize, planes as usize);
        let pairwise = self.links.time(&order::ranks_plan(rows.min(MANY), planes, 0));
        let by_digits = self.links.time(&order::radix_plan(rows, planes, 0));
        let param = u32::from(rows < MANY && pairwise + WORK_PER_PAIR * (rows * rows) as u64 <= by_digits);
        self.row_step(Code::Order, param, bits)
    }

    /// A column in an order; bits stay bits where there are bits only.
    fn reorder(&mut self, ty: ScalarTy, column: &Arg<'_>, order: Operand) -> Val {
        let column = match (self.raw(ty, column), ty) {
            (Val::Secret(x), ScalarTy::Int(int))
                if self.graph.representation(x.node, |node| node.key.to == Domain::Z64).is_none() =>
            {
                self.bits(x, int.bits(), int.is_signed())
            }
            (value, _) => {
                let value = self.as_home(ty, value);
                match value {
                    Val::Secret(x) => x,
                    public if domain_of(ty) == Domain::Bits => self.given_bits(public, 1),
                    public => self.given(public, domain_of(ty)),
                }
            }
        };
        let node = self.graph.node(column.node);
        match node.key.to {
            Domain::Bits => {
                let flags = node.flags & SIGNED;
                Val::Secret(self.bit_step(Code::Reorder, 0, &[column, order], flags))
            }
            Domain::Z64 => Val::Secret(self.ring_step(Code::Reorder, 64, Domain::Z64, &[column, order])),
            Domain::Z128 => Val::Secret(self.ring_step(Code::Reorder, 128, Domain::Z128, &[column, order])),
        }
    }
}

/// From so many rows on, comparing all pairs is not considered.
const MANY: usize = 1 << 12;
/// Nanoseconds of local work for half a comparison of two rows.
const WORK_PER_PAIR: u64 = 50;
