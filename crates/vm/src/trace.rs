//! A machine at an instruction in, a digest of everything public that it holds there out (feature `trace`; tests only).
//!
//! Between [`start`] and [`take`] every machine that is made on this thread notes, before each instruction, where it is and a digest
//! of the public words of its frame, of what its references lead to (text, lengths, keys, public elements, to a depth), and of which
//! lanes of the engine its secrets are. Two runs that differ in secrets alone must leave equal traces: the sequence of places tells the
//! branches taken, the digests every public register written, the lanes the order of all secret operations.
//! Without the feature neither this module nor its hook in the run loop exists.

use std::cell::RefCell;
use std::fmt::Write as _;

use stoffel_mpc::Lane;

use crate::column::{Column, Item};
use crate::heap::{Heap, Ref};
use crate::object::Slot;

/// Steps of one machine. Generated programs do far fewer; a mutated one that loops for ever is stopped here.
const STEPS_MAX: usize = 1 << 19;
/// References followed from a register.
const DEPTH_MAX: u32 = 3;
/// Elements of one column that enter a digest.
const ELEMENTS_MAX: usize = 1 << 10;

/// A machine before an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Index of the function.
    pub function: u32,
    /// Instruction in it.
    pub pc: u32,
    /// Digest of what is public, and of the steps before.
    pub digest: u64,
}

/// What one machine did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trace {
    /// Its steps in order.
    pub steps: Vec<Step>,
    /// What it held at the step asked for.
    pub shown: Option<String>,
}

#[derive(Default)]
struct Recorder {
    traces: Vec<Trace>,
    show: Option<usize>,
}

thread_local! {
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
}

/// Begins to record the machines that this thread makes. Of step `show`, if given, each keeps its registers as text.
pub fn start(show: Option<usize>) {
    RECORDER.with_borrow_mut(|slot| *slot = Some(Recorder { traces: Vec::new(), show }));
}

/// Ends the recording: one trace for each machine, in the order in which they were made.
#[must_use]
pub fn take() -> Vec<Trace> {
    RECORDER.with_borrow_mut(Option::take).map(|recorder| recorder.traces).unwrap_or_default()
}

/// Which trace a machine writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tracer {
    index: Option<usize>,
}

/// Notes the step that a run loop is about to do: its machine, frame, function, place and words, which stay borrowed by the loop.
macro_rules! note {
    ($machine:ident, $at:ident, $function:ident, $pc:ident, $words:ident) => {{
        let registers = $crate::trace::Registers {
            words: &$words[..$function.words.len()],
            refs: &$machine.stack.refs[$at.refs()..],
            secrets: &$machine.stack.secrets[$at.secrets()..],
            heap: &$machine.heap,
        };
        $machine.tracer.step($at.function, $pc, &registers);
    }};
}
pub(crate) use note;

/// The registers of the running frame.
pub(crate) struct Registers<'r> {
    pub(crate) words: &'r [u64],
    pub(crate) refs: &'r [Ref],
    pub(crate) secrets: &'r [Option<Lane>],
    pub(crate) heap: &'r Heap,
}

impl Tracer {
    /// For a machine that is being made.
    pub(crate) fn new() -> Self {
        let index = RECORDER.with_borrow_mut(|slot| {
            slot.as_mut().map(|recorder| {
                recorder.traces.push(Trace::default());
                recorder.traces.len() - 1
            })
        });
        Self { index }
    }

    /// Notes a step.
    pub(crate) fn step(self, function: u32, pc: usize, registers: &Registers<'_>) {
        let Some(index) = self.index else { return };
        RECORDER.with_borrow_mut(|slot| {
            let Some(recorder) = slot else { return };
            let show = recorder.show;
            let Some(trace) = recorder.traces.get_mut(index) else { return };
            let mut digest = Digest(trace.steps.last().map_or(0, |step| step.digest));
            digest.absorb(u64::from(function) << 32 | pc as u64);
            registers.words.iter().for_each(|&word| digest.absorb(word));
            registers.refs.iter().for_each(|&r| digest.reference(registers.heap, r, 0));
            registers.secrets.iter().for_each(|lane| digest.lane(*lane));
            if show == Some(trace.steps.len()) {
                trace.shown = Some(registers.text());
            }
            let step = Step { function, pc: pc as u32, digest: digest.0 };
            assert!(trace.steps.len() < STEPS_MAX, "a traced run has more than {STEPS_MAX} steps");
            trace.steps.push(step);
        });
    }
}

impl Registers<'_> {
    fn text(&self) -> String {
        let mut text = String::new();
        for (at, &word) in self.words.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "w{at} = {word:#x}");
        }
        for (at, &r) in self.refs.iter().enumerate().filter(|(_, r)| **r != Ref::NIL) {
            let _ = writeln!(text, "r{at} = {}", show(self.heap, r));
        }
        for (at, lane) in self.secrets.iter().enumerate() {
            if let Some(lane) = lane {
                let _ = writeln!(text, "s{at} = lane {} of node {}", lane.lane, lane.node.0);
            }
        }
        text
    }
}

fn show(heap: &Heap, r: Ref) -> String {
    if let Ok(text) = heap.str(r) {
        return format!("{:?}", text.text);
    }
    match (heap.list(r), heap.record(r)) {
        (Ok(list), _) => format!("axes {:?} len {} {:?}", list.axes, list.len, list.columns),
        (_, Ok(record)) => format!("object {:?}", record.slots),
        _ => format!("{r:?}"),
    }
}

/// A digest for equality only: nobody chooses what it absorbs.
struct Digest(u64);

impl Digest {
    fn absorb(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ mixed >> 32;
    }

    fn lane(&mut self, lane: Option<Lane>) {
        self.absorb(lane.map_or(u64::MAX, |lane| u64::from(lane.node.0) << 32 | u64::from(lane.lane)));
    }

    fn item(&mut self, heap: &Heap, item: Item, depth: u32) {
        match item {
            Item::Word(word) => self.absorb(word),
            Item::Ref(r) => self.reference(heap, r, depth),
            Item::Secret(lane) => self.lane(Some(lane)),
        }
    }

    fn reference(&mut self, heap: &Heap, r: Ref, depth: u32) {
        self.absorb(r.number());
        if r == Ref::NIL || depth == DEPTH_MAX {
            return;
        }
        if let Ok(text) = heap.str(r) {
            text.text.bytes().take(ELEMENTS_MAX).for_each(|byte| self.absorb(byte.into()));
        } else if let Ok(list) = heap.list(r) {
            self.absorb(list.len.into());
            list.axes.iter().flatten().for_each(|&axis| self.absorb(axis.into()));
            for pending in &list.pending {
                self.absorb(u64::from(pending.column) << 32 | u64::from(pending.at));
                self.absorb(pending.len.into());
            }
            for column in &list.columns {
                self.column(heap, column, depth + 1);
            }
        } else if let Ok(record) = heap.record(r) {
            for slot in &record.slots {
                match slot {
                    Slot::Known(item) => self.item(heap, *item, depth + 1),
                    Slot::Promised(ticket) => self.absorb(ticket.number()),
                }
            }
        } else if let Ok(closure) = heap.closure(r) {
            self.absorb(closure.function.into());
            closure.words.iter().for_each(|&word| self.absorb(word));
            closure.refs.iter().for_each(|&r| self.reference(heap, r, depth + 1));
            closure.secrets.iter().for_each(|&lane| self.lane(Some(lane)));
        } else if let Ok(share) = heap.share(r) {
            self.lane(Some(share.lane));
        } else if let Ok(ticket) = heap.ticket(r) {
            self.absorb(ticket.0.into());
        }
    }

    fn column(&mut self, heap: &Heap, column: &Column, depth: u32) {
        match column {
            Column::Words(words) => words.iter().take(ELEMENTS_MAX).for_each(|&word| self.absorb(word)),
            Column::Refs(refs) => refs.iter().take(ELEMENTS_MAX).for_each(|&r| self.reference(heap, r, depth)),
            Column::View { node, start } => self.absorb(u64::from(node.0) << 32 | u64::from(*start)),
            Column::Lanes(lanes) => lanes.iter().take(ELEMENTS_MAX).for_each(|&lane| self.lane(Some(lane))),
        }
    }
}
