//! Where related runs meet: what the shoppers of a replication do is laid out and drawn once, for all supply models, all points of
//! a search and all variants of a scenario in which it is the same.

use super::outcome::Outcome;
use super::run::{Cancel, Options, Stopped, Study, on_threads};
use crate::model::{Experiment, Product, Scenario};
use crate::sim::{DemandPlan, DemandRoots, Path};
use rayon::prelude::*;
use restock_base::diag::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One world keeps so many simulated days; what is beyond is drawn again each time.
pub(super) const KEPT_DAYS: usize = 2_000_000;

/// Bytes that the worlds of an engine take together, but for those in use.
const KEPT_BYTES: usize = 128 << 20;

/// Bytes of a simulated day of a path.
pub(super) const DAY_BYTES: usize = 12;

/// The world of one product: its shoppers in each replication, and what all models see alike.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub demand: DemandPlan,
    /// The first replications.
    pub kept: Vec<Path>,
}

impl World {
    /// A world for one study, of which nothing is kept.
    pub fn of(scenario: &Scenario, product: &Product, seed: u64) -> Self {
        World { demand: DemandPlan::new(scenario, product, seed), kept: Vec::new() }
    }

    fn bytes(&self, days: usize) -> usize {
        self.kept.len() * days * DAY_BYTES + self.demand.bytes()
    }
}

/// Runs scenarios that have much in common, on the same random numbers. What is kept changes no figure.
#[derive(Debug, Default)]
pub struct Engine {
    /// With what each is made of, the one used last at the end.
    worlds: Mutex<Vec<(String, Arc<World>)>>,
}

impl Engine {
    /// An engine that keeps nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Engine::default()
    }

    /// The world of a product, of which the first replications are kept for next time, as far as there is room.
    pub(super) fn world(&self, scenario: &Scenario, product: &Product, seed: u64, replications: u32) -> Arc<World> {
        let roots = DemandRoots::of(scenario, product, seed);
        let days = scenario.horizon.total() as usize;
        let wanted = (KEPT_DAYS / days).min(replications as usize);
        let key = format!("{roots:?}");
        let world = match self.take(&key) {
            Some(world) if world.kept.len() >= wanted => world,
            known => {
                let new = || World { demand: DemandPlan::of(&roots), kept: Vec::new() };
                let World { demand, mut kept } = known.map_or_else(new, Arc::unwrap_or_clone);
                let more = (kept.len() as u32..wanted as u32).into_par_iter().map(|r| demand.path(r));
                kept.par_extend(more);
                Arc::new(World { demand, kept })
            }
        };
        self.put(key, &world, days);
        world
    }

    fn worlds(&self) -> MutexGuard<'_, Vec<(String, Arc<World>)>> {
        self.worlds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, key: &str) -> Option<Arc<World>> {
        let mut worlds = self.worlds();
        let at = worlds.iter().position(|(k, _)| k == key)?;
        Some(worlds.remove(at).1)
    }

    /// Keeps a world; those used longest ago go where there is no room left for them.
    fn put(&self, key: String, world: &Arc<World>, days: usize) {
        let mut worlds = self.worlds();
        worlds.retain(|(k, _)| *k != key);
        worlds.push((key, Arc::clone(world)));
        let mut taken = 0;
        let fit = worlds.iter().rev().take_while(|(_, world)| {
            taken += world.bytes(days);
            taken <= KEPT_BYTES
        });
        let stay = fit.count().max(1);
        let go = worlds.len() - stay;
        worlds.drain(..go);
    }

    /// Runs variants of a scenario one after the other, and tells of each as soon as its outcome is known, or why it has none. A
    /// variant that cannot be read or run does not stop the others; `cancel` does.
    ///
    /// # Errors
    ///
    /// If it is cancelled.
    pub fn run_all(
        &self,
        variants: impl Iterator<Item = Result<(Scenario, Experiment), Error>> + Send,
        options: Options,
        cancel: &Cancel,
        told: &mut (dyn FnMut(usize, Result<Outcome, Error>) + Send),
    ) -> Result<(), Stopped> {
        on_threads(options.threads, || {
            for (i, variant) in variants.enumerate() {
                let run = |(scenario, experiment): (Scenario, Experiment)| {
                    let study = Study::new(&scenario, &experiment).options(options).cancel(cancel).engine(self);
                    study.run_here().map_err(Error::from)
                };
                let outcome = variant.and_then(run);
                if cancel.is_cancelled() {
                    return Err(Stopped::Cancelled);
                }
                told(i, outcome);
            }
            Ok(())
        })
    }
}
