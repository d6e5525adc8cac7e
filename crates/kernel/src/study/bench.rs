//! One product's shoppers, factories and ships, for all supply models and all points of a search; with those of the products that its factory makes
//! besides.

use super::engine::{Engine, World};
use crate::model::{Kpi, Product, Scenario, SupplyModel};
use crate::sim::{Beyond, DemandPlan, InGroup, Kernel, KpiRow, Needs, Plan};
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

/// The worlds of one product, and of those with which it shares a factory.
pub(super) struct Bench {
    /// By product of the group.
    worlds: Vec<Worlds>,
    /// Place of the product in its group.
    place: usize,
    /// More units in some replication than can be counted.
    beyond: OnceLock<Beyond>,
}

/// The worlds of a product.
struct Worlds {
    product: Product,
    as_they_come: Arc<World>,
    /// Absent where nothing unplanned ever happens: then all days are ordinary.
    ordinary: Option<Arc<World>>,
}

impl Bench {
    /// Worlds in which so many replications will be run again and again.
    pub fn new(engine: &Engine, scenario: &Scenario, product: &Product, seed: u64, replications: u32) -> Self {
        let worlds = |product: &Product| {
            let world = |product: &Product| engine.world(scenario, product, seed, replications);
            let ordinary = product
                .demand
                .has_surprises()
                .then(|| world(&Product { demand: product.demand.without_surprises(), ..product.clone() }));
            Worlds { product: product.clone(), as_they_come: world(product), ordinary }
        };
        let place = scenario.made_with(product).position(|p| p.sku == product.sku).unwrap_or(0);
        let worlds = scenario.made_with(product).map(worlds).collect();
        Bench { worlds, place, beyond: OnceLock::new() }
    }

    /// Whether ordinary days differ from those that come.
    pub fn has_surprises(&self) -> bool {
        self.worlds.iter().any(|w| w.ordinary.is_some())
    }

    pub fn demand(&self) -> &DemandPlan {
        &self.worlds[self.place].as_they_come.demand
    }

    /// More units in some replication so far than can be counted: then its KPIs are missing.
    pub fn beyond(&self) -> Option<&Beyond> {
        self.beyond.get()
    }

    /// The products with which the factory is shared, as they are in a supply model: their policies are their own whatever that of the product is.
    /// Empty of a product that is made alone.
    pub fn companions(&self, scenario: &Scenario, model: &SupplyModel, seed: u64) -> Vec<Plan> {
        let plan = |w: &Worlds| Plan::new(scenario, &w.product, model, &w.as_they_come.demand, seed);
        if self.worlds.len() > 1 { self.worlds.iter().map(plan).collect() } else { Vec::new() }
    }

    /// KPIs of `plan` in these replications, in order: those that were asked for. `companions` are made by its factory, too.
    pub fn rows(
        &self,
        (plan, companions): (&Plan, &[Plan]),
        days: Days,
        replications: Range<u32>,
        needs: Needs,
    ) -> Vec<KpiRow> {
        let in_group = |(i, w): (usize, &'_ Worlds)| {
            let world = match (days, &w.ordinary) {
                (Days::Ordinary, Some(world)) => world,
                _ => &w.as_they_come,
            };
            let plan = if i == self.place { plan } else { &companions[i] };
            (Arc::clone(world), plan)
        };
        let worlds: Vec<(Arc<World>, &Plan)> = self.worlds.iter().enumerate().map(in_group).collect();
        let products = worlds.iter().map(|(world, plan)| InGroup {
            demand: &world.demand,
            plans: std::slice::from_ref(*plan),
            kept: &world.kept,
        });
        let kernel = Kernel::of_group(products.collect(), needs);
        let rows: Vec<Result<KpiRow, Beyond>> = replications
            .into_par_iter()
            .with_min_len(4)
            .map_init(
                || kernel.desk(),
                |desk, r| {
                    let mut row = Ok(NO_KPI);
                    kernel.block(r..r + 1, desk, &mut |_, mut replica| {
                        if replica.product == self.place {
                            row = replica.kpis().map(|(row, _)| row);
                        }
                    });
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
