//! A run: what is asked of it, who hears of it, and its steps.

use super::engine::Engine;
use super::equal::{EqualTerms, equal_terms};
use super::flip::{ModelFlips, flips};
use super::outcome::{Outcome, ProductOutcome};
use super::partial::{BLOCK, Partial, Unmerged};
use super::replicate::Replications;
use super::search::REPLICATIONS;
use crate::model::{Experiment, Scenario};
use crate::sim::{Beyond, KpiRow};
use restock_base::diag::{Code, Error};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What to keep besides the KPIs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Daily bands.
    pub daily: bool,
    /// The KPIs of every replication, in memory.
    pub rows: bool,
    /// The comparison on equal terms, and what would flip the one at the models' own policies.
    pub equal_terms: bool,
    /// Threads; 0 for one a core.
    pub threads: usize,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What is under way.
    pub step: Step,
    /// Replications x products done; models in the search for break-evens, products x models in that for equal terms.
    pub done: u64,
    /// Where `done` ends.
    pub total: u64,
    /// Running estimate of the first model's backorder rate and its half-width.
    pub headline: Option<(f64, f64)>,
}

/// What a run does, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The replications of the scenario.
    Simulate,
    /// What would flip the comparison at the models' own policies.
    BreakEvens,
    /// The comparison on equal terms.
    EqualTerms,
}

/// By which a run is stopped from elsewhere. A clone stops the same runs.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Stops the run before its next block of replications.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked for the run to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a run has no outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// Somebody asked for it.
    Cancelled,
    /// What was saved is not of this run.
    Unmerged(Unmerged),
    /// The recorder could not keep what it was given, for this reason.
    Unrecorded(String),
    /// More units in some replication than can be counted.
    Beyond(Beyond),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Cancelled => write!(f, "the run was cancelled"),
            Stopped::Unmerged(why) => write!(f, "what was saved of the run cannot be used: {why}"),
            Stopped::Unrecorded(why) => write!(f, "what was found cannot be kept: {why}"),
            Stopped::Beyond(beyond) => beyond.fmt(f),
        }
    }
}

impl std::error::Error for Stopped {}

impl From<Stopped> for Error {
    fn from(stopped: Stopped) -> Self {
        let code = match stopped {
            Stopped::Cancelled => "cancelled",
            Stopped::Unmerged(_) => "unmerged",
            Stopped::Unrecorded(_) => "write",
            Stopped::Beyond(_) => Code::NoRoom.name(),
        };
        Error::new(code, stopped.to_string()).because(stopped)
    }
}

impl From<io::Error> for Stopped {
    fn from(why: io::Error) -> Self {
        Stopped::Unrecorded(why.to_string())
    }
}

impl From<Unmerged> for Stopped {
    fn from(why: Unmerged) -> Self {
        Stopped::Unmerged(why)
    }
}

/// The KPIs of a block of replications of one product.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Index of the product.
    pub product: usize,
    /// Number of the first replication.
    pub first: u32,
    /// By model: a row a replication, in order.
    pub models: Vec<Vec<KpiRow>>,
}

/// What was found of one product since it was last saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// Index of the product.
    pub product: usize,
    /// What its blocks add up to.
    pub partial: Partial,
    /// The rows of its blocks, in order.
    #[serde(with = "plain_rows")]
    pub rows: Vec<Rows>,
}

/// Takes the rows of replications, and keeps what is found while a run goes on. All of it is told in an order that depends on
/// the scenario and the number of replications alone: products one after the other, replications in order. A run that goes on
/// until a precision is reached tells so of each round. An error stops the run.
pub trait Recorder: Send {
    /// The rows of the next block.
    ///
    /// # Errors
    ///
    /// If they cannot be kept.
    fn rows(&mut self, rows: &Rows) -> io::Result<()> {
        let _ = rows;
        Ok(())
    }

    /// Whether anything will ever be saved: if not, nothing is kept for it.
    fn saves(&self) -> bool {
        false
    }

    /// Whether what was found since it was last saved is to be saved now.
    fn due(&mut self) -> bool {
        false
    }

    /// What was found since it was last saved.
    ///
    /// # Errors
    ///
    /// If it cannot be saved.
    fn save(&mut self, found: &[Saved]) -> io::Result<()> {
        let _ = found;
        Ok(())
    }
}

/// One of so many equal parts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which one, counted from 0.
    pub index: u32,
    /// How many there are.
    pub of: u32,
}

impl Shard {
    /// The part of so many pieces of work in a row that is its own.
    pub(super) fn part(self, all: usize) -> Range<usize> {
        let up_to = |shards: u64| (all as u64 * shards / u64::from(self.of.max(1))) as usize;
        let index = u64::from(self.index.min(self.of.saturating_sub(1)));
        up_to(index)..up_to(index + 1)
    }
}

/// Keeps what is found apart: what it is handed while a run goes on, as a run hands on what waits for too long.
#[derive(Default)]
struct Keeper {
    found: Vec<Saved>,
}

impl Recorder for Keeper {
    fn saves(&self) -> bool {
        true
    }

    fn save(&mut self, found: &[Saved]) -> io::Result<()> {
        self.found.extend_from_slice(found);
        Ok(())
    }
}

/// Keeps nothing.
struct Nobody;

impl Recorder for Nobody {}

/// A study that is about to be run.
pub struct Study<'a> {
    scenario: &'a Scenario,
    experiment: &'a Experiment,
    options: Options,
    progress: &'a (dyn Fn(Progress) + Sync),
    recorder: Option<&'a mut dyn Recorder>,
    cancel: Option<&'a Cancel>,
    saved: Vec<Saved>,
    engine: Option<&'a Engine>,
}

impl<'a> Study<'a> {
    /// The replications that the experiment asks for, of every product in every supply model.
    #[must_use]
    pub fn new(scenario: &'a Scenario, experiment: &'a Experiment) -> Self {
        Study {
            scenario,
            experiment,
            options: Options::default(),
            progress: &|_| {},
            recorder: None,
            cancel: None,
            saved: Vec::new(),
            engine: None,
        }
    }

    /// Says what is kept besides the KPIs.
    #[must_use]
    pub fn options(self, options: Options) -> Self {
        Study { options, ..self }
    }

    /// Who hears how far the run is, from all threads.
    #[must_use]
    pub fn on_progress(self, progress: &'a (dyn Fn(Progress) + Sync)) -> Self {
        Study { progress, ..self }
    }

    /// Who takes rows, and keeps what is found.
    #[must_use]
    pub fn recorder(self, recorder: &'a mut dyn Recorder) -> Self {
        Study { recorder: Some(recorder), ..self }
    }

    /// By which the run can be stopped.
    #[must_use]
    pub fn cancel(self, cancel: &'a Cancel) -> Self {
        Study { cancel: Some(cancel), ..self }
    }

    /// Goes on from what a recorder was given of the same run, in the same order. The outcome has the same bits as that of a
    /// run which was never stopped; rows that were saved are told the recorder again.
    #[must_use]
    pub fn resume(self, saved: Vec<Saved>) -> Self {
        Study { saved, ..self }
    }

    /// What this study has in common with others is laid out and drawn once.
    #[must_use]
    pub fn engine(self, engine: &'a Engine) -> Self {
        Study { engine: Some(engine), ..self }
    }

    /// Runs it. Where the system does not let as many threads be started as are asked for, fewer do the same.
    ///
    /// # Errors
    ///
    /// If it is cancelled, or what was saved is not of this run.
    pub fn run(self) -> Result<Outcome, Stopped> {
        on_threads(self.options.threads, || self.run_here())
    }

    /// Runs one of so many shards of the run, for [`Study::gather`]: together they hold each block of each product once. Shards are as large as each
    /// other to a block; where there are more of them than blocks some hold nothing.
    ///
    /// # Errors
    ///
    /// If it is cancelled, or there are more units in some replication than can be counted.
    pub fn shard(self, shard: Shard) -> Result<Vec<Saved>, Stopped> {
        let Study { scenario, experiment, options, progress, cancel, .. } = self;
        on_threads(options.threads, || {
            let mut keeper = Keeper::default();
            let replications = Replications::new(scenario, experiment, options, progress, &mut keeper);
            let last = replications.with_cancel(cancel).shard(shard)?;
            keeper.found.extend(last);
            Ok(keeper.found)
        })
    }

    /// The outcome of the whole run from parts of it, in whatever order they come. It has the same bits as that of a run which was never cut
    /// into parts.
    ///
    /// # Errors
    ///
    /// If a block is missing, is there twice, or is not of this run; or if the run is cancelled while it is compared on equal terms.
    pub fn gather(self, mut parts: Vec<Saved>) -> Result<Outcome, Stopped> {
        for product in 0..self.scenario.products.len() {
            let of_product: Vec<&Partial> = parts.iter().filter(|p| p.product == product).map(|p| &p.partial).collect();
            let missing = |block: &u32| !of_product.iter().any(|p| p.holds(*block));
            if let Some(block) = (0..self.experiment.replications.div_ceil(BLOCK)).find(missing) {
                return Err(Unmerged::Missing(block).into());
            }
        }
        // In the order in which a run finds them: sums over products have the same bits then.
        let order: Vec<usize> = self.scenario.groups().into_iter().flatten().collect();
        let place = |product: usize| order.iter().position(|p| *p == product);
        parts.sort_by_key(|part| (place(part.product), part.rows.first().map(|rows| rows.first)));
        self.resume(parts).run()
    }

    /// Runs it on the threads of whoever calls.
    pub(super) fn run_here(self) -> Result<Outcome, Stopped> {
        let Study { scenario, experiment, options, progress, recorder, cancel, saved, engine } = self;
        let own = Engine::new();
        // What is drawn for one study alone is kept for its searches; what others may need, as far as there is room.
        let (engine, kept) = match engine {
            Some(engine) => (engine, experiment.replications),
            None => (&own, if options.equal_terms { experiment.replications.min(REPLICATIONS) } else { 0 }),
        };
        let mut nobody = Nobody;
        let recorder = recorder.unwrap_or(&mut nobody);
        let mut replications = Replications::new(scenario, experiment, options, progress, recorder)
            .on(engine, kept)
            .with_cancel(cancel)
            .resume(saved);
        let most = experiment.replications;
        let mut done = if experiment.precision.is_some() { most.min(FIRST_ROUND) } else { most };
        replications.extend(&(0..done))?;
        if let Some(precision) = experiment.precision {
            while done < most {
                let Some(needed) = replications.needed(precision, done)? else { break };
                // At most four times as many at once: the first estimate of the variance may be wrong. Only the last block of
                // all may be short.
                let next = needed.min(done.saturating_mul(4)).max(done + 1).next_multiple_of(BLOCK).min(most);
                replications.expect(needed.clamp(next, most));
                replications.extend(&(done..next))?;
                done = next;
            }
        }
        let (products, mut together) = replications.finish()?;
        let beyond = products.iter().find_map(ProductOutcome::beyond).cloned();
        let mut outcome = Outcome {
            replications: done,
            beyond,
            flips: Vec::new(),
            seed: experiment.seed,
            models: scenario.models.iter().map(|m| m.name.clone()).collect(),
            products,
            categories: together.split_off(together.len().min(1)),
            together: together.pop(),
            precision_met: experiment.precision.map(|_| done < most),
            equal: None,
        };
        if options.equal_terms && outcome.beyond.is_none() {
            let experiment = &Experiment { replications: done, ..*experiment };
            match on_equal_terms(engine, scenario, experiment, &outcome, progress) {
                Ok((flips, equal)) => (outcome.flips, outcome.equal) = (flips, Some(equal)),
                Err(beyond) => outcome.beyond = Some(beyond),
            }
        }
        Ok(outcome)
    }
}

/// Replications before a precision is judged for the first time.
const FIRST_ROUND: u32 = 512;

/// Simulates every product in every supply model. `progress` is called from all threads.
#[must_use]
pub fn run(
    scenario: &Scenario,
    experiment: &Experiment,
    options: Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Outcome {
    let study = Study::new(scenario, experiment).options(options).on_progress(progress);
    // Nobody can cancel it, and nothing was saved.
    study.run().unwrap_or_else(|stopped| unreachable!("{stopped}"))
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

fn on_equal_terms(
    engine: &Engine,
    scenario: &Scenario,
    experiment: &Experiment,
    outcome: &Outcome,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Vec<ModelFlips>, EqualTerms), Beyond> {
    let flips = break_evens(engine, scenario, experiment, &outcome.products, progress)?;
    Ok((flips, search(engine, scenario, experiment, progress)?))
}

fn break_evens(
    engine: &Engine,
    scenario: &Scenario,
    experiment: &Experiment,
    products: &[ProductOutcome],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<ModelFlips>, Beyond> {
    let total = scenario.models.len().saturating_sub(1) as u64;
    let told = |done| progress(Progress { step: Step::BreakEvens, done, total, headline: None });
    told(0);
    flips(engine, scenario, experiment, products, &told)
}

fn search(
    engine: &Engine,
    scenario: &Scenario,
    experiment: &Experiment,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<EqualTerms, Beyond> {
    let total = (scenario.products.len() * scenario.models.len()) as u64;
    let told = |done| progress(Progress { step: Step::EqualTerms, done, total, headline: None });
    told(0);
    equal_terms(engine, scenario, experiment, &told)
}

/// Rows as they are written: numbers one after the other.
mod plain_rows {
    use super::Rows;
    use crate::model::Kpi;
    use crate::sim::KpiRow;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    type Plain = (usize, u32, Vec<Vec<(f64, f64)>>);

    pub fn serialize<S: Serializer>(rows: &[Rows], to: S) -> Result<S::Ok, S::Error> {
        let plain = |r: &Rows| -> Plain {
            (r.product, r.first, r.models.iter().map(|rows| rows.iter().flatten().copied().collect()).collect())
        };
        rows.iter().map(plain).collect::<Vec<Plain>>().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Rows>, D::Error> {
        let rows = |pairs: Vec<(f64, f64)>| -> Vec<KpiRow> { pairs.as_chunks::<{ Kpi::COUNT }>().0.to_vec() };
        let of =
            |(product, first, models): Plain| Rows { product, first, models: models.into_iter().map(rows).collect() };
        Ok(Vec::<Plain>::deserialize(from)?.into_iter().map(of).collect())
    }
}
