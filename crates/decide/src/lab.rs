//! Where variants of a scenario are run: what they have in common is drawn, and simulated, once.

use restock_base::diag::Error;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Experiment, Kpi, Origin, Product, Scenario};
use restock_kernel::study::{Cancel, Engine, ModelOutcome, Options, Outcome, Stopped, Study};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Outcomes that a lab keeps hold this much together, in bytes, but for the last.
const KEPT_BYTES: usize = 256 << 20;

/// Which shoppers come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// With surges and unplanned campaigns.
    AsTheyCome,
    /// The same replications without them: "ordinary days".
    Ordinary,
}

/// Runs variants of a scenario on common random numbers. A supply model whose variant is the same as one that was run before is not
/// run again: of a change to one model the others cost nothing. What is kept changes no figure.
#[derive(Debug, Default)]
pub struct Lab {
    engine: Engine,
    cancel: Cancel,
    threads: usize,
    /// By what each is made of, the one used last at the end.
    known: Mutex<Vec<([u8; 32], Arc<Outcome>)>>,
    asked: AtomicU64,
    simulated: AtomicU64,
}

/// What the supply models of one variant of a scenario do.
#[derive(Debug, Clone)]
pub struct Cell {
    /// By supply model, in the order of the scenario: an outcome of that model alone.
    models: Vec<Arc<Outcome>>,
}

impl Lab {
    /// A lab with so many threads, 0 for one a core, that keeps nothing yet.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Lab { threads, ..Lab::default() }
    }

    /// The lab, stopped by `cancel`, of which somebody else has a clone.
    #[must_use]
    pub fn stopped_by(self, cancel: &Cancel) -> Self {
        Lab { cancel: cancel.clone(), ..self }
    }

    /// By which whatever the lab does can be stopped from another thread.
    #[must_use]
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Runs of one supply model that were asked for so far, and those of them that were simulated.
    #[must_use]
    pub fn runs(&self) -> (u64, u64) {
        (self.asked.load(Ordering::Relaxed), self.simulated.load(Ordering::Relaxed))
    }

    /// Runs every supply model of a scenario, as far as it is not known. Two cells can be paired if their experiments have the same seed and
    /// the same number of replications.
    ///
    /// # Errors
    ///
    /// If it is cancelled, or a replication has more units than can be counted.
    pub fn run(&self, scenario: &Scenario, experiment: &Experiment, days: Days) -> Result<Cell, Error> {
        let all = 0..scenario.models.len();
        let models = all.map(|m| self.model(scenario, experiment, days, m)).collect::<Result<_, _>>()?;
        Ok(Cell { models })
    }

    /// One supply model of a scenario: all that it found, and nothing of the other models.
    ///
    /// # Errors
    ///
    /// As of [`Lab::run`].
    pub fn model(
        &self,
        scenario: &Scenario,
        experiment: &Experiment,
        days: Days,
        model: usize,
    ) -> Result<Arc<Outcome>, Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let demand = |p: &Product| match days {
            Days::Ordinary if p.demand.has_surprises() => Product { demand: p.demand.without_surprises(), ..p.clone() },
            _ => p.clone(),
        };
        // Names and notes decide nothing. A precision would stop two cells after different numbers of replications.
        let scenario = Scenario {
            name: String::new(),
            origin: Origin::default(),
            models: vec![scenario.models[model].clone()],
            products: scenario.products.iter().map(demand).collect(),
            ..scenario.clone()
        };
        let experiment = Experiment { precision: None, daily_replications: 0, ..*experiment };
        let key = digest(&scenario, &experiment);
        if let Some(known) = self.take(&key) {
            self.keep(key, &known);
            return Ok(known);
        }
        let options = Options { threads: self.threads, ..Options::default() };
        let outcome =
            Study::new(&scenario, &experiment).options(options).cancel(&self.cancel).engine(&self.engine).run()?;
        if let Some(beyond) = &outcome.beyond {
            return Err(Stopped::Beyond(beyond.clone()).into());
        }
        self.simulated.fetch_add(1, Ordering::Relaxed);
        let outcome = Arc::new(outcome);
        self.keep(key, &outcome);
        Ok(outcome)
    }

    fn known(&self) -> MutexGuard<'_, Vec<([u8; 32], Arc<Outcome>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, key: &[u8; 32]) -> Option<Arc<Outcome>> {
        let mut known = self.known();
        let at = known.iter().position(|(k, _)| k == key)?;
        Some(known.remove(at).1)
    }

    /// Keeps an outcome; those used longest ago go where there is no room left for them.
    fn keep(&self, key: [u8; 32], outcome: &Arc<Outcome>) {
        let mut known = self.known();
        known.push((key, Arc::clone(outcome)));
        let mut taken = 0;
        let fit = known.iter().rev().take_while(|(_, outcome)| {
            taken += bytes(outcome);
            taken <= KEPT_BYTES
        });
        let go = known.len() - fit.count().max(1);
        known.drain(..go);
    }
}

/// What decides the outcome of a scenario with one supply model: all of the scenario, as it is shown for debugging. Floats are shown
/// with as many digits as tell them apart.
fn digest(scenario: &Scenario, experiment: &Experiment) -> [u8; 32] {
    Sha256::digest(format!("{scenario:?} {} {}", experiment.seed, experiment.replications).as_bytes()).into()
}

/// What decides what is found in a cell: the scenario but for its name and what made it, seed and replications, and what is looked at.
pub(super) fn content(scenario: &Scenario, experiment: &Experiment, looked_at: &str) -> [u8; 32] {
    let scenario = Scenario { name: String::new(), origin: Origin::default(), ..scenario.clone() };
    let cell = digest(&scenario, &Experiment { precision: None, daily_replications: 0, ..*experiment });
    Sha256::new().chain_update(cell).chain_update(looked_at.as_bytes()).finalize().into()
}

/// What an outcome holds, roughly: the values of single replications are most of it.
fn bytes(outcome: &Outcome) -> usize {
    const OF_SUMS: usize = 256 << 10;
    let tables = outcome.products.len() + outcome.categories.len() + usize::from(outcome.products.len() > 1);
    tables * (outcome.replications as usize * Kpi::COUNT * size_of::<f64>() + OF_SUMS)
}

impl Cell {
    /// All products together in supply model `model`.
    #[must_use]
    pub fn model(&self, model: usize) -> &ModelOutcome {
        &self.models[model].all_products().models[0]
    }

    /// One product in supply model `model`.
    #[must_use]
    pub fn product(&self, product: usize, model: usize) -> &ModelOutcome {
        &self.models[model].products[product].models[0]
    }

    /// Number of supply models.
    #[must_use]
    pub fn len(&self) -> usize {
        self.models.len()
    }

    /// Whether there is no supply model at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// A KPI of all products together in supply model `to`, less that in `from`, replications paired.
    #[must_use]
    pub fn difference(&self, kpi: Kpi, from: usize, to: usize) -> Option<Estimate> {
        self.model(to).minus(self.model(from), kpi)
    }
}
