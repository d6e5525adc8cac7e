//! The kernel on the two reference workloads, beside the naive loops. An item is one day of one product.
//!
//! `cargo bench --bench kernel`; `benches/instructions` counts instructions instead of time.

mod naive;

use divan::Bencher;
use divan::counter::ItemsCount;
use restock::model::Kpi;
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

const REPLICATIONS: u32 = 4_000;

/// The workloads are right before they are fast: printed beside the reference answers.
fn check() {
    println!("{REPLICATIONS} replications    fill     no backlog  on hand   backlog  cancelled");
    println!("W1 reference             0.97985  0.97128     157.075   0.6431   0");
    by_kernel("W1 kernel", "w1.toml");
    by_loop("W1 naive", naive::w1);
    println!("W2 reference             0.84521  0.87155     447.31    24.06    0.04039");
    by_loop("W2 naive", naive::w2);
    by_loop("W2 naive, our semantics", naive::w2_as_in_the_scenario);
    by_kernel("W2 kernel", "w2.toml");
}

fn by_kernel(what: &str, scenario: &str) {
    let r = load(scenario, REPLICATIONS);
    let outcome = run(&r.scenario, &r.experiment, Options::default(), &|_| {});
    let of = |k: Kpi| outcome.products[0].models[0].estimate(k).map_or(f64::NAN, |e| e.value);
    let kpis = [Kpi::FillRate, Kpi::NoBacklogRate, Kpi::MeanOnHand, Kpi::MeanBacklog, Kpi::CancellationRate];
    print_row(what, kpis.map(of));
}

fn by_loop(what: &str, workload: fn(&mut naive::Draw) -> naive::Year) {
    let mut all = naive::Year::default();
    for year in (0..REPLICATIONS).map(|n| workload(&mut naive::Draw::new(1, n))) {
        all.demanded += year.demanded;
        all.filled += year.filled;
        all.cancelled += year.cancelled;
        all.days_without_backlog += year.days_without_backlog;
        all.on_hand += year.on_hand;
        all.backlog += year.backlog;
    }
    let (units, days) = (all.demanded as f64, (naive::DAYS * REPLICATIONS as usize) as f64);
    let (on_hand, backlog) = (all.on_hand as f64 / days, all.backlog as f64 / days);
    let no_backlog = all.days_without_backlog as f64 / days;
    print_row(what, [all.filled as f64 / units, no_backlog, on_hand, backlog, all.cancelled as f64 / units]);
}

fn print_row(what: &str, [fill, no_backlog, on_hand, backlog, cancelled]: [f64; 5]) {
    println!("{what:<25}{fill:.5}  {no_backlog:.5}    {on_hand:8.3}  {backlog:7.4}    {cancelled:.5}");
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
    let mut n = 0;
    bencher.counter(ItemsCount::new(naive::DAYS)).bench_local(|| {
        n += 1;
        naive::w1(&mut naive::Draw::new(1, n))
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
    let mut n = 0;
    bencher.counter(ItemsCount::new(naive::DAYS)).bench_local(|| {
        n += 1;
        naive::w2_as_in_the_scenario(&mut naive::Draw::new(1, n))
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
