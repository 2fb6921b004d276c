//! Kernels on one core, and whole protocol steps of all three parties on one thread.

use divan::Bencher;
use divan::counter::ItemsCount;
use stoffel_crypto::{Addr, Prg, kernel};
use stoffel_mpc::rep3::{ltz, mul, trunc};
use stoffel_mpc::sim::Sim;
use stoffel_mpc::{Abort, ShareVec};

fn main() {
    divan::main();
}

/// Lanes that stay in the second-level cache.
const CACHED: usize = 1 << 12;
const LANES: usize = 1 << 14;

#[divan::bench]
fn generator(bench: Bencher<'_, '_>) {
    let prg = Prg::new([1; 16]);
    let mut out = vec![0u64; CACHED];
    bench.counter(divan::counter::BytesCount::new(8 * CACHED)).bench_local(|| {
        prg.fill(Addr { op: 1, purpose: 1 }, 0, divan::black_box(&mut out));
    });
}

#[divan::bench]
fn mul_kernel_u64(bench: Bencher<'_, '_>) {
    let (next, prev) = (Prg::new([1; 16]), Prg::new([2; 16]));
    let x = vec![3u64; CACHED];
    let mut z = vec![0; CACHED];
    bench.counter(ItemsCount::new(CACHED)).bench_local(|| {
        let masks = kernel::Masks { next: &next, prev: &prev, addr: Addr { op: 1, purpose: 1 }, first: 0 };
        kernel::mul(masks, [&x, &x], [&x, &x], divan::black_box(&mut z), |_| {});
    });
}

#[divan::bench]
fn and_kernel_gates(bench: Bencher<'_, '_>) {
    let (next, prev) = (Prg::new([1; 16]), Prg::new([2; 16]));
    let x = vec![3u64; CACHED];
    let mut z = vec![0; CACHED];
    bench.counter(ItemsCount::new(64 * CACHED)).bench_local(|| {
        let masks = kernel::Masks { next: &next, prev: &prev, addr: Addr { op: 1, purpose: 1 }, first: 0 };
        kernel::and(masks, kernel::Gate::and([&x, &x], [&x, &x]), divan::black_box(&mut z), |_| {});
    });
}

#[divan::bench]
fn dot_kernel_u64(bench: Bencher<'_, '_>) {
    let x = vec![3u64; CACHED];
    bench.counter(ItemsCount::new(CACHED)).bench_local(|| kernel::dot([&x[..], &x[..]], [&x[..], &x[..]]));
}

/// One step of three parties per iteration, with the frames between them.
fn step<T: 'static, F>(bench: Bencher<'_, '_>, run: impl Fn(stoffel_mpc::exec::Cx, ShareVec<u64>) -> F)
where
    F: Future<Output = Result<T, Abort>> + 'static,
{
    let x = ShareVec::<u64>::zeros(LANES);
    bench.counter(ItemsCount::new(LANES)).with_inputs(|| Sim::new(1)).bench_local_values(|mut sim| {
        let results = sim.run(|cx, _| run(cx, x.clone()));
        assert!(results.is_ok(), "no fault was injected");
    });
}

#[divan::bench]
fn mul_u64(bench: Bencher<'_, '_>) {
    step(bench, |cx, x| async move { mul::mul(&cx, &x, &x).await });
}

#[divan::bench]
fn ltz_u64(bench: Bencher<'_, '_>) {
    step(bench, |cx, x| async move { ltz::ltz(&cx, &x, 64, ltz::Circuit::Tree, 0).await });
}

#[divan::bench]
fn truncate_u64_by_16(bench: Bencher<'_, '_>) {
    step(bench, |cx, x| async move { trunc::trunc(&cx, &x, 16, 0).await });
}

#[divan::bench]
fn fixed_product_u64_by_16(bench: Bencher<'_, '_>) {
    step(bench, |cx, x| async move { trunc::mul(&cx, &x, &x, 16, 0).await });
}
