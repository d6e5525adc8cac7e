//! Replications in fixed blocks over the cores, and what they add up to.

use super::bench::NO_KPI;
use super::changeover::{Changeover, Dated};
use super::counts::Counts;
use super::engine::Engine;
use super::outcome::{OfPlan, ProductOutcome, together};
use super::partial::{BLOCK, Partial, Unmerged};
use super::run::{Cancel, Options, Progress, Recorder, Rows, Saved, Shard, Stopped};
use super::values::EXACT;
use super::work::{Block, Job, Work};
use crate::model::{Experiment, Precision, Scenario};
use crate::sim::KpiRow;
use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

/// Blocks under way at once, for each thread: so much is held of what is not added up yet.
const WINDOW: usize = 4;

/// Parts that wait to be saved at most: each holds daily bands.
pub(super) const WAITING: usize = 4;

/// Rows of a replication in a supply model that wait to be saved at most: each holds all KPIs.
pub(super) const WAITING_ROWS: usize = 20_000;

/// All products of a run in all supply models, as far as they are simulated.
pub(super) struct Replications<'a> {
    work: Work<'a>,
    findings: Findings<'a>,
    /// What an earlier run of the same found, as far as it is not used yet.
    earlier: VecDeque<Saved>,
}

/// What was found.
struct Findings<'a> {
    scenario: &'a Scenario,
    experiment: &'a Experiment,
    options: Options,
    recorder: &'a mut dyn Recorder,
    products: Vec<Simulated>,
    /// All products together, where there are several, and those of each category.
    together: Vec<Together>,
    /// What is complete for a round and not saved yet.
    complete: Vec<Saved>,
    /// Rows that wait to be saved.
    waiting_rows: usize,
}

/// Several products together.
struct Together {
    name: String,
    products: Vec<usize>,
    /// By model and replication: sums over the products.
    sums: Vec<Vec<KpiRow>>,
}

impl Together {
    fn new(name: &str, products: Vec<usize>, models: usize) -> Self {
        Together { name: name.to_owned(), products, sums: vec![Vec::new(); models] }
    }

    /// Adds replications of one product, if it is one of them.
    fn add(&mut self, rows: &Rows) {
        if !self.products.contains(&rows.product) {
            return;
        }
        for (sums, rows_of_model) in self.sums.iter_mut().zip(&rows.models) {
            sums.resize(sums.len().max(rows.first as usize + rows_of_model.len()), NO_KPI);
            for (sum, row) in sums[rows.first as usize..].iter_mut().zip(rows_of_model) {
                sum.iter_mut().zip(row).for_each(|(sum, pair)| *sum = (sum.0 + pair.0, sum.1 + pair.1));
            }
        }
    }

    /// What was found of them. `each` are the outcomes of all products.
    fn outcome(
        &self,
        (scenario, replications): (&Scenario, u32),
        each: &[ProductOutcome],
    ) -> Result<ProductOutcome, Stopped> {
        let models: Vec<(&str, OfPlan)> =
            scenario.models.iter().map(|m| (m.name.as_str(), OfPlan::default())).collect();
        let mut all = Partial::new(models.len(), replications <= EXACT);
        let n = self.sums.first().map_or(0, Vec::len);
        for (block, first) in (0..n).step_by(BLOCK as usize).enumerate() {
            let last = (first + BLOCK as usize).min(n);
            let rows = |sums: &Vec<KpiRow>| sums[first..last].iter().map(together).collect();
            all.add(block as u32, &self.sums.iter().map(rows).collect::<Vec<_>>())?;
        }
        let counts = |m: usize| {
            let models = self.products.iter().map(move |p| &each[*p].models[m]);
            Counts::together(models.map(|model| (model.groups.as_slice(), model.changes.as_slice())))
        };
        all.count(&(0..models.len()).map(counts).collect::<Vec<_>>());
        let dated = Dated { windows: Vec::new(), changes: Changeover::of(scenario) };
        Ok(ProductOutcome::of(&self.name, dated, &models, all))
    }
}

/// One product, as far as it is simulated.
struct Simulated {
    all: Partial,
    /// What is not saved yet, and the rows of its blocks if they are to be saved.
    unsaved: Partial,
    unsaved_rows: Vec<Rows>,
    /// By model, if they were asked for.
    rows: Vec<Vec<KpiRow>>,
    /// What was found, if no more replications of it can come: then bands are done with, which are the large part.
    outcome: Option<ProductOutcome>,
}

/// Blocks that are run and not added up yet.
type Window<'j> = (&'j [Job], Vec<Result<Block, Stopped>>);

impl<'a> Replications<'a> {
    pub fn new(
        scenario: &'a Scenario,
        experiment: &'a Experiment,
        options: Options,
        progress: &'a (dyn Fn(Progress) + Sync),
        recorder: &'a mut dyn Recorder,
    ) -> Self {
        let work = Work::new(scenario, experiment, options, progress);
        let findings = Findings::new(scenario, experiment, options, recorder);
        Replications { work, findings, earlier: VecDeque::new() }
    }

    /// Shares what is laid out with others, and so many drawn replications.
    pub fn on(self, engine: &'a Engine, kept: u32) -> Self {
        Replications { work: self.work.on(engine, kept), ..self }
    }

    pub fn with_cancel(self, cancel: Option<&'a Cancel>) -> Self {
        Replications { work: self.work.with_cancel(cancel), ..self }
    }

    /// Goes on from what was saved of the same run, in the order in which it was found.
    pub fn resume(self, mut saved: Vec<Saved>) -> Self {
        self.leave_out_halves(&mut saved);
        Replications { earlier: saved.into(), ..self }
    }

    /// Products that are simulated together are saved one after the other. Where a run was killed in between, blocks of one of them are there and
    /// not of another: they are left out, and run again. What was saved of them later takes the place of what was saved before.
    fn leave_out_halves(&self, saved: &mut Vec<Saved>) {
        let together = |s: &Saved| self.work.products(self.work.group_of(s.product));
        let blocks = |s: &Saved| s.rows.iter().map(|rows| rows.first / BLOCK).collect::<Vec<_>>();
        let holds = |all: &[Saved], product: usize, block: u32| {
            all.iter().any(|s| s.product == product && s.partial.holds(block))
        };
        for i in (0..saved.len()).rev() {
            let again = blocks(&saved[i]).iter().any(|block| holds(&saved[i + 1..], saved[i].product, *block));
            if again && together(&saved[i]).len() > 1 {
                saved.remove(i);
            }
        }
        loop {
            let all = std::mem::take(saved);
            let whole = |s: &Saved| {
                blocks(s).iter().all(|block| together(s).iter().all(|product| holds(&all, *product, *block)))
            };
            let keeps: Vec<bool> = all.iter().map(whole).collect();
            let done = keeps.iter().all(|keeps| *keeps);
            saved.extend(all.into_iter().zip(keeps).filter(|(_, keeps)| *keeps).map(|(s, _)| s));
            if done {
                return;
            }
        }
    }

    /// Takes what an earlier run found of these replications: what a recorder was given before it was given more of them, for
    /// no partial result spans two rounds.
    fn restore(&mut self, replications: &Range<u32>) -> Result<(), Stopped> {
        let of_round = |s: &Saved| s.rows.first().is_none_or(|rows| replications.contains(&rows.first));
        let mut rows = Vec::new();
        while let Some(mut saved) = self.earlier.pop_front_if(|s| of_round(s)) {
            rows.append(&mut saved.rows);
            self.findings.restore(saved)?;
        }
        // Products that are simulated together are told block by block, as they are run.
        let work = &self.work;
        let place = |product: usize| {
            let group = work.group_of(product);
            (group, work.products(group).iter().position(|p| *p == product))
        };
        rows.sort_by_key(|rows: &Rows| {
            let (group, place) = place(rows.product);
            (group, rows.first, place)
        });
        for rows in &rows {
            rows.models.first().into_iter().for_each(|rows| work.advance(rows));
            self.findings.tell_again(rows)?;
        }
        Ok(())
    }

    /// Runs these replications of all products, but for what is there already.
    pub fn extend(&mut self, replications: &Range<u32>) -> Result<(), Stopped> {
        self.restore(replications)?;
        let held = |j: &Job| self.findings.holds(self.work.products(j.group), j.block);
        let jobs: Vec<Job> = self.work.jobs(replications).filter(|j| !held(j)).collect();
        self.run(&jobs)
    }

    /// Runs the blocks of a shard alone, of whatever products they are. What the recorder was not handed.
    pub fn shard(mut self, shard: Shard) -> Result<Vec<Saved>, Stopped> {
        let all = 0..self.findings.experiment.replications;
        let mut jobs: Vec<Job> = self.work.jobs(&all).collect();
        let jobs: Vec<Job> = jobs.drain(shard.part(jobs.len())).collect();
        let replications = |job: &Job| job.replications.len() * self.work.products(job.group).len();
        self.work.expect_in_all(jobs.iter().map(replications).sum::<usize>() as u64);
        self.run(&jobs)?;
        match self.findings.products.iter().find_map(|p| p.all.beyond()) {
            Some(beyond) => Err(Stopped::Beyond(beyond.clone())),
            None => Ok(self.findings.complete),
        }
    }

    /// Runs jobs, which are in order. While blocks are run those before them are added up and written.
    fn run(&mut self, jobs: &[Job]) -> Result<(), Stopped> {
        let Replications { work, findings, .. } = self;
        let mut before: Option<Window<'_>> = None;
        // Jobs come group by group: those before the last of what is added up are done.
        let mut first = jobs.first().map_or(0, |job| job.group);
        let mut finished = |jobs: &[Job]| {
            let last = jobs[jobs.len() - 1].group;
            std::mem::replace(&mut first, last)..last
        };
        for window in windows(jobs, rayon::current_num_threads()) {
            work.lay_out(window);
            let earlier = before.take();
            let done = earlier.as_ref().map(|(jobs, _)| finished(jobs));
            let (found, added) = rayon::join(|| work.run(window), || findings.add(work, earlier));
            added?;
            findings.pack_up(work, done.unwrap_or_default())?;
            before = Some((window, found));
            if findings.wants_to_save() {
                findings.add(work, before.take())?;
                findings.pack_up(work, finished(window))?;
                findings.save(work)?;
            }
        }
        findings.add(work, before)?;
        findings.pack_up(work, 0..work.groups())
    }

    /// How many replications the precision asks for, judged by the `done` ones; `None` if it is met.
    pub fn needed(&mut self, precision: Precision, done: u32) -> Result<Option<u32>, Stopped> {
        let Replications { work, findings, .. } = self;
        findings.settle(work)?;
        let mut needed = None;
        for product in 0..findings.products.len() {
            let outcome = findings.outcome(work, product, findings.products[product].all.without_bands());
            let half_widths = outcome.models.iter().filter_map(|m| m.estimate(precision.kpi)?.half_width());
            let factor = (half_widths.fold(0.0_f64, f64::max) / precision.half_width).powi(2);
            let of_product = (factor > 1.0).then(|| (f64::from(done) * factor * 1.05).min(f64::from(u32::MAX)) as u32);
            needed = needed.max(of_product);
        }
        Ok(needed)
    }

    /// So many replications are to be run of each product.
    pub fn expect(&mut self, replications: u32) {
        self.work.expect(replications);
    }

    /// What was found of each product; if there are several, of all together, and after that of each category.
    pub fn finish(self) -> Result<(Vec<ProductOutcome>, Vec<ProductOutcome>), Stopped> {
        let Replications { mut work, mut findings, .. } = self;
        findings.settle(&mut work)?;
        findings.finish(&mut work)
    }
}

/// So many jobs at once that each thread has enough to do, of as few groups of products as there are threads: of each product under way daily
/// bands are held.
fn windows(jobs: &[Job], threads: usize) -> impl Iterator<Item = &[Job]> {
    let mut rest = jobs;
    std::iter::from_fn(move || {
        let first = rest.first()?.group;
        let near = rest.iter().take(WINDOW * threads).take_while(|job| job.group < first + threads).count();
        rest.split_off(..near)
    })
}

impl<'a> Findings<'a> {
    fn new(
        scenario: &'a Scenario,
        experiment: &'a Experiment,
        options: Options,
        recorder: &'a mut dyn Recorder,
    ) -> Self {
        let (models, products) = (scenario.models.len(), scenario.products.len());
        let partial = || Partial::new(models, experiment.replications <= EXACT);
        let product = |_| Simulated {
            all: partial(),
            unsaved: partial(),
            unsaved_rows: Vec::new(),
            rows: vec![Vec::new(); models],
            outcome: None,
        };
        Findings {
            scenario,
            experiment,
            options,
            recorder,
            products: (0..products).map(product).collect(),
            together: if products > 1 {
                let all = Together::new("all products", (0..products).collect(), models);
                let categories = scenario.categories().into_iter();
                std::iter::once(all)
                    .chain(categories.map(|(name, of)| Together::new(&format!("category {name}"), of, models)))
                    .collect()
            } else {
                Vec::new()
            },
            complete: Vec::new(),
            waiting_rows: 0,
        }
    }

    /// Whether a block of all of these products is there.
    fn holds(&self, products: &[usize], block: u32) -> bool {
        products.iter().all(|p| self.products[*p].all.holds(block))
    }

    /// Takes what an earlier run saved, but for its rows.
    fn restore(&mut self, saved: Saved) -> Result<(), Stopped> {
        let Saved { product, partial, .. } = saved;
        let foreign = Stopped::Unmerged(Unmerged::Foreign);
        Ok(self.products.get_mut(product).ok_or(foreign)?.all.merge(partial)?)
    }

    /// Rows that an earlier run saved.
    fn tell_again(&mut self, rows: &Rows) -> Result<(), Stopped> {
        let fits = rows.models.len() == self.scenario.models.len() && rows.product < self.products.len();
        if fits { self.keep(rows) } else { Err(Stopped::Unmerged(Unmerged::Foreign)) }
    }

    /// Adds blocks in their order.
    fn add(&mut self, work: &Work<'_>, window: Option<Window<'_>>) -> Result<(), Stopped> {
        let Some((jobs, blocks)) = window else { return Ok(()) };
        for (job, block) in jobs.iter().zip(blocks) {
            let Block { rows, beyond } = block?;
            for (product, rows) in work.products(job.group).iter().copied().zip(rows) {
                let simulated = &mut self.products[product];
                simulated.unsaved.add(job.block, &rows)?;
                simulated.unsaved.lose(beyond.clone());
                let rows = Rows { product, first: job.replications.start, models: rows };
                self.keep(&rows)?;
                if self.recorder.saves() {
                    self.waiting_rows += rows.models.iter().map(Vec::len).sum::<usize>();
                    self.products[product].unsaved_rows.push(rows);
                }
            }
        }
        Ok(())
    }

    /// Lays these groups down, whose replications are all run for now.
    fn pack_up(&mut self, work: &mut Work<'_>, groups: Range<usize>) -> Result<(), Stopped> {
        for group in groups {
            self.complete(work, group)?;
            work.lay_down(group);
            for i in 0..work.products(group).len() {
                let product = work.products(group)[i];
                self.close(work, product);
            }
        }
        Ok(())
    }

    /// Reads what was found off a product of which all is known. A run that goes on until a precision is met may ask for more.
    fn close(&mut self, work: &mut Work<'_>, product: usize) {
        let waits = self.complete.iter().any(|saved| saved.product == product);
        let simulated = &mut self.products[product];
        let known = self.experiment.precision.is_none() && !work.is_laid_out(work.group_of(product)) && !waits;
        if known && simulated.all.blocks() > 0 {
            let all = std::mem::take(&mut simulated.all);
            let mut outcome = self.outcome(work, product, all);
            if self.products.len() > Experiment::CHARTED_PRODUCTS {
                outcome.forget_values();
            }
            self.products[product].outcome = Some(outcome);
        }
    }

    /// Closes what is not saved yet of a group, whose blocks are all added. What could not be counted is not saved: the run fails, and if
    /// it is resumed it comes to the same replication again.
    fn complete(&mut self, work: &mut Work<'_>, group: usize) -> Result<(), Stopped> {
        let counts = work.counts(group);
        for (place, product) in work.products(group).iter().copied().enumerate() {
            let simulated = &mut self.products[product];
            if simulated.unsaved.blocks() == 0 {
                continue;
            }
            counts.iter().for_each(|counts| simulated.unsaved.count(&counts[place]));
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
    fn settle(&mut self, work: &mut Work<'_>) -> Result<(), Stopped> {
        let complete = std::mem::take(&mut self.complete);
        let products: BTreeSet<usize> = complete.iter().map(|saved| saved.product).collect();
        for saved in complete {
            self.products[saved.product].all.merge(saved.partial)?;
        }
        products.into_iter().for_each(|product| self.close(work, product));
        Ok(())
    }

    /// Hands rows on, and keeps what is asked for of them.
    fn keep(&mut self, rows: &Rows) -> Result<(), Stopped> {
        self.recorder.rows(rows)?;
        if self.options.rows {
            let kept = self.products[rows.product].rows.iter_mut();
            kept.zip(&rows.models).for_each(|(kept, rows)| kept.extend(rows));
        }
        self.together.iter_mut().for_each(|together| together.add(rows));
        Ok(())
    }

    fn wants_to_save(&mut self) -> bool {
        self.recorder.due() || self.complete.len() >= WAITING || self.waiting_rows >= WAITING_ROWS
    }

    /// Hands on what was found since it was last saved.
    fn save(&mut self, work: &mut Work<'_>) -> Result<(), Stopped> {
        (0..work.groups()).try_for_each(|group| self.complete(work, group))?;
        self.recorder.save(&self.complete)?;
        self.waiting_rows = 0;
        self.settle(work)
    }

    fn outcome(&self, work: &mut Work<'_>, product: usize, all: Partial) -> ProductOutcome {
        let p = &self.scenario.products[product];
        let names = self.scenario.models.iter().map(|m| m.name.as_str());
        let models: Vec<(&str, OfPlan)> = names.zip(work.of_models(product).iter().cloned()).collect();
        let mut outcome = ProductOutcome::of(&p.sku, Dated::of(self.scenario, p), &models, all);
        let rows = &self.products[product].rows;
        outcome.models.iter_mut().zip(rows).for_each(|(model, rows)| model.rows.clone_from(rows));
        outcome
    }

    /// Each product, then all together and each category, if there are several.
    fn finish(mut self, work: &mut Work<'_>) -> Result<(Vec<ProductOutcome>, Vec<ProductOutcome>), Stopped> {
        let mut products = Vec::with_capacity(self.products.len());
        for p in 0..self.products.len() {
            let simulated = &mut self.products[p];
            let (known, all) = (simulated.outcome.take(), std::mem::take(&mut simulated.all));
            products.push(known.unwrap_or_else(|| self.outcome(work, p, all)));
        }
        let run = (self.scenario, self.experiment.replications);
        let together = self.together.iter().map(|t| t.outcome(run, &products)).collect::<Result<_, _>>()?;
        Ok((products, together))
    }
}
