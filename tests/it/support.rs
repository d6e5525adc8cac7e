//! What many tests begin with: a scenario from its text.

use restock::diag::{Diagnostics, Warned};
use restock::model::Scenario;
use restock::scenario::{Loaded, Loader, Runnable};
use restock::sim::{DemandPlan, Plan};
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
