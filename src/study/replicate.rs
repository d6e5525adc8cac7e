//! Replications over the cores.

use super::bands::BandBuilder;
use super::bench::NO_KPI;
use super::equal::{EqualTerms, equal_terms};
use super::flip::{ModelFlips, flips};
use super::outcome::{Group, ModelOutcome, Outcome, ProductOutcome, merge_routes};
use super::windows::WindowOutcome;
use crate::model::{Experiment, Kpi, Precision, Product, Scenario, SupplyModel};
use crate::sim::{Beyond, DemandPlan, Desk, EventWindow, Kernel, KpiRow, Needs, Plan, Replica, RouteTimes, WindowRow};
use crate::stats::interval::{Z95, ratio};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// What to keep besides the KPIs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Daily bands.
    pub daily: bool,
    /// The comparison on equal terms, and what would flip the one at the models' own policies.
    pub equal_terms: bool,
    /// Threads; 0 for one a core.
    pub threads: usize,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    pub step: Step,
    /// Replications x products done; models in the search for break-evens, products x models in that for equal terms.
    pub done: u64,
    pub total: u64,
    /// Running estimate of the first model's backorder rate and its half-width.
    pub headline: Option<(f64, f64)>,
}

/// What a run does, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Simulate,
    BreakEvens,
    EqualTerms,
}

/// Groups of the jackknife, to which blocks belong in turn: so many that the normal law may stand for Student's.
const GROUPS: usize = 64;

/// Simulates every product in every supply model. `progress` is called from all threads. Where the system does not let as many
/// threads be started as are asked for, fewer do the same.
#[must_use]
pub fn run(
    scenario: &Scenario,
    experiment: &Experiment,
    options: Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Outcome {
    on_threads(options.threads, || run_here(scenario, experiment, options, progress))
}

/// `work` with so many threads for what it does in parallel; 0 for one a core. Where the system does not let as many be started, fewer
/// do the same.
pub fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let several = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    // The thread that we are on needs not be started.
    let alone = || rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    match several.or_else(|_| alone()) {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

fn run_here(
    scenario: &Scenario,
    experiment: &Experiment,
    options: Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Outcome {
    let most = experiment.replications;
    let mut tracker = Tracker::new(u64::from(most) * scenario.products.len() as u64, progress);
    let first_round = if experiment.precision.is_some() { most.min(512) } else { most };
    let mut studies: Vec<ProductStudy> = Vec::new();
    let mut outcomes: Vec<ProductOutcome> = Vec::new();
    for product in 0..scenario.products.len() {
        let p = &scenario.products[product];
        let demand = Arc::new(DemandPlan::new(scenario, p, experiment.seed));
        let mut study = ProductStudy::new(scenario, p, &scenario.models, &demand, experiment, options.daily);
        study.extend(0..first_round, &tracker);
        // Bands are the large part: without a stopping rule they are done with, product by product.
        if experiment.precision.is_some() { studies.push(study) } else { outcomes.push(study.finish()) }
    }
    let mut done = first_round;
    if let Some(precision) = experiment.precision {
        while done < most {
            let needed = studies.iter().filter_map(|s| s.needed(precision, done)).max();
            let Some(needed) = needed else { break };
            // At most four times as many at once: the first estimate of the variance may be wrong.
            let next = needed.min(done.saturating_mul(4)).min(most).max(done + 1);
            tracker.total = u64::from(needed.clamp(next, most)) * studies.len() as u64;
            for study in &mut studies {
                study.extend(done..next, &tracker);
            }
            done = next;
        }
        outcomes = studies.into_iter().map(ProductStudy::finish).collect();
    }
    let experiment = &Experiment { replications: done, ..*experiment };
    let beyond = outcomes.iter().flat_map(|p| &p.models).find_map(|m| m.beyond.clone());
    let mut outcome = Outcome {
        replications: done,
        beyond,
        flips: Vec::new(),
        seed: experiment.seed,
        models: scenario.models.iter().map(|m| m.name.clone()).collect(),
        products: outcomes,
        precision_met: experiment.precision.map(|_| done < most),
        equal: None,
    };
    if options.equal_terms && outcome.beyond.is_none() {
        match on_equal_terms(scenario, experiment, &outcome, progress) {
            Ok((flips, equal)) => (outcome.flips, outcome.equal) = (flips, Some(equal)),
            Err(beyond) => outcome.beyond = Some(beyond),
        }
    }
    outcome
}

fn on_equal_terms(
    scenario: &Scenario,
    experiment: &Experiment,
    outcome: &Outcome,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Vec<ModelFlips>, EqualTerms), Beyond> {
    Ok((break_evens(scenario, experiment, &outcome.products, progress)?, search(scenario, experiment, progress)?))
}

fn break_evens(
    scenario: &Scenario,
    experiment: &Experiment,
    products: &[ProductOutcome],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<ModelFlips>, Beyond> {
    let total = scenario.models.len().saturating_sub(1) as u64;
    let told = |done| progress(Progress { step: Step::BreakEvens, done, total, headline: None });
    told(0);
    flips(scenario, experiment, products, &told)
}

fn search(
    scenario: &Scenario,
    experiment: &Experiment,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<EqualTerms, Beyond> {
    let total = (scenario.products.len() * scenario.models.len()) as u64;
    let told = |done| progress(Progress { step: Step::EqualTerms, done, total, headline: None });
    told(0);
    equal_terms(scenario, experiment, &told)
}

/// One product in all supply models.
struct ProductStudy {
    sku: String,
    demand: Arc<DemandPlan>,
    plans: Vec<Plan>,
    windows: Vec<EventWindow>,
    block: u32,
    models: Vec<ModelOutcome>,
    bands: Vec<Mutex<BandBuilder>>,
}

/// What a block of replications found in one model.
struct Part {
    rows: Vec<KpiRow>,
    group: Group,
    routes: Vec<Vec<RouteTimes>>,
    /// By window, a row a replication.
    windows: Vec<Vec<WindowRow>>,
    beyond: Option<Beyond>,
}

impl Part {
    /// A replication that could not be counted.
    fn missing(&mut self, beyond: Beyond) {
        self.beyond.get_or_insert(beyond);
        self.rows.push(NO_KPI);
        self.windows.iter_mut().for_each(|rows| rows.push(WindowRow::default()));
    }
}

impl ProductStudy {
    fn new(
        scenario: &Scenario,
        p: &Product,
        models: &[SupplyModel],
        demand: &Arc<DemandPlan>,
        experiment: &Experiment,
        daily: bool,
    ) -> Self {
        let plans: Vec<Plan> = models.iter().map(|m| Plan::new(scenario, p, m, demand, experiment.seed)).collect();
        let measured = scenario.horizon.days as usize;
        let bands =
            if daily { plans.iter().map(|_| Mutex::new(BandBuilder::new(measured))).collect() } else { Vec::new() };
        let windows = EventWindow::of(scenario, p);
        ProductStudy {
            sku: p.sku.clone(),
            demand: Arc::clone(demand),
            models: models
                .iter()
                .zip(&plans)
                .map(|(m, plan)| ModelOutcome {
                    future_order: plan.future_order(),
                    windows: vec![WindowOutcome::default(); windows.len()],
                    ..ModelOutcome::new(&m.name, GROUPS)
                })
                .collect(),
            plans,
            windows,
            // A function of the experiment alone, so that results do not depend on the machine.
            block: (experiment.replications / 64).clamp(1, 64),
            bands,
        }
    }

    fn extend(&mut self, replications: Range<u32>, tracker: &Tracker<'_>) {
        let starts: Vec<u32> = replications.clone().step_by(self.block as usize).collect();
        let parts: Vec<Vec<Part>> = starts
            .par_iter()
            .map_init(
                || self.kernel().desk(),
                |desk, start| self.block(*start..(*start + self.block).min(replications.end), desk, tracker),
            )
            .collect();
        for (start, block) in starts.iter().zip(parts) {
            let group = (start / self.block) as usize % GROUPS;
            for (model, part) in self.models.iter_mut().zip(block) {
                model.rows.extend(part.rows);
                model.groups[group].merge(&part.group);
                merge_routes(&mut model.routes, &part.routes);
                model.beyond = model.beyond.take().or(part.beyond);
                for (mine, rows) in model.windows.iter_mut().zip(part.windows) {
                    mine.rows.extend(rows);
                }
            }
        }
    }

    fn kernel(&self) -> Kernel<'_> {
        Kernel::new(&self.demand, &self.plans, if self.bands.is_empty() { Needs::Books } else { Needs::Series })
    }

    fn block(&self, replications: Range<u32>, desk: &mut Desk, tracker: &Tracker<'_>) -> Vec<Part> {
        let part = |_| Part {
            rows: Vec::with_capacity(replications.len()),
            group: Group::default(),
            routes: Vec::new(),
            windows: vec![Vec::with_capacity(replications.len()); self.windows.len()],
            beyond: None,
        };
        let mut parts: Vec<Part> = self.plans.iter().map(part).collect();
        self.kernel().block(replications.clone(), desk, &mut |m, replica| self.add(replica, m, &mut parts[m]));
        tracker.advance(&parts[0].rows);
        parts
    }

    /// Adds what a replication of model `m` found.
    fn add(&self, mut replica: Replica<'_>, m: usize, part: &mut Part) {
        let (row, recovery) = match replica.kpis() {
            Ok(found) => found,
            Err(beyond) => return part.missing(beyond),
        };
        if let Some(bands) = self.bands.get(m) {
            bands.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(replica.daily());
        }
        part.rows.push(row);
        part.group.add(replica.waits(), &recovery);
        merge_routes(&mut part.routes, replica.routes());
        for (rows, window) in part.windows.iter_mut().zip(&self.windows) {
            rows.push(WindowRow::of(window, replica.days()));
        }
    }

    /// How many replications the precision asks for, judged by those there are; `None` if it is met.
    fn needed(&self, precision: Precision, done: u32) -> Option<u32> {
        let worst = self
            .models
            .iter()
            .filter_map(|m| m.estimate(precision.kpi))
            .filter_map(|e| e.half_width())
            .fold(0.0_f64, f64::max);
        let factor = (worst / precision.half_width).powi(2);
        (factor > 1.0).then(|| (f64::from(done) * factor * 1.05).min(f64::from(u32::MAX)) as u32)
    }

    fn finish(self) -> ProductOutcome {
        let mut models = self.models;
        for (model, bands) in models.iter_mut().zip(self.bands) {
            model.bands = bands.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).finish();
        }
        ProductOutcome { sku: self.sku, windows: self.windows, models }
    }
}

/// Counts what is done and keeps the running headline: for show only, no result comes from here.
struct Tracker<'a> {
    total: u64,
    seen: Mutex<(u64, Vec<(f64, f64)>)>,
    progress: &'a (dyn Fn(Progress) + Sync),
}

impl<'a> Tracker<'a> {
    fn new(total: u64, progress: &'a (dyn Fn(Progress) + Sync)) -> Self {
        Tracker { total, seen: Mutex::new((0, Vec::new())), progress }
    }

    fn advance(&self, rows: &[KpiRow]) {
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.0 += rows.len() as u64;
        // One pair a block: enough for a running interval, and it does not grow with the replications.
        let sum = rows.iter().map(|r| r[Kpi::BackorderRate.index()]).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        seen.1.push(sum);
        let headline = ratio(&seen.1).and_then(|e| Some((e.value, Z95 * e.standard_error?)));
        (self.progress)(Progress { step: Step::Simulate, done: seen.0, total: self.total, headline });
    }
}
