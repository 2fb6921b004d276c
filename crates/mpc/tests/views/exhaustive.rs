//! The complete joint view of each party, for secrets with equal outputs.

use std::collections::{BTreeMap, HashMap};

use stoffel_mpc::sim::Sim;

use crate::steps::{self, Lane, Step};
use crate::tape::{Mutation, Streams, Tape};

/// A view, as bits.
type View = u128;

#[derive(Clone, Copy)]
struct Packer {
    bits: u128,
    len: u32,
}

impl Packer {
    fn push(&mut self, value: u128, width: u32) {
        self.bits |= value << self.len;
        self.len += width;
        assert!(self.len <= 128, "a view fits");
    }
}

/// Per party, a digest of the multiset of views for each (own shares, and the opened value if the opening is part of the view).
pub(crate) type Distribution = [BTreeMap<u128, u64>; 3];

/// Dealt components that are not enumerated: those of one party, the same in every lane and for every secret.
#[derive(Clone, Copy)]
struct Fixed {
    party: usize,
    components: u128,
}

/// Runs all assignments for one secret tuple.
fn enumerate(step: &Step, secrets: &[u128], fixed: Option<Fixed>, mutation: Option<Mutation>) -> Distribution {
    let dealt: u32 = if fixed.is_some() { 0 } else { step.secrets.iter().map(|w| 2 * w).sum() };
    // A short batch finds the variables; their number gives the lanes.
    let scout = Tape::new(64, dealt, &Streams::new(), mutation);
    run(step, secrets, fixed, &scout, 64);
    let lanes = 1usize << scout.bits().max(6);
    assert!(lanes <= 1 << 21, "{}: {} random bits are too many to enumerate", step.name, scout.bits());
    let streams = scout.streams();
    let tape = Tape::new(lanes, dealt, &streams, mutation);
    let (sim, opened, parts) = run(step, secrets, fixed, &tape, lanes);
    [0, 1, 2].map(|party| {
        if fixed.is_some_and(|fixed| fixed.party != party) {
            return BTreeMap::new();
        }
        let (next, prev) = ((party + 1) % 3, (party + 2) % 3);
        let known: Vec<_> = streams
            .iter()
            .filter(|((key, _), _)| [party, prev].contains(&usize::from(*key)))
            .map(|(stream, bits)| (*stream, tape.first_bit(*stream), *bits))
            .collect();
        let opening = step.opening.len();
        let from_next = Received::new(step, (step.messages)(next, party), sim.transcript(next, party), lanes);
        let with_opening = [(step.messages)(prev, party), step.opening.clone()].concat();
        let from_prev = Received::new(step, with_opening, sim.transcript(prev, party), lanes);
        // Fixed shares are the same in every lane.
        let own_bits = if fixed.is_some() { 0 } else { step.secrets.iter().map(|w| 2 * w).sum::<u32>() };
        let key_bits = own_bits + 1 + step.opening.iter().sum::<u32>();
        let key_bits = key_bits + step.rounding.map_or(0, |(_, width)| width);
        let mut groups: Vec<Option<u64>> = vec![None; 1 << key_bits];
        let mut note = |key: Packer, view: &Packer| {
            let sum = groups[key.bits as usize].get_or_insert(0);
            *sum = sum.wrapping_add(mix(view.bits));
        };
        let mut drawn = Vec::new();
        for lane in 0..lanes {
            let mut own = Packer { bits: 0, len: 0 };
            if fixed.is_none() {
                for (part, width) in parts.iter().zip(&step.secrets) {
                    own.push(part[party][lane], *width);
                    own.push(part[next][lane], *width);
                }
            }
            let mut view = Packer { bits: 0, len: 0 };
            drawn.clear();
            for (stream, first, bits) in &known {
                let word = (lane as u128 >> first) & ((1 << bits) - 1);
                drawn.push((*stream, word));
                view.push(word, *bits);
            }
            from_next.read(lane, 0..from_next.widths.len(), &mut view);
            let body = from_prev.widths.len() - opening;
            from_prev.read(lane, 0..body, &mut view);
            // Without the opening nothing at all may be told apart; with it, the opened value.
            own.push(0, 1);
            note(own, &view);
            from_prev.read(lane, body..body + opening, &mut view);
            own.bits |= 1 << (own.len - 1);
            own.push(opened[lane], step.opening.iter().sum());
            if let Some((rounding, width)) = step.rounding {
                let first = [from_next.first(lane), from_prev.first(lane)];
                own.push(rounding(&Lane { party, first, drawn: &drawn }), width);
            }
            note(own, &view);
        }
        groups.iter().enumerate().filter_map(|(key, sum)| sum.map(|sum| (key as u128, sum))).collect()
    })
}

/// Messages of one sender: widths of their elements and all lanes' bits.
struct Received<'a> {
    widths: Vec<u32>,
    bytes: &'a [u8],
    lanes: usize,
}

impl<'a> Received<'a> {
    fn new(step: &Step, widths: Vec<u32>, bytes: &'a [u8], lanes: usize) -> Self {
        let bits = widths.iter().sum::<u32>() as usize * lanes;
        assert_eq!(bytes.len() * 8, bits, "{}: the messages are those of the schedule", step.name);
        Self { widths, bytes, lanes }
    }

    fn first(&self, lane: usize) -> u128 {
        self.widths.first().map_or(0, |width| field(self.bytes, lane * *width as usize, *width))
    }

    fn read(&self, lane: usize, which: std::ops::Range<usize>, view: &mut Packer) {
        let mut start: usize = self.widths[..which.start].iter().map(|w| *w as usize).sum();
        for width in &self.widths[which] {
            view.push(field(self.bytes, start * self.lanes + lane * *width as usize, *width), *width);
            start += *width as usize;
        }
    }
}

fn field(bytes: &[u8], first: usize, width: u32) -> u128 {
    let (at, shift) = (first / 8, first % 8);
    let window = u32::from(bytes[at]) | bytes.get(at + 1).map_or(0, |next| u32::from(*next) << 8);
    u128::from(window >> shift) & ((1 << width) - 1)
}

/// A strong mix, so that a sum of mixes identifies a multiset.
fn mix(view: View) -> u64 {
    let scramble = |mut z: u64| {
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    };
    scramble(scramble(view as u64 ^ 0x9e37_79b9_7f4a_7c15).wrapping_add((view >> 64) as u64))
}

type Run = (Sim, Vec<u128>, Vec<[Vec<u128>; 3]>);

fn run(step: &Step, secrets: &[u128], fixed: Option<Fixed>, tape: &std::sync::Arc<Tape>, lanes: usize) -> Run {
    let mut at = 0;
    let mut parts = Vec::new();
    for ((secret, width), binary) in secrets.iter().zip(&step.secrets).zip(&step.binary) {
        let mask = (1u128 << width) - 1;
        let components: Vec<[u128; 3]> = (0..lanes as u128)
            .map(|lane| {
                let (source, first) = fixed.map_or((lane, 0), |fixed| (fixed.components, fixed.party));
                let (x, y) = (source >> at & mask, source >> (at + width) & mask);
                let z = if *binary { secret ^ x ^ y } else { secret.wrapping_sub(x).wrapping_sub(y) & mask };
                let mut components = [x, y, z];
                components.rotate_right(first);
                components
            })
            .collect();
        at += 2 * width;
        parts.push([0, 1, 2].map(|c| components.iter().map(|x| x[c]).collect::<Vec<_>>()));
    }
    let mut sim = Sim::injected(&tape.sources());
    let opened = sim
        .run(|cx, party| (step.run)(cx, parts.iter().map(|p| [p[party].clone(), p[(party + 1) % 3].clone()]).collect()))
        .unwrap();
    assert!(opened.iter().all(|o| *o == opened[0]), "{}: all parties open the same", step.name);
    let [opened, ..] = opened;
    (sim, opened, parts)
}

/// The first pair of secrets that some party can tell apart although its shares and the opened value are the same.
pub(crate) fn distinguisher(step: &Step, mutation: Option<Mutation>) -> Option<String> {
    let samples: Vec<Option<Fixed>> = if step.fixed_shares {
        // A mutation is found with the first sample, whose lowest and top bits are set.
        let samples = [0b0101_1010_1011_1101, 0b0011_0110_0110_1001];
        let samples = &samples[..if mutation.is_some() { 1 } else { 2 }];
        samples
            .iter()
            .flat_map(|components| (0..3).map(|party| Some(Fixed { party, components: *components })))
            .collect()
    } else {
        vec![None]
    };
    for fixed in samples {
        let mut seen: [HashMap<u128, (u64, Vec<u128>)>; 3] = Default::default();
        for secrets in &step.inputs {
            let distribution = enumerate(step, secrets, fixed, mutation);
            for (party, groups) in distribution.into_iter().enumerate() {
                for (key, digest) in groups {
                    let (first, other) = seen[party].entry(key).or_insert_with(|| (digest, secrets.clone()));
                    if *first != digest {
                        return Some(format!("{}: party {party} tells {secrets:?} from {other:?}", step.name));
                    }
                }
            }
        }
    }
    None
}

/// Every address that a step draws from, per pair key.
pub(crate) fn addresses(step: &Step) -> Vec<(u8, stoffel_crypto::Addr)> {
    let tape = Tape::new(64, 0, &Streams::new(), None);
    run(step, &step.inputs[0], None, &tape, 64);
    tape.streams().into_keys().collect()
}

#[test]
fn views_of_secrets_with_equal_outputs_are_equally_distributed() {
    for step in steps::all_steps() {
        assert_eq!(distinguisher(&step, None), None);
    }
}

#[test]
fn an_input_is_uniform_to_the_others() {
    for value in 0..8 {
        let streams = {
            let scout = Tape::new(64, 0, &Streams::new(), None);
            Sim::injected(&scout.sources()).run(|cx, _| steps::party_input(cx, vec![value; 64])).unwrap();
            scout.streams()
        };
        // One mask, under the key that the receiver lacks.
        assert!(streams.len() == 1 && streams.iter().all(|((key, _), bits)| (*key, *bits) == (0, 3)));
        let tape = Tape::new(64, 0, &streams, None);
        let mut sim = Sim::injected(&tape.sources());
        sim.run(|cx, _| steps::party_input(cx, vec![value; 64])).unwrap();
        assert!((0..3).all(|from| (0..3).all(|to| (from, to) == (0, 2) || sim.transcript(from, to).is_empty())));
        let seen: Vec<u128> = (0..8).map(|lane| field(sim.transcript(0, 2), lane * 3, 3)).collect();
        let mut sorted = seen;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..8).collect::<Vec<_>>());
    }
}
