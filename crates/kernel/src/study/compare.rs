//! Paired differences between supply models: the same shoppers, replication by replication.

use super::outcome::ProductOutcome;
use super::partial::pairs;
use crate::model::Kpi;
use restock_base::stats::interval::Estimate;

/// How much one supply model differs from another in one KPI.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// What is compared.
    pub kpi: Kpi,
    /// Index of the model subtracted.
    pub from: usize,
    /// Index of the model compared with it.
    pub to: usize,
    /// `to - from`.
    pub estimate: Estimate,
    /// Share of replications in which `to` is better (ties count half); for KPIs that have a better side.
    pub to_is_better: Option<f64>,
}

/// All differences of one product, for every pair of models in scenario order.
#[must_use]
pub fn differences(product: &ProductOutcome) -> Vec<Difference> {
    let of = |(pair, (from, to)): (usize, (usize, usize))| {
        Kpi::ALL.iter().filter_map(move |kpi| {
            let estimate = product.models[to].minus(&product.models[from], *kpi)?;
            Some(Difference { kpi: *kpi, from, to, estimate, to_is_better: product.to_is_better(pair, *kpi) })
        })
    };
    pairs(product.models.len()).enumerate().flat_map(of).collect()
}
