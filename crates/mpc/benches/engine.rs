//! Operations of the rep3 engine, all three parties in one thread: time for the three together.

use divan::counter::ItemsCount;
use divan::{Bencher, main as divan_main};
use stoffel_mpc::{Arg, Backend, Engine, Lane, NodeId, OpSite, Params, PartyIdx, client, drive, engine};
use stoffel_value::{BinOp, CmpOp, ScalarOp, ScalarTy};

const SITE: OpSite = OpSite { site: 0, guard: None };
const I64: ScalarTy = ScalarTy::I64;

fn main() {
    divan_main();
}

/// Three parties with two secret vectors of `len` small numbers, keys agreed on.
struct Parties {
    engines: Vec<Box<dyn Engine>>,
    inputs: [NodeId; 2],
    len: u32,
}

impl Parties {
    fn new(ty: ScalarTy, len: u32) -> Self {
        let params = Params::agree(&[]).for_session(Backend::Rep3, [1; 16]);
        let mut engines: Vec<_> = (0..3u8).map(|me| engine(&params, PartyIdx(me), [me + 1; 32])).collect();
        let words: Vec<u64> = (0..u64::from(len)).collect();
        let payloads = client::share(Backend::Rep3, &[(ty, words.clone()), (ty, words)], b"", [3; 32]);
        let mut inputs = [NodeId(0); 2];
        for (engine, payload) in engines.iter_mut().zip(&payloads) {
            let nodes = engine.client_input(0, b"", &[(ty, len); 2], payload).expect("right lengths");
            inputs = [nodes[0], nodes[1]];
        }
        let mut parties = Self { engines, inputs, len };
        parties.open(ty, inputs[0]);
        parties
    }

    fn all(&mut self, call: impl Fn(&mut dyn Engine) -> NodeId) -> NodeId {
        let nodes: Vec<_> = self.engines.iter_mut().map(|engine| call(engine.as_mut())).collect();
        nodes[0]
    }

    /// Opens one lane of a node, which executes all that is queued.
    fn open(&mut self, ty: ScalarTy, node: NodeId) {
        for engine in &mut self.engines {
            let ticket = engine.open(ty, node, 0, 1, 0, SITE);
            engine.force(ticket);
        }
        drive(&mut self.engines).expect("honest parties");
    }

    fn vectors(&mut self, op: ScalarOp, result: ScalarTy) {
        let (inputs, len) = (self.inputs, self.len);
        let args = inputs.map(|node| Arg::Vector { node, start: 0, len });
        let node = self.all(|engine| engine.op(op, &args, SITE).expect("supported"));
        self.open(result, node);
        self.all(|engine| {
            engine.release(node);
            node
        });
    }
}

fn bench_vectors(bencher: Bencher<'_, '_>, ty: ScalarTy, op: ScalarOp, result: ScalarTy, len: u32) {
    let mut parties = Parties::new(ty, len);
    bencher.counter(ItemsCount::new(len)).bench_local(|| parties.vectors(op, result));
}

#[divan::bench]
fn vector_mul(bencher: Bencher<'_, '_>) {
    bench_vectors(bencher, I64, ScalarOp::Binary(BinOp::Mul, I64), I64, 1 << 20);
}

#[divan::bench]
fn vector_less_than(bencher: Bencher<'_, '_>) {
    bench_vectors(bencher, I64, ScalarOp::Compare(CmpOp::Lt, I64, I64), ScalarTy::Bool, 1 << 16);
}

#[divan::bench]
fn vector_fixed_mul(bencher: Bencher<'_, '_>) {
    let ty = ScalarTy::FIX64;
    bench_vectors(bencher, ty, ScalarOp::Binary(BinOp::Mul, ty), ty, 1 << 18);
}

#[divan::bench]
fn dot_product(bencher: Bencher<'_, '_>) {
    bench_vectors(bencher, I64, ScalarOp::Dot(I64), I64, 1 << 20);
}

#[divan::bench]
fn scalar_loop_mul(bencher: Bencher<'_, '_>) {
    let len = 1u32 << 18;
    let mut parties = Parties::new(I64, len);
    let op = ScalarOp::Binary(BinOp::Mul, I64);
    bencher.counter(ItemsCount::new(len)).bench_local(|| {
        let [x, y] = parties.inputs;
        let mut products = Vec::with_capacity(len as usize);
        for engine in &mut parties.engines {
            products.clear();
            for lane in 0..len {
                let args = [Arg::Lane(Lane { node: x, lane }), Arg::Lane(Lane { node: y, lane })];
                products.push(engine.op(op, &args, SITE).expect("supported"));
            }
        }
        parties.open(I64, products[0]);
        for engine in &mut parties.engines {
            products.iter().for_each(|node| engine.release(*node));
        }
    });
}

#[divan::bench]
fn sequential_mul(bencher: Bencher<'_, '_>) {
    let len = 10_000u32;
    let mut parties = Parties::new(I64, 1);
    let op = ScalarOp::Binary(BinOp::MulWrap, I64);
    bencher.counter(ItemsCount::new(len)).bench_local(|| {
        let x = Arg::Lane(Lane { node: parties.inputs[0], lane: 0 });
        let mut power = parties.all(|engine| engine.op(op, &[x, x], SITE).expect("supported"));
        for _ in 1..len {
            let last = Arg::Lane(Lane { node: power, lane: 0 });
            let next = parties.all(|engine| engine.op(op, &[last, x], SITE).expect("supported"));
            parties.all(|engine| {
                engine.release(power);
                power
            });
            power = next;
        }
        parties.open(I64, power);
        parties.all(|engine| {
            engine.release(power);
            power
        });
    });
}
