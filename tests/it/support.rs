//! What many tests begin with: a scenario from its text.

use restock::diag::{Diagnostics, Warned};
use restock::model::{Kpi, Scenario};
use restock::scenario::{Loaded, Loader, Runnable};
use restock::sim::{DemandPlan, KpiRow, Plan};
use restock::study::{ModelOutcome, Options, Outcome, run};
use std::path::Path;

/// A scenario that is complete but for its supply models: by ocean freight, and directly from the manufacturer.
pub fn ocean_and_direct(scenario: &str) -> String {
    let model = |(name, preset)| format!("[[supply]]\nname = \"{name}\"\npreset = \"{preset}\"\n");
    scenario.to_owned() + &[("Ocean", "ocean-3pl"), ("Direct", "direct")].map(model).concat()
}

/// Reads a scenario, with `key=value` laid over it as `--set` does.
pub fn try_load(text: &str, overrides: &[String]) -> Result<Warned<Loaded>, Diagnostics> {
    let loader = Loader { overrides: overrides.to_vec(), ..Loader::default() };
    loader.load_str("test", text, Path::new("."))
}

/// A scenario that must be right, with what was said of it.
pub fn loaded(text: &str) -> Warned<Loaded> {
    try_load(text, &[]).unwrap_or_else(|d| panic!("{}\n{text}", d.render(false)))
}

/// A scenario that must be right.
pub fn runnable(text: &str) -> Runnable {
    loaded(text).value.runnable
}

/// A product of a scenario laid out: its shoppers, and every supply model.
pub fn laid_out(scenario: &Scenario, product: usize, seed: u64) -> (DemandPlan, Vec<Plan>) {
    let product = &scenario.products[product];
    let demand = DemandPlan::new(scenario, product, seed);
    let plans = scenario.models.iter().map(|m| Plan::new(scenario, product, m, &demand, seed)).collect();
    (demand, plans)
}

/// A scenario that must be right, with `key=value` laid over it.
pub fn runnable_with(text: &str, overrides: &[String]) -> Runnable {
    try_load(text, overrides).unwrap_or_else(|d| panic!("{overrides:?}: {}", d.render(false))).value.runnable
}

/// A shipped scenario, with `key=value` laid over it.
pub fn shipped(file: &str, overrides: &[&str]) -> Runnable {
    let overrides = overrides.iter().map(|o| (*o).to_owned()).collect();
    let loader = Loader { overrides, ..Loader::default() };
    let loaded = loader.load(&Path::new("scenarios").join(file));
    loaded.unwrap_or_else(|d| panic!("{}", d.render(false))).value.runnable
}

/// What a run finds, with the rows of its replications.
pub fn outcome(r: &Runnable) -> Outcome {
    run(&r.scenario, &r.experiment, Options { rows: true, ..Options::default() }, &|_| {})
}

/// The estimate of a KPI; not a number if it does not exist.
pub fn value(m: &ModelOutcome, kpi: Kpi) -> f64 {
    m.estimate(kpi).map_or(f64::NAN, |e| e.value)
}

/// The KPIs of every replication, to the bit, but for some.
pub fn bits(m: &ModelOutcome, but: &[Kpi]) -> Vec<u64> {
    let kpis: Vec<Kpi> = Kpi::ALL.iter().copied().filter(|k| !but.contains(k)).collect();
    let of = |row: &KpiRow| -> Vec<u64> {
        kpis.iter().flat_map(|k| [row[k.index()].0.to_bits(), row[k.index()].1.to_bits()]).collect()
    };
    m.rows.iter().flat_map(of).collect()
}
