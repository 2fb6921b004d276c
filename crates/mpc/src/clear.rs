//! Secret operations on values in the open: operations in, reference results and traps out.
//!
//! One party, no frames. This is the meaning that protocols are compared with: LANGUAGE §7 and §10.4 word by word, a result
//! outside its type included. A trap on secrets ([S]) is raised only under a true guard; otherwise that lane is 0.
//! Values are computed when they are queued; tickets follow the same life as under a protocol.

mod array;
mod eval;

use std::collections::{BTreeMap, VecDeque};

use stoffel_crypto::{Addr, Prg};
use stoffel_value::{BinOp, ScalarOp, ScalarTy, TrapCode, to_i128};

use crate::slab::Slab;
use crate::words::cut;
use crate::{
    Abort, AbortReason, Arg, ArrayOp, Engine, Lane, NodeId, OpSite, Opening, PartyIdx, Progress, Stats, Ticket, client,
};

/// The reference engine.
#[derive(Default)]
pub struct ClearEngine {
    nodes: Slab<Vector>,
    tickets: Slab<Promise>,
    asked: u64,
    forced: u64,
    /// Openings that were asked for and not forced, with the serials of their tickets.
    unforced: VecDeque<(u64, u32, Opening)>,
    outputs: BTreeMap<u32, Vec<(ScalarTy, Vec<u64>)>>,
    /// Vectors that are kept beyond the session.
    kept: Vec<Vec<u8>>,
    /// Where random values come from, and how many vectors have been drawn.
    random: Option<Prg>,
    drawn: u64,
    stats: Stats,
}

struct Vector {
    words: Words,
    refs: u32,
    /// Its arithmetic is that of the ring.
    blinded: bool,
}

/// Scalars are by far the most frequent vectors: they need no allocation of their own.
enum Words {
    One(u64),
    Many(Vec<u64>),
}

impl Words {
    fn as_slice(&self) -> &[u64] {
        match self {
            Self::One(word) => std::slice::from_ref(word),
            Self::Many(words) => words,
        }
    }
}

struct Promise {
    words: Vec<u64>,
    serial: u64,
}

impl ClearEngine {
    /// Opens what has been asked for up to a serial number, but for tickets that were dropped.
    fn force_to(&mut self, serial: u64) {
        self.forced = self.forced.max(serial);
        while let Some((asked, ticket, opening)) = self.unforced.pop_front_if(|(asked, ..)| *asked <= serial) {
            if self.tickets.get(ticket).is_some_and(|promise| promise.serial == asked) {
                self.stats.opened(opening);
            }
        }
    }

    /// An engine without values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An engine whose random values depend on a seed.
    #[must_use]
    pub fn seeded(seed: [u8; 32]) -> Self {
        Self { random: Some(Prg::new(std::array::from_fn(|at| seed[at]))), ..Self::default() }
    }

    fn is_blinded(&self, arg: &Arg<'_>) -> bool {
        match arg {
            Arg::Lane(Lane { node, .. }) | Arg::Vector { node, .. } => self.nodes[node.0].blinded,
            Arg::Word(_) | Arg::Words(_) => false,
        }
    }

    fn words(&self, node: NodeId) -> &[u64] {
        self.nodes[node.0].words.as_slice()
    }

    fn add(&mut self, words: Vec<u64>) -> NodeId {
        let words = if let [word] = words[..] { Words::One(word) } else { Words::Many(words) };
        NodeId(self.nodes.insert(Vector { words, refs: 1, blinded: false }))
    }

    /// A result, counted where it was made.
    fn random_words(&mut self, len: u32) -> Vec<u64> {
        self.drawn += 1;
        let mut words = vec![0; len as usize];
        let addr = Addr { op: self.drawn, purpose: 0 };
        self.random.get_or_insert_with(|| Prg::new([0; 16])).fill_words(addr, 0, &mut words);
        words
    }

    fn booked(&mut self, name: &'static str, words: Vec<u64>, site: OpSite) -> NodeId {
        let lanes = words.len() as u64;
        for share in [self.stats.by_site.entry(site.site).or_default(), self.stats.by_op.entry(name).or_default()] {
            share.nodes += 1;
            share.lanes += lanes;
        }
        self.stats.nodes += 1;
        self.stats.lanes += lanes;
        self.add(words)
    }

    fn cut_lanes(&self, ty: ScalarTy, node: NodeId, start: u32, len: u32) -> Vec<u64> {
        let lanes = &self.words(node)[start as usize..(start + len) as usize];
        lanes.iter().map(|word| cut(ty, *word)).collect()
    }

    fn view<'a>(&'a self, arg: &'a Arg<'a>) -> View<'a> {
        match *arg {
            Arg::Lane(Lane { node, lane }) => View::One(self.words(node)[lane as usize]),
            Arg::Vector { node, start, len } => View::Many(&self.words(node)[start as usize..(start + len) as usize]),
            Arg::Word(word) => View::One(word),
            Arg::Words(words) => View::Many(words),
        }
    }
}

/// The operation of the ring in place of one that is range-checked: what `+ - *` are on blinded values.
const fn in_ring(op: ScalarOp) -> Option<ScalarOp> {
    Some(match op {
        ScalarOp::Binary(BinOp::Add | BinOp::AddWrap, ty @ ScalarTy::Int(_)) => ScalarOp::Binary(BinOp::AddWrap, ty),
        ScalarOp::Binary(BinOp::Sub | BinOp::SubWrap, ty @ ScalarTy::Int(_)) => ScalarOp::Binary(BinOp::SubWrap, ty),
        ScalarOp::Binary(BinOp::Mul | BinOp::MulWrap, ty @ ScalarTy::Int(_)) => ScalarOp::Binary(BinOp::MulWrap, ty),
        _ => return None,
    })
}

/// Evaluates an operation on public words, as on secrets under a false guard: a lane without value is 0.
pub(crate) fn eval_public(op: ScalarOp, args: &[Arg<'_>]) -> Result<Vec<u64>, TrapCode> {
    let views: [View<'_>; 3] = std::array::from_fn(|i| match args.get(i) {
        Some(Arg::Word(word)) => View::One(*word),
        Some(Arg::Words(words)) => View::Many(words),
        Some(Arg::Lane(_) | Arg::Vector { .. }) => unreachable!("callers pass what is public"),
        None => View::One(0),
    });
    eval::eval(op, views, false)
}

/// As [`eval_public`] for an operation on arrays.
pub(crate) fn array_public(op: ArrayOp<'_>, args: &[Arg<'_>]) -> Result<Vec<u64>, TrapCode> {
    let views: [View<'_>; 2] = std::array::from_fn(|i| match args.get(i) {
        Some(Arg::Word(word)) => View::One(*word),
        Some(Arg::Words(words)) => View::Many(words),
        Some(Arg::Lane(_) | Arg::Vector { .. }) => unreachable!("callers pass what is public"),
        None => View::One(0),
    });
    array::eval(op, views, false)
}

/// An operand: one word for every lane, or a word each.
#[derive(Clone, Copy)]
enum View<'a> {
    One(u64),
    Many(&'a [u64]),
}

impl View<'_> {
    fn at(self, lane: usize) -> u64 {
        match self {
            Self::One(word) => word,
            Self::Many(words) => words[lane],
        }
    }
}

impl Engine for ClearEngine {
    fn n_parties(&self) -> u8 {
        1
    }

    fn threshold(&self) -> u8 {
        0
    }

    fn me(&self) -> PartyIdx {
        PartyIdx(0)
    }

    fn backend(&self) -> &'static str {
        crate::Backend::Clear.name()
    }

    fn reads_guards(&self) -> bool {
        true
    }

    fn trips(&self, holds: Lane, site: OpSite) -> bool {
        let bit = |lane: Lane| self.words(lane.node)[lane.lane as usize] & 1 == 1;
        bit(holds) && site.guard.is_none_or(bit)
    }

    fn op(&mut self, op: ScalarOp, args: &[Arg<'_>], site: OpSite) -> Result<NodeId, TrapCode> {
        crate::public::check(op, args)?;
        let guarded = site.guard.is_none_or(|guard| self.words(guard.node)[guard.lane as usize] & 1 == 1);
        let ring = in_ring(op).filter(|_| args.iter().any(|arg| self.is_blinded(arg)));
        let op = ring.unwrap_or(op);
        let views: [View<'_>; 3] = std::array::from_fn(|i| args.get(i).map_or(View::One(0), |arg| self.view(arg)));
        let words = eval::eval(op, views, guarded)?;
        let node = self.booked(crate::public::name(op), words, site);
        self.nodes[node.0].blinded = ring.is_some();
        Ok(node)
    }

    fn random(&mut self, ty: ScalarTy, len: u32, _: OpSite) -> NodeId {
        let words = self.random_words(len);
        let node = self.add(words.into_iter().map(|word| cut(ty, word)).collect());
        self.nodes[node.0].blinded = true;
        node
    }

    fn array(&mut self, op: ArrayOp<'_>, args: &[Arg<'_>], site: OpSite) -> Result<NodeId, TrapCode> {
        let guarded = site.guard.is_none_or(|guard| self.words(guard.node)[guard.lane as usize] & 1 == 1);
        let views: [View<'_>; 2] = std::array::from_fn(|i| args.get(i).map_or(View::One(0), |arg| self.view(arg)));
        let words = array::eval(op, views, guarded)?;
        Ok(self.booked(op.name(), words, site))
    }

    fn sort(
        &mut self,
        key: (ScalarTy, Arg<'_>),
        descending: bool,
        columns: &[(ScalarTy, Arg<'_>)],
        site: OpSite,
    ) -> Result<Vec<NodeId>, TrapCode> {
        let args: Vec<Arg<'_>> = columns.iter().map(|(_, column)| *column).chain([key.1]).collect();
        let lanes = crate::public::common_len(&args)?.unwrap_or(1) as usize;
        let keys: Vec<i128> = (0..lanes).map(|lane| to_i128(key.0, self.view(&key.1).at(lane))).collect();
        let mut order: Vec<usize> = (0..lanes).collect();
        order.sort_by(|a, b| if descending { keys[*b].cmp(&keys[*a]) } else { keys[*a].cmp(&keys[*b]) });
        let sorted: Vec<Vec<u64>> =
            columns.iter().map(|(_, column)| order.iter().map(|lane| self.view(column).at(*lane)).collect()).collect();
        Ok(sorted.into_iter().map(|words| self.booked("sort", words, site)).collect())
    }

    fn shuffle(&mut self, rows: u32, columns: &[(ScalarTy, Arg<'_>)], site: OpSite) -> Result<Vec<NodeId>, TrapCode> {
        let args: Vec<Arg<'_>> = columns.iter().map(|(_, column)| *column).collect();
        if crate::public::common_len(&args)?.is_some_and(|len| len != rows) {
            return Err(TrapCode::Shape);
        }
        // Rows go by random words of their own; two equal ones keep their order, once in 2^64 pairs.
        let words = self.random_words(rows);
        let mut order: Vec<usize> = (0..rows as usize).collect();
        order.sort_by_key(|row| words[*row]);
        let moved: Vec<Vec<u64>> =
            columns.iter().map(|(_, column)| order.iter().map(|lane| self.view(column).at(*lane)).collect()).collect();
        Ok(moved.into_iter().map(|words| self.booked("shuffle", words, site)).collect())
    }

    fn constant(&mut self, _: ScalarTy, words: &[u64], _: OpSite) -> NodeId {
        self.add(words.to_vec())
    }

    fn gather(&mut self, _: ScalarTy, lanes: &[Lane]) -> NodeId {
        let words = lanes.iter().map(|lane| self.words(lane.node)[lane.lane as usize]).collect();
        let blinded = lanes.iter().any(|lane| self.nodes[lane.node.0].blinded);
        let node = self.add(words);
        self.nodes[node.0].blinded = blinded;
        node
    }

    fn len(&self, node: NodeId) -> u32 {
        self.words(node).len() as u32
    }

    fn retain(&mut self, node: NodeId) {
        self.nodes[node.0].refs += 1;
    }

    fn release(&mut self, node: NodeId) {
        let vector = &mut self.nodes[node.0];
        vector.refs -= 1;
        if vector.refs == 0 {
            self.nodes.remove(node.0);
        }
    }

    fn check(&self, ty: ScalarTy, node: NodeId, start: u32, len: u32) -> Result<(), TrapCode> {
        let lanes = &self.words(node)[start as usize..(start + len) as usize];
        let fit = ty != ScalarTy::Bool || lanes.iter().all(|word| *word <= 1);
        if fit { Ok(()) } else { Err(TrapCode::SecretBool) }
    }

    fn open(&mut self, ty: ScalarTy, node: NodeId, start: u32, len: u32, row: u32, _: OpSite) -> Ticket {
        self.asked += 1;
        let words = self.cut_lanes(ty, node, start, len);
        let ticket = self.tickets.insert(Promise { words, serial: self.asked });
        let opening = Opening { row, client: None, bits: ty.bits(), lanes: len.into() };
        self.unforced.push_back((self.asked, ticket, opening));
        Ticket(ticket)
    }

    fn send_to_client(&mut self, client: u32, ty: ScalarTy, node: NodeId, start: u32, len: u32, row: u32, _: OpSite) {
        let words = self.cut_lanes(ty, node, start, len);
        self.stats.opened(Opening { row, client: Some(client), bits: ty.bits(), lanes: len.into() });
        self.outputs.entry(client).or_default().push((ty, words));
    }

    fn keep(&mut self, ty: ScalarTy, node: NodeId, len: u32, _: OpSite) -> u32 {
        let words = self.cut_lanes(ty, node, 0, len);
        self.kept.push(client::write_words(&[(ty, words)]));
        (self.kept.len() - 1) as u32
    }

    fn take_kept(&mut self, place: u32) -> Vec<u8> {
        self.kept.get_mut(place as usize).map(std::mem::take).unwrap_or_default()
    }

    fn restore(&mut self, layout: &[(ScalarTy, u32)], shares: &[u8]) -> Option<Vec<NodeId>> {
        let columns = client::read_words(layout, shares)?;
        Some(columns.into_iter().map(|words| self.add(words)).collect())
    }

    fn force(&mut self, ticket: Ticket) {
        self.force_to(self.tickets[ticket.0].serial);
    }

    fn force_all(&mut self) {
        self.force_to(self.asked);
    }

    fn opened(&self, ticket: Ticket) -> Option<&[u64]> {
        let promise = &self.tickets[ticket.0];
        (promise.serial <= self.forced).then_some(&promise.words[..])
    }

    fn drop_ticket(&mut self, ticket: Ticket) {
        self.tickets.remove(ticket.0);
    }

    fn is_full(&self) -> bool {
        false
    }

    fn absorb(&mut self, _: u64) {}

    fn stats(&self) -> Stats {
        self.stats.clone()
    }

    fn poll(&mut self) -> Result<Progress, Abort> {
        Ok(Progress::Idle)
    }

    fn awaits(&self, _: PartyIdx) -> bool {
        false
    }

    fn deliver(&mut self, from: PartyIdx, _: &[u8]) -> Result<(), Abort> {
        Err(Abort { culprit: Some(from), reason: AbortReason::Malformed("the clear engine has no peers") })
    }

    fn take_frame(&mut self, _: PartyIdx) -> Option<Vec<u8>> {
        None
    }

    fn client_input(
        &mut self,
        client: u32,
        _: &[u8],
        layout: &[(ScalarTy, u32)],
        payload: &[u8],
    ) -> Result<Vec<NodeId>, Abort> {
        let columns = client::read_words(layout, payload)
            .ok_or(Abort { culprit: None, reason: AbortReason::ClientInput { client } })?;
        Ok(columns.into_iter().map(|words| self.add(words)).collect())
    }

    fn take_client_output(&mut self, client: u32) -> Vec<u8> {
        client::write_words(&self.outputs.remove(&client).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
