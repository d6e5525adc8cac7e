//! What the replications found: rows of KPIs, waits, bands, and the estimates made of them.

use super::bands::Bands;
use super::equal::Terms;
use crate::model::{Kpi, Pooling};
use crate::sim::KpiRow;
use crate::stats::interval::{Estimate, Pair, Sample, quantile};
use crate::stats::survival::WaitTable;
use std::borrow::Cow;

/// Share of replications that a tail KPI averages.
const TAIL: f64 = 0.05;

/// A whole run.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub replications: u32,
    pub seed: u64,
    pub models: Vec<String>,
    pub products: Vec<ProductOutcome>,
    /// Whether the precision asked for was reached; absent if none was.
    pub precision_met: Option<bool>,
    /// The models at equal service and at equal capital, if that was asked for.
    pub equal: Option<super::equal::EqualTerms>,
}

/// One product in every supply model.
#[derive(Debug, Clone)]
pub struct ProductOutcome {
    pub sku: String,
    pub models: Vec<ModelOutcome>,
}

/// One product in one supply model.
#[derive(Debug, Clone)]
pub struct ModelOutcome {
    pub name: String,
    /// One row a replication, in order.
    pub rows: Vec<KpiRow>,
    /// Waits and recoveries, in groups of replications for the jackknife.
    pub groups: Vec<Group>,
    pub bands: Bands,
}

/// Pooled tables of a group of replications.
#[derive(Debug, Clone, Default)]
pub struct Group {
    pub waits: WaitTable,
    pub recoveries: WaitTable,
}

impl Group {
    pub fn merge(&mut self, other: &Group) {
        self.waits.merge(&other.waits);
        self.recoveries.merge(&other.recoveries);
    }

    fn without(&self, other: &Group) -> Group {
        Group { waits: self.waits.without(&other.waits), recoveries: self.recoveries.without(&other.recoveries) }
    }

    fn value(&self, kpi: Kpi) -> Option<f64> {
        match kpi {
            Kpi::MeanWait => self.waits.mean(),
            Kpi::P95Wait => self.waits.quantile(0.95),
            Kpi::DaysToRecover => self.recoveries.mean(),
            _ => None,
        }
    }
}

/// Percentiles of the per-replication values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub p5: f64,
    pub p25: f64,
    pub p50: f64,
    pub p75: f64,
    pub p95: f64,
}

/// A KPI of one product in one supply model: the pooled estimate, and how much replications differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    pub kpi: Kpi,
    pub estimate: Estimate,
    pub spread: Option<Spread>,
    /// Replications in which the KPI exists.
    pub replications: usize,
}

impl ModelOutcome {
    pub(super) fn new(name: &str, groups: usize) -> Self {
        ModelOutcome {
            name: name.into(),
            rows: Vec::new(),
            groups: vec![Group::default(); groups],
            bands: Bands::default(),
        }
    }

    /// The same model over several products, replication by replication.
    pub(super) fn pooled_over_products(name: &str, parts: &[&ModelOutcome]) -> Self {
        let mut out = ModelOutcome::new(name, parts.first().map_or(0, |p| p.groups.len()));
        out.rows = (0..parts.first().map_or(0, |p| p.rows.len()))
            .map(|r| {
                std::array::from_fn(|k| {
                    let pairs = parts.iter().map(|p| p.rows[r][k]);
                    let (x, y) = pairs.fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
                    match Kpi::ALL[k].pooling() {
                        Pooling::Ratio => (x, y),
                        Pooling::Total => (x, 1.0),
                        Pooling::Tail => (x, 1.0),
                        Pooling::PathMean | Pooling::CashCycle | Pooling::Wait | Pooling::Recovery => (0.0, 0.0),
                    }
                })
            })
            .collect();
        for part in parts {
            for (mine, theirs) in out.groups.iter_mut().zip(&part.groups) {
                mine.waits.merge(&theirs.waits);
            }
        }
        out
    }

    /// Numerators and denominators of one KPI, by replication.
    #[must_use]
    pub fn pairs(&self, kpi: Kpi) -> Vec<Pair> {
        self.rows.iter().map(|row| row[kpi.index()]).collect()
    }

    /// Values of one KPI by replication; absent where it does not exist.
    pub fn values(&self, kpi: Kpi) -> impl Iterator<Item = Option<f64>> + '_ {
        self.rows.iter().map(move |row| {
            let (x, y) = row[kpi.index()];
            (y != 0.0).then(|| x / y)
        })
    }

    /// All replications' waits and recoveries.
    #[must_use]
    pub fn pooled(&self) -> Group {
        let mut all = Group::default();
        self.groups.iter().for_each(|g| all.merge(g));
        all
    }

    /// The pooled estimate of a KPI; absent where it cannot be computed.
    #[must_use]
    pub fn estimate(&self, kpi: Kpi) -> Option<Estimate> {
        if kpi.pooling().is_kaplan_meier() {
            let all = self.pooled();
            let value = all.value(kpi)?;
            return Some(Estimate { value, standard_error: jackknife(&self.leave_one_out(&all, kpi)) });
        }
        self.sample(kpi).map(|s| s.estimate())
    }

    /// The difference `self - other`, replications paired.
    #[must_use]
    pub fn minus(&self, other: &ModelOutcome, kpi: Kpi) -> Option<Estimate> {
        if kpi.pooling().is_kaplan_meier() {
            return self.wait_difference(other, kpi);
        }
        Some(self.sample(kpi)?.plus(-1.0, &other.sample(kpi)?).estimate())
    }

    /// The pooled estimate with each replication's share of its error; absent for Kaplan-Meier estimates, whose
    /// error is jackknifed.
    #[must_use]
    pub fn sample(&self, kpi: Kpi) -> Option<Sample> {
        match kpi.pooling() {
            Pooling::Ratio | Pooling::Total | Pooling::PathMean => Sample::ratio(&self.pairs(kpi)),
            Pooling::CashCycle => {
                let of = |kpi| Sample::ratio(&self.pairs(kpi));
                Some(of(Kpi::DaysInventory)?.plus(1.0, &of(Kpi::DaysSales)?).plus(-1.0, &of(Kpi::DaysPayable)?))
            }
            Pooling::Tail => Sample::lower_tail_mean(&self.values(kpi).collect::<Option<Vec<f64>>>()?, TAIL),
            Pooling::Wait | Pooling::Recovery => None,
        }
    }

    /// The estimate without each group in turn; groups without replications are left out.
    fn leave_one_out(&self, all: &Group, kpi: Kpi) -> Vec<Option<f64>> {
        let used = self.groups.len().min(self.rows.len());
        self.groups[..used].iter().map(|g| all.without(g).value(kpi)).collect()
    }

    #[must_use]
    pub fn summary(&self, kpi: Kpi) -> Option<Summary> {
        let estimate = self.estimate(kpi)?;
        let mut sorted: Vec<f64> = self.values(kpi).flatten().collect();
        sorted.sort_by(f64::total_cmp);
        let q = |p| quantile(&sorted, p);
        let spread = (|| Some(Spread { p5: q(0.05)?, p25: q(0.25)?, p50: q(0.5)?, p75: q(0.75)?, p95: q(0.95)? }))();
        Some(Summary { kpi, estimate, spread, replications: sorted.len() })
    }

    /// Difference `self - other` of a Kaplan-Meier estimate, groups paired.
    fn wait_difference(&self, other: &ModelOutcome, kpi: Kpi) -> Option<Estimate> {
        let (mine, theirs) = (self.pooled(), other.pooled());
        let value = mine.value(kpi)? - theirs.value(kpi)?;
        let left: Vec<Option<f64>> = self
            .leave_one_out(&mine, kpi)
            .into_iter()
            .zip(other.leave_one_out(&theirs, kpi))
            .map(|(a, b)| Some(a? - b?))
            .collect();
        Some(Estimate { value, standard_error: jackknife(&left) })
    }
}

/// Standard error by the delete-a-group jackknife (Shao and Tu 1995, section 2.3). Absent with fewer than
/// two groups, or if the estimate does not exist without one of them.
fn jackknife(leave_one_out: &[Option<f64>]) -> Option<f64> {
    let values: Vec<f64> = leave_one_out.iter().copied().collect::<Option<_>>()?;
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    Some((values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() * (n - 1.0) / n).sqrt())
}

impl Outcome {
    /// The models at equal service or at equal capital, of one product or of all together. A model without such a point
    /// is absent; empty if nothing was searched.
    #[must_use]
    pub fn on_terms(&self, product: Option<usize>, terms: Terms) -> Vec<Option<Cow<'_, ModelOutcome>>> {
        match (&self.equal, product) {
            (None, _) => Vec::new(),
            (Some(equal), None) => equal.outcomes(self, terms),
            (Some(equal), Some(i)) => {
                equal.products[i].outcomes(terms).into_iter().map(|o| o.map(Cow::Borrowed)).collect()
            }
        }
    }

    /// All products together: rates as ratios of sums, totals added up. Peaks and percentiles of a path have
    /// no meaning summed, and are absent.
    #[must_use]
    pub fn all_products(&self) -> ProductOutcome {
        let models = (0..self.models.len()).map(|m| {
            let parts: Vec<&ModelOutcome> = self.products.iter().map(|p| &p.models[m]).collect();
            ModelOutcome::pooled_over_products(&self.models[m], &parts)
        });
        ProductOutcome { sku: "all products".into(), models: models.collect() }
    }
}
