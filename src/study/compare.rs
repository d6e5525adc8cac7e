//! Paired differences between supply models: the same shoppers, replication by replication.

use super::outcome::ProductOutcome;
use crate::model::{Better, Kpi};
use crate::stats::interval::{Estimate, share_smaller};

/// How much one supply model differs from another in one KPI.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
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
    let n = product.models.len();
    let pairs = (0..n).flat_map(|from| (from + 1..n).map(move |to| (from, to)));
    pairs.flat_map(|(from, to)| Kpi::ALL.iter().filter_map(move |kpi| difference(product, *kpi, from, to))).collect()
}

fn difference(product: &ProductOutcome, kpi: Kpi, from: usize, to: usize) -> Option<Difference> {
    let (a, b) = (&product.models[from], &product.models[to]);
    let (pa, pb) = (a.pairs(kpi), b.pairs(kpi));
    let estimate = b.minus(a, kpi)?;
    let to_is_better = match kpi.better() {
        Better::Lower => share_smaller(&pb, &pa),
        Better::Higher => share_smaller(&pa, &pb),
        Better::Neither => None,
    };
    Some(Difference { kpi, from, to, estimate, to_is_better })
}
