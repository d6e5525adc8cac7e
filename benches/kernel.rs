//! The kernel on the two reference workloads, beside the naive loops. An item is one day of one product.
//!
//! `cargo bench --bench kernel`; `benches/instructions` counts instructions instead of time.

mod naive;

use divan::Bencher;
use divan::counter::ItemsCount;
use restock::model::Kpi;
use restock::rng::Stream;
use restock::scenario::{Loader, Runnable};
use restock::sim::{DemandPlan, Kernel, Needs, Plan};
use restock::study::{Options, run};
use std::path::Path;

/// Counts allocations beside time: after its first replications the kernel makes none.
#[global_allocator]
static ALLOCATIONS: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    check();
    divan::main();
}

fn load(name: &str, replications: u32) -> Runnable {
    let loader = Loader { overrides: vec![format!("monte-carlo.replications={replications}")], ..Loader::default() };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(name);
    loader.load(&path).unwrap_or_else(|d| panic!("{}", d.render(false))).value.runnable
}

/// The workloads are right before they are fast: printed beside the reference answers.
fn check() {
    let n = 4_000;
    let r = load("w1.toml", n);
    let outcome = run(&r.scenario, &r.experiment, Options::default(), &|_| {});
    let of = |k: Kpi| outcome.products[0].models[0].estimate(k).map_or(f64::NAN, |e| e.value);
    println!("W1, {n} replications        fill     no backlog  on hand   backlog");
    println!("  reference             0.97995    0.97128     157.075   0.6431");
    println!(
        "  kernel                {:.5}    {:.5}     {:.3}   {:.4}",
        of(Kpi::FillRate),
        of(Kpi::NoBacklogRate),
        of(Kpi::MeanOnHand),
        of(Kpi::MeanBacklog)
    );
    let stream = Stream::new(1, "naive", "w1", "");
    let sums =
        (0..n).map(|i| naive::w1(&mut stream.at(i, 0, 0))).fold([0.0; 4], |a, b| std::array::from_fn(|k| a[k] + b[k]));
    let m = sums.map(|s| s / f64::from(n));
    println!("  naive                 {:.5}    {:.5}     {:.3}   {:.4}", m[0], m[1], m[2], m[3]);
    let stream = Stream::new(1, "naive", "w2", "");
    let sums =
        (0..n).map(|i| naive::w2(&mut stream.at(i, 0, 0))).fold([0.0; 5], |a, b| std::array::from_fn(|k| a[k] + b[k]));
    let m = sums.map(|s| s / f64::from(n));
    println!("W2, {n} replications        fill     no backlog  on hand   backlog  cancelled");
    println!("  reference             0.84521    0.87155     447.31    24.06    0.04039");
    println!("  naive                 {:.5}    {:.5}     {:.2}    {:.2}    {:.5}", m[0], m[1], m[2], m[3], m[4]);
    let r = load("w2.toml", n);
    let outcome = run(&r.scenario, &r.experiment, Options::default(), &|_| {});
    let of = |k: Kpi| outcome.products[0].models[0].estimate(k).map_or(f64::NAN, |e| e.value);
    println!(
        "  kernel, our semantics {:.5}    {:.5}     {:.2}    {:.2}    {:.5}\n",
        of(Kpi::FillRate),
        of(Kpi::NoBacklogRate),
        of(Kpi::MeanOnHand),
        of(Kpi::MeanBacklog),
        of(Kpi::CancellationRate)
    );
}

fn kernel(bencher: Bencher, name: &str, needs: Needs) {
    let r = load(name, 1);
    let s = &r.scenario;
    let demand = DemandPlan::new(s, &s.products[0], 1);
    let plans = [Plan::new(s, &s.products[0], &s.models[0], &demand, 1)];
    let kernel = Kernel::new(&demand, &plans, needs);
    let (mut desk, mut n) = (kernel.desk(), 0);
    bencher.counter(ItemsCount::new(plans[0].days)).bench_local(|| {
        n += 1;
        kernel.block(n..n + 1, &mut desk, &mut |_, mut replica| {
            divan::black_box(replica.kpis().expect("units that can be counted"));
        });
    });
}

#[divan::bench]
fn w1_kernel(bencher: Bencher) {
    kernel(bencher, "w1.toml", Needs::Books);
}

#[divan::bench]
fn w1_kernel_units_only(bencher: Bencher) {
    kernel(bencher, "w1.toml", Needs::Units);
}

#[divan::bench]
fn w1_naive(bencher: Bencher) {
    let stream = Stream::new(1, "naive", "w1", "");
    let mut n = 0;
    bencher.counter(ItemsCount::new(naive::DAYS)).bench_local(|| {
        n += 1;
        naive::w1(&mut stream.at(n, 0, 0))
    });
}

#[divan::bench]
fn w2_kernel(bencher: Bencher) {
    kernel(bencher, "w2.toml", Needs::Books);
}

#[divan::bench]
fn w2_kernel_with_daily_records(bencher: Bencher) {
    kernel(bencher, "w2.toml", Needs::Series);
}

#[divan::bench]
fn w2_kernel_units_only(bencher: Bencher) {
    kernel(bencher, "w2.toml", Needs::Units);
}

#[divan::bench]
fn w2_naive(bencher: Bencher) {
    let stream = Stream::new(1, "naive", "w2", "");
    let mut n = 0;
    bencher.counter(ItemsCount::new(naive::DAYS)).bench_local(|| {
        n += 1;
        naive::w2(&mut stream.at(n, 0, 0))
    });
}

/// What the bars of speed are set on: the models at their own policies, and with the search for equal terms (own best, equal service,
/// equal capital) and the break-evens.
#[divan::bench(sample_count = 5, args = [false, true])]
fn w4_500_replications_with_the_search(bencher: Bencher, equal_terms: bool) {
    let r = load("w4.toml", 500);
    let options = Options { equal_terms, ..Options::default() };
    bencher.bench_local(|| run(&r.scenario, &r.experiment, options, &|_| {}));
}

/// A whole study on all cores, with daily bands.
#[divan::bench(sample_count = 10)]
fn end_to_end_w2_1000_replications(bencher: Bencher) {
    let r = load("w2.toml", 1_000);
    let options = Options { daily: true, equal_terms: false, threads: 0, ..Options::default() };
    bencher
        .counter(ItemsCount::new(1_000 * naive::DAYS))
        .bench_local(|| run(&r.scenario, &r.experiment, options, &|_| {}));
}
