//! What a run will hold in memory, estimated before it begins.

use super::bands::{Band, Shortage};
use super::changeover::Changeover;
use super::engine::{DAY_BYTES, KEPT_DAYS};
use super::replicate::{WAITING, WAITING_ROWS};
use super::run::Options;
use super::search::REPLICATIONS;
use super::values::EXACT;
use crate::model::{Experiment, Kpi, Scenario};
use crate::sim::{DayMoney, DayRow, EventWindow, Line, Series};
use restock_base::stats::histogram::Histogram;
use restock_base::stats::interval::GROUPS;

/// Bytes that a run needs at its peak: values of the KPIs and the rows that are not saved yet, daily histograms, and the working
/// state of the threads.
#[must_use]
pub fn estimated_bytes(scenario: &Scenario, experiment: &Experiment, options: Options) -> u64 {
    let (products, models) = (scenario.products.len() as u64, scenario.models.len() as u64);
    let threads = options.threads as u64;
    let replications = u64::from(experiment.replications);
    let days = u64::from(scenario.horizon.days);
    let total_days = u64::from(scenario.horizon.total());
    let all = products * models;
    let row = (Kpi::COUNT * size_of::<(f64, f64)>()) as u64;
    // Of each product and model: a value a replication or bins, and by group of replications sums and tables of waits.
    let kpis = Kpi::COUNT as u64;
    let values = match experiment.replications {
        _ if scenario.products.len() > Experiment::CHARTED_PRODUCTS => {
            replications * 8 + kpis * size_of::<Histogram>() as u64
        }
        n if n <= EXACT => kpis * replications * 8,
        _ => kpis * BINS + replications * 8,
    };
    let found = all * (values + GROUPS as u64 * (SUMS + TABLES));
    // All products together are added up replication by replication.
    let sums = 1 + scenario.categories().len() as u64;
    let together = if products > 1 { replications * models * row * sums } else { 0 };
    // Rows wait until they are saved, and are saved as numbers one after the other.
    let at_once = products.min(WAITING as u64 + threads);
    let rows = replications.saturating_mul(at_once * models).min(WAITING_ROWS as u64);
    let waiting = if options.daily { rows * row * 2 } else { 0 };
    // The points on equal terms keep four sets of estimates a model; a search under way holds some forty points of one
    // model, and the days of its worlds.
    let searched = if options.equal_terms { replications.min(u64::from(REPLICATIONS)) } else { 0 };
    let answers = if options.equal_terms { all * 4 * GROUPS as u64 * row } else { 0 };
    let search = answers + searched * 40 * row + (searched * total_days).min(KEPT_DAYS as u64) * 2 * DAY_BYTES as u64;
    let windows: usize = scenario.products.iter().map(|p| EventWindow::of(scenario, p).len()).sum();
    let evenings: usize =
        Changeover::of(scenario).iter().map(|change| change.evenings.len() * 2 + days as usize / 4).sum();
    let changes = all * (evenings * GROUPS * size_of::<i128>()) as u64;
    let events = models * (windows * GROUPS) as u64 * TABLES + changes;
    // Those that blocks under way add to, what is not saved yet, and what is added up.
    let under_way = if experiment.precision.is_some() { products } else { at_once } + threads + 1;
    let of_day = |daily: bool, bytes: u64| if daily { days * bytes } else { 0 };
    let daily = options.daily && experiment.daily_replications > 0;
    let sums = (Series::COUNT + Line::COUNT) * size_of::<i128>() + size_of::<Shortage>();
    let bands = of_day(daily, models * under_way * (Series::COUNT as u64 * HISTOGRAM + sums as u64));
    let results = of_day(
        daily,
        all * (Series::COUNT * size_of::<Band>() + Line::COUNT * size_of::<f64>() + size_of::<Shortage>()) as u64,
    );
    let locations: u64 =
        scenario.models.iter().map(|m| m.spans().flatten().map(|l| l.routes.len() as u64).sum::<u64>()).sum();
    let plans = total_days * (locations * 60 + 60) + locations * 8 * (total_days + 1_000);
    let states = total_days * models * (60 + (size_of::<DayRow>() + size_of::<DayMoney>()) as u64) * threads;
    BASE + found + together + waiting + search + events + bands + results + plans + states
}

/// The program itself, and what the system gives it to begin with.
const BASE: u64 = 36 << 20;

/// About: a daily histogram of some hundred replications, a KPI's bins, and a group's tables of waits and recoveries while they are added to.
const HISTOGRAM: u64 = 2_100;
const BINS: u64 = 40_000;
const TABLES: u64 = 1_500;

/// About: numerators and denominators of a group that no other KPI has.
const SUMS: u64 = 900;
