//! Secret operations of one party in, as few rounds as their dependencies allow out: the lazy store and its engine.
//!
//! An operation becomes steps of a pending graph (`lower`, `build`, `graph`); nothing is sent. When an opening is forced
//! or the graph reaches its agreed bound, the pending steps are arranged by the round in which they can start (`schedule`) and
//! executed batch by batch (`steps`) on the lockstep executor. What nobody refers to any more is never computed.
//! Invariant: every party builds the same graph, which the schedule digest proves with each frame.

mod array;
mod build;
mod digest;
mod flush;
mod graph;
mod lower;
mod node;
mod schedule;
mod steps;
mod value;

use std::collections::VecDeque;

use stoffel_value::{ScalarOp, ScalarTy, TrapCode};

use crate::exec::Executor;
use crate::rep3::input::ClientHashes;
use crate::rep3::setup::Draw;
use crate::slab::Slab;
use crate::words::cut;
use crate::{
    Abort, AbortReason, Arg, ArrayOp, Backend, Cost, Engine, Lane, NodeId, OpSite, Opening, Params, PartyIdx, Progress,
    Stats, Ticket, client, pool,
};

use build::Builder;
use flush::Flush;
use graph::Operand;
use lower::{domain_of, planes_of};
use node::{Code, Key};

/// The rep3 backend: three parties, one of which may be corrupt, semi-honest.
pub struct Rep3Engine {
    me: PartyIdx,
    params: Params,
    builder: Builder,
    exec: Executor,
    /// This party's randomness for the setup round, until it has run.
    draw: Option<Draw>,
    /// Inputs whose duplicated components have not been compared yet.
    hashes: Vec<ClientHashes>,
    tickets: Slab<Promise>,
    /// Tickets that nobody has forced, by serial number; dropped ones are skipped.
    asked: VecDeque<(u64, u32)>,
    serial: u64,
    /// Something is demanded that has not been computed.
    demand: bool,
    outputs: Vec<Output>,
    flush: Flush,
    stats: Stats,
    /// Dropped last: wipes what the others leave in the pool.
    _pool: pool::Lease,
}

/// A ticket's life.
struct Promise {
    serial: u64,
    ty: ScalarTy,
    /// Of the disclosure list.
    row: u32,
    state: PromiseState,
}

enum PromiseState {
    /// Holds a reference to the node; nothing is queued.
    Asked {
        value: Operand,
        site: u32,
    },
    /// Holds a reference to the queued opening.
    Queued {
        step: u32,
    },
    Opened(Vec<u64>),
}

/// In place of a client: shares that this party keeps.
const KEPT: u32 = u32::MAX;

/// A payload for a client.
struct Output {
    client: u32,
    /// What is shown, once it is sent.
    shown: Opening,
    state: Payload,
}

enum Payload {
    /// Computed by the next flush.
    Queued,
    Ready(Vec<u8>),
    Taken,
}

impl Rep3Engine {
    /// The engine of party `me`. `seed` is fresh randomness of this party's system for this session: a key, which stays
    /// between this party and the next, and a nonce, which all see.
    ///
    /// # Panics
    /// If `me` is not one of three parties.
    #[must_use]
    pub fn new(me: PartyIdx, params: Params, seed: [u8; 32]) -> Self {
        let digest = params.digest();
        let tag = u64::from_le_bytes(std::array::from_fn(|i| digest[i]));
        Self {
            me,
            builder: Builder::new(me, &params, steps::rounds),
            exec: Executor::new(me, tag),
            draw: Some(Draw { key: std::array::from_fn(|i| seed[i]), nonce: std::array::from_fn(|i| seed[16 + i]) }),
            hashes: Vec::new(),
            tickets: Slab::default(),
            asked: VecDeque::new(),
            serial: 0,
            demand: false,
            outputs: Vec::new(),
            flush: Flush::default(),
            stats: Stats::default(),
            _pool: pool::Lease,
            params,
        }
    }

    /// What the next flush will cost, all parties together: everything queued, if something of it is demanded.
    #[must_use]
    pub fn plan(&self) -> Cost {
        flush::plan(self)
    }

    /// What the links have measured so far, for comparison with [`Rep3Engine::plan`].
    #[must_use]
    pub fn meter(&self) -> crate::Meter {
        self.exec.meter()
    }

    fn queue_opening(&mut self, ticket: u32) {
        let promise = &self.tickets[ticket];
        let PromiseState::Asked { value, site } = promise.state else { return };
        let width = promise.ty.bits();
        let (step, opened) = self.opening(promise.ty, value, width, site);
        self.builder.graph.set_word(step, u64::from(ticket));
        self.tickets[ticket].state = PromiseState::Queued { step };
        self.builder.graph.release(opened);
        self.demand = true;
    }

    /// Queues an opening; gives it and the node that the promise held.
    fn opening(&mut self, ty: ScalarTy, value: Operand, width: u32, site: u32) -> (u32, u32) {
        self.builder.site = site;
        let shown = self.builder.opened_form(ty, value);
        let node = self.builder.graph.node(shown.node);
        let key = Key {
            code: Code::Open,
            from: node.key.to,
            planes: node.key.result_planes(),
            param: width as u8,
            to: node.key.to,
        };
        let step = self.builder.graph.push(key, &[shown], shown.len, 0, site);
        self.builder.abandon();
        (step, value.node)
    }

    /// Queues openings of every ticket up to a serial number.
    fn queue_openings(&mut self, serial: u64) {
        while let Some((next, ticket)) = self.asked.front().copied() {
            if next > serial {
                return;
            }
            self.asked.pop_front();
            if self.tickets.get(ticket).is_some_and(|promise| promise.serial == next) {
                self.queue_opening(ticket);
            }
        }
    }

    fn constant_words(&mut self, ty: ScalarTy, words: &[u64]) -> NodeId {
        let elements: Vec<u128> = words.iter().map(|word| stoffel_value::to_i128(ty, *word) as u128).collect();
        NodeId(self.builder.constant(domain_of(ty), planes_of(ty), &elements))
    }
}

impl Engine for Rep3Engine {
    fn n_parties(&self) -> u8 {
        3
    }

    fn threshold(&self) -> u8 {
        1
    }

    fn me(&self) -> PartyIdx {
        self.me
    }

    fn backend(&self) -> &'static str {
        Backend::Rep3.name()
    }

    fn reads_guards(&self) -> bool {
        false
    }

    fn op(&mut self, op: ScalarOp, args: &[Arg<'_>], site: OpSite) -> Result<NodeId, TrapCode> {
        // Of two shared integers there is nothing to check.
        if let (ScalarOp::Binary(binary, ty @ ScalarTy::Int(_)), [Arg::Lane(x), Arg::Lane(y)]) = (op, args) {
            digest::absorb_pair(&mut self.exec, binary, ty, [*x, *y], site.site);
            self.builder.site = site.site;
            if let Some(id) = self.builder.scalar(op, args) {
                return Ok(NodeId(id));
            }
            return self.builder.lower(op, args, None).map(NodeId);
        }
        let lanes = crate::public::check(op, args)?;
        digest::absorb_op(&mut self.exec, op, args, site.site);
        if args.iter().all(|arg| matches!(arg, Arg::Word(_) | Arg::Words(_))) {
            // A trap on secrets: the value is unspecified.
            let words = crate::clear::eval_public(op, args)?;
            return Ok(self.constant_words(lower::result_ty(op), &words));
        }
        self.builder.site = site.site;
        if let Some(id) = self.builder.scalar(op, args) {
            return Ok(NodeId(id));
        }
        self.builder.lower(op, args, lanes).map(NodeId)
    }

    fn sort(
        &mut self,
        key: (ScalarTy, Arg<'_>),
        descending: bool,
        columns: &[(ScalarTy, Arg<'_>)],
        site: OpSite,
    ) -> Result<Vec<NodeId>, TrapCode> {
        let args: Vec<Arg<'_>> = columns.iter().map(|(_, column)| *column).chain([key.1]).collect();
        let rows = crate::public::common_len(&args)?.unwrap_or(1);
        digest::absorb_sort(&mut self.exec, key, descending, columns, site.site);
        self.builder.site = site.site;
        Ok(self.builder.sort(key, descending, columns, rows).into_iter().map(NodeId).collect())
    }

    fn shuffle(&mut self, rows: u32, columns: &[(ScalarTy, Arg<'_>)], site: OpSite) -> Result<Vec<NodeId>, TrapCode> {
        let args: Vec<Arg<'_>> = columns.iter().map(|(_, column)| *column).collect();
        if crate::public::common_len(&args)?.is_some_and(|len| len != rows) {
            return Err(TrapCode::Shape);
        }
        digest::absorb_shuffle(&mut self.exec, rows, columns, site.site);
        self.builder.site = site.site;
        Ok(self.builder.shuffle(columns, rows).into_iter().map(NodeId).collect())
    }

    fn array(&mut self, op: ArrayOp<'_>, args: &[Arg<'_>], site: OpSite) -> Result<NodeId, TrapCode> {
        digest::absorb_array(&mut self.exec, op, args, site.site);
        if args.iter().all(|arg| matches!(arg, Arg::Word(_) | Arg::Words(_))) {
            let words = crate::clear::array_public(op, args)?;
            return Ok(self.constant_words(op.ty(), &words));
        }
        self.builder.site = site.site;
        Ok(NodeId(self.builder.array(op, args)))
    }

    fn constant(&mut self, ty: ScalarTy, words: &[u64], site: OpSite) -> NodeId {
        digest::absorb_words(&mut self.exec, digest::CONSTANT, ty, words, site.site);
        self.constant_words(ty, words)
    }

    fn random(&mut self, ty: ScalarTy, len: u32, site: OpSite) -> NodeId {
        digest::absorb_words(&mut self.exec, digest::RANDOM, ty, &[u64::from(len)], site.site);
        self.builder.site = site.site;
        NodeId(self.builder.random(ty, len))
    }

    fn gather(&mut self, ty: ScalarTy, lanes: &[Lane]) -> NodeId {
        digest::absorb_lanes(&mut self.exec, ty, lanes);
        NodeId(self.builder.gather(ty, lanes))
    }

    fn len(&self, node: NodeId) -> u32 {
        self.builder.graph.node(node.0).len
    }

    fn retain(&mut self, node: NodeId) {
        self.builder.graph.retain(node.0);
    }

    fn release(&mut self, node: NodeId) {
        self.builder.graph.release(node.0);
    }

    fn open(&mut self, ty: ScalarTy, node: NodeId, start: u32, len: u32, row: u32, site: OpSite) -> Ticket {
        digest::absorb_opening(&mut self.exec, ty, [node.0, start, len, row], None, site.site);
        self.builder.graph.retain(node.0);
        self.serial += 1;
        let value = Operand { node: node.0, start, len };
        let state = PromiseState::Asked { value, site: site.site };
        let ticket = self.tickets.insert(Promise { serial: self.serial, ty, row, state });
        self.asked.push_back((self.serial, ticket));
        Ticket(ticket)
    }

    fn send_to_client(
        &mut self,
        client: u32,
        ty: ScalarTy,
        node: NodeId,
        start: u32,
        len: u32,
        row: u32,
        site: OpSite,
    ) {
        digest::absorb_opening(&mut self.exec, ty, [node.0, start, len, row], Some(client), site.site);
        self.builder.site = site.site;
        let value = Operand { node: node.0, start, len };
        let place = self.outputs.len() as u64;
        if len == 0 {
            return;
        }
        let shown = Opening { row, client: Some(client), bits: ty.bits(), lanes: len.into() };
        self.outputs.push(Output { client, shown, state: Payload::Queued });
        let step = self.builder.deliver(ty, value);
        self.builder.graph.set_word(step, place);
    }

    fn keep(&mut self, ty: ScalarTy, node: NodeId, len: u32, site: OpSite) -> u32 {
        digest::absorb_opening(&mut self.exec, ty, [node.0, 0, len, 0], Some(KEPT), site.site);
        self.builder.site = site.site;
        let place = self.outputs.len();
        let shown = Opening { row: 0, client: Some(KEPT), bits: 0, lanes: len.into() };
        let state = if len == 0 { Payload::Ready(Vec::new()) } else { Payload::Queued };
        self.outputs.push(Output { client: KEPT, shown, state });
        if len > 0 {
            let step = self.builder.keep(ty, Operand { node: node.0, start: 0, len });
            self.builder.graph.set_word(step, place as u64);
        }
        place as u32
    }

    fn take_kept(&mut self, place: u32) -> Vec<u8> {
        match self.outputs.get_mut(place as usize) {
            Some(output) if output.client == KEPT && matches!(output.state, Payload::Ready(_)) => {
                match std::mem::replace(&mut output.state, Payload::Taken) {
                    Payload::Ready(shares) => shares,
                    Payload::Queued | Payload::Taken => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn restore(&mut self, layout: &[(ScalarTy, u32)], shares: &[u8]) -> Option<Vec<NodeId>> {
        digest::absorb_input(&mut self.exec, KEPT, &[], layout);
        let mut rest = shares;
        let mut parts = Vec::with_capacity(layout.len());
        for (ty, len) in layout {
            let bytes = steps::kept_bytes(domain_of(*ty), *len as usize);
            let (a, after) = rest.split_at_checked(bytes)?;
            let (b, after) = after.split_at_checked(bytes)?;
            parts.push([a, b]);
            rest = after;
        }
        if !rest.is_empty() {
            return None;
        }
        let columns = layout.iter().zip(parts);
        Some(columns.map(|((ty, len), parts)| NodeId(self.builder.input(*ty, *len, parts))).collect())
    }

    fn force(&mut self, ticket: Ticket) {
        let serial = self.tickets[ticket.0].serial;
        self.queue_openings(serial);
    }

    fn force_all(&mut self) {
        self.queue_openings(self.serial);
        self.demand |= self.outputs.iter().any(|output| matches!(output.state, Payload::Queued));
    }

    fn opened(&self, ticket: Ticket) -> Option<&[u64]> {
        match &self.tickets[ticket.0].state {
            PromiseState::Opened(words) => Some(words),
            PromiseState::Asked { .. } | PromiseState::Queued { .. } => None,
        }
    }

    fn drop_ticket(&mut self, ticket: Ticket) {
        match self.tickets.remove(ticket.0).state {
            PromiseState::Asked { value, .. } => self.builder.graph.release(value.node),
            PromiseState::Queued { step } => self.builder.graph.release(step),
            PromiseState::Opened(_) => {}
        }
    }

    fn is_full(&self) -> bool {
        let (nodes, lanes, bytes) = self.builder.graph.queued();
        nodes >= self.params.flush_nodes as usize
            || lanes >= self.params.flush_lanes
            || bytes >= self.params.flush_bytes
    }

    fn absorb(&mut self, word: u64) {
        self.exec.absorb(word);
    }

    fn stats(&self) -> Stats {
        flush::stats(self)
    }

    fn poll(&mut self) -> Result<Progress, Abort> {
        flush::poll(self)
    }

    fn awaits(&self, peer: PartyIdx) -> bool {
        self.exec.awaits(peer)
    }

    fn deliver(&mut self, from: PartyIdx, frame: &[u8]) -> Result<(), Abort> {
        let mut owned = pool::take_bytes(frame.len());
        owned.extend_from_slice(frame);
        self.exec.deliver(from, owned)
    }

    fn deliver_owned(&mut self, from: PartyIdx, frame: Vec<u8>) -> Result<(), Abort> {
        self.exec.deliver(from, frame)
    }

    fn take_frame(&mut self, to: PartyIdx) -> Option<Vec<u8>> {
        self.exec.take_frame(to)
    }

    fn client_input(
        &mut self,
        client: u32,
        public: &[u8],
        layout: &[(ScalarTy, u32)],
        payload: &[u8],
    ) -> Result<Vec<NodeId>, Abort> {
        let components = client::Components::read(self.me, client, public, layout, payload)
            .ok_or(Abort { culprit: None, reason: AbortReason::ClientInput { client } })?;
        digest::absorb_input(&mut self.exec, client, public, layout);
        let [a, b] = components.hashes;
        self.hashes.push(ClientHashes { client, a, b });
        Ok(components.columns().map(|(ty, len, parts)| NodeId(self.builder.input(ty, len, parts))).collect())
    }

    fn take_client_output(&mut self, client: u32) -> Vec<u8> {
        let mut payload = Vec::new();
        // Queued steps know their places, so places stay.
        for output in self.outputs.iter_mut().filter(|output| output.client == client) {
            if matches!(output.state, Payload::Ready(_))
                && let Payload::Ready(part) = std::mem::replace(&mut output.state, Payload::Taken)
            {
                payload.extend(part);
            }
        }
        payload
    }
}

impl Promise {
    /// Keeps what the listed format shows of opened elements.
    fn resolve(&mut self, words: impl Iterator<Item = u64>) {
        let ty = self.ty;
        self.state = PromiseState::Opened(words.map(|word| cut(ty, word)).collect());
    }
}
