//! Demand in, rounds out: one flush of the pending graph, polled round by round.
//!
//! Before the first flush the parties agree on keys, and before any flush on the inputs of clients that came since the last;
//! both take one round, together. Then each poll finishes the steps that end in this round, executes the local steps whose operands
//! are there, starts the interactive ones, and closes the round.

use super::graph::Graph;
use super::node::Key;
use super::schedule::{Batch, Schedule};
use super::steps::{self, Out};
use super::{Payload, PromiseState, Rep3Engine};
use crate::exec::Handle;
use crate::rep3::{input, setup};
use crate::{Abort, Cost, Opening, PartyIdx, Progress, Stats};

/// Where the engine stands.
#[derive(Default)]
pub(super) struct Flush {
    stage: Stage,
    schedule: Schedule,
    /// Batches before this one have been started.
    next: usize,
    /// Rounds since the start of the flush.
    time: u32,
    flights: Vec<Flight>,
    rotation: u8,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    Agreeing,
    Running,
}

/// A batch whose steps have been started.
struct Flight {
    batch: Batch,
    ends: u32,
    result: Handle<Out>,
}

/// Advances to the next round boundary.
pub(super) fn poll(engine: &mut Rep3Engine) -> Result<Progress, Abort> {
    if (0..3).any(|party| engine.exec.awaits(PartyIdx(party))) {
        return Ok(Progress::Round);
    }
    match engine.flush.stage {
        Stage::Idle => {
            if !engine.demand && !crate::Engine::is_full(engine) {
                return Ok(Progress::Idle);
            }
            engine.exec.next_epoch();
            if agree(engine)? {
                return Ok(Progress::Round);
            }
            begin(engine);
        }
        Stage::Agreeing => {
            engine.exec.sweep()?;
            begin(engine);
        }
        Stage::Running => {}
    }
    advance(engine)
}

/// Starts the round in which keys and inputs are agreed on, if there is something to agree on.
fn agree(engine: &mut Rep3Engine) -> Result<bool, Abort> {
    let draw = engine.draw.take();
    let hashes = std::mem::take(&mut engine.hashes);
    if draw.is_none() && hashes.is_empty() {
        return Ok(false);
    }
    if let Some(draw) = draw {
        let cx = engine.exec.cx();
        let session = engine.params.digest();
        drop(engine.exec.spawn(async move { setup::agree(&cx, draw, session).await }));
    }
    if !hashes.is_empty() {
        let cx = engine.exec.cx();
        drop(engine.exec.spawn(async move { input::agree(&cx, &hashes).await }));
    }
    engine.flush.stage = Stage::Agreeing;
    engine.exec.sweep()?;
    engine.exec.close_round()?;
    Ok(true)
}

/// Arranges everything queued.
fn begin(engine: &mut Rep3Engine) {
    let pending = engine.builder.graph.take_pending();
    let flush = &mut engine.flush;
    flush.schedule = Schedule::new(&engine.builder.graph, &pending, steps::rounds);
    engine.exec.absorb(flush.schedule.order.len() as u64);
    engine.exec.absorb(flush.schedule.batches.len() as u64);
    engine.builder.graph.reuse_pending(pending);
    flush.next = 0;
    flush.time = 0;
    flush.stage = Stage::Running;
    engine.demand = false;
    engine.stats.flushes += 1;
}

fn advance(engine: &mut Rep3Engine) -> Result<Progress, Abort> {
    loop {
        engine.exec.sweep()?;
        land(engine);
        launch(engine);
        engine.exec.sweep()?;
        if engine.exec.close_round()? == Progress::Round {
            engine.flush.time += 1;
            return Ok(Progress::Round);
        }
        match engine.flush.schedule.batches.get(engine.flush.next) {
            Some(batch) => engine.flush.time = batch.time,
            None => break,
        }
    }
    engine.flush.stage = Stage::Idle;
    engine.flush.schedule = Schedule::default();
    Ok(Progress::Idle)
}

/// Takes the results of steps that end now.
fn land(engine: &mut Rep3Engine) {
    let flush = &mut engine.flush;
    if flush.flights.iter().all(|flight| flight.ends != flush.time) {
        return;
    }
    for flight in std::mem::take(&mut flush.flights) {
        if flight.ends != flush.time {
            flush.flights.push(flight);
            continue;
        }
        // The executor asserts the same: a step takes the rounds of its plan.
        let result = flight.result.take().expect("a step ends in the round that its plan says");
        let nodes = flush.schedule.nodes(flight.batch);
        let graph = &mut engine.builder.graph;
        match result {
            Out::Z64(share) => graph.scatter(nodes, share),
            Out::Z128(share) => graph.scatter(nodes, share),
            Out::Bits(share) => graph.scatter_bits(nodes, share),
            Out::Words(words) => {
                let mut rest = &words[..];
                for id in nodes {
                    let node = graph.node(*id);
                    let (ticket, (own, others)) = (node.body[1] as u32, rest.split_at(node.len as usize));
                    rest = others;
                    own.iter().for_each(|word| engine.exec.absorb(*word));
                    let promise = &mut engine.tickets[ticket];
                    debug_assert!(matches!(promise.state, PromiseState::Queued { .. }));
                    promise.resolve(own.iter().copied());
                    let (row, bits) = (promise.row, promise.ty.bits());
                    engine.stats.opened(Opening { row, client: None, bits, lanes: own.len() as u64 });
                    graph.settle_nothing(*id);
                }
            }
        }
    }
}

/// Executes the local batches of this time and starts the interactive ones.
fn launch(engine: &mut Rep3Engine) {
    let mut payloads = Vec::new();
    let cx = engine.exec.cx();
    while let Some(batch) = engine.flush.schedule.batches.get(engine.flush.next).copied() {
        if batch.time != engine.flush.time {
            break;
        }
        engine.flush.next += 1;
        let nodes = engine.flush.schedule.nodes(batch);
        let rotation = engine.flush.rotation;
        count(&mut engine.stats, &engine.builder.graph, engine.me, batch.key, nodes, rotation);
        if batch.key.code.is_local() {
            steps::local(engine.me, &cx, &mut engine.builder.graph, batch.key, nodes, &mut payloads);
            continue;
        }
        let result = steps::start(&mut engine.exec, &engine.builder.graph, batch.key, nodes, rotation);
        let ends = batch.time + steps::rounds(batch.key);
        engine.flush.flights.push(Flight { batch, ends, result });
        if engine.params.rotate {
            engine.flush.rotation = (rotation + 1) % 3;
        }
    }
    for (place, payload) in payloads {
        let output = &mut engine.outputs[place];
        output.state = Payload::Ready(payload);
        // What a party keeps of its own shares is shown to nobody.
        if output.client != super::KEPT {
            engine.stats.opened(output.shown);
        }
    }
}

/// Books a batch.
fn count(stats: &mut Stats, graph: &Graph, me: PartyIdx, key: Key, nodes: &[u32], rotation: u8) {
    let mut lanes = 0;
    // Steps of one instruction mostly come in runs.
    let mut runs: Vec<(u32, u64, u64)> = Vec::new();
    for id in nodes {
        let site = graph.node(*id).site;
        let own = graph.operand_len(*id) as u64;
        lanes += own;
        match runs.last_mut() {
            Some((last, nodes, lanes)) if *last == site => {
                *nodes += 1;
                *lanes += own;
            }
            _ => runs.push((site, 1, own)),
        }
    }
    let cost = if key.code.is_local() { Cost::ZERO } else { steps::plan(key, lanes as usize, nodes.len(), rotation) };
    let bytes = cost.sent_by(usize::from(me.0)).div_ceil(8);
    stats.nodes += nodes.len() as u64;
    stats.lanes += lanes;
    let op = stats.by_op.entry(key.code.name()).or_default();
    op.nodes += nodes.len() as u64;
    op.lanes += lanes;
    op.rounds += u64::from(cost.rounds);
    op.bytes += bytes;
    runs.sort_unstable_by_key(|(site, ..)| *site);
    for (i, (site, nodes, own)) in runs.iter().enumerate() {
        let share = stats.by_site.entry(*site).or_default();
        share.nodes += nodes;
        share.lanes += own;
        // Once for an instruction, however many runs it has.
        share.rounds += if i > 0 && runs[i - 1].0 == *site { 0 } else { u64::from(cost.rounds) };
        share.bytes += (bytes * own).checked_div(lanes).unwrap_or(0);
    }
}

/// See [`Rep3Engine::plan`].
pub(super) fn plan(engine: &Rep3Engine) -> Cost {
    if !engine.demand && !crate::Engine::is_full(engine) {
        return Cost::ZERO;
    }
    let graph = &engine.builder.graph;
    let schedule = Schedule::new(graph, &graph.live(), steps::rounds);
    let mut first = Cost::ZERO;
    if engine.draw.is_some() {
        first = first.beside(setup::plan());
    }
    if !engine.hashes.is_empty() {
        let clients = engine.hashes.len();
        let pairs = (0..3).flat_map(|i| [(i, i + 1), (i, i + 2)]);
        first = first.beside(pairs.fold(Cost::rounds(1), |cost, (from, to)| cost.elements(from, to, 64 * clients, 8)));
    }
    let mut rotation = engine.flush.rotation;
    let mut work = Cost::ZERO;
    for batch in &schedule.batches {
        if batch.key.code.is_local() {
            continue;
        }
        let nodes = schedule.nodes(*batch);
        let lanes = nodes.iter().map(|id| graph.operand_len(*id)).sum();
        let cost = steps::plan(batch.key, lanes, nodes.len(), rotation);
        let ends = batch.time + cost.rounds;
        work = work.beside(Cost { rounds: ends, ..cost });
        if engine.params.rotate {
            rotation = (rotation + 1) % 3;
        }
    }
    first + work
}

/// See [`crate::Engine::stats`].
pub(super) fn stats(engine: &Rep3Engine) -> Stats {
    let meter = engine.exec.meter();
    let mut stats = engine.stats.clone();
    stats.rounds = u64::from(meter.rounds);
    for traffic in meter.sent {
        stats.frames += traffic.frames;
        stats.header_bytes += traffic.header_bytes;
        stats.payload_bytes += traffic.payload_bits / 8;
        // A bit that does not fill a byte of payload is one of padding.
        stats.padding_bytes += (traffic.payload_bits % 8 + traffic.padding_bits).div_ceil(8);
    }
    stats
}
