//! Queued steps in, batches in the order of execution out.
//!
//! A step starts in the round after which all its operands are there. Local steps of one round run level by level before
//! the messages of that round are made; steps of one key, round and level are one batch: one kernel, one segment of a frame.
//! The order depends on the order of creation only, so it is the same at every party. Counting sorts: linear in the steps.

use super::graph::Graph;
use super::node::Key;

/// Steps that are executed together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    /// What they do.
    pub(crate) key: Key,
    /// Round in which they start, from 0.
    pub(crate) time: u32,
    /// Place of the first in the schedule's order.
    pub(crate) first: u32,
    /// Number of steps.
    pub(crate) count: u32,
}

/// Everything that one flush executes.
#[derive(Default)]
pub(crate) struct Schedule {
    /// Node ids, batch after batch.
    pub(crate) order: Vec<u32>,
    /// Batches by time; local ones of a time come first, by level.
    pub(crate) batches: Vec<Batch>,
}

/// What arranging needs of a step, read from its node once.
#[derive(Clone, Copy)]
struct Entry {
    id: u32,
    /// Round in which it starts.
    time: u32,
    /// Order among local steps of that round; 0 for interactive ones, which come last.
    level: u32,
    key: Key,
}

impl Entry {
    /// What the steps of a batch share.
    const fn class(&self) -> (u32, u32, Key) {
        (self.time, self.level, self.key)
    }
}

impl Schedule {
    /// Arranges the live queued nodes, given in order of creation.
    pub(crate) fn new(graph: &Graph, nodes: &[u32], rounds: fn(Key) -> u32) -> Self {
        let entry = |id: &u32| {
            let node = graph.node(*id);
            let time = if node.key.code.is_local() { node.ready } else { node.ready - rounds(node.key) };
            Entry { id: *id, time, level: node.level, key: node.key }
        };
        // A plain loop is one batch.
        if let Some(first) = nodes.first().map(entry)
            && !first.key.code.is_alone()
            && nodes.iter().map(entry).all(|entry| entry.class() == first.class())
        {
            let batch = Batch { key: first.key, time: first.time, first: 0, count: nodes.len() as u32 };
            return Self { order: nodes.to_vec(), batches: vec![batch] };
        }
        let entries: Vec<Entry> = nodes.iter().map(entry).collect();
        let mut schedule = Self { order: Vec::with_capacity(nodes.len()), batches: Vec::new() };
        for (_, of_time) in classes(&sorted(entries, |entry| entry.time), |entry| entry.time) {
            let by_level = sorted(of_time.to_vec(), |entry| entry.level);
            let mut levels: Vec<&[Entry]> = classes(&by_level, |entry| entry.level).map(|(_, level)| level).collect();
            if levels[0][0].level == 0 {
                levels.rotate_left(1);
            }
            levels.into_iter().for_each(|level| schedule.add_level(level));
        }
        schedule
    }

    /// Adds steps of one round and level: one batch per key in order of first appearance, then those that are batches of their own.
    fn add_level(&mut self, entries: &[Entry]) {
        if !entries.iter().any(|entry| entry.key.code.is_alone()) {
            return self.add_batches(entries);
        }
        let (alone, joined): (Vec<Entry>, Vec<Entry>) = entries.iter().partition(|entry| entry.key.code.is_alone());
        self.add_batches(&joined);
        for entry in alone {
            let first = self.order.len() as u32;
            self.batches.push(Batch { key: entry.key, time: entry.time, first, count: 1 });
            self.order.push(entry.id);
        }
    }

    fn add_batches(&mut self, entries: &[Entry]) {
        let mut keys: Vec<(Key, u32)> = Vec::new();
        let mut last = 0;
        for entry in entries {
            if keys.get(last).is_none_or(|(known, _)| *known != entry.key) {
                last = keys.iter().position(|(known, _)| *known == entry.key).unwrap_or_else(|| {
                    keys.push((entry.key, 0));
                    keys.len() - 1
                });
            }
            keys[last].1 += 1;
        }
        let mut first = self.order.len() as u32;
        let mut cursors = Vec::with_capacity(keys.len());
        for (key, count) in &keys {
            self.batches.push(Batch { key: *key, time: entries[0].time, first, count: *count });
            cursors.push(first);
            first += count;
        }
        if keys.len() == 1 {
            self.order.extend(entries.iter().map(|entry| entry.id));
            return;
        }
        self.order.resize(first as usize, 0);
        let mut last = 0;
        for entry in entries {
            if keys[last].0 != entry.key {
                last = keys.iter().position(|(known, _)| *known == entry.key).unwrap_or(last);
            }
            self.order[cursors[last] as usize] = entry.id;
            cursors[last] += 1;
        }
    }

    /// The nodes of a batch.
    pub(crate) fn nodes(&self, batch: Batch) -> &[u32] {
        &self.order[batch.first as usize..][..batch.count as usize]
    }
}

/// Entries in ascending order of a small number, stably.
fn sorted(entries: Vec<Entry>, class: impl Fn(&Entry) -> u32) -> Vec<Entry> {
    if entries.is_sorted_by_key(&class) {
        return entries;
    }
    let least = entries.iter().map(&class).min().unwrap_or(0);
    let greatest = entries.iter().map(&class).max().unwrap_or(0);
    let mut cursors = vec![0u32; (greatest - least) as usize + 2];
    for entry in &entries {
        cursors[(class(entry) - least) as usize + 1] += 1;
    }
    for i in 1..cursors.len() {
        cursors[i] += cursors[i - 1];
    }
    let mut out = entries.clone();
    for entry in entries {
        let cursor = &mut cursors[(class(&entry) - least) as usize];
        out[*cursor as usize] = entry;
        *cursor += 1;
    }
    out
}

/// Runs of sorted entries that share their number.
fn classes(entries: &[Entry], class: impl Fn(&Entry) -> u32) -> impl Iterator<Item = (u32, &[Entry])> {
    let mut rest = entries;
    std::iter::from_fn(move || {
        let number = class(rest.first()?);
        let len = rest.iter().take_while(|entry| class(entry) == number).count();
        let (run, others) = rest.split_at(len);
        rest = others;
        Some((number, run))
    })
}
