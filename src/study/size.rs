//! What a run will hold in memory, estimated before it begins.

use super::engine::{DAY_BYTES, KEPT_DAYS};
use super::search::REPLICATIONS;
use crate::model::{Experiment, Kpi, Scenario};
use crate::sim::{DayMoney, DayRow, EventWindow, Series, WindowRow};

/// Bytes that a run needs at its peak: rows of KPIs of all replications (twice while they are written),
/// daily histograms, and the working state of the threads.
#[must_use]
pub fn estimated_bytes(scenario: &Scenario, experiment: &Experiment, threads: usize) -> u64 {
    let (products, models) = (scenario.products.len() as u64, scenario.models.len() as u64);
    let days = u64::from(scenario.horizon.days);
    let total_days = u64::from(scenario.horizon.total());
    let row = products * models * (Kpi::COUNT * 16) as u64;
    // The points on equal terms keep four sets of estimates a model; a search under way holds some forty points of one
    // model, and the days of its worlds.
    let searched = u64::from(experiment.replications.min(REPLICATIONS));
    let worlds = (searched * total_days).min(KEPT_DAYS as u64) * 2 * DAY_BYTES as u64;
    let rows =
        u64::from(experiment.replications) * row * 2 + searched * (row * 4 + 40 * (Kpi::COUNT * 16) as u64) + worlds;
    let windows: usize = scenario.products.iter().map(|p| EventWindow::of(scenario, p).len()).sum();
    let events = u64::from(experiment.replications) * models * (windows * size_of::<WindowRow>() * 2) as u64;
    // A histogram of counts that spread over eight octaves.
    let bands =
        days * models * (Series::COUNT * 2_500) as u64 * if experiment.precision.is_some() { products } else { 1 };
    let results = days * products * models * (Series::COUNT * 6 * 8) as u64;
    let locations: u64 =
        scenario.models.iter().map(|m| m.locations.iter().map(|l| l.routes.len() as u64).sum::<u64>()).sum();
    let plans = total_days * (locations * 60 + 60) + locations * 8 * (total_days + 1_000);
    let states = total_days * models * (60 + (size_of::<DayRow>() + size_of::<DayMoney>()) as u64) * threads as u64;
    rows + events + bands + results + plans + states
}
