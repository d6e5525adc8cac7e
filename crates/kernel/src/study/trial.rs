//! A trial before the run, from which its time is told.

use super::search::REPLICATIONS;
use crate::model::{Experiment, Scenario};
use crate::sim::{Beyond, DemandPlan, Desk, Kernel, KpiRow, Needs, Plan};

/// The product that sells most, laid out in every supply model.
pub struct Trial {
    demand: DemandPlan,
    plans: Vec<Plan>,
    desk: Desk,
}

impl Trial {
    /// Lays the product out: what each product of a run takes once.
    #[must_use]
    pub fn new(scenario: &Scenario, experiment: &Experiment) -> Option<Trial> {
        let mean = |i: &usize| scenario.products[*i].demand.baseline.moments().0;
        let most = (0..scenario.products.len()).max_by(|a, b| mean(a).total_cmp(&mean(b)))?;
        let product = &scenario.products[most];
        let demand = DemandPlan::new(scenario, product, experiment.seed);
        let plan = |model| Plan::new(scenario, product, model, &demand, experiment.seed);
        let plans: Vec<Plan> = scenario.models.iter().map(plan).collect();
        let desk = Kernel::new(&demand, &plans, Needs::Books).desk();
        Some(Trial { demand, plans, desk })
    }

    /// One replication in every supply model.
    ///
    /// # Errors
    ///
    /// If there are more units than can be counted.
    pub fn replication(&mut self, number: u32) -> Result<Vec<KpiRow>, Beyond> {
        let kernel = Kernel::new(&self.demand, &self.plans, Needs::Books);
        let mut rows = Vec::with_capacity(self.plans.len());
        kernel.block(number..number + 1, &mut self.desk, &mut |_, mut replica| {
            rows.push(replica.kpis().map(|(row, _)| row));
        });
        rows.into_iter().collect()
    }
}

/// How many replications of all models a run comes to, over all products: its own, and those of the search for equal terms. About.
#[must_use]
pub fn replications_in_all(scenario: &Scenario, experiment: &Experiment, equal_terms: bool) -> f64 {
    let own = f64::from(experiment.replications);
    let searched = POINTS * f64::from(experiment.replications.min(REPLICATIONS)) + FLIPS * own;
    scenario.products.len() as f64 * (own + if equal_terms { searched } else { 0.0 })
}

/// Stocks at which a search looks with all of its replications, and settings of a break-even that are tried with all of the run's:
/// measured on the scenarios that ship.
const POINTS: f64 = 25.0;
const FLIPS: f64 = 2.5;
