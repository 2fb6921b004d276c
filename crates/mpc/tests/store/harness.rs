//! Programs of engine calls in; opened words, measured costs and traces of three parties out.

use stoffel_mpc::{
    Abort, Arg, ArrayOp, Backend, Engine, Lane, Meter, NodeId, Offer, OpSite, Params, PartyIdx, Progress, Rep3Engine,
    Ticket, client,
};
use stoffel_value::{ScalarOp, ScalarTy};

pub(crate) const SITE: OpSite = OpSite { site: 7, guard: None };

/// Three rep3 engines that execute the same program.
pub(crate) struct Parties {
    pub(crate) engines: Vec<Rep3Engine>,
    /// Every frame: sender, receiver, bytes.
    pub(crate) frames: Vec<(u8, u8, Vec<u8>)>,
    /// Rounds counted where frames pass.
    pub(crate) rounds: u32,
}

pub(crate) fn params(offers: &[Offer]) -> Params {
    Params::agree(offers).for_session(Backend::Rep3, [9; 16])
}

impl Parties {
    pub(crate) fn new(seed: u8) -> Self {
        Self::with(&params(&[]), seed)
    }

    pub(crate) fn with(params: &Params, seed: u8) -> Self {
        let engines =
            (0..3).map(|me| Rep3Engine::new(PartyIdx(me), params.clone(), [seed ^ (me << 6 | 1); 32])).collect();
        Self { engines, frames: Vec::new(), rounds: 0 }
    }

    /// Executes a call at every party; all must give the same.
    pub(crate) fn all<T: PartialEq + std::fmt::Debug>(&mut self, mut call: impl FnMut(&mut Rep3Engine) -> T) -> T {
        let [a, b, c] = [0, 1, 2].map(|i| call(&mut self.engines[i]));
        assert!(a == b && b == c, "parties give {a:?}, {b:?}, {c:?}");
        a
    }

    /// Secret inputs of one client.
    pub(crate) fn input(&mut self, client: u32, columns: &[(ScalarTy, Vec<u64>)], seed: u8) -> Vec<NodeId> {
        let payloads = client::share(Backend::Rep3, columns, b"", [seed; 32]);
        let layout: Vec<_> = columns.iter().map(|(ty, words)| (*ty, words.len() as u32)).collect();
        self.all(|engine| {
            engine.client_input(client, b"", &layout, &payloads[usize::from(engine.me().0)]).expect("right lengths")
        })
    }

    pub(crate) fn op(&mut self, op: ScalarOp, args: &[Arg<'_>]) -> NodeId {
        self.all(|engine| engine.op(op, args, SITE)).expect("supported")
    }

    pub(crate) fn array(&mut self, op: ArrayOp<'_>, args: &[Arg<'_>]) -> NodeId {
        self.all(|engine| engine.array(op, args, SITE)).expect("no trap under a protocol")
    }

    pub(crate) fn open(&mut self, ty: ScalarTy, node: NodeId) -> Ticket {
        self.all(|engine| engine.open(ty, node, 0, engine.len(node), 0, SITE))
    }

    pub(crate) fn words(&mut self, ticket: Ticket) -> Vec<u64> {
        self.all(|engine| engine.opened(ticket).expect("resolved").to_vec())
    }

    /// Opens and drives at once.
    pub(crate) fn reveal(&mut self, ty: ScalarTy, node: NodeId) -> Vec<u64> {
        let ticket = self.open(ty, node);
        self.all(|engine| engine.force(ticket));
        self.run().expect("honest parties");
        self.words(ticket)
    }

    /// Drives all parties to idle.
    pub(crate) fn run(&mut self) -> Result<(), Abort> {
        self.run_altering(|_, _, _, _| true)
    }

    /// As `run`; `alter` may change a frame (round, sender, receiver) or drop it.
    pub(crate) fn run_altering(
        &mut self,
        mut alter: impl FnMut(u32, u8, u8, &mut Vec<u8>) -> bool,
    ) -> Result<(), Abort> {
        loop {
            let progress: Vec<_> = self.engines.iter_mut().map(Rep3Engine::poll).collect::<Result<_, _>>()?;
            if progress.iter().all(|progress| *progress == Progress::Idle) {
                return Ok(());
            }
            self.rounds += 1;
            for from in 0..3u8 {
                for to in (0..3u8).filter(|to| *to != from) {
                    while let Some(mut frame) = self.engines[usize::from(from)].take_frame(PartyIdx(to)) {
                        if !alter(self.rounds, from, to, &mut frame) {
                            continue;
                        }
                        self.engines[usize::from(to)].deliver(PartyIdx(from), &frame)?;
                        self.frames.push((from, to, frame));
                    }
                }
            }
            let waiting = (0..3u8).any(|to| (0..3u8).any(|from| self.engines[usize::from(to)].awaits(PartyIdx(from))));
            if waiting {
                return Err(Abort { culprit: None, reason: stoffel_mpc::AbortReason::Limit("a frame never came") });
            }
        }
    }

    pub(crate) fn meters(&self) -> Vec<Meter> {
        self.engines.iter().map(Rep3Engine::meter).collect()
    }

    /// Runs what is queued and asserts that links carry what was planned.
    pub(crate) fn run_as_planned(&mut self) {
        let before = self.meters();
        let planned = self.engines[0].plan();
        self.run().expect("honest parties");
        let after = self.meters();
        for from in 0..3 {
            assert_eq!(after[from].rounds - before[from].rounds, planned.rounds, "rounds of party {from}");
            for to in 0..3 {
                let sent = |meter: &Meter| (meter.sent[to].payload_bits, meter.sent[to].padding_bits);
                let ((a, b), (c, d)) = (sent(&after[from]), sent(&before[from]));
                assert_eq!((a - c, b - d), (planned.bits[from][to], planned.padding[from][to]), "bits {from} to {to}");
            }
        }
    }
}

pub(crate) fn lane(node: NodeId) -> Arg<'static> {
    Arg::Lane(Lane { node, lane: 0 })
}

pub(crate) fn vector(node: NodeId, len: u32) -> Arg<'static> {
    Arg::Vector { node, start: 0, len }
}

/// Numbers without pattern, the same in every run.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }
}
