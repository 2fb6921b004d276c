//! A program in, its prints, outputs and stops out; an engine that checks every count on the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use stoffel_bytecode::VerifiedProgram;
use stoffel_mpc::{
    Abort, Arg, ArrayOp, ClearEngine, Engine, Lane, NodeId, OpSite, PartyIdx, Progress, Stats, Ticket, drive,
};
use stoffel_value::{ScalarOp, ScalarTy, TrapCode, Value};
use stoffel_vm::{ClientKind, Host, InputLeaf, Limits, Stop, Trap, Vm, Wait};

use crate::assembler::assemble;

/// The clear engine behind strict counting. Tickets resolve only when it has been polled, and everything is logged.
#[derive(Default)]
pub(crate) struct Strict {
    inner: ClearEngine,
    nodes: BTreeMap<u32, u32>,
    /// Live tickets; whether they have been resolved.
    tickets: BTreeMap<u32, bool>,
    forced: Vec<u32>,
    all_forced: bool,
    /// Report full after so many operations, until polled.
    pub(crate) full_after: Option<u32>,
    queued: u32,
    pub(crate) ignores_guards: bool,
    pub(crate) log: Vec<String>,
    /// Tickets whose value was asked of the parties.
    pub(crate) n_opened: usize,
}

impl Strict {
    fn add(&mut self, node: NodeId) -> NodeId {
        assert!(self.nodes.insert(node.0, 1).is_none(), "the engine gave a live node");
        self.queued += 1;
        node
    }

    fn alive(&self, node: NodeId) {
        assert!(self.nodes.contains_key(&node.0), "{node:?} is used after its last release");
    }

    fn check(&self, args: &[Arg<'_>]) {
        for arg in args {
            match arg {
                Arg::Lane(lane) => self.alive(lane.node),
                Arg::Vector { node, .. } => self.alive(*node),
                Arg::Word(_) | Arg::Words(_) => {}
            }
        }
    }

    /// No handle is left.
    pub(crate) fn assert_balanced(&self) {
        assert!(self.nodes.is_empty(), "nodes are left: {:?}", self.nodes);
        assert!(self.tickets.is_empty(), "tickets are left: {:?}", self.tickets);
        assert!(self.all_forced, "a program that ends demands its outputs");
    }

    /// A node as an input would bring it.
    pub(crate) fn given(&mut self, ty: ScalarTy, words: &[u64]) -> NodeId {
        self.constant(ty, words, OpSite { site: 0, guard: None })
    }
}

impl Engine for Strict {
    fn n_parties(&self) -> u8 {
        self.inner.n_parties()
    }
    fn threshold(&self) -> u8 {
        self.inner.threshold()
    }
    fn me(&self) -> PartyIdx {
        self.inner.me()
    }
    fn backend(&self) -> &'static str {
        self.inner.backend()
    }
    fn reads_guards(&self) -> bool {
        !self.ignores_guards
    }
    fn trips(&self, holds: Lane, site: OpSite) -> bool {
        self.inner.trips(holds, site)
    }
    fn op(&mut self, op: ScalarOp, args: &[Arg<'_>], site: OpSite) -> Result<NodeId, TrapCode> {
        self.check(args);
        if let Some(guard) = site.guard {
            self.alive(guard.node);
        }
        self.log.push(format!("{op:?} {args:?} {site:?}"));
        let node = self.inner.op(op, args, site)?;
        Ok(self.add(node))
    }
    fn sort(
        &mut self,
        key: (ScalarTy, Arg<'_>),
        descending: bool,
        columns: &[(ScalarTy, Arg<'_>)],
        site: OpSite,
    ) -> Result<Vec<NodeId>, TrapCode> {
        self.check(&[key.1]);
        columns.iter().for_each(|(_, column)| self.check(&[*column]));
        self.log.push(format!("sort {descending} {} {site:?}", columns.len()));
        let nodes = self.inner.sort(key, descending, columns, site)?;
        Ok(nodes.into_iter().map(|node| self.add(node)).collect())
    }

    fn shuffle(&mut self, rows: u32, columns: &[(ScalarTy, Arg<'_>)], site: OpSite) -> Result<Vec<NodeId>, TrapCode> {
        columns.iter().for_each(|(_, column)| self.check(&[*column]));
        self.log.push(format!("shuffle {rows} {} {site:?}", columns.len()));
        let nodes = self.inner.shuffle(rows, columns, site)?;
        Ok(nodes.into_iter().map(|node| self.add(node)).collect())
    }

    fn array(&mut self, op: ArrayOp<'_>, args: &[Arg<'_>], site: OpSite) -> Result<NodeId, TrapCode> {
        self.check(args);
        if let ArrayOp::Pick(_, places) = op {
            assert!(!places.is_empty(), "vectors have lanes");
        }
        if let Some(guard) = site.guard {
            self.alive(guard.node);
        }
        self.log.push(format!("{op:?} {args:?} {site:?}"));
        let node = self.inner.array(op, args, site)?;
        Ok(self.add(node))
    }
    fn constant(&mut self, ty: ScalarTy, words: &[u64], site: OpSite) -> NodeId {
        assert!(!words.is_empty(), "vectors have lanes");
        self.log.push(format!("constant {words:?} {site:?}"));
        let node = self.inner.constant(ty, words, site);
        self.add(node)
    }
    fn random(&mut self, ty: ScalarTy, len: u32, site: OpSite) -> NodeId {
        self.log.push(format!("random {ty} {len} {site:?}"));
        let node = self.inner.random(ty, len, site);
        self.add(node)
    }
    fn gather(&mut self, ty: ScalarTy, lanes: &[Lane]) -> NodeId {
        assert!(!lanes.is_empty(), "vectors have lanes");
        lanes.iter().for_each(|lane| self.alive(lane.node));
        self.log.push(format!("gather {}", lanes.len()));
        let node = self.inner.gather(ty, lanes);
        self.add(node)
    }
    fn len(&self, node: NodeId) -> u32 {
        self.inner.len(node)
    }
    fn retain(&mut self, node: NodeId) {
        *self.nodes.get_mut(&node.0).expect("only live nodes are retained") += 1;
        self.inner.retain(node);
    }
    fn release(&mut self, node: NodeId) {
        let count = self.nodes.get_mut(&node.0).expect("only live nodes are released");
        *count -= 1;
        if *count == 0 {
            self.nodes.remove(&node.0);
        }
        self.inner.release(node);
    }
    fn open(&mut self, ty: ScalarTy, node: NodeId, start: u32, len: u32, row: u32, site: OpSite) -> Ticket {
        self.alive(node);
        self.log.push(format!("open {node:?} {start} {len} as {row}"));
        let ticket = self.inner.open(ty, node, start, len, row, site);
        self.tickets.insert(ticket.0, false);
        ticket
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
        self.alive(node);
        self.log.push(format!("send {ty} {len} to {client} as {row}"));
        self.inner.send_to_client(client, ty, node, start, len, row, site);
    }
    fn keep(&mut self, ty: ScalarTy, node: NodeId, len: u32, site: OpSite) -> u32 {
        self.alive(node);
        self.inner.keep(ty, node, len, site)
    }
    fn take_kept(&mut self, place: u32) -> Vec<u8> {
        self.inner.take_kept(place)
    }
    fn restore(&mut self, layout: &[(ScalarTy, u32)], shares: &[u8]) -> Option<Vec<NodeId>> {
        let nodes = self.inner.restore(layout, shares)?;
        Some(nodes.into_iter().map(|node| self.add(node)).collect())
    }
    fn force(&mut self, ticket: Ticket) {
        self.forced.push(ticket.0);
        self.inner.force(ticket);
    }
    fn force_all(&mut self) {
        self.all_forced = true;
        self.inner.force_all();
    }
    fn opened(&self, ticket: Ticket) -> Option<&[u64]> {
        if self.tickets[&ticket.0] { self.inner.opened(ticket) } else { None }
    }
    fn drop_ticket(&mut self, ticket: Ticket) {
        self.tickets.remove(&ticket.0).expect("tickets are dropped once");
        self.inner.drop_ticket(ticket);
    }
    fn is_full(&self) -> bool {
        self.full_after.is_some_and(|bound| self.queued >= bound)
    }
    fn absorb(&mut self, word: u64) {
        self.log.push(format!("absorb {word}"));
    }
    fn stats(&self) -> Stats {
        self.inner.stats()
    }
    fn poll(&mut self) -> Result<Progress, Abort> {
        self.queued = 0;
        for ticket in self.forced.drain(..) {
            if let Some(resolved) = self.tickets.get_mut(&ticket) {
                self.n_opened += usize::from(!*resolved);
                *resolved = true;
            }
        }
        self.inner.poll()
    }
    fn awaits(&self, peer: PartyIdx) -> bool {
        self.inner.awaits(peer)
    }
    fn deliver(&mut self, from: PartyIdx, frame: &[u8]) -> Result<(), Abort> {
        self.inner.deliver(from, frame)
    }
    fn take_frame(&mut self, to: PartyIdx) -> Option<Vec<u8>> {
        self.inner.take_frame(to)
    }
    fn client_input(
        &mut self,
        client: u32,
        public: &[u8],
        layout: &[(ScalarTy, u32)],
        payload: &[u8],
    ) -> Result<Vec<NodeId>, Abort> {
        self.inner.client_input(client, public, layout, payload)
    }
    fn take_client_output(&mut self, client: u32) -> Vec<u8> {
        self.inner.take_client_output(client)
    }
}

/// Everything that a program did to its surroundings.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) printed: Vec<String>,
    pub(crate) inputs: BTreeMap<u32, Vec<InputLeaf>>,
    pub(crate) roles: BTreeMap<String, Vec<u32>>,
    pub(crate) outputs: Vec<(u32, Option<u32>, Value)>,
    pub(crate) deliveries: Vec<(u32, u32, Value)>,
}

impl Host for Recorder {
    fn print(&mut self, line: &str) {
        self.printed.push(line.to_owned());
    }
    fn input(&mut self, row: u32) -> Result<Vec<InputLeaf>, TrapCode> {
        self.inputs.remove(&row).ok_or(TrapCode::UnknownClient)
    }
    fn clients(&self, role: &str) -> Vec<u32> {
        self.roles.get(role).cloned().unwrap_or_default()
    }
    fn count_clients(&self, _: ClientKind) -> u32 {
        8
    }
    fn output(&mut self, row: u32, client: Option<u32>, shape: Value) {
        self.outputs.push((row, client, shape));
    }
    fn deliver(&mut self, row: u32, client: u32, shape: Value) {
        self.deliveries.push((row, client, shape));
    }
}

/// One run and what surrounds it.
pub(crate) struct World {
    pub(crate) engine: Strict,
    pub(crate) host: Recorder,
    pub(crate) limits: Limits,
    /// How often the machine waited for a ticket, and for a flush.
    pub(crate) waits: [usize; 2],
}

impl World {
    pub(crate) fn new() -> Self {
        Self { engine: Strict::default(), host: Recorder::default(), limits: Limits::default(), waits: [0; 2] }
    }

    /// Runs to the end in slices of `fuel`.
    pub(crate) fn run(&mut self, program: &Arc<VerifiedProgram>, fuel: u64) -> Stop {
        let mut vm = Vm::new(Arc::clone(program), self.limits);
        loop {
            match vm.run(&mut self.engine, &mut self.host, fuel) {
                Stop::OutOfFuel => {}
                Stop::Waiting(wait) => {
                    self.waits[usize::from(wait == Wait::Flush)] += 1;
                    self.engine.poll().expect("the clear engine never aborts");
                }
                stop => {
                    assert_eq!(vm.run(&mut self.engine, &mut self.host, fuel), stop, "an ended machine stays ended");
                    if stop == Stop::Done {
                        self.engine.assert_balanced();
                        assert_eq!(vm.heap_bytes(), 0, "heap values are left");
                    }
                    return stop;
                }
            }
        }
    }
}

/// Lines that a program prints, which must end normally; the same in slices of every size and on the bare clear engine.
pub(crate) fn printed(source: &str) -> Vec<String> {
    let program = assemble(source);
    let mut world = World::new();
    assert_eq!(world.run(&program, u64::MAX), Stop::Done);
    let mut sliced = World::new();
    sliced.engine.full_after = Some(1);
    assert_eq!(sliced.run(&program, 1), Stop::Done);
    assert_eq!(world.host.printed, sliced.host.printed);
    assert_eq!(world.engine.log, sliced.engine.log, "the schedule does not depend on slices");
    let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(ClearEngine::new())];
    let (mut vm, mut host) = (Vm::new(program, Limits::default()), Recorder::default());
    while vm.run(engines[0].as_mut(), &mut host, 1000) != Stop::Done {
        drive(&mut engines).expect("the clear engine never aborts");
    }
    assert_eq!(world.host.printed, host.printed);
    world.host.printed
}

/// How a program fails.
pub(crate) fn trap(source: &str) -> Trap {
    match World::new().run(&assemble(source), u64::MAX) {
        Stop::Trapped(trap) => trap,
        other => panic!("the program ended with {other:?}"),
    }
}
