//! Blocks of replications over the cores.

use super::bench::NO_KPI;
use super::changeover::Dated;
use super::counts::Counts;
use super::engine::{Engine, World};
use super::outcome::OfPlan;
use super::partial::BLOCK;
use super::run::{Cancel, Options, Progress, Step, Stopped};
use crate::model::{Experiment, Kpi, Product, Scenario};
use crate::sim::{Beyond, Desk, InGroup, Kernel, KpiRow, Needs, Plan};
use rayon::prelude::*;
use restock_base::stats::interval::ratio;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is laid out, and who runs it.
pub(super) struct Work<'a> {
    scenario: &'a Scenario,
    experiment: &'a Experiment,
    options: Options,
    cancel: Option<&'a Cancel>,
    /// Where what is laid out and drawn is kept, and of how many replications.
    engine: Option<(&'a Engine, u32)>,
    tracker: Tracker<'a>,
    /// Products that are simulated together.
    groups: Vec<Vec<usize>>,
    /// By product.
    group_of: Vec<usize>,
    /// By group, those that blocks are under way of.
    set_ups: Vec<Option<SetUp>>,
    /// By product and model, of those that were laid out once.
    of_models: Vec<Vec<OfPlan>>,
}

/// One block of one group of products.
pub(super) struct Job {
    pub group: usize,
    pub block: u32,
    pub replications: Range<u32>,
}

/// What a block found: a row a replication, by product of the group and model.
pub(super) struct Block {
    pub rows: Vec<Vec<Vec<KpiRow>>>,
    pub beyond: Option<Beyond>,
}

/// A group of products, laid out.
struct SetUp {
    products: Vec<LaidOut>,
    /// Replications of which the percentiles of days are taken; 0: days are not kept.
    daily: u32,
    /// Counts by product and model: a block takes some that nobody adds to, and brings them back. Which block added to which does not
    /// matter, for they are integers.
    counts: Mutex<Vec<Vec<Vec<Counts>>>>,
}

/// A product, laid out.
struct LaidOut {
    world: Arc<World>,
    plans: Vec<Plan>,
    dated: Dated,
}

impl<'a> Work<'a> {
    pub fn new(
        scenario: &'a Scenario,
        experiment: &'a Experiment,
        options: Options,
        progress: &'a (dyn Fn(Progress) + Sync),
    ) -> Self {
        let (products, groups) = (scenario.products.len(), scenario.groups());
        let mut group_of = vec![0; products];
        for (g, group) in groups.iter().enumerate() {
            group.iter().for_each(|product| group_of[*product] = g);
        }
        Work {
            scenario,
            experiment,
            options,
            cancel: None,
            engine: None,
            tracker: Tracker::new(u64::from(experiment.replications) * products as u64, progress),
            set_ups: groups.iter().map(|_| None).collect(),
            groups,
            group_of,
            of_models: vec![Vec::new(); products],
        }
    }

    /// Shares what is laid out with others, and so many drawn replications.
    pub fn on(self, engine: &'a Engine, kept: u32) -> Self {
        Work { engine: Some((engine, kept)).filter(|_| kept > 0), ..self }
    }

    pub fn with_cancel(self, cancel: Option<&'a Cancel>) -> Self {
        Work { cancel, ..self }
    }

    /// So many replications are to be run of each product.
    pub fn expect(&mut self, replications: u32) {
        self.tracker.total = u64::from(replications) * self.scenario.products.len() as u64;
    }

    /// So many are to be run in all, of whatever products.
    pub fn expect_in_all(&mut self, replications: u64) {
        self.tracker.total = replications;
    }

    /// Hears of replications that were run elsewhere.
    pub fn advance(&self, rows: &[KpiRow]) {
        self.tracker.advance(rows);
    }

    /// How many groups there are.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// The group of a product.
    pub fn group_of(&self, product: usize) -> usize {
        self.group_of.get(product).copied().unwrap_or(0)
    }

    /// The products of a group, by their numbers in the scenario.
    pub fn products(&self, group: usize) -> &[usize] {
        &self.groups[group]
    }

    /// Blocks of these replications, group by group.
    pub fn jobs(&self, replications: &Range<u32>) -> impl Iterator<Item = Job> + use<> {
        let (groups, end) = (self.groups.len(), replications.end);
        let blocks = replications.start / BLOCK..end.div_ceil(BLOCK);
        let job = move |group: usize, block: u32| Job {
            group,
            block,
            replications: block * BLOCK..((block + 1) * BLOCK).min(end),
        };
        (0..groups).flat_map(move |group| blocks.clone().map(move |block| job(group, block)))
    }

    /// Lays the products of these jobs out.
    pub fn lay_out(&mut self, jobs: &[Job]) {
        let Work { scenario, experiment, options, engine, .. } = *self;
        let needed = jobs[0].group..=jobs[jobs.len() - 1].group;
        let each = self.set_ups.iter_mut().zip(&self.groups).enumerate();
        let missing = each.filter(|(g, (set_up, _))| needed.contains(g) && set_up.is_none());
        missing.collect::<Vec<_>>().into_par_iter().for_each(|(_, (set_up, products))| {
            let product = |product: &usize| {
                let (p, seed) = (&scenario.products[*product], experiment.seed);
                let world = match engine {
                    Some((engine, kept)) => engine.world(scenario, p, seed, kept),
                    None => Arc::new(World::of(scenario, p, seed)),
                };
                LaidOut::new(scenario, p, seed, world)
            };
            let daily = if options.daily { experiment.daily_replications } else { 0 };
            let products = products.iter().map(product).collect();
            *set_up = Some(SetUp { products, daily, counts: Mutex::default() });
        });
        for group in needed {
            let laid_out = self.set_ups[group].iter().flat_map(|set_up| &set_up.products);
            for (product, laid_out) in self.groups[group].iter().zip(laid_out) {
                self.of_models[*product] = laid_out.of_models(scenario, &scenario.products[*product]);
            }
        }
    }

    /// Runs these blocks.
    pub fn run(&self, jobs: &[Job]) -> Vec<Result<Block, Stopped>> {
        let cancelled = || self.cancel.is_some_and(Cancel::is_cancelled);
        let one = |desk: &mut Option<(usize, Desk)>, job: &Job| -> Result<Block, Stopped> {
            let set_up = self.set_ups[job.group].as_ref().filter(|_| !cancelled()).ok_or(Stopped::Cancelled)?;
            desk.take_if(|(group, _)| *group != job.group);
            let (_, desk) = desk.get_or_insert_with(|| (job.group, set_up.kernel().desk()));
            let block = set_up.block(job.replications.clone(), desk);
            block.rows.iter().for_each(|rows| self.advance(&rows[0]));
            Ok(block)
        };
        jobs.par_iter().map_init(|| None, one).collect()
    }

    /// What the blocks of a group counted of each of its products since it was last asked.
    pub fn counts(&mut self, group: usize) -> Vec<Vec<Vec<Counts>>> {
        self.set_ups[group].as_ref().map(|set_up| std::mem::take(&mut *set_up.counts())).unwrap_or_default()
    }

    /// Lays a group down, whose replications are all run for now.
    pub fn lay_down(&mut self, group: usize) {
        self.set_ups[group] = None;
    }

    pub fn is_laid_out(&self, group: usize) -> bool {
        self.set_ups[group].is_some()
    }

    /// What plans alone tell, by model.
    pub fn of_models(&mut self, product: usize) -> &[OfPlan] {
        // What is restored was never laid out here.
        if self.of_models[product].is_empty() {
            let (p, seed) = (&self.scenario.products[product], self.experiment.seed);
            let laid_out = LaidOut::new(self.scenario, p, seed, Arc::new(World::of(self.scenario, p, seed)));
            self.of_models[product] = laid_out.of_models(self.scenario, p);
        }
        &self.of_models[product]
    }
}

impl LaidOut {
    fn of_models(&self, scenario: &Scenario, product: &Product) -> Vec<OfPlan> {
        let each = self.plans.iter().zip(&scenario.models);
        each.map(|(plan, model)| OfPlan {
            future_order: plan.future_order(),
            markets: plan.market_parts(scenario, product, model),
        })
        .collect()
    }

    fn in_group(&self) -> InGroup<'_> {
        InGroup { demand: &self.world.demand, plans: &self.plans, kept: &self.world.kept }
    }

    fn new(scenario: &Scenario, product: &Product, seed: u64, world: Arc<World>) -> Self {
        let plan = |model| Plan::new(scenario, product, model, &world.demand, seed);
        let plans = scenario.models.iter().map(plan).collect();
        LaidOut { plans, dated: Dated::of(scenario, product), world }
    }
}

impl SetUp {
    fn kernel(&self) -> Kernel<'_> {
        // A change of supply is told by evenings.
        let by_day = self.daily > 0 || self.products.iter().any(|p| !p.dated.changes.is_empty());
        let needs = if by_day { Needs::Series } else { Needs::Books };
        Kernel::of_group(self.products.iter().map(LaidOut::in_group).collect(), needs)
    }

    fn counts(&self) -> MutexGuard<'_, Vec<Vec<Vec<Counts>>>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn block(&self, replications: Range<u32>, desk: &mut Desk) -> Block {
        let (products, models) = (self.products.len(), self.products[0].plans.len());
        let spare = self.counts().pop();
        let mut counts = spare.unwrap_or_else(|| vec![vec![Counts::default(); models]; products]);
        let rows = || vec![Vec::with_capacity(replications.len()); models];
        let mut found = Block { rows: (0..products).map(|_| rows()).collect(), beyond: None };
        self.kernel().block(replications, desk, &mut |m, mut replica| {
            let p = replica.product;
            match replica.kpis() {
                Ok((row, recovery)) => {
                    found.rows[p][m].push(row);
                    counts[p][m].add(&replica, &recovery, (&self.products[p].dated, m), self.daily);
                }
                Err(beyond) => {
                    found.rows[p][m].push(NO_KPI);
                    found.beyond.get_or_insert(beyond);
                }
            }
        });
        counts.iter_mut().flatten().for_each(|c| c.bands.count());
        self.counts().push(counts);
        found
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
        Tracker { total, seen: Mutex::default(), progress }
    }

    fn advance(&self, rows: &[KpiRow]) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.0 += rows.len() as u64;
        // One pair a block: enough for a running interval.
        let sum = rows.iter().map(|r| r[Kpi::BackorderRate.index()]).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        seen.1.push(sum);
        let headline = ratio(&seen.1).and_then(|e| Some((e.value, e.half_width()?)));
        (self.progress)(Progress { step: Step::Simulate, done: seen.0, total: self.total, headline });
    }
}
