//! Replications in fixed blocks over the cores, and what they add up to.

use super::bench::NO_KPI;
use super::counts::Counts;
use super::engine::{Engine, World};
use super::outcome::{ProductOutcome, together};
use super::partial::{BLOCK, Partial, Unmerged};
use super::run::{Cancel, Options, Progress, Recorder, Rows, Saved, Step, Stopped};
use super::values::EXACT;
use crate::model::{Experiment, Kpi, Precision, Product, Scenario};
use crate::sim::{Beyond, Desk, EventWindow, Kernel, KpiRow, Needs, Plan};
use crate::stats::interval::ratio;
use rayon::prelude::*;
use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Blocks under way at once, for each thread: so much is held of what is not added up yet.
const WINDOW: usize = 4;

/// Parts that wait to be saved at most: each holds daily bands.
const WAITING: usize = 4;

/// All products of a run in all supply models, as far as they are simulated.
pub(super) struct Replications<'a> {
    scenario: &'a Scenario,
    experiment: &'a Experiment,
    options: Options,
    tracker: Tracker<'a>,
    cancel: Option<&'a Cancel>,
    /// Where what is laid out and drawn is kept, and of how many replications.
    engine: Option<(&'a Engine, u32)>,
    recorder: &'a mut dyn Recorder,
    products: Vec<Simulated>,
    /// By model and replication: sums over products. Empty where there is one product.
    together: Vec<Vec<KpiRow>>,
    /// What an earlier run of the same found, as far as it is not used yet.
    earlier: VecDeque<Saved>,
    /// What is complete for a round and not saved yet.
    complete: Vec<Saved>,
}

/// One product, as far as it is simulated.
struct Simulated {
    /// Laid out while blocks of it are under way.
    set_up: Option<SetUp>,
    all: Partial,
    /// What is not saved yet, and the rows of its blocks if they are to be saved.
    unsaved: Partial,
    unsaved_rows: Vec<Rows>,
    /// By model, if they were asked for.
    rows: Vec<Vec<KpiRow>>,
    future_orders: Vec<f64>,
    /// What was found, if no more replications of it can come: then bands are done with, which are the large part.
    outcome: Option<ProductOutcome>,
}

/// A product, laid out.
struct SetUp {
    world: Arc<World>,
    plans: Vec<Plan>,
    windows: Vec<EventWindow>,
    /// Replications of which the percentiles of days are taken; 0: days are not kept.
    daily: u32,
    /// Counts by model: a block takes some that nobody adds to, and brings them back. Which block added to which does not
    /// matter, for they are integers.
    counts: Mutex<Vec<Vec<Counts>>>,
}

/// One block of one product.
struct Job {
    product: usize,
    block: u32,
    replications: Range<u32>,
}

/// What a block found: a row a replication, by model.
struct Block {
    rows: Vec<Vec<KpiRow>>,
    beyond: Option<Beyond>,
}

impl<'a> Replications<'a> {
    pub fn new(
        scenario: &'a Scenario,
        experiment: &'a Experiment,
        options: Options,
        progress: &'a (dyn Fn(Progress) + Sync),
        recorder: &'a mut dyn Recorder,
    ) -> Self {
        let (models, products) = (scenario.models.len(), scenario.products.len());
        let partial = || Partial::new(models, experiment.replications <= EXACT);
        let product = |_| Simulated {
            set_up: None,
            all: partial(),
            unsaved: partial(),
            unsaved_rows: Vec::new(),
            rows: vec![Vec::new(); models],
            future_orders: Vec::new(),
            outcome: None,
        };
        Replications {
            scenario,
            experiment,
            options,
            tracker: Tracker::new(u64::from(experiment.replications) * products as u64, progress),
            cancel: None,
            engine: None,
            recorder,
            products: (0..products).map(product).collect(),
            together: if products > 1 { vec![Vec::new(); models] } else { Vec::new() },
            earlier: VecDeque::new(),
            complete: Vec::new(),
        }
    }

    /// Shares what is laid out with others, and so many drawn replications.
    pub fn on(self, engine: &'a Engine, kept: u32) -> Self {
        Replications { engine: Some((engine, kept)).filter(|_| kept > 0), ..self }
    }

    pub fn with_cancel(self, cancel: Option<&'a Cancel>) -> Self {
        Replications { cancel, ..self }
    }

    /// Goes on from what was saved of the same run, in the order in which it was found.
    pub fn resume(self, saved: Vec<Saved>) -> Self {
        Replications { earlier: saved.into(), ..self }
    }

    /// Takes what an earlier run found of these replications: what a recorder was given before it was given more of them, for
    /// no partial result spans two rounds.
    fn restore(&mut self, replications: &Range<u32>) -> Result<(), Stopped> {
        let foreign = Stopped::Unmerged(Unmerged::Foreign);
        let of_round = |s: &Saved| s.rows.first().is_none_or(|rows| replications.contains(&rows.first));
        while let Some(Saved { product, partial, rows }) = self.earlier.pop_front_if(|s| of_round(s)) {
            if rows.iter().any(|r| r.models.len() != self.scenario.models.len() || r.product != product) {
                return Err(foreign);
            }
            let Some(simulated) = self.products.get_mut(product) else { return Err(foreign) };
            simulated.all.merge(partial)?;
            for rows in rows {
                self.tracker.advance(&rows.models[0]);
                self.keep(&rows)?;
            }
        }
        Ok(())
    }

    /// Runs these replications of all products, but for what is there already.
    pub fn extend(&mut self, replications: &Range<u32>) -> Result<(), Stopped> {
        self.restore(replications)?;
        let job = |product: usize, block: u32| Job {
            product,
            block,
            replications: block * BLOCK..((block + 1) * BLOCK).min(replications.end),
        };
        let blocks = replications.start / BLOCK..replications.end.div_ceil(BLOCK);
        let of = |product: usize| blocks.clone().map(move |block| job(product, block));
        let jobs: Vec<Job> =
            (0..self.products.len()).flat_map(of).filter(|j| !self.products[j.product].all.holds(j.block)).collect();
        for window in jobs.chunks(WINDOW * rayon::current_num_threads()) {
            self.run(window)?;
            // Jobs come product by product: those before the last of these are done.
            self.pack_up(window[0].product..window[window.len() - 1].product)?;
            if self.recorder.due() || self.complete.len() >= WAITING {
                self.save()?;
            }
        }
        self.pack_up(0..self.products.len())
    }

    /// Lays these products down, whose replications are all run for now.
    fn pack_up(&mut self, products: Range<usize>) -> Result<(), Stopped> {
        for product in products {
            self.complete(product)?;
            self.products[product].set_up = None;
            self.close(product);
        }
        Ok(())
    }

    /// Reads what was found off a product of which all is known. A run that goes on until a precision is met may ask for more.
    fn close(&mut self, product: usize) {
        let simulated = &mut self.products[product];
        let waits = self.complete.iter().any(|saved| saved.product == product);
        if self.experiment.precision.is_none() && simulated.set_up.is_none() && !waits && simulated.all.blocks() > 0 {
            let all = std::mem::take(&mut simulated.all);
            self.products[product].outcome = Some(self.outcome(product, all));
        }
    }

    /// Closes what is not saved yet of a product. What could not be counted is not saved: the run fails, and if it is resumed it
    /// comes to the same replication again.
    fn complete(&mut self, product: usize) -> Result<(), Stopped> {
        let simulated = &mut self.products[product];
        if simulated.unsaved.blocks() > 0 {
            simulated.count();
            let partial = Partial::new(self.scenario.models.len(), self.experiment.replications <= EXACT);
            let partial = std::mem::replace(&mut simulated.unsaved, partial);
            let rows = std::mem::take(&mut simulated.unsaved_rows);
            if self.recorder.saves() && partial.beyond().is_none() {
                self.complete.push(Saved { product, partial, rows });
            } else {
                simulated.all.merge(partial)?;
            }
        }
        Ok(())
    }

    /// Adds what is closed to what was found before.
    fn settle(&mut self) -> Result<(), Stopped> {
        let complete = std::mem::take(&mut self.complete);
        let products: BTreeSet<usize> = complete.iter().map(|saved| saved.product).collect();
        for saved in complete {
            self.products[saved.product].all.merge(saved.partial)?;
        }
        products.into_iter().for_each(|product| self.close(product));
        Ok(())
    }

    fn run(&mut self, jobs: &[Job]) -> Result<(), Stopped> {
        self.set_up(jobs);
        let cancelled = || self.cancel.is_some_and(Cancel::is_cancelled);
        let one = |desk: &mut Option<(usize, Desk)>, job: &Job| -> Result<Block, Stopped> {
            let set_up =
                self.products[job.product].set_up.as_ref().filter(|_| !cancelled()).ok_or(Stopped::Cancelled)?;
            desk.take_if(|(product, _)| *product != job.product);
            let (_, desk) = desk.get_or_insert_with(|| (job.product, set_up.kernel().desk()));
            let block = set_up.block(job.replications.clone(), desk);
            self.tracker.advance(&block.rows[0]);
            Ok(block)
        };
        let found: Vec<Result<Block, Stopped>> = jobs.par_iter().map_init(|| None, one).collect();
        for (job, block) in jobs.iter().zip(found) {
            let Block { rows, beyond } = block?;
            let simulated = &mut self.products[job.product];
            simulated.unsaved.add(job.block, &rows)?;
            simulated.unsaved.lose(beyond);
            let rows = Rows { product: job.product, first: job.replications.start, models: rows };
            self.keep(&rows)?;
            if self.recorder.saves() {
                self.products[job.product].unsaved_rows.push(rows);
            }
        }
        Ok(())
    }

    /// Lays the products of these jobs out.
    fn set_up(&mut self, jobs: &[Job]) {
        let Replications { scenario, experiment, options, engine, .. } = *self;
        let needed = jobs[0].product..=jobs[jobs.len() - 1].product;
        let missing = self.products.iter_mut().enumerate().filter(|(p, s)| needed.contains(p) && s.set_up.is_none());
        missing.collect::<Vec<_>>().into_par_iter().for_each(|(product, simulated)| {
            let (p, seed) = (&scenario.products[product], experiment.seed);
            let world = match engine {
                Some((engine, kept)) => engine.world(scenario, p, seed, kept),
                None => Arc::new(World::of(scenario, p, seed)),
            };
            let set_up = SetUp {
                daily: if options.daily { experiment.daily_replications } else { 0 },
                ..SetUp::new(scenario, p, seed, world)
            };
            simulated.future_orders = set_up.plans.iter().map(Plan::future_order).collect();
            simulated.set_up = Some(set_up);
        });
    }

    /// Hands rows on, and keeps what is asked for of them.
    fn keep(&mut self, rows: &Rows) -> Result<(), Stopped> {
        self.recorder.rows(rows)?;
        if self.options.rows {
            let kept = self.products[rows.product].rows.iter_mut();
            kept.zip(&rows.models).for_each(|(kept, rows)| kept.extend(rows));
        }
        for (sums, rows_of_model) in self.together.iter_mut().zip(&rows.models) {
            sums.resize(sums.len().max(rows.first as usize + rows_of_model.len()), NO_KPI);
            for (sum, row) in sums[rows.first as usize..].iter_mut().zip(rows_of_model) {
                sum.iter_mut().zip(row).for_each(|(sum, pair)| *sum = (sum.0 + pair.0, sum.1 + pair.1));
            }
        }
        Ok(())
    }

    /// Hands on what was found since it was last saved.
    fn save(&mut self) -> Result<(), Stopped> {
        (0..self.products.len()).try_for_each(|product| self.complete(product))?;
        self.recorder.save(&self.complete)?;
        self.settle()
    }

    /// How many replications the precision asks for, judged by the `done` ones; `None` if it is met.
    pub fn needed(&mut self, precision: Precision, done: u32) -> Result<Option<u32>, Stopped> {
        self.settle()?;
        let mut needed = None;
        for product in 0..self.products.len() {
            let outcome = self.outcome(product, self.products[product].all.without_bands());
            let half_widths = outcome.models.iter().filter_map(|m| m.estimate(precision.kpi)?.half_width());
            let factor = (half_widths.fold(0.0_f64, f64::max) / precision.half_width).powi(2);
            let of_product = (factor > 1.0).then(|| (f64::from(done) * factor * 1.05).min(f64::from(u32::MAX)) as u32);
            needed = needed.max(of_product);
        }
        Ok(needed)
    }

    /// So many replications are to be run of each product.
    pub fn expect(&mut self, replications: u32) {
        self.tracker.total = u64::from(replications) * self.products.len() as u64;
    }

    fn outcome(&mut self, product: usize, all: Partial) -> ProductOutcome {
        let p = &self.scenario.products[product];
        let simulated = &mut self.products[product];
        let names = self.scenario.models.iter().map(|m| m.name.as_str());
        // What is restored was never laid out here.
        if simulated.future_orders.is_empty() {
            let seed = self.experiment.seed;
            let set_up = SetUp::new(self.scenario, p, seed, Arc::new(World::of(self.scenario, p, seed)));
            simulated.future_orders = set_up.plans.iter().map(Plan::future_order).collect();
        }
        let models: Vec<(&str, f64)> = names.zip(simulated.future_orders.iter().copied()).collect();
        let mut outcome = ProductOutcome::of(&p.sku, EventWindow::of(self.scenario, p), &models, all);
        outcome.models.iter_mut().zip(&simulated.rows).for_each(|(model, rows)| model.rows.clone_from(rows));
        outcome
    }

    /// What was found of each product, and of all together if there are several.
    pub fn finish(mut self) -> Result<(Vec<ProductOutcome>, Option<ProductOutcome>), Stopped> {
        self.settle()?;
        let mut products = Vec::with_capacity(self.products.len());
        for p in 0..self.products.len() {
            let simulated = &mut self.products[p];
            let (known, all) = (simulated.outcome.take(), std::mem::take(&mut simulated.all));
            products.push(known.unwrap_or_else(|| self.outcome(p, all)));
        }
        if products.len() < 2 {
            return Ok((products, None));
        }
        let models: Vec<(&str, f64)> = self.scenario.models.iter().map(|m| (m.name.as_str(), 0.0)).collect();
        let mut all = Partial::new(models.len(), self.experiment.replications <= EXACT);
        let n = self.together.first().map_or(0, Vec::len);
        for (block, first) in (0..n).step_by(BLOCK as usize).enumerate() {
            let last = (first + BLOCK as usize).min(n);
            let rows = |sums: &Vec<KpiRow>| sums[first..last].iter().map(together).collect();
            all.add(block as u32, &self.together.iter().map(rows).collect::<Vec<_>>())?;
        }
        let waits = |m: usize| Counts::of_waits(products.iter().map(move |p| p.models[m].groups.as_slice()));
        all.count(&(0..models.len()).map(waits).collect::<Vec<_>>());
        Ok((products, Some(ProductOutcome::of("all products", Vec::new(), &models, all))))
    }
}

impl Simulated {
    /// Adds what the blocks counted.
    fn count(&mut self) {
        if let Some(set_up) = &self.set_up {
            std::mem::take(&mut *set_up.counts()).iter().for_each(|counts| self.unsaved.count(counts));
        }
    }
}

impl SetUp {
    fn new(scenario: &Scenario, product: &Product, seed: u64, world: Arc<World>) -> Self {
        let plan = |model| Plan::new(scenario, product, model, &world.demand, seed);
        let plans = scenario.models.iter().map(plan).collect();
        let windows = EventWindow::of(scenario, product);
        SetUp { world, plans, windows, daily: 0, counts: Mutex::default() }
    }

    fn kernel(&self) -> Kernel<'_> {
        let needs = if self.daily > 0 { Needs::Series } else { Needs::Books };
        Kernel::new(&self.world.demand, &self.plans, needs).with_kept(&self.world.kept)
    }

    fn counts(&self) -> MutexGuard<'_, Vec<Vec<Counts>>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn block(&self, replications: Range<u32>, desk: &mut Desk) -> Block {
        let models = self.plans.len();
        let spare = self.counts().pop();
        let mut counts = spare.unwrap_or_else(|| vec![Counts::default(); models]);
        let mut found = Block { rows: vec![Vec::with_capacity(replications.len()); models], beyond: None };
        self.kernel().block(replications, desk, &mut |m, mut replica| match replica.kpis() {
            Ok((row, recovery)) => {
                found.rows[m].push(row);
                counts[m].add(&replica, &recovery, &self.windows, self.daily);
            }
            Err(beyond) => {
                found.rows[m].push(NO_KPI);
                found.beyond.get_or_insert(beyond);
            }
        });
        counts.iter_mut().for_each(|c| c.bands.count());
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
