//! One product's shoppers, factories and ships, for all supply models and all points of a search.

use super::engine::{Engine, World};
use crate::model::{Kpi, Product, Scenario};
use crate::sim::{Beyond, DemandPlan, Kernel, KpiRow, Needs, Plan};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The KPIs of a replication that could not be counted: none exists.
pub(super) const NO_KPI: KpiRow = [(0.0, 0.0); Kpi::COUNT];

/// Which shoppers come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Days {
    /// With surges and unplanned campaigns.
    AsTheyCome,
    /// The same replications without them.
    Ordinary,
}

/// The worlds of one product.
pub(super) struct Bench {
    as_they_come: Arc<World>,
    /// Absent where nothing unplanned ever happens: then all days are ordinary.
    ordinary: Option<Arc<World>>,
    /// More units in some replication than can be counted.
    beyond: OnceLock<Beyond>,
}

impl Bench {
    /// Worlds in which so many replications will be run again and again.
    pub fn new(engine: &Engine, scenario: &Scenario, product: &Product, seed: u64, replications: u32) -> Self {
        let world = |product: &Product| engine.world(scenario, product, seed, replications);
        let ordinary = product
            .demand
            .has_surprises()
            .then(|| world(&Product { demand: product.demand.without_surprises(), ..product.clone() }));
        Bench { as_they_come: world(product), ordinary, beyond: OnceLock::new() }
    }

    /// Whether ordinary days differ from those that come.
    pub fn has_surprises(&self) -> bool {
        self.ordinary.is_some()
    }

    pub fn demand(&self) -> &DemandPlan {
        &self.as_they_come.demand
    }

    /// More units in some replication so far than can be counted: then its KPIs are missing.
    pub fn beyond(&self) -> Option<&Beyond> {
        self.beyond.get()
    }

    /// KPIs of `plan` in these replications, in order: those that were asked for.
    pub fn rows(&self, plan: &Plan, days: Days, replications: Range<u32>, needs: Needs) -> Vec<KpiRow> {
        let world = match (days, &self.ordinary) {
            (Days::Ordinary, Some(world)) => world,
            _ => &self.as_they_come,
        };
        let kernel = Kernel::new(&world.demand, std::slice::from_ref(plan), needs).with_kept(&world.kept);
        let rows: Vec<Result<KpiRow, Beyond>> = replications
            .into_par_iter()
            .with_min_len(4)
            .map_init(
                || kernel.desk(),
                |desk, r| {
                    let mut row = Ok(NO_KPI);
                    kernel.block(r..r + 1, desk, &mut |_, mut replica| row = replica.kpis().map(|(row, _)| row));
                    row
                },
            )
            .collect();
        rows.into_iter().map(|row| row.unwrap_or_else(|beyond| self.missing(beyond))).collect()
    }

    fn missing(&self, beyond: Beyond) -> KpiRow {
        self.beyond.get_or_init(|| beyond);
        NO_KPI
    }
}
